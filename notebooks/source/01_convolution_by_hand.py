# %% [markdown]
# # 1. Convolution by hand
#
# <!-- badges -->
#
# Topics: images as arrays, the 3×3 window, filters for photos, padding and stride, ReLU, pooling.
#
# Nine numbers turned the photo on the left into the picture on the right. No network was trained, and nobody drew the
# outlines. Run the first three cells and look.

# %% tags=["setup"]
# setup

# %%
import keras
import numpy as np
import scipy.signal
import tensorflow as tf
from skimage import color, data

from helpers import check, convolution, plots, quiz

keras.utils.set_random_seed(0)

# %%
photo = data.astronaut()
gray = np.round(255 * color.rgb2gray(photo))
outline = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
outlined = convolution.convolve2d(gray, outline)
alt = "Left a portrait of an astronaut in gray. Right her outlines and the folds of the suit, as red and blue lines on white."
titles = ["a photo in gray", "red: above 0, blue: below 0, white: 0"]
maps, limits = ["gray", "bwr"], [(0, 255), (-150, 150)]
plots.image_grid([gray, outlined], titles, size=3.4, cmap=maps, limits=limits, alt=alt)

# %% [markdown]
# How can nine numbers find the edge of a helmet? One small operation does it: multiply nine pixels by nine numbers
# and add up. A network that tells handbags from shoes repeats this operation millions of times. In this lesson
# you write it yourself.
#
# **You will learn**
#
# - why a dense layer is the wrong tool for a photo;
# - to slide a filter over an image, on paper and in Python;
# - what nine numbers can do to a photo;
# - how padding and stride set the size of the output;
# - why a ReLU follows, and what pooling keeps and throws away.
#
# You need Python, NumPy and the idea of a dense layer. Plan <!-- minutes to teach --> minutes. The code runs in <!-- time to run -->.

# %% [markdown] syllabus="A3"
# ## 1. What does a computer see in a photo?
#
# It sees numbers. Our photo shows the astronaut Eileen Collins (NASA, public domain; it comes with scikit-image). The
# photo is 512 pixels high and 512 pixels wide, and each pixel of a colour photo has three numbers. Before you run the
# next cell, work out how many numbers the colour photo is made of.

# %% tags=["nbval-check-output"]
print("shape:", photo.shape, " type:", photo.dtype, " numbers:", photo.size)
for name, value in zip(["red", "green", "blue"], photo[350, 80]):
    print(f"a pixel of the suit, {name:5} {value:3} = {value:08b} in binary")

# %% [markdown]
# The shape reads (height, width, channels). A colour photo has three **channels**: red, green and blue. The
# number of channels is also called the **depth** of the image. Each number takes 8 bits, so it runs from 0 to 255.
#
# What does each channel show by itself? The suit is orange: a lot of red, some green and only a little blue. So we
# expect it to be bright in the first picture and dark in the last.

# %%
alt = "Three gray pictures of the astronaut: the suit is bright in red, darker in green, and darkest in blue."
heading = "the red, green and blue channels of the photo, each (512, 512)"
plots.channel_grid(photo, columns=3, size=2.4, heading=heading, alt=alt)

# %% [markdown]
# As expected, the suit is bright in red, darker in green and darkest in blue. A gray photo has only one number per
# pixel, so its shape is (height, width). Ours is `gray`, from the top of the lesson, and we use it for most
# experiments below.

# %% [markdown] syllabus="A1"
# ## 2. Why not simply flatten the photo?
#
# A dense layer wants a vector, so the first idea is to write all pixels in one long row and connect each of them to
# every neuron. How many weights would that take for a phone photo of 3024×3024 pixels, and only 100 neurons?

# %% tags=["nbval-check-output"]
phone = 3024 * 3024 * 3 * 100
small = 150 * 150 * 3 * 1_000
print(f"phone photo, 3024×3024×3, into 100 neurons:  {phone:,} weights")
print(f"small photo, 150×150×3, into 1,000 neurons:  {small:,} weights")
print(f"memory for the first, at 4 bytes a weight:   {4 * phone / 1e9:.0f} GB")

# %% [markdown]
# The phone photo needs 2.7 billion weights for one layer, and even the small photo needs 67.5 million. Memory is the
# smaller problem. All these weights have to be learnt, and a model with more weights than it needs tends to memorise
# the training photos. We want it to learn what the photos have in common.

# %% [markdown] syllabus="A2"
# Flattening has a second problem: it hides which pixels are neighbours. Take a pixel and the pixel right below it.
# They touch in the photo. How far apart are they in the vector?

# %% tags=["nbval-check-output"]
position = np.arange(photo.size).reshape(photo.shape)
print("distance to the pixel on the right:", position[100, 101, 0] - position[100, 100, 0])
print("distance to the pixel below:       ", position[101, 100, 0] - position[100, 100, 0])

# %% [markdown]
# The pixel below is 1,536 numbers away, and a dense layer has no idea that the two touch. If we shuffled the pixels
# of all photos in the same way, it would learn just as well. Lesson 2 tries that.
#
# There is a third problem. Suppose that a dense layer has learnt to find an eye at the top left. It has learnt nothing
# about eyes at the bottom right, because other weights look there.
#
# So we want a layer that looks at neighbouring pixels together, and that uses the same weights everywhere.
# That layer is the **convolution layer**.

# %% [markdown] syllabus="B1"
# ## 3. What happens in one window?
#
# We begin with an image that is small enough to check on paper. It shows a band that gets brighter and then darker
# again from top to bottom. We also need nine **weights**: ones in the top row, zeros in the middle, minus ones at the
# bottom. Together they are called a **filter**; in code it is called `kernel`. What does this filter give at the top,
# where the band gets brighter from row to row?

# %%
band = np.repeat([[0], [5], [10], [15], [10], [5], [0]], 7, axis=1)
horizontal = np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
plots.convolution_step(band, horizontal, position=(0, 0))

# %% [markdown]
# In most pictures of numbers, large numbers are bright. Where numbers can be negative, red means positive, blue
# means negative, and white is 0.
#
# Lay the filter on the top left corner. Multiply each pixel by the weight on top of it and add up the nine
# products. The sum is the first pixel of the output. (The line below the picture leaves out the three products with
# weights of 0.)

# %% tags=["nbval-check-output"]
window = band[0:3, 0:3]
print(window * horizontal)
print("sum:", (window * horizontal).sum())

# %% [markdown] syllabus="J5"
# A negative sum means that the window is darker at the top than at the bottom. Read the numbers for the next question
# off the picture above.

# %%
quiz.ask("01", "first-window")

# %% [markdown]
# Slide the window one pixel to the right and do the same, until you reach the right edge. Then go back to the left
# edge, one row further down, and go on until the window has been everywhere it fits. That is the whole operation. Here
# it is as a formula, with $w$ for the weights of the filter and $x$ for the image. The output pixel is in row $i$ and
# column $j$, and $a$ and $b$ run over the rows and columns of the filter. All of them count from 0:
#
# $$\text{out}[i, j] = \sum_{a} \sum_{b} w[a, b] \cdot x[i + a,\, j + b]$$
#
# **Exercise 1.** Now write it yourself. You have computed `(window * horizontal).sum()` for one window; now do
# it for every window. First work out in how many positions the window fits, down and across. Use `image.shape`
# and `kernel.shape`, because a kernel isn't always 3×3. Then start with an array of zeros, loop over its rows
# and columns, and fill in one sum at a time.
#
# Inside the function use only `image` and `kernel`, not `band`, `horizontal` or `window` from the cells above. Run your
# cell and the check below it as often as you like. If your cell shows an error, fix that first.


# %% tags=["exercise"]
def my_convolve(image, kernel):
    """Slide the kernel over a gray image and return the sum of products at each place."""
    # how many rows and columns does the output have?
    # an array of zeros
    # two loops that fill it
    return ...


# %% [markdown]
# If the check says "ok", `convolve` is your own function from here on. Its numbers may print with a point, as in
# `30.`, because `np.zeros` makes floats. If the check does not say "ok", we use the course's
# `convolution.convolve2d` for now. You can read on and come back later; then run the next cell and
# those below it again.

# %% tags=["nbval-check-output"]
convolve = check.exercise(
    check.cross_correlation, my_convolve, otherwise=convolution.convolve2d
)


# %% tags=["solution"]
def my_convolve(image, kernel):
    """Slide the kernel over a gray image and return the sum of products at each place."""
    rows = image.shape[0] - kernel.shape[0] + 1
    columns = image.shape[1] - kernel.shape[1] + 1
    output = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = image[i : i + kernel.shape[0], j : j + kernel.shape[1]]
            output[i, j] = (window * kernel).sum()
    return output


# %% [markdown]
# In a network a **ReLU** follows: it keeps positive numbers and turns negative ones into 0. After the ReLU, this
# filter reports only one thing: places that are brighter at the top than at the bottom.
#
# Before you run `convolve` on the band, make two predictions. The image has 7 rows: in how many positions does a
# 3×3 window fit from top to bottom? And which rows of the output will be positive?

# %%
sums = convolve(band, horizontal)
after_relu = np.maximum(sums, 0)
alt = "Five by five sums, from top to bottom two rows of −30, one of 0, two of 30. After ReLU, the rows of −30 are 0."
plots.number_grid([sums, after_relu], ["sums", "after ReLU"], one_scale=True, alt=alt)

# %% [markdown]
# Five, because 7 − 3 + 1 = 5. Counting from 0, rows 3 and 4 of the output are positive: there the band gets darker from
# row to row. Row 2 is 0, because its window has equal rows above and below the peak. The next cell draws the window at
# one of the positive places.
#
# **Try it.** In the next cell, change the first number of `position` to 2, then to 0, and run it each time. The sum
# changes. Then put the 3 back and change only the second number (0 to 4). Why does the sum stay the same?
#
# <details>
# <summary>A solution</summary>
#
# The first number is the row of the output, so the window moves up or down and meets other rows of the band. The sum is
# 0 at row 2 and −30 at row 0. The second number is the column. In each row of the band all numbers are equal, so a
# window further right holds the same nine numbers.
#
# </details>

# %%
plots.convolution_step(band, horizontal, position=(3, 2))

# %% [markdown] syllabus="B2"
# ### Two filters make a layer
#
# Now we rotate the filter by 90 degrees. What does it find in the band?

# %% tags=["nbval-check-output"]
vertical = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
maps = [convolve(band, horizontal), convolve(band, vertical)]
print("shape of the layer's output:", np.stack(maps, axis=-1).shape)
alt = "The map of the first filter, with two rows of −30 and two of 30, and the map of the second, with zeros only."
plots.number_grid(maps, ["horizontal edges", "vertical edges"], one_scale=True, alt=alt)

# %% [markdown]
# The rotated filter finds nothing: every number is 0, because the band has no vertical edge. One filter produces one
# picture of responses, a **feature map**. A convolution layer has several filters. It stacks their feature maps one
# behind the other, like the channels of a photo.

# %% [markdown] syllabus="B3 B4"
# ## 4. Can you check the loop on paper?
#
# Work out at least the first number of each answer by hand before you run the cell. The first image is 6×6, and each
# string holds one of its rows. It is filtered twice, once for vertical edges and once with nine ones, which just add
# up the window. The second image is 4×4.

# %% tags=["nbval-check-output"]
rows = ["301274", "158931", "272513", "013178", "421628", "245239"]
six = np.array([list(row) for row in rows], dtype=int)
four = np.array([[2, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 3, 0, 0]])
three_ones = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]])
print("6×6, nine ones, top row:", convolve(six, np.ones((3, 3), dtype=int))[0])
print("4×4, three ones, both rows:", *convolve(four, three_ones))
alt = "The image, six by six, and its vertical edges, four by four, from −16 to 8."
plots.number_grid([six, convolve(six, vertical)], ["6×6 image", "vertical edges"], alt=alt)

# %% [markdown]
# For the 4×4 image, the first number of the answer is 3: 2·1 + 1·1 from the top row of the window, plus 0·1 from its
# bottom row.
#
# **Exercise 2.** Which 3×3 filter returns the image unchanged, apart from the lost border? Which one moves the
# picture one pixel to the left? Write both as 3×3 arrays. Once you have written `copy`, print
# `convolve(six, copy)` next to `six` and look for the same numbers.

# %% tags=["exercise"]
copy = ...
move_left = ...

# %% tags=["nbval-check-output"]
check.exercise(check.copying_filters, copy, move_left)

# %% tags=["solution"]
copy = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
move_left = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]])

# %% [markdown] syllabus="B20"
# ### The same sums in a spreadsheet
#
# [slides/convolution.xlsx](../slides/convolution.xlsx) holds these images and filters as numbers, and each output
# pixel as one formula, such as `=SUMPRODUCT(C6:E8,$K$6:$M$8)`. That is the sum of `window * kernel`, written as one
# formula: `C6:E8` is the window, `$K$6:$M$8` the filter, and the `$` signs keep the filter in place while the window
# moves on. Type a new number into any yellow cell, and everything that depends on it changes. There are sheets for
# two filters, padding and stride, colour images, pooling and a photo too. It opens in Excel, LibreOffice and Google
# Sheets.

# %% [markdown] syllabus="B5"
# ### Where is the edge?
#
# An edge is a place where brightness jumps. We look at two images. The left half of the first is 10, the right half
# 0. How many columns wide will the edge be in the output?
#
# The second is a checkerboard of four blocks. In the middle, the left half has bright above dark and the right half
# has dark above bright. Which signs do you expect there from the filter for horizontal edges?

# %% tags=["nbval-check-output"]
halves = np.zeros((6, 6), dtype=int)
halves[:, :3] = 10
print("first image, each row of the output:", convolve(halves, vertical)[0])
blocks = np.zeros((6, 6), dtype=int)
blocks[:3, :3] = blocks[3:, 3:] = 10
answer = convolve(blocks, horizontal)
alt = "A checkerboard of tens and zeros, and its map: in the middle two rows of 30, 10, −10 and −30, elsewhere zeros."
plots.number_grid([blocks, answer], ["checkerboard", "horizontal edges"], alt=alt)

# %% [markdown]
# The edge is two columns wide, because a window three pixels wide meets the jump in two positions. On the
# checkerboard the sums are positive on the left and negative on the right. In between, the window sees some of
# both, and they partly cancel.

# %% [markdown] syllabus="B7"
# ### Is this really called convolution?
#
# In deep learning, yes: sliding a filter over an image, multiplying and adding up is called a **convolution**. In
# mathematics, a convolution also flips the filter before it slides: up becomes down, left becomes right. Without the
# flip the operation is called **cross-correlation**. In deep learning the difference doesn't matter, because the filter
# is learnt: a network that needed the flipped filter would simply learn it flipped.
#
# SciPy has both operations. We try three calls. Which give the same answer as ours?

# %% tags=["nbval-check-output"]
ours = convolve(six, vertical)
flipped = vertical[::-1, ::-1]
with_flipped = scipy.signal.convolve2d(six, flipped, mode="valid")
theirs = {
    "correlate2d": scipy.signal.correlate2d(six, vertical, mode="valid"),
    "convolve2d": scipy.signal.convolve2d(six, vertical, mode="valid"),
    "convolve2d with the flipped filter": with_flipped,
}
for name, answer in theirs.items():
    print(f"equal to scipy's {name}: {np.array_equal(ours, answer)}")

# %% [markdown] syllabus="B6"
# ## 5. What can nine numbers do to a photo?
#
# Long before networks learnt filters, people designed them. The **outline** filter has 8 in the middle and
# −1 around it. What does it give on a patch where all pixels are equal? And on the band, which gets steadily brighter
# and then steadily darker?

# %% tags=["nbval-check-output"]
flat = np.full((3, 3), 200)
print("sum of the weights:", outline.sum(), " flat patch:", (flat * outline).sum())
print("band, each column of the output:", convolve(band, outline)[:, 0])

# %% [markdown]
# A flat patch gives 0: eight times the middle minus its eight equal neighbours. A steady rise also gives 0, because the
# middle is then the mean of its neighbours. Only the peak of the band is left: it is brighter than its neighbours.
#
# Now the whole photo. The window has a quarter of a million positions here, so your own loop takes a second or two.
# Does it give the picture at the top, and does SciPy agree?

# %% tags=["nbval-check-output"]
by_loop = convolve(gray, outline)
reference = scipy.signal.correlate2d(gray, outline, mode="valid")
print("largest difference to SciPy:                 ", abs(by_loop - reference).max())
print("largest difference to the picture at the top:", abs(by_loop - outlined).max())

# %% [markdown]
# There is no difference at all. From here on we use `convolution.convolve2d` for large images. It gives the same
# numbers, only faster.
#
# Below are five filters that people have found useful. Look at the numbers first. Do the weights add up to 0 or
# to 1? Are left and right treated alike? Then guess what each filter does to the photo.

# %%
names = ["Sobel vertical", "Sobel horizontal", "sharpen", "blur", "emboss"]
kernels = [convolution.KERNELS[name] for name in names]
titles = [f"{name}\nsum {kernel.sum():.0f}" for name, kernel in zip(names, kernels)]
alt = "Five filters of nine numbers. The two Sobel filters add up to 0, sharpen, blur and emboss to 1."
plots.number_grid([kernel.round(2) for kernel in kernels], titles, one_scale=True, alt=alt)

# %%
face = gray[0:260, 110:370]
print(f"mean of the face itself: {face.mean():.0f}")
filtered = [convolution.convolve2d(face, kernel) for kernel in kernels]
titles = [f"{name}\nmean {picture.mean():.0f}" for name, picture in zip(names, filtered)]
alt = "The astronaut's face five times: vertical and horizontal edges in red and blue, then sharper, blurred, and as a relief."
maps, limits = ["bwr"] * 2 + ["gray"] * 3, [(-300, 300)] * 2 + [(0, 255)] * 3
plots.image_grid(filtered, titles, columns=5, size=2.1, cmap=maps, limits=limits, alt=alt)

# %% [markdown]
# The weights of the two **Sobel** filters add up to 0, so flat regions become 0, which is white here. These two are our
# edge filters with more weight in the middle.
#
# The other three add up to 1 and keep the brightness: their means are 146, 146 and 145, and that of the face is 146.
# Sharpen makes each pixel stand out from its four neighbours. Blur replaces each pixel by the mean of the nine pixels
# in its window (each 0.11 is 1/9), and emboss makes edges look like a relief. Only Sobel vertical and emboss treat left
# and right differently.

# %%
quiz.ask("01", "signed-edges")

# %% [markdown] syllabus="B21"
# ### Change the nine numbers
#
# **Try it.** Run the next cell first. Set one number to 1 and the other eight to 0. Next put a 1 and a −1 side by side,
# with 0 everywhere else. Then find a filter that turns the photo black, and one that turns it white.
#
# The picture changes at once. If the nine numbers add up to 0, it is red and blue. Otherwise, and with nine zeros, it
# is gray, and everything below 0 is black. (On GitHub and in print the picture below does not change.)
#
# <details>
# <summary>A solution</summary>
#
# A single 1 copies the photo, moved by up to one pixel. A 1 beside a −1 subtracts each pixel from its neighbour, and
# that shows vertical edges in red and blue. Nine zeros turn everything black, and so do nine negative numbers. Nine
# ones make most of the photo white: the sum of nine pixels is above 255 unless the place is very dark.
#
# </details>
#
# To try filters on your own photo or webcam, with colour, pooling and a second layer, open
# [`slides/explorer/index.html`](../slides/explorer/index.html) in a browser. It works without the internet.

# %%
plots.kernel_explorer(gray[::2, ::2], "outline")

# %% [markdown] syllabus="B8"
# ### Also in one dimension
#
# The same window slides along a sound, a heartbeat or a year of temperatures. A filter of $F$ numbers has $N - F + 1$
# positions on a row of $N$ numbers. Below, three equal weights smooth a week of temperatures. How many days come out?

# %% tags=["nbval-check-output"]
week = np.array([10, 12, 11, 18, 17, 13, 10])
smooth = np.array([week[i : i + 3].sum() / 3 for i in range(len(week) - 3 + 1)])
print(len(week), "days become", len(smooth), "means:", smooth.round(2))
by_numpy = np.correlate(week, np.ones(3) / 3)
print("np.correlate gives the same:", np.allclose(smooth, by_numpy))

# %% [markdown] syllabus="B10"
# ## 6. What happens at the border?
#
# Each convolution so far made the image smaller. Thirteen layers of 3×3 filters turn a 28×28 image into 2×2, and then
# no 3×3 window fits any more. A deep network would run out of pixels. That is what **padding** is for: before the
# window slides, we put a frame of zeros around the image. With one ring of zeros, a 3×3 filter that moves one pixel at
# a time gives back as many rows and columns as it got. Keras calls this padding `"same"`. If we want no padding, we
# write `"valid"`.

# %%
five = np.arange(1, 26).reshape(5, 5) % 7
plots.convolution_step(five, outline, position=(0, 4), padding=1)

# %% [markdown]
# The black line is the border of the image, and the window lies partly outside it. Its five zeros in the frame add
# nothing, so only three neighbours are subtracted: 8·5 − 4 − 2 − 3 = 31. The output has five rows and columns
# again.
#
# The second choice is the **stride**: how far the window moves in each step. Stride 2 visits every
# second position, down and across. How large is the output of a 5×5 image then, with and without padding?

# %% tags=["nbval-check-output"]
for padding in ["valid", "same"]:
    for stride in [1, 2]:
        output = convolution.convolve2d(five, outline, stride=stride, padding=padding)
        print(f"5×5 image, 3×3 filter, {padding}, stride {stride}: output {output.shape}")

# %% [markdown] syllabus="B11"
# There is a formula for the size. Along one axis we have $W_i$ pixels (i for input), $P$ zeros of padding on each side,
# and a filter of $F$ pixels. The window can then move by $W_i - F + 2P$ pixels. Divide this distance by the stride $S$
# and round down: that is how many steps fit. The first position counts too, so we add 1 and get $W_o$ positions (o for
# output):
#
# $$W_o = \left\lfloor \frac{W_i - F + 2P}{S} \right\rfloor + 1$$
#
# **Exercise 3.** Write the formula as a Python function. Here $W_i$ is called `size` and $F$ is called `kernel`. The
# operator `//` divides and rounds down.


# %% tags=["exercise"]
def my_output_size(size, kernel, stride=1, padding=0):
    """Count the positions of a window along one axis."""
    return ...


# %% tags=["nbval-check-output"]
output_size = check.exercise(
    check.output_size, my_output_size, otherwise=convolution.output_size
)


# %% tags=["solution"]
def my_output_size(size, kernel, stride=1, padding=0):
    """Count the positions of a window along one axis."""
    return (size - kernel + 2 * padding) // stride + 1


# %%
quiz.ask("01", "output-size")

# %% [markdown]
# When does the rounding matter? It matters when the last step would take the window past the padded image. This happens
# in the first layer of ResNet, a network that you will meet in lesson 4. There a 7×7 filter slides over 224 pixels with
# stride 2 and padding 3.
#
# And does Keras agree with your formula? Keras expects four numbers for the shape of its input: images, height, width,
# channels. The images that go through together are a **batch**; `None` means that it may have any size. A gray image
# has 1 channel.

# %% tags=["nbval-check-output"]
not_rounded = (224 - 7 + 2 * 3) / 2 + 1
print("not rounded:", not_rounded, " rounded down:", output_size(224, 7, 2, 3))
layer = keras.layers.Conv2D(filters=1, kernel_size=5)
print("10×12 pixels, filter 5×5:", output_size(10, 5), "×", output_size(12, 5))
print("Keras says:              ", layer.compute_output_shape((None, 10, 12, 1))[1:3])

# %% [markdown]
# With `"same"`, Keras adds as many zeros as it needs to get $W_i / S$ positions, rounded up. At stride 2 that can be an
# odd number of zeros, and an odd number can't be shared evenly between two sides. Which side gets the extra zero? We
# let Keras add up 3×3 windows of one gray image of ones. A sum below 9 means that the window holds zeros. In the result
# we look at image 0 and channel 0.

# %% tags=["nbval-check-output"]
adder = keras.layers.Conv2D(1, 3, strides=2, padding="same", kernel_initializer="ones")
sums = adder(np.ones((1, 6, 6, 1)))
print(np.array(sums)[0, :, :, 0].astype(int))

# %%
quiz.ask("01", "same-side")

# %% [markdown] syllabus="B15"
# ## 7. Why does a ReLU follow?
#
# Convolution is linear: it only multiplies by weights and adds up. Two linear steps in a row are again one linear step.
# So two 3×3 filters, one after the other, should do no more than a single filter. How large would that filter be? To
# combine the two we need the true convolution, with the flip. (Without the flip we get another filter, and it doesn't
# do the same.)

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
first, second = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
combined = scipy.signal.convolve2d(first, second)
patch = gray[100:140, 200:240]
two_steps = convolve(convolve(patch, first), second)
one_step = convolve(patch, combined)
print("one filter of", combined.shape, "does the same:", np.allclose(two_steps, one_step))

# %% [markdown]
# One 5×5 filter does the work of both. Five, because a 3×3 window of the second filter reaches one pixel further on each
# side than the window of the first. A deep stack of such layers would be no better than a single layer with one large
# filter.
#
# A ReLU between them changes that. One test is enough: for a linear step, the result for $-x$ is minus the result for
# $x$.

# %% tags=["nbval-check-output"]
plain, with_relu = [], []
for image in [patch, -patch]:
    between = convolve(image, first)
    plain.append(convolve(between, second))
    with_relu.append(convolve(np.maximum(between, 0), second))
print("f(-x) = -f(x) without ReLU:", np.allclose(plain[1], -plain[0]))
print("f(-x) = -f(x) with ReLU:   ", np.allclose(with_relu[1], -with_relu[0]))

# %% [markdown]
# With the ReLU the test fails, so no single filter can replace the two layers.

# %% [markdown] syllabus="B16"
# ## 8. What does pooling keep?
#
# Once a filter has found something, its exact place hardly matters. **Max pooling** cuts a feature map
# into windows, usually 2×2, and keeps the largest number of each. **Average pooling** keeps the mean. Work it
# out in your head first: what are the four maxima of the sixteen numbers below?

# %%
numbers = np.array([[23, 14, 0, 109], [9, 43, 58, 15], [105, 85, 35, 25], [24, 69, 17, 7]])
largest, mean = convolution.max_pool2d(numbers), convolution.average_pool2d(numbers)
alt = "Four by four numbers in four windows, and beside them the two by two results of max pooling and average pooling."
plots.number_grid([numbers, largest, mean], ["input", "max", "mean"], windows=2, alt=alt)

# %% [markdown]
# One number in four is left: pooling throws away 75% of the entries. Nothing is learnt, because there are no weights.
# The output size follows the formula you know, with $F = S = 2$ and no padding.
#
# **Exercise 4.** Write max pooling for 2×2 windows that don't overlap. The loops are those of Exercise 1. Again `i`
# and `j` count the places of the output, not the pixels. What changes is the size of the output, the corner of each
# window, and what you do with its four numbers. You may assume that the numbers of rows and columns are even.


# %% tags=["exercise"]
def my_max_pool(image):
    """Keep the largest number of each 2×2 window."""
    # half as many rows and columns as the image has
    # two loops over the output: where does window (i, j) begin in the image?
    return ...


# %% tags=["nbval-check-output"]
max_pool = check.exercise(
    check.two_by_two_maximum, my_max_pool, otherwise=convolution.max_pool2d
)
print(max_pool(four))


# %% tags=["solution"]
def my_max_pool(image):
    """Keep the largest number of each 2×2 window."""
    output = np.zeros((image.shape[0] // 2, image.shape[1] // 2))
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
    return output


# %% [markdown]
# Average pooling needs no new operation. A 2×2 filter with stride 2 visits exactly the same windows, and with four
# weights of ¼ it returns their means. Many newer networks go one step further: they leave pooling out and let a
# convolution with stride 2 learn its weights.

# %% tags=["nbval-check-output"]
quarters = np.full((2, 2), 1 / 4)
strided = convolution.convolve2d(four, quarters, stride=2)
print(strided)
print("equals average pooling:", np.allclose(strided, convolution.average_pool2d(four)))

# %% [markdown]
# In Keras, pooling treats each channel by itself, so the depth stays the same.
#
# A network learns from **gradients**. A gradient says for each number how much the result changes if that number grows
# a little. Every layer has to pass gradients back, or the layers before it could not learn. Can a layer without weights
# do that? Ask for each pixel: if it grows a little, does the sum of the outputs grow? `GradientTape` records a
# calculation and then answers exactly this question.

# %% tags=["nbval-check-output"]
pooling = keras.layers.MaxPooling2D(pool_size=2, strides=2)
print("(32, 32, 16) ->", pooling.compute_output_shape((None, 32, 32, 16))[1:])
pixels = tf.Variable(numbers.reshape(1, 4, 4, 1).astype("float32"))
with tf.GradientTape() as tape:
    total = tf.reduce_sum(pooling(pixels))
gradient = tape.gradient(total, pixels).numpy().reshape(4, 4)
alt = "The gradient in four windows: a single 1 in each, and zeros elsewhere."
plots.number_grid([gradient], ["gradient"], windows=2, alt=alt)

# %%
quiz.ask("01", "pooling-gradient")

# %% [markdown] syllabus="B17"
# ### Max pooling says "somewhere here"
#
# Suppose a filter has found one thing, at one pixel: the feature map holds a single 1 among zeros. To keep it short,
# our map has only one row, and each window covers two neighbours in it. The maximum of a window is 1 if the thing is in
# this place *or* in the next one. Pool again, and this OR covers twice as many places. Below, the 1 moves by one pixel
# from line to line. When does the answer change?

# %% tags=["nbval-check-output"]
print("found at   pooled once   twice   three times")
for place in range(8):
    found = np.zeros((1, 8), dtype=int)
    found[0, place] = 1
    once = convolution.max_pool2d(found, (1, 2))
    twice = convolution.max_pool2d(once, (1, 2))
    thrice = convolution.max_pool2d(twice, (1, 2))
    print(f"{place:^8}   {once[0]}     {twice[0]}   {thrice[0]}")

# %% [markdown]
# If we pool once, the answer changes at every second line; if we pool twice, at every fourth. After three poolings it
# never changes: the last number only says that the thing is there, not where.

# %%
quiz.ask("01", "or-reach")

# %% [markdown] syllabus="B18"
# ## 9. If the image moves, what moves with it?
#
# Slide a window over a shifted image and it meets the same pixels, only in another place. So the feature map shifts as
# far as the image did. This is called **equivariance**. The largest number of the whole map doesn't change at all, and
# that is called **invariance**. We put the astronaut's face on a gray canvas, then again 5 pixels further right.

# %% tags=["nbval-check-output"]
canvas, moved = np.full((128, 128), 128.0), np.full((128, 128), 128.0)
canvas[24:104, 20:100] = moved[24:104, 25:105] = gray[60:140, 180:260]
print("padding  largest before, after   columns that differ")
for padding in ["valid", "same"]:
    before = convolution.convolve2d(canvas, outline, padding=padding)
    after = convolution.convolve2d(moved, outline, padding=padding)
    differ = np.any(before[:, :-5] != after[:, 5:], axis=0)
    columns = f"{np.nonzero(differ)[0].tolist()} of {len(differ)}"
    print(f"{padding:8} {before.max():.0f}, {after.max():.0f}               {columns}")
alt = "A face on a gray canvas, and the same face a little further right."
plots.image_grid([canvas, moved], ["canvas", "moved"], size=1.8, limits=(0, 255), alt=alt)

# %% [markdown]
# Without padding, the second map equals the first one everywhere, 5 pixels further right, and its largest number is the
# same. With padding, two columns differ. The windows at the left and right border hold zeros, and these zeros don't move
# with the image.
#
# A stride breaks equivariance for some shifts. If the image moves by one pixel, the windows of stride 2 land on the
# positions they skipped before. If it moves by two, they meet the old pixels again. We try it on three crops of the
# photo; each begins one pixel further right than the last.

# %% tags=["nbval-check-output"]
cuts = [gray[50:178, left : left + 128] for left in (150, 151, 152)]
maps = [convolution.convolve2d(cut, outline, stride=2) for cut in cuts]
print(f"moved by 1 pixel:  {np.mean(maps[0] == maps[1]):.0%} of the numbers agree")
same = np.mean(maps[0][:, 1:] == maps[2][:, :-1])
print(f"moved by 2 pixels: {same:.0%} agree, one place apart")

# %% [markdown]
# So a convolution without padding is equivariant. Padding breaks this at the borders, and stride 2 breaks it when the
# image moves by an odd number of pixels. Pooling adds some **tolerance**: after a small shift, its output changes less
# than the feature map does. But neither convolution nor pooling makes a network entirely blind to position.

# %% [markdown] syllabus="B19"
# ### A detector made of two filters and a pooling layer
#
# Now we put the pieces together. Does a small drawing show a vertical line, a horizontal line, both or neither? The
# first filter responds to a bright vertical line with dark sides. The second is the same filter, rotated by 90 degrees.

# %%
vertical_filter = np.array([[-0.5, 1, -0.5]] * 3)
horizontal_filter = vertical_filter.T
vertical_line, horizontal_line = np.zeros((4, 4), int), np.zeros((4, 4), int)
vertical_line[:, 1], horizontal_line[2, :] = 1, 1
both = np.maximum(vertical_line, horizontal_line)
alt = "A cross of ones among zeros, and the filters for vertical and for horizontal lines."
shown = [both, vertical_filter, horizontal_filter]
plots.number_grid(shown, ["drawing", "vertical lines", "horizontal lines"], alt=alt)

# %% [markdown]
# What is the first number that the vertical filter gives for this drawing? Work it out before you run the next cell. It
# prints the whole map first. After that, a ReLU and a max pooling over the whole map turn the four numbers of each map into
# one answer, for this drawing and for three others.

# %% tags=["nbval-check-output"]
print(convolve(both, vertical_filter))
drawings, titles = [both, vertical_line, horizontal_line, np.zeros((4, 4), int)], []
for drawing in drawings:
    v = np.maximum(convolve(drawing, vertical_filter), 0).max()
    h = np.maximum(convolve(drawing, horizontal_filter), 0).max()
    titles.append(f"vertical {v:g}, horizontal {h:g}")
alt = "A cross (2 and 2), a vertical line (3 and 0), a horizontal line (0 and 3), nothing (0 and 0)."
plots.image_grid(drawings, titles, columns=4, size=2, limits=(0, 1), alt=alt)

# %% [markdown]
# The first number is 2. The first window holds three pixels of the vertical line, and each adds 1. Two pixels of the
# other line lie under weights of −½. Two filters, one ReLU and one maximum tell these four drawings apart. Does the
# detector find every vertical line?
#
# **Try it.** Write `vertical_line[:, 0]` in place of `vertical_line[:, 1]` in the cell that defines `vertical_line`,
# and run both cells again. What does the detector say about the second drawing now, and why? Then put the 1 back and
# run both cells again.
#
# <details>
# <summary>A solution</summary>
#
# It says "vertical 0": the line is overlooked. In the two windows on the left the line lies under weights of −½, so the
# sums are negative, and the ReLU turns them into 0. The other windows don't contain the line at all. A frame of zeros
# around the drawing (padding) would give the line its second dark side.
#
# </details>
#
# We chose these eighteen weights ourselves. In lesson 1b the computer finds the nine weights of an edge filter.
#
# ## Key numbers

# %% tags=["nbval-check-output"]
plots.key_numbers(
    {
        "weights from a phone photo to 100 neurons": phone,
        "weights of one 3×3 filter": vertical.size,
        "first window of the band": (band[0:3, 0:3] * horizontal).sum(),
        "output of a 5×5 image, 3×3 filter, stride 2": output_size(5, 3, 2),
        "entries left by 2×2 pooling": f"{strided.size / four.size:.0%}",
        "first output of the line detector": convolve(both, vertical_filter)[0, 0],
    }
)

# %% [markdown]
# ## Key points
#
# - A convolution multiplies a window of pixels by a filter and adds up, at every position.
# - Output size: $\lfloor (W_i - F + 2P)/S \rfloor + 1$.
# - Weights that add up to 0 find edges; weights that add up to 1 keep the brightness.
# - Convolution is linear, so a ReLU follows. Without it, two layers are no more than one.
# - Max pooling keeps the largest number of each small window. It has no weights, and it adds tolerance to small shifts.
#
# ## Where next
#
# - [Lesson 1b](01b_filters_to_layers.ipynb) goes from one filter to a layer: colour, many filters, and a filter that
#   learns its own nine numbers.
# - Work out the four numbers of `convolve(four, three_ones)` once more, in [the
#   spreadsheet](../slides/convolution.xlsx). Then make your own sheet: one cell, nine products, copied to the right and
#   down.
# - Try filters on your own photo in the [kernel explorer](../slides/explorer/index.html).
# - Vincent Dumoulin and Francesco Visin, *A guide to convolution arithmetic for deep learning*, 2016, shows in drawings
#   how padding and stride work together.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Photo: NASA, public domain.*

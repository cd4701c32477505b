# %% [markdown]
# # 1. Convolution by hand
#
# <!-- badges -->
#
# Topics: images as arrays, the 3×3 window, filters for photos, padding and stride, ReLU, pooling.
#
# Nine numbers made the right-hand picture below from the left-hand photo. No network was trained, and nobody drew
# the outlines. Run the first three cells and look.

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
plots.image_grid(
    [gray, outlined],
    ["a photo in gray", "red: above 0, blue: below 0, white: 0"],
    size=3.4,
    cmap=["gray", "seismic"],
    limits=[(0, 255), (-200, 200)],
    alt=alt,
)

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
# You need Python, NumPy and the idea of a dense layer. Plan 45 minutes. The code runs in half a minute.

# %% [markdown] syllabus="A3"
# ## 1. What does a computer see in a photo?
#
# It sees numbers. Our photo shows the astronaut Eileen Collins (NASA, public domain; it comes with scikit-image).
# Before you run the next cell, guess: how many numbers is the colour photo made of?

# %% tags=["nbval-check-output"]
print("shape:", photo.shape, " type:", photo.dtype, " numbers:", photo.size)
pink = np.array([218, 150, 149], dtype=np.uint8)
for name, value in zip(["red", "green", "blue"], pink):
    print(f"a pink pixel, {name:5} {value} = {value:08b} in binary")

# %% [markdown]
# The shape reads (height, width, channels). A colour photo has three **channels**: red, green and blue. The
# number of channels is also called the **depth** of the image. Each number takes 8 bits, so it runs from 0 to 255.
#
# What does each channel show by itself? The suit is orange: much red, some green, little blue. So we expect it
# to be bright in the first picture and dark in the last.

# %%
alt = "Three gray pictures of the astronaut: the suit is bright in red, darker in green, nearly black in blue."
heading = "red, green and blue channel of the photo, each (512, 512)"
plots.channel_grid(photo, columns=3, size=2.4, heading=heading, alt=alt)

# %% [markdown]
# The suit is bright in red and nearly black in blue, as expected. A gray photo has only one number per pixel, so
# its shape is (height, width). Ours is `gray`, from the first cell, and we use it for most experiments below.

# %% [markdown] syllabus="A1"
# ## 2. Why not simply flatten the photo?
#
# A dense layer wants a vector, so the first idea is to write all pixels in one long row and connect each of
# them to every neuron. How many weights would that take for a photo from a phone, and only 100 neurons?

# %% tags=["nbval-check-output"]
phone = 3024 * 3024 * 3 * 100
small = 150 * 150 * 3 * 1_000
print(f"phone photo, 3024×3024×3, into 100 neurons:  {phone:,} weights")
print(f"small photo, 150×150×3, into 1,000 neurons:  {small:,} weights")
print(f"memory for the first, at 4 bytes a weight:   {4 * phone / 1e9:.0f} GB")

# %% [markdown]
# That is billions of weights, for one layer. Memory is the smaller problem. All these weights have to be learnt,
# and a model with more weights than it needs tends to memorise the training photos. We want it to learn what
# the photos have in common.

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
# We begin with an image that is small enough to check on paper. It shows a band that gets brighter and darker again,
# from top to bottom. We also need nine numbers, called a **filter** or **kernel**: ones in the top row, zeros in the
# middle, minus ones at the bottom. What does this filter give at the top, where the band gets brighter downwards?

# %%
band = np.repeat([[0], [5], [10], [15], [10], [5], [0]], 7, axis=1)
horizontal = np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
plots.convolution_step(band, horizontal, position=(0, 0))

# %% [markdown]
# In all pictures of numbers, large numbers are bright. Where a picture has negative numbers, red means positive, blue
# means negative, and white is 0.
#
# Lay the filter on the top left corner. Multiply each pixel by the weight on top of it and add up the nine
# products. The sum is the first pixel of the output.

# %% tags=["nbval-check-output"]
window = band[0:3, 0:3]
print(window * horizontal)
print("sum:", (window * horizontal).sum())

# %% [markdown] syllabus="J5"
# A negative sum means that the window is darker at the top than at the bottom. What sum do you
# expect further down, where the band gets darker again? Read the numbers off the picture above.

# %%
quiz.ask("01", "first-window")

# %% [markdown]
# In a network a **ReLU** follows: it keeps positive numbers and turns negative ones into 0. After the ReLU, this
# filter reports only one thing: places that are brighter at the top than at the bottom.
#
# Now slide the window one pixel to the right and do the same, until you reach the right edge. Then go back to
# the left edge, one row further down, and go on until the window has been everywhere it fits.
# That is the whole operation. Here it is as a formula, with $w$ for the weights of the kernel and
# $x$ for the image,
#
# $$\text{out}[i, j] = \sum_{a} \sum_{b} w[a, b] \cdot x[i + a,\, j + b]$$
#
# **Exercise 1.** Now write it yourself. You have computed `(window * horizontal).sum()` for one window; now do
# it for every window. First work out in how many positions the window fits, down and across. Use `image.shape`
# and `kernel.shape`, because a kernel isn't always 3×3. Then start with an array of zeros, loop over its rows
# and columns, and fill in one sum at a time.
#
# Inside the function use only `image` and `kernel`, not `band` or `horizontal`. Run your cell and the check below
# it as often as you like. If your cell shows an error, fix that first.


# %% tags=["exercise"]
def my_convolve(image, kernel):
    """Slide the kernel over a gray image and return the sum of products at each place."""
    # how many rows and columns does the output have?
    # an array of zeros
    # two loops that fill it
    return ...


# %% [markdown]
# If the check says "ok", `convolve` is your own function from here on. Its numbers may print with a point, as in
# `-30.`, because `np.zeros` makes floats. If the check does not say "ok", we use the course's
# `convolution.convolve2d` for now. You can read on and come back later; then run this cell and those below again.

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
# Before you run `convolve` on the band, make two predictions. The image has 7 rows: in how many positions does a
# 3×3 window fit from top to bottom? And which rows of the output will be positive?

# %% tags=["nbval-check-output"]
print(convolve(band, horizontal))
print("after ReLU:")
print(np.maximum(convolve(band, horizontal), 0))

# %% [markdown]
# Five, because 7 − 3 + 1 = 5. Rows 3 and 4 are positive: there the band gets darker downwards. Row 2 is 0, because
# its window has equal rows above and below the peak. Here is the window at one of the positive places.
#
# **Try it.** Change the first number of `position` and watch the sum change. Then change only the second number. Why
# does the sum stay the same?
#
# <details>
# <summary>A solution</summary>
#
# The first number is the row of the output, so the window moves down and meets other rows of the band. The second
# is the column. In each row of the band all numbers are equal, so a window further right holds the same nine numbers.
#
# </details>

# %%
plots.convolution_step(band, horizontal, position=(3, 2))

# %% [markdown] syllabus="B2"
# ### Two filters make a layer
#
# The band has no vertical edge. So what should the same filter find in it when we rotate it by 90 degrees?

# %% tags=["nbval-check-output"]
vertical = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
print(convolve(band, vertical))
layer_output = np.stack([convolve(band, horizontal), convolve(band, vertical)], axis=-1)
print("shape of the layer's output:", layer_output.shape)

# %% [markdown]
# It finds nothing: every number is 0. One filter produces one picture of responses, a **feature map**. A convolution
# layer has several filters. It stacks their feature maps behind each other, like the channels of a photo.

# %% [markdown] syllabus="B3 B4"
# ### Check the loop on paper
#
# Work out at least the first number of each answer by hand before you run the cell. The first image is 6×6;
# it is filtered twice, once for vertical edges and once with nine ones, which just add up the window. The second image
# is 4×4.

# %% tags=["nbval-check-output"]
six = np.array(
    [
        [3, 0, 1, 2, 7, 4],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
)
print(convolve(six, vertical))
print(convolve(six, np.ones((3, 3), dtype=int)))
four = np.array([[2, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 3, 0, 0]])
three_ones = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]])
print(convolve(four, three_ones))

# %% [markdown]
# The 3 at the top left of the last result is 2·1 + 1·1 from the top row of the window, plus 0·1 from its bottom row.
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
# pixel as one formula, such as `=SUMPRODUCT(C6:E8,$K$6:$M$8)`. That is the sum of `window * kernel`, written as one formula:
# `C6:E8` is the window, `$K$6:$M$8` the kernel, and the `$` signs keep the kernel in place while the window moves on.
# Type over any yellow cell, and all that depends on it follows. There are sheets for two filters, padding and stride,
# volumes, pooling and a photo too. It opens in Excel, LibreOffice and Google Sheets.

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
print(convolve(halves, vertical))
blocks = np.kron([[10, 0], [0, 10]], np.ones((3, 3), dtype=int))
print(blocks)
print(convolve(blocks, horizontal))

# %% [markdown]
# The edge is two columns wide, because a window three pixels wide meets the jump in two positions. On the
# checkerboard the sums are positive on the left and negative on the right. In between, the window sees some of
# both, and they partly cancel.

# %% [markdown] syllabus="B7"
# ### Is this really called convolution?
#
# In mathematics, convolution flips the filter before it slides: up becomes down, left becomes right. Without
# the flip the operation is called **cross-correlation**. Deep learning leaves out the flip and still says
# convolution. The difference doesn't matter there, because the filter is learnt: a network that needed the flipped
# filter would simply learn it flipped.
#
# SciPy has both operations. Which of its three answers will equal ours?

# %% tags=["nbval-check-output"]
ours = convolve(six, vertical)
flipped = vertical[::-1, ::-1]
theirs = {
    "correlate2d": scipy.signal.correlate2d(six, vertical, mode="valid"),
    "convolve2d": scipy.signal.convolve2d(six, vertical, mode="valid"),
    "convolve2d with the flipped filter": scipy.signal.convolve2d(
        six, flipped, mode="valid"
    ),
}
for name, answer in theirs.items():
    print(f"equal to scipy's {name}: {np.array_equal(ours, answer)}")

# %% [markdown] syllabus="B6"
# ## 4. What can nine numbers do to a photo?
#
# Long before networks learnt filters, people designed them. The **outline** filter has 8 in the middle and
# −1 around it. What does it leave of a patch where all pixels are equal? And what of the band, which gets steadily
# brighter and then steadily darker?

# %% tags=["nbval-check-output"]
flat = np.full((3, 3), 200)
print("sum of the weights:", outline.sum(), " flat patch:", (flat * outline).sum())
print(convolve(band, outline))

# %% [markdown]
# A flat patch gives 0: eight times the middle minus its eight equal neighbours. A steady rise also gives 0, because
# the middle is then the mean of its neighbours. Only the ridge of the band is left: it is brighter than its neighbours.
#
# Now the whole photo. The window has a quarter of a million positions here, so your own loop takes a second or two.
# Does it give the picture from the first cell, and does SciPy agree?

# %% tags=["nbval-check-output"]
by_loop = convolve(gray, outline)
reference = scipy.signal.correlate2d(gray, outline, mode="valid")
print("largest difference to SciPy:          ", abs(by_loop - reference).max())
print("largest difference to the first cell: ", abs(by_loop - outlined).max())

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
plots.number_grid([kernel.round(2) for kernel in kernels], titles, alt=alt)

# %%
face = gray[0:260, 110:370]
filtered = [convolution.convolve2d(face, kernel) for kernel in kernels]
alt = "The astronaut's face five times: vertical and horizontal edges in red and blue, then sharper, blurred, and as a relief."
plots.image_grid(
    filtered,
    names,
    columns=5,
    size=2.1,
    cmap=["seismic"] * 2 + ["gray"] * 3,
    limits=[(-400, 400)] * 2 + [(0, 255)] * 3,
    alt=alt,
)

# %% [markdown]
# The weights of the two **Sobel** filters add up to 0, so flat regions become 0, which is white here. They are our edge
# filters with more weight in the middle, so they respond more evenly to slanted edges. The other three have a sum
# of 1 and keep the brightness of the photo.

# %%
quiz.ask("01", "signed-edges")

# %% [markdown] syllabus="B21"
# ### Change the nine numbers
#
# **Try it.** Set all nine numbers to 0 except one. Set two of them to 1 and −1. Then find a filter that turns the photo
# black, and one that turns it white. The picture follows at once. (This needs a running kernel; the picture below
# does not move on GitHub and in print.)
#
# <details>
# <summary>A solution</summary>
#
# A single 1 copies the photo, moved by up to one pixel. A 1 beside a −1 subtracts each pixel from its neighbour, and that
# shows vertical edges in red and blue. Nine zeros turn everything black, and so do nine negative numbers. Nine ones make
# nearly everything white, because the sum of nine pixels is above 255 almost everywhere.
#
# </details>
#
# There is also a page with your own photo or webcam, colour, pooling and a second layer: open
# [`slides/explorer/index.html`](../slides/explorer/index.html) in a browser. It needs no network.

# %%
plots.kernel_explorer(gray[::2, ::2], "outline")

# %% [markdown] syllabus="B8"
# ### Also in one dimension
#
# The same window slides along a sound, a heartbeat or a year of temperatures. A kernel of $F$ numbers has $N - F + 1$
# positions on a row of $N$ numbers. Below, three equal weights smooth a week of temperatures. How many days come out?

# %% tags=["nbval-check-output"]
week = np.array([10, 12, 11, 18, 17, 13, 10])
smooth = np.array([week[i : i + 3].sum() / 3 for i in range(len(week) - 3 + 1)])
print(len(week), "days become", len(smooth), "means:", smooth.round(2))
print("as NumPy says:", np.allclose(smooth, np.correlate(week, np.ones(3) / 3)))

# %% [markdown] syllabus="B10"
# ## 5. What happens at the border, and how large are the steps?
#
# Each convolution so far made the image smaller. Thirteen layers of 3×3 filters turn a 28×28 image into 2×2, and
# then no 3×3 window fits any more. The cure is **padding**: first put a frame of zeros around the image.
# With one ring of zeros, a 3×3 filter gives back as many rows and columns as it got. Keras calls that `"same"`, and
# no padding `"valid"`.

# %%
five = np.arange(1, 26).reshape(5, 5) % 7
plots.convolution_step(five, outline, position=(0, 4), padding=1)

# %% [markdown]
# The second choice is the **stride**: how far the window moves in each step. Stride 2 visits every
# second position, down and across. How large is the output of a 5×5 image then, with and without padding?

# %% tags=["nbval-check-output"]
for padding in ["valid", "same"]:
    for stride in [1, 2]:
        output = convolution.convolve2d(five, outline, stride=stride, padding=padding)
        print(f"5×5 image, 3×3 filter, {padding}, stride {stride}: output {output.shape}")

# %% [markdown] syllabus="B11"
# There is a formula for the size. Along one axis we have $W_i$ pixels, padding $P$ on both sides and a filter of $F$
# pixels. The window can then move by $W_i - F + 2P$ pixels. Divide this distance by the stride $S$ and round
# down: that is how many steps fit. The first position counts too, so we add 1:
#
# $$W_o = \left\lfloor \frac{W_i - F + 2P}{S} \right\rfloor + 1$$
#
# **Exercise 3.** Write the formula as a Python function. The operator `//` divides and rounds down.


# %% tags=["exercise"]
def output_size(size, kernel, stride=1, padding=0):
    """Count the positions of a window along one axis."""
    return ...


# %% tags=["nbval-check-output"]
output_size = check.exercise(
    check.output_size, output_size, otherwise=convolution.output_size
)


# %% tags=["solution"]
def output_size(size, kernel, stride=1, padding=0):
    """Count the positions of a window along one axis."""
    return (size - kernel + 2 * padding) // stride + 1


# %%
quiz.ask("01", "output-size")

# %% [markdown]
# Does Keras agree? And when does the rounding matter? When the last step would leave the image, as in the first layer of
# ResNet: there a 7×7 filter slides over 224 pixels with stride 2 and padding 3.

# %% tags=["nbval-check-output"]
print(
    "not rounded:", (224 - 7 + 2 * 3) / 2 + 1, " rounded down:", output_size(224, 7, 2, 3)
)
layer = keras.layers.Conv2D(filters=1, kernel_size=5)
print("10×12 pixels, filter 5×5:", output_size(10, 5), "×", output_size(12, 5))
print("Keras says:              ", layer.compute_output_shape((None, 10, 12, 1))[1:3])

# %% [markdown]
# With `"same"`, Keras chooses the padding so that $\lceil W_i / S \rceil$ positions come out. At stride 2 that
# can take an odd number of zeros, and an odd number can't be shared evenly between two sides. Which side
# gets the extra zero? We let Keras add up 3×3 windows of an image of ones. A sum below 9 means that the window holds
# zeros.

# %% tags=["nbval-check-output"]
adder = keras.layers.Conv2D(
    1, 3, strides=2, padding="same", kernel_initializer="ones", use_bias=False
)
sums = adder(np.ones((1, 6, 6, 1)))
print(np.array(sums)[0, :, :, 0].astype(int))

# %%
quiz.ask("01", "same-side")

# %% [markdown] syllabus="B15"
# ## 6. Why does a ReLU follow?
#
# Convolution is linear: it only multiplies by weights and adds up. Two linear steps in a row are again one linear step.
# So two 3×3 filters, one after the other, should do no more than a single filter. How large would that filter be?
# To combine the two we need the true convolution, with the flip.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
first, second = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
both = scipy.signal.convolve2d(first, second)
patch = gray[100:140, 200:240]
two_steps = convolve(convolve(patch, first), second)
one_step = convolve(patch, both)
print("one filter of", both.shape, "does the same:", np.allclose(two_steps, one_step))

# %% [markdown]
# One 5×5 filter does the work of both. A deep stack of such layers would be no better than a single layer. A ReLU
# between them changes that. One test is enough: for a linear step, the result for $-x$ is minus the result
# for $x$.

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
# ## 7. What does pooling keep?
#
# Once a filter has found something, its exact position matters little. **Max pooling** cuts a feature map
# into windows, usually 2×2, and keeps the largest number of each. **Average pooling** keeps the mean. Do the
# sixteen numbers below in your head first: what are the four maxima?

# %%
numbers = np.array([[23, 14, 0, 109], [9, 43, 58, 15], [105, 85, 35, 25], [24, 69, 17, 7]])
largest, mean = convolution.max_pool2d(numbers), convolution.average_pool2d(numbers)
alt = "Four by four numbers in four windows, and beside them the two by two results of max pooling and average pooling."
plots.number_grid([numbers, largest, mean], ["input", "max", "mean"], windows=2, alt=alt)

# %% [markdown]
# One number of four is left: pooling throws away 75% of the entries. Nothing is learnt, because there are no weights.
# The output size follows the formula you know, with $F = S = 2$ and no padding.
#
# **Exercise 4.** Write max pooling for 2×2 windows that don't overlap. The loops are those of Exercise 1. What
# changes is the size of the output, the corner of each window, and what you do with its four numbers. You may assume that
# the numbers of rows and columns are even.


# %% tags=["exercise"]
def my_max_pool(image):
    """Keep the largest number of each 2×2 window."""
    # half as many rows and columns as the image has
    # two loops: where does window (i, j) begin?
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
# Average pooling needs no new operation. A convolution with stride 2 visits exactly the same windows, and four weights
# of ¼ take their mean. Many newer networks go one step further: they leave pooling out and let a
# convolution with stride 2 learn its weights.

# %% tags=["nbval-check-output"]
quarters = np.full((2, 2), 1 / 4)
strided = convolution.convolve2d(four, quarters, stride=2)
print(strided)
print("equals average pooling:", np.allclose(strided, convolution.average_pool2d(four)))

# %% [markdown]
# In Keras, pooling treats each channel by itself, so the depth stays the same. But how can a layer without weights pass
# back a gradient? It must, or no layer before it could learn. Ask for each pixel: if it grows a little,
# does the sum of the outputs grow? `GradientTape` records a calculation and then answers exactly this question.

# %% tags=["nbval-check-output"]
pooling = keras.layers.MaxPooling2D(pool_size=2, strides=2)
print("(32, 32, 16) ->", pooling.compute_output_shape((None, 32, 32, 16))[1:])
pixels = tf.Variable(numbers.reshape(1, 4, 4, 1).astype("float32"))
with tf.GradientTape() as tape:
    total = tf.reduce_sum(pooling(pixels))
print(tape.gradient(total, pixels).numpy().reshape(4, 4).astype(int))

# %%
quiz.ask("01", "pooling-gradient")

# %% [markdown] syllabus="B17"
# ### Max pooling says "somewhere here"
#
# Suppose a filter has found one thing, at one pixel: the feature map holds a single 1 among zeros. The maximum of a
# window is 1 if the thing is in this place **or** in the next one. Pool again, and this OR covers twice as many
# places. Below, the 1 moves by one pixel from line to line. When does the answer change?

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
# After one pooling the answer changes at every second step, after two at every fourth. After three it never changes:
# the last number only says that the thing is there, not where.

# %%
quiz.ask("01", "or-reach")

# %% [markdown] syllabus="B18"
# ### If the image moves, what moves with it?
#
# Slide a window over a shifted image and it meets the same pixels, only in another place. So the feature map
# shifts as far as the image did. This is called **equivariance**. The largest number of the whole map doesn't change at
# all, and that is called **invariance**. We put the astronaut's face on a gray canvas, then again 5 pixels further right.

# %% tags=["nbval-check-output"]
canvas, moved = np.full((128, 128), 128.0), np.full((128, 128), 128.0)
canvas[24:104, 20:100] = moved[24:104, 25:105] = gray[60:140, 180:260]
for padding in ["valid", "same"]:
    before = convolution.convolve2d(canvas, outline, padding=padding)
    after = convolution.convolve2d(moved, outline, padding=padding)
    differ = np.any(before[:, :-5] != after[:, 5:], axis=0)
    print(padding, "largest:", before.max(), after.max(), end="  ")
    print("columns that differ:", np.nonzero(differ)[0], "of", len(differ))

# %% [markdown]
# Without padding, the second map equals the first one everywhere, 5 pixels further right, and its largest number is the
# same. With padding, two columns differ. The windows at the left and right border hold zeros, and these zeros don't move
# with the image.
#
# A stride breaks equivariance too. If the image moves by one pixel, the windows of stride 2 land on the
# positions they skipped before. If it moves by two, they meet the old pixels again. Here are three cuts from the photo.

# %% tags=["nbval-check-output"]
cuts = [gray[50:178, left : left + 128] for left in (150, 151, 152)]
maps = [convolution.convolve2d(cut, outline, stride=2) for cut in cuts]
print(f"moved by 1 pixel:  {np.mean(maps[0] == maps[1]):.0%} of the numbers agree")
same = np.mean(maps[0][:, 1:] == maps[2][:, :-1])
print(f"moved by 2 pixels: {same:.0%} agree, one place apart")

# %% [markdown]
# So a convolution is equivariant, except at borders and with a stride. Pooling adds some **tolerance** to small
# shifts. Neither makes a network entirely blind to position.

# %% [markdown] syllabus="B19"
# ### A detector made of two filters and one pooling
#
# Now we put the pieces together. Does a small drawing show a vertical line, a horizontal line, both or neither?
# The first filter responds to a bright vertical line with dark sides. The second is the same filter, rotated by
# 90 degrees. What is the first number of the first map?

# %% tags=["nbval-check-output"]
line_down = np.array([[-0.5, 1, -0.5]] * 3)
line_across = line_down.T
down, across = np.zeros((4, 4), int), np.zeros((4, 4), int)
down[:, 1], across[2, :] = 1, 1
both = np.maximum(down, across)
print(both)
print(convolve(both, line_down))

# %% [markdown]
# It is 2. The first window holds three pixels of the vertical line, and each adds 1. Two pixels of the other line
# lie under weights of −½. A ReLU and a maximum over the whole map turn the four numbers into one answer per filter.

# %%
drawings = [both, down, across, np.zeros((4, 4), int)]
titles = []
for drawing in drawings:
    answers = [convolve(drawing, kernel).max() for kernel in (line_down, line_across)]
    titles.append("vertical {:g}, horizontal {:g}".format(*np.maximum(answers, 0)))
alt = "Four drawings of four by four pixels with their two answers: a cross, a vertical line, a horizontal line, nothing."
plots.image_grid(drawings, titles, columns=4, size=2, limits=(0, 1), alt=alt)

# %% [markdown]
# Two filters, one ReLU and one pooling tell four cases apart.
#
# **Try it.** Write `down[:, 0]` in place of `down[:, 1]` two cells further up, and run both cells again. What does the
# detector say about the second drawing now, and why?
#
# <details>
# <summary>A solution</summary>
#
# It says "vertical 0": the line is overlooked. In the first windows the line lies under weights of −½, so the sums are
# negative, and the ReLU turns them into 0. The other windows don't contain the line at all. A frame of zeros around
# the drawing (padding) would give the line its second dark side.
#
# </details>
#
# We chose these eighteen weights ourselves. In lesson 1b the computer finds such numbers for us.
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
        "first output of the line detector": convolve(both, line_down)[0, 0],
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
# - Vincent Dumoulin and Francesco Visin, *A guide to convolution arithmetic for deep learning*, 2016, draws
#   every combination of padding and stride.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Photo: NASA, public domain.*

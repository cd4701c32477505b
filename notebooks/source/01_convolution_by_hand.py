# %% [markdown]
# # 1. Convolution by hand
#
# <!-- badges -->
#
# Topics: images as arrays, the 3×3 window, padding and stride, volumes, pooling.
#
# A network that tells handbags from shoes rests on one small operation: multiply nine pixels by nine numbers
# and add up. In this lesson you write that operation yourself, check it against sums done on paper, and see
# what nine numbers can do to a photo.
#
# **You will learn**
#
# - why a dense layer is the wrong tool for a photo;
# - how to slide a filter over an image, with padding, stride and colour;
# - how many numbers go in, come out, and have to be learnt;
# - why a convolution layer is a dense layer with most weights missing and the rest shared;
# - what pooling keeps and what it throws away.
#
# You need Python, NumPy and the idea of a dense layer. Every result below is computed in front of
# you, except the history in section 9.

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

# %% [markdown] syllabus="A3"
# ## 1. What does a computer see in a photo?
#
# Numbers. The photo below shows the astronaut Eileen Collins (NASA, public domain; it comes with
# scikit-image). Before you run the next cell, guess: how many numbers is it made of?

# %%
photo = data.astronaut()
plots.image_grid(
    [photo],
    size=3.2,
    alt="Portrait of astronaut Eileen Collins in an orange suit, in colour.",
)

# %% tags=["nbval-check-output"]
print(
    "shape:",
    photo.shape,
    " type:",
    photo.dtype,
    " least and largest:",
    photo.min(),
    photo.max(),
)
print("numbers in all:", photo.size)

# %% [markdown]
# The shape reads (height, width, channels). A colour photo has three **channels**: red, green and blue. The
# number of channels is also called the *depth* of the image. Each number takes 8 bits, so it runs from 0 to
# 255. Here are the three numbers of one pink pixel, in decimal and as the eight bits that are stored.

# %% tags=["nbval-check-output"]
pink = np.array([218, 150, 149], dtype=np.uint8)
for name, value in zip(["red", "green", "blue"], pink):
    print(f"{name:5} {value} = {value:08b} in binary")

# %% [markdown]
# What does each channel show by itself? The suit is orange: much red, some green, little blue. So expect it
# to be bright in the first picture and dark in the last.

# %%
plots.channel_grid(
    photo,
    columns=3,
    size=2.4,
    heading="red, green and blue channel of the photo, each (512, 512)",
    alt="Three gray pictures of the astronaut: the suit is bright in red, darker in green, nearly black in blue.",
)

# %% [markdown]
# A gray photo has one number per pixel, so its shape is (height, width). We turn the photo gray, in 0..255,
# and keep it for the experiments below.

# %% tags=["nbval-check-output"]
gray = np.round(255 * color.rgb2gray(photo))
print("shape of the gray photo:", gray.shape)

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

# %% [markdown] syllabus="J5"
# Billions of weights, for one layer. Memory is the smaller part of the trouble. These are also billions of
# numbers to be learnt, and the more free numbers a model has, the easier it learns the training photos by
# heart instead of what they have in common.

# %%
quiz.ask("01", "flatten-weights")

# %% [markdown] syllabus="A2"
# Size is not the only trouble. Flattening also hides what is next to what. Take a pixel and its neighbour
# one row below. They touch in the photo. How far apart are they in the vector?

# %% tags=["nbval-check-output"]
position = np.arange(photo.size).reshape(photo.shape)
print("distance to the pixel on the right:", position[100, 101, 0] - position[100, 100, 0])
print("distance to the pixel below:       ", position[101, 100, 0] - position[100, 100, 0])

# %% [markdown]
# A dense layer does not know that these two touch. It would work just as well if we shuffled all pixels, the
# same way in every photo: each weight would simply move with its pixel. Lesson 2 does that experiment. And a
# dense layer that has learnt to find an eye at the top left has learnt nothing about eyes at the bottom
# right, because other weights look there.
#
# So we want a layer that looks at neighbours together, and that uses what it learnt at one place everywhere.
# That layer is convolution.

# %% [markdown] syllabus="B1"
# ## 3. What happens in one window?
#
# We begin with an image small enough to check on paper: a band that gets brighter and darker again, from top
# to bottom. We also need nine numbers, called a **filter** or **kernel**: ones in the top row, zeros in the
# middle, minus ones at the bottom. What does the filter give where the image gets brighter downwards?

# %%
band = np.repeat([[0], [5], [10], [15], [10], [5], [0]], 7, axis=1)
horizontal = np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
plots.convolution_step(band, horizontal, position=(0, 0))

# %% [markdown]
# Lay the filter on the top left corner. Multiply each pixel by the number on top of it and add up the nine
# products. The result is the first pixel of the output.

# %% tags=["nbval-check-output"]
window = band[0:3, 0:3]
print(window * horizontal)
print("sum:", (window * horizontal).sum())

# %% [markdown]
# A negative sum means that the window is darker at the top than at the bottom. What sum do you
# expect further down, where the band gets darker again?

# %%
quiz.ask("01", "first-window")

# %% [markdown]
# In a network the next step is a **ReLU**, which keeps positive numbers
# and turns negative ones into 0. So after the ReLU this filter reports one thing only: bright above, dark
# below.
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
# Before you run `convolve` on the band, predict: the image has 7 rows. In how many positions does a 3×3 window
# fit from top to bottom? And in which rows of the
# output do you expect positive numbers?

# %% tags=["nbval-check-output"]
print(convolve(band, horizontal))
print("after ReLU:")
print(np.maximum(convolve(band, horizontal), 0))

# %% [markdown]
# Five, because 7 − 3 + 1 = 5. Rows 3 and 4 are positive: there the band gets darker downwards. Row 2 is 0, because
# its window has equal rows above and below the peak. Here is the window at one of the positive places. Change the
# first number of `position` and watch the sum change. Then change only the second. Why does the sum stay the same?

# %%
plots.convolution_step(band, horizontal, position=(3, 2))

# %% [markdown] syllabus="B2"
# ### Two filters make a layer
#
# The band has no vertical edge. So what should the same filter, rotated by 90 degrees, find in it?

# %% tags=["nbval-check-output"]
vertical = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
print(convolve(band, vertical))

# %% [markdown]
# It finds nothing: every number is 0. One filter produces one picture of responses, a **feature map**. A convolution layer has
# several filters, and stacks their feature maps behind each other like the colours of a photo.

# %% tags=["nbval-check-output"]
layer_output = np.stack([convolve(band, horizontal), convolve(band, vertical)], axis=-1)
print("shape of the layer's output:", layer_output.shape)

# %% [markdown] syllabus="B3 B4"
# ### Check the loop on paper
#
# Work out at least the first number of each answer by hand before you run the cell. The first image is 6×6;
# it is filtered twice, once for vertical edges and once with nine ones, which just add up the window.

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

# %% tags=["nbval-check-output"]
four = np.array([[2, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 3, 0, 0]])
three_ones = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]])
print(convolve(four, three_ones))

# %% [markdown]
# The first 3 is 2·1 + 1·1 from the top row of the window, plus 0·1 from its bottom row.
#
# **Exercise 2.** Which 3×3 filter returns the image unchanged, apart from the lost border? Which one gives the
# picture moved one pixel to the left? Write both as 3×3 arrays. Once you have written `copy`, print
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
# An edge is a place where brightness jumps. The left half of this image is 10, the right half 0. How wide
# will the edge be in the output?

# %% tags=["nbval-check-output"]
halves = np.zeros((6, 6), dtype=int)
halves[:, :3] = 10
print(convolve(halves, vertical))

# %% [markdown]
# Two columns wide, because a window three pixels wide meets the jump at two places. Now a checkerboard of
# two by two blocks, and the filter for horizontal edges. Two rows of blocks meet in the middle, with bright
# above dark on the left and the reverse on the right. So expect plus, then minus, and something in between
# where the window sees both.

# %% tags=["nbval-check-output"]
blocks = np.kron([[10, 0], [0, 10]], np.ones((3, 3), dtype=int))
print(blocks)
print(convolve(blocks, horizontal))

# %% [markdown] syllabus="B7"
# ### Is this really called convolution?
#
# In mathematics, convolution flips the filter before it slides: up becomes down, left becomes right. Without
# the flip the operation is named **cross-correlation**. Deep learning leaves the flip out and says
# convolution all the same. It makes no difference there: the numbers of the filter are learnt, so a network
# that needed the flipped filter would learn it flipped. SciPy has both, which lets us check the claim.

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
# −1 around it. What will be left of a part of the photo where all pixels are alike?

# %%
quiz.ask("01", "flat-region")

# %% tags=["nbval-check-output"]
outline = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
flat = np.full((3, 3), 200)
print(
    "weights add up to",
    outline.sum(),
    "- so a flat patch of 200 gives",
    (flat * outline).sum(),
)

# %% [markdown]
# Nothing is left: eight times the middle minus its eight equal neighbours is 0. Only a pixel that differs from
# the mean of its neighbours survives. In the band a steady rise does not, and its ridge does:

# %% tags=["nbval-check-output"]
print(convolve(band, outline))

# %% [markdown]
# Now the whole photo. The window has a quarter of a million places here, so your loop, if you wrote one,
# takes a second.

# %%
outlined = convolve(gray, outline)
plots.image_grid(
    [gray, outlined],
    ["gray photo", "outline filter, cut off at 0 and 255"],
    size=3.4,
    limits=(0, 255),
    alt="Left the gray astronaut, right only her outlines and the folds of the suit, bright on black.",
)

# %% tags=["nbval-check-output"]
reference = scipy.signal.correlate2d(gray, outline, mode="valid")
print("largest difference to scipy.signal:", abs(outlined - reference).max())

# %% [markdown]
# No difference at all. From here on we use `convolution.convolve2d` for larger experiments. It gives the same
# numbers, much faster, because it doesn't loop over places.
#
# Which filters did people find useful? Look at the numbers first and guess what each does. Hints: do the
# weights add up to 0 or to 1? Do they treat left and right alike?

# %% tags=["nbval-check-output"]
names = ["Sobel vertical", "Sobel horizontal", "sharpen", "blur", "emboss"]
for name in names:
    kernel = convolution.KERNELS[name]
    print(f"{name}: weights add up to {kernel.sum():.0f}")
    print(kernel.round(2))

# %%
filtered = [convolution.convolve2d(gray, convolution.KERNELS[name]) for name in names]
head = (slice(0, 260), slice(110, 370))
plots.image_grid(
    [image[head] for image in filtered],
    names,
    columns=5,
    size=2.1,
    limits=(0, 255),
    alt="The astronaut's face five times: vertical edges, horizontal edges, sharper, blurred, and as a relief.",
)

# %% [markdown]
# Weights that add up to 0 leave edges on black. Weights that add up to 1 keep the photo's brightness. The
# two **Sobel** filters are the edge filters of above with more weight on the middle row or column, so that
# they treat slanted edges more like straight ones.

# %% [markdown] syllabus="B21"
# ### Change the nine numbers
#
# Try it: set all nine numbers to 0 but one. Set two of them to 1 and −1. Find a filter that turns the photo
# black, and one that turns it white. The picture follows at once. (It needs a running kernel; the picture
# below stays still on GitHub and in print.)
#
# The same as a page, with your own photo or webcam, the window under the mouse, colour, pooling and a second
# layer: open [`slides/explorer/index.html`](../slides/explorer/index.html) in a browser. It needs no network.

# %%
plots.kernel_explorer(gray[::2, ::2], "outline")

# %% [markdown] syllabus="B8"
# ### Also in one dimension
#
# The same window slides along a sound, a heartbeat or a year of temperatures. $N$ numbers and a kernel of $F$
# give $N - F + 1$. Here a week of temperatures is smoothed with three equal weights. How many days come out?

# %% tags=["nbval-check-output"]
week = np.array([10, 12, 11, 18, 17, 13, 10])
smooth = np.array([sum(week[i : i + 3]) / 3 for i in range(len(week) - 3 + 1)])
print(smooth.round(2), "are", len(smooth), "days out of", len(week))
print(
    "as np.correlate says:",
    np.allclose(smooth, np.correlate(week, np.ones(3) / 3, mode="valid")),
)

# %%
quiz.ask("01", "one-dimension")

# %% [markdown] syllabus="B10"
# ## 5. What happens at the border, and how large are the steps?
#
# Each convolution so far made the image smaller. Thirteen layers of 3×3 filters turn a 28×28 image
# into 2×2, and there it ends. The cure is **padding**: put a frame of zeros around the image first. With one ring of zeros a 3×3
# filter gives back as many rows and columns as came in. Keras calls that `"same"`, and no padding `"valid"`.

# %%
five = np.arange(1, 26).reshape(5, 5) % 7
plots.convolution_step(five, outline, position=(0, 0), padding=1)

# %% [markdown]
# The second choice is the **stride**: how far the window moves from place to place. Stride 2 visits every
# second place, down and across. How large is the output of a 5×5 image then, with and without padding?

# %% tags=["nbval-check-output"]
for padding in ["valid", "same"]:
    for stride in [1, 2]:
        output = convolution.convolve2d(five, outline, stride=stride, padding=padding)
        print(f"5×5 image, 3×3 filter, {padding}, stride {stride}: output {output.shape}")

# %% [markdown] syllabus="B11"
# The size follows from a count. Along one axis, an image of $W_i$ pixels with padding $P$ on both sides and a
# filter of $F$ pixels leaves $W_i - F + 2P$ pixels to move. Steps of $S$ fit into that so many times, rounded
# down, and the first place counts too:
#
# $$W_o = \left\lfloor \frac{W_i - F + 2P}{S} \right\rfloor + 1$$
#
# As many maps come out as the layer has filters, whatever goes in: $C_o = K$. With `"same"`, Keras chooses $P$ so
# that $\lceil W_i / S \rceil$ places come out. So the size stays only at stride 1.

# %%
quiz.ask("01", "output-size")


# %%
def output_size(size, kernel, stride=1, padding=0):
    """Count the places along one axis."""
    return (size - kernel + 2 * padding) // stride + 1


# %% tags=["nbval-check-output"]
print("5 pixels, filter 3, stride 2:", output_size(5, 3, stride=2))
print("5 pixels, filter 3, padding 1:", output_size(5, 3, padding=1))
print("10×12 pixels, filter 5×5:", output_size(10, 5), "×", output_size(12, 5))

# %% [markdown]
# When does the rounding matter? When the last step would leave the image, as in the first layer of ResNet.

# %% tags=["nbval-check-output"]
print("224 pixels, filter 7, stride 2, padding 3:", (224 - 7 + 2 * 3) / 2 + 1)
print("rounded down:", output_size(224, 7, stride=2, padding=3))

# %% [markdown]
# Does Keras agree? We ask a real layer for its output shape.

# %% tags=["nbval-check-output"]
layer = keras.layers.Conv2D(filters=1, kernel_size=5)
print(
    "Keras, 10×12 pixels, filter 5×5:", layer.compute_output_shape((None, 10, 12, 1))[1:3]
)

# %% [markdown] syllabus="B15"
# ## 6. Why does a ReLU follow?
#
# Convolution is linear, as every matrix product is. And two linear steps in a row are one linear step.

# %%
quiz.ask("01", "two-linear-layers")

# %% [markdown]
# Watch two 3×3 filters collapse into one. To combine the two filters we need the true convolution, with the
# flip.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
first, second = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
both = scipy.signal.convolve2d(first, second)
patch = gray[100:140, 200:240]
two_steps = convolution.convolve2d(convolution.convolve2d(patch, first), second)
one_step = convolution.convolve2d(patch, both)
print("one filter of", both.shape, "does the same:", np.allclose(two_steps, one_step))

# %% [markdown]
# A deep stack of such layers would be no better than a shallow one. With a ReLU between them, no single
# filter can do their work. One test is enough: a linear map of $-x$ is minus the map of $x$.


# %% tags=["nbval-check-output"]
def with_relu(image):
    """Two convolutions with a ReLU between them."""
    return convolution.convolve2d(
        convolution.relu(convolution.convolve2d(image, first)), second
    )


opposite = convolution.convolve2d(-patch, both)
print("f(-x) = -f(x) without ReLU:", np.allclose(opposite, -one_step))
print("f(-x) = -f(x) with ReLU:   ", np.allclose(with_relu(-patch), -with_relu(patch)))

# %% [markdown] syllabus="B16"
# ## 7. What does pooling keep?
#
# After a filter has found something, the exact pixel matters little. **Max pooling** cuts each feature map
# into windows, mostly 2×2, and keeps the largest number of each. **Average pooling** keeps the mean. Do the
# sixteen numbers below in your head first.

# %% tags=["nbval-check-output"]
numbers = np.array([[23, 14, 0, 109], [9, 43, 58, 15], [105, 85, 35, 25], [24, 69, 17, 7]])
print("max:\n", convolution.max_pool2d(numbers))
print("mean:\n", convolution.average_pool2d(numbers))

# %%
plots.number_grid(
    [numbers, convolution.max_pool2d(numbers), convolution.average_pool2d(numbers)],
    ["input", "max", "mean"],
    alt="Four by four numbers, and beside them the two by two results of max pooling and average pooling.",
)

# %% [markdown]
# The same for the 4×4 image of section 3, and the price: how much of the data is left?

# %% tags=["nbval-check-output"]
print("max:\n", convolution.max_pool2d(four))
print("mean:\n", convolution.average_pool2d(four))
print(f"entries thrown away: {1 - convolution.max_pool2d(four).size / four.size:.0%}")

# %% [markdown]
# Pooling treats every channel by itself, so the depth stays. The output size follows the formula you know,
# $(W_i - F)/S + 1$, with $F = S = 2$ here. Nothing is learnt: there are no weights.

# %%
quiz.ask("01", "pooling-shape")

# %% tags=["nbval-check-output"]
many_maps = np.zeros((32, 32, 16))
pooling = keras.layers.MaxPooling2D(pool_size=2, strides=2)
print("helper:", many_maps.shape, "->", convolution.max_pool2d(many_maps).shape)
print(
    "Keras: ",
    pooling.compute_output_shape((None, 32, 32, 16))[1:],
    " weights:",
    pooling.count_params(),
)

# %% [markdown]
# But can a layer without weights pass a gradient back? It must, or nothing before it could learn. Ask: if
# one input pixel grows a little, does the output grow? Only if that pixel is the largest of its window. So
# the gradient is 1 there and 0 elsewhere. (`GradientTape` records a calculation and then returns its gradient.)

# %% tags=["nbval-check-output"]
pixels = tf.Variable(numbers.reshape(1, 4, 4, 1).astype("float32"))
with tf.GradientTape() as tape:
    total = tf.reduce_sum(keras.layers.MaxPooling2D(2)(pixels))
print(tape.gradient(total, pixels).numpy().reshape(4, 4).astype(int))

# %%
quiz.ask("01", "pooling-parameters")

# %% [markdown] syllabus="B17"
# ### Max pooling says "somewhere here"
#
# Suppose a filter has found one thing, at one pixel: a single 1 in a map of zeros. The maximum of a window
# is 1 if the thing is in this place **or** in that one, **or** in the next. Pool again, and the OR reaches
# over twice as many places. Below, each row moves the 1 by one pixel. When does the answer change?

# %% tags=["nbval-check-output"]
print("position   after one pooling   after two   after three")
for place in range(8):
    found = np.zeros((1, 8), dtype=int)
    found[0, place] = 1
    once = convolution.max_pool2d(found, (1, 2))
    twice = convolution.max_pool2d(once, (1, 2))
    print(
        f"{place:^8}   {once[0]}{'':10}{twice[0]}       {convolution.max_pool2d(twice, (1, 2))[0]}"
    )

# %% [markdown]
# After one pooling the answer changes at every second step, after two at every fourth, after three not at
# all: the last number says only that the thing is there.

# %% [markdown] syllabus="B18"
# ### If the image moves, what moves with it?
#
# Slide a window over a shifted image and you meet the same windows, only elsewhere. So the feature map
# shifts as far as the image did. This is called **equivariance**. The largest number of the whole map does
# not change at all, which is called **invariance**. We put the astronaut's face on a gray canvas, twice, the
# second time 5 pixels further right.

# %% tags=["nbval-check-output"]
canvas, moved = np.full((128, 128), 128.0), np.full((128, 128), 128.0)
face = gray[60:140, 180:260]
canvas[24:104, 20:100], moved[24:104, 25:105] = face, face
answer, answer_moved = (convolution.convolve2d(image, outline) for image in (canvas, moved))
print(
    "same feature map, 5 pixels apart:", np.array_equal(answer[:, :-5], answer_moved[:, 5:])
)
print("largest value before and after:  ", answer.max(), answer_moved.max())

# %% [markdown]
# Where does this break? First at the border: windows there hold padding, and padding does not move with the
# image. In which columns do the two maps differ now?

# %% tags=["nbval-check-output"]
answer, answer_moved = (
    convolution.convolve2d(image, outline, padding="same") for image in (canvas, moved)
)
different = np.nonzero(answer[:, :-5] != answer_moved[:, 5:])[1]
print("columns that differ:", np.unique(different), "of 0 to", answer.shape[1] - 6)

# %% [markdown]
# At one edge, one of the maps holds padding; at the other edge, the other does. Everything between agrees.
#
# Second, with stride 2. If the image moves by one pixel, the windows land on the places they had skipped
# before. If it moves by two, they meet the old ones again. Two cuts from the photo show it.

# %% tags=["nbval-check-output"]
cuts = [gray[50:178, left : left + 128] for left in (150, 151, 152)]
first_cut, one_on, two_on = (convolution.convolve2d(cut, outline, stride=2) for cut in cuts)
print(f"moved by 1 pixel:  {np.mean(first_cut == one_on):.0%} of the numbers agree")
print(
    f"moved by 2 pixels: {np.mean(first_cut[:, 1:] == two_on[:, :-1]):.0%} agree, one place apart"
)

# %% [markdown]
# So convolution alone is equivariant, up to its borders and its stride. Pooling adds a *tolerance* to small
# shifts. Neither makes a network blind to position altogether.

# %%
quiz.ask("01", "equivariance")

# %% [markdown] syllabus="B19"
# ### A detector made of two filters and one pooling
#
# Put the pieces together. We want to know whether a small drawing has a vertical axis, a horizontal axis,
# both or none. One filter prefers a bright line down with dark sides; the other is the
# same, turned.

# %% tags=["nbval-check-output"]
line_down = np.array([[-0.5, 1, -0.5]] * 3)
line_across = line_down.T
axes_drawing = np.array([[0, 1, 0, 0], [0, 1, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0]])
print(convolution.convolve2d(axes_drawing, line_down))
print("first output:", convolution.convolve2d(axes_drawing, line_down)[0, 0])

# %% [markdown]
# The first window holds the vertical line, worth 3, and the two arms of the other line, worth −½ each. What
# is left is 2: a clear yes. Now max pooling over the whole map turns four numbers into one answer per filter.

# %% tags=["nbval-check-output"]
down, across = np.zeros((4, 4), int), np.zeros((4, 4), int)
down[:, 1], across[2, :] = 1, 1
drawings = {
    "both": np.maximum(down, across),
    "down": down,
    "across": across,
    "none": np.zeros((4, 4), int),
}
detector = np.stack([line_down, line_across], axis=-1)[:, :, None, :]
for name, drawing in drawings.items():
    answer = convolution.relu(convolution.convolve2d(drawing[..., None], detector))
    print(f"{name:7} pooled answer (down, across):", convolution.max_pool2d(answer)[0, 0])

# %%
plots.image_grid(
    drawings.values(),
    list(drawings),
    size=1.4,
    alt="Four small drawings of four by four pixels: a cross of two lines, a line down, a line across, and nothing.",
)

# %% [markdown]
# Two filters, one ReLU, one pooling: four cases told apart, as long as the lines lie inside. On the outer rows
# and columns a line has a dark side missing, and this detector overlooks it. Try it: `down[:, 0]` in place of
# `down[:, 1]`.
#
# We chose these eighteen weights. In lesson 2 the network finds its own.

# %% [markdown]
# The figures come from the papers and the contest's own tables. They are not all measured the same way, so
# say which one you quote. AlexNet's 16.4 % is without extra training data; with it, 15.3 %. It and GoogLeNet's
# figure come from several networks that vote. ResNet has two figures for 2015: 4.49 % is one network on the
# validation photos, 3.57 % is six networks that vote, on the test photos of the contest. The last bar is a
# single network on validation photos, which also learnt from a great many more photos without their labels.
#
# ## Key numbers

# %% tags=["nbval-check-output"]
plots.key_numbers(
    {
        "weights from a phone photo to 100 neurons": phone,
        "weights of one 3×3 filter": vertical.size,
        "first window of the band": (band[0:3, 0:3] * horizontal).sum(),
        "parameters, two 3×3 filters on colour": keras_layer.count_params(),
        "free numbers in the 16×36 matrix": vertical.size,
        "entries left by 2×2 pooling": f"{convolution.max_pool2d(four).size / four.size:.0%}",
        "first output of the axes detector": convolution.convolve2d(
            axes_drawing, line_down
        )[0, 0],
    }
)

# %% [markdown]
# ## Key points
#
# - A convolution multiplies a window of pixels by a filter and adds up, at every place.
# - Output size: $\lfloor (W_i - F + 2P)/S \rfloor + 1$. Parameters: $(F \cdot F \cdot C_i + 1) \cdot K$.
# - Every filter sees all input channels and makes one feature map.
# - It is a dense layer that sees only neighbours and shares its weights. It is linear, so a ReLU follows.
# - Max pooling keeps the strongest answer of each small region, and brings some tolerance to shifts.
#
# ## Where next
#
# - [Lesson 2](02_fashion_mnist.ipynb) lets a network learn its filters from pictures of clothes.
# - Work through the four numbers of `convolve(four, three_ones)` once more, in [the
#   spreadsheet](../slides/convolution.xlsx). Then make your own: one cell, nine products, copied to the right and
#   down.
# - The same filter as a page in the browser: the [kernel explorer](../slides/explorer/index.html).
# - Vincent Dumoulin and Francesco Visin, *A guide to convolution arithmetic for deep learning*, 2016, draws
#   every combination of padding and stride.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Photo: NASA, public domain.*

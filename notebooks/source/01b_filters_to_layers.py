# %% [markdown]
# # 1b. From one filter to a layer
#
# <!-- badges -->
#
# Topics: colour, many filters, parameters, 1×1 filters, shared weights, a filter that is learnt, data sets.
#
# In lesson 1 we chose the nine numbers of an edge filter. Now we hide them. We show the computer only a photo and its
# edges. Keras starts from nine random numbers. Run the first four cells: does it find ours?

# %% tags=["setup"]
# setup

# %%
import keras
import numpy as np
import tensorflow as tf
from skimage import color, data

from helpers import check, convolution, datasets, plots, quiz

keras.utils.set_random_seed(0)

# %%
photo = data.astronaut()
gray = color.rgb2gray(photo)[20:148, 160:288]
face = (gray - gray.mean()) / gray.std()  # mean 0, standard deviation 1
vertical = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
edges = convolution.convolve2d(face, vertical)
titles = ["the photo", "its vertical edges"]
colours, limits = ["gray", "bwr"], [None, (-6, 6)]
alt = "The astronaut's face in gray, and the same face as vertical edges in red and blue."
plots.image_grid([face, edges], titles, size=2, cmap=colours, limits=limits, alt=alt)

# %%
one_filter = keras.layers.Conv2D(1, 3, use_bias=False)
model = keras.Sequential([keras.Input((None, None, 1)), one_filter])
photos = np.stack([face] * 300)[..., None]  # 300 copies with one channel: 300 steps
wanted = np.stack([edges] * 300)[..., None]
before = model.layers[0].kernel.numpy()[:, :, 0, 0]
model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
model.fit(photos, wanted, batch_size=1, verbose=0)
after = model.layers[0].kernel.numpy()[:, :, 0, 0]
titles = ["before", "after 300 steps"]
alt = "Nine random numbers, and the nine numbers after training: 1, 0 and −1 in every row."
plots.number_grid([before.round(1), after.round(1)], titles, alt=alt)

# %% [markdown]
# The random numbers have turned into our edge filter. How did the computer find it? Section 4 answers that, and explains
# `mse`, `Adam` and the batch size as well. First: how do we get from one filter to a layer with hundreds of them?
#
# **You will learn**
#
# - how one filter sees all colours, and how several filters make a layer;
# - to count what a layer learns, and to say what shape comes out;
# - what a 1×1 filter is good for;
# - why a convolution layer is a dense layer with most weights missing and the rest shared;
# - to find a filter by gradient descent;
# - which data sets people train on.
#
# You need lesson 1: filter, padding, stride and the formula for the output size. Plan <!-- minutes to teach --> minutes.
# The code runs in <!-- time to run -->.

# %% [markdown] syllabus="B9"
# ## 1. How does a filter see colour?
#
# A colour photo is a **volume**: height × width × 3. We draw a tiny one: a red ball on green grass under a blue sky.
# (In so few pixels the ball is a square.) Each pixel has three numbers, and each of them is 0 or 2.

# %%
volume = np.zeros((5, 5, 3), dtype=int)
volume[:2, :, 2] = 2  # blue sky
volume[2:, :, 1] = 2  # green grass
volume[1:4, 1:4] = [2, 0, 0]  # a red ball
alt = "Five by five pixels: a red square in the middle, blue above it and green below."
plots.image_grid([volume / 2], size=1.6, alt=alt)

# %% [markdown]
# On three channels a filter needs a third axis too. So a 3×3 filter now has 3·3·3 = 27 weights, one 3×3 **slice** for
# each channel. It still slides only down and across. At each position it adds up *all* its products, so three channels
# go in and one number comes out.
#
# We want a filter that responds to red but not to green. So its red slice is full of ones and its green slice full of
# minus ones. A second filter looks for sky above grass (blue above, green below). The axes of `filters` are row, column,
# channel and filter; channel 0 is red, 1 green and 2 blue.
#
# Where will the first filter give its largest number? The stride is 2 and the padding is 1.

# %%
filters = np.zeros((3, 3, 3, 2), dtype=int)
filters[:, :, 0, 0], filters[:, :, 1, 0] = 1, -1  # first filter: red, and not green
filters[0, :, 2, 1], filters[2, :, 2, 1] = 1, -1  # second filter: blue above, not below
filters[0, :, 1, 1], filters[2, :, 1, 1] = -1, 1  # and green below, not above
plots.convolution_animation(volume, filters[..., 0], stride=2, padding=1, seconds=1.5)

# %% [markdown]
# The largest number is 18, in the middle: there the whole window is red. In the bottom row, on the grass, the numbers
# are negative or 0.

# %% [markdown] syllabus="B10"
# ### Several filters make a layer
#
# A layer has several filters. Each filter makes one feature map, and the layer stacks the maps along the third axis.
# Each filter also has a **bias**, one number that is added to all its sums. With a negative bias, a sum must be large
# to survive the ReLU.
#
# **Exercise 1.** Extend your loops from lesson 1 to a whole layer. Three things are new: the windows are `stride`
# apart, a third loop goes over the filters, and each sum gets the bias of its filter, `biases[f]`. Filter number `f` is
# `kernels[..., f]`. The image is already padded.


# %% tags=["exercise"]
def my_layer(image, kernels, biases, stride):
    """Slide all filters over a volume; return one feature map per filter, stacked."""
    # how many positions are there, down and across?
    # an array of zeros: rows, columns, filters
    # three loops; where does the window (i, j) begin?
    return ...


# %% tags=["nbval-check-output"]
apply_layer = check.exercise(check.volume_layer, my_layer, otherwise=convolution.layer)


# %% tags=["solution"]
def my_layer(image, kernels, biases, stride):
    """Slide all filters over a volume; return one feature map per filter, stacked."""
    height, width, _, count = kernels.shape
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    output = np.zeros((rows, columns, count))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = image[top : top + height, left : left + width]
            for f in range(count):
                output[i, j, f] = (window * kernels[..., f]).sum() + biases[f]
    return output


# %% [markdown]
# Now your layer runs both filters over our picture, with a bias of −6 for the first and −3 for the second. (Until it is
# right, the course's own layer does it.) What will each map show after the ReLU?

# %% tags=["nbval-check-output"]
biases = np.array([-6, -3])
padded = np.pad(volume, [(1, 1), (1, 1), (0, 0)])
maps = apply_layer(padded, filters, biases, 2)
print("shape:", maps.shape)
after_relu = np.maximum(maps, 0)
alt = "Two maps, three by three: the first has a 12 in the middle, the second a 1 at the left and right of the middle row."
titles = ["first map", "second map"]
plots.number_grid([after_relu[..., 0], after_relu[..., 1]], titles, alt=alt)

# %%
quiz.ask("01b", "two-maps")

# %% [markdown] syllabus="B11"
# ## 2. How many numbers does a layer learn?
#
# The weights and biases are the **parameters** of the layer. Count for one filter: it has a slice of $F \cdot F$
# weights for each of the $C_i$ channels that come in, and one bias. The layer has $K$ filters. The image size appears
# nowhere in the count, because the same weights serve at every position.
#
# **Exercise 2.** Write the count as a function of the side $F$ of the filter, the number of channels and the number of
# filters.


# %% tags=["exercise"]
def my_count_parameters(side, channels, filters):
    """Count the weights and biases of a convolution layer."""
    return ...


# %% tags=["nbval-check-output"]
count_parameters = check.exercise(
    check.parameter_count, my_count_parameters, otherwise=convolution.count_parameters
)


# %% tags=["solution"]
def my_count_parameters(side, channels, filters):
    """Count the weights and biases of a convolution layer."""
    return (side * side * channels + 1) * filters


# %% [markdown] syllabus="B11"
# ### Does Keras agree?
#
# We build the same layer in Keras. Keras works on a batch, a group of images that go through together (lesson 1), so
# its arrays have four axes: image, row, column, channel. `padded[None]` makes a batch of one. A `None` in a shape means
# that any number will do.
#
# The layer should have the same number of parameters as we counted, and with our weights it should give the same two
# maps.

# %% tags=["nbval-check-output"]
layer = keras.layers.Conv2D(filters=2, kernel_size=3, strides=2)
layer.build((None, 7, 7, 3))
print("our count:", count_parameters(3, 3, 2), " Keras counts:", layer.count_params())
layer.set_weights([filters, biases])
from_keras = layer(padded[None].astype("float32"))[0]
print("Keras gives our maps:", np.allclose(from_keras, maps))

# %%
quiz.ask("01b", "parameters")

# %% [markdown]
# Whatever goes in, one map per filter comes out: $C_o = K$. Together with lesson 1's formula for
# the size you can now say the shape of any layer's output.

# %%
quiz.ask("01b", "explicit-padding")

# %% [markdown]
# Our filters are as deep as the image, so they can't move along the channels. A filter that is *less* deep than its
# volume can also slide in the third direction. This is a 3-D convolution, as used on video and medical scans. The
# formula holds along every axis.

# %%
quiz.ask("01b", "volume-in-three-directions")

# %% tags=["nbval-check-output"]
three_d = keras.layers.Conv3D(filters=1, kernel_size=3)
print("Keras says:", three_d.compute_output_shape((None, 15, 15, 10, 1))[1:4])

# %% [markdown] syllabus="B12"
# ### Is a 1×1 filter good for anything?
#
# A 1×1 filter looks at one pixel only, but at all its channels, and computes a weighted sum of them. Height and
# width stay the same. `rgb2gray` made our photo gray in exactly this way. Its weights follow the eye, which is most
# sensitive to green and least to blue.

# %% tags=["nbval-check-output"]
luminance = np.array([0.2125, 0.7154, 0.0721]).reshape(1, 1, 3)
by_filter = convolution.convolve2d(photo / 255, luminance)
print("1×1 filter:", photo.shape, "->", by_filter.shape)
print("same as scikit-image's rgb2gray:", np.allclose(by_filter, color.rgb2gray(photo)))

# %% [markdown]
# **Exercise 3.** Three 1×1 filters turn a colour photo into another colour photo. Write their weights as an array of
# shape (1, 1, 3, 3), so that red and blue change places and green stays. The third axis counts the channels that come
# in, the last one those that come out.

# %% tags=["exercise"]
my_swap = ...

# %% tags=["nbval-check-output"]
swap = check.exercise(
    check.swapped_colours, my_swap, otherwise=np.eye(3)[::-1].reshape(1, 1, 3, 3)
)

# %% tags=["solution"]
my_swap = np.zeros((1, 1, 3, 3))
my_swap[0, 0, 0, 2] = 1  # red comes out as blue
my_swap[0, 0, 1, 1] = 1  # green stays
my_swap[0, 0, 2, 0] = 1  # blue comes out as red

# %%
swapped = convolution.convolve2d(photo / 255, swap)
alt = "The astronaut in her orange suit, and the same photo with a blue suit and blue skin."
plots.image_grid([photo, swapped], ["the photo", "red and blue swapped"], size=2.4, alt=alt)

# %%
quiz.ask("01b", "swapped-photo")

# %% [markdown]
# In networks, 1×1 filters mostly save work: they shrink many maps to few before a costly layer. Suppose a 3×3 layer
# turns 256 maps into 256. How many parameters do we save if 1×1 filters shrink the 256 maps to 32 first?

# %% tags=["nbval-check-output"]
alone = count_parameters(3, 256, 256)
shrunk = count_parameters(1, 256, 32) + count_parameters(3, 32, 256)
print(f"3×3 alone:     {alone:,} parameters")
print(f"1×1, then 3×3:  {shrunk:,} parameters")

# %% [markdown]
# We save 507,872 parameters. About a seventh is left, because the 3×3 filters are now only 32 channels deep, not 256.

# %% [markdown] syllabus="B16"
# ### The strongest of several filters
#
# One filter finds vertical edges that are bright on the left. A face also has edges in other directions. So we take four
# filters, each turned by 90 degrees from the one before, and keep at every pixel the largest of the four answers. This is max pooling
# **across channels**. Which edges will the last picture show?

# %%
four_ways = np.stack([np.rot90(vertical, turn) for turn in range(4)], axis=-1)
answers = convolution.convolve2d(face[:, :, None], four_ways[:, :, None, :])
strongest = answers.max(axis=-1)
titles = ["bright left", "bright below", "bright right", "bright above", "the largest"]
five = [*np.moveaxis(answers, -1, 0), strongest]
alt = "Four pictures of edges in red and blue, each for one direction, and a fifth with all edges in red."
plots.image_grid(five, titles, columns=5, size=1.9, cmap="bwr", limits=(-6, 6), alt=alt)

# %% [markdown]
# The last picture shows edges of every direction, and no longer says which way an edge runs. What happens to it if we
# turn the photo by 90 degrees?

# %% tags=["nbval-check-output"]
turned = convolution.convolve2d(np.rot90(face)[:, :, None], four_ways[:, :, None, :])
same = np.allclose(turned.max(axis=-1), np.rot90(strongest))
print("it turns with the photo, and its numbers stay the same:", same)

# %% [markdown] syllabus="B14"
# ## 3. What kind of layer is this?
#
# ### A neuron that sees nine pixels
#
# Take a single output pixel. It is the sum of nine products: each pixel in the window times its weight. A neuron of a
# dense layer computes exactly that, as long as only these nine pixels are connected to it. We give a dense neuron the
# weights of the filter and show it one window.

# %% tags=["nbval-check-output"]
six = np.random.default_rng(0).integers(0, 10, (6, 6))
neuron = keras.layers.Dense(1, use_bias=False)
neuron.build((None, 9))
neuron.set_weights([vertical.reshape(9, 1)])
window = six[1:4, 2:5].reshape(1, 9).astype("float32")
print("dense neuron on the window at (1, 2):", int(neuron(window)[0, 0]))
print("convolution at (1, 2):               ", convolution.convolve2d(six, vertical)[1, 2])

# %% [markdown] syllabus="B13"
# ### A large matrix, mostly zeros
#
# A dense layer on a flattened image is one matrix product. Then a convolution must be one too, with a special
# matrix. Each row belongs to one output pixel. It holds the nine weights where the window lies, and zeros
# elsewhere. For a 6×6 image this is a 16×36 matrix. How do we get it? Filter an image that is 0 except for a 1 at one
# pixel: the 16 answers are the column of that pixel.

# %%
answers = [convolution.convolve2d(pixel.reshape(6, 6), vertical) for pixel in np.eye(36)]
matrix = np.stack([answer.ravel() for answer in answers], axis=1).astype(int)
alt = "A 16 by 36 matrix, white nearly everywhere: each row holds the same red and blue pattern, moved to the right."
figure = plots.Figure(7.5, 3.9, alt)
axis = figure.subplots()
axis.imshow(matrix, cmap="bwr", vmin=-1.5, vmax=1.5)
axis.set(xlabel="pixel of the flattened image", ylabel="pixel of the output")
axis.set_title("red: weight 1, blue: weight −1, white: 0")
figure

# %% tags=["nbval-check-output"]
product = (matrix @ six.ravel()).reshape(4, 4)
same = np.array_equal(product, convolution.convolve2d(six, vertical))
print("matrix times pixels equals convolution: ", same)
print("numbers in a dense layer of this shape: ", matrix.size)
print("of these inside a window:               ", len(matrix) * vertical.size)
print("weights to learn, because all rows share them: ", vertical.size)

# %%
quiz.ask("01b", "matrix-rows")

# %% [markdown]
# (The picture shows only six of the nine weights in each row. The three in the middle column of our filter are 0, so
# they are white too.)
#
# So a convolution layer is a dense layer with two restrictions: each neuron sees only neighbouring pixels, and all
# neurons share the same weights. With these restrictions we build in what we know about photos: neighbours belong
# together, and a thing can be anywhere.

# %% [markdown] syllabus="B14"
# ### How far does a deep stack see?
#
# The pixels that a value depends on are its **receptive field**. We count them along one axis. A value of one 3×3 layer
# depends on 3 pixels. Neighbouring windows are 1 pixel apart, so with a second 3×3 layer it is 3 + 2 pixels. After a
# stride of 2, neighbouring values are 2 pixels apart, and each further layer gains twice as much.
#
# **Exercise 4.** Write this as a loop. `layers` is a list of pairs (window, stride), from the input on. Keep two
# numbers: how many pixels one value sees, and how many pixels apart neighbouring values are. Both begin
# at 1.


# %% tags=["exercise"]
def my_receptive_field(layers):
    """Count the pixels, along one axis, that a value of the last layer depends on."""
    # for each layer: first widen the field, then lengthen the step
    return ...


# %% tags=["nbval-check-output"]
receptive_field = check.exercise(
    check.field_of_view, my_receptive_field, otherwise=convolution.receptive_field
)


# %% tags=["solution"]
def my_receptive_field(layers):
    """Count the pixels, along one axis, that a value of the last layer depends on."""
    field, step = 1, 1
    for window, stride in layers:
        field = field + (window - 1) * step
        step = step * stride
    return field


# %% [markdown]
# Keras can check this without any formula. A value depends on a pixel if its gradient there is not 0. So we build a
# stack, take one value of its output, and count the rows of pixels with a gradient. We pool by the average, because a
# maximum passes its gradient to one pixel only (lesson 1).

# %% tags=["nbval-check-output"]
stack = []
for _ in range(3):
    stack.append(keras.layers.Conv2D(1, 3, kernel_initializer="ones"))
    stack.append(keras.layers.AveragePooling2D(2))
image = tf.Variable(tf.ones((1, 64, 64, 1)))
for depth in range(1, 7):
    with tf.GradientTape() as tape:
        value = keras.Sequential(stack[:depth])(image)[0, 2, 2, 0]
    seen = np.any(tape.gradient(value, image)[0, :, :, 0] != 0, axis=1).sum()
    print(f"after layer {depth}: one value depends on {seen} rows of pixels")
formula = receptive_field([(3, 1), (2, 2)] * 3)
print("by the formula, all six layers:", formula)

# %%
quiz.ask("01b", "largest-gain")

# %% [markdown]
# The gradient and the formula both give 22 pixels. The three convolutions add 2, 4 and 8 pixels, because each pooling
# doubles the distance between neighbouring values.

# %% [markdown] syllabus="B22"
# ## 4. Can the computer find the nine numbers?
#
# At the beginning, `fit` turned nine random numbers into an edge filter. Now we do by hand what `fit` did. The big idea
# of this course is this: *think of the numbers in the filter as weights, and learn them*. We need three things:
#
# - The **loss** says how wrong the filter is. Ours is the **mean squared error**: the mean of the squared differences
#   between its output and the edges we want.
# - The **gradient** says for each of the nine weights how the loss changes if that weight grows a little.
# - **Gradient descent** moves every weight a small step against its gradient, again and again. The **learning rate** sets
#   the size of the steps; ours is 0.1.
#
# Two lines of the cell do it: `tape.gradient` computes the gradient, and `assign` takes the step.

# %%
inputs = tf.constant(face[None, :, :, None], dtype="float32")
wanted = tf.constant(edges[None, :, :, None], dtype="float32")
filter_layer = keras.layers.Conv2D(1, 3, use_bias=False)
filter_layer.build(inputs.shape)
kept = {}
for step in range(1001):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((filter_layer(inputs) - wanted) ** 2)
    if step in [0, 10, 50, 200, 1000]:
        kept[f"step {step}\nloss {loss:.2g}"] = filter_layer.kernel.numpy()[:, :, 0, 0]
    gradient = tape.gradient(loss, filter_layer.kernel)
    filter_layer.kernel.assign(filter_layer.kernel - 0.1 * gradient)

# %% [markdown] syllabus="B22"
# ### Watch the filter appear
#
# From which step on can you see our filter? And which number takes longest?

# %%
alt = "Five grids of nine numbers: random ones at step 0, and red, white and blue columns of 1, 0 and −1 at step 1000."
plots.number_grid([kernel.round(1) for kernel in kept.values()], list(kept), alt=alt)

# %%
quiz.ask("01b", "filter-appears")

# %% [markdown]
# In our run the left column is positive and the right one negative by step 50. One number of the middle column takes
# longest: at step 200 it is still −0.2. After 1,000 steps they are all practically those of our edge filter, and the
# loss is almost 0. (From other random numbers it may take a little longer.) We never showed the computer these nine
# numbers, only the photo and the result. That was enough to find them.
#
# `fit` did the same at the beginning. `"mse"` is Keras's name for the mean squared error. **Adam** is a kind of
# gradient descent that adapts the step for each weight; here 300 steps are enough. (The steps suit this photo, because
# we scaled it to mean 0 and standard deviation 1. For pixels of 0 to 1 the same steps would be too small, for 0 to 255
# too large.) One training step looks at one batch: with `batch_size=1`, each of the 300 copies is one step.
#
# **Try it.** In the last line of our own training loop, write 0.2 in place of 0.1. Run that cell and the one that draws
# the five grids. What happens to the loss? Then put 0.1 back and run both again.
#
# <details>
# <summary>A solution</summary>
#
# It grows until it is too large for the computer (`inf`), and then it is no longer a number (`nan`). The last grids are
# empty, because their weights are `nan` too. Each step overshoots: it moves the weights beyond the best place, to a
# point where the loss is larger than before. The next gradient is then larger too, and so is the next step.
#
# </details>
#
# The filter that `fit` found has seen a single face. Will it find the edges of a cat? First look at the picture. Then
# see how far these edges are from those of the true filter.

# %%
cat = color.rgb2gray(data.chelsea())
by_learnt, right = (convolution.convolve2d(cat, kernel) for kernel in [after, vertical])
titles = ["the cat", "edges by the learnt filter"]
alt = "A cat in gray, and its vertical edges in red and blue: around the eyes, along the nose, in the fur."
colours, limits = ["gray", "bwr"], [None, (-1, 1)]
plots.image_grid([cat, by_learnt], titles, size=2.4, cmap=colours, limits=limits, alt=alt)

# %% tags=["nbval-check-output"]
difference, strongest_edge = abs(by_learnt - right).max(), abs(right).max()
dense = face.size * edges.size
print(f"largest difference: {difference:.3f}, strongest edge: {strongest_edge:.1f}")
print("a dense layer from the face to its edges:")
print(f"{edges.size:,} output pixels × {face.size:,} weights = {dense:,} weights")

# %% [markdown] syllabus="A2"
# It works on the cat too, because the nine weights are the same at every position of every photo. A dense layer has 260
# million weights, and each of the 15,876 output pixels has its own 16,384 of them. It would have to learn the same
# edge again at every position.
#
# **Exercise 5.** Somebody has filtered the face with nine secret numbers: `secret` is the result. Find the numbers.
# Copy the cell with `model.fit` from the top of this lesson, from `one_filter = …` to `after = …`. (The first line
# makes a new layer, with new random weights.) You need three changes: 500 copies in place of 300, `secret` in place of
# `edges`, and the name `found` in place of `after`. You don't need the line with `before`. `found` is then a 3×3 array.

# %%
secret = check.secretly_filtered(face)
alt = "The astronaut's face after an unknown filter, as red and blue lines."
plots.image_grid([secret], size=2, cmap="bwr", limits=(-6, 6), alt=alt)

# %% tags=["exercise"]
found = ...

# %% tags=["nbval-check-output"]
check.exercise(check.found_filter, found)

# %% tags=["solution"]
one_filter = keras.layers.Conv2D(1, 3, use_bias=False)
model = keras.Sequential([keras.Input((None, None, 1)), one_filter])
photos = np.stack([face] * 500)[..., None]
wanted = np.stack([secret] * 500)[..., None]
model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
model.fit(photos, wanted, batch_size=1, verbose=0)
found = model.layers[0].kernel.numpy()[:, :, 0, 0]

# %% [markdown]
# Here we gave the computer the result that we wanted, pixel by pixel. In lesson 2 it gets much less: only the name of
# what each picture shows. It will find its filters all the same.

# %% [markdown] syllabus="A4"
# ## 5. What do people train on?
#
# To learn filters, a network needs many labelled images. You will often meet these data sets.
#
# | data set | images for training and test | size | classes |
# |---|---|---|---|
# | MNIST, 1998 | 60,000 + 10,000 | 28×28, gray | 10 digits |
# | Fashion-MNIST, 2017 | 60,000 + 10,000 | 28×28, gray | 10 kinds of clothing |
# | CIFAR-10 and CIFAR-100, 2009 | 50,000 + 10,000 | 32×32, colour | 10 and 100 |
# | ImageNet (ILSVRC), 2012 | 1.28 million + 100,000, and 50,000 to validate | varies, colour | 1,000, about 1,300 images each |
# | Open Images, since 2016 | 9 million | varies, colour | thousands of labels, 600 with boxes |
#
# How much can you recognise at these sizes? We show a digit and two pieces of clothing, and our photo at the size of
# CIFAR and at 224×224, the usual size for ImageNet. If the real data aren't available, the course draws digits and
# clothes itself; the cell tells you.

# %%
digits, clothes = datasets.mnist(), datasets.fashion_mnist()
pictures = [digits.train.images[np.argmax(digits.train.labels == 3)]]
pictures += [clothes.train.images[np.argmax(clothes.train.labels == n)] for n in (0, 9)]
for side in [32, 224]:
    small = tf.image.resize(photo, (side, side), antialias=True)
    pictures.append(np.clip(small, 0, 255).astype("uint8"))
kind = "drawn " if "embedded" in (digits.origin, clothes.origin) else ""
titles = [f"{kind}{what}, 28×28" for what in ("digit", "clothes", "clothes")]
titles += ["CIFAR's size, 32×32", "ImageNet's, 224×224"]
alt = "A digit, a T-shirt, a boot, and the astronaut twice: as 32 by 32 coarse pixels, and in detail."
plots.image_grid(pictures, titles, columns=5, size=1.9, alt=alt)

# %% [markdown]
# At 32×32 we can still see a person in an orange suit, but hardly a face. ImageNet's photos show enough detail to tell
# breeds of dogs apart.
#
# From 2010 to 2017 teams competed on ImageNet's 1,000 classes. An answer counts as right if the true class is among the
# program's five best guesses. The **top-5 error** is the share of photos where it is not.

# %%
contest = [25.8, 16.4, 11.7, 6.67, 3.57]
lines = {
    "best of the contest, no extra photos": (range(2011, 2016), contest),
    "one network, validation photos": ([2015, 2021], [4.49, 1.2]),
}
alt = "The error falls from 26 percent in 2011 to 16 in 2012, 12, 7 and 4 in 2015; one network reaches 1 percent in 2021."
label = "top-5 error on ImageNet, %"
plots.curves(lines, xlabel="year", ylabel=label, markers=True, alt=alt)

# %%
quiz.ask("01b", "error-by-year")

# %% [markdown]
# The winner of 2011 was not a neural network: people had designed its features. From 2012 on, every winner was a
# convolutional network. The networks in the figure are AlexNet (2012), Clarifai (2013), GoogLeNet (2014), ResNet (2015)
# and EfficientNet-L2 (2021), which was trained by a method called Meta Pseudo Labels. The numbers come from the papers
# and the contest's own tables, and they are not all measured in the same way.
#
# - AlexNet's 16.4% and Clarifai's 11.7% are without extra training photos. With them, the two reached 15.3% and 11.2%.
# - For AlexNet, Clarifai and GoogLeNet, several networks voted on each photo.
# - ResNet has two numbers for 2015. Six networks that vote reach 3.57% on the test photos, and one network 4.49% on
#   the validation photos.
# - The network of 2021 also learnt from a great many more photos without labels.
#
# So whenever you quote such a number, say which one it is.
#
# ## Key numbers

# %% tags=["nbval-check-output"]
plots.key_numbers(
    {
        "parameters, two 3×3 filters on colour": layer.count_params(),
        "parameters, 256 maps to 256 by 3×3 filters": alone,
        "parameters, the same by 1×1 and 3×3 filters": shrunk,
        "weights to learn in the 16×36 matrix": vertical.size,
        "receptive field of six layers": formula,
        "weights of a dense layer from the face to its edges": dense,
    }
)

# %% [markdown]
# ## Key points
#
# - Every filter sees all input channels and makes one feature map. A layer stacks the maps of its filters.
# - A layer has $(F \cdot F \cdot C_i + 1) \cdot K$ parameters, for images of any size.
# - A 1×1 filter mixes the channels of each pixel and changes only the depth.
# - A convolution layer is a dense layer that sees only neighbours and shares its weights.
# - The numbers in a filter are weights. Gradient descent finds them from examples.
#
# ## Where next
#
# - [Lesson 2](02_fashion_mnist.ipynb): a network learns all its filters at once, from pictures of clothes and
#   their names.
# - Back to [lesson 1](01_convolution_by_hand.ipynb) if the window, padding or stride are not clear yet.
# - The sheet "Volume" of [the spreadsheet](../slides/convolution.xlsx) does the sums of the red ball with formulas.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Photo: NASA, public domain.*

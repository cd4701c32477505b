# %% [markdown]
# # 1b. From one filter to a layer
#
# <!-- badges -->
#
# Topics: colour, several filters, parameters, 1×1 filters, shared weights, a filter that learns itself.
#
# **You will learn**
#
# - how one filter sees all channels.

# %% tags=["setup"]
# setup

# %%
import keras
import numpy as np
import tensorflow as tf
from skimage import color, data

from helpers import check, convolution, plots, quiz

keras.utils.set_random_seed(0)

# %% [markdown] syllabus="B9"
# ## 1. How does a filter see colour?
#
# A colour photo is a volume: height × width × 3. So the filter gets a third axis too. A 3×3 filter on three
# channels has 3·3·3 weights, one 3×3 slice for each channel. It still slides only down and across, and at
# each place it adds up **all** its products. Three channels go in, one number comes out.

# %%
rng = np.random.default_rng(3)
volume = rng.integers(0, 3, (5, 5, 3))
filters = rng.integers(-1, 2, (3, 3, 3, 2))
plots.convolution_animation(volume, filters[..., 0], stride=2, padding=1)

# %% [markdown]
# The loop hardly changes: the window is now a small volume. With several filters, each gives its own map. And
# each filter has one number more, a **bias** that is added to all its sums.


# %%
def convolve_volume(image, kernels, biases, stride=1, padding=0):
    """Slide several filters, (k, l, channels, filters), over an image of (H, W, channels)."""
    k, l, _, count = kernels.shape
    image = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    rows = (image.shape[0] - k) // stride + 1
    columns = (image.shape[1] - l) // stride + 1
    output = np.zeros((rows, columns, count))
    for i in range(rows):
        for j in range(columns):
            window = image[i * stride : i * stride + k, j * stride : j * stride + l, :]
            for f in range(count):
                output[i, j, f] = (window * kernels[..., f]).sum() + biases[f]
    return output


# %% [markdown]
# Three channels, two filters, stride 2, padding 1. The picture above holds the image and the first filter; here
# is the second, so that you can work out the first value of each map on paper. What shape comes out?

# %% tags=["nbval-check-output"]
biases = np.array([1, 0])
for channel in range(3):
    print(f"second filter, channel {channel}:\n{filters[:, :, channel, 1]}")

# %% tags=["nbval-check-output"]
maps = convolve_volume(volume, filters, biases, stride=2, padding=1)
print("shape:", maps.shape)
print("first filter, bias 1:\n", maps[..., 0])
print("second filter, bias 0:\n", maps[..., 1])

# %% [markdown]
# How many numbers does such a layer have to learn? Each filter has $F \cdot F \cdot C_i$ weights and a bias.
# With $K$ filters:
#
# $$(F \cdot F \cdot C_i + 1) \cdot K$$
#
# The size of the image does not occur: the same few numbers serve everywhere.

# %%
quiz.ask("01", "parameters")

# %% tags=["nbval-check-output"]
keras_layer = keras.layers.Conv2D(filters=2, kernel_size=3, strides=2, padding="valid")
keras_layer.build((None, 7, 7, 3))
print("by hand:", (3 * 3 * 3 + 1) * 2, " Keras counts:", keras_layer.count_params())

# %% [markdown]
# Now the same numbers go through our loop, the helper and Keras: three programs, one answer. Keras knows only
# `"valid"` and `"same"`, so we add the ring of zeros ourselves.

# %% tags=["nbval-check-output"]
keras_layer.set_weights([filters.astype("float32"), biases.astype("float32")])
padded = np.pad(volume, [(1, 1), (1, 1), (0, 0)]).astype("float32")
from_keras = np.asarray(keras_layer(padded[None]))[0]
from_helper = convolution.convolve2d(volume, filters, stride=2, padding=1) + biases
print("helper equals loop:", np.array_equal(from_helper, maps))
print("Keras equals loop: ", np.allclose(from_keras, maps, atol=1e-5))

# %% [markdown]
# Two puzzles of shapes. The first puts everything together.

# %%
quiz.ask("01", "explicit-padding")

# %% [markdown]
# In the second, look at the third axis. The filters above are as deep as the image, so they cannot move along the
# channels. A filter that is *less* deep than its volume can slide in three directions. That is a 3-D
# convolution, used on video and on medical scans. The formula holds along every axis.

# %%
quiz.ask("01", "volume-in-three-directions")

# %% tags=["nbval-check-output"]
three_d = keras.layers.Conv3D(filters=1, kernel_size=3)
print(
    "Keras, 15×15×10 volume, 3×3×3 filter:",
    three_d.compute_output_shape((None, 15, 15, 10, 1))[1:4],
)

# %% [markdown] syllabus="B10"
# ### Several filters make a layer

# %% [markdown] syllabus="B11"
# ## 2. How many numbers does a layer learn?

# %% [markdown] syllabus="B11"
# ### Does Keras agree?

# %% [markdown] syllabus="B12"
# ### Is a 1×1 filter good for anything?
#
# It looks at one pixel and mixes its channels with learnt weights: a weighted sum per pixel. Height and
# width stay, and the depth becomes what you want. So it is the cheap way to shrink 256 maps to 32 before a
# costly layer. Section 1 turned the photo gray with such a filter.

# %% tags=["nbval-check-output"]
luminance = np.array([0.2125, 0.7154, 0.0721]).reshape(1, 1, 3)
by_filter = convolution.convolve2d(photo / 255, luminance)
print("1×1 filter:", photo.shape, "->", by_filter.shape)
print("same as skimage's rgb2gray:", np.allclose(by_filter, color.rgb2gray(photo)))

# %% [markdown]
# How much cheaper is it than a 3×3 filter, where 256 maps become 32?

# %% tags=["nbval-check-output"]
for side in [1, 3]:
    count = convolution.count_parameters(side, in_channels=256, filters=32)
    print(f"{side}×{side} filters: {count:,} parameters")

# %%
quiz.ask("01", "one-by-one")

# %% [markdown] syllabus="B16"
# ### The strongest of several filters

# %% [markdown] syllabus="B14"
# ## 3. What kind of layer is this?
#
# ### A neuron that sees little
#
# Take one output pixel. It is a sum of nine pixels times nine weights. That is exactly what a neuron of a
# dense layer does, if only these nine pixels are connected to it. The pixels that a value depends on are its
# **receptive field**. Here a Keras dense layer with the filter's weights looks at one window.

# %% tags=["nbval-check-output"]
neuron = keras.layers.Dense(1, use_bias=False)
neuron.build((None, 9))
neuron.set_weights([vertical.reshape(9, 1).astype("float32")])
window = six[1:4, 2:5].reshape(1, 9).astype("float32")
print("dense neuron on the window at (1, 2):", float(np.asarray(neuron(window))[0, 0]))
print("convolution at (1, 2):               ", convolve(six, vertical)[1, 2])

# %% [markdown] syllabus="B13"
# ### A large matrix with few numbers in it
#
# A dense layer on a flattened image is one matrix product. So a convolution must be one too, with a special
# matrix: each row belongs to one output pixel, and has the nine weights where its window lies and zeros
# elsewhere. For the 6×6 image that is a 16×36 matrix. (Three of the nine weights of this filter are 0, so they
# look like the gray around them.)

# %%
matrix = convolution.convolution_matrix(vertical, six.shape)
plots.image_grid(
    [matrix.toarray()],
    ["16 outputs × 36 pixels: white 1, black −1, gray 0"],
    size=5,
    limits=(-1, 1),
    alt="A 16 by 36 matrix, gray nearly everywhere, with the same short pattern of white and black in each row, "
    "moved a little further to the right from row to row.",
)

# %% tags=["nbval-check-output"]
product = (matrix @ six.ravel()).reshape(4, 4)
print(
    "matrix times pixels equals convolution:",
    np.array_equal(product, convolve(six, vertical)),
)
print("numbers in a dense layer of this shape: ", matrix.shape[0] * matrix.shape[1])
print("of these inside a window:               ", matrix.shape[0] * vertical.size)
print("free numbers, because rows share them:  ", vertical.size)

# %% [markdown]
# So a convolution layer is a dense layer with two restrictions: it looks only at neighbours, and it uses the
# same weights everywhere. Restrictions sound like a loss. Here they state what we know of images before we
# have seen one: neighbours belong together, and a thing can be anywhere.

# %% [markdown] syllabus="B14"
# ### How far does a deep stack see?

# %% [markdown] syllabus="B22"
# ## 4. Can the computer find the nine numbers?

# %% [markdown] syllabus="B22"
# ### Watch the filter appear

# %% [markdown] syllabus="A4"
# ## 5. What do people train on?
#
# To find weights instead of choosing them, a network needs labelled images. These are the sets you will meet
# by name. The first two hold gray pictures of 28×28 pixels; CIFAR is small and in colour.
#
# | data set | images for training and test | size | classes |
# |---|---|---|---|
# | MNIST, 1998 | 60,000 + 10,000 | 28×28, gray | 10 digits |
# | Fashion-MNIST, 2017 | 60,000 + 10,000 | 28×28, gray | 10 kinds of clothing |
# | CIFAR-10 and CIFAR-100, 2009 | 50,000 + 10,000 | 32×32, colour | 10 and 100 |
# | ImageNet (ILSVRC), 2012 | 1.2 million + 100,000, and 50,000 to validate | varies, colour | 1,000, about 1,000 images each |
# | Open Images, 2016 on | 9 million | varies, colour | thousands of labels, 600 with boxes |
#
# From 2010 to 2017 teams competed on ImageNet's 1,000 classes. An answer counts as right if the true class
# is among a network's five best guesses; the **top-5 error** is the share of photos where it is not.

# %%
top5_error = {
    "2011, before networks": 25.8,
    "2012, AlexNet": 16.4,
    "2013, Clarifai": 11.7,
    "2014, GoogLeNet": 6.67,
    "2015, ResNet-152, one network": 4.49,
    "2015, ResNet, six networks": 3.57,
    "2021, Meta Pseudo Labels": 1.2,
}
plots.bars(
    top5_error,
    xlabel="top-5 error on ImageNet, %",
    number_format="{:.1f}",
    alt="Bars that shrink from 26 percent in 2011 to 16 with AlexNet in 2012, 7 in 2014, 4 in 2015 and 1 in 2021.",
)


# %% [markdown]
# ## Key points

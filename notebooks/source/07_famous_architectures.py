# %% [markdown]
# # 7. Famous architectures
#
# <!-- badges -->
#
# Topics: LeNet-5, AlexNet, VGG, Inception, ResNet, MobileNet, ConvNeXt, multiply-adds, counting layers, a fair race.
#
# In the **ImageNet** contest, a program names the object in a photo. It chooses from the thousand kinds of lesson 4 and
# may guess five times. In 2010 the best program was still wrong on more than one photo in four. Seven years later it
# was wrong on fewer than one in forty.
#
# The networks behind this became famous, each for one idea. Most of these ideas take ten lines of Keras. Which of them
# still help when all networks have the same number of parameters?
#
# **You will learn**
#
# - to read the architecture table of a paper, and to rebuild the network from it;
# - to count outputs, parameters and multiply-adds by hand, and to check them in Keras;
# - the one idea behind each of a dozen networks;
# - what "50 layers" means;
# - to race seven kinds of blocks fairly, and to claim only what the race shows.
#
# You need lessons 1b, 2, 3 and 4. Plan <!-- minutes to teach --> minutes to teach it, and about 40 more for
# the exercises. The code runs for about <!-- time to run --> on two cores.

# %% tags=["setup"]
# setup

# %%
import math
import time
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import skimage
import tensorflow as tf
from keras import layers

from helpers import backbones, check, convolution, datasets, plots, quiz, training

keras.utils.set_random_seed(0)

# %% [markdown]
# The **top-5 error** is the share of photos for which none of the five most probable names is right. Each disc is a
# network. The larger its area, the more weights the network has. A cross has no area: the winners of 2010 and 2011
# used no neural network, and the winner of 2013 did, but nobody published its number of weights. (VGG and GoogLeNet are
# both from 2014; we moved their discs apart. VGG and ResNeXt came second.) Does the error fall because the networks get
# larger?

# %%
entries = {  # year, top-5 error on ImageNet in %, millions of weights of one network
    "winner 2010": (2010, 28.2, 0),
    "winner 2011": (2011, 25.8, 0),
    "AlexNet": (2012, 16.4, 61.0),
    "winner 2013": (2013, 11.7, 0),
    "VGG": (2013.7, 7.3, 143.7),  # of 2014, like the next; moved apart here
    "GoogLeNet": (2014.4, 6.7, 7.0),
    "ResNet": (2015, 3.6, 60.2),
    "ResNeXt": (2016, 3.0, 83.5),
    "SENet": (2017, 2.3, 115.1),
}
plots.bubbles(
    entries,
    xlabel="year",
    ylabel="top-5 error (%)",
    alt="Top-5 error by year: it falls from 28 to 2%; the areas of the discs grow and shrink.",
)

# %% [markdown]
# The error falls every year, but the discs don't keep growing. GoogLeNet won ahead of VGG with a twentieth of its
# weights. So size alone does not explain the fall.
#
# Be careful when you compare these numbers. From 2012 on, each is the vote of several networks. ResNet's 3.6% comes
# from six networks; the best single one had 4.5%, on other photos. You may read 15.3% for AlexNet. For that, the
# authors trained some of the networks on more photos. A person who trained for the task had 5.1%.

# %% [markdown] syllabus="H1"
# ## 1. Can you read LeNet-5?
#
# **LeNet-5** (1998) read the handwritten amounts on bank cheques. The paper pads the digits to 32×32 pixels. We leave
# them at 28×28 and use no padding, so our network is smaller: 44,000 parameters instead of 60,000.
#
# 1. A convolution with 6 filters of 5×5, then pooling by 2×2.
# 2. A convolution with 16 filters of 5×5, then pooling by 2×2.
# 3. Flattening, then three dense layers of 120, 84 and 10 neurons.
#
# **Exercise 1.** Fill in the shape and the parameters of each layer. Along each side there are $28-5+1$ positions for a
# 5×5 window. Each filter has one weight per pixel of its window *for every input map*, and one bias. Poolings and the
# flattening have 0 parameters. A row of 256 numbers has the shape `(256,)`, with the comma.

# %% tags=["exercise"]
my_table = {
    "conv 1": ((24, 24, 6), (5 * 5 * 1 + 1) * 6),
    "pool 1": ...,
    "conv 2": ...,
    "pool 2": ...,
    "flatten": ...,
    "dense 1": ...,
    "dense 2": ...,
    "dense 3": ...,
}

# %% tags=["nbval-check-output"]
table = check.exercise(check.lenet_table, my_table, otherwise=check.LENET)

# %% tags=["solution"]
my_table = {
    "conv 1": ((24, 24, 6), (5 * 5 * 1 + 1) * 6),
    "pool 1": ((12, 12, 6), 0),
    "conv 2": ((8, 8, 16), (5 * 5 * 6 + 1) * 16),
    "pool 2": ((4, 4, 16), 0),
    "flatten": ((4 * 4 * 16,), 0),
    "dense 1": ((120,), (256 + 1) * 120),
    "dense 2": ((84,), (120 + 1) * 84),
    "dense 3": ((10,), (84 + 1) * 10),
}


# %% [markdown]
# Now we build the same network in Keras. Does Keras get the same numbers as you? (In 1998 the pooling took the mean,
# the activation was tanh, and a few more details were different. We keep the mean and use ReLU.)

# %% tags=["nbval-check-output"]
lenet = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(6, 5, activation="relu"),
        layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="relu"),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(120, activation="relu"),
        layers.Dense(84, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
for (title, (shape, count)), layer in zip(table.items(), lenet.layers):
    same = tuple(shape) == layer.output.shape[1:] and count == layer.count_params()
    print(f"{title:8} {str(shape):12} {count:7,}  {'as in Keras' if same else 'differs'}")
print(f"together {lenet.count_params():20,}")

# %%
plots.volumes(
    {"input": (28, 28, 1)} | {title: shape for title, (shape, _) in table.items()},
    alt="LeNet-5 as boxes: 28, 24, 12, 8 and 4 pixels wide, then rows of 256, 120, 84 and 10 numbers.",
)

# %% [markdown]
# From left to right the maps get smaller, but there are more of them. Then only rows of numbers are left. (The boxes
# are not to scale.)
#
# More than two thirds of the 44,426 parameters are in the first dense layer. Remember this pattern. You will see it
# again, much larger, in the next two networks.
#
# How many digits does this network get right after two epochs? Its learning rate falls to 0 during the training, along
# a cosine. (If MNIST isn't available, the digits are 6,000 drawings of the course. With the 60,000 digits of MNIST, two
# seeds gave us 0.989 and 0.990.)

# %%
digits = datasets.mnist()
keras.utils.set_random_seed(0)
x, y = digits.train.images[..., None] / 255, digits.train.labels
steps = 2 * math.ceil(len(x) / 32)  # two epochs of batches of 32
falling_rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
lenet.compile(
    keras.optimizers.Adam(falling_rate),
    "sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
lenet.fit(x, y, batch_size=32, epochs=2, verbose=0)
x, y = digits.test.images[..., None] / 255, digits.test.labels
lenet_accuracy = lenet.evaluate(x, y, verbose=0)[1]
print(f"LeNet-5 on {len(y):,} test digits: {lenet_accuracy:.3f} ({digits.name})")

# %% [markdown]
# A design of 1998 gets about 96 of 100 drawn digits right, after a few seconds of training.

# %% [markdown] syllabus="H2"
# ## 2. AlexNet: what did 2012 change?
#
# Fourteen years later a network with the same recipe and a thousand times as many weights won the ImageNet contest. The
# paper lists how many numbers each layer puts out. It calls them *neurons*. Here is the list: 253,440 – 186,624 –
# 64,896 – 64,896 – 43,264 – 4,096 – 4,096 – 1,000.
#
# The paper also says that the photos have 224×224 pixels, and that the first layer has 96 filters of 11×11 with stride
# 4. Do these numbers agree?

# %% tags=["nbval-check-output"]
for size in (224, 227):
    side = convolution.output_size(size, 11, stride=4)
    rest = (size - 11) % 4
    print(f"{size}: {side}×{side}×96 = {side * side * 96:,}, pixels left over: {rest}")
print(f"the paper: 253,440 = {253_440 // 96 // 48}×48×96")

# %% [markdown]
# With 224 pixels one pixel is left over. And neither size gives 253,440. That number is 55×48×96. Perhaps someone wrote
# 48, half of the filters, in place of the width.
#
# The second number is 186,624 = 27×27×256. After the pooling, a first layer 54 wide would give 26, and one 55 wide
# gives 27. An input of 227 gives 55, and nothing is left over. PyTorch keeps 224 and pads by two pixels. That gives 55
# as well, with one pixel left over.
#
# We take 227. Papers contain mistakes, like any other text. Do the arithmetic before you build.
#
# **Exercise 2.** Build AlexNet from this list. The network didn't fit on one graphics card of 2012, so the authors used
# two. Some layers are *split in two*: each half of the filters gets half of the maps. In Keras this is `groups=2`. How
# many parameters does that save?
#
# | | layer | | layer |
# |--:|---|--:|---|
# | 1 | convolution, 96 filters of 11×11, stride 4 | 8 | max pooling, as before |
# | 2 | max pooling, 3×3, stride 2 | 9 | flatten |
# | 3 | convolution, 256 of 5×5, same padding, split in two | 10 | dense, 4,096 neurons |
# | 4 | max pooling, as before | 11 | dropout of 0.5 |
# | 5 | convolution, 384 of 3×3, same padding | 12 | dense, 4,096 neurons |
# | 6 | the same, split in two | 13 | dropout of 0.5 |
# | 7 | convolution, 256 of 3×3, same padding, split in two | 14 | dense, 1,000 neurons, softmax |
#
# The input is 227×227×3. Every convolution and dense layer has a ReLU, written as `activation="relu"`; only the last
# one has softmax. Where the table names no padding, there is none. (One step without parameters is missing here: local
# response normalisation. "Going further" shows it.)


# %% tags=["exercise"]
def my_alexnet():
    """AlexNet for photos of 227×227 pixels."""
    return ...


# %% tags=["nbval-check-output"]
alexnet = check.exercise(check.alexnet, my_alexnet, otherwise=check.alexnet_network)


# %% tags=["solution"]
def my_alexnet():
    """AlexNet for photos of 227×227 pixels."""
    same = {"padding": "same", "activation": "relu"}
    model = keras.Sequential([keras.Input((227, 227, 3))])
    model.add(layers.Conv2D(96, 11, strides=4, activation="relu"))
    model.add(layers.MaxPooling2D(3, strides=2))
    model.add(layers.Conv2D(256, 5, groups=2, **same))
    model.add(layers.MaxPooling2D(3, strides=2))
    model.add(layers.Conv2D(384, 3, **same))
    model.add(layers.Conv2D(384, 3, groups=2, **same))
    model.add(layers.Conv2D(256, 3, groups=2, **same))
    model.add(layers.MaxPooling2D(3, strides=2))
    model.add(layers.Flatten())
    for _ in range(2):
        model.add(layers.Dense(4096, activation="relu"))
        model.add(layers.Dropout(0.5))
    model.add(layers.Dense(1000, activation="softmax"))
    return model


# %% [markdown]
# `groups=2` halves the weights of a layer, because each filter looks at half of the maps. In AlexNet that saves 1.4
# million parameters: 307,200 + 663,552 + 442,368.
#
# A **multiply-add** is one multiplication, and one addition of the product to a sum. Papers measure the work of a
# network in multiply-adds. A convolution uses each of its weights once for every place of its output. A dense layer
# uses each weight once.
#
# **Exercise 3.** Count the multiply-adds of one layer. Its output has the shape `(batch, rows, columns, maps)`, and a
# dense layer's is `(batch, neurons)`. The batch is `None`, so leave it out. How many places are there, and how many
# weights does `layer.kernel` have? The function `math.prod` multiplies all numbers of a shape; for an empty shape it
# gives 1.


# %% tags=["exercise"]
def my_work(layer):
    """Count the multiply-adds of a convolution or a dense layer, for one picture."""
    # places from layer.output.shape, weights from layer.kernel.shape
    return ...


# %% tags=["nbval-check-output"]
work_of = check.exercise(check.layer_work, my_work, otherwise=check.places_times_weights)


# %% tags=["solution"]
def my_work(layer):
    """Count the multiply-adds of a convolution or a dense layer, for one picture."""
    places = math.prod(layer.output.shape[1:-1])  # 1 for a dense layer
    return places * math.prod(layer.kernel.shape)


# %% [markdown]
# Where is the work in AlexNet, and where are the parameters? Before you run the cell, guess which layer has the most
# neurons, which has the most parameters, and which does the most work. (The weights would fill 240 MB. We only want to
# count, and for that Keras can build a network without them.)


# %% tags=["nbval-check-output"]
def without_weights(build, *arguments, **options):
    """Build a network without its weights: enough for counting."""
    with keras.StatelessScope(initialize_variables=False):
        model = build(*arguments, **options)
    keras.utils.clear_session()
    return model


rows = [layer for layer in without_weights(alexnet).layers if layer.weights]
print("layer          neurons   parameters  multiply-adds")
for layer in rows:
    kind, neurons = type(layer).__name__, math.prod(layer.output.shape[1:])
    print(f"{kind:10} {neurons:11,} {layer.count_params():12,} {work_of(layer):14,}")
parameters = np.array([layer.count_params() for layer in rows])
work = np.array([work_of(layer) for layer in rows])
print(f"together {parameters.sum():25,} {work.sum():14,}")
shares = [numbers[-3:].sum() / numbers.sum() for numbers in (parameters, work)]
print("dense layers: {:.0%} of the parameters, {:.0%} of the work".format(*shares))

# %%
quiz.ask("07", "shrink")

# %% [markdown]
# All counts of neurons except the first match the paper. The total matches its "60 million" parameters. The first
# convolution has the most neurons, the first dense layer has the most parameters, and the second convolution does the
# most work.
#
# The dense layers hold 96% of the parameters but do 8% of the work, because each of their weights is used only once.
# A weight of the first convolution is used 3,025 times.

# %% [markdown]
# AlexNet also made three things popular. It used ReLU instead of tanh (lesson 2 compares the two). It used dropout. And
# it shifted, mirrored and recoloured the photos, as in lesson 3.
#
# The paper's best-known picture shows what the first layer learnt: edges in all directions, and blobs of colour. We
# don't have AlexNet's weights. Instead, here are 96 kernels of its size before any training, and below them the 32 that
# EfficientNet-Lite0 has learnt. Which of them can you describe in words?

# %%
drawn = keras.initializers.GlorotUniform(seed=0)((11, 11, 3, 96))  # as Conv2D draws them
untrained = np.moveaxis(np.asarray(drawn), -1, 0)
imagenet = backbones.whole("efficientnet_lite0", size=224)
learnt = np.moveaxis(imagenet.get_layer("stem_conv").kernel.numpy(), -1, 0)
pictures = []
for kernel in (*untrained, *learnt):
    shades = kernel / np.abs(kernel).max() / 2 + 0.5  # 0 is gray, as in lesson 6
    pictures.append(keras.ops.image.resize(shades, (33, 33), "nearest"))
plots.mosaic(
    np.clip(pictures, 0, 1),
    columns=16,
    gap=3,
    alt="Six rows of coloured noise, then two rows of learnt kernels of 3×3: some edges, mostly colours.",
)

# %% [markdown]
# Gray is 0, brighter is positive and darker is negative. (Lesson 6 draws kernels in the same way.) The first six rows
# are noise. In the last two rows you can describe some: dark on one side and bright on the other, or a single colour.
# Nine pixels are too few for more. Many networks since then start with smaller windows: ResNet with 7×7, MobileNet and
# EfficientNet with 3×3.

# %% [markdown] syllabus="H3"
# ## 3. VGG: what if every window is 3×3?
#
# The best-known **VGG** networks (2014), VGG-16 and VGG-19, use one size of window throughout: 3×3, same padding,
# stride 1. They are made of five **blocks**. A block is a group of layers that is repeated, here two to four
# convolutions with the same number of filters. After each block, max pooling halves height and width. So a list of
# pairs describes all convolutions and poolings: how many convolutions, and with how many filters. VGG-16 is `[(2, 64),
# (2, 128), (3, 256), (3, 512), (3, 512)]`.
#
# **Exercise 4.** Compute the whole table with a loop. For each layer, add one pair to a list: its shape and its number
# of parameters, such as `((224, 224, 64), 1792)`. A pooling has a shape of three numbers and 0 parameters. A dense
# layer has the shape `(4096,)`. Leave out the flattening.


# %% tags=["exercise"]
def my_vgg(blocks):
    """List the shape and the parameters of each layer of a VGG."""
    # begin with rows = [], size = 224 and channels = 3
    # for each block: its convolutions, then its pooling, which halves the size
    # then the dense layers of 4096, 4096 and 1000 neurons
    return ...


# %% tags=["nbval-check-output"]
vgg = check.exercise(check.vgg, my_vgg, otherwise=check.vgg_rows)


# %% tags=["solution"]
def my_vgg(blocks):
    """List the shape and the parameters of each layer of a VGG."""
    rows, size, channels = [], 224, 3
    for count, filters in blocks:
        for _ in range(count):
            rows.append(((size, size, filters), (3 * 3 * channels + 1) * filters))
            channels = filters
        size = size // 2
        rows.append(((size, size, channels), 0))
    numbers = size * size * channels
    for neurons in (4096, 4096, 1000):
        rows.append(((neurons,), (numbers + 1) * neurons))
        numbers = neurons
    return rows


# %% [markdown]
# Keras has VGG-16 and VGG-19. Does it count the same, layer by layer?

# %% tags=["nbval-check-output"]
VGG16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
VGG19 = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]
for name, blocks in {"VGG16": VGG16, "VGG19": VGG19}.items():
    model = without_weights(getattr(keras.applications, name), weights=None)
    in_keras = [one.count_params() for one in model.layers[1:] if one.name != "flatten"]
    counts = np.array([count for _, count in vgg(blocks)])
    print(f"{name}: {counts.sum():,} by hand, {model.count_params():,} in Keras")
    print(f"  every layer as in Keras: {list(counts) == in_keras}")
    dense = [counts[-3:].sum(), counts[-3], counts[-2:].sum()] / counts.sum()
    print("  dense layers: {:.1%}; the first {:.1%}, the last two {:.1%}".format(*dense))
    work = sum(work_of(layer) for layer in model.layers if layer.weights)
    print(f"  {work / 1e9:.1f} billion multiply-adds")

# %% [markdown]
# In VGG-19 the three dense layers hold 86% of the parameters. The first one alone holds 71.5%, because 7×7×512
# numbers go into each neuron. You may read that the *last two* hold 80%. They hold 14.5%. Perhaps the author meant
# the two layers of 4,096 neurons, which hold 83%.
#
# **To try.** The same loop builds the network. Start from `keras.Input((224, 224, 3))` and write
# `layers.Conv2D(filters, 3, padding="same", activation="relu")` in place of a row. Does `count_params()` give your
# total?
#
# Why 3×3? Three 3×3 windows in a row cover the same 7×7 pixels as one large window. How many weights do they need, with
# 64 maps in and out?

# %% tags=["nbval-check-output"]
for windows in ([7], [3, 3, 3]):
    weights = sum(convolution.count_parameters(k, 64, 64, bias=False) for k in windows)
    depth, side = len(windows), convolution.receptive_field(windows)
    print(f"{windows}: sees {side}×{side}, {weights:,} weights, layers with ReLU: {depth}")

# %% [markdown]
# The three small windows need 55% of the weights. And the result goes through ReLU three times instead of once, so
# three layers can learn more complicated functions than one.
#
# VGG is slow and heavy, but it is still used for **style transfer**: a program paints a photo in the style of a
# painting. It compares the pictures by VGG's maps, from the first block to the last.

# %%
quiz.ask("07", "vgg")

# %% [markdown] syllabus="H4"
# ## 4. GoogLeNet: why choose one window?
#
# **GoogLeNet** (2014) computes 1×1, 3×3 and 5×5 windows side by side, and a pooling. Then it **concatenates** the
# results: it stacks all the maps into one output. This is an **inception module**.


# %% tags=["nbval-check-output"]
def naive_module(x):
    """Inception module 3a of GoogLeNet, with all 192 maps in each path."""
    paths = [layers.Conv2D(64, 1, padding="same", activation="relu")(x)]
    paths += [layers.Conv2D(128, 3, padding="same", activation="relu")(x)]
    paths += [layers.Conv2D(32, 5, padding="same", activation="relu")(x)]
    paths += [layers.MaxPooling2D(3, strides=1, padding="same")(x)]
    return layers.Concatenate()(paths)


image = keras.Input((28, 28, 192))
naive = keras.Model(image, naive_module(image))
naive_work = sum(convolution.multiply_adds(naive).values())
print(f"192 maps become {naive.output_shape[-1]}, {naive_work:,} multiply-adds")

# %% [markdown]
# (`convolution.multiply_adds` does for every layer of a network what you wrote in Exercise 3.)
#
# The problem is the cost: the 3×3 and the 5×5 paths look at all 192 maps. The cure is a **reduction**: a 1×1
# convolution before each of them, which turns many maps into few. GoogLeNet's first module, 3a, makes 96 maps for the
# 3×3 and 16 for the 5×5.
#
# **Exercise 5.** Write the module with its reductions. The first path is a 1×1 convolution with `one` filters. `three`
# and `five` are pairs: `three[0]` filters of 1×1, then `three[1]` filters of 3×3; `five` works the same way with 5×5.
# After the pooling, a 1×1 convolution makes `pooled` maps. All convolutions have ReLU and same padding. The pooling is
# the one in `naive_module`.
#
# How many maps will come out with 64, (96, 128), (16, 32) and 32? And will the module do more or less than half of the
# work of `naive_module`?


# %% tags=["exercise"]
def my_inception(x, one, three, five, pooled):
    """Inception module: four paths, made cheaper by 1×1 convolutions."""
    return ...


# %% tags=["nbval-check-output"]
inception = check.exercise(check.inception, my_inception, otherwise=check.inception_module)


# %% tags=["solution"]
def my_inception(x, one, three, five, pooled):
    """Inception module: four paths, made cheaper by 1×1 convolutions."""
    same = {"padding": "same", "activation": "relu"}
    small = layers.Conv2D(one, 1, **same)(x)
    middle = layers.Conv2D(three[0], 1, **same)(x)
    middle = layers.Conv2D(three[1], 3, **same)(middle)
    large = layers.Conv2D(five[0], 1, **same)(x)
    large = layers.Conv2D(five[1], 5, **same)(large)
    pool_path = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    pool_path = layers.Conv2D(pooled, 1, **same)(pool_path)
    return layers.Concatenate()([small, middle, large, pool_path])


# %% tags=["nbval-check-output"]
reduced = keras.Model(image, inception(image, 64, (96, 128), (16, 32), 32))
reduced_work = sum(convolution.multiply_adds(reduced).values())
print(f"192 maps become {reduced.output_shape[-1]}, {reduced_work:,} multiply-adds")
print(f"that is {reduced_work / naive_work:.0%} of the work")
flat, pooled = 7 * 7 * 1024, 1024
print(f"a dense layer of 1,000 after flattening: {(flat + 1) * 1000:,} parameters")
print(f"after global average pooling:            {(pooled + 1) * 1000:,} parameters")

# %% [markdown]
# The reductions save more than half of the work. The module also passes on fewer maps, 256 instead of 416, so the next
# module is cheaper.
#
# GoogLeNet also saves at the end. Its last maps are 7×7×1024. Global average pooling (lesson 2) keeps one number per
# map. So the last dense layer shrinks from 50 million parameters to one million. ("Going further" shows how GoogLeNet
# trained its early layers.)

# %% [markdown] syllabus="H5"
# ## 5. What is inside a block?
#
# Most networks since 2014 repeat one block many times. We write each kind of block as a function of its input maps and
# its width `n`. `n` maps go in, and about `n` come out. (Rounding may lose a few, and one block adds some.) Most of
# them use this helper, a convolution followed by batch norm. Without `size`, its window is 1×1. We start with the two
# blocks that you know.


# %%
def conv(x, filters, size=1, relu=True, **options):
    """A convolution with batch norm and, if `relu` is true, a ReLU."""
    x = layers.Conv2D(filters, size, padding="same", use_bias=False, **options)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x) if relu else x


def plain_block(x, n):
    """VGG: two convolutions, one after the other."""
    return conv(conv(x, n, size=3), n, size=3)


def inception_block(x, n):
    """GoogLeNet: several windows side by side."""
    three = conv(conv(x, n // 4), n // 2, size=3)
    five = conv(conv(x, n // 8), n // 8, size=5)
    pooled = conv(layers.MaxPooling2D(3, strides=1, padding="same")(x), n // 8)
    return layers.Concatenate()([conv(x, n // 4), three, five, pooled])


# %% [markdown]
# The next blocks use their input again at the end. ResNet adds it to the result. In ResNet-50 the block is a
# **bottleneck**: wide, narrow, wide. **ResNeXt** splits the 3×3 convolution into 32 groups, a **grouped convolution**
# (as AlexNet did with two), and spends what that saves on a middle twice as wide.
#
# **DenseNet** doesn't add, it concatenates. Each layer appends a few maps; their number is the **growth rate**. (So a
# dense block gives back more maps than it gets, here half as many again.) After which of these blocks can you still
# find the input unchanged?


# %%
def residual_block(x, n):
    """ResNet-34: two convolutions, then add the input."""
    f = conv(conv(x, n, size=3), n, size=3, relu=False)
    return layers.ReLU()(f + x)


def bottleneck_block(x, n):
    """ResNet-50: make narrow, convolve, make wide, add the input."""
    f = conv(conv(x, n // 4), n // 4, size=3)
    return layers.ReLU()(conv(f, n, relu=False) + x)


def resnext_block(x, n):
    """ResNeXt: a bottleneck with a wider middle, in 32 groups."""
    f = conv(conv(x, n // 2), n // 2, size=3, groups=32)
    return layers.ReLU()(conv(f, n, relu=False) + x)


def dense_block(x, n):
    """DenseNet: two layers, and each appends a few maps to all maps before it."""
    for _ in range(2):
        x = layers.Concatenate()([x, conv(conv(x, n), n // 4, size=3)])
    return x


# %% [markdown]
# Only after the dense block. The others add something to the input.
#
# The next blocks save work by replacing one convolution with two cheaper ones. A **depthwise** convolution filters each
# map by itself. A 1×1 convolution then mixes the maps. The pair is a **depthwise separable** convolution. How much work
# does it save?

# %% tags=["nbval-check-output"]
places, full, separable = 28 * 28, layers.Conv2D(64, 3), layers.SeparableConv2D(64, 3)
work = [
    sum(convolution.multiply_adds(layer, (30, 30, 32)).values())
    for layer in (full, separable)
]
print(f"full:      {work[0]:,}, by hand {places * 3 * 3 * 32 * 64:,}")
print(f"separable: {work[1]:,}, by hand {places * (3 * 3 * 32 + 32 * 64):,}")
print(f"share {work[1] / work[0]:.4f}, and 1/3² + 1/64 = {1 / 3**2 + 1 / 64:.4f}")

# %% [markdown]
# With $F$ for the side of the window and $K$ for the number of filters, the share is $1/F^2 + 1/K$. The number of maps
# that come in cancels. So with 3×3 windows and many filters, about a ninth of the work is left.
#
# MobileNetV2 turns the bottleneck around. ResNet goes wide, narrow, wide; the **inverted residual** goes narrow, wide,
# narrow.
#
# **Exercise 6.** Write the inverted residual. A 1×1 convolution widens to `4 * n` maps. A depthwise 3×3 convolution
# filters each map. A 1×1 convolution goes back to `n` maps. Each of the three is followed by batch norm, and the first
# two by a ReLU as well. At the end, add the input. Use `conv` where it fits,
# `layers.DepthwiseConv2D(3, padding="same", use_bias=False)` and `layers.BatchNormalization(momentum=0.9)`. The
# momentum matters: our training is short. With the default of 0.99, the running means would still be far off at its
# end.


# %% tags=["exercise"]
def my_inverted(x, n):
    """MobileNetV2 and EfficientNet: widen, filter each map, narrow again, add the input."""
    return ...


# %% tags=["nbval-check-output"]
inverted_block = check.exercise(check.inverted, my_inverted, otherwise=check.inverted_block)


# %% tags=["solution"]
def my_inverted(x, n):
    """MobileNetV2 and EfficientNet: widen, filter each map, narrow again, add the input."""
    wide = conv(x, 4 * n)
    wide = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(wide)
    wide = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(wide))
    return conv(wide, n, relu=False) + x


# %% [markdown]
# The last three blocks are quick to read now. Batch norm takes the mean of one map, over all places and pictures.
# **Layer norm** takes the mean over all maps, at one place of one picture, so it needs no batch. **GELU** is a smooth
# version of ReLU. A `Dense` layer on maps works at each place by itself, so it is a 1×1 convolution.
# **Squeeze-and-excitation** can be added to any block. It multiplies each map by a number between 0 and 1, so it can
# switch a map off.


# %%
def separable_block(x, n):
    """Xception and MobileNet: filter each map by itself, then mix the maps."""
    for _ in range(2):
        x = conv(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x), n)
    return x


def convnext_block(x, n):
    """ConvNeXt: 7×7 depthwise, layer norm, widen, GELU, narrow again, add the input."""
    f = layers.LayerNormalization()(layers.DepthwiseConv2D(7, padding="same")(x))
    return layers.Dense(n)(layers.Dense(4 * n, activation="gelu")(f)) + x


def squeeze_excite(x, n):
    """SENet: a number between 0 and 1 for each map, from the means of all maps."""
    means = layers.GlobalAveragePooling2D()(x)
    weights = layers.Dense(n, activation="sigmoid")(layers.Dense(n // 16, "relu")(means))
    return x * layers.Reshape((1, 1, n))(weights)


# %% [markdown]
# Each block now gets 256 maps of 14×14. Which needs the least work? Do fewer parameters always mean less work?


# %%
def block_model(block, n=256):
    """A network that is one block, on maps of 14×14."""
    maps = keras.Input((14, 14, n))
    return keras.Model(maps, block(maps, n))


blocks = {
    "plain": plain_block,
    "inception": inception_block,
    "residual": residual_block,
    "bottleneck": bottleneck_block,
    "resnext": resnext_block,
    "dense": dense_block,
    "separable": separable_block,
    "inverted": inverted_block,
    "convnext": convnext_block,
    "squeeze-excite": squeeze_excite,
}

# %% tags=["nbval-check-output"]
print("block           parameters  multiply-adds")
for name, block in blocks.items():
    model = without_weights(block_model, block)
    work = sum(convolution.multiply_adds(model).values())
    print(f"{name:14} {model.count_params():11,} {work:14,}")

# %% [markdown]
# Squeeze-and-excitation needs by far the least work, but it contains no convolution. Among the others, the bottleneck
# needs the least. It has a seventeenth of the plain block's parameters, because its 3×3 convolution works on only 64
# maps. ResNeXt costs about as much. That is its idea: a wider middle at the same cost. The plain and the residual block
# cost the same, because the addition has no weights.
#
# Here, fewer parameters nearly always mean less work: all maps are 14×14, so each weight of a convolution is used 196
# times. There is one small exception: ConvNeXt has slightly fewer parameters than the inverted block and does slightly
# more work, because the parameters of batch norm count as no work. And squeeze-and-excitation uses its weights only
# once. (Papers count convolutions and dense layers. Additions, poolings, batch norm and the scaling of maps count as
# 0.)
#
# A ResNet repeats such blocks in four **stages**; within a stage, all maps have the same size. **ResNet-34** has 3, 4,
# 6 and 3 residual blocks, with 64, 128, 256 and 512 maps.
#
# The path by which the input of a block reaches the addition is the **shortcut**. Usually nothing happens on it. But
# each later stage starts with stride 2 and more maps, and then the input no longer fits. There, a 1×1 convolution with
# stride 2 on the shortcut gives it the new shape.


# %% tags=["nbval-check-output"]
def first_block(x, n):
    """A residual block that halves the size and changes the number of maps."""
    f = conv(conv(x, n, size=3, strides=2), n, size=3, relu=False)
    return layers.ReLU()(f + conv(x, n, relu=False, strides=2))


def resnet34():
    photo = keras.Input((224, 224, 3))
    x = conv(photo, 64, size=7, strides=2)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for n, count in {64: 3, 128: 4, 256: 6, 512: 3}.items():
        for number in range(count):
            changes = number == 0 and n > 64
            x = first_block(x, n) if changes else residual_block(x, n)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(photo, layers.Dense(1000, activation="softmax")(x))


model = without_weights(resnet34)
trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
work = sum(convolution.multiply_adds(model).values()) / 1e9
print(f"ResNet-34: {trained:,} trainable parameters, {work:.2f} billion multiply-adds")

# %% [markdown]
# The paper says 3.6 billion multiply-adds. We count 3.66 billion. The 1×1 convolutions on the shortcuts account for
# 0.02 billion of that. In all, ResNet-34 does about a quarter of VGG-16's work.

# %% [markdown] syllabus="H5"
# ## 6. Which network is worth its work?
#
# Three networks are known for how they were *found*. For **NASNet**, a program trained thousands of candidates and kept
# the best block. For **ConvNeXt**, the authors took a ResNet-50 and gave it the design of a vision transformer, one
# change at a time. (A vision transformer cuts a photo into patches and lets every patch look at all others. A
# convolution looks only at neighbours.)
#
# For **EfficientNet**, the authors grew a small network in depth, width and image size together. This is **compound
# scaling**. Each step multiplies the depth by 1.2, the width by 1.1 and the image's side by 1.15. The work grows with
# the square of the width and of the side, so each step nearly doubles it: $1.2\cdot1.1^2\cdot1.15^2=1.92$.
#
# Now we count twelve complete networks from `keras.applications`. **Top-1 accuracy** counts only the first guess. The
# accuracies are the ones that Keras publishes. Which network will have the most parameters, and which will do the most
# work?

# %%
published = {  # top-1 accuracy on ImageNet in %, from keras.io/api/applications
    "MobileNet": 70.4,
    "MobileNetV2": 71.3,
    "EfficientNetB0": 77.1,
    "DenseNet121": 75.0,
    "ResNet50": 74.9,
    "Xception": 79.0,
    "InceptionV3": 77.9,
    "ConvNeXtTiny": 81.3,
    "ResNet152": 76.6,
    "VGG16": 71.3,
    "VGG19": 71.3,
    "NASNetLarge": 82.5,
}

# %% tags=["nbval-check-output"]
zoo = {}
print("network          parameters  not trained  multiply-adds  top-1, published")
for name, top1 in published.items():
    model = without_weights(getattr(keras.applications, name), weights=None)
    work = sum(convolution.multiply_adds(model).values()) / 1e6
    not_trained = sum(math.prod(weight.shape) for weight in model.non_trainable_weights)
    zoo[name] = (work, top1, model.count_params())
    print(f"{name:15} {zoo[name][2]:11,} {not_trained:12,} {work:12,.0f} M {top1:16.1f}%")

# %%
plots.bubbles(
    zoo,
    xlabel="million multiply-adds (logarithmic scale); area: parameters",
    ylabel="top-1 accuracy, published (%)",
    logx=True,
    alt="Accuracy against work: EfficientNetB0 and ConvNeXtTiny are far above the VGGs.",
)

# %% [markdown]
# VGG-19 has the most parameters, but NASNetLarge does the most work. For the same amount of work, choose the higher
# disc. EfficientNet-B0 needs a fortieth of the work of VGG-16, and its published accuracy is almost six points higher.
# But be careful: the networks were also trained in different ways, and part of the difference comes from that. The
# photos differ, too: 224×224 pixels for most, 299×299 for Inception v3 and Xception, and 331×331 for NASNetLarge.
#
# How long does each network take for one photo here? Does twice the work take twice the time?

# %%
for name in ("MobileNetV2", "EfficientNetB0", "ResNet50", "Xception", "ConvNeXtTiny"):
    keras.utils.clear_session()  # forget the network before
    model = getattr(keras.applications, name)(weights=None)
    photo = np.zeros((1, *model.input_shape[1:]), "float32")
    seconds = []
    for _ in range(3):  # the first call compiles
        start = time.perf_counter()
        model.predict_on_batch(photo)
        seconds.append(time.perf_counter() - start)
    milliseconds, work = 1000 * min(seconds), zoo[name][0]
    print(f"{name:15} {milliseconds:5.0f} ms, {work:6,.0f} million multiply-adds")

# %% [markdown]
# No. ResNet-50 does thirteen times the work of MobileNetV2, but in our stored run it takes only two to three times as
# long.
#
# Now compare ConvNeXt-Tiny with ResNet-50: the work is about the same. Without a graphics card, ConvNeXt-Tiny takes
# several times as long. Keras writes its 7×7 depthwise layers as convolutions with as many groups as maps, and a CPU
# computes those slowly. So the time also depends on how a layer is programmed. Measure on the machine where the network
# will run.
#
# Which network would you choose for a phone, and which for a laptop? For a phone, we would try MobileNetV2 or
# EfficientNet-B0: little work, and only 14 and 21 MB of weights. For a laptop without a graphics card, EfficientNet-B0
# again, or Xception if two points of accuracy are worth the wait.
#
# Our counts agree with the papers: 569 million for MobileNet, and for ResNet-50 3.86 billion where the paper says 3.8.
# PyTorch's ResNet-50 does 4.1 billion. PyTorch puts the stride into the 3×3 convolution, while Keras puts it into the
# 1×1 convolution before it.
#
# What does the column *not trained* count? Inception v3 has 23,851,784 parameters, and 34,432 of them aren't trained.
# They are the means and variances of batch norm.

# %%
quiz.ask("07", "zoo")

# %% [markdown] syllabus="H6"
# ## 7. How many layers does ResNet-50 have?
#
# Keras says that VGG-16 has 23 layers and ResNet-50 has 177. The names say 16 and 50. Let's count in four ways:
#
# - everything that Keras calls a layer, with the input;
# - the longest path through the network, without the input;
# - layers that have any weights;
# - convolutions and dense layers on the longest path.
#
# The first number of VGG-16 is 23, and its name gives the last one. Guess the two in between: it has 13 convolutions, 5
# poolings, a flattening and 3 dense layers.

# %% tags=["nbval-check-output"]
kinds = layers.Conv2D, layers.Dense
print("network        Keras layers  longest path  with weights  convolutions and dense")
for name in ("VGG16", "ResNet50", "DenseNet121"):
    model = without_weights(getattr(keras.applications, name), weights=None)
    counts = [len(model.layers), convolution.longest_path(model)]
    counts += [sum(bool(layer.weights) for layer in model.layers)]
    counts += [convolution.longest_path(model, kinds)]
    print(f"{name:13}", *(f"{count:13}" for count in counts))

# %% [markdown]
# The last column is what the names mean. VGG-16 has 13 convolutions and 3 dense layers. ResNet-50 has 16 blocks of 3
# convolutions, one convolution before them and a dense layer after them. That makes 50. Four of the 16 shortcuts have a
# convolution, too (in ResNet-50 the first stage also changes the number of maps), but they are not on the longest path.
#
# You may read that ResNet-50 has *168 layers*. That is its longest path in Keras, with every batch norm, ReLU and
# addition. An old page of the Keras documentation gave 168 as its depth. Today's page says 107, the layers with
# weights. So a number of layers means nothing until you know what was counted.
#
# **Exercise 7.** DenseNet-121 has four dense blocks of 6, 12, 24 and 16 small layers, each with two convolutions. A
# **transition** with one convolution comes between every two blocks. The network starts with one convolution and ends
# with one dense layer. Return the number of convolutions and dense layers for any tuple of blocks, such as `(6, 12, 24,
# 16)`.


# %% tags=["exercise"]
def my_depth(blocks):
    """Count the convolutions and dense layers of a DenseNet."""
    return ...


# %% tags=["nbval-check-output"]
check.exercise(check.densenet_depth, my_depth)


# %% tags=["solution"]
def my_depth(blocks):
    """Count the convolutions and dense layers of a DenseNet."""
    return 1 + 2 * sum(blocks) + (len(blocks) - 1) + 1


# %%
quiz.ask("07", "layers")

# %% [markdown] syllabus="H5"
# ## 8. Which block wins a fair race?
#
# The table compares networks of different sizes, trained in different ways. So we can't tell how much of the accuracy
# comes from the block. A fair race changes only the block. Everything else stays as equal as possible: the skeleton,
# the number of parameters, the pictures and the training.
#
# All networks have the same skeleton. It starts with a convolution and a block at 14×14. Then we halve the size, double
# the number of maps and add a second block. Global average pooling and a dense layer come last. Each of seven kinds of
# blocks gets the width that brings the network closest to 60,000 parameters.


# %%
def racer(block, width):
    """The common skeleton: a block, half the size, a block with twice the maps."""
    pixels = keras.Input((28, 28, 1))
    x = conv(layers.Rescaling(1 / 255)(pixels), width, 3, strides=2)
    x = conv(layers.MaxPooling2D(2)(block(x, width)), 2 * width)
    x = block(x, 2 * width)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, layers.Dense(10, activation="softmax")(x))


# %% tags=["nbval-check-output"]
widths = {
    "plain": 25,
    "inception": 66,
    "residual": 25,
    "dense": 40,
    "separable": 66,
    "inverted": 35,
    "convnext": 35,
}
print("block       width  parameters  multiply-adds")
for name, width in widths.items():
    model = without_weights(racer, blocks[name], width)
    work = sum(convolution.multiply_adds(model).values())
    print(f"{name:10} {width:6} {model.count_params():11,} {work:14,}")

# %% [markdown]
# The parameters are nearly the same, and so is the work: all seven are within six percent. So will the blocks also be
# equally fast? Write down your order, by accuracy and by speed.
#
# We train each block with three seeds. A seed fixes the initial weights and the order of the pictures. All networks
# have the same learning rate, which falls to 0 during training.


# %%
def compiled_racer(name, steps):
    """Build and compile a network of the race."""
    model = racer(blocks[name], widths[name])
    falling_rate = keras.optimizers.schedules.CosineDecay(5e-3, steps)
    model.compile(keras.optimizers.Adam(falling_rate), "sparse_categorical_crossentropy")
    return model


clothes = datasets.fashion_mnist()


def race(pictures=3000, epochs=2, seeds=(0, 1, 2)):
    """Train every block with every seed, on the same pictures."""
    train = clothes.train.images[:pictures, ..., None], clothes.train.labels[:pictures]
    test = clothes.test.images[..., None], clothes.test.labels
    data = SimpleNamespace(train=train, test=test)
    results = {}
    for name in widths:
        build = partial(compiled_racer, name, epochs * math.ceil(pictures / 32))
        results[name] = training.repeat(build, data, seeds, batch_size=32, epochs=epochs)
    return results


# %%
results = race(pictures=3000, epochs=2)
for name, runs in results.items():
    print(f"{name:10} {runs.mean:.3f} ± {runs.spread:.3f}, {min(runs.seconds):.1f} s")
plots.bubbles(
    {name: (min(runs.seconds), 100 * runs.mean, 0) for name, runs in results.items()},
    bars={name: 100 * runs.spread for name, runs in results.items()},
    xlabel="seconds of training, the fastest of three runs",
    ylabel="test accuracy (%), mean ± standard deviation",
    title=f"{clothes.name}: 3,000 pictures, two epochs, three seeds",
    alt="Test accuracy against seconds of training for seven kinds of blocks.",
)

# %% [markdown]
# In our run the plain and the residual block train fastest. All means lie between 78% and 83%, and the dense block has
# by far the longest bar.
#
# Which differences are more than luck? All networks answer the same test pictures. So we can compare two of them
# picture by picture, with McNemar's test (lesson 2), once for each seed. In the next cell, a pair such as 75:79 would
# mean that 75 test pictures were right only with this block, and 79 only with the plain one.
#
# We call a difference *clear* if all three seeds point the same way and each p is below 0.01. Which rows will say
# *clear*?

# %%
for name, runs in results.items():
    tests = [training.mcnemar(*pair) for pair in zip(runs.right, results["plain"].right)]
    signs = {np.sign(test.first_only - test.second_only) for test in tests}
    clear = len(signs) == 1 and all(test.p < 0.01 for test in tests)
    pairs = ", ".join(f"{test.first_only}:{test.second_only}" for test in tests)
    if name != "plain":
        print(f"{name:10} against plain {pairs:26} {'clear' if clear else 'not clear'}")

# %%
quiz.ask("07", "race")

# %% [markdown]
# In our run, no block is clearly ahead of the plain one, and the ConvNeXt block is clearly behind. For such famous
# ideas that is disappointing. But these networks have only seven to eleven convolutions and dense layers on the longest
# path, and they train for two epochs. At this scale we can't show that any of the ideas helps.
#
# The inception, the separable and the inverted block have a higher mean than the plain one, and the residual block has
# a lower one, each by about a point. In each of these four rows at least one seed has a p above 0.01, so none is
# *clear*, and the difference could be luck. Your own rows may differ from ours.
#
# The dense block is behind with all three seeds, by about three points on average. But its seeds differ widely: in our
# run its row says *not clear*, because with the first seed the difference could be luck. On your computer it may say
# *clear*.
#
# Then look at the seconds. First compare the plain and the residual block: they differ by two additions only. So the
# gap between their times shows how far you can trust the clock.
#
# In our run, the other five blocks take longer than both, by more than that gap. All seven do nearly the same work, so
# multiply-adds don't count everything. Many small layers, concatenations and depthwise windows cost time as well.
#
# Remember how small this race is: small networks, 3,000 pictures, two epochs, one learning rate. In the ResNet paper,
# shortcuts help at 34 layers, but hardly at 18. ConvNeXt was designed for a million photos. A block that loses here may
# win on ImageNet.

# %% [markdown]
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{digits.name} and {clothes.name}",
        "test accuracy, LeNet-5, two epochs": lenet_accuracy,
        "parameters, LeNet-5 for 28×28": lenet.count_params(),
        "parameters, AlexNet": int(parameters.sum()),
        "parameters, VGG-19": zoo["VGG19"][2],
        "million multiply-adds, MobileNet": round(zoo["MobileNet"][0]),
        "million multiply-adds, ResNet-50": round(zoo["ResNet50"][0]),
    }
    | {f"race, {name}, test accuracy": runs.mean for name, runs in results.items()}
)

# %% [markdown]
# ## Key points
#
# - You can compute every shape and every count in an architecture table from window, stride, padding and filters.
# - Parameters measure the size of the file, multiply-adds measure the work, and only a clock measures the time.
# - In AlexNet and VGG the dense layers hold most of the parameters, but the convolutions do most of the work. A dense
#   weight is used once, a convolution's weight at every place.
# - VGG stacks small windows, GoogLeNet reduces the maps with 1×1 convolutions, ResNet adds the input, and DenseNet
#   concatenates it. MobileNet first filters each map by itself, then mixes the maps.
# - Global average pooling removed the largest layer of all.
# - A number of layers means nothing until you know what was counted.
# - Compare blocks with equally many parameters, on the same pictures, with the same learning rate and the same seeds.
#   Claim a difference only if every seed shows it clearly. In our small, short race no block clearly beats the plain
#   one: an idea that pays in 50 layers need not pay in ten.
#
# The main words of this lesson: top-5 error, multiply-add, inception module, bottleneck, growth rate, grouped
# convolution, depthwise separable convolution, inverted residual, squeeze-and-excitation, stage, shortcut.
#
# ## Where next
#
# - [Lesson 8](08_where_is_it.ipynb) asks not only what is in a photo, but also where.
# - Look back at [lesson 4](04_headless_resnet.ipynb): it explains residual blocks in detail, and uses a trained
#   network.
# - [Lesson 5b](05b_reuse.ipynb) shows which network to reuse, and how much of it.
#
# ## Going further
#
# Call `race(epochs=10)`. It takes about four times as long. Does the order change? The slides of this lesson show what
# we got. The next cells show three older ideas, and what three photos can tell.

# %% [markdown] syllabus="H2"
# ### Local response normalisation
#
# One idea of AlexNet has died out. **Local response normalisation** divides each number by a factor that grows with the
# sum of the squares at the same place in five maps: its own and the two on either side. So a large number makes its
# neighbours smaller: $b_i = a_i / (2 + 10^{-4} \sum_j a_j^2)^{0.75}$, with $j$ from $i-2$ to $i+2$. The authors chose
# these constants on their validation set. Here is an example with five maps at one place.

# %% tags=["nbval-check-output"]
a = np.array([0.0, 10.0, 200.0, 10.0, 0.0])
sums = [np.sum(a[max(i - 2, 0) : i + 3] ** 2) for i in range(len(a))]
b = a / (2 + 1e-4 * np.array(sums)) ** 0.75
by_tensorflow = tf.nn.local_response_normalization(
    a[None, None, None], depth_radius=2, bias=2, alpha=1e-4, beta=0.75
)
print("before", a, " after", b.round(2))
alone = 10 / (2 + 1e-4 * (10**2 + 10**2)) ** 0.75
print(f"without the 200, each 10 becomes {alone:.2f}")
print("as in TensorFlow:", np.allclose(b, by_tensorflow, rtol=1e-5))

# %% [markdown]
# A large value makes the values beside it smaller: each 10 becomes 2.6. Without the 200 it would be 5.90. Two years
# later the authors of VGG tried it. They found that it took memory and time and gained nothing. Today we use batch norm
# (lesson 2), which works on one map at a time, over the whole batch.

# %% [markdown] syllabus="H4"
# ### Two outputs and two losses
#
# GoogLeNet is 22 layers deep and older than batch norm. Its authors feared that the gradient would fade before it
# reached the early layers. So they added **auxiliary outputs**: small classifiers in the middle of the network. Their
# loss is multiplied by 0.3 and added to the main loss. Here is a small version for the digits.

# %%
keras.utils.set_random_seed(0)
pixels = keras.Input((28, 28, 1))
x = layers.Conv2D(16, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(pixels))
middle = inception(x, 8, (8, 16), (4, 8), 8)
last = inception(layers.MaxPooling2D(2)(middle), 8, (8, 16), (4, 8), 8)
middle, last = (layers.GlobalAveragePooling2D()(maps) for maps in (middle, last))
auxiliary = layers.Dense(10, activation="softmax", name="auxiliary")(middle)
final = layers.Dense(10, activation="softmax", name="final")(last)
small_googlenet = keras.Model(pixels, [auxiliary, final])
loss = 2 * ["sparse_categorical_crossentropy"]
small_googlenet.compile(keras.optimizers.Adam(5e-3), loss, loss_weights=[0.3, 1])
images, labels = digits.train.images[:2000, ..., None], digits.train.labels[:2000]
history = small_googlenet.fit(images, [labels, labels], epochs=3, verbose=0).history
for name in ("auxiliary_loss", "final_loss", "loss"):
    print(f"{name:15}", *(f"{value:.2f}" for value in history[name]))

# %% [markdown]
# One `fit` lowers both losses. In each epoch the total is 0.3 times the auxiliary loss plus the final one. After
# training we throw the auxiliary output away.
#
# This shows how to write it, not that it helps. In a later paper, some of the authors corrected themselves: the
# auxiliary outputs didn't speed up the early training, and they helped only a little near the end. Most classifiers
# with batch norm or shortcuts do without.

# %% [markdown] syllabus="H6"
# ### Nine against six
#
# A 3×3 window needs nine multiplications per pixel. How many do a 3×1 window and then a 1×3 window need?

# %% tags=["nbval-check-output"]
one_window = layers.Conv2D(1, 3, padding="same", use_bias=False)
two_windows = keras.Sequential(
    [layers.Conv2D(1, k, padding="same", use_bias=False) for k in ((3, 1), (1, 3))]
)
for title, part in {"one 3×3": one_window, "3×1, then 1×3": two_windows}.items():
    work = sum(convolution.multiply_adds(part, (10, 10, 1)).values())
    print(f"{title:14} {work // 100} multiplications per pixel")

# %% [markdown]
# Six. Inception v3 uses such pairs, with seven in place of three. But the pair can't imitate every 3×3 window, only
# those that are a column times a row. Don't confuse it with a depthwise separable convolution, which filters each map
# and then mixes the maps.

# %% [markdown]
# ### A published accuracy and three photos
#
# The course comes with one of these networks and its weights: EfficientNet-Lite0. Its published accuracy is 75.1%. Can
# we confirm it with three photos?

# %%
photos = {  # photos of scikit-image, and names that would be right
    "coffee": (skimage.data.coffee(), ["espresso", "cup", "coffee mug"]),
    "cat": (skimage.data.chelsea(), ["Egyptian cat", "tiger cat", "tabby"]),
    "rocket": (skimage.data.rocket(), ["missile", "projectile", "space shuttle"]),
}
right = 0
for title, (photo, names) in photos.items():
    probabilities = imagenet.predict(photo[None], verbose=0)[0]
    best = [imagenet.categories[index] for index in np.argsort(probabilities)[::-1][:5]]
    right += best[0] in names
    place = next((n for n, name in enumerate(best, start=1) if name in names), "none of 5")
    print(f"{title:7} {best[0]}; first right name: {place}")
low, high = training.wilson_interval(right, len(photos))
print(f"{right} of {len(photos)} right, 95% interval: {low:.0%} to {high:.0%}")

# %% [markdown]
# The network gets two of three right; for the rocket, the right name is its third guess. That agrees with 75%, but
# also with 25% or 90%. Three photos cannot check a published accuracy. ImageNet uses 50,000.

# %% [markdown]
# The papers, by year (some appeared a year after the contest):
#
# - Yann LeCun and others, *Gradient-based learning applied to document recognition*, 1998 (LeNet-5).
# - Alex Krizhevsky and others, *ImageNet classification with deep convolutional neural networks*, 2012 (AlexNet).
# - Karen Simonyan and Andrew Zisserman, *Very deep convolutional networks for large-scale image recognition*, 2015
#   (VGG).
# - Christian Szegedy and others, *Going deeper with convolutions*, 2015, and *Rethinking the inception architecture for
#   computer vision*, 2016.
# - Olga Russakovsky and others, *ImageNet large scale visual recognition challenge*, 2015.
# - Leon Gatys and others, *Image style transfer using convolutional neural networks*, 2016.
# - Kaiming He and others, *Deep residual learning for image recognition*, 2016.
# - Gao Huang and others, *Densely connected convolutional networks*, 2017.
# - François Chollet, *Xception: deep learning with depthwise separable convolutions*, 2017.
# - Andrew Howard and others, *MobileNets*, 2017. Mark Sandler and others, *MobileNetV2*, 2018.
# - Saining Xie and others, *Aggregated residual transformations for deep neural networks*, 2017 (ResNeXt).
# - Jie Hu and others, *Squeeze-and-excitation networks*, 2018.
# - Barret Zoph and others, *Learning transferable architectures for scalable image recognition*, 2018 (NASNet).
# - Mingxing Tan and Quoc Le, *EfficientNet: rethinking model scaling for convolutional neural networks*, 2019.
# - Zhuang Liu and others, *A ConvNet for the 2020s*, 2022 (ConvNeXt).
#
# The errors of the first figure are from Russakovsky and others until 2014, then from the networks' own papers.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

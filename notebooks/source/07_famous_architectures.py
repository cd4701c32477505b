# %% [markdown]
# # 7. Famous architectures
#
# <!-- badges -->
#
# Topics: LeNet-5, AlexNet, VGG, Inception, ResNet, MobileNet, ConvNeXt, multiply-adds, counting layers, a fair race.
#
# In 2010 the best program got more than one photo in four wrong, although it had five guesses. Seven years later the
# error was below 3 %. The figure below shows the networks that did it. Each of them became famous for one idea, and
# most of these ideas fit into ten lines of Keras. Which ones still pay when every network gets the same number of
# weights?
#
# **You will learn**
#
# - to read the architecture table of a paper, and to rebuild the network from it;
# - to count outputs, parameters and multiply-adds by hand, and to check them in Keras;
# - the one idea behind each of a dozen networks;
# - what people mean when they say that a network has 50 layers;
# - to race seven kinds of blocks fairly, and to say only what the race supports.
#
# You need lessons 1b, 2 and 4. Plan 45 minutes to teach it. The code runs for about three minutes on two cores.

# %% tags=["setup"]
# setup

# %%
import gc
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
# network; its area is the number of its weights. (A cross is an entry whose weights we do not know.) Does the error
# fall because the networks get larger?

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
    alt="Top-5 error by year: it falls from 28 to 2 %; the areas of the discs grow and shrink.",
)

# %% [markdown]
# The error falls every year, but the areas do not simply grow: GoogLeNet beat VGG with a twentieth of its weights. So
# size alone explains little. The ideas matter.
#
# (Errors of 2010 to 2014: Russakovsky and others, 2015. The rest is in the papers named at the end. Be careful when you
# compare such numbers. From 2012 on, each entry is several networks that vote. The 3.6 % of 2015 is six residual
# networks, on the test photos. The best single one, ResNet-152, had 4.5 % on the validation photos. You will find both
# numbers in books, without this remark. A person who trained for the task had 5.1 %.)

# %% [markdown] syllabus="H1"
# ## 1. Can you read LeNet-5?
#
# **LeNet-5** (1998) read the handwritten amounts on bank cheques. We build it for pictures of 28×28 pixels, without
# padding:
#
# 1. a convolution with 6 filters of 5×5, then pooling by 2×2;
# 2. a convolution with 16 filters of 5×5, then pooling by 2×2;
# 3. flattening, and three dense layers of 120, 84 and 10 neurons.
#
# **Exercise 1.** Fill in the shape and the parameters of each layer. Without padding, a window of 5×5 leaves $28-5+1$
# rows. A filter has a weight for each pixel of its window *in each map below*, and one bias.

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
# Now the same in Keras. Does it count what you counted? (The pooling took the mean then, and the activation was a tanh.
# We use today's ReLU.)

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
    same = shape == layer.output.shape[1:] and count == layer.count_params()
    print(f"{title:8} {str(shape):12} {count:7,}  {'as in Keras' if same else 'differs'}")
print(f"together {lenet.count_params():20,}")

# %%
plots.volumes(
    {"input": (28, 28, 1)} | {title: shape for title, (shape, _) in table.items()},
    alt="LeNet-5 as boxes: 28, 24, 12, 8 and 4 pixels wide, then rows of 256, 120, 84 and 10 numbers.",
)

# %% [markdown]
# More than two thirds of the 44,426 weights are in the first dense layer. Remember this pattern; the next two networks
# repeat it on a grand scale.
#
# How well does a network from 1998 read digits after two epochs? (Offline the digits are the course's own drawings, and
# there are 6,000. With the 60,000 of MNIST you should see at least 0.985.) The learning rate falls from step to step,
# and it is 0 after the last one.

# %%
digits = datasets.mnist()
keras.utils.set_random_seed(0)
x, y = digits.train.images[..., None] / 255, digits.train.labels
falling = keras.optimizers.schedules.CosineDecay(3e-3, 2 * math.ceil(len(y) / 32))
lenet.compile(
    keras.optimizers.Adam(falling), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
lenet.fit(x, y, batch_size=32, epochs=2, verbose=0)
x, y = digits.test.images[..., None] / 255, digits.test.labels
lenet_accuracy = lenet.evaluate(x, y, verbose=0)[1]
print(f"LeNet-5 on {len(y):,} test digits: {lenet_accuracy:.3f} ({digits.origin})")

# %% [markdown] syllabus="H2"
# ## 2. AlexNet: what did 2012 change?
#
# Fourteen years later the same recipe won ImageNet, about a thousand times as large. The paper counts the numbers that
# each layer puts out, its *neurons*: 253,440 – 186,624 – 64,896 – 64,896 – 43,264 – 4,096 – 4,096 – 1,000. It also says
# that photos have 224×224 pixels, and that the 96 filters of the first layer have 11×11 pixels and stride 4. Does that
# fit?

# %% tags=["nbval-check-output"]
for size in (224, 227):
    side = convolution.output_size(size, 11, stride=4)
    left = (size - 11) % 4
    print(f"{size}: {side}×{side}×96 = {side * side * 96:,}, {left} pixels left over")
print(f"the paper: 253,440 = {253_440 // 96 // 48}×48×96")

# %% [markdown]
# With 224 pixels, the window does not come out even, and neither size gives 253,440. That number is 55×48×96: it seems
# that somebody took the 48 filters of one half of the network for the width. The second number, 186,624 = 27×27×256,
# fits only if 55 comes before. And 55 needs an input of 227. So nearly everyone who rebuilds AlexNet uses 227×227.
# Papers have slips like other texts. Do the arithmetic before you build.
#
# **Exercise 2.** Build AlexNet from this list. A graphics card of 2012 was too small for it, so the authors used two,
# and some layers are *split in two*: each half of the filters sees only half of the maps. In Keras that is `groups=2`.
#
# 1. the input, 227×227×3;
# 2. convolution: 96 filters, 11×11, stride 4; then max pooling with windows of 3×3 and stride 2;
# 3. convolution: 256 filters, 5×5, same padding, split in two; then the same pooling;
# 4. convolution: 384 filters, 3×3, same padding;
# 5. the same once more, split in two;
# 6. convolution: 256 filters, 3×3, same padding, split in two; then the same pooling;
# 7. flattening; twice a dense layer of 4,096 neurons, each followed by dropout of 0.5; a dense layer of 1,000 with
#    softmax. All others have ReLU.


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
    return keras.Sequential(
        [
            keras.Input((227, 227, 3)),
            layers.Conv2D(96, 11, strides=4, activation="relu"),
            layers.MaxPooling2D(3, strides=2),
            layers.Conv2D(256, 5, groups=2, **same),
            layers.MaxPooling2D(3, strides=2),
            layers.Conv2D(384, 3, **same),
            layers.Conv2D(384, 3, groups=2, **same),
            layers.Conv2D(256, 3, groups=2, **same),
            layers.MaxPooling2D(3, strides=2),
            layers.Flatten(),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(1000, activation="softmax"),
        ]
    )


# %% [markdown]
# A **multiply-add** is one multiplication whose product joins a sum. A convolution needs one for each weight *at each
# place* of its window. So multiply-adds measure the work, and parameters measure the memory. Where is the work in
# AlexNet, and where are the weights?
#
# (AlexNet fills 240 MB, and the networks below even more. Inside `StatelessScope`, Keras plans a network, but draws no
# weights for it. For counting that is enough.)

# %% tags=["nbval-check-output"]
no_weights = {"initialize_variables": False}
with keras.StatelessScope(**no_weights):
    model = alexnet()
products = convolution.multiply_adds(model)
print("layer          neurons   parameters  multiply-adds")
for layer in model.layers:
    if layer.weights:
        kind, neurons = type(layer).__name__, np.prod(layer.output.shape[1:])
        work = products[layer.name]
        print(f"{kind:10} {neurons:11,} {layer.count_params():12,} {work:14,}")
alexnet_parameters = model.count_params()
dense_share = sum(layer.count_params() for layer in model.layers[-5:]) / alexnet_parameters
dense_work = sum(products[layer.name] for layer in model.layers[-5:])
print(f"together {alexnet_parameters:25,} {sum(products.values()):14,}")
print(
    f"dense layers: {dense_share:.0%} of the weights, {dense_work / sum(products.values()):.0%} of the work"
)
keras.utils.clear_session()

# %% [markdown]
# All neurons but the first agree with the paper, and the parameters with its "60 million". The dense layers hold 96 %
# of the weights, but they do only 8 % of the work, because each of their weights is used once. A weight of the first
# convolution is used 3,025 times.
#
# Three more things were new, or newly put together: ReLU instead of tanh (lesson 2 raced them), dropout, and
# augmentation with shifted, mirrored and recoloured photos (lesson 3).
#
# The first-layer kernels of AlexNet are the most famous picture of the paper: edges of all directions, and blobs of
# colour. We have no weights for AlexNet. So look at 96 kernels before any training, and at the 32 that
# EfficientNet-Lite0 has learnt. Which could you name?

# %%
drawn = keras.initializers.GlorotUniform(seed=0)((11, 11, 3, 96))  # as Conv2D draws them
random_kernels = np.moveaxis(np.asarray(drawn), -1, 0)
imagenet = backbones.whole("efficientnet_lite0", size=224)
learnt_kernels = np.moveaxis(imagenet.get_layer("stem_conv").kernel.numpy(), -1, 0)
pictures = []
for kernel in (*random_kernels, *learnt_kernels):
    low, high = kernel.min(), kernel.max()
    pictures.append(
        keras.ops.image.resize((kernel - low) / (high - low), (33, 33), "nearest")
    )
plots.mosaic(
    np.clip(pictures, 0, 1),
    columns=16,
    gap=3,
    alt="Six rows of coloured noise, then two rows of learnt kernels of 3×3: edges, and blobs of colour.",
)

# %% [markdown]
# The first six rows are noise. In the last two rows you see edges, dark against bright, and colours. The windows of
# today are smaller: 3×3 instead of 11×11.
#
# One idea of AlexNet has died out. **Local response normalisation** divides each number by a measure of its neighbours
# in the *other maps*, at the same place: $b_i = a_i / (2 + 10^{-4} \sum_j a_j^2)^{0.75}$, with $j$ from $i-2$ to $i+2$.
# Here it is, once, for five maps at one place.

# %% tags=["nbval-check-output"]
a = np.array([0.0, 10.0, 200.0, 10.0, 0.0])
sums = [np.sum(a[max(i - 2, 0) : i + 3] ** 2) for i in range(len(a))]
b = a / (2 + 1e-4 * np.array(sums)) ** 0.75
by_tensorflow = tf.nn.local_response_normalization(
    a[None, None, None], depth_radius=2, bias=2, alpha=1e-4, beta=0.75
)
print("before", a, " after", b.round(2))
alone = 10 / (2 + 1e-4 * 10**2) ** 0.75
print(f"10 with no loud neighbour: {alone:.2f}")
print("as in TensorFlow:", np.allclose(b, by_tensorflow, rtol=1e-5))

# %% [markdown]
# A loud map quiets its neighbours: each 10 becomes 2.6. With no loud neighbour it would be 5.92. The authors of VGG
# tried this two years later and found no gain, for more memory and time. Batch norm (lesson 2) has replaced it: it has
# weights of its own, and it looks at one map over the whole batch.

# %% [markdown] syllabus="H3"
# ## 3. VGG: what if every window is 3×3?
#
# **VGG** (2014) uses one size of window throughout: 3×3, same padding, stride 1. A few convolutions make a block. After
# each block, max pooling halves height and width. So a list of pairs says it all: how many convolutions, and with how
# many filters.
#
# **Exercise 3.** Write the whole table as a loop. Return a list with one pair for each layer, its shape and its
# parameters, such as `((224, 224, 64), 1792)`. A pooling has a shape of three numbers and 0 parameters; a dense layer
# has the shape `(4096,)`.

# %%
VGG16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
VGG19 = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]


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
# Keras has both networks. Do your rows agree with them, layer by layer?

# %% tags=["nbval-check-output"]
for name, blocks in {"VGG16": VGG16, "VGG19": VGG19}.items():
    with keras.StatelessScope(**no_weights):
        model = getattr(keras.applications, name)(weights=None)
    work = sum(convolution.multiply_adds(model).values())
    counts = np.array([count for _, count in vgg(blocks)])
    in_keras = [one.count_params() for one in model.layers[1:] if one.name != "flatten"]
    print(f"{name}: {counts.sum():,} by hand, {model.count_params():,} in Keras")
    print(f"  every layer as in Keras: {list(counts) == in_keras}")
    parts = {"all three": counts[-3:], "the first": counts[-3], "the last two": counts[-2:]}
    for title, part in parts.items():
        print(f"  dense layers, {title}: {np.sum(part) / counts.sum():.1%}")
    print(f"  {work / 1e9:.1f} billion multiply-adds")
    keras.utils.clear_session()

# %% [markdown]
# Of VGG-19's 143,667,240 weights, 86 % are in the three dense layers. Some sources say that the *last two* hold 80 %.
# They don't: they hold 14.5 %. The *first* one holds 71.5 %, because it sees 7×7×512 numbers. AlexNet and LeNet-5 have
# the same pattern.
#
# Why 3×3? Three of them in a row see as far as one window of 7×7. Compare the weights, for 64 channels in and out.

# %% tags=["nbval-check-output"]
for windows in ([7], [3, 3, 3]):
    weights = sum(convolution.count_parameters(k, 64, 64, bias=False) for k in windows)
    reach = convolution.receptive_field(windows)
    print(
        f"{windows}: sees {reach}×{reach}, {weights:,} weights, {len(windows)} times ReLU"
    )

# %% [markdown]
# The three small windows need 55 % of the weights, and the result goes through ReLU three times instead of once. So
# they can learn functions that bend more often.
#
# VGG is slow and heavy, and it lives on all the same, in **style transfer**: its early layers keep the details of a
# picture faithfully, so people use them to paint a photo in the style of a painting.

# %%
quiz.ask("07", "fields")

# %%
quiz.ask("07", "vgg")

# %% [markdown] syllabus="H4"
# ## 4. GoogLeNet: which window is best? All of them
#
# **GoogLeNet** (2014) does not choose between 1×1, 3×3 and 5×5. It computes all three side by side, and a pooling as
# well, and puts the maps on top of one another: an **inception module**. The problem is the price. A 5×5 window on 192
# maps is expensive. The cure is a 1×1 convolution before it that makes 16 maps of the 192.


# %% tags=["nbval-check-output"]
def naive_module(x):
    """Inception module 3a of GoogLeNet, without reductions."""
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
# **Exercise 4.** Write the module with its reductions. `three` and `five` are pairs: `three[0]` filters of 1×1, and
# then `three[1]` filters of 3×3. After the pooling, a 1×1 convolution makes `pooled` maps. All convolutions have ReLU.


# %% tags=["exercise"]
def my_inception(x, one, three, five, pooled):
    """An inception module: four paths, with 1×1 convolutions to keep them cheap."""
    return ...


# %% tags=["nbval-check-output"]
inception = check.exercise(check.inception, my_inception, otherwise=check.inception_module)


# %% tags=["solution"]
def my_inception(x, one, three, five, pooled):
    """An inception module: four paths, with 1×1 convolutions to keep them cheap."""
    same = {"padding": "same", "activation": "relu"}
    small = layers.Conv2D(one, 1, **same)(x)
    middle = layers.Conv2D(three[0], 1, **same)(x)
    middle = layers.Conv2D(three[1], 3, **same)(middle)
    large = layers.Conv2D(five[0], 1, **same)(x)
    large = layers.Conv2D(five[1], 5, **same)(large)
    largest = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    largest = layers.Conv2D(pooled, 1, **same)(largest)
    return layers.Concatenate()([small, middle, large, largest])


# %% tags=["nbval-check-output"]
reduced = keras.Model(image, inception(image, 64, (96, 128), (16, 32), 32))
reduced_work = sum(convolution.multiply_adds(reduced).values())
print(f"192 maps become {reduced.output_shape[-1]}, {reduced_work:,} multiply-adds")
print(f"that is {reduced_work / naive_work:.0%} of the work")
flat, pooled = 7 * 7 * 1024, 1024
print(f"a dense layer of 1,000 after flattening: {(flat + 1) * 1000:,} weights")
print(f"after global average pooling:            {(pooled + 1) * 1000:,} weights")

# %% [markdown]
# The reductions save more than half of the work, and the module passes on 256 maps instead of 416, so the next one gets
# cheaper too. The second saving is at the end. GoogLeNet's last maps are 7×7×1024. Global average pooling (lesson 2)
# keeps one number of each map, and the dense layer shrinks from 50 million weights to one million.
#
# GoogLeNet is 22 layers deep, and batch norm was not known yet. Its authors feared that hardly any gradient would reach
# the early layers. So it has **auxiliary outputs**: small classifiers in the middle of the network, whose loss counts
# by 0.3. In Keras this is a model with two outputs and two losses. Here it is, small, on the digits.

# %%
keras.utils.set_random_seed(0)
pixels = keras.Input((28, 28, 1))
x = layers.Conv2D(16, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(pixels))
middle = inception(x, 8, (8, 16), (4, 8), 8)
last = inception(layers.MaxPooling2D(2)(middle), 8, (8, 16), (4, 8), 8)
outputs = [
    layers.Dense(10, "softmax", name=name)(layers.GlobalAveragePooling2D()(maps))
    for name, maps in {"auxiliary": middle, "final": last}.items()
]
small_googlenet = keras.Model(pixels, outputs)
loss = 2 * ["sparse_categorical_crossentropy"]
small_googlenet.compile(keras.optimizers.Adam(5e-3), loss, loss_weights=[0.3, 1])
images, labels = digits.train.images[:2000, ..., None], digits.train.labels[:2000]
history = small_googlenet.fit(images, [labels, labels], epochs=3, verbose=0).history
for name in ("auxiliary_loss", "final_loss", "loss"):
    print(f"{name:15}", *(f"{value:.2f}" for value in history[name]))

# %% [markdown]
# Both losses fall in one `fit`, and in each epoch the total is 0.3 times the first plus the second. After training, the
# auxiliary output is cut off. Today nobody needs it: with batch norm and residual connections, the gradient gets
# through.

# %% [markdown] syllabus="H5"
# ## 5. One idea each, in ten lines
#
# After 2014 most new networks are a new **block**, repeated many times. We write each block as a function: maps go in,
# and maps of the same size come out. All begin from the same small helper, a convolution with batch norm. First the two
# that you have met.


# %%
def conv(x, filters, size=1, relu=True, **options):
    """A convolution with batch norm, and ReLU if wanted."""
    x = layers.Conv2D(filters, size, padding="same", use_bias=False, **options)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x) if relu else x


def plain_block(x, n):
    """VGG: two convolutions, one after the other."""
    return conv(conv(x, n, 3), n, 3)


def inception_block(x, n):
    """GoogLeNet: several windows side by side."""
    paths = [
        conv(x, n // 4),
        conv(conv(x, n // 4), n // 2, 3),
        conv(conv(x, n // 8), n // 8, 5),
    ]
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    return layers.Concatenate()([*paths, conv(pooled, n // 8)])


# %% [markdown]
# The next three keep their input in some way. ResNet adds it. In **ResNeXt** the 3×3 is a **grouped convolution**, as
# in AlexNet: 32 groups of filters, and each group sees a 32nd of the maps. **DenseNet** concatenates: each layer adds a
# few maps to all maps before it, and how many is called the **growth rate**. In which of them is the input still there,
# unchanged, when the block ends?


# %%
def residual_block(x, n):
    """ResNet-34: two convolutions, and the input added to them."""
    return layers.ReLU()(conv(conv(x, n, 3), n, 3, relu=False) + x)


def bottleneck_block(x, n, groups=1):
    """ResNet-50; with groups=32, ResNeXt: narrow, 3×3, wide again, plus the input."""
    narrow = conv(conv(x, n // 4), n // 4, 3, groups=groups)
    return layers.ReLU()(conv(narrow, n, relu=False) + x)


def dense_block(x, n):
    """DenseNet: each layer adds a few maps (the growth rate) to all maps before it."""
    for _ in range(2):
        x = layers.Concatenate()([x, conv(conv(x, n), n // 4, 3)])
    return x


# %% [markdown]
# (Only in the dense block. The other two add something to it.) The other family splits a convolution in two. A
# **depthwise** convolution filters each map by itself; a 1×1 convolution then mixes the maps. Together they are a
# **depthwise separable** convolution.
#
# **Exercise 5.** How much does that save? Write the multiply-adds of a separable convolution, divided by those of a
# full one. At each place, a full convolution needs $\text{size}^2 \cdot C \cdot \text{filters}$, the depthwise part
# $\text{size}^2 \cdot C$, and the 1×1 part $C \cdot \text{filters}$. (Papers write the result as $1/F^2 + 1/C$, with
# $F$ for the size of the window and $C$ for the number of filters.)


# %% tags=["exercise"]
def my_share(size, filters):
    """Multiply-adds of a separable convolution over those of a full one."""
    return ...


# %% tags=["nbval-check-output"]
check.exercise(check.separable_share, my_share)
full, separable = layers.Conv2D(64, 3), layers.SeparableConv2D(64, 3)
work = [
    sum(convolution.multiply_adds(one, (30, 30, 32)).values()) for one in (full, separable)
]
print(f"full {work[0]:,}, separable {work[1]:,}: {work[1] / work[0]:.4f}")
print(f"1/F² + 1/C = 1/9 + 1/64 = {1 / 9 + 1 / 64:.4f}")


# %% tags=["solution"]
def my_share(size, filters):
    """Multiply-adds of a separable convolution over those of a full one."""
    return 1 / filters + 1 / size**2


# %% [markdown]
# MobileNetV2 puts a depthwise convolution into an **inverted residual**: narrow, wide, narrow, where ResNet's
# bottleneck is wide, narrow, wide. ConvNeXt uses **GELU**, a ReLU with a rounded corner. **Squeeze-and-excitation** is
# an addition to any block: it looks at the mean of each map, and turns whole maps up or down.


# %%
def separable_block(x, n):
    """Xception and MobileNet: filter each map by itself, then mix the maps."""
    for _ in range(2):
        x = conv(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x), n)
    return x


def inverted_block(x, n):
    """MobileNetV2 and EfficientNet: widen, filter each map, make narrow again, plus the input."""
    wide = conv(x, 4 * n)
    wide = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(wide)
    wide = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(wide))
    return conv(wide, n, relu=False) + x


def convnext_block(x, n):
    """ConvNeXt: 7×7 depthwise, layer norm, widen, GELU, make narrow again, plus the input."""
    f = layers.LayerNormalization()(layers.DepthwiseConv2D(7, padding="same")(x))
    return layers.Dense(n)(layers.Dense(4 * n, activation="gelu")(f)) + x


def squeeze_excite(x, n):
    """SENet: a weight between 0 and 1 for each map, from the means of all maps."""
    weights = layers.Dense(n // 16, activation="relu")(layers.GlobalAveragePooling2D()(x))
    return x * layers.Reshape((1, 1, n))(layers.Dense(n, activation="sigmoid")(weights))


# %% [markdown]
# Now count: 256 maps of 14×14 go in. Which block is the cheapest, and do few parameters always mean little work?


# %% tags=["nbval-check-output"]
def resnext_block(x, n):
    """ResNeXt: the 3×3 of a bottleneck in 32 groups."""
    return bottleneck_block(x, n, groups=32)


blocks = [plain_block, inception_block, residual_block, bottleneck_block, resnext_block]
blocks += [dense_block, separable_block, inverted_block, convnext_block, squeeze_excite]
maps = keras.Input((14, 14, 256))
print("block              parameters  multiply-adds")
for block in blocks:
    with keras.StatelessScope(**no_weights):
        model = keras.Model(maps, block(maps, 256))
    work = sum(convolution.multiply_adds(model).values())
    print(f"{block.__name__:17} {model.count_params():11,} {work:14,}")
keras.utils.clear_session()

# %% [markdown]
# The plain block and the residual block cost the same: the addition is free. The bottleneck takes as many maps and has
# a seventeenth of the parameters, because its 3×3 sees only 64 of them. And squeeze-and-excitation has weights, but
# hardly any work: it looks at one number per map.
#
# A whole ResNet is such blocks in four stages. **ResNet-34** has 3, 4, 6 and 3 basic blocks with 64 to 512 channels.
# Where a stage begins, the stride is 2, and a 1×1 convolution brings the input to the new shape.


# %% tags=["nbval-check-output"]
def first_block(x, n, stride):
    """A residual block that changes size and channels."""
    f = conv(conv(x, n, 3, strides=stride), n, 3, relu=False)
    return layers.ReLU()(f + conv(x, n, relu=False, strides=stride))


photo = keras.Input((224, 224, 3))
with keras.StatelessScope(**no_weights):
    x = layers.MaxPooling2D(3, strides=2, padding="same")(conv(photo, 64, 7, strides=2))
    for stage, (count, n) in enumerate([(3, 64), (4, 128), (6, 256), (3, 512)]):
        for block in range(count):
            changes = block == 0 and stage > 0
            x = first_block(x, n, 2) if changes else residual_block(x, n)
    x = layers.GlobalAveragePooling2D()(x)
    resnet34 = keras.Model(photo, layers.Dense(1000, activation="softmax")(x))
trained = sum(int(np.prod(weight.shape)) for weight in resnet34.trainable_weights)
work = sum(convolution.multiply_adds(resnet34).values())
print(f"ResNet-34: {trained:,} trainable weights, {work / 1e9:.2f} billion multiply-adds")
keras.utils.clear_session()

# %% [markdown]
# That is ResNet-34 as published: 3.6 billion multiply-adds. It needs about a quarter of VGG-16's work.
#
# Three networks are known for how they were *found*. **NASNet** let a program search for the best block, over thousands
# of trained candidates. **EfficientNet** asked how to grow a network: depth, width and image size together, by the
# factors 1.2, 1.1 and 1.15 at each step. Then the work about doubles, because width and size count twice:
# $1.2\cdot1.1^2\cdot1.15^2=1.92$. That is **compound scaling**. **ConvNeXt** took a ResNet-50 and changed one thing
# after the other to what vision transformers do.
#
# Now the networks themselves, from `keras.applications`. We count each one. (The accuracies are the ones that Keras
# publishes.)

# %%
published = {  # top-1 accuracy on ImageNet in %, from keras.io/api/applications
    "MobileNet": 70.4,
    "MobileNetV2": 71.3,
    "EfficientNetB0": 77.1,
    "NASNetMobile": 74.4,
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
    with keras.StatelessScope(**no_weights):
        model = getattr(keras.applications, name)(weights=None)
    work = sum(convolution.multiply_adds(model).values()) / 1e6
    fixed = sum(int(np.prod(weight.shape)) for weight in model.non_trainable_weights)
    zoo[name] = (work, top1, model.count_params())
    print(f"{name:15} {zoo[name][2]:11,} {fixed:12,} {work:12,.0f} M {top1:15.1f} %")
    keras.utils.clear_session()

# %%
plots.bubbles(
    zoo,
    xlabel="million multiply-adds (logarithmic scale); area: parameters",
    ylabel="top-1 accuracy, published (%)",
    logx=True,
    alt="Accuracy against work: EfficientNetB0 and ConvNeXtTiny are far above the VGGs.",
)

# %% [markdown]
# Read the figure from left to right. At the same work, the higher network is the better choice. EfficientNet-B0 needs a
# fortieth of the work of VGG-16, and its published accuracy is six points higher. (The accuracies come from different
# recipes of training, so they compare recipes as well.)
#
# How long does one photo take on this machine? Does the time follow the multiply-adds?

# %%
for name in ("MobileNetV2", "EfficientNetB0", "ResNet50", "ConvNeXtTiny"):
    model = getattr(keras.applications, name)(weights=None)
    batch = np.zeros((2, *model.input_shape[1:]), "float32")
    model.predict_on_batch(batch)  # the first call compiles
    began = time.perf_counter()
    model.predict_on_batch(batch)
    milliseconds = 1000 * (time.perf_counter() - began) / len(batch)
    print(f"{name:15} {milliseconds:5.0f} ms, {zoo[name][0]:6,.0f} million multiply-adds")
    del model
    keras.utils.clear_session()
    gc.collect()

# %% [markdown]
# Not quite. ConvNeXt-Tiny does about as much work as ResNet-50, and without a graphics card it takes far longer. Its
# 7×7 depthwise layers do little work, but they move a lot of memory. So measure on the machine that you build for.
# Which network would you choose for a phone? Which for a laptop? (For a phone, one from the left edge: MobileNetV2 is
# the smallest, EfficientNet-B0 the most accurate. A laptop can afford Xception.)
#
# MobileNet's paper says 569 million multiply-adds, and you see 569. ResNet-50's paper says 3.8 billion, and you see
# 3,858 million. (PyTorch's ResNet-50 has 4.1, because it moves a stride from a 1×1 to a 3×3 convolution. Always say
# what you count.) Inception v3 has 23,851,784 parameters, and 34,432 of them are not trained: the means and variances
# of batch norm.
#
# One of these families is on your machine, with its weights: EfficientNet-Lite0, published with 75.1 %. Does it hold on
# the photos that we have?

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
print(
    f"{right} of {len(photos)} right: the accuracy may be anything from {low:.0%} to {high:.0%}"
)

# %% [markdown]
# Two of three are right, and for the rocket the third name is. That fits 75 %, and nearly everything else as well.
# Three photos cannot check a published accuracy. ImageNet uses 50,000.

# %%
quiz.ask("07", "zoo")

# %% [markdown] syllabus="H6"
# ## 6. How many layers has ResNet-50?
#
# Keras says that VGG-16 has 23 layers and ResNet-50 has 177. The names say 16 and 50. Let us count in four ways:
# everything that Keras calls a layer; the longest path through the network; layers that have any weights; convolutions
# and dense layers on the longest path.


# %% tags=["nbval-check-output"]
def count_layers(model):
    """Layers by four ways of counting."""
    depth, main = {}, {}
    for layer in model.layers:
        inputs = (
            keras.tree.flatten(layer.input)
            if not isinstance(layer, keras.layers.InputLayer)
            else []
        )
        before = [value._keras_history.operation.name for value in inputs]
        works = isinstance(layer, layers.Conv2D | layers.Dense)
        depth[layer.name] = max([depth[name] for name in before], default=-1) + 1
        main[layer.name] = max([main[name] for name in before], default=0) + works
    weighted = sum(bool(layer.weights) for layer in model.layers)
    return len(model.layers), max(depth.values()), weighted, max(main.values())


print("network        Keras layers  longest path  with weights  convolutions and dense")
for name in ("VGG16", "ResNet50", "DenseNet121"):
    with keras.StatelessScope(**no_weights):
        model = getattr(keras.applications, name)(weights=None)
    print(f"{name:13}", *(f"{count:13}" for count in count_layers(model)))
    keras.utils.clear_session()

# %% [markdown]
# The last column is what the names mean. VGG-16 has 13 convolutions and 3 dense layers. Keras also counts the input,
# five poolings and the flattening: 23. ResNet-50 has 16 blocks of 3 convolutions, one before and a dense layer after:
# 50. Its four shortcuts with a convolution lie beside the longest path and are not counted.
#
# The **168 layers** that some lectures give for ResNet-50 are its longest path in Keras, with every batch norm, ReLU
# and addition. An old page of the Keras documentation called that number its depth. Today's page says 107, the layers
# with weights. So a number of layers means nothing until you know what was counted.
#
# **Exercise 6.** DenseNet-121 has four dense blocks of 6, 12, 24 and 16 small layers, each with two convolutions.
# Between two blocks stands a transition with one convolution. There is one convolution before everything, and one dense
# layer at the end. Write the count for any list of blocks.


# %% tags=["exercise"]
def my_depth(blocks):
    """Convolutions and dense layers of a DenseNet."""
    return ...


# %% tags=["nbval-check-output"]
check.exercise(check.densenet_depth, my_depth)
one_window = layers.Conv2D(1, 3, padding="same", use_bias=False)
two_windows = keras.Sequential(
    [layers.Conv2D(1, k, padding="same", use_bias=False) for k in ((3, 1), (1, 3))]
)
for title, part in {"one 3×3": one_window, "3×1, then 1×3": two_windows}.items():
    work = sum(convolution.multiply_adds(part, (10, 10, 1)).values())
    print(f"{title:14} {work // 100} multiplications a pixel")


# %% tags=["solution"]
def my_depth(blocks):
    """Convolutions and dense layers of a DenseNet."""
    return 1 + 2 * sum(blocks) + (len(blocks) - 1) + 1


# %% [markdown]
# The last two lines explain another pair of numbers that you may have heard, **9 against 6**. A window of 3×3 needs
# nine multiplications. A column of three and then a row of three need six. Inception v3 splits windows in this way. It
# is *not* the depthwise separable convolution: that one splits space from channels, this one splits height from width.

# %%
quiz.ask("07", "layers")

# %% [markdown] syllabus="H5"
# ## 7. The race: same weights, same data, seven blocks
#
# The table above compares networks of different sizes, trained in different ways. No wonder that the newest wins. Let
# us make it fair. One skeleton: a first convolution, a block at 14×14, a change to twice the channels, a block at 7×7,
# the global mean, a dense layer. Seven kinds of blocks. Each gets the width that brings it closest to 60,000
# parameters.


# %%
def racer(block, width):
    """One skeleton for all: a block, half the size, a block of twice the channels."""
    pixels = keras.Input((28, 28, 1))
    x = conv(layers.Rescaling(1 / 255)(pixels), width, 3, strides=2)
    x = conv(layers.MaxPooling2D(2)(block(x, width)), 2 * width)
    x = block(x, 2 * width)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, layers.Dense(10, activation="softmax")(x))


# %% tags=["nbval-check-output"]
racers = {
    "plain": (plain_block, 25),
    "inception": (inception_block, 64),
    "residual": (residual_block, 25),
    "dense": (dense_block, 40),
    "separable": (separable_block, 66),
    "inverted": (inverted_block, 35),
    "convnext": (convnext_block, 35),
}
print("block       width  parameters  multiply-adds")
for name, (block, width) in racers.items():
    with keras.StatelessScope(**no_weights):
        model = racer(block, width)
    work = sum(convolution.multiply_adds(model).values())
    print(f"{name:10} {width:6} {model.count_params():11,} {work:14,}")
    keras.utils.clear_session()

# %% [markdown]
# Same parameters, and nearly the same work. Who will be the most accurate, and who the quickest? Write down your order.
#
# Each block is trained with three seeds. A seed fixes the initial weights and the order of the pictures. More epochs
# give a clearer answer and take longer: try `race(epochs=10)` later.


# %%
def prepare(block, width, steps):
    """A new network of the race, compiled; the learning rate falls as in section 1."""
    model = racer(block, width)
    falling = keras.optimizers.schedules.CosineDecay(5e-3, steps)
    model.compile(keras.optimizers.Adam(falling), "sparse_categorical_crossentropy")
    return model


def race(pictures=3000, epochs=2, seeds=(0, 1, 2)):
    """Train every block with every seed, on the same pictures."""
    clothes = datasets.fashion_mnist()
    train = clothes.train.images[:pictures, ..., None], clothes.train.labels[:pictures]
    test = clothes.test.images[..., None], clothes.test.labels
    data = SimpleNamespace(train=train, test=test)
    results = {}
    for name, (block, width) in racers.items():
        build = partial(prepare, block, width, epochs * math.ceil(pictures / 32))
        results[name] = training.repeat(build, data, seeds, batch_size=32, epochs=epochs)
        keras.utils.clear_session()
    return results


# %%
results = race()
for name, runs in results.items():
    print(f"{name:10} {runs.mean:.3f} ± {runs.spread:.3f}, {min(runs.seconds):.1f} s")
plots.bubbles(
    {name: (min(runs.seconds), 100 * runs.mean, 0) for name, runs in results.items()},
    xlabel="seconds of training, the fastest of three runs",
    ylabel="test accuracy (%)",
    alt="Test accuracy against seconds of training for seven kinds of blocks.",
)

# %% [markdown]
# Which differences are more than luck? With the same seed, two blocks see the same pictures in the same order, so we
# compare them seed by seed, with McNemar's test on the test pictures (lesson 2). We compare each block with the plain
# one, and believe a difference only if all three seeds agree in direction, each with p below 0.01.

# %%
for name, runs in results.items():
    tests = [training.mcnemar(*pair) for pair in zip(runs.right, results["plain"].right)]
    signs = {np.sign(test.first_only - test.second_only) for test in tests}
    clear = len(signs) == 1 and all(test.p < 0.01 for test in tests)
    counts = ", ".join(f"{test.first_only}:{test.second_only}" for test in tests)
    if name != "plain":
        print(f"{name:10} against plain {counts:26} {'clear' if clear else 'not clear'}")

# %% [markdown]
# The ConvNeXt block is clearly behind the plain one, and no block is clearly ahead. For such famous blocks that is
# disappointing. At this size and after two epochs, the oldest of the seven is good enough. (The dense block is near the
# border. Its seeds lie far apart, so your line may say either.)
#
# Then read the seconds. All seven do nearly the same work, and still some take much longer than the plain block. A
# depthwise convolution keeps the processor waiting for memory, and so do many small layers in place of a large one.
#
# And remember what this race is: small networks, little data, two epochs, one learning rate for all. The residual
# connection was made for 50 layers and more, and here are seven. ConvNeXt was made for millions of photos. A block that
# loses here may win there.

# %%
quiz.ask("07", "race")

# %% [markdown]
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{digits.name}, {digits.origin}",
        "test accuracy, LeNet-5, two epochs": lenet_accuracy,
        "parameters, LeNet-5": lenet.count_params(),
        "parameters, AlexNet": alexnet_parameters,
        "parameters, VGG-19": zoo["VGG19"][2],
        "million multiply-adds, MobileNet": zoo["MobileNet"][0],
        "million multiply-adds, ResNet-50": zoo["ResNet50"][0],
    }
    | {f"race, {name}, test accuracy": runs.mean for name, runs in results.items()}
)

# %% [markdown]
# ## Key points
#
# - An architecture table is arithmetic: window, stride, padding and filters give every shape and every count.
# - Parameters measure memory, multiply-adds measure work. Dense layers have many weights and little work; convolutions
#   have it the other way round.
# - VGG stacks small windows, GoogLeNet reduces with 1×1, ResNet adds the input, MobileNet splits space from channels.
# - Global average pooling removed the largest layer of all.
# - A number of layers means nothing until you know what was counted.
# - Compare blocks with the same budget, data, schedule and seeds, and say only what all seeds support.
#
# Words of this lesson: top-5 error, multiply-add, local response normalisation, inception module, auxiliary output,
# block, growth rate, depthwise separable convolution, inverted residual, grouped convolution, squeeze-and-excitation,
# GELU, compound scaling.
#
# ## Where next
#
# - [Lesson 4](04_headless_resnet.ipynb) has residual connections in detail, and uses a trained network.
# - [Lesson 5b](05b_reuse.ipynb) shows which network to reuse, and how much of it.
#
# **Going further.** Call `race(epochs=10)`. It takes about four times as long, so get a coffee. Does the order change?
# The last slides of this lesson show what we got.
#
# The papers, by year:
#
# - Yann LeCun and others, *Gradient-based learning applied to document recognition*, 1998 (LeNet-5).
# - Alex Krizhevsky and others, *ImageNet classification with deep convolutional neural networks*, 2012 (AlexNet).
# - Karen Simonyan and Andrew Zisserman, *Very deep convolutional networks for large-scale image recognition*, 2015
#   (VGG).
# - Christian Szegedy and others, *Going deeper with convolutions*, 2015, and *Rethinking the inception architecture for
#   computer vision*, 2016.
# - Olga Russakovsky and others, *ImageNet large scale visual recognition challenge*, 2015.
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
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

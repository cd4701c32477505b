# %% [markdown]
# # 5b. Which layers, which network?
#
# <!-- badges -->
#
# Topics: three ways of reuse, which layers to train, stacks of small filters, a file for a phone.
#
# In lesson 5 we let a whole network learn to read digits, and it paid off. In lesson 4 we tuned the last layers on
# handbags and shoes, and saw no gain. Below are some pictures of both. ImageNet has a thousand kinds of things, purses
# and sandals among them, but no category for digits. How much of the network should you keep for each target, and how
# much should you train again? At the end of this lesson your network is a file of less than 4 MB, ready for a phone.
#
# **You will learn**
#
# - to compare three ways of reuse: the architecture, the features, the weights;
# - to choose which layers to train, from the number of your pictures and from what they look like;
# - why small filters come in stacks, and which network to start from;
# - to store a filter in whole numbers, and a whole network as a file that runs on a phone.
#
# You need lesson 5. Teaching takes <!-- minutes to teach --> minutes. The code takes about <!-- time to run --> on two
# cores. Start the long cells of sections 1 and 2 before you discuss them.

# %% tags=["setup"]
# setup

# %%
import math
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from helpers import backbones, check, convolution, datasets, plots, quiz, training

keras.utils.set_random_seed(0)

# %% [markdown]
# If the real data aren't available, the course draws digits, handbags and shoes itself. The stored outputs, and all
# comments on them, are about these drawings. With MNIST and real photos your numbers are different: read yours. They
# also change a little from computer to computer, because one with more cores adds numbers in another order.


# %%
def enlarged(images):
    """Double each pixel of gray images, and repeat the gray as red, green and blue."""
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    return np.stack([large, large, large], axis=-1)


digits = datasets.mnist()
train_images, train_labels = enlarged(digits.train.images[:480]), digits.train.labels[:480]
test_images, test_labels = enlarged(digits.test.images[:960]), digits.test.labels[:960]

# %%
bags = datasets.handbags_and_shoes(size=(96, 96))
bag_images = np.concatenate([bags.train.images, bags.validation.images])
bag_labels = np.concatenate([bags.train.labels, bags.validation.labels])
count, test_count = len(bag_images), len(bags.test.images)
print(f"handbags and shoes: {count} to learn from, {test_count} to test")

# %%
plots.image_grid(
    [*bags.test.images[[3, 2, 20, 5, 13]], *test_images[:5]],
    columns=5,
    size=1.6,
    alt="Five drawn handbags and shoes in colour, on patterned backgrounds and among small objects, "
    "above five white digits on black.",
)

# %% [markdown] syllabus="F3"
# ## 1. Three ways to reuse a network
#
# A network's **architecture** is its list of layers and how they are connected, without the weights. You can reuse (1)
# only the architecture, (2) the features, with a head of your own, or (3) the weights, and tune them.
#
# We train all three on the same 480 digits and measure the time. The second way is a linear head, as in lesson 5.


# %%
def trained_head(features, labels):
    """Train a linear head on features."""
    count, l2 = len(np.unique(labels)), keras.regularizers.L2(1e-3)
    last = layers.Dense(count, "softmax", kernel_initializer="zeros", kernel_regularizer=l2)
    head = keras.Sequential([keras.Input(features.shape[1:]), last])
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    for _ in range(300):
        head.train_on_batch(features, labels)  # one step, on all pictures at once
    return head


def is_correct(model, inputs, labels):
    """For each input: is the model's answer right?"""
    return model.predict(inputs, verbose=0).argmax(axis=1) == labels


# %%
untouched = backbones.headless("efficientnet_lite0", size="any")
seconds, began = {}, time.perf_counter()
features = untouched.predict(train_images, verbose=0)
head = trained_head(features, train_labels)
seconds["2 features and a head"] = time.perf_counter() - began
test_features = untouched.predict(test_images, verbose=0)
head_right = is_correct(head, test_features, test_labels)
share, count = head_right.mean(), len(test_labels)
print(f"{share:.3f} of the {count} test digits are right, with features and a head")

# %% [markdown]
# The third way is the recipe of lesson 5: all layers but batch norm train, from a trained head, at a rate that rises
# to 3e-4 and falls to zero.


# %%
def open_up(network):
    """Let all layers of a frozen network train, except batch norm."""
    network.trainable = True
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def slow(epochs, steps):
    """Adam with a rate that rises in the first epoch, and falls to zero in the others."""
    cosine = keras.optimizers.schedules.CosineDecay
    schedule = cosine(0.0, (epochs - 1) * steps, warmup_target=3e-4, warmup_steps=steps)
    return keras.optimizers.Adam(schedule)


# %%
def tune(head, images, labels, opening=open_up, epochs=4, seed=0):
    """Tune a fresh copy of the network together with a head; this trains the head further."""
    keras.utils.set_random_seed(seed)
    network = backbones.headless("efficientnet_lite0", size="any")
    opening(network)
    model = keras.Sequential([keras.Input(images.shape[1:]), network, head])
    optimizer = slow(epochs, math.ceil(len(images) / 16))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, batch_size=16, epochs=epochs, verbose=0)
    return model


tuned_head = trained_head(features, train_labels)
began = time.perf_counter()
tuned = tune(tuned_head, train_images, train_labels, seed=1)  # as in lesson 5, section 1
seconds["3 weights, tuned"] = time.perf_counter() - began + seconds["2 features and a head"]
tuned_right = is_correct(tuned, test_images, test_labels)

# %% [markdown]
# That leaves the first way. `keras.models.clone_model(network)` builds the same layers anew, with random weights. A
# network from scratch needs a higher rate and larger batches, and batch norms that train and learn quickly. With a
# `momentum` of 0.9, each batch moves the stored averages 10% of the way towards its own, as in lesson 2. In our
# pretrained network it is only 1%: after the 90 batches below, 40% of the starting values would be left in the averages
# (0.99 to the power of 90).
#
# **Exercise 1.** Write a function that takes a frozen network and returns such a copy: random weights, every layer
# free to train, and `momentum = 0.9` in each layer that is a `layers.BatchNormalization`. The layers of a copy are as
# frozen as those of the original, but the copy as a whole counts as free. So `copy.trainable = True` changes nothing:
# free the layers one by one. Leave the network that you are given as it is.


# %% tags=["exercise"]
def my_fresh_copy(network):
    """Return the same architecture with random weights, all of it free to train."""
    return ...


# %% tags=["nbval-check-output"]
fresh_copy = check.exercise(check.from_scratch, my_fresh_copy, otherwise=check.fresh_copy)


# %% tags=["solution"]
def my_fresh_copy(network):
    """Return the same architecture with random weights, all of it free to train."""
    copy = keras.models.clone_model(network)
    for layer in copy.layers:
        layer.trainable = True
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9
    return copy


# %%
keras.utils.set_random_seed(1)
scratch_head = keras.Sequential([keras.Input((1280,)), layers.Dense(10, "softmax")])
scratch = keras.Sequential([keras.Input((56, 56, 3)), fresh_copy(untouched), scratch_head])
schedule = keras.optimizers.schedules.CosineDecay(1e-3, 6 * 15)  # 6 epochs of 15 batches
loss = "sparse_categorical_crossentropy"
scratch.compile(keras.optimizers.Adam(schedule), loss, metrics=["accuracy"])
began = time.perf_counter()
history = scratch.fit(train_images, train_labels, batch_size=32, epochs=6, verbose=0)
seconds["1 architecture only"] = time.perf_counter() - began
afterwards = scratch.evaluate(train_images, train_labels, verbose=0)[1]
last = history.history["accuracy"][-1]
print(f"training digits, last epoch: {last:.3f}, in inference mode: {afterwards:.3f}")

# %% [markdown]
# It gets practically every training digit right, both in the last epoch of training and in inference mode. So 90 steps
# were enough to learn these digits. The test digits tell whether it has learnt to read.
#
# How do the three ways compare on the test digits, and how long did they take? We compare them in pairs with McNemar's
# test, as in lesson 5. Predict the order before you run the cell.

# %%
ways = {
    "1 architecture only": is_correct(scratch, test_images, test_labels),
    "2 features and a head": head_right,
    "3 weights, tuned": tuned_right,
}
for name, right in ways.items():
    print(f"{name:22} {right.mean():.3f} in {seconds[name]:5.1f} s")
first, second, third = ways.values()
print("1 and 2:", training.mcnemar(first, second))
print("2 and 3:", training.mcnemar(second, third))
print("1 and 3:", training.mcnemar(first, third))

# %%
quiz.ask("05b", "three-ways")

# %% [markdown]
# The architecture alone gets the fewest test digits right, though it has learnt its 480 digits. Features that were made
# for photos do far better, in a fraction of the time. (The time of the third way includes that of the second, because
# it starts from a trained head.) The tuned weights do best. In each of the three paired tests p is below 0.01. So what
# makes a pretrained network valuable here is its weights, as features or as a start.

# %% [markdown] syllabus="F2"
# ## 2. Which layers should you freeze?
#
# Two questions decide. How many labelled pictures are there? And how similar are they to those that the network was
# trained on? The usual advice is this:
#
# | | new pictures like the old ones | new pictures unlike the old ones |
# |---|---|---|
# | *few pictures* | a linear head on the features | a linear head, perhaps on features of an earlier stage |
# | *many pictures* | tune the last few layers | tune many layers, or all |
#
# The reasons: early layers see edges and colours, which every picture has, while late layers see what the old task
# needed. And the more weights we train, the more pictures we need to avoid overfitting.
#
# We measure one case for each of the four boxes of the table. Handbags and shoes are the target that looks like
# ImageNet: ours are drawn, but they have the shapes of purses, sandals and running shoes, which are among its
# categories. Digits are the target that does not.
#
# The network begins with one convolution, the **stem**. Seven **stages** follow, each with its own number of channels
# at its end. Last comes one more convolution, whose layers have names that begin with `top`. (This isn't the *top* of
# lesson 2: our name for that is the head.)
#
# We call each of these parts a **block**. *Last blocks* means that stages 6 and 7, the top and the head train, and
# everything before them is frozen. By *many* we mean about 48 pictures of each class, by *few* 5 to 8.

# %%
blocks = ["stem", *"1234567", "top", "head"]
plots.network_rows(
    {
        "head": ["frozen"] * 9 + ["trains"],
        "last blocks": ["frozen"] * 6 + ["slow"] * 4,
        "all blocks": ["slow"] * 10,
    },
    blocks,
    heights=[6, 6, 4.5, 3.5, 3, 3, 2.4, 2.4, 2.4, 1.8],
    row_height=1.2,
    alt="The network as a row of blocks, three times: the head, the last blocks, or all blocks train.",
)

# %% [markdown]
# The taller a block, the larger its maps; the heights are not to scale. Every way begins with a trained head.
#
# **Exercise 2.** Write the function for *last blocks*, the middle row of the figure. `open_up` lets all layers train;
# then freeze every layer that comes before stage 6. The network lists its layers from first to last in
# `network.layers`, and a layer's name begins with its stage, or with `stem` or `top`: `stem_conv`,
# `stage5_block1_project_conv`, `stage6_block1_expand_conv`, `top_conv`. (The `block1` inside a name is a part of the
# stage.) Ask `layer.name.startswith(...)`, and end the loop with `break` where stage 6 begins.


# %% tags=["exercise"]
def my_open_last(network):
    """Let only stages 6 and 7 and the top of a frozen network train, except batch norm."""
    # your lines take the place of this one and the next; the function returns nothing
    return ...


# %% tags=["nbval-check-output"]
open_last = check.exercise(
    check.last_opened, my_open_last, otherwise=check.open_last_blocks
)


# %% tags=["solution"]
def my_open_last(network):
    """Let only stages 6 and 7 and the top of a frozen network train, except batch norm."""
    open_up(network)
    for layer in network.layers:
        if layer.name.startswith("stage6"):
            break
        layer.trainable = False


# %%
for name, opening in [("last blocks", open_last), ("all blocks", open_up)]:
    network = backbones.headless("efficientnet_lite0", size="any")
    opening(network)
    count = sum(math.prod(weight.shape) for weight in network.trainable_weights)
    share = count / network.count_params()
    print(f"{name:11} {count:9,} weights of the network train, {share:4.0%}")

# %% [markdown]
# The last blocks are only three of nine, but late layers have many channels, so most of the weights are there. Batch
# norm stays frozen in both. In *all blocks* that is the missing 2%.
#
# Now the experiment. The advice for few pictures is the head, so we test it against the most drastic alternative: all
# blocks, for ten epochs. With many handbags and shoes we tune the last blocks, as the table says, and with many digits
# the last blocks and all blocks, for four epochs. Even so, few pictures mean few steps: 10 with 16 handbags and shoes,
# against 24 with 96; 30 with 48 digits, against 120 with 480.
#
# We compare on the test pictures here, because we only want to see an effect. To choose a way for a project of your
# own, use validation pictures.
#
# How much does the order of the pictures matter? For the 96 handbags and shoes we tune three times, with a new seed and
# a new head each time.

# %%
results = {}  # for each row: which test pictures are right, by head and by tuned network

# %%
bag_features = untouched.predict(bag_images, verbose=0)
bag_test_features = untouched.predict(bags.test.images, verbose=0)

# %%
bag_head = trained_head(bag_features[:16], bag_labels[:16])
right = {"head": is_correct(bag_head, bag_test_features, bags.test.labels)}
model = tune(bag_head, bag_images[:16], bag_labels[:16], epochs=10)
right["all blocks"] = is_correct(model, bags.test.images, bags.test.labels)
results["16 handbags and shoes"] = right

right = {}
for seed in (0, 1, 2):
    bag_head = trained_head(bag_features, bag_labels)
    right["head"] = is_correct(bag_head, bag_test_features, bags.test.labels)
    model = tune(bag_head, bag_images, bag_labels, open_last, seed=seed)
    run = f"last blocks (seed {seed})"
    right[run] = is_correct(model, bags.test.images, bags.test.labels)
results["96 handbags and shoes"] = right

# %% [markdown]
# The same for the digits. For the last row, all 480 digits, we have two of the three numbers already.

# %%
few_head = trained_head(features[:48], train_labels[:48])
right = {"head": is_correct(few_head, test_features, test_labels)}
model = tune(few_head, train_images[:48], train_labels[:48], epochs=10)
right["all blocks"] = is_correct(model, test_images, test_labels)
results["48 digits"] = right

last_head = trained_head(features, train_labels)
model = tune(last_head, train_images, train_labels, open_last, seed=1)
last_right = is_correct(model, test_images, test_labels)
right = {"head": head_right, "last blocks": last_right, "all blocks": tuned_right}
results["480 digits"] = right

# %%
for name, right in results.items():
    print(f"{name}: head {right['head'].mean():.3f}")
    for way in list(right)[1:]:
        compared = training.mcnemar(right["head"], right[way])
        print(f"    {way} {right[way].mean():.3f}, against the head: {compared}")
compared = training.mcnemar(last_right, tuned_right)
print(f"480 digits, last blocks first, all blocks second: {compared}")

# %% [markdown]
# The two targets behave differently. The digits agree with the advice in part. The handbags and shoes contradict it in
# the one row that tells us anything.
#
# - **Handbags and shoes.** With 16 pictures tuning changes one answer of 200: ten steps were too few, so this row
#   doesn't tell us whether tuning would help. With 96 pictures the advice is to tune the last blocks. At this rate that
#   clearly makes the answers worse, in each of three runs (p is below 0.01). The runs differ only in the order of the
#   pictures.
# - **Digits.** Tuning all blocks helps with 480 pictures, and even with 48, where the advice is a head. (With 48 it
#   still misreads almost half of the test digits. The advice also names features of an earlier stage. We have not
#   tried those.) The last blocks alone show no gain that we can tell from luck. All blocks get more
#   digits right than the last blocks. So in this run, at this rate, the last blocks alone are not enough for digits.
#
# So tuning all blocks helped with the digits, and tuning the last blocks made the answers worse for the 96 handbags and
# shoes. Don't conclude more than that. The other rows are one run each, and the p-values tell you about luck with the
# test pictures, not about luck in training. The three runs with 96 pictures agree, but even they are up to 4.5 points
# apart.
#
# In lesson 4 we tuned fewer layers, at 1e-4, on larger pictures, and with 96 of them saw no such drop. So the drop may
# come from the rate and its schedule, from the head we start with, from the layers or from the size, and not from the
# kind of pictures. Treat the advice as a starting point: train the head, try the rest, and compare on the same held-out
# pictures.
#
# **Try it.** The rate of 3e-4 suited the digits. Write 3e-5 in `slow`, run that cell, the cell that trains on handbags
# and shoes, and the cell that prints. (The rows for digits stay as they were.) Is any run still worse than the head?
# Then put 3e-4 back and run the same three cells again.
#
# <details>
# <summary>An answer</summary>
#
# We got 0.955, 0.950 and 0.945, and 0.945 with the head alone: no run is worse, and none is clearly better.
#
# </details>

# %%
quiz.ask("05b", "fields")

# %% [markdown] syllabus="F4"
# ## 3. Which network should you start from?
#
# Start from the one that works best on ImageNet, among those that you can run. Across 16 architectures and 12 data
# sets, accuracy on ImageNet and accuracy after transfer rise together; on two data sets whose classes differ only in
# details, such as makes and models of cars, pretraining helps little (Kornblith, Shlens and Le, 2019). There is no need
# to invent an architecture for handbags. These are some that Keras offers, with the figures that it publishes. *Top-1*
# is the share of photos whose most probable category is the right one.
#
# | network | top-1 on ImageNet | million weights |
# |---|--:|--:|
# | `MobileNetV2` | 71.3% | 3.5 |
# | `ResNet50` | 74.9% | 25.6 |
# | `EfficientNetB0` | 77.1% | 5.3 |
# | `EfficientNetV2B0` | 78.7% | 7.2 |
# | `ConvNeXtTiny` | 81.3% | 28.6 |
#
# More weights don't always mean more accuracy: `EfficientNetB0` beats `ResNet50` with a fifth of the weights.
#
# In 2014 one idea made a network called VGG deeper: a **stack**, several layers of small filters one after another,
# instead of one layer of large filters. This is not a law. Our network has filters of 5×5 as well as 3×3, and ConvNeXt
# went back to 7×7, one channel at a time. How much of the picture does a stack see, and what does it cost?
#
# **Exercise 3.** Write a function for stacks of square filters with stride 1, such as `sizes = (3, 3, 3)`. Every
# layer has the same number of channels going in and coming out, and no biases. Return two numbers: the weights of all
# layers together, and how many pixels along a side one value of the last layer sees. This is the receptive field of
# lesson 1b. Begin with 1 pixel, and ask how much each layer adds.


# %% tags=["exercise"]
def my_stack(sizes, channels):
    """Return the weights of a stack of filters, and the width of its receptive field in pixels."""
    return ...


# %% tags=["nbval-check-output"]
stack = check.exercise(check.stack, my_stack, otherwise=check.weights_and_field)


# %% tags=["solution"]
def my_stack(sizes, channels):
    """Return the weights of a stack of filters, and the width of its receptive field in pixels."""
    weights = sum(size * size * channels * channels for size in sizes)
    pixels = 1 + sum(size - 1 for size in sizes)
    return weights, pixels


# %% [markdown]
# Here are four stacks with 64 channels. Compare the last two rows.

# %% tags=["nbval-check-output"]
for sizes in [(3,), (3, 3), (3, 3, 3), (7,)]:
    weights, seen = stack(sizes, 64)
    written = " + ".join(f"{size}×{size}" for size in sizes)
    print(f"{written:15}  sees {seen}×{seen}   {weights:7,} weights   {len(sizes)} × ReLU")

# %% [markdown]
# Three layers of 3×3 see the same 7×7 pixels as one layer of 7×7, with 27/49 = 55% of its weights, and with three ReLUs
# instead of one. It is not the same function, though. How much does each pixel count?
#
# Take one value of the last layer. A pixel can reach it through different values of the layers in between; each such
# route is a path. To count the paths we go backwards: each layer spreads a value over the 3×3 values that it came from.
# We set all filters to 1 and look.

# %% tags=["nbval-check-output"]
paths = np.ones((1, 1), int)
for _ in range(3):
    paths = convolution.convolve2d(paths, np.ones((3, 3)), padding=2).astype(int)
print(paths)

# %% [markdown]
# The pixel in the middle reaches the value along 49 paths, a pixel in the corner along one. So such a stack *can* see
# 7×7 pixels, but it looks mainly at those in the middle.

# %%
quiz.ask("05b", "stack")

# %% [markdown] syllabus="F5"
# ## 4. A museum guide in your pocket
#
# A museum wants an app: point the phone at an object, and it tells you about it. There is no reception in the basement,
# so the model has to run on the phone. You can take about 50 photos of each object in a morning. We are in the same
# position, with 48 pictures for each of two "exhibits", handbags and shoes. Section 2 tells us what to use for those:
# the untouched network with a head.
#
# **LiteRT**, called TensorFlow Lite until 2024, runs models on phones from one file. Keras exports the model into a
# folder, and TensorFlow's converter reads it and writes the file. We convert it twice: once as it is, and once
# **quantised**. A quantised filter keeps one **scale**, and each of its weights becomes a whole number from −127 to
# 127, with weight ≈ scale × number.
#
# **Exercise 4.** Quantise a filter by hand. The largest weight, counted without its sign, becomes 127 or −127: that
# gives you the scale. Then divide all weights by the scale, round them with `np.round`, and store them as 8-bit
# integers with `.astype("int8")`.


# %% tags=["exercise"]
def my_whole_numbers(weights):
    """Return the scale of a filter, and its weights as whole numbers from -127 to 127."""
    return ...


# %% tags=["nbval-check-output"]
whole_numbers = check.exercise(
    check.quantised, my_whole_numbers, otherwise=check.whole_numbers
)


# %% tags=["solution"]
def my_whole_numbers(weights):
    """Return the scale of a filter, and its weights as whole numbers from -127 to 127."""
    scale = np.abs(weights).max() / 127
    return scale, np.round(weights / scale).astype("int8")


# %% [markdown]
# We try it on one filter of the last convolution. The filter is 1×1, so it has one weight for each of its 320 input
# channels. How large is the largest error?

# %%
weights = untouched.get_layer("top_conv").get_weights()[0][0, 0, :, 0]
scale, numbers = whole_numbers(weights)
for weight, number in zip(weights[:5], numbers[:5]):
    print(f"{weight:8.4f}  ≈  {scale:.5f} × {number:4d}  =  {scale * number:8.4f}")
print(f"largest error {np.abs(scale * numbers - weights).max():.5f}")
print(f"{weights.nbytes:,} bytes become {numbers.nbytes} and 4 for the scale")

# %% [markdown]
# No weight is off by more than half a scale, and the filter takes about a quarter of the bytes. Now the whole network.
# The converter does the same for each large layer, after it has multiplied each frozen batch norm into the filters in
# front of it. When the phone uses the file, what goes into these layers is rounded to 8 bits too.

# %%
import tempfile

from helpers import own_photo, phone

guide_head = trained_head(bag_features, bag_labels)
guide = keras.Sequential([keras.Input((96, 96, 3)), untouched, guide_head])
folder = tempfile.mkdtemp()  # for what Keras exports
files, settings = {}, {"as it is": [], "quantised": [tf.lite.Optimize.DEFAULT]}
with phone.quietly():  # without the many messages of these two
    guide.export(folder)
    for name, optimizations in settings.items():
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = optimizations
        files[name] = converter.convert()
for name, content in files.items():
    print(f"{name:10} {len(content) / 1e6:.2f} MB")

# %% [markdown]
# Test the file before you pass it on. The **interpreter**, the program that runs such files on a phone, runs here as
# well. `phone.answers` passes it the pictures batch by batch, with the interpreter's methods `set_tensor`, `invoke` and
# `get_tensor`. Does each file give the same answers as Keras, picture by picture?

# %%
guide_answers = guide.predict(bags.test.images, verbose=0)
labels = guide_answers.argmax(axis=1)
print(f"Keras      accuracy {np.mean(labels == bags.test.labels):.3f}")
for name, content in files.items():
    answers = phone.answers(content, bags.test.images)
    accuracy = np.mean(answers.argmax(axis=1) == bags.test.labels)
    same = np.mean(answers.argmax(axis=1) == labels)
    largest = np.abs(answers - guide_answers).max()
    line = f"same label for {same:.1%}, largest difference of a probability {largest:.6f}"
    print(f"{name:10} accuracy {accuracy:.3f}, {line}")
second, best = np.sort(guide_answers, axis=1)[:, -2:].T
close = np.sum(best - second < 2 * largest)
print(f"such a difference could turn the answer for {close} of {len(labels)} pictures")

# %% [markdown]
# The first file computes what Keras computes, up to rounding. The quantised one is just over a quarter of the size. Its
# probabilities differ by up to 0.20, yet not one label changes here. Only one picture has its two classes so close that
# such a difference could turn the answer.
#
# Report the accuracy of the file you ship, not that of the model. And we chose the head on these very pictures, so
# 0.945 is a little too optimistic. A real app needs one more test, on new photos.
#
# Now let the quantised file look at a photo of yours, as it would in the app. In the sample a cup hides a part of the
# sandal, and the file gets it wrong: handbag, 75%. It gets about one test picture in twenty wrong.

# %%
own_photo.classify(
    lambda images: phone.answers(files["quantised"], images),
    bags.class_names,
    sample=bags.test.images[1],
    alt="A drawn white sandal with a green cup in front of it",
)

# %% [markdown]
# **Try it: your museum.** Choose three or more objects in the room. Take 50 photos of each, from all sides, near and
# far, in different light. Take 50 more of the rest of the room, for a class "nothing". Then
#
# 1. put the photos of each object into a folder of its own, `my_museum/vase`, `my_museum/clock`, ...,
#    `my_museum/nothing`, beside this notebook;
# 2. in the cell near the top that begins with `bags =`, write `bags = datasets.from_folder("my_museum", size=(96, 96))`
#    in place of that line; run the cell, then the cell of section 2 that begins with `bag_features`, then this section;
# 3. look at the mistakes: with about ten test photos of each object, the accuracy is rough;
# 4. save the file with `open("guide.tflite", "wb").write(files["quantised"])`, and give it to somebody who builds apps.

# %%
quiz.ask("05b", "phone")

# %% [markdown]
# ## Key numbers
#
# The rows about handbags and shoes come from section 2, even if you have built a museum since.

# %%
alike, unlike = results["96 handbags and shoes"], results["480 digits"]
plots.key_numbers(
    {
        "digits, architecture only": first.mean(),
        "digits, features and a head": head_right.mean(),
        "digits, last blocks tuned": unlike["last blocks"].mean(),
        "digits, all blocks tuned": tuned_right.mean(),
        "handbags and shoes, head": alike["head"].mean(),
        "handbags and shoes, last blocks tuned": np.mean(list(alike.values())[1:]),
        "LiteRT file, MB": len(files["as it is"]) / 1e6,
        "LiteRT file, quantised, MB": len(files["quantised"]) / 1e6,
    }
)

# %% [markdown]
# ## Key points
#
# - On 480 digits the architecture alone did worst by far. The weights were the valuable part, as features or as a
#   start.
# - Features and a head are the first thing to try. Here, at a rate of 3e-4, tuning paid off on digits, which are unlike
#   the old pictures. On handbags and shoes, which resemble them, tuning the last blocks made the network worse.
# - Test the gain on the same pictures, with a paired test.
# - Start from the network that works best on ImageNet, among those that you can run.
# - Stacks of 3×3 filters see as far as large filters, with fewer weights.
# - Quantised weights are whole numbers and a scale. Before a file goes onto a phone, compare its answers with the
#   model's.
#
# Words of this lesson: architecture, block, stack, LiteRT, quantise, scale, interpreter.
#
# ## Where next
#
# - [Lesson 6](06_feature_visualization.ipynb) looks into such networks: what their filters respond to, and where in a
#   picture they look.
# - Back to [lesson 5](05_fine_tuning.ipynb) for what goes wrong in tuning.
#
# **Going further.** Jason Yosinski and others, *How transferable are features in deep neural networks?*, 2014, cut
# networks at every layer. Simon Kornblith, Jonathon Shlens and Quoc Le, *Do better ImageNet models transfer better?*,
# 2019, compare which network to start from.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

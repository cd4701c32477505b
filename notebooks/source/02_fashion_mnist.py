# %% [markdown]
# # 2. A network that learns its filters
#
# <!-- badges -->
#
# Topics: dense baseline, convolutional network, batch norm, ReLU, confusion, calibration.
#
# In lesson 1b the computer found the nine numbers of one filter, because we showed it the edges that we wanted. This
# time nobody can say which filters we want. We show a network pictures of clothes with their names, and it finds the
# filters that tell a coat from a dress. In section 6 it names 91 of 100 new pictures correctly. What made it that good?
#
# **You will learn**
#
# - to measure a simple network first, so that you can tell whether a better one is worth its trouble;
# - to build a convolutional network in Keras, and to count its parameters by hand;
# - what batch normalisation, global average pooling and depth contribute, one at a time;
# - to read a result: training curves, confusions, the worst mistakes, confidence;
# - what the *base* and the *top* of a network are. Transfer learning, from lesson 4 on, is built on this.
#
# You need lessons 1 and 1b. Plan <!-- minutes to teach --> minutes to teach it. The code runs for about
# <!-- time to run --> on two cores.

# %% tags=["setup"]
# setup

# %%
import math
from types import SimpleNamespace

import keras
import numpy as np
from keras import layers
from scipy import special

from helpers import check, convolution, datasets, plots, quiz, training

keras.utils.set_random_seed(0)

# %% [markdown]
# Each of these twelve is a T-shirt, a pullover, a coat or a shirt. Write down which. Section 7 tells you, and shows
# what the network of section 6 says.

# %%
data = datasets.fashion_mnist()
names = data.class_names
riddle = np.flatnonzero(np.isin(data.test.labels, [0, 2, 4, 6]))[:12]  # four kinds of tops
plots.image_grid(
    data.test.images[riddle],
    range(1, 13),
    columns=6,
    size=1.5,
    alt="Twelve small gray pictures of tops, numbered, without names.",
)

# %% [markdown]
# ## 1. What is in the data?
#
# Fashion-MNIST holds small gray pictures of ten kinds of clothing. It was made as a harder replacement for the
# handwritten digits of MNIST. If you don't have the real pictures, the course draws its own: same size, same ten class
# names. The stored outputs, and all comments on them, are about these drawings. With the real pictures your numbers are
# different: read yours.

# %%
print("training images:", data.train.images.shape, " test images:", data.test.images.shape)
examples = [np.flatnonzero(data.train.labels == label)[:6] for label in range(10)]
picked = np.concatenate(examples)
labels = data.train.labels[picked]
plots.image_grid(
    data.train.images[picked],
    [names[label] if n % 6 == 0 else "" for n, label in enumerate(labels)],
    columns=12,
    size=0.8,
    alt="Small gray pictures on black, six for each of the ten classes, from T-shirt to ankle boot.",
)

# %% [markdown]
# Which two classes would *you* mix up? Write your guess down. In section 7 we see which ones the network mixes up.
#
# We split the pictures into three parts. The network learns from the **training** images. The **validation** images,
# also called *held-out* images, help us decide how to build it. We use the **test** images throughout the lesson, but
# never to choose. If we chose a network by its test score, that score would be too good, because we would have picked
# the one that happens to suit these pictures.

# %%
held_out = len(data.train.images) // 12
x_train, y_train = data.train.images[:-held_out, ..., None], data.train.labels[:-held_out]
x_valid, y_valid = data.train.images[-held_out:, ..., None], data.train.labels[-held_out:]
x_test, y_test = data.test.images[..., None], data.test.labels
print("training", x_train.shape, " validation", x_valid.shape, " test", x_test.shape)

# %% [markdown]
# The last axis is for the channels. A gray picture has one. Its pixels run from 0 to 255, but networks learn best from
# small numbers. So each network below begins with a layer that divides by 255. That way you cannot forget it later.

# %% [markdown] syllabus="C1"
# ## 2. How far does a network without convolution get?
#
# Always measure something simple first. We call it the **baseline**: a better network has to beat it clearly. Ours
# flattens the picture and has one hidden layer of 128 neurons.


# %%
def dense_network():
    """One hidden layer on flattened pixels."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


# %% [markdown]
# The last layer first computes ten numbers, one score for each class. Such a score is called a **logit**; it can be
# negative, and it can be larger than 1. Then the **softmax**, the function at the end of this layer, turns the logits
# into probabilities: it takes $e$ to the power of each logit, and divides by the sum of all these powers. So each
# result is positive, and together they add up to 1.
#
# **Exercise 1.** Write the softmax for the logits of one picture. `np.exp` takes $e$ to the power of each entry of an
# array.


# %% tags=["exercise"]
def my_softmax(logits):
    """Turn an array of logits, one for each class, into probabilities."""
    return ...


# %% tags=["nbval-check-output"]
softmax = check.exercise(check.probabilities, my_softmax, otherwise=special.softmax)
print("logits 2, 1 and -1 become", softmax(np.array([2.0, 1.0, -1.0])).round(3))


# %% tags=["solution"]
def my_softmax(logits):
    """Turn an array of logits, one for each class, into probabilities."""
    powers = np.exp(logits)
    return powers / powers.sum()


# %% [markdown]
# We need six words for the training. You met most of them in lesson 1b, but here the loss is a different one.
#
# - The **loss** is the number that training makes smaller. Ours is the **cross-entropy**: minus the logarithm of the
#   probability that the network gives to the true class. If that probability is small, the loss is large. The loss of a
#   batch is the mean over its images. (Keras calls this cross-entropy *sparse* because each label is one number, 0 to
#   9, not a list of ten.)
# - A **batch** is a small group of training images, here 128. The network looks at one batch, and then every weight
#   takes one small step that makes the loss of this batch smaller.
# - The **learning rate** says how large these steps are. We begin with larger steps and let the rate fall smoothly to
#   0, along half a cosine wave.
# - The **optimizer** is the rule that turns gradients into steps. Ours is *Adam*, a version of gradient descent that
#   adapts the step for each weight.
# - An **epoch** is one pass through all training images.
# - The **accuracy** is the share of images whose class the network gets right. The loss is what training works on; the
#   accuracy is what we want to know in the end.
#
# We train nearly all networks of this lesson like this.


# %%
def prepare(model, epochs, images=None, rate=2e-3, batch=128):
    """Compile a model; the learning rate falls to 0 over these epochs and images."""
    steps = epochs * math.ceil((images or len(x_train)) / batch)
    falling = keras.optimizers.schedules.CosineDecay(rate, steps)
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(falling), loss, metrics=["accuracy"])
    return model


# %%
dense = prepare(dense_network(), epochs=8)
dense_history = dense.fit(
    x_train,
    y_train,
    batch_size=128,
    epochs=8,
    validation_data=(x_valid, y_valid),
    verbose=2,
)
dense_accuracy = dense.evaluate(x_test, y_test, batch_size=500, verbose=0)[1]
count = dense.count_params()
print(f"dense network, {count:,} parameters: {dense_accuracy:.3f} on the test images")

# %% [markdown]
# Guessing would be right once in ten; the dense network is right on 81% of the test images.
#
# How much of this 81% is luck? The initial weights and the order of the images are random. A **seed** fixes them. We
# train the same network with two more seeds. The number after ± is the standard deviation over the three runs.

# %%
dense_runs = [dense_accuracy]
for seed in (1, 2):
    keras.utils.set_random_seed(seed)
    model = prepare(dense_network(), epochs=8)
    model.fit(x_train, y_train, batch_size=128, epochs=8, verbose=0)
    dense_runs.append(model.evaluate(x_test, y_test, batch_size=500, verbose=0)[1])
mean, spread = np.mean(dense_runs), np.std(dense_runs, ddof=1)
print(f"dense network, 8 epochs: {mean:.3f} ± {spread:.3f} over 3 seeds")

# %% [markdown]
# So about 81% is our baseline on the drawn clothes.

# %% [markdown] syllabus="C2"
# ## 3. What does a convolutional network look like?
#
# The classic recipe has two convolutions. Each is followed by a pooling that halves height and width. Then the maps are
# flattened, and two dense layers decide.
#
# **Exercise 2.** Write this network in Keras, layer by layer, as in `dense_network` above:
#
# 1. the input, 28×28 pixels with one channel, and the division by 255;
# 2. a convolution, `layers.Conv2D`, with 32 filters of size 3, `padding="same"` and ReLU;
# 3. `layers.MaxPooling2D()`, which halves height and width;
# 4. a second convolution like the first, with 64 filters, and a second pooling;
# 5. the flattening, a dense layer of 128 neurons with ReLU, and a dense layer of 10 with softmax.


# %% tags=["exercise"]
def my_cnn():
    """Two convolutions with pooling, then two dense layers."""
    return ...


# %% tags=["nbval-check-output"]
basic_cnn = check.exercise(check.basic_cnn, my_cnn, otherwise=check.classic_network)


# %% tags=["solution"]
def my_cnn():
    """Two convolutions with pooling, then two dense layers."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


# %% [markdown]
# Here it is as a picture. Each box is the output of a layer. A taller box has larger maps, and a thicker one has more
# channels. A plain list of numbers is drawn as a bar. (Sizes are on a square-root scale, or the thin boxes would
# vanish.)

# %%
keras.utils.set_random_seed(0)
basic = basic_cnn()
titles = "input, conv 1, pool 1, conv 2, pool 2, flatten, dense 1, dense 2".split(", ")
shapes = {title: layer.output.shape[1:] for title, layer in zip(titles, basic.layers)}
plots.volumes(
    shapes,
    alt="Eight boxes: the maps shrink from 28 to 14 to 7 pixels and get thicker; then 3136, 128 and 10 numbers.",
)

# %% [markdown] syllabus="J5"
# **Exercise 3.** Count the parameters before you ask Keras. A convolution with 3×3 filters has
# (3 · 3 · input channels + 1) · filters parameters, as in lesson 1b. A dense layer has (inputs + 1) · neurons. How many
# numbers does the flattening pass on to `dense 1`?

# %% tags=["exercise"]
my_counts = {
    "conv 1": (3 * 3 * 1 + 1) * 32,
    "conv 2": ...,
    "dense 1": ...,
    "dense 2": ...,
}

# %% tags=["nbval-check-output"]
counts = check.exercise(check.parameter_counts, my_counts, otherwise=check.COUNTS)

# %% tags=["solution"]
my_counts = {
    "conv 1": (3 * 3 * 1 + 1) * 32,
    "conv 2": (3 * 3 * 32 + 1) * 64,
    "dense 1": (7 * 7 * 64 + 1) * 128,
    "dense 2": (128 + 1) * 10,
}

# %% tags=["nbval-check-output"]
print("layer    output shape       by hand    Keras    share")
for title, layer in zip(titles, basic.layers):
    shape, by_hand = str(layer.output.shape[1:]), counts.get(title, 0)
    count, share = layer.count_params(), layer.count_params() / basic.count_params()
    print(f"{title:8} {shape:14} {by_hand:11,} {count:8,} {share:8.1%}")
print(f"together {sum(counts.values()):26,} {basic.count_params():8,}")
conv, pool = (3, 1), (2, 2)  # window and stride
windows = {"conv 1": [conv], "conv 2": [conv, pool, conv], "pool 2": [conv, pool] * 2}
for name, steps in windows.items():
    field = convolution.receptive_field(steps)
    print(f"one number of {name} depends on {field} pixels across")

# %% [markdown] syllabus="C3"
# Look where the weights are. Both convolutions together have less than a twentieth of them. One dense layer has 95%,
# and a dense layer is what we wanted to get away from. Section 6 gets rid of it.
#
# Now read the column of shapes from top to bottom. Height and width shrink: 28, 14, 7. The number of channels grows: 1,
# 32, 64. There are fewer places and more kinds of features: less *where*, more *what*. Each number in a late map
# depends on more of the picture than one in an early map: 3 pixels across after the first convolution, 10 after the
# second pooling.

# %%
quiz.ask("02", "shapes")

# %% [markdown]
# ### Train it
#
# We put a copy of the first layer's random filters aside for section 4. Then we train for four epochs, half as many as
# the dense network had. After which epoch is the CNN's validation accuracy above the dense network's best?

# %%
filters_before = basic.layers[1].get_weights()[0]
basic = prepare(basic, epochs=4)
basic_history = basic.fit(
    x_train,
    y_train,
    batch_size=128,
    epochs=4,
    validation_data=(x_valid, y_valid),
    verbose=2,
)
basic_accuracy = basic.evaluate(x_test, y_test, batch_size=500, verbose=0)[1]
both = f"basic CNN: {basic_accuracy:.3f}, dense network: {dense_accuracy:.3f}"
print(both, "on the test images")


# %% [markdown]
# We tested both networks on the same images. So we can compare them picture by picture: only the pictures that exactly
# one of them gets right tell us anything. If the networks were equally good, each such picture would be a coin toss.
# **McNemar's test** gives the probability *p* that fair coins fall at least as unevenly as this. (Lesson 3 shows how it
# is computed.) In the output, *first* means the dense network and *second* the CNN.


# %%
def right_answers(model):
    """For each test image, whether the model is right."""
    return model.predict(x_test, batch_size=500, verbose=0).argmax(axis=1) == y_test


dense_right, basic_right = right_answers(dense), right_answers(basic)
print(training.mcnemar(dense_right, basic_right))

# %% [markdown]
# So luck with the test images does not explain the difference. (On the validation images, the CNN passes the dense
# network's best in its second epoch.) Luck in training is another matter: the CNN has one seed here. Section 5 compares
# the two networks again, with three seeds.

# %% [markdown] syllabus="C5"
# ## 4. What did the filters become?
#
# Here are the 32 filters of the first layer, before and after training, one above the other: filters 0 to 15 in the
# upper two rows, and 16 to 31 in the lower two. Red is positive, blue is negative, white is 0. Before training the
# numbers are random. What do you expect afterwards?

# %%
filters_after = basic.layers[1].get_weights()[0]
old, new = filters_before[:, :, 0], filters_after[:, :, 0]  # 3×3 numbers, 32 filters
rows = [old[..., :16], new[..., :16], old[..., 16:], new[..., 16:]]
largest = np.abs(new).max()
plots.image_grid(
    [row[..., n] for row in rows for n in range(16)],
    [title if n == 0 else "" for title in ["before", "after"] * 2 for n in range(16)],
    columns=16,
    size=0.62,
    cmap="RdBu_r",
    limits=(-largest, largest),
    alt="32 filters of 3 by 3 before training in pale colours, and below each the same filter after training.",
)

# %%
before, after = filters_before.reshape(9, 32), filters_after.reshape(9, 32)
alike = [np.corrcoef(before[:, n], after[:, n])[0, 1] for n in range(32)]
growth = np.linalg.norm(after, axis=0) / np.linalg.norm(before, axis=0)
still = np.sum(np.array(alike) > 0.8)
print(f"{still} of 32 filters still resemble their start (correlation above 0.8)")
print(f"{np.sum(growth > 1)} of 32 filters are stronger than at the start")

# %% [markdown]
# Training does not invent the filters from nothing. It starts from random ones and changes them. All 32 still resemble
# their start: their nine numbers go up and down in nearly the same pattern. (A correlation is 1 for the same pattern.
# It doesn't notice if all nine numbers shift by the same amount.) Nearly all filters have become stronger: the squares
# of their nine numbers add up to more than before.
#
# What a filter responds to is easier to see in its feature map. Below are the sums that eight filters give at each
# place of an ankle boot, without bias and ReLU. We chose the eight that changed most. What do the nine weights of each
# filter add up to, before and after?

# %%
boot = x_test[y_test == 9][0] / 255
most = np.argsort(np.linalg.norm(after - before, axis=0))[-8:][::-1]
old_maps = convolution.convolve2d(boot, filters_before[..., most], padding="same")
new_maps = convolution.convolve2d(boot, filters_after[..., most], padding="same")
largest = np.abs([old_maps, new_maps]).max()
print("filters        ", *[f"{n:5}" for n in most])
for name, weights in {"sum, before  ": before, "sum, after   ": after}.items():
    print(name, *[f"{total:5.2f}" for total in weights[:, most].sum(axis=0)])
plots.image_grid(
    [maps[..., n] for maps in (old_maps, new_maps) for n in range(8)],
    [f"{title}, {n}" for title in ("before", "after") for n in most],
    size=1.2,
    cmap="RdBu_r",
    limits=(-largest, largest),
    alt="Feature maps of an ankle boot for eight filters: the whole boot or its edges before training, mostly edges after it.",
)

# %% [markdown]
# Before training, the weights of four of these filters (16, 26, 6 and 3) add up to −0.2 or less, so their maps are blue
# on nearly the whole boot. After training all eight sums are close to 0, as in the edge filters that we designed in
# lesson 1. So the inside of the boot is paler in all four, and three of them show edges in red and blue. Filters 0, 9,
# 27 and 8 were edge filters by chance from the start; training made them stronger. So training turns some filters into
# edge detectors, like the ones that we designed in lesson 1, and strengthens others.

# %% [markdown] syllabus="A2"
# ## 5. Does it matter which pixels are neighbours?
#
# Lesson 1 claimed that a dense network ignores which pixels are neighbours, and that a convolutional network does not.
# We can test that. We shuffle the pixels of all images in the same way: each pixel moves to a new place, and this place
# is the same in every image. No information is lost, but a boot no longer looks like a boot. Which of the two networks
# will suffer?

# %%
order = np.random.default_rng(0).permutation(28 * 28)


def shuffle_pixels(images):
    """Move every pixel to a new place, the same one in every image."""
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)


plots.image_grid(
    [boot[..., 0], shuffle_pixels(boot[None])[0, ..., 0]],
    ["a boot", "the same, shuffled"],
    size=1.8,
    alt="An ankle boot, and the same pixels in random places: noise to the eye.",
)

# %% [markdown]
# One run proves little, so we train each network with three seeds. To save time we train on 1,000 images only, in
# batches of 32. `training.repeat` does what our loop did in section 2: for each seed it builds a network, fits it to
# `small_data.train`, and measures it on `small_data.test`.


# %%
def three_runs(name, build, train_images, test_images):
    """Train on 1,000 images with three seeds; print the test accuracies and return the runs."""
    train = train_images[:1000], y_train[:1000]
    small_data = SimpleNamespace(train=train, test=(test_images, y_test))
    runs = training.repeat(
        lambda: prepare(build(), 4, images=1000, batch=32),
        small_data,
        epochs=4,
        batch_size=32,
    )
    print(f"{name:24} {runs.mean:.3f} ± {runs.spread:.3f} ", *runs.accuracies.round(3))
    return runs


# %%
mixed_train, mixed_test = shuffle_pixels(x_train[:1000]), shuffle_pixels(x_test)
pictures = {"in place": (x_train, x_test), "shuffled": (mixed_train, mixed_test)}
shuffled = {}
for network, build in {"dense": dense_network, "CNN": basic_cnn}.items():
    for place, (train_images, test_images) in pictures.items():
        name = f"{network}, pixels {place}"
        shuffled[name] = three_runs(name, build, train_images, test_images)
plots.bars(
    {name: runs.mean for name, runs in shuffled.items()},
    xlabel="test accuracy with 1,000 training images, mean of three seeds",
    number_format="{:.3f}",
    alt="Four bars: the dense network scores about the same on both, the CNN clearly less when shuffled.",
)

# %% [markdown]
# Each line gives the mean of the three seeds ± their standard deviation, and then the accuracy with each seed. The
# dense network loses nothing. (Its two means differ by less than a point.) The convolutional network loses its lead
# with every seed: it falls from 0.76 to 0.66, and ends below the dense network. Its 3×3 windows now hold pixels that
# have nothing to do with each other. So a convolutional network is better because it makes use of the fact that
# neighbouring pixels belong together.

# %% [markdown] syllabus="C4"
# ## 6. What changed since the classic recipe?
#
# Three ideas, each a layer in Keras:
#
# - **Batch normalisation** (batch norm) comes after a convolution. It brings each channel to mean 0 and standard
#   deviation 1 over the batch. Then it multiplies by a number and adds another; both are learnt. The convolution needs
#   no bias, because subtracting the mean would remove it.
# - **Global average pooling** replaces the flattening. It keeps only the mean of each map, so we no longer need the
#   large dense layer.
# - **Dropout** sets some values to 0 at random, in training only. So no neuron can rely on just one other neuron.
#
# The modern network is also deeper: four convolutions instead of two. The block that repeats is convolution → batch
# norm → ReLU → pooling.
#
# **Exercise 4.** Write the block as a function. It returns a list of four layers: `layers.Conv2D` with 3×3 filters,
# `padding="same"` and `use_bias=False`, but no activation; `layers.BatchNormalization(momentum=0.9)`; `layers.ReLU()`;
# and `layers.MaxPooling2D()`.


# %% tags=["exercise"]
def my_block(filters):
    """Return a list of four layers: convolution, batch norm, ReLU, pooling."""
    return ...


# %% tags=["nbval-check-output"]
block = check.exercise(check.modern_block, my_block, otherwise=check.block_layers)


# %% tags=["solution"]
def my_block(filters):
    """Return a list of four layers: convolution, batch norm, ReLU, pooling."""
    return [
        layers.Conv2D(filters, 3, padding="same", use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.MaxPooling2D(),
    ]


# %% [markdown]
# While it trains, batch norm uses the mean and the variance of each batch. After training, we may want the answer for a
# single image. So batch norm also keeps a running mean and variance, and uses those after training. With `momentum=0.9`
# they follow quickly. With the usual 0.99 they follow ten times more slowly, and our training runs are short.
#
# Four blocks make the network, and the last one has no pooling. Where are the weights now?


# %%
def modern_cnn():
    """Four blocks, global average pooling, dropout and one small dense layer."""
    start = [keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)]
    blocks = [*block(16), *block(64), *block(128), *block(96)[:3]]
    mean, dropout = layers.GlobalAveragePooling2D(name="features"), layers.Dropout(0.1)
    top = layers.Dense(10, activation="softmax", name="top")
    return keras.Sequential([*start, *blocks, mean, dropout, top])


keras.utils.set_random_seed(0)
modern = modern_cnn()
for layer in modern.layers:
    if layer.count_params():
        print(f"{type(layer).__name__:20} {layer.count_params():8,}")
print(f"{'together':20} {modern.count_params():8,}   (basic CNN: {basic.count_params():,})")

# %% [markdown]
# Nearly all weights are in the convolutions. The last dense layer is tiny now: 970 weights instead of 401,536 and
# 1,290. (Batch norm has four numbers for each channel: two are learnt, and two are the running mean and variance.)
#
# We start this network with a larger learning rate, 0.005 instead of 0.002. Batch norm keeps the numbers inside at a
# steady size, and then larger steps usually go well.

# %%
modern = prepare(modern, epochs=5, rate=5e-3)
modern_history = modern.fit(
    x_train,
    y_train,
    batch_size=128,
    epochs=5,
    validation_data=(x_valid, y_valid),
    verbose=2,
)
modern_accuracy = modern.evaluate(x_test, y_test, batch_size=500, verbose=0)[1]
modern_right = right_answers(modern)
both = f"modern CNN: {modern_accuracy:.3f}, basic CNN: {basic_accuracy:.3f}"
print(both, "on the test images")
print("basic CNN first, modern CNN second:", training.mcnemar(basic_right, modern_right))

# %% [markdown]
# The modern network is better, with less than half of the parameters. (One seed each. The ablation below has three
# seeds, but for smaller networks.) But it needs about 50% more multiplications for each picture: 6.5 million instead of
# 4.2 million. Fewer weights do not mean less work, because a convolution uses each weight at every place.
#
# ### Which of the changes made it better?
#
# This result does not say. The two networks differ in batch norm, the mean, dropout, the number of convolutions and
# filters, the epochs and the learning rate. To learn what a part contributes, change this part and nothing else. Such
# an experiment is called an **ablation**. We do it on a smaller network with three blocks, always with 1,000 images,
# four epochs, the same learning rates and the same three seeds.


# %%
def small_network(blocks=3, norm=True, mean=True):
    """Up to three blocks, with or without batch norm, then a mean or all values, then the top."""
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    for filters in (16, 32, 64)[:blocks]:
        model.add(layers.Conv2D(filters, 3, padding="same", use_bias=not norm))
        if norm:
            model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
    model.add(layers.GlobalAveragePooling2D() if mean else layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    return model


# %%
variants = {
    "three blocks": small_network,
    "without batch norm": lambda: small_network(norm=False),
    "flatten, no mean": lambda: small_network(mean=False),
    "two blocks": lambda: small_network(blocks=2),
}
for name, build in variants.items():
    three_runs(f"{name:20} {build().count_params():8,} parameters:", build, x_train, x_test)
runs = shuffled["CNN, pixels in place"]  # of section 5, trained in the same way
print(f"{'basic CNN':20} {basic.count_params():8,} parameters:", end=" ")
print(f"{runs.mean:.3f} ± {runs.spread:.3f} ", *runs.accuracies.round(3))

# %%
quiz.ask("02", "ablation")

# %% [markdown]
# Each row differs from the first in one thing only, except for the basic CNN. The number after ± is the standard
# deviation over the three seeds, which follow.
#
# - **Batch norm.** Without it, each seed is about 20 points worse. That is far more than the spread.
# - **Depth.** With two blocks instead of three, each seed is about 25 points worse, or more.
# - **Global average pooling.** It does not help here. With the flattening, each seed is better, by nearly four points
#   on average. What the mean does save is weights, and most where the maps are large: in the basic CNN, the layer after
#   the flattening has 401,536 of them.
#
# Dropout is not in this table, so we cannot say what it does here.
#
# So here batch norm and depth pay off, and the mean does not. On average, the small network with three blocks scores
# one or two points less than the basic CNN, with a seventeenth of its weights. All this is true after four epochs on
# 1,000 images. After a longer training the differences may be smaller. And the table does not say *why*: a network with
# two blocks has fewer layers, but also fewer weights and a smaller view of the picture.

# %% [markdown] syllabus="C7"
# ### Why ReLU, and not a smooth curve?
#
# For decades, neurons used smooth curves such as tanh, which stays between −1 and 1. ReLU is simpler: 0 for negative
# numbers, and the number itself for positive ones. For learning, what matters is the slope $g'$. The gradient travels
# back through all layers, and in each layer it is multiplied by the weights and by this slope. What happens to it where
# tanh is flat?

# %%
x = np.linspace(-4, 4, 201)
plots.curves(
    {
        "tanh": (x, np.tanh(x)),
        "slope of tanh": (x, 1 - np.tanh(x) ** 2),
        "ReLU": (x, np.maximum(x, 0)),
        "slope of ReLU": (x, np.where(x == 0, np.nan, x > 0)),  # none at the corner
    },
    xlabel="input x",
    ylabel="g(x), and its slope g'(x)",
    alt="tanh is flat on both sides, with a slope near 0; ReLU is 0 on the left and rises with slope 1 on the right.",
)

# %%
quiz.ask("02", "slope")

# %% [markdown]
# In 2012, the AlexNet paper compared the two on the small photos of CIFAR-10. A convolutional network of four layers
# reached 25% training error (three in four training images right) six times faster with ReLU than with tanh. Each of
# the two had the learning rate at which it trained fastest. Batch norm and Adam did not exist yet.
#
# We repeat the race on a small scale, with 2,000 images, four convolutions and no batch norm. But we run it three
# times. The first race has raw pixels (0 to 255) and plain gradient descent (SGD). The second uses Adam instead of SGD.
# The third keeps SGD and scales the pixels to 0 to 1. That needs a larger learning rate, so two things change.
#
# Unlike in the paper, ReLU and tanh share one learning rate in each race. In which of the three do you expect ReLU to
# be far ahead?


# %%
def racer(activation, scale):
    """Four small convolutions and two dense layers, with a choice of activation."""
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(scale)])
    for filters, strides in [(16, 2), (32, 2), (32, 1), (32, 1)]:
        model.add(layers.Conv2D(filters, 3, strides, "same", activation=activation))
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation=activation))
    model.add(layers.Dense(10, activation="softmax"))
    return model


# %%
races = {
    "raw pixels, SGD": (1, keras.optimizers.SGD, 1e-3),
    "raw pixels, Adam": (1, keras.optimizers.Adam, 1e-3),
    "scaled pixels, SGD": (1 / 255, keras.optimizers.SGD, 1e-1),
}
images, labels = x_train[:2000], y_train[:2000]
print("first epoch with a training error of at most 25% (accuracy at the end)")
for name, (scale, optimizer, rate) in races.items():
    print(f"{name:20}", end="")
    for kind in ("ReLU", "tanh"):
        keras.utils.set_random_seed(0)
        model = racer(kind.lower(), scale)
        loss = "sparse_categorical_crossentropy"
        model.compile(optimizer(rate), loss, metrics=["accuracy"])
        history = model.fit(images, labels, batch_size=32, epochs=6, verbose=0)
        accuracy = np.array(history.history["accuracy"])
        first = np.argmax(accuracy >= 0.75) + 1 if accuracy.max() >= 0.75 else "none"
        print(f"  {kind} {first:>5} ({accuracy[-1]:.2f})", end="")
    print()

# %%
for name, scale in {"raw pixels": 1, "scaled pixels": 1 / 255}.items():
    keras.utils.set_random_seed(0)
    sums = racer("linear", scale).layers[1](scale * x_train[:500].astype("float32")).numpy()
    slope = np.mean(1 - np.tanh(sums[sums != 0]) ** 2)  # on the clothes, not on the black
    print(f"{name}: mean slope of tanh in the first layer, before training {slope:.2f}")

# %% [markdown]
# Only in the first race is tanh far behind: after six epochs with raw pixels and SGD, it gets 58% of its training
# images right, and ReLU gets more than 75%. The two mean slopes suggest why. Raw pixels drive tanh to where it is flat,
# so little gradient comes back. With scaled pixels and the larger learning rate, tanh is at least as fast as ReLU. Adam
# alone helps as well, with raw pixels: it divides each gradient by its usual size, so small gradients no longer mean
# small steps. (These are single runs. Only the first race shows a large difference.)
#
# So the lead of ReLU depends on the pixels, the optimizer and the learning rates. AlexNet's factor of six belongs to
# the network and the training of its time; our races do not explain it. ReLU is still the usual choice. It costs almost
# nothing to compute, and it does not go flat for large positive inputs.

# %% [markdown] syllabus="C6"
# ## 7. What do the results really say?
#
# ### Training curves
#
# These curves show the loss and the accuracy for each epoch. Filled marks are training, open marks validation. A gap
# that grows between the two is called **overfitting**: the network learns what is true of the training images only. (In
# the first epochs, validation may look *better*. The training accuracy is a mean over the epoch, while the network
# still improves. Validation is measured at its end.)

# %%
plots.learning_curves(
    {"dense": dense_history, "basic CNN": basic_history, "modern CNN": modern_history},
    alt="Over the epochs, loss falls and accuracy rises for three networks; the modern CNN ends with the lowest loss and the highest accuracy.",
)

# %% [markdown]
# The modern CNN has the largest gap, more than two points: at the end, about 94% on the training images and 92% on
# the validation images. It is also the best on both. So a gap alone does not make a network bad; it becomes a problem
# when the validation accuracy falls while the training accuracy still rises. No network here does that.
#
# The dense network and the basic CNN have smaller gaps, of less than two points; both end below the modern one. (The
# curves have different lengths: 8, 4 and 5 epochs.)
#
# ### Which classes does it mix up?
#
# In a **confusion matrix** each row is a true class, and each column an answer. Right answers are on the diagonal.
# Compare with the guess that you wrote down.

# %%
probabilities = modern.predict(x_test, batch_size=500, verbose=0)
answers = probabilities.argmax(axis=1)
plots.confusion_matrix(
    y_test,
    answers,
    names,
    alt="Ten by ten counts: nearly all on the diagonal, most others between T-shirt, pullover, coat and shirt.",
)

# %%
wrong = answers != y_test
tops, shoes = [0, 2, 4, 6], [5, 7, 9]
among = np.mean(np.isin(y_test, tops) & np.isin(answers, tops), where=wrong)
found = np.bincount(y_test[~wrong], minlength=10) / np.bincount(y_test)
worn = np.isin(y_test, shoes)
print(f"{wrong.sum()} mistakes, {among:.0%} of them among the four kinds of tops")
print(f"hardest class: {names[found.argmin()]}, {found.min():.0%} of them found")
print(f"footwear: {np.sum(wrong & worn)} mistakes on {worn.sum()} pictures")
print("riddle:     ", ", ".join(names[label] for label in y_test[riddle]))
print("the network:", ", ".join(names[answer] for answer in answers[riddle]))

# %% [markdown]
# More than four in five of the mistakes stay within the four kinds of tops, and the shirt is the hardest class: the
# network finds fewer than two thirds of the shirts. The pair mixed up most often is shirt and pullover, in both
# directions. Most of the mistakes on footwear are ankle boots that were called sneakers. The real pictures are similar:
# tops are hardest, and sneakers and ankle boots come next.
#
# The last two lines answer the riddle at the top. The network names all twelve correctly. Did you? (It was lucky
# here: of all the tops, it gets about four in five right.)

# %%
quiz.ask("02", "confusion")

# %% [markdown]
# ### The worst mistakes
#
# Which wrong answers was the network most certain of? Look at these first, whenever you train a network. They tell you
# about the network, and in photos sometimes about a wrong label. Would you have known better?

# %%
sure = probabilities.max(axis=1)
worst = np.argsort(np.where(wrong, sure, 0))[-12:][::-1]
plots.image_grid(
    x_test[worst, ..., 0],
    [f"{names[answers[n]]}? {sure[n]:.0%}\nis: {names[y_test[n]]}" for n in worst],
    columns=6,
    size=1.5,
    alt="Twelve test pictures with the network's wrong answer, its probability and the true class above each.",
)

# %% [markdown]
# Half of these twelve are shirts. In most of them there is hardly anything that you would not see on a T-shirt or a
# pullover too. One that the network calls a coat has a dark strip down the front, but coats have that too. Three are
# ankle boots that look like sneakers, and three are pullovers, two of them with short sleeves. Nobody could be sure of
# some of these: at 28×28 pixels, a detail such as a button is only one or two pixels wide.
#
# ### When it says 90%, is it right 90% of the time?
#
# The largest of the ten probabilities is the network's **confidence**. Can we trust it? Sort the test pictures by
# confidence into ten bins: 0 to 10%, 10 to 20%, and so on. (The first stays empty: the largest of ten probabilities
# is at least 10%.) If we can trust it, the share of right answers in each bin is about as large as the confidence.
#
# **Exercise 5.** Write the share of right answers in one bin. `confidence` holds a number for each picture, and `right`
# is True where the answer is right. A picture belongs to the bin if `low < confidence <= high`. In NumPy, `&` joins two
# conditions, each in brackets of its own. True counts as 1 and False as 0, so the mean of such an array is the share of
# True.


# %% tags=["exercise"]
def my_share(confidence, right, low, high):
    """Return the share of right answers among the pictures with low < confidence <= high."""
    return ...


# %% tags=["nbval-check-output"]
share_in_bin = check.exercise(check.right_in_bin, my_share, otherwise=check.share_of_right)


# %% tags=["solution"]
def my_share(confidence, right, low, high):
    """Return the share of right answers among the pictures with low < confidence <= high."""
    inside = (confidence > low) & (confidence <= high)
    return right[inside].mean()


# %% [markdown]
# Now we do this for all bins and both convolutional networks. A network is **calibrated** if its points lie on the
# diagonal. Below the diagonal, it is too confident. The number beside a point says how many pictures are in the bin;
# bins with fewer than 20 are not drawn. The **expected calibration error** is the mean distance from the diagonal, each
# bin weighted by its pictures.

# %%
basic_probabilities = basic.predict(x_test, batch_size=500, verbose=0)
bins = {}
for name, said in {"basic CNN": basic_probabilities, "modern CNN": probabilities}.items():
    confidence, right = said.max(axis=1), said.argmax(axis=1) == y_test
    rows = []
    for low in np.arange(10) / 10:
        inside = (confidence > low) & (confidence <= low + 0.1)
        if inside.any():
            share = share_in_bin(confidence, right, low, low + 0.1)
            rows.append((confidence[inside].mean(), share, inside.sum()))
    means, shares, sizes = np.array(rows).T
    bins[name] = {"confidence": means, "accuracy": shares, "count": sizes.astype(int)}
    bins[name]["error"] = np.sum(np.abs(means - shares) * sizes) / len(y_test)
    print(f"{name}: expected calibration error {bins[name]['error']:.3f}")
plots.reliability_diagram(
    bins,
    alt="Share of right answers against confidence for two networks, with the number of pictures in each bin.",
)

# %%
quiz.ask("02", "confidence")

# %% [markdown]
# In three of the seven bins drawn for it, the basic CNN lies 6 to 8 points above the diagonal: there it does not look
# confident enough. The modern one is closer to the diagonal in most bins. At about 0.75 and 0.86 it lies below: there
# it looks too confident. But with 50 to 150 pictures in a bin, most of these distances can be chance. Most pictures are
# in the last bin, where both networks are nearly always right.
#
# The calibration error of the modern network is about half that of the basic one (0.01 and 0.02, one seed each). But a
# more accurate network need not be better calibrated, so measure both.

# %% [markdown] syllabus="C8"
# ## 8. What can be used again?
#
# Cut the modern network in two. The **base** is everything up to and including the global average pooling. It turns a
# picture into 96 numbers that describe it. The **top** is the last dense layer. It turns these numbers into ten
# probabilities, one for each class. (Dropout does nothing outside training.)

# %%
base = keras.Model(modern.inputs, modern.get_layer("features").output, name="base")
ends = {"block 1": 4, "block 2": 8, "block 3": 12, "block 4": 15, "mean": 16, "top": 18}
shapes = {title: modern.layers[n].output.shape[1:] for title, n in ends.items()}
plots.volumes(
    {"input": (28, 28, 1)} | shapes,
    cut=6,
    alt="The modern network as boxes with a line before the last one: left the base, right the top.",
)

# %% [markdown]
# The base has seen sleeves, soles and straps. Only the top gives names. So keep the base and change the top. The new
# task: *is it worn on the feet?* We show the new top only 100 of the validation pictures, which the base has not been
# trained on, and train nothing else. It has one neuron, with a **sigmoid**: this function gives one number between 0
# and 1, the probability of *yes*. (Its loss is the cross-entropy for two answers, yes and no.) For comparison, a second
# top of the same kind gets the raw pixels of the same 100 pictures.


# %%
def train_top(train_numbers, test_numbers, classes=shoes):
    """Train a new top on a few pictures, each given as numbers; return its test accuracy."""
    keras.utils.set_random_seed(0)
    neuron = layers.Dense(1, activation="sigmoid")
    top = keras.Sequential([keras.Input(train_numbers.shape[1:]), neuron])
    top.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy", metrics=["accuracy"])
    wanted = np.isin(y_valid[: len(train_numbers)], classes)
    top.fit(train_numbers, wanted, epochs=30, verbose=0)
    return top.evaluate(test_numbers, np.isin(y_test, classes), verbose=0)[1]


few, many = x_valid[:100], x_test
pixel_accuracy = train_top(few.reshape(100, -1) / 255, many.reshape(len(many), -1) / 255)
base_accuracy = train_top(base.predict(few, verbose=0), base.predict(many, verbose=0))
print(f"784 pixels: {pixel_accuracy:.3f}   96 numbers of the base: {base_accuracy:.3f}")
print(f"always answering no: {1 - np.isin(y_test, shoes).mean():.3f}")

# %% [markdown]
# With the 96 numbers of the base, the new top is right on practically every test picture. With raw pixels it is right
# on 95%. (One seed each. Always answering *no* would be right on 70%.) So what the base has learnt on one task is
# useful for another. That is the idea of transfer learning. It was easy here, because the base had seen shoes. In
# lesson 4 the base comes from entirely different pictures.
#
# **Try it.** Ask the same base another question, such as "Does it have sleeves?": call `train_top` as above, and add
# `classes=[...]` with the labels of the classes that have sleeves. (`list(enumerate(names))` shows the labels.) Then
# give it the base's 96 numbers for only the first ten pictures, `base.predict(few[:10], verbose=0)`.
#
# <details>
# <summary>An answer</summary>
#
# With `classes=[0, 2, 4, 6]` we got 99% with 100 pictures and 98% with ten. (With 100 pictures, raw pixels got 83%.)
# Some dresses have sleeves too, so these four classes are only roughly the answer. With ten pictures, *worn on the
# feet* falls to 84%.
#
# </details>
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{data.name}, {data.origin}",
        "parameters, dense network": dense.count_params(),
        "parameters, basic CNN": basic.count_params(),
        "parameters, modern CNN": modern.count_params(),
        "test accuracy, dense network": dense_accuracy,
        "test accuracy, basic CNN": basic_accuracy,
        "test accuracy, modern CNN": modern_accuracy,
        "calibration error, modern CNN": bins["modern CNN"]["error"],
        "worn on the feet, from 100 pictures, pixels": pixel_accuracy,
        "worn on the feet, from 100 pictures, base": f"{base_accuracy:.3f}",
    }
)

# %% [markdown]
# ## Key points
#
# - Measure a simple baseline first, and judge on images that no decision has seen.
# - Pooling makes the maps smaller, and the convolutions make more of them: less *where*, more *what*.
# - Most weights of the classic network are in one dense layer. With global average pooling we don't need it.
# - Filters are learnt, but training starts from random ones and changes them step by step.
# - To say what a part contributes, change only this part, and use several seeds.
# - Look at more than the accuracy: which classes are mixed up, what the worst mistakes look like, and whether the
#   confidence can be trusted.
# - When you quote an accuracy, also say how many test images and how many seeds are behind it.
#
# ## Where next
#
# - Back to [lesson 1b](01b_filters_to_layers.ipynb) if a shape or a count was not clear.
# - The next lesson leaves thousands of tidy pictures for fewer than 100 photos of handbags and shoes.
#
# **Going further.** Han Xiao, Kashif Rasul and Roland Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking
# machine learning algorithms*, 2017. Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton, *ImageNet classification with
# deep convolutional neural networks*, 2012, has the race between ReLU and tanh. Chuan Guo and others, *On calibration
# of modern neural networks*, 2017.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Fashion-MNIST: Zalando Research, MIT.*

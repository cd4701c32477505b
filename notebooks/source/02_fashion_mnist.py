# %% [markdown]
# # 2. A network that learns its filters
#
# <!-- badges -->
#
# Topics: dense baseline, convolutional network, batch norm, ReLU, confusion, calibration.
#
# In lesson 1 you chose nine numbers and looked at what they did. Now nobody chooses them. We give a network
# pictures of clothes and their names, and let it find the filters that tell a coat from a dress.
#
# **You will learn**
#
# - how far a network without convolution gets, and why that is the first thing to measure;
# - how to build a convolutional network in Keras and count each of its parameters by hand;
# - what batch normalisation, dropout and global average pooling are for;
# - how to read a result: curves, confusions, worst mistakes, honest confidence;
# - what *base* and *top* mean, two words that the rest of the course lives on.

# %% tags=["setup"]
# setup

# %%
import dataclasses

import keras
import numpy as np
from keras import layers

from helpers import convolution, datasets, plots, quiz, training

keras.utils.set_random_seed(0)

# %% [markdown]
# ## 1. What is in the data?
#
# Fashion-MNIST holds small gray pictures of ten kinds of clothing. It was made as a harder stand-in for the
# handwritten digits of MNIST. Where the real set cannot be had, the course uses clothes that it draws itself,
# of the same size and with the same ten names. A notice says so.

# %%
data = datasets.fashion_mnist()
names = data.class_names
print("training images:", data.train.images.shape, " test images:", data.test.images.shape)

# %%
examples = [np.flatnonzero(data.train.labels == label)[:6] for label in range(10)]
picked = np.concatenate(examples)
plots.image_grid(
    data.train.images[picked],
    [
        names[label] if n % 6 == 0 else ""
        for n, label in enumerate(data.train.labels[picked])
    ],
    columns=12,
    size=0.75,
    alt="Small gray pictures on black, six for each of the ten classes, from T-shirt to ankle boot.",
)

# %% [markdown]
# Which classes would *you* mix up? Write your guess down; section 7 tells what the network mixes up.
#
# We need three parts. The network learns from the **training** images. We watch it on the **validation**
# images while we decide how to build it. The **test** images stay closed until a network is finished, because
# whoever chooses with the test set in view finds a network that fits that test set.

# %%
held_out = len(data.train.images) // 12
x_train, y_train = data.train.images[:-held_out, ..., None], data.train.labels[:-held_out]
x_valid, y_valid = data.train.images[-held_out:, ..., None], data.train.labels[-held_out:]
x_test, y_test = data.test.images[..., None], data.test.labels
print("training", x_train.shape, " validation", x_valid.shape, " test", x_test.shape)

# %% [markdown]
# The last axis is the channel: these pictures have one. Their pixels run from 0 to 255, and networks learn
# best from small numbers, so each network below begins with a layer that divides by 255. Inside the network,
# the division cannot be forgotten when the network is used.

# %% [markdown] syllabus="C1"
# ## 2. How far does a network without convolution get?
#
# Always measure something simple first. Otherwise you cannot know whether the clever network is any good.
# Our **baseline** flattens the image and has one hidden layer of 128 neurons.


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
# This network and the next are trained in one way, so that their results can be compared. **Adam** is gradient
# descent that finds a step of its own for each weight. **Cross-entropy** is the loss: it is large where the
# true class got a small probability. And the **learning rate** falls from its start to 0 along half a cosine:
# large steps first, when there is far to go, and small ones last.


# %%
def compiled(model, epochs, rate=2e-3):
    """Make a model ready for so many epochs of training."""
    steps = epochs * len(x_train) // 128
    falling = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(
        keras.optimizers.Adam(falling),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


fit = {"batch_size": 128, "validation_data": (x_valid, y_valid), "verbose": 2}

# %%
dense = compiled(dense_network(), epochs=4)
dense_history = dense.fit(x_train, y_train, epochs=4, **fit)

# %% tags=["nbval-check-output"]
print("first dense layer: ", (28 * 28 + 1) * 128)
print("second dense layer:", (128 + 1) * 10)
print(
    "together:",
    (28 * 28 + 1) * 128 + (128 + 1) * 10,
    " Keras counts:",
    dense.count_params(),
)

# %%
dense_accuracy = dense.evaluate(x_test, y_test, batch_size=500, verbose=0)[1]
print(f"dense network, test accuracy: {dense_accuracy:.3f}")

# %% [markdown]
# Guessing would be right once in ten. On the real Fashion-MNIST expect more than 85 %; the drawn clothes shift
# and turn more, which is hard for this network. Keep the number in mind: a convolutional network must beat it
# clearly to be worth its trouble.

# %% [markdown] syllabus="C2"
# ## 3. What does a convolutional network look like?
#
# Two convolutions, each followed by a ReLU and a pooling that halves height and width. Then the maps are
# flattened and two dense layers decide. This is the classic recipe.


# %%
def basic_cnn():
    """Two convolutions with pooling, then two dense layers."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv_1"),
            layers.MaxPooling2D(name="pool_1"),
            layers.Conv2D(64, 3, padding="same", activation="relu", name="conv_2"),
            layers.MaxPooling2D(name="pool_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="dense_1"),
            layers.Dense(10, activation="softmax", name="dense_2"),
        ]
    )


# %% [markdown] syllabus="J5"
# Before you ask Keras, count the parameters yourself. A convolution with 3×3 filters on $C_i$ channels has
# $(3 \cdot 3 \cdot C_i + 1) \cdot K$ of them; a dense layer has (inputs + 1) × neurons. How many numbers does
# the flattening hand on?

# %%
quiz.ask("02", "second-convolution")

# %% tags=["nbval-check-output"]
by_hand = {
    "conv_1": (3 * 3 * 1 + 1) * 32,
    "pool_1": 0,
    "conv_2": (3 * 3 * 32 + 1) * 64,
    "pool_2": 0,
    "flatten": 0,
    "dense_1": (7 * 7 * 64 + 1) * 128,
    "dense_2": (128 + 1) * 10,
}
basic = compiled(basic_cnn(), epochs=4)
print("layer     output shape       by hand    Keras")
for name, count in by_hand.items():
    layer = basic.get_layer(name)
    print(f"{name:9} {str(layer.output.shape[1:]):16} {count:9,} {layer.count_params():8,}")
print(f"together {sum(by_hand.values()):28,} {basic.count_params():8,}")

# %% tags=["nbval-check-output"]
share = by_hand["dense_1"] / sum(by_hand.values())
print(f"share of the weights in one dense layer: {share:.1%}")
print(
    "the course's helper counts the second convolution as",
    convolution.count_parameters(3, 32, 64),
)

# %% [markdown]
# Look where the weights are. Both convolutions together are less than a twentieth of the network. Nearly all of it sits
# in one dense layer, the kind of layer we wanted to get away from. Section 6 gets rid of it.

# %% [markdown] syllabus="C3"
# ### What happens to the shapes?
#
# Read the column of output shapes again, from top to bottom. Height and width shrink: 28, 14, 7. Depth grows:
# 1, 32, 64. The network gives up *where* and gains *what*. A number in the last maps sees a larger part of
# the picture than one in the first. How large?

# %% tags=["nbval-check-output"]
print("conv_1 sees", convolution.receptive_field([3]), "pixels across")
print("conv_2 sees", convolution.receptive_field([3, (2, 2), 3]), "pixels across")
print("pool_2 sees", convolution.receptive_field([3, (2, 2), 3, (2, 2)]), "pixels across")

# %%
quiz.ask("02", "shapes")

# %% [markdown]
# ### Train it
#
# Before that, we put the first layer's filters aside, as they are at random, for a comparison later. Watch
# the validation accuracy: when does the network pass the baseline?

# %%
filters_before = basic.get_layer("conv_1").get_weights()[0]
basic_history = basic.fit(x_train, y_train, epochs=4, **fit)

# %%
basic_accuracy = basic.evaluate(x_test, y_test, batch_size=500, verbose=0)[1]
print(
    f"basic CNN, test accuracy: {basic_accuracy:.3f}  (dense network: {dense_accuracy:.3f})"
)

# %% [markdown] syllabus="C5"
# ## 4. What did the filters become?
#
# All 32 filters of the first layer, before training and after, drawn to one scale: bright is positive, dark
# is negative, mid-gray is 0. Before training they are noise. What do you expect after it?

# %%
filters_after = basic.get_layer("conv_1").get_weights()[0]
largest = np.abs(filters_after).max()
plots.channel_grid(
    filters_before[:, :, 0],
    columns=16,
    size=0.55,
    limits=(-largest, largest),
    heading="before training",
    alt="32 filters of 3 by 3 before training: noise around mid-gray.",
)

# %%
plots.channel_grid(
    filters_after[:, :, 0],
    columns=16,
    size=0.55,
    limits=(-largest, largest),
    heading="after training",
    alt="The same 32 filters after training: still recognisable, most with more contrast.",
)

# %% [markdown]
# Most are still recognisable, and most have gained contrast. What a filter looks for shows better in what it
# lets through. Here are feature maps of one ankle boot, first through the filters as they were and then as they
# are now. Which of them show the sole, which the shaft, which only one side?

# %%
boot = x_test[y_test == 9][0] / 255


def maps_of_boot(filters):
    """Feature maps of the boot for the first 16 filters, without bias, after ReLU."""
    return convolution.relu(convolution.convolve2d(boot, filters[..., :16], padding="same"))


brightest = maps_of_boot(filters_after).max()
plots.channel_grid(
    maps_of_boot(filters_before),
    limits=(0, brightest),
    heading="one boot through 16 filters, before training",
    alt="Sixteen feature maps of an ankle boot from random filters: dim, some whole, some edges, some black.",
)

# %%
plots.channel_grid(
    maps_of_boot(filters_after),
    limits=(0, brightest),
    heading="the same, after training",
    alt="The same boot through the trained filters: brighter, and edges of the boot where maps were black.",
)

# %% [markdown]
# Compare the two, map by map; both are drawn to one scale. Random filters let edges through as well. After
# training the maps are stronger, and some show an edge where there was next to nothing. No filter was drawn
# anew: training begins with what each happens to do, and turns up what helps.

# %% [markdown] syllabus="A2"
# ## 5. Does the network use what is next to what?
#
# Lesson 1 claimed that a dense network does not care which pixels are neighbours, and that a convolutional
# one does. Test it: shuffle all pixels, with **one** permutation for all images. No information is lost, but
# a boot no longer looks like a boot. Which of the two networks will suffer?

# %%
order = np.random.default_rng(0).permutation(28 * 28)


def shuffle_pixels(images):
    """Move every pixel to its new place, the same place in each image."""
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)


plots.image_grid(
    [boot[..., 0], shuffle_pixels(boot[None])[0, ..., 0]],
    ["a boot", "the same, shuffled"],
    size=1.8,
    alt="An ankle boot, and the same pixels in random places: noise to the eye.",
)


# %%
def accuracy_after(build, change):
    """Test accuracy after a short training on 11,000 images, all changed in the same way."""
    keras.utils.set_random_seed(0)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        change(x_train[:11_000]), y_train[:11_000], batch_size=64, epochs=3, verbose=0
    )
    return model.evaluate(change(x_test), y_test, batch_size=500, verbose=0)[1]


def keep_pixels(images):
    """Change nothing."""
    return images


shuffled = {
    "dense, pixels in place": accuracy_after(dense_network, keep_pixels),
    "dense, pixels shuffled": accuracy_after(dense_network, shuffle_pixels),
    "CNN, pixels in place": accuracy_after(basic_cnn, keep_pixels),
    "CNN, pixels shuffled": accuracy_after(basic_cnn, shuffle_pixels),
}

# %%
plots.bars(
    shuffled,
    xlabel="test accuracy after a short training on 11,000 images",
    number_format="{:.3f}",
    alt="Four bars: the dense network scores about the same on both, the CNN clearly less when shuffled.",
)

# %% [markdown]
# The dense network does not notice, apart from the luck of its start. The convolutional network loses what
# made it better: its 3×3 windows now hold pixels that have nothing to do with each other. So the gain of
# section 3 really came from neighbourhood.

# %% [markdown] syllabus="C4"
# ## 6. What changed since the classic recipe?
#
# Three ideas, each a layer in Keras:
#
# - **Batch normalisation** after a convolution brings each channel to mean 0 and deviation 1 over the batch,
#   then lets the network learn a better mean and deviation. Later layers get numbers of a steady size, so
#   larger steps are safe. The convolution needs no bias then, since the mean is taken away again.
# - **Dropout** silences some values at random during training, so that no neuron can rely on a single other one.
# - **Global average pooling** replaces the flattening: of each map only its mean is kept, and the huge dense
#   layer is gone.
#
# The block that repeats is convolution → batch norm → ReLU → pooling. Pooling may also come earlier. Why can
# a maximum and a ReLU change places?

# %% tags=["nbval-check-output"]
some = np.random.default_rng(0).normal(size=(8, 8))
first_relu = convolution.max_pool2d(convolution.relu(some))
first_pool = convolution.relu(convolution.max_pool2d(some))
print("same result in both orders:", np.array_equal(first_relu, first_pool))

# %% [markdown]
# Both keep the larger of two numbers, so their order does not matter. With batch norm it is different: after
# pooling it takes its mean over fewer numbers, so the result changes a little. We pool right after the
# convolution all the same. Batch norm then has a quarter of the work, and on a laptop that time counts.


# %%
def block(filters, pool=True):
    """Convolution, pooling, batch norm, ReLU."""
    stack = [layers.Conv2D(filters, 3, padding="same", use_bias=False)]
    if pool:
        stack.append(layers.MaxPooling2D())
    return [*stack, layers.BatchNormalization(momentum=0.9), layers.ReLU()]


# %%
def modern_cnn():
    """Four blocks, global average pooling and one small dense layer."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            *block(32),
            *block(64),
            *block(128),
            *block(64, pool=False),
            layers.GlobalAveragePooling2D(name="features"),
            layers.Dropout(0.1),
            layers.Dense(10, activation="softmax", name="top"),
        ]
    )


# %% [markdown]
# While it trains, batch norm uses the mean of each batch. When the network is used, there may be one image
# only, so batch norm keeps a running mean for that time. `momentum=0.9` lets this mean follow quickly; the
# usual 0.99 would need more steps than a small data set has.
#
# Which layers have most of the weights now?

# %% tags=["nbval-check-output"]
modern = modern_cnn()
for layer in modern.layers:
    if layer.count_params():
        print(f"{type(layer).__name__:20} {layer.count_params():8,}")
print(f"{'together':20} {modern.count_params():8,}   (basic CNN: {basic.count_params():,})")

# %% [markdown]
# The convolutions in the middle, and the dense layer at the end is a dwarf. (Batch norm has four numbers for
# each channel. Two are learnt, and two are the running mean and variance.)

# %%
quiz.ask("02", "global-average-pooling")

# %%
quiz.ask("02", "dropout")

# %% [markdown]
# ### Train it
#
# Batch norm bears a larger learning rate, so this network starts with one. Watch the validation accuracy while
# the rate is high.

# %%
keras.utils.set_random_seed(0)
modern = compiled(modern_cnn(), epochs=5, rate=5e-3)
first_part = modern.fit(x_train, y_train, epochs=3, **fit)

# %% [markdown]
# Now the small steps at the end. The training goes on where it stopped, and the rate falls to 0.

# %%
last_part = modern.fit(x_train, y_train, initial_epoch=3, epochs=5, **fit)
modern_history = {
    key: first_part.history[key] + last_part.history[key] for key in last_part.history
}

# %%
modern_accuracy = modern.evaluate(x_test, y_test, batch_size=500, verbose=0)[1]
print(f"modern CNN, test accuracy: {modern_accuracy:.3f}")
print(f"basic CNN: {basic_accuracy:.3f}, dense network: {dense_accuracy:.3f}")

# %% [markdown]
# Better, with less than half of the parameters. But look at the seconds as well, and at the extra
# epoch: fewer weights do not mean less work, because a convolution uses every weight at every place.

# %% [markdown] syllabus="C7"
# ### Why ReLU, and not a smooth curve?
#
# For decades neurons used curves like tanh, which are smooth and never leave −1..1. Then came ReLU: cut off
# below 0, straight above. What matters for learning is the slope $g'$, because the gradient is multiplied by
# it in every layer on its way back. What happens to it where tanh is nearly flat?

# %%
x = np.linspace(-4, 4, 201)
plots.curves(
    {
        "g = tanh": (x, np.tanh(x)),
        "g' of tanh": (x, 1 - np.tanh(x) ** 2),
        "g = ReLU": (x, np.maximum(x, 0)),
        "g' of ReLU": (x, (x > 0).astype(float)),
    },
    xlabel="input x",
    ylabel="g(x), g'(x)",
    alt="tanh flattens on both sides and its slope falls to 0; ReLU rises without end, its slope is 0 or 1.",
)

# %%
quiz.ask("02", "slope")

# %% [markdown]
# In 2012 the AlexNet paper raced the two on CIFAR-10: a network of four layers with ReLU came down to 25 %
# training error six times sooner than with tanh, each at the learning rate that suited it. Ours is a smaller
# race, and no copy: 3,000 of our images, one learning rate for both, plain gradient descent, and pixels as they
# are, from 0 to 255.


# %%
def racer(activation, scale):
    """Four small convolutions and two dense layers, with a choice of activation."""
    conv = {"kernel_size": 3, "padding": "same", "activation": activation}
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(scale),
            layers.Conv2D(16, **conv),
            layers.MaxPooling2D(),
            layers.Conv2D(32, **conv),
            layers.MaxPooling2D(),
            layers.Conv2D(32, **conv),
            layers.Conv2D(32, **conv),
            layers.Flatten(),
            layers.Dense(64, activation=activation),
            layers.Dense(10, activation="softmax"),
        ]
    )


# %%
def race(optimizer, scale, epochs):
    """Training error after each epoch, for both activations."""
    errors = {}
    for activation in ["relu", "tanh"]:
        keras.utils.set_random_seed(0)
        model = racer(activation, scale)
        model.compile(optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x_train[:3000], y_train[:3000], epochs=epochs, verbose=0)
        errors[activation] = 1 - np.array(history.history["accuracy"])
    return errors


# %%
raw = race(lambda: keras.optimizers.SGD(1e-3), scale=1, epochs=12)
for activation, error in raw.items():
    reached = np.flatnonzero(error <= 0.25)
    print(
        activation,
        "reaches 25 % after",
        f"{reached[0] + 1} epochs" if len(reached) else "more than 12 epochs",
    )

# %%
plots.curves(
    {name: (np.arange(1, 13), error) for name, error in raw.items()},
    xlabel="epoch",
    ylabel="training error",
    title="raw pixels, plain gradient descent",
    markers=True,
    alt="Training error over 12 epochs on raw pixels: ReLU falls fast, tanh stays high for long.",
)

# %% [markdown]
# Here ReLU is far ahead. Is it the slope? We ask the first layer, before any training: how steep is tanh, on
# average, at the sums it gets from raw pixels, and at those from scaled ones?

# %%
for text, scale in {"raw pixels, 0..255": 1, "scaled pixels, 0..1": 1 / 255}.items():
    keras.utils.set_random_seed(0)
    outputs = keras.Sequential(racer("tanh", scale).layers[:2])(x_train[:500])
    seen = x_train[:500, ..., 0] > 0
    print(
        f"{text}: mean slope of tanh on the clothes {np.mean(1 - np.asarray(outputs)[seen] ** 2):.2f}"
    )

# %% [markdown]
# Raw pixels push tanh out to where it is flat, and little gradient comes back. So race again as we train today,
# with scaled pixels and Adam. What do you expect?

# %%
scaled = race(lambda: keras.optimizers.Adam(1e-3), scale=1 / 255, epochs=6)
plots.curves(
    {name: (np.arange(1, 7), error) for name, error in scaled.items()},
    xlabel="epoch",
    ylabel="training error",
    title="scaled pixels, Adam",
    markers=True,
    alt="Training error over 6 epochs on scaled pixels with Adam: the two curves lie close together.",
)

# %% [markdown]
# Now tanh is not behind, and may even lead. How much faster ReLU is depends on the data, their scale and the
# optimizer, so a factor of six belongs to the conditions it was measured under. ReLU is still the usual choice:
# it costs next to nothing to compute, and it does not go flat for large inputs, also in deep networks.

# %% [markdown] syllabus="C6"
# ## 7. What do the results really say?
#
# ### Learning curves
#
# Filled marks are training, open marks validation. A gap that grows between the two is **overfitting**: the
# network learns what is true of the training images only. Which network shows it most? (At first the validation
# marks may lie *better* than the training ones. Training accuracy is a mean over the epoch, while the network
# still improves; validation is measured at the epoch's end.)

# %%
plots.learning_curves(
    {"dense": dense_history, "basic CNN": basic_history, "modern CNN": modern_history},
    alt="Loss falls and accuracy rises for three networks; the modern CNN ends highest on held-out images.",
)

# %% [markdown]
# ### How much is luck?
#
# Another seed gives other initial weights, another order of images, and another accuracy. Two single runs, as
# we compared them above, prove little when they lie close together. The dense network is cheap, so we train it
# three times, for two epochs. Behind ± stands the standard deviation from seed to seed. The 95 % interval says
# what the size of the test set alone leaves open: of a hundred such intervals, about 95 hold the true value.

# %%
same_split = dataclasses.replace(data, train=datasets.Split(x_train, y_train))
runs = training.repeat(
    lambda: compiled(dense_network(), epochs=2),
    same_split,
    [1, 2, 3],
    epochs=2,
    batch_size=128,
)
print("dense network, two epochs:", runs)

# %%
right = round(modern_accuracy * len(x_test))
low, high = training.wilson_interval(right, len(x_test))
print(
    f"modern CNN: {right:,} of {len(x_test):,} right, 95 % interval {low:.3f} to {high:.3f}"
)

# %% [markdown]
# ### What is taken for what?
#
# Each row is a true class, each column an answer. The diagonal holds the right answers. Compare with the guess
# you wrote down.

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
tops = [names.index(name) for name in ("T-shirt/top", "Pullover", "Coat", "Shirt")]
wrong = answers != y_test
among_tops = wrong & np.isin(y_test, tops) & np.isin(answers, tops)
found = np.bincount(y_test[~wrong], minlength=10) / np.bincount(y_test)
print(
    f"{wrong.sum()} mistakes, {among_tops.sum() / wrong.sum():.0%} of them among the four kinds of tops"
)
print(f"hardest class: {names[found.argmin()]}, {found.min():.0%} of them found")

# %% [markdown]
# At 28×28 pixels, buttons and collars are a dot or two.
#
# ### The worst mistakes
#
# Which wrong answers was the network surest of? They tell most: about the network, and in photos sometimes
# about a wrong label. Would you have known better?

# %%
worst = np.argsort(np.where(wrong, probabilities.max(axis=1), 0))[-12:][::-1]
titles = [f"{names[answers[n]]}?\nis: {names[y_test[n]]}" for n in worst]
plots.image_grid(
    x_test[worst, ..., 0],
    titles,
    columns=6,
    size=1.5,
    alt="Twelve test pictures with the network's wrong answer and the true class above each.",
)

# %% [markdown]
# ### When it says 90 %, is it right in 90 % of cases?
#
# The largest probability is the network's **confidence**. Sort the test images by it into bins, and compare
# the mean confidence of each bin with the share of right answers there. A point below the diagonal means: it
# says more than it knows. The **expected calibration error** is the mean distance from the diagonal, each bin
# weighted by its images. (Bins with fewer than 20 images are not drawn.)

# %%
basic_probabilities = basic.predict(x_test, batch_size=500, verbose=0)
bins = {
    "basic CNN": training.calibration(basic_probabilities, y_test, bins=10),
    "modern CNN": training.calibration(probabilities, y_test, bins=10),
}
for name, result in bins.items():
    print(f"{name}: expected calibration error {result['error']:.3f}")
plots.reliability_diagram(
    bins,
    alt="Share of right answers against confidence for two networks: both follow the diagonal.",
)

# %% [markdown]
# Is the more accurate network also the better calibrated one? It need not be: the two are different questions.

# %%
quiz.ask("02", "confidence")

# %% [markdown] syllabus="C8"
# ## 8. What can be used again?
#
# Cut the modern network in two. The **base** is everything up to and including the global average
# pooling: it turns a picture into 64 numbers that describe it. The **top** is the last dense layer: it turns these numbers into
# ten names. The base has seen sleeves, soles and straps. The top knows only what our ten classes are called.
#
# So keep the base and change the top. New task: does one wear it on the feet? We show the new top only 100
# pictures, and train nothing else. For comparison, a second top of the same kind gets the raw pixels of the
# same 100 pictures.

# %%
base = keras.Model(modern.inputs, modern.get_layer("features").output, name="base")
shoes = [names.index(name) for name in ("Sandal", "Sneaker", "Ankle boot")]


def shoe_or_not(describe):
    """Train a new top on 100 pictures, described in some way; return its test accuracy."""
    few, many = describe(x_valid[:100]), describe(x_test)
    top = keras.Sequential(
        [keras.Input(few.shape[1:]), layers.Dense(1, activation="sigmoid")]
    )
    top.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy", metrics=["accuracy"])
    top.fit(few, np.isin(y_valid[:100], shoes), epochs=50, verbose=0)
    result = top.evaluate(many, np.isin(y_test, shoes), batch_size=500, verbose=0)[1]
    print(
        f"{few.shape[1]} numbers a picture, {top.count_params()} weights: accuracy {result:.3f}"
    )
    return result


# %%
pixel_accuracy = shoe_or_not(lambda images: images.reshape(len(images), -1) / 255)
shoe_accuracy = shoe_or_not(lambda images: base.predict(images, batch_size=100, verbose=0))

# %% [markdown]
# A hundred pictures and 65 weights, and better than the pixels. That is the idea of the whole course: what a
# network has learnt on one task, in its base, serves another. It was easy here, since the base had seen shoes. From lesson 4 on
# it gets harder, and still works.
#
# Try it: another question for the same base, such as "has it sleeves?". Then give the top ten pictures
# instead of a hundred.
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
        "shoe or not from 100 pictures, pixels": pixel_accuracy,
        "shoe or not from 100 pictures, base": shoe_accuracy,
    }
)

# %% [markdown]
# ## Key points
#
# - Measure a simple baseline first, and judge on images that no decision has seen.
# - Convolution and pooling make maps smaller and deeper: less *where*, more *what*.
# - Most weights of the classic network sit in one dense layer. Global average pooling does without it.
# - Batch norm allows large learning rates; a falling rate lets the network settle.
# - Filters are learnt: training moves random numbers only as far as it helps.
# - One accuracy is one draw. Say how many images and how many seeds stand behind it.
#
# ## Where next
#
# - Back to [lesson 1](01_convolution_by_hand.ipynb) if a shape or a count was not clear.
# - The next lesson leaves 60,000 tidy pictures for fewer than 100 photos of handbags and shoes.
# - Han Xiao, Kashif Rasul and Roland Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking machine
#   learning algorithms*, 2017. Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton, *ImageNet classification
#   with deep convolutional neural networks*, 2012, has the race between ReLU and tanh.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Fashion-MNIST: Zalando Research, MIT.*

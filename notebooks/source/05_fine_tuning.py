# %% [markdown]
# # 5. Fine-tuning
#
# <!-- badges -->
#
# Topics: head first, low rates, forgetting, three ways of reuse, which layers to freeze, a file for a phone.
#
# In lesson 4 we mostly read the features of a trained network. When we tuned its last layers on handbags and shoes, we
# saw no gain. Those pictures look like the photos it was trained on. What if our pictures look like nothing it has ever
# seen? Run the first cells below: the network takes digits for things such as corkscrews. A new
# head on the frozen network reads 87 % of such digits. At the end of section 1 the network reads 92 %, because we let
# its weights change. But changing them is also the easiest way to ruin a network that took days to train.
#
# **You will learn**
#
# - to train a network end to end from a pretrained start: head first, then all of it, slowly;
# - to compare two models on the same pictures with a paired test;
# - to recognise what can go wrong: a high rate, a fresh head, a batch norm that trains;
# - to choose between three ways of reuse, and which layers to freeze;
# - why small filters come in stacks, and which network to start from;
# - to save the result as a file that runs on a phone.
#
# You need lesson 4. Plan two lessons of 45 minutes: sections 1 and 2, then the rest. The code trains the network many
# times and takes about four and a half minutes on two cores. Start the long cells of sections 2 to 4 before you
# discuss them.

# %% tags=["setup"]
# setup

# %%
import math
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from skimage import data

from helpers import (
    backbones,
    check,
    convolution,
    datasets,
    own_photo,
    phone,
    plots,
    quiz,
    training,
)

keras.utils.set_random_seed(0)

# %% [markdown]
# Where no real data are at hand, the course draws digits, handbags and shoes. The numbers and sentences below belong
# to these drawings, and their outputs are stored here. With MNIST and real photos your numbers are different: read
# yours.
#
# The digits are 28 pixels wide and gray. We double each pixel, and repeat the gray as red, green and blue, because
# the network expects colour pictures. What does EfficientNet-Lite0, trained on ImageNet, see in the digits 0 to 9?


# %%
def enlarged(images):
    """Double each pixel of gray images, and repeat the gray as red, green and blue."""
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    return np.stack([large, large, large], axis=-1)


digits = datasets.mnist()
test_images, test_labels = enlarged(digits.test.images[:960]), digits.test.labels[:960]
imagenet = backbones.whole("efficientnet_lite0")
ten = [np.flatnonzero(test_labels == digit)[0] for digit in range(10)]
guesses = imagenet.predict(test_images[ten], verbose=0).argmax(axis=1)
plots.image_grid(
    test_images[ten],
    [imagenet.categories[guess].replace(" ", "\n", 1) for guess in guesses],
    columns=5,
    size=1.6,
    alt="The handwritten digits 0 to 9, each with the name that ImageNet's network gives it.",
)

# %% [markdown]
# None of ImageNet's 1,000 categories is a digit, so every answer has to be wrong. Are the weights of this network any
# use for digits?

# %% [markdown] syllabus="F1"
# ## 1. How do you train a network that already knows something?
#
# ### Step 1: the head alone
#
# We start as in lesson 4. We take the network without its head, compute the features of 480 digits once, and train a
# linear **head** on them: one dense layer with a little L2 regularisation. It starts from zeros, so every run gives
# the same head. `size="any"` tells our network to take the pictures as they are, 56 pixels wide. `headless` returns a
# frozen network. One from `keras.applications` arrives with all layers free, so there you write
# `network.trainable = False` yourself, and scale the pixels as its page says. Ours scales them inside.


# %%
def trained_head(features, labels):
    """Train a linear head on features."""
    decay = keras.regularizers.L2(1e-3)
    classes = len(np.unique(labels))
    dense = layers.Dense(
        classes, "softmax", kernel_initializer="zeros", kernel_regularizer=decay
    )
    head = keras.Sequential([keras.Input(features.shape[1:]), dense])
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    for _ in range(300):
        head.train_on_batch(features, labels)  # one step, on all pictures at once
    return head


# %%
train_images, train_labels = enlarged(digits.train.images[:480]), digits.train.labels[:480]
network = backbones.headless("efficientnet_lite0", size="any")
seconds, began = {}, time.perf_counter()
features = network.predict(train_images, verbose=0)
head = trained_head(features, train_labels)
seconds["2 features and a head"] = time.perf_counter() - began
test_features = network.predict(test_images, verbose=0)
head_answers = head.predict(test_features, verbose=0).argmax(axis=1)
head_right = head_answers == test_labels
print(
    f"features and a head: {head_right.mean():.3f} of {len(test_labels):,} test digits right"
)

# %% [markdown]
# Features that were made for photos are useful for digits too, but 13 % of the digits are still misread. Perhaps the features leave
# out what tells a 4 from a 9. The head cannot change the features. Tuning can.
#
# ### Step 2: all of it, slowly
#
# **Fine-tuning** means that the pretrained weights are only the start, and that we go on training them for the new
# task. In Keras that takes three steps. First, let the network train. Second, freeze its batch norms again. A frozen
# batch norm scales by the averages it stored on ImageNet, in training as in use. A free one would train with the
# averages of each small batch, and be used with others (section 2 shows what happens). The `training=False` of lesson 4
# does not help here: `fit` overrides it for layers that are free to train. Third, compile again with a low rate, since
# Keras only notices which weights train when you compile.
#
# **Exercise 1.** Write the first two steps as a function. `network.trainable = True` reaches every layer in a frozen
# network. Then loop over `network.layers`, and freeze each layer that is a `layers.BatchNormalization`; `isinstance`
# tells you. The function changes the network and returns nothing, so write your lines in place of `return ...`.


# %% tags=["exercise"]
def my_open_up(network):
    """Let all layers of a frozen network train, except batch norm."""
    # your lines take the place of this one and the next; the function returns nothing
    return ...


# %% tags=["nbval-check-output"]
open_up = check.exercise(check.opened, my_open_up, otherwise=check.open_network)


# %% tags=["solution"]
def my_open_up(network):
    """Let all layers of a frozen network train, except batch norm."""
    network.trainable = True
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


# %% [markdown]
# If the check says "ok", `open_up` is your own function from here on; if not, the course's.
#
# Now the third step. The rate of the head was 1e-2. The pretrained weights are nearly right, and large steps would
# destroy what they know. So for the whole network the rate is 3e-4 at most, about thirty times lower. It rises from
# zero during the first epoch, so that nothing changes abruptly; this is called **warm-up**. Then it falls back to
# zero along a cosine, so that training ends with small steps.

# %%
RATE, EPOCHS, BATCH = 3e-4, 4, 16

print(f"weights that train, head alone:      {head.count_params():9,}")
open_up(network)
model = keras.Sequential([keras.Input((56, 56, 3)), network, head])
steps = math.ceil(len(train_images) / BATCH)  # in one epoch
schedule = keras.optimizers.schedules.CosineDecay(
    0.0, (EPOCHS - 1) * steps, warmup_target=RATE, warmup_steps=steps
)
model.compile(
    keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
count = sum(math.prod(weight.shape) for weight in model.trainable_weights)
print(f"weights that train, network and head: {count:,}")

# %% [markdown]
# Now four epochs over 480 digits, 30 full batches each; 192 other digits are held out to watch the training. Before you run the cell, predict:
# the head was trained on the very same digits. Will the loss start low and stay low? (A second run of the cell would
# tune the tuned network further. To start again, run from step 1.)

# %%
watched = enlarged(digits.train.images[480:672]), digits.train.labels[480:672]
loss, accuracy = model.evaluate(train_images, train_labels, verbose=0)
print(f"before, training digits: loss {loss:.3f}, accuracy {accuracy:.3f}")
loss, accuracy = model.evaluate(*watched, verbose=0)
print(f"before, held-out digits: loss {loss:.3f}, accuracy {accuracy:.3f}")
keras.utils.set_random_seed(1)  # decides the order of the pictures
began = time.perf_counter()
history = model.fit(
    train_images, train_labels, BATCH, EPOCHS, verbose=0, validation_data=watched
)
seconds["3 weights, tuned"] = seconds["2 features and a head"] + time.perf_counter() - began
plots.learning_curves(
    {"head first, then everything": history},
    alt="Loss and accuracy over four epochs of fine-tuning, on training digits and on held-out ones.",
)

# %% [markdown]
# No, it gets worse before it gets better: the training loss rises in epoch 2 before it falls. After the first epoch the
# held-out accuracy is far below the 0.911 of the head alone. While the rate rises, the features move away from what the
# head was trained on. Then the rate falls, head and features adapt to each other, and the held-out accuracy ends above
# where it began. Don't stop after the first epoch.
#
# The held-out curve is measured at the end of an epoch; the training curve is the mean over it. That is why the
# training curve has its worst point one epoch later.
#
# Here are eight digits that only the tuned network gets right, each with the old answer and the new one.

# %%
tuned_answers = model.predict(test_images, verbose=0).argmax(axis=1)
tuned_right = tuned_answers == test_labels
print(f"before {head_right.mean():.3f}, after {tuned_right.mean():.3f}")
won = np.flatnonzero(tuned_right & ~head_right)[:8]
plots.image_grid(
    test_images[won],
    [f"head: {head_answers[place]}\ntuned: {tuned_answers[place]}" for place in won],
    columns=4,
    size=1.4,
    alt="Eight digits that features and a head misread and the tuned network reads.",
)

# %% [markdown] syllabus="J5"
# ### Was it luck?
#
# Both models have read the same 960 digits, so we compare them digit by digit. Where both are right, or both are
# wrong, we learn nothing. We only count the digits that exactly one model gets right. If the models were equally
# good, each of these digits would be a fair coin: heads for one model, tails for the other. This is **McNemar's
# test**, which lesson 3 used. Now you write it.
#
# **Exercise 2.** Compute its p-value. Let `n` be the number of digits where exactly one model is right, and `k` the
# smaller of the two counts. How probable is it that `n` fair coins show at most `k` heads? Add up
# `math.comb(n, i) / 2**n` for `i` from 0 to `k`. Double the sum, because either model might be ahead, and return 1
# if that is more than 1. Turn both counts into plain integers with `int(...)`: 2 to the power of `n` is too large for
# NumPy's.


# %% tags=["exercise"]
def paired_p(first_right, second_right):
    """Return the p-value of McNemar's test for two rows of True and False."""
    # on how many pictures is only the first right, on how many only the second?
    return ...


# %% tags=["nbval-check-output"]
p_value = check.exercise(
    check.paired,
    paired_p,
    otherwise=lambda first, second: training.mcnemar(first, second).p,
)


# %% tags=["solution"]
def paired_p(first_right, second_right):
    """Return the p-value of McNemar's test for two rows of True and False."""
    first_only = int(np.sum(first_right & ~second_right))
    second_only = int(np.sum(second_right & ~first_right))
    n, k = first_only + second_only, min(first_only, second_only)
    return min(1, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n)


# %% [markdown]
# The course's `training.mcnemar` computes the same number, and prints the counts with it. *First* is the head on
# fixed features, *second* the tuned network.

# %%
print(f"p-value: {p_value(head_right, tuned_right):.1e}")
print(training.mcnemar(head_right, tuned_right))

# %% [markdown]
# The p-value is far below 0.05, so luck with these test digits does not explain the gain.

# %%
quiz.ask("05", "order")

# %% [markdown] syllabus="F1"
# ## 2. What goes wrong?
#
# ### What does the network forget?
#
# The network used to name photos. Does it still give its old answers, right or wrong? We test it on random windows of
# five photos that come with scikit-image, 50 windows in all. ImageNet's own last layer names them. We don't train
# that layer, so it still expects the features of the untouched network.


# %%
def windows(photo, count=10):
    """Cut random square windows out of a photo, and bring them to 128 pixels."""
    rng = np.random.default_rng(0)
    side = 4 * min(photo.shape[:2]) // 5
    tops = rng.integers(0, photo.shape[0] - side + 1, count)
    lefts = rng.integers(0, photo.shape[1] - side + 1, count)
    cut = [photo[i : i + side, j : j + side] for i, j in zip(tops, lefts)]
    return np.asarray(layers.Resizing(128, 128)(np.stack(cut)))


motorcycle = data.stereo_motorcycle()[0]
photos = [data.astronaut(), data.cat(), data.coffee(), data.rocket(), motorcycle]
photos = np.concatenate([windows(photo) for photo in photos])


def asked(network):
    """What ImageNet's own last layer says about the photos, from the features of a network."""
    return imagenet.layers[-1](network.predict(photos, verbose=0)).numpy()


untouched = backbones.headless("efficientnet_lite0", size="any")
own_answers, answers = asked(untouched), asked(network)

# %%
shown = range(0, 50, 10)
names = np.array(imagenet.categories)
plots.image_grid(
    photos[shown].astype(np.uint8),
    [f"{names[own_answers[i].argmax()]}\nnow {names[answers[i].argmax()]}" for i in shown],
    columns=5,
    size=1.7,
    alt="Windows of five photos with their names before and after the network was tuned to digits.",
)

# %% [markdown]
# **Exercise 3.** Put a number on it. Both arrays have a row of 1,000 probabilities for each photo. For what share of
# the photos does the most probable category stay the same?


# %% tags=["exercise"]
def my_same_share(before, after):
    """Return the share of rows whose largest entry is at the same place in both arrays."""
    return ...


# %% tags=["nbval-check-output"]
same_share = check.exercise(
    check.same_answers, my_same_share, otherwise=check.share_of_same
)


# %% tags=["solution"]
def my_same_share(before, after):
    """Return the share of rows whose largest entry is at the same place in both arrays."""
    return np.mean(before.argmax(axis=1) == after.argmax(axis=1))


# %%
print(
    f"same answer as before: {same_share(own_answers, answers):.2f} of {len(photos)} windows"
)

# %% [markdown]
# The network has learnt digits, and most of its old answers are gone. The name for this is **catastrophic
# forgetting**. Nothing in the loss asked it to remember: 480 digits were all it saw. Take the number as rough, since
# the 50 windows come from only five photos.

# %%
quiz.ask("05", "forgetting")

# %% [markdown]
# ### Which rate?
#
# We repeat the whole recipe with other rates, so we put it into a function. It loads a fresh copy of the pretrained
# network each time. `opening` says which layers train.


# %%
def tune(head, images, labels, rate=RATE, epochs=EPOCHS, seed=0, opening=open_up):
    """Tune a fresh copy of the network together with a head: the model, the network, the history."""
    keras.utils.set_random_seed(seed)
    network = backbones.headless("efficientnet_lite0", size="any")
    opening(network)
    model = keras.Sequential([keras.Input(images.shape[1:]), network, head])
    steps = math.ceil(len(images) / BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, (epochs - 1) * steps, warmup_target=rate, warmup_steps=steps
    )
    model.compile(
        keras.optimizers.Adam(schedule),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=0)
    return model, network, history


def measured(model, network):
    """Which test digits a model reads, and how many photos its network names as before."""
    right = model.predict(test_images, verbose=0).argmax(axis=1) == test_labels
    return right, same_share(own_answers, asked(network))


# %% [markdown]
# We try the rates 3e-5, 3e-4 and 3e-3, twice each, with the pictures in another random order. One of the six runs is
# there already: the one of section 1. Before you run the cell, predict: which rate gets most digits right, and which
# keeps most names of photos?

# %%
runs = {(3e-4, 1): (tuned_right, same_share(own_answers, answers))}
for rate, seed in [(3e-5, 1), (3e-5, 2), (3e-4, 2), (3e-3, 1), (3e-3, 2)]:
    head = trained_head(features, train_labels)
    trial, copy, history = tune(head, train_images, train_labels, rate, seed=seed)
    runs[rate, seed] = measured(trial, copy)

# %%
print(f"{'head alone':20} digits {head_right.mean():.3f}   photos as before 1.00")
for (rate, seed), (right, same) in sorted(runs.items()):
    p = training.mcnemar(head_right, right).p
    print(
        f"{f'rate {rate:.0e}, seed {seed}':20} digits {right.mean():.3f}   "
        f"photos as before {same:.2f}   against the head p = {p:.2g}"
    )
for seed in (1, 2):
    print(
        f"3e-5 and 3e-4, seed {seed}:",
        training.mcnemar(runs[3e-5, seed][0], runs[3e-4, seed][0]),
    )

# %% [markdown]
# The low rate gains a little, and nearly all windows keep their names. The middle rate gets more digits right than
# the low one in both runs (p = 0.002 and p = 0.001), but half of the windows or more get another name. The high rate
# breaks the network for both tasks; one of its two runs reads digits no better than a guess.
#
# Here we look at test digits to see what happens. When you choose a rate, choose it on held-out pictures: try rates a
# factor of three apart, and use a lower one if the old skill still matters.

# %%
quiz.ask("05", "rates")

# %% [markdown]
# ### Why the head first?
#
# A new head is random, and so are its answers. How strong is the gradient that it sends down into the network,
# compared with a trained head? We measure the length of the whole gradient, over all weights of the network that
# train, for 50 held-out digits.

# %%
free = backbones.headless("efficientnet_lite0", size="any")
open_up(free)


def fresh_head():
    """Build a linear head with random weights."""
    return keras.Sequential([keras.Input((1280,)), layers.Dense(10, "softmax")])


def gradient_length(head):
    """Length of the gradient of the loss at the weights of the network."""
    with tf.GradientTape() as tape:
        answers = head(free(watched[0][:50]))
        loss = keras.losses.sparse_categorical_crossentropy(watched[1][:50], answers)
        loss = tf.reduce_mean(loss)
    return tf.linalg.global_norm(tape.gradient(loss, free.trainable_variables)).numpy()


keras.utils.set_random_seed(1)
trained = gradient_length(trained_head(features, train_labels))
fresh = gradient_length(fresh_head())
print(
    f"trained head {trained:.2f}, fresh head {fresh:.1f}: {fresh / trained:.1f} times as strong"
)

# %% [markdown]
# A fresh head is wrong nearly everywhere, so its gradient is large: it pulls the pretrained weights towards a head that
# knows nothing. Behind a trained head the pull is about a quarter as strong here. What does it cost to skip step 1 of section 1, the head alone? We keep everything else, the rate of 3e-4
# too, so that we see the effect of the head alone. Compare with the rows of 3e-4 in the table above.

# %%
for seed in (1, 2):
    keras.utils.set_random_seed(seed)
    trial, copy, history = tune(fresh_head(), train_images, train_labels, seed=seed)
    right, same = measured(trial, copy)
    print(
        f"fresh head, seed {seed}: digits {right.mean():.3f}, photos as before {same:.2f}"
    )
    compared = training.mcnemar(right, runs[RATE, seed][0])
    print(f"  tuned from a fresh head first, from a trained head second: {compared}")
    compared = training.mcnemar(head_right, right)
    print(f"  head alone first, tuned from a fresh head second: {compared}")

# %% [markdown]
# In the first run the network with a fresh head ends lower (p = 0.010), and hardly above the head alone (p = 0.045). In
# the second run the test finds no difference. So skipping step 1 is a gamble. Compare the size of the damage with the table of rates:
# a rate ten times too high was far worse than a fresh head.
#
# Why isn't it worse? Adam divides each gradient by its usual size, so the rate decides how long the steps are, and the
# warm-up keeps them short while the head is still random. With plain gradient descent a stronger gradient makes a
# longer step, and there a fresh head can be dangerous.
#
# So train the head first. It takes a moment, and it gives you the score that tuning has to beat.
#
# **Try it.** Copy `tune` into a new cell, call it `tune_sgd`, and put `keras.optimizers.SGD(1e-3)`, plain gradient
# descent, in place of Adam. Tune once with a trained head and once with a fresh one. How many photos keep their
# names? `measured` returns both numbers. Write down your guess first: a fresh head sends the stronger gradient.

# %%
quiz.ask("05", "fresh-head")

# %% [markdown]
# ### Why does batch norm stay frozen?
#
# In training mode a batch norm scales each batch by that batch's own mean and variance. When we use the network, it
# scales by stored averages, which follow the batches slowly: each batch moves them by 1 % of the way. So let
# everything train once, batch norm too. Then compare two accuracies on the *training* digits: during the last epoch of
# training, and in use, when training is over.


# %%
def open_everything(network):
    """Let all layers train, batch norm too."""
    network.trainable = True


trial, copy, history = tune(
    trained_head(features, train_labels),
    train_images,
    train_labels,
    seed=1,
    opening=open_everything,
)
right, same = measured(trial, copy)
in_use = trial.evaluate(train_images, train_labels, verbose=0)[1]
print(f"training digits, last epoch of training: {history.history['accuracy'][-1]:.3f}")
print(f"the same digits, in use:                 {in_use:.3f}")
print(f"test digits, in use: {right.mean():.3f}, photos as before: {same:.2f}")

# %% [markdown]
# During training everything looks fine. In use, more than a third of the same digits are misread, and fewer photos than ever keep their names. The weights have
# adapted to batches of digits, and the stored averages lag behind: a part of them still comes from photos. A lower
# learning rate would not make them catch up, since they move without any gradient. They would need many more batches.

# %%
quiz.ask("05", "batch-norm")

# %% [markdown] syllabus="F3"
# ## 3. Three ways to reuse a network
#
# You can reuse (1) only the architecture, (2) the features, with a head of your own, or (3) the weights, and tune
# them. We have measured two of the three on the same 480 digits. For the first, `clone_model` gives the same
# architecture with random weights. It needs a higher rate, more epochs, and a batch norm that learns quickly.

# %%
scratch = keras.models.clone_model(untouched)
for layer in scratch.layers:
    layer.trainable = True
    if isinstance(layer, layers.BatchNormalization):
        layer.momentum = 0.9  # 10 % from each batch, as in lesson 2

scratch_model = keras.Sequential([keras.Input((56, 56, 3)), scratch, fresh_head()])
schedule = keras.optimizers.schedules.CosineDecay(1e-3, 8 * 15)
scratch_model.compile(
    keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
began = time.perf_counter()
history = scratch_model.fit(train_images, train_labels, batch_size=32, epochs=8, verbose=0)
seconds["1 architecture only"] = time.perf_counter() - began
scratch_right = scratch_model.predict(test_images, verbose=0).argmax(axis=1) == test_labels
in_use = scratch_model.evaluate(train_images, train_labels, verbose=0)[1]
print(
    f"training digits, in the last epoch: {history.history['accuracy'][-1]:.3f}, in use: {in_use:.3f}"
)

# %% [markdown]
# It gets practically every training digit right, in use as well as in training. So it has learnt what it was shown.
# The test digits tell whether it has learnt to read. How do the three ways compare on them, and how long did they
# take? The seconds are those of all training on the 480 digits; those of the third way include a look at the held-out
# digits after each epoch.

# %%
ways = {
    "1 architecture only": scratch_right,
    "2 features and a head": head_right,
    "3 weights, tuned": tuned_right,
}
for name, right in ways.items():
    print(f"{name:22} {right.mean():.3f} in {seconds[name]:5.1f} s")
print("1 and 2:", training.mcnemar(scratch_right, head_right))
print("2 and 3:", training.mcnemar(head_right, tuned_right))
print("1 and 3:", training.mcnemar(scratch_right, tuned_right))

# %% [markdown]
# The architecture alone gets the fewest test digits right, though it has learnt its 480 digits. Features that were
# made for photos do far better, in a fraction of the time. The tuned weights do best. In each of the three paired
# tests p is below 0.001. So what makes a pretrained network valuable here is its weights, as features or as a start.

# %%
quiz.ask("05", "three-ways")

# %% [markdown] syllabus="F2"
# ## 4. Which layers should you freeze?
#
# Two questions decide. How many labelled pictures are there? And how similar are they to those that the network was
# trained on? The usual advice is this:
#
# | | target like the old pictures | target unlike them |
# |---|---|---|
# | **few pictures** | a linear head on the features | a linear head, perhaps on features of an earlier stage |
# | **many pictures** | tune the last few layers | tune many layers, or all |
#
# The reasons: early layers see edges and colours, which every picture has, while late layers see what the old task
# needed. And the more weights train, the more pictures it takes to hold them in place.
#
# We measure one case for each of the four fields. Handbags and shoes are the target that looks like ImageNet: ours are drawn, but they
# have the shapes of purses, sandals and running shoes, which are among its categories. Digits are the target that
# does not. The network has a stem, seven stages and a top; we call each of these a **block**. *Last blocks* means
# that stages 6 and 7, the top and the head train, and everything before them is frozen.

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
# **Exercise 4.** Write the second way. `open_up` lets all layers train; then freeze every layer that comes before
# stage 6. The network lists its layers from first to last in `network.layers`, and a layer's name begins with its
# block: `stem_conv`, `stage5_block1_project_conv`, `stage6_block1_expand_conv`, `top_conv`. Ask
# `layer.name.startswith(...)`, and end the loop with `break` where stage 6 begins.


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
bags = datasets.handbags_and_shoes(size=(96, 96))
bag_images = np.concatenate([bags.train.images, bags.validation.images])
bag_labels = np.concatenate([bags.train.labels, bags.validation.labels])


def compare(images, labels, test_images, test_labels, openings, epochs=EPOCHS):
    """Train a head, then tune in other ways: which test pictures does each model name rightly?"""
    features = untouched.predict(images, verbose=0)
    head = trained_head(features, labels)
    models = {"head": keras.Sequential([keras.Input(images.shape[1:]), untouched, head])}
    for name, opening in openings.items():
        head = trained_head(features, labels)
        models[name] = tune(head, images, labels, epochs=epochs, opening=opening)[0]
    answers = {
        name: model.predict(test_images, verbose=0) for name, model in models.items()
    }
    return {name: answer.argmax(axis=1) == test_labels for name, answer in answers.items()}


# %% [markdown]
# Each row of our experiment is a data set and a number of pictures. With few pictures we tune all blocks or none, and
# for ten epochs; with many, for four. Even so, few pictures mean few steps: 10 steps with 16 pictures, but 120 with
# 480. The last row, all 480 digits, has two of its three numbers already.

# %%
for_few = {"all blocks": open_up}
for_many = {"last blocks": open_last, "all blocks": open_up}
results = {}
results["handbags and shoes", 16] = compare(
    bag_images[:16], bag_labels[:16], *bags.test, for_few, epochs=10
)
results["handbags and shoes", 96] = compare(bag_images, bag_labels, *bags.test, for_many)

# %%
results["digits", 48] = compare(
    train_images[:48], train_labels[:48], test_images, test_labels, for_few, epochs=10
)
results["digits", 480] = compare(
    train_images, train_labels, test_images, test_labels, {"last blocks": open_last}
)
results["digits", 480]["all blocks"] = tuned_right

# %%
for (target, number), right in results.items():
    print(f"{number} {target}: head {right['head'].mean():.3f}")
    for name in list(right)[1:]:
        compared = training.mcnemar(right["head"], right[name])
        print(f"    {name} {right[name].mean():.3f}, against the head: {compared}")
for key in [("handbags and shoes", 96), ("digits", 480)]:
    compared = training.mcnemar(results[key]["last blocks"], results[key]["all blocks"])
    print(f"{key[1]} {key[0]}, last blocks first, all blocks second: {compared}")

# %% [markdown]
# The two targets behave differently, and each agrees with the advice only in part.
#
# - **Handbags and shoes.** With 16 pictures tuning changes no answer; ten short steps hardly move the network. With 96
#   the head has the best score, and tuning at this rate *harms*: the last blocks clearly, and all blocks with
#   p = 0.022, which is weak evidence among eight tests.
# - **Digits.** Tuning all blocks helps with 480 pictures, and even with 48, where the advice is a head. (We
#   have not tried its other half, a head on features of an earlier stage.)
#   The last blocks alone gain nothing that we could tell from luck, and all blocks get more digits right than the
#   last blocks (p < 0.001). So at this rate, tuning the last blocks alone is not enough for digits.
#
# So on these two targets, tuning helped the digits and did not help the handbags and shoes. Be careful with more than that: each
# row is one run, and the p-values tell you about luck with the test pictures, not about luck in training. In lesson 4
# the last layers were tuned at 1e-4. There we saw no such harm, so it may come from the rate and not from the
# pictures. Treat the advice as a starting point: train the head, try the rest, and compare on the same held-out
# pictures.
#
# **Try it.** The rate of 3e-4 suited the digits. Add `rate=3e-5` to the call of `tune` in `compare`, and run the
# handbags and shoes again. Does tuning still harm?

# %%
quiz.ask("05", "fields")

# %% [markdown] syllabus="F4"
# ## 5. Which network should you start from?
#
# Start from the one that works best on ImageNet, among those that you can run. Across 16 architectures and 12 data
# sets, accuracy on ImageNet and accuracy after transfer rise together; on some fine-grained tasks, such as makes of
# cars, pretraining helps little (Kornblith, Shlens and Le, 2019). There is no need to invent an architecture for
# handbags. These are some that Keras offers, with the figures that it publishes:
#
# | network | top-1 on ImageNet | million weights |
# |---|--:|--:|
# | `MobileNetV2` | 71.3 % | 3.5 |
# | `ResNet50` | 74.9 % | 25.6 |
# | `EfficientNetB0` | 77.1 % | 5.3 |
# | `EfficientNetV2B0` | 78.7 % | 7.2 |
# | `ConvNeXtTiny` | 81.3 % | 28.6 |
#
# One idea made networks deep (VGG, 2014): **small filters in stacks**, several small filters in a row instead of one
# large one. It is not a law. Our network has filters of 5×5 as well as 3×3, and ConvNeXt went back to 7×7, one
# channel at a time. How much of the picture does a stack see, and what does it cost?
#
# **Exercise 5.** Write a function for stacks of square filters with stride 1, such as `sizes = (3, 3, 3)`. Every
# layer has the same number of channels going in and coming out, and no biases. Return two numbers: the weights of all
# layers together, and how many pixels along a side one value of the last layer sees. Begin with a view of 1 pixel,
# and ask how much each layer adds to it.


# %% tags=["exercise"]
def my_stack(sizes, channels):
    """Return the weights of a stack of filters, and the width of its view in pixels."""
    return ...


# %% tags=["nbval-check-output"]
stack = check.exercise(check.stack, my_stack, otherwise=check.weights_and_view)


# %% tags=["solution"]
def my_stack(sizes, channels):
    """Return the weights of a stack of filters, and the width of its view in pixels."""
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
# Three layers of 3×3 see the same 7×7 pixels as one layer of 7×7, with 27/49 = 55 % of its weights, and with three
# ReLUs instead of one. It is not the same function, though. In how many ways does each pixel reach the value in the
# middle? Set all filters to 1 and look.

# %% tags=["nbval-check-output"]
ways_in = np.ones((1, 1), int)
for _ in range(3):
    ways_in = convolution.convolve2d(ways_in, np.ones((3, 3)), padding=2).astype(int)
print(ways_in)

# %% [markdown]
# A pixel in the middle reaches the value in 49 ways, a pixel in the corner in one. So a stack with such filters *can*
# see 7×7 pixels, but it looks mainly at those in the middle. Trained filters often do the same, though they need not.

# %%
quiz.ask("05", "stack")

# %% [markdown] syllabus="F5"
# ## 6. A museum guide in your pocket
#
# A museum wants an app: point the phone at an object, and it tells you about it. There is no reception in the
# basement, so the model has to run on the phone. About 50 photos of each object can be taken in a morning. We are in
# the same position, with 48 pictures for each of two "exhibits", handbags and shoes. Section 4 tells us what to use
# for those: the untouched network with a head.
#
# **LiteRT**, called TensorFlow Lite until 2024, runs models on phones from one file. `phone.convert` exports the
# model with `model.export` and lets TensorFlow's converter read it. We do it twice: once as it is, and once
# **quantised**. A quantised filter keeps one scale, and each of its weights becomes a whole number from −127 to 127,
# with weight ≈ scale × number.

# %%
bag_features = untouched.predict(bag_images, verbose=0)
bag_head = trained_head(bag_features, bag_labels)
guide = keras.Sequential([keras.Input((96, 96, 3)), untouched, bag_head])
files = {
    "as it is": phone.convert(guide),
    "quantised": phone.convert(guide, quantised=True),
}
for name, content in files.items():
    print(f"{name:10} {len(content) / 1e6:.2f} MB")

# %% [markdown]
# Test the file before you pass it on. The **interpreter**, the program that runs such files on a phone, runs here as
# well. Does each file give the same answers as Keras, picture by picture?

# %%
guide_answers = guide.predict(bags.test.images, verbose=0)
accuracy = np.mean(guide_answers.argmax(axis=1) == bags.test.labels)
print(f"Keras      accuracy {accuracy:.3f}")
for name, content in files.items():
    answers = phone.answers(content, bags.test.images)
    accuracy = np.mean(answers.argmax(axis=1) == bags.test.labels)
    largest = np.abs(answers - guide_answers).max()
    same = same_share(guide_answers, answers)
    print(
        f"{name:10} accuracy {accuracy:.3f}, same label for {same:.1%}, "
        f"largest difference of a probability {largest:.6f}"
    )
close = np.sum(guide_answers.max(axis=1) < 0.65)
print(f"for {close} of {len(guide_answers)} pictures no class has 65 %")

# %% [markdown]
# The first file computes what Keras computes, up to rounding. The quantised one has about a quarter of the size. Its
# probabilities differ by up to 0.15, yet not one label changes here: only three pictures were so close to 50 % that
# such a difference could turn the answer. Report the accuracy of the file you ship, not that of the model. And these
# are the pictures by which we chose the head, so 0.960 is a little too kind. A real app needs one more test, on new
# photos.
#
# Now let the quantised file look at a photo of yours, as it would in the app. The sample is hard, since a cup stands
# in front of the sandal: the answer is right, but not sure.

# %%
own_photo.classify(
    lambda images: phone.answers(files["quantised"], images),
    bags.class_names,
    sample=bags.test.images[1],
)

# %% [markdown]
# **Try it: your museum.** Choose three or more objects in the room. Take 50 photos of each, from all sides, near and
# far, in different light. Take 50 more of the rest of the room, for a class "nothing". Then
#
# 1. load them with `bags = datasets.from_folder("my_museum", size=(96, 96))` in section 4, run that cell again, and
#    then this section;
# 2. look at the mistakes before you believe the accuracy;
# 3. save the file with `open("guide.tflite", "wb").write(files["quantised"])`, and give it to somebody who builds apps.

# %%
quiz.ask("05", "phone")

# %% [markdown]
# ## Key numbers

# %%
low, middle, high = (runs[rate, 1] for rate in (3e-5, 3e-4, 3e-3))
plots.key_numbers(
    {
        "digits, features and a head": head_right.mean(),
        "digits, tuned": tuned_right.mean(),
        "digits, architecture only": scratch_right.mean(),
        "p-value, head against tuned": training.mcnemar(head_right, tuned_right).p,
        "gradient, fresh head / trained head": fresh / trained,
        "photos named as before, rate 3e-5": low[1],
        "photos named as before, rate 3e-4": middle[1],
        "photos named as before, rate 3e-3": high[1],
        "handbags and shoes, head": results["handbags and shoes", 96]["head"].mean(),
        "handbags and shoes, tuned": results["handbags and shoes", 96]["all blocks"].mean(),
        "LiteRT file, MB": len(files["as it is"]) / 1e6,
        "LiteRT file, quantised, MB": len(files["quantised"]) / 1e6,
    }
)

# %% [markdown]
# ## Key points
#
# - Start from pretrained weights. Train the head first; then let the network train, at a rate at
#   least thirty times lower.
# - Freeze batch norm, and compile again, each time you change what trains.
# - A high rate breaks the network. A batch norm that trains looks fine in training and fails in use. A fresh head
#   sends a stronger gradient, and in one of two runs it cost accuracy.
# - Tuning makes a network forget. If the old skill still matters, measure it.
# - Features and a head are the first thing to try. Here, at a rate of 3e-4, tuning paid for digits, which are unlike
#   the old pictures, and harmed handbags and shoes, which resemble them. Test the gain on the same pictures, with a paired test.
# - Stacks of 3×3 filters see as far as large filters, with fewer weights.
# - Before a file goes onto a phone, compare its answers with the model's.
#
# ## Where next
#
# - Lesson 6 looks into such networks: what their filters respond to, and where in a picture they look.
# - Back to [lesson 3](03_handbags_vs_shoes.ipynb) for augmentation, which you can put before the network here as
#   well.
#
# **Going further.** *Discriminative rates* lie between frozen and free: early blocks train slowly, later ones faster,
# the head fastest (Jeremy Howard and Sebastian Ruder, *Universal language model fine-tuning for text classification*,
# 2018). Note that it's no use to multiply the gradients of early blocks by 0.01 under Adam, since Adam divides each
# gradient by its usual size: give each block an optimizer of its own. Jason Yosinski and others, *How transferable
# are features in deep neural networks?*, 2014, cut networks at every layer. Simon Kornblith and others, *Do better
# ImageNet models transfer better?*, 2019, compare which network to start from.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

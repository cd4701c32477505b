# %% [markdown]
# # 5. Fine-tuning
#
# <!-- badges -->
#
# Topics: head first, low rates, forgetting, three ways of reuse, which layers to freeze, a file for a phone.
#
# In lesson 4 a trained network was a machine that nobody may open: pictures in, features out, and all learning happened
# in a small head behind it. But its weights are ours now. May they change too, and get better at *our* pictures?
# They may. It is also the easiest way to ruin what others took days to train.
#
# **You will learn**
#
# - to train a network end to end from a pretrained start: head first, then all of it, slowly;
# - to recognise what goes wrong otherwise: random start, high rate, batch norm, a fresh head;
# - to compare three ways of reuse by accuracy and by time;
# - which layers to freeze for how many pictures of which kind;
# - why small filters in stacks, and which network to start from;
# - to put the result into a file that a phone runs, and to prove that it gives the same answers.

# %% tags=["setup"]
# setup

# %%
import contextlib
import dataclasses
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from helpers import (
    backbones,
    convolution,
    datasets,
    own_photo,
    phone,
    plots,
    quiz,
    training,
)
from helpers.backbones.mini_resnet import mini_resnet

keras.utils.set_random_seed(0)

# %% [markdown] syllabus="F1"
# ## 1. How do you train a network that knows something already?
#
# The pictures and the network are those of lesson 4.

# %%
data = datasets.handbags_and_shoes(size=(128, 128))
names = data.class_names
base = backbones.headless("auto")
network = base.name
rows = backbones.features(base, data.train.images)
print(f"{len(rows)} training pictures, {base.count_params():,} weights in {network}")

# %% [markdown]
# There are more than a thousand weights for each picture, so an untrained network of this size had better not start here. This
# one is not untrained. **Fine-tuning** means: keep its weights as a start, and go on training them for the new task, end to end.
# The model takes raw pixels. Random changes come first, as in lesson 3; then the base; then the head.


# %%
def head(rows, classes=2):
    """Build the linear head of lesson 4 for features like `rows`."""
    scale = layers.Normalization()
    scale.adapt(rows)
    small = keras.regularizers.L2(0.05)
    answer = layers.Dense(classes, activation="softmax", kernel_regularizer=small)
    return keras.Sequential([keras.Input(rows.shape[1:]), scale, answer], name="head")


def compiled(model, rate):
    """Make a model ready for training with one learning rate."""
    model.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def end_to_end(*parts):
    """Put a base and a head, or other parts, behind raw pixels."""
    return keras.Sequential([keras.Input((128, 128, 3)), *parts])


# %% [markdown]
# ### Step 1: the head alone
#
# `headless` gives a frozen base. So `fit` trains the head and nothing else, at a rate that suits a small new layer.

# %%
HEAD_RATE, LOW_RATE = 1e-2, 1e-4
model = end_to_end(training.augmentation(), base, head(rows))
compiled(model, HEAD_RATE)
print("weights that train:", f"{sum(w.numpy().size for w in model.trainable_weights):,}")
schedule = {"batch_size": 16, "validation_data": data.validation, "verbose": 0}
first = model.fit(*data.train, epochs=5, **schedule)

# %% [markdown]
# ### Step 2: all of it, slowly
#
# Now unfreeze the base. The table says what trains. The rate falls to a thirtieth of the one before: the head is good by now,
# and the base holds knowledge that a few long steps would wipe out. Compile again, or nothing changes.

# %%
backbones.unfreeze(model, from_block=0)

# %%
compiled(model, LOW_RATE)
second = model.fit(*data.train, epochs=5, **schedule)


def joined(one, other):
    """Join the histories of two trainings that followed each other."""
    return {key: one.history[key] + other.history[key] for key in one.history}


plots.learning_curves(
    {"head, from 6 on all": joined(first, second)},
    alt="Loss and accuracy over ten epochs: the head learns first; from epoch 6 on the loss falls further.",
)

# %% [markdown]
# Epochs 1 to 5 are the head, the rest are the whole network. Training is measured on changed pictures and held-out
# accuracy on unchanged ones, so the dashed line may run above the other. The two dozen held-out pictures cannot tell how much was
# won; section 3 will.
#
# Notice what did not happen at epoch 6: no jump. The network went on from where it was. The next section takes away
# one precaution after the other.

# %%
quiz.ask("05", "order")

# %% [markdown] syllabus="F1"
# ## 2. What goes wrong?
#
# ### The first steps with a fresh head
#
# A new head is random, and so is what it says. How large is the gradient that it sends down into the base, and how large
# is it behind a trained head? Here is its length over all weights of the base, for one batch.


# %%
def trained_head(rows, labels):
    """Train a new head on features, in 40 steps; this takes about a second."""
    top = compiled(head(rows, classes=int(labels.max()) + 1), HEAD_RATE)
    top.fit(rows, labels, batch_size=96, epochs=40, verbose=0)
    return top


def gradient_into(base, top, images, labels):
    """Length of the gradient at the weights of the base."""
    with tf.GradientTape() as tape:
        answers = top(base(images))
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, answers))
    return float(tf.linalg.global_norm(tape.gradient(loss, base.trainable_weights)))


# %%
free = backbones.headless(network, trainable=True)
batch = data.train.images[:24], data.train.labels[:24]
fresh = [gradient_into(free, head(rows), *batch) for _ in range(3)]
trained = [
    gradient_into(free, trained_head(rows, data.train.labels), *batch) for _ in range(3)
]
print("fresh head:  ", " ".join(f"{value:6.2f}" for value in fresh))
print("trained head:", " ".join(f"{value:6.2f}" for value in trained))
print(f"on average {np.mean(fresh) / np.mean(trained):.0f} times as large")

# %% [markdown]
# Behind a random head the base is told to change a lot, and to change it for the sake of random weights. Behind a trained head little
# is left to complain about, and what is left has to do with the pictures. That is why the head goes first.
#
# ### What does the base still know?
#
# A base that changes may lose what it knew. To measure that we need an old skill. Take ten kinds of clothes, small and
# grey, and train a head for *them* on the features of the untouched base. This head is never trained again. As long as it
# works, the base still gives it what it needs.


# %%
def chosen(labels, each, kinds, seed=0):
    """Choose `each` pictures of each kind at random: their indices, in random order."""
    rng = np.random.default_rng(seed)
    found = [rng.permutation(np.flatnonzero(labels == kind))[:each] for kind in kinds]
    return rng.permutation(np.concatenate(found))


def clothes(split, each, kinds=range(10)):
    """Choose pictures of clothes, with their grey repeated as red, green and blue."""
    index = chosen(split.labels, each, kinds)
    images = np.repeat(split.images[index][..., None], 3, axis=-1)
    return datasets.Split(images, np.searchsorted(kinds, split.labels[index]))


# %%
fashion = datasets.fashion_mnist()
old_train, old_test = clothes(fashion.train, 30), clothes(fashion.test, 20)
untouched = backbones.headless(network)
old_head = trained_head(backbones.features(untouched, old_train.images), old_train.labels)
before = backbones.features(untouched, old_test.images)
old_accuracy = old_head.evaluate(before, old_test.labels, verbose=0)[1]
print(f"clothes named rightly by the untouched base and the old head: {old_accuracy:.2f}")

# %% [markdown]
# Five trainings follow, on the same pictures, in batches of 8, without augmentation, so that the effects are plain. The first does all as in
# section 1. Each of the others drops one precaution:
#
# - **random start**: the same architecture with random weights;
# - **high rate**: thirty times as high;
# - **batch norm trains**: each batch is scaled by its own mean and variance, and these go into the stored statistics;
# - **fresh head**: base and head together from the start, at the rate that the head needs.
#
# What do you expect of each: on handbags and shoes, and on clothes?


# %%
def trial(base, top, rate, epochs=3):
    """Train base and head together; measure the new task, the old one, and how far the features went."""
    tried = compiled(end_to_end(base, top), rate)
    history = tried.fit(*data.train, epochs=epochs, **{**schedule, "batch_size": 8})
    after = base.predict(old_test.images, batch_size=50, verbose=0)
    lengths = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    return {
        "history": history,
        "new": tried.evaluate(*data.test, verbose=0)[1],
        "old": old_head.evaluate(after, old_test.labels, verbose=0)[1],
        "alike": np.mean(np.sum(after * before, axis=1) / (lengths + 1e-9)),
    }


def ready_head():
    """Train a head on the features of the untouched base."""
    return trained_head(rows, data.train.labels)


# %%
def opened():
    """Load the base with all its blocks unfrozen, batch norm in inference mode."""
    return backbones.headless(network, trainable=True)


trials = {"as in section 1": trial(opened(), ready_head(), LOW_RATE)}

random_base = backbones.headless(network, weights="random")
random_base.trainable = True  # from random weights, batch norm has to learn as well
trials["random start"] = trial(random_base, layers.Dense(2, activation="softmax"), 1e-3)

# %%
trials["high rate"] = trial(opened(), ready_head(), 30 * LOW_RATE)

careless = backbones.headless(network)
careless.trainable = True  # everything in it, batch norm included
trials["batch norm trains"] = trial(careless, ready_head(), LOW_RATE)

trials["fresh head"] = trial(opened(), head(rows), HEAD_RATE)

# %%
plots.curves(
    {
        name: (np.arange(1, 4), found["history"].history["val_loss"])
        for name, found in trials.items()
    },
    xlabel="epoch",
    ylabel="loss on held-out pictures",
    logy=True,
    markers=True,
    alt="Held-out loss over three epochs: low for the careful training, far higher for most of the others.",
)

# %%
print(f"{'':18}  new task  old task  features alike")
print(f"{'untouched':18}  {'':8}  {old_accuracy:8.2f}  {1:8.2f}")
for name, found in trials.items():
    print(f"{name:18}  {found['new']:8.2f}  {found['old']:8.2f}  {found['alike']:8.2f}")

# %% [markdown]
# *New task* is the test accuracy on handbags and shoes, *old task* that on clothes, *features alike* the mean cosine between the
# features of clothes before and after.
#
# - **Random start**: the architecture alone knows nothing, and a few epochs on these pictures teach it next to
#   nothing. Start from pretrained weights, never from random ones.
# - **High rate**: the features end up pointing elsewhere, and the old head reads noise. This is **catastrophic
#   forgetting**. The new task suffers as well, since it lived on the same features.
# - **Batch norm trains**: the new task may not show it, the old one does. The rate is as low as in the first row, but
#   the stored means and variances now come from batches of 8 handbags and shoes.
# - **Fresh head**: the rate that a head needs is far too high for the base, and the large gradients of the first steps
#   go straight into it.
#
# Only the first training learnt the new task and kept the old one. `unfreeze` leaves batch norm in inference mode for that reason, and one
# line undoes it: `base.trainable = True`.

# %%
quiz.ask("05", "forgetting")

# %%
quiz.ask("05", "batch-norm")

# %% [markdown] syllabus="F3"
# ## 3. Three ways to reuse a network
#
# You may take from others (1) the architecture only, (2) the features, with a head of your own, or (3) the weights, and tune
# them: the top blocks, or all. Three seeds each, on all 96 labelled pictures, with augmentation wherever pixels are
# trained on.


# %%
def merged(data):
    """Put training and validation pictures together: the choices have been made."""
    both = zip(data.train, data.validation)
    return dataclasses.replace(
        data, train=datasets.Split(*map(np.concatenate, both)), validation=None
    )


# %%
labelled = merged(data)
began = time.perf_counter()
described = backbones.features(untouched, labelled, cache=False)
once = time.perf_counter() - began
ways = {}


# %%
def repeated(model, start, data, seeds, epochs):
    """Train a compiled model once per seed. `start` puts the first weights in."""

    def again():
        for variable in model.optimizer.variables:
            if variable.name != "learning_rate":
                variable.assign(keras.ops.zeros_like(variable))
        start(model)
        return model

    return training.repeat(again, data, seeds, batch_size=16, epochs=epochs)


# %% [markdown]
# **1. The architecture only**: random weights, batch norm learns too, and the rate is one that suits a beginner.


# %%
def architecture():
    """Build the same architecture with random weights, and a head."""
    base = backbones.headless(network, weights="random")
    base.trainable = True
    return end_to_end(training.augmentation(), base, layers.Dense(2, activation="softmax"))


def forget(model):
    """Put new random weights into a model."""
    model.set_weights(architecture().get_weights())


ways["1 architecture"] = repeated(
    compiled(architecture(), 1e-3), forget, labelled, range(3), epochs=6
)

# %% [markdown]
# **2. Features**, and a head on them. **3. Tuning** from there: the last block, or all blocks.

# %%
ways["2 features, head"] = training.repeat(
    lambda: compiled(head(described.train.images), HEAD_RATE),
    described,
    range(3),
    batch_size=96,
    epochs=40,
)


# %%
def pretrained(model):
    """Put the pretrained weights and a newly trained head into a model."""
    top = trained_head(*described.train)
    model.get_layer(network).set_weights(untouched.get_weights())
    model.get_layer("head").set_weights(top.get_weights())


def tuned(from_block):
    """Build the whole model, with its last blocks unfrozen."""
    model = end_to_end(training.augmentation(), backbones.headless(network), head(rows))
    backbones.unfreeze(model, from_block)
    return compiled(model, LOW_RATE)


last_model = tuned(from_block=-1)
ways["3 tune last block"] = repeated(last_model, pretrained, labelled, range(3), epochs=6)

# %%
full_model = tuned(from_block=0)
ways["3 tune all blocks"] = repeated(full_model, pretrained, labelled, range(3), epochs=6)

# %%
plots.runs(
    ways,
    chance=0.5,
    alt="Test accuracies of three seeds each: from scratch far below; features and fine-tuning close together.",
)

# %%
extra = {"2 features, head": once}
for name, found in ways.items():
    seconds = found.seconds.mean() + extra.get(name, 0)
    low, high = found.interval
    print(f"{name:22} {found.mean:.3f} ({low:.3f} to {high:.3f}) in {seconds:5.1f} s")

# %% [markdown]
# (The seconds are those of training; for features, the one pass through the network is added.) The architecture
# without its weights is worth next to nothing here: these pictures are too few to teach it even edges. More epochs do
# not rescue it; lesson 3 took a far smaller network for that reason, and gave it more time.
#
# What was learnt elsewhere makes the difference, and features with a linear head have most of it, for the fewest
# seconds. Does tuning add anything? Look at the intervals before you answer. With under 100 pictures of a
# kind that the base knows well, a point or two is what it can add, and a test set of this size cannot
# prove that. So the order of work is: features first, as the score to beat; then tuning, if it beats them.

# %% [markdown] syllabus="F2"
# ## 4. Which layers should you freeze?
#
# Two questions decide: how many labelled pictures are there, and how similar are they to those that the network knows? The advice
# that is usually given:
#
# | | target like the old pictures | target unlike them |
# |---|---|---|
# | **few pictures** | a linear head on the features | a head, perhaps on features of an earlier stage; there is little to be won |
# | **more pictures** | tune the last few layers | tune many layers, or all |
#
# The reasons: early layers see edges and colours, which every picture has; late layers see what the old task needed. And the
# more weights you free, the more pictures it takes to hold them in place.
#
# Measure it. Handbags and shoes in colour are like what `mini_resnet` has seen. Icons of ten kinds of clothes, grey and of
# 28×28 pixels, are not. We take few pictures or more, and train a head, the last block, or everything. It is
# this small network whatever you have, and at fewer pixels than usual, since it has to be trained many times.

# %%
shipped = backbones.headless("mini_resnet").get_weights()


def small_base(side):
    """Build mini_resnet for images of another size; the weights are the same."""
    base = mini_resnet(side)
    base.set_weights(shipped)
    return base


def resized(split, side):
    """Bring the images of a split to another size."""
    return datasets.Split(np.array(layers.Resizing(side, side)(split.images)), split.labels)


targets = {
    "handbags, shoes": [resized(split, 64) for split in (labelled.train, data.test)],
    "clothes": [
        resized(clothes(split, each), 32)
        for split, each in [(fashion.train, 96), (fashion.test, 50)]
    ],
}

# %% [markdown]
# First the heads, on two stages of the network. The maps of stage 3 are averaged over height and width, as those of
# stage 4 are.

# %%
seen = {}
for target, splits in targets.items():
    late = small_base(splits[0].images.shape[1])
    middle = layers.GlobalAveragePooling2D()(late.get_layer("stage3_block3_out").output)
    for stage, part in {
        "stage 3": keras.Model(late.input, middle),
        "stage 4": late,
    }.items():
        seen[target, stage] = [part.predict(split.images, verbose=0) for split in splits]


def heads(target, number, seed):
    """Draw training pictures, and train a head on each stage: indices, last head, accuracies."""
    train, test = targets[target]
    kinds = np.unique(train.labels)
    index = chosen(train.labels, number // len(kinds), kinds, seed)
    found = {}
    for stage in ("stage 3", "stage 4"):
        rows, test_rows = seen[target, stage]
        top = trained_head(rows[index], train.labels[index])
        found[f"head, {stage}"] = top.evaluate(test_rows, test.labels, verbose=0)[1]
    return index, top, found


# %% [markdown]
# Then tuning, from the head on stage 4 on. The rate falls to 0 in a fixed number of steps. For the unlike pictures we let it
# begin higher: there is more to change.


# %%
def tunable(target, from_block, rate, steps):
    """Build the small base with a head, its last blocks unfrozen."""
    train = targets[target][0]
    base = small_base(train.images.shape[1])
    with contextlib.redirect_stdout(None):  # the tables have been seen in section 3
        backbones.unfreeze(base, from_block)
    whole = keras.Sequential([base, head(np.zeros((1, 192)), int(train.labels.max()) + 1)])
    return compiled(whole, keras.optimizers.schedules.CosineDecay(rate, steps))


def study(target, models, number, steps, seed):
    """Test accuracy by what is trained, from `number` training pictures."""
    index, top, found = heads(target, number, seed)

    def start(model):
        model.layers[0].set_weights(shipped)
        model.layers[1].set_weights(top.get_weights())

    train, test = targets[target]
    few = datasets.Split(train.images[index], train.labels[index])
    part = dataclasses.replace(data, train=few, test=test, validation=None)
    for name, model in models.items():
        found[name] = repeated(model, start, part, [seed], steps // -(-number // 16)).mean
    return found


# %%
results = {}
for target, numbers, rate, steps in [
    ("handbags, shoes", (16, 96), 2e-4, 48),
    ("clothes", (20, 960), 1e-3, 120),
]:
    blocks = {"last block": -1, "all blocks": 0}
    models = {name: tunable(target, block, rate, steps) for name, block in blocks.items()}
    for number in numbers:
        draws = [study(target, models, number, steps, seed) for seed in range(2)]
        results[target, number] = draws

# %%
columns = list(draws[0])
print(f"{'':15}  pictures", *(f"{name:>13}" for name in columns))
for (target, number), draws in results.items():
    means = (f"{np.mean([draw[name] for draw in draws]):13.2f}" for name in columns)
    print(f"{target:15}  {number:8}", *means)

# %% [markdown]
# Read the table row by row. Where the target is like the old pictures, the head on the last stage is hard to beat, and with
# few pictures nothing is left for tuning to win. Where it is not, two things change. The earlier stage serves as well as
# the last one or better, since it knows less about things and more about edges. And with more pictures, tuning all blocks
# wins back much of what the last stage lacks, more than tuning the last block alone.
#
# Two draws leave some luck in each number: differences of a point or two mean nothing.

# %%
quiz.ask("05", "freeze")

# %%
quiz.ask("05", "last-block")

# %% [markdown] syllabus="F1 F2"
# ### Not frozen, only slower
#
# Between frozen and free there is more: **discriminative rates**. Early blocks change slowly, later ones faster, the head
# fastest. Keras gives a model one optimizer, so we write the training step ourselves, with two: one for the base, one for
# the head.


# %%
def fit_two_rates(model, base_rate, head_rate, epochs=4):
    """Train the base, model.layers[-2], and the head, model.layers[-1], each at its own rate."""
    parts = [model.layers[-2].trainable_variables, model.layers[-1].trainable_variables]
    optimizers = [keras.optimizers.Adam(base_rate), keras.optimizers.Adam(head_rate)]
    for optimizer, part in zip(optimizers, parts):
        optimizer.build(part)

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            answers = model(images, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(labels, answers)
            loss = tf.reduce_mean(losses) + tf.add_n(model.losses)
        for optimizer, part, gradients in zip(
            optimizers, parts, tape.gradient(loss, parts)
        ):
            optimizer.apply(gradients, part)

    pictures = tf.data.Dataset.from_tensor_slices(tuple(data.train)).shuffle(100)
    for images, labels in pictures.batch(16, drop_remainder=True).repeat(epochs):
        step(images, labels)


# %% [markdown]
# A fresh head on an open base, once more. In section 2 one rate for both ruined the base. Which of the three comes out best on
# both counts?

# %%
two_rates = {"high for both": (trials["fresh head"]["new"], trials["fresh head"]["old"])}
for name, head_rate in {"low for both": LOW_RATE, "low and high": HEAD_RATE}.items():
    free = opened()
    whole = end_to_end(free, head(rows))
    fit_two_rates(whole, LOW_RATE, head_rate)
    said = whole.predict(data.test.images, verbose=0).argmax(axis=1)
    after = free.predict(old_test.images, verbose=0)
    old = old_head.evaluate(after, old_test.labels, verbose=0)[1]
    two_rates[name] = np.mean(said == data.test.labels), old
for name, (new, old) in two_rates.items():
    print(f"{name:14} new task {new:.2f}, old task {old:.2f}")

# %% [markdown]
# With the low rate for both, the base is safe, but the head has not learnt its task yet. With the high one for both, the base is gone.
# Two rates keep the base and train the head. In networks with many blocks, each block can have
# a rate of its own, smaller the nearer it is to the input.
#
# It would not do to keep one Adam and multiply the gradients of the base by 0.03. Why?

# %%
quiz.ask("05", "adam")

# %% [markdown] syllabus="F4"
# ## 5. Which network should you start from?
#
# Start from the one that works best on ImageNet, among those that you can run. That is a rule with evidence behind it: across
# many architectures and a dozen data sets, accuracy on ImageNet and accuracy after transfer rise together
# (Kornblith, Shlens and Le, 2019). There is no need to invent an architecture for handbags.
#
# One idea is common to all of these networks: **small filters in stacks** instead of large ones. How much of the picture does a stack of
# three 3×3 layers see, and what does it cost? With 64 channels in and out, without biases:

# %% tags=["nbval-check-output"]
for stack in [(3,), (3, 3), (3, 3, 3), (7,)]:
    weights = sum(convolution.count_parameters(size, 64, 64, bias=False) for size in stack)
    seen = convolution.receptive_field(stack)
    written = " + ".join(f"{size}×{size}" for size in stack)
    print(f"{written:15}  sees {seen}×{seen}   {weights:7,} weights   {len(stack)} × ReLU")
print(f"three 3×3 to one 7×7, for any number of channels C: 27 C² / 49 C² = {27 / 49:.0%}")

# %% [markdown]
# The stack sees the same 7×7 pixels, with little more than half of the weights, and bends the line three times instead of once. It is not the same
# function, though. Count in how many ways each pixel reaches the value in the middle: set all filters to 1.

# %% tags=["nbval-check-output"]
ways_in = np.ones((1, 1), int)
for _ in range(3):
    ways_in = convolution.convolve2d(ways_in, np.ones((3, 3)), padding=2).astype(int)
print(ways_in)

# %% [markdown]
# The middle counts most: what a layer *can* see and what it mainly looks at differ. And how far does a whole network see?
# Here are the 3×3 convolutions of `mini_resnet` in a row, block by block.

# %% tags=["nbval-check-output"]
path = []
for layer in mini_resnet(128).layers:
    if isinstance(layer, layers.Conv2D) and "shortcut" not in layer.name:
        path.append((layer.kernel_size[0], layer.strides[0]))
        if not layer.name.endswith("conv1"):
            block = layer.name.rsplit("_", 1)[0]
            print(
                f"{block:14} {len(path):2} layers deep, sees {convolution.receptive_field(path):3} pixels"
            )

# %% [markdown]
# The view widens faster and faster: each halving of the maps doubles what one step on them means in pixels. The last
# block can see more than the whole picture of 128 pixels. (The 1×1 shortcuts reach less far; they are left out.)

# %%
quiz.ask("05", "share")

# %%
quiz.ask("05", "stack")

# %% [markdown] syllabus="F5"
# ## 6. A museum guide in a pocket
#
# A museum wants an app: point the phone at an object, and it tells you about it. There is no network in the cellar, so the
# model has to run on the phone. About 50 photos of each object can be taken in a morning. That is our case exactly: 48 pictures
# for each of two "exhibits".
#
# The model for the phone is the tuned one of section 3 without the random changes, which are for training only.

# %%
guide = end_to_end(full_model.get_layer(network), full_model.get_layer("head"))
guide_answers = guide.predict(data.test.images, verbose=0)
print(
    f"test accuracy of the guide: {np.mean(guide_answers.argmax(axis=1) == data.test.labels):.3f}"
)

# %% [markdown]
# **LiteRT** (TensorFlow Lite until 2024) runs models on phones, from one file. `phone.convert` exports the model with `model.export` and has
# TensorFlow's converter read it. It does so twice: once as it is, once **quantised**, with large kernels as whole numbers
# from −127 to 127 and one scale for each filter.

# %%
files = {
    "as it is": phone.convert(guide),
    "quantised": phone.convert(guide, quantised=True),
}
for name, content in files.items():
    print(f"{name:10} {len(content) / 1e6:.2f} MB")

# %% [markdown]
# Never hand a file on before it has answered. The interpreter that a phone uses runs here as well. Does the file give the same
# answers as Keras, picture by picture?

# %%
for name, content in files.items():
    said = phone.answers(content, data.test.images)
    same = np.mean(said.argmax(axis=1) == guide_answers.argmax(axis=1))
    print(
        f"{name:10} largest difference {np.abs(said - guide_answers).max():.6f}, same label for {same:.1%}"
    )

# %% [markdown]
# The first file computes what Keras computes, up to rounding. The second is about a quarter of the size, and its probabilities differ
# a little. Whether a label changes is up to the pictures near 50 %. If it does, measure the accuracy of the quantised
# file, not of the model.
#
# Now let the file look at a photo of yours, as it would in the app.

# %%
own_photo.classify(
    lambda images: phone.answers(files["quantised"], images),
    names,
    sample=data.test.images[1],
)

# %% [markdown]
# **Try it: your museum.** Choose three or more objects in the room. Take 50 photos of each, from all sides, near and far, in other light;
# film the rest of the room for a class "nothing". Then
#
# 1. `data = datasets.from_folder("my_museum", size=(128, 128))` in section 1, and `head(rows, classes=...)` with the number of your
#    classes;
# 2. run sections 1, 3 and 6; look at the mistakes before you believe the accuracy;
# 3. `pathlib.Path("guide.tflite").write_bytes(files["quantised"])`, and put the file into an app: Google's LiteRT image-classification
#    sample for Android takes it.
#
# Whoever writes the app needs to know three more things from you.

# %%
quiz.ask("05", "phone")

# %% [markdown]
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{data.name}, {data.origin}",
        "network": network,
        "gradient into the base, fresh head / trained head": np.mean(fresh)
        / np.mean(trained),
        "old task, untouched base": old_accuracy,
        "old task after careful tuning": trials["as in section 1"]["old"],
        "old task after a high rate": trials["high rate"]["old"],
        **{f"test accuracy, {name[2:]}": found.mean for name, found in ways.items()},
        **{f"seconds, {name[2:]}": found.seconds.mean() for name, found in ways.items()},
        "LiteRT file, MB": len(files["as it is"]) / 1e6,
        "LiteRT file, quantised, MB": len(files["quantised"]) / 1e6,
    }
)

# %% [markdown]
# ## Key points
#
# - Start from pretrained weights. Train the head first, then unfreeze, with a rate at least ten times lower.
# - Compile after each change of what trains. Keep batch norm in inference mode.
# - A high rate, or a fresh head at a rate that suits it, wipes out what the base knew: catastrophic forgetting.
# - Features and a head are the first thing to try. Tuning is the second, with more pictures, or pictures unlike the old ones.
# - Stacks of 3×3 filters see as far as large ones, with fewer weights. Take the network that does best on ImageNet.
# - A file for a phone is finished when it has given the same answers as the model.
#
# ## Where next
#
# - Lesson 6 looks into such networks: what their filters wait for, and where in a picture they look.
# - Back to [lesson 3](03_handbags_vs_shoes.ipynb) for augmentation and intervals.
# - Jason Yosinski and others, *How transferable are features in deep neural networks?*, 2014. Jeremy Howard and Sebastian Ruder,
#   *Universal language model fine-tuning for text classification*, 2018, has the discriminative rates. Simon Kornblith and others, *Do
#   better ImageNet models transfer better?*, 2019.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

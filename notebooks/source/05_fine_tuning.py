# %% [markdown]
# # 5. Fine-tuning
#
# <!-- badges -->
#
# Topics: head first, low rates, forgetting, three ways of reuse, which layers to freeze, a file for a phone.
#
# In lesson 4 a trained network was a machine that nobody may open: pictures in, features out, and all learning
# happened in a small head behind it. But its weights are ours now. May they change too, and get better at *our*
# pictures? They may. It is also the easiest way to ruin what others took days to train.
#
# **You will learn**
#
# - to train a network end to end from a pretrained start: head first, then all of it, slowly;
# - to recognise what goes wrong otherwise: high rate, batch norm, a fresh head, a random start;
# - to compare three ways of reuse by accuracy and by time;
# - which layers to freeze for how many pictures of which kind;
# - why small filters in stacks, and which network to start from;
# - to put the result into a file that a phone runs, and to check that it gives the same answers.

# %% tags=["setup"]
# setup

# %%
import contextlib
import dataclasses
import math
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
CLASSES = len(names)
base = backbones.headless("auto")
network = base.name
rows = backbones.features(base, data.train.images)
each = base.count_params() // len(rows)
print(f"{len(rows)} training pictures; {network} has {each:,} weights for each of them")

# %% [markdown]
# With so many weights, random ones are a poor start; section 3 measures how poor. But these are not random.
# **Fine-tuning** means: keep the trained weights as a start, and go on training them for the new task, end to end.
#
# The model takes raw pixels. In it the random changes of lesson 3 come first, then the base, then the head.


# %%
def head(rows, classes=CLASSES):
    """Build the linear head of lesson 4; it scales features as `rows` tell."""
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
    model.optimizer.build(model.trainable_variables)  # else `fit` prepares its step twice
    return model


def end_to_end(*parts):
    """Put a base and a head, or other parts, behind raw pixels."""
    return keras.Sequential([keras.Input((128, 128, 3)), *parts])


# %% [markdown]
# ### Step 1: the head alone
#
# `headless` gives a frozen base. So `fit` trains the head and nothing else, at a rate that suits a small new layer.

# %%
HEAD_RATE = 1e-2
LOW_RATE = 1e-4 if network == "mini_resnet" else 1e-5  # for step 2
model = end_to_end(training.augmentation(), base, head(rows))
compiled(model, HEAD_RATE)
print("weights that train:", f"{sum(w.numpy().size for w in model.trainable_weights):,}")
schedule = {"batch_size": 16, "validation_data": data.validation, "verbose": 0}
first = model.fit(*data.train, epochs=4, **schedule)

# %% [markdown]
# ### Step 2: all of it, slowly
#
# Now unfreeze the base: all of it but batch norm. In Keras a batch norm with `trainable = False` also stays in
# inference mode. Section 2 shows what that is good for.

# %%
base.trainable = True
for layer in base.layers:
    if isinstance(layer, layers.BatchNormalization):
        layer.trainable = False

# %% [markdown]
# `backbones.unfreeze` does the same, from a block of your choice on, and prints what trains. The last rows of
# its table are the head: its scaling and its dense layer.

# %%
backbones.unfreeze(model, from_block=0)

# %% [markdown]
# The rate falls to a hundredth of the one before. The head is good by now, and the base holds knowledge that a few
# long steps would wipe out. How low is low enough? That depends on the network. Networks trained on ImageNet get a
# thousandth here, since MobileNet forgets at a rate that `mini_resnet` bears; section 2 shows how you would notice.
# And compile again: `compile` notes which weights train.

# %%
compiled(model, LOW_RATE)
second = model.fit(*data.train, epochs=4, **schedule)


def joined(one, other):
    """Join the histories of two trainings that followed each other."""
    return {key: one.history[key] + other.history[key] for key in one.history}


plots.learning_curves(
    {"head alone, then all": joined(first, second)},
    alt="Training and held-out loss and accuracy over eight epochs: the head alone up to epoch 4, all weights after.",
)

# %% [markdown] syllabus="J5"
# Epochs 1 to 4 are the head, the rest are the whole network. Training is measured on changed pictures and
# held-out accuracy on unchanged ones, so the dashed line may run above the other. The two dozen held-out
# pictures cannot tell how much was won; section 3 will.
#
# Notice what did not happen at epoch 5: no break. The loss goes on from where it was. The next section leaves out the
# precautions, to see what they are good for.

# %%
quiz.ask("05", "order")

# %% [markdown] syllabus="F1"
# ## 2. What goes wrong?
#
# ### The first steps with a fresh head
#
# A new head is random, and so is what it says. How large is the gradient that it sends down into the base, and how
# large is it behind a trained head? Here is its length over all weights of the base, for one batch.


# %%
def trained_head(rows, labels, scaling=None):
    """Train a new head on features, in 60 steps on all rows at once; this takes about a second."""
    scaling = rows if scaling is None else scaling
    top = compiled(head(scaling, classes=len(np.unique(labels))), HEAD_RATE)
    for _ in range(60):
        top.train_on_batch(rows, labels)
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
# Behind a random head the base is told to change a lot, and for the sake of random weights. Behind a trained head the
# loss on these pictures is small, and so is its gradient; what is left of it has to do with the pictures. With plain
# gradient descent, the steps would be as many times longer. Adam evens out the length (section 4), but not the
# direction. That is why the head goes first.
#
# ### What does the base still know?
#
# A base that changes may lose what it knew. To measure that we need an old skill. Take six kinds of clothes, small
# and grey; bags and footwear are left out, since they are the new task. Train a head for them on the features of the
# untouched base, and never again. As long as it works, the base still gives it what it needs.


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
garments = [0, 1, 2, 3, 4, 6]  # from T-shirt to shirt
old_train, old_test = (
    clothes(fashion.train, 40, garments),
    clothes(fashion.test, 40, garments),
)
untouched = backbones.headless(network)
old_head = trained_head(backbones.features(untouched, old_train.images), old_train.labels)
before = backbones.features(untouched, old_test.images)
old_accuracy = old_head.evaluate(before, old_test.labels, verbose=0)[1]
print(f"clothes named rightly by the untouched base and the old head: {old_accuracy:.2f}")

# %% [markdown]
# A few trainings follow, on the same pictures, in batches of 8, without augmentation, so that the effects are plain.
# The first keeps the precautions of section 1. Each of the others goes wrong in one of the common ways:
#
# - **high rate**: ten times as high;
# - **fresh head**: base and head together from the start, at the rate that the head needs;
# - **batch norm trains**: each batch is scaled by its own mean and variance, and these go into the stored statistics.
#
# What do you expect of each: on handbags and shoes, and on clothes?
#
# Building and compiling a large model anew takes longer than training it here. So we keep the compiled model and
# reset it: the weights to their start, the optimizer's memory to zero.


# %%
def renew(optimizer, rate=None):
    """Empty an optimizer's memory, and give it a new rate."""
    for variable in optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(keras.ops.zeros_like(variable))
    if rate is not None:
        optimizer.learning_rate = rate


def trial(model):
    """Train base and head together; measure the new task, the old one, and how far the features went."""
    history = model.fit(*data.train, epochs=3, **{**schedule, "batch_size": 8})
    after = model.layers[0].predict(old_test.images, batch_size=50, verbose=0)
    lengths = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    return {
        "history": history,
        "new": model.evaluate(*data.test, verbose=0)[1],
        "old": old_head.evaluate(after, old_test.labels, verbose=0)[1],
        "alike": np.mean(np.sum(after * before, axis=1) / (lengths + 1e-9)),
    }


# %%
def opened():
    """Load the base with all its blocks unfrozen, batch norm in inference mode."""
    return backbones.headless(network, trainable=True)


ready = trained_head(rows, data.train.labels)
whole = compiled(end_to_end(opened(), ready), LOW_RATE)
careful = whole.get_weights()  # to begin again from
trials = {}
for name, times in {"as in section 1": 1, "rate × 10": 10}.items():
    whole.set_weights(careful)
    renew(whole.optimizer, times * LOW_RATE)
    trials[name] = trial(whole)

# %%
whole.set_weights(careful)
whole.layers[-1].set_weights(head(rows).get_weights())
renew(whole.optimizer, HEAD_RATE)
trials["fresh head"] = trial(whole)

careless = backbones.headless(network)
careless.trainable = True  # everything in it, batch norm included
whole.set_weights(careful)  # with them, the trained head
trials["batch norm trains"] = trial(compiled(end_to_end(careless, ready), LOW_RATE))

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
    alt="Held-out loss over three epochs, logarithmic: one line for each of four trainings.",
)

# %%
print(f"{'':18}  new task  old task  features alike")
print(f"{'untouched':18}  {'':8}  {old_accuracy:8.2f}  {1:8.2f}")
for name, found in trials.items():
    print(f"{name:18}  {found['new']:8.2f}  {found['old']:8.2f}  {found['alike']:8.2f}")

# %% [markdown]
# *New task* is the test accuracy on handbags and shoes, *old task* that on clothes. *Features alike* is the
# mean cosine between the features of clothes before and after.
#
# - **Ten times the rate**: the new task is learnt, and the old one is being lost. This is **catastrophic
#   forgetting**. Nothing in the loss asked to keep the old skill.
# - **Fresh head**: the rate that a head needs is far too high for the base, and the first steps go where a
#   random head sends them. The base is wrecked for both tasks.
# - **Batch norm trains**: look at the old task. The rate is as low as in the first row, but the stored means
#   and variances move towards those of 8 handbags and shoes at a time, by 3 % with every batch in
#   `mini_resnet`, by 1 % in the usual ImageNet networks. (Scale and shift of batch norm train as well.)
#
# Which trainings learnt the new task *and* kept the old one? `unfreeze` leaves batch norm in inference mode for that
# reason. `base.trainable = True` on a frozen base does not.
#
# **Try it.** A failing old head says that the features have moved. Is the knowledge gone as well? Train a *new*
# head for clothes on the features of a base that forgot.

# %%
quiz.ask("05", "forgetting")

# %%
quiz.ask("05", "batch-norm")

# %% [markdown] syllabus="F3"
# ## 3. Three ways to reuse a network
#
# You may take from others (1) the architecture only, (2) the features, with a head of your own, or (3) the
# weights, and tune them: the top blocks, or all. Three seeds each, on all 96 labelled pictures, with
# augmentation wherever pixels are trained on.


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
backbones.features(untouched, labelled.train.images, cache=False)  # not from an earlier run
once = time.perf_counter() - began
described = backbones.features(untouched, labelled)
ways = {}

# %% [markdown]
# **1. The architecture only**: random weights, and a rate that suits them. Here batch norm has to learn too, which
# makes each step slower. So it gets two epochs, where tuning gets three. Compare the seconds at the end.


# %%
def from_random():
    """Build the same architecture with random weights, all of it unfrozen."""
    base = backbones.headless(network, weights="random")
    base.trainable = True
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9  # few steps, as in lesson 2
    return base


def architecture():
    """Build the same architecture with random weights, and a head."""
    top = layers.Dense(CLASSES, activation="softmax")
    return end_to_end(training.augmentation(), from_random(), top)


ways["1 architecture"] = training.repeat(
    lambda: compiled(architecture(), 1e-3), labelled, range(3), batch_size=16, epochs=2
)

# %% [markdown]
# **2. Features**, and a head on them. **3. Tuning** from there: the last block, or all blocks. As in section 2,
# we keep each compiled model, and reset it for the next seed. One trap in that: `set_weights` puts a trained head
# into the model, but a `Normalization` layer computes with constants, fixed when it adapts, and keeps them. So both
# heads have to be scaled by the same rows.

# %%
ways["2 features, head"] = training.repeat(
    lambda: compiled(head(described.train.images), HEAD_RATE),
    described,
    range(3),
    batch_size=96,
    epochs=40,
)


# %%
def repeat_from(start, model, data, seeds, epochs):
    """Train a compiled model once per seed. `start` puts the first weights in."""

    def again():
        renew(model.optimizer)
        start(model)
        return model

    return training.repeat(again, data, seeds, batch_size=16, epochs=epochs)


def pretrained(model):
    """Put the pretrained weights and a newly trained head into a model."""
    top = trained_head(*described.train)
    model.get_layer(network).set_weights(untouched.get_weights())
    model.get_layer("head").set_weights(top.get_weights())


# %%
def tuned(from_block):
    """Build the whole model, with its last blocks unfrozen."""
    top = head(described.train.images)
    model = end_to_end(training.augmentation(), backbones.headless(network), top)
    backbones.unfreeze(model, from_block)
    return compiled(model, LOW_RATE)


last_model = tuned(from_block=-1)
ways["3 tune last block"] = repeat_from(
    pretrained, last_model, labelled, range(3), epochs=3
)

# %%
full_model = tuned(from_block=0)
ways["3 tune all blocks"] = repeat_from(
    pretrained, full_model, labelled, range(3), epochs=3
)

# %%
plots.runs(
    ways,
    chance=1 / CLASSES,
    alt="Test accuracies of three seeds for each of four ways, with intervals.",
)

# %%
head_seconds = once + ways["2 features, head"].seconds.mean()
seconds = {name: found.seconds.mean() for name, found in ways.items()}
seconds["2 features, head"] = head_seconds
for name in ways:
    if name.startswith("3"):
        seconds[name] += head_seconds  # tuning begins with a trained head
    low, high = ways[name].interval
    print(
        f"{name:18} {ways[name].mean:.3f} ({low:.3f} to {high:.3f}) in {seconds[name]:5.1f} s"
    )

# %% [markdown]
# (The seconds of a way are all that it takes: one pass of the pictures through the network, the head, the
# tuning.) The architecture without its weights gets nowhere in so few steps. Lesson 3 took a far smaller
# network, and many more steps.
#
# What was learnt elsewhere makes the difference, and features with a linear head have most of it, for the fewest
# seconds. Does tuning add anything? Whatever it adds must be larger than the interval before we may claim it. So the
# order of work is: features first, as the score to beat; then tuning, if it beats them.

# %% [markdown] syllabus="F2"
# ## 4. Which layers should you freeze?
#
# Two questions decide: how many labelled pictures are there, and how similar are they to those that the network
# knows? The advice that is usually given:
#
# | | target like the old pictures | target unlike them |
# |---|---|---|
# | **few pictures** | a linear head on the features | a head, on features of an earlier stage too |
# | **more pictures** | tune the last few layers | tune many layers, or all |
#
# The reasons: early layers see edges and colours, which every picture has; late layers see what the old task
# needed. And the more weights you free, the more pictures it takes to hold them in place.
#
# Measure it. Handbags and shoes look like what `mini_resnet` has seen: colour, things in a scene. (Bags and
# shoes themselves were kept from it.) Fashion-MNIST's ten classes differ in look: grey, tiny, on black. We take
# few pictures or more, and train a head, the last block, or everything. This part always uses `mini_resnet`, on
# small images, because it trains many times. There is no augmentation here.


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
# stage 4 are. As in lesson 4, the scaling of the features may use all training pictures, since it needs no labels.

# %%
stored = {}
for target, splits in targets.items():
    late = small_base(splits[0].images.shape[1])
    middle = layers.GlobalAveragePooling2D()(late.get_layer("stage3_block3_out").output)
    both = keras.Model(late.input, [middle, late.output])
    found = [both.predict(split.images, verbose=0) for split in splits]
    stored[target, "stage 3"], stored[target, "stage 4"] = zip(*found)


def heads(target, number, seed):
    """Draw training pictures, and train a head on each stage: indices, last head, accuracies."""
    train, test = targets[target]
    kinds = np.unique(train.labels)
    index = chosen(train.labels, number // len(kinds), kinds, seed)
    found = {}
    for stage in ("stage 3", "stage 4"):
        rows, test_rows = stored[target, stage]
        top = trained_head(rows[index], train.labels[index], scaling=rows)
        found[f"head, {stage}"] = top.evaluate(test_rows, test.labels, verbose=0)[1]
    return index, top, found


# %% [markdown]
# Then tuning, from the head on stage 4 on. The rate falls to 0 in a fixed number of steps, so few pictures are
# seen more often than many. For the clothes it begins higher and takes more steps: there is more to change.
# (How much more, we found by trying. In work of your own, try that on validation pictures.)


# %%
def tunable(target, from_block, rate, steps):
    """Build the small base with a head, its last blocks unfrozen."""
    train = targets[target][0]
    top = head(stored[target, "stage 4"][0], classes=len(np.unique(train.labels)))
    whole = keras.Sequential([small_base(train.images.shape[1]), top])
    with contextlib.redirect_stdout(None):  # the tables have been seen in section 3
        backbones.unfreeze(whole, from_block)
    return compiled(whole, keras.optimizers.schedules.CosineDecay(rate, steps))


def study(target, models, number, steps, seed):
    """Test accuracy by what is trained, from `number` training pictures."""
    index, top, found = heads(target, number, seed)

    def start(model):  # the shipped weights, and the head on stage 4
        model.layers[0].set_weights(shipped)
        model.layers[1].set_weights(top.get_weights())

    train, test = targets[target]
    few = datasets.Split(train.images[index], train.labels[index])
    part = dataclasses.replace(data, train=few, test=test, validation=None)
    epochs = steps // math.ceil(number / 16)
    for name, model in models.items():
        found[name] = repeat_from(start, model, part, [seed], epochs).mean
    return found


# %%
results = {}
for target, numbers, rate, steps in [
    ("handbags, shoes", (16, 96), 3e-4, 24),
    ("clothes", (20, 960), 1e-3, 240),
]:
    blocks = {"last block": -1, "all blocks": 0}
    models = {name: tunable(target, block, rate, steps) for name, block in blocks.items()}
    for number in numbers:
        results[target, number] = study(target, models, number, steps, seed=0)

# %%
columns = list(results["clothes", 20])
print(f"{'target':15} pictures ", " ".join(columns))
for (target, number), found in results.items():
    row = (f"{found[name]:{len(name)}.2f}" for name in columns)
    print(f"{target:15} {number:8} ", *row)

# %% [markdown]
# Read the table row by row. Where the target looks like the old pictures, the head on the last stage is hard to
# beat. Where it does not, two things change. The head on the earlier stage does better than that on the last. One
# reason: it is less bound to the old categories. Another: at 32 pixels a late filter looks mostly at padding. This
# table cannot tell them apart. And tuning wins back what the last stage lacks.
#
# How much has to be tuned for that? The advice says many layers, where there are more pictures. Do the last two
# columns say so? The advice is where to begin looking, not a law. And one draw and some hundreds of test pictures
# leave luck in each number: differences under five points mean nothing.

# %%
quiz.ask("05", "freeze")

# %%
quiz.ask("05", "last-block")

# %% [markdown] syllabus="F1 F2"
# ### Not frozen, only slower
#
# Between frozen and free there is more: **discriminative rates**. Early blocks change slowly, later ones
# faster, the head fastest. Keras gives a model one optimizer, so we write the training step ourselves, with
# two: one for the base, one for the head. Forward, loss, gradients, one update each.


# %%
def step_with(model, optimizers):
    """Build a training step with one optimizer for the base, model.layers[-2], and one for the head."""
    parts = [model.layers[-2].trainable_variables, model.layers[-1].trainable_variables]
    for optimizer, part in zip(optimizers, parts):
        optimizer.build(part)  # its memory has to be there before the step is compiled

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            answers = model(images, training=True)  # batch norm is frozen, and stays so
            losses = keras.losses.sparse_categorical_crossentropy(labels, answers)
            penalty = tf.add_n(model.losses)  # the L2 of the head
            loss = tf.reduce_mean(losses) + penalty
        for optimizer, part, gradients in zip(
            optimizers, parts, tape.gradient(loss, parts)
        ):
            optimizer.apply(gradients, part)

    return step


# %% [markdown]
# A fresh head on an open base, once more. Section 2 has shown a high rate for both. What does a low rate for both
# win, and a low one for the base with a high one for the head? What does each cost?

# %%
two_rates = {"high for both": (trials["fresh head"]["new"], trials["fresh head"]["old"])}
pictures = tf.data.Dataset.from_tensor_slices(tuple(data.train)).shuffle(100, seed=0)
optimizers = [keras.optimizers.Adam(), keras.optimizers.Adam()]
step = step_with(whole, optimizers)
for name, rates in {
    "low for both": (LOW_RATE, LOW_RATE),
    "low, high": (LOW_RATE, HEAD_RATE),
}.items():
    whole.set_weights(careful)
    whole.layers[-1].set_weights(head(rows).get_weights())
    for optimizer, rate in zip(optimizers, rates):
        renew(optimizer, rate)
    for images, labels in pictures.batch(8).repeat(3):
        step(images, labels)
    said = whole.predict(data.test.images, verbose=0).argmax(axis=1)
    after = whole.layers[0].predict(old_test.images, verbose=0)
    old = old_head.evaluate(after, old_test.labels, verbose=0)[1]
    two_rates[name] = np.mean(said == data.test.labels), old
for name, (new, old) in two_rates.items():
    print(f"{name:14} new task {new:.2f}, old task {old:.2f}")

# %% [markdown]
# The high rate for both ruins the base. The low one for both spares it, and leaves the head behind in so few
# steps. Two rates train the head and spare the base. Compare with the first row of section 2, where the head
# was trained first. In networks with many blocks, each block can have a rate of its own, smaller the nearer it
# is to the input.
#
# Why two optimizers? Adam divides each gradient by the usual size of that gradient, so its steps are about as
# long as the rate says. Could we not keep one Adam, and multiply the gradients of the base by 0.01?

# %%
quiz.ask("05", "adam")

# %% [markdown] syllabus="F4"
# ## 5. Which network should you start from?
#
# Start from the one that works best on ImageNet, among those that you can run. Across 16 architectures and 12
# data sets, accuracy on ImageNet and accuracy after transfer rise together; for fine distinctions, such as
# makes of cars, the gain is small (Kornblith, Shlens and Le, 2019). There is no need to invent an architecture
# for handbags.
#
# Many of these networks share an idea: **small filters in stacks** instead of large ones. How much of
# the picture does a stack of three 3×3 layers see, and what does it cost? With 64 channels in and out, without
# biases:

# %% tags=["nbval-check-output"]
for stack in [(3,), (3, 3), (3, 3, 3), (7,)]:
    weights = sum(convolution.count_parameters(size, 64, 64, bias=False) for size in stack)
    seen = convolution.receptive_field(stack)
    written = " + ".join(f"{size}×{size}" for size in stack)
    print(f"{written:15}  sees {seen}×{seen}   {weights:7,} weights   {len(stack)} × ReLU")
print(f"three 3×3 to one 7×7, for any number of channels C: 27 C² / 49 C² = {27 / 49:.0%}")

# %% [markdown]
# The stack sees the same 7×7 pixels, with little more than half of the weights, and has three ReLUs in place of
# one. It is not the same function, though. Count in how many ways each pixel reaches the value in the middle:
# set all filters to 1.

# %% tags=["nbval-check-output"]
ways_in = np.ones((1, 1), int)
for _ in range(3):
    ways_in = convolution.convolve2d(ways_in, np.ones((3, 3)), padding=2).astype(int)
print(ways_in)

# %% [markdown]
# With equal weights the middle counts most: what a layer *can* see and what it mainly looks at differ. And how
# far does a whole network see? Here are the 3×3 convolutions of `mini_resnet` in a row, block by block.

# %% tags=["nbval-check-output"]
path = []
for layer in mini_resnet(128).layers:
    if isinstance(layer, layers.Conv2D) and "shortcut" not in layer.name:
        path.append((layer.kernel_size[0], layer.strides[0]))
        if not layer.name.endswith("conv1"):  # the end of a block
            block = layer.name.rsplit("_", 1)[0]
            print(
                f"{block:14} {len(path):2} layers deep, sees {convolution.receptive_field(path):3} pixels"
            )

# %% [markdown]
# The view widens faster and faster: each halving of the maps doubles what one step on them means in pixels. In
# the middle of its maps, the last block can see the whole picture of 128 pixels. (The 1×1 shortcuts reach less
# far; they are left out.)

# %%
quiz.ask("05", "share")

# %%
quiz.ask("05", "stack")

# %% [markdown] syllabus="F5"
# ## 6. A museum guide in a pocket
#
# A museum wants an app: point the phone at an object, and it tells you about it. There is no network in the
# cellar, so the model has to run on the phone. About 50 photos of each object can be taken in a morning. That
# is our case exactly: 48 pictures for each of two "exhibits".
#
# We take the tuned model of section 3; a frozen base with its head would give a file of the same size. The
# random changes stay behind: they are for training only.

# %%
guide = end_to_end(full_model.get_layer(network), full_model.get_layer("head"))
guide_answers = guide.predict(data.test.images, verbose=0)
print(
    f"test accuracy of the guide: {np.mean(guide_answers.argmax(axis=1) == data.test.labels):.3f}"
)

# %% [markdown]
# **LiteRT** (TensorFlow Lite until 2024) runs models on phones, from one file. `phone.convert` exports the
# model with `model.export` and has TensorFlow's converter read it. It does so twice: once as it is, once
# **quantised**. Then each filter keeps one scale, and its weights become whole numbers from −127 to 127: weight
# ≈ scale × number.

# %%
files = {
    "as it is": phone.convert(guide),
    "quantised": phone.convert(guide, quantised=True),
}
for name, content in files.items():
    print(f"{name:10} {len(content) / 1e6:.2f} MB")

# %% [markdown]
# Never hand a file on before it has answered. The **interpreter**, the program that runs such files on a phone,
# runs here as well. Does the file give the same answers as Keras, picture by picture?

# %%
for name, content in files.items():
    said = phone.answers(content, data.test.images)
    same = np.mean(said.argmax(axis=1) == guide_answers.argmax(axis=1))
    print(
        f"{name:10} largest difference {np.abs(said - guide_answers).max():.6f}, same label for {same:.1%}"
    )

# %% [markdown]
# The first file computes what Keras computes, up to rounding. The second is about a quarter of the size; look
# how far its probabilities differ. A label changes where a picture was near 50 %. If any does, measure the
# accuracy of the quantised file, not of the model.
#
# Now let the file look at a photo of yours, as it would in the app.

# %%
own_photo.classify(
    lambda images: phone.answers(files["quantised"], images),
    names,
    sample=data.test.images[1],
)

# %% [markdown]
# **Try it: your museum.** Choose three or more objects in the room. Take 50 photos of each, from all sides, near and
# far, in other light; film the rest of the room for a class "nothing". Then
#
# 1. put `data = datasets.from_folder("my_museum", size=(128, 128))` into section 1; the rest follows from the
#    number of your classes;
# 2. run the lesson again, and look at the mistakes before you believe the accuracy;
# 3. `pathlib.Path("guide.tflite").write_bytes(files["quantised"])`, and give the file to somebody who builds apps.
#
# What does the author of the app have to know besides the file?

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
        "old task after ten times the rate": trials["rate × 10"]["old"],
        **{f"test accuracy, {name[2:]}": found.mean for name, found in ways.items()},
        **{f"seconds, {name[2:]}": value for name, value in seconds.items()},
        "LiteRT file, MB": len(files["as it is"]) / 1e6,
        "LiteRT file, quantised, MB": len(files["quantised"]) / 1e6,
    }
)

# %% [markdown]
# ## Key points
#
# - Start from pretrained weights. Train the head first, then unfreeze, with a rate at least ten times lower.
# - Compile after each change of what trains. Keep batch norm in inference mode.
# - A high rate, or a fresh head at a rate that suits it, moves the base away from what it knew: catastrophic
#   forgetting.
# - Features and a head are the first thing to try. Tuning is the second, with more pictures, or pictures unlike
#   the old ones.
# - Stacks of 3×3 filters see as far as large ones, with fewer weights. Take the network that does best on ImageNet.
# - Compare the answers of a phone's file with the model's, here and on the phone. Hand over pixel range,
#   channel order and order of classes with it.
#
# ## Where next
#
# - Lesson 6 looks into such networks: what their filters wait for, and where in a picture they look.
# - Back to [lesson 3](03_handbags_vs_shoes.ipynb) for augmentation and intervals.
# - Jason Yosinski and others, *How transferable are features in deep neural networks?*, 2014. Jeremy Howard and
#   Sebastian Ruder, *Universal language model fine-tuning for text classification*, 2018, has the
#   discriminative rates. Simon Kornblith and others, *Do better ImageNet models transfer better?*, 2019.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

# %% [markdown] syllabus="J1"
# # Homework 1. Fine-tuning
#
# <!-- badges -->
#
# Topics: head first, then all of it; which weights train; features against tuning; two failures on purpose.
#
# Lesson 4 took a network that others had trained, stopped before its last layer, and used what came out. Lesson 5
# opened it. Now you do it yourself, from end to end: you decide what trains, you measure whether it was worth it, and
# you break it twice, in ways that happen to everybody once. After that you will recognise them.
#
# **You will learn**
#
# - to prove, not only to hope, that the right weights train and the others do not;
# - to compare three ways of reuse by accuracy and seconds, and to claim no more than the test set can bear;
# - what a rate that is too high does to a trained network;
# - what batch norm stores, and how a careless line spoils it.
#
# You need lessons 3, 4 and 5. Everything runs on two processor cores in about three minutes.

# %% [markdown]
# ## How it is marked
#
# | part | points |
# |---|---|
# | 1 a head on a frozen base | 2 |
# | 2 open the base | 3 |
# | 3 train in two phases | 2 |
# | 4 an interval for several seeds | 2 |
# | 5 three ways to reuse a network | 2 |
# | 6 what may you claim? (written) | 2 |
# | 7 how far did it move? | 1 |
# | 8 what batch norm stores | 2 |
# | 9 two failures on purpose | 2 |
# | 10 explain them (written) | 2 |
# | **together** | **20** |
#
# - Write only where it says `YOUR CODE HERE` or `YOUR ANSWER HERE`, and take the line `raise NotImplementedError()`
#   out. You may add cells. Leave the cells with a `check` as they are: they are put back before marking.
# - A check tells at once whether an answer is right; run it as often as you like. No check asks for a high accuracy.
#   They ask whether you did what you say.
# - The two written parts are marked by a person. Each has its rubric above it. Short is good.

# %% tags=["setup"]
# setup

# %% nbgrader={"grade": false, "grade_id": "given-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import dataclasses

import keras
import numpy as np
from keras import layers

from helpers import backbones, check, datasets, plots, training

keras.utils.set_random_seed(0)

# %% [markdown]
# The pictures are those of lessons 3 to 5, handbags and shoes, 128×128 pixels. The network is the course's own,
# `mini_resnet`, because it is small and is there without a download.

# %% nbgrader={"grade": false, "grade_id": "given-data", "locked": true, "schema_version": 3, "solution": false, "task": false}
data = datasets.handbags_and_shoes(size=(128, 128))
names = data.class_names
base = backbones.headless("mini_resnet")
test_size = len(data.test.labels)
print({side: len(split.labels) for side, split in data.splits.items()}, names)
print(f"{base.name}: {base.count_params():,} weights, {base.output_shape[-1]} features")

# %% [markdown]
# ## 1. What shall train?
#
# First put a new last layer on the base: a **head**, one dense layer with a softmax, one output for each class. The
# base is **frozen** while the head learns. Why? The head starts at random. What it says in its first steps is noise,
# and the gradient of noise should not reach weights that took others days to train.
#
# How many weights does a head have? On paper: 192 features and 2 classes make $192 \cdot 2$ weights and 2 biases, 386
# numbers. Compare that with what the base has. And with the number of training pictures.
#
# ### Exercise 1: a head on a frozen base (2 points)
#
# `with_head` takes a headless network, open or frozen, and gives a model from 128×128 pixels to probabilities, ready
# to be compiled. The base does its own preprocessing, so raw pixels go in. The head is the last layer of the model.


# %% nbgrader={"grade": false, "grade_id": "e1-with-head", "locked": false, "schema_version": 3, "solution": true, "task": false}
def with_head(base, classes):
    """Put a dense layer with softmax on a base, and freeze the base."""
    ### BEGIN SOLUTION
    base.trainable = False
    head = layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input((128, 128, 3)), base, head])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e1-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.frozen_base(with_head)
### BEGIN HIDDEN TESTS
whole = with_head(base, 7)
assert sum(int(np.prod(w.shape)) for w in whole.trainable_weights) == 192 * 7 + 7
assert not base.trainable_weights and whole.output_shape == (None, 7)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. And then?
#
# When the head is good, the base may follow. Three things decide whether that goes well.
#
# - **Batch norm stays as it was.** It scales each channel by a mean and a variance that were stored in pretraining.
#   With a few pictures in a batch, new ones would be worth little. In Keras, a batch norm with `trainable = False`
#   also stays in inference mode: it uses what is stored and stores nothing.
# - **The rate is low.** The base is near a good place already. On paper: Adam's first steps are about as long as the
#   rate says. With 0.01, a weight of 0.03 can change its sign in four steps. With 0.0001 it moves by about a
#   hundredth of itself in three.
# - **`compile` again.** Keras notes which weights train when the training function is made. What you open later does
#   not join in by itself, and nothing complains.
#
# ### Exercise 2: open the base (3 points)
#
# `open_up` gets a model of yours whose head has learnt, and its base. After it, everything but batch norm trains, at
# `rate`. It changes no weight. The check takes two training steps and looks at every array.


# %% nbgrader={"grade": false, "grade_id": "e2-open-up", "locked": false, "schema_version": 3, "solution": true, "task": false}
def open_up(model, base, rate):
    """Let all of the base but batch norm train, and make the model ready to train at a rate."""
    ### BEGIN SOLUTION
    base.trainable = True  # batch norm as well, until the next lines
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e2-test", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.second_phase(open_up)
### BEGIN HIDDEN TESTS
opened = backbones.headless("mini_resnet")
open_up(with_head(opened, 2), opened, 1e-4)
norms = [x for x in opened.layers if isinstance(x, layers.BatchNormalization)]
assert len(norms) > 5 and not any(x.trainable for x in norms)
assert len(opened.trainable_weights) == sum(w.ndim == 4 for w in opened.get_weights())
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Head first, then all of it
#
# Now with the pictures. `snapshot` copies every weight of a model, so that one can say afterwards what moved.


# %% nbgrader={"grade": false, "grade_id": "given-snapshot", "locked": true, "schema_version": 3, "solution": false, "task": false}
def snapshot(model):
    """Copy every weight of a model: its path -> array."""
    return {weight.path: weight.numpy().copy() for weight in model.weights}


model = with_head(base, len(names))
start = snapshot(model)

# %% [markdown]
# ### Exercise 3: train in two phases (2 points)
#
# Choose a rate for the head and a lower one for the whole. Compile and train `model` with the first, keep a snapshot
# in `after_first`, open the base, train on, keep another in `after_second`. Leave what `fit` returns in `first` and
# `second`. Use `data.train` to learn from and `data.validation` to look on. Six epochs and four, in batches of 16,
# are enough.
#
# The test set stays in its drawer. Why, when it would be so easy to look?

# %% nbgrader={"grade": false, "grade_id": "e3-train", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
HEAD_RATE, LOW_RATE = 1e-2, 1e-4
how = {"batch_size": 16, "validation_data": data.validation, "verbose": 0}
loss = "sparse_categorical_crossentropy"
model.compile(keras.optimizers.Adam(HEAD_RATE), loss, metrics=["accuracy"])
first = model.fit(*data.train, epochs=6, **how)
after_first = snapshot(model)
open_up(model, base, LOW_RATE)
second = model.fit(*data.train, epochs=4, **how)
after_second = snapshot(model)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "e3-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
stages = start, after_first, after_second
check.two_phases(model, base, stages, rates=(HEAD_RATE, LOW_RATE))
### BEGIN HIDDEN TESTS
assert len(first.history["val_loss"]) and len(second.history["val_loss"])
kernel = "stem_conv/kernel"
assert np.array_equal(start[kernel], after_first[kernel])
assert np.abs(after_second[kernel] - start[kernel]).max() > 0
### END HIDDEN TESTS

# %%
plots.learning_curves(
    {"the head": first, "all of it": second},
    alt="Loss and accuracy, training and validation, while the head trains and while the whole network does.",
)

# %% [markdown]
# Compare where the lines of the first phase end with where those of the second begin. If the loss jumps up between
# them, the rate is too high.
#
# ## 4. What does one number say?
#
# Another seed gives another accuracy. So one trains several times and takes the mean. But all runs are measured on
# the *same* test pictures. More seeds tell you more about the luck of training. They tell you nothing new about
# pictures that are not in the test set. For that, its size counts, and it counts once.
#
# On paper: three seeds name 90, 92 and 88 of 100 test pictures rightly. The mean is 0.90, and Wilson's interval for
# 90 of 100 is 0.826 to 0.945. Whoever puts the three runs together and says "270 of 300" gets 0.861 to 0.929, and
# claims to have seen 300 pictures. There were 100.
#
# ### Exercise 4: an interval for several seeds (2 points)


# %% nbgrader={"grade": false, "grade_id": "e4-interval", "locked": false, "schema_version": 3, "solution": true, "task": false}
def interval(accuracies, test_size):
    """Give the bounds (low, high) of the 95 % interval for the mean accuracy of several runs."""
    ### BEGIN SOLUTION
    right = round(float(np.mean(accuracies)) * test_size)
    return training.wilson_interval(right, test_size)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e4-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.interval(interval)
### BEGIN HIDDEN TESTS
assert np.allclose(interval(np.array([0.9, 0.92, 0.88]), 100), (0.8256, 0.9448), atol=1e-3)
assert interval(np.ones(3), 50)[1] <= 1
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Is it worth it?
#
# Three ways, from cheap to dear:
#
# 1. **features**: run the base once, and train a head on what comes out;
# 2. **last block**: from there, tune the last block of the base with the head;
# 3. **all blocks**: from there, tune everything.
#
# Each with three seeds. Which one wins on under 100 pictures? And what does it cost? Write your guess down first.
#
# All labelled pictures may train now, those of validation too: there is nothing left to choose. A ready head comes
# before each tuning, as in section 3. To save time, a model is compiled once and put back to its start for each seed.

# %% nbgrader={"grade": false, "grade_id": "given-ways", "locked": true, "schema_version": 3, "solution": false, "task": false}
both = zip(data.train, data.validation)
labelled = dataclasses.replace(
    data, train=datasets.Split(*map(np.concatenate, both)), validation=None
)
untouched = backbones.headless("mini_resnet")
described = backbones.features(untouched, labelled)


def head_on_features():
    """Build the head of exercise 1 for features, compiled."""
    answer = layers.Dense(len(names), activation="softmax")
    head = keras.Sequential([keras.Input(described.train.images.shape[1:]), answer])
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return head


def reset(model, *weights):
    """Put the weights of a compiled model's layers back, and forget what its optimizer remembers."""
    for variable in model.optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(keras.ops.zeros_like(variable))
    for layer, arrays in zip(model.layers, weights, strict=True):
        layer.set_weights(arrays)


def tune(model, seeds=(0, 1, 2), epochs=3):
    """Train a compiled model once for each seed, from the pretrained base and a ready head on."""
    head = head_on_features()

    def again():
        shapes = [weight.shape for weight in head.weights]
        reset(head, [keras.random.normal(shape, stddev=0.1) for shape in shapes])
        head.fit(*described.train, epochs=20, batch_size=32, verbose=0)
        reset(model, untouched.get_weights(), head.get_weights())
        return model

    return training.repeat(again, labelled, seeds, batch_size=16, epochs=epochs)


# %% [markdown]
# ### Exercise 5: three ways to reuse a network (2 points)
#
# Fill in `ways`, the runs of each, and `trained`, how many weights train in each. For the features, `training.repeat`
# of lesson 3 will do, on `described`, with 20 epochs in batches of 32. For the other two, build a model with
# `with_head` on a fresh base, open the last block or all blocks, and hand it to `tune`. `backbones.unfreeze(model,
# -1)` opens the last block and prints what trains; batch norm stays in inference mode there. Who opens must compile.

# %% nbgrader={"grade": false, "grade_id": "e5-ways", "locked": false, "schema_version": 3, "solution": true, "task": false}
ways = {"features": None, "last block": None, "all blocks": None}
trained = {"features": None, "last block": None, "all blocks": None}


def count(model):
    """Count the weights that train."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


### BEGIN SOLUTION
ways["features"] = training.repeat(
    head_on_features, described, (0, 1, 2), batch_size=32, epochs=20
)
trained["features"] = count(head_on_features())
for name, from_block in {"last block": -1, "all blocks": 0}.items():
    tuned = with_head(backbones.headless("mini_resnet"), len(names))
    backbones.unfreeze(tuned, from_block)
    tuned.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    ways[name], trained[name] = tune(tuned), count(tuned)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "e5-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.comparison(ways, trained, ("features", "last block", "all blocks"), test_size)
### BEGIN HIDDEN TESTS
assert trained["features"] == 192 * len(names) + len(names)
assert all(
    len(runs.accuracies) >= 3 and runs.test_size == test_size for runs in ways.values()
)
assert trained["all blocks"] < untouched.count_params() + trained["features"]
### END HIDDEN TESTS

# %%
print(f"{'way':12} {'weights':>9}  accuracy  95 % interval    seconds")
for name, runs in ways.items():
    low, high = interval(runs.accuracies, test_size)
    print(
        f"{name:12} {trained[name]:9,}  {runs.mean:8.3f}  {low:.3f} to {high:.3f}  {runs.seconds.mean():7.1f}"
    )

# %%
plots.runs(
    ways,
    chance=1 / len(names),
    alt="Test accuracy of three seeds for features, last block and all blocks, with intervals.",
)

# %% [markdown]
# ### Exercise 6: what may you claim? (2 points, written)
#
# Somebody has an afternoon, a laptop and 100 pictures, and asks you which of the three ways to take. Answer in 80 to
# 200 words, from your own table.
#
# | the answer | points |
# |---|---|
# | names the difference between two ways and says whether the intervals allow to claim it | 0.75 |
# | knows what the intervals contain (the test set's size) and what they do not (the seeds, other pictures) | 0.5 |
# | weighs seconds against accuracy, and says which work is missing in the seconds of the features | 0.5 |
# | gives advice, and says what would change it | 0.25 |

# %% [markdown] nbgrader={"grade": true, "grade_id": "e6-claim", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false} report={"required": false, "min_words": 80, "headings": ["What I would advise"]}
# ### What I would advise
#
# ### BEGIN SOLUTION
# Look at the three means first, and then at the intervals. Mine overlap over nearly all of their length, so the table
# shows no winner, although the means differ. Each interval says what a test set of this size leaves open for one way.
# It does not contain the luck of the seeds, which the single points show, and it cannot know pictures of another
# kind. All ways were measured on the same pictures, so a comparison picture by picture could see smaller differences
# than two separate intervals can.
#
# The seconds of the features leave out the one pass of all pictures through the base, and those of tuning leave out
# the head before it. With both added, features still need the least time by far. So I advise features with a head. I
# would change my mind with several hundred pictures, or with pictures unlike those of pretraining, because then there
# is more to learn and more to learn it from. To find out I would repeat the table with a larger test set.
# ### END SOLUTION

# %% [markdown]
# ## 7. Two ways to break it
#
# So far the precautions worked, and one does not see what they are good for. Now leave two of them out, one at a
# time.
#
# To say what happened one needs a measure. How far has the base moved from where it started, compared with its size?
# Put all arrays into one long row of numbers, before and after:
#
# $$\text{change} = \frac{\lVert \text{after} - \text{before} \rVert}{\lVert \text{before} \rVert}$$
#
# On paper: two arrays, (3) and (0, 4), become (3) and (3, 4). The difference is (0, 3, 0), of length 3. The length
# before is $\sqrt{3^2 + 4^2} = 5$. So the change is 0.6. The mean of the two arrays' own changes would be something
# else. What would it be?
#
# ### Exercise 7: how far did it move? (1 point)


# %% nbgrader={"grade": false, "grade_id": "e7-relative-change", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_change(before, after):
    """Compare two lists of arrays: the length of their difference by the length of the first."""
    ### BEGIN SOLUTION
    moved = sum(((b - a) ** 2).sum() for a, b in zip(before, after))
    return np.sqrt(moved / sum((a**2).sum() for a in before))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e7-test", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.relative_change(relative_change)
### BEGIN HIDDEN TESTS
was, became = (
    [np.array([3.0]), np.array([0.0, 4.0])],
    [np.array([3.0]), np.array([3.0, 4.0])],
)
assert np.isclose(relative_change(was, became), 0.6) and relative_change(was, was) == 0
### END HIDDEN TESTS

# %% [markdown]
# ## 8. What does batch norm store?
#
# In training mode, batch norm scales each channel by the mean and the variance of the *batch*. It cannot do so later,
# when there may be a single picture. So it also keeps a running mean and a running variance. With each batch they
# move a little towards those of the batch, and the **momentum** $m$, such as 0.97, says how much stays:
#
# $$\text{stored} \leftarrow m \cdot \text{stored} + (1 - m) \cdot \text{batch}$$
#
# On paper: stored is 0.2, a batch has 1.0, $m = 0.97$. Then $0.97 \cdot 0.2 + 0.03 \cdot 1.0 = 0.224$. A small step.
# But what remains of the old value after a hundred batches? $0.97^{100} \approx 0.048$. Nothing in the loss asked for
# that, and no learning rate slows it down.
#
# ### Exercise 8: what batch norm stores (2 points)
#
# `moving_average` starts with `stored`, (C,), and takes the means of the batches, (steps, C), one after the other.
# `statistics` gives the stored means and variances of every batch norm of a network, as copies: mean, variance, mean,
# variance, and so on. Scale and shift, which are learnt, are not among them.


# %% nbgrader={"grade": false, "grade_id": "e8-statistics", "locked": false, "schema_version": 3, "solution": true, "task": false}
def moving_average(stored, means, momentum):
    """Move stored numbers (C,) towards those of each batch in turn, (steps, C)."""
    ### BEGIN SOLUTION
    for mean in means:
        stored = momentum * stored + (1 - momentum) * mean
    return stored
    ### END SOLUTION


def statistics(network):
    """Copy the stored means and variances of all batch norms of a network: a list of arrays."""
    ### BEGIN SOLUTION
    norms = [x for x in network.layers if isinstance(x, layers.BatchNormalization)]
    return [w.numpy().copy() for x in norms for w in (x.moving_mean, x.moving_variance)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e8-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.moving_average(moving_average)
check.statistics(statistics)
### BEGIN HIDDEN TESTS
assert np.isclose(moving_average(np.array([0.2]), np.array([[1.0]]), 0.97)[0], 0.224)
assert np.allclose(moving_average(np.zeros(2), np.ones((100, 2)), 0.97), 1 - 0.97**100)
assert [a.shape for a in statistics(untouched)][:2] == [(24,), (24,)]
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Break it
#
# Each trial starts from a fresh base and a ready head, and trains three epochs in batches of 8. All three get the
# training pictures *sorted by class*, as a careless loader delivers them, and `fit` does not shuffle them:
# `sorted_pictures`. So nearly every batch holds one class only. A network that looks at each picture by itself can
# bear that for a few epochs.
#
# - **careful**: the base opened by `open_up`, at a rate of 0.0001;
# - **high rate**: the same at 0.003;
# - **batch norm trains**: the same as careful, but in the place of `open_up` stands the one line that looks as if it
#   did the same, `base.trainable = True`, and then `compile`.
#
# Before you run them: which trial moves the weights far, and which the statistics? Which loses accuracy, and on which
# pictures: those it trains on, or the others?
#
# ### Exercise 9: two failures on purpose (2 points)
#
# `trial` returns a dictionary: the relative change of the `"weights"` (`kernels` gives those of all convolutions),
# that of the `"statistics"`, the test `"accuracy"`, and what `fit` returned as `"history"`.


# %% nbgrader={"grade": false, "grade_id": "given-ready", "locked": true, "schema_version": 3, "solution": false, "task": false}
def kernels(network):
    """Copy the weights of all convolutions of a network: a list of arrays."""
    return [w for w in network.get_weights() if w.ndim == 4]


keras.utils.set_random_seed(0)
order = np.argsort(data.train.labels, kind="stable")
sorted_pictures = datasets.Split(*(part[order] for part in data.train))
rows = backbones.features(untouched, data.train.images)
ready = head_on_features()
ready.fit(rows, data.train.labels, batch_size=16, epochs=20, verbose=0)


# %% nbgrader={"grade": false, "grade_id": "e9-trials", "locked": false, "schema_version": 3, "solution": true, "task": false}
def trial(rate, batch_norm_trains=False):
    """Tune a fresh base behind a ready head, and measure what moved."""
    keras.utils.set_random_seed(0)
    fresh = backbones.headless("mini_resnet")
    whole = with_head(fresh, len(names))
    whole.layers[-1].set_weights(ready.get_weights())
    ### BEGIN SOLUTION
    if batch_norm_trains:
        fresh.trainable = True
        loss = "sparse_categorical_crossentropy"
        whole.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    else:
        open_up(whole, fresh, rate)
    weights, stored = kernels(fresh), statistics(fresh)
    how = {"batch_size": 8, "shuffle": False, "validation_data": data.validation}
    history = whole.fit(*sorted_pictures, epochs=3, verbose=0, **how)
    return {
        "weights": relative_change(weights, kernels(fresh)),
        "statistics": relative_change(stored, statistics(fresh)),
        "accuracy": whole.evaluate(*data.test, batch_size=100, verbose=0)[1],
        "history": history,
    }
    ### END SOLUTION


trials = {
    "careful": trial(1e-4),
    "high rate": trial(3e-3),
    "batch norm trains": trial(1e-4, batch_norm_trains=True),
}

# %% nbgrader={"grade": true, "grade_id": "e9-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.failures(trials, test_size)
### BEGIN HIDDEN TESTS
assert trials["careful"]["weights"] < 0.3
assert trials["batch norm trains"]["statistics"] > 1e-3
### END HIDDEN TESTS

# %%
print(f"{'trial':18} weights moved  statistics moved  test accuracy")
for name, found in trials.items():
    print(
        f"{name:18} {found['weights']:13.3f}  {found['statistics']:16.3f}  {found['accuracy']:13.3f}"
    )

# %%
plots.learning_curves(
    {name: found["history"] for name, found in trials.items()},
    alt="Loss and accuracy over three epochs for the careful trial, the high rate, and batch norm in training mode.",
)

# %% [markdown]
# ### Exercise 10: explain them (2 points, written)
#
# Write for somebody who has just seen one of these curves and does not know what went wrong. Keep the two headings,
# 120 to 300 words in all. Every number you name must stand in an output above.
#
# | the answer | points |
# |---|---|
# | high rate: says what moved, how far, and why a high rate is worse for a trained base than for a random start | 0.75 |
# | batch norm: says what moved although the rate was low, and what a batch of one class does to its mean | 0.75 |
# | tells how to see from outside which of the two it is, before anything is changed | 0.5 |
#
# Not every curve need fall. If one of your trials lost no accuracy somewhere, say so, and say why the precaution is
# right nevertheless. A failure that the table and the curves do not show earns nothing.

# %% [markdown] nbgrader={"grade": true, "grade_id": "e10-explain", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false} report={"required": false, "min_words": 120, "headings": ["The high rate", "Batch norm"]}
# ### The high rate
#
# ### BEGIN SOLUTION
# The weights of the convolutions moved many times as far as in the careful trial; the table has both numbers. The
# pretrained weights are a good place, and the features that the ready head was trained on live there. Adam's steps
# are about as long as the rate says, whatever the gradient is. So a few long steps leave that place, and the head
# gets features that it has never seen. From random weights there is nothing to lose, and the same rate is usual. The
# curves show it at once, on the training pictures and on the validation pictures alike, and the test accuracy falls
# with them.
# ### END SOLUTION
#
# ### Batch norm
#
# ### BEGIN SOLUTION
# Here the weights moved nearly as little as in the careful trial, but the stored statistics moved, because their
# steps depend on the momentum and not on the rate. In training each batch is scaled by its own mean and variance.
# When all pictures of a batch are shoes, the mean is that of shoes, and subtracting it takes away what tells shoes
# from bags. So the training accuracy is poor, although the rate is low. Validation uses the stored numbers and may
# look well at the same time, as it does here after three epochs: the test accuracy in my table differs from the
# careful one by less than a test set of this size can tell. The precaution is right all the same, since the network
# trains on answers that it will never give again, and the stored numbers drift with every batch.
#
# Seen from outside: if training and validation are both bad, it is the rate. If the two differ, and the worse one is
# that in training mode, I would ask the same pictures once with training=True and once without. Only batch norm, or
# dropout, gives two answers then.
# ### END SOLUTION

# %% [markdown]
# ## Key points
#
# - Freeze, train the head, open, compile, train slowly. After each step one can prove what moved.
# - Batch norm has two kinds of numbers: learnt ones, and stored ones that move in training mode whatever the rate is.
# - Several seeds show the luck of training. The size of the test set says what may be claimed about other pictures.
# - With few pictures, features and a head are hard to beat, and cheap.
#
# ## Where next
#
# - Homework 2 does all this with pictures of your own.
# - Back to [lesson 5](../05_fine_tuning.ipynb) for forgetting, for a fresh head, and for a file that runs on a phone.
# - Sergey Ioffe and Christian Szegedy, *Batch normalization*, 2015. Jason Yosinski and others, *How transferable are
#   features in deep neural networks?*, 2014. Edwin Wilson, *Probable inference, the law of succession, and
#   statistical inference*, 1927.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

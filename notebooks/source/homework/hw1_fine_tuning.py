# %% [markdown] syllabus="J1"
# # Homework 1. Fine-tuning
#
# <!-- badges -->
#
# Topics: head first, then the base; which weights train; is the gain real; two different failures on purpose; a report.
#
# In lesson 5 we tuned a network together. Now you do it alone, on pictures that ImageNet does not contain: quick
# drawings of ten things. You decide which weights train, you measure whether tuning pays, and you break it twice on
# purpose. Both failures can cost test accuracy, each for a reason of its own. One measurement tells them apart, and you
# will find it.
#
# **You will learn**
#
# - to open a network from a given layer onwards, and to prove which weights move;
# - to say how large a test set must be before it can show a gain;
# - what a learning rate that is too high does to a trained network;
# - what batch norm stores, and what one careless line does to it;
# - to report all this so that somebody else can act on it.
#
# You need lesson 3 for the paired test, lesson 4 for the head, and lesson 5 for tuning. Everything runs on two
# processor cores in about three minutes.

# %% [markdown]
# ## How it is marked
#
# | part | points |
# |---|---|
# | 1 a head on a frozen base | 1 |
# | 2 open the base from a given layer onwards | 2 |
# | 3 train in two phases | 2 |
# | 4 can the test set notice a gain? | 3 |
# | 5 three ways to reuse a network | 2 |
# | 6 two measures of change | 2 |
# | 7 two failures on purpose | 4 |
# | 8 the report (written) | 4 |
# | **together** | **20** |
#
# - **Without the report the result is 0**, whatever the code does. A report that earns less than 1 of its 4 points
#   counts as missing.
# - Write only where it says `YOUR CODE HERE` or `YOUR ANSWER HERE`, and delete the line
#   `raise NotImplementedError()`. You may add cells. Leave the cells with a `check` as they are: they are put back
#   before marking.
# - A check tells you at once whether an answer looks right, and you may run it as often as you like. When your work is
#   marked, it runs again, with a few more tests of the same kind. No check asks for a high accuracy. The checks ask
#   whether you did what you say.
# - You may start from your own lessons 4 and 5. Say in a comment what you took.
# - Questions in the text that have no `YOUR ANSWER HERE` are for you alone. They earn no points.
# - Your teacher marks the report. You find the rubric just above it.

# %% tags=["setup"]
# setup

# %% nbgrader={"grade": false, "grade_id": "given-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np
from keras import layers

from helpers import backbones, check, datasets, plots, training

keras.utils.set_random_seed(0)
LOSS = "sparse_categorical_crossentropy"

# %% [markdown]
# The drawings come from the game *Quick, Draw!*: 28×28 pixels, bright ink on black. If the real ones can't be
# downloaded, the course draws its own. We train on only 240 of them, because reusing a network matters most when there
# are few pictures. The network expects colours, so we repeat the gray numbers as red, green and blue.

# %% nbgrader={"grade": false, "grade_id": "given-data", "locked": true, "schema_version": 3, "solution": false, "task": false}
names = ["apple", "cat", "fish", "flower", "house"]
names += ["mushroom", "rainbow", "sailboat", "train", "umbrella"]
drawn = datasets.quickdraw(names, 200)
colour = np.repeat(drawn.train.images[..., None], 3, axis=-1)
train = datasets.Split(colour[:240], drawn.train.labels[:240])
validation = datasets.Split(colour[240:340], drawn.train.labels[240:340])
print(len(train.labels), "drawings to train with,", len(validation.labels), "to validate")

# %%
plots.image_grid(
    train.images[:20],
    [names[label] for label in train.labels[:20]],
    columns=10,
    size=1.0,
    alt="Twenty training drawings, bright ink on black, each with the name of its class.",
)

# %% [markdown]
# The base is EfficientNet-Lite0, trained on ImageNet's photos. Its first layers stretch every picture to 96×96 pixels
# and scale it, so raw pixels go in.


# %% nbgrader={"grade": false, "grade_id": "given-base", "locked": true, "schema_version": 3, "solution": false, "task": false}
def new_base():
    """Load the pretrained network without its head; 1,280 features come out."""
    return backbones.headless("efficientnet_lite0", size=96)


base = new_base()
print(f"{base.name}: {base.count_params():,} weights, {base.output_shape[-1]:,} features")

# %% [markdown]
# ## 1. The head
#
# First put a new last layer on the base: a **head**, one dense layer with a softmax and one output for each class. The
# base is **frozen** while the head learns. Why? The head starts at random, so its first answers are noise. We
# don't want gradients computed from noise to change weights that took days to train.
#
# How many weights does the head have? Work it out before you run the check: 1,280 features, ten classes, and a bias
# for each class.
#
# ### Exercise 1: a head on a frozen base (1 point)
#
# `with_head` takes a headless network, frozen or not, and returns a model from 28×28×3 pixels to probabilities. It is
# not compiled yet. The head is the last layer of the model.


# %% nbgrader={"grade": false, "grade_id": "e1-with-head", "locked": false, "schema_version": 3, "solution": true, "task": false}
def with_head(base, classes):
    """Put a dense layer with softmax on a base, and freeze the base."""
    ### BEGIN SOLUTION
    base.trainable = False
    head = layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input((28, 28, 3)), base, head])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e1-test", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.frozen_base(with_head)
### BEGIN HIDDEN TESTS
whole = with_head(base, 7)
assert sum(int(np.prod(w.shape)) for w in whole.trainable_weights) == 1280 * 7 + 7
assert not base.trainable_weights and whole.output_shape == (None, 7)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Open the base
#
# Once the head is good, we can train the base too: all of it, or only its last blocks. To **open** a layer means to
# let its weights train. Four things decide whether that goes well.
#
# - **Only what you open trains.** `base.trainable = True` opens every layer. To keep the early ones as they are, close
#   them again, one by one. (To *close* a layer is to freeze it.)
# - **Batch norm stays closed.** It scales each channel by a mean and a variance that were stored in pretraining. In
#   Keras, a batch norm with `trainable = False` also stays in inference mode: it uses what is stored and stores
#   nothing.
# - **The rate is low.** The base is near a good place already.
# - **Compile last.** Keras looks up which weights train at the first training step after `compile`, and then keeps to
#   that. If you open a layer later without compiling again, it does not train, and nothing complains.
#
# ### Exercise 2: open the base from a given layer onwards (2 points)
#
# `open_up` takes a model whose head is trained, its base, and the name of a layer in the base. Afterwards this layer
# and all layers after it in `base.layers` train at `rate`, except batch norm. The layers before it do not train.
# Compile with Adam at this rate, the loss `LOSS`, and `metrics=["accuracy"]`, because exercises 3 and 7 read the
# accuracy. `open_up` itself must not change any weight. The check takes two training steps and looks at every array.


# %% nbgrader={"grade": false, "grade_id": "e2-open-up", "locked": false, "schema_version": 3, "solution": true, "task": false}
def open_up(model, base, first, rate):
    """Let the base train from the layer called `first` on, all but batch norm, and compile the model."""
    ### BEGIN SOLUTION
    base.trainable = True  # every layer, until the next lines
    behind = False
    for layer in base.layers:
        behind = behind or layer.name == first
        layer.trainable = behind and not isinstance(layer, layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(rate), LOSS, metrics=["accuracy"])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e2-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.second_phase(open_up)
### BEGIN HIDDEN TESTS
opened = new_base()
held = {weight.path for weight in opened.weights}
convolutions = [weight.path for weight in opened.weights if len(weight.shape) == 4]
for name, expected in (("top_conv", ["top_conv/kernel"]), ("stem_conv", convolutions)):
    whole = with_head(opened, 2)
    open_up(whole, opened, name, 1e-4)
    found = [weight.path for weight in whole.trainable_weights if weight.path in held]
    assert sorted(found) == sorted(expected), (
        f"from {name} on, {len(found)} arrays of the base train"
    )
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Head first, then all of it
#
# Now with the drawings. `snapshot` copies every weight of a model, so that we can say afterwards what has moved.


# %% nbgrader={"grade": false, "grade_id": "given-snapshot", "locked": true, "schema_version": 3, "solution": false, "task": false}
def snapshot(model):
    """Copy every weight of a model: its path -> array."""
    return {weight.path: weight.numpy().copy() for weight in model.weights}


keras.utils.set_random_seed(0)
base = new_base()  # untouched, however often you run this
model = with_head(base, len(names))
start = snapshot(model)

# %% [markdown]
# ### Exercise 3: train in two phases (2 points)
#
# Choose a rate for the head, `HEAD_RATE`, and one for the base that is at least ten times lower, `LOW_RATE`; lesson 5
# divided by thirty. Compile `model` as in exercise 2, with the first rate, train it, and keep a snapshot in
# `after_first`. Then open the whole base, from `"stem_conv"` onwards, train again, and keep another snapshot in
# `after_second`. Store what `fit` returns in `first` and `second`. Train on the pictures `train.images` with the labels
# `train.labels`, and give `validation_data=validation` to `fit`. Batches of 16 are enough, with five epochs for the
# head and four for the whole network.
#
# To try again, first run the cell above again: it loads an untouched base. The test set stays untouched until section
# 5. Why?

# %% nbgrader={"grade": false, "grade_id": "e3-train", "locked": false, "schema_version": 3, "solution": true, "task": false}
# Needed afterwards: HEAD_RATE, LOW_RATE, first, after_first, second, after_second
### BEGIN SOLUTION
HEAD_RATE, LOW_RATE = 1e-2, 1e-4
how = {"batch_size": 16, "validation_data": validation, "verbose": 0}
model.compile(keras.optimizers.Adam(HEAD_RATE), LOSS, metrics=["accuracy"])
first = model.fit(*train, epochs=5, **how)
after_first = snapshot(model)
open_up(model, base, "stem_conv", LOW_RATE)
second = model.fit(*train, epochs=4, **how)
after_second = snapshot(model)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "e3-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
stages = start, after_first, after_second
rates = HEAD_RATE, LOW_RATE
check.two_phases(model, base, stages, rates=rates, fits=(first, second))
### BEGIN HIDDEN TESTS
kernel = "stem_conv/kernel"
assert np.array_equal(start[kernel], after_first[kernel])
assert np.abs(after_second[kernel] - start[kernel]).max() > 0
### END HIDDEN TESTS

# %%
joined = {key: values + second.history[key] for key, values in first.history.items()}
plots.learning_curves(
    {f"{len(first.epoch)} epochs the head, then all": joined},
    alt="Loss and accuracy, training and held out, first while the head trains, then while the whole network trains.",
)

# %% [markdown]
# The second phase begins after the head's last epoch. The loss may jump there: the head was trained on features that
# now begin to move. With 100 held-out drawings, one mistake more or less is a point of accuracy, so do not read
# anything into a single step. A training loss that jumps up and stays there is a sign that the rate is too high.
#
# ## 4. Can the test set notice a gain?
#
# Soon you will compare models on the same test pictures, by McNemar's test of lessons 3 and 5. It looks only at the
# pictures that exactly one of the two models gets right. If the models were equally good, each of these pictures would
# be a fair coin. The p-value is the probability that fair coins give a split at least as uneven as yours.
#
# On paper: the second model alone is right on five pictures, the first alone on none. Then $p = 2 \cdot 0.5^5 =
# 0.0625$. Even five to nothing is not enough for $p < 0.05$. Six to nothing is: $2 \cdot 0.5^6 \approx 0.031$.
#
# So a real gain can stay unnoticed because the test set is small. How often? Nobody needs a formula for that. Draw
# test sets, and count. The share of them in which the gain is noticed is called the **power** of the test.
#
# ### Exercise 4: can the test set notice a gain? (3 points)
#
# Think of all pictures in the world. Only the first model is right on a share `first_only` of them, and only the second
# on a share `second_only`. On the rest, both are right or both are wrong. `noticed` draws 1,000 test sets of `pictures`
# pictures each with `rng`, and returns the share of them in which McNemar's test gives $p < 0.05$. Draw one number for
# each picture: it says of which kind the picture is. `training.mcnemar(first_right, second_right)` takes two rows of
# True and False; its result has the p-value as `.p`. For pictures on which the models agree, any answer will do, as
# long as it is the same for both.


# %% nbgrader={"grade": false, "grade_id": "e4-noticed", "locked": false, "schema_version": 3, "solution": true, "task": false}
def noticed(first_only, second_only, pictures, rng):
    """Say in which share of 1,000 drawn test sets McNemar's test gives p < 0.05."""
    ### BEGIN SOLUTION
    count = 0
    for _ in range(1000):
        luck = rng.random(pictures)
        first_right = luck < first_only
        second_right = luck > 1 - second_only
        count += training.mcnemar(first_right, second_right).p < 0.05
    return count / 1000
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e4-test", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.noticed(noticed)
### BEGIN HIDDEN TESTS
assert noticed(0.0, 0.5, 5, np.random.default_rng(0)) == 0
assert noticed(0.0, 1.0, 6, np.random.default_rng(0)) == 1
### END HIDDEN TESTS

# %%
rng = np.random.default_rng(0)
print("a gain of 5 points: only the first right on 3%, only the second on 8%")
for pictures in (50, 100, 200, 400, 800):
    share = noticed(0.03, 0.08, pictures, rng)
    print(f"{pictures:4} test pictures: noticed in {share:.0%}")

# %% [markdown]
# ## 5. Is it worth it?
#
# Three ways to reuse the network, from cheap to expensive:
#
# 1. **head alone**: the base stays frozen;
# 2. **last blocks**: the head first, then the base from `"stage6_block1_expand_conv"` onwards;
# 3. **all blocks**: the head first, then the whole base. That is your `model` of exercise 3.
#
# Which one wins on 240 drawings? And is the difference larger than luck?

# %% [markdown]
# *My guess:* ...

# %% [markdown]
# Each way begins by training the head. Meanwhile the base is frozen, so the head always sees the same features, and we
# compute them once. `ready(base)` builds your model on a base and trains its head on them, in about a second. Now we
# use the test set for the first time: `test` holds 400 drawings that nothing has seen, and `gets_right` asks a model
# about them.
#
# One thing is not the same for all three ways: the head of `model` was trained in exercise 3, at your `HEAD_RATE`. A
# small difference between the ways can also come from there.


# %% nbgrader={"grade": false, "grade_id": "given-ready", "locked": true, "schema_version": 3, "solution": false, "task": false}
test = datasets.Split(
    np.repeat(drawn.test.images[..., None], 3, axis=-1), drawn.test.labels
)
described = new_base().predict(train.images, verbose=0), train.labels


def ready(base):
    """Build a model with `with_head`, and train its head on the features of the untouched base."""
    keras.utils.set_random_seed(0)
    model = with_head(base, len(names))
    head = keras.Sequential([keras.Input((1280,)), model.layers[-1]])
    head.compile(keras.optimizers.Adam(1e-2), LOSS)
    head.fit(*described, batch_size=16, epochs=5, verbose=0)
    return model


# %% nbgrader={"grade": false, "grade_id": "given-gets-right", "locked": true, "schema_version": 3, "solution": false, "task": false}
def gets_right(model):
    """Ask a model about the test drawings: True where it is right."""
    said = model.predict(test.images, batch_size=50, verbose=0).argmax(axis=1)
    return said == test.labels


def count(model):
    """Count the weights that train."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


# %% [markdown]
# ### Exercise 5: three ways to reuse a network (2 points)
#
# Fill in `right`, which test drawings each way gets right (use `gets_right`), and `trained`, how many weights train in
# it (use `count`). For the first way, take a `ready` model on a new base as it is. Store its entries in `right` and
# `trained` before you go on, because the next step changes this model. For the second, open the base of this model from
# `"stage6_block1_expand_conv"` onwards with `open_up`, and train it at `LOW_RATE` for four epochs in batches of 16.
# Keep the name `model` for the network of exercise 3, which is the third way.

# %% nbgrader={"grade": false, "grade_id": "e5-ways", "locked": false, "schema_version": 3, "solution": true, "task": false}
right = {"head alone": None, "last blocks": None, "all blocks": None}
trained = {"head alone": None, "last blocks": None, "all blocks": None}
### BEGIN SOLUTION
fresh = new_base()
tuned = ready(fresh)
right["head alone"], trained["head alone"] = gets_right(tuned), count(tuned)
open_up(tuned, fresh, "stage6_block1_expand_conv", LOW_RATE)
tuned.fit(*train, batch_size=16, epochs=4, verbose=0)
right["last blocks"], trained["last blocks"] = gets_right(tuned), count(tuned)
right["all blocks"], trained["all blocks"] = gets_right(model), count(model)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "e5-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.comparison(
    right, trained, ("head alone", "last blocks", "all blocks"), len(test.labels)
)
assert np.array_equal(right["all blocks"], gets_right(model)), (
    'right["all blocks"] is not what `model` of exercise 3 says. Give other networks other names.'
)
### BEGIN HIDDEN TESTS
assert trained["head alone"] == 1280 * len(names) + len(names)
assert (
    trained["all blocks"]
    == sum(w.size for w in base.get_weights() if w.ndim == 4) + trained["head alone"]
)
again = new_base()
other = ready(again)
assert np.mean(right["head alone"] == gets_right(other)) > 0.98
open_up(other, again, "stage6_block1_expand_conv", LOW_RATE)
assert trained["last blocks"] == count(other)
### END HIDDEN TESTS

# %%
print(f"{'way':12} {'weights':>9}  test accuracy")
for way in right:
    print(f"{way:12} {trained[way]:9,}  {right[way].mean():.3f}")
for one, other in (
    ("head alone", "last blocks"),
    ("head alone", "all blocks"),
    ("last blocks", "all blocks"),
):
    print(f"{one}, then {other}: {training.mcnemar(right[one], right[other])}")

# %% [markdown]
# Each p-value is about these two trained models and other drawings of the same kind. It says nothing about another
# seed. And what would a larger test set have said, if the true shares were the ones we saw?

# %%
first_only = np.mean(right["head alone"] & ~right["all blocks"])
second_only = np.mean(right["all blocks"] & ~right["head alone"])
print(f"only head alone right on {first_only:.2%}, only all blocks on {second_only:.2%}")
for pictures in (400, 800, 1600):
    share = noticed(first_only, second_only, pictures, np.random.default_rng(0))
    print(f"{pictures:5} test pictures: noticed in {share:.0%}")

# %% [markdown]
# The line for 400 is no new evidence: it restates the p-value above in another form. The others tell you how many
# drawings to collect, but only if the true shares are near the ones you saw, and that is exactly what we do not know.
#
# ## 6. How far did it move?
#
# So far the precautions worked, so you have not seen what they are good for. In the next section you leave two of
# them out, one at a time. To see what goes wrong there, we need two measurements.
#
# The first is about weights. Put all arrays into one long row of numbers, before and after:
#
# $$\text{change} = \frac{\lVert \text{after} - \text{before} \rVert}{\lVert \text{before} \rVert}$$
#
# On paper: two arrays, (3) and (0, 4), become (3) and (3, 4). The difference is (0, 3, 0), of length 3. The length
# before is $\sqrt{3^2 + 4^2} = 5$. So the change is 0.6. The mean of the two arrays' own changes is something else: (0
# + 0.75) / 2 = 0.375.
#
# The second is about what batch norm stores. In training mode, batch norm scales each channel by the mean and the
# variance of the *batch*. It cannot do so later, when there may be a single picture. So it also keeps a running mean
# and a running variance. Each batch moves them a little towards its own, and the **momentum** $m$ says how much stays:
#
# $$\text{stored} \leftarrow m \cdot \text{stored} + (1 - m) \cdot \text{batch}$$
#
# On paper, with this network's $m = 0.99$: 240 drawings in batches of four make 60 batches an epoch. After three epochs
# $0.99^{180} \approx 0.16$ of the old value is left. The rest comes from your drawings. Nothing in the loss asked for
# that, and no learning rate slows it down.
#
# ### Exercise 6: two measures of change (2 points)
#
# `relative_change` is the formula above, for two lists of arrays. `statistics` returns the stored means and variances
# of every batch norm of a network as copies: mean, variance, mean, variance, and so on. Scale and shift, which are
# learnt, are not among them. Keras calls the stored ones `layer.moving_mean` and `layer.moving_variance`; `.numpy()`
# gives the array.


# %% nbgrader={"grade": false, "grade_id": "e6-measures", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_change(before, after):
    """Divide the length of the difference of two lists of arrays by the length of the first."""
    ### BEGIN SOLUTION
    moved = sum(((b - a) ** 2).sum() for a, b in zip(before, after))
    return np.sqrt(moved / sum((a**2).sum() for a in before))
    ### END SOLUTION


def statistics(network):
    """Copy the stored means and variances of all batch norms of a network: a list of arrays."""
    ### BEGIN SOLUTION
    norms = [x for x in network.layers if isinstance(x, layers.BatchNormalization)]
    return [w.numpy().copy() for x in norms for w in (x.moving_mean, x.moving_variance)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e6-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.relative_change(relative_change)
check.statistics(statistics)
### BEGIN HIDDEN TESTS
was = [np.array([3.0]), np.array([0.0, 4.0])]
became = [np.array([3.0]), np.array([3.0, 4.0])]
assert np.isclose(relative_change(was, became), 0.6) and relative_change(was, was) == 0
assert [a.shape for a in statistics(base)][:2] == [(32,), (32,)]
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Break it
#
# Each trial starts from a `ready` model on a new base, and trains all blocks for three epochs in batches of four, as
# people do when larger batches do not fit into memory.
#
# - **careful**: the base opened by `open_up`, at a rate of 0.0001;
# - **high rate**: the same at 0.01;
# - **batch norm trains**: the same rate as *careful*, but instead of calling `open_up` you write what everybody writes
#   first: `base.trainable = True`, then `compile` with rate, loss and accuracy.
#
# Before you run them, predict: which trial moves the weights far, and which the statistics? Which fails on the
# drawings it trains on?

# %% [markdown]
# *My guess:* ...

# %% [markdown]
# ### Exercise 7: two failures on purpose (4 points)
#
# `trial` returns a dictionary:
#
# - `"weights"` and `"statistics"`: the relative change of the base's convolutions (`kernels` copies them) and of its
#   stored statistics;
# - `"in fit"`: the training accuracy that `fit` reports for its last epoch, in training mode;
# - `"same pictures"`: the accuracy on the *same training drawings*, measured after training with `evaluate`, in
#   inference mode;
# - `"test"`: the share of test drawings that the model gets right.


# %% nbgrader={"grade": false, "grade_id": "given-kernels", "locked": true, "schema_version": 3, "solution": false, "task": false}
def kernels(network):
    """Copy the weights of all convolutions of a network: a list of arrays."""
    return [weight for weight in network.get_weights() if weight.ndim == 4]


# %% nbgrader={"grade": false, "grade_id": "e7-trials", "locked": false, "schema_version": 3, "solution": true, "task": false}
def trial(rate, batch_norm_trains=False):
    """Tune all blocks of a new base behind a ready head, and measure what moved."""
    fresh = new_base()
    whole = ready(fresh)
    ### BEGIN SOLUTION
    if batch_norm_trains:
        fresh.trainable = True
        whole.compile(keras.optimizers.Adam(rate), LOSS, metrics=["accuracy"])
    else:
        open_up(whole, fresh, "stem_conv", rate)
    weights, stored = kernels(fresh), statistics(fresh)
    history = whole.fit(*train, batch_size=4, epochs=3, verbose=0)
    return {
        "weights": relative_change(weights, kernels(fresh)),
        "statistics": relative_change(stored, statistics(fresh)),
        "in fit": history.history["accuracy"][-1],
        "same pictures": whole.evaluate(*train, batch_size=50, verbose=0)[1],
        "test": gets_right(whole).mean(),
    }
    ### END SOLUTION


trials = {"careful": trial(1e-4)}

# %%
trials["high rate"] = trial(1e-2)

# %%
trials["batch norm trains"] = trial(1e-4, batch_norm_trains=True)

# %% nbgrader={"grade": true, "grade_id": "e7-test", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check.failures(trials, len(train.labels), len(test.labels))
### BEGIN HIDDEN TESTS
ready_as_given, all_of_it, kept = ready, train, []


def ready(base):
    kept.append((base, ready_as_given(base), kernels(base), statistics(base)))
    return kept[-1][1]


train = datasets.Split(train.images[::5], train.labels[::5])
try:
    again = trial(1e-4, batch_norm_trains=True)
finally:
    ready, few, train = ready_as_given, train, all_of_it
inside, whole, weights, stored = kept[0]
sides = [
    np.mean(whole.predict(x, batch_size=48, verbose=0).argmax(axis=1) == y)
    for x, y in (few, train)
]
assert min(abs(again["same pictures"] - side) for side in sides) < 0.001
assert np.isclose(again["test"], gets_right(whole).mean(), atol=0.01)
assert np.isclose(again["weights"], relative_change(weights, kernels(inside)), rtol=1e-3)
assert np.isclose(
    again["statistics"], relative_change(stored, statistics(inside)), rtol=1e-3
)
### END HIDDEN TESTS

# %%
columns = ("weights", "statistics", "in fit", "same pictures", "test")
print(f"{'':18}" + "".join(f"{column:>15}" for column in columns))
for name, found in trials.items():
    print(f"{name:18}" + "".join(f"{found[column]:15.3f}" for column in columns))

# %% [markdown]
# Read the table line by line. In which trial do "in fit" and "same pictures" disagree, although both are about the
# same drawings?
#
# ## 8. The report
#
# One page for somebody whose tuned network fails on the test and who does not know why. Keep the headings. **Write at
# least 250 words, or the homework earns 0**, and at most 600: that limit is for your reader, and nobody counts it. A
# program counts the words, as your word processor does when you paste the text there. Headings, code, pictures and
# sentences copied from this notebook do not count, and repeating the same few words does not help. Every number you
# quote must appear in an output above. Your teacher gives the mark, by this table:
#
# | the report | points |
# |---|---|
# | is it worth it: names the differences between the three ways and what the paired test says about each | 0.75 |
# | knows what these p-values do not cover (another seed, another head), and how often 400 drawings would notice a gain of five points, and how often the gain that you saw | 0.5 |
# | the high rate: what moved, how far, and why a high rate hurts a trained base more than a random start | 0.75 |
# | batch norm: what moved although the rate was low, and why "in fit" and "same pictures" disagree or, if they agree, why what moved did so little harm | 0.75 |
# | says how to tell the two failures apart by measuring alone, before changing anything, and how to tell both from overfitting | 0.5 |
# | advice: which way for whom, at what price in weights to train and to store, and what would change it | 0.75 |
#
# If a trial lost nothing, or a way won nothing, say so plainly, and say what moved all the same: that earns full
# points. Do not report a failure that your table does not show.

# %% [markdown] nbgrader={"grade": true, "grade_id": "report", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false} report={"required": true, "min_words": 250, "headings": ["Is it worth it?", "The high rate", "Batch norm", "What I would advise"]}
# ## Report
#
# ### Is it worth it?
#
# ### BEGIN SOLUTION
# The table of section 5 shows about one point more for the last blocks than for the head alone, and hardly less for all
# blocks. The paired test confirms neither. All blocks alone are right on about ten drawings, the head alone on about
# seven, and so uneven a split of fair coins is nothing unusual. So my table has no winner.
#
# That proves no equality. A gain of five points would be noticed in about four test sets of this size out of five. If
# the true shares are those that I saw, 400 drawings notice the difference in fewer than one case in ten, and even 1,600
# in fewer than one in three. The p-values are about these trained models and other drawings by the same program.
# Another seed could turn a point around, and drawings by people may be harder for the head alone.
# ### END SOLUTION
#
# ### The high rate
#
# ### BEGIN SOLUTION
# In the careful trial the convolutions moved by about a hundredth of their length, here by more than half. All three
# accuracies are at about one in ten, which is guessing, on the training drawings as well. Adam's steps are about as
# long as the rate says, whatever the gradient is. So 180 steps of 0.01 carry weights that are much smaller than one far
# away from everything that pretraining found, and the head gets features that it has never seen. A random start has
# nothing to lose, so the same rate does less harm there.
# ### END SOLUTION
#
# ### Batch norm
#
# ### BEGIN SOLUTION
# The rate is the careful one, and the weights moved nearly as little. What moved is the stored statistics. The curve of
# `fit` looks perfect. Yet with `evaluate` the network gets clearly fewer of the same drawings right, and of the test
# drawings fewer still. In `fit`, each channel is scaled by the mean and the variance of four drawings, and the network
# learns to answer with these. In use it is scaled by stored numbers, a mixture of ImageNet's photos and my drawings,
# with which it has never been trained.
#
# From outside: if `fit` and `evaluate` on the training drawings are both bad, it is the rate. If `fit` is good and
# `evaluate` on the same drawings is bad, it is batch norm. If both are good and only the test is bad, the network has
# overfitted.
# ### END SOLUTION
#
# ### What I would advise
#
# ### BEGIN SOLUTION
# With ten kinds of drawings and 240 examples I would take the head alone. Only its 12,810 weights have to be trained,
# and stored for each new task if the base is there already. Tuning all blocks means more than three million. I would
# tune the last blocks, carefully, if one point mattered, and measure on some thousand drawings more before I believed
# in it. Real drawings, or fewer kinds that look more alike, could change this advice.
# ### END SOLUTION

# %% [markdown]
# ## Key points
#
# - Freeze, train the head, open, compile, train slowly. After each step you can prove what moved.
# - Batch norm has two kinds of numbers: learnt ones, and stored ones that move in training mode whatever the rate is.
# - Two models on the same pictures are compared picture by picture. How small a gain can be noticed depends on the
#   number of test pictures.
# - Evaluate on the training pictures as well. If that disagrees with what `fit` reports, look at batch norm.
#
# ## Where next
#
# - In [homework 2](hw2_own_data.ipynb) you collect pictures of your own, split them, and train a head on them.
# - Back to [lesson 5](../05_fine_tuning.ipynb) for forgetting and for a fresh head, and to [lesson
#   5b](../05b_reuse.ipynb) for a file that runs on a phone.
# - Sergey Ioffe and Christian Szegedy, *Batch normalization*, 2015. Jason Yosinski and others, *How transferable are
#   features in deep neural networks?*, 2014. Quinn McNemar, *Note on the sampling error of the difference between
#   correlated proportions or percentages*, 1947. Mingxing Tan and Quoc Le, *EfficientNet*, 2019.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

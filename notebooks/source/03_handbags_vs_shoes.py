# %% [markdown]
# # 3. Handbags and shoes from under 100 photos
#
# <!-- badges -->
#
# Topics: a tiny data set, leaks, overfitting, data augmentation, intervals and seeds, your own photos.
#
# Lesson 2 had thousands of tidy pictures. You will rarely have thousands. A shop, a museum or a workshop can take a
# hundred photos in an afternoon, in colour, on a messy table. Run the first cells. They make eight pictures out of one.
# Is that as good as taking eight photos?
#
# **You will learn**
#
# - to look at a small data set before you train: balance, origin, licence, copies across the split;
# - to recognise a network that has learnt its pictures by heart;
# - to write data augmentation that keeps the label true, and to measure what it gains;
# - to state a result with an interval and several seeds, and to compare two networks picture by picture;
# - to make a data set of your own, and to show your network a shoe.
#
# You need lesson 2. Allow <!-- minutes to teach --> minutes. The code trains 24 small networks and takes about
# <!-- time to run --> on two cores. Start the long cells of sections 4 and 6 before you discuss them.

# %% tags=["setup"]
# setup

# %%
import math
import tempfile
from pathlib import Path
from types import SimpleNamespace

import imageio_ffmpeg
import keras
import numpy as np
from keras import layers
from PIL import Image, ImageDraw, ImageFont
from scipy import stats
from scipy.spatial.distance import cdist
from skimage.transform import AffineTransform, ProjectiveTransform, warp
from skimage.util import random_noise

from helpers import check, datasets, drawings, own_photo, plots, quiz, training

keras.utils.set_random_seed(0)

# %%
data = datasets.handbags_and_shoes(size=(128, 128))
eight = np.stack([data.train.images[3]] * 8).astype("float32")
turn = layers.RandomRotation(0.08, fill_mode="reflect", seed=1)
zoom = layers.RandomZoom((-0.4, 0.0), fill_mode="reflect", seed=2)
light = layers.RandomBrightness(0.2, value_range=(0, 255), seed=3)
changed = light(zoom(turn(eight, training=True), training=True), training=True)
plots.image_grid(
    np.asarray(changed).astype("uint8"),
    columns=8,
    size=1.2,
    alt="Eight versions of one training picture, each turned, enlarged, and made brighter or darker.",
)

# %% [markdown] syllabus="D1"
# ## 1. What is in the data?
#
# There are two classes, handbag and shoe. If real photos are available, the lesson uses them. Otherwise it uses
# pictures that the course draws. The sentences below describe the outputs stored here, which belong to the drawings.
# With photos your numbers differ: read yours.

# %%
names = data.class_names
for side, split in data.splits.items():
    counts = np.bincount(split.labels)
    print(f"{side:10} {len(split.labels):4} pictures:", dict(zip(names, counts.tolist())))
for line in data.credits()[:4]:
    print(line)

# %% [markdown]
# Fewer than 100 pictures are labelled for training and validation. There are as many handbags as shoes, so a
# classifier that always answers "shoe" is right half the time: 0.5 is the score to beat.
#
# The last line says who made the pictures, and whether you may use them. For photos, `credits` lists the author, the
# licence and the link of each. A photo without a stated licence may be looked at, but not published.
#
# A **contact sheet** shows many pictures small. Make one before you train anything. What varies? Is there a picture
# that you would not recognise yourself?

# %%
plots.image_grid(
    data.train.images[:32],
    [names[label] for label in data.train.labels[:32]],
    columns=8,
    size=1.2,
    alt="Thirty-two training pictures: handbags and shoes of many kinds, turned, on cluttered backgrounds.",
)

# %% [markdown]
# ### Are there test pictures that the network has already seen?
#
# A training picture that is also in the test set is called a **leak**. A network that has learnt it by heart gets it
# right on the test, and we think that it has understood something. Copies are rarely exact: they are saved again,
# smaller or lighter. So we compare what remains when a picture is shrunk to 8×8 gray pixels, with the mean taken away
# and the contrast made equal.


# %%
def shrunk(images):
    """Shrink pictures of 128x128 to 64 gray values each, with mean 0 and length 1."""
    gray = np.asarray(images, float).mean(axis=-1)
    small = gray.reshape(-1, 8, 16, 8, 16).mean(axis=(2, 4)).reshape(-1, 64)
    small = small - small.mean(axis=1, keepdims=True)
    return small / np.linalg.norm(small, axis=1, keepdims=True)


train_rows, test_rows = shrunk(data.train.images), shrunk(data.test.images)
print("training", train_rows.shape, " test", test_rows.shape)

# %% [markdown]
# **Exercise 1.** How far is each test row from each training row? The distance between two rows is the root of the sum
# of their squared differences. NumPy forms all differences at once: `rows[:, None] - others` has shape (rows, others,
# 64). Sum over the last axis only, `axis=-1`.
#
# If the check says "ok", `distances` is your own function from here on; if not, the course's. It is the same in
# exercises 2, 4 and 5.


# %% tags=["exercise"]
def my_distances(rows, others):
    """Return the distance of each row to each of the others: shape (rows, others)."""
    return ...


# %% tags=["nbval-check-output"]
distances = check.exercise(check.distances, my_distances, otherwise=cdist)


# %% tags=["solution"]
def my_distances(rows, others):
    """Return the distance of each row to each of the others: shape (rows, others)."""
    return np.sqrt(((rows[:, None] - others) ** 2).sum(axis=-1))


# %% [markdown]
# Does it find a leak? We plant one: a training picture, made lighter, is added to the test pictures. Then we look at
# the four test pictures that have the nearest neighbours in training. Equal rows are 0 apart, rows that have nothing in
# common about 1.4, and opposite ones 2. Guess which distance the copy has, and how far away the next pair is.

# %%
copy = np.clip(1.1 * data.train.images[5] + 12, 0, 255).astype("uint8")
test_and_copy = np.concatenate([data.test.images, [copy]])
apart = distances(shrunk(test_and_copy), train_rows)
nearest, twin = apart.min(axis=1), apart.argmin(axis=1)
first = np.argsort(nearest)[:4]
mirrored = distances(shrunk([copy[:, ::-1]]), train_rows)
print(f"the copy, mirrored: its nearest training picture is at {mirrored.min():.2f}")
plots.image_grid(
    [*test_and_copy[first], *data.train.images[twin[first]]],
    [f"test {n}\ndistance {nearest[n]:.2f}" for n in first]
    + [f"training {n}" for n in twin[first]],
    columns=4,
    size=1.6,
    alt="Four test pictures, and below each the training picture that is nearest to it.",
)

# %% [markdown]
# The planted copy, test 200, is at distance 0.01. The next pair is at 0.42, and its pictures only look alike: a
# backpack in the middle of a lighter ground. So this test set holds no copy of a training picture that we can
# find.
#
# From section 4 on we train on the validation pictures too. So look for copies of them as well:
# `distances(test_rows, shrunk(data.validation.images)).min()`. If that is near 0.01, look at the pair: it is probably a
# copy. At 0.4, as with the backpacks, the two only look alike.
#
# The method has limits. A mirrored copy is not found: its nearest training picture is at 0.89. Two photos of one shoe,
# taken from two sides, are not found either, and they are a leak too. So split by origin: all photos of one object, one
# photographer or one video belong on one side.

# %%
quiz.ask("03", "nearest")

# %% [markdown] syllabus="D2"
# ## 2. How far does a network get from scratch?
#
# **From scratch** means that training starts from random weights and sees nothing but our pictures. The network has
# four of the blocks of lesson 2 and a small dense layer. (We flatten, because that did best in the ablation of lesson
# 2.)
#
# The first layer replaces each block of 2×2 pixels by its mean, which saves three quarters of the work. `changes` is
# empty for now. Later it holds layers that act in training only, before the first convolution.


# %%
def scratch_network(changes=None):
    """Build a small CNN for 128x128 pictures; `changes` act on the pixels first, in training only."""
    model = keras.Sequential([keras.Input((128, 128, 3)), layers.AveragePooling2D(2)])
    if changes is not None:
        model.add(changes)
    model.add(layers.Rescaling(1 / 255))
    for filters in (8, 16, 32, 64):
        model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        model.add(layers.MaxPooling2D())
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(32, activation="relu"))
    model.add(layers.Dense(2, activation="softmax"))
    return model


# %% [markdown]
# We pool before batch norm, because it saves time on small computers. All networks of this lesson take 180 training
# steps of up to 32 pictures. With 72 or 96 pictures an epoch has three steps, so that makes 60 epochs. The learning
# rate falls to 0 along a cosine. The star in `*data.train` hands `fit` two arguments, the images and the labels. Before
# you run the cell: how many weights are there for each picture? Sketch two curves, the accuracy on training pictures
# and the accuracy on held-out ones.

# %%
STEPS, EPOCHS = 180, 60


def compiled(model):
    """Make a model ready to train for 180 steps."""
    falling = keras.optimizers.schedules.CosineDecay(2e-3, STEPS)
    adam = keras.optimizers.Adam(falling)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


plain = compiled(scratch_network())
print(f"{plain.count_params():,} weights for {len(data.train.images)} training pictures")
held_out = data.validation
plain_history = plain.fit(*data.train, epochs=EPOCHS, validation_data=held_out, verbose=0)

# %%
plots.learning_curves(
    {"from scratch": plain_history},
    alt="Training accuracy climbs to 1 and training loss falls to 0; both held-out curves stay far behind.",
)

# %% [markdown]
# There are some 800 weights for each picture. This is **overfitting** at its clearest. The network gets all of its
# training pictures right and nearly four in ten of the held-out pictures wrong. It has learnt the pictures by heart,
# and little of what makes a shoe.

# %%
quiz.ask("03", "curve")

# %% [markdown]
# ### What may we claim?
#
# Now the test set. We only measure with it. We never use it to choose.

# %%
plain_right = plain.predict(data.test.images, verbose=0).argmax(axis=1) == data.test.labels
right, total = int(plain_right.sum()), len(plain_right)
print(f"test: {right} of {total} right, {right / total:.3f}")

# %% [markdown]
# With 200 other test pictures the share would be a little different. A **confidence interval** says which accuracies
# are compatible with what we saw. *95%* means: if we repeated the test with new pictures again and again, about 95 of
# 100 such intervals would hold the true accuracy. For a share, a good one is **Wilson's interval**: it never leaves the
# range from 0 to 1, and it works well even with few test pictures.
#
# **Exercise 2.** SciPy can compute this interval. Give `stats.binomtest(right, total)` the two counts. What it returns has
# a method `proportion_ci(method="wilson")`, and that gives the two ends of the 95% interval. Return them.


# %% tags=["exercise"]
def my_interval(right, total):
    """Return both ends of Wilson's 95% interval."""
    return ...


# %% tags=["nbval-check-output"]
interval = check.exercise(check.wilson, my_interval, otherwise=training.wilson_interval)


# %% tags=["solution"]
def my_interval(right, total):
    """Return both ends of Wilson's 95% interval."""
    return stats.binomtest(right, total).proportion_ci(method="wilson")


# %%
low, high = interval(right, total)
print(f"this network: {right / total:.3f}, 95% interval {low:.3f} to {high:.3f}")
print("0.5, the score of guessing, lies", "inside" if low <= 0.5 <= high else "outside")
for count in (50, 200, 1_000, 10_000):
    low, high = interval(round(0.6 * count), count)
    print(f"0.600 of {count:6,} pictures: {low:.3f} to {high:.3f}")

# %% [markdown]
# The network is better than guessing, but we can't say how much better: the interval is 13 points wide. That is not the
# network's fault. 200 test pictures cannot say more about an accuracy near the middle of the scale. Four times as many
# pictures halve the interval. Nobody photographs ten thousand shoes to judge a network that has learnt from a hundred.
# So we state the interval.

# %%
quiz.ask("03", "interval")

# %% [markdown] syllabus="D3"
# ## 3. Can we make more pictures out of those we have?
#
# A handbag stays a handbag when you mirror it, turn it a little or dim the light. **Data augmentation** uses this: each
# time a picture is shown in training, we change it at random, and keep its label and its size. Keras has a layer for
# each kind of change. Here is one picture, with three draws of each kind. The changes are strong, to make them easy to
# see. Which of them imitate a camera in another place, and which imitate another lamp?

# %%
images = data.train.images.astype("float32")
kinds = {
    "flip": layers.RandomFlip("horizontal", seed=3),
    "rotation": layers.RandomRotation(40 / 360, fill_mode="reflect", seed=2),
    "translation": layers.RandomTranslation(0.2, 0.2, fill_mode="reflect", seed=1),
    "zoom": layers.RandomZoom((-0.4, 0.0), fill_mode="reflect", seed=1),
    "brightness": layers.RandomBrightness(0.3, value_range=(0, 255), seed=3),
    "contrast": layers.RandomContrast((0.5, 0.5), value_range=(0, 255), seed=2),
    "hue": layers.RandomHue(0.3, value_range=(0, 255), seed=1),
}
three = np.stack([images[2]] * 3)
draws = [np.asarray(layer(three, training=True)) for layer in kinds.values()]
plots.image_grid(
    np.concatenate(np.stack(draws, axis=1)).astype("uint8"),
    [*kinds] + [""] * 14,
    columns=7,
    size=1.3,
    alt="One picture in three rows of seven; each column changes one thing: flip, rotation, translation, zoom, brightness, contrast or hue.",
)

# %% [markdown]
# Rotation, translation and zoom imitate a camera in another place; brightness, contrast and hue imitate another lamp.
# The flip imitates neither: it shows a mirror image.
#
# `RandomRotation` takes a share of a full turn. `RandomZoom` zooms in where its numbers are negative: -0.25 keeps three
# quarters of the width, so things look a third larger. Zoom and translation together show another part of the picture
# each time.
#
# *Hue* moves all colours around the colour circle. Random changes of colour, brightness and contrast are called
# **colour jitter**.
#
# ### Wrong and right
#
# When you turn a picture, its corners have to come from somewhere. With `fill_mode="constant"` they are black. With
# `fill_mode="reflect"`, the default, Keras mirrors the picture at its border. Here are both, with the same turns. What
# do you see first?

# %%
rows = []
for fill in ("constant", "reflect"):
    turn = layers.RandomRotation(40 / 360, fill_mode=fill, seed=2)
    rows.append(np.asarray(turn(images[:6], training=True)))
plots.image_grid(
    np.concatenate(rows).astype("uint8"),
    columns=6,
    size=1.4,
    heading="Above, wrong: black corners. Below, right: the picture goes on.",
    alt="Six turned pictures with black corners; below, the same turns with corners that continue the picture.",
)

# %% [markdown]
# You see the black corners first. No photo has them, so a network may learn from edges that it never meets again. The
# reflected corners are made up as well, but out of the picture's own edges and colours.
#
# ### Does the label survive?
#
# That depends on the task. For six of our seven changes, here is a task in which the change destroys the label, or
# nearly does. (In the code, a pair of equal numbers fixes the strength, though hue still chooses its direction at
# random. For contrast a pair means something else, as you will see below.)


# %%
def sign(text, size=90):
    """Write black text on a white picture."""
    picture = Image.new("RGB", (128, 128), "white")
    font = ImageFont.load_default(size)
    ImageDraw.Draw(picture).text((64, 64), text, "black", font, anchor="mm")
    return np.asarray(picture)


tomato = Image.new("RGB", (128, 128), "white")
ImageDraw.Draw(tomato).ellipse((24, 24, 104, 104), "red")
photo = data.train.images[5]

# %%
tasks = {
    "the letter b": (sign("b"), layers.RandomFlip("horizontal", seed=3)),
    "the number 6": (sign("6"), layers.RandomRotation((0.5, 0.5))),
    "three rings": (sign("ooo", 60), layers.RandomZoom((-0.5, -0.5))),
    "ripe": (np.asarray(tomato), layers.RandomHue((0.66, 0.66), value_range=(0, 255))),
    names[data.train.labels[5]]: (photo, layers.RandomTranslation((0.7, 0.7), (0.7, 0.7))),
    "by day": (photo, layers.RandomBrightness((-0.25, -0.25), value_range=(0, 255))),
}
before = [picture for picture, _ in tasks.values()]
after = [layer(np.float32([old]), training=True)[0] for old, layer in tasks.values()]
plots.image_grid(
    before + [np.asarray(new).astype("uint8") for new in after],
    [*tasks] + [type(layer).__name__ for _, layer in tasks.values()],
    columns=6,
    size=1.5,
    alt="Six pictures with their labels; below each, the same picture changed so much that its label is no longer true.",
)

# %% [markdown]
# The b has become a d and the 6 a 9. One whole ring is left, and the tomato is no longer red. Only pieces of the shoes
# are left, at the edges, and day has become night. Training goes on all the same, with labels that are wrong or hard to
# see.
#
# For handbags and shoes a flip is harmless, and so is every hue. Moving a picture by 70% can push the object out of
# it, whatever the task.
#
# Sometimes a change that destroys the label can still be used, if the label changes too.
#
# **Exercise 3.** A network reads the digits 6 and 9. Write a function that turns all pictures by half a turn and gives
# each one the label that fits the turned picture. Return new arrays; don't change the old ones. The pictures are an
# array of shape (n, height, width), the labels an array of sixes and nines. Half a turn reverses rows and columns, and
# `array[:, ::-1]` reverses the second axis. For the labels: which number minus 6 is 9, and minus 9 is 6?


# %% tags=["exercise"]
def upside_down(images, labels):
    """Turn pictures of 6 and 9 by half a turn; return pictures and labels."""
    return ...


# %% tags=["nbval-check-output"]
check.exercise(check.upside_down, upside_down)


# %% tags=["solution"]
def upside_down(images, labels):
    """Turn pictures of 6 and 9 by half a turn; return pictures and labels."""
    return images[:, ::-1, ::-1], 15 - labels


# %%
quiz.ask("03", "harmful")

# %% [markdown]
# ### Write the block
#
# Two of these layers have a trap. We make a pixel of 200 brighter by half of 255, once as `uint8`, which holds whole
# numbers from 0 to 255, and once as a float. Then we change the contrast of two pixels, 100 and 150, a thousand times.
# What do you expect?

# %% tags=["nbval-check-output"]
brighter = layers.RandomBrightness((0.5, 0.5), value_range=(0, 255))
for kind in ("uint8", "float32"):
    pixel = np.full((1, 1, 1, 3), 200, kind)
    print(f"200 as {kind:7} becomes", int(np.max(brighter(pixel, training=True))))
pixels = np.tile(np.float32([[[[100], [150]]]]), (1000, 1, 1, 1))
for strength in (0.25, (0.25, 0.25)):
    contrast = layers.RandomContrast(strength, value_range=(0, 255), seed=0)
    apart = np.ptp(contrast(pixels, training=True), axis=2)
    print(f"contrast {strength}: 50 becomes {apart.min():.0f} to {apart.max():.0f}")

# %% [markdown]
# With `uint8` the sum runs past 255 and starts again at 0, so a bright pixel turns dark. Give these layers floats. In
# our network the pixels are floats when they reach the block. The contrast layer has the other trap: a single number
# only raises the contrast, and a pair of numbers lowers it as well. (Keras also has `RandomSaturation`. On pixels in
# 0..255 it can return negative values, so we leave it out.)
#
# **Exercise 4.** Write the block as a `keras.Sequential` of the first six layers of the figure (all but hue), with
# milder strengths: up to 15 degrees, up to 10% sideways and up or down, zoom between -0.25 and 0, brightness 0.15,
# contrast 0.25 both ways. No black corners, and no shoe upside down.


# %% tags=["exercise"]
def my_augmentation():
    """Build a keras.Sequential of six random layers, for pixels in 0..255."""
    return ...


# %% tags=["nbval-check-output"]
augmentation = check.exercise(
    check.augmentation, my_augmentation, otherwise=check.random_changes
)


# %% tags=["solution"]
def my_augmentation():
    """Build a keras.Sequential of six random layers, for pixels in 0..255."""
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(15 / 360, fill_mode="reflect"),
            layers.RandomTranslation(0.1, 0.1, fill_mode="reflect"),
            layers.RandomZoom((-0.25, 0.0), fill_mode="reflect"),
            layers.RandomBrightness(0.15, value_range=(0, 255)),
            layers.RandomContrast((0.25, 0.25), value_range=(0, 255)),
        ]
    )


# %% [markdown]
#
# These layers belong in training only. The validation and test pictures stand for the photos that the network will
# meet later, so we don't change them. `fit` switches the layers on, and `evaluate` and `predict` switch them off. If
# you call the block yourself, say which you want: `training=True` or `training=False`.

# %% tags=["nbval-check-output"]
random_block, batch = augmentation(), images[:6]
results = {
    "predict(batch)": random_block.predict(batch, verbose=0),
    "block(batch, training=False)": random_block(batch, training=False),
    "block(batch, training=True)": random_block(batch, training=True),
    "block(batch)": random_block(batch),
}
for call, result in results.items():
    print(f"{call:30}", "unchanged" if np.array_equal(result, batch) else "changed")

# %% [markdown]
# The last line is the trap: without `training`, Keras's random layers do change pictures. So use `predict`, or pass
# `training=False`.

# %% [markdown] syllabus="D3"
# ## 4. Does augmentation help?
#
# The block goes into the network, before the first convolution. The network then sees each picture 60 times, each time
# in another form. Which of its curves will lie below those of the plain network, and which above?

# %%
augmented = compiled(scratch_network(augmentation()))
history = augmented.fit(*data.train, epochs=EPOCHS, validation_data=held_out, verbose=0)
unchanged = augmented.evaluate(*data.train, verbose=0)[1]
print(f"augmented network on unchanged training pictures: {unchanged:.3f}")
plots.learning_curves(
    {"plain": plain_history, "augmented": history},
    alt="With augmentation the training accuracy climbs more slowly and the training loss falls less; open marks are held-out pictures.",
)

# %% [markdown]
# The augmented network learns more slowly. Its training accuracy lies below that of the plain network and its training
# loss above, because they are measured on *changed* pictures: its task is harder. In the end it gets 92% of the
# unchanged training pictures right, so it has learnt most of them by heart as well. On held-out pictures it ends three
# pictures ahead, but its loss ends higher. This is a single run, and each of the 24 held-out pictures is worth four
# points. These curves cannot tell which network is better.

# %% [markdown] syllabus="D2"
# ### How much of it is luck?
#
# Other random weights and another order of pictures would have given other numbers. So we train both networks eight
# times, with eight **seeds**, on all labelled pictures. Our choices are made, so the validation pictures may now help to
# train.
#
# We also want to know what augmentation is good for. So we test on four versions of the same 200 pictures: as taken;
# *nearer* and *turned*, as if somebody else had held the camera; and *dark*, with less than half of the light. Our
# block enlarges and turns pictures too, though not as much, and it changes the light far less. Predict: on which
# versions will augmentation help most?

# %%
test_images = data.test.images.astype("float32")
zoom = layers.RandomZoom((-0.5, -0.25), fill_mode="reflect", seed=3)
turn = layers.RandomRotation(30 / 360, fill_mode="reflect", seed=3)
versions = {
    "as taken": test_images,
    "nearer": np.asarray(zoom(test_images, training=True)),
    "turned": np.asarray(turn(test_images, training=True)),
    "dark": 0.45 * test_images,
}
plots.image_grid(
    [version[n].astype("uint8") for n in (0, 1) for version in versions.values()],
    [*versions] * 2,
    columns=4,
    size=1.5,
    alt="Two test pictures, each as taken, nearer, turned, and dark.",
)

# %% [markdown]
# `training.repeat` does for each seed what you would do: build a network, `fit` it, `predict` the test pictures. Its
# `right` says for each seed and picture whether the answer is right. The second cell only sorts: for each version of
# the test and each network, it keeps the answers of the eight seeds.

# %%
pictures = np.concatenate([data.train.images, data.validation.images])
labels = np.concatenate([data.train.labels, data.validation.labels])
four_tests = np.concatenate([*versions.values()]), np.tile(data.test.labels, 4)
everything = SimpleNamespace(train=(pictures, labels), test=four_tests)
plain_runs = training.repeat(
    lambda: compiled(scratch_network()), everything, range(8), epochs=EPOCHS
)
augmented_runs = training.repeat(
    lambda: compiled(scratch_network(augmentation())), everything, range(8), epochs=EPOCHS
)

# %%
rows = {}
for number, name in enumerate(versions):
    for recipe, runs in {"plain": plain_runs, "augmented": augmented_runs}.items():
        right = np.split(runs.right, 4, axis=1)[number]
        part = training.Runs(right.mean(axis=1), runs.seconds, len(test_images), right)
        rows[f"{name}, {recipe}"] = part
for name, runs in rows.items():
    print(f"{name + ':':20} {runs}")
alt = "Test accuracies of eight seeds on four versions of the test, plain and augmented."
plots.runs(rows, chance=0.5, alt=alt)

# %% [markdown]
# Each dot is one seed, the black line is their mean, and the dotted line is guessing. In the table the number after ±
# is the standard deviation over the eight seeds.
#
# The dots of a row differ by the luck of training: other starting weights, another order of the pictures. The gray bar
# is Wilson's interval around their mean. It shows how far the mean might move with 200 other test pictures. More seeds
# help against the first kind of luck, and only more test pictures against the second. A third kind stays hidden:
# another hundred training pictures would have given other networks.
#
# Don't judge the two recipes by whether their bars overlap. Both were tested on the *same* pictures, and a hard test is
# hard for both. So compare **in pairs**: subtract seed by seed, and ask how uncertain the mean of these gains is.
# `stats.sem` is the standard deviation of the gains divided by the root of their number. Wilson's interval is for a
# share of right answers. For the mean of a few numbers there is `stats.t.interval`, which also asks for their number
# minus one.

# %%
for name in versions:
    plain_row, augmented_row = rows[f"{name}, plain"], rows[f"{name}, augmented"]
    gains = 100 * (augmented_row.accuracies - plain_row.accuracies)
    mean, error = gains.mean(), stats.sem(gains)
    low, high = stats.t.interval(0.95, len(gains) - 1, loc=mean, scale=error)
    each = " ".join(f"{gain:+5.1f}" for gain in gains)
    summary = f"mean {mean:+.1f} points, 95% interval {low:+.1f} to {high:+.1f}"
    print(f"gain, {name + ':':10} {each}   {summary}")

# %% [markdown]
# All four rows show a gain. It is 4 to 5 points on the pictures as taken, the nearer and the turned ones. Each of these
# intervals lies above 0, though that of the turned pictures only just. On dark pictures it is 9 points, and all eight
# gains are positive. (These numbers come from one core. Two cores add the same numbers in another order, so they round
# differently, and the training takes another course. When we ran it on two cores, the interval for the pictures as
# taken was -0.6 to 7.6. So that gain is hard to tell from luck.)
#
# Seed 2 is a warning: had we trained that pair alone, augmentation would seem to do harm on three of the four versions.
#
# These intervals cover the luck of the seeds, and nothing else: all sixteen networks learnt from the same 96 pictures
# and were tested on the same 200.
#
# In the dark the plain network loses 12 points on average and falls almost to guessing. The augmented network loses 7.
# Its block has changed brightness and contrast in training, though less than this. That fits a rule of practice:
# *augmentation makes a network robust against the changes that it imitates*.
#
# Has our table proved the rule? Is the gain really larger in the dark? Subtract the first row of gains from the last,
# seed by seed: 9, 0.5, 7, 14, -4.5, 9.5, -2, 8.5. Six of the eight are positive, but the 95% interval of their mean
# goes from -0.2 to 10.7 points. It holds 0, so eight seeds do not settle that. Nor do these rows tell which of the six
# layers helps. For that you would train again, with one layer left out at a time.
#
# One pair of networks can be compared on its own, picture by picture. Pictures that both networks get right, or both
# get wrong, say nothing about which one is better. If the two were equally good, each of the others would be a coin
# toss. The **p-value** is the probability that fair coins give a split at least this uneven. This is McNemar's test
# from lesson 2. Before you run it, guess: on how many of the 200 nearer pictures do the two networks of a seed
# disagree?

# %%
plain_near, augmented_near = rows["nearer, plain"], rows["nearer, augmented"]
for seed in range(8):
    test = training.mcnemar(plain_near.right[seed], augmented_near.right[seed])
    print(f"seed {seed}: only plain right {test.first_only:2},", end=" ")
    print(f"only augmented right {test.second_only:2}, p = {test.p:.3f}")

# %%
quiz.ask("03", "gain")

# %% [markdown]
# The two networks of a seed disagree on 64 to 90 of the 200 pictures. In two of the eight pairs the split is too uneven
# for fair coins (p is below 0.05, the usual limit). In the other six it is not, and with seed 2 the plain network is
# even ahead. You can compute p yourself: for seed 0 it is `stats.binomtest(23, 23 + 42).pvalue`.
#
# A p-value compares two networks, though, and not two recipes. What answers the question about the recipes, for these
# pictures, is the row of eight gains.

# %% [markdown] syllabus="D6"
# ## 5. How can photos of one thing differ?
#
# Augmentation imitates some of the changes that a photo goes through, and not others. Here is one shoe, eight things
# that can happen to its picture, and last another shoe. We take a drawn shoe, because we know which of its pixels are
# shoe: we can move it over its empty background, or put it on another one. You need not follow the next cell: it only
# moves pixels. Look at the names and the pictures.

# %%
drawn, drawn_labels, parts, _ = drawings.handbags_and_shoes_with_parts("train", 24)
grounds, _ = drawings.handbags_and_shoes("train", 24, objects=False)
shoe, mask = drawn[19], parts[19] > 0
from_above = ProjectiveTransform([[1.1, 0.4, -40], [0, 1.5, -45], [0, 0.003, 1]])


def moved(change):
    """Move the shoe over its ground; `change` says from where in the old picture a pixel comes."""
    there = warp(mask.astype(float), change)[..., None] > 0.5
    return np.where(there, 255 * warp(shoe, change), grounds[19])


def bent(places):
    """Say for a bent shoe from where in the straight one each pixel comes."""
    x, y = places.T
    return np.stack([x + 10 * np.sin(y / 14), y], axis=1)


# %%
dots = random_noise(np.full((*mask.shape, 1), 0.5), "s&p", rng=0, amount=0.04)
sources = {
    "one shoe": shoe,
    "viewpoint": moved(from_above),
    "scale": moved(AffineTransform(scale=1.8, translation=(-70, -75))),
    "position": moved(AffineTransform(translation=(-40, 25))),
    "light": shoe * [0.75, 0.55, 0.4],
    "camera": np.where(dots == 0.5, shoe, 255 * dots),
    "deformation": moved(bent),
    "occlusion": np.where(parts[6][..., None] > 0, drawn[6], shoe),
    "clutter": np.where(mask[..., None], shoe, grounds[18]),
    "the class itself": np.where(parts[17][..., None] > 0, drawn[17], grounds[19]),
}
plots.image_grid(
    [np.uint8(picture) for picture in sources.values()],
    [*sources],
    columns=5,
    size=1.7,
    alt="One drawn shoe, eight things that can happen to its picture, and a boot in its place.",
)

# %% [markdown]
# | source of variation | which layer or noise imitates it? |
# |---|---|
# | viewpoint | rotation, but only in the plane of the picture |
# | scale, position | zoom (ours only zooms in; the shoe above is farther away), translation |
# | light | brightness and contrast; hue too, but it is not in our block |
# | camera | **salt-and-pepper noise**: a few pixels turn white or black, as with dust and broken pixels (not in our block) |
# | occlusion | **random erasing**: a random square is covered (`layers.RandomErasing`, not in our block) |
# | deformation, clutter | nothing that we have used |
# | the class itself | nothing at all: it takes other shoes |
#
# The last row is called **intra-class variation**. Sandals and boots are both shoes, and no change turns one into the
# other. So eight versions of one photo are not as good as eight photos.

# %%
quiz.ask("03", "variation")

# %% [markdown] syllabus="D1 D2"
# ## 6. How many pictures does it take?
#
# A **learning curve** shows the accuracy for more and more training pictures. Handbags and shoes take turns in our set,
# so its first 20 pictures hold ten of each.
#
# **Exercise 5.** Write the loop. `accuracy_from(images, labels)` trains a network on the pictures that it is given and
# returns how well it does. For each count, call it with the first pictures and labels, and keep the result in a
# dictionary under the count.


# %% tags=["exercise"]
def my_learning_curve(accuracy_from, images, labels, counts):
    """Return {count: what accuracy_from gives for the first `count` pictures}."""
    return ...


# %% tags=["nbval-check-output"]
learning_curve = check.exercise(
    check.learning_curve, my_learning_curve, otherwise=check.by_count
)


# %% tags=["solution"]
def my_learning_curve(accuracy_from, images, labels, counts):
    """Return {count: what accuracy_from gives for the first `count` pictures}."""
    curve = {}
    for count in counts:
        curve[count] = accuracy_from(images[:count], labels[:count])
    return curve


# %% [markdown]
# With 20 and with 50 pictures we train the augmented network with three seeds each. The row for 96 comes from section 4
# and has eight. The number of steps stays 180, because small sets should not be trained less. What gains more: the step
# from 20 to 50 pictures, or the step from 50 to 96?


# %%
def accuracy_from(images, labels):
    """Train the augmented network with three seeds."""
    few = SimpleNamespace(train=(images, labels), test=data.test)
    epochs = STEPS // math.ceil(len(images) / 32)
    return training.repeat(
        lambda: compiled(scratch_network(augmentation())), few, range(3), epochs=epochs
    )


curve = learning_curve(accuracy_from, pictures, labels, (20, 50))
curve[len(labels)] = rows["as taken, augmented"]
for count, runs in curve.items():
    print(f"{count:3} pictures: {runs}")
plots.runs(
    {f"{count} pictures": runs for count, runs in curve.items()},
    chance=0.5,
    alt="Test accuracy from 20, 50 and 96 training pictures: each seed, the mean and its 95% interval.",
)

# %% [markdown]
# The mean rises by 11 points from 20 to 50 pictures, and by 5 from 50 to 96, although the second step is the longer
# one. With three seeds in two of the rows this is a tendency and no proof: each new picture seems to help less than the
# one before.
#
# Three sizes are too few to tell where the curve levels off. A thousand more photos of shoes might show it, but we
# wanted to do without them.

# %%
quiz.ask("03", "more")

# %% [markdown] syllabus="D5"
# ## 7. Make your own set
#
# Two kinds of mugs, your screws and nails, the leaves of two trees: any two things will do. The quickest camera is a
# phone that films.
#
# 1. Film at least five things of each class, ten seconds each. Walk around the thing slowly. Film some of both classes
#    on every table and in every light, or the network learns the tables.
# 2. Cut the clips into frames, two a second. With ffmpeg installed, in a terminal:
#    `ffmpeg -i shoe_1.mp4 -vf fps=2 shoe_1_%03d.jpg`.
# 3. Throw away blurred frames and frames that look like the one before.
# 4. Split by clip, never by frame: all frames of one clip go into `my_frames/train/shoe`, or all into
#    `my_frames/validation/shoe`, or all into `my_frames/test/shoe`.
#    `datasets.from_folder("my_frames", size=(128, 128))` keeps that split.
#
# Without ffmpeg, `datasets.from_videos` does steps 2 to 4 for you. We have no phone here, so our "clips" are a window
# that moves over a drawn picture. With your own clips, replace the lines from `home =` on by
# `clips = {"mug": ["mug_1.mp4", "mug_2.mp4", "mug_3.mp4"], "glass": ...}`, with at least three clips for each class. In
# the cell after it write `every=0.5`: one frame each half second.


# %%
def film(picture, path):
    """Write three seconds of video: a window of 128 pixels moves over a picture."""
    writer = imageio_ffmpeg.write_frames(str(path), (128, 128), fps=8)
    writer.send(None)
    for left in np.linspace(0, 32, 24).astype(int):
        window = picture[left // 2 : left // 2 + 128, left : left + 128]
        writer.send(np.ascontiguousarray(window))
    writer.close()
    return path


home = Path(tempfile.mkdtemp())
clips = {name: [] for name in names}
for label, name in enumerate(names):
    for number in np.flatnonzero(drawn_labels == label)[:3]:
        path = home / f"{name}_{number}.mp4"
        clips[name].append(film(drawn[number], path))

# %%
filmed = datasets.from_videos(clips, every=0.25, size=(128, 128))
frames = [*filmed.train.images[:5], *filmed.test.images[:5]]
origins = [*filmed.sources["train"][:5], *filmed.sources["test"][:5]]
plots.image_grid(
    frames,
    [origin.replace(" at ", "\n") for origin in origins],
    columns=5,
    size=1.5,
    heading="Above, frames to train on. Below, frames of other clips to test on.",
    alt="Five frames from training clips and five from test clips, each with the name of its clip.",
)

# %% [markdown]
# Above and below are frames of different clips. `filmed` has the same parts as `data`. To train on it, set
# `data = filmed` and `names = data.class_names`, and go on from section 2. There, write
# `STEPS, EPOCHS = 180, int(180 / np.ceil(len(data.train.images) / 32))`, so that training still takes about 180 steps.
#
# **From photos.** Make a folder for each class, such as `my_photos/mug` and `my_photos/glass`, and put the photos in.
# `datasets.from_folder("my_photos", size=(128, 128))` reads them, splits them and keeps near-copies on one side. It cannot
# see that two photos show the same mug from two sides.
#
# Try it: make a set of two kinds of things, 30 photos each, of at least ten different things. This time, split it
# yourself: all photos of one mug go into `my_split/train/mug`, or all into `my_split/validation/mug`, or all into
# `my_split/test/mug`. Then set `data = datasets.from_folder("my_split", size=(128, 128))`, and go on as with `filmed`.
# Before you do, write down what else differs between the two classes: the table, the light, the hour?

# %%
quiz.ask("03", "frames")

# %% [markdown] syllabus="D4"
# ## 8. Show it a shoe
#
# Put something on the table. Upload a photo, or use the camera. A test picture stands in until you do. Then be unkind:
# the same thing from above, half hidden, far away. Or show it a cup; the network has to choose all the same.

# %%
own_photo.classify(augmented.predict, names, sample=data.test.images[0])

# %% [markdown]
# Don't expect much. If section 1 said *drawn*, this network has never seen a photo of a shoe or a bag, so on yours
# expect little more than a guess. Even on pictures of its own kind it is often wrong, and it does not know when.
# Compare its mean confidence with its share of right answers, and look at the wrong answers it was most sure of.

# %%
probabilities = augmented.predict(data.test.images, verbose=0)
answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
wrong = answers != data.test.labels
worst = np.argsort(np.where(wrong, -confidence, 0))[:8]
share = 1 - wrong.mean()
print(f"mean confidence {confidence.mean():.2f}, share of right answers {share:.2f}")
plots.image_grid(
    data.test.images[worst],
    [f"{names[answers[n]]}? {confidence[n]:.0%}" for n in worst],
    columns=8,
    size=1.2,
    alt="Eight test pictures that the augmented network names wrongly, with its answer and confidence.",
)

# %% [markdown]
# Its mean confidence is 0.87, but it is right on only 60% of the pictures. All eight answers in the figure are wrong,
# and the network is all but certain of each. What do the eight have in common? They are low, wide bags, and it takes
# them for shoes.
#
# This is the network from section 4 that learnt from 72 pictures. On the same test, the plain network of section 2 got
# 64% right. So one pair of networks can mislead us, and the eight pairs of section 4 say more.
#
# Even the augmented networks of section 4, which learnt from all 96 pictures, get three in ten test pictures wrong on
# average. What is missing? Such a network has never seen a strap or a sole other than ours. It would have to find out
# from under 100 pictures that the world is made of edges, surfaces and things in front of other things. You knew all
# that before you saw the first of them. A network can know it too, if it has learnt from other pictures before. Lesson
# 4 takes such a network and shows it these very pictures. It won't have to guess.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{data.name}, {data.origin}",
        "labelled pictures": len(labels),
        "test pictures": len(data.test.images),
        "weights of the network": plain.count_params(),
        **{f"test accuracy, {name}": runs.mean for name, runs in rows.items()},
        "test accuracy from 20 pictures, augmented": curve[20].mean,
        "test accuracy from 50 pictures, augmented": curve[50].mean,
    }
)

# %% [markdown]
# ## Key points
#
# - Look at the data first: a contact sheet, the balance, author and licence, copies across the split.
# - From under 100 pictures a network from scratch learns its pictures by heart. Its training accuracy says nothing.
# - Augmentation changes training pictures anew each time, and keeps their size. With `fill_mode="reflect"` there are no
#   black borders. Ask of every change whether the label survives it.
# - Augmentation is there to make a network robust against the changes that it imitates. Here (drawings, eight seeds) it
#   gained 9 points on dark pictures. On the other three versions it gained 4 to 5 points, but on pictures as taken that
#   may be luck. It cannot invent a new kind of shoe.
# - Report an interval and several seeds. Compare two networks in pairs, on the same pictures.
# - Split by object, photographer or clip, never by frame.
#
# ## Where next
#
# - Lesson 4 brings knowledge from elsewhere: a network that was trained on other pictures, without its last layer.
# - Back to [lesson 2](02_fashion_mnist.ipynb) for batch norm, calibration and the words *base* and *top*.
# - Connor Shorten and Taghi Khoshgoftaar, *A survey on image data augmentation for deep learning*, 2019.
#   Edwin B. Wilson, *Probable inference, the law of succession, and statistical inference*, 1927, has the interval.
#
# ## Going further
#
# - **Damaged files and HEIC.** Real folders hold files that nobody can read. `from_folder` skips them, prints how many,
#   and lists each one with the reason in `skipped`. Many phones save HEIC files, which it does not read:
#   export such photos as JPEG.
# - **Photos from the web, with licences.** Where there is a network, `datasets.handbags_and_shoes` collects photos of
#   Open Images that carry a free licence. Keep author and licence of every photo that you collect yourself.
# - **Stronger augmentation.** Put the solution into `my_augmentation`, raise its brightness to 0.5, run the check cell
#   again and then section 4. Look at the dark pictures.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

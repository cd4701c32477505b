# %% [markdown]
# # 3. Handbags and shoes from under 100 photos
#
# <!-- badges -->
#
# Topics: a tiny data set, leakage, overfitting, data augmentation, intervals and seeds, your own photos.
#
# Lesson 2 had thousands of tidy pictures. You will rarely have thousands. A shop, a museum or a workshop can
# take a hundred photos in an afternoon, in colour, on a messy table, and wants an answer the next day. How far
# does a convolutional network get with that?
#
# **You will learn**
#
# - how to look at a small data set before training: balance, origin, licence, copies across the split;
# - what overfitting looks like when a network can learn its pictures by heart;
# - how data augmentation is done right and wrong, and what it does and does not buy;
# - how to state a result that 120 to 200 test images and a handful of seeds can bear;
# - how to put a photo of your own to the network, and how to make a set of your own.

# %% tags=["setup"]
# setup

# %%
import dataclasses
import tempfile
from pathlib import Path

import imageio_ffmpeg
import keras
import numpy as np
from keras import layers
from PIL import Image

from helpers import check, datasets, own_photo, plots, quiz, training

keras.utils.set_random_seed(0)

# %% [markdown] syllabus="D1"
# ## 1. What is in the data?
#
# Two classes, handbag and shoe. Where real photos are at hand the lesson takes them; otherwise it takes
# pictures that the course draws, and says so.

# %%
data = datasets.handbags_and_shoes(size=(128, 128))
names = data.class_names
print("name:   ", data.name)
print("licence:", data.licence)
for side, split in data.splits.items():
    counts = np.bincount(split.labels)
    print(f"{side:10}", split.images.shape, dict(zip(names, counts.tolist())))

# %% [markdown]
# Training and validation together hold fewer than 100 images, and the classes are in balance: whoever always
# says "shoe" is right in half of the cases, so 0.5 is the score to beat. Now look. A **contact sheet** shows
# many pictures small, and it is the first thing to make of any data set. What varies? Would you recognise
# each of them?

# %%
plots.image_grid(
    data.train.images[:40],
    [names[label] for label in data.train.labels[:40]],
    columns=8,
    size=1.15,
    alt="Forty training pictures in colour: handbags and shoes of many kinds, turned, on cluttered backgrounds.",
)

# %% [markdown]
# Who made a picture, and may you use it? Read the licence above. *Not stated* means: look, but do not publish.
# For each picture the set keeps where it comes from: a path here, author and licence where a set has an
# `ATTRIBUTION.csv`.

# %%
for number in range(3):
    print(names[data.train.labels[number]].ljust(8), data.sources["train"][number])

# %% [markdown]
# ### Does the test set hold pictures from training?
#
# Such a copy is called a **leak**. A network may learn its training pictures by heart, and a copy in the test
# praises it for that. A copy need not be exact: it may have been saved again, lighter or smaller.
# `datasets.leaks` therefore compares **perceptual hashes**: 64 bits that say what a picture looks like when it
# is shrunk to almost nothing. Two pictures count as copies if at most 6 of these bits differ. Does the check work?
# Plant a leak and see.

# %% tags=["nbval-check-output"]
noise = np.random.default_rng(0).normal(0, 4, data.train.images[5].shape)
lighter = np.clip(1.1 * data.train.images[5] + 12 + noise, 0, 255).astype(np.uint8)
planted = dataclasses.replace(
    data,
    test=datasets.Split(
        np.concatenate([data.test.images, lighter[None]]),
        np.append(data.test.labels, data.train.labels[5]),
    ),
)
before, after = datasets.leaks(data), datasets.leaks(planted)
print("pairs across the split, as given:", len(before))
print("after planting a copy, new:", [pair for pair in after if pair not in before])

# %%
plots.image_grid(
    [data.train.images[5], lighter],
    ["training, number 5", "planted in the test"],
    size=1.9,
    alt="A training picture, and the same one lighter and with noise, as it was planted in the test set.",
)

# %%
mirrored = dataclasses.replace(
    planted, test=datasets.Split(planted.test.images[:, :, ::-1], planted.test.labels)
)
found = [pair for pair in datasets.leaks(mirrored) if (("train", 5) in pair)]
print("the same copy, mirrored, is found:", bool(found))

# %% [markdown] syllabus="J5"
# The check finds copies, not everything. It does not see through a mirror, and it cannot know that two
# different photos show one and the same shoe. So a split is made with knowledge of where pictures come from:
# all photos of one object, one author or one video on one side.

# %%
quiz.ask("03", "leak")

# %% [markdown] syllabus="D2"
# ## 2. How far does a network from scratch get?
#
# **From scratch** means: it starts from random numbers and sees nothing but our pictures. Its four blocks are
# those of lesson 2, with fewer filters; a small dense layer follows. The first layer takes the mean of each 2×2
# pixels: a quarter of the pixels, and about a quarter of the work. One output for each class: its probability.


# %%
def block(filters):
    """Convolution, pooling, batch norm, ReLU."""
    return [
        layers.Conv2D(filters, 3, padding="same", use_bias=False),
        layers.MaxPooling2D(),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
    ]


def scratch_network(*changes):
    """Build a small CNN for 128x128 colour images; `changes` are layers that act on the pixels first."""
    small = [keras.Input((128, 128, 3)), layers.AveragePooling2D(2), *changes]
    blocks = [layer for filters in (16, 32, 64, 64) for layer in block(filters)]
    top = [layers.Flatten(), layers.Dropout(0.3), layers.Dense(32, activation="relu")]
    answer = layers.Dense(len(names), activation="softmax")
    return keras.Sequential([*small, layers.Rescaling(1 / 255), *blocks, *top, answer])


# %%
def compiled(model, steps):
    """Make a model ready for a number of training steps; the rate falls to 0 along half a cosine."""
    falling = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(
        keras.optimizers.Adam(falling),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def steps_per_epoch(images, batch=32):
    """Count the batches in one pass over the images; the last one may be smaller."""
    return -(-len(images) // batch)


# %% [markdown]
# The network has many more weights than we have pictures. What will its two accuracies do, the one on training
# pictures and the one on validation pictures?

# %%
plain = compiled(scratch_network(), steps=30 * steps_per_epoch(data.train.images))
print(f"{plain.count_params():,} weights for {len(data.train.images)} training pictures")
plain_history = plain.fit(
    *data.train, batch_size=32, epochs=30, validation_data=data.validation, verbose=0
)

# %%
plots.learning_curves(
    {"from scratch": plain_history},
    alt="Training accuracy climbs to 1 while validation accuracy stays far below it.",
)

# %% [markdown]
# This is **overfitting** at its plainest. The network ends up knowing its training pictures by heart. On the
# others it stays far behind. Look at the validation loss too: does it still fall when the training loss is near 0?
#
# ### What may we claim?
#
# Now the test set. We will use it again below, but only to measure, never to choose.

# %%
plain_accuracy = plain.evaluate(*data.test, verbose=0)[1]
right = round(plain_accuracy * len(data.test.labels))
low, high = training.wilson_interval(right, len(data.test.labels))
print(f"test: {right} of {len(data.test.labels)} right, {plain_accuracy:.3f}")
print(f"95 % interval: {low:.3f} to {high:.3f}")
print("0.5, the score of guessing, lies", "inside" if low <= 0.5 <= high else "outside")

# %% [markdown]
# The interval is wide. That isn't the network's fault: 200 test pictures can't pin down an accuracy near the middle of
# the scale any better. If 0.5 lies inside, this run has not even been shown to beat guessing. How many test pictures
# would it take to know an accuracy of about 0.62 to within a point?

# %% tags=["nbval-check-output"]
print("test pictures   95 % interval")
for count in (50, 200, 1_000, 10_000):
    low, high = training.wilson_interval(round(0.62 * count), count)
    print(f"{count:13,}   {low:.3f} to {high:.3f}")

# %% [markdown]
# Four times as many pictures halve the interval. Nobody photographs ten thousand shoes to judge a network that has
# learnt from a hundred, so we live with wide intervals and say so.

# %%
quiz.ask("03", "interval")

# %% [markdown] syllabus="D3"
# ## 3. Can we make more pictures out of those we have?
#
# A handbag stays a handbag when you mirror it, turn it a little or dim the light. **Data augmentation** uses this:
# each time a picture is shown in training, we change it at random and keep its label and its size. Keras has a layer
# for each kind of change. Here is one training picture, with four draws of each kind.
#
# First we make the pixels floats, for a reason that we will see below. `RandomRotation` takes a share of a full turn,
# and `RandomZoom` zooms in where its numbers are negative.

# %%
images = data.train.images.astype("float32")
changes = {
    "flip": layers.RandomFlip("horizontal"),
    "rotation": layers.RandomRotation(40 / 360, fill_mode="reflect", seed=2),
    "translation": layers.RandomTranslation(0.2, 0.2, fill_mode="reflect"),
    "zoom": layers.RandomZoom((-0.4, 0.0), fill_mode="reflect"),
    "brightness": layers.RandomBrightness(0.3, value_range=(0, 255)),
    "contrast": layers.RandomContrast((0.5, 0.5), value_range=(0, 255)),
    "hue": layers.RandomHue(0.3, value_range=(0, 255)),
}
four = np.stack([images[5]] * 4)
kinds = [np.asarray(change(four, training=True)) for change in changes.values()]
plots.image_grid(
    np.concatenate(np.stack(kinds, axis=1)).astype("uint8"),
    [*changes] + [""] * 21,
    columns=7,
    size=1.3,
    alt="One picture four times: flipped, turned, moved, zoomed, dimmed, and with changed contrast and hue.",
)

# %% [markdown]
# *Zoom* cuts out the middle and enlarges it. Together with *translation* it crops any part of the picture. *Hue* moves
# all colours around the colour circle. Random changes of colour are called **colour jitter**. The changes here are
# strong, to make them easy to see.
#
# ### Wrong and right
#
# When you turn a picture, its corners have to come from outside. The simplest filling is black, which is 0. With
# `fill_mode="reflect"` Keras mirrors the picture at its border. Here are both, with the same turns of up to 40 degrees
# either way. What do you see first?

# %%
turn_wrong = layers.RandomRotation(40 / 360, fill_mode="constant", fill_value=0.0, seed=2)
turn_right = layers.RandomRotation(40 / 360, fill_mode="reflect", seed=2)
batch = images[:6]
wrong, good = (np.asarray(turn(batch, training=True)) for turn in (turn_wrong, turn_right))
plots.image_grid(
    np.concatenate([wrong, good]).astype(np.uint8),
    ["wrong: black", "", "", "", "", "", "right: reflected", "", "", "", "", ""],
    columns=6,
    size=1.35,
    alt="Six turned pictures with black corners; below, six turned ones whose corners continue the picture.",
)

# %%
for text, turned in {"as taken": batch, "black corners": wrong, "reflected": good}.items():
    print(f"{text:14} {np.mean(turned.max(axis=-1) < 1):6.1%} of the pixels are black")

# %% [markdown]
# Black corners have straight edges that no photo has. A network may learn from them, and meets none in the test. A
# reflection is made up as well, but out of the picture's own edges and colours.
#
# Three more rules:
#
# - Change training pictures only. The test has to show what will come, not what we made up.
# - Change before each use, not once. A fixed set of changed copies can be learnt by heart as well.
# - Ask of every change whether the label survives it.

# %%
quiz.ask("03", "harmful")

# %%
quiz.ask("03", "where")

# %% [markdown]
# ### Write the block
#
# Two of these layers have a trap. We make a pixel of 200 brighter by half of 255, once as `uint8`, a whole number from 0
# to 255, and once as a float. Which two values do you expect?

# %% tags=["nbval-check-output"]
brighter = layers.RandomBrightness((0.5, 0.5), value_range=(0, 255))
for kind in ("uint8", "float32"):
    pixel = np.full((1, 1, 1, 3), 200, kind)
    print(f"200 as {kind:7} becomes", int(np.max(brighter(pixel, training=True))))

# %% [markdown]
# With `uint8` the sum runs past 255 and starts again at 0, so a bright pixel turns dark. Make the pictures floats first.
# In our network they are floats when they reach the block.
#
# Now the contrast. Two pixels differ by 50, and we change their contrast a thousand times.

# %% tags=["nbval-check-output"]
pixels = np.tile(np.float32([[[[100], [150]]]]), (1000, 1, 1, 1))
for strength in (0.25, (0.25, 0.25)):
    contrast = layers.RandomContrast(strength, value_range=(0, 255), seed=0)
    apart = np.ptp(contrast(pixels, training=True), axis=2)
    print(f"contrast {strength}: 50 becomes {apart.min():.0f} to {apart.max():.0f}")

# %% [markdown]
# A single number only ever raises the contrast. A pair of numbers lowers it as well. (Keras also has
# `RandomSaturation`. On pixels in 0..255 it can return negative values, so we leave it out.)
#
# **Exercise.** Now write the block. It is a `keras.Sequential` of the first six layers in the figure, with milder
# strengths: up to 15 degrees, up to 10 % sideways and up or down, zooming in by up to 25 %, brightness 0.15, contrast
# 0.25 both ways. No black corners, and no shoe upside down.


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
# If the check says "ok", `augmentation` is your own function from here on; if not, the course's.
#
# The layers should act in training only. Who tells them? `fit`, `evaluate` and `predict` do. When you call the block
# yourself, you have to say it.

# %% tags=["nbval-check-output"]
block_of_changes = augmentation()
for call, result in {
    "predict(batch)": block_of_changes.predict(batch, verbose=0),
    "block(batch, training=False)": block_of_changes(batch, training=False),
    "block(batch, training=True)": block_of_changes(batch, training=True),
    "block(batch)": block_of_changes(batch),
}.items():
    print(f"{call:30}", "unchanged" if np.array_equal(result, batch) else "changed")

# %% [markdown]
# The last line is the trap: without `training`, Keras's random layers do change pictures. So call a network with such
# layers by `predict`, or write `training=False`.
#
# ### Does it help?
#
# The block goes into the network, after the shrinking and before the first convolution. Learning is harder now,
# since no picture comes twice in the same form, so we train for twice the epochs. What will happen to the gap?

# %%
augmented = scratch_network(augmentation())
augmented = compiled(augmented, steps=60 * steps_per_epoch(data.train.images))
augmented_history = augmented.fit(
    *data.train, batch_size=32, epochs=60, validation_data=data.validation, verbose=0
)

# %%
plots.learning_curves(
    {"plain": plain_history, "augmented": augmented_history},
    alt="With augmentation, training accuracy climbs slowly to 0.93; both validation accuracies end just under 0.6.",
)

# %% [markdown]
# The training marks of the augmented network climb slowly, because its task is harder: it sees changed pictures, while
# validation pictures come unchanged. The gap is smaller in the end, but only because training accuracy is lower. Both
# validation accuracies end at the same height. What does the augmented network score on training pictures as they are?

# %%
unchanged = augmented.evaluate(*data.train, verbose=0)[1]
print(f"augmented network on unchanged training pictures: {unchanged:.3f}")

# %% [markdown]
# Nearly all are right. This network has learnt its training pictures by heart as well. It only took longer. Is it the
# better network all the same? The validation curve rests on two dozen pictures. It cannot tell.

# %% [markdown] syllabus="D6"
# ### What do photos of one thing differ in?
#
# Augmentation imitates what changes a picture and not its name. Which of these do you find in the contact
# sheet of section 1, and which are missing there?
#
# | source of variation | example | imitated by |
# |---|---|---|
# | viewpoint | from the left, from above | flip, rotation: only mirroring and turning in the plane |
# | scale | near, far | zoom |
# | position | at the edge of the picture | translation |
# | light | lamp, daylight, flash | brightness, contrast, hue |
# | camera | noise, dust | salt and pepper |
# | deformation | a full bag, an empty one | nothing here |
# | occlusion | a strap behind a cup | a covered square |
# | clutter | the same shoe on another table | nothing here |
# | the class itself | sandal and boot are both shoes | nothing: it takes other shoes |
#
# None of the layers above imitates occlusion or dust, but you can write both by hand. For occlusion, cover a random
# square. This is called **random erasing** or cutout, and it keeps the network from relying on one part alone. For dust,
# make a few random pixels white or black: **salt and pepper** noise.


# %%
def covered(images, side=40, seed=0):
    """Cover a random square of each image with its own mean colour."""
    rng, result = np.random.default_rng(seed), images.copy()
    for image, (top, left) in zip(result, rng.integers(0, 128 - side, (len(images), 2))):
        image[top : top + side, left : left + side] = image.mean(axis=(0, 1))
    return result


def salt_and_pepper(images, share=0.02, seed=0):
    """Make a share of the pixels white or black, half of them each."""
    draw, result = np.random.default_rng(seed).random(images.shape[:3]), images.copy()
    result[draw < share], result[draw < share / 2] = 255, 0
    return result


eight = data.train.images[:8]
plots.image_grid(
    np.concatenate([covered(eight), salt_and_pepper(eight)]),
    columns=8,
    size=1.0,
    alt="Eight training pictures, each with a square of plain colour over a part of it; below, with white and black dots.",
)

# %%
quiz.ask("03", "variation")

# %% [markdown] syllabus="D2"
# ## 4. How much of it is luck?
#
# We have compared one run with one run. Other initial weights and another order of pictures would have given other
# numbers. So train each network five times, on all labelled pictures: the choices have been made, and the validation
# pictures may now help to train.

# %%
labelled = dataclasses.replace(
    data,
    train=datasets.Split(
        np.concatenate([data.train.images, data.validation.images]),
        np.concatenate([data.train.labels, data.validation.labels]),
    ),
    validation=None,
)
steps = steps_per_epoch(labelled.train.images)
plain_runs = training.repeat(
    lambda: compiled(scratch_network(), 30 * steps), labelled, range(5), epochs=30
)
print("plain:    ", plain_runs)

# %%
augmented_runs = training.repeat(
    lambda: compiled(scratch_network(augmentation()), 60 * steps),
    labelled,
    range(5),
    epochs=60,
)
print("augmented:", augmented_runs)

# %%
plots.runs(
    {"plain": plain_runs, "augmented": augmented_runs},
    chance=0.5,
    alt="Test accuracies of five seeds each, with means and 95 % intervals; the intervals overlap.",
)

# %% [markdown]
# Each dot is one seed; the bar is the 95 % interval of the mean that the size of the test set leaves open. Two
# kinds of luck are at work. The dots of one row differ by the luck of the start. The bar has another cause:
# other test pictures would have given another mean. More seeds average the first out. Only more test pictures
# help against the second. A third stays hidden: these are always the same training pictures, and another
# hundred would have given another network.

# %%
gain = augmented_runs.mean - plain_runs.mean
gain_by_seed = augmented_runs.accuracies - plain_runs.accuracies
print(f"augmented minus plain: {100 * gain:+.1f} points on average")
print("seed by seed:         ", *(f"{100 * points:+.1f}" for points in gain_by_seed))
print(
    f"spread over seeds: {100 * plain_runs.spread:.1f} and {100 * augmented_runs.spread:.1f} points"
)

# %% [markdown]
# The gain is smaller than the spread over seeds, so another five seeds could turn it around. Four of the five seeds
# favour augmentation. But a fair coin, thrown five times, gives four or five heads in about one case out of five.
#
# There is a sharper way to compare two networks, because both answered the *same* test pictures. Pictures that both
# get right, or both get wrong, say nothing about which one is better. Only the others count: those that one network
# gets right and the other gets wrong. If the networks were equally good, each of these would be a coin toss. So we
# count heads and tails. The **p-value** is the probability that a fair coin gives a split at least this uneven. This
# is **McNemar's test**, and it is a **paired test**: it compares picture by picture. Before you run it, guess: on how
# many of the 200 pictures do the two networks disagree?

# %%
for seed in range(5):
    plain_right, augmented_right = plain_runs.right[seed], augmented_runs.right[seed]
    only_plain = np.sum(plain_right & ~augmented_right)
    only_augmented = np.sum(augmented_right & ~plain_right)
    p = training.mcnemar(plain_right, augmented_right).p
    print(
        f"seed {seed}: only plain right {only_plain:2}, only augmented right {only_augmented:2}, p = {p:.3f}"
    )

# %% [markdown]
# The two networks disagree on 55 to 81 of the 200 pictures. In four of the five seeds the split would not surprise us
# from a fair coin. Seed 0 is different: 26 to 55 is too uneven for luck with the test pictures, even when we make five
# tests. This augmented network is better than this plain one.
#
# Does it follow that augmentation helps? No. The test compares two networks, not two recipes, and with seed 2 the plain
# network is ahead. Whether the recipe helps is a question about many seeds, and our five do not settle it: on these
# pictures augmentation has been shown neither to help nor to hurt. That is disappointing, and it is a result.
# Augmentation cannot show the network a kind of shoe that it has never seen.

# %% [markdown] syllabus="D1 D2"
# ## 5. How many pictures does it need?
#
# The split is dealt so that its first 20 pictures hold both classes equally often, and so do the first 50. Train on
# these. The number of training steps stays the same, so that the smaller sets are not trained less. Which step
# will gain more, from 20 to 50 pictures or from 50 to all of them?


# %%
def trained_on(count):
    """Train the augmented network on the first `count` labelled pictures, with two seeds."""
    few = datasets.Split(labelled.train.images[:count], labelled.train.labels[:count])
    total = 60 * steps
    epochs = total // steps_per_epoch(few.images)
    return training.repeat(
        lambda: compiled(scratch_network(augmentation()), total),
        dataclasses.replace(labelled, train=few),
        range(2),
        epochs=epochs,
    )


by_size = {count: trained_on(count) for count in (20, 50)}
by_size[len(labelled.train.images)] = augmented_runs

# %%
for count, runs in by_size.items():
    print(f"{count:3} pictures: {runs}")
plots.accuracy_by_size(
    {"from scratch, augmented": by_size},
    chance=0.5,
    alt="Test accuracy against the number of training pictures, 20 to 96, with the spread over seeds.",
)

# %% [markdown]
# Does the interval for 20 pictures hold 0.5? Do the means rise? Nothing here says where they would stop. But to
# photograph a thousand shoes is what we wanted to avoid. Lesson 4 draws this plot again, with a second line.

# %% [markdown] syllabus="D4"
# ## 6. Classify your own shoe or handbag
#
# Put something on the table. Upload a photo, or use the camera. A test picture stands in until you do. Then be
# unkind: the same thing from above, half hidden, far away. Or a thing that is neither; the network has to
# choose all the same.
#
# Did section 1 say *drawn*? Then this network has never seen a photo, and its answer on yours proves little.

# %%
own_photo.classify(augmented.predict, names, sample=data.test.images[0])

# %% [markdown]
# How far can its confidence be trusted? Lesson 2 compared confidence with the share of right answers. Do the same
# here. If the first is larger, the network says more than it knows. Which wrong answers was it surest of?

# %%
probabilities = augmented.predict(data.test.images, verbose=0)
answers = probabilities.argmax(axis=1)
mistaken = np.where(answers != data.test.labels, probabilities.max(axis=1), 0)
worst = np.argsort(mistaken)[::-1][:8]
confidence, right = probabilities.max(axis=1).mean(), np.mean(answers == data.test.labels)
print(f"mean confidence {confidence:.2f}, share of right answers {right:.2f}")
plots.image_grid(
    data.test.images[worst],
    [f"{names[answers[n]]}? {probabilities[n].max():.0%}" for n in worst],
    columns=8,
    size=1.15,
    alt="Eight test pictures that the augmented network names wrongly, with its answer and confidence.",
)

# %% [markdown] syllabus="D5"
# ## 7. Make your own set
#
# Two kinds of mugs, your screws and nails, the leaves of two trees: any two or more things will do.
#
# **From photos.** Make one folder for each class and put the photos in. That is all. To show it, we write such a
# folder, with two files in it as they turn up in real life: one damaged, one in HEIC, a format of phones that this
# course does not read.

# %%
home = Path(tempfile.mkdtemp())
for label, name in enumerate(names):
    (home / "photos" / name).mkdir(parents=True)
    for number in np.flatnonzero(data.train.labels == label)[:12]:
        path = home / "photos" / name / f"IMG_{number:04}.jpg"
        Image.fromarray(data.train.images[number]).save(path)
damaged = path.read_bytes()[:1000]
path.with_name("broken.jpg").write_bytes(damaged)
path.with_name("IMG_0815.heic").write_bytes(b"\0\0\0\x18ftypheic")

own = datasets.from_folder(home / "photos", size=(128, 128), test=0.25)
for name, reason in own.skipped:
    print(f"  {name}: {reason}")

# %% [markdown]
# Nothing vanished silently, and the split into training, validation and test has been made, with copies kept on one
# side. `own` can take the place of `data` in sections 2 to 4.
#
# **From a phone video.** Film at least three things of each class, a clip of some ten seconds each, and walk
# around the thing. `from_videos` lets ffmpeg cut out a frame every so often, drops what is blurred or hardly
# differs from a frame before, and keeps each clip whole on one side of the split. Here a "video" is a window
# that wanders over a picture; use your own files instead.


# %%
def film(picture, path, frames=24, side=96):
    """Write a short video: a window of `side` pixels wanders over a picture."""
    writer = imageio_ffmpeg.write_frames(str(path), (side, side), fps=8)
    writer.send(None)
    for step in range(frames):
        left = round((128 - side) * step / (frames - 1))
        window = picture[left // 2 : left // 2 + side, left : left + side]
        writer.send(np.ascontiguousarray(window))
    writer.close()
    return path


videos = {
    name: [
        film(data.train.images[number], home / f"{name}_{number}.mp4")
        for number in np.flatnonzero(data.train.labels == label)[:3]
    ]
    for label, name in enumerate(names)
}
filmed = datasets.from_videos(videos, every=0.25, size=(128, 128))
for side, sources in filmed.sources.items():
    print(side.ljust(10), sorted({source.split(" at ")[0] for source in sources}))

# %%
plots.image_grid(
    filmed.train.images[:10],
    [source.replace(" at ", "\n") for source in filmed.sources["train"][:10]],
    columns=5,
    size=1.5,
    alt="Ten frames of the filmed pictures, each with the name of its video and the time.",
)

# %%
quiz.ask("03", "frames")

# %% [markdown]
# **From the web, with licences.** In the folder of the course,
# `python -m helpers.staff.collect --classes Handbag,Footwear --out my_photos` collects photos of Open Images that
# carry a free licence, and writes author and licence of each into `ATTRIBUTION.csv`. Give its folder to
# `datasets.handbags_and_shoes`.
#
# Try it: make a set of two things on your desk, 30 photos each. Train `scratch_network` on it. Before you do,
# write down what else differs between the two classes: the table, the light, the hour?

# %% [markdown]
# ## 8. Where would more knowledge come from?
#
# We have squeezed our pictures, and the network still guesses a lot. What is missing? It has never seen a strap
# or a sole other than ours. It has to find out from these pictures alone that the world is made of edges,
# surfaces, things in front of things. You knew all that before you saw the first of them.
#
# A network can know it too, if it has learnt something else before: other things, from other pictures, of which there
# are plenty.
# Section 8 of lesson 2 did it on a small scale. Lesson 4 does it with these very pictures, and the same test.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{data.name}, {data.origin}",
        "labelled pictures": len(labelled.train.images),
        "test pictures": len(data.test.images),
        "weights of the network": plain.count_params(),
        "test accuracy, plain, mean of 5 seeds": plain_runs.mean,
        "spread over seeds, plain": plain_runs.spread,
        "test accuracy, augmented, mean of 5 seeds": augmented_runs.mean,
        "spread over seeds, augmented": augmented_runs.spread,
        "gain by augmentation, points": 100 * gain,
        "test accuracy from 20 pictures": by_size[20].mean,
        "test accuracy from 50 pictures": by_size[50].mean,
    }
)

# %% [markdown]
# ## Key points
#
# - Look at the data first: a contact sheet, the balance, the origin, copies across the split.
# - With under 100 pictures a network from scratch learns them by heart. The training accuracy then says nothing.
# - Augmentation changes training pictures anew each time, keeps size and label, and leaves no black borders.
# - It imitates light, place and scale. It cannot invent a new kind of shoe.
# - Report an interval and several seeds. The test set limits what can be said.
# - Compare two networks on the same pictures with a paired test, and two recipes over several seeds.
# - Split by object, author or clip, never by frame.
#
# ## Where next
#
# - Lesson 4 brings knowledge from elsewhere: a network that was trained on other pictures, without its last layer.
# - Back to [lesson 2](02_fashion_mnist.ipynb) for batch norm, calibration and the words *base* and *top*.
# - Connor Shorten and Taghi Khoshgoftaar, *A survey on image data augmentation for deep learning*, 2019.
#   Edwin B. Wilson, *Probable inference, the law of succession, and statistical inference*, 1927, has the interval.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

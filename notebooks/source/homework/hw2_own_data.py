# %% [markdown] syllabus="J2"
# # Homework 2. Your own data
#
# <!-- badges -->
#
# Topics: a question, pictures of your own, a split without leaks, baselines, transfer learning, errors, Grad-CAM, a
# report.
#
# So far somebody else chose the pictures, sorted them and split them. That is half of the work, and no network can
# repair the mistakes made there. Now you do all of it: you ask a question, collect the pictures, write the code for
# transfer learning yourself, and end with two pages that somebody can trust.
#
# **You will learn**
#
# - to turn a wish into a question that pictures can answer;
# - to collect a small set, and to split it so that the test means something;
# - to write transfer learning from an empty cell: base, head, `fit`;
# - to choose with one part of the data, and to judge with another that nothing has touched;
# - to look at mistakes, and to report what you found and what you did not find.
#
# You need lesson 3 for splits, intervals and the paired test, lesson 4 for transfer, and lesson 6b for Grad-CAM.
# Collecting takes an afternoon. Everything else runs on two processor cores in about three minutes.

# %% [markdown] files=["my_pictures.zip"]
# ## How it is marked
#
# | part | points |
# |---|---|
# | 1 the question (written) | 1 |
# | 2 your pictures | 3 |
# | 3 keep together what belongs together | 2 |
# | 4 two baselines | 1 |
# | 5 transfer: base, head, fit | 4 |
# | 6 choose without the test set | 2 |
# | 7 the result on your pictures | 2 |
# | 8 count and look at the errors | 1 |
# | 9 the report (written) | 4 |
# | **together** | **20** |
#
# - **Hand in two files: this notebook, and `my_pictures.zip`**, which section 3 writes. Your pictures are in it, 160
#   pixels wide, so that the grader can train and test your model again.
# - **Without the report the result is 0.** A report that earns less than 1 of its 4 points counts as missing.
# - **Without pictures of your own, parts 2 and 7 earn nothing, and the report earns at most half of its points.** The
#   program can only count your pictures and look for copies. Your teacher gets a page with all objects, and decides
#   whether the pictures are yours and whether they show different objects.
# - **No check asks for an accuracy on your pictures.** An honest 0.7 is worth more than a 0.99 that leaked. The checks
#   ask whether the split is clean, whether the test set stayed untouched, and whether you counted right. Only exercise
#   5 asks for an accuracy, on drawings of its own.
# - A check tells you at once whether an answer looks right. When your work is marked, it runs again, with a few more
#   tests of the same kind.
# - You may start from your own lesson 4. Say in a comment what you took. Questions in the text that have no `YOUR
#   ANSWER HERE` are for you alone. They earn no points.
# - Write only where it says `YOUR CODE HERE` or `YOUR ANSWER HERE`, and delete the line
#   `raise NotImplementedError()`. You may add cells. Leave the cells with a `check` as they are: they are put back
#   before marking.
# - Show no faces and no number plates, and ask before you photograph what is not yours.

# %% tags=["setup"]
# setup

# %% nbgrader={"grade": false, "grade_id": "given-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import io
import shutil
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers
from PIL import Image

from helpers import backbones, check, datasets, plots, training, visualize

keras.utils.set_random_seed(0)
SIZE = (160, 160)

# %% [markdown]
# ## 1. What do you want to know?
#
# "Mushrooms" is not a question. "Can a phone photo of a mushroom at our market tell button mushrooms from death caps
# well enough to help a beginner?" is one. It names the classes, who takes the pictures and where, who uses the answer,
# and what a mistake costs. The cost decides how good is good enough, and which of the two mistakes is worse.
#
# Choose something that you can photograph. Two classes are enough: ripe and unripe fruit, two kinds of leaf, mugs with
# and without a crack, coins of two countries. Each object belongs to one class. The question need not be important, but
# it must be possible to get the answer wrong.
#
# ### Exercise 1: the question (1 point, written)
#
# 60 to 150 words. Write it before you collect, and do not change it afterwards: the report will come back to it.
#
# | the answer names | points |
# |---|---|
# | the classes, and what belongs to none of them | 0.25 |
# | who takes which pictures where, of how many different objects, and with whose permission | 0.25 |
# | who uses the answer, and what each kind of mistake costs | 0.25 |
# | the accuracy from which it would be of use, with a reason | 0.25 |

# %% [markdown] nbgrader={"grade": true, "grade_id": "e1-question", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false} report={"required": false, "min_words": 60, "headings": ["My question"]}
# ### My question
#
# ### BEGIN SOLUTION
# A second-hand shop gets boxes in which handbags and shoes are mixed. Can one picture of an object on a cluttered table
# say which of the two it is, so that a helper need not sort by hand? Belts, hats and anything else belong to neither
# class and go to a person. I have no box yet, so the course's program draws for me: twelve objects of each class, four
# views of each, under CC BY 4.0. A bag on the shoe shelf is found by the next customer, and a shoe among the bags as
# well, so both mistakes cost a minute. We agreed that a helper may make one mistake in twenty. So from 0.95 on, the
# program may sort alone.
# ### END SOLUTION

# %% [markdown]
# ## 2. Collect
#
# Take at least **40 pictures of at least 10 different objects in each class**. More objects are better than more
# pictures of the same ones. Change the place, the light and the side that you see. Save the photos as JPEG or PNG. The
# course cuts each photo to a square around its centre, so keep the object in the middle.
#
# Put them into a folder `my_pictures` beside this notebook, with one folder for each class. Name each file after the
# object that it shows, then an underscore and a number:
#
# ```
# my_pictures/mug/blue_1.jpg     my_pictures/mug/blue_2.jpg     my_pictures/mug/grandma's_1.jpg
# my_pictures/cup/tall_1.jpg     my_pictures/cup/tall_2.jpg     ...
# ```
#
# Rename what your phone calls `IMG_0001.jpg`: by this rule, all such pictures show one object named IMG.
#
# In Colab, zip the class folders to `upload.zip`, open the folder symbol on the left, and drop the zip there. Colab
# deletes it when the session ends. So keep a copy of your photos elsewhere, and download the notebook and
# `my_pictures.zip` at the end.
#
# Videos work too. If ffmpeg is installed, this line in a terminal saves two frames a second of a video of one object,
# and names them as above: `ffmpeg -i film.mp4 -vf fps=2 my_pictures/mug/blue_%03d.jpg`.
#
# ### Exercise 2: your pictures (3 points)
#
# Collect. Then say in `LICENCE` under which licence others may use your pictures, such as "CC BY 4.0" or "none, they
# are mine". If you want to try the notebook out before you collect, leave it empty and delete the line with `raise`.
# Until your own pictures are here, the checks of exercises 2 and 7 stop with an error. That is intended: run the cells
# after them (*Run selected cell and all below*; in Colab, *Run cell and below*). The points of this exercise are earned
# in section 3, where your split is checked.

# %% nbgrader={"grade": false, "grade_id": "e2-pictures", "locked": false, "schema_version": 3, "solution": true, "task": false}
LICENCE = ""
### BEGIN SOLUTION
LICENCE = "CC BY 4.0"
if not any(Path(name).exists() for name in ("my_pictures", "my_pictures.zip")):
    from helpers import drawings  # no camera here: drawings stand for the objects

    def photograph(drawing, view):
        """Cut four different views out of a drawing; every second one is mirrored."""
        top, left = 8 * (view // 2), 20 * (view % 2)
        cut = drawing[top : top + 140, left : left + 140]
        return Image.fromarray(cut[:, :: -1 if view % 2 else 1] // 10 * (10 - view))

    pictures, kinds = drawings.handbags_and_shoes("train", 24, seed=7)
    for number, (picture, kind) in enumerate(zip(pictures, kinds)):
        place = Path("my_pictures") / ("handbag", "shoe")[kind]
        place.mkdir(parents=True, exist_ok=True)
        for view in range(4):
            photograph(picture, view).save(place / f"object{number}_{view}.png")
### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "given-data", "locked": true, "schema_version": 3, "solution": false, "task": false}
FOLDER, HAND_IN = Path("my_pictures"), Path("my_pictures.zip")
if Path("upload.zip").is_file():
    FOLDER = Path("uploaded")
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.unpack_archive("upload.zip", FOLDER)
elif HAND_IN.is_file() and not FOLDER.is_dir():
    shutil.unpack_archive(HAND_IN, FOLDER)
inside = [path for path in FOLDER.glob("[!_.]*") if path.is_dir()]
if len(inside) == 1:  # the zip holds a folder that holds the class folders
    FOLDER = inside[0]

# %% nbgrader={"grade": false, "grade_id": "given-pictures", "locked": true, "schema_version": 3, "solution": false, "task": false}
if FOLDER.is_dir():
    loaded = datasets.from_folder(FOLDER, size=SIZE)
else:
    print("There is no folder my_pictures yet. Try things out with the course's pictures.")
    loaded = datasets.handbags_and_shoes("drawn", size=SIZE)
names, CLASSES = loaded.class_names, len(loaded.class_names)
images, labels = (np.concatenate(parts) for parts in zip(*loaded.splits.values()))
paths = np.array([str(path) for paths in loaded.sources.values() for path in paths])
order = np.argsort(paths)  # the same order wherever this runs
images, labels, paths = images[order], labels[order], paths[order]

# %% [markdown]
# The object of a picture is its file name up to the last underscore:

# %% nbgrader={"grade": false, "grade_id": "given-objects", "locked": true, "schema_version": 3, "solution": false, "task": false}
files = [Path(path) for path in paths]
objects = np.array(
    [
        (file.parent / (file.stem.rpartition("_")[0] or file.stem)).as_posix()
        for file in files
    ]
)
for label, name in enumerate(names):
    own = set(objects[labels == label])
    print(f"{name}: {np.sum(labels == label)} pictures of {len(own)} objects")
    assert len(own) > 2, (
        f"{name} has {len(own)} objects only. Rename its files: object, underscore, number."
    )

# %% [markdown]
# One picture of each object. Your teacher looks at this page.

# %% nbgrader={"grade": false, "grade_id": "given-look", "locked": true, "schema_version": 3, "solution": false, "task": false}
first = np.unique(objects, return_index=True)[1]
first = first if FOLDER.is_dir() else first[:24]
plots.image_grid(
    images[first],
    list(objects[first]),
    columns=8,
    size=1.15,
    alt="One picture of each object, with the object's name.",
)

# %% [markdown]
# Look for what you did not plan. Does one class always lie on the same table? Is one in focus and the other not? A
# network will find that before it finds the object.
#
# (The line that begins with the folder's name tells how the loader would split your pictures. The loader doesn't know
# which pictures show the same object. You do, so now you make a better split.)
#
# ## 3. What belongs together?
#
# Two photos of one mug look alike. If one of them is in training and the other in the test, a network that remembers
# the tablecloth looks clever. So the split deals out objects, not pictures: all pictures of an object go to one side.
# The object of a picture is its **group**.
#
# On paper: ten bags, five photos each, and a share of 0.2 for the test. That is two bags with all of their photos, ten
# pictures. Ten pictures drawn one by one would come from up to ten bags, and the other photos of nearly every one of
# these bags would be in training.
#
# ### Exercise 3: keep together what belongs together (2 points)
#
# `group_split` gets the group and the label of each picture. A group has pictures of one class only. Draw about `share`
# of the *groups* of each class for the test: at least one, and leave at least one for training. Draw with `rng`, and
# with nothing else. Collect names with `np.unique` and not with `set`, whose order changes each time Python starts.


# %% nbgrader={"grade": false, "grade_id": "e3-group-split", "locked": false, "schema_version": 3, "solution": true, "task": false}
def group_split(groups, labels, share, rng):
    """Say for each picture whether it goes into the test: booleans (N,)."""
    ### BEGIN SOLUTION
    in_test = np.zeros(len(groups), bool)
    for label in np.unique(labels):
        own = np.unique(groups[labels == label])
        number = min(max(1, round(share * len(own))), len(own) - 1)
        in_test |= np.isin(groups, rng.permutation(own)[:number])
    return in_test
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e3-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.group_split(group_split)
### BEGIN HIDDEN TESTS
owner = np.repeat([f"bag {n}" for n in range(10)], 5)
taken = group_split(owner, np.zeros(50, int), 0.2, np.random.default_rng(1))
assert taken.sum() == 10 and len(set(owner[taken])) == 2
### END HIDDEN TESTS

# %% [markdown]
# Now your pictures: a third of the objects for the test, and a quarter of the others for validation.


# %% nbgrader={"grade": false, "grade_id": "given-split", "locked": true, "schema_version": 3, "solution": false, "task": false}
def split_into(test, validation):
    """Build a data set from two rows of booleans; what is in neither is for training."""
    sides = {"train": ~(test | validation), "validation": validation, "test": test}
    return datasets.Dataset(
        **{
            side: datasets.Split(images[here], labels[here]) for side, here in sides.items()
        },
        sources={side: tuple(objects[here]) for side, here in sides.items()},
        class_names=names,
        origin=loaded.origin,
        licence=LICENCE,
        name=loaded.name,
    )


# %% nbgrader={"grade": false, "grade_id": "given-cuts", "locked": true, "schema_version": 3, "solution": false, "task": false}
def two_cuts(groups, rng):
    """Split by groups twice: first the test, then validation among the rest."""
    test = group_split(groups, labels, 0.33, rng)
    validation = np.zeros(len(labels), bool)
    validation[~test] = group_split(groups[~test], labels[~test], 0.25, rng)
    return split_into(test, validation)


data = two_cuts(objects, np.random.default_rng(0))
for side, split in data.splits.items():
    counts = dict(zip(names, np.bincount(split.labels, minlength=CLASSES).tolist()))
    print(f"{side:10} {counts} of {len(set(data.sources[side]))} objects")

# %% nbgrader={"grade": false, "grade_id": "given-zip", "locked": true, "schema_version": 3, "solution": false, "task": false}
if FOLDER.is_dir():
    with zipfile.ZipFile(HAND_IN, "w") as archive:
        for image, path in zip(images, paths):
            png = io.BytesIO()
            Image.fromarray(image).save(png, "PNG")
            archive.writestr(str(Path(path).with_suffix(".png")), png.getvalue())
    print(f"{HAND_IN} is written, {HAND_IN.stat().st_size / 1e6:.1f} MB: hand it in too.")

# %% nbgrader={"grade": true, "grade_id": "e2-test", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
assert isinstance(LICENCE, str) and LICENCE.strip(), "LICENCE is still empty."
check.own_set(data)
### BEGIN HIDDEN TESTS
assert FOLDER.is_dir(), "no pictures were handed in"
again = datasets.from_folder(FOLDER, size=SIZE)
assert sum(len(part.labels) for part in again.splits.values()) == len(labels)
check.own_set(two_cuts(objects, np.random.default_rng(5)))
### END HIDDEN TESTS

# %% [markdown]
# ## 4. What must your network beat?
#
# An accuracy means nothing by itself. A **baseline** is a simple rule that your network has to beat. Here are two that
# need no network at all.
#
# - **Majority**: always answer with the class that is most frequent in training. On paper: 30 mugs and 20 cups in
#   training, 5 mugs and 15 cups in the test. It says "mug", and 5 of 20 are right: 0.25. Why not take the class that is
#   most frequent in the test?
# - **Mean colour**: shrink each picture to its mean red, green and blue. For a new picture, answer with the class whose
#   mean colour over the training pictures is nearest. If that works well, your network may have learnt only the colour
#   of the table.
#
# ### Exercise 4: two baselines (1 point)
#
# `majority` gives an accuracy. `nearest_mean` takes rows (N, D), their labels 0 to K − 1, and other rows (M, D), and
# gives a label for each of the others. Nearest means the smallest Euclidean distance.


# %% nbgrader={"grade": false, "grade_id": "e4-baselines", "locked": false, "schema_version": 3, "solution": true, "task": false}
def majority(train_labels, test_labels):
    """Give the accuracy of always saying the class that is most frequent in training."""
    ### BEGIN SOLUTION
    return np.mean(test_labels == np.bincount(train_labels).argmax())
    ### END SOLUTION


def nearest_mean(rows, labels, others):
    """Name for each other row (M, D) the class whose mean row is nearest: whole numbers (M,)."""
    ### BEGIN SOLUTION
    means = np.stack([rows[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return ((others[:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e4-test", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.majority(majority)
check.nearest_mean(nearest_mean)
### BEGIN HIDDEN TESTS
assert majority(np.repeat([0, 1], [30, 20]), np.repeat([0, 1], [5, 15])) == 0.25
flat, at = np.array([[0.0], [2.0], [10.0]]), np.array([[5.0], [6.0]])
assert nearest_mean(flat, np.array([0, 0, 1]), at).tolist() == [0, 1]
### END HIDDEN TESTS

# %% [markdown]
# These baselines have no setting that you choose. So we measure them on the validation pictures now, and on the test
# pictures at the end, beside your result.

# %%
colours = {side: split.images.mean(axis=(1, 2)) for side, split in data.splits.items()}
said = nearest_mean(colours["train"], data.train.labels, colours["validation"])
share = majority(data.train.labels, data.validation.labels)
print(f"majority:    {share:.3f} on validation")
print(f"mean colour: {np.mean(said == data.validation.labels):.3f} on validation")

# %% [markdown]
# ## 5. Transfer
#
# Now the network, and this time the cell is empty. You have a small set of pictures, so take a pretrained base,
# keep it frozen, run the pictures through it **once**, and train a head on the features, as in lesson 4. Then put base
# and head together, so that the model takes raw pixels.
#
# One number is not learnt in training: how strongly the loss punishes large weights. Too little, and the head learns
# the training pictures by heart. Too much, and it learns nothing. That number is `strength`: make
# `keras.regularizers.L2(strength)` the `kernel_regularizer` of the dense layer. For the rest, Adam with a rate of 1e-2
# and 30 epochs are enough.
#
# ### Exercise 5: transfer (4 points)
#
# Write `fit(strength, split)`. `split` is a pair: pictures, uint8 (N, 160, 160, 3), and labels 0 to K − 1. Any K must
# work, so take K from the labels. `fit` returns a trained Keras model from such pictures, 0 to 255, to probabilities
# (M, K). As the base take `backbones.headless("efficientnet_lite0")`, because the grader has it too. Load it once,
# outside of `fit`.
#
# The check trains with your code on drawings of its own, and asks your model about drawings that it has not seen. They
# differ in colour, size and place, so the pixels alone do not tell them apart.


# %% nbgrader={"grade": false, "grade_id": "e5-fit", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
base = backbones.headless("efficientnet_lite0")
### END SOLUTION


def fit(strength, split):
    """Train a head on a frozen base: a model from pixels to probabilities."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    pictures, answers = split
    features = base.predict(pictures, verbose=0)
    punish = keras.regularizers.L2(strength)
    classes = len(np.unique(answers))
    last = layers.Dense(classes, activation="softmax", kernel_regularizer=punish)
    head = keras.Sequential([keras.Input(features.shape[1:]), last])
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    head.fit(features, answers, epochs=30, batch_size=32, verbose=0)
    return keras.Sequential([keras.Input((*SIZE, 3)), base, last])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e5-test", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check.learner(fit)

# %% [markdown]
# ## 6. A choice
#
# Which strength? Such a number is chosen by trying, and here is the trap. If you try four and keep the one that is
# best *on the test*, you report the luck of four tries. So the validation pictures choose, and the test pictures
# judge, once.
#
# ### Exercise 6: choose without the test set (2 points)
#
# `choose` trains a model for each setting on the training part of `data`, by `fit(setting, data.train)`, and returns
# the setting with the most right answers on the validation part. A model's `predict(pictures, verbose=0)` gives
# probabilities. If several settings do equally well, return any of them.
#
# The check has a `fit` of its own and records every picture. Its models can only `predict`.


# %% nbgrader={"grade": false, "grade_id": "e6-choose", "locked": false, "schema_version": 3, "solution": true, "task": false}
def choose(fit, settings, data):
    """Return the setting that does best on the validation part."""
    ### BEGIN SOLUTION
    pictures, truth = data.validation
    accuracies = []
    for setting in settings:
        said = fit(setting, data.train).predict(pictures, verbose=0).argmax(axis=1)
        accuracies.append(np.mean(said == truth))
    return settings[int(np.argmax(accuracies))]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "e6-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.choice(choose)

# %%
setting = choose(fit, (0.001, 0.01, 0.1, 1.0), data)
print("chosen on the validation pictures:", setting)

# %% [markdown]
# ## 7. The test set, once
#
# All choices are made. The validation pictures have done their work, so now you can train on them too. Only then use
# the test set.
#
# ### Exercise 7: the result on your pictures (2 points)
#
# `final` trains one model with the chosen setting on training *and* validation pictures, asks it about the test
# pictures, and returns five things: the model, how many are right, out of how many, and the two bounds of the 95%
# interval (`training.wilson_interval(right, total)`). Join pictures with pictures by `np.concatenate`, and labels with
# labels: `data.train + data.validation` would join the two pairs into one tuple of four.


# %% nbgrader={"grade": false, "grade_id": "e7-final", "locked": false, "schema_version": 3, "solution": true, "task": false}
def final(fit, setting, data):
    """Train on all labelled pictures, judge on the test: (model, right, total, low, high)."""
    ### BEGIN SOLUTION
    both = [np.concatenate(pair) for pair in zip(data.train, data.validation)]
    model = fit(setting, datasets.Split(*both))
    said = model.predict(data.test.images, verbose=0).argmax(axis=1)
    right, total = int(np.sum(said == data.test.labels)), len(said)
    return (model, right, total, *training.wilson_interval(right, total))
    ### END SOLUTION


# %%
model, *result = final(fit, setting, data)

# %% nbgrader={"grade": true, "grade_id": "e7-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.final(final)
check.own_result(model, result, data)
### BEGIN HIDDEN TESTS
assert FOLDER.is_dir(), "no pictures were handed in"
wrong = datasets.Split(data.train.images, (data.train.labels + 1) % CLASSES)
said = fit(0.001, wrong).predict(data.test.images, verbose=0).argmax(axis=1)
assert np.mean(said == data.test.labels) < 0.9, "fit knows more than it was given"
### END HIDDEN TESTS

# %% [markdown]
# Is your model better than the mean colour? Both learn from the same pictures and are asked about the same pictures, so
# use the paired test.

# %%
right, total, low, high = result
probabilities = model.predict(data.test.images, verbose=0)
rows = np.concatenate([colours["train"], colours["validation"]])
learnt = np.concatenate([data.train.labels, data.validation.labels])
by_colour = nearest_mean(rows, learnt, colours["test"])
print(f"majority:    {majority(learnt, data.test.labels):.3f}")
print(f"mean colour: {np.mean(by_colour == data.test.labels):.3f}")
interval = f"95% interval {low:.3f} to {high:.3f}"
print(f"transfer:    {right / total:.3f}, {right} of {total}, {interval}")
rights = [guess == data.test.labels for guess in (by_colour, probabilities.argmax(axis=1))]
print(f"mean colour, then transfer: {training.mcnemar(*rights)}")

# %% [markdown]
# From here on you know the test pictures. Whatever you change now, this test can no longer judge it.
#
# Interval and p-value count pictures as if each were an independent trial. Five photos of one object are not: they tend
# to be right or wrong together. So both are too optimistic, and the number of test *objects* belongs in your report.
#
# What would a careless split have said? Deal out your pictures one by one, as if each were an object of its own, and
# measure again. Three random splits of each kind:

# %% nbgrader={"grade": false, "grade_id": "given-careless", "locked": true, "schema_version": 3, "solution": false, "task": false}
for how, groups in {"by objects": objects, "picture by picture": paths}.items():
    found = []
    for seed in (1, 2, 3):
        again = two_cuts(groups, np.random.default_rng(seed))
        said = fit(setting, again.train).predict(again.test.images, verbose=0)
        found.append(np.mean(said.argmax(axis=1) == again.test.labels))
    print(f"{how:19}" + "  ".join(f"{accuracy:.3f}" for accuracy in found))

# %% [markdown]
# If all three numbers of the second row are above all three of the first, your model probably remembers objects that it
# has met before. Nobody who uses it will have that advantage. If the rows overlap, three splits cannot tell. Then say
# that.
#
# ## 8. What went wrong?
#
# An accuracy hides which mistakes were made. A **confusion matrix** counts them: a row for each true class, a column
# for each answer. On paper: the true classes are 0, 0, 1, the answers 0, 1, 1. The matrix is $\begin{pmatrix} 1 & 1
# \\ 0 & 1 \end{pmatrix}$. The right answers are on the diagonal.
#
# Then look at the pictures. Begin with the mistakes of which the network was most certain: a mislabelled picture is
# often among them.
#
# ### Exercise 8: count and look at the errors (1 point)
#
# `mistakes` takes probabilities (N, K) and labels, and returns an array with the indices of at most `count` wrong
# answers. First comes the one whose answer had the highest probability.


# %% nbgrader={"grade": false, "grade_id": "e8-errors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def confusion(labels, predictions, classes):
    """Count answers: whole numbers (classes, classes), a row for each true class."""
    ### BEGIN SOLUTION
    table = np.zeros((classes, classes), int)
    np.add.at(table, (labels, predictions), 1)
    return table
    ### END SOLUTION


def mistakes(probabilities, labels, count):
    """Give the indices of the wrong answers of which the network was most certain."""
    ### BEGIN SOLUTION
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1))][:count]
    ### END SOLUTION


# %%
table = confusion(data.test.labels, probabilities.argmax(axis=1), CLASSES)
print("rows: truth, columns: answer,", ", ".join(names))
print(table)

# %% nbgrader={"grade": true, "grade_id": "e8-test", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.confusion(confusion)
check.mistakes(mistakes)
check.agreement(result, table, len(data.test.labels))
### BEGIN HIDDEN TESTS
assert confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist() == [[1, 1], [0, 1]]
sure = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
assert mistakes(sure, np.array([1, 1, 1]), 5).tolist() == [0, 1]
### END HIDDEN TESTS

# %%
worst = mistakes(probabilities, data.test.labels, 12)
least_certain = np.argsort(probabilities.max(axis=1))
shown = worst if len(worst) else least_certain[:6]
otherwise = "no mistakes: the six least certain answers"
print(f"{len(worst)} mistakes" if len(worst) else otherwise)
plots.image_grid(
    data.test.images[shown],
    [f"{names[probabilities[n].argmax()]}? {probabilities[n].max():.2f}" for n in shown],
    columns=6,
    size=1.4,
    alt="Mistakes, the most certain first, or else the least certain answers; each with its answer and probability.",
)

# %% [markdown]
# Sort the mistakes by cause, not by picture: hidden, cut off, too small, too dark, odd shape, wrong label, no idea.
# Which cause would more pictures cure?
#
# ### Where did it look?
#
# **Grad-CAM** of lesson 6b colours what speaks for an answer. But a warm spot on the handle convinces us too easily: we
# see a reason wherever we expect one. So ask a question that can fail. If the answer really depends on the hottest
# place, covering it should lower the probability more than covering random places of the same size. There is nothing to
# write here; read the result.

# %% nbgrader={"grade": false, "grade_id": "given-cam", "locked": true, "schema_version": 3, "solution": false, "task": false}
looked = np.concatenate([worst, least_certain[~np.isin(least_certain, worst)]])
looked = looked[:12].astype(int)  # also where there are no mistakes
pictures, before = data.test.images[looked], probabilities[looked]
answers = before.argmax(axis=1)
heat = visualize.grad_cam(model, pictures, target=answers)
plots.image_grid(
    list(visualize.overlay(pictures, visualize.normalise(heat))),
    [names[answer] for answer in answers],
    columns=6,
    size=1.4,
    alt="Twelve test pictures under their Grad-CAM maps, mistakes first, then the least certain, each with its answer.",
)

# %% nbgrader={"grade": false, "grade_id": "given-covered", "locked": true, "schema_version": 3, "solution": false, "task": false}
SIDE = 50


def drop(places):
    """Cover a square of each picture with its mean colour: how far do the answers' probabilities fall?"""
    covered = pictures.copy()
    for picture, (top, left) in zip(covered, places):
        picture[top : top + SIDE, left : left + SIDE] = picture.mean(axis=(0, 1))
    after = model.predict(covered, verbose=0)
    return np.mean([before[n, k] - after[n, k] for n, k in enumerate(answers)])


# %% nbgrader={"grade": false, "grade_id": "given-compared", "locked": true, "schema_version": 3, "solution": false, "task": false}
corners = [(top, left) for top in range(0, 111, 10) for left in range(0, 111, 10)]
hottest = [
    max(corners, key=lambda at: one[at[0] : at[0] + SIDE, at[1] : at[1] + SIDE].sum())
    for one in heat
]
rng = np.random.default_rng(0)
anywhere = [drop(rng.integers(0, 160 - SIDE, (len(pictures), 2))) for _ in range(19)]
fall = drop(hottest)
print(f"hottest square covered: the probability falls by {fall:.3f}")
print(f"squares anywhere, 19 draws: by {min(anywhere):.3f} to {max(anywhere):.3f}")
print(f"{sum(other >= fall for other in anywhere)} of the 19 lower it at least as much")

# %% [markdown]
# Is the first number above all 19 others? By luck alone that happens in one case of 20. If it is not, do not write in
# your report that the network "looks at the handle". Even if it is, you know only that the hot place matters more than
# random places, and many of those miss the object.
#
# ## 9. The report
#
# Two pages for somebody who would use your answer and has not read this notebook. Keep the headings. **Write at least
# 500 words, or the homework earns 0**, and at most 1,000: that limit is for your reader, and nobody counts it. A
# program counts the words, as your word processor does when you paste the text there. Headings, code, pictures and
# sentences copied from this notebook do not count, and repeating the same few words does not help. Every number you
# quote must appear in an output above. Give the size of the test set with each accuracy. Your teacher gives the mark,
# by this table:
#
# | the report | points |
# |---|---|
# | question and data: what was collected how, by whom, how many objects, what is missing; licence or permission | 0.75 |
# | split: what was kept together and why, what a careless split would have said, what could still leak | 0.75 |
# | result: with interval, beside both baselines and with the paired test; says what they do and do not cover | 1 |
# | errors (without any, the least certain answers): sorted by cause, with examples, also what Grad-CAM and the covered squares do and do not show | 0.75 |
# | answer: comes back to the question and to the accuracy named there, and says plainly if it was not reached | 0.75 |
#
# An answer "no, it does not work, and I know why" can earn all points. A report about pictures that are not yours
# earns at most half of them.

# %% [markdown] nbgrader={"grade": true, "grade_id": "report", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false} report={"required": true, "min_words": 500, "headings": ["Question and data", "How it was split", "What came out", "What went wrong, and where it looked", "Answer"]}
# ## Report
#
# ### Question and data
#
# ### BEGIN SOLUTION
# A second-hand shop wants to know whether one picture can tell handbags from shoes on a cluttered table. I had no box
# of my own yet, so this report is about drawings that the course's program made for me, under CC BY 4.0. Nobody had to
# be asked. There are twelve objects of each class, each in a scene of its own, and four views of every scene: shifted
# a little, every second one mirrored, each darker than the one before. The table at the top of the notebook has the
# counts. I looked at two dozen pictures before anything was trained. Bags and shoes stand on the same kinds of
# background, and neither class is sharper than the other. Cups, pens and boxes lie beside them, and some objects are
# cut off by the edge. What is missing is easy to name: belts and hats, a bag and a shoe in one picture, and everything
# that a real camera adds, such as blur, flash and the same table in every picture. A shop that wants to use the answer
# has to collect photos of its own first.
# ### END SOLUTION
#
# ### How it was split
#
# ### BEGIN SOLUTION
# The four views of an object stay together, because a network that has seen one of them in training knows the scene of
# the others. A third of the objects went to the test, a quarter of the rest to validation. The check compares
# perceptual hashes across the split and found no copies. What a careless split would have said is in section 7:
# all three splits picture by picture say 1.000, and the three splits by objects say 0.844, 0.875 and 0.812, each on
# 32 test pictures. So the model probably remembers scenes that it has met. What
# could still leak is style. All drawings come from one program, so the test asks how well the network does on more
# drawings of that program, not on photos. Validation pictures chose the strength of the penalty; after that they
# helped to train. The test pictures were shown to one model, once. I looked at the mistakes only afterwards, and
# changed nothing then.
# ### END SOLUTION
#
# ### What came out
#
# ### BEGIN SOLUTION
# On the 32 test pictures, the head on pretrained features is right on 31 (0.969, 95% interval 0.843 to 0.994). Always
# answering with the most frequent class is right half the time (0.500). The mean colour is right on 11 (0.344) and so
# no better, and the colours of the backgrounds do not give the classes away. Only the mean colour is right on 1
# picture, only the head on 21: p < 0.001 in the paired test. So this gain is more than luck on pictures as independent
# as the test assumes. But the interval is wide, and it is too optimistic even so, as is the p-value: four views of one
# object are not four independent pictures, so in truth I tested on eight objects. Three other splits by objects gave
# 0.812 to 0.875, so mine was a lucky one. The interval does not cover the choice of the seed either, since one model
# was trained, nor pictures of another kind.
# ### END SOLUTION
#
# ### What went wrong, and where it looked
#
# ### BEGIN SOLUTION
# The model makes one mistake. It is a view of a clutch bag that is cut off by the edge, lies aslant and shows no handle;
# it was called a shoe. Two other views of the same clutch were named correctly, but they are among the twelve least
# certain answers. So "cut off" and "odd shape" are the causes, and more objects without handles would be the cure. One
# mistake is too few to say more. I found no wrong label, and with eight objects a difference between the corners of the
# confusion matrix would be luck anyhow. Grad-CAM is warm on the middle of the clutch and on one side of a backpack. On
# the mistake, and on many right answers, it is warm beside the object. So I covered the hottest square and compared it
# with squares anywhere. Covering it lowered the probability by 0.150, but one of the 19 random draws lowered it by
# 0.153. So the test fails: I may not say that the warm places matter more than others, and nothing here says that the
# network looks at handles.
# ### END SOLUTION
#
# ### Answer
#
# ### BEGIN SOLUTION
# I had asked for an accuracy of 0.95, because we agreed that a helper may make one mistake in twenty. My 0.969 is above
# that, but the whole interval would have to be before I would advise the shop to rely on it, and mine is not. So the answer
# is not yet. The next step is neither a larger network nor a longer training. It is a box of real photos, of many
# objects and few views of each, on the table of the shop, and a test set several times as large, since the number of
# test objects is what limits the answer most. I would then run this notebook again without changing a choice, and only
# afterwards think about tuning the base, as in homework 1.
# ### END SOLUTION

# %% [markdown]
# ## Key points
#
# - The question comes first, with the cost of a mistake. It decides what is good enough.
# - Split by objects. A program can find copies. Only you know which pictures belong together.
# - Baselines first. Validation chooses, the test judges, once, with an interval and a paired test.
# - Sort mistakes by cause. A heat map is only a guess until you cover the place and measure.
#
# ## Where next
#
# - [Homework 1](hw1_fine_tuning.ipynb), if you want to tune the base on your pictures too. Does your test set allow
#   it?
# - [Lesson 3](../03_handbags_vs_shoes.ipynb) for leaks and intervals, [lesson 4](../04_headless_resnet.ipynb) for
#   features.
# - Sayash Kapoor and Arvind Narayanan, *Leakage and the reproducibility crisis in machine-learning-based science*,
#   2023. Margaret Mitchell and others, *Model cards for model reporting*, 2019. Ramprasaath Selvaraju and others,
#   *Grad-CAM*, 2017.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

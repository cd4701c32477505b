# %% [markdown]
# # 4. A ResNet without its head
#
# <!-- badges -->
#
# Topics: transfer learning, features, neighbours, how many pictures, residual connections, model hubs.
#
# Lesson 3 ended badly: under 100 pictures are too few to learn edges, straps and shadows from scratch. But other
# people have already trained networks on more than a million photos, and they give the weights away. In this
# lesson we take such a network, remove its last layer, and put our own in its place. Within ten code cells it tells
# handbags from shoes.
#
# **You will learn**
#
# - to do transfer learning in fifteen lines of Keras;
# - to run a trained network once and train on its output;
# - to look at what it has learnt: a map of pictures, and the nearest neighbours of one;
# - how many labelled pictures you need, with and without a trained network;
# - why networks of 50 layers and more can be trained at all;
# - where to find trained networks.
#
# You need lessons 2 and 3. Teaching takes <!-- minutes to teach --> minutes, and the code runs for about
# <!-- time to run --> on two cores. What you can leave for home is in "Going further" at the end.

# %% tags=["setup"]
# setup

# %%
import time
from types import SimpleNamespace

import keras
import numpy as np
import skimage
import tensorflow as tf
from keras import layers

from helpers import assets, backbones, check, datasets, own_photo, plots, quiz, training

keras.utils.set_random_seed(0)

# %% [markdown] syllabus="E3"
# ## 1. What can a trained network already do?
#
# EfficientNet-Lite0 has learnt the 1,000 classes of **ImageNet**, a collection of 1.28 million labelled photos. It is
# already on your machine. Here are three photos from the package scikit-image.

# %%
imagenet = backbones.whole("efficientnet_lite0")
motorcycle = skimage.data.stereo_motorcycle()[0]
photos = [skimage.data.coffee(), skimage.data.chelsea(), motorcycle]
alt = "A cup of coffee, a cat and a motorcycle."
plots.image_grid(photos, columns=3, size=2.3, alt=alt)

# %% [markdown]
# What will the network call each of them? Write down three names, then run the next cell. (`predict` takes a batch of
# pictures, and `photo[None]` makes a batch of one. The photos differ in size. The network's first layer resizes
# each one to 192 by 192 pixels.)

# %%
for photo in photos:
    probabilities = imagenet.predict(photo[None], verbose=0)[0]
    best = probabilities.argmax()
    print(f"{imagenet.categories[best]}, {probabilities[best]:.0%}")

# %% [markdown]
# Three sensible names, and we have trained nothing. One of them is wrong, though. The last photo shows a motorcycle,
# and *moped* is the closest name on its list. A network can only answer with the names it was taught.
#
# What else did it consider for the cat? The probabilities are 1,000 numbers, and `imagenet.categories` holds the
# 1,000 names in the same order.
#
# **Exercise 1.** Write a function that returns the `count` most probable names, the most probable one first.
# `np.argsort(probabilities)` helps: it returns the indices that sort the numbers, the smallest number first.
# `names` is a list, so look the names up one by one.
#
# Fill in the function, run its cell, then run the next one. The check there says *ok*, *not yet* with a hint, or
# *your turn*. The solution is folded below it.


# %% tags=["exercise"]
def best_names(probabilities, names, count):
    """Return the names with the largest probabilities, the largest first."""
    return ...


# %%
if check.exercise(check.best_names, best_names, otherwise=False):
    cat = imagenet.predict(photos[1][None], verbose=0)[0]
    print(best_names(cat, imagenet.categories, 5))


# %% tags=["solution"]
def best_names(probabilities, names, count):
    """Return the names with the largest probabilities, the largest first."""
    best = np.argsort(probabilities)[::-1][:count]
    return [names[index] for index in best]


# %% [markdown]
# Now show it something of yours. Put a shoe or a bag on the table and upload a photo, or use the camera. Until you
# do, one of our pictures stands in. (It is drawn, like all our pictures of shoes and bags. If you have the real
# photos, the lesson uses them, and your numbers will differ from the ones that we discuss.)

# %%
data = datasets.handbags_and_shoes(size=(192, 192))
sample = data.test.images[15]
own_photo.classify(imagenet.predict, imagenet.categories, sample, top=5)

# %% [markdown] syllabus="E3 E4"
# ## 2. Transfer learning in fifteen lines
#
# The network answers in its own 1,000 words, and neither "shoe" nor "handbag" is among them. We want just two
# answers. So we keep everything that the network has learnt about pictures and replace only its last layer, which
# turns this knowledge into names. That is **transfer learning**. The last layer is called the **head**, and the
# network without it is **headless**. We call it the **base**.
#
# The base ends with global average pooling, so each picture leaves it as a row of 1,280 numbers. These numbers are
# the picture's **features**.

# %%
plots.flow(
    [
        plots.Box(sample, "192×192×3"),
        plots.Box("base,\nfrozen", "EfficientNet-Lite0", "frozen"),
        plots.Box("1,280\nfeatures"),
        plots.Box("Dense\n2 classes", "our head, new", "new"),
    ],
    alt="A picture goes into the frozen base, features come out, and the new head gives two probabilities.",
)

# %% [markdown]
# Now the same in Keras. A layer can be called like a function, and so can a whole model. Note the two pairs of
# brackets in `layers.Dense(2)(features)`: the first makes the layer, the second calls it. `keras.Input` is a
# placeholder for a picture, and `keras.Model(inputs, outputs)` makes a model of all the layers between the two.
#
# Two things are new. `trainable = False` **freezes** the base: its weights will not change. `training=False` asks for
# **inference mode**, in which batch norm uses the means it has learnt. (`headless` is a helper of this course. Below,
# ResNet-50 comes from Keras itself.) How many weights will train?

# %%
base = backbones.headless("efficientnet_lite0")
base.trainable = False

inputs = keras.Input((192, 192, 3))
features = base(inputs, training=False)
outputs = layers.Dense(2, activation="softmax")(features)
model = keras.Model(inputs, outputs)
model.summary()

# %% [markdown]
# The head is small: 1,280 weights and a bias for each class. (Softmax makes its two outputs positive, with sum 1.)
# Such a head may learn in large steps, so we take the learning rate 1e-2.
#
# Each pair of lines below will be one epoch: every training picture goes through the network once. `val_accuracy` is
# the share of right answers on the 24 validation pictures. (The star in `*data.train` passes pictures and labels as two
# arguments.) After that, the model is tested on 200 pictures that had no part in training, and then on your own.

# %%
loss = "sparse_categorical_crossentropy"
model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
model.fit(*data.train, epochs=3, validation_data=data.validation, verbose=2)
_, first_try = model.evaluate(*data.test, verbose=0)
print(f"accuracy on {len(data.test.labels)} test pictures: {first_try:.3f}")
own_photo.classify(model.predict, data.class_names, sample)

# %% [markdown]
# That was all: a base, a head, `compile`, `fit`, `evaluate`, and `predict` on a photo. More than nine in
# ten are right. In lesson 3, learning from scratch, it was about seven in ten on average.
#
# Show it your shoe, your bag, and then your hand. It can only give two answers, so however sure it sounds about your
# hand, the number means nothing.

# %%
quiz.ask("04", "trains")

# %% [markdown]
# **Exercise 2.** Now do it from memory, without scrolling up. Write a function that takes a base and returns this
# model with two classes. Do not compile it. The check calls your function with a small base of its own.


# %% tags=["exercise"]
def transfer_model(base):
    """Freeze a base, and put a new head for two classes on it."""
    return ...


# %%
check.exercise(check.transfer_model, transfer_model)


# %% tags=["solution"]
def transfer_model(base):
    """Freeze a base, and put a new head for two classes on it."""
    base.trainable = False
    inputs = keras.Input((192, 192, 3))
    features = base(inputs, training=False)
    outputs = layers.Dense(2, activation="softmax")(features)
    return keras.Model(inputs, outputs)


# %% [markdown]
# ### Three traps
#
# **Batch norm.** Batch norm subtracts a mean and divides by a standard deviation (lesson 2). In training mode, it would
# take both from our small batches, instead of those it learnt from ImageNet. A frozen layer of batch norm always runs
# in inference mode, so `base.trainable = False` protects it, and a `Sequential` of base and head works too. You will
# need the functional style for the addition in section 6.
#
# `training=False` says the same once more, and you will see it in every tutorial. On a frozen base it changes nothing.
# Lesson 5 unfreezes a base. There it is not enough, so lesson 5 freezes each batch norm layer separately.
#
# **Freezing.** Our `headless` returns a base that is frozen already. Most other libraries do not freeze it. So always
# write `base.trainable = False`, and check in the summary that only the head trains.
#
# **Scaling.** Every network expects pixels on the scale that it was trained with. EfficientNet-Lite0 expects about
# −1 to 1. Our base does that conversion itself, so we feed it 0 to 255. What happens to the first 60 test pictures
# if somebody divides by 255 first, as lesson 2 did?

# %%
pictures, labels = data.test.images[:60], data.test.labels[:60]
for name, pixels in {"0 to 255": pictures, "divided by 255": pictures / 255}.items():
    accuracy = model.evaluate(pixels, labels, verbose=0)[1]
    print(f"{name:15} {accuracy:.2f} right")

# %% [markdown]
# Accuracy fell to 0.50. Half of these 60 pictures are shoes, so this is no better than guessing, and Keras did not
# complain.

# %%
quiz.ask("04", "scaling")

# %% [markdown]
# ### The same with ResNet-50
#
# The title promises a ResNet. **ResNet-50** is the classic of 2015, and it comes with Keras, in `keras.applications`.
# `include_top=False` leaves the head out, and `pooling="avg"` averages each feature map. The weights are a download of
# 95 MB. If you are offline and have no copy of them, we only build the network.

# %%
weights = None if assets.offline() else "imagenet"
found = assets.locate("resnet50")  # perhaps in the folder that your teacher shares
if found:
    weights = str(found.paths[0])
try:
    resnet = keras.applications.ResNet50(include_top=False, weights=weights, pooling="avg")
except Exception:  # Keras could not download the weights
    weights = None
    resnet = keras.applications.ResNet50(include_top=False, weights=None, pooling="avg")
for name, one in {"ResNet-50": resnet, "EfficientNet-Lite0": base}.items():
    print(f"{name:19} {one.count_params():>10,} weights, {one.output_shape[1]:,} features")
if weights is None:
    print("ResNet-50's weights are not here, so we go on with EfficientNet-Lite0.")

# %% [markdown]
# ResNet-50 has seven times as many weights as EfficientNet-Lite0, and more features. The rest stays the same, except
# for one line: the scaling is a function that you have to call yourself, `preprocess_input`.
#
# At home you have no `backbones.headless`, and the next cell is all that you need: choose a base from
# `keras.applications`, freeze it, call its own `preprocess_input`, and put a head on it.

# %%
resnet.trainable = False

inputs = keras.Input((192, 192, 3))
pixels = keras.applications.resnet50.preprocess_input(inputs)
features = resnet(pixels, training=False)
outputs = layers.Dense(2, activation="softmax")(features)
resnet_model = keras.Model(inputs, outputs)
if weights:
    loss = "sparse_categorical_crossentropy"
    resnet_model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    resnet_model.fit(*data.train, epochs=2, verbose=2)
    print(f"{resnet_model.evaluate(pictures, labels, verbose=0)[1]:.2f} right")

# %% [markdown]
# From here on the lesson uses EfficientNet-Lite0, which runs everywhere. It is a residual network too, as section 6
# shows.

# %% [markdown] syllabus="E4"
# ## 3. Why run the base again and again?
#
# Look at the milliseconds per step in section 2. In every epoch the base computed the same features from the same
# pictures, because its weights never change. So run it *once*, and store the features. From then on a picture is
# a row of 1,280 numbers.

# %% tags=["nbval-check-output"]
train_rows = base.predict(data.train.images, verbose=0)
validation_rows = base.predict(data.validation.images, verbose=0)
test_rows = base.predict(data.test.images, verbose=0)
print("pictures", data.test.images.shape, "-> features", test_rows.shape)

# %% [markdown]
# ### What does the old head already say?
#
# The whole network computes its answer from these 1,280 numbers, with one dense layer. This old head is the layer
# called `predictions`, and we can call it on our rows. We take three classes of bags and five of shoes from
# ImageNet. How sure is the network that a picture shows any bag at all? Add the three probabilities. How sure is it
# that there is any shoe? Add the five.
#
# Then let the larger sum decide. In our data, label 1 is shoe and label 0 is handbag. So the larger sum is right where
# `any_shoe > any_bag` equals the label. Nothing is trained here. How often will that be right?

# %%
bags = ["purse", "backpack", "mailbag"]
shoes = ["running shoe", "sandal", "clog", "Loafer", "cowboy boot"]
bag_columns = [imagenet.categories.index(name) for name in bags]
shoe_columns = [imagenet.categories.index(name) for name in shoes]

old_answers = np.asarray(imagenet.get_layer("predictions")(test_rows))
any_bag = old_answers[:, bag_columns].sum(axis=1)
any_shoe = old_answers[:, shoe_columns].sum(axis=1)
right = {"old head": (any_shoe > any_bag) == data.test.labels}
print(f"our sample: any bag {any_bag[15]:.2f}, any shoe {any_shoe[15]:.2f}")
print(f"the larger sum is right for {right['old head'].mean():.3f} of all {len(test_rows)}")
others = ~np.isin(old_answers.argmax(axis=1), bag_columns + shoe_columns)
print(f"the most probable name is none of these eight for {others.sum()} pictures")

# %% [markdown]
# For 120 of the 200 pictures, the most probable name is not one of these eight. Even so, the larger sum is right
# for more than eight in ten: the network sees the difference, even where its first choice is something else. A head
# made for our question should do better.
#
# ### A new head on features
#
# The training data are rows of numbers now. How long do 40 epochs take? And is a linear head enough, or does a hidden
# layer find more in the features? Nothing is left to choose on the validation pictures, so we train on them as well.
# That makes 96. (Features outnumber pictures, so a head may overfit. "Going further" asks whether a penalty helps
# against that.)


# %%
def make_head(hidden=0):
    """Build a head on features: linear, or with one hidden layer."""
    head = keras.Sequential([keras.Input((1280,))])
    if hidden:
        head.add(layers.Dense(hidden, activation="relu"))
    head.add(layers.Dense(2, activation="softmax"))
    head.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    return head


# %%
rows = np.concatenate([train_rows, validation_rows])
true_labels = np.concatenate([data.train.labels, data.validation.labels])
heads = {}
for name, hidden in {"linear head": 0, "hidden layer": 64}.items():
    keras.utils.set_random_seed(0)
    heads[name] = head = make_head(hidden)
    start = time.perf_counter()
    head.fit(rows, true_labels, epochs=40, verbose=0)
    seconds = time.perf_counter() - start
    right[name] = head.predict(test_rows, verbose=0).argmax(axis=1) == data.test.labels
    print(f"{name:13} {right[name].mean():.3f} right, 40 epochs in {seconds:.1f} s")

# %% [markdown]
# With EfficientNet-Lite0, an epoch of section 2 had three steps. Take the milliseconds per step of its last epoch, and
# multiply them by 3 and by 40: that is about how long 40 epochs would take there. Nearly all of the difference is what
# we gain when the base runs only once.
#
# ### How far behind is learning from pixels?
#
# Here is a network like that of lesson 3, which learns from pixels. It trains on the same 96 pictures, and it is tested
# on the same 200 others. To save time it sees 48×48 pixels instead of the 64×64 to which lesson 3 shrank its pictures,
# and it trains for 20 epochs instead of 60.


# %%
def from_scratch():
    """Build a network like that of lesson 3, for pictures of 48x48 pixels."""
    network = keras.Sequential([keras.Input((48, 48, 3)), layers.RandomFlip("horizontal")])
    network.add(layers.RandomRotation(0.05))
    network.add(layers.RandomTranslation(0.1, 0.1))
    network.add(layers.Rescaling(1 / 255))
    for filters in (16, 32, 64, 64):
        network.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        network.add(layers.MaxPooling2D())
        network.add(layers.BatchNormalization(momentum=0.9))
        network.add(layers.ReLU())
    network.add(layers.Flatten())
    network.add(layers.Dropout(0.3))
    network.add(layers.Dense(2, activation="softmax"))
    network.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    return network


# %% [markdown]
# Is the difference more than luck? As in lesson 3, we use McNemar's test: it counts only the pictures that exactly one
# of the two gets right. If both were equally good, each of these would be a coin toss, and `p` is the probability that
# fair coins split at least this unevenly. Which of the three comparisons will be clear?

# %%
small = layers.AveragePooling2D(4)  # to 48x48 pixels
images = np.concatenate([data.train.images, data.validation.images])
small_images = np.asarray(small(images.astype("float32")))
small_test = np.asarray(small(data.test.images.astype("float32")))

keras.utils.set_random_seed(0)
scratch = from_scratch()
scratch.fit(small_images, true_labels, epochs=20, verbose=0)
predicted = scratch.predict(small_test, verbose=0).argmax(axis=1)
right["from scratch"] = predicted == data.test.labels
print(f"from scratch  {right['from scratch'].mean():.3f} right")
for other in ("from scratch", "old head", "hidden layer"):
    print(f"linear, {other}:", training.mcnemar(right["linear head"], right[other]))

# %%
quiz.ask("04", "paired")

# %% [markdown]
# Features from ImageNet clearly beat learning from scratch, and our own head clearly beats the old one. The two new
# heads differ on seven pictures, and these split 4 to 3. That is no evidence in either direction. We stay with the
# linear head because it is smaller, not because of its score.
#
# From scratch is one run here. Section 5 repeats it with five seeds.

# %% [markdown] syllabus="E5"
# ## 4. What do the features look like?
#
# Nobody can picture 1,280 dimensions. But we can look for the two directions in which the features of the test
# pictures differ most, and draw each picture there. These directions are the **principal components**.
# `np.linalg.svd` finds them: the rows of its third result are the directions, the most important one first. No label
# goes into this map. Do you expect two regions?

# %%
centred = test_rows - test_rows.mean(axis=0)
_, _, directions = np.linalg.svd(centred, full_matrices=False)
places = centred @ directions[:2].T
share = np.mean((places[:, 0] > 0) == data.test.labels)
share = max(share, 1 - share)  # which side is left is arbitrary
print(f"a cut in the middle of the first direction is right for {share:.2f}")
plots.image_scatter(
    places,
    data.test.images,
    [data.class_names[label] for label in data.test.labels],
    alt="Test pictures in a plane by their features: handbags and shoes fill different regions.",
)

# %% [markdown]
# Each mark is a test picture. About twenty are shown as small pictures, which hide a few marks. Colour and shape give
# the true class, which the map did not use. Handbags lie on one side and shoes on the other, with a strip between them
# where they mix. A single cut across the first principal component already separates more than nine in ten.
#
# ### Which picture is most like this one?
#
# Think of each row as an arrow in 1,280 dimensions. Two pictures are alike if their arrows point the same way. The
# **cosine** of the angle between them measures this: it is 1 for the same direction and 0 for a right angle. To
# compute it, divide both arrows by their lengths, multiply them entry by entry, and add up.
#
# **Exercise 3.** Write a search engine for pictures: a function that returns the indices of the `count` rows with
# the largest cosine to row `index`, the largest first, and without `index` itself. `np.linalg.norm(rows, axis=1,
# keepdims=True)` gives the lengths as a column, so `rows / lengths` divides each row by its own. After that, one
# `@` gives all cosines at once.
#
# The cell with the check also runs the search: with your function once it is right, and with ours until then. It shows
# four test pictures that we chose, each with its five nearest neighbours. What do the neighbours have in common with
# the picture on the left: the class, the pose, the background, the things around it?


# %% tags=["exercise"]
def nearest(rows, index, count):
    """Return the indices of the rows most similar to row `index`."""
    return ...


# %%
nearest_rows = check.exercise(check.nearest, nearest, otherwise=check.nearest_rows)
asked = [14, 15, 12, 1]
shown = np.array([[one, *nearest_rows(test_rows, one, 5)] for one in asked]).ravel()
plots.image_grid(
    data.test.images[shown],
    [data.class_names[label] for label in data.test.labels[shown]],
    columns=6,
    size=1.4,
    alt="Four rows: a test picture, and the five others whose features point most nearly the same way.",
)


# %% tags=["solution"]
def nearest(rows, index, count):
    """Return the indices of the rows most similar to row `index`."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = np.argsort(unit @ unit[index])[::-1]
    return order[order != index][:count]


# %% [markdown]
# The tote finds five totes, and the boot five shoes, most of them boots. The backpack finds four bags, and a shoe; like
# the backpack, the shoe stands in front of tiles. The sandal goes wrong: four of its five neighbours are *bags*.
# Perhaps the things around it decide. Four rows cannot tell us. But features describe the whole picture, and our head
# has to learn which part counts.
#
# Are features better than pixels? For every test picture, is the nearest other one of the same class? (What all
# pictures share should not count, so we first subtract the mean picture from the pixels.)

# %%
flat = data.test.images.reshape(len(test_rows), -1).astype("float32")
flat = flat - flat.mean(axis=0)
for name, table in {"features": test_rows, "pixels": flat}.items():
    table = table / np.linalg.norm(table, axis=1, keepdims=True)
    order = np.argsort(-(table @ table.T), axis=1)  # the first is the picture itself
    neighbour = order[:, 1]
    right[name] = data.test.labels[neighbour] == data.test.labels
    share = right[name].mean()
    print(f"by {name:8}: the nearest picture is of the same class for {share:.0%}")
print("features, pixels:", training.mcnemar(right["features"], right["pixels"]))

# %% [markdown]
# By features, the nearest picture nearly always shows the same class. By pixels, you might as well toss a coin.

# %%
quiz.ask("04", "neighbours")

# %% [markdown] syllabus="E7"
# ## 5. How many labelled pictures do you need?
#
# Labelling is the expensive part, so we want to know how few labels are enough. We take 4, 16 or all 96 labelled
# pictures and use them in three ways: we train a network from scratch, we train a head on features, or we fine-tune. To
# **fine-tune** is to let the last layers of the base learn as well, in small steps.
#
# We train five times, and for 4 and 16 pictures we draw new ones each time, as many handbags as shoes. At 96 we use
# them all. Each way trains for the same number of steps at every count: 60 for a head on features, 60 from scratch, and
# 24 for fine-tuning. The test pictures stay the same.


# %%
def five_runs(build, inputs, test_inputs, steps, count):
    """Train with `count` pictures, five times, always for the same number of steps."""

    def choose(seed):
        """Draw as many handbags as shoes."""
        rng = np.random.default_rng(seed)
        classes = np.flatnonzero(true_labels == 0), np.flatnonzero(true_labels == 1)
        drawn = [rng.choice(one, count // 2, replace=False) for one in classes]
        chosen = np.concatenate(drawn)
        train, test = (inputs[chosen], true_labels[chosen]), (test_inputs, data.test.labels)
        return SimpleNamespace(train=train, test=test)  # as in `data`

    epochs = steps * 32 // max(count, 32)  # a step takes up to 32 pictures
    return training.repeat(build, choose, range(5), epochs=epochs)


# %% [markdown]
# Fine-tuning changes the last four of the base's 49 convolutions, which hold nearly a third of its weights. The layers
# before them stay frozen, so we run those once and store their output in `maps`. Each run loads the base anew. Its
# batch norm stays frozen, and the new head starts with zeros. Lesson 5 explains both, and does it without cutting the
# base in two. The next cell also does all the fine-tuning: five runs for each of the three counts, so fifteen in all.

# %%
cut = "stage6_block4_add"
lower = keras.Model(base.input, base.get_layer(cut).output)
maps = lower.predict(images, verbose=0)
test_maps = lower.predict(data.test.images, verbose=0)


def fine_tuned():
    """Put a new head on the last layers of a fresh base, and let both train."""
    fresh = backbones.headless("efficientnet_lite0", trainable=True)  # all but batch norm
    head = layers.Dense(2, activation="softmax", kernel_initializer="zeros")
    network = keras.Model(fresh.get_layer(cut).output, head(fresh.output))
    network.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    return network


counts = (4, 16, 96)
tuned_runs = {n: five_runs(fine_tuned, maps, test_maps, 24, n) for n in counts}

# %% [markdown]
# Before you go on, draw the three curves that you expect: test accuracy at 4, 16 and 96 pictures, a curve for each way.

# %%
feature_runs = {n: five_runs(make_head, rows, test_rows, 60, n) for n in counts}
scratch_runs = {n: five_runs(from_scratch, small_images, small_test, 60, n) for n in counts}
ways = {"features": feature_runs, "from scratch": scratch_runs, "fine-tuned": tuned_runs}
for name, results in ways.items():
    for count, runs in results.items():
        print(f"{name}, {count:2} pictures: {runs}")
plots.accuracy_by_size(
    ways,
    chance=0.5,
    alt="Test accuracy against labelled pictures: features and fine-tuning lie far above training from scratch.",
)

# %% [markdown]
# The error bars show the standard deviation over the five runs. At 96 we always use the same pictures, so there the
# bars show only the luck of training. The order of the pictures changes from run to run. So do the initial weights,
# except in fine-tuning, which always starts from the same ones. From scratch, dropout and augmentation are random too.
#
# With only 4 labelled pictures, a head on features is right 84% of the time on average. It hardly mattered which four
# we labelled: the standard deviation is 1 point. The network from scratch is close to guessing, the thin dotted line.
# Even with 96 pictures it stays far below. (With larger pictures and three times as many steps, lesson 3 reached about
# 0.7 on average. That is still far below.)
#
# Which of these differences are more than luck? McNemar's test again, for each of the five runs. Each heading
# below names the first way, then, after the semicolon, the second. `56:17` means that only the first way is right on 56
# pictures, and only the second on 17. `5.3e-06` is short for 0.0000053.

# %%
compared = {"features, 4 pictures; from scratch, 96": (feature_runs[4], scratch_runs[96])}
for n in counts:
    compared[f"features; fine-tuned, {n} pictures"] = feature_runs[n], tuned_runs[n]
for name, (first, second) in compared.items():
    print(name)
    tests = [training.mcnemar(*run) for run in zip(first.right, second.right)]
    print(*(f"{test.first_only:4}:{test.second_only:2} p={test.p:<7.2g}" for test in tests))

# %% [markdown]
# Even the head that saw 4 pictures beats the network from scratch that saw all 96, in all five pairs of runs (p is
# below 0.01 each time). This is what transfer learning buys: ImageNet's labels replace the ones we would have had to
# make ourselves.
#
# However many pictures we use, we see no gain from fine-tuning: its mean is never above that of a head on features.
# With 96 pictures, the test finds no difference in any run. With 4 it finds one in a single run of five, and with 16 in
# two. In all three of these runs the head wins.
#
# Be careful with the reason. The two ways differ in more than the layers that train: fine-tuning also has a rate thirty
# times lower, and fewer steps. Lesson 5b compares the two at a higher rate. There, tuning all blocks clearly wins on
# digits, but tuning the last blocks with 96 handbags and shoes does harm.

# %%
quiz.ask("04", "curves")

# %% [markdown] syllabus="E2 J5"
# ## 6. Why can networks this deep be trained?
#
# EfficientNet-Lite0 and ResNet-50 have about 50 layers of weights each. Before 2015, hardly anyone managed to train
# networks this deep. That is odd, because a deeper network can do all that a shallower one can: its extra layers
# could just pass their input on. Yet in an experiment of He and others (2016), 56 layers did *worse* than 20, even on
# the training data. So it was not overfitting.
#
# The cure is one addition. A **plain block** computes $H(x) = \mathrm{relu}(F(x))$, where $F$ stands for
# convolution, batch norm, ReLU, convolution, batch norm. A **residual block** adds its input before the last ReLU:
# $H(x) = \mathrm{relu}(F(x) + x)$.

# %%
plots.flow(
    ["x", "conv 3×3\nbatch norm", "ReLU", "conv 3×3\nbatch norm", "+", "ReLU", "H(x)"],
    skip=(0, 4),
    groups={"F(x)": (1, 3)},
    alt="A residual block: x goes through two convolutions, and past them to a plus before the last ReLU.",
)

# %% [markdown]
# ### Write the block
#
# A plain block has to learn all of $H(x)$. A residual block learns only the difference from its input, and if nothing
# should change, $F(x) = 0$ is enough.
#
# **Exercise 4.** Write the block of the picture: convolution 3×3, batch norm, ReLU, convolution 3×3, batch norm; then
# add `x` (a plain `+` works between outputs of layers), then ReLU. `x` has `filters` channels already. Use
# `padding="same"` and `use_bias=False` in the convolutions. Let the *second* batch norm start with
# `gamma_initializer="zeros"`. Its scale is 0 then, so $F(x) = 0$, and at the start a new block changes nothing, because
# its input has been through a ReLU and holds no negative numbers. Could a plain block start like that?


# %% tags=["exercise"]
def residual_block(x, filters):
    """Two 3x3 convolutions, and the input added to what they give."""
    return ...


# %%
check.exercise(check.residual_block, residual_block)


# %% tags=["solution"]
def residual_block(x, filters):
    """Two 3x3 convolutions, and the input added to what they give."""
    options = {"padding": "same", "use_bias": False}
    f = layers.Conv2D(filters, 3, **options)(x)
    f = layers.ReLU()(layers.BatchNormalization()(f))
    f = layers.Conv2D(filters, 3, **options)(f)
    f = layers.BatchNormalization(gamma_initializer="zeros")(f)
    return layers.ReLU()(f + x)  # without the x, a new block would give only zeros


# %% [markdown]
# Could a plain block start like that? Not with this trick: if its last scale is 0, it outputs only zeros, and so does
# every block after it. The residual block starts as the **identity**: what goes in comes out, as long as nothing in it
# is negative.
#
# ### Does the addition matter?
#
# We repeat the experiment in miniature. Our 800 gray images of clothes come from Fashion-MNIST (offline, from the
# course's own drawings), and we shrink them to 7×7 pixels to save time. Each network has 20 or 56 layers, and nearly
# all of them are 3×3 convolutions with eight filters and batch norm. (`he_normal` draws initial weights of a size that
# suits ReLU.) Find the one line below in which plain and residual differ.


# %%
def convolution(x, stride=1):
    """A 3x3 convolution with eight filters, and batch norm."""
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    return layers.BatchNormalization()(layers.Conv2D(8, 3, strides=stride, **options)(x))


def deep_network(depth, residual):
    """Build a network of `depth` layers, of plain or of residual blocks."""
    inputs = keras.Input((7, 7, 1))
    x = layers.ReLU()(convolution(inputs, stride=2))
    for _ in range((depth - 2) // 2):
        f = convolution(layers.ReLU()(convolution(x)))
        x = layers.ReLU()(f + x if residual else f)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


# %%
clothes = datasets.fashion_mnist().train
tiny = np.asarray(layers.AveragePooling2D(4)(clothes.images[:800, ..., None] / 255))
tiny_labels = clothes.labels[:800]

deep = {}
for name, residual in {"plain": False, "residual": True}.items():
    for depth in (20, 56):
        keras.utils.set_random_seed(0)
        deep[f"{name}, {depth}"] = deep_network(depth, residual)

pairs = zip(deep["plain, 56"].get_weights(), deep["residual, 56"].get_weights())
print("plain and residual start alike:", all(np.array_equal(*pair) for pair in pairs))

# %% [markdown]
# Same depth, same initial weights. So what makes the difference? The **gradient** tells each weight how to change, and
# it has to get from the last layer back to the first. In a plain block all of it has to go through $F$. In a residual
# block the derivative of $F(x) + x$ is $F'(x) + 1$, and the 1 is the path around $F$. (The last ReLU still stops it
# where the sum is negative.)
#
# So we expect the gradient of the residual network to change less from block to block. We measure its length at each
# convolution, before any training.


# %%
def gradient_sizes(network):
    """Length of the gradient at each convolution, from the first to the last."""
    kernels = [one.kernel.value for one in network.layers if isinstance(one, layers.Conv2D)]
    with tf.GradientTape() as tape:
        predicted = network(tiny[:128], training=True)
        loss = keras.losses.SparseCategoricalCrossentropy()(tiny_labels[:128], predicted)
    return [float(tf.norm(gradient)) for gradient in tape.gradient(loss, kernels)]


# %%
sizes = {name: gradient_sizes(network) for name, network in deep.items()}
for name, row in sizes.items():
    ends, gap = row[0] / row[-1], max(row) / min(row)
    each = ends ** (1 / (len(row) - 1))
    print(f"{name:12} first / last {ends:6.1f}, per layer {each:.2f}, max / min {gap:6.1f}")
plots.curves(
    {name: (np.linspace(0, 1, len(row)), row) for name, row in sizes.items()},
    xlabel="depth (0 = first layer, 1 = last layer)",
    ylabel="length of the gradient",
    logy=True,
    alt="Gradient by depth: in the plain network of 56 layers it grows hundreds of times towards the input, in the other three far less.",
)

# %% [markdown]
# In the plain network of 56 layers, the gradient grows on its way back by a factor of 1.12 per layer on average. That
# sounds harmless, but 1.12 multiplied by itself 54 times is more than 400. So no single learning rate suits all
# layers: a step that is right for the last layer may be far too large for the first.
#
# In the residual network of the same depth, the gradient at the first layer is 5 times as large as at the last, not
# hundreds of times. (Between its largest and its smallest gradient, the factor is about 11. In the plain network it is
# nearly 2,000.) What do you expect from the training?

# %%
losses = {}
for name, network in deep.items():
    sgd = keras.optimizers.SGD(0.02, momentum=0.9)
    network.compile(sgd, "sparse_categorical_crossentropy")
    history = network.fit(tiny, tiny_labels, epochs=6, verbose=0).history
    losses[name] = history["loss"]
    print(f"{name:13} loss after each epoch:", *(f"{loss:.2f}" for loss in losses[name]))
plots.curves(
    {name: (np.arange(1, 7), row) for name, row in losses.items()},
    xlabel="epoch",
    ylabel="training loss",
    markers=True,
    alt="Training loss of the four networks: it falls slowest by far in the plain network of 56 layers.",
)

# %%
quiz.ask("04", "depth")

# %% [markdown]
# These are single runs, so look only at large differences. After six epochs the plain network of 56 layers is far
# behind the one of 20, on its own training data: its loss is still about 2, against 1.2 or 1.3. So this is not
# overfitting.
#
# The residual network of 56 layers has the same initial weights, and its first epoch is the worst: a mean loss of 3.8,
# while ten equal probabilities would give ln 10 = 2.30. A likely reason is that its numbers grow with depth, because
# each block adds something to its input ("Going further" measures it). But then the loss falls, and by the end it is
# far below that of the plain network of the same depth: about 1.2, against more than 2. (Plain, 20 ends at about the
# same loss.)
#
# This fits what the gradients suggested, but it proves no cause: we tried one seed and one rate. In their plain
# networks with batch norm, He and others found gradients of a healthy size, and still the deeper one trained worse.
# Nor did more depth pay here: residual, 20 is best throughout. The addition makes depth *possible*. Whether it pays
# depends on the task.

# %% [markdown] syllabus="E1 E6"
# ## 7. Where are trained networks found?
#
# Two habits of the field make transfer learning work. First, for each kind of data there is an architecture that
# people start from. Second, groups that train a large network often publish the weights.
#
# | data | what matters | people start from |
# |---|---|---|
# | images | which pixels are neighbours, wherever in the image they are | convolutional networks, vision transformers |
# | text, sound | the order of words or sounds, even far apart | transformers, recurrent networks |
# | molecules, road maps | what is connected to what | graph neural networks |
# | tables | columns in no particular order | boosted decision trees, small dense networks |
#
# You need not know these names yet. Choose by the middle column.
#
# Which row would you use for recordings of birds? (Either of two. Sound has an order in time, but a picture of its
# frequencies over time is an image.)
#
# A **hub** is a web site that stores trained networks.
#
# | place | what you find there | in Keras 3 |
# |---|---|---|
# | `keras.applications` | classic image networks with ImageNet weights | as in section 2 |
# | KerasHub, Hugging Face Hub | newer, larger networks for text and images; anyone can publish | with the package keras-hub |
# | TensorFlow Hub, now on Kaggle | modules for text and images | `backbones.hub_layer` ("Going further") |
# | PyTorch Hub, torchvision, timm | what research publishes first | with PyTorch as backend, or converted |
#
# Wherever you take a network from, read its licence and what it was trained on. That decides what it can do, and
# where it is blind.

# %% [markdown] syllabus="E4"
# ## 8. Save it, load it, ask it
#
# We trained heads on features. To name a photo, put the base and our linear head together again: pixels in,
# probabilities out. One file then holds both, scaling included. Does the loaded network give the same answers? (At
# home, write `finished.save("handbags_shoes.keras")`. The file loads with Keras alone, without this course.)

# %%
import tempfile
from pathlib import Path

inputs = keras.Input((192, 192, 3))
finished = keras.Model(inputs, heads["linear head"](base(inputs, training=False)))
file = Path(tempfile.mkdtemp()) / "handbags_shoes.keras"
finished.save(file)
loaded = keras.models.load_model(file)

before, after = (one.predict(pictures[:20], verbose=0) for one in (finished, loaded))
print("same answers after loading:", np.allclose(before, after, atol=1e-5))
own_photo.classify(loaded.predict, data.class_names, sample)

# %% [markdown]
# ### Your head on your phone
#
# The base is the same for everybody, so your head alone is enough to take your classifier along. The course has a page
# for phones, *The classifier in your pocket*. It runs EfficientNet-Lite0 on the phone, and you can put your own head on
# it. `save_head` writes ours to a file, and `load_head` makes a model of such a file. Do the two agree? And how large
# is the file, compared with the file of the whole network above?

# %%
from helpers import phone

head_file = Path(tempfile.mkdtemp()) / "head.json"
phone.save_head(finished, data.class_names, head_file)
after = phone.load_head(head_file).predict(pictures[:20], verbose=0)
print("same answers:", np.allclose(before, after, atol=1e-3))
head_size, size = head_file.stat().st_size, file.stat().st_size
print(f"{head_size / 1000:.0f} kB, the whole network {size / 1e6:.0f} MB")

# %% [markdown]
# The two agree. And the head's file is hundreds of times smaller than that of the whole network, because the phone
# already has the base.
#
# **To do.** Write your head to a file that you can reach, with `phone.save_head(finished, data.class_names,
# "head.json")`. It is beside this notebook. In Colab, open the *Files* panel at the left, choose *Refresh*, and
# download `head.json` from its menu. Send the file to your phone, by mail for instance.
#
# Open the page on the phone. Your teacher shows its address as a QR code. Without a teacher, `course demo` serves it
# from your own computer. (The course's site has [the page](../pocket/index.html) too, and there this link works.)
# Choose *Take along*, then *Open a head*. Hold your shoe in front of the camera, then your bag, then your hand. What
# does your head say to the hand? What does the course's own head say, which also learnt "neither"? Why do they differ?
#
# <details><summary>An answer</summary>
#
# A head of two classes must say handbag or shoe to the hand, often with confidence: softmax compares only what it was
# given. The course's own head has a third class. It learnt "neither" from other things and from empty scenes, and a
# hand is more like those.
#
# </details>
#
# It works in the other direction too. Under *Teach*, your phone learns things of your own. *Save my head* writes the
# file, and `phone.load_head` turns it into a Keras model.

# %% [markdown]
# Can we do still better? The base was made for a thousand other classes. In section 5 its last layers were allowed to
# learn from our pictures, and we saw no gain. Lessons 5 and 5b show when it does pay.

# %% [markdown]
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{data.name}, {data.origin}",
        "features per picture": rows.shape[1],
        "labelled pictures": len(rows),
        "test accuracy, first try, 72 pictures": first_try,
        "test accuracy, old head, nothing trained": right["old head"].mean(),
        "test accuracy, features and linear head": right["linear head"].mean(),
        "test accuracy, features and hidden layer": right["hidden layer"].mean(),
        "test accuracy, from scratch, 96 pictures, mean of 5": scratch_runs[96].mean,
        "test accuracy, features, 4 pictures, mean of 5": feature_runs[4].mean,
        "test accuracy, fine-tuned, 96 pictures, mean of 5": tuned_runs[96].mean,
        "training loss, plain network of 56 layers": losses["plain, 56"][-1],
        "training loss, residual network of 56 layers": losses["residual, 56"][-1],
    }
)

# %% [markdown]
# ## Key points
#
# - Transfer learning keeps a trained base and replaces its head. The base is frozen, and only the head trains.
# - Pixels have to be scaled as in the base's own training. Put that step inside the model.
# - A frozen base gives the same features in every epoch. Run it once, and train on its features.
# - With features, 4 labelled pictures gave a better classifier than 96 pictures from scratch, in each of five runs.
# - Compare two models on the same test pictures, and look at the pictures on which exactly one is right.
# - A residual block adds its input to what it computes, so through 56 layers the gradient changes far less than in a
#   plain network.
# - With a network from a hub you also get its licence and its blind spots.
#
# Words of this lesson: transfer learning, head, base, features, freeze, inference mode, principal component, cosine,
# fine-tune, plain block, residual block, identity, bottleneck, depthwise convolution, hub, module.
#
# ## Where next
#
# - [Lesson 5](05_fine_tuning.ipynb) lets the base learn too, and shows what goes wrong when that is done carelessly.
# - Back to [lesson 3](03_handbags_vs_shoes.ipynb) for the data and the network from scratch.
# - Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun, *Deep residual learning for image recognition*, 2016.
#   Ali Sharif Razavian and others, *CNN features off-the-shelf: an astounding baseline for recognition*, 2014.
#   Mingxing Tan and Quoc Le, *EfficientNet: rethinking model scaling for convolutional neural networks*, 2019.
#
# ## Going further
#
# ### Does a penalty on large weights help?
#
# We have fewer pictures than features, so a head may overfit. **L2 regularisation** works against this: it adds a
# strength times the sum of the squared weights to the loss, so large weights cost something. Which strength? We judge
# three by their validation loss, because accuracy on 24 pictures moves in steps of 4 points. (It is the loss without
# the penalty itself.)

# %%
plain_loss = keras.losses.SparseCategoricalCrossentropy()
print("strength   right in training   validation loss")
for strength in (0.0, 0.1, 1.0):
    keras.utils.set_random_seed(0)
    penalty = keras.regularizers.L2(strength)
    head = keras.Sequential([keras.Input((1280,))])
    head.add(layers.Dense(2, activation="softmax", kernel_regularizer=penalty))
    head.compile(keras.optimizers.Adam(3e-3), plain_loss, metrics=["accuracy", plain_loss])
    head.fit(train_rows, data.train.labels, epochs=40, verbose=0)
    _, trained, _ = head.evaluate(train_rows, data.train.labels, verbose=0)
    _, _, validated = head.evaluate(validation_rows, data.validation.labels, verbose=0)
    print(f"{strength:8} {trained:14.2f} {validated:19.3f}")

# %% [markdown]
# It doesn't help here. All three heads get every training picture right, and the validation loss is lowest without a
# penalty. This is one run on 24 pictures, and weaker penalties may differ. But it gives us no reason to use one, so we
# left it out everywhere in this lesson.
# %% [markdown] syllabus="E2"
# ### Does the signal get through 56 layers?
#
# Section 6 looked at the gradient on its way back. The signal on its way forward has to get through as well: the
# last layer can tell pictures apart only if the numbers that reach it differ from picture to picture.
#
# We take new networks of 56 layers, before any training. After each block we measure how much its numbers differ, as
# the standard deviation over 128 pictures. The plain network runs twice, the first time without batch norm. Inference
# mode is enough for that: batch norm has learnt nothing yet, so it subtracts 0 and divides by about 1. Which of the
# three curves will fall?


# %%
def differences(network, batch_norm=True):
    """Standard deviation over pictures after each block."""
    relus = [layer.output for layer in network.layers if isinstance(layer, layers.ReLU)]
    blocks = relus[2::2]  # the first belongs to no block, and each block has two
    outputs = keras.Model(network.input, blocks)(tiny[:128], training=batch_norm)
    return np.arange(1, 28), [float(np.std(block, axis=0).mean()) for block in outputs]


keras.utils.set_random_seed(0)
plain, residual = deep_network(56, residual=False), deep_network(56, residual=True)
# This comes first: a run in training mode changes the means that batch norm has learnt.
curves = {"plain, no batch norm": differences(plain, batch_norm=False)}
curves |= {"plain": differences(plain), "residual": differences(residual)}
plots.curves(
    curves,
    xlabel="block",
    ylabel="standard deviation over pictures",
    logy=True,
    alt="Standard deviation by block: without batch norm it falls to a ten-thousandth and less; in the plain network it stays, in the residual one it grows.",
)

# %% [markdown]
# Without batch norm, the differences between pictures fade on the way: after the last block they are more than ten
# thousand times smaller than after the first. Batch norm rescales the numbers in every layer, so the differences keep
# their size. With the addition they even grow, because each block adds something to its input. So with batch norm the
# signal gets through, even in 56 plain layers.
#
# **To try.** Build a network of 56 layers from your own block or the one of the solution, in a new cell. Each block
# starts as the identity. Is the loss of the first epoch still far above 2.30?
#
# ```python
# inputs = keras.Input((7, 7, 1))
# x = layers.ReLU()(convolution(inputs, stride=2))
# for _ in range(27):
#     x = residual_block(x, 8)
# x = layers.GlobalAveragePooling2D()(x)
# mine = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
# mine.compile(keras.optimizers.SGD(0.02, momentum=0.9), "sparse_categorical_crossentropy")
# mine.fit(tiny, tiny_labels, epochs=1, verbose=2)
# ```
#
# No: with three seeds we got 2.28 to 2.31. A network that starts as the identity does not begin with numbers that grow
# with depth.

# %% [markdown] syllabus="E2"
# ### Residual blocks in two real networks
#
# Here are the convolutions in one block of ResNet-50 and in one of EfficientNet-Lite0, and how many additions each
# network has. Where is each block wide, and where is it narrow?

# %% tags=["nbval-check-output"]
names = "expand", "depthwise", "project"
parts = {
    "ResNet-50": ["conv2_block2_1", "conv2_block2_2", "conv2_block2_3"],
    "EfficientNet-Lite0": [f"stage3_block2_{part}" for part in names],
}
for name, one in {"ResNet-50": resnet, "EfficientNet-Lite0": base}.items():
    additions = sum(isinstance(layer, layers.Add) for layer in one.layers)
    print(f"{name}, {additions} additions")
    for part in parts[name]:
        layer = one.get_layer(f"{part}_conv")
        size, before = layer.kernel.shape[0], layer.input.shape[-1]
        channels = f"{before:3} -> {layer.output.shape[-1]:3} channels"
        print(f"  {size}×{size}, {channels}: {layer.count_params():6,} weights and biases")

# %% [markdown]
# ResNet-50's block is wide, narrow, wide: it squeezes 256 channels down to 64, so the expensive 3×3 convolution
# works on few channels. That is a **bottleneck**. EfficientNet's block is narrow, wide, narrow, and it keeps its
# wide middle cheap in a different way: a **depthwise** convolution filters each channel by itself. Both add their
# input at the end.

# %% [markdown] syllabus="E6"
# ### A module from a hub
#
# A **module** of TensorFlow Hub is a folder with a program and its weights. Many of them turn sentences into numbers,
# just as our base turns pictures into numbers. Here is a tiny one, made on the spot. Each word gets 128 random numbers,
# and a sentence gets the mean of its words. (We make it here so the cell needs no internet connection.)
#
# `hub_layer` makes a Keras layer of it. Four sentences go in. What shape comes out? And which pairs of sentences get
# similar numbers? (The table shows the cosine between every two of them.)

# %% tags=["nbval-check-output"]
keras.utils.set_random_seed(0)
texts = ["a red leather bag", "a bag of red leather", "running shoes", "shoes for running"]
sentences, words = tf.constant(texts), layers.TextVectorization()
words.adapt(sentences)
vectors = layers.Embedding(words.vocabulary_size(), 128, mask_zero=True)
parts = [keras.Input((), dtype="string"), words, vectors, layers.GlobalAveragePooling1D()]
folder = Path(tempfile.mkdtemp())
keras.Sequential(parts).export(folder / "sentences", verbose=False)

embed = backbones.hub_layer(folder / "sentences")
numbers = np.asarray(embed(sentences))
unit = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
print("sentences", sentences.shape, "-> numbers", numbers.shape)
print((unit @ unit.T).round(1))

# %% [markdown]
# Each sentence becomes a row of 128 numbers, however many words it has. The two bags are close, with a cosine of 0.9,
# and so are the two pairs of shoes, because a mean forgets the order of the words. A bag and a pair of shoes share no
# word, so their cosine is 0.1 at most: these numbers are random, and only shared words count.
#
# The modules on the hub have learnt their numbers from billions of words. You use them in the same way, with an address
# instead of a folder:
# `hub_layer("https://tfhub.dev/google/nnlm-en-dim128/2")` also turns four sentences into an array of shape (4, 128).

# %% [markdown]
# ### Why not the layers that tutorials use?
#
# Older tutorials put a module of TensorFlow Hub into a model with `hub.KerasLayer`. That layer belongs to Keras 2, and
# a Keras 3 model can't use it. Keras 3 has `TFSMLayer`, which runs such a folder as it is. The course's `hub_layer`
# takes an address as well. The module's weights become the layer's own. Look at `embed.weights[0].shape`: there is a
# row of 128 numbers for each of the eight words, and two more rows, one for padding and one for words that the module
# doesn't know.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

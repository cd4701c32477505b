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
# - to do transfer learning in fifteen lines of plain Keras;
# - to run a trained network once and train on its output;
# - to look at what it has learnt: a map of pictures, and the nearest neighbours of one;
# - how many labelled pictures you need, with and without a trained network;
# - why networks of 50 layers and more can be trained at all;
# - where to find trained networks.
#
# You need lessons 2 and 3. Allow 90 minutes to teach it and three minutes to run it.

# %% tags=["setup"]
# setup

# %%
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
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
# already on your machine. Here are three photos from the package scikit-image. Guess what it will call them, then run
# the cell. (The photos differ in size. The network's first layer stretches each one to the square that it wants.)

# %%
imagenet = backbones.whole("efficientnet_lite0")
photos = [
    skimage.data.coffee(),
    skimage.data.chelsea(),
    skimage.data.stereo_motorcycle()[0],
]
titles = []
for photo in photos:
    probabilities = imagenet.predict(photo[None], verbose=0)[0]
    best = probabilities.argmax()
    titles.append(f"{imagenet.categories[best]}, {probabilities[best]:.0%}")
plots.image_grid(
    photos,
    titles,
    columns=3,
    size=2.3,
    alt="A cup of coffee, a cat and a motorcycle, named espresso, Egyptian cat and moped.",
)

# %% [markdown]
# Three sensible names, and we have trained nothing. They are not all right, though. The last photo shows a
# motorcycle, and *moped* is the nearest of its 1,000 words: a network can only answer with the names it was taught.
#
# What else did it consider for the cat? The probabilities are 1,000 numbers, and `imagenet.categories` holds the
# 1,000 names in the same order.
#
# **Exercise 1.** Write a function that returns the `count` most probable names, the most probable one first.
# `np.argsort(probabilities)` helps: it returns the indices that sort the numbers, the smallest number first.
# `names` is a list, so look the names up one by one.


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
# The network answers in its own 1,000 words, and neither "shoe" nor "handbag" is among them. The drawn boot gets
# several names: running shoe, clog, shoe shop. We want just two answers. So we keep everything that the network has
# learnt about pictures and replace only its last layer, which turns this knowledge into names. That is **transfer
# learning**. The last layer is called the **head**. A network without it is **headless**, and we call it the
# **base**.
#
# The base ends with global average pooling, so each picture leaves it as a row of 1,280 numbers. These numbers are
# the picture's **features**.
#
# A layer can be called like a function, and so can a whole model: `base(inputs)`. `keras.Input` is a placeholder
# for a picture. `keras.Model(inputs, outputs)` makes a model of everything on the way from one to the other. We
# need this way of writing because `Sequential` has no room for `training=False`, nor for the shortcut in section 6.
#
# Four lines of the next cell matter. `headless` loads the base without its head. `trainable = False` **freezes**
# the base: its weights will not change. `training=False` asks for **inference mode**, in which batch norm keeps the
# means it has learnt. A new `Dense` layer gives our two probabilities. Predict how many weights will train.

# %%
base = backbones.headless("efficientnet_lite0")
base.trainable = False

inputs = keras.Input((192, 192, 3))
features = base(inputs, training=False)
outputs = layers.Dense(2, activation="softmax")(features)
model = keras.Model(inputs, outputs)
model.summary()
plots.flow(
    [
        plots.Box(sample, "192×192×3"),
        plots.Box("base,\nfrozen", "EfficientNet-Lite0", "frozen"),
        plots.Box("1,280\nfeatures"),
        plots.Box("Dense\n2 classes", "our head, new", "new"),
    ],
    alt="A picture goes into the frozen base, features come out, and the new head gives two probabilities.",
)

# %%
model.compile(
    keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = model.fit(*data.train, epochs=5, validation_data=data.validation, verbose=2)

# %% [markdown]
# Each pair of lines is one **epoch**: every training picture went through the network once. `val_accuracy` is the
# share of right answers on the 24 validation pictures. Now the test pictures, which had no part in training.

# %%
loss, first_try = model.evaluate(*data.test, verbose=0)
print(f"accuracy on {len(data.test.labels)} test pictures: {first_try:.3f}")

# %%
own_photo.classify(model.predict, data.class_names, sample)

# %% [markdown]
# That was all: a base, a head, `compile`, `fit`, `evaluate`, and `predict` on a photo. Nine in ten are right. In
# lesson 3, learning from scratch, it was about six in ten. Show it your shoe, your bag, and then your hand. It
# knows only two answers, so it will call your hand a shoe or a handbag.

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
# **Batch norm.** In training mode, batch norm would use the means of our small batches instead of those it learnt
# from ImageNet. A frozen layer of batch norm always runs in inference mode, so `base.trainable = False` protects it.
# `training=False` says the same once more. You will see it in every tutorial, because older versions of Keras needed
# it.
#
# Do not rely on `training=False` alone. In Keras 3, once a base is unfrozen, `fit` switches its batch norm to
# training mode all the same. So lesson 5 freezes each batch norm by itself, and shows what happens otherwise.
#
# **Freezing.** Our `headless` returns the base frozen already, and most other libraries do not. So always write
# `base.trainable = False`, and look in the summary whether only the head trains.
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
# Accuracy fell to 0.50, which is guessing, and Keras did not complain.

# %%
quiz.ask("04", "scaling")

# %% [markdown]
# ### The same with ResNet-50
#
# The title promises a ResNet. **ResNet-50** is the classic of 2015, and it comes with Keras, in
# `keras.applications`. `include_top=False` leaves the head out, and `pooling="avg"` averages each feature map. The
# scaling is a function that you have to call yourself, `preprocess_input`. The rest stays as it was. The weights
# are a download of 95 MB, so without an internet connection we only build it.

# %%
weights = None if assets.offline() else "imagenet"
try:
    resnet = keras.applications.ResNet50(include_top=False, weights=weights, pooling="avg")
except Exception:  # Keras could not download the weights
    weights = None
    resnet = keras.applications.ResNet50(include_top=False, weights=None, pooling="avg")
resnet.trainable = False

inputs = keras.Input((192, 192, 3))
pixels = keras.applications.resnet50.preprocess_input(inputs)
outputs = layers.Dense(2, activation="softmax")(resnet(pixels, training=False))
resnet_model = keras.Model(inputs, outputs)

for name, one in {"ResNet-50": resnet, "EfficientNet-Lite0": base}.items():
    print(f"{name:19} {one.count_params():>10,} weights, {one.output_shape[1]:,} features")
if weights is None:
    print("ResNet-50's weights are not here, so we go on with EfficientNet-Lite0.")
else:
    resnet_model.compile(
        keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    resnet_model.fit(*data.train, epochs=2, verbose=2)
    print(f"{resnet_model.evaluate(pictures, labels, verbose=0)[1]:.2f} right")

# %% [markdown]
# Seven times as many weights, and more features. From here on the lesson uses EfficientNet-Lite0, which runs
# everywhere. It is a residual network too, as section 6 shows.

# %% [markdown] syllabus="E4"
# ## 3. Why run the base again and again?
#
# Look at the seconds of each epoch above. In every epoch the base computed the same features from the same
# pictures, because its weights never change. So run it **once**, and store the features. From then on a picture is
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
# that there is any shoe? Add the five. Then let the larger sum decide. Nothing is trained here. How often will that
# be right?

# %%
old_answers = np.asarray(imagenet.get_layer("predictions")(test_rows))
bags = ["purse", "backpack", "mailbag"]
shoes = ["running shoe", "sandal", "clog", "Loafer", "cowboy boot"]
bags = [imagenet.categories.index(name) for name in bags]
shoes = [imagenet.categories.index(name) for name in shoes]

any_bag, any_shoe = (old_answers[:, kinds].sum(axis=1) for kinds in (bags, shoes))
best = old_answers.argmax(axis=1)
others = Counter(imagenet.categories[k] for k in best if k not in bags + shoes)
right = {"old head": (any_shoe > any_bag) == data.test.labels}
print(f"our sample: any bag {any_bag[15]:.2f}, any shoe {any_shoe[15]:.2f}")
print(f"the best name is none of these eight for {others.total()} of {len(best)} pictures")
print("most often it is", *(f"{name} ({n})," for name, n in others.most_common(4)), "...")
print(f"the larger sum is right for {right['old head'].mean():.3f} of all {len(best)}")

# %% [markdown]
# For two thirds of the pictures the best name is none of these eight. Even so, the larger sum is right for more than
# eight in ten: the network sees the difference, although it lacks the words. A head made for our question should do
# better.
#
# ### A new head on features
#
# The training data are rows of numbers now, and training takes a second or two. There is one danger. We have fewer
# pictures than features, so a head may overfit. **L2 regularisation** works against this: it adds a strength times
# the sum of the squared weights to the loss, so large weights cost something. Which strength? We try four and judge
# each by its validation loss, because accuracy on 24 pictures moves in steps of 4 points.


# %%
def make_head(strength, hidden=0):
    """Build a head on features: linear, or with one hidden layer."""
    head = keras.Sequential([keras.Input((1280,))])
    if hidden:
        head.add(layers.Dense(hidden, activation="relu"))
    penalty = keras.regularizers.L2(strength)
    head.add(layers.Dense(2, activation="softmax", kernel_regularizer=penalty))
    loss = keras.losses.SparseCategoricalCrossentropy()
    head.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy", loss])
    return head


# %%
validation_loss = {}
print("strength   right in training   validation loss")
for strength in (0.0, 0.01, 0.1, 1.0):
    keras.utils.set_random_seed(0)
    head = make_head(strength)
    head.fit(train_rows, data.train.labels, epochs=40, verbose=0)
    train_accuracy = head.evaluate(train_rows, data.train.labels, verbose=0)[1]
    validation_loss[strength] = head.evaluate(
        validation_rows, data.validation.labels, verbose=0
    )[2]
    print(f"{strength:8} {train_accuracy:14.2f} {validation_loss[strength]:19.3f}")

# %% [markdown]
# The penalty did not help. All four heads get every training picture right. The validation loss is lowest without a
# penalty, but on 24 pictures 0.0 and 0.01 are as good as equal. So we see no reason for a penalty here, and leave
# it out. (The validation loss is the loss without the penalty itself.)
#
# The choice is made, so the validation pictures may help to train now. Is a linear head enough, or does a hidden
# layer find more in the features? And how far behind is a network like that of lesson 3, which learns from pixels?
# All three train on the same 96 pictures, and all three are tested on the same 200 others.

# %%
strength = min(validation_loss, key=validation_loss.get)
rows = np.concatenate([train_rows, validation_rows])
answers = np.concatenate([data.train.labels, data.validation.labels])
for name, hidden in {"linear head": 0, "hidden layer": 64}.items():
    keras.utils.set_random_seed(0)
    head = make_head(strength, hidden)
    head.fit(rows, answers, epochs=40, verbose=0)
    right[name] = head.predict(test_rows, verbose=0).argmax(axis=1) == data.test.labels
    print(f"{name:13} {right[name].mean():.3f} right")

# %%
small = layers.AveragePooling2D(4)  # 48x48 pixels are enough for a small network
images = np.concatenate([data.train.images, data.validation.images])
small_images = np.asarray(small(images.astype("float32")))
small_test = np.asarray(small(data.test.images.astype("float32")))


def from_scratch():
    """Build a network like that of lesson 3, for pictures of 48x48 pixels."""
    network = keras.Sequential([keras.Input((48, 48, 3))])
    network.add(layers.RandomFlip("horizontal"))
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


# %%
keras.utils.set_random_seed(0)
scratch = from_scratch()
scratch.fit(small_images, answers, epochs=30, verbose=0)
right["from scratch"] = (
    scratch.predict(small_test, verbose=0).argmax(axis=1) == data.test.labels
)
print(f"from scratch  {right['from scratch'].mean():.3f} right")
print("linear, scratch:", training.mcnemar(right["linear head"], right["from scratch"]))
print("linear, old:    ", training.mcnemar(right["linear head"], right["old head"]))
print("linear, hidden: ", training.mcnemar(right["linear head"], right["hidden layer"]))

# %% [markdown]
# **McNemar's test** looks only at the pictures on which exactly one of the two is right. If they were equally good,
# each such picture would be a coin toss, and `p` is the probability that coin tosses come out at least this uneven.
# Features from ImageNet clearly beat learning from scratch, and our own head clearly beats the old one. The hidden
# layer changes the answer on a single picture. That is no evidence in either direction, so we take the simpler
# head.
#
# From scratch is one run here. Section 5 repeats it with five seeds.

# %%
quiz.ask("04", "paired")

# %% [markdown] syllabus="E5"
# ## 4. What do the features look like?
#
# Nobody can picture 1,280 dimensions. But we can look for the two directions in which the features of the test
# pictures differ most, and draw each picture there. These directions are the **principal components**. No label goes
# into this map. Do you expect two regions?

# %%
centred = test_rows - test_rows.mean(axis=0)
directions = np.linalg.svd(centred, full_matrices=False)[2][:2]
cut = np.mean((centred @ directions[0] > 0) == data.test.labels)
print(f"a cut in the middle of the first direction is right for {max(cut, 1 - cut):.2f}")
plots.image_scatter(
    centred @ directions.T,
    data.test.images,
    [data.class_names[label] for label in data.test.labels],
    alt="Test pictures in a plane by their features: handbags and shoes fill different regions.",
)

# %% [markdown]
# Each dot is a picture, and some are drawn as pictures. The colour is the true class, which the map did not use.
# Handbags lie on one side and shoes on the other, with a strip between them where they mix. (Which side is left is
# arbitrary.) A single cut across the first direction already separates more than nine in ten.
#
# ### Which picture is most like this one?
#
# Think of each row as an arrow in 1,280 dimensions. Two pictures are alike if their arrows point the same way. The
# **cosine** of the angle between them measures this: it is 1 for the same direction and 0 for a right angle. To
# compute it, divide both arrows by their lengths, multiply them entry by entry, and add up.
#
# **Exercise 3.** Write a search engine for pictures: a function that returns the indices of the `count` rows with
# the largest cosine to row `index`, the largest first, and without `index` itself. `np.linalg.norm(rows, axis=1,
# keepdims=True)` gives the lengths as a column, so `rows / lengths` divides each row by its own. If `unit` holds
# the result, `unit @ unit[index]` gives all cosines at once.


# %% tags=["exercise"]
def nearest(rows, index, count):
    """Return the indices of the rows most similar to row `index`."""
    return ...


# %%
if check.exercise(check.nearest, nearest, otherwise=False):
    print(nearest(test_rows, 15, 5))


# %% tags=["solution"]
def nearest(rows, index, count):
    """Return the indices of the rows most similar to row `index`."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = np.argsort(unit @ unit[index])[::-1]
    return order[order != index][:count]


# %% [markdown]
# Here are four test pictures that we chose, each with its five nearest neighbours, their classes and their cosines.
# What do neighbours have in common with the picture on the left: the class, the pose, the background, the things
# around it?

# %%
unit = test_rows / np.linalg.norm(test_rows, axis=1, keepdims=True)
cosines = unit @ unit.T
order = np.argsort(-cosines, axis=1)[:, :6]  # the first is the picture itself
asked = [14, 15, 12, 1]
titles = []
for one in asked:
    titles.append(f"asked: {data.class_names[data.test.labels[one]]}")
    for other in order[one, 1:]:
        name = data.class_names[data.test.labels[other]]
        titles.append(f"{name} {cosines[one, other]:.2f}")
plots.image_grid(
    data.test.images[order[asked].ravel()],
    titles,
    columns=6,
    size=1.4,
    alt="Four rows: a test picture, and the five others whose features point most nearly the same way.",
)

# %% [markdown]
# The tote finds five totes. The boot finds five shoes, most of them boots. The backpack finds four bags, and a
# shoe. The sandal goes wrong: four of its five neighbours are *bags*, and two of these lie beside a mug, like the
# sandal itself. Features describe everything in a picture, and our head has to learn which part counts.
#
# Are they better than pixels? For every test picture, is the nearest other one of the same class? (From the pixels we
# subtract the mean picture first, which helps them.)

# %%
test_labels = data.test.labels
flat = data.test.images.reshape(len(test_labels), -1).astype("float32")
flat = flat - flat.mean(axis=0)
flat /= np.linalg.norm(flat, axis=1, keepdims=True)
for name, table in {"features": cosines, "pixels": flat @ flat.T}.items():
    neighbour = np.argsort(-table, axis=1)[:, 1]
    right[name] = test_labels[neighbour] == test_labels
    share = right[name].mean()
    print(f"by {name:8}: the nearest picture is of the same class for {share:.0%}")
print("features, pixels:", training.mcnemar(right["features"], right["pixels"]))

# %%
quiz.ask("04", "neighbours")

# %% [markdown] syllabus="E7"
# ## 5. How many labelled pictures do you need?
#
# Labelling is the expensive part. So take 4, 16 or all 96 labelled pictures, and compare three ways to use them.
# Learn from **scratch**. Train a head on **features**. Or **fine-tune**: let the last layers of the base learn as
# well, in small steps.
#
# For 4 and for 16 pictures we draw five different choices, half of each class. At 96 we use them all, so there the
# error bars show only the random start and order. Each way gets the same number of training steps at every count.
# The test pictures stay the same. Before you run this, draw the three curves that you expect.


# %%
def choose_pictures(inputs, test_inputs, count, seed):
    """Choose `count` labelled pictures at random, half of each class; test on all test pictures."""
    rng = np.random.default_rng(seed)
    per_class = [
        rng.choice(np.flatnonzero(answers == k), count // 2, replace=False) for k in (0, 1)
    ]
    chosen = np.concatenate(per_class)
    return SimpleNamespace(
        train=(inputs[chosen], answers[chosen]), test=(test_inputs, data.test.labels)
    )


def by_count(build, inputs, test_inputs, steps):
    """Train with 4, 16 and 96 pictures, five times each, always for the same number of steps."""
    results = {}
    for count in (4, 16, 96):
        steps_per_epoch = max(1, count // 32)  # 32 pictures in a step
        choose = partial(choose_pictures, inputs, test_inputs, count)
        epochs = steps // steps_per_epoch
        results[count] = training.repeat(build, choose, range(5), epochs=epochs)
    return results


# %% [markdown]
# Fine-tuning changes the last seven of the base's 49 convolutions, which hold nearly half of its weights. The
# layers before them stay frozen, so we can run those once and store the result. Batch norm stays frozen as well,
# and the new head starts with zeros. Lesson 5 explains both, and does it without cutting the base in two.

# %%
middle = base.get_layer("stage6_block3_add").output
lower, upper = keras.Model(base.input, middle), keras.Model(middle, base.output)
maps, test_maps = (lower.predict(split, verbose=0) for split in (images, data.test.images))
print(f"{upper.count_params():,} of {base.count_params():,} weights")


def fine_tuned():
    """Put a new head on the last layers of the base, as ImageNet trained them."""
    last = keras.models.clone_model(upper)
    last.set_weights(upper.get_weights())
    for layer in last.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    inputs = keras.Input(maps.shape[1:])
    outputs = layers.Dense(2, activation="softmax", kernel_initializer="zeros")(
        last(inputs)
    )
    network = keras.Model(inputs, outputs)
    network.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    return network


# %%
ways = {
    "features": by_count(partial(make_head, strength), rows, test_rows, steps=60),
    "from scratch": by_count(from_scratch, small_images, small_test, steps=90),
}

# %%
ways["fine-tuned"] = by_count(fine_tuned, maps, test_maps, steps=40)
for name, results in ways.items():
    for count, runs in results.items():
        print(f"{name}, {count:2} pictures: {runs}")
for count in (4, 16, 96):
    pairs = zip(ways["features"][count].right, ways["fine-tuned"][count].right)
    p = [f"{training.mcnemar(*pair).p:.3f}" for pair in pairs]
    print(f"features against fine-tuned, {count:2} pictures, p of each run:", *p)
plots.accuracy_by_size(
    ways,
    chance=0.5,
    alt="Test accuracy against labelled pictures: three ways, with error bars.",
)

# %% [markdown]
# With 4 labelled pictures, a head on features is right on 84 of 100 test pictures on average, and it depends on
# which four (± 5). The network from scratch is close to guessing, the dotted line, and even with 96 pictures it
# stays far below. This is what transfer learning buys: ImageNet has paid for pictures that we would have needed.
# (The heads have no penalty, as section 3 chose. That choice needed more than 4 labels.)
#
# We see no gain from fine-tuning at any number: its mean is never above that of a head on features. With 16 and 96
# pictures, McNemar's test finds no difference in any run. With 4, it finds one in two of the five runs, and on
# average the head on features is ahead.
#
# A likely reason is that fine-tuning adjusts over a million weights, and few pictures are not enough to set them.
# (On real photos in clutter there is more to gain, and with all 96 of them we have seen fine-tuning come out
# ahead.) Lesson 5 shows tasks on which it clearly wins.

# %%
quiz.ask("04", "curves")

# %% [markdown] syllabus="E2"
# ## 6. Why could a network this deep be trained?
#
# EfficientNet-Lite0 and ResNet-50 have about 50 layers of weights each. Before 2015, hardly anyone managed to train
# networks this deep. That is odd, because a deeper network can do all that a shallower one can: its extra layers
# could just pass their input on. In practice 56 layers did *worse* than 20, even on the training data. So it was
# not overfitting.
#
# The cure is one addition. A **plain** block computes $H(x) = \mathrm{relu}(F(x))$, where $F$ stands for
# convolution, batch norm, ReLU, convolution, batch norm. A **residual** block adds its input before the last ReLU:
# $H(x) = \mathrm{relu}(F(x) + x)$.

# %%
plots.flow(
    ["x", "conv 3×3\nbatch norm", "ReLU", "conv 3×3\nbatch norm", "+", "ReLU", "H(x)"],
    skip=(0, 4),
    groups={"F(x)": (1, 3)},
    alt="A residual block: x goes through two convolutions, and past them to a plus before the last ReLU.",
)

# %% [markdown]
# We repeat the experiment with grey 14×14 images of clothes. Each network has 20 or 56 layers, and nearly all of
# them are 3×3 convolutions with eight filters and batch norm. (`he_normal` draws initial weights of a size that
# suits ReLU.) Find the one line below in which plain and residual differ.


# %%
def convolution(x, norm=True, stride=1):
    """A 3x3 convolution with eight filters, and batch norm."""
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    x = layers.Conv2D(8, 3, strides=stride, **options)(x)
    return layers.BatchNormalization()(x) if norm else x


def deep_network(depth, residual, norm=True):
    """Build a network of `depth` layers, of plain or of residual blocks."""
    inputs = keras.Input((14, 14, 1))
    x = layers.ReLU()(convolution(inputs, norm, stride=2))
    for block in range((depth - 2) // 2):
        f = convolution(layers.ReLU()(convolution(x, norm)), norm)
        x = layers.ReLU(name=f"block_{block}")(f + x if residual else f)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


# %% tags=["nbval-check-output"]
kinds = {"plain, 20": (20, False), "plain, 56": (56, False)}
kinds |= {"residual, 20": (20, True), "residual, 56": (56, True)}
deep = {}
for name, (depth, residual) in kinds.items():
    keras.utils.set_random_seed(0)
    deep[name] = deep_network(depth, residual)

pairs = zip(deep["plain, 56"].get_weights(), deep["residual, 56"].get_weights())
print("plain and residual start alike:", all(np.array_equal(*pair) for pair in pairs))

# %% [markdown]
# Same depth, same initial weights. Two things have to get through all these layers. On the way forward, it is the
# signal: the last layers need numbers that differ from picture to picture. After each block we measure how much
# they differ, as the standard deviation over 128 pictures. For comparison we add a plain network without batch
# norm.

# %%
clothes = datasets.fashion_mnist().train
tiny = clothes.images[:1600].reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)) / 255
tiny_labels = clothes.labels[:1600]


def differences(network):
    """Standard deviation over pictures after each block."""
    blocks = [layer.output for layer in network.layers if layer.name.startswith("block")]
    outputs = keras.Model(network.input, blocks)(tiny[:128], training=True)
    return [float(np.std(block, axis=0).mean()) for block in outputs]


keras.utils.set_random_seed(0)
without = {"plain, 56, no batch norm": deep_network(56, residual=False, norm=False)}
spreads = {name: differences(network) for name, network in (deep | without).items()}
plots.curves(
    {name: (np.linspace(0, 1, len(row)), row) for name, row in spreads.items()},
    xlabel="relative depth: 0 first block, 1 last block",
    ylabel="size of the differences",
    logy=True,
    alt="Standard deviation over pictures by depth: it falls ten-thousandfold without batch norm only.",
)

# %% [markdown]
# Without batch norm, the differences between pictures shrink about ten-thousandfold on the way. With batch norm
# they stay, and with the addition they even grow. So the way forward is open, even through 56 plain layers. Now the
# way back. The **gradient** tells each weight how to change. How large is it at each convolution? We measure its
# length as a vector.


# %%
def gradient_sizes(network):
    """Size of the gradient at each convolution, from the first to the last."""
    kernels = [
        layer.kernel.value for layer in network.layers if isinstance(layer, layers.Conv2D)
    ]
    with tf.GradientTape() as tape:
        predicted = network(tiny[:128], training=True)
        loss = keras.losses.sparse_categorical_crossentropy(tiny_labels[:128], predicted)
        loss = tf.reduce_mean(loss)
    return [float(tf.norm(g)) for g in tape.gradient(loss, kernels)]


sizes = {name: gradient_sizes(network) for name, network in deep.items()}
for name, row in sizes.items():
    print(f"{name:13} first layer / last layer: {row[0] / row[-1]:7.1f}")
plots.curves(
    {name: (np.linspace(0, 1, len(row)), row) for name, row in sizes.items()},
    xlabel="relative depth: 0 first layer, 1 last layer",
    ylabel="size of the gradient",
    logy=True,
    alt="Gradient by depth: it grows a thousandfold towards the input of plain, 56 only.",
)

# %% [markdown]
# In the plain network of 56 layers, the gradient grows by about 15 % per layer on its way back. That sounds
# harmless, but 1.15 multiplied by itself 54 times is nearly 2,000. That makes it hard to choose one learning rate
# for all layers.
#
# In a residual block, one part of the gradient goes through $F$. The other part goes around $F$, untouched. So the
# gradient grows much more slowly: at the first layer it is 3 times as large as at the last, not 2,000 times. What
# do you expect from the training?

# %%
losses = {}
for name, network in deep.items():
    network.compile(
        keras.optimizers.SGD(0.02, momentum=0.9), "sparse_categorical_crossentropy"
    )
    history = network.fit(tiny, tiny_labels, batch_size=64, epochs=6, verbose=0).history
    losses[name] = history["loss"]
    print(f"{name:13} loss after each epoch:", *(f"{loss:.2f}" for loss in losses[name]))
plots.curves(
    {name: (np.arange(1, 7), row) for name, row in losses.items()},
    xlabel="epoch",
    ylabel="training loss",
    markers=True,
    alt="Training loss of the four networks: plain, 56 falls slowest by far.",
)

# %% [markdown] syllabus="J5"
# These are single runs, so look only at large differences. After six epochs the plain network of 56 layers is far
# behind the one of 20, on its own training data. So this is not overfitting. The residual network of 56 layers has
# the same initial weights, and it starts worst, with a loss of 3.54: even guessing gives 2.30. Its numbers grow
# with depth, as the first plot showed. But then it falls fast, and by the end it has overtaken both plain networks.
#
# This fits what the gradients suggested. Still, more depth did not pay: residual, 20 is best throughout. The
# addition makes depth *possible*. Whether it pays depends on the task.

# %%
quiz.ask("04", "depth")

# %% [markdown]
# ### Write the block
#
# Why does an addition help so much? A plain block has to learn all of $H(x)$. A residual block learns only the
# difference to its input, and if nothing should change, $F(x) = 0$ is enough. On the way back, the derivative of
# $F(x) + x$ is $F'(x) + 1$. The 1 is the path around $F$. If $F'$ is small, the gradient neither vanishes nor
# explodes. (The last ReLU still stops it where the sum is negative.)
#
# **Exercise 4.** Write the block: convolution 3×3, batch norm, ReLU, convolution 3×3, batch norm; then add `x`,
# then ReLU. `x` has `filters` channels already. Use `padding="same"` and `use_bias=False` in the convolutions. Let
# the *second* batch norm start with `gamma_initializer="zeros"`. Its scale is 0 then, so $F(x) = 0$, and a new
# block passes its input through unchanged, as long as that is positive (after a ReLU, it is). We say that the block
# starts as the **identity**. Could a plain block start like that?


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
# A plain block could not start like that: it would output only zeros, and so would every block after it.
#
# ### Residual blocks in two real networks
#
# Here are the convolutions in one block of ResNet-50 and in one of EfficientNet-Lite0, and how many additions each
# network has. Where is each block wide, and where is it narrow?

# %% tags=["nbval-check-output"]
blocks = {
    "ResNet-50": [f"conv2_block2_{part}_conv" for part in (1, 2, 3)],
    "EfficientNet-Lite0": [
        f"stage3_block2_{part}_conv" for part in ("expand", "depthwise", "project")
    ],
}
for name, one in {"ResNet-50": resnet, "EfficientNet-Lite0": base}.items():
    additions = sum(isinstance(layer, layers.Add) for layer in one.layers)
    print(f"{name}, {additions} additions")
    for layer in map(one.get_layer, blocks[name]):
        size, channels = layer.kernel.shape[0], layer.input.shape[-1]
        print(
            f"  {size}×{size}, {channels:3} -> {layer.output.shape[-1]:3} channels:", end=""
        )
        print(f" {layer.count_params():6,} weights and biases")

# %% [markdown]
# ResNet-50's block is wide, narrow, wide: it squeezes 256 channels down to 64, so the expensive 3×3 convolution
# works on few channels. That is a **bottleneck**. EfficientNet's block is narrow, wide, narrow, and it keeps its
# wide middle cheap in a different way: a **depthwise** convolution filters each channel by itself. Both add their
# input at the end.

# %%
quiz.ask("04", "bottleneck")

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
# | place | what you find there | in Keras 3 |
# |---|---|---|
# | `keras.applications` | classic image networks with ImageNet weights | as in section 2 |
# | KerasHub, Hugging Face Hub | newer, larger networks for text and images; anyone can publish | with the package keras-hub |
# | TensorFlow Hub, now on Kaggle | modules for text and images | `backbones.hub_layer`, next cell |
# | PyTorch Hub, torchvision, timm | what research publishes first | with PyTorch as backend, or converted |
#
# Wherever you take a network from, read its licence and what it was trained on. That decides what it can do, and
# where it is blind.
#
# A **module** of TensorFlow Hub is a folder with a program and its weights. Many of them turn sentences into
# numbers, just as our base turns pictures into numbers. Here is a tiny one, made on the spot, so that the cell
# needs no network: each word gets 128 random numbers, and a sentence gets the mean of its words. `hub_layer` makes
# a Keras layer of it. Four sentences go in. What shape comes out?

# %% tags=["nbval-check-output"]
sentences = tf.constant(
    ["a red leather bag", "a bag of red leather", "running shoes", "shoes for running"]
)
words = layers.TextVectorization()
words.adapt(sentences)
vectors = layers.Embedding(words.vocabulary_size(), 128, mask_zero=True)
module = keras.Sequential(
    [keras.Input((), dtype="string"), words, vectors, layers.GlobalAveragePooling1D()]
)
folder = Path(tempfile.mkdtemp())
module.export(folder / "sentences", verbose=False)

embed = backbones.hub_layer(folder / "sentences")
print("sentences", sentences.shape, "-> numbers", embed(sentences).shape)

# %% [markdown]
# Each sentence became a row of 128 numbers, however many words it has. The modules on the hub have learnt theirs from
# billions of words, and you use them in the same way, with an address instead of a folder:
# `hub_layer("https://tfhub.dev/google/nnlm-en-dim128/2")` also turns four sentences into an array of shape (4, 128).

# %% [markdown] syllabus="E4"
# ## 8. Save it, load it, ask it
#
# We trained heads on features. To name a photo, put base and head together again: pixels in, probabilities out.
# One file then holds both, scaling included. Does the loaded network give the same answers?

# %%
keras.utils.set_random_seed(0)
head = make_head(strength)
head.fit(rows, answers, epochs=40, verbose=0)
inputs = keras.Input((192, 192, 3))
finished = keras.Model(inputs, head(base(inputs, training=False)))
finished.save(folder / "handbags_shoes.keras")
loaded = keras.models.load_model(folder / "handbags_shoes.keras")

before, after = (one.predict(pictures[:20], verbose=0) for one in (finished, loaded))
print("same answers after loading:", np.allclose(before, after, atol=1e-5))
own_photo.classify(loaded.predict, data.class_names, sample)

# %% [markdown]
# What is left to gain? The base was made for a thousand other classes. In section 5 its last layers were allowed to
# learn from our pictures, and we saw no gain. Lesson 5 shows when it does pay.

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
        "test accuracy, from scratch, 96 pictures, mean of 5": ways["from scratch"][
            96
        ].mean,
        "test accuracy, features, 4 pictures, mean of 5": ways["features"][4].mean,
        "test accuracy, fine-tuned, 96 pictures, mean of 5": ways["fine-tuned"][96].mean,
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
# - With features, 4 labelled pictures gave a better classifier than 96 pictures from scratch.
# - Compare two models on the same test pictures, and look at the pictures on which exactly one is right.
# - A residual block adds its input to what it computes, so the gradient keeps a similar size at every depth.
# - With a network from a hub you also get its licence and its blind spots.
#
# ## Where next
#
# - [Lesson 5](05_fine_tuning.ipynb) lets the base learn too, and shows what goes wrong when that is done carelessly.
# - Back to [lesson 3](03_handbags_vs_shoes.ipynb) for the data and the network from scratch.
# - Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun, *Deep residual learning for image recognition*, 2016.
#   Ali Sharif Razavian and others, *CNN features off-the-shelf: an astounding baseline for recognition*, 2014.
#   Mingxing Tan and Quoc Le, *EfficientNet: rethinking model scaling for convolutional neural networks*, 2019.
#
# ## Going further: why not the layers that tutorials use?
#
# Older tutorials put a module into a model with `hub.KerasLayer`. Keras 3 has `TFSMLayer`, which runs a folder as
# it is. Try both.

# %%
import tensorflow_hub as hub

text = keras.Input((), dtype="string")
options = {"signature": "serving_default", "output_key": "output_0"}
try:
    keras.Sequential([text, hub.KerasLayer(str(folder / "sentences"), **options)])
except ValueError as error:
    print("hub.KerasLayer:", str(error).split(". ")[0])

frozen = keras.layers.TFSMLayer(str(folder / "sentences"), call_endpoint="serve")
network = keras.Sequential([text, frozen, layers.Dense(1)])
network.compile("adam", "mse")
try:
    network.fit(sentences, np.zeros(4), verbose=0)
except ValueError as error:
    print("TFSMLayer, training:", str(error).split(". ")[0])

# %% [markdown]
# `hub.KerasLayer` is a layer of Keras 2, and Keras 3 refuses it. With `TFSMLayer`, the optimizer refuses the names
# of the module's weights. `hub_layer` gives them to Keras under names that it accepts. So a module can be frozen or
# trained, and it is saved and loaded with the model.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

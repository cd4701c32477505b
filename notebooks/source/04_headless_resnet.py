# %% [markdown]
# # 4. A ResNet without its head
#
# <!-- badges -->
#
# Topics: transfer learning, features, neighbours, how many pictures, residual connections, model hubs.
#
# Lesson 3 ended badly: under 100 pictures are too few to learn edges, straps and shadows from scratch. But other
# people have already trained networks on more than a million photos, and they give the weights away. In this
# lesson we take such a network, remove its last layer, and put our own in its place. Ten cells from here, it tells
# handbags from shoes.
#
# **You will learn**
#
# - to do transfer learning in fifteen lines of plain Keras;
# - to run a trained network once and train on what it says;
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
# the cell.

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
    alt="A cup of coffee, a cat and a motorcycle, each named.",
)

# %% [markdown]
# Three right names, and we have trained nothing. What else did it consider for the cat? The probabilities are 1,000
# numbers, and `imagenet.categories` holds the 1,000 names in the same order.
#
# **Exercise 1.** Write a function that returns the `count` most probable names, the most probable one first.
# `np.argsort(probabilities)` helps: it returns the places of the numbers, from the smallest number to the largest.


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
    places = np.argsort(probabilities)[::-1][:count]
    return [names[place] for place in places]


# %% [markdown]
# Now show it something of yours. Put a shoe or a bag on the table and upload a photo, or use the camera. Until you
# do, one of our pictures stands in. (They are drawn by this course. Where real photos are at hand, the lesson takes
# those, and your numbers will differ from the ones that we discuss.)

# %%
data = datasets.handbags_and_shoes(size=(192, 192))
sample = data.test.images[15]
own_photo.classify(imagenet.predict, imagenet.categories, sample, top=5)

# %% [markdown] syllabus="E3 E4"
# ## 2. Transfer learning in fifteen lines
#
# The network answers in its own 1,000 words, and neither "shoe" nor "handbag" is among them. The drawn boot gets several
# names: running shoe, clog, shoe shop. We want two words. So we keep everything that the network has learnt about
# pictures and replace only its last layer, which turns this knowledge into names. That is **transfer learning**. The
# last layer is called the **head**. A network without it is **headless**, and we call it the **base**.
#
# The next cell makes four decisions. `headless` leaves the head out. `trainable = False` **freezes** the base: its
# weights will not change. `training=False` asks for **inference mode**, in which batch norm keeps the means it has
# learnt. A new `Dense` layer gives our two probabilities. Predict how many weights will train.

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
        plots.Box("base", "EfficientNet-Lite0", "frozen"),
        plots.Box("1,280\nfeatures"),
        plots.Box("Dense\n2 classes", "our head", "new"),
    ],
    alt="A picture goes into the frozen base, features come out, and the new head gives two probabilities.",
)

# %%
model.compile(
    keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = model.fit(*data.train, epochs=5, validation_data=data.validation, verbose=2)

# %% [markdown]
# Each pair of lines is one **epoch**: every training picture went through the network once. `val_accuracy` is the share
# of right answers on the 24 validation pictures. Now the test pictures, which had no part in training.

# %%
loss, first_try = model.evaluate(*data.test, verbose=0)
print(f"{first_try:.3f} of {len(data.test.labels)} test pictures are named rightly")

# %%
own_photo.classify(model.predict, data.class_names, sample)

# %% [markdown]
# That was all: a base, a head, `compile`, `fit`, `evaluate`, and `predict` on a photo. Nine in ten are right, where
# lesson 3 got about six in ten from these pictures. Show it your shoe, your bag, and then your hand. It has only two
# words, so it has to choose one of them for a hand too.

# %%
quiz.ask("04", "trains")

# %% [markdown]
# **Exercise 2.** Now from memory, without looking up: write a function that takes a base and returns such a model with
# two classes. Do not compile it. The check calls your function with a small base of its own.


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
# ### Two traps
#
# **Batch norm.** Our batches are small and unlike ImageNet, so their means would be a poor guide. A frozen layer of
# batch norm always runs in inference mode, so `base.trainable = False` protects it. The `training=False` says the same
# once more. You will see it in every tutorial, and older versions of Keras depended on it.
#
# **Scaling.** Each network wants its pixels as they were in its own training. EfficientNet-Lite0 wants about −1 to 1.
# That step is inside our base, so we give it 0 to 255. What happens if somebody divides by 255 first, as lesson 2 did?

# %%
pictures, labels = data.test.images[:60], data.test.labels[:60]
for name, pixels in {"0 to 255": pictures, "divided by 255": pictures / 255}.items():
    accuracy = model.evaluate(pixels, labels, verbose=0)[1]
    print(f"{name:15} {accuracy:.2f} right")

# %%
quiz.ask("04", "scaling")

# %% [markdown]
# ### The same with ResNet-50
#
# The title promises a ResNet. **ResNet-50** is the classic of 2015, and Keras brings it. In `keras.applications` the
# head goes with `include_top=False`, the features come from `pooling="avg"`, and the scaling is a function that you
# have to call yourself, `preprocess_input`. All the rest stays as it was. Its weights are a download of 95 MB, so
# without a network we only build it.

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
# Look at the seconds of each epoch above. In every epoch the base computed the same features from the same pictures,
# because its weights never change. So run it **once**, and keep what it says. From then on a picture is a row of
# numbers, its **features**.

# %% tags=["nbval-check-output"]
train_rows = base.predict(data.train.images, verbose=0)
validation_rows = base.predict(data.validation.images, verbose=0)
test_rows = base.predict(data.test.images, verbose=0)
print("pictures", data.test.images.shape, "-> features", test_rows.shape)

# %% [markdown]
# ### What does the old head make of them?
#
# Everything that the whole network says, it computes from these 1,280 numbers, with one dense layer. ImageNet does have
# three classes of bags and five of shoes. How sure is the network that a picture shows any bag at all? Add the three
# probabilities. How sure is it that there is any shoe? Add the five. Then let the larger sum decide. Nothing is trained
# here. How often will that be right?

# %%
tags = np.asarray(imagenet.get_layer("predictions")(test_rows))
bags = ["purse", "backpack", "mailbag"]
shoes = ["running shoe", "sandal", "clog", "Loafer", "cowboy boot"]
bags = [imagenet.categories.index(name) for name in bags]
shoes = [imagenet.categories.index(name) for name in shoes]

any_bag, any_shoe = tags[:, bags].sum(axis=1), tags[:, shoes].sum(axis=1)
ours = np.isin(tags.argmax(axis=1), bags + shoes).mean()
right = {"old head": (any_shoe > any_bag) == data.test.labels}
print(f"our sample: any bag {any_bag[15]:.2f}, any shoe {any_shoe[15]:.2f}")
print(f"the best name is one of these eight for {ours:.2f} of the pictures")
print(f"the larger sum is right for {right['old head'].mean():.3f} of them")

# %% [markdown]
# For two thirds of the pictures the best name is something else entirely. Even so, the larger sum is right for more
# than eight in ten: the network sees the difference, although it lacks the words. A head made for our question should do
# better.
#
# ### A new head on features
#
# The training data are rows of numbers now, and training takes a second or two. There is one danger. We have fewer
# pictures than features, so a head can learn its training pictures by heart. **L2 regularisation** works against this:
# it adds a strength times the sum of the squared weights to the loss, so large weights cost something. Which strength?
# We try four and judge each by its validation loss, because the accuracy of 24 pictures is too coarse.


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
# Every head has learnt its training pictures by heart, and yet the validation loss is smallest without any penalty. We
# asked, and the answer is: these features need none. (The loss is compared without the penalty itself.)
#
# The choice is made, so the validation pictures may help to train now. Is a linear head enough, or does a hidden layer
# find more in the features? And how far behind is a network like that of lesson 3, which learns from pixels? All see
# the same 96 pictures and are tested on the same ones.

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
    """Build a network like that of lesson 3: random changes, four blocks, a dense layer."""
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
# each such picture would be a coin toss, and `p` is the probability that the coins fall at least this unevenly. Knowledge
# from elsewhere wins clearly, and so does a head of our own against the old one. The hidden layer changes almost nothing,
# so the linear head is all we need.

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
plots.image_scatter(
    centred @ directions.T,
    data.test.images,
    [data.class_names[label] for label in data.test.labels],
    alt="Test pictures in a plane by their features: handbags and shoes fill different regions.",
)

# %% [markdown]
# Each mark is a picture, and its colour is the true class, which the map did not know. Handbags lie on the left and shoes
# on the right, with a strip between them where they mix. The first direction alone nearly tells our classes apart.
#
# ### Which picture is most like this one?
#
# Two rows of features point in a similar direction if the angle between them is small. The **cosine** of the angle is
# 1 for the same direction and 0 for a right angle. It is the sum of products of the two rows, divided by the lengths of
# both.
#
# **Exercise 3.** Write a search engine for pictures: a function that returns the places of the `count` rows with the
# largest cosine to the row at `place`, the largest first, and without `place` itself. `np.linalg.norm(rows, axis=1)`
# gives the length of each row.


# %% tags=["exercise"]
def nearest(rows, place, count):
    """Return the places of the rows that point most nearly the same way as one of them."""
    return ...


# %%
if check.exercise(check.nearest, nearest, otherwise=False):
    print(nearest(test_rows, 15, 5))


# %% tags=["solution"]
def nearest(rows, place, count):
    """Return the places of the rows that point most nearly the same way as one of them."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = np.argsort(unit @ unit[place])[::-1]
    return order[order != place][:count]


# %% [markdown]
# Here are four test pictures, each with its five nearest neighbours and their cosines. What do neighbours have in common
# with the picture on the left: the class, the pose, the background, the things around it?

# %%
unit = test_rows / np.linalg.norm(test_rows, axis=1, keepdims=True)
cosines = unit @ unit.T
order = np.argsort(-cosines, axis=1)[:, :6]  # the first is the picture itself
asked = [14, 15, 12, 1]
titles = [f"{cosines[one, other]:.2f}" for one in asked for other in order[one]]
plots.image_grid(
    data.test.images[order[asked].ravel()],
    titles,
    columns=6,
    size=1.4,
    alt="Four rows: a test picture, and the five others whose features point most nearly the same way.",
)

# %% [markdown]
# The tote finds totes, and the boot finds boots. The backpack on tiles also finds a shoe on tiles, and the sandal beside
# a mug finds a shoe and two bags beside mugs. Features hold all that ImageNet needed, and our head has to learn which
# part counts. Are they better than pixels? For every test picture, is the nearest other one of the same class?

# %%
labels = data.test.labels
flat = data.test.images.reshape(len(labels), -1).astype("float32")
flat = flat - flat.mean(axis=0)
flat /= np.linalg.norm(flat, axis=1, keepdims=True)
for name, table in {"features": cosines, "pixels": flat @ flat.T}.items():
    neighbour = np.argsort(-table, axis=1)[:, 1]
    share = np.mean(labels[neighbour] == labels)
    print(f"by {name:8}: the nearest picture is of the same class for {share:.0%}")

# %%
quiz.ask("04", "neighbours")

# %% [markdown] syllabus="E7"
# ## 5. How many labelled pictures do you need?
#
# Labels are what costs work. So take 4, 16 or all 96 labelled pictures, and compare three ways to use them: learn from
# **scratch**, train a head on **features**, or **fine-tune**: let the last layers of the base learn as well, at a low
# rate. For each number we draw five choices of pictures, half of each class. The test pictures stay the same.
# Before you run this, draw the three curves that you expect.


# %%
def some(inputs, test_inputs, count, seed):
    """Choose `count` labelled pictures at random, half of each class; test on all test pictures."""
    rng = np.random.default_rng(seed)
    each = [
        rng.choice(np.flatnonzero(answers == k), count // 2, replace=False) for k in (0, 1)
    ]
    chosen = np.concatenate(each)
    return SimpleNamespace(
        train=(inputs[chosen], answers[chosen]), test=(test_inputs, data.test.labels)
    )


def by_count(build, inputs, test_inputs, steps):
    """Train with 4, 16 and 96 pictures, for five choices of pictures each."""
    found = {}
    for count in (4, 16, 96):
        batches = max(1, count // 32)  # in one epoch
        choose = partial(some, inputs, test_inputs, count)
        found[count] = training.repeat(build, choose, range(5), epochs=steps // batches)
    return found


# %% [markdown]
# Fine-tuning changes the last seven of the base's 49 convolutions, which hold nearly half of its weights. What lies
# below stays frozen, so here too we run it once and keep what it says. Batch norm stays frozen as well, and the new head
# starts with zeros. Lesson 5 explains both.

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
for name, found in ways.items():
    for count, runs in found.items():
        print(f"{name}, {count:2} pictures: {runs}")
plots.accuracy_by_size(
    ways,
    chance=0.5,
    alt="Test accuracy against labelled pictures: three ways, with error bars.",
)

# %% [markdown]
# With 4 labelled pictures, a head on features names more than 80 of 100 test pictures rightly. The network from scratch
# guesses, and even with 96 pictures it stays far below that. This is what transfer learning buys: ImageNet has paid for
# most of the pictures that we would have needed.
#
# Fine-tuning gains nothing here. At no number is it better than a head on features. It moves over a million weights, few
# pictures say where to, and features leave little to gain. (On real photos in clutter there is more to gain, and with all
# 96 of them we have seen fine-tuning come out ahead.) Lesson 5 shows tasks on which it clearly wins.

# %%
quiz.ask("04", "curves")

# %% [markdown] syllabus="E2"
# ## 6. Why could a network this deep be trained?
#
# EfficientNet-Lite0 and ResNet-50 have about 50 layers of weights each. Before 2015 nobody trained such networks. A deeper
# network can do all that a shallower one can, since its extra layers could just hand their input on. In practice 56
# layers ended *worse* than 20, and not on the test, but on their own training data.
#
# The cure is one addition. A **plain** block computes $H(x) = \mathrm{relu}(F(x))$, where $F$ is two convolutions. A
# **residual** block adds its input before the last ReLU: $H(x) = \mathrm{relu}(F(x) + x)$.

# %%
plots.flow(
    ["x", "conv 3×3", "ReLU", "conv 3×3", "+", "ReLU", "H(x)"],
    skip=(0, 4),
    groups={"F(x)": (1, 3)},
    alt="A residual block: x goes through two convolutions, and past them to a plus before the last ReLU.",
)

# %% [markdown]
# We repeat the experiment with small images of clothes: 14×14 pixels, eight channels, and 20 or 56 layers of 3×3, each
# followed by batch norm. Find the one line below in which plain and residual differ.


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
# difference between pictures: if all pictures look alike at the end, nothing can tell them apart. We measure it as the
# standard deviation over 128 pictures behind each block. For comparison we add a plain network without batch norm.

# %%
clothes = datasets.fashion_mnist().train
tiny = clothes.images[:1600].reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)) / 255
kind = clothes.labels[:1600]


def differences(network):
    """Standard deviation over pictures behind each block."""
    blocks = [layer.output for layer in network.layers if layer.name.startswith("block")]
    outputs = keras.Model(network.input, blocks)(tiny[:128], training=True)
    return [float(np.std(block, axis=0).mean()) for block in outputs]


keras.utils.set_random_seed(0)
bare = {"plain, 56, no batch norm": deep_network(56, residual=False, norm=False)}
found = {name: differences(network) for name, network in (deep | bare).items()}
plots.curves(
    {name: (np.linspace(0, 1, len(row)), row) for name, row in found.items()},
    xlabel="depth: 0 behind the first block, 1 behind the last",
    ylabel="difference between pictures",
    logy=True,
    alt="Difference between pictures by depth: it collapses without batch norm only.",
)

# %% [markdown]
# Without batch norm the pictures become alike: their difference shrinks about ten-thousandfold on the way. Batch norm
# keeps it, in all four networks. So the way forward is open, even through 56 plain layers. Now the way back. The
# **gradient** tells each weight how to change. How long is it at each convolution?


# %%
def gradient_lengths(network):
    """Length of the gradient at each convolution, from the first to the last."""
    kernels = [
        layer.kernel.value for layer in network.layers if isinstance(layer, layers.Conv2D)
    ]
    with tf.GradientTape() as tape:
        answers = network(tiny[:128], training=True)
        loss = keras.losses.sparse_categorical_crossentropy(kind[:128], answers)
        loss = tf.reduce_mean(loss)
    return [float(tf.norm(g)) for g in tape.gradient(loss, kernels)]


lengths = {name: gradient_lengths(network) for name, network in deep.items()}
for name, row in lengths.items():
    print(f"{name:13} first layer / last layer: {row[0] / row[-1]:7.1f}")
plots.curves(
    {name: (np.linspace(0, 1, len(row)), row) for name, row in lengths.items()},
    xlabel="depth: 0 at the input, 1 at the output",
    ylabel="length of the gradient",
    logy=True,
    alt="Gradient length by depth: it grows a thousandfold towards the input of plain, 56 only.",
)

# %% [markdown]
# In the plain network of 56 layers, the gradient grows from layer to layer on its way back. At the first layer it is about
# two thousand times as long as at the last. One learning rate has to serve both: what is right for the last layers is far
# too much for the first. In a residual network, the addition gives the gradient a way around each block, and its length
# stays similar. What do you expect from the training?

# %%
losses = {}
for name, network in deep.items():
    network.compile(
        keras.optimizers.SGD(0.02, momentum=0.9), "sparse_categorical_crossentropy"
    )
    history = network.fit(tiny, kind, batch_size=64, epochs=6, verbose=0).history
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
# After six epochs the plain network of 56 layers is far behind the one of 20, on its own training data. So this is not
# overfitting. With the addition, the same depth and the same initial weights overtake both plain networks. But 56 residual
# layers do not beat 20 here. The addition makes depth possible. Whether depth pays depends on the task, and for tiny images
# and six epochs it does not.

# %%
quiz.ask("04", "depth")

# %% [markdown]
# ### Write the block
#
# Why does an addition help so much? A plain block has to learn all of $H(x)$. A residual block learns only the
# difference to its input, and if nothing should change, $F(x) = 0$ is enough. On the way back, the derivative of
# $F(x) + x$ is $F'(x) + 1$: the 1 lets the gradient pass, whatever $F$ does. (The last ReLU still stops it where the sum
# is negative.)
#
# **Exercise 4.** Write the block: convolution 3×3, batch norm, ReLU, convolution 3×3, batch norm; then add `x`, then ReLU.
# Use `padding="same"` and `use_bias=False` in the convolutions. And let the *second* batch norm start with
# `gamma_initializer="zeros"`. Its scale is 0 then, so $F(x) = 0$, and a new block hands positive numbers on unchanged. It
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
    return layers.ReLU()(f + x)


# %% [markdown]
# ### Two blocks of real networks
#
# A plain block with this start would give zeros only, and everything after it too.
#
# Here are the convolutions in one block of ResNet-50 and in one of EfficientNet-Lite0, and how many additions each network
# has. Where is each block wide, and where is it narrow?

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
        size, channels = layer.kernel.shape[0], layer.output.shape[-1]
        print(
            f"  {size}×{size} to {channels:3} channels: {layer.count_params():6,} weights"
        )

# %% [markdown]
# ResNet-50's block is wide, narrow, wide: it makes 256 channels into 64, so the expensive 3×3 convolution works on few
# channels. That is a **bottleneck**. EfficientNet's block is narrow, wide, narrow, and makes its middle cheap in another
# way: a **depthwise** convolution filters each channel by itself. Both add their input at the end.

# %%
quiz.ask("04", "bottleneck")

# %% [markdown] syllabus="E1 E6"
# ## 7. Where are trained networks found?
#
# Two habits of the field make transfer learning work. The first: each kind of data has an architecture that people
# start from. The second: whoever trains a large network publishes its weights.
#
# | data | what matters | people start from |
# |---|---|---|
# | images | which pixels are neighbours, wherever in the image they are | convolutional networks, vision transformers |
# | text, sound | what came before, also long before | transformers, recurrent networks |
# | molecules, road maps | what is connected to what | graph neural networks |
# | tables | columns in no particular order | boosted decision trees, small dense networks |
#
# | place | what you find there | in Keras 3 |
# |---|---|---|
# | `keras.applications` | classic image networks with ImageNet weights | as in section 2 |
# | KerasHub, Hugging Face Hub | newer, larger networks for text and images; anybody may publish | with the package keras-hub |
# | TensorFlow Hub, now on Kaggle | modules for text and images | `backbones.hub_layer`, next cell |
# | PyTorch Hub, torchvision, timm | what research publishes first | with PyTorch as backend, or converted |
#
# Wherever you take a network from, read its licence and what it was trained on. What it has seen decides what it can
# do, and where it is blind.
#
# A **module** of TensorFlow Hub is a folder with a program and its weights. Many of them turn sentences into numbers,
# just as our base turns pictures into numbers. Here is a tiny one, made on the spot, so that the cell needs no network:
# each word gets 128 random numbers, and a sentence gets the mean of its words. `hub_layer` makes a Keras layer of it.
# Four sentences go in. What shape comes out?

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
# billions of words, and you use them in the same way, with an address in place of the folder:
# `hub_layer("https://tfhub.dev/google/nnlm-en-dim128/2")` also takes (4,) sentences to (4, 128).

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
# What is left to gain? The base was made for a thousand other classes, and so far we only weigh what it says. In
# section 5 its last layers were allowed to learn from our pictures. Lesson 5 does that properly.

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
        "test accuracy, from scratch": right["from scratch"].mean(),
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
# - A frozen base says the same in every epoch. Run it once, and train on its features.
# - With features, few labelled pictures do what many cannot do from scratch.
# - Compare two models on the same test pictures, and look at the pictures on which exactly one is right.
# - A residual block adds its input to what it computes, so that gradients reach the first layers.
# - A network from a hub brings its licence and its blind spots along.
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
# Older tutorials put a module into a model with `hub.KerasLayer`. Keras 3 has `TFSMLayer`, which runs a folder as it is.
# Try both.

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
# `hub.KerasLayer` is a layer of Keras 2, and Keras 3 refuses it. With `TFSMLayer`, the optimizer refuses the names of the
# module's weights. `hub_layer` gives them to Keras under names that it accepts. So a module can be frozen or trained, and
# it is saved and loaded with the model.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

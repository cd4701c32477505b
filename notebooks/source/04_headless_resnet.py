# %% [markdown]
# # 4. A ResNet without its head
#
# <!-- badges -->
#
# Topics: residual connections, headless networks, feature extraction, neighbours, how many images, model hubs.
#
# Lesson 3 ended with a network that starves: under 100 pictures do not tell it what edges, straps and shadows
# are. Other people have trained networks on a million pictures and given them away. Can we use what they have
# learnt, though their pictures showed other things?
#
# **You will learn**
#
# - why very deep networks could not be trained, and how one addition changed that;
# - to take a trained network, leave its last layer out, and read what is left;
# - to train on features instead of pixels: faster, and far better;
# - to look at a representation: a map, and the neighbours of a picture;
# - how many pictures you need, with and without knowledge from elsewhere;
# - where trained networks are found, and how to use a module from a hub in Keras 3.

# %% tags=["setup"]
# setup

# %%
import dataclasses
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from helpers import backbones, convolution, datasets, own_photo, plots, quiz, training

keras.utils.set_random_seed(0)

# %% [markdown] syllabus="E1"
# ## 1. Why reuse networks at all?
#
# Two habits of the field meet here. The first: the architecture follows the kind of data, and for each kind
# there is one that people start from.
#
# | data | what matters | usual architecture |
# |---|---|---|
# | images | what is next to what, wherever it is | convolutional networks, vision transformers |
# | text, sound, other sequences | what came before, also long before | transformers, recurrent networks |
# | molecules, road maps, friendships | who is connected to whom | graph neural networks |
# | tables | columns without an order | decision trees, boosted; small dense networks |
#
# The second: who trains a large network publishes its weights. ResNet-50, a classic, took days on several GPUs
# and 1.28 million labelled photos. Today its weights are a file of 100 megabytes. So the question is no longer
# whether we can afford such a network. What can a network that was trained to name a thousand other categories
# do for our two? (Where ResNet-50 is not at hand, this lesson takes a smaller network, and says which.)
#
# First, what is a ResNet?

# %% [markdown] syllabus="E2"
# ## 2. What happens when a network gets deeper?
#
# A deeper network can do all that a shallower one can: let the additional layers hand their input on. So it
# should reach at least the same training error. In 2015 it did not: a network of 56 layers came out *worse*
# than one of 20, on its own training data. We repeat it in miniature: 14×14 pixels, eight channels, layers of
# 3×3. Every block has two convolutions, F. A **plain** block gives relu(F(x)), a **residual** block gives
# relu(F(x) + x).


# %%
def deep_network(depth, residual):
    """Build a network of `depth` layers for 14x14 images, of plain or of residual blocks."""
    start = "zeros" if residual else "he_normal"
    conv = {"filters": 8, "kernel_size": 3, "padding": "same"}
    first = {**conv, "activation": "relu", "kernel_initializer": "he_normal"}
    inputs = keras.Input((14, 14, 1))
    x = layers.Conv2D(**first)(inputs)
    for number in range((depth - 2) // 2):
        f = layers.Conv2D(**first)(x)
        f = layers.Conv2D(**conv, kernel_initializer=start, name=f"second_{number:02}")(f)
        x = layers.ReLU()(f + x if residual else f)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


kinds = {"plain, 20": (20, False), "plain, 56": (56, False), "residual, 56": (56, True)}
deep = {}
for name, (depth, residual) in kinds.items():
    keras.utils.set_random_seed(0)
    deep[name] = deep_network(depth, residual)

# %% [markdown]
# Before any training: how much gradient do the blocks get? Its length at the second convolution of each block
# tells. Zeros in the second convolution make a new residual block pass its input on unchanged, which is the
# **identity**. (A plain block cannot start so: its output would be zero, and so would all that follows. The
# addition is what makes this start possible.)

# %%
clothes = datasets.fashion_mnist().train
small = clothes.images[:2000].reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)) / 255
targets = clothes.labels[:2000]


def gradient_norms(model):
    """Length of the gradient at each block's second convolution, from input to output."""
    kernels = [layer.kernel for layer in model.layers if layer.name.startswith("second")]
    with tf.GradientTape() as tape:
        answers = model(small[:256])
        loss = tf.reduce_mean(
            keras.losses.sparse_categorical_crossentropy(targets[:256], answers)
        )
    return [
        float(tf.norm(g)) for g in tape.gradient(loss, [kernel.value for kernel in kernels])
    ]


# %%
norms = {name: gradient_norms(model) for name, model in deep.items()}
plots.curves(
    {name: (np.linspace(0, 1, len(found)), found) for name, found in norms.items()},
    xlabel="depth in the network: 0 at the input, 1 at the output",
    ylabel="length of the gradient",
    logy=True,
    markers=True,
    alt="Gradient lengths by depth: for the plain network of 56 layers far smaller than for the residual one.",
)

# %% [markdown]
# In the deep plain network the gradients are far smaller, and smallest near the output. What happens there?
# Look at the numbers that the last convolution hands on: how much do they still differ from picture to picture?

# %%
for name, model in deep.items():
    last = keras.Model(model.input, model.layers[-2].output)
    print(
        f"{name:13} deviation between pictures at the end: {np.std(last(small[:256]), axis=0).mean():.1e}"
    )

# %% [markdown]
# Signals that pass dozens of plain layers shrink, until all pictures look alike to the last one. What will its
# training look like?

# %%
losses = {}
for name, model in deep.items():
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)  # else `fit` prepares its step twice
    losses[name] = model.fit(small, targets, batch_size=64, epochs=4, verbose=0).history[
        "loss"
    ]
    print(
        f"{name:13} loss after each epoch:",
        " ".join(f"{loss:.2f}" for loss in losses[name]),
    )

# %%
plots.curves(
    {name: (np.arange(1, 5), values) for name, values in losses.items()},
    xlabel="epoch",
    ylabel="training loss",
    markers=True,
    alt="Training loss over four epochs: the plain network of 56 layers hardly falls, the residual one does.",
)

# %% [markdown] syllabus="J5"
# The plain network of 56 layers learns worst, on its own training data: this is not overfitting. With the
# addition the same depth trains. Does it also beat the shallow one? It need not: four epochs are few, and a
# small task needs no depth. (Ours have no batch norm, which makes the effect large. With batch norm, plain
# networks of this depth do train, and still come out worse than shallower ones. That is what the ResNet paper
# showed.)
#
# Why does an addition help? Write $H(x)$ for what a block should do. A plain block has to learn all of $H$. A
# residual block has $H(x) = F(x) + x$, so it learns the difference $F(x) = H(x) - x$ only. If nothing should be
# done, $F = 0$ is enough, and zero is easy. And on the way back, the derivative of $F(x) + x$ is $F'(x) + 1$.
# The 1 lets the gradient
# pass even where $F'(x)$ is near 0. (The ReLU behind the sum still stops it where the sum is negative.)

# %%
quiz.ask("04", "identity")

# %% [markdown]
# ### The block in ten lines
#
# Here is the **basic block** in Keras. The last batch norm starts with scale 0, so a new block passes its input on.
# Check it.


# %%
def residual_block(x, filters):
    """Two 3x3 convolutions, and the input added to what they give."""
    conv = {"kernel_size": 3, "padding": "same", "use_bias": False}
    f = layers.Conv2D(filters, **conv)(x)
    f = layers.ReLU()(layers.BatchNormalization()(f))
    f = layers.Conv2D(filters, **conv)(f)
    f = layers.BatchNormalization(gamma_initializer="zeros")(f)
    return layers.ReLU()(layers.Add()([f, x]))


# %% tags=["nbval-check-output"]
inputs = keras.Input((8, 8, 16))
one_block = keras.Model(inputs, residual_block(inputs, 16))
positive = np.random.default_rng(0).random((1, 8, 8, 16), dtype="float32")
print("new block, output equals input:", np.array_equal(one_block(positive), positive))
print("parameters:", one_block.count_params())
print(
    "two convolutions:",
    2 * convolution.count_parameters(3, 16, 16, bias=False),
    "+ two batch norms:",
    2 * 4 * 16,
)

# %% [markdown]
# ResNet-50 and its larger sisters use a **bottleneck** block: a 1×1 convolution makes 256 channels into 64, the 3×3
# convolution works on these, and another 1×1 makes them 256 again. How many weights is that, against two 3×3
# convolutions on 256 channels?

# %%
quiz.ask("04", "bottleneck")

# %% [markdown] syllabus="E3"
# ## 3. What does a trained network say about our pictures?
#
# Take a network that somebody has trained. Its last layer gives the probabilities of *its* categories: for ImageNet's
# networks 1,000 kinds of things. `auto` takes the best network at hand, and says which.

# %%
data = datasets.handbags_and_shoes(size=(128, 128))
names = data.class_names
shown = data.test.images[:6]
found = backbones.tags("auto", shown, top=3)
plots.image_grid(
    shown,
    ["\n".join(f"{tag} {share:.0%}" for tag, share in tags) for tags in found],
    columns=6,
    size=1.55,
    alt="Six test pictures with the three most probable tags of the whole network above each.",
)

# %% [markdown]
# These are its **tags**. Some are near, some are funny. It has to choose among its own words, and they are not ours.
# ImageNet knows purse, sandal and cowboy boot, but neither "handbag" nor "shoe". `mini_resnet` has learnt categories
# without any bag or shoe; those that begin with "drawn" it knows from drawings. Now compare the tags of handbags with
# those of shoes. Where they differ, the network sees a difference, whether or not it has the right word.
#
# So leave the last layer out. What the layer before it gives is a list of numbers for each picture, and every
# tag is computed from these numbers alone. A network without its last layer is called **headless**, its numbers
# **features**. (Lesson 2 called the two parts base and top; a top is also called **head**.)

# %%
base = backbones.headless("auto")
features = backbones.features(base, data)
print(
    "weights:",
    f"{base.count_params():,}",
    " origin:",
    base.origin,
    " licence:",
    base.licence,
)
for side, split in features.splits.items():
    print(
        f"{side:10} pictures {data.splits[side].images.shape} -> features {split.images.shape}"
    )

# %% [markdown]
# Two things are easy to get wrong here. Each network wants its pixels scaled as in its own training: one wants
# −1..1, another 0..255 less a mean. `headless` holds this step inside, so it always takes 0..255. And a frozen
# network must run in **inference mode**: its batch norm uses the means it has learnt, not those of our few
# pictures.

# %%
quiz.ask("04", "scaling")

# %% [markdown] syllabus="E4"
# ## 4. How good are features?
#
# Every picture has gone through the network once. From now on a picture is a row of numbers, and training means
# training a small **head** on them. We try two: a linear one, and one with a hidden layer. Each begins by
# scaling the features to mean 0 and deviation 1, as measured on all labelled pictures. There are more features
# than pictures, so **L2** keeps the weights of the last layer small: it adds 0.05 times their squares to the
# loss.

# %%
quiz.ask("04", "head")


# %%
def merged(data):
    """Put training and validation pictures together: nothing is chosen by them here."""
    both = datasets.Split(*map(np.concatenate, zip(data.train, data.validation)))
    return dataclasses.replace(data, train=both, validation=None)


labelled, described = merged(data), merged(features)


def head(rows, hidden=0):
    """Build a linear head, or one with a hidden layer, for features like `rows`."""
    scale = layers.Normalization()
    scale.adapt(rows)
    stack = [keras.Input(rows.shape[1:]), scale]
    if hidden:
        stack += [layers.Dense(hidden, activation="relu"), layers.Dropout(0.3)]
    small = keras.regularizers.L2(0.05)
    stack.append(layers.Dense(2, activation="softmax", kernel_regularizer=small))
    model = keras.Sequential(stack, name="head")
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return model


# %%
rows = described.train.images
linear_runs = training.repeat(
    lambda: head(rows), described, range(5), epochs=40, batch_size=96
)
hidden_runs = training.repeat(
    lambda: head(rows, hidden=64), described, range(5), epochs=40, batch_size=96
)
print("linear head:      ", linear_runs)
print("one hidden layer: ", hidden_runs)

# %% [markdown]
# Now the network of lesson 3 on the same pictures and the same test: from scratch, with augmentation. It is here as
# `backbones.scratch_cnn`.


# %%
def scratch(steps=180):
    """Build the network of lesson 3, ready for a number of training steps."""
    model = backbones.scratch_cnn(training.augmentation())
    falling = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(falling), "sparse_categorical_crossentropy")
    return model


scratch_runs = training.repeat(scratch, labelled, range(3), epochs=60)
print("from scratch:", scratch_runs)

# %%
plots.runs(
    {
        "from scratch": scratch_runs,
        "features, linear": linear_runs,
        "features, hidden": hidden_runs,
    },
    chance=0.5,
    alt="Test accuracies: both heads on features lie far above the network from scratch.",
)

# %%
gain = linear_runs.mean - scratch_runs.mean
print(f"gain over the network from scratch: {100 * gain:+.0f} points")
print(
    f"seconds to train: linear head {linear_runs.seconds.mean():.1f}, from scratch {scratch_runs.seconds.mean():.1f}"
)

# %% [markdown]
# Compare the intervals: do they overlap? In lesson 3 augmentation could not settle that. Knowledge from
# elsewhere buys many points. And training is short: only the head trains, on rows of numbers. The large network
# ran once for each picture, and not once in every epoch. (That one pass is not in the seconds.)
#
# Does the hidden layer add anything? With more features than pictures, even a linear head can name all training
# pictures rightly. What is missing is pictures, not a larger head.

# %% [markdown] syllabus="E5"
# ## 5. What do the features look like?
#
# Nobody can picture hundreds of dimensions. But one can ask for the two directions in which the test pictures
# differ most (**principal components**), and put each picture there. No label goes into this map. Do you find
# two regions?


# %%
def main_directions(rows, count=2):
    """Coordinates of each row along the directions of largest variance, (n, count)."""
    centred = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
    directions = np.linalg.svd(centred, full_matrices=False)[2]
    return centred @ directions[:count].T


plots.image_scatter(
    main_directions(features.test.images)[:120],
    data.test.images[:120],
    [names[label] for label in data.test.labels[:120]],
    alt="Test pictures placed by their features in a plane; handbags and shoes fill different regions.",
)

# %% [markdown]
# The frame's colour is the true class, which the map did not know. Near each other lie pictures that the
# network finds alike. Which are the nearest of all? Scale the features as the head does, and measure the angle
# between two rows: its cosine is 1 where they point the same way.

# %%
scaled = (features.test.images - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
directions = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
queries = [0, 1, 2, 3]
cosines = directions[queries] @ directions.T
nearest = np.argsort(-cosines, axis=1)[:, :8]
plots.image_grid(
    data.test.images[nearest.ravel()],
    [
        "asked" if place == 0 else f"{cosines[row, n]:.2f}"
        for row, found in enumerate(nearest)
        for place, n in enumerate(found)
    ],
    columns=8,
    size=1.15,
    alt="Four rows: a test picture, and the seven others whose features point most nearly the same way.",
)

# %%
agree = data.test.labels[nearest[:, 1:]] == data.test.labels[queries][:, None]
every = np.argsort(-(directions @ directions.T), axis=1)[:, 1]
print(
    f"the nearest picture has the same label for {np.mean(data.test.labels[every] == data.test.labels):.0%}"
)

# %% [markdown]
# Chance would be half. What do neighbours share: the class, the colour, the pose, the background? A few lines make a
# search engine for pictures. Try it: change `queries`.

# %%
quiz.ask("04", "neighbours")

# %% [markdown] syllabus="E7"
# ## 6. How many labelled pictures do you need?
#
# Lesson 3 drew accuracy against the number of training pictures. Here is the second line. A head trains fast,
# so each size below 96 gets five random choices of pictures, half of each class; from scratch, two. Labels are
# what costs work, so count labelled pictures. (The scaling may use all: it needs no labels.) How far does the
# line of features fall to the left?


# %%
def some(data, count, seed):
    """Choose `count` training pictures at random, half of each class."""
    rng = np.random.default_rng(seed)
    chosen = [
        rng.permutation(np.flatnonzero(data.train.labels == k))[: count // 2]
        for k in (0, 1)
    ]
    chosen = rng.permutation(np.concatenate(chosen))
    return dataclasses.replace(
        data, train=datasets.Split(*(part[chosen] for part in data.train))
    )


# %%
features_line = {
    count: training.repeat(
        lambda: head(rows),
        lambda seed, count=count: some(described, count, seed),
        range(5),
        epochs=40,
        batch_size=96,
    )
    for count in (4, 16, 48)
}
features_line[len(rows)] = linear_runs

# %%
scratch_line = {
    count: training.repeat(
        scratch,
        lambda seed, count=count: some(labelled, count, seed),
        range(2),
        epochs=180 // -(-count // 32),
    )
    for count in (4, 16, 48)
}
scratch_line[len(rows)] = scratch_runs

# %%
plots.accuracy_by_size(
    {"features, linear head": features_line, "from scratch, augmented": scratch_line},
    chance=0.5,
    alt="Accuracy against training pictures: the line of features lies above the one from scratch throughout.",
)

# %%
for count, runs in features_line.items():
    print(f"features, {count:2} labelled pictures:", runs)
best_scratch = max(runs.mean for runs in scratch_line.values())
fewest = min(
    (n for n, runs in features_line.items() if runs.mean >= best_scratch), default=None
)
print(
    f"the network from scratch at its best: {best_scratch:.3f}; smallest size tried at which features reach it: {fewest}"
)

# %% [markdown]
# Which is the smallest set with features that does what all pictures did from scratch? That is what
# **transfer** means: the large training elsewhere has paid for most of the pictures that we would have needed.
# Lesson 5 adds a third way.

# %%
quiz.ask("04", "how-many")

# %% [markdown] syllabus="E6"
# ## 7. Where are trained networks found?
#
# | place | what for | in Keras 3 |
# |---|---|---|
# | `keras.applications` | classic image networks, ImageNet weights | works: `ResNet50(include_top=False)` |
# | KerasHub, Hugging Face Hub | newer, larger networks for text and images; anybody may publish | works with the package keras-hub |
# | TensorFlow Hub, now on Kaggle | modules as SavedModel, text and images | `hub.KerasLayer` is refused, see below |
# | PyTorch Hub, torchvision, timm | what research publishes first | with PyTorch as backend: `TorchModuleWrapper`; else convert |
#
# Read the licence and the list of training data wherever you take a network from. What it has seen decides what
# it knows, and also its blind spots.
#
# A **module** of TensorFlow Hub is a folder with a SavedModel: a program with its weights. Here is a tiny
# one, made on the spot, of the kind that turns sentences into numbers. It gives each word 128 random numbers
# and takes their mean.


# %%
class SentenceModule(tf.Module):
    """From sentences (n,) to the mean of their words' vectors (n, 128)."""

    def __init__(self):
        super().__init__()
        table = np.random.default_rng(0).normal(size=(1000, 128))
        self.vectors = tf.Variable(table, dtype="float32")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, sentences):
        words = tf.strings.split(tf.strings.lower(sentences))
        return tf.reduce_mean(
            tf.gather(self.vectors, tf.strings.to_hash_bucket_fast(words, 1000)), axis=1
        )


folder = Path(tempfile.mkdtemp())
tf.saved_model.save(SentenceModule(), folder / "sentences")

# %% [markdown]
# `backbones.hub_layer` makes a Keras layer of it. Four sentences go in. What shape comes out?

# %% tags=["nbval-check-output"]
sentences = np.array(
    ["a red leather bag", "a bag of red leather", "running shoes", "shoes for running"]
)
embed = backbones.hub_layer(folder / "sentences")
vectors = np.asarray(embed(tf.constant(sentences)))
print("sentences", sentences.shape, "-> vectors", vectors.shape, " cosine with the first:")
lengths = np.linalg.norm(vectors, axis=1)
for sentence, cosine in zip(sentences, vectors @ vectors[0] / lengths / lengths[0]):
    print(f"{cosine:5.2f}  {sentence}")

# %% [markdown]
# Sentences with the same words lie close to each other, although the vectors are random: nothing has been
# learnt here yet. The modules of the hub have learnt theirs from billions of words, and they are used in the
# same way, with an address in the place of the folder: `hub_layer("https://tfhub.dev/google/nnlm-en-dim128/2")`
# also takes (4,) sentences to (4, 128).
#
# Why not the layers that tutorials use? Try the two: `hub.KerasLayer` of older ones, and `TFSMLayer` of Keras 3.

# %%
import tensorflow_hub as hub

text = keras.Input((), dtype="string")
try:
    keras.Sequential([text, hub.KerasLayer(str(folder / "sentences"))])
except ValueError as error:
    print("hub.KerasLayer:", str(error).split(". ")[0])

served = keras.layers.TFSMLayer(str(folder / "sentences"), call_endpoint="__call__")
model = keras.Model(text, layers.Dense(1)(served(text)))
model.compile("adam", "mse")
try:
    model.fit(tf.constant(sentences), np.zeros(4), verbose=0)
except ValueError as error:
    print("TFSMLayer, training:", str(error).split(". ")[0])

# %% [markdown]
# `hub.KerasLayer` is a layer of Keras 2, and Keras 3 refuses it. `TFSMLayer` runs a SavedModel as it is. But
# Adam may refuse the names of its variables, as the message says; Keras loads a model with such a layer only
# with its safe mode off; and it takes a folder, no address. `hub_layer` hands the module's variables to Keras
# under names that it accepts. So it can be frozen or trained, and is saved and loaded with the model.
#
# The same holds for images. Export a headless network as a SavedModel, as others publish theirs, and use it as
# a module.

# %%
backbones.headless(base.name, trainable=True).export(folder / "images", verbose=False)
module = backbones.hub_layer(folder / "images")
by_module = backbones.features(
    keras.Sequential([keras.Input((128, 128, 3)), module]), labelled
)
difference = np.abs(by_module.test.images - described.test.images).max()
print(f"largest difference to the network's own features: {difference:.1e}")
module_runs = training.repeat(
    lambda: head(rows), by_module, range(3), epochs=40, batch_size=96
)
print("linear head on the module's features:", module_runs)

# %%
pixels = keras.Input((128, 128, 3))
with_module = keras.Model(pixels, layers.Dense(2, activation="softmax")(module(pixels)))
for trainable in (False, True):
    module.trainable = trainable
    count = sum(int(np.prod(w.shape)) for w in with_module.trainable_weights)
    print(f"module.trainable = {trainable!s:5}: {count:,} weights train")

# %%
quiz.ask("04", "hub")

# %% [markdown] syllabus="E4"
# ## 8. Save it, load it, ask it
#
# Heads were trained on rows of numbers. To name a photo, put base and head together: pixels in, probabilities
# out. The file holds both, with all preprocessing. Does the loaded network give the same answers?

# %%
keras.utils.set_random_seed(0)
linear = head(rows)
linear.fit(*described.train, epochs=40, batch_size=96, verbose=0)
whole = keras.Sequential([keras.Input((None, None, 3)), base, linear])
whole.save(folder / "handbags_shoes.keras")
loaded = keras.models.load_model(folder / "handbags_shoes.keras")
before, after = (model.predict(data.test.images, verbose=0) for model in (whole, loaded))
print("same answers:", np.allclose(before, after, atol=1e-5))
print(f"test accuracy from pixels: {np.mean(after.argmax(axis=1) == data.test.labels):.3f}")

# %%
own_photo.classify(loaded.predict, names, sample=data.test.images[0])

# %% [markdown]
# Did section 3 say *drawn*? Then the head has never seen a photo. The base may have; the answer on yours still proves
# little. Try it: a photo of a handbag on which somebody has put a shoe.
#
# What is left to gain? The base has never seen our pictures. It gives features that were made for other
# categories, and we only weigh them. Lesson 5 lets the base itself learn from our pictures, carefully.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{data.name}, {data.origin}",
        "network": f"{base.name}, {base.origin}",
        "features per picture": rows.shape[1],
        "labelled pictures": len(rows),
        "test accuracy, from scratch, mean of 3 seeds": scratch_runs.mean,
        "test accuracy, features and linear head, mean of 5 seeds": linear_runs.mean,
        "test accuracy, features and hidden layer, mean of 5 seeds": hidden_runs.mean,
        "gain over from scratch, points": 100 * gain,
        "test accuracy, features, 16 pictures": features_line[16].mean,
        "seconds to train a linear head": linear_runs.seconds.mean(),
        "seconds to train from scratch": scratch_runs.seconds.mean(),
        "training loss, plain network of 56 layers": losses["plain, 56"][-1],
        "training loss, residual network of 56 layers": losses["residual, 56"][-1],
    }
)

# %% [markdown]
# ## Key points
#
# - A residual block learns what to add to its input. A new one adds nothing, and gradients pass it.
# - A headless network turns pictures into features. Its own categories need not be ours.
# - Run the frozen network once, keep the features, train a small head: faster, and far better than from
#   scratch.
# - Preprocessing belongs inside the model; a frozen base runs in inference mode.
# - With features, few pictures do what many do from scratch.
# - A network from a hub brings its licence and its blind spots along.
#
# ## Where next
#
# - Lesson 5 unfreezes the base, and shows what goes wrong when that is done carelessly.
# - Back to [lesson 3](03_handbags_vs_shoes.ipynb) for the data, the intervals and the network from scratch.
# - Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun, *Deep residual learning for image recognition*, 2016.
#   Ali Sharif Razavian and others, *CNN features off-the-shelf: an astounding baseline for recognition*, 2014.
#
# *Text and drawings: CC BY 4.0. Code: MIT. The weights of the embedded network: see data/README.md.*

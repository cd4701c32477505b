# %% [markdown] syllabus="J4"
# # Optional: one drawing, two ways to look at it
#
# <!-- badges -->
#
# Topics: drawings as images, drawings as sequences, one-dimensional convolution, padding and mask.
#
# In the game *Quick, Draw!* people have twenty seconds to draw a cat or a train, and a network guesses along.
# Google has published 50 million of these drawings. Each exists twice: as a small picture, and as the way the
# pen took. The picture tells where there is ink. The way of the pen also tells in which order it got there.
#
# **You will learn**
#
# - how a drawing becomes a sequence of steps, and what padding and a mask are for;
# - that a convolution can slide along time as well as over a picture;
# - how to compare two networks fairly when their inputs have nothing in common.

# %% tags=["setup"]
# setup

# %%
import keras
import numpy as np
from keras import layers, ops

from helpers import datasets, plots, training

keras.utils.set_random_seed(0)

# %% [markdown]
# ## 1. What does a drawing look like?
#
# We take three things, 250 drawings of each. Where the real drawings cannot be had, the course draws its own, in
# the same format. A notice says so.

# %%
names = ["cat", "rainbow", "train"]
images = datasets.quickdraw(names, 250, kind="images")
strokes = datasets.quickdraw(names, 250, kind="strokes")

# %%
same_origin = (images.origin == "embedded") == (strokes.origin == "embedded")
print("images: ", images.train.images.shape, images.name)
print("strokes:", strokes.train.images.shape, strokes.name)
if same_origin:
    print("Both come from one source, so section 4 may compare them.")
else:
    print("One is real, one drawn by the course: the results below are NOT comparable.")

# %%
plots.image_grid(
    images.train.images[:24],
    [names[label] for label in images.train.labels[:24]],
    columns=12,
    size=0.85,
    alt="24 small pictures of quick drawings, bright ink on black, eight of each of three things.",
)

# %%
plots.strokes(
    strokes.train.images[:12],
    [names[label] for label in strokes.train.labels[:12]],
    alt="Twelve quick drawings, each stroke in a colour of its own, from dark (first) to bright (last).",
)

# %% [markdown]
# Follow the colours. Some things are nearly always begun in the same way. Which?
#
# ## 2. What is in a sequence?
#
# A step is three numbers: how far the pen moves to the right, how far down, and whether it draws (1) or is
# lifted (−1). The longer side of the drawing is 1. Here are the first steps of one drawing.

# %%
print("   dx     dy    pen")
for dx, dy, pen in strokes.train.images[0][:8]:
    print(f"{dx:6.2f} {dy:6.2f} {pen:5.0f}")

# %% [markdown]
# A batch must be one array, but drawings have different lengths. So the short ones are filled up with steps of
# zeros: **padding**. The **mask** says which steps are real. How much of the array is padding?

# %%
mask = datasets.stroke_mask(strokes.train.images)
print(f"a drawing has {mask.sum(1).min()} to {mask.sum(1).max()} steps")
print(f"share of padding: {1 - mask.mean():.0%}")

# %% [markdown]
# ## 3. Two networks
#
# The first looks at the picture. It is a small version of the network of lesson 2.


# %%
def compiled(model):
    """Make a model ready for training."""
    optimizer = keras.optimizers.Adam(3e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def image_network():
    """Two convolutions with pooling, then the mean of each map."""
    return compiled(
        keras.Sequential(
            [
                keras.Input((28, 28)),
                layers.Rescaling(1 / 255),
                layers.Reshape((28, 28, 1)),
                layers.Conv2D(16, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(32, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(64, 3, padding="same", activation="relu"),
                layers.GlobalAveragePooling2D(),
                layers.Dense(len(names), activation="softmax"),
            ]
        )
    )


# %% [markdown]
# The second reads the steps. `Conv1D` is the convolution of lesson 1 with one axis less: its window slides
# along time and sees five steps at once, three numbers each. Three such layers see thirteen steps. Then the mean
# over time is taken.
#
# Here the mask is needed, twice. The mean of a short drawing would be mostly a mean of padding. And a window at
# the end of a drawing writes into the padding behind it, where the next layer would read it.


# %%
def stroke_network(masked=True):
    """Three convolutions along time, then the mean over the steps that are real."""
    steps = keras.Input((None, 3))
    real = ops.not_equal(steps[:, :, 2], 0) if masked else None
    x = steps
    for channels in [32, 64, 64]:
        x = layers.Conv1D(channels, 5, padding="same", activation="relu")(x)
        if masked:
            x = ops.where(real[:, :, None], x, 0.0)
    x = layers.GlobalAveragePooling1D()(x, mask=real)
    return compiled(keras.Model(steps, layers.Dense(len(names), activation="softmax")(x)))


# %% tags=["nbval-check-output"]
print("by hand, first Conv1D:", (5 * 3 + 1) * 32)
first = next(layer for layer in stroke_network().layers if layer.count_params())
print("Keras:                ", first.count_params())

# %% [markdown]
# Is the mask right? A test that needs no training: pad drawings with more zeros. With the mask the answer must
# stay the same, because nothing was added that is real. Without it, what do you expect?

# %%
some = strokes.test.images[:50]
longer = np.pad(some, [(0, 0), (0, 60), (0, 0)])
for masked in [True, False]:
    network = stroke_network(masked)
    change = np.abs(network.predict(longer, verbose=0) - network.predict(some, verbose=0))
    print(f"mask {masked!s:5}: the largest change of a probability is {change.max():.6f}")

# %% [markdown]
# ## 4. Which way of looking is better?
#
# Each network is trained three times, from three seeds, for the same number of epochs on the same number of
# drawings. Guessing would be right once in three. ± is the spread from seed to seed; the interval is what the size
# of the test set leaves open.

# %%
seeds, epochs = [0, 1, 2], 12
fit = {"epochs": epochs, "batch_size": 64}
results = {
    "images, Conv2D": training.repeat(image_network, images, seeds, **fit),
    "strokes, Conv1D with mask": training.repeat(stroke_network, strokes, seeds, **fit),
    "strokes, Conv1D without mask": training.repeat(
        lambda: stroke_network(masked=False), strokes, seeds, **fit
    ),
}
for name, result in results.items():
    print(f"{name:30} {result}")

# %%
plots.runs(
    results,
    alt="Three rows of dots: test accuracy of each seed for images, strokes with mask, strokes without.",
)

# %% [markdown]
# Before you call one of them better, compare them drawing by drawing: McNemar's test of lesson 3 counts the drawings
# that only one of two networks gets right. A large p-value means that a fair coin would split them as unevenly as
# this. Here are the networks of the first seed.

# %%
right = {name: result.right[0] for name, result in results.items()}
pairs = [("strokes, Conv1D with mask", "strokes, Conv1D without mask")]
if same_origin:  # then image and strokes number n show the same drawing
    pairs.append(("images, Conv2D", "strokes, Conv1D with mask"))
for first, second in pairs:
    print(f"{first} / {second}: {training.mcnemar(right[first], right[second])}")
if not same_origin:
    print("The drawings differ, so this says nothing about images against strokes.")

# %% [markdown]
# ## 5. What does each of them get wrong?

# %%
keras.utils.set_random_seed(0)
model = stroke_network()
model.fit(*strokes.train, verbose=0, **fit)
probabilities = model.predict(strokes.test.images, verbose=0)
predicted = probabilities.argmax(axis=1)
plots.confusion_matrix(
    strokes.test.labels,
    predicted,
    names,
    alt="Confusion matrix of the stroke network on the test drawings; most lie on the diagonal.",
)

# %%
confidence = probabilities.max(axis=1)
wrong = np.flatnonzero(predicted != strokes.test.labels)
shown = wrong[np.argsort(-confidence[wrong])][:6]
if len(shown) == 0:
    shown = np.argsort(confidence)[:6]
plots.strokes(
    strokes.test.images[shown],
    [f"{names[strokes.test.labels[n]]}, said {names[predicted[n]]}" for n in shown],
    size=1.7,
    alt="Up to six test drawings that the stroke network took for something else, surest first.",
)

# %% [markdown]
# Would you have named them all? These are the mistakes to learn from. What may the network have seen in them?
#
# ## Questions for you
#
# There is more than one good answer. Say what you did, what you measured, and what it does not show.
#
# 1. **Order.** Shuffle the strokes of each test drawing, but keep each stroke as it is. The picture stays the same.
#    How much does the stroke network lose, and what does that say about what it has learnt?
# 2. **Early guess.** In the game the network guesses while people draw. Cut test drawings after 10, 20, 30 … steps
#    and plot the accuracy against the number of steps. Which thing is recognised first? (Set the remaining steps to
#    0, and the mask does the rest.)
# 3. **Recurrence.** Replace the three convolutions by `layers.Masking(0.0)` and `layers.GRU(64)`. Compare over
#    three seeds, with the seconds each run takes. Is it worth its time here?
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "images": f"{images.name}, {images.origin}",
        "strokes": f"{strokes.name}, {strokes.origin}",
        "weights, image network": image_network().count_params(),
        "weights, stroke network": stroke_network().count_params(),
        **{f"test accuracy, {name}": result.mean for name, result in results.items()},
        **{
            f"seconds per run, {name}": result.seconds.mean()
            for name, result in results.items()
        },
    }
)

# %% [markdown]
# ## Key points
#
# - A drawing is an image, or a sequence of steps (dx, dy, pen). The sequence keeps the order.
# - Padding makes drawings of different lengths one array; the mask keeps padding out of the answer.
# - A convolution along time shares its weights over all steps, as one over an image does over all places.
# - Compare with several seeds and an interval, and only on drawings of one source.
#
# ## Where next
#
# - [Lesson 2](../02_fashion_mnist.ipynb) has batch norm and dropout. Do they help here?
# - David Ha and Douglas Eck, *A neural representation of sketch drawings*, 2017, let a network draw.
#
# *Drawings of Quick, Draw!: Google, CC BY 4.0. Text and drawings of the course: CC BY 4.0. Code: MIT.*

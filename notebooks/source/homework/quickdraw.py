# %% [markdown] syllabus="J4"
# # Optional: one drawing, two ways to look at it
#
# <!-- badges -->
#
# Topics: drawings as images, drawings as sequences, one-dimensional convolution, padding and mask.
#
# In the game *Quick, Draw!* people have twenty seconds to draw a cat or a train, and a network guesses along. Google
# has published 50 million of these drawings. Each exists twice: as a small picture, and as the path of the pen. The
# picture shows where there is ink. The path also shows in which order the lines were drawn.
#
# **You will learn**
#
# - how a drawing becomes a sequence of steps, and what padding and a mask are for;
# - that a convolution can slide along time as well as over a picture;
# - how to compare two networks fairly when their inputs look completely different.
#
# You need lesson 2 for the networks, and lesson 3 for the paired test.

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
# We take three things, 250 drawings of each. If the real drawings can't be downloaded, the course draws its own in the
# same format, and prints a notice.

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
# Follow the colours; a dot marks where a stroke begins. How does each thing begin? (The course's own drawings come from
# a program that seldom changes the order. People do it more freely.)
#
# ## 2. What is in a sequence?
#
# A step is three numbers: how far the pen moves to the right, how far down, and whether it draws (1) or is lifted (−1).
# The unit is the longer side of the drawing. The first step leads from the top left corner of the drawing to the place
# where the pen begins. Here are the first steps of one drawing.

# %%
print("   dx     dy    pen")
for dx, dy, pen in strokes.train.images[0][:8]:
    print(f"{dx:6.2f} {dy:6.2f} {pen:5.0f}")

# %% [markdown]
# A batch must be one array, but drawings have different lengths. So we fill up the short ones with steps of zeros,
# which is called **padding**. The **mask** says which steps are real. How much of the array is padding?

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
# The second reads the steps. `Conv1D` is the convolution of lesson 1 with one axis fewer: its window slides along time
# and sees five steps at once, three numbers each. Three such layers see thirteen steps. Then we take the mean over
# time.
#
# We need the mask twice. Without it, the mean of a short drawing would be mostly a mean of padding. And a window
# centred just after the last step still sees some real steps. Its output isn't 0, and the next layer would read it.


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
# Is the mask right? We can test that without training: we pad the drawings with more zeros. With the mask the answer
# must stay the same, because we added nothing real. Without it, what do you expect?

# %%
some = strokes.test.images[:50]
longer = np.pad(some, [(0, 0), (0, 60), (0, 0)])
for masked in [True, False]:
    network = stroke_network(masked)
    change = np.abs(network.predict(longer, verbose=0) - network.predict(some, verbose=0))
    print(f"mask {masked!s:5}: the largest change of a probability is {change.max():.6f}")

# %% [markdown]
# With the mask nothing changes. Without it the probabilities change a little, although we added nothing real.
#
# ## 4. Which way of looking is better?
#
# Each network is trained three times, from three seeds, for the same number of epochs on the same number of drawings.
# Guessing would be right once in three. The number after ± is the standard deviation over the seeds. The interval says
# how far off the accuracy may be because there are so few test drawings.

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
# (Where two seeds have the same accuracy, their dots coincide.)
#
# Before you call one of them better, compare them drawing by drawing: McNemar's test of lesson 3 counts the drawings
# that only one of two networks gets right. The p-value is the probability that fair coins would split these drawings at
# least as unevenly. If it is large, the difference may be luck. Here are the networks of the first seed.

# %%
right = {name: result.right[0] for name, result in results.items()}
pairs = [("strokes, Conv1D with mask", "strokes, Conv1D without mask")]
drawn = images.origin == strokes.origin == "embedded"
if drawn:  # then picture n and sequence n show the same drawing
    pairs.append(("images, Conv2D", "strokes, Conv1D with mask"))
for first, second in pairs:
    print(f"{first} / {second}: {training.mcnemar(right[first], right[second])}")
if not drawn:
    print("Picture n and sequence n need not be the same drawing, so we don't test these.")

# %% [markdown]
# On the course's own drawings, neither difference can be told from luck. The strokes have the higher accuracy, but
# there are only 150 test drawings. The mask brings no gain that we can see. And don't expect the same of real drawings:
# ours come from a program, and question 1 asks what their order gives away.
#
# ## 5. What does the stroke network get wrong?

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
# The matrix counts the mistakes. Below it are up to six of them, the surest first. (If there are none, you see the
# drawings of which the network was least sure.) Would you have named them all? What may the network have seen in them?
#
# ## Questions for you
#
# There is more than one good answer. Say what you did, what you measured, and what it does not show.
#
# 1. **Order.** Shuffle the strokes of each test drawing, but keep each stroke as it is, so that the picture stays the
#    same. A step is a difference: turn the steps into positions with `np.cumsum` first. A stroke begins where the pen
#    is −1. Put the strokes into another order, then take differences again. How much accuracy does the stroke network
#    lose, and what does that say about what it has learnt?
# 2. **Early guess.** In the game the network guesses while people draw. Cut test drawings after 10, 20, 30 … steps and
#    plot the accuracy against the number of steps. Which thing is recognised first? (Set the remaining steps to 0, and
#    the mask does the rest. The size and the first step are still those of the finished drawing. What do they give
#    away?)
# 3. **Recurrence.** A *recurrent* layer reads one step after the other, and keeps a memory of what came before;
#    `layers.GRU(64)` is one. Put `layers.Masking(0.0)` and `layers.GRU(64)` in place of the three convolutions *and*
#    the pooling. Compare over three seeds, with the seconds each run takes. Is it worth its time here?
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
# - A convolution along time uses the same weights at every step, just as one over an image uses them at every place.
# - Compare with several seeds and an interval, and only on drawings from the same source.
#
# ## Where next
#
# - [Lesson 2](../02_fashion_mnist.ipynb) has batch norm and dropout. Do they help here?
# - David Ha and Douglas Eck, *A neural representation of sketch drawings*, 2017, let a network draw.
#
# *Drawings of Quick, Draw!: Google, CC BY 4.0. Text and drawings of the course: CC BY 4.0. Code: MIT.*

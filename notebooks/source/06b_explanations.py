# %% [markdown]
# # 6b. Why did it say that?
#
# <!-- badges -->
#
# Topics: Grad-CAM, class activation maps, occlusion, saliency, dissection, sanity checks.
#
# The picture below shows a cup of coffee and a cat. The network was trained with one label per picture.
# Nobody ever told it where the object was. Still, ask about *espresso*, and the cup lights up. Ask about
# *Egyptian cat*, and the cat does. A picture that marks where a network finds something is called a **heat
# map**. Where do heat maps come from? And can we trust them?
#
# **You will learn**
#
# - to write Grad-CAM yourself: which places in a picture speak for a class?
# - to open a base that sits inside another model;
# - to check one explanation with another, by covering parts of the picture;
# - to find channels that respond to soles or straps, and to compare them with chance;
# - to test a method: if its map stays the same when the network is ruined, it explains nothing.
#
# You need lesson 4, where a new head is put on a frozen base, and the idea of a gradient. Lesson 6 introduces
# `GradientTape`; read that section first if the tape is new to you. Plan 90 minutes of teaching; the code
# runs in about two minutes.

# %% tags=["setup"]
# setup

# %%
import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy import stats
from skimage import data, filters

from helpers import (
    backbones,
    check,
    datasets,
    drawings,
    plots,
    quiz,
    visualize,
)

keras.utils.set_random_seed(0)

# %% [markdown]
# We join two photos that come with scikit-image, half of each. Each heat map is laid over a gray copy of the
# picture, and yellow marks its hottest place. The weaker the heat, the fainter the colour; very weak heat
# cannot be seen.

# %%
model = backbones.whole("efficientnet_lite0")
names = model.categories
half = layers.Resizing(192, 96, crop_to_aspect_ratio=True, antialias=True)
cup_and_cat = np.hstack([half(data.coffee()), half(data.chelsea())])


def heated(picture, heat):
    """Lay a heat map over a gray copy of a picture."""
    return visualize.overlay(picture.mean(axis=-1, keepdims=True), heat, alpha=0.7)


asked = ["espresso", "Egyptian cat"]
heats = [
    visualize.grad_cam(model, cup_and_cat[None], target=names.index(name))[0]
    for name in asked
]
plots.image_grid(
    [cup_and_cat / 255, *(heated(cup_and_cat, heat) for heat in heats)],
    ["the picture", *(f"heat for {name}" for name in asked)],
    size=3,
    alt="A cup of coffee beside half a cat's face; the heat for espresso lies on the cup, the heat for Egyptian cat on the face.",
)

# %% [markdown]
# ## 1. Which class are we asking about?
#
# The network gives a number for each of its 1,000 classes, and we can ask about any of them, not only about
# the winner. We ask about its **logit**, the score before the **softmax**, which turns all scores into
# probabilities that add up to 1. A probability is a poor thing to explain: the one for *espresso* also rises
# when the score for *cat* falls. So we take the softmax off the last layer, and compute probabilities only
# when we want to read them.

# %%
model.get_layer("predictions").activation = None
logits = model.predict(cup_and_cat[None], verbose=0)[0]
probabilities = keras.ops.softmax(logits).numpy()
for number in np.argsort(-logits)[:4]:
    print(
        f"{names[number]:14} probability {probabilities[number]:.2f}   logit {logits[number]:5.2f}"
    )

# %% [markdown]
# The cat wins, and *espresso* comes second. Both things are in the picture, so we may ask about both.

# %% [markdown] syllabus="G4"
# ## 2. Which places say espresso?
#
# Look at the last feature maps of the network, the output of `top_relu`. There are 1,280 of them, and each
# has 6×6 places. Each map says where its channel has found the pattern that it looks for. So the maps still
# say *where*, if only coarsely, and the channels already say *what*.
#
# **Grad-CAM** adds these maps up. Each map $A^k$ gets a weight $w_k$: by how much does the logit $z$ of our
# class rise when the map grows a little, on average over its places? If a channel raises the logit of
# *espresso*, its map gets a positive weight; if it lowers the logit, the weight is negative. We say that a
# place **speaks for** a class if it raises its logit, and **against** it if it lowers it.
#
# $$w_k = \frac{1}{\text{places}}\sum_{i,j} \frac{\partial z}{\partial A^k_{ij}} \qquad\qquad
# \text{heat} = \mathrm{ReLU}\Big(\sum_k w_k A^k\Big)$$
#
# First we need the maps and the gradients. A Keras model can have two outputs, so we build one that gives the
# maps and the logits. A `GradientTape` records what is computed, and can then be asked for gradients. By
# itself a tape follows only trainable weights. `tape.watch` tells it to follow the picture too. Predict:
# there is one gradient for what? So what is the shape?

# %% tags=["nbval-check-output"]
inside = keras.Model(model.input, [model.get_layer("top_relu").output, model.output])
espresso = names.index("espresso")
picture = tf.constant(cup_and_cat[None], tf.float32)
with tf.GradientTape() as tape:
    tape.watch(picture)
    maps, logits = inside(picture)
    score = logits[0, espresso]
gradients = tape.gradient(score, maps)[0].numpy()
maps = maps[0].numpy()
print("maps:     ", maps.shape)
print("gradients:", gradients.shape)

# %% [markdown]
# They have the same shape: every number in the maps has its own gradient.
#
# **Exercise 1.** Write the weights. `gradients` has the shape (rows, columns, channels). Return one number
# for each channel: the mean of its gradients over all places.


# %% tags=["exercise"]
def channel_weights(gradients):
    """Average the gradients of each channel over all places."""
    return ...


# %% tags=["nbval-check-output"]
channel_weights = check.exercise(
    check.channel_weights, channel_weights, otherwise=visualize.channel_weights
)


# %% tags=["solution"]
def channel_weights(gradients):
    """Average the gradients of each channel over all places."""
    return gradients.mean(axis=(0, 1))


# %% [markdown]
# **Exercise 2.** Now the heat. Multiply each map by its weight and add up the channels. Then set every
# negative sum to 0, because we want to see only the places that speak *for* the class. NumPy lets you
# multiply an array (rows, columns, channels) by an array (channels,) directly.


# %% tags=["exercise"]
def heat_map(maps, weights):
    """Add up the maps, each times its weight, and keep what is positive: (rows, columns)."""
    return ...


# %% tags=["nbval-check-output"]
heat_map = check.exercise(check.heat_map, heat_map, otherwise=visualize.heat_map)


# %% tags=["solution"]
def heat_map(maps, weights):
    """Add up the maps, each times its weight, and keep what is positive: (rows, columns)."""
    return np.maximum((maps * weights).sum(axis=-1), 0)


# %% [markdown]
# If both checks say "ok", the next picture is made by your own functions. It shows the heat as it really is,
# 6×6 numbers, and the same numbers enlarged to the size of the picture.

# %%
weights = channel_weights(gradients)
heat = np.asarray(heat_map(maps, weights))
large = tf.image.resize(heat[..., None], (192, 192))[..., 0].numpy()
plots.image_grid(
    [heat, large, heated(cup_and_cat, large)],
    ["6×6 places", "enlarged", "over the picture"],
    size=3,
    cmap="viridis",
    alt="The heat for espresso as six by six squares, then enlarged, then over the picture: it lies on the cup.",
)

# %% [markdown]
# The heat is strongest over the coffee. Over most of the cat it is 0.
#
# ### The last layer holds the same weights
#
# After these maps come only an average over the places and one `Dense` layer. So the logit is a weighted sum
# of the maps' means, and its gradient is the layer's own weight divided by the number of places. Is that what
# the tape found?

# %% tags=["nbval-check-output"]
kernel = model.get_layer("predictions").kernel.numpy()
print("kernel of the last layer:", kernel.shape)
print(
    "kernel / 36 = our weights:", np.allclose(kernel[:, espresso] / 36, weights, atol=1e-6)
)

# %% [markdown]
# It is. A map that is made from the last layer's weights directly is called a **class activation map**. That
# works only if the network ends in an average and a single `Dense` layer. Grad-CAM asks for the gradient
# instead, so it works with any head.

# %%
quiz.ask("06b", "sum")

# %% [markdown]
# ### All of it in one function
#
# This is Grad-CAM as you would write it in a project: tape, gradients, weights, sum, ReLU, enlarge.


# %%
def grad_cam(inside, picture, target):
    """Show which places in one picture speak for the class `target`."""
    picture = tf.constant(picture[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        maps, logits = inside(picture)
        score = logits[0, target]
    gradients = tape.gradient(score, maps)
    weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
    total = tf.reduce_sum(maps * weights, axis=-1, keepdims=True)
    heat = tf.image.resize(tf.nn.relu(total), picture.shape[1:3])
    return heat[0, ..., 0].numpy()


# %% [markdown]
# ## 3. Is the heat where it should be?
#
# Try our function on another pair: a motorcycle beside a photographer with his camera on a tripod. Before you
# run the cell, say where you expect the heat for *tripod*.

# %%
moped_and_tripod = np.hstack(
    [half(data.stereo_motorcycle()[0]), half(np.dstack([data.camera()] * 3))]
)
asked = ["moped", "tripod"]
heats = [grad_cam(inside, moped_and_tripod, names.index(name)) for name in asked]
plots.image_grid(
    [moped_and_tripod / 255, *(heated(moped_and_tripod, heat) for heat in heats)],
    ["the picture", *(f"heat for {name}" for name in asked)],
    size=3,
    alt="A motorcycle beside a photographer; the heat for moped lies on the motorcycle, the heat for tripod on the legs of the tripod.",
)

# %%
quiz.ask("06b", "tripod")

# %% [markdown]
# Four maps prove nothing. So we count: put any two of the four photos side by side, ask for both, and measure
# how much of the heat lies on the half that shows the object we ask for. A map that had nothing to do with
# the class would have half of its heat there, on average.

# %%
halves = {
    "espresso": cup_and_cat[:, :96],
    "Egyptian cat": cup_and_cat[:, 96:],
    "moped": moped_and_tripod[:, :96],
    "tripod": moped_and_tripod[:, 96:],
}
shares = []
for left, right in itertools.permutations(halves, 2):
    joined = np.hstack([halves[left], halves[right]])
    on_left = grad_cam(inside, joined, names.index(left))
    on_right = grad_cam(inside, joined, names.index(right))
    shares.append(on_left[:, :96].sum() / on_left.sum())
    shares.append(on_right[:, 96:].sum() / on_right.sum())
print(
    f"{len(shares)} maps: {np.mean(shares):.0%} of the heat on the photo asked for, on average,"
)
print(f"{min(shares):.0%} in the worst map and {max(shares):.0%} in the best")

# %% [markdown]
# Even in the worst of the 24 maps, well over half of the heat lies on the correct half. So on these pictures
# Grad-CAM tells us where the network finds each thing.

# %% [markdown]
# ## 4. What if the base sits inside another model?
#
# Lesson 4 puts a new head on a frozen base. Here is such a model for handbags and shoes: we compute the
# features once, train a `Dense` layer on them, and then join base and head. The weights of the head start at
# zero. The pictures are drawn by a program of this course and pasted onto photos.

# %%
pictures = datasets.handbags_and_shoes(size=(192, 192))
words = pictures.class_names
x = np.concatenate([pictures.train.images, pictures.validation.images])
y = np.concatenate([pictures.train.labels, pictures.validation.labels])
test = pictures.test
base = backbones.headless("efficientnet_lite0")
head = layers.Dense(2, kernel_initializer="zeros", name="head")
classifier = keras.Sequential([keras.Input((1280,)), head])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
classifier.compile(keras.optimizers.Adam(1e-3), loss)
_ = classifier.fit(base.predict(x, verbose=0), y, batch_size=16, epochs=60, verbose=0)

photo = keras.Input((192, 192, 3))
transfer = keras.Model(photo, head(base(photo, training=False)))
shoe_logits = transfer.predict(test.images, verbose=0)
shoe_answers = shoe_logits.argmax(axis=1)
correct = np.sum(shoe_answers == test.labels)
print(f"right on {correct} of {len(test.labels)} test pictures")

# %% [markdown]
# Now ask this model for its maps, as before. The layer `top_relu` belongs to `base`, and `base` is one layer
# of `transfer`. What does Keras say?

# %%
try:
    keras.Model(transfer.input, [base.get_layer("top_relu").output, transfer.output])
except ValueError as error:
    print(error)

# %% [markdown]
# The maps in `base.get_layer(...).output` start from the input of the base, not from the input of `transfer`.
# No path leads from one to the other. So we open the base first, by giving it two outputs, and then put the
# same head on top again. No weight is copied: both models use the same layers.

# %%
opened = keras.Model(base.input, [base.get_layer("top_relu").output, base.output])
photo = keras.Input((192, 192, 3))
maps, features = opened(photo, training=False)
inside_transfer = keras.Model(photo, [maps, head(features)])

# %% [markdown]
# Our `grad_cam` works on this model as it is. The course also has a helper, `visualize.grad_cam`, which finds
# layers at any depth and takes many pictures at once. Do the two agree?

# %% tags=["nbval-check-output"]
by_hand = grad_cam(inside_transfer, test.images[0], target=1)
last_layer = "efficientnet_lite0/top_relu"
by_helper = visualize.grad_cam(transfer, test.images[:1], last_layer, target=1)[0]
print("shape:", by_helper.shape)
print("equal:", np.allclose(by_hand, by_helper, atol=1e-4 * by_hand.max()))

# %% [markdown]
# They do. First look at the pictures of which the model is surest, two of each class. Below each picture you
# see the heat for *handbag* and the heat for *shoe*.


# %%
def for_both_classes(chosen, alt):
    """Show test pictures, and below each its two heat maps, both on one scale."""
    shown = test.images[chosen]
    both = [visualize.grad_cam(transfer, shown, last_layer, target=n) for n in (0, 1)]
    wide = heated(np.concatenate([shown, shown], axis=2), np.concatenate(both, axis=2))
    rows = [shown / 255, wide[:, :, :192], wide[:, :, 192:]]
    titles = [f"{words[test.labels[n]]}, answer: {words[shoe_answers[n]]}" for n in chosen]
    titles += [f"heat for {word}" for word in words for _ in chosen]
    return plots.image_grid(np.concatenate(rows), titles, columns=4, size=2.1, alt=alt)


margin = shoe_logits[:, 1] - shoe_logits[:, 0]  # above 0 the model says shoe
order = np.argsort(margin)
surest = [*order[:2], *order[-2:]]
for_both_classes(
    surest,
    "Two handbags and two shoes. The heat for the correct class lies on the object or in the opening under the handle; for the other class no heat can be seen.",
)

# %% [markdown]
# The heat for the correct class is strongest on the object or, for the two bags, in the opening under the
# handle. For the other class we see no heat at all. Is it weak, or is there none? Count the places with a
# positive weighted sum, and look at the largest sum.

# %%
maps = opened.predict(test.images[surest], verbose=0)[0]
sums = maps @ head.kernel.numpy() / 36
print("answer    places for handbag   largest   places for shoe   largest")
for number, one in zip(surest, sums):
    places, largest = (one > 0).sum(axis=(0, 1)), one.max(axis=(0, 1))
    print(
        f"{words[shoe_answers[number]]:10}{places[0]:18}{largest[0]:10.3f}"
        f"{places[1]:18}{largest[1]:10.3f}"
    )

# %%
quiz.ask("06b", "no-heat")

# %% [markdown]
# The two handbags have no heat for *shoe*. The two shoes do have some heat for *handbag*, but it is too weak
# to be seen. In each row the two counts add up to 36. The two columns of the head are mirror images, because
# they start at zero, so a place that counts for *handbag* counts equally against *shoe*.
#
# Now the four worst mistakes. Did the model look at the wrong thing, or did it look at the right thing and
# misread it?

# %%
signed_margin = margin * np.where(test.labels == 1, 1, -1)  # below 0: a mistake
for_both_classes(
    np.argsort(signed_margin)[:4],
    "A clutch, a backpack and a large clutch taken for shoes, and a shoe taken for a handbag; the heat for the wrong answer lies partly on the object and partly beside it.",
)

# %% [markdown]
# In the first picture the heat for *shoe* lies partly on the clutch and partly beside it. In the second it
# lies on the cat photo behind the backpack, in the third mostly above the clutch. In the last one the heat
# for *handbag* lies on the book and above it. So in at least two of the four mistakes, the model looks at the
# background. Training pictures with other backgrounds would be worth trying.

# %% [markdown] syllabus="G6"
# ## 5. What happens if we cover it?
#
# Can a heat map explain a wrong answer, too? Here is the astronaut Eileen Collins. What does the network take
# her for, and where does it see that?

# %%
square = layers.Resizing(192, 192, crop_to_aspect_ratio=True, antialias=True)
astronaut = np.asarray(square(data.astronaut()))
bobsled = model.predict(astronaut[None], verbose=0)[0].argmax()
astronaut_heat = grad_cam(inside, astronaut, bobsled)
plots.image_grid(
    [astronaut / 255, heated(astronaut, astronaut_heat)],
    ["an astronaut", f"heat for {names[bobsled]}"],
    size=3,
    alt="An astronaut in an orange suit with her helmet before her; the heat for bobsled lies on suit and helmet.",
)

# %% [markdown]
# ImageNet has no class for astronauts, so the network must choose another one, and it chooses *bobsled*. The
# heat is strongest where the orange suit meets the helmet. That suggests a reason: people in a bobsled wear
# helmets and bright suits. For now this is only a guess.
#
# Grad-CAM looks inside the network. There is also a test that needs no gradient: cover a part of the picture
# with gray and see how far the logit drops. If it drops a lot, the network needed what was there. This test
# is called **occlusion**.
#
# We use it to test our guess. A gray square covers her face, her suit, her helmet and the model of the
# shuttle in turn. Predict: which of the four lowers the logit for *bobsled* most?

# %%
corners = {"face": (10, 60), "suit": (90, 40), "helmet": (128, 112), "shuttle": (30, 130)}
covered = np.stack([astronaut] * 4)
for copy, (top, left) in zip(covered, corners.values()):
    copy[top : top + 48, left : left + 48] = 128
before = model.predict(astronaut[None], verbose=0)[0, bobsled]
drops = before - model.predict(covered, verbose=0)[:, bobsled]
plots.image_grid(
    covered / 255,
    [f"{name}: drop {drop:.1f}" for name, drop in zip(corners, drops)],
    size=2.2,
    alt="The astronaut with a gray square over face, suit, helmet and shuttle, and the drop of the logit each time.",
)

# %% [markdown]
# The helmet matters most and the suit comes second, as we guessed. The face hardly matters. Without the
# shuttle the logit even rises, by 0.6: a negative drop.

# %%
quiz.ask("06b", "shuttle")

# %% [markdown]
# **Exercise 3.** Now cover every place. Write a function that returns one copy of the picture for each
# position of the square, row by row: first all positions along the top, then the next row. Start each copy
# from `image.copy()`, set the square to 128, and stack the copies with `np.stack`. The square must lie inside
# the picture; it moves by `stride` pixels at a time.


# %% tags=["exercise"]
def covered_copies(image, patch, stride):
    """Copy an image (height, width, 3) for each position of a gray square."""
    return ...


# %% tags=["nbval-check-output"]
covered_copies = check.exercise(
    check.covered_copies, covered_copies, otherwise=visualize.covered_copies
)


# %% tags=["solution"]
def covered_copies(image, patch, stride):
    """Copy an image (height, width, 3) for each position of a gray square."""
    copies = []
    for top in range(0, image.shape[0] - patch + 1, stride):
        for left in range(0, image.shape[1] - patch + 1, stride):
            copy = image.copy()
            copy[top : top + patch, left : left + patch] = 128
            copies.append(copy)
    return np.stack(copies)


# %% [markdown]
# A square of 48 pixels that moves 16 pixels at a time has (192 − 48) / 16 + 1 = 10 positions down and 10
# across, the formula from lesson 1. So the network looks at 100 copies, and the drops make a map of 10×10
# numbers. In the left picture red is a drop, blue a rise, and white no change. Predict where it is reddest,
# then compare it with Grad-CAM.

# %%
copies = covered_copies(astronaut, 48, 16)
drops = before - model.predict(copies, verbose=0)[:, bobsled]
drops = drops.reshape(10, 10)
spread = visualize.occlusion(
    model, astronaut[None], bobsled, patch=48, stride=16, fill=128
)[0]
most = np.abs(drops).max()
plots.image_grid(
    [drops, heated(astronaut, spread), heated(astronaut, astronaut_heat)],
    [f"drop, from {drops.min():.1f} to {drops.max():.1f}", "occlusion", "Grad-CAM"],
    size=3,
    cmap="RdBu_r",
    limits=(-most, most),
    alt="The drop for each of a hundred squares, the same over the picture, and Grad-CAM: both are hottest at the helmet.",
)

# %% [markdown]
# The map in the middle is made by the helper `visualize.occlusion`, which gives each pixel the mean drop of
# all squares that cover it. Both methods point at the helmet. Occlusion is hottest on the helmet itself, and
# Grad-CAM at its left edge. They work in different ways, so their agreement means something. But a gray
# square isn't neutral either: it brings edges of its own into the picture.
#
# ### Does covering the hot places hurt more?
#
# One astronaut is only one example. So we go back to the handbags and shoes and take 60 test pictures. In
# each of them we cover the hottest fifth of the pixels, as Grad-CAM sees it. We need two controls of the same
# area. The first is the same shape turned by 180 degrees. The second needs no network at all: it is the
# busiest fifth, where the picture has the strongest edges. Here is the first picture with each of the three
# covers. (In this picture the turned shape happens to overlap the hot one.)

# %%
shown, answers = test.images[:60].astype("float32"), shoe_answers[:60]
heats = visualize.grad_cam(transfer, shown, last_layer, target=answers)
edges = np.stack([filters.gaussian(filters.sobel(one.mean(axis=-1)), 8) for one in shown])


def highest_fifth(maps):
    """Mark the fifth of the pixels with the largest values."""
    return maps > np.quantile(maps, 0.8, axis=(1, 2), keepdims=True)


hot = highest_fifth(heats)
masks = {"hot": hot, "turned": hot[:, ::-1, ::-1], "busy": highest_fifth(edges)}
covered = {name: np.where(mask[..., None], 128, shown) for name, mask in masks.items()}
plots.image_grid(
    [shown[0] / 255, *(pictures[0] / 255 for pictures in covered.values())],
    ["picture", *covered],
    size=2.2,
    alt="A test picture, then with its hottest fifth covered in gray, with the same shape turned, and with its busiest fifth covered.",
)

# %% [markdown]
# How much does the lead of the answer over the other class shrink? We compare with a **sign test**. If the
# place did not matter, each of the two covers would win half the time, like a coin. The p value says how
# often a coin would come out at least this one-sided.


# %%
def lead(pictures):
    """Give the answer's logit minus the other class's logit."""
    scores = transfer.predict(pictures, verbose=0)
    return scores[np.arange(60), answers] - scores[np.arange(60), 1 - answers]


loss = {name: lead(shown) - lead(pictures) for name, pictures in covered.items()}
print("mean loss:", *(f"{name} {values.mean():.2f}  " for name, values in loss.items()))
wins, p = {}, {}
for control in ("turned", "busy"):
    wins[control] = int(np.sum(loss["hot"] > loss[control]))
    p[control] = stats.binomtest(wins[control], 60).pvalue
    print(
        f"hot hurts more than {control} in {wins[control]} of 60 pictures, p = {p[control]:.2g}"
    )

# %% [markdown]
# Covering the hot places hurts far more than covering the same shape turned, in 52 of 60 pictures. So on
# these pictures the heat marks what the model needs. But the busiest places hurt nearly as much, and they
# were found without any network. The hot places win in 35 of 60 pictures, and a coin often does as well. So
# this test does not show that Grad-CAM finds more than an edge filter does.

# %% [markdown] syllabus="G7"
# ## 6. Is there a channel for soles?
#
# So far we have asked where. Now we ask what a single channel responds to. **Network dissection** answers by
# counting, and it needs pictures in which we know what every pixel shows. For our drawings we do know: the
# program that draws a shoe records where it puts the sole. In an open shoe you also see the insole; it counts
# as sole.

# %%
drawn, labels, parts, _ = drawings.handbags_and_shoes_with_parts("test", 120)
kinds = np.array([len(np.unique(mask)) for mask in parts])
area = (parts > 0).mean(axis=(1, 2)) * (kinds == 4)  # background and three parts
panels, titles = [], []
for number in (np.argmax(area * (labels == 0)), np.argmax(area * (labels == 1))):
    present = np.unique(parts[number])[1:]
    panels += [
        drawn[number],
        *(255 * (parts[number] == part).astype("uint8") for part in present),
    ]
    titles += [words[labels[number]], *(drawings.PARTS[part] for part in present)]
plots.image_grid(
    panels,
    titles,
    columns=4,
    size=2,
    alt="A drawn handbag and a drawn shoe, and beside each the places of three of its parts in white.",
)

# %% [markdown]
# Now take one channel and enlarge its maps to the size of the drawings. We say that the channel **fires**
# where its values are among the largest 5 % over all drawings. That gives two areas: where the channel fires,
# and where the part is. The usual measure of their agreement is **IoU**, intersection over union: the number
# of pixels in both areas, divided by the number of pixels in at least one. It is 1 if the areas are the same
# and 0 if they never meet.
#
# **Exercise 4.** Write it. Both arguments are arrays of `True` and `False` with the same shape; `&` means
# *and*, `|` means *or*.


# %% tags=["exercise"]
def iou(fires, part):
    """Divide the pixels in both areas by the pixels in at least one of them."""
    return ...


# %% tags=["nbval-check-output"]
iou = check.exercise(check.overlap, iou, otherwise=visualize.iou)


# %% tags=["solution"]
def iou(fires, part):
    """Divide the pixels in both areas by the pixels in at least one of them."""
    return np.sum(fires & part) / np.sum(fires | part)


# %% [markdown]
# There is a trap here. The layer we look at has 1,152 channels, and one of them may fit the soles by luck. So
# we choose the channel on one half of the drawings and measure it on the other half.

# %%
network = backbones.headless("efficientnet_lite0", size="any")
scenes = tf.image.resize(drawn, (256, 256)).numpy()
first, second = slice(0, 60), slice(60, 120)
sole_layer = "stage6_block4_expand_relu"
sole = drawings.PARTS.index("sole")
found = visualize.dissect(network, sole_layer, scenes[first], parts[first], top=0.05)
channel = found.iou[:, sole].argmax()
maps = visualize.feature_maps(network, scenes[second], sole_layer)[..., channel]
large = tf.image.resize(maps[..., None], (160, 160))[..., 0].numpy()
fires = large > np.quantile(maps, 0.95)
print(
    f"channel {channel} of {len(found.iou)}: chosen with IoU {found.iou[channel, sole]:.2f},"
)
print(f"on the other half {iou(fires, parts[second] == sole):.2f}")

# %% [markdown]
# On fresh drawings the channel still scores 0.18, so it wasn't chosen by luck. Where does it fire? Green
# means that the channel fires on the sole, orange that it fires elsewhere, and blue that there is sole but
# the channel doesn't fire. So IoU is green / (green + orange + blue).

# %%
shoes = np.flatnonzero((parts[second] == sole).any(axis=(1, 2)))[:6]
pictures = drawn[second][shoes]
faded = 0.75 + 0.25 * pictures.mean(axis=-1, keepdims=True) / 255
painted = np.repeat(faded, 3, axis=-1)
fire, on_sole = fires[shoes], parts[second][shoes] == sole
painted[fire & on_sole] = (0.0, 0.62, 0.45)
painted[fire & ~on_sole] = (0.9, 0.5, 0.0)
painted[on_sole & ~fire] = (0.0, 0.45, 0.7)
plots.image_grid(
    painted,
    columns=6,
    size=1.6,
    alt="Six pale drawings of shoes: green where the channel fires on the sole, orange where it fires elsewhere, blue where it misses the sole.",
)

# %% [markdown]
# These are the first six drawings with a sole in the second half, not the best six. In the two sandals the
# channel follows the sole. In the low shoes it fires at the toe and at the heel, on sole and upper alike, and
# in the boots it hardly fires at all.
#
# Is that IoU high or low? We need a control: the same layer of the same network with random weights. It has
# as many channels and maps of the same size, and it has learnt nothing. We repeat the search for every part,
# in a layer of stage 5 and in one of stage 6.


# %%
def best_on_other_half(network, layer):
    """For each part, choose the best channel on one half and give its IoU on the other."""
    half = [
        visualize.dissect(network, layer, scenes[h], parts[h], top=0.05).iou
        for h in (first, second)
    ]
    return half[1][half[0].argmax(axis=0), np.arange(len(drawings.PARTS))]


untrained = backbones.headless("efficientnet_lite0", weights="random", size="any")
table = {
    (name, stage): best_on_other_half(net, f"stage{stage}_expand_relu")
    for name, net in (("trained", network), ("random", untrained))
    for stage in ("5_block3", "6_block4")
}
print(f"{'part':8}" + "".join(f"{name + ' st.' + stage[0]:>14}" for name, stage in table))
for number, part in enumerate(drawings.PARTS[1:], start=1):
    print(f"{part:8}" + "".join(f"{values[number]:14.3f}" for values in table.values()))

# %%
quiz.ask("06b", "detectors")

# %% [markdown]
# For *sole*, *strap* and *upper*, stage 6 scores three times the random network or more. Nobody ever told the
# network what a sole is, but such a channel helps to name whole objects. For *handle* and *lace* both
# networks score close to 0, so we claim nothing. For *heel* there is nothing at all. For *body* the gap is
# small: in stage 5 the random network scores slightly more. We had only one random network, so small gaps
# prove nothing.

# %% [markdown] syllabus="G8"
# ## 7. Can we trust these maps?
#
# An explanation makes a claim about a network, so it must depend on the network. Julius Adebayo and others
# turned this into a test. Destroy what the network has learnt, layer by layer, and watch the map. If the map
# stays the same, it was never about what the network had learnt.
#
# We test three methods. The first is Grad-CAM. The second is **saliency**: how strongly does each single
# pixel change the logit?


# %% tags=["nbval-check-output"]
def saliency(network, picture, target):
    """Show the size of the gradient of one logit at each pixel."""
    picture = tf.constant(picture[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = network(picture)[0, target]
    gradient = tape.gradient(score, picture)[0]
    return tf.reduce_max(tf.abs(gradient), axis=-1).numpy()


by_hand = saliency(model, cup_and_cat, espresso)
by_helper = visualize.saliency(model, cup_and_cat[None], espresso)[0]
print("equal to the helper:", np.allclose(by_hand, by_helper, atol=1e-3 * by_hand.max()))

# %% [markdown]
# Saliency maps look noisy. **Guided backpropagation** was invented to clean them up: on the backward pass,
# each ReLU lets only positive gradients through. The maps look much sharper. Are they also truer?
#
# `custom_gradient` lets us write the backward pass ourselves, and `clone_model` calls our function for every
# layer. The function replaces the ReLUs and keeps all other layers, so the twin shares its weights with the
# model. The ReLUs of this network stop at 6, so above 6 the gradient is 0.


# %%
@tf.custom_gradient
def guided_relu(x):
    """Stop at 0 and at 6; on the backward pass, let only positive gradients through."""
    open_gates = tf.cast((x > 0) & (x < 6), x.dtype)
    return tf.nn.relu6(x), lambda gradient: tf.nn.relu(gradient) * open_gates


def guide(layer):
    """Replace a ReLU and keep every other layer."""
    return layers.Activation(guided_relu) if isinstance(layer, layers.ReLU) else layer


twin = keras.models.clone_model(model, clone_function=guide)
outputs = [one.predict(cup_and_cat[None], verbose=0) for one in (model, twin)]
print("same logits:", np.allclose(*outputs, atol=1e-3))

# %% [markdown]
# The control is made without any network: it shows the **edges** of the picture. Look at the cat and the cup.
# Which of the four maps would you print in a report?

# %%
raw = [
    data.chelsea(),
    data.coffee(),
    data.stereo_motorcycle()[0],
    data.rocket(),
    data.astronaut(),
]
photographs = np.stack([square(photograph) for photograph in raw])
photo_answers = model.predict(photographs, verbose=0).argmax(axis=1)
kept = model.get_weights()


def explain(pictures, targets):
    """Give the maps of all four methods."""
    return {
        "Grad-CAM": visualize.grad_cam(model, pictures, target=targets),
        "saliency": visualize.saliency(model, pictures, targets),
        "guided": visualize.saliency(twin, pictures, targets),
        "edges": np.stack([filters.sobel(one.mean(axis=-1)) for one in pictures]),
    }


# %%
def show(rows, alt):
    """Draw a photo and its four maps in each row; a row is (photo number, maps, title)."""
    panels, titles = [], []
    for number, maps, title in rows:
        panels.append(photographs[number] / 255)
        panels += [visualize.normalise(one[number], percentile=99) for one in maps.values()]
        titles += [title, *maps]
    return plots.image_grid(panels, titles, columns=5, size=1.9, alt=alt)


trained = explain(photographs, photo_answers)
show(
    [(0, trained, "photo"), (1, trained, "photo")],
    "A cat and a cup with the maps of the trained network: a coarse blob, speckles, sharp dots at the cat's eyes and the rim of the cup, edges.",
)

# %% [markdown]
# Guided backpropagation picks out the cat's eyes and the rim of the cup, as if the network had looked at
# them. Now ruin the network: shuffle the weights of its last layer, of `top`, and of stages 7 and 6. What
# should happen to a map that explains the answers?


# %%
def shuffle(part):
    """Shuffle the weights of every layer whose name begins with `part`."""
    for one in model.layers:
        if one.name.startswith(part):
            old = one.get_weights()
            one.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in old])


rng = np.random.default_rng(0)
last_parts = ("predictions", "top", "stage7", "stage6")
for part in last_parts:
    shuffle(part)
touched = sum(one.count_params() for one in model.layers if one.name.startswith(last_parts))
print(f"{touched / model.count_params():.0%} of the weights are shuffled")
new_answers = model.predict(photographs, verbose=0).argmax(axis=1)
for old, new in zip(photo_answers, new_answers):
    print(f"{names[old]:16} -> {names[new]}")
ruined = explain(photographs, photo_answers)
model.set_weights(kept)
rows = [(0, trained, "cat, before"), (0, ruined, "cat, after")]
rows += [(1, trained, "cup, before"), (1, ruined, "cup, after")]
show(
    rows,
    "The maps of the cat and the cup before and after the shuffle: guided backpropagation and edges look the same, and Grad-CAM for the cup is black.",
)

# %% [markdown]
# All five answers are the same now, *Old English sheepdog*. Grad-CAM and saliency have changed. Guided
# backpropagation still picks out the cat's eyes. The black panel is no error: for the cup, every weighted sum
# of Grad-CAM is 0 or negative in the ruined network, so ReLU leaves nothing.
#
# Two photos are not enough, so we measure it on five, and go all the way from the last layer to the first.
# After each step we compare the new maps with the old ones by their **rank correlation**: replace each pixel
# by its rank, from the darkest to the brightest, and correlate the ranks. It is 1 if the order is the same, 0
# if there is no agreement, and −1 if the order is reversed.
#
# **Exercise 5.** Write it for two maps. `stats.rankdata(array)` gives the ranks as a flat array, and
# `np.corrcoef(a, b)` gives a 2×2 table; the number you want is `[0, 1]`.


# %% tags=["exercise"]
def rank_correlation(first, second):
    """Correlate the ranks of the pixels of two maps."""
    return ...


# %% tags=["nbval-check-output"]
rank_correlation = check.exercise(
    check.rank_correlation, rank_correlation, otherwise=visualize.rank_correlation
)


# %% tags=["solution"]
def rank_correlation(first, second):
    """Correlate the ranks of the pixels of two maps."""
    return np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1]


# %%
def agreements(before, after):
    """Give the rank correlation for each photo; a black map has no ranks and counts as 0."""
    pairs = zip(before, after, strict=True)
    return [rank_correlation(one, other) if other.any() else 0 for one, other in pairs]


rng = np.random.default_rng(0)
steps = ["predictions", "top", *(f"stage{n}" for n in range(7, 0, -1)), "stem"]
each, same, black = {name: [] for name in trained}, [], []
for part in steps:
    shuffle(part)
    new_answers = model.predict(photographs, verbose=0).argmax(axis=1)
    same.append(int(np.sum(new_answers == photo_answers)))
    new = explain(photographs, photo_answers)
    black.append(sum(not one.any() for one in new["Grad-CAM"]))
    for name, maps in new.items():
        each[name].append(agreements(trained[name], maps))
model.set_weights(kept)
print("same answers after each step:", *same)
print("black Grad-CAM maps:         ", *black)
print("photo by photo after step 1: ", *(f"{one:.2f}" for one in each["Grad-CAM"][0]))

# %% [markdown]
# The next cell prints a table and draws the curves. Its last column is one more control: how alike are the
# maps of two *different* photos in the trained network? Grad-CAM maps are coarse, and their heat often lies
# in the middle, so they agree to some degree whatever they explain. In the plot a dotted line marks that
# value for Grad-CAM.

# %%
lines = {name: np.mean(values, axis=1) for name, values in each.items()}
other = {k: np.mean(agreements(m, np.roll(m, 1, axis=0))) for k, m in trained.items()}
print("shuffled:  last layer  + top  + stage 7  + stage 6     all   two photos")
for name, values in lines.items():
    row = [*values[[0, 1, 2, 3, 9]], other[name]]
    print("{:10}{:10.2f}{:8.2f}{:11.2f}{:11.2f}{:8.2f}{:12.2f}".format(name, *row))
depth = np.arange(len(steps) + 1)
figure = plots.curves(
    {name: (depth, [1, *values]) for name, values in lines.items()},
    xlabel="shuffled from the last layer down to here",
    ylabel="rank correlation with the first map",
    markers=True,
    alt="Rank correlation over the parts shuffled. Edges stay at 1, guided backpropagation stays near 1 for four steps, saliency drops to 0.4, Grad-CAM is low from the first step.",
)
ticks = ["nothing", "last layer", "top", *(f"stage {n}" for n in range(7, 0, -1)), "stem"]
figure.axes[0].set_xticks(depth, ticks, rotation=45, ha="right")
figure.axes[0].axhline(other["Grad-CAM"], color="C0", linestyle=":", linewidth=1)
figure

# %%
quiz.ask("06b", "sanity")

# %% [markdown]
# Edges stay at 1, because they never depended on a network. *Guided backpropagation* hardly notices. With 85
# % of the weights shuffled, its maps still agree with the old ones at 0.95. It shows the picture, not the
# reason for the answer. *Saliency* loses more than half of its order at once. What is left fades slowly. It
# can't explain the answers, because they are wrong from the first step on.
#
# On average, *Grad-CAM*'s new map resembles the old one less (0.34) than the maps of two different photos
# resemble each other (0.68). But look at the five photos: the rocket's map has hardly changed (0.86), and the
# cup's has gone black, which we counted as 0. One of the five maps is black after nine of the ten steps. Five
# photos and one shuffle show the trend, no more.
#
# So Grad-CAM passes the test, guided backpropagation fails, and saliency lies in between. Passing is
# necessary but not sufficient: a map that depends on the network can still mislead you. That is why we also
# covered the hot places, and compared the damage with controls.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "mean share of heat on the correct half": np.mean(shares),
        "test pictures right, handbags and shoes": f"{correct} of {len(test.labels)}",
        "covering hot hurts more than turned": f"{wins['turned']} of 60, p = {p['turned']:.2g}",
        "covering hot hurts more than busy": f"{wins['busy']} of 60, p = {p['busy']:.2g}",
        "IoU of the best channel for soles, stage 6": table["trained", "6_block4"][sole],
        "the same in a random network": table["random", "6_block4"][sole],
        **{
            f"correlation, last layer shuffled, {name}": values[0]
            for name, values in lines.items()
        },
    }
)

# %% [markdown]
# ## Key points
#
# - Grad-CAM: weigh the last maps by the mean gradient of the class's logit, add them up, keep what is
#   positive.
# - If the network ends in an average and one `Dense` layer, Grad-CAM's weights are that layer's own weights,
#   divided by the number of places. That map is called the class activation map.
# - If the base is a layer of another model, open the base and put the same head on top again.
# - No heat means that no place speaks for the class more than against it.
# - Occlusion needs no gradient: cover a part and see how far the logit drops. Use it to test what a heat map
#   suggests.
# - Choose the best channel on some pictures, measure it on others, and compare with a random network.
# - Ruin the network. A map that stays the same explains nothing.
#
# ## Where next
#
# - Look at the mistakes of your own classifier in this way: [lesson 4](04_headless_resnet.ipynb) and [lesson
#   5](05_fine_tuning.ipynb). Write down what it looks at, then cover that part. Were you right?
# - [Lesson 6](06_feature_visualization.ipynb) asks the other question: what would a channel like to see?
# - Bolei Zhou and others, *Learning deep features for discriminative localization*, 2016 (class activation
#   maps). Ramprasaath Selvaraju and others, *Grad-CAM*, 2017. Matthew Zeiler and Rob Fergus, *Visualizing and
#   understanding convolutional networks*, 2014 (occlusion). David Bau and others, *Network dissection*, 2017.
#   Julius Adebayo and others, *Sanity checks for saliency maps*, 2018.
#
# ## Going further
#
# - **Two turtles.** A loggerhead and a leatherback are both sea turtles, and ImageNet has a class for each.
#   Find a photo of each, read it with `keras.utils.load_img`, cut it to `square`, and ask `grad_cam` for both
#   classes. By which parts does the network tell them apart? Cover them and see.
# - **At home.** `keras.applications.MobileNetV2(classifier_activation=None)` gives logits at once. Its last
#   maps are the output of `out_relu`, and it takes pictures of 224×224 that went through its own
#   `preprocess_input`.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

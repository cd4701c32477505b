# %% [markdown]
# # 6b. Why did it say that?
#
# <!-- badges -->
#
# Topics: Grad-CAM, class activation maps, occlusion, saliency, sanity checks, dissection.
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
# - to test a method: ruin the network, and see whether the map changes;
# - if you go further: to find channels that respond to soles or straps, and to compare them with chance.
#
# You need lesson 4, where a new head is put on a frozen base, and the idea of a gradient. Section 4 of lesson 1b
# explains `GradientTape`; read it first if the tape is new to you. Sections 1 to 6 take <!-- minutes to teach -->
# minutes to teach, and you need as long again for the exercises. The code runs in about <!-- time to run -->.

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

from helpers import backbones, check, datasets, drawings, plots, quiz, visualize

keras.utils.set_random_seed(0)

# %% [markdown]
# We cut an upright strip from the middle of each of two photos that come with scikit-image, and put the strips side by
# side. Each heat map is laid over a gray copy of the picture, and yellow marks its hottest place. The weaker the heat,
# the fainter the colour; very weak heat cannot be seen. The pictures are stored with few colours, so the heat sometimes
# shows stripes. They mean nothing.

# %%
model = backbones.whole("efficientnet_lite0")
names = model.categories
half = layers.Resizing(192, 96, crop_to_aspect_ratio=True, antialias=True)
cup_and_cat = np.hstack([half(data.coffee()), half(data.chelsea())])


def heated(picture, heat):
    """Lay a heat map over a gray copy of a picture."""
    return visualize.overlay(picture.mean(axis=-1, keepdims=True), heat, alpha=0.7)


asked = ["espresso", "Egyptian cat"]
targets = [names.index(name) for name in asked]
heats = visualize.grad_cam(model, np.stack([cup_and_cat] * 2), target=targets)
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
# probabilities that add up to 1. Probabilities are hard to explain: the one for *espresso* also rises when the
# score for *cat* falls. So we take the softmax off the last layer, and compute probabilities only when we
# want to read them.
#
# Once `predict` has been called, it doesn't notice a change in a layer. To be safe, we make a new model from the same
# layers.

# %%
model.get_layer("predictions").activation = None
model = keras.Model(model.input, model.output)  # predict may have been used before
logits = model.predict(cup_and_cat[None], verbose=0)[0]
probabilities = keras.ops.softmax(logits).numpy()
for number in np.argsort(-logits)[:4]:
    name, probability, logit = names[number], probabilities[number], logits[number]
    print(f"{name:14} probability {probability:.2f}   logit {logit:5.2f}")

# %% [markdown]
# The cat wins, and *espresso* comes second. Both things are in the picture, so we may ask about both.

# %% [markdown] syllabus="G4"
# ## 2. Which places say espresso?
#
# Look at the last feature maps of the network, the output of `top_relu`. There are 1,280 of them, each with
# 6×6 places. A map shows where its channel has found the pattern that it looks for. So the maps tell us
# *where*, if only coarsely, and the channels tell us *what*.
#
# **Grad-CAM** adds these maps up, each map $A^k$ with a weight $w_k$. How much does the logit $z$ of our class rise
# when the number at one place of the map grows a little? That is the gradient at this place. Its mean over all places
# is the weight. If a channel raises the logit of *espresso*, its map gets a positive weight; if it lowers the logit, a
# negative one.
#
# A place **speaks for** a class if it raises the logit of that class, and **against** the class if it lowers
# the logit.
#
# $$w_k = \frac{1}{\text{places}}\sum_{i,j} \frac{\partial z}{\partial A^k_{ij}} \qquad\qquad
# \text{heat} = \mathrm{ReLU}\Big(\sum_k w_k A^k\Big)$$
#
# First we need the maps and the gradients. A Keras model can have two outputs, so we build one that returns
# the maps and the logits. A `GradientTape` records what we compute, and afterwards we can ask it for gradients.
#
# By itself, a tape watches only weights that train, and this network is frozen, so it has none. So we tell the tape to
# watch our picture: `tape.watch(picture)`. Then it records everything that we compute from the picture, the maps
# included.
#
# Predict before you run the cell: the maps have the shape (6, 6, 1280). What is the shape of the gradients?

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
# **Exercise 1.** Compute the weights $w_k$, the formula on the left: one number for each channel. `gradients`
# has the shape (rows, columns, channels). Over which axes do you average?


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
# **Exercise 2.** Now the heat, the formula on the right: one number for each place. ReLU sets negative sums to
# 0, because we want to see only the places that speak *for* the class. NumPy lets you multiply an array (rows,
# columns, channels) by an array (channels,) directly.


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
weights = np.asarray(channel_weights(gradients))
heat = np.asarray(heat_map(maps, weights))
print(heat.round(2))
large = tf.image.resize(heat[..., None], (192, 192))[..., 0].numpy()
plots.image_grid(
    [heat, large, heated(cup_and_cat, large)],
    ["6×6 places", "enlarged", "over the picture"],
    size=3,
    cmap="viridis",
    alt="The heat for espresso as six by six squares, then enlarged, then over the picture: it lies on the cup.",
)

# %% [markdown]
# The heat is strongest over the coffee. Over the cat it is weak: up to 0.34 in the column next to the cup, and
# below 0.1 further right. A place sees far more of the picture than its own square, and most of all its
# neighbourhood. So the column next to the cup still sees much of the cup.
#
# ### The last layer holds the same weights
#
# After these maps come only an average over the 36 places and one `Dense` layer. For our class, it has the weights
# $W_k$ and the bias $b$:
#
# $$z = b + \sum_k W_k \cdot \frac{1}{36}\sum_{i,j} A^k_{ij}, \qquad\text{so}\qquad
# \frac{\partial z}{\partial A^k_{ij}} = \frac{W_k}{36}.$$
#
# The gradient is the same at all places, so in this network the mean in Exercise 1 changes nothing. In a
# network with a larger head it does. Is $W_k/36$ what the tape found?

# %% tags=["nbval-check-output"]
kernel = model.get_layer("predictions").kernel.numpy()
print("kernel of the last layer:", kernel.shape)
places = maps.shape[0] * maps.shape[1]
same = np.allclose(kernel[:, espresso] / places, weights, atol=1e-6)
print(f"kernel / {places} = our weights:", same)

# %% [markdown]
# Yes. A map that is made from the last layer's weights directly is called a **class activation map**. That
# works only if the network ends in an average and a single `Dense` layer. Grad-CAM asks for the gradient
# instead, so it works with any head.
#
# ### All of it in one function
#
# This is Grad-CAM as you would write it in a project: tape, gradients, weights, sum, ReLU, enlarge.


# %%
def grad_cam(inside, picture, target):
    """Show which places in one picture speak for the class `target`."""
    picture = tf.cast(picture[None], tf.float32)
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
# Try our function on another pair: a motorcycle beside a photographer with his camera on a tripod. Before you run the
# cell, say where you expect the heat for *tripod*. (ImageNet has no *motorcycle*, so for the other one we ask for
# *moped*.)

# %%
motorcycle, photographer = data.stereo_motorcycle()[0], np.dstack([data.camera()] * 3)
moped_and_tripod = np.hstack([half(motorcycle), half(photographer)])
asked = ["moped", "tripod"]
heats = [grad_cam(inside, moped_and_tripod, names.index(name)) for name in asked]
plots.image_grid(
    [moped_and_tripod / 255, *(heated(moped_and_tripod, heat) for heat in heats)],
    ["the picture", *(f"heat for {name}" for name in asked)],
    size=3,
    alt="A motorcycle beside a photographer; the heat for moped lies on the motorcycle, the heat for tripod on the tripod's legs.",
)

# %% [markdown]
# Each map lights up on its own half. For *tripod* the heat is strongest on the legs and on the grass beside them; the
# map is too coarse to separate the two. The heat also reaches the man's elbow, where it is almost as strong. On his
# back it is weak.
#
# Four maps prove nothing, so we measure. We put any two of the four photos side by side, in both orders. That makes 12
# pictures, and in each we ask for the class of each photo. How much of the heat lies on the half that shows what we ask
# for? A map that had nothing to do with the class would have half of its heat there, on average.

# %%
halves = {
    "espresso": cup_and_cat[:, :96],
    "Egyptian cat": cup_and_cat[:, 96:],
    "moped": moped_and_tripod[:, :96],
    "tripod": moped_and_tripod[:, 96:],
}
shares = []
for left, right in itertools.permutations(halves, 2):  # 12 ordered pairs
    joined = np.hstack([halves[left], halves[right]])
    for name, columns in ((left, slice(0, 96)), (right, slice(96, 192))):
        heat = grad_cam(inside, joined, names.index(name))
        shares.append(heat[:, columns].sum() / heat.sum())
count, share = len(shares), np.mean(shares)
print(f"{count} maps: {share:.0%} of the heat on the photo asked for, on average,")
print(f"{min(shares):.0%} in the worst map and {max(shares):.0%} in the best")

# %% [markdown]
# Even in the worst of the 24 maps, well over half of the heat lies on the correct half. So on these four
# photos Grad-CAM tells us on which half the network finds each thing.

# %% [markdown]
# ## 4. What if the base sits inside another model?
#
# Lesson 4 puts a new head on a frozen base. Here is such a model for handbags and shoes. A program of this course has
# drawn the pictures: each object lies on wood, tiles, stone, cloth or something like it. The base turns each picture
# into 1,280 numbers. We compute these numbers once and train the head on them. The weights of the head start at zero;
# below we will see what follows from that.

# %%
drawings_set = datasets.handbags_and_shoes("drawn", size=(192, 192))
words, test = drawings_set.class_names, drawings_set.test
train, validation = drawings_set.train, drawings_set.validation
x = np.concatenate([train.images, validation.images])
y = np.concatenate([train.labels, validation.labels])
base = backbones.headless("efficientnet_lite0")
head = layers.Dense(2, kernel_initializer="zeros", name="head")
classifier = keras.Sequential([keras.Input((1280,)), head])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
classifier.compile(keras.optimizers.Adam(1e-3), loss)
features = base.predict(x, verbose=0)
_ = classifier.fit(features, y, batch_size=16, epochs=60, verbose=0)

# %% [markdown]
# Now join the two: picture, base, head. How many of the test pictures does the joined model get right? And
# can we ask it for its maps, as before? The layer `top_relu` belongs to `base`, and `base` is one layer of
# `transfer`. What does Keras say?

# %%
photo = keras.Input((192, 192, 3))
transfer = keras.Model(photo, head(base(photo, training=False)))
shoe_logits = transfer.predict(test.images, verbose=0)
shoe_answers = shoe_logits.argmax(axis=1)
correct = np.sum(shoe_answers == test.labels)
print(f"right on {correct} of {len(test.labels)} test pictures")
try:
    keras.Model(photo, [base.get_layer("top_relu").output, transfer.output])
except ValueError as error:
    print("Keras:", error)

# %% [markdown]
# The maps in `base.get_layer(...).output` start from the input of the base, not from the input of `transfer`.
# No path leads from one to the other. So we open the base first, and then put the same head on top again. No
# weight is copied: all these models use the same layers.
#
# **Exercise 3.** Open the base. Return a model that starts at the input of the base and has two outputs:
# first the output of the layer with the name `layer`, then the output of the base.


# %% tags=["exercise"]
def open_base(base, layer):
    """Build a model that gives the maps of one layer, and the features of the base."""
    return ...


# %% tags=["nbval-check-output"]
open_base = check.exercise(check.open_base, open_base, otherwise=check.maps_and_features)


# %% tags=["solution"]
def open_base(base, layer):
    """Build a model that gives the maps of one layer, and the features of the base."""
    return keras.Model(base.input, [base.get_layer(layer).output, base.output])


# %% [markdown]
# With the opened base and the same head, we build a model that gives maps and logits. Our `grad_cam` works on
# it as it is. The course also has a helper, `visualize.grad_cam`, which finds layers at any depth and takes
# many pictures at once. Do the two agree?

# %% tags=["nbval-check-output"]
opened = open_base(base, "top_relu")
photo = keras.Input((192, 192, 3))
base_maps, features = opened(photo, training=False)
inside_transfer = keras.Model(photo, [base_maps, head(features)])
by_hand = grad_cam(inside_transfer, test.images[0], target=1)  # 1 is shoe
last_layer = "efficientnet_lite0/top_relu"
by_helper = visualize.grad_cam(transfer, test.images[:1], last_layer, target=1)[0]
print("shape:", by_helper.shape)
print("equal:", np.allclose(by_hand, by_helper, atol=1e-4 * by_hand.max()))

# %% [markdown]
# They do. First look at the pictures that the model is surest about, two of each class. Below each picture you see the
# heat for *handbag* and the heat for *shoe*. Both maps of a picture share one scale, so you can compare them.


# %%
def for_both_classes(chosen, alt):
    """Show test pictures, and below each its two heat maps, both on one scale."""
    shown = test.images[chosen]
    both = [visualize.grad_cam(transfer, shown, last_layer, target=n) for n in (0, 1)]
    wide = heated(np.concatenate([shown, shown], axis=2), np.concatenate(both, axis=2))
    rows = [shown / 255, wide[:, :, :192], wide[:, :, 192:]]
    titles = [f"{words[test.labels[n]]}, answer: {words[shoe_answers[n]]}" for n in chosen]
    titles += [f"heat for {word}" for word in words for _ in chosen]
    return plots.image_grid(np.concatenate(rows), titles, columns=4, size=1.8, alt=alt)


margin = shoe_logits[:, 1] - shoe_logits[:, 0]  # above 0 the model says shoe
order = np.argsort(margin)
surest = [*order[:2], *order[-2:]]
for_both_classes(
    surest,
    "Two handbags and two shoes. The heat for the correct class lies on the object or under its handle.",
)

# %% [markdown]
# The heat for the correct class is strongest on the shoes or, for the two bags, in the opening under the
# handle. For the other class we see no heat at all. Is it weak, or is there none? Count the places with a
# positive weighted sum, and look at the largest sum.

# %%
shoe_maps = opened.predict(test.images[surest], verbose=0)[0]
sums = shoe_maps @ head.kernel.numpy() / 36
print("answer    places for handbag   largest   places for shoe   largest")
for number, one in zip(surest, sums):
    places, largest = (one > 0).sum(axis=(0, 1)), one.max(axis=(0, 1))
    print(f"{words[shoe_answers[number]]:10}{places[0]:18}{largest[0]:10.4f}", end="")
    print(f"{places[1]:18}{largest[1]:10.4f}")

# %%
quiz.ask("06b", "no-heat")

# %% [markdown]
# The first handbag has no heat for *shoe*, and the first picture of shoes has none for *handbag*. The other two do have
# some heat for the wrong class, but it is too weak to be seen. In each row the two counts add up to 36. Both columns of
# the head's weights start at zero, and each training step moves them by equal amounts in opposite directions. So they
# stay mirror images: a place that speaks for *handbag* speaks just as strongly against *shoe*.
#
# Now the four worst mistakes. Did the model look at the wrong thing, or did it look at the right thing and
# misread it?

# %%
signed_margin = margin * np.where(test.labels == 1, 1, -1)  # below 0: a mistake
for_both_classes(
    np.argsort(signed_margin)[:4],
    "A sandal taken for a handbag and three clutches taken for shoes, each with its two heat maps.",
)

# %% [markdown]
# The first is a large sandal, partly hidden by a book: a pale sole with green straps. The heat for *handbag* is
# strongest on the strap above the book. Weaker heat lies on the book, and on the mug and the wall around it. So here
# the model looks partly at the shoe and misreads it.
#
# The other three are clutches, small bags that you hold in your hand. In the second picture the heat for *shoe* lies on
# the orange, on the part of the flap below it and on the wood around it. In the third it lies on the clutch itself,
# most of all at its lower edge. In the fourth it is strongest on the tiles below the clutch. It also covers the box and
# the right half of the clutch.
#
# So, judged by eye, the model misreads the object itself in the third picture and partly in the first. In the second it
# is mostly other things and the ground that seem to mislead it, and in the fourth the ground and the clutch itself. We
# have not tested that; section 5 shows how.
#
# *This is a good place for a break.*

# %% [markdown] syllabus="G6"
# ## 5. What happens if we cover it?
#
# A heat map suggests what a network looked at. How can we test that? We try it on a wrong answer. Here is the astronaut
# Eileen Collins. What does the network take her for, and where does it see that?

# %%
square = layers.Resizing(192, 192, crop_to_aspect_ratio=True, antialias=True)
astronaut = np.asarray(square(data.astronaut()))
logits = model.predict(astronaut[None], verbose=0)[0]
bobsled, *others = np.argsort(-logits)[:3]
print(*(f"{names[n]} {logits[n]:.1f}" for n in (bobsled, *others)), sep="\n")
astronaut_heat = grad_cam(inside, astronaut, bobsled)
plots.image_grid(
    [astronaut / 255, heated(astronaut, astronaut_heat)],
    ["an astronaut", f"heat for {names[bobsled]}"],
    size=3,
    alt="An astronaut in an orange suit with her helmet in front of her; the heat for bobsled lies on suit and helmet.",
)

# %% [markdown]
# ImageNet has no class for astronauts, so the network must choose another one, and it chooses *bobsled*. *Go-kart* and
# *football helmet* come second and third. All three go with helmets, and the heat is strongest where the orange suit
# meets the helmet. So here is a guess: the network goes by the helmet and the bright suit. For now it is no more than a
# guess.
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
    [f"{name}: drop {drop:.1f}".replace("-", "−") for name, drop in zip(corners, drops)],
    size=2.2,
    alt="The astronaut with a gray square over face, suit, helmet and shuttle, and the drop of the logit each time.",
)

# %% [markdown]
# The helmet matters most and the suit comes second, as we guessed. The face hardly matters. With the square on the
# shuttle the logit even rises, by 0.6, so the drop is negative. But we placed each square by hand, and only once.
# Would a square a few pixels away say the same?
#
# **Exercise 4.** Cover every place. Write a function that returns one copy of the picture for each
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
# numbers. In the left picture red is a drop, blue a rise, and white no change. Each number belongs to the
# centre of its gray square. No centre is nearer to the border than 24 pixels, so the left picture shows the
# middle of the photo, enlarged. The two pictures on the right show the whole photo, and only what is positive:
# rises are left out.
#
# Predict: is the whole helmet red, or only its middle? And is there a place where covering *raises* the logit
# by more than on the shuttle?

# %%
copies = covered_copies(astronaut, 48, 16)
drops = before - model.predict(copies, verbose=0)[:, bobsled].reshape(10, 10)
batch = astronaut[None]  # of one picture
[spread] = visualize.occlusion(model, batch, bobsled, patch=48, stride=16, fill=128)
print(f"shuttle, 2 pixels away from our square: {drops[2, 8]:.1f}")
print(f"16 pixels further right:                {drops[2, 9]:.1f}")
most = np.abs(drops).max()
span = f"drop of the logit, {drops.min():.1f} to {drops.max():.1f}".replace("-", "−")
plots.image_grid(
    [drops, heated(astronaut, spread), heated(astronaut, astronaut_heat)],
    [span, "occlusion", "Grad-CAM"],
    size=3,
    cmap="RdBu_r",
    limits=(-most, most),
    alt="The drop for each of a hundred squares, the same over the picture, and Grad-CAM: both are hottest at the helmet.",
)

# %%
quiz.ask("06b", "shuttle")

# %% [markdown]
# The map in the middle is made by the helper `visualize.occlusion`, which gives each pixel the mean drop of
# all squares that cover it. Both methods point at the helmet. Occlusion is hottest on the helmet itself, and
# Grad-CAM at its left edge. They work in different ways, so their agreement means something. It is one
# picture, though, and we judged the agreement by eye.
#
# The left picture also tells us how far to trust a single square. On the helmet all squares are red. On the shuttle,
# pale red and pale blue lie side by side: two pixels away from our square the rise is only half as large, and 16 pixels
# further right it has become a drop. The strongest rise, 1.3, is in the fourth row and fifth column, over her neck, and
# the square to its left is pale red. A gray square isn't neutral either: it brings edges of its own into the picture.

# %% [markdown]
# ### Does covering the hot places hurt more?
#
# One astronaut is only one example. So we go back to the handbags and shoes and take 60 test pictures. In
# each of them we cover the hottest fifth of the pixels, as Grad-CAM sees it, in the map for the model's own
# answer.
#
# A **control** is a second measurement that differs only in the thing we want to test. We take two. Both cover the same
# area, at a place that the heat did not choose. The first is the same shape turned by 180 degrees. The second needs no
# network at all: it is the busiest fifth, where the picture has the strongest edges. Here is one picture with each of
# the three covers. It is the one in which hot and turned overlap least.


# %%
def highest_fifth(maps):
    """Mark the fifth of the pixels with the largest values."""
    return maps > np.quantile(maps, 0.8, axis=(1, 2), keepdims=True)


shown, answers = test.images[:60].astype("float32"), shoe_answers[:60]
heats = visualize.grad_cam(transfer, shown, last_layer, target=answers)
edges = np.stack([filters.gaussian(filters.sobel(one.mean(axis=-1)), 8) for one in shown])
hot = highest_fifth(heats)
masks = {"hot": hot, "turned": hot[:, ::-1, ::-1], "busy": highest_fifth(edges)}
covered = {name: np.where(mask[..., None], 128, shown) for name, mask in masks.items()}
example = (hot & masks["turned"]).sum(axis=(1, 2)).argmin()
plots.image_grid(
    [pictures[example] / 255 for pictures in (shown, *covered.values())],
    [f"{words[test.labels[example]]}, answer: {words[answers[example]]}", *covered],
    size=2.2,
    alt="A test picture, then with its hottest fifth covered in gray, with the same shape turned, and with its busiest fifth covered.",
)

# %% [markdown]
# In this picture the hottest fifth takes in the handles, most of the upper edge of the bag and much of the cloth around
# them. We did not choose the picture for its beauty, and the test below uses all 60.
#
# By how much does the answer's logit lead over the other class, and how far does this lead shrink when we cover a
# place? We compare two covers with a **sign test**. We say that the hot cover wins if it shrinks the lead more. If it
# did not matter which of the two places we cover, the hot cover would win about half the time, like a tossed coin. The
# **p-value** is the chance that a fair coin gives a result at least as one-sided as ours.


# %%
def lead(logits):
    """Subtract the other class's logit from the answer's logit."""
    return logits[np.arange(60), answers] - logits[np.arange(60), 1 - answers]


uncovered, shrinkage = shoe_logits[:60], {}
for name, pictures in covered.items():
    logits = transfer.predict(pictures, verbose=0)
    shrinkage[name] = lead(uncovered) - lead(logits)
means = [f"{name} {values.mean():.2f}" for name, values in shrinkage.items()]
print("the lead shrinks by:", "   ".join(means))
wins, p = {}, {}
for control in ("turned", "busy"):
    wins[control] = int(np.sum(shrinkage["hot"] > shrinkage[control]))
    p[control] = stats.binomtest(wins[control], 60).pvalue
    line = f"hot hurts more than {control} in {wins[control]} of 60 pictures, p ="
    print(line, f"{p[control]:.2g}")

# %% [markdown]
# Covering the hot places hurts more than covering the same shape turned in 49 of 60 pictures, and on average about
# twice as much. A fair coin would give a result this one-sided less than once in a million tries. So the heat marks
# places that matter more than those on the opposite side.
#
# But the busiest places were found without any network, and the test does not tell them apart from the hot
# ones. Their mean is a little smaller, 2.83 against 3.24. The hot places win in 34 of 60 pictures, and a fair
# coin gives a result at least as one-sided more than one time in three (p = 0.37). So this test does not show
# that Grad-CAM finds more than an edge filter does.

# %% [markdown] syllabus="G8"
# ## 6. Can we trust these maps?
#
# An explanation makes a claim about a network, so it must depend on the network. Julius Adebayo and others
# turned this into a test. Destroy what the network has learnt, layer by layer, and watch the map. If the map
# stays the same, it was never about what the network had learnt.
#
# We test three methods. The first is Grad-CAM. The second is **saliency**: how strongly does each single
# pixel change the logit?
#
# **Exercise 5.** Write `saliency`. You need a tape, as in `grad_cam`, but `network` gives only logits. Which gradient
# do you ask for this time? Keep `tape.watch(picture)`: without it this gradient is `None`. A pixel has three colours.
# The logit may rise or fall with each of them, and both count. Return for each pixel the largest absolute value among
# its three gradients.


# %% tags=["exercise"]
def saliency(network, picture, target):
    """Show how strongly each pixel changes the logit of one class: (rows, columns)."""
    picture = tf.cast(picture[None], tf.float32)
    return ...


# %% tags=["nbval-check-output"]
if check.exercise(check.saliency, saliency, otherwise=False):
    by_hand = np.asarray(saliency(model, cup_and_cat, espresso))
    by_helper = visualize.saliency(model, cup_and_cat[None], espresso)[0]
    equal = np.allclose(by_hand, by_helper, atol=1e-3 * by_hand.max())
    print("equal to the helper on a photo:", equal)


# %% tags=["solution"]
def saliency(network, picture, target):
    """Show how strongly each pixel changes the logit of one class: (rows, columns)."""
    picture = tf.cast(picture[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = network(picture)[0, target]
    gradient = tape.gradient(score, picture)[0]
    return tf.reduce_max(tf.abs(gradient), axis=-1).numpy()


# %% [markdown]
# From here on we use the helper `visualize.saliency`, which takes many pictures at once. Saliency maps look noisy.
# **Guided backpropagation** was meant to give cleaner maps: on the way back from the logit to the picture, each ReLU
# also stops negative gradients. Do its maps look clearer? And are they truer?
#
# `custom_gradient` lets us decide ourselves what happens on the way back. `guided_relu` must return two things: the
# value, and a function for the way back. `clone_model` calls our function `guide` for every layer, and `guide` replaces
# the ReLUs and returns all other layers unchanged. Apart from the ReLUs, the new model, the **twin**, shares all its
# layers with the old one. So when we shuffle the weights of `model` below, the twin is ruined as well. The ReLUs of
# this network stop at 6, so above 6 the gradient is 0.


# %%
@tf.custom_gradient
def guided_relu(x):
    """Stop at 0 and at 6; on the way back, stop negative gradients as well."""

    def backward(gradient):
        passes = tf.cast((x > 0) & (x < 6), x.dtype)  # what every such ReLU does
        return tf.nn.relu(gradient) * passes  # relu: this is the guided part

    return tf.nn.relu6(x), backward


def guide(layer):
    """Replace a ReLU and keep every other layer."""
    return layers.Activation(guided_relu) if isinstance(layer, layers.ReLU) else layer


twin = keras.models.clone_model(model, clone_function=guide)
outputs = [one.predict(cup_and_cat[None], verbose=0) for one in (model, twin)]
print("same logits:", np.allclose(*outputs, atol=1e-3))
kept = model.get_weights()  # to repair the network after we have ruined it

# %% [markdown]
# The control is made without any network: it shows the **edges** of the picture. Look at the cat and the cup. Which of
# the four maps would you print in a report? (White marks the largest values. Each map has its own scale, so compare
# patterns, not brightness.)

# %%
motorcycle = data.stereo_motorcycle()[0]
raw = [data.chelsea(), data.coffee(), motorcycle, data.rocket(), data.astronaut()]
photographs = np.stack([square(photograph) for photograph in raw])
photo_answers = model.predict(photographs, verbose=0).argmax(axis=1)


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
    return plots.image_grid(panels, titles, columns=5, size=1.65, alt=alt)


trained = explain(photographs, photo_answers)
show(
    [(0, trained, "photo"), (1, trained, "photo")],
    "A cat and a cup with the maps of the trained network: a coarse blob, speckles, eyes and rings, outlines.",
)

# %% [markdown]
# Guided backpropagation picks out the cat's eyes, as if the network had looked at them. On the cup it draws
# rings, but hardly shows more of the cup than saliency does.
#
# Now ruin the network. Its blocks form seven **stages**, runs of blocks with the same number of channels. Before stage
# 1 comes the stem, its first layer. After stage 7 there is one more convolution, whose layers have names that begin
# with `top`, and then the last layer. (This isn't the *top* of lesson 2, which we call the head.) We shuffle the
# weights of the last layer, of `top`, and of stages 7 and 6.
#
# After the shuffle we still ask for the old classes, *Egyptian cat* and *espresso*, so that only the network
# changes and not the question. What should happen to a map that really depends on what the network has learnt?


# %%
def shuffle(part):
    """Shuffle the weights of every layer whose name begins with `part`."""
    for one in model.layers:
        if one.name.startswith(part):
            old = one.get_weights()
            one.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in old])


model.set_weights(kept)  # begin with the trained network, also when this cell runs twice
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

# %% [markdown]
# All five answers are the same now, *Old English sheepdog*, and all five are wrong. Which of the maps have
# noticed?

# %%
rows = [(0, trained, "cat, before"), (0, ruined, "cat, after")]
rows += [(1, trained, "cup, before"), (1, ruined, "cup, after")]
show(
    rows,
    "The maps before and after the shuffle: guided backpropagation hardly changes, Grad-CAM for the cup is black.",
)

# %% [markdown]
# Grad-CAM and saliency have changed. Guided backpropagation still picks out the cat's eyes. The black panel is
# no error: for the cup, every weighted sum of Grad-CAM is 0 or negative in the ruined network, so ReLU leaves
# nothing.
#
# Two photos are not enough, so we measure the change on all five, and go all the way from the last layer to the first.
# After each step we compare the new maps with the old ones by their **rank correlation**: replace each pixel by its
# rank, from the darkest to the brightest, and correlate the ranks. It is 1 if the order is the same, 0 if there is no
# agreement, and −1 if the order is reversed. A black map has no ranks, and the helper `visualize.rank_correlation`
# counts it as 0.


# %%
def agreements(before, after):
    """Give the rank correlation of the two maps of each photo."""
    return [visualize.rank_correlation(*pair) for pair in zip(before, after, strict=True)]


model.set_weights(kept)
rng = np.random.default_rng(0)
steps = ["predictions", "top", *(f"stage{n}" for n in range(7, 0, -1)), "stem"]
each, same, black = {name: [] for name in trained}, [], []
for part in steps:
    shuffle(part)
    new_answers = model.predict(photographs, verbose=0).argmax(axis=1)
    same.append(int(np.sum(new_answers == photo_answers)))
    new = explain(photographs, photo_answers)
    black.append(sum(not one.any() for one in new["Grad-CAM"]))
    for name, changed in new.items():
        each[name].append(agreements(trained[name], changed))
model.set_weights(kept)
print("same answers after each step:", *same)
print("black Grad-CAM maps:         ", *black)

# %% [markdown]
# How alike must two maps be before we call them alike? One more control: compare the maps of two *different*
# photos in the trained network. Grad-CAM maps are coarse, and their heat often lies in the middle, so they
# agree to some degree whatever they explain. The last column of the table shows how much.

# %%
lines = {name: np.mean(values, axis=1) for name, values in each.items()}
pairs = {name: agreements(maps, np.roll(maps, 1, axis=0)) for name, maps in trained.items()}
print("shuffled:  last layer  + top  + stage 7  + stage 6     all   two photos")
for name, values in lines.items():
    row = [*values[[0, 1, 2, 3, 9]], np.mean(pairs[name])]
    print("{:10}{:10.2f}{:8.2f}{:11.2f}{:11.2f}{:8.2f}{:12.2f}".format(name, *row))
print("\nGrad-CAM, photo by photo")
print("last layer shuffled:    ", *(f"{one:6.2f}" for one in each["Grad-CAM"][0]))
print("with the photo before it:", *(f"{one:5.2f}" for one in pairs["Grad-CAM"]))
not_black = [one for one in each["Grad-CAM"][0] if one != 0]
print(f"last layer shuffled, mean without the black map: {np.mean(not_black):.2f}")

# %% [markdown]
# The curves show all ten steps. The thin line marks how alike the Grad-CAM maps of two different photos are.
# It belongs to Grad-CAM only, so don't compare the other curves with it.

# %%
depth = np.arange(len(steps) + 1)
figure = plots.curves(
    {name: (depth, [1, *values]) for name, values in lines.items()},
    xlabel="shuffled from the last layer down to here",
    ylabel="rank correlation with the old map",
    markers=True,
    alt="Edges stay at 1, guided backpropagation falls late, saliency and Grad-CAM fall at the first step.",
)
ticks = ["nothing", "last layer", "top", *(f"stage {n}" for n in range(7, 0, -1)), "stem"]
figure.set_size_inches(9, 4.5)
figure.axes[0].set_xticks(depth, ticks, rotation=45, ha="right")
level = np.mean(pairs["Grad-CAM"])
figure.axes[0].axhline(level, color="C0", linestyle="-", linewidth=0.8)
figure.axes[0].text(10, level + 0.02, "Grad-CAM of two photos", ha="right", color="C0")
figure

# %%
quiz.ask("06b", "sanity")

# %% [markdown]
# Edges stay at 1, of course: no network is involved. *Guided backpropagation* hardly notices the first four
# steps. With 85% of the weights shuffled, its maps still agree with the old ones at 0.95. It falls only when
# stages 5 to 1 are shuffled, too, and ends at 0.18, the value for two different photos. So it shows what the
# early layers find in the picture, not the reason for the answer.
#
# *Saliency* drops to 0.43 at the first step and then fades slowly. Two different photos agree at only 0.03, so
# the new maps still resemble the old ones. Yet the weights of the class were shuffled in the very first step.
# So this likeness comes from the picture and from the layers below, not from the class we ask about.
#
# After the first step, *Grad-CAM*'s new map resembles the old one less, on average (0.34), than the maps of two
# different photos resemble each other (0.68). The black map of the cup counts as 0; without it the mean is 0.43, still
# below 0.68. After nine of the ten steps, one of the five maps is black.
#
# But look at the five photos. The cat's old map is closer to its new one (0.68) than to the astronaut's map (0.46). The
# rocket's old map is just as close to its new one as to the motorcycle's (0.86 both times). So after the first step
# three of the five photos show the change and two don't. Five photos and one shuffle show the trend, no more.
#
# So on average Grad-CAM passes the test, though not on every photo after the first step. Guided backpropagation fails,
# and saliency lies in between: its maps change at once, but down to stage 6 they still agree with the old ones far more
# than two different photos do. Passing is necessary but not sufficient: a map that depends on the network can still
# mislead you. That is why we also covered the hot places, and compared the damage with controls. There we could not
# show that Grad-CAM does better than an edge filter.
#
# ## Key numbers

# %%
name = "correlation, last layer shuffled"
last_shuffled = {f"{name}, {method}": values[0] for method, values in lines.items()}
plots.key_numbers(
    {
        "mean share of heat on the correct half": np.mean(shares),
        "test pictures right, handbags and shoes": f"{correct} of {len(test.labels)}",
        "covering hot hurts more than turned": f"{wins['turned']} of 60, p = {p['turned']:.2g}",
        "covering hot hurts more than busy": f"{wins['busy']} of 60, p = {p['busy']:.2g}",
        **last_shuffled,
    }
)

# %% [markdown]
# ## Key points
#
# - Grad-CAM: weight the last maps by the mean gradient of the class's logit, add them up, keep what is
#   positive.
# - If the network ends in an average and one `Dense` layer, Grad-CAM's weights are that layer's own weights, divided by
#   the number of places. The map made directly from that layer's weights is called the class activation map.
# - If the base is a layer of another model, open the base and put the same head on top again.
# - No heat means that at every place the weighted sum is 0 or less.
# - Occlusion needs no gradient: cover a part and see how far the logit drops. Use it to test what a heat map
#   suggests. Move the square a little, and see whether the result stays the same.
# - Compare with controls. Covering Grad-CAM's hottest places hurt more than covering the same shape turned, but our
#   test could not tell it from covering the busiest places.
# - Ruin the network. A map that stays the same does not explain the answer.
#
# ## Where next
#
# - Look at the mistakes of your own classifier in this way: [lesson 4](04_headless_resnet.ipynb) and [lesson
#   5](05_fine_tuning.ipynb). Write down what it looks at, then cover that part. Were you right?
# - [Lesson 6](06_feature_visualization.ipynb) asks the other question: what would a channel like to see?
# - Bolei Zhou and others, *Learning deep features for discriminative localization*, 2016 (class activation
#   maps). Ramprasaath Selvaraju and others, *Grad-CAM*, 2017. Matthew Zeiler and Rob Fergus, *Visualizing and
#   understanding convolutional networks*, 2014 (occlusion). Karen Simonyan and others, *Deep inside
#   convolutional networks*, 2014 (saliency). Jost Tobias Springenberg and others, *Striving for simplicity*,
#   2015 (guided backpropagation). David Bau and others, *Network dissection*, 2017.
#   Julius Adebayo and others, *Sanity checks for saliency maps*, 2018.

# %% [markdown] syllabus="G7"
# ## Going further: is there a channel for soles?
#
# So far we asked *where*. Now we ask *what*: what does a single channel respond to? **Network dissection**
# answers by counting, and it needs pictures in which we know what every pixel shows. For our drawings we do
# know: the program that draws a shoe records where it puts the sole. In an open shoe you also see the insole;
# it counts as sole. White marks the pixels of each part; what covers a part, such as a mug, is left out.

# %%
drawn, labels, parts, _ = drawings.handbags_and_shoes_with_parts("test", 120)
kinds = np.array([len(np.unique(mask)) for mask in parts])
area = (parts > 0).mean(axis=(1, 2)) * (kinds == 4)  # background and three parts
panels, titles = [], []
for label in (0, 1):
    number = np.argmax(area * (labels == label))  # the largest one
    panels.append(drawn[number])
    titles.append(words[label])
    for part in np.unique(parts[number])[1:]:
        panels.append(1.0 * (parts[number] == part))
        titles.append(drawings.PARTS[part])
plots.image_grid(
    panels,
    titles,
    columns=4,
    size=2,
    alt="A drawn handbag and a drawn shoe, and beside each the places of three of its parts in white.",
)

# %% [markdown]
# Now take one channel and enlarge its maps to the size of the drawings. We say that the channel **fires**
# where its values are among the largest 5% over all drawings that we look at. That gives two areas: where
# the channel fires, and where the part is. The usual measure of their agreement is **IoU**, intersection over
# union: the number of pixels in both areas, divided by the number of pixels in at least one. It is 1 if the
# areas are the same and 0 if they never meet.
#
# **Exercise 6.** Write the function `iou`. Both arguments are arrays of `True` and `False` with the same shape;
# `&` means *and*, `|` means *or*.


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
# Where do we look? We take a later block of stage 6, the stage in which lesson 6 found parts of things, such as
# eyes.
#
# There is a trap here. The layer we look at has 1,152 channels, and one of them may fit the soles by luck. So we choose
# the channel on one half of the drawings and measure it on the other half. To save time, the search and the table below
# use only every second row and column of pixels.

# %%
network = backbones.headless("efficientnet_lite0", size="any")
scenes = tf.image.resize(drawn, (256, 256)).numpy()  # larger pictures give finer maps
masks = parts[:, ::2, ::2]  # every second row and column
first, second = slice(0, 60), slice(60, 120)
sole_layer = "stage6_block4_expand_relu"
sole = drawings.PARTS.index("sole")
found = visualize.dissect(network, sole_layer, scenes[first], masks[first], top=0.05).iou
channel = found[:, sole].argmax()  # one row for each channel, one column for each part
sole_maps = visualize.feature_maps(network, scenes[second], sole_layer)[..., channel]
large = tf.image.resize(sole_maps[..., None], (160, 160))[..., 0].numpy()
fires = large > np.quantile(sole_maps, 0.95)  # among the largest 5%
print(f"channel {channel} of {len(found)}: chosen with IoU {found[channel, sole]:.2f},")
print(f"on the other half {iou(fires, parts[second] == sole):.2f}")

# %% [markdown]
# On fresh drawings the channel scores 0.18, so the 0.15 was not just a lucky choice among 1,152. We will see below
# whether 0.18 is high. Where does the channel fire? Green means that the channel fires on the sole, orange that it
# fires elsewhere, and blue that there is sole but the channel doesn't fire. So IoU is green / (green + orange + blue),
# counted over all 60 drawings, the handbags included.

# %%
shoes = np.flatnonzero((parts[second] == sole).any(axis=(1, 2)))[:6]
sole_drawings = drawn[second][shoes]
faded = 0.4 + 0.6 * sole_drawings.mean(axis=-1, keepdims=True) / 255
painted = np.repeat(faded, 3, axis=-1)
fire, on_sole = fires[shoes], parts[second][shoes] == sole
painted[fire & on_sole] = (0.0, 0.62, 0.45)
painted[fire & ~on_sole] = (0.9, 0.5, 0.0)
painted[on_sole & ~fire] = (0.0, 0.45, 0.7)
plots.image_grid(
    painted,
    [str(number) for number in range(1, 7)],
    columns=3,
    size=3,
    heading="green: fires on the sole    orange: fires elsewhere    blue: sole, but does not fire",
    alt="Six gray drawings of shoes, with the places in colour where the channel fires or misses the sole.",
)

# %% [markdown]
# These are the first six drawings with a sole in the second half, not the best six. In the two sandals (2 and
# 3) the channel covers a good part of the sole, and the ground below it as well. In two of the low shoes (4 and
# 6) it fires at the toe and at the heel, on the sole and above it. In the third (5) and on the pair of boots (1)
# it fires in one place, most of it on the upper. So this is a channel that often fires near soles, not a clean
# detector of soles.
#
# Is that IoU high or low? We need a control: the same layer of the same network with random weights. It has
# as many channels and maps of the same size, and it has learnt nothing. We repeat the search for every part,
# and we do it for three random networks, to see how much chance varies.


# %%
def best_on_other_half(network):
    """For each part, choose the best channel on one half and give its IoU on the other."""
    half = [
        visualize.dissect(network, sole_layer, scenes[h], masks[h], top=0.05).iou
        for h in (first, second)
    ]
    return half[1][half[0].argmax(axis=0), np.arange(len(drawings.PARTS))]


table = {"trained": best_on_other_half(network)}
for seed in (1, 2, 3):
    keras.utils.set_random_seed(seed)
    untrained = backbones.headless("efficientnet_lite0", weights="random", size="any")
    table[f"random {seed}"] = best_on_other_half(untrained)
print("part    ", *(f"{name:>10}" for name in table))
for number, part in enumerate(drawings.PARTS[1:], start=1):
    print(f"{part:8}", *(f"{values[number]:10.3f}" for values in table.values()))

# %%
quiz.ask("06b", "detectors")

# %% [markdown]
# For *sole* and *strap*, the trained network scores almost four times as high as the best of the three random
# networks. Nobody ever told it what a sole is. Perhaps such a channel helps it to name whole shoes, but we have
# not tested that.
#
# *Upper* and *body* are large parts, so the channels of a random network overlap them more easily by chance. The
# trained network is ahead, but only by a factor of about two, so we make no strong claim there. *Handle*, *heel* and
# *lace* are ahead as well, but below 0.04 the areas hardly meet. For these three we claim nothing.

# %% [markdown]
# ## Going further: your own photos
#
# - **Two turtles.** A loggerhead and a leatherback are both sea turtles, and ImageNet has a class for each.
#   Find a photo of each and cut it like the astronaut:
#   `turtle = np.asarray(square(keras.utils.load_img("my_turtle.jpg")))`. Then ask
#   `grad_cam(inside, turtle, names.index(name))` for `"loggerhead"` and for `"leatherback turtle"`. By which
#   parts does the network tell them apart? Cover them and see.
# - **At home.** Use a network that Keras downloads. This one takes pictures of 224×224, scaled by its own
#   `preprocess_input`:
#
# ```python
# from keras.applications import mobilenet_v2
#
# mobile = keras.applications.MobileNetV2(classifier_activation=None)  # gives logits
# inside_mobile = keras.Model(mobile.input, [mobile.get_layer("out_relu").output, mobile.output])
# photo = keras.utils.img_to_array(keras.utils.load_img("my_photo.jpg", target_size=(224, 224)))
# ready = mobilenet_v2.preprocess_input(photo.copy())  # it overwrites what it is given
# logits = mobile.predict(ready[None])
# print(mobilenet_v2.decode_predictions(logits, top=3))  # names, and logits
# heat = grad_cam(inside_mobile, ready, logits[0].argmax())
# plots.image_grid([photo / 255, heated(photo, heat)], size=3, alt="My photo, and its heat map.")
# ```
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

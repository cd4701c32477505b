# %% [markdown]
# # 6. What does a network see?
#
# <!-- badges -->
#
# Topics: filters, feature maps, pictures made from noise, a gallery by depth, the strongest patches.
#
# Nobody drew the picture below, and no camera took it. It began as noise. A program changed it in 96 small
# steps, each time a little more towards what the network calls a flamingo. Run the first three cells and
# look.

# %% tags=["setup"]
# setup

# %%
import keras
import numpy as np
import skimage
import tensorflow as tf

from helpers import (
    backbones,
    check,
    convolution,
    datasets,
    plots,
    quiz,
    training,
    visualize,
)

keras.utils.set_random_seed(0)

# %%
base = backbones.headless("efficientnet_lite0", size="any")
whole = backbones.whole("efficientnet_lite0")
network = keras.Model(base.input, whole.get_layer("predictions")(base.output))
flamingo = whole.categories.index("flamingo")
drawn = visualize.class_images(network, flamingo, size=128, steps=96, seed=3)
probability = network.predict(drawn.images, verbose=0)[0, flamingo]
print(f"The network says flamingo: {probability:.0%}")
alt = "A picture made from noise: a long curved shape like a flamingo's neck, with a pink haze behind it."
plots.image_grid(drawn.images / 255, size=3.2, alt=alt)

# %% [markdown]
# How can a network that only names photos make such a picture? And if it can do that, what does it look for
# in *our* photos? In this lesson we open it, from the first layer to the last.
#
# **You will learn**
#
# - to draw the kernels of the first layer and to read them;
# - to look at feature maps, and to measure how well a picture can be redrawn from a layer, and how well its
#   class can be read off;
# - to write gradient ascent: from noise to a picture to which a channel answers strongly;
# - to see how channels change with depth, from edges to textures to parts of things;
# - to find, in a set of pictures, the patches to which a channel answers most.
#
# You need lessons 1 to 4: channels, feature maps and gradients (lesson 1b), batch norm, a headless network. Teaching
# takes <!-- minutes to teach --> minutes; allow as long again for the exercises. The code runs in about
# <!-- time to run -->.
#
# Our network is EfficientNet-Lite0. It has learnt the 1,000 classes of ImageNet. Sections 2 to 5 also work with
# `keras.applications.EfficientNetB0(include_top=False)`, which takes pixels from 0 to 255 as well; its layers have
# other names, and it has another activation in place of the ReLU. The patch sizes of section 7 don't hold there,
# because each of its blocks also uses a mean over the whole map. `ResNet50` needs `preprocess_input` first, as in
# lesson 4.
#
# ## 1. Which photos do we show it?
#
# We take six photos that come with scikit-image, and a backpack and a boot from our own test set. With
# `size="any"` the network takes pictures of any size and doesn't resize them, so we do it ourselves: cut out
# the middle square, then resize it to 224 by 224.


# %%
def square(photo, side=224):
    """Cut out the middle of a photo and resize it."""
    size = min(photo.shape[:2])
    top, left = (photo.shape[0] - size) // 2, (photo.shape[1] - size) // 2
    middle = photo[top : top + size, left : left + size]
    small = tf.image.resize(middle, (side, side), antialias=True)
    return np.clip(np.round(small), 0, 255).astype("uint8")


data = datasets.handbags_and_shoes(size=(192, 192))

# %%
library = {
    "cat": skimage.data.chelsea(),
    "astronaut": skimage.data.astronaut(),
    "coffee": skimage.data.coffee(),
    "rocket": skimage.data.rocket(),
    "motorcycle": skimage.data.stereo_motorcycle()[0],
    "galaxies": skimage.data.hubble_deep_field(),
    "backpack": data.test.images[10],
    "boot": data.test.images[15],
}
names = list(library)
photos = np.stack([square(photo) for photo in library.values()])

# %% [markdown]
# Before you run the next cell, guess: which of the eight does the network name correctly? ImageNet has classes
# for cats, for espresso and for backpacks, but none for astronauts.

# %%
guesses = network.predict(photos, verbose=0)
said = [f"{whole.categories[row.argmax()]}: {row.max():.0%}" for row in guesses]
titles = [f"{name}\n{answer}" for name, answer in zip(names, said)]
alt = "A cat, an astronaut, a cup of coffee, a rocket, a motorcycle, galaxies, a drawn backpack and a drawn boot."
plots.image_grid(photos, titles, columns=8, size=1.25, alt=alt)

# %% [markdown]
# Above each photo you see our name for it, then the network's first guess and its probability. Four guesses are good:
# the cat (an Egyptian cat, 40%), the coffee, a moped for the motorcycle, and the backpack, though with only 23%. Two
# are near misses: a missile for the rocket and a running shoe for the boot. ImageNet has no astronaut and no galaxy, so
# the network has to say something else: bobsled (29%) and bubble (13%).
#
# The backpack and the boot are drawings, but we call all eight *photos* for short.

# %% [markdown] syllabus="G2"
# ## 2. Can we look at the weights themselves?
#
# In the first layer, the **stem**, we can. A first-layer kernel works directly on the pixels, so it has the same
# three channels as the photo: red, green and blue. How large are the kernels, and how many are there?

# %% tags=["nbval-check-output"]
kernels = base.get_layer("stem_conv").kernel.numpy()
low, high = kernels.min(), kernels.max()
print("kernels:", kernels.shape, f" weights from {low:.1f} to {high:.1f}")

# %% [markdown]
# There are 32 kernels, and each has 3×3 pixels in 3 colours, which makes 27 weights. But weights can be negative,
# and colours run from 0 to 1. So we need a rule that turns a weight into a colour: 0 becomes middle gray, 0.5.
# Positive weights are brighter than that and negative ones darker. The weight farthest from 0 becomes 1 if it is
# positive and 0 if it is negative.
#
# **Exercise 1.** Write the function that turns one kernel into such a picture. It has three steps: find the
# largest *absolute* weight, divide by it, and then move the numbers from −1…1 to 0…1. (`np.abs` and `.max()`
# work on a whole array.)


# %% tags=["exercise"]
def kernel_picture(kernel):
    """Turn weights into colours: 0 becomes 0.5, and the largest absolute weight 0 or 1."""
    return ...


# %% tags=["nbval-check-output"]
picture_of = check.exercise(  # your function if it is right, ours otherwise
    check.kernel_picture,
    kernel_picture,
    otherwise=visualize.kernel_picture,
)


# %% tags=["solution"]
def kernel_picture(kernel):
    """Turn weights into colours: 0 becomes 0.5, and the largest absolute weight 0 or 1."""
    largest = np.abs(kernel).max()
    return kernel / largest / 2 + 0.5


# %% [markdown]
# Now draw all 32. Look for two kinds: **edges**, with positive weights on one side and negative ones on the
# other, and **colour blobs**, in which one colour dominates.

# %%
plots.image_grid(
    [picture_of(kernels[..., k]) for k in range(32)],
    [f"{k}" for k in range(32)],
    columns=8,
    size=1.0,
    alt="The 32 kernels of the first layer, 3 by 3 pixels each: some are edges, some are blobs of one colour.",
)

# %% [markdown]
# Gray is 0. We see green when only the green weight is positive, and purple when only the green weight is negative. The
# red and blue of a green square may lie below gray: those weights are negative. So kernel 30, green above purple,
# compares the green light of one row with that of the row below: it is an edge detector, as in lesson 1. Kernel 21 does
# the same, one row further down. Kernels 5 and 24 are edges too. Kernel 23 is an orange blob, 4 is a red one, 20 is
# green and 3 is blue.
#
# What do such kernels do to a photo? We run the first layer on the astronaut, in her orange suit. Which of the
# eight kernels should answer to the suit?

# %%
stem = keras.Model(base.input, base.get_layer("stem_conv").output)
chosen = [5, 21, 24, 30, 3, 20, 4, 23]
suit = stem.predict(photos[1:2], verbose=0)[0]
shown, titles = [], []
for four in (chosen[:4], chosen[4:]):
    answers = [suit[..., k] for k in four]
    # each map on its own scale; the strongest 0.5% of its places all get the darkest colours
    answers = [a / np.percentile(np.abs(a), 99.5) for a in answers]
    shown += [picture_of(kernels[..., k]) for k in four] + answers
    titles += [f"kernel {k}" for k in four] + [""] * 4
alt = "Eight kernels, and below each what it makes of the astronaut: orange is positive, purple negative."
plots.image_grid(shown, titles, columns=4, size=1.6, cmap="PuOr_r", limits=(-1, 1), alt=alt)

# %% [markdown]
# Below each kernel you see its map: orange is positive, purple is negative and white is 0. Each map has its own scale,
# so compare signs and places, not strengths. The four edge kernels answer strongly only along outlines. (The line along
# the lower border comes from the padding: beyond the border the layer sees zeros.) The four blobs answer to whole
# areas: the red one and the orange one are positive on the suit, the blue one and the green one negative.

# %%
quiz.ask("06", "blob")

# %% [markdown] syllabus="J5"
# ### Brightness or colour?
#
# A kernel can compare light with dark, or one colour with another. Which does it do? Replace a kernel by its
# mean over the three colours. This keeps what it does to brightness and removes what it does to differences
# between colours. How much of the kernel is left? We measure that by the sum of the squared weights. If more
# than half is left, we call it a brightness kernel.
#
# We also look at the size of the weights, because our colour coding hides it.

# %% tags=["nbval-check-output"]
gray = kernels.mean(axis=2, keepdims=True)
# times 3, because all three colours now have this mean
share = 3 * (gray**2).sum(axis=(0, 1, 2)) / (kernels**2).sum(axis=(0, 1, 2))
alive = np.abs(kernels).max(axis=(0, 1, 2)) > 0.01
bright, coloured = np.sum(alive & (share > 0.5)), np.sum(alive & (share <= 0.5))
print(f"brightness {bright}, colour {coloured}")
print("share of brightness:", {k: f"{share[k]:.2f}" for k in (5, 21, 24, 30)})
print("all weights between -0.01 and 0.01:", np.flatnonzero(~alive))

# %% [markdown]
# 17 of the 28 working kernels react mainly to brightness, and 11 mainly to differences between colours. That isn't the
# same split as edges and blobs. Our four edges lie close to the limit of one half: kernels 21 and 24 above it (0.56 and
# 0.51), 5 and 30 below it (0.48 and 0.41). So the two counts depend on our limit. With a limit of 0.4 they would be 20
# and 8, with 0.6 they would be 12 and 16.
#
# In the other four kernels, all weights are practically 0. We call such a kernel **dead**. In the grid they
# look just like the others, because we divided each kernel by its own largest weight. That's a warning for
# the whole lesson: a picture on its own scale says nothing about size.
#
# Can we draw the kernels of deeper layers too? Not in this way. Their input isn't red, green and blue any more,
# but 16 channels or more, and no screen has 16 primary colours. From here on we look at what a layer puts out,
# not at its weights.

# %% [markdown] syllabus="G1"
# ## 3. What happens to a photo on its way through the network?
#
# The network makes its maps smaller five times. A **stage** is a run of blocks (lesson 4) that have the same number of
# channels. We take one layer for each size of the maps, and call them layer 1 to layer 5. In the names, `expand` is the
# 1×1 convolution at the beginning of a block, and `bn` is the batch norm after it. `top` is the last 1×1 convolution of
# the base, after all stages. (It isn't the *top* of lesson 2, which we call the head.) We look right after the batch
# norm, before the ReLU sets the negative values to 0. (This network's ReLU also cuts off everything above 6, so you
# will see larger values here.) One Keras model gives us all five at once.

# %% tags=["nbval-check-output"]
stages = [
    "stem_bn",
    "stage2_block2_expand_bn",
    "stage3_block2_expand_bn",
    "stage5_block3_expand_bn",
    "top_bn",
]
inside = keras.Model(base.input, [base.get_layer(name).output for name in stages])
maps = dict(zip(stages, inside.predict(photos, verbose=0)))
sizes = [" × ".join(map(str, maps[name].shape[1:])) for name in stages]
for name, size in zip(stages, sizes):
    print(f"{name:24} {size}")

# %%
short = [f"layer {n}: {name.split('_')[0]}" for n, name in enumerate(stages, 1)]
boxes = [plots.Box("one photo", "224 × 224 × 3")]
for title, size in zip(short, sizes):
    boxes.append(plots.Box(title.replace(": ", "\n"), size))
plots.flow(
    boxes,
    alt="The photo and five layers. The maps of each layer are half as wide as those of the layer before, and there are more of them.",
)

# %% [markdown]
# Height and width shrink, and the number of channels grows. Here is every channel of layer 1 for the cat, each
# from its own smallest value (black) to its own largest (white). Can you still see the cat?

# %%
plots.image_grid(
    list(np.moveaxis(maps["stem_bn"][0], -1, 0)),
    [f"{k}" for k in range(32)],
    columns=8,
    size=0.8,
    alt="32 maps of the cat in gray: some show outlines, others light or dark areas; one is plain black.",
)

# %% [markdown]
# Yes, in nearly all of them. Some show its outlines, some its light areas, some one of its colours. Maps 16
# (black) and 31 (black and white) belong to dead kernels. So do 11 and 28, which look healthy: on its own scale,
# even a map that hardly varies is stretched into a cat.
#
# Now the middle of the network, and then its end. There are too many channels to show, so we show the ones
# with the largest values for this photo.


# %%
def strongest(values, count):
    """Return the maps with the largest values, (count, height, width)."""
    order = np.argsort(-values.max(axis=(0, 1)))[:count]
    return np.moveaxis(values[..., np.sort(order)], -1, 0)


plots.mosaic(
    strongest(maps["stage3_block2_expand_bn"][0], 48),
    columns=12,
    width=9.0,
    heading="layer 3, stage3_block2_expand_bn: 48 of 240 channels, 28×28",
    alt="48 coarse maps of the cat, grainy: the eyes stand out in many, the outline of the face in some.",
)

# %% [markdown]
# In the middle of the network you can still find the eyes, but hardly the fur. Each map keeps some details and
# drops the rest.

# %%
plots.mosaic(
    strongest(maps["top_bn"][0], 72),
    columns=18,
    width=9.0,
    heading="layer 5, top_bn: 72 of 1,280 channels, 7×7",
    alt="72 maps of seven by seven squares with broad bright and dark areas. No cat can be recognised.",
)

# %% [markdown]
# At the end, nobody could name the animal. Each map has only 49 places. A bright place is where this channel
# answers most. But remember that every map has its own scale, so we can't compare two of them here.
#
# ### Which channel belongs to the cat?
#
# If late maps don't show the photo any more, what do they hold? Let's look for a channel that answers to the
# cat far more than to the other seven photos. We search in stage 6, shortly before the end, where maps also
# have 7×7 places.
#
# **Exercise 2.** Write a function that finds it. First take the mean of each map over all places (axes 1
# and 2). Then, for each channel, subtract the mean over the *other* photos from the value for this photo. The
# channel with the largest difference wins. `np.delete(array, photo, axis=0)` leaves out one row.


# %% tags=["exercise"]
late = keras.Model(base.input, base.get_layer("stage6_block2_expand_bn").output)
late_maps = late.predict(photos, verbose=0)


def favourite(maps, photo):
    """Return the channel that answers to one photo more than to the others; maps (n, h, w, c)."""
    # the mean of each map: one row for each photo, one column for each channel
    # this photo's row minus the mean of the other rows
    return ...


# %% tags=["nbval-check-output"]
favourite_channel = check.exercise(
    check.favourite_channel,
    favourite,
    otherwise=visualize.favourite_channel,
)


# %% tags=["solution"]
def favourite(maps, photo):
    """Return the channel that answers to one photo more than to the others; maps (n, h, w, c)."""
    means = maps.mean(axis=(1, 2))
    others = np.delete(means, photo, axis=0).mean(axis=0)
    return np.argmax(means[photo] - others)


# %%
cat_channel = favourite_channel(late_maps, 0)
answer = late_maps[..., cat_channel]
averages, peak = answer.mean(axis=(1, 2)), np.abs(answer).max()
plots.image_grid(
    [*photos, *answer],
    names + [f"mean {value:+.1f}" for value in averages.round(1) + 0.0],
    size=1.1,
    cmap="PuOr_r",
    limits=(-peak, peak),
    heading=f"channel {cat_channel} of stage 6 for the eight photos, on one scale",
    alt="The eight photos, and below each the map of one channel: orange on the cat, elsewhere mostly near white.",
)

# %% [markdown]
# On average, this channel answers far more to the cat than to any other photo. It isn't for cats alone: look
# at the astronaut's head, and at the foot of the rocket. Keep it in mind. In section 6 we'll make a picture that
# it answers to strongly.
#
# ## 4. From which layers can we redraw a picture, and from which can we name it?
#
# If we can rebuild a picture from a layer, its details are still there. If a simple rule can name it from a
# layer, the network has already done the hard part. So we ask each layer two questions. **Where:** can we redraw
# the picture from its maps? **What:** can we tell handbags from shoes by the mean of each map alone?
#
# We answer both in the same way. **Least squares** chooses the weights for which the sum of the squared errors
# is smallest. **Ridge regression** adds a penalty on large weights. We need it because the last layer has 1,280
# inputs and, for *what*, we have only 96 pictures.
#
# One rule gives the penalty of every layer: the number of inputs divided by 200. We tried others while we wrote this
# lesson and saw the test results, so don't rely on the last digits. (Later, write 2000 in place of 200 in `ridge`, run
# the section again, and see whether the two curves keep their shape.)
#
# The next cell is all of ridge regression. You don't have to write it yourself.


# %%
def ridge(x, y):
    """Fit y from x, both (n, numbers); return a function that does it for new x."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / deviation
    penalty = x.shape[1] / 200  # the more inputs, the larger
    covariance = z.T @ z / len(z) + penalty * np.eye(z.shape[1])
    weights = np.linalg.solve(covariance, z.T @ (y - y.mean(axis=0)) / len(z))
    return lambda new: (new - mean) / deviation @ weights + y.mean(axis=0)


# %% [markdown]
# For *where*, we use only one place at a time: the values of all channels there. From them we predict the pixels of one
# **tile**, that is, one of the equal squares into which we cut the picture. The pictures of this section are 192 by 192
# pixels, so layer 3 has 24×24 places, and we cut each picture into 24×24 tiles. Deep layers have a harder task for two
# reasons: detail is lost, and each place has a larger tile to fill.
#
# How good is a redrawn picture? The usual measure is **R²**: R² = 1 − error / spread.
#
# - The **error** is the sum of the squared differences between the redrawn and the true picture.
# - The **spread** is the sum of the squared differences between the true picture and its mean, one mean over all
#   its numbers.
#
# A perfect copy gets 1. A plain gray picture, with that mean everywhere, gets 0.
#
# **Exercise 3.** Write it. `drawn` and `true` are arrays of the same shape.


# %% tags=["exercise"]
def r_squared(drawn, true):
    """Return 1 for a perfect copy and 0 for a flat picture of the mean."""
    return ...


# %% tags=["nbval-check-output"]
r2 = check.exercise(check.r_squared, r_squared, otherwise=visualize.r_squared)


# %% tags=["solution"]
def r_squared(drawn, true):
    """Return 1 for a perfect copy and 0 for a flat picture of the mean."""
    error = np.sum((drawn - true) ** 2)
    spread = np.sum((true - true.mean()) ** 2)
    return 1 - error / spread


# %% [markdown]
# Now we redraw, at half size to save time. We fit the weights on the 96 pictures of the training and validation sets
# and on 32 crops of the astronaut, the coffee, the rocket and the motorcycle, with at most 10,000 places of each layer.
# We judge them on the cat, and on 31 pictures of the test set.

# %%
rng = np.random.default_rng(0)
images = np.concatenate([data.train.images, data.validation.images])
labels = np.concatenate([data.train.labels, data.validation.labels])
four = [library[name] for name in ("astronaut", "coffee", "rocket", "motorcycle")]
corners = 2 * rng.integers(0, 90, (32, 2))
crops = []
for photo, (top, left) in zip(four * 8, corners):
    crops.append(photo[top : top + 192, left : left + 192])
fit = np.concatenate([images, crops])
judge = np.concatenate([square(library["cat"], 192)[None], data.test.images[:31]])
half = [tf.image.resize(x, (96, 96), antialias=True) for x in (fit, judge)]
goal, truth = (np.asarray(x) / 255 for x in half)

# %% [markdown]
# `visualize.cut_into_tiles` cuts each picture into tiles, one row of numbers for each, and `visualize.join_tiles`
# puts them back together.

# %%
maps_fit = inside.predict(fit, batch_size=32, verbose=0)
maps_judge = inside.predict(judge, batch_size=32, verbose=0)
redrawn, where = {}, {}
for name, x, new in zip(stages, maps_fit, maps_judge):
    places, channels = x.shape[2:]
    x, y = x.reshape(-1, channels), visualize.cut_into_tiles(goal, places)
    some = rng.permutation(len(x))[:10_000]
    rows = ridge(x[some], y[some])(new.reshape(-1, channels))
    redrawn[name] = visualize.join_tiles(rows, places, 96)
    where[name] = r2(redrawn[name], truth)

# %%
pictures = []
for k in (0, 7):
    pictures += [truth[k], *(np.clip(redrawn[name][k], 0, 1) for name in stages)]
plots.image_grid(
    pictures,
    ["picture", *short] + [""] * 6,
    columns=6,
    size=1.5,
    alt="Two pictures, each redrawn from five layers: sharp from the first, coarse from the third, a blur from the last.",
)

# %% [markdown]
# From the first layer the redrawn picture is practically perfect. From the second the outlines are still sharp, but the
# yellow purse turns orange and the gray ground blue. The third keeps shapes, the fourth only coarse patches, and the
# last hardly more than a rough colour.
#
# Now for *what*. We take the mean of each map and fit the same regression, this time to predict the class.
# That's a linear head as in lesson 4, fitted by ridge regression, on each of the five layers. We fit on the 96
# pictures and judge on all 200 test pictures.

# %%
average = keras.layers.GlobalAveragePooling2D()
means = keras.Model(base.input, [average(base.get_layer(name).output) for name in stages])
means_fit = means.predict(images, verbose=0)
means_test = means.predict(data.test.images, verbose=0)
right = {}
for name, x, new in zip(stages, means_fit, means_test):
    said_shoe = ridge(x, 2.0 * labels - 1)(new) > 0
    right[name] = said_shoe == data.test.labels
what = {name: right[name].mean() for name in stages}
print(f"{'layer':26} where: R²  what: accuracy")
for n, name in enumerate(stages, 1):
    print(f"{n} {name:24} {where[name]:9.2f} {what[name]:15.3f}")

# %% [markdown]
# Are the steps from one layer to the next more than chance? All layers were tested on the same 200 pictures, so
# we can use McNemar's test of lessons 2 and 3.

# %%
for n, (earlier, later) in enumerate(zip(stages, stages[1:]), 1):
    print(f"layers {n} and {n + 1}:", training.mcnemar(right[earlier], right[later]))
depth = np.arange(1, 6)
lines = {
    "where: R² of the redrawn picture": (depth, list(where.values())),
    "what: accuracy, handbag or shoe": (depth, list(what.values())),
    "accuracy of guessing": (depth, [0.5] * 5),
}
alt = "Over five layers the R² of the redrawn picture falls; the accuracy stays near 0.6 for three layers, then rises."
label = "layer, from first to last"
plots.curves(lines, xlabel=label, ylabel="R², accuracy", markers=True, alt=alt)

# %%
quiz.ask("06", "where-what")

# %% [markdown]
# R² falls from layer to layer. The accuracy stays near 0.6 for three layers, and then rises. (Where the two lines cross
# means nothing: a useless answer scores 0 in R² and 0.5 in accuracy.) From the first layer we can redraw the picture
# almost perfectly. But there our rule is right for only six pictures in ten, and a coin is right for five. From the
# last layer it is right for more than nine in ten, and we can hardly redraw anything.
#
# The last two of the four steps are too large to be luck (p < 0.001). Among the first three layers we see no difference
# (p = 0.54 and p = 0.71).
#
# The bag is still in the first layer, of course, since we can redraw it. But our linear rule, fitted on 96
# pictures, can hardly read it off the means of the maps. For this network and our drawn handbags and shoes, the class
# becomes easy to read off only late, when much of the detail is already gone. (The last layer also has the most
# channels. How much that helps, we haven't measured; "Going further" says how you could.)

# %% [markdown] syllabus="G3"
# ## 5. Which picture excites a channel?
#
# Let's turn the question round. So far we showed the network a photo and looked at what a channel does with it. Now we
# look for a picture that **excites** a channel: a picture for which the channel's values are large.
#
# We start with noise and compute the **score**, the mean of the channel's map. Because we take the mean, the pattern
# should appear everywhere in the picture. The gradient of the score says how each pixel should change. Then we take a
# small step *in* the direction of the gradient, not against it: training goes down, we go up.
#
# Climbing a score along its gradient is **gradient ascent**. The weights stay as they are; we train the picture.
# This is called **activation maximization**.
#
# **Exercise 4.** Write one step. `part` is a model from a picture, of shape (1, height, width, 3), to the maps of one
# layer.
#
# 1. Open a `tf.GradientTape` (lesson 1b). First call `tape.watch(picture)`, because by itself the tape follows only
#    weights, not pictures. Then compute the score: `tf.reduce_mean` of one channel of `part(picture)`. The channel is
#    the last axis.
# 2. Get the gradient of the score with respect to the picture, `tape.gradient(score, picture)`. Divide it by its
#    norm, `tf.norm(gradient)`. Now it gives a direction only, and every step is equally long, however steep the
#    score is.
# 3. Walk `length` in this direction: add `length` times it to the picture. Keep all pixels between 0 and 255
#    with `tf.clip_by_value`, because pixels have no other values.


# %% tags=["exercise"]
def climb(part, picture, channel, length):
    """Take one step of gradient ascent on the mean of a channel; return the new picture."""
    return ...


# %% tags=["nbval-check-output"]
step = check.exercise(check.ascent_step, climb, otherwise=visualize.climb)


# %% tags=["solution"]
def climb(part, picture, channel, length):
    """Take one step of gradient ascent on the mean of a channel; return the new picture."""
    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = tf.reduce_mean(part(picture)[..., channel])
    gradient = tape.gradient(score, picture)
    picture = picture + length * gradient / tf.norm(gradient)
    return tf.clip_by_value(picture, 0, 255)


# %% [markdown]
# Now repeat the step. We take channel 373 of a layer in stage 4, in the middle of the network, and a small picture of
# noise.

# %%
middle = "stage4_block3_expand_bn"
part = keras.Model(base.input, base.get_layer(middle).output)
noise = tf.constant(rng.uniform(110, 145, (1, 128, 128, 3)), tf.float32)
channel = 373

# %% [markdown]
# What do you expect to grow? The score above each picture is the mean of the channel's map.
#
# A step of 800 sounds large, but it is spread over all 128·128·3 numbers, so a typical number moves by 800/√49,152,
# which is 3.6.

# %%
picture, pictures_at = noise, {}
for n in range(65):
    if n in (0, 4, 16, 64):
        score = tf.reduce_mean(part(picture)[..., channel])
        pictures_at[f"{n} steps\nscore {score:.1f}"] = picture[0] / 255
    picture = step(part, picture, channel, 800.0)
alt = "Noise, and the same picture after 4, 16 and 64 steps: fine coloured arches appear, with a lot of noise."
shown, titles = list(pictures_at.values()), list(pictures_at)
plots.image_grid(shown, titles, columns=4, size=1.25, alt=alt)

# %% [markdown]
# Arches grow, stacked in columns. The score rises steeply at first, then more slowly. But the picture is noisy:
# neighbouring pixels have garish, unrelated colours. That's because nothing in the score rewards smoothness, so we have
# to ask for it. Whatever we add to get a smoother picture is called **regularisation**, as in training. Three ideas
# help:
#
# - **jitter**: before each step, shift the picture a few pixels in a random direction. Then a detail helps only
#   if it still works a few pixels to the side.
# - **blur**: smooth the picture a little every few steps. Then noise cannot build up.
# - **waves**: don't change the pixels directly. Build the picture from waves, let the broad ones grow faster than
#   the fine ones, and mix their colours as in natural photos. Add jitter, and zoom into a random part before every
#   fourth step.
#
# The first two fit into a loop. `tf.roll` shifts, and average pooling with stride 1 blurs.


# %%
def ascend(channel, steps, jitter=0, blur_every=None):
    """Climb from noise, with jitter and blur if asked for; return the picture."""
    picture = noise
    for n in range(steps):
        shift = rng.integers(-jitter, jitter + 1, 2)
        picture = tf.roll(picture, shift, axis=(1, 2))
        picture = step(part, picture, channel, 800.0)
        picture = tf.roll(picture, -shift, axis=(1, 2))
        if blur_every and n % blur_every == 0:
            picture = tf.nn.avg_pool2d(picture, ksize=3, strides=1, padding="SAME")
    return picture


# %% [markdown]
# The third idea takes more code: a **Fourier transform**, which writes a picture as a sum of waves, and a change of
# colours. `visualize.activation_maximization` does it, for many channels at once. How it works is described at the top
# of `helpers/visualize/ascent.py`. Here are the plain version and the three others side by side.

# %%
waves = visualize.activation_maximization(base, middle, channel, size=128, steps=64)
versions = {
    "plain": ascend(channel, 64),
    "jitter": ascend(channel, 64, jitter=8),
    "jitter and blur": ascend(channel, 64, jitter=8, blur_every=4),
    "waves, zoom, jitter": waves.images,
}
scores = [float(tf.reduce_mean(part(p)[..., channel])) for p in versions.values()]
shown = [np.asarray(p)[0] / 255 for p in versions.values()]
titles = [f"{name}\nscore {score:.1f}" for name, score in zip(versions, scores)]
alt = "The same channel four times: noisy arches, fewer and larger arches, smooth arches, and arches in natural colours."
plots.image_grid(shown, titles, columns=4, size=1.5, alt=alt)

# %% [markdown]
# Jitter makes larger arches but leaves the noise. Blur removes most of the noise and makes the picture pale.
# Waves, zoom and jitter give arches in natural colours, almost without noise.
#
# From plain to jitter to jitter and blur, the score falls from 6.7 to 5.2 to 4.3, from the same starting noise, with
# the same number of steps and the same step length. That's the price of regularisation. Don't compare the 5.0 of the
# waves too closely: that ascent takes steps of another kind.
#
# So such a picture shows what a channel looks for *among pictures that look natural*. That condition is our
# choice, not the network's.
#
# **Your turn.** Go back to the line `channel = 373`, put in 106, 213 or 319, and run the cells from there down to here
# again. Name what you see; then find this channel in the third row of the gallery below.

# %%
quiz.ask("06", "score")

# %% [markdown]
# ## 6. What do the channels look for?
#
# In section 3 you found the cat's channel. Here is a picture that excites it, made with waves, zoom and jitter,
# and the same for the other seven photos. The network was never told which channel is for what.

# %%
favourites = [favourite_channel(late_maps, photo) for photo in range(8)]
layer = "stage6_block2_expand_bn"
excited = visualize.activation_maximization(base, layer, favourites, size=128, steps=64)
plots.image_grid(
    list(excited.images / 255),
    [f"{name}\nchannel {number}" for name, number in zip(names, favourites)],
    columns=4,
    size=1.0,
    alt="Eight pictures made from noise, one for the channel of each photo: fur, strands, eyes, bubbles.",
)

# %% [markdown]
# The cat's channel shows furry heads, more like monkeys than cats. For the astronaut we see soft strands like hair, for
# the galaxies round bubbles, and for the backpack something woven. The motorcycle's channel shows eyes, and the
# rocket's something like birds. We can't say what the pictures for the coffee and the boot show.
#
# So a channel that answers most to a photo need not be a channel *for* the thing in it: we only compared
# eight photos. And be careful: we know what we want to see, and our eyes are quick to find it.
#
# ### A gallery by depth
#
# What do channels look for at the beginning, in the middle and near the end? We take eight channels of each
# of five layers. We do *not* pick them: they are evenly spaced over the layer.

# %%
depths = "stage2_block2 stage3_block2 stage4_block3 stage5_block3 stage6_block2".split()
gallery = {}
for name in depths:
    layer = base.get_layer(f"{name}_expand_bn")
    spaced = np.linspace(0, layer.output.shape[-1] - 1, 10).round().astype(int)[1:9]
    row = visualize.activation_maximization(base, layer.name, spaced, size=128, steps=64)
    gallery[name] = row
shown = [picture / 255 for name in depths for picture in gallery[name].images]
titles = [f"{name[:6]}: {number}" for name in depths for number in gallery[name].numbers]
alt = "Five rows of eight pictures from noise: lines and dots; meshes; scales; curls; eyes and other parts."
plots.image_grid(shown, titles, columns=8, size=0.9, alt=alt)

# %% [markdown]
# Read the rows from top to bottom. Most pictures of stage 2 show lines in one direction, or dots. In stage 3, most show
# stripes, weaves and meshes. In stage 4 the repeated shapes get larger: scales, shells, tiles. Stage 5 has curls, folds
# and tangles, and in 149 perhaps the first heads with eyes.
#
# In stage 6 we see more parts of things: 512 and 639 look like eyes, and perhaps 256 does too. 1023 looks a little
# like taps, and 128 perhaps like an arch. We can't name the other three: 384, 767 and 895.
#
# So in these 40 channels we see a trend: *edges* (stage 2), *textures* (stage 3), *repeated patterns* (stage 4),
# *parts* (most of them in stage 6). Nobody programmed this order.

# %%
quiz.ask("06", "gallery")

# %% [markdown]
# ### And a whole class?
#
# The same ascent works if we take as score the logit of a class: the number that the last layer gives this class,
# before the softmax turns all logits into probabilities (lesson 2). So in `climb`, the score becomes `(base(picture) @
# kernel + bias)[0, channel]`, with the number of the class for `channel`. Nothing else changes.
#
# That's how the flamingo at the beginning was made: with waves and jitter, and with a zoom before every step. Here are
# a flamingo from another start and five more classes. Cover the titles and guess.

# %%
kernel, bias = whole.get_layer("predictions").get_weights()
wanted = ["flamingo", "goldfish", "jellyfish", "daisy", "espresso", "zebra"]
numbers = [whole.categories.index(name) for name in wanted]
ideal = visualize.class_images(network, numbers, size=128, steps=96)
sure = network.predict(ideal.images, verbose=0)[np.arange(6), numbers]
titles = [f"{name}: {share:.0%}" for name, share in zip(wanted, sure)]
alt = "Six pictures made from noise, one for each class: a pink head and neck, an orange fish, a yellow dome, petals, brown bands, a small striped head."
plots.image_grid(list(ideal.images / 255), titles, columns=6, size=1.4, alt=alt)

# %% [markdown]
# We recognise the flamingo and the daisy and, with a little imagination, the goldfish and the zebra's stripes. We'd
# hardly guess the jellyfish or the espresso. (Your pictures may differ: tiny rounding differences between computers
# grow from step to step.)
#
# Nobody would take one of them for a photo. Yet the network is almost certain of all six: a high probability
# doesn't mean that the thing is there.
#
# Which gets the larger logit, the picture from noise or a real photo of the same thing? We have a photo of one
# of these classes, the coffee. We shrink it to 128 by 128, the size of the picture from noise, to compare like
# with like.

# %%
espresso = whole.categories.index("espresso")
coffee = square(library["coffee"], 128)
logits, pair = {}, {"the photo": coffee, "the picture from noise": ideal.images[4]}
for name, picture in pair.items():
    features = base.predict(picture[None], verbose=0)[0]
    logits[name] = float(features @ kernel[:, espresso] + bias[espresso])
    print(f"logit of espresso for {name}: {logits[name]:.1f}")

# %% [markdown]
# At the same size, the picture from noise gets the larger logit, 44.0 against 21.0. (Don't divide the two: only
# differences between logits count in the softmax.) One photo and one picture are an example, not a law. Still, a
# class picture only shows what adds to the score. It doesn't show what an espresso
# *is*.

# %% [markdown] syllabus="G5"
# ## 7. Which patches excite a channel?
#
# Pictures from noise show what raises a channel's values. What does a channel find in pictures that nobody made for it?
# Matthew Zeiler and Rob Fergus searched many photos for the places where a channel's values are largest, and cut out
# what the channel sees there. We do the same.
#
# First we need many pictures. We cut our six photos from scikit-image, and three more of brick, grass and gravel, into
# tiles, and add the 200 drawings of the test set.

# %%
tile, pool = 128, []
grays = [skimage.data.brick(), skimage.data.grass(), skimage.data.gravel()]
textures = [skimage.color.gray2rgb(gray) for gray in grays]
for photo in list(library.values())[:6] + textures:
    for top in range(0, photo.shape[0] - tile + 1, tile):
        for left in range(0, photo.shape[1] - tile + 1, tile):
            pool.append(photo[top : top + tile, left : left + tile])
pool = np.stack(pool + [square(picture, tile) for picture in data.test.images])
count, tests = len(pool), len(data.test.images)
print(f"{count} pictures of {tile} by {tile} pixels, {tests} of them test pictures")

# %% [markdown]
# Then we search. For one channel we have one map for each picture, so `values` has the shape (pictures, height,
# width).
#
# **Exercise 5.** Write the search. Return a list of `count` entries `(picture, row, column)`: the pictures with the
# largest values, the best one first, and the place of the largest value in each. Every picture may come only once.
# `values.max(axis=(1, 2))` is the largest value of each picture. `np.argsort` puts the smallest first, so sort these
# with a minus sign in front. `np.unravel_index(values[n].argmax(), values[n].shape)` gives row and column for picture
# `n`.


# %% tags=["exercise"]
def best_places(values, count):
    """Return (picture, row, column) of the largest values, best first; values (n, height, width)."""
    # the largest value of each picture; the numbers of the best pictures
    # for each of them, the place of its largest value
    return ...


# %% tags=["nbval-check-output"]
search = check.exercise(check.best_places, best_places, otherwise=visualize.best_places)


# %% tags=["solution"]
def best_places(values, count):
    """Return (picture, row, column) of the largest values, best first; values (n, height, width)."""
    best = np.argsort(-values.max(axis=(1, 2)))[:count]
    return [(n, *np.unravel_index(values[n].argmax(), values[n].shape)) for n in best]


# %% [markdown]
# How large is the patch that a place sees? That's the receptive field of lesson 1b. Five convolutions on the way
# to `stage3_block2_expand_bn` widen it, in this order:
#
# | kernel | 3×3 | 3×3 | 3×3 | 3×3 | 5×5 |
# |---|---|---|---|---|---|
# | stride | 2 | 1 | 2 | 1 | 2 |
#
# 1×1 convolutions don't widen it. Multiply all strides: 2·1·2·1·2 = 8. So one step on the map is 8 pixels in the
# picture.

# %% tags=["nbval-check-output"]
field, stride = convolution.receptive_field([(3, 2), 3, (3, 2), 3, (5, 2)]), 2 * 2 * 2


def patch_start(place):
    """Return the first pixel of the patch that a place sees, in rows or in columns."""
    middle = place * stride + stride - 1
    return min(max(middle - field // 2, 0), tile - field)  # moved inside at the edges


start = patch_start(4)
print(f"field {field} pixels, stride {stride} pixels; place 4 sees from pixel {start} on")

# %% [markdown]
# An example: place 4 belongs to the square of pixels 32 to 39. Its patch is centred on pixel 39, the *last* one
# of the square, and begins 17 pixels earlier, at 22. (It isn't centred on the middle of the square because of the
# padding: with stride 2, this network pads one pixel more at the right and at the bottom.)
#
# Now search the maps of channel 212, and cut out the best eight patches. What do they have in common?

# %%
stage3 = keras.Model(base.input, base.get_layer("stage3_block2_expand_bn").output)
values = stage3.predict(pool, verbose=0)[..., 212]
places, patches = search(values, 8), []
for n, row, column in places:
    top, left = patch_start(row), patch_start(column)
    patches.append(pool[n, top : top + field, left : left + field])
titles = [f"{values[n, row, column]:.1f}" for n, row, column in places]
heading = "stage 3, channel 212: the eight strongest patches, with the channel's values"
alt = "Eight small patches: four with girders, one with spokes, a lamp, coloured squares and a gray tangle."
plots.image_grid(patches, titles, columns=8, size=0.95, heading=heading, alt=alt)

# %% [markdown]
# Most of them have crossing lines: four of the eight are girders of the rocket's towers, dark on bright or bright on
# dark, and one has spokes. But patch 3 is a lamp, patch 6 shows large squares and something green, and the last one is
# a gray tangle. After the first two the values are nearly the same, so the order of the rest says little.
#
# `visualize.top_patches` does the same for many channels at once and finds the receptive field by itself. Each row of
# the next figure begins with a picture of the gallery, followed by the six strongest patches. Mind the scale: the
# picture from noise is 128 pixels wide, a patch of stage 2 only 11, a patch of stage 3 is 35, and a patch of stage 6 is
# a whole tile. Compare directions and colours, not sizes.

# %%
chosen = {"stage2_block2": [3, 5], "stage3_block2": [1, 3, 7], "stage6_block2": [0, 4]}
shown, titles = [], []
for name, rows in chosen.items():
    layer, numbers = f"{name}_expand_bn", gallery[name].numbers[rows]
    best = visualize.top_patches(base, layer, numbers, pool, count=6).patches
    for picture, row, number in zip(gallery[name].images[rows], best, numbers):
        shown += [picture / 255, *(row / 255)]
        titles += [f"{name[:6]}: {number}", *[""] * 6]
alt = "Seven rows, each with a picture from noise and six patches: edges, yellow, stripes, girders, things."
plots.image_grid(shown, titles, columns=7, size=0.9, alt=alt)

# %%
quiz.ask("06", "arches")

# %% [markdown]
# In the two rows of stage 2, all patches have edges in the same direction as the lines on the left. In stage 3 most
# patches of a row share a theme: something yellow, bright stripes, crossing lines. The last of these rows is channel
# 212 again, with its lamp and its squares.
#
# In stage 6 it's harder. In the picture from noise for channel 639 you may see eyes. But the cat's eye is only the
# fourth patch, behind a headlamp and two shoes. The receptive field there is larger than our tiles, so we see a whole
# tile and don't know which part of it counts. And most of the pictures that we searched are bags and shoes. A channel
# can only find what is there.

# %% [markdown]
# ## Key numbers

# %%
plots.key_numbers(
    {
        "network": f"{base.name}, {base.origin}",
        "kernels for brightness, for colour, dead": f"{bright}, {coloured}, {np.sum(~alive)}",
        "channel of the cat": int(cat_channel),
        "R² of the redrawn picture, first layer": where[stages[0]],
        "R² of the redrawn picture, last layer": where[stages[-1]],
        "accuracy from means of maps, first layer": what[stages[0]],
        "accuracy from means of maps, last layer": what[stages[-1]],
        "score after 64 steps, plain": f"{scores[0]:.2f}",
        "score after 64 steps, waves, zoom, jitter": f"{scores[-1]:.2f}",
        **{f"logit of espresso, {name}": f"{logit:.1f}" for name, logit in logits.items()},
    }
)

# %% [markdown]
# ## Key points
#
# - Kernels of the first layer can be drawn: edges and colour blobs. For deeper layers, look at their outputs.
# - On its way a picture loses detail, and its class becomes easier to read off. We measured both with ridge regression.
# - Gradient ascent changes the picture and leaves the weights alone. What we can read in the result also
#   depends on the regularisation that we chose.
# - With depth, our channels show edges, then textures, then repeated patterns, and near the end some show parts of
#   things.
# - The strongest patches show what a channel finds in a given set of pictures. Look at both, the picture from noise
#   and the patches, before you give a channel a name.
#
# ## Where next
#
# - [Lesson 6b](06b_explanations.ipynb) asks the next question: *why* did the network say that about this
#   photo?
# - Try this on your own models from [lesson 3](03_handbags_vs_shoes.ipynb) and [lesson 5](05_fine_tuning.ipynb):
#   `visualize.activation_maximization(model, layer)` takes any Keras model that scales pixels itself. For others, add
#   `value_range`, the smallest and the largest pixel value.
#
# **Going further.** Does the last layer tell handbags from shoes only because it has more channels? In the cell of
# section 4 that measures *what*, take 32 random channels of each layer (`few = rng.permutation(x.shape[1])[:32]`, then
# `x[:, few]` and `new[:, few]`), 20 times, and compare the mean accuracies.
#
# To read: Matthew Zeiler and Rob Fergus, *Visualizing and understanding convolutional networks*,
# 2014 (patches). Chris Olah, Alexander Mordvintsev and Ludwig Schubert, *Feature visualization*, 2017 (waves
# and colours). Mingxing Tan and Quoc Le, *EfficientNet*, 2019.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

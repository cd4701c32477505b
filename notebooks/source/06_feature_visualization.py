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
print(
    f"The network says flamingo: {network.predict(drawn.images, verbose=0)[0, flamingo]:.0%}"
)
plots.image_grid(
    drawn.images / 255,
    size=3.2,
    alt="A picture made from noise: pink shapes above water, one with a curved neck like a flamingo's.",
)

# %% [markdown]
# How can a network that only names photos make such a picture? And if it can do that, what does it look for
# in *our* photos? In this lesson we open it, from the first layer to the last.
#
# **You will learn**
#
# - to draw the kernels of the first layer and to read them;
# - to look at feature maps, and to measure what a layer still knows about a picture;
# - to write gradient ascent: from noise to the picture that excites a channel most;
# - to see how channels change with depth, from edges to textures to parts of things;
# - to find the patches of real photos to which a channel gives its largest values.
#
# You need lessons 1 to 4: convolution, feature maps, batch norm, a headless network. The lesson takes about
# 45 minutes with its five exercises, and about a minute to run.
#
# Our network is EfficientNet-Lite0. It has learnt the 1,000 classes of ImageNet. Everything here works the
# same way with a network from `keras.applications`, for example `ResNet50(weights="imagenet")`; only the
# names of the layers differ.
#
# ## 1. Which photos do we show it?
#
# We take six photos that come with scikit-image, and a backpack and a boot from our own test set. The network
# resizes nothing here (`size="any"`), so we do it ourselves: cut out the middle square, then resize it to 224
# by 224.


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
guesses = network.predict(photos, verbose=0)
plots.image_grid(
    photos,
    [
        f"{name}\n{whole.categories[row.argmax()]}: {row.max():.0%}"
        for name, row in zip(names, guesses)
    ],
    columns=8,
    size=1.35,
    alt="A cat, an astronaut, a cup of coffee, a rocket, a motorcycle, galaxies, a drawn backpack and a drawn boot.",
)

# %% [markdown]
# Above each photo you see our name for it, then the network's first guess and its probability. Three guesses
# are good: the cat, the coffee, and a moped for the motorcycle. ImageNet has no astronaut and no galaxy, so
# the network takes the nearest word it has, and with little confidence. The backpack and the boot are
# drawings; we call all eight *photos* for short, and will come back to them.

# %% [markdown] syllabus="G2"
# ## 2. Can we look at the weights themselves?
#
# In the first layer we can. A kernel of the first layer lies directly on the pixels, so it has the same three
# channels as the photo: red, green and blue. How large are the kernels, and how many are there?

# %% tags=["nbval-check-output"]
kernels = base.get_layer("stem_conv").kernel.numpy()
print(
    "kernels:", kernels.shape, f" weights from {kernels.min():.1f} to {kernels.max():.1f}"
)

# %% [markdown]
# There are 32 kernels, and each has 3×3 pixels with 3 colours: 27 weights. But weights can be negative, and
# colours run from 0 to 1. Here's how we draw a weight as a colour: 0 becomes middle gray, 0.5. Positive
# weights are brighter than that and negative ones darker. The weight farthest from 0 becomes 1 if it is
# positive and 0 if it is negative.
#
# **Exercise 1.** Write the function that turns one kernel into such a picture. It has three steps: find the
# largest *absolute* weight, divide by it, and then move the numbers from −1…1 to 0…1.


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
# Gray is 0. We see green when only the green weight is positive, and purple when only the green weight is
# negative. So kernel 30, green above purple, compares the green light of one row with that of the row below:
# it is an edge detector, as in lesson 1. Kernel 21 is the same one row lower. Kernels 5 and 24 are edges too.
# Kernel 23 is an orange blob, 4 is a red one, 20 is green and 3 is blue. What do such kernels do to a photo?
# We run the first layer on the astronaut, in her orange suit. Which of the eight kernels should answer to the
# suit?

# %%
stem = keras.Model(base.input, base.get_layer("stem_conv").output)
chosen = [5, 21, 24, 30, 3, 20, 4, 23]
answers = np.moveaxis(stem.predict(photos[1:2], verbose=0)[0][..., chosen], -1, 0)
plots.image_grid(
    [picture_of(kernels[..., k]) for k in chosen]
    + list(visualize.normalise(answers, signed=True, percentile=99.5)),
    [f"kernel {k}" for k in chosen] + [""] * 8,
    columns=8,
    size=1.15,
    cmap="PuOr_r",
    limits=(-1, 1),
    alt="Eight kernels, and below each what it makes of the astronaut: orange is positive, purple negative, white zero.",
)

# %% [markdown]
# In the lower row orange is positive, purple is negative and white is 0. The four edge kernels answer only
# along outlines. The four blobs answer to whole areas: the red one and the orange one are positive on the
# suit, the blue one and the green one negative.

# %%
quiz.ask("06", "blob")

# %% [markdown] syllabus="J5"
# ### Brightness or colour?
#
# Replace a kernel by its mean over the three colours. This keeps what it does to brightness and removes what
# it does to differences between colours. Which share of its squared weights is left? If it is more than half,
# we call it a brightness kernel. We also look at the size of the weights, because our code for colours hides
# it.

# %% tags=["nbval-check-output"]
gray = kernels.mean(axis=2, keepdims=True)
share = 3 * (gray**2).sum(axis=(0, 1, 2)) / (kernels**2).sum(axis=(0, 1, 2))
alive = np.abs(kernels).max(axis=(0, 1, 2)) > 0.01
print(
    f"brightness {np.sum(alive & (share > 0.5))}, colour {np.sum(alive & (share <= 0.5))}"
)
print("kernels without any weight above 0.01:", np.flatnonzero(~alive))

# %% [markdown]
# 17 of the 28 working kernels react mainly to brightness, and 11 mainly to differences between colours. That
# isn't the same as edges and blobs. Kernels 5 and 30 are edges, but most of their weight is on green, so this
# rule counts them as colour kernels.
#
# In the other four kernels, all weights are practically 0. We call such a kernel **dead**. In the grid they
# look as lively as the others, because we divided each kernel by its own largest weight. That's a warning for
# the whole lesson: a picture on its own scale says nothing about size.
#
# Can we draw the kernels of the second layer too? Not like this. They lie on 32 feature maps instead of three
# colours, and no screen has 32 primary colours. From here on we look at what a layer puts out, not at its
# weights.

# %% [markdown] syllabus="G1"
# ## 3. What becomes of a photo on its way?
#
# The network makes its maps smaller five times. A **stage** is a run of its blocks that have the same number
# of channels. In the names, `expand` is the 1×1 convolution at the beginning of a block, and `bn` the batch
# norm behind it. We take one layer for each size, always directly after a batch norm and before the ReLU, so
# that nothing has been cut off yet. One Keras model gives us all five at once.

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
for name in stages:
    print(f"{name:24} {' × '.join(map(str, maps[name].shape[1:]))}")

# %% [markdown]
# Height and width shrink, and the number of channels grows. Here is every channel of the first of these
# layers for the cat, each from its own smallest value (black) to its own largest (white). Can you still see
# the cat?

# %%
plots.mosaic(
    np.moveaxis(maps["stem_bn"][0], -1, 0),
    columns=8,
    width=5.2,
    heading="stem_bn: 32 channels, 112×112",
    alt="The cat 32 times in gray: some channels show outlines, others light or dark areas.",
)

# %% [markdown]
# Yes, in nearly all of them. Some show its outlines, some its light areas, some one of its colours. The black
# map and the black-and-white one belong to dead kernels. So do two others that look healthy, 11 and 28 (count
# from 0): on their own scale, even values that hardly differ are stretched into a cat.
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
    heading="stage3_block2_expand_bn: 48 of 240 channels, 28×28",
    alt="48 coarse maps of the cat: many show only its eyes, its nose or its stripes.",
)

# %%
plots.mosaic(
    strongest(maps["top_bn"][0], 72),
    columns=18,
    width=9.0,
    heading="top_bn: 72 of 1,280 channels, 7×7",
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
# **Exercise 2.** Write a function that finds it. First take the mean of each map over all places. Then, for
# each channel, subtract the mean over the *other* photos from the value for this photo. The channel with the
# largest difference wins. `np.delete(array, photo, axis=0)` leaves out one row.


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
plots.image_grid(
    list(photos) + list(answer),
    names + [f"mean {value:+.1f}" for value in answer.mean(axis=(1, 2))],
    columns=8,
    size=1.25,
    limits=(answer.min(), answer.max()),
    heading=f"channel {cat_channel} of stage 6 for the eight photos, on one scale",
    alt="The eight photos, and below each the map of one channel: bright nearly everywhere on the cat, for the others mostly dark.",
)

# %% [markdown]
# On average, this channel answers far more to the cat than to any other photo. It isn't for cats alone: look
# at the astronaut's head. Keep it in mind. In section 4 we'll make the picture that it answers to most.
#
# ### *Where* fades, *what* grows: can we measure it?
#
# We ask each layer two questions. **Where:** can we redraw the picture from the maps? **What:** can we tell
# handbags from shoes, given only the mean of each map? The same tool answers both, so that we can compare
# layers with layers: **ridge regression**, which is least squares that also keeps its weights small. For
# *where* we learn from 96 pictures and 32 crops of photos, and judge on 32 other pictures. For *what* we
# learn from the 96, and judge on all 200 test pictures.
#
# For *where*, we have one number per channel at each place of the maps. From those numbers alone we predict
# the pixels under that place. So we cut each picture into as many tiles as there are places. In deep layers
# *where* gets harder for two reasons: detail is lost, and each place has a larger tile to fill.


# %%
def ridge(x, y):
    """Fit y from x, both (n, numbers); return a function that does it for new x."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / deviation
    strength = x.shape[1] / 200  # more inputs, smaller weights
    square = z.T @ z / len(z) + strength * np.eye(z.shape[1])
    weights = np.linalg.solve(square, z.T @ (y - y.mean(axis=0)) / len(z))
    return lambda new: (new - mean) / deviation @ weights + y.mean(axis=0)


def tiles(pictures, places):
    """Cut pictures into places × places tiles: one row of pixel values for each tile."""
    n, side = pictures.shape[:2]
    cut = pictures.reshape(n, places, side // places, places, side // places, 3)
    return cut.swapaxes(2, 3).reshape(n * places * places, -1)


def joined(rows, places, side):
    """Put the tiles back together to pictures."""
    cut = rows.reshape(-1, places, places, side // places, side // places, 3)
    return cut.swapaxes(2, 3).reshape(-1, side, side, 3)


# %% [markdown]
# How good is a redrawn picture? The usual measure is **R²**: one minus the squared error, divided by the
# spread of the true picture around its mean. A perfect copy gets 1. A flat picture in the mean value of all
# pixels gets 0.
#
# **Exercise 3.** Write it. `drawn` and `true` are arrays of the same shape. You need two sums of squares.


# %% tags=["exercise"]
def r_squared(drawn, true):
    """Return 1 for a perfect copy and 0 for one that is flat."""
    return ...


# %% tags=["nbval-check-output"]
r2 = check.exercise(check.r_squared, r_squared, otherwise=visualize.r_squared)


# %% tags=["solution"]
def r_squared(drawn, true):
    """Return 1 for a perfect copy and 0 for one that is flat."""
    error = np.sum((drawn - true) ** 2)
    spread = np.sum((true - true.mean()) ** 2)
    return 1 - error / spread


# %% [markdown]
# Now redraw. We learn from the labelled pictures and from crops of the astronaut, the coffee, the rocket and
# the motorcycle. We test with the cat, and with 31 pictures of the test set. (The cat isn't entirely new:
# parts of this photo are the background of some drawn pictures.)

# %%
rng = np.random.default_rng(0)
images = np.concatenate([data.train.images, data.validation.images])
labels = np.concatenate([data.train.labels, data.validation.labels])
corners = rng.integers(0, 90, (32, 2))
crops = [
    library[names[1 + n % 4]][top : top + 192, left : left + 192]
    for n, (top, left) in enumerate(2 * corners)
]
fit = np.concatenate([images, crops])
judge = np.concatenate([square(library["cat"], 192)[None], data.test.images[:31]])
goal, truth = (
    np.asarray(tf.image.resize(x, (96, 96), antialias=True)) / 255 for x in (fit, judge)
)

# %%
seen = inside.predict(fit, batch_size=32, verbose=0)
shown = inside.predict(judge, batch_size=32, verbose=0)
redrawn, where = {}, {}
for name, x, new in zip(stages, seen, shown):
    places, channels = x.shape[2:]
    x, y = x.reshape(-1, channels), tiles(goal, places)
    some = rng.permutation(len(x))[:10_000]
    rows = ridge(x[some], y[some])(new.reshape(-1, channels))
    redrawn[name] = joined(rows, places, 96)
    where[name] = r2(redrawn[name], truth)
picked = [0, 7]
plots.image_grid(
    [
        picture
        for k in picked
        for picture in [truth[k], *(np.clip(redrawn[name][k], 0, 1) for name in stages)]
    ],
    ["picture", *(name.replace("_expand", "") for name in stages)] + [""] * 6,
    columns=6,
    size=1.5,
    alt="Two pictures, each redrawn from five layers: sharp from the first, coarse from the third, a blur from the last.",
)

# %% [markdown]
# We redraw at half size, 96 by 96. From the first layer that is practically perfect. From the second the
# outlines are still sharp, but the purse loses its gold. The third keeps shapes, the fourth only coarse
# patches, and the last hardly more than a rough colour.
#
# Now *what*: the mean of each map, then the same regression, from there to the class. This is a linear head
# as in lesson 4, only fitted by least squares, and put on five different layers.

# %%
average = keras.layers.GlobalAveragePooling2D()
means = keras.Model(base.input, [average(base.get_layer(name).output) for name in stages])
learnt = means.predict(images, verbose=0)
tested = means.predict(data.test.images, verbose=0)
right = {}
for name, x, new in zip(stages, learnt, tested):
    said_shoe = ridge(x, 2.0 * labels - 1)(new) > 0
    right[name] = said_shoe == data.test.labels
what = {name: right[name].mean() for name in stages}
print(f"{'layer':24} where: R²  what: accuracy")
for name in stages:
    print(f"{name:24} {where[name]:9.2f} {what[name]:15.3f}")
depth = np.arange(1, 6)
plots.curves(
    {
        "where: R² of the redrawn picture": (depth, list(where.values())),
        "what: accuracy, handbag or shoe": (depth, list(what.values())),
        "accuracy of guessing": (depth, [0.5] * 5),
    },
    xlabel="layer, from the photo (1) to the end (5)",
    ylabel="R², accuracy",
    markers=True,
    alt="Over five layers the R² of the redrawn picture falls; the accuracy stays below 0.6 for three layers, then rises.",
)

# %% [markdown]
# One line falls, the other rises. (Don't read anything into where they cross: a useless answer scores 0 in R²
# and 0.5 in accuracy.) The first layer redraws the picture almost perfectly, and is no better than a coin at
# telling handbags from shoes. The last layer is right for nine pictures in ten and can hardly redraw
# anything.
#
# Are the last two steps upwards real? All layers were tested on the same 200 pictures, so a paired test
# answers. And do late layers win only because they have more channels? So we also draw 32 channels from each
# layer, 20 times, and take the mean accuracy.

# %%
for earlier, later in [(stages[2], stages[3]), (stages[3], stages[4])]:
    print(f"{earlier} and {later}:")
    print("  ", training.mcnemar(right[earlier], right[later]))
draw = np.random.default_rng(1)
for name, x, new in zip(stages, learnt, tested):
    few = [draw.choice(x.shape[1], 32, replace=False) for _ in range(20)]
    answers = [ridge(x[:, c], 2.0 * labels - 1)(new[:, c]) > 0 for c in few]
    share_right = np.mean(np.array(answers) == data.test.labels)
    print(f"{name:24} with 32 random channels: {share_right:.2f}")

# %% [markdown]
# Yes, both steps are significant (p < 0.001). And the number of channels doesn't explain the rise: with 32
# channels each, the last two layers are again the best two. So for this network and these two classes, what
# is in the picture is worked out late, when much of the detail is already gone.

# %%
quiz.ask("06", "where-what")

# %% [markdown] syllabus="G3"
# ## 4. Which picture makes a channel answer most?
#
# Now we turn the question round. So far we showed a photo and looked at what a channel does with it. Now we
# ask which picture would make the channel's map as large as possible. We start with noise and compute the
# **score**, the mean of the channel's map. Its gradient says how each pixel should change. We take a small
# step in that direction, and repeat. This is training with the roles swapped: the weights stay, and the
# picture learns. It's called **activation maximization**.
#
# **Exercise 4.** Write one step. `part` is a model from a picture to the maps of one layer.
#
# 1. Under a `tf.GradientTape`, first `tape.watch(picture)`, because a picture isn't a weight that Keras
#    watches by itself. Then compute the score: `tf.reduce_mean` of one channel of `part(picture)`.
# 2. Get the gradient of the score with respect to the picture, and divide it by its length,
#    `tf.norm(gradient)`.
# 3. Add `length` times that to the picture. Keep all pixels between 0 and 255 with `tf.clip_by_value`.


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
# Now repeat the step. We take channel 373 in the middle of the network, and a small picture of noise. What do
# you expect to grow? The score above each picture is the mean of the channel's map. A step of 800 sounds
# large, but it is spread over all 128·128·3 numbers, so one of them moves by about 800/√49,152, which is 3.6.

# %%
part = keras.Model(base.input, base.get_layer("stage4_block3_expand_bn").output)
channel = 373
fast_step = tf.function(step)  # compile the step once, so that it runs faster
noise = tf.constant(rng.uniform(110, 145, (1, 128, 128, 3)), tf.float32)
picture, album = noise, {}
for n in range(65):
    if n in (0, 4, 16, 64):
        mean = float(tf.reduce_mean(part(picture)[..., channel]))
        album[f"{n} steps\nscore {mean:.1f}"] = picture[0] / 255
    picture = fast_step(part, picture, channel, 800.0)
plots.image_grid(
    list(album.values()),
    list(album),
    columns=4,
    size=1.5,
    alt="Noise, and the same picture after 4, 16 and 64 steps: fine coloured arcs appear, with a lot of noise.",
)

# %% [markdown]
# Something grows, and the score rises steeply at first, then more slowly. But the picture is noisy: single
# pixels in garish colours. Nothing in the score rewards smoothness. We have to ask for it. That's called
# **regularisation**, as in training. Three ideas help:
#
# - **jitter**: before each step, shift the picture a few pixels in a random direction. Then no single pixel
#   can matter.
# - **blur**: smooth the picture a little every few steps. Then noise cannot build up.
# - **waves**: don't change pixels at all. Build the picture from waves, let the broad ones grow faster than
#   the fine ones, and mix their colours as in natural photos. Also zoom into a random part before each step.
#
# The first two fit into a loop. `tf.roll` shifts, and average pooling with stride 1 blurs.


# %%
def ascend(channel, steps, jitter=0, blur_every=None):
    """Climb from noise, with jitter and blur if asked for; return the picture."""
    picture = noise
    for n in range(steps):
        shift = rng.integers(-jitter, jitter + 1, 2)
        picture = tf.roll(picture, shift, axis=(1, 2))
        picture = fast_step(part, picture, channel, 800.0)
        picture = tf.roll(picture, -shift, axis=(1, 2))
        if blur_every and n % blur_every == 0:
            picture = tf.nn.avg_pool2d(picture, ksize=3, strides=1, padding="SAME")
    return picture


# %% [markdown]
# The third idea takes more code: a Fourier transform and a change of colours.
# `visualize.activation_maximization` does it, for many channels at once. How it works is described at the top
# of `helpers/visualize/ascent.py`. Here are all four side by side.

# %%
versions = {
    "plain": ascend(channel, 64),
    "jitter": ascend(channel, 64, jitter=8),
    "jitter and blur": ascend(channel, 64, jitter=8, blur_every=4),
    "waves and zoom": visualize.activation_maximization(
        base, "stage4_block3_expand_bn", channel, size=128, steps=64
    ).images,
}
scores = [float(tf.reduce_mean(part(p)[..., channel])) for p in versions.values()]
plots.image_grid(
    [np.asarray(p)[0] / 255 for p in versions.values()],
    [f"{name}\nscore {score:.1f}" for name, score in zip(versions, scores)],
    columns=4,
    size=1.8,
    alt="The same channel four times: noisy arcs, fewer and larger arcs, smooth arcs, and scales in natural colours.",
)

# %% [markdown]
# In this run the noisy picture has the largest score, and the ones that we can read have smaller scores.
# That's the price of regularisation. So these pictures show what a channel looks for **among pictures that
# look natural**. That second half is our choice, not the network's.

# %%
quiz.ask("06", "score")

# %% [markdown]
# ### What does the cat's channel answer to most?
#
# In section 3 you found the cat's channel. Here is the picture that makes it answer most, and the same for
# the other seven photos. The network was never told which channel is for what.

# %%
favourites = [favourite_channel(late_maps, photo) for photo in range(8)]
loved = visualize.activation_maximization(
    base, "stage6_block2_expand_bn", favourites, size=128, steps=64
)
plots.image_grid(
    list(loved.images / 255),
    [f"{name}: {number}" for name, number in zip(names, favourites)],
    columns=8,
    size=1.25,
    alt="Eight pictures made from noise, one for the channel of each photo: fur, padded rolls, eyes, bubbles, something woven and others.",
)

# %% [markdown]
# The cat's channel shows fur, the astronaut's soft padded rolls, the galaxies' round bubbles, the backpack's
# something woven. The motorcycle's shows eyes and fur, and we couldn't have guessed the coffee or the rocket.
# So a channel that answers most to a photo need not be a channel *for* the thing in it: we only compared
# eight photos. And be careful: we know what we want to see, and our eyes are quick to find it.
#
# ### A gallery by depth
#
# What do channels look for in the beginning, in the middle and near the end? We take eight channels of each
# of five layers. We do **not** pick them: they are evenly spaced over the layer.

# %%
depths = [
    "stage2_block2_expand_bn",
    "stage3_block2_expand_bn",
    "stage4_block3_expand_bn",
    "stage5_block3_expand_bn",
    "stage6_block2_expand_bn",
]
gallery = {}
for name in depths:
    count = base.get_layer(name).output.shape[-1]
    spaced = np.linspace(0, count - 1, 10).round().astype(int)[1:9]
    gallery[name] = visualize.activation_maximization(
        base, name, spaced, size=128, steps=64
    )
plots.image_grid(
    [picture / 255 for name in depths for picture in gallery[name].images],
    [f"{name[:6]}: {number}" for name in depths for number in gallery[name].numbers],
    columns=8,
    size=0.98,
    alt="Five rows of eight pictures from noise: fine lines, weaves, scales and patterns, then eyes, folds and parts of things.",
)

# %% [markdown]
# Read the rows from top to bottom. Most of stage 2 shows lines in one direction, and dots. Most of stage 3
# shows stripes, weaves and meshes. In stage 4 the units become larger: scales, shells, tiles. Stage 5 has
# curls, folds and tangles. In stage 6 we see parts of things: 639 and 767 look like eyes, 1023 a little like
# taps, 128 perhaps like an arch. We can't name 256, 384 and 895. That's the road of the whole network:
# **edges, textures, patterns, parts**. Nobody programmed it.

# %%
quiz.ask("06", "gallery")

# %% [markdown]
# ### Every channel of a layer
#
# A layer with few channels can be shown completely. Block 2 of stage 2 ends with 24 channels.

# %%
complete = visualize.activation_maximization(base, "stage2_block2_add", size=96, steps=48)
plots.mosaic(
    complete.images / 255,
    columns=8,
    width=5.0,
    gap=3,
    heading="all 24 channels at the end of stage 2",
    alt="Twenty-four textures made from noise: lines, weaves and dots in many colours and directions.",
)

# %% [markdown]
# The 24 patterns differ in direction, colour and scale. Several are the same lines, only turned.
#
# ### And a whole class?
#
# The same ascent works on a **logit**, the score of a class before softmax. That's how the flamingo at the
# beginning was made. Here are five more classes. Cover the titles and guess.

# %%
wanted = ["flamingo", "goldfish", "jellyfish", "daisy", "espresso", "zebra"]
numbers = [whole.categories.index(name) for name in wanted]
ideal = visualize.class_images(network, numbers, size=128, steps=96)
sure = network.predict(ideal.images, verbose=0)[np.arange(6), numbers]
plots.image_grid(
    list(ideal.images / 255),
    [f"{name}: {share:.0%}" for name, share in zip(wanted, sure)],
    columns=6,
    size=1.4,
    alt="Six pictures made from noise, one for each class: a pink bird, an orange fish, a bell with threads, petals, brown foam, stripes.",
)

# %% [markdown]
# Nobody would take these pictures for photos. Which gets the larger logit, the picture from noise or a real
# photo of the same thing? We have a photo of one of these classes: the coffee.

# %%
predictions = whole.get_layer("predictions")
kernel, bias = (np.asarray(w)[..., numbers[4]] for w in predictions.weights)
photo_logit, noise_logit = (
    float(base.predict(picture[None], verbose=0)[0] @ kernel + bias)
    for picture in (photos[2], ideal.images[4])
)
print(
    f"logit of espresso: {photo_logit:.1f} for the photo,",
    f"{noise_logit:.1f} for the picture from noise",
)

# %% [markdown]
# The picture from noise gets by far the larger logit. One photo and one picture are an example, not a law.
# Still, a class picture only shows what adds to the score. It doesn't show what an espresso *is*, and a large score
# doesn't mean that there is one.

# %% [markdown] syllabus="G5"
# ## 5. Which real patches drive a channel?
#
# A patch **drives** a channel if the channel gives a large value there. Pictures from noise show what would
# be best. What does a channel find in the world? Matthew Zeiler and Rob Fergus searched many photos for the
# places where a channel is largest, and cut out what the channel sees there. We do the same. First we need
# many pictures: we cut our photos, and three more from scikit-image, into tiles, and add the test set.

# %%
tile = 128
sources = [
    *list(library.values())[:6],
    *(getattr(skimage.data, n)() for n in ("brick", "grass", "gravel")),
]
pool = []
for photo in sources:
    photo = photo if photo.ndim == 3 else np.stack([photo] * 3, axis=-1)
    for top in range(0, photo.shape[0] - tile + 1, tile):
        for left in range(0, photo.shape[1] - tile + 1, tile):
            pool.append(photo[top : top + tile, left : left + tile])
pool = np.stack(pool + [square(picture, tile) for picture in data.test.images])
print(f"{len(pool)} pictures of {tile} by {tile} pixels")

# %% [markdown]
# How large is what a channel sees? That's the receptive field of lesson 1. From the photo to
# `stage3_block2_expand_bn` come a 3×3 convolution with stride 2, a 3×3, a 3×3 with stride 2, a 3×3 and a 5×5
# with stride 2; 1×1 convolutions don't widen the field. One step on the map is as many pixels as all strides
# multiplied.

# %% tags=["nbval-check-output"]
field = convolution.receptive_field([(3, 2), 3, (3, 2), 3, (5, 2)])
stride = 2 * 2 * 2
print(f"field {field} pixels, stride {stride} pixels")

# %%
quiz.ask("06", "patch")

# %% [markdown]
# Now the way back, from a place on the map to a patch of the picture. It is the same for rows and for
# columns, so one function does both.
#
# Cut the picture into cells of `stride` pixels: place 0 of the map belongs to the first cell, place 1 to the
# next, and so on. The patch that a place sees is larger than its cell. It lies around the cell's **last**
# pixel, not around its middle. That's because of the padding: where a convolution has stride 2 and the side
# is even, this network pads one pixel more at the right and at the bottom than at the left and at the top.
#
# **Exercise 5.** The patch is `field` pixels long, an odd number, and the last pixel of the cell is its
# middle. Where does the patch begin? Use `//` for halves. At the edge of the picture, move the patch inside:
# it can't begin before 0 or after `side - field`.


# %% tags=["exercise"]
def patch_start(place, stride, field, side):
    """Return the first pixel of the patch that one place of a map sees."""
    return ...


# %% tags=["nbval-check-output"]
start = check.exercise(check.patch_start, patch_start, otherwise=visualize.patch_start)


# %% tags=["solution"]
def patch_start(place, stride, field, side):
    """Return the first pixel of the patch that one place of a map sees."""
    middle = place * stride + stride - 1
    first = middle - field // 2
    return min(max(first, 0), side - field)


# %% [markdown]
# Then the search is a short loop. For one channel we find the largest value in each picture, sort the
# pictures by it, and cut out the best eight patches.

# %%
stage3 = keras.Model(base.input, base.get_layer("stage3_block2_expand_bn").output)
found = stage3.predict(pool, verbose=0)[..., 212]
patches = []
for n in np.argsort(-found.max(axis=(1, 2)))[:8]:
    row, column = np.unravel_index(found[n].argmax(), found[n].shape)
    top, left = (start(place, stride, field, tile) for place in (row, column))
    patches.append(pool[n, top : top + field, left : left + field])
plots.image_grid(
    patches,
    [f"{value:.1f}" for value in np.sort(found.max(axis=(1, 2)))[:-9:-1]],
    columns=8,
    size=1.1,
    heading="stage 3, channel 212: the eight strongest patches",
    alt="Eight small patches: four with girders, one with spokes, a lamp, a gray tangle and a box.",
)

# %% [markdown]
# Four of the eight are girders of the rocket's towers, dark on bright or bright on dark, and one has spokes.
# But patch 3 is a lamp, and the last one a box. After the first two the values are nearly the same, so the
# order of the rest says little.
#
# `visualize.top_patches` does the same for many channels at once and finds the field by itself. We put the
# pictures of the gallery in front: on the left the picture from noise, on the right the best matches in our
# pictures.


# %%
def beside_patches(name, places, alt):
    """Show some pictures of the gallery, each with the six strongest patches of its channel."""
    made, channels = gallery[name].images[places] / 255, gallery[name].numbers[places]
    best = visualize.top_patches(base, name, channels, pool, count=6).patches / 255
    return plots.image_grid(
        [image for first, row in zip(made, best) for image in (first, *row)],
        [title for number in channels for title in (f"channel {number}", *[""] * 6)],
        columns=7,
        size=1.15,
        heading=f"{name}: from noise, and the six strongest patches, {best.shape[2]} pixels wide",
        alt=alt,
    )


beside_patches(
    "stage2_block2_expand_bn",
    [3, 5],
    alt="Two channels: lines made from noise, and patches with edges in the same direction.",
)

# %%
beside_patches(
    "stage3_block2_expand_bn",
    [1, 3, 7],
    alt="Three channels: textures made from noise, and patches with yellow things, bright stripes or crossing lines.",
)

# %%
beside_patches(
    "stage6_block2_expand_bn",
    [0, 4],
    alt="Two channels: parts of things made from noise, and whole tiles with handbags, shoes and other things.",
)

# %% [markdown]
# In stage 2, all patches of a row have an edge in the same direction, the one of the lines on the left. In
# stage 3 a row has a theme: things in yellow, bright stripes, crossing lines. In stage 6 it's harder. For
# channel 639 the picture from noise shows eyes, and the cat's eye is among the patches, but so are a bag and
# a shoe. The field is larger than our tiles there, so we see a whole tile and don't know which part of it
# counts. And most of the pictures that we searched are bags and shoes. A channel can only find what is there.

# %%
quiz.ask("06", "arches")

# %% [markdown]
# ## Key numbers

# %%
plots.key_numbers(
    {
        "network": f"{base.name}, {base.origin}",
        "kernels for brightness, for colour, dead": f"{np.sum(alive & (share > 0.5))}, {np.sum(alive & (share <= 0.5))}, {np.sum(~alive)}",
        "channel of the cat": int(cat_channel),
        "R² of the redrawn picture, first layer": where[stages[0]],
        "R² of the redrawn picture, last layer": where[stages[-1]],
        "accuracy from means of maps, first layer": what[stages[0]],
        "accuracy from means of maps, last layer": what[stages[-1]],
        "score after 64 steps, plain": scores[0],
        "score after 64 steps, waves and zoom": scores[-1],
        "logit of espresso, photo": photo_logit,
        "logit of espresso, picture from noise": noise_logit,
    }
)

# %% [markdown]
# ## Key points
#
# - Kernels of the first layer can be drawn: edges and colour blobs. For deeper layers, look at their outputs.
# - On its way a picture loses *where* and gains *what*. We measured both with one tool.
# - Gradient ascent changes the picture and leaves the weights alone. What we can read in the result also
#   depends on the regularisation that we chose.
# - With depth, channels go from edges to textures to patterns to parts of things.
# - The strongest patches show what a channel finds in real photos. Look at both, the picture from noise and
#   the patches, before you give a channel a name.
#
#
# ## Where next
#
# - [Lesson 6b](06b_explanations.ipynb) asks the next question: *why* did the network say that about this
#   photo?
# - Look into your own models of [lesson 3](03_handbags_vs_shoes.ipynb) and [lesson 5](05_fine_tuning.ipynb):
#   `visualize.activation_maximization(model, layer)` takes any Keras model.
#
# **Going further.** Matthew Zeiler and Rob Fergus, *Visualizing and understanding convolutional networks*,
# 2014 (patches). Chris Olah, Alexander Mordvintsev and Ludwig Schubert, *Feature visualization*, 2017 (waves
# and colours). Mingxing Tan and Quoc Le, *EfficientNet*, 2019.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

# %% [markdown]
# # 6. What does a network see?
#
# <!-- badges -->
#
# Topics: filters, feature maps, pictures from noise, Grad-CAM, occlusion, dissection, sanity checks.
#
# Lesson 5 ended with a network that names handbags and shoes, and is right most of the time. Ask it why it says
# "shoe", and it has nothing to answer but two numbers. What has it learnt to look for? Where in this photo does
# it look? There are many methods that answer with a picture. Not every one of them is about the network. One
# of those below hardly is, and its pictures are among the prettiest.
#
# **You will learn**
#
# - to look at filters and at all maps of a layer, and to measure what a layer still knows;
# - to make, from noise, the picture that a channel or a class loves, and to judge it;
# - to write Grad-CAM in twenty lines: which places speak for this class?
# - to check one explanation by another, by covering parts of the picture;
# - to find detectors of named parts among the channels, and to compare them with chance;
# - to test an explanation: one that stays when the network is ruined explains nothing.

# %% tags=["setup"]
# setup

# %%
import contextlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from helpers import backbones, datasets, drawings, plots, quiz, visualize

keras.utils.set_random_seed(0)

# %% [markdown]
# ## 1. Which networks do we look into?
#
# Three. One is new and small, two you know. The small one is gray, and is trained right here: a few hundred steps on
# Fashion-MNIST. Its last layer has no softmax, so it gives **logits**, the scores before softmax; the loss is told so
# (`from_logits=True`). We shall need them from section 4 on.

# %%
fashion = datasets.fashion_mnist()
clothes = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Rescaling(1 / 255),
        layers.Conv2D(16, 5, padding="same", activation="relu", name="conv_1"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu", name="conv_2"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, name="logits"),
    ]
)
from_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
clothes.compile(keras.optimizers.Adam(2e-3), from_logits, metrics=["accuracy"])
x, y = fashion.train.images[:11_000, ..., None], fashion.train.labels[:11_000]
clothes.fit(x, y, batch_size=128, epochs=4, verbose=0)
score = clothes.evaluate(fashion.test.images[..., None], fashion.test.labels, verbose=0)
print(f"test accuracy on clothes: {score[1]:.2f}")

# %% [markdown]
# The second is the headless network of lesson 4, as others have trained it.

# %%
data = datasets.handbags_and_shoes(size=(128, 128))
names = data.class_names
base = backbones.headless("auto")

# %% [markdown]
# The third is the model of lesson 5: the same base, a linear head, and a last block that has been tuned briefly
# to handbags and shoes. We build it as one flat model, so that every layer in it can be asked for by name.

# %%
images = np.concatenate([data.train.images, data.validation.images])
labels = np.concatenate([data.train.labels, data.validation.labels])
rows = backbones.features(base, images)
scale = layers.Normalization(mean=rows.mean(axis=0), variance=rows.var(axis=0))
weak = keras.regularizers.L2(0.05)
head = keras.Sequential(
    [keras.Input(rows.shape[1:]), scale, layers.Dense(2, kernel_regularizer=weak)]
)
head.compile(keras.optimizers.Adam(1e-2), from_logits)
_ = head.fit(rows, labels, batch_size=96, epochs=40, verbose=0)

# %%
free = backbones.headless(base.name)
model = keras.Model(free.input, head(free.output))
with contextlib.redirect_stdout(None):  # the table has been seen in lesson 5
    backbones.unfreeze(model, from_block=-1)
model.compile(keras.optimizers.Adam(1e-4), from_logits, metrics=["accuracy"])
model.fit(images, labels, batch_size=16, epochs=3, verbose=0)
test = data.test
logits = model.predict(test.images, verbose=0)
accuracy = np.mean(logits.argmax(axis=1) == test.labels)
print(f"test accuracy on handbags and shoes: {accuracy:.3f}")

# %% [markdown] syllabus="G2"
# ## 2. Can we look at the weights themselves?
#
# In the first layer, yes. Its filters lie on the picture itself, so each has as many channels as the picture and
# can be drawn as a small one. Here are those of the clothes network: bright is positive, dark is negative,
# mid-gray is 0. Look for edges: bright on one side, dark on the other.

# %%
kernels = visualize.filters(clothes.get_layer("conv_1"))
plots.image_grid(
    visualize.normalise(kernels, signed=True)[..., 0],
    columns=8,
    size=0.9,
    limits=(-1, 1),
    alt="Sixteen filters of 5 by 5 in gray: several are bright on one side and dark on the other, others speckled.",
)

# %% [markdown]
# Some are edges in one direction or another, others are hard to name. Now the large network, which has seen colour. A
# filter has a red, a green and a blue slice; drawn together they make a colour.

# %%
first = next(layer for layer in base.layers if isinstance(layer, layers.Conv2D))
kernels = visualize.filters(first)
plots.image_grid(
    visualize.normalise(kernels, signed=True) / 2 + 0.5,
    columns=12,
    size=0.8,
    alt="The filters of the first layer as small pictures in colour.",
)

# %% [markdown] syllabus="J5"
# The grayer a filter, the more it looks at brightness; the more colourful, the more at differences between
# colours. Few are pure. So measure: replace a filter by its mean over the three colours. What share of its
# squares is left?

# %%
gray = kernels.mean(axis=3, keepdims=True)
share = (gray**2).sum(axis=(1, 2, 3)) * kernels.shape[3] / (kernels**2).sum(axis=(1, 2, 3))
print(
    f"{len(share)} filters of {kernels.shape[1]}×{kernels.shape[2]}×{kernels.shape[3]};",
    f"{np.sum(share > 0.5)} look mostly at brightness, {np.sum(share <= 0.5)} mostly at colour",
)

# %%
quiz.ask("06", "first-layer")

# %% [markdown]
# And further in? A filter of the clothes network's second layer lies on all 16 maps of the first at once. No
# screen has 16 primary colours, so it cannot be seen at a glance. (In MobileNet the second layer's filters lie
# on one map each. They can be drawn, but not what that map means.) From here on we look not at what layers hold
# but at what they give.

# %% [markdown] syllabus="G1"
# ## 3. What becomes of a picture on its way?
#
# Take a picture that the model names rightly and surely, and look at it behind several layers of the base: the
# first one, and for each size of the maps the last layer that has it.

# %%
true = np.arange(len(test.labels)), test.labels
# How far the right logit is above the other; below 0 the answer is wrong.
margin = logits[true] - logits[true[0], 1 - test.labels]
photo = test.images[margin.argmax()]
maps = visualize.feature_maps(base, photo[None])
activations = (layers.ReLU, layers.Activation)
inside = [layer.name for layer in base.layers if isinstance(layer, activations)]
last_of_size = {maps[name].shape[1]: name for name in inside}
stages = list(dict.fromkeys([inside[0], *last_of_size.values()]))
for name in stages:
    print(f"{name:20} {' × '.join(map(str, maps[name].shape[1:]))}")

# %%
plots.image_grid(
    [photo], size=2.6, alt="One picture of a handbag or shoe from the test set."
)


# %% [markdown]
# Every channel of the first of these layers, each drawn from its own least value (black) to its own largest
# (white). Is the object still to be recognised?


# %%
def all_channels(name, most=192, **options):
    """Draw every channel of a layer, or the strongest ones where there are very many."""
    found = maps[name][0]
    strongest = np.sort(np.argsort(-found.max(axis=(0, 1)))[:most])
    text = f"{name}: {len(strongest)} of {found.shape[-1]} channels, {found.shape[0]}×{found.shape[1]}"
    return plots.mosaic(np.moveaxis(found[..., strongest], -1, 0), heading=text, **options)


all_channels(
    stages[0],
    columns=8,
    width=8.0,
    alt="Every channel of the first layer: the picture again and again, here bright, there only its edges.",
)

# %% [markdown]
# In most of them it is: here its outline, there its light parts, there one of its colours as white. Now further
# in. What is lost, and what is new?

# %%
all_channels(
    stages[2],
    columns=16,
    most=96,
    alt="Channels from the middle of the network: coarser, some show edges of the object, many are dark.",
)

# %%
all_channels(
    stages[-1],
    columns=24,
    alt="Channels of the last layer: a few coarse squares each, mostly dark with one or two bright places.",
)

# %% [markdown]
# At the end nobody could name the object: a map has a few dozen places. Where it is bright, the channel has
# found what it waits for. Where all of it is dark, it has not.
#
# ### *Where* fades, *what* grows: can that be measured?
#
# Put two questions to each layer. **Where**: can the picture be redrawn from the maps? **What**: can handbag
# and shoe be told apart from the means of the maps? Both are answered by one tool, so that layers can be
# compared with layers: **ridge regression**, which is least squares that also keeps the weights small. It is
# fitted to the labelled pictures, and judged on test pictures.


# %%
def linear_readout(x, y):
    """Fit y from x, both (n, numbers), by ridge regression; returns a function of new x."""
    # The more numbers for each example, the smaller the weights have to be.
    strength = x.shape[1] / len(x)
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / deviation
    square = z.T @ z / len(z) + strength * np.eye(z.shape[1])
    weights = np.linalg.solve(square, z.T @ (y - y.mean(axis=0)) / len(z))
    return lambda new: (new - mean) / deviation @ weights + y.mean(axis=0)


# %% [markdown]
# For *where*, the numbers of all channels at one place have to tell the pixels at that place. At the last layer each
# place has to draw 16×16 pixels, at earlier layers fewer. So cut the pictures into squares, one for each place.


# %%
def tiles(pictures, places):
    """Cut pictures into places x places squares: one row of pixel values for each."""
    n, side, _, bands = pictures.shape
    cut = pictures.reshape(n, places, side // places, places, side // places, bands)
    return cut.swapaxes(2, 3).reshape(n * places * places, -1)


def untiled(rows, like, places):
    """Put such rows together to pictures again."""
    n, side, _, bands = like.shape
    cut = rows.reshape(n, places, places, side // places, side // places, bands)
    return cut.swapaxes(2, 3).reshape(like.shape)


# %% [markdown]
# How well the pixels are told is measured by **R²**: 1 is perfect, 0 is no better than the mean picture.

# %%
side = 16 * maps[stages[-1]].shape[1]
few = {"train": images, "test": np.concatenate([photo[None], test.images[:31]])}
goal = {
    key: np.asarray(tf.image.resize(part, (side, side))) / 255 for key, part in few.items()
}
seen = visualize.feature_maps(base, few["train"], stages)
shown = visualize.feature_maps(base, few["test"], stages)
redrawn, r_squared = {}, {}
rng = np.random.default_rng(0)
for name in stages:
    places, channels = seen[name].shape[2:]
    x, y = seen[name].reshape(-1, channels), tiles(goal["train"], places)
    some = rng.permutation(len(x))[:10_000]
    draw = linear_readout(x[some], y[some])
    redrawn[name] = untiled(draw(shown[name].reshape(-1, channels)), goal["test"], places)
    error = np.mean((redrawn[name] - goal["test"]) ** 2)
    spread = np.mean((goal["test"] - goal["train"].mean(axis=0)) ** 2)
    r_squared[name] = 1 - error / spread

# %%
plots.image_grid(
    [goal["test"][0], *(np.clip(redrawn[name][0], 0, 1) for name in stages)],
    ["picture", *(f"{name}\nR² {r_squared[name]:.2f}" for name in stages)],
    columns=6,
    size=1.75,
    alt="The picture, and the same redrawn from one layer after the other: sharp at first, at last a blur of its colours.",
)

# %% [markdown]
# Now *what*: the mean of each map, as in the features of lesson 4, and the same regression from there to the
# class.

# %%
mean = layers.GlobalAveragePooling2D()
means = keras.Model(base.input, [mean(base.get_layer(name).output) for name in stages])
pooled = [means.predict(x, verbose=0) for x in (images, test.images)]
what = {}
for name, x, x_test in zip(stages, *pooled, strict=True):
    said = linear_readout(x, labels * 2.0 - 1)(x_test) > 0
    what[name] = np.mean(said == test.labels)
print(f"{'layer':20} where: R²  what: accuracy")
for name in stages:
    print(f"{name:20} {r_squared[name]:9.2f} {what[name]:15.2f}")

# %%
depth = np.arange(1, len(stages) + 1)
plots.curves(
    {
        "where: R² of the redrawn picture": (depth, list(r_squared.values())),
        "what: accuracy of the class": (depth, list(what.values())),
    },
    xlabel="stage of the network, 1 is nearest to the picture",
    ylabel="R², accuracy",
    markers=True,
    alt="Over the stages the R squared of the redrawn picture falls; the accuracy of the class is low at first and high at the end.",
)

# %% [markdown]
# The first layer can redraw the picture and can hardly tell a handbag from a shoe. The last one is the other
# way round. In between, *where* is given away step by step and *what* is built up. Something has to go: the
# last maps hold fewer numbers than the picture. How much of the fall is training, and how much is this
# shortage? Try it with `backbones.headless(base.name, weights="random")`.

# %%
quiz.ask("06", "places")

# %% [markdown] syllabus="G3"
# ## 4. Which picture would a channel love?
#
# Turn the question round. Do not ask what a channel does with a photo; ask which picture would make its map as
# large as possible. Begin with noise. The gradient of the map's mean says how each pixel should change. Take a
# small step, and repeat. This is training with the roles exchanged: the weights stay, the picture learns. It is
# called **activation maximization**, and this is all of it.


# %%
def climb(part, channel, steps, length=100):
    """Change a noisy picture, step by step, so that the mean of one channel's map grows."""
    noise = np.random.default_rng(0).uniform(110, 145, (1, 28, 28, 1))
    picture = tf.Variable(noise, dtype="float32")
    for _ in range(steps):
        with tf.GradientTape() as tape:
            score = tf.reduce_mean(part(picture)[..., channel])
        gradient = tape.gradient(score, picture)
        step = length * gradient / (tf.norm(gradient) + 1e-8)
        picture.assign(tf.clip_by_value(picture + step, 0, 255))
    return picture[0, ..., 0].numpy(), float(tf.reduce_mean(part(picture)[..., channel]))


# %%
part = keras.Model(clothes.inputs[0], clothes.get_layer("conv_2").output)
usual = np.asarray(part(fashion.test.images[:500, ..., None]))
strongest = int(usual.mean(axis=(0, 1, 2)).argmax())
steps = (0, 4, 16, 64)
climbed = [climb(part, strongest, count) for count in steps]
plots.image_grid(
    [picture for picture, _ in climbed],
    [
        f"{count} steps\nmean {score:.2f}"
        for count, (_, score) in zip(steps, climbed, strict=True)
    ],
    size=1.8,
    limits=(0, 255),
    alt="Noise, and the same picture after 4, 16 and 64 steps: black and white stripes grow from the border.",
)

# %%
best_photo = usual[..., strongest].mean(axis=(1, 2)).max()
print(f"mean of the channel's map: {climbed[-1][1]:.2f} for the picture made from noise,")
print(f"{best_photo:.2f} for the one of 500 test pictures that drives it most")

# %% [markdown]
# Compare the two: does any photo please the channel as much? Now the same for all channels at once, which
# `visualize.activation_maximization` does. First as here, then **regularised**: it builds the picture from
# waves and lets the broad ones grow faster than the fine ones (`smoothness`), and it shifts the picture a
# little at random before each step (`jitter`), so that nothing hangs on single pixels.

# %%
rough = visualize.activation_maximization(clothes, "conv_2", smoothness=0, jitter=0)
plots.mosaic(
    rough.images[..., 0],
    columns=16,
    limits=(0, 255),
    heading="all 32 channels of the second layer, not regularised",
    alt="Thirty-two gray pictures made from noise without regularisation: fine speckles, structure hard to see.",
)

# %%
smooth = visualize.activation_maximization(clothes, "conv_2")
plots.mosaic(
    smooth.images[..., 0],
    columns=16,
    limits=(0, 255),
    heading="the same, regularised",
    alt="The same thirty-two channels, regularised: stripes, blobs, fine dots; dead ones are flat.",
)

# %%
higher = np.mean(smooth.scores > rough.scores)
print(
    f"channels that score higher with the smooth picture: {higher:.0%}; dead channels: {smooth.dead.sum()}"
)

# %% [markdown]
# Now structure can be seen: in which of them stripes, in which blobs? A dead channel, if there is one, reacts
# to nothing that was found; its picture stays as it began, nearly flat. The smooth picture need not score
# lower: in so many steps it may get further. Whether the other would catch up, this does not tell.
#
# ### The large network
#
# Twelve channels from the middle of the base, those that our pictures drive most, in colour. Which of them look
# like something?

# %%
middle = stages[-2]
busy = np.argsort(-seen[middle].mean(axis=(0, 1, 2)))[:12]
options = {"size": 64, "steps": 64}
loved = visualize.activation_maximization(base, middle, busy, **options)
plots.mosaic(
    loved.images / 255,
    columns=6,
    width=7.5,
    heading=f"what twelve channels of {middle} love",
    alt="Twelve pictures in colour made from noise, textures of various kinds.",
)

# %% [markdown]
# The first layer had edges. Most of these are textures more than things. Which would you call scales, weaves,
# folds, nets?
#
# ### And a whole class?
#
# The same ascent works on the logit of a class. What does the clothes network love best as a trouser, a sneaker,
# a bag? Say what you expect before you look.

# %%
ideal = visualize.class_images(clothes)
sure = keras.ops.softmax(clothes(ideal.images)).numpy().max(axis=1)
plots.image_grid(
    ideal.images[..., 0],
    [f"{name}\n{share:.0%}" for name, share in zip(fashion.class_names, sure, strict=True)],
    columns=5,
    size=1.6,
    limits=(0, 255),
    alt="Ten gray pictures, one for each kind of clothes, with the network's probability: traces of outlines.",
)

# %%
ideal_two = visualize.class_images(model, size=96, steps=96)
said = keras.ops.softmax(model(ideal_two.images)).numpy()
plots.image_grid(
    ideal_two.images / 255,
    [
        f"{name}: logit {score:.0f}, {share:.0%}"
        for name, score, share in zip(
            names, ideal_two.scores, said.max(axis=1), strict=True
        )
    ],
    size=3.2,
    alt="Two colourful pictures made from noise, for handbag and for shoe: bulges and folds, no real object.",
)

# %%
print(
    f"largest logit: handbag {logits[:, 0].max():.1f}, shoe {logits[:, 1].max():.1f} on test pictures"
)
print(f"from noise:    handbag {ideal_two.scores[0]:.1f}, shoe {ideal_two.scores[1]:.1f}")

# %% [markdown]
# Is the network surer of these two than of any test picture? And would anybody carry them? In some of the gray
# ones the garment can be recognised. The head of that network sees every place by itself (`Flatten`); that of
# the other sees only means. Can you find a handbag or a shoe in the colourful ones? A class picture shows what
# adds to a score. It does not show what a handbag is.

# %%
quiz.ask("06", "dream")

# %% [markdown] syllabus="G5"
# ## 5. Which real patches drive a channel?
#
# Pictures from noise show what would be best. What does a channel find in the world? Search all our pictures for
# the places where it gives its largest values, and cut out what it can see there: a patch as large as its
# receptive field. Left the picture from noise, right the six strongest patches, one row for each channel.


# %%
def beside_patches(layer, channels, pictures, count=6):
    """Put for each channel its picture from noise and its strongest patches into one row."""
    patches = visualize.top_patches(base, layer, channels, pictures, count=count)
    made = visualize.activation_maximization(base, layer, channels, **options)
    shown = [
        image
        for one, row in zip(made.images / 255, patches.patches / 255, strict=True)
        for image in (one, *row)
    ]
    titles = [
        title
        for channel in channels
        for title in (f"channel {channel}", *(f"number {n + 1}" for n in range(count)))
    ]
    return patches, {"images": shown, "titles": titles, "columns": count + 1, "size": 1.2}


# %%
everything = np.concatenate([images, test.images])
early = stages[1]
some = np.argsort(-seen[early].mean(axis=(0, 1, 2)))[:3]
early_patches, figure = beside_patches(early, some, everything)
print(f"{early}: a channel sees {early_patches.patches.shape[2]} pixels across")
plots.image_grid(
    **figure,
    alt="Three channels near the input: a texture from noise, and six small patches with edges or one colour.",
)

# %%
later = stages[-3]
some = np.argsort(-seen[later].mean(axis=(0, 1, 2)))[:4]
later_patches, figure = beside_patches(later, some, everything)
print(f"{later}: a channel sees {later_patches.patches.shape[2]} pixels across")
plots.image_grid(
    **figure,
    alt="Four channels from further in: a texture from noise, and six larger patches with parts of things.",
)

# %% [markdown]
# Near the input, the patches of a row agree on an edge, a corner or a colour. Further in the patches are larger,
# and what a row has in common is harder to say: a kind of edge between two things, a bow, a pattern. In the last
# layers a patch is the whole picture. Nobody promised that a channel means one thing. Compare left and right:
# does what the picture from noise shows occur in the patches?

# %%
quiz.ask("06", "patch")

# %% [markdown] syllabus="G4"
# ## 6. Where in this picture is the shoe?
#
# So far we have asked what a channel looks for. Now: this picture, this answer, where does it come from? The last
# maps still know *where*, coarsely, and they know *what*. **Grad-CAM** adds them up, each with a weight $w_k$:
# how much does the class's logit $z$ grow with channel $A^k$, on average over its $H \cdot W$ places?
#
# $$w_k = \frac{1}{HW}\sum_{i,j} \frac{\partial z}{\partial A^k_{ij}} \qquad
# \text{map} = \mathrm{ReLU}\Big(\sum_k w_k A^k\Big)$$
#
# Why the logit, and not the probability? Softmax makes a probability near 1 flat: nothing changes it much, and
# its gradients vanish. Here it is in full.


# %%
def grad_cam(model, layer, image, target):
    """Show which places of one image speak for the class `target`."""
    # 1. One model, two outputs: the maps of the layer, and the logits.
    two = keras.Model(model.input, [model.get_layer(layer).output, model.output])
    image = tf.constant(image[None], tf.float32)
    # 2. Run it, and record every step, so that gradients can be asked for.
    with tf.GradientTape() as tape:
        tape.watch(image)
        maps, logits = two(image)
        # 3. What is to be explained: the logit of one class.
        score = logits[0, target]
    # 4. How does it change with each number in the maps?
    gradients = tape.gradient(score, maps)
    # 5. The weight of a channel is the mean over its places.
    weights = tf.reduce_mean(gradients, axis=(1, 2))
    # 6. The weighted sum of all channels: one number for each place.
    total = tf.reduce_sum(maps * weights[:, None, None, :], axis=-1)
    # 7. Keep what speaks for the class.
    positive = tf.nn.relu(total)
    # 8. Enlarge it to the size of the image.
    return tf.image.resize(positive[..., None], image.shape[1:3])[0, ..., 0].numpy()


# %% [markdown]
# `visualize.grad_cam` does the same, compiled, for many images and any kind of model. Do the two agree?

# %% tags=["nbval-check-output"]
last = stages[-1]
by_hand = np.stack([grad_cam(model, last, image, 1) for image in test.images[:4]])
by_helper = visualize.grad_cam(model, test.images[:4], last, target=1)
print("by hand:", by_hand.shape, " helper:", by_helper.shape)
print("equal:", np.allclose(by_hand, by_helper, atol=1e-4 * by_hand.max()))

# %% [markdown]
# Behind a global average and a linear head, as here, the gradient is the same at all places, so a channel's
# $w_k$ is its weight in the head, divided by the scale that the head uses for this channel and by the number of
# places. In other networks it is not, and Grad-CAM works there as well. What does it do with a channel that
# speaks against the class?

# %%
quiz.ask("06", "cam")

# %% [markdown]
# Now look. First pictures of which the model is sure and right, two of each class. Below each, what speaks for
# handbag, and below that what speaks for shoe. The picture is shown in gray there; yellow is most, and where
# nothing lies over it, nothing speaks for that class.


# %%
def heated(pictures, maps):
    """Lay maps over pictures without their colours."""
    gray = pictures.mean(axis=-1, keepdims=True) // 16 * 17  # sixteen steps are enough
    return visualize.overlay(gray, maps, alpha=0.7)


def both_classes(picked):
    """Lay the maps for handbag and for shoe over some test pictures."""
    pictures = test.images[picked]
    heats = [visualize.grad_cam(model, pictures, last, target=target) for target in (0, 1)]
    rows = [pictures / 255, *(heated(pictures, heat) for heat in heats)]
    said = [names[number] for number in logits[picked].argmax(axis=1)]
    titles = [
        f"{names[test.labels[n]]}, said {word}"
        for n, word in zip(picked, said, strict=True)
    ]
    for_class = [f"for {name}" for name in names for _ in picked]
    return {"images": np.concatenate(rows), "titles": titles + for_class, "columns": 4}


# %%
order = np.argsort(-margin)
surest = [n for label in (0, 1) for n in order[test.labels[order] == label][:2]]
plots.image_grid(
    **both_classes(surest),
    size=1.7,
    alt="Two handbags and two shoes named rightly; below each, the heat for handbag and for shoe.",
)

# %% [markdown]
# Does the heat for the right class lie on the object, on a part of it, or on something beside it? A model can
# be right and look at the wrong thing. Is there heat for the other class? (Each map is drawn to its own largest
# value, so a weak map looks as hot as a strong one.) Now the four worst answers. What did the model take for
# the other class?

# %%
worst = np.argsort(margin)[:4]
plots.image_grid(
    **both_classes(worst),
    size=1.7,
    alt="The four test pictures with the worst answers; below, heat for handbag and for shoe on various parts.",
)

# %% [markdown]
# This is what Grad-CAM is good for: to look at mistakes. Has it looked at the wrong thing, a cup, a shadow, the
# background? Or at the right thing, and misread it? The first may call for other pictures, the second for more of
# them.
#
# ### Is the heat in the right place, or do we only believe so?
#
# Four pictures prove nothing, and eyes are kind. So build pictures where the right place is known: mosaics of two
# handbags and two shoes. The heat for handbag should lie in the quarters of the handbags. A map that knows
# nothing puts half of its heat there.

# %%
bags, shoes = (np.flatnonzero(test.labels == label)[:48] for label in (0, 1))


def four(a, b, c, d):
    """Join four test pictures to one."""
    a, b, c, d = test.images[[a, b, c, d]]
    return np.concatenate([np.concatenate([a, b], axis=1), np.concatenate([c, d], axis=1)])


pairs = zip(bags[::2], shoes[::2], shoes[1::2], bags[1::2], strict=True)
mosaics = np.stack([four(*numbers) for numbers in pairs])
on_bags = np.zeros(mosaics.shape[1:3], bool)
on_bags[:128, :128] = on_bags[128:, 128:] = True  # top left and bottom right
heats = [visualize.grad_cam(model, mosaics, last, target=target) for target in (0, 1)]
shares = []
for heat, right in zip(heats, (on_bags, ~on_bags), strict=True):
    total = heat.sum(axis=(1, 2))
    shares.append((heat * right).sum(axis=(1, 2))[total > 0] / total[total > 0])
focus = [share.mean() for share in shares]
for name, share in zip(names, shares, strict=True):
    error = 2 * share.std() / len(share) ** 0.5
    print(
        f"heat for {name:8} in the quarters of its class: {share.mean():.0%} ± {error:.0%}"
    )

# %%
few = np.s_[:3, ::2, ::2]  # three of them, every other pixel
plots.image_grid(
    np.concatenate(
        [mosaics[few] / 255, *(heated(mosaics[few], heat[few]) for heat in heats)]
    ),
    [""] * 3 + [f"for {name}" for name in names for _ in range(3)],
    columns=3,
    size=2.0,
    alt="Three mosaics of two handbags and two shoes; below, the heat for each class, partly in its quarters and partly in the wrong ones.",
)

# %% [markdown]
# Compare with one half, and with the error. The test is hard: the network shrinks the mosaic, so things are
# half as large as in training. And its labels were one word for a whole picture; nobody told it where.
#
# ### What else does the network know?
#
# One more network: the base with the last layer that it was trained with, for categories of its own. Here are a
# turtle, if there is one, and the animals and things of which it is surest. Below each is what it says, and the
# heat for just that answer.

# %%
knowing = backbones.whole("auto")
print(f"{len(knowing.categories)} categories")
things = datasets.everyday(size=(224, 224))
answers = knowing.predict(things.images, verbose=0)
order = [things.names[n] for n in np.argsort(-answers.max(axis=1))]
first = [name for name in ("loggerhead", "turtle") if name in order]
wanted = list(dict.fromkeys(first + order))[:6]
picked = [things.names.index(name) for name in wanted]
pictures, answers = things.images[picked], answers[picked]
heat = visualize.grad_cam(knowing, pictures)
said = [
    f"{knowing.categories[row.argmax()]}\n{row.max():.0%}".replace("drawn ", "")
    for row in answers
]
plots.image_grid(
    np.concatenate([pictures / 255, heated(pictures, heat)]),
    wanted + said,
    columns=len(picked),
    size=1.5,
    alt="Six animals and things with the network's answers; below, the heat for each answer.",
)

# %% [markdown]
# Where it is right, does the heat lie on the animal or the thing? Where it is wrong, does the heat tell what it
# mistook? Try your own photos: with `target=knowing.categories.index(...)` you may ask for a category that it did
# *not* say.

# %% [markdown] syllabus="G6"
# ## 7. What happens if we cover it?
#
# Grad-CAM works with gradients, inside the network. There is a test from outside that anybody understands: cover
# a part of the picture with gray, and see how far the logit drops. Where it drops much, the model needed what was
# there. Slide the patch over the whole picture, and the drops make a map: **occlusion**.

# %%
quiz.ask("06", "positions")

# %% [markdown]
# Here the patch is put in four places. Which of them hurts most?

# %%
one, target = test.images[surest[0]], int(test.labels[surest[0]])
covered = np.stack([one] * 4)
for copy, (top, left) in zip(covered, [(0, 0), (16, 48), (48, 48), (88, 48)], strict=True):
    copy[top : top + 32, left : left + 32] = 128
scores = model.predict(covered, verbose=0)[:, target]
drops = logits[surest[0], target] - scores
plots.image_grid(
    covered,
    [f"drop {drop:.1f}" for drop in drops],
    size=1.9,
    alt="One picture with a gray square in four places; above each, by how much the logit drops.",
)

# %% [markdown]
# Now all places, 8 pixels apart. Each pixel shows the mean drop of all patches that cover it. The first two
# pictures are named rightly, the last two are the worst answers. Do the two methods point at the same place?

# %%
subjects = surest[::2] + list(worst[:2])
pictures, targets = test.images[subjects], logits[subjects].argmax(axis=1)
drops = visualize.occlusion(model, pictures, targets, patch=32, stride=8, fill=128)
heat = visualize.grad_cam(model, pictures, last, targets)
plots.image_grid(
    np.concatenate(
        [
            pictures / 255,
            heated(pictures, drops),
            heated(pictures, heat),
        ]
    ),
    [f"said {names[target]}" for target in targets] + ["occlusion"] * 4 + ["Grad-CAM"] * 4,
    columns=4,
    size=1.7,
    alt="Four pictures; below, where covering lowers the logit, and the Grad-CAM: they agree on some, not on all.",
)

# %% [markdown]
# How alike are they, in a number? 1 is the same map up to a factor, 0 is no likeness. Drops below 0 count as 0, as in
# Grad-CAM.

# %%
likeness = [
    np.corrcoef(np.maximum(a, 0).ravel(), b.ravel())[0, 1]
    for a, b in zip(drops, heat, strict=True)
]
print("correlation of the two maps:", " ".join(f"{value:.2f}" for value in likeness))
print("largest drop of the logit:  ", " ".join(f"{drop.max():.1f}" for drop in drops))
print("largest rise:               ", " ".join(f"{-drop.min():.1f}" for drop in drops))

# %% [markdown]
# Where two methods that work so differently agree, believe them a little more. Where they do not, remember that
# each asks a question of its own. A gray square is also something: it has edges that were not in the photo, and
# it may look like a handbag to the model. Where covering makes the logit *rise*, something may have spoken
# against the answer, and Grad-CAM's ReLU hides that. Two shoes in one picture can mislead occlusion: cover one,
# and the other still speaks.

# %% [markdown] syllabus="G7"
# ## 8. Are there channels for soles, straps, laces?
#
# In section 5 you named channels by looking. **Network dissection** does it by counting. It needs pictures in
# which every pixel has a name. Our drawings have: whoever draws a shoe knows where its sole is.
# (*Sole* is also the footbed, where one can look into the shoe.)

# %%
drawn, _, parts, _ = drawings.handbags_and_shoes_with_parts("test", 96)
colours = [[225, 225, 225], [0, 114, 178], [240, 228, 66], [230, 159, 0]]
colours += [[0, 0, 0], [204, 121, 167], [86, 180, 233], [160, 60, 0]]
colours = np.array(colours, np.uint8)
present = [[drawings.PARTS[k] for k in np.unique(mask) if k] for mask in parts[:6]]
plots.image_grid(
    np.concatenate([drawn[:6], colours[parts[:6]]]),
    [""] * 6 + [", ".join(found) for found in present],
    columns=6,
    size=1.4,
    alt="Six drawn handbags and shoes; below, the same with each part in one flat colour.",
)

# %%
for number, part_name in enumerate(drawings.PARTS):
    print(f"{part_name:10} {np.mean(parts == number):6.1%} of all pixels")

# %% [markdown]
# A channel **fires** where it gives more than its 99.5th percentile, counted over all pictures. Where it fires
# and where a part is, are two areas. Their **IoU** is the area in both, divided by the area in either: 1 if they
# are the same, 0 if they never meet. Bau and others, who invented this, call a channel a detector from 0.04 on.
# That sounds little, but a channel may fire on only one pixel in 200.

# %%
quiz.ask("06", "iou")

# %% [markdown]
# There is a trap. With hundreds of channels and one part, *some* channel fits best by luck. So choose the channel
# on one half of the pictures, and measure it on the other half. And do the same with a network of random weights:
# what is its best channel worth?


# %%
def best_channels(network, layer):
    """For each part the channel that fits best on one half of the pictures, and its IoU on the other."""
    half = len(drawn) // 2
    chosen = visualize.dissect(network, layer, drawn[:half], parts[:half]).iou.argmax(
        axis=0
    )
    other = visualize.dissect(network, layer, drawn[half:], parts[half:])
    return chosen, other.iou[chosen, np.arange(len(chosen))]


networks = {f"stage {stages.index(name) + 1}": (base, name) for name in stages[-3:]}
networks["random"] = (backbones.headless(base.name, weights="random"), middle)
found = {name: best_channels(*where) for name, where in networks.items()}


# %%
print(f"{'part':10} at best", *(f"{name:>8}" for name in found))
for number, part_name in enumerate(drawings.PARTS[1:], start=1):
    area = np.mean(parts == number)
    ceiling = min(area, 0.005) / max(area, 0.005)
    values = (f"{iou[number]:8.3f}" for _, iou in found.values())
    print(f"{part_name:10} {ceiling:7.2f}", *values)
detectors = {name: int(np.sum(iou[1:] > 0.04)) for name, (_, iou) in found.items()}
print(f"{'detectors':18}", *(f"{count:8}" for count in detectors.values()))

# %% [markdown]
# *At best* is what a channel could reach: one that fires on half a per cent of the pixels cannot cover a body.
# Then read the last column: what chance and mere edges achieve, in a layer of a network with random weights.
# Only what is clearly above it counts. Nobody ever told this network of soles or handles. Where one of its
# channels fires on them all the same, such things probably helped with what it was trained for. Parts whose row
# is no better than the last column have no channel that this test finds.
#
# Here is the channel that does best on its part. In colour is where it fires; below, where the part really is.
# The six drawings are those, of the 24 with most of this part, where the channel answers most: a flattering
# choice.

# %%
best_stage = max(list(found)[:-1], key=lambda name: found[name][1][1:].max())
(_, best_layer), (chosen, iou) = networks[best_stage], found[best_stage]
number = int(iou[1:].argmax()) + 1
channel, best_part = chosen[number], drawings.PARTS[number]
threshold = visualize.dissect(base, best_layer, drawn, parts).thresholds[channel]
with_part = np.argsort(-np.mean(parts == number, axis=(1, 2)))[:24]
response = visualize.feature_maps(base, drawn[with_part], best_layer)[..., channel]
strongest = np.argsort(-response.max(axis=(1, 2)))[:6]
print(f"{best_layer}, channel {channel}: {best_part}, IoU {iou[number]:.2f}")

# %%
pictures = drawn[with_part[strongest]]
faded = 0.7 + 0.3 * (pictures.mean(axis=-1, keepdims=True) // 32) / 7
enlarged = tf.image.resize(response[strongest][..., None], parts.shape[1:]).numpy()
areas = [enlarged > threshold, parts[with_part[strongest]][..., None] == number]
plots.image_grid(
    np.concatenate([np.where(area, pictures / 255, faded) for area in areas]),
    [f"channel {channel} fires"] * 6 + [best_part] * 6,
    columns=6,
    size=1.45,
    alt="Six drawings, faded but for where a channel fires; below, faded but for where the part is; the two overlap in part.",
)

# %% [markdown]
# The area is a blob, since the map is coarse. Does it lie on the part, or beside it? Even a good detector is no
# definition: it fires on other things too, and misses some. And most parts of a picture are spread over many
# channels that no one has a name for.

# %% [markdown] syllabus="G8"
# ## 9. Which of these pictures may we believe?
#
# An explanation is a claim about a network. So it must depend on the network. Julius Adebayo and others made a
# test of that: destroy what the network has learnt, layer by layer, from the output down, and watch the map. If
# it stays, it has never been about what the network had learnt.
#
# We test Grad-CAM, and two methods that draw every pixel. **Saliency** is the size of the logit's gradient at
# each pixel. **Guided backpropagation** changes one thing in it: on the way back, each ReLU also stops what is
# negative. Here it is; the model's twin has other ReLUs and the same weights. `custom_gradient` lets us write the way
# back by hand, and `clone_model` calls our function for each layer. On the way there nothing changes: do model and
# twin give the same answers?


# %%
def guided(layer):
    """Give a layer's twin; the twin of a ReLU stops negative gradients as well."""
    if not isinstance(layer, activations):
        return layer.from_config(layer.get_config())

    @tf.custom_gradient
    def relu(x):
        passed = (x > 0) & (x < (getattr(layer, "max_value", None) or np.inf))
        return layer(x), lambda g: tf.nn.relu(g) * tf.cast(passed, g.dtype)

    return layers.Activation(relu, name=layer.name)


twin = keras.models.clone_model(model, clone_function=guided)


def guided_backpropagation(model, images, target=None):
    """Show saliency as the twin sees it."""
    twin.set_weights(model.get_weights())
    return visualize.saliency(twin, images, target)


twin.set_weights(model.get_weights())
answers = twin.predict(test.images, verbose=0)
print("same answers:", np.allclose(answers, logits, atol=1e-4))

# %% [markdown]
# And a control: the **edges** of the picture, which know nothing of any network. Which of these four would you
# print in a report?

# %%
methods = {
    "Grad-CAM": visualize.grad_cam,
    "saliency": visualize.saliency,
    "guided backpropagation": guided_backpropagation,
    "edges": visualize.edges,
}
subjects = np.array(surest[1:3])
pictures, targets = test.images[subjects], logits[subjects].argmax(axis=1)


def explained(network):
    """Draw what each method gives for the pictures, one row for each."""
    maps = [method(network, pictures, target=targets) for method in methods.values()]
    # Sixteen steps of gray are enough.
    return [np.round(15 * visualize.normalise(one, percentile=99)) for one in maps]


before = explained(model)
plots.image_grid(
    [one for row in zip(pictures, *before, strict=True) for one in row],
    [title if n == 0 else "" for n in range(len(pictures)) for title in ("", *methods)],
    columns=5,
    size=1.6,
    alt="Four methods on two pictures: Grad-CAM a blob, saliency noise, guided backpropagation fine outlines, edges.",
)

# %% [markdown]
# Guided backpropagation draws outlines of the object on black. It looks as if the model knew its shape. Now ruin the
# model: shuffle the weights of every layer in its last quarter, and of the head. What can it still do?

# %%
ruined = keras.models.clone_model(model)
ruined.set_weights(model.get_weights())
for layer in ruined.layers[len(ruined.layers) * 3 // 4 :]:
    weights = layer.get_weights()
    layer.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in weights])
said = ruined.predict(test.images, verbose=0).argmax(axis=1)
ruined_accuracy = np.mean(said == test.labels)
print(f"test accuracy: {accuracy:.2f} before, {ruined_accuracy:.2f} after (guessing: 0.50)")

# %%
after = explained(ruined)
rows = [[picture[0] for picture in (pictures, *maps)] for maps in (before, after)]
plots.image_grid(
    rows[0] + rows[1],
    ["trained", *methods, "last quarter shuffled", *[""] * len(methods)],
    columns=5,
    size=1.6,
    alt="Each of four methods before and after the last quarter of the layers is shuffled.",
)

# %% [markdown]
# How much is left above guessing? And which maps have changed as much as the answers have? Let
# `visualize.sanity_check` go through all layers, one after the other, and compare the order of the pixels in
# the maps (rank correlation: 1 is the same order, 0 is none).

# %%
many = np.argsort(-margin)[:6]
checks = {
    name: visualize.sanity_check(method, model, test.images[many], test.labels[many])
    for name, method in methods.items()
}
layers_gone = np.arange(1, len(checks["edges"].layers) + 1)
plots.curves(
    {
        name: (layers_gone, check.correlations.mean(axis=1))
        for name, check in checks.items()
    },
    xlabel="layers randomised, from the output down",
    ylabel="rank correlation with the first map",
    alt="Rank correlation over the layers randomised, one line for each of the four methods; edges stay at 1.",
)

# %%
quarter = len(layers_gone) // 4 - 1
for name, check in checks.items():
    first, later, end = check.correlations.mean(axis=1)[[0, quarter, -1]]
    print(f"{name:23} head {first:5.2f}   last quarter {later:5.2f}   all {end:5.2f}")

# %% [markdown]
# Read the left end of the lines first. There the head is random, so the answers mean nothing any more, and a
# map that explains them has to be another one. *Edges* stay at 1, of course. *Guided backpropagation* stays
# close to them: it has not noticed. It falls in the end, long after there was anything left to explain. (A
# layer is one with a kernel here, so the quarter is not exactly the one above.) Its pictures show the edges
# that the lower layers let through, and what the upper layers make of them hardly matters. *Grad-CAM* changes
# at once. *Saliency* changes in part at once, and then little: a part of it is about the network, and a part
# about the picture, since the gradients of any network are larger where the picture has edges.
#
# Each line is the mean of a few pictures and one shuffle, so small ups and downs mean nothing. A value below 0
# says that the order turned round, as it may when the weights of the head change places. Look at where a line
# falls, not only at where it ends. Grad-CAM passes.
#
# Passing is necessary, not sufficient. A map that depends on the network may still mislead you. A map that does
# not depend on it explains nothing, however good it looks.

# %%
quiz.ask("06", "sanity")

# %% [markdown]
# **Try it.** Take a picture of your own, `helpers.photos.read_photo("my.jpg")`, resized to 128×128, and make its
# Grad-CAM. Write down what the model goes by. Then test your own sentence: cover that part, or paint over it.
# Does the answer change as you predicted? That is the difference between a story and an explanation.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "data": f"{data.name}, {data.origin}",
        "network": f"{base.name}, {base.origin}",
        "test accuracy, handbags and shoes": accuracy,
        "R² of the redrawn picture, first stage": r_squared[stages[0]],
        "R² of the redrawn picture, last stage": r_squared[stages[-1]],
        "accuracy from means of maps, first stage": what[stages[0]],
        "accuracy from means of maps, last stage": what[stages[-1]],
        "heat for handbag in the quarters of handbags": focus[0],
        "heat for shoe in the quarters of shoes": focus[1],
        "occlusion and Grad-CAM, mean correlation": np.mean(likeness),
        "best part detector": f"{best_part}, IoU {iou[number]:.3f}",
        "parts with a detector, trained and random": f"{max(list(detectors.values())[:-1])}, {detectors['random']}",
        **{
            f"correlation, head randomised, {name}": check.correlations[0].mean()
            for name, check in checks.items()
        },
    }
)

# %% [markdown]
# ## Key points
#
# - Filters of the first layer can be seen: edges and colours. Of deeper layers, look at what they give.
# - On its way through the network a picture loses *where* and gains *what*. Both can be measured.
# - Pictures made from noise show what adds to a score. They need regularisation to be read, and a class is more
#   than what they show.
# - Grad-CAM: weigh the last maps by the mean gradient of the logit, add, keep what is positive. One pass each
#   way.
# - Occlusion asks from outside, and takes many passes. Two methods that agree are worth more than one.
# - Choose the best channel on some pictures and measure it on others, and compare with a random network.
# - Ruin the network. A map that stays explains nothing.
#
# ## Where next
#
# - Look at the mistakes of your own models in this way, in [lesson 2](02_fashion_mnist.ipynb), [lesson
#   3](03_handbags_vs_shoes.ipynb) and [lesson 5](05_fine_tuning.ipynb): what did they look at?
# - Matthew Zeiler and Rob Fergus, *Visualizing and understanding convolutional networks*, 2014 (patches,
#   occlusion). Chris Olah, Alexander Mordvintsev and Ludwig Schubert, *Feature visualization*, 2017. Ramprasaath
#   Selvaraju and others, *Grad-CAM*, 2017. David Bau and others, *Network dissection*, 2017. Julius Adebayo and
#   others, *Sanity checks for saliency maps*, 2018.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*

# %% [markdown]
# # 9. Pictures in, pictures out
#
# <!-- badges -->
#
# Topics: similarity, triplet loss, denoising, doubling the size, style transfer, a game learnt from pixels.
#
# Below you see a cat with noise all over it, and a painting. By the end of this lesson, a small network has cleaned
# the cat, and we have painted it in the style of the painting. The output is no longer a name or a box, but a
# picture.
#
# What else can the output be? In this lesson it is also a list of features to compare pictures by, and a move in a
# game. The layers stay the same. What changes from task to task is the shape of the output, and the loss.
#
# **You will learn**
#
# - to train features that bring pictures of the same kind together, and to test them on kinds that they have never
#   seen;
# - to clean a photo and to double its size with a small network, and to measure the result in decibels;
# - to paint a photo in the style of a painting, by changing its pixels and no weights;
# - to let a network learn a game from its pixels, without anyone telling it the right move.
#
# You need lesson 4 (features and neighbours), lesson 6b (Grad-CAM) and lesson 8 (maps that become larger again). Plan
# 45 minutes to teach it, and about an hour for the exercises. The code runs for about two minutes on two cores.

# %% tags=["setup"]
# setup

# %%
import keras
import numpy as np
import skimage
import tensorflow as tf
from keras import layers, ops
from scipy import ndimage, stats
from skimage.transform import resize

from helpers import backbones, check, drawings, plots, quiz, training, visualize

keras.utils.set_random_seed(0)
noise = np.random.default_rng(0).normal(0, 25, (256, 256, 3))
cat = skimage.data.chelsea()[20:276, 90:346] + noise
plots.image_grid(
    [cat.clip(0, 255).astype("uint8"), drawings.painting(256)],
    size=2.6,
    alt="A photo of a cat with a lot of noise, and a painting of short blue, cream and yellow strokes.",
)

# %% [markdown] syllabus="I5"
# ## 1. Which picture is most like this one?
#
# A shop has 500 kinds of bags, and every week a few new ones. Nobody wants to train a classifier every week. So we
# don't ask "Which class?" but "Which picture is most like it?". A new kind needs only a picture or two in the
# collection.
#
# Our drawn handbags and shoes come in twelve kinds, six of each. The training pictures are our **collection**. Each
# test picture is a **query**: we search the collection for the picture that is most like it.

# %% tags=["nbval-check-output"]
images, _, _, kinds = drawings.handbags_and_shoes_with_parts("train", 216)
queries, _, _, query_kinds = drawings.handbags_and_shoes_with_parts("test", 144)
KINDS, numbers = np.unique(kinds, return_inverse=True)
query_numbers = np.searchsorted(KINDS, query_kinds)
print(f"{len(images)} pictures in the collection, {len(queries)} queries,", *KINDS)

# %% [markdown]
# As in lesson 4, we run the frozen base once, and compare features by the cosine of the angle between them. If we
# divide each row by its length, a matrix product gives all cosines at once.
#
# **Recall@1** is the share of queries whose nearest picture shows the same kind. **Predict:** twelve kinds, so chance
# is about 8 %. How far do ImageNet's features get?


# %%
def found(rows, collection, truth, collection_truth):
    """Tell for each query whether its nearest picture shows the same kind."""
    rows, collection = [ops.normalize(x).numpy() for x in (rows, collection)]
    nearest = (rows @ collection.T).argmax(axis=1)
    return collection_truth[nearest] == truth


base = backbones.headless("efficientnet_lite0", size="any")
features = base.predict(images, verbose=0)
query_features = base.predict(queries, verbose=0)
raw = found(query_features, features, query_numbers, numbers)
print(f"recall@1 of the base's features: {raw.mean():.2f}")

# %% [markdown]
# That is far better than chance, without any training on bags or shoes. Now we want to do better: pictures of the
# same kind should move closer together, and other kinds should move away.
#
# We take three pictures: an **anchor**, a second picture of the same kind, and one of another kind. Together they are
# a **triplet**. Say `same` is the cosine between the anchor and the picture of its kind, and `other` the one between
# the anchor and the picture of another kind. We want `same` to be larger than `other` by at least a **margin** of
# 0.2. The **triplet loss** is what is missing:
#
# $$\text{loss} = \text{mean of } \max(0,\ \text{other} - \text{same} + \text{margin})$$
#
# **Exercise 1.** Write the triplet loss for many triplets. `same` and `other` are tensors with one cosine for each
# anchor. Use `ops.maximum` and `ops.mean`, so that Keras can compute gradients. By hand: for `same` = 0.5 and `other`
# = 0.4, the loss of a triplet is 0.1.


# %% tags=["exercise"]
def triplet_loss(same, other, margin=0.2):
    """Average how much is missing until same is larger than other by the margin."""
    return ...


# %%
triplet_loss = check.exercise(check.triplets, triplet_loss, otherwise=check.margin_loss)


# %% tags=["solution"]
def triplet_loss(same, other, margin=0.2):
    """Average how much is missing until same is larger than other by the margin."""
    return ops.mean(ops.maximum(other - same + margin, 0))


# %% [markdown]
# Which triplets shall we take? Most of them are easy, and their loss is 0. So for each anchor we take the hardest
# ones in the batch: the least similar picture of its kind, and the most similar picture of another kind.
#
# The network is a single dense layer that turns 1,280 features into 256. There are no classes in it. It ends by
# dividing each row by its length.


# %%
def hardest_triplets(truth, rows):
    """Take the hardest triplet of each anchor in a batch."""
    truth = ops.reshape(truth, (-1, 1))
    alike = truth == ops.transpose(truth)
    cosines = rows @ ops.transpose(rows)
    same = ops.min(ops.where(alike, cosines, 2.0), axis=1)
    other = ops.max(ops.where(alike, -2.0, cosines), axis=1)
    return triplet_loss(same, other)


def embed(known, seed=0):
    """Learn new features from the pictures of some kinds, and give them for all pictures."""
    keras.utils.set_random_seed(seed)
    dense = layers.Dense(256, use_bias=False)
    model = keras.Sequential([keras.Input((1280,)), dense, layers.UnitNormalization()])
    model.compile(keras.optimizers.Adam(1e-3), hardest_triplets)
    model.fit(features[known], numbers[known], batch_size=72, epochs=20, verbose=0)
    return model.predict(query_features, verbose=0), model.predict(features, verbose=0)


# %% [markdown]
# We learn from all twelve kinds and ask the queries again. Could a difference be luck? Both features answer the same
# queries, so we use the paired test of lesson 3.

# %%
everything = np.ones(len(images), bool)
learnt_queries, learnt = embed(everything)
right = found(learnt_queries, learnt, query_numbers, numbers)
print(f"recall@1: {raw.mean():.2f} before, {right.mean():.2f} after")
print("before first, after second:", training.mcnemar(raw, right))
asked = np.flatnonzero(~raw & right)[[0, 2]]
before = (ops.normalize(query_features).numpy() @ ops.normalize(features).numpy().T)[asked]
after = (learnt_queries @ learnt.T)[asked]
panels, titles = [], []
for row, cosines in enumerate(np.stack([before, after], axis=1).reshape(4, -1)):
    best = np.argsort(-cosines)[:4]
    panels += [queries[asked[row // 2]], *images[best]]
    titles += [f"query: {query_kinds[asked[row // 2]]}", *[kinds[n] for n in best]]
plots.image_grid(
    panels,
    titles,
    columns=5,
    size=1.6,
    alt="Two queries, each with its four nearest pictures by the features before training, and below it after training.",
)

# %% [markdown]
# We chose these two queries because training helped them. The upper row of each pair shows the neighbours before, the
# lower row after training: now the nearest picture shows the right kind.

# %% [markdown] syllabus="I5"
# ### And kinds that it has never seen?
#
# So far the network knew all kinds, and a classifier could have done the same. The shop's question is about *new*
# kinds. So we train three times, each time without four of the kinds, and then search among these four only. In this
# way every kind is new once.
#
# The hardest version is **one-shot** recognition: the collection holds a single picture of each new kind. We draw
# that picture ten times. **Predict:** does our training help with new kinds as well?


# %%
def search_new(turn, examples=10):
    """Train without every third kind; for each query of these, say what is right, before and after."""
    new, asked = numbers % 3 == turn, query_numbers % 3 == turn
    truth, collection = query_numbers[asked], numbers[new]
    singles = [np.flatnonzero(collection == k)[:examples] for k in np.unique(collection)]
    singles = np.transpose(singles)  # (examples, kinds): one picture of each kind
    results = []
    rows = [(query_features, features), embed(~new, seed=turn)]  # before, after
    for asking, stored in rows:
        asking, stored = asking[asked], stored[new]
        shots = [found(asking, stored[one], truth, collection[one]) for one in singles]
        results += [found(asking, stored, truth, collection), np.mean(shots, axis=0)]
    return results


# %%
turns = zip(*[search_new(turn) for turn in range(3)], strict=True)
all_before, one_before, all_after, one_after = map(np.concatenate, turns)
print(
    f"new kinds, all pictures: recall@1 {all_before.mean():.2f} before, {all_after.mean():.2f} after"
)
print("before first, after second:", training.mcnemar(all_before, all_after))
gain = one_after - one_before
error = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
print(
    f"new kinds, one picture of each: {one_before.mean():.2f} before, {one_after.mean():.2f} after"
)
print(
    f"gain {gain.mean():+.3f}, 95 % interval {gain.mean() - error:+.3f} to {gain.mean() + error:+.3f}"
)

# %%
quiz.ask("09", "new-kinds")

# %% [markdown]
# The answer is disappointing, and honest. For kinds in the training set the gain is clear. For new kinds we have no
# evidence of one: the base has learnt from more than a million photos of a thousand classes, and our few drawings add
# little. So first measure the features that you already have. Often they are enough.

# %% [markdown] syllabus="I6"
# ## 2. Can a network clean a photo?
#
# In the dark, a camera adds **noise** to the picture: each pixel is off by a random amount. We imitate this with a
# normal distribution. Its standard deviation is 25 of 255 grey levels.
#
# How good is a cleaned photo? The usual measure is **PSNR**, the peak signal-to-noise ratio. Take the mean squared
# error over all pixels and channels. Divide the square of the largest possible value, the peak, by it, and go to
# decibels:
#
# $$\text{PSNR} = 10 \cdot \log_{10} \frac{\text{peak}^2}{\text{mean squared error}}$$
#
# Our pixels lie between 0 and 1, so the peak is 1. Each 10 dB more mean a tenth of the error, and 1 dB more means
# about a fifth less.
#
# **Exercise 2.** Write `psnr`. Take `np.log10`. By hand: if each pixel is off by 0.1, then the mean squared error is
# 0.01, and the PSNR is 20 dB.


# %% tags=["exercise"]
def psnr(picture, original):
    """Compute the peak signal-to-noise ratio in dB; pixels lie between 0 and 1."""
    return ...


# %% tags=["nbval-check-output"]
psnr = check.exercise(check.decibels, psnr, otherwise=check.ratio)


# %% tags=["solution"]
def psnr(picture, original):
    """Compute the peak signal-to-noise ratio in dB; pixels lie between 0 and 1."""
    return 10 * np.log10(1 / np.mean((picture - original) ** 2))


# %% [markdown]
# We learn from two photos of scikit-image and from our drawings. On a third photo, the coffee, we choose: the width
# of a filter, or the strength of a method. Two more photos are the test. We use them only once, at the end.

# %%
NOISE, rng = 25 / 255, np.random.default_rng(0)
drawn = np.concatenate(
    np.concatenate(images[:20].reshape(4, 5, 160, 160, 3), axis=1), axis=1
)
photos = {
    "astronaut": skimage.data.astronaut(),
    "rocket": skimage.data.rocket(),
    "drawn": drawn,
}
held_out = {"coffee": skimage.data.coffee(), "cat": skimage.data.chelsea()}
held_out["motorcycle"] = skimage.data.stereo_motorcycle()[0]
clean = {name: x.astype("float32") / 255 for name, x in photos.items()}
clean |= {name: x[20:276, 90:346].astype("float32") / 255 for name, x in held_out.items()}
noisy = {
    name: x + rng.normal(0, NOISE, x.shape).astype("float32") for name, x in clean.items()
}
plots.image_grid(
    [*[clean[name] for name in held_out], *[noisy[name].clip(0, 1) for name in held_out]],
    [*held_out, *[f"{psnr(noisy[name], clean[name]):.1f} dB" for name in held_out]],
    columns=3,
    size=2.6,
    alt="A cup of coffee, a cat and a motorcycle, clean above and noisy below.",
)

# %% [markdown]
# First the classical methods, without any learning. A *Gaussian filter* takes a weighted mean over neighbouring
# pixels, and a *median filter* takes their median. **Non-local means** is cleverer: it averages over pixels whose
# *surroundings* look alike, even if they are far apart. Each method has a width or a strength, and we choose it on
# the coffee.


# %%
def non_local(picture, strength, noise=NOISE):
    """Clean a picture with non-local means, which is told how strong the noise is."""
    options = {"patch_size": 5, "patch_distance": 6, "channel_axis": -1, "sigma": noise}
    denoise = skimage.restoration.denoise_nl_means
    return denoise(picture, h=strength * noise, fast_mode=True, **options).astype("float32")


def classical(picture):
    """Clean a picture with all classical methods."""
    done = {f"median {n}×{n}": ndimage.median_filter(picture, (n, n, 1)) for n in (3, 5)}
    for width in (0.8, 1.0, 1.2, 1.5):
        done[f"Gaussian {width}"] = ndimage.gaussian_filter(picture, (width, width, 0))
    for strength in (0.4, 0.5, 0.6, 0.7, 0.8):
        done[f"non-local {strength}"] = non_local(picture, strength)
    return done


classic = {photo: classical(noisy[photo]) for photo in held_out}
score = {name: psnr(x, clean["coffee"]) for name, x in classic["coffee"].items()}
families = [[name for name in score if name.startswith(f)] for f in ("med", "Gau", "non")]
chosen = [max(names, key=score.get) for names in families]
print("best on the coffee:", ", ".join(f"{name} {score[name]:.1f} dB" for name in chosen))

# %% [markdown]
# Now a network. Its output is a picture of the same size, so it needs neither pooling nor a dense layer: five
# convolutions are enough. It takes pictures of any size, because it is fully convolutional (lesson 8).
#
# It doesn't have to begin from nothing. Non-local means already gives a good guess. So the network sees two pictures,
# the noisy one and this guess, stacked to six channels. And it computes only the *difference* to the guess: we add
# its last map to the guess, as in a residual block (lesson 4). This is called **residual learning**.
#
# **Exercise 3.** Build it. `layers.Concatenate()([noisy, guess])` stacks both. Then come four convolutions with 32
# filters and ReLU, 3×3 each, and one with 3 filters. Its result can be negative, so this last one has no ReLU. Give
# it `kernel_initializer="zeros"`: then the network returns the guess before it has learnt anything. `layers.Add()([a,
# b])` adds two maps, and a model with two inputs is `keras.Model([noisy, guess], outputs)`.


# %% tags=["exercise"]
def build():
    """Build five convolutions that see two pictures, and whose result is added to the guess."""
    # begin with two inputs, noisy and guess: keras.Input((None, None, 3)) takes any size
    return ...


# %% tags=["nbval-check-output"]
build = check.exercise(check.denoiser, build, otherwise=check.residual_denoiser)


# %% tags=["solution"]
def build():
    """Build five convolutions that see two pictures, and whose result is added to the guess."""
    noisy, guess = keras.Input((None, None, 3)), keras.Input((None, None, 3))  # any size
    x = layers.Concatenate()([noisy, guess])
    for _ in range(4):
        x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(3, 3, padding="same", kernel_initializer="zeros")(x)
    return keras.Model([noisy, guess], layers.Add()([guess, x]))


# %% [markdown]
# Two photos and some drawings are not many, but each holds thousands of small parts. We cut out such a **patch** at
# random, from the noisy picture, the guess and the clean picture, always at the same place. Nobody has to label
# anything, because we made the noise ourselves. The loss is the mean squared error, the same error that PSNR
# measures. The learning rate falls to 0 along a cosine.


# %%
def cut(pictures, count, side, scale=1):
    """Cut patches at random places out of each set of pictures; the first set may be smaller."""
    patches = [[] for _ in pictures]
    for n in range(count):
        name = list(photos)[n % len(photos)]
        row, column = rng.integers(0, np.subtract(pictures[0][name].shape[:2], side))
        for number, (kind, found) in enumerate(zip(pictures, patches, strict=True)):
            s = scale if number else 1
            found.append(
                kind[name][s * row : s * (row + side), s * column : s * (column + side)]
            )
    return [np.stack(found) for found in patches]


def train(network, inputs, targets, batch_size, rate):
    """Fit once to all patches, with a learning rate that falls to 0."""
    falling = keras.optimizers.schedules.CosineDecay(rate, len(targets) // batch_size)
    network.compile(keras.optimizers.Adam(falling), "mse")
    network.fit(inputs, targets, batch_size=batch_size, verbose=0)


def apply(network, *pictures):
    """Give pictures to a network, and get one back."""
    return network.predict([picture[None] for picture in pictures], verbose=0)[0]


# %%
guess = {name: non_local(x, float(chosen[-1].split()[1])) for name, x in noisy.items()}
*inputs, targets = cut([noisy, guess, clean], 8000, 40)
keras.utils.set_random_seed(0)
denoiser = build()
train(denoiser, inputs, targets, batch_size=8, rate=1e-3)
cleaned = {name: apply(denoiser, noisy[name], guess[name]) for name in held_out}

# %% [markdown]
# And the test. The coffee has served to choose, so only the cat and the motorcycle count.
#
# Could a gain be luck? We cut each picture into 64 tiles, and count in how many of them the network has a smaller
# error than the best classical method. If both were equally good, that would be a coin toss (lesson 3).


# %%
def tiles(picture, original):
    """Compute the mean squared error of each of 64 tiles."""
    error = (picture - original) ** 2
    return error.reshape(8, 32, 8, 32, 3).mean(axis=(1, 3, 4)).ravel()


for photo in held_out:
    original = clean[photo]
    decibels = {name: psnr(classic[photo][name], original) for name in chosen}
    decibels["network"] = psnr(cleaned[photo], original)
    print(
        photo,
        "in dB:",
        ", ".join(f"{name} {value:.1f}" for name, value in decibels.items()),
    )
    best = max(chosen, key=decibels.get)
    gained = decibels["network"] - decibels[best]
    better = np.sum(tiles(cleaned[photo], original) < tiles(classic[photo][best], original))
    p = stats.binomtest(int(better), 64).pvalue
    print(f"{photo}: {gained:+.2f} dB, better in {better} of 64 tiles, p = {p:.1g}")

# %%
shown = {"noisy": noisy, chosen[-1]: guess, "network": cleaned, "clean": clean}
parts = {"cat": np.s_[60:160, 60:160], "motorcycle": np.s_[100:200, 100:200]}
plots.image_grid(
    [
        pictures[photo][part].clip(0, 1)
        for photo, part in parts.items()
        for pictures in shown.values()
    ],
    [*shown] * 2,
    columns=4,
    size=2.4,
    alt="Parts of the cat and of the motorcycle: noisy, after non-local means, after the network, and clean.",
)

# %%
quiz.ask("09", "denoise")

# %% [markdown]
# On the two test photos the network gains about 1 dB. On the coffee non-local means is already good, and the gain is
# small. In the figure, non-local means smooths fine fur away. The network brings a little of it back, because the
# noisy picture still holds it.
#
# ### What happens at another noise?
#
# The network learnt at one strength, 25. Now we give it less noise, and more. Non-local means has to be told the
# strength. We try both: once it is told the true strength, and once it believes that it is 25, as in training.
# **Predict:** at which strengths does the network help?

# %%
levels = [5, 10, 15, 25, 35, 50]
lines = {
    "noisy picture": [],
    "non-local means, told": [],
    "network, told": [],
    "network, told 25": [],
}
for level in levels:
    picture = clean["cat"] + rng.normal(0, level / 255, clean["cat"].shape).astype(
        "float32"
    )
    told, as_trained = non_local(picture, 0.5, level / 255), non_local(picture, 0.5)
    done = (
        picture,
        told,
        apply(denoiser, picture, told),
        apply(denoiser, picture, as_trained),
    )
    for line, found_picture in zip(lines.values(), done, strict=True):
        line.append(psnr(found_picture, clean["cat"]))
print("at 5: ", ", ".join(f"{name} {line[0]:.1f}" for name, line in lines.items()), "dB")
print("at 50:", ", ".join(f"{name} {line[-1]:.1f}" for name, line in lines.items()), "dB")
plots.curves(
    {name: (levels, line) for name, line in lines.items()},
    xlabel="standard deviation of the noise, of 255",
    ylabel="PSNR on the cat, dB",
    markers=True,
    alt="PSNR against the strength of the noise for the noisy picture, for non-local means, and for the network.",
)

# %%
quiz.ask("09", "other-noise")

# %% [markdown]
# If non-local means is told the true strength, the network improves its guess at every strength that we tried,
# although it learnt at 25 only. If it believes in 25, it fails on both sides. At 5 the result is worse than the noisy
# picture, because fine fur was taken for noise. At 50 most of the noise remains. So somebody has to tell the program
# how strong the noise is, or it must learn to measure it.

# %% [markdown] syllabus="I6"
# ### Twice as large
#
# Now we double the size of a photo. Again we make the task ourselves: shrink a photo to half, and ask for the
# original. Our guess is **bicubic interpolation**, which fits smooth curves through the pixels. It looks blurred. The
# network reads the small picture, doubles its maps with a transposed convolution (lesson 8), and computes what has to
# be added. This is called **super-resolution**.

# %%
small, big = {}, {}
for name, picture in clean.items():
    height, width = np.array(picture.shape[:2]) // 2
    clean[name] = picture[: 2 * height, : 2 * width]
    small[name] = clean[name].reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
    big[name] = resize(small[name], clean[name].shape, order=3, mode="edge").astype(
        "float32"
    )

x = inputs = keras.Input((None, None, 3))
bicubic = keras.Input((None, None, 3))
for _ in range(4):
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
double = layers.Conv2DTranspose(3, 4, strides=2, padding="same", kernel_initializer="zeros")
doubler = keras.Model([inputs, bicubic], layers.Add()([bicubic, double(x)]))
*inputs, targets = cut([small, big, clean], 6400, 24, scale=2)
train(doubler, inputs, targets, batch_size=16, rate=3e-3)

# %%
sharp = {photo: apply(doubler, small[photo], big[photo]) for photo in held_out}
for photo in held_out:
    original = clean[photo]
    smooth, better = psnr(big[photo], original), psnr(sharp[photo], original)
    print(f"{photo}: bicubic {smooth:.2f} dB, network {better:.2f} dB", end=", ")
    better = np.sum(tiles(sharp[photo], original) < tiles(big[photo], original))
    print(f"better in {better} of 64 tiles")
shown = {"bicubic": big, "network": sharp, "original": clean}
plots.image_grid(
    [
        pictures[photo][part].clip(0, 1)
        for photo, part in parts.items()
        for pictures in shown.values()
    ],
    [*shown] * 2,
    columns=3,
    size=2.4,
    alt="Parts of the cat and of the motorcycle: enlarged by bicubic interpolation, by the network, and the original.",
)

# %% [markdown]
# In all three photos, the network is better than bicubic interpolation in most tiles. The gain is small on the cat,
# whose fur is finer than a pixel of the small photo. It is larger where edges are clear. What was lost when we shrank
# the photo can't come back. The network guesses what usually belongs there. In a medical image or on a number plate,
# that can be dangerous.

# %% [markdown] syllabus="I7"
# ## 3. Can a network paint?
#
# In **style transfer** we train no weights at all. We change the *pixels* of a photo until it keeps its content, but
# looks as if it were painted like another picture. What tells us how far we have come are the maps of our frozen
# base, as in lesson 6.
#
# - *Content*: a deep map says what is where. The map of the new picture should stay close to that of the photo.
# - *Style*: colours and strokes, wherever they are. For each pair of channels, we take the mean over all places of
#   the product of both. The result is the **Gram matrix**. It says which channels are active together, and it has
#   forgotten where.
#
# **Exercise 4.** Write `gram` for maps of shape (height, width, channels), with `ops`. Make one row for each place,
# `ops.reshape(maps, (-1, channels))`. Then a matrix product gives the sums over all places. Divide them by the number
# of places.


# %% tags=["exercise"]
def gram(maps):
    """Average the product of each two channels over all places; the result is (channels, channels)."""
    return ...


# %% tags=["nbval-check-output"]
gram = check.exercise(check.gram, gram, otherwise=check.channel_products)


# %% tags=["solution"]
def gram(maps):
    """Average the product of each two channels over all places; the result is (channels, channels)."""
    rows = ops.reshape(maps, (-1, maps.shape[-1]))
    return ops.transpose(rows) @ rows / rows.shape[0]


# %% [markdown]
# Our painting is drawn by a program. For the style we take six early maps of the base, for the content one a little
# deeper. Each loss is divided by its value for a start that keeps nothing, so all have a similar size.

# %%
photo = resize(skimage.data.chelsea()[:, 90:390], (224, 224), anti_aliasing=True) * 255
photo, painting = np.float32(photo), np.float32(drawings.painting(224))
STYLE = ["stem_relu", "stage1_block1_depthwise_relu", "stage2_block1_expand_relu"]
STYLE += [f"stage{n}_expand_relu" for n in ("2_block2", "3_block1", "3_block2")]
outputs = [base.get_layer(name).output for name in [*STYLE, "stage3_block2_add"]]
watcher = keras.Model(base.input, outputs)
style_grams = [gram(maps[0]) for maps in watcher(painting[None])[:-1]]
content_map = watcher(photo[None])[-1]


def losses(picture):
    """Compare a picture with the painting by Gram matrices, and with the photo by a deep map."""
    *maps, deep = watcher(picture)
    pairs = zip(maps, style_grams, strict=True)
    style = [ops.mean((gram(m[0]) - g) ** 2) / ops.mean(g**2) for m, g in pairs]
    content = ops.mean((deep - content_map) ** 2) / ops.var(content_map)
    return sum(style) / len(style), content


# %% [markdown]
# Style and content pull in different directions, so we add both with weights. A third term, the mean difference
# between neighbouring pixels, keeps the picture smooth. Then we go down the gradient with Adam. Only this time the
# gradient belongs to the pixels. `@tf.function` compiles the step, so that it runs faster.

# %%
pixels = tf.Variable(photo[None])
adam = keras.optimizers.Adam(8.0)  # grey levels a step, of 255


@tf.function
def step():
    """Change the pixels a little, so that the loss falls."""
    with tf.GradientTape() as tape:
        style, content = losses(pixels)
        down, right = tf.image.image_gradients(pixels)
        rough = (ops.mean(ops.abs(down)) + ops.mean(ops.abs(right))) / 255
        loss = style + 0.02 * content + 0.6 * rough
    adam.apply([tape.gradient(loss, pixels)], [pixels])
    pixels.assign(tf.clip_by_value(pixels, 0, 255))
    return style, content


strip = {"photo": photo, "painting": painting}
for number in range(1, 301):
    style, content = step()
    if number in (1, 10, 50, 300):
        strip[f"step {number}"] = pixels.numpy()[0]
        print(f"step {number:3}: style loss {style:.3f}, content loss {content:.3f}")

# %%
plots.image_grid(
    [picture.astype("uint8") for picture in strip.values()],
    [*strip],
    columns=3,
    size=2.9,
    alt="A cat, a painting of short blue, cream and yellow strokes, and the cat, more and more painted, after 1 to 300 steps.",
)

# %%
quiz.ask("09", "style")

# %% [markdown]
# The cat is still a cat, and its fur has become strokes in the colours of the painting. The style loss falls, and the
# content loss *rises*: with the photo as start it was 0, and every stroke costs some content.

# %% [markdown] syllabus="I8"
# ## 4. Can a network learn to play?
#
# So far someone always told the network the right answer. In **reinforcement learning** nobody does. An **agent**
# sees a screen and chooses a move. Only at the end of the game does it get a **reward**.
#
# Our game is *catch*. A ball falls from the top of a 12×12 screen, one row at a time. At the bottom there is a
# paddle, three pixels wide. In each of eleven steps, it moves one pixel to the left, stays, or moves to the right.
# The reward is 1 if it catches the ball, and 0 if not. We play many games at the same time: `ball` and `paddle` hold
# one column for each game.


# %%
def draw(row, ball, paddle):
    """Draw the screens of all games, (games, 12, 12, 1)."""
    screens, game = np.zeros((len(ball), 12, 12, 1), "float32"), np.arange(len(ball))
    screens[game, row, ball] = 1
    for shift in (-1, 0, 1):
        screens[game, 11, paddle + shift] = 1
    return screens


# %% [markdown]
# The network gives three numbers for a screen: the **value** of each move. That is how much reward the agent can
# expect if it makes this move now. In our game it is the probability that it catches the ball. Such a network is
# called a **Q network**.
#
# If the values are right, the best move is the one with the largest value. But at the beginning they are not. An
# agent that always follows them never finds out whether another move is better. So with the probability $\varepsilon$
# (epsilon) it makes a random move instead. This is called **epsilon-greedy**.
#
# **Exercise 5.** Write `choose`. `values` has a row for each game and a column for each move. Each game decides for
# itself, so draw one number for each with `rng.random(len(values))`, and one random move for each with
# `rng.integers(0, 3, len(values))`. `np.where(condition, first, second)` chooses entry by entry.


# %% tags=["exercise"]
def choose(values, epsilon, rng):
    """Choose the best move of each game or, with probability epsilon, a random one."""
    return ...


# %%
choose = check.exercise(check.explorer, choose, otherwise=check.greedy_or_random)


# %% tags=["solution"]
def choose(values, epsilon, rng):
    """Choose the best move of each game or, with probability epsilon, a random one."""
    explore = rng.random(len(values)) < epsilon
    random = rng.integers(0, 3, len(values))
    return np.where(explore, random, values.argmax(axis=1))


# %% [markdown]
# Now we can play. `evaluate` takes screens and gives values, as a network does. For comparison we write a player that
# knows the rules: it finds ball and paddle on the screen, and a move is worth more if it leads nearer to the ball.
# With epsilon = 1, any player plays at random. **Predict:** how often does a random player catch the ball?


# %%
def play(evaluate, games, rng, epsilon=0):
    """Play many games at once: all screens, all moves, and who caught the ball."""
    ball, paddle = rng.integers(0, 12, games), rng.integers(1, 11, games)
    screens, moves = [], []
    for row in range(11):
        screens.append(draw(row, ball, paddle))
        moves.append(choose(evaluate(screens[-1]), epsilon, rng))  # left, stay, right
        paddle = (paddle + moves[-1] - 1).clip(1, 10)
    return np.stack(screens), np.stack(moves), np.abs(ball - paddle) <= 1


def by_the_rules(screens):
    """Value a move by how near to the ball's column it leads."""
    ball = screens[:, :11, :, 0].any(axis=1).argmax(axis=1)
    paddle = screens[:, 11, :, 0].argmax(axis=1) + 1
    return -np.abs(ball[:, None] - paddle[:, None] - [-1, 0, 1])


rng = np.random.default_rng(0)
at_random = play(by_the_rules, 1000, rng, epsilon=1)[2].sum()
perfect = play(by_the_rules, 1000, rng)[2].sum()
print(f"caught of 1,000: {at_random} at random, {perfect} by the rules")

# %% [markdown]
# How does a network learn without rules? It plays 128 games to the end. Then we know for each game whether it caught
# the ball. Each of the eleven screens of a game gets this reward as truth for the move that was made there. About the
# other two moves we learn nothing, so the loss is the squared error of one of three outputs.


# %%
def q_network():
    """Two convolutions and two dense layers: from a screen to the values of three moves."""
    q = keras.Sequential([keras.Input((12, 12, 1))])
    q.add(layers.Conv2D(16, 3, padding="same", activation="relu"))
    q.add(layers.Conv2D(16, 3, padding="same", activation="relu"))
    q.add(layers.Flatten())
    q.add(layers.Dense(64, activation="relu"))
    q.add(layers.Dense(3))
    return q


def of_the_move(truth, values):
    """Square the error of the move that was made; truth holds (move, reward)."""
    made = ops.one_hot(ops.cast(truth[:, 0], "int32"), 3)
    return ops.mean((ops.sum(values * made, axis=1) - truth[:, 1]) ** 2)


# %% [markdown]
# In the first round all moves are random, and epsilon falls from round to round. Three agents start from different
# weights.


# %%
def learn(seed, rounds=40):
    """Train an agent: the network, and the share of balls caught in each round."""
    keras.utils.set_random_seed(seed)
    rng, agent, share = np.random.default_rng(seed), q_network(), []
    agent.compile(keras.optimizers.Adam(3e-3), of_the_move)
    for number in range(rounds):
        epsilon = max(0.05, 1 - number / 28)
        screens, moves, caught = play(agent.predict_on_batch, 128, rng, epsilon)
        truth = np.stack([moves, np.tile(caught, (11, 1))], axis=-1).astype("float32")
        screens, truth = screens.reshape(-1, 12, 12, 1), truth.reshape(-1, 2)
        agent.fit(screens, truth, batch_size=64, verbose=0)
        share.append(caught.mean())
    return agent, share


agents, shares = zip(*[learn(seed) for seed in range(3)], strict=True)

# %%
for seed, agent in enumerate(agents):
    won = play(agent.predict_on_batch, 1000, np.random.default_rng(99))[2].sum()
    low, high = training.wilson_interval(int(won), 1000)
    print(f"seed {seed}: {won} of 1,000 caught, 95 % interval {low:.1%} to {high:.1%}")
plots.curves(
    {f"seed {seed}": (np.arange(1, 41), share) for seed, share in enumerate(shares)},
    xlabel="round of 128 games",
    ylabel="share of balls caught",
    alt="The share of balls caught in each of 40 rounds, for three seeds: it rises from about a quarter to nearly 1.",
)

# %%
quiz.ask("09", "rewards")

# %% [markdown]
# Nobody told the agents what a ball is, where the paddle is, or which move was right. So what do they look at?
# Grad-CAM from lesson 6b works on any network with feature maps. We ask it about the best move, on one screen of each
# of 500 games. How much of the heat lies within two pixels of the ball, and of the paddle?

# %%
rng, rows = np.random.default_rng(3), np.arange(500) % 9
ball, paddle = rng.integers(0, 12, 500), rng.integers(1, 11, 500)
moments = np.concatenate([draw(r, ball[[n]], paddle[[n]]) for n, r in enumerate(rows)])
moves = agents[0].predict_on_batch(moments).argmax(axis=1)
heats = visualize.grad_cam(agents[0], moments, target=moves)
only_ball, only_paddle = moments[..., 0].copy(), moments[..., 0].copy()
only_ball[:, 11], only_paddle[:, :11] = 0, 0
for name, alone in {"ball": only_ball, "paddle": only_paddle}.items():
    around = ndimage.maximum_filter(alone, (1, 5, 5)) > 0
    share, area = heats[around].sum() / heats.sum(), around.mean()
    print(f"near the {name}: {share:.0%} of the heat, on {area:.0%} of the screen")
shown = [1, 3, 5, 6]
names = np.array(["left", "stay", "right"])[moves[shown]]
plots.image_grid(
    [*moments[shown, ..., 0], *heats[shown]],
    [*names, *["Grad-CAM"] * 4],
    columns=4,
    size=2.2,
    cmap=["gray"] * 4 + ["viridis"] * 4,
    alt="Four screens with ball and paddle, titled with the agent's move, and the Grad-CAM of each below.",
)

# %% [markdown]
# Ball and paddle have most of the heat, on a small part of the screen. That makes sense: to choose a move, the agent
# has to know both. The maps are only rough, though. Grad-CAM takes the mean gradient of a channel over the whole
# screen, but behind our maps a dense layer treats each place differently.

# %% [markdown]
# ## 5. Which output, which loss?
#
# You have now seen nearly all that a network can give back. Two questions remain for a new task. What shape does the
# output have? And how do we measure how wrong it is?
#
# **Exercise 6.** Fill in the map. All pictures have 192×192 pixels and three colours. Give the shape of the output
# for one picture, and one of these losses: `"cross-entropy"`, `"squared error"`, `"cross-entropy and squared error"`,
# `"triplet loss"`. A shape with one number is written `(10,)`. For the boxes, each cell predicts one box, as in
# lesson 8. (In lesson 8 the heat maps gave the points as probabilities. Here they are coordinates.)

# %% tags=["exercise"]
tasks = {
    "one of 10 names": (..., ...),
    "boxes on a 12×12 grid, 10 classes": (..., ...),
    "one of 10 classes for each pixel": (..., ...),
    "17 key points as coordinates": (..., ...),
    "256 features for finding similar pictures": (..., ...),
    "a photo without noise": (..., ...),
    "the value of each of 3 moves": (..., ...),
}

# %%
check.exercise(check.task_map, tasks)

# %% tags=["solution"]
tasks = {
    "one of 10 names": ((10,), "cross-entropy"),
    "boxes on a 12×12 grid, 10 classes": ((12, 12, 15), "cross-entropy and squared error"),
    "one of 10 classes for each pixel": ((192, 192, 10), "cross-entropy"),
    "17 key points as coordinates": ((17, 2), "squared error"),
    "256 features for finding similar pictures": ((256,), "triplet loss"),
    "a photo without noise": ((192, 192, 3), "squared error"),
    "the value of each of 3 moves": ((3,), "squared error"),
}

# %% [markdown]
# Style transfer is missing from the map, because there no network learns. What changes are the pixels.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "recall@1 before and after, kinds of the training set": f"{raw.mean():.2f}, {right.mean():.2f}",
        "recall@1 before and after, new kinds": f"{all_before.mean():.2f}, {all_after.mean():.2f}",
        "cat after the network, dB": f"{psnr(cleaned['cat'], clean['cat']):.1f}",
        "cat after non-local means, dB": f"{psnr(guess['cat'], clean['cat']):.1f}",
        "balls caught by the last agent, of 1,000": int(won),
    }
)

# %% [markdown]
# ## Key points
#
# - The triplet loss asks that pictures of the same kind be closer than others by a margin. No classes are needed. It
#   helped with the kinds in the training set. Test on new kinds before you believe that it helps there.
# - For restoration, we make the task ourselves: spoil a good picture, and ask for the original. A residual network
#   adds its result to its input.
# - PSNR measures the mean squared error in decibels. A network is best at the noise that it was trained for.
# - Style transfer changes pixels, not weights. Deep maps keep the content, Gram matrices the style.
# - A Q network predicts the value of each move. It learns from rewards alone, if it also tries random moves.
# - The task decides the shape of the output and the loss. The layers in between stay the same.
#
# Words of this lesson: collection, query, recall@1, anchor, triplet, margin, triplet loss, one-shot, noise, PSNR,
# non-local means, residual learning, patch, bicubic interpolation, super-resolution, style transfer, Gram matrix,
# reinforcement learning, agent, reward, value, Q network, epsilon-greedy.
#
# ## Where next
#
# - This was the last lesson. Take your own pictures and [homework 2](homework/hw2_own_data.ipynb), or write a
#   framework yourself in [homework 3](homework/hw3_framework.ipynb).
#
# ## Going further
#
# - **Many strengths.** Draw the noise of each patch between 5 and 50, and train again. How much does the network lose
#   at 25, and how much does it gain elsewhere?
# - **Another painting.** Give `step` your own photo and `drawings.painting(224, seed=1)`. What do the weights 0.02
#   and 0.6 do?
# - **Texture alone.** Start from noise and leave out the content. What does the Gram matrix keep of the painting?
# - **A harder game.** Let the ball drift sideways, and give the network two screens as two channels. Why does it need
#   two?
# - **Without exploring.** Set epsilon to 0.05 from the first round. Do the agents still learn?
#
# The papers, by year:
#
# - Antoni Buades and others, *A non-local algorithm for image denoising*, 2005.
# - Florian Schroff and others, *FaceNet: a unified embedding for face recognition and clustering*, 2015 (triplets).
# - Volodymyr Mnih and others, *Human-level control through deep reinforcement learning*, 2015 (Q networks).
# - Leon Gatys and others, *Image style transfer using convolutional neural networks*, 2016.
# - Kai Zhang and others, *Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising*, 2017.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

# %% [markdown]
# # 9. Pictures in, pictures out
#
# <!-- badges -->
#
# Topics: similarity, triplet loss, denoising, doubling the size, style transfer, a game learnt from pixels.
#
# Run the first two cells. The picture on the left has noise all over it. In this lesson, a small network cleans it,
# without ever having seen the one in the middle. Then we paint the cat in the colours and short strokes of the
# painting on the right.
#
# So a network's answer can be a picture. In this lesson it can also be a list of features, or a move in a game. Most
# layers are old friends. What changes from task to task is the shape of the output, and the loss.
#
# **You will learn**
#
# - to train features that bring pictures of the same kind together, and to test them on kinds that they have never
#   seen;
# - to clean a photo and to double its size with a small network, and to measure the result in decibels;
# - to paint a photo in the style of a painting, by changing its pixels instead of any weights;
# - to let a network learn a game from its pixels, without anyone telling it the right move.
#
# You need features and neighbours (lesson 4), pictures that change along a gradient (lesson 6), Grad-CAM (lesson 6b),
# and the outputs and losses of lesson 8. Plan <!-- minutes to teach --> minutes to teach it, and about an hour for the
# exercises. The code runs for about <!-- time to run --> on two cores.

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
cat = skimage.data.chelsea()[20:276, 90:346]
noisy_cat = cat + np.random.default_rng(0).normal(0, 25, cat.shape)
plots.image_grid(
    [noisy_cat.clip(0, 255).astype("uint8"), cat, drawings.painting(256)],
    ["with noise", "the photo", "a painting"],
    columns=3,
    size=2.6,
    alt="A cat with a lot of noise, the same photo without it, and a painting of short strokes.",
)

# %% [markdown] syllabus="I5"
# ## 1. Which picture is most like this one?
#
# A shop has 500 kinds of bags, and a few new ones arrive every week. Nobody wants to retrain a classifier every week.
# So instead of "Which class is this?" we ask "Which picture is most like this one?". To add a new kind, we only put a
# picture or two of it into the **collection**, the pictures that we search.
#
# The drawn handbags and shoes of lesson 3 come in twelve kinds: six of handbags, six of shoes. The training pictures
# are our collection. Each test picture is a **query**: we look for the picture in the collection that is most like it.

# %% tags=["nbval-check-output"]
images, _, _, kinds = drawings.handbags_and_shoes_with_parts("train", 216)
queries, _, _, query_kinds = drawings.handbags_and_shoes_with_parts("test", 144)
kind_names, kind_numbers = np.unique(kinds, return_inverse=True)
query_numbers = np.searchsorted(kind_names, query_kinds)
print(f"{len(images)} pictures in the collection, {len(queries)} queries,", *kind_names)

# %% [markdown]
# As in lesson 4, we run the frozen base once and compare features by their cosine. We first divide each row of
# features by its length. Then one matrix product gives all cosines at once.
#
# **Recall@1** is the share of queries whose nearest picture shows the same kind. (The recall of lesson 8 counted
# objects that were found.) **Predict:** with twelve kinds, chance is about 8%. What do features from ImageNet reach?


# %%
def nearest_is_right(rows, collection, truth, collection_truth):
    """For each query, say whether its nearest picture shows the same kind."""
    rows, collection = [ops.normalize(x).numpy() for x in (rows, collection)]
    nearest = (rows @ collection.T).argmax(axis=1)
    return collection_truth[nearest] == truth


base = backbones.headless("efficientnet_lite0", size="any")
features = base.predict(images, verbose=0)
query_features = base.predict(queries, verbose=0)
right_before = nearest_is_right(query_features, features, query_numbers, kind_numbers)
print(f"recall@1 of the base's features: {right_before.mean():.2f}")

# %% [markdown]
# That is far better than chance, without any training on bags or shoes. Now we want to do better. Pictures of the
# same kind should move closer together, and pictures of different kinds should move apart.
#
# Take three pictures: an **anchor**, another picture of the same kind, and one of a different kind. Together they are a
# **triplet**. Let `same` be the cosine between the anchor and its own kind, and `other` the cosine between the anchor
# and the different kind. We want `same` to be larger than `other` by at least a **margin** of our choice, here 0.2. The
# **triplet loss** is the amount by which we fall short, and 0 if we don't:
#
# $$\text{loss} = \text{mean of } \max(0,\ \text{other} - \text{same} + \text{margin})$$
#
# **Exercise 1.** Write the triplet loss. `same` and `other` are tensors with one cosine for each anchor. Use
# `ops.maximum` and `ops.mean`, because Keras can't compute gradients through NumPy. By hand: with `same` = 0.5 and
# `other` = 0.4, one triplet's loss is 0.1.


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
# Which triplets should we use? Soon most of them are easy: their loss is 0, and they teach nothing more. So for each
# anchor in the batch we build the hardest triplet, from the least similar picture of its own kind and the most
# similar picture of a different one. (The anchor itself has the cosine 1, so it is never the least similar.)
#
# The network is a single dense layer that turns 1,280 features into 256. It names no classes; the kinds only tell
# which pictures belong together. Its last step divides each row by its length.


# %%
def hardest_triplets(truth, rows):
    """Take the triplet loss of the hardest triplet of each anchor in a batch."""
    truth = ops.reshape(truth, (-1, 1))
    alike = truth == ops.transpose(truth)
    cosines = rows @ ops.transpose(rows)
    same = ops.min(ops.where(alike, cosines, 2.0), axis=1)  # no cosine reaches 2,
    other = ops.max(ops.where(alike, -2.0, cosines), axis=1)  # and none -2
    return triplet_loss(same, other)


def train_features(known, seed=0):
    """Train new features on some kinds, and return them for all queries and pictures."""
    keras.utils.set_random_seed(seed)
    dense = layers.Dense(256, use_bias=False)
    model = keras.Sequential([keras.Input((1280,)), dense, layers.UnitNormalization()])
    model.compile(keras.optimizers.Adam(1e-3), hardest_triplets)
    model.fit(features[known], kind_numbers[known], batch_size=72, epochs=20, verbose=0)
    return model(query_features).numpy(), model(features).numpy()


# %% [markdown]
# We train with all twelve kinds and search again. Could the difference be luck? Both searches answer the same
# queries, so we use McNemar's test, as in lesson 3.

# %%
all_kinds = np.ones(len(images), bool)
new_query_features, new_features = train_features(all_kinds)
right_after = nearest_is_right(
    new_query_features, new_features, query_numbers, kind_numbers
)
print(f"recall@1: {right_before.mean():.2f} before, {right_after.mean():.2f} after")
print("before first, after second:", training.mcnemar(right_before, right_after))

# %%
helped = np.flatnonzero(~right_before & right_after)[[0, 2]]
searches = [(query_features, features), (new_query_features, new_features)]
panels, titles = [], []
for query in helped:
    for rows, collection in searches:
        cosines = ops.normalize(collection).numpy() @ rows[query]
        best = np.argsort(-cosines)[:4]
        panels += [queries[query], *images[best]]
        titles += [f"query: {query_kinds[query]}", *[kinds[n] for n in best]]
plots.image_grid(
    panels,
    titles,
    columns=5,
    size=1.6,
    alt="Two queries, each with its four nearest pictures, before training and below it after training.",
)

# %% [markdown]
# For the kinds of the training set the gain is clear. We chose these two queries *because* training helped them. In
# each pair, the upper row shows the neighbours before training and the lower row those after. Now the nearest picture
# is of the right kind, and only the nearest counts.

# %% [markdown] syllabus="I5"
# ### And kinds that it has never seen?
#
# So far the network has seen every kind, and a classifier could have done as well. The shop asks about *new* kinds.
# So we train three times, each time without four of the kinds, and then search among those four only. That way, each
# kind is new once. We do all this with five seeds.
#
# The hardest version is **one-shot** recognition: the collection holds a single picture of each new kind. One picture
# can be a lucky choice, so we repeat the search with ten different ones and average. With four kinds, chance is 25%.
# **Predict:** does our training help with new kinds too?


# %%
def search_new(turn, seed, examples=10):
    """Leave out every third kind in training, then search among those: right or wrong, before and after."""
    new, asked = kind_numbers % 3 == turn, query_numbers % 3 == turn
    truth, collection_truth = query_numbers[asked], kind_numbers[new]
    singles = [np.flatnonzero(collection_truth == k)[:examples] for k in np.unique(truth)]
    singles = np.transpose(singles)  # (examples, kinds): one picture of each kind
    results = []
    for query_rows, rows in [(query_features, features), train_features(~new, seed)]:
        search = (query_rows[asked], rows[new], truth, collection_truth)
        one_shot = [
            nearest_is_right(search[0], search[1][one], truth, collection_truth[one])
            for one in singles
        ]
        results += [nearest_is_right(*search), np.mean(one_shot, axis=0)]
    return results


# %%
runs = []
for seed in range(5):
    turns = zip(*[search_new(turn, seed) for turn in range(3)], strict=True)
    runs.append([np.concatenate(parts) for parts in turns])


def with_interval(after, before):
    """Write the mean gain and its 95% interval over the queries."""
    gain = after - before.astype(float)
    mean, error = gain.mean(), 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
    return f"{mean:+.2f} ({mean - error:+.2f} to {mean + error:+.2f})"


all_before, one_before, *_ = runs[0]  # before training, each run gives the same
print("new kinds   all pictures                  one picture of each kind")
print(f"before      {all_before.mean():.2f}  {'':22}  {one_before.mean():.2f}")
for seed, (_, _, all_after, one_after) in enumerate(runs):
    all_gain = with_interval(all_after, all_before)
    one_gain = with_interval(one_after, one_before)
    row = f"{all_after.mean():.2f}  {all_gain}  {one_after.mean():.2f}  {one_gain}"
    print(f"seed {seed}      {row}")

# %%
quiz.ask("09", "new-kinds")

# %% [markdown]
# That is disappointing. For new kinds, the shop's real question, there is no sign of a gain: in all five runs both
# numbers fell, by up to 8 points. (The intervals are over the 144 queries. Six of the ten contain 0, so the fall is not
# certain either. An end shown as -0.00 lies a little below 0.) A likely reason: training on eight kinds keeps what tells
# those eight apart. Telling the other four apart may take something else. So before you train, measure the features
# that you already have. Often they are enough.

# %% [markdown] syllabus="I6"
# ## 2. Can a network clean a photo?
#
# A photo taken in the dark is full of **noise**: each pixel is off by a random amount. We imitate it roughly, with
# normally distributed numbers. Their standard deviation is 25 of 255 gray levels.
#
# How good is a cleaned photo? Compute the mean squared error over all pixels and channels. Divide the square of the
# largest possible value, the *peak*, by that error, and take the logarithm to the base 10 of the result. Ten times that
# is the **PSNR**, the peak signal-to-noise ratio, in **decibels** (dB):
#
# $$\text{PSNR} = 10 \cdot \log_{10} \frac{\text{peak}^2}{\text{mean squared error}}$$
#
# Our pixels lie between 0 and 1, so the peak is 1. A gain of 10 dB means a tenth of the error; a gain of 1 dB means
# about a fifth less.
#
# **Exercise 2.** Write `psnr` with `np.log10`. By hand: if every pixel is off by 0.1, the mean squared error is 0.01
# and the PSNR is 20 dB.


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
# The network learns from two photos that come with scikit-image, and from our drawings. On a third photo, the coffee,
# we choose how wide a filter is and how strongly a method smooths. The last two, the cat and the motorcycle, are only
# for testing, never for choosing.

# %%
NOISE, rng = 25 / 255, np.random.default_rng(0)
drawn = images[:20].reshape(4, 5, 160, 160, 3)  # 20 drawings in one picture, 4 rows of 5
drawn = drawn.transpose(0, 2, 1, 3, 4).reshape(640, 800, 3)
photos = {"astronaut": skimage.data.astronaut(), "rocket": skimage.data.rocket()}
photos["drawings"] = drawn
held_out = {"coffee": skimage.data.coffee(), "cat": skimage.data.chelsea()}
held_out["motorcycle"] = skimage.data.stereo_motorcycle()[0]
held_out = {name: x[20:276, 90:346] for name, x in held_out.items()}
clean = {name: x.astype("float32") / 255 for name, x in (photos | held_out).items()}
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
# We begin with classical methods, which learn nothing. A *Gaussian filter* replaces each pixel with a weighted mean of
# its neighbours, a *median filter* with their median. **Non-local means** is cleverer: it averages pixels whose
# *surroundings* look alike, even if they are far apart. Each method has a setting for how strongly it smooths, and we
# choose it on the coffee. (For non-local means, the setting is a multiple of the noise's standard deviation.)


# %%
def non_local(picture, smoothing, noise=NOISE):
    """Clean a picture with non-local means, which is told how strong the noise is."""
    options = {"patch_size": 5, "patch_distance": 6, "channel_axis": -1, "sigma": noise}
    denoise = skimage.restoration.denoise_nl_means
    return denoise(picture, h=smoothing * noise, fast_mode=True, **options).astype(
        "float32"
    )


def classical(picture):
    """Clean a picture with all classical methods."""
    done = {f"median {n}×{n}": ndimage.median_filter(picture, (n, n, 1)) for n in (3, 5)}
    for width in (0.8, 1.0, 1.2, 1.5):
        done[f"Gaussian {width}"] = ndimage.gaussian_filter(picture, (width, width, 0))
    for smoothing in (0.3, 0.4, 0.5, 0.7, 0.9):
        done[f"non-local {smoothing}"] = non_local(picture, smoothing)
    return done


classic = {name: classical(noisy[name]) for name in held_out}
score = {method: psnr(x, clean["coffee"]) for method, x in classic["coffee"].items()}
families = ("median", "Gaussian", "non-local")
chosen = [max((m for m in score if m.startswith(f)), key=score.get) for f in families]
print("best on the coffee:", ", ".join(f"{m} {score[m]:.1f} dB" for m in chosen))

# %% [markdown]
# Now we build a network. Its output is as large as its input, so it needs no pooling and no dense layer. Five
# convolutions are enough. It is fully convolutional (lesson 8), so it accepts pictures of any size.
#
# It need not begin from nothing, because non-local means already gives a good guess. But what the guess has smoothed
# away is still in the noisy picture. So the network sees both, stacked to six channels. It computes only the
# *difference* between the clean picture and the guess, and we add this to the guess, as in a residual block (lesson 4).
# This is **residual learning**.

# %%
plots.flow(
    [
        "guess",
        "+ noisy\n6 channels",
        *["conv 3×3\n32, ReLU"] * 4,
        "conv 3×3\n3",
        "+",
        "clean\npicture",
    ],
    skip=(0, 7),
    groups={"the difference": (1, 6)},
    alt="The guess is stacked with the noisy picture, goes through five convolutions, and is added to the result.",
)

# %% [markdown]
# **Exercise 3.** Build it. `layers.Concatenate()([noisy, guess])` stacks both. Then come four 3×3 convolutions with
# 32 filters and ReLU, and a 3×3 convolution with 3 filters, all with same padding. Which activation does this last one
# need, if the difference can be negative? Give `kernel_initializer="zeros"` to this layer only. If all layers began at
# zero, no gradient would reach them. `layers.Add()([a, b])` adds two maps, and a model with two inputs is
# `keras.Model([noisy, guess], outputs)`. **Predict:** what does the network return before it has learnt anything?


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
# Before training, the last convolution gives 0 everywhere, so the network returns the guess.
#
# Two photos and some drawings are not many, but each holds thousands of small parts. A **patch** is a small square of a
# picture. We cut out patches at random places, and each time the same one from the noisy picture, from the guess and
# from the clean picture. Nobody labels anything, because we made the noise ourselves. The loss is the mean squared
# error, the error behind PSNR. The learning rate falls to 0 along a cosine, as in lesson 5.


# %%
def cut(pictures, count, side, scale=1):
    """Cut patches at random places out of each set of pictures; the first set may be smaller."""
    patches = [[] for _ in pictures]
    for n in range(count):
        name = list(photos)[n % len(photos)]
        row, column = rng.integers(0, np.subtract(pictures[0][name].shape[:2], side))
        for kind, part in zip(pictures, patches, strict=True):
            s = 1 if kind is pictures[0] else scale
            rows = slice(s * row, s * (row + side))
            columns = slice(s * column, s * (column + side))
            part.append(kind[name][rows, columns])
    return [np.stack(part) for part in patches]


def train(network, inputs, targets, batch_size, rate):
    """Fit once to all patches, with a learning rate that falls to 0."""
    falling = keras.optimizers.schedules.CosineDecay(rate, len(targets) // batch_size)
    network.compile(keras.optimizers.Adam(falling), "mse")
    network.fit(inputs, targets, batch_size=batch_size, verbose=0)


def apply(network, *pictures):
    """Give pictures to a network, and get one back."""
    return network.predict([picture[None] for picture in pictures], verbose=0)[0]


# %%
smoothing = float(chosen[-1].split()[1])
guess = {name: non_local(x, smoothing) for name, x in noisy.items()}
*patches, targets = cut([noisy, guess, clean], 6000, 32)
keras.utils.set_random_seed(0)
denoiser = build()
train(denoiser, patches, targets, batch_size=8, rate=1e-3)
cleaned = {name: apply(denoiser, noisy[name], guess[name]) for name in held_out}

# %% [markdown]
# Now the test. The table shows all three photos, but only the cat and the motorcycle count. We used the coffee to
# choose. **Predict:** by how many dB does the network improve its guess, if at all?

# %%
print(f"{'PSNR in dB':12}", *[f"{method:>13}" for method in [*chosen, "network"]])
for name, original in clean.items():
    if name in held_out:
        pictures = [*[classic[name][method] for method in chosen], cleaned[name]]
        print(f"{name:12}", *[f"{psnr(picture, original):13.1f}" for picture in pictures])

# %% [markdown]
# Non-local means is the best of our three classical methods on each photo. Does the network improve its guess
# everywhere, or only at a few places? We cut each photo into 64 tiles, and count in how many of them the network has a
# smaller error. If both were equally good, each tile would be a coin toss (lesson 3).


# %%
def tiles(picture, original):
    """Compute the mean squared error of each of 64 tiles."""
    error = (picture - original) ** 2
    return error.reshape(8, 32, 8, 32, 3).mean(axis=(1, 3, 4)).ravel()


def compare(name, ours, theirs, method):
    """Print the gain of one picture over another in dB, and the number of tiles with a smaller error."""
    gain = psnr(ours, clean[name]) - psnr(theirs, clean[name])
    better = int(np.sum(tiles(ours, clean[name]) < tiles(theirs, clean[name])))
    p = stats.binomtest(better, 64).pvalue
    p = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    print(f"{name:12} {gain:+.2f} dB over {method}, better in {better} of 64 tiles, {p}")


for name in held_out:
    compare(name, cleaned[name], guess[name], "non-local means")

# %%
parts = {"cat": np.s_[100:160, 60:120], "motorcycle": np.s_[100:160, 130:190]}
kinds_of_picture = {"noisy": noisy, "guess": guess, "network": cleaned, "clean": clean}
plots.image_grid(
    [
        x[name][part].clip(0, 1)
        for name, part in parts.items()
        for x in kinds_of_picture.values()
    ],
    ["noisy", "non-local means", "network", "clean"] * 2,
    columns=4,
    size=2.4,
    alt="Parts of the cat and of the motorcycle: noisy, after non-local means, after the network, and clean.",
)

# %%
quiz.ask("09", "denoise")

# %% [markdown]
# The network gains 1.0 dB on the cat and 1.2 dB on the motorcycle: about a fifth and a quarter less squared error. The
# tiles say that the gain is spread over the whole cat and nearly all of the motorcycle. They can't say what happens on
# other photos: for that, two are too few. Nor can they say what happens with other seeds. ("Going further" tries two
# more.)
#
# In the figure, non-local means smooths fine lines away, such as the fur under the eye. The network also sees the noisy
# picture, so it can bring a few of them back, but most stay lost.
#
# ### What happens with weaker or stronger noise?
#
# The network was trained at one strength, 25. Now we give it less noise, and more. Non-local means has to be told how
# strong the noise is. We try two ways: we tell it the truth, or we always tell it 25, as in training. **Predict:** at
# which strengths does the network help?

# %%
levels = [5, 10, 15, 25, 35, 50]
lines = {}
for level in levels:
    picture = np.float32(clean["cat"] + rng.normal(0, level / 255, clean["cat"].shape))
    with_true = non_local(picture, smoothing, level / 255)
    with_25 = non_local(picture, smoothing)
    results = {"noisy picture": picture, "non-local means, true strength": with_true}
    results |= {"non-local means, always 25": with_25}
    results |= {"network, true strength": apply(denoiser, picture, with_true)}
    results |= {"network, always 25": apply(denoiser, picture, with_25)}
    for name, result in results.items():
        lines.setdefault(name, []).append(psnr(result, clean["cat"]))

# %%
print(f"{'PSNR in dB at':31}", *[f"{level:5}" for level in levels])
for name, line in lines.items():
    print(f"{name:31}", *[f"{value:5.1f}" for value in line])
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
# If non-local means is told the true strength, the network improves its guess at every strength that we tried, although
# it was trained at 25 only. If non-local means is always told 25, both do worse at every other strength. At 5 the
# result is even worse than the noisy picture, because fine fur was taken for noise. At 50 most of the noise remains.
#
# Most of the loss comes from the guess, and the network repairs only a part of it. So the program has to be told how
# strong the noise is, or it has to measure it.

# %% [markdown] syllabus="I6"
# ### Twice as large
#
# A similar network can double the size of a photo, and again we make the task ourselves. We shrink a photo to half its
# size, and ask for the original. Our guess comes from **bicubic interpolation**, which fits smooth curves through the
# pixels. It looks blurred. The network reads the small picture and doubles height and width with a transposed
# convolution (lesson 8; the kernel is 4 wide, a multiple of the stride). Then it adds the difference to the guess. This
# is **super-resolution**.

# %%
small, big = {}, {}
for name, picture in clean.items():
    height, width = np.array(picture.shape[:2]) // 2
    clean[name] = picture[: 2 * height, : 2 * width]
    small[name] = clean[name].reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
    big[name] = np.float32(resize(small[name], clean[name].shape, order=3, mode="edge"))

# %%
keras.utils.set_random_seed(0)
x = small_input = keras.Input((None, None, 3))
bicubic = keras.Input((None, None, 3))
for _ in range(4):
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
double = layers.Conv2DTranspose(3, 4, strides=2, padding="same", kernel_initializer="zeros")
doubler = keras.Model([small_input, bicubic], layers.Add()([bicubic, double(x)]))
*patches, targets = cut([small, big, clean], 6400, 24, scale=2)
train(doubler, patches, targets, batch_size=16, rate=3e-3)

# %% [markdown]
# **Predict:** which gains more over its guess, the cat's fur or the motorcycle's edges?

# %%
sharp = {name: apply(doubler, small[name], big[name]) for name in held_out}
for name in held_out:
    compare(name, sharp[name], big[name], "bicubic")
plots.image_grid(
    [x[name][part].clip(0, 1) for name, part in parts.items() for x in (big, sharp, clean)],
    ["bicubic", "network", "original"] * 2,
    columns=3,
    size=2.4,
    alt="Parts of the cat and of the motorcycle: enlarged by bicubic interpolation, by the network, and the original.",
)

# %% [markdown]
# The gain is 0.2 dB on the cat and 0.8 dB on the motorcycle, which has sharp edges. (The coffee gains 1.1 dB, but again
# we count only the other two.) What we lost by shrinking can't come back. The network guesses what usually belongs
# there. In a medical image, or on a number plate, such a guess is dangerous.

# %% [markdown] syllabus="I7"
# ## 3. Can a network paint?
#
# In **style transfer** we train no weights. As in lesson 6, we change the *pixels*: the photo keeps its content, but
# comes to look like a painting. The maps of our frozen base tell us how far we have come.
#
# - *Content* is which things are where. A deeper map shows it, so the deeper map should stay close to that of the
#   photo.
# - *Style* is colours and strokes, wherever they are. For each pair of channels, multiply their maps and average over
#   all places. The result is the **Gram matrix**: it says which channels are active together, and forgets where.
#
# **Predict:** if we shuffle the places of a map, what happens to its Gram matrix?
#
# **Exercise 4.** Write `gram` for maps of shape (height, width, channels), with `ops`. First make one row for each
# place: `ops.reshape(maps, (-1, maps.shape[-1]))`. Which matrix product then gives (channels, channels)? Divide by
# the number of places.


# %% tags=["exercise"]
def gram(maps):
    """Average the product of each pair of channels over all places; the result is (channels, channels)."""
    return ...


# %% tags=["nbval-check-output"]
gram = check.exercise(check.gram, gram, otherwise=check.channel_products)


# %% tags=["solution"]
def gram(maps):
    """Average the product of each pair of channels over all places; the result is (channels, channels)."""
    rows = ops.reshape(maps, (-1, maps.shape[-1]))
    return ops.transpose(rows) @ rows / rows.shape[0]


# %% [markdown]
# If we shuffle the places, the Gram matrix stays the same: a mean doesn't depend on the order.
#
# A program drew our painting. For the style we compare six early maps of the base, and for the content one that lies a
# little deeper. We divide each style loss by the mean square of the painting's Gram matrix, so 1 means as far off as a
# Gram matrix of zeros. We divide the content loss by the variance of the photo's map, so 1 means as far off as a map
# that is the same everywhere.

# %%
cat_photo = resize(skimage.data.chelsea()[:, 90:390], (224, 224), anti_aliasing=True) * 255
cat_photo, painting = np.float32(cat_photo), np.float32(drawings.painting(224))
STYLE = ["stem_relu", "stage1_block1_depthwise_relu", "stage2_block1_expand_relu"]
STYLE += [f"stage{n}_expand_relu" for n in ("2_block2", "3_block1", "3_block2")]
outputs = [base.get_layer(name).output for name in [*STYLE, "stage3_block2_add"]]
maps_of = keras.Model(base.input, outputs)
style_grams = [gram(maps[0]) for maps in maps_of(painting[None])[:-1]]
content_map = maps_of(cat_photo[None])[-1]


def losses(picture):
    """Compare a picture with the painting by Gram matrices, and with the photo by a deep map."""
    *maps, deep = maps_of(picture)
    pairs = zip(maps, style_grams, strict=True)
    style = [ops.mean((gram(m[0]) - g) ** 2) / ops.mean(g**2) for m, g in pairs]
    content = ops.mean((deep - content_map) ** 2) / ops.var(content_map)
    return sum(style) / len(style), content


# %% [markdown]
# Style and content pull in different directions, so we add their losses with weights. A third term, the mean absolute
# difference between neighbouring pixels, keeps the picture smooth. Then Adam goes down the gradient as usual, but it
# changes pixels instead of weights. `@tf.function` compiles the step, which makes it faster.

# %%
pixels = tf.Variable(cat_photo[None])
adam = keras.optimizers.Adam(8.0)  # each step changes a pixel by about 8 of 255 gray levels


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


strip = {"painting": painting}
for number in range(201):
    if number in (0, 10, 50, 100, 200):  # step 0 is the photo
        strip[f"step {number}"] = pixels.numpy()[0]
        style, content = losses(pixels)
        print(f"step {number:3}: style loss {style:.3f}, content loss {content:.3f}")
    step()

# %%
plots.image_grid(
    [picture.astype("uint8") for picture in strip.values()],
    [*strip],
    columns=3,
    size=2.9,
    alt="A painting of short strokes, and a cat, more and more painted, after 0 to 200 steps.",
)

# %%
quiz.ask("09", "style")

# %% [markdown]
# The cat is still a cat. Its fur has become short strokes. Many are blue or orange like the painting, but some are
# green. Neither picture has such a green: in the photo, only the eyes come near it.
#
# The style loss falls from 0.35 to 0.02. The content loss was 0 at the start, when the picture was the photo. It rises
# to about 0.6 within 50 steps and stays there.

# %% [markdown] syllabus="I8"
# ## 4. Can a network learn to play?
#
# For some tasks nobody can say which answer is right. A player knows only whether it won. In **reinforcement
# learning**, an **agent** sees a screen and chooses a move. At the end of the game it gets a **reward**, and nothing
# else tells it how well it played.
#
# Our game is *catch*. A ball falls from the top of a 12×12 screen, one row at a time. At the bottom is a paddle, three
# pixels wide. The game has eleven steps, and in each the paddle moves one pixel to the left (move 0), stays (1), or
# moves one to the right (2). If the paddle catches the ball, the reward is 1, otherwise 0.
#
# We play many games at the same time. `ball` and `paddle` are arrays with one entry for each game: the column of the
# ball, and that of the paddle's middle pixel.


# %%
def draw(row, ball, paddle):
    """Draw the screens of all games, (games, 12, 12, 1); row is one number, or one a game."""
    screens, game = np.zeros((len(ball), 12, 12, 1), "float32"), np.arange(len(ball))
    screens[game, row, ball] = 1
    for shift in (-1, 0, 1):
        screens[game, 11, paddle + shift] = 1
    return screens


ball, paddle = np.array([3, 3, 3]), np.array([7, 5, 3])
plots.image_grid(
    draw([0, 4, 10], ball, paddle)[..., 0],
    ["step 1", "step 5", "step 11"],
    columns=3,
    size=2.2,
    alt="Three screens of a game: the ball at the top, a few rows lower, and just above the paddle.",
)

# %% [markdown]
# The third picture shows the last step. The ball is just above the middle of the paddle, so any move catches it.
#
# For each screen the network gives three numbers: the **value** of each move. That is the reward that the agent can
# expect if it makes this move now and then goes on playing in its usual way. In our game, it estimates the probability
# of catching the ball. Such a network is called a **Q network**.
#
# If the values were right, the best move would be the one with the largest value. At the beginning they are wrong. An
# agent that always follows them may never discover that another move is better. So, with probability $\varepsilon$
# (epsilon), it makes a random move instead: this is **epsilon-greedy**.
#
# **Exercise 5.** Write `choose`. `values` has a row for each game and a column for each move. Each game decides for
# itself whether to explore, so you need two draws for each game. With n games, `rng.random(n)` gives n numbers between
# 0 and 1, and `rng.integers(0, 3, n)` gives n moves; here n is `len(values)`. `np.where(condition, first, second)`
# picks entry by entry.


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
# Now we can play. `evaluate` stands for the network: it takes screens and gives values. For comparison we write a
# player with a fixed rule: the nearer a move brings the paddle to the ball's column, the larger its value. We call it
# the *rule player*.
#
# There are only 120 ways to begin: 12 columns for the ball, and 10 for the paddle. So we try them all. With epsilon =
# 1, every move is random, and we try each beginning ten times. **Predict:** how often does such a player catch the
# ball?


# %%
def play(evaluate, ball, paddle, rng, epsilon=0):
    """Play many games at once: all screens, all moves, and who caught the ball."""
    screens, moves = [], []
    for row in range(11):
        screens.append(draw(row, ball, paddle))
        moves.append(choose(evaluate(screens[-1]), epsilon, rng))  # left, stay, right
        paddle = (paddle + moves[-1] - 1).clip(1, 10)
    return np.stack(screens), np.stack(moves), np.abs(ball - paddle) <= 1


def rule_player(screens):
    """Value a move by how near to the ball's column it leads."""
    ball = screens[:, :11, :, 0].any(axis=1).argmax(axis=1)
    paddle = screens[:, 11, :, 0].argmax(axis=1) + 1
    return -np.abs(ball[:, None] - paddle[:, None] - [-1, 0, 1])


game_rng = np.random.default_rng(0)
balls, paddles = np.divmod(np.arange(120), 10)
every_start = (balls, paddles + 1)
by_rules = play(rule_player, *every_start, game_rng)[2].sum()
ten_times = np.tile(every_start, 10)
at_random = play(rule_player, *ten_times, game_rng, epsilon=1)[2].sum()
print(f"caught: {at_random} of 1,200 at random, {by_rules} of 120 by the rules")

# %% [markdown]
# The random player catches about a quarter of the balls: the paddle covers three of twelve columns.
#
# How can a network learn without being told such a rule? It plays 128 games to the end, and then we know which ones
# ended in a catch. For all eleven screens of a game, this reward is the target for the move that was made. About the
# other two moves we learn nothing. So the loss is the squared error of one of the three outputs. (The reward counts
# as a quantity, because in other games it can be any number.)


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


def squared_error_of_move(truth, values):
    """Squared error of the move that was made; truth holds (move, reward)."""
    made = ops.one_hot(ops.cast(truth[:, 0], "int32"), 3)
    return ops.mean((ops.sum(values * made, axis=1) - truth[:, 1]) ** 2)


# %% [markdown]
# In the first round all moves are random. Then epsilon falls from round to round, to 0.05. We train three agents from
# different random weights, and each plays its own games. (`predict_on_batch` is `predict` for a single batch.)
#
# The rule player plays with the same epsilons, for comparison. **Predict:** how do the agents compare with it in the
# first rounds, and in the last?


# %%
epsilons = np.maximum(0.05, 1 - np.arange(40) / 28)  # one for each round


def learn(seed):
    """Train an agent: the network, and the share of balls caught in each round."""
    keras.utils.set_random_seed(seed)
    rng, agent, share = np.random.default_rng(seed), q_network(), []
    agent.compile(keras.optimizers.Adam(3e-3), squared_error_of_move)
    for epsilon in epsilons:
        ball, paddle = rng.integers(0, 12, 128), rng.integers(1, 11, 128)
        screens, moves, caught = play(agent.predict_on_batch, ball, paddle, rng, epsilon)
        truth = np.stack([moves, np.tile(caught, (11, 1))], axis=-1).astype("float32")
        screens, truth = screens.reshape(-1, 12, 12, 1), truth.reshape(-1, 2)
        agent.fit(screens, truth, batch_size=64, verbose=0)
        share.append(caught.mean())
    return agent, share


agents, shares = zip(*[learn(seed) for seed in range(3)], strict=True)
rule_share = [play(rule_player, *ten_times, game_rng, e)[2].mean() for e in epsilons]

# %%
won = [int(play(a.predict_on_batch, *every_start, game_rng)[2].sum()) for a in agents]
for seed, caught in enumerate(won):
    print(f"seed {seed}: caught from {caught} of the 120 starting positions")
rounds = np.arange(1, 41)
curves = {f"seed {seed}": (rounds, share) for seed, share in enumerate(shares)}
curves["by the rules"] = rounds, rule_share
plots.curves(
    curves,
    xlabel="round of 128 games",
    ylabel="share of balls caught",
    alt="The share of balls caught in each of 40 rounds, by three agents and the rule player: all rise to nearly 1.",
)

# %%
quiz.ask("09", "rewards")

# %% [markdown]
# Part of the rise is only that fewer moves are random: the rule player rises too. The gap between the lines is what the
# agents have yet to learn. In the end, without random moves, all three catch the ball from each of the 120 starting
# positions, like the rule player.
#
# Nobody told the agents what a ball is, where the paddle is, or which move was right. So what do they look at? We ask
# Grad-CAM from lesson 6b about the best move, on 500 screens with the ball and the paddle in random places.
# **Predict:** how much of the heat lies within two pixels of the ball, and how much near the paddle?

# %%
rows, (ball, paddle) = np.arange(500) % 9, game_rng.integers((0, 1), (12, 11), (500, 2)).T
screens = draw(rows, ball, paddle)
only_ball, only_paddle = screens[..., 0].copy(), screens[..., 0].copy()
only_ball[:, 11], only_paddle[:, :11] = 0, 0
near_ball = ndimage.maximum_filter(only_ball, (1, 5, 5)) > 0
near_paddle = ndimage.maximum_filter(only_paddle, (1, 5, 5)) > 0
near = {"ball": near_ball, "paddle": near_paddle, "either": near_ball | near_paddle}
print("heat near   ", *[f"{name:>7}" for name in near], "  maps without heat")
for seed, agent in enumerate(agents):
    moves = agent.predict_on_batch(screens).argmax(axis=1)
    heats = visualize.grad_cam(agent, screens, target=moves)
    shares_near = [f"{heats[x].sum() / heats.sum():7.0%}" for x in near.values()]
    black = np.sum(heats.max(axis=(1, 2)) == 0)
    print(f"seed {seed}      ", *shares_near, f"  {black} of 500")
print("screen      ", *[f"{place.mean():7.0%}" for place in near.values()])

# %%
examples = np.flatnonzero(heats.max(axis=(1, 2)) > 0)[[1, 3, 5, 6]]
moves_made = np.array(["left", "stay", "right"])[moves[examples]]
plots.image_grid(
    [*screens[examples, ..., 0], *heats[examples]],
    [*moves_made, *["Grad-CAM"] * 4],
    columns=4,
    size=2.2,
    cmap=["gray"] * 4 + ["viridis"] * 4,
    alt="Four screens with ball and paddle, titled with the agent's move, and the Grad-CAM of each below.",
)

# %% [markdown]
# Nearly all of the heat lies near the ball or the paddle, on about a quarter of the screen. (For each agent, the shares
# near the ball and near the paddle add up to a little more than 100%. The two regions overlap when the ball is close to
# the paddle.) To choose a move, an agent has to know where both are. But how the heat is shared differs: the
# first agent has 61% near the ball, the other two have 35% and 39%, and yet all three catch every ball.
#
# So read such maps with care. Even the 100% says little: two 3×3 convolutions see only two pixels in each direction, so
# farther away from ball and paddle they see an empty screen. And where the channels together speak against the move,
# the ReLU of Grad-CAM sets the heat to 0. For some agents this happens on the whole screen: in 24 of the 500 maps for
# the first agent, in 20 for the third. (The figure shows the third agent, on screens where its map is not empty.)

# %% [markdown]
# ## 5. Which output, which loss?
#
# Whatever your next task is, ask two questions first. What shape does the output have? And how do we measure how wrong
# it is?
#
# **Exercise 6.** Fill in the table: for each task, the shape of the output for one picture, and a loss. All pictures
# are 192×192 pixels in colour. A shape with a single number is written `(10,)`. Choose from these losses:
# `"cross-entropy"`, `"squared error"`, `"cross-entropy and squared error"`, `"triplet loss"`.
#
# Two hints. On the grid, each cell predicts its objectness, one box and the classes, as in lesson 8. The key points
# are coordinates here, not heat maps.

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
check.exercise(check.task_table, tasks)

# %% tags=["solution"]
tasks = {
    "one of 10 names": ((10,), "cross-entropy"),
    "boxes on a 12×12 grid, 10 classes": ((12, 12, 15), "cross-entropy and squared error"),
    "one of 10 classes for each pixel": ((192, 192, 10), "cross-entropy"),
    "17 key points as coordinates": ((17, 2), "squared error"),  # or (34,), as in lesson 8
    "256 features for finding similar pictures": ((256,), "triplet loss"),
    "a photo without noise": ((192, 192, 3), "squared error"),
    "the value of each of 3 moves": ((3,), "squared error"),
}

# %% [markdown]
# Style transfer is missing from the table, because no network learns in it: only the pixels change.
#
# ## Key numbers

# %%
mean_after = np.mean([all_after for _, _, all_after, _ in runs])
plots.key_numbers(
    {
        "recall@1 before and after, kinds of the training set": f"{right_before.mean():.2f}, {right_after.mean():.2f}",
        "recall@1 before and after, new kinds, mean of 5 seeds": f"{all_before.mean():.2f}, {mean_after:.2f}",
        "cat after non-local means, dB": f"{psnr(guess['cat'], clean['cat']):.1f}",
        "cat after the network, dB": f"{psnr(cleaned['cat'], clean['cat']):.1f}",
        "starting positions from which the last agent catches the ball, of 120": won[-1],
    }
)

# %% [markdown]
# ## Key points
#
# - The triplet loss asks that pictures of the same kind be closer than others by a margin. It needs to know which
#   pictures belong together, but it needs no classifier. Here it helped with kinds in the training set, and showed no
#   gain for new ones.
# - To train restoration we make the task ourselves: spoil a good picture, and ask for the original. With residual
#   learning, the network only adds a difference to a first guess.
# - PSNR turns the mean squared error into decibels: the smaller the error, the higher the PSNR.
# - Style transfer changes pixels, not weights. A deeper map measures the content, Gram matrices the style.
# - A Q network predicts the value of each move. It learns from rewards alone. Random moves help it to find better ones.
# - The task decides the shape of the output and the loss. The layers in between stay much the same.
#
# The main words of this lesson: recall@1, triplet loss, one-shot, PSNR, residual learning, super-resolution, style
# transfer, Gram matrix, reinforcement learning, Q network, epsilon-greedy.
#
# ## Where next
#
# - This was the last lesson. Now use what you can do: take your own pictures in [homework
#   2](homework/hw2_own_data.ipynb), or write a small framework in [homework 3](homework/hw3_framework.ipynb).
#
# ## Going further
#
# - **Once more.** Train the denoiser with the seeds 1 and 2. How much do its gains change?
# - **Many strengths.** Does training with strengths between 5 and 50 gain anything? Try it also without the guess.
# - **Another painting.** In the first code cell after the solution of exercise 4, replace the photo or the painting,
#   for example by `drawings.painting(224, seed=1)`. Run the section again from there. What happens if you double 0.02,
#   or set 0.6 to 0?
# - **No content.** Set 0.02 to 0. Is the cat gone? Then start from noise. What does the Gram matrix keep of the
#   painting?
# - **A harder game.** Let the ball drift sideways, and give the network two screens as two channels. Why does it need
#   two?
# - **Without exploring.** Set all epsilons to 0. Do all three agents still learn?
#
# The papers, by year:
#
# - Antoni Buades and others, *A non-local algorithm for image denoising*, 2005.
# - Chao Dong and others, *Learning a deep convolutional network for image super-resolution*, 2014.
# - Florian Schroff and others, *FaceNet: a unified embedding for face recognition and clustering*, 2015 (triplets).
# - Volodymyr Mnih and others, *Human-level control through deep reinforcement learning*, 2015 (Q networks; theirs does
#   not wait for the end of the game).
# - Leon Gatys and others, *Image style transfer using convolutional neural networks*, 2016.
# - Alexander Hermans and others, *In defense of the triplet loss for person re-identification*, 2017 (the hardest
#   triplets of a batch).
# - Kai Zhang and others, *Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising*, 2017.
#
# *Photos (scikit-image): astronaut, NASA, public domain; rocket, SpaceX, public domain; coffee, Rachel Michetti, CC0;
# cat, Stefan van der Walt, CC0; motorcycle, D. Scharstein and others, Middlebury stereo benchmark, 2014.*
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

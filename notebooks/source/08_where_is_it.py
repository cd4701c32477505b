# %% [markdown]
# # 8. Where is it?
#
# <!-- badges -->
#
# Topics: sliding windows, detection, average precision, segmentation, transposed convolution, key points.
#
# So far a picture held one thing, and the network named it. The scene below holds several things, and one name is no
# longer enough. Where is the handbag? Which pixels belong to it? Where does the shoe end?
#
# Each of these questions has its own kind of answer: a box, a mask, a few points. You will build a network for each of
# them, and all of them stand on the same frozen base.
#
# **You will learn**
#
# - to look for things in a large picture, and to do it in one pass instead of hundreds;
# - to build a detector that draws boxes, and to measure how good it is;
# - to build a U-Net, which gives every pixel a class;
# - to run a convolution backwards, from a small map to a large one;
# - to predict points: as coordinates, or as heat maps.
#
# You need lesson 4, where a new head is put on a frozen base. Section 6 uses the matrix from lesson 1b. Teaching takes
# 45 minutes, and the code runs for about two minutes.

# %% tags=["setup"]
# setup

# %%
import time

import keras
import numpy as np
import skimage
import tensorflow as tf
from keras import layers, ops
from scipy import stats

from helpers import backbones, check, convolution, drawings, plots, quiz

keras.utils.set_random_seed(0)

# %% [markdown]
# Our scenes are drawn by a program, with one to four handbags and shoes in each. The program records where it
# puts them, so we know every box, every pixel and every key point. Nobody has to draw them by hand. (For photos, somebody
# has to: one mask takes more than a minute.)

# %%
train, test = drawings.scenes("train", 200), drawings.scenes("test", 80)
scene = 3
nothing = 0 * test.masks[scene]
plots.places(
    [test.images[scene]] * 4,
    ["a scene", "boxes", "masks", "key points"],
    boxes=[[], test.boxes[scene], [], []],
    labels=[[], test.labels[scene], [], []],
    masks=[nothing, nothing, test.masks[scene], nothing],
    points=[[], [], [], test.points[scene]],
    alt="A drawn scene four times: alone, with boxes, with its handbags and shoes in two colours, and with heel, toe and top of each shoe.",
)

# %% [markdown] syllabus="I2"
# ## 1. How do we search a large picture?
#
# Here is the simplest idea. Train a classifier on small patches, as in lesson 4. Then slide it over a large picture
# and ask at every position: is there a handbag in the middle of this window, or a shoe, or only ground?
#
# First we need labelled patches, 64 pixels wide. We cut one out around each object, not quite in the middle, and five
# more from each scene wherever chance puts them. The label is 1 for a handbag, 2 for a shoe and 0 for ground. An object
# counts only if its centre lies near the middle of the patch, within 16 pixels across and down.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
patches, labels = [], []
for image, boxes, kinds in zip(train.images, train.boxes, train.labels, strict=True):
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    around = centres + rng.uniform(-8, 8, centres.shape)
    for x, y in (
        np.concatenate([around, rng.uniform(0, 192, (5, 2))]).clip(32, 160).astype(int)
    ):
        distance = np.abs(centres - [x, y]).max(axis=1)
        nearest = distance.argmin()
        labels.append(kinds[nearest] + 1 if distance[nearest] <= 16 else 0)
        patches.append(image[y - 32 : y + 32, x - 32 : x + 32])
patches, labels = np.stack(patches), np.array(labels)
print("patches", patches.shape, "with ground, handbag, shoe:", np.bincount(labels))

# %% [markdown]
# Then the recipe of lesson 4: run the frozen base once, and train a linear head on its features. The head gives three
# **logits**, the scores before the softmax.

# %%
base = backbones.headless("efficientnet_lite0", size="any")
head = keras.Sequential([keras.Input((1280,)), layers.Dense(3)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
head.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
rows = base.predict(patches, verbose=0)
head.fit(rows[:-200], labels[:-200], epochs=15, verbose=0)
_, accuracy = head.evaluate(rows[-200:], labels[-200:], verbose=0)
print(f"right on the 200 patches of the last scenes, held out: {accuracy:.2f}")
print(f"share of ground among them: {np.mean(labels[-200:] == 0):.2f}")

# %% [markdown]
# Now take a large picture, of 512×512 pixels, and slide the window over it in steps of 32 pixels.

# %%
many = drawings.scenes("test", 1, seed=1, size=512, objects=(9, 9))
large = many.images[0]
corners = range(0, 512 - 63, 32)
windows = np.stack([large[r : r + 64, c : c + 64] for r in corners for c in corners])
base.predict(windows[:1], verbose=0)  # the first call compiles
start = time.perf_counter()
by_windows = head.predict(base.predict(windows, verbose=0), verbose=0)
seconds_windows = time.perf_counter() - start
by_windows = by_windows.reshape(len(corners), len(corners), 3)
print(
    f"{len(windows)} windows, {windows[..., 0].size / large[..., 0].size:.1f} times the pixels of the picture"
)

# %% [markdown]
# Neighbouring windows overlap, so nearly every pixel went through the network four times. That is a waste: a
# convolution slides over the picture anyway. So let the base run once over all 512×512 pixels. It ends in a map with
# 16×16 places and 1,280 channels, one place for every 32 pixels.
#
# The head is a `Dense` layer, made for one row of 1,280 numbers. How can it read a map? We apply it at every place, and
# that is a convolution with a 1×1 kernel (lesson 1b). A network with neither `Flatten` nor `Dense` is called **fully
# convolutional**. It takes pictures of any size.
#
# **Exercise 1.** Turn the dense layer into a 1×1 convolution with the same weights. `dense.get_weights()` gives a
# kernel, (channels, classes), and a bias. A `Conv2D` has a kernel of shape (1, 1, channels, classes). Before you can
# set its weights, build it: `layer.build((None, None, None, channels))`.


# %% tags=["exercise"]
def as_convolution(dense):
    """Make a 1×1 convolution that computes at every place what a dense layer computes."""
    return ...


# %%
as_convolution = check.exercise(
    check.as_convolution, as_convolution, otherwise=check.one_by_one
)


# %% tags=["solution"]
def as_convolution(dense):
    """Make a 1×1 convolution that computes at every place what a dense layer computes."""
    kernel, bias = dense.get_weights()
    layer = layers.Conv2D(dense.units, 1)
    layer.build((None, None, None, len(kernel)))
    layer.set_weights([kernel[None, None], bias])
    return layer


# %% [markdown]
# A window of 64 pixels covers 2×2 places of the map. For a patch, the base averages these four places, and then the
# head reads the average. In one pass we apply the 1×1 convolution at every place, and then average over 2×2 places. Both
# steps are linear, so their order should not matter.

# %%
scorer = as_convolution(head.layers[-1])
maps = base.get_layer("top_relu").output
one_pass = keras.Model(base.input, layers.AveragePooling2D(2, strides=1)(scorer(maps)))
average_first = keras.Model(base.input, scorer(layers.AveragePooling2D(2, strides=1)(maps)))
one_pass.predict(large[None], verbose=0)
start = time.perf_counter()
in_one_pass = one_pass.predict(large[None], verbose=0)[0]
seconds_pass = time.perf_counter() - start
difference = np.abs(in_one_pass - average_first.predict(large[None], verbose=0)[0]).max()
print(
    f"shape {in_one_pass.shape}; the other order changes no logit by more than {difference:.0e}"
)
print(
    f"one pass is {seconds_windows / seconds_pass:.1f} times as fast as {len(windows)} windows"
)

# %% [markdown]
# Do both give the same heat map? (Softmax turns the logits into probabilities, and yellow is a large one.)

# %%
heats = [ops.softmax(logits).numpy() for logits in (by_windows, in_one_pass)]
agree = np.mean(by_windows.argmax(axis=-1) == in_one_pass.argmax(axis=-1))
titles = ["picture"] + [
    f"{name}, {way}" for way in ("windows", "one pass") for name in ("handbag", "shoe")
]
panels = [large] + [heat[..., number] for heat in heats for number in (1, 2)]
print(f"windows and one pass choose the same class at {agree:.0%} of the places")
plots.image_grid(
    panels,
    titles,
    columns=5,
    size=2.2,
    cmap=["gray"] + ["viridis"] * 4,
    limits=[(0, 255)] + [(0, 1)] * 4,
    alt="A large scene, and heat maps for handbag and shoe, by windows and in one pass.",
)

# %%
quiz.ask("08", "one-pass")

# %% [markdown]
# Both find the handbags at the top and most of the shoes, and one pass is several times as fast. But the heat isn't the
# same: in one pass it spreads, and a parcel at the bottom lights up as a handbag. A patch ends at its border, and there the
# base pads with zeros. In the large picture the surroundings go on, and the deep layers see them. Our head has never met
# that, because it was trained on patches. So train a head on what it will get in use. The detector below does.

# %% [markdown] syllabus="I1"
# ## 2. When is a box right?
#
# A heat map says roughly where something is. A **detector** says it with a box around each thing. A box is four
# numbers, here the left, top, right and bottom edge in pixels.
#
# No box is right to the pixel, so we need a measure. The usual one is **IoU**, intersection over union: the area that
# lies in both boxes, divided by the area that lies in at least one. It is 1 for the same box, 0 for boxes that do not
# meet, and a box counts as found when its IoU with the true box is at least 0.5.
#
# **Exercise 2.** Write `iou` for two boxes. The overlap reaches from the larger of the two left edges to the smaller
# of the two right edges, and the same from top to bottom. What if the boxes do not meet?


# %% tags=["exercise"]
def iou(first, second):
    """Divide the area in both boxes by the area in at least one of them."""
    return ...


# %% tags=["nbval-check-output"]
iou = check.exercise(check.box_iou, iou, otherwise=check.box_overlap)


# %% tags=["solution"]
def iou(first, second):
    """Divide the area in both boxes by the area in at least one of them."""
    width = max(0, min(first[2], second[2]) - max(first[0], second[0]))
    height = max(0, min(first[3], second[3]) - max(first[1], second[1]))
    areas = [
        (right - left) * (bottom - top) for left, top, right, bottom in (first, second)
    ]
    return width * height / (sum(areas) - width * height)


# %% [markdown] syllabus="I1"
# ## 3. How can a network answer with boxes?
#
# A network gives a fixed number of outputs, but a scene holds one thing or four. **YOLO**, "you only look once", solves
# this with a grid. Lay S×S cells over the picture. Each cell answers for the object whose centre lies in it.
# It gives five numbers for a box: is there one, two for its centre, its width, its height. And it gives C numbers for
# the classes.
#
# The first YOLO of 2016 had S = 7, B = 2 boxes for each cell and C = 20 classes: S×S×(B·5 + C) = 7×7×30 outputs.
# Ours has S = 12, one box and two classes, so 12×12×7. A cell is 16 pixels wide, just as wide as a place of the base's
# map after stage 5. So our detector needs nothing but a small head on this map.

# %%
plots.flow(
    [
        plots.Box(test.images[scene], "192×192×3"),
        plots.Box("base,\nfrozen", "to stage 5", "frozen"),
        plots.Box("12×12\n×112", "maps"),
        plots.Box("Conv2D\n3×3, 64", "", "new"),
        plots.Box("Conv2D\n1×1, 7", "", "new"),
        plots.Box("12×12\n×7", "answers"),
    ],
    alt="A picture goes through the frozen base, then through two new convolutions that give seven numbers for each of 12 by 12 cells.",
)

# %% [markdown]
# Three maps of the frozen base serve for the rest of the lesson, so we compute them now, once: with 48×48, 24×24 and
# 12×12 places.

# %% tags=["nbval-check-output"]
names = ["stage2_block2_add", "stage3_block2_add", "stage5_block3_add"]
stages = keras.Model(base.input, [base.get_layer(name).output for name in names])
train_maps = stages.predict(train.images, verbose=0)
test_maps = stages.predict(test.images, verbose=0)
print("maps of the test scenes:", *[maps.shape for maps in test_maps])

# %% [markdown]
# What should the network answer? For each object, we find the cell of its centre and write seven numbers into it: 1 for
# "here is one"; where in the cell the centre lies, as shares of the cell; width and height, as shares of the picture;
# and a 1 for its class. All other cells stay 0.


# %%
def encode(boxes, labels):
    """Write each object into the cell of its centre, (12, 12, 7)."""
    target = np.zeros((12, 12, 7), "float32")
    for (left, top, right, bottom), label in zip(boxes, labels, strict=True):
        x, y = (left + right) / 2 / 16, (top + bottom) / 2 / 16
        row, column = int(y), int(x)
        width, height = (right - left) / 192, (bottom - top) / 192
        target[row, column] = 1, x - column, y - row, width, height, label == 0, label == 1
    return target


targets = np.stack([encode(*pair) for pair in zip(train.boxes, train.labels, strict=True)])

# %% [markdown]
# Now the way back, for all 144 cells at once: from shares of a cell to pixels. A box's score for a class is the product
# of two answers, "here is one" and "it is of this class". If we encode the true boxes and decode them again, they must
# come back unchanged.


# %% tags=["nbval-check-output"]
def decode(grid):
    """Turn answers, (12, 12, 7), into boxes, (144, 4), and scores, (144, 2)."""
    row, column = np.mgrid[:12, :12]
    x, y = (column + grid[..., 1]) * 16, (row + grid[..., 2]) * 16
    half_width, half_height = grid[..., 3] * 96, grid[..., 4] * 96
    edges = [x - half_width, y - half_height, x + half_width, y + half_height]
    return np.stack(edges, axis=-1).reshape(-1, 4), (grid[..., :1] * grid[..., 5:]).reshape(
        -1, 2
    )


boxes, scores = decode(targets[0])
found = boxes[scores.max(axis=1) > 0]
lost = sum(len(b) for b in train.boxes) - int(targets[..., 0].sum())
print(
    "largest error of the round trip:",
    np.abs(np.sort(found, 0) - np.sort(train.boxes[0], 0)).max().round(3),
)
print("objects whose cell was taken already:", lost)

# %% [markdown]
# The loss has three parts. Every cell is asked whether it holds a centre. Only the cells that do are asked about box
# and class: in all the others, nothing there can be right or wrong. The numbers 5 and 50 are weights. They make the
# errors of the box, which are small shares, count as much as the rest.


# %%
def detection_loss(truth, answer):
    """Add up presence in all cells, and box and class in the cells that hold a centre."""
    presence = keras.losses.binary_crossentropy(truth[..., :1], answer[..., :1])
    centre = ops.sum((truth[..., 1:3] - answer[..., 1:3]) ** 2, axis=-1)
    size = ops.sum((truth[..., 3:5] - answer[..., 3:5]) ** 2, axis=-1)
    kind = keras.losses.binary_crossentropy(truth[..., 5:], answer[..., 5:])
    return ops.sum(presence + truth[..., 0] * (5 * centre + 50 * size + kind), axis=(1, 2))


# %% [markdown]
# The head is two convolutions. Batch norm is needed between them, because the numbers in the base's maps are large.
# Dropout sets three in ten of the inputs to 0 at random, so the head can't rely on any single one.

# %%
keras.utils.set_random_seed(0)
inputs = keras.Input((12, 12, 112))
x = layers.Dropout(0.3)(inputs)
x = layers.Conv2D(64, 3, padding="same", use_bias=False)(x)
x = layers.ReLU()(layers.BatchNormalization()(x))
detector = keras.Model(inputs, layers.Conv2D(7, 1, activation="sigmoid")(x))
detector.compile(keras.optimizers.Adam(2e-3), detection_loss)
history = detector.fit(train_maps[2], targets, batch_size=16, epochs=30, verbose=0)
print(
    "loss in the first and in the last epoch: {0:.1f}, {29:.1f}".format(
        *history.history["loss"]
    )
)

# %% [markdown]
# Here are its boxes on four test scenes. We draw every box with a score of at least 0.1.


# %%
def show(answers, shown, alt):
    """Draw boxes, their classes and their scores on test scenes."""
    boxes, scores = zip(*(answers[number] for number in shown), strict=True)
    return plots.places(
        test.images[shown],
        boxes=boxes,
        labels=[one.argmax(axis=1) for one in scores],
        notes=[[f"{score:.2f}" for score in one.max(axis=1)] for one in scores],
        size=2.4,
        alt=alt,
    )


raw = []
for grid in detector.predict(test_maps[2], verbose=0):
    boxes, scores = decode(grid)
    likely = scores.max(axis=1) > 0.1
    raw.append((boxes[likely], scores[likely]))
shown = [3, 5, 12, 20]
show(
    raw,
    shown,
    "Four scenes. Most handbags and shoes have several boxes of about the right size.",
)

# %%
quiz.ask("08", "grid")

# %% [markdown] syllabus="I1"
# ## 4. Which of the boxes do we keep?
#
# Several cells near the centre answer for the same object, so it gets several boxes. **Non-maximum suppression**, NMS
# for short, keeps the best of them:
#
# 1. Take the box with the highest score and keep it.
# 2. Throw away all boxes that overlap it with an IoU above 0.5.
# 3. Go on with the best of those that are left, until none is left.
#
# **Exercise 3.** Write it. Return the list of the indices of the boxes that you keep, the best box first. Your `iou`
# takes two boxes, and `np.argsort(-scores)` lists the indices from the highest score to the lowest.


# %% tags=["exercise"]
def keep_best(boxes, scores):
    """List the indices of the boxes that non-maximum suppression keeps, the best one first."""
    return ...


# %% tags=["nbval-check-output"]
keep_best = check.exercise(check.kept_boxes, keep_best, otherwise=check.best_boxes)


# %% tags=["solution"]
def keep_best(boxes, scores):
    """List the indices of the boxes that non-maximum suppression keeps, the best one first."""
    left, kept = list(np.argsort(-scores)), []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [other for other in left if iou(boxes[best], boxes[other]) <= 0.5]
    return kept


# %%
def detect(maps, least=0.1):
    """Find boxes and scores on maps of many pictures: decode, keep what is likely, then suppress."""
    found = []
    for grid in detector.predict(maps, verbose=0):
        boxes, scores = decode(grid)
        likely = scores.max(axis=1) > least
        boxes, scores = boxes[likely], scores[likely]
        kept = keep_best(boxes, scores.max(axis=1))
        found.append((boxes[kept], scores[kept]))
    return found


detections = detect(test_maps[2])
counts = [sum(len(boxes) for boxes, _ in one) for one in (raw, detections)]
print(
    f"{counts[0]} boxes before, {counts[1]} after; there are {sum(map(len, test.boxes))} objects"
)
show(
    detections, shown, "The same four scenes with one box on nearly every handbag and shoe."
)

# %% [markdown] syllabus="I1"
# One box is left around almost every object, and it has the right colour. The scores are low for some: this detector
# is careful.
#
# ## 5. How good is the detector?
#
# Accuracy is no use here: what would we divide by? A detector makes two kinds of mistakes. It draws boxes where
# nothing is, and it misses things. Go through all its boxes for one class, from the highest score to the lowest. A box
# is a **hit** if its IoU with an object of its class is at least 0.5, and if no better box has claimed this object.


# %%
def hits_of(kind, least_iou=0.5):
    """Go through all boxes of a class, the highest score first: which are hits, and how many objects are there?"""
    ranked = [
        (score[kind], number, box)
        for number, found in enumerate(detections)
        for box, score in zip(*found, strict=True)
        if score.argmax() == kind
    ]
    free = {
        number: list(test.boxes[number][test.labels[number] == kind])
        for number in range(80)
    }
    total, hits = sum(map(len, free.values())), []
    for _, number, box in sorted(ranked, key=lambda entry: -entry[0]):
        overlaps = [iou(box, other) for other in free[number]]
        hits.append(max(overlaps, default=0) >= least_iou)
        if hits[-1]:
            free[number].pop(int(np.argmax(overlaps)))
    return np.array(hits), total


# %% [markdown]
# Stop after any number of boxes. **Precision** is the share of hits among the boxes so far. **Recall** is the share of
# all objects that have been found so far. The further we go down the list, the more we find, and the more mistakes we
# make.
#
# **Average precision**, AP, makes one number of it: at each hit, note the precision so far; an object that is never
# found counts as 0; take the mean over all objects. With the limit of 0.5 for a hit, it is written AP@0.5.
#
# **Exercise 4.** Write `average_precision`. `hits` holds `True` or `False` for each box, the highest score first, and
# `total` is the number of objects. `np.cumsum(hits)` counts the hits so far.


# %% tags=["exercise"]
def average_precision(hits, total):
    """Average the precision at every hit over all objects; a missed object counts as 0."""
    return ...


# %% tags=["nbval-check-output"]
average_precision = check.exercise(
    check.average_precision, average_precision, otherwise=check.mean_precision
)


# %% tags=["solution"]
def average_precision(hits, total):
    """Average the precision at every hit over all objects; a missed object counts as 0."""
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return precision[hits].sum() / total


# %%
lines, ap = {}, {}
for kind, name in enumerate(["handbag", "shoe"]):
    hits, total = hits_of(kind)
    so_far = np.cumsum(hits)
    ap[name] = average_precision(hits, total)
    print(
        f"{name:8} {total} objects, {len(hits)} boxes, {so_far[-1]} hits, AP@0.5 {ap[name]:.2f}"
    )
    lines[name] = so_far / total, so_far / np.arange(1, len(hits) + 1)
plots.curves(
    lines,
    xlabel="recall: share of objects found",
    ylabel="precision: share of boxes right",
    alt="Precision by recall for handbags and shoes: near 1 for most of the way, then falling.",
)

# %%
quiz.ask("08", "curve")

# %% [markdown]
# Most boxes are right, and most objects are found. In this run handbags are easier than shoes: their curve stays high for
# longer. Both fall at the end, where the boxes have low scores.
#
# But these are test scenes by the same program. How does the detector do on a real photo, a cup of coffee?

# %%
photo = layers.Resizing(192, 192, crop_to_aspect_ratio=True)(
    skimage.data.coffee()[None]
).numpy()
(photo_boxes, photo_scores), *_ = detect(stages.predict(photo, verbose=0)[2], least=0.05)
plots.places(
    photo.astype("uint8"),
    boxes=[photo_boxes],
    labels=[photo_scores.argmax(axis=1)],
    notes=[[f"{score:.2f}" for score in photo_scores.max(axis=1)]],
    size=3.2,
    alt="A photo of a cup of coffee with the boxes that the detector draws.",
)

# %% [markdown]
# It draws boxes for handbags on the cup and the spoon, and boxes for shoes on the saucer. All of them are false, and the
# highest score, 0.40, is above that of some right boxes in our scenes. The detector has only seen drawn scenes, and mugs
# that were small. A detector for photos needs photos with boxes, thousands of them.
#
# **R-CNN** came before YOLO, in 2014, and goes another way. It starts from about 2,000 **regions** of the photo that
# look like a thing, found by an older method without learning. Each region is cut out, resized, and classified by a CNN,
# and a second head corrects its box. That is accurate but slow: 2,000 passes for one photo. Its successors, Fast and
# Faster R-CNN, take the same step as section 1: they run the CNN once and cut the regions out of its maps.

# %%
plots.flow(
    [
        plots.Box(test.images[scene], "picture"),
        plots.Box("2,000\nregions", "cut out"),
        plots.Box("CNN", "for each"),
        plots.Box("class and\nbetter box"),
        plots.Box("NMS"),
    ],
    alt="R-CNN: a picture, about 2,000 regions, a CNN for each, a class and a better box, then non-maximum suppression.",
)

# %% [markdown] syllabus="I3"
# ## 6. Which pixels belong to it?
#
# A handbag isn't a rectangle. **Semantic segmentation** gives every pixel a class: ground, handbag or shoe. We
# measure it by IoU again, for each class: the pixels that are in both masks, divided by those in at least one.
#
# First a baseline. Does a pixel's colour tell its class? We sort the colours into 16×16×16 boxes and count how
# often each class occurs in each. Then a test pixel gets the class whose share of its own pixels with this
# colour is largest.


# %%
def class_iou(answer, truth):
    """IoU of ground, handbag and shoe over all pixels of all pictures."""
    masks = [(answer == kind, truth == kind) for kind in range(3)]
    return np.array([np.sum(a & b) / np.sum(a | b) for a, b in masks])


colours = [
    images.astype(int) // 16 @ [256, 16, 1] for images in (train.images, test.images)
]
seen = np.stack(
    [np.bincount(colours[0][train.masks == kind], minlength=4096) for kind in range(3)]
)
by_colour = np.argmax(seen / seen.sum(axis=1, keepdims=True), axis=0)
colour_iou = class_iou(by_colour[colours[1]], test.masks)
print("IoU by colour of ground, handbag, shoe:", colour_iou.round(2))

# %% [markdown]
# Colour says next to nothing. A class needs the surroundings of a pixel, and the base sees them. But its maps get
# smaller and smaller, and we want an answer as large as the picture. We need a layer that makes maps larger.
#
# ### A convolution, backwards
#
# In lesson 1b a convolution was a large matrix: 36 pixels went in, 16 sums came out. The transpose of this matrix
# goes the other way, from 16 numbers to 36. That is all that a **transposed convolution** is. In words: each number
# of the small map lays down a copy of the kernel, multiplied by this number. Copies that overlap add up.
#
# **Exercise 5.** Write it for one small map, a square kernel and a stride. The picture is `(rows - 1) * stride + side`
# high, and the same across. Where does the copy for row i and column j begin?


# %% tags=["exercise"]
def transposed(small, kernel, stride):
    """Lay down a copy of the kernel for each number of a small map, and add up where they overlap."""
    return ...


# %% tags=["nbval-check-output"]
check.exercise(check.transposed, transposed)


# %% tags=["solution"]
def transposed(small, kernel, stride):
    """Lay down a copy of the kernel for each number of a small map, and add up where they overlap."""
    side = len(kernel)
    picture = np.zeros([(count - 1) * stride + side for count in small.shape])
    for i, j in np.ndindex(small.shape):
        down, right = i * stride, j * stride
        picture[down : down + side, right : right + side] += small[i, j] * kernel
    return picture


# %% [markdown]
# Keras calls this layer `Conv2DTranspose`. Does it compute the transpose of lesson 1b's matrix?

# %% tags=["nbval-check-output"]
vertical = np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]])
columns = [
    convolution.convolve2d(pixel.reshape(6, 6), vertical).ravel() for pixel in np.eye(36)
]
matrix = np.stack(columns, axis=1)  # 16 × 36, as in lesson 1b
small = np.random.default_rng(0).integers(0, 10, (4, 4)).astype("float32")
layer = layers.Conv2DTranspose(1, 3, use_bias=False)
layer.build((None, 4, 4, 1))
layer.set_weights([vertical[:, :, None, None]])
larger = (matrix.T @ small.ravel()).reshape(6, 6)
same = np.allclose(layer(small[None, :, :, None])[0, :, :, 0], larger)
print("Conv2DTranspose is the transposed matrix:", same)

# %% [markdown]
# Now use a stride of 2, and set all inputs and all weights to 1. Predict the numbers for a kernel of 3, then for a
# kernel of 2.

# %%
ones = np.ones((1, 4, 4, 1))
grids = [
    layers.Conv2DTranspose(1, k, strides=2, kernel_initializer="ones")(ones)[0, ..., 0]
    for k in (3, 2)
]
plots.number_grid(
    grids,
    ["kernel 3, stride 2", "kernel 2, stride 2"],
    one_scale=True,
    alt="Ones and twos and fours in a checkerboard for a kernel of 3; only ones for a kernel of 2.",
)

# %% [markdown]
# With a kernel of 3, the copies overlap in some places and not in others: the inside shows 1, 2 and 4 although all inputs
# are 1. In generated pictures this is seen as a **checkerboard**. With a kernel of 2, the copies lie side by side,
# and every place gets one number. So choose a kernel whose side is a multiple of the stride. Or enlarge the map by
# `UpSampling2D`, which repeats each number, and follow it by an ordinary convolution.
#
# ### The U-Net
#
# A **U-Net** goes down and up again. The frozen base makes the maps smaller, and transposed convolutions make them larger.
# On the way up, the network also gets the base's own map of each size. These are its **skips**. The small maps tell
# *what* is there, and the large maps tell exactly *where* its edges are.

# %%
plots.volumes(
    {
        "picture": (192, 192, 3),
        "stage 2": (48, 48, 24),
        "stage 3": (24, 24, 40),
        "stage 5": (12, 12, 112),
        "up": (24, 24, 48),
        "up again": (48, 48, 32),
        "classes": (48, 48, 3),
    },
    new=("up", "up again", "classes"),
    alt="A picture of 192 by 192 pixels, maps of 48, 24 and 12 places a side, and up again to 24 and 48, in another colour, with 3 classes at the end.",
)

# %% [markdown]
# The blue maps are the base's, and the orange ones are new. "Up" also gets stage 3, and "up again" gets stage 2. (In
# lesson 4 a skip was added. Here `Concatenate` stacks the channels.) We stop at 48×48 places and enlarge the answer by 4.

# %%
keras.utils.set_random_seed(0)
inputs = [keras.Input(maps.shape[1:]) for maps in train_maps]
x = layers.BatchNormalization()(inputs[2])
x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
for skip, filters in ((inputs[1], 48), (inputs[0], 32)):
    x = layers.Conv2DTranspose(filters, 2, strides=2, activation="relu")(x)
    x = layers.Concatenate()([x, layers.BatchNormalization()(skip)])
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
unet = keras.Model(inputs, layers.Conv2D(3, 1)(x))
unet.compile(keras.optimizers.Adam(2e-3), loss)
unet.fit(train_maps, train.masks[:, 2::4, 2::4], batch_size=8, epochs=10, verbose=0)
answers = unet.predict(test_maps, verbose=0).argmax(axis=-1)
answers = answers.repeat(4, axis=1).repeat(4, axis=2)  # back to 192×192
unet_iou = class_iou(answers, test.masks)
print("IoU of the U-Net for ground, handbag, shoe:", unet_iou.round(2))

# %%
plots.places(
    test.images[shown * 2],
    [*["known"] * 4, *["answered"] * 4],
    masks=[*test.masks[shown], *answers[shown]],
    size=2.4,
    alt="Four test scenes with the known masks above and the U-Net's masks below.",
)

# %%
quiz.ask("08", "unet")

# %% [markdown] syllabus="I4"
# The U-Net finds each object, and IoU is far above the 0.1 that colour alone reaches. Look closer: edges are rough, thin
# handles are partly lost, and a part of the boot is called a handbag. Each place decides for itself, so one object can
# get two classes.
#
# ## 7. Where are heel, toe and top?
#
# The third kind of answer is a list of **key points**. For people these are shoulders, elbows and knees, and the task
# is called pose estimation. Our shoes have three: heel, toe and top. We cut each shoe out of its scene, with some ground
# around it, to 96×96 pixels.


# %%
def shoes_of(scenes):
    """Cut out each shoe, and give its three key points as shares of the cut-out."""
    pictures, points = [], []
    for image, boxes, marks in zip(scenes.images, scenes.boxes, scenes.points, strict=True):
        for box, mark in zip(boxes, marks, strict=True):
            if np.isfinite(mark).all():  # a handbag has no key points
                side = 1.2 * max(box[2] - box[0], box[3] - box[1])
                left, top = (box[:2] + box[2:] - side) / 2
                window = [[top / 192, left / 192, (top + side) / 192, (left + side) / 192]]
                pictures.append(
                    tf.image.crop_and_resize(image[None], window, [0], (96, 96))[0]
                )
                points.append((mark - [left, top]) / side)
    return np.array(pictures), np.array(points, "float32")


shoes, points = shoes_of(train)
shoes = np.concatenate([shoes, shoes[:, :, ::-1]])  # and their mirror images
points = np.concatenate([points, points * [-1, 1] + [1, 0]])
test_shoes, test_points = shoes_of(test)
shoe_maps, test_shoe_maps = (
    stages.predict(some, verbose=0) for some in (shoes, test_shoes)
)
print("shoes to learn from:", len(shoes), " to test on:", len(test_shoes))

# %% [markdown]
# **As coordinates.** Three points are six numbers, x and y of each. So the last layer has six outputs between 0 and 1, and
# the loss is the mean squared error. This is **regression**: the answer is a quantity, not a class.

# %%
keras.utils.set_random_seed(0)
inputs = keras.Input((6, 6, 112))
x = layers.BatchNormalization()(inputs)
x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
outputs = layers.Reshape((3, 2))(layers.Dense(6, activation="sigmoid")(x))
regression = keras.Model(inputs, outputs)
regression.compile(keras.optimizers.Adam(1e-3), "mse")
regression.fit(shoe_maps[2], points, batch_size=16, epochs=30, verbose=0)
by_numbers = regression.predict(test_shoe_maps[2], verbose=0)

# %% [markdown]
# **As heat maps.** One map for each point, 12×12 places, and softmax over the places: "where is the heel?" becomes
# a choice among 144 places. The network is a U-Net again. The target is a small bright spot at the point.

# %%
places = (np.arange(12) + 0.5) / 12
across = places - points[:, :, 0, None]  # (shoes, 3, 12)
down = places - points[:, :, 1, None]
spots = np.exp(-(down[:, :, :, None] ** 2 + across[:, :, None, :] ** 2) / (2 * 0.05**2))
spots = spots.reshape(-1, 3, 144) / spots.sum(axis=(2, 3))[..., None]

# %%
keras.utils.set_random_seed(0)
inputs = [keras.Input((12, 12, 40)), keras.Input((6, 6, 112))]
fine, coarse = [layers.BatchNormalization()(maps) for maps in inputs]
x = layers.Conv2D(48, 3, padding="same", activation="relu")(coarse)
x = layers.Conv2DTranspose(48, 2, strides=2, activation="relu")(x)
x = layers.Concatenate()([x, fine])
x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
x = layers.Permute((2, 1))(layers.Reshape((144, 3))(layers.Conv2D(3, 1)(x)))
heat_maps = keras.Model(inputs, layers.Softmax()(x))
heat_maps.compile(keras.optimizers.Adam(1e-3), "categorical_crossentropy")
heat_maps.fit(shoe_maps[1:], spots, batch_size=16, epochs=15, verbose=0)
heat = heat_maps.predict(test_shoe_maps[1:], verbose=0)
grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(144, 2)
by_heat = heat @ grid

# %% [markdown]
# The answer is the mean place, weighted by the heat. Which way is better? We compare the mean distance to the
# true points, in pixels of the cut-out, shoe by shoe.

# %%
errors = {
    name: 96 * np.linalg.norm(answer - test_points, axis=-1).mean(axis=1)
    for name, answer in {
        "always the mean place": np.broadcast_to(points.mean(axis=0), test_points.shape),
        "coordinates": by_numbers,
        "heat maps": by_heat,
    }.items()
}
for name, error in errors.items():
    print(
        f"{name:22} mean error {error.mean():5.1f} pixels, median {np.median(error):5.1f}"
    )
better = int(np.sum(errors["heat maps"] < errors["coordinates"]))
p = stats.binomtest(better, len(test_points)).pvalue
print(f"heat maps are closer for {better} of {len(test_points)} shoes, p = {p:.2g}")

# %%
some = list(range(4))
plots.places(
    list(test_shoes[some].astype("uint8")) * 2,
    [*["coordinates"] * 4, *["heat maps"] * 4],
    points=[*(96 * by_numbers[some, None]), *(96 * by_heat[some, None])],
    size=2.2,
    alt="Four shoes with heel, toe and top as found by coordinates above and by heat maps below.",
)

# %%
quiz.ask("08", "points")

# %% [markdown]
# The heat maps win clearly. To answer with numbers, the dense layer has to learn for each place of the map what it means in
# pixels. To answer with a heat map, the network only says "here" at the place where it sees a heel, and what a convolution
# learns at one place holds at all others. The heat maps also read a finer map. Would that help the coordinates? "Going
# further" asks you to try it.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "pixels through the base, windows against one pass": f"{windows[..., 0].size / large[..., 0].size:.1f} to 1",
        "AP@0.5, handbag": ap["handbag"],
        "AP@0.5, shoe": ap["shoe"],
        "boxes before and after suppression": f"{counts[0]} and {counts[1]}",
        "IoU by colour, mean of handbag and shoe": colour_iou[1:].mean(),
        "IoU of the U-Net, mean of handbag and shoe": unet_iou[1:].mean(),
        "error of coordinates, pixels": errors["coordinates"].mean(),
        "error of heat maps, pixels": errors["heat maps"].mean(),
        "shoes for which heat maps are closer": f"{better} of {len(test_points)}, p = {p:.2g}",
    }
)

# %% [markdown]
# ## Key points
#
# - A dense head is a 1×1 convolution. Apply it to the map of a large picture, and one pass replaces all the windows.
# - IoU measures how well two boxes or two masks agree: the area in both, divided by the area in at least one.
# - YOLO lays a grid over the picture. The cell that holds an object's centre answers with a box and a class.
# - Non-maximum suppression keeps the best of several boxes around the same object.
# - Precision is the share of boxes that are right, recall the share of objects that are found. AP sums up both.
# - A transposed convolution multiplies by the transposed matrix: each number lays down a copy of the kernel. If the
#   kernel's side is not a multiple of the stride, you get a checkerboard.
# - A U-Net joins small maps, which tell what is there, with large ones, which tell where.
# - Ask for points as heat maps rather than as coordinates.
#
# | task | output | loss |
# |---|---|---|
# | detection | S×S×(B·5 + C) | presence in all cells, box and class where there is an object |
# | segmentation | height × width × classes | cross-entropy for each pixel |
# | key points as coordinates | two numbers for each point | squared error |
# | key points as heat maps | height × width × points | cross-entropy over the places |
#
# ## Where next
#
# - Look back at [lesson 6b](06b_explanations.ipynb): its heat maps come from a classifier that was never shown a box.
# - Joseph Redmon and others, *You only look once*, 2016. Ross Girshick and others, *Rich feature hierarchies for accurate
#   object detection and semantic segmentation* (R-CNN), 2014. Jonathan Long and others, *Fully convolutional networks for
#   semantic segmentation*, 2015. Olaf Ronneberger and others, *U-Net*, 2015. Augustus Odena and others, *Deconvolution and
#   checkerboard artifacts*, 2016. Jonathan Tompson and others, *Joint training of a convolutional network and a graphical
#   model for human pose estimation*, 2014.
#
# ## Going further
#
# - **Another limit.** AP@0.5 is generous. Compute `average_precision(*hits_of(0, 0.75))`. Which mistakes of the boxes does
#   the stricter limit punish?
# - **Fewer scenes.** Train the detector on the first 50 scenes only. How far does AP fall?
# - **Without skips.** Take the two `Concatenate` lines out of the U-Net. Where does it get worse?
# - **A finer map for the coordinates.** Give the regression the map of stage 3, too: filter it with a stride of 2, and stack
#   it on the other by `Concatenate`. Does it get closer?
# - **Your own photo.** Put a shoe and a bag on a plain floor, take a photo from above, cut it to a square, and give it to
#   `detect` as we did with the cup.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

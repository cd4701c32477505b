# %% [markdown]
# # 8. Where is it?
#
# <!-- badges -->
#
# Topics: sliding windows, detection, average precision, segmentation, U-Net, transposed convolution, key points.
#
# So far, every picture showed one thing, and the network named it. The scene below shows several, so one name is no
# longer enough. Where is the handbag? Which pixels belong to it? Where are the shoe's heel and toe?
#
# Each question has its own kind of answer: a box around the object, a **mask** that marks its pixels, or a few **key
# points**. You will build a network for each kind. All of them share one frozen base.
#
# **You will learn**
#
# - to search a large picture in one pass instead of hundreds;
# - to build a detector that draws boxes, and to measure how good it is;
# - to build a U-Net, which gives every pixel a class;
# - to turn a small map into a larger one with a transposed convolution;
# - to predict points, as coordinates or as heat maps.
#
# You need the receptive field and the matrix of lesson 1b, the coin toss of lesson 3, and lesson 4, where we put a new
# head on a frozen base. Plan <!-- minutes to teach --> minutes to teach it, and about an hour for the exercises. The
# code runs for about <!-- time to run --> on two cores.

# %% tags=["setup"]
# setup

# %%
import time

import keras
import numpy as np
import skimage
from keras import layers, ops
from PIL import Image, ImageDraw
from scipy import stats

from helpers import backbones, check, convolution, drawings, plots, quiz

keras.utils.set_random_seed(0)

# %% [markdown]
# A program draws our scenes, each with one to four objects: handbags, shoes or both. It records where it puts them, so
# we know every box, every pixel and every key point. For photos, people have to do this by hand, and one mask takes
# more than a minute. Everything else in a scene is **background**: walls and floors, but also books, parcels and balls.

# %%
train, test = drawings.scenes("train", 200), drawings.scenes("test", 80)
NAMES, POINTS = ["handbag", "shoe"], ["heel", "toe", "top"]
shown = [3, 5, 12, 20]  # the test scenes that we look at
example, empty = shown[0], np.zeros((192, 192), int)
plots.places(
    [test.images[example]] * 4,
    ["a scene", "boxes", "masks", "key points"],
    boxes=[[], test.boxes[example], [], []],
    labels=[[], test.labels[example], [], []],
    masks=[empty, empty, test.masks[example], empty],
    points=[[], [], [], test.points[example]],
    names=NAMES,
    marks=POINTS,
    alt="A drawn scene four times: alone, with boxes, with its handbags and shoes in two colours, and with heel, toe and top of each shoe.",
)

# %% [markdown] syllabus="I2"
# ## 1. How do we search a large picture?
#
# Here is the simplest idea. Train a classifier on small patches, as in lesson 4. Then slide it over a large picture
# and ask at every position: is there a handbag in the middle of this window, a shoe, or only background?
#
# First we need labelled patches, 64 pixels wide. We cut one patch around each object, a little off centre, and five more
# at random positions in each scene. The label is 0 for background, 1 for a handbag and 2 for a shoe. An object counts
# only if its centre is at most 16 pixels from the middle of the patch, in each direction.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
patches, patch_labels = [], []
for image, boxes, kinds in zip(train.images, train.boxes, train.labels, strict=True):
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    near = centres + rng.uniform(-8, 8, centres.shape)
    anywhere = rng.uniform(0, 192, (5, 2))
    for x, y in np.concatenate([near, anywhere]).clip(32, 160).astype(int):
        distance = np.abs(centres - [x, y]).max(axis=1)
        patch_labels.append(kinds[distance.argmin()] + 1 if distance.min() <= 16 else 0)
        patches.append(image[y - 32 : y + 32, x - 32 : x + 32])
patches, patch_labels = np.stack(patches), np.array(patch_labels)
print("patches of background, handbags and shoes:", np.bincount(patch_labels))

# %% [markdown]
# Then we follow the recipe of lesson 4: we run the frozen base once and train a linear head on its features. The head
# gives three logits, the scores before the softmax.

# %%
base = backbones.headless("efficientnet_lite0", size="any")
head = keras.Sequential([keras.Input((1280,)), layers.Dense(3)])
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
head.compile(keras.optimizers.Adam(3e-3), cross_entropy, metrics=["accuracy"])
rows = base.predict(patches, verbose=0)
head.fit(rows[:-200], patch_labels[:-200], epochs=15, verbose=0)
_, accuracy = head.evaluate(rows[-200:], patch_labels[-200:], verbose=0)
always = f'(always "background": {np.mean(patch_labels[-200:] == 0):.2f})'
print(f"accuracy on 200 held-out patches: {accuracy:.2f}", always)

# %% [markdown]
# The head is far better than a classifier that always answers "background". Now take a large picture, of 512×512 pixels,
# and slide the window over it in steps of 32 pixels.


# %%
def timed(task):
    """Run a task four times: its result, and the seconds of the fastest run."""
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        result = task()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


many = drawings.scenes("test", 1, seed=1, size=512, objects=(9, 9))
large, corners = many.images[0], range(0, 512 - 63, 32)
windows = np.stack([large[r : r + 64, c : c + 64] for r in corners for c in corners])
by_windows, seconds_windows = timed(
    lambda: head.predict(base.predict(windows, verbose=0), verbose=0)
)
pixels = windows[..., 0].size / large[..., 0].size
print(f"{len(windows)} windows, together {pixels:.1f} times as many pixels as the picture")

# %% [markdown]
# Neighbouring windows overlap by half, so most pixels went through the network four times. That is a waste, because a
# convolution slides over the picture anyway. So let the base run once over all 512×512 pixels. The result is a map with
# 16×16 places and 1,280 channels, one **place** for every 32×32 pixels.
#
# The head is a `Dense` layer, made for one row of 1,280 numbers. We apply it at every place, which makes it a convolution
# with a 1×1 kernel (lesson 1b). A network whose layers all work the same way at every place, such as convolution and
# pooling, is called **fully convolutional**. It takes pictures of any size, and its output grows with the picture.
#
# **Exercise 1.** Turn the dense layer into a 1×1 convolution with the same weights. `dense.get_weights()` gives a
# kernel of shape (channels, classes) and a bias. A `Conv2D` has a kernel of shape (1, 1, channels, classes). Before you can
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
# head reads the average. In one pass we do it the other way round: first the 1×1 convolution at every place, then the
# average over 2×2 places. Does that give the same for a single window? And how much faster is it for the whole picture?

# %%
scorer = as_convolution(head.layers[-1])
maps = base.get_layer("top_relu").output
one_pass = keras.Model(base.input, layers.AveragePooling2D(2, strides=1)(scorer(maps)))
single = one_pass.predict(windows, verbose=0)[:, 0, 0]
print(f"window by window: largest difference {np.abs(single - by_windows).max():.0e}")
in_one_pass, seconds_pass = timed(lambda: one_pass.predict(large[None], verbose=0)[0])
print(f"one pass is {seconds_windows / seconds_pass:.1f} times as fast")

# %% [markdown]
# On a single window the two networks agree up to rounding. In one pass over the large picture, the new one gives 15×15
# logits for each class. We turn them into probabilities with the softmax and draw them as **heat maps**: yellow is 1, and
# dark purple is 0. Do the windows and the single pass find the same objects?

# %%
by_windows = by_windows.reshape(15, 15, 3)
kinds, centres = many.labels[0], (many.boxes[0][:, :2] + many.boxes[0][:, 2:]) / 2
column, row = ((centres - 32) / 32).round().astype(int).T  # the first window: 32
panels, titles = [], []
for name, logits in {"windows": by_windows, "one pass": in_one_pass}.items():
    right = logits.argmax(axis=-1)[row, column] == kinds + 1
    print(f"{name}: the right class at the centre of {right.sum()} of {len(right)} objects")
    heat = ops.softmax(logits).numpy()
    panels += [large[16:-16, 16:-16], heat[..., 1], heat[..., 2]]
    titles += ["picture", f"handbag, {name}", f"shoe, {name}"]
plots.image_grid(
    panels,
    titles,
    columns=3,
    size=2.8,
    cmap="viridis",
    limits=(0, 1),
    alt="A large scene, and heat maps for handbag and shoe, by windows above and in one pass below.",
)

# %%
quiz.ask("08", "one-pass")

# %% [markdown]
# One pass saves only the pixels that windows share, so it isn't 225 times as fast. And its map is worse: it misses objects
# that the windows find, and it lights up where there is none.
#
# Why? A patch ends at its border, and the base pads it with zeros. In the large picture there are pixels beyond that
# border, and the deep layers see them. If that is the reason, then windows and one pass must agree wherever no zeros are in
# sight.
#
# We can test this on the map after stage 3. (A stage is a run of blocks with the same number of channels.) There, one
# place covers 8×8 pixels, and its receptive field (lesson 1b) is 67 pixels wide. So it reaches at most 34 pixels in
# each direction, less than five places.
#
# We cut a window of 192 pixels out of the large picture, and compare its map with the same part of the large map: the
# places along the upper edge, and those at least six places away from every edge. First we cut at 160, a multiple of 8,
# and then at 164, which is not. **Predict:** where do the two maps agree?

# %% tags=["nbval-check-output"]
shallow = keras.Model(base.input, base.get_layer("stage3_block2_add").output)
whole = shallow.predict(large[None], verbose=0)[0]  # one place for 8×8 pixels
for cut in (160, 164):
    window = shallow.predict(large[None, cut : cut + 192, cut : cut + 192], verbose=0)[0]
    part = whole[cut // 8 : cut // 8 + 24, cut // 8 : cut // 8 + 24]
    same = np.isclose(window, part, atol=1e-3).all(axis=-1)
    inner, edge = f"{same[6:18, 6:18].mean():.0%}", f"{same[0].mean():.0%}"
    print(f"cut at {cut}: {inner} of the inner places agree, {edge} along the upper edge")

# %% [markdown]
# At a multiple of the stride, all inner places agree up to rounding. They differ along the edge, where the window sees
# zeros. At 164 the window starts between two places of the large map, and nothing agrees. So one pass gives the same
# numbers as the windows on two conditions. Each window must start at a multiple of the stride, and each place may see
# only pixels of its own window.
#
# Our head reads the last map. There, each place sees more than the 64 pixels of a patch, so the head was trained with zeros in
# sight. The lesson: train a head on the kind of input it will get later. That is how we train the detector of section 3.

# %% [markdown] syllabus="I1"
# ## 2. When is a box right?
#
# A heat map says roughly where something is. A **detector** puts a box around each object. A box is four
# numbers, here the left, top, right and bottom edge in pixels. (Other programs give centre, width and height. Check
# before you mix them.)
#
# No prediction is right to the pixel, so we need a measure of how good it is. The usual one is **IoU**, intersection over
# union: the area that lies in both boxes, divided by the area that lies in at least one. A predicted box counts as
# correct if its IoU with the true box is at least 0.5.
#
# **Exercise 2.** Write `iou` for two boxes. The overlap reaches from the larger of the two left edges to the smaller
# of the two right edges, and likewise from top to bottom. What if the boxes are apart? Then the IoU is 0.


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


# %% [markdown]
# An IoU of 0.5 is stricter than it sounds. Move a box of 30 by 10 pixels sideways by 10 pixels. Two thirds of each box still
# overlap. But both together cover 40 by 10 pixels, so the IoU is 20 / 40, just enough.

# %% [markdown] syllabus="I1"
# ## 3. How can a network draw boxes?
#
# A network has a fixed number of outputs, but a scene may show one object or four. **YOLO**, "you only look once",
# solves this with a grid. Lay $S\times S$ cells over the picture. Each cell is responsible for the object whose centre
# lies in it. It predicts $B$ boxes, with five numbers for each: whether there is an object, the two coordinates of its
# centre, its width and its height. In addition, each cell predicts one number for each of the $C$ classes.
#
# The first YOLO, from 2016, had $S=7$, $B=2$ and $C=20$: $S\times S\times(B\cdot5+C)=7\times7\times30$ outputs. Ours has
# 12×12 cells, one box for each cell and two classes. How many outputs does each cell have? A cell is 16 pixels wide, and so is one place of the base's
# map after stage 5. So all we need is a small head on this map.

# %%
plots.flow(
    [
        plots.Box(test.images[example], "192×192×3"),
        plots.Box("base,\nfrozen", "to stage 5", "frozen"),
        plots.Box("12×12\n×112", "maps"),
        plots.Box("Conv2D\n3×3, 64", "", "new"),
        plots.Box("Conv2D\n1×1, 7", "", "new"),
        plots.Box("12×12\n×7", "outputs"),
    ],
    alt="A picture goes through the frozen base, then through two new convolutions that give seven numbers for each of 12 by 12 cells.",
)

# %% [markdown]
# The rest of the lesson uses three maps of the frozen base, with 48×48, 24×24 and 12×12 places. We compute them once, now.

# %% tags=["nbval-check-output"]
names = ["stage2_block2_add", "stage3_block2_add", "stage5_block3_add"]
stages = keras.Model(base.input, [base.get_layer(name).output for name in names])
train_maps = stages.predict(train.images, verbose=0)
test_maps = stages.predict(test.images, verbose=0)
print("maps of the test scenes:", *[maps.shape for maps in test_maps])

# %% [markdown]
# What should the network predict? For each object, we find the cell of its centre and write 1 · 5 + 2 = 7 numbers into it:
#
# - a 1 for "here is an object";
# - the position of its centre, x then y: how far it is from the cell's left and upper edge, as a fraction of the cell;
# - its width and its height, as fractions of the picture;
# - two numbers for the class: 1, 0 for a handbag and 0, 1 for a shoe.
#
# All other cells stay 0.
#
# **Exercise 3.** Write these numbers for one object. A cell is 16 pixels wide, and the picture 192. Say the object is a
# shoe, so `label` is 1, and its box is (44, 106, 92, 130). (A handbag has the label 0.) Its centre is at x = 68 and y =
# 118. In cells that is 68 / 16 = 4.25 and 118 / 16 = 7.375. So it lies in row 7 and column 4, and the numbers are 1,
# 0.25, 0.375, 0.25, 0.125, 0, 1.


# %% tags=["exercise"]
def encode(box, label):
    """Find the row and column of an object's cell, and the list of the seven numbers to write there."""
    left, top, right, bottom = box
    # row and column are whole numbers; return row, column, numbers
    return ...


# %% tags=["nbval-check-output"]
encode = check.exercise(check.encoded_box, encode, otherwise=check.box_to_cell)


# %% tags=["solution"]
def encode(box, label):
    """Find the row and column of an object's cell, and the list of the seven numbers to write there."""
    left, top, right, bottom = box
    x, y = (left + right) / 2 / 16, (top + bottom) / 2 / 16
    row, column = int(y), int(x)
    width, height = (right - left) / 192, (bottom - top) / 192
    numbers = [1, x - column, y - row, width, height, label == 0, label == 1]
    return row, column, numbers


# %% [markdown]
# Now we go the other way: we turn the numbers of all 144 cells back into boxes in pixels. A box has a **score** for each
# class: the product of two predictions, that there is an object, and that it belongs to this class.


# %%
def decode(grid):
    """Turn outputs, (12, 12, 7), into boxes, (144, 4), and scores, (144, 2)."""
    row, column = np.mgrid[:12, :12]
    x, y = (column + grid[..., 1]) * 16, (row + grid[..., 2]) * 16
    half_width, half_height = grid[..., 3] * 96, grid[..., 4] * 96  # half of 192
    edges = [x - half_width, y - half_height, x + half_width, y + half_height]
    scores = grid[..., :1] * grid[..., 5:]
    return np.stack(edges, axis=-1).reshape(-1, 4), scores.reshape(-1, 2)


# %% [markdown]
# If we encode the true boxes and decode them again, we must get the same boxes back. One thing can go wrong: if two
# centres fall into the same cell, the second overwrites the first. How often does that happen here?

# %% tags=["nbval-check-output"]
targets, worst = np.zeros((200, 12, 12, 7), "float32"), 0
for target, boxes, kinds in zip(targets, train.boxes, train.labels, strict=True):
    for box, kind in zip(boxes, kinds, strict=True):
        row, column, numbers = encode(box, kind)
        target[row, column] = numbers
        back = decode(target)[0][12 * row + column]
        worst = max(worst, np.abs(back - box).max())
print("boxes come back to a thousandth of a pixel:", bool(worst < 1e-3))
objects = sum(map(len, train.boxes))
print(f"{objects} objects in {int(targets[..., 0].sum())} cells")

# %% [markdown]
# Every box comes back, and no two centres share a cell. In a crowd, two centres often share a cell, and our
# detector can report only one of them. This is a known weakness of YOLO.

# %% [markdown] syllabus="I1"
# ## 4. How do we train it?
#
# The loss has three parts. Every cell has to say whether it holds a centre; this is its **objectness**. Box and class
# count only in the cells that do. In the others there is no true box to compare with.
#
# Objectness and the classes are yes-or-no questions. Their loss is the **binary cross-entropy**. Let $p$ be the
# predicted probability of *yes*: the loss is $-\log p$ if the truth is yes, and $-\log(1-p)$ if it is no.
#
# For the box we use squared errors. They are small numbers, so we multiply those of the centre by 5 and those of the
# size by 50. Otherwise the other parts would drown them out. (YOLO of 2016 used squared errors for all parts, and
# weighted some of them differently.)
#
# **Predict:** at the beginning every answer is near 0.5, and $-\log 0.5$ is about 0.7. How large is the objectness
# loss of all 144 cells together?


# %%
def detection_loss(truth, output):
    """Add objectness in all cells, and box and class in the cells that hold a centre."""
    present = keras.losses.binary_crossentropy(truth[..., :1], output[..., :1])
    centre = ops.sum((truth[..., 1:3] - output[..., 1:3]) ** 2, axis=-1)
    size = ops.sum((truth[..., 3:5] - output[..., 3:5]) ** 2, axis=-1)
    kind = keras.losses.binary_crossentropy(truth[..., 5:], output[..., 5:])
    in_cell = truth[..., 0] * (5 * centre + 50 * size + kind)
    return ops.sum(present + in_cell, axis=(1, 2))


# %% [markdown]
# The head is two convolutions. We put batch norm between them, and dropout before them: it sets three in ten of the
# inputs to 0 at random, so the head can't rely on any single one. The sigmoid keeps all seven numbers between 0 and 1.

# %%
keras.utils.set_random_seed(0)
inputs = keras.Input((12, 12, 112))
x = layers.Dropout(0.3)(inputs)
x = layers.Conv2D(64, 3, padding="same", use_bias=False)(x)
x = layers.ReLU()(layers.BatchNormalization()(x))
detector = keras.Model(inputs, layers.Conv2D(7, 1, activation="sigmoid")(x))
detector.compile(keras.optimizers.Adam(2e-3), detection_loss)
losses = detector.fit(train_maps[2], targets, batch_size=16, epochs=30, verbose=0)
losses = losses.history["loss"]
print(f"loss: {losses[0]:.1f} in the first epoch, {losses[-1]:.1f} in the last")

# %% [markdown]
# Objectness alone starts near 144 · 0.7, about 100. The mean of the first epoch is close to that: box and class add to
# the loss, but the network is already learning. In the end, little of it is left.
#
# Here are the detector's boxes on four test scenes. We keep all boxes with a score above 0.1, the highest first. The
# colour of a box shows its class, and the number at its corner is the score for this class.


# %%
def candidates(maps, threshold=0.1):
    """Predict boxes and scores for many pictures, the highest score first."""
    found = []
    for grid in detector.predict(maps, verbose=0):
        boxes, scores = decode(grid)
        best = scores.max(axis=1)
        order = np.argsort(-best)[: np.sum(best > threshold)]
        found.append((boxes[order], scores[order]))
    return found


raw = candidates(test_maps[2])
boxes, scores = zip(*[raw[number] for number in shown], strict=True)
plots.places(
    test.images[shown],
    boxes=boxes,
    scores=scores,
    names=NAMES,
    size=2.6,
    alt="Four scenes. Most handbags and shoes have two or three boxes of about the right size.",
)

# %% [markdown] syllabus="I1"
# ## 5. Which of the boxes do we keep?
#
# Neighbouring cells see nearly the same pixels, so they report the same object, with a lower score. **Non-maximum
# suppression**, NMS for short, keeps only the best:
#
# 1. Take the box with the highest score and keep it.
# 2. Throw away all boxes whose IoU with it is above 0.5.
# 3. Repeat with the boxes that are left, until there are none.
#
# **Exercise 4.** Write it as a function. Return the list of the indices of the boxes that you keep, the best box first.
# Your `iou` takes two boxes, and `list(np.argsort(-scores))` lists the indices from the highest score to the lowest. Each
# round must make this list shorter. (If the cell doesn't end, stop it with the square button.)


# %% tags=["exercise"]
def keep_best(boxes, scores):
    """List the indices of the boxes that non-maximum suppression keeps, the best one first."""
    return ...


# %% tags=["nbval-check-output"]
keep_best = check.exercise(check.kept_boxes, keep_best, otherwise=check.best_boxes)


# %% tags=["solution"]
def keep_best(boxes, scores):
    """List the indices of the boxes that non-maximum suppression keeps, the best one first."""
    rest, kept = list(np.argsort(-scores)), []
    while rest:
        best = rest.pop(0)
        kept.append(best)
        rest = [other for other in rest if iou(boxes[best], boxes[other]) <= 0.5]
    return kept


# %% [markdown]
# Most detectors suppress boxes of each class separately. We do it for both classes together, because two boxes that share
# most of their area can't be a handbag and a shoe.


# %%
def suppress(found):
    """Keep the best boxes of each picture."""
    kept = [keep_best(boxes, scores.max(axis=1)) for boxes, scores in found]
    return [(boxes[i], scores[i]) for (boxes, scores), i in zip(found, kept, strict=True)]


detections = suppress(raw)
before, after = (sum(len(boxes) for boxes, _ in found) for found in (raw, detections))
total = sum(map(len, test.boxes))
print(f"{before} boxes before suppression, {after} after, for {total} objects")
boxes, scores = zip(*[detections[number] for number in shown], strict=True)
plots.places(
    test.images[shown],
    boxes=boxes,
    scores=scores,
    names=NAMES,
    size=2.6,
    alt="The same four scenes with one box on every handbag and shoe.",
)

# %% [markdown]
# In these four scenes, every object has one box now, in the colour of its class. Some scores are low, perhaps because nearly
# all cells are empty. And over all scenes there are more boxes than objects, so some must be wrong. How many?

# %% [markdown] syllabus="I1"
# ## 6. How good is the detector?
#
# Accuracy doesn't help here, because there is no fixed number of answers to divide by. A detector makes two kinds of
# mistakes. A **false positive** is a box that fits no object of its class well enough, or a second box for the same
# object. A **false negative** is an object that it misses.
#
# We go through all boxes of one class, from the highest score to the lowest. A box is a **hit**, or true positive, if its
# IoU with an object of its class is at least 0.5, and if no box before it has claimed this object. **Predict:** two boxes lie
# around the same shoe. The first has the score 0.9 and an IoU of 0.6, the second 0.7 and 0.8. Which of them is a hit?


# %%
def ranked_boxes(kind):
    """List (score, number of the scene, box) for a class, the highest score first."""
    entries = [
        (score[kind], number, box)
        for number, (boxes, scores) in enumerate(detections)
        for box, score in zip(boxes, scores, strict=True)
        if score.argmax() == kind
    ]
    return sorted(entries, key=lambda entry: -entry[0])


# %%
def hits_of(kind, threshold=0.5):
    """Tell for each box of a class whether it is a hit, and count the objects."""
    pairs = zip(test.boxes, test.labels, strict=True)
    # the objects that no box has claimed yet, scene by scene
    unclaimed = [list(boxes[labels == kind]) for boxes, labels in pairs]
    total, hits = sum(map(len, unclaimed)), []
    for _, number, box in ranked_boxes(kind):
        overlaps = [iou(box, other) for other in unclaimed[number]]
        hits.append(max(overlaps, default=0) >= threshold)
        if hits[-1]:
            unclaimed[number].pop(int(np.argmax(overlaps)))
    return np.array(hits), total


# %% [markdown]
# Only the first is a hit: the higher score chooses first, not the higher IoU.
#
# Suppose we stop after some number of boxes. **Precision** is the fraction of hits among the boxes so far. **Recall** is the
# fraction of all objects found so far. The further we go down the list, the more we find, and the more mistakes we make.
#
# **Average precision**, AP, sums this up in one number, roughly the area under the curve of precision against recall. At
# each hit, note the precision so far. An object that is never found counts as 0. Then take the mean over all objects. Say there
# are four objects, and the boxes are hit, miss, hit. The precision at the hits is 1 and 2/3, and two objects are never found:
# AP = (1 + 2/3 + 0 + 0) / 4 = 0.42.
#
# **Exercise 5.** Write `average_precision`. `hits` holds `True` or `False` for each box, the highest score first, and
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


# %% [markdown]
# With an IoU threshold of 0.5, we write AP@0.5. The mean over all classes is called **mAP**. (Benchmarks smooth the curve
# first, so their numbers are slightly higher.)

# %%
curves, ap = {}, {}
for kind, name in enumerate(NAMES):
    hits, total = hits_of(kind)
    so_far = np.cumsum(hits)
    recall, precision = so_far / total, so_far / np.arange(1, len(hits) + 1)
    curves[name] = recall, precision
    ap[name] = average_precision(hits, total)
    counts = f"{total} objects, {len(hits)} boxes, {so_far[-1]} hits"
    print(f"{name:8} {counts}, AP@0.5 {ap[name]:.2f}")
print(f"mAP: {np.mean(list(ap.values())):.2f}")
plots.curves(
    curves,
    xlabel="recall: fraction of objects found",
    ylabel="precision: fraction of boxes right",
    ylim=(0.6, 1.02),
    alt="Precision against recall for handbags and shoes: both start at 1, and shoes fall earlier; the axis begins at 0.6.",
)

# %%
quiz.ask("08", "curve")

# %% [markdown]
# In this run 28 of the 223 boxes are wrong, and 10 of the 205 objects are missed. Handbags are easier than shoes here:
# their curve stays high for longer.
#
# But the test scenes come from the same program as the training scenes. What does the detector do with a real photo? This one
# shows a cup of coffee: no handbag and no shoe, so the right answer is no box at all.

# %%
square = layers.Resizing(192, 192, crop_to_aspect_ratio=True)
photo = square(skimage.data.coffee()[None]).numpy()
boxes, scores = suppress(candidates(stages.predict(photo, verbose=0)[2]))[0]
print(f"{len(boxes)} boxes, the highest score: {scores.max():.2f}")
plots.places(
    photo.astype("uint8"),
    boxes=[boxes],
    scores=[scores],
    names=NAMES,
    size=3.2,
    alt="A photo of a cup of coffee with the boxes that the detector draws.",
)

# %% [markdown]
# Every one of these boxes is a false positive, and one of them even scores higher than some correct boxes in our
# scenes. One likely reason is that the detector has only ever seen drawings. To detect things in photos, you need
# thousands of photos with boxes. ("Going further" explains how an older detector, R-CNN, works without a grid.)

# %% [markdown] syllabus="I3"
# ## 7. What does each pixel show?
#
# A handbag isn't a rectangle. **Semantic segmentation** gives every pixel a class: background, handbag or shoe. Again we
# measure it by IoU, once for each class: the number of pixels in both masks, divided by the number in at least one.
#
# Can we read the class from colour alone? We divide the colours into 16×16×16 bins and count how often each class falls
# into each bin. A test pixel then gets the class for which its colour is most typical. For comparison, we also give
# every pixel a class at random, or always the class "background".


# %%
def class_iou(output, truth):
    """IoU of background, handbag and shoe over all pixels of all pictures."""
    masks = [(output == kind, truth == kind) for kind in range(3)]
    return np.array([np.sum(a & b) / np.sum(a | b) for a, b in masks])


def colour_bins(images):
    """Number the colour of each pixel from 0 to 4095."""
    return images.astype(int) // 16 @ [256, 16, 1]


bins = colour_bins(train.images)
seen = [np.bincount(bins[train.masks == kind], minlength=4096) for kind in range(3)]
typical = np.argmax([count / count.sum() for count in seen], axis=0)
colour_iou = class_iou(typical[colour_bins(test.images)], test.masks)
chance = class_iou(rng.integers(0, 3, test.masks.shape), test.masks)
always = class_iou(np.zeros_like(test.masks), test.masks)
print("IoU of background, handbag, shoe")
results = {"by colour": colour_iou, "at random": chance, "always background": always}
for name, result in results.items():
    print(f"{name:18} {result.round(2)}")

# %% [markdown]
# For handbags and shoes, colour is hardly better than chance. For the background it is even worse than always answering
# "background". To classify a pixel we need its surroundings, and the base sees those. But its maps get smaller and
# smaller, and we want an answer as large as the picture. We need a layer that makes maps larger.
#
# ### A transposed convolution
#
# In lesson 1b a convolution was a large matrix: 36 pixels went in, and 16 sums came out. The transpose of this matrix
# turns 16 numbers into 36. That is all that a **transposed convolution** is. It gives back the size, not the
# pixels: it is not the inverse of a convolution.
#
# Picture it like this: each number of the small map puts down a copy of the kernel, multiplied by that number. Where copies
# overlap, they are added. In one row, with a stride of 2: the map (1, 2) and the kernel (1, 1, 1) give (1, 1, 3, 2, 2).
#
# **Exercise 6.** Write it for one small map, a square kernel and a stride. The output has `(rows - 1) * stride + side`
# rows, where `side` is the side of the kernel. The same rule gives its columns. Where does the copy for row i and column j begin?


# %% tags=["exercise"]
def transposed(small, kernel, stride):
    """Put down a copy of the kernel for each number of a small map, and add up where they overlap."""
    return ...


# %% tags=["nbval-check-output"]
check.exercise(check.transposed, transposed)


# %% tags=["solution"]
def transposed(small, kernel, stride):
    """Put down a copy of the kernel for each number of a small map, and add up where they overlap."""
    side = len(kernel)
    output = np.zeros([(count - 1) * stride + side for count in small.shape])
    for i, j in np.ndindex(small.shape):
        top, left = i * stride, j * stride
        output[top : top + side, left : left + side] += small[i, j] * kernel
    return output


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
# With a stride of 2, a map becomes about twice as large. All inputs are 1 now. Predict the outputs of three layers: a kernel
# of 3×3 ones; a kernel of 2×2 with the weights 1, 2, 3 and 4; and `UpSampling2D`, which repeats each number, followed by an
# ordinary 3×3 convolution with the weights 1, 1 and 2 on a diagonal.

# %%
ones = np.ones((1, 4, 4, 1), "float32")
three = layers.Conv2DTranspose(1, 3, strides=2, kernel_initializer="ones")
two = layers.Conv2DTranspose(1, 2, strides=2, use_bias=False)
two.build(ones.shape)
two.set_weights([np.arange(1.0, 5).reshape(2, 2, 1, 1)])
ordinary = layers.Conv2D(1, 3, use_bias=False)
ordinary.build((1, 8, 8, 1))
ordinary.set_weights([np.diag([1.0, 1, 2])[..., None, None]])
outputs = [three(ones), two(ones), ordinary(layers.UpSampling2D(2)(ones))]
plots.number_grid(
    [output[0, ..., 0] for output in outputs],
    ["kernel 3, stride 2", "kernel 2, stride 2", "repeated, then 3×3"],
    alt="Ones, twos and fours in a checkerboard; blocks of 1, 2, 3 and 4; and fours everywhere.",
)

# %% [markdown]
# On the left, the copies overlap in some places and not in others: the inside shows 1, 2 and 4 although all inputs are 1. In
# pictures that a network generates, you can see this pattern, a **checkerboard**.
#
# In the middle, the kernel's side is a multiple of the stride, so every place gets the same number of copies, here one.
# But the four weights may differ, and then there is still a pattern. On the right there is none: every place is
# computed with the same nine weights from equal numbers.

# %% [markdown] syllabus="I3"
# ### The U-Net
#
# A **U-Net** has two halves. The first half, the **encoder**, makes the maps smaller; ours is the frozen base. The second half,
# the **decoder**, makes them larger again, with transposed convolutions. At each size the decoder also gets the encoder's
# map of that size, through a **skip connection**. The small maps tell us *what* is there, and the large maps tell us *where*
# its edges are.

# %%
plots.flow(
    [
        plots.Box(test.images[example], "192×192"),
        plots.Box("stage 2", "48×48\n×24", "frozen"),
        plots.Box("stage 3", "24×24\n×40", "frozen"),
        plots.Box("stage 5", "12×12\n×112", "frozen"),
        plots.Box("up", "24×24\n×48", "new"),
        plots.Box("up again", "48×48\n×32", "new"),
        plots.Box("classes", "48×48\n×3", "new"),
    ],
    skip=[(1, 5), (2, 4)],
    alt="A picture, three stages of the frozen base, and two steps up again; skip connections lead from stage 2 and stage 3 to the step of the same size.",
)

# %% [markdown]
# (In lesson 4 a residual block *added* its input. Here `Concatenate` stacks the channels instead.) The numbers in one
# map are much larger than those in another, so each map goes through batch norm first. A model with several inputs
# takes a list of arrays.
#
# We stop at 48×48 places. As target we take every fourth pixel of the mask, and in the end we repeat each predicted class four
# times in each direction. The loss is the cross-entropy of section 1, now at every place.

# %%
keras.utils.set_random_seed(0)
inputs = [keras.Input(maps.shape[1:]) for maps in train_maps]
x = layers.BatchNormalization()(inputs[2])
x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
for encoder_map, filters in ((inputs[1], 48), (inputs[0], 32)):
    x = layers.Conv2DTranspose(filters, 2, strides=2, activation="relu")(x)
    x = layers.Concatenate()([x, layers.BatchNormalization()(encoder_map)])
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
unet = keras.Model(inputs, layers.Conv2D(3, 1)(x))

# %%
unet.compile(keras.optimizers.Adam(2e-3), cross_entropy)
targets_of_places = train.masks[:, 2::4, 2::4]  # from the middle of each place
unet.fit(train_maps, targets_of_places, batch_size=8, epochs=10, verbose=0)
predicted = unet.predict(test_maps, verbose=0).argmax(axis=-1)
predicted = predicted.repeat(4, axis=1).repeat(4, axis=2)  # back to 192×192
unet_iou = class_iou(predicted, test.masks)
print("IoU of the U-Net for background, handbag, shoe:", unet_iou.round(2))
plots.places(
    test.images[shown * 2],
    [*["true mask"] * 4, *["predicted mask"] * 4],
    masks=[*test.masks[shown], *predicted[shown]],
    names=NAMES,
    size=2.4,
    alt="Four test scenes with the true masks above and the U-Net's masks below.",
)

# %%
quiz.ask("08", "unet")

# %% [markdown]
# In this run the U-Net's IoU is far above that of colour. Now look closer. Edges are rough, thin handles are partly
# lost, and parts of some objects get the wrong class, because nothing forces neighbouring places to agree. Two handbags
# that touch would become one blue area. Telling them apart is called **instance segmentation**.

# %% [markdown] syllabus="I4"
# ## 8. Where are the heel, the toe and the top?
#
# The third kind of answer is a list of key points. For people these are shoulders, elbows and knees, and the task is
# called **pose estimation**. Our shoes have three: the *heel* (the back end of the sole), the *toe* (the foremost
# point) and the *top* (the highest point of the shoe when it stands upright; the middle, if several pixels are
# highest).
#
# We cut out each shoe by its true box, with a margin, and resize the cut-out to 96×96 pixels. (In use, a detector would
# give the box. Where the cut-out reaches beyond the scene, it is black.) Mirror images give us twice as many shoes to
# learn from. We give points as fractions of the cut-out's side. **Predict:** a heel is at x = 0.3. What is its x in the
# mirror image?

# %%
shoes, points = drawings.shoe_cutouts(train)  # points as fractions of the side
shoes = np.concatenate([shoes, shoes[:, :, ::-1]])  # and their mirror images
points = np.concatenate([points, points * [-1, 1] + [1, 0]])  # x becomes 1 - x
test_shoes, test_points = drawings.shoe_cutouts(test)
shoe_maps = stages.predict(shoes, verbose=0)[1:]
test_shoe_maps = stages.predict(test_shoes, verbose=0)[1:]
print(f"{len(shoes)} shoes to learn from, {len(test_shoes)} to test on")
print("maps:", *[maps.shape[1:] for maps in shoe_maps])

# %% [markdown]
# **As coordinates.** Three points are six numbers, an x and a y for each. So the last layer has six outputs between 0 and 1.
# The loss is the mean squared error. This is **regression**: the answer is a quantity, not a class.

# %%
keras.utils.set_random_seed(0)
inputs = [keras.Input(maps.shape[1:]) for maps in shoe_maps]
fine, coarse = [layers.BatchNormalization()(maps) for maps in inputs]
x = layers.Conv2D(48, 3, strides=2, padding="same", activation="relu")(fine)
x = layers.Concatenate()([x, coarse])
x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
outputs = layers.Reshape((3, 2))(layers.Dense(6, activation="sigmoid")(x))
regression = keras.Model(inputs, outputs)
regression.compile(keras.optimizers.Adam(1e-3), "mse")
regression.fit(shoe_maps, points, batch_size=16, epochs=30, verbose=0)
by_numbers = regression.predict(test_shoe_maps, verbose=0)

# %% [markdown]
# **As heat maps.** For each point, the network draws a map of 12×12 places, and a softmax runs over its places. So "Where is
# the heel?" becomes a choice among 144 places. The network is a small U-Net on the same two maps.

# %%
keras.utils.set_random_seed(0)
inputs = [keras.Input(maps.shape[1:]) for maps in shoe_maps]
fine, coarse = [layers.BatchNormalization()(maps) for maps in inputs]
x = layers.Conv2D(48, 3, padding="same", activation="relu")(coarse)
x = layers.Conv2DTranspose(48, 2, strides=2, activation="relu")(x)
x = layers.Concatenate()([x, fine])
x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
x = layers.Reshape((144, 3))(layers.Conv2D(3, 1)(x))
x = layers.Permute((2, 1))(x)  # (3, 144): one softmax for each point
heat_maps = keras.Model(inputs, layers.Softmax()(x))

# %% [markdown]
# The target is a bell-shaped bright spot around the true point, a **Gaussian**. We divide it by its sum, so that it adds up to 1,
# as the softmax does. To read off a point, we take the mean of all places, weighted by their heat. It can lie between two places.

# %%
places, width = (np.arange(12) + 0.5) / 12, 0.05  # fractions of the side
centres = np.stack(np.meshgrid(places, places), axis=-1).reshape(144, 2)
distance = np.linalg.norm(points[:, :, None] - centres, axis=-1)  # (shoes, 3, 144)
spots = np.exp(-(distance**2) / (2 * width**2))
spots = spots / spots.sum(axis=-1, keepdims=True)
heat_maps.compile(keras.optimizers.Adam(1e-3), "categorical_crossentropy")
heat_maps.fit(shoe_maps, spots, batch_size=16, epochs=15, verbose=0)
by_heat = heat_maps.predict(test_shoe_maps, verbose=0) @ centres

# %% [markdown]
# Which way is more accurate? We compare the mean distance to the true points, in pixels of the cut-out, shoe by shoe.
# Could the difference be luck? We count the shoes for which the heat maps are closer. As in lesson 3, p is the
# probability that coin tosses would come out at least as unevenly. (In the figure, hollow markers show the true
# points.)

# %%
guesses = {
    "always the mean point": np.broadcast_to(points.mean(axis=0), test_points.shape),
    "coordinates": by_numbers,
    "heat maps": by_heat,
}
errors = {}
for name, guess in guesses.items():
    errors[name] = 96 * np.linalg.norm(guess - test_points, axis=-1).mean(axis=1)
    print(f"{name:22} mean error {errors[name].mean():5.1f} pixels")
better = int(np.sum(errors["heat maps"] < errors["coordinates"]))
p = stats.binomtest(better, len(test_points)).pvalue
print(f"heat maps are closer for {better} of {len(test_points)} shoes, p = {p:.2g}")

# %%
plots.places(
    [*test_shoes[:4]] * 2,
    [
        f"{name}: {error:.0f} px"
        for name in ("coordinates", "heat maps")
        for error in errors[name][:4]
    ],
    points=[*(96 * by_numbers[:4, None]), *(96 * by_heat[:4, None])],
    known=[*(96 * test_points[:4, None])] * 2,
    marks=POINTS,
    size=2.4,
    alt="Four shoes with heel, toe and top as found by coordinates above and by heat maps below; hollow markers show where they are.",
)

# %%
quiz.ask("08", "points")

# %% [markdown]
# Over all test shoes the heat maps win clearly. The four in the figure don't show it: for two of them the coordinates
# are closer, and for one the two are about equally good. Four examples are too few to judge by.
#
# Both networks read the same maps of the base. One likely reason is
# this. A dense layer has to learn for each place of the map what that place means in pixels. A convolution learns once what
# a heel looks like, and can say "here" anywhere. The test compares only these two trained
# networks, which also differ in their number of epochs. To compare the two
# recipes, train each with several seeds.
#
# ## Key numbers

# %%
plots.key_numbers(
    {
        "AP@0.5, handbag": ap["handbag"],
        "AP@0.5, shoe": ap["shoe"],
        "boxes before and after suppression": f"{before} and {after}",
        "IoU by colour, mean of handbag and shoe": colour_iou[1:].mean(),
        "IoU of the U-Net, mean of handbag and shoe": unet_iou[1:].mean(),
        "error of coordinates, pixels": errors["coordinates"].mean(),
        "error of heat maps, pixels": errors["heat maps"].mean(),
        "shoes for which heat maps are closer": f"{better} of {len(test_points)}",
    }
)

# %% [markdown]
# ## Key points
#
# - A dense head is a 1×1 convolution. Apply it to the map of a large picture, and one pass does the work of all windows. But
#   then train it on such maps, because each place sees beyond its window.
# - IoU measures how well two boxes or two masks agree: the area in both, divided by the area in at least one.
# - YOLO lays a grid over the picture. The cell that holds an object's centre predicts its box and its class.
# - Non-maximum suppression keeps the best of several boxes around the same object.
# - Precision is the fraction of boxes that are right, recall the fraction of objects that are found. AP sums up both in one
#   number.
# - A transposed convolution multiplies by the transposed matrix: each number puts down a copy of the kernel. If the
#   kernel's side is not a multiple of the stride, the copies overlap unevenly and leave a checkerboard.
# - A U-Net combines small maps, which say what is there, with large maps, which say where.
# - Points can be predicted as coordinates or as heat maps. On our shoes the heat maps were more accurate.
#
# The main words of this lesson: fully convolutional, heat map, IoU, objectness, non-maximum suppression, precision,
# recall, average precision, semantic segmentation, transposed convolution, U-Net, skip connection, key point.
#
# ## Where next
#
# - In [lesson 9](09_pictures_in_pictures_out.ipynb), the output is a picture, and in the end a move in a game.
# - Look back at [lesson 6b](06b_explanations.ipynb): its heat maps come from a classifier that was never shown a box.
#
# ## Going further
#
# - **Another threshold.** AP@0.5 is generous. Compute `average_precision(*hits_of(0, 0.75))`. How much lower is it, and which
#   mistakes does the stricter threshold punish?
# - **Fewer scenes.** Train the detector on the first 50 scenes only. How far does AP fall?
# - **Without skip connections.** In the loop of the U-Net, delete the line with `Concatenate`, and train again. How far
#   does each IoU fall, and where do you see it in the masks?
# - **Other seeds.** Train both networks for key points with the seeds 1 and 2. Do the heat maps win each time?
# - **Without our helpers.** `keras.applications.MobileNetV2(input_shape=(192, 192, 3), include_top=False)` will do as a base. Its
#   layers `block_3_expand_relu`, `block_6_expand_relu` and `block_13_expand_relu` give 48×48, 24×24 and 12×12 places. Scale the
#   pictures with its `preprocess_input`.
# - **Your own photo.** Stand a shoe and a bag in front of a plain wall, and take a photo from the side. Crop it to a
#   square, and read it with `np.asarray(Image.open("photo.jpg").convert("RGB"))`. Put this in place of
#   `skimage.data.coffee()`.

# %% [markdown] syllabus="I1"
# ### Two stages: R-CNN
#
# **R-CNN** (2014) came two years before YOLO and works in two stages. First, an older method without learning proposes
# about 2,000 regions that might hold an object: the **region proposals**. Then each region is cut out, resized and run
# through a CNN. A linear classifier names the object from the CNN's features, and a regression corrects the box.

# %%
regions = Image.fromarray(test.images[example])
pen = ImageDraw.Draw(regions)
for left, top, wide, high in rng.uniform((0, 0, 30, 30), (130, 130, 90, 90), (12, 4)):
    pen.rectangle([left, top, left + wide, top + high], outline="white", width=2)
plots.flow(
    [
        plots.Box(np.asarray(regions), "2,000 regions"),
        plots.Box("cut out,\nresize"),
        plots.Box("CNN", "for each"),
        plots.Box("class and\nbetter box"),
        plots.Box("NMS"),
    ],
    alt="R-CNN: a picture with many regions; each is cut out and goes through a CNN, which gives a class and a better box; then non-maximum suppression.",
)

# %% [markdown]
# R-CNN was accurate but slow: 2,000 passes for one photo. Fast R-CNN takes the step from section 1: it runs the CNN once and
# cuts the regions out of its maps. Faster R-CNN lets the network propose the regions, too.

# %% [markdown]
# The papers, by year:
#
# - Ross Girshick and others, *Rich feature hierarchies for accurate object detection and semantic segmentation*, 2014 (R-CNN).
# - Jonathan Tompson and others, *Joint training of a convolutional network and a graphical model for human pose estimation*,
#   2014 (heat maps).
# - Tsung-Yi Lin and others, *Microsoft COCO: common objects in context*, 2014 (how long a mask takes).
# - Jonathan Long and others, *Fully convolutional networks for semantic segmentation*, 2015.
# - Olaf Ronneberger and others, *U-Net: convolutional networks for biomedical image segmentation*, 2015.
# - Joseph Redmon and others, *You only look once: unified, real-time object detection*, 2016.
# - Augustus Odena and others, *Deconvolution and checkerboard artifacts*, 2016.
#
# *Text and drawings: CC BY 4.0. Code: MIT. Weights of EfficientNet-Lite0: Apache-2.0.*

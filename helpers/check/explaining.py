"""Instant checks of lesson 6b: Grad-CAM's two steps, an opened base, covering, overlap, saliency."""

from collections.abc import Callable

import numpy as np

from helpers.check import compare
from helpers.check.compare import attempt, call, judge, name_of, passed, require, returned, with_hints

GRAY = 128
# What an error says (a pattern), and what helps then.
ARRAYS = {
    "truth value": "For arrays write & instead of and, | instead of or, np.maximum instead of max.",
    "bitwise": "Python divides before it does & and |. Give each area brackets, inside its own np.sum.",
    "'float' object cannot be interpreted": "range and np.zeros need whole numbers. Divide with // there.",
    "interpreted as an integer|as a data type": "Give several axes in round brackets, as in axis=(0, 1).",
    "name 'relu'": "NumPy has no relu. np.maximum(x, 0) does the same.",
    "out of bounds for axis": "Not all arrays have the sizes of the lesson. Take them from shape or size.",
    "at least one array": "The list is empty. Is copies.append(copy) inside the inner loop?",
}
MODELS = {
    "not connected": "The maps start at the input of the base. Begin there, at base.input.",
    "incompatible with the layer": "Make no new keras.Input. Begin at the input of the base, base.input.",
    "No such layer": "Use the argument layer, not the name of one layer.",
    "KerasTensor": "Does each entry end in .output, and does the model begin at base.input?",
    "positional argument": "The two outputs go into one list: keras.Model(inputs, [maps, features]).",
    "'str' object|no attribute 'layer'|not str": "layer is a name. base.get_layer(layer) gives the layer.",
}
TAPES = {
    "NoneType": "The gradient is None. Is the picture watched, is network(picture) inside the with, and does "
    "tape.gradient get the score first, then the picture?",
    "_id": "network.predict gives plain numbers, which no tape can follow. Call network(picture).",
    "ncompatible with the layer": "The network takes many pictures at once. Keep the axis of picture[None].",
    "Passed in object": "A tape watches tensors only. Keep the line that makes one of the picture.",
    "slice index": "The logits have two axes, pictures and classes: [0, target].",
    "for array of dimension": "The gradient of one picture has rows, columns and colours: axis=-1.",
    "to unpack": "This network has one output, the logits: network(picture)[0, target].",
    "truth value": "Python's max doesn't work on arrays. Use tf.reduce_max(..., axis=-1).",
    "non-persistent": "Ask the tape only once, and keep the answer in a variable.",
    "EagerTensor": "Make the tensor an array first, gradient.numpy(), or use tf.abs and tf.reduce_max.",
}


def channel_weights(function: Callable) -> None:
    """Check channel_weights(gradients) -> for each channel the mean over all places."""
    rng = np.random.default_rng()
    for shape in ((6, 6, 8), (3, 5, 4)):
        g = rng.normal(0, 2, shape)
        wanted = rng.uniform(0.5, 1.5, shape[2]) * np.resize([1, -1], shape[2])  # some means are negative
        g += wanted - g.mean(axis=(0, 1))
        slips = (
            (g.mean(), "That is one number for all channels together. Each channel needs its own."),
            (g.mean(axis=2), "That averages over the channels. Average over rows and columns."),
            (g.mean(axis=0), "That averages over the rows only. The columns are places too."),
            (g.mean(axis=1), "That averages over the columns only. The rows are places too."),
            (g.mean(axis=(1, 2)), "Rows and columns are axes 0 and 1 here: there is no axis for pictures."),
            (g.sum(axis=(0, 1)), "That is the sum over the places. Divide by their number."),
            (g.sum(axis=(0, 1)) / len(g), "len counts the rows only. Divide by the number of all places."),
            (g.sum(axis=(0, 1)) / 36, "Not all maps have 36 places. Let mean count them."),
            (g.mean(axis=0).mean(axis=1), "After one mean the columns are axis 0. Use axis=(0, 1) at once."),
            (g.mean(axis=(0, 1), keepdims=True), "Leave out keepdims: one number for each channel."),
            (g.max(axis=(0, 1)), "That is the largest gradient of each channel, not the mean."),
            (np.abs(g).mean(axis=(0, 1)), "A negative gradient must count as negative."),
            (np.abs(wanted), "A negative mean stays negative."),
            (np.maximum(wanted, 0), "Keep negative means: the ReLU comes later, after the sum."),
            (np.maximum(g, 0).mean(axis=(0, 1)), "Keep negative gradients: the ReLU comes after the sum."),
        )
        _compare(function, (g,), wanted, slips)
    passed(function, "one weight for each channel")


def heat_map(function: Callable) -> None:
    """Check heat_map(maps, weights) -> the weighted sum of the channels, its negative places set to 0."""
    rng = np.random.default_rng()
    for rows, columns, channels in ((6, 6, 8), (3, 5, 4)):
        maps, weights = _drawn(rng, rows, columns, channels)
        each, total = maps * weights, np.einsum("ijk,k->ij", maps, weights)
        kept = np.maximum(each, 0)
        slips = (
            (total, "The negative places are still there. Make them 0."),
            (kept.sum(axis=2), "Keep negatives until the channels are added up. Only then comes the ReLU."),
            (total.max(axis=0), "np.max(x, 0) looks along axis 0. np.maximum(x, 0) makes negative sums 0."),
            (kept, "This still has all channels. Add them up: sum(axis=-1)."),
            (np.maximum(each.sum(axis=(0, 1)), 0), "This adds up the places. Add the channels: axis=-1."),
            (each.sum(), "Add up only the channels: axis=-1."),
            (max(each.sum(), 0), "Add up only the channels: axis=-1."),
            (maps.sum(axis=2), "The weights seem to be left out."),
            (np.maximum(total, 0) / channels, "That is the mean over the channels. Add them up."),
            (np.abs(total), "A negative sum should become 0; np.abs makes it positive."),
            (np.minimum(total, 0), "The negative sums are kept and the positive ones are 0."),
        )
        _compare(function, (maps, weights), np.maximum(total, 0), slips)
    passed(function, "the weighted sum, without its negative places")


def _drawn(rng, rows, columns, channels):
    """Draw until some places are positive and some negative, by far."""
    while True:
        maps, weights = rng.uniform(0, 2, (rows, columns, channels)), rng.normal(0, 1, channels)
        total = maps @ weights
        if total.min() < -0.5 and total.max() > 0.5 and weights.min() < -0.2 and weights.max() > 0.2:
            return maps, weights


def covered_copies(function: Callable) -> None:
    """Check covered_copies(image, patch, stride) -> a copy for each place, with a gray square there."""
    rng = np.random.default_rng()
    for (height, width), patch, stride in (((12, 12), 4, 4), ((12, 12), 4, 2), ((11, 17), 5, 3)):
        image = rng.integers(0, 100, (height, width, 3)).astype("float32")
        tops, lefts = np.arange(0, height - patch + 1, stride), np.arange(0, width - patch + 1, stride)
        corners = [(top, left) for top in tops for left in lefts]
        what = f"{name_of(function)}(an image of {height}×{width}, patch={patch}, stride={stride})"
        got = with_hints(ARRAYS, call, function, image, patch, stride)
        if isinstance(got, list) and got and all(np.shape(one) == image.shape for one in got):
            raise AssertionError(f"{what} returned a list. Make one array of it: np.stack(copies).")
        require(isinstance(got, np.ndarray), f"{what} returned {returned(got)}, not an array.")
        told = f"{what} returned an array of shape {got.shape}. Needed are whole pictures, one for each place"
        told += f": (places, {height}, {width}, 3)."
        require(got.ndim == 4 and got.shape[1:] == image.shape, told)
        if height != width:
            hint = "Height and width may differ: shape[0] goes down, shape[1] across."
        elif len(got) in (1, len(lefts)):
            hint = "Is the append in the inner loop, the one over the columns?"
        elif len(got) < len(corners):
            hint = "Some positions are missing. The last one counts too, and range stops before its end."
        else:
            hint = "Does the square move by stride, and stay inside? Take all sizes from the arguments."
        require(len(got) == len(corners), f"{what} returned {len(got)} picture{'s' * (len(got) > 1)}. {hint}")
        for number, corner in enumerate(corners):
            alone = number == 0 and not np.array_equal(got[0], got[1])  # nothing can be left of another
            others = [] if alone else corners
            _check_copy(f"{what}: picture {number}", got[number], image, patch, stride, corner, others)
    passed(function, "every place once, one gray square in each copy")


def _check_copy(what, copy, image, patch, stride, corner, corners):
    changed = np.any(copy != image, axis=2)
    ends = "A slice stops before its second number: does the square end at top + patch and left + patch?"
    require(changed.any(), f"{what} has nothing covered. {ends if any(corner) else ''}".rstrip())
    wanted = np.zeros(image.shape[:2], bool)
    wanted[_where(patch, corner)] = True
    if changed.sum() > patch**2:
        several = any(changed[_where(patch, other)].all() for other in corners if other != corner)
        hint = "Does each place start from a fresh image.copy()?"
        hint = hint if several else "The square has `patch` rows and columns; nothing else changes."
        raise AssertionError(f"{what} has {changed.sum()} pixels covered, not {patch**2}. {hint}")
    if not np.array_equal(changed, wanted):
        rows, columns = np.nonzero(changed)
        top, left = int(rows.min()), int(columns.min())
        here, hint = (top, left) == corner, f"Its square has {patch} rows and columns."
        if not here and changed.sum() == patch**2:
            hint = "Do the rows and columns go on by stride?"
            if (top * stride, left * stride) == corner:
                hint = "Row and column count positions; multiply them by stride."
            elif (left, top) == corner:
                hint = "Go along a row first, then down."
        place = f"is covered at [{top}, {left}], not at [{corner[0]}, {corner[1]}]"
        raise AssertionError(f"{what} {'has the wrong pixels covered' if here else place}. {hint}")
    told = f"{what} is covered with {copy[wanted].mean():g}. Use gray, {GRAY} in all three channels."
    require((copy[wanted] == GRAY).all(), told)


def _where(patch, corner):
    top, left = corner
    return slice(top, top + patch), slice(left, left + patch)


def overlap(function: Callable) -> None:
    """Check iou(fires, part) -> pixels in both masks, divided by pixels in at least one."""
    rng = np.random.default_rng()
    for size in ((8, 9), (20, 6)):
        kinds = np.repeat([3, 1, 2, 0], [both := rng.integers(6, 10), 14, 20, np.prod(size) - both - 34])
        kinds = rng.permutation(kinds).reshape(size)
        fires, part = kinds % 2 == 1, kinds >= 2
        either, areas = np.sum(fires | part), fires.sum() + part.sum()
        with np.errstate(all="ignore"):
            by_rows = (fires & part).sum(axis=0) / (fires | part).sum(axis=0)
            by_pixels = (fires & part) / (fires | part)
        late = "Python divides before it adds. Put what is below the line in brackets."
        slips = (
            (both / areas, "The pixels in both masks are counted twice below the line."),
            (2 * both / areas, "That is another measure, Dice. Divide by the pixels in at least one mask."),
            (both / fires.sum() + part.sum(), late),
            (both / fires.sum() + part.sum() - both, late),
            (both / part.sum(), "That is the share of the part that is found. Where else does it fire?"),
            (both / fires.sum(), "That is the share of the firing pixels on the part. What is missed?"),
            (both / fires.size, "That is a share of all pixels. Divide by those in at least one mask."),
            (either / both, "It is upside down."),
            (by_pixels, "That divides pixel by pixel. Add up the pixels of each area first: np.sum."),
            (1, "len counts rows, not pixels that are True. Use np.sum."),
            (both / np.sum(fires ^ part), "^ leaves out the pixels in both masks. | keeps them."),
            (1 - both / either, "That is 1 minus the IoU."),
            (by_rows, "Use np.sum; Python's sum adds only the rows."),
            (both, "That is the number of pixels in both masks. Divide it."),
        )
        _compare(function, (fires, part), both / either, slips)
    passed(function, "the area in both, divided by the area in either")


def open_base(function: Callable) -> None:
    """Check open_base(base, layer) -> a model with two outputs: the layer's maps, the base's features."""
    import keras
    from keras import layers

    rng = np.random.default_rng()
    x = inputs = keras.Input((12, 12, 3))
    for name, filters in (("first", 5), ("second", 4)):
        x = layers.Conv2D(filters, 3, name=f"{name}_conv")(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
    base = keras.Model(inputs, layers.GlobalAveragePooling2D(name="pool")(x), name="small_base")
    pictures = rng.normal(size=(2, 12, 12, 3)).astype("float32")
    seen, x = {}, pictures
    for layer in base.layers[1:]:
        seen[layer.name] = x = np.asarray(layer(x))
    for layer in ("second_relu", "first_relu"):
        what = f"{name_of(function)}(a small base, {layer!r})"
        model = with_hints(MODELS, attempt, function, base, layer)
        told = f"{what} returned {returned(model)}, not a model. Return keras.Model(inputs, outputs)."
        require(isinstance(model, keras.Model), told)
        try:
            got = model(pictures, training=False)
        except KeyError:  # up to Keras 3.13; newer ones find it when the model is built
            raise AssertionError(f"{what} is not connected. {MODELS['not connected']}") from None
        told = f"{what} does not have two outputs. Give keras.Model a list: the maps, what the base gives."
        require(isinstance(got, list | tuple) and len(got) == 2, told)
        maps, features = map(np.asarray, got)
        told = f"{what} gives the maps last. Put them first, as our grad_cam expects them."
        require(maps.ndim == 4 or features.ndim != 4, told)
        told = f"{what}: its first output, of shape {maps.shape}, is not what the layer {layer!r} gives. "
        told += "Is it the layer that the function is asked for, and part of this base?"
        require(maps.shape == seen[layer].shape and np.allclose(maps, seen[layer], atol=1e-5), told)
        told = f"{what}: its second output, of shape {features.shape}, is not what the base gives:"
        same = features.shape == x.shape and np.allclose(features, x, atol=1e-5)
        require(same, f"{told} base.output.")
    passed(function, "the maps of the layer, and what the base gives")


def maps_and_features(base, layer):
    """Open a base: a model from its input to the output of one of its layers and to its own output."""
    import keras

    return keras.Model(base.input, [base.get_layer(layer).output, base.output])


def saliency(function: Callable) -> None:
    """Check saliency(network, picture, target) -> each pixel's largest gradient of any colour, absolute."""
    import keras
    from keras import layers

    rng = np.random.default_rng()
    for (height, width), target in (((4, 6), 2), ((7, 5), 1)):
        first, last = rng.normal(0, 0.3, (height * width * 3, 6)), rng.normal(size=(6, 4))
        inputs = keras.Input((height, width, 3))
        x = layers.Dense(6, "tanh", use_bias=False)(layers.Flatten()(inputs))
        network = keras.Model(inputs, layers.Dense(4, use_bias=False)(x))
        network.set_weights([first, last])
        picture = rng.uniform(0, 1, (height, width, 3)).astype("float32")
        slopes = 1 - np.tanh(picture.ravel() @ first) ** 2
        g = (first @ (slopes * last[:, target])).reshape(picture.shape)
        together = np.abs(first @ (slopes * last.sum(axis=1))).reshape(picture.shape).max(axis=2)
        size = np.abs(g)
        signs = "A negative gradient counts, too: take absolute values before you look for the largest."
        still = "There are still three colours for each pixel. Keep the largest: axis=-1."
        slips = (
            (g.max(axis=2), signs),
            (np.abs(g.max(axis=2)), signs),
            (size.sum(axis=2), "That adds up the three colours. Keep the largest of them."),
            (size.mean(axis=2), "That is the mean of the three colours. Keep the largest of them."),
            (np.linalg.norm(g, axis=2), "That is the length of the three numbers. Keep the largest of them."),
            (size, still),
            (g, still),
            (size[None], still),
            (size.max(axis=2)[None], "This still has an axis for pictures. Take the first one: [0]."),
            (size.max(axis=(0, 1)), "That is one number for each colour. Keep one for each pixel: axis=-1."),
            (size.max(), "That is one number for all pixels. Take the largest of each pixel: axis=-1."),
            (together, "That asks for all logits together. Use the class's: [0, target]."),
            ((size * picture).max(axis=2), "That multiplies by the picture. The gradient is enough."),
        )
        _compare(function, (network, picture, target), size.max(axis=2), slips, TAPES, 1e-3)
    passed(function, "the largest gradient of each pixel, whatever its sign")


def _compare(function, arguments, expected, slips, hints=ARRAYS, rtol=1e-5):
    got = with_hints(hints, call, function, *arguments)
    judge(got, expected, compare.written(function, *arguments), slips, rtol=rtol)

"""Checks of lesson 4: names of probabilities, a transfer model, neighbours, a residual block."""

import re

import numpy as np
from scipy import special

from helpers.check import compare
from helpers.check.compare import attempt, call, name_of, none_of, passed, require, returned, with_hints

WORDS = ("boot", "cup", "bag", "lamp", "fork", "coat", "belt", "hat", "sock", "door", "tent", "fan")
SAME = 'Is padding="same" there, and no stride?'
CHANNELS = "They differ in the number of channels. Use filters, not a fixed number, in both convolutions."
END = "Python leaves out the end of a slice: [1:4] holds three entries. Use count to say how many."
BRACKETS = "Two pairs of brackets, as in layers.Dense(2)(features): one makes the layer, one calls it."
LIST = "A layer takes what another layer gives, not a layer or a list. Call each one: layers.ReLU()(f)."
CALLS = {
    "A KerasTensor is symbolic": BRACKETS,
    "cannot be used as a boolean": BRACKETS,
    "values must be KerasTensors": BRACKETS,
    "multiple values for argument": BRACKETS,
    "cannot be used as input to a TensorFlow": "Use a layer, such as layers.ReLU().",
    "Invalid dtype: list": LIST,
    "Only input tensors may be passed": LIST,
}
LENGTHS = "np.linalg.norm(rows, axis=1, keepdims=True)"


def best_names(function) -> None:
    """Check a function (probabilities, names, count) -> the most probable names, the best one first."""
    compare.defined(function)
    rng = np.random.default_rng()
    for size, count in ((6, 3), (9, 5), (12, 2)):
        probabilities, names = _ranked(rng, size, count)
        order = np.argsort(-probabilities)
        what = f"{name_of(function)}, for {size} probabilities and count={count},"
        hints = {"only integer scalar arrays": "names is a list: look the names up one by one."}
        got = with_hints(hints, call, function, probabilities, names, count)
        told = f"{what} returned {returned(got)}, not a list of {count} names."
        require(isinstance(got, list | tuple | np.ndarray), told)
        told = f"{what} returned numbers. Look the names up: names[index] is the name at an index."
        require(not any(isinstance(entry, int | float | np.number) for entry in got), told)
        got, ranked = [str(entry) for entry in got], [names[place] for place in order]
        best, last = ranked[:count], ranked[::-1][:count]
        slips = {
            "returned names that are not in its list. Use the argument names.": not set(got) <= set(names),
            f"returned one name too few. {END}": len(got) == count - 1,
            "returned one name too many. [:count] holds count entries.": len(got) == count + 1,
            f"returned {len(got)} names. Use count, not a fixed number, to say how many.": len(got) != count,
            "began with the least probable name. np.argsort puts the smallest first.": got == last,
            "found the least probable names. Cut after you have turned the order around.": got == last[::-1],
            "found the right names, but the most probable one has to come first.": got == best[::-1],
            "began with the least probable name: -0 is 0. Count from -1.": got == [last[0], *best[:-1]],
            f"returned other names than the {count} most probable ones. np.argsort gives indices of "
            "probabilities; the same indices give the names.": got != best,
        }
        none_of(slips, what)
    passed(function, "the most probable names, the best one first")


def _ranked(rng, size, count):
    """Draw probabilities and names: no slip may give the right answer by chance."""
    while True:
        probabilities, names = rng.dirichlet(np.ones(size)), rng.permutation(WORDS[:size]).tolist()
        best = [names[place] for place in np.argsort(-probabilities)[:count]]
        if best not in (sorted(best), names[:count], [name for name in names if name in best]):
            return probabilities, names


def transfer_model(function) -> None:
    """Check a function base -> model: the base frozen and in inference mode, a softmax head of two."""
    import keras
    from keras import layers

    compare.defined(function)
    inputs = x = keras.Input((None, None, 3))
    for layer in (layers.Rescaling(1 / 255), layers.Conv2D(6, 3), layers.BatchNormalization()):
        x = layer(x)
    base = keras.Model(inputs, layers.GlobalAveragePooling2D()(x), name="small_base")
    what = f"{name_of(function)}, called with a small base,"
    three = "The shape is one argument: three numbers in brackets of their own, keras.Input((192, 192, 3))."
    hints = {
        "expected ndim=4": "The base already gives one row of features for each picture: no pooling needed.",
        "not connected": "The model has to begin with the inputs that you gave to the base.",
        "to a shape|same length as input": three,
        "int\\(\\) argument must be": "predict needs real pictures. Call the base like a function instead.",
    }
    model = with_hints(hints | CALLS, attempt, function, base)
    told = f"{what} returned {returned(model)}, not a model. Return keras.Model(inputs, outputs)."
    require(isinstance(model, keras.Model), told)
    told = f"{what} returned a model without that base. Call that base like a function: "
    used = model is not base and (base in model.layers or set(base.layers) <= set(model.layers))
    require(used, f"{told}base(inputs, training=False).")
    pixels = np.random.default_rng().uniform(0, 255, (4, 192, 192, 3)).astype("float32")
    try:
        answers = np.asarray(model(pixels, training=False))
    except Exception as error:
        raise AssertionError(
            f"The model takes no pictures of shape (192, 192, 3): {error}. Use keras.Input((192, 192, 3))."
        ) from error
    told = f"For four pictures the model gave the shape {answers.shape}; two classes need (4, 2)."
    head = "Does a Dense layer follow the base, and how many outputs does it have?"
    require(answers.shape == (4, 2), f"{told} {head}")
    told = "The two outputs are not probabilities: they do not add up to 1. Which activation does that?"
    require(np.allclose(answers.sum(axis=1), 1, atol=1e-4) and answers.min() >= 0, told)
    free, weights = len(base.trainable_weights), sorted(map(np.asarray, model.trainable_weights), key=np.ndim)
    frozen = "Freeze it. If you did, compare that line with base.trainable, letter by letter."
    require(not free, f"The base would train too: {free} of its arrays are trainable. {frozen}")
    told = f"{len(weights)} arrays of weights train. A Dense layer has two, weights and biases."
    require([array.shape for array in weights] == [(2,), (6, 2)], told)
    bias, kernel = weights
    right = special.softmax(np.asarray(base(pixels, training=False)) @ kernel + bias, axis=1)
    apart = not np.allclose(answers, np.asarray(model(pixels, training=True)), atol=1e-5)
    slips = {
        "Something changes the pixels before they reach the base, or the features after it. The base scales "
        "pixels itself: base(inputs, training=False).": not np.allclose(answers, right, atol=1e-4),
        "In training the model answers differently than in use. Leave Dropout out for now.": apart,
    }
    none_of(slips)
    passed(function, "the base is frozen, so it is in inference mode, and 2 arrays of weights train")


def nearest(function) -> None:
    """Check a function (rows, index, count) -> indices of the rows with the largest cosine to one of them."""
    compare.defined(function)
    rng = np.random.default_rng()
    for size, width, count, sign in ((9, 5, 3, 1), (14, 8, 4, -1)):
        rows, place, slips = _directions(rng, size, width, count, sign)
        what = f"{name_of(function)}, on {size} rows and count={count},"
        hints = {
            "could not be broadcast": f"{LENGTHS} gives the lengths as a column.",
            "matmul": "The table comes first: unit @ unit[index].",
        }
        got = with_hints(hints, call, function, rows, place, count)
        told = f"{what} returned {returned(got)}, not an array of indices."
        told += " np.array(...) makes one." * hasattr(got, "numpy")
        require(isinstance(got, list | tuple | np.ndarray), told)
        got = np.asarray(got)
        told = f"{what} returned {returned(got)}; it should return indices in a row, as np.argsort does."
        require(got.ndim == 1 and got.dtype.kind in "iu", told)
        largest, got = got.max(initial=0), got.tolist()
        short = len(got) == count - 1
        hints = {
            "returned the asked row itself. Leave it out. (A cosine can be below 0.)": place in got,
            f"returned index {largest}. Use the argument rows, not test_rows.": largest >= size,
            f"returned one index too few. {END} Or did you cut before you left the row out?": short,
            f"returned {len(got)} indices. Use count to say how many.": len(got) != count,
            **{hint: got == wrong for wrong, hint in slips},
            "returned other rows than those with the largest cosines. Print the cosines of a small example, "
            "and look which are largest.": got != nearest_rows(rows, place, count).tolist(),
        }
        none_of(hints, what)
    passed(function, "the rows with the largest cosines, without the row itself")


def _directions(rng, size, width, count, sign):
    """Draw rows until every slip gives another answer; with `sign` -1, most cosines are negative."""
    while True:
        rows = rng.normal(0.5, 1, (size, width)) * rng.uniform(0.3, 3, (size, 1)) + 0.3
        place = int(rng.integers(1, size))
        rows[place] *= sign
        products = rows @ rows[place]
        distances = np.linalg.norm(rows - rows[place], axis=1)
        right = nearest_rows(rows, place, size - 1).tolist()
        left = [other for other in range(size) if other != place]
        orders = (np.argsort(keys).tolist() for keys in (-products, distances))
        by_product, by_distance = ([other for other in order if other != place][:count] for order in orders)
        early = "removed a number before sorting, so all later indices moved up by one. Sort first, then "
        early += "leave that row out."
        slips = [
            (right[::-1][:count], "began with the least similar rows. np.argsort puts the smallest first."),
            (right[:count][::-1], "found the right rows, but the nearest has to come first."),
            (by_product, f"compared products, not cosines: divide by the lengths, {LENGTHS}."),
            (by_distance, "compared distances, not cosines. A row that points the same way may be longer."),
            ([left.index(other) for other in right[:count]], early),
        ]
        answers = [right[:count], *(wrong for wrong, _ in slips)]
        clear = len({tuple(answer) for answer in answers}) == len(answers) and place not in slips[-1][0]
        if clear and (sign > 0 or np.sort(products)[-count - 1] < 0):
            return rows, place, slips


def nearest_rows(rows, index, count):
    """Find the `count` rows with the largest cosine to row `index`: the largest first, without itself."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = np.argsort(unit @ unit[index])[::-1]
    return order[order != index][:count]


def _sizes(said):
    """Say what two arrays that cannot be added differ in."""
    shapes = [shape.split(",") for shape in re.findall(r"[(\[]([\dNone, ]+)[)\]]", said)]
    ends = [shape[-1].strip() for shape in shapes if len(shape) in (3, 4)]
    return CHANNELS if len(set(ends)) > 1 else SAME


def residual_block(function) -> None:
    """Check a function (x, filters) -> relu(F(x) + x), F two convolutions that start as zero."""
    import keras

    filters = 6
    inputs = keras.Input((8, 8, filters))
    hints = {
        "ncompatible shapes|(annot|an't) (be )?broadcast": _sizes,
        "takes 1 positional": "Leave the line with def as it was, with both arguments: x and filters.",
        "positional argument": "Write f + x, or layers.Add()([f, x]).",
    }
    outputs = with_hints(CALLS | hints, attempt, function, inputs, filters)
    told = f"{name_of(function)} returned {returned(outputs)}; return what the last layer gives."
    require(keras.utils.is_keras_tensor(outputs), told)
    told = f"The block made {tuple(outputs.shape[1:])} out of (8, 8, {filters}); both must agree. {SAME}"
    require(tuple(outputs.shape) == (None, 8, 8, filters), told)
    block = keras.Model(inputs, outputs)
    inside = [part for layer in block.layers for part in getattr(layer, "layers", [layer])]
    convolutions = [layer for layer in inside if isinstance(layer, keras.layers.Conv2D)]
    kernels = [tuple(layer.kernel_size) for layer in convolutions]
    linear = all(layer.activation is keras.activations.linear for layer in convolutions)
    other = [layer.filters for layer in convolutions if layer.filters != filters]
    norms = [layer for layer in inside if isinstance(layer, keras.layers.BatchNormalization)]
    odd = any([tuple(array.shape) for array in layer.weights] != [(filters,)] * 4 for layer in norms)
    count, two = len(kernels), [(3, 3)] * 2
    slips = {
        "Only one convolution reaches the output. Did you call the second one on what the ReLU gives, or on "
        "x again? Or is it the same layer twice?": kernels == [(3, 3)],
        f"F should be two 3×3 convolutions; the block has {count} of sizes {kernels}.": kernels != two,
        "The ReLU comes after batch norm, so the convolutions have no activation of their own.": not linear,
        f"Each convolution is followed by batch norm; the block has {len(norms)}.": len(norms) != 2,
        f"A convolution has {other} filters. {CHANNELS.partition('. ')[2]}": other,
        "The convolutions have biases. Batch norm subtracts the mean and adds its own shift, so they have no "
        "effect: use_bias=False.": any(layer.use_bias for layer in convolutions),
        "A batch norm has settings that the text does not ask for. Leave them out.": odd,
    }
    none_of(slips)
    x = np.random.default_rng().normal(size=(2, 8, 8, filters)).astype("float32")
    got = np.asarray(block(x, training=False))
    fresh = np.allclose(got, np.maximum(x, 0), atol=1e-5)
    slips = {
        "A new block gives zeros, so its input is lost. Add x after the second batch norm, not before it. "
        "Is x still the input there? Give what the convolutions compute another name.": not got.any(),
        "Almost: the new block hands its input on unchanged, negative numbers too. The last ReLU has to come "
        "after the addition: layers.ReLU()(f + x).": np.allclose(got, x, atol=1e-5),
        "A new block should give relu(x), and yours gives something else. Does the last batch norm start "
        'with gamma_initializer="zeros", and is x added after it?': not fresh,
        "The first batch norm starts with scale 0, so no gradient reaches the convolutions. Only the last "
        "one may start at 0.": not np.any(norms[0].gamma),
    }
    none_of(slips)
    for norm in norms:
        norm.gamma.assign(np.ones(filters))
    idle = np.allclose(got, np.asarray(block(x, training=False)), atol=1e-3)
    norms[-1].beta.assign(np.full(filters, 100.0))  # keeps the last ReLU out of the way
    there, back = (np.asarray(block(sign * x, training=False)) - sign * x - 100 for sign in (1, -1))
    linear = np.allclose(there, -back, atol=1e-3)
    slips = {
        "The convolutions have no effect on the output, whatever their weights.": idle,
        "The ReLU between the two convolutions is missing: without it they are one linear map.": linear,
    }
    none_of(slips)
    wrong = "F has its parts, but in another order than in the picture, or with a setting nobody asked for."
    first, second = zip(convolutions, norms, strict=True)
    own = keras.Sequential([*first, keras.layers.ReLU(), *second])
    for norm in norms:  # scale, shift, mean and variance
        drawn = np.random.default_rng().uniform(-1, 1, (4, filters))
        norm.set_weights(drawn * [[2], [1], [1], [0.5]] + [[5], [0], [0], [1]])
    for training in (False, True):
        got, f = (np.asarray(each(x, training=training)) for each in (block, own))
        shown = (x - f, np.maximum(f, 0) + x, f + x)
        minus, once_more, right = (np.allclose(got, np.maximum(each, 0), atol=1e-2) for each in shown)
        slips = {
            "Your block subtracts. Add x and what the second batch norm gives.": minus,
            "One ReLU is too many: add x to what the second batch norm gives, then take the ReLU.": once_more,
            "In training it differs. Leave out Dropout." if training else wrong: not right,
        }
        none_of(slips)
    passed(function, "starts as relu(x), and F can grow from there")

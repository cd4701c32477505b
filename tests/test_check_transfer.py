"""The exercises of lesson 4: right answers pass, and each usual slip gets its own hint, whatever is drawn."""

import numpy as np
import pytest
from exercises import gets_its_hint, nothing, said, stub

from helpers import check


def names(probabilities, names, count):
    return [names[place] for place in np.argsort(-probabilities)[:count]]


def names_in_a_loop(probabilities, names, count):
    left, found = list(probabilities), []
    for _ in range(count):
        found.append(names[int(np.argmax(left))])
        left[int(np.argmax(left))] = -1
    return tuple(found)


WRONG_NAMES = {
    "least probable name. np.argsort puts the smallest": lambda p, n, k: [n[i] for i in np.argsort(p)[:k]],
    "-0 is 0. Count from -1": lambda p, n, k: [n[np.argsort(p)[-i]] for i in range(k)],
    "the most probable one has to come first": lambda p, n, k: [n[i] for i in np.argsort(p)[-k:]],
    "returned 5 names. Use count": lambda p, n, k: names(p, n, 5),
    "one name too many": lambda p, n, k: names(p, n, k + 1),
    "the least probable names. Cut after": lambda p, n, k: [n[i] for i in np.argsort(p)[:k][::-1]],
    "Look the names up": lambda p, n, k: np.argsort(-p)[:k],
    "": lambda p, n, k: n[:k],
    "not yet": lambda p, n, k: sorted(names(p, n, k)),
    "did you forget return?": nothing,
    "look the names up one by one": lambda p, n, k: n[np.argsort(-p)[:k]],
    "names.": lambda p, n, k: n[int(np.argmax(p))],
    "one name too few. Python leaves out the end": lambda p, n, k: [n[i] for i in np.argsort(p)[-1:-k:-1]],
    "Use the argument names": lambda p, n, k: [f"{n[i]} of ImageNet" for i in np.argsort(-p)[:k]],
}


@pytest.mark.parametrize("answer", [names, names_in_a_loop])
def test_right_names_pass(answer, capsys):
    assert said(check.best_names, answer, capsys).startswith(f"ok  {answer.__name__}: ")


@pytest.mark.parametrize("hint", WRONG_NAMES)
def test_wrong_names_get_a_hint(hint, capsys):
    gets_its_hint(check.best_names, WRONG_NAMES[hint], hint, capsys)


@pytest.mark.parametrize(
    "checking",
    [check.best_names, check.nearest, check.transfer_model, check.residual_block],
)
def test_a_stub_is_your_turn(checking, capsys):
    assert (
        said(checking, stub, capsys)
        == "your turn  stub still returns three dots. Return your result there.\n"
    )
    assert said(checking, ..., capsys).startswith("your turn")
    assert "did you forget return?" in said(checking, nothing, capsys)


def by_cosine(rows, place, count):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[place]))
    return order[order != place][:count]


def by_cosine_of_all(rows, place):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit[place]


def by_cosine_in_a_loop(rows, place, count):
    cosines = [row @ rows[place] / np.linalg.norm(row) / np.linalg.norm(rows[place]) for row in rows]
    cosines[place] = -2
    return sorted(range(len(rows)), key=lambda other: -cosines[other])[:count]


def products(rows, place, count):
    order = np.argsort(-(rows @ rows[place]))
    return order[order != place][:count]


def distances(rows, place, count):
    order = np.argsort(np.linalg.norm(rows - rows[place], axis=1))
    return order[order != place][:count]


def by_cosine_but_zero(rows, place, count):
    cosines = by_cosine_of_all(rows, place)
    cosines[place] = 0
    return np.argsort(-cosines)[:count]


def of_keras(indices):
    import keras

    return keras.ops.convert_to_tensor(indices)


WRONG_NEAREST = {
    "returned the asked row itself": lambda r, p, k: np.array([p, *by_cosine(r, p, k - 1)]),
    "rows. np.argsort puts the smallest first": lambda r, p, k: by_cosine(r, p, len(r))[::-1][:k],
    "the nearest has to come first": lambda r, p, k: by_cosine(r, p, k)[::-1],
    "A cosine can be below 0": by_cosine_but_zero,
    "Or did you cut before": lambda r, p, k: by_cosine(r, p, k)[:-1],
    "np.array(...) makes one": lambda r, p, k: of_keras(by_cosine(r, p, k)),
    "no function any more": np.arange(3),
    "compared products": products,
    "compared distances": distances,
    "returned 1 indices": lambda r, p, k: by_cosine(r, p, 1),
    "one index too few. Python leaves out the end": lambda r, p, k: by_cosine(r, p, k - 1),
    "Use the argument rows": lambda r, p, k: by_cosine(r, p, k) + 20,
    "removed a number before sorting": lambda r, p, k: np.argsort(-np.delete(by_cosine_of_all(r, p), p))[:k],
    "The table comes first": lambda r, p, k: np.argsort((r[p] @ r)[:k]),
    "it should return indices": lambda r, p, k: (r @ r[p])[:k],
    "": lambda r, p, k: by_cosine(r, p, k + 1)[1:],
    "changed its argument": lambda r, p, k: r.__imul__(2),
    "gives the lengths as a column": lambda r, p, k: r / np.linalg.norm(r, axis=1),
}


@pytest.mark.parametrize("answer", [by_cosine, by_cosine_in_a_loop])
def test_right_neighbours_pass(answer, capsys):
    assert said(check.nearest, answer, capsys).startswith(f"ok  {answer.__name__}: ")


@pytest.mark.parametrize("hint", WRONG_NEAREST)
def test_wrong_neighbours_get_a_hint(hint, capsys):
    gets_its_hint(check.nearest, WRONG_NEAREST[hint], hint, capsys)


def model_of(
    base,
    *,
    freeze=True,
    units=2,
    activation="softmax",
    hidden=False,
    first=False,
    dropout=False,
    pooled=False,
    scaled=False,
):
    import keras
    from keras import layers

    if freeze and first:
        base.trainable = False
    inputs = keras.Input((None, None, 3) if first else (192, 192, 3))
    x = base(layers.Rescaling(1 / 255)(inputs) if scaled else inputs, training=False)
    x = layers.GlobalAveragePooling2D()(x) if pooled else x
    x = layers.Dense(4)(x) if hidden else x
    x = layers.Dropout(0.5)(x) if dropout else x
    model = keras.Model(inputs, layers.Dense(units, activation=activation)(x))
    if freeze:
        base.trainable = False
    return model


def another_base(base):
    import keras

    own = keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()])
    return model_of(own)


WRONG_MODELS = {
    "Freeze it.": {"freeze": False},
    "Leave Dropout out for now.": {"dropout": True},
    "two classes need (4, 2)": {"units": 3},
    "The two outputs are not probabilities": {"activation": None},
    "4 arrays of weights train": {"hidden": True},
    "no pooling needed": {"pooled": True},
    "Something changes the pixels": {"scaled": True},
}


def test_right_transfer_models_pass(capsys):
    for first in (True, False):
        found = said(check.transfer_model, lambda base, first=first: model_of(base, first=first), capsys)
        assert found.startswith("ok  <lambda>: the base is frozen, so it is in inference mode"), found


def test_base_and_head_in_a_row_pass(capsys):
    from keras import Input, Sequential, layers

    def in_a_row(base):
        base.trainable = False
        return Sequential([Input((192, 192, 3)), base, layers.Dense(2, activation="softmax")])

    assert said(check.transfer_model, in_a_row, capsys).startswith("ok  in_a_row: ")


def with_activation(function):
    def build(base):
        import keras

        base.trainable = False
        inputs = keras.Input((192, 192, 3))
        return keras.Model(inputs, function(keras.layers.Dense(2)(base(inputs, training=False))))

    return build


def test_other_softmaxes_and_the_output_of_the_base_pass(capsys):
    import keras

    answers = [with_activation(keras.activations.softmax), with_activation(keras.ops.softmax), on_its_output]
    for answer in [*answers, with_activation(keras.layers.Softmax())]:
        assert said(check.transfer_model, answer, capsys).startswith("ok")


@pytest.mark.parametrize("hint", WRONG_MODELS)
def test_wrong_transfer_models_get_a_hint(hint, capsys):
    for _ in range(5):
        found = said(check.transfer_model, lambda base: model_of(base, **WRONG_MODELS[hint]), capsys)
        assert found.startswith("not yet") and hint in found and found.count("\n") == 1


def on_its_output(base):
    import keras

    base.trainable = False
    return keras.Model(base.input, keras.layers.Dense(2, activation="softmax")(base.output))


def not_its_own_inputs(base):
    import keras

    features = base(keras.Input((192, 192, 3)), training=False)
    return keras.Model(base.input, keras.layers.Dense(2, activation="softmax")(features))


def features_only(base):
    import keras

    inputs = keras.Input((192, 192, 3))
    return keras.Model(inputs, base(inputs, training=False))


def without_the_second_brackets(base):
    import keras

    return keras.Model(keras.Input((192, 192, 3)), keras.layers.Dense(2, activation="softmax"))


def three_arguments(base):
    import keras

    return base(keras.Input(192, 192, 3))


def base_as_input(base):
    import keras

    return keras.Model(keras.Input((192, 192, 3)), keras.layers.Dense(2)(base))


def two_in_one_pair(base):
    import keras

    features = base(keras.Input((192, 192, 3)), training=False)
    return keras.layers.Dense(2, features, activation="softmax")


@pytest.mark.parametrize(
    "answer, hint",
    [
        (another_base, "a model without that base"),
        (lambda base: base, "a model without that base"),
        (lambda base: base(np.ones((1, 32, 32, 3))), "not a model"),
        (lambda base: 1 / 0, "stopped with ZeroDivisionError"),
        (lambda base: without_the_second_brackets(base), "as in layers.Dense(2)(features)"),
        (lambda base: two_in_one_pair(base), "as in layers.Dense(2)(features)"),
        (not_its_own_inputs, "has to begin with the inputs that you gave to the base"),
        (features_only, "Does a Dense layer follow the base"),
        (lambda base: base(__import__("keras").Input((192, 192))), "keras.Input((192, 192, 3))"),
        (
            lambda base: base.predict(__import__("keras").Input((192, 192, 3))),
            "Call the base like a function",
        ),
        (lambda base: model_of(base, freeze=False), "letter by letter"),
        (lambda base: three_arguments(base), "keras.Input((192, 192, 3))"),
        (lambda base: base_as_input(base), "A layer takes what another layer gives"),
    ],
)
def test_what_is_no_transfer_model_is_named(answer, hint, capsys):
    found = said(check.transfer_model, answer, capsys)
    assert found.startswith("not yet") and hint in found


def block(
    x,
    filters,
    *,
    padding="same",
    last="zeros",
    first="ones",
    add="after",
    relu=True,
    kernel=3,
    norm=True,
    bias=False,
    middle=True,
    activation=None,
    fixed=False,
    again=False,
):
    from keras import layers

    conv = {"kernel_size": kernel, "padding": padding, "use_bias": bias, "activation": activation}
    filters, given = 8 if fixed else filters, x
    f = layers.Conv2D(filters, **conv)(x)
    f = layers.BatchNormalization(gamma_initializer=first)(f)
    f = layers.ReLU()(f) if middle else f
    f = layers.Conv2D(filters, **conv)(given if again else f)
    if add == "before":
        f = layers.Add()([f, x])
    if norm:
        f = layers.BatchNormalization(gamma_initializer=last)(f)
    if add == "after":
        f = layers.Add()([f, x])
    if add == "plus":
        f = f + x
    if add == "itself":
        f = f + f
    if add == "as arguments":
        f = layers.Add()(f, x)
    return layers.ReLU()(f) if relu else f


WRONG_BLOCKS = {
    "A new block gives zeros": {"add": None},
    'gamma_initializer="zeros"': {"last": "ones"},
    "its input is lost": {"add": "before"},
    "The last ReLU has to come after the addition": {"relu": False},
    'Is padding="same" there, and no stride?': {"padding": "valid"},
    "two 3×3 convolutions": {"kernel": 1},
    "Each convolution is followed": {"norm": False},
    "starts with scale 0, so no gradient reaches the convolutions": {"first": "zeros"},
    'Is padding="same" there': {"padding": "valid", "add": "plus"},
    "Is x still the input there?": {"add": "itself"},
    "layers.Add()([f, x])": {"add": "as arguments"},
    "The ReLU between": {"middle": False},
    "use_bias=False": {"bias": True},
    "no activation of their own": {"activation": "relu"},
    "Use filters, not a fixed number": {"fixed": True},
    "Use filters, not a fixed number,": {"fixed": True, "add": "plus"},
    "Only one convolution reaches the output": {"again": True},
    "not before it": {"add": "before"},
}


def test_a_right_residual_block_passes(capsys):
    assert (
        said(check.residual_block, block, capsys)
        == "ok  block: starts as relu(x), and F can grow from there\n"
    )


def nested_block(x, filters):
    import keras
    from keras import layers

    f = keras.Sequential(
        [
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(gamma_initializer="zeros"),
        ]
    )
    return layers.ReLU()(f(x) + x)


def test_a_block_with_its_layers_in_a_sequential_passes(capsys):
    assert said(check.residual_block, nested_block, capsys).startswith("ok  nested_block: ")


def not_called(x, filters):
    from keras import layers

    return layers.ReLU(layers.Conv2D(filters, 3)(x))


def a_list(x, filters):
    from keras import layers

    return layers.ReLU()([layers.Conv2D(filters, 3), layers.BatchNormalization()])


def of_parts(*order, end="add"):
    """A block of these parts; `end` is how x comes in."""

    def build(x, filters):
        from keras import layers

        f, norms = x, iter(("ones", "zeros"))
        for part in order:
            if part == "conv":
                layer = layers.Conv2D(filters, 3, padding="same", use_bias=False)
            elif part == "norm":
                layer = layers.BatchNormalization(gamma_initializer=next(norms))
            else:
                layer = {
                    "relu": layers.ReLU(),
                    "leaky": layers.LeakyReLU(),
                    "clipped": layers.ReLU(6),
                    "drop": layers.Dropout(0.5),
                }[part]
            f = layer(f)
        return layers.ReLU()(x - f if end == "minus" else f + x)

    return build


RIGHT_ORDER = ("conv", "norm", "relu", "conv", "norm")
OTHER_ORDERS = {
    "relu before the first norm": ("conv", "relu", "norm", "conv", "norm"),
    "two convolutions in a row": ("norm", "relu", "conv", "conv", "norm"),
    "norm first": ("norm", "relu", "conv", "norm", "relu", "conv"),
    "clipped": ("conv", "norm", "clipped", "conv", "norm"),
    "leaky": ("conv", "norm", "leaky", "conv", "norm"),
}


@pytest.mark.parametrize("name", OTHER_ORDERS)
def test_other_orders_and_kinds_of_parts_are_refused(name, capsys):
    assert said(check.residual_block, of_parts(*RIGHT_ORDER), capsys).startswith("ok")
    for _ in range(5):
        found = said(check.residual_block, of_parts(*OTHER_ORDERS[name]), capsys)
        assert found.startswith("not yet") and found.count("\n") == 1 and "another order" in found


def first_with(filters=None, strides=1, axis=-1):
    def build(x, wanted):
        from keras import layers

        f = layers.Conv2D(filters or wanted, 3, strides, padding="same", use_bias=False)(x)
        f = layers.ReLU()(layers.BatchNormalization(axis=axis)(f))
        f = layers.Conv2D(wanted, 3, padding="same", use_bias=False)(f)
        return layers.ReLU()(layers.BatchNormalization(gamma_initializer="zeros")(f) + x)

    return build


def relu_before_the_addition(x, filters):
    from keras import layers

    return layers.Add()([x, block(x, filters, add=None)])


def of_tensorflow(x, filters):
    import tensorflow as tf

    return tf.nn.relu(x)


@pytest.mark.parametrize(
    "answer, hint",
    [
        (not_called, "Two pairs of brackets"),
        (a_list, "Call each one"),
        (of_tensorflow, "Use a layer"),
        (of_parts(*RIGHT_ORDER, end="minus"), "Your block subtracts"),
        (of_parts(*RIGHT_ORDER, "relu"), "One ReLU is too many"),
        (of_parts(*RIGHT_ORDER, "drop"), "Leave out Dropout"),
        (first_with(filters=8), "Use filters, not a fixed number"),
        (first_with(strides=2), "and no stride?"),
        (first_with(axis=1), "settings that the text does not ask for"),
        (lambda x: x, "with both arguments: x and filters"),
        (relu_before_the_addition, "The last ReLU has to come after the addition"),
    ],
)
def test_what_keras_says_in_many_words_gets_a_short_hint(answer, hint, capsys):
    found = said(check.residual_block, answer, capsys)
    assert found.startswith("not yet") and hint in found and found.count("\n") == 1


@pytest.mark.parametrize("hint", WRONG_BLOCKS)
def test_a_wrong_residual_block_gets_a_hint(hint, capsys):
    for _ in range(5):
        found = said(check.residual_block, lambda x, n: block(x, n, **WRONG_BLOCKS[hint]), capsys)
        assert found.startswith("not yet") and hint in found and found.count("\n") == 1


def test_a_block_that_only_hands_on_is_refused(capsys):
    import keras

    assert "two 3×3 convolutions" in said(check.residual_block, lambda x, n: keras.layers.ReLU()(x), capsys)
    assert "return what the last layer gives" in said(check.residual_block, lambda x, n: 3, capsys)

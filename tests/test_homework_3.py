"""The solutions of homework 3 against Keras and closed forms, and what the source must hold for nbgrader."""

import re
from types import SimpleNamespace

import jupytext
import numpy as np
import pytest
from homework_solutions import LEFT_OUT, SOURCES, cells, grading, keras_lenet, solutions

RIGHT = solutions("hw3")
GRADED = [cell for cell in cells("hw3") if grading(cell).get("grade")]


# --- the source ---------------------------------------------------------------------------------------------


def test_the_points_are_those_of_the_syllabus():
    points = {grading(cell)["grade_id"]: grading(cell)["points"] for cell in GRADED}
    quizzes = [points[f"q{number}-test"] for number in range(1, 11)]
    assert quizzes == [1.25] * 10
    assert sum(points.values()) == 20
    assert points["report"] == 0


def test_the_points_in_the_text_are_those_of_the_cells():
    text = "\n".join(cell.source for cell in cells("hw3") if cell.cell_type == "markdown")
    told = [float(number) for number in re.findall(r"^### .*\(([\d.]+) points?\)$", text, re.MULTILINE)]
    assert told == [grading(cell)["points"] for cell in GRADED if grading(cell)["points"]]
    table = re.findall(r"^\| (?:quizzes|more: 11|1\d) .*\| ([\d.]+) \|$", text, re.MULTILINE)
    assert sum(map(float, table)) == 20


def test_jupytext_keeps_the_marks_for_nbgrader():
    text = jupytext.writes(jupytext.read(SOURCES["hw3"]), fmt="py:percent")
    again, once = jupytext.reads(text, fmt="py:percent").cells, cells("hw3")
    for key in ("nbgrader", "report"):
        assert [cell.metadata.get(key) for cell in again] == [cell.metadata.get(key) for cell in once]
    assert [cell.source for cell in again] == [cell.source for cell in once]


def test_every_cell_is_marked_as_nbgrader_wants_it():
    names = [grading(cell)["grade_id"] for cell in cells("hw3") if grading(cell)]
    assert len(set(names)) == len(names) and set(names) >= LEFT_OUT
    for cell in cells("hw3"):
        marks, source = grading(cell), cell.source
        assert source.count("### BEGIN SOLUTION") == source.count("### END SOLUTION")
        if marks:
            assert marks.keys() >= {"grade", "grade_id", "locked", "schema_version", "solution", "task"}
            assert marks["schema_version"] == 3
        assert ("### BEGIN SOLUTION" in source) == bool(marks.get("solution"))
        assert "### BEGIN HIDDEN TESTS" not in source or (marks["grade"] and marks["locked"])
        assert bool(marks.get("locked")) == bool(marks and not marks["solution"])


def test_the_report_has_the_headings_it_asks_for():
    (cell,) = [cell for cell in GRADED if grading(cell)["grade_id"] == "report"]
    asked = cell.metadata["report"]
    stub = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", cell.source, flags=re.DOTALL)
    assert re.findall(r"^### (.+)$", stub, re.MULTILINE) == asked["headings"]
    sample = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.DOTALL)
    assert len(sample) == 4 and len(" ".join(sample).split()) > asked["min_words"]


# --- the cells with tests -----------------------------------------------------------------------------------


def run_graded(name, **given):
    """Run a cell with tests as the grader does, on the solutions and what is given here."""
    (cell,) = [cell for cell in GRADED if grading(cell)["grade_id"] == name]
    exec(cell.source, {**vars(RIGHT), **given})


def test_an_activation_that_keeps_its_output_is_refused(monkeypatch):
    class Keeping(RIGHT.Activation):
        def forward(self, x, training=False):
            self.x = self.function(x)
            return self.x

    run_graded("m11-test")
    monkeypatch.setattr(RIGHT, "Activation", Keeping)
    with pytest.raises(AssertionError, match="came in on the way forward"):
        run_graded("m11-test")


def numbered(answer):
    """Give twenty images, labelled as they are answered."""
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    return SimpleNamespace(origin="drawn", test=SimpleNamespace(images=images, labels=answer(images)))


def corner(images):
    return images[:, 0, 0] % 10


def test_lenet_has_to_be_asked():
    reader, forward = RIGHT.lenet(np.random.default_rng(0)), RIGHT.Conv.forward

    def read(images):
        return RIGHT.answers(reader, RIGHT.pixels(images))

    run_graded("m17-test", read_digits=read, digits=numbered(read))
    with pytest.raises(AssertionError, match="does not ask a network with convolutions"):
        run_graded("m17-test", read_digits=corner, digits=numbered(corner))
    assert RIGHT.Conv.forward is forward


def test_the_losses_have_to_be_kept():
    given = {"classify_digits": corner, "digits": numbered(corner)}
    run_graded("q10-test", digit_losses=[0.3], **given)
    with pytest.raises(AssertionError, match="digit_losses is empty"):
        run_graded("q10-test", digit_losses=[], **given)


# --- numbers on paper, as the text has them -----------------------------------------------------------------


def test_the_worked_numbers():
    text = "\n".join(cell.source for cell in cells("hw3") if cell.cell_type == "markdown")

    def told(*numbers):
        assert all(number in text for number in numbers), numbers

    e = np.exp([2.0, 1.0, 0.0])
    told(*(f"{x:.3f}" for x in e[:2]), f"{e.sum():.3f}", *(f"{x:.3f}" for x in e / e.sum()))
    told(f"{np.sqrt(2 / 784):.4f}", f"{(np.log(2) + np.log(4)) / 2:.3f}", f"{np.expm1(-1):.3f}")
    told(f"{np.e / (np.e + 1):.3f}", f"{1 / (np.e + 1):.3f}", f"{np.exp(-1):.3f}")
    d = RIGHT.softmax(np.log([[0.7, 0.2, 0.1]])) - RIGHT.one_hot(np.array([0]), 3)
    np.testing.assert_allclose(d, [[-0.3, 0.2, 0.1]], atol=1e-7)
    network = RIGHT.lenet(np.random.default_rng(0))
    sizes = [sum(p.size for p in each.parameters) for each in network.layers if each.parameters]
    told(*(f"| {size:,} |" for size in [*sizes, sum(sizes)]))


# --- against Keras ------------------------------------------------------------------------------------------


def pair(seed):
    """Give LeNet-5 of the homework and in Keras the same weights, biases not 0."""
    rng = np.random.default_rng(seed)
    ours, theirs = RIGHT.lenet(rng), keras_lenet()
    for each in ours.layers:
        if each.parameters:
            each.parameters[1][:] = rng.normal(0, 0.1, each.parameters[1].shape)
    theirs.set_weights([p for each in ours.layers for p in each.parameters])
    return ours, theirs


def test_lenet_has_the_parameters_and_the_outputs_of_keras():
    ours, theirs = pair(0)
    assert theirs.count_params() == 44_426
    images = np.random.default_rng(1).uniform(0, 1, (16, 784)).astype(np.float32)
    expected = np.asarray(theirs(images.reshape(-1, 28, 28, 1)))
    got = ours.forward(images)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=1e-5, rtol=1e-5)


def test_the_gradients_of_lenet_are_those_of_keras_also_on_black_images():
    import keras
    import tensorflow as tf

    ours, theirs = pair(2)
    images = np.random.default_rng(3).uniform(0, 1, (8, 28, 28)).astype(np.float32)
    images[:, :, :12] = 0  # equal numbers in pooling windows
    targets = RIGHT.one_hot(np.arange(8), 10)
    with tf.GradientTape() as tape:
        scores = theirs(images[..., None])
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)(targets, scores)
    expected = [np.asarray(g) for g in tape.gradient(loss, theirs.trainable_variables)]
    probabilities = RIGHT.softmax(ours.forward(images.reshape(8, -1), True))
    assert float(loss) == pytest.approx(float(RIGHT.cross_entropy(probabilities, targets)), rel=1e-5)
    ours.backward((probabilities - targets) / 8)
    got = [g for each in ours.layers if each.parameters for g in each.gradients]
    for mine, reference in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine, reference, atol=1e-5 * np.abs(reference).max(), rtol=1e-3)


def test_two_layers_and_the_loss_are_those_of_keras():
    import keras

    rng = np.random.default_rng(4)
    shapes = [(7, 9), (9,), (9, 4), (4,)]
    parameters = [rng.normal(0, 0.4, shape).astype(np.float32) for shape in shapes]  # Keras cuts off at 1e-7
    x, labels = rng.normal(size=(11, 7)).astype(np.float32), rng.integers(0, 4, 11)
    layers = [keras.layers.Dense(9, activation="relu"), keras.layers.Dense(4, activation="softmax")]
    model = keras.Sequential([keras.Input((7,)), *layers])
    model.set_weights(parameters)
    expected = np.asarray(model(x))
    got = RIGHT.two_layers(x, parameters)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    loss = keras.losses.SparseCategoricalCrossentropy()(labels, expected)
    ours = RIGHT.cross_entropy(got, RIGHT.one_hot(labels, 4))
    assert float(loss) == pytest.approx(float(ours), rel=1e-4)


@pytest.mark.parametrize("name", ["relu", "tanh", "elu", "selu"])
def test_activations_are_those_of_keras(name):
    import keras

    z = np.random.default_rng(5).normal(0, 2, (6, 7)).astype(np.float32)
    expected = np.asarray(getattr(keras.activations, name)(z))
    np.testing.assert_allclose(getattr(RIGHT, name)(z), expected, rtol=1e-6, atol=1e-6)


def test_a_step_with_momentum_is_that_of_keras():
    import keras

    rng = np.random.default_rng(6)
    start = rng.normal(size=(3, 2)).astype(np.float32)
    variable, optimizer = keras.Variable(start), keras.optimizers.SGD(0.1, momentum=0.9)
    layer = RIGHT.Dense(3, 2, rng)
    layer.parameters = [start.copy()]
    network, speeds = RIGHT.Network([layer]), [[np.zeros_like(start)]]
    for _ in range(3):
        slope = rng.normal(size=(3, 2)).astype(np.float32)
        optimizer.apply([slope], [variable])
        layer.gradients = [slope]
        RIGHT.step(network, speeds, 0.1, 0.9)
    np.testing.assert_allclose(layer.parameters[0], np.asarray(variable), rtol=1e-6, atol=1e-6)


# --- learning -----------------------------------------------------------------------------------------------


def test_fit_learns_drawn_digits_and_stays_in_float32():
    from helpers import drawings

    (images, labels), (test_images, test_labels) = drawings.digits(1_500, 300)
    network = RIGHT.deep([784, 64, 10], np.random.default_rng(0))
    x = images.reshape(len(images), -1).astype(np.float32) / 255
    before = [p.copy() for each in network.layers for p in each.parameters]
    RIGHT.fit(network, x, labels, 4, 0.05, np.random.default_rng(0))
    after = [p for each in network.layers for p in each.parameters]
    assert all(p.dtype == np.float32 for p in after)
    assert not any(np.array_equal(p, q) for p, q in zip(before, after, strict=True))
    named = RIGHT.answers(network, test_images.reshape(300, -1).astype(np.float32) / 255, batch=128)
    assert np.mean(named == test_labels) > 0.75  # chance is 0.1


def test_the_spiral_cannot_be_separated_by_lines_but_by_the_solution():
    points, labels = RIGHT.spiral(100, np.random.default_rng(0))
    targets = RIGHT.one_hot(labels, 3)
    design = np.column_stack([points, np.ones(len(points))])
    lines = (design @ np.linalg.lstsq(design, targets, rcond=None)[0]).argmax(axis=1)
    assert np.mean(lines == labels) < 0.7
    rng = np.random.default_rng(1)
    start = [*RIGHT.random_layer(2, 32, rng), *RIGHT.random_layer(32, 3, rng)]
    parameters, losses = RIGHT.descend(points, targets, start, 1.0, 1000)
    fresh, fresh_labels = RIGHT.spiral(100, np.random.default_rng(2))
    assert np.mean(RIGHT.two_layers(fresh, parameters).argmax(axis=1) == fresh_labels) > 0.9
    assert losses[-1] < losses[0] / 5

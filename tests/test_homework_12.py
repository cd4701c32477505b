"""The sources of homework 1 and 2: points, marks for nbgrader, written parts, numbers in the prose."""

import functools
import re
import shutil
from pathlib import Path

import jupytext
import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from homework_solutions import FUNCTIONS, SOURCES, cells, grading, solutions
from keras import layers

from helpers import ROOT, backbones, training
from helpers.staff import homework
from helpers.staff.grading import report, restore

NAMES = sorted(FUNCTIONS)
WRITTEN = {"hw1": ["report"], "hw2": ["e1-question", "report"]}


def graded(name):
    return {grading(cell)["grade_id"]: cell for cell in cells(name) if grading(cell).get("grade")}


def prose(name):
    return "\n".join(cell.source for cell in cells(name) if cell.cell_type == "markdown")


@pytest.mark.parametrize("name", NAMES)
def test_there_are_twenty_points_and_the_text_says_the_same(name):
    points = [grading(cell)["points"] for cell in graded(name).values()]
    assert sum(points) == 20
    table = re.findall(r"^\| (\d+) [^|]*\| (\d+) \|$", prose(name), re.MULTILINE)
    assert [int(number) for number, _ in table] == list(range(1, len(table) + 1))
    assert sum(int(told) for _, told in table) == 20
    by_exercise = {int(number): int(told) for number, told in table}
    titles = re.findall(r"^### Exercise (\d+): .*\((\d+) points?", prose(name), re.MULTILINE)
    assert {int(number): int(told) for number, told in titles}.items() <= by_exercise.items()
    for grade_id, cell in graded(name).items():
        number = re.match(r"e(\d+)-", grade_id)  # the report is the last part
        assert by_exercise[int(number[1]) if number else len(table)] == grading(cell)["points"]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_is_marked_as_nbgrader_wants_it(name):
    marked = [cell for cell in cells(name) if grading(cell)]
    names = [grading(cell)["grade_id"] for cell in marked]
    assert len(set(names)) == len(names) and set(names) >= set(FUNCTIONS[name])
    for cell in cells(name):
        marks, source = grading(cell), cell.source
        assert source.count("### BEGIN SOLUTION") == source.count("### END SOLUTION")
        assert ("### BEGIN SOLUTION" in source) == bool(marks.get("solution"))
        assert "### BEGIN HIDDEN TESTS" not in source or (marks["grade"] and marks["locked"])
        if marks:
            assert marks["schema_version"] == 3 and not marks["task"]
            assert bool(marks["locked"]) != marks["solution"]


@pytest.mark.parametrize("name", NAMES)
def test_jupytext_keeps_the_marks(name):
    text = jupytext.writes(jupytext.read(SOURCES[name]), fmt="py:percent")
    again = jupytext.reads(text, fmt="py:percent").cells
    for key in ("nbgrader", "report"):
        assert [cell.metadata.get(key) for cell in again] == [cell.metadata.get(key) for cell in cells(name)]


@pytest.mark.parametrize("name", NAMES)
def test_written_parts_have_a_rubric_and_an_answer_that_keeps_to_it(name):
    written = [cell for cell in graded(name).values() if cell.cell_type == "markdown"]
    assert [grading(cell)["grade_id"] for cell in written] == WRITTEN[name]
    for cell in written:
        asked, points = cell.metadata["report"], grading(cell)["points"]
        stub = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", cell.source, flags=re.DOTALL)
        assert re.findall(r"^### (.+)$", stub, re.MULTILINE) == asked["headings"]
        given = "\n".join(cell.source for cell in homework.load(SOURCES[name]).released.cells)
        words = report.count(cell.source, given)
        assert asked["min_words"] <= words <= 2.5 * asked["min_words"] + 60
        assert report.count(given, given) == 0  # copying the notebook's text is no report
        assert asked["required"] == (grading(cell)["grade_id"] == "report")
        rubric = cells(name)[cells(name).index(cell) - 1].source
        rows = re.findall(r"^\| .* \| ([\d.]+) \|$", rubric, re.MULTILINE)
        assert sum(map(float, rows)) == points


@pytest.mark.parametrize("name", NAMES)
def test_without_the_report_everything_is_zero(name):
    hw = homework.load(SOURCES[name])
    for text, zero in (("", True), ("### A heading\n" + "A few words. " * 20, True), (None, False)):
        submitted = nbformat.from_dict(hw.solved)
        for cell in submitted.cells:
            if grading(cell).get("grade_id") == "report" and text is not None:
                cell.source = text
        assert report.look(restore.restore(submitted, hw), hw).zero == zero
    assert "Without the report the result is 0" in prose(name)


def test_the_numbers_worked_on_paper_in_homework_1():
    text = " ".join(prose("hw1").split())
    five, six = (training.mcnemar([False] * n, [True] * n).p for n in (5, 6))
    assert f"= {five:.4f}$" in text and f"\\approx {six:.3f}$" in text and six < 0.05 < five
    assert f"0.99^{{180}} \\approx {0.99**180:.2f}$" in text and 3 * 240 / 4 == 180
    assert "1,280 features, ten classes" in text
    assert "(0 + 0.75) / 2 = 0.375" in text and np.mean([0, 3 / 4]) == 0.375


@pytest.mark.parametrize("name", NAMES)
def test_stubs_fail_and_say_what_is_missing(name):
    stub = re.compile(r"^( *)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL | re.MULTILINE)
    scope = dict(solutions(name).__dict__)
    for grade_id in FUNCTIONS[name]:
        (cell,) = [cell for cell in cells(name) if grading(cell).get("grade_id") == grade_id]
        source = stub.sub(r"\1raise NotImplementedError()", cell.source)
        try:
            exec(compile(source, grade_id, "exec"), scope)
        except NotImplementedError:
            continue  # not only functions in it
        test = graded(name)[f"{grade_id.split('-')[0]}-test"].source.partition("\n###")[0].splitlines()[0]
        with pytest.raises(AssertionError, match="is not written yet"):
            exec(compile(test, grade_id, "exec"), scope)


def tiny(name, size=None):
    """Stand in for the base of homework 1: its features, and layers of the same names and kinds."""
    x = pixels = keras.Input((None, None, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for name, filters, side in (("stem", 32, 3), ("stage6_block1_expand", 16, 3), ("top", 1280, 1)):
        x = layers.Conv2D(filters, side, strides=2, use_bias=False, name=f"{name}_conv")(x)
        x = layers.ReLU()(layers.BatchNormalization(name=f"{name}_bn")(x))
    base = keras.Model(pixels, layers.GlobalAveragePooling2D()(x), name="tiny")
    rng = np.random.default_rng(0)  # the same weights whenever it is built
    base.set_weights([w if w.ndim < 4 else rng.normal(0, 0.1, w.shape) for w in base.get_weights()])
    base.trainable = False
    return base


class AtOnce(layers.Layer):
    """A network as one operation: TensorFlow traces it once, and not anew for each model that it is in."""

    def __init__(self, network):
        super().__init__()
        pixels = tf.TensorSpec((None, None, None, 3))
        self.forward = tf.function(lambda images: network(images, training=False), [pixels])

    def call(self, images):
        return self.forward(tf.cast(images, tf.float32))


@functools.cache
def small(name):
    """Load the real base once for all tests, for smaller pictures than students use."""
    pixels = keras.Input((None, None, 3))
    return keras.Model(pixels, AtOnce(backbones.headless(name, size=96))(pixels))


def worked_through(name, folder, answers=(), without=(), base=None):
    """Run a homework's cells in order, as the grader does: name of each test -> its error, "" if it passed.

    `answers` replaces solutions; `without` names cells to leave out, beside those that only show something.
    """
    said, scope = {}, {"__name__": "homework"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for cell in cells(name):
            marks, source = grading(cell), dict(answers).get(grading(cell).get("grade_id"), cell.source)
            if cell.cell_type != "code" or "plots." in source or marks.get("grade_id") in without:
                continue
            if base:
                source = re.sub(r"\bbackbones\.headless\b", "_base", source)
                source = source.replace("(0.001, 0.01, 0.1, 1.0), data)", "(0.01, 1.0), data)")  # two will do
                source = source.replace("quickdraw(names, 200)", "quickdraw(names, 50)")  # 100 to test with
                source = source.replace("epochs=30, batch_size=32", "epochs=20, batch_size=32")
                scope["_base"] = base
            try:
                exec(compile(source, marks.get("grade_id", "cell"), "exec"), scope)
                error = ""
            except Exception as raised:
                error = f"{type(raised).__name__}: {raised}"
            if marks.get("grade"):
                said[marks["grade_id"]] = error
            else:
                assert not error, f"{source}\n{error}"
    return said, scope


def lost(said):
    return {name for name, error in said.items() if error}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """Homework 1, done honestly on a tiny base."""
    return worked_through("hw1", tmp_path_factory.mktemp("hw1"), base=tiny)


def test_homework_1_done_honestly_earns_everything(tuned):
    assert not lost(tuned[0]), tuned[0]


def test_the_test_drawings_are_not_there_before_section_5():
    place = [grading(cell).get("grade_id") for cell in cells("hw1")].index("e3-train")
    assert not any(re.search(r"^test\b", cell.source, re.MULTILINE) for cell in cells("hw1")[:place])


WITHOUT_THE_BASE = """
def open_up(model, base, first, rate):
    behind = False
    for layer in base.layers:
        behind = behind or layer.name == first
        layer.trainable = behind and not isinstance(layer, layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(rate), LOSS, metrics=["accuracy"])
"""
EVERY_LAYER = """
def open_up(model, base, first, rate):
    base.trainable = True
    model.compile(keras.optimizers.Adam(rate), LOSS, metrics=["accuracy"])
"""


@pytest.mark.parametrize("answer, good", [(WITHOUT_THE_BASE, True), (EVERY_LAYER, False)])
def test_the_hidden_test_of_opening_asks_what_the_model_trains(tuned, answer, good):
    """Layers can train while the base around them says that it does not: the optimizer gets them all."""
    scope = dict(tuned[1])
    exec(answer, scope)
    hidden = graded("hw1")["e2-test"].source.partition("### BEGIN HIDDEN TESTS")[2]
    if good:
        exec(graded("hw1")["e2-test"].source, scope)
    else:
        with pytest.raises(AssertionError, match="arrays of the base train"):
            exec(hidden, scope)


def _trial(old, new):
    source = next(cell.source for cell in cells("hw1") if grading(cell).get("grade_id") == "e7-trials")
    source = source[: source.index("trials = ")]
    assert old in source
    return source.replace(old, new)


IN_FIT = "whole.evaluate(*train, batch_size=50, verbose=0)[1]", 'history.history["accuracy"][-1]'
INVENTED = """
def trial(rate, batch_norm_trains=False):
    ready(new_base())
    return {"weights": 0.02, "statistics": 0.3, "in fit": 1.0, "same pictures": 0.75, "test": 0.7}
"""


@pytest.mark.parametrize(
    "task, answer",
    [
        ("e5", 'right["head alone"] = ~right["head alone"]'),
        ("e5", 'right["head alone"] = right["all blocks"] ^ (np.arange(len(test.labels)) == 3)'),
        ("e5", 'right["all blocks"] = right["last blocks"]'),
        ("e5", 'trained["last blocks"] += 1'),
        ("e7", INVENTED),
        ("e7", _trial(*IN_FIT)),
        ("e7", _trial("gets_right(whole).mean()", "0.5")),
        ("e7", _trial("kernels(fresh)),", "fresh.get_weights()),")),
    ],
)
def test_homework_1_invented_or_measured_wrongly_is_found_out(tuned, task, answer):
    """The student's own numbers stay as they are, and pass what is shown."""
    scope = {**tuned[1], "right": dict(tuned[1]["right"]), "trained": dict(tuned[1]["trained"])}
    exec(answer, scope)
    with pytest.raises((AssertionError, ValueError)):
        exec(graded("hw1")[f"{task}-test"].source, scope)


SHOWN = ("given-careless", "given-cam", "given-covered", "given-compared", "e5-test")
NEAREST = """
class Nearest:
    def __init__(self, images, labels):
        self.rows, self.labels = self.small(images), labels

    def small(self, images):
        return images[:, ::16, ::16].reshape(len(images), -1).astype(float)

    def predict(self, images, verbose=0):
        gaps = ((self.small(images)[:, None] - self.rows) ** 2).sum(axis=2)
        return np.eye(CLASSES)[self.labels[gaps.argmin(axis=1)]]

def fit(strength, split):
    return Nearest(*split)
"""
QUICK = {"e5-fit": NEAREST, "e2-pictures": 'LICENCE = "mine"'}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Homework 2, done honestly, and the folder with the pictures."""
    folder = tmp_path_factory.mktemp("hw2")
    return *worked_through("hw2", folder, without=SHOWN[:-1], base=small), folder


def test_the_numbers_in_the_report_of_homework_2_fit_together_and_to_the_run(collected):
    """The run here has a smaller base, so of its numbers only those without a network are the report's."""
    text, scope = " ".join(graded("hw2")["report"].source.split()), collected[1]
    right, total = int(re.search(r"right on (\d+) \(0", text)[1]), len(scope["data"].test.labels)
    low, high = training.wilson_interval(right, total)
    assert f"On the {total} test pictures, the head on pretrained features is right on {right} (" in text
    assert f"({right / total:.3f}, 95% interval {low:.3f} to {high:.3f})" in text
    by_colour = int(scope["rights"][0].sum())
    assert f"The mean colour is right on {by_colour} ({by_colour / total:.3f})" in text
    first, second = map(
        int, re.search(r"right on (\d+) pictures?, only the head on (\d+): p < 0.001", text).groups()
    )
    assert second - first == right - by_colour
    assert training.mcnemar([True] * first + [False] * second, [False] * first + [True] * second).p < 0.001
    assert len(set(scope["data"].sources["test"])) == 8 and "I tested on eight objects" in text
    assert f"{right} of {total} with drawn objects" in (ROOT / "docs/guide/grading.md").read_text(
        encoding="utf-8"
    )


def test_homework_2_done_honestly_earns_everything_and_again_from_its_zip(collected, tmp_path):
    assert not lost(collected[0]), collected[0]
    shutil.copy(collected[2] / "my_pictures.zip", tmp_path)
    said, scope = worked_through("hw2", tmp_path, QUICK, without=SHOWN)
    assert not lost(said), said
    assert np.array_equal(scope["images"], collected[1]["images"])  # nothing is lost on the way
    assert list(scope["objects"]) == list(collected[1]["objects"])


@pytest.mark.parametrize("inside", ["", "my_pictures", "my photos"])
def test_pictures_come_out_of_an_upload_however_it_was_packed(collected, tmp_path, inside):
    packed = tmp_path / "packed" / inside
    shutil.copytree(collected[2] / "my_pictures", packed)
    (tmp_path / "packed" / "__MACOSX").mkdir()
    shutil.make_archive(tmp_path / "upload", "zip", tmp_path / "packed")
    (tmp_path / "my_pictures" / "my_pictures").mkdir(parents=True)  # what an earlier try left there
    scope = {"FOLDER": None}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        for cell in cells("hw2"):
            if grading(cell).get("grade_id") in (
                "given-imports",
                "given-data",
                "given-pictures",
                "given-objects",
            ):
                exec(cell.source, scope)
    assert sorted(scope["names"]) == ["handbag", "shoe"] and len(set(scope["objects"])) == 24


@pytest.mark.parametrize(
    "files, objects",
    [
        (["my_mug/IMG0001.jpg", "my_mug/IMG0002.jpg", "my_mug/tall_1.jpg"], 3),
        (["death_caps/a_1.jpg", "death_caps/a_2.jpg", "death_caps/b c_1.jpg", "death_caps/b_d_1.jpg"], 3),
    ],
)
def test_the_object_is_the_file_s_name_up_to_its_last_underscore(files, objects):
    (cell,) = [cell for cell in cells("hw2") if grading(cell).get("grade_id") == "given-objects"]
    scope = {"np": np, "Path": Path, "paths": files, "names": ["one"], "labels": np.zeros(len(files), int)}
    exec(cell.source, scope)
    assert len(set(scope["objects"])) == objects
    scope["paths"] = ["mug/IMG_0001.jpg", "mug/IMG_0002.jpg"] * 2
    with pytest.raises(AssertionError, match="one has 1 objects only"):
        exec(cell.source, scope | {"labels": np.zeros(4, int)})


def test_homework_2_without_pictures_of_one_s_own_loses_their_points(tmp_path):
    said, _ = worked_through("hw2", tmp_path, QUICK, without=SHOWN)
    assert lost(said) == {"e2-test", "e7-test"}
    assert "Put photos of your own" in said["e2-test"] and "Collect your own" in said["e7-test"]
    assert sum(grading(graded("hw2")[name])["points"] for name in lost(said)) == 5
    (cell,) = [cell for cell in cells("hw2") if grading(cell).get("grade_id") == "e3-group-split"]
    renamed = 'import dataclasses\nloaded = dataclasses.replace(loaded, origin="own")\n' + cell.source
    said, _ = worked_through("hw2", tmp_path, {**QUICK, "e3-group-split": renamed}, without=SHOWN)
    assert lost(said) == {"e2-test", "e7-test"} and "no pictures were handed in" in said["e2-test"]


PICTURE_BY_PICTURE = """
def group_split(groups, labels, share, rng):
    return rng.random(len(groups)) < share
"""
ON_THE_TEST = """
def choose(fit, settings, data):
    said = [fit(s, data.train).predict(data.test.images, verbose=0).argmax(axis=1) for s in settings]
    return settings[np.argmax([np.mean(answers == data.test.labels) for answers in said])]
"""
PEEKS = """
def fit(strength, split):
    return Nearest(*(np.concatenate(pair) for pair in zip(split, data.test)))
"""


def test_homework_2_done_wrongly_is_found_out(collected, tmp_path):
    shutil.copy(collected[2] / "my_pictures.zip", tmp_path)
    answers = {**QUICK, "e3-group-split": PICTURE_BY_PICTURE, "e6-choose": ON_THE_TEST}
    answers["e5-fit"] += PEEKS
    said, _ = worked_through("hw2", tmp_path, answers, without=SHOWN)
    assert lost(said) == {"e2-test", "e3-test", "e6-test", "e7-test"}, said
    assert "on two sides" in said["e2-test"] and "asked a model about test images" in said["e6-test"]
    assert "fit knows more than it was given" in said["e7-test"]

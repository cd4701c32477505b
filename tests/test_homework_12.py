"""The sources of homework 1 and 2: points, marks for nbgrader, written parts, numbers in the prose."""

import functools
import re

import jupytext
import nbformat
import pytest
from homework_solutions import FUNCTIONS, SOURCES, cells, grading, solutions

from helpers import backbones, training
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
        answer = re.sub(r"^#.*$", "", cell.source, flags=re.MULTILINE)
        words = len(re.findall(r"[^\W\d_]{2,}", answer))
        assert asked["min_words"] <= words <= 2.5 * asked["min_words"] + 60
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


def worked_through(name, folder, answers=(), without=()):
    """Run a homework's cells in order, as the grader does: name of each test -> its error, "" if it passed.

    `answers` replaces solutions; `without` names cells to leave out, beside those that only show something.
    """
    said, scope = {}, {"__name__": "homework"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(
            backbones, "headless", functools.partial(backbones.headless, size=96)
        )  # four times as fast
        for cell in cells(name):
            marks, source = grading(cell), dict(answers).get(grading(cell).get("grade_id"), cell.source)
            if cell.cell_type != "code" or "plots." in source or marks.get("grade_id") in without:
                continue
            try:
                exec(compile(source, marks.get("grade_id", "cell"), "exec"), scope)
                error = ""
            except Exception as raised:
                error = f"{type(raised).__name__}: {raised}"
            if marks.get("grade"):
                said[marks["grade_id"]] = error
            else:
                assert not error, f"{source}\n{error}"
    return said


SHOWN = ("given-careless", "given-cam", "given-covered")


def test_homework_2_done_honestly_earns_everything(tmp_path):
    said = worked_through("hw2", tmp_path, without=SHOWN)
    assert set(said.values()) == {""}, said
    again = tmp_path / "marked"
    again.mkdir()
    (tmp_path / "my_pictures.zip").rename(again / "my_pictures.zip")
    said = worked_through("hw2", again, {"e2-pictures": 'LICENCE = "mine"'}, without=SHOWN)
    assert set(said.values()) == {""}, said


def test_homework_2_without_pictures_of_one_s_own_loses_their_points(tmp_path):
    said = worked_through("hw2", tmp_path, {"e2-pictures": 'LICENCE = "none"'}, without=SHOWN)
    assert {name for name, error in said.items() if error} == {"e2-test", "e7-test"}
    assert "Photograph your own" in said["e2-test"] and "Collect your own" in said["e7-test"]
    lost = sum(grading(graded("hw2")[name])["points"] for name in ("e2-test", "e7-test"))
    assert lost == 5


UNTRAINED = """
base = backbones.headless("efficientnet_lite0", weights="random")

def fit(strength, split):
    head = layers.Dense(len(np.unique(split[1])), activation="softmax")
    return keras.Sequential([keras.Input((*SIZE, 3)), base, head])
"""
PICTURE_BY_PICTURE = """
def group_split(groups, labels, share, rng):
    return rng.random(len(groups)) < share
"""
ON_THE_TEST = """
def choose(fit, settings, data):
    said = [fit(s, data.train).predict(data.test.images, verbose=0).argmax(axis=1) for s in settings]
    return settings[np.argmax([np.mean(answers == data.test.labels) for answers in said])]
"""


def test_homework_2_done_wrongly_is_found_out(tmp_path):
    answers = {"e3-group-split": PICTURE_BY_PICTURE, "e5-fit": UNTRAINED, "e6-choose": ON_THE_TEST}
    said = worked_through("hw2", tmp_path, answers, without=SHOWN)
    assert {name for name, error in said.items() if error} == {"e2-test", "e3-test", "e5-test", "e6-test"}
    assert "on two sides" in said["e2-test"] and "new drawings rightly" in said["e5-test"]
    assert "asked a model about test images" in said["e6-test"]

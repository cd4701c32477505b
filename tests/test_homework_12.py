"""The sources of homework 1 and 2: points, marks for nbgrader, written parts, numbers in the prose."""

import re

import jupytext
import numpy as np
import pytest
from homework_solutions import FUNCTIONS, SOURCES, cells, grading, solutions

from helpers import check, datasets, training

NAMES = sorted(FUNCTIONS)


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
        if number := re.match(r"e(\d+)-", grade_id):
            assert by_exercise[int(number[1])] == grading(cell)["points"]


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
    assert len(written) == 2
    for cell in written:
        asked, points = cell.metadata["report"], grading(cell)["points"]
        stub = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", cell.source, flags=re.DOTALL)
        assert re.findall(r"^### (.+)$", stub, re.MULTILINE) == asked["headings"]
        answer = re.sub(r"^#.*$", "", cell.source, flags=re.MULTILINE)
        words = len(re.findall(r"[^\W\d_]{2,}", answer))
        assert asked["min_words"] <= words <= 2.5 * asked["min_words"] + 60
        assert not asked["required"]
        rubric = cells(name)[cells(name).index(cell) - 1].source
        rows = re.findall(r"^\| .* \| ([\d.]+) \|$", rubric, re.MULTILINE)
        assert sum(map(float, rows)) == points


def test_the_numbers_worked_on_paper_in_homework_1():
    text = " ".join(prose("hw1").split())
    low, high = training.wilson_interval(270, 300)
    assert f"{low:.3f} to {high:.3f}, and claims" in text
    low, high = training.wilson_interval(90, 100)
    assert f"Wilson's interval for 90 of 100 is {low:.3f} to {high:.3f}" in text
    assert "386 numbers" in text and 192 * 2 + 2 == 386
    assert f"{0.97 * 0.2 + 0.03 * 1.0:.3f}" in text and f"{0.97**100:.3f}" in text


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
        test = graded(name)[f"{grade_id.split('-')[0]}-test"].source.partition("###")[0]
        with pytest.raises(AssertionError, match="is not written yet"):
            exec(compile(test, grade_id, "exec"), scope)


def test_the_split_by_groups_has_no_leaks_where_the_other_has():
    data = datasets.handbags_and_shoes("drawn", size=(128, 128))
    scope = {"data": data, **vars(solutions("hw2"))}
    (cell,) = [
        cell for cell in cells("hw2") if "picture by picture" in cell.source and "triples" in cell.source
    ]
    printed = []
    exec(compile(cell.source, "leaks", "exec"), {**scope, "print": printed.append})
    counts = [int(line.split()[-2]) for line in printed]
    assert counts[0] > 5 and counts[1] == 0


def test_the_drawn_pictures_pass_the_check_that_students_run(capsys):
    check.own_set(datasets.handbags_and_shoes("drawn", size=(128, 128)))
    assert "72 train, 24 validation, 200 test" in capsys.readouterr().out


def test_covering_the_hottest_square_covers_it():
    hot = solutions("hw2").hottest(np.pad(np.ones((4, 4)), ((10, 5), (3, 12))), 4)
    assert hot == (10, 3)

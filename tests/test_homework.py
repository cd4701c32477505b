"""The students' notebooks: nothing of the solutions in them, and tests that mark what they should."""

import json
import re
import subprocess
import sys

import nbformat
import pytest
from homework_samples import NAME, SOURCE, small_homework

from helpers.staff import course, homework, notebooks
from helpers.staff.__main__ import main


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks" / "source" / "homework"
    folder.mkdir(parents=True)
    monkeypatch.setattr(course, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(course, "SOURCES", tmp_path / "notebooks" / "source")
    return folder


def regions(text, begin, end):
    """Lines between marks, found without the code under test."""
    found = re.findall(rf"### {begin}\n(.*?)\n\s*(?:# )?### {end}", text, re.DOTALL)
    return [line.removeprefix("# ").strip() for block in found for line in block.splitlines()]


SECRETS = regions(SOURCE, "BEGIN SOLUTION", "END SOLUTION") + regions(
    SOURCE, "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
)


def test_no_line_of_a_solution_or_hidden_test_is_released():
    assert len(SECRETS) == 9
    text = json.dumps(small_homework().released, ensure_ascii=False)
    for line in SECRETS:
        assert json.dumps(line, ensure_ascii=False)[1:-1] not in text
    assert not re.search("SOLUTION|HIDDEN", text)
    assert "YOUR CODE HERE" in text and "YOUR ANSWER HERE" in text
    assert "np.testing.assert_allclose(softmax(np.zeros((2, 4))), 0.25)" in text  # the open part of the test


def test_the_notebook_with_solutions_keeps_them_and_every_test():
    text = json.dumps(small_homework().solved, ensure_ascii=False)
    assert all(json.dumps(line, ensure_ascii=False)[1:-1] in text for line in SECRETS)
    assert small_homework().points == {"q1-test": 2.0, "q2-test": 1.5, "report": 4.0}


def test_released_cells_are_locked_and_named_twice():
    released = small_homework().released
    nbformat.validate(released)
    cells = {cell["id"]: cell for cell in released.cells}
    assert cells["q1-test"].metadata.editable is False and cells["q1-test"].metadata.deletable is False
    assert "editable" not in cells["q1-softmax"].metadata
    for name in ("imports", "q1-softmax", "q1-test", "report"):
        assert cells[name].metadata.nbgrader.grade_id == name
    assert released.metadata.course.homework == NAME
    assert all("lines_to_next_cell" not in cell.metadata for cell in released.cells)


@pytest.mark.parametrize(
    "place, plant",
    [
        ("source", lambda nb, text: nb.cells[0].update(source=f"see\n{text}")),
        ("metadata", lambda nb, text: nb.cells[0].metadata.update(note=text)),
        ("metadata", lambda nb, text: nb.metadata.update({"deep": [{"er": text}]})),
        ("outputs", lambda nb, text: nb.cells[1].outputs.append(nbformat.v4.new_output("stream", text=text))),
        ("attachments", lambda nb, text: nb.cells[0].update(attachments={"a.txt": {"text/plain": text}})),
    ],
)
def test_a_leak_is_found_wherever_it_is(place, plant):
    hw = small_homework()
    assert homework.leaks(hw) == []
    for text in ("return np.maximum(z, 0.0)", "    large_scores = np.array([[1000.0, 1000.0]])\n"):
        leaky = nbformat.from_dict(hw.released)
        plant(leaky, text)
        found = homework.leaks(hw, leaky)
        assert len(found) == 1 and place in found[0] and text.strip() in found[0]


def test_marks_that_nbgrader_does_not_know_are_leaks():
    text = SOURCE.replace("### BEGIN HIDDEN TESTS\n", "### begin hidden tests\n").replace(
        "### END HIDDEN TESTS\n", "### end hidden tests\n"
    )
    assert any("mark" in leak for leak in homework.leaks(small_homework(text)))


@pytest.mark.parametrize(
    "old, new, words",
    [
        ('"grade_id": "q2-relu"', '"grade_id": "q1-softmax"', "Duplicate grade id"),
        ("    ### END SOLUTION\n\n# %% nb", "\n# %% nb", "no end solution"),
        ('"grade_id": "q1-softmax", "locked": false', '"grade_id": "q1-softmax"', "ClearSolutions|CheckCell"),
        (
            "import numpy as np\n",
            "### BEGIN SOLUTION\nimport numpy as np\n### END SOLUTION\n",
            "non-solution cell",
        ),
    ],
)
def test_what_nbgrader_refuses_is_told_in_a_sentence(old, new, words):
    assert old in SOURCE
    with pytest.raises(ValueError, match=rf"nbgrader refuses {NAME}.*({words})"):
        small_homework(SOURCE.replace(old, new, 1))


HEAD = '# %% nbgrader={"grade": true, "grade_id": "q2-test"'


@pytest.mark.parametrize(
    "old, new",
    [
        ('true, "grade_id": "q2-test"', 'true "grade_id": "q2-test"'),
        ('"points": 1.5', '"points": 1,5'),
        ("false}\nassert relu", "false\nassert relu"),
        ('"grade_id": "q2-test"', '“grade_id”: "q2-test"'),
        ("# %% nb", "# %%nb"),
        ("# %% nb", "# % nb"),
        ("# %% nb", "## %% nb"),
        ("# %% nb", "# + nb"),
        ("# %% nb", "# nb"),
        ("# %% nbgrader={", "# %% nbgrader: {"),
        ("# %% nbgrader={", "# %% nbgarder={"),
        ("# %% nbgrader={", "# %% [code] nbgrader={"),
        ("# %% nbgrader={", "# %% nbgrader=null, x={"),
        ("# %% nbgrader={", "# %% nbgrader=[{"),
        ('"grade": true, "grade_id": "q2-test"', '"grade": false, "grade_id": "q2-test"'),
        ('"grade": true, "grade_id": "q2-test"', '"grade": true, "grade": false, "grade_id": "q2-test"'),
        ("[markdown] nbgrader", "nbgrader"),
        ("[markdown] nbgrader", "[Markdown] nbgrader"),
        ("# %% [markdown] nbgrader", "# %%[markdown] nbgrader"),
        ("# %% [markdown]\n# ## Report", "# %%[markdown]\n# ## Report"),
        ("report={", "reprt={"),
        ('"min_words": 20', '"min_word": 20'),
        ('"min_words": 20', '"min_words": "20"'),
        ('report={"required": true, "min_words": 20, ', 'report=["", '),
    ],
)
def test_a_broken_head_of_a_cell_takes_no_points_away_in_silence(small_course, capsys, old, new):
    """Its test, or its report, would become text, and the homework be worth less than 7.5 points."""
    text = SOURCE.replace(HEAD, HEAD.replace(old, new), 1)
    text = text if text != SOURCE else SOURCE.replace(old, new, 1)
    assert text != SOURCE
    (small_course / f"{NAME}.py").write_text(text, encoding="utf-8")
    assert main(["homework"]) == 1
    said = capsys.readouterr().out
    assert f"{NAME} was not written: homework/{NAME}: the head of a cell" in said and len(said) < 700
    assert not (course.NOTEBOOKS / "homework" / f"{NAME}.ipynb").exists()


def test_a_setup_cell_looks_two_folders_up():
    setup = '# %% tags=["setup"]\n# setup\n\n# %% [markdown]\n# text\n'
    cell = small_homework(setup).released.cells[0].source
    assert '"../.."' in cell and cell == course.setup_cell(course.Home("owner/name", "main")).replace(
        '".."', '"../.."'
    )


def test_a_good_homework_is_written(small_course, capsys):
    (small_course / f"{NAME}.py").write_text(SOURCE, encoding="utf-8")
    assert main(["homework", "hw9"]) == 0
    assert f"{NAME}: 7.5 points" in capsys.readouterr().out
    stored = nbformat.read(course.NOTEBOOKS / "homework" / f"{NAME}.ipynb", as_version=4)
    assert notebooks.differences(homework.load(small_course / f"{NAME}.py").released, stored) == []


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("np.maximum(z, 0.0)", "np.minimum(z, 0.0)", "earns 0 of 1.5 points in q2-test: AssertionError"),
        ("assert relu(np", "callable(relu) or relu(np", "stubs earn 1.5 points in q2-test"),
        ("import numpy as np\n", "import numpy as np\n1 / 0\n", "ends with: error cell 1: ZeroDivisionError"),
    ],
)
def test_a_homework_whose_marks_are_wrong_is_not_written(small_course, capsys, old, new, words):
    assert old in SOURCE
    (small_course / f"{NAME}.py").write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
    assert main(["homework"]) == 1
    assert words in capsys.readouterr().out
    assert not (course.NOTEBOOKS / "homework" / f"{NAME}.ipynb").exists()


def test_no_homework_is_said_and_an_unknown_one_refused(small_course, capsys):
    assert main(["homework"]) == 0
    assert "No homework yet" in capsys.readouterr().out
    assert main(["homework", "hw7"]) == 2
    assert "no homework hw7" in capsys.readouterr().err


def test_every_stored_homework_is_what_its_source_builds():
    sources = homework.sources()
    stored = sorted((course.NOTEBOOKS / "homework").glob("hw*.ipynb"))
    assert [path.stem for path in stored] == [source.stem for source in sources]
    for source, path in zip(sources, stored, strict=True):
        notebook = nbformat.read(path, as_version=4)
        hw = homework.load(source)
        assert notebooks.differences(hw.released, notebook) == []
        assert homework.leaks(hw, notebook) == []
        assert all(not cell.get("outputs") for cell in notebook.cells)


def test_neither_homework_nor_grader_imports_tensorflow_or_nbgrader_at_once(root):
    code = "import sys, helpers.staff.homework, helpers.staff.grading.execute\n"
    code += "print(sorted({'tensorflow', 'keras', 'nbgrader'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert done.stdout == "[]\n", done.stderr

"""The committed notebooks: built from their sources, executed, and run again cell by cell by nbval."""

import os
import re
import shutil
import subprocess
import sys
import textwrap

import comparison
import jupytext
import machine
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers import quiz
from helpers.quiz import WIDGET
from helpers.staff import course, lessons, notebooks
from helpers.staff.__main__ import main

SOURCES = course.sources()
STORED = [notebooks.stored_path(source) for source in SOURCES]
CELL_SECONDS = machine.seconds(600)


def read(path):
    return nbformat.read(path, as_version=4)


def source_of(path):
    return course.SOURCES / path.relative_to(course.NOTEBOOKS).with_suffix(".py")


def minutes(path):
    return read(path).metadata.get("course", {}).get("minutes", 0) if path.exists() else 0


LONGEST_FIRST = sorted(STORED, key=minutes, reverse=True)


def test_every_source_has_its_notebook_and_every_notebook_its_source():
    assert SOURCES
    homework = {notebooks.stored_path(source) for source in (course.SOURCES / "homework").glob("hw*.py")}
    assert homework | set(STORED) == set(course.NOTEBOOKS.rglob("*.ipynb"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_notebook_is_what_its_source_builds(source):
    assert notebooks.differences(notebooks.build_file(source), read(notebooks.stored_path(source))) == []


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_notebook_can_be_published(path):
    assert notebooks.problems(read(path)) == []


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_lesson_holds_at_most_50_code_cells(path):
    """What is more belongs to another lesson, or into "Going further" at the end."""
    cells = read(path).cells
    starts = [place for place, cell in enumerate(cells) if re.search("(?m)^## Going further", cell.source)]
    assert sum(cell.cell_type == "code" for cell in cells[: starts[0] if starts else None]) <= 50


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_questions_read_as_the_banks_do_now(path):
    cells = [cell for cell in read(path).cells if cell.source.startswith("quiz.ask(")]
    asked = [re.findall(r'"(.+?)"', cell.source) for cell in cells]
    shown = [cell.outputs[0].data for cell in cells]
    assert [dict(data) for data in shown] == [
        {"text/html": quiz.as_html(entry), "text/plain": quiz.as_text(entry)}
        for entry in (quiz.find(*names) for names in asked)
    ]


@pytest.mark.parametrize("path", LONGEST_FIRST, ids=lambda path: path.stem)
def test_nbval_passes(path, root):
    """One run serves all: the comparison, what must hold for outputs, the solutions, the page in build/."""
    result, said = comparison.compare(path, CELL_SECONDS, comparison.solved(source_of(path)))
    lessons.write(result, root / "build" / "lessons")
    assert result.error is None, said
    # Another processor's figures differ in a few bytes, and are not published.
    assert notebooks.problems(result.notebook, most=2 * notebooks.LARGEST) == []


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_every_lesson_has_its_parts(path):
    cells = read(path).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for part in ["# ", "Topics: ", "**You will learn**", "## Key numbers", "## Key points", "## Where next"]:
        assert f"\n{part}" in f"\n{prose}", part
    assert "colab-badge.svg" in cells[0].source
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert code[0] == course.setup_cell(course.home(), path.relative_to(course.NOTEBOOKS).as_posix())
    assert any("keras.utils.set_random_seed" in cell for cell in code)
    assert max(len(cell.splitlines()) for cell in code) <= 25
    for picture in re.findall(r"!\[(.*?)\]\((?!https://colab)", prose):
        assert len(picture) > 12


def small_notebook(cells):
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def compared(source, output, count=1):
    result = new_output("stream", name="stdout", text=output)
    return new_code_cell(
        source, execution_count=count, outputs=[result], metadata={"tags": [notebooks.CHECKED]}
    )


def save(cells, path):
    nbformat.write(small_notebook(cells), path)
    return path


def test_nbval_fails_on_a_wrong_stored_number_and_passes_the_right_one(tmp_path):
    right = save([compared("print(6 * 7)", "42\n")], tmp_path / "right.ipynb")
    wrong = save([compared("print(6 * 7)", "43\n")], tmp_path / "wrong.ipynb")
    assert comparison.compare(right, CELL_SECONDS)[0].error is None
    result, said = comparison.compare(wrong, CELL_SECONDS)
    assert result.error == "cell 0: Cell outputs differ" and "43" in said


def test_options_of_a_pytest_around_nbval_do_not_reach_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-q --collect-only")
    wrong = save([compared("print(6 * 7)", "43\n")], tmp_path / "wrong.ipynb")
    assert comparison.compare(wrong, CELL_SECONDS)[0].error == "cell 0: Cell outputs differ"


def test_nbval_stops_at_the_first_failing_cell(tmp_path):
    cells = [compared("1 / 0", ""), compared("print('later')", "sooner\n", 2)]
    result, said = comparison.compare(save(cells, tmp_path / "stops.ipynb"), CELL_SECONDS)
    assert "1 failed" in said and "2 failed" not in said
    assert result.error == "cell 0: Cell execution caused an exception" and result.cells == 1


def test_a_stripped_notebook_passes_nbval_unseen_and_is_refused_by_us(tmp_path):
    stripped = new_code_cell("print(6 * 7)", metadata={"tags": [notebooks.CHECKED]})
    path = save([stripped], tmp_path / "stripped.ipynb")
    assert comparison.compare(path, CELL_SECONDS)[0].error is None
    assert any("never executed" in problem for problem in notebooks.problems(read(path)))


PICTURE = {"image/png": "AAAA", "text/plain": "x"}
# Assembled here, so that this file itself names no folder of one machine.
FOREIGN = "/".join(["", "home", "someone", "file.py"])


def executed(*outputs, **metadata):
    return new_code_cell("1", execution_count=1, outputs=list(outputs), metadata=metadata)


@pytest.mark.parametrize(
    "cell, words",
    [
        (compared("x = 1", ""), None),
        (executed(), "no cell is tagged"),
        (executed(tags=[notebooks.CHECKED]), "has no output"),
        (executed(new_output("stream", name="stderr", text="w")), "standard error"),
        (compared("1", f"see {FOREIGN}\n"), "path of one machine"),
        (executed(new_output("error", ename="E", evalue="", traceback=[])), "error: E"),
        (executed(new_output("display_data", PICTURE)), "without alt text"),
        (executed(new_output("display_data", {WIDGET: {}})), "stores a widget"),
        (compared("1", "x" * 2_000_000), "is the limit"),
    ],
)
def test_what_must_not_be_published_is_named(cell, words):
    found = notebooks.problems(small_notebook([cell]))
    assert (found == []) if words is None else any(words in problem for problem in found), found


def test_differences_are_found():
    source = '# %% [markdown]\n# # T\n\n# %% tags=["a"]\nx = 1\n'
    built, other = (
        notebooks.build(text, "00_t", course.home()) for text in (source, source.replace("x = 1", "x = 2"))
    )
    retagged = notebooks.build(source.replace('"a"', '"b"'), "00_t", course.home())
    longer = notebooks.build(source + "\n# %%\ny = 2\n", "00_t", course.home())
    assert notebooks.differences(built, notebooks.build(source, "00_t", course.home())) == []
    assert notebooks.differences(built, other) == ["cell 1 differs from its source"]
    assert notebooks.differences(built, retagged) == ["cell 1 differs from its source"]
    assert len(notebooks.differences(built, longer)) == 1


def test_outputs_stay_with_their_code_when_text_is_added():
    source = "# %% [markdown]\n# # T\n\n# %%\nx = 1\n\n# %%\nx + 1\n"
    more = source.replace("# # T\n", "# # T\n\n# %% [markdown]\n# More.\n")
    stored, built = (notebooks.build(text, "00_t", course.home()) for text in (source, more))
    for count, (_, cell) in enumerate(notebooks.code_cells(stored), 1):
        cell.execution_count = count
    notebooks.keep_outputs(built, stored)
    assert [cell.execution_count for _, cell in notebooks.code_cells(built)] == [1, 2]


@pytest.mark.parametrize(
    "old, new", [("x + 1", "x + 2"), ("# %%\nx + 1\n", ""), ("x + 1", "x + 1\n\n# %%\nx")]
)
def test_outputs_do_not_stay_when_the_code_has_changed(old, new):
    source = '# %% [markdown]\n# # T\n\n# %% tags=["setup"]\n# setup\n\n# %%\nx = 1\n\n# %%\nx + 1\n'
    home = course.Home("you/fork", "main")
    stored = notebooks.build(source, "00_t", course.home())
    notebooks.keep_outputs(notebooks.build(source, "00_t", home), stored)  # only the setup cell differs
    with pytest.raises(ValueError, match=r"code cell [34] is not what was executed last"):
        notebooks.keep_outputs(notebooks.build(source.replace(old, new), "00_t", home), stored)


def test_a_question_that_stays_reads_as_its_bank_does_now():
    source = '# %% [markdown]\n# # T\n\n# %%\nquiz.ask("01", "output-size")\n'
    built, stored = (notebooks.build(source, "00_t", course.home()) for _ in range(2))
    stored.cells[1].outputs = [new_output("display_data", data={"text/html": "old", "text/plain": "old"})]
    notebooks.keep_outputs(built, stored)
    (output,) = built.cells[1].outputs
    assert output.data["text/html"] == quiz.as_html(quiz.find("01", "output-size"))


LESSON = """\
# %% [markdown]
# # T

# %% tags=["exercise"]
def double(x):
    return ...

# %% tags=["nbval-check-output"]
from helpers.check import compare, exercise
def check(function):
    assert compare.call(function, 3) == 6, "three is not doubled"
exercise(check, double)

# %% tags=["solution"]
def double(x):
    return 2 * x

# %%
double = None
"""
ODD_BUT_GOOD = """
# %% [markdown]
# ## Report: [a](b)
# Files: [data](x.zip), 5 %% of [markdown]
#
# + tags: the words

# %%
# %%time
tags = ["a"]
f(
    files=["a"],
)  # 50% of it

#%% jupyter={"x": 1} tags=["mine"]
# + 1
"""


def test_a_solution_is_folded_under_its_exercise_or_left_out():
    folded = notebooks.build(LESSON, "00_t", course.home())
    kinds = ["markdown", "code", "code", "markdown", "code"]
    assert [cell.cell_type for cell in folded.cells] == kinds
    assert folded.cells[3].source.startswith(
        "<details>\n<summary>A solution</summary>\n\n```python\ndef double"
    )
    assert folded.cells[3].source.endswith("return 2 * x\n```\n\n</details>")
    bare = notebooks.build(LESSON, "00_t", course.home(), folded=False)
    assert len(bare.cells) == 4 and "2 * x" not in nbformat.writes(bare)


@pytest.mark.parametrize(
    "old, new, words",
    [
        ('# %% tags=["nbval-check-output"]\nfrom', "# %% [markdown]\n# from", r"has no check between"),
        ('tags=["exercise"]', "", r"follows no exercise:\n.*return 2"),
        ('tags=["solution"]', "", "no solution after it:\n.*return \\.\\.\\."),
    ],
)
def test_exercises_and_solutions_come_in_pairs(old, new, words):
    with pytest.raises(ValueError, match=f"(?s){words}"):
        notebooks.build(LESSON.replace(old, new), "00_t", course.home())


@pytest.mark.parametrize(
    "old, new, words",
    [
        ('tags=["exercise"]', 'tags=["exercisse"]', "'exercisse' is not known, but 'exercise'"),
        ('tags=["exercise"]', 'tags=["Solution"]', "'Solution' is not known, but 'solution'"),
        ('tags=["nbval-check-output"]', 'tags=["nbval_check_output"]', "but 'nbval-check-output'"),
        ('tags=["nbval-check-output"]', 'tag=["nbval-check-output"]', "'tag' is not known, but 'tags'"),
        ('tags=["exercise"]', 'tags="exercise"', "cannot be read .*'exercise' is not of type 'array'"),
        ('tags=["exercise"]', 'tags=["exercise"', "exercise.*write it as .* below it 'def double"),
        ('tags=["exercise"]', 'tags=["exercise"] tags=["x"]', "holds a key twice"),
        ('# %% tags=["exercise"]', '# tags=["exercise"]', r"\(tags=\[.exercise.\]\)"),
        ('# %% tags=["exercise"]', '#%%tags=["exercise"]', r"\(%*tags=\[.exercise.\]\)"),
        ("# %%\ndouble", '# %% syllabus="B1"\ndouble', r"\[markdown\] is missing"),
        ("# %% [markdown]", "# %% [markdown] syllabus=1", r"syllabus=1\)"),
        ("# %% [markdown]", "# %% [markdwon]", r"\[markdwon\]"),
        ("# %% [markdown]", "# %% The title", r"\(The title\)"),
        ("# %% [markdown]", "# %%[markdown]", r"%%\[markdown\]\)"),
    ],
)
def test_the_broken_head_of_a_cell_is_named(old, new, words):
    assert len(notebooks.build(LESSON + ODD_BUT_GOOD, "00_t", course.home()).cells) == 8
    with pytest.raises(ValueError, match=f"(?s)^00_t: the head of a cell .*{words}"):
        notebooks.build(LESSON.replace(old, new) + ODD_BUT_GOOD, "00_t", course.home())


@pytest.mark.parametrize(
    "solution, error", [("2 * x", None), ("3 * x", "a solution: Cell execution caused an")]
)
def test_solutions_are_proved_in_the_kernel_of_the_lesson(tmp_path, solution, error):
    source = tmp_path / "source.py"
    source.write_text(LESSON.replace("2 * x", solution), encoding="utf-8")
    built = notebooks.build(source.read_text(encoding="utf-8"), "00_t", course.home())
    built.cells[2].execution_count = 1
    built.cells[2].outputs = [
        new_output("stream", text="your turn  double still returns three dots. Return your result there.\n")
    ]
    path = tmp_path / "lesson.ipynb"
    nbformat.write(built, path)
    result, said = comparison.compare(path, CELL_SECONDS, comparison.solved(source))
    assert (result.error or "").startswith(error or "") and bool(result.error) == bool(error), said
    assert "three is not doubled" in said or not error
    assert len(result.notebook.cells) == 5 and result.cells == 3


def test_copies_for_students_hold_no_solution(tmp_path, capsys):
    assert main(["student", "01", "--out", str(tmp_path)]) == 0
    (path,) = tmp_path.iterdir()
    stubs = notebooks.pairs(jupytext.read(course.sources(["01"])[0], fmt="py:percent").cells)
    cells = [cell.source for cell in read(path).cells]
    assert stubs and not any("<details>" in cell for cell in cells)
    for stub, solution in stubs:
        assert stub.source in cells and not any(solution.source in cell for cell in cells)
    assert all(not cell.outputs for _, cell in notebooks.code_cells(read(path)))
    assert main(["student", "77", "--out", str(tmp_path)]) == 2
    assert "no lesson 77" in capsys.readouterr().err


def test_the_map_of_the_syllabus_is_up_to_date_and_complete_so_far():
    assert (course.NOTEBOOKS / "SYLLABUS.md").read_text(encoding="utf-8") == notebooks.syllabus_map()
    found = notebooks.covered()
    assert set(found) <= set(notebooks.topics()), "a source marks a row that the syllabus lacks"
    counts = {"A": 4, "B": 22, "C": 8, "D": 6, "E": 7, "F": 5, "G": 8, "H": 6, "J": 5}
    taught = [f"{letter}{n}" for letter, last in counts.items() for n in range(1, last + 1)]
    assert [row for row in taught if row not in found] == []


def test_the_table_of_lessons_in_the_readme_is_up_to_date(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    assert notebooks.readme_text(text, course.home()) == text


def test_a_lesson_says_the_minutes_of_the_table(root):
    """Each lesson and each row of the README gives the same minutes to teach and to run."""
    text, lessons = (root / "README.md").read_text(encoding="utf-8"), course.sources()
    rows = re.findall(r"\]\(notebooks/(\w+)\.ipynb\) \|.*?\| (\d+) \| ([\d.]+) \|", text)
    assert [name for name, *_ in rows] == [one.stem for one in lessons if one.parent == course.SOURCES]
    spoken = {"0.5": "half a minute", "1.0": "a minute"}
    for name, teach, run in rows:
        stored = read(course.NOTEBOOKS / f"{name}.ipynb")
        said = " ".join(" ".join(cell.source for cell in stored.cells[:8]).split())
        found = re.search(
            r"(\d+) minutes.*? code [^.]*?(?:in|about) (\w+ a minute|[\d.]+ minutes|a minute)", said
        )
        assert found.groups() == (teach, spoken.get(run, f"{float(run):g} minutes")), name


NO_TENSORFLOW = """import sys; from unittest import mock
sys.modules |= {'keras': mock.MagicMock(), 'tensorflow': mock.MagicMock()}"""


def run_setup(folder, code, before=""):
    """Run a setup cell in IPython, as a front end would, with `folder` as working folder; no TensorFlow."""
    script = folder / "setup_cell.ipy"
    lines = NO_TENSORFLOW, before, code, "print('helpers from', helpers.__file__)\n"
    script.write_text("\n".join(lines), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-I", "-m", "IPython", "--no-banner"]
    command += ["--no-confirm-exit", str(script)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)


@pytest.fixture
def copy_of_the_course(tmp_path, root):
    """A folder that holds what a setup cell looks for, beside notebooks/."""
    copy = tmp_path / "course"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "helpers", copy / "helpers", ignore=ignore)
    shutil.copy(root / "requirements.txt", copy)
    (copy / "notebooks").mkdir()
    return copy


def test_the_setup_cell_is_short():
    assert len(course.setup_cell(course.home()).splitlines()) <= 6


@pytest.mark.parametrize("folder", ["notebooks", "."])
def test_the_setup_cell_finds_the_helpers_from_notebooks_and_from_the_top(copy_of_the_course, folder):
    done = run_setup(copy_of_the_course / folder, course.setup_cell(course.home()))
    assert f"helpers from {copy_of_the_course}" in done.stdout, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_setup_cell_clones_the_pinned_ref_in_colab(copy_of_the_course, tmp_path):
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(copy_of_the_course)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "v9"]):
        subprocess.run([*git, *words], check=True)
    (copy_of_the_course / "helpers" / "__init__.py").write_text("raise ImportError('this is not v9')")
    subprocess.run([*git, "commit", "-qam", "later"], check=True)

    target, elsewhere = tmp_path / "colab", tmp_path / "content"
    elsewhere.mkdir()
    code = course.SETUP.format(repository="o/n", ref="v9", folder=target)
    code = code.replace("https://github.com/o/n", f"file://{copy_of_the_course}")
    colab = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"
    done = run_setup(elsewhere, code, before=colab)
    assert f"helpers from {target}" in done.stdout, done.stdout + done.stderr


def test_start_names_what_is_missing(monkeypatch):
    import helpers

    monkeypatch.setattr(helpers, "missing_packages", lambda: ["pooch"])
    with pytest.raises(ImportError, match=r"lacks pooch.*pip install -r requirements.txt"):
        helpers.start()


def test_missing_packages_are_those_of_the_requirements(monkeypatch):
    import helpers

    assert helpers.missing_packages() == []
    gone = {"keras", "jupyter", "tensorflow"}
    monkeypatch.setattr(helpers.metadata, "distributions", lambda name: [name] if name not in gone else [])
    assert helpers.missing_packages() == [
        "keras"
    ]  # tensorflow-cpu stands for tensorflow, Colab has its own jupyter


@pytest.mark.skipif(sys.platform != "linux", reason="the GNU C library is Linux's")
def test_memory_given_back_is_kept_for_the_next_step():
    """Each array of 64 MB anew costs 16,384 pages of 4 kB; kept, hardly any after the first."""
    code = "import helpers, numpy, resource; {}; numpy.ones(2**23)\n"
    code += "def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
    code += "before = faults()\nfor _ in range(5): numpy.ones(2**23)\nprint(faults() - before)"
    runs = [code.format(first) for first in ("helpers._keep_memory()", "pass")]
    kept, fetched = (int(subprocess.check_output([sys.executable, "-c", run])) for run in runs)
    assert kept < 1_000 and kept < fetched / 2


def test_garbage_is_looked_for_less_often_once_tensorflow_is_here():
    """In one process: how often 300,000 lists make Python look, before and after."""
    code = "import gc, helpers\ndef looks(): return sum(one['collections'] for one in gc.get_stats())\n"
    for first in ("pass", "pass\nwith helpers._no_garbage(): kept = []"):
        code += f"{first}\nbefore = looks(); [[] for _ in range(300_000)]; print(looks() - before)\n"
    often, seldom = map(int, subprocess.check_output([sys.executable, "-c", code]).split())
    assert 0 < seldom < often / 3


@pytest.fixture
def plain_keras(monkeypatch):
    """Keras as it was before `start` was called, as by a test before this one."""
    import keras

    import helpers

    for name in ("fit", "train_on_batch"):
        method = getattr(keras.Model, name)
        if method.__code__.co_filename == helpers.__file__:
            monkeypatch.setattr(keras.Model, name, method.__wrapped__)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("method", ["fit", "fit a data set", "train_on_batch"])
def test_variables_are_made_early_and_training_is_the_same(method, early, plain_keras):
    """Variables made in a traced step cost seconds and a second trace; the numbers are the same without."""
    import keras
    import tensorflow as tf

    import helpers

    class Network(keras.Sequential):
        def train_step(self, data):
            traces.append(data)
            return super().train_step(data)

    traces, x = [], np.arange(24, dtype="float32").reshape(8, 3)

    def trained(kind):
        keras.utils.set_random_seed(0)
        net = kind([keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(2)])
        net.layers[0].trainable = False
        net.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
        if method == "fit":
            net.fit(x, x[:, 0] < 9, batch_size=4, epochs=3, verbose=0)
        elif method == "fit a data set":
            net.fit(tf.data.Dataset.from_tensor_slices((x, x[:, 0] < 9)).batch(4), epochs=3, verbose=0)
        else:
            net.train_on_batch(x, x[:, 0] < 9), net.train_on_batch(x, x[:, 0] < 9)
        assert len(net.optimizer.variables) == 2 + 2 * 2
        return [*net.get_weights(), *(float(value) for value in net.get_metrics_result().values())]

    if early:
        helpers._make_variables_early(Network)
        ours = Network.fit
        helpers._make_variables_early(Network)
        assert Network.fit is ours
    for one, other in zip(trained(Network), trained(keras.Sequential), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(traces) == (1 if early else 2)


@pytest.mark.parametrize(
    "labels", [None, np.zeros((8, 5)), np.zeros(3), ["a"] * 8], ids=["none", "wide", "few", "words"]
)
def test_of_wrong_labels_keras_says_what_is_wrong(labels, plain_keras):
    import keras

    import helpers

    class Network(keras.Sequential):
        pass

    helpers._make_variables_early(Network)
    said = []
    for kind in (Network, keras.Sequential):
        net = kind([keras.Input((3,)), keras.layers.Dense(2)])
        net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        with pytest.raises(Exception) as caught:
            net.fit(np.ones((8, 3)), labels, verbose=0)
        said.append((caught.type, re.sub(r"sequential_\d+|network_?\d*|0x\w+", "", str(caught.value))))
    assert said[0] == said[1]


def test_start_leaves_no_log_lines(root):
    code = textwrap.dedent("""
        import helpers; helpers.start()
        import os, sys
        print('tensorflow' in sys.modules, os.environ["TF_CPP_MIN_LOG_LEVEL"], file=sys.stderr)
    """)
    environment = {key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, env=environment
    )
    assert (done.stdout, done.stderr) == ("", "True 2\n")

"""The lesson runner and publishing, on a small course in a folder of its own."""

import io
import json
import shutil
import sys
from datetime import date

import nbformat
import numpy as np
import pytest

from helpers import cores, share_cores
from helpers.quiz import WIDGET
from helpers.staff import course, lessons, notebooks
from helpers.staff.__main__ import main

GOOD = """
# %% [markdown] syllabus="A1"
# # Good lesson
# <!-- badges -->
#
# Topics: adding.

# %% tags=["nbval-check-output"]
from helpers import plots
plots.key_numbers({"sum": 1 + 1})

# %% [markdown]
# The end.

# %%
import os; print(os.environ.get("COURSE_OFFLINE"), os.environ.get("COURSE_ASSETS"))
print("threads", os.environ.get("TF_NUM_INTRAOP_THREADS"))
"""
BAD = '# %% [markdown]\n# # Bad lesson\n\n# %%\nx = 1\n\n# %%\nraise KeyError("shoe\\nsize")\n\n# %%\ny = 2\n'
DEAD = "# %% [markdown]\n# # Dead\n\n# %%\nx = 1\n\n# %%\nimport os; os._exit(3)\n"


@pytest.fixture
def small_course(tmp_path, monkeypatch, root):
    """Two lessons, a README and a pyproject.toml, where the staff modules look for them."""
    sources = tmp_path / "notebooks" / "source"
    sources.mkdir(parents=True)
    (sources / "01_good.py").write_text(GOOD.lstrip(), encoding="utf-8")
    (sources / "syllabus.yaml").write_text("A1: Adding\nA2: Taking away\n", encoding="utf-8")
    shutil.copy(root / "pyproject.toml", tmp_path)
    readme = "# T\n<!-- badges -->\nold\n<!-- /badges -->\n<!-- lessons -->\n<!-- /lessons -->\nend\n"
    (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setattr(course, "NOTEBOOKS", sources.parent)
    monkeypatch.setattr(course, "SOURCES", sources)
    monkeypatch.setattr(course, "PYPROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("at_once", ["1", "2"])
def test_a_run_writes_pages_and_summary_and_goes_on_after_a_failure(
    small_course, monkeypatch, capsys, at_once
):
    monkeypatch.setenv("COURSE_ASSETS", "somewhere")
    for name in ("COURSE_OFFLINE", *share_cores(1)):
        monkeypatch.delenv(name, raising=False)
    (course.SOURCES / "00_bad.py").write_text(BAD, encoding="utf-8")
    out = small_course / "build"
    assert main(["lessons", "--out", str(out), "--at-once", at_once]) == 1

    printed = capsys.readouterr().out
    assert "lesson 1 of 2, 00_bad: FAILED" in printed and "lesson 2 of 2, 01_good: ok, 2 cells" in printed
    assert "cell 2: KeyError: 'shoe\\nsize'" in printed and "failed: 00_bad" in printed
    bad, good = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert bad["error"].startswith("cell 2: KeyError") and good["error"] is None
    assert good["key_numbers"] == {"sum": 2} and good["seconds"] > 0
    assert "| sum | 2 |" in (out / "summary.md").read_text(encoding="utf-8")
    assert "KeyError" in (out / "00_bad.html").read_text(encoding="utf-8")
    ran = [nbformat.read(out / f"{name}.ipynb", 4).metadata.get("ran") for name in ("00_bad", "01_good")]
    assert ran[0] is None and f"own data, on {date.today():%d %B %Y}, with" in ran[1]
    assert f"numpy {np.__version__}" in ran[1]
    assert "1 None" not in printed
    page = (out / "01_good.html").read_text(encoding="utf-8")
    assert f"threads {None if at_once == '1' else max(1, cores() // 2)}" in page
    assert "1 None" in page, "the lesson must run on embedded data, without COURSE_ASSETS"


def test_the_best_data_leaves_the_environment_alone(small_course, monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", "somewhere")
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    result = lessons.execute(course.sources()[0], embedded=False)
    assert result.notebook.cells[-1].outputs[0].text.startswith("None somewhere\n")


def test_another_seed_takes_the_place_of_the_lessons_own(small_course):
    source = course.SOURCES / "03_seed.py"
    code = "import types; keras = types.SimpleNamespace(); keras.utils = types.SimpleNamespace()\n"
    code += "keras.utils.set_random_seed = print\nkeras.utils.set_random_seed(0)\n"
    source.write_text(f"# %%\n{code}", encoding="utf-8")
    printed = [lessons.execute(source, embedded=True, seed=seed).notebook.cells[0].outputs for seed in (0, 5)]
    assert [outputs[0].text for outputs in printed] == ["0\n", "5\n"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory a process took")
def test_the_summary_tells_the_most_memory_that_a_lesson_took(small_course):
    source = course.SOURCES / "04_large.py"
    source.write_text("# %%\nsome = bytearray(500_000_000)\ndel some\n", encoding="utf-8")
    words = ["lessons", "01", "04", "--at-once", "1", "--out", str(small_course / "build")]
    assert main(words) == 0
    little, much = json.loads((small_course / "build" / "summary.json").read_text(encoding="utf-8"))
    assert 0.02 < little["memory"] < 0.4 and 0.5 < much["memory"] < 0.9
    summary = (small_course / "build" / "summary.md").read_text(encoding="utf-8")
    assert f"| 04_large | ok | {much['seconds']:.0f} | {much['memory']:.1f} | 1 |" in summary
    assert lessons.peak_memory(2**30) is None  # no such process


def test_a_kernel_that_dies_is_a_failure_with_its_cell(small_course):
    source = course.SOURCES / "02_dead.py"
    source.write_text(DEAD, encoding="utf-8")
    assert lessons.execute(source, embedded=True).error.startswith("cell 2: ")


def test_an_interrupted_run_ends_with_a_sentence(small_course, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(lessons, "execute", stop)
    assert main(["lessons", "--out", str(small_course / "build")]) == 130
    assert "Stopped. The pages of the lessons that were done are in" in capsys.readouterr().out


def test_a_kernel_that_does_not_start_is_a_failure(small_course, monkeypatch):
    def dies(self, **_):
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(lessons.nbclient.NotebookClient, "execute", dies)
    error = lessons.execute(course.sources()[0], embedded=True).error
    assert error.endswith("Kernel died before replying to kernel_info")


@pytest.mark.parametrize("label", ["lesson 1 of 2", None])
@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_shows_the_running_cell(small_course, monkeypatch, label, terminal):
    source = course.SOURCES / "03_slow.py"
    source.write_text("# %%\n# wait\nanswer = 6 * 7", encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", shown := io.StringIO())
    monkeypatch.setattr(shown, "isatty", lambda: terminal, raising=False)
    lessons.execute(source, embedded=True, progress=label)
    told = shown.getvalue()
    assert ("lesson 1 of 2" in told and "answer = 6 * 7" in told) if label and terminal else told == ""


def test_unknown_lessons_are_refused(small_course, capsys):
    assert main(["lessons", "07"]) == 2
    assert capsys.readouterr().err == "There is no lesson 07. Lessons: 01.\n"


def test_widgets_are_dropped_where_no_kernel_can_draw_them():
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    view = {WIDGET: {"model_id": "x"}, "text/plain": "seeds: 0%"}
    outputs = [new_output("display_data", view), new_output("display_data", {**view, "text/html": "<p>"})]
    notebook = new_notebook(cells=[new_code_cell("", outputs=[*outputs, new_output("stream", text="kept")])])
    lessons.clean(notebook)
    fold, stream = notebook.cells[0].outputs
    assert set(fold.data) == {"text/html", "text/plain"} and stream.text == "kept"


def test_of_a_progress_bar_only_its_last_state_is_kept():
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    texts = ["0 %\r50 %\r100 %\nnext\r\nlast", "\r0 %\r100 %\r     \r"]
    cell = new_code_cell("", outputs=[new_output("stream", text=text) for text in texts])
    lessons.clean(new_notebook(cells=[cell]))
    assert [output.text for output in cell.outputs] == ["100 %\nnext\nlast"]


def test_rebuild_stores_good_notebooks_and_refuses_bad_ones(small_course, capsys):
    (course.SOURCES / "02_bad.py").write_text(BAD, encoding="utf-8")
    assert main(["notebooks"]) == 1
    assert "02_bad was not stored: cell 2: KeyError" in capsys.readouterr().out
    assert not notebooks.stored_path(course.SOURCES / "02_bad.py").exists()
    (course.SOURCES / "02_bad.py").unlink()
    assert main(["notebooks", "01"]) == 0
    stored = nbformat.read(course.NOTEBOOKS / "01_good.ipynb", as_version=4)
    assert stored.metadata.course.minutes == 0.5
    assert "| A1 | Adding | [Lesson 1](01_good.ipynb), “Good lesson” |" in notebooks.syllabus_map()
    assert "| A2 | Taking away | open |" in (course.NOTEBOOKS / "SYLLABUS.md").read_text(encoding="utf-8")
    assert (
        "[Good lesson](notebooks/01_good.ipynb) | adding |  | 0.5" in (small_course / "README.md").read_text()
    )


def test_a_lesson_beside_another_has_a_letter_and_follows_it(small_course):
    for name in ("06_seeing", "06b_why", "07_later"):
        (course.SOURCES / f"{name}.py").write_text(GOOD.lstrip(), encoding="utf-8")
    assert [path.stem for path in course.sources()] == ["01_good", "06_seeing", "06b_why", "07_later"]
    assert [path.stem for path in course.sources(["06"])] == ["06_seeing"]
    assert [path.stem for path in course.sources(["06b", "01"])] == ["01_good", "06b_why"]
    with pytest.raises(ValueError, match=r"no lesson 06c\. Lessons: 01, 06, 06b, 07\."):
        course.sources(["06c"])
    assert "[Lesson 6](06_seeing.ipynb)" in notebooks.syllabus_map()
    assert "[Lesson 6b](06b_why.ipynb)" in notebooks.syllabus_map()


def test_publish_rewrites_every_badge_and_setup_cell_and_keeps_outputs(small_course):
    (course.SOURCES / "01_good.py").write_text(
        GOOD.lstrip() + '\n# %% tags=["setup"]\n# setup\n', encoding="utf-8"
    )
    built = notebooks.build_file(course.SOURCES / "01_good.py")
    built.cells[1].execution_count = 7
    built.metadata["course"] = {"minutes": 1.5}
    notebooks.save(built, course.NOTEBOOKS / "01_good.ipynb")
    (small_course / "slides").mkdir()
    (small_course / "slides" / "01_good.md").write_text("<!-- 3 min. Why? -->\n---\n<!-- 12 min. -->\n")

    assert main(["publish", "someone/some-fork", "--ref", "v2"]) == 0
    assert course.home() == ("someone/some-fork", "v2")
    stored = nbformat.read(course.NOTEBOOKS / "01_good.ipynb", as_version=4)
    assert stored.cells[1].execution_count == 7
    assert "someone/some-fork/blob/v2/notebooks/01_good.ipynb" in stored.cells[0].source
    assert "--branch v2 https://github.com/someone/some-fork" in stored.cells[-1].source
    readme = (small_course / "README.md").read_text(encoding="utf-8")
    assert "old" not in readme and readme.count("someone/some-fork") == 2 and readme.endswith("end\n")
    assert "| 15 | 1.5 |" in readme
    assert notebooks.differences(notebooks.build_file(course.SOURCES / "01_good.py"), stored) == []


@pytest.mark.parametrize("words", [["justaname"], ["a/b/c"], ["o/n; rm -rf"], ["o/n", "--ref", "-x y"]])
def test_publish_refuses_what_is_no_repository(small_course, words, capsys):
    before = (small_course / "pyproject.toml").read_text(encoding="utf-8")
    try:
        assert main(["publish", *words]) == 2
    except SystemExit as stop:  # argparse refuses a ref that looks like an option by itself
        assert stop.code == 2
    assert "owner/name" in capsys.readouterr().err or "--ref" in words
    assert (small_course / "pyproject.toml").read_text(encoding="utf-8") == before


def test_a_readme_without_marks_is_refused():
    with pytest.raises(ValueError, match="<!-- lessons -->"):
        course.replace_block("no marks", "lessons", "x")

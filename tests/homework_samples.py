"""A small homework for the tests of release and grader. It needs NumPy and no more."""

from contextlib import contextmanager

import nbformat
import pytest

from helpers.staff import course, homework

NAME = "hw9_small"
SOURCE = '''\
# %% [markdown]
# # Homework 9: two functions
# <!-- badges -->

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

# %% [markdown]
# ## Question 1: softmax

# %% nbgrader={"grade": false, "grade_id": "q1-softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(scores):
    """Rows of scores to rows of probabilities."""
    ### BEGIN SOLUTION
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "q1-test", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
np.testing.assert_allclose(softmax(np.zeros((2, 4))), 0.25)
### BEGIN HIDDEN TESTS
large_scores = np.array([[1000.0, 1000.0]])
np.testing.assert_allclose(softmax(large_scores), 0.5)
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "q2-relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu(z):
    """Negative numbers to zero."""
    ### BEGIN SOLUTION
    return np.maximum(z, 0.0)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "q2-test", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
assert relu(np.array([-2.0, 3.0])).tolist() == [0.0, 3.0], "relu keeps what is positive"

# %% [markdown]
# ## Report

# %% [markdown] nbgrader={"grade": true, "grade_id": "report", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false} report={"required": true, "min_words": 20, "headings": ["What I did", "What I found"]}
# ### BEGIN SOLUTION
# ### What I did
# I subtracted the largest score of each row, so that no exponential overflows, and divided by the sum.
# ### What I found
# The rows add up to one for scores as large as a thousand, where the naive formula gives nan.
# ### END SOLUTION
'''
REPORT = (
    "### What I did\nI subtracted the maximum before the exponential, then divided by the sum of each row.\n\n"
    "### What I found\nLarge scores no longer overflow, and the probabilities of a row add up to one."
)
ANSWERS = {
    "q1-softmax": "def softmax(s):\n    e = np.exp(s - s.max(1)[:, None])\n    return e / e.sum(1)[:, None]",
    "q2-relu": "def relu(z):\n    return z * (z > 0)",
    "report": REPORT,
}


def small_homework(text=SOURCE, name=NAME):
    return homework.build(text, name, course.Home("owner/name", "main"))


def submission(answers=ANSWERS, *, extra=(), homework=None):
    """A student's notebook: the released one, with answers put in and cells added behind question 2's answer."""
    notebook = nbformat.from_dict((homework or small_homework()).released)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    at = next(i for i, cell in enumerate(notebook.cells) if cell["id"] == "q2-relu") + 1
    notebook.cells[at:at] = [nbformat.v4.new_code_cell(text) for text in extra]
    return notebook


@contextmanager
def small_course(folder):
    """While the block runs, the course is a folder that holds the small homework; gives the MonkeyPatch."""
    source = folder / "notebooks" / "source" / "homework"
    source.mkdir(parents=True)
    (source / f"{NAME}.py").write_text(SOURCE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "NOTEBOOKS", folder / "notebooks")
        patch.setattr(course, "SOURCES", folder / "notebooks" / "source")
        yield patch

"""A plugin that lets nbval keep what the cells printed, so that one run serves comparison and page.

pytest -p helpers.staff.nbval_outputs --keep-outputs EXECUTED.ipynb --nbval-lax LESSON.ipynb
"""

from __future__ import annotations

from pathlib import Path

import nbformat

ARRIVAL = 120  # seconds that an output may be under way; nbval's own 5 are too few on a busy machine


def pytest_addoption(parser) -> None:
    """Take the path of the notebook to write."""
    parser.addoption("--keep-outputs", type=Path, help="where the executed notebook goes")


def pytest_collection_modifyitems(items) -> None:
    """Wait for outputs longer than nbval does."""
    for item in items:
        item.output_timeout = ARRIVAL


def pytest_sessionfinish(session) -> None:
    """Write the notebook with its new outputs; cells that were not reached have none."""
    path = session.config.option.keep_outputs
    if not path or not session.items:
        return
    for count, item in enumerate(session.items, 1):
        item.cell.outputs = item.test_outputs or []
        item.cell.execution_count = None if item.test_outputs is None else count
    nbformat.write(session.items[0].parent.nb, path)

"""A plugin that lets nbval keep what the cells printed, so that one run serves comparison and page.

`pytest -p nbval_outputs --keep-outputs EXECUTED.ipynb --nbval-lax LESSON.ipynb`;
`--more-cells CODE.json` runs code after the notebook's own, in the same kernel.
"""

import json
from collections import defaultdict
from pathlib import Path

import nbformat

ARRIVAL = 120  # seconds that an output may be under way; nbval's own 5 are too few on a busy machine


def pytest_addoption(parser) -> None:
    """Take the paths."""
    parser.addoption("--keep-outputs", type=Path, help="where the executed notebook goes")
    parser.addoption("--more-cells", type=Path, help="a JSON list of code to run in the end")


def pytest_collection_modifyitems(config, items) -> None:
    """Add the cells that run last; and wait for outputs longer than nbval does."""
    more = config.option.more_cells
    for code in json.loads(more.read_text(encoding="utf-8")) if more and items else ():
        cell, options = nbformat.v4.new_code_cell(code), defaultdict(bool)
        place = {"name": f"Cell {len(items)}", "cell_num": len(items)}
        items.append(type(items[0]).from_parent(items[0].parent, cell=cell, options=options, **place))
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

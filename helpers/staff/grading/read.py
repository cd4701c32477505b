"""Read a submitted notebook, whatever wrote it; and say what is wrong where that fails."""

from __future__ import annotations

import json

import nbformat

LARGEST = 50_000_000


class Unreadable(ValueError):
    """A submission that is no notebook; the message says why."""


def read(data: bytes) -> nbformat.NotebookNode:
    """Read the bytes of a notebook of format 3 to 4.5.

    What front ends leave out is filled in: kernel, metadata, outputs, ids of cells. Every cell comes out
    with text as its source, and without outputs.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"it takes {len(data):,} bytes; {LARGEST:,} is the limit")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is not JSON: {error.msg} in line {error.lineno}") from error
    except RecursionError as error:
        raise Unreadable("its JSON is nested too deeply") from error
    if not isinstance(content, dict):
        raise Unreadable("its JSON is not an object")
    sheets = content.get("worksheets")
    if sheets and "cells" not in content:  # format 3
        try:
            content = json.loads(nbformat.writes(nbformat.reads(json.dumps(content), as_version=4)))
        except Exception as error:  # its upgrade fails in many ways on what is no notebook
            raise Unreadable("it has the old format 3 and can not be upgraded") from error
    if not isinstance(content.get("cells"), list):
        raise Unreadable("it has no list of cells")
    notebook = nbformat.v4.new_notebook(metadata=_dict(content.get("metadata")))
    notebook.cells = [_cell(number, cell) for number, cell in enumerate(content["cells"])]
    return notebook


def _cell(number, cell):
    if not isinstance(cell, dict):
        raise Unreadable(f"cell {number} is not an object")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Unreadable(f"the source of cell {number} is not text")
    kinds = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    made = kinds.get(cell.get("cell_type"), nbformat.v4.new_raw_cell)(source)
    made.metadata = nbformat.from_dict(_dict(cell.get("metadata")))
    made["id"] = cell["id"] if isinstance(cell.get("id"), str) else ""
    return made


def _dict(value):
    return value if isinstance(value, dict) else {}

"""Read a submitted notebook, whatever wrote it; and say what is wrong where that fails."""

import json

import nbformat

LARGEST = 50_000_000


class Unreadable(ValueError):
    """A submission that is no notebook; the message says why."""


def read(data: bytes) -> nbformat.NotebookNode:
    """Read the bytes of a notebook of format 4.

    What front ends leave out is filled in: kernel, metadata, outputs, ids of cells. Every cell comes out
    with text as its source, with the pictures pasted into it, and without outputs.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"it takes {len(data):,} bytes; {LARGEST:,} is the limit")
    try:
        content = json.loads(data, parse_int=float)  # no int has more than 4,300 digits
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is not JSON: {error.msg} in line {error.lineno}") from error
    except RecursionError as error:
        raise Unreadable("its JSON is nested too deeply") from error
    if not isinstance(content, dict):
        raise Unreadable("its JSON is not an object")
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("it has no list of cells, or the old format 3")
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = nbformat.from_dict(_dict(content.get("metadata")))  # any: new_notebook would check it
    notebook.cells = [_cell(number, cell) for number, cell in enumerate(cells)]
    return notebook


def _cell(number, cell):
    if not isinstance(cell, dict):
        raise Unreadable(f"cell {number} is not an object")
    source = _text(cell.get("source") or "")
    if source is None:
        raise Unreadable(f"the source of cell {number} is not text")
    kinds = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    made = kinds.get(str(cell.get("cell_type")), nbformat.v4.new_raw_cell)(source)
    made.metadata = nbformat.from_dict(_dict(cell.get("metadata")))
    made["id"] = cell["id"] if isinstance(cell.get("id"), str) else ""
    if made.cell_type != "code" and "attachments" in cell:
        pasted = {_text(name): _dict(kinds) for name, kinds in _dict(cell["attachments"]).items()}
        made.attachments = {name: {k: _text(v) for k, v in kinds.items()} for name, kinds in pasted.items()}
    return made


def _text(value):
    """Join lines, and put a sign for half an emoji, which no file can hold; None for what is no text."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return None


def _dict(value):
    return value if isinstance(value, dict) else {}

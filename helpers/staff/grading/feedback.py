"""The page that a student gets back: their notebook as it ran, the points, and why some are missing."""

import html
import re
from pathlib import Path
from urllib.parse import quote

import bleach
import nbformat
from nbconvert import HTMLExporter

from helpers.staff.grading.official import Homework, is_test, nbgrader, secret_lines

SECONDS = 60  # for a page
SHOWN = {"text/plain", "text/html", "image/png", "image/jpeg"}
# What Markdown is made of; nbconvert's own list is shorter.
TAGS = "p h1 h2 h3 h4 h5 h6 hr br div pre span del img table thead tbody tr th td".split()
# Nothing that a student wrote may run in a teacher's browser, or call home from there.
PAGE = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")


def page(record: dict, notebook: nbformat.NotebookNode | None, homework: Homework) -> str:
    """Write the feedback on one submission as HTML without scripts.

    Hidden tests, solutions and the messages of hidden tests are not in it.
    """
    told = {name: said for name, said in record["messages"].items() if not _holds(said, homework)}
    message, body = "" if _holds(record["message"], homework) else record["message"], ""
    record = {**record, "messages": told, "message": message}
    if notebook is not None:
        exporter = HTMLExporter(template_name="basic", sanitize_html=True, filters={"clean_html": _clean})
        body, _ = exporter.from_notebook_node(shown(notebook, record, homework))
    title = f"{homework.name}: {record['student']}"
    return PAGE.format(title=html.escape(title), summary=_summary(record, homework), notebook=body)


def _clean(text):
    kept = {"*": ["class", "id"], "a": ["href"], "img": ["src", "alt"]}
    schemes = {"http", "https", "data"}
    clean = bleach.clean(str(text), tags={*bleach.ALLOWED_TAGS, *TAGS}, attributes=kept, protocols=schemes)
    return re.sub(r'<img(?![^>]* src="data:image/)[^>]*>| href="data:[^"]*"', "", clean)


def shown(notebook, record: dict, homework: Homework) -> nbformat.NotebookNode:
    """Copy an executed notebook without anything that a student must not see."""
    stubs = {nbgrader(cell)["grade_id"]: cell for cell in homework.released.cells if nbgrader(cell)}
    clean = nbformat.from_dict(notebook)
    for cell in clean.cells:
        if cell.cell_type != "code":
            _name_pictures(cell)
        if is_test(cell):
            name = nbgrader(cell)["grade_id"]
            cell.source = stubs[name].source
            verdict = _verdict(name, record, homework) + "\n"
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=verdict)]
        elif cell.cell_type == "code":
            cell.outputs = [kept for kept in map(_safe, cell.outputs) if kept and not _holds(kept, homework)]
    return clean


def _name_pictures(cell):
    """Give pasted pictures names that addresses do not change: nbconvert refuses what it does not find."""
    pasted = [(name, kinds) for name, kinds in cell.get("attachments", {}).items() if name and kinds]
    ways = str, quote, lambda name: quote(name, safe="/()!*',;:@&=+$?#")  # the last as browsers do
    keys = {way(name): f"attachment:{number}.png" for number, (name, _) in enumerate(pasted) for way in ways}
    names = "|".join(map(re.escape, sorted(keys, reverse=True)))
    places = rf"attachment:(?!\s)(?:({names})(?![\w%]))?"
    cell.source = re.sub(places, lambda found: keys.get(found[1], "lost:"), cell.source)
    cell.attachments = {f"{number}.png": kinds for number, (_, kinds) in enumerate(pasted)}


def _safe(output):
    if output.output_type in ("stream", "error"):
        return output
    output.data = {kind: value for kind, value in output.get("data", {}).items() if kind in SHOWN}
    return output if output.data else None


def _holds(output, homework):
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(nbformat.from_dict(output)))
    return any(line in text for line in secret_lines(homework) if len(line) >= 20)


def _verdict(name, record, homework):
    points = f"{record['points'].get(name, 0):g} of {homework.points[name]:g} points"
    why = record["messages"].get(name, "")
    return f"{points}. {why}" if why else f"{points}."


def _summary(record, homework):
    rows = []
    for name in homework.points:
        manual = name not in {nbgrader(cell)["grade_id"] for cell in homework.solved.cells if is_test(cell)}
        said = "marked by your teacher" if manual else _verdict(name, record, homework)
        rows.append(f"<tr><td>{html.escape(name)}</td><td>{html.escape(said)}</td></tr>")
    notes = [record["status"] + (f": {record['message']}" if record["message"] else ""), *record["flags"]]
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return f"<ul>{listed}</ul>\n<table><tr><th>part</th><th>points</th></tr>{''.join(rows)}</table>"

"""Build the course's site, build/site/, from lessons that have run: `course site`.

Pages come from docs/, from the lessons' notebooks and from the repository's own Markdown. Lessons that
`course lessons` executed are taken where their source is unchanged, stored notebooks elsewhere; decks
where `course slides` has made them. Nothing that a page shows is requested from another site.
"""

import base64
import importlib.util
import io
import json
import os
import pkgutil
import re
import shutil
from datetime import datetime, timezone
from html import escape
from pathlib import Path

import nbformat
from PIL import Image

import helpers
from helpers import ROOT, quiz
from helpers.staff import course, notebooks

DOCS, PAGES = ROOT / "docs", ROOT / "build" / "pages"
SERVED = PAGES / "served"  # what is on the site as it is
LESSONS, DECKS = ROOT / "build" / "lessons", ROOT / "build" / "slides"
PACKAGES = ("sphinx", "myst_nb", "numpydoc", "pydata_sphinx_theme")
# Folder or file of the repository -> where it is on the site, and Markdown of the repository -> its page.
FILES = {"slides/explorer": "explorer", "slides/convolution.xlsx": "convolution.xlsx"}
TEXTS = {"data/README.md": "data", "notebooks/SYLLABUS.md": "syllabus", "CONTRIBUTING.md": "contributing"}
HEAD = "| lesson | topics | minutes to teach | minutes to run |\n|---|---|---|---|\n"
MODULE = """\
# {0}

```{{eval-rst}}
.. automodule:: helpers.{0}
   :members:
   :imported-members:
```
"""
STORED = "This page shows the notebook that is stored in the repository. It ran on the course's own data."
EMPTY = "This notebook is yours to fill in."
LINK = re.compile(r"(?<=\]\()([^)\s#]*)(#[^)\s]*)?(?=\))")
CODE = re.compile(r"(```.*?```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$)", re.DOTALL)
BOLD = re.compile(r"\*\*([^*]+?)\*\*")
BADGES = re.compile(r"^\[!\[Open in Colab\].*\n+", re.MULTILINE)


def terms() -> dict[str, str]:
    """Read the glossary's terms: plain form (see `plain`) to term."""
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    block = re.search(r"^```\{glossary\}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1]
    return {plain(line): line for line in block.splitlines() if re.match(r"\S", line)}


def plain(term: str) -> str:
    """Give the form by which a term is looked up: lower case, one line, singular."""
    return re.sub(r"(?<=[^s\s])s$", "", " ".join(term.lower().split()))


def bold(text: str) -> list[str]:
    """List the terms that a Markdown text puts in bold.

    What is alone in its paragraph, or ends with a full stop or a colon, is the head of a paragraph.
    """
    text = re.sub(r"^\*\*[^*]+\*\*$", "", CODE.sub("", text), flags=re.MULTILINE)
    return [term for term in BOLD.findall(text) if not term.strip().endswith((".", ":"))]


def link_terms(text: str, known: dict[str, str], linked: set[str]) -> str:
    """Link the first bold use of each known term to the glossary; `linked` gathers what has a link."""

    def link(match):
        name = known.get(plain(match[1]))
        if not name or name in linked:
            return match[0]
        linked.add(name)
        return f"**{{term}}`{' '.join(match[1].split())} <{name}>`**"

    return "".join(part if CODE.fullmatch(part) else BOLD.sub(link, part) for part in CODE.split(text))


def relink(text: str, origin: str, page: str, pages: dict[str, str]) -> str:
    """Turn links between files of the repository into links between pages of the site.

    `origin` is the file the text comes from, and `page` the page it becomes; `pages` has files' pages.
    What is not on the site leads to the repository on GitHub.
    """
    at, here = course.home(), "/" + os.path.dirname(page)

    def link(match):
        target, place = match[1], match[2] or ""
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        file = os.path.normpath(os.path.join(os.path.dirname(origin), target)).replace(os.sep, "/")
        if file in pages:
            return os.path.relpath(f"/{pages[file]}", here) + Path(file).suffix + place
        if file.startswith("slides/images/"):
            return os.path.relpath(f"/{file}", here)
        for name, copy in FILES.items():
            if file == name or file.startswith(name + "/"):
                return "site:" + os.path.relpath(f"/{copy}{file[len(name) :]}", here) + place
        return f"https://github.com/{at.repository}/blob/{at.ref}/{file}{place}"

    return LINK.sub(link, text)


def as_form(entry: dict) -> str:
    """Write a question as a form, in one line of HTML; docs/static/quiz.js judges, and without it a fold."""

    def marked(value):
        if isinstance(value, dict):
            return {key: marked(one) for key, one in value.items()}
        if isinstance(value, list):
            return [marked(one) for one in value]
        return quiz._marked(value) if isinstance(value, str) else value

    shown = marked({**entry, "slips": [[*slip] for slip in entry.get("slips", {}).items()]})
    rows = '<label>Your number <input type="text" name="answer" inputmode="decimal"></label>'
    if "choices" in entry:
        button = '<label><input type="radio" name="answer" value="{}"><span>{}</span></label>'
        rows = "".join(button.format(place, one["text"]) for place, one in enumerate(shown["choices"]))
    form = (
        f'<form class="quiz" data-entry="{escape(json.dumps(shown))}" hidden><fieldset>'
        f"<legend>{shown['question']}</legend>{rows}</fieldset>"
        '<button type="submit">Check</button><p role="status"></p></form>'
    )
    return f"<div>{form}<noscript>{quiz.as_html(entry)}</noscript></div>".replace("\n", " ")


def as_page(notebook, origin: str, page: str, pages: dict[str, str], known: dict[str, str]) -> None:
    """Make a notebook a page: questions as forms, pictures as files, terms and links resolved, no badges."""
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    linked = set()
    for number, cell in enumerate(notebook.cells):
        asked = notebooks.ASKED.fullmatch(cell.source)
        if cell.cell_type == "markdown":
            text = link_terms(BADGES.sub("", cell.source), known, linked)
            cell.source = relink(text, origin, page, pages)
        elif asked:
            form = as_form(quiz.find(*asked.groups()))
            notebook.cells[number] = nbformat.v4.new_markdown_cell(form, id=cell.id)
        else:
            if "setup" in cell.metadata.get("tags", []):
                cell.metadata["tags"] = ["hide-input"]
            for place, output in enumerate(cell.outputs):
                _picture_as_file(output, f"pictures/{page}-{number}-{place}")


def _picture_as_file(output, name):
    """Move a picture out of an output into a file, and show it with its alt text."""
    data = output.get("data", {})
    if kind := next((mime for mime in data if mime.startswith("image/")), None):
        path = SERVED / f"{name}.{kind.partition('/')[2]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content := base64.b64decode(data[kind]))
        width, height = Image.open(io.BytesIO(content)).size
        picture = (
            f'<img class="picture" src="../{path.relative_to(SERVED).as_posix()}" width="{width}"'
            f' height="{height}" alt="{escape(output.metadata[kind]["alt"])}" loading="lazy">'
        )
        output.data = nbformat.from_dict({"text/html": picture})


def _ran(source):
    """Give the notebook to show, executed here or as it is stored, and on what it ran."""
    executed = LESSONS / f"{source.stem}.ipynb"
    if executed.exists():
        notebook = nbformat.read(executed, as_version=4)
        if notebook.metadata.get("ran") and not notebooks.differences(notebooks.build_file(source), notebook):
            return notebook, notebook.metadata["ran"]
    stored = nbformat.read(notebooks.stored_path(source), as_version=4)
    return stored, STORED if any(cell.get("outputs") for cell in stored.cells) else EMPTY


def assemble() -> None:
    """Write to build/pages/ all that Sphinx makes the site of."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(DOCS, PAGES, ignore=shutil.ignore_patterns("conf.py", "static", "templates"))
    shutil.copytree(ROOT / "slides" / "images", PAGES / "slides" / "images")
    for folder in (SERVED, PAGES / "api", PAGES / "lessons", PAGES / "homework"):
        folder.mkdir()
    for file, place in FILES.items():
        (shutil.copytree if (ROOT / file).is_dir() else shutil.copyfile)(ROOT / file, SERVED / place)
    if DECKS.exists():
        shutil.copytree(DECKS, SERVED / "slides", ignore=shutil.ignore_patterns("*.md", "*.pdf"))
    sources = course.sources() + sorted((course.SOURCES / "homework").glob("hw[0-9]*.py"))
    shown = {source: notebooks.stored_path(source) for source in sources}
    shown = {source: path for source, path in shown.items() if path.exists()}
    pages = {_file(path): _page(path) for path in shown.values()} | TEXTS
    pages |= {_file(path): path.stem for path in DOCS.glob("*.md")}
    blocks, known, origins = {"lessons": HEAD, "homework": HEAD, "decks": "", "api": ""}, terms(), {}
    for source, path in shown.items():
        (notebook, ran), page = _ran(source), _page(path)
        title = notebooks.title(notebook)
        blocks[page.partition("/")[0]] += _row(notebook, page, title)
        if (DECKS / f"{source.stem}.html").exists():
            blocks["decks"] += f"- [{title}](site:slides/{source.stem}.html)\n"
        as_page(notebook, _file(path), page, pages, known)
        notebook.cells.append(nbformat.v4.new_markdown_cell(f'<p class="ran">{ran}</p>'))
        nbformat.write(notebook, PAGES / f"{page}.ipynb")
        origins[page] = {"source": _file(source), "notebook": _file(path)}
    for name in sorted({module.name for module in pkgutil.iter_modules(helpers.__path__)} - {"staff"}):
        (PAGES / "api" / f"{name}.md").write_text(MODULE.format(name), encoding="utf-8")
        blocks["api"] += f"- [`helpers.{name}`](api/{name}.md)\n"
    for file, page in pages.items():
        if file.endswith(".md"):
            text = relink((ROOT / file).read_text(encoding="utf-8"), file, page, pages)
            text = re.sub(r"<!-- (\w+) -->", lambda mark: blocks.get(mark[1], mark[0]), text)
            text = re.sub(r"<!-- README: (.+) -->", lambda mark, page=page: _part(mark[1], page, pages), text)
            (PAGES / f"{page}.md").write_text(text, encoding="utf-8")
            origins[page] = {"source": file}
    made = f"Built on {datetime.now(timezone.utc):%d %B %Y}."
    (PAGES / "origins.json").write_text(json.dumps({"pages": origins, "made": made}), encoding="utf-8")


def _file(path):
    return path.relative_to(ROOT).as_posix()


def _page(path):
    """Name the page of a stored notebook: lessons/NAME or homework/NAME."""
    name = path.relative_to(course.NOTEBOOKS).with_suffix("").as_posix()
    return name if "/" in name else f"lessons/{name}"


def _row(notebook, page, title):
    """Write a notebook's line of the table."""
    topics = re.search(r"^Topics: (.+?)\.?$", notebook.cells[0].source, re.MULTILINE)
    minutes, taught = notebook.metadata["course"].get("minutes", ""), notebooks.to_teach(Path(page).name)
    return f"| [{title}]({page}.ipynb) | {topics[1] if topics else ''} | {taught} | {minutes} |\n"


def _part(heading, page, pages):
    """Take a section out of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    part = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if not part:
        raise ValueError(f"docs/{page}.md takes the section {heading!r} of the README, which has none.")
    return relink(part[1], "README.md", page, pages)


def main(options) -> int:
    """Build the site; returns 1 if Sphinx finds fault with a page, such as a link that leads nowhere."""
    if missing := [name for name in PACKAGES if not importlib.util.find_spec(name)]:
        raise ValueError(f"The site needs {', '.join(missing)}: run `pip install -e '.[site]'`.")
    from sphinx.cmd.build import build_main

    assemble()
    shutil.rmtree(options.out, ignore_errors=True)
    words = [
        "-q",
        "-E",
        "-W",
        "--keep-going",
        "-c",
        DOCS,
        "-d",
        ROOT / "build" / "doctrees",
        PAGES,
        options.out,
    ]
    if code := build_main(list(map(str, words))):
        return code
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file()) / 1e6
    decks = "" if DECKS.exists() else " It has no decks: `course slides` makes them."
    print(f"The site is in {options.out}: open index.html. It takes {size:.0f} MB.{decks}")
    return 0

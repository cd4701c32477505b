"""Build the course's site, build/site/, from lessons that have run: `course site`.

Pages come from docs/, from the lessons' notebooks and from the repository's own Markdown. Lessons that
`course lessons` executed are taken where their source is unchanged, stored notebooks elsewhere; decks
where `course slides` has made them. Nothing that a page shows is requested from another site.
"""

import base64
import importlib.util
import json
import pkgutil
import posixpath
import re
import shutil
from functools import cache, partial
from html import escape
from pathlib import Path

import nbformat
from PIL import Image

from helpers import ROOT, _no_garbage, datasets, quiz
from helpers.assets import AssetError
from helpers.staff import course, notebooks
from pocket import build, serve
from slides import deck, plans

HERE, DOCS, PAGES = Path(__file__).parent, ROOT / "docs", ROOT / "build" / "pages"
SERVED = PAGES / "served"  # what is on the site as it is
LESSONS, DECKS = ROOT / "build" / "lessons", ROOT / "build" / "slides"
PACKAGES = ("sphinx", "myst_nb", "numpydoc", "onnx", "pydata_sphinx_theme")
# Folder or file of the repository -> where it is on the site, and Markdown of the repository -> its page.
FILES = {"slides/explorer": "explorer", "slides/convolution.xlsx": "convolution.xlsx"}
POCKET = "pocket"  # the page of that folder, put together by pocket.build
TEXTS = {"data/README.md": "data", "notebooks/SYLLABUS.md": "syllabus", "CONTRIBUTING.md": "contributing"}
HEAD = "| lesson | topics | minutes to teach | minutes to run |\n|---|---|---|---|\n"
TOPICS = "| homework | topics |\n|---|---|\n"
STORED = "This page shows the notebook that is stored in the repository. It ran on the course's own data."
SUBMIT = '<button type="submit">Check</button><p role="status"></p>'
LACKS = "Slides of lesson {} are not here: not built, or older than the lesson. `course slides` makes them."
EMPTY = "This notebook is yours to fill in."
DIFFERENT = (
    "Its text and its questions belong to the course's own drawings: where they differ from a number, "
    "believe the number."
)
ASKED_OF_DRAWINGS = "Where this question is about results, its answer is that of the course's own drawings."
DRAWN = "All handbags and shoes on these pages are drawn by this course, CC BY 4.0."
PHOTOS = "Some pages show photos of handbags and shoes. These are their authors, licences and sources."
LINK = re.compile(r"(?<=\]\()([^)\s#]*)(#[^)\s]*)?(?=\))")
CODE = re.compile(r"(```.*?```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$)", re.DOTALL)
BOLD = re.compile(r"\*\*([^*]+?)\*\*")
MARK = re.compile(r"<!-- (\w+)(?:: (.+?))? -->")
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
    """List the terms in bold; what is a whole paragraph, or ends with a stop or a colon, is a head."""
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

    `origin` is the text's file, `page` its page, and `pages` has each file's page. Others lead to GitHub.
    """
    at, here = course.home(), f"/{posixpath.dirname(page)}"

    def link(match):
        target, place = match[1], match[2] or ""
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        if file in pages:
            return posixpath.relpath(f"/{pages[file]}", here) + Path(file).suffix + place
        if file.startswith("slides/images/"):
            return posixpath.relpath(f"/{file}", here)
        for name, copy in (FILES | {POCKET: POCKET}).items():
            if file == name or file.startswith(name + "/"):
                return "site:" + posixpath.relpath(f"/{copy}{file[len(name) :]}", here) + place
        return f"https://github.com/{at.repository}/blob/{at.ref}/{file}{place}"

    return LINK.sub(link, text)


def as_form(entry: dict, note: str = "") -> str:
    """Write a question as a form, in one line of HTML; static/quiz.js judges, and without it a fold.

    A note stands below it.
    """

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
    fields = f"<fieldset><legend>{shown['question']}</legend>{rows}</fieldset>{SUBMIT}"
    form = f'<form class="quiz" data-entry="{escape(json.dumps(shown))}" hidden>{fields}</form>'
    below = note and f'<p class="ran">{note}</p>'
    return f"<div>{form}<noscript>{quiz.as_html(entry)}</noscript>{below}</div>".replace("\n", " ")


def as_page(notebook, origin: str, page: str, pages: dict, known: dict[str, str], note: str = "") -> None:
    """Make a notebook a page: questions as forms with a note, pictures as files, terms and links resolved."""
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    linked = set()
    for number, cell in enumerate(notebook.cells):
        asked = notebooks.ASKED.fullmatch(cell.source)
        if cell.cell_type == "markdown":
            text = link_terms(BADGES.sub("", cell.source), known, linked)
            cell.source = relink(text, origin, page, pages)
        elif asked:
            form = as_form(quiz.find(*asked.groups()), note)
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
        path.write_bytes(base64.b64decode(data[kind]))
        width, height = Image.open(path).size
        alt, place = escape(output.metadata[kind]["alt"]), path.relative_to(SERVED).as_posix()
        shown = f'src="../{place}" width="{width}" height="{height}" alt="{alt}" loading="lazy"'
        large = f'<a href="../{place}" title="Open this figure alone"><img class="picture" {shown}></a>'
        output.data = nbformat.from_dict({"text/html": large})


def _ran(source):
    """Give the notebook to show, executed here or as it is stored, and on what it ran."""
    stored = nbformat.read(notebooks.stored_path(source), as_version=4)
    executed = LESSONS / f"{source.stem}.ipynb"
    try:
        notebook = nbformat.read(executed, as_version=4)
    except (OSError, ValueError):  # there is none, or a run was stopped while it was written
        notebook = None
    if notebook:
        if notebook.metadata.get("ran") and not notebooks.differences(notebooks.build_file(source), notebook):
            notebook.metadata["course"] = stored.metadata["course"]
            return notebook, notebook.metadata["ran"]
    return stored, STORED if any(cell.get("outputs") for cell in stored.cells) else EMPTY


def assemble() -> str:
    """Write to build/pages/ all that Sphinx makes the site of; give a sentence on what could not be made."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(DOCS, PAGES)
    shutil.copytree(ROOT / "slides" / "images", PAGES / "slides" / "images")
    for folder in (SERVED, PAGES / "api", PAGES / "lessons", PAGES / "homework"):
        folder.mkdir()
    for file, place in FILES.items():
        (shutil.copytree if (ROOT / file).is_dir() else shutil.copyfile)(ROOT / file, SERVED / place)
    old = [path for path in deck.paths() if not _fresh(path)]
    lacks = _pocket()
    if DECKS.exists():
        names = shutil.ignore_patterns("*.md", "*.pdf", *(f"{path.stem}*.html" for path in old))
        shutil.copytree(DECKS, SERVED / "slides", ignore=names)
    homework = list((course.SOURCES / "homework").glob("hw[0-9]*.py"))
    sources = sorted([*course.sources(), *homework], key=course.name_of)
    shown = {source: path for source in sources if (path := notebooks.stored_path(source)).exists()}
    pages = {_file(path): _page(path) for path in shown.values()} | TEXTS
    pages |= {_file(path): path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    blocks = {"lessons": HEAD, "homework": TOPICS, "decks": "", "credits": DRAWN}
    known, origins = terms(), {}
    blocks["guides"] = "\n".join(map(plans.lesson, deck.paths()))
    blocks["repository"], blocks["folder"] = (name := course.home().repository), name.partition("/")[2]
    for source, path in shown.items():
        (notebook, ran), page = _ran(source), _page(path)
        title = notebooks.title(notebook)
        blocks[page.partition("/")[0]] += _row(notebook, _file(path), title)
        if (SERVED / "slides" / f"{source.stem}.html").exists():
            blocks["decks"] += f"- [Slides: {title}](site:slides/{source.stem}.html)\n"
        real = "best data" in ran
        as_page(notebook, _file(path), page, pages, known, ASKED_OF_DRAWINGS if real else "")
        place = len(notebook.cells)
        if real:
            place, blocks["credits"] = 1, _credits()
            ran += f' {DIFFERENT} <a href="../credits.html">Photo credits</a>'
        notebook.cells.insert(place, nbformat.v4.new_markdown_cell(f'<p class="ran">{ran}</p>'))
        nbformat.write(notebook, PAGES / f"{page}.ipynb")
        origins[page] = {"notebook": _file(path)}
        if source not in homework:  # whose source holds the solutions
            origins[page]["source"] = _file(source)
    if old:
        blocks["decks"] += f"- {LACKS.format(', '.join(map(course.number_of, old)))}\n"
    for name in {module.name for module in pkgutil.iter_modules([str(ROOT / "helpers")])} - {"staff"}:
        text = (HERE / "templates" / "module.txt").read_text(encoding="utf-8")
        (PAGES / "api" / f"{name}.md").write_text(text.replace("NAME", name), encoding="utf-8")
    for file, page in pages.items():
        if file.endswith(".md"):
            text = relink((ROOT / file).read_text(encoding="utf-8"), file, page, pages)
            fill = partial(_fill, page=page, pages=pages, blocks=blocks)
            (PAGES / f"{page}.md").write_text(MARK.sub(fill, text), encoding="utf-8")
            origins[page] = {"source": file}
    (PAGES / "origins.json").write_text(json.dumps(origins), encoding="utf-8")
    return lacks


def _pocket():
    """Take the page for phones into the site, or a page that says why there is none; give that sentence."""
    try:
        shutil.copytree(build.build(), SERVED / POCKET)
        return ""
    except ValueError as error:  # no npm, or no network for it: the lessons are worth a site all the same
        why = f"This site was built without the page for phones. {error}"
    page = (HERE / "templates" / "no-pocket.html").read_text(encoding="utf-8").replace("REASON", escape(why))
    (SERVED / POCKET).mkdir()
    (SERVED / POCKET / "index.html").write_text(page, encoding="utf-8")
    return why


def _fresh(path):
    """Tell whether a deck has been built since its text, its numbers or its lesson changed."""
    made, number = DECKS / f"{path.stem}.html", course.number_of(path)
    sources = path, path.parent / f"computed/lesson_{number}.py", course.NOTEBOOKS / f"{path.stem}.ipynb"
    here = [source.stat().st_mtime for source in sources if source.exists()]
    return made.exists() and made.stat().st_mtime >= max(here)


def _file(path):
    return path.relative_to(ROOT).as_posix()


def _page(path):
    """Name the page of a stored notebook: lessons/NAME or homework/NAME."""
    name = path.relative_to(course.NOTEBOOKS).with_suffix("").as_posix()
    return name if "/" in name else f"lessons/{name}"


@cache
def _credits():
    """List whose photos lessons on the best data may show: their licences ask for it."""
    try:
        lines = datasets.handbags_and_shoes("photos").credits()
    except AssetError:
        return DRAWN
    safe = [re.sub(r"([\\`*_<>\[\]{}$~])", r"\\\1", line) for line in lines]
    return "\n".join([PHOTOS, "", *(re.sub(r"https?://\S+", _address, f"- {line}") for line in safe)])


def _address(found):
    return f"<{found[0].replace(chr(92), '')}>"


def _row(notebook, file, title):
    """Write a notebook's line of the table."""
    minutes, taught = notebook.metadata["course"].get("minutes", ""), notebooks.to_teach(Path(file).stem)
    return f"| [{title}]({file}) | {notebooks.topics_line(notebook)} | {taught} | {minutes} |\n"


def _fill(mark, page, pages, blocks):
    """Give what a page of docs/ asks for: a timetable, or a block made here."""
    name, words = mark.groups()
    made = {"plan": plans.timetable, "minutes": plans.minutes}
    block = made[name](words) if name in made else blocks.get(name, mark[0])
    return relink(block, "README.md", page, pages)


def main(options) -> int:
    """Build the site, or serve it; returns 1 if Sphinx finds fault, such as a link that leads nowhere."""
    if options.serve:
        built = (options.out / ".buildinfo").exists()
        kept = f"Serving {options.out} as it was built; `course site` builds it anew."
        print(kept if built else "Building the site.")
        return (0 if built else _build(options)) or serve.until_stopped(options.out, options)
    return _build(options)


def _build(options):
    if missing := [name for name in PACKAGES if not importlib.util.find_spec(name)]:
        raise ValueError(f"The site needs {', '.join(missing)}: run `pip install -e '.[site]'`.")
    from sphinx.cmd.build import build_main

    out = options.out.resolve()
    if out.is_file() or (out.exists() and not (out / ".buildinfo").exists() and any(out.iterdir())):
        raise ValueError(
            f"{options.out} holds something else than a site. Give a new or empty folder: --out."
        )
    if out in (PAGES, *PAGES.parents) or PAGES in out.parents:
        raise ValueError(f"{options.out} is where the site's pages are prepared. Give another folder: --out.")
    lacks = assemble()
    shutil.rmtree(options.out, ignore_errors=True)
    words = ["-q", "-E", "-W", "--keep-going", "-c", HERE, "-d", PAGES.parent / "doctrees"]
    with _no_garbage():  # looking for it takes Sphinx a quarter of its time
        code = build_main([*map(str, words), str(PAGES), str(options.out)])
    if code:
        return code
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file()) / 1e6
    print(f"The site is in {options.out}: open index.html. It takes {size:.0f} MB.")
    if lacks:
        print(lacks)
    if "licence not stated" in (PAGES / "credits.md").read_text(encoding="utf-8"):
        print("Nobody states the licence of the photos in its lessons: do not publish it.")
    if old := [course.number_of(path) for path in deck.paths() if not _fresh(path)]:
        print(LACKS.format(", ".join(old)))
    return 0

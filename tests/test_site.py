"""The site: links, words, questions and accessibility of its pages, in a browser without a network."""

import json
import os
import re
import urllib.parse
from functools import cache, partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources, util
from threading import Thread
from types import SimpleNamespace

import jupytext
import machine
import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from helpers import ROOT, quiz
from helpers.staff import course, notebooks
from helpers.staff.__main__ import main
from slides import deck, plans
from website import build as site

LESSONS = [source.stem for source in course.sources() if source.parent == course.SOURCES]
KINDS = ("index", "lessons/05b_reuse", "guide/plans", "guide/errors", "api/phone", "search")
DARK = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}


@cache
def texts(source):
    """The Markdown cells of a lesson's source."""
    cells = jupytext.read(source, fmt="py:percent").cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def without_entry(known):
    """Terms that a lesson puts in bold and the glossary lacks."""
    used = [
        (source.stem, term)
        for source in course.sources()
        for text in texts(source)
        for term in site.bold(text)
    ]
    return [(lesson, term) for lesson, term in used if site.plain(term) not in known]


def test_every_bold_term_of_the_lessons_has_an_entry():
    known = site.terms()
    assert without_entry(known) == []
    del known["stride"]
    assert ("01_convolution_by_hand", "stride") in without_entry(known)


def test_every_entry_is_one_sentence_in_alphabetical_order_and_used():
    text = (site.DOCS / "glossary.md").read_text(encoding="utf-8").split("```")[1].removeprefix("{glossary}")
    entries = [entry.splitlines() for entry in text.strip().split("\n\n")]
    heads = [[line for line in entry if line[0] != " "] for entry in entries]
    assert [head[0].lower() for head in heads] == sorted(head[0].lower() for head in heads)
    used = {
        site.plain(term) for source in course.sources() for text in texts(source) for term in site.bold(text)
    }
    assert [head for head in heads if not used & set(map(site.plain, head))] == []
    said = [" ".join(line.strip() for line in entry if line[0] == " ") for entry in entries]
    assert [one for one in said if not re.fullmatch(r"[A-ZR][^.]*(\d\.\d[^.]*)*\.", one)] == []


def test_only_the_first_use_of_a_term_is_linked_and_never_in_code():
    known, linked = {"stride": "stride", "feature map": "feature map"}, set()
    text = "`**stride**` **Stride** and **stride**, two **feature\nmaps**, **Note.**"
    assert site.link_terms(text, known, linked) == (
        "`**stride**` **{term}`Stride <stride>`** and **stride**, two "
        "**{term}`feature maps <feature map>`**, **Note.**"
    )
    assert linked == set(known)
    assert site.link_terms("**stride**", known, linked) == "**stride**"


@pytest.mark.parametrize(
    ("link", "where"),
    [
        ("01b_filters_to_layers.ipynb#2-x", "01b_filters_to_layers.ipynb#2-x"),
        ("../data/README.md", "../data.md"),
        ("../slides/explorer/index.html", "site:../explorer/index.html"),
        ("../slides/convolution.xlsx", "site:../convolution.xlsx"),
        ("../slides/images/pocket.png", "../slides/images/pocket.png"),
        ("../pocket/index.html", "site:../pocket/index.html"),
        ("../LICENSE", "https://github.com/{0.repository}/blob/{0.ref}/LICENSE"),
        ("https://keras.io/api", "https://keras.io/api"),
        ("#here", "#here"),
    ],
)
def test_links_between_files_become_links_between_pages(link, where):
    pages = {
        "notebooks/01b_filters_to_layers.ipynb": "lessons/01b_filters_to_layers",
        "data/README.md": "data",
    }
    found = site.relink(f"[x]({link}).", "notebooks/01_x.ipynb", "lessons/01_x", pages)
    assert found == f"[x]({where.format(course.home())})."


@pytest.mark.parametrize("sessions", [3, 6, 12, 40])
def test_a_timetable_has_each_lesson_once_and_adds_up(sessions):
    """Minutes and exercises are counted here in the texts of decks and sources, by other means."""
    *rows, last = [line.split(" | ") for line in plans.timetable(str(sessions)).splitlines()[2:]]
    assert [row[0] for row in rows] == [f"| {number}" for number in range(1, sessions + 1)]
    assert re.findall(r"notebooks/(\w+)", str([row[1] for row in rows])) == LESSONS
    assert all((row[1] == plans.FREE) == ("" == row[2].strip()) for row in rows)
    if sessions <= len(LESSONS):
        counts = [row[1].count("](") for row in rows]
        assert counts == sorted(counts) and counts[-1] - counts[0] <= 1

    def minutes(name):
        text = (ROOT / "slides" / f"{name}.md").read_text(encoding="utf-8")
        return sum(int(line.split()[1]) for line in text.splitlines() if re.match(r"<!-- \d+ min\.", line))

    def exercises(name):
        return (course.SOURCES / f"{name}.py").read_text(encoding="utf-8").count('%% tags=["exercise"')

    for row in [*rows, last]:
        names = re.findall(r"notebooks/(\w+)", row[1]) or (LESSONS if row is last else [])
        taught, count = sum(map(minutes, names)), sum(map(exercises, names))
        wanted = [taught, count, plans.EACH * count, taught + plans.EACH * count]
        assert [int(cell.strip(" |") or 0) for cell in row[2:]] == wanted


def test_the_guide_to_a_lesson_follows_its_deck():
    path = deck.paths()[2]
    shown = plans.lesson(path)
    rows = [line.split(" | ") for line in shown.splitlines() if re.match(r"\| \d", line)]
    starts = [int(row[0][2:]) for row in rows]
    assert starts == sorted(starts) and starts[0] == 0 < starts[-1] < int(notebooks.to_teach(path.stem))
    numbers = [int(number) for row in rows for number in re.findall(r"\d+", row[2])]
    assert numbers[0] == 1 and numbers[-1] == len(deck.slides(path.read_text(encoding="utf-8")))
    assert "| 3 to 4 | More or less than half right? Which line throws away" in shown
    assert "](notebooks/02_fashion_mnist.ipynb#3-what-does-a-convolutional-network-look-like)" in shown
    assert "#when-it-says-90-is-it-right-90-of-the-time)" in shown
    assert plans._slug("Noise & blur, 1×1") == "noise--blur-11", "as GitHub has it"
    assert "  - *64×64×64*: The convolutions keep height and width, but the poolings halve them." in shown
    assert "  - Right: *8×8×64*. " in shown and shown.count("8×8×64*") == 1


def test_slides_that_are_spare_have_no_minute_in_the_guide():
    """Minutes of slides that go further are not in the table of lessons either."""
    (path,) = deck.paths(["06b"])
    text = path.read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in plans.lesson(path).splitlines() if re.match(r"\| [\ds]", line)]
    spare = [row[2] for row in rows if row[0] == "| spare"]
    numbers = [
        one.number for one in deck.slides(text) if "<!-- Going" in text and one.notes.startswith("Going")
    ]
    shown = [int(number) for row in spare for number in re.findall(r"\d+", row)]
    assert [shown[0], shown[-1]] == [numbers[0], numbers[-1]]
    assert all(int(row[0][2:]) <= int(notebooks.to_teach(path.stem)) for row in rows if row[0] != "| spare")


def test_minutes_of_sections_are_those_of_their_slides():
    text = (ROOT / "slides" / "01_convolution_by_hand.md").read_text(encoding="utf-8")
    part = [one for one in text.split("\n---\n") if "lesson:01#3-what" in one or "lesson:01#8-what" in one]
    wanted = sum(int(found) for one in part for found in re.findall(r"<!-- (\d+) min", one))
    assert wanted and plans.minutes("01#3-what-happens-in-one-window 01#8-what-does-pooling-keep") == str(
        wanted
    )
    with pytest.raises(ValueError, match="No slide of deck 01 belongs to 'gone'"):
        plans.minutes("01#gone")


def test_the_hour_has_sixty_minutes(pages, built):
    table = pages[built / "guide" / "plans.html"].find(id="one-hour").table
    assert sum(int(row.select("td")[1].text) for row in table.select("tbody tr")) == 60


def said_by_the_course():
    """All that the course may say: its code, in which a message may be broken into several strings."""
    files = [*(ROOT / "helpers").rglob("*.py"), ROOT / "Makefile"]
    files += [path for folder in ("slides", "pocket", "website") for path in (ROOT / folder).glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    joined = re.sub(r'"\n\s*f?"', "", text)
    return joined + re.sub(r"\{[^{}]*\}", "…", joined)


def test_every_message_that_the_guide_explains_is_one_of_the_course_and_in_its_order():
    ours, theirs = (
        (site.DOCS / "guide" / "errors.md").read_text(encoding="utf-8").split("## Messages of ")[1:]
    )
    said = said_by_the_course()
    for part in (ours, theirs):
        heads = re.findall(r"^### .*?`(.+?)`", part, re.MULTILINE)
        keys = [(head[0] != "…", re.sub(r"[^a-z ]", "", head.lower()).strip()) for head in heads]
        assert heads and keys == sorted(keys)
        if part is ours:
            assert [head for head in heads if head.strip("… .") not in said] == []
    assert "cannot be used (…). Choose no other" not in said


def test_an_executed_lesson_is_shown_if_its_source_is_unchanged(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "LESSONS", tmp_path)
    source = course.sources()[0]
    notebook = notebooks.build_file(source)
    assert site._ran(source)[1] == site.STORED
    notebook.metadata["ran"] = "Today."
    nbformat.write(notebook, tmp_path / f"{source.stem}.ipynb")
    shown, ran = site._ran(source)
    assert ran == "Today." and "| 45 | 0.5 |" in site._row(shown, f"notebooks/{source.stem}.ipynb", "x")
    notebook.cells[3].source += "\n"
    nbformat.write(notebook, tmp_path / f"{source.stem}.ipynb")
    assert site._ran(source)[1] == site.STORED
    (tmp_path / f"{source.stem}.ipynb").write_text("")  # a run was stopped while it wrote
    assert site._ran(source)[1] == site.STORED


def test_a_page_with_photos_leads_to_all_their_authors(tmp_path, monkeypatch):
    """Each name is shown as it is written, whatever Markdown makes of it, and each address is a link."""
    line = "train/shoe/1.jpg: A*B* _c_ [d], CC BY 2.0, https://example.org/a_b*c?d=1"
    data = SimpleNamespace(credits=lambda: [line, line.replace("1.jpg", "2.jpg")])
    drawn = site.datasets.handbags_and_shoes

    def found(kind, **options):
        return data if kind == "photos" else drawn(kind, **options)

    monkeypatch.setattr(site.datasets, "handbags_and_shoes", found)
    for name in ("PAGES", "SERVED", "LESSONS", "DECKS"):
        monkeypatch.setattr(site, name, tmp_path / name)
    monkeypatch.setattr(site, "SERVED", tmp_path / "PAGES" / "served")
    site.LESSONS.mkdir()
    source = course.sources()[0]
    notebook = nbformat.read(notebooks.stored_path(source), as_version=4)
    notebook.metadata["ran"] = "This page ran on the best data at hand."
    nbformat.write(notebook, site.LESSONS / f"{source.stem}.ipynb")
    site._credits.cache_clear()
    site.assemble()
    site._credits.cache_clear()
    text = (site.PAGES / "credits.md").read_text(encoding="utf-8")
    shown = BeautifulSoup(MarkdownIt().render(text), "html.parser")
    assert [item.get_text() for item in shown.select("li")] == data.credits()
    assert [link["href"] for link in shown.select("a")] == ["https://example.org/a_b*c?d=1"] * 2
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (site.PAGES / "lessons").glob("*.ipynb")}
    assert [name for name, text in pages.items() if "credits.html" in text] == [source.stem]
    cells = json.loads(pages[source.stem])["cells"]
    assert "believe the number" in "".join(cells[1]["source"]), "a reader sees it before the first number"
    forms = [text for cell in cells if 'class="quiz"' in (text := "".join(cell["source"]))]
    assert forms and all("of the course's own drawings" in text for text in forms)
    assert [name for name, text in pages.items() if "its answer is that of" in text] == [source.stem]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The whole site, built by the command from stored notebooks, with decks that hold nothing but links."""
    if missing := [name for name in site.PACKAGES if not util.find_spec(name)]:
        pytest.skip(f"NO SITE: this environment has no {', '.join(missing)}, so no page was built")
    folder = tmp_path_factory.mktemp("site")
    places = {"PAGES": folder / "pages", "SERVED": folder / "pages" / "served", "LESSONS": folder / "none"}
    places["DECKS"] = folder / "decks"
    places["DECKS"].mkdir()
    for path in deck.paths():
        found = deck.LESSON_LINK.findall(path.read_text(encoding="utf-8"))
        for local in (True, False):
            links = [f'<a href="{escape(deck.address(*one, local=local))}">' for one in found if one[1]]
            file = places["DECKS"] / f"{path.stem}{'_local' * local}.html"
            file.write_text("".join(links), encoding="utf-8")
            file.with_suffix(".pdf").touch()
    with pytest.MonkeyPatch.context() as patch:
        for name, place in places.items():
            patch.setattr(site, name, place)
        assert main(["site", "--out", str(folder / "out")]) == 0, "Sphinx says above what is wrong"
    return folder / "out"


def test_what_a_site_lacks_is_named(tmp_path, monkeypatch, capsys):
    """Of three decks one is up to date, one is older than its lesson, and one was never built."""
    for name in ("PAGES", "LESSONS", "DECKS"):
        monkeypatch.setattr(site, name, tmp_path / name)
    monkeypatch.setattr(site, "SERVED", tmp_path / "PAGES" / "served")
    site.DECKS.mkdir()
    good, stale, gone = (path.stem for path in deck.paths()[:3])
    for name in (good, stale):
        (site.DECKS / f"{name}.html").write_text(name)
    long_ago = (course.NOTEBOOKS / f"{stale}.ipynb").stat().st_mtime - 60
    os.utime(site.DECKS / f"{stale}.html", (long_ago, long_ago))

    def no_npm():
        raise ValueError("npm was not found, and it is <needed>.")

    monkeypatch.setattr(site.build, "build", no_npm)
    assert (
        site.assemble()
        == "This site was built without the page for phones. npm was not found, and it is <needed>."
    )
    instead = (site.SERVED / "pocket" / "index.html").read_text(encoding="utf-8")
    assert "npm was not found, and it is &lt;needed&gt;." in instead and 'href="../index.html"' in instead
    text = (site.PAGES / "show.md").read_text(encoding="utf-8")
    assert re.findall(r"site:slides/(\w+)", text) == [good]
    assert [path.stem for path in (site.SERVED / "slides").iterdir()] == [good]
    assert f"Slides of lesson {course.number_of(deck.paths()[1])}, {gone.partition('_')[0]}, " in text


@pytest.fixture(scope="module")
def pages(built):
    """Each page: its path -> its parsed text."""
    # The explorer, the page for phones and the spreadsheet have tests of their own.
    others = ("explorer", "pocket", "_static")
    own = [path for path in built.rglob("*.html") if path.parent.name not in others]
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in own}


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all tests, in which every request that leaves this computer fails, and all such faults."""
    context = browser.new_context()
    context.set_default_timeout(machine.seconds(60_000))
    opened, faults = context.new_page(), []
    context.route(lambda url: not local(url), lambda route: (faults.append(route.request.url), route.abort()))
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened, faults
    context.close()


@pytest.fixture
def page(tab):
    """The tab, empty and as wide as a screen; nothing may go wrong in it."""
    opened, faults = tab
    opened.set_viewport_size({"width": 1280, "height": 800})
    yield opened
    opened.goto("about:blank")
    assert faults == []


def local(url):
    return url.startswith(("file:", "data:", "blob:", "about:", "http://127.0.0.1:"))


def test_a_page_that_asks_for_something_elsewhere_is_noticed(browser):
    context, asked = browser.new_context(), []
    context.route(lambda url: not local(url), lambda route: (asked.append(route.request.url), route.abort()))
    context.new_page().set_content('<img src="https://example.org/x.png">')
    context.close()
    assert asked == ["https://example.org/x.png"]


def test_everything_is_there_once(built, pages):
    names = {path.relative_to(built).as_posix() for path in pages}
    wanted = {f"lessons/{name}.html" for name in LESSONS}
    wanted |= {f"homework/{path.stem}.html" for path in (course.NOTEBOOKS / "homework").glob("*.ipynb")}
    wanted |= {f"{name}.html" for name in ("index", "glossary", "guide", "data", "syllabus", "api", "search")}
    assert wanted <= names
    assert all((built / name / "index.html").exists() for name in ("explorer", "pocket"))
    assert (built / "convolution.xlsx").exists()
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    assert size <= 60e6


def dead_links(built, pages):
    """Links and pictures of pages that lead to no file, or to no place in one: (page, address)."""
    ids = {path: {tag["id"] for tag in soup.find_all(id=True)} for path, soup in pages.items()}
    wrong = []
    for path, soup in pages.items():
        for tag in soup.find_all(href=True) + soup.find_all(src=True):
            address = urllib.parse.urlsplit(tag.get("href") or tag.get("src"))
            if address.scheme or address.netloc or not (address.path or address.fragment):
                continue
            target = (path.parent / urllib.parse.unquote(address.path)).resolve() if address.path else path
            place = urllib.parse.unquote(address.fragment)
            if not target.exists() or (place and target in ids and place not in ids[target]):
                wrong.append((path.relative_to(built).as_posix(), address.geturl()))
    return wrong


def test_every_link_and_anchor_leads_somewhere(built, pages):
    assert dead_links(built, pages) == []
    text = '<a href="#here" id="there">x</a> <img src="gone.png"> <a href="index.html#gone">x</a>'
    home = built / "index.html"
    planted = {home: pages[home], built / "planted.html": BeautifulSoup(text, "html.parser")}
    assert {address for _, address in dead_links(built, planted)} == {"#here", "gone.png", "index.html#gone"}


def test_tables_name_every_lesson_and_homework_with_all_its_topics(built, pages):
    lessons, homework = (
        pages[built / f"{name}.html"].select("article tbody tr") for name in ("lessons", "homework")
    )
    assert [row.a["href"] for row in lessons] == [f"lessons/{name}.html" for name in LESSONS]
    names = ["hw1_fine_tuning", "hw2_own_data", "hw3_framework", "quickdraw"]
    assert [row.a["href"] for row in homework] == [f"homework/{name}.html" for name in names]
    topics = [row.select("td")[1].text for row in homework]
    assert topics[1].endswith("Grad-CAM, a report") and topics[3].endswith("padding and mask")
    assert [len(row.select("td")) for row in lessons + homework] == [4] * len(LESSONS) + [2] * 4


def test_decks_lead_to_the_lessons_of_the_site(built, pages):
    decks = [soup for path, soup in pages.items() if path.parent.name == "slides"]
    links = [tag["href"] for soup in decks for tag in soup.find_all(href=True)]
    assert len(decks) == 2 * len(LESSONS) and len(links) > 100 and not list(built.rglob("*.pdf"))
    assert all(re.fullmatch(r"\.\./lessons/\w+\.html#[\w-]+", link) for link in links)
    shown = pages[built / "show.html"].select("article a[href^='slides/']")
    assert [tag["href"] for tag in shown] == [f"slides/{name}.html" for name in LESSONS]


def test_no_page_of_a_homework_leads_to_its_solutions(pages):
    found = {path.name: str(soup) for path, soup in pages.items() if path.parent.name == "homework"}
    handed_in = {name for name in found if name.startswith("hw")}
    assert len(handed_in) == 3 < len(found)
    assert not [name for name in handed_in if "source/homework" in found[name] or "/edit/" in found[name]]
    assert all("Report a problem" in found[name] and "/edit/" in found["quickdraw.html"] for name in found)


def test_each_lesson_links_its_first_terms_and_says_how_to_open_edit_and_report_it(built, pages):
    at = course.home()
    for name in LESSONS:
        soup = pages[built / "lessons" / f"{name}.html"]
        first = {
            site.plain(term) for text in texts(course.SOURCES / f"{name}.py") for term in site.bold(text)
        }
        linked = [tag["href"] for tag in soup.select("article a[href*='glossary.html#term-']")]
        heads = {site.terms()[term] for term in first}
        assert len(linked) == len(set(linked)) == len(heads) > 0, name
        links = [tag["href"] for tag in soup.select(".actions a")]
        ends = [f"/{at.ref}/notebooks/{name}.ipynb", f"?ref={at.ref}", f"/source/{name}.py", f"{name}%29"]
        assert [link.endswith(end) for link, end in zip(links, ends, strict=True)] == [True] * 4
        assert soup.select(".prev-next-area a.left-prev") and soup.select(".ran")


def test_no_solution_of_a_homework_is_on_the_site(pages):
    hidden = [
        line
        for source in (course.SOURCES / "homework").glob("hw[0-9]*.py")
        for line in source.read_text(encoding="utf-8").splitlines()
        if "### BEGIN" in line
    ]
    shown = {path: soup.text for path, soup in pages.items()}
    assert hidden and not [path for path, text in shown.items() if any(line in text for line in hidden)]


def axe_says(page, rules):
    """Each fault that axe finds on the open page: rule, first place, number of places."""
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    return [(one["id"], one["nodes"][0]["html"][:120], len(one["nodes"])) for one in found]


def test_axe_finds_nothing_and_phones_need_not_scroll_sideways(built, pages, page):
    """In a test run a page of each kind, and every page where COURSE_ALL_PAGES is set, as for publishing."""
    package = pytest.importorskip("axe_playwright_python", reason="NO AXE: not installed")
    script = (resources.files(package) / "axe.min.js").read_text(encoding="utf-8")
    ours = sorted(path for path in pages if path.parent.name != "slides")
    chosen = ours if os.environ.get("COURSE_ALL_PAGES") else [built / f"{name}.html" for name in KINDS]
    faults = {}
    for path in chosen:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(path.as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.evaluate(script)
        found = axe_says(page, RULES) + [f"{wide} pixels too wide"] * bool(wide)
        if chosen is ours or path.parent != built:
            page.add_style_tag(content="* { transition: none !important; }")
            page.evaluate("document.documentElement.dataset.theme = 'dark'")
            found += axe_says(page, DARK)
        if found:
            faults[path.relative_to(built).as_posix()] = found
    assert faults == {}
    page.set_content('<html lang="en"><title>x</title><img src="data:,"><p style="color: #aaa">pale</p>')
    page.evaluate(script)
    assert {name for name, *_ in axe_says(page, RULES)} == {"image-alt", "color-contrast"}


def answer_by_keyboard(page, form, entry, answer):
    """Answer a question with keys alone, and give what the page says."""
    field = form.locator("input").first
    field.focus()
    if "choices" in entry:
        page.keyboard.press("Space")
        for _ in range(answer):
            page.keyboard.press("ArrowDown")
    else:
        field.fill("")
        page.keyboard.type(str(answer))
    page.keyboard.press("Enter")
    return form.locator("[role=status]").inner_text()


def asked_in(name):
    """The questions of a lesson, with answers to try: every choice, or the right number and wrong ones."""
    text = (course.SOURCES / f"{name}.py").read_text(encoding="utf-8")
    for words in re.findall(r'quiz\.ask\("(\w+)", "([\w-]+)"\)', text):
        entry = quiz.find(*words)
        tries = [*range(len(entry.get("choices", [])))]
        yield entry, tries or [entry["number"], entry["number"] + 1, *entry.get("slips", {})]


def test_every_answer_is_judged_on_a_page_as_in_a_notebook(built, pages, page):
    page.goto((built / "lessons" / f"{LESSONS[0]}.html").as_uri())
    for name in LESSONS:
        forms = pages[built / "lessons" / f"{name}.html"].select("form.quiz")
        shown = [json.loads(form["data-entry"]) for form in forms]
        asked = list(asked_in(name))
        assert len(shown) == len(asked) > 0
        pairs = [(one, answer) for one, (_, tries) in zip(shown, asked, strict=True) for answer in tries]
        wanted = [quiz.judge(entry, answer) for entry, tries in asked for answer in tries]
        found = page.evaluate("pairs => pairs.map(([entry, answer]) => judge(entry, answer))", pairs)
        assert found == [[right, quiz._marked(why)] for right, why in wanted], name
        assert {right for right, _ in wanted} == {True, False}


def test_questions_are_answered_by_keyboard(built, page):
    page.goto((built / "lessons" / f"{LESSONS[0]}.html").as_uri())
    forms, asked = page.locator("form.quiz"), list(asked_in(LESSONS[0]))
    assert {"choices" in entry for entry, _ in asked} == {True, False}
    for number, (entry, tries) in enumerate(asked):
        form = forms.nth(number)
        form.locator("button").focus()
        page.keyboard.press("Enter")
        assert "first" in form.inner_text() or "Write a number" in form.inner_text()
        for answer in tries:
            right, why = quiz.judge(entry, answer)
            said = answer_by_keyboard(page, form, entry, answer)
            assert said == f"{'Right.' if right else 'Not yet.'} {why}".replace("`", "")


def test_a_figure_opens_alone_by_a_tap(built, page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto((built / "lessons" / f"{LESSONS[0]}.html").as_uri())
    link = page.locator("article a:has(> img.picture)").first
    small = link.locator("img").bounding_box()["width"]
    link.click()
    page.wait_for_url("**/pictures/lessons/*")
    assert page.evaluate("document.images[0].naturalWidth") > 1.5 * small


def test_formulas_have_a_font_that_comes_with_the_page(built, page):
    page.goto((built / "lessons" / f"{LESSONS[0]}.html").as_uri())
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(one => one.status == 'loaded').map(one => one.family)")
    assert "Noto Sans Math" in loaded
    shown = page.locator("math").first.evaluate("formula => getComputedStyle(formula).fontFamily")
    assert shown.startswith('"Noto Sans Math"')


def test_search_finds_a_lesson(built, page):
    quiet = type("Handler", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=built)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/search.html?q=receptive+field")
        page.locator("#search-results a[href*='01b_filters_to_layers']").first.wait_for()
        page.locator("#search-results p.context").first.wait_for()
        page.goto("about:blank")
        server.shutdown()


def test_solutions_are_folded_and_open_by_keyboard(built, page):
    page.goto((built / "lessons" / f"{LESSONS[0]}.html").as_uri())
    fold = page.locator("details", has_text="A solution").first
    assert fold.get_attribute("open") is None and not fold.locator("pre").is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.locator("pre").is_visible()


def test_a_report_names_the_section_on_the_screen(built, page):
    page.goto((built / "lessons" / f"{LESSONS[0]}.html").as_uri())
    page.locator("h2", has_text="border").evaluate("head => head.scrollIntoView()")
    page.evaluate("addEventListener('click', one => one.preventDefault())")
    address = page.locator("a.report").evaluate("link => { link.click(); return link.href; }")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
    assert query["template"] == ["1-sentence.yml"]
    assert query["where"] == [f"6. What happens at the border? (lessons/{LESSONS[0]}.html)"]


def test_a_folder_with_something_else_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(site, "assemble", lambda: pytest.fail("it may not even begin"))
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("four years")
    assert main(["site", "--out", str(tmp_path)]) == 2
    assert f"{tmp_path} holds something else than a site" in capsys.readouterr().err
    assert main(["site", "--out", str(thesis)]) == 2
    assert thesis.read_text() == "four years"


@pytest.mark.parametrize("place", ["pages", "pages/served", "."])
def test_the_folder_of_prepared_pages_is_no_place_for_the_site(tmp_path, monkeypatch, capsys, place):
    monkeypatch.setattr(site, "assemble", lambda: pytest.fail("it may not even begin"))
    monkeypatch.setattr(site, "PAGES", tmp_path / "pages")
    assert main(["site", "--out", str(tmp_path / place)]) == 2
    assert "is where the site's pages are prepared" in capsys.readouterr().err


def test_a_missing_package_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(site, "PACKAGES", ("sphinx_of_another_world",))
    assert main(["site"]) == 2
    assert "sphinx_of_another_world: run `pip install -e '.[site]'`" in capsys.readouterr().err

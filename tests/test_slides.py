"""The decks: what they say is computed, every link leads somewhere, and every slide can be read.

What is measured in a browser is measured on the rendered pages, at 1280x720 pixels.
"""

import functools
import html
import io
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml
from matplotlib.figure import Figure
from PIL import Image

from helpers import ROOT
from helpers.staff import course
from helpers.staff.__main__ import main
from slides import deck, figures, lesson_outputs, render

DECKS = deck.paths()
EACH = pytest.mark.parametrize("path", DECKS, ids=lambda path: path.stem)
IDS = set(yaml.safe_load((ROOT / "notebooks" / "source" / "syllabus.yaml").read_text()))

# A result written out: 0.91, 85%, 2,743,372,800. Years, sizes such as 28x28 and section numbers are none.
RESULT = re.compile(r"(?<![\w.,])(?:\d+\.\d+|\d+ ?%|\d{1,3}(?:,\d{3})+)(?![\w.])")
MATHS = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
LEAST_BODY, LEAST_IN_FIGURE = 24, 16


@functools.cache
def source(path):
    return path.read_text(encoding="utf-8")


def slides_of(path):
    return deck.slides(source(path))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The filled decks, in a folder of this run, with coarse figures, hardly packed: nobody looks at them."""
    out, save, write = tmp_path_factory.mktemp("slides"), Figure.savefig, Image.Image.save
    quick = {"compress_level": 1, "method": 0, "quality": 0}  # of PNG, and of WebP
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", lambda figure, *to, **how: save(figure, *to, **how | {"dpi": 50}))
        patch.setattr(Image.Image, "save", lambda image, *to, **how: write(image, *to, **how | quick))
        for path in DECKS:
            figures.build(path, out)
    yield out
    figures.computed.cache_clear()  # other files get sharp ones


@pytest.fixture(scope="module")
def rendered(built):
    """All slides of a deck on one page, rendered by Marp."""
    if not shutil.which("npm"):
        pytest.skip("NO NPM: Marp could not be installed, so no slide was rendered")
    try:
        render.install()
    except RuntimeError as error:
        pytest.skip(f"NO MARP: {error} No slide was rendered")
    render.marp([built / path.name for path in DECKS], "--template", "bare")
    return built


@EACH
def test_the_length_suits_a_lesson(path):
    assert 15 <= len(slides_of(path)) <= 30


@EACH
def test_values_and_figures_fit(path, built):
    """Building fails when a value is unknown or unused, or a figure missing; here nothing is left open."""
    text = (built / path.name).read_text(encoding="utf-8")
    assert "{{" not in CODE.sub("", MATHS.sub("", text))
    for shown in re.findall(r'<img src="([^"]+)"', text):
        assert (built / shown).stat().st_size > 0
    assert text.count("<img src=") == len(deck.images(source(path)))


@EACH
def test_no_result_is_typed(path):
    """Results come from values(); so do figures of history, with their source."""
    for slide in slides_of(path):
        visible = CODE.sub("", MATHS.sub("", slide.text + "\n" + slide.notes))
        visible = re.sub(r"\]\([^)]*\)|<[^>]+>", "]", visible)
        assert not RESULT.findall(visible), f"slide {slide.number}: fill these from values()"


@EACH
def test_every_slide_has_notes(path):
    for slide in slides_of(path):
        assert re.search(r"\b\d+ min\b", slide.notes), f"slide {slide.number}: no minutes"
        assert "?" in slide.notes, f"slide {slide.number}: no question to ask"
        assert len(slide.notes.split()) >= 12, f"slide {slide.number}: what to say is missing"


@EACH
def test_every_slide_leads_to_its_lesson(path):
    for slide in slides_of(path):
        assert re.search(r"\]\(lesson:\d\d[a-z]?(#[\w-]+)?\)", slide.footer), f"slide {slide.number}: no link"
        ids = re.findall(r"\b[A-J]\d{1,2}\b", slide.footer)
        assert ids and set(ids) <= IDS, f"slide {slide.number}: {ids} are not ids of the syllabus"
        for lesson, anchor in deck.LESSON_LINK.findall(slide.text + slide.footer):
            assert not anchor or anchor in deck.headings(lesson), f"slide {slide.number}: {anchor}"


@EACH
def test_every_slide_has_one_title(path):
    for slide in slides_of(path):
        titles = re.findall(r"^##? .+$", slide.text, re.MULTILINE)
        assert len(titles) == 1, f"slide {slide.number}: {titles}"


@EACH
def test_images_say_what_they_show(path):
    for slide in slides_of(path):
        for image in deck.images(slide.text):
            assert len(image.alt.split()) >= 5, f"slide {slide.number}: {image.alt!r} says too little"
            assert image.size, f"slide {slide.number}: w: or h: is missing"


def bare(line):
    """A line of code without what a formatter may change."""
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\s", "", line))


def stands_in(line, lines):
    """Whether a line of code is a line of the source, or several that a formatter has broken it into."""
    for start in range(len(lines)):
        joined = ""
        for part in lines[start : start + 20]:
            joined += part
            if len(joined) > len(line) + 20 or not line.startswith(joined[: len(line)][:1]):
                break
            if bare(joined) == line:
                return True
    return False


@EACH
def test_code_comes_from_the_lesson(path):
    files = [ROOT / "notebooks" / "source" / f"{path.stem}.py", *sorted((ROOT / "helpers").rglob("*.py"))]
    lines = [bare(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    for slide in slides_of(path):
        for block in re.findall(r"```python\n(.*?)```", slide.text, re.DOTALL):
            for line in filter(None, map(bare, block.splitlines())):
                assert line in lines or stands_in(line, lines), f"slide {slide.number}: {line}"


@EACH
def test_figures_can_be_read(path):
    """The smallest writing in a figure drawn for the slide, in pixels of a slide."""
    from matplotlib.text import Text

    _, drawn = figures.computed(course.number_of(path))
    for image in deck.images(source(path)):
        figure = drawn[image.path.rsplit("/", 1)[1].rsplit(".", 1)[0]]
        if not hasattr(figure, "findobj"):
            continue
        figure.draw_without_rendering()
        written = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
        sizes = [text.get_fontsize() for text in written]
        inches = {"w": figure.get_figwidth(), "h": figure.get_figheight()}
        scale = min(pixels / inches[axis] for axis, pixels in image.size.items())
        smallest = min(sizes, default=72) / 72 * scale
        assert smallest >= LEAST_IN_FIGURE, f"{image.path}: its smallest writing is {smallest:.0f} pixels"


MEASURE = """() => [...document.querySelectorAll('section')].map(section => {
  const frame = section.getBoundingClientRect(), scale = frame.width / 1280, faults = []
  const footer = section.querySelector('footer')
  const style = getComputedStyle(section)
  const left = frame.left + parseFloat(style.paddingLeft) * scale
  const right = frame.right - parseFloat(style.paddingRight) * scale
  const floor = footer.getBoundingClientRect().top
  const check = (box, what) => {
    if (box.width === 0 || box.height === 0) return
    const across = box.left < left - 2 || box.right > right + 2
    if (!across && box.top >= frame.top + 20 * scale && box.bottom <= floor + 1) return
    const place = [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top]
    faults.push(`${what} lies outside, at ${place.map(v => Math.round(v / scale))}`)
  }
  const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT)
  const boxes = []
  for (let node; (node = walker.nextNode());) {
    if (!node.textContent.trim() || footer.contains(node)) continue
    const holder = node.parentElement
    // Each slide stands in an SVG itself; formulas are drawn ones within it.
    if (section.contains(holder.closest('svg, style, mjx-container'))) continue
    const size = parseFloat(getComputedStyle(holder).fontSize)
    const text = node.textContent.trim().slice(0, 40)
    if (size < LEAST) faults.push(`"${text}" has ${size} pixels`)
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const box of range.getClientRects()) check(box, `"${text}"`)
  }
  for (const picture of section.querySelectorAll('img, mjx-container, pre, table, ul, ol'))
    check(picture.getBoundingClientRect(), picture.alt || picture.textContent.slice(0, 30) || picture.tagName)
  for (const image of section.querySelectorAll('img'))
    if (!image.complete || !image.naturalWidth) faults.push(`${image.alt} was not loaded`)
  for (const block of section.querySelectorAll('pre, code, td, div'))
    if (block.scrollWidth > block.clientWidth + 1 && getComputedStyle(block).display !== 'inline')
      faults.push(`"${block.textContent.slice(0, 40)}" is wider than its box`)
  const parts = [...section.children].filter(part => part !== footer)
  parts.forEach((part, n) => {
    const box = part.getBoundingClientRect(), next = parts[n + 1]?.getBoundingClientRect()
    if (next && next.top < box.bottom - 1) faults.push(`${part.tagName} and what follows overlap`)
  })
  const line = footer.firstElementChild ? footer.getBoundingClientRect() : null
  if (!line || line.height > 40 * scale || footer.scrollWidth > footer.clientWidth + 1)
    faults.push('the footer takes more than a line')
  return faults
})""".replace("LEAST", str(LEAST_BODY))


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all decks, and the addresses that it has asked for."""
    opened, asked = browser.new_page(viewport={"width": 1280, "height": 720}), []
    opened.on("request", lambda request: asked.append(request.url))
    yield opened, asked
    opened.close()


@EACH
def test_every_slide_fits_and_asks_for_nothing(path, rendered, tab):
    page, asked = tab
    asked.clear()
    page.goto((rendered / f"{path.stem}.html").as_uri())
    page.wait_for_load_state("networkidle")
    faults = page.evaluate(MEASURE)
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
    assert len(faults) == len(slides_of(path))
    assert not {number: found for number, found in enumerate(faults, 1) if found}


DECK = "---\ntitle: t\n---\n\n# One {{a}}\n\n---\n\n![five words of alt text w:9](figures/01/b.svg)\n"


def test_a_deck_is_split_into_slides():
    noted = DECK.replace("{{a}}", '{{a}}\n\n<!-- 2 min. Why? -->\n<!-- _footer: "[x](lesson:01) · B1" -->')
    first, second = deck.slides(noted)
    assert (first.text, first.notes, first.footer) == ("# One {{a}}", "2 min. Why?", "[x](lesson:01) · B1")
    assert deck.images(second.text) == [deck.Image("five words of alt text", {"w": 9}, "figures/01/b.svg")]


def test_words_of_an_alt_text_are_no_effects():
    """Marp itself would double the contrast and drop the word."""
    tag = deck.as_html('![more contrast & "50%" w:80](f.svg)')
    assert tag == '<img src="f.svg" alt="more contrast &amp; &quot;50%&quot;" style="width: 80px">'


def test_a_photo_keeps_its_pixels_in_fewer_bytes():
    rng = np.random.default_rng(0)
    smooth = Image.fromarray(rng.integers(0, 256, (8, 8, 4), dtype=np.uint8)).resize((200, 200))
    for picture in (smooth, smooth.convert("RGB"), smooth.convert("RGB").quantize(200)):
        picture.save(buffer := io.BytesIO(), "PNG")
        name, content = figures.encoded("photo", buffer.getvalue())
        kept = Image.open(io.BytesIO(content))
        wanted = picture if picture.mode == "RGBA" else picture.convert("RGB")
        seen = np.asarray(wanted)[..., -1:] > 0 if picture.mode == "RGBA" else True
        assert name == "photo.webp" and len(content) < len(buffer.getvalue())
        assert np.array_equal(np.asarray(kept) * seen, np.asarray(wanted) * seen)


def test_values_must_fit():
    assert "# One 3" in deck.fill(DECK, {"a": "3"})
    with pytest.raises(ValueError, match=r"not computed: a\."):
        deck.fill(DECK, {})
    with pytest.raises(ValueError, match=r"does not use .*: c\."):
        deck.fill(DECK, {"a": "3", "c": "4"})


def test_figures_must_fit():
    deck.check_figures(DECK, {"figures/01/b.svg"})
    with pytest.raises(ValueError, match=r"not drawn: figures/01/b\.svg"):
        deck.check_figures(DECK, {"figures/01/b.webp"} - {"figures/01/b.webp"})
    with pytest.raises(ValueError, match=r"does not show .*c\.svg"):
        deck.check_figures(DECK, {"figures/01/b.svg", "figures/01/c.svg"})


def test_links_lead_to_headings():
    anchor = "2-why-not-simply-flatten-the-photo"
    web = deck.link(f"[x](lesson:01#{anchor})")
    assert web.endswith("/notebooks/01_convolution_by_hand.ipynb#2.-Why-not-simply-flatten-the-photo?)")
    local = deck.link(f"[x](lesson:01#{anchor})", local=True)
    assert local.startswith("[x](../lessons/01_convolution_by_hand.html#2.-Why")
    with pytest.raises(ValueError, match="has no section 'nowhere'"):
        deck.link("[x](lesson:01#nowhere)")
    with pytest.raises(ValueError, match="There is no lesson 99"):
        deck.link("[x](lesson:99)")


def test_local_links_are_ids_of_the_page():
    """nbconvert writes the pages of `make lessons`; its ids must be the ones that slides link to."""
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter()
    for lesson in map(course.number_of, course.sources()):
        headings = deck.headings(lesson)
        cells = [nbformat.v4.new_markdown_cell(f"## {heading}") for heading in headings.values()]
        page, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(cells=cells))
        ids = {html.unescape(found) for found in re.findall(r'id="([^"]+)"', page)}
        assert {deck.address(lesson, anchor).split("#")[1] for anchor in headings} <= ids


def test_lesson_outputs_are_found():
    assert lesson_outputs.printed("01", r"numbers: (\d+)") == str(512 * 512 * 3)
    assert lesson_outputs.figure("01", "Three gray pictures").startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="matches nothing"):
        lesson_outputs.printed("01", r"no such (\d+)")
    with pytest.raises(ValueError, match="different texts"):
        lesson_outputs.printed("01", r"(\d+)")
    with pytest.raises(ValueError, match="no pictures have"):
        lesson_outputs.figure("01", "no such picture")
    with pytest.raises(ValueError, match="pictures have 'e'"):
        lesson_outputs.figure("01", "e")


def test_an_unknown_deck_is_one_sentence(capsys):
    assert main(["slides", "99"]) == 2
    assert "There is no deck 99." in capsys.readouterr().err


def test_without_npm_there_is_a_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(render, "PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["slides"]) == 1
    assert "npm was not found" in capsys.readouterr().err


def test_without_a_browser_there_is_html_only(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(render, "install", lambda: None)
    monkeypatch.setattr(render, "browser", lambda: None)
    made = []
    monkeypatch.setattr(render, "marp", lambda decks, *options: made.append(options))
    monkeypatch.setattr(figures, "build", lambda path, out, local: out / path.name)
    assert main(["slides", course.number_of(DECKS[0]), "--out", str(tmp_path)]) == 0
    assert made == [()]
    assert "No PDF" in capsys.readouterr().out


def test_a_lesson_without_a_notebook_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(lesson_outputs.course, "NOTEBOOKS", tmp_path)
    lesson_outputs._outputs.cache_clear()
    with pytest.raises(ValueError, match="lesson 02 is not there: `course notebooks 02` executes it"):
        lesson_outputs.printed("02", "(x)")
    lesson_outputs._outputs.cache_clear()


def test_local_links_without_pages_are_told(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(render, "install", lambda: None)
    monkeypatch.setattr(render, "marp", lambda *words: None)
    monkeypatch.setattr(figures, "build", lambda *words, **options: None)
    words = ["slides", "01", "--links", "local", "--out", str(tmp_path / "slides")]
    assert main(words) == 0 and "`course lessons` writes them" in capsys.readouterr().out
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "x.html").touch()
    assert main(words) == 0 and "`course lessons`" not in capsys.readouterr().out


def test_the_lock_file_names_no_registry():
    """With addresses in it, npm would ask the server of whoever wrote the file."""
    lock = (deck.FOLDER / "package-lock.json").read_text()
    assert '"resolved"' not in lock and '"integrity"' in lock
    assert re.search(r'"@marp-team/marp-cli": "\d+\.\d+\.\d+"', (deck.FOLDER / "package.json").read_text())


def test_importing_the_slides_leaves_tensorflow_alone():
    names = [f"computed.lesson_{course.number_of(path)}" for path in DECKS]
    names += ["figures", "render", "lesson_outputs"]
    code = "import sys; " + "; ".join(f"import slides.{name}" for name in names)
    code += "; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

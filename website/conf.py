"""How Sphinx builds the site; `course site` writes the pages it builds from (website/build.py)."""

import json
import re
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from docutils.nodes import SkipNode, make_id
from docutils.utils.math.latex2mathml import tex2mathml

from helpers.staff import course
from website import build

HERE, HOME = Path(__file__).parent, course.home()

project = "From nine numbers to transfer learning"
author = "The course's authors"
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_update_mathjax = False
# "site:" begins an address of this site that is no page of Sphinx, such as a deck.
myst_url_schemes = {"http": None, "https": None, "mailto": None, "site": "{{path}}"}
suppress_warnings = ["mystnb.unknown_mime_type", "config.cache"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False

# What the nightly look at links passes over: files of the site that are no pages, and a fork without a name.
linkcheck_ignore = [r"(\.\./)*(explorer|pocket|slides|convolution)[/.]", r"https://github\.com/your_name/"]
linkcheck_anchors = False
linkcheck_retries = 3

html_theme = "pydata_sphinx_theme"
html_title = project
html_extra_path = [str(build.SERVED)]
exclude_patterns = ["served"]
html_math_renderer = "mathml"
html_static_path = [str(HERE / "static")]
templates_path = [str(HERE / "templates")]
html_css_files = ["course.css"]
html_js_files = [("quiz.js", {"defer": "defer"})]
html_sidebars = {"*": []}  # pages at the top have nothing below them to navigate to
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "CNN course"},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "icon_links": [
        {"name": "GitHub", "url": f"https://github.com/{HOME.repository}", "icon": "fa-brands fa-github"}
    ],
    "article_header_start": ["actions"],
    "article_footer_items": [],
    "footer_start": ["made"],
    "footer_end": [],
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def _math(text, block):
    """Write a formula as MathML, which browsers draw and read aloud by themselves."""
    text = re.sub(r"\\(b|B)ig(?=[()])", lambda size: rf"\{size[1]}igl", text)
    return tex2mathml(text, as_block=block)


def _inline(writer, node):
    writer.body.append(_math(node.astext(), False))
    raise SkipNode


def _block(writer, node):
    writer.body.append(f'<div class="math-block" tabindex="0">{_math(node.astext(), True)}</div>')
    raise SkipNode


def _of_another_room(app, what, name, value, skip, options):
    """Leave out of a module's page what it only imports from elsewhere."""
    room = "helpers." + app.env.docname.rpartition("/")[2]
    home = getattr(value, "__module__", None) or room
    return skip or not f"{home}.".startswith(f"{room}.")


def _context(app, pagename, template, context, doctree):
    """Tell the templates where a page comes from, for its links to edit, open and report."""
    origins = json.loads((Path(app.srcdir) / "origins.json").read_text(encoding="utf-8"))
    context["origin"], context["home"] = origins.get(pagename), HOME
    context["made"] = f"Built on {date.today():%d %B %Y}."
    # Docutils gives references a role that ARIA has withdrawn.
    context["body"] = context.get("body", "").replace('role="doc-biblioentry"', 'role="listitem"')


LESSON = re.compile(
    r"""(?<=")(?:https://github\.com/[^"]*/notebooks|\.\./lessons)/(\w+)\.\w+(?:#([^"]*))?(?=")"""
)


def _link_decks(app, error):
    """Let the footers of decks lead to pages of this site, and not to the repository or a teacher's disk."""

    def page(link):
        place = make_id(unescape(unquote(link[2] or "")).replace("-", " "))
        return f"../lessons/{link[1]}.html" + f"#{place}" * bool(place)

    for deck in (Path(app.outdir) / "slides").glob("*.html"):
        deck.write_text(LESSON.sub(page, deck.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    """Register the course's own parts."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("autodoc-skip-member", _of_another_room)
    app.connect("html-page-context", _context)
    app.connect("build-finished", _link_decks)

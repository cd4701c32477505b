"""What the app shows: pieces of HTML and pictures, from answers and numbers. No Gradio here."""

import base64
import io
from collections.abc import Mapping
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.staff.demo import intake
from helpers.staff.demo.classifier import NEITHER, THRESHOLD, Answer, Report
from helpers.staff.demo.intake import square

SHOWN = 384  # side of the pictures on the page, pixels
THUMBNAILS, THUMBNAIL = 8, 56
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
MONO = ("ui-monospace", "DejaVu Sans Mono", "monospace")
FRAMES, EVERY = 12, 300  # of a burst that camera.js takes; milliseconds from one to the next
FIELD = "burst-frames"  # id of the field that uploads a burst, which is hidden
CSS, SCRIPT = (
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.css", "camera.js")
)


def verdict(answer: Answer, names) -> str:
    """Say what a classifier answered, with a bar for each probability."""
    share = f", {_percent(answer.shares.max())}" if answer.name != NEITHER else ""
    order = np.argsort(-answer.shares, kind="stable")
    bars = "".join(_bar(names[index], answer.shares[index]) for index in order)
    return (
        f'<div class="answer" role="status"><h2>{escape(answer.name)}{share}</h2>'
        f"<p>Is it one of these at all? Below {_percent(THRESHOLD)} the answer is “{NEITHER}”.</p>"
        f"{_bar('one of them', answer.known, 'bar line')}"
        f"<p>If it is, which?</p>{bars}</div>"
    )


def refusal(why) -> str:
    """Show one sentence that says why something was not done."""
    return f'<div class="answer" role="alert"><p class="refusal">{escape(_sentence(why))}</p></div>'


def note(*lines) -> str:
    """Show sentences."""
    told = "".join(f"<p>{escape(_sentence(line))}</p>" for line in lines)
    return f'<div class="note" role="status">{told}</div>'


def nothing(what: str) -> str:
    """Fill the place of an answer before there is one."""
    return f'<div class="answer" role="status"><p>{escape(what)}</p></div>'


def trust(report: Report, names, what_others: str) -> str:
    """Say in Markdown how often the classifier of the course is right, and errs about "neither"."""
    listed, accepts = " or ".join(names), report.false_accepts
    return (
        "**How far to trust it.** Measured when the app started, on pictures that nothing was chosen by:\n\n"
        f"- which of the two: right for {report.right};\n"
        f"- false rejections, {listed} called “{NEITHER}”: {report.false_rejects};\n"
        f"- false acceptances, called {listed} though {NEITHER}: {accepts}; these were {what_others}.\n\n"
        "After that it learnt from those too."
    )


def own_trust(report: Report, learnt: int, seconds: float) -> str:
    """Say the same of a classifier that was trained here."""
    return note(
        f"Trained on {learnt} pictures in {seconds:.0f} seconds",
        f"The pictures held back: right for {report.right}",
        f"Of those, {report.false_rejects} would be called “{NEITHER}”",
        f"Of other things, {report.false_accepts} would be accepted",
    )


def recorder() -> str:
    """Give the HTML of a button that records a burst of `FRAMES` pictures."""
    script = SCRIPT.replace("COUNT", str(FRAMES)).replace("EVERY", str(EVERY)).replace("FIELD", FIELD)
    return (
        f'<div class="burst"><button type="button" onclick="{escape(script)}">'
        f"Record {FRAMES} pictures</button>"
        '<p role="status">Hold the thing before the camera, and turn it slowly.</p>'
        "<video hidden muted playsinline></video></div>"
    )


def collection(pictures: Mapping[str, list]) -> str:
    """Show how many pictures of each class there are, with a few of them."""
    if not pictures:
        return '<p role="status">No pictures yet.</p>'
    rows = []
    for name, images in pictures.items():
        count = f"{len(images)} picture{'s' * (len(images) != 1)}"
        more = "" if len(images) >= intake.LEAST else f", {intake.LEAST} are needed"
        places = np.unique(np.linspace(0, len(images) - 1, THUMBNAILS).astype(int))
        small = "".join(
            _image(square(images[place], THUMBNAIL), f"{name}, number {place + 1}", THUMBNAIL)
            for place in places
        )
        rows.append(f'<div class="class"><b>{escape(name)}</b>: {count}{more}<br>{small}</div>')
    return f'<div role="status">{"".join(rows)}</div>'


def skipped(found) -> list[str]:
    """Say in at most one sentence what could not be used."""
    if not found:
        return []
    name, reason = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return [f"Left out: {name} {reason}{more}"]


def heated(pixels: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Lay a map (n, n) over the part of a photo (H, W, 3) that the network saw: uint8 (384, 384, 3)."""
    from helpers.visualize import overlay

    smooth = Image.fromarray(heat).resize((SHOWN, SHOWN), Image.Resampling.BILINEAR)
    picture = overlay(square(pixels, SHOWN), np.asarray(smooth))
    return np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def heat_map(picture: np.ndarray, name: str) -> str:
    """Show a picture from `heated`, for the class that it explains."""
    what = f"What speaks most for “{name}” (Grad-CAM)"
    shown = _image(picture, f"The photo, with a heat map. {what} is brightest.", SHOWN)
    return f'<figure class="heat">{shown}<figcaption>{escape(what)}</figcaption></figure>'


def _percent(share):
    # 100 % and 0 % are for certainties.
    return f"{min(99, max(1, round(100 * float(share))))} %"


def _bar(name, share, kind="bar"):
    return (
        f'<div class="{kind}"><span>{escape(name)}</span>'
        f'<i aria-hidden="true"><b style="width:{100 * float(share):.1f}%"></b></i>'
        f"<span>{_percent(share)}</span></div>"
    )


def _sentence(text):
    text = str(text).strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _image(pixels, alt, side):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
    content = base64.b64encode(buffer.getvalue()).decode()
    return f'<img src="data:image/jpeg;base64,{content}" alt="{escape(alt)}" width="{side}" height="{side}">'

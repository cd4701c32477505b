"""Bursts of the camera: camera.js takes frames in the browser, and uploads them like any photos."""

from html import escape
from pathlib import Path

FRAMES, EVERY = 12, 300  # frames of a burst, milliseconds from one to the next
FIELD = "burst-frames"  # id of the upload field, which is hidden
SCRIPT = Path(__file__).with_name("camera.js").read_text(encoding="utf-8")


def recorder() -> str:
    """Give the HTML of a button that records a burst of `FRAMES` pictures."""
    script = SCRIPT.replace("COUNT", str(FRAMES)).replace("EVERY", str(EVERY)).replace("FIELD", FIELD)
    return (
        f'<div class="burst"><button type="button" onclick="{escape(script)}">'
        f"Record {FRAMES} pictures</button>"
        '<p role="status">Hold the thing before the camera, and turn it slowly.</p>'
        "<video hidden muted playsinline></video></div>"
    )

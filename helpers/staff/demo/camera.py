"""Bursts of the camera: a script takes frames in the browser, and a hidden text field brings them here."""

from __future__ import annotations

import base64
import binascii
from html import escape

import numpy as np

from helpers import photos
from helpers.staff.demo import intake

FRAMES, EVERY = 12, 300  # frames of a burst, milliseconds from one to the next
FIELD = "burst-frames"  # id of the text field
SCRIPT = """
(async (button) => {
  const place = button.parentElement, told = place.querySelector("p");
  const refuse = (why) => { told.textContent = why + " Upload photos instead."; };
  if (!navigator.mediaDevices) return refuse("A page has a camera only over https or on localhost.");
  button.disabled = true;
  let stream;
  try {
    const video = { facingMode: "environment", width: { ideal: 640 } };
    stream = await navigator.mediaDevices.getUserMedia({ video });
    const film = place.querySelector("video");
    film.srcObject = stream;
    film.hidden = false;
    await film.play();
    const canvas = document.createElement("canvas"), frames = [];
    [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
    while (frames.length < COUNT) {
      await new Promise((resolve) => setTimeout(resolve, EVERY));
      canvas.getContext("2d").drawImage(film, 0, 0);
      frames.push(canvas.toDataURL("image/jpeg", 0.9));
      told.textContent = `Picture ${frames.length} of COUNT. Turn the thing.`;
    }
    film.hidden = true;
    told.textContent = "Record again for more, or name the next class.";
    const field = document.querySelector("#FIELD textarea");
    field.value = frames.join("\\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } catch (error) {
    const reasons = {
      NotAllowedError: "The use of the camera was not allowed.",
      NotFoundError: "No camera was found.",
    };
    refuse(reasons[error.name] || "The camera cannot be used now.");
  } finally {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    button.disabled = false;
  }
})(this)
"""


def recorder() -> str:
    """Give the HTML of a button that records a burst of `FRAMES` pictures."""
    script = SCRIPT.replace("COUNT", str(FRAMES)).replace("EVERY", str(EVERY)).replace("FIELD", FIELD)
    return (
        f'<div class="burst"><button type="button" onclick="{escape(script)}">'
        f"Record {FRAMES} pictures</button>"
        '<p role="status">Hold the thing before the camera, and turn it slowly.</p>'
        "<video hidden muted playsinline></video></div>"
    )


def frames(text: str, size: int) -> list[np.ndarray]:
    """Read what the script sent, one data URL a line: images uint8 (size, size, 3).

    Raises
    ------
    ValueError
        It is no burst.
    """
    lines = text.split()
    odd = "This is not what the camera gives; record again."
    if not 0 < len(lines) <= FRAMES or len(text) > intake.MAX_BYTES:
        raise ValueError(odd)
    try:
        contents = [base64.b64decode(line.partition(",")[2], validate=True) for line in lines]
        return [intake.square(photos.read_photo(content), size) for content in contents]
    except (binascii.Error, photos.PhotoError) as error:
        raise ValueError(odd) from error

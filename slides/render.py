"""Fill the decks, and turn them into HTML and PDF with Marp: `course slides`.

Marp comes from npm (slides/package.json) and is installed on the first call. The PDF needs Chromium or
Chrome; without one there is HTML only, which any browser shows.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from slides import deck, figures

PROGRAMS = deck.FOLDER / "node_modules" / ".bin"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def install(folder: Path = deck.FOLDER, what: str = "Marp, which renders the slides") -> None:
    """Install what a folder's package-lock.json lists, unless it is there.

    Raises
    ------
    RuntimeError
        If npm is missing or cannot install; the message names `what`.
    """
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    runs = folder != deck.FOLDER or shutil.which("marp", path=PROGRAMS)
    if runs and installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = shutil.which("npm")  # on Windows npm.cmd, which is run by its full name only
    if not npm:
        raise RuntimeError(
            f"npm was not found, and {what}, comes from npm. "
            "Install Node.js 18 or later with npm, and run the command again."
        )
    # Without a network npm would try for over a minute.
    command = [npm, "ci", "--no-fund", "--no-audit", "--fetch-retry-mintimeout=1000"]
    command.append("--fetch-retry-maxtimeout=3000")
    done = subprocess.run(command, cwd=folder, capture_output=True)
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(
            f"npm could not install {what}: {' '.join(last)}. Check the network, and try again."
        )
    installed.touch()


def browser() -> str | None:
    """Find Chromium or Chrome on the PATH."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def marp(decks: list[Path], *options: str) -> None:
    """Render filled decks, each to a file beside it: to HTML, with "--pdf" to PDF.

    Raises
    ------
    RuntimeError
        If Marp fails.
    """
    program, settings = shutil.which("marp", path=PROGRAMS), deck.FOLDER / "marp.config.mjs"
    command = [program, *decks, "--config", settings, *options]
    # Chromium's sandbox cannot start for root or in most containers; the decks are our own files.
    environment = os.environ | {"CHROME_NO_SANDBOX": "1"}
    done = subprocess.run(list(map(str, command)), cwd=deck.FOLDER, env=environment, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace")[-400:].strip()
        raise RuntimeError(f"Marp could not render the slides: {said}")


def main(options) -> int:
    """Fill and render decks; returns 1 if that is not possible; ValueError if a number has no deck."""
    sources, chromium = deck.paths(options.numbers), browser()
    try:
        install()
        decks = [
            figures.build(path, options.out.resolve(), local=options.links == "local") for path in sources
        ]
        marp(decks)
        if chromium:
            marp(decks, "--pdf", "--pdf-outlines", "--browser-path", chromium)
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(decks)} decks are in {options.out}, as HTML{' and PDF' if chromium else ''}.")
    pages = options.out.resolve().parent / "lessons"
    if options.links == "local" and not any(pages.glob("*.html")):
        print(f"Their links lead to {pages}, where no lesson is: `course lessons` writes them.")
    if not chromium:
        print("No PDF: neither Chromium nor Chrome was found. The HTML decks open in any browser.")
    return 0

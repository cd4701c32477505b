"""Turn the filled decks into HTML and PDF with Marp.

    python -m slides.render [NUMBER ...] [--out build/slides]

Marp comes from npm (slides/package.json) and is installed on the first call. The PDF needs Chromium or
Chrome; without one there is HTML only, which any browser shows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from slides import deck
from slides.figures import OUT

MARP = deck.FOLDER / "node_modules" / ".bin" / "marp"
INSTALLED = deck.FOLDER / "node_modules" / ".package-lock.json"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def install() -> None:
    """Install Marp as the lock file says, unless it is there.

    Raises
    ------
    RuntimeError
        If npm is missing or cannot install.
    """
    lock = deck.FOLDER / "package-lock.json"
    if MARP.exists() and INSTALLED.exists() and INSTALLED.stat().st_mtime >= lock.stat().st_mtime:
        return
    if not shutil.which("npm"):
        raise RuntimeError(
            "npm was not found, and Marp, which renders the slides, comes from npm. "
            "Install Node.js 18 or later with npm, and run `make slides` again."
        )
    # Without a network npm would try for over a minute.
    command = ["npm", "ci", "--no-fund", "--no-audit", "--fetch-retry-mintimeout=1000"]
    command.append("--fetch-retry-maxtimeout=3000")
    done = subprocess.run(command, cwd=deck.FOLDER, capture_output=True)
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"npm could not install Marp: {' '.join(last)}. Check the network, and try again.")
    INSTALLED.touch()


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
    command = [MARP, *decks, "--config", deck.FOLDER / "marp.config.mjs", *options]
    # Chromium's sandbox cannot start for root or in most containers; the decks are our own files.
    environment = os.environ | {"CHROME_NO_SANDBOX": "1"}
    done = subprocess.run(list(map(str, command)), cwd=deck.FOLDER, env=environment, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"Marp could not render the slides: {done.stderr.decode()[-400:].strip()}")


def main(arguments: list[str] | None = None) -> int:
    """Render decks; returns 1 if that is not possible."""
    parser = argparse.ArgumentParser(prog="python -m slides.render", description="Render the filled decks.")
    parser.add_argument("numbers", nargs="*", help="decks such as 01; all when left out")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the filled decks")
    parser.add_argument("--install", action="store_true", help="install Marp and stop")
    options = parser.parse_args(arguments)
    chromium = browser()
    try:
        install()
        if options.install:
            return 0
        decks = [options.out.resolve() / path.name for path in deck.paths(options.numbers)]
        missing = [filled.name for filled in decks if not filled.exists()]
        if missing:
            raise RuntimeError(
                f"{', '.join(missing)} is not in {options.out}. Run `python -m slides.figures` first."
            )
        marp(decks)
        if chromium:
            marp(decks, "--pdf", "--pdf-outlines", "--browser-path", chromium)
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(decks)} decks are in {options.out}, as HTML{' and PDF' if chromium else ''}.")
    if not chromium:
        print("No PDF: neither Chromium nor Chrome was found. The HTML decks open in any browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

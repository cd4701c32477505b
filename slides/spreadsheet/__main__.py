"""Build the workbook: see the package."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from helpers import ROOT
from slides.spreadsheet import office, workbook

WORKBOOK = ROOT / "slides" / "convolution.xlsx"


def main(arguments: list[str] | None = None) -> int:
    """Build; returns 2 where LibreOffice is missing, and then leaves the file as it was."""
    parser = argparse.ArgumentParser(
        prog="python -m slides.spreadsheet", description="Build the live spreadsheet."
    )
    parser.add_argument("--out", type=Path, default=WORKBOOK, help="the file to write")
    options = parser.parse_args(arguments)
    try:
        office.program()
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "formulas" / options.out.name
            draft.parent.mkdir()
            workbook.build().save(draft)
            office.finish(draft, options.out)
    except office.NoLibreOffice as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.out} is ready: {options.out.stat().st_size / 1000:.0f} kB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Build the workbook: see the package."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from slides.spreadsheet import office, workbook


def main(options) -> int:
    """Build; returns 1 where LibreOffice is missing, and then leaves the file as it was."""
    try:
        office.program()
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "formulas" / options.out.name
            draft.parent.mkdir()
            workbook.build().save(draft)
            office.finish(draft, options.out)
    except office.NoLibreOffice as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out} is ready: {options.out.stat().st_size / 1000:.0f} kB.")
    return 0

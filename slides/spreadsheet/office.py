"""LibreOffice, which calculates the workbook: openpyxl writes formulas, and no values."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.dom import minidom

import openpyxl

PROGRAMS = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
SECONDS = 240


class NoLibreOffice(Exception):
    """LibreOffice is not installed, or did not do its work."""


def program() -> str:
    """Find LibreOffice."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        raise NoLibreOffice(
            "LibreOffice was not found, and without it the formulas of the spreadsheet have no values. "
            "Install it, so that soffice is on the PATH (Debian: apt-get install libreoffice-calc-nogui)."
        )
    return found


def convert(files: Sequence[Path], folder: Path, to: str = "xlsx:Calc MS Excel 2007 XML") -> list[Path]:
    """Open files, whose stems differ, in LibreOffice, and save them in another folder, in the same order.

    Cells without a stored value, which is all that openpyxl writes, are calculated on the way. Each run has a
    profile of its own that is thrown away, so runs do not meet and nobody's settings count.
    """
    office, folder = program(), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    results = [folder / f"{Path(file).stem}.{to.partition(':')[0]}" for file in files]
    with tempfile.TemporaryDirectory(prefix="office-") as profile:
        command = [office, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", to, "--outdir", str(folder), *map(str, files)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise NoLibreOffice(f"LibreOffice did not finish within {SECONDS} seconds. Try again.") from None
    missing = [result.name for result in results if not result.exists()]
    if done.returncode or missing:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["nothing"]
        raise NoLibreOffice(
            f"LibreOffice did not write {', '.join(missing) or 'all files'}. It said: {said[0]}"
        )
    return results


def finish(draft: Path, target: Path) -> None:
    """Write a workbook with the values that LibreOffice calculates, whole or not at all.

    LibreOffice's own copy would lose some of the looks, so only its values are taken. The file holds no
    dates, so the same workbook gives the same bytes.
    """
    with tempfile.TemporaryDirectory() as folder:
        (calculated,) = convert([draft], Path(folder))
        sheets = openpyxl.load_workbook(calculated, data_only=True).worksheets
    finished = io.BytesIO()
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(finished, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if number := re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name):
                content = _with_values(content, sheets[int(number[1]) - 1])
            elif name == "docProps/core.xml":
                content = re.sub(rb"<dcterms:(created|modified).*?</dcterms:\1>", b"", content)
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    unfinished.write_bytes(finished.getvalue())
    unfinished.replace(target)


def _with_values(content, calculated):
    """A sheet's XML in which each formula has its value beside it."""
    document = minidom.parseString(content)
    for formula in document.getElementsByTagName("f"):
        cell = formula.parentNode
        place = cell.getAttribute("r")
        value = calculated[place].value
        if value is None or str(value).startswith("#"):
            raise ValueError(f"{calculated.title}!{place} gives {value or 'nothing'}. Mend its formula.")
        if isinstance(value, str):
            cell.setAttribute("t", "str")
        for empty in cell.getElementsByTagName("v"):
            cell.removeChild(empty)
        stored = cell.appendChild(document.createElement("v"))
        stored.appendChild(document.createTextNode(str(value)))
    return document.toxml("UTF-8")

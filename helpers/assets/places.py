"""Where files lie and how they are written: COURSE_ASSETS, the user's cache, whole files or none."""

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
import uuid
from pathlib import Path


class AssetError(RuntimeError):
    """A file is damaged, wrong, or cannot be read or written; the message says which, and what to do."""


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

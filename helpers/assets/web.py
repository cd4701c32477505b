"""Polite downloads of what has no published checksum, such as photos that others host.

Few connections, a name to complain to, no more bytes than agreed, and a longer pause after every failure: the
server's own where it asks for one. `get` takes a whole file, `beginning` only as much of one as is needed.
"""

import contextlib
import random
import re
import time
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from helpers import assets
from helpers.assets import AssetError

CONNECTIONS = 4
TRIES = 4
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0  # seconds
SECONDS = 120  # for one file, however steadily it trickles
PIECE = 1 << 16  # bytes
CUT, STOPS, SLOW, MUTE = "cut off in the middle", "stops in the middle", "too slow", "no answer"
BUSY = (408, 429, 500, 502, 503, 504)  # statuses that another try may cure
TROUBLE = (CUT, STOPS, SLOW, MUTE, "status 429", "status 503")  # of a host, and not of one file


class DownloadError(AssetError):
    """A file did not come. `reason` says why in a few words."""

    def __init__(self, url: str, reason: str):
        self.reason = reason
        super().__init__(f"{url} could not be downloaded ({reason}).")


class Beginning(NamedTuple):
    """The first bytes of a file, and how many it has in all, where the server says so."""

    data: bytes
    total: int | None


@contextlib.contextmanager
def session(agent: str, longest: float = LONGEST_PAUSE):
    """Open a session of `requests` that names itself `agent`, to be shared by CONNECTIONS threads.

    It makes no pause of more than `longest` seconds: what would take one counts as not to be had.
    """
    import requests

    with requests.Session() as one:
        one.longest = longest
        one.headers.update({"User-Agent": agent, "Accept-Encoding": "identity"})
        yield one


def get(url: str, *, limit: int, session, enough=None, spare: bool = False) -> bytes:
    """Download a file that is whole and has at most `limit` bytes; `session` comes from `session`.

    The server's announcement is believed if it is larger, but never if it is smaller. `enough` is called with
    the bytearray that has come so far, a new try with an empty one. What it raises ends the download.
    One can do without a `spare` file: it is asked for once, and of a host in trouble never again.
    """
    _check_host(url, "Unset it to collect photos")
    return _retry(url, (limit, session, enough, True), 1 if spare else TRIES, spare).data


def beginning(url: str, *, limit: int, session, enough=None) -> Beginning:
    """Download the first bytes of a file, and leave the rest where it is.

    The server is asked for `limit` bytes; fewer come only if the file has no more. One that ignores the
    question is not listened to for longer. `enough` takes the bytearray that has come so far; True ends
    the download, and it may be a piece more than enough.
    """
    _check_host(url, "Unset it to download")
    return _retry(url, (limit, session, enough, False), assets.ROUNDS, True)


def _check_host(url, cure):
    if assets.offline():
        raise AssetError(f"COURSE_OFFLINE=1 forbids downloads. {cure}.")
    for _, _, silence in assets._look([url]):
        if silence:
            raise DownloadError(url, silence)


def _retry(url, asked, tries, silence):
    """Try until it works, with growing pauses; DownloadError after so many tries, or where none will help."""
    for attempt in count(1):
        try:
            return _once(url, *asked)
        except _TryAgain as failure:
            pause = max(FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(1, 1.5), failure.pause or 0)
            if attempt == tries or pause > asked[1].longest:
                if silence and failure.reason in TROUBLE:
                    assets._silent[urlsplit(url).netloc] = failure.reason  # no other file waits for it
                raise DownloadError(url, failure.reason) from failure
            wait(pause)


def wait(seconds: float) -> None:
    """Sleep; tests put a note-taker here."""
    time.sleep(seconds)


class _TryAgain(Exception):
    """One try failed. `pause`: seconds the server asks for."""

    def __init__(self, reason, pause=None):
        self.reason, self.pause = reason, pause


def _once(url, limit, session, enough, whole):
    """Try once: a whole file of up to `limit` bytes, or only so many of its first."""
    received, enough = bytearray(), enough or (lambda received: False)
    enough(received)
    wanted = {} if whole else {"Range": f"bytes=0-{limit - 1}"}
    with _answer(url, session, received, **wanted) as answer:
        status = answer.status_code
        if status in BUSY:
            raise _TryAgain(f"status {status}", _retry_after(answer))
        if status not in ((200,) if whole else (200, 206)):
            raise DownloadError(url, f"status {status}")
        if answer.history and Path(urlsplit(answer.url).path).name != Path(urlsplit(url).path).name:
            raise DownloadError(url, "it leads to another file, perhaps a log-in page")
        total = _total(answer)
        too_large = DownloadError(url, f"larger than {limit / 1e6:g} MB")
        if whole and (total or 0) > limit:
            raise too_large
        for _ in _pieces(answer, received):
            done = enough(received)
            if whole and len(received) > limit:
                raise too_large
            if not whole and (done or len(received) >= limit):
                return Beginning(bytes(received[:limit]), total)
    if len(received) < min(limit, total or 0):  # urllib3 before version 2 does not tell
        raise _TryAgain(CUT)
    return Beginning(bytes(received), total)


def _total(answer):
    """Read how long the whole file is; None if that is not said."""
    if answer.status_code == 200:
        return int(answer.headers.get("Content-Length") or 0) or None
    found = re.fullmatch(r"bytes 0-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
    if not found:
        raise ValueError("not the range that was asked for")
    return None if found[1] == "*" else int(found[1])


def _pieces(answer, received):
    """Add piece after piece to what was received."""
    deadline = time.monotonic() + SECONDS
    for piece in answer.iter_content(PIECE):
        received += piece
        yield
        if time.monotonic() > deadline:
            raise _TryAgain(SLOW)


@contextlib.contextmanager
def _answer(url, session, received, **headers):
    """Ask, and put every way in which that can fail into the terms of this module."""
    import requests

    try:
        # Closed whatever happens: an answer that is not read to its end must give up its connection.
        with session.get(url, stream=True, timeout=assets.TIMEOUT, headers=headers) as answer:
            yield answer
    except requests.exceptions.SSLError as error:
        raise DownloadError(url, "its certificate cannot be verified") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise _TryAgain(CUT) from error
    except (requests.Timeout, requests.ConnectionError) as error:
        # A body that falls silent is a ConnectionError, too.
        raise _TryAgain(STOPS if received else MUTE) from error
    except (requests.RequestException, ValueError) as error:
        raise DownloadError(url, "no usable answer") from error


def _retry_after(answer):
    """Read the header Retry-After, seconds or a date; None if there is none or it cannot be read."""
    from urllib3 import Retry, exceptions

    with contextlib.suppress(exceptions.InvalidHeader, ValueError, OverflowError):
        return Retry().get_retry_after(answer.raw)

"""Polite downloads of what has no published checksum, such as photos that others host.

Few connections, a name to complain to, no more bytes than agreed, and a longer pause after every failure: the
server's own where it asks for one.
"""

from __future__ import annotations

import contextlib
import email.utils
import random
import threading
import time
from urllib.parse import urlsplit

from helpers import assets
from helpers.assets import AssetError

CONNECTIONS = 4
TRIES = 4
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0  # seconds
SECONDS = 120  # for one file, however steadily it trickles
PIECE = 1 << 16  # bytes
BUSY = (408, 429, 500, 502, 503, 504)  # statuses that another try may cure

_resume: dict[str, float] = {}  # host -> when it may be asked again, on the monotonic clock
_lock = threading.Lock()


class DownloadError(AssetError):
    """A file did not come. `reason` says why in a few words; `final`: it will not come tomorrow either."""

    def __init__(self, url: str, reason: str, *, final: bool = False):
        self.reason, self.final = reason, final
        super().__init__(f"{url} could not be downloaded ({reason}).")


@contextlib.contextmanager
def session(agent: str):
    """Open a session of `requests` that names itself `agent` and may be shared by CONNECTIONS threads."""
    import requests
    from requests.adapters import HTTPAdapter

    with requests.Session() as one:
        one.headers.update({"User-Agent": agent, "Accept-Encoding": "identity"})
        for scheme in ("http://", "https://"):
            one.mount(scheme, HTTPAdapter(pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS))
        yield one


def get(url: str, *, limit: int, session, progress=None) -> bytes:
    """Download a file that is whole and not larger than agreed.

    Parameters
    ----------
    url : str
        What to get.
    limit : int
        Bytes. The server's announcement is believed if it is larger, but never if it is smaller.
    session : requests.Session
        From `session`.
    progress : callable, optional
        Called with the number of bytes that have come so far; a new try begins with few again.

    Returns
    -------
    bytes

    Raises
    ------
    DownloadError
        It does not exist, is too large, or did not come in TRIES tries.
    AssetError
        COURSE_OFFLINE asks to leave the network alone.
    """
    if assets.offline():
        raise AssetError("COURSE_OFFLINE=1 forbids downloads. Unset it to collect photos.")
    host = urlsplit(url).netloc
    for attempt in range(1, TRIES + 1):
        _await(host)
        try:
            return _once(url, limit, session, progress)
        except _TryAgain as failure:
            pause = FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(1, 1.5)
            if failure.pause is not None:
                pause = max(pause, failure.pause)
            if attempt == TRIES or pause > LONGEST_PAUSE:
                raise DownloadError(url, failure.reason) from failure
            if failure.for_all:
                with _lock:
                    _resume[host] = max(_resume.get(host, 0.0), time.monotonic() + pause)
            else:
                wait(pause)
    raise AssertionError("the last try returns or raises")


def wait(seconds: float) -> None:
    """Sleep; tests put a note-taker here."""
    time.sleep(seconds)


class _TryAgain(Exception):
    """One try failed. `pause`: seconds the server asks for; `for_all`: it is busy for other threads too."""

    def __init__(self, reason, pause=None, *, for_all=False):
        self.reason, self.pause, self.for_all = reason, pause, for_all


def _await(host):
    with _lock:
        seconds = _resume.get(host, 0.0) - time.monotonic()
    if seconds > 0:
        wait(seconds)


def _once(url, limit, session, progress):
    import requests

    received = bytearray()
    try:
        # Closed whatever happens: an answer that is not read to its end must give up its connection.
        with contextlib.closing(session.get(url, stream=True, timeout=assets.TIMEOUT)) as answer:
            _check_status(url, answer)
            announced = int(answer.headers.get("Content-Length") or 0)
            if announced > limit:
                raise DownloadError(url, _too_large(limit), final=True)
            deadline = time.monotonic() + SECONDS
            for piece in answer.iter_content(PIECE):
                received += piece
                if progress:
                    progress(len(received))
                if len(received) > limit:
                    raise DownloadError(url, _too_large(limit), final=True)
                if time.monotonic() > deadline:
                    raise _TryAgain("too slow")
    except requests.exceptions.SSLError as error:
        raise DownloadError(url, "its certificate cannot be verified") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise _TryAgain("cut off in the middle") from error
    except (requests.Timeout, requests.ConnectionError) as error:
        # A body that falls silent is a ConnectionError, too.
        raise _TryAgain("stops in the middle" if received else "no answer") from error
    except (requests.RequestException, ValueError) as error:
        raise DownloadError(url, "no usable answer") from error
    if len(received) < announced:  # urllib3 before version 2 does not tell
        raise _TryAgain("cut off in the middle")
    return bytes(received)


def _check_status(url, answer):
    status = answer.status_code
    if status in BUSY:
        raise _TryAgain(
            f"status {status}", _retry_after(answer.headers.get("Retry-After")), for_all=status in (429, 503)
        )
    if status != 200:
        raise DownloadError(url, f"status {status}", final=status in (403, 404, 410))


def _retry_after(given):
    """Read the header Retry-After, seconds or a date; None if there is none or it cannot be read."""
    if not given:
        return None
    if given.strip().isdigit():
        return float(given)
    try:
        return email.utils.parsedate_to_datetime(given).timestamp() - time.time()
    except (TypeError, ValueError):
        return None


def _too_large(limit):
    return f"larger than {limit / 1e6:g} MB"

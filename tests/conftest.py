"""What every test may rely on: the embedded data, and a cache of its own."""

import io
import os
import shutil

import pytest

from helpers import ROOT

# A developer's own settings must not decide which data the tests see; what needs the real data asks for it.
REAL_ASSETS = os.environ.pop("COURSE_ASSETS", None)
os.environ["COURSE_OFFLINE"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def real_assets():
    if not REAL_ASSETS:
        pytest.skip("COURSE_ASSETS is not set")
    return REAL_ASSETS


@pytest.fixture
def full_disk(monkeypatch):
    """Give a function that makes every write to a file stop after 100 bytes with this errno."""

    def fill(number):
        real_open = io.open

        class Full(io.FileIO):
            def write(self, data):
                super().write(bytes(data)[:100])
                raise OSError(number, os.strerror(number))

        def open_or_fail(path, mode="r", *args, **kwargs):
            return Full(path, "w") if "w" in mode else real_open(path, mode, *args, **kwargs)

        monkeypatch.setattr("builtins.open", open_or_fail)
        monkeypatch.setattr("io.open", open_or_fail)
        monkeypatch.setattr("pathlib.Path.open", open_or_fail)  # of Python 3.10 keeps an io.open of its own

    return fill


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window, from Debian's package; it is closed after each module.

    While it is open Playwright keeps an event loop running in this thread, and asyncio.run refuses.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"NO BROWSER: none of {', '.join(BROWSERS)} is installed, so no page was looked at")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=flags)
        yield opened
        opened.close()

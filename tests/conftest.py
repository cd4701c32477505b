"""What every test may rely on: the embedded data, and a cache of its own."""

import contextlib
import io
import itertools
import os
import random
import shutil
import sys
import time
import zlib

import machine
import numpy as np
import pytest
from scheduler import NOTEBOOK, pytest_xdist_make_scheduler  # noqa: F401 - the latter is for pytest

import helpers.staff  # noqa: F401 - before a test imports jupytext, and with it a grammar of web addresses
from helpers import ROOT, _keep_memory, _make_variables_early, _no_garbage, share_cores

# A developer's own settings must not decide which data the tests see; what needs the real data asks for it.
if given := os.environ.pop("COURSE_ASSETS", None):
    os.environ["COURSE_TEST_ASSETS"] = given  # worker processes are told
REAL_ASSETS = os.environ.get("COURSE_TEST_ASSETS")
os.environ["COURSE_OFFLINE"] = "1"
if at_once := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
    os.environ.update(share_cores(at_once) | os.environ)
_keep_memory()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
PAGES, BEGAN = ROOT / "build" / "lessons", time.time()
SLOWEST = (
    "test_pocket",
    "test_grading",
    "test_slides",
    "test_homework_12",
    "test_backbones",
    "test_quickdraw",
)
SLOWEST += ("test_catalogue", "test_explorer", "test_check_homework_12", "test_efficientnet", "test_collect")
SLOWEST += ("test_visualize", "test_notebooks", "test_check_augmenting", "test_check_seeing", "test_assets")
SLOWEST += ("test_visualize_proofs", "test_backbones_hub", "test_staff", "test_spreadsheet", "test_site")
# Without windows from the start, where Debian's package is installed: it takes a fifth less CPU.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# The grader needs Linux.
collect_ignore = ["test_grading.py", "test_grading_cluster.py"] if sys.platform == "win32" else []


draw = np.random.default_rng


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Let every test have long turns, but those with a browser: its processes wait for one another."""
    with contextlib.nullcontext() if "browser" in item.fixturenames else machine.long_turns():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """What a test draws is the same in every run, and other in the next test: a rare draw fails no run."""
    name, turn = zlib.crc32(item.nodeid.encode()), itertools.count()
    random.seed(name)  # of Keras's initial weights too
    np.random.seed(name)  # noqa: NPY002 - what libraries draw
    np.random.default_rng = lambda seed=None: draw([name, next(turn)] if seed is None else seed)


def pytest_configure():
    machine.factor()  # before worker processes begin: they are told


def pytest_report_header():
    return f"time limits: {machine.factor()} times those of a quiet two-core machine"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else machine.workers()


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    with _no_garbage():
        found = yield
    if "keras" in sys.modules:  # train as in a notebook after `start`: a step is traced once, not twice
        _make_variables_early(sys.modules["keras"].Model)
    return found


def pytest_collection_modifyitems(items):
    items.sort(key=_turn)


def _turn(item):
    """Notebooks first, so that no core ends up waiting for one of them; then other files that take long."""
    if NOTEBOOK in item.nodeid:
        return -1
    return SLOWEST.index(item.path.stem) if item.path.stem in SLOWEST else len(SLOWEST)


def pytest_sessionfinish(session):
    """Sum up the lessons whose pages the tests wrote, once all are there."""
    written = [path for path in PAGES.glob("*.json") if path.stat().st_mtime > BEGAN]
    if written and not hasattr(session.config, "workerinput"):
        from helpers.staff import course, lessons

        names = {path.stem for path in written}
        lessons.sum_up([source.stem for source in course.sources() if source.stem in names], PAGES)


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
    flags += ["--js-flags=--liftoff-only"]  # WebAssembly is compiled once: optimising it would take longer
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=flags)
        yield opened
        opened.close()

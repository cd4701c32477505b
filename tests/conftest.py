"""What every test may rely on: the embedded data, and a cache of its own."""

import os

import pytest

from helpers import ROOT

# A developer's own settings must not decide which data the tests see; what needs the real data asks for it.
REAL_ASSETS = os.environ.pop("COURSE_ASSETS", None)
os.environ["COURSE_OFFLINE"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def real_assets():
    if not REAL_ASSETS:
        pytest.skip("COURSE_ASSETS is not set")
    return REAL_ASSETS

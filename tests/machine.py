"""How fast this machine is now. The limits of tests grow with it, so that none fails for want of time.

One loop is timed when the tests begin, and pytest prints the factor. Worker processes are told it.
"""

import math
import os
import time

from helpers import cores

QUIET = 0.17  # seconds that the loop takes on a quiet two-core machine
TOLD = "COURSE_TEST_FACTOR"
WORKER_MEMORY = 4 * 2**30  # bytes that a worker takes, with TensorFlow, and a kernel beside it


def factor():
    """Say how many times slower than a quiet two-core machine this one is, at least 1."""
    if TOLD not in os.environ:
        began = time.perf_counter()
        sum(number * number for number in range(5_000_000))
        os.environ[TOLD] = f"{max(1.0, (time.perf_counter() - began) / QUIET):.2f}"
    return float(os.environ[TOLD])


def seconds(limit):
    """Stretch a limit that is generous on a quiet machine, to whole seconds: nbclient takes no others."""
    return math.ceil(limit * factor())


def workers():
    """Say how many test processes this machine takes: one a core and one more, if the memory suffices.

    The one more works while others wait for a browser, a server or a kernel.
    """
    import psutil

    return max(1, min(cores() + 1, round(psutil.virtual_memory().total / WORKER_MEMORY)))

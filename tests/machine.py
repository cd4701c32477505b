"""How fast this machine is now, and how the tests share it.

The limits of tests grow with the machine's slowness, so that none fails for want of time: one loop is timed
when the tests begin, and pytest prints the factor. Worker processes are told it.
"""

import contextlib
import ctypes
import math
import os
import platform
import struct
import sys
import time

from helpers import cores

QUIET = 0.17  # seconds that the loop takes on a quiet two-core machine
TOLD = "COURSE_TEST_FACTOR"
WORKER_MEMORY = 4 * 2**30  # bytes that a worker takes, with TensorFlow, and a kernel beside it
TURN = 0.1  # seconds; the most that Linux grants
SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}  # the number of this system call, which Python does not know


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


@contextlib.contextmanager
def long_turns():
    """Let what runs in here keep a core for TURN while others wait, not for 3 ms; programs it starts as well.

    After each change of processes the new one waits for its memory: three lessons side by side on two cores
    take 5 to 10% more CPU seconds than two. With long turns they take as many. Programs that wait for one
    another, as browsers do, should have short ones, and go first. Before Linux 6.12 turns are only a little
    longer; on other systems, and under another policy than the usual one, they stay as they are.
    """
    here = sys.platform == "linux" and platform.machine() in SCHED_SETATTR
    if usual := here and os.sched_getscheduler(0) == os.SCHED_OTHER:
        _turns(os.SCHED_BATCH, TURN)
    try:
        yield
    finally:
        if usual:
            _turns(os.SCHED_OTHER, 0)


def _turns(policy, seconds):
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    wish = struct.pack("=IIQiIQQQ", 48, policy, 0, nice, 0, round(seconds * 1e9), 0, 0)  # struct sched_attr
    number, me, flags = map(ctypes.c_long, (SCHED_SETATTR[platform.machine()], 0, 0))
    ctypes.CDLL(None).syscall(number, me, wish, flags)

"""Helpers of the course: what lessons import, so that a lesson shows only what it teaches.

Importing a module from here never imports TensorFlow; `start` does, once, at the top of a lesson.
"""

import contextlib
import ctypes
import functools
import gc
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Colab brings its own front end, and nothing in a lesson checks notebooks or imports setuptools.
NOT_FOR_COLAB = {"jupyter", "nbval", "setuptools"}


def start() -> None:
    """Make a notebook ready: install what is missing in Colab, import TensorFlow quietly.

    TensorFlow writes log lines to the process's own standard error while it loads and at its first
    operation, and a notebook would keep them. That stream is closed for just that long. Its later warnings
    are switched off, unless TF_CPP_MIN_LOG_LEVEL is set.
    """
    missing = missing_packages()
    if missing and "google.colab" in sys.modules:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *missing], check=True)
    elif missing:
        raise ImportError(
            f"This environment lacks {', '.join(missing)}. Install what the course needs with "
            "`pip install -r requirements.txt` in the course's folder, restart the kernel, and run again."
        )
    # Later on, its warnings about its own speed; errors still come through.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    _keep_memory()
    with _silent_stderr(), _no_garbage():
        import keras
        import tensorflow

        tensorflow.zeros(1) + 1
        _make_variables_early(keras.Model)
    # And those that come by way of Python ("retracing").
    tensorflow.get_logger().setLevel("ERROR")


def _make_variables_early(model):
    """Let optimizer and metrics make their variables before Keras traces a training step, not in the trace.

    TensorFlow traces a step that made variables once more: EfficientNet-Lite0's first step with Adam takes
    twice the seconds. The numbers are the same.
    """
    import numpy as np

    def early(train):
        @functools.wraps(train)
        def with_variables(self, x=None, y=None, *args, **options):
            if self.built and self.compiled:
                if self.optimizer and not self.optimizer.built:
                    self.optimizer.build(self.trainable_variables)
                if not all(metric.variables for metric in self.metrics):
                    with contextlib.suppress(Exception):  # if the labels are wrong, Keras says why
                        labels = x.element_spec[1].shape if y is None else np.shape(y)
                        none = (np.zeros((1, *shape[1:]), "float32") for shape in (labels, self.output_shape))
                        self.compute_metrics(None, *none)
                        self.reset_metrics()
            return train(self, x, y, *args, **options)

        with_variables.early = True
        return with_variables

    if not hasattr(model.fit, "early"):  # else `start` has been called before
        model.fit, model.train_on_batch = early(model.fit), early(model.train_on_batch)


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_cores(processes: int) -> dict[str, str]:
    """Give the environment variables for processes side by side: each gets its share of the cores as threads.

    On two cores, two lessons at a time with one thread each are done 1.6 times sooner than one after the
    other (`make bench`, bench_threads). A lesson alone takes no longer as TensorFlow sets itself up, with a
    thread a core, so `start` leaves that as it is.
    """
    threads = str(max(1, cores() // processes))
    limits = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    return dict.fromkeys(limits, threads)


def _keep_memory() -> None:
    """Keep freed memory: the GNU C library gives large arrays back, and fetches them anew in each step."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(library, "mallopt"):
        library.mallopt(-4, 0)  # M_MMAP_MAX
        library.mallopt(-1, 2_000_000_000)  # M_TRIM_THRESHOLD


def missing_packages() -> list[str]:
    """List the packages of requirements.txt that a lesson needs and this environment lacks, by name."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = [re.match(r"[\w.-]+", line).group() for line in lines if re.match(r"\w", line)]
    if sys.version_info >= (3, 11):
        names.remove("tomli")
    forms = {"tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly")}
    wanted = {name: forms.get(name, (name,)) for name in names if name not in NOT_FOR_COLAB}
    here = {form for any_of in wanted.values() for form in any_of if any(metadata.distributions(name=form))}
    return [name for name, any_of in wanted.items() if not here & {*any_of}]


@contextlib.contextmanager
def _no_garbage():
    """Keep all that is made. Looking for garbage takes a third of the time in which TensorFlow loads."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(10_000)  # looking as often as usual takes a tenth of the time of TensorFlow
        gc.enable()


@contextlib.contextmanager
def _silent_stderr():
    """Send file descriptor 2 nowhere; Python's sys.stderr alone would not stop C++ code."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)

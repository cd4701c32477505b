"""Which walls this machine can put around a submission, and the commands that put them there."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from helpers import ROOT, assets
from helpers.staff.grading import jail
from helpers.staff.grading.limits import Limits

WORDS = {
    "root": "namespaces without network, and for each submission a root folder and a user id of its own",
    "user": "user namespaces without network, and a root folder of its own; files show your own user id",
    "none": "none but limits on time, memory and file size: student code runs as you, and sees what you see",
}
NAMESPACES = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]
FIRST_UID, UIDS = 20_000, 40_000
PYTHON = ("bin", "lib", "lib32", "lib64", "libexec", "share", "ssl", "pyvenv.cfg")


@functools.cache
def level() -> tuple[str, str]:
    """Find the strongest isolation that works here, "root", "user" or "none"; and why nothing stronger."""
    if not sys.platform.startswith("linux") or not shutil.which("unshare"):
        return "none", "it takes Linux and the command `unshare` (package util-linux)"
    name = "root" if os.geteuid() == 0 else "user"
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        command = [sys.executable, "-c", "print('inside')"]
        uid = FIRST_UID if name == "root" else 0
        path = write_spec(Path(folder), name, Limits(memory=2**30), command, {}, uid=uid)
        trial = [*outer_wall(name), sys.executable, "-I", jail.__file__, str(path)]
        try:
            done = subprocess.run(trial, capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "none", "the trial of the namespaces did not end"
    if done.stdout == "inside\n":
        return name, ""
    return "none", " ".join(done.stderr.split())[-300:] or f"the trial ended with {done.returncode}"


def outer_wall(name: str) -> list[str]:
    """Give the words before a worker's command: new namespaces, that end with it."""
    if name == "none":
        return []
    return ["unshare", *(["--user", "--map-root-user"] if name == "user" else []), *NAMESPACES, "--"]


def write_spec(
    folder: Path,
    name: str,
    limits: Limits,
    command: list[str],
    environment: dict,
    *,
    uid: int = 0,
    files: dict[str, str] | None = None,
) -> Path:
    """Write what `jail` needs to know, into a private folder.

    `folder` is private to the worker, `name` the level of isolation. The first word of `command` is a
    full path, and `environment` is all that it gets. `uid` is the user id to become, 0 where there is no
    other. `files`, name to base64, are put into the folder in which the command works.
    """
    root = folder / "root"
    root.mkdir(exist_ok=True)
    spec = {
        **asdict(limits),
        "wall": name != "none",
        "root": str(root),
        "work": str(ROOT / "notebooks" / "homework"),
        "uid": uid,
        "files": files or {},
        "show": shown(),
        "drawn": [str(path) for path in sorted(assets.cache_dir().glob(f"{assets.DRAWN}*.npz"))],
        "command": command,
        "environment": environment,
    }
    path = folder / "spec.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    return path


def shown() -> list[str]:
    """List what a submission may read: this Python, the course's helpers and data, and COURSE_ASSETS."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(Path(sys.executable).resolve().parents[1])}
    # Never a whole prefix: someone's environment may be their home.
    places = {os.path.join(prefix, part) for prefix in prefixes for part in PYTHON}
    places |= {str(ROOT / name) for name in ("helpers", "data", "requirements.txt")}
    if os.environ.get("COURSE_ASSETS"):
        places.add(str(Path(os.environ["COURSE_ASSETS"]).resolve()))
    covered = tuple(f"{path}/" for path in jail.SYSTEM)
    return sorted(path for path in places if os.path.exists(path) and not f"{path}/".startswith(covered))


def environment(threads: int) -> dict[str, str]:
    """Write the environment of a submission's kernel; nothing of the grader's own is in it."""
    number = str(threads)
    variables = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": jail.HOME,
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "MPLCONFIGDIR": f"{jail.HOME}/tmp",
        "IPYTHONDIR": f"{jail.HOME}/tmp/ipython",
        "COURSE_OFFLINE": "1",
        "COURSE_CACHE": jail.CACHE,
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **{f"{name}_NUM_THREADS": number for name in ("OMP", "OPENBLAS", "MKL")},
    }
    if os.environ.get("COURSE_ASSETS"):
        variables["COURSE_ASSETS"] = str(Path(os.environ["COURSE_ASSETS"]).resolve())
    return variables

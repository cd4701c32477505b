"""The walls around a submission: bubblewrap (`bwrap`), and prlimit for its limits.

There are two. A worker starts behind the outer wall, without a network and without a view of other processes;
this machine's files are read-only to it. The outer wall also puts together what the submission is to find:
Python, system libraries, the course's `helpers` and `data`, and data sets that this machine drew before, all
read-only, and folders to write in, in memory and of limited size. Its kernel starts behind the inner wall,
where nothing but these is there.
"""

import base64
import contextlib
import functools
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from helpers import ROOT, assets
from helpers.staff.grading.limits import MEGA, Limits

NO_USERNS, USER_ID = "root without user namespaces", "user id"
WALLS = ("root", NO_USERNS, "user")
WORDS = {
    **dict.fromkeys(("root", NO_USERNS), "no network, and a root folder and a user id of its own"),
    "user": "no network, and a root folder of its own; files show your own user id",
    USER_ID: "a user id of its own; it reads what everybody on this machine may read, and has your network",
    "none": "none but limits on time, memory and file size: student code runs as you, and sees what you see",
}
INSTALL = "`apt install bubblewrap` (Debian, Ubuntu) or `dnf install bubblewrap` (Fedora)"
FIRST_UID, UIDS = 20_000, 40_000
PYTHON = ("bin", "lib", "lib32", "lib64", "libexec", "share", "ssl", "pyvenv.cfg")
SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives", "/etc/fonts"]
SYSTEM += ["/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types"]
HOME, CACHE, WORK = "/home/student", "/home/student/cache", str(ROOT / "notebooks" / "homework")
OWN = (HOME, "/tmp", "/dev/shm", WORK)  # where a submission can write
INSTALLED = ["sh", "-c", 'install -m 400 -o "$0" "$1" "$2" && shift 2 && exec "$@"']  # uid, from, to, command
ALONE = "--unshare-pid --unshare-uts --as-pid-1 --new-session --die-with-parent".split()


@functools.cache
def level() -> tuple[str, str]:
    """Find the strongest isolation that works here, one of `WORDS`; and why it is none of `WALLS`."""
    missing = [name for name in ("prlimit", "setpriv", "bwrap") if not shutil.which(name)]
    why = f"it takes Linux, util-linux and bubblewrap, {INSTALL}, and there is no `{' '.join(missing[:1])}`"
    for name in () if missing else ("root", NO_USERNS) if os.geteuid() == 0 else ("user",):
        if not (said := trial(name)):
            return name, ""
        why = f"it takes bubblewrap, {INSTALL}, and a machine that lets it make namespaces ({said})"
    may_try = os.geteuid() == 0 and missing in ([], ["bwrap"]) and shutil.which("timeout")
    return USER_ID if may_try and not trial(USER_ID) else "none", why


def trial(name: str) -> str:
    """Try walls out; give what went wrong, nothing if they hold."""
    with room(name, limits=asdict(Limits(disk=MEGA))) as task:
        words = ["timeout", "60", *outer_wall(task), sys.executable, "-m", "helpers.staff.grading.isolation"]
        done = subprocess.run(words, input=json.dumps(task), capture_output=True, text=True, cwd=ROOT)
    return "" if done.stdout == "inside\n" else (done.stderr.strip() or "it did not end").splitlines()[-1]


@contextlib.contextmanager
def room(name: str, **task) -> Iterator[dict]:
    """Add to a task its level, a folder for the walls' file systems, and a user id apart from others'."""
    uid = os.getuid() if name in ("user", "none") else FIRST_UID + secrets.randbelow(UIDS)
    folder = {"prefix": "grading-", "dir": "/tmp", "ignore_cleanup_errors": True}  # /tmp lets other users in
    with tempfile.TemporaryDirectory(**folder) as place:
        yield {**task, "level": name, "place": place, "uid": uid}


@functools.cache
def _known(option: str) -> bool:
    """Tell whether this bubblewrap has an option: --size came with 0.7, --disable-userns with 0.8."""
    return option in subprocess.run(["bwrap", "--help"], capture_output=True, text=True).stdout


def outer_wall(task: dict) -> list[str]:
    """Give the words before a worker's command, nothing for a level without walls.

    A task is one of `room`, with "limits"; "disk" is what all files of a submission may take together.
    Below the place the worker finds "seen", the submission's root folder, and "own", what it can write to.
    """
    name, place, disk = task["level"], task["place"], task["limits"]["disk"]
    if name not in WALLS:
        return []
    words = ["bwrap", *ALONE, "--unshare-net", "--unshare-ipc", "--setenv", "TMPDIR", place]
    words += ["--unshare-user"] if name == "user" else []
    words += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", place]
    # The inner wall can mount a /proc only beside a whole one; its --disable-userns writes to /proc/sys.
    words += ["--dev-bind", "/proc", f"{place}/proc", "--dev-bind", "/proc/sys", "/proc/sys"]
    words += [*(["--size", str(disk)] if _known("--size") else []), "--tmpfs", f"{place}/own"]
    shows = {path: path for path in [*SYSTEM, *shown()] if os.path.lexists(path)}
    shows |= {f"{CACHE}/{path.name}": str(path) for path in assets.cache_dir().glob(f"{assets.DRAWN}*.npz")}
    points = [*OWN, CACHE, "/proc", "/dev", "/etc"]
    folders = {f"{place}/{tree}{inside}" for tree in ("seen", "own") for inside in points}
    folders |= {os.path.dirname(_built(place, inside)) for inside in shows}
    folders |= {str(above) for folder in folders for above in Path(folder).parents}
    for folder in sorted(folders):  # without this, others could not enter those above a mount
        words += ["--dir", folder] if folder.startswith(f"{place}/") else []
    for inside, path in shows.items():
        link = os.path.islink(path) and inside == path
        words += ["--symlink", os.readlink(path)] if link else ["--ro-bind", path]
        words.append(_built(place, inside))
    return [*words, "--"]


def _built(place: str, inside: str) -> str:
    """Say where below `place` lies what a submission finds at the path `inside`."""
    return place + ("/own" if inside.startswith(tuple(f"{top}/" for top in OWN)) else "/seen") + inside


def inner_wall(task: dict) -> list[str]:
    """Make a submission's own folders; give the words before its kernel's command.

    To be called behind the outer wall, with its task. "{connection_file}" among the words stands for the
    kernel's connection file, which it finds as `connection` says; not so at the level "none".
    """
    name, place, uid, limits = task["level"], task["place"], task["uid"], Limits(**task["limits"])
    if name == "none":
        return prlimit(limits, walled=False)
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--pdeathsig=KILL"]
    if name == USER_ID:
        os.chown(place, uid, -1)
        become += ["--no-new-privs", "--inh-caps=-all", *prlimit(limits)]
        return [*INSTALLED, f"{uid}", "{connection_file}", f"{place}/connection.json", *become]
    Path(place, "seen/etc/passwd").write_text(f"student:x:{uid}:{uid}::{HOME}:/bin/sh\n")
    Path(place, "seen/etc/hosts").write_text("127.0.0.1 localhost\n")
    for folder in (*OWN, CACHE):
        os.chown(f"{place}/own{folder}", uid, -1)
    words = [*INSTALLED, f"{uid}", "{connection_file}", f"{place}/own{HOME}/connection.json"]
    wall = ["bwrap", *ALONE, "--ro-bind", f"{place}/seen", "/", "--proc", "/proc", "--dev", "/dev"]
    for folder in OWN:
        wall += ["--bind", f"{place}/own{folder}", folder]
    wall += ["--remount-ro", "/dev", "--unsetenv", "JPY_PARENT_PID", "--chdir", WORK]
    if name != NO_USERNS:  # there root builds the wall, and needs to
        wall += ["--unshare-user", "--cap-drop", "ALL"]
        wall += ["--disable-userns"] if _known("--disable-userns") else []
    order = {"root": [*become, *wall], NO_USERNS: [*wall, *become], "user": wall}
    return [*words, *order[name], *prlimit(limits)]


def connection(task: dict) -> str:
    """Say where the kernel finds its connection file, as `inner_wall` puts it there."""
    places = {"none": "{connection_file}", USER_ID: f"{task['place']}/connection.json"}
    return places.get(task["level"], f"{HOME}/connection.json")


def end(task: dict) -> None:
    """Kill what a submission left running, where no wall does it: all processes of its user id."""
    words = ["setpriv", f"--reuid={task['uid']}", "--clear-groups", "sh", "-c", "kill -s KILL -- -1"]
    if task["level"] == USER_ID:
        subprocess.run(words, capture_output=True)  # kill(-1) misses none that is forked meanwhile


def put_files(task: dict) -> Path:
    """Write the task's "files", name to base64, into the folder that the kernel works in; give the folder."""
    work = Path(task["place"] + (f"/own{WORK}" if task["level"] in WALLS else "/work"))
    work.mkdir(exist_ok=True)
    os.chown(work, task["uid"], -1)
    for name, content in task.get("files", {}).items():
        path = work / os.path.basename(name)
        path.write_bytes(base64.b64decode(content))
        os.chown(path, task["uid"], -1)
    return work


def prlimit(limits: Limits, *, walled: bool = True) -> list[str]:
    """Give the words that limit what a command and its children may take; there is no way back up."""
    most = {"data": limits.memory, "fsize": limits.file_size, "cpu": limits.cpu_seconds, "nofile": 1024}
    most |= {"core": 0, "memlock": 0, "msgqueue": 0}
    most |= {"nproc": limits.processes} if walled else {}  # elsewhere it would count all of this user
    words = ["prlimit"] if walled or shutil.which("prlimit") else []  # macOS has none
    for name in most if words else ():
        hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1]
        words.append(f"--{name}={most[name] if hard == resource.RLIM_INFINITY else min(most[name], hard)}")
    return words


def shown() -> list[str]:
    """List what a submission may read: this Python, the course's helpers and data, and COURSE_ASSETS."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(Path(sys.executable).resolve().parents[1])}
    # Never a whole prefix: someone's environment may be their home.
    places = {os.path.join(prefix, part) for prefix in prefixes for part in PYTHON}
    places |= {str(ROOT / name) for name in ("helpers", "data", "requirements.txt")}
    places |= {os.path.realpath(given) for given in [os.environ.get("COURSE_ASSETS")] if given}
    covered = tuple(f"{path}/" for path in SYSTEM)
    return sorted(path for path in places if os.path.exists(path) and not f"{path}/".startswith(covered))


def environment(task: dict) -> dict[str, str]:
    """Write the environment of a submission's kernel; nothing of the grader's own is in it."""
    number, place, given = str(task["threads"]), task["place"], os.environ.get("COURSE_ASSETS")
    home, cache, temporary = (HOME, CACHE, "/tmp") if task["level"] in WALLS else (place,) * 3
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT),
        "HOME": home, "TMPDIR": temporary, "LANG": "C.UTF-8", "COURSE_CACHE": cache, "COURSE_OFFLINE": "1",
        "COURSE_ASSETS": os.path.realpath(given) if given else "", "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1", "TF_CPP_MIN_LOG_LEVEL": "2",
        **{f"{name}_NUM_THREADS": number for name in ("OMP", "OPENBLAS", "MKL")},
    }  # fmt: skip


if __name__ == "__main__":  # the trial of `level`
    words = [word.replace("{connection_file}", "/dev/null") for word in inner_wall(json.load(sys.stdin))]
    sys.exit(subprocess.run([*words, sys.executable, "-c", "print('inside')"]).returncode)

"""The inner wall: start one command with its own root folder, processes, user and limits.

    python -I jail.py SPEC.json CONNECTION_FILE

Run by the worker, which already sits in namespaces of its own without a network (see `isolation`). Standard
library only, and no import of the course: this file runs before anything is trusted.

The new root is a small file system in memory. Python, system libraries and the course's `helpers` and `data`
are bound into it read-only, and so are data sets that this machine drew before; nothing else of it is there.
The command gets one folder to write in, in memory too, of limited size.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID = 0x00020000, 0x08000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
# A mount inherited from an outer user namespace keeps these: what statvfs reports, and what mount calls it.
KEPT = {2: MS_NOSUID, 4: MS_NODEV, 8: MS_NOEXEC, 1024: 1024, 2048: 2048, 4096: 1 << 21}
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS = 1, 24, 28, 38
NO_ROOT = 0x2F  # user id 0 gives no capability, and that can not be undone
SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives", "/etc/fonts"]
SYSTEM += ["/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types"]
DEVICES = ["null", "zero", "full", "random", "urandom"]
HOME = "/home/student"
CACHE = f"{HOME}/cache"

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments) -> None:
    """Call a function of the C library."""
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """mount(2)."""
    words = (os.fsencode(source), os.fsencode(target), kind and kind.encode())
    call("mount", *words, ctypes.c_ulong(flags), options.encode())


def show(source: str, root: str) -> None:
    """Bind a file or folder of this machine read-only into the new root, at the same path."""
    target = root + source
    if os.path.islink(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(source), target)
    elif os.path.exists(source) and not os.path.exists(target):
        bind(source, target)


def bind(source: str, target: str) -> None:
    """Bind a file or folder read-only to a place where nothing is yet."""
    os.makedirs(target if os.path.isdir(source) else os.path.dirname(target), exist_ok=True)
    if not os.path.isdir(source):
        Path(target).touch()
    mount(source, target, None, MS_BIND | MS_REC)
    kept = sum(flag for bit, flag in KEPT.items() if os.statvfs(source).f_flag & bit)
    mount("none", target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | kept)


def writable(folder: str, place: str, uid: int) -> None:
    """Make a folder of the submission's own, and bind it to its place."""
    os.makedirs(folder)
    os.chown(folder, uid, uid)
    os.makedirs(place, exist_ok=True)
    mount(folder, place, None, MS_BIND)


def build_root(spec: dict, connection: bytes) -> None:
    """Make the new root, and move into it; the old one is gone afterwards."""
    root, work = spec["root"], spec["work"]
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("root", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=755")
    home = root + HOME
    os.makedirs(home)
    mount("home", home, "tmpfs", MS_NOSUID | MS_NODEV, f"size={spec['disk']},nr_inodes=20000,mode=755")
    for inside, place in (("tmp", "/tmp"), ("shm", "/dev/shm")):  # first: what is shown may lie in there
        writable(f"{home}/{inside}", root + place, spec["uid"])
    for path in [*SYSTEM, *spec["show"]]:
        show(path, root)
    for name in DEVICES:
        Path(f"{root}/dev/{name}").touch()
        mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    writable(f"{home}/work", root + work, spec["uid"])
    os.makedirs(root + CACHE)
    os.chown(root + CACHE, spec["uid"], spec["uid"])
    for path in spec["drawn"]:
        bind(path, f"{root}{CACHE}/{os.path.basename(path)}")
    Path(f"{home}/connection.json").write_bytes(connection)
    os.chown(f"{home}/connection.json", spec["uid"], spec["uid"])
    os.chown(home, spec["uid"], spec["uid"])
    os.makedirs(f"{root}/etc", exist_ok=True)
    Path(f"{root}/etc/passwd").write_text(f"student:x:{spec['uid']}:{spec['uid']}::{HOME}:/bin/sh\n")
    Path(f"{root}/etc/hosts").write_text("127.0.0.1 localhost\n")
    os.makedirs(f"{root}/proc")
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.makedirs(f"{root}/.old")
    call("pivot_root", os.fsencode(root), os.fsencode(f"{root}/.old"))
    os.chdir("/")
    call("umount2", b"/.old", MNT_DETACH)
    os.rmdir("/.old")
    mount("none", "/", None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def set_limits(spec: dict) -> None:
    """Limit what the command and its children may take; there is no way back up."""
    for name, most in {
        "RLIMIT_DATA": spec["memory"],
        "RLIMIT_FSIZE": spec["file_size"],
        "RLIMIT_CPU": spec["cpu_seconds"],
        "RLIMIT_NPROC": spec["processes"],
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }.items():
        if most is None or not hasattr(resource, name):  # some are not on macOS
            continue
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(number, (most, most))


def drop_privileges(uid: int) -> None:
    """Become the user of the submission, without capabilities and without a way to gain some."""
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    call("prctl", PR_SET_SECUREBITS, NO_ROOT, 0, 0, 0)
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    call("capset", header, none)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def enter(spec: dict, connection: bytes) -> None:
    """Replace this process by the command, inside the wall."""
    build_root(spec, connection)
    os.setsid()
    os.umask(0o022)
    set_limits(spec)
    drop_privileges(spec["uid"])
    os.chdir(spec["work"])
    put_files(spec)
    os.execve(spec["command"][0], spec["command"], spec["environment"])


def put_files(spec: dict) -> None:
    """Write what was handed in beside the notebook into the working folder."""
    for name, content in spec.get("files", {}).items():
        Path(os.path.basename(name)).write_bytes(base64.b64decode(content))


def main() -> int:
    """Enter the wall in a child, and wait for it; without a wall, only set the limits."""
    spec = json.loads(Path(sys.argv[1]).read_text())
    connection = Path(sys.argv[2]).read_bytes() if len(sys.argv) > 2 else b""
    if not spec["wall"]:
        set_limits({**spec, "processes": None})  # it would count every process of this user
        put_files(spec)
        command = [word.replace(f"{HOME}/connection.json", sys.argv[-1]) for word in spec["command"]]
        os.execve(command[0], command, spec["environment"])
    call("unshare", CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID)
    child = os.fork()
    if child == 0:
        try:
            enter(spec, connection)
        except BaseException as error:
            print(f"jail: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(97)
    status = os.waitpid(child, 0)[1]
    shutil.rmtree(spec["root"], ignore_errors=True)
    return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main())

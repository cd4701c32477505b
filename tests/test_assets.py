"""Files the course downloads, against a local server that misbehaves."""

import errno
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import machine
import pytest
from servers import FaultyServer

from helpers import ROOT, assets, datasets
from helpers.assets import AssetError, AssetUnavailable
from helpers.assets import __main__ as commands

FILES = {"one.bin": b"first file " * 5000, "two.bin": b"second" * 7000}
CUT_OFF_ADDRESS = "http://127.0.0.1:9/one.bin"  # the discard port: nobody listens there


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """No setting of the developer's, a cache of its own, and nothing remembered from another test."""
    for name in ("COURSE_ASSETS", "COURSE_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(assets, "_silent", {})
    monkeypatch.setattr(assets, "LOOK_SECONDS", 20)  # a loaded machine is no broken network


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(assets, "TIMEOUT", (3, machine.seconds(1.5)))


@pytest.fixture
def server():
    with FaultyServer({f"/{name}": body for name, body in FILES.items()}) as it:
        yield it


def write_registry(path, *bases, files=FILES, **more):
    """Write a registry with one asset, `pair`, whose files lie at each of the base URLs."""
    lines = ["[pair]", 'title = "The Pair"', 'licence = "MIT"', 'credit = "nobody"']
    lines += [f'{key} = "{value}"' for key, value in more.items()]
    for name, body in files.items():
        lines += [
            "[[pair.files]]",
            f'name = "{name}"',
            f"bytes = {len(body)}",
            f'checksum = "md5:{hashlib.md5(body).hexdigest()}"',
            f"urls = {json.dumps([f'{base}/{name}' for base in bases])}",
        ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def register(tmp_path, monkeypatch):
    def register(*bases, **more):
        monkeypatch.setattr(assets, "REGISTRY", write_registry(tmp_path / "assets.toml", *bases, **more))

    return register


def tree(folder):
    """All files below a folder, hidden ones too, as relative path -> bytes."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


WHOLE = {f"pair/{name}": body for name, body in FILES.items()}


# --- the registry that is shipped ---------------------------------------------------------------------------


def test_shipped_registry_is_complete():
    for name, entry in assets.registry().items():
        assert entry["title"] and entry["licence"] and "http" in entry["credit"], name
        for file in entry["files"]:
            algorithm, digest = file["checksum"].split(":")
            assert len(digest) == 2 * hashlib.new(algorithm).digest_size and int(digest, 16)
            assert bool(file["urls"]) != ("package" in entry)
            assert entry.get("requirement", "") in (ROOT / "requirements.txt").read_text()
            assert all(url.endswith("/" + file["name"]) for url in file["urls"])
            assert file["bytes"] > 0


def test_mnist_has_the_checksum_that_keras_publishes():
    keras = importlib.metadata.distribution("keras")
    source = Path(keras.locate_file("keras/src/datasets/mnist.py")).read_text()
    (file,) = assets.registry()["mnist"]["files"]
    assert file["checksum"].removeprefix("sha256:") in source and file["urls"][0].rsplit("/", 1)[0] in source


def test_unknown_asset_is_named_with_the_known_ones():
    with pytest.raises(AssetError, match=r"no asset 'fashion'; there are: fashion_mnist, mnist"):
        assets.fetch("fashion")


# --- a download that works ----------------------------------------------------------------------------------


def test_download_then_cache(server, register, capsys):
    register(server.url)
    cache = assets.cache_dir()
    found = assets.fetch("pair")
    assert found == (tuple(cache / "pair" / name for name in FILES), "download", False)
    assert tree(cache) == WHOLE
    assert found.paths[0].stat().st_mode & 0o777 == 0o666 & ~umask()
    said = capsys.readouterr()
    assert "one.bin" in said.out and said.err == ""  # the progress bar leaves no stderr in a notebook
    assert assets.fetch("pair") == found
    assert server.gets == ["/one.bin", "/two.bin"]


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_only_what_is_missing_is_downloaded(server, register):
    register(server.url)
    assets.fetch("pair")
    (assets.cache_dir() / "pair" / "two.bin").unlink()
    server.gets.clear()
    assets.fetch("pair")
    assert server.gets == ["/two.bin"] and tree(assets.cache_dir()) == WHOLE


@pytest.mark.parametrize("fault", ["404", "500", "cut", "html"])
def test_second_address_helps(server, register, fault):
    server.files |= {"/b/one.bin": FILES["one.bin"], "/b/two.bin": FILES["two.bin"]}
    server.faults |= {"/one.bin": fault, "/two.bin": fault}
    register(server.url, server.url + "/b")
    assert assets.fetch("pair").origin == "download"
    assert tree(assets.cache_dir()) == WHOLE
    assert server.gets == ["/one.bin", "/b/one.bin", "/two.bin", "/b/two.bin"]


@pytest.mark.parametrize("fault", ["500", "cut", "hang"])
def test_a_passing_fault_is_tried_again(server, register, impatient, fault):
    server.faults["/one.bin"] = [fault]
    register(server.url)
    assets.fetch("pair")
    assert server.gets == ["/one.bin", "/one.bin", "/two.bin"] and tree(assets.cache_dir()) == WHOLE


# --- a download that does not -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("404", "answers with status 404"),
        ("500", "answers with status 500"),
        ("cut", "breaks off"),
        ("hang", "breaks off"),
        ("mute", "does not answer"),
    ],
)
def test_failed_download(server, register, impatient, fault, reason):
    server.faults["/two.bin"] = server.faults["/one.bin"] = fault
    register(server.url)
    with pytest.raises(AssetUnavailable, match=r"The Pair is not at hand .* go online") as caught:
        assets.fetch("pair")
    assert caught.value.reason == f"{server.url.removeprefix('http://')} {reason}"
    assert tree(assets.cache_dir()) == {}


@pytest.mark.parametrize("fault", ["mute", "hang"])
def test_a_silent_host_is_waited_for_once(server, register, impatient, fault):
    server.faults["/one.bin"] = fault
    register(server.url)
    for _ in range(2):
        with pytest.raises(AssetUnavailable):
            assets.fetch("pair")
        gets = list(server.gets)
        server.faults.clear()
    assert server.gets == gets  # the second call asked nobody, though all would have been well


def test_login_page_instead_of_the_file(server, register):
    server.faults["/one.bin"] = "html"
    register(server.url)
    with pytest.raises(AssetError) as caught:
        assets.fetch("pair")
    assert not isinstance(caught.value, AssetUnavailable)  # no other data may stand in silently
    said = str(caught.value)
    for part in (f"{server.url}/one.bin", str(assets.cache_dir() / "pair" / "one.bin"), "thrown away"):
        assert part in said
    assert "COURSE_OFFLINE=1" in said and "COURSE_ASSETS" in said and "MD5" in said
    assert tree(assets.cache_dir()) == {} and server.gets == ["/one.bin"]


def test_no_network(register):
    register(CUT_OFF_ADDRESS.rsplit("/", 1)[0])
    with pytest.raises(AssetUnavailable, match=r"127\.0\.0\.1:9 does not answer"):
        assets.fetch("pair")
    assert not assets.cache_dir().exists()


def test_slow_name_lookup_is_bounded(register, monkeypatch):
    release, lookups, ended = threading.Event(), [], []

    def stuck(host, *_, **__):
        lookups.append(host)
        release.wait(machine.seconds(120))
        ended.append(host)
        raise socket.gaierror("stuck")

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    monkeypatch.setattr(assets, "LOOK_SECONDS", 0.3)
    register("http://one.invalid", "http://two.invalid")
    for _ in range(2):
        with pytest.raises(
            AssetUnavailable, match=r"one\.invalid does not answer, two\.invalid does not answer"
        ):
            assets.fetch("pair")
    assert ended == []  # neither call waited for the end of a lookup
    release.set()
    assert sorted(lookups) == ["one.invalid", "two.invalid"]  # the second call did not wait again


def test_offline_opens_no_socket_and_no_cache(server, register, monkeypatch):
    register(server.url)
    assets.fetch("pair")
    monkeypatch.setenv("COURSE_OFFLINE", "1")

    def forbidden(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    with pytest.raises(AssetUnavailable) as caught:
        assets.fetch("pair")
    assert caught.value.reason == "COURSE_OFFLINE=1"
    assert assets.locate("pair") is None


@pytest.mark.parametrize(("value", "off"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_what_counts_as_offline(monkeypatch, value, off):
    monkeypatch.setenv("COURSE_OFFLINE", value)
    assert assets.offline() is off


# --- a cache that is damaged, full, or not to be written ----------------------------------------------------


@pytest.mark.parametrize("damage", ["tampered", "truncated"])
def test_damaged_cache_is_named_and_fetch_replaces_it(server, register, damage):
    register(server.url)
    path = assets.fetch("pair").paths[1]
    path.write_bytes(b"S" + FILES["two.bin"][1:] if damage == "tampered" else FILES["two.bin"][:100])
    with pytest.raises(AssetError) as caught:
        assets.fetch("pair")
    assert str(path) in str(caught.value) and "damaged" in str(caught.value)
    assert "`python -m helpers.assets fetch pair`" in str(caught.value)
    assert commands.main(["fetch", "pair"]) == 0
    assert tree(assets.cache_dir()) == WHOLE and assets.fetch("pair").origin == "download"


@pytest.mark.parametrize("damaged", [0, 1])
def test_damage_beside_a_gap_is_not_papered_over(server, register, damaged):
    register(server.url)
    paths = assets.fetch("pair").paths
    paths[damaged].write_bytes(b"damaged")
    paths[1 - damaged].unlink()
    with pytest.raises(AssetError, match=f"{paths[damaged].name} is damaged"):
        assets.fetch("pair")


def test_folder_where_a_file_should_be(server, register, capsys):
    register(server.url)
    path = assets.fetch("pair").paths[0]
    path.unlink()
    path.mkdir()
    (path / "work").write_text("somebody's")
    with pytest.raises(AssetError, match=r"is a folder where a file should be\. Remove or rename"):
        assets.fetch("pair")
    assert commands.main(["fetch", "pair"]) == 1
    said = capsys.readouterr().err
    assert str(path) in said and "Remove or rename" in said and (path / "work").exists()
    assert len(server.gets) == 2  # nothing was downloaded that could not be put in its place


def test_unreadable_file(server, register, monkeypatch):
    register(server.url)
    path = assets.fetch("pair").paths[0]

    def denied(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("pooch.file_hash", denied)
    with pytest.raises(AssetError, match=r"cannot be read \(Permission denied") as caught:
        assets.fetch("pair")
    assert str(path) in str(caught.value)


@pytest.fixture
def homeless(monkeypatch):
    """Give a function that takes the home folder away: HOME, and the line in /etc/passwd."""

    def leave(home=None):
        def unknown(_):
            raise KeyError("uid not found")

        monkeypatch.setattr("pwd.getpwuid", unknown)
        monkeypatch.setattr("pwd.getpwnam", unknown)
        for name in ("HOME", "XDG_CACHE_HOME", "COURSE_CACHE"):
            monkeypatch.delenv(name, raising=False)
        if home is not None:
            monkeypatch.setenv("HOME", home)

    yield leave
    assets._passing_cache.cache_clear()


PLACES = {
    "no home": (None, "there is no home folder"),
    "home is empty": (None, "there is no home folder"),
    "home is /": (None, "there is no home folder"),
    "~": ("~/course cache", "there is no home folder"),
    "~ and home is empty": ("~/course cache", "there is no home folder"),
    "of nobody": ("~nobody-there/cache", "there is no home folder"),
    "a file": ("occupied", "occupied is no folder"),
    "below a file": ("occupied/a/cache", "occupied is no folder"),
    "below a loop": ("loop/cache", "loop is no folder"),
    "not to be written": ("locked", "locked is no folder that you may write to"),
    "below what is not to be written": ("locked/a/cache", "locked is no folder that you may write to"),
}


@pytest.mark.parametrize("place", PLACES)
def test_without_a_place_for_the_cache_all_goes_on(
    server, register, homeless, tmp_path, monkeypatch, capsys, place
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "occupied").write_text("")
    (tmp_path / "locked").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, how: "locked" not in str(path) and allowed(path, how))
    homeless("" if "empty" in place else "/" if "/" in place else None)
    wanted, reason = PLACES[place]
    if wanted:
        monkeypatch.setenv("COURSE_CACHE", wanted)
    register(server.url)
    before = sorted(tmp_path.iterdir())
    found, again = assets.fetch("pair"), assets.fetch("pair")
    assert found == again and found.origin == "download" and len(server.gets) == 2
    assert tree(assets.cache_dir()) == WHOLE and assets.cache_dir().is_relative_to(tempfile.gettempdir())
    (said,) = (line for line in capsys.readouterr().out.splitlines() if "kept" in line)
    assert re.search(rf"could not be kept in .*{reason}.*Set COURSE_CACHE", said), said
    assert sorted(tmp_path.iterdir()) == before


def test_a_cache_that_only_may_be_read_is_read(server, register, monkeypatch):
    register(server.url)
    found = assets.fetch("pair")
    monkeypatch.setattr(os, "access", lambda path, how: how == os.R_OK)
    assert assets.fetch("pair") == found and len(server.gets) == 2
    shutil.rmtree(assets.cache_dir() / "pair")
    assert assets.fetch("pair").paths[0].name == "one.bin" and assets.fetch("pair") != found


def test_the_passing_cache_is_removed_when_python_ends(tmp_path):
    code = "from helpers import assets; folder = assets.cache_dir(); (folder / 'a').mkdir(); print(folder)"
    environment = {**os.environ, "COURSE_CACHE": f"{tmp_path}/file/x", "TMPDIR": str(tmp_path)}
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT
    )
    folder = Path(done.stdout.splitlines()[-1])
    assert folder.parent == tmp_path and not folder.exists() and done.stderr == ""


def test_without_a_home_a_path_is_refused_in_a_sentence(homeless, monkeypatch):
    homeless()
    monkeypatch.setenv("COURSE_ASSETS", "~/share")
    with pytest.raises(AssetError, match=r"COURSE_ASSETS names '~/share', but .* cannot be opened"):
        assets.mirror_dir()
    with pytest.raises(ValueError, match=r"There is no folder .*~/photos"):
        datasets.from_folder("~/photos")
    with pytest.raises(ValueError, match=r"There is no video .*~/film\.mp4"):
        datasets.from_video("~/film.mp4")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_full_or_read_only_disk(server, register, full_disk, monkeypatch, number):
    register(server.url)
    full_disk(number)
    with pytest.raises(AssetError) as caught:
        assets.fetch("pair")
    monkeypatch.undo()
    assert not isinstance(caught.value, AssetUnavailable)
    said = str(caught.value)
    assert (
        os.strerror(number) in said and "COURSE_CACHE" in said and "one.bin" in said and "1 MB free" in said
    )


def test_full_disk_leaves_nothing(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with pytest.raises(OSError), assets.replacing(path) as part:
        part.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert tree(tmp_path) == {"file.bin": b"old"}


def test_a_faster_process_wins_where_files_in_use_cannot_be_replaced(server, register, monkeypatch):
    register(server.url)
    real_replace = os.replace

    def in_use(source, target):
        real_replace(source, target)  # the other process was here...
        raise PermissionError(errno.EACCES, "in use")  # ...and is reading: so it goes on Windows

    monkeypatch.setattr(os, "replace", in_use)
    assert assets.fetch("pair").origin == "download" and tree(assets.cache_dir()) == WHOLE


def test_two_processes_at_once(server, tmp_path):
    """Both download, both succeed, and a third that looks all the time never sees a part of a file."""
    server.faults |= {"/one.bin": "together", "/two.bin": "together"}
    server.pair = threading.Barrier(3)  # with the one that looks: the second file comes when it has seen one
    registry = write_registry(tmp_path / "assets.toml", server.url)
    code = (
        "import sys, pathlib; from helpers import assets; assets.REGISTRY = pathlib.Path(sys.argv[1]);"
        "print(assets.fetch('pair').origin, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, str(registry)]
    both = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "NO_PROXY": "*"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    cache, seen = assets.cache_dir(), set()
    server.pair.wait(machine.seconds(120))  # both have asked for the first file
    while any(process.poll() is None for process in both):
        for name, body in FILES.items():
            if (cache / "pair" / name).exists():
                assert (cache / "pair" / name).read_bytes() == body
                if not seen:
                    server.pair.wait(machine.seconds(120))  # both have asked for the second one
                seen.add(name)
        time.sleep(0.005)
    said = [process.communicate(timeout=machine.seconds(120))[1].decode().strip() for process in both]
    assert said == ["download"] * 2
    assert sorted(server.gets) == ["/one.bin"] * 2 + ["/two.bin"] * 2 and seen
    assert tree(cache) == WHOLE


# --- COURSE_ASSETS ------------------------------------------------------------------------------------------


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    folder = tmp_path / "share"
    folder.mkdir()
    monkeypatch.setenv("COURSE_ASSETS", str(folder))
    return folder


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_course_assets_must_be_a_folder(tmp_path, monkeypatch, register, kind):
    register("http://127.0.0.1:9")
    path = tmp_path / "nowhere"
    if kind == "file":
        path.write_text("")
    monkeypatch.setenv("COURSE_ASSETS", str(path))
    for offline in ("", "1"):
        monkeypatch.setenv("COURSE_OFFLINE", offline)
        with pytest.raises(
            AssetError, match=r"COURSE_ASSETS names .* cannot be opened as a folder"
        ) as caught:
            assets.fetch("pair")
        assert str(path) in str(caught.value) and not isinstance(caught.value, AssetUnavailable)


def fill(folder, files=FILES):
    folder.mkdir(exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)


def test_mirror_comes_first_also_offline(server, register, mirror, monkeypatch):
    fill(mirror / "pair")
    register(server.url)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert assets.fetch("pair") == (tuple(mirror / "pair" / name for name in FILES), "mirror", False)
    assert server.gets == []


def test_mirror_in_a_folder_of_another_name(register, mirror):
    fill(mirror / "weights")
    register("http://127.0.0.1:9", folder="weights")
    assert assets.fetch("pair").paths[0] == mirror / "weights" / "one.bin"


def test_mirror_without_the_asset_goes_on(server, register, mirror, monkeypatch):
    register(server.url)
    assert assets.fetch("pair").origin == "download"
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    with pytest.raises(AssetUnavailable, match="COURSE_ASSETS does not hold it, and COURSE_OFFLINE=1"):
        assets.fetch("pair")


@pytest.mark.parametrize("damage", ["truncated", "folder", "gone"])
def test_damaged_mirror_is_never_passed_over(server, register, mirror, damage):
    register(server.url)
    fill(mirror / "pair")
    path = mirror / "pair" / "two.bin"
    path.unlink()
    if damage == "truncated":
        path.write_bytes(FILES["two.bin"][:-1])
    if damage == "folder":
        path.mkdir()
    with pytest.raises(AssetError) as caught:
        assets.fetch("pair")
    assert str(path) in str(caught.value) and f'fetch pair --to "{mirror}"' in str(caught.value)
    assert not isinstance(caught.value, AssetUnavailable) and server.gets == []


def test_converted_form(register, mirror, monkeypatch):
    import numpy as np

    register("http://127.0.0.1:9", converted="pair.npz")
    np.savez(mirror / "pair.npz", x=np.arange(5000))
    assert assets.fetch("pair") == ((mirror / "pair.npz",), "mirror", True)
    fill(mirror / "pair")
    assert assets.fetch("pair").converted is False  # a file with a checksum is better


@pytest.mark.parametrize("damage", ["truncated", "text", "empty", "folder"])
def test_damaged_converted_form(register, mirror, damage):
    import numpy as np

    path = mirror / "pair.npz"
    register("http://127.0.0.1:9", converted="pair.npz")
    np.savez(path, x=np.arange(5000))
    whole = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    else:
        path.write_bytes({"truncated": whole[:-400], "text": b"<html>", "empty": b""}[damage])
    with pytest.raises(AssetError, match=r"damaged|folder where a file") as caught:
        assets.fetch("pair")
    assert str(path) in str(caught.value)
    assert commands.main(["verify"]) == 1


# --- in a terminal ------------------------------------------------------------------------------------------


def test_round_trip_of_a_classroom_share(server, register, tmp_path, monkeypatch, capsys):
    register(server.url)
    share = tmp_path / "share"
    assert commands.main(["list"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["pair", "0.1", "MB", "MIT", "no"]
    assert commands.main(["fetch", "--to", str(share), "pair"]) == 0
    said = capsys.readouterr()
    assert "MIT" in said.out and "MB" in said.out and "nobody" in said.out and "COURSE_ASSETS" in said.out
    assert tree(share) == WHOLE and not assets.cache_dir().exists() and said.err == ""

    assert commands.main(["fetch", "--to", str(share)]) == 0  # again: all is there
    assert len(server.gets) == 2
    assert commands.main(["verify", "--in", str(share)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["pair", str(share), "ok"]

    monkeypatch.setenv("COURSE_ASSETS", str(share))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert assets.fetch("pair").origin == "mirror"
    assert commands.main(["list"]) == 0 and commands.main(["verify"]) == 0
    said = capsys.readouterr().out
    assert "MIT" in said and str(tmp_path) not in said
    assert said.splitlines()[1].endswith("COURSE_ASSETS")


def test_verify_reports_damage_and_gaps(server, register, capsys):
    register(server.url)
    assert commands.main(["verify", "pair"]) == 0
    assert capsys.readouterr().out.split() == ["pair", "cache", "missing"]
    path = assets.fetch("pair").paths[0]
    path.write_bytes(b"")
    capsys.readouterr()
    assert commands.main(["verify"]) == 1
    assert f"damaged: {path} is damaged" in capsys.readouterr().out
    assert commands.main(["list"]) == 0
    assert "damaged (see: python -m helpers.assets verify pair)" in capsys.readouterr().out


def test_fetch_goes_on_after_a_failure_and_says_so(server, register, tmp_path, capsys):
    register(server.url)
    with open(assets.REGISTRY, "a") as file:
        file.write("\n" + assets.REGISTRY.read_text().replace("pair", "more").replace("The Pair", "More"))
    server.faults["/one.bin"] = ["html"]
    assert commands.main(["fetch", "--to", str(tmp_path / "share")]) == 1
    assert "pair: What http" in capsys.readouterr().err
    assert set(tree(tmp_path / "share")) == {"more/one.bin", "more/two.bin"}


def test_fetch_goes_on_where_a_teacher_has_photos_of_their_own(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    own = tmp_path / "photos" / "handbags_shoes_clutter" / "mine.jpg"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"a photo of my own")
    names = ["handbags_shoes", "efficientnet_lite0"]
    assert commands.main(["fetch", "--to", str(tmp_path), *names]) == 1
    said = capsys.readouterr()
    assert f"handbags_shoes: {own} was not put there by this command" in said.err
    assert "efficientnet_lite0 complete" in said.out.replace("  ", " ")
    assert own.read_bytes() == b"a photo of my own"


@pytest.mark.parametrize(
    "arguments", [["fetch", "nothing"], ["list", "nothing"], ["verify", "--in", "no/folder"]]
)
def test_wrong_arguments_are_one_sentence(arguments, capsys):
    assert commands.main(arguments) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Traceback" not in said


def test_fetch_is_refused_offline(server, register, monkeypatch, capsys):
    register(server.url)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert commands.main(["fetch"]) == 1
    assert "COURSE_OFFLINE=1 forbids downloads" in capsys.readouterr().err and server.gets == []


def test_it_runs_as_a_module(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "helpers.assets", "list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "fashion_mnist" in done.stdout and "30.9 MB" in done.stdout and "none stated" in done.stdout

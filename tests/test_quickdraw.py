"""Quick, Draw! from files, from a local server that misbehaves, and the sketches that stand in for it."""

import errno
import io
import json
import os
import socket
from itertools import pairwise
from pathlib import Path

import machine
import numpy as np
import pytest
from servers import FaultyServer

from helpers import assets, datasets, drawings
from helpers.assets import AssetError, AssetUnavailable, web
from helpers.datasets import sketches as files
from helpers.drawings.sketches import simplify
from helpers.staff import lessons, notebooks

PUBLISHED = 600  # drawings in each of the small published files


class RangeServer(FaultyServer):
    """A FaultyServer that answers ranges, unless `ignores_range`, and counts the bytes it got rid of.

    Two faults more: "short", a part of the range; "elsewhere", another range.
    """

    def __init__(self, files=(), faults=()):
        super().__init__(files, faults)
        self.ignores_range, self.asked, self.sent = False, [], 0

    def answer(self, handler, fault):
        asked = handler.headers.get("Range")
        self.asked.append(asked)
        if fault in ("404", "500", "mute", "html") or handler.path not in self.files:
            super().answer(handler, fault)
            return
        body = whole = self.files[handler.path]
        if asked and whole and not self.ignores_range:
            body = whole[: int(asked.removeprefix("bytes=0-")) + 1]
            body = body[:1000] if fault == "short" else body
            first = 5 if fault == "elsewhere" else 0
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {first}-{first + len(body) - 1}/{len(whole)}")
        else:
            handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        half = fault in ("cut", "hang")
        body = memoryview(body)[: len(body) // 2 if half else None]
        try:
            for start in range(0, len(body), 1 << 16):
                handler.wfile.write(body[start : start + (1 << 16)])
                self.sent += len(body[start : start + (1 << 16)])
            handler.wfile.flush()
        except OSError:
            return  # the other side has heard enough
        if fault == "hang":
            self.stopped.wait(30)


def bitmaps(seed, n=PUBLISHED):
    return np.random.default_rng(seed).integers(0, 256, (n, 28, 28), dtype=np.uint8)


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def scrawls(seed, n=PUBLISHED):
    """Drawings as Google publishes them: strokes [[x, ...], [y, ...]], of one point or more."""
    rng = np.random.default_rng(seed)
    sizes = [rng.integers(1, 7, rng.integers(1, 5)) for _ in range(n)]
    return [[rng.integers(0, 256, (2, k)).tolist() for k in own] for own in sizes]


def line(word, drawing):
    entry = {"word": word, "countrycode": "DE", "recognized": True, "key_id": "1", "drawing": drawing}
    return json.dumps({key: value for key, value in entry.items() if value is not None}) + "\n"


def ndjson(word, published):
    return "".join(line(word, drawing) for drawing in published).encode()


PICTURES = {"cat": bitmaps(1), "hot dog": bitmaps(2)}
SCRAWLS = {"cat": scrawls(3), "hot dog": scrawls(4)}
BOTH = list(PICTURES)
SITE = {
    "/numpy_bitmap/cat.npy": npy(PICTURES["cat"].reshape(-1, 784)),
    "/numpy_bitmap/hot%20dog.npy": npy(PICTURES["hot dog"].reshape(-1, 784)),
    "/simplified/cat.ndjson": ndjson("cat", SCRAWLS["cat"]),
    "/simplified/hot%20dog.ndjson": ndjson("hot dog", SCRAWLS["hot dog"]),
}
PATHS = {"images": "/numpy_bitmap/cat.npy", "strokes": "/simplified/cat.ndjson"}


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """No setting of the developer's, a cache of its own, nothing remembered, and no pauses."""
    for name in ("COURSE_ASSETS", "COURSE_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(assets, "_silent", {})
    monkeypatch.setattr(assets, "LOOK_SECONDS", 20)  # a loaded machine is no broken network
    monkeypatch.setattr(web, "wait", lambda seconds: None)


@pytest.fixture
def server(monkeypatch):
    with RangeServer(SITE) as it:
        monkeypatch.setattr(files, "BASE", it.url)
        yield it


@pytest.fixture
def share(tmp_path, monkeypatch):
    """A classroom share with an empty folder for the drawings."""
    folder = tmp_path / "share" / "quickdraw"
    folder.mkdir(parents=True)
    monkeypatch.setenv("COURSE_ASSETS", str(folder.parent))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    return folder


def kept():
    """All files in the cache, hidden ones too."""
    return sorted(path.name for path in assets.cache_dir().rglob("*") if path.is_file())


def everything(data):
    """Drawings and labels of both splits."""
    splits = data.splits.values()
    return np.concatenate([split.images for split in splits]), np.concatenate([s.labels for s in splits])


def places(steps):
    """Where the pen comes to, and whether it drew on the way; padding left out."""
    steps = steps[datasets.stroke_mask(steps)]
    return np.rint(255 * np.cumsum(steps[:, :2].astype(float), axis=0)).astype(int), steps[:, 2]


def as_strokes(steps):
    """The strokes that steps were made of."""
    points, pens = places(steps)
    return np.split(points, np.flatnonzero(pens < 0)[1:])


def as_key(strokes):
    """Points of strokes without repetitions, comparable."""
    return tuple(
        tuple(tuple(map(int, p)) for k, p in enumerate(stroke) if k == 0 or tuple(p) != tuple(stroke[k - 1]))
        for stroke in strokes
    )


# --- from the network ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ignores_range", [False, True])
def test_images_are_the_first_ones_of_the_published_file(server, ignores_range, capsys):
    server.ignores_range = ignores_range
    data = datasets.quickdraw(BOTH, 10)
    images, labels = everything(data)
    assert images.dtype == np.uint8 and images.shape == (20, 28, 28) and labels.dtype == np.int64
    for label, name in enumerate(BOTH):
        own = {image.tobytes() for image in images[labels == label]}
        assert own == {image.tobytes() for image in PICTURES[name][:10]}
    assert (data.origin, data.licence, data.class_names) == ("download", "CC BY 4.0", tuple(BOTH))
    said = capsys.readouterr()
    assert "Google" in data.name and "Google" in said.out and "CC BY 4.0" in said.out and said.err == ""
    assert server.gets == ["/numpy_bitmap/cat.npy", "/numpy_bitmap/hot%20dog.npy"]
    assert server.asked == [f"bytes=0-{256 + 10 * 784 - 1}"] * 2


def test_strokes_are_the_first_lines_of_the_published_file(server):
    data = datasets.quickdraw(BOTH, 10, "strokes")
    strokes, labels = everything(data)
    longest = max(len(places(own)[0]) for own in strokes)
    assert strokes.dtype == np.float32 and strokes.shape == (20, longest, 3) and data.origin == "download"
    for label, name in enumerate(BOTH):
        own = {as_key(as_strokes(steps)) for steps in strokes[labels == label]}
        assert own == {as_key([np.transpose(s) for s in drawing]) for drawing in SCRAWLS[name][:10]}
    assert server.gets == ["/simplified/cat.ndjson", "/simplified/hot%20dog.ndjson"]


@pytest.mark.parametrize("ignores_range", [False, True])
@pytest.mark.parametrize("kind", PATHS)
def test_no_more_is_read_than_needed(server, kind, ignores_range):
    """64 MB are there. What lies in the buffers between the two is a few MB at most."""
    server.ignores_range = ignores_range
    if kind == "images":
        server.files[PATHS[kind]] = npy(np.zeros((1 << 26) // 784 * np.array([1, 0]) + [0, 784], np.uint8))
    else:
        server.files[PATHS[kind]] = SITE[PATHS[kind]] * ((1 << 26) // len(SITE[PATHS[kind]]))
    datasets.quickdraw(["cat"], 20, kind)
    assert server.sent < 1 << 24
    assert [path.stat().st_size < 40_000 for path in assets.cache_dir().rglob("cat.*")] == [True]


@pytest.mark.parametrize("kind", PATHS)
def test_what_was_fetched_is_kept_and_serves_smaller_orders(server, kind):
    first = everything(datasets.quickdraw(["cat"], 10, kind))
    assert kept() == [PATHS[kind].rsplit("/")[-1]]
    again = everything(datasets.quickdraw(["cat"], 10, kind))
    np.testing.assert_array_equal(first[0], again[0])
    fewer = datasets.quickdraw(["cat"], 5, kind)
    assert fewer.origin == "download" and len(server.gets) == 1
    assert len(everything(datasets.quickdraw(["cat"], 12, kind))[0]) == 12 and len(server.gets) == 2
    assert len(everything(datasets.quickdraw(["cat"], 12, kind))[0]) == 12 and len(server.gets) == 2


@pytest.mark.parametrize("kind", PATHS)
def test_the_kept_file_may_be_put_on_a_share(server, kind, share, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    downloaded = datasets.quickdraw(["cat"], 10, kind)
    (path,) = (p for p in assets.cache_dir().rglob("cat.*"))
    path.rename(share / path.name)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    shared = datasets.quickdraw(["cat"], 10, kind)
    assert shared.origin == "mirror"
    np.testing.assert_array_equal(shared.train.images, downloaded.train.images)


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("fault", ["500", "cut", "hang"])
def test_a_passing_fault_is_tried_again(server, kind, fault, monkeypatch):
    monkeypatch.setattr(assets, "TIMEOUT", (3, machine.seconds(1.5)))
    server.faults[PATHS[kind]] = [fault]
    assert datasets.quickdraw(["cat"], 10, kind).origin == "download" and len(server.gets) == 2


# --- a download that fails ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize(
    ("fault", "reason", "tries"),
    [
        ("404", "status 404", 1),
        ("500", "status 500", 2),
        ("cut", "cut off in the middle", 2),
        ("hang", "no answer", 2),  # what came is less than a piece
        ("mute", "does not answer", 0),
        ("short", "cut off in the middle", 2),
        ("elsewhere", "no usable answer", 1),
    ],
)
def test_a_failed_download_is_named_and_drawings_stand_in(
    server, kind, fault, reason, tries, monkeypatch, capsys
):
    monkeypatch.setattr(assets, "TIMEOUT", (3, machine.seconds(1.5)))
    server.faults[PATHS[kind]] = fault
    data = datasets.quickdraw(["cat", "train"], 10, kind)
    (said,) = capsys.readouterr().out.splitlines()
    host = server.url.removeprefix("http://")
    assert said.startswith(f"Quick, Draw! (cat, {kind}) is not at hand ({host}: {reason}). Using the drawn")
    assert "16 + 4 sketches" in said and "COURSE_ASSETS" in said
    assert data.origin == "embedded" and "Google" not in data.name and kept() == []
    assert server.gets == [PATHS[kind]] * tries


@pytest.mark.parametrize("kind", PATHS)
def test_a_slow_server_is_given_up_and_not_waited_for_again(server, kind, monkeypatch, capsys):
    monkeypatch.setattr(web, "SECONDS", 0.0)  # too slow, whatever it does
    monkeypatch.setattr(web, "PIECE", 100)
    datasets.quickdraw(["cat"], 10, kind)
    assert "too slow" in capsys.readouterr().out and server.gets == [PATHS[kind]] * 2
    datasets.quickdraw(["cat"], 10, kind)
    assert len(server.gets) == 2 and "too slow" in capsys.readouterr().out


def test_one_class_that_fails_takes_all_to_the_stand_in(server):
    """Photographs of one class beside drawings of the other would be no task at all."""
    server.files["/numpy_bitmap/train.npy"] = SITE[PATHS["images"]]
    server.faults["/numpy_bitmap/train.npy"] = "404"
    data = datasets.quickdraw(["cat", "train"], 10)
    own = {image.tobytes() for image in everything(data)[0]}
    assert data.origin == "embedded" and not own & {image.tobytes() for image in PICTURES["cat"]}


@pytest.mark.parametrize("kind", PATHS)
def test_a_log_in_page_is_an_error_and_nothing_is_kept(server, kind):
    server.faults[PATHS[kind]] = "html"
    with pytest.raises(AssetError, match="log-in page") as caught:
        datasets.quickdraw(["cat"], 10, kind)
    assert not isinstance(caught.value, AssetUnavailable) and "<html>" in str(caught.value)
    assert f"{server.url}{PATHS[kind]}" in str(caught.value) and kept() == []


def test_no_network(monkeypatch, capsys):
    monkeypatch.setattr(files, "BASE", "http://127.0.0.1:9")  # the discard port: nobody listens there
    assert datasets.quickdraw(["cat"], 10).origin == "embedded"
    assert "127.0.0.1:9: does not answer" in capsys.readouterr().out


@pytest.mark.parametrize("kind", PATHS)
def test_offline_opens_no_socket_and_no_cache(server, kind, monkeypatch, capsys):
    datasets.quickdraw(["cat"], 10, kind)
    monkeypatch.setenv("COURSE_OFFLINE", "1")

    def forbidden(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    assert datasets.quickdraw(["cat"], 10, kind).origin == "embedded"
    assert "(COURSE_OFFLINE=1)" in capsys.readouterr().out
    with pytest.raises(AssetError, match="COURSE_OFFLINE=1 forbids"), web.session("tests") as session:
        web.beginning(server.url, limit=10, session=session)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("kind", PATHS)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(server, kind, number, full_disk, monkeypatch):
    full_disk(number)
    with pytest.raises(AssetError, match="cannot be written") as caught:
        datasets.quickdraw(["cat"], 10, kind)
    monkeypatch.undo()
    assert os.strerror(number) in str(caught.value) and "COURSE_CACHE" in str(caught.value)
    assert not list(Path(str(caught.value).split(" cannot")[0]).parent.glob("*"))


# --- files that are not as published ------------------------------------------------------------------------

WRONG_NPY = {
    "floats": (npy(PICTURES["cat"].astype(np.float32)), "holds float32"),
    "another size": (npy(PICTURES["cat"][:, :20]), r"holds uint8 \(600, 20, 28\)"),
    "columns first": (npy(np.asfortranarray(PICTURES["cat"])), "holds uint8"),
    "text": (b"drawings " * 90_000, r"is not a \.npy file: it begins with b'drawings"),
    "empty": (b"", r"is not a \.npy file"),
    "objects": (npy(np.array([{}], object)), "holds object"),
}
GOOD = SCRAWLS["cat"][0]
WRONG_LINE = {
    "no JSON": (b'{"word": "cat", "recogn\n', "is not a drawing as published"),
    "no UTF-8": (b'{"word": "\xff"}\n', "is not a drawing as published"),
    "a list": (b"[]\n", "is not a drawing as published"),
    "another word": (line("dog", GOOD), "is a drawing of 'dog', not of 'cat'"),
    "no drawing": (line("cat", None), "is not a drawing as published"),
    "empty drawing": (line("cat", []), "has no strokes"),
    "empty stroke": (line("cat", [[[], []]]), "has no strokes"),
    "x without y": (line("cat", [[[1, 2], [3]]]), "is not a drawing as published"),
    "with time": (line("cat", [[[1], [2], [3]]]), "has no strokes"),
    "too far": (line("cat", [[[1, 256], [2, 3]]]), "has no strokes"),
    "negative": (line("cat", [[[1, -1], [2, 3]]]), "has no strokes"),
    "words": (line("cat", [[["a"], ["b"]]]), "is not a drawing as published"),
    "not finite": (line("cat", [[[float("nan")], [1]]]), "has no strokes"),
}


def wrong_file(kind, key):
    """A file of 600 with something wrong among the first ten, and the words for it."""
    if kind == "images":
        return WRONG_NPY[key]
    wrong, words = WRONG_LINE[key]
    lines = SITE[PATHS["strokes"]].splitlines(keepends=True)
    lines[6] = wrong if isinstance(wrong, bytes) else wrong.encode()
    return b"".join(lines), f"is damaged: line 7 {words}"


WRONG = [("images", key) for key in WRONG_NPY] + [("strokes", key) for key in WRONG_LINE]


@pytest.mark.parametrize(("kind", "key"), WRONG)
def test_a_wrong_file_is_refused_wherever_it_lies(server, share, kind, key, monkeypatch):
    content, words = wrong_file(kind, key)
    here = share / PATHS[kind].rsplit("/")[-1]
    here.write_bytes(content)
    with pytest.raises(AssetError, match=words) as caught:
        datasets.quickdraw(["cat"], 10, kind)
    assert str(here) in str(caught.value) and "good copy" in str(caught.value)

    monkeypatch.delenv("COURSE_ASSETS")
    monkeypatch.delenv("COURSE_OFFLINE")
    server.files[PATHS[kind]] = content
    with pytest.raises(AssetError, match=words) as caught:
        datasets.quickdraw(["cat"], 10, kind)
    assert not isinstance(caught.value, AssetUnavailable) and kept() == [] and len(server.gets) == 1

    cached = assets.cache_dir() / "quickdraw" / here.name
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_bytes(content)
    with pytest.raises(AssetError, match=words) as caught:
        datasets.quickdraw(["cat"], 10, kind)
    assert str(cached) in str(caught.value) and "Remove it" in str(caught.value)
    assert cached.read_bytes() == content and len(server.gets) == 1


@pytest.mark.parametrize("place", ["mirror", "cache"])
@pytest.mark.parametrize("kind", PATHS)
def test_a_half_written_file_is_never_used(server, kind, place, share, monkeypatch):
    folder = share if place == "mirror" else assets.cache_dir() / "quickdraw"
    if place == "cache":
        monkeypatch.delenv("COURSE_ASSETS")
        monkeypatch.setenv("COURSE_OFFLINE", "0")
        datasets.quickdraw(["cat"], 10, kind)
    else:
        (folder / PATHS[kind].rsplit("/")[-1]).write_bytes(SITE[PATHS[kind]])
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    # Also where the first ten drawings are whole, a file that is shorter than it says is not to be trusted.
    path.write_bytes(whole[:-3] if kind == "images" or place == "cache" else whole[:700])
    with pytest.raises(AssetError, match="damaged") as caught:
        datasets.quickdraw(["cat"], 10, kind)
    assert str(path) in str(caught.value)
    path.unlink()
    path.mkdir()
    with pytest.raises(AssetError, match=r"cannot be read \(Is a directory\)"):
        datasets.quickdraw(["cat"], 10, kind)


def test_a_published_file_must_be_as_long_as_its_header_says(server):
    server.files[PATHS["images"]] = SITE[PATHS["images"]] + b"more"
    with pytest.raises(AssetError, match=r"it has 470,532 bytes where its header promises 470,528"):
        datasets.quickdraw(["cat"], 10)


@pytest.mark.parametrize("kind", PATHS)
def test_more_than_there_are_is_one_sentence(server, kind, share, monkeypatch):
    (share / PATHS[kind].rsplit("/")[-1]).write_bytes(SITE[PATHS[kind]])
    assert datasets.quickdraw(["cat"], 600, kind).origin == "mirror"
    with pytest.raises(AssetError, match=r"holds 600 drawings, 601 were asked for\. Ask for a smaller n"):
        datasets.quickdraw(["cat"], 601, kind)
    monkeypatch.delenv("COURSE_ASSETS")
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    with pytest.raises(AssetError, match=r"/cat\.\w+ holds 600 drawings, 601 were asked for\. Ask for a"):
        datasets.quickdraw(["cat"], 601, kind)
    assert kept() == []


# --- from a share, and how the drawings are dealt out -------------------------------------------------------


@pytest.mark.parametrize("shape", [(-1, 784), (-1, 28, 28)])
def test_images_from_the_share(share, shape):
    for name, pictures in PICTURES.items():
        (share / f"{name}.npy").write_bytes(npy(pictures.reshape(shape)))
    data = datasets.quickdraw(["hot dog", "cat"], 20)
    assert data.origin == "mirror"
    for image, label in zip(*everything(data), strict=True):
        name = ("hot dog", "cat")[label]
        assert any(np.array_equal(image, other) for other in PICTURES[name][:20])


def test_every_drawing_is_dealt_once_in_balance_and_by_seed(share):
    for name, pictures in PICTURES.items():
        (share / f"{name}.npy").write_bytes(npy(pictures))
    data = datasets.quickdraw(BOTH, 50, seed=3)
    assert [np.bincount(split.labels).tolist() for split in data.splits.values()] == [[40, 40], [10, 10]]
    assert len({image.tobytes() for image in everything(data)[0]}) == 100
    assert np.bincount(data.train.labels[:8]).tolist() == [4, 4]  # every beginning is balanced
    same, other = datasets.quickdraw(BOTH, 50, seed=3), datasets.quickdraw(BOTH, 50, seed=4)
    np.testing.assert_array_equal(same.train.images, data.train.images)
    tested = [{image.tobytes() for image in d.test.images} for d in (data, other)]
    assert tested[0] != tested[1]
    assert [len(split.labels) for split in datasets.quickdraw(BOTH, 2).splits.values()] == [2, 2]


def test_real_images(real_assets, monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", real_assets)
    data = datasets.quickdraw(["cat", "rainbow", "train"], 1000)
    assert data.origin == "mirror" and len(data.train.images) == 2400
    assert (data.train.images.reshape(2400, -1).max(axis=1) > 200).all()


# --- steps of a pen -----------------------------------------------------------------------------------------


def test_steps_of_a_drawing_by_hand(share):
    drawing = [[[51, 51, 51], [0, 102, 102]], [[255], [0]]]
    (share / "cat.ndjson").write_text(line("cat", drawing) * 2)
    data = datasets.quickdraw(["cat"], 2, "strokes")
    # A lifted move to (0.2, 0), a line down to 0.4, its repeated point left out, a lifted move to a dot.
    expected = [[0.2, 0, -1], [0, 0.4, 1], [0.8, -0.4, -1]]
    np.testing.assert_allclose(data.train.images, [expected], atol=1e-7)


def test_the_mask_is_what_keras_masks_and_padding_is_zero():
    import keras

    data = datasets.quickdraw(["cat", "sun", "fish"], 30, "strokes")
    strokes, _ = everything(data)
    mask = datasets.stroke_mask(strokes)
    assert mask.dtype == bool and mask.shape == strokes.shape[:2] and mask.any(axis=0).all()
    assert not mask.all() and (np.diff(mask.astype(int), axis=1) <= 0).all()  # steps first, then padding
    assert not strokes[~mask].any()
    np.testing.assert_array_equal(keras.layers.Masking(0.0).compute_mask(strokes), mask)


def test_long_drawings_are_cut_and_do_not_stretch_the_others(share):
    long = [[list(range(256)), [0] * 256], [[0, 1], [2, 3]]]
    text = line("cat", long) + line("cat", GOOD) * 9
    (share / "cat.ndjson").write_text(text)
    strokes, _ = everything(datasets.quickdraw(["cat"], 10, "strokes"))
    assert strokes.shape == (10, 250, 3)
    lengths = sorted(datasets.stroke_mask(strokes).sum(axis=1).tolist())
    assert lengths == [sum(map(len, as_key([np.transpose(s) for s in GOOD])))] * 9 + [250]


# --- sketches -----------------------------------------------------------------------------------------------


def test_images_and_strokes_of_the_stand_in_are_the_same_drawings(capsys):
    order = ["rainbow", "ice cream", "cat"]
    images = datasets.quickdraw(order, 12, "images", seed=5)
    strokes = datasets.quickdraw(order, 12, "strokes", seed=5)
    for side in ("train", "test"):
        np.testing.assert_array_equal(images.splits[side].labels, strokes.splits[side].labels)
        pairs = zip(images.splits[side].images, strokes.splits[side].images, strict=True)
        for image, steps in pairs:
            np.testing.assert_array_equal(drawings.render(as_strokes(steps)), image)


def test_sketches_are_as_google_describes_its_drawings():
    """Coordinates run from 0 to 255, up to what simplifying takes, and no point could be left out."""
    for name in drawings.SKETCH_CLASSES:
        for drawing in drawings.sketches(name, 5, seed=1):
            points = np.concatenate(drawing)
            assert ((points.min(axis=0) >= 0) & (points.min(axis=0) <= 2)).all()
            assert 253 <= points.max() <= 255
            assert all(len(simplify(stroke)) == len(stroke) for stroke in drawing)
            picture = drawings.render(drawing)
            assert picture.shape == (28, 28) and picture.max() > 200
            assert not picture[[0, -1]].any() and not picture[:, [0, -1]].any()


def test_sketches_repeat_with_their_seed_and_differ_otherwise():
    def drawn(*arguments):
        return [as_key(drawing) for drawing in drawings.sketches(*arguments)]

    assert drawn("cat", 8, 2) == drawn("cat", 12, 2)[:8]
    assert not set(drawn("cat", 30, 2)) & set(drawn("cat", 30, 3))
    for name in drawings.SKETCH_CLASSES:
        assert name in files.class_names()
        found = drawn(name, 30)
        assert len(set(found)) == 30
        assert len(set(map(len, found))) > 1, "every drawing has as many strokes"


def test_sketches_can_be_told_apart_but_not_all():
    """The nearest of 480 other pictures names most of them: there is something to learn, and to fail at."""
    data = datasets.quickdraw(drawings.SKETCH_CLASSES, 50)
    train, test = (split.images.reshape(len(split.images), -1) / 255.0 for split in (data.train, data.test))
    squares = (test**2).sum(1)[:, None] + (train**2).sum(1) - 2 * test @ train.T
    accuracy = np.mean(data.train.labels[squares.argmin(axis=1)] == data.test.labels)
    assert 0.5 < accuracy < 0.97


def test_simplified_paths_stay_near_all_points():
    path = np.cumsum(np.random.default_rng(0).normal(0, 3, (80, 2)), axis=0)
    short = simplify(path, 2.0)
    assert 2 < len(short) < 60 and (short[[0, -1]] == path[[0, -1]]).all()
    # Dense points on the simplified line: each original point has one nearby.
    dense = np.concatenate([np.linspace(a, b, 400) for a, b in pairwise(short)])
    nearest = np.linalg.norm(path[:, None] - dense, axis=2).min(axis=1)
    assert nearest.max() < 2.05
    line_of_points = np.outer(np.arange(9), (3, 4))
    np.testing.assert_array_equal(simplify(line_of_points), line_of_points[[0, -1]])


def test_a_rendered_line_has_the_published_place_and_width():
    """A line across: 255 long, 16 wide with round ends, in the middle of a field of 304."""
    picture = drawings.render([np.array([(0, 0), (255, 0)])]) / 255
    unit = 28 / 304
    assert picture.sum() == pytest.approx((255 * 16 + np.pi * 64) * unit**2, rel=0.06)
    rows, columns = (np.average(np.arange(28), weights=picture.sum(axis=a)) for a in (1, 0))
    assert rows == pytest.approx(13.5, abs=0.1) and columns == pytest.approx(13.5, abs=0.1)


def test_a_class_without_stand_in_is_one_sentence_that_lists_those_that_have_one(monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    with pytest.raises(AssetError, match=r"no stand-in for 'hot dog', 'zebra'\.") as caught:
        datasets.quickdraw(["cat", "hot dog", "zebra"], 10)
    assert not isinstance(caught.value, AssetUnavailable)
    assert all(name in str(caught.value) for name in drawings.SKETCH_CLASSES)


# --- the optional notebook ----------------------------------------------------------------------------------


def test_the_notebook_says_that_real_and_drawn_may_not_be_compared(share, tmp_path, root, monkeypatch):
    """One seed, one epoch and few drawings, with images that are not drawn by the course."""
    whole = (root / "notebooks" / "source" / "homework" / "quickdraw.py").read_text(encoding="utf-8")
    assert "seeds, epochs = [0, 1, 2], 12" in whole and whole.count("quickdraw(names, 250, kind") == 2
    short = whole.replace("[0, 1, 2], 12", "[0], 1").replace("(names, 250, kind", "(names, 60, kind")
    (tmp_path / "quickdraw.py").write_text(short, encoding="utf-8")
    monkeypatch.setattr("helpers.staff.course.SOURCES", tmp_path)
    for number, name in enumerate(["cat", "rainbow", "train"]):
        (share / f"{name}.npy").write_bytes(npy(bitmaps(number)))
    result = lessons.execute(tmp_path / "quickdraw.py", embedded=False)
    assert result.error is None
    assert notebooks.problems(result.notebook) == []
    said = "".join(
        output.get("text", "") for _, cell in notebooks.code_cells(result.notebook) for output in cell.outputs
    )
    assert "NOT comparable" in said and "need not be the same drawing" in said
    assert "mask True : the largest change of a probability is 0.00000" in said  # the sixth digit may round
    assert result.key_numbers["images"].endswith("mirror")


# --- wrong orders -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: datasets.quickdraw(["kat"], 10), "has no class 'kat'. Near to it: .*cat"),
        (lambda: datasets.quickdraw(["../x"], 10), "has no class '../x'"),
        (lambda: datasets.quickdraw([7], 10), "has no class 7"),
        (lambda: datasets.quickdraw("cat", 10), "is no list of names"),
        (lambda: datasets.quickdraw([], 10), "is no list of names"),
        (lambda: datasets.quickdraw(["cat", "sun", "cat"], 10), "'cat' is asked for twice"),
        (lambda: datasets.quickdraw(["cat"], 10, "raw"), "kind='raw' is unknown. Use 'images' or 'strokes'"),
        (lambda: datasets.quickdraw(["cat"], 1), "n=1 is not possible"),
        (lambda: datasets.quickdraw(["cat"], 2.5), "n=2.5 is not possible"),
        (lambda: datasets.quickdraw(["cat"], 10, seed=-1), "seed=-1 is not possible"),
        (lambda: drawings.sketches("zebra", 10), "'zebra' is unknown; give one of apple"),
        (lambda: drawings.sketches("cat", 0), "n=0 is not a whole number of at least 1"),
    ],
)
def test_wrong_orders_are_one_sentence(server, call, words):
    with pytest.raises(ValueError, match=words):
        call()
    assert server.gets == [] and kept() == []


def test_all_published_classes_are_known():
    names = files.class_names()
    assert len(names) == len(set(names)) == 345 and {"cat", "hot dog", "The Eiffel Tower"} <= set(names)

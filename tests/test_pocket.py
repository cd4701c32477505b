"""The classifier in your pocket, in a real browser: what it answers and learns, against Keras and SciPy."""

import contextlib
import hashlib
import json
import re
import socket
import ssl
import struct
import threading
import urllib.parse
import urllib.request
import zlib
from collections import Counter
from types import SimpleNamespace

import machine
import numpy as np
import pytest
from PIL import Image

from helpers import ROOT, backbones, phone, visualize
from helpers.datasets.base import fit_to
from helpers.staff.__main__ import main
from helpers.training import wilson_interval
from pocket import build, export, head, others, serve

onnxruntime = pytest.importorskip("onnxruntime", reason="NO ONNXRUNTIME: it is not installed here")
SIZE = phone.SIZE
DRAWN = ROOT / "data" / "handbags_shoes"
FAULTS = "Failed to load resource"  # what the console says of a request that was cut


@pytest.fixture(scope="module")
def folder():
    """The page as it is put together; network and head are made once for all test runs."""
    try:
        return build.build(build.OUT, "drawn")
    except ValueError as error:
        if "npm" not in str(error):
            raise
        pytest.skip(f"NO NPM: {error} So nobody looked at the page for phones.")


@pytest.fixture(scope="module")
def requests():
    """What the server was asked for: (path, status)."""
    return []


@pytest.fixture(scope="module")
def address(folder, requests):
    class Handler(serve.Handler):
        def log_request(self, code="-", size="-"):
            requests.append((self.path, int(code)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serve, "Handler", Handler)
        with serve.served(folder) as found:
            yield found


@pytest.fixture(scope="module")
def context(browser):
    opened = browser.new_context(viewport={"width": 360, "height": 640}, permissions=["camera"])
    opened.set_default_timeout(machine.seconds(120_000))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(context, address, requests):
    """One page for all tests, kept for offline, which asks nobody but its server and reports no fault."""
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    opened.on("request", lambda asked: faults.append(asked.url) if outside(asked.url, address) else None)
    opened.goto(address)
    ready(opened)
    opened.wait_for_selector("body[data-offline]", state="attached")
    large = [path for path, status in requests if status == 200 and path.endswith((".onnx", ".gzipped"))]
    assert len(large) == len({*large}) == 2  # each once, though the worker keeps them too
    yield opened
    assert [fault for fault in faults if FAULTS not in fault] == []


def outside(url, address):
    return not url.startswith((address.removesuffix("pocket/"), "data:", "blob:"))


def until(page, condition):
    """Wait until a condition holds; the page's rules forbid Playwright's own way."""
    ask = f"const ask = () => ({condition}) ? done() : requestAnimationFrame(ask);"
    late = f"setTimeout(() => fail(new Error('never came')), {machine.seconds(120_000)});"
    page.evaluate(f"new Promise((done, fail) => {{ {ask} {late} ask(); }})")


def ready(page):
    page.wait_for_selector("body[data-ready]")


def learnt(page):
    """Wait until the page has trained and measured all there is."""
    page.wait_for_selector("body:not([data-learning])")


@pytest.fixture(scope="module")
def photos():
    """Photos of scikit-image, as squares of the network's size."""
    from skimage import color, data

    names = ("astronaut", "camera", "coffee", "chelsea", "rocket", "page", "coins", "horse")
    found = [np.asarray(getattr(data, name)()) for name in names]
    found = [color.gray2rgb(one) if one.ndim == 2 else one[..., :3] for one in found]
    return np.stack([fit_to(one.astype(np.uint8), (SIZE, SIZE)) for one in found])


@pytest.fixture(scope="module")
def network():
    return backbones.headless("efficientnet_lite0")


@pytest.fixture(scope="module")
def wanted(network, photos):
    return answers_of(network, photos)


def answers_of(model, pictures):
    """What a model gives; `predict` would compile it first, and most are asked once."""
    return np.asarray(model(pictures, training=False))


def cosines(a, b):
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


# --- the network as a file ---


def test_the_file_gives_the_features_of_keras_and_maps_whose_means_they_are(folder, photos, wanted):
    path = folder / "network.onnx"
    assert path.stat().st_size <= 8e6
    features, maps = onnxruntime.InferenceSession(path).run(["features", "maps"], {"pixels": photos})
    assert cosines(features, wanted).min() > 0.99999 and np.abs(features - wanted).max() < 0.01
    np.testing.assert_allclose(maps.mean(axis=(2, 3)), features, atol=1e-4)


def test_eight_bits_cost_what_sixteen_do_not(photos, wanted):
    network = backbones.headless("efficientnet_lite0", size="any")
    file = export.network(network, SIZE, "int8")
    (features,) = onnxruntime.InferenceSession(file).run(["features"], {"pixels": photos})
    assert len(file) < 4e6 and 0.95 < cosines(features, wanted).min() < 0.995
    with pytest.raises(
        ValueError, match=r"^The precision 'int4' is unknown\. Use one of: int16, int8, float32\.$"
    ):
        export.network(network, SIZE, "int4")


def test_a_layer_that_cannot_be_written_is_named():
    import keras

    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Softmax(name="odd")])
    with pytest.raises(ValueError, match="'odd' is a Softmax, which this export cannot write"):
        export.network(keras.Model(model.inputs, model.outputs), 8)


def in_page(page, pixels):
    """Features and maps that the page's own engine gives for pixels uint8 (192, 192, 3)."""
    asked = """async pixels => {
        const { createEngine } = await import('./engine.js');
        window.engine ??= createEngine();
        const found = await window.engine.look(Uint8Array.from(pixels));
        return [Array.from(found.features), Array.from(found.maps)]; }"""
    return [np.array(part, np.float32) for part in page.evaluate(asked, pixels.ravel().tolist())]


def test_features_in_the_browser_are_those_of_keras(page, photos, wanted):
    found = np.stack([in_page(page, one)[0] for one in photos[:3]])
    assert cosines(found, wanted[:3]).min() > 0.9999


def test_the_heat_map_is_grad_cam_without_a_gradient(page, folder, photos):
    """Grad-CAM's weights are the head's, over the number of places; the rest is the same sum.

    Scores are compared with their mean over the classes, which no answer depends on.
    """
    _, maps = in_page(page, photos[3])
    ask = """async maps => { const head = await import('./head.js');
        const course = head.readHead(await (await fetch('head.json')).text(), 'head.json');
        const given = Float32Array.from(maps);
        return [0, 1, 2].map(target => Array.from(head.activationMap(course, given, target))); }"""
    found = np.maximum(np.array(page.evaluate(ask, maps.tolist())), 0).reshape(3, 6, 6)
    model = phone.load_head(folder / "head.json")
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel - kernel.mean(axis=1, keepdims=True), bias])  # the same answers
    for target in range(3):
        expected = visualize.grad_cam(model, photos[3:4], layer="top_relu", target=target)[0]
        assert expected.max() > 0 or target != 2  # a cat speaks for "neither"
        np.testing.assert_allclose(grown(found[target]) / 36, expected, atol=2e-3)


def test_the_heat_has_one_scale_and_needs_a_class_that_stands_out(page):
    """Heat grows with the maps, and neither with the head's length nor with what all classes share."""
    rng = np.random.default_rng(5)
    kernel, maps = rng.normal(size=(3, 1280)), rng.uniform(0, 0.5, (1280, 36))
    ask = """async ([kernel, maps]) => { const { heat } = await import('./head.js');
        return heat({ kernel }, maps, 1); }"""

    def heat(kernel, maps):
        return page.evaluate(ask, [kernel.tolist(), maps.ravel().tolist()])

    apart = kernel[1] - kernel.mean(axis=0)
    maps[:, 0] += 6 * apart / np.linalg.norm(apart)  # supports class 1, by 6 lengths of its weights
    found = np.array(heat(kernel, maps))
    assert found.argmax() == 0 and 0.3 < found[0] < 0.9
    np.testing.assert_allclose(heat(kernel, maps / 1.25), found / 1.25, atol=1e-9)
    np.testing.assert_allclose(heat(7 * kernel + rng.normal(size=1280), maps), found, atol=1e-9)
    assert max(heat(kernel, 9 * maps)) == 1 and heat(kernel, maps / 9) is None


def grown(small):
    import tensorflow as tf

    return tf.image.resize(small[..., None], (SIZE, SIZE)).numpy()[..., 0]


# --- heads ---


def clouds(rng, counts, spread=1.0):
    centres = rng.normal(size=(len(counts), 1280))
    rows = [
        centre + spread * rng.normal(size=(count, 1280))
        for centre, count in zip(centres, counts, strict=True)
    ]
    return np.concatenate(rows).astype(np.float32), np.repeat(range(len(counts)), counts)


TRAIN = """async ([rows, labels, classes]) => { const { train } = await import('./head.js');
    const { kernel, bias, check } = train(rows.map(row => Float32Array.from(row)), labels, classes);
    const right = labels.map((_, i) => check([i])[0]);
    right.push(...check([0, 1, 2, 3, 4, 5]));
    return { kernel: kernel.map(row => Array.from(row)), bias, right }; }"""


@pytest.mark.parametrize(("counts", "spread"), [((3, 5), 1.0), ((6, 4, 9), 4.0), ((2,) * 6, 6.0)])
def test_the_page_trains_the_head_that_scipy_finds(page, counts, spread):
    rows, labels = clouds(np.random.default_rng(len(counts)), counts, spread)
    found = page.evaluate(TRAIN, [rows.tolist(), labels.tolist(), len(counts)])
    expected = head.fit(rows, labels)
    fresh, _ = clouds(np.random.default_rng(9), counts, spread)
    scores = fresh @ np.transpose(found["kernel"]) + found["bias"]
    np.testing.assert_allclose(scores, fresh @ expected.kernel + expected.bias, atol=0.01)


def test_leaving_one_out_is_training_without_it(page):
    """Each picture's answer, against a head that SciPy trains on the others; half of them are hopeless."""
    rows, labels = clouds(np.random.default_rng(4), (7, 6, 5), 9.0)
    found = page.evaluate(TRAIN, [rows.tolist(), labels.tolist(), 3])["right"]
    rest = [np.arange(len(rows)) != place for place in range(len(rows))]
    expected = [head.answers(head.fit(rows[few], labels[few]), row[None])[0] == label
                for few, row, label in zip(rest, rows, labels, strict=True)]  # fmt: skip
    some = [0, 1, 2, 3, 4, 5]  # one group, which leaves its class one picture
    without = head.fit(np.delete(rows, some, axis=0), np.delete(labels, some))
    expected += list(head.answers(without, rows[some]) == labels[some])
    assert found == expected and 3 < sum(found) < 15


def test_pictures_of_one_recording_or_nearly_alike_are_left_out_together(page):
    rows, labels = np.random.default_rng(1).normal(size=(8, 1280)), [0, 0, 0, 0, 1, 1, 1, 1]
    rows[3] = rows[1] + 0.1 * rows[0]  # nearly alike; so is row 5, in another class
    rows[5] = rows[2]
    rows[7] = rows[4]  # and 7 is of one recording with 6
    ask = """async ([rows, labels, recordings]) => {
        const { groupsOf } = await import('./head.js');
        return groupsOf(rows, labels, recordings, 0.9); }"""
    found = page.evaluate(ask, [rows.tolist(), labels, ["a", "b", "a", "c", "d", "e", "f", "f"]])
    assert sorted(map(tuple, found)) == [(0, 2), (1, 3), (4, 6, 7), (5,)]


def test_the_python_fit_is_at_its_minimum():
    """By the slope of the loss, written here anew with finite differences along random directions."""
    rng = np.random.default_rng(2)
    rows, labels = clouds(rng, (4, 8), 3.0)
    found = head.fit(rows, labels)
    mean, scale = rows.mean(axis=0), np.sqrt(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean())

    def loss(kernel, bias):
        scores = (rows - mean) / scale @ kernel + bias
        own = scores[np.arange(12), labels] - np.log(np.exp(scores).sum(axis=1))
        return -(own[labels == 0].mean() + own[labels == 1].mean()) / 2 + 5e-4 * (
            (kernel**2).sum() + (bias**2).sum()
        )

    kernel, bias = found.kernel * scale, found.bias + mean @ found.kernel
    least = loss(kernel, bias)
    for _ in range(5):
        step = rng.normal(size=(1281, 2)) / 500
        assert loss(kernel + step[:-1], bias + step[-1]) > least


def test_the_interval_is_wilsons(page):
    ask = """async pairs => { const { wilson } = await import('./head.js');
        return pairs.map(pair => wilson(...pair)); }"""
    pairs = [[0, 3], [7, 8], [10, 10], [90, 100]]
    np.testing.assert_allclose(
        page.evaluate(ask, pairs), [wilson_interval(*pair) for pair in pairs], atol=1e-9
    )


@pytest.fixture(scope="module")
def trained(network):
    """A classifier as lesson 4 builds it, with a head of chance."""
    import keras

    inputs = keras.Input((SIZE, SIZE, 3))
    last = keras.Sequential([keras.Input((1280,)), keras.layers.Dense(3, activation="softmax")])
    model = keras.Model(inputs, last(network(inputs, training=False)))
    rng = np.random.default_rng(3)
    last.set_weights([rng.normal(0, 0.05, (1280, 3)), rng.normal(size=3)])
    return model


def test_a_head_goes_to_a_file_and_back_with_the_same_answers(trained, photos, tmp_path):
    phone.save_head(trained, ["mug", "spoon", "Tüte"], tmp_path / "head.json")
    loaded = phone.load_head(tmp_path / "head.json")
    assert loaded.class_names == ("mug", "spoon", "Tüte")
    np.testing.assert_allclose(answers_of(loaded, photos), answers_of(trained, photos), atol=1e-5)
    keys = json.loads((tmp_path / "head.json").read_text()).keys()
    assert [*keys] == ["format", "version", "backbone", "weights", "size", "classes", "kernel", "bias"]


def test_what_the_page_could_not_answer_is_not_saved(trained, tmp_path):
    import keras
    from keras import layers

    def on_features(*parts):
        return keras.Sequential([keras.Input((1280,)), *parts])

    hidden = on_features(layers.Dense(4, "relu"), layers.Dense(1280, "relu"), layers.Dense(2, "softmax"))
    wrong = {
        r"must end in one Dense\(k": on_features(layers.Dense(2)),
        "answers otherwise than its last layer": hidden,
    }
    for told, model in wrong.items():
        with pytest.raises(ValueError, match=told):
            phone.save_head(model, ["a", "b"], tmp_path / "head.json")
    with pytest.raises(ValueError, match="does not name 2 to 20 different classes"):
        phone.save_head(trained, ["a", "b", "a"], tmp_path / "head.json")
    base = trained.get_layer("efficientnet_lite0")
    layer = base.get_layer("top_conv")
    before = layer.get_weights()
    layer.set_weights([1.1 * before[0]])  # as if the base had learnt
    try:
        with pytest.raises(ValueError, match=r"answers otherwise .*, by 0\.\d+\. .* freeze the base"):
            phone.save_head(trained, ["a", "b", "c"], tmp_path / "head.json")
    finally:
        layer.set_weights(before)
    assert not (tmp_path / "head.json").exists()


def kernel(first=0.0, size=1280):
    return [[first, *[0.0] * (size - 1)], [0.0] * size]


NAMES, NO_NUMBER = "does not name 2 to 20 different classes", "does not hold 1280 weights for each class"
CHANGES = [
    ("holds no head", {"format": "other"}),
    ("is of version 2", {"version": 2}),
    ("is of version", {"version": True}),
    ("belongs to another network", {"weights": "sha256:0"}),
    ("is for pictures of another size", {"size": 160}),
    ("is for pictures of another size", {"size": "192"}),
    (NAMES, {"classes": ["a", "a "]}),
    (NAMES, {"classes": ["e\u0301", "\u00e9"]}),
    (NAMES, {"classes": ["a", "\u200b\u2060"]}),
    (NAMES, {"classes": ["a", "x" * 31]}),
    (NAMES, {"classes": ["a", "x\0y"]}),
    (NAMES, {"classes": "ab"}),
    ("has a note other than a text", {"note": {"a": 1}}),
    ("has a note other than a text", {"note": "x" * 501}),
    (NO_NUMBER, {"kernel": kernel(size=1279)}),
    (NO_NUMBER, {"kernel": kernel(1e39)}),
    (NO_NUMBER, {"kernel": kernel("1")}),
    (NO_NUMBER, {"kernel": kernel()[:1]}),
    ("does not hold one bias for each class", {"bias": [0, True]}),
]


def test_page_and_course_refuse_the_same_files(page, tmp_path):
    path = tmp_path / "head.json"
    whole = phone.head_file(["a", "b"], np.zeros((1280, 2)), [0, 0])
    page.click("#tab-take")
    for told, change in CHANGES:
        path.write_text(json.dumps(whole | change))
        with pytest.raises(ValueError, match=told):
            phone.load_head(path)
        page.set_input_files("#head-file", path)
        page.locator("#message", has_text=told).wait_for()
        said = page.inner_text("#message p")
        assert said.startswith("“head.json” ") and said.endswith(".")
        page.click("#close")
    assert page.locator("#head option").count() == 1 and not page.is_visible("#remove-head")


def test_page_and_course_take_the_same_files(page, tmp_path):
    path = tmp_path / "head.json"
    whole = phone.head_file(["a", "b"], np.zeros((1280, 2)), [0, 0])
    names = [" e\u0301 ", "👩\u200d👧", "x" * 30]
    path.write_text(
        json.dumps(whole | {"classes": names, "kernel": [*kernel(3e38), kernel()[1]], "bias": [0, 1, 2]})
    )
    assert phone.load_head(path).class_names == ("\u00e9", *names[1:])
    page.click("#tab-take")
    page.set_input_files("#head-file", path)
    page.locator("#about-head", has_text=f"It knows only \u00e9, {names[1]} and {names[2]}, and").wait_for()
    page.click("#tab-take")
    page.click("#remove-head")
    assert page.locator("#head option").count() == 1 and not page.is_visible("#remove-head")


def test_what_is_not_json_is_refused(page, tmp_path):
    path = tmp_path / "head.json"
    path.write_text("no head")
    with pytest.raises(ValueError, match="is not JSON"):
        phone.load_head(path)
    with pytest.raises(ValueError, match="cannot be read"):
        phone.load_head(tmp_path / "none.json")
    page.set_input_files("#head-file", path)
    page.locator("#message", has_text="is not JSON").wait_for()
    page.click("#close")


def test_no_photo_and_no_drawn_kind_is_in_both_parts(monkeypatch):
    """Pictures that say by their grey which photo, kind or scene they are."""

    def coded(first, count, each):
        return [[np.full((8, 8, 3), first + kind, np.uint8)] * each for kind in range(count)]

    monkeypatch.setattr(others, "_crops", lambda rng, size: coded(0, 21, 8))
    monkeypatch.setattr(others, "_drawn", lambda size: coded(50, 6, 12))
    monkeypatch.setattr(others, "_scenes", lambda size: [image for (image,) in coded(100, 60, 1)])
    monkeypatch.setattr(others, "_photos", lambda rng, size: coded(200, 30, 1))
    for real in (False, True):
        found = others.others(8, real=real)
        learn, measured = (set(part[:, 0, 0, 0].tolist()) for part in found[:2])
        assert not learn & measured
        kinds = {*range(21), *range(50, 56), *range(100, 160), *(range(200, 230) if real else ())}
        assert learn | measured == kinds and len(learn) == round(0.7 * len(kinds))
        assert found.what.startswith("photos") == real


# --- ask ---


def png(width, height):
    """The head of a PNG of any size, with hardly a pixel in it."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def give(page, name, content=None, field="#file"):
    given = name if content is None else {"name": name, "mimeType": "image/jpeg", "buffer": content}
    page.set_input_files(field, given)


def answered(page):
    page.locator("#verdict", has_text="%").wait_for()
    return page.inner_text("#verdict")


@pytest.fixture
def asking(page):
    """The page on its first tab, with no answer on it."""
    page.click("#tab-ask")
    page.evaluate("document.getElementById('verdict').textContent = ''")
    return page


@pytest.fixture
def fresh(page):
    """The page as it opens, which has not seen a picture."""
    page.reload()
    ready(page)
    return page


def test_a_photo_gets_the_answer_of_the_same_head_in_keras(asking, folder, network):
    model = phone.load_head(folder / "head.json")
    for kind in ("handbag", "shoe"):
        path = DRAWN / "test" / kind / "003.jpg"
        give(asking, path)
        asking.locator("#verdict", has_text=kind).wait_for()
        image = fit_to(np.asarray(Image.open(path).convert("RGB")), (SIZE, SIZE))
        expected = answers_of(model, image[None])[0]
        name, share = answered(asking).removesuffix("%").replace("over ", "").split(", ")
        assert name == model.class_names[expected.argmax()] == kind
        # The browser resizes the photo by another method than Pillow.
        assert int(share) / 100 == pytest.approx(expected.max(), abs=0.08)
        assert asking.inner_text("#spoken") == answered(asking)
        values = asking.evaluate("[...document.querySelectorAll('meter')].map(one => one.value)")
        assert sum(values) == pytest.approx(1) and len(values) == 3


def test_the_map_is_drawn_and_can_be_hidden(asking):
    give(asking, DRAWN / "test" / "shoe" / "003.jpg")
    answered(asking)
    shot = "document.getElementById('picture').toDataURL()"
    hot = asking.evaluate(shot)
    asking.uncheck("#heat")
    assert asking.evaluate(shot) != hot
    asking.check("#heat")
    assert asking.evaluate(shot) == hot


REFUSED = {
    "text": ("note.jpg", b"this is no photo", "it is text. Choose a PNG"),
    "empty": ("none.jpg", b"", "is empty: it has 0 bytes"),
    "heic": ("IMG_1.HEIC", b"\0\0\0\x18ftypheic" + bytes(100), "a HEIC photo, which browsers cannot read"),
    "cut": ("cut.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "is damaged"),
    "100 megapixels": ("huge.png", png(10_000, 10_000), "10,000 × 10,000 pixels, and at most 60 million"),
    "tiny": ("tiny.png", png(9, 9), "9 × 9 pixels, and at least 16 × 16 are needed"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_photo_is_refused_with_one_sentence(page, kind):
    name, content, told = REFUSED[kind]
    page.click("#tab-ask")
    give(page, name, content)
    page.locator("#message", has_text=told).wait_for()
    said = page.inner_text("#message p")
    assert said.startswith(f"“{name}”") and said.endswith(".") and page.inner_text("#verdict") == ""
    give(page, DRAWN / "test" / "shoe" / "003.jpg")  # and the next photo is answered
    answered(page)
    assert not page.is_visible("#message")


CAMERAS = {
    "NotFoundError": "No camera was found",
    "NotAllowedError": "The browser may not use the camera",
    "NotReadableError": "in use by another program",
}


@pytest.mark.parametrize("name", CAMERAS)
def test_a_camera_that_cannot_be_had_is_a_sentence(page, name):
    fail = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('x', NAME); }"
    page.click("#tab-ask")
    page.evaluate(f"() => {{ {fail.replace('NAME', repr(name))} }}")
    try:
        page.click("#camera")
        page.locator("#message", has_text=CAMERAS[name]).wait_for()
        assert page.inner_text("#camera") == "Camera"
    finally:
        page.evaluate("delete navigator.mediaDevices.getUserMedia")  # brings the real one back
        page.click("#close")


def test_the_camera_answers_frame_by_frame_and_freezes(fresh):
    fresh.click("#camera")
    answered(fresh)
    assert fresh.get_attribute("#camera", "aria-pressed") == "true"
    fresh.click("#camera")
    assert fresh.inner_text("#camera") == "Camera" and answered(fresh)


def test_two_clicks_start_one_camera_and_freeze_ends_it(fresh):
    """The browser asks for leave between the clicks, and the camera arrives after the second."""
    fresh.evaluate("""() => {
        const devices = navigator.mediaDevices, get = devices.getUserMedia.bind(devices);
        const asked = [];
        window.tracks = [];
        window.allow = () => asked.splice(0).forEach(done => done());
        devices.getUserMedia = async wanted => {
            const stream = await new Promise(done => asked.push(done)).then(() => get(wanted));
            window.tracks.push(...stream.getTracks());
            return stream; }; }""")
    states = "window.tracks.map(track => track.readyState)"
    fresh.dblclick("#camera")
    fresh.evaluate("window.allow()")
    answered(fresh)
    assert fresh.evaluate(states) == ["live"]
    fresh.click("#tab-take")  # where nobody sees it
    assert fresh.evaluate(states) == ["ended"] and fresh.get_attribute("#camera", "aria-pressed") == "false"
    fresh.click("#tab-ask")
    fresh.click("#camera")
    fresh.set_input_files("#file", DRAWN / "test" / "shoe" / "003.jpg")  # a photo is wanted instead
    answered(fresh)
    fresh.evaluate("window.allow()")
    until(fresh, "window.tracks.length == 2")
    fresh.evaluate("new Promise(requestAnimationFrame)")
    assert fresh.evaluate(states) == ["ended"] * 2 and fresh.inner_text("#camera") == "Camera"
    fresh.click("#camera")
    fresh.evaluate("window.allow()")
    until(fresh, "window.tracks.length == 3")
    fresh.locator("#camera", has_text="Freeze").wait_for()
    fresh.evaluate("window.tracks[2].dispatchEvent(new Event('ended'))")
    fresh.locator("#message", has_text="The camera has stopped").wait_for()
    assert fresh.inner_text("#camera") == "Camera"
    fresh.evaluate("delete navigator.mediaDevices.getUserMedia")  # brings the real one back
    fresh.click("#close")


# --- teach ---

STORE = """async () => {
    const request = indexedDB.open('classifier-in-your-pocket /pocket/');
    const db = await new Promise(done => { request.onsuccess = () => done(request.result); });
    const done = asked => new Promise(ready => { asked.onsuccess = () => ready(asked.result); });
    try { WORK } finally { db.close(); } }"""
COUNT = """const counts = [];
    for (const name of ['classes', 'pictures', 'heads']) {
        counts.push(await done(db.transaction(name).objectStore(name).count())); }
    return counts;"""
COPY = """const names = [...db.objectStoreNames], opening = indexedDB.open('copy', 1);
    opening.onupgradeneeded = () => {
        for (const name of names) opening.result.createObjectStore(name, { keyPath: 'id' }); };
    const copy = await done(opening);
    for (const name of names) {
        const all = await done(FROM.transaction(name).objectStore(name).getAll());
        const writing = TO.transaction(name, 'readwrite');
        all.forEach(one => writing.objectStore(name).put(one));
        await new Promise(ready => { writing.oncomplete = ready; }); }
    copy.close();"""
AGE = """const store = db.transaction('pictures', 'readwrite').objectStore('pictures');
    for (const one of await done(store.getAll())) {
        await done(store.put({ ...one, network: 'older', features: new Float32Array(1280) })); }"""


def kept(page):
    """What the store holds: the number of classes, pictures, and heads with the wish for one."""
    return page.evaluate(STORE.replace("WORK", COUNT))


def teach(page):
    """Give the page six handbags and six shoes of the course in two classes, and nothing else."""
    clear(page)
    for place, kind in enumerate(("handbag", "shoe")):
        files = sorted((DRAWN / "train" / kind).iterdir())[:6]
        page.locator(".class").nth(place).locator(".file").set_input_files(files)
        page.locator(".class").nth(place).locator(".name").fill(kind)
        page.keyboard.press("Tab")
    page.locator("#trained", has_text="of 12 right").wait_for()
    learnt(page)


@pytest.fixture
def just_taught(asking):
    """The page a moment after `teach`."""
    teach(asking)
    yield asking
    clear(asking)


@pytest.fixture(scope="module")
def copied(page):
    """What the page's store holds after `teach` is in a second store too, which the page does not know."""
    teach(page)
    assert kept(page) == [2, 12, 1]
    page.evaluate(STORE.replace("WORK", COPY).replace("FROM", "db").replace("TO.", "copy."))
    clear(page)


@pytest.fixture
def taught(page, copied):
    """The page that was taught in an earlier visit: it saw the pictures then, and need not look again."""
    page.evaluate(STORE.replace("WORK", COPY).replace("FROM", "copy").replace("TO.", "db."))
    page.reload()
    ready(page)
    page.click("#tab-teach")
    page.locator("#trained", has_text="of 12 right").wait_for()
    learnt(page)
    yield page
    clear(page)


def clear(page):
    page.click("#tab-teach")
    page.evaluate("document.getElementById('trained').textContent = ''")
    page.click("#delete-all")
    page.click("#confirm button[value=yes]")
    page.locator("#trained", has_text="All is deleted").wait_for()


def test_two_classes_are_learnt_measured_kept_and_used(just_taught):
    page = just_taught
    said = page.inner_text("#trained")
    right = int(said.split(": ")[1].split(" of ")[0])
    low, high = (round(100 * bound) for bound in wilson_interval(right, 12))
    assert right >= 10 and f"(95% interval {low} to {high}%)" in said
    assert re.search(r" in (less than )?\d+\.\d\d s\.", said), said
    assert page.inner_text("#short") == f"12 pictures, {right} of 12 right, {low} to {high}%"
    give(page, DRAWN / "test" / "handbag" / "003.jpg")
    page.locator("#verdict", has_text="handbag").wait_for()
    page.reload()
    ready(page)
    learnt(page)
    assert page.input_value("#head") == "own"  # it was chosen when it was learnt
    page.click("#tab-teach")
    assert page.inner_text("#trained").split(": ")[1] == said.split(": ")[1]
    assert page.locator(".name").evaluate_all("all => all.map(one => one.value)") == ["handbag", "shoe"]
    page.locator(".pictures button").first.click()
    page.locator("#trained", has_text="of 11 right").wait_for()
    assert kept(page) == [2, 11, 1]
    clear(page)
    assert kept(page) == [0, 0, 0] and page.locator(".pictures button").count() == 0


def test_pictures_that_another_network_saw_are_looked_at_again(taught, folder):
    page = taught
    page.evaluate(STORE.replace("WORK", AGE))
    page.reload()
    ready(page)
    page.locator("#trained", has_text="of 12 right").wait_for(state="attached")
    learnt(page)
    assert int(page.text_content("#trained").split(": ")[1].split(" of ")[0]) >= 10
    work = """const all = await done(db.transaction('pictures').objectStore('pictures').getAll());
        return all.map(one => one.network);"""
    now = hashlib.sha256((folder / "network.onnx").read_bytes()).hexdigest()[:12]
    assert page.evaluate(STORE.replace("WORK", work)) == [now] * 12
    assert page.locator(".pictures li").count() == 12  # and the old ones are gone


def test_pictures_come_back_and_stay_where_they_cannot_be_deleted(taught):
    page = taught
    shown = "[...document.querySelectorAll('.pictures')].map(list => list.children.length)"
    drawn = """[...document.querySelectorAll('.pictures img')].map(image => {
        const canvas = document.createElement('canvas');
        canvas.getContext('2d').drawImage(image, 0, 0);
        return canvas.toDataURL(); })"""
    loaded = "[...document.querySelectorAll('.pictures img')].every(image => image.complete)"
    until(page, loaded)
    before = page.evaluate(drawn)
    page.locator(".pictures button").nth(2).dblclick()  # the second click meets the next picture
    page.locator("#message", has_text="2 pictures removed.").wait_for()
    assert page.evaluate(shown) == [4, 6]
    page.click("#action")
    page.locator("#trained", has_text="of 12 right").wait_for()
    assert page.evaluate(shown) == [6, 6] and kept(page)[1] == 12
    until(page, loaded)
    assert page.evaluate(drawn) == before  # each where it was
    page.evaluate("""() => { const clear = IDBObjectStore.prototype.clear;
        window.restore = () => { IDBObjectStore.prototype.clear = clear; };
        IDBObjectStore.prototype.clear = function () {
            if (this.name === 'pictures') throw new Error('stuck.');
            return clear.call(this); }; }""")
    page.click("#delete-all")
    assert page.evaluate("document.activeElement.value") == "no"  # Enter deletes nothing
    page.click("#confirm button:text('Delete 12 pictures')")
    page.locator("#message", has_text="Nothing could be deleted (stuck).").wait_for()
    assert page.evaluate(shown) == [6, 6] and kept(page) == [2, 12, 1]
    page.evaluate("window.restore()")


def test_what_is_deleted_while_it_is_read_stays_deleted(asking):
    clear(asking)
    asking.evaluate("""() => { const real = HTMLCanvasElement.prototype.toBlob;
        window.restore = () => { HTMLCanvasElement.prototype.toBlob = real; };
        HTMLCanvasElement.prototype.toBlob = function (...all) {
            window.release = () => real.apply(this, all); }; }""")
    files = sorted((DRAWN / "train" / "shoe").iterdir())[:3]
    asking.locator(".class .file").first.set_input_files(files)
    until(asking, "window.release")
    assert asking.inner_text(".count >> nth=0") == "Reading 1 of 3"
    clear(asking)
    asking.evaluate("window.release()")
    give(asking, DRAWN / "test" / "shoe" / "003.jpg")  # the network gets to it after the others
    until(asking, "!document.querySelector('#verdict').textContent.startsWith('Looking')")
    assert kept(asking) == [0, 0, 0] and asking.locator(".pictures li").count() == 0
    asking.evaluate("window.restore()")


def test_a_second_tab_does_not_teach(taught, context, address):
    second = context.new_page()
    second.goto(address)
    ready(second)
    second.click("#tab-teach")
    second.locator("#elsewhere").wait_for()
    assert second.is_disabled("#add-class") and second.is_disabled(".name >> nth=0")
    assert taught.is_enabled("#add-class")
    clear(taught)
    second.locator("#message", has_text="Everything was deleted in another tab").wait_for()
    second.close()


def test_few_and_alike_pictures_are_warned_of(taught):
    page = taught
    again = sorted((DRAWN / "train" / "handbag").iterdir())[0]
    page.locator(".class").first.locator(".file").set_input_files(again)
    page.locator("#trained", has_text="13 of 13 right").wait_for()
    low, high = (round(100 * bound) for bound in wilson_interval(12, 12))  # a picture given twice counts once
    assert f"(95% interval {low} to {high}%)" in page.inner_text("#trained")
    page.click("#add-class")
    same = (DRAWN / "train" / "shoe" / "030.jpg").read_bytes()
    files = [{"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": same} for number in range(5)]
    page.locator(".class").nth(2).locator(".file").set_input_files(files[:2])
    page.locator("#warnings", has_text="has 2 pictures. Take at least 5").wait_for()
    page.locator(".class").nth(2).locator(".file").set_input_files(files[2:])
    page.locator("#warnings", has_text="5 of the 5 pictures of “class 3” look nearly alike").wait_for()
    assert page.locator("#warnings li").count() == 1  # and not of the others, which differ
    page.locator("#trained", has_text="“class 3” has only one recording").wait_for()
    page.click("#add-class")
    page.locator(".class").nth(3).locator(".file").set_input_files(files)
    page.locator("#warnings", has_text="“class 3” and “class 4” share 5 pictures.").wait_for()


def test_a_key_records_one_picture_and_a_held_button_many(taught):
    page = taught
    record = page.locator(".record").first
    record.focus()
    page.keyboard.press("Enter")
    page.locator(".class").first.locator(".count", has_text="7 pictures").wait_for()
    record.scroll_into_view_if_needed()
    box = record.bounding_box()
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    page.locator(".class").first.locator(".pictures li").nth(9).wait_for(state="attached")
    page.mouse.up()
    learnt(page)
    page.click("#camera")
    work = """const all = await done(db.transaction('pictures').objectStore('pictures').getAll());
        return all.map(one => one.recording);"""
    recordings = Counter(page.evaluate(STORE.replace("WORK", work)))
    *single, held = sorted(recordings.values())
    assert single == [1] * 13 and held >= 3  # twelve files and the key; all of one press together


def test_names_are_two_and_kept_as_text(taught):
    page, odd = taught, '<img src=x onerror="alert(1)">'
    page.locator(".name").nth(1).fill("handbag")
    page.locator(".name").nth(1).blur()
    page.locator("#message", has_text="There is a class “handbag” already").wait_for()
    assert page.input_value(".name >> nth=1") == "shoe"
    inside = "({ top, bottom }) => top >= 0 && bottom <= innerHeight"
    assert page.evaluate(f"({inside})(document.getElementById('message').getBoundingClientRect())")
    before = page.inner_text("#trained")
    page.locator(".name").nth(1).fill(odd)
    page.keyboard.press("Tab")
    page.locator("#bars", has_text="<img src=x").or_(
        page.locator("#head option", has_text="<img")
    ).first.wait_for(state="attached")
    assert page.locator("img[src=x]").count() == 0
    assert page.inner_text("#trained") == before  # only the name is new


def test_a_full_device_is_a_sentence_and_the_page_goes_on(taught):
    page = taught
    page.evaluate("""() => { const put = IDBObjectStore.prototype.put;
        window.restore = () => { IDBObjectStore.prototype.put = put; };
        IDBObjectStore.prototype.put = () => {
        throw new DOMException('x', 'QuotaExceededError'); }; }""")
    page.locator(".class").first.locator(".file").set_input_files(DRAWN / "train" / "handbag" / "020.jpg")
    page.locator("#message", has_text="This device has no room left").wait_for()
    assert page.is_visible("#unkept")
    page.locator("#trained", has_text="of 13 right").wait_for()
    page.evaluate("window.restore()")


def test_what_the_page_learnt_becomes_a_keras_model_with_the_same_answers(taught, tmp_path, network):
    page = taught
    page.click("#tab-take")
    with page.expect_download() as download:
        page.click("#save-head")
    download.value.save_as(tmp_path / "head.json")
    model = phone.load_head(tmp_path / "head.json")
    assert model.class_names == ("handbag", "shoe")
    pixels = np.asarray(Image.open(DRAWN / "test" / "shoe" / "005.jpg").convert("RGB").resize((SIZE, SIZE)))
    features, _ = in_page(page, pixels)
    ask = """async ([text, features]) => { const head = await import('./head.js');
        return head.answer(head.readHead(text, 'x'), features); }"""
    found = page.evaluate(ask, [(tmp_path / "head.json").read_text(), features.tolist()])
    np.testing.assert_allclose(found, answers_of(model, pixels[None])[0], atol=1e-3)


def test_a_notebooks_head_answers_on_the_page_and_stays(fresh, trained, tmp_path):
    clear(fresh)
    phone.save_head(trained, ["mug", "spoon", "fork"], tmp_path / "mine.json")
    pixels = np.random.default_rng(1).integers(0, 256, (6, 6, 3), np.uint8).repeat(32, 0).repeat(32, 1)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    expected = answers_of(trained, pixels[None])[0]
    fresh.click("#tab-take")
    give(fresh, tmp_path / "mine.json", field="#head-file")
    fresh.locator("#head option", has_text="mine.json: mug, spoon, fork").wait_for(state="attached")
    for visit in (1, 2):
        if visit == 2:
            fresh.reload()
            ready(fresh)
        give(fresh, tmp_path / "photo.png")
        answered(fresh)
        values = fresh.evaluate("[...document.querySelectorAll('meter')].map(one => one.value)")
        np.testing.assert_allclose(values, expected, atol=1e-3)
    clear(fresh)
    assert fresh.locator("#head option").count() == 1


# --- everybody, everywhere ---


def test_without_a_network_the_page_opens_asks_and_learns(taught, context):
    page = taught
    context.set_offline(True)
    try:
        page.reload()
        ready(page)
        give(page, DRAWN / "test" / "shoe" / "003.jpg")
        assert answered(page).startswith("shoe")
        page.click("#tab-teach")
        page.locator("#trained", has_text="of 12 right").wait_for()
    finally:
        context.set_offline(False)


def test_every_file_that_the_page_asks_for_is_kept_and_none_besides_is_missing(folder):
    listed = json.loads((folder / "sw.js").read_text().split("FILES = ")[1].split(";")[0])
    assert {*listed} == {"./", *(path.name for path in folder.iterdir())} - {"sw.js"}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12e6


def test_a_changed_file_changes_the_version(tmp_path):
    versions = set()
    for text in ("a", "b"):
        (tmp_path / "app.js").write_text(text)
        (tmp_path / "sw.js").write_text((build.FOLDER / "sw.js").read_text())
        build._list_files(tmp_path)
        versions.add((tmp_path / "sw.js").read_text())
    assert len(versions) == 2 and "VERSION_OF_ALL_FILES" not in str(versions)


def test_manifest_icons_and_address(page, folder, address):
    manifest = json.loads((folder / "manifest.webmanifest").read_text())
    for icon in manifest["icons"][1:]:
        side = int(icon["sizes"].split("x")[0])
        assert Image.open(folder / icon["src"]).size == (side, side)
    page.click("#tab-take")
    assert page.input_value("#address") == address
    assert page.get_attribute("#qr", "src").startswith("data:image/svg+xml")
    assert page.evaluate("document.getElementById('qr').naturalWidth") > 0


SMALLER = "document.documentElement.scrollWidth <= innerWidth"


def test_axe_finds_nothing_and_nothing_runs_over(taught):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="NO AXE: not installed here")
    page = taught
    for scheme, size in (("light", (360, 640)), ("dark", (740, 360)), ("dark", (1280, 800))):
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        page.emulate_media(color_scheme=scheme)
        for tab in ("ask", "teach", "take"):
            page.click(f"#tab-{tab}")
            found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate(SMALLER), (tab, size)
    page.set_viewport_size({"width": 360, "height": 640})


def test_all_is_reached_by_keyboard(asking):
    asking.focus("#tab-ask")
    asking.keyboard.press("ArrowRight")
    assert asking.get_attribute("#tab-teach", "aria-selected") == "true" and asking.is_visible("#teach")
    reached = set()
    for _ in range(20):
        asking.keyboard.press("Tab")
        reached.add(asking.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"camera", "file", "name", "record", "drop", "add-class", "delete-all"} <= reached
    asking.focus("#delete-all")
    asking.keyboard.press("Enter")
    asking.keyboard.press("Escape")
    assert not asking.is_visible("#confirm")


def test_an_old_browser_and_a_file_are_told_so(context, folder, address):
    old = context.new_page()
    old.add_init_script("delete window.DecompressionStream")
    old.goto(address)
    assert old.inner_text("#unsupported").startswith("This browser is too old for the page: it has no Decomp")
    old.close()
    opened = context.new_page()
    opened.goto((folder / "index.html").as_uri())
    assert "Run `course demo`" in opened.inner_text("#unsupported") and not opened.is_visible("#page")
    opened.close()


def test_a_network_that_cannot_be_loaded_is_a_sentence(browser, address):
    context = browser.new_context(service_workers="block")
    context.route("**/network.onnx", lambda route: route.fulfill(status=404))
    page = context.new_page()
    page.goto(address)
    page.locator("#message", has_text="The network could not be loaded (network.onnx: 404)").wait_for()
    context.close()


# --- the commands ---


def test_a_port_in_use_is_a_sentence(capsys, monkeypatch, folder):
    monkeypatch.setattr(build, "build", lambda **options: folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 2
    assert f"127.0.0.1:{port} cannot be used" in capsys.readouterr().err


def test_https_has_a_certificate_of_its_own(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "CERTIFICATE", tmp_path)
    monkeypatch.setattr(serve.certificate, "__defaults__", (tmp_path,))
    with serve.served(folder, https=True) as address:
        assert address.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        with urllib.request.urlopen(f"{address}manifest.webmanifest", context=trusting) as answer:
            assert answer.headers["Content-Type"] == "application/manifest+json"
        with pytest.raises(urllib.error.URLError, match="self-signed"):
            urllib.request.urlopen(address)
    monkeypatch.setattr(serve.shutil, "which", lambda name: None)
    with pytest.raises(ValueError, match="--https needs the program openssl"):
        serve.certificate(["127.0.0.1"], tmp_path)


def test_a_class_opens_the_page_at_once(folder, tmp_path, monkeypatch):
    """200 browsers connect before the server has accepted one; all get the head over https."""
    monkeypatch.setattr(serve.certificate, "__defaults__", (tmp_path,))
    go, loop = threading.Event(), serve.Server.serve_forever
    monkeypatch.setattr(serve.Server, "serve_forever", lambda self: go.wait() and loop(self))
    with serve.served(folder, https=True) as address, contextlib.ExitStack() as stack:
        where = urllib.parse.urlsplit(address)
        trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        try:
            asked = [
                stack.enter_context(
                    socket.create_connection((where.hostname, where.port), machine.seconds(5))
                )
                for _ in range(200)
            ]
        finally:
            go.set()
        whole = (folder / "head.json").read_bytes()
        for one in asked:
            with trusting.wrap_socket(one, server_hostname=where.hostname) as browser:
                browser.sendall(b"GET /pocket/head.json HTTP/1.0\r\n\r\n")
                assert b"".join(iter(lambda: browser.recv(2**16), b"")).endswith(whole)


def plant(monkeypatch, cards):
    """Give this computer network cards: name -> (address, whether it is up)."""
    address = {
        name: [SimpleNamespace(family=socket.AF_INET, address=one)] for name, (one, _) in cards.items()
    }
    state = {name: SimpleNamespace(isup=up) for name, (_, up) in cards.items()}
    monkeypatch.setattr("psutil.net_if_addrs", lambda: address)
    monkeypatch.setattr("psutil.net_if_stats", lambda: state)


def test_a_hotspot_without_a_way_out_has_an_address(folder, tmp_path, monkeypatch):
    """Neither the loop nor a card that is down; each address is told, and is in the certificate."""
    loop, hotspot = ("127.0.0.1", True), ("10.42.0.1", True)
    plant(
        monkeypatch,
        {"lo": loop, "wlan0": hotspot, "eth0": ("192.168.7.7", False), "usb0": ("10.9.9.9", True)},
    )
    assert serve.names("0.0.0.0") == {"10.42.0.1": "wlan0", "10.9.9.9": "usb0"}
    monkeypatch.setattr(serve.certificate, "__defaults__", (tmp_path,))
    with serve.served(folder, host="0.0.0.0", https=True) as address:
        port = address.split(":")[2].split("/")[0]
        assert address == f"https://10.42.0.1:{port}/pocket/"
        told = "\n".join(serve._who(address, "0.0.0.0", True))
    assert (
        f"https://10.42.0.1:{port}/pocket/ (wlan0)" in told
        and f"https://10.9.9.9:{port}/pocket/ (usb0)" in told
    )
    assert "--host 10.42.0.1" in told
    shown = ssl._ssl._test_decode_cert(str(tmp_path / "certificate.pem"))["subjectAltName"]
    assert {("IP Address", "10.42.0.1"), ("IP Address", "10.9.9.9")} <= {*shown}
    plant(monkeypatch, {"lo": loop})
    assert "no phone reaches it" in serve._who("http://127.0.0.1:1/", "0.0.0.0", False)[0]
    assert serve._who("http://127.0.0.1:1/", "127.0.0.1", False)[0].startswith("Only this computer")
    assert serve._who("http://10.42.0.1:1/", "10.42.0.1", False)[0].startswith("Phones in this network")


def test_the_demo_lives_under_pocket_and_dismisses_the_worker_of_old(browser, tmp_path, monkeypatch):
    """A page that was kept at / leads to the new one, and nothing at / is answered from its cache again."""
    monkeypatch.setattr(serve.Handler, "protocol_version", "HTTP/1.0")  # no connection outlives its server
    register = "<script>navigator.serviceWorker.register('sw.js')</script>"
    (tmp_path / "index.html").write_text(f"<title>page</title>{register}")
    (tmp_path / "sw.js").write_text((build.FOLDER / "sw.js").read_text())
    build._list_files(tmp_path)
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(machine.seconds(30_000))
    with serve.served(tmp_path, place="") as old:
        page.goto(old)
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("navigator.serviceWorker.controller")
    with serve.served(tmp_path, port=int(old.split(":")[2][:-1])) as new:
        assert new == f"{old}pocket/"
        page.goto(old)
        page.wait_for_url(new)
        page.evaluate("navigator.serviceWorker.ready")
        scopes = "async () => (await navigator.serviceWorker.getRegistrations()).map(one => one.scope)"
        assert page.evaluate(scopes) == [new]
        kept = """async () => { const names = await caches.keys(), held = [];
            for (const name of names) held.push(...await (await caches.open(name)).keys());
            return held.map(one => one.url); }"""
        assert {*page.evaluate(kept)} == {new, f"{new}index.html"}
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{old}index.html")
    context.close()


def test_the_demo_takes_photos_only_where_they_are_or_when_asked(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(build, "KEPT", tmp_path)
    monkeypatch.setattr(build.backbones, "headless", lambda name: None)
    monkeypatch.setattr(head, "course_head", lambda network, size, data: asked.append(data) or data)
    monkeypatch.setattr(build.assets, "locate", lambda name: None)
    assert [build._head("auto"), build._head("photos"), build._head("auto")] == [
        b"drawn",
        b"photos",
        b"drawn",
    ]
    (tmp_path / "photo.jpg").touch()
    monkeypatch.setattr(build.assets, "locate", lambda name: SimpleNamespace(paths=[tmp_path]))
    assert build._head("auto") == b"photos" and asked == ["drawn", "photos", "photos"]


def test_the_heads_note_says_what_was_measured_when(folder):
    """Its numbers are of a head that had not seen the other things; the last training is not measured."""
    note = json.loads((folder / "head.json").read_text())["note"]
    groups = (
        (len(others.PHOTOS), others.CROPS),
        (6, others.DRAWN),
        (others.EMPTY, 1),
    )  # and pictures in each
    things = sum(count * pictures for count, pictures in groups)
    learn = sum(round(0.7 * count) * pictures for count, pictures in groups)
    assert f"from 96 drawn handbags and shoes, and from {things} pictures of other things." in note
    assert f"Before its last training, with {learn} of these {things}, it got" in note
    right = int(note.split("it got ")[1].split(" of 200")[0])
    low, high = (round(100 * bound) for bound in wilson_interval(right, 200))
    assert f"of 200 new ones right (95% interval {low} to {high}%)" in note and note.count("interval") == 1
    assert note.endswith("On photos expect less: it learnt from drawings.") and len(note) <= 300


def test_without_npm_or_onnx_there_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    (tmp_path / "package-lock.json").touch()
    monkeypatch.setattr(build.render.shutil, "which", lambda name, **options: None)
    with pytest.raises(ValueError, match="npm was not found, and ONNX Runtime"):
        build.build(tmp_path / "out")


def test_the_lock_file_names_no_registry():
    """With addresses in it, npm would ask the server of whoever wrote the file."""
    lock = json.loads((build.FOLDER / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())


def test_the_site_is_served_as_it_was_built(tmp_path, monkeypatch, capsys):
    from website import build as site

    (tmp_path / ".buildinfo").touch()
    served = []
    monkeypatch.setattr(site.serve, "until_stopped", lambda folder, options: served.append(folder) or 0)
    assert main(["site", "--serve", "--out", str(tmp_path)]) == 0
    assert served == [tmp_path] and "as it was built" in capsys.readouterr().out


def test_memory_is_steady_from_photo_to_photo(asking):
    """The heap of the page after 15 and after 30 photos, without what can be thrown away."""
    session = asking.context.new_cdp_session(asking)
    session.send("Performance.enable")
    ask = """async count => { const { look } = await import('./app.js');
        const canvas = new OffscreenCanvas(400, 300);
        canvas.getContext('2d').fillRect(9, 9, 200, 100);
        for (let k = 0; k < count; k++) await look(canvas, 400, 300); }"""
    heaps = []
    for _ in range(2):
        asking.evaluate(ask, 15)
        session.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        heaps.append(metrics["JSHeapUsedSize"])
    assert heaps[1] - heaps[0] < 1e6, SimpleNamespace(heaps=heaps)

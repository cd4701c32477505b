"""Own photos: the sample is judged without anyone there, photos by either way, and what is no photo."""

import base64
import io
import re
import subprocess
import sys
from datetime import datetime, timezone

import ipywidgets
import machine
import numpy as np
import pytest
import traitlets
from PIL import Image

from helpers import own_photo, quiz
from helpers.datasets.base import fit_to

NAMES = ("handbag", "shoe")
RNG = np.random.default_rng(3)
SAMPLE = RNG.integers(0, 256, (32, 48, 3), np.uint8)
HEIC = b"\0\0\0\x18ftypheic" + bytes(40)


class Upload7(ipywidgets.DOMWidget):
    """The traits of ipywidgets 7's FileUpload, whose value only the front end may set."""

    accept, description = traitlets.Unicode(), traitlets.Unicode()
    multiple = traitlets.Bool()
    value = traitlets.Dict(read_only=True)


class Upload8(Upload7):
    value = ipywidgets.widgets.trait_types.TypedTuple(traitlets.Dict())


class Panel:
    """A panel under test, with a front end's hands."""

    def __init__(self, shown):
        (self.box, self.fallback, self.metadata), *more = shown
        assert not more
        self.picture, self.message, (self.upload, self.button, _), self.camera, self.snapped = (
            child.children if isinstance(child, ipywidgets.HBox) else child for child in self.box.children
        )

    def give(self, name, content):
        if isinstance(self.upload.value, dict):
            value = {name: {"metadata": {"name": name}, "content": content}}
        else:
            about = {"type": "image/png", "size": len(content), "last_modified": datetime.now(timezone.utc)}
            value = ({"name": name, "content": memoryview(content), **about},)
        self.upload.set_trait("value", value)

    def snap(self, content):
        self.snapped.set_state({"value": "data:image/jpeg;base64," + base64.b64encode(content).decode()})


class Network:
    """Takes the share of red for the probability of the first class, and keeps what it was given."""

    def __init__(self):
        self.given = []

    def __call__(self, images):
        self.given.append(images)
        red = images[..., 0].mean(axis=(1, 2)) / 255
        return np.stack([red, 1 - red], axis=1)


@pytest.fixture(params=[Upload7, Upload8, None], ids=["ipywidgets 7", "ipywidgets 8", "installed"])
def started(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(ipywidgets, "FileUpload", request.param)
    shown = []
    monkeypatch.setattr(own_photo, "show_widget", lambda *given: shown.append(given))
    network = Network()
    own_photo.classify(network, NAMES, SAMPLE, alt="A patch of noise.")
    return network, Panel(shown)


def saved(pixels, format="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def lines(share):
    ranked = sorted([(share, "handbag"), (1 - share, "shoe")], reverse=True)
    return [f"{name}, {value * 100:.0f}%" for value, name in ranked]


def test_the_sample_is_judged_at_once_and_stays_as_a_picture(started):
    network, panel = started
    assert len(network.given) == 1 and network.given[0].dtype == np.uint8
    assert np.array_equal(network.given[0], SAMPLE[None])
    first, second = lines(SAMPLE[..., 0].mean() / 255)
    text = f"A patch of noise. Judged as: {first}; {second}."
    assert panel.fallback["text/plain"] == text == panel.metadata["image/png"]["alt"]
    assert set(panel.fallback) == {"image/png", "text/plain"}
    png = base64.b64decode(panel.fallback["image/png"])
    assert Image.open(io.BytesIO(png)).format == "PNG" and png == panel.picture.value
    assert len(png) < 60_000


def test_the_title_names_the_classes_from_the_most_probable_on(monkeypatch):
    grids = []
    monkeypatch.setattr(own_photo, "show_widget", lambda *given: None)
    draw = own_photo.image_grid
    monkeypatch.setattr(
        own_photo,
        "image_grid",
        lambda images, titles, **rest: grids.append((images, titles)) or draw(images, titles, **rest),
    )
    own_photo.classify(lambda images: np.array([[0.125, 0.83, 0.045]]), ("clog", "boot", "shoe"), SAMPLE)
    ((images, titles),) = grids
    assert titles == ["boot, 83%\nclog, 12%\nshoe, 4%"]
    assert np.array_equal(images[0], SAMPLE)
    own_photo.classify(lambda images: np.array([[0.2, 0.7, 0.1]]), ("clog", "boot", "shoe"), SAMPLE, top=2)
    assert grids[1][1] == ["boot, 70%\nclog, 20%"]


@pytest.mark.parametrize("way", ["upload", "camera"])
def test_a_photo_is_turned_cut_and_resized_as_the_data_are(started, way):
    network, panel = started
    pixels = RNG.integers(0, 256, (90, 60, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored with its right side up
    content = saved(pixels, exif=exif)
    panel.give("mine.png", content) if way == "upload" else panel.snap(content)
    expected = fit_to(np.rot90(pixels, -1).copy(), (32, 48))
    assert len(network.given) == 2
    assert np.array_equal(network.given[1], expected[None])
    first, second = lines(expected[..., 0].mean() / 255)
    assert panel.message.value == f"Your photo. Judged as: {first}; {second}."
    assert panel.picture.value != base64.b64decode(panel.fallback["image/png"])


def test_the_same_photo_is_judged_each_time_it_comes(started):
    network, panel = started
    content = saved(SAMPLE)
    for _ in range(2):
        panel.give("mine.png", content)
        panel.snap(content)
    assert len(network.given) == 1 + 4
    assert panel.snapped.value == "" and not panel.upload.value


@pytest.mark.parametrize(
    "content, words",
    [
        (HEIC, "is a HEIC photo.*export it as JPEG"),
        (b"", "is empty"),
        (b"<html>", "is not an image"),
        (saved(SAMPLE, "JPEG")[:-300], "damaged or cut off"),
    ],
)
def test_what_is_no_photo_gets_its_sentence_and_the_next_one_is_judged(started, content, words):
    network, panel = started
    before = panel.picture.value
    panel.give("<i>mine.heic", content)
    assert re.fullmatch(f"<b>&lt;i&gt;mine.heic .*{words}.*</b>", panel.message.value)
    assert len(network.given) == 1 and panel.picture.value == before
    panel.give("next.png", saved(SAMPLE))
    assert len(network.given) == 2 and panel.message.value.startswith("Your photo.")


def test_a_network_out_of_order_later_on_says_so_in_the_panel(monkeypatch):
    shown, answers = [], [[[0.5, 0.5]], [[np.nan, np.nan]]]
    monkeypatch.setattr(own_photo, "show_widget", lambda *given: shown.append(given))
    own_photo.classify(lambda images: answers.pop(0), NAMES, SAMPLE)
    panel = Panel(shown)
    panel.give("mine.png", saved(SAMPLE))
    assert "not probabilities" in panel.message.value


def test_both_versions_values_are_read():
    seven = {"a.jpg": {"metadata": {"name": "a.jpg", "size": 3}, "content": b"abc"}}
    eight = ({"name": "a.jpg", "type": "image/jpeg", "size": 3, "content": memoryview(b"abc")},)
    assert own_photo.uploaded(seven) == own_photo.uploaded(eight) == ("a.jpg", b"abc")
    assert own_photo.uploaded({}) is None and own_photo.uploaded(()) is None


def test_the_script_finds_its_panel_and_waits_for_a_click(started):
    _, panel = started
    assert own_photo.PANEL in panel.box._dom_classes
    assert own_photo.CAMERA in panel.camera.value
    assert f'closest(".{own_photo.PANEL}")' in own_photo.SCRIPT
    assert f'querySelector(".{own_photo.CAMERA}")' in own_photo.SCRIPT
    # Only in the handler of the click, quoted whole; nothing in the page that runs by itself.
    (handler,) = re.findall(r'<button [^>]*onclick="([^"]*)">', panel.button.value)
    assert "getUserMedia" in handler and "<script" not in panel.button.value + panel.camera.value
    assert isinstance(panel.snapped, ipywidgets.Textarea) and panel.snapped.layout.display == "none"
    assert "script" not in str(panel.fallback).lower()


@pytest.mark.parametrize(
    "answer, words",
    [
        ([0.5, 0.5], r"shape \(2,\); 2 class names need shape \(1, 2\)"),
        ([[0.2, 0.3, 0.5]], r"shape \(1, 3\); 2 class names"),
        ([[0.7]], r"shape \(1, 1\); 2 class names"),
        ([[2.5, -1.5]], r"gave \[ 2\.5 -1\.5\], which are not probabilities.*softmax"),
        ([[0.7, 0.7]], "not probabilities"),
        ([[np.nan, 0.5]], "not probabilities"),
    ],
)
def test_a_network_that_gives_no_probabilities_is_refused_at_the_sample(answer, words):
    with pytest.raises(ValueError, match=words):
        own_photo.classify(lambda images: np.array(answer), NAMES, SAMPLE)


def test_half_precision_is_precise_enough(monkeypatch):
    monkeypatch.setattr(own_photo, "show_widget", lambda *given: None)
    names = [str(index) for index in range(10)]
    shares = RNG.dirichlet(np.ones(10)).astype(np.float16)[None]
    own_photo.classify(lambda images: shares, names, SAMPLE)


@pytest.mark.parametrize("sample", [SAMPLE[..., 0], SAMPLE[None], SAMPLE / 255, SAMPLE[..., :2]])
def test_a_sample_that_is_no_colour_image_of_bytes_is_refused(sample):
    with pytest.raises(ValueError, match=r"The sample is \w+ \(.*uint8 \(H, W, 3\)"):
        own_photo.classify(Network(), NAMES, sample)


CALL = """
import numpy as np
from helpers import own_photo
def predict(images):
    print("1/1 ━━━━━━━━ 0s 30ms/step")
    return np.array([[0.25, 0.75]])
own_photo.classify(predict, ["handbag", "shoe"], np.zeros((8, 8, 3), np.uint8))
"""


def test_plain_python_neither_fails_nor_waits_nor_loads_tensorflow(root):
    code = CALL + "import sys; assert 'tensorflow' not in sys.modules"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "The sample. Judged as: shoe, 75%; handbag, 25%." in run.stdout


def test_an_unattended_notebook_ends_with_the_sample_and_no_progress_bar(root):
    import nbclient
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CALL)])
    nbclient.NotebookClient(
        notebook, timeout=machine.seconds(300), resources={"metadata": {"path": str(root)}}
    ).execute()
    (output,) = notebook.cells[0].outputs
    assert set(output.data) == {quiz.WIDGET, "image/png", "text/plain"}
    assert output.data["text/plain"] == "The sample. Judged as: shoe, 75%; handbag, 25%."
    assert output.metadata["image/png"]["alt"] == output.data["text/plain"]

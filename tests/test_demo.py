"""The live classifier without a browser: the decision "neither", what is taken in, training, files."""

import contextlib
import io
import os
import socket
import sys
import warnings
import zipfile
from pathlib import Path

import machine
import numpy as np
import pytest
from demo_photos import GOOD, REFUSED, encoded, jpeg, picture
from PIL import Image

from helpers.photos import PhotoError
from helpers.staff.__main__ import main
from helpers.staff.demo import classifier, export, intake, others, page, prepare


@pytest.fixture(scope="module")
def ready():
    """The app's own classifier, on drawn data."""
    return prepare.prepare("drawn")


# --- pictures of other things ---


@pytest.mark.parametrize("seed", range(5))
def test_no_photo_and_no_drawn_kind_is_in_both_parts(monkeypatch, seed):
    """Pictures that say by their grey which photo, kind or scene they are."""

    def coded(first, count, each):
        return [[np.full((8, 8, 3), first + kind, np.uint8)] * each for kind in range(count)]

    monkeypatch.setattr(others, "_crops", lambda rng, size: coded(0, 21, 8))
    monkeypatch.setattr(others, "_drawn", lambda size: coded(50, 6, 12))
    monkeypatch.setattr(others, "_scenes", lambda size: [image for (image,) in coded(100, 60, 1)])
    monkeypatch.setattr(others, "_photos", lambda rng, size: coded(200, 30, 1))
    for real in (False, True):
        found = others.others(8, real=real)
        learnt, measured = (set(part[:, 0, 0, 0].tolist()) for part in found[:2])
        assert not learnt & measured
        wanted = {*range(21), *range(50, 56), *range(100, 160), *(range(200, 230) if real else ())}
        assert learnt | measured == wanted and len(learnt) == round(0.7 * len(wanted))
        assert found.what.startswith("photos") == real


def test_crops_are_squares_of_the_photos_in_scikit_image():
    found = list(others._crops(np.random.default_rng(0), 48))
    assert len(found) == len(others.PHOTOS) and {len(crops) for crops in found} == {others.CROPS}
    assert all(crop.shape == (48, 48, 3) and crop.dtype == np.uint8 for crops in found for crop in crops)
    assert all(np.ptp(crops[0]) > 60 for crops in found)


def test_photos_that_show_a_bag_or_a_shoe_are_no_other_things(tmp_path):
    folder = tmp_path / "photos" / "natural"
    folder.mkdir(parents=True)
    for name in ("n02769748_backpack", "Loafer", "cowboy_boot", "n04026417_purse", "zebra", "coffee_mug"):
        (folder / f"{name}.jpg").write_bytes(jpeg(picture()))
    assert [path.stem for path in others._paths(folder)] == ["coffee_mug", "zebra"]


# --- what people bring ---


@pytest.mark.parametrize("kind", REFUSED)
def test_odd_files_are_refused_with_one_sentence(kind, tmp_path):
    path = tmp_path / "photo.jpg"
    REFUSED[kind](path)
    with pytest.raises(PhotoError) as error:
        intake.read_photo(path, "photo.jpg")
    told = str(error.value)
    assert told.startswith("photo.jpg ") and told.endswith(".") and "\n" not in told
    assert str(tmp_path) not in told


@pytest.mark.parametrize("kind", GOOD)
def test_unusual_photos_are_read(kind):
    content, expected, tolerance = GOOD[kind]()
    found = intake.read_photo(content).astype(int)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() <= tolerance


def packed(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def test_zip_gives_a_class_for_each_folder_and_unpacks_nothing(tmp_path):
    photo = jpeg(picture())
    path = packed(
        tmp_path / "set.zip",
        [
            ("set/mug/1.jpg", photo),
            ("set/mug/2.png", encoded(picture(), "PNG")),
            ("set/spoon/1.JPG", photo),
            ("set/../../fork/1.jpg", photo),
            ("set/mug/broken.jpg", photo[: len(photo) // 2]),
            ("__MACOSX/set/mug/._1.jpg", b"junk"),
            ("set/mug/.hidden.jpg", b"junk"),
            ("set/readme.txt", b"hello"),
            ("outside.jpg", photo),
        ],
    )
    before = sorted(tmp_path.rglob("*"))
    pictures, skipped = intake.read_zip(path, 32)
    assert {name: len(images) for name, images in pictures.items()} == {"mug": 2, "spoon": 1}
    assert all(image.shape == (32, 32, 3) for images in pictures.values() for image in images)
    assert skipped == [("mug/broken.jpg", "is damaged or cut off")]
    assert sorted(tmp_path.rglob("*")) == before and not (tmp_path.parent / "fork").exists()


def test_no_photo_in_a_zip_is_passed_over_for_its_suffix(tmp_path):
    names = ("a.jfif", "a.JPE", "a.mpo", "a.avif", "a.hif")
    path = packed(tmp_path / "set.zip", [(f"mug/{name}", jpeg(picture())) for name in names])
    pictures, skipped = intake.read_zip(path, 32)
    assert len(pictures["mug"]) == len(names) and not skipped  # the content says what they are


def test_zip_bomb_is_read_to_the_limit_only(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MAX_BYTES", 100_000)
    path = packed(tmp_path / "set.zip", [("a/1.jpg", bytes(50_000_000)), ("a/2.jpg", jpeg(picture()))])
    asked = []
    read = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda file, n=-1: asked.append(n) or read(file, n))
    pictures, skipped = intake.read_zip(path, 32)
    assert len(pictures["a"]) == 1 and len(skipped) == 1 and "MB" in skipped[0][1]
    assert max(asked) <= 100_001 and -1 not in asked


@pytest.mark.parametrize("kind", ["no zip", "cut", "empty", "no folder", "locked", "many", "large"])
def test_odd_zip_files_are_refused_with_one_sentence(kind, tmp_path, monkeypatch):
    photo = jpeg(picture())
    path = packed(tmp_path / "set.zip", [(f"a/{number}.jpg", photo) for number in range(6)])
    if kind == "no zip":
        path.write_bytes(b"this is text")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:-80])
    elif kind == "empty":
        packed(path, [])
    elif kind == "no folder":
        packed(path, [("1.jpg", photo)])
    elif kind == "locked":
        content = bytearray(path.read_bytes())
        for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
            content[content.index(mark) + place] |= 1
        path.write_bytes(content)
    elif kind == "many":
        monkeypatch.setattr(intake, "MAX_PICTURES", 5)
    elif kind == "large":
        monkeypatch.setattr(intake, "MAX_ZIP_BYTES", 100)
    with pytest.raises(ValueError, match=r"^Th(e|is)[^\n]*\.$"):
        intake.read_zip(path, 32)


def test_collection_keeps_its_limits_and_is_not_changed_in_place():
    image = np.zeros((8, 8, 3), np.uint8)
    one = intake.add({}, "  red   mug ", [image] * 3)
    two = intake.add(one, "red mug", [image])
    assert len(one["red mug"]) == 3 and len(two["red mug"]) == 4
    for name, images in (("", [image]), ("x" * 41, [image]), ("Neither", [image]), ("mug", [])):
        with pytest.raises(ValueError, match=r"\.$"):
            intake.add(one, name, images)
    with pytest.raises(ValueError, match="401 pictures"):
        intake.add({}, "mug", [image] * (intake.MAX_PICTURES + 1))
    with pytest.raises(ValueError, match="classes"):
        intake.add({str(number): [image] for number in range(intake.MAX_CLASSES)}, "one more", [image])


def test_the_last_quarter_of_each_class_is_held_back():
    shots = {name: [np.full((2, 2, 3), 10 * number + step) for step in range(count)]
             for number, (name, count) in enumerate({"a": 8, "b": 5}.items())}  # fmt: skip
    images, labels, held = intake.split(shots)
    assert images[held][:, 0, 0, 0].tolist() == [6, 7, 14]
    assert labels.tolist() == [0] * 8 + [1] * 5
    with pytest.raises(ValueError, match="two classes"):
        intake.split({"a": shots["a"]})
    with pytest.raises(ValueError, match="'b'; add some"):
        intake.split({"a": shots["a"], "b": shots["b"][:3]})


def test_page_shows_names_as_text():
    odd = '<img src=x onerror="alert(1)">'
    answer = classifier.Answer(odd, np.array([0.7, 0.3]), 0.8)
    shown = [
        page.verdict(answer, (odd, "b")),
        page.collection({odd: [np.zeros((8, 8, 3), np.uint8)]}),
        page.refusal(odd),
        page.note(odd),
    ]
    for html in shown:
        assert "<img src=x" not in html and "&lt;img" in html


def test_heat_changes_only_what_is_hot():
    pixels = np.random.default_rng(0).integers(0, 256, (page.SHOWN, page.SHOWN, 3), np.uint8)
    heat = np.zeros((8, 8), np.float32)
    np.testing.assert_array_equal(page.heated(pixels, heat), pixels)
    heat[0, 0] = 3
    shown = page.heated(pixels, heat)
    assert (shown[-100:, -100:] == pixels[-100:, -100:]).all()
    assert np.abs(shown[:10, :10].astype(int) - pixels[:10, :10]).mean() > 20


# --- training and files ---


@pytest.fixture(scope="module")
def unseen(ready):
    """Features and labels of the drawn test pictures, and some of the pictures."""
    from helpers import backbones, datasets

    split = datasets.handbags_and_shoes("drawn", size=(ready.size,) * 2).test
    return classifier.Features(*backbones.features(ready.network, split)), split.images[:24]


def test_models_answer_as_a_head_on_the_features(ready, unseen):
    rows, images = unseen[0].rows[:24].astype(float), unseen[1]
    layers = {name: ready.classifier.judge.get_layer(name).get_weights() for name in ("head", "known")}
    scores = {name: rows @ kernel + bias for name, (kernel, bias) in layers.items()}
    known = 1 / (1 + np.exp(-scores["known"]))
    shares = np.exp(scores["head"]) / np.exp(scores["head"]).sum(axis=1, keepdims=True)
    given = images.astype("float32")
    for found, wanted in zip(ready.classifier.judge.predict(given, verbose=0), (shares, known), strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-3)
    whole = ready.classifier.complete.predict(given, verbose=0)
    np.testing.assert_allclose(whole, np.hstack([shares * known, 1 - known]), atol=2e-3)
    for place in (0, 7):
        answer = classifier.answer(ready.classifier, images[place])
        name = ("handbag", "shoe")[shares[place].argmax()]
        assert answer.name == (name if known[place] >= 0.5 else "neither")
        assert answer.shares == pytest.approx(shares[place], abs=2e-3)


def test_the_gate_is_the_best_one_with_both_kinds_weighing_the_same():
    """Against a search without slopes, where one feature tells and another one does not."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(1)
    rest, known = rng.normal(-1, 2, (160, 2)), rng.normal(1.5, 1, (40, 2))
    rest[:, 1], known[:, 1] = rng.normal(7, 3, 160), rng.normal(7, 3, 40)
    rows = np.concatenate([rest, known])
    scale = rows.std(axis=0) + 1e-6

    def loss(point):
        halves = [
            np.logaddexp(0, -sign * (((part - rows.mean(axis=0)) / scale) @ point[:2] + point[2])).mean()
            for sign, part in ((-1, rest), (1, known))
        ]
        return np.mean(halves) + 0.1 * np.sum(point[:2] ** 2)

    best = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-13}).x
    kernel, bias = classifier._fit_gate(known, rest)
    np.testing.assert_allclose(kernel[:, 0] * scale, best[:2], atol=1e-3)
    assert bias[0] + kernel[:, 0] @ rows.mean(axis=0) == pytest.approx(best[2], abs=1e-3)


def test_it_accepts_bags_and_shoes_and_refuses_what_is_neither(ready):
    report = ready.report
    assert report.right.count / report.right.total > 0.9
    assert report.false_rejects.count / report.false_rejects.total < 0.12
    assert report.false_accepts.count / report.false_accepts.total < 0.12


def test_it_decides_about_photos_though_it_learnt_from_drawings(ready, real_assets):
    """Photos of bags and shoes, and of animals and landscapes."""
    folder = Path(real_assets) / "photos"
    bags, shoes = (
        sorted((folder / "handbags_shoes_clutter" / "test" / name).iterdir()) for name in ("handbag", "shoe")
    )

    def answers(paths):
        images = [intake.square(intake.read_photo(path), ready.size) for path in paths]
        shares, known = ready.classifier.judge.predict(np.float32(images), verbose=0)
        return np.where(known[:, 0] >= 0.5, shares.argmax(axis=1), 2)

    found = {
        "bags": answers(bags),
        "shoes": answers([*shoes, *sorted((folder / "phone_shoes").glob("*.jpg"))]),
    }
    assert np.mean(found["bags"] != 2) > 0.8 and np.mean(found["shoes"] != 2) > 0.8
    assert np.mean(found["bags"] == 0) > 0.6 and np.mean(found["shoes"] == 1) > 0.6
    assert np.mean(answers(others._paths(folder / "natural")) == 2) > 0.75


def test_head_answers_alike_where_all_features_are_moved_and_stretched():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    rows = rng.normal(size=(60, 5)) + 2 * rng.normal(size=(3, 5))[labels]
    found = []
    for move, stretch in ((0.0, 1.0), (rng.normal(5, 3, 5), rng.uniform(0.1, 9, 5))):
        seen = classifier.Features((rows * stretch + move).astype(np.float32), labels)
        kernel, bias = classifier._fit(seen, 3, lambda share, right: None)
        found.append(seen.rows @ kernel + bias)
    np.testing.assert_allclose(*found, atol=2e-3)
    assert (found[0].argmax(axis=1) == labels).mean() > 0.9


def test_report_counts_what_the_models_answer(ready, unseen):
    known, images = unseen
    names = [classifier.answer(ready.classifier, image).name for image in images]
    some = classifier.Features(known.rows[: len(images)], known.labels[: len(images)])
    report = classifier.report(ready.classifier, some, some.rows)
    assert report.false_rejects == (names.count("neither"), len(images))
    assert report.false_accepts == (len(images) - names.count("neither"), len(images))
    swapped = classifier.report(ready.classifier, some._replace(labels=1 - some.labels), some.rows)
    assert report.right.count + swapped.right.count == len(images) < 2 * report.right.count


@pytest.fixture(scope="module")
def own(ready):
    """Trained on pictures of flat colours, a class each."""
    rng = np.random.default_rng(0)
    pictures = {}
    for name, colour in {
        "red": (200, 40, 40),
        "<green>": (40, 180, 60),
        "blue & grey": (60, 80, 220),
    }.items():
        noise = rng.normal(0, 12, (10, ready.size, ready.size, 3))
        pictures[name] = list(np.clip(noise + colour, 0, 255).astype(np.uint8))
    steps = []
    trained = prepare.train_own(ready, pictures, lambda share, what: steps.append(share))
    return trained, pictures, steps


def test_training_learns_any_classes_and_tells_how_far_it_is(own):
    trained, pictures, steps = own
    assert trained.classifier.names == tuple(pictures) and trained.learnt == 24
    assert trained.report.right.count == trained.report.right.total == 6
    for name, images in pictures.items():
        assert (
            trained.classifier.names[classifier.answer(trained.classifier, images[-1]).shares.argmax()]
            == name
        )
    assert steps == sorted(steps) and len(steps) > 20 and 0 < steps[0] < 0.7 and steps[-1] <= 1


def test_files_answer_as_the_model_does(own, tmp_path):
    import keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorflow.lite.python.interpreter import Interpreter

    trained, pictures, _ = own
    files = export.write(trained.classifier, trained.held, tmp_path)
    assert files.labels.read_text(encoding="utf-8").split("\n") == [*pictures, "neither", ""]
    image = np.float32(pictures["red"][0])[None]
    expected = trained.classifier.complete.predict(image, verbose=0)
    loaded = keras.models.load_model(files.keras)
    np.testing.assert_allclose(loaded.predict(image, verbose=0), expected, atol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = Interpreter(model_path=str(files.litert))
    given, gives = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.resize_tensor_input(given, image.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given, image)
    interpreter.invoke()
    np.testing.assert_allclose(interpreter.get_tensor(gives), expected, atol=1e-3)


def test_files_that_answer_otherwise_are_not_kept(own, tmp_path, monkeypatch):
    monkeypatch.setattr(export.phone, "convert", lambda model: b"a file")
    monkeypatch.setattr(export.phone, "answers", lambda file, images: np.full((len(images), 4), 0.25))
    with pytest.raises(ValueError, match=r"classifier.tflite answers otherwise"):
        export.write(own[0].classifier, own[0].held, tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- the command ---


def test_command_refuses_a_port_in_use_and_data_that_are_not_there(capsys, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 2
    assert f"127.0.0.1:{port} cannot be used" in capsys.readouterr().err
    assert main(["demo", "--port", str(port), "--data", "/no/such/folder"]) == 2
    assert "There is no folder /no/such/folder" in capsys.readouterr().err


def test_photos_of_the_classes_and_of_other_things_are_learnt_from(real_assets, monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", real_assets)
    monkeypatch.setattr(others, "FOLDERS", {"photos/natural": 40, "photos/unlabelled": 20})
    monkeypatch.setattr(others, "CROPS", 2)
    with contextlib.redirect_stdout(io.StringIO()):
        found = prepare.prepare("auto")
    assert found.origin == "mirror" and found.what_others.startswith("photos")
    assert found.report.right.interval[0] > 0.8
    assert found.report.false_accepts.count < found.report.false_accepts.total / 4


def test_nothing_here_imports_tensorflow_or_gradio():
    import subprocess

    code = (
        "import sys, helpers.staff.demo.interface, helpers.staff.demo.serve;"
        "print(sorted({'tensorflow', 'keras', 'gradio'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert run.stdout.strip() == "[]", run.stderr


def test_orientation_is_honoured_down_to_the_network(ready):
    from helpers.staff.demo import interface

    pixels = np.asarray(Image.fromarray(ready.example).resize((200, 200)))
    upright = jpeg(pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = jpeg(np.rot90(pixels), exif=exif)
    answers = [
        classifier.answer(ready.classifier, intake.square(intake.read_photo(content), ready.size))
        for content in (upright, turned)
    ]
    assert answers[0].known == pytest.approx(answers[1].known, abs=0.1)
    html = interface.looked_at(ready, ready.classifier, intake.read_photo(turned))
    assert answers[1].name in html and "Grad-CAM" in html


# --- in a browser ---


@pytest.fixture(scope="module")
def connections():
    """Where this process connects to from now on, and which names it looks up."""
    found, watching = [], [True]

    def watch(event, arguments):
        if watching and event == "socket.connect" and isinstance(arguments[1], tuple):
            found.append(str(arguments[1][0]))
        elif watching and event == "socket.getaddrinfo":
            found.append(str(arguments[0]))

    sys.addaudithook(watch)
    yield found
    watching.clear()


@pytest.fixture(scope="module")
def app(ready, connections):
    """The app as it is served: its address, and the folder where it keeps what it is given."""
    from helpers.staff.demo import interface

    with interface.served(ready) as address:
        folder = Path(os.environ["GRADIO_TEMP_DIR"])
        yield address, folder
    assert not folder.exists(), "what was uploaded stayed on disk"


@pytest.fixture
def visit(app, browser):
    """Open pages of the app, each of a user of their own; every request must go to the app."""
    address, contexts, strangers = app[0], [], []

    def new():
        contexts.append(browser.new_context())
        contexts[-1].set_default_timeout(machine.seconds(120_000))
        opened = contexts[-1].new_page()
        opened.on("request", lambda request: strangers.append(request.url))
        opened.goto(address)
        opened.wait_for_selector("#answer")
        return opened

    yield new
    for context in contexts:
        context.close()
    outside = [url for url in strangers if not url.startswith((address, "data:", "blob:"))]
    assert strangers and not outside


def give(opened, content, name="photo.jpg"):
    """Upload to the first photo field that is in sight."""
    field = opened.locator("input[type=file]").first
    field.set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})


def headline(opened, place="#answer"):
    opened.wait_for_selector(f"{place} h2, {place} .refusal")
    return opened.locator(f"{place} h2, {place} .refusal").inner_text()


def expected(ready, content, model=None):
    model = model or ready.classifier
    answer = classifier.answer(model, intake.square(intake.read_photo(content), ready.size))
    return (
        answer.name
        if answer.name == "neither"
        else f"{answer.name}, {min(99, round(100 * answer.shares.max()))} %"
    )


def drawn(kind, number):
    from helpers import ROOT

    return (ROOT / "data" / "handbags_shoes" / "test" / kind / f"{number:03}.jpg").read_bytes()


def test_photo_gets_its_answer_and_a_bad_file_a_sentence(ready, visit):
    opened = visit()
    content = drawn("shoe", 3)
    give(opened, content)
    assert headline(opened) == expected(ready, content)
    opened.wait_for_selector("img[alt^='The photo, with a heat map']")
    assert "false rejections" in opened.inner_text("body")
    opened.get_by_label("Remove Image").first.click()
    opened.wait_for_selector("#answer >> text=Upload a photo")
    give(opened, b"this is no photo", "holiday.jpg")
    assert headline(opened) == ("holiday.jpg is not an image that can be read (JPEG, PNG, WebP, GIF, ...).")


def test_camera_gives_an_answer(visit):
    opened = visit()
    opened.get_by_label("Capture from camera").first.click()
    opened.get_by_text("Click to Access Webcam").first.click()
    # Gradio offers the button before the first frame is there, and takes nothing then.
    opened.wait_for_function("() => [...document.querySelectorAll('video')].some(v => v.videoWidth > 0)")
    opened.get_by_label("capture photo").click()
    names = ("handbag", "shoe", "neither")
    assert headline(opened).startswith(names)
    opened.wait_for_selector("img[alt^='The photo, with a heat map']")


def test_ten_users_at_once_get_their_own_answers(ready, visit):
    contents = [drawn(kind, number) for number in range(5) for kind in ("handbag", "shoe")]
    users = [visit() for _ in contents]
    for opened, content in zip(users, contents, strict=True):
        give(opened, content)
    found = [headline(opened) for opened in users]
    wanted = [expected(ready, content) for content in contents]
    assert found == wanted and len(set(wanted)) > 3


def test_own_classes_from_camera_and_zip_are_trained_used_and_taken_away(ready, visit, app, tmp_path):
    opened = visit()
    opened.get_by_role("tab", name="Teach it your own").click()
    opened.get_by_role("button", name="Train").click()
    opened.wait_for_selector("#result .refusal >> text=two classes")
    opened.get_by_label("Name of the class").fill("test card")
    opened.get_by_role("tab", name="Camera").click()
    opened.get_by_role("button", name="Record").click()
    opened.wait_for_selector(f"#pictures >> text={page.FRAMES} pictures")
    photos = [(f"set/bag/{number}.jpg", drawn("handbag", number)) for number in range(8)]
    opened.get_by_role("tab", name="Zip file").click()
    path = packed(tmp_path / "set.zip", [*photos, ("set/bag/odd.jpg", b"text")])
    zip_field(opened).set_input_files(path)
    opened.wait_for_selector("#pictures >> text=8 pictures")
    assert "bag/odd.jpg is not an image" in opened.inner_text("#said")
    opened.get_by_role("button", name="Train").click()
    opened.wait_for_selector("#result >> text=Trained on")
    give_last = opened.locator("input[type=file][accept*=image]").last
    give_last.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": drawn("handbag", 0)})
    assert headline(opened, "#own-answer").startswith(("bag", "neither"))
    opened.get_by_role("button", name="Make files").click()
    opened.wait_for_selector("#made >> text=Checked on 5 pictures")
    with opened.expect_download() as download:
        opened.get_by_role("link", name="labels.txt").or_(
            opened.locator("a[download='labels.txt']")
        ).first.click()
    assert Path(download.value.path()).read_text().split() == ["test", "card", "bag", "neither"]
    assert not list(app[1].rglob("set*.zip")), "the zip file was kept"


def zip_field(opened):
    panel = opened.get_by_role("tabpanel").filter(has=opened.get_by_text("A zip file with a folder"))
    return panel.last.locator("input[type=file]").last


def test_app_listens_on_this_computer_only(app):
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("this system has no /proc/net/tcp")
    port = int(app[0].rstrip("/").rsplit(":", 1)[1])
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    bound = {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    assert bound == {"0100007F"}


def test_app_contacted_nobody(app, connections):
    assert connections and set(connections) <= {"127.0.0.1", "localhost", "::1"}

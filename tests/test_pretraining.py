"""Pretraining the embedded network: cut-outs, scenes, going on after a stop, the probe, the weights file."""

import json
import os
import subprocess
import sys

import machine
import numpy as np
import pytest

from helpers.staff.pretraining import learning, probe, samples, scenes
from helpers.staff.pretraining.cutouts import cut_from_white, turned, without_feet


@pytest.fixture
def product():
    """Red ring with a white label in it, on white; the mask of the ring and all it encloses."""
    down, right = np.mgrid[:120, :100]
    far = np.hypot(down - 60, right - 55)
    image = np.full((120, 100, 3), 255, np.uint8)
    image[far < 30] = (180, 20, 30)
    image[far < 8] = 255
    return image, far < 30


def test_cut_out_is_opaque_inside_and_transparent_on_white(product):
    image, inside = product
    cut = cut_from_white(image)
    assert cut.shape[2] == 4
    height, width = cut.shape[:2]
    assert abs(height - 59) <= 2 and abs(width - 59) <= 2  # cropped to the object, less its edge
    middle = np.s_[height // 2 - 4 : height // 2 + 5, width // 2 - 4 : width // 2 + 5]
    assert (cut[middle][..., 3] >= 250).all()  # white that is enclosed belongs to the object
    assert cut[0, 0, 3] == cut[-1, -1, 3] == 0
    assert cut[..., 3].sum() / 255 == pytest.approx(inside.sum(), rel=0.1)


def test_cutting_does_not_depend_on_colour_in_the_corner_of_the_photo(product):
    image, _ = product
    image[:20, :20] = (10, 60, 20)  # a second thing reaches into the corner
    cut = cut_from_white(image)
    assert cut[5, 5, 3] == 255 and cut[-3, 3, 3] == 0


@pytest.mark.parametrize("value", [255, 40])
def test_photos_without_an_object_on_white_are_refused(value):
    with pytest.raises(ValueError, match="no object on white"):
        cut_from_white(np.full((50, 50, 3), value, np.uint8))


def test_feet_go_and_the_rest_stays(product):
    cut = cut_from_white(product[0])
    assert np.array_equal(without_feet(cut, 0.25), cut[: round(0.75 * len(cut))])


def test_turned_has_the_size_asked_for(product):
    cut = cut_from_white(product[0])[:, :30]
    assert turned(cut, 40, 0, False).size == (pytest.approx(20, abs=1), 40)
    assert turned(cut, 40, 90, False).size == (40, pytest.approx(20, abs=1))
    upright, mirrored = (np.asarray(turned(cut, 40, 0, mirror)) for mirror in (False, True))
    assert np.abs(upright[:, ::-1].astype(int) - mirrored).max() <= 1


def test_paste_puts_the_object_where_its_cover_says():
    from PIL import Image

    picture = np.full((60, 60, 3), 100, np.uint8)
    cut = Image.fromarray(np.full((10, 20, 4), (200, 30, 40, 255), np.uint8))
    cover = scenes.paste(picture, cut, 30, 45)
    expected = np.zeros((60, 60))
    expected[45:55, 30:50] = 1
    assert np.array_equal(cover, expected)
    assert (picture[expected == 1] == (200, 30, 40)).all() and (picture[expected == 0] == 100).all()


def test_shadow_darkens_the_ground_below_and_not_the_object():
    from PIL import Image

    picture = np.full((60, 60, 3), 100, np.uint8)
    cut = Image.fromarray(np.full((20, 20, 4), (200, 30, 40, 255), np.uint8))
    scenes.paste(picture, cut, 20, 20, shade=0.6)
    assert (picture[20:40, 20:40] == (200, 30, 40)).all()
    assert picture[40, 30, 0] < 90 < picture[18, 22, 0] + 1 and picture[0, 0, 0] == 100


def test_a_scene_repeats_with_its_seed_and_leaves_its_ground_alone(product):
    cut, ground = cut_from_white(product[0]), np.full((96, 96, 3), 120, np.uint8)
    first, again, other = (scenes.scene(np.random.default_rng(s), cut, ground, cut) for s in (1, 1, 2))
    assert first.shape == (96, 96, 3) and first.dtype == np.uint8
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert (ground == 120).all()
    red = (first[..., 0] > 1.8 * first[..., 1]).mean()
    assert red > 0.05  # the object is in the picture


@pytest.mark.parametrize("name", ["Handbags", "casual_shoes", "flip_flops", "drawn boot"])
def test_bags_and_footwear_are_refused(name):
    with pytest.raises(ValueError, match="bags or footwear"):
        samples.refuse_bags_and_footwear(["socks", name])


def test_no_category_of_the_drawn_world_is_a_bag_or_footwear():
    from helpers import drawings

    assert len(drawings.EVERYDAY_CLASSES) >= 26
    samples.refuse_bags_and_footwear(drawings.EVERYDAY_CLASSES)


@pytest.fixture
def assets(tmp_path, product):
    """Assets with two catalogue categories of 12 photos, and 3 unlabelled photos."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for name in ("caps", "socks"):
        folder = tmp_path / "photos" / "catalogue" / name
        folder.mkdir(parents=True)
        for number in range(12):
            Image.fromarray(product[0]).save(folder / f"{number:02}.jpg")
    folder = tmp_path / "photos" / "unlabelled"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(rng.integers(0, 255, (90, 70, 3), np.uint8)).save(folder / f"{number}.jpg")
    return tmp_path


def test_one_photo_in_ten_is_held_out(assets):
    learnt, held = samples.cutouts(assets), samples.cutouts(assets, held_out=True)
    assert [len(group) for group in learnt] == [10, 10]
    assert [len(group) for group in held] == [2, 2]


def test_parts_are_made_once_and_load_in_order(assets, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "PART", 6)
    monkeypatch.setattr(samples, "BACKDROPS", 1)
    work = tmp_path / "work"
    work.mkdir()
    parts = [
        samples.make_part(kind, number, assets, work, 0) for kind, number in [("pasted", 0), ("patches", 1)]
    ]
    before = [part.stat().st_mtime_ns for part in parts]
    assert samples.make_part("pasted", 0, assets, work, 0).stat().st_mtime_ns == before[0]
    images, labels = samples.load(parts, "images"), samples.load(parts, "labels")
    assert images.shape == (12, scenes.SIZE, scenes.SIZE, 3) and images.dtype == np.uint8
    assert set(labels[:6]) <= {0, 1} and (labels[6:] == -1).all()
    assert not list(work.glob(".*"))  # nothing half-written


# --- learning ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny():
    """Samples of two classes that colour tells apart, and maps that are colour too."""
    rng = np.random.default_rng(0)
    labels = np.arange(256, dtype=np.int32) % 2
    images = rng.integers(0, 60, (256, 40, 40, 3)).astype(np.uint8)
    images[labels == 1, :, :, 0] += 150
    labels[:32] = -1
    maps = images.reshape(256, 5, 8, 5, 8, 3).mean(axis=(2, 4)).astype(np.float16)
    return learning.Samples(images, labels, maps)


@pytest.fixture
def small(monkeypatch):
    """Build a small network with both heads; training images of 32 pixels."""
    monkeypatch.setattr(learning, "SIZES", ((0.0, 32), (0.7, 48)))

    def build():
        import keras

        from helpers.backbones import mini_resnet

        keras.utils.set_random_seed(3)
        monkeypatch.setattr(mini_resnet, "STAGES", ((8, 1), (8, 1), (8, 1), (16, 1)))
        return learning.with_heads(mini_resnet.mini_resnet(None), 2, 3)

    return build


def test_training_learns_both_tasks(tiny, small, tmp_path):
    model = small()
    state = learning.train(model, tiny, learning.Plan(epochs=15), tmp_path / "c.npz", every=0)
    entropy, imitation = np.array(state.losses).reshape(-1, 2).T
    assert entropy[-4:].mean() < 0.4 < entropy[0]
    assert imitation[-4:].mean() < 0.5 * imitation[:4].mean()
    assert state.step == 60


def test_stopped_training_goes_on_where_it_was(tiny, small, tmp_path):
    plan = learning.Plan(epochs=3, seed=5)
    whole = small()
    learning.train(whole, tiny, plan, tmp_path / "whole.npz")
    learning.train(small(), tiny, plan, tmp_path / "halves.npz", stop_at=5)
    resumed = small()
    state = learning.train(resumed, tiny, plan, tmp_path / "halves.npz")
    assert state.step == 12
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_a_checkpoint_cut_off_while_writing_leaves_the_one_before(small, tmp_path, monkeypatch):
    model = small()
    optimizer, path = learning.new_optimizer(model), tmp_path / "c.npz"
    learning.save_state(path, model, optimizer, learning.State(step=3))

    def cut_off(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", cut_off)
    with pytest.raises(OSError, match="No space"):
        learning.save_state(path, model, optimizer, learning.State(step=4))
    assert learning.load_state(path, model, optimizer).step == 3


def test_every_sample_is_seen_once_an_epoch():
    count = 4 * learning.BATCH
    epochs = [np.concatenate([learning.batch_indices(7, 4 * e + s, count) for s in range(4)]) for e in (0, 1)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(count))
    assert not np.array_equal(*epochs)


def test_rate_rises_then_falls_to_nothing():
    values = [learning.rate(progress) for progress in np.linspace(0, 1, 201)]
    top = int(np.argmax(values))
    assert values[top] == pytest.approx(learning.PEAK_RATE) and 0 < top < 20
    assert (np.diff(values[top:]) < 0).all() and values[-1] == pytest.approx(0, abs=1e-9)
    assert learning.rate(0.5 + learning.WARM_UP / 2) == pytest.approx(learning.PEAK_RATE / 2)


def test_views_and_maps_show_the_same_window():
    import tensorflow as tf

    ramp = np.linspace(0, 250, 80, dtype=np.float32)
    across = np.broadcast_to(ramp[None, :, None], (80, 80, 3)).astype(np.uint8)
    images = tf.constant(np.stack([across, across.transpose(1, 0, 2)] * 8))
    maps = tf.cast(images[:, ::16, ::16], tf.float32)  # coarse, but the same content
    maps = tf.cast(tf.image.resize(images, (5, 5), antialias=True), tf.float32)
    views, targets = learning.random_views(images, maps, 64, tf.constant([1, 2]))
    assert views.shape == (16, 64, 64, 3) and targets.shape == (16, 4, 4, 3)
    small = tf.image.resize(views, (4, 4), antialias=True).numpy()[..., 0].reshape(16, -1)
    for view, target in zip(small, targets.numpy()[..., 0].reshape(16, -1), strict=True):
        assert np.corrcoef(view, target)[0, 1] > 0.97
    steps = np.diff(views.numpy()[::2, 32, :, 0].astype(float)).mean(axis=1)
    assert (steps > 0).any() and (steps < 0).any()  # some are mirrored


def test_samples_without_a_label_do_not_touch_the_cross_entropy():
    rng = np.random.default_rng(0)
    logits, maps = rng.normal(size=(4, 3)).astype(np.float32), np.zeros((4, 2, 2, 5), np.float32)
    labels = np.array([2, -1, 0, -1], np.int32)
    entropy, imitation = learning.losses((logits, maps + 3), labels, maps)
    log_softmax = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert float(entropy) == pytest.approx(-(log_softmax[0, 2] + log_softmax[2, 0]) / 2, rel=1e-5)
    assert float(imitation) == pytest.approx(9)


# --- probe and file ----------------------------------------------------------------------------------------


def test_probe_fit_is_where_the_slope_of_the_loss_is_zero():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 4)), rng.integers(0, 2, 60)
    weights = probe.fit(x, y, 2.0)
    chance = 1 / (1 + np.exp(-(x @ weights[:-1] + weights[-1])))
    np.testing.assert_allclose(x.T @ (chance - y) + 2.0 * weights[:-1], 0, atol=2e-3)
    assert (chance - y).sum() == pytest.approx(0, abs=2e-3)  # the intercept is not penalised


def test_probe_tells_apart_what_a_line_can_and_nothing_else():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 300)
    x = rng.normal(size=(300, 30))
    x[:, 3] += 5 * y
    assert (probe.linear_probe(x[:96] * 40 + 7, y[:96])(x[96:] * 40 + 7) == y[96:]).mean() > 0.9
    noise = rng.normal(size=(2000, 30))
    labels = rng.integers(0, 2, 2000)
    assert (probe.linear_probe(noise[:96], labels[:96])(noise[96:]) == labels[96:]).mean() == pytest.approx(
        0.5, abs=0.06
    )


@pytest.fixture(scope="module")
def untrained():
    import keras

    from helpers.backbones.mini_resnet import mini_resnet

    keras.utils.set_random_seed(0)
    net = mini_resnet(64)
    rng = np.random.default_rng(0)
    for weight in net.weights:  # so that no block is the identity
        weight.assign(weight + 0.05 * rng.random(weight.shape))
    return net


def test_network_keeps_its_promises():
    from helpers.backbones.mini_resnet import STAGES, mini_resnet

    net = mini_resnet()
    assert net.input_shape == (None, 128, 128, 3) and net.output_shape == (None, 192)
    assert net.count_params() <= 1_500_000 and len(STAGES) >= 3
    gammas = [weight for layer in net.layers if layer.name.endswith("_bn2") for weight in layer.weights[:1]]
    assert len(gammas) == sum(blocks for _, blocks in STAGES)
    assert all(weight.name == "gamma" and not weight.numpy().any() for weight in gammas)
    with pytest.raises(ValueError, match="16 pixels are too few"):
        mini_resnet(16)


def test_weights_file_is_whole_small_and_gives_the_same_features(untrained, tmp_path):
    from helpers.backbones import weights as reading
    from helpers.backbones.mini_resnet import mini_resnet
    from helpers.staff.pretraining import weights

    kernel, bias, names = np.ones((192, 3)), np.zeros(3), ["caps", "socks", "drawn mug"]
    weights.write(tmp_path / "w.npz", untrained, kernel, bias, names, {"seed": 0})
    with np.load(tmp_path / "w.npz") as saved:
        keys = {f"{layer.name}/{weight.name}" for layer in untrained.layers for weight in layer.weights}
        assert set(saved.files) == keys | {"tags/kernel", "tags/bias", "tags/names", "record"}
        assert all(saved[key].dtype == np.float16 for key in keys | {"tags/kernel", "tags/bias"})
        assert saved["tags/names"].tolist() == names and json.loads(str(saved["record"])) == {"seed": 0}
    assert (tmp_path / "w.npz").stat().st_size < 5e6 and not list(tmp_path.glob("*.part"))
    other = mini_resnet(64)
    reading.load(other, tmp_path / "w.npz", "mini_resnet")
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3)).astype(np.float32)
    wanted = untrained.predict(images, verbose=0)
    assert wanted.std() > 0
    np.testing.assert_allclose(other.predict(images, verbose=0), wanted, rtol=0.02, atol=0.01 * wanted.max())


def test_weights_that_float16_cannot_hold_are_not_written(untrained, tmp_path):
    from helpers.staff.pretraining import weights

    with pytest.raises(ValueError, match="tags/bias holds values"):
        weights.write(tmp_path / "w.npz", untrained, np.ones((192, 1)), np.array([np.nan]), ["caps"], {})
    assert not list(tmp_path.iterdir())


# --- the command -------------------------------------------------------------------------------------------


def run_script(root, *arguments):
    environment = {key: value for key, value in os.environ.items() if key != "COURSE_ASSETS"}
    command = [sys.executable, str(root / "data" / "pretrain_mini_resnet.py"), *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=machine.seconds(300)
    )


def test_command_says_in_one_sentence_that_there_is_nothing_to_learn_from(root, tmp_path):
    done = run_script(root, "--work", tmp_path / "work")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "set COURSE_ASSETS or give --assets" in done.stderr


def test_command_names_what_is_missing_before_any_work(root, assets, tmp_path):
    done = run_script(root, "--assets", assets, "--work", tmp_path / "work")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "mobilenet_v1_a075_224_imagenet.weights.h5 is not there" in done.stderr
    assert not (tmp_path / "work").exists()

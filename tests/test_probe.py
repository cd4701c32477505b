"""The linear probe, and the benchmark that measures a network by it."""

import numpy as np
import pytest
from benchmarks import probe
from PIL import Image

from helpers import backbones
from helpers.assets import AssetError


def test_fit_is_where_the_slope_of_the_loss_is_zero():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 4)), rng.integers(0, 2, 60)
    weights = probe.fit(x, y, 2.0)
    chance = 1 / (1 + np.exp(-(x @ weights[:-1] + weights[-1])))
    np.testing.assert_allclose(x.T @ (chance - y) + 2.0 * weights[:-1], 0, atol=2e-3)
    assert (chance - y).sum() == pytest.approx(0, abs=2e-3)  # the bias is not penalised


def test_probe_tells_apart_what_a_line_can_and_nothing_else():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 300)
    x = rng.normal(size=(300, 30))
    x[:, 3] += 5 * y
    assert (probe.linear_probe(x[:96] * 40 + 7, y[:96])(x[96:] * 40 + 7) == y[96:]).mean() > 0.9
    noise = rng.normal(size=(2000, 30))
    labels = rng.integers(0, 2, 2000)
    found = probe.linear_probe(noise[:96], labels[:96])(noise[96:])
    assert (found == labels[96:]).mean() == pytest.approx(0.5, abs=0.06)


def test_benchmark_measures_what_is_here_and_names_what_is_not(tmp_path, monkeypatch, capsys):
    """A share with photos that anybody tells apart by colour, and one photo of a class of ImageNet."""
    from skimage import data

    for part in ("train", "test"):
        for name, colour in (("handbag", (200, 30, 30)), ("shoe", (30, 30, 200))):
            folder = tmp_path / "photos" / "handbags_shoes_clutter" / part / name
            folder.mkdir(parents=True)
            for number in range(8):
                Image.new("RGB", (90, 70 + number), colour).save(folder / f"{number}.jpg")
    natural = tmp_path / "photos" / "natural"
    natural.mkdir()
    Image.fromarray(data.coffee()).save(natural / "n07920052_espresso.JPEG")
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path))
    probe.main(["--sizes", "128"])
    head, row, left_out = capsys.readouterr().out.splitlines()
    found = dict(zip(map(str.strip, head.split("|")), map(float, row.split("|")), strict=True))
    assert list(found) == ["pixels", "drawn", "clutter", "drawn > clutter", "top-1", "top-5", "images/s"]
    assert found["clutter"] == 1 and found["top-5"] == 1 and found["pixels"] == 128 and found["images/s"] > 1
    assert 0.8 < found["drawn"] < 1
    assert left_out.endswith("are not there: handbags_shoes_studio, phone_shoes.")
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path / "nothing"))
    assert set(probe.NETWORKS) == set(backbones.NETWORKS)
    with pytest.raises(AssetError, match="cannot be opened as a folder"):
        probe.main([])

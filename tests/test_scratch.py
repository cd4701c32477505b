"""The network from scratch is the one that lesson 3 writes out, though it stands in two places."""

from helpers import backbones
from helpers.staff import notebooks


def described(model):
    """Kind and settings of each layer, without names."""
    configs = [(type(layer).__name__, layer.get_config(), layer.output.shape) for layer in model.layers]
    for _, config, _ in configs:
        config.pop("name")
    return configs


def test_scratch_cnn_is_the_network_of_lesson_3(root):
    import keras

    lesson = notebooks.build_file(root / "notebooks" / "source" / "03_handbags_vs_shoes.py")
    (cell,) = [c.source for c in lesson.cells if c.cell_type == "code" and "def scratch_network" in c.source]
    written_out = {"keras": keras, "layers": keras.layers, "names": ("handbag", "shoe")}
    exec(cell, written_out)
    ours, theirs = backbones.scratch_cnn(), written_out["scratch_network"]()
    assert described(ours) == described(theirs)
    noise = keras.layers.GaussianNoise(1)
    assert described(backbones.scratch_cnn(noise)) == described(written_out["scratch_network"](noise))


def test_it_has_one_output_for_each_class():
    assert backbones.scratch_cnn(classes=5).output_shape == (None, 5)

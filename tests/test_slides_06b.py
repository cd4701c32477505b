"""Deck 6b: what its six steps of Grad-CAM add up to."""

import numpy as np

from slides.computed import lesson_06b


def test_grad_cam_in_steps_is_grad_cam():
    """What the six slides add up, enlarged, is what the helper gives."""
    import tensorflow as tf

    maps, gradients = lesson_06b.maps_and_gradients()
    steps = np.maximum(np.einsum("hwc,c->hw", maps, gradients.mean(axis=(0, 1))), 0)
    whole = lesson_06b.heat()[0]
    enlarged = tf.image.resize(steps[..., None], whole.shape)[..., 0].numpy()
    np.testing.assert_allclose(enlarged, whole, atol=1e-4 * whole.max())


def test_the_heat_lies_on_the_cup():
    heat = lesson_06b.heat()[0]
    assert heat[:, :96].sum() > 0.7 * heat.sum()

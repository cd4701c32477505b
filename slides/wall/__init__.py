"""Pictures for the wall: what only the decks show. Each is a `Figure`, as those of `helpers.plots` are."""

from slides.wall.dots import dots
from slides.wall.fields import receptive_field_grids
from slides.wall.steps import pooling_step, receptive_field_steps, volume_step
from slides.wall.tables import feature_table
from slides.wall.weighing import grad_cam_step

__all__ = [
    "dots",
    "feature_table",
    "grad_cam_step",
    "pooling_step",
    "receptive_field_grids",
    "receptive_field_steps",
    "volume_step",
]

"""Pictures of one object in clutter: light, pose, shadows, things around.

Every picture has two random streams: one for the scene (background, things, light, place, size, turn), which
does not know the class, and one for the object.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from helpers.drawings.canvas import Generator
from helpers.drawings.materials import Cutout, blur
from helpers.drawings.scenery import backdrop, thing

SIZE = 160
_DRAWN, _LAYER, _THING = 320, 320, 160


@dataclass
class Light:
    """Direction to the light (unit vector, right and down), exposure and tint (3,), and where it falls."""

    towards: np.ndarray
    tint: np.ndarray
    field: np.ndarray


def new_light(rng: Generator, pixels: int = _DRAWN) -> Light:
    """Daylight or a lamp from above, left or right, bright or dim, warm or cool, for a square picture."""
    turn = rng.uniform(-2.6, -0.55)
    towards = np.array([np.cos(turn), np.sin(turn)])
    warm = rng.normal(0, 0.06)
    tint = rng.uniform(0.74, 1.14) * np.array([1 + warm, 1, 1 - warm])
    down, right = np.mgrid[:pixels, :pixels] / pixels - 0.5
    field = 1 + rng.uniform(0.05, 0.4) * (right * towards[0] + down * towards[1])
    if rng.random() < 0.3:  # the shadow of a window bar or a branch
        across = right * towards[1] - down * towards[0] + rng.uniform(-0.2, 0.2)
        bars = blur((np.cos(across * rng.uniform(12, 26)) > 0.35).astype(np.float32), 12)
        field = field * (1 - rng.uniform(0.12, 0.3) * bars)
    return Light(towards, tint.astype(np.float32), field[..., None].astype(np.float32))


@dataclass
class Pose:
    """Where something is put: centre and size in pixels, turn in degrees, mirror, and perspective (2,)."""

    centre: np.ndarray
    size: float
    turn: float
    mirror: bool
    tilt: np.ndarray

    def light(self, towards: np.ndarray) -> tuple[float, float]:
        """Direction to the light as seen from what is put there."""
        turn = -np.deg2rad(self.turn)
        right = towards[0] * np.cos(turn) - towards[1] * np.sin(turn)
        return (-right if self.mirror else right, towards[0] * np.sin(turn) + towards[1] * np.cos(turn))

    def matrix(self, cut: Cutout) -> np.ndarray:
        """Homography from pixels of the picture to pixels of the cut-out, (3, 3)."""
        middle, size = cut.bounds()
        scale, turn = self.size / size, np.deg2rad(self.turn)
        cos, sin = scale * np.cos(turn), scale * np.sin(turn)
        flip = -1.0 if self.mirror else 1.0
        tilt = self.tilt / cut.pixels
        to_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
        lean = np.array([[flip, 0, 0], [0, 1, 0], [tilt[0], tilt[1], 1]])
        place = np.array([[cos, -sin, self.centre[0]], [sin, cos, self.centre[1]], [0, 0, 1]])
        inverse = np.linalg.inv(place @ lean @ to_middle)
        return inverse / inverse[2, 2]


def warp(layer: np.ndarray, matrix: np.ndarray, pixels: int, resample) -> np.ndarray:
    """Move an array into a picture of (pixels, pixels) under a homography; 0 outside."""
    coefficients = tuple(float(value) for value in matrix.ravel()[:8])
    image = Image.fromarray(layer).transform(
        (pixels, pixels), Image.Transform.PERSPECTIVE, coefficients, resample=resample
    )
    return np.asarray(image)


def put(picture: np.ndarray, cut: Cutout, pose: Pose, towards: np.ndarray, hardness: float) -> np.ndarray:
    """Put a cut-out on a picture, float32 (n, n, 3), in place, with its shadow; its cover, (n, n), 0 to 1."""
    matrix, pixels = pose.matrix(cut), len(picture)
    layer = np.dstack([np.clip(cut.colour, 0, 255).astype(np.uint8), cut.cover * np.uint8(255)])
    warped = warp(layer, matrix, pixels, Image.Resampling.BILINEAR).astype(np.float32)
    cover = warped[..., 3] / 255
    half = np.pad(cover[::2, ::2], 24)  # shadows are soft: half the pixels will do
    keep = np.ones((pixels // 2, pixels // 2), np.float32)
    for reach, soft, dark in ((0.10, 0.11, 0.42 * hardness), (0.02, 0.035, 0.3)):
        right, down = np.rint(-towards * reach * pose.size / 2).astype(int).tolist()
        shadow = np.roll(blur(half, soft * pose.size / 2), (down, right), (0, 1))[24:-24, 24:-24]
        keep *= 1 - np.float32(dark) * shadow
    keep = (1 - cover) * keep.repeat(2, axis=0).repeat(2, axis=1)
    for channel in range(3):  # one by one they are quicker
        picture[..., channel] = picture[..., channel] * keep + warped[..., channel]
    return cover


def _new_pose(rng: Generator) -> Pose:
    """Choose where the object goes: mostly near the middle, sometimes close up and cut off by the frame."""
    close = rng.random() < 0.2
    size = _DRAWN * (rng.uniform(0.62, 0.85) if close else rng.uniform(0.4, 0.64))
    centre = _DRAWN * (0.5 + rng.uniform(-0.2, 0.2, 2) * (1 if close else 0.75))
    turn = rng.normal(0, 16) if rng.random() < 0.8 else rng.uniform(-75, 75)
    return Pose(centre, size, turn, bool(rng.random() < 0.5), rng.uniform(-0.45, 0.45, 2))


def things(rng: Generator, light: Light, spot: np.ndarray, near: tuple[float, float], count: int) -> list:
    """Cut-outs of small things with their poses, at a distance range from a spot, in parts of the picture."""
    made = []
    for _ in range(count):
        turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(*near) * _DRAWN
        centre = spot + far * np.array([np.cos(turn), np.sin(turn)])
        size, lean = _DRAWN * rng.uniform(0.14, 0.32), rng.normal(0, 30)
        pose = Pose(centre, size, lean, False, rng.uniform(-0.2, 0.2, 2))
        made.append((thing(rng, _THING, pose.light(light.towards)), pose))
    return made


def compose(
    draw: Callable[[Generator, Cutout], None],
    scene: Generator,
    chance: Generator,
    objects: bool,
    photos: tuple[str, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one picture: pixels, uint8 (160, 160, 3), and parts, uint8 (160, 160), indices of ``PARTS``.

    ``draw(chance, cut)`` draws the object on a cut-out without a background; scene and object have random
    streams of their own. Without `objects` the object is left out; `photos` as in `scenery.backdrop`.
    """
    light, pose = new_light(scene), _new_pose(scene)
    hardness = scene.uniform(0.35, 1.0)
    behind = things(scene, light, np.array([_DRAWN / 2] * 2), (0.3, 0.62), scene.integers(0, 5))
    before = things(scene, light, pose.centre, (0.18, 0.36), int(scene.random() < 0.35))
    picture = backdrop(scene, _DRAWN, photos).astype(np.float32)
    grain = scene.normal(0, scene.uniform(0, 3.5), (SIZE, SIZE, 1))
    for cut, place in behind:
        put(picture, cut, place, light.towards, hardness)
    parts = np.zeros((SIZE, SIZE), np.uint8)
    if objects:
        ground = picture[80:-80, 80:-80].mean(axis=(0, 1))
        cut = Cutout(_LAYER, pose.light(light.towards), ground)
        draw(chance, cut)
        put(picture, cut, pose, light.towards, hardness)
        twice = pose.matrix(cut) @ np.diag([_DRAWN / SIZE, _DRAWN / SIZE, 1.0])
        parts = warp(cut.parts, twice / twice[2, 2], SIZE, Image.Resampling.NEAREST).copy()
    for cut, place in before:
        hidden = put(picture, cut, place, light.towards, hardness)
        parts[hidden.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3)) > 0.5] = 0
    picture *= light.tint * light.field
    small = sum(picture[down::2, right::2] for down in (0, 1) for right in (0, 1)) / 4 + grain
    return np.clip(np.rint(small), 0, 255).astype(np.uint8), parts

"""Scenes of several handbags and shoes, drawn, with what is where known exactly: boxes, outlines, key points.

Made of the parts of the catalogue: `composition` for light and pose, `scenery` for what is around. Nothing
hides an object, none leaves the picture, and no two overlap, so each outline is whole.
"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from PIL import Image

from helpers.drawings.canvas import Generator, check_whole
from helpers.drawings.composition import Light, Pose, new_light, put, things, warp
from helpers.drawings.footwear import FOOTWEAR
from helpers.drawings.handbags import HANDBAGS
from helpers.drawings.materials import Cutout, new_outfit
from helpers.drawings.scenery import PHOTOS, backdrop

KEY_POINTS = ("heel", "toe", "top")
_LAYER, _EDITION = 160, 8


@dataclass(frozen=True, eq=False)
class Scenes:
    """Pictures, and what is where in each. Coordinates are pixels right and down from the top left corner.

    Attributes
    ----------
    images : ndarray
        uint8, (n, size, size, 3), RGB.
    outlines : ndarray
        uint8, (n, size, size): 0 is the ground, 1 the first object of the picture, 2 the second, and so on.
    labels : tuple of ndarray
        For each picture int64 (objects,): 0 for a handbag, 1 for a shoe.
    boxes : tuple of ndarray
        For each picture float32 (objects, 4): left, top, right and bottom edge of each object.
    points : tuple of ndarray
        For each picture float32 (objects, 3, 2), x and y of each of ``KEY_POINTS``; NaN for a handbag.
    """

    images: np.ndarray
    outlines: np.ndarray
    labels: tuple[np.ndarray, ...]
    boxes: tuple[np.ndarray, ...]
    points: tuple[np.ndarray, ...]

    @property
    def masks(self) -> np.ndarray:
        """What each pixel shows, uint8, (n, size, size): 0 the ground, 1 a handbag, 2 a shoe."""
        pairs = zip(self.labels, self.outlines, strict=True)
        return np.uint8([np.append(0, labels + 1)[outline] for labels, outline in pairs])


def scenes(
    split: str, n: int, seed: int = 0, *, size: int = 192, objects: tuple[int, int] = (1, 4)
) -> Scenes:
    """Draw scenes of several handbags and single shoes, seen from the side.

    Parameters
    ----------
    split, seed
        As in `handbags_and_shoes`, with the same promises, and the same licence.
    n : int
        Number of pictures, at least 1.
    size : int
        Side of the pictures in pixels, even, 128 to 1024. For any size, objects are mostly 45 to 120
        pixels long, and less where there is little room.
    objects : (int, int)
        Fewest and most objects of a picture, 1 to 40. Where there is no room left, it has fewer.

    Examples
    --------
    >>> drawn = scenes("train", 2)
    >>> drawn.images.shape, [len(boxes) == len(labels) for boxes, labels in zip(drawn.boxes, drawn.labels)]
    ((2, 192, 192, 3), [True, True])
    """
    if split not in tuple(PHOTOS):
        raise ValueError(f"split={split!r} is unknown; give one of {', '.join(PHOTOS)}.")
    for name, value, least in (("n", n, 1), ("seed", seed, 0), ("size", size, 128)):
        check_whole(name, value, least, such_as=max(least, 8))
    if size % 2 or size > 1024:
        raise ValueError(f"size={size} will not do; give an even number from 128 to 1024, such as size=192.")
    whole = np.shape(objects) == (2,) and all(isinstance(count, Integral) for count in objects)
    if not (whole and 1 <= objects[0] <= objects[1] <= 40):
        raise ValueError(f"objects={objects!r} will not do; give fewest and most, such as objects=(1, 4).")
    streams = [(_EDITION, int(seed), tuple(PHOTOS).index(split), index) for index in range(n)]
    drawn = [_scene(stream, PHOTOS[split], int(size), objects) for stream in streams]
    images, outlines, *of_each = zip(*drawn, strict=True)
    return Scenes(np.stack(images), np.stack(outlines), *of_each)


def shoe_cutouts(drawn: Scenes, size: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Cut each shoe out of its scene, by its box with a margin of a fifth, and resize it.

    Gives images, uint8 (n, size, size, 3), black beyond the scene; and float32 (n, 3, 2), x and y of each of
    ``KEY_POINTS`` as fractions of the side.
    """
    check_whole("size", size, 8, such_as=96)
    images, points = [], []
    for image, labels, *found in zip(drawn.images, drawn.labels, drawn.boxes, drawn.points, strict=True):
        for box, marks in zip(*(part[labels == 1] for part in found), strict=True):
            side = 1.2 * max(box[2:] - box[:2])
            left, top = (box[:2] + box[2:] - side) / 2
            scale = side / size
            numbers = scale, 0, left, 0, scale, top
            place = Image.Transform.AFFINE, [float(number) for number in numbers]
            cut = Image.fromarray(image).transform((size, size), *place, Image.Resampling.BILINEAR)
            images.append(np.asarray(cut))
            points.append((marks - [left, top]) / side)
    images = np.array(images, np.uint8).reshape(-1, size, size, 3)
    return images, np.array(points, np.float32).reshape(-1, len(KEY_POINTS), 2)


def _scene(stream, photos, size, objects, only=None):
    """Draw one picture: image, outlines, labels, boxes and key points. `only` one of the objects is seen."""
    rng = np.random.default_rng([*stream, 0])
    light, hardness = new_light(rng, 2 * size), rng.uniform(0.35, 1.0)
    picture = backdrop(rng, 2 * size, photos).astype(np.float32)
    ground = picture.mean(axis=(0, 1))
    grain = rng.normal(0, rng.uniform(0, 3.5), (size, size, 1))
    for _ in range(rng.integers(0, 1 + 2 * size**2 // 192**2)):
        for cut, pose in things(rng, light, 2 * size * rng.random(2), (0, 0.1), 1):
            put(picture, cut, pose, light.towards, hardness)
    count = int(rng.integers(objects[0], objects[1] + 1))
    outline, found = np.zeros((size, size), np.uint8), []
    for number in range(1, count + 1):
        chance = np.random.default_rng([*stream, number])
        label, cut, pose = _object(chance, light, ground)
        if (inside := _place(chance, cut, pose, outline > 0)) is None:
            continue
        outline[inside] = len(found) + 1
        rows, columns = np.nonzero(inside)
        box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        found.append((label, box, _key_points(cut, pose) if label else np.full((3, 2), np.nan)))
        if only in (None, len(found)):
            put(picture, cut, pose, light.towards, hardness)
    small = (picture * light.tint * light.field).reshape(size, 2, size, 2, 3).mean(axis=(1, 3)) + grain
    image = np.clip(np.rint(small), 0, 255).astype(np.uint8)
    labels, boxes, points = zip(*found, strict=True)
    return image, outline, np.array(labels), np.float32(boxes), np.float32(points)


def _object(rng: Generator, light: Light, ground: np.ndarray) -> tuple[int, Cutout, Pose]:
    """Draw a handbag or a shoe on a cut-out, and choose its pose, not yet its place."""
    label = int(rng.integers(2))
    families = FOOTWEAR if label else HANDBAGS
    draw = families[tuple(families)[rng.integers(len(families))]]
    size, turn, mirror = rng.uniform(80, 150), rng.normal(0, 14), bool(rng.random() < 0.5)
    pose = Pose(np.zeros(2), size, turn, mirror, rng.uniform(-0.35, 0.35, 2))
    cut = Cutout(_LAYER, pose.light(light.towards), ground)
    draw(rng, cut, new_outfit(rng, cut))
    return label, cut, pose


def _place(rng: Generator, cut: Cutout, pose: Pose, taken: np.ndarray) -> np.ndarray | None:
    """Find a place where the object is whole and hides no other; its mask there, or None if there is none."""
    size = len(taken)
    for _ in range(40):
        pose.centre = 2 * size * rng.uniform(0.08, 0.92, 2)
        twice = pose.matrix(cut) @ np.diag([2.0, 2.0, 1.0])
        inside = warp(cut.parts, twice / twice[2, 2], size, Image.Resampling.NEAREST) > 0
        whole = np.count_nonzero(inside[2:-2, 2:-2]) == np.count_nonzero(inside) > 0
        if whole and not (inside & taken).any():
            return inside
        pose.size *= 0.985
    return None


def _key_points(cut: Cutout, pose: Pose) -> np.ndarray:
    """Heel, toe and top of a shoe that points left, moved into the picture, (3, 2)."""
    rows, columns = np.nonzero(cut.cover)
    low = rows >= rows.max() - 0.04 * np.ptp(rows)
    ends = low & (columns == columns[low].max()), columns == columns.min(), rows == rows.min()
    places = [(columns[end].mean() + 0.5, rows[end].mean() + 0.5, 1) for end in ends]
    moved = np.array(places) @ np.linalg.inv(pose.matrix(cut)).T
    return moved[:, :2] / moved[:, 2:] / 2

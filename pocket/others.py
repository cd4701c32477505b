"""Pictures of things that are neither: to learn what "neither" means, and to measure it."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import assets, photos
from helpers.datasets import folders
from helpers.datasets.base import fit_to
from helpers.datasets.folders import PHOTO_SUFFIXES as SUFFIXES

# Photos that come inside scikit-image, without a download. None shows a bag or footwear as its subject.
PHOTOS = ("astronaut", "brick", "camera", "cat", "cell", "clock", "coffee", "coins", "colorwheel", "grass",
          "gravel", "horse", "hubble_deep_field", "immunohistochemistry", "logo", "moon", "page", "retina",
          "rocket", "stereo_motorcycle", "text")  # fmt: skip
CROPS = 8  # of each
DRAWN = 12  # of each kind of thing in `drawings.scenery`
EMPTY = 60  # drawn scenes without a thing
# Folders in COURSE_ASSETS, see data/README.md, and how many photos of each are taken.
FOLDERS = {"photos/natural": 60, "photos/unlabelled": 120, "photos/catalogue": 60}
# What names of photos say where they do show a bag or a shoe.
BAGS_AND_FOOTWEAR = re.compile(
    "bag|backpack|purse|pouch|wallet|satchel|clutch|shoe|boot|sandal|loafer|clog|sneaker|slipper|heel|moccasin",
    re.IGNORECASE,
)
LEARNT = 0.7  # share of what there is; the rest measures


class Others(NamedTuple):
    """Pictures uint8 (n, size, size, 3) to learn from and to measure on, and in words what they are."""

    learn: np.ndarray
    measure: np.ndarray
    what: str


def others(size: int, *, real: bool) -> Others:
    """Bring pictures of things that are neither handbags nor shoes, and empty scenes.

    Crops of scikit-image's photos, drawn things, drawn empty scenes; with `real` also photos of `FOLDERS` in
    COURSE_ASSETS, as far as they are there. No photo and no kind of drawn thing is in both parts.
    """
    rng, what = np.random.default_rng(0), "crops of photos, drawn things and empty scenes"
    kinds = [*_crops(rng, size)], [*_drawn(size)], [[scene] for scene in _scenes(size)]
    if real and (more := [*_photos(rng, size)]):
        kinds, what = (*kinds, more), f"photos of other things, {what}"
    parts = [], []
    for groups in kinds:
        groups = [groups[index] for index in rng.permutation(len(groups))]
        first = round(LEARNT * len(groups))
        for part, some in zip(parts, (groups[:first], groups[first:]), strict=True):
            part.extend(image for group in some for image in group)
    return Others(*map(np.stack, parts), what)


def _crops(rng, size):
    """Square parts of photos, the first as large as it can be: a list for each photo."""
    from skimage import color, data, util

    for name in PHOTOS:
        photo = getattr(data, name)()
        photo = util.img_as_ubyte(np.asarray(photo[0] if name.startswith("stereo") else photo))
        photo = color.gray2rgb(photo) if photo.ndim == 2 else photo[..., :3]
        shares = [1.0, *rng.uniform(0.35, 0.9, CROPS - 1)]
        yield [fit_to(_part(rng, photo, share), (size, size)) for share in shares]


def _part(rng, photo, share):
    side = int(share * min(photo.shape[:2]))
    top, left = (int(rng.integers(0, whole - side + 1)) for whole in photo.shape[:2])
    return np.ascontiguousarray(photo[top : top + side, left : left + side, :][:, :: rng.choice([-1, 1])])


def _drawn(size):
    """Drawn things other than handbags and shoes: a list for each kind."""
    from helpers.drawings import composition, scenery

    for kind, draw in enumerate(scenery.THINGS.values()):
        seeds = [[9, kind, number] for number in range(DRAWN)]
        streams = [[np.random.default_rng([*seed, part]) for part in (0, 1)] for seed in seeds]
        made = (composition.compose(draw, *stream, True, scenery.PHOTOS["train"])[0] for stream in streams)
        yield [fit_to(image, (size, size)) for image in made]


def _scenes(size):
    from helpers import drawings

    scenes, _ = drawings.handbags_and_shoes("train", EMPTY, seed=5, objects=False)
    return [fit_to(scene, (size, size)) for scene in scenes]


def _photos(rng, size):
    """Photos of COURSE_ASSETS, a list of one each."""
    mirror = assets.mirror_dir()
    for name, most in FOLDERS.items() if mirror else ():
        paths = _paths(mirror / name)
        for index in rng.permutation(len(paths))[:most]:
            try:
                yield [fit_to(photos.read_photo(paths[index]), (size, size))]
            except photos.PhotoError as error:
                print(f"{error} It is left out.")


def _paths(folder: Path) -> list[Path]:
    return [
        path
        for path in folders.entries(folder, deep=True)
        if path.suffix.lower() in SUFFIXES and not BAGS_AND_FOOTWEAR.search(f"{path.parent.name}/{path.stem}")
    ]

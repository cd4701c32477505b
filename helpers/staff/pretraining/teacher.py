"""The teacher: the last feature map of MobileNet (alpha = 0.75) trained on ImageNet."""

from pathlib import Path

import numpy as np

from helpers.staff.pretraining.samples import need, save

WEIGHTS = "mobilenet_v1_a075_224_imagenet.weights.h5"
SIDE = 160  # pixels it looks at, so its last map is 5x5
CHANNELS = 768


def teacher(assets: Path):
    """Build the teacher: from images 0 to 255 of any size to maps, (batch, 5, 5, 768)."""
    import keras

    weights = need(assets / "weights" / WEIGHTS, "ImageNet weights of MobileNet")
    full = keras.applications.MobileNet(alpha=0.75, weights=None)
    full.load_weights(weights)
    base = keras.applications.MobileNet((SIDE, SIDE, 3), alpha=0.75, include_top=False, weights=None)
    base.set_weights(full.get_weights()[: len(base.weights)])
    images = keras.Input((None, None, 3))
    x = keras.layers.Resizing(SIDE, SIDE)(images)
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(x)
    return keras.Model(images, base(x))


def watch(parts: list[Path], assets: Path) -> None:
    """Write the teacher's maps, float16, next to each part that has none yet."""
    missing = [part for part in parts if not part.with_name(part.name.replace("labels", "maps")).exists()]
    net = teacher(assets)
    for done, part in enumerate(missing, start=1):
        images = np.load(part.with_name(part.name.replace("labels", "images")))
        maps = net.predict(images, batch_size=50, verbose=0)
        save(part.with_name(part.name.replace("labels", "maps")), maps.astype(np.float16))
        print(f"\rteacher: part {done} of {len(missing)}", end="", flush=True)
    print()

"""Train the weights of mini_resnet that the course ships.

    python data/pretrain_mini_resnet.py [--assets DIR] [--minutes M | --epochs E] [--seed 0] [--out FILE]

DIR (by default COURSE_ASSETS) holds photos/catalogue, photos/unlabelled and weights/. All that is made on the
way lies in --work: stop the command at any time, even with kill -9, and the same command goes on from there.
It ends by writing FILE (data/mini_resnet.npz): weights, category head, and a record of how they came about.
No image that is learnt from goes into FILE or into the repository. Two cores need about a quarter of an hour
before the training proper, and 70 minutes for it.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from helpers.staff.pretraining import learning, samples, scores, teacher, weights  # noqa: E402

COUNTS = {"pasted": 36000, "drawn": 7000, "patches": 10000}
HELD_OUT = {"held": 1000}


def options(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assets", type=Path, default=os.environ.get("COURSE_ASSETS"), metavar="DIR")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="of training (70 by default)")
    length.add_argument("--epochs", type=float, help="of training, whatever time they take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=HERE / "mini_resnet.npz", metavar="FILE")
    parser.add_argument("--work", type=Path, default=HERE.parent / "build" / "pretraining", metavar="DIR")
    given = parser.parse_args(arguments)
    if given.minutes is None and given.epochs is None:
        given.minutes = 70.0
    return given


def check(assets: Path | None) -> Path:
    """Make sure that everything to learn from is there, before hours go by."""
    if assets is None:
        raise samples.MissingAssetsError(
            "There is nothing to learn from; set COURSE_ASSETS or give --assets DIR."
        )
    assets = Path(assets)
    samples.categories(assets)
    samples.need(assets / "photos" / "unlabelled", "unlabelled photos")
    samples.need(assets / "weights" / teacher.WEIGHTS, "ImageNet weights of MobileNet")
    return assets


def gather(given: argparse.Namespace, assets: Path) -> learning.Samples:
    """Make all samples that are missing, show them to the teacher, and load them."""
    parts = samples.make(COUNTS, assets, given.work, seed=given.seed)
    teacher.watch(parts, assets)
    return learning.Samples(*(samples.load(parts, what) for what in ("images", "labels", "maps")))


def learn(given: argparse.Namespace, data: learning.Samples, categories: int):
    """Train; give the headless network, the model with its heads, and where the training ended."""
    import keras

    from helpers.backbones.mini_resnet import mini_resnet

    keras.utils.set_random_seed(given.seed)
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    net = mini_resnet(None)
    model = learning.with_heads(net, categories, data.maps.shape[-1])
    plan = learning.Plan(minutes=given.minutes, epochs=given.epochs, seed=given.seed)
    state = learning.train(model, data, plan, given.work / f"checkpoint-{given.seed}.npz")
    keras.mixed_precision.set_global_policy("float32")
    exact = mini_resnet()
    exact.set_weights(net.get_weights())
    return exact, model, state


def held_out_accuracy(given: argparse.Namespace, assets: Path, net, kernel, bias) -> float:
    """Accuracy of the category head among catalogue names on scenes of held-out photos."""
    parts = samples.make(HELD_OUT, assets, given.work, seed=given.seed, workers=1)
    found = scores.features_of(net, 128)(samples.load(parts, "images"))
    logits = (found @ kernel + bias)[:, : len(samples.catalogue_categories(assets))]
    return round(float(np.mean(logits.argmax(axis=1) == samples.load(parts, "labels"))), 4)


def main(arguments: list[str] | None = None) -> None:
    """Make samples, train, score, write the file."""
    given = options(arguments)
    try:
        assets = check(given.assets)
    except samples.MissingAssetsError as error:
        sys.exit(str(error))
    names = samples.categories(assets)
    data = gather(given, assets)
    net, model, state = learn(given, data, len(names))
    kernel, bias = (variable.numpy() for variable in model.get_layer("tags").weights)
    record = {
        "recipe": "labels of scenes and drawings; last feature map of MobileNet (alpha 0.75, ImageNet)",
        "seed": given.seed,
        "samples": COUNTS,
        "categories": len(names),
        "steps": state.step,
        "samples_seen": state.step * learning.BATCH,
        "epochs": round(state.step * learning.BATCH / len(data.images), 2),
        "minutes": round(state.seconds / 60, 1),
        "losses": [round(loss, 4) for loss in state.losses[-2:]],
        "held_out_categories": held_out_accuracy(given, assets, net, kernel, bias),
        "linear_probe": scores.scores(scores.features_of(net, 128), scores.all_sets(assets)),
    }
    weights.write(given.out, net, kernel, bias, names, record)
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.2f} MB")
    print(record)


if __name__ == "__main__":
    main()

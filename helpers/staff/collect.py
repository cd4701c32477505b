"""Collect licensed photos of any classes of Open Images V7 as a small data set.

    python -m helpers.staff.collect --classes Handbag,Footwear --out DIR [--per-class 108] [--size 160]

writes DIR/{train,validation,test}/CLASS/IMAGE.jpg, square crops around one object each, and
DIR/ATTRIBUTION.csv, which names the author, the licence and the page of each and belongs with them wherever
they go. All classes have equally many photos in each split, no author is in two splits, and no photo looks
like another. What has arrived is kept in the user's cache (COURSE_CACHE moves it): a run that was stopped
goes on where it was, and another seed, number or folder loads only what is new.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from helpers import collecting
from helpers.assets import AssetError
from helpers.collecting import Order, sets
from helpers.staff import course


@course.explained
def main(arguments: list[str] | None = None) -> int:
    """Collect; returns 1 if something did not arrive, 2 if the order cannot be met as it is."""
    parser = course.command("collect", __doc__.splitlines()[0])
    parser.add_argument("--classes", required=True, metavar="A,B", help="such as Handbag,Footwear")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the photos")
    parser.add_argument("--per-class", type=int, default=108, metavar="N", help="photos of each (108)")
    parser.add_argument("--size", type=int, default=160, metavar="PIXELS", help="side of an image (160)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another choice (0)")
    parser.add_argument("--base-url", help=argparse.SUPPRESS)  # a mirror of lists and photos
    options = parser.parse_args(arguments)
    classes = [name.strip() for name in options.classes.split(",") if name.strip()]
    order = Order(dict(zip(classes, classes, strict=True)), options.per_class, options.size, options.seed)
    base = (options.base_url or "").rstrip("/")
    try:
        sets.earlier(options.out)  # a folder that cannot be used is no reason to download
        order = order._replace(lists=base, photos=base) if base else order
        images, left_out = collecting.gather(order, collecting.Pulse())
        sets.write(images, options.out, order.size)
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be read or written ({error.strerror}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What came is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    print(collecting.sum_up(left_out))
    counts = Counter((image.split, image.candidate.label) for image in images)
    for (split, label), count in counts.items():
        print(f"{split:<10}  {count:>5}  {label}")
    missing = order.per_class - sum(counts.values()) // len({label for _, label in counts})
    if missing:
        print(f"That is {missing} of each class fewer than asked for: there are no more that fit.")
    print(f"The photos are in {options.out}. Keep {sets.ATTRIBUTION} with them: their licences ask for it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

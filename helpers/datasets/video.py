"""Frames of phone videos as images: a minute of film is a small data set."""

import contextlib
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import assets, convolution
from helpers.datasets import base
from helpers.datasets.base import Dataset

LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
LUMA = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue look
SHARPNESS = 0.3
FLAT = 10.0  # variance of the Laplacian of a picture without any detail: a covered lens, a wall
MOST_FRAMES = 2000


class Clip(NamedTuple):
    """What one video gives."""

    images: np.ndarray  # uint8 (N, height, width, 3), 0 to 255
    times: np.ndarray  # float (N,), seconds from its beginning


def from_video(path: str | os.PathLike, every: float = 0.5, *, size: tuple[int, int] = (160, 160)) -> Clip:
    """Cut images out of a video, without those that are blurred or repeat an earlier one.

    Frames are turned as the phone was held, stretched where their pixels are not square, cut to the aspect of
    `size` around their centre, and resized. Blurred is what has less than `SHARPNESS` of the clip's usual
    sharpness, the upper quartile of the variance of the Laplacian [1]_ at the final size. A repetition has a
    perceptual hash that differs from an earlier one in at most `base.NEAR` of 64 bits. A line is printed that
    says how many were kept, and what of the video was not read: `MOST_FRAMES` frames are the most.

    Parameters
    ----------
    path : path
        A video that ffmpeg reads: MP4, MOV, WebM, AVI and more.
    every : float
        Seconds from one frame to the next, 0.02 or more.
    size : (int, int)
        Height and width of the images, pixels, 8 to 4096.

    References
    ----------
    .. [1] Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study", 2000.
    """
    size = base.check_size(size)
    if every is True or not 0.02 <= every < np.inf:
        raise ValueError(f"every={every} is not possible. Use 0.02 seconds or more, such as 0.5.")
    path = assets.full_path(path)
    if not path.is_file():
        raise ValueError(f"There is no video {path}. Give the path of one file, such as 'shoes.mp4'.")
    frames, unread = _frames(path, every, size)
    if not frames:
        raise ValueError(f"{path} gave no frame. Choose `every` shorter, or export the video as MP4 again.")
    detail = np.array([sharpness_of(frame) for frame in frames])
    sharp = np.flatnonzero(detail > max(FLAT, SHARPNESS * np.quantile(detail, 0.75)))
    kept = _different(frames, sharp)
    if not kept:
        raise ValueError(
            f"{path}: none of {len(frames)} frames is sharp. Film more slowly, in better light, nearer by."
        )
    blurred, repeated = len(frames) - len(sharp), len(sharp) - len(kept)
    print(
        f"{path.name}: {len(kept)} of {len(frames)} frames kept "
        f"({blurred} blurred, {repeated} nearly the same).{unread}"
    )
    images = np.stack([frames[index] for index in kept])
    return Clip(images, np.array(kept) * every)


def from_videos(
    videos: Mapping[str, Sequence[str | os.PathLike]],
    every: float = 0.5,
    *,
    size: tuple[int, int] = (160, 160),
    validation: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Make a data set of videos, several for each class; all frames of a clip lie on one side of the split.

    Frames of one clip show one thing on one table: with some in training and some in the test, a network
    that remembers the table would look clever. So `test` and `validation` need clips of their own.

    Parameters
    ----------
    videos : dict
        Class name -> paths of its videos, three or more each (two with validation=0).
    every, size
        As in `from_video`.
    validation, test : float
        Shares of the frames of each class, met as nearly as whole clips allow.
    seed : int
        Decides the split and the order.

    Returns
    -------
    Dataset
        Images uint8 (N, height, width, 3), 0 to 255; labels int64 (N,), classes in the order given; `origin`
        "own"; `sources` such as "shoes.mp4 at 2.5 s".
    """
    base.check_shares(validation, test)
    classes = tuple(videos)
    if len(classes) < 2:
        raise ValueError(
            f"Videos of {len(classes)} class{'es' * (len(classes) != 1)} were given. Telling apart takes two "
            'or more: {"handbag": ["a.mp4", ...], "shoe": [...]}.'
        )
    paths, numbers = [], []
    for number, name in enumerate(classes):
        if isinstance(videos[name], (str, os.PathLike)):
            raise ValueError(
                f"{name!r} needs a list of videos, not one: {{{name!r}: [{str(videos[name])!r}, ...]}}."
            )
        paths += [assets.full_path(path).resolve() for path in videos[name]]
        numbers += [number] * len(videos[name])
    for path in paths:
        if paths.count(path) > 1:
            raise ValueError(f"{path} is given twice. Each video belongs to one class, once.")
    shares = {side: share for side, share in (("test", test), ("validation", validation)) if share > 0}
    base.split_groups(numbers, paths, shares, seed=seed, class_names=classes, what="clips")  # before the work
    images, labels, groups, sources = [], [], [], []
    for path, number in zip(paths, numbers, strict=True):
        clip = from_video(path, every, size=size)
        images += list(clip.images)
        labels += [number] * len(clip.images)
        groups += [path] * len(clip.images)
        sources += [f"{path.name} at {time:g} s" for time in clip.times.round(3)]
    sides = base.split_groups(labels, groups, shares, seed=seed, class_names=classes, what="clips")
    return base.put_together(
        images, labels, sides, sources, seed=seed,
        class_names=classes, origin="own", licence="not stated", name="Frames of videos",
    )  # fmt: skip


def sharpness_of(image: np.ndarray) -> float:
    """Variance of the Laplacian of an image, uint8 (H, W, 3): high where there is fine detail, 0 if flat."""
    return float(convolution.convolve2d(image @ LUMA, LAPLACIAN).var())


def _different(frames, candidates) -> list[int]:
    """Go through candidates in order and keep those that resemble none kept so far."""
    from helpers import photos

    kept, hashes = [], []
    for index in candidates:
        own = photos.perceptual_hash(frames[index])
        if not hashes or photos.hash_distances(own, hashes).min() > base.NEAR:
            kept.append(int(index))
            hashes.append(own)
    return kept


def _frames(path: Path, every: float, size) -> tuple[list[np.ndarray], str]:
    """Decode one frame per `every` seconds, upright, at `size`; and say which part was not read, if any."""
    import imageio_ffmpeg

    logging.getLogger("imageio_ffmpeg").setLevel(logging.ERROR)  # it warns where a frame is turned
    # From the first frame on, at even times, whatever the frame rate, which phones let vary. Then with square
    # pixels; what is stretched more than fourfold is damaged. No picture of a cover (V instead of v).
    sampling = f"fps=1/{every}:start_time=0:round=near,scale='max(1,round(iw*clip(sar,1/4,4)))':ih,setsar=1"
    options = ["-map", "0:V:0", "-vf", sampling, "-frames:v", str(MOST_FRAMES + 1)]
    try:
        with contextlib.closing(imageio_ffmpeg.read_frames(str(path), output_params=options)) as stream:
            about = next(stream)
            shape = (*about["size"][::-1], 3)
            frames = [base.fit_to(np.frombuffer(raw, np.uint8).reshape(shape), size) for raw in stream]
    except (OSError, RuntimeError, StopIteration, KeyError, IndexError, ValueError) as error:
        told = "is not a video that can be read. Play it once; if it plays, export it as MP4 (H.264)."
        if "matches no streams" in str(error):
            told = "holds no moving pictures, only sound. Name a video."
        raise ValueError(f"{path} {told}") from error
    seen, whole = min(len(frames), MOST_FRAMES) * every, about["duration"]
    if len(frames) > MOST_FRAMES:
        return frames[:MOST_FRAMES], f" What comes after {seen:g} s was left out: use a longer `every`."
    lost = f" Its last {whole - seen:.0f} of {whole:.0f} s could not be read."
    return frames, lost if whole - seen > max(1, 2 * every) else ""

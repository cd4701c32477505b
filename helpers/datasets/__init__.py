"""Image data sets as NumPy arrays, from the best source at hand.

Small grey images: `fashion_mnist`, `mnist`. Colour: `handbags_and_shoes`, and one's own: `from_folder`,
`from_video`, `from_videos`. Drawings, as images or as strokes: `quickdraw`. Each gives a `Dataset`; `leaks`
looks for images on both sides of its split. Wrong arguments are a ValueError, and files that are missing,
damaged or others an AssetError, each in one sentence with the cure.
"""

from helpers.datasets.base import Dataset, Split, leaks
from helpers.datasets.folders import from_folder
from helpers.datasets.grey import fashion_mnist, mnist
from helpers.datasets.objects import handbags_and_shoes
from helpers.datasets.sketches import quickdraw, stroke_mask
from helpers.datasets.video import Clip, from_video, from_videos

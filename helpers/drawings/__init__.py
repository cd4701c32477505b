"""Data sets drawn by this project with Pillow and NumPy, CC BY 4.0: the embedded stand-ins of the course."""

from helpers.drawings.catalogue import (
    HANDBAG_SHOE_CLASSES,
    HANDBAG_SHOE_SPLITS,
    handbags_and_shoes,
    handbags_and_shoes_with_parts,
)
from helpers.drawings.digits import DIGIT_CLASSES, digits
from helpers.drawings.fashion import FASHION_CLASSES, fashion
from helpers.drawings.layouts import KEY_POINTS, Scenes, scenes, shoe_cutouts
from helpers.drawings.materials import PARTS
from helpers.drawings.painting import painting
from helpers.drawings.sketches import SKETCH_CLASSES, render, sketches

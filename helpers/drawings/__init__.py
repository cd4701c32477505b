"""Data sets drawn by this project with Pillow and NumPy, CC BY 4.0: the embedded stand-ins of the course."""

from helpers.drawings.digits import DIGIT_CLASSES, digits
from helpers.drawings.fashion import FASHION_CLASSES, fashion

__all__ = ["DIGIT_CLASSES", "FASHION_CLASSES", "digits", "fashion"]

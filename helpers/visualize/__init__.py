"""What a network sees: arrays in, arrays out; `helpers.plots` draws.

Every function takes any Keras model (Sequential, Functional, subclassed, nested, read from a file), looks at
its layers while it runs, and leaves it as it was. Nothing here imports TensorFlow before it is called.
"""

from helpers.visualize.ascent import Pictures
from helpers.visualize.attribution import (
    channel_weights,
    covered_copies,
    grad_cam,
    heat_map,
    integrated_gradients,
    occlusion,
    saliency,
)
from helpers.visualize.dissection import Dissection, dissect, iou
from helpers.visualize.maps import feature_maps
from helpers.visualize.maximization import activation_maximization, class_images
from helpers.visualize.patches import Patches, top_patches
from helpers.visualize.pictures import normalise, overlay
from helpers.visualize.sanity import SanityCheck, edges, rank_correlation, sanity_check
from helpers.visualize.seeing import climb, favourite_channel, kernel_picture, patch_start, r_squared
from helpers.visualize.tapping import logits

__all__ = [
    "Dissection",
    "Patches",
    "Pictures",
    "SanityCheck",
    "activation_maximization",
    "channel_weights",
    "class_images",
    "climb",
    "covered_copies",
    "dissect",
    "edges",
    "favourite_channel",
    "feature_maps",
    "grad_cam",
    "heat_map",
    "integrated_gradients",
    "iou",
    "kernel_picture",
    "logits",
    "normalise",
    "occlusion",
    "overlay",
    "patch_start",
    "r_squared",
    "rank_correlation",
    "saliency",
    "sanity_check",
    "top_patches",
]

"""What a network sees: arrays in, arrays out; `helpers.plots` draws.

Every function takes any Keras model (Sequential, Functional, subclassed, nested, read from a file), looks at
its layers while it runs, and leaves it as it was. Nothing here imports TensorFlow before it is called.

`model` goes from images to logits, softmax or sigmoid, (n, classes); one unit stands for the classes 0 and 1.
`images` are (n, height, width, channels), as the model takes them. `layer` is a name, a path such as
"base/stem_conv", or the layer itself, at any depth; when left out, the last one with feature maps of more
than one pixel. Of a layer that runs twice, the last time counts. `target` is a class for all images, or one
for each; when left out, what the model says. What does not fit is a ValueError of one sentence, or a
TypeError where it is no model.
"""

# fmt: off
# isort: off
from helpers.visualize.ascent import Pictures, activation_maximization, class_images
from helpers.visualize.attribution import (
    channel_weights, covered_copies, grad_cam, heat_map, occlusion, saliency)
from helpers.visualize.maps import Dissection, dissect, feature_maps, iou
from helpers.visualize.patches import Patches, top_patches
from helpers.visualize.pictures import normalise, overlay, rank_correlation
from helpers.visualize.seeing import (
    best_places, climb, cut_into_tiles, favourite_channel, join_tiles, kernel_picture, r_squared)

"""Self-checks for exercises: instant feedback that says what is wrong and does not give the answer away.

Each takes what a student wrote, calls it on fresh random inputs, and compares with an independent reference:
SciPy, a closed form, central differences in float64, or the adjoint identity. It prints one line that begins
with "ok" and holds the measured error, or raises an AssertionError with one sentence. So the same line serves
a student in the notebook and nbgrader in a test cell.

This module imports neither TensorFlow nor Keras; the checks of homework 1 do, when they are called.
"""

from helpers.check.compare import numerical_gradient
from helpers.check.convolutions import columns, convolution, convolution_layer, ladder, lenet, max_pool

# fmt: off
# isort: off
from helpers.check.architectures import (
    LENET, alexnet, alexnet_network, densenet_depth, inception, inception_module, inverted, inverted_block,
    layer_work, lenet_table, places_times_weights, vgg, vgg_rows)
from helpers.check.explaining import (
    channel_weights, covered_copies, heat_map, maps_and_features, open_base, overlap, saliency)
from helpers.check.filters import (
    field_of_view, found_filter, output_size, parameter_count, secretly_filtered, swapped_colours,
    two_by_two_maximum, volume_layer)
from helpers.check.finetuning import (
    fresh_copy, from_scratch, last_opened, open_last_blocks, open_network, opened, paired, quantised,
    rise_and_fall, same_answers, schedule, share_of_same, stack, weights_and_field, whole_numbers)
from helpers.check.honesty import (
    agreement, choice, confusion, final, group_split, learner, majority, mistakes, nearest_mean, own_result,
    own_set)
from helpers.check.instant import copying_filters, cross_correlation, exercise
from helpers.check.layers import accuracy, activation, dropout, layer, network
from helpers.check.learning import (
    COUNTS, basic_cnn, block_layers, classic_network, modern_block, parameter_counts, probabilities,
    right_in_bin, share_of_right)
from helpers.check.locating import (
    as_convolution, average_precision, best_boxes, box_iou, box_overlap, box_to_cell, encoded_box, kept_boxes,
    mean_precision, one_by_one, transposed)
from helpers.check.quizzes import (
    batches, cross_entropy, dense, descend, gradient, one_hot, random_layer, relu, sgd_epoch, softmax,
    two_layers)
from helpers.check.seeing import ascent_step, best_places, favourite_channel, kernel_picture, r_squared
from helpers.check.small_sets import (
    augmentation, by_count, distances, learning_curve, random_changes, upside_down, wilson)
from helpers.check.transfer import best_names, nearest, nearest_rows, residual_block, transfer_model
from helpers.check.translating import (
    channel_products, decibels, denoiser, explorer, gram, greedy_or_random, margin_loss, ratio,
    residual_denoiser, task_table, triplets)
from helpers.check.tuning import (
    comparison, failures, frozen_base, noticed, relative_change, second_phase, statistics, two_phases)

"""The pictures of the lessons, from arrays; those that only decks show are in `slides/wall`.

Each function returns one `Figure`, which shows itself once, with its alt text, where it is the last value
of a cell. `alt` says in words what the picture shows. `titles` are lines above its parts, `heading` or
`title` is one above all; `columns` parts stand in a row, each of `size` inches. `chance`, 0..1,
is what guessing reaches, drawn as a line. Colours stay readable in a grey print. What cannot be drawn is a
ValueError of one sentence.
"""

# isort: off
from .arrays import channel_grid, convolution_animation, convolution_step, image_grid, mosaic
from .arrays import kernel_explorer, number_grid, strokes
from .diagrams import Box, flow
from .figure import Figure
from .networks import network_rows, volumes
from .places import places
from .results import accuracy_by_size, bars, confusion_matrix, curves, key_numbers, learning_curves
from .results import reliability_diagram, runs
from .scatter import bubbles, image_scatter, regions

"""The pictures of the lessons, from arrays; those that only decks show are in `slides/wall`.

Each function returns one `Figure`, which shows itself once, with its alt text, where it is the last value
of a cell. `alt` says in words what the picture shows. `titles` are lines above its parts, `heading` or
`title` is one above all; `columns` parts stand in a row, each of `size` inches. `chance`, 0..1,
is what guessing reaches, drawn as a line. Colours stay readable in a grey print. What cannot be drawn is a
ValueError of one sentence.
"""

from .arrays import channel_grid, convolution_animation, convolution_step, image_grid, number_grid
from .diagrams import Box, flow
from .explorer import kernel_explorer
from .figure import Figure
from .mosaic import mosaic
from .networks import network_rows
from .places import places
from .results import bars, confusion_matrix, curves, key_numbers, learning_curves, reliability_diagram
from .scatter import bubbles, image_scatter, regions
from .sketches import strokes
from .studies import accuracy_by_size, runs
from .volumes import volumes

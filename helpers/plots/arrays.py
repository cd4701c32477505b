"""Pictures of arrays: photos, channels, strokes, numbers in squares, a sliding window, a kernel to edit."""

import math

import matplotlib
import numpy as np
from matplotlib.patches import Rectangle

from .. import convolution
from .figure import Animation, Figure

WINDOW = "#D55E00"  # the current window, wherever it is drawn
SQUARE = 0.42  # inches a number takes
LINE = 1.0  # white, between the pictures of a mosaic
# viridis without its bright end, which is hard to see on white
COLOURS = matplotlib.colors.ListedColormap(matplotlib.colormaps["viridis"](np.linspace(0, 0.88, 256)))


def image_grid(
    images, titles=None, *, columns=8, size=1.3, cmap="gray", limits=None, heading=None, alt
) -> Figure:
    """Show several images, (H, W) or (H, W, 3), of uint8 or floats, side by side.

    `cmap` is a colour map for (H, W) images, "bwr" for signed ones, with white at 0. `limits` are the
    values drawn black and white; 0 and 255 for uint8 and otherwise an image's own least and largest when left
    out. Either can be a list, one for each image.
    """
    images = [np.asarray(image) for image in images]
    maps = [cmap] * len(images) if isinstance(cmap, str) else cmap
    limits = limits if isinstance(limits, list) else [limits] * len(images)
    if not images:
        raise ValueError("There is no image to show: the sequence is empty.")
    for name, given in (("cmap", maps), ("limits", limits)):
        if len(given) != len(images):
            raise ValueError(f"{name} has {len(given)} entries for {len(images)} images; give one for each.")
    for image in images:
        if not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
            raise ValueError(f"An image has shape {image.shape}; use (H, W) or (H, W, 3).")

    layout = {"columns": columns, "size": size, "heading": heading, "alt": alt}
    figure, axes = panels(len(images), titles, of="images", **layout)
    for axis, image, cmap, pair in zip(axes[: len(images)], images, maps, limits, strict=True):
        low, high = pair or ((0, 255) if image.dtype == np.uint8 else (None, None))
        axis.imshow(image, cmap=cmap, vmin=low, vmax=high)
    return figure


def panels(count, titles, *, columns, size, heading, of, alt, margin=0.0) -> tuple[Figure, list]:
    """Lay out a grid of framed axes without ticks, with titles above them and a line over all.

    `of` names in the plural what will be in them; `margin` is room to the right, in inches.
    """
    if titles is not None and len(titles) != count:
        raise ValueError(f"There are {len(titles)} titles for {count} {of}; give one for each.")
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    title_room = 0.26 * (1 + max(str(title).count("\n") for title in titles)) if titles is not None else 0.04
    figure = Figure(columns * size + margin, rows * (size + title_room) + (0.35 if heading else 0), alt)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axis, title in zip(axes, titles if titles is not None else [], strict=False):
        axis.set_title(title, fontsize=9, loc="center")
    for axis in axes[:count]:
        # A thin frame: a white image must not vanish on a white page.
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color="#bbbbbb", linewidth=0.6)
    for axis in axes[count:]:
        axis.set_axis_off()
    if heading:
        figure.suptitle(heading, fontsize=11)
    return figure, axes


def channel_grid(maps, **layout) -> Figure:
    """Show each channel of (H, W, C) feature maps or of a kernel as an image; the rest as in `image_grid`."""
    maps = np.asarray(maps)
    if maps.ndim != 3:
        raise ValueError(f"The feature maps have shape {maps.shape}; use (H, W, C), one image at a time.")
    return image_grid(np.moveaxis(maps, -1, 0), **layout)


def mosaic(images, *, columns=16, width=9.6, gap=1, heading=None, alt) -> Figure:
    """Join pictures of one size to one large picture; far quicker than `image_grid` where there are many.

    Parameters
    ----------
    images : array_like
        (n, H, W) or (n, H, W, 3). Black and white are 0 and 255 for uint8, 0 and 1 for (n, H, W, 3), else
        each picture's own least and largest. A layer's channels: ``np.moveaxis(maps, -1, 0)``.
    width : float
        Inches that a full row takes.
    gap : int
        Pixels of white between two pictures.
    """
    images = np.asarray(images)
    if 0 in images.shape or not (images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)):
        raise ValueError(f"The pictures are {images.shape}; use (n, H, W) or (n, H, W, 3), n >= 1.")
    shown = _shades(images)
    columns = min(columns, len(shown))
    rows = math.ceil(len(shown) / columns)
    height, breadth = shown.shape[1] + gap, shown.shape[2] + gap
    joined = np.full((rows * height - gap, columns * breadth - gap, *shown.shape[3:]), LINE)
    for number, image in enumerate(shown):
        top, left = number // columns * height, number % columns * breadth
        joined[top : top + image.shape[0], left : left + image.shape[1]] = image
    tall = width * joined.shape[0] / joined.shape[1]
    figure = Figure(width, tall + (0.35 if heading else 0.05), alt)
    axis = figure.subplots()
    axis.imshow(joined, cmap="gray", vmin=0, vmax=1)
    axis.set_axis_off()
    if heading:
        figure.suptitle(heading, fontsize=11)
    return figure


def _shades(images):
    """Scale values to 0..1."""
    low, high, own = 0, 255 if images.dtype == np.uint8 else 1, images.dtype != np.uint8 and images.ndim == 3
    images = images.astype(float)
    if own:
        low, high = images.min(axis=(1, 2), keepdims=True), images.max(axis=(1, 2), keepdims=True)
    return np.clip((images - low) / np.where(np.equal(high, low), 1, np.subtract(high, low)), 0, 1)


def strokes(drawings, titles=None, *, columns=6, size=1.5, heading=None, alt) -> Figure:
    """Draw the strokes of drawings in the order of the pen, from dark to bright.

    A dot marks where a stroke begins.

    Parameters
    ----------
    drawings : sequence of array_like
        Each (steps, 3): dx, dy, pen, as `helpers.datasets.quickdraw` gives them with kind="strokes"; padding
        is left out.
    """
    drawings = [np.asarray(drawing, float) for drawing in drawings]
    if not drawings:
        raise ValueError("There is no drawing to show: the sequence is empty.")
    for drawing in drawings:
        if drawing.ndim != 2 or drawing.shape[1] != 3 or not (drawing[:, 2] != 0).any():
            raise ValueError(f"A drawing has shape {drawing.shape}; use (steps, 3) with a step at least.")

    layout = {"columns": columns, "size": size, "heading": heading, "alt": alt}
    figure, axes = panels(len(drawings), titles, of="drawings", margin=0.9, **layout)
    for axis, drawing in zip(axes, drawings, strict=False):
        _draw_strokes(axis, drawing)
    rows = math.ceil(len(drawings) / min(columns, len(drawings)))
    scale = matplotlib.cm.ScalarMappable(cmap=COLOURS)
    bar = figure.colorbar(scale, ax=axes, shrink=min(1.0, 1.6 / rows), aspect=12)
    bar.set_ticks([0, 1], labels=["first stroke", "last stroke"])
    return figure


def _draw_strokes(axis, drawing):
    drawing = drawing[drawing[:, 2] != 0]
    points = np.cumsum(drawing[:, :2], axis=0)
    begins = np.flatnonzero(drawing[:, 2] < 0)
    pieces = np.split(points, begins[begins > 0])
    for number, piece in enumerate(pieces):
        colour = COLOURS(number / max(1, len(pieces) - 1))
        axis.plot(*piece.T, color=colour, linestyle="-", marker="", linewidth=1.6)
        axis.plot(*piece[0], color=colour, linestyle="", marker="o", markersize=3)
    # One scale for all drawings: 1 is the longer side; y grows downwards.
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    axis.set(xlim=middle[0] + [-0.58, 0.58], ylim=middle[1] + [0.58, -0.58])
    axis.set_aspect("equal")
    axis.grid(False)


def number_grid(arrays, titles, *, windows=0, one_scale=False, alt) -> Figure:
    """Show small matrices, each (H, W), side by side as squares with their numbers.

    Those with negative numbers share a scale, and so do those without, or all have `one_scale`. `windows`
    marks windows of so many squares in the first.
    """
    arrays = [np.atleast_2d(array) for array in arrays]
    widths = [array.shape[1] for array in arrays]
    height = max(array.shape[0] for array in arrays)
    figure = Figure(SQUARE * (sum(widths) + 1.2 * len(arrays)), SQUARE * height + 0.5, alt)
    figure.get_layout_engine().set(wspace=0.12)
    axes = figure.subplots(1, len(arrays), width_ratios=widths, squeeze=False)[0]
    for axis, array, title in zip(axes, arrays, titles, strict=True):
        alike = [a.ravel() for a in arrays if one_scale or (a.min() < 0) == (array.min() < 0)]
        _numbers(axis, array, np.concatenate(alike))
        axis.set_title(title)
    for corner in np.ndindex(*(np.array(arrays[0].shape) // windows if windows else (0, 0))):
        _mark(axes[0], np.multiply(corner, windows), (windows, windows))
    return figure


def convolution_step(image, kernel, position, *, stride=1, padding=0, alt=None) -> Figure:
    """Show input, filter and output with one position of the window marked, and its sum written out.

    The image is small, (H, W) or (H, W, C), and the kernel (k, l) or (k, l, C). `position` is a row and a
    column of the output.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = convolution.convolve2d(image, kernel, stride=stride, padding=padding)
    row, column = position
    if not (0 <= row < output.shape[0] and 0 <= column < output.shape[1]):
        raise ValueError(f"Position {position} lies outside the output, which is {output.shape}.")
    image, kernel = (array if array.ndim == 3 else array[..., None] for array in (image, kernel))
    padded = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    corner = row * stride, column * stride
    window = padded[corner[0] : corner[0] + kernel.shape[0], corner[1] : corner[1] + kernel.shape[1]]
    alt = alt or (
        f"A {kernel.shape[0]} by {kernel.shape[1]} window at row {row}, column {column} of the output: "
        f"the products add up to {output[row, column]:g}."
    )

    channels = image.shape[2]
    figure, inputs, filters, result = _step_axes(channels, padded.shape, kernel.shape, output.shape, alt)
    names = ("red", "green", "blue") if channels == 3 else range(channels)
    for channel, (seen, weights, name) in enumerate(zip(inputs, filters, names, strict=False)):
        _numbers(seen, padded[..., channel], padded)
        if padding:
            _mark(seen, (padding, padding), image.shape[:2], color="black", width=2)
        _mark(seen, corner, kernel.shape[:2])
        _numbers(weights, kernel[..., channel], kernel)
        seen.set_title(f"input, {name}" if channels > 1 else "input")
        weights.set_title(f"filter, {name}" if channels > 1 else "filter")
    _numbers(result, output, shown=row * output.shape[1] + column + 1)
    _mark(result, position, (1, 1))
    result.set_title("output")
    figure.supxlabel(_sum_of_products(window, kernel, output[row, column], names), fontsize=10)
    return figure


def _step_axes(channels, image, kernel, output, alt):
    """One row of three for one channel; otherwise inputs above their slices of the filter, output right."""
    if channels == 1:
        widths = image[1], kernel[1], output[1]
        figure = Figure(SQUARE * (sum(widths) + 4), image[0] * SQUARE + 0.7, alt)
        axes = figure.subplots(1, 3, width_ratios=widths)
        found = axes[:1], axes[1:2], axes[2]
    else:
        widths, square = [image[1]] * channels + [output[1]], 0.75 * SQUARE
        height = square * (image[0] + kernel[0]) + 1.1 + 0.2 * channels
        figure = Figure(square * (sum(widths) + 3), height, alt)
        axes = figure.subplots(2, channels + 1, width_ratios=widths, height_ratios=[image[0], kernel[0]])
        axes[1, -1].set_axis_off()
        found = axes[0, :-1], axes[1, :-1], axes[0, -1]
    figure.get_layout_engine().set(wspace=0.12)
    return figure, *found


def convolution_animation(image, kernel, *, stride=1, padding=0, seconds=0.8) -> Animation:
    """Let the window pass over the whole image: a frame of `convolution_step` for each output number."""
    shape = convolution.convolve2d(image, kernel, stride=stride, padding=padding).shape
    alt = (
        f"Animation: a window passes over the input in {shape[0]} by {shape[1]} steps; "
        "at each it adds the products of pixels and filter over all channels and writes one number."
    )
    positions = np.ndindex(*shape)
    frames = [convolution_step(image, kernel, p, stride=stride, padding=padding, alt=alt) for p in positions]
    # The last frame, with every number in place, comes first: it is what print and previews show.
    return Animation([frames[-1], *frames], seconds)


def _numbers(axis, array, scale=None, shown=None):
    """Draw a matrix as shaded squares with numbers; only the first `shown` of them.

    Large is bright. Where there are negative numbers in `scale`, red is positive, blue negative, white 0. All
    shades are light, so that black figures stay readable.
    """
    scale = np.asarray(array if scale is None else scale, dtype=float)
    low, high = scale.min(), scale.max()
    shown = array.size if shown is None else shown
    visible = np.where(np.arange(array.size).reshape(array.shape) < shown, array, np.nan) + 0.0
    if low < 0:
        far = 4 * max(-low, high)
        axis.imshow(visible, cmap="seismic", vmin=-far, vmax=far)
    else:
        axis.imshow(visible, cmap="gray", vmin=low - 1.6 * max(high - low, 1), vmax=max(high, low + 1))
    for (row, column), value in np.ndenumerate(visible):
        if not np.isnan(value):
            axis.text(column, row, f"{value:.4g}", ha="center", va="center", fontsize=10)
    axis.set_xticks(np.arange(-0.5, array.shape[1]), [])
    axis.set_yticks(np.arange(-0.5, array.shape[0]), [])
    axis.grid(color="#999999", linewidth=0.8, clip_on=False)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _mark(axis, corner, size, *, color=WINDOW, width=3.5):
    place = corner[1] - 0.5, corner[0] - 0.5
    style = {"fill": False, "edgecolor": color, "linewidth": width, "zorder": 3, "clip_on": False}
    axis.add_patch(Rectangle(place, size[1], size[0], **style))


def _sum_of_products(window, kernel, total, names):
    """Write out the sum, product by product; one line for each channel."""
    lines = []
    for channel in range(kernel.shape[2]):
        pairs = zip(window[..., channel].ravel(), kernel[..., channel].ravel(), strict=True)
        terms = [f"{pixel:g}·{_signed(weight)}" for pixel, weight in pairs if weight != 0]
        lines.append(" + ".join(terms or ["0"]) + f" = {(window * kernel)[..., channel].sum():g}")
    if len(lines) == 1:
        return lines[0]
    lines = [f"{name}: {line}" for name, line in zip(names, lines, strict=False)]
    return "\n".join([*lines, f"all channels together: {total:g}"])


def _signed(value):
    return f"({value:g})" if value < 0 else f"{value:g}"


def kernel_explorer(image, kernel="outline") -> None:
    """Show a picture beside its convolution, with nine editable numbers and a menu of named kernels.

    Every change redraws the picture, (H, W) in 0..255, at once. Where no kernel is running (GitHub,
    print), the picture for the first one stays, a name in `helpers.convolution.KERNELS`.
    """
    import ipywidgets as widgets

    from ..quiz import show_widget

    image = np.asarray(image)
    kernels = convolution.KERNELS
    if kernel not in kernels:
        raise ValueError(f"kernel={kernel!r} is unknown. Use one of: {', '.join(kernels)}.")
    narrow = widgets.Layout(width="72px")
    numbers = [widgets.FloatText(value=float(value), step=1, layout=narrow) for value in kernels[kernel].flat]
    menu = widgets.Dropdown(options=list(kernels), value=kernel, description="start from")
    picture = widgets.Image(format="png", layout=widgets.Layout(min_width="0", object_fit="contain"))

    def redraw(_=None):
        values = np.reshape([number.value for number in numbers], (3, 3))
        picture.value = explored(image, values).png()

    def choose(change):
        for number, value in zip(numbers, kernels[change["new"]].flat, strict=True):
            number.unobserve(redraw, "value")
            number.value = float(value)
            number.observe(redraw, "value")
        redraw()

    for number in numbers:
        number.observe(redraw, "value")
    menu.observe(choose, "value")
    redraw()

    grid = widgets.GridBox(numbers, layout=widgets.Layout(grid_template_columns="repeat(3, 80px)"))
    # Only the picture gives way in a narrow column; the numbers keep their room.
    controls = widgets.VBox([menu, grid], layout=widgets.Layout(flex="0 0 auto", width="310px"))
    panel = widgets.HBox([controls, picture])
    show_widget(panel, *explored(image, kernels[kernel]).mimebundle())


def explored(image, kernel) -> Figure:
    """Draw a (H, W) image in 0..255 and what a 3x3 kernel makes of it: in red and blue if its sum is 0."""
    kernel = np.asarray(kernel, float)
    result = convolution.convolve2d(np.asarray(image, float), kernel)
    shown = ("gray", (0, 255), "from 0 to 255")
    if kernel.any() and abs(kernel.sum()) < 1e-9:
        shown = ("bwr", (-255, 255), "red above 0, blue below")
    alt = f"A picture, and the same picture after convolution with {kernel.round(2).tolist()}."
    style = {"cmap": ["gray", shown[0]], "limits": [(0, 255), shown[1]], "columns": 2, "size": 3.2}
    return image_grid([image, result], ["input", f"output, {shown[2]}"], **style, alt=alt)

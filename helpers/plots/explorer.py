"""The nine numbers of a kernel, to be changed by hand in a notebook."""

import numpy as np

from .. import convolution
from .arrays import image_grid
from .figure import Figure


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

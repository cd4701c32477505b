"""EfficientNet-Lite0 as an ONNX file for the browser, written from our own Keras layers."""

from __future__ import annotations

import numpy as np

OPSET = 17
PRECISIONS = ("int16", "int8", "float32")


def network(model, size: int, precision: str = "int16") -> bytes:
    """Write a headless network as the contents of an ONNX file.

    Batch norm is folded into the convolutions before it, so convolutions, ReLU6, additions and one mean are
    left. What the network computes with is float32; `precision` is how its weights are stored.

    Parameters
    ----------
    model : keras.Model
        EfficientNet-Lite0 as ``backbones.headless("efficientnet_lite0", size="any")`` gives it.
    size : int
        Side of the images that the file takes, pixels.
    precision : {"int16", "int8", "float32"}
        Whole numbers have a scale for each filter. 16 bits are finer so than a float of 16 bits, which
        spends five of them on the exponent.

    Returns
    -------
    bytes
        A model from `pixels`, uint8 (n, size, size, 3), RGB, to `features`, float32 (n, 1280), and `maps`,
        float32 (n, 1280, size / 32, size / 32), whose means over all places are the features.

    Raises
    ------
    ValueError
        If the precision is unknown, or the model has a layer of another kind.
    """
    import keras
    import onnx
    from onnx import TensorProto, helper

    if precision not in PRECISIONS:
        raise ValueError(f"The precision {precision!r} is unknown. Use one of: {', '.join(PRECISIONS)}.")
    graph = _Graph(precision)
    names, waiting = {id(model.inputs[0]): "pixels"}, {}  # waiting: convolutions whose batch norm is to come
    for layer in model.layers[1:]:
        given = layer.input if isinstance(layer.input, list) else [layer.input]
        source, result = [names[id(tensor)] for tensor in given], id(layer.output)
        match layer:
            case keras.layers.Rescaling():
                names[result] = graph.scaled(source[0], float(layer.scale), float(layer.offset))
            case keras.layers.DepthwiseConv2D() | keras.layers.Conv2D():
                waiting[result], names[result] = layer, source[0]
            case keras.layers.BatchNormalization():
                convolution = waiting.pop(id(given[0]))
                names[result] = graph.convolution(source[0], convolution, layer)
            case keras.layers.ReLU():
                names[result] = graph.node(
                    "Clip", [source[0], graph.number(0), graph.number(layer.max_value)]
                )
            case keras.layers.Add():
                names[result] = graph.node("Add", source)
            case keras.layers.GlobalAveragePooling2D():
                maps = graph.node("Identity", source, "maps")
                graph.node("Flatten", [graph.node("GlobalAveragePool", [maps])], "features")
            case _:
                raise ValueError(
                    f"{layer.name!r} is a {type(layer).__name__}, which this export cannot write."
                )
    side, channels = -(-size // 32), model.output_shape[-1]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", size, size, 3])
    shapes = {"features": ["n", channels], "maps": ["n", channels, side, side]}
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
    ]
    made = helper.make_graph(graph.nodes, model.name, [pixels], outputs, graph.weights)
    file = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(file, full_check=True)
    return file.SerializeToString()


class _Graph:
    """Nodes and weights of an ONNX graph while it is written."""

    def __init__(self, precision):
        self.precision, self.nodes, self.weights, self.numbers = precision, [], [], {}

    def node(self, kind, inputs, name="", **attributes):
        from onnx import helper

        name = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def array(self, values):
        from onnx import numpy_helper

        name = f"weights_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def number(self, value):
        if value not in self.numbers:
            self.numbers[value] = self.array(np.float32(value))
        return self.numbers[value]

    def scaled(self, source, scale, offset):
        """Turn bytes, channels last, into what the network was trained on, channels first."""
        x = self.node("Cast", [source], to=1)  # float32
        x = self.node("Mul", [x, self.number(scale)])
        x = self.node("Add", [x, self.number(offset)])
        return self.node("Transpose", [x], perm=[0, 3, 1, 2])

    def convolution(self, source, layer, norm):
        """Write a convolution with its batch norm: gamma * (x - mean) / deviation + beta is linear in x."""
        import keras

        (kernel,) = layer.get_weights()
        gamma, beta, mean, variance = norm.get_weights()
        factor = gamma / np.sqrt(variance + norm.epsilon)
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1)) * factor[:, None, None, None]
        inputs = [source, self.stored(kernel.astype(np.float32)), self.array(beta - mean * factor)]
        # SAME_UPPER is TensorFlow's "same": an odd ring of padding goes to the bottom and the right.
        return self.node(
            "Conv",
            inputs,
            auto_pad="SAME_UPPER",
            strides=[*layer.strides],
            group=len(kernel) if depthwise else 1,
        )

    def stored(self, kernel):
        """Store a kernel in the precision asked for, and turn it back into float32, which is done once."""
        if self.precision == "float32":
            return self.array(kernel)
        kind = np.dtype(self.precision)
        scale = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True) / np.iinfo(kind).max
        whole = np.rint(kernel / np.maximum(scale, np.finfo(np.float32).tiny)).astype(kind)
        return self.node("Mul", [self.node("Cast", [self.array(whole)], to=1), self.array(scale)])

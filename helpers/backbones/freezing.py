"""The blocks of a network, and which of them train."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

# Layer names of the networks here and of keras.applications' ResNet and MobileNet; the group names the block.
PATTERNS = (
    r"(stem|top)_(?:conv|bn|relu)$",
    r"(stage\d+_block\d+)_",
    r"(conv\d+_block\d+)_",
    r"(?:conv_(?:pad|dw|pw)_(\d+))(?:_|$)",
    r"(conv1|pool1)_",
    r"(conv1)$",
)


class Block(NamedTuple):
    """Layers that belong together. `trains`: whether any of its weights do; batch norm never counts."""

    name: str
    layers: tuple[str, ...]
    parameters: int
    trains: bool


def unfreeze(model, from_block: str | int | None) -> None:
    """Let the last blocks of a network train, freeze the others, and print a table of what trains.

    Batch norm stays in inference mode in every block, so its statistics, scale and shift keep what
    pretraining gave them: a few small batches would spoil them. (To see that, set ``base.trainable`` to
    False, then to True: now batch norm trains too.) Layers outside the network, such as a head,
    stay as they are. Compile the model afterwards, or it goes on training what it did.

    Parameters
    ----------
    model : keras.Model
        A network of `headless`, or a model that holds one, nested or layer by layer.
    from_block : str, int or None
        The first block that trains: a name of `blocks`, such as "stage4_block1", "conv5_block1" or
        "block_12"; a layer's name in it; or an index, so that -2 lets the last two train. None freezes the
        whole network.

    Raises
    ------
    ValueError
        There is no such block, or the model holds no network of `headless`.
    """
    set_trainable(model, from_block)
    print(_table(model))


def blocks(model) -> list[Block]:
    """List the blocks of the network in a model, from first to last.

    Raises
    ------
    ValueError
        The model holds no network of `headless`.
    """
    members: dict[str, list] = {}
    for layer in leaves(model):
        if name := block_of(layer.name):
            members.setdefault(name, []).append(layer)
    found = [
        Block(
            name,
            tuple(layer.name for layer in layers),
            sum(layer.count_params() for layer in layers if layer.weights),
            _trains(model, layers),
        )
        for name, layers in members.items()
        if any(layer.weights for layer in layers)
    ]
    if not found:
        raise ValueError(
            f"The model {model.name!r} holds no network with known blocks. Give one of headless(...), or "
            "a model that holds one."
        )
    return found


def block_of(layer: str) -> str:
    """Name the block that a layer belongs to by its name; "" if it is in none."""
    for pattern in PATTERNS:
        if match := re.match(pattern, layer):
            name = match.group(1)
            return {"pool1": "conv1"}.get(name, f"block_{name}" if name.isdigit() else name)
    return ""


def set_trainable(model, from_block) -> None:
    """Do what `unfreeze` does, without the table."""
    import keras

    names = [block.name for block in blocks(model)]
    training = set() if from_block is None else set(names[_position(from_block, names) :])
    before = [(layer, layer.trainable) for layer in leaves(model)]
    for container in containers(model):
        container.trainable = True  # a frozen container would hide what trains in it
    for layer, was in before:
        block = block_of(layer.name)
        if block:
            layer.trainable = block in training and not isinstance(layer, keras.layers.BatchNormalization)
        else:
            layer.trainable = was
    for container in containers(model):
        held = [layer for layer in leaves(container) if layer.weights]
        if not training and held and all(block_of(layer.name) for layer in held):
            container.trainable = False


def _position(from_block, names) -> int:
    """Find the index of a block by its name, by a layer's name in it, or by an index that may be negative."""
    if isinstance(from_block, str) and (from_block in names or block_of(from_block) in names):
        return names.index(from_block if from_block in names else block_of(from_block))
    if isinstance(from_block, int) and -len(names) <= from_block < len(names):
        return from_block % len(names)
    raise ValueError(
        f"There is no block {from_block!r}. Use one of: {', '.join(names)}; or None to freeze all."
    )


def _table(model) -> str:
    found = blocks(model)
    rows = [(block.name, f"{block.parameters:,}", "trains" if block.trains else "frozen") for block in found]
    ours = {name for block in found for name in block.layers}
    others = [layer for layer in leaves(model) if layer.weights and layer.name not in ours]
    for layer in others:
        trains = "trains" if _trains(model, [layer]) else "frozen"
        rows.append((layer.name, f"{layer.count_params():,}", trains))
    width = max(len(row[0]) for row in rows)
    lines = [f"{'block':<{width}}  parameters"]
    lines += [f"{name:<{width}}  {count:>10}  {state}" for name, count, state in rows]
    total = sum(_size(variable) for variable in model.trainable_variables)
    lines.append(
        f"{total:,} of {model.count_params():,} parameters train; batch norm stays in inference mode."
    )
    return "\n".join([*lines, "Compile the model before you fit it."])


def _size(variable) -> int:
    return math.prod(variable.shape)


def _trains(model, layers) -> bool:
    training = {id(variable) for variable in model.trainable_variables}
    return any(id(variable) in training for layer in layers for variable in layer.variables)


def leaves(model):
    """Yield the layers of a model and of the models nested in it, first to last."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def containers(model):
    """Yield a model and the models nested in it."""
    yield model
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from containers(layer)

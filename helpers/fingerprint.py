"""What decides, apart from its weights, what a Keras layer computes: its constants and its code, as text."""

import functools
import hashlib
import sys
import types

import numpy as np

WRAPPERS = (types.MethodType, functools.partial, property, staticmethod, classmethod)
WRAPPED = ("__func__", "__self__", "func", "args", "keywords", "fget", "python_function")


@functools.cache
def _training() -> frozenset:
    """Attributes that every model has, or gets by training; they decide nothing."""
    import keras

    names = {*vars(keras.Model(name="any")), "optimizer", "history", "stop_training", "stop_predicting"}
    names |= {"_compiled_trainable_state", "_compile_config", "_eval_epoch_iterator", "train_function"}
    return frozenset(names | {"test_function", "predict_function"}) - {"_dtype_policy", "_trainable"}


def layer_text(layer, other, only=None) -> str:
    """Write a layer's class and attributes, or those in `only`; ``other(x)`` writes what is a library's."""
    names = [name for name in vars(layer) if name not in _training() and name[:6] != "_self_"]
    own = [(name, vars(layer)[name]) for name in names if name in (only or names)]
    return _text([type(layer), type(layer).call, own], other, {})


def _text(value, other, seen) -> str:
    """Write a value; `seen` keeps what has been written, which is not written again."""
    import keras

    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return repr(value)
    known = isinstance(value, (keras.Operation, keras.Variable, keras.KerasTensor, types.ModuleType))
    if id(value) in seen:
        return str(seen[id(value)][0])
    seen[id(value)] = len(seen), value
    parts = None if known else _parts(value)
    if parts is None:
        return other(value)
    return f"{type(value).__name__}({','.join([_text(part, other, seen) for part in parts])})"


def _parts(value):
    """What a value holds or refers to; None for a library's."""
    if callable(getattr(value, "numpy", None)) and not hasattr(value, "assign"):
        value = value.numpy()  # of a tensor
    if isinstance(value, (np.ndarray, np.generic)):
        return value.shape, str(value.dtype), hashlib.blake2b(value.tobytes()).digest()
    if isinstance(value, (dict, types.MappingProxyType)):
        return list(value.items())
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if isinstance(value, types.CodeType):
        return value.co_code, value.co_names, value.co_consts
    if isinstance(value, WRAPPERS) or hasattr(value, "python_function"):
        return [getattr(value, name, None) for name in WRAPPED]
    if in_library(value):
        return None
    if isinstance(value, types.FunctionType):
        codes = [value.__code__]  # and those inside, such as comprehensions
        codes += [const for const in value.__code__.co_consts if isinstance(const, types.CodeType)]
        names = {name for code in codes for name in code.co_names}
        modules = [part for name, part in value.__globals__.items() if name in names]
        modules = [part for part in modules if isinstance(part, types.ModuleType) and not in_library(part)]
        spaces = [value.__globals__, *map(vars, modules)]
        used = [(name, space[name]) for space in spaces for name in sorted(names & space.keys())]
        cells = [cell.cell_contents for cell in value.__closure__ or () if cell != types.CellType()]
        return value.__code__, value.__defaults__, value.__kwdefaults__, cells, used
    if isinstance(value, type):
        own = [item for base in value.__mro__ if not in_library(base) for item in vars(base).items()]
        return [item for item in own if item[0][:2] != "__" or item[0] == "__call__"]
    return type(value), getattr(value, "__dict__", None) or repr(value)


def in_library(value) -> bool:
    """Whether a class, function, module or object is Python's, or of an installed package."""
    module = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
    top = (module or "builtins").split(".")[0]
    place = getattr(sys.modules.get(top), "__file__", None) or ""
    return top != "__main__" and (top in sys.stdlib_module_names or "-packages" in place)

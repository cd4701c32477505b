"""A SavedModel as a Keras 3 layer. Imports Keras; `helpers.backbones` does so only where it is wanted."""

import hashlib
import os
import re
import warnings
from pathlib import Path

import keras

from helpers import assets
from helpers.assets import AssetError

KAGGLE = re.compile(r"([\w-]+)/([\w-]+)/(tensorFlow2)/([\w.-]+)/(\d+)", re.IGNORECASE)


@keras.saving.register_keras_serializable(package="course")
class HubLayer(keras.layers.Layer):
    """Runs a module of TensorFlow Hub, and owns its variables; see `helpers.backbones.hub_layer`."""

    def __init__(self, handle, *, trainable=False, **options):
        super().__init__(trainable=trainable, **options)
        self.handle = os.fspath(handle)
        self._module = load_module(self.handle)
        from tensorflow_hub import keras_layer  # after load_module, which imports the package in silence

        if callable(self._module):
            self._run, function = self._module, self._module.__call__
        else:
            function = _signature_of(self._module, self.handle)
            self._run = _by_signature(function)
        self.dtype_policy = _floats_of(function)  # not the one around it, which the module may not take
        self._with_training = keras_layer.func_has_training_argument(self._module)
        self._adopt(_variables_of(self._module, function))
        self._penalties = list(getattr(self._module, "regularization_losses", ()))
        if trainable and not self._trainable_variables:
            raise ValueError(f"The module {self.handle} has nothing to train. Use it with trainable=False.")
        self.built = True

    def _adopt(self, variables):
        """Make Keras variables of TensorFlow's: the same memory, so that both see what training changes."""
        declared = getattr(self._module, "trainable_variables", variables)
        trains = {id(one) for one in declared if one.trainable}
        for number, one in enumerate(variables):
            # By number: names in a module may contain "/" or come twice.
            name = f"{number}_{one.name.split(':')[0].replace('/', '_')}"
            options = dict(dtype=one.dtype.name, trainable=id(one) in trains, name=name, autocast=False)
            self._track_variable(keras.Variable(one, **options))
        self.trainable = self._trainable  # once more, for the variables

    def call(self, inputs, training=False):
        """Run the module; in training mode only if the layer is trainable."""
        if self.trainable:
            for penalty in self._penalties:
                self.add_loss(penalty())
        if self._with_training:
            return self._run(inputs, training=bool(training) and self.trainable)
        return self._run(inputs)

    def get_config(self):
        """Give what a `.keras` file keeps."""
        return {**super().get_config(), "handle": self.handle}


def load_module(handle: str):
    """Find a module by `tensorflow_hub`'s rules, and load it; AssetError if that does not work."""
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about pkg_resources, which requirements.txt keeps
        import tensorflow_hub

    address = handle
    if not Path(handle).exists() and (match := KAGGLE.fullmatch(handle)):
        owner, model, framework, variation, version = match.groups()
        address = f"https://www.kaggle.com/models/{owner}/{model}/frameworks/{framework}"
        address += f"/variations/{variation}/versions/{version}"
    if "://" not in address and not Path(address).is_dir():
        raise AssetError(
            f"There is no module {handle!r}: no folder of that name, no address (https://...), and no Kaggle "
            "handle (owner/model/tensorFlow2/variation/version)."
        )
    # tensorflow_hub keeps what it downloads in a folder that is named by a hash of the address.
    kept = Path(tensorflow_hub.resolver.tfhub_cache_dir(use_temp=True))
    kept /= hashlib.sha1(address.encode("utf8")).hexdigest()
    if address.startswith("http") and assets.offline() and not kept.is_dir():
        told = f"The module {handle} is not on this computer, and COURSE_OFFLINE=1 forbids its download"
        raise AssetError(f"{told}. Unset it, or give the folder of a module.")
    try:
        return tensorflow_hub.load(address)
    except (OSError, ValueError, RuntimeError, EOFError, tf.errors.OpError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise AssetError(
            f"The module {handle} cannot be loaded ({reason}). Check the handle and the network, or give "
            "the folder of a module that is on this computer."
        ) from error


def _signature_of(module, handle):
    """Give the function that serves a module which cannot be called itself."""
    signature = getattr(module, "signatures", {}).get("serving_default")
    if signature is None:
        raise AssetError(
            f"The module {handle} cannot be called and has no serving_default signature. Give another "
            "one, such as one that its page calls a TF2 SavedModel."
        )
    return signature


def _by_signature(signature):
    """Wrap a signature, which takes its input by name and gives a dict, as a function of one argument."""
    names = list(signature.structured_input_signature[1])

    def run(inputs):
        outputs = signature(**(inputs if isinstance(inputs, dict) else {names[0]: inputs}))
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    return run


def _floats_of(function):
    """Name the floats that a module takes, as a dtype policy: Keras then casts what comes in."""
    graphs = getattr(function, "concrete_functions", [function])
    specs = keras.tree.flatten([graph.structured_input_signature for graph in graphs])
    kinds = {spec.dtype.name for spec in specs if getattr(getattr(spec, "dtype", None), "is_floating", False)}
    return kinds.pop() if len(kinds) == 1 else "float32"


def _variables_of(module, function):
    """List the variables that a module names, or else those that its function uses."""
    if hasattr(module, "variables"):
        return list(module.variables)
    graphs = getattr(function, "concrete_functions", [function])
    return list({id(one): one for graph in graphs for one in graph.variables}.values())

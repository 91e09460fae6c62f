"""The archive or the code, as the path's suffix says."""

from __future__ import annotations

import warnings
from pathlib import Path

from netstudio.errors import ExportWarning
from netstudio.exports.keras.archive import write_archive
from netstudio.exports.keras.build import network
from netstudio.exports.keras.code import write_code
from netstudio.exports.keras.net import Net
from netstudio.exports.keras.training import compiled
from netstudio.exports.preparation import preparations
from netstudio.files.atomic import replacing
from netstudio.files.models import ModelFile
from netstudio.graph import TensorSpec


def write(model: ModelFile, path: Path) -> None:
    """Write the model for Keras. ExportError names a node that Keras can't do, FileError where it can't be written.

    ExportWarning where an input of an archive takes what the data were prepared to; code prepares them itself.
    """
    net, trained = network(model), compiled(model.graph)
    _tell_of_averages(net)
    if path.suffix.lower() == ".py":
        write_code(path, net, model, trained)
        return
    _tell(model, net)
    with replacing(path) as handle:
        write_archive(handle, net, trained)


def _tell(model: ModelFile, net: Net) -> None:
    """Say what has to be done before the model and behind it."""
    specs = {id: TensorSpec(tuple(n or 0 for n in tensor.shape[1:])) for id, tensor in net.inputs.items()}
    for id, made in preparations(model, specs).items():
        if made.recipes or made.unsaid or made.scaling:
            warnings.warn(
                f"the input {id!r} takes the data as they were prepared for training, which is not in the file; "
                "code for Keras (a .py file) and onnx have it inside",
                ExportWarning,
                stacklevel=3,
            )


def _tell_of_averages(net: Net) -> None:
    """Keras 3.15 counts the padding in the means of its PyTorch backend, and in no other."""
    for part in net.parts:
        if part.made.name.startswith("AveragePooling") and part.made.params["padding"] == "same":
            warnings.warn(
                f"node {part.node}: Keras counts the padding in its means when it runs on PyTorch; on JAX and "
                "TensorFlow it predicts as here",
                ExportWarning,
                stacklevel=3,
            )

"""Write `layers.npz` beside this file, with Keras in float64.

Run with KERAS_BACKEND=torch. Needs keras==3.15.1, torch==2.13.0 and numpy; nothing of NetStudio is imported. Of each
layer: its type and parameters, inputs, weights, what it predicts, a target, and in training mode the gradients of the
mean squared error by its weights, and the weights that training moves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from keras import activations, ops

HERE = Path(__file__).parent
RNG = np.random.default_rng(31)
BATCH = 5
STEPS, IMAGE, VOLUME = (6, 4), (5, 4, 6), (4, 3, 5, 2)

Shape = tuple[int, ...]
Case = tuple[str, dict[str, Any], list[Shape]]

# Types that are no layers in Keras, as functions of their parameters and inputs. Its sparsemax is left out: in 3.15.1
# its outputs do not sum to 1.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "SELU": activations.selu,
    "CELU": activations.celu,
    "GELU": activations.gelu,
    "SiLU": activations.silu,
    "Mish": activations.mish,
    "Softplus": activations.softplus,
    "Softsign": activations.softsign,
    "HardSigmoid": activations.hard_sigmoid,
    "HardSwish": activations.hard_silu,
    "HardTanh": activations.hard_tanh,
    "ReLU6": activations.relu6,
    "LogSigmoid": activations.log_sigmoid,
    "TanhShrink": activations.tanh_shrink,
    "SoftShrink": activations.soft_shrink,
    "HardShrink": activations.hard_shrink,
    "Threshold": activations.threshold,
    "Squareplus": activations.squareplus,
    "SparsePlus": activations.sparse_plus,
    "SparseSigmoid": activations.sparse_sigmoid,
    "Exponential": activations.exponential,
    "Sigmoid": activations.sigmoid,
    "Tanh": activations.tanh,
    "LogSoftmax": activations.log_softmax,
    "GLU": activations.glu,
    "Divide": ops.divide,
    "MatMul": ops.matmul,
    "ReduceMean": ops.mean,
    "ReduceSum": ops.sum,
    "ReduceMax": ops.max,
    "ReduceMin": ops.min,
    "Stack": lambda *inputs, axis: ops.stack(inputs, axis),
}
LISTED = {"Add", "Multiply", "Subtract", "Maximum", "Minimum", "Average", "Concatenate", "Dot"}  # take one list

CASES: list[Case] = [
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.3}, [STEPS]),
    ("LeakyReLU", {}, [STEPS]),
    ("PReLU", {"shared_axes": [1]}, [STEPS]),
    ("ELU", {"alpha": 0.7}, [STEPS]),
    ("CELU", {"alpha": 0.7}, [STEPS]),
    ("GELU", {}, [STEPS]),
    ("GELU", {"approximate": True}, [STEPS]),
    *((name, {}, [STEPS]) for name in ("SELU", "SiLU", "Mish", "Softplus", "Softsign", "HardSigmoid", "HardSwish")),
    *((name, {}, [STEPS]) for name in ("HardTanh", "Exponential", "Sigmoid", "Tanh")),
    *((name, {}, [STEPS]) for name in ("ReLU6", "LogSigmoid", "TanhShrink", "Squareplus", "SparsePlus")),
    *((name, {"threshold": 0.3}, [STEPS]) for name in ("SoftShrink", "HardShrink")),
    ("SparseSigmoid", {}, [STEPS]),
    ("Threshold", {"threshold": 0.3, "default_value": -2.0}, [STEPS]),
    *((name, {"axis": axis}, [(3, 4, 6)]) for name in ("Softmax", "LogSoftmax", "GLU") for axis in (2, -1)),
    *((name, {}, [STEPS, STEPS]) for name in ("Subtract", "Divide")),
    *((name, {}, [STEPS, (6, 1), (1, 4)]) for name in ("Add", "Multiply", "Maximum", "Minimum", "Average")),
    ("Concatenate", {"axis": 1}, [(2, 4), (3, 4)]),
    ("Dot", {"axes": -1}, [(4,), (4,)]),
    ("Dot", {"axes": 1, "normalize": True}, [(4, 3), (4, 2)]),
    ("Dot", {"axes": [2, 1]}, [(3, 4), (4, 2)]),
    ("MatMul", {}, [(2, 3, 4), (2, 4, 5)]),
    *((f"Reduce{kind}", {"axis": 1, "keepdims": True}, [IMAGE]) for kind in ("Mean", "Sum", "Max", "Min")),
    *((f"Reduce{kind}", {"axis": [1, -1]}, [IMAGE]) for kind in ("Mean", "Sum", "Max", "Min")),
    ("Stack", {"axis": 1}, [STEPS, STEPS]),
    ("Permute", {"dims": [3, 1, 2]}, [IMAGE]),
    ("RepeatVector", {"n": 3}, [(4,)]),
    ("ZeroPadding1D", {"padding": [2, 1]}, [STEPS]),
    ("ZeroPadding2D", {"padding": [[0, 2], [3, 1]]}, [IMAGE]),
    ("ZeroPadding2D", {"padding": [1, 2]}, [IMAGE]),
    ("Cropping1D", {"cropping": [2, 1]}, [STEPS]),
    ("Cropping2D", {"cropping": [[0, 2], [1, 0]]}, [IMAGE]),
    ("UpSampling1D", {"size": 3}, [STEPS]),
    ("UpSampling2D", {"size": [2, 3]}, [IMAGE]),
    ("UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}, [IMAGE]),
    ("GlobalMaxPooling1D", {}, [STEPS]),
    ("GlobalMaxPooling2D", {"keepdims": True}, [IMAGE]),
    *(
        (f"{kind}Pooling1D", params, [(7, 3)])
        for kind in ("Max", "Average")
        for params in ({"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"})
    ),
    ("UnitNormalization", {"axis": [1, 2]}, [STEPS]),
    ("UnitNormalization", {}, [IMAGE]),
    ("RMSNormalization", {}, [STEPS]),
    ("GroupNormalization", {"groups": 3}, [IMAGE]),
    ("GroupNormalization", {"groups": -1}, [IMAGE]),
    ("GroupNormalization", {"groups": 2, "axis": 2, "epsilon": 0.1}, [IMAGE]),
    ("BatchNormalization", {}, [IMAGE]),
    ("BatchNormalization", {"axis": 1, "momentum": 0.7}, [IMAGE]),
    ("LayerNormalization", {}, [STEPS]),
    ("Normalization", {"mean": 0.3, "variance": 4.0}, [STEPS]),
    ("Normalization", {"mean": 0.3, "variance": 4.0, "invert": True}, [STEPS]),
    *((name, {"rate": 0.3}, [STEPS]) for name in ("Dropout", "GaussianDropout", "AlphaDropout", "SpatialDropout1D")),
    ("GaussianNoise", {"stddev": 0.3}, [STEPS]),
    ("Embedding", {"input_dim": 7, "output_dim": 3}, [(4,)]),
    ("Dense", {"units": 3, "activation": "hard_silu"}, [STEPS]),
    ("Dense", {"units": 3, "activation": "log_softmax"}, [STEPS]),
    ("ZeroPadding3D", {"padding": [[0, 2], [3, 1], [1, 0]]}, [VOLUME]),
    ("ZeroPadding3D", {"padding": [1, 0, 2]}, [VOLUME]),
    ("Cropping3D", {"cropping": [[0, 2], [1, 0], [1, 1]]}, [VOLUME]),
    ("UpSampling3D", {"size": [2, 1, 3]}, [VOLUME]),
    ("SpatialDropout3D", {"rate": 0.3}, [VOLUME]),
    ("Rescaling", {"scale": 0.5, "offset": -1.0}, [STEPS]),
]
RANDOM = {"Dropout", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout3D", "GaussianNoise"}


def built(name: str, params: dict[str, Any], shapes: list[Shape]) -> tuple[Callable[..., Any], Any]:
    """What computes the output of tensors and the mode, and the layer where it is one."""
    if name in FUNCTIONS:
        function = FUNCTIONS[name]
        tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in params.items()}
        return lambda *inputs, training: function(*inputs, **tuples), None
    layer = getattr(keras.layers, name)(**params)
    full = [(BATCH, *s) for s in shapes]
    if not layer.built:
        layer.build(full if name in LISTED else full[0])
    return lambda *x, training: layer(list(x) if name in LISTED else x[0], training=training), layer


def vectors(name: str, params: dict[str, Any], shapes: list[Shape]) -> dict[str, Any]:
    call, layer = built(name, params, shapes)
    if name == "Embedding":
        inputs = [torch.tensor(RNG.integers(0, params["input_dim"], (BATCH, *shapes[0])))]
    else:
        inputs = [torch.tensor(RNG.normal(size=(BATCH, *s)) * 2, requires_grad=True) for s in shapes]
    weights = {} if layer is None else {w.path.split("/")[-1]: w for w in layer.weights}
    for key, weight in weights.items():
        weight.assign(RNG.uniform(0.5 if "variance" in key else -1.0, 1.5, weight.shape))
    start = {key: weight.numpy().copy() for key, weight in weights.items()}
    prediction = call(*inputs, training=False)
    found = {f"input/{i}": x.detach().numpy() for i, x in enumerate(inputs)}
    found |= {f"weight/{key}": value for key, value in start.items()}
    found["prediction"] = prediction.detach().numpy()
    if name in RANDOM:
        return found
    found["target"] = RNG.normal(size=prediction.shape)
    ((call(*inputs, training=True) - torch.tensor(found["target"])) ** 2).mean().backward()
    for key, weight in weights.items():
        kind, value = ("gradient", weight.value.grad) if weight.trainable else ("moved", weight.value)
        found[f"{kind}/{key}"] = value.detach().numpy()
    return found


def write(file: str, cases: list[Case]) -> None:
    found: dict[str, Any] = {"cases": np.array(json.dumps([case[:2] for case in cases]))}
    for number, case in enumerate(cases):
        found |= {f"{number}/{key}": np.asarray(array) for key, array in vectors(*case).items()}
    np.savez_compressed(HERE / f"{file}.npz", **found)


def main() -> None:
    keras.backend.set_floatx("float64")
    write("layers", CASES)


if __name__ == "__main__":
    main()

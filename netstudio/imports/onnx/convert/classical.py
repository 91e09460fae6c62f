"""Operators of ai.onnx.ml that stand before or in place of a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.convert.arithmetic import with_constant
from netstudio.imports.onnx.convert.dense import dense
from netstudio.imports.onnx.importing import Importing, Value, converts
from netstudio.imports.onnx.reading import Op
from netstudio.imports.onnx.tensors import Tensor


@converts("Scaler")
def scaler(to: Importing, op: Op) -> Tensor:
    """(x - offset) · scale."""
    x = to.tensor(op)
    offset, scale = (np.asarray(op.attributes.get(k, [v]), np.float64) for k, v in (("offset", 0.0), ("scale", 1.0)))
    if (scale == 0).any():
        raise UnsupportedError("it makes a feature 0 (scale 0); leave that feature out")
    moved = with_constant(to, replace(op, type="Sub"), x, offset)
    return with_constant(to, replace(op, type="Div"), moved, 1.0 / scale)


@converts("LinearRegressor")
def regressor(to: Importing, op: Op) -> Tensor:
    if op.attributes.get("post_transform", "NONE") != "NONE":
        raise UnsupportedError(f"its post_transform is {op.attributes['post_transform']}; expected NONE")
    return _linear(to, op, int(op.attributes.get("targets", 1)))


def _linear(to: Importing, op: Op, units: int) -> Tensor:
    x = to.tensor(op)
    kernel = np.asarray(op.attributes["coefficients"], np.float32).reshape(units, -1).T
    bias = op.attributes.get("intercepts")
    return dense(to, op, x, x.rank - 1, kernel, None if bias is None else np.asarray(bias, np.float32), ())


@converts("LinearClassifier")
def classifier(to: Importing, op: Op) -> list[Value | None]:
    """The scores; which class is chosen is left to who reads them."""
    last = {"SOFTMAX": "Softmax", "LOGISTIC": "Sigmoid", "NONE": None}
    wanted = op.attributes.get("post_transform", "NONE")
    labels = op.attributes.get("classlabels_ints") or op.attributes.get("classlabels_strings") or []
    intercepts = op.attributes.get("intercepts") or [0.0] * len(labels)
    if wanted not in last or len(intercepts) != len(labels):
        raise UnsupportedError(f"its post_transform is {wanted}, with scores of other numbers than classes")
    scores = _linear(to, op, len(labels))
    type = last[wanted]
    return [None, scores if type is None else to.each(op, type, scores, positive=True)]

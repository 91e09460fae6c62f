"""An exported model beside the one it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

import netstudio as ns
from netstudio.exports.onnx.model import model_proto
from netstudio.graph import Graph
from netstudio.training.storage import model_file

Arrays = Mapping[str, Any]


class MaxPool(OpRun):
    """ONNX's own reference takes the pads of unequal axes for one another; this is what the standard says."""

    op_domain = ""

    def _run(self, x: Any, kernel_shape: Any = None, pads: Any = None, strides: Any = None, **_: Any) -> Any:
        n = len(kernel_shape)
        x = np.pad(x, [(0, 0), (0, 0), *zip(pads[:n], pads[n:])], constant_values=-np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel_shape, axis=tuple(range(2, 2 + n)))
        windows = windows[(slice(None), slice(None), *(slice(None, None, step) for step in strides))]
        return (windows.max(axis=tuple(range(2 + n, 2 + 2 * n))),)


def model_of(graph: Graph, seed: int = 0) -> Any:
    """The graph with weights none of which is 0 or 1 all over, as fresh biases and averages are."""
    model = ns.compile(graph, seed=0)
    rng = np.random.default_rng(seed)
    moved = {
        name: rng.uniform(0.5, 1.5, w.shape) if "variance" in name else w + rng.normal(0, 0.3, w.shape)
        for name, w in model.weights.items()
    }
    model.set_weights({name: w.astype(np.float32) for name, w in moved.items()})
    return model


def exported(model: Any) -> onnx.ModelProto:
    """The model in ONNX, checked by ONNX itself."""
    proto = model_proto(model_file(model))
    onnx.checker.check_model(proto, full_check=True)
    return proto


def run(proto: onnx.ModelProto, x: Arrays) -> dict[str, Any]:
    """What ONNX's reference computes, by output."""
    found: Any = ReferenceEvaluator(proto, new_ops=[MaxPool]).run(None, dict(x))
    return dict(zip([o.name for o in proto.graph.output], found))


def samples(model: Any, rows: int) -> dict[str, Any]:
    """Numbers for every Input; whole ones, small enough for any table, where it takes those."""
    rng = np.random.default_rng(rows)
    inputs = {id: n.params for id, n in model.graph.nodes.items() if n.type == "Input"}
    return {
        id: rng.integers(0, 2, (rows, *p["shape"]))
        if p.get("dtype") == "int"
        else rng.normal(0, 1, (rows, *p["shape"])).astype(np.float32)
        for id, p in inputs.items()
    }


def assert_same(model: Any, proto: onnx.ModelProto, x: Arrays) -> None:
    """The export predicts what the model predicts, to 1e-5 of the largest number."""
    wanted = model.predict(dict(x))
    wanted = wanted if isinstance(wanted, dict) else {proto.graph.output[0].name: wanted}
    found = run(proto, {i.name: x[i.name] for i in proto.graph.input})
    assert list(found) == list(wanted)
    for name, y in wanted.items():
        assert found[name].shape == y.shape
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], y, rtol=0, atol=1e-5 * max(1e-3, float(np.abs(y).max())))


def operators(proto: onnx.ModelProto) -> list[str]:
    """The nodes' operators, in order."""
    return [node.op_type for node in proto.graph.node]

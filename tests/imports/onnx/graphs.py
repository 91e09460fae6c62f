"""ONNX graphs made by hand, and what the reference evaluator says to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from netstudio.imports import read_import
from netstudio.imports.imported import Imported

Array = NDArray[Any]


def model_of(
    nodes: Sequence[Any],
    inputs: Mapping[str, Sequence[Any]],
    outputs: Mapping[str, int],
    weights: Mapping[str, Array],
    opset: int = 17,
    integers: Sequence[str] = (),
) -> Any:
    """A ModelProto; `inputs` gives shapes, `outputs` the numbers of axes."""
    kinds = {name: TensorProto.INT64 if name in integers else TensorProto.FLOAT for name in inputs}
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info(n, kinds[n], list(s)) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, [None] * rank) for n, rank in outputs.items()],
        [numpy_helper.from_array(a, n) for n, a in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def imported(model: Any, folder: Path, **options: Any) -> Imported:
    path = folder / "made.onnx"
    onnx.save(model, path)
    return read_import(path, **options)


def same_as_reference(
    model: Any, folder: Path, given: Mapping[str, Array], lay_in: Any = None, lay_out: Any = None
) -> Imported:
    """Import, predict and compare with the reference evaluator to 1e-5; `lay_in` and `lay_out` are orders of axes."""
    expected = ReferenceEvaluator(model).run(None, dict(given))
    found = imported(model, folder)
    feeds = {n: x.transpose(lay_in) if lay_in else x for n, x in given.items()}
    made = found.model(threads=1).predict(feeds if len(feeds) > 1 else next(iter(feeds.values())))
    results = [made[output.name] for output in model.graph.output] if isinstance(made, dict) else [made]
    for result, wanted in zip(results, expected, strict=True):
        wanted = wanted.transpose(lay_out) if lay_out else wanted
        assert result.shape == wanted.shape
        np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-5 * max(1.0, float(np.abs(wanted).max())))
    return found

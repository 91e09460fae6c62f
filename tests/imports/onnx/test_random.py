"""Random networks made by hand: what is predicted here is what the reference evaluator computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper

from tests.imports.onnx.graphs import model_of, same_as_reference

node = helper.make_node
LAYER = st.tuples(  # filters, kernel, stride, padding, function
    st.integers(1, 5), st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.sampled_from(["Relu", "Tanh", "Elu"])
)
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FUNCTIONS = ["Relu", "Tanh", "Sigmoid", "Softplus", "LeakyRelu", "Elu", "HardSwish"]


class Chain:
    """Operators one after the other, with weights."""

    def __init__(self, seed: int) -> None:
        self.rng, self.nodes, self.weights, self.last = np.random.default_rng(seed), [], {}, "x"  # type: ignore[var-annotated]

    def add(self, kind: str, *weights: Any, **options: Any) -> str:
        names = [f"w{len(self.weights) + n}" for n in range(len(weights))]
        self.weights |= dict(zip(names, weights, strict=True))
        made = f"h{len(self.nodes)}"
        self.nodes.append(node(kind, [self.last, *names], [made], **options))
        self.last = made
        return made

    def floats(self, *shape: int) -> Any:
        return (self.rng.normal(size=shape) / np.sqrt(max(shape[-1], 1))).astype(np.float32)


@QUICK
@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from(FUNCTIONS), st.booleans()), min_size=1, max_size=4),
    st.integers(0, 99),
)
def test_dense_networks(tmp_path: Path, layers: list[tuple[int, str, bool]], seed: int) -> None:
    chain, width = Chain(seed), 5
    for units, function, as_gemm in layers:
        if as_gemm:
            chain.add("Gemm", chain.floats(units, width), chain.floats(units), transB=1, alpha=0.5)
        else:
            chain.add("MatMul", chain.floats(width, units))
            chain.add("Add", chain.floats(units))
        chain.add(function)
        width = units
    model = model_of(chain.nodes, {"x": [None, 5]}, {chain.last: 2}, chain.weights)
    same_as_reference(model, tmp_path, {"x": chain.floats(4, 5)})


@QUICK
@given(st.lists(LAYER, min_size=1, max_size=3), st.booleans(), st.booleans(), st.integers(0, 99))
def test_convolutional_networks(tmp_path: Path, layers: list[Any], whole: bool, skip: bool, seed: int) -> None:
    chain, channels, height, width = Chain(seed), 3, 11, 9
    for filters, kernel, stride, pad, function in layers:
        if min(height, width) + 2 * pad < kernel:
            break
        chain.add(
            "Conv",
            chain.floats(filters, channels, kernel, kernel),
            chain.floats(filters),
            strides=[stride] * 2,
            pads=[pad] * 4,
        )
        before = chain.last
        statistics = [np.abs(chain.floats(filters)) + 0.1 for _ in range(4)]
        chain.add("BatchNormalization", *[s.astype(np.float32) for s in statistics])
        chain.add(function)
        if skip:
            made = f"s{len(chain.nodes)}"
            chain.nodes.append(node("Add", [before, chain.last], [made]))
            chain.last = made
        height, width = ((n + 2 * pad - kernel) // stride + 1 for n in (height, width))
        channels = filters
    if whole:
        chain.add("GlobalAveragePool")
        height = width = 1
    chain.add("Flatten")
    chain.add("Gemm", chain.floats(channels * height * width, 4), chain.floats(4))
    chain.add("Softmax")
    model = model_of(chain.nodes, {"x": [None, 3, 11, 9]}, {chain.last: 2}, chain.weights)
    same_as_reference(model, tmp_path, {"x": chain.floats(2, 3, 11, 9)}, (0, 2, 3, 1))

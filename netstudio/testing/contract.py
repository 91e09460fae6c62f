"""What every node type must do on the engine, as functions of a graph that holds it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.api import load_model
from netstudio.catalogue import CATALOGUE
from netstudio.engine import sharing
from netstudio.engine.lower import lower
from netstudio.graph import Endpoint, Graph, Node, TensorSpec, Wire, analyse
from netstudio.losses.base import Loss, Objective
from netstudio.testing.gradients import gradcheck
from netstudio.training.model import Model

Array = NDArray[Any]
Arrays = dict[str, Array]
BATCH = 3
NEAR = 1e-5  # of the norm: how far float32 may be from float64


def check_node_type(
    name: str,
    params: Mapping[str, Any] | None = None,
    inputs: Sequence[Sequence[int] | TensorSpec] = ((5,),),
    target: Any = None,
) -> None:
    """Put a node type into a graph and check all of the contract; AssertionError or GradientError where it is broken.

    Shapes as inferred, in training and not, for batches of 7 and 1; gradients in float64; float32 within 1e-5 of
    float64; a saved model that predicts the same to the bit; the same numbers on 1, 2 and 4 threads.

    `inputs` are the shapes of a sample at each input. For a loss, `inputs` is the prediction's shape alone, and
    `target` gives the right answers, (3, *shape), where random numbers are none.
    """
    specs = [s if isinstance(s, TensorSpec) else TensorSpec(tuple(s)) for s in inputs]
    graph = around(name, dict(params or {}), specs)
    targets = None if target is None else np.asarray(target)
    check_shapes(graph)
    gradcheck(graph, inputs=None if targets is None else {"y": targets})
    check_precision(graph, targets)
    check_saving(graph, targets)
    check_threads(graph, targets)


def around(name: str, params: Mapping[str, Any], specs: Sequence[TensorSpec]) -> Graph:
    """Inputs x0, x1, ..., the node n, and for each of its outputs a loss that compares it with a Target.

    The first pair is `loss` and `y`; more are loss1 and y1, ... A loss is wired to the Target y itself.
    """
    made = CATALOGUE[name](**params)
    nodes = [Node(f"x{i}", "Input", {"shape": list(s.shape), "dtype": s.dtype}) for i, s in enumerate(specs)]
    nodes.append(Node("n", name, params))
    if isinstance(made, Loss):
        nodes.append(Node("y", "Target", {"shape": list(specs[0].shape)}))
        return _graph(nodes, [Wire.parse("x0.out", "n.pred"), Wire.parse("y.out", "n.target")])
    found: Any = made.infer(*specs)
    ports = [made.inputs[0].name] * len(specs) if made.inputs[0].variadic else [p.name for p in made.inputs]
    wires = [Wire(Endpoint(f"x{i}", "out"), Endpoint("n", port)) for i, port in zip(range(len(specs)), ports)]
    for number, (port, spec) in enumerate(zip(made.outputs, found if isinstance(found, tuple) else (found,))):
        y, loss = (f"{stem}{number or ''}" for stem in ("y", "loss"))
        nodes += [Node(y, "Target", {"shape": list(spec.shape)}), Node(loss, "MeanSquaredError")]
        wires += [Wire.parse(f"n.{port.name}", f"{loss}.pred"), Wire.parse(f"{y}.out", f"{loss}.target")]
    return _graph(nodes, wires)


def _graph(nodes: Sequence[Node], wires: Sequence[Wire]) -> Graph:
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires))


def check_shapes(graph: Graph) -> None:
    """What is built from operations has the shapes that were inferred, in training and not, for batches of 7 and 1."""
    analysis = analyse(graph, CATALOGUE)
    assert analysis.ok, "\n".join(p.message for p in analysis.problems)
    for training in (False, True):
        for size in (7, 1):
            for endpoint, value in lower(analysis, size, training).outputs.items():
                spec = analysis.spec(endpoint)
                assert spec is not None
                batch = () if isinstance(analysis.nodes[endpoint.node].type, Objective) else (size,)
                assert value.shape == (*batch, *spec.shape), f"{endpoint}: {value.shape}, inferred {spec.shape}"


def check_precision(graph: Graph, targets: Array | None = None) -> None:
    """float32 gives the loss, the predictions and the gradients of float64 within 1e-5 of their norm."""
    x, y = _data(graph, targets)
    single, double = _model(graph, "float32"), _model(graph, "float64")
    losses = single.evaluate(x, y)["loss"], double.evaluate(x, y)["loss"]
    assert abs(losses[0] - losses[1]) <= NEAR * abs(losses[1]), f"the loss is {losses[0]}; in float64 {losses[1]}"
    found = _predictions(single, x)
    for name, expected in _predictions(double, x).items():
        assert found[name].dtype == np.float32
        _assert_near(found[name], expected, name)
    gradients = double.gradients(x, y)
    whole = float(np.sqrt(sum(np.sum(g**2) for g in gradients.values())))
    for name, value in single.gradients(x, y).items():
        # A gradient that cancels out (a key's bias in attention) is rounding alone, beside the others.
        cancels = np.linalg.norm(gradients[name]) <= 1e-10 * whole
        _assert_near(value, gradients[name], name, floor=whole if cancels else 0.0)


def check_saving(graph: Graph, targets: Array | None = None) -> None:
    """A model that was saved and loaded predicts and judges the same, to the bit."""
    x, y = _data(graph, targets)
    saved = _model(graph, "float32")
    with tempfile.TemporaryDirectory() as folder:
        saved.save(Path(folder) / "m.npz")
        loaded = load_model(Path(folder) / "m.npz")
    np.testing.assert_equal(_predictions(loaded, x), _predictions(saved, x))
    assert loaded.evaluate(x, y) == saved.evaluate(x, y)


def check_threads(graph: Graph, targets: Array | None = None) -> None:
    """Two and four threads give the predictions and gradients of one, to the bit."""
    x, y = _data(graph, targets)
    with _all_shared():
        one = _model(graph, "float32")
        for threads in (2, 4):
            several = _model(graph, "float32", threads)
            np.testing.assert_equal(_predictions(several, x), _predictions(one, x))
            np.testing.assert_equal(several.gradients(x, y), one.gradients(x, y))


@contextmanager
def _all_shared() -> Iterator[None]:
    """Have threads share even the smallest instruction."""
    before, sharing.PARALLEL_NS = sharing.PARALLEL_NS, 0
    try:
        yield
    finally:
        sharing.PARALLEL_NS = before


def _data(graph: Graph, targets: Array | None) -> tuple[Arrays, Arrays]:
    """Numbers for every Input and Target; small whole ones where they are class numbers or token ids."""
    rng = np.random.default_rng(8)
    found: dict[str, Arrays] = {"Input": {}, "Target": {}}
    for node in graph.nodes.values():
        if node.type in found:
            shape = (BATCH, *node.params["shape"])
            whole = node.params.get("dtype") == "int"
            found[node.type][node.id] = rng.integers(0, 2, shape) if whole else rng.normal(size=shape)
    return found["Input"], found["Target"] if targets is None else {"y": targets}


def _model(graph: Graph, dtype: str, threads: int = 1) -> Model:
    """The graph with no weight left at 0 or 1, the same in both precisions."""
    compiled = Model(graph, seed=0, threads=threads, dtype=dtype)
    rng = np.random.default_rng(9)

    def drawn(name: str, like: Array) -> Any:
        low = 0.5 if name.endswith("variance") else -1.0
        return rng.uniform(low, 1.5, like.shape)

    compiled.set_weights({name: drawn(name, value) for name, value in compiled.weights.items()})
    return compiled


def _predictions(model: Model, x: Mapping[str, Array]) -> Arrays:
    found: Any = model.predict(x)
    return dict(found) if isinstance(found, Mapping) else {"out": found}


def _assert_near(found: Array, expected: Array, what: str, floor: float = 0.0) -> None:
    """Within 1e-5 of the expected array's norm, or of `floor` where that is more."""
    scale = max(float(np.linalg.norm(expected)), floor)
    assert np.linalg.norm(found - expected) <= NEAR * scale, f"{what}: float32 is too far from float64"

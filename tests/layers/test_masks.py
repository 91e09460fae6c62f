"""Masks: where they start, what passes them on, what heeds them, where they end."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.catalogue import CATALOGUE
from netstudio.engine.lower import lower
from netstudio.graph import Endpoint, Graph, Node, TensorSpec, Wire, analyse
from netstudio.graph.edits import Group
from netstudio.layers import LAYERS
from netstudio.testing import check_precision, check_saving, check_shapes, check_threads, gradcheck
from tests.numpy_ops import NumpyOps

STEPS, FEATURES = 5, 3
LENGTHS = (5, 2, 0, 3)  # all steps, some, none


def held(name: str, **params: Any) -> dict[str, Any]:
    return {"layer": {"type": name, "params": params}}


def chain(*layers: tuple[str, dict[str, Any]], target: tuple[int, ...] | None = None) -> Graph:
    """x, a Masking, then the layers n0, n1, ... in a row; with a `target` the last one's loss against y."""
    nodes = [Node("x", "Input", {"shape": [STEPS, FEATURES]}), Node("mask", "Masking")]
    nodes += [Node(f"n{i}", name, params) for i, (name, params) in enumerate(layers)]
    wires = [Wire(Endpoint(a.id, "out"), Endpoint(b.id, port(b))) for a, b in itertools.pairwise(nodes)]
    if target is not None:
        nodes += [Node("y", "Target", {"shape": list(target)}), Node("loss", "MeanSquaredError")]
        wires += [Wire.parse(f"{nodes[-3].id}.out", "loss.pred"), Wire.parse("y.out", "loss.target")]
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires))


def port(node: Node) -> str:
    return CATALOGUE[node.type].inputs[0].name


def padded(lengths: tuple[int, ...] = LENGTHS, seed: int = 0) -> Any:
    x = np.random.default_rng(seed).normal(size=(len(lengths), STEPS, FEATURES))
    for row, length in zip(x, lengths):
        row[length:] = 0.0
    return x


def model_of(graph: Graph) -> ns.Model:
    """In float64, with no weight left at 0."""
    model = ns.compile(graph, seed=3, threads=1, dtype="float64")
    rng = np.random.default_rng(1)
    model.set_weights({k: rng.uniform(0.3, 1.0, w.shape) for k, w in model.weights.items()})
    return model


def warnings(graph: Graph) -> list[str]:
    return [p.message for p in analyse(graph, CATALOGUE).problems if "mask" in p.message]


def test_a_mask_is_told_on_every_wire_that_has_one() -> None:
    analysis = analyse(chain(("Dense", {"units": 4}), ("LSTM", {"units": 2})), CATALOGUE)
    shown = {id: analysis.nodes[id].outputs[0].label for id in ("x", "mask", "n0", "n1")}  # type: ignore[index]
    assert shown == {"x": "5×3", "mask": "5×3 masked", "n0": "5×4 masked", "n1": "2"}


@pytest.mark.parametrize("name", ["Flatten", "Conv1D", "GlobalMaxPooling1D", "Reshape"])
def test_who_loses_a_mask_says_so(name: str) -> None:
    known: dict[str, dict[str, Any]] = {"Conv1D": {"filters": 2, "kernel_size": 2}, "Reshape": {"target_shape": [-1]}}
    params = known.get(name, {})
    (message,) = warnings(chain(("Dense", {"units": 4}), (name, params), target=(1,)))
    assert message.startswith("n1: the mask of its input ends here")


@pytest.mark.parametrize(
    "layers",
    [
        [("LSTM", {"units": 2})],
        [("GlobalAveragePooling1D", {})],
        [("Bidirectional", held("GRU", units=2, return_sequences=True)), ("SimpleRNN", {"units": 2})],
        [("Dropout", {"rate": 0.1}), ("LayerNormalization", {}), ("Tanh", {}), ("Dense", {"units": 2})],
        [("TimeDistributed", held("Dense", units=2)), ("BatchNormalization", {})],
        [("Output", {})],
    ],
)
def test_who_keeps_or_heeds_a_mask_says_nothing(layers: list[tuple[str, dict[str, Any]]]) -> None:
    assert warnings(chain(*layers)) == []


def test_padding_changes_nothing_for_a_convolutional_lstm() -> None:
    layer: Any = LAYERS["ConvLSTM1D"](filters=2, kernel_size=2, return_state=True)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, STEPS, 4, FEATURES))
    specs = layer.weights(TensorSpec(x.shape[1:]))
    weights = {name: rng.normal(size=spec.shape) for name, spec in specs.items()}
    ops = NumpyOps(weights)
    ops.masks = (np.array([[1, 1, 0, 0, 0], [0, 1, 0, 1, 0]]),)
    found = layer.lower(ops, x)
    for row, steps in enumerate(([0, 1], [1, 3])):
        for y, expected in zip(found, layer.lower(NumpyOps(weights), x[row : row + 1, steps]), strict=True):
            np.testing.assert_allclose(y[row], expected[0], rtol=1e-12)


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("backwards", [False, True])
def test_padding_changes_nothing_for_a_recurrent_layer(kind: str, backwards: bool) -> None:
    graph = chain((kind, {"units": 4, "go_backwards": backwards}), ("Output", {}))
    model = model_of(graph)
    x = padded()
    found = model.predict(x)
    for row, length, y in zip(x, LENGTHS, found):
        if not length:
            assert not y.any()
            continue
        alone = model.predict(np.concatenate([row[:length], np.zeros((STEPS - length, FEATURES))])[None])
        np.testing.assert_allclose(y, alone[0])
    bare = chain((kind, {"units": 4, "go_backwards": backwards}), ("Output", {}))
    bare = Graph(nodes={**bare.nodes, "x": Node("x", "Input", {"shape": [2, FEATURES]})}, wires=bare.wires)
    short = ns.compile(bare, threads=1, dtype="float64")
    short.set_weights(model.weights)
    np.testing.assert_allclose(short.predict(x[1:2, :2]), found[1:2], rtol=1e-12)


def test_a_recurrent_layer_shows_the_step_before_where_masked() -> None:
    every: dict[str, Any] = {"units": 4, "return_sequences": True}
    x = padded()
    found = model_of(chain(("GRU", every), ("Output", {}))).predict(x)
    assert (found[1, 2:] == found[1, 1]).all()
    assert not found[2].any()
    zeros = model_of(chain(("GRU", {**every, "zero_output_for_mask": True}), ("Output", {}))).predict(x)
    assert not zeros[1, 2:].any()
    assert (zeros[1, :2] == found[1, :2]).all()


def test_an_average_takes_what_counts() -> None:
    x = padded()
    found = ns.compile(chain(("GlobalAveragePooling1D", {}), ("Output", {})), threads=1, dtype="float64").predict(x)
    np.testing.assert_allclose(found[1], x[1, :2].mean(0))
    assert not found[2].any()


def test_losses_and_metrics_count_no_padding() -> None:
    graph = chain(("Dense", {"units": 2}), target=(STEPS, 2))
    graph = Graph(graph.name, graph.nodes, graph.wires, training={"metrics": ["mae"]})
    model, x = model_of(graph), padded()
    y = np.random.default_rng(5).normal(size=(4, STEPS, 2))
    pred, figures = model.predict(x), model.evaluate(x, y)
    counts = np.arange(STEPS) < np.array(LENGTHS)[:, None]
    assert figures["loss"] == pytest.approx(((pred - y) ** 2)[counts].mean())
    assert figures["mae"] == pytest.approx(np.abs(pred - y)[counts].mean())
    nothing = model.evaluate(np.zeros_like(x), y)
    assert nothing == {"loss": 0.0, "mae": 0.0}


def test_an_ignored_class_and_a_mask_together() -> None:
    nodes = [
        Node("x", "Input", {"shape": [STEPS], "dtype": "int"}),
        Node("e", "Embedding", {"input_dim": 4, "output_dim": 3, "mask_zero": True}),
        Node("y", "Target", {"shape": [STEPS], "dtype": "int"}),
        Node("loss", "SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 1}),
    ]
    wires = [Wire.parse("x.out", "e.in"), Wire.parse("e.out", "loss.pred"), Wire.parse("y.out", "loss.target")]
    model = model_of(Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires)))
    x, y = np.array([[1, 2, 3, 0, 0], [3, 0, 0, 0, 2]]), np.array([[2, 1, 0, 1, 2], [1, 1, 0, 2, 2]])
    logits = model.predict(x)
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    each = -np.take_along_axis(log_p, y[..., None], -1)[..., 0]
    assert model.evaluate(x, y)["loss"] == pytest.approx(each[(x != 0) & (y != 1)].mean())


def merged(kind: str, params: dict[str, Any], second: str) -> Graph:
    """Two masked inputs, or a masked and a plain one, into one node."""
    nodes = [Node(i, "Input", {"shape": [STEPS, FEATURES]}) for i in ("x", "z")]
    nodes += [Node("a", "Masking"), Node("b", second), Node("m", kind, params), Node("out", "LSTM", {"units": 2})]
    wires = ["x.out a.in", "z.out b.in", "a.out m.in", "b.out m.in", "m.out out.in"]
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w.split()) for w in wires))


@pytest.mark.parametrize(
    ("kind", "params", "expected"),
    [
        ("Add", {}, [1, 1, 1, 1, 0]),
        ("Concatenate", {}, [1, 1, 1, 1, 0]),
        ("Concatenate", {"axis": 1}, [1, 1, 0, 0, 0, 1, 1, 1, 1, 0]),
    ],
)
def test_masks_meet(kind: str, params: dict[str, Any], expected: list[int]) -> None:
    ops, ones = NumpyOps(), np.ones((1, STEPS, FEATURES))
    ops.masks = np.array([[1, 1, 0, 0, 0]]), np.array([[1, 1, 1, 1, 0]])
    layer: Any = LAYERS[kind](**params)
    layer.lower(ops, ones, ones)
    assert ops.made_masks[0].tolist() == [expected]


def test_where_one_input_has_no_mask_a_sum_has_none_and_says_so() -> None:
    graph = merged("Add", {}, "Identity")
    assert warnings(graph)[0].startswith("m: the mask of its input ends here")
    assert lower(analyse(graph, CATALOGUE), 2, False).masks.keys() == {Endpoint("a", "out")}
    assert warnings(merged("Concatenate", {"axis": 1}, "Identity")) == []


def test_a_mask_goes_through_a_block() -> None:
    graph = chain(("Dense", {"units": 4}), ("Tanh", {}), ("LSTM", {"units": 2}), ("Output", {}))
    folded, id = Group(("n0", "n1")).place(graph, CATALOGUE)
    analysis = analyse(folded, CATALOGUE)
    assert analysis.nodes[id].outputs[0].masked  # type: ignore[index]
    assert warnings(folded) == []
    plain, block = model_of(graph), ns.compile(folded, threads=1, dtype="float64")
    block.set_weights({k: plain.weights[k.removeprefix(f"{id}/")] for k in block.weights})
    np.testing.assert_array_equal(block.predict(padded()), plain.predict(padded()))


def test_words_of_sentences() -> None:
    """A mask with two axes: the inner one is for what reads the words, a sentence counts where a word of it does."""
    nodes = [
        Node("x", "Input", {"shape": [3, 4], "dtype": "int"}),
        Node("e", "Embedding", {"input_dim": 5, "output_dim": 3, "mask_zero": True}),
        Node("words", "TimeDistributed", held("GRU", units=2)),
        Node("text", "GRU", {"units": 2}),
        Node("out", "Output"),
    ]
    wires = [Wire(Endpoint(a.id, "out"), Endpoint(b.id, "in")) for a, b in itertools.pairwise(nodes)]
    model = model_of(Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires)))
    long = np.array([[[1, 2, 0, 0], [3, 0, 0, 0], [0, 0, 0, 0]], [[1, 2, 4, 1], [3, 1, 1, 2], [1, 1, 1, 1]]])
    moved = np.array([[[0, 0, 0, 0], [0, 1, 0, 2], [0, 0, 3, 0]], long[1]])
    np.testing.assert_allclose(model.predict(long), model.predict(moved), rtol=1e-12)


def looking(kind: str, params: dict[str, Any], steps: int = STEPS) -> Graph:
    """A sequence of tokens that looks at itself, and the mean of what it sees."""
    ports = ["query", "value"]
    nodes = [
        Node("x", "Input", {"shape": [steps], "dtype": "int"}),
        Node("e", "Embedding", {"input_dim": 5, "output_dim": FEATURES, "mask_zero": True}),
        Node("n", kind, params),
        Node("mean", "GlobalAveragePooling1D"),
        Node("y", "Target", {"shape": [FEATURES]}),
        Node("loss", "MeanSquaredError"),
    ]
    wires = ["x.out e.in", *(f"e.out n.{p}" for p in ports), "n.out mean.in", "mean.out loss.pred", "y.out loss.target"]
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w.split()) for w in wires))


LOOKING: list[tuple[str, dict[str, Any]]] = [
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "use_causal_mask": True, "sliding_window": 2}),
    ("GroupQueryAttention", {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3}),
    ("Attention", {"use_scale": True}),
    ("AdditiveAttention", {"use_causal_mask": True}),
]
every_looking = pytest.mark.parametrize(("kind", "params"), LOOKING, ids=[name for name, _ in LOOKING])


@every_looking
def test_attention_does_not_look_at_padding(kind: str, params: dict[str, Any]) -> None:
    tokens = np.array([[1, 3, 2, 0, 0], [4, 1, 1, 0, 0]])
    padded_to_5, bare = model_of(looking(kind, params)), model_of(looking(kind, params, 3))
    bare.set_weights(padded_to_5.weights)
    np.testing.assert_allclose(padded_to_5.predict(tokens), bare.predict(tokens[:, :3]), rtol=1e-12)
    assert np.isfinite(padded_to_5.predict(tokens * 0)).all()
    assert warnings(looking(kind, params)) == []


@every_looking
def test_contract_of_attention_with_a_mask(kind: str, params: dict[str, Any]) -> None:
    graph = looking(kind, params)
    check_shapes(graph)
    check_precision(graph)
    check_threads(graph)
    gradcheck(graph, inputs={"x": np.array([[1, 3, 2, 2, 1], [2, 1, 0, 0, 0], [0, 0, 0, 0, 0]])})


def test_a_step_that_may_look_nowhere_takes_the_mean() -> None:
    layer: Any = LAYERS["Attention"]()
    ops, value = NumpyOps(), np.random.default_rng(2).normal(size=(2, 4, 3))
    ops.masks = None, np.array([[1, 1, 0, 0], [0, 0, 0, 0]])
    found = layer.lower(ops, value, value)
    np.testing.assert_allclose(found[1], np.broadcast_to(value[1].mean(0), (4, 3)))


MASKED = [
    ("SimpleRNN", {"units": 3, "return_sequences": True}),
    ("GRU", {"units": 3}),
    ("LSTM", {"units": 3, "return_sequences": True, "zero_output_for_mask": True}),
    ("Bidirectional", held("LSTM", units=2, return_sequences=True)),
    ("TimeDistributed", held("BatchNormalization")),
    ("BatchNormalization", {}),
    ("GlobalAveragePooling1D", {"keepdims": True}),
    ("Add", {}),
    ("Concatenate", {"axis": 1}),
]


every_masked = pytest.mark.parametrize(("name", "params"), MASKED, ids=[name for name, _ in MASKED])


def after_embedding(name: str, params: dict[str, Any]) -> Graph:
    """The layer behind an Embedding: differences of numbers would move the mask of a Masking."""
    outputs = analyse(chain((name, params)), CATALOGUE).nodes["n0"].outputs
    assert outputs is not None
    graph = chain((name, params), target=outputs[0].shape)
    tokens = Node("x", "Input", {"shape": [STEPS], "dtype": "int"})
    embedding = Node("mask", "Embedding", {"input_dim": 4, "output_dim": FEATURES, "mask_zero": True})
    return Graph(nodes={**graph.nodes, "x": tokens, "mask": embedding}, wires=graph.wires)


@every_masked
def test_gradients_with_a_mask(name: str, params: dict[str, Any]) -> None:
    tokens = np.array([[1, 3, 2, 2, 1], [2, 1, 0, 0, 0], [0, 3, 0, 1, 0]])
    gradcheck(after_embedding(name, params), inputs={"x": tokens})


@every_masked
def test_contract_with_a_mask(name: str, params: dict[str, Any]) -> None:
    graph = after_embedding(name, params)
    check_shapes(graph)
    check_saving(graph)
    check_threads(graph)
    if "BatchNormalization" not in (name, params.get("layer", {}).get("type")):
        check_precision(graph)  # tokens of 0 and 1, of which 1 counts alone, have no variance

"""Blocks of a transformer: what they hold, what they see, what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.catalogue import CATALOGUE
from netstudio.errors import ShapeError
from netstudio.graph import Graph, Node, TensorSpec, Wire, analyse
from netstudio.layers import LAYERS

WIDE: dict[str, Any] = {"intermediate_dim": 8, "num_heads": 2}
VOCABULARY, STEPS = 7, 6


def language_model(block: str, **params: Any) -> Graph:
    """Tokens with learnt places, a block, and a guess at the next token."""
    nodes = [
        Node("x", "Input", {"shape": [STEPS], "dtype": "int"}),
        Node("tokens", "Embedding", {"input_dim": VOCABULARY, "output_dim": 4, "mask_zero": True}),
        Node("places", "PositionEmbedding", {"sequence_length": STEPS}),
        Node("add", "Add"),
        Node("block", block, {**WIDE, **params}),
        Node("guess", "Dense", {"units": VOCABULARY}),
        Node("y", "Target", {"shape": [STEPS], "dtype": "int"}),
        Node("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]
    wires = (
        "x.out tokens.in|tokens.out places.in|tokens.out add.in|places.out add.in|add.out block.in|block.out guess.in"
    )
    ends = [*wires.split("|"), "guess.out loss.pred", "y.out loss.target"]
    training = {"optimizer": {"type": "Adam", "params": {"learning_rate": 0.01}}}
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w.split()) for w in ends), training=training)


def test_no_step_sees_a_later_one() -> None:
    model = ns.compile(language_model("TransformerDecoder"), seed=0, threads=1, dtype="float64")
    x = np.array([[1, 2, 3, 4, 5, 6]])
    changed = np.array([[1, 2, 3, 6, 1, 1]])
    before, after = model.predict(x), model.predict(changed)
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).any()


def test_an_encoder_sees_all_steps_but_padding() -> None:
    graph = language_model("TransformerEncoder")
    assert not [p for p in analyse(graph, CATALOGUE).problems if "mask" in p.message]
    model = ns.compile(graph, seed=0, threads=1, dtype="float64")
    before, after = (model.predict(np.array([[1, 2, 3, last, 0, 0]])) for last in (4, 5))
    assert (before[:, 0] != after[:, 0]).any()


def test_a_language_model_learns_what_comes_next() -> None:
    """Counting round: after n comes n + 1, after 6 comes 1."""
    rng = np.random.default_rng(0)
    x = (rng.integers(0, 6, (64, 1)) + np.arange(STEPS)) % 6 + 1
    model = ns.compile(language_model("TransformerDecoder", normalize_first=True), seed=0, threads=1)
    history = model.fit(x, x % 6 + 1, epochs=30, batch_size=16).history["loss"]
    assert history[-1] < 0.2 < history[0]


@pytest.mark.parametrize(
    ("name", "specs", "said"),
    [
        ("TransformerEncoder", [TensorSpec((4,))], "expected (steps, features)"),
        ("TransformerEncoder", [TensorSpec((4, 1))], "1 features (shape (4, 1)) for 2 heads"),
        ("TransformerEncoder", [TensorSpec((4, 6)), TensorSpec((4, 5))], "attention_mask has the shape (4, 5)"),
        ("TransformerDecoder", [TensorSpec((4, 6)), TensorSpec((5,))], "expected (steps, features)"),
    ],
)
def test_what_is_refused(name: str, specs: list[TensorSpec], said: str) -> None:
    with pytest.raises(ShapeError) as caught:
        LAYERS[name](**WIDE).infer(*specs)
    assert said in str(caught.value)


def test_weights_stand_in_the_names_of_kerashub() -> None:
    names = {key.partition("/")[0] for key in LAYERS["TransformerEncoder"](**WIDE).weights(TensorSpec((4, 6)))}
    norms = {"self_attention_layer_norm", "feedforward_layer_norm"}
    assert names == {
        "self_attention_layer",
        "feedforward_intermediate_dense",
        "feedforward_output_dense",
        *norms,
    }

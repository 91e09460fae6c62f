"""NaN and infinity: the run ends within a step, says where it began, and leaves the last good weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import NonFiniteError
from netstudio.graph import Graph
from netstudio.training.model import Model
from tests.graphs import cnn, graph, regression, two_heads
from tests.training.examples import Array, assert_same_weights, both, images, moved, numbers


def sgd(rate: float) -> dict[str, Any]:
    return {"type": "SGD", "params": {"learning_rate": rate}}


@pytest.mark.parametrize(("made", "data"), [(regression, numbers), (cnn, images), (two_heads, both)])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
def test_an_absurd_learning_rate(made: Callable[..., Graph], data: Any, optimizer: str) -> None:
    model = ns.compile(made(optimizer={"type": optimizer, "params": {"learning_rate": 1e30}}), threads=1)
    before = model.weights
    x, y = data()
    with pytest.raises(NonFiniteError, match="became NaN or infinite; try a smaller learning rate") as caught:
        model.fit(x, y, epochs=50, batch_size=8)
    assert caught.value.step <= 3
    assert caught.value.node in model.graph.nodes
    assert f"training stopped at step {caught.value.step + 1}: " in str(caught.value)
    assert_same_weights(model.weights, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("threads", [1, 2])
def test_bad_data_stop_the_run_at_their_batch(bad: float, threads: int) -> None:
    x, y = images(40)
    x[27, 3, 4, 1] = bad
    model = ns.compile(cnn(), threads=threads)
    before = model.weights
    with pytest.raises(NonFiniteError) as caught:
        model.fit(x, y, epochs=2, batch_size=8, shuffle=False)
    assert str(caught.value) == "training stopped at step 4: the data for x holds NaN or infinity; clean the data"
    assert (caught.value.node, caught.value.step) == ("x", 3)
    assert_same_weights(model.weights, before)


def test_bad_answers_are_data_too() -> None:
    x, y = both()
    y["goal"][5, 1] = np.nan
    model = ns.compile(two_heads(), threads=1)
    with pytest.raises(NonFiniteError, match="the data for goal holds NaN or infinity; clean the data"):
        model.train_on_batch(x, y)


def test_a_bad_batch_changes_nothing() -> None:
    """Not even the moving averages, which come before the loss."""
    x, y = images(8)
    model = ns.compile(cnn(), threads=1)
    model.train_on_batch(x, y)
    before = model.weights
    with pytest.raises(NonFiniteError):
        model.train_on_batch(np.where(x > 1.0, np.nan, x), y)
    assert not moved(model, before)
    assert model.steps_done == 1
    assert np.isfinite(model.train_on_batch(x, y)["loss"])


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_a_step_by_hand_that_fails_changes_nothing(optimizer: str) -> None:
    """Though the numbers are found to be infinite only once they stand in the weights."""
    model = ns.compile(cnn(optimizer=optimizer), threads=1)
    x, y = images(8)
    model.train_on_batch(x, y)
    before, rate = model.snapshot(), model.learning_rate
    model.learning_rate = 1e39
    with pytest.raises(NonFiniteError, match=r"the weight .* became NaN or infinite"):
        model.train_on_batch(x, y)
    for now, then in zip(model.snapshot().arrays, before.arrays, strict=True):
        np.testing.assert_array_equal(now, then)
    model.learning_rate = rate
    twin = ns.compile(cnn(optimizer=optimizer), threads=1)
    twin.train_on_batch(x, y)
    assert model.train_on_batch(x, y) == twin.train_on_batch(x, y)
    assert_same_weights(model, twin)


@pytest.mark.parametrize(
    ("optimizer", "careful"),
    [
        ("SGD", True),
        ("Adam", True),
        ({"type": "SGD", "params": {"momentum": 0.9, "nesterov": True}}, True),
        ("lamb", False),
    ],
)
def test_weights_are_tried_before_they_move_where_they_move_in_one_pass(optimizer: Any, careful: bool) -> None:
    model, twin = (ns.compile(cnn(optimizer=optimizer), threads=1) for _ in range(2))
    x, y = images(24)
    losses = [model.train_on_batch(x[i : i + 8], y[i : i + 8])["loss"] for i in (0, 8, 16)]
    assert (model.executor.program("train", 8).careful is not None) == careful
    assert twin.fit(x, y, batch_size=8, shuffle=False).history["loss"] == pytest.approx([np.mean(losses)])
    assert_same_weights(model, twin)


def test_weights_whose_sum_alone_overflows_do_move() -> None:
    model = ns.compile(squares(), threads=1)
    weights = model.weights
    weights["d/kernel"][3] = 3e38  # of an input that is 0
    model.set_weights(weights)
    x = np.ones((3, 4), np.float32) * [1, 1, 1, 0]
    assert np.isfinite(model.train_on_batch(x, np.zeros((3, 4)))["loss"])
    assert moved(model, weights)
    assert model.steps_done == 1


class Spoiler:
    """Raises the learning rate after some epochs, and remembers the weights of that time."""

    def __init__(self, after: int) -> None:
        self.after, self.weights = after, dict[str, Array]()

    def begin(self, run: Any) -> None:
        self.ended = False

    def epoch_end(self, run: Any, epoch: int, logs: Any) -> None:
        if epoch + 1 == self.after:
            self.weights = run.model.weights
            run.learning_rate = 1e30

    def end(self, run: Any) -> None:
        self.ended = True


def test_the_last_good_epoch_s_weights_are_left() -> None:
    model, spoiler = ns.compile(cnn(), threads=1), Spoiler(after=2)
    before = model.weights
    with pytest.raises(NonFiniteError) as caught:
        model.fit(*images(), epochs=5, batch_size=8, callbacks=[spoiler])
    assert caught.value.step // 5 == 2
    assert spoiler.ended
    assert_same_weights(model.weights, spoiler.weights)
    assert len(moved(model, before)) == len(before)
    assert len(model.history.history["loss"]) == 2


def test_the_optimizer_recovers_as_well() -> None:
    """Momentum that became infinite would spoil the next run."""
    model, spoiler = ns.compile(cnn(), threads=1), Spoiler(after=1)
    x, y = images()
    with pytest.raises(NonFiniteError):
        model.fit(x, y, epochs=5, batch_size=8, callbacks=[spoiler])
    assert all(np.isfinite(slot).all() for slot in model.executor.parameters.slots.values())
    model.fit(x, y, epochs=1, batch_size=8)
    twin = ns.compile(cnn(), threads=1)
    twin.fit(x, y, epochs=1, batch_size=8)
    twin.fit(x, y, epochs=1, batch_size=8)
    assert_same_weights(model, twin)


# ---------------------------------------------------------------------------------------------------- where it began


def spoilt(made: Graph, weight: str, value: float) -> Model:
    model = ns.compile(made, seed=0, threads=1)
    model.set_weights({k: np.full_like(v, value) if k == weight else v for k, v in model.weights.items()})
    return model


def deep() -> Graph:
    return regression((7, 6, 4), "relu")


WHERE: list[tuple[Callable[[], Graph], Any, str, str]] = [
    (deep, numbers, "d0/kernel", "d0"),
    (deep, numbers, "d1/kernel", "d1"),
    (deep, numbers, "out/bias", "loss"),  # the bias alone is finite; its square is not
    (cnn, images, "conv1/kernel", "conv1"),
    (cnn, images, "bn/gamma", "bn"),
    (cnn, images, "conv2/kernel", "conv2"),
    (cnn, images, "out/kernel", "out"),
    (two_heads, both, "trunk/kernel", "trunk"),
    (two_heads, both, "numbers/kernel", "numbers"),
]


@pytest.mark.parametrize(("made", "data", "weight", "node"), WHERE)
def test_the_first_node_that_overflows_is_named(made: Callable[[], Graph], data: Any, weight: str, node: str) -> None:
    with pytest.raises(NonFiniteError, match=f"the output of {node} became NaN or infinite") as caught:
        spoilt(made(), weight, 3e38).train_on_batch(*data())
    assert caught.value.node == node


def squares(*tail: str) -> Graph:
    """Elementwise nodes only, all of which run as one pass over memory."""
    dense = ("d", "Dense", {"units": 4})
    nodes = [("x", "Input", {"shape": [4]}), dense, ("square", "Multiply", {}), *((t.lower(), t, {}) for t in tail)]
    chain = ["square", *(t.lower() for t in tail), "loss.pred"]
    wires = "x d, d square, d square, y loss.target, " + ", ".join(f"{a} {b}" for a, b in itertools.pairwise(chain))
    return graph([*nodes, ("y", "Target", {"shape": [4]}), ("loss", "MeanSquaredError", {})], wires)


@pytest.mark.parametrize("tail", [(), ("LeakyReLU",), ("LeakyReLU", "ELU", "ReLU"), ("LeakyReLU", "Softmax")])
def test_the_first_node_is_named_where_many_run_as_one(tail: tuple[str, ...]) -> None:
    model = ns.compile(squares(*tail), threads=1)
    with pytest.raises(NonFiniteError, match="the output of square became NaN or infinite"):
        model.train_on_batch(np.full((3, 4), 1e30), np.zeros((3, 4)))

"""Training with weights by sample and by class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import DataError
from netstudio.training.model import Model
from tests.graphs import classifier, regression, two_heads
from tests.training.examples import assert_same_weights, both, classes, numbers

SGD = {"type": "SGD", "params": {"learning_rate": 0.1}}


def models(count: int, **training: Any) -> list[Model]:
    return [ns.compile(classifier(optimizer=SGD, **training), seed=0, threads=1, dtype="float64") for _ in range(count)]


def test_a_weight_of_two_is_a_row_twice() -> None:
    x, y = classes(12)
    twice, weighed = models(2)
    rows = np.concatenate([np.arange(12), np.arange(4)])
    twice.train_on_batch(x[rows], y[rows])
    # The mean is over all rows, weighed or not, as in Keras: 16 rows in the one case and 12 in the other.
    weighed.train_on_batch(x, y, sample_weight=np.where(np.arange(12) < 4, 2.0, 1.0) * 12 / 16)
    for name, value in twice.weights.items():
        np.testing.assert_allclose(weighed.weights[name], value, rtol=1e-9, atol=1e-12)


def test_classes_weigh_as_their_samples_do() -> None:
    x, y = classes(40)
    by_class, by_sample, by_loss = models(3)
    weights = {0: 0.5, 2: 3.0}
    each = np.array([0.5, 1.0, 3.0, 1.0])
    first = by_class.fit(x, y, epochs=3, batch_size=7, class_weight=weights, validation_split=0.25)
    second = by_sample.fit(x, y, epochs=3, batch_size=7, sample_weight=each[y], validation_split=0.25)
    assert_same_weights(by_class, by_sample)
    assert first.history == second.history
    both_at_once = by_loss.train_on_batch(x, y, class_weight=weights, sample_weight=np.full(40, 2.0))["loss"]
    assert both_at_once == pytest.approx(by_loss_of(each, x, y))


def by_loss_of(each: Any, x: Any, y: Any) -> float:
    (model,) = models(1)
    scores = model.predict(x)
    logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    return float((-logs[np.arange(len(y)), y] * each[y] * 2.0).mean())


def test_a_run_without_weights_is_as_if_there_had_been_none() -> None:
    x, y = classes(20)
    model, plain = models(2, metrics=["accuracy"])
    before = model.snapshot()
    predicted, judged = model.predict(x), model.evaluate(x, y)
    model.fit(x, y, epochs=1, sample_weight=np.linspace(0.0, 3.0, 20))
    model.restore(before)
    np.testing.assert_array_equal(model.predict(x), predicted)
    np.testing.assert_array_equal(model.predict(x[:3]), predicted[:3])
    assert model.evaluate(x, y) == judged
    model.fit(x, y, epochs=2)
    plain.fit(x, y, epochs=2)
    assert_same_weights(model, plain)


def test_rows_of_no_weight_teach_nothing() -> None:
    x, y = classes(20)
    model = models(1)[0]
    before = model.weights
    model.fit(x, y, epochs=2, sample_weight=np.zeros(20))
    assert_same_weights(model, before)


def test_weights_reach_every_loss() -> None:
    x, y = both(20)
    model = ns.compile(two_heads(optimizer=SGD), threads=1, dtype="float64")
    penalty = 0.01 * (model.weights["trunk/kernel"] ** 2).sum()
    assert model.train_on_batch(x, y, sample_weight=np.zeros(20))["loss"] == pytest.approx(penalty)
    with pytest.raises(DataError, match="class_weight needs one Target; the graph has label, goal"):
        model.fit(x, y, class_weight={0: 1.0})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"sample_weight": np.ones(19)}, r"shape \(19,\); expected a number for each of the 20 rows"),
        ({"sample_weight": ["a"] * 20}, "expected a number for each"),
        ({"sample_weight": np.full(20, -1.0)}, "expected numbers of 0 or more"),
        ({"sample_weight": np.full(20, np.nan)}, "expected numbers of 0 or more"),
        ({"class_weight": {1: -2.0}}, "gives the class 1 the weight -2.0"),
    ],
)
def test_what_is_refused(how: dict[str, Any], words: str) -> None:
    x, y = classes(20)
    with pytest.raises(DataError, match=words):
        models(1)[0].fit(x, y, **how)


def test_numbers_have_no_classes() -> None:
    with pytest.raises(DataError, match="class_weight needs one class a row; y has the shape"):
        ns.compile(regression(), threads=1).fit(*numbers(8)[:1], np.zeros((8, 3)) + 0.5, class_weight={0: 1.0})

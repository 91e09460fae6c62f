"""What fit, train_on_batch, gradients, evaluate and predict mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error

import netstudio as ns
from netstudio.errors import ExportError, GraphError, TrainingError
from netstudio.graph import Graph
from netstudio.training.model import Model
from tests.graphs import classifier, cnn, graph, regression, two_heads
from tests.training.examples import assert_same_weights, both, classes, images, moved, numbers


def compiled(made: Graph, seed: int = 0, dtype: str = "float32") -> Model:
    return ns.compile(made, seed=seed, threads=1, dtype=dtype)


# ---------------------------------------------------------------------------------------------------- training


@pytest.mark.parametrize(("made", "data"), [(regression(), numbers), (cnn(), images), (two_heads(), both)])
def test_train_on_batch_is_the_first_step_of_fit(made: Graph, data: Any) -> None:
    x, y = data(16)
    one, other = compiled(made), compiled(made)
    logs = one.train_on_batch(x, y)
    history = other.fit(x, y, batch_size=16, shuffle=False)
    assert {k: [v] for k, v in logs.items()} == history.history
    assert_same_weights(one, other)


def test_a_smaller_last_batch_counts_by_its_rows() -> None:
    x, y = numbers(19)
    by_fit, by_hand = compiled(regression()), compiled(regression())
    history = by_fit.fit(x, y, epochs=2, batch_size=8, shuffle=False).history["loss"]
    for epoch in range(2):
        losses = [by_hand.train_on_batch(x[i : i + 8], y[i : i + 8])["loss"] for i in (0, 8, 16)]
        assert history[epoch] == pytest.approx(np.average(losses, weights=[8, 8, 3]), rel=1e-6)
    assert_same_weights(by_fit, by_hand)


def test_a_batch_larger_than_the_data_is_all_of_it() -> None:
    x, y = numbers(10)
    one, other = compiled(regression()), compiled(regression())
    one.fit(x, y, batch_size=500, shuffle=False)
    other.train_on_batch(x, y)
    assert_same_weights(one, other)


def test_the_same_seed_is_the_same_run() -> None:
    x, y = images()
    runs = [compiled(cnn(), seed=5) for _ in range(2)]
    first, second = (m.fit(x, y, epochs=3, batch_size=12, validation_split=0.2) for m in runs)
    assert first.history == second.history
    assert_same_weights(*runs)


def test_another_seed_is_another_run() -> None:
    x, y = images()
    first, second = compiled(cnn(), seed=5), compiled(cnn(), seed=6)
    assert not np.array_equal(first.weights["out/kernel"], second.weights["out/kernel"])
    second.set_weights(first.weights)
    histories = [m.fit(x, y, batch_size=12).history for m in (first, second)]
    assert histories[0] != histories[1], "order and dropout do not depend on the seed"


def test_dropout_differs_from_step_to_step() -> None:
    made = compiled(cnn(dropout=0.5, optimizer={"type": "SGD", "params": {"learning_rate": 1e-30}}))
    x, y = images()
    assert made.train_on_batch(x, y)["loss"] != made.train_on_batch(x, y)["loss"]
    assert made.evaluate(x, y) == made.evaluate(x, y)


def test_fit_goes_on_where_it_stopped() -> None:
    x, y = numbers()
    once, twice = compiled(regression()), compiled(regression())
    once.fit(x, y, epochs=4, batch_size=8, shuffle=False)
    twice.fit(x, y, epochs=2, batch_size=8, shuffle=False)
    twice.fit(x, y, epochs=2, batch_size=8, shuffle=False)
    assert_same_weights(once, twice)


def test_training_learns() -> None:
    x, y = classes(200)
    made = compiled(classifier(metrics=["accuracy"], optimizer={"type": "Adam", "params": {"learning_rate": 0.01}}))
    history = made.fit(x, y, epochs=30).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["accuracy"][-1] > 0.85


def test_history_is_keras_s() -> None:
    x, y = classes()
    history = compiled(classifier(metrics=["accuracy"])).fit(x, y, epochs=3, validation_split=0.25)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert {len(v) for v in history.history.values()} == {3}
    assert history.epoch == [0, 1, 2]


@pytest.mark.parametrize(("fraction", "held"), [(0.25, 3), (0.2, 2), (0.3, 3), (0.01, 1), (0.99, 9)])
def test_validation_split_takes_the_last_rows(fraction: float, held: int) -> None:
    """Keras cuts at floor(rows · (1 - fraction)); 10 rows here."""
    x, y = numbers(10)
    split, given = compiled(regression()), compiled(regression())
    first = split.fit(x, y, epochs=2, batch_size=4, validation_split=fraction)
    kept = (x[: 10 - held], y[: 10 - held])
    second = given.fit(*kept, epochs=2, batch_size=4, validation_data=(x[10 - held :], y[10 - held :]))
    assert first.history == second.history
    assert_same_weights(split, given)


def test_validation_changes_nothing() -> None:
    x, y = images()
    with_it, without = compiled(cnn()), compiled(cnn())
    history = with_it.fit(x, y, epochs=2, validation_data=(x[:9], y[:9])).history
    without.fit(x, y, epochs=2)
    assert_same_weights(with_it, without)
    assert history["val_loss"][-1] == pytest.approx(with_it.evaluate(x[:9], y[:9])["loss"], rel=1e-6)


# ---------------------------------------------------------------------------------------------------- gradients


def test_gradients_take_no_step() -> None:
    x, y = images()
    made = compiled(cnn())
    before = made.weights
    found = made.gradients(x, y)
    assert not moved(made, before)
    assert found.keys() == before.keys() - {"bn/moving_mean", "bn/moving_variance"}
    assert all(found[k].shape == before[k].shape for k in found)


def test_a_step_of_sgd_is_the_gradient() -> None:
    x, y = both()
    made = compiled(two_heads(optimizer={"type": "SGD", "params": {"learning_rate": 0.5}}), dtype="float64")
    before, found = made.weights, made.gradients(x, y)
    made.train_on_batch(x, y)
    for name, value in made.weights.items():
        np.testing.assert_allclose(value, before[name] - 0.5 * found[name], rtol=1e-12, atol=1e-14)


def test_frozen_nodes_do_not_move() -> None:
    x, y = images()
    open_ = cnn()
    nodes = [(n.id, n.type, n.params) for n in open_.nodes.values()]
    wires = ", ".join(f"{w.source} {w.target}" for w in open_.wires)
    made = compiled(graph(nodes, wires, frozen=["conv1", "bn"]))
    before = made.weights
    assert not {n.split("/")[0] for n in made.gradients(x, y)} & {"conv1", "bn"}
    made.fit(x, y, epochs=2)
    assert moved(made, before) == {"conv2/kernel", "conv2/bias", "out/kernel", "out/bias"}


def test_batch_normalization_moves_its_averages_in_training_alone() -> None:
    x, y = images()
    made = compiled(cnn())
    before = made.weights
    made.evaluate(x, y)
    made.predict(x)
    assert not moved(made, before)
    made.train_on_batch(x, y)
    assert {"bn/moving_mean", "bn/moving_variance"} <= moved(made, before)


def test_what_the_loss_does_not_reach_stays() -> None:
    nodes = [(n.id, n.type, n.params) for n in regression().nodes.values()]
    aside = graph([*nodes, ("aside", "Dense", {"units": 2})], "x d0, d0 out, out loss.pred, y loss.target, x aside")
    made = compiled(aside)
    before = made.weights
    x, y = numbers()
    assert not made.gradients(x, y)["aside/kernel"].any()
    made.fit(x, y)
    assert not {"aside/kernel", "aside/bias"} & moved(made, before)


# ---------------------------------------------------------------------------------------------------- use


def test_metrics_of_classes_are_sklearn_s() -> None:
    x, y = classes(101)
    made = compiled(classifier(metrics=["accuracy"]))
    figures, scores = made.evaluate(x, y, batch_size=16), made.predict(x).astype(np.float64)
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    assert figures["accuracy"] == pytest.approx(accuracy_score(y, scores.argmax(1)))
    assert figures["loss"] == pytest.approx(log_loss(y, shares, labels=range(4)), rel=1e-5)


def test_metrics_of_numbers_are_sklearn_s() -> None:
    x, y = numbers(101)
    made = compiled(regression(metrics=["mae", "RootMeanSquaredError"]))
    figures, found = made.evaluate(x, y, batch_size=16), made.predict(x)
    assert figures["loss"] == pytest.approx(mean_squared_error(y, found), rel=1e-5)
    assert figures["mae"] == pytest.approx(np.abs(y - found).mean(), rel=1e-5)
    assert figures["root_mean_squared_error"] == pytest.approx(mean_squared_error(y, found) ** 0.5, rel=1e-5)


@pytest.mark.parametrize("batch", [1, 7, 16, 101, 1000])
def test_the_batch_size_changes_no_prediction(batch: int) -> None:
    x, _ = images(101)
    made = compiled(cnn())
    np.testing.assert_allclose(made.predict(x, batch_size=batch), made.predict(x), rtol=1e-5, atol=1e-6)


def test_the_total_is_the_weighted_sum_and_the_penalty() -> None:
    x, y = both()
    made = compiled(two_heads(), dtype="float64")
    found = made.predict(x)
    assert list(found) == ["scores", "numbers"]
    scores = found["scores"]
    which = np.mean(np.log(np.exp(scores).sum(1)) - scores[np.arange(len(x)), y["label"]])
    near = np.mean((found["numbers"] - y["goal"]) ** 2)
    penalty = 0.01 * (made.weights["trunk/kernel"] ** 2).sum()
    figures = made.evaluate(x, y)
    assert figures["loss"] == pytest.approx(0.7 * which + 2.0 * near + penalty, rel=1e-10)
    assert figures["which_loss"] == pytest.approx(0.7 * which, rel=1e-10)
    assert figures["near_loss"] == pytest.approx(2.0 * near, rel=1e-10)
    assert made.train_on_batch(x, y)["loss"] == pytest.approx(figures["loss"], rel=1e-10)


def test_an_output_node_says_what_is_predicted() -> None:
    nodes = [(n.id, n.type, n.params) for n in regression().nodes.values()]
    made = compiled(graph([*nodes, ("o", "Output", {})], "x d0, d0 out, out loss.pred, y loss.target, d0 o"))
    assert made.predict(numbers()[0]).shape == (40, 8)


def test_weights_are_copies() -> None:
    made = compiled(regression())
    made.weights["out/bias"][:] = 9.0
    assert not made.weights["out/bias"].any()


def test_the_graph_is_not_changed() -> None:
    made = regression()
    before = (dict(made.nodes), made.wires, dict(made.training))
    compiled(made).fit(*numbers())
    assert (dict(made.nodes), made.wires, dict(made.training)) == before


def test_summary() -> None:
    assert compiled(classifier()).summary().splitlines() == [
        "node  type                           output  parameters",
        "─" * 55,
        "x     Input                          (5,)    0",
        "y     Target                         ()      0",
        "d     Dense                          (8,)    48",
        "out   Dense                          (4,)    36",
        "loss  SparseCategoricalCrossentropy  ()      0",
        "",
        "84 parameters",
    ]


# ---------------------------------------------------------------------------------------------------- refusals


def test_a_graph_without_a_loss_predicts_and_no_more() -> None:
    made = compiled(
        graph([("x", "Input", {"shape": [5]}), ("d", "Dense", {"units": 2}), ("o", "Output", {})], "x d, d o")
    )
    assert made.predict(numbers()[0]).shape == (40, 2)
    with pytest.raises(GraphError, match="the graph has no loss; add one"):
        made.evaluate(numbers()[0])
    with pytest.raises(GraphError, match="the graph has no loss; add one"):
        made.train_on_batch(numbers()[0])


def test_a_graph_with_nothing_to_train_says_so() -> None:
    nodes = [
        ("x", "Input", {"shape": [3]}),
        ("t", "Tanh", {}),
        ("y", "Target", {"shape": [3]}),
        ("l", "MeanSquaredError", {}),
    ]
    made = compiled(graph(nodes, "x t, t l.pred, y l.target"))
    with pytest.raises(TrainingError, match="the graph has no weights to train"):
        made.fit(np.zeros((4, 3)), np.zeros((4, 3)))


@pytest.mark.parametrize(("epochs", "batch"), [(0, 8), (1, 0), (-1, 8)])
def test_epochs_and_batches_are_counted_from_one(epochs: int, batch: int) -> None:
    with pytest.raises(TrainingError, match=f"epochs is {epochs} and batch_size {batch}; expected 1 or more of each"):
        compiled(regression()).fit(*numbers(), epochs=epochs, batch_size=batch)


def test_wrong_settings_are_named() -> None:
    with pytest.raises(GraphError, match=r"training: .*optimzer.*did you mean 'optimizer'"):
        compiled(regression(optimzer="Adam"))


def test_unknown_exports_are_named(tmp_path: Any) -> None:
    made = compiled(regression())
    with pytest.raises(ExportError, match=r"can't export to '\.xyz'; there are npz"):
        made.export(tmp_path / "m.xyz")
    with pytest.raises(ExportError, match="can't export to 'npx': did you mean 'npz'"):
        made.export(tmp_path / "m", to="npx")
    assert not list(tmp_path.iterdir())


def kernels_of(model: Model, rows: int) -> set[str]:
    """The kernels that a prediction of so many rows calls."""
    return {i.kernel.name for _, own in model.executor.program("predict", rows).steps for i in own}


@pytest.mark.parametrize("threads", [1, 2])
def test_products_read_the_given_array_itself(threads: int) -> None:
    x, _ = numbers(100)
    model = ns.compile(regression(), seed=0, threads=threads)
    given = np.float32(x)
    w = {name: value.astype(float) for name, value in model.weights.items()}
    names = list(w)  # of two layers, each its kernel and bias
    expected = np.tanh(x @ w[names[0]] + w[names[1]]) @ w[names[2]] + w[names[3]]
    for rows in (100, 32, 1):  # 32 leaves a shorter batch at the end
        np.testing.assert_allclose(model.predict(given, batch_size=rows), expected, atol=1e-5)
    assert {"point_batch", "load_batch"} & kernels_of(model, 32) == {"point_batch"}


def test_what_others_read_as_well_is_fetched() -> None:
    model = compiled(cnn())
    assert {"point_batch", "load_batch"} & kernels_of(model, 32) == {"load_batch"}


@pytest.mark.parametrize(("many", "few"), [(30, 7), (100, 80), (100, 7)])
def test_predictions_of_more_and_of_fewer_rows_take_turns(many: int, few: int) -> None:
    made, (x, _) = compiled(cnn()), images(many)
    first = made.predict(x)
    np.testing.assert_array_equal(made.predict(x[:few]), compiled(cnn()).predict(x[:few]))
    np.testing.assert_array_equal(made.predict(x), first)


def test_a_prediction_is_the_callers_own() -> None:
    x, _ = numbers(40)
    model = compiled(regression())
    given = np.float32(x)
    first = model.predict(given)
    kept = first.copy()
    model.predict(-given)
    np.testing.assert_array_equal(first, kept)
    assert first.flags.writeable


@pytest.mark.parametrize("rows", [2048, 2050, 5000])
def test_threads_that_share_the_batches_of_a_prediction_change_nothing(rows: int) -> None:
    dense = [("h", "Dense", {"units": 64}), ("d", "Dense", {"units": 3})]
    document = graph([("x", "Input", {"shape": [300]}), *dense, ("o", "Output", {})], "x h, h d, d o")
    given = np.random.default_rng(0).standard_normal((rows, 300), np.float32)
    models = [ns.compile(document, seed=0, threads=threads) for threads in (1, 2, 3)]
    h, hb, d, db = (value.astype(float) for value in models[0].weights.values())
    expected = (given @ h + hb) @ d + db
    found = [model.predict(given) for model in models for _ in range(2)]
    np.testing.assert_allclose(found[0], expected, atol=1e-4)
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])

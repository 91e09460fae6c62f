"""Training on samples that are changed as they come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.augmentations import AUGMENTATIONS
from netstudio.data.augmented import augmented
from netstudio.errors import NonFiniteError, TrainingError
from netstudio.files.documents import load_graph
from netstudio.resources import SAMPLES
from netstudio.training.model import Model
from netstudio.training.storage import restore
from netstudio.training.trainer import Trainer
from tests.graphs import classifier, cnn, graph
from tests.training.examples import assert_same_weights, classes, images

Array = np.ndarray[Any, Any]
EVERYTHING = [
    AUGMENTATIONS.make(one)
    for one in (
        "Flip",
        "Rotate",
        "Shift",
        "Zoom",
        "Crop",
        "Brightness",
        "Contrast",
        "Noise",
        "Erasing",
        "MixUp",
        "CutMix",
    )
]
STILL = {"type": "SGD", "params": {"learning_rate": 0.0001}}  # the first loss is told before the weights move


def large(**training: Any) -> Any:
    """Enough work for several threads."""
    nodes = [
        ("x", "Input", {"shape": [24, 20, 3]}), ("conv", "Conv2D", {"filters": 24, "kernel_size": 3}),
        ("drop", "Dropout", {"rate": 0.2}), ("flat", "Flatten", {}), ("out", "Dense", {"units": 4}),
        ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    return graph(nodes, "x conv, conv drop, drop flat, flat out, out loss.pred, y loss.target", **training)


def trained(model: Model, x: Array, y: Array, first_epoch: int = 0, epochs: int = 2, **more: Any) -> Trainer:
    arrays = model.arrays(x, y)
    more = {"epochs": epochs, "batch_size": 16, "augment": EVERYTHING, "first_epoch": first_epoch, **more}
    trainer = Trainer(model, arrays, {}, **more)
    for _ in trainer.run():
        pass
    return trainer


def first_loss(made: Any, x: Any, y: Any, *steps: Any, **more: Any) -> float:
    """The loss of one step over all rows, in their order, at the weights that the seed gives."""
    model = ns.compile(made, threads=1)
    weights = more.pop("weights", None)
    if weights:
        model.set_weights(weights)
    trainer = trained(model, x, y, epochs=1, batch_size=len(x), shuffle=False, augment=steps, **more)
    return trainer.history.history["loss"][0]


# ------------------------------------------------------------------------------------------------------ reproducible


def test_the_threads_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 24, 20, 3)), rng.integers(0, 4, 70)
    one, two, three = (ns.compile(large(), threads=threads) for threads in (1, 2, 3))
    for model in (one, two, three):
        trained(model, x, y, batch_size=32)
    assert two.executor.program("train", 32).tape.workers == 2
    assert_same_weights(one, two)
    assert_same_weights(one, three)


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    x, y = images(50)
    whole, begun, resumed = (ns.compile(cnn(seed=3), threads=1) for _ in range(3))
    trained(whole, x, y, epochs=4)
    trained(begun, x, y, epochs=2, checkpoint=tmp_path / "c.npz")
    first = restore(resumed, tmp_path / "c.npz")
    trained(resumed, x, y, first_epoch=first, epochs=4)
    assert_same_weights(whole, resumed)
    assert whole.history.history == resumed.history.history


def test_nothing_to_change_is_as_no_augmentation() -> None:
    x, y = images(40)
    plain, idle, changed = (ns.compile(cnn(), threads=1) for _ in range(3))
    plain.fit(x, y, epochs=2)
    idle.fit(
        x,
        y,
        epochs=2,
        augment=[{"type": "Rotate", "params": {"degrees": 0}}, {"type": "MixUp", "params": {"chance": 0}}],
    )
    changed.fit(x, y, epochs=2, augment=["Flip"])
    assert_same_weights(plain, idle)
    assert any((plain.weights[name] != value).any() for name, value in changed.weights.items())


def test_only_training_is_augmented() -> None:
    x, y = images(40)
    augmented_, plain = (ns.compile(cnn(optimizer=STILL), threads=1) for _ in range(2))
    trained(augmented_, x, y)
    plain.set_weights(augmented_.weights)
    assert augmented_.evaluate(x, y) == plain.evaluate(x, y)
    np.testing.assert_array_equal(augmented_.predict(x), plain.predict(x))
    augmented_.fit(x, y, epochs=1)
    assert augmented_.executor.augmentations == ()


# ------------------------------------------------------------------------------------------------------ what is learnt


def test_the_network_gets_what_is_shown_beforehand() -> None:
    x, y = images(40)
    made = cnn(dropout=0.0, optimizer=STILL)
    steps = EVERYTHING[:-2]
    seen = augmented(steps, x, len(x))
    assert first_loss(made, x, y, *steps) == pytest.approx(first_loss(made, seen, y), rel=1e-5)
    assert first_loss(made, x, y, *steps) != pytest.approx(first_loss(made, x, y), rel=1e-3)


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_a_mixed_sample_has_the_losses_of_both(name: str) -> None:
    x, y = images(40)
    made, step = cnn(dropout=0.0, optimizer=STILL), AUGMENTATIONS.make({"type": name, "params": {"alpha": 1.0}})
    seen, partner = augmented([step], x, 40), np.roll(x, -1, axis=0)
    share = ((seen - x) * (partner - x)).sum((1, 2, 3)) / ((partner - x) ** 2).sum((1, 2, 3))
    if name == "CutMix":
        share = (seen == partner.astype(np.float32)).all(3).mean((1, 2))
    own, others = (first_loss_weighed(made, seen, labels, w) for labels, w in ((y, 1 - share), (np.roll(y, -1), share)))
    assert first_loss(made, x, y, step) == pytest.approx(own + others, rel=1e-4)


def first_loss_weighed(made: Any, x: Array, y: Array, weights: Array) -> float:
    return ns.compile(made, threads=1).train_on_batch(x, y, sample_weight=weights)["loss"]


def test_mixing_twice_and_weights_by_sample() -> None:
    """All weights 0 but one sample's: its share of every mixture is what is left of the loss."""
    x, y = images(16)
    made = cnn(dropout=0.0, optimizer=STILL)
    model = ns.compile(made, threads=1)
    steps = [{"type": "MixUp", "params": {"alpha": 1.0}}, {"type": "CutMix"}]
    losses = []
    for chosen in range(16):
        again = ns.compile(made, threads=1)
        weights = (np.arange(16) == chosen).astype(float)
        again.fit(x, y, epochs=1, batch_size=16, shuffle=False, augment=steps, sample_weight=weights)
        losses.append(again.history.history["loss"][0])
    model.fit(x, y, epochs=1, batch_size=16, shuffle=False, augment=steps)
    assert sum(losses) == pytest.approx(model.history.history["loss"][0], rel=1e-4)


def test_rows_of_a_table_are_jittered_and_mixed() -> None:
    x, y = classes(40)
    model = ns.compile(classifier(), threads=1)
    model.fit(x, y, epochs=3, augment=["Jitter", "Scaling", "MixUp"])
    assert np.isfinite(model.history.history["loss"]).all()


def test_a_target_that_is_an_image_is_moved_with_it() -> None:
    nodes = [
        ("x", "Input", {"shape": [9, 6, 1]}), ("conv", "Conv2D", {"filters": 1, "kernel_size": 1}),
        ("y", "Target", {"shape": [9, 6, 1]}), ("loss", "MeanSquaredError", {}),
    ]  # fmt: skip
    made = graph(nodes, "x conv, conv loss.pred, y loss.target", optimizer=STILL)
    x = np.random.default_rng(0).normal(size=(20, 9, 6, 1))
    same = {"conv/kernel": np.ones((1, 1, 1, 1)), "conv/bias": np.zeros(1)}
    for step in ("Flip", "Rotate", "Crop"):
        assert first_loss(made, x, x, AUGMENTATIONS.make(step), weights=same) == 0.0
    assert first_loss(made, x, x, AUGMENTATIONS.make("Noise"), weights=same) == pytest.approx(0.05**2, rel=0.2)


def test_a_target_of_class_numbers_is_moved_with_its_image() -> None:
    nodes = [
        ("x", "Input", {"shape": [9, 6, 2]}), ("same", "Identity", {}),
        ("y", "Target", {"shape": [9, 6], "dtype": "int"}),
        ("scores", "Conv2D", {"filters": 2, "kernel_size": 1}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    made = graph(nodes, "x same, same scores, scores loss.pred, y loss.target", optimizer=STILL)
    mask = np.zeros((20, 9, 6), int)
    mask[:, 2:7, :3] = 1
    x = np.stack([mask == 0, mask == 1], axis=-1).astype(float)
    sure = {"scores/kernel": 100.0 * np.eye(2)[None, None], "scores/bias": np.zeros(2)}
    for step in ("Flip", {"type": "Shift", "params": {"height": 0.3, "width": 0.3}}):
        moved = first_loss(made, x, mask, AUGMENTATIONS.make(step), weights=sure)
        assert moved == pytest.approx(0.0, abs=0.35)  # half a pixel at the edges
        assert moved < 0.1 * first_loss(made, x, mask[:, ::-1, ::-1], weights=sure)


# ------------------------------------------------------------------------------------------------------ documents


def test_a_document_asks_for_augmentation() -> None:
    sample = load_graph(SAMPLES / "digits_cnn.json")
    steps = [{"type": "Shift", "params": {"fill": "zero"}}, "Brightness"]
    trainer = Trainer.from_graph(replace(sample, data={**sample.data, "augment": steps}), threads=1)
    assert [a.name for a in trainer.model.executor.augmentations] == ["Shift", "Brightness"]
    assert next(iter(trainer.run())).logs["loss"] > 0
    flat = load_graph(SAMPLES / "iris.json")
    with pytest.raises(TrainingError, match="the augmentation Flip changes images"):
        Trainer.from_graph(replace(flat, data={**flat.data, "augment": ["Flip"]}))


def test_bad_data_is_still_found_where_it_begins() -> None:
    x, y = images(20)
    x[3, 2, 2, 1] = np.nan
    with pytest.raises(NonFiniteError, match="the data for x holds NaN"):
        ns.compile(cnn(), threads=1).fit(x, y, augment=["Rotate"])

"""Optimizers against Keras 3's update rules, written out number by number."""

from math import sqrt
from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError
from netstudio.optimizers import OPTIMIZERS
from netstudio.optimizers.base import SHARED
from tests.numpy_ops import NumpyOps

GRADIENTS = np.random.default_rng(7).normal(size=(6, 3))
START = np.array([0.5, -1.0, 2.0])


def run(name: str, **params: Any) -> Any:
    """The weights after six steps, each new slot fed back."""
    optimizer, ops, weight = OPTIMIZERS[name](**params), NumpyOps(), START
    slots: Any = {k: np.full(3, v) for k, v in optimizer.all_slots().items()}
    for step, gradient in enumerate(GRADIENTS, 1):
        scalars: Any = optimizer.numbers(step, optimizer.rate(step))
        weight, new = optimizer.step(ops, weight, gradient, slots, scalars)  # type: ignore[arg-type]
        assert new.keys() == slots.keys(), "a slot is not kept"
        slots = new
    return weight


def sgd(w: float, gs: Any, lr: float = 0.01, momentum: float = 0.0, nesterov: bool = False) -> float:
    m = 0.0
    for g in gs:
        if momentum:
            m = momentum * m - lr * g
            w = w + (momentum * m - lr * g if nesterov else m)
        else:
            w = w - lr * g
    return w


def adagrad(w: float, gs: Any, lr: float = 0.001, start: float = 0.1, eps: float = 1e-7) -> float:
    a = start
    for g in gs:
        a += g * g
        w -= lr * g / sqrt(a + eps)
    return w


def rmsprop(
    w: float,
    gs: Any,
    lr: float = 0.001,
    rho: float = 0.9,
    momentum: float = 0.0,
    eps: float = 1e-7,
    centered: bool = False,
) -> float:
    v = m = average = 0.0
    for g in gs:
        v = rho * v + (1 - rho) * g * g
        average = rho * average + (1 - rho) * g
        step = lr * g / sqrt((v - average**2 if centered else v) + eps)
        m = momentum * m + step
        w -= m if momentum else step
    return w


def adam(
    w: float,
    gs: Any,
    lr: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-7,
    ams: bool = False,
    decay: float = 0.0,
) -> float:
    m = v = top = 0.0
    for t, g in enumerate(gs, 1):
        w -= w * decay * lr
        alpha = lr * sqrt(1 - b2**t) / (1 - b1**t)
        m += (g - m) * (1 - b1)
        v += (g * g - v) * (1 - b2)
        top = max(top, v)
        w -= m * alpha / (sqrt(top if ams else v) + eps)
    return w


CASES = [
    ("SGD", {}, sgd, {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}, sgd, {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"momentum": 0.8, "nesterov": True}, sgd, {"momentum": 0.8, "nesterov": True}),
    ("SGD", {"nesterov": True}, sgd, {}),
    ("Adagrad", {}, adagrad, {}),
    ("Adagrad", {"initial_accumulator_value": 0.0, "epsilon": 0.1}, adagrad, {"start": 0.0, "eps": 0.1}),
    ("RMSprop", {}, rmsprop, {}),
    ("RMSprop", {"rho": 0.7, "momentum": 0.5}, rmsprop, {"rho": 0.7, "momentum": 0.5}),
    ("RMSprop", {"centered": True, "epsilon": 0.01}, rmsprop, {"centered": True, "eps": 0.01}),
    ("RMSprop", {"centered": True, "momentum": 0.9}, rmsprop, {"centered": True, "momentum": 0.9}),
    ("Adam", {}, adam, {}),
    ("Adam", {"beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.1}, adam, {"b1": 0.5, "b2": 0.6, "eps": 0.1}),
    ("Adam", {"amsgrad": True, "beta_2": 0.3}, adam, {"ams": True, "b2": 0.3}),
    ("AdamW", {}, adam, {"decay": 0.004}),
    ("AdamW", {"weight_decay": 0.5, "learning_rate": 0.1}, adam, {"decay": 0.5, "lr": 0.1}),
]


@pytest.mark.parametrize(("name", "params", "rule", "arguments"), CASES)
def test_update_rules(name: str, params: dict[str, Any], rule: Any, arguments: dict[str, Any]) -> None:
    expected = [rule(w, GRADIENTS[:, i], **arguments) for i, w in enumerate(START)]
    np.testing.assert_allclose(run(name, **params), expected, rtol=1e-12)


EVERY: dict[str, Any] = {
    "weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None, "use_ema": False,
    "ema_momentum": 0.99, "ema_overwrite_frequency": None, "gradient_accumulation_steps": None,
}  # fmt: skip


def test_defaults_are_those_of_keras() -> None:
    defaults = {o.name: {k: p.default for k, p in o.declared.items()} for o in OPTIMIZERS}
    adam = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False, **EVERY}
    expected = {
        "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, **EVERY},
        "Adagrad": {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7, **EVERY},
        "RMSprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False, **EVERY},
        "Adam": adam,
        "AdamW": {**adam, "weight_decay": 0.004},
    }
    adam_like = {k: v for k, v in adam.items() if k != "amsgrad"}
    expected |= {
        "Adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7, **EVERY},
        "Adamax": adam_like, "Nadam": adam_like, "Lamb": adam_like,
        "Lion": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.99, **EVERY},
        "Ftrl": {
            "learning_rate": 0.001, "learning_rate_power": -0.5, "initial_accumulator_value": 0.1,
            "l1_regularization_strength": 0.0, "l2_regularization_strength": 0.0,
            "l2_shrinkage_regularization_strength": 0.0, "beta": 0.0, **EVERY,
        },
        "Adafactor": {
            "learning_rate": 0.001, "beta_2_decay": -0.8, "epsilon_1": 1e-30, "epsilon_2": 1e-3, "clip_threshold": 1.0,
            "relative_step": True, **EVERY,
        },
        "Muon": {
            "learning_rate": 0.001, "adam_beta_1": 0.9, "adam_beta_2": 0.999, "adam_weight_decay": 0.004,
            "epsilon": 1e-7, "exclude_embeddings": True, "muon_a": 3.4445, "muon_b": -4.775, "muon_c": 2.0315,
            "adam_lr_ratio": 1.0, "momentum": 0.95, "ns_steps": 5, "nesterov": True, "rms_rate": 0.2, **EVERY,
            "weight_decay": 0.004,
        },
    }  # fmt: skip
    assert defaults == expected


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS), ids=lambda o: o.name)
def test_what_every_optimizer_takes(optimizer: Any) -> None:
    """The learning rate comes first, the rule's own parameters next, then what all have."""
    names = list(optimizer.declared)
    assert names[0] == "learning_rate"
    assert tuple(names[-len(SHARED) :]) == SHARED == tuple(EVERY)
    with pytest.raises(ParamError, match="clipnorm and global_clipnorm; expected one of them"):
        optimizer(clipnorm=1.0, global_clipnorm=1.0)


@pytest.mark.parametrize("name", ["AdamW", "Muon", "SGD"])
def test_weights_need_not_decay(name: str) -> None:
    assert "decay" not in OPTIMIZERS[name](weight_decay=None).numbers(1, 0.1)
    assert OPTIMIZERS[name](weight_decay=0.5).numbers(1, 0.1)["decay"] == pytest.approx(0.05)


def test_a_schedule_gives_the_rate() -> None:
    form = {"type": "PiecewiseConstantDecay", "params": {"boundaries": [2], "values": [0.5, 0.25]}}
    optimizer = OPTIMIZERS["SGD"](learning_rate=form)
    assert [optimizer.rate(step) for step in (1, 2, 3, 4)] == [0.5, 0.5, 0.5, 0.25]
    assert OPTIMIZERS["SGD"](learning_rate="cosine_decay").rate(1) == 0.001
    assert OPTIMIZERS["SGD"](learning_rate=1).rate(7) == 1.0
    for wrong in (0, -1.0, True, "cosin_decay", {"type": "OneCycle", "params": {"steps": 3}}):
        with pytest.raises(ParamError, match="learning_rate"):
            OPTIMIZERS["SGD"](learning_rate=wrong)


def test_adam_corrects_its_bias_in_double_precision() -> None:
    first = OPTIMIZERS["Adam"]().scalars(1, 0.001)
    assert first == {"rate": pytest.approx(0.001 * sqrt(0.001) / 0.1, rel=1e-12)}
    assert OPTIMIZERS["Adam"]().scalars(10**7, 0.001) == {"rate": 0.001}
    assert OPTIMIZERS["AdamW"]().numbers(1, 0.01)["decay"] == pytest.approx(4e-5)


@pytest.mark.parametrize("name", [name.lower() for name in OPTIMIZERS.members])
def test_strings_of_keras(name: str) -> None:
    assert OPTIMIZERS[name].name.lower() == name


@pytest.mark.parametrize(
    ("name", "params"), [("Adam", {"beta_1": 1.0}), ("SGD", {"learning_rate": 0.0}), ("SGD", {"momentum": -1.0})]
)
def test_what_is_refused(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(ParamError, match=next(iter(params))):
        OPTIMIZERS[name](**params)


def test_near_misses() -> None:
    with pytest.raises(ParamError, match=r"did you mean '[Aa]dam'"):
        OPTIMIZERS["Addam"]
    with pytest.raises(ParamError, match="did you mean 'learning_rate'"):
        OPTIMIZERS["Adam"](learningrate=0.1)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS), ids=lambda o: o.name)
def test_every_optimizer(optimizer: Any) -> None:
    assert optimizer.summary_line().endswith(".")
    assert all(p.doc.endswith((".", ")")) for p in optimizer.declared.values())
    assert repr(optimizer()).startswith(optimizer.name)
    assert all(isinstance(start, float) for start in optimizer().active_slots().values())

"""The contract is checked: each fault planted here breaks it, and each check passes without the fault.

The gradient check has a file of its own. Here are shape rules, kernels, threads, saving and optimizers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netstudio import testing
from netstudio.engine.ir import Value
from netstudio.engine.kernels import layer_norm, movement
from netstudio.engine.tape import Tape
from netstudio.graph import TensorSpec
from netstudio.layers.concatenate import Concatenate
from netstudio.layers.dense import Dense
from netstudio.layers.flatten import Flatten
from netstudio.layers.max_pooling2d import MaxPooling2D
from netstudio.layers.permute import Permute
from netstudio.ops import Ops
from netstudio.optimizers import lion, sgd
from netstudio.optimizers.adam import Adam
from netstudio.optimizers.base import Optimizer, shortened
from netstudio.schedules.cosine_decay import CosineDecay
from netstudio.training import storage
from tests.engine.planted import Check, Fault, Faults, Patch, around, elements, in_place_of
from tests.golden import test_keras_optimizers as keras_optimizers
from tests.graphs import graph

FAULTS = Faults()
planted = FAULTS.planted
DENSE = around("Dense", {"units": 6}, [[3, 4]], [3, 6])
EMBEDDING = around("Embedding", {"input_dim": 2, "output_dim": 5}, [[9]], [9, 5], dtype="int")
LAYER_NORM = around("LayerNormalization", {}, [[4, 5]], [4, 5])
NORM_INTO_DENSE = graph(
    [("x", "Input", {"shape": [4]}), ("norm", "LayerNormalization", {}), ("d", "Dense", {"units": 3}),
     ("y", "Target", {"shape": [3]}), ("loss", "MeanSquaredError", {})],
    "x norm, norm d, d loss.pred, y loss.target",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ shape rules


def shapes_of(name: str, params: dict[str, Any], *inputs: tuple[int, ...]) -> Check:
    """The contract's own graph, whose Target has whatever shape was inferred."""
    return lambda _graph: testing.check_shapes(testing.around(name, params, [TensorSpec(s) for s in inputs]))


@planted(DENSE, shapes_of("Dense", {"units": 6}, (3, 4)))
def a_unit_too_many(patch: Patch) -> None:
    patch.setattr(Dense, "infer", lambda self, x: TensorSpec((*x.shape[:-1], self.units + 1)))


@planted(DENSE, shapes_of("Permute", {"dims": [3, 1, 2]}, (2, 3, 4)))
def axes_put_where_they_come_from(patch: Patch) -> None:
    def infer(self: Any, x: TensorSpec) -> TensorSpec:
        return TensorSpec(tuple(x.shape[self.dims.index(axis)] for axis in range(1, len(x.shape) + 1)))

    patch.setattr(Permute, "infer", infer)


@planted(DENSE, shapes_of("Concatenate", {}, (3, 2), (3, 4)))
def a_concatenation_as_wide_as_its_first_part(patch: Patch) -> None:
    patch.setattr(Concatenate, "infer", lambda self, *inputs: inputs[0])


@planted(DENSE, shapes_of("MaxPooling2D", {"padding": "same"}, (5, 4, 2)))
def windows_that_are_rounded_down(patch: Patch) -> None:
    patch.setattr(MaxPooling2D, "infer", lambda self, x: TensorSpec((*(n // 2 for n in x.shape[:2]), x.shape[2])))


@planted(DENSE, shapes_of("Flatten", {}, (2, 3)))
def a_batch_of_one_that_loses_its_axis(patch: Patch) -> None:
    def lower(self: Any, ops: Ops, x: Value) -> Value:
        rows = (x.shape[0],) if x.shape[0] > 1 else ()
        return ops.reshape(x, (*rows, x.size // x.shape[0]))  # type: ignore[arg-type, return-value]

    patch.setattr(Flatten, "lower", lower)


# ------------------------------------------------------------------------------------------------ kernels and threads


@planted(LAYER_NORM, testing.check_precision)
def a_kernel_that_counts_in_half_precision(patch: Patch) -> None:
    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        real(a, worker, workers)
        if dtype == np.float32 and worker == 0:
            out = elements(a[3], a[4] * a[5], dtype)
            out[:] = out.astype(np.float16)

    in_place_of(patch, layer_norm, "layer_norm", 7, work)


@planted(EMBEDDING, testing.check_threads)
def a_race_in_which_one_thread_writes_over_another(patch: Patch) -> None:
    """Shares of the input: every thread adds its rows to what it read before the others wrote."""
    meeting: dict[int, threading.Barrier] = {}

    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        number, rows, out = elements(a[0], a[2], dtype), elements(a[5], a[2] * a[4], dtype), elements(
            a[6], a[3] * a[4], dtype
        )  # fmt: skip
        sums = np.zeros((a[3], a[4]), dtype)
        for i in range(worker * a[2] // workers, (worker + 1) * a[2] // workers):
            sums[int(number[i])] += rows.reshape(-1, a[4])[i]
        meeting.setdefault(workers, threading.Barrier(workers)).wait(10.0)
        out[:] = sums.ravel()

    in_place_of(patch, movement, "scatter_add_rows", 8, work)


@planted(NORM_INTO_DENSE, testing.check_threads)
def a_race_between_two_instructions_that_do_not_meet(patch: Patch) -> None:
    """The product begins while a slow thread is still at the normalisation before it."""
    plain = Tape.__init__

    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        if worker:
            time.sleep(0.1)
        real(a, worker, workers)

    in_place_of(patch, layer_norm, "layer_norm", 7, work)
    slow = layer_norm.layer_norm

    def init(self: Any, instructions: Any, dtype: Any, *rest: Any) -> None:
        plain(self, instructions, dtype, *rest)
        for row, before in enumerate(instructions[:-1]):
            if before.kernel is slow:
                self._tape[row + 1, 3] = 0

    patch.setattr(Tape, "__init__", init)


@planted(LAYER_NORM, testing.check_threads)
def a_share_that_nobody_does(patch: Patch) -> None:
    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        real(a, worker, workers + (workers > 1))

    in_place_of(patch, layer_norm, "layer_norm", 7, work)


@planted(EMBEDDING, testing.check_threads)
def terms_added_in_an_order_that_depends_on_the_threads(patch: Patch) -> None:
    """Right but for the last digit."""

    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        if worker:
            return
        numbers, rows = elements(a[0], a[2], dtype), elements(a[5], a[2] * a[4], dtype).reshape(-1, a[4])
        out = elements(a[6], a[3] * a[4], dtype).reshape(-1, a[4])
        out[:] = 0.0
        for i in range(a[2]) if workers == 1 else reversed(range(a[2])):
            out[int(numbers[i])] += rows[i]

    in_place_of(patch, movement, "scatter_add_rows", 8, work)


# ------------------------------------------------------------------------------------------------ saving


def saved_otherwise(patch: Patch, changed: Any) -> None:
    """Write `changed(name, weight)` in place of each weight."""
    plain = storage.write_model

    def write(path: Any, file: Any) -> None:
        plain(path, replace(file, weights={n: changed(n, w) for n, w in file.weights.items()}))

    patch.setattr(storage, "write_model", write)


@planted(DENSE, testing.check_saving)
def weights_saved_in_half_precision(patch: Patch) -> None:
    saved_otherwise(patch, lambda name, weight: weight.astype(np.float16).astype(np.float32))


@planted(around("BatchNormalization", {}, [[3]], [3]), testing.check_saving)
def averages_that_are_not_saved(patch: Patch) -> None:
    saved_otherwise(patch, lambda name, weight: weight * 0 + 1 if "moving" in name else weight)


@planted(around("Dense", {"units": 4}, [[4]], [4]), testing.check_saving)
def a_matrix_saved_by_columns(patch: Patch) -> None:
    saved_otherwise(patch, lambda name, weight: weight.T.copy())


# ------------------------------------------------------------------------------------------------ optimizers


def follows_keras(number: int) -> Check:
    """Fifty steps of an optimizer against Keras's; the graph is the test's own."""
    return lambda _graph: keras_optimizers.test_fifty_steps(number)


def case(name: str, **has: Any) -> Check:
    """The first case of that optimizer with these parameters."""
    number = next(i for i, (n, p) in enumerate(keras_optimizers.CASES) if n == name and has.items() <= dict(p).items())
    return follows_keras(number)


@planted(DENSE, case("Adam", amsgrad=True))
def an_average_whose_start_at_zero_is_forgotten(patch: Patch) -> None:
    patch.setattr(Adam, "scalars", lambda self, step, rate: {"rate": rate})


@planted(DENSE, case("AdamW"))
def weights_that_do_not_decay(patch: Patch) -> None:
    patch.setattr(Optimizer, "decayed", lambda self, ops, weight, scalars: weight)


@planted(DENSE, case("SGD", nesterov=True))
def momentum_that_does_not_look_ahead(patch: Patch) -> None:
    def update(self: Any, ops: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
        velocity = slots["momentum"] * self.momentum - gradient * scalars["rate"]
        return weight + velocity, {"momentum": velocity}

    patch.setattr(sgd.SGD, "update", update)


@planted(DENSE, case("Lion"))
def momentum_that_moves_before_it_is_used(patch: Patch) -> None:
    def update(self: Any, ops: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
        m = slots["momentum"] * self.beta_2 + gradient * (1.0 - self.beta_2)
        return weight - ops.sign(m) * scalars["rate"], {"momentum": m}

    patch.setattr(lion.Lion, "update", update)


@planted(DENSE, case("SGD", clipnorm=0.2))
def gradients_shortened_together_in_place_of_each(patch: Patch) -> None:
    patch.setattr(Optimizer, "_clipped", lambda self, ops, gradient: shortened(ops, gradient, self.clipnorm))


@planted(DENSE, case("Adam", gradient_accumulation_steps=3))
def gathered_gradients_that_are_not_averaged(patch: Patch) -> None:
    plain = Optimizer._clipped
    patch.setattr(Optimizer, "_clipped", lambda self, ops, gradient: plain(self, ops, gradient * 3.0) * 3.0)


@planted(DENSE, case("Adam", use_ema=True))
def an_average_of_weights_that_begins_at_zero(patch: Patch) -> None:
    plain = Optimizer.numbers

    def numbers(self: Any, step: int, rate: float) -> Mapping[str, float]:
        return {**plain(self, step, rate), "ema": self.ema_momentum}

    patch.setattr(Optimizer, "numbers", numbers)


@planted(DENSE, case("SGD", nesterov=True))
def a_schedule_one_step_ahead(patch: Patch) -> None:
    plain = CosineDecay.at
    patch.setattr(CosineDecay, "at", lambda self, step: plain(self, step + 1))


every_fault = pytest.mark.parametrize(("fault", "on", "check"), FAULTS.all, ids=FAULTS.names)


@every_fault
def test_the_fault_is_found(fault: Fault, on: Any, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    with pytest.raises((AssertionError, ValueError)):
        check(on)


@every_fault
def test_without_the_fault_all_is_well(fault: Fault, on: Any, check: Check) -> None:
    check(on)


def test_faults_of_every_kind_are_planted() -> None:
    assert len(FAULTS.all) >= 20

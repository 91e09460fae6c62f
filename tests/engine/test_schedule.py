"""The order of the work: everything is ready before it is read, and what is computed is what the slow twin computes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings

from netstudio.engine import autodiff
from netstudio.engine.autodiff import ancestors
from netstudio.engine.ir import Value
from netstudio.engine.ops.sources import Source
from netstudio.engine.schedule import AGAIN, CHEAP, LONGEST, MOST_INPUTS, Item, base, schedule
from tests.engine.dags import programs
from tests.engine.helpers import Bench
from tests.engine.twin import interpret

quickly = settings(deadline=None, max_examples=60)


def assert_in_order(items: list[Item], roots: list[Value]) -> None:
    """Walk the items as a machine would that keeps nothing but the outputs of finished ones."""
    there: set[Value] = set()
    for item in items:
        within: set[Value] = set()
        for v in item.made:
            for x in v.inputs:
                source = base(x)
                assert isinstance(source.op, Source) or source in there or x in within, f"{x} is read before it is made"
            within.add(v)
        assert set(item.outputs) <= within
        there.update(item.outputs)
    assert {base(r) for r in roots if not isinstance(base(r).op, Source)} <= there


@quickly
@given(programs())
def test_every_input_is_ready_before_it_is_read(made: tuple[Bench, list[Value]]) -> None:
    _, roots = made
    items = schedule(roots)
    assert_in_order(items, roots)
    computed = Counter(v for item in items for v in item.made)
    wanted = {v for v in ancestors(roots) if not v.op.view and not isinstance(v.op, Source)}
    assert set(computed) == wanted
    for v in wanted:
        assert computed[v] == 1 or v.op.name in CHEAP, f"{v} is computed twice"
    for item in items:
        assert item.chain or len(item.values) == 1
        assert item.outputs
        assert {v.shape for v in item.values} <= {item.shape}
        assert {v.inputs[0].shape for v in item.sums} <= {item.shape}
        assert len(item.made) <= LONGEST
        assert len(item.inputs) <= MOST_INPUTS


@quickly
@given(programs())
def test_programs_compute_what_the_twin_computes(made: tuple[Bench, list[Value]]) -> None:
    bench, roots = made
    for found, expected in zip(bench.run(*roots), interpret(roots, bench.inputs), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@quickly
@given(programs(longest=15))
def test_gradients_compute_what_the_twin_computes(made: tuple[Bench, list[Value]]) -> None:
    """Backward programs have more fan-out and broadcasting than any forward one."""
    bench, roots = made
    b = bench.builder
    loss = b.sum(b.tanh(roots[-1]))
    gradients = [g for g in autodiff.gradients(b, loss, list(bench.inputs)) if g is not None]
    for found, expected in zip(bench.run(*gradients), interpret(gradients, bench.inputs), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def test_elementwise_operations_of_one_shape_are_one_chain() -> None:
    bench = Bench()
    b = bench.builder
    x, y = bench.input(np.ones((3, 5))), bench.input(np.ones(5))
    z = b.exp(x) * y + b.tanh(x - y)
    (item,) = schedule([z])
    assert item.chain
    assert len(item.values) == 5
    assert item.outputs == [z]


def test_a_value_that_others_read_leaves_its_chain() -> None:
    bench = Bench()
    b = bench.builder
    y = b.exp(bench.input(np.ones((3, 5))))
    z = b.tanh(y)
    chain, reduction = schedule([b.max(y), z])
    assert chain.outputs == [y, z]
    assert reduction.inputs == [y]


def test_sums_are_taken_as_the_chain_passes() -> None:
    """What is only summed is not stored; what needs a sum waits for all of it."""
    bench = Bench()
    b = bench.builder
    x = bench.input(np.arange(15.0).reshape(3, 5))
    mean = b.mean(x, 0)
    centred = x - mean
    variance, size = b.mean(b.square(centred), 0), b.sum(b.abs(centred))
    first, second, *small = schedule([variance, size])
    assert (first.values, second.values[0]) == ([], mean)
    assert [len(first.sums), len(small[0].sums)] == [1, 2]
    assert small[0].outputs == small[0].sums
    found = bench.run(variance, size)
    np.testing.assert_allclose(found[0], np.var(bench.inputs[x], 0))
    np.testing.assert_allclose(found[1], 50.0)


def test_cheap_values_are_computed_again_rather_than_stored() -> None:
    bench = Bench()
    b = bench.builder
    x = bench.input(np.linspace(-1.0, 2.0, 25).reshape(5, 5))
    y = b.relu(b.exp(x) - 1.0)
    mask = b.greater(y, 0.0)
    z = b.where(mask, y @ x, 0.0)
    first, _, last = schedule([z])
    assert first.outputs == [y]
    assert last.values == [mask, z]
    np.testing.assert_allclose(bench.run(z)[0], interpret([z], bench.inputs)[0])


@pytest.mark.parametrize(("steps", "stored"), [(AGAIN, 0), (AGAIN + 1, 1)])
def test_only_a_few_operations_are_repeated(steps: int, stored: int) -> None:
    bench = Bench()
    b = bench.builder
    x = b.transpose(bench.input(np.linspace(-1.0, 2.0, 15).reshape(3, 5)), (1, 0))
    y = x
    for i in range(steps):
        y = b.maximum(y, -float(i))
    z = y + b.max(b.exp(y))
    chain = next(item for item in schedule([z]) if item.chain)
    assert len([v for v in chain.outputs if v.op.name == "maximum"]) == stored
    np.testing.assert_allclose(bench.run(z)[0], interpret([z], bench.inputs)[0])


def test_a_chain_ends_where_a_view_of_its_own_value_is_read() -> None:
    """The view's elements stand elsewhere in the block that is being computed."""
    bench = Bench()
    b = bench.builder
    y = b.exp(bench.input(np.arange(9.0).reshape(3, 3) / 9.0))
    turned = b.reshape(b.reshape(y, (9,)) * 2.0, (3, 3))
    z = turned + y
    assert_in_order(schedule([z]), [z])
    np.testing.assert_allclose(bench.run(z)[0], 3.0 * np.exp(np.arange(9.0).reshape(3, 3) / 9.0))


@pytest.mark.parametrize("length", [LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST])
def test_long_chains_are_cut(length: int) -> None:
    bench = Bench()
    x = y = bench.input(np.linspace(-1.0, 1.0, 15).reshape(3, 5))
    for i in range(length):
        y = bench.builder.elementwise("sin" if i % 2 else "cos", y)
    assert len(schedule([y])) == -(-length // LONGEST)
    np.testing.assert_allclose(bench.run(y)[0], interpret([y], bench.inputs)[0], rtol=1e-12)
    assert x in bench.inputs


def test_wide_chains_are_cut() -> None:
    bench = Bench()
    rng = np.random.default_rng(0)
    total = bench.input(rng.normal(size=(3, 5)))
    for _ in range(3 * MOST_INPUTS):
        total = total + bench.input(rng.normal(size=(3, 5)))
    assert all(len(item.inputs) <= MOST_INPUTS for item in schedule([total]))
    np.testing.assert_allclose(bench.run(total)[0], interpret([total], bench.inputs)[0], rtol=1e-12)

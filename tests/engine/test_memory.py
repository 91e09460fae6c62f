"""The memory plan: no two living values share a byte, and reuse changes no result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import given, settings

from netstudio.engine import autodiff, memory
from netstudio.engine.ir import Value
from netstudio.engine.ops.sources import Source
from netstudio.engine.schedule import Item, base, schedule
from tests.engine.dags import programs
from tests.engine.helpers import Bench, outputs

ITEMSIZE = 8
quickly = settings(deadline=None, max_examples=60)


def living(items: Sequence[Item], roots: Sequence[Value]) -> dict[Value, tuple[int, int]]:
    """From which item to which each value's memory is needed, found by looking at all that read it."""
    spans: dict[Value, tuple[int, int]] = {}
    for number, item in enumerate(items):
        for v in item.outputs:
            readers = [n for n, other in enumerate(items) if any(base(x) is v for x in other.inputs)]
            end = len(items) if any(base(r) is v for r in roots) else max([number, *readers])
            spans[v] = (number, end)
    return spans


def may_share(items: Sequence[Item], old: Value, new: Value, span: tuple[int, int], start: int) -> bool:
    """Whether `new` may be written over `old`: read for the last time there, and element for element."""
    item = items[start]
    views = [x for x in item.inputs if base(x) is old]
    same = all(x.shape == new.shape for x in views) and old.size == new.size
    return span[1] == start and item.chain and same


def assert_no_overlap(items: Sequence[Item], roots: Sequence[Value], plan: memory.Plan) -> None:
    spans = living(items, roots)
    assert set(plan.offsets) == set(spans)
    places = {v: (o, o + v.size * ITEMSIZE) for v, o in plan.offsets.items()}
    for v, (first, last) in places.items():
        assert first % memory.ALIGNMENT == 0
        assert last <= plan.size
        for w, (start, end) in places.items():
            if v is w or last <= start or end <= first or spans[v][0] > spans[w][0]:
                continue
            if spans[v][1] >= spans[w][0]:  # both are needed while w is being made
                assert spans[v][0] < spans[w][0], f"{v} and {w} are made at once, in one place"
                assert may_share(items, v, w, spans[v], spans[w][0]), f"{w} overwrites {v}, which is still needed"
                assert places[v] == places[w], f"{w} is written beside {v}, which it is made of"


@quickly
@given(programs())
def test_living_values_do_not_overlap(made: tuple[Bench, list[Value]]) -> None:
    bench, roots = made
    b = bench.builder
    found = autodiff.gradients(b, b.sum(b.tanh(roots[-1])), list(bench.inputs))
    roots += [g for g in found if g is not None]
    items = schedule(roots)
    assert_no_overlap(items, roots, memory.plan(items, roots, (), ITEMSIZE))


def spread_out(items: Sequence[Item], roots: Any, placed: Any, itemsize: int) -> memory.Plan:
    """A plan that never uses a place twice."""
    offsets, size = {}, 0
    for v in (v for item in items for v in item.outputs if v not in placed):
        offsets[v] = size
        size += memory.aligned(v.size * itemsize)
    return memory.Plan(offsets, size)


@quickly
@given(programs())
def test_reuse_changes_no_result(made: tuple[Bench, list[Value]]) -> None:
    bench, roots = made
    b = bench.builder
    found = autodiff.gradients(b, b.sum(b.tanh(roots[-1])), list(bench.inputs))
    roots += [g for g in found if g is not None]
    tight = bench.program(*roots)
    with mock.patch.object(memory, "plan", spread_out):
        loose = bench.program(*roots)
    assert tight.layout.plan.size <= loose.layout.plan.size
    for x, y in zip(outputs(tight), outputs(loose), strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_long_network_needs_little() -> None:
    """A prediction through 100 products needs two buffers, not 100."""
    bench = Bench()
    y = bench.input(np.ones((16, 16)))
    for _ in range(100):
        y = bench.builder.matmul(y, bench.input(np.eye(16)))
    plan = memory.plan(schedule([y]), [y], (), ITEMSIZE)
    assert plan.size == 2 * 16 * 16 * ITEMSIZE


def test_a_chain_writes_over_what_it_alone_reads() -> None:
    bench = Bench()
    b = bench.builder
    y = b.matmul(bench.input(np.ones((16, 16))), bench.input(np.eye(16)))
    z = b.tanh(y)
    items = schedule([z])
    assert memory.plan(items, [z], (), ITEMSIZE).size == 16 * 16 * ITEMSIZE
    kept = memory.plan(items, [z, y], (), ITEMSIZE)
    assert kept.offsets[y] != kept.offsets[z]


def test_a_chain_does_not_write_over_what_it_reads_broadcast() -> None:
    """Row 0 of the output would be overwritten before row 1 reads it."""
    bench = Bench()
    b = bench.builder
    row = b.matmul(bench.input(np.ones((1, 4))), bench.input(np.eye(4)))
    column = b.reshape(row, (4, 1))
    z = row * column
    items = schedule([z])
    plan = memory.plan(items, [z], (), ITEMSIZE)
    assert plan.offsets[row] != plan.offsets[z]
    np.testing.assert_array_equal(bench.run(z)[0], np.ones((4, 4)))


def test_what_is_placed_elsewhere_takes_no_room() -> None:
    bench = Bench()
    b = bench.builder
    y = b.matmul(bench.input(np.ones((4, 4))), bench.input(np.eye(4)))
    plan = memory.plan(schedule([y]), [y], [y], ITEMSIZE)
    assert plan.size == 0
    assert not plan.offsets
    assert not isinstance(y.op, Source)

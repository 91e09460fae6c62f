"""The benchmark: every workload measured, alone or round by round in turn with other frameworks."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from netstudio.bench.measure import Figures, Runner, start
from netstudio.bench.peak import peak_gflops
from netstudio.bench.peers import Peer, peers
from netstudio.bench.workloads import missing_types, workload
from netstudio.engine.kernels import cache
from netstudio.engine.kernels.build import build_all
from netstudio.errors import TrainingError
from netstudio.files.documents import graph_to_json
from netstudio.graph import Graph

ROUNDS = 5  # a ratio is the median of theirs
NOTHING = dict.fromkeys(Figures(1.0, 0, 0, 0, 0.0).to_json(1.0))
Tell = Callable[[str], None]


class _Round(NamedTuple):
    """Seconds a step: of ours, of ours on one thread where it has more, of each variant of the others."""

    ours: float
    alone: float | None
    theirs: dict[str, float]


def bench(
    names: Sequence[str], threads: int, seconds: float, interpreters: Sequence[str], tell: Tell
) -> dict[str, Any]:
    """Time these workloads, each for about `seconds` (as long again for each framework that is compared).

    `interpreters` are the Pythons to look for PyTorch and JAX in; with none, nothing is compared. `tell` is told what
    is under way.

    Returns what `netstudio bench --json` prints: threads, peak_gflops (GFLOP/s), and of each workload name, missing
    (the node types that there are not; then all that is measured is None), us_per_step, samples_per_s, gflops,
    share_of_peak (0 to 1), memory_bytes, first_step_s, speedup (the time of one thread to this, in turn; None
    where one is all), peers (µs a step by variant) and ratio (None without peers).
    Raises ParamError where a name or an interpreter is wrong.
    """
    graphs = [workload(name) for name in names]
    _compile_ahead(tell)
    with pinned(threads), peers(interpreters, threads) as others:
        if interpreters:
            there = [f"{peer.framework} {peer.version}" for peer in others]
            tell(f"compared with: {', '.join(there) or 'nothing, since neither PyTorch nor JAX was found'}")
        peak = peak_gflops(threads)
        report = [_timed(graph, threads, seconds, others, peak, tell) for graph in graphs]
    return {"threads": threads, "peak_gflops": peak, "workloads": report}


def _compile_ahead(tell: Tell) -> None:
    """Before anything is pinned: compiling takes all processors."""
    before, cache.on_compile = cache.on_compile, lambda kernel: tell(f"compiling {kernel}")
    try:
        build_all("float32")
    finally:
        cache.on_compile = before


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Keep this thread, and all threads and processes that it starts, on the first `threads` of its processors.

    Where the operating system has no such thing, or there are fewer processors, nothing is changed.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:threads])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _timed(
    graph: Graph, threads: int, seconds: float, others: Sequence[Peer], peak: float, tell: Tell
) -> dict[str, Any]:
    tell(graph.name)
    lacking = missing_types(graph)
    if lacking:
        return {"name": graph.name, "missing": lacking, **NOTHING, "speedup": None, "peers": {}, "ratio": None}
    runner, first = start(graph, threads)
    alone = start(graph, 1)[0] if threads > 1 else None
    ready = _prepared(others, graph, tell)
    rounds = [_round(runner, alone, ready, seconds / ROUNDS, tell) for _ in range(ROUNDS)]
    best, theirs = min(r.ours for r in rounds), _best_of([r.theirs for r in rounds])
    figures = Figures(best, runner.batch, runner.flops, runner.memory_bytes, first)
    speedups = [r.alone / r.ours for r in rounds if r.alone is not None]
    ratios = [min(r.theirs.values()) / r.ours for r in rounds if r.theirs]
    return {
        "name": graph.name,
        "missing": [],
        **figures.to_json(peak),
        "speedup": statistics.median(speedups) if speedups else None,
        "peers": {variant: each * 1e6 for variant, each in theirs.items()},
        "ratio": statistics.median(ratios) if ratios else None,
    }


def _prepared(others: Sequence[Peer], graph: Graph, tell: Tell) -> list[tuple[Peer, str]]:
    """The frameworks' variants of the workload; a framework that can't run it is told of and left out."""
    document = graph_to_json(graph)
    found: list[tuple[Peer, str]] = []
    for peer in others:
        try:
            found += [(peer, variant) for variant in peer.prepare(document)]
        except TrainingError as error:
            tell(f"{graph.name}: {error}")
    return found


def _round(
    runner: Runner, alone: Runner | None, ready: Sequence[tuple[Peer, str]], seconds: float, tell: Tell
) -> _Round:
    """Each timed after the other."""
    ours, theirs = runner.best_step(seconds), {}
    one = alone.best_step(seconds) if alone else None
    for peer, variant in ready:
        try:
            theirs[variant] = peer.best_step(variant, seconds)
        except TrainingError as error:
            tell(str(error))
    return _Round(ours, one, theirs)


def _best_of(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    variants = dict.fromkeys(variant for found in rounds for variant in found)
    return {variant: min(found[variant] for found in rounds if variant in found) for variant in variants}

"""`netstudio bench`: how fast the engine trains on this machine, and against other frameworks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netstudio.cli.guard import say
from netstudio.cli.output import JsonFlag, megabytes, print_json, print_table
from netstudio.cli.progress import tell_when_compiling

if TYPE_CHECKING:
    from netstudio.engine.profile import Row
    from netstudio.graph import Graph

Threads = Annotated[int, typer.Option("--threads", min=1, help="How many threads compute.")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="This workload; may be given again.")]
Seconds = Annotated[float, typer.Option("--seconds", min=0.0, help="How long to time each workload.")]
Compare = Annotated[bool, typer.Option("--peers", help="Time PyTorch and JAX as well, in turn, where they are found.")]
PeerPython = Annotated[
    list[Path] | None,
    typer.Option("--peer-python", metavar="PATH", help="A Python that has PyTorch or JAX; may be given again."),
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Time the parts of a step: of a workload, or a graph document."),
]
HEADINGS = ("workload", "µs/step", "samples/s", "GFLOP/s", "of peak", "memory", "first step")
SPEEDUP = "1 thread / this"


def bench(
    threads: Threads = 1,
    only: Only = None,
    seconds: Seconds = 1.0,
    peers: Compare = False,
    peer_python: PeerPython = None,
    profile: Profile = None,
    json: JsonFlag = False,
) -> None:
    """Train nine networks on random data and tell what a step of each takes."""
    from netstudio.bench.run import bench as run
    from netstudio.bench.workloads import WORKLOADS

    tell_when_compiling()
    if profile is not None:
        _profile(profile, seconds, json)
        return
    interpreters = [*map(str, peer_python or ()), sys.executable] if peers or peer_python else []
    report = run(only or list(WORKLOADS), threads, seconds, interpreters, say)
    if json:
        print_json(report)
    else:
        _show(report)


def _show(report: dict[str, Any]) -> None:
    threads = report["threads"]
    print(  # noqa: T201
        f"{threads} thread{'s' * (threads > 1)} · {report['peak_gflops']:.0f} GFLOP/s of multiply-adds at most\n"
    )
    variants = list(dict.fromkeys(v for w in report["workloads"] for v in w["peers"]))
    speedup = [SPEEDUP] if threads > 1 else []
    headings = [*HEADINGS, *speedup, *(f"{v} µs" for v in variants), *(["ratio"] if variants else [])]
    rows = [_row(w, variants) for w in report["workloads"]]
    print_table(headings, [[*row, *[""] * (len(headings) - len(row))] for row in rows], headings[1:])
    if variants:
        print("\nratio: the fastest of the others to ours, the median of the rounds; above 1 ours is faster")  # noqa: T201


def _row(workload: dict[str, Any], variants: list[str]) -> list[str]:
    if workload["missing"]:
        return [workload["name"], f"no {', '.join(workload['missing'])}"]
    compared = [f"{workload['peers'][v]:,.1f}" if v in workload["peers"] else "" for v in variants]
    if variants:
        compared.append(f"{workload['ratio']:.2f}" if workload["ratio"] is not None else "")
    return [
        workload["name"],
        f"{workload['us_per_step']:,.1f}",
        f"{workload['samples_per_s']:,.0f}",
        f"{workload['gflops']:.1f}",
        f"{workload['share_of_peak']:.0%}",
        megabytes(workload["memory_bytes"]),
        f"{workload['first_step_s'] * 1e3:,.0f} ms",
        *([f"{workload['speedup']:.2f}"] if workload["speedup"] is not None else []),
        *compared,
    ]


def _profile(name: str, seconds: float, json: bool) -> None:
    """One step of a workload or of a document, item by item, on one thread."""
    from netstudio.bench.workloads import missing_types
    from netstudio.errors import GraphError
    from netstudio.training.step_times import step_rows

    graph = _named(name)
    if lacking := missing_types(graph):
        raise GraphError(f"{name} can't be trained: there is no {', '.join(lacking)}")
    rows, _ = step_rows(graph, seconds)
    if json:
        print_json({"name": name, "rows": [row._asdict() for row in rows]})
        return
    total = sum(row.microseconds for row in rows)
    headings = ("node", "kernel", "what", "µs", "share", "GFLOP/s", "bytes")
    print_table(headings, [_profile_row(row, total) for row in rows], headings[3:])
    print(f"\n{total:,.1f} µs in {len(rows)} items")  # noqa: T201


def _named(name: str) -> Graph:
    """The workload of that name, or else the document. ParamError or FileError where there is neither."""
    from netstudio.bench.workloads import WORKLOADS
    from netstudio.errors import ParamError, suggestion
    from netstudio.files.documents import load_graph

    if name in WORKLOADS:
        return WORKLOADS[name](name)
    if Path(name).suffix or Path(name).exists():
        return load_graph(name)
    near = suggestion(name, WORKLOADS) or f"; the workloads are {', '.join(WORKLOADS)}"
    raise ParamError(f"{name!r} is neither a workload nor a graph document{near}")


def _profile_row(row: Row, total: float) -> list[str]:
    return [
        row.node or "",
        row.kernel,
        row.what,
        f"{row.microseconds:,.1f}",
        f"{row.microseconds / total:.1%}",
        f"{row.gflops:.1f}" if row.gflops else "",
        f"{row.bytes:,}",
    ]

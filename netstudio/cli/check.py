"""`netstudio check`: is the graph right, and what does it come to?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netstudio.cli.guard import WRONG_INPUT, say
from netstudio.cli.output import GraphPath, JsonFlag, megabytes, print_json, print_table
from netstudio.errors import DocumentError, NetStudioError
from netstudio.graph import Analysis, Problem
from netstudio.graph.facts import NodeFacts


def check(graph: GraphPath, json: JsonFlag = False) -> None:
    """Validate a graph; show its layers, their shapes, parameters and multiply-adds, and the memory it takes."""
    report = checked(graph)
    if json:
        print_json(report)
    else:
        _show(report)
    if not report["ok"]:
        for problem in report["problems"]:
            if problem["severity"] == "error":
                say(f"error: {_line(problem)}")
        raise SystemExit(WRONG_INPUT)


def checked(path: Path) -> dict[str, Any]:
    """The report, which is there for a wrong graph too."""
    from netstudio.catalogue import CATALOGUE
    from netstudio.data.suiting import unsuited
    from netstudio.files.documents import load_graph
    from netstudio.graph import analyse

    try:
        graph = load_graph(path)
    except DocumentError as error:
        return _report(list(error.problems) or [Problem("error", str(error))])
    except NetStudioError as error:
        return _report([Problem("error", str(error))])
    analysis = analyse(graph, CATALOGUE)
    problems = [*analysis.problems, *unsuited(analysis)]
    if any(p.severity == "error" for p in problems):
        return _report(problems, analysis)
    from netstudio.training.model import estimate_graph

    try:
        costs = estimate_graph(graph)
    except NetStudioError as error:
        return _report([*problems, Problem("error", str(error))], analysis)
    return _report(problems, analysis, costs.multiply_adds, costs.memory_bytes)


def _report(
    problems: list[Problem],
    analysis: Analysis | None = None,
    multiply_adds: Mapping[str, int] | None = None,
    memory: int | None = None,
) -> dict[str, Any]:
    facts = [f for id in analysis.order if not (f := analysis.nodes[id]).is_annotation] if analysis else []
    return {
        "ok": not any(p.severity == "error" for p in problems),
        "problems": [_problem(p) for p in problems],
        "layers": [_layer(f, multiply_adds or {}) for f in facts],
        "parameters": analysis.parameters if analysis else 0,
        "memory_bytes": memory or 0,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "node": problem.node,
        "port": problem.port,
        "param": problem.param,
        "message": problem.message,
        "repairs": [repair.title for repair in problem.repairs],
    }


def _layer(facts: NodeFacts, multiply_adds: Mapping[str, int]) -> dict[str, Any]:
    shapes = [list(spec.shape) for spec in facts.outputs or ()]
    return {
        "node": facts.node.id,
        "type": facts.node.type,
        "output_shape": shapes[0] if len(shapes) == 1 else shapes or None,
        "parameters": facts.parameters,
        "multiply_adds": multiply_adds.get(facts.node.id, 0),
    }


def _show(report: dict[str, Any]) -> None:
    if report["layers"]:
        counts = ("parameters", "multiply-adds")
        print_table(("node", "type", "output", *counts), [_row(layer) for layer in report["layers"]], counts)
        memory = f" · {megabytes(report['memory_bytes'])} of memory to train" if report["memory_bytes"] else ""
        _say(f"\n{report['parameters']:,} parameters{memory}")
    for problem in report["problems"]:
        if problem["severity"] == "warning":
            _say(f"warning: {_line(problem)}")
    if report["ok"]:
        _say("the graph is right")
    elif report["layers"]:  # else it could not even be read
        _say("the graph is not right")


def _row(layer: dict[str, Any]) -> tuple[str, ...]:
    shape = layer["output_shape"]
    shown = "?" if shape is None else "×".join(map(str, shape)) or "scalar"
    return layer["node"], layer["type"], shown, f"{layer['parameters']:,}", f"{layer['multiply_adds']:,}"


def _line(problem: dict[str, Any]) -> str:
    repairs = f" (to mend it: {'; or '.join(problem['repairs'])})" if problem["repairs"] else ""
    return f"{problem['message']}{repairs}"


def _say(text: str) -> None:
    print(text)  # noqa: T201

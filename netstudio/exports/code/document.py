"""What a written program says of the document that it comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from netstudio.exports.code import layout
from netstudio.exports.code.names import comment, quoted
from netstudio.exports.code.preparing import Preparing
from netstudio.exports.program import Program, Samples, Step
from netstudio.graph import Graph
from netstudio.graph.tensor import TensorSpec

IMAGE = 3  # axes of an image


def leaves(p: Program) -> Iterator[tuple[str, list[Step]]]:
    """The nodes in the order in which they compute, and the tensors that leave each."""
    found: dict[str, list[Step]] = {}
    for s in p.steps:
        if s.op == "leave":
            found.setdefault(s.attrs["of"], []).append(s)
    yield from found.items()


def variable(s: Step, several: bool) -> str:
    """What a tensor that leaves a node would be called."""
    name = f"{s.attrs['of']}_{s.attrs['port']}" if several else str(s.attrs["of"])
    return f"{name}_mask" if s.attrs["mask"] else name


def heading(graph: Graph, node: str, steps: list[Step]) -> str:
    """The comment above a node: "# conv1 "edges": Conv2D, (batch, 8, 8, 32)"."""
    found = graph.nodes[node]
    label = f' "{comment(found.label)}"' if found.label else ""
    shapes = " and ".join(shown(s) for s in steps if not s.attrs["mask"])
    return f"# {node}{label}: {comment(found.type)}" + (f", {shapes}" if shapes else "")


def shown(s: Step) -> str:
    """The shape of what a step computes."""
    parts = [_dim(n) if isinstance(n, Samples) else str(n) for n in s.shape]
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


def of_samples(spec: TensorSpec) -> str:
    """The shape of what an Input takes."""
    inner = "".join(f", {n}" for n in spec.shape)
    return f"(batch{inner or ','})"


def title(graph: Graph) -> str:
    """The document's name, fit for a docstring."""
    return quoted(graph.name) or "untitled"


def sentence(text: str, nodes: Sequence[str]) -> str:
    """A paragraph of a docstring about some nodes; nothing where there are none."""
    return f"\n{textwrap.fill(text.format(', '.join(nodes)), layout.WIDTH)}\n" if nodes else ""


def usage(preparing: Preparing, imported: str, lines: Sequence[str]) -> str:
    """A docstring's paragraphs about what comes before a prediction and after it."""
    said = ""
    if preparing.prepare:
        code = "".join(f"    {line}\n" for line in (f"from {imported}", *lines))
        said += f"\n`prepare` makes of a table's columns what the model takes, as in training:\n\n{code}"
    if preparing.scale and preparing.is_scaled:
        said += "\n`scale` makes it of arrays as the data have them.\n"
    if any(len(spec.shape) == IMAGE for spec in preparing.program.inputs.values()):
        said += "\nPixels of images that are read from files are numbers from 0 to 1.\n"
    return said


def module(path: Path) -> str:
    """What another program imports it by."""
    return path.stem if path.stem.isidentifier() else "this_file"


def _dim(n: Samples) -> str:
    return "batch" if (n.each, n.more) == (1, 0) else f"{n.each} * batch"

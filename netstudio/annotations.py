"""Nodes that say something to people and compute nothing: notes, and frames around nodes that belong together."""

from __future__ import annotations

from typing import ClassVar

from netstudio.errors import ParamError
from netstudio.graph.document import Node
from netstudio.graph.node_type import NodeType, Port
from netstudio.graph.params import Choice, Ints, Text
from netstudio.graph.tensor import TensorSpec

COLOURS = ("yellow", "blue", "green", "pink", "grey")
SMALLEST = 48  # scene units


class Annotation(NodeType, abstract=True):
    """No ports, a size, a colour. What trains, predicts, checks or exports a graph passes it over."""

    category = "annotation"
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    without = dict.fromkeys(("keras", "torch", "onnx"), "it computes nothing")

    size: Ints
    colour: Choice

    @classmethod
    def is_offered(cls) -> bool:
        return True

    def infer(self) -> tuple[TensorSpec, ...]:
        return ()


class Note(Annotation):
    """A sheet of paper with text on it, anywhere on the canvas.

    What the data are, why a layer is there, what was tried: whatever a reader of the graph should know.
    """

    icon = "note"
    keywords = ("comment", "text", "remark", "sticky", "annotation", "documentation", "description")

    text = Text("", doc="What it says; lines break where they are too long.")
    size = Ints(2, (192, 120), minimum=SMALLEST, axes=("width", "height"), doc="Its size on the canvas.")
    colour = Choice(COLOURS, "yellow", doc="The colour of the paper.")


class Frame(Annotation):
    """A rectangle behind nodes that belong together, titled by its label.

    Dragged by its title it takes along what lies in it; its lower right corner makes it larger or smaller.
    """

    icon = "frame"
    keywords = ("group", "region", "area", "box", "section", "comment", "annotation", "backdrop")

    size = Ints(2, (384, 240), minimum=SMALLEST, axes=("width", "height"), doc="Its size on the canvas.")
    colour = Choice(COLOURS, "grey", doc="The colour of its border and ground.")


def annotation_of(node: Node) -> Annotation | None:
    """The note or frame that a node is, as a new one where its parameters are wrong; None for any other node."""
    kind = next((kind for kind in ANNOTATIONS if kind.name == node.type), None)
    if kind is None:
        return None
    try:
        return kind(**node.params)
    except ParamError:
        return kind()


ANNOTATIONS: tuple[type[Annotation], ...] = (Note, Frame)

"""Every change that can be made to a document: values with a title, each making a new graph from an old one.

`edit.apply(graph, catalogue)` returns the new graph or raises EditError with the reason; it never changes the old one.
`edit.title` is what Undo shows. Edits carry ids and plain values.
"""

from netstudio.graph.edits.base import Edit, Several, plain
from netstudio.graph.edits.copies import AddNodes
from netstudio.graph.edits.grouping import Group, Ungroup
from netstudio.graph.edits.nodes import STEP, AddNode, MoveNodes, RemoveNodes
from netstudio.graph.edits.settings import (
    Bypass,
    SetData,
    SetFrozen,
    SetLabel,
    SetName,
    SetParams,
    SetRateFactor,
    SetTraining,
    why_not_bypassed,
)
from netstudio.graph.edits.wires import Connect, Disconnect, Feed, InsertBefore, InsertOnWire, refusal

__all__ = [
    "STEP",
    "AddNode",
    "AddNodes",
    "Bypass",
    "Connect",
    "Disconnect",
    "Edit",
    "Feed",
    "Group",
    "InsertBefore",
    "InsertOnWire",
    "MoveNodes",
    "RemoveNodes",
    "SetData",
    "SetFrozen",
    "SetLabel",
    "SetName",
    "SetParams",
    "SetRateFactor",
    "SetTraining",
    "Several",
    "Ungroup",
    "plain",
    "refusal",
    "why_not_bypassed",
]

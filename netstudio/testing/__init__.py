"""Checks for whoever adds a node type: that its gradients are right, and that it keeps the contract of all others.

from netstudio.testing import check_node_type

def test_swish() -> None:
    check_node_type("acme.Swish", {"beta": 1.5}, inputs=[(4, 3)])
"""

from netstudio.testing.contract import (
    around,
    check_node_type,
    check_precision,
    check_saving,
    check_shapes,
    check_threads,
)
from netstudio.testing.gradients import gradcheck

__all__ = [
    "around",
    "check_node_type",
    "check_precision",
    "check_saving",
    "check_shapes",
    "check_threads",
    "gradcheck",
]

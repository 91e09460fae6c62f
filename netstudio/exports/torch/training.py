"""What nodes do in training that they do not do in inference."""

from __future__ import annotations

from netstudio.engine.autodiff import ancestors
from netstudio.engine.lower import lower
from netstudio.graph.facts import Analysis


def differing(analysis: Analysis) -> set[str]:
    """The nodes that draw random numbers or move averages in training."""
    lowered = lower(analysis, 2, training=True)
    moving = {name.partition("/")[0] for name in lowered.updates}
    values = ancestors([*lowered.outputs.values(), *lowered.updates.values()])
    return moving | {v.node for v in values if v.op.name == "random" and v.node is not None}

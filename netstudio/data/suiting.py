"""Which augmentations suit nothing that a graph takes, before anything is read or trained."""

from __future__ import annotations

from netstudio.augmentations.pipeline import misfits
from netstudio.data.roles import INPUT
from netstudio.data.settings import DataSettings
from netstudio.errors import ParamError
from netstudio.graph import Analysis
from netstudio.graph.edits import SetData
from netstudio.graph.problems import Problem, Repair


def unsuited(analysis: Analysis) -> tuple[Problem, ...]:
    """The augmentations that change nothing which the Inputs take, each with the edit that takes it out.

    None while the shape of an Input is unknown, or where the settings can't be read: that is told elsewhere.
    """
    asked = analysis.graph.data.get("augment") or ()
    inputs = [facts for facts in analysis.nodes.values() if facts.node.type == INPUT]
    specs = {facts.node.id: facts.outputs[0] for facts in inputs if facts.outputs}
    if not asked or not specs or len(specs) < len(inputs):
        return ()
    try:
        steps = DataSettings(augment=asked).augment
    except ParamError:
        return ()
    found = []
    for place, wrong in misfits(steps, specs):
        rest = [one for i, one in enumerate(asked) if i != place]
        repair = Repair(f"remove {steps[place].name} from the augmentations", SetData({"augment": rest or None}))
        found.append(Problem("error", wrong, repairs=(repair,)))
    return tuple(found)

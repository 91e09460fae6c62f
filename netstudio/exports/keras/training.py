"""How Keras goes on training the model: its optimizer, losses and metrics, where all that counts has a counterpart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from netstudio.engine.lower import predicted
from netstudio.exports.keras.layers import made, written
from netstudio.exports.keras.net import Made
from netstudio.exports.program import analysed
from netstudio.graph import Analysis, Endpoint, Graph
from netstudio.graph.facts import NodeFacts
from netstudio.losses.base import Loss, Objective
from netstudio.metrics.base import Metric
from netstudio.training.settings import TrainingSettings

OURS = ("weight", "class_weight")  # parameters of losses that Keras has elsewhere
# Metrics that take the same parameters there.
METRICS = (
    *("Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy", "TopKCategoricalAccuracy"),
    *("SparseTopKCategoricalAccuracy", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError"),
    *("MeanSquaredLogarithmicError", "RootMeanSquaredError", "LogCoshError", "Hinge", "SquaredHinge"),
    *("CategoricalHinge", "Poisson", "CosineSimilarity", "KLDivergence", "AUC"),
)


@dataclass(frozen=True)
class Compiled:
    """What `keras.Model.compile` is given; losses and their weights are by output."""

    optimizer: Made
    losses: Mapping[str, Made]
    weights: Mapping[str, float]
    metrics: tuple[Made | str, ...]


def compiled(graph: Graph) -> Compiled | None:
    """None where something of the training has no counterpart: the model predicts then, and is compiled by hand."""
    settings = TrainingSettings(**graph.training)
    optimizer = made(settings.optimizer, "optimizers")
    analysis = analysed(graph)
    losses = _losses(analysis)
    if losses is None or not _is_known(settings.optimizer, optimizer) or _has_penalties(analysis):
        return None
    kept = {name: made(loss, "losses") for name, loss in losses.items()}
    kept = {name: replace(m, params=_without(m.params)) for name, m in kept.items()}
    weights = {name: loss.weight for name, loss in losses.items()}
    return Compiled(optimizer, kept, weights, _metrics(settings) if len(losses) == 1 else ())


def _without(params: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key not in OURS}


def _losses(analysis: Analysis) -> dict[str, Loss] | None:
    """The loss of each output; None where one has none or several, or where a loss judges something else."""
    ends = predicted(analysis)
    judged = {id: facts for id, facts in analysis.nodes.items() if isinstance(facts.type, Objective)}
    found = {name: [f for f in judged.values() if _judges(f, end)] for name, end in ends.items()}
    if any(len(facts) != 1 for facts in found.values()) or len(judged) != len(found):
        return None
    return {name: facts[0].type for name, facts in found.items()}  # type: ignore[misc]


def _judges(facts: NodeFacts, end: Endpoint) -> bool:
    """Whether a loss that Keras has compares that output with a Target, and does nothing else."""
    made, wires = facts.type, dict(facts.wiring)
    plain = isinstance(made, Loss) and made.keras == made.name and getattr(made, "class_weight", None) is None
    return plain and wires.get("pred") == end and set(wires) == {"pred", "target"}


def _is_known(optimizer: Any, made: Made) -> bool:
    """Whether its learning rate, which may be a schedule, has a counterpart."""
    return written(optimizer.learning_rate) is not None and made.params["learning_rate"] is not None


def _has_penalties(analysis: Analysis) -> bool:
    """Whether nodes add to the loss, or learn at rates of their own, in ways that Keras does not know of."""
    nodes = analysis.graph.nodes.values()
    return any(n.type == "Sampling" or n.learning_rate_factor != 1.0 for n in nodes)


def _metrics(settings: TrainingSettings) -> tuple[Made | str, ...]:
    found: list[Made | str] = []
    for metric in settings.metrics:
        if isinstance(metric, str):
            found.append("accuracy")
        elif isinstance(metric, Metric) and metric.name in METRICS:
            found.append(made(metric, "metrics"))
    return tuple(found)

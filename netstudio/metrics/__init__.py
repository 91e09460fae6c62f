"""The metrics, by kind. Whatever this package's modules define is in `METRICS`."""

from typing import Any

import netstudio.metrics as _package
from netstudio.graph.declared import Family
from netstudio.losses.base import Loss
from netstudio.metrics.base import Metric

METRICS: Family[Metric] = Family.discover("metric", _package, Metric)


def make(asked: Any) -> Metric:
    """The metric that a document asks for, by name or in the form {"type": ..., "params": ...}.

    A short name ("accuracy", "mae") is also its key in the history. ParamError where there is no such metric.
    """
    if isinstance(asked, Metric):
        return asked
    metric = METRICS.make(asked)
    return metric.under(asked) if isinstance(asked, str) and asked not in METRICS.members else metric


def for_loss(asked: Any, loss: Loss) -> Metric:
    """As `make`, and beside that loss; ParamError where the metric says nothing there."""
    return make(asked).resolve(loss)

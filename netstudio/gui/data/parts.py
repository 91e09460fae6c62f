"""Which samples train, validate and test, and what is wrong with them, for the table and the plots. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from netstudio.data.dataset import Array, Dataset
from netstudio.errors import NetStudioError
from netstudio.graph import Graph
from netstudio.gui.data.statistics import EVERYTHING

Parts = Mapping[str, NDArray[np.int64]]


def parts_of(dataset: Dataset, graph: Graph) -> tuple[Parts, tuple[str, ...]]:
    """The rows of each part, by its name, and what keeps samples from being used as the document asks.

    All rows without a name where they are not split, or can't be.
    """
    from netstudio.data.encoding import encode
    from netstudio.data.settings import DataSettings
    from netstudio.training.settings import TrainingSettings

    everything = {EVERYTHING: np.arange(dataset.rows)}
    try:
        settings, seed = DataSettings(**graph.data), TrainingSettings(**graph.training).seed
        found = encode(dataset, settings, seed, lambda samples: _targets(graph, samples, settings.split.by))
    except NetStudioError as error:
        return everything, (str(error),)
    parts = found.parts.by_name()
    if found.windows is not None:
        parts = {part: found.windows.rows(windows) for part, windows in parts.items()}
    return parts if len(parts) > 1 else everything, tuple(dict.fromkeys(map(str, found.dataset.problems.values())))


def _targets(graph: Graph, samples: Dataset, by: str | None) -> Mapping[str, Array]:
    """The Targets' samples, which only a stratified split asks for: a graph that is not done yet has none."""
    from netstudio.data.binding import bind

    return bind(graph, samples, inputs=False).y if by == "stratified" else {}

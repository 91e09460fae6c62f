"""Which samples train, validate and test, for the plots. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from netstudio.data.dataset import Dataset
from netstudio.errors import NetStudioError
from netstudio.graph import Graph
from netstudio.gui.data.statistics import EVERYTHING


def parts_of(dataset: Dataset, graph: Graph) -> Mapping[str, NDArray[np.int64]]:
    """The rows of each part, by its name; all of them without a name where they are not split.

    So they are too where they can't be split as the document asks: a run will tell of that.
    """
    from netstudio.data.binding import bind
    from netstudio.data.settings import DataSettings
    from netstudio.data.splitting import split_dataset
    from netstudio.training.settings import TrainingSettings

    everything = {EVERYTHING: np.arange(dataset.rows)}
    try:
        settings, seed = DataSettings(**graph.data), TrainingSettings(**graph.training).seed
        targets = bind(graph, dataset).y if settings.split.by == "stratified" else {}
        parts = split_dataset(dataset, settings, seed, targets).by_name()
    except NetStudioError:
        return everything
    return parts if len(parts) > 1 else everything

"""What a document's "data" block may say: `DataSettings`, and a file for each block within it."""

from netstudio.data.settings.data import PREPROCESSING, Bindings, DataSettings, Steps

__all__ = ["PREPROCESSING", "Bindings", "DataSettings", "Steps"]

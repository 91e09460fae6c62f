"""Keras 3: an archive that it opens, or the code that builds the model."""

from netstudio.exports.keras.write import write

__all__ = ["write"]

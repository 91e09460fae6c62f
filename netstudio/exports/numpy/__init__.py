"""A model as a Python program that needs NumPy alone."""

from netstudio.exports.numpy.write import write

__all__ = ["write"]

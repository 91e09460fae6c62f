"""ONNX models: the graph as other runtimes compute it, and the model itself in the metadata."""

from netstudio.exports.onnx.model import write

__all__ = ["write"]

"""The canvas: the graph as cards and wires, and the gestures that change it."""

from netstudio.gui.canvas.panel import CanvasPanel

__all__ = ["CanvasPanel"]

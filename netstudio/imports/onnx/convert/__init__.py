"""How each operator of ONNX becomes nodes: one file a family. Importing this registers them all."""

from netstudio.imports.onnx.convert import (
    activations,
    arithmetic,
    classical,
    convolution,
    dense,
    normalisation,
    parts,
    pooling,
    recurrent,
    reduction,
    resizing,
    shaping,
)

__all__ = [
    "activations",
    "arithmetic",
    "classical",
    "convolution",
    "dense",
    "normalisation",
    "parts",
    "pooling",
    "recurrent",
    "reduction",
    "resizing",
    "shaping",
]

"""A model as a PyTorch module, in Python source."""

from netstudio.exports.torch.write import write

__all__ = ["write"]

"""Programs written out as Python: what the NumPy and the PyTorch form share."""

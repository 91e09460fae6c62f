"""Digits by NumPy alone, from a model trained on samples/digits_mlp.json: predict_with_numpy.py MODEL.npz X.npy"""

import sys

import numpy as np


def predict(path, pixels):
    """The digit in each row of `pixels` (rows, 64), each 0 to 1."""
    weights = np.load(path, allow_pickle=False)
    layers = [name.removesuffix("/kernel") for name in weights if name.endswith("/kernel")]
    values = pixels
    for number, layer in enumerate(layers):
        values = values @ weights[f"{layer}/kernel"] + weights[f"{layer}/bias"]
        if number < len(layers) - 1:
            values = np.maximum(values, 0.0)
    return values.argmax(axis=1)


if __name__ == "__main__":
    print(predict(sys.argv[1], np.load(sys.argv[2])))

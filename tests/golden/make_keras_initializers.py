"""Write `initializers.npz` beside this file, with Keras in float64: the initializers that draw nothing at random.

Run with KERAS_BACKEND=torch. Needs keras==3.15.1, torch==2.13.0, scipy and numpy; nothing of NetStudio is imported.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

HERE = Path(__file__).parent
CASES: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("STFT", {}, (8, 1, 5)),
    ("STFT", {"side": "imag", "window": "hamming", "scaling": "spectrum"}, (7, 1, 4)),
    ("STFT", {"window": "blackman", "periodic": True, "scaling": None}, (6, 1, 9)),
    ("STFT", {"window": None, "side": "imag"}, (5, 1, 3)),
    ("STFT", {"window": "bartlett", "periodic": True}, (5, 1, 2)),
    ("Identity", {"gain": 0.5}, (3, 4)),
    ("Constant", {"value": 0.3}, (2, 3)),
]


def main() -> None:
    keras.backend.set_floatx("float64")
    found: dict[str, Any] = {"cases": np.array(json.dumps(CASES))}
    for number, (name, params, shape) in enumerate(CASES):
        made = getattr(keras.initializers, name)(**params)(shape, dtype="float64")
        found[str(number)] = keras.ops.convert_to_numpy(made)
    np.savez_compressed(HERE / "initializers.npz", **found)


if __name__ == "__main__":
    main()

"""What the file says beside the graph that runtimes compute: the whole model, so that NetStudio can open it again."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from netstudio.files.models import ModelFile, model_to_json

KEY = "netstudio"
FORMAT, VERSION = "netstudio/onnx", 1
Held = Mapping[str, tuple[str, tuple[int, ...] | None]]


def metadata(model: ModelFile, held: Held) -> str:
    """JSON: the model file's own, and where each weight stands.

    `weights` has for each weight {"initializer": its name, "transpose": axes or null}, by which that initializer,
    transposed and reshaped, is the weight; or {"base64": its float32 numbers}, where no initializer is.
    """
    told = {k: v for k, v in model_to_json(model).items() if k != "state"}
    weights = {name: _weight(name, array, held) for name, array in model.weights.items()}
    return json.dumps(
        {**told, "format": FORMAT, "version": VERSION, "weights": weights}, ensure_ascii=False, allow_nan=False
    )


def _weight(name: str, array: Any, held: Held) -> dict[str, Any]:
    if name in held:
        initializer, axes = held[name]
        return {"initializer": initializer, "transpose": None if axes is None else list(axes)}
    return {"base64": base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")}

"""What callers ask of a model by arguments: checked where it is given, not where it would break."""

from __future__ import annotations

from typing import Any

import numpy as np

from netstudio.errors import ParamError

TYPES = "float32", "float64"  # that kernels are compiled for
MOST = 2**63 - 1  # that the engine's state holds


def element_type(dtype: Any) -> np.dtype[Any]:
    """The type of the model's numbers. ParamError where the engine has no kernels for it."""
    refusal = ParamError(f"dtype is {dtype!r}; expected {' or '.join(map(repr, TYPES))}", "dtype")
    try:
        found: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        raise refusal from None
    if found.name not in TYPES:
        raise refusal
    return found


def whole(name: str, value: Any, least: int = 1) -> int:
    """The number. ParamError where it is none, or not in [least, MOST]."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and least <= value <= MOST:
        return int(value)
    raise ParamError(f"{name} is {value!r}; expected an integer of {least} or more, below 2**63", name)

"""What a document may say of a time series."""

from __future__ import annotations

from typing import Any

from netstudio.graph.declared import Declared
from netstudio.graph.params import Int, Param


class Names(Param[tuple[str, ...]]):
    """Names of columns."""

    kind = "names"

    def _expected(self) -> str:
        return "a list of column names"

    def _check(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            raise TypeError
        return tuple(value)


class WindowSettings(Declared):
    """A sample is `steps` rows one after the other, and its target the value `horizon` rows after the last of them."""

    name = "window"

    steps = Int(24, minimum=1, maximum=1 << 20, doc="How many rows a window has.")
    horizon = Int(
        1, minimum=0, maximum=1 << 20, doc="How many rows after the window's last one the target stands; 0: in it."
    )
    stride = Int(1, minimum=1, maximum=1 << 20, doc="How many rows further each window begins.")
    columns = Names(
        None,
        doc="The columns that a window shows; left out, all features and, with a horizon of 1 or more, the target.",
    )

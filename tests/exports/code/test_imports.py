"""A program imports what it uses."""

from __future__ import annotations

from netstudio.exports.code.imports import imports, used


def test_what_a_function_makes_itself_comes_from_nowhere() -> None:
    code = "def f(x: Array, math: Any) -> Path:\n    F = x + math.pi\n    return g(F, re.compile(np.pi))\n\n\nW = h()"
    assert used(code) == {"Array", "Any", "Path", "g", "re", "np", "h", "W"}


def test_imports_stand_in_their_groups() -> None:
    code = "def f(self, x: Tensor, y: Sequence[Mapping]) -> Any:\n    return nn.Linear(np.pi, F.relu(csv))"
    assert imports(code).splitlines() == [
        "import csv",
        "from collections.abc import Mapping, Sequence",
        "from typing import Any",
        "",
        "import numpy as np",
        "from torch import Tensor, nn",
        "from torch.nn import functional as F",
    ]

"""Every error that NetStudio raises on purpose.

    NetStudioError
    ├── ParamError          a value that a declared parameter does not take
    ├── ShapeError          a layer can't take what is wired into it
    ├── DocumentError       a graph document that can't be read, with every problem found
    ├── GraphError          a graph that can't be compiled, with every problem found
    ├── EditError           an edit that the graph refuses, with the reason
    ├── DataError           data that can't be used: file, row and column where known
    │   └── ImageSizeError  images that need a size to be said; names one that suits them
    ├── FileError           a file that can't be read or written
    │   └── ModelFileError  a model file that is damaged or is not one
    ├── MemoryLimitError    a model that would not fit in this machine's memory
    ├── TrainingError       training that can't start or go on
    │   └── NonFiniteError  a value became NaN or infinite; names the first node where it did
    ├── GradientError       a gradient that differs from its central difference
    ├── ExportError         a model that a format can't express
    └── ModelImportError    a model of another program that can't be expressed here; names the operator
        └── OpenSizesError  one whose sizes need to be said; names the input

A message says what happened, where, what was expected and how to mend it; it is fit to be shown as it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netstudio.graph.problems import Hint, Problem


class NetStudioError(Exception):
    """The root: whatever a caller can mend."""


class ParamError(NetStudioError):
    """A value that a declared parameter does not take; `param` is its name, `expected` what it takes."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class ShapeError(NetStudioError):
    """A layer can't take what is wired into it; `hints` are the repairs the layer knows of.

    Of a block, `inside` says what is wrong with the graph in it.
    """

    def __init__(
        self, message: str, port: str | None = None, hints: Sequence[Hint] = (), inside: Sequence[Problem] = ()
    ) -> None:
        super().__init__(message)
        self.port = port
        self.hints = tuple(hints)
        self.inside = tuple(inside)


class _ProblemsError(NetStudioError):
    def __init__(self, summary: str, problems: Sequence[Problem] = ()) -> None:
        self.summary = summary
        self.problems = tuple(problems)
        super().__init__("\n".join([summary, *(f"  {p}" for p in self.problems)]) if len(problems) > 1 else summary)


class DocumentError(_ProblemsError):
    """A graph document that can't be read."""


class GraphError(_ProblemsError):
    """A graph that can't be compiled."""


class EditError(NetStudioError):
    """An edit that the graph refuses, with the reason."""


class DataError(NetStudioError):
    """Data that can't be used."""


class ImageSizeError(DataError):
    """Images of several sizes, or too large ones, that need a size to be said; `size` is one that suits them."""

    def __init__(self, message: str, size: tuple[int, int]) -> None:
        super().__init__(message)
        self.size = size


class FileError(NetStudioError):
    """A file that can't be read or written."""


class ModelFileError(FileError):
    """A model file that is damaged or is not one."""


class MemoryLimitError(NetStudioError):
    """A model that would not fit in this machine's memory; `needed` and `available` are bytes."""

    def __init__(self, message: str, needed: int, available: int) -> None:
        super().__init__(message)
        self.needed = needed
        self.available = available


class TrainingError(NetStudioError):
    """Training that can't start or go on."""


class NonFiniteError(TrainingError):
    """A value became NaN or infinite; `node` is the first node whose output did, `step` the optimizer step."""

    def __init__(self, message: str, node: str | None, step: int) -> None:
        super().__init__(message)
        self.node = node
        self.step = step


class GradientError(NetStudioError):
    """A gradient that differs from its central difference."""


class ExportError(NetStudioError):
    """A model that a format can't express."""


class ExportWarning(UserWarning):
    """Something that an export leaves to whoever uses it."""


class ModelImportError(NetStudioError):
    """A model of another program that can't be expressed here; `operator` is the first that can't, `kind` its type."""

    def __init__(self, message: str, operator: str | None = None, kind: str | None = None) -> None:
        super().__init__(message)
        self.operator = operator
        self.kind = kind


class OpenSizesError(ModelImportError):
    """A model whose `input` has no fixed sizes: `sizes` are those of a sample, None for one that is left open.

    `sizes` is None itself where not even their number is known.
    """

    def __init__(self, message: str, input: str, sizes: Sequence[int | None] | None) -> None:
        super().__init__(message)
        self.input = input
        self.sizes = sizes


def suggestion(name: str, known: Iterable[str]) -> str:
    """`": did you mean 'X'?"` where `known` holds a near miss of `name`, else an empty string."""
    by_key = {_key(k): k for k in known}
    near = difflib.get_close_matches(_key(name), by_key, n=5, cutoff=0.6)
    swapped = [key for key in near if sorted(key) == sorted(_key(name))]  # letters in another order: the likeliest slip
    return f": did you mean {by_key[(swapped or near)[0]]!r}?" if near else ""


def _key(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")

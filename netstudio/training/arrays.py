"""The arrays that people hand over, checked and in the form the engine reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.data import spool
from netstudio.errors import DataError
from netstudio.graph.document import Endpoint
from netstudio.graph.facts import Analysis
from netstudio.graph.tensor import TensorSpec

Array = NDArray[Any]
Given = Any  # an array, or a mapping of arrays by node id


def node_ids(analysis: Analysis, kind: str) -> list[str]:
    """The Input or the Target nodes, in document order."""
    return [i for i, n in analysis.graph.nodes.items() if n.type == kind]


def by_node(given: Given, ids: Sequence[str], what: str) -> dict[str, Any]:
    """Arrays by node id; a bare array stands for the only node there is. DataError where they do not match."""
    if isinstance(given, Mapping):
        unknown = [k for k in given if k not in ids]
        if unknown:
            raise DataError(f"{what} names {unknown[0]!r}; the graph has {', '.join(ids) or 'none'}")
        missing = [i for i in ids if i not in given]
        if missing:
            raise DataError(f"{what} has no array for {', '.join(missing)}; it has {', '.join(given) or 'none'}")
        return dict(given)
    if given is None or len(ids) != 1:
        if not ids:
            return {}
        raise DataError(f"{what} must be a dict with an array for each of {', '.join(ids)}")
    return {ids[0]: given}


def ready(arrays: Mapping[str, Any], analysis: Analysis, dtype: np.dtype[Any]) -> dict[str, Array]:
    """Contiguous arrays of the engine's element type, (rows, *shape) as their nodes say, or DataError."""
    made = {i: _ready(i, a, spec_of(analysis, i), dtype) for i, a in arrays.items()}
    rows = {i: len(a) for i, a in made.items()}
    if len(set(rows.values())) > 1:
        raise DataError("the arrays have different numbers of rows: " + ", ".join(f"{i} {n}" for i, n in rows.items()))
    for i, array in made.items():
        _check_classes(i, array, analysis)
    return made


def rows_of(arrays: Mapping[str, Array]) -> int:
    """How many rows the arrays have."""
    return len(next(iter(arrays.values()), ()))


def chosen(arrays: Mapping[str, Array], rows: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The numbers of the rows that are meant: all where None; DataError where the arrays have no such rows.

    The engine reads rows by address, so a number that is out of range must not reach it.
    """
    count = rows_of(arrays)
    if rows is None:
        return np.arange(count)
    if len(rows) and not 0 <= rows.min() <= rows.max() < count:
        raise DataError(f"the rows are numbered from {rows.min()} to {rows.max()}; the arrays have {count} rows")
    return np.ascontiguousarray(rows, np.int64)


def input_specs(analysis: Analysis) -> dict[str, TensorSpec]:
    """What each Input gives, by node id."""
    return {i: spec_of(analysis, i) for i in node_ids(analysis, "Input")}


def spec_of(analysis: Analysis, node: str) -> TensorSpec:
    """What an Input or a Target takes, without the batch axis."""
    outputs = analysis.nodes[node].outputs
    assert outputs is not None
    return outputs[0]


def _ready(node: str, given: Any, spec: TensorSpec, dtype: np.dtype[Any]) -> Array:
    try:
        array = np.asarray(given)
        if array.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        raise DataError(f"the array for {node} does not hold numbers") from None
    expected = ", ".join(["rows", *map(str, spec.shape)])
    fits = array.ndim >= 1 and (array.shape[1:] == spec.shape or _squeezed(array.shape[1:]) == _squeezed(spec.shape))
    if not fits:
        raise DataError(f"the array for {node} has the shape {array.shape}; expected ({expected})")
    is_fraction = spec.dtype == "int" and array.dtype.kind == "f"
    if is_fraction and spool.first_row(array, lambda part: part != np.rint(part)) is not None:
        raise DataError(f"the array for {node} holds fractions; expected whole numbers (class numbers or token ids)")
    return spool.converted(array.reshape(len(array), *spec.shape), dtype)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _check_classes(node: str, array: Array, analysis: Analysis) -> None:
    """Class numbers must be among the classes of the losses that they are wired into."""
    for wire in analysis.graph.wires_from(node, "out"):
        loss = wire.target.node
        if analysis.graph.nodes[loss].type != "SparseCategoricalCrossentropy" or wire.target.port != "target":
            continue
        source = analysis.graph.wires_into(loss, "pred")[0].source
        pred = analysis.spec(Endpoint(*source))
        classes = pred.shape[-1] if pred is not None else 0
        ignored = getattr(analysis.nodes[loss].type, "ignore_class", None)
        used = array if ignored is None else array[array != ignored]
        if used.size and not (used.min() >= 0 and used.max() < classes):
            raise DataError(
                f"the array for {node} holds class numbers from {used.min():g} to {used.max():g}; {loss} takes 0 to "
                f"{classes - 1}, since its prediction has {classes} classes"
            )

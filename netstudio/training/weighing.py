"""How much each sample counts in training: weights by sample, by class, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import DataError, suggestion
from netstudio.training.arrays import rows_of

if TYPE_CHECKING:
    from netstudio.data.prepare import PreparedData

Array = NDArray[Any]


def sample_weights(
    arrays: Mapping[str, Array], targets: Mapping[str, Array], by_class: Mapping[int, float] | None, given: Any
) -> Array:
    """A weight for each row: what was given for it, times that of its class; 1 where nothing says otherwise.

    `targets` are the arrays of the Targets, of which there must be one, with one class a row, where there are weights
    by class. DataError where the weights are none or do not suit the rows.
    """
    rows = rows_of(arrays)
    weights = np.ones(rows) if given is None else _checked(given, rows)
    if by_class is not None:
        weights = weights * _of_classes(_classes(targets), by_class)
    return np.ascontiguousarray(weights, next(iter(arrays.values())).dtype)


def document_weights(data: PreparedData, by_class: str | Mapping[str, float] | None) -> Array | None:
    """A weight for each sample of a document's data: its own, times that of its class; None where there are none.

    `by_class` gives classes, by name or number, a weight; or it is "balanced": rows / (classes · rows of the class), as
    in scikit-learn, counted in the training part. DataError where the weights do not suit the data.
    """
    if by_class is None:
        return data.weights
    classes = _classes(data.targets)
    (node,) = data.targets
    names = data.classes.get(node, ())
    numbers = _balanced(classes[data.train_rows]) if isinstance(by_class, str) else _numbered(by_class, names, classes)
    weights = _of_classes(classes, numbers)
    return weights if data.weights is None else weights * data.weights


def _balanced(classes: NDArray[np.int64]) -> dict[int, float]:
    numbers, counts = np.unique(classes, return_counts=True)
    return {int(n): len(classes) / (len(numbers) * int(count)) for n, count in zip(numbers, counts, strict=True)}


def _numbered(by_class: Mapping[str, float], names: Sequence[str], classes: NDArray[np.int64]) -> dict[int, float]:
    known = list(names) or [str(n) for n in range(int(classes.max(initial=0)) + 1)]
    for name in by_class:
        if name not in known:
            near = suggestion(name, known) or f"; there are {', '.join(known[:12])}"
            raise DataError(f"class_weight names the class {name!r}, which the data has not{near}")
    return {known.index(name): weight for name, weight in by_class.items()}


def _checked(given: Any, rows: int) -> Array:
    weights = np.asarray(given)
    if weights.shape not in ((rows,), (rows, 1)) or weights.dtype.kind not in "fiub":
        raise DataError(f"sample_weight has the shape {weights.shape}; expected a number for each of the {rows} rows")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError("sample_weight holds negative numbers, NaN or infinity; expected numbers of 0 or more")
    return weights.reshape(rows)


def _classes(targets: Mapping[str, Array]) -> NDArray[np.int64]:
    """The class of each row: its number, or the place of the largest of one-hot values."""
    if len(targets) != 1:
        raise DataError(
            f"class_weight needs one Target; the graph has {', '.join(targets) or 'none'}: use sample_weight"
        )
    ((node, target),) = targets.items()
    if target.ndim == 2 and target.shape[1] > 1 and np.isin(target, (0, 1)).all():
        return np.asarray(target.argmax(1), np.int64)
    if target.size != len(target) or not np.array_equal(target, np.rint(target)):
        raise DataError(f"class_weight needs one class a row; {node} has the shape {target.shape}: use sample_weight")
    return np.asarray(target.reshape(-1), np.int64)


def _of_classes(classes: NDArray[np.int64], by_class: Mapping[int, float]) -> Array:
    weights = np.ones(len(classes))
    for number, weight in by_class.items():
        if not (np.isfinite(weight) and weight >= 0):
            raise DataError(
                f"class_weight gives the class {number} the weight {weight}; expected a number of 0 or more"
            )
        weights[classes == number] = weight
    return weights

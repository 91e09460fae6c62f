"""Which field of a data set feeds which node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.roles import Role, roles
from netstudio.data.settings import DataSettings
from netstudio.errors import DataError, suggestion
from netstudio.graph import Graph

Names = str | tuple[str, ...]
ANSWERS = ("label", "target")  # fields that no Input takes unasked


@dataclass(frozen=True)
class Bound:
    """Arrays by node id: `x` of Inputs, `y` of Targets.

    `names` are what each is bound to, `classes` names class numbers, and `columns` an Input's columns.
    """

    x: Mapping[str, Array]
    y: Mapping[str, Array]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, Names] = field(default_factory=dict)


def bind_data(graph: Graph, dataset: Dataset) -> tuple[dict[str, Array], dict[str, Array]]:
    """(x, y): (rows, ...) arrays by the ids of the Inputs and of the Targets, of the shape and type that each takes.

    The document's "bind" says which field a node takes. Where it is silent: the field of the node's own name; else, for
    the only Input, the first that fits, and for the only Target "label" or "target". DataError where none does.
    """
    bound = bind(graph, dataset)
    return dict(bound.x), dict(bound.y)


def bind(
    graph: Graph,
    dataset: Dataset,
    targets: bool = True,
    known: Mapping[str, tuple[str, ...]] | None = None,
    inputs: bool = True,
) -> Bound:
    """As `bind_data`, with what is known of the fields; `targets=False` leaves the Targets out, `inputs` the Inputs.

    `known` names class numbers by node id, as a trained model has them, instead of counting the classes in the data.
    """
    found = {id: role for id, role in roles(graph).items() if (targets if role.is_target else inputs)}
    asked = DataSettings(**graph.data).bind
    _require_known(asked, graph, found, dataset)
    x: dict[str, Array] = {}
    y: dict[str, Array] = {}
    classes: dict[str, tuple[str, ...]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    bound: dict[str, Names] = {}
    for id, role in found.items():
        alone = sum(r.is_target == role.is_target for r in found.values()) == 1
        names = asked.get(id) or _default(role, dataset, alone)
        if isinstance(names, str) and names in dataset.classes:
            dataset = dataset.recoded(names, known[id]) if known and id in known else dataset
            classes[id] = dataset.classes[names]
        (y if role.is_target else x)[id] = values = _values(role, names, dataset)
        if not known and id in classes:
            _require_several(role, values, classes[id], dataset)
        columns[id], bound[id] = _columns(names, dataset), names
    return Bound(x, y, classes, columns, bound)


def _require_known(asked: Mapping[str, Names], graph: Graph, found: Mapping[str, Role], dataset: Dataset) -> None:
    for id in asked:
        if id not in graph.nodes or (id not in found and graph.nodes[id].type not in ("Input", "Target")):
            near = suggestion(id, found) or f"; there are {listed(list(found)) or 'none'}"
            raise DataError(f'{dataset.source}: "bind" gives data to {id!r}, which is no Input and no Target{near}')


def _default(role: Role, dataset: Dataset, alone: bool) -> str:
    named = [role.node] if role.node in (*dataset.fields, *dataset.problems) else []
    fitting = _candidates(role, dataset) if alone else []
    # A table's columns have names of their own, "x" and "y" among them, that mean no node.
    names = fitting + named if dataset.columns else named + fitting
    if not names:
        raise DataError(
            f"{dataset.source} has nothing for the {role.kind} {role.node!r} of shape {role.spec.shape}: it has "
            f'{dataset.described()}; say in "bind" which of them it takes'
        )
    return names[0]


def _candidates(role: Role, dataset: Dataset) -> list[str]:
    """The fields that suit the only Input or the only Target, likeliest first."""
    if role.is_target:
        wanted = ANSWERS if role.spec.dtype == "int" or role.accuracy else ANSWERS[::-1]
        usable = [name for name in wanted if name in dataset.fields]
        return usable or [name for name in wanted if name in dataset.problems]
    names = [n for n in dataset.fields if n not in ANSWERS]
    has_features = "features" in (*names, *dataset.problems)
    if role.spec.dtype == "float" and has_features:
        names = [n for n in names if n not in _single_columns(dataset)]
    fitting = [n for n in names if _squeezed(dataset.fields[n].shape[1:]) == _squeezed(role.spec.shape)]
    if role.spec.dtype == "int":
        whole = [n for n in names if dataset.fields[n].dtype.kind == "i"]
        return [n for n in fitting if n in whole] or whole or fitting
    if not fitting and has_features:
        return ["features"]  # the message about its shape is the one that helps
    return fitting


def _single_columns(dataset: Dataset) -> set[str]:
    """The columns of a table: one of many is never meant unasked."""
    return {*dataset.columns, *(column.name for column in (dataset.table.columns if dataset.table else ()))}


def _values(role: Role, names: Names, dataset: Dataset) -> Array:
    values = dataset.field(names) if isinstance(names, str) else _side_by_side(names, dataset)
    what = f"field {names!r}" if isinstance(names, str) else f"columns {listed(list(names), 4)}"
    if role.spec.dtype == "int":
        values = _whole(role, what, values, dataset)
    elif role.is_target and values.dtype.kind == "i" and values.ndim == 1:
        values = _as_floats(role, what, values, dataset)
    values = _shaped(role, what, values, dataset)
    return spool.converted(values, np.int64 if role.spec.dtype == "int" else np.float32)


def _side_by_side(names: tuple[str, ...], dataset: Dataset) -> Array:
    columns = []
    for name in names:
        column = dataset.field(name)
        if name in dataset.classes:
            raise DataError(
                f"{dataset.source}: column {name!r} holds classes, which can't stand among numbers; bind it"
            )
        columns.append(column[:, None] if column.ndim == 1 else column)
    if any(c.ndim != 2 for c in columns):
        raise DataError(f"{dataset.source}: only columns can stand side by side; {listed(list(names), 4)} are not all")
    return spool.side_by_side(columns)


def _whole(role: Role, what: str, values: Array, dataset: Dataset) -> Array:
    if values.dtype.kind == "f":
        if spool.first_row(values, lambda part: part != np.round(part)) is not None:
            raise DataError(
                f"{dataset.source}: {what} holds fractions, and the {role.kind} {role.node!r} takes class numbers; "
                f'bind another, or set the dtype of {role.node} to "float"'
            )
        values = spool.converted(values, np.int64)
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if low < 0 or (role.limit is not None and high >= role.limit):
        wrong = low if low < 0 else high
        place = spool.first_row(values, lambda part: part == wrong)
        allowed = f"0 to {role.limit - 1}" if role.limit is not None else "0 or more"
        raise DataError(
            f"{dataset.source}: {what} is {wrong} in sample {place}, and {role.node!r} takes {allowed}, since that is "
            "what the node that reads it tells apart; make it larger, or mend the data"
        )
    return values


def _as_floats(role: Role, what: str, values: Array, dataset: Dataset) -> Array:
    """Class numbers for a Target of floats: one-hot where it has an axis for the classes, else 0 and 1."""
    shape = role.spec.shape
    high = int(values.max(initial=0))
    if len(shape) == 1 and shape[0] > 1:
        if high >= shape[0] or int(values.min(initial=0)) < 0:
            raise DataError(
                f"{dataset.source}: {what} has classes up to {high}, and the Target {role.node!r} of shape {shape} has "
                f"room for 0 to {shape[0] - 1}; set its shape to [{high + 1}]"
            )
        places = np.eye(shape[0], dtype=np.float32)
        return spool.transformed(values, lambda part: places[part], shape, np.float32)
    if high > 1 and role.accuracy:
        raise DataError(
            f"{dataset.source}: {what} has classes up to {high}, and the Target {role.node!r} tells only 0 from 1; "
            "give it the shape of one number a class, or use SparseCategoricalCrossentropy"
        )
    return values


def _shaped(role: Role, what: str, values: Array, dataset: Dataset) -> Array:
    if values.shape[1:] == role.spec.shape:
        return values
    if _squeezed(values.shape[1:]) == _squeezed(role.spec.shape):
        return values.reshape(len(values), *role.spec.shape)
    raise DataError(
        f"{dataset.source}: {what} has the shape {values.shape[1:]}, and the {role.kind} {role.node!r} takes "
        f"{role.spec.shape}; set its shape to {list(values.shape[1:])}, or bind another of {dataset.described()}"
    )


def _require_several(role: Role, values: Array, classes: tuple[str, ...], dataset: Dataset) -> None:
    if role.is_target and len(values) > 1 and spool.first_row(values, lambda part: part != values[0]) is None:
        only = f" ({classes[0]!r})" if len(classes) == 1 else ""
        raise DataError(
            f"{dataset.source}: every sample has the same class{only} for {role.node!r}; there is nothing to tell apart"
        )


def _columns(names: Names, dataset: Dataset) -> tuple[str, ...]:
    if names == "features":
        return dataset.columns
    single = (names,) if isinstance(names, str) else names
    return tuple(place for name in single for place in dataset.places.get(name, (name,)))


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)

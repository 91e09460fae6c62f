"""The graph in the making: nodes with shapes and weights, and tensors rearranged where a layer needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netstudio.catalogue import CATALOGUE
from netstudio.errors import ParamError, ShapeError
from netstudio.graph import Endpoint, Node, TensorSpec, Wire
from netstudio.graph.edits import plain
from netstudio.imports.onnx.names import Names, numbered, unused
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import Atoms, Groups, Tensor, blocks

Weights = Mapping[str, Array]


class UnsupportedError(Exception):
    """Why an operator can't be expressed, and what to do, as the end of a sentence that names it."""


class Builder:
    """Collects `nodes`, `wires` and `weights` ("node/weight"). Every node's shapes are checked as it is added."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []
        self.weights: dict[str, Array] = {}
        self.specs: dict[Endpoint, TensorSpec] = {}
        self._arranged: dict[tuple[Endpoint, str, tuple[int, ...]], Endpoint] = {}
        self._shared: dict[Any, str] = {}

    def add(
        self,
        type: str,
        inputs: Sequence[tuple[str, Endpoint]] = (),
        params: Mapping[str, Any] | None = None,
        weights: Weights | None = None,
        op: Op | None = None,
        named: Sequence[str] = (),
        frozen: bool = False,
    ) -> list[tuple[Endpoint, TensorSpec]]:
        """Add a node and say what comes out of it.

        `named` are the names of its weights in the file: the id is made of them, and a second node with the same ones
        shares the first one's. UnsupportedError where the layer refuses its parameters or inputs.
        """
        given, weights, names = dict(params or {}), weights or {}, named
        made, specs = self._checked(type, inputs, given)
        self._check_weights(type, made.weights(*(self.specs[e] for _, e in inputs)), weights)
        if all((a == a.flat[0]).all() for a in weights.values() if a.size):  # equal ones are often stored but once
            named = ()
        key = (type, repr(sorted(given.items())), tuple(named), tuple(self.specs[e] for _, e in inputs))
        owner = self._shared.get(key) if named and len(inputs) == len(specs) == 1 else None
        id = self._id(type, op, () if owner else names)
        if owner:
            type, given, weights = "Shared", {"layer": owner}, {}
        elif named:
            self._shared[key] = id
        self.nodes[id] = Node(id, type, plain(given), frozen=frozen)
        self.wires += [Wire(source, Endpoint(id, port)) for port, source in inputs]
        self.weights |= {f"{id}/{name}": np.array(a, np.float32, order="C") for name, a in weights.items()}
        found = [(Endpoint(id, port.name), spec) for port, spec in zip(made.outputs, specs, strict=True)]
        self.specs.update(found)
        return found

    def place(
        self, type: str, id: str, params: Mapping[str, Any], inputs: Sequence[tuple[str, Endpoint]] = ()
    ) -> tuple[Endpoint, TensorSpec]:
        """Add a node of that id, which has no weights; its first output, or what it has in place of one."""
        made, specs = self._checked(type, inputs, params)
        self.nodes[id] = Node(id, type, plain(params))
        self.wires += [Wire(source, Endpoint(id, port)) for port, source in inputs]
        found = [(Endpoint(id, port.name), spec) for port, spec in zip(made.outputs, specs)]
        self.specs.update(found)
        return found[0] if found else (Endpoint(id, "in"), TensorSpec(()))

    def rename(self, wanted: Mapping[str, str]) -> None:
        """Give nodes other ids; other nodes that have these make room. No output may be asked for by its old name."""
        ids = {id: wanted.get(id, id) for id in self.nodes}
        for id in set(wanted.values()) & (self.nodes.keys() - wanted.keys()):
            ids[id] = unused(id, {*ids.values(), *self.nodes})
        self.nodes = {ids[id]: _renamed(node, ids) for id, node in self.nodes.items()}
        self.wires = [Wire(*(Endpoint(ids[end.node], end.port) for end in wire)) for wire in self.wires]
        self.specs = {Endpoint(ids[end.node], end.port): spec for end, spec in self.specs.items()}
        owned = [(*name.partition("/"), array) for name, array in self.weights.items()]
        self.weights = {f"{ids[id]}/{name}": array for id, _, name, array in owned}

    def drop(self, id: str) -> None:
        """Take away a node that nothing is wired to."""
        del self.nodes[id]

    def _checked(
        self, type: str, inputs: Sequence[tuple[str, Endpoint]], params: Mapping[str, Any]
    ) -> tuple[Any, tuple[TensorSpec, ...]]:
        try:
            made = CATALOGUE[type](**params)
            specs = made.infer(*made.in_place([p for p, _ in inputs], [self.specs[e] for _, e in inputs]))
        except (ParamError, ShapeError) as error:
            raise UnsupportedError(f"as {type} of ours it is refused: {error}") from error
        return made, specs if isinstance(specs, tuple) else (specs,)

    def _check_weights(self, type: str, wanted: Mapping[str, Any], given: Weights) -> None:
        shapes = {name: spec.shape for name, spec in wanted.items()}
        there = {name: tuple(a.shape) for name, a in given.items()}
        if shapes != there:
            raise UnsupportedError(f"its weights do not fit: {type} of ours needs {shapes}, and they give {there}")

    def _id(self, type: str, op: Op | None, named: Sequence[str]) -> str:
        stem = type.lower()
        if op is None:
            return numbered(stem, self.nodes)
        return self.names.node_id(op, named, stem, self.nodes)

    # ------------------------------------------------------------------------------------------ arranging

    def arranged(self, x: Tensor, groups: Groups) -> Tensor:
        """`x` with an axis of ours for each of `groups`, the batch first; atoms of size 1 may be left out.

        UnsupportedError where the batch would have to be joined with another axis.
        """
        if x.tight(groups[0]) != (0,):
            raise UnsupportedError("it needs the samples of a batch joined with another axis, which no layer here does")
        order = x.tight(tuple(a for g in groups for a in g))
        if sorted(order) != sorted(x.tight(tuple(a for g in x.ours for a in g))):
            raise UnsupportedError("it needs an arrangement of its input that can't be told; simplify the model")
        at = x.at if list(order) == sorted(order) else self._permuted(x, order)
        at = self._reshaped(at, tuple(x.size(g) for g in groups[1:]))
        renumber = {a: n for n, a in enumerate(a for g in groups for a in g)}
        return replace(
            x,
            at=at,
            sizes=tuple(x.sizes[a] for a in renumber),
            ours=tuple(tuple(renumber[a] for a in g) for g in groups),
            axes=tuple(tuple(renumber[a] for a in g if a in renumber) for g in x.axes),
        )

    def _permuted(self, x: Tensor, order: Sequence[int]) -> Endpoint:
        """`x` with its atoms in `order`, in as few axes as that takes."""
        runs = blocks(order)[1:]
        source = sorted(runs)
        at = self._reshaped(x.at, tuple(x.size(run) for run in source))
        dims = tuple(source.index(run) + 1 for run in runs)
        return self._once(at, dims, "Permute", {"dims": list(dims)})

    def _reshaped(self, at: Endpoint, shape: tuple[int, ...]) -> Endpoint:
        if self.specs[at].shape == shape:
            return at
        if len(shape) == 1:
            return self._once(at, (), "Flatten", {})
        return self._once(at, shape, "Reshape", {"target_shape": list(shape)})

    def _once(self, at: Endpoint, numbers: tuple[int, ...], type: str, params: Mapping[str, Any]) -> Endpoint:
        """That layer of that output, made when it is first asked for."""
        if (at, type, numbers) not in self._arranged:
            [(self._arranged[at, type, numbers], _)] = self.add(type, [("in", at)], params)
        return self._arranged[at, type, numbers]

    def by_axes(self, x: Tensor, order: Sequence[int]) -> Tensor:
        """`x` with one axis of ours for each ONNX axis, in the order given."""
        x = x.told_apart()
        return self.arranged(x, tuple(x.axes[n] for n in order))

    def with_axis(self, x: Tensor, axis: int, last: bool = False) -> tuple[Tensor, int, list[int]]:
        """`x` with an axis of ours that holds just the atoms of an ONNX axis; that axis; and where its cells come from.

        Cell n of our axis is cell `cells[n]` of the ONNX axis, so that the weights of a layer are put in our order and
        not the data. The axis is the last one where `last` says so.
        """
        x = x.told_apart()
        if 0 in x.axes[axis]:
            raise UnsupportedError("it works along the axis of the batch, which no layer here does")
        place = x.our_axis(x.axes[axis])
        if place is None or (last and place != len(x.ours) - 1):
            x = self.arranged(x, _with_group(x, x.axes[axis], last))
            place = x.our_axis(x.axes[axis])
        assert place is not None
        return x, place, _cells(x, x.axes[axis], x.ours[place])

    def with_ordered_axis(self, x: Tensor, axis: int) -> tuple[Tensor, int]:
        """As `with_axis`, with the cells in the order of the ONNX axis."""
        x, place, cells = self.with_axis(x, axis)
        if cells == sorted(cells):
            return x, place
        x = self.arranged(x, (*x.ours[:place], x.axes[axis], *x.ours[place + 1 :]))
        return x, place

    def is_shared(self, id: str) -> bool:
        """Whether another node uses the weights of this one."""
        return any(node.params.get("layer") == id for node in self.nodes.values() if node.type == "Shared")

    def forget_sharing(self, id: str) -> None:
        """No later node shares the weights of this one, which are no longer the file's."""
        self._shared = {key: owner for key, owner in self._shared.items() if owner != id}


def _renamed(node: Node, ids: Mapping[str, str]) -> Node:
    shared = {"layer": ids[node.params["layer"]]} if node.type == "Shared" else node.params
    return replace(node, id=ids[node.id], params=shared)


def _with_group(x: Tensor, group: Atoms, last: bool) -> Groups:
    """The axes of `x` with one that holds just `group`: in its place where that can be, else the last."""
    wanted = tuple(sorted(group))
    known = {a for g in x.axes for a in g}
    x = replace(x, ours=tuple(tuple(a for a in g if a in known or x.sizes[a] != 1) for g in x.ours))
    own = [a for g in x.ours for a in g]
    run = wanted == tuple(a for a in own if wanted[0] <= a <= wanted[-1])
    if last or not run:
        rest = (tuple(a for a in g if a not in wanted) for g in x.ours)
        return (*(g for g in rest if g), wanted)
    split = [(tuple(a for a in g if a < wanted[0]), tuple(a for a in g if a > wanted[-1])) for g in x.ours]
    return (*(b for b, _ in split if b), wanted, *(a for _, a in split if a))


def _cells(x: Tensor, group: Atoms, own: Atoms) -> list[int]:
    """The ONNX cell of each of our cells."""
    theirs, ours = x.tight(group), x.tight(own)
    numbers = np.arange(x.size(theirs)).reshape([x.sizes[a] for a in theirs])
    return [int(n) for n in numbers.transpose([theirs.index(a) for a in ours]).ravel()]

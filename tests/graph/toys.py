"""A small catalogue of node types that know nothing of networks, and documents made of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from netstudio.errors import ShapeError
from netstudio.graph import Catalogue, Endpoint, Graph, Node, NodeType, Port, TensorSpec, WeightSpec, Wire, edits
from netstudio.graph.params import Choice, Int
from netstudio.graph.problems import InsertBefore, SetParam


class Feed(NodeType):
    """Gives a row."""

    category = "data"
    inputs = ()

    size = Int(minimum=1, initial=3, doc="How long.")

    def infer(self) -> TensorSpec:
        return TensorSpec((self.size,))


class Scale(NodeType):
    """Keeps a row of 8 or fewer; owns one weight."""

    category = "core"

    limit = Int(8, minimum=1, doc="How long a row may be.")
    mode = Choice(("fast", "slow"), "fast", doc="How.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        if x.size > self.limit:
            raise ShapeError(
                f"the input has the shape {x.shape}; expected at most {self.limit} values",
                hints=(SetParam("limit", x.size), InsertBefore("Halve", {"by": 4})),
            )
        return x

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return {"factor": WeightSpec(x.shape, None)}


class Halve(NodeType):
    """Makes a row shorter."""

    category = "core"

    by = Int(2, minimum=1, doc="How much shorter.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec((-(-x.size // self.by),))


class Join(NodeType):
    """Puts rows together."""

    category = "merge"
    inputs = (Port("in", variadic=True),)

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        return TensorSpec((sum(x.size for x in inputs),))


class Swap(NodeType):
    """Takes two rows and gives them the other way round."""

    category = "core"
    inputs = (Port("a"), Port("b"))
    outputs = (Port("first"), Port("second"))

    def infer(self, a: TensorSpec, b: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        return b, a


class Goal(NodeType):
    """Compares two rows."""

    category = "loss"
    inputs = (Port("pred"), Port("target"))

    def infer(self, pred: TensorSpec, target: TensorSpec) -> TensorSpec:
        if pred != target:
            raise ShapeError(f"{pred.shape} is not {target.shape}", "pred")
        return TensorSpec(())


TOYS = Catalogue("node type", [Feed, Scale, Halve, Join, Swap, Goal])


def node(id: str, type: str, **params: Any) -> Node:
    return Node(id, type, params)


def graph(nodes: list[Node], *wires: str) -> Graph:
    """A document; a wire is "a.out > b.in", where the default ports may be left out."""
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(wire(w) for w in wires))


def wire(text: str) -> Wire:
    source, target = (end.strip() for end in text.split(">"))
    return Wire.parse(source if "." in source else source + ".out", target if "." in target else target + ".in")


IDS = ["a", "b", "c", "d", "e", "f"]
PORTS = ["out", "in", "a", "b", "first", "second", "pred", "target", "none"]
ids = st.sampled_from(IDS)
types = st.sampled_from([*TOYS.members, "Nothing", "Scael"])
values = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 9), st.floats(), st.text(max_size=3), st.lists(st.integers())
)
params = st.dictionaries(st.sampled_from(["size", "limit", "mode", "by", "self", "siz"]), values, max_size=2)
endpoints = st.builds(Endpoint, st.sampled_from([*IDS, "ghost"]), st.sampled_from(PORTS))
wires = st.builds(Wire, endpoints, endpoints)


@st.composite
def broken_graphs(draw: st.DrawFn) -> Graph:
    """Any document that can be written down: unknown types, wrong values, wires to nowhere, cycles."""
    names = draw(st.lists(ids, unique=True))
    nodes = {id: Node(id, draw(types), draw(params)) for id in names}
    return Graph(nodes=nodes, wires=tuple(draw(st.lists(wires, max_size=12))))


def right_params(type_name: str) -> st.SearchStrategy[dict[str, Any]]:
    numbers = {name: st.integers(1, 9) for name, p in TOYS[type_name].declared.items() if isinstance(p, Int)}
    needed = {n: numbers.pop(n) for n in list(numbers) if TOYS[type_name].declared[n].required}
    return st.fixed_dictionaries(needed, optional=numbers)


add_node = st.sampled_from(sorted(TOYS.members)).flatmap(
    lambda t: st.builds(edits.AddNode, st.just(t), right_params(t), id=st.one_of(st.none(), ids))
)
some_ids = st.lists(ids, min_size=1, max_size=2, unique=True).map(tuple)
any_edit = st.one_of(
    add_node,
    add_node,
    st.builds(edits.Connect, endpoints, endpoints),
    st.builds(edits.Connect, st.builds(Endpoint, ids, st.just("out")), st.builds(Endpoint, ids, st.just("in"))),
    st.builds(edits.Connect, st.builds(Endpoint, ids, st.just("out")), st.builds(Endpoint, ids, st.just("in"))),
    st.builds(edits.RemoveNodes, some_ids, st.booleans()),
    st.builds(edits.Disconnect, wires),
    st.builds(edits.Bypass, some_ids, st.booleans()),
    st.builds(edits.SetParams, ids, params),
    st.builds(edits.SetLabel, ids, st.one_of(st.none(), st.text(max_size=3))),
    st.builds(edits.SetFrozen, ids, st.booleans()),
    st.builds(edits.MoveNodes, st.dictionaries(ids, st.tuples(st.floats(-9, 9), st.floats(-9, 9)), max_size=2)),
    st.builds(edits.InsertOnWire, wires, types),
    st.builds(edits.InsertBefore, types, st.just({}), endpoints),
    st.builds(edits.SetTraining, st.dictionaries(st.sampled_from(["epochs", "seed"]), values, max_size=2)),
    st.builds(edits.SetData, st.dictionaries(st.sampled_from(["source"]), values)),
    st.builds(edits.SetName, st.text(max_size=3)),
)

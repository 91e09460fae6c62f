"""From a trained graph to what a Keras model is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from netstudio.engine.lower import predicted
from netstudio.errors import ExportError
from netstudio.exports.keras.direct import as_function
from netstudio.exports.keras.layers import OTHER_THERE, layer_of, made, weights_of
from netstudio.exports.keras.net import Arrays, Made, Net, Part, Shape, Tensor
from netstudio.exports.keras.operations import Operations, places, sparsemax, written_out
from netstudio.exports.program import analysed, program
from netstudio.files.models import ModelFile
from netstudio.graph import Analysis, Endpoint, Graph, Node, TensorSpec, Wire
from netstudio.graph.facts import NodeFacts
from netstudio.layers.activations import by_name
from netstudio.layers.concatenate import Concatenate
from netstudio.layers.conv_lstm import ConvLSTM
from netstudio.layers.dot import Dot
from netstudio.layers.folded import Folded
from netstudio.layers.heads import Heads
from netstudio.layers.merge import Merge
from netstudio.layers.plain_attention import PlainAttention
from netstudio.layers.position_embedding import PositionEmbedding
from netstudio.layers.recurrent import Recurrent

SOURCES = ("Masking", "Embedding")


class Mask:
    """Which steps count, as an operation of the model: made when somebody asks, and once."""

    def __init__(self, make: Callable[[], Tensor]) -> None:
        self._make = make
        self._made: Tensor | None = None

    def tensor(self) -> Tensor:
        """(batch, steps) of true and false."""
        self._made = self._made or self._make()
        return self._made


@dataclass(frozen=True)
class Flow:
    """What a wire carries: a tensor, and the mask that it is to have; `rides` says whether Keras's own mask is with it.

    Keras hands masks from layer to layer without a word, but drops them at operations.
    """

    tensor: Tensor
    mask: Mask | None = None
    rides: bool = False


@dataclass
class Scope:
    """A graph that is being written: where its weights stand, what its parts are called, and what flows in it."""

    weights_at: str = ""
    named: str = ""
    frozen: bool = False
    flows: dict[Endpoint, Flow] = field(default_factory=dict)


def network(model: ModelFile) -> Net:
    """The model in Keras's terms. ExportError names the node that can't be said there."""
    analysis = analysed(model.graph)
    ends = predicted(analysis)
    builder = _Builder(model.weights, Net(model.graph.name))
    scope = Scope()
    builder.walk(analysis, scope, set(ends.values()))
    builder.net.outputs = {name: scope.flows[end].tensor for name, end in ends.items()}
    builder.net.forget_unused()
    return builder.net


class _Builder:
    def __init__(self, weights: Arrays, net: Net) -> None:
        self.weights, self.net = weights, net
        self.layers: dict[str, Part] = {}

    def walk(self, analysis: Analysis, scope: Scope, ends: set[Endpoint]) -> None:
        """Every node that the ends depend on."""
        needed = _needed(analysis, ends)
        for id in analysis.order:
            facts = analysis.nodes[id]
            if id in needed and facts.type is not None and facts.outputs is not None:
                self._node(facts, scope)

    def _node(self, facts: NodeFacts, scope: Scope) -> None:
        assert facts.type is not None
        if facts.node.type == "Input":
            flowing = [self._input(facts, scope)]
        else:
            flows = [scope.flows[source] for _, source in facts.wiring]
            flowing = self._made(facts, scope, flows)
        for port, flow in zip(facts.type.outputs, flowing, strict=True):
            scope.flows[Endpoint(facts.node.id, port.name)] = flow

    def _input(self, facts: NodeFacts, scope: Scope) -> Flow:
        id = facts.node.id
        if Endpoint(id, "out") in scope.flows:
            return scope.flows[Endpoint(id, "out")]
        (shape,), (spec,) = _shapes(facts), facts.outputs or ()
        dtype = _dtype(spec)
        part = self.net.part(id, Made("layers", "InputLayer", {"batch_shape": list(shape), "dtype": dtype}), id)
        (tensor,) = self.net.call(part, (), {}, [shape], dtype)
        self.net.inputs[id] = tensor
        return Flow(tensor)

    def _made(self, facts: NodeFacts, scope: Scope, flows: list[Flow]) -> list[Flow]:
        if isinstance(facts.type, Folded):
            return self._inside(facts, scope, flows)
        if isinstance(facts.type, (Merge, Concatenate)) and len(flows) == 1:
            return flows
        assert facts.type is not None
        layer = layer_of(facts.type)
        if isinstance(facts.type, PositionEmbedding):
            return self._positions(facts, scope, flows)
        if layer is not None and _keras_takes(facts) and _same_functions(facts, layer):
            return self._layer(facts, scope, flows, layer)
        return self._operations(facts, scope, flows)

    def _inside(self, facts: NodeFacts, scope: Scope, flows: list[Flow]) -> list[Flow]:
        """A block: the nodes in it, one by one."""
        assert isinstance(facts.type, Folded)
        at = facts.weights_at
        entering = {Endpoint(port, "out"): flow for (port, _), flow in zip(facts.wiring, flows)}
        inner = Scope(f"{scope.weights_at}{at}/", f"{scope.named}{at}_", scope.frozen or _frozen(facts), entering)
        analysis = facts.type.inside(facts.known_inputs)
        ends = [facts.type.source_of(analysis, port.name) for port in facts.type.outputs]
        self.walk(analysis, inner, set(ends))
        return [inner.flows[end] for end in ends]

    def _layer(self, facts: NodeFacts, scope: Scope, flows: list[Flow], layer: Made) -> list[Flow]:
        flows = [self._heard(facts, flow) for flow in flows]
        part = self._part(facts, scope, layer)
        args, kwargs = _arguments(facts, [flow.tensor for flow in flows])
        tensors = self.net.call(
            part, args, {**kwargs, **self._masks(facts, flows, kwargs)}, _shapes(facts), _dtype_out(facts)
        )
        function = getattr(facts.type, "activation", None)
        if function in OTHER_THERE:
            tensors = (_after(Operations(self.net, part.name, part.node), function, tensors[0]),)
        return [self._flow(facts, flows, tensor, n) for n, tensor in enumerate(tensors)]

    def _part(self, facts: NodeFacts, scope: Scope, layer: Made) -> Part:
        """The layer; one that a node shares is the other's."""
        assert facts.type is not None
        at = f"{scope.weights_at}{facts.weights_at}"
        if at not in self.layers:
            own = {k.removeprefix(f"{at}/"): a for k, a in self.weights.items() if k.startswith(f"{at}/")}
            self.layers[at] = self.net.part(
                f"{scope.named}{facts.weights_at}",
                _linear(facts.type, layer),
                facts.node.id,
                weights=weights_of(facts.type, own),
                trainable=not (scope.frozen or _frozen(facts)),
            )
        return self.layers[at]

    def _heard(self, facts: NodeFacts, flow: Flow) -> Flow:
        """What comes in; without its mask for a Softmax, which would give the masked places nothing."""
        if facts.node.type != "Softmax" or not flow.rides:
            return flow
        ops = Operations(self.net, facts.node.id, facts.node.id)
        return replace(flow, tensor=ops("copy", flow.tensor, shape=flow.tensor.shape), rides=False)

    def _masks(self, facts: NodeFacts, flows: Sequence[Flow], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The masks that the layer has to be told of, since they do not ride with its inputs."""
        assert facts.type is not None
        lost = {p: f for p, f in zip(facts.input_ports, flows) if f.mask is not None and not f.rides}
        if not lost or not facts.type.uses_mask:
            return {}
        if isinstance(facts.type, Heads):
            return {"attention_mask": self._seen(facts, lost, kwargs.get("attention_mask"))}
        masks = [flow.mask.tensor() if flow.mask else None for flow in flows]
        return {"mask": masks[:2] if isinstance(facts.type, PlainAttention) else masks[0]}

    def _seen(self, facts: NodeFacts, lost: Mapping[str, Flow], given: Tensor | None) -> Tensor:
        """Which steps may look at which, (batch, queries, keys): Keras 3.15 does not heed a query_mask it is given."""
        ops = Operations(self.net, f"{facts.node.id}_mask", facts.node.id)
        found = None if given is None else ops("not_equal", given, 0, shape=given.shape, dtype="bool")
        for port, flow in lost.items():
            assert flow.mask is not None
            steps = flow.tensor.shape[1]
            lying = [-1, steps, 1] if port == "query" else [-1, 1, steps]
            own = ops("reshape", flow.mask.tensor(), shape=(None, *lying[1:]), dtype="bool", newshape=lying)
            found = own if found is None else ops("logical_and", found, own, shape=(None, None, None), dtype="bool")
        assert found is not None
        return found

    def _flow(self, facts: NodeFacts, flows: Sequence[Flow], tensor: Tensor, output: int) -> Flow:
        """What comes out, with its mask."""
        assert facts.outputs is not None
        mask = self._mask(facts, flows) if facts.outputs[output].masked else None
        if facts.node.type in SOURCES:
            return Flow(tensor, mask, mask is not None)
        return Flow(tensor, mask, mask is not None and all(f.rides for f in flows if f.mask is not None))

    def _mask(self, facts: NodeFacts, flows: Sequence[Flow]) -> Mask:
        ops = Operations(self.net, f"{facts.node.id}_mask", facts.node.id)
        x = flows[0].tensor
        if facts.node.type == "Embedding":
            return Mask(lambda: ops("not_equal", x, 0, shape=x.shape, dtype="bool"))
        if facts.node.type == "Masking":
            value = getattr(facts.type, "mask_value", 0.0)
            return Mask(lambda: ops("any", ops("not_equal", x, value, shape=x.shape, dtype="bool"),
                                    shape=x.shape[:-1], dtype="bool", axis=[-1], keepdims=False))  # fmt: skip
        masks = [flow.mask for flow in flows if flow.mask is not None]
        return reduce(lambda a, b: a if a is b else _either(ops, a, b), masks) if _merges(facts) else masks[0]

    def _positions(self, facts: NodeFacts, scope: Scope, flows: list[Flow]) -> list[Flow]:
        """A learnt vector for each place: an Embedding of the places' numbers."""
        assert isinstance(facts.type, PositionEmbedding)
        ops = Operations(self.net, f"{scope.named}{facts.node.id}", facts.node.id)
        sizes = {"input_dim": facts.type.sequence_length, "output_dim": facts.known_inputs[0].shape[-1]}
        own = made(facts.type, "layers")
        kept = {key: own.params[key] for key in ("embeddings_regularizer", "embeddings_constraint")}
        part = self._part(facts, scope, replace(own, name="Embedding", params={**sizes, **kept}, needed=tuple(sizes)))
        mask = self._mask(facts, flows) if flows[0].mask else None
        return [Flow(places(ops, flows[0].tensor, part), mask)]

    def _operations(self, facts: NodeFacts, scope: Scope, flows: list[Flow]) -> list[Flow]:
        """A node that is no layer of Keras's."""
        id = facts.node.id
        assert facts.outputs is not None
        if facts.type is not None and facts.type.uses_mask and any(flow.mask for flow in flows):
            raise ExportError(
                f"node {id} ({facts.node.type}): Keras has no such layer, and operations that heed a mask are not "
                "written out; export to onnx or numpy instead"
            )
        ops = Operations(self.net, f"{scope.named}{id}", id)
        tensors = [flow.tensor for flow in flows]
        found = as_function(ops, facts.type, tensors, _shapes(facts)) or self._program(ops, facts, scope, tensors)
        masks = [self._mask(facts, flows) if spec.masked else None for spec in facts.outputs]
        return [Flow(tensor, mask) for tensor, mask in zip(found, masks, strict=True)]

    def _program(self, ops: Operations, facts: NodeFacts, scope: Scope, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The node alone, as the operations of the engine."""
        at = f"{scope.weights_at}{facts.weights_at}/"
        own = {f"n/{k.removeprefix(at)}": a for k, a in self.weights.items() if k.startswith(at)}
        alone, names = _alone(facts)
        given = {f"x{n}": tensor for n, tensor in enumerate(inputs)}
        found = written_out(ops, program(ModelFile(alone, own)), given, own, not (scope.frozen or _frozen(facts)))
        return tuple(found[name] for name in names)


def _alone(facts: NodeFacts) -> tuple[Graph, list[str]]:
    """A graph of the node n with inputs x0, x1, ... and the names of what it predicts, by port."""
    assert facts.type is not None
    owner = facts.owner or facts.node
    specs = [spec for spec in facts.inputs if spec is not None]
    inputs = [Node(f"x{n}", "Input", {"shape": list(s.shape), "dtype": s.dtype}) for n, s in enumerate(specs)]
    wires = [Wire(Endpoint(f"x{n}", "out"), Endpoint("n", port)) for n, (port, _) in enumerate(facts.wiring)]
    ports = [port.name for port in facts.type.outputs]
    outputs = [Node(f"y{n}", "Output") for n in range(len(ports))]
    wires += [Wire(Endpoint("n", port), Endpoint(f"y{n}", "in")) for n, port in enumerate(ports)]
    nodes = [*inputs, Node("n", owner.type, owner.params), *outputs]
    names = ["n"] if len(ports) == 1 else [f"n.{port}" for port in ports]
    return Graph("alone", {n.id: n for n in nodes}, tuple(wires)), names


def _needed(analysis: Analysis, ends: set[Endpoint]) -> set[str]:
    """The nodes that the ends depend on."""
    found: set[str] = set()
    todo = [end.node for end in ends]
    while todo:
        id = todo.pop()
        if id not in found and id in analysis.nodes:
            found.add(id)
            todo += [source.node for _, source in analysis.nodes[id].wiring]
    return found


def _keras_takes(facts: NodeFacts) -> bool:
    """Whether the Keras layer takes these inputs: some take fewer than the type does."""
    specs = facts.known_inputs
    name = (facts.owner or facts.node).type
    if name == "GroupQueryAttention":
        return len({spec.shape[-1] for spec in specs[:3] if spec is not None}) == 1
    if name == "RMSNormalization":  # on PyTorch along the last axis alone
        return getattr(facts.type, "axis", -1) in (-1, len(specs[0].shape))
    return True


def _same_functions(facts: NodeFacts, layer: Made) -> bool:
    """Whether Keras computes the functions between a layer's steps in the same way; one behind it is written apart."""
    inner = [layer.params.get("layer"), layer.params.get("backward_layer")]
    named = {m.params.get(key) for m in inner if isinstance(m, Made) for key in ("activation", "recurrent_activation")}
    named.add(layer.params.get("recurrent_activation"))
    if isinstance(facts.type, (Recurrent, ConvLSTM)):
        named.add(layer.params.get("activation"))
    return named.isdisjoint(OTHER_THERE)


def _after(ops: Operations, function: str, x: Tensor) -> Tensor:
    """The function behind a layer."""
    if function == "sparsemax":
        return sparsemax(ops, x)
    return ops(function, x, shape=x.shape, **by_name(function).params)


def _linear(type: Any, layer: Made) -> Made:
    """The layer without a function that has to stand behind it instead."""
    if getattr(type, "activation", None) not in OTHER_THERE:
        return layer
    return replace(layer, params={**layer.params, "activation": None})


def _arguments(facts: NodeFacts, tensors: Sequence[Tensor]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the layer is called with."""
    kwargs: dict[str, Any] = {"use_causal_mask": True} if getattr(facts.type, "use_causal_mask", False) else {}
    if isinstance(facts.type, (Merge, Concatenate, Dot, PlainAttention)):
        return (list(tensors),), kwargs
    by_port = dict(zip(facts.input_ports, tensors))
    if isinstance(facts.type, Heads):
        more: dict[str, Any] = {key: by_port[key] for key in ("key", "attention_mask") if key in by_port}
        return (by_port["query"], by_port["value"]), {**more, **kwargs}
    first, *states = tensors
    return (first,), {"initial_state": list(states)} if states else {}


def _merges(facts: NodeFacts) -> bool:
    return isinstance(facts.type, Merge)


def _either(ops: Operations, a: Mask, b: Mask) -> Mask:
    def make() -> Tensor:
        x, y = a.tensor(), b.tensor()
        return ops("logical_or", x, y, shape=x.shape, dtype="bool")

    return Mask(make)


def _frozen(facts: NodeFacts) -> bool:
    return (facts.owner or facts.node).frozen


def _shapes(facts: NodeFacts) -> list[Shape]:
    return [(None, *spec.shape) for spec in facts.outputs or ()]


def _dtype(spec: TensorSpec) -> str:
    return "int32" if spec.dtype == "int" else "float32"


def _dtype_out(facts: NodeFacts) -> str:
    return _dtype((facts.outputs or (TensorSpec(()),))[0])

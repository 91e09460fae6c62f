"""From the document's nodes to the engine's operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netstudio.augmentations.base import Augmentation, Batch
from netstudio.augmentations.mixing import rolled
from netstudio.augmentations.pipeline import augment
from netstudio.engine import autodiff
from netstudio.engine.ir import Builder, Value
from netstudio.engine.ops import movement, sources, step
from netstudio.graph.document import Endpoint
from netstudio.graph.facts import Analysis, NodeFacts
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.losses.base import Loss, Objective

FEED_TYPES = "Input", "Target"


class NodeOps:
    """The operations as one node sees them: the builder's, and the node's own weights."""

    def __init__(
        self,
        builder: Builder,
        weights_at: str,
        training: bool,
        lowered: Lowered,
        specs: tuple[TensorSpec, ...],
        masks: Sequence[Value | None] = (),
    ) -> None:
        self._builder, self._weights_at, self._lowered = builder, weights_at, lowered
        self.training, self.specs, self.masks = training, specs, tuple(masks)
        self._made_masks: dict[int, Value] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._builder, name)

    def weight(self, name: str) -> Value:
        full = f"{self._weights_at}/{name}"  # a node that shares an average goes on from where another has moved it
        return self._lowered.updates.get(full) or self._lowered.weights[full]

    def update(self, name: str, value: Value) -> None:
        self._lowered.updates[f"{self._weights_at}/{name}"] = value

    def inside(self, facts: NodeFacts, masks: Sequence[Value | None] = ()) -> NodeOps:
        at = f"{self._weights_at}/{facts.weights_at}"
        training = self.training and not _rests(self._lowered, at, facts)
        return NodeOps(self._builder, at, training, self._lowered, facts.known_inputs, masks)

    def set_mask(self, mask: Value, output: int = 0) -> None:
        self._made_masks[output] = mask

    def output_masks(self, outputs: Sequence[Value], masked: Sequence[bool]) -> tuple[Value | None, ...]:
        coming = next((mask for mask in self.masks if mask is not None), None)
        found = [self._made_masks.get(n, coming) if flag else None for n, flag in enumerate(masked)]
        return tuple(None if mask is None else self._cut(mask, y.ndim - 1) for mask, y in zip(found, outputs))

    def _cut(self, mask: Value, rank: int) -> Value:
        """The mask of a tensor that has lost axes: what is left counts where any part of it did."""
        return mask if mask.ndim <= rank else self._builder.max(mask, tuple(range(rank, mask.ndim)))

    def add_loss(self, value: Value) -> None:
        self._lowered.add_penalty(value)


@dataclass
class Lowered:
    """A graph as values. `feeds` are the Input and Target nodes in the order in which data is handed over."""

    builder: Builder
    feeds: tuple[str, ...]
    weighed: bool = False
    batch: Batch | None = None  # where samples are changed before the nodes get them
    weights: dict[str, Value] = field(default_factory=dict)
    outputs: dict[Endpoint, Value] = field(default_factory=dict)
    masks: dict[Endpoint, Value] = field(default_factory=dict)
    updates: dict[str, Value] = field(default_factory=dict)
    losses: dict[str, Value] = field(default_factory=dict)
    penalty: Value | None = None

    @property
    def total(self) -> Value:
        """The weighted sum of the losses, and the penalties."""
        total: Value | None = None
        for value in self.losses.values():
            total = value if total is None else total + value
        assert total is not None
        return total if self.penalty is None else total + self.penalty

    def ops_of(self, facts: NodeFacts, masks: Sequence[Value | None]) -> Any:
        """The operations as a node sees them in inference, with the masks of what comes in."""
        return NodeOps(self.builder, facts.weights_at, False, self, facts.known_inputs, masks)

    def add_penalty(self, value: Value) -> None:
        """Make the total larger by one number."""
        self.penalty = value if self.penalty is None else self.penalty + value


def lower(
    analysis: Analysis,
    batch: int,
    training: bool,
    weighed: bool = False,
    augmentations: Sequence[Augmentation] = (),
    apart: bool = False,
) -> Lowered:
    """Build every node of a graph that was found right, for batches of `batch` samples.

    With `weighed` one more feed, after the others, holds each sample's weight in the losses that have no other weights.
    The `augmentations` change the samples first. With `apart` each node is built by itself, so that what leaves it is
    a value of its own ("leave").
    """
    builder = Builder()
    lowered = Lowered(builder, feed_ids(analysis), weighed)
    if augmentations:
        ops: Any = builder
        lowered.batch = augment(ops, augmentations, _loaded(lowered, analysis, batch))
    for facts in analysis.nodes.values():
        with builder.at(facts.node.id):
            _make_weights(lowered, facts.node.id, facts.weights)
    for node_id in analysis.order:
        facts = analysis.nodes[node_id]
        if facts.type is None or facts.outputs is None:
            continue  # reported, and nothing that counts depends on it
        with builder.at(node_id):
            _lower_node(lowered, facts, batch, training)
            if apart and node_id not in lowered.feeds:
                _take_apart(lowered, facts)
    return lowered


def _take_apart(lowered: Lowered, facts: NodeFacts) -> None:
    """Let what leaves a node be seen as it is."""
    assert facts.type is not None
    for port in facts.type.outputs:
        end = Endpoint(facts.node.id, port.name)
        for values, is_mask in ((lowered.outputs, False), (lowered.masks, True)):
            if end in values:
                values[end] = lowered.builder.make(
                    movement.LEAVE, values[end], of=facts.node.id, port=port.name, mask=is_mask
                )


def feed_ids(analysis: Analysis) -> tuple[str, ...]:
    """The Input and Target nodes, in document order."""
    return tuple(i for i, n in analysis.graph.nodes.items() if n.type in FEED_TYPES)


def predicted(analysis: Analysis) -> dict[str, Endpoint]:
    """What the model predicts: by the id of the node, the port that it comes out of.

    Where several ports of one node are predicted, they go by "node.port".
    """
    graph = analysis.graph
    outputs = [w for i, n in graph.nodes.items() if n.type == "Output" for w in graph.incoming.get(i, ())]
    if not outputs:
        losses = [i for i in analysis.order if isinstance(analysis.nodes[i].type, Objective)]
        outputs = [w for i in losses for w in graph.wires_into(i, "pred")]
    ends = dict.fromkeys(w.source for w in outputs)
    ports = Counter(end.node for end in ends)
    return {end.node if ports[end.node] == 1 else f"{end.node}.{end.port}": end for end in ends}


def _make_weights(lowered: Lowered, node: str, weights: Mapping[str, WeightSpec]) -> None:
    for name, spec in weights.items():
        full = f"{node}/{name}"
        lowered.weights[full] = lowered.builder.make(sources.PINNED, place=("weight", full), shape=spec.shape)


def _lower_node(lowered: Lowered, facts: NodeFacts, batch: int, training: bool) -> None:
    node, made, builder = facts.node, facts.type, lowered.builder
    assert made is not None
    assert facts.outputs is not None
    if node.id in lowered.feeds:
        at = Endpoint(node.id, made.outputs[0].name)
        changed: dict[str, Any] = {} if lowered.batch is None else {**lowered.batch.inputs, **lowered.batch.targets}
        lowered.outputs[at] = changed.get(node.id) or _load(lowered, node.id, facts.outputs[0], batch)
        return
    training = training and not _rests(lowered, facts.weights_at, facts)
    sources = [source for _, source in facts.wiring]
    inputs = list(made.in_place(facts.input_ports, [lowered.outputs[source] for source in sources]))
    masks = made.in_place(facts.input_ports, [lowered.masks.get(source) for source in sources])
    ops: Any = NodeOps(builder, facts.weights_at, training, lowered, facts.known_inputs, masks)
    if isinstance(made, Objective):
        if lowered.weighed and isinstance(made, Loss) and len(inputs) == 2:
            inputs.append(builder.make(step.LOAD, feed=len(lowered.feeds), shape=(batch,)))
        of_batch: Any = made.of_batch
        mixture = _mixture(lowered, facts) if isinstance(made, Loss) else {}
        lowered.losses[node.id] = _of_mixture(ops, of_batch, inputs, mixture) if mixture else of_batch(ops, *inputs)
        lowered.outputs[Endpoint(node.id, made.outputs[0].name)] = lowered.losses[node.id]
    elif isinstance(made, Layer):
        result: Any = made.lower(ops, *inputs)
        results = result if isinstance(result, tuple) else (result,)
        masks = ops.output_masks(results, [spec.masked for spec in facts.outputs])
        for port, value, mask, expected in zip(made.outputs, results, masks, facts.outputs, strict=False):
            _must_be(node.id, value, expected, batch)
            lowered.outputs[Endpoint(node.id, port.name)] = value
            if mask is not None:
                lowered.masks[Endpoint(node.id, port.name)] = mask
    _add_penalties(lowered, facts, ops)


def _load(lowered: Lowered, node: str, spec: TensorSpec, batch: int) -> Value:
    with lowered.builder.at(node):
        return lowered.builder.make(step.LOAD, feed=lowered.feeds.index(node), shape=(batch, *spec.shape))


def _loaded(lowered: Lowered, analysis: Analysis, batch: int) -> Batch:
    """The step's samples as they come."""
    specs = {id: outputs[0] for id in lowered.feeds if (outputs := analysis.nodes[id].outputs) is not None}
    values = {id: _load(lowered, id, spec, batch) for id, spec in specs.items()}
    by_type = {
        kind: {id: v for id, v in values.items() if analysis.graph.nodes[id].type == kind} for kind in FEED_TYPES
    }
    return Batch(by_type["Input"], by_type["Target"], specs, {})


def _mixture(lowered: Lowered, facts: NodeFacts) -> Mapping[int, Any]:
    """How the samples that a loss compares with a Target are mixed. What else it compares with is mixed already."""
    target = next(source.node for port, source in facts.wiring if port == "target")
    return lowered.batch.mixture if lowered.batch is not None and target in lowered.batch.targets else {}


def _of_mixture(ops: Any, of_batch: Any, inputs: Sequence[Any], mixture: Mapping[int, Any]) -> Any:
    """The loss of each sample that a mixed one was made of, by how much of it there is."""
    pred, target, *weights = inputs
    total: Any = None
    for shift, share in mixture.items():
        for weight in weights:
            partner = rolled(ops, weight, shift)
            share = ops.reshape(share, (share.shape[0], *(1,) * (partner.ndim - 1))) * partner
        loss = of_batch(ops, pred, rolled(ops, target, shift), share)
        total = loss if total is None else total + loss
    return total


def _rests(lowered: Lowered, weights_at: str, facts: NodeFacts) -> bool:
    """As in Keras, frozen weights make a BatchNormalization infer; a Dropout has none and still drops."""
    frozen = (facts.owner or facts.node).frozen
    return frozen and any(name.startswith(f"{weights_at}/") for name in lowered.weights)


def _must_be(node: str, value: Value, expected: TensorSpec, batch: int) -> None:
    if value.shape != (batch, *expected.shape):
        raise AssertionError(f"{node}: lowered to {value.shape}, inferred {(batch, *expected.shape)}")


def _add_penalties(lowered: Lowered, facts: NodeFacts, ops: Any) -> None:
    for name, spec in facts.weights.items():
        if spec.regularizer is not None and not facts.node.frozen:
            lowered.add_penalty(spec.regularizer.penalty(ops, lowered.weights[f"{facts.node.id}/{name}"]))


def multiply_adds(values: Sequence[Value]) -> Mapping[str, int]:
    """The multiply-adds of the products among `values`, by node."""
    counts: dict[str, int] = {}
    for v in values:
        count = v.op.multiply_adds(v)
        if v.node is not None and count:
            counts[v.node] = counts.get(v.node, 0) + count
    return counts


def multiply_adds_of(facts: NodeFacts) -> int:
    """The multiply-adds of one node for one sample, forward; 0 for a node that is not right yet."""
    if not facts.wiring or facts.outputs is None or facts.node.bypassed:
        return 0
    lowered = Lowered(Builder(), ())
    with lowered.builder.at(facts.node.id):
        weights = facts.weights
        if facts.type is not None and facts.owner is not None:
            weights = facts.type.weights(*facts.known_inputs)
        _make_weights(lowered, facts.weights_at, weights)
        for (_port, source), spec in zip(facts.wiring, facts.inputs):
            assert spec is not None
            stand_in = lowered.builder.make(sources.PINNED, place=("stand-in", str(source)), shape=(1, *spec.shape))
            lowered.outputs[source] = stand_in
        _lower_node(lowered, facts, batch=1, training=False)
    made = [value for at, value in lowered.outputs.items() if at.node == facts.node.id]
    return multiply_adds(autodiff.ancestors(made)).get(facts.node.id, 0)

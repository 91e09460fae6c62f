"""What the blocks of a transformer share: attention and a feed-forward network, each with a residual around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netstudio.errors import ShapeError
from netstudio.graph.document import Endpoint, Graph, Node, Wire
from netstudio.graph.node_type import Port
from netstudio.graph.params import Bool, Choice, Float, Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import NAMES
from netstudio.layers.dropout import rate_param
from netstudio.layers.folded import Folded
from netstudio.layers.learnt import initializer_param
from netstudio.layers.looking import ATTENTION_MASK
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value

COLUMN = 200.0  # how far apart the nodes inside stand


class Chain:
    """A graph that grows node by node; a node's id stands for its output."""

    def __init__(self, inputs: Mapping[str, TensorSpec]) -> None:
        self._nodes: dict[str, Node] = {}
        self._wires: list[Wire] = []
        for id, spec in inputs.items():
            self.add(id, "Input", {"shape": list(spec.shape), "dtype": spec.dtype})

    def add(self, id: str, type: str, params: Mapping[str, Any], **wires: str | tuple[str, ...]) -> str:
        """A node with these parameters, and what is wired into its ports (`into` is the port "in")."""
        self._nodes[id] = Node(id, type, dict(params), (COLUMN * len(self._nodes), 0.0))
        for port, sources in wires.items():
            target = Endpoint(id, "in" if port == "into" else port)
            for source in (sources,) if isinstance(sources, str) else sources:
                self._wires.append(Wire(Endpoint(source, "out"), target))
        return id

    def graph(self, output: str) -> Graph:
        """The graph whose output is that node's."""
        self.add("out", "Output", {}, into=output)
        return Graph("inside", self._nodes, tuple(self._wires))


class Transformer(Folded, abstract=True):
    """A block of a transformer, in the names of KerasHub; the sequence keeps its shape."""

    category = "attention"
    icon = "attention"

    intermediate_dim = Int(minimum=1, initial=128, doc="How many features the feed-forward network has inside.")
    num_heads = Int(minimum=1, initial=4, doc="How many heads of attention look side by side.")
    dropout = rate_param("the looks, of what attention gives and of what the feed-forward network gives")
    activation = Choice(NAMES, "relu", optional=True, doc="The function inside the feed-forward network.")
    layer_norm_epsilon = Float(1e-5, above=0.0, doc="Added to variances, so that nothing is divided by zero.")
    kernel_initializer = initializer_param("kernels", "glorot_uniform")
    bias_initializer = initializer_param("biases", "zeros")
    normalize_first = Bool(
        False, doc="Normalise what goes into each part, which trains deep stacks, not what comes out."
    )

    def caption(self) -> str:
        return f"{self.num_heads} heads · {self.intermediate_dim}"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:  # type: ignore[override]
        require_sequence(inputs[0])
        features = inputs[0].shape[-1]
        if features < self.num_heads:
            raise ShapeError(
                f"the input has {features} features (shape {inputs[0].shape}) for {self.num_heads} heads; expected at "
                "least one for each: put a Dense before it, or take fewer heads"
            )
        return super().infer(*inputs)[0]

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return (inputs[0].masked,)

    def lower(self, ops: Ops, *inputs: Value) -> Value:  # type: ignore[override]
        return super().lower(ops, *inputs)[0]

    def look(
        self, chain: Chain, name: str, x: str, features: int, wires: Mapping[str, str], causal: bool = False
    ) -> str:
        """Attention of the steps of `x` at one another, or at what `wires` name."""
        params = {
            "num_heads": self.num_heads,
            "key_dim": features // self.num_heads,
            "dropout": self.dropout,
            "use_causal_mask": causal,
            **self._started(),
        }
        return chain.add(f"{name}_layer", "MultiHeadAttention", params, query=x, **{"value": x, **wires})

    def think(self, chain: Chain, x: str, features: int) -> str:
        """The feed-forward network, the same at every step."""
        wide = {"units": self.intermediate_dim, "activation": self.activation, **self._started()}
        inner = chain.add("feedforward_intermediate_dense", "Dense", wide, into=x)
        return chain.add("feedforward_output_dense", "Dense", {"units": features, **self._started()}, into=inner)

    def around(self, chain: Chain, name: str, x: str, part: Callable[[str], str]) -> str:
        """x + part(normalised x), or normalised x + part(x)."""
        made = part(self._normalised(chain, name, x) if self.normalize_first else x)
        if self.dropout:
            made = chain.add(f"{name}_dropout", "Dropout", {"rate": self.dropout}, into=made)
        total = chain.add(f"{name}_add", "Add", {}, into=(x, made))
        return total if self.normalize_first else self._normalised(chain, name, total)

    def _normalised(self, chain: Chain, name: str, x: str) -> str:
        return chain.add(f"{name}_layer_norm", "LayerNormalization", {"epsilon": self.layer_norm_epsilon}, into=x)

    def _started(self) -> dict[str, Any]:
        return {"kernel_initializer": self.kernel_initializer, "bias_initializer": self.bias_initializer}


def wired(ports: tuple[Port, ...], inputs: Mapping[str, TensorSpec | None]) -> dict[str, TensorSpec]:
    """The inputs that there are, in the order of the ports."""
    return {port.name: spec for port in ports if (spec := inputs.get(port.name)) is not None}


MASKED_SEQUENCE = (Port("in", "The sequence, whose steps look at one another."), ATTENTION_MASK)

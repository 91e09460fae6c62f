"""What a node type declares: ports, parameters, shape rule, weights. Layers and losses are node types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar

from netstudio.errors import ParamError
from netstudio.graph.declared import Declared, Family
from netstudio.graph.params import Float
from netstudio.graph.tensor import Shape, TensorSpec

if TYPE_CHECKING:
    from netstudio.graph.document import Node
    from netstudio.graph.problems import Hint

Given = TypeVar("Given")
Category = Literal[
    "data",
    "core",
    "convolution",
    "pooling",
    "recurrent",
    "attention",
    "normalisation",
    "activation",
    "merge",
    "loss",
    "annotation",
]

RATE_FACTOR = Float(
    1.0,
    minimum=0.0,
    doc="What the learning rate is multiplied by for the weights of this node. At 0 they stay where they are; unlike "
    "those of a frozen node they are still counted as trained, and averages of the data go on moving.",
)
RATE_FACTOR.name = "learning_rate_factor"


@dataclass(frozen=True)
class Port:
    """A place for wires; a `variadic` input takes any number of them, in the order of the document's wires."""

    name: str
    doc: str = ""
    variadic: bool = False
    optional: bool = False


@dataclass(frozen=True)
class WeightSpec:
    """One array a node learns or keeps; initializer, regularizer and constraint are declared objects.

    `learning_rate_factor` is what the learning rate is multiplied by for it.
    """

    shape: Shape
    initializer: Any
    trainable: bool = True
    regularizer: Any = None
    constraint: Any = None
    learning_rate_factor: float = 1.0

    @property
    def size(self) -> int:
        return TensorSpec(self.shape).size


class NodeType(Declared, abstract=True):
    """The base of every node type. An instance is one node's checked parameters.

    `infer(*inputs)` gives the output's TensorSpec (a tuple of them where there are several outputs) from the inputs'
    in the order of the ports, or raises ShapeError; a variadic port hands over all its inputs, and None stands for an
    optional one that nothing is wired into where others follow.
    `weights(*inputs)` names the arrays the node needs for these inputs.
    `keras`, `torch` and `onnx` name its counterpart there; `without` says why there is none.

    Of padded sequences a mask says which steps count (`TensorSpec.masked`). A type that `passes_mask` gives its outputs
    the mask of its inputs; one that `uses_mask` counts no step that does not. A type that does neither loses a mask,
    and people are told.
    """

    category: ClassVar[Category]
    icon: ClassVar[str] = ""
    keywords: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[tuple[Port, ...]] = (Port("in"),)
    outputs: ClassVar[tuple[Port, ...]] = (Port("out"),)
    borrows: ClassVar[str] = ""  # the parameter that names the node whose layer and weights this one uses
    keras: ClassVar[str | None] = None
    torch: ClassVar[str | None] = None
    onnx: ClassVar[str | None] = None
    without: ClassVar[Mapping[str, str]] = {}
    passes_mask: ClassVar[bool] = False
    uses_mask: ClassVar[bool] = False

    infer: Callable[..., TensorSpec | tuple[TensorSpec, ...]]

    def weights(self, *inputs: TensorSpec) -> Mapping[str, WeightSpec]:
        return {}

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        """Which outputs have a mask."""
        passed = self.passes_mask and any(x.masked for x in inputs if x is not None)
        return (passed,) * len(self.outputs)

    def in_place(self, ports: Sequence[str], given: Sequence[Given]) -> tuple[Given, ...]:
        """What is wired into `ports`, as `infer` takes it."""
        if not any(p.optional for p in self.inputs) or list(ports) == [p.name for p in self.inputs[: len(ports)]]:
            return tuple(given)
        by_port: dict[str, Any] = dict(zip(ports, given, strict=True))
        last = max(n for n, p in enumerate(self.inputs) if p.name in by_port)
        return tuple(by_port.get(p.name) for p in self.inputs[: last + 1])  # type: ignore[misc]

    def unfed(self, port: str, given: Mapping[str, TensorSpec]) -> Hint | None:
        """What could be wired into an input that lacks a wire, where `given` is known of the others."""
        return None

    def caption(self) -> str:
        """The parameters that matter, in one line: "32 · 3×3 · same"."""
        return ""

    @classmethod
    def is_offered(cls) -> bool:
        """Whether people add it as it is: a node that is folded from others has no ports before that."""
        return bool(cls.inputs or cls.outputs)

    @classmethod
    def ports(cls, params: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """The inputs and outputs of a node with these parameters, which need not be right."""
        return cls.inputs, cls.outputs

    def within(self, catalogue: Catalogue) -> Self:
        """Itself, knowing the catalogue that the node is of."""
        return self

    def follow(self, before: NodeType) -> None:
        """Take over what `before` found out, which stood for the same node until an edit."""

    @classmethod
    def search_words(cls) -> tuple[str, ...]:
        """What people may look for who do not know its name: keywords, and its names elsewhere."""
        elsewhere = (name for name in (cls.keras, cls.torch, cls.onnx) if name)
        return tuple(dict.fromkeys((*cls.keywords, *elsewhere)))

    @classmethod
    def input_port(cls, name: str) -> Port | None:
        return next((p for p in cls.inputs if p.name == name), None)

    @classmethod
    def output_port(cls, name: str) -> Port | None:
        return next((p for p in cls.outputs if p.name == name), None)


class Catalogue(Family[NodeType]):
    """Every node type there is, by name; those of other packages are named "prefix.Name"."""

    def __getitem__(self, name: str) -> type[NodeType]:
        """As in `Family`; of a package that is not there, the ParamError says what is missing."""
        if self.is_absent(name):
            prefix = name.partition(".")[0]
            raise ParamError(
                f"the type {name} belongs to a package that adds the node types {prefix}.*, and it is not installed "
                "here; install it, or put another node in this one's place"
            )
        return super().__getitem__(name)

    def is_absent(self, name: str) -> bool:
        """Whether that is the name of another package's type which is not there."""
        parts = name.split(".")
        return len(parts) == 2 and all(p.isidentifier() for p in parts) and name not in self

    def ports(self, node: Node) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """The inputs and outputs of a node; none where its type is not there."""
        return self[node.type].ports(node.params) if node.type in self else ((), ())

    def input_port(self, node: Node, name: str) -> Port | None:
        return next((p for p in self.ports(node)[0] if p.name == name), None)

    def is_annotation(self, node: Node) -> bool:
        """Whether a node only says something to people: a note, a frame."""
        return node.type in self and self[node.type].category == "annotation"

    def borrowed(self, node: Node) -> str | None:
        """The id of the node whose weights a node uses, where it names one."""
        key = self[node.type].borrows if node.type in self else ""
        return str(node.params[key]) if key in node.params else None

    def by_category(self) -> dict[str, list[type[NodeType]]]:
        groups: dict[str, list[type[NodeType]]] = {}
        for node_type in self:
            groups.setdefault(node_type.category, []).append(node_type)
        return groups

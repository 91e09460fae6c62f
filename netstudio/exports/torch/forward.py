"""The module's `forward`, and what its `__init__` has to make for it.

PyTorch's convolutions have the channels first. A tensor is kept as the last module left it, and turned round where
somebody wants it the other way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from netstudio.exports.code import document, layout
from netstudio.exports.code.emit import Emitter, substituted
from netstudio.exports.code.names import Names
from netstudio.exports.program import Program, Step
from netstudio.exports.torch.activations import FUNCTIONS
from netstudio.exports.torch.dialect import TORCH
from netstudio.exports.torch.made import Layout, Made, Site
from netstudio.exports.torch.modules import ROWS
from netstudio.exports.torch.training import differing
from netstudio.graph.facts import Analysis

# What nn.Module calls its own, of what a node's id may be.
OF_MODULE = (
    *("training", "forward", "train", "eval", "parameters", "buffers", "modules", "children", "state_dict", "apply"),
    *("load_state_dict", "type", "float", "double", "half", "bfloat16", "to", "cpu", "cuda", "ipu", "xpu", "mtia"),
    *("named_parameters", "named_buffers", "named_modules", "named_children", "zero_grad", "share_memory", "compile"),
    *("requires_grad_", "register_buffer", "register_parameter", "register_module", "add_module", "extra_repr"),
    *("get_parameter", "get_buffer", "get_submodule", "set_submodule", "get_extra_state", "set_extra_state"),
    *("to_empty", "dump_patches", "call_super_init", "T_destination"),
    *("register_forward_hook", "register_forward_pre_hook", "register_backward_hook", "register_full_backward_hook"),
    *("register_full_backward_pre_hook", "register_state_dict_pre_hook", "register_state_dict_post_hook"),
    *("register_load_state_dict_pre_hook", "register_load_state_dict_post_hook"),
)


@dataclass
class TorchEmitter(Emitter):
    """Knows some tensors with the channels first: by number, their names."""

    first: dict[int, str] = field(default_factory=dict)

    def knows(self, number: int) -> bool:
        if not super().knows(number) and number in self.first:
            name = self.names.fresh(f"{self.first[number]}_last")
            rank = len(self.program[number].shape)
            self.statement(f"{name} = {self.first[number]}{channels_last(rank)}")
            self.know(number, name)
        return super().knows(number)

    def channels_first(self, number: int) -> str:
        """The tensor with its channels first."""
        if number in self.first:
            return self.first[number]
        self.knows(number)
        return self.expression(number) + channels_first(len(self.program[number].shape))


def channels_first(rank: int) -> str:
    return ".transpose(1, 2)" if rank == 3 else f".permute{(0, rank - 1, *range(1, rank - 1))}"


def channels_last(rank: int) -> str:
    return ".transpose(1, 2)" if rank == 3 else f".permute{(0, *range(2, rank), 1)}"


class Forward:
    """Writes `forward`. `init` are the statements that `__init__` needs, `state` says which array becomes what."""

    def __init__(self, analysis: Analysis, p: Program, reserved: Iterable[str]) -> None:
        self._analysis, self._program = analysis, p
        self._attributes = Names(OF_MODULE)
        self._owners: dict[str, str] = {}
        self.init: list[str] = []
        self.state: dict[str, str] = {}
        self._spelled: list[str] = []
        names = Names(reserved)
        self.inputs = {id: names.fresh(id) for id in p.inputs}
        self.emitter = TorchEmitter(p, TORCH, names, self._held, depth=2)
        self._ends = {
            (s.attrs["id"], "out") if s.op == "load" else (s.attrs["of"], s.attrs["port"]): s.number
            for s in p.steps
            if s.op == "load" or (s.op == "leave" and not s.attrs["mask"])
        }
        self._made = self._modules()
        self._write()

    def _write(self) -> None:
        for s in self._program.steps:
            if s.op == "load":
                self._take(s)
        for node, steps in document.leaves(self._program):
            self.emitter.lines += ["", document.heading(self._analysis.graph, node, steps)]
            made = self._made.get(node)
            if made is None:
                self._spelled.append(node)
            for s in steps:
                several = sum(not other.attrs["mask"] for other in steps) > 1
                name = self.emitter.names.fresh(document.variable(s, several))
                if made is None or s.attrs["mask"]:
                    self.emitter.assign(s.number, name)
                else:
                    self._call(node, made, s.number, name)
        given = {name: self._shown(number) for name, number in self._program.outputs.items()}
        if len(given) == 1:
            self.emitter.statement(f"return {next(iter(given.values()))}")
        else:
            self.emitter.statement(f"return {{{', '.join(f'{layout.literal(k)}: {v}' for k, v in given.items())}}}")

    def _shown(self, number: int) -> str:
        self.emitter.knows(number)
        return self.emitter.expression(number)

    def _take(self, s: Step) -> None:
        """Whole numbers become floats where something reads them that is no table."""
        name = self.inputs[s.attrs["id"]]
        self.emitter.know(s.number, name)
        whole = self._program.inputs[s.attrs["id"]].dtype == "int"
        if whole and any(s.number in other.inputs and other.op != "gather" for other in self._program.steps):
            self.emitter.statement(f"{name} = {name}.float()")

    @property
    def spelled_out_noise(self) -> list[str]:
        """The nodes that no module computes and that do something else in training."""
        noisy = differing(self._analysis)
        return [node for node in self._spelled if node in noisy]

    # ---------------------------------------------------------------------------------------------- modules

    def _modules(self) -> dict[str, Made]:
        """The nodes that are modules. Those that share weights are so together or not at all."""
        found: dict[str, Made] = {}
        refused: set[str] = set()
        for node, steps in document.leaves(self._program):
            made = self._module(node, steps)
            if made is None:
                refused.add(self._analysis.nodes[node].weights_at)
            else:
                found[node] = made
        return {node: made for node, made in found.items() if self._analysis.nodes[node].weights_at not in refused}

    def _module(self, node: str, steps: Sequence[Step]) -> Made | None:
        facts = self._analysis.nodes[node]
        row = ROWS.get(type(facts.type).__name__)
        shown = [s for s in steps if not s.attrs["mask"]]
        is_known = all((source.node, source.port) in self._ends for _, source in facts.wiring)
        if row is None or len(shown) != 1 or not is_known or self._heeds_mask(shown[0]):
            return None
        return row(Site(facts))

    def _heeds_mask(self, leave: Step) -> bool:
        """Whether what leaves the node depends on which steps count."""
        todo, seen = list(leave.inputs), set[int]()
        while todo:
            s = self._program[todo.pop()]
            if s.op == "leave" and s.attrs["mask"]:
                return True
            if s.number not in seen and s.op != "leave":
                seen.add(s.number)
                todo += s.inputs
        return False

    def _call(self, node: str, made: Made, number: int, name: str) -> None:
        facts = self._analysis.nodes[node]
        inputs = [self._ends[source.node, source.port] for _, source in facts.wiring]
        taken = self._layout(made, inputs)
        read = [self.emitter.channels_first(n) if taken == "first" else self._shown(n) for n in inputs]
        trees = [ast.parse(text, mode="eval").body for text in read]
        axis = ast.parse("1" if taken == "first" else "-1", mode="eval").body
        values: dict[str, ast.expr] = {"inputs": ast.List(list(trees), ast.Load()), "axis": axis, "x": trees[0]}
        values |= {f"x{place}": tree for place, tree in enumerate(trees)}
        if made.init:
            values["module"] = ast.parse(f"self.{self._attribute(node, made)}", mode="eval").body
        result = substituted(made.call, values)
        if made.activation is not None:
            result = substituted(FUNCTIONS[made.activation], {"a": result, "axis": axis})
        self.emitter.statement(f"{name} = {layout.source(result)}")
        if (made.gives or taken) == "first":
            self.emitter.first[number] = name
        else:
            self.emitter.know(number, name)

    def _layout(self, made: Made, inputs: Sequence[int]) -> Layout:
        if made.takes != "any":
            return made.takes
        return "first" if all(n in self.emitter.first for n in inputs) else "last"

    def _attribute(self, node: str, made: Made) -> str:
        """The module's name; a node that borrows a layer has that of its owner."""
        at = self._analysis.nodes[node].weights_at
        if at not in self._owners:
            name = self._owners[at] = self._attributes.fresh(at)
            self.init.append(f"self.{name} = {made.init}")
            self.init += [line.replace("module", f"self.{name}") for line in made.also]
            if Site(self._analysis.nodes[node]).rests:
                self.init.append(f"self.{name}.requires_grad_(False)")
            for key, (weight, turned) in made.state.items():
                self.state[f"{name}.{key}"] = f'w["{at}/{weight}"]{turned}'
        return self._owners[at]

    # ---------------------------------------------------------------------------------------------- weights

    def _held(self, name: str) -> ast.expr:
        """A weight or a table of a node that is spelled out."""
        if name not in self._owners:
            attribute = self._owners[name] = self._attributes.fresh(name.replace("/", "_").replace("#", "_table"))
            self.init.append(self._parameter(name, attribute))
            self.state[attribute] = f'w["{name}"]'
        return ast.parse(f"self.{self._owners[name]}", mode="eval").body

    def _parameter(self, name: str, attribute: str) -> str:
        node, slash, weight = name.partition("/")
        array = self._program.weights[name] if slash else self.emitter.tables[name]
        zeros = f"torch.zeros({', '.join(map(str, array.shape)) or '()'})"
        facts = self._analysis.nodes.get(node)
        if facts is None or not slash or not facts.weights[weight].trainable:
            return f'self.register_buffer("{attribute}", {zeros})'
        learns = "" if not facts.node.frozen else ", requires_grad=False"
        return f"self.{attribute} = nn.Parameter({zeros}{learns})"

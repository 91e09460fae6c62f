"""ONNX files made ours.

`reading` makes plain values of the file, `patterns` puts back layers that exporters take apart, `inputs` adds the Input
nodes, `importing` goes through the operators (constants by `folding`, all else by `convert`), and `outputs` adds what
the model is trained by. A file that this program exported (`own`) comes back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from netstudio.errors import ModelImportError, suggestion
from netstudio.files.models import ModelFile
from netstudio.graph import Graph
from netstudio.graph.layout import layout
from netstudio.imports.imported import Imported
from netstudio.imports.onnx import convert
from netstudio.imports.onnx.importing import CONVERTERS, Importing
from netstudio.imports.onnx.inputs import make_inputs
from netstudio.imports.onnx.outputs import make_outputs
from netstudio.imports.onnx.own import KEY, own_export
from netstudio.imports.onnx.patterns import simplified
from netstudio.imports.onnx.reading import Declared, Op, Source, read_source
from netstudio.imports.onnx.tidy import tidied

__all__ = ["CONVERTERS", "convert", "read_onnx"]
CHANGED = "An export of this program that another one has changed since: it is read as any other file."


def read_onnx(path: str | Path, shapes: Mapping[str, Sequence[int]] | None = None) -> Imported:
    """The model in an ONNX file.

    `shapes` gives, by input, the sizes of a sample as the file has them (channels first) where the file leaves them
    open. FileError where the file can't be read, ModelImportError where it is damaged or holds what can't be expressed.
    """
    source = read_source(path)
    if (own := own_export(source)) is not None:
        return own
    made = _imported(source, shapes or {})
    return replace(made, notes=(CHANGED, *made.notes)) if KEY in source.metadata else made


def _imported(source: Source, shapes: Mapping[str, Sequence[int]]) -> Imported:
    _check_names(source, shapes)
    shown, notes, classes = _shown(source)
    ops = _needed(simplified(source.ops, source.constants, list(shown.values())), shown.values())
    to = Importing(source, ops, list(shown.values()))
    to.notes += notes
    read = {name for op in ops for name in op.inputs} | set(shown.values())
    unread = [i.name for i in source.inputs if i.name not in read]
    make_inputs(to, [i for i in source.inputs if i.name in read], shapes)
    to.notes += [f"The input {name} is left out: nothing that is predicted depends on it." for name in unread]
    to.run()
    targets = make_outputs(to, shown)
    built = to.builder
    tidied(built, [wire.source for wire in built.wires if wire.target.port == "pred"])
    settings = {"metrics": list(to.metrics)} if to.metrics else {}
    graph = Graph(_title(source), built.nodes, tuple(built.wires), training=settings)
    at = layout(graph)
    graph = replace(graph, nodes={id: replace(node, pos=at[id]) for id, node in built.nodes.items()})
    named = {targets[name]: labels for name, labels in classes.items() if name in targets}
    return Imported(ModelFile(graph, built.weights, named), tuple(to.notes))


def _title(source: Source) -> str:
    """The name of the graph, unless it is one that exporters give to all."""
    given = source.name.strip()
    return (
        source.path.stem
        if given.lower() in ("", "main_graph", "main", "graph", "torch_jit", "torch-jit-export")
        else given
    )


def _check_names(source: Source, shapes: Mapping[str, Sequence[int]]) -> None:
    names = [i.name for i in source.inputs]
    for name in shapes:
        if name not in names:
            near = suggestion(name, names)
            raise ModelImportError(f"{source.path} has no input {name!r}{near}; it has {', '.join(names) or 'none'}")
    if not names:
        raise ModelImportError(
            f"{source.path} has no inputs: it computes the same whatever the data; nothing to import"
        )


def _shown(source: Source) -> tuple[dict[str, str], list[str], dict[str, tuple[str, ...]]]:
    """The tensor that each output to be predicted shows, what was left out, and the names of classes by output."""
    makers = {name: op for op in source.ops for name in op.outputs}
    shown: dict[str, str] = {}
    classes: dict[str, tuple[str, ...]] = {}
    gone: list[Declared] = []
    for output in source.outputs:
        maker = makers.get(output.name)
        if (
            maker is not None and maker.type == "ZipMap" and maker.inputs
        ):  # a list of dicts by class: the numbers are its input
            shown[output.name] = maker.inputs[0]
            labels = maker.attributes.get("classlabels_strings") or maker.attributes.get("classlabels_int64s") or ()
            classes[output.name] = tuple(str(label) for label in labels)
        elif output.kind in ("float", "?"):
            shown[output.name] = output.name
        else:
            gone.append(output)
    if not shown:
        what = ", ".join(f"{o.name[:80]!r} ({o.kind})" for o in gone) or "none"
        raise ModelImportError(f"{source.path} has no output of numbers to predict: its outputs are {what}")
    kinds = {"int": "whole numbers, such as the classes that were chosen", "string": "text", "bool": "yes or no"}
    notes = [f"The output {o.name} is left out: it holds {kinds.get(o.kind, 'no tensor')}." for o in gone]
    return shown, notes, classes


def _needed(ops: Sequence[Op], wanted: Iterable[str]) -> list[Op]:
    """The operators that the wanted tensors depend on, in their order."""
    names, kept = set(wanted), []
    for op in reversed(ops):
        if not names.isdisjoint(n for n in op.outputs if n):
            kept.append(op)
            names.update(n for n in op.inputs if n)
    return kept[::-1]

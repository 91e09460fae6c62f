"""What every node type declares. Registering a type is what brings it here."""

from typing import get_args

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.graph.node_type import Category, NodeType
from netstudio.layers import LAYERS
from netstudio.layers.activations import NAMES, Activation, by_name
from netstudio.resources import RESOURCES, colours

TYPES = list(CATALOGUE)
every_type = pytest.mark.parametrize("node_type", TYPES, ids=lambda t: t.name)


@every_type
def test_documentation(node_type: type[NodeType]) -> None:
    summary = node_type.summary_line()
    assert 10 < len(summary) <= 110
    assert summary.endswith((".", ")"))
    assert len(node_type.doc().splitlines()) > 1, "the formula and the shapes are missing"
    assert "__doc__" in vars(node_type), "the documentation is inherited"


@every_type
def test_palette_entry(node_type: type[NodeType]) -> None:
    assert node_type.category in get_args(Category)
    assert (RESOURCES / "icons" / f"{node_type.icon}.svg").is_file()
    assert node_type.keywords
    assert all(k == k.strip() and k for k in node_type.keywords)
    assert len(set(node_type.keywords)) == len(node_type.keywords)


@every_type
def test_parameters(node_type: type[NodeType]) -> None:
    for name, param in node_type.declared.items():
        assert param.doc.endswith("."), name
        assert param.doc[0].isupper() or param.doc[0] == '"', name
        assert param.expected, name
        assert param.check(param.starting_value) is not None or param.optional, name


@every_type
def test_a_new_node_is_valid(node_type: type[NodeType]) -> None:
    node = node_type(**node_type.initial_params())
    assert node.params.keys() == node_type.declared.keys()
    assert isinstance(node.caption(), str)
    assert repr(node).startswith(node_type.name + "(")
    assert node == node_type(**node.params), "checked values are not taken back"


@every_type
def test_ports(node_type: type[NodeType]) -> None:
    for ports in (node_type.inputs, node_type.outputs):
        names = [p.name for p in ports]
        assert len(set(names)) == len(names)
    if "ports" not in vars(node_type):  # else each node's parameters say which it has
        assert bool(node_type.inputs or node_type.outputs) == (node_type.category != "annotation")


@every_type
def test_what_may_be_penalised_may_be_constrained(node_type: type[NodeType]) -> None:
    penalised = {name.removesuffix("_regularizer") for name in node_type.declared if name.endswith("_regularizer")}
    constrained = {name.removesuffix("_constraint") for name in node_type.declared if name.endswith("_constraint")}
    assert penalised == constrained


def test_names_and_aliases_differ() -> None:
    names = [n for t in TYPES for n in (t.name, *t.aliases)]
    assert len(names) == len(set(names))


def test_categories_have_colours() -> None:
    assert set(get_args(Category)) == set(colours()["categories"])


def test_activation_names_are_those_of_the_layers() -> None:
    declared = [t.activation_name for t in LAYERS if issubclass(t, Activation)]
    assert sorted(map(str, declared)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_activations_by_name(name: str) -> None:
    assert by_name(name).activation_name == name


@every_type
@pytest.mark.parametrize("framework", ["keras", "torch", "onnx"])
def test_counterparts(node_type: type[NodeType], framework: str) -> None:
    """Each names its counterpart or says why there is none."""
    said = getattr(node_type, framework) or node_type.without.get(framework)
    assert said, "neither a name nor a reason"
    assert said == said.strip()
    assert not said.endswith("."), "it stands in brackets or in a table"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        *[
            ("bce", "BinaryCrossentropy"),
            ("mse", "MeanSquaredError"),
            ("linear", "Dense"),
            ("batchnorm", "BatchNormalization"),
        ],
        *[
            ("residual", "Add"),
            ("avgpool", "AveragePooling2D"),
            ("gemm", "Dense"),
            ("label", "Target"),
            ("gap", "GlobalAveragePooling2D"),
            ("BatchNorm2d", "BatchNormalization"),
            ("LpNormalization", "UnitNormalization"),
        ],
    ],
)
def test_words_find_types(word: str, name: str) -> None:
    assert word in CATALOGUE[name].search_words()

"""Node types that another package adds, and graphs that need a package which is not there."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from netstudio import extensions
from netstudio.catalogue import CATALOGUE
from netstudio.errors import DocumentError, EditError
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.files.picture_svg import svg
from netstudio.files.scene import scene_of
from netstudio.graph import Endpoint, analyse
from netstudio.graph.edits import AddNode, Connect

# A package's layers, and what its own tests do.
SOURCE = '''
"""Layers of our own."""

from netstudio.graph.params import Float
from netstudio.layers.same_shape import SameShape


class Swish(SameShape):
    """x · sigmoid(beta · x)."""

    category = "activation"
    beta = Float(1.0, doc="How steep.")

    def lower(self, ops, x):
        return x * ops.sigmoid(x * self.beta)


class Wrong(SameShape):
    """Says that the shape stays, and sums the last axis away."""

    category = "activation"

    def lower(self, ops, x):
        return ops.sum(x, axes=(-1,))
'''
USE = """
import pytest
from netstudio.catalogue import CATALOGUE, EXTENSIONS
from netstudio.testing import check_node_type
import acme_layers
assert [t.name for t in EXTENSIONS.node_types] == ["acme.Swish", "acme.Wrong"], EXTENSIONS
assert CATALOGUE["acme.Swish"] is acme_layers.Swish
check_node_type("acme.Swish", {"beta": 1.5}, inputs=[(4, 3)])
with pytest.raises(AssertionError):
    check_node_type("acme.Wrong", inputs=[(4, 3)])
"""
TEXT = """{
  "format": "netstudio/graph", "version": 1, "name": "needs acme",
  "nodes": [
    {"id": "x", "type": "Input", "params": {"shape": [5]}, "pos": [0, 0]},
    {"id": "s", "type": "acme.Swish", "params": {"beta": 2.0}, "pos": [200, 0]},
    {"id": "out", "type": "Output", "pos": [400, 0]}
  ],
  "wires": [
    ["x.out", "s.in"],
    ["s.out", "out.in"]
  ]
}
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that looks like one with a package installed in it."""
    (tmp_path / "acme_layers.py").write_text(SOURCE, encoding="utf-8")
    about = tmp_path / "acme_layers-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-layers\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{extensions.GROUP}]\nacme = acme_layers\n")
    return tmp_path


def test_a_package_adds_node_types_and_checks_them(installed: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(installed)!r})\n{USE}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_package_that_fails_is_told_and_keeps_no_other_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "good_layers.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "bad_layers.py").write_text("raise RuntimeError('no licence')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    names = [("good", "good_layers"), ("bad", "bad_layers"), ("a b", "good_layers")]
    found = extensions.find([EntryPoint(name, value, extensions.GROUP) for name, value in names])
    assert [t.name for t in found.node_types] == ["good.Swish", "good.Wrong"]
    assert found.failures == (
        "'a b' can't be a prefix of node types; expected letters, digits and underscores",
        "the node types bad.* are missing: bad_layers can't be imported (RuntimeError('no licence'))",
    )


def test_a_graph_that_needs_an_absent_package_opens_and_is_kept() -> None:
    graph = parse_graph(TEXT)
    assert dump_graph(graph) == TEXT
    (problem,) = (p for p in analyse(graph, CATALOGUE).problems if p.severity == "error")
    assert problem.node == "s"
    assert problem.message == (
        "s: the type acme.Swish belongs to a package that adds the node types acme.*, and it is not installed here; "
        "install it, or put another node in this one's place"
    )
    assert "acme.Swish" in svg(scene_of(graph))


def test_what_is_missing_can_not_be_added_or_wired() -> None:
    graph = parse_graph(TEXT)
    with pytest.raises(EditError, match="is not installed here"):
        AddNode("acme.Swish").apply(graph, CATALOGUE)
    with pytest.raises(EditError, match="unknown type"):
        Connect(Endpoint("x", "out"), Endpoint("s", "other")).apply(graph, CATALOGUE)


def test_a_name_that_no_package_can_have_is_still_an_error() -> None:
    with pytest.raises(DocumentError, match=r"unknown type 'acme\.a\.Swish'"):
        parse_graph(TEXT.replace("acme.Swish", "acme.a.Swish"))

"""The user's library of blocks: what is kept comes back, and what is damaged is told and harms nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netstudio import blocks
from netstudio.catalogue import CATALOGUE
from netstudio.errors import FileError, ParamError
from netstudio.files.documents import save_graph
from netstudio.graph import Graph, Node
from netstudio.graph.edits import AddNodes, Group
from tests.graphs import cnn


@pytest.fixture(name="node")
def block() -> Node:
    graph, id = Group(("bn", "relu", "pool"), "norm").place(cnn(), CATALOGUE)
    return graph.nodes[id]


def names(place: Path) -> list[str]:
    return [block.name for block in blocks.all(place).blocks]


def test_what_is_kept_comes_back_whole(tmp_path: Path, node: Node) -> None:
    kept = blocks.save("Norm, ReLU & pool", replace(node, frozen=True), tmp_path / "new" / "blocks")
    loaded = blocks.load("Norm, ReLU & pool", tmp_path / "new" / "blocks")
    assert kept.path.name == "norm-relu-pool.json"
    assert (loaded.params, loaded.frozen, loaded.label) == (node.params, True, "Norm, ReLU & pool")
    graph, ids = AddNodes((loaded,), ()).place(cnn(), CATALOGUE)
    assert graph.nodes[ids[0]].params == node.params


def test_the_blocks_are_listed_by_name(tmp_path: Path, node: Node) -> None:
    assert blocks.all(tmp_path / "none") == blocks.Library((), ())
    for name in ("second", "First", "first "):
        blocks.save(name, node, tmp_path)
    assert names(tmp_path) == ["First", "first", "second"]


def test_a_block_takes_the_place_of_the_one_of_its_name(tmp_path: Path, node: Node) -> None:
    blocks.save("one", node, tmp_path)
    blocks.save("one", replace(node, frozen=True), tmp_path)
    assert blocks.load("one", tmp_path).frozen
    assert len(list(tmp_path.iterdir())) == 1


def test_names_that_make_one_file_name_are_kept_apart(tmp_path: Path, node: Node) -> None:
    for name in ("a b", "a-b", "Ä", "Ö", "con"):
        blocks.save(name, node, tmp_path)
    assert sorted(names(tmp_path)) == ["a b", "a-b", "con", "Ä", "Ö"]


def test_renaming_and_removing(tmp_path: Path, node: Node) -> None:
    blocks.save("one", node, tmp_path)
    blocks.save("two", node, tmp_path)
    with pytest.raises(FileError, match="there is a block 'two' already; choose another name"):
        blocks.rename("one", "two", tmp_path)
    blocks.rename("one", "three", tmp_path)
    assert names(tmp_path) == ["three", "two"]
    blocks.remove("three", tmp_path)
    assert names(tmp_path) == ["two"]
    with pytest.raises(FileError, match="there is no block 'twp': did you mean 'two'"):
        blocks.remove("twp", tmp_path)


def test_damaged_files_are_told_and_keep_no_other_from_being_offered(tmp_path: Path, node: Node) -> None:
    blocks.save("whole", node, tmp_path)
    (tmp_path / "cut.json").write_text('{"format": "netstudio/gra')
    (tmp_path / "bytes.json").write_bytes(b"\xff\x00")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "notes.txt").write_text("no block, and not looked at")
    save_graph(Graph("whole", {node.id: node}), tmp_path / "twin.json")
    save_graph(cnn(), tmp_path / "cnn.json")
    library = blocks.all(tmp_path)
    assert [block.name for block in library.blocks] == ["whole"]
    told = dict(zip(["bytes", "cnn", "cut", "folder", "whole"], sorted(library.failures), strict=True))
    assert "cnn.json is no block: expected a document with one Composite in it" in told["cnn"]
    assert "cut.json" in told["cut"]
    assert "folder.json is a folder" in told["folder"]
    assert "a second block 'whole'" in told["whole"]


def test_what_is_no_block_and_what_is_no_name(tmp_path: Path, node: Node) -> None:
    with pytest.raises(ParamError, match="only blocks are kept: group nodes to one"):
        blocks.save("dense", Node("d", "Dense", {"units": 3}), tmp_path)
    for name in ("", "  ", "x" * 81):
        with pytest.raises(ParamError, match="expected 1 to 80"):
            blocks.save(name, node, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_can_not_be_made(tmp_path: Path, node: Node) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="can't make the folder"):
        blocks.save("one", node, tmp_path / "file" / "blocks")
    assert blocks.all(tmp_path / "file" / "blocks") == blocks.Library((), ())

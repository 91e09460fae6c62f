"""The user's library of blocks: Composite nodes kept for other graphs, each a graph document with that one node in it.

The files lie in `blocks` of the user's data folder, so that they can be looked at, copied and handed on. A name is the
name of the document; no two blocks have one name. One that can't be read is told and keeps no other from being offered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_data_path

from netstudio.errors import FileError, NetStudioError, ParamError, suggestion
from netstudio.files.documents import load_graph, save_graph
from netstudio.files.reading import reason
from netstudio.graph import Graph, Node
from netstudio.graph.nested import COMPOSITE

LONGEST = 80  # characters of a name


@dataclass(frozen=True)
class Block:
    """A kept block: what people call it, the Composite, and the file it is in."""

    name: str
    node: Node
    path: Path


@dataclass(frozen=True)
class Library:
    """Every block that can be read, by name, and in words what is wrong with the files that can't."""

    blocks: tuple[Block, ...]
    failures: tuple[str, ...]


def folder() -> Path:
    """Where blocks are kept; it need not be there yet."""
    return user_data_path("netstudio", appauthor=False) / "blocks"


def all(place: Path | None = None) -> Library:
    """What is kept in `place`, or in the user's folder. Never raises: what can't be read is among the failures."""
    blocks: dict[str, Block] = {}
    failures: list[str] = []
    for path in _files(place or folder(), failures):
        try:
            block = _read(path)
        except NetStudioError as error:
            failures.append(str(error).partition("\n")[0])
            continue
        if block.name in blocks:
            failures.append(f"{path} holds a second block {block.name!r}; rename or remove one of the files")
        else:
            blocks[block.name] = block
    return Library(
        tuple(blocks[name] for name in sorted(blocks, key=lambda name: (name.lower(), name))), tuple(failures)
    )


def load(name: str, place: Path | None = None) -> Node:
    """The Composite that is kept under `name`; FileError where there is none."""
    return _named(name, place).node


def save(name: str, node: Node, place: Path | None = None) -> Block:
    """Keep a Composite under `name`, in place of the one of that name.

    ParamError where that is no name or the node no block, FileError where the file can't be written.
    """
    if node.type != COMPOSITE:
        raise ParamError(f"{node.title} is a node of the type {node.type}; only blocks are kept: group nodes to one")
    name, place = _checked(name), place or folder()
    known = {block.name: block.path for block in all(place).blocks}
    kept = Block(name, replace(node, pos=(0.0, 0.0), label=name), known.get(name) or _free_path(name, place))
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"can't make the folder {place}: {reason(error)}; mend its permissions") from error
    save_graph(Graph(name, {node.id: kept.node}), kept.path)
    return kept


def rename(old: str, new: str, place: Path | None = None) -> Block:
    """Keep the block `old` under the name `new`; FileError where there is none, or already one called `new`."""
    block, new = _named(old, place), _checked(new)
    if new != old and new in [b.name for b in all(place).blocks]:
        raise FileError(f"there is a block {new!r} already; choose another name, or remove it first")
    made = save(new, block.node, place)
    if made.path != block.path:
        _unlink(block.path)
    return made


def remove(name: str, place: Path | None = None) -> None:
    """Forget the block of that name; FileError where there is none, or its file can't be removed."""
    _unlink(_named(name, place).path)


def _files(place: Path, failures: list[str]) -> list[Path]:
    try:
        return sorted(place.glob("*.json")) if place.is_dir() else []
    except OSError as error:
        failures.append(f"can't read the folder {place}: {reason(error)}; mend its permissions")
        return []


def _read(path: Path) -> Block:
    graph = load_graph(path)
    nodes = list(graph.nodes.values())
    if len(nodes) != 1 or nodes[0].type != COMPOSITE:
        raise FileError(f"{path} is no block: expected a document with one Composite in it, and nothing else")
    return Block(graph.name, nodes[0], path)


def _named(name: str, place: Path | None) -> Block:
    known = {block.name: block for block in all(place).blocks}
    if name not in known:
        raise FileError(f"there is no block {name!r}{suggestion(name, known) or f' in {place or folder()}'}")
    return known[name]


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST:
        raise ParamError(f"the name of a block has {len(name)} characters; expected 1 to {LONGEST}")
    return name


def _free_path(name: str, place: Path) -> Path:
    """A file that is not there yet, named like the block as far as every system allows."""
    stem, number = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "block", 1
    stem = stem if stem not in ("con", "prn", "aux", "nul") else f"{stem}-block"
    while (path := place / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")).exists():
        number += 1
    return path


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"can't remove {path}: {reason(error)}; mend its permissions") from error

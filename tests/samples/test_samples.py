"""Every sample is right, stands in good order, and trains as it is."""

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from netstudio import Trainer
from netstudio.catalogue import CATALOGUE
from netstudio.files.documents import dump_graph, load_graph
from netstudio.files.scene import CARD, STRETCH
from netstudio.graph import Graph, analyse
from netstudio.resources import SAMPLES, sample_seconds

PROMISE = re.compile(r"Expect (\w+) of at (least|most) ([\d.]+)\.$")
PATHS = sorted(SAMPLES.glob("*.json"))
NAMES = {
    "digits_mlp", "digits_cnn", "iris", "breast_cancer", "diabetes", "two_heads", "dense_32_64_10",
    "binary_10_64_32_1", "mnist_mlp", "image_cnn", "digits_autoencoder",
    "digits_siamese", "digits_unet", "digits_vae", "sunspots_lstm", "text_languages",
    "digits_transformer",
}  # fmt: skip


def test_the_samples_are_there() -> None:
    assert {p.stem for p in PATHS} >= NAMES


def test_it_is_known_how_long_each_takes() -> None:
    assert set(sample_seconds()) == {p.stem for p in PATHS}, "run python -m netstudio.bench.samples"


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_sample_has_no_problems_and_is_written_as_we_write(path: Path) -> None:
    graph = load_graph(path)
    assert analyse(graph, CATALOGUE).problems == ()
    assert dump_graph(graph) == path.read_text(encoding="utf-8")
    assert graph.name != "untitled"


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_samples_nodes_go_from_left_to_right_and_keep_apart(path: Path) -> None:
    nodes = load_graph(path).nodes
    for wire in load_graph(path).wires:
        assert nodes[wire.source.node].pos[0] < nodes[wire.target.node].pos[0]
    for a, b in combinations(nodes.values(), 2):
        apart = abs(a.pos[0] - b.pos[0]) * STRETCH >= CARD[0] or abs(a.pos[1] - b.pos[1]) >= CARD[1] + 20
        assert apart, (a.id, b.id)


def quick(graph: Graph, epochs: int) -> Graph:
    return replace(graph, training={**graph.training, "epochs": epochs})


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_sample_learns_in_two_epochs(path: Path) -> None:
    trainer = Trainer.from_graph(quick(load_graph(path), 2), folder=path.parent, threads=1)
    for _ in trainer.run():
        pass
    losses = trainer.history.history["loss"]
    assert losses[1] < losses[0]
    assert len(trainer.history.history["val_loss"]) == 2


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_sample_comes_to_what_its_note_promises(path: Path) -> None:
    graph = load_graph(path)
    note = next(node for node in graph.nodes.values() if node.type == "Note")
    promised = PROMISE.search(note.params["text"])
    assert promised is not None, "the note ends with a figure and the value to expect"
    name, side, value = promised.groups()
    trainer = Trainer.from_graph(graph, folder=path.parent, threads=1)
    for _ in trainer.run():
        pass
    reached = trainer.history.history[name][-1]
    assert reached >= float(value) if side == "least" else reached <= float(value)

"""Every sample is right, stands in good order, and trains as it is."""

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

PATHS = sorted(SAMPLES.glob("*.json"))
NAMES = {
    "digits_mlp", "digits_cnn", "iris", "breast_cancer", "diabetes", "two_heads", "dense_32_64_10",
    "binary_10_64_32_1", "mnist_mlp", "image_cnn", "digits_autoencoder",
    "digits_siamese", "digits_unet", "digits_vae", "sunspots_lstm", "text_languages",
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


def test_the_convolutions_read_digits_as_promised() -> None:
    trainer = Trainer.from_graph(load_graph(SAMPLES / "digits_cnn.json"), threads=1)
    for _ in trainer.run():
        pass
    assert max(trainer.history.history["val_accuracy"]) >= 0.98


def test_digits_are_redrawn_from_ten_numbers_as_promised() -> None:
    """Pixels lie in [0, 1]; those of the mean digit are off by 0.19."""
    trainer = Trainer.from_graph(load_graph(SAMPLES / "digits_autoencoder.json"), threads=1)
    for _ in trainer.run():
        pass
    assert min(trainer.history.history["val_mean_absolute_error"]) <= 0.07

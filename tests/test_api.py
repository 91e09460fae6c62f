"""The public interface, as a script uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import netstudio as ns
from netstudio import errors
from tests.graphs import cnn, regression
from tests.training.examples import assert_same_weights, images, numbers

SAMPLES = Path(__file__).parent.parent / "samples"


def test_a_script_from_document_to_prediction(tmp_path: Path) -> None:
    """Load, train, evaluate, save, load again, predict: on real digits, well above chance."""
    document = json.loads((SAMPLES / "digits_cnn.json").read_text())
    (tmp_path / "cnn.json").write_text(json.dumps(document))
    graph = ns.load_graph(tmp_path / "cnn.json")
    x, y = load_digits(return_X_y=True)
    x = (x / 16.0).reshape(-1, 8, 8, 1)[:600]
    model = ns.compile(graph, seed=0, threads=1)
    history = model.fit(x[:500], y[:500], epochs=4, validation_data=(x[500:], y[500:600]))
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert model.evaluate(x[500:], y[500:600])["accuracy"] > 0.7
    model.save(tmp_path / "m.npz")
    loaded = ns.load_model(tmp_path / "m.npz")
    np.testing.assert_array_equal(loaded.predict(x[500:]), model.predict(x[500:]))
    assert loaded.history.history == history.history


def test_graphs_are_saved_as_they_were(tmp_path: Path) -> None:
    for sample in SAMPLES.glob("*.json"):
        graph = ns.load_graph(sample)
        ns.save_graph(graph, tmp_path / sample.name)
        assert ns.load_graph(tmp_path / sample.name) == graph


def test_a_loaded_model_trains_on(tmp_path: Path) -> None:
    """As one that was given the same weights: the optimizer starts anew."""
    x, y = images()
    model = ns.compile(cnn(), seed=4, threads=1)
    model.fit(x, y)
    model.save(tmp_path / "m.npz")
    twin, loaded = ns.compile(cnn(), seed=4, threads=1), ns.load_model(tmp_path / "m.npz")
    twin.set_weights(model.weights)
    assert twin.fit(x, y, epochs=2).history == loaded.fit(x, y, epochs=2).history
    assert_same_weights(twin, loaded)


def test_a_saved_model_is_a_plain_archive(tmp_path: Path) -> None:
    model = ns.compile(cnn(), threads=1)
    model.export(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert {n for n in file.files if not n.startswith("__")} == set(model.weights)
        assert file["conv1/kernel"].shape == (3, 3, 2, 6)
        assert json.loads(bytes(file["__netstudio__.json"]))["graph"]["format"] == "netstudio/graph"


def test_compile_takes_its_settings_from_the_document_and_from_the_caller() -> None:
    made = regression(seed=7)
    assert ns.compile(made, threads=1).seed == 7
    assert ns.compile(made, seed=8, threads=1).seed == 8
    assert ns.compile(made, threads=2).threads == 2
    assert ns.compile(made).threads >= 1
    double = ns.compile(made, threads=1, dtype="float64")
    assert double.predict(numbers()[0]).dtype == np.float64
    assert double.weights["out/kernel"].dtype == np.float64


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dtype": "float16"}, "dtype is 'float16'; expected 'float32' or 'float64'"),
        ({"dtype": "floaty"}, "dtype is 'floaty'; expected 'float32' or 'float64'"),
        ({"threads": 0}, "threads is 0; expected an integer of 1 or more"),
        ({"threads": 1.5}, "threads is 1.5; expected an integer of 1 or more"),
        ({"seed": -1}, "seed is -1; expected an integer of 0 or more"),
        ({"seed": 2**63}, "seed is 9223372036854775808; expected an integer of 0 or more, below 2**63"),
        ({"seed": True}, "seed is True; expected an integer of 0 or more"),
    ],
)
def test_compile_says_which_argument_is_wrong(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(errors.ParamError) as caught:
        ns.compile(cnn(), **arguments)  # type: ignore[arg-type]
    assert words in str(caught.value)


@pytest.mark.parametrize("size", [0, -3])
def test_a_batch_has_at_least_one_row(size: int) -> None:
    x, y = images()
    model = ns.compile(cnn(), threads=1)
    for use in (lambda: model.predict(x, batch_size=size), lambda: model.evaluate(x, y, batch_size=size)):
        with pytest.raises(errors.ParamError, match=f"batch_size is {size}; expected an integer of 1 or more"):
            use()


def test_the_largest_seed_trains() -> None:
    x, y = images()
    assert ns.compile(cnn(), seed=2**63 - 1, threads=1).fit(x, y).history["loss"][0] > 0


def test_gradcheck_is_public() -> None:
    ns.testing.gradcheck(regression())


def test_errors_are_of_one_family() -> None:
    wrong = ns.Graph(nodes={**regression().nodes}, wires=regression().wires[1:])
    with pytest.raises(ns.errors.NetStudioError):
        ns.compile(wrong)
    public = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]
    assert all(issubclass(e, ns.errors.NetStudioError | Warning) for e in public)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'netstudio' has no attribute 'compyle'"):
        ns.compyle  # noqa: B018


def test_every_public_name_is_there() -> None:
    for name in ns.__all__:
        assert getattr(ns, name) is not None
        assert name in dir(ns)


def test_importing_wakes_neither_qt_nor_numba() -> None:
    program = (
        "import sys, netstudio as ns; ns.load_graph; ns.Graph; "
        "print([m for m in ('PySide6', 'numba', 'llvmlite') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"

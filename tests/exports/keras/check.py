"""Keras itself opens what was exported, and predicts the same. By hand, since it takes Keras and a minute:

python -m tests.exports.keras.check write FOLDER
KERAS_BACKEND=torch PYTHON_WITH_KERAS tests/exports/keras/check.py read FOLDER
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

TOLERANCE = 2e-5
BATCHES = (1, 3)
KNOWN = "Skipping variable loading for optimizer", "destroy the mask"


def write(folder: Path) -> None:
    """Every model as archive and as code, with samples and what the model makes of them."""
    from netstudio.errors import ExportError
    from netstudio.exports import export
    from tests.exports.keras.models import models

    folder.mkdir(parents=True, exist_ok=True)
    for name, file in models():
        try:
            export(file, folder / f"{name}.keras")
            export(file, folder / f"{name}.py", "keras")
        except ExportError as error:
            print(f"{name}: {error}")
            continue
        except Exception as error:
            print(f"{name}: FAILED {type(error).__name__}: {error}")
            continue
        _expected(folder / f"{name}.npz", file)


def _expected(path: Path, file: Any) -> None:
    from netstudio.training.model import Model

    model = Model(file.graph, seed=0)
    model.set_weights(file.weights)
    arrays: dict[str, Any] = {}
    for batch in BATCHES:
        rng = np.random.default_rng(batch)
        inputs = {id: _samples(rng, batch, spec, file) for id, spec in _inputs(model)}
        found = model.predict(inputs if len(inputs) > 1 else next(iter(inputs.values())))
        outputs = found if isinstance(found, dict) else {"": found}
        arrays |= {f"{batch}/x/{id}": a for id, a in inputs.items()}
        arrays |= {f"{batch}/y/{id}": a for id, a in outputs.items()}
    np.savez(path, **arrays)


def _inputs(model: Any) -> list[tuple[str, Any]]:
    return [(i, f.outputs[0]) for i, f in model.analysis.nodes.items() if f.node.type == "Input"]


def _samples(rng: np.random.Generator, batch: int, spec: Any, file: Any) -> Any:
    shape = (batch, *spec.shape)
    if spec.dtype == "int":
        sizes = [n.params.get("input_dim", 2) for n in file.graph.nodes.values() if n.type == "Embedding"]
        return rng.integers(0, min(sizes, default=2), shape)
    x = rng.normal(size=shape).astype(np.float32)
    if len(spec.shape) == 2:
        x[:, -2:] *= rng.random((batch, 1, 1)) < 0.7  # padded steps
    return x


def read(folder: Path) -> None:
    """Open each file with Keras and compare."""
    import keras

    wrong = 0
    for path in sorted(folder.glob("*.npz")):
        if path.name.endswith(".weights.npz"):
            continue
        arrays = dict(np.load(path))
        for form, load in (("keras", _archived), ("py", _built)):
            source = path.with_suffix(f".{form}")
            if not source.exists():
                continue
            try:
                with warnings.catch_warnings(record=True) as warned:
                    warnings.simplefilter("always")
                    problem = _compared(load(keras, source), arrays)
                told = [
                    str(w.message) for w in warned if "Skipping variable loading for optimizer" not in str(w.message)
                ]
                problem = problem or "; ".join(t for t in told if "keras" in t.lower() and "destroy the mask" not in t)
            except Exception as error:
                problem = f"{type(error).__name__}: {str(error)[-700:]}"
            if problem:
                wrong += 1
                print(f"{source.name}: {problem}", flush=True)
    print(f"{wrong} wrong")


def _archived(keras: Any, path: Path) -> Any:
    return keras.saving.load_model(path)


def _built(keras: Any, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"built_{path.stem.replace('-', '_')}", path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module.load()


def _compared(model: Any, arrays: dict[str, Any]) -> str:
    worst = ""
    for batch in BATCHES:
        names = {tensor.name for tensor in model.inputs}  # fewer, where one serves the loss alone
        given = {k.split("/", 2)[2]: a for k, a in arrays.items() if k.startswith(f"{batch}/x/")}
        given = {name: array for name, array in given.items() if name in names}
        wanted = {k.split("/", 2)[2]: a for k, a in arrays.items() if k.startswith(f"{batch}/y/")}
        found = model(given if len(given) > 1 else next(iter(given.values())))
        outputs = found if isinstance(found, dict) else {next(iter(wanted)): found}
        for name, array in wanted.items():
            import keras

            made = keras.ops.convert_to_numpy(outputs[name])
            if made.shape != array.shape:
                return f"{name}: the shape {made.shape}, expected {array.shape}"
            scale = max(1.0, np.abs(np.nan_to_num(array)).max(initial=0.0))
            if not np.allclose(made, array, 0.0, TOLERANCE * scale, equal_nan=True):
                worst = f"{name}: off by {np.abs(made - array).max():.2g} in a batch of {batch}"
    return worst


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))

"""Whether exported PyTorch modules do what the models do; run by hand, since tests need no PyTorch.

python -m tests.exports.torch.check FOLDER                 # writes modules and what they should predict
TORCH/bin/python tests/exports/torch/check.py FOLDER       # compares; prints what differs
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

CLOSE = 1e-5  # of the largest number of an output
ROWS = 1, 3


def write(folder: Path) -> None:
    """Each model as a module, with samples, what it predicts for them, and how many numbers it learns."""
    from netstudio.exports.program import analysed, program
    from netstudio.exports.torch import write
    from netstudio.training.storage import model_file
    from tests.exports.code import models

    for name, graph in models.graphs():
        model = models.model_of(graph)
        file = model_file(model)
        write(file, folder / f"{name}.py")
        p, facts = program(file), analysed(graph).nodes
        specs = {f"{id}/{key}": spec for id, fact in facts.items() for key, spec in fact.weights.items()}
        learnt = sum(
            a.size for key, a in p.weights.items() if specs[key].trainable and not graph.nodes[key.split("/")[0]].frozen
        )
        found: dict[str, Any] = {}
        for rows in ROWS:
            x = models.samples(graph, rows)
            found |= {f"{rows}/x/{id}": x[id] for id in p.inputs}
            found |= {f"{rows}/y/{key}": y for key, y in models.predicted(model, x).items()}
        np.savez(folder / f"{name}.expected.npz", **found)
        (folder / f"{name}.json").write_text(json.dumps({"inputs": list(p.inputs), "learnt": learnt}))


def compare(folder: Path) -> int:
    """How many modules differ."""
    wrong = 0
    for told in sorted(folder.glob("*.json")):
        for problem in problems(told.with_suffix(""), json.loads(told.read_text())):
            wrong += 1
            print(f"{told.stem}: {problem}")
    print(f"{len(list(folder.glob('*.json')))} modules, {wrong} problems")
    return wrong


def problems(path: Path, told: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a module: other predictions, another number of parameters, no gradient for one of them."""
    import torch

    spec = importlib.util.spec_from_file_location(path.name, path.with_suffix(".py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load()
    expected = np.load(path.with_suffix(".expected.npz"))
    for rows in ROWS:
        x = [torch.tensor(expected[f"{rows}/x/{id}"]) for id in told["inputs"]]
        with torch.no_grad():
            found = model(*x)
        for key, y in (found if isinstance(found, dict) else {"": found}).items():
            want = expected[f"{rows}/y/{key}"]
            if y.dtype != torch.float32 or y.shape != want.shape:
                yield f"{key} is {y.dtype} {tuple(y.shape)}, not {want.shape}"
            elif not np.allclose(y.detach(), want, CLOSE, CLOSE * max(1.0, np.abs(want).max())):
                yield f"{key} differs by {np.abs(y.detach().numpy() - want).max():g}"
    learnt = [p for p in model.parameters() if p.requires_grad]
    if sum(p.numel() for p in learnt) != told["learnt"]:
        yield f"{sum(p.numel() for p in learnt)} parameters, not {told['learnt']}"
    if learnt:
        yield from untrained(model, x)


def untrained(model: Any, x: list[Any]) -> Iterator[str]:
    """The parameters that training does not reach."""
    import torch

    found = model.train()(*x)
    outputs = found.values() if isinstance(found, dict) else [found]
    sum((y * torch.randn_like(y)).sum() for y in outputs).backward()
    yield from (f"no gradient for {n}" for n, p in model.named_parameters() if p.requires_grad and p.grad is None)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if place.is_dir():
        sys.exit(1 if compare(place) else 0)
    place.mkdir()
    write(place)

"""Where the callbacks of a run stand, kept in its checkpoints, so that a resumed run goes on with what they have seen.

In a file, what is plain stands in the checkpoint's JSON, arrays beside the optimizer's, under `callbacks/<number>/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import ModelFileError
from netstudio.training.callbacks.base import Callback, Run

Array = NDArray[Any]
ARRAYS = "callbacks/"


@dataclass(frozen=True)
class Standing:
    """What one callback gave by `state`; `identity` tells whose it is."""

    identity: str
    values: Mapping[str, Any]


def standings(callbacks: Iterable[Any]) -> list[Standing]:
    """Where those callbacks stand that can tell."""
    return [Standing(c.identity, c.state()) for c in callbacks if isinstance(c, Callback)]


def go_on(run: Run, callbacks: Iterable[Any], stood: Sequence[Standing]) -> None:
    """Let every callback go on from where its like stood; one that is new begins anew."""
    left = list(stood)
    for callback in callbacks:
        identity = callback.identity if isinstance(callback, Callback) else None
        place = next((i for i, s in enumerate(left) if s.identity == identity), None)
        if place is not None:
            callback.restore(run, left.pop(place).values)


def parted(stood: Sequence[Standing]) -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """The standings as plain JSON and as arrays by name."""
    plain = [{"of": s.identity, **{k: v for k, v in s.values.items() if not isinstance(v, np.ndarray)}} for s in stood]
    arrays = {
        f"{ARRAYS}{i}/{k}": v for i, s in enumerate(stood) for k, v in s.values.items() if isinstance(v, np.ndarray)
    }
    return plain, arrays


def joined(plain: Any, arrays: Mapping[str, Array]) -> list[Standing]:
    """What `parted` parted. ModelFileError where it is no such thing."""
    if not isinstance(plain, list) or not all(isinstance(p, dict) and isinstance(p.get("of"), str) for p in plain):
        raise ModelFileError('the "callbacks" of the checkpoint are no list of states; make a new checkpoint')
    found = []
    for i, values in enumerate(plain):
        prefix = f"{ARRAYS}{i}/"
        own = {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
        found.append(Standing(values["of"], {**{k: v for k, v in values.items() if k != "of"}, **own}))
    return found

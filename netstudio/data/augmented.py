"""What augmentations make of samples, to be looked at before training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netstudio.augmentations.base import Augmentation, Batch
from netstudio.augmentations.pipeline import augment, require_suited
from netstudio.data.dataset import Array
from netstudio.engine.ir import Builder
from netstudio.engine.kernels import state as places
from netstudio.engine.layout import Recipe, lay_out
from netstudio.engine.ops import step as steps
from netstudio.engine.program import Program
from netstudio.engine.state import State
from netstudio.graph.tensor import TensorSpec

NODE = "sample"


def augmented(augmentations: Sequence[Augmentation], samples: Array, count: int, seed: int = 0, step: int = 0) -> Array:
    """`count` of the (rows, ...) samples, from the first on and over again, as a training step would see them; float32.

    `seed` and `step` draw the numbers, as they do in training. TrainingError where one of the augmentations does not
    suit such samples.
    """
    spec = TensorSpec(tuple(samples.shape[1:]))
    require_suited(augmentations, {NODE: spec})
    given = np.ascontiguousarray(samples[: min(count, len(samples))], np.float32)
    program = _program(tuple(augmentations), count, spec)
    state = program.state
    state.feed([given])
    state.begin(np.arange(count) % len(given), count, 1, np.zeros((0, 0)))
    state[places.SEED], state[places.GLOBAL_STEP] = seed, step
    program.tape.run()
    return program.shown(NODE).copy()


def _program(augmentations: tuple[Augmentation, ...], count: int, spec: TensorSpec) -> Program:
    builder: Any = Builder()
    load = builder.make(steps.LOAD, feed=0, shape=(count, *spec.shape))
    shown: Any = augment(builder, augmentations, Batch({NODE: load}, {}, {NODE: spec}, {})).inputs[NODE]
    return Program(lay_out(Recipe(builder, {}, shown={NODE: shown}), np.dtype(np.float32), 1), State(1, 0))

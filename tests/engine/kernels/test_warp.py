"""Images through affine maps, against a slow twin and against the same bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_memory import Guarded, arguments

from netstudio.engine.kernels import warp as kernels

STAY = (1, 0, 0, 0, 1, 0)
ACROSS, DOWN, HALF_TURN = (-1, 0, 0, 0, 1, 0), (1, 0, 0, 0, -1, 0), (-1, 0, 0, 0, -1, 0)


def run(images, maps, fill="nearest", nearest=False, workers=1):
    images, maps = np.ascontiguousarray(images), np.ascontiguousarray(np.transpose(maps), images.dtype)
    out = Guarded(images.shape, images.dtype)
    ((kernel, values, _),) = kernels.instructions(
        images.ctypes.data, maps.ctypes.data, out.address, images.shape, fill, nearest
    )
    kernel(arguments(values), images.dtype, workers)
    return out.check()


def folded(place, size, fill):
    """A place inside the image, and how much of it shows."""
    if fill == "zero":
        outside = max(0.0, -place, place - (size - 1))
        return min(max(place, 0.0), size - 1.0), max(0.0, 1.0 - outside)
    if fill == "reflect":
        from_edge = (place + 0.5) % (2 * size)
        place = min(from_edge, 2 * size - from_edge) - 0.5
    return min(max(place, 0.0), size - 1.0), 1.0


def naive(image, m, fill, nearest):
    height, width, _ = image.shape
    u, v = (width - 1) / 2, (height - 1) / 2
    out = np.zeros(image.shape)
    for i, j in np.ndindex(height, width):
        x, across = folded(m[0] * (j - u) + m[1] * (i - v) + m[2] + u, width, fill)
        y, down = folded(m[3] * (j - u) + m[4] * (i - v) + m[5] + v, height, fill)
        if nearest:
            x, y = np.floor(x + 0.5), np.floor(y + 0.5)
        left, top = int(x), int(y)
        right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
        upper = image[top, left] * (1 - (x - left)) + image[top, right] * (x - left)
        lower = image[bottom, left] * (1 - (x - left)) + image[bottom, right] * (x - left)
        out[i, j] = (upper * (1 - (y - top)) + lower * (y - top)) * across * down
    return out


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("fill", kernels.FILLS)
@pytest.mark.parametrize("shape", [(3, 5, 7, 2), (2, 1, 9, 1), (1, 40, 37, 3)])
def test_any_map_is_the_twins(shape, fill, nearest):
    rng = np.random.default_rng(1)
    images, maps = rng.normal(size=shape), rng.normal(size=(shape[0], 6))
    expected = np.stack([naive(image, m, fill, nearest) for image, m in zip(images, maps, strict=True)])
    np.testing.assert_allclose(run(images, maps, fill, nearest), expected, rtol=1e-9, atol=1e-9)


def test_float32_is_as_near_as_its_places():
    rng = np.random.default_rng(2)
    images = rng.uniform(size=(4, 33, 21, 3)).astype(np.float32)
    angle = np.array([0.1, -0.5, 1.0, 3.0])
    none = np.zeros(4)
    maps = np.stack([np.cos(angle), -np.sin(angle), none + 1.5, np.sin(angle), np.cos(angle), none - 3], 1)
    for fill in kernels.FILLS:
        expected = run(images.astype(np.float64), maps, fill)
        np.testing.assert_allclose(run(images, maps, fill), expected, atol=3e-5)


def test_long_rows_and_many_channels_lose_no_element():
    """Elements are numbered in floats."""
    image = np.arange(3 * 5000 * 4, dtype=np.float32).reshape(1, 3, 5000, 4)
    moved = run(image, [(1, 0, 1, 0, 1, 0)])  # by one pixel
    np.testing.assert_array_equal(moved[:, :, :-1], image[:, :, 1:])
    np.testing.assert_array_equal(moved[:, :, -1], image[:, :, -1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 9), width=st.integers(1, 40), channels=st.integers(1, 4), seed=st.integers(0, 999),
)  # fmt: skip
def test_what_stays_and_what_is_mirrored_keeps_its_bits(dtype, height, width, channels, seed):
    images = np.random.default_rng(seed).normal(size=(4, height, width, channels)).astype(dtype)
    images[:, 0, 0] = -0.0
    seen = run(images, [STAY, ACROSS, DOWN, HALF_TURN])
    expected = [images[0], images[1, :, ::-1], images[2, ::-1], images[3, ::-1, ::-1]]
    assert seen.tobytes() == np.stack(expected).tobytes()
    assert run(seen, [STAY, ACROSS, DOWN, HALF_TURN]).tobytes() == images.tobytes()


def test_workers_share_the_images():
    rng = np.random.default_rng(3)
    images, maps = rng.normal(size=(7, 6, 5, 1)), rng.normal(size=(7, 6))
    for workers in (2, 3, 9):
        assert run(images, maps, workers=workers).tobytes() == run(images, maps).tobytes()

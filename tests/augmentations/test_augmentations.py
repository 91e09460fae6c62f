"""What each augmentation makes of samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netstudio.augmentations import AUGMENTATIONS
from netstudio.augmentations.mixing import beta_quantiles
from netstudio.data.augmented import augmented
from netstudio.errors import ParamError, TrainingError

Array = np.ndarray[Any, Any]
IMAGES = np.random.default_rng(0).uniform(size=(8, 9, 12, 2)).astype(np.float32)
SERIES = np.random.default_rng(1).normal(size=(8, 10, 3)).astype(np.float32)
OF_SERIES = ("Jitter", "Scaling")
# Parameters with which each of them changes nothing.
NOTHING: dict[str, dict[str, float]] = {
    "Brightness": {"amount": 0.0}, "Contrast": {"amount": 0.0}, "Noise": {"stddev": 0.0}, "Jitter": {"stddev": 0.0},
    "Scaling": {"stddev": 0.0}, "Rotate": {"degrees": 0.0}, "Shift": {"height": 0.0, "width": 0.0},
    "Zoom": {"smallest": 1.0, "largest": 1.0}, "Crop": {"least": 1.0}, "Erasing": {"smallest": 0.0, "largest": 0.0},
    "Flip": {"chance": 0.0}, "MixUp": {"chance": 0.0}, "CutMix": {"chance": 0.0},
}  # fmt: skip


def made(name: str, **params: Any) -> Any:
    return AUGMENTATIONS.make({"type": name, "params": params})


def samples_for(name: str) -> Array:
    return SERIES if name in OF_SERIES else IMAGES


def run(*steps: Any, samples: Array = IMAGES, seed: int = 0, step: int = 0, count: int = 0) -> Array:
    return augmented(steps, samples, count or len(samples), seed, step)


# ------------------------------------------------------------------------------------------------------ all of them


def test_every_augmentation_is_covered() -> None:
    assert set(NOTHING) == set(AUGMENTATIONS.members)


def test_how_often_stands_last() -> None:
    assert all(list(one.declared)[-1] == "chance" for one in AUGMENTATIONS)
    assert list(AUGMENTATIONS["Shift"].declared) == ["height", "width", "fill", "chance"]


@pytest.mark.parametrize("name", NOTHING)
def test_strength_zero_changes_no_bit(name: str) -> None:
    given = samples_for(name).copy()
    given[0, 0] = -0.0
    assert run(made(name, **NOTHING[name]), samples=given).tobytes() == given.tobytes()
    assert run(made(name, chance=0.0), samples=given).tobytes() == given.tobytes()


@pytest.mark.parametrize("name", NOTHING)
def test_numbers_come_from_seed_and_step(name: str) -> None:
    given, step = samples_for(name), made(name)
    first = run(step, samples=given, seed=3, step=5)
    assert first.tobytes() == run(step, samples=given, seed=3, step=5).tobytes()
    others = [run(step, samples=given, seed=seed, step=at) for seed, at in ((4, 5), (3, 6))]
    assert all(first.tobytes() != other.tobytes() for other in others)
    assert first.tobytes() != given.tobytes()


@pytest.mark.parametrize("name", ["Rotate", "Brightness", "Contrast", "Noise", "Erasing", "Crop", "Scaling"])
def test_a_chance_leaves_the_others_as_they_are(name: str) -> None:
    given = np.tile(samples_for(name)[:1], (400, *[1] * (samples_for(name).ndim - 1)))
    params = {"smallest": 0.3, "largest": 0.3} if name == "Erasing" else {}
    changed = run(made(name, chance=0.3, **params), samples=given)
    untouched = sum(one.tobytes() == given[0].tobytes() for one in changed)
    assert 0.6 < untouched / 400 < 0.8


def test_what_does_not_suit_is_told() -> None:
    with pytest.raises(
        TrainingError, match=r"Flip changes images \(height, width, channels\), and the graph has the In"
    ):
        run(made("Flip"), samples=SERIES)
    with pytest.raises(TrainingError, match="Jitter changes sequences"):
        run(made("Jitter"))
    with pytest.raises(ParamError, match="unknown augmentation 'Flipp': did you mean 'Flip'"):
        made("Flipp")


# ------------------------------------------------------------------------------------------------------ geometry


@given(axis=st.sampled_from(["horizontal", "vertical", "both"]), seed=st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_a_flip_done_twice_is_none(axis: str, seed: int) -> None:
    always = made("Flip", axis=axis, chance=1.0)
    axes = {"horizontal": (2,), "vertical": (1,), "both": (1, 2)}[axis]
    once = run(always, seed=seed)
    assert once.tobytes() == np.flip(IMAGES, axes).tobytes()
    assert run(always, samples=once, seed=seed).tobytes() == IMAGES.tobytes()
    assert run(always, always, seed=seed).tobytes() == IMAGES.tobytes()


def test_half_of_the_images_are_mirrored() -> None:
    given = np.tile(IMAGES[:1], (1000, 1, 1, 1))
    mirrored = (run(made("Flip"), samples=given) == given[:, :, ::-1]).all(axis=(1, 2, 3)).mean()
    assert 0.45 < mirrored < 0.55


def test_a_shift_moves_by_its_share_at_most() -> None:
    spot = np.zeros((300, 21, 41, 1), np.float32)
    spot[:, 10, 20] = 1.0
    moved = run(made("Shift", height=0.2, width=0.1, fill="zero"), samples=spot)
    rows, columns = ((moved.sum(axis=(axis, 3)) * np.arange(n)).sum(1) for axis, n in ((2, 21), (1, 41)))
    assert np.allclose(moved.sum(axis=(1, 2, 3)), 1.0, atol=1e-4)
    assert 3.5 < abs(rows - 10).max() <= 4.2 + 1e-4
    assert 3.5 < abs(columns - 20).max() <= 4.1 + 1e-4
    assert abs(rows.mean() - 10) < 0.5


def test_a_rotation_turns_about_the_centre() -> None:
    spot = np.zeros((300, 41, 41, 1), np.float32)
    spot[:, 20, 35] = 1.0
    turned = run(made("Rotate", degrees=30), samples=spot)
    weight = turned.sum(axis=(1, 2, 3))
    down = (turned.sum(axis=(2, 3)) * np.arange(41)).sum(1) / weight - 20
    across = (turned.sum(axis=(1, 3)) * np.arange(41)).sum(1) / weight - 20
    angles = np.degrees(np.arctan2(down, across))
    assert np.allclose(np.hypot(down, across), 15, atol=0.3)
    assert 25 < abs(angles).max() <= 30.5
    assert abs(angles.mean()) < 3


def test_zoom_and_crop_enlarge() -> None:
    square = np.zeros((50, 40, 40, 1), np.float32)
    square[:, 15:25, 15:25] = 1.0
    twice = run(made("Zoom", smallest=2.0, largest=2.0), samples=square).sum(axis=(1, 2, 3))
    assert np.allclose(twice, 400, rtol=0.01)
    ramp = np.broadcast_to(np.arange(40.0)[:, None, None], (200, 40, 40, 1)).astype(np.float32)
    cropped = run(made("Crop", least=0.25), samples=ramp)[:, :, 0, 0]
    span = cropped[:, -1] - cropped[:, 0]
    assert (span >= 39 * 0.5 - 1e-3).all()
    assert (span <= 39 + 1e-3).all()
    assert span.min() < 25
    assert cropped[:, 0].max() > 10


def test_neighbours_that_move_are_one_map() -> None:
    """A turn and its reverse give the image back, which blending twice would not; and their order counts."""
    there, back = made("Zoom", smallest=3.0, largest=3.0), made("Zoom", smallest=1 / 3, largest=1 / 3)
    np.testing.assert_allclose(run(there, back), IMAGES, atol=1e-5)
    spot = np.zeros((1, 41, 41, 1), np.float32)
    spot[0, 20, 20] = 1.0
    shift = made("Shift", height=0.2, width=0.2, fill="zero")
    double = made("Zoom", smallest=2.0, largest=2.0, fill="zero")

    def place(*steps: Any) -> Array:
        seen = run(*steps, samples=spot)[0, :, :, 0]
        return np.array([(seen.sum(1 - axis) * np.arange(41)).sum() / seen.sum() - 20 for axis in (0, 1)])

    np.testing.assert_allclose(place(shift, double), 2 * place(shift), atol=0.02)
    np.testing.assert_allclose(place(double, shift)[0] % 1, place(shift)[0] % 1, atol=1.0)


# ------------------------------------------------------------------------------------------------------ values


def test_brightness_adds_one_number_to_an_image() -> None:
    difference = run(made("Brightness", amount=0.3), samples=np.tile(IMAGES, (50, 1, 1, 1))) - np.tile(
        IMAGES, (50, 1, 1, 1)
    )
    assert np.ptp(difference, axis=(1, 2, 3)).max() < 1e-6
    assert 0.28 < abs(difference).max() <= 0.3 + 1e-6


def test_contrast_keeps_the_mean() -> None:
    changed = run(made("Contrast", amount=0.5))
    np.testing.assert_allclose(changed.mean(axis=(1, 2, 3)), IMAGES.mean(axis=(1, 2, 3)), rtol=1e-5)
    factor = changed.std(axis=(1, 2, 3)) / IMAGES.std(axis=(1, 2, 3))
    assert (abs(factor - 1) <= 0.5 + 1e-5).all()
    assert np.ptp(factor) > 0.3


@pytest.mark.parametrize(("name", "given"), [("Noise", IMAGES), ("Jitter", SERIES)])
def test_noise_has_its_deviation(name: str, given: Array) -> None:
    many = np.tile(given, (40, *[1] * (given.ndim - 1)))
    added = run(made(name, stddev=0.3), samples=many) - many
    assert abs(added.mean()) < 0.01
    assert abs(added.std() - 0.3) < 0.01


def test_scaling_multiplies_whole_features() -> None:
    factor = run(made("Scaling", stddev=0.2), samples=SERIES) / SERIES
    assert np.ptp(factor, axis=1).max() < 1e-4  # all steps alike
    assert np.ptp(factor, axis=2).min() > 1e-3  # each feature by itself


def test_erasing_covers_a_box() -> None:
    ones = np.ones((200, 30, 20, 3), np.float32)
    covered = run(made("Erasing", smallest=0.1, largest=0.3, value=7.0, chance=1.0), samples=ones) == 7.0
    for box in covered:
        assert (box == box[:, :, :1]).all()
        rows, columns = box[:, :, 0].any(1), box[:, :, 0].any(0)
        np.testing.assert_array_equal(box[:, :, 0], rows[:, None] & columns)
    share = covered.mean(axis=(1, 2, 3))
    assert 0.05 < share.min() < 0.15
    assert 0.25 < share.max() < 0.35


# ------------------------------------------------------------------------------------------------------ mixing


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 3.0, 20.0])
def test_the_quantiles_are_those_of_the_distribution(alpha: float) -> None:
    drawn = np.random.default_rng(0).beta(alpha, alpha, 200_000)
    drawn = np.minimum(drawn, 1 - drawn)
    places = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(
        np.quantile(beta_quantiles(alpha), places), np.quantile(drawn, places), rtol=0.03, atol=2e-3
    )


def test_mixup_blends_with_the_next_sample() -> None:
    mixed = run(made("MixUp", alpha=1.0))
    partner = np.roll(IMAGES, -1, axis=0)
    share = ((mixed - IMAGES) * (partner - IMAGES)).sum((1, 2, 3)) / ((partner - IMAGES) ** 2).sum((1, 2, 3))
    np.testing.assert_allclose(mixed, IMAGES + (partner - IMAGES) * share[:, None, None, None], atol=1e-6)
    assert (share >= 0).all()
    assert (share <= 0.5).all()
    assert np.ptp(share) > 0.1


def test_cutmix_pastes_a_box_of_the_next_sample() -> None:
    mixed, partner = run(made("CutMix")), np.roll(IMAGES, -1, axis=0)
    pasted = mixed == partner
    assert (pasted | (mixed == IMAGES)).all()
    assert pasted.any()
    for box in pasted[..., 0]:
        np.testing.assert_array_equal(box, box.any(1)[:, None] & box.any(0))
        assert box.mean() <= 0.6


def test_a_right_angle_is_exact_enough() -> None:
    """Sine and cosine come from the engine; the places they give are right to a hundredth of a pixel."""
    square = IMAGES[:, :, :9]
    turned = run(made("Rotate", degrees=180.0), samples=square, count=4000)
    assert np.isfinite(turned).all()
    assert turned.min() >= square.min() - 1e-5
    assert turned.max() <= square.max() + 1e-5
    assert math.isclose(float(turned.mean()), float(square.mean()), rel_tol=0.1)

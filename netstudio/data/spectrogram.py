"""Sounds as spectrograms: the power in bands of pitch, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from math import gcd
from pathlib import Path

import numpy as np

from netstudio.data.decoded import decode, each
from netstudio.data.settings.audio import AudioSettings
from netstudio.data.spool import Array
from netstudio.data.wav import read_head, read_wav
from netstudio.errors import DataError

SOUND = "sound"  # the field that holds spectrograms
QUIET = 1e-6  # power below which nothing is told apart
LONGEST = 600.0  # seconds


def read_sounds(paths: Sequence[Path], settings: AudioSettings, frames: int | None = None) -> Array:
    """(sounds, frames, bands, 1), float32; so many `frames` as `settings` have it, where none are asked for.

    DataError where a sound can't be read, or the longest is too long to be what all are filled up to.
    """
    frames = frames or _frames(paths, settings)
    _mel(settings.bands, settings.window, settings.sample_rate)  # is refused before anything is read
    read = partial(read_sound, settings=settings, frames=frames)
    hint = 'set "seconds", or fewer "bands" or a larger "hop", in "audio" of the data'
    form = ("audio", frames, tuple(settings.params.items()))
    return decode(paths, (frames, bands(settings), 1), read, form, hint)


def bands(settings: AudioSettings) -> int:
    """How many bands there are."""
    return settings.bands or settings.window // 2 + 1


def seconds(frames: int, settings: AudioSettings) -> float:
    """How long a sound of so many frames is."""
    return (settings.window + (frames - 1) * settings.hop) / settings.sample_rate


def read_sound(path: Path, settings: AudioSettings, frames: int) -> Array:
    """(frames, bands, 1): the sound's beginning, silence after its end."""
    samples, rate = read_wav(path)
    samples = _resampled(samples, rate, settings.sample_rate)
    length = round(seconds(frames, settings) * settings.sample_rate)
    return spectrogram(np.pad(samples[:length], (0, max(0, length - len(samples)))), settings)[:, :, None]


def spectrogram(samples: Array, settings: AudioSettings) -> Array:
    """(frames, bands) of (samples,): under a Hann window, the power's share of the window's, in mel bands."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(settings.window) / settings.window)
    cut = np.lib.stride_tricks.sliding_window_view(samples, settings.window)[:: settings.hop]
    power = np.abs(np.fft.rfft(cut * hann, axis=1)) ** 2 / (hann**2).sum()
    gathered = power @ _mel(settings.bands, settings.window, settings.sample_rate).T if settings.bands else power
    made: Array = (np.log(gathered + QUIET) if settings.scale == "log" else gathered).astype(np.float32)
    return made


def _frames(paths: Sequence[Path], settings: AudioSettings) -> int:
    """How many whole windows fit in the seconds asked for, or in the longest sound; at least one."""
    long = settings.seconds
    if long is None:
        lengths = [head.count / head.rate for head in each(read_head, paths)]
        long = max(lengths)
        if long > LONGEST:
            raise DataError(
                f'{paths[int(np.argmax(lengths))]} lasts {long:,.0f} seconds; say by "seconds" in "audio" of the '
                "data how much of each sound is to be taken"
            )
    return 1 + max(0, round(long * settings.sample_rate) - settings.window) // settings.hop


def _resampled(samples: Array, rate: int, wanted: int) -> Array:
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    both = gcd(rate, wanted)
    made: Array = resample_poly(samples, wanted // both, rate // both).astype(np.float32)
    return made


@cache
def _mel(count: int | None, window: int, rate: int) -> Array:
    """(bands, frequencies): triangles evenly spaced in mel, 2595 log10(1 + f / 700) (O'Shaughnessy 1987)."""
    if count is None:
        return np.eye(window // 2 + 1)
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + rate / 1400), count + 2) / 2595) - 1)
    hertz = np.arange(window // 2 + 1) * rate / window
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    made: Array = np.maximum(0, np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)))
    if not made.any(axis=1).all():
        raise DataError(
            f'{count} "bands" are more than a "window" of {window} samples tells apart; set fewer bands, or a longer '
            'window, in "audio" of the data'
        )
    return made

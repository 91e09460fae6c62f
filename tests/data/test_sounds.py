"""WAV files become spectrograms in which their tones stand where they sound."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile
from scipy.signal import spectrogram as scipys

from netstudio.data.describe import describe
from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.data.settings.audio import AudioSettings
from netstudio.data.spectrogram import read_sounds, spectrogram
from netstudio.data.wav import read_wav
from netstudio.errors import DataError

RATE = 16000


def tone(hertz: float, seconds: float = 0.25, rate: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize(
    ("dtype", "full", "middle", "tolerance"),
    [
        ("u1", 127, 128, 1e-2),
        ("i2", 32767, 0, 1e-4),
        ("i4", 2**31 - 1, 0, 1e-6),
        ("f4", 1, 0, 1e-7),
        ("f8", 1, 0, 1e-7),
    ],
)
def test_every_kind_of_sample(tmp_path: Path, dtype: str, full: float, middle: float, tolerance: float) -> None:
    both = np.stack([tone(440), 0.5 * tone(440)], axis=1)
    wavfile.write(tmp_path / "a.wav", 8000, (np.round(both * full + middle) if full > 1 else both).astype(dtype))
    samples, rate = read_wav(tmp_path / "a.wav")
    assert rate == 8000
    np.testing.assert_allclose(samples, both.mean(axis=1), atol=tolerance)


def test_three_bytes_a_sample(tmp_path: Path) -> None:
    whole = np.array([0, 1, -1, 2**23 - 1, -(2**23)])
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 3, RATE, 0, "NONE", ""))
        file.writeframes(b"".join(int(v).to_bytes(3, "little", signed=True) for v in whole))
    np.testing.assert_array_equal(read_wav(tmp_path / "a.wav")[0], (whole / 2**23).astype(np.float32))


def test_the_power_is_scipys() -> None:
    samples = np.random.default_rng(0).normal(size=4000).astype(np.float32)
    settings = AudioSettings(window=256, hop=64, bands=None, scale="power")
    ours = spectrogram(samples, settings)
    _, _, theirs = scipys(samples, RATE, "hann", 256, 192, detrend=False, scaling="density", mode="psd")
    # theirs counts both halves of the spectrum, but for its two ends, and is told by hertz
    np.testing.assert_allclose(ours[:, 1:-1], theirs.T[:, 1:-1] * RATE / 2, rtol=1e-4)


def test_a_tone_stands_in_its_band(tmp_path: Path) -> None:
    for hertz in (300, 1000, 3000):
        made = read_sounds([write(tmp_path / f"{hertz}.wav", tone(hertz))], AudioSettings(bands=30))
        mels = 2595 * np.log10(1 + np.array([hertz, RATE / 2]) / 700)
        assert made.shape == (1, 1 + (4000 - 512) // 256, 30, 1)
        assert abs(made[0, 3, :, 0].argmax() + 1 - 31 * mels[0] / mels[1]) < 1


def test_sounds_of_other_rates_and_lengths(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.wav", tone(1000)), write(tmp_path / "b.wav", tone(1000, 0.125, 44100), 44100)]
    made = read_sounds(paths, AudioSettings())
    np.testing.assert_allclose(made[1, 2], made[0, 2], atol=0.1)
    assert made[1, -1].max() == pytest.approx(np.log(1e-6))
    assert read_sounds(paths, AudioSettings(seconds=0.1)).shape[1] == 1 + (1600 - 512) // 256
    np.testing.assert_array_equal(read_sounds(paths[:1], AudioSettings(), 4)[0], made[0, :4])


def test_a_folder_of_sounds_by_class(tmp_path: Path) -> None:
    for i, (name, hertz) in enumerate([("high", 2000), ("high", 2100), ("low", 200)]):
        write(tmp_path / name / f"{i}.wav", tone(hertz))
    data = load(str(tmp_path), settings=DataSettings(audio={"bands": 20}))
    assert data.field("sound").shape[2:] == (20, 1)
    assert data.classes["label"] == ("high", "low")
    np.testing.assert_array_equal(data.field("label"), [0, 0, 1])


def test_the_length_is_suggested_so_that_other_sounds_get_it(tmp_path: Path) -> None:
    write(tmp_path / "a" / "1.wav", tone(1000, 0.3))
    write(tmp_path / "b" / "2.wav", tone(1000, 0.2))
    block = describe(str(tmp_path)).suggested()
    frames = load(str(tmp_path)).field("sound").shape[1]
    (tmp_path / "a" / "1.wav").unlink()
    write(tmp_path / "a" / "1.wav", tone(1000, 0.9))
    assert load(str(tmp_path), settings=DataSettings(audio=block["audio"])).field("sound").shape[1] == frames


def test_more_bands_than_frequencies(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='100 "bands" are more than a "window" of 256 samples tells apart'):
        read_sounds([write(tmp_path / "a.wav", tone(440))], AudioSettings(bands=100, window=256))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b"RIFX" + b[4:], "is no WAV file"),
        (lambda b: b[:100], "says it holds 8,000 bytes of sound, and has 56; fetch it again"),
        (lambda b: b[:40] + struct.pack("<I", 2**31) + b[44:], "says it holds 2,147,483,648 bytes of sound"),
        (lambda b: b[:30], "holds no sound: the file ends before it"),
        (lambda b: b[:20] + struct.pack("<H", 85) + b[22:], "holds samples of kind 85 with 16 bits; expected PCM"),
        (lambda b: b[:22] + struct.pack("<H", 0) + b[24:], "has 0 channels at 16000 a second"),
        (lambda b: b[:40] + struct.pack("<I", 0), "holds no samples"),
        (lambda b: b"", "is no WAV file"),
    ],
)
def test_wav_files_that_lie(tmp_path: Path, change: object, words: str) -> None:
    path = write(tmp_path / "a" / "x.wav", tone(440))
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DataError) as caught:
        load(str(tmp_path))
    assert words in str(caught.value)
    assert "x.wav" in str(caught.value)


def test_samples_that_are_not_finite(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    wavfile.write(tmp_path / "a" / "x.wav", RATE, np.array([0, np.nan] * 500, np.float32))
    with pytest.raises(DataError, match=r"x\.wav: sample 1 is not a finite number"):
        load(str(tmp_path))

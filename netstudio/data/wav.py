"""WAV files, read without trusting them.

The format: https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from netstudio.data.spool import Array
from netstudio.errors import DataError

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
MOST_BYTES = 256 << 20
DTYPES = {(PCM, 8): "<u1", (PCM, 16): "<i2", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}
FORMS = "expected PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64"


@dataclass(frozen=True)
class WavHead:
    """How the samples lie in the file: `count` of each of the `channels`, at `rate` a second."""

    kind: int
    bits: int
    channels: int
    rate: int
    start: int
    count: int


def read_head(path: Path) -> WavHead:
    """What the file says of itself; DataError where it is no WAV, cut off, or of a kind that can't be read."""
    with _open(path) as file:
        return _head(path, file)


def read_wav(path: Path) -> tuple[Array, int]:
    """The mean of the channels, (samples,) float32 in -1..1, and how many of them make a second.

    DataError as from `read_head`, and where a sample is not finite.
    """
    with _open(path) as file:
        head = _head(path, file)
        file.seek(head.start)
        content = file.read(head.count * head.channels * head.bits // 8)
    samples = _samples(content, head).reshape(-1, head.channels).mean(axis=1, dtype=np.float32)
    if not np.isfinite(samples).all():
        raise DataError(f"{path}: sample {int(np.argmin(np.isfinite(samples)))} is not a finite number")
    return samples, head.rate


def _open(path: Path) -> IO[bytes]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path} has more than {MOST_BYTES >> 20} MB; cut it into shorter sounds")
        return path.open("rb")
    except OSError as error:
        raise DataError(f"can't read {path}: {error.strerror or error}") from None


def _head(path: Path, file: IO[bytes]) -> WavHead:
    riff, _, wave = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
    if riff != b"RIFF" or wave != b"WAVE":
        raise DataError(f"{path} is no WAV file: it does not begin with RIFF and WAVE; convert it to WAV")
    form: bytes | None = None
    size = os.fstat(file.fileno()).st_size
    while len(head := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", head)
        left = size - file.tell()
        if name == b"fmt ":
            form = file.read(min(length, 40))
            file.seek(length - len(form), os.SEEK_CUR)
        elif name == b"data":
            if length > left:
                raise DataError(f"{path} says it holds {length:,} bytes of sound, and has {left:,}; fetch it again")
            return _checked(path, form or b"", file.tell(), length)
        else:
            file.seek(length, os.SEEK_CUR)
        file.seek(length % 2, os.SEEK_CUR)
    raise DataError(f"{path} holds no sound: the file ends before it; fetch it again")


def _checked(path: Path, form: bytes, start: int, length: int) -> WavHead:
    if len(form) < 16:
        raise DataError(f"{path} does not say what its samples are; fetch it again")
    kind, channels, rate, _, align, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == EXTENSIBLE and len(form) >= 26:
        kind = struct.unpack("<H", form[24:26])[0]
    if (kind, bits) not in (*DTYPES, (PCM, 24)):
        raise DataError(f"{path} holds samples of kind {kind} with {bits} bits; {FORMS}")
    frame = channels * bits // 8
    if not channels or not rate or align != frame:
        raise DataError(f"{path} has {channels} channels at {rate} a second in {align} bytes, which can't be; mend it")
    if length < frame:
        raise DataError(f"{path} holds no samples; take it away")
    return WavHead(kind, bits, channels, rate, start, length // frame)


def _samples(content: bytes, head: WavHead) -> Array:
    if (head.kind, head.bits) == (PCM, 24):
        whole = np.zeros((len(content) // 3, 4), np.uint8)
        whole[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        return whole.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
    values = np.frombuffer(content, DTYPES[head.kind, head.bits])
    if head.kind == FLOAT:
        return values.astype(np.float32)
    middle, full = (128, 128) if head.bits == 8 else (0, 2 ** (head.bits - 1))
    return (values.astype(np.float32) - np.float32(middle)) / np.float32(full)

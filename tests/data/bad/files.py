"""Files and folders that can't be used: each is made in a folder, and named, and the words say why."""

from __future__ import annotations

import gzip
import os
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.data.workbooks import write_workbook


class BadFile(NamedTuple):
    """`make` gets an empty folder and gives the source's name; what the message must say."""

    make: Callable[[Path], str]
    words: tuple[str, ...]


def pictures(folder: Path, names: str = "a/1 a/2 b/3 b/4", suffix: str = ".png") -> list[Path]:
    """Pictures of 8 by 8 grey pixels of noise."""
    made = []
    for i, name in enumerate(names.split()):
        path = folder / "set" / f"{name}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(i).integers(0, 256, (8, 8), np.uint8)).save(path)
        made.append(path)
    return made


def cut(folder: Path, suffix: str) -> str:
    """The second picture ends in the middle."""
    path = pictures(folder, suffix=suffix)[1]
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    return "set"


def instead(folder: Path, content: bytes) -> str:
    """The second picture is something else."""
    pictures(folder)[1].write_bytes(content)
    return "set"


def resized(folder: Path) -> str:
    Image.new("L", (9, 8)).save(pictures(folder)[3])
    return "set"


def beside(folder: Path, name: str) -> str:
    """A file of another kind among the pictures."""
    pictures(folder)
    (folder / "set" / name).write_bytes(b"something")
    return "set"


def empty_class(folder: Path) -> str:
    pictures(folder)
    (folder / "set" / "c").mkdir()
    return "set"


def huge_png() -> bytes:
    """A PNG of a few bytes that says it has 100,000 by 100,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = [head, b"IDAT" + zlib.compress(bytes(50)), b"IEND"]
    packed = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def idx(values: np.ndarray, sizes: tuple[int, ...] | None = None) -> bytes:
    """The bytes of an IDX file, whose head may lie about the sizes."""
    sizes = sizes or values.shape
    return bytes([0, 0, 8, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + values.tobytes()


IMAGES = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8)
LABELS = np.array([0, 1, 0, 1], np.uint8)


def idx_pair(folder: Path, images: bytes, labels: bytes, suffix: str = "") -> str:
    (folder / f"train-images-idx3-ubyte{suffix}").write_bytes(images)
    (folder / f"train-labels-idx1-ubyte{suffix}").write_bytes(labels)
    return f"train-images-idx3-ubyte{suffix}"


def sounds(folder: Path, change: Callable[[bytes], bytes]) -> str:
    for name in ("a/1.wav", "b/2.wav"):
        path = folder / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes(bytes(4000))
    path.write_bytes(change(path.read_bytes()))
    return "set"


def written(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return name


def fifo(folder: Path) -> str:
    os.mkfifo(folder / "t.csv")
    return "t.csv"


def vanishing(folder: Path) -> str:
    (folder / "t.csv").symlink_to(folder / "gone.csv")
    return "t.csv"


def looping(folder: Path) -> str:
    (folder / "t.csv").symlink_to(folder / "t.csv")
    return "t.csv"


def named_folder(folder: Path) -> str:
    (folder / "t.csv").mkdir()
    return "t.csv"


def archive(folder: Path, name: str) -> str:
    with zipfile.ZipFile(folder / name, "w") as file:
        file.writestr("hello.txt", "hello")
    return name


def sheet(folder: Path) -> str:
    write_workbook(folder / "t.xlsx", A=[["a", "a", "kind"], [1, 2, "x"]])
    return "t.xlsx"


def named_pictures(folder: Path) -> str:
    pictures(folder)
    (folder / "t.csv").write_text("file,kind\nset/a/1.png,x\nset/a/9.png,y\n")
    return "t.csv"


def pickled(folder: Path) -> str:
    np.save(folder / "t.npy", np.array([{}]), allow_pickle=True)
    return "t.npy"


def odd_head(folder: Path) -> str:
    """An array whose head is no whole expression."""
    np.save(folder / "t.npy", np.zeros((3, 2)))
    content = (folder / "t.npy").read_bytes()
    return written(folder, "t.npy", content.replace(b"}", b"(", 1))


def arrays(folder: Path, **fields: np.ndarray) -> str:
    np.savez(folder / "t.npz", **fields)
    return "t.npz"


BAD: dict[str, BadFile] = {
    "a file that is gone": BadFile(lambda _: "gone.csv", ("there is no file", "gone.csv")),
    "a name too long": BadFile(lambda _: f"{'a' * 5000}.csv", ("can't read", "too long")),
    "a link to nothing": BadFile(vanishing, ("there is no file", "t.csv")),
    "a link to itself": BadFile(looping, ("t.csv",)),
    "a FIFO": BadFile(fifo, ("t.csv is no file of data but a pipe or a device",)),
    "a folder named as a file": BadFile(named_folder, ("t.csv is a folder; expected a file",)),
    "/dev/zero": BadFile(lambda _: "/dev/zero", ("/dev/zero is no file of data but a pipe or a device",)),
    "an empty folder": BadFile(lambda folder: str(folder), ("has no class folders with images",)),
    "a picture cut off": BadFile(lambda f: cut(f, ".png"), ("2.png is no image that can be read",)),
    "a photograph cut off": BadFile(lambda f: cut(f, ".jpg"), ("2.jpg is no image that can be read",)),
    "a picture of no bytes": BadFile(lambda f: instead(f, b""), ("2.png is no image that can be read",)),
    "text named png": BadFile(lambda f: instead(f, b"hello " * 99), ("2.png is no image that can be read",)),
    "a huge picture": BadFile(lambda f: instead(f, huge_png()), ("2.png has", "million pixels", "16 million")),
    "pictures of two sizes": BadFile(resized, ("4.png is 9×8 pixels and 1.png 8×8", '"size": [8, 8]')),
    "an empty class": BadFile(empty_class, ("the class folder", "set/c holds no images", "take the folder away")),
    "photographs of a telephone": BadFile(lambda f: beside(f, "a/5.heic"), ("5.heic is no image that can be read",)),
    "sounds among pictures": BadFile(lambda f: beside(f, "a/5.wav"), ("5.wav is no image that can be read",)),
    "pictures that a table does not find": BadFile(named_pictures, ("line 3, column 'file': there is no file",)),
    "IDX with fewer images than it says": BadFile(
        lambda f: idx_pair(f, idx(IMAGES, (9, 8, 8)), idx(LABELS)), ("idx3-ubyte is damaged", "make 576 bytes", "256")
    ),
    "IDX with more images than it says": BadFile(
        lambda f: idx_pair(f, idx(IMAGES, (3, 8, 8)), idx(LABELS)), ("idx3-ubyte is damaged", "it holds more")
    ),
    "IDX that says it is huge": BadFile(
        lambda f: idx_pair(f, idx(IMAGES, (2**31, 2**15, 2**15)), idx(LABELS)), ("says that it holds", "GB")
    ),
    "IDX that ends in its head": BadFile(lambda f: idx_pair(f, b"\0\0\x08\x03\0\0", idx(LABELS)), ("is damaged",)),
    "IDX that is none": BadFile(lambda f: idx_pair(f, b"hello", idx(LABELS)), ("is no IDX file",)),
    "packed IDX cut off": BadFile(
        lambda f: idx_pair(f, gzip.compress(idx(IMAGES))[:-9], gzip.compress(idx(LABELS)), ".gz"), ("can't read",)
    ),
    "labels that are too few": BadFile(
        lambda f: idx_pair(f, idx(IMAGES), idx(LABELS[:3])), ("holds 3 labels", "4 images")
    ),
    "images for labels": BadFile(lambda f: idx_pair(f, idx(IMAGES), idx(IMAGES)), ("of 3 axes; expected",)),
    "labels for images": BadFile(lambda f: idx_pair(f, idx(LABELS), idx(LABELS)), ("holds 1 axes, so labels",)),
    "no labels": BadFile(lambda f: written(f, "x-images-idx3-ubyte", idx(IMAGES)), ("there is no file x-labels-idx1",)),
    "a sound that lies about its length": BadFile(
        lambda f: sounds(f, lambda b: b[:40] + struct.pack("<I", 1 << 30) + b[44:]), ("2.wav says it holds",)
    ),
    "a sound that is none": BadFile(lambda f: sounds(f, lambda b: b"ID3" + b), ("2.wav is no WAV file",)),
    "a sound cut off": BadFile(lambda f: sounds(f, lambda b: b[:99]), ("2.wav says it holds 4,000 bytes",)),
    "a workbook that is another archive": BadFile(lambda f: archive(f, "t.xlsx"), ("t.xlsx is no workbook",)),
    "a workbook that is text": BadFile(lambda f: written(f, "t.xlsx", b"a,b\n1,2\n"), ("t.xlsx is no workbook",)),
    "a workbook with two columns of one name": BadFile(sheet, ("two columns are named 'a'",)),
    "Parquet that is none": BadFile(
        lambda f: written(f, "t.parquet", b"PAR1" + bytes(99)), ("t.parquet is no readable Parquet file",)
    ),
    "an archive that holds no arrays": BadFile(lambda f: archive(f, "t.npz"), ("unexpected member 'hello.txt'",)),
    "an archive that is none": BadFile(lambda f: written(f, "t.npz", b"PK\3\4" + bytes(99)), ("is no .npz file",)),
    "pickled objects": BadFile(pickled, ("t.npy", "expected plain numbers")),
    "an array with half a head": BadFile(odd_head, ("t.npy is no .npy file, or a damaged one",)),
    "fields of unequal length": BadFile(
        lambda f: arrays(f, x=np.zeros((4, 2)), label=np.zeros(3, int)), ("unequally many rows (x 4, label 3)",)
    ),
    "no finite numbers in arrays": BadFile(
        lambda f: arrays(f, x=np.array([[1, 2], [3, np.inf]]), label=np.arange(2)), ("'x' is not a finite number",)
    ),
    "a kind of file that is not known": BadFile(lambda f: written(f, "t.pdf", b"%PDF"), ("'t.pdf' is no source of",)),
}

"""Images of all kinds become arrays of one size and as many channels, or one error that names the file."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netstudio.data import decoded, images, spool
from netstudio.data.describe import describe
from netstudio.data.images import look, read_image, read_images
from netstudio.data.loading import load
from netstudio.data.media import IMAGES
from netstudio.data.settings import DataSettings
from netstudio.data.settings.image import ImageSettings
from netstudio.errors import DataError, ImageSizeError


def picture(path: Path, height: int, width: int, mode: str = "L", seed: int = 0) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (height, width) if mode == "L" else (height, width, len(mode))
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels, mode).save(path)
    return pixels


def folder(path: Path, *sizes: tuple[int, int], mode: str = "L") -> Path:
    for i, size in enumerate(sizes):
        picture(path / "ab"[i % 2] / f"{i}.png", *size, mode, i)
    return path


def test_images_of_one_size_are_as_they_are(tmp_path: Path) -> None:
    pixels = picture(tmp_path / "a" / "1.png", 5, 7, "RGB")
    picture(tmp_path / "b" / "2.png", 5, 7, "RGB", 1)
    data = load(str(tmp_path))
    np.testing.assert_array_equal(data.field("image")[0], pixels / np.float32(255))
    assert data.classes["label"] == ("a", "b")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
@pytest.mark.parametrize("held", range(1, 9))
def test_photos_stand_upright_however_the_camera_was_held(held: int, suffix: str, tmp_path: Path) -> None:
    upright = np.zeros((16, 24), np.float32)
    upright[:8, :8], upright[8:, :8] = 1.0, 0.5  # no two of the eight ways look alike
    turned = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.T,
        6: np.rot90(upright), 7: upright[::-1, ::-1].T, 8: np.rot90(upright, -1),
    }[held]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = held
    path = tmp_path / "a" / f"photo{suffix}"
    path.parent.mkdir()
    kept = Image.fromarray(np.rint(turned * 255).astype(np.uint8)).convert("RGB")
    kept.save(path, exif=exif, **({} if suffix == ".tif" else {"quality": 95}))
    facts = look(path)
    assert (facts.height, facts.width) == (16, 24)
    np.testing.assert_allclose(read_image(path, 1)[:, :, 0], upright, atol=0.06)
    np.testing.assert_allclose(load(str(tmp_path)).field("image")[0, :, :, 0], upright, atol=0.06)


def test_damaged_exif_data_leave_a_photo_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("L", (24, 16), 200).save(path, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\0\1")
    assert look(path).height == 16
    assert read_image(path).shape == (16, 24, 1)


def test_images_of_other_sizes_say_how_to_mend_it_and_that_mends_it(tmp_path: Path) -> None:
    folder(tmp_path, (5, 7), (9, 4))
    with pytest.raises(DataError, match=r'1\.png is 4×9 pixels and 0\.png 7×5; .* "image" .* \{"size": \[7, 6\]\}'):
        load(str(tmp_path))
    data = load(str(tmp_path), settings=DataSettings(image={"size": [7, 6]}))
    assert data.field("image").shape == (2, 7, 6, 1)


def test_a_size_is_suggested_where_one_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, (400, 600), (400, 500), (200, 700))
    found = describe(str(tmp_path))
    assert found.field("image").shape == (85, 128, 1)  # type: ignore[union-attr]
    assert found.suggested()["image"] == {"size": [85, 128]}
    assert load(str(tmp_path), settings=DataSettings(**found.suggested())).rows == 3
    for name in ("a/2.png", "b/1.png"):
        (tmp_path / name).unlink()
    folder(tmp_path, (400, 600), (400, 600))
    assert "image" not in describe(str(tmp_path)).suggested()
    monkeypatch.setattr(images, "BUDGET", 1 << 20)
    with pytest.raises(ImageSizeError, match=r"2 images of 600×400 pixels take .* GB decoded.*\[85, 128\]"):
        load(str(tmp_path))
    assert describe(str(tmp_path)).suggested()["image"] == {"size": [85, 128]}


@pytest.mark.parametrize(("fit", "left", "top"), [("stretch", 0, 1), ("crop", 1, 1), ("pad", 0, 0)])
def test_how_images_fit(tmp_path: Path, fit: str, left: int, top: int) -> None:
    """A wide picture whose left third is black and whose rest is white."""
    pixels = np.full((20, 60), 255, np.uint8)
    pixels[:, :20] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    made = read_image(tmp_path / "a.png", size=(30, 30), fit=fit)[..., 0]
    assert made.shape == (30, 30)
    white = {"stretch": 2 / 3, "crop": 1.0, "pad": 2 / 9}[fit]
    assert made.mean() == pytest.approx(white, abs=0.02)
    assert made[15, 3] == left
    assert made[0, 25] == top


def test_grey_among_colours_becomes_colour_and_grey_alone_stays_grey(tmp_path: Path) -> None:
    grey = picture(tmp_path / "1.png", 3, 4)
    paths = [tmp_path / "1.png", tmp_path / "2.png"]
    picture(paths[1], 3, 4, "RGB")
    made = read_images(paths, ImageSettings())
    assert made.shape == (2, 3, 4, 3)
    np.testing.assert_array_equal(made[0], np.repeat(grey[..., None], 3, axis=2) / np.float32(255))
    assert read_images(paths[:1], ImageSettings()).shape == (1, 3, 4, 1)
    assert read_images(paths, ImageSettings(channels=1)).shape == (2, 3, 4, 1)
    assert read_images(paths, ImageSettings(channels=4))[..., 3].min() == 1
    with pytest.raises(DataError, match="of 1, 3 or 4 channels, not 2"):
        read_images(paths, ImageSettings(channels=2))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_keep_their_range(tmp_path: Path, channels: int) -> None:
    deep = np.array([[0, 256], [32768, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    made = read_image(tmp_path / "a.png", channels)
    np.testing.assert_allclose(made[..., 0], deep / 65535, rtol=1e-6)
    assert made.shape == (2, 2, channels)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_pixels_of_no_known_range_are_refused(tmp_path: Path, dtype: type) -> None:
    Image.fromarray(np.full((3, 3), 1000, dtype)).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match=r"a\.tif has 32 bits a pixel, of no known range; save it with 8 or 16 bits"):
        read_image(tmp_path / "a.tif")


def declared_png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [head, b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks
    )


@pytest.mark.parametrize(("side", "told"), [(4001, "16"), (9000, "81"), (13000, "169"), (60000, "far more")])
def test_a_picture_that_says_it_is_huge_is_not_decoded(tmp_path: Path, side: int, told: str) -> None:
    (tmp_path / "a.png").write_bytes(declared_png(side, side))
    for read in (look, read_image):
        with pytest.raises(DataError, match=rf"a\.png has {told} million pixels, and 16 million is the most"):
            read(tmp_path / "a.png")


def test_the_set_has_a_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, (40, 50), (40, 50))
    monkeypatch.setattr(decoded, "BUDGET", 4 * 40 * 50)
    with pytest.raises(DataError, match=r'the 2 files would take .* set a smaller "size" in "image"'):
        load(str(tmp_path), settings=DataSettings(image={"size": 60}))
    assert load(str(tmp_path), settings=DataSettings(image={"size": 20})).field("image").shape == (2, 20, 20, 1)


def test_large_sets_lie_in_a_file_and_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LIMIT", 0)
    folder(tmp_path, *[(6, 5)] * 7)
    first = load(str(tmp_path))
    assert spool.is_mapped(first.field("image"))
    assert load(str(tmp_path)).field("image") is first.field("image")
    picture(tmp_path / "a" / "0.png", 6, 5, seed=99)
    changed = load(str(tmp_path)).field("image")
    assert not np.array_equal(changed[0], first.field("image")[0])
    np.testing.assert_array_equal(changed[1:], first.field("image")[1:])


def test_blocks_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded, "BLOCK", 3)
    pixels = [picture(tmp_path / f"{i}.png", 4, 3, seed=i) for i in range(10)]
    made = read_images([tmp_path / f"{i}.png" for i in range(10)], ImageSettings())
    np.testing.assert_array_equal(made[..., 0], np.stack(pixels) / np.float32(255))


def test_folders_of_class_folders_are_parts(tmp_path: Path) -> None:
    folder(tmp_path / "train", (3, 4), (3, 4))
    folder(tmp_path / "test", (3, 4), (3, 4))
    data = load(str(tmp_path))
    assert (data.classes["folder"], data.classes["label"]) == (("test", "train"), ("a", "b"))
    np.testing.assert_array_equal(data.field("folder"), [0, 0, 1, 1])
    np.testing.assert_array_equal(data.field("label"), [0, 1, 0, 1])


def test_a_table_that_names_files(tmp_path: Path) -> None:
    pixels = picture(tmp_path / "p" / "1.png", 3, 4)
    picture(tmp_path / "p" / "2.png", 3, 4, seed=1)
    (tmp_path / "t.csv").write_text("file;age;kind\np/2.png;3;x\np/1.png;4;y\np/2.png;5;x\n")
    settings = DataSettings(image={"file_column": "file"})
    data = load("t.csv", tmp_path, settings)
    np.testing.assert_array_equal(data.field("image")[1, ..., 0], pixels / np.float32(255))
    np.testing.assert_array_equal(data.field("label"), [0, 1, 0])
    np.testing.assert_array_equal(data.field("age"), [3, 4, 5])
    assert "file" not in data.fields
    (tmp_path / "t.csv").write_text("file;kind\np/2.png;x\np/3.png;y\n")
    with pytest.raises(DataError, match=r"line 3, column 'file': there is no file .*3\.png"):
        load("t.csv", tmp_path, settings)


def test_every_format_is_read(tmp_path: Path) -> None:
    for suffix in IMAGES:
        picture(tmp_path / f"a{suffix}", 8, 8, "RGB")
        assert read_image(tmp_path / f"a{suffix}", 3).shape == (8, 8, 3)

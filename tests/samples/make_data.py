"""The data beside the samples, made anew: python -m tests.samples.make_data DJANGO_FOLDER SUNSPOTS_FILE

DJANGO_FOLDER is the package `django` of Django 5.2.19, SUNSPOTS_FILE `datasets/sunspots/src/sunspots_monthly.dat` of
statsmodels 0.15.0; neither is needed for the arrays, which are made of scikit-learn's digits (`digit_pairs`,
`digit_scenes`). samples/data/README.md says what is what.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netstudio.data.loading import load
from netstudio.resources import SAMPLES

Array = NDArray[np.uint8]
FOLDER = SAMPLES / "data"
PAIRS, SCENES, SIDE, DIGIT = 4000, 1200, 24, 8
LANGUAGES = {
    "da": "Danish", "de": "German", "es": "Spanish", "fi": "Finnish", "fr": "French", "it": "Italian", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "sv": "Swedish",
}  # fmt: skip
SHORTEST, LONGEST = 12, 80


def digits() -> tuple[Array, NDArray[np.int64]]:
    """scikit-learn's digits as (1797, 8, 8) grey values 0..16, and which digit each is."""
    dataset = load("sklearn:digits")
    return (dataset.fields["image"][..., 0] * 16).round().astype(np.uint8), dataset.fields["label"]


def digit_pairs() -> dict[str, Array]:
    """Pairs of scans, half of them of the same digit."""
    images, labels = digits()
    draw = np.random.default_rng(0)
    left = draw.integers(0, len(images), PAIRS)
    same = np.arange(PAIRS) % 2
    right = np.array([draw.choice(np.flatnonzero((labels == labels[i]) == s)) for i, s in zip(left, same, strict=True)])
    return {"left": images[left][..., None], "right": images[right][..., None], "same": same.astype(np.uint8)}


def digit_scenes() -> dict[str, Array]:
    """Pictures of three digits among scattered strokes, and for each pixel 0, or 1 more than its digit."""
    images, labels = digits()
    draw = np.random.default_rng(1)
    made = [_scene(images, labels, draw) for _ in range(SCENES)]
    scenes, masks = (np.stack(parts) for parts in zip(*made, strict=True))
    return {"scene": scenes[..., None], "mask": masks}


def _scene(images: Array, labels: NDArray[np.int64], draw: np.random.Generator) -> tuple[Array, Array]:
    scene, mask = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(12):  # strokes that are no digit
        y, x, long = draw.integers(0, SIDE, 3)
        down, right = (1, long // 4 + 1) if draw.random() < 0.5 else (long // 4 + 1, 1)
        scene[y : y + down, x : x + right] = draw.integers(4, 15)
    cells = draw.permutation(9)[:3]  # of a 3 by 3 grid: digits never overlap
    for cell in cells:
        chosen = draw.integers(0, len(images))
        place = (slice(cell // 3 * DIGIT, (cell // 3 + 1) * DIGIT), slice(cell % 3 * DIGIT, (cell % 3 + 1) * DIGIT))
        scene[place] = np.maximum(images[chosen], scene[place] * draw.integers(0, 2))
        mask[place] = np.where(images[chosen] >= 6, labels[chosen] + 1, 0)
    return scene, mask


def sentences(django: Path) -> list[tuple[str, str]]:
    """What Django says to its users, in eleven languages: (text, language), sorted."""
    found: set[tuple[str, str]] = set()
    for code, language in LANGUAGES.items():
        for path in sorted(django.glob(f"**/locale/{code}/LC_MESSAGES/django.po")):
            for english, translated in _messages(path.read_text(encoding="utf-8")):
                if english.lower() != translated.lower():
                    found |= {(english, "English"), (translated, language)}
    return sorted((text, language) for text, language in found if _is_sentence(text))


def _messages(text: str) -> Iterator[tuple[str, str]]:
    for block in text.split("\n\n"):
        if not any(mark in block for mark in ("#, fuzzy", "#~", "msgid_plural")):
            yield _plain(_quoted("msgid", block)), _plain(_quoted("msgstr", block))


def _quoted(key: str, block: str) -> str:
    found = re.search(rf'^{key} ((?:".*"\n?)+)', block, re.MULTILINE)
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[1])) if found else ""


def _plain(message: str) -> str:
    """Without placeholders, tags and marks that would give a language away or mean nothing to a reader."""
    text = message.replace('\\"', "").replace("\\n", " ")
    text = re.sub(r"%\(\w+\)[sd]|%[sd]|\{\{?[^}]*\}?\}|<[^>]*>|&\w+;|[“”„«»‘’\"'()*]", "", text)
    return re.sub(r"\s+", " ", text).strip(" .:,;…!?-")


def _is_sentence(text: str) -> bool:
    return SHORTEST <= len(text) <= LONGEST and " " in text and re.fullmatch(r"[^\d_%{}<>@/\\\[\]=]+", text) is not None


def sunspots(path: Path) -> list[tuple[str, float]]:
    """(month, mean number of sunspots) from January 1749 on."""
    years = [line.split() for line in path.read_text(encoding="ascii").splitlines() if re.match(r"\d{4}  ", line)]
    return [(f"{year}-{i:02}", float(v)) for year, *values in years for i, v in enumerate(values, 1)]


def main(django: Path, spots: Path) -> None:
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / "digit_pairs.npz", **digit_pairs())  # type: ignore[arg-type]
    np.savez_compressed(FOLDER / "digit_scenes.npz", **digit_scenes())  # type: ignore[arg-type]
    for name, head, rows in (
        ("languages.csv", ("text", "language"), sentences(django)),
        ("sunspots.csv", ("month", "sunspots"), sunspots(spots)),
    ):
        with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))

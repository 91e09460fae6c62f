"""The small real data sets that ship inside scikit-learn, read from its files: importing it would take seconds."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from netstudio.data.dataset import Array, Dataset
from netstudio.errors import DataError, suggestion

IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
    "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline",
)  # fmt: skip
MEASURES = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry",
    "fractal dimension",
)  # fmt: skip
BREAST_CANCER = (
    *(f"mean {m}" for m in MEASURES), *(f"{m} error" for m in MEASURES), *(f"worst {m}" for m in MEASURES)
)  # fmt: skip
DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def read(name: str) -> Dataset:
    """The data set of that name; DataError where there is none or scikit-learn's files are not there."""
    if name not in READERS:
        near = suggestion(name, READERS) or f"; there are {', '.join(READERS)}"
        raise DataError(f"sklearn has no data set {name!r} here{near}")
    try:
        return READERS[name]()
    except OSError as error:
        raise DataError(f"can't read scikit-learn's file of {name} ({error}); install scikit-learn again") from error


def _folder() -> Path:
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise DataError("scikit-learn is not installed, and its data sets come with it; pip install scikit-learn")
    return Path(spec.origin).parent / "datasets" / "data"


@cache
def _digits() -> Dataset:
    """1797 scans of handwritten digits, 8×8 pixels, scaled from 0..16 to 0..1."""
    numbers = np.loadtxt(_folder() / "digits.csv.gz", delimiter=",")
    pixels = (numbers[:, :-1] / 16).astype(np.float32)
    fields: dict[str, Array] = {
        "image": pixels.reshape(-1, 8, 8, 1),
        "pixels": pixels,
        "label": numbers[:, -1].astype(np.int64),
    }
    return Dataset("sklearn:digits", fields, {"label": tuple("0123456789")})


def _iris() -> Dataset:
    return _classified("iris", "iris.csv", IRIS)


def _wine() -> Dataset:
    return _classified("wine", "wine_data.csv", WINE)


def _breast_cancer() -> Dataset:
    return _classified("breast_cancer", "breast_cancer.csv", BREAST_CANCER)


def _classified(name: str, file: str, columns: tuple[str, ...]) -> Dataset:
    """A table whose last column is the class; its first line holds rows, columns and the names of the classes."""
    path = _folder() / file
    with path.open(encoding="utf-8") as lines:
        classes = tuple(next(lines).strip().split(",")[2:])
    numbers = np.loadtxt(path, delimiter=",", skiprows=1)
    fields = {**_features(numbers[:, :-1], columns), "label": numbers[:, -1].astype(np.int64)}
    return Dataset(f"sklearn:{name}", fields, {"label": classes}, columns)


def _diabetes() -> Dataset:
    """442 patients in the units measured (scikit-learn's scaled=False), and how the illness went on in a year."""
    numbers = np.loadtxt(_folder() / "diabetes_data_raw.csv.gz")
    target = np.loadtxt(_folder() / "diabetes_target.csv.gz").astype(np.float32)
    return Dataset("sklearn:diabetes", {**_features(numbers, DIABETES), "target": target}, {}, DIABETES)


def _features(numbers: Array, columns: tuple[str, ...]) -> dict[str, Array]:
    features = numbers.astype(np.float32)
    return {"features": features, **{name: features[:, i] for i, name in enumerate(columns)}}


READERS: dict[str, Callable[[], Dataset]] = {
    "digits": _digits,
    "iris": _iris,
    "wine": _wine,
    "breast_cancer": _breast_cancer,
    "diabetes": _diabetes,
}

"""What a trained model is given to predict for."""

from pathlib import Path

import numpy as np
import pytest

from netstudio.data.preprocessing import Preprocessing, Scaling
from netstudio.data.samples import Samples, read_samples
from netstudio.errors import DataError
from netstudio.graph import Graph, Node

GRAPH = Graph(nodes={"x": Node("x", "Input", {"shape": [3]})})
WORDS = Graph(nodes={"x": Node("x", "Input", {"shape": [], "dtype": "int"})})
NAMED = Preprocessing(columns={"x": ("a", "b", "c")})


def read(
    folder: Path, text: str, graph: Graph = GRAPH, fitted: Preprocessing = NAMED, **classes: tuple[str]
) -> Samples:
    (folder / "t.csv").write_text(text)
    return read_samples(folder / "t.csv", graph, fitted, classes)


def test_columns_are_found_by_name_and_others_left_alone(tmp_path: Path) -> None:
    samples = read(tmp_path, "note,c,b,a\nn,3,2,1\nm,6,5,4\n")
    np.testing.assert_array_equal(samples.x["x"], [[1, 2, 3], [4, 5, 6]])
    assert samples.names == ("0", "1")


def test_a_model_of_nameless_places_takes_as_many_columns(tmp_path: Path) -> None:
    fitted = Preprocessing(columns={"x": ("pixels",)})
    np.testing.assert_array_equal(read(tmp_path, "p,q,r\n1,2,3\n", fitted=fitted).x["x"], [[1, 2, 3]])
    with pytest.raises(DataError, match="has no column 'pixels'"):
        read(tmp_path, "p,q\n1,2\n", fitted=fitted)


def test_the_scaling_of_the_training_is_repeated(tmp_path: Path) -> None:
    fitted = Preprocessing({"x": Scaling("standardize", (1.0, 1.0, 1.0), (2.0, 2.0, 2.0))}, NAMED.columns)
    np.testing.assert_array_equal(read(tmp_path, "a,b,c\n1,3,5\n", fitted=fitted).x["x"], [[0, 1, 2]])


def test_classes_are_numbered_as_in_the_training(tmp_path: Path) -> None:
    fitted = Preprocessing(columns={"x": ("word",)})
    samples = read(tmp_path, "word\nzebra\nant\n", WORDS, fitted, x=("ant", "bee", "zebra"))
    np.testing.assert_array_equal(samples.x["x"], [2, 0])
    with pytest.raises(DataError, match="has the class 'yak'; the model knows ant, bee"):
        read(tmp_path, "word\nyak\n", WORDS, fitted, x=("ant", "bee"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,c\n1,x,3\n", "column 'b' holds text; the model was trained on numbers there"),
        ("a,b,c\n1,,3\n", "line 2, column 'b' is empty"),
        ("a,b,c\n", "holds no samples"),
    ],
)
def test_tables_that_do_not_do(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)

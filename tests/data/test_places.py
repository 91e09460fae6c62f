"""Data are found from where the document stands, wherever it is saved to."""

from pathlib import Path

from netstudio.data.places import moved, named_from


def test_a_file_beside_the_document_is_named_from_there(tmp_path: Path) -> None:
    assert named_from(tmp_path / "data" / "a.csv", tmp_path) == "data/a.csv"
    assert named_from(Path("/elsewhere/a.csv"), tmp_path) == "/elsewhere/a.csv"


def test_a_document_that_moves_keeps_its_data(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old / "data", new):
        folder.mkdir(parents=True)
    (old / "data" / "a.csv").write_text("a\n1\n")
    assert moved("data/a.csv", old, new) == str(old / "data" / "a.csv")
    assert moved("data/a.csv", old, old) == "data/a.csv"
    assert moved(str(old / "data" / "a.csv"), old, new) == str(old / "data" / "a.csv")
    assert moved("../old/data/a.csv", new, tmp_path) == "old/data/a.csv"
    assert moved("sklearn:iris", old, new) == "sklearn:iris"
    assert moved("data/gone.csv", old, new) == "data/gone.csv"
    assert moved(None, old, new) is None

"""What is told of data before training, what is suggested, and what a graph must change to take it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.data.describe import describe
from netstudio.data.fitting import fitting, misfits
from netstudio.data.prepare import prepare
from netstudio.data.settings import DataSettings
from netstudio.errors import DataError
from netstudio.graph import Graph
from tests.data.test_prepare import graph

RNG = np.random.default_rng(5)


def houses(folder: Path, rows: int = 60) -> Path:
    lines = ["id,area,city,built,remark,garden,heated,price"]
    for i in range(rows):
        area = "" if i % 10 == 3 else f"{50 + i * 1.5}"
        city = ["Ulm", "Bonn", "NA", "Kiel"][i % 4] if i % 7 else ""
        remark = f'"house number {i} in a very quiet street, with {i * 7} windows"'
        lines.append(f"{i},{area},{city},{1950 + i % 30}-05-0{1 + i % 9},{remark},{i % 2},yes,{1000 * i + 0.5}")
    (folder / "h.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_each_column_is_told(tmp_path: Path) -> None:
    found = describe("h.csv", houses(tmp_path))
    assert (found.rows, found.target, found.classes) == (60, "price", ())
    area = found.column("area")
    values = np.array([50 + i * 1.5 for i in range(60) if i % 10 != 3])
    assert (area.type, area.missing, area.distinct, area.role) == ("number", 6, 54, "feature")
    figures = (area.minimum, area.mean, area.maximum, area.deviation)
    np.testing.assert_allclose(figures, [values.min(), values.mean(), values.max(), values.std()], rtol=1e-6)
    city = found.column("city")
    assert (city.type, city.missing, city.distinct) == ("category", 9, 4)  # NA is a name among categories
    assert dict(zip(city.classes, city.counts, strict=True))["Bonn"] == sum(i % 4 == 1 and i % 7 > 0 for i in range(60))
    assert (found.column("built").guess, found.column("remark").guess) == ("date", "text")
    assert found.form is not None
    assert "comma" in found.form
    assert json.loads(json.dumps(found.to_json()))["rows"] == 60


def test_what_is_suggested_trains_as_it_is(tmp_path: Path) -> None:
    found = describe("h.csv", houses(tmp_path))
    block = found.suggested()
    assert block["columns"] == {
        "id": {"role": "ignore"},
        "area": {"type": "number", "missing": "flag", "scale": "standardize"},
        "city": {"type": "category", "encode": "one_hot", "unseen": "unknown", "missing": "flag"},
        "built": {"type": "date", "scale": "standardize"},
        "remark": {"type": "text"},
        "garden": {"type": "number"},
        "heated": {"role": "ignore"},
        "price": {"role": "target", "scale": "standardize"},
    }
    again = describe("h.csv", tmp_path, block)
    assert again.problem is None
    assert again.suggested() == block
    features, remark = again.field("features"), again.field("remark")
    assert features is not None
    assert remark is not None
    assert features.shape == (2 + 5 + 1 + 1,)
    assert (remark.dtype, remark.shape) == ("int", (block["text"]["length"],))
    made = graph([9], {"shape": [1]}, "MeanSquaredError", 1, **{n: v for n, v in block.items() if n != "target"})
    data = prepare(made, tmp_path)
    assert np.isfinite(data.inputs["x"]).all()
    assert abs(data.x["x"]).max() < 10


def test_what_is_said_stays(tmp_path: Path) -> None:
    said = {
        "target": "city",
        "columns": {"area": {"missing": "drop"}, "city": {"missing": "drop"}},
        "validation_split": 0.5,
    }
    block = describe("h.csv", houses(tmp_path), said).suggested()
    assert block["validation_split"] == 0.5
    assert block["columns"]["area"]["missing"] == "drop"
    assert (block["target"], block["columns"]["city"]["role"]) == ("city", "target")
    assert block["split"] == {"by": "stratified"}
    DataSettings(**block)


def test_a_column_that_can_not_be_used_is_told_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n" + "".join(f"{i},{i if i % 9 else 'x'},{i % 2}\n" for i in range(30)))
    found = describe("t.csv", tmp_path)
    assert "column 'b' is 'x' in a column of numbers" in (found.column("b").problem or "")
    assert found.suggested()["columns"]["b"] == {"role": "ignore"}
    assert found.classes == ("0", "1")


def test_arrays_are_told_by_field() -> None:
    found = describe("sklearn:digits")
    image, label = found.field("image"), found.field("label")
    assert image is not None
    assert label is not None
    assert (image.shape, image.dtype, image.minimum, image.maximum) == ((8, 8, 1), "float", 0.0, 1.0)
    assert (sum(label.counts), label.ids, found.classes) == (1797, 10, tuple("0123456789"))
    assert found.suggested() == {
        "source": "sklearn:digits", "validation_split": 0.2, "split": {"by": "stratified"}
    }  # fmt: skip


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no source of data"):
        describe("h.exe", tmp_path)


# ------------------------------------------------------------------------------------------------------ fitting


def mended(made: Graph, source: str, folder: Path | None = None, **said: Any) -> Graph:
    block = describe(source, folder, said).suggested()
    found = describe(source, folder, block)
    made = Graph(made.name, made.nodes, made.wires, block, made.training)
    for repair in fitting(made, found):
        made = repair.edit.apply(made, CATALOGUE)
    assert misfits(made, found) == ()
    return made


@pytest.mark.parametrize(
    ("made", "source", "said"),
    [
        (graph([5], units=7), "sklearn:iris", {}),
        (graph([2, 2, 3], units=7), "sklearn:digits", {}),
        (graph([5], {"shape": [9]}, "CategoricalCrossentropy", 4), "sklearn:wine", {}),
        (graph([5], {"shape": [3]}, "MeanSquaredError", 3), "sklearn:diabetes", {}),
        (graph([3], {"shape": [1]}, "MeanSquaredError", 1), "h.csv", {}),
        (graph([3]), "h.csv", {"target": "city", "columns": {"city": {"missing": "drop"}}}),
    ],
    ids=["iris", "digits", "wine", "diabetes", "houses", "cities"],
)
def test_the_repairs_make_a_graph_take_the_data(tmp_path: Path, made: Graph, source: str, said: dict[str, Any]) -> None:
    fitted = mended(made, source, houses(tmp_path), **said)
    data = prepare(fitted, tmp_path)
    assert data.rows > data.validation_rows > 0
    units = fitted.nodes["d"].params["units"]
    classes = data.classes.get("y", ())
    assert units == (len(classes) or 1)


def test_a_graph_that_fits_is_left_alone() -> None:
    assert misfits(graph([4]), describe("sklearn:iris")) == ()


def test_the_problem_says_where_and_how() -> None:
    problem, units = misfits(graph([5], units=7), describe("sklearn:iris"))
    assert (problem.node, problem.param) == ("x", "shape")
    assert problem.message == "x does not fit the data: set shape to [4], as features has it"
    assert [r.title for r in units.repairs] == ["set units to 3 of d"]


def test_a_loss_of_classes_for_a_quantity_is_told() -> None:
    found = misfits(graph([10]), describe("sklearn:diabetes"))
    assert [p.node for p in found] == ["loss"]
    assert "tells classes apart, and target is a quantity" in found[0].message


def test_rows_in_the_order_of_time_are_suggested_as_windows(tmp_path: Path) -> None:
    days = [f"2024-{month:02}-{day:02}" for month in range(1, 4) for day in range(1, 29)]
    rows = [f"{day},{i % 7 + i / 10}" for i, day in enumerate(days)]
    (tmp_path / "sales.csv").write_text("\n".join(["day,sold", *rows]))
    found = describe("sales.csv", tmp_path)
    assert found.column("day").rising
    suggested = found.suggested()
    assert suggested["columns"]["day"] == {"role": "time"}
    assert suggested["window"] == {"steps": 8}
    (tmp_path / "mixed.csv").write_text("\n".join(["day,sold", *rows[::-1]]))
    found = describe("mixed.csv", tmp_path)
    assert not found.column("day").rising
    assert "window" not in found.suggested()

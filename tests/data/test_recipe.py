"""What becomes of a table's columns: as scikit-learn would do it, from training rows alone, the same on new data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netstudio.data import spool
from netstudio.data.loading import load
from netstudio.data.prepare import prepare
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.recipe import Recipe
from netstudio.data.recipe.tokens import TextRecipe
from netstudio.data.samples import read_samples
from netstudio.data.settings import DataSettings
from netstudio.data.sources.columns import to_days
from netstudio.errors import DataError
from netstudio.graph import Graph
from tests.data.test_prepare import graph

RNG = np.random.default_rng(3)
ROWS = 60
AREA = np.where(RNG.random(ROWS) < 0.2, np.nan, RNG.normal(80, 20, ROWS).round(3))
ROOMS = np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.integers(1, 9, ROWS))
CITY = [["Ulm", "Bonn", "Kiel", None][i] for i in RNG.integers(0, 4, ROWS)]
SOLD = [["no", "yes"][i] for i in RNG.integers(0, 2, ROWS)]
FRAME = polars.DataFrame(
    {"area": AREA, "rooms": ROOMS, "city": CITY, "note": [f"a house in {c}" for c in CITY],
     "day": [f"2026-0{1 + i % 9}-1{i % 10}" for i in range(ROWS)], "sold": SOLD},
    nan_to_null=True,
)  # fmt: skip
COLUMNS: dict[str, Any] = {
    "area": {"missing": "flag", "scale": "standardize"},
    "rooms": {"missing": "median", "scale": "robust"},
    "city": {"missing": "flag", "unseen": "unknown"},
    "day": {"type": "date", "scale": "minmax"},
}
PLACES = ("area", "area is empty", "rooms", "city = Bonn", "city = Kiel", "city = Ulm", "city is empty", "day")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    FRAME.write_csv(tmp_path / "t.csv")
    FRAME.write_parquet(tmp_path / "t.parquet")
    return tmp_path


def houses(shape: int = len(PLACES), file: str = "t.csv", **data: Any) -> Graph:
    return graph([shape], units=2, source=file, **{"columns": COLUMNS, **data})


def again(fitted: Preprocessing) -> Preprocessing:
    return Preprocessing.from_json(json.loads(json.dumps(fitted.to_json())))


@pytest.mark.parametrize("file", ["t.csv", "t.parquet"])
def test_numbers_are_filled_and_scaled_as_scikit_learn_does(folder: Path, file: str) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    data = prepare(houses(file=file, validation_split=0.3), folder)
    assert data.preprocessing.columns["x"] == PLACES
    train, x = np.sort(data.train_rows), data.inputs["x"]
    days = np.array([np.datetime64(d).astype(float) for d in FRAME["day"]])
    for place, values, steps in (
        ("area", AREA, (SimpleImputer(strategy="mean"), StandardScaler())),
        ("rooms", ROOMS, (SimpleImputer(strategy="median"), RobustScaler())),
        ("day", days, (MinMaxScaler(),)),
    ):
        theirs = make_pipeline(*steps).fit(values[train, None])
        expected = theirs.transform(values[:, None])[:, 0]
        np.testing.assert_allclose(x[:, PLACES.index(place)], expected, rtol=1e-5, atol=1e-5, err_msg=place)
    np.testing.assert_array_equal(x[:, 1], np.isnan(AREA))


def test_categories_are_one_hot_as_scikit_learn_does(folder: Path) -> None:
    from sklearn.preprocessing import OneHotEncoder

    x = prepare(houses(), folder).inputs["x"]
    cities = np.array([c or "" for c in CITY])[:, None]
    theirs = OneHotEncoder(categories=[["Bonn", "Kiel", "Ulm", ""]]).fit_transform(cities).toarray()
    np.testing.assert_array_equal(x[:, 3:7], theirs)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), way=st.sampled_from(["random", "stratified"]))
def test_nothing_is_learnt_from_validation_and_test_rows(folder: Path, seed: int, way: str) -> None:
    data = {"validation_split": 0.2, "test_split": 0.1, "split": {"by": way}}
    made = houses(**data)
    before = prepare(made, folder)
    held = np.concatenate([before.held_rows, before.test_rows])
    rng = np.random.default_rng(seed)
    other = {
        "area": np.where(rng.random(len(held)) < 0.5, np.nan, rng.normal(1e4, 1e5, len(held))),
        "rooms": rng.integers(-900, 900, len(held)).astype(float),
        "city": [["Rome", "Ulm", None][i] for i in rng.integers(0, 3, len(held))],
        "day": ["1999-12-31"] * len(held),
    }
    frame = FRAME
    for name, values in other.items():
        column = frame[name].to_list()
        for row, value in zip(held, values, strict=True):
            column[row] = None if isinstance(value, float) and np.isnan(value) else value
        frame = frame.with_columns(polars.Series(name, column))
    frame.write_csv(folder / "other.csv")
    after = prepare(houses(file="other.csv", **data), folder)
    np.testing.assert_array_equal(after.held_rows, before.held_rows)
    assert after.preprocessing == before.preprocessing
    np.testing.assert_array_equal(after.x["x"], before.x["x"])
    assert (after.x_val["x"] != before.x_val["x"]).any()


def test_a_prediction_repeats_it_whatever_the_order_of_the_columns(folder: Path) -> None:
    data = prepare(houses(validation_split=0.3), folder)
    FRAME.select(reversed(FRAME.columns)).drop("sold").write_csv(folder / "new.csv")
    FRAME.drop("sold").sample(fraction=1.0, shuffle=False).write_parquet(folder / "new.parquet")
    for file in ("new.csv", "new.parquet"):
        samples = read_samples(folder / file, houses(), again(data.preprocessing), {})
        np.testing.assert_array_equal(samples.x["x"], data.inputs["x"])


def test_arrays_are_no_columns(folder: Path) -> None:
    fitted = prepare(houses(), folder).preprocessing
    np.savez(folder / "new.npz", x=np.zeros((2, len(PLACES))))
    with pytest.raises(DataError, match="trained on columns of a table"):
        read_samples(folder / "new.npz", houses(), fitted, {})


def test_a_small_table_is_read_as_the_training_was(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("code,kind\n" + "a1,x\nb2,y\n7,x\n" * 9)
    made = graph([3], units=2, source="t.csv", columns={"code": {}})
    data = prepare(made, tmp_path)
    (tmp_path / "few.csv").write_text("code,kind\n7,x\n7,y\n")
    few = prepare(made, tmp_path, "few.csv", fitted=data.preprocessing, classes=data.classes)
    np.testing.assert_array_equal(few.inputs["x"], [[1, 0, 0], [1, 0, 0]])


def test_the_hash_is_of_the_empty_cells_and_texts_too(tmp_path: Path) -> None:
    found = set()
    for content in ("a,b,c\n1,x,2\n", "a,b,c\n,x,2\n", "a,b,c\n1,y,2\n", "a,b,c\n,y,2\n"):
        (tmp_path / "t.csv").write_text(content)
        found.add(load("t.csv", tmp_path, DataSettings(columns={"b": {"type": "text"}})).hash)
    assert len(found) == 4


def test_an_evaluation_repeats_it(folder: Path) -> None:
    data = prepare(houses(validation_split=0.3), folder)
    FRAME[:7].write_csv(folder / "few.csv")
    few = prepare(houses(), folder, "few.csv", fitted=again(data.preprocessing), classes=data.classes)
    np.testing.assert_array_equal(few.inputs["x"], data.inputs["x"][:7])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("area,rooms,town,day\n1,2,Ulm,2026-01-01\n", "has no column 'city'"),
        ("area,rooms,City,day\n1,2,Ulm,2026-01-01\n", "has no column 'city': did you mean 'City'"),
        ("area,rooms,city,day\n1,two,Ulm,2026-01-01\n", "line 2, column 'rooms' is 'two' in a column of numbers"),
        ("area,rooms,city,day\n1,2,Ulm,31/12/2026\n", "line 2, column 'day' is '31/12/2026', no date"),
        ("area,rooms,city,day\n1,2,Ulm,\n", "line 2, column 'day' is empty; the model was trained on full rows"),
        ("area,rooms,city,day\n", "holds no samples"),
    ],
)
def test_new_data_that_do_not_do_are_named(folder: Path, text: str, words: str) -> None:
    fitted = prepare(houses(), folder).preprocessing
    (folder / "new.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        read_samples(folder / "new.csv", houses(), fitted, {})
    assert words in str(caught.value)


def test_an_unseen_category_is_named_or_unknown(folder: Path) -> None:
    strict = {**COLUMNS, "city": {"missing": "flag"}}
    fitted = prepare(houses(columns=strict), folder).preprocessing
    (folder / "new.csv").write_text(
        "area,rooms,city,day\n1,2,Ulm,2026-01-01\n1,2,Bon,2026-01-01\n1,2,Rome,2026-01-01\n"
    )
    with pytest.raises(DataError) as caught:
        read_samples(folder / "new.csv", houses(), fitted, {})
    assert "line 3, column 'city' is 'Bon', which no training row had: did you mean 'Bonn'" in str(caught.value)
    assert "(and so are 'Rome')" in str(caught.value)
    fitted = prepare(houses(), folder).preprocessing
    x = read_samples(folder / "new.csv", houses(), fitted, {}).x["x"]
    np.testing.assert_array_equal(x[:, 3:7], [[0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


def test_a_category_as_an_integer_for_an_embedding(folder: Path) -> None:
    columns = {**COLUMNS, "city": {"missing": "median", "encode": "integer", "unseen": "unknown"}}
    loaded = load("t.csv", folder, DataSettings(columns=columns))
    assert loaded.table is not None
    recipe = Recipe.fit(loaded.table, DataSettings(columns=columns), np.arange(ROWS))
    found = recipe.apply(loaded)
    assert found.classes["city"] == ("(unknown)", "Bonn", "Kiel", "Ulm")
    most = max(("Bonn", "Kiel", "Ulm"), key=CITY.count)
    assert [found.classes["city"][i] for i in found.field("city")] == [c or most for c in CITY]
    assert found.columns == ("area", "area is empty", "rooms", "day")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "line 3, column 'area' is empty; fill it in or drop the row, or say in \"columns\" of the data"),
        ({"area": {"missing": "constant"}}, 'its "fill" is None; expected a number'),
        ({"are": {}}, "has no column 'are', of which \"columns\" speaks: did you mean 'area'"),
        ({"area": {"missing": "mean", "scale": "log"}, "rooms": {"missing": "mean"}}, "takes numbers above -1"),
        (
            {"sold": {"role": "weight"}, "area": {"missing": "mean"}, "rooms": {"role": "ignore"}},
            "holds a category, and is to weigh samples",
        ),
        (
            {"area": {"role": "weight", "missing": "drop"}, "sold": {"role": "ignore"}},
            "a sample's weight is 0 or more",
        ),
    ],
)
def test_settings_that_do_not_suit_the_columns(tmp_path: Path, columns: dict[str, Any], words: str) -> None:
    (tmp_path / "t.csv").write_text("area,rooms,sold,kind\n-5,1,yes,a\n,2,no,b\n7,3,yes,a\n8,1,no,b\n")
    features = 2 - sum(c.get("role") == "weight" for c in columns.values())
    made = graph([features], units=2, source="t.csv", columns=columns)
    with pytest.raises(DataError) as caught:
        prepare(made, tmp_path)
    assert words in str(caught.value)


def test_rows_with_empty_cells_can_be_dropped(folder: Path) -> None:
    columns = {"area": {"missing": "drop"}, "rooms": {"missing": "drop"}}
    data = prepare(houses(2, columns=columns), folder)
    whole = ~np.isnan(AREA) & ~np.isnan(ROOMS)
    np.testing.assert_allclose(data.inputs["x"], np.stack([AREA, ROOMS], axis=1)[whole], rtol=1e-6)
    np.testing.assert_array_equal(data.targets["y"], np.array([s == "yes" for s in SOLD])[whole])


def test_dates_that_could_be_read_in_two_ways_are_refused() -> None:
    texts = [
        "2026-12-31",
        "1970-01-02 12:00",
        "31.12.2026",
        "31/12/26",
        "12/31/2026",
        "26-12-31",
        "2026-02-30",
        "31.12.26",
    ]
    days = to_days(polars.Series(texts)).to_list()
    assert days == [20818.0, 1.5, 20818.0, *[None] * 5]


def test_a_month_is_its_first_day() -> None:
    texts = ["1970-02", "1749-01", "1970-02-02", "1970-13", "1970-00", "1970-2", "4711-05", "197002", "x 1970-02"]
    days = to_days(polars.Series(texts)).to_list()
    assert days == [31.0, -80718.0, 32.0, *[None] * 6]


def test_a_column_of_months_orders_a_series(tmp_path: Path) -> None:
    rows = [f"{1990 + i // 12}-{i % 12 + 1:02d},{i}" for i in range(24)]
    (tmp_path / "t.csv").write_text("\n".join(["month,v", *reversed(rows)]) + "\n")
    table = load("t.csv", tmp_path, DataSettings(columns={"month": {"role": "time"}, "v": {}})).table
    assert table is not None
    (month,) = [c for c in table.columns if c.name == "month"]
    assert (month.kind, month.problem) == ("date", None)
    assert month.exact is not None
    assert np.diff(month.exact).max() == -28.0  # as they stand, the last first


def test_an_ignored_column_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c,kind\n1,,2,x\n3,zz,4,y\n5,7,6,x\n")
    data = prepare(graph([2], units=2, source="t.csv", columns={"b": {"role": "ignore"}}), tmp_path)
    np.testing.assert_array_equal(data.inputs["x"], [[1, 2], [3, 4], [5, 6]])


def test_a_weight_is_no_feature(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,w,kind\n1,0.5,x\n3,2,y\n5,0,x\n")
    data = prepare(graph([1], units=2, source="t.csv", columns={"w": {"role": "weight"}}), tmp_path)
    assert data.weights is not None
    np.testing.assert_array_equal(data.weights, [0.5, 2, 0])
    np.testing.assert_array_equal(data.inputs["x"], [[1], [3], [5]])


def test_a_scaled_target_is_scaled_back(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,price\n1,10\n3,30\n5,80\n")
    for scale in ("standardize", "minmax", "robust", "log"):
        columns = {"price": {"role": "target", "scale": scale}}
        made = graph([1], target={"shape": [1]}, loss="MeanSquaredError", units=1, source="t.csv", columns=columns)
        data = prepare(made, tmp_path)
        assert abs(data.targets["y"]).max() < 5
        np.testing.assert_allclose(
            again(data.preprocessing).invert("y", data.targets["y"])[:, 0], [10, 30, 80], rtol=1e-5
        )


def test_in_parts_it_is_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = prepare(houses(validation_split=0.3), folder)
    monkeypatch.setattr(spool, "LIMIT", 0)
    monkeypatch.setattr(spool, "CHUNK", 200)
    parted = prepare(houses(validation_split=0.3), folder)
    assert spool.is_mapped(parted.inputs["x"])
    np.testing.assert_allclose(parted.inputs["x"], whole.inputs["x"], rtol=1e-6)


def test_a_table_that_needs_nothing_is_not_copied(tmp_path: Path) -> None:
    FRAME.select("area", "rooms", "sold").drop_nulls().write_csv(tmp_path / "t.csv")
    loaded = load("t.csv", tmp_path, DataSettings(columns={"area": {}}))
    assert loaded.table is not None
    recipe = Recipe.fit(loaded.table, DataSettings(columns={"area": {}}), np.arange(5))
    assert recipe.apply(loaded).field("features") is loaded.table.numbers


@pytest.mark.parametrize(
    "damage",
    [
        3,
        [3],
        [{"kind": "eval"}],
        [{"kind": "number", "name": "a", "missing": "error", "fill": 0, "log": False, "shift": 0, "spread": 0}],
        [{"kind": "number", "name": "a", "missing": "error", "fill": "a", "log": False, "shift": 0, "spread": 1}],
        [
            {
                "kind": "category",
                "name": "a",
                "categories": [],
                "missing": "e",
                "fill": "",
                "one_hot": 1,
                "takes_unknown": 0,
            }
        ],
        [{"kind": "text", "name": "a", "tokens": "bytes", "length": 3, "lowercase": True, "vocabulary": []}],
    ],
)
def test_a_damaged_recipe_is_refused(damage: Any) -> None:
    with pytest.raises(DataError, match="damaged"):
        Preprocessing.from_json({"recipe": damage})


# ------------------------------------------------------------------------------------------------------ texts


REVIEWS = "review,kind\n" + "".join(
    f'"{text}",{kind}\n'
    for text, kind in (
        ("Good, good film!", "a"), ("It isn't good", "b"), ("A bad film", "b"), ("good", "a"), ("What a film...", "a"),
    )
)  # fmt: skip


def with_int_input(made: Graph) -> Graph:
    from netstudio.catalogue import CATALOGUE
    from netstudio.graph.edits import SetParams

    return SetParams("x", {"dtype": "int"}).apply(made, CATALOGUE)


def test_texts_become_token_ids(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(REVIEWS)
    data = {"source": "r.csv", "columns": {"review": {"type": "text"}}, "text": {"length": 6, "vocabulary": 5}}
    made = with_int_input(graph([6], units=2, **data))
    found = prepare(made, tmp_path)
    recipe = found.preprocessing.recipe
    assert recipe is not None
    (text,) = recipe.columns
    assert isinstance(text, TextRecipe)
    assert text.vocabulary == ("good", ".", "film")  # "a" is not as frequent as "." and "film"
    np.testing.assert_array_equal(found.inputs["x"][0], [2, 1, 2, 4, 1, 0])  # good , good film ! and the end
    assert text.split("It isn't GOOD.") == ["it", "isn't", "good", "."]
    (tmp_path / "new.csv").write_text('review\n"Good good good bad a a a a a"\n')
    samples = read_samples(tmp_path / "new.csv", made, again(found.preprocessing), {})
    np.testing.assert_array_equal(samples.x["x"], [[2, 2, 2, 1, 1, 1]])


def test_the_vocabulary_is_the_training_rows(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(REVIEWS)
    data = {"source": "r.csv", "columns": {"review": {"type": "text"}}, "text": {"length": 6}, "validation_split": 0.4}
    made = with_int_input(graph([6], units=2, **data))
    before = prepare(made, tmp_path)
    lines = REVIEWS.splitlines()
    for row in before.held_rows:
        lines[row + 1] = '"zebra zebra zebra",' + lines[row + 1][-1]
    (tmp_path / "r.csv").write_text("\n".join(lines) + "\n")
    after = prepare(made, tmp_path)
    assert after.preprocessing == before.preprocessing
    np.testing.assert_array_equal(after.x_val["x"], np.tile([1, 1, 1, 0, 0, 0], (2, 1)))


def test_characters_are_tokens_too() -> None:
    recipe = TextRecipe("t", "characters", 3, False, ("a", "b"))
    assert recipe.split("aB") == ["a", "B"]
    assert recipe.ids == 4

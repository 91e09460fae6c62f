"""Commands that train and use models: train, evaluate, predict, export."""

import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netstudio.cli.progress import Display
from netstudio.data.loading import load
from netstudio.files.models import read_model
from netstudio.resources import SAMPLES
from netstudio.training.progress import Progress
from tests.cli.conftest import Run
from tests.journeys.makers import table

IRIS, DIGITS, DIABETES, CANCER = (
    SAMPLES / f"{name}.json" for name in ("iris", "digits_cnn", "diabetes", "breast_cancer")
)


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model of the irises."""
    return trained(IRIS, tmp_path_factory, 30)


def trained(graph: Path, folders: pytest.TempPathFactory, epochs: int) -> Path:
    from netstudio import Trainer, load_graph
    from netstudio.cli.train import changed

    trainer = Trainer.from_graph(changed(load_graph(graph), {"epochs": epochs}, None), threads=1)
    assert sum(p.event == "epoch" for p in trainer.run()) == epochs
    path = folders.mktemp("models") / f"{graph.stem}.npz"
    trainer.model.save(path)
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# ------------------------------------------------------------------------------------------------------ train


def test_train_reports_saves_and_writes_the_history(run: Run, tmp_path: Path) -> None:
    out, history = tmp_path / "m.npz", tmp_path / "h.csv"
    status, told, err = run(
        "train", IRIS, "--epochs", 3, "--seed", 5, "--batch-size", 40, "--learning-rate", 0.02, "--threads", 1,
        "--out", out, "--history", history, "--json",
    )  # fmt: skip
    report = json.loads(told)
    assert status == 0
    assert (report["epochs"], report["seed"], report["threads"], report["model"]) == (3, 5, 1, str(out))
    assert set(report["history"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 3 for values in report["history"].values())
    assert report["history"]["loss"][2] < report["history"]["loss"][0]
    assert min(report["seconds"], report["samples_per_second"], report["compile_seconds"]) > 0
    assert "epoch 3/3 · loss" in err
    model = read_model(out)
    assert model.graph.training["batch_size"] == 40
    assert model.graph.training["optimizer"]["params"]["learning_rate"] == 0.02
    assert model.info["seed"] == 5
    written = rows_of(history.read_text())
    assert [row["epoch"] for row in written] == ["1", "2", "3"]
    assert [float(row["val_loss"]) for row in written] == report["history"]["val_loss"]


def test_train_in_words(run: Run) -> None:
    status, out, _ = run("train", IRIS, "--epochs", 1)
    assert status == 0
    assert "1 epoch in" in out
    assert "val_accuracy" in out


def test_resuming_is_as_if_never_stopped(run: Run, tmp_path: Path) -> None:
    whole = json.loads(run("train", IRIS, "--epochs", 4, "--json").out)
    run("train", IRIS, "--epochs", 2, "--checkpoint", tmp_path / "c.npz")
    rest = json.loads(run("train", IRIS, "--epochs", 4, "--resume", tmp_path / "c.npz", "--json").out)
    assert rest["epochs"] == 4
    assert rest["history"] == whole["history"]


def test_other_data_takes_the_place_of_the_documents(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"{i % 7},{i % 3},{i % 5},{i},{'abc'[i % 3]}" for i in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["p,q,r,s,kind", *lines]))
    monkeypatch.chdir(tmp_path)
    status, _, err = run("train", IRIS, "--data", "t.csv", "--epochs", 1, "--out", "m.npz")
    assert status == 0, err
    assert read_model(tmp_path / "m.npz").classes == {"kind": ("a", "b", "c")}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "no.csv"], "there is no file"),
        (["--data", "sklearn:digits"], "'kind' takes 0 to 2"),
        (["--data", "sklearn:irs"], "did you mean 'iris'?"),
        (["--learning-rate", "-1"], "learning_rate is -1.0; expected a number, above 0"),
        (["--out", "nowhere/m.npz"], "its folder is not there"),
        (["--resume", "no.npz"], "there is no file"),
    ],
)
def test_what_can_not_be_trained_says_why(
    run: Run, arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run("train", IRIS, "--epochs", 1, *arguments)
    assert (status, out) == (1, "")
    assert words in err
    assert "Traceback" not in err


def test_an_interrupted_run_saves_its_last_whole_epoch(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = Display.show

    def interrupting(display: Display, progress: Progress) -> None:
        show(display, progress)
        if progress.epoch == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Display, "show", interrupting)
    status, out, err = run("train", IRIS, "--epochs", 9, "--out", tmp_path / "m.npz", "--json")
    assert status == 130
    assert f"interrupted after 2 epochs; the model as it was then is in {tmp_path / 'm.npz'}" in err
    report = json.loads(out)
    assert report["epochs"] == 2
    monkeypatch.undo()
    run("train", IRIS, "--epochs", 2, "--out", tmp_path / "two.npz")
    for name, values in read_model(tmp_path / "two.npz").weights.items():
        np.testing.assert_array_equal(read_model(tmp_path / "m.npz").weights[name], values)


def test_resuming_with_other_metrics_or_nothing_left_to_do(run: Run, tmp_path: Path) -> None:
    checkpoint, history = tmp_path / "c.npz", tmp_path / "h.csv"
    run("train", IRIS, "--epochs", 2, "--checkpoint", checkpoint)
    document = json.loads(IRIS.read_text(encoding="utf-8"))
    document["training"]["metrics"] = ["sparse_top_k_categorical_accuracy"]
    graph = tmp_path / "g.json"
    graph.write_text(json.dumps(document), encoding="utf-8")
    status, out, err = run("train", graph, "--resume", checkpoint, "--epochs", 3, "--history", history, "--json")
    assert status == 0, err
    figures = json.loads(out)["history"]
    assert {len(values) for values in figures.values()} == {3}
    assert figures["accuracy"][2] is None
    (added,) = (name for name in figures if "top_k" in name and not name.startswith("val_"))
    assert figures[added][:2] == [None, None]
    assert figures[added][2] > 0
    rows = rows_of(history.read_text(encoding="utf-8"))
    assert [row["accuracy"] for row in rows][2] == "nan"
    status, _, err = run("train", IRIS, "--resume", checkpoint, "--epochs", 2)
    assert status == 0
    assert f"note: {checkpoint} stands at epoch 2 already, and so many are asked for in all" in err


def test_a_slip_does_not_overwrite_the_graph(run: Run, tmp_path: Path) -> None:
    graph = tmp_path / "g.json"
    graph.write_bytes(IRIS.read_bytes())
    for option, suffix in (("--out", "npz"), ("--checkpoint", "npz"), ("--history", "csv")):
        status, _, err = run("train", graph, "--epochs", 1, option, graph)
        assert status == 2
        assert f"should end in .{suffix}: what goes there is a" in " ".join(err.replace("│", " ").split())
    assert graph.read_bytes() == IRIS.read_bytes()


def test_a_file_is_not_written_over_another_that_is_asked_for(run: Run, iris: Path, tmp_path: Path) -> None:
    both = tmp_path / "m.npz"
    status, _, err = run("train", IRIS, "--epochs", 1, "--out", both, "--checkpoint", both)
    assert status == 1
    assert f"--out and --checkpoint both name {both}" in err
    flowers = table("iris", tmp_path / "flowers.csv")
    before = flowers.read_bytes()
    status, _, err = run("predict", iris, flowers, "--out", flowers)
    assert status == 1
    assert f"--out names {flowers}, which is what to predict for; choose another name" in err
    assert flowers.read_bytes() == before


# ------------------------------------------------------------------------------------------------------ evaluate


def test_evaluate_gives_what_training_gave(run: Run, iris: Path) -> None:
    report = json.loads(run("evaluate", iris, "--json").out)
    history = read_model(iris).history
    assert report["loss"] == pytest.approx(history["val_loss"][-1], rel=1e-5)
    assert report["accuracy"] == pytest.approx(history["val_accuracy"][-1], rel=1e-5)
    assert (report["samples"], report["part"]) == (30, "validation")
    every = json.loads(run("evaluate", iris, "--data", "sklearn:iris", "--json").out)
    assert (every["samples"], every["part"]) == (150, "all")
    assert "30 samples kept from training of sklearn:iris" in run("evaluate", iris).out


def test_evaluate_refuses_other_files(run: Run, tmp_path: Path, iris: Path) -> None:
    np.savez(tmp_path / "d.npz", a=np.zeros(3))
    status, _, err = run("evaluate", tmp_path / "d.npz")
    assert status == 1
    assert "is no model file" in err


# ------------------------------------------------------------------------------------------------------ predict


def iris_table(path: Path, columns: list[str] | None = None) -> Path:
    data = load("sklearn:iris")
    columns = columns or list(data.columns)
    rows = np.stack([data.field(c) for c in columns], axis=1)[::10]
    path.write_text("\n".join([",".join(columns), *(",".join(f"{v:g}" for v in row) for row in rows)]))
    return path


def test_predict_a_table_whatever_the_order_of_its_columns(run: Run, iris: Path, tmp_path: Path) -> None:
    columns = list(load("sklearn:iris").columns)
    status, out, err = run("predict", iris, iris_table(tmp_path / "a.csv"))
    assert status == 0, err
    told = rows_of(out)
    assert len(told) == 15
    assert set(told[0]) == {"sample", "class", "probability", "p(setosa)", "p(versicolor)", "p(virginica)"}
    right = load("sklearn:iris").field("label")[::10]
    names = load("sklearn:iris").classes["label"]
    assert sum(row["class"] == names[k] for row, k in zip(told, right, strict=True)) >= 13
    for row in told:
        chances = [float(row[f"p({n})"]) for n in names]
        assert sum(chances) == pytest.approx(1, abs=1e-5)
        assert float(row["probability"]) == max(chances)
    assert run("predict", iris, iris_table(tmp_path / "b.csv", columns[::-1])).out == out


def test_predict_names_the_columns_that_are_missing(run: Run, iris: Path, tmp_path: Path) -> None:
    text = iris_table(tmp_path / "a.csv").read_text().replace("petal width (cm)", "petal_width_cm", 1)
    (tmp_path / "a.csv").write_text(text + "\n")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    status, _, err = run("predict", iris, tmp_path / "b.csv")
    assert status == 1
    assert "has no column 'sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'" in err
    status, _, err = run("predict", iris, tmp_path / "a.csv")
    assert status == 1
    assert "has no column 'petal width (cm)': did you mean 'petal_width_cm'?" in err


def test_predict_writes_csv_json_and_arrays(run: Run, iris: Path, tmp_path: Path) -> None:
    table = iris_table(tmp_path / "a.csv")
    shown = run("predict", iris, table).out
    for name in ("p.csv", "p.json", "p.npz"):
        assert run("predict", iris, table, "--out", tmp_path / name)[:2] == (0, "")
    assert (tmp_path / "p.csv").read_text() == shown
    told = json.loads((tmp_path / "p.json").read_text())["predictions"]
    assert [row["class"] for row in told] == [row["class"] for row in rows_of(shown)]
    with np.load(tmp_path / "p.npz", allow_pickle=False) as arrays:
        assert arrays["kinds"].shape == (15, 3)
        np.testing.assert_array_equal(arrays["kinds"].argmax(axis=1), arrays["kinds/class"])
    status, _, err = run("predict", iris, table, "--out", tmp_path / "p.xlsx")
    assert status == 1
    assert "suffixes .csv, .npz, .json" in err


def test_predict_arrays(run: Run, iris: Path, tmp_path: Path) -> None:
    features = load("sklearn:iris").field("features")[::10]
    told = run("predict", iris, iris_table(tmp_path / "a.csv")).out
    for name in ("sizes", "features", "anything"):
        np.savez(tmp_path / "d.npz", **{name: features})
        assert run("predict", iris, tmp_path / "d.npz").out == told
    np.savez(tmp_path / "d.npz", sizes=features[:, :3])
    status, _, err = run("predict", iris, tmp_path / "d.npz")
    assert status == 1
    assert "has the shape (3,); the Input 'sizes' takes (4,)" in err


def test_quantities_come_in_the_datas_units(run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = trained(DIABETES, tmp_path_factory, 30)
    data = load("sklearn:diabetes")
    np.savez(tmp_path / "d.npz", features=data.field("features"))
    told = np.array([float(row["estimate"]) for row in rows_of(run("predict", model, tmp_path / "d.npz").out)])
    assert np.corrcoef(told, data.field("target"))[0, 1] > 0.6
    assert told.mean() == pytest.approx(data.field("target").mean(), rel=0.2)


def test_yes_or_no_has_two_classes(run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = trained(CANCER, tmp_path_factory, 5)
    data = load("sklearn:breast_cancer")
    np.savez(tmp_path / "d.npz", features=data.field("features"))
    told = rows_of(run("predict", model, tmp_path / "d.npz").out)
    right = [data.classes["label"][k] for k in data.field("label")]
    assert np.mean([row["class"] == kind for row, kind in zip(told, right, strict=True)]) > 0.9
    assert float(told[0]["p(benign)"]) + float(told[0]["p(malignant)"]) == pytest.approx(1, abs=1e-6)


def test_predict_images(run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = trained(DIGITS, tmp_path_factory, 2)
    data = load("sklearn:digits")
    (tmp_path / "new").mkdir()
    for i in range(20):
        pixels = np.round(data.field("image")[i, :, :, 0] * 255).astype(np.uint8)
        Image.fromarray(pixels).convert("RGB").save(tmp_path / "new" / f"{i:02}.png")
    told = rows_of(run("predict", model, tmp_path / "new").out)
    assert [row["sample"] for row in told] == [f"{i:02}.png" for i in range(20)]
    assert sum(int(row["class"]) == k for row, k in zip(told, data.field("label")[:20], strict=True)) >= 17
    assert rows_of(run("predict", model, tmp_path / "new" / "03.png").out)[0]["class"] == told[3]["class"]
    Image.new("L", (9, 8)).save(tmp_path / "wide.png")
    status, _, err = run("predict", model, tmp_path / "wide.png")
    assert status == 1
    assert "is 9×8 pixels; the Input 'image' takes 8×8" in err


@pytest.mark.parametrize(
    ("name", "words"), [("no.csv", "there is no file"), ("a.doc", "expected a .csv"), (".", "has no images")]
)
def test_what_can_not_be_predicted(run: Run, iris: Path, tmp_path: Path, name: str, words: str) -> None:
    status, _, err = run("predict", iris, tmp_path / name)
    assert status == 1
    assert words in err


# ------------------------------------------------------------------------------------------------------ export


def test_export_npz_is_the_model(run: Run, iris: Path, tmp_path: Path) -> None:
    assert run("export", iris, "--to", "npz", "-o", tmp_path / "e.npz").status == 0
    before, after = read_model(iris), read_model(tmp_path / "e.npz")
    assert after.graph == before.graph
    for name, values in before.weights.items():
        np.testing.assert_array_equal(after.weights[name], values)


def test_export_names_the_forms_there_are(run: Run, iris: Path, tmp_path: Path) -> None:
    status, _, err = run("export", iris, "--to", "nothing", "-o", tmp_path / "e.bin")
    assert status == 1
    assert "can't export to 'nothing'; there are npz" in err


def test_export_says_what_it_wrote(run: Run, iris: Path, tmp_path: Path) -> None:
    status, out, err = run("export", iris, "--to", "keras", "-o", tmp_path / "e.py")
    assert status == 0
    assert [line.split(" (")[0] for line in out.splitlines()] == [
        f"wrote {tmp_path / 'e.py'}",
        f"wrote {tmp_path / 'e.weights.npz'}",
    ]
    assert err == ""
    _, out, err = run("export", iris, "-o", tmp_path / "e.keras")
    assert out.startswith(f"wrote {tmp_path / 'e.keras'}")
    assert "note: the input 'sizes' takes the data as they were prepared" in err


def test_export_mends_a_slip_and_asks_what_code_is_meant(run: Run, iris: Path, tmp_path: Path) -> None:
    _, _, err = run("export", iris, "--to", "kears", "-o", tmp_path / "e.keras")
    assert "can't export to 'kears': did you mean 'keras'?" in err
    _, _, err = run("export", iris, "-o", tmp_path / "e.py")
    assert "can't export to '.py' alone, which may be keras, torch or numpy: say which with --to" in err
    _, out, _ = run("export", "--help")
    assert "keras (.keras, .py): What keras.saving.load_model opens" in out


# ------------------------------------------------------------------------------------------------------ Ctrl+C


@pytest.mark.parametrize(("asked", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_real_signal_ends_the_process_and_the_model_is_saved(asked: str, status: int, tmp_path: Path) -> None:
    out = tmp_path / "m.npz"
    command = [sys.executable, "-m", "netstudio", "train", str(IRIS), "--epochs", "1000000", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "epoch 3/" in line:
                process.send_signal(getattr(signal, asked))
                break
        rest = process.stderr.read()
        assert process.wait(timeout=30) == status
    assert "Traceback" not in rest
    assert len(read_model(out).history["loss"]) >= 3
    assert [path.name for path in tmp_path.iterdir()] == ["m.npz"]


def test_an_interrupt_before_the_first_epoch_saves_nothing_and_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupting(display: object, progress: Progress) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("netstudio.cli.progress.Display.show", interrupting)
    status, out, err = run("train", IRIS, "--out", tmp_path / "m.npz", "--checkpoint", tmp_path / "c.npz")
    assert (status, out) == (130, "")
    assert "interrupted after 0 epochs; nothing was saved" in err
    assert not list(tmp_path.iterdir())


def test_what_is_interrupted_keeps_the_averages_that_the_optimizer_asks_for(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights of a run with a moving average are that average, whether it ended or was ended."""
    document = json.loads(IRIS.read_text(encoding="utf-8"))
    document["training"]["optimizer"] = {"type": "Adam", "params": {"use_ema": True}}
    graph = tmp_path / "g.json"
    graph.write_text(json.dumps(document), encoding="utf-8")
    run("train", graph, "--epochs", 2, "--out", tmp_path / "two.npz")
    show = Display.show

    def interrupting(display: Display, progress: Progress) -> None:
        show(display, progress)
        if progress.epoch == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Display, "show", interrupting)
    assert run("train", graph, "--epochs", 9, "--out", tmp_path / "m.npz").status == 130
    for name, values in read_model(tmp_path / "two.npz").weights.items():
        np.testing.assert_array_equal(read_model(tmp_path / "m.npz").weights[name], values)


def test_a_model_is_judged_on_what_it_was_trained_on_wherever_it_lies(run: Run, tmp_path: Path) -> None:
    work, away = tmp_path / "work", tmp_path / "away"
    work.mkdir()
    away.mkdir()
    table("iris", work / "flowers.csv")
    document = json.loads(IRIS.read_text(encoding="utf-8"))
    for source in ("flowers.csv", None):
        document["data"]["source"] = source
        if source is None:
            del document["data"]["source"]
        (work / "graph.json").write_text(json.dumps(document), encoding="utf-8")
        given = [] if source else ["--data", work / "flowers.csv"]
        status, told, err = run("train", work / "graph.json", *given, "--epochs", 2, "--out", away / "m.npz", "--json")
        assert status == 0, err
        status, judged, err = run("evaluate", away / "m.npz", "--json")
        assert status == 0, err
        expected = json.loads(told)["history"]["val_loss"][-1]
        assert json.loads(judged)["loss"] == pytest.approx(expected, rel=1e-5)

"""Tables through the command line: train, predict and export a table never seen before; the area under the curve."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import torch
from sklearn.metrics import roc_auc_score

from backend import data
from backend.cli import main
from backend.data import known
from backend.metrics import MOST_KEPT, Collected, Meter
from backend.overrides import override
from graph.document import NodeKey
from graph.layers import CATALOGUE
from graph.modules.scoring import area_under_roc, score_of_second
from graph.specs import TensorSpec
from graph.templates import find_design
from tests.test_data_tables_used import HEAD, people, write

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def run(tmp_path: Path, capsys: Capture) -> Path:
    """A run of the bank's template on a table of other columns."""
    write(tmp_path / "people.csv", people(), separator=";")
    folder = tmp_path / "run"
    code = main(["train", "bank-churn", "--data", str(tmp_path / "people.csv"), "--target", "left", "--epochs", "2",
                 "--set", "customers.drop=grade", "--out", str(folder), "--json"])  # fmt: skip
    said = capsys.readouterr()
    assert code == 0
    assert "Left out: “key” (every row has another value" in said.err
    metrics = json.loads(said.out.splitlines()[-1])["metrics"]
    assert set(metrics["test"]) == {"loss", "accuracy", "auc"}
    assert set(metrics["train"]) == {"loss", "accuracy"}
    return folder


def test_a_table_never_seen_is_trained_asked_and_exported(run: Path, tmp_path: Path, capsys: Capture) -> None:
    rows = people(40, seed=9)
    rows[3][3] = "Atlantis"
    without = [row[:-1] for row in rows]
    asked = write(tmp_path / "asked.csv", without, HEAD[:-1])
    assert main(["predict", str(run), "--input", str(asked), "--json"]) == 0
    said = capsys.readouterr()
    assert "“city”: row 4 holds “Atlantis”" in said.err
    predictions = json.loads(said.out.splitlines()[-1])["predictions"]
    assert len(predictions) == 40
    assert set(predictions[0]["probabilities"]) == {"no", "yes"}

    (tmp_path / "people.csv").unlink()  # a run knows how its rows were prepared
    assert main(["predict", str(run), "--input", str(asked), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["predictions"] == predictions
    write(tmp_path / "people.csv", people(), separator=";")
    assert main(["export", str(run), "--format", "python", "--to", str(tmp_path / "alone.py")]) == 0
    check = (
        "import json, sys, torch, alone; model = alone.load_model(); "
        f"table = alone.read_table({str(tmp_path / 'people.csv')!r}); given = alone.read_features(table); "
        "made = model(*given.values()); print(json.dumps(made.tolist())); assert 'graph' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert main(["predict", str(run), "--input", str(tmp_path / "people.csv"), "--json"]) == 0
    ours = json.loads(capsys.readouterr().out.splitlines()[-1])["predictions"]
    theirs = np.array(json.loads(done.stdout))
    assert np.allclose([each["probabilities"]["yes"] for each in ours], theirs[:, 1], atol=1e-6)


def test_a_run_is_tested_and_resumed(run: Path, capsys: Capture) -> None:
    assert main(["test", str(run), "--json"]) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    record = json.loads((run / "run.json").read_bytes())
    assert again["test"] == pytest.approx(record["metrics"]["test"], abs=1e-6)
    assert record["data"]["customers"]["notes"]
    assert main(["train", "--resume", str(run), "--epochs", "3", "--quiet"]) == 0


def test_a_table_is_cross_validated(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "people.csv", people(120))
    asked = ["train", "bank-churn", "--data", str(path), "--target", "left", "--set", "customers.drop=key"]
    code = main([*asked, "--folds", "3", "--epochs", "1", "--out", str(tmp_path / "all"), "--json", "--quiet"])
    assert code == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    accuracies = [each["metrics"]["test"]["accuracy"] for each in found["runs"]]
    assert found["test"]["accuracy"] == pytest.approx(
        {"mean": np.mean(accuracies), "deviation": np.std(accuracies, ddof=1)}
    )
    counts = [json.loads((tmp_path / "all" / f"fold-{n}" / "run.json").read_bytes())["data"]["customers"]["examples"]
              for n in (1, 2, 3)]  # fmt: skip
    assert sum(each["test"] for each in counts) == 120
    assert main(["train", "forecast-lstm", "--folds", "3"]) != 0
    assert "this design reads none that stand for themselves" in capsys.readouterr().err
    assert main([*asked, "--folds", "1"]) != 0
    assert "from 2 to 1,000" in capsys.readouterr().err


def test_the_wrong_node_is_told(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "people.csv", people(30))
    assert main(["train", "digits-mlp", "--data", str(path)]) != 0
    assert "is a table: put a “table” node" in capsys.readouterr().err
    assert main(["train", "bank-churn", "--data", "digits"]) != 0
    assert "“digits” is no table" in capsys.readouterr().err
    assert main(["train", "bank-churn", "--data", str(path), "--target", "lef"]) != 0
    assert "no column “lef”" in capsys.readouterr().err


def test_the_made_up_bank_is_always_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path))
    found = data.load_table("bank-churn", target="Exited", drop="Surname")
    assert [found.count(part) for part in ("train", "validation", "test")] == [7200, 800, 2000]
    assert float(found.splits["train"]["target"].float().mean()) == pytest.approx(0.19, abs=0.02)
    assert len(list((tmp_path / "data" / "bank-churn").iterdir())) == 1


# -- the area under the curve ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", [1, 5, 1000])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.99])
def test_the_area_is_that_of_scikit_learn(ties: int, share: float) -> None:
    generator = np.random.default_rng(ties)
    targets = (generator.random(3000) < share).astype(int)
    targets[:2] = 0, 1
    scores = np.round(generator.normal(size=3000) + targets, 9 if ties == 1 else 1 if ties == 5 else 0)
    ours = area_under_roc(torch.tensor(scores), torch.tensor(targets))
    assert ours == pytest.approx(roc_auc_score(targets, scores), abs=1e-12)


def test_the_area_of_one_class_is_none() -> None:
    assert np.isnan(area_under_roc(torch.rand(5), torch.ones(5)))
    meter = Meter("auc", score_of_second, float, area_under_roc)
    collected = Collected([meter])
    collected.add([(torch.rand(4, 2), torch.ones(4, dtype=torch.int64))], 4)
    assert collected.read() == {}


def test_a_metric_of_a_whole_split_is_no_mean_of_batches() -> None:
    logits, targets = torch.randn(700, 2), torch.randint(2, (700,))
    collected = Collected([Meter("auc", score_of_second, float, area_under_roc)])
    for part, answers in zip(logits.split(64), targets.split(64)):
        collected.add([(part, answers)], len(part))
    chance = torch.softmax(logits, 1)[:, 1]
    assert collected.read()["auc"] == pytest.approx(roc_auc_score(targets, chance), abs=1e-9)
    collected.add([(logits, targets)], MOST_KEPT)  # more than is kept changes nothing
    assert collected.read()["auc"] == pytest.approx(roc_auc_score(targets, chance), abs=1e-9)


def test_two_classes_are_watched_by_the_area() -> None:
    two, three = (TensorSpec((), "int64", classes=count) for count in (2, 3))
    loss = CATALOGUE["cross_entropy"]
    assert loss.measured_by(TensorSpec((2,)), two) == ("accuracy", "auc")
    assert loss.measured_by(TensorSpec((3,)), three) == ("accuracy",)
    with pytest.raises(ValueError, match="two for two classes"):
        CATALOGUE["auc"].build(TensorSpec((3,)), three)


def test_another_table_forgets_what_the_old_one_left_out(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "people.csv", people(), [*HEAD[:-2], "SurName", "left"])
    document = find_design("bank-churn")
    override(document, [str(path)])
    assert document.nodes[NodeKey("main", "customers")].params["drop"] == "Surname"
    asked = ["train", "bank-churn", "--data", str(path), "--target", "left", "--epochs", "1"]
    assert main([*asked, "--out", str(tmp_path / "run"), "--quiet"]) == 0
    assert main([*asked, "--set", "customers.drop=RowNumber", "--out", str(tmp_path / "other"), "--quiet"]) == 1
    assert "no column “RowNumber” (drop)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "columns", "rows", "target"),
    [
        ("iris", 5, 150, ("setosa", "versicolor", "virginica")),
        ("wine", 14, 178, ("class_0", "class_1", "class_2")),
        ("breast-cancer", 31, 569, ("benign", "malignant")),
        ("diabetes", 11, 442, ()),
    ],
)
def test_the_tables_of_scikit_learn_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, columns: int, rows: int, target: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path))
    assert known.present(name)
    assert len(data.fields(name)) == columns
    found = data.load_table(name, scaling="none", validation=0.0, test=0.0)
    theirs = getattr(sklearn.datasets, f"load_{name.replace('-', '_')}")
    loaded = theirs(scaled=False) if name == "diabetes" else theirs()
    assert found.count("train") == rows
    if target:
        assert found.fields["target"].names == target
        expected = [str(loaded.target_names[each]) for each in loaded.target]
        assert [target[each] for each in found.splits["train"]["target"].tolist()] == expected
    assert [each.name for each in (tmp_path / "data" / name).iterdir()] == [f"{name}.csv"]

"""Folds, resampling and few examples of a class for data that is no table, and what no split may ever leak."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backend import data
from backend.cli import main
from backend.data.preview_holding import hold
from backend.data.registry import find_format
from graph.layers import CATALOGUE
from graph.problems import DataError

Capture = pytest.CaptureFixture[str]
EXPECTED = {
    "test": [9, 11, 14, 15, 17, 29, 31, 33, 34, 39, 40, 41, 60, 64, 66, 72, 80, 86],
    "validation": [24, 37, 49, 53, 57, 65, 83],
}


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """Ninety examples of three classes: 60, 20 and 10, each with its own number as its value."""
    labels = np.repeat(np.arange(3), (60, 20, 10))
    np.savez(tmp_path / "uneven.npz", values=np.arange(90, dtype=np.float32)[:, None], label=labels)
    return tmp_path / "uneven.npz"


def held(found: data.DataSet, part: str) -> list[int]:
    return sorted(found.indices[part].tolist())


@pytest.mark.parametrize(("balance", "count"), [("repeat", 45), ("fewer", 8)])
def test_classes_are_made_alike_in_training_alone(uneven: Path, balance: Any, count: int) -> None:
    plain = data.load(str(uneven), validation=0.05)
    found = data.load(str(uneven), validation=0.05, balance=balance)
    labels = found.splits["train"]["label"]
    assert labels.bincount().tolist() == [count] * 3
    assert set(held(found, "train")) <= set(held(plain, "train"))
    assert (set(held(found, "train")) == set(held(plain, "train"))) == (balance == "repeat")
    for part in ("validation", "test"):
        assert held(found, part) == held(plain, part)


def test_folds_hold_every_example_out_once(uneven: Path) -> None:
    folds = [data.load(str(uneven), fold=f"{number}/5") for number in range(1, 6)]
    assert sorted(row for found in folds for row in held(found, "test")) == list(range(90))
    for found in folds:
        assert not set(held(found, "test")) & set(held(found, "train") + held(found, "validation"))
        assert found.splits["test"]["label"].bincount().tolist() == [12, 4, 2]


def test_folds_leave_the_test_part_of_the_data_alone(tmp_path: Path) -> None:
    rows = np.arange(42, dtype=np.float32)[:, None]
    np.savez(
        tmp_path / "own.npz", x_train=rows[:30], y_train=np.arange(30) % 3, x_test=rows[30:], y_test=np.arange(12) % 3
    )
    found = data.load(str(tmp_path / "own.npz"), fold="1/3")
    assert {part: found.count(part) for part in found.splits} == {"train": 18, "validation": 2, "test": 10}
    assert found.splits["test"]["input"].max() < 30
    assert data.load(str(tmp_path / "own.npz")).count("test") == 12


def test_balance_needs_classes(tmp_path: Path) -> None:
    np.save(tmp_path / "plain.npy", np.zeros((9, 2), np.float32))
    with pytest.raises(DataError, match=r"no classes to go by .*leave “balance” as it was"):
        data.load(str(tmp_path / "plain.npy"), balance="repeat")


@pytest.mark.parametrize("asked", [{"balance": "repeat"}, {"balance": "fewer"}, {"fold": "2/3"}, {"per_class": 3}])
def test_a_folder_is_shown_with_the_rows_that_are_trained(tmp_path: Path, asked: dict[str, Any]) -> None:
    for name, count in (("cat", 12), ("dog", 6)):
        (tmp_path / name).mkdir()
        for number in range(count):
            Image.new("RGB", (4, 4), (number, 0, 0)).save(tmp_path / name / f"{number}.png")
    kind, name = find_format(str(tmp_path))
    complete = CATALOGUE["data"].complete({"source": str(tmp_path), **asked})
    shown = hold(kind, name, str(tmp_path), "data", complete, seed=0)
    trained = data.load(str(tmp_path), **asked)
    assert dict(shown.counts) == {part: trained.count(part) for part in trained.splits}


def test_pictures_are_cross_validated(uneven: Path, tmp_path: Path, capsys: Capture) -> None:
    asked = ["train", "digits-mlp", "--set", "data_1.examples=120", "--set", "data_1.balance=fewer", "--epochs", "1"]
    assert main([*asked, "--folds", "3", "--out", str(tmp_path / "all"), "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["folds"] == 3
    records = [json.loads((tmp_path / "all" / f"fold-{n}" / "run.json").read_bytes())["data"] for n in (1, 2, 3)]
    assert [each["data_1"]["examples"]["test"] for each in records] == [40, 40, 40]


# -- nothing leaks ----------------------------------------------------------------------------------------------------


def test_the_seed_decides_the_split_everywhere(uneven: Path) -> None:
    """Literal rows: a platform or a library that draws otherwise is found out."""
    found = data.load(str(uneven), seed=7)
    assert held(found, "test") == EXPECTED["test"]
    assert held(found, "validation") == EXPECTED["validation"]


def _arrays(path: Path, altered: list[int]) -> str:
    draw = np.random.default_rng(0)
    values = draw.normal(size=(60, 3)).astype(np.float32)
    values[altered] = 1e6
    np.savez(path / "a.npz", values=values, label=np.arange(60) % 2)
    return str(path / "a.npz")


def _table(path: Path, altered: list[int]) -> str:
    draw = np.random.default_rng(0)
    rows = [
        [f"{draw.normal():.4f}", "ab"[int(draw.integers(2))], "yes" if draw.random() < 0.5 else "no"] for _ in range(60)
    ]
    for row in altered:
        rows[row][:2] = ["1e6", "ab"[row % 2]]
    (path / "t.csv").write_text("size,kind,left\n" + "\n".join(map(",".join, rows)))
    return str(path / "t.csv")


def _pictures(path: Path, altered: list[int]) -> str:
    draw = np.random.default_rng(0)
    for number in range(40):
        place = path / "photos" / ("cat" if number < 20 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.full((6, 6, 3), 255, np.uint8) if number in altered else draw.integers(0, 99, (6, 6, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"{number:02}.png")
        draw = np.random.default_rng(number + 1)
    return str(path / "photos")


def _series(path: Path, altered: list[int]) -> str:
    values = np.sin(np.arange(120) / 3)
    values[altered] = 1e6
    (path / "s.csv").write_text("value\n" + "\n".join(f"{each:.5f}" for each in values))
    return str(path / "s.csv")


def _texts(path: Path, altered: list[int]) -> str:
    words = ["good", "bad", "fine", "dull", "film", "plot"]
    lines = [f"{words[n % 6]} {words[n * 5 % 6]}\t{'up' if n % 2 else 'down'} {words[n % 3]}" for n in range(60)]
    for row in altered:
        lines[row] = "unheard words\tnever seen"
    (path / "p.txt").write_text("\n".join(lines))
    return str(path / "p.txt")


@pytest.mark.parametrize(
    ("write", "asked"),
    [
        (_arrays, {"scaling": "standard"}),
        (_arrays, {"scaling": "0 to 1"}),
        (_arrays, {"scaling": "standard", "balance": "repeat"}),
        (_arrays, {"scaling": "standard", "fold": "2/4"}),
        (_pictures, {"scaling": "standard"}),
        (_pictures, {"scaling": "standard", "keep": "disk"}),
        (_table, CATALOGUE["table"].complete({"target": "left"})),
        (_table, CATALOGUE["table"].complete({"target": "left", "fold": "1/3", "balance": "repeat"})),
        (_series, CATALOGUE["series"].complete({"window": 6})),
        (_texts, CATALOGUE["text"].complete({"reading": "pairs"})),
    ],
    ids=[
        "z-score",
        "min-max",
        "resampled",
        "fold",
        "pictures",
        "from the disk",
        "table",
        "table folds",
        "series",
        "texts",
    ],
)
def test_preparation_does_not_see_the_test(tmp_path: Path, write: Callable[[Path, list[int]], str],
                                           asked: dict[str, Any]) -> None:  # fmt: skip
    asked = {name: value for name, value in asked.items() if name != "source"}
    before = data.load(write(tmp_path, []), **asked, seed=3)
    unseen = _rows(before, "test", write) + _rows(before, "validation", write)
    assert unseen
    after = data.load(write(tmp_path, unseen), **asked, seed=3)
    assert after.preparation == before.preparation
    for name, values in before.splits["train"].items():
        assert after.splits["train"][name][:].equal(values[:])
    assert not all(after.splits["test"][name][:].equal(values[:]) for name, values in before.splits["test"].items())
    assert not set(held(before, "train")) & set(held(before, "test"))


def _rows(found: data.DataSet, part: str, write: object) -> list[int]:
    """The rows of the file that a part reads: of a series, what its windows and their forecasts span."""
    if write is not _series:
        return held(found, part)
    train = int(found.indices["train"].max()) + 8
    return list(range(train, 120)) if part == "test" else []

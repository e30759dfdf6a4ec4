"""Data that is held on the disk: the same numbers as in memory, made once, whole or not at all, and told of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from backend import data
from backend.cli import main
from backend.data import keeping
from backend.data.deferred import Deferred
from backend.data.registry import NoRoom
from backend.data.room import Room, reading_into
from backend.feeds import Stage
from graph.document import MAIN, NodeKey, Port
from graph.problems import DataError

Make = Callable[[Path], Path]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "unpacked"


def folder(root: Path, count: int = 20) -> Path:
    """Pictures of two classes, of sizes that differ."""
    draw = np.random.default_rng(0)
    for number in range(count):
        place = root / "pictures" / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        pixels = draw.integers(0, 256, (10 + number % 3, 12, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return root / "pictures"


def one_array(root: Path, dtype: str = "float64") -> Path:
    np.save(root / "one.npy", np.random.default_rng(0).normal(0, 30, (40, 3, 5)).astype(dtype))
    return root / "one.npy"


def archive(root: Path) -> Path:
    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (40, 6, 6, 3), np.uint8)
    np.savez_compressed(root / "some.npz", x_train=images[:30], y_train=np.arange(30) % 3, x_test=images[30:],
                        y_test=np.arange(10) % 3)  # fmt: skip
    return root / "some.npz"


SOURCES: dict[str, tuple[Make, dict[str, Any]]] = {
    "pictures": (folder, {}),
    "pictures of a size": (folder, {"size": 7}),
    "some classes, resampled": (archive, {"classes": "0, 2", "balance": "fewer"}),
    "an array": (one_array, {"scaling": "standard"}),
    "an array of bytes": (lambda root: one_array(root, "int16"), {"scaling": "0 to 1"}),
    "an archive": (archive, {"scaling": "standard"}),
    "an archive of a size": (archive, {"size": 4}),
    "a fold": (archive, {"fold": "2/3"}),
}


@pytest.mark.parametrize("case", SOURCES)
def test_the_disk_gives_the_same_numbers(tmp_path: Path, case: str) -> None:
    make, asked = SOURCES[case]
    source = str(make(tmp_path))
    memory, disk = (data.load(source, **asked, keep=keep, seed=5) for keep in ("memory", "disk"))
    first = next(iter(disk.fields))
    assert isinstance(disk.splits["train"][first], Deferred)
    assert disk.preparation == memory.preparation
    assert disk.fields == memory.fields
    for part in ("train", "validation", "test"):
        assert disk.indices[part].equal(memory.indices[part])
        for index in (slice(None), torch.arange(disk.count(part)).flip(0)):
            ours, theirs = disk.staged(part).batch(torch.arange(disk.count(part))), memory.batch(part, slice(None))
            assert all(ours[name].equal(theirs[name]) for name in theirs)
            assert all(disk.batch(part, index)[name].equal(memory.batch(part, index)[name]) for name in theirs)
    assert "Held on the disk" in disk.notes[-1]


@pytest.mark.parametrize("make", [folder, archive])
def test_it_is_unpacked_once_until_it_changes(tmp_path: Path, store: Path, make: Make) -> None:
    source = make(tmp_path)
    data.load(str(source), keep="disk")
    [made] = store.iterdir()
    stamp = {each.name: each.stat().st_mtime_ns for each in made.iterdir()}
    data.load(str(source), keep="disk")
    assert {each.name: each.stat().st_mtime_ns for each in made.iterdir()} == stamp
    if make is folder:
        Image.new("RGB", (12, 10)).save(source / "a" / "0.png")
    else:
        np.savez(source, x=np.zeros((8, 6, 6, 3), np.uint8), y=np.arange(8) % 2)
    data.load(str(source), keep="disk")
    assert len(list(store.iterdir())) == 2


def test_memory_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = str(folder(tmp_path))
    assert isinstance(data.load(source).splits["train"]["image"], torch.Tensor)
    monkeypatch.setattr(keeping, "memory_free", lambda: 20 * 3 * 64 * 64)
    found = data.load(source)
    assert isinstance(found.splits["train"]["image"], Deferred)
    assert found.notes == ("Held on the disk (246 kB, more than half of the 246 kB of memory that are free): unpacked "
                           "once into the cache folder and read from there batch by batch.",)  # fmt: skip


def test_a_bad_picture_leaves_nothing_behind(tmp_path: Path, store: Path) -> None:
    source = folder(tmp_path)
    (source / "a" / "2.png").write_bytes((source / "a" / "2.png").read_bytes()[:60])
    with pytest.raises(DataError, match=r"2\.png"):
        data.load(str(source), keep="disk")
    assert not list(store.iterdir())


def test_reading_can_be_cancelled_and_tells_how_far_it_is(tmp_path: Path, store: Path) -> None:
    source, told = str(folder(tmp_path, 240)), list[tuple[str, int, int]]()
    with reading_into(Room(progress=lambda *much: told.append(much))):
        data.load(source, keep="disk", size=4)
    assert told == [("pictures", 0, 240), ("pictures", 100, 240), ("pictures", 200, 240)]
    shutil.rmtree(store)
    with reading_into(Room(cancelled=lambda: True)), pytest.raises(DataError, match="cancelled"):
        data.load(source, keep="disk", size=4)
    assert not list(store.iterdir())


def test_what_was_used_longest_ago_makes_room(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = str(folder(tmp_path))
    data.load(first, keep="disk")
    [old] = store.iterdir()
    free = iter([0, 10 << 30, 10 << 30])
    monkeypatch.setattr(keeping.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, next(free)))  # type: ignore[attr-defined]
    data.load(first, keep="disk", size=4)
    assert not old.exists()
    assert len(list(store.iterdir())) == 1


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = str(folder(tmp_path))
    monkeypatch.setattr(keeping.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, 1000))  # type: ignore[attr-defined]
    with pytest.raises(NoRoom, match=r"has 1\.0 kB free; set NETLOOM_CACHE to a folder"):
        data.load(source, keep="disk")


def test_what_does_not_fit_on_the_device_stays_off_it(tmp_path: Path) -> None:
    found = data.load(str(folder(tmp_path)))
    staged = found.staged("train", torch.device("meta"), budget=0, room=0)
    assert isinstance(staged.tensors["image"], Deferred)
    assert staged.tensors["image"][torch.arange(3)].is_meta


def test_batches_are_read_ahead(tmp_path: Path) -> None:
    found = data.load(str(one_array(tmp_path)), keep="disk")
    key = NodeKey(MAIN, "data_1")
    stage = Stage({key: found}, "train", torch.device("cpu"))
    column = stage.column(Port(*key, "input"))
    batches = [({key: torch.arange(n, n + 4)}, 4) for n in range(0, 12, 4)]
    for (rows, _), number in zip(stage.announced(batches), range(3)):
        assert rows is batches[number][0]
        assert column(rows).equal(column({key: rows[key].clone()}))  # type: ignore[union-attr]


def test_training_learns_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, found = folder(tmp_path, 60), []
    for keep in ("memory", "disk"):
        run = tmp_path / keep
        asked = ["--data", str(source), "--set", f"data_1.keep={keep}", "--set", "data_1.size=8", "--epochs", "2"]
        assert main(["train", "digits-mlp", *asked, "--out", str(run), "--json", "--quiet"]) == 0
        told = capsys.readouterr().out.splitlines()
        found.append(json.loads(told[-1])["metrics"])
    assert found[0] == found[1]
    record = json.loads((tmp_path / "disk" / "run.json").read_bytes())
    assert "Held on the disk" in record["data"]["data_1"]["notes"][-1]
    assert main(["train", "--resume", str(tmp_path / "disk"), "--epochs", "3", "--quiet"]) == 0

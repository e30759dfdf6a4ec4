"""The flowers: designs that read them open anywhere, and find the photos where they lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.data import MissingData, fields, known, load, loader_source
from backend.data.flowers import CLASSES

SPLIT = {"scaling": "0 to 1", "validation": 0.0, "test": 0.2, "examples": 0, "seed": 0}


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETLOOM_DATA", str(tmp_path))
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path / "cache"))
    return tmp_path


def plant(folder: Path, count: int = 5) -> None:
    for number, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for place in range(count):
            pixels = np.full((20, 20, 3), 40 * number + place, np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{place}.png")


def test_designs_that_read_flowers_open_without_the_photos(collection: Path) -> None:
    found = fields("flowers")
    assert found["image"].shape == (3, 227, 227)
    assert found["label"].names == CLASSES
    assert not known.present("flowers")
    with pytest.raises(MissingData, match=r"daisy, dandelion, rose, sunflower, tulip into “.*flowers”"):
        load("flowers", **SPLIT)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Flowers", "flower_photos"])
def test_the_photos_are_found_where_they_lie(collection: Path, name: str) -> None:
    plant(collection / name)
    assert known.present("flowers")
    assert fields("flowers")["image"].shape == (3, 20, 20)
    splits = load("flowers", **SPLIT, size=8).splits  # type: ignore[arg-type]
    assert splits["train"]["image"].shape == (20, 3, 8, 8)
    assert sorted(splits["test"]["label"].tolist()) == [0, 1, 2, 3, 4]
    assert name in loader_source("flowers", "0 to 1", None, size=8)

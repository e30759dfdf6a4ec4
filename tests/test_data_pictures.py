"""Pictures with a partner, and pictures that a table tells about: matching, kinds, and sentences for bad ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from backend import data
from backend.data.preview_holding import hold
from backend.data.registry import find_format
from graph.layers import CATALOGUE
from graph.problems import DataError
from tests.loaded import check_loader, whole


def picture(path: Path, colour: Any = 0, size: tuple[int, int] = (8, 6), mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Ten grey pictures, and each again twice as bright and twice as large."""
    for number in range(10):
        picture(tmp_path / "input" / f"{number}.png", number * 10)
        picture(tmp_path / "target" / f"{number}.jpg.png" if number == 9 else tmp_path / "target" / f"{number}.png",
                number * 20, (16, 12))  # fmt: skip
    return tmp_path


# -- pairs ------------------------------------------------------------------------------------------------------------


def test_partners_have_the_same_name(pairs: Path) -> None:
    assert {name: spec.shape for name, spec in data.fields(str(pairs)).items()} == {
        "input": (1, 6, 8), "target": (1, 12, 16),
    }  # fmt: skip
    found = data.load(str(pairs), validation=0, test=0)
    rows = found.splits["train"]
    assert torch.equal(rows["target"].amax((1, 2, 3)), rows["input"].amax((1, 2, 3)) * 2)
    assert found.notes == (f"2 pictures in “{pairs}” have no partner of the same name and are left out.",)


def test_parts_and_a_size(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    for side in ("input", "target"):
        for part in ("train", "val"):
            (tmp_path / "all" / part).mkdir(exist_ok=True)
            (pairs / side).rename(tmp_path / "all" / part / side) if part == "train" else None
    picture(tmp_path / "all" / "val" / "input" / "a.png", 10)
    picture(tmp_path / "all" / "val" / "target" / "a.png", 20)
    found = data.load(str(tmp_path / "all"), size=4, test=0)
    assert [found.count(part) for part in ("train", "validation", "test")] == [9, 1, 0]
    assert found.fields["target"].shape == found.fields["input"].shape == (1, 4, 4)


def test_masks_are_classes(tmp_path: Path) -> None:
    for number in range(6):
        picture(tmp_path / f"{number}.jpg", (number, 0, 0), mode="RGB")
        mask = Image.new("P", (8, 6))
        mask.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
        mask.putdata([0, 2] * 24)
        mask.save(tmp_path / f"{number}_mask.png")
    spec = data.fields(str(tmp_path))["mask"]
    assert (spec.shape, spec.dtype, spec.names) == ((6, 8), "int64", ("0", "2"))
    found = whole(tmp_path)
    assert found["mask"][0].flatten().tolist() == [0, 1] * 24
    assert whole(tmp_path, size=2)["mask"].unique().tolist() == [0, 1]
    check_loader(tmp_path)
    check_loader(tmp_path, size=2)


def test_exported_scripts_read_pairs(pairs: Path) -> None:
    check_loader(pairs)
    check_loader(pairs, size=5)


def test_a_class_may_have_any_name(tmp_path: Path) -> None:
    """Folders with pictures of the same names are no pairs but for their own names."""
    for name in ("a", "b", "noise"):
        for number in range(3):
            picture(tmp_path / name / f"{number}.png")
    assert list(data.fields(str(tmp_path))) == ["image", "label"]


def test_a_page_of_pairs_is_read_alone(pairs: Path) -> None:
    kind, name = find_format(str(pairs))
    shown = hold(kind, name, str(pairs), "data", CATALOGUE["data"].complete({"source": str(pairs)}), seed=0)
    assert shown.count == 9
    assert shown.notes
    some = shown.read(np.array([0, 3]))
    assert (some["target"][:, 0, 0, 0] == some["input"][:, 0, 0, 0] * 2).all()


def test_masks_of_many_values_are_refused(tmp_path: Path) -> None:
    for number in range(4):
        picture(tmp_path / "images" / f"{number}.png")
        Image.fromarray(np.arange(100, dtype=np.uint8).reshape(10, 10)).save(
            _made(tmp_path / "masks" / f"{number}.png")
        )
    with pytest.raises(DataError, match=r"0\.png.* more than 64 different values.*call their folder “target”"):
        data.fields(str(tmp_path))


def test_a_partner_is_given_once(pairs: Path) -> None:
    """With two inputs it could be trained on and be in the test."""
    picture(pairs / "input" / "3.bmp", 99)
    found = data.load(str(pairs), validation=0, test=0)
    assert found.count("train") == 9
    assert found.notes == (f"3 pictures in “{pairs}” have no partner of the same name and are left out.",)


@pytest.mark.parametrize(("one", "other", "kept"), [("noisy", "clean", True), ("images", "masks", False)])
def test_folders_without_partners_are_classes_where_they_may_be(
    tmp_path: Path, one: str, other: str, kept: bool
) -> None:
    for number in range(3):
        picture(tmp_path / one / f"{number}.png")
        picture(tmp_path / other / f"x{number}.png")
    if kept:
        assert data.fields(str(tmp_path))["label"].classes == 2
    else:
        with pytest.raises(DataError, match=r"Too few pictures in .*images” .*in “masks”.*“0\.png” in both"):
            data.fields(str(tmp_path))


def test_a_damaged_partner_is_named(pairs: Path) -> None:
    (pairs / "target" / "3.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"target/3\.png” is no picture"):
        data.load(str(pairs))


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


# -- tables -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Twelve pictures in a folder of their own, and a table of what they show."""
    rows = ["file;animal;age;weight"]
    for number in range(12):
        picture(tmp_path / "photos" / f"p{number}.png", (number, 0, 0), mode="RGB")
        rows.append(f"photos/p{number}.png;{'cat' if number % 3 else 'dog'};{number + 0.5};{number * 2 + 1}")
    (tmp_path / "labels.csv").write_text("\n".join([*rows, "photos/gone.png;cat;3;4"]))
    picture(tmp_path / "photos" / "extra.png", (99, 0, 0), mode="RGB")
    return tmp_path


@pytest.mark.parametrize("source", ["", "labels.csv"], ids=["the folder", "the table"])
def test_a_table_names_classes_and_numbers(told: Path, source: str) -> None:
    fields = data.fields(str(told / source))
    assert fields["image"].shape == (3, 6, 8)
    assert fields["label"].names == ("cat", "dog")
    assert fields["numbers"].shape == (2,)
    found = data.load(str(told / source), validation=0, test=0, scaling="none")
    rows = found.splits["train"]
    which = rows["image"][:, 0, 0, 0]
    assert torch.equal(rows["label"].bool(), which % 3 == 0)
    assert torch.equal(rows["numbers"], torch.stack([which + 0.5, which * 2.0 + 1], 1))
    assert found.notes == (
        "1 rows of “labels.csv” name pictures that are not there, such as “photos/gone.png”, and are left out.",
        "1 pictures, such as “extra.png”, are in no row; they are left out.",
    )
    check_loader(told / source)


@pytest.mark.parametrize("write", [lambda n: f"P{n}", lambda n: f".\\photos\\p{n}.png", lambda n: f"p{n}.png"])
def test_names_as_people_write_them(told: Path, write: Any) -> None:
    (told / "labels.csv").write_text("id,kind\n" + "\n".join(f"{write(n)},{'ab'[n % 2]}" for n in range(12)))
    assert data.load(str(told)).fields["label"].classes == 2


def test_blanks_are_left_out(told: Path) -> None:
    text = (told / "labels.csv").read_text().replace("p4.png;cat", "p4.png;").replace(";7.5;", ";;")
    (told / "labels.csv").write_text(text)
    found = data.load(str(told), validation=0, test=0)
    assert found.count("train") == 10
    assert "2 pictures have blanks in the table and are left out." in found.notes


def test_a_table_that_says_nothing(told: Path) -> None:
    (told / "labels.csv").write_text("file\n" + "\n".join(f"p{n}.png" for n in range(12)))
    with pytest.raises(DataError, match="says nothing of its pictures but their names"):
        data.fields(str(told))


def test_an_ordinary_table_stays_a_table(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,age,left\n" + "\n".join(f"n{n},{n},{n % 2}" for n in range(30)))
    picture(tmp_path / "n1.png")
    assert find_format(str(tmp_path / "people.csv"))[0].node == "table"


def test_a_picture_in_two_rows_is_taken_once(told: Path) -> None:
    """Else it could be trained on and be in the test."""
    with (told / "labels.csv").open("a") as table:
        table.write("\nphotos/p0.png;cat;1.5;2\n./photos/P1.PNG;dog;1.5;2\n")
    found = data.load(str(told), validation=0, test=0, scaling="none")
    assert found.count("train") == 12
    assert found.splits["train"]["label"][:2].tolist() == [1, 0]
    assert "2 rows of “labels.csv” name a picture that a row before them has named, and are left out." in found.notes


def test_a_table_beside_classes_of_pictures_is_let_be(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        picture(tmp_path / name / "1.png")
    (tmp_path / "about.csv").write_text("word,count\nx,1\ny,2,3\n")
    assert data.fields(str(tmp_path))["label"].names == ("cat", "dog")

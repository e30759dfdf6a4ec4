"""Folders of pictures: classes, parts, sizes and kinds, and a sentence for bad ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from backend import data
from backend.data.picture_lists import SIDE
from backend.data.registry import NoRoom
from graph.problems import DataError
from tests.loaded import check_loader, whole

RED, GREEN = (255, 0, 0), (0, 255, 0)


def picture(path: Path, colour: Any = RED, size: tuple[int, int] = (12, 10), mode: str = "RGB", **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


def classes(root: Path, count: int = 4, **names: Any) -> Path:
    """A folder a class, each with pictures of one colour."""
    for name, colour in (names or {"cat": RED, "dog": GREEN}).items():
        for number in range(count):
            picture(root / name / f"{number}.png", colour)
    return root


def test_the_folder_is_the_class(tmp_path: Path) -> None:
    classes(tmp_path)
    (tmp_path / "LICENSE.txt").write_text("words")
    fields = data.fields(str(tmp_path))
    assert fields["image"].shape == (3, 10, 12)
    assert fields["label"].names == ("cat", "dog")
    found = whole(tmp_path)
    assert found["image"].dtype == torch.uint8
    for image, label in zip(found["image"], found["label"]):
        assert image[int(label)].eq(255).all()
        assert image[2].eq(0).all()


def test_pictures_are_split_with_their_shares(tmp_path: Path) -> None:
    found = data.load(str(classes(tmp_path, 20)), validation=0.25, test=0.2)
    assert [found.count(part) for part in ("train", "validation", "test")] == [24, 8, 8]
    assert all(found.splits[part]["label"].bincount().unique().numel() == 1 for part in found.splits)


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "dev"])
def test_folders_of_the_parts_are_kept(tmp_path: Path, name: str) -> None:
    for part, count in (("train", 5), (name, 3), ("TEST", 2)):
        classes(tmp_path / part, count)
    found = data.load(str(tmp_path), validation=0.5, test=0.5)
    assert {part: found.count(part) for part in found.splits} == {"train": 10, "validation": 6, "test": 4}
    fewer = data.load(str(tmp_path), examples=10)
    assert {part: fewer.count(part) for part in fewer.splits} == {"train": 5, "validation": 3, "test": 2}
    one = data.load(str(tmp_path), classes="dog")
    assert {part: one.count(part) for part in one.splits} == {"train": 5, "validation": 3, "test": 2}
    assert one.splits["test"]["image"][:, 1].eq(255).all()


def test_a_train_is_also_something_to_see(tmp_path: Path) -> None:
    classes(tmp_path, 3, bus=RED, train=GREEN)
    assert data.fields(str(tmp_path))["label"].names == ("bus", "train")


def test_pictures_without_classes(tmp_path: Path) -> None:
    for number in range(5):
        picture(tmp_path / f"{number}.png")
    assert list(data.fields(str(tmp_path))) == ["image"]
    assert whole(tmp_path)["image"].shape == (5, 3, 10, 12)


def test_sizes_that_differ_become_squares_cut_from_the_middle(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png", RED, (40, 40))
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(GREEN, (100, 0, 200, 100))
    (tmp_path / "b").mkdir()
    wide.save(tmp_path / "b" / "1.png")
    found = whole(tmp_path)
    assert found["image"].shape == (2, 3, SIDE, SIDE)
    assert found["image"][1, 1, :, 1:-1].eq(255).all()  # resizing blends the outermost columns
    small = whole(tmp_path, size=20)["image"]
    assert small.shape == (2, 3, 20, 20)
    assert small[1, 1, :, 1:-1].eq(255).all()


def test_predicting_cuts_pictures_as_training_did(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, size in (("a", (60, 90)), ("b", (90, 50))):
        (tmp_path / name).mkdir()
        Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)).save(tmp_path / name / "1.png")
    found = data.load(str(tmp_path), size=16, validation=0, test=0)
    paths = [tmp_path / "a" / "1.png", tmp_path / "b" / "1.png"]
    asked = data.inputs_from_files(paths, found.preparation["image"], found.fields["image"])
    assert torch.equal(asked, found.batch("train", slice(None))["image"])


@pytest.mark.parametrize(("mode", "top"), [("1", 1), ("L", 255), ("I;16", 65535), ("P", 7)])
def test_kinds_of_pictures(tmp_path: Path, mode: str, top: int) -> None:
    for name in ("a", "b"):
        image = Image.new(mode, (4, 4), top)
        if mode == "P":
            image.putpalette([0, 0, 0] * 7 + [255, 255, 255])
        (tmp_path / name).mkdir()
        image.save(tmp_path / name / "1.png")
    found = whole(tmp_path)["image"]
    assert found.shape[1] == (3 if mode == "P" else 1)
    assert found.eq(255).all()


def test_one_colour_picture_makes_all_of_them_colour(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png", 128, mode="L")
    picture(tmp_path / "b" / "1.jpg", RED)
    assert whole(tmp_path)["image"][0].eq(128).all()


def test_turned_and_see_through_pictures(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned to the right
    picture(tmp_path / "a" / "1.jpg", RED, (20, 10), exif=exif)
    picture(tmp_path / "b" / "1.png", (0, 0, 0, 0), (10, 20), mode="RGBA")
    found = whole(tmp_path)["image"]
    assert found.shape == (2, 3, 20, 10)
    assert found[1].eq(255).all()


def test_folders_notice_new_pictures(tmp_path: Path) -> None:
    classes(tmp_path)
    assert len(whole(tmp_path)["label"]) == 8
    picture(tmp_path / "eel" / "1.png")
    os.utime(tmp_path, ns=(1, 1))
    assert data.fields(str(tmp_path))["label"].classes == 3


def test_hidden_and_foreign_files_are_passed_over(tmp_path: Path) -> None:
    classes(tmp_path)
    (tmp_path / "cat" / "._0.png").write_bytes(b"no picture")
    (tmp_path / "cat" / "notes.txt").write_text("x")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dog" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert data.fields(str(tmp_path))["label"].names == ("cat", "dog")
    assert len(whole(tmp_path)["label"]) == 8


def test_a_folder_by_its_name_in_the_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classes(tmp_path / "my_pets")
    monkeypatch.setenv("NETLOOM_DATA", str(tmp_path))
    assert data.fields("my-pets")["label"].names == ("cat", "dog")


def one_class(root: Path) -> None:
    classes(root, cat=RED)


def foreign_class(root: Path) -> None:
    classes(root / "train")
    classes(root / "test", cat=RED, emu=GREEN)


def loose_test(root: Path) -> None:
    classes(root / "train")
    picture(root / "test" / "1.png")


def no_pictures_to_train_on(root: Path) -> None:
    (root / "train").mkdir()
    classes(root / "test")


def empty_picture(root: Path) -> None:
    classes(root)
    (root / "dog" / "2.png").write_bytes(b"")


def cut_picture(root: Path) -> None:
    classes(root)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (10, 12, 3), np.uint8))
    noise.save(root / "dog" / "2.png")
    path = root / "dog" / "2.png"
    path.write_bytes(path.read_bytes()[:-200])


def words_for_a_picture(root: Path) -> None:
    classes(root)
    (root / "cat" / "0.png").write_text("<svg/>")


def only_damage(root: Path) -> None:
    for name in ("a", "b"):
        (root / name).mkdir()
        (root / name / "1.jpg").write_bytes(b"\xff\xd8nothing")


def bomb(root: Path) -> None:
    classes(root)
    Image.new("1", (20000, 20000)).save(root / "cat" / "0.png")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (one_class, "one class only, “cat”"),
        (foreign_class, "The test part of .* has a class “emu”"),
        (loose_test, "pictures outside of any class"),
        (no_pictures_to_train_on, "no pictures to train on"),
        (empty_picture, r"2\.png” is no picture"),
        (cut_picture, r"2\.png” is damaged or cut off"),
        (words_for_a_picture, r"0\.png” is no picture"),
        (only_damage, "None of the pictures can be read"),
        (bomb, r"0\.png” .*100,000,000"),
    ],
)
def test_bad_folders_get_a_sentence(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    make(tmp_path)
    with pytest.raises(DataError, match=words):
        data.load(str(tmp_path))


def test_all_bad_pictures_are_counted(tmp_path: Path) -> None:
    classes(tmp_path)
    for number in (1, 2, 3):
        (tmp_path / "cat" / f"{number}.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"1\.png.* 2 more\."):
        data.load(str(tmp_path))


def test_pictures_that_do_not_fit_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.data.room.memory_free", lambda: 1000)
    with pytest.raises(NoRoom, match="smaller size"):
        data.load(str(classes(tmp_path)), keep="memory")


@pytest.mark.parametrize("size", [0, 7])
@pytest.mark.parametrize("labelled", [True, False])
def test_exported_loaders_read_folders_alike(tmp_path: Path, size: int, labelled: bool) -> None:
    rng = np.random.default_rng(1)
    for place in ("a/1.png", "a/2.JPG", "b/1.png") if labelled else ("1.png", "2.png"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 14, 3), np.uint8)).save(tmp_path / place)
    check_loader(tmp_path, size=size)

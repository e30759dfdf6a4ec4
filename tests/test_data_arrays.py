"""NumPy files: arrays as fields, names as parts, and a sentence for bad ones; nothing in them is run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend import data
from graph.problems import DataError
from tests.loaded import Malice, check_loader, whole


def test_named_arrays_are_fields(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (30, 5, 6), np.uint8), np.arange(30) % 3
    np.savez_compressed(tmp_path / "a.npz", images=pixels, labels=labels)
    fields = data.fields(str(tmp_path / "a.npz"))
    assert fields["image"].shape == (1, 5, 6)
    assert fields["label"].classes == 3
    found = whole(tmp_path / "a.npz")
    assert torch.equal(found["image"][:, 0], torch.tensor(pixels))
    assert found["label"].tolist() == labels.tolist()
    check_loader(tmp_path / "a.npz")


def test_names_tell_the_parts_apart(tmp_path: Path) -> None:
    """The layout of the mnist.npz that Keras uses."""
    rng = np.random.default_rng(0)
    parts = {"x_train": (20, 4, 4), "y_train": (20,), "x_test": (8, 4, 4), "y_test": (8,), "x_val": (6, 4, 4),
             "y_val": (6,)}  # fmt: skip
    arrays: dict[str, Any] = {name: rng.integers(0, 2, shape, np.uint8) for name, shape in parts.items()}
    np.savez(tmp_path / "a.npz", **arrays)
    found = data.load(str(tmp_path / "a.npz"))
    assert {part: found.count(part) for part in found.splits} == {"train": 20, "validation": 6, "test": 8}
    assert list(found.fields) == ["image", "label"]
    assert torch.equal(found.splits["test"]["image"][:, 0], torch.tensor(arrays["x_test"]))
    scope: dict[str, Any] = {}
    exec(data.loader_source(str(tmp_path / "a.npz"), "0 to 1"), scope)
    assert scope["load_data"]()["label"].tolist() == arrays["y_train"].tolist()


def test_channels_may_stand_last(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 8, 7, 3), np.uint8)
    np.savez(tmp_path / "a.npz", x=pixels, y=np.arange(9) % 2)
    assert torch.equal(whole(tmp_path / "a.npz")["image"], torch.tensor(pixels).permute(0, 3, 1, 2))
    check_loader(tmp_path / "a.npz")


def test_columns_are_scaled_and_targets_are_not(tmp_path: Path) -> None:
    columns = np.random.default_rng(0).normal(50, 9, (40, 3))
    np.savez(tmp_path / "a.npz", x=columns, y=columns.sum(axis=1))
    found = data.load(str(tmp_path / "a.npz"), scaling="standard", validation=0, test=0)
    batch = found.batch("train", slice(None))
    assert batch["input"].mean(0).abs().max() < 1e-5
    torch.testing.assert_close(batch["label"][:, 0], torch.tensor(columns.sum(axis=1)).float())
    check_loader(tmp_path / "a.npz")


@pytest.mark.parametrize("shape", [(12,), (12, 5), (12, 5, 2), (12, 3, 4, 4)])
def test_one_array(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=shape))
    found = whole(tmp_path / "a.npy")
    assert list(found) == ["input"]
    assert found["input"].shape == (12, *(shape[1:] or (1,)))
    check_loader(tmp_path / "a.npy")


def objects(folder: Path) -> None:
    np.save(folder / "a.npz", np.array([Malice(folder / "trace")], object), allow_pickle=True)
    os.replace(folder / "a.npz.npy", folder / "a.npz")


def objects_inside(folder: Path) -> None:
    np.savez(folder / "a.npz", x=np.array([Malice(folder / "trace")], object))


def saved(**arrays: Any) -> Callable[[Path], None]:
    return lambda folder: np.savez(folder / "a.npz", **arrays)


def cut(folder: Path) -> None:
    np.savez(folder / "a.npz", x=np.zeros((50, 2)))
    content = (folder / "a.npz").read_bytes()
    (folder / "a.npz").write_bytes(content[: len(content) // 2])


def false_header(folder: Path) -> None:
    np.save(folder / "b.npy", np.zeros((3, 3)))
    content = (folder / "b.npy").read_bytes().replace(b"(3, 3), }          ", b"(3333333333, 333), }")
    (folder / "a.npz").write_bytes(content)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (objects, "Python objects"),
        (objects_inside, "Python objects"),
        (cut, "damaged"),
        (false_header, "damaged"),
        (lambda folder: (folder / "a.npz").write_bytes(b""), "damaged"),
        (lambda folder: (folder / "a.npz").write_text("words"), "damaged|Python objects"),
        (saved(x=np.zeros((3, 2)), y=np.zeros(4, int)), "3 of “x”|3 of “input”"),
        (saved(x=np.zeros((0, 2))), "at least one"),
        (saved(x=np.array(["a", "b"])), "numbers were expected"),
        (saved(x=np.array([[np.nan], [1]])), "not finite"),
        (saved(x=np.array([[np.inf], [1]])), "not finite"),
        (saved(x=np.zeros((2, 1)), y=np.array([0, -1])), "the class -1"),
        (saved(x=np.zeros((2, 1)), y=np.array([0, 5000])), "the class 5000"),
        (saved(x_test=np.zeros((2, 1))), "no arrays to train on"),
        (saved(x_train=np.zeros((2, 1)), y_train=np.zeros(2, int), x_test=np.zeros((2, 1))), "must be the same"),
        (saved(x_train=np.zeros((2, 1)), x_test=np.zeros((2, 3))), "another shape"),
        (saved(x=np.zeros((2, 1, 1, 1, 1, 1))), "6 axes"),
        (saved(), "holds no arrays"),
    ],
)
def test_bad_arrays_get_a_sentence(tmp_path: Path, make: Callable[[Path], Any], words: str) -> None:
    make(tmp_path)
    with pytest.raises(DataError, match=words):
        data.load(str(tmp_path / "a.npz"))
    assert not (tmp_path / "trace").exists()

"""IDX folders: where they are found, what is read, and a sentence for everything that can be wrong with them."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from backend import data
from backend.data import idx, idx_file
from backend.data.registry import MissingData, NoRoom
from graph.problems import DataError
from graph.specs import TensorSpec
from tests.idx_files import fill, idx_bytes, labels, pictures, put

REAL = os.environ.get("NETLOOM_DATA", "")  # read before the fixtures hide it

# -- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder(tmp_path: Path, packed: bool) -> None:
    folder = fill(tmp_path / "mine", packed=packed)
    found = data.load(str(folder), validation=0.2)
    assert found.fields["image"] == TensorSpec((1, 4, 4))
    assert found.fields["label"] == TensorSpec((), "int64", classes=3)
    assert [found.count(part) for part in ("train", "validation", "test")] == [24, 6, 12]
    assert torch.equal(found.splits["test"]["image"][:, 0], torch.tensor(pictures(12), dtype=torch.uint8))
    assert found.splits["test"]["label"].tolist() == labels(12).tolist()
    assert found.batch("test", slice(None))["image"].max() <= 1


def test_a_file_of_the_folder_stands_for_it(tmp_path: Path) -> None:
    folder = fill(tmp_path)
    assert data.fields(str(folder / "train-images-idx3-ubyte.gz")) == data.fields(str(folder))


def test_a_plain_file_goes_before_its_packed_twin(tmp_path: Path) -> None:
    fill(tmp_path)
    put(tmp_path / "t10k-labels-idx1-ubyte", idx_bytes(np.full(12, 2)), packed=False)
    assert data.load(str(tmp_path)).splits["test"]["label"].tolist() == [2] * 12


def test_packing_is_seen_in_the_content_not_in_the_name(tmp_path: Path) -> None:
    fill(tmp_path, packed=False)
    for path in sorted(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx") + ".gz"))
    assert data.load(str(tmp_path)).count("test") == 12


def test_without_a_test_part_a_share_is_held_out(tmp_path: Path) -> None:
    found = data.load(str(fill(tmp_path, test=0)), test=0.2, validation=0.0)
    assert (found.count("train"), found.count("test")) == (24, 6)


def test_an_own_test_part_stays_the_test(tmp_path: Path) -> None:
    found = data.load(str(fill(tmp_path)), test=0.5, validation=0.0)
    assert (found.count("train"), found.count("test")) == (30, 12)
    fewer = data.load(str(tmp_path), examples=21, validation=0.0)
    assert (fewer.count("train"), fewer.count("test")) == (15, 6)
    assert torch.equal(found.splits["test"]["image"][fewer.indices["test"]], fewer.splits["test"]["image"])


@pytest.mark.parametrize(("kind", "top"), [("i1", 100), (">i2", 3000), (">i4", 10**6), (">f4", 0.5), (">f8", 0.5)])
def test_every_type_of_number(tmp_path: Path, kind: str, top: float) -> None:
    values = pictures(6) / 255 * top
    put(tmp_path / "train-images-idx3-values", idx_bytes(values, kind))
    put(tmp_path / "train-labels-idx1-ubyte", idx_bytes(labels(6)))
    found = data.load(str(tmp_path), test=0.0, validation=0.0)
    expected = torch.tensor(values.astype(kind).astype(np.float32))
    torch.testing.assert_close(found.splits["train"]["image"][:, 0].float(), expected)
    images = found.batch("train", slice(None))["image"]
    assert (images.min(), images.max()) == (0, 1)


def test_colours_in_either_order(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3))
    put(tmp_path / "train-images-idx4-ubyte", idx_bytes(values))
    put(tmp_path / "train-labels-idx1-ubyte", idx_bytes(labels(4)))
    last = data.load(str(tmp_path), test=0.0, validation=0.0)
    put(tmp_path / "train-images-idx4-ubyte", idx_bytes(values.transpose(0, 3, 1, 2)))
    first = data.load(str(tmp_path), test=0.0, validation=0.0)
    assert last.fields["image"].shape == first.fields["image"].shape == (3, 5, 6)
    assert torch.equal(last.splits["train"]["image"], first.splits["train"]["image"])


def test_rows_of_numbers_are_vectors(tmp_path: Path) -> None:
    put(tmp_path / "train-images-idx2-float", idx_bytes(np.random.default_rng(0).normal(size=(8, 5)), ">f4"))
    put(tmp_path / "train-labels-idx1-ubyte", idx_bytes(labels(8)))
    assert data.fields(str(tmp_path))["image"] == TensorSpec((5,))


def test_changes_on_disk_are_seen(tmp_path: Path) -> None:
    fill(tmp_path, test=0)
    assert data.fields(str(tmp_path))["label"].classes == 3
    fill(tmp_path, train=40, test=0, classes=7)
    assert data.fields(str(tmp_path))["label"].classes == 7


# -- where it is found ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["fashion-mnist", "fashion_mnist", "Fashion_MNIST", "FashionMNIST/raw"])
def test_known_sets_under_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    fill(tmp_path / "mnist")
    fill(tmp_path / place, classes=10, train=20)
    monkeypatch.setenv("NETLOOM_DATA", str(tmp_path))
    found = data.load("fashion-mnist", validation=0.0)
    assert found.count("train") == 20
    assert found.fields["label"].names[9] == "Ankle boot"
    assert found.fields["label"].classes == 10


def test_known_sets_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path))
    fill(tmp_path / "data" / "mnist", classes=10)
    assert data.load("mnist", validation=0.0).count("train") == 30


def test_a_flat_data_folder_only_for_the_set_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All such sets name their files alike: what lies loose is told apart by the labels of its test part."""
    fill(tmp_path, classes=10)
    monkeypatch.setenv("NETLOOM_DATA", str(tmp_path))
    with pytest.raises(MissingData):
        data.load("mnist")
    public = idx.PUBLIC["mnist"]
    ours = idx._label_sum(*idx._state(tmp_path / "t10k-labels-idx1-ubyte.gz"))
    files = (*public.files[:3], public.files[3]._replace(sha256=ours))
    monkeypatch.setitem(idx.PUBLIC, "mnist", public._replace(files=files))
    assert data.load("mnist", validation=0.0).count("train") == 30
    with pytest.raises(MissingData):
        data.load("fashion-mnist")


def test_a_folder_called_like_a_known_set_has_its_names(tmp_path: Path) -> None:
    assert data.fields(str(fill(tmp_path / "fashion_mnist", classes=10)))["label"].names[0] == "T-shirt/top"
    assert data.fields(str(fill(tmp_path / "mnist", classes=12)))["label"].names == ()


def test_what_is_missing_and_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path / "here"))
    with pytest.raises(MissingData) as caught:
        data.load("mnist")
    sentence = str(caught.value)
    for words in (
        "not on this machine",
        "--data mnist",
        "train-images-idx3-ubyte.gz",
        "https://",
        "NETLOOM_DATA",
        "looked in",
    ):
        assert words in sentence
    assert str(tmp_path / "here" / "data" / "mnist") in sentence


@pytest.mark.skipif(not Path(REAL, "mnist").is_dir(), reason="NETLOOM_DATA holds no MNIST")
@pytest.mark.parametrize(("name", "mean", "std"), [("mnist", 0.1307, 0.3081), ("fashion-mnist", 0.2860, 0.3530)])
def test_the_real_ones(monkeypatch: pytest.MonkeyPatch, name: str, mean: float, std: float) -> None:
    monkeypatch.setenv("NETLOOM_DATA", REAL)
    found = data.load(name, scaling="standard", validation=0.0)
    assert (found.count("train"), found.count("test")) == (60_000, 10_000)
    assert found.splits["train"]["label"].bincount().min() > 5000
    preparation = found.preparation["image"]
    assert preparation.shift[0] / 255 == pytest.approx(mean, abs=1e-4)
    assert preparation.scale[0] / 255 == pytest.approx(std, abs=1e-4)


# -- what can be wrong ------------------------------------------------------------------------------------------------

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
Damage = Callable[[Path], object]


def _rewrite(name: str, change: Callable[[bytes], bytes]) -> Damage:
    """Change the unpacked content of a file."""
    return lambda folder: (folder / name).write_bytes(
        gzip.compress(change(gzip.decompress((folder / name).read_bytes())))
    )


def _raw(name: str, change: Callable[[bytes], bytes]) -> Damage:
    """Change a file as it lies on the disk."""
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def _shape(*axes: int) -> bytes:
    return bytes((0, 0, 8, len(axes))) + np.array(axes, ">u4").tobytes()


BROKEN: dict[str, tuple[Damage, str]] = {
    "no labels": (lambda folder: (folder / LABELS).unlink(), "no train labels"),
    "no training images": (lambda folder: (folder / IMAGES).unlink(), "no train images"),
    "no test labels": (lambda folder: (folder / "t10k-labels-idx1-ubyte.gz").unlink(), "no test labels"),
    "an empty file": (_raw(IMAGES, lambda old: b""), "is empty"),
    "three bytes": (_raw(IMAGES, lambda old: b"\0\0\b"), "too short"),
    "a web page": (_raw(IMAGES, lambda old: b"<!DOCTYPE html><title>404"), "no IDX file: it begins with 3c 21 44 4f"),
    "a picture": (_rewrite(IMAGES, lambda old: b"\x89PNG\r\n\x1a\n" + old), "no IDX file"),
    "an unknown type": (_rewrite(IMAGES, lambda old: b"\0\0\x0a" + old[3:]), "no IDX file"),
    "too many axes": (_rewrite(IMAGES, lambda old: b"\0\0\b\x09" + old[4:]), "no IDX file"),
    "no axes": (_rewrite(IMAGES, lambda old: b"\0\0\b\0" + old[4:]), "no IDX file"),
    "half a header": (_rewrite(IMAGES, lambda old: old[:9]), "ends inside its header"),
    "a gzip cut off": (_raw(IMAGES, lambda old: old[: len(old) // 2]), "cut off before its end"),
    "a gzip cut off in its header": (_raw(IMAGES, lambda old: old[:5]), "cut off before its end"),
    "a flipped byte": (_raw(IMAGES, lambda old: old[:200] + bytes((old[200] ^ 255,)) + old[201:]), "is damaged"),
    "a wrong checksum": (_raw(IMAGES, lambda old: old[:-8] + b"\1\2\3\4" + old[-4:]), "is damaged"),
    "rubbish behind": (_raw(IMAGES, lambda old: old + b"rubbish"), "is damaged"),
    "less than promised": (_rewrite(IMAGES, lambda old: old[:-7]), "less than its header promises"),
    "more than promised": (_rewrite(IMAGES, lambda old: old + b"7"), "more than its header promises"),
    "a promise of terabytes": (_rewrite(IMAGES, lambda old: _shape(4_000_000_000, 1000, 1000)), "less than its header"),
    "a plain file too short": (_raw(IMAGES, lambda old: _shape(30, 4, 4) + bytes(479)), "less than its header"),
    "a plain file too long": (_raw(IMAGES, lambda old: _shape(30, 4, 4) + bytes(481)), "more than its header"),
    "a plain promise of terabytes": (_raw(IMAGES, lambda old: _shape(2**32 - 1, 2**32 - 1, 9)), "less than its header"),
    "no examples": (_raw(IMAGES, lambda old: _shape(0, 4, 4)), "holds 0 images"),
    "nothing at all": (
        lambda folder: (_raw(IMAGES, lambda _: _shape(0, 4, 4))(folder), _raw(LABELS, lambda _: _shape(0))(folder)),
        "holds no examples",
    ),
    "pictures of no size": (_raw(IMAGES, lambda old: _shape(30, 0, 4)), "holds no examples"),
    "images that are a list": (_raw(IMAGES, lambda old: idx_bytes(labels(30))), "holds a list of numbers"),
    "labels that are images": (_raw(LABELS, lambda old: idx_bytes(pictures(30))), "one whole number per image"),
    "labels that are fractions": (_raw(LABELS, lambda old: idx_bytes(labels(30), ">f4")), "one whole number per image"),
    "fewer labels": (_raw(LABELS, lambda old: idx_bytes(labels(29))), "holds 30 images and .* 29 labels"),
    "negative labels": (_raw(LABELS, lambda old: idx_bytes(labels(30) - 1, "i1")), "holds the label -1"),
    "huge labels": (_raw(LABELS, lambda old: idx_bytes(labels(30) * 10**9, ">i4")), "holds the label 2000000000"),
    "another size for the test": (
        _raw("t10k-images-idx3-ubyte.gz", lambda old: idx_bytes(pictures(12, side=5))),
        "holds pictures of 1×5×5, those for training are 1×4×4",
    ),
    "not a number": (_raw(IMAGES, lambda old: idx_bytes(pictures(30) * np.nan, ">f4")), "not finite"),
    "infinity": (_raw(IMAGES, lambda old: idx_bytes(pictures(30) / 0.0, ">f8")), "not finite"),
    "a folder for a file": (lambda folder: ((folder / LABELS).unlink(), (folder / LABELS).mkdir()), "no train labels"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", BROKEN)
def test_broken_folders_get_a_sentence(tmp_path: Path, name: str) -> None:
    damage, words = BROKEN[name]
    folder = fill(tmp_path / "set")
    damage(folder)
    with pytest.raises(DataError, match=words) as caught:
        data.load(str(folder))
    assert str(folder) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, test=0)
    content = _shape(30, 4, 4) + bytes(50_000_000)
    put(tmp_path / "train-images-idx3-ubyte", content)
    read: list[int] = []
    original = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size=-1: read.append(size) or original(self, size))
    with pytest.raises(DataError, match="more than its header"):
        data.load(str(tmp_path))
    assert sum(read) < 10_000


def test_more_than_the_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    monkeypatch.setattr(idx_file, "memory_free", lambda: 100)
    with pytest.raises(NoRoom, match="bytes of memory and 100 bytes are free"):
        data.load(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / IMAGES).chmod(0)
    with pytest.raises(DataError, match="may not be read"):
        data.load(str(tmp_path))


def test_a_known_set_with_foreign_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "mnist", classes=12)
    monkeypatch.setenv("NETLOOM_DATA", str(tmp_path))
    with pytest.raises(DataError, match="labels of “mnist” reach 11, where 0 to 9 were expected"):
        data.fields("mnist")


def test_a_data_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_DATA", str(tmp_path / "gone"))
    with pytest.raises(MissingData):
        data.load("mnist")


def test_what_is_not_here_yet_can_be_drawn_with() -> None:
    assert data.fields("mnist")["image"] == TensorSpec((1, 28, 28))
    assert data.fields("fashion-mnist")["label"].names[0] == "T-shirt/top"


# -- without Netloom --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["u1", ">i2", ">f4"])
@pytest.mark.parametrize("shape", [(6, 4, 4), (6, 4, 4, 3), (6, 3, 4, 4), (6, 5)])
def test_the_exported_reader(tmp_path: Path, kind: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).integers(0, 100, shape)
    put(tmp_path / f"train-images-idx{len(shape)}-values", idx_bytes(values, kind))
    put(tmp_path / "train-labels-idx1-ubyte", idx_bytes(labels(6)), packed=False)
    found = data.load(str(tmp_path), validation=0.0, test=0.0)
    scope: dict[str, object] = {}
    exec(data.loader_source(str(tmp_path), "0 to 1", found.preparation), scope)
    loaded = scope["load_data"]()  # type: ignore[operator]
    shutil.rmtree(tmp_path)
    for field, expected in found.batch("train", slice(None)).items():
        assert torch.equal(loaded[field], expected)

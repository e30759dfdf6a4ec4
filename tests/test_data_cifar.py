"""CIFAR in all its layouts, and a sentence for bad files; nothing in them is run."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from backend import data
from backend.data import cifar, known
from backend.data.cifar_names import CIFAR_10, CIFAR_100
from backend.data.registry import MissingData
from backend.data.remote import Remote, _Broken, _verify
from graph.problems import DataError
from tests.loaded import Malice, check_loader


def examples(count: int, seed: int = 0) -> tuple[np.ndarray, list[int]]:
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 3072), np.uint8)
    return pixels, [number % 10 for number in range(count)]


def pickled(count: int, seed: int = 0, key: str = "labels", protocol: int = 2) -> bytes:
    pixels, labels = examples(count, seed)
    return pickle.dumps({b"data": pixels, key.encode(): labels, b"batch_label": b"one"}, protocol)


def records(count: int, seed: int = 0, marks: int = 1) -> bytes:
    pixels, labels = examples(count, seed)
    return b"".join(bytes([*[19] * (marks - 1), label]) + row.tobytes() for label, row in zip(labels, pixels))


def ten(folder: Path, write: Callable[..., bytes], ending: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 6):
        (folder / f"data_batch_{number}{ending}").write_bytes(write(20, number))
    (folder / f"test_batch{ending}").write_bytes(write(10, 9))
    (folder / "batches.meta").write_bytes(b"")
    return folder


def sheets(folder: Path) -> Path:
    labels = {}
    for number in (0, 1, 50):
        pixels, kinds = examples(1000, number)
        rows = pixels.reshape(-1, 3, 1024).transpose(0, 2, 1)
        Image.fromarray(np.ascontiguousarray(rows)).save(folder / f"cifar10_batch_{number}.png")
        labels[f"cifar10_batch_{number}.png"] = kinds
    (folder / "cifar10_labels.json").write_text(json.dumps(labels))
    return folder


def packed(folder: Path) -> Path:
    ten(folder / "inner", pickled)
    path = folder / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for each in sorted((folder / "inner").iterdir()):
            archive.add(each, f"cifar-10-batches-py/{each.name}")
    return path


@pytest.mark.parametrize("protocol", [2, 5])
def test_batches_of_python(tmp_path: Path, protocol: int) -> None:
    if protocol == 5:
        ten(tmp_path, lambda count, seed: pickled(count, seed, protocol=3))
    else:
        ten(tmp_path, pickled)
    check_ten(tmp_path)


def test_binary_batches(tmp_path: Path) -> None:
    check_ten(ten(tmp_path, records, ".bin"))


def test_an_archive_is_read_where_it_lies(tmp_path: Path) -> None:
    check_ten(packed(tmp_path))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cifar-10-python.tar.gz", "inner"]


def check_ten(source: Path) -> None:
    found = data.load(str(source), validation=0)
    assert found.fields["label"].names == CIFAR_10
    assert found.count("test") == 10
    expected = np.concatenate([examples(20, number)[0] for number in range(1, 6)]).reshape(-1, 3, 32, 32)
    assert torch.equal(found.splits["train"]["image"], torch.tensor(expected))
    assert found.splits["train"]["label"].tolist() == examples(20)[1] * 5
    assert torch.equal(found.splits["test"]["image"], torch.tensor(examples(10, 9)[0].reshape(-1, 3, 32, 32)))
    check_loader(source)


def test_sheets_of_pictures(tmp_path: Path) -> None:
    found = data.load(str(sheets(tmp_path)), validation=0)
    assert found.count("train") == 2000
    assert found.count("test") == 1000
    expected = examples(1000, 1)[0].reshape(-1, 3, 32, 32)
    assert torch.equal(found.splits["train"]["image"][1000:], torch.tensor(expected))
    check_loader(tmp_path)


@pytest.mark.parametrize("ending", ["", ".bin"])
def test_a_hundred_classes(tmp_path: Path, ending: str) -> None:
    for name, seed in (("train", 1), ("test", 2)):
        content = records(30, seed, marks=2) if ending else pickled(30, seed, "fine_labels")
        (tmp_path / f"{name}{ending}").write_bytes(content)
    (tmp_path / "meta").write_bytes(b"")
    found = data.load(str(tmp_path), validation=0)
    assert found.fields["label"].names == CIFAR_100
    assert len(set(CIFAR_100)) == 100
    assert found.splits["test"]["label"].tolist() == examples(30)[1]
    check_loader(tmp_path)


def test_known_sets_are_found_in_the_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.fields("cifar10")["label"].names == CIFAR_10
    assert data.fields("cifar100")["label"].names == CIFAR_100
    with pytest.raises(MissingData, match=r"cifar-10-python\.tar\.gz"):
        data.load("cifar10")
    (tmp_path / "cifar10_subset").mkdir()
    sheets(tmp_path / "cifar10_subset")
    monkeypatch.setenv("NETLOOM_DATA", str(tmp_path))
    assert known.present("cifar10")
    assert not known.present("cifar100")
    assert data.load("cifar10").count("test") == 1000
    ten(tmp_path / "cifar-10-batches-py", pickled)
    assert data.load("cifar10").count("test") == 10  # the whole set goes before a part of it


def test_a_download_is_checked_as_it_was_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed(tmp_path).read_bytes()
    remote = Remote("cifar-10-python.tar.gz", len(content), 0, hashlib.sha256(content).hexdigest())
    part = tmp_path / "x.part"
    part.write_bytes(content)
    _verify(remote, part)
    part.write_bytes(content[:-1] + b"\1")
    with pytest.raises(_Broken, match="SHA-256"):
        _verify(remote, part)
    assert not part.exists()
    assert all(each.size > 10**8 and len(each.sha256) == 64 for each in cifar.ARCHIVES.values())


def evil(folder: Path) -> None:
    (folder / "data_batch_1").write_bytes(pickle.dumps({b"data": Malice(folder / "trace"), b"labels": [1]}, 2))


def evil_by_name(folder: Path) -> None:
    """A pickle that asks for something of numpy that is not an array."""
    call = b"cnumpy.core.multiarray\nfromfile\n(S'x'\ntR."
    (folder / "data_batch_1").write_bytes(call)


def evil_attribute(folder: Path) -> None:
    call = b"\x80\x04\x8c\x05numpy\x8c\x11ndarray.__class__\x93."
    (folder / "data_batch_1").write_bytes(call)


def batch(content: bytes) -> Callable[[Path], Any]:
    return lambda folder: (folder / "data_batch_1").write_bytes(content)


def strange_label(folder: Path) -> None:
    pixels, _ = examples(2)
    (folder / "data_batch_1").write_bytes(pickle.dumps({b"data": pixels, b"labels": [3, 10]}, 2))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (evil, "asks for (posix|nt).mkdir"),
        (evil_by_name, "asks for numpy.core.multiarray.fromfile"),
        (evil_attribute, "asks for numpy.ndarray.__class__"),
        (batch(b""), "no batch of CIFAR"),
        (batch(pickled(5)[:-900]), "no batch of CIFAR"),
        (batch(pickle.dumps([1, 2], 2)), "no batch of CIFAR"),
        (batch(pickle.dumps({b"data": [1], b"labels": [1]}, 2)), "no batch of CIFAR"),
        (batch(pickle.dumps({b"data": np.zeros((1, 9), np.uint8), b"labels": [1]}, 2)), "no batch of CIFAR"),
        (batch(pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]}, 2)), "2 pictures and 1 labels"),
        (strange_label, "between 0 and 9"),
    ],
)
def test_bad_batches_get_a_sentence_and_run_nothing(
    tmp_path: Path, make: Callable[[Path], Any], words: str
) -> None:  # fmt: skip
    (tmp_path / "batches.meta").write_bytes(b"")
    make(tmp_path)
    with pytest.raises(DataError, match=words):
        data.load(str(tmp_path))
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("data_batch_1.bin", b"\1" * 3000), ("data_batch_1.bin", b""), ("cifar-10-python.tar.gz", b"no archive")],
)
def test_other_bad_files_of_cifar(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"no batch of CIFAR|0 pictures"):
        data.load(str(tmp_path))


def test_an_archive_with_something_missing(tmp_path: Path) -> None:
    path = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("../../data_batch_1")
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"abcd"))
    with pytest.raises(DataError):
        data.load(str(path))
    assert list(tmp_path.iterdir()) == [path]


def test_a_sheet_of_another_size(tmp_path: Path) -> None:
    Image.new("RGB", (1024, 999)).save(tmp_path / "cifar10_batch_0.png")
    (tmp_path / "cifar10_labels.json").write_text(json.dumps({"cifar10_batch_0.png": [0] * 1000}))
    with pytest.raises(DataError, match="1024×999"):
        data.load(str(tmp_path))

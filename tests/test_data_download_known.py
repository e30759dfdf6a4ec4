"""Known sets that are downloaded: files, archives, what is taken out of them, and how to do it by hand."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from backend import data
from backend.data import cifar, emnist, flowers, idx, known
from backend.data.places import cached
from backend.data.registry import MissingData
from backend.data.remote import Remote, fetch
from graph.problems import DataError
from tests import served
from tests.idx_files import idx_bytes, labels
from tests.loaded import check_loader
from tests.served import PACKED, REMOTE, Server

server, mirror = served.server, served.mirror


def test_a_known_set_is_fetched_only_when_asked(mirror: Server) -> None:
    with pytest.raises(MissingData):
        data.load("mnist")
    assert mirror.asked == []
    assert data.download("mnist")
    assert data.load("mnist", validation=0.0).count("train") == 40
    assert data.load("MNIST", validation=0.0).count("test") == 20
    assert len(mirror.asked) == 4


def test_downloading_says_whether_it_fetched(mirror: Server) -> None:
    seen: list[str] = []
    assert data.download("mnist", lambda name, *_: seen.append(name))
    assert [*dict.fromkeys(seen)] == [remote.name for remote in idx.PUBLIC["mnist"].files]
    assert not data.download("mnist")
    assert not data.download("digits")


def test_an_archive_comes_as_its_authors_packed_it(mirror: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR is checked by the sum of the archive itself."""
    sent = Remote("cifar-10-python.tar.gz", len(PACKED), 0, hashlib.sha256(PACKED).hexdigest())
    monkeypatch.setitem(cifar.ARCHIVES, "cifar10", sent)
    mirror.files[f"/cifar10/{sent.name}"] = PACKED
    assert not known.present("cifar10")
    mirror.moods = ["corrupt"]
    assert data.download("cifar10")
    assert (cached("cifar10") / sent.name).read_bytes() == PACKED
    assert known.present("cifar10")
    assert not data.download("cifar10")


@pytest.mark.parametrize("choice", ["letters", "balanced"])
def test_the_characters_come_in_an_archive(mirror: Server, monkeypatch: pytest.MonkeyPatch, choice: str) -> None:
    name, packed = f"emnist-{choice}", io.BytesIO()
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28))
    first = emnist.CHOICES[name].first
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../outside.gz", b"what is called so is not taken out")
        for part in ("train", "test"):
            archive.writestr(f"gzip/{name}-{part}-images-idx3-ubyte.gz", gzip.compress(idx_bytes(images)))
            marks = gzip.compress(idx_bytes(labels(12, 20) + first))
            archive.writestr(f"gzip/{name}-{part}-labels-idx1-ubyte.gz", marks)
    sent = packed.getvalue()
    monkeypatch.setattr(emnist, "ARCHIVE", Remote("gzip.zip", len(sent), 0, hashlib.sha256(sent).hexdigest()))
    mirror.files["/emnist/gzip.zip"] = sent
    with pytest.raises(MissingData, match=r"put gzip\.zip from"):
        data.load(name)
    assert data.download(name)
    found = data.load(name, validation=0.0)
    assert found.splits["train"]["image"][:, 0].equal(torch.from_numpy(images.transpose(0, 2, 1).astype(np.uint8)))
    assert found.splits["test"]["label"].tolist() == list(range(12))
    assert found.fields["label"].names[0] == ("A" if choice == "letters" else "0")
    check_loader(name)
    assert not list(cached("emnist").parent.parent.rglob("outside*"))


def test_photos_come_in_an_archive(mirror: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for kind in ("daisy", "dandelion", "roses", "sunflowers", "tulips", "../outside"):
            photo = io.BytesIO()
            Image.new("RGB", (9, 8), (len(kind) * 20, 0, 0)).save(photo, "JPEG")
            member = tarfile.TarInfo(f"flower_photos/{kind}/1.jpg")
            member.size = len(photo.getvalue())
            archive.addfile(member, io.BytesIO(photo.getvalue()))
    sent = packed.getvalue()
    monkeypatch.setattr(flowers, "ARCHIVE", Remote("flower_photos.tgz", len(sent), 0, hashlib.sha256(sent).hexdigest()))
    mirror.files["/flowers/flower_photos.tgz"] = sent
    assert data.download("flowers")
    assert data.load("flowers", validation=0, test=0).splits["train"]["label"].tolist() == [0, 1, 2, 3, 4]
    assert sorted(each.name for each in cached("flowers").iterdir()) == list(flowers.CLASSES)


def test_an_archive_that_is_none(mirror: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, name, words in ((flowers, "flowers", "cannot be taken out"), (emnist, "emnist-digits", "is damaged")):
        file = kind.ARCHIVE.name
        monkeypatch.setattr(kind, "ARCHIVE", Remote(file, 5, 0, hashlib.sha256(b"wrong").hexdigest()))
        mirror.files[f"/{name.partition('-')[0]}/{file}"] = b"wrong"
        if kind is emnist:
            data.download(name)
        with pytest.raises(DataError, match=words):
            data.load(name) if kind is emnist else data.download(name)


def test_failing_says_how_to_do_it_by_hand(mirror: Server) -> None:
    mirror.moods = ["404"] * 9
    with pytest.raises(DataError, match=r"answered 404.*put the four files train-images-idx3-ubyte\.gz"):
        data.download("mnist")


def test_cancelling_a_known_set(mirror: Server) -> None:
    with pytest.raises(DataError, match="was cancelled"):
        data.download("mnist", cancelled=lambda: len(mirror.asked) == 2)
    assert data.download("mnist")
    assert data.load("mnist").count("test") == 20


def test_cancelling_ends_the_attempts_too(server: Server, tmp_path: Path) -> None:
    server.moods = ["503"] * 9
    with pytest.raises(DataError, match="was cancelled"):
        fetch(REMOTE, (server.address,), tmp_path, lambda *_: None, lambda: len(server.asked) == 1)


def test_known_sets_are_declared_whole() -> None:
    for public in idx.PUBLIC.values():
        assert public.known.size == sum(remote.size for remote in public.files)
        assert all(len(remote.sha256) == 64 for remote in public.files)
        assert all(base.startswith("http") and not base.endswith("/") for base in public.bases)

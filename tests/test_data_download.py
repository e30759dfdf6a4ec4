"""Downloads, from a server on this machine that also breaks off, corrupts, stalls and refuses."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import os
import shutil
import tarfile
import threading
import time
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from backend import data
from backend.data import cifar, emnist, flowers, idx, known, remote
from backend.data.places import cached
from backend.data.registry import MissingData, NoRoom
from backend.data.remote import Remote, fetch
from graph.problems import DataError
from tests.idx_files import idx_bytes, labels, pictures
from tests.loaded import check_loader

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, np.uint8).tobytes()
PACKED = gzip.compress(CONTENT)
REMOTE = Remote("numbers.gz", len(PACKED), len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
BAD = gzip.compress(CONTENT[::-1])


class Server(http.server.ThreadingHTTPServer):
    """What it holds, what it was asked, and how it misbehaves: one word a request, then it is good."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {"/numbers.gz": PACKED}
        self.moods: list[str] = []
        self.asked: list[tuple[str, str | None]] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Range")))
        mood = self.server.moods.pop(0) if self.server.moods else "good"
        body = self.server.files.get(self.path)
        if body is None or mood.isdigit():
            return self.send_error(int(mood) if mood.isdigit() else 404)
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1]) if mood != "no ranges" else 0
        if start >= len(body):
            return self.send_error(416)
        return self._answer(mood, body[start:], 206 if start else 200)

    def _answer(self, mood: str, body: bytes, status: int) -> None:
        body = BAD if mood == "corrupt" else body
        size = {"endless": 10**12, "longer": len(body) + 10}.get(mood, len(body))
        self.send_response(status)
        if mood != "no length":
            self.send_header("Content-Length", str(size))
        self.end_headers()
        if mood == "stall":
            self.wfile.write(body[: len(body) // 3])
            self.wfile.flush()
            self.server.over.wait(20)
        elif mood == "break off":
            self.wfile.write(body[: len(body) // 3])
        else:
            self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield running
    running.over.set()
    running.shutdown()
    running.server_close()
    thread.join()


def get(server: Server, folder: Path, *, bases: tuple[str, ...] = (), stall: float = 5.0) -> Path:
    return fetch(REMOTE, bases or (server.address,), folder, lambda *_: None, lambda: False, stall=stall)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- one file ---------------------------------------------------------------------------------------------------------


def test_a_file_comes_whole_with_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    path = fetch(REMOTE, (server.address,), tmp_path / "new" / "folder", lambda *news: seen.append(news), lambda: False)
    assert path.read_bytes() == PACKED
    assert files(path.parent) == ["numbers.gz"]
    assert seen[-1] == ("numbers.gz", len(PACKED), len(PACKED))
    assert [done for _, done, _ in seen] == sorted({done for _, done, _ in seen})


def test_what_is_there_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    get(server, tmp_path)
    get(server, tmp_path)
    assert len(server.asked) == 1


@pytest.mark.parametrize("mood", ["break off", "stall"])
def test_it_goes_on_where_it_broke_off(server: Server, tmp_path: Path, mood: str) -> None:
    server.moods = [mood]
    assert get(server, tmp_path, stall=0.3).read_bytes() == PACKED
    assert server.asked == [("/numbers.gz", None), ("/numbers.gz", f"bytes={len(PACKED) // 3}-")]


def test_a_server_without_ranges_sends_all_again(server: Server, tmp_path: Path) -> None:
    server.moods = ["break off", "no ranges"]
    assert get(server, tmp_path).read_bytes() == PACKED


@pytest.mark.parametrize("mood", ["no length", "longer"])
def test_a_server_that_tells_no_length_or_a_wrong_one(server: Server, tmp_path: Path, mood: str) -> None:
    server.moods = [mood]
    assert get(server, tmp_path).read_bytes() == PACKED


def test_wrong_content_is_thrown_away_and_asked_for_again(server: Server, tmp_path: Path) -> None:
    server.moods = ["corrupt"]
    assert get(server, tmp_path).read_bytes() == PACKED
    assert server.asked == [("/numbers.gz", None)] * 2


def test_wrong_content_never_gets_its_name(server: Server, tmp_path: Path) -> None:
    server.moods = ["corrupt"] * 9
    with pytest.raises(DataError, match="not the published one"):
        get(server, tmp_path)
    assert files(tmp_path) == []
    assert len(server.asked) == remote.ATTEMPTS


def test_another_packing_of_the_same_content_will_do(server: Server, tmp_path: Path) -> None:
    server.files["/numbers.gz"] = gzip.compress(CONTENT, compresslevel=0, mtime=12345)
    assert gzip.decompress(get(server, tmp_path).read_bytes()) == CONTENT


def test_a_bomb_is_not_unpacked(server: Server, tmp_path: Path) -> None:
    server.files["/numbers.gz"] = gzip.compress(bytes(100_000_000))
    with pytest.raises(DataError, match="not the published one"):
        get(server, tmp_path)


def test_an_endless_answer_is_refused(server: Server, tmp_path: Path) -> None:
    server.moods = ["endless"] * 9
    with pytest.raises(DataError, match=r"offers 1\.0 TB, where 300 kB were expected"):
        get(server, tmp_path)


def test_a_part_from_before_is_used(server: Server, tmp_path: Path) -> None:
    (tmp_path / "numbers.gz.part").write_bytes(PACKED[:1000])
    assert get(server, tmp_path).read_bytes() == PACKED
    assert server.asked == [("/numbers.gz", "bytes=1000-")]
    assert files(tmp_path) == ["numbers.gz"]


def test_a_whole_part_from_before_is_checked_and_used(server: Server, tmp_path: Path) -> None:
    (tmp_path / "numbers.gz.part").write_bytes(PACKED)
    assert get(server, tmp_path).read_bytes() == PACKED


def test_a_spoilt_part_from_before_does_no_harm(server: Server, tmp_path: Path) -> None:
    (tmp_path / "numbers.gz.part").write_bytes(b"rubbish" * 1000)
    assert get(server, tmp_path).read_bytes() == PACKED


def test_the_part_of_another_process_is_left_alone(server: Server, tmp_path: Path) -> None:
    """A process that still writes is not disturbed; one that died long ago is inherited from."""
    other = tmp_path / "numbers.gz.999999.part"
    other.write_bytes(PACKED[:500])
    get(server, tmp_path)
    assert server.asked[-1][1] is None
    assert other.exists()
    (tmp_path / "numbers.gz").unlink()
    os.utime(other, (time.time() - 10_000,) * 2)
    get(server, tmp_path)
    assert server.asked[-1][1] == "bytes=500-"
    assert files(tmp_path) == ["numbers.gz"]


def test_cancelling_keeps_what_has_come(server: Server, tmp_path: Path) -> None:
    so_far: list[int] = []
    with pytest.raises(DataError, match="was cancelled"):
        fetch(REMOTE, (server.address,), tmp_path, lambda _, done, __: so_far.append(done), lambda: len(so_far) == 2)
    assert files(tmp_path) == ["numbers.gz.part"]
    assert (tmp_path / "numbers.gz.part").stat().st_size == so_far[-1] > 0
    get(server, tmp_path)
    assert server.asked[-1] == ("/numbers.gz", f"bytes={so_far[-1]}-")


@pytest.mark.parametrize(
    ("moods", "words"),
    [
        (["404"] * 9, "answered 404 Not Found"),
        (["503"] * 9, "answered 503"),
        (["break off"] * 9, "broke off after"),
        (["stall"] * 9, "stopped sending"),
    ],
)
def test_refusals_get_a_sentence(server: Server, tmp_path: Path, moods: list[str], words: str) -> None:
    server.moods = moods
    with pytest.raises(DataError, match=words) as caught:
        get(server, tmp_path, stall=0.2)
    assert "“numbers.gz” could not be downloaded" in str(caught.value)
    assert f"127.0.0.1:{server.server_port}" in str(caught.value)


def test_the_next_address_is_tried(server: Server, tmp_path: Path) -> None:
    assert get(server, tmp_path, bases=("http://127.0.0.1:9", server.address)).exists()


def test_without_a_network(tmp_path: Path, server: Server) -> None:
    with pytest.raises(DataError, match="cannot be reached"):
        get(server, tmp_path, bases=("http://127.0.0.1:9",))
    with pytest.raises(DataError, match=r"cannot be reached|did not answer"):
        get(server, tmp_path, bases=("http://no-such-host.invalid",))


@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1", "data"])
def test_only_the_web_is_downloaded_from(tmp_path: Path, server: Server, address: str) -> None:
    with pytest.raises(DataError, match="begins with https:// or http://"):
        get(server, tmp_path, bases=(address,))


def test_a_full_disk_is_told_before(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 99, 1))
    with pytest.raises(NoRoom, match="has 1 bytes free and the download needs"):
        get(server, tmp_path)
    assert server.asked == []


def test_a_disk_that_fills_up(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom, match="No space left") as caught:
        get(server, tmp_path)
    assert caught.value.code == 3


def test_a_folder_that_is_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(DataError, match="cannot be written to"):
        get(server, tmp_path / "cache")


# -- a known set ------------------------------------------------------------------------------------------------------


@pytest.fixture
def mirror(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that holds a small stand-in for MNIST, whose checksums are made known."""
    parts = {"train": 40, "t10k": 20}
    files: list[Remote] = []
    for part, count in parts.items():
        contents = {"images-idx3": idx_bytes(pictures(count)), "labels-idx1": idx_bytes(labels(count, 10))}
        for name, content in contents.items():
            packed = gzip.compress(content)
            remote = Remote(f"{part}-{name}-ubyte.gz", len(packed), len(content), hashlib.sha256(content).hexdigest())
            server.files[f"/mnist/{remote.name}"] = packed
            files.append(remote)
    monkeypatch.setitem(idx.PUBLIC, "mnist", idx.PUBLIC["mnist"]._replace(files=tuple(files)))
    monkeypatch.setenv("NETLOOM_MIRROR", server.address)
    return server


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

"""Downloads, from a server on this machine that also breaks off, corrupts, stalls and refuses."""

from __future__ import annotations

import gzip
import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest

from backend.data import remote
from backend.data.registry import NoRoom
from backend.data.remote import fetch
from graph.problems import DataError
from tests import served
from tests.served import CONTENT, PACKED, REMOTE, Server

server = served.server


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

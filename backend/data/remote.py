"""Fetch a file over the network: resumed where it broke off, checked by its content, in place only when whole."""

from __future__ import annotations

import errno
import glob
import gzip
import hashlib
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from backend.data.places import size_words
from backend.data.registry import Cancelled, NoRoom, Progress
from graph.lazy import LazyModule
from graph.problems import DataError

if TYPE_CHECKING:
    import http.client as http_client
    import urllib.error as url_error
    import urllib.request as url_request
else:  # the studio lists data sets, and need not wait for what only a download uses
    http_client, url_error, url_request = map(LazyModule, ("http.client", "urllib.error", "urllib.request"))

ATTEMPTS = 3
STALL = 20.0  # seconds without a byte before a server counts as gone
CHUNK = 1 << 16
SPARE = 16 << 20  # bytes that a download leaves free on the disk


class Remote(NamedTuple):
    """A gzipped file elsewhere. ``sha256`` and ``unpacked`` are of its content: gzip headers differ between mirrors.

    With ``unpacked`` 0, the sum is of the file as it is sent: an archive that only its authors pack.
    """

    name: str
    size: int
    unpacked: int
    sha256: str


class _Broken(Exception):
    """An attempt that may be tried again."""


def fetch(remote: Remote, bases: Sequence[str], folder: Path, progress: Progress, cancelled: Cancelled, *,
          stall: float = STALL) -> Path:  # fmt: skip
    """Bring a file into a folder and return its path; does nothing where it is already there.

    bases: addresses of folders that hold the file, tried in turn
    progress: called with name, bytes so far and bytes in all
    cancelled: asked between pieces; what has come so far stays for the next time
    stall: seconds without a byte before an attempt is given up

    Raises DataError with a sentence: no network, a wrong answer, wrong content, a full disk, cancelled.
    """
    target = folder / remote.name
    if target.exists():
        return target
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_disk(folder, remote.size)
        part = _claim(target)
        try:
            _attempts(remote, bases, part, progress, cancelled, stall)
            os.replace(part, target)
        finally:
            if part.exists():
                os.replace(part, target.with_name(target.name + ".part"))
    return target


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = NoRoom if error.errno in (errno.ENOSPC, errno.EDQUOT) else DataError
        advice = "set NETLOOM_CACHE to a folder that can be written to"
        raise kind(f"“{folder}” cannot be written to ({error.strerror or error}); {advice}.") from None


def _attempts(remote: Remote, bases: Sequence[str], part: Path, progress: Progress, cancelled: Cancelled,
              stall: float) -> None:  # fmt: skip
    reasons: list[str] = []
    for _ in range(ATTEMPTS):
        for base in bases:
            address = f"{base.rstrip('/')}/{remote.name}"
            _check(cancelled, remote)
            try:
                _receive(remote, address, part, progress, cancelled, stall)
                _verify(remote, part)
                return
            except _Broken as error:
                reasons.append(f"{urlsplit(address).netloc} {error}")
    raise DataError(f"“{remote.name}” could not be downloaded: {'; '.join(dict.fromkeys(reasons))}.")


def _check(cancelled: Cancelled, remote: Remote) -> None:
    if cancelled():
        raise DataError(f"The download of “{remote.name}” was cancelled; what has come so far is kept.")


def _receive(remote: Remote, address: str, part: Path, progress: Progress, cancelled: Cancelled,
             stall: float) -> None:  # fmt: skip
    """Append to the part file until the server has no more; raises _Broken where that comes too early."""
    done = part.stat().st_size if part.exists() else 0
    with _ask(address, done, stall) as answer:
        if answer.status == http_client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        if answer.status != http_client.PARTIAL_CONTENT:
            done = 0
        total = done + int(answer.headers.get("Content-Length") or remote.size - done)
        if total > 2 * remote.size + CHUNK:
            raise _Broken(f"offers {size_words(total)}, where {size_words(remote.size)} were expected")
        with part.open("ab" if done else "wb") as file:
            for piece in _pieces(answer, total - done):
                _check(cancelled, remote)
                file.write(piece)
                done += len(piece)
                progress(remote.name, done, total)
            file.flush()
            os.fsync(file.fileno())
    if done < total:
        raise _Broken(f"broke off after {size_words(done)} of {size_words(total)}")


def _ask(address: str, done: int, stall: float) -> Any:
    if urlsplit(address).scheme not in ("http", "https"):
        raise DataError(f"The address “{address}” is none to download from; it begins with https:// or http://.")
    request = url_request.Request(address, headers={"User-Agent": "netloom"})
    if done:
        request.add_header("Range", f"bytes={done}-")
    return _broken(lambda: url_request.urlopen(request, timeout=stall))


def _pieces(answer: Any, left: int) -> Iterator[bytes]:
    def read() -> Any:
        return answer.read1(min(CHUNK, left))

    while left > 0 and (piece := _broken(read)):
        left -= len(piece)
        yield piece


def _broken(action: Callable[[], Any]) -> Any:
    """Run a step of the network, what goes wrong there as _Broken."""
    try:
        return action()
    except url_error.HTTPError as error:
        if error.code == http_client.REQUESTED_RANGE_NOT_SATISFIABLE:  # all of it is here already
            return error
        error.close()
        raise _Broken(f"answered {error.code} {error.reason}") from None
    except TimeoutError:
        raise _Broken("stopped sending") from None
    except url_error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _Broken("did not answer in time") from None
        raise _Broken(f"cannot be reached ({getattr(error.reason, 'strerror', None) or error.reason})") from None
    except (OSError, http_client.HTTPException) as error:
        raise _Broken(f"broke off ({type(error).__name__})") from None


def _verify(remote: Remote, part: Path) -> None:
    """Compare the unpacked content; what is wrong is thrown away."""
    digest, length = hashlib.sha256(), 0
    expected = remote.unpacked or remote.size
    try:
        with gzip.open(part, "rb") if remote.unpacked else part.open("rb") as file:
            while length <= expected and (piece := file.read(1 << 20)):
                digest.update(piece)
                length += len(piece)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        length = -1
    if length != expected or digest.hexdigest() != remote.sha256:
        part.unlink()
        raise _Broken("sent a file whose content is not the published one (its SHA-256 differs)")


def _check_disk(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        raise NoRoom(
            f"The disk of “{folder}” has {size_words(free)} free and the download needs {size_words(size + SPARE)}; "
            "make room, or set NETLOOM_CACHE to a folder on another disk."
        )


def _claim(target: Path) -> Path:
    """A part file that only this process writes, begun with what an earlier attempt left."""
    mine = target.with_name(f"{target.name}.{os.getpid()}.part")
    for left in target.parent.glob(f"{glob.escape(target.name)}*.part"):
        ended = left.name == target.name + ".part"
        if ended or time.time() - left.stat().st_mtime > 3 * STALL:
            os.replace(left, mine)
    return mine

"""A server on this machine that also breaks off, corrupts, stalls and refuses, and a small stand-in for MNIST on it."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backend.data import idx
from backend.data.remote import Remote
from tests.idx_files import idx_bytes, labels, pictures

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

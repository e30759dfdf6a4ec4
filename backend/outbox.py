"""Sending without ever waiting: a thread empties the queue into the pipe, and stale messages give way to newer ones."""

from __future__ import annotations

import threading
from collections import deque
from multiprocessing.connection import Connection
from typing import Any


class Outbox:
    """The sending side of one end of a pipe.

    replaceable: types of which only the newest waiting message matters; all others arrive, in order
    """

    def __init__(self, connection: Connection, replaceable: tuple[type, ...] = ()) -> None:
        self._connection = connection
        self._replaceable = replaceable
        self._waiting: deque[Any] = deque()
        self._changed = threading.Condition()
        self._sending = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, message: Any) -> None:
        """Queue a message and return at once; after ``close`` or the death of the other side it goes nowhere."""
        with self._changed:
            if self._closed:
                return
            if isinstance(message, self._replaceable):
                kind = type(message)
                self._waiting = deque(m for m in self._waiting if type(m) is not kind)
            self._waiting.append(message)
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is sent; False where that took longer than allowed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or not (self._waiting or self._sending), seconds)

    def close(self) -> None:
        """Send no more; what still waits is dropped."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._connection.send(message)
            except (OSError, ValueError):  # the other side is gone; its receiver notices by itself
                self.close()
            with self._changed:
                self._sending = False
                self._changed.notify_all()

    def _next(self) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            self._sending = True
            return self._waiting.popleft()

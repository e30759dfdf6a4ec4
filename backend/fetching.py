"""Bringing and reading data in a thread, so that whoever waits for it hears how far it is, and can stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from backend.messages import Loading

Fetch = Callable[[str, Callable[[str, int, int], None], Callable[[], bool]], object]
TICK = 0.1  # seconds between two words about it


def fetching(source: str, fetch: Fetch, cancelled: Callable[[], bool], reading: bool = False) -> Iterator[Loading]:
    """Fetch a data set and yield how far it is, nothing where that takes no time; closing the iterator ends it.

    Raises what ``fetch`` raises.
    """
    state = Loading(source, 0, 0, reading)
    failure: list[BaseException] = []
    closed = threading.Event()

    def progress(what: str, done: int, total: int) -> None:
        nonlocal state
        state = Loading(what, done, total, reading)

    def work() -> None:
        try:
            fetch(source, progress, lambda: closed.is_set() or cancelled())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="fetching", daemon=True)
    thread.start()
    alive = True
    try:
        while alive:
            thread.join(TICK)
            alive = thread.is_alive()
            if alive or state.total:
                yield state
    finally:
        closed.set()
        thread.join()
    if failure:
        raise failure[0]

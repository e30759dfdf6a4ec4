"""The studio's side of an engine: starts it, talks to it without waiting, and notices its death. Free of torch."""

from __future__ import annotations

import contextlib
import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from backend.messages import Command, Died, Event, Failed, Finished, Shutdown, Started
from backend.outbox import Outbox

AT_ONCE = 64  # events handed over by one call of receive, so that a flood cannot hold the window


class Bridge:
    """An engine process and the pipe to it. Nothing here waits for the engine but ``close``.

    name: what the process is called
    threads: how many threads torch may use there; 0 leaves the choice to torch
    """

    def __init__(self, name: str, threads: int = 0) -> None:
        self.name = name
        self.threads = threads
        self.run = ""  # the run being trained there, "" between trainings
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._outbox: Outbox | None = None

    def start(self) -> None:
        """Start the process, unless it runs. Returns long before the engine is ready, which it says by ``Ready``."""
        if self._connection is not None:
            return
        # Spawned, not forked: the studio's threads and locks must not be copied half-way through.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_enter, args=(theirs, self.threads), name=self.name, daemon=True)
        self._process.start()
        theirs.close()  # or the pipe would stay open when the engine dies, and nobody would notice
        self._outbox = Outbox(self._connection)

    def send(self, command: Command) -> None:
        """Pass a command on and return at once. Without an engine it goes nowhere: ``Died`` has said so."""
        if self._outbox is not None:
            self._outbox.put(command)

    def receive(self) -> list[Event]:
        """What the engine has said since, without waiting. Its death is the last event, and comes once."""
        found: list[Event] = []
        while self._connection is not None and len(found) < AT_ONCE:
            try:
                if not self._connection.poll():
                    break
                found.append(self._noted(self._connection.recv()))
            except (EOFError, OSError):
                found.append(Died(self._bury(), self.run))
                self.run = ""
        return found

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to receive; False where nothing came in time."""
        try:
            return self._connection is not None and self._connection.poll(seconds)
        except (EOFError, OSError):
            return True

    def fileno(self) -> int:
        """The descriptor that becomes readable with every event, for a notifier; -1 without an engine."""
        return self._connection.fileno() if self._connection is not None else -1

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def restart(self) -> None:
        """A new process in place of the old, which is killed if it still runs."""
        if self._process is not None:
            self._process.kill()
        self._bury()
        self.run = ""
        self.start()

    def close(self, seconds: float = 10.0) -> None:
        """Let the engine save and leave; end it where that takes longer than ``seconds``."""
        if self._process is None or self._outbox is None:
            return
        self._outbox.put(Shutdown())
        self._process.join(seconds)
        if self._process.is_alive():
            self._process.kill()
        self._bury()

    def _noted(self, event: Event) -> Event:
        if isinstance(event, Started):
            self.run = event.run
        elif isinstance(event, Finished) or (isinstance(event, Failed) and event.run == self.run):
            self.run = ""
        return event

    def _bury(self) -> int | None:
        """Let go of a process that has ended and of everything that belonged to it; gives its exit code."""
        code = None
        if self._outbox is not None:
            self._outbox.close()
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
        if self._process is not None:
            self._process.join(5.0)
            code = self._process.exitcode
            if code is not None:
                self._process.close()
        if self._outbox is not None:
            self._outbox.join(1.0)
        self._process = self._connection = self._outbox = None
        return code


def _enter(connection: Connection, threads: int) -> None:
    """The first thing the new process does; torch is imported there alone."""
    from backend.worker import serve

    serve(connection, threads)

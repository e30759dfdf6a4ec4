"""Workers played by a test: what was sent to them can be looked at, and they say what they are told to."""

from __future__ import annotations

from pathlib import Path

from backend.messages import Command, Event
from gui.session import Notice, Session


class PlayedBridge:
    """Stands where a worker's bridge would: records what is sent and says what a test tells it to."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.waiting: list[Event] = []
        self.starts = 0
        self.alive = False

    def start(self) -> None:
        self.starts += 1
        self.alive = True

    restart = start

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def receive(self) -> list[Event]:
        events, self.waiting = self.waiting, []
        return events

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        self.alive = False

    def said(self, kind: type) -> list[Command]:
        """The commands of one kind that were sent."""
        return [command for command in self.sent if isinstance(command, kind)]


class PlayedSession(Session):
    """A session whose workers are played: ``analyst`` and ``engine``; ``notices`` collects what it says."""

    def __init__(self, runs_folder: Path) -> None:
        self.analyst, self.engine = PlayedBridge(), PlayedBridge()
        super().__init__(bridges=(self.analyst, self.engine), runs_folder=runs_folder)
        self.notices: list[Notice] = []
        self.notice.connect(self.notices.append)

    def hear(self, *events: Event) -> None:
        """Let the engine say something."""
        self.engine.waiting += events
        self._engine.receive()

    def hear_analyst(self, *events: Event) -> None:
        """Let the analyst say something."""
        self.analyst.waiting += events
        self._analyst.receive()

"""A worker's bridge on Qt's event loop: what the worker says comes out as a signal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final, Protocol

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from backend.messages import Adopt, Command, Died, Event, Ready
from gui import settings

POLL_MILLISECONDS: Final = 15
DEATHS_BORNE: Final = 3  # in a row, before the worker is left down: one that dies at birth would do so for ever


class Bridge(Protocol):
    """What is asked of ``backend.bridge.Bridge``."""

    def start(self) -> None: ...
    def send(self, command: Command) -> None: ...
    def receive(self) -> list[Event]: ...
    def fileno(self) -> int: ...
    def restart(self) -> None: ...
    def close(self) -> None: ...
    @property
    def alive(self) -> bool: ...


class Link(QObject):
    """Listens to one bridge. ``said`` carries its events one by one, in order, ``Died`` among them."""

    said = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.started = False
        self.ready = False
        self._deaths = 0
        self._notifier: QSocketNotifier | None = None
        self._timer = QTimer(self, interval=POLL_MILLISECONDS)
        self._timer.timeout.connect(self.receive)
        settings.signals.environment_changed.connect(self._adopt)

    def start(self) -> None:
        if not self.started:
            self.bridge.start()
            self.started = True
            self._listen()

    def revive(self) -> bool:
        """Start the worker anew after its death; False once it has died too often in a row to be worth it."""
        self._deaths += 1
        if self._deaths >= DEATHS_BORNE:
            return False
        self.restart()
        return True

    def restart(self) -> None:
        self.ready = False
        self.bridge.restart()
        self._listen()

    def send(self, command: Command) -> None:
        """Pass a command on; a worker that was not started yet is."""
        self.start()
        self.bridge.send(command)

    def close(self) -> None:
        """End the worker, which saves what is under way first."""
        self._hush()
        if self.started:
            self.bridge.close()
            self.started = False

    def receive(self) -> None:
        """Hand on whatever has come."""
        for event in self.bridge.receive():
            if isinstance(event, Ready):
                self.ready, self._deaths = True, 0
            elif isinstance(event, Died):
                self.ready = False
                self._hush()
            self.said.emit(event)

    def _adopt(self, environment: Mapping[str, str]) -> None:
        """Let a running worker know of settings that it inherited when it started; one to come will inherit them."""
        if self.started:
            self.send(Adopt(environment))

    def _listen(self) -> None:
        self._hush()
        descriptor = self.bridge.fileno()
        if sys.platform == "win32" or descriptor < 0:  # Qt's notifiers watch sockets only there, and this is a pipe
            self._timer.start()
        else:
            self._notifier = QSocketNotifier(descriptor, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self.receive)

    def _hush(self) -> None:
        self._timer.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None


def worker_bridges() -> tuple[Bridge, Bridge]:
    """Bridges to an analyst and to an engine, neither of them started."""
    from backend.bridge import Bridge as WorkerBridge

    return WorkerBridge("analyst"), WorkerBridge("engine")


def exit_words(exit_code: int | None) -> str:
    """How a process ended, in brackets behind a sentence."""
    if exit_code is None:
        return ""
    if exit_code == -9:
        return " (it was killed; the system does that when memory runs out)"
    return f" (exit code {exit_code})"

"""Letting Qt work while something is waited for, as pictures of the studio need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer

PATIENCE: Final = 60_000  # milliseconds that a picture waits for the workers
LOOK_MILLISECONDS: Final = 20


def until(there: Callable[[], object], patience: int | None = None) -> bool:
    """Wait until something is there, or for so many milliseconds, else those of PATIENCE; whether it is there."""
    loop, deadline = QEventLoop(), QDeadlineTimer(PATIENCE if patience is None else patience)
    look = QTimer(interval=LOOK_MILLISECONDS)
    look.timeout.connect(lambda: loop.quit() if there() or deadline.hasExpired() else None)
    look.start()
    loop.exec()
    return bool(there())


def pause(milliseconds: int) -> None:
    """Let so much time go by."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()

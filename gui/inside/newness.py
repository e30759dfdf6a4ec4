"""When a panel looks at what a run keeps on the disk: seldom, while it is seen, and only where something is new."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from backend import messages as m
from gui.parts import Live
from gui.session import Session

SECONDS: Final = 2.0  # between two looks at the disk while a training runs


class Newness(QObject):
    """Refreshes a panel when the run keeps more in one of its folders than the panel has read.

    panel: asks ``found`` in its ``refresh``, and reads where that is true
    part: the name of the folder within that of the run
    anew: called when another run or design is shown, or a run begins, ends or is saved: its last word may be new
    """

    def __init__(self, session: Session, panel: Live, part: str, anew: Callable[[], None]) -> None:
        super().__init__(panel)
        self._session, self._panel, self._part, self._anew = session, panel, part, anew
        self._read: object = None  # what was there when it was last read
        self._looked = 0.0
        session.event.connect(self._hear)
        session.document_replaced.connect(self.look)

    def look(self) -> None:
        """Have everything read again."""
        self._read = None
        self._anew()

    def found(self) -> bool:
        """Whether something is there that was not when this was last asked."""
        there, before = self._there(), self._read
        self._read, self._looked = there, time.monotonic()
        return there != before

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Started() | m.Finished() | m.Checkpointed() | m.Failed():
                self.look()
            case m.Progress() if event.paused or time.monotonic() >= self._looked + SECONDS:
                self._looked = time.monotonic()
                if not self._panel.isVisible() or self._there() != self._read:
                    self._panel.invalidate()

    def _there(self) -> tuple[str, int]:
        """The run, and when its folder changed last, or one in it: whatever is written into either changes that."""
        run = self._session.run
        return run, changed(Path(run) / self._part) if run else 0


def changed(folder: Path) -> int:
    """When a folder or one in it changed last, in nanoseconds; 0 where there is none."""
    try:
        inside = [each.stat().st_mtime_ns for each in os.scandir(folder) if each.is_dir()]
        return max(folder.stat().st_mtime_ns, *inside, 0)
    except OSError:
        return 0

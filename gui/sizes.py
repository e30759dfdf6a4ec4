"""What a training would take, as the process that checks the design last said, and how people read such numbers."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

from backend import messages as m
from gui.documents import Documents
from gui.link import Link

STEP: Final = 1000
UNITS: Final = ("", "k", "M", "G", "T", "P")


class Sizes(QObject):
    """Keeps the newest totals; ``told`` says that they are others."""

    told = Signal()

    def __init__(self, worker: Link, parent: Documents) -> None:
        super().__init__(parent)
        self.totals: m.Totals | None = None
        worker.said.connect(self._hear)
        parent.document_replaced.connect(self._forget)

    def _forget(self) -> None:
        """Another design is shown; what it takes is told soon."""
        self.totals = None
        self.told.emit()

    def _hear(self, event: m.Event) -> None:
        if isinstance(event, m.Totalled):
            self.totals = event.totals
            self.told.emit()


def short(number: int) -> str:
    """A large count with three digits: ``950``, ``12.3 M``."""
    value, unit = float(number), 0
    while value >= STEP and unit < len(UNITS) - 1:
        value, unit = value / STEP, unit + 1
    return f"{value:.3g} {UNITS[unit]}" if unit else str(number)

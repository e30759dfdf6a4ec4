"""The part of the inspector that tells what a training of the design takes, and whether the device has that much."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from backend.messages import Totals
from gui import theme
from gui.memory import words
from gui.parts import Words, clear, grouped
from gui.session import Session
from gui.sizes import short


class TotalsSection(QWidget):
    """Rows of a name and a number, and beneath them a sentence on the device."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: object = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        session.sizes.told.connect(self.refresh)

    def refresh(self) -> None:
        analysis, totals = self._session.analysis, self._session.sizes.totals
        now = (analysis.parameters if analysis else None, totals, theme.current().name)
        if now == self._shown:
            return
        self._shown = now
        clear(self._grid)
        if analysis:
            self._line(self.tr("Parameters"), grouped(analysis.parameters))
        if totals is None:
            return
        self._line(self.tr("Multiply-adds an example"), short(totals.multiply_adds // totals.batch),
                   self.tr("Products that are added up on the way from the data to the losses"))  # fmt: skip
        for name, size, tip in memory_parts(totals):
            self._line(name, words(size), tip)
        self._line(self.tr("Memory in all"), words(totals.memory), strong=True)
        verdict = Words(verdict_of(totals), parent=self)
        if not totals.fits:
            verdict.setStyleSheet(f"color: {theme.current().error.name()};")
        self._grid.addWidget(verdict, self._grid.rowCount(), 0, 1, 2)

    def _line(self, name: str, text: str, tip: str = "", strong: bool = False) -> None:
        row = self._grid.rowCount()
        label, value = QLabel(name, self), QLabel(text, self)
        label.setProperty("dim", not strong)
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        for each in (label, value):
            each.setToolTip(tip)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(value, row, 1)


def memory_parts(totals: Totals) -> list[tuple[str, int, str]]:
    """What the memory of a training is made of: names, bytes, and what that is."""
    tr = QCoreApplication.translate
    batch = tr("Totals", "Activations, {batch} examples").format(batch=grouped(totals.batch))
    return [
        (tr("Totals", "Weights"), totals.weights, tr("Totals", "All weights, and what layers keep beside them")),
        (tr("Totals", "Gradients"), totals.gradients, tr("Totals", "One number for every weight that is trained")),
        (tr("Totals", "Optimiser"), totals.optimiser, tr("Totals", "What it remembers between steps")),
        (batch, totals.activations + totals.data,
         tr("Totals", "The batch, and what is kept of it for the way back; grows with the batch size")),
    ]  # fmt: skip


def verdict_of(totals: Totals) -> str:
    """Whether a training fits its device, and the largest batch that does."""
    tr = QCoreApplication.translate
    if not totals.capacity:
        return tr("Totals", "Whether that fits is not known: the device is not to be had here.")
    largest, room = grouped(_about(totals.largest_batch)), words(totals.capacity)
    if totals.fits:
        text = tr("Totals", "Fits {device} ({room}), up to batches of about {largest}.")
    elif totals.largest_batch:
        text = tr("Totals", "Too large for {device} ({room}): batches of about {largest} fit.")
    else:
        text = tr("Totals", "Too large for {device} ({room}), even one example at a time: make the network smaller.")
    return text.format(device=totals.device, room=room, largest=largest)


def _about(count: int) -> int:
    """A count with no more than two digits that say something, rounded down."""
    unit: int = 10 ** max(0, len(str(count)) - 2)
    return count // unit * unit

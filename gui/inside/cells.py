"""A scrolled grid of cells of one size that one goes through by keys and mouse; a subclass says what is in them."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget


class Cells(QAbstractScrollArea):
    """Cells in as many columns as fit. Arrow keys go from one to the next; each says what it shows as a tooltip.

    gap: pixels between cells
    current: the number of the cell that keys are at
    cell: width and height of one
    """

    gap: ClassVar[int] = 6

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current = 0
        self.cell = (1, 1)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(24)

    def count(self) -> int:
        """How many cells there are."""
        return 0

    def words(self, number: int) -> str:
        """What a cell shows, for those who cannot see it."""
        return ""

    def measured(self) -> tuple[int, int]:
        """Width and height of a cell in a viewport as wide as it is now."""
        return self.cell

    # -- measures ----------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        return max(1, (self.viewport().width() - self.gap) // (self.cell[0] + self.gap))

    def place(self, number: int) -> QRect:
        """Where a cell stands in the viewport."""
        (wide, high), (row, column) = self.cell, divmod(number, self.columns)
        top = self.gap + row * (high + self.gap) - self.verticalScrollBar().value()
        return QRect(self.gap + column * (wide + self.gap), top, wide, high)

    def seen(self) -> range:
        """The cells in sight."""
        step, top = self.cell[1] + self.gap, self.verticalScrollBar().value()
        first = max(0, (top - self.gap) // step) * self.columns
        last = ((top + self.viewport().height()) // step + 1) * self.columns
        return range(first, min(self.count(), last))

    def at(self, spot: QPoint) -> int | None:
        """The cell under a spot of the viewport."""
        return next((number for number in self.seen() if self.place(number).contains(spot)), None)

    def _measure(self) -> None:
        self.cell = self.measured()
        rows, bar = -(-self.count() // self.columns), self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, self.gap + rows * (self.cell[1] + self.gap) - self.viewport().height()))

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self.columns, Qt.Key.Key_Down: self.columns,
                 Qt.Key.Key_Home: -self.count(), Qt.Key.Key_End: self.count()}  # fmt: skip
        if event.key() not in steps:
            super().keyPressEvent(event)
            return
        self._choose(self.current + steps[Qt.Key(event.key())])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.at(event.position().toPoint())
        if number is not None:
            self._choose(number)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.at(event.pos())
            QToolTip.showText(event.globalPos(), self.words(number) if number is not None else "", self)
            return True
        return super().viewportEvent(event)

    def _choose(self, number: int) -> None:
        self.current = min(max(0, number), max(0, self.count() - 1))
        place, bar = self.place(self.current), self.verticalScrollBar()
        if place.top() < self.gap:
            bar.setValue(bar.value() + place.top() - self.gap)
        elif place.bottom() > self.viewport().height() - self.gap:
            bar.setValue(bar.value() + place.bottom() - self.viewport().height() + self.gap)
        self._tell()
        self.viewport().update()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.words(self.current) if self.count() else "")

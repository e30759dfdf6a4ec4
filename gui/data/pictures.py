"""Pictures of a data set in a grid that asks for them page by page, as one scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.inside.cells import Cells
from gui.inside.tiles import scaled
from gui.parts import grouped

SIDE: Final = 58  # pixels of a picture, at least
GAP: Final = 5
CAPTION: Final = 15
PAGE: Final = 60
KEPT: Final = 40  # pages whose pictures stay in memory


class PictureWall(Cells):
    """As many pictures as there are, however many; those in sight are asked for."""

    gap = GAP

    wanted = Signal(int)  # the offset of a page

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.total = 0
        self.names: tuple[str, ...] = ()
        self._pages: dict[int, tuple[np.ndarray, np.ndarray | None]] = {}
        self._pixmaps: dict[int, QPixmap] = {}
        self._asked: int | None = None
        self.verticalScrollBar().valueChanged.connect(lambda _: self._ask())

    def start(self, total: int, names: Sequence[str]) -> None:
        """Show another set, or another class of it, from its beginning."""
        self.total, self.names, self.current = total, tuple(names), 0
        self._pages.clear()
        self._pixmaps.clear()
        self._asked = None
        self.verticalScrollBar().setValue(0)
        self._measure()
        self.viewport().update()

    def put(self, offset: int, pictures: np.ndarray, labels: np.ndarray | None) -> None:
        """Take a page that was asked for."""
        page = offset // PAGE
        self._pages[page] = pictures, labels
        if len(self._pages) > KEPT:  # let go of the one that is furthest away
            gone = max(self._pages, key=lambda each: abs(each - page))
            del self._pages[gone]
            self._pixmaps = {number: made for number, made in self._pixmaps.items() if number // PAGE != gone}
        self._asked = None
        self._tell()
        self.viewport().update()
        self._ask()

    @property
    def columns(self) -> int:
        return max(1, (self.viewport().width() - GAP) // (SIDE + GAP))

    @property
    def side(self) -> int:
        """Of a picture, so that the columns fill the width."""
        return max(1, (self.viewport().width() - GAP) // self.columns - GAP)

    def measured(self) -> tuple[int, int]:
        return self.side, self.side + (CAPTION if self.names else 0)

    def count(self) -> int:
        return self.total

    def words(self, number: int) -> str:
        """What a picture is: “12 of 1,797: 7”."""
        words = self.tr("{number} of {total}").format(number=grouped(number + 1), total=grouped(self.total))
        name = self._name(number)
        return f"{words}: {name}" if name else words

    def _name(self, number: int) -> str:
        _, labels = self._pages.get(number // PAGE, (None, None))
        if labels is None or number % PAGE >= len(labels):
            return ""
        label = int(labels[number % PAGE])
        return self.names[label] if label < len(self.names) else str(label)

    def _ask(self) -> None:
        """Ask for the first page in sight that is not there."""
        if self._asked is None and self.isVisible():
            missing = next((n // PAGE for n in self.seen() if n // PAGE not in self._pages), None)
            if missing is not None:
                self._asked = missing
                self.wanted.emit(missing * PAGE)

    # -- painting ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pixmaps.clear()
        self._ask()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(10))
        side = self.side
        for number in self.seen():
            place = self.place(number)
            square = QRect(place.left(), place.top(), side, side)
            made = self._pixmap(number)
            if made is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(now.raised)
                painter.drawRoundedRect(square, 4, 4)
            else:
                size = made.deviceIndependentSize().toSize()
                painter.drawPixmap(square.center().x() - size.width() // 2 + 1,
                                   square.center().y() - size.height() // 2 + 1, made)  # fmt: skip
            if number == self.current and self.hasFocus():
                painter.setPen(QPen(now.accent, 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(square).adjusted(-1, -1, 1, 1), 3, 3)
            if self.names:
                painter.setPen(now.text_dim)
                name = painter.fontMetrics().elidedText(self._name(number), Qt.TextElideMode.ElideRight, side)
                painter.drawText(QRect(place.left(), square.bottom() + 1, side, CAPTION),
                                 Qt.AlignmentFlag.AlignCenter, name)  # fmt: skip

    def _pixmap(self, number: int) -> QPixmap | None:
        pictures, _ = self._pages.get(number // PAGE, (None, None))
        if pictures is None or number % PAGE >= len(pictures):
            return None
        if number not in self._pixmaps:
            self._pixmaps[number] = scaled(pictures[number % PAGE], self.side, self.devicePixelRatioF())
        return self._pixmaps[number]

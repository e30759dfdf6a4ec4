"""Pictures as they were and as they became, painted in rows: an example a row, a draw a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.inside.tiles import scaled

GAP: Final = 4  # pixels between pictures
APART: Final = 8  # between what belongs to different groups, besides
HEAD: Final = 18
CAPTION: Final = 14
LARGEST: Final = 96  # pixels of a picture's side


@dataclass(frozen=True)
class Column:
    """Pictures below one another, one of each example; ``apart`` sets it off from the column before it."""

    pictures: Sequence[np.ndarray]
    head: str = ""
    captions: Sequence[str] = ()
    apart: bool = False


class Contrast(QWidget):
    """As wide as there is room, and as high as its pictures need then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Column, ...] = ()
        self.rows = 4
        self._pixmaps: dict[tuple[int, int], QPixmap] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_columns(self, columns: Sequence[Column], rows: int) -> None:
        """Show these; a column with fewer pictures than rows leaves their places empty."""
        self.columns, self.rows = tuple(columns), rows
        self._pixmaps.clear()
        self._fit()
        self.update()

    @property
    def side(self) -> int:
        """Of a picture."""
        many = max(1, len(self.columns))
        room = self.width() - (many - 1) * GAP - APART * sum(column.apart for column in self.columns)
        return max(8, min(LARGEST, room // many))

    def place(self, column: int, row: int) -> QRect:
        """Where a picture stands."""
        shift = APART * sum(each.apart for each in self.columns[: column + 1])
        return QRect(column * (self.side + GAP) + shift, HEAD + row * self._step(), self.side, self.side)

    def _step(self) -> int:
        return self.side + GAP + (CAPTION if any(any(column.captions) for column in self.columns) else 0)

    def _fit(self) -> None:
        wanted = HEAD + self.rows * self._step()
        if self.height() != wanted:
            self.setFixedHeight(wanted)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 40)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pixmaps.clear()
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, column in enumerate(self.columns):
            painter.setFont(theme.font(11))
            painter.setPen(now.text_dim)
            left = self.place(number, 0).left()
            painter.drawText(QRect(left, 0, self.width() - left, HEAD - 4), Qt.AlignmentFlag.AlignLeft, column.head)
            painter.setFont(theme.font(10))
            for row in range(self.rows):
                self._paint_picture(painter, number, row)

    def _paint_picture(self, painter: QPainter, number: int, row: int) -> None:
        now, column, place = theme.current(), self.columns[number], self.place(number, row)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.raised)
        painter.drawRoundedRect(place, 3, 3)
        if row < len(column.pictures):
            made = self._pixmap(number, row)
            size = made.deviceIndependentSize().toSize()
            painter.drawPixmap(place.topLeft() + QPoint((place.width() - size.width()) // 2,
                                                        (place.height() - size.height()) // 2), made)  # fmt: skip
        if row < len(column.captions):
            painter.setPen(now.text_dim)
            below = QRect(place.left(), place.bottom() + 1, place.width() + GAP, CAPTION)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, column.captions[row])

    def _pixmap(self, number: int, row: int) -> QPixmap:
        if (number, row) not in self._pixmaps:
            picture = self.columns[number].pictures[row]
            self._pixmaps[number, row] = scaled(picture, self.side, self.devicePixelRatioF())
        return self._pixmaps[number, row]

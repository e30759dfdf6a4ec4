"""A confusion matrix that is painted, read out under the mouse, and whose cells can be chosen."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.parts import grouped

LABELS: Final = 0.28  # of the room, at most for the names
LEAST_TEXT: Final = 17.0  # pixels of a cell that a number fits in
TITLE: Final = 16.0
MANY: Final = 60  # classes, whose cells have no room for numbers and are painted all at once


def _strength(shares: np.ndarray) -> np.ndarray:
    """How strongly cells are coloured by the share of their row that they hold; also a small one is seen."""
    return np.where(shares > 0, 0.06 + 0.84 * shares**0.6, 0.03)


def _image(shares: np.ndarray) -> QImage:
    """A pixel for each cell."""
    now, own = theme.current(), np.eye(len(shares), dtype=bool)[..., None]
    ground, right, wrong = (
        np.array([each.red(), each.green(), each.blue()]) for each in (now.panel, now.accent, now.error)
    )
    colours = ground + (np.where(own, right, wrong) - ground) * _strength(shares)[..., None]
    levels = np.ascontiguousarray(colours.astype(np.uint8))
    high, wide = shares.shape
    return QImage(levels.data, wide, high, wide * 3, QImage.Format.Format_RGB888).copy()


class ConfusionMatrix(QWidget):
    """Rows are true classes, columns predicted ones. A click, or Enter, chooses a cell; arrow keys walk."""

    chosen = Signal(int, int)  # true and predicted class

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self.counts = np.zeros((0, 0), np.int64)
        self.by_row = False
        self.cell = (0, 0)  # where the keyboard is
        self.picked: tuple[int, int] | None = None
        self._widest = 0.0  # pixels of the longest name
        self._over: tuple[int, int] | None = None
        self.setAccessibleName(self.tr("Confusion matrix"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(180, 120)
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(340, 260)

    def show_counts(self, names: tuple[str, ...], counts: np.ndarray) -> None:
        """Show other counts, (classes, classes)."""
        if names != self.names:
            self.cell, self.picked = (0, 0), None
        self.names, self.counts = names, counts
        self._widest = max(map(self.fontMetrics().horizontalAdvance, names), default=0) + 8.0
        self._tell()
        self.update()

    def show_shares(self, on: bool) -> None:
        """Show the share of its row in every cell, or the count."""
        self.by_row = on
        self.update()

    # -- where things are --------------------------------------------------------------------------------------------

    def place(self) -> QRectF:
        """Where the cells are."""
        left = TITLE + min(self._widest, self.width() * LABELS)
        top = TITLE + self.fontMetrics().height() + 4.0
        return QRectF(left, top, max(1.0, self.width() - left - 6), max(1.0, self.height() - top - 6))

    def rect_of(self, row: int, column: int) -> QRectF:
        """Where a cell is."""
        area, count = self.place(), max(1, len(self.names))
        wide, high = area.width() / count, area.height() / count
        return QRectF(area.left() + column * wide, area.top() + row * high, wide, high)

    def at(self, spot: QPointF) -> tuple[int, int] | None:
        """The cell under a spot."""
        area, count = self.place(), len(self.names)
        if not count or not area.contains(spot):
            return None
        row = int((spot.y() - area.top()) / area.height() * count)
        column = int((spot.x() - area.left()) / area.width() * count)
        return min(row, count - 1), min(column, count - 1)

    def sentence(self, row: int, column: int) -> str:
        """A cell in words."""
        count, whole = int(self.counts[row, column]), max(1, int(self.counts[row].sum()))
        words = self.tr("true {truth}, predicted {guess}: {count} of {whole} ({share:.1%})")
        return words.format(truth=self.names[row], guess=self.names[column], count=grouped(count),
                            whole=grouped(whole), share=count / whole)  # fmt: skip

    # -- events ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (cell := self.at(event.position())) is not None:
            self._choose(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.at(event.position())
        if over != self._over:
            self._over = over
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
        key, last = Qt.Key(event.key()), len(self.names) - 1
        if key in steps and last >= 0:
            down, right = steps[key]
            self.cell = (min(max(self.cell[0] + down, 0), last), min(max(self.cell[1] + right, 0), last))
            self._tell()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and last >= 0:
            self._choose(self.cell)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.sentence(*cell) if cell else "", self)
            return True
        return super().event(event)

    def _choose(self, cell: tuple[int, int]) -> None:
        self.cell = self.picked = cell
        self._tell()
        self.update()
        self.chosen.emit(*cell)

    def _tell(self) -> None:
        self.setAccessibleDescription(self.sentence(*self.cell) if self.names else "")

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.names:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shares = self.counts / np.maximum(self.counts.sum(1, keepdims=True), 1)
        if len(self.names) > MANY:
            painter.drawImage(self.place(), _image(shares))
        else:
            for row, column in np.ndindex(shares.shape):
                self._paint_cell(painter, row, column, float(shares[row, column]))
        self._paint_names(painter)
        self._paint_marks(painter)

    def _paint_cell(self, painter: QPainter, row: int, column: int, share: float) -> None:
        now, box = theme.current(), self.rect_of(row, column)
        ground = theme.blend(now.panel, now.accent if row == column else now.error, float(_strength(np.array(share))))
        gap = 0.5 if min(box.width(), box.height()) > 8 else 0.0
        painter.fillRect(box.adjusted(gap, gap, -gap, -gap), ground)
        count = int(self.counts[row, column])
        words = f"{share:.0%}" if self.by_row else grouped(count)
        fits = painter.fontMetrics().horizontalAdvance(words) + 4 <= box.width() and box.height() >= LEAST_TEXT
        if count and fits:
            painter.setPen(max((now.text, now.panel), key=lambda each: theme.contrast(each, ground)))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_names(self, painter: QPainter) -> None:
        now, area, metrics = theme.current(), self.place(), painter.fontMetrics()
        painter.setPen(now.text_dim)
        each = self.rect_of(0, 0)
        for number, name in enumerate(self.names):
            box = self.rect_of(number, number)
            if each.height() >= metrics.height() - 3:
                side = QRectF(TITLE, box.top(), area.left() - TITLE - 5, box.height())
                short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(side.width()))
                painter.drawText(side, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)
            if each.width() >= metrics.horizontalAdvance("00"):
                above = QRectF(box.left(), TITLE, box.width(), metrics.height())
                short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(above.width()))
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, short)
        painter.setFont(theme.font(10))
        painter.drawText(QRectF(area.left(), 0, area.width(), TITLE), Qt.AlignmentFlag.AlignCenter,
                         self.tr("predicted"))  # fmt: skip
        painter.save()
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, area.height(), TITLE), Qt.AlignmentFlag.AlignCenter, self.tr("true"))
        painter.restore()

    def _paint_marks(self, painter: QPainter) -> None:
        now = theme.current()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        keyboard = self.cell if self.hasFocus() else None
        for cell, colour, width in ((self._over, now.text_dim, 1), (self.picked, now.text, 2), (keyboard, now.text, 1)):
            if cell is not None and max(cell) < len(self.names):
                painter.setPen(QPen(colour, width))
                painter.drawRect(self.rect_of(*cell).adjusted(1, 1, -1, -1))

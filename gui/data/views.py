"""How fields of a data set are drawn that are no pictures: counts as bars, points by class, lines over time, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.inside.samples_view import PAD, PointCloud
from gui.inspector.values import brief
from gui.parts import grouped

ROW: Final = 22
NAME_SHARE: Final = 0.34  # of the width
COUNT_WIDTH: Final = 62
SPLITS: Final = ("train", "validation", "test")


class CountBars(QAbstractScrollArea):
    """A bar for every class, as long as its count and parted by split. Enter or a click chooses one."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self.counts: list[tuple[int, ...]] = []  # of every name, by split
        self.splits: tuple[str, ...] = ()
        self.current = 0
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_counts(self, names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> None:
        """Show counts by split; one split under "" has no name."""
        self.splits = tuple(split for split, each in counts.items() if sum(each))
        many = max((len(each) for each in counts.values()), default=0)
        self.names = tuple(names[n] if n < len(names) else str(n) for n in range(many))
        self.counts = [tuple(counts[split][n] for split in self.splits) for n in range(many)]
        self.current = min(self.current, max(0, many - 1))
        self._measure()
        self._tell()
        self.viewport().update()

    def words(self, number: int) -> str:
        """A bar in words: “7: 179 – train 129, validation 14, test 36”."""
        counts = self.counts[number]
        words = f"{self.names[number]}: {grouped(sum(counts))}"
        parts = [f"{split} {grouped(count)}" for split, count in zip(self.splits, counts) if split]
        return f"{words} – {', '.join(parts)}" if len(parts) > 1 else words

    def _measure(self) -> None:
        bar = self.verticalScrollBar()
        bar.setSingleStep(ROW)
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, len(self.counts) * ROW + 2 * PAD - self.viewport().height()))

    def _tell(self) -> None:
        self.setAccessibleDescription(self.words(self.current) if self.counts else "")

    def _row(self, y: float) -> int | None:
        found = int(y + self.verticalScrollBar().value() - PAD) // ROW
        return found if 0 <= found < len(self.counts) else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -len(self.counts),
                 Qt.Key.Key_End: len(self.counts)}  # fmt: skip
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.counts:
            self.chosen.emit(self.current)
        elif event.key() in steps and self.counts:
            self.current = min(max(0, self.current + steps[Qt.Key(event.key())]), len(self.counts) - 1)
            top, bar = PAD + self.current * ROW, self.verticalScrollBar()
            bar.setValue(min(top, max(bar.value(), top + ROW - self.viewport().height())))
            self._tell()
            self.viewport().update()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self._row(event.position().y())
        if row is not None:
            self.current = row
            self._tell()
            self.viewport().update()
            self.chosen.emit(row)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self._row(event.pos().y())
            QToolTip.showText(event.globalPos(), self.words(row) if row is not None else "", self)
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        greatest = max((sum(each) for each in self.counts), default=1) or 1
        width, shift = self.viewport().width() - 2 * PAD, PAD - self.verticalScrollBar().value()
        for number, counts in enumerate(self.counts):
            line = QRect(PAD, shift + number * ROW, width, ROW)
            if line.intersects(event.rect()):
                if number == self.current and self.hasFocus():
                    painter.setPen(QPen(now.accent, 1))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(QRectF(line).adjusted(-3.5, 0.5, 3.5, -0.5), 5, 5)
                self._paint_row(painter, line, self.names[number], counts, greatest)

    def _paint_row(self, painter: QPainter, line: QRect, name: str, counts: Sequence[int], greatest: int) -> None:
        now = theme.current()
        left = int(line.width() * NAME_SHARE)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(now.text)
        short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, left - 8)
        painter.drawText(QRect(line.left(), line.top(), left - 8, ROW), Qt.AlignmentFlag.AlignLeft | middle, short)
        room = line.width() - left - COUNT_WIDTH
        x = float(line.left() + left)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, count in zip(split_colours(), counts):
            long = room * count / greatest
            painter.setBrush(colour)
            painter.drawRect(QRectF(x, line.top() + 6, long, ROW - 12))
            x += long
        painter.setPen(now.text_dim)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, grouped(sum(counts)))


def split_colours() -> tuple[QColor, QColor, QColor]:
    """Of training, validation and test."""
    now = theme.current()
    return now.accent, theme.blend(now.panel, now.accent, 0.6), theme.blend(now.panel, now.accent, 0.3)


class ClassCloud(PointCloud):
    """Points in the plane, in the colours of their classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels: np.ndarray | None = None
        self.names: tuple[str, ...] = ()

    def show_classes(self, values: np.ndarray, labels: np.ndarray | None, names: Sequence[str]) -> None:
        self.labels, self.names = labels, tuple(names)
        self.show_points(values, None)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, plane = theme.current(), self.plane()
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.border, 1))
        painter.setBrush(now.canvas)
        painter.drawRect(plane)
        groups = np.zeros(len(self.values), int) if self.labels is None else self.labels.astype(int)
        few = len(self.values) < 60
        for number in np.unique(groups):
            colour = now.series[int(number) % len(now.series)]
            painter.setPen(QPen(colour, 8.0 if few else 3.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(QPolygonF(self.placed(self.values[groups == number])))
        self._paint_names(painter, [int(number) for number in np.unique(groups)])

    def _paint_names(self, painter: QPainter, numbers: Sequence[int]) -> None:
        now = theme.current()
        painter.setFont(theme.font(11))
        metrics, x, y = painter.fontMetrics(), PAD, self.height() - PAD - 2
        for number in numbers if self.names else ():
            words = self.names[number] if number < len(self.names) else str(number)
            painter.setPen(now.series[number % len(now.series)])
            painter.drawText(x, y, "●")
            painter.setPen(now.text)
            painter.drawText(x + 14, y, words)
            x += 28 + metrics.horizontalAdvance(words)

    def _sentence(self) -> str:
        return self.tr("{count} points").format(count=grouped(len(self.values)))


class LinesView(QWidget):
    """Examples of a series, one above the other; every feature has a colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = np.zeros((0, 0, 0), np.float32)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_lines(self, values: np.ndarray) -> None:
        """Show sequences, (examples, steps, features)."""
        self.values = values
        count, steps, features = values.shape
        words = self.tr("{count} examples of {steps} steps with {features} numbers, from {low} to {high}")
        low, high = (brief(values.min()), brief(values.max())) if values.size else ("–", "–")
        self.setAccessibleDescription(words.format(count=count, steps=steps, features=features, low=low, high=high))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 80)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.values.size:
            return
        low, high = float(self.values.min()), float(self.values.max())
        many = max(1, min(len(self.values), self.height() // 44))
        tall = (self.height() - 2 * PAD) / many
        for number in range(many):
            area = QRectF(PAD, PAD + number * tall + 2, self.width() - 2 * PAD, tall - 4)
            painter.setPen(QPen(now.border, 1))
            painter.setBrush(now.canvas)
            painter.drawRoundedRect(area, 3, 3)
            self._paint_lines(painter, area.adjusted(3, 4, -3, -4), self.values[number], low, high)

    def _paint_lines(self, painter: QPainter, area: QRectF, values: np.ndarray, low: float, high: float) -> None:
        series = theme.current().series
        across = np.linspace(area.left(), area.right(), len(values))
        share = (values - low) / ((high - low) or 1.0)
        for feature in range(min(values.shape[1], len(series))):
            line = area.bottom() - share[:, feature] * area.height()
            painter.setPen(QPen(series[feature], 1.4))
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(across.tolist(), line.tolist())]))

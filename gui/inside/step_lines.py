"""Values over the steps of a sequence as lines: with their names and reach, and what every step did in colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.inspector.values import brief

Array = np.ndarray
STRIP: Final = 12.0  # pixels of the colours at full strength, below the lines
TINT: Final = 0.3  # how strong they are behind the lines, which have to be read on them
LEGEND: Final = 18.0
NARROW: Final = 110.0  # pixels, below which lines have no room for numbers beside them
DOT: Final = 3.0


def paint_steps(painter: QPainter, area: QRectF, values: Array, names: Sequence[str] = (),
                grounds: Sequence[QColor] = ()) -> None:  # fmt: skip
    """A line for each feature of (steps, features), on the colours of the steps where there are some."""
    known = np.nan_to_num(values.astype(np.float64))
    low, high = float(known.min(initial=np.inf)), float(known.max(initial=-np.inf))
    if not known.size:
        return
    colours = colours_of(known.shape[1])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if len(names) == known.shape[1]:
        area = area.adjusted(0, _paint_names(painter, area, names, colours), 0, 0)
    left = lines_left(painter.fontMetrics(), area, values)
    plot = QRectF(QPointF(left, area.top() + 4), area.bottomRight() - QPointF(0, 2))
    if grounds:
        plot = _paint_grounds(painter, plot, grounds)
    _paint_reach(painter, area, plot, (low, high))
    span = (high - low) or 1.0
    across = plot.width() / len(known)
    for feature, colour in enumerate(colours):
        line = QPolygonF([
            QPointF(plot.left() + (step + 0.5) * across, plot.bottom() - (value - low) / span * plot.height())
            for step, value in enumerate(known[:, feature])
        ])  # fmt: skip
        if grounds:
            painter.setPen(QPen(theme.current().panel, 4))
            painter.drawPolyline(line)
        painter.setPen(QPen(colour, 2))
        painter.drawPolyline(line)


def colours_of(count: int) -> list[QColor]:
    """The colours of so many lines; a single one is that of text."""
    now = theme.current()
    return [now.text] if count == 1 else [now.series[number % len(now.series)] for number in range(count)]


def lines_left(metrics: QFontMetrics, area: QRectF, values: Array) -> float:
    """Where the lines begin, right of the numbers of their reach where there is room for these."""
    if area.width() < NARROW or not values.size:
        return area.left()
    known = np.nan_to_num(values)
    return area.left() + 8 + max(metrics.horizontalAdvance(brief(float(end))) for end in (known.min(), known.max()))


def _paint_reach(painter: QPainter, area: QRectF, plot: QRectF, reach: tuple[float, float]) -> None:
    """The least and the greatest value, at their heights."""
    if plot.left() <= area.left():
        return
    painter.setPen(theme.current().text_dim)
    for value, height in zip(reach, (plot.bottom(), plot.top())):
        top = min(max(height - 8, area.top()), area.bottom() - 16)
        box = QRectF(area.left(), top, plot.left() - area.left() - 6, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, brief(value))


def _paint_grounds(painter: QPainter, plot: QRectF, grounds: Sequence[QColor]) -> QRectF:
    """Colours faintly behind the lines and strongly in a strip below; gives what is left for the lines."""
    panel, across = theme.current().panel, plot.width() / len(grounds)
    rest = plot.adjusted(0, 0, 0, -STRIP - 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for step, ground in enumerate(grounds):
        left, right = round(plot.left() + step * across), round(plot.left() + (step + 1) * across)
        painter.fillRect(QRectF(left, rest.top(), right - left, rest.height()), theme.blend(panel, ground, TINT))
        painter.fillRect(QRectF(left, rest.bottom() + 2, right - left, STRIP), ground)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return rest.adjusted(0, 3, 0, -3)


def _paint_names(painter: QPainter, area: QRectF, names: Sequence[str], colours: Sequence[QColor]) -> float:
    """A dot and a name for each line, in one row; gives its height."""
    left, metrics = area.left(), painter.fontMetrics()
    for name, colour in zip(names, colours):
        room = area.right() - left - 12
        if room < 16:
            break
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(left + DOT + 1, area.top() + LEGEND / 2), DOT, DOT)
        words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
        painter.setPen(theme.current().text_dim)
        wide = metrics.horizontalAdvance(words) + 2
        painter.drawText(QRectF(left + 12, area.top(), wide, LEGEND), Qt.AlignmentFlag.AlignVCenter, words)
        left += 12 + wide + 12
    painter.setBrush(Qt.BrushStyle.NoBrush)
    return LEGEND


class StepLines(QWidget):
    """Lines over steps, by themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Array | None = None
        self.names: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.signals.changed.connect(self.update)

    def show_values(self, values: Array | None, names: tuple[str, ...] = ()) -> None:
        """Show (steps, features) with the names of the features."""
        self.values, self.names = values, names
        told = [] if values is None else [brief(float(value)) for value in values.reshape(-1)]
        self.setAccessibleDescription(", ".join((*names, *told)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.values is not None:
            paint_steps(QPainter(self), QRectF(self.rect()).adjusted(4, 4, -4, -4), self.values, self.names)

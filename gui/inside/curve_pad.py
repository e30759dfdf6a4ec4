"""A curve to drag: the values of one or several columns over the steps of a window."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.inspector.values import brief

Array = np.ndarray
EDGE: Final = QRectF(44, 8, -8, -18)  # pixels around the curves: left, top, right, bottom as in ``adjusted``
DOT: Final = 3.0
NUDGES: Final = 50  # steps of a key over the height


class CurvePad(QWidget):
    """Dragging with the mouse sets the value under it; arrow keys choose a step and nudge it, Tab goes on.

    ``changed`` says that the values are others.
    """

    changed = Signal()

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Array = np.zeros((2, 1), np.float32)
        self.column, self.step = 0, 0
        self._reach = (0.0, 1.0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(name or self.tr("Curve"))
        self.setToolTip(self.tr("Drag to change the curve; ← and → choose a step, ↑ and ↓ move it"))

    def sizeHint(self) -> QSize:
        return QSize(240, 110)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 80)

    def show_values(self, values: Array) -> None:
        """Show other values: (steps,) or (steps, columns)."""
        self.values = np.array(values, np.float32).reshape(len(values), -1)
        self.column = min(self.column, self.values.shape[1] - 1)
        self.step = min(self.step, len(self.values) - 1)
        low, high = float(self.values.min()), float(self.values.max())
        span = (high - low) or 1.0
        self._reach = (low - 0.25 * span, high + 0.25 * span)
        self.update()

    def spot(self, step: int, value: float) -> QPointF:
        """Where a value stands in the widget."""
        area, (low, high) = self._area, self._reach
        across = step / max(1, len(self.values) - 1)
        return QPointF(
            area.left() + across * area.width(), area.bottom() - (value - low) / (high - low) * area.height()
        )

    @property
    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(EDGE.left(), EDGE.top(), EDGE.width(), EDGE.height())

    # -- events ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.step = self._step_at(event.position())
        at = event.position().y()
        distances = [abs(self.spot(self.step, value).y() - at) for value in self.values[self.step]]
        self.column = int(np.argmin(distances))
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area, (low, high) = self._area, self._reach
        before, self.step = self.step, self._step_at(event.position())
        share = min(1.0, max(0.0, (area.bottom() - event.position().y()) / area.height()))
        value, start = low + share * (high - low), float(self.values[before, self.column])
        steps = range(self.step, before, 1 if before > self.step else -1)  # none is left out by a quick hand
        for number in steps:
            away = (number - self.step) / (before - self.step)
            self.values[number, self.column] = value + away * (start - value)
        self.values[self.step, self.column] = value
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        low, high = self._reach
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                away = 1 if event.key() == Qt.Key.Key_Right else -1
                self.step = min(max(self.step + away, 0), len(self.values) - 1)
                self.update()
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                away = 1 if event.key() == Qt.Key.Key_Up else -1
                self.values[self.step, self.column] += away * (high - low) / NUDGES
                self._tell()
            case _:
                super().keyPressEvent(event)

    def _step_at(self, spot: QPointF) -> int:
        area = self._area
        share = (spot.x() - area.left()) / max(area.width(), 1.0)
        return min(max(round(share * (len(self.values) - 1)), 0), len(self.values) - 1)

    def _tell(self) -> None:
        value = float(self.values[self.step, self.column])
        self.setAccessibleDescription(self.tr("Step {n}: {value}").format(n=self.step + 1, value=brief(value)))
        self.changed.emit()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, now, area = QPainter(self), theme.current(), self._area
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.border, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(now.text_dim)
        for value, edge in zip(self._reach, (area.bottom(), area.top() + 10)):
            painter.drawText(QRectF(0, edge - 10, area.left() - 6, 14), Qt.AlignmentFlag.AlignRight, brief(value))
        for column in range(self.values.shape[1]):
            colour = now.series[column % len(now.series)]
            spots = [self.spot(step, float(value)) for step, value in enumerate(self.values[:, column])]
            painter.setPen(QPen(colour, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(spots))
            painter.setBrush(colour)
            if len(spots) * 2 * DOT < area.width():
                for spot in spots:
                    painter.drawEllipse(spot, DOT, DOT)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(now.accent, 1.5))
            painter.drawEllipse(self.spot(self.step, float(self.values[self.step, self.column])), DOT + 3, DOT + 3)

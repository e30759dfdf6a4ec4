"""Values of a port that has no maps, with units that can be pointed at: numbers, classes, sequences."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.inside.probe_view import BAR, MARGIN, ProbeView


class UnitsView(ProbeView):
    """A ``ProbeView`` that tells which unit is pressed: (number,) of a vector, (step, feature) of a sequence."""

    pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unit: tuple[int, ...] | None = None

    def at(self, position: QPointF) -> tuple[int, ...] | None:
        """The unit at a place of the widget."""
        seen, area = self.seen, self._area
        if seen is None or seen.values is None or not area.contains(position):
            return None
        across, down = ((position.x() - area.left()) / area.width(), (position.y() - area.top()) / area.height())
        match seen.form:
            case "sequence":
                steps, features = seen.values.shape
                return min(int(across * steps), steps - 1), min(int(down * features), features - 1)
            case "classes":
                order = np.argsort(-seen.values, kind="stable")
                row = int((position.y() - area.top()) / BAR)
                return (int(order[row]),) if row < len(order) else None
            case "vector":
                return (min(int(across * len(seen.values)), len(seen.values) - 1),)
        return ()

    def place(self, unit: tuple[int, ...]) -> QRectF:
        """Where a unit is painted."""
        assert self.seen is not None
        assert self.seen.values is not None
        area, values = self._area, self.seen.values
        match self.seen.form:
            case "sequence":
                wide, high = area.width() / values.shape[0], area.height() / values.shape[1]
                return QRectF(area.left() + unit[0] * wide, area.top() + unit[1] * high, wide, high)
            case "classes":
                row = int(np.flatnonzero(np.argsort(-values, kind="stable") == unit[0])[0])
                return QRectF(area.left(), area.top() + row * BAR, area.width(), BAR)
            case "vector":
                wide = area.width() / len(values)
                return QRectF(area.left() + unit[0] * wide, area.top(), wide, area.height())
        return area

    @property
    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        unit = self.at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and unit is not None:
            self.unit = unit
            self.update()
            self.pointed.emit(unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        values = self.seen.values if self.seen is not None else None
        if values is None or not self.unit or len(self.unit) != values.ndim:
            return
        if all(at < side for at, side in zip(self.unit, values.shape)):
            painter = QPainter(self)
            painter.setPen(QPen(theme.current().warning, 1.5))
            painter.drawRect(self.place(self.unit))

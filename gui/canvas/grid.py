"""The dots behind the nodes, one row of them kept as a picture that a frame only has to copy."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from gui import theme
from gui.canvas.geometry import GRID

CLOSEST: Final = 18.0  # device-independent pixels between dots
DOT: Final = 1.6


class Grid:
    """Paints the canvas colour and its dots."""

    def __init__(self) -> None:
        self._made_for: tuple[object, ...] = ()
        self._row = QPixmap()

    def paint(self, painter: QPainter, size: QSize, origin: QPointF, scale: float) -> None:
        """Fill the device, ``size`` pixels large. ``origin`` is where the scene's origin lies on it."""
        step, ratio = spacing(scale), painter.device().devicePixelRatio()
        wanted = (theme.current().name, size.width(), round(step, 4), ratio)
        if wanted != self._made_for:
            self._row, self._made_for = _row_of_dots(size.width() + 2 * step, step, ratio), wanted
        painter.fillRect(QRect(QPoint(), size), theme.current().canvas)
        left, top = round(origin.x() % step - step), origin.y() % step - step
        for line in range(math.ceil(size.height() / step) + 2):
            painter.drawPixmap(left, round(top + line * step) - 1, self._row)


def spacing(scale: float) -> float:
    """The distance of the dots on the screen: a multiple of the grid's that is neither dense nor sparse."""
    step = GRID * scale
    return step * 2.0 ** max(0, math.ceil(math.log2(CLOSEST / step)))


def _row_of_dots(width: float, step: float, ratio: float) -> QPixmap:
    now = theme.current()
    row = QPixmap(math.ceil(width * ratio), math.ceil(3 * ratio))
    row.setDevicePixelRatio(ratio)
    row.fill(now.canvas)
    painter = QPainter(row)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.blend(now.grid, now.text_dim, 0.12))
    for column in range(int(width / step) + 1):
        painter.drawEllipse(QPointF(round(column * step) + 0.5, 1.5), DOT / 2, DOT / 2)
    painter.end()
    return row

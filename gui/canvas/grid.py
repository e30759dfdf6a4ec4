"""The dots behind the nodes, kept as one picture that a frame only has to copy."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from gui import theme
from gui.canvas.geometry import GRID

CLOSEST: Final = 18.0  # device-independent pixels between dots
DOT: Final = 1.6


class Grid:
    """Paints the canvas colour and its dots."""

    def __init__(self) -> None:
        self._made_for: tuple[object, ...] = ()
        self._picture = QPixmap()

    def paint(self, painter: QPainter, size: QSize, origin: QPointF, scale: float) -> None:
        """Fill the device, ``size`` pixels large. ``origin`` is where the scene's origin lies on it."""
        step = spacing(scale)
        ratio = painter.device().devicePixelRatio()
        wanted = (theme.current().name, size, round(step, 4), ratio)
        if wanted != self._made_for:
            self._picture, self._made_for = _dots(size, step, ratio), wanted
        painter.drawPixmap(QPointF(round(origin.x() % step - step), round(origin.y() % step - step)), self._picture)


def spacing(scale: float) -> float:
    """The distance of the dots on the screen: a multiple of the grid's that is neither dense nor sparse."""
    step = GRID * scale
    return step * 2.0 ** max(0, math.ceil(math.log2(CLOSEST / step)))


def _dots(size: QSize, step: float, ratio: float) -> QPixmap:
    now = theme.current()
    width, height = size.width() + 2 * step, size.height() + 2 * step
    picture = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(now.canvas)
    row = QPixmap(picture.width(), math.ceil(4 * ratio))
    row.setDevicePixelRatio(ratio)
    row.fill(now.canvas)
    painter = QPainter(row)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QPen(theme.blend(now.grid, now.text_dim, 0.12)).color())
    for column in range(int(width / step) + 1):
        painter.drawEllipse(QPointF(round(column * step) + 0.5, 1.5), DOT / 2, DOT / 2)
    painter.end()
    painter = QPainter(picture)
    for line in range(int(height / step) + 1):
        painter.drawPixmap(QRectF(0, round(line * step) - 1, width, 4), row, QRectF(row.rect()))
    painter.end()
    return picture

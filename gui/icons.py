"""The icons, drawn from line SVGs in the colours of whatever theme is in force when they are painted."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui import theme

FOLDER: Final = theme.RESOURCES / "icons"


def icon(name: str, role: str = "text") -> QIcon:
    """The icon of a file in resources/icons. It follows the theme by itself; ``role`` names a colour of the theme."""
    if not (FOLDER / f"{name}.svg").exists():
        raise KeyError(f"There is no icon “{name}”.")
    return QIcon(_Engine(name, role))


def pixmap(name: str, size: int, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of ``size`` logical pixels, at ``ratio`` device pixels each."""
    made = QPixmap(_rounded(QSize(size, size) * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    _renderer(name, colour.name()).render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def paint(painter: QPainter, name: str, place: QRectF, colour: QColor) -> None:
    """Draw an icon where something else is being painted, at whatever scale that is."""
    _renderer(name, colour.name()).render(painter, place)


@lru_cache(maxsize=512)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    text = (FOLDER / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(text.encode()))


def _rounded(size: QSize) -> QSize:
    return size.expandedTo(QSize(1, 1))


class _Engine(QIconEngine):
    """Paints one icon afresh each time, so that a change of theme needs no one to be told."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name, self._role = name, role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        place = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        _renderer(self._name, self._colour(mode).name()).render(painter, place)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(_rounded(size))
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), made.size()), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role)

    def _colour(self, mode: QIcon.Mode) -> QColor:
        now = theme.current()
        if mode == QIcon.Mode.Disabled:
            return theme.blend(now.panel, now.text_dim, 0.5)
        colour: QColor = getattr(now, self._role)
        return colour

"""The strip below a node that shows what it computes: pictures, maps, numbers as shades, classes as bars, a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QGraphicsPixmapItem, QGraphicsRectItem

from backend.messages import Seen
from gui import theme
from gui.inside.probe_view import images_of, places

HEIGHTS: Final = {"vector": 18, "number": 22, "label": 22}
TALL: Final = 52  # scene pixels of everything else
ABOVE: Final = 3  # between the node and its strip
INSIDE: Final = 4
ROUND: Final = 5
SHARP: Final = 2  # pixels painted for each of the scene, so that it can be looked at closely
CLASSES: Final = 3  # the likeliest


class Strip(QGraphicsPixmapItem):
    """A picture that hangs below a node and moves with it; no click is meant for it."""

    def __init__(self, node: QGraphicsRectItem) -> None:
        super().__init__(node)
        self.node = node
        self.seen: Seen | None = None
        self.curve: tuple[float, ...] = ()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self.setShapeMode(QGraphicsPixmapItem.ShapeMode.BoundingRectShape)

    def hang(self) -> None:
        """Take the place below the node as it is now."""
        self.setPos(0, self.node.rect().height() + ABOVE)

    def show_seen(self, seen: Seen) -> None:
        """Show values; those that cannot be seen hide the strip."""
        if self.seen is not seen or not self.isVisible():
            self.seen, self.curve = seen, ()
            self.dress()

    def show_curve(self, values: Sequence[float]) -> None:
        """Show values over time."""
        if self.curve != tuple(values):
            self.seen, self.curve = None, tuple(values)
            self.dress()

    def dress(self) -> None:
        """Paint it in the colours of the theme in force."""
        shown = bool(self.curve) or (self.seen is not None and self.seen.values is not None)
        self.setVisible(shown)
        if shown:
            form = self.seen.form if self.seen else "curve"
            self.setPixmap(self._painted(QRectF(0, 0, self.node.rect().width(), HEIGHTS.get(form, TALL))))

    def _painted(self, area: QRectF) -> QPixmap:
        now, picture = theme.current(), QPixmap(area.size().toSize() * SHARP)
        picture.setDevicePixelRatio(SHARP)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(now.panel)
        painter.setPen(QPen(now.node_border, 1))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), ROUND, ROUND)
        painter.setFont(theme.font(10))
        room = area.adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
        if self.seen is None:
            _paint_curve(painter, room, self.curve)
        else:
            _paint_seen(painter, room, self.seen)
        painter.end()
        return picture


def _paint_seen(painter: QPainter, room: QRectF, seen: Seen) -> None:
    assert seen.values is not None
    match seen.form:
        case "picture" | "maps":
            _paint_maps(painter, room, seen)
        case "sequence":
            painter.drawImage(room, images_of(seen)[0])
        case "vector":
            _paint_vector(painter, room, seen.values)
        case "classes":
            _paint_classes(painter, room, seen)
        case _:
            value = seen.values.item()
            known = seen.form == "label" and 0 <= int(value) < len(seen.names)
            painter.setPen(theme.current().text)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, seen.names[int(value)] if known else f"{value:.4g}")


def _paint_maps(painter: QPainter, room: QRectF, seen: Seen) -> None:
    """As many maps as there is room for, in the middle."""
    images = images_of(seen)
    found = places(len(images), images[0].size(), room) if images else []
    if found:
        free = room.right() - max(place.right() for place in found)
        for image, place in zip(images, found):
            painter.drawImage(place.translated(free / 2, 0), image)


def _paint_vector(painter: QPainter, room: QRectF, values: np.ndarray) -> None:
    """A strip of shades: what is far from zero is strong, and its sign is the colour."""
    now, numbers = theme.current(), np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    reach = float(np.abs(numbers).max(initial=0.0)) or 1.0
    step = room.width() / max(len(numbers), 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for place, value in enumerate(numbers):
        shade = theme.blend(now.panel, now.accent if value >= 0 else now.error, abs(value) / reach)
        painter.fillRect(QRectF(room.left() + place * step, room.top(), step, room.height()), shade)


def _paint_classes(painter: QPainter, room: QRectF, seen: Seen) -> None:
    """The greatest few, each a bar with its name."""
    assert seen.values is not None
    now, numbers = theme.current(), np.nan_to_num(seen.values.astype(np.float64), posinf=0, neginf=0)
    order = np.argsort(-numbers, kind="stable")[:CLASSES]
    reach, high = float(np.abs(numbers).max()) or 1.0, room.height() / CLASSES
    wide = room.width() * 0.4
    for row, number in enumerate(order):
        box = QRectF(room.left(), room.top() + row * high, room.width(), high)
        name = painter.fontMetrics().elidedText(seen.names[number], Qt.TextElideMode.ElideRight, int(wide) - 4)
        painter.setPen(now.text if row == 0 else now.text_dim)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        bar = QRectF(box.left() + wide, box.top() + 3, (box.width() - wide) * abs(numbers[number]) / reach, high - 6)
        painter.fillRect(bar, now.accent if numbers[number] >= 0 else now.error)


def _paint_curve(painter: QPainter, room: QRectF, curve: Sequence[float]) -> None:
    """The values from the first to the last, with the last one as a number."""
    now, values = theme.current(), np.asarray(curve, np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return
    low, span = float(finite.min()), float(finite.max() - finite.min()) or 1.0
    across = room.width() / max(len(finite) - 1, 1)
    points = [QPointF(room.left() + place * across, room.bottom() - (value - low) / span * room.height())
              for place, value in enumerate(finite.tolist())]  # fmt: skip
    painter.setPen(QPen(now.families["losses"], 1.5))
    painter.drawPolyline(QPolygonF(points))
    painter.setPen(now.text_dim)
    painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, f"{values[-1]:.4g}")

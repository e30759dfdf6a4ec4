"""The strip below a node that shows what it computes: pictures, maps, numbers as shades, classes as bars, a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QGraphicsPixmapItem, QGraphicsRectItem

from backend.messages import Seen
from gui import theme
from gui.inside.probe_view import MOST_MAPS, greys_of, images_of, places
from gui.inside.thinning import thinned

HEIGHTS: Final = {"vector": 18, "number": 22, "label": 22}
TALL: Final = 52  # scene pixels of everything else
ABOVE: Final = 3  # between the node and its strip
INSIDE: Final = 4
ROUND: Final = 5
SHARP: Final = 2  # pixels painted for each of the scene, so that it can be looked at closely
CLASSES: Final = 3  # the likeliest
FEW: Final = 60  # points of a curve that may be drawn smooth: many take ten times as long so
LINE: Final = 1.5  # width of a curve
SHIFTS: Final = ((0, -1), (0, 1), (1, 0))  # pixels that make a line about as wide of thin ones
GREY, OPAQUE = np.uint32(0x010101), np.uint32(0xFF000000)


class Strip(QGraphicsPixmapItem):
    """A picture that hangs below a node and moves with it; no click is meant for it."""

    def __init__(self, node: QGraphicsRectItem) -> None:
        super().__init__(node)
        self.node = node
        self.seen: Seen | None = None
        self.curve: tuple[float, ...] = ()
        self._dressed: object = None  # the theme and the size that what is shown was painted in
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self.setShapeMode(QGraphicsPixmapItem.ShapeMode.BoundingRectShape)

    def hang(self) -> None:
        """Take the place below the node as it is now."""
        self.setPos(0, self.node.rect().height() + ABOVE)

    def show_seen(self, seen: Seen) -> None:
        """Show values; those that cannot be seen hide the strip."""
        if self.curve or self.seen is None or not alike(seen, self.seen):
            self.seen, self.curve, self._dressed = seen, (), None
        self.dress()

    def show_curve(self, values: Sequence[float]) -> None:
        """Show values over time."""
        if self.curve != tuple(values):
            self.seen, self.curve, self._dressed = None, tuple(values), None
        self.dress()

    def dress(self) -> None:
        """Paint it in the colours of the theme in force, unless it looks like that already."""
        shown = bool(self.curve) or (self.seen is not None and self.seen.values is not None)
        self.setVisible(shown)
        form = self.seen.form if self.seen else "curve"
        dressed = theme.current().name, self.node.rect().width(), HEIGHTS.get(form, TALL)
        if shown and dressed != self._dressed:
            self._dressed = dressed
            self.setPixmap(self._painted(QRectF(0, 0, *dressed[1:])))

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


def alike(one: Seen, other: Seen) -> bool:
    """Whether two answers look the same."""
    mine, theirs = one.values, other.values
    if mine is None or theirs is None:
        return mine is theirs
    same = (one.form, one.low, one.high, one.names) == (other.form, other.low, other.high, other.names)
    return same and mine.dtype == theirs.dtype and np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")


def _paint_maps(painter: QPainter, room: QRectF, seen: Seen) -> None:
    """As many maps as there is room for, in the middle; of several one picture is made, which is painted at once."""
    assert seen.values is not None
    values = seen.values[:MOST_MAPS] if seen.form == "maps" else seen.values[:1]
    found = places(len(values), QSize(values.shape[2], values.shape[1]), room)
    if not found:
        return
    whole = QRectF(found[0].topLeft(), QPointF(max(each.right() for each in found), found[-1].bottom()))
    if seen.form == "picture":
        sheet = images_of(seen)[0]
    else:
        spots = [each.topLeft() - whole.topLeft() for each in found]
        sheet = _sheet(greys_of(seen, values[: len(found)]), spots, found[0].size(), whole.size())
    painter.drawImage(whole.translated((room.right() - whole.right()) / 2, 0), sheet)


def _sheet(levels: np.ndarray, spots: Sequence[QPointF], each: QSizeF, whole: QSizeF) -> QImage:
    """Maps, (maps, height, width) of 8-bit shades, at their spots in a picture that shows nothing between them."""
    pixels = np.zeros((round(whole.height() * SHARP), round(whole.width() * SHARP)), np.uint32)
    sides = (max(1, round(side * SHARP)) for side in (each.height(), each.width()))
    rows, columns = (np.arange(many) * count // many for many, count in zip(sides, levels.shape[1:]))
    inks = levels[:, rows[:, None], columns] * GREY | OPAQUE
    for made, spot in zip(inks, spots):
        top, left = round(spot.y() * SHARP), round(spot.x() * SHARP)
        part = pixels[top : top + len(rows), left : left + len(columns)]
        part[:] = made[: part.shape[0], : part.shape[1]]
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, pixels.shape[1], pixels.shape[0], kind).copy()


def _paint_vector(painter: QPainter, room: QRectF, values: np.ndarray) -> None:
    """A strip of shades: what is far from zero is strong, and its sign is the colour."""
    now, numbers = theme.current(), np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    if not len(numbers):
        return
    shares = np.abs(numbers) / (float(np.abs(numbers).max()) or 1.0)
    ground, above, below = (np.array([each.red(), each.green(), each.blue()])
                            for each in (now.panel, now.accent, now.error))  # fmt: skip
    inks = ground + (np.where(numbers[:, None] >= 0, above, below) - ground) * shares[:, None]
    pixels = np.ascontiguousarray(inks.round().astype(np.uint8))
    image = QImage(pixels.data, len(pixels), 1, 3 * len(pixels), QImage.Format.Format_RGB888).copy()
    painter.drawImage(room, image)


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
    x, y = np.linspace(room.left(), room.right(), len(finite)), finite
    columns = int(room.width())
    if len(y) > 2 * columns:
        x, y = thinned(x, y, np.arange(columns) * len(y) // columns)
    y = room.bottom() - (y - low) / span * room.height()
    line = QPolygonF([QPointF(*spot) for spot in zip(x.tolist(), y.tolist())])
    many = len(x) > FEW
    painter.setPen(QPen(now.families["losses"], 1 / SHARP if many else LINE))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not many)
    for across, down in SHIFTS if many else ((0, 0),):
        painter.drawPolyline(line.translated(across / SHARP, down / SHARP))
    painter.setPen(now.text_dim)
    painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, f"{values[-1]:.4g}")

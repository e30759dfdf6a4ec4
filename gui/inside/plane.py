"""Examples as spots in the plane: the mouse shows them, a click holds one, and a drag moves it or a free cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.inside.spots import Spots, class_colours, levels_of, scale_colours, span_of
from gui.inspector.values import brief

Array = np.ndarray
REACH: Final = 14.0  # pixels from the mouse to what it shows
DRAG: Final = 4.0  # pixels; less is a click
MARGIN: Final = 0.06  # of the extent, left free around the spots
LEGEND: Final = 20
READABLE: Final = 0.82  # opacity of what lies between spots and words
FACE: Final = 72  # pixels of a picture beside the mouse
KEY_STEP: Final = 0.02  # of the extent that an arrow key moves the cursor
ZOOM: Final = 1.2
SIZES: Final = ((600, 5.0), (3000, 4.0))  # of spots in pixels, where there are at most so many
STAMP: Final = (-1, 0, 1)  # pixels around the middle of one of more


@dataclass(frozen=True)
class Coloured:
    """What colours the spots: a class each where there are names, else a value. ``about`` says what that is.

    span: the ends of the scale of values; None for those that the values ask for
    """

    values: Array
    names: tuple[str, ...] = ()
    about: str = ""
    span: tuple[float, float] | None = None

    @property
    def ends(self) -> tuple[float, float]:
        return self.span or span_of(self.values)


class PlaneView(QWidget):
    """Spots with what they stand for. Arrow keys move the cursor, Enter holds the nearest spot, Home shows all.

    ``face`` gives the picture (or None) and the words of an example.
    """

    hovered = Signal(int)  # the example under the mouse, −1 for none
    held = Signal(int)  # the example that was clicked, −1 for none
    moved = Signal(int, float, float)  # the example that is dragged, −1 for the free cursor, and the place it is at

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places: Array = np.zeros((0, 2), np.float32)
        self.coloured = Coloured(np.zeros(0))
        self.labels = ("", "")
        self.face: Callable[[int], tuple[QPixmap | None, str]] = lambda _: (None, "")
        self.movable = False  # whether places can be moved to
        self.hover = self.hold = -1
        self.pointer: tuple[float, float] | None = None
        self.limits: Array = np.array([[-1.0, -1.0], [1.0, 1.0]])
        self._home = self.limits
        self._pressed: tuple[QPointF, int] | None = None
        self._dragging = False
        self._painted: QPixmap | None = None
        self._spots = Spots(np.zeros((0, 2)), REACH)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.signals.changed.connect(self._forget_painted)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 110)

    def show_plane(self, places: Array, coloured: Coloured, labels: Sequence[str], limits: Array | None = None) -> None:
        """Show examples at places, (examples, 2), keeping what is held.

        limits: the least and greatest of each axis in sight, (2, 2); None for what the places ask for
        """
        many = len(places) != len(self.places)
        self.places, self.coloured, self.labels = places, coloured, (labels[0], labels[1])
        home = limits_of(places) if limits is None else limits
        if many or np.array_equal(self.limits, self._home):
            self.limits = home
        self._home = home
        self.hold = self.hold if self.hold < len(places) else -1
        self.hover = -1
        self._lay_out()
        self.setAccessibleDescription(self.tr("{count} examples").format(count=len(places)))

    def light_up(self, example: int) -> None:
        """Show an example as if the mouse were over it."""
        if example != self.hover:
            self.hover = example if example < len(self.places) else -1
            self.update()

    def put_pointer(self, place: tuple[float, float] | None) -> None:
        self.pointer = place
        self.update()

    # -- places and spots --------------------------------------------------------------------------------------------

    @property
    def area(self) -> QRectF:
        """Where spots are painted."""
        return QRectF(self.rect()).adjusted(8, 8, -8, -8 - LEGEND)

    def spot(self, place: Sequence[float] | Array) -> QPointF:
        """Where a place is on the widget."""
        x, y = (np.asarray(place, np.float64) - self.limits[0]) / (self.limits[1] - self.limits[0])
        area = self.area
        return QPointF(area.left() + float(x) * area.width(), area.bottom() - float(y) * area.height())

    def place(self, spot: QPointF) -> tuple[float, float]:
        """The place that a spot of the widget stands for."""
        area = self.area
        share = np.array([(spot.x() - area.left()) / max(area.width(), 1.0),
                          (area.bottom() - spot.y()) / max(area.height(), 1.0)])  # fmt: skip
        x, y = self.limits[0] + share * (self.limits[1] - self.limits[0])
        return float(x), float(y)

    def _lay_out(self) -> None:
        area = self.area
        share = (self.places - self.limits[0]) / (self.limits[1] - self.limits[0])
        spots = np.stack(
            [area.left() + share[:, 0] * area.width(), area.bottom() - share[:, 1] * area.height()], axis=1
        )
        low, high = (area.left(), area.top()), (area.right(), area.bottom())
        inside = ((spots >= low) & (spots <= high)).all(axis=1, keepdims=True)
        self._on_widget = np.where(inside, spots, np.nan)
        self._spots = Spots(self._on_widget, REACH)
        self._forget_painted()

    def _forget_painted(self, _: object = None) -> None:
        self._painted = None
        self.update()

    # -- mouse and keys ----------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is not None and self.movable:
            start, example = self._pressed
            if not self._dragging and (at - start).manhattanLength() >= DRAG:
                self._dragging = True
                self._hold(example)
            if self._dragging:
                self._move(example, at)
                return
        self._hover(self._spots.nearest(at.x(), at.y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            at = event.position()
            self._pressed, self._dragging = (at, self._spots.nearest(at.x(), at.y())), False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        (_, example), self._pressed = self._pressed, None
        if not self._dragging:
            self._hold(example)
            if example >= 0:
                self.put_pointer(None)
            elif self.movable:
                self._move(-1, event.position())
        self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._spots.nearest(event.position().x(), event.position().y()) < 0:
            self._look_at(self._home)

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = ZOOM ** (-event.angleDelta().y() / 120)
        middle = np.array(self.place(event.position()))
        self._look_at(middle + (self.limits - middle) * factor)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        key = Qt.Key(event.key())
        if key in ways:
            extent = self.limits[1] - self.limits[0]
            start = self.limits.mean(axis=0) if self.pointer is None else np.array(self.pointer)
            self._walk(start + extent * KEY_STEP * ways[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._hold(self.hover)
        elif key == Qt.Key.Key_Home:
            self._look_at(self._home)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _walk(self, to: Array) -> None:
        """Move the cursor by keys; what lies under it is shown as if by the mouse."""
        at = self.spot(to)
        self._hover(self._spots.nearest(at.x(), at.y()))
        self.put_pointer((float(to[0]), float(to[1])))
        if self.movable:
            self.moved.emit(-1, float(to[0]), float(to[1]))

    def _move(self, example: int, at: QPointF) -> None:
        place = self.place(at)
        self._hover(-1)
        self.put_pointer(place)
        self.moved.emit(example, *place)

    def _hover(self, example: int) -> None:
        if example != self.hover:
            self.light_up(example)
            self.hovered.emit(example)

    def _hold(self, example: int) -> None:
        self.hold = example
        self.update()
        self.held.emit(example)

    def _look_at(self, limits: Array) -> None:
        self.limits = limits
        self._lay_out()

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._painted is None or self._painted.size() != self.size() * self.devicePixelRatioF():
            self._painted = self._paint_all()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._painted)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = theme.current()
        if self.pointer is not None:
            self._paint_pointer(painter, self.spot(self.pointer))
        for example, colour in ((self.hold, now.accent), (self.hover, now.text)):
            if 0 <= example < len(self.places):
                painter.setPen(QPen(colour, 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(self.spot(self.places[example]), 6, 6)
        if 0 <= self.hover < len(self.places):
            self._paint_face(painter, self.hover)

    def _paint_pointer(self, painter: QPainter, at: QPointF) -> None:
        now = theme.current()
        if 0 <= self.hold < len(self.places):
            painter.setPen(QPen(now.text_dim, 1, Qt.PenStyle.DashLine))
            painter.drawLine(self.spot(self.places[self.hold]), at)
        painter.setPen(QPen(now.accent, 2))
        painter.drawLine(at - QPointF(8, 0), at + QPointF(8, 0))
        painter.drawLine(at - QPointF(0, 8), at + QPointF(0, 8))

    def _paint_face(self, painter: QPainter, example: int) -> None:
        """What an example is, beside its spot and inside the widget."""
        now = theme.current()
        pixmap, words = self.face(example)
        painter.setFont(theme.font(11))
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, 220)
        side = QSize() if pixmap is None else pixmap.deviceIndependentSize().toSize()
        wide = max(side.width(), metrics.horizontalAdvance(shown)) + 12
        high = side.height() + (metrics.height() if shown else 0) + 12
        at = self.spot(self.places[example])
        left = at.x() + 12 if at.x() + 12 + wide < self.width() else at.x() - 12 - wide
        top = min(max(2.0, at.y() - high / 2), self.height() - high - 2.0)
        box = QRectF(max(2.0, left), top, wide, high)
        painter.setPen(QPen(now.border, 1))
        painter.setBrush(now.raised)
        painter.drawRoundedRect(box, 6, 6)
        if pixmap is not None:
            painter.drawPixmap(QPointF(box.center().x() - side.width() / 2, box.top() + 6), pixmap)
        painter.setPen(now.text)
        below = QRectF(box.left(), box.bottom() - 5 - metrics.height(), wide, metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_all(self) -> QPixmap:
        """Everything that stays while the mouse moves."""
        now, ratio = theme.current(), self.devicePixelRatioF()
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(now.panel)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.border, 1))
        painter.setBrush(now.canvas)
        painter.drawRect(self.area)
        groups, colours = self._groups()
        if len(self.places) > SIZES[-1][0]:
            painter.drawImage(0, 0, stamped(self._on_widget, groups, [*colours, now.text_dim], self.size()))
        else:
            self._paint_round(painter, groups, [*colours, now.text_dim])
        self._paint_labels(painter)
        self._paint_legend(painter, colours)
        painter.end()
        return made

    def _paint_round(self, painter: QPainter, groups: Array, colours: Sequence[QColor]) -> None:
        width = next(size for most, size in SIZES if len(self.places) <= most)
        for number, colour in enumerate(colours):
            spots = self._on_widget[groups % len(colours) == number]
            spots = spots[np.isfinite(spots).all(axis=1)]
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in spots.tolist()]))

    def _groups(self) -> tuple[Array, list[QColor]]:
        """The number of a colour for every example, −1 for none, and the colours."""
        if not self.coloured.names:
            return levels_of(self.coloured.values, self.coloured.ends), scale_colours()
        count = len(self.coloured.names)
        known = np.isfinite(self.coloured.values) & (self.coloured.values >= 0) & (self.coloured.values < count)
        return np.where(known, np.nan_to_num(self.coloured.values), -1).astype(int), class_colours(count)

    def _paint_labels(self, painter: QPainter) -> None:
        painter.setFont(theme.font(11))
        painter.setPen(theme.current().text_dim)
        ground, area = QColor(theme.current().canvas), self.area.adjusted(6, 4, -6, -4)
        ground.setAlphaF(READABLE)
        for words, side in ((self.labels[0], Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom),
                            (self.labels[1], Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)):  # fmt: skip
            if words:  # spots may lie where they stand
                painter.fillRect(painter.boundingRect(area, side, words).adjusted(-4, -1, 4, 1), ground)
            painter.drawText(area, side, words)

    def _paint_legend(self, painter: QPainter, colours: Sequence[QColor]) -> None:
        now, metrics = theme.current(), painter.fontMetrics()
        line = QRectF(10, self.height() - LEGEND - 4, self.width() - 20, LEGEND)
        if self.coloured.names:
            left = line.left()
            for colour, name in zip(colours, self.coloured.names):
                wide = metrics.horizontalAdvance(name) + 22
                if left + wide > line.right():
                    painter.drawText(QRectF(left, line.top(), 20, LEGEND), Qt.AlignmentFlag.AlignVCenter, "…")
                    return
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawEllipse(QPointF(left + 5, line.center().y()), 4, 4)
                painter.setPen(now.text)
                painter.drawText(QRectF(left + 12, line.top(), wide, LEGEND), Qt.AlignmentFlag.AlignVCenter, name)
                left += wide
        elif self.coloured.about:
            self._paint_scale(painter, line, colours, *self.coloured.ends)

    def _paint_scale(self, painter: QPainter, line: QRectF, colours: Sequence[QColor], low: float, high: float) -> None:
        metrics, middle = painter.fontMetrics(), Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.current().text)
        words = f"{self.coloured.about}   {brief(low)}"
        painter.drawText(line, middle, words)
        left = line.left() + metrics.horizontalAdvance(words) + 8
        for number, colour in enumerate(colours):
            painter.fillRect(QRectF(left + number * 4, line.center().y() - 5, 4.5, 10), colour)
        painter.drawText(line.adjusted(left - line.left() + len(colours) * 4 + 8, 0, 0, 0), middle, brief(high))


def stamped(spots: Array, groups: Array, colours: Sequence[QColor], size: QSize) -> QImage:
    """Small square spots, (count, 2), on nothing; painting many thousand one by one would take a tenth of a second.

    groups: the number of the colour of each, −1 for the last
    """
    pixels = np.zeros((size.height(), size.width()), np.uint32)
    there = np.isfinite(spots).all(axis=1)
    inks = np.array([colour.rgba() for colour in colours], np.uint32)[groups[there]]
    across, down = spots[there].round().astype(int).T
    for x in STAMP:
        for y in STAMP:
            pixels[np.clip(down + y, 0, size.height() - 1), np.clip(across + x, 0, size.width() - 1)] = inks
    return QImage(pixels.data, size.width(), size.height(), QImage.Format.Format_ARGB32).copy()


def limits_of(*clouds: Array) -> Array:
    """The least and the greatest of each axis in all of them, (2, 2), with a margin."""
    points = np.concatenate(clouds) if clouds else np.zeros((0, 2))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return np.array([[-1.0, -1.0], [1.0, 1.0]])
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    extent = np.where(high - low > 1e-9, high - low, 1.0)
    return np.stack([low - MARGIN * extent, high + MARGIN * extent])

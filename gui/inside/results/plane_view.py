"""A plane through what a network reads, painted: what it says everywhere, and the examples upon it."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from backend.questions.results_plane import Dots, PlaneResults
from gui import theme
from gui.inspector.values import brief

Array = np.ndarray
LEFT, BELOW, EDGE = 52, 32, 8  # pixels beside and below the plane
FAINT, FULL = 0.10, 0.72  # how strongly a class colours where it is as likely as the others, and where it is sure
DOT: Final = 3.2  # the radius of an example, in pixels where there is room
MANY: Final = 80  # examples, which are drawn smaller than few
GAP: Final = 4.0
LEAST, MOST = 34.0, 84.0  # pixels of a unit's picture


def class_colour(number: int, classes: int) -> QColor:
    """The colour of a class: those of curves, and of more classes hues round the wheel."""
    series = theme.current().series
    if classes <= len(series):
        return series[number % len(series)]
    return QColor.fromHsvF(number / classes, 0.62, 0.92 if theme.current().dark else 0.66)


def class_image(winner: Array, value: Array, classes: int) -> QImage:
    """Colours of the likeliest classes, the stronger the surer; grids are given from below."""
    now = theme.current()
    ground = _rgb(now.panel)
    colours = np.array([_rgb(class_colour(n, classes)) for n in range(classes)])
    sure = np.clip((value - 1 / classes) / (1 - 1 / classes), 0, 1)[..., None]
    share = FAINT + (FULL - FAINT) * sure
    return _image(ground + (colours[winner] - ground) * share)


def number_image(value: Array, middle: float | None = None) -> QImage:
    """Numbers between two colours through the panel's own; ``middle`` is what has no colour, by default half way."""
    now = theme.current()
    low, high = float(np.nanmin(value)), float(np.nanmax(value))
    centre = (low + high) / 2 if middle is None else middle
    reach = max(high - centre, centre - low) or 1.0
    place = np.clip((np.nan_to_num(value, nan=centre) - centre) / reach, -1, 1)[..., None]
    ground = _rgb(now.panel)
    warm, cool = (_rgb(now.series[1]), _rgb(now.series[0]))
    return _image(ground + np.where(place > 0, warm - ground, cool - ground) * np.abs(place) * 0.85)


def _rgb(colour: QColor) -> Array:
    return np.array([colour.red(), colour.green(), colour.blue()], np.float64)


def _image(colours: Array) -> QImage:
    levels = np.ascontiguousarray(np.clip(colours[::-1], 0, 255).astype(np.uint8))
    high, wide = levels.shape[:2]
    return QImage(levels.data, wide, high, wide * 3, QImage.Format.Format_RGB888).copy()


class PlaneView(QWidget):
    """The plane with its axes. ``read`` says what is under the mouse, as an x, a y and the place in the grid."""

    read = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: PlaneResults | None = None
        self.unit = -1  # the unit whose response is shown; −1 for what the network says
        self._image: QImage | None = None
        self.setAccessibleName(self.tr("Plane"))
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 140)
        theme.signals.changed.connect(self._paint_anew)

    def sizeHint(self) -> QSize:
        return QSize(360, 280)

    def show_plane(self, found: PlaneResults, unit: int = -1) -> None:
        """Show another plane, or the response of one unit on it."""
        self.found, self.unit = found, unit
        self._paint_anew()

    def area(self) -> QRectF:
        """Where the plane is."""
        return QRectF(LEFT, EDGE, max(1, self.width() - LEFT - EDGE), max(1, self.height() - BELOW - EDGE))

    def spot_of(self, x: float, y: float) -> QPointF:
        """Where a place of the plane is, in pixels."""
        assert self.found is not None
        left, right, low, high = self.found.extent
        area = self.area()
        return QPointF(area.left() + (x - left) / (right - left) * area.width(),
                       area.bottom() - (y - low) / (high - low) * area.height())  # fmt: skip

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area, spot = self.area(), event.position()
        if self.found is None or not area.contains(spot):
            self.read.emit(None)
            return
        across, up = (spot.x() - area.left()) / area.width(), (area.bottom() - spot.y()) / area.height()
        left, right, low, high = self.found.extent
        self.read.emit((left + across * (right - left), low + up * (high - low), across, up))

    def leaveEvent(self, event: QEvent) -> None:
        self.read.emit(None)

    def _paint_anew(self) -> None:
        found = self.found
        if found is not None:
            if self.unit >= 0 and self.unit < len(found.units):
                self._image = number_image(found.units[self.unit], 0.0)
            elif found.winner is not None:
                self._image = class_image(found.winner, found.value, len(found.classes))
            else:
                self._image = number_image(found.value)
        self.update()

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.found is None or self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = self.area()
        painter.drawImage(area, self._image)
        painter.save()
        painter.setClipRect(area)
        self._paint_dots(painter, self.found.test, round_=False)
        self._paint_dots(painter, self.found.train, round_=True)
        painter.restore()
        painter.setPen(QPen(theme.current().border, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        self._paint_axes(painter, area)

    def _paint_dots(self, painter: QPainter, dots: Dots, round_: bool) -> None:
        """Training examples as discs, those of the test as squares that stand on a corner."""
        assert self.found is not None
        now, classes = theme.current(), len(self.found.classes)
        room = min(1.0, max(0.55, self.area().height() / 300))
        size = room * (DOT if len(dots.places) > MANY else DOT * 1.5)
        painter.setPen(QPen(now.panel if now.dark else now.text, 0.8))
        low, high = float(dots.values.min(initial=0)), float(dots.values.max(initial=1))
        for (x, y), value in zip(dots.places.tolist(), dots.values.tolist()):
            spot = self.spot_of(x, y)
            colour = class_colour(int(value), classes) if classes else _between(value, low, high)
            painter.setBrush(colour)
            if round_:
                painter.drawEllipse(spot, size, size)
            else:
                reach = size * 1.3
                painter.drawPolygon([spot + QPointF(*step) for step in
                                     ((0, -reach), (reach, 0), (0, reach), (-reach, 0))])  # fmt: skip

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        assert self.found is not None
        now, found = theme.current(), self.found
        left, right, low, high = found.extent
        painter.setPen(now.text_dim)
        painter.setFont(theme.font(11))
        line = QRectF(area.left(), area.bottom() + 2, area.width(), 15)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, brief(left))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, brief(right))
        painter.drawText(line.translated(0, 13), Qt.AlignmentFlag.AlignCenter, found.x)
        side = QRectF(0, area.top() - 2, LEFT - 5, area.height() + 4)
        painter.drawText(side, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, brief(high))
        painter.drawText(side, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, brief(low))
        painter.save()
        painter.translate(6, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, area.height(), 15), Qt.AlignmentFlag.AlignCenter, found.y)
        painter.restore()


def _between(value: float, low: float, high: float) -> QColor:
    now = theme.current()
    return theme.blend(now.series[0], now.series[1], (value - low) / ((high - low) or 1.0))


class UnitGrid(QWidget):
    """The responses of the units of a layer over the plane, small. A click, or Enter, chooses one; again, none."""

    chosen = Signal(int)  # −1 for none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.units: Array = np.zeros((0, 0, 0))
        self.current, self.picked = 0, -1
        self._images: list[QImage] = []
        self.setAccessibleName(self.tr("Units of the layer"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.signals.changed.connect(self._paint_anew)

    def sizeHint(self) -> QSize:
        return QSize(240, 200)

    def show_units(self, units: Array) -> None:
        """Show other responses, (units, height, width)."""
        if len(units) != len(self.units):
            self.current, self.picked = 0, -1
        self.units = units
        self._ask_for_room()
        self._paint_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ask_for_room()

    def _ask_for_room(self) -> None:
        """Be high enough for all units, at the least size they have."""
        columns = max(1, int((self.width() - GAP) // (LEAST + GAP)))
        self.setMinimumHeight(int(GAP + -(-len(self.units) // columns) * (LEAST + GAP)))

    def place(self, number: int) -> QRectF:
        """Where a unit is."""
        side, columns = self._measure()
        return QRectF(GAP + number % columns * (side + GAP), GAP + number // columns * (side + GAP), side, side)

    def _measure(self) -> tuple[float, int]:
        """The side of a picture and how many stand in a row, so that all are as large as there is room for."""
        count, best, found = max(1, len(self.units)), LEAST, 1
        for columns in range(1, count + 1):
            rows = -(-count // columns)
            side = min((self.width() - GAP) / columns - GAP, (self.height() - GAP) / rows - GAP, MOST)
            if side > best:
                best, found = side, columns
        return (best, found) if best > LEAST else (LEAST, max(1, int((self.width() - GAP) // (LEAST + GAP))))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number in range(len(self.units)):
            if self.place(number).contains(event.position()):
                self._choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._measure()[1]
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        key = Qt.Key(event.key())
        if key in steps:
            self.current = min(max(0, self.current + steps[key]), max(0, len(self.units) - 1))
            self.setAccessibleDescription(self.tr("Unit {number}").format(number=self.current + 1))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and len(self.units):
            self._choose(self.current)
        elif key == Qt.Key.Key_Escape and self.picked >= 0:
            self._choose(self.picked)
        else:
            super().keyPressEvent(event)

    def _choose(self, number: int) -> None:
        self.current, self.picked = number, -1 if number == self.picked else number
        self.update()
        self.chosen.emit(self.picked)

    def _paint_anew(self) -> None:
        self._images = [number_image(unit, 0.0) for unit in self.units]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, now = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, image in enumerate(self._images):
            box = self.place(number)
            painter.drawImage(box, image)
            chosen = number == self.picked or (number == self.current and self.hasFocus())
            painter.setPen(QPen(now.text if chosen else now.border, 2 if number == self.picked else 1))
            painter.drawRect(box)

"""All feature maps of a node as one picture, painted at once; one can be enlarged, and units pointed at."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.inspector.values import brief

Array = np.ndarray
GAP: Final = 2  # pixels between maps on the screen
LEVELS: Final = 255  # of a map; the last entry of the table is the gap between maps
KEYS: Final = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Return,
               Qt.Key.Key_Escape)  # fmt: skip
Unit = tuple[int, int, int]  # map, row and column


class Layout(NamedTuple):
    """How maps stand: so many columns and rows, each map so many pixels large on the screen.

    step: of so many numbers of a map one is drawn, where there are more of them than pixels
    """

    columns: int
    rows: int
    wide: float
    high: float
    step: int


def arranged(count: int, high: int, wide: int, room: QSize) -> Layout:
    """The columns with which maps come out largest in a room."""
    best, columns = 0.0, 1
    for number in range(1, count + 1):
        rows = math.ceil(count / number)
        factor = min((room.width() / number - GAP) / wide, (room.height() / rows - GAP) / high)
        if factor > best:
            best, columns = factor, number
    best = best or 1 / max(high, wide)
    factor = float(math.floor(best)) if best >= 3 else best
    return Layout(columns, math.ceil(count / columns), wide * factor, high * factor, max(1, int(1 / factor)))


def atlas(maps: Array, layout: Layout, low: Array, high: Array) -> Array:
    """All maps in one array of levels, a cell of 255 between two: (rows · (high + 1), columns · (wide + 1)).

    maps: (maps, height, width)
    low, high: what is drawn darkest and brightest, of every map
    """
    thin = maps[:, :: layout.step, :: layout.step]
    count, tall, wide = thin.shape
    span = np.where(high > low, high - low, 1).astype(np.float32)
    levels = np.empty((layout.rows * layout.columns, tall + 1, wide + 1), np.uint8)
    levels[:, tall, :] = levels[:, :, wide] = LEVELS
    levels[count:] = LEVELS
    scaled = (thin.astype(np.float32) - low[:, None, None].astype(np.float32)) * (np.float32(LEVELS - 1) / span)[
        :, None, None
    ]
    np.nan_to_num(scaled, copy=False, nan=0.0)
    levels[:count, :tall, :wide] = np.clip(np.rint(scaled), 0, LEVELS - 1)
    whole = levels.reshape(layout.rows, layout.columns, tall + 1, wide + 1).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(whole.reshape(layout.rows * (tall + 1), layout.columns * (wide + 1)))


def on_screen(levels: Array, layout: Layout, shape: tuple[int, ...], ratio: float = 1.0) -> Array:
    """An atlas in pixels of the screen, with ``GAP`` between maps: (height, width), the nearest number for each pixel.

    shape: height and width of a map
    ratio: pixels of the device for one of the screen
    """
    picked = []
    for side, long, count in ((shape[0], layout.high, layout.rows), (shape[1], layout.wide, layout.columns)):
        cells = math.ceil(side / layout.step)
        pixels = (np.arange(max(1, round((count * (long + GAP) - GAP) * ratio))) + 0.5) / ratio
        number, within = np.divmod(pixels, long + GAP)
        cell = np.minimum((within / long * cells).astype(np.int64), cells)  # the last one is the gap
        picked.append(np.minimum(number.astype(np.int64), count - 1) * (cells + 1) + cell)
    return np.ascontiguousarray(levels.take(picked[0], axis=0).take(picked[1], axis=1))


class MapsView(QWidget):
    """Paints maps. A click enlarges one, another or Esc brings all back; the mouse or the arrow keys point at units.

    signed: whether 0 is in the middle and both sides have colours, as for differences
    """

    pointed = Signal(object)  # the unit (map, row, column) under the mouse or the keys, or None
    chosen = Signal(int)  # the map that is enlarged, or −1

    def __init__(self, signed: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps: Array = np.zeros((0, 1, 1), np.float32)
        self.signed, self.each = signed, False
        self.enlarged = -1
        self.unit: Unit | None = None
        self._image: QImage | None = None
        self._layout = Layout(1, 1, 1, 1, 1)
        self._scale: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Feature maps"))
        theme.signals.changed.connect(self._draw_anew)

    def show_maps(self, maps: Array, scale: tuple[float, float] | None = None) -> None:
        """Show (maps, height, width). ``scale``: what is drawn darkest and brightest; by themselves where None."""
        if maps.shape != self.maps.shape:
            self.enlarged, self.unit = -1, None
        self.maps, self._scale = maps, scale
        self._draw_anew()

    def show_each(self, each: bool) -> None:
        """Let every map have a scale of its own, or all the same one."""
        self.each = each
        self._draw_anew()

    def enlarge(self, number: int) -> None:
        """Show one map large; all again for −1."""
        self.enlarged = number if 0 <= number < len(self.maps) else -1
        self._draw_anew()

    def point(self, unit: Unit | None) -> None:
        """Mark a unit."""
        if unit is not None and unit[0] >= len(self.maps):
            unit = None
        if unit != self.unit:
            self.unit = unit
            self.setAccessibleDescription(self._sentence(unit) if unit else "")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(52, 52)

    # -- where things are --------------------------------------------------------------------------------------------

    def place(self, number: int) -> QRectF:
        """Where a map is painted."""
        layout, at = self._layout, 0 if self.enlarged >= 0 else number
        left = (self.width() - layout.columns * (layout.wide + GAP) + GAP) / 2
        top = (self.height() - layout.rows * (layout.high + GAP) + GAP) / 2
        row, column = divmod(at, layout.columns)
        corner = QPointF(max(0, int(left)), max(0, int(top)))
        return QRectF(corner.x() + column * (layout.wide + GAP), corner.y() + row * (layout.high + GAP),
                      layout.wide, layout.high)  # fmt: skip

    def spot(self, unit: Unit) -> QRectF:
        """Where a unit is painted."""
        number, row, column = unit
        place = self.place(number)
        tall, wide = self.maps.shape[1:]
        return QRectF(place.left() + column * place.width() / wide, place.top() + row * place.height() / tall,
                      place.width() / wide, place.height() / tall)  # fmt: skip

    def at(self, position: QPointF) -> Unit | None:
        """The unit at a place of the widget."""
        if not len(self.maps):
            return None
        first, layout = self.place(0), self._layout
        column = int((position.x() - first.left()) // (layout.wide + GAP))
        row = int((position.y() - first.top()) // (layout.high + GAP))
        number = row * layout.columns + column
        count = 1 if self.enlarged >= 0 else len(self.maps)
        if not (0 <= column < layout.columns and row >= 0 and 0 <= number < count):
            return None
        number = self.enlarged if self.enlarged >= 0 else number
        place = self.place(number)
        if not place.contains(position):
            return None
        tall, wide = self.maps.shape[1:]
        return (number, min(int((position.y() - place.top()) / place.height() * tall), tall - 1),
                min(int((position.x() - place.left()) / place.width() * wide), wide - 1))  # fmt: skip

    def _sentence(self, unit: Unit) -> str:
        number, row, column = unit
        own = self.maps[number]
        words = self.tr("Map {number}: {low} to {high}; row {row}, column {column}: {value}")
        return words.format(number=number + 1, low=brief(own.min()), high=brief(own.max()), row=row + 1,
                            column=column + 1, value=brief(own[row, column]))  # fmt: skip

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _shown(self) -> Array:
        one = self.enlarged >= 0
        return self.maps[self.enlarged : self.enlarged + 1] if one else self.maps

    def _draw_anew(self) -> None:
        """Lay the maps out and draw them into one image."""
        shown, self._image = self._shown(), None
        if len(shown):
            self._layout = arranged(len(shown), shown.shape[1], shown.shape[2], self.size())
            low, high = self._limits(shown)
            levels, ratio = atlas(shown, self._layout, low, high), self.devicePixelRatioF()
            pixels = on_screen(levels, self._layout, shown.shape[1:], ratio)
            tall, wide = pixels.shape
            self._image = QImage(pixels.data, wide, tall, wide, QImage.Format.Format_Indexed8).copy()
            self._image.setColorTable(table(self.signed))
            self._image.setDevicePixelRatio(ratio)
        self.update()

    def _limits(self, shown: Array) -> tuple[Array, Array]:
        """The least and the greatest of every map, or of all."""
        if self.each:
            flat = np.nan_to_num(shown.reshape(len(shown), -1), posinf=0.0, neginf=0.0)
            low, high = flat.min(1), flat.max(1)
        else:
            low, high = np.zeros(len(shown)), np.zeros(len(shown))
            every = self._scale or _ends(self.maps)
            low[:], high[:] = every
        if self.signed:
            reach = np.maximum(np.abs(low), np.abs(high))
            low, high = -reach, reach
        return low, high

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter, now = QPainter(self), theme.current()
        painter.drawImage(self.place(max(self.enlarged, 0)).topLeft().toPoint(), self._image)
        if self.unit is not None and (self.enlarged < 0 or self.enlarged == self.unit[0]):
            painter.setPen(QPen(now.accent, 1))
            painter.drawRect(self.place(self.unit[0]).adjusted(-1, -1, 0, 0))
            painter.setPen(QPen(now.warning, 1.5))
            painter.drawRect(self.spot(self.unit).adjusted(-0.5, -0.5, 0.5, 0.5))

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw_anew()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        unit = self.at(event.position())
        if unit is not None and unit != self.unit:
            self.point(unit)
            self.pointed.emit(unit)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        unit = self.at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and unit is not None:
            self.point(unit)
            self.pointed.emit(unit)
            self._enlarge_and_tell(-1 if self.enlarged >= 0 else unit[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
        if event.key() == Qt.Key.Key_Escape and self.enlarged >= 0:
            self._enlarge_and_tell(-1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and len(self.maps):
            self._enlarge_and_tell(-1 if self.enlarged >= 0 else (self.unit or (0, 0, 0))[0])
        elif event.key() in moves and len(self.maps):
            self._move(*moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _move(self, down: int, right: int) -> None:
        """From map to map, or from unit to unit of the one that is enlarged."""
        number, row, column = self.unit or (0, 0, -right)
        if self.enlarged >= 0:
            tall, wide = self.maps.shape[1:]
            unit = (self.enlarged, min(max(row + down, 0), tall - 1), min(max(column + right, 0), wide - 1))
        else:
            step = number + down * self._layout.columns + right
            unit = (step if 0 <= step < len(self.maps) else number, row, max(column, 0))
        self.point(unit)
        self.pointed.emit(unit)

    def _enlarge_and_tell(self, number: int) -> None:
        self.enlarge(number)
        self.chosen.emit(number)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in KEYS:
            if event.key() != Qt.Key.Key_Escape or self.enlarged >= 0:
                event.accept()  # else it leaves the network that is shown
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            unit = self.at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._sentence(unit) if unit else "", self, QRect())
            return True
        return super().event(event)


def table(signed: bool = False) -> list[int]:
    """The colours of levels, the last that of the gap: black to white, or from one hue over the panel to another."""
    now = theme.current()
    if not signed:
        return [QColor(level, level, level).rgb() for level in range(LEVELS)] + [now.panel.rgb()]
    below, above = hues()
    half = (LEVELS - 1) // 2
    falling = [theme.blend(now.panel, below, 1 - level / half).rgb() for level in range(half)]
    rising = [theme.blend(now.panel, above, level / half).rgb() for level in range(half + 1)]
    return [*falling, *rising, now.panel.rgb()]


def hues() -> tuple[QColor, QColor]:
    """What speaks against and what speaks for, told apart also by people who confuse red and green."""
    series = theme.current().series
    return series[0], series[1]


def _ends(maps: Array) -> tuple[float, float]:
    finite = maps[np.isfinite(maps)] if not np.isfinite(maps).all() else maps
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)

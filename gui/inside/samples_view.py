"""What an output drew of noise, painted: a grid of pictures, or points in the plane over the real ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.inside.answers import picture
from gui.inside.tiles import scaled
from gui.inspector.values import brief

Array = np.ndarray
GAP: Final = 3  # pixels between pictures
PAD: Final = 8
NAMES: Final = 64  # pixels at the left for the names of classes
SMOOTH_BELOW: Final = 3  # enlarged by less, whole pixels would waste much room or look uneven
LARGEST: Final = 128  # pixels of a picture's side
ALONE: Final = 480  # the same of one that stands alone
LEAST: Final = 40  # of one in a row
MARGIN: Final = 0.15  # of the points' extent, left free around them
LEGEND: Final = 18
COLUMNS: Final = 16  # numbers of a sample that are spelled out


def rows_of(count: int, labels: Sequence[int]) -> list[list[int]]:
    """The examples of each class as a row; one long row where they are of no class, or all of one."""
    if len(labels) != count or len(set(labels)) < 2:
        return [list(range(count))]
    ordered = sorted(range(count), key=lambda number: labels[number])
    return [list(group) for _, group in groupby(ordered, key=lambda number: labels[number])]


def fitted(count: int, ratio: float, width: int, height: int) -> int:
    """In how many columns so many pictures of a ratio (width : height) are the largest."""

    def side(columns: int) -> float:
        return min(width / columns, height / math.ceil(count / columns) * ratio)

    return max(range(1, count + 1), key=side, default=1)


class PictureGrid(QWidget):
    """Pictures as large as they all fit; with classes, a row for each. Arrow keys go from one to the next."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Array = np.zeros((0, 1, 1, 1), np.uint8)
        self.labels: tuple[int, ...] = ()
        self.classes: tuple[str, ...] = ()
        self.current = 0
        self.rows: list[list[int]] = []
        self.cell = (1, 1)  # width and height of a picture as it is painted
        self.across = False  # classes stand in columns
        self.in_a_row = False  # whether they stand side by side as long as they are not too small
        self._corner = QPoint()
        self._places: dict[int, tuple[int, int]] = {}
        self._pixmaps: dict[int, QPixmap] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_pictures(self, values: Array, labels: Sequence[int] = (), classes: Sequence[str] = ()) -> None:
        """Show (examples, channels, height, width), keeping the place."""
        self.values, self.labels, self.classes = values, tuple(labels), tuple(classes)
        self.current = min(self.current, max(0, len(values) - 1))
        self._lay_out()
        self._tell()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def place(self, number: int) -> QRect:
        """Where an example is painted."""
        row, column = self._places[number]
        wide, high = self.cell
        return QRect(self._corner.x() + column * (wide + GAP), self._corner.y() + row * (high + GAP), wide, high)

    def _lay_out(self) -> None:
        """Place the pictures: a class has a row, or a column where that makes them larger."""
        self._pixmaps.clear()
        self.rows = rows_of(len(self.values), self.labels)
        named = len(self.rows) > 1
        if len(self.values) and not named:
            tall, wide = self.values.shape[2:]
            room = self.width() - 2 * PAD
            columns = fitted(len(self.values), wide / tall, room, self.height() - 2 * PAD)
            if self.in_a_row and room >= len(self.values) * LEAST:
                columns = len(self.values)
            every = self.rows[0]
            self.rows = [every[start : start + columns] for start in range(0, len(every), columns)]
        columns, rows = max(map(len, self.rows)), len(self.rows)
        along = self._fit(columns, rows, NAMES if named else 0, 0)
        across = self._fit(rows, columns, 0, LEGEND) if named else along
        self.across = across > along
        places = {number: (row, column) for row, each in enumerate(self.rows) for column, number in enumerate(each)}
        self._places = {number: place[::-1] for number, place in places.items()} if self.across else places
        self.cell = max(along, across)
        self._centre(*((rows, columns) if self.across else (columns, rows)), named)
        self.update()

    def _fit(self, columns: int, rows: int, left: int, top: int) -> tuple[int, int]:
        """Width and height of a picture in so many columns and rows, with room for names at the left or the top."""
        tall, wide = self.values.shape[2:]
        room = self.width() - 2 * PAD - left, self.height() - 2 * PAD - top
        largest = LARGEST if len(self.values) > 1 else ALONE
        factor = min((room[0] / max(columns, 1) - GAP) / wide, (room[1] / rows - GAP) / tall, largest / max(wide, tall))
        if factor >= SMOOTH_BELOW:
            factor = math.floor(factor)
        return max(2, int(wide * factor)), max(2, int(tall * factor))

    def _centre(self, columns: int, rows: int, named: bool) -> None:
        left, top = (0, LEGEND) if self.across else (NAMES if named else 0, 0)
        used = left + columns * (self.cell[0] + GAP) - GAP, top + rows * (self.cell[1] + GAP) - GAP
        self._corner = QPoint(
            max(PAD, (self.width() - used[0]) // 2) + left, max(PAD, (self.height() - used[1]) // 2) + top
        )

    def _sentence(self, number: int) -> str:
        words = self.tr("Sample {number} of {count}").format(number=number + 1, count=len(self.values))
        if number < len(self.labels):
            words += ", " + self.tr("class {name}").format(name=self._name(self.labels[number]))
        return words

    def _name(self, label: int) -> str:
        return self.classes[label] if label < len(self.classes) else str(label)

    def _tell(self) -> None:
        self.setAccessibleDescription(self._sentence(self.current) if len(self.values) else "")

    def _at(self, spot: QPointF) -> int | None:
        point = spot.toPoint()
        return next((number for number in range(len(self.values)) if self.place(number).contains(point)), None)

    def _choose(self, number: int) -> None:
        self.current = min(max(0, number), max(0, len(self.values) - 1))
        self._tell()
        self.update()

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self.values) - 1}
        if event.key() in ends:
            self._choose(ends[Qt.Key(event.key())])
        elif event.key() in moves and self._places:
            (row, column), (down, right) = self._places[self.current], moves[Qt.Key(event.key())]
            wanted = (row + down, column + right)
            self._choose(next((number for number, place in self._places.items() if place == wanted), self.current))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        if number is not None:
            self._choose(number)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._sentence(number) if number is not None else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.panel)
        for row in self.rows:
            for number in row:
                place = self.place(number)
                painter.drawPixmap(place.topLeft(), self._pixmap(number))
                if number == self.current and self.hasFocus():
                    painter.setPen(QPen(now.accent, 2))
                    painter.drawRect(place.adjusted(-1, -1, 0, 0))
            if row and len(set(self.labels)) > 1:
                self._paint_name(painter, self._name(self.labels[row[0]]), self.place(row[0]))

    def _paint_name(self, painter: QPainter, name: str, beside: QRect) -> None:
        """The name of a class beside its row, or above its column."""
        if self.across:
            area = QRect(beside.left(), beside.top() - LEGEND, beside.width() + GAP, LEGEND)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        else:
            area = QRect(beside.left() - NAMES, beside.top(), NAMES - GAP * 2, beside.height())
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(11))
        painter.setPen(theme.current().text_dim)
        painter.drawText(area, flags, painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, area.width()))

    def _pixmap(self, number: int) -> QPixmap:
        if number not in self._pixmaps:
            self._pixmaps[number] = scaled(picture(self.values[number]), max(self.cell), self.devicePixelRatioF())
        return self._pixmaps[number]


class PointCloud(QWidget):
    """Points in the plane over the real ones. The real ones decide what is in sight, so that only the others move."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Array = np.zeros((0, 2))
        self.real: Array | None = None
        self.limits: Array = _limits(None)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_points(self, values: Array, real: Array | None, aim: Array | None = None) -> None:
        """Show points, (examples, 2). ``aim`` decides what is in sight where there are no real ones."""
        self.values, self.real = values, real
        self.limits = _limits(next((each for each in (real, aim, values) if each is not None and len(each)), None))
        self.setAccessibleDescription(self._sentence())
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def plane(self) -> QRectF:
        """Where the points are painted: both axes in the same scale."""
        room = QRectF(self.rect()).adjusted(PAD, PAD, -PAD, -PAD - LEGEND)
        extent = self.limits[1] - self.limits[0]
        scale = min(room.width() / extent[0], room.height() / extent[1])
        size = extent * max(scale, 1e-9)
        return QRectF(room.center().x() - size[0] / 2, room.top() + (room.height() - size[1]) / 2, size[0], size[1])

    def placed(self, points: Array) -> list[QPointF]:
        """Points of the plane as places on the widget, upwards being upwards; those out of sight are left out."""
        plane = self.plane()
        share = (points - self.limits[0]) / (self.limits[1] - self.limits[0])
        share = share[np.isfinite(share).all(axis=1) & (share >= 0).all(axis=1) & (share <= 1).all(axis=1)]
        return [
            QPointF(plane.left() + x * plane.width(), plane.bottom() - y * plane.height()) for x, y in share.tolist()
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        now, plane = theme.current(), self.plane()
        made, real = now.series[1], theme.blend(now.panel, now.text_dim, 0.75)
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.border, 1))
        painter.setBrush(now.canvas)
        painter.drawRect(plane)
        for points, colour, width in ((self.real, real, 3.0), (self.values, made, 4.0)):
            if points is not None:
                painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPoints(QPolygonF(self.placed(points)))
        self._paint_legend(painter, made, real)

    def _paint_legend(self, painter: QPainter, made: object, real: object) -> None:
        now = theme.current()
        line = QRect(PAD, self.height() - LEGEND - PAD // 2, self.width() - 2 * PAD, LEGEND)
        painter.setFont(theme.font(11))
        words = [("● ", made), (self.tr("generated"), now.text)]
        words += [("   ● ", real), (self.tr("real"), now.text)] if self.real is not None else []
        left = line.center().x() - sum(painter.fontMetrics().horizontalAdvance(text) for text, _ in words) // 2
        for text, colour in words:
            painter.setPen(colour)  # type: ignore[arg-type]
            painter.drawText(line.adjusted(left - line.left(), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
            left += painter.fontMetrics().horizontalAdvance(text)

    def _sentence(self) -> str:
        words = self.tr("{count} points drawn around {place}").format(
            count=len(self.values), place=_middle(self.values))  # fmt: skip
        if self.real is not None and len(self.real):
            words += ", " + self.tr("the real ones lie around {place}").format(place=_middle(self.real))
        return words


def _middle(points: Array) -> str:
    found = points[np.isfinite(points).all(axis=1)]
    return ", ".join(map(brief, found.mean(axis=0))) if len(found) else "–"


def _limits(points: Array | None) -> Array:
    """The least and the greatest of each axis, (2, 2), with a margin."""
    found = points[np.isfinite(points).all(axis=1)] if points is not None else np.zeros((0, 2))
    if not len(found):
        return np.array([[-1.0, -1.0], [1.0, 1.0]])
    low, high = found.min(axis=0), found.max(axis=0)
    extent = np.maximum(high - low, 1e-6)
    return np.stack([low - MARGIN * extent, high + MARGIN * extent])


def is_points(values: Array, kind: str) -> bool:
    """Whether samples are points in the plane."""
    return values.ndim == 2 and values.shape[1] == 2 and kind not in ("classes", "tokens")


def lines(values: Array, words: Sequence[str] = ()) -> list[str]:
    """Every sample as a line: its words where it is made of tokens, else its numbers."""
    flat = values.reshape(len(values), -1)
    if words and np.issubdtype(values.dtype, np.integer):
        gap = "" if max(map(len, words)) <= 1 else " "
        return [gap.join(words[token] if 0 <= token < len(words) else f"<{token}>" for token in row) for row in flat]
    shown = flat[:, :COLUMNS]
    more = ", …" if flat.shape[1] > COLUMNS else ""
    return [", ".join(map(brief, row)) + more for row in shown]

"""What flows through a port, drawn large: pictures, maps, heat maps, strips of numbers, bars of classes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from backend.messages import Seen
from gui import theme
from gui.inspector.values import brief

GAP: Final = 3.0  # pixels between maps
LEAST_MAP: Final = 14.0  # pixels; smaller maps are left out
MOST_MAPS: Final = 1024
BAR: Final = 20.0  # pixels of a row of a class
MARGIN: Final = 6.0
ROUNDED: Final = 1e-2  # how far chances may be from 1 together
LEAST_SHARE: Final = 1e-3


class ProbeView(QWidget):
    """Paints one ``Seen``, as large as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seen: Seen | None = None
        self._images: list[QImage] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Values of the port"))
        theme.signals.changed.connect(self._recolour)

    def sizeHint(self) -> QSize:
        return QSize(240, 150)

    def show_seen(self, seen: Seen | None) -> None:
        """Show other values."""
        self.seen = seen
        self._recolour()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.seen is None or self.seen.values is None:
            return
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        match self.seen.form:
            case "picture" | "maps":
                self._paint_maps(painter, area)
            case "sequence":
                painter.drawImage(area, self._images[0])
            case "classes":
                self._paint_classes(painter, area)
            case "vector":
                self._paint_vector(painter, area)
            case _:
                self._paint_number(painter, area)

    def _recolour(self) -> None:
        self._images = images_of(self.seen) if self.seen else []
        self.update()

    def _paint_maps(self, painter: QPainter, area: QRectF) -> None:
        for image, place in zip(self._images, places(len(self._images), self._images[0].size(), area)):
            painter.drawImage(place, image)

    def _paint_classes(self, painter: QPainter, area: QRectF) -> None:
        assert self.seen is not None
        assert self.seen.values is not None
        now, values = theme.current(), self.seen.values
        order = np.argsort(-values, kind="stable")[: max(1, int(area.height() / BAR))]
        chances = is_distribution(values)
        reach, said = (1.0, share) if chances else (float(np.abs(values).max()) or 1.0, brief)
        widest = max(painter.fontMetrics().horizontalAdvance(self.seen.names[number]) for number in order)
        left = area.left() + min(widest, area.width() * 0.4) + 8
        wide = max(10.0, area.right() - left - (44 if chances else 56))
        for row, number in enumerate(order):
            box = QRectF(area.left(), area.top() + row * BAR, area.width(), BAR)
            words = painter.fontMetrics().elidedText(
                self.seen.names[number], Qt.TextElideMode.ElideRight, int(left - 5 - area.left())
            )
            painter.setPen(now.text)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
            bar = QRectF(left, box.top() + 5, wide * abs(float(values[number])) / reach, BAR - 10)
            painter.fillRect(bar, now.accent if values[number] >= 0 else now.error)
            painter.setPen(now.text_dim)
            painter.drawText(QRectF(bar.right() + 6, box.top(), 60, BAR), Qt.AlignmentFlag.AlignVCenter,
                             said(float(values[number])))  # fmt: skip

    def _paint_vector(self, painter: QPainter, area: QRectF) -> None:
        """Bars from a line at zero."""
        assert self.seen is not None
        assert self.seen.values is not None
        now, values = theme.current(), np.nan_to_num(self.seen.values.astype(np.float64))
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        span = (high - low) or 1.0
        zero = area.bottom() + low / span * area.height()
        step = area.width() / len(values)
        for number, value in enumerate(values):
            top = zero - value / span * area.height()
            bar = QRectF(area.left() + number * step, min(top, zero), max(step - (1 if step > 4 else 0), 1),
                         max(abs(zero - top), 1))  # fmt: skip
            painter.fillRect(bar, now.accent if value >= 0 else now.error)
        painter.setPen(QPen(now.text_dim, 0))
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))

    def _paint_number(self, painter: QPainter, area: QRectF) -> None:
        assert self.seen is not None
        assert self.seen.values is not None
        value = self.seen.values.item()
        known = self.seen.form == "label" and 0 <= int(value) < len(self.seen.names)
        painter.setFont(theme.font(2 * theme.FONT_PIXELS))
        painter.setPen(theme.current().text)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.seen.names[int(value)] if known else f"{value:.4g}")


class Histogram(QWidget):
    """How values lie: bars from the least to the greatest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts: tuple[int, ...] = ()
        self.setFixedHeight(44)
        self.setAccessibleName(self.tr("Histogram of the values"))
        theme.signals.changed.connect(self.update)

    def show_counts(self, counts: tuple[int, ...]) -> None:
        self.counts = counts
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.counts:
            return
        painter, now = QPainter(self), theme.current()
        most, step = max(self.counts) or 1, self.width() / len(self.counts)
        for number, count in enumerate(self.counts):
            high = math.sqrt(count / most) * (self.height() - 2)  # so that rare values are seen beside many zeros
            painter.fillRect(QRectF(number * step, self.height() - 1 - high, max(step - 1, 1), high), now.accent)
        painter.setPen(QPen(now.border, 0))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)


def is_distribution(values: np.ndarray) -> bool:
    """Whether numbers are the chances of classes, of which one is so: none below 0, and together 1."""
    return bool(values.min() >= 0 and abs(float(values.sum()) - 1) < ROUNDED)


def share(value: float) -> str:
    """A chance in percent, as short as it can be told from never and always: ``<0.1%``, ``3.4%``, ``97%``."""
    if 0 < value < LEAST_SHARE:
        return f"<{LEAST_SHARE:.1%}"
    return f"{value:.1%}" if 0 < value < 10 * LEAST_SHARE else f"{value:.0%}"


def images_of(seen: Seen) -> list[QImage]:
    """The pictures to paint: of maps each by itself, on one scale of grey; of a sequence one, time to the right."""
    if seen.values is None or seen.form not in ("picture", "maps", "sequence"):
        return []
    if seen.form == "picture":
        levels = np.round(np.clip(seen.values, 0, 1) * 255).astype(np.uint8)
        return [_grey(levels[0]) if len(levels) == 1 else _colours(levels.transpose(1, 2, 0))]
    levels = greys_of(seen, seen.values)
    return [_grey(levels.T)] if seen.form == "sequence" else [_grey(each) for each in levels[:MOST_MAPS]]


def greys_of(seen: Seen, values: np.ndarray) -> np.ndarray:
    """Values of any shape as 8-bit shades between the least and the greatest of all that is seen."""
    span = (seen.high - seen.low) or 1.0
    known = np.nan_to_num(values.astype(np.float64), nan=seen.low, posinf=seen.high, neginf=seen.low)
    return np.round(np.clip((known - seen.low) / span, 0, 1) * 255).astype(np.uint8)


def places(count: int, size: QSize, area: QRectF) -> list[QRectF]:
    """Where so many pictures of a size go in rows, as large as fits; those that would be too small are left out."""
    shape = size.width() / max(size.height(), 1)
    best, columns = 0.0, 1
    for number in range(1, count + 1):
        rows = math.ceil(count / number)
        high = min((area.width() / number - GAP) / shape, area.height() / rows - GAP)
        if high > best:
            best, columns = high, number
    if best < LEAST_MAP:
        columns = max(1, int(area.width() / (LEAST_MAP * shape + GAP)))
        best = LEAST_MAP
        count = min(count, columns * max(1, int(area.height() / (best + GAP))))
    wide = best * shape
    return [QRectF(area.left() + number % columns * (wide + GAP), area.top() + number // columns * (best + GAP),
                   wide, best) for number in range(count)]  # fmt: skip


def _grey(levels: np.ndarray) -> QImage:
    levels = np.ascontiguousarray(levels)
    return QImage(levels.data, levels.shape[1], levels.shape[0], levels.shape[1],
                  QImage.Format.Format_Grayscale8).copy()  # fmt: skip


def _colours(levels: np.ndarray) -> QImage:
    levels = np.ascontiguousarray(levels)
    return QImage(levels.data, levels.shape[1], levels.shape[0], levels.shape[1] * 3,
                  QImage.Format.Format_RGB888).copy()  # fmt: skip

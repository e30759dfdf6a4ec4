"""A heat map of rows over the time of a training, on a logarithmic or an even scale, with rows that can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from gui import theme
from gui.inspector.values import brief

ROW, LEAST_ROW, MOST_ROW = 16, 1, 48  # pixels: of a row with a name, of one without, and of the highest
NAMES: Final = 150  # the widest that names may be
SCALE, BAR, FOOT, EDGE, DOT = 62, 10, 18, 8, 12  # pixels: of the scale with its numbers, its bar, the epochs, the rest
DECADES: Final = 12.0  # powers of ten that a scale spans at the most
STEPS: Final = 256
# Five colours of "viridis", which grow evenly lighter for every eye: https://bids.github.io/colormap
STOPS: Final = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], float)
COLOURS: Final = np.stack([np.interp(np.linspace(0, 4, STEPS), np.arange(5), STOPS[:, c]) for c in range(3)], 1)


class HeatMap(QAbstractScrollArea):
    """Rows of numbers over epochs. Arrow keys go from row to row, Space chooses one, Enter or a double-click opens it.

    ``chosen`` are the rows that are chosen, in the order in which they were, with a mark of a colour of the theme each.
    """

    chosen_changed = Signal()
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []
        self.epochs = np.zeros(0)
        self.values = np.zeros((0, 0))  # (rows, moments)
        self.current = 0
        self.chosen: list[int] = []
        self.most_chosen = 0  # 0 where rows cannot be chosen
        self.logarithmic = True
        self.bounds = (0.0, 1.0)  # of the scale
        self._columns = np.zeros(0, int)
        self._image = QImage()
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(ROW)

    def show_values(self, names: Sequence[str], epochs: np.ndarray, values: np.ndarray, *, logarithmic: bool,
                    most_chosen: int = 0) -> None:  # fmt: skip
        """Show other values, (rows, moments), with the epochs of the moments; "" is the name of a row without one."""
        if list(names) != self.names:
            self.chosen, self.current = [], 0
        self.names, self.epochs, self.values = list(names), epochs, values
        self.logarithmic, self.most_chosen = logarithmic, most_chosen
        self.chosen = self.chosen[:most_chosen]
        self.bounds = bounds_of(values, logarithmic)
        self._renew()
        self._tell()

    def choose(self, rows: Sequence[int]) -> None:
        """Choose these rows and no others."""
        self.chosen = list(rows)[: self.most_chosen]
        self.viewport().update()
        self.chosen_changed.emit()

    def colour(self, row: int) -> QColor:
        """The colour of a chosen row."""
        series = theme.current().series
        return series[self.chosen.index(row) % len(series)]

    # -- measures ----------------------------------------------------------------------------------------------------

    @property
    def row_height(self) -> float:
        high = self._free.height() / max(len(self.names), 1)
        return max(ROW, min(MOST_ROW, int(high))) if all(self.names) else max(LEAST_ROW, high)

    @property
    def _room(self) -> QRect:
        """Where rows are painted, without what scrolling hides of them; epochs and scale keep close to few of them."""
        free = self._free
        free.setHeight(min(free.height(), max(round(self.row_height * len(self.names)), ROW)))
        return free

    @property
    def _free(self) -> QRect:
        """Where there is room for rows."""
        area, metrics = self.viewport().rect(), self.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name in self.names), default=0)
        left = min(NAMES, widest) + 2 * EDGE + (DOT if self.most_chosen else 0)
        return area.adjusted(left, 2, -SCALE - EDGE, -FOOT)

    def place(self, row: int) -> QRect:
        """Where a row stands in the viewport, without its name."""
        room, high = self._room, self.row_height
        top, bottom = round(row * high), round((row + 1) * high)
        return QRect(room.left(), room.top() + top - self.verticalScrollBar().value(), room.width(), bottom - top)

    def at(self, spot: QPointF) -> tuple[int, int] | None:
        """The row under a spot of the viewport, and the moment, −1 beside them."""
        room = self._room
        row = int((spot.y() - room.top() + self.verticalScrollBar().value()) / self.row_height)
        if not 0 <= row < len(self.names) or not room.top() <= spot.y() <= room.bottom():
            return None
        across = int(spot.x()) - room.left()
        return row, int(self._columns[across]) if 0 <= across < len(self._columns) else -1

    def _renew(self) -> None:
        """Measure and paint the picture anew."""
        room, high = self._room, self.row_height
        self.verticalScrollBar().setPageStep(room.height())
        self.verticalScrollBar().setRange(0, max(0, round(high * len(self.names)) - room.height()))
        self._columns = columns_of(self.epochs, max(room.width(), 1))
        self._image = QImage()
        if self.values.size:
            pixels = np.ascontiguousarray(coloured(self.values, self.bounds, self.logarithmic)[:, self._columns])
            rows, wide = pixels.shape[:2]
            self._image = QImage(pixels.data, wide, rows, wide * 4, QImage.Format.Format_RGBA8888).copy()
        self.viewport().update()

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._renew()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -len(self.names),
                 Qt.Key.Key_End: len(self.names)}  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps and all(self.names):
            self._go(self.current + steps[key])
        elif key == Qt.Key.Key_Space and self.most_chosen:
            self._toggle(self.current)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.most_chosen:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (found := self.at(event.position())) and self.most_chosen:
            self._go(found[0])
            self._toggle(found[0])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if (found := self.at(event.position())) and self.most_chosen:
            self._toggle(found[0])  # the first press of the two is taken back
            self.opened.emit(found[0])

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.sentence(QPointF(event.pos())), self)
            return True
        return super().viewportEvent(event)

    def sentence(self, spot: QPointF) -> str:
        """What there is to say of a spot of the viewport: the row, the epoch and the number."""
        found = self.at(spot)
        if found is None:
            return ""
        row, moment = found
        if moment < 0:
            return self.names[row]
        value = self.values[row, moment]
        told = brief(value) if np.isfinite(value) else self.tr("not measured")
        name = f"{self.names[row]}, " if self.names[row] else ""
        return name + self.tr("epoch {epoch}: {value}").format(epoch=brief(self.epochs[moment]), value=told)

    def _go(self, row: int) -> None:
        self.current = min(max(0, row), max(0, len(self.names) - 1))
        room, place, bar = self._room, self.place(self.current), self.verticalScrollBar()
        if place.top() < room.top():
            bar.setValue(bar.value() + place.top() - room.top())
        elif place.bottom() > room.bottom():
            bar.setValue(bar.value() + place.bottom() - room.bottom())
        self._tell()
        self.viewport().update()

    def _toggle(self, row: int) -> None:
        kept = [each for each in self.chosen if each != row]
        self.choose(kept if row in self.chosen else [*kept, row][-self.most_chosen :])

    def _tell(self) -> None:
        if not self.values.size or not self.names[self.current]:
            self.setAccessibleDescription("")
            return
        value = self.values[self.current, -1]
        told = brief(value) if np.isfinite(value) else self.tr("not measured")
        self.setAccessibleDescription(f"{self.names[self.current]}: {told}")

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter, room = theme.current(), QPainter(self.viewport()), self._room
        painter.fillRect(event.rect(), now.panel)
        if self._image.isNull():
            return
        whole = QRect(room.left(), self.place(0).top(), room.width(), round(self.row_height * len(self.names)))
        painter.setClipRect(self.viewport().rect().adjusted(0, room.top(), 0, -FOOT))
        painter.fillRect(whole, now.field)
        painter.drawImage(whole, self._image)
        painter.setFont(theme.font(11))
        for row, name in enumerate(self.names):
            place = self.place(row)
            if name and place.bottom() >= 0 and place.top() <= room.bottom():
                self._paint_name(painter, row, name, place)
        painter.setClipping(False)
        self._paint_epochs(painter, room)
        self._paint_scale(painter, room)

    def _paint_name(self, painter: QPainter, row: int, name: str, place: QRect) -> None:
        now, chosen = theme.current(), row in self.chosen
        left = EDGE + (DOT if self.most_chosen else 0)
        words = QRect(left, place.center().y() - ROW // 2, place.left() - left - EDGE, ROW)
        if not all(self.names):  # rows are thinner than words: those at the borders move inside
            words.moveTop(min(max(words.top(), self._room.top()), self._room.bottom() - ROW))
        if self.hasFocus() and row == self.current and self.most_chosen:
            painter.setPen(QPen(now.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(3, place.top() + 0.5, place.right() - 3, place.height() - 1), 4, 4)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.colour(row))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawEllipse(QRectF(EDGE, place.center().y() - 3.5, 8, 8))
        painter.setPen(now.text if chosen else now.text_dim)
        short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)

    def _paint_epochs(self, painter: QPainter, room: QRect) -> None:
        foot = QRect(room.left(), room.bottom() + 2, room.width(), FOOT - 2)
        painter.setPen(theme.current().text_dim)
        painter.setFont(theme.font(11))
        first, last = brief(round(self.epochs[0], 2)), brief(round(self.epochs[-1], 2))
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, first)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, last)
        if room.width() > NAMES:
            painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, self.tr("Epoch"))

    def _paint_scale(self, painter: QPainter, room: QRect) -> None:
        """The colours from the least to the greatest, with some numbers beside them."""
        bar = QRect(room.right() + EDGE + 2, room.top(), BAR, room.height())
        strip = COLOURS[::-1].astype(np.uint8)
        painter.drawImage(bar, QImage(strip.tobytes(), 1, STEPS, 3, QImage.Format.Format_RGB888))
        painter.setPen(theme.current().text_dim)
        for share in (1.0, 0.5, 0.0) if bar.height() > 60 else (1.0, 0.0):
            value = between(share, self.bounds, self.logarithmic)
            down = bar.top() + round((1 - share) * (bar.height() - 12)) - 2
            painter.drawText(QRect(bar.right() + 5, down, SCALE - BAR - 2, 16), Qt.AlignmentFlag.AlignLeft,
                             brief(float(f"{value:.2g}")))  # fmt: skip


def bounds_of(values: np.ndarray, logarithmic: bool) -> tuple[float, float]:
    """The least and the greatest number of a scale: on a logarithmic one those above 0, within some powers of ten."""
    good = values[np.isfinite(values) & ((values > 0) if logarithmic else True)]
    if not good.size:
        return (1e-3, 1.0) if logarithmic else (0.0, 1.0)
    low, high = float(good.min()), float(good.max())
    if logarithmic:
        low = max(low, high * 10**-DECADES)
        return (low / 2, high * 2) if high < low * 1.5 else (low, high)
    return min(low, 0.0), high if high > min(low, 0.0) else low + 1.0


def between(share: float, bounds: tuple[float, float], logarithmic: bool) -> float:
    """The number at a share, 0 to 1, of a scale."""
    low, high = bounds
    return float(low * (high / low) ** share) if logarithmic else low + share * (high - low)


def coloured(values: np.ndarray, bounds: tuple[float, float], logarithmic: bool) -> np.ndarray:
    """Each number as a colour, uint8 (…, 4); what is not finite is left clear, 0 on a logarithmic scale the least."""
    low, high = bounds
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.log(values / low) / np.log(high / low) if logarithmic else (values - low) / (high - low)
    places = np.clip(np.nan_to_num(share, neginf=0.0) * (STEPS - 1), 0, STEPS - 1).astype(int)
    seen = np.where(np.isfinite(values), 255, 0)[..., None]
    return np.concatenate((COLOURS[places], seen), -1).astype(np.uint8)


def columns_of(epochs: np.ndarray, width: int) -> np.ndarray:
    """The moment that each of so many pixels shows: the nearest, with the first and the last at the borders."""
    if len(epochs) < 2:
        return np.zeros(width if len(epochs) else 0, int)
    at = np.linspace(epochs[0], epochs[-1], width)
    return np.searchsorted((epochs[1:] + epochs[:-1]) / 2, at)

"""What a network read of an example, painted: a picture with what a unit sees of it, or the values by their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from backend.messages import Seen
from backend.questions.examples import Given
from gui import theme
from gui.inside.maps_view import hues
from gui.inside.probe_view import images_of
from gui.inside.step_lines import lines_left, paint_steps
from gui.inspector.values import brief

Array = np.ndarray
MARGIN: Final = 6.0
ROW: Final = 20.0
READABLE: Final = 4.5  # contrast of text, at the least
DIM: Final = 0.55  # how far what a unit does not see is held back


class GivenView(QWidget):
    """Paints one thing that was read. ``heat`` is laid over it, ``seen`` is what of it counts and is outlined."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.given: Given | None = None
        self.seen: Array | None = None
        self.box: tuple[int, ...] = ()
        self.heat: Array | None = None
        self.opacity = 0.6
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What the network read"))
        theme.signals.changed.connect(self.update)

    def show_given(self, given: Given | None) -> None:
        """Show what was read; a field and heat of another shape go."""
        if self.given is None or given is None or given.values.shape != self.given.values.shape:
            self.seen, self.box, self.heat = None, (), None
        self.given = given
        self.setAccessibleDescription(f"{given.name}: {'×'.join(map(str, given.values.shape))}" if given else "")
        self.update()

    def show_field(self, seen: Array | None, box: tuple[int, ...] = ()) -> None:
        """Outline what a unit sees: bool of (height, width) of a picture, or of the places of anything else."""
        self.seen, self.box = seen, box
        self.update()

    def show_heat(self, heat: Array | None) -> None:
        """Lay colours over it: −1 (against) to 1 (for), (height, width) of a picture or one for each place."""
        self.heat = heat
        self.update()

    def set_opacity(self, share: float) -> None:
        """How much of a picture the colours hide, 0 to 1."""
        self.opacity = share
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 64)

    @property
    def place(self) -> QRectF:
        """Where a picture is painted: as large as fits, in whole pixels where it is enlarged enough."""
        assert self.given is not None
        tall, wide = self.given.values.shape[-2:]
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        factor = max(0.05, min(room.width() / wide, room.height() / tall))
        factor = float(int(factor)) if factor >= 3 else factor
        return QRectF(int(room.center().x() - wide * factor / 2), int(room.center().y() - tall * factor / 2),
                      wide * factor, tall * factor)  # fmt: skip

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.given is None:
            return
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        match self.given.form:
            case "picture":
                self._paint_picture(painter)
            case "words":
                self._paint_words(painter, area)
            case "steps":
                self._paint_steps(painter, area)
            case _ if self.heat is not None and self.heat.size == self.given.values.size:
                self._paint_bars(painter, area)
            case _:
                self._paint_numbers(painter, area)

    def _paint_picture(self, painter: QPainter) -> None:
        assert self.given is not None
        place, now = self.place, theme.current()
        tall, wide = self.given.values.shape[-2:]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.width() < wide)
        painter.drawImage(place, images_of(Seen("", "", "picture", self.given.values))[0])
        if self.heat is not None and self.heat.shape == (tall, wide):
            painter.setOpacity(self.opacity)
            painter.drawImage(place, heat_image(self.heat))
            painter.setOpacity(1)
        if self.seen is not None and self.seen.shape == (tall, wide) and self.box:
            painter.drawImage(place, _veil(self.seen))
            top, bottom, left, right = self.box
            across, down = place.width() / wide, place.height() / tall
            frame = QRectF(place.left() + left * across, place.top() + top * down, (right - left + 1) * across,
                           (bottom - top + 1) * down)  # fmt: skip
            painter.setPen(QPen(now.canvas, 3))
            painter.drawRect(frame)
            painter.setPen(QPen(now.warning, 1.5))
            painter.drawRect(frame)

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        """Words in lines, each on the colour of what it did."""
        assert self.given is not None
        boxes = self._boxes(area)
        for place, (word, box) in enumerate(zip(self.given.names, boxes)):
            ground = self._ground(place)
            painter.fillRect(box, ground)
            painter.setPen(readable(ground))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)
            if self.seen is not None and place < len(self.seen) and self.seen[place]:
                painter.setPen(QPen(theme.current().warning, 1.5))
                painter.drawLine(box.bottomLeft(), box.bottomRight())
        if missing := len(self.given.names) - len(boxes):
            painter.setPen(theme.current().text_dim)
            words = self.tr("… and {count} more").format(count=missing)
            painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, words)

    def _boxes(self, area: QRectF) -> list[QRectF]:
        """Where the words stand, as many as there is room for."""
        assert self.given is not None
        metrics = self.fontMetrics()
        sizes = [min(metrics.horizontalAdvance(word) + 8.0, area.width()) for word in self.given.names]
        whole = _flowed(sizes, area)
        if len(whole) == len(sizes):
            return whole
        return _flowed(sizes, area.adjusted(0, 0, 0, -ROW - 2))  # below them it says how many are missing

    def _paint_steps(self, painter: QPainter, area: QRectF) -> None:
        """A line for each feature over the steps, on the colours of what every step did."""
        assert self.given is not None
        steps, grounds = len(self.given.values), []
        if self.heat is not None:
            grounds = [self._ground(place) for place in range(steps)]
        elif self.seen is not None:
            now, seen = theme.current(), self.seen.reshape(-1)
            grounds = [now.warning if place < len(seen) and seen[place] else now.panel for place in range(steps)]
        paint_steps(painter, area, self.given.values, self.given.names, grounds)

    def _paint_numbers(self, painter: QPainter, area: QRectF) -> None:
        """Names and values in rows."""
        assert self.given is not None
        now, values = theme.current(), self.given.values.reshape(-1)
        for place, value in enumerate(values[: max(1, int(area.height() / ROW))]):
            box = QRectF(area.left(), area.top() + place * ROW, area.width(), ROW)
            marked = self.seen is not None and place < len(self.seen.reshape(-1)) and self.seen.reshape(-1)[place]
            if marked:
                painter.fillRect(box, now.hover)
            name = self._names()[place]
            painter.setPen(now.text_dim)
            name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(box.width() - 64))
            painter.drawText(box.adjusted(4, 0, -60, 0), Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(now.text)
            painter.drawText(box.adjusted(0, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                             brief(float(value)))  # fmt: skip

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        """Names with signed bars, those that count most above."""
        assert self.given is not None
        assert self.heat is not None
        now, (below, above) = theme.current(), hues()
        heat, names = np.nan_to_num(self.heat.reshape(-1)), self._names()
        order = np.argsort(-np.abs(heat), kind="stable")[: max(1, int(area.height() / ROW))]
        widest = max(painter.fontMetrics().horizontalAdvance(names[number]) for number in order)
        named = min(widest + 8.0, area.width() * 0.6)
        signed = bool((heat < 0).any())
        half = (area.width() - named) * (0.5 if signed else 1.0)
        zero = area.right() - half
        for row, number in enumerate(order):
            box = QRectF(area.left(), area.top() + row * ROW, named - 6, ROW)
            painter.setPen(now.text)
            words = painter.fontMetrics().elidedText(names[number], Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
            long = max(1.0, half * min(1.0, abs(float(heat[number]))))
            left = zero if heat[number] >= 0 else zero - long
            painter.fillRect(QRectF(left, box.top() + 5, long, ROW - 10), above if heat[number] >= 0 else below)
        painter.setPen(QPen(now.text_dim, 1))
        painter.drawLine(round(zero), round(area.top()), round(zero), round(area.top() + len(order) * ROW))

    def _names(self) -> tuple[str, ...]:
        """What each number is called."""
        assert self.given is not None
        count = self.given.values.size
        return self.given.names if len(self.given.names) == count else tuple(str(number + 1) for number in range(count))

    def words_at(self, position: QPointF) -> str:
        """What stands at a place of the widget and how much it did, in words; "" where there is nothing."""
        if self.given is None or self.heat is None or self.given.form == "picture":
            return ""
        area, heat = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN), self.heat.reshape(-1)
        if self.given.form == "words":
            boxes = self._boxes(area)
            place = next((n for n, box in enumerate(boxes) if box.contains(position)), len(heat))
            return f"{self.given.names[place]}: {_share(heat[place])}" if place < len(heat) else ""
        if self.given.form == "steps":
            return self._step_at(position, area, heat)
        order = np.argsort(-np.abs(np.nan_to_num(heat)), kind="stable")
        row = int((position.y() - MARGIN) / ROW)
        if not 0 <= row < len(order) or len(order) != self.given.values.size:
            return ""
        return f"{self._names()[order[row]]}: {brief(float(self.given.values.reshape(-1)[order[row]]))}"

    def _step_at(self, position: QPointF, area: QRectF, heat: Array) -> str:
        """The values of the step under a place, and how much it did."""
        assert self.given is not None
        values = self.given.values
        left = lines_left(self.fontMetrics(), area, values)
        step = int((position.x() - left) / max(area.right() - left, 1.0) * len(values))
        if not 0 <= step < min(len(values), len(heat)) or position.x() < left:
            return ""
        named = self.given.names if len(self.given.names) == values.shape[1] else ("",) * values.shape[1]
        told = ", ".join(f"{name} {brief(float(value))}".strip() for name, value in zip(named, values[step]))
        words = self.tr("step {number}: {values} · counts {share}")
        return words.format(number=step + 1, values=told, share=_share(heat[step]))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _ground(self, place: int) -> QColor:
        """The colour behind a place."""
        heat = self.heat.reshape(-1) if self.heat is not None else None
        if heat is None or place >= len(heat):
            return theme.current().raised
        below, above = hues()
        return theme.blend(
            theme.current().panel, above if heat[place] > 0 else below, min(1.0, abs(float(heat[place])))
        )


def _flowed(sizes: Sequence[float], area: QRectF) -> list[QRectF]:
    """Boxes of these widths from left to right in rows, as many as fit."""
    found: list[QRectF] = []
    x, y = area.left(), area.top()
    for wide in sizes:
        if x + wide > area.right() and x > area.left():
            x, y = area.left(), y + ROW + 2
        if y + ROW > area.bottom() + 1:
            break
        found.append(QRectF(x, y, wide, ROW))
        x += wide + 3
    return found


def _share(heat: float) -> str:
    """How much a place counts, from −1 to 1."""
    return f"{float(heat):+.2f}"


def readable(ground: QColor) -> QColor:
    """The colour of text on a ground: that of the theme, else black or white, one of which reads well on anything."""
    if theme.contrast(theme.current().text, ground) >= READABLE:
        return theme.current().text
    ends = QColor(Qt.GlobalColor.black), QColor(Qt.GlobalColor.white)
    return max(ends, key=lambda colour: theme.contrast(colour, ground))


def heat_image(heat: Array) -> QImage:
    """(height, width) from −1 to 1 as colours: clear at 0, full at both ends."""
    below, above = hues()
    strength = np.clip(np.abs(np.nan_to_num(heat)), 0, 1)
    pixels = np.empty((*heat.shape, 4), np.uint8)
    for channel in range(3):
        one, other = ((colour.red(), colour.green(), colour.blue())[channel] for colour in (below, above))
        pixels[..., channel] = np.where(heat > 0, other, one)
    pixels[..., 3] = np.round(strength * 255)
    tall, wide = heat.shape
    return QImage(pixels.data, wide, tall, wide * 4, QImage.Format.Format_RGBA8888).copy()


def _veil(seen: Array) -> QImage:
    """What holds back all that is not seen."""
    pixels = np.zeros((*seen.shape, 4), np.uint8)
    ground = theme.current().canvas
    pixels[...] = (ground.red(), ground.green(), ground.blue(), round(DIM * 255))
    pixels[seen] = 0
    tall, wide = seen.shape
    return QImage(pixels.data, wide, tall, wide * 4, QImage.Format.Format_RGBA8888).copy()

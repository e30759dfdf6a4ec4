"""What curves say at the cursor, and what their colours and signs stand for: lists of line samples with words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.inside.curve_styles import Style, draw_sample

ROW, PAD, SAMPLE, GAP = 17, 7, 22, 14  # pixels
WIDEST: Final = 240
EVERY: Final = 1000  # rows of a legend
SOLID: Final = 0.9  # of what lies beneath the words, so that curves behind can be guessed
PIXELS: Final = 11
SIGNS: Final = {"best": "star", "finished": "o", "stopped": "s", "failed": "x"}  # at what they mark, as pyqtgraph names


@dataclass(frozen=True)
class Entry:
    """A line or a sign with what it stands for, and perhaps its value."""

    words: str
    style: Style | None = None
    value: str = ""
    sign: str = ""


class Readout(QWidget):
    """A list that floats above a plot while the cursor is in it, on the side where the cursor is not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self._above = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(theme.font(PIXELS))
        self.hide()

    def show_entries(self, entries: Sequence[Entry], left: bool) -> None:
        """Show them at the left or the right of what it floats on; nothing hides it."""
        self.entries = list(entries)
        room = self._above.rect()
        most = max((room.height() - 2 * PAD) // ROW, 1)
        metrics = self.fontMetrics()
        needed = max((metrics.horizontalAdvance(f"{each.words}   {each.value}") for each in entries), default=0)
        width = min(needed + SAMPLE + 3 * PAD, WIDEST, max(room.width() // 2, 80))
        height = ROW * min(len(entries), most) + PAD
        self.setGeometry(50 if left else room.width() - width - PAD, PAD, width, height)
        self.setAccessibleDescription("; ".join(f"{each.words} {each.value}" for each in entries))
        self.setVisible(bool(entries))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.border, 1))
        below = QColor(now.raised)
        below.setAlphaF(SOLID)
        painter.setBrush(below)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        line = QRectF(PAD, PAD / 2, self.width() - 2 * PAD, ROW)
        for entry in self.entries[: self.height() // ROW]:
            if entry.style:
                draw_sample(painter, entry.style, QRectF(line.left(), line.top(), SAMPLE, ROW))
            painter.setPen(now.text)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, entry.value)
            room = line.width() - SAMPLE - PAD - painter.fontMetrics().horizontalAdvance(entry.value) - 4
            words = painter.fontMetrics().elidedText(entry.words, Qt.TextElideMode.ElideMiddle, int(room))
            painter.setPen(now.text_dim)
            painter.drawText(line.adjusted(SAMPLE + PAD, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
            line.translate(0, ROW)


class Legend(QWidget):
    """What lines and signs stand for, side by side, in as many rows as they need or may have; a tip tells the rest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self._most = EVERY  # rows
        self.setFont(theme.font(PIXELS + 1))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What the curves stand for"))

    def show_entries(self, entries: Sequence[Entry]) -> None:
        if list(entries) != self.entries:
            self.entries = list(entries)
            self.setAccessibleDescription(", ".join(each.words for each in entries))
            self.updateGeometry()
        self._settle()
        self.update()

    def limit(self, rows: int = EVERY) -> None:
        """Take no more than so many rows."""
        if rows != self._most:
            self._most = rows
            self._settle()
            self.update()

    @contextmanager
    def in_full(self) -> Iterator[None]:
        """With as many rows as there are, as for a picture of it."""
        most = self._most
        self.limit()
        try:
            yield
        finally:
            self.limit(most)

    def _settle(self) -> None:
        rows = self._rows(self.width())
        self.setFixedHeight(min(rows, self._most) * ROW + 4 if self.entries else 0)
        self.setToolTip("\n".join(each.words for each in self.entries) if rows > self._most else "")

    def sizeHint(self) -> QSize:
        return QSize(200, ROW + 4)

    def resizeEvent(self, event: object) -> None:
        self._settle()

    def _places(self, width: int) -> list[QRectF]:
        """Where each entry stands; one that is wider than everything is shortened."""
        found, x, y = [], float(PAD), 2.0
        for entry in self.entries:
            wide = min(_head(entry) + self.fontMetrics().horizontalAdvance(entry.words), max(width - 2 * PAD, 40))
            if x + wide > width - PAD and x > PAD:
                x, y = float(PAD), y + ROW
            found.append(QRectF(x, y, wide, ROW))
            x += wide + GAP
        return found

    def _rows(self, width: int) -> int:
        return round((self._places(width)[-1].top() - 2) / ROW) + 1 if self.entries else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = [(entry, place) for entry, place in zip(self.entries, self._places(self.width()))
                if place.bottom() <= self.height()]  # fmt: skip
        if left := len(self.entries) - len(seen):
            painter.setPen(theme.current().text_dim)
            painter.drawText(seen.pop()[1], Qt.AlignmentFlag.AlignVCenter, f"+{left + 1}")
        for entry, place in seen:
            area = QRectF(place.left(), place.top(), SAMPLE, ROW)
            if entry.style:
                draw_sample(painter, entry.style, area)
            elif entry.sign:
                draw_sign(painter, entry.sign, QPointF(area.left() + PAD, area.center().y()), theme.current().text_dim)
            words = painter.fontMetrics().elidedText(entry.words, Qt.TextElideMode.ElideMiddle,
                                                     int(place.width()) - _head(entry) + 1)  # fmt: skip
            painter.setPen(theme.current().text_dim)
            painter.drawText(place.adjusted(_head(entry), 0, 2, 0), Qt.AlignmentFlag.AlignVCenter, words)


def _head(entry: Entry) -> int:
    """Pixels before the words."""
    return SAMPLE + 5 if entry.style else 2 * PAD + 4 if entry.sign else 0


def draw_sign(painter: QPainter, sign: str, at: QPointF, colour: QColor) -> None:
    """One of ``SIGNS``."""
    painter.setPen(QPen(colour, 1.6))
    painter.setBrush(colour)
    if sign == "star":
        points = [(sin(n * pi / 5) * r, -cos(n * pi / 5) * r) for n in range(10) for r in ((5.5, 2.3)[n % 2],)]
        painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in points]))
    elif sign == "o":
        painter.drawEllipse(at, 3.2, 3.2)
    elif sign == "s":
        painter.drawRect(QRectF(at.x() - 3, at.y() - 3, 6, 6))
    else:
        painter.drawLine(at + QPointF(-3.5, -3.5), at + QPointF(3.5, 3.5))
        painter.drawLine(at + QPointF(-3.5, 3.5), at + QPointF(3.5, -3.5))

"""The examples that excite a unit most: little pictures with what of them the unit sees, or their values in words."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from backend.messages import Seen
from backend.questions.maps import Excited
from gui import theme
from gui.inside.probe_view import images_of
from gui.inspector.values import brief

COLUMNS: Final = 3
CAPTION: Final = 15.0
GAP: Final = 4.0
ROW: Final = 22.0
WORDS: Final = 8  # of a text


class ExcitedView(QWidget):
    """Paints them, the most exciting first; a click or Return chooses one."""

    chosen = Signal(int)  # the index of the example in its split

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: tuple[Excited, ...] = ()
        self.current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Examples that excite it most"))
        theme.signals.changed.connect(self.update)

    def show_found(self, found: tuple[Excited, ...]) -> None:
        self.found, self.current = found, 0
        self._tell()

    def sizeHint(self) -> QSize:
        return QSize(180, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(88, 88)

    @property
    def pictures(self) -> bool:
        return bool(self.found) and all(each.given.form == "picture" for each in self.found)

    def place(self, number: int) -> QRectF:
        """Where one is painted, its caption with it."""
        if not self.pictures:
            return QRectF(0, number * ROW, self.width(), ROW)
        rows = -(-len(self.found) // COLUMNS)
        wide = (self.width() - GAP * (COLUMNS - 1)) / COLUMNS
        high = (self.height() - GAP * (rows - 1)) / rows
        side = max(16.0, min(wide, high - CAPTION))
        row, column = divmod(number, COLUMNS)
        return QRectF(column * (wide + GAP), row * (side + CAPTION + GAP), wide, side + CAPTION)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, now = QPainter(self), theme.current()
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        for number, each in enumerate(self.found):
            place = self.place(number)
            if place.bottom() > self.height() + 2:
                return
            if self.pictures:
                self._paint_picture(painter, each, place)
            else:
                painter.setPen(now.text)
                words = painter.fontMetrics().elidedText(sentence_of(each), Qt.TextElideMode.ElideRight,
                                                         int(place.width()) - 52)  # fmt: skip
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
                painter.setPen(now.text_dim)
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, brief(each.value))
            if number == self.current and self.hasFocus():
                painter.setPen(QPen(now.accent, 1.5))
                painter.drawRect(place.adjusted(0.5, 0.5, -1, -1))

    def _paint_picture(self, painter: QPainter, each: Excited, place: QRectF) -> None:
        now = theme.current()
        tall, wide = each.given.values.shape[-2:]
        factor = min(place.width(), place.height() - CAPTION) / max(tall, wide)
        factor = float(int(factor)) if factor >= 3 else factor
        box = QRectF(int(place.center().x() - wide * factor / 2), place.top(), wide * factor, tall * factor)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, factor < 1)
        painter.drawImage(box, images_of(Seen("", "", "picture", each.given.values))[0])
        if each.box:
            top, bottom, left, right = each.box
            painter.setPen(QPen(now.warning, 1))
            painter.drawRect(QRectF(box.left() + left * factor, box.top() + top * factor,
                                    (right - left + 1) * factor - 1, (bottom - top + 1) * factor - 1))  # fmt: skip
        painter.setPen(now.text_dim)
        caption = QRectF(place.left(), place.bottom() - CAPTION, place.width(), CAPTION)
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, brief(each.value))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number, each in enumerate(self.found):
            if self.place(number).contains(event.position()):
                self.current = number
                self._tell()
                self.chosen.emit(each.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        down = COLUMNS if self.pictures else 1
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -down, Qt.Key.Key_Down: down}
        if event.key() in moves and self.found:
            self.current = min(max(self.current + moves[Qt.Key(event.key())], 0), len(self.found) - 1)
            self._tell()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self.found:
            self.chosen.emit(self.found[self.current].index)
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        each = self.found[self.current] if self.found else None
        words = self.tr("Example {number}: {value}")
        self.setAccessibleDescription(words.format(number=each.index + 1, value=brief(each.value)) if each else "")
        self.update()


def sentence_of(each: Excited) -> str:
    """An example in a line: its words, or its first values."""
    given = each.given
    if given.form == "words":
        return f"{each.index + 1}  " + " ".join(given.names[:WORDS])
    values = np.asarray(given.values).reshape(-1)[:4]
    return f"{each.index + 1}  " + ", ".join(brief(float(value)) for value in values)

"""Pictures given back: an example a column, what it was and what became of it below each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from gui import theme
from gui.inside.tiles import scaled
from gui.parts import grouped

Array = np.ndarray
NAMES: Final = 88  # pixels at the left for what each row is
GAP: Final = 4
SPACE: Final = 12  # pixels between two bands
LINE: Final = 15
LINES: Final = 2  # below a column
SIDES: Final = (40, 112)  # pixels of a picture at least and at most


class Bands(QAbstractScrollArea):
    """As many columns side by side as there is room for; the rest goes on below. Arrow keys go from one to the next."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures: dict[str, Array] = {}
        self.numbers: list[int] = []
        self.words: list[tuple[str, ...]] = []
        self.captions: list[str] = []
        self.current = 0
        self.side = SIDES[0]
        self._pixmaps: dict[tuple[str, int], QPixmap] = {}
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(24)

    def show_bands(
        self,
        pictures: Mapping[str, Array],
        numbers: Sequence[int],
        words: Sequence[tuple[str, ...]],
        captions: Sequence[str] = (),
    ) -> None:
        """Show examples.

        pictures: by the name of their row, each (examples, height, width) or (examples, height, width, 3), 8 bits
        numbers, words: of each example; the words stand below it, a line each
        captions: what each line of the words is
        """
        self.captions = list(captions)
        self.pictures, self.numbers, self.words = dict(pictures), list(numbers), list(words)
        self.current = min(self.current, max(0, len(self.numbers) - 1))
        self._measure()
        self._tell()

    # -- measures ----------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        return max(1, (self.viewport().width() - NAMES - GAP) // (self.side + GAP))

    @property
    def high(self) -> int:
        """Pixels of a band."""
        return len(self.pictures) * (self.side + GAP) + LINES * LINE

    def place(self, example: int, row: int = 0) -> QRect:
        """Where a picture stands in the viewport."""
        band, column = divmod(example, self.columns)
        top = SPACE // 2 + band * (self.high + SPACE) + row * (self.side + GAP) - self.verticalScrollBar().value()
        return QRect(NAMES + column * (self.side + GAP), top, self.side, self.side)

    def at(self, spot: QPointF) -> int | None:
        """The example under a spot of the viewport."""
        point = spot.toPoint()
        return next((n for n in range(len(self.numbers)) if self._whole(n).contains(point)), None)

    def _whole(self, example: int) -> QRect:
        return QRect(self.place(example).topLeft(), self.place(example).bottomRight()).adjusted(
            0, 0, 0, self.high - self.side)  # fmt: skip

    def _measure(self) -> None:
        self._pixmaps.clear()
        rows = max(1, len(self.pictures))
        room = (self.viewport().height() - SPACE - LINES * LINE) // rows - GAP
        self.side = min(max(room, SIDES[0]), SIDES[1])
        bands = -(-len(self.numbers) // self.columns)
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setRange(0, max(0, bands * (self.high + SPACE) - self.viewport().height()))
        self.viewport().update()

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self.columns, Qt.Key.Key_Down: self.columns,
                 Qt.Key.Key_Home: -len(self.numbers), Qt.Key.Key_End: len(self.numbers)}  # fmt: skip
        if event.key() in steps:
            self._choose(self.current + steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        example = self.at(event.position())
        if example is not None:
            self._choose(example)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            example = self.at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.sentence(example) if example is not None else "", self)
            return True
        return super().viewportEvent(event)

    def sentence(self, example: int) -> str:
        """An example for those who cannot see it."""
        words = ", ".join(" ".join(each) for each in zip(self.captions, self.words[example]))
        return self.tr("Example {number}: {words}").format(number=grouped(self.numbers[example]), words=words)

    def _choose(self, example: int) -> None:
        self.current = min(max(0, example), max(0, len(self.numbers) - 1))
        whole, bar = self._whole(self.current), self.verticalScrollBar()
        if whole.top() < 0:
            bar.setValue(bar.value() + whole.top() - SPACE // 2)
        elif whole.bottom() > self.viewport().height():
            bar.setValue(bar.value() + min(whole.bottom() - self.viewport().height(), whole.top()))
        self._tell()
        self.viewport().update()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.sentence(self.current) if self.numbers else "")

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.current().panel)
        painter.setFont(theme.font(11))
        for example in range(len(self.numbers)):
            if not self._whole(example).intersects(event.rect()):
                continue
            first = example % self.columns == 0
            for row, name in enumerate(self.pictures):
                place = self.place(example, row)
                self._paint_picture(painter, name, example, place)
                if first:
                    self._paint_name(painter, name, place.top(), place.height())
            self._paint_words(painter, example)
            for line, caption in enumerate(self.captions if first else ()):
                self._paint_name(painter, caption, self._line(example, line).top(), LINE)

    def _paint_picture(self, painter: QPainter, name: str, example: int, place: QRect) -> None:
        if (name, example) not in self._pixmaps:
            made = scaled(self.pictures[name][example], self.side, self.devicePixelRatioF())
            self._pixmaps[name, example] = made
        pixmap = self._pixmaps[name, example]
        size = pixmap.deviceIndependentSize().toSize()
        left, top = (place.width() - size.width()) // 2, (place.height() - size.height()) // 2
        painter.drawPixmap(place.left() + left, place.top() + top, pixmap)
        if example == self.current and self.hasFocus():
            painter.setPen(QPen(theme.current().accent, 2))
            painter.drawRect(place.adjusted(-1, -1, 0, 0))

    def _paint_name(self, painter: QPainter, name: str, top: int, high: int) -> None:
        painter.setPen(theme.current().text_dim)
        area = QRect(4, top, NAMES - 12, high)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _line(self, example: int, line: int) -> QRect:
        """Where a line of the words of an example stands."""
        below = self.place(example, len(self.pictures))
        return QRect(below.left() - GAP, below.top() - 2 + line * LINE, below.width() + 2 * GAP, LINE)

    def _paint_words(self, painter: QPainter, example: int) -> None:
        painter.setPen(theme.current().text)
        for line, words in enumerate(self.words[example][:LINES]):
            area = self._line(example, line)
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown)

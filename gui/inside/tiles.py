"""A grid of small pictures with what was predicted of them, painted by one widget however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from gui import theme
from gui.inside.answers import Tile

SIDE: Final = 56  # of a picture: 8×8 digits go in seven times, 28×28 ones twice
GAP: Final = 6
PAD: Final = 7
WORDS: Final = 92  # width of the column of words and bars
CAPTION: Final = 14
BAR: Final = 13


class TileView(QAbstractScrollArea):
    """Tiles in as many columns as fit. Arrow keys go from tile to tile; each says what it shows as a tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: list[Tile] = []
        self.current = 0
        self.cell = (1, 1)  # width and height of a tile
        self._pixmaps: dict[int, QPixmap] = {}
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(24)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these, keeping the place."""
        self.tiles = list(tiles)
        self._pixmaps.clear()
        self.current = min(self.current, max(0, len(self.tiles) - 1))
        self._measure()
        self._tell()
        self.viewport().update()

    # -- measures ----------------------------------------------------------------------------------------------------

    def _measured(self) -> tuple[int, int]:
        """Width and height of a tile among these, in a viewport of this width."""
        pictures = max((len(tile.pictures) for tile in self.tiles), default=1)
        captioned = any(caption for tile in self.tiles for caption, _ in tile.pictures)
        wide = PAD * 2 + pictures * (SIDE + GAP) - GAP + (0 if captioned else GAP + WORDS)
        if not captioned:  # words take what room the row has left
            columns = max(1, (self.viewport().width() - GAP) // (wide + GAP))
            wide = max(wide, (self.viewport().width() - GAP) // columns - GAP)
        return wide, PAD * 2 + SIDE + (CAPTION if captioned else 0)

    @property
    def columns(self) -> int:
        return max(1, (self.viewport().width() - GAP) // (self.cell[0] + GAP))

    def place(self, number: int) -> QRect:
        """Where a tile stands in the viewport."""
        (wide, high), columns = self.cell, self.columns
        row, column = divmod(number, columns)
        top = GAP + row * (high + GAP) - self.verticalScrollBar().value()
        return QRect(GAP + column * (wide + GAP), top, wide, high)

    def at(self, spot: QPointF) -> int | None:
        """The tile under a spot of the viewport."""
        point = spot.toPoint()
        return next((n for n in range(len(self.tiles)) if self.place(n).contains(point)), None)

    def _measure(self) -> None:
        self.cell = self._measured()
        rows = -(-len(self.tiles) // self.columns)
        high = GAP + rows * (self.cell[1] + GAP)
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setRange(0, max(0, high - self.viewport().height()))

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self.columns, Qt.Key.Key_Down: self.columns,
                 Qt.Key.Key_Home: -len(self.tiles), Qt.Key.Key_End: len(self.tiles)}  # fmt: skip
        if event.key() not in steps:
            super().keyPressEvent(event)
            return
        self._choose(self.current + steps[Qt.Key(event.key())])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.at(event.position())
        if number is not None:
            self._choose(number)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.tiles[number].sentence if number is not None else "", self)
            return True
        return super().viewportEvent(event)

    def _choose(self, number: int) -> None:
        self.current = min(max(0, number), max(0, len(self.tiles) - 1))
        place, bar = self.place(self.current), self.verticalScrollBar()
        if place.top() < GAP:
            bar.setValue(bar.value() + place.top() - GAP)
        elif place.bottom() > self.viewport().height() - GAP:
            bar.setValue(bar.value() + place.bottom() - self.viewport().height() + GAP)
        self._tell()
        self.viewport().update()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.tiles[self.current].sentence if self.tiles else "")

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.current().panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, tile in enumerate(self.tiles):
            place = self.place(number)
            if place.intersects(event.rect()):
                self._paint_tile(painter, number, tile, place)

    def _paint_tile(self, painter: QPainter, number: int, tile: Tile, place: QRect) -> None:
        now = theme.current()
        ground, edge = now.raised, now.border
        if tile.right is False:
            ground, edge = theme.blend(now.panel, now.error, 0.14), theme.blend(now.panel, now.error, 0.7)
        chosen = number == self.current and self.hasFocus()
        painter.setPen(QPen(now.accent if chosen else edge, 1.6 if chosen else 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        left = place.left() + PAD
        painter.setFont(theme.font(10))
        for column, (caption, _) in enumerate(tile.pictures):
            spot = QRect(left + column * (SIDE + GAP), place.top() + PAD, SIDE, SIDE)
            painter.drawPixmap(spot.topLeft(), self._pixmap(number, column))
            painter.setPen(now.text_dim)
            painter.drawText(spot.translated(0, SIDE), Qt.AlignmentFlag.AlignHCenter, caption)
        if tile.guess:
            left += len(tile.pictures) * (SIDE + GAP) + 2
            self._paint_words(painter, tile, QRect(left, place.top() + PAD, place.right() - PAD - left, SIDE))

    def _paint_words(self, painter: QPainter, tile: Tile, area: QRect) -> None:
        now = theme.current()
        head = QRect(area.left(), area.top() - 2, area.width(), 17)
        colour = {True: now.success, False: now.error, None: now.text}[tile.right]
        painter.setPen(colour)
        painter.setFont(theme.font(13, bold=True))
        sign = {True: "✓ ", False: "✗ ", None: ""}[tile.right]
        words = painter.fontMetrics().elidedText(sign + tile.guess, Qt.TextElideMode.ElideRight, head.width())
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, words)
        used = painter.fontMetrics().horizontalAdvance(words) + 6
        if tile.truth and tile.right is not True:
            painter.setPen(now.text_dim)
            painter.setFont(theme.font(11))
            rest = head.adjusted(used, 2, 0, 0)
            truth = painter.fontMetrics().elidedText(f"true {tile.truth}", Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, Qt.AlignmentFlag.AlignLeft, truth)
        painter.setFont(theme.font(10))
        for row, (name, share) in enumerate(tile.bars):
            line = QRect(area.left(), area.top() + 17 + row * BAR, area.width(), BAR)
            self._paint_bar(painter, line, name, share, name == tile.truth)

    def _paint_bar(self, painter: QPainter, line: QRect, name: str, share: float, true: bool) -> None:
        now = theme.current()
        words = line.width() * 38 // 100
        painter.setPen(now.text if true else now.text_dim)
        short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, words - 3)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)
        track = QRectF(line.left() + words, line.top() + 4, line.width() - words - 27, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.border)
        painter.drawRoundedRect(track, 2.5, 2.5)
        painter.setBrush(now.success if true else theme.blend(now.panel, now.accent, 0.8))
        share = min(1.0, max(0.0, share)) if np.isfinite(share) else 0.0
        if share > 0.01:
            painter.drawRoundedRect(QRectF(track.left(), track.top(), max(4.0, track.width() * share), 5), 2.5, 2.5)
        painter.setPen(now.text_dim)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{share:.0%}")

    def _pixmap(self, number: int, column: int) -> QPixmap:
        at = number * 4 + column
        if at not in self._pixmaps:
            self._pixmaps[at] = scaled(self.tiles[number].pictures[column][1], SIDE, self.devicePixelRatioF())
        return self._pixmaps[at]


def scaled(pixels: np.ndarray, side: int, ratio: float = 1.0) -> QPixmap:
    """8-bit pixels, (height, width) or (height, width, 3), as a pixmap ``side`` pixels wide; small ones stay sharp."""
    high, wide = pixels.shape[:2]
    colour = pixels.ndim == 3
    kind = QImage.Format.Format_RGB888 if colour else QImage.Format.Format_Grayscale8
    image = QImage(pixels.data, wide, high, wide * (3 if colour else 1), kind).copy()
    smooth = Qt.TransformationMode.SmoothTransformation
    mode = smooth if max(high, wide) > side * ratio else Qt.TransformationMode.FastTransformation
    size = round(side * ratio)
    made = QPixmap.fromImage(image.scaled(size, size, Qt.AspectRatioMode.KeepAspectRatio, mode))
    made.setDevicePixelRatio(ratio)
    return made

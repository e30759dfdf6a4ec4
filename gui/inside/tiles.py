"""A grid of small pictures with what was predicted of them, painted by one widget however many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QPixmap, QStaticText
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.inside.answers import Tile, alike, pictured_alike
from gui.inside.cells import Cells

SIDE: Final = 56  # of a picture: 8×8 digits go in seven times, 28×28 ones twice
GAP: Final = 6
PAD: Final = 7
WORDS: Final = 92  # width of the column of words and bars
CAPTION: Final = 14
BAR: Final = 13
MOST: Final = 4  # pictures of a tile
LARGE, MIDDLE, SMALL = 13, 11, 10  # pixels of fonts
KEPT: Final = 4096  # texts whose widths are known


class TileView(Cells):
    """Tiles side by side. One is painted once and kept as it looks, until it shows something else."""

    gap = GAP

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: list[Tile] = []
        self._pixmaps: dict[int, QPixmap] = {}  # of pictures
        self._painted: dict[int, QPixmap] = {}  # of whole tiles
        self._dress = ("", self.cell, 0.0)  # what the painted ones depend on besides what they show

    def count(self) -> int:
        return len(self.tiles)

    def words(self, number: int) -> str:
        return self.tiles[number].sentence

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these, keeping the place."""
        before, self.tiles = self.tiles, list(tiles)
        changed = [number for number, pair in enumerate(zip(before, self.tiles)) if not alike(*pair)]
        if not changed and len(before) == len(self.tiles):
            return
        for number in changed:
            self._painted.pop(number, None)
            if not pictured_alike(before[number], self.tiles[number]):
                self._forget_pictures(number)
        for number in range(len(self.tiles), len(before)):
            self._painted.pop(number, None)
            self._forget_pictures(number)
        self.current = min(self.current, max(0, len(self.tiles) - 1))
        self._measure()
        self._tell()
        self.viewport().update()

    def _forget_pictures(self, number: int) -> None:
        for column in range(MOST):
            self._pixmaps.pop(number * MOST + column, None)

    def measured(self) -> tuple[int, int]:
        """Width and height of a tile among these, in a viewport of this width."""
        pictures = max((len(tile.pictures) for tile in self.tiles), default=1)
        captioned = any(caption for tile in self.tiles for caption, _ in tile.pictures)
        wide = PAD * 2 + pictures * (SIDE + GAP) - GAP + (0 if captioned else GAP + WORDS)
        if not captioned:  # words take what room the row has left
            columns = max(1, (self.viewport().width() - GAP) // (wide + GAP))
            wide = max(wide, (self.viewport().width() - GAP) // columns - GAP)
        return wide, PAD * 2 + SIDE + (CAPTION if captioned else 0)

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        dress = theme.current().name, self.cell, self.devicePixelRatioF()
        if dress != self._dress:
            if dress[-1] != self._dress[-1]:
                self._pixmaps.clear()
            self._dress = dress
            self._painted.clear()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.current().panel)
        for number in self.seen():
            place = self.place(number)
            if place.intersects(event.rect()):
                painter.drawPixmap(place.topLeft(), self._painted_tile(number))
                if number == self.current and self.hasFocus():
                    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                    painter.setPen(QPen(theme.current().accent, 1.6))
                    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)

    def _painted_tile(self, number: int) -> QPixmap:
        """A tile as it looks without the keyboard on it."""
        if number not in self._painted:
            ratio = self.devicePixelRatioF()
            made = QPixmap(QSize(*self.cell) * ratio)
            made.setDevicePixelRatio(ratio)
            made.fill(theme.current().panel)
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_tile(painter, number, self.tiles[number], QRect(0, 0, *self.cell))
            painter.end()
            self._painted[number] = made
        return self._painted[number]

    def _paint_tile(self, painter: QPainter, number: int, tile: Tile, place: QRect) -> None:
        now = theme.current()
        ground, edge = now.raised, now.border
        if tile.right is False:
            ground, edge = theme.blend(now.panel, now.error, 0.14), theme.blend(now.panel, now.error, 0.7)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        left = place.left() + PAD
        painter.setFont(theme.font(SMALL))
        painter.setPen(now.text_dim)
        for column, (caption, _) in enumerate(tile.pictures):
            spot = QRect(left + column * (SIDE + GAP), place.top() + PAD, SIDE, SIDE)
            painter.drawPixmap(spot.topLeft(), self._pixmap(number, column))
            if caption:
                painter.drawText(spot.translated(0, SIDE), Qt.AlignmentFlag.AlignHCenter, caption)
        if tile.guess:
            left += len(tile.pictures) * (SIDE + GAP) + 2
            self._paint_words(painter, tile, QRect(left, place.top() + PAD, place.right() - PAD - left, SIDE))

    def _paint_words(self, painter: QPainter, tile: Tile, area: QRect) -> None:
        now = theme.current()
        head = area.adjusted(0, -2, 0, 0)
        painter.setPen({True: now.success, False: now.error, None: now.text}[tile.right])
        sign = {True: "✓ ", False: "✗ ", None: ""}[tile.right]
        guess = laid_out(sign + tile.guess, LARGE, head.width(), bold=True)
        painter.setFont(theme.font(LARGE, bold=True))
        painter.drawStaticText(head.topLeft(), guess)
        if tile.truth and tile.right is not True:
            painter.setPen(now.text_dim)
            painter.setFont(theme.font(MIDDLE))
            rest = head.adjusted(round(guess.size().width()) + 6, 2, 0, 0)
            painter.drawStaticText(rest.topLeft(), laid_out(f"true {tile.truth}", MIDDLE, rest.width()))
        self._paint_bars(painter, tile, area.adjusted(0, 17, 0, 0))

    def _paint_bars(self, painter: QPainter, tile: Tile, area: QRect) -> None:
        now, words = theme.current(), area.width() * 38 // 100
        painter.setFont(theme.font(SMALL))
        tracks = [QRectF(area.left() + words, area.top() + row * BAR + 4, area.width() - words - 27, 5)
                  for row in range(len(tile.bars))]  # fmt: skip
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.border)
        for track in tracks:
            painter.drawRoundedRect(track, 2.5, 2.5)
        shares = [min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0 for _, share in tile.bars]
        plain = theme.blend(now.panel, now.accent, 0.8)
        for (name, _), share, track in zip(tile.bars, shares, tracks):
            if share > 0.01:
                painter.setBrush(now.success if name == tile.truth else plain)
                painter.drawRoundedRect(QRectF(track.left(), track.top(), max(4.0, track.width() * share), 5), 2.5, 2.5)
        for row, ((name, _), share) in enumerate(zip(tile.bars, shares)):
            high = area.top() + row * BAR
            painter.setPen(now.text if name == tile.truth else now.text_dim)
            painter.drawStaticText(area.left(), high, laid_out(name, SMALL, words - 3))
            painter.setPen(now.text_dim)
            told = laid_out(f"{share:.0%}", SMALL, area.width())
            painter.drawStaticText(area.left() + area.width() - round(told.size().width()), high, told)

    def _pixmap(self, number: int, column: int) -> QPixmap:
        at = number * MOST + column
        if at not in self._pixmaps:
            self._pixmaps[at] = scaled(self.tiles[number].pictures[column][1], SIDE, self.devicePixelRatioF())
        return self._pixmaps[at]


@lru_cache(KEPT)
def laid_out(text: str, pixels: int, width: int, bold: bool = False) -> QStaticText:
    """A text on one line, shortened to a width, ready to be drawn."""
    font = theme.font(pixels, bold=bold)
    made = QStaticText(QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.prepare(font=font)
    return made


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

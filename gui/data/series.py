"""A time series with the windows that a network sees of it: what goes in, what is forecast, and how far they step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.inside.samples_view import PAD

BAR: Final = 14  # pixels from one window to the next, downwards
WORDS: Final = 20
TALLEST: Final = 260  # pixels of the plot

Span = tuple[int, int, int]


class WindowsView(QWidget):
    """The beginning of a series, the first windows below it; the first of them is shaded in the plot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = np.zeros((0, 0), np.float32)
        self.windows: tuple[Span, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_series(self, line: np.ndarray, windows: Sequence[Span]) -> None:
        """Show (rows, columns), NaN for what is not known, and windows as rows of it."""
        self.line, self.windows = line, tuple(windows)
        self.setAccessibleDescription(self.sentence())
        self.update()

    def sentence(self) -> str:
        """The first window in words."""
        if not self.windows:
            return ""
        start, end, last = self.windows[0]
        words = self.tr("In: {seen} steps. Forecast: {ahead}.").format(seen=end - start, ahead=last - end)
        if len(self.windows) > 1:
            words += self.tr(" Stride: {stride}.").format(stride=self.windows[1][0] - start)
        return words

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    def plot(self) -> QRectF:
        """Where the line is drawn."""
        below = BAR * len(self.windows) + WORDS + PAD
        return QRectF(PAD, PAD, self.width() - 2 * PAD, max(20, min(TALLEST, self.height() - 2 * PAD - below)))

    def across(self, row: float) -> float:
        """Where a row stands."""
        area, many = self.plot().adjusted(3, 0, -3, 0), max(len(self.line), self.windows[-1][2] if self.windows else 1)
        return area.left() + area.width() * row / max(many, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, area = theme.current(), self.plot()
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.border, 1))
        painter.setBrush(now.canvas)
        painter.drawRoundedRect(area, 3, 3)
        if not self.line.size:
            return
        self._shade(painter, area)
        self._paint_line(painter, area.adjusted(0, 5, 0, -5))
        top = area.bottom() + PAD / 2
        for number, window in enumerate(self.windows):
            self._paint_window(painter, window, top + number * BAR, faint=number > 0)
        painter.setPen(now.text_dim)
        painter.setFont(theme.font(11))
        below = QRectF(area.left(), top + BAR * len(self.windows) + 2, area.width(), WORDS)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.sentence())

    def _shade(self, painter: QPainter, area: QRectF) -> None:
        """The first window, from top to bottom of the plot."""
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        for start, end, last in self.windows[:1]:
            for left, right, colour in ((start, end, now.accent), (end, last, now.warning)):
                painter.setBrush(theme.blend(now.canvas, colour, 0.22))
                painter.drawRect(QRectF(QPointF(self.across(left), area.top() + 1),
                                        QPointF(self.across(right), area.bottom() - 1)))  # fmt: skip

    def _paint_line(self, painter: QPainter, area: QRectF) -> None:
        series = theme.current().series
        low, high = float(np.nanmin(self.line)), float(np.nanmax(self.line))
        share = (self.line - low) / ((high - low) or 1.0)
        for column in range(min(self.line.shape[1], len(series))):
            painter.setPen(QPen(series[column], 1.4))
            known = np.flatnonzero(np.isfinite(share[:, column]))
            for piece in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
                down = area.bottom() - share[piece, column] * area.height()
                points = [QPointF(self.across(row + 0.5), y) for row, y in zip(piece.tolist(), down.tolist())]
                painter.drawPolyline(QPolygonF(points))

    def _paint_window(self, painter: QPainter, window: Span, top: float, faint: bool) -> None:
        """A bar as long as the window, and behind it one as long as what is forecast."""
        now, strength = theme.current(), 0.55 if faint else 1.0
        start, end, last = window
        painter.setPen(Qt.PenStyle.NoPen)
        for left, right, colour in ((start, end, now.accent), (end, last, now.warning)):
            painter.setBrush(theme.blend(now.panel, colour, strength))
            wide = max(3.0, self.across(right) - self.across(left) - 1)
            painter.drawRoundedRect(QRectF(self.across(left), top + 2, wide, BAR - 6), 2, 2)

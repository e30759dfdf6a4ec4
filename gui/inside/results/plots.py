"""Plots of the results: pyqtgraph in the colours of the theme, with named axes and a readout under the mouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from gui import theme
from gui.inside.curve_plot import AXIS_PIXELS, BENEATH, Canvas
from gui.inside.results.page import chooser

Array = np.ndarray


class Plot(Canvas):
    """An empty plot. What is drawn is drawn anew with every answer, after ``begin``."""

    def __init__(self, name: str, bottom: str = "", left: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumSize(120, 90)
        plot = self.getPlotItem()
        plot.getAxis("left").setWidth(46 if not left else 62)
        plot.getAxis("bottom").setHeight(20 if not bottom else 36)
        self.name_axes(bottom, left)

    def name_axes(self, bottom: str, left: str) -> None:
        """Say what the axes are."""
        self._names = {"bottom": bottom, "left": left}
        for side, words in self._names.items():
            self.getPlotItem().getAxis(side).setLabel(words or None)

    def begin(self) -> None:
        """Take away what is drawn, and dress for the theme."""
        now, plot = theme.current(), self.getPlotItem()
        plot.clear()
        self.setBackground(now.panel)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(now.border)
            axis.setTextPen(now.text_dim)
            axis.setZValue(BENEATH)  # grid lines belong to it, and lie beneath what is drawn
            if self._names[side]:
                axis.setLabel(self._names[side], **{"color": now.text_dim.name(), "font-size": f"{AXIS_PIXELS}px"})
        plot.showGrid(x=False, y=True, alpha=0.18)

    def line(self, x: Array, y: Array, colour: QColor, width: float = 1.6, dashed: bool = False) -> pg.PlotDataItem:
        """A line through points."""
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        made = pg.PlotDataItem(x, y, pen=pg.mkPen(colour, width=width, style=style), antialias=True)
        self.addItem(made)
        return made

    def dots(self, x: Array, y: Array, colour: QColor, size: int = 5, opacity: float = 0.6,
             tip: Callable[[float, float, object], str] | None = None) -> pg.ScatterPlotItem:  # fmt: skip
        """Points; each says something under the mouse where there is a ``tip``. Clicks tell their places."""
        shade = QColor(colour)
        shade.setAlphaF(opacity)
        made = pg.ScatterPlotItem(x, y, size=size, pen=None, brush=shade, data=np.arange(len(x)), hoverable=True,
                                  hoverPen=pg.mkPen(theme.current().text), tip=tip)  # fmt: skip
        self.addItem(made)
        return made

    def bars(self, edges: Array, heights: Array, colour: QColor, gap: float = 0.0) -> pg.BarGraphItem:
        """Bars between edges, with so much room on both sides of each."""
        made = pg.BarGraphItem(x0=edges[:-1] + gap, x1=edges[1:] - gap, height=heights, brush=colour,
                               pen=pg.mkPen(theme.current().panel))  # fmt: skip
        self.addItem(made)
        return made

    def square(self, low: float, high: float) -> None:
        """Show the same stretch on both axes."""
        room = (high - low) * 0.04 or 1.0
        self.setXRange(low - room, high + room, padding=0)
        self.setYRange(low - room, high + room, padding=0)


class Beside(QWidget):
    """Plots beside each other where there is room for them, else one at a time."""

    def __init__(self, parts: Mapping[str, QWidget], least: int = 250) -> None:
        super().__init__()
        self.parts, self._least = tuple(parts.values()), least
        self._narrow = True
        self.choice = chooser(self.tr("Plot"), self.tr("Which plot to look at"), list(parts))
        self.choice.activated.connect(lambda _: self._arrange())
        self._row = QSplitter(Qt.Orientation.Horizontal)
        self._row.setChildrenCollapsible(False)
        for part in self.parts:
            self._row.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 8, 4)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 0, 0)
        head.addWidget(self.choice)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self._row, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < self._least * len(self.parts)
        self.choice.setVisible(narrow)
        for number, part in enumerate(self.parts):
            part.setVisible(not narrow or number == self.choice.currentIndex())
        if self._narrow and not narrow:
            self._row.setSizes([self.width() // len(self.parts)] * len(self.parts))
        self._narrow = narrow


def opaque(colour: QColor, share: float) -> QColor:
    """A colour held back towards the panel."""
    return theme.blend(theme.current().panel, colour, share)


def describe(widget: QWidget, words: str) -> None:
    """Say the same to those who cannot see a plot."""
    widget.setAccessibleDescription(words)

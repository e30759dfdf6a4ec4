"""Numbers of some layers as lines, drawn with pyqtgraph over the epochs or over something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui import theme
from gui.inside.curve_plot import AXIS_PIXELS, Canvas
from gui.inside.curve_styles import dot
from gui.inspector.values import brief

NOTHING: Final = 1e-30  # below it a logarithm is left out


class Line(NamedTuple):
    """A line with its name; x and y are as long as each other, and NaN breaks it."""

    name: str
    x: np.ndarray
    y: np.ndarray
    colour: QColor


class LayerLines(QWidget):
    """Lines with a title above them and the values below the mouse, perhaps with a dashed line to compare with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self.guide: float | None = None
        self._title, self._logarithmic, self._named = "", True, False
        self.title = QLabel(textFormat=Qt.TextFormat.RichText)
        self.title.setProperty("dim", True)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.canvas = Canvas()
        self.canvas.hovered.connect(self._tell)
        self._items: list[pg.PlotDataItem] = []
        self._guide = pg.InfiniteLine(angle=0, movable=False)
        self.canvas.addItem(self._guide, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 4, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.canvas, 1)

    def show_lines(self, title: str, lines: Sequence[Line], *, across: str = "", logarithmic: bool = True,
                   guide: float | None = None, named: bool = False) -> None:  # fmt: skip
        """Draw these; ``across`` names the horizontal axis, ``guide`` is the height of the dashed line.

        named: whether the names of the lines stand above them in place of the title
        """
        self.lines, self.guide, self._title = list(lines), guide, title
        self._logarithmic, self._named = logarithmic, named
        plot = self.canvas.getPlotItem()
        for item in self._items:
            self.canvas.removeItem(item)
        self._items = [self._drawn(line) for line in lines]
        plot.setLogMode(y=logarithmic)
        plot.setLabel("bottom", across, **{"font-size": f"{AXIS_PIXELS}px"})
        self._guide.setVisible(guide is not None)
        if guide is not None:
            self._guide.setValue(np.log10(guide) if logarithmic else guide)
        plot.enableAutoRange()
        self.restyle()
        self._tell(None)

    def restyle(self) -> None:
        """Take the colours of the theme in force."""
        now, plot = theme.current(), self.canvas.getPlotItem()
        self.canvas.setBackground(now.panel)
        for side in ("left", "bottom"):
            plot.getAxis(side).setPen(now.border)
            plot.getAxis(side).setTextPen(now.text_dim)
        plot.showGrid(x=False, y=True, alpha=0.22)
        self._guide.setPen(pg.mkPen(now.text_dim, width=1, style=Qt.PenStyle.DashLine))

    def _drawn(self, line: Line) -> pg.PlotDataItem:
        y = np.where(line.y > NOTHING, line.y, np.nan) if self._logarithmic else line.y
        single = int(np.isfinite(y).sum()) == 1
        item = pg.PlotDataItem(line.x, y, pen=pg.mkPen(line.colour, width=1.6), antialias=True, connect="finite",
                               symbol="o" if single else None, symbolSize=6, symbolBrush=line.colour,
                               symbolPen=None)  # fmt: skip
        self.canvas.addItem(item)
        return item

    def _tell(self, where: float | None) -> None:
        """Say the values below the mouse, or what is drawn."""
        if where is None:
            self.title.setText("&nbsp; ".join(f"{dot(line.colour)} {line.name}" for line in self.lines)
                               if self._named else self._title)  # fmt: skip
            return
        parts = []
        for line in self.lines:
            there = np.flatnonzero(np.isfinite(line.y))
            if len(there):
                nearest = there[np.abs(line.x[there] - where).argmin()]
                parts.append(f"{dot(line.colour)} <b>{brief(line.y[nearest])}</b>")
        self.title.setText("&nbsp; ".join(parts) or self._title)

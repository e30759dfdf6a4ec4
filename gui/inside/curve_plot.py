"""One metric drawn over the epochs with pyqtgraph; imported only when there is something to draw."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui import theme
from gui.inside.curves import Curve, CurveKey, Curves
from gui.inspector.values import brief

SMOOTHED: Final = "train"  # only training values are noisy; the others are measured on a whole split
FAINT: Final = 0.28  # opacity of the training before
FEW: Final = 200  # points that a line wider than a pixel may have: wide smooth ones take ten times as long to paint
ROOMY: Final = 60  # pixels a power of ten needs to hold two further ticks
CLOSE: Final = 18  # pixels from one tick to the next at the least
AXIS_PIXELS: Final = 11


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose logarithmic ticks stand at 1, 2, 5 where there is room for them, and at every power of ten."""

    def logTickValues(
        self, low: float, high: float, size: float, ticks: object
    ) -> list[tuple[float | None, list[float]]]:
        powers = range(math.floor(low), math.ceil(high) + 1, max(1, math.ceil((high - low) * CLOSE / max(size, 1))))
        steps = (1, 2, 5) if high - low < size / ROOMY else (1,)
        found = [power + math.log10(step) for power in powers for step in steps]
        inside = [value for value in found if low <= value <= high]
        return [(1.0, inside)] if len(inside) > 1 else super().logTickValues(low, high, size, ticks)

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        return [f"{10**value:.3g}" for value in values]


class Canvas(pg.PlotWidget):  # type: ignore[misc]
    """pyqtgraph's widget, which says where the mouse is and what painting costs."""

    hovered = Signal(object)  # an epoch, or None

    def __init__(self) -> None:
        super().__init__(axisItems={"left": Axis("left")})
        self.spent = 0.0  # seconds of painting since last asked
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        for action in self.scene().contextMenu:  # of pyqtgraph itself, in English, and never shown here
            action.setParent(None)
        self.scene().contextMenu.clear()
        plot.hideButtons()
        plot.setContentsMargins(0, 4, 6, 0)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setTickFont(theme.font(AXIS_PIXELS))
            axis.setStyle(tickLength=-4, maxTickLevel=1)
        plot.getAxis("left").setWidth(46)

    def paintEvent(self, event: QPaintEvent) -> None:
        start = time.perf_counter()
        super().paintEvent(event)
        self.spent += time.perf_counter() - start

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        place = self.getPlotItem().vb.mapSceneToView(self.mapToScene(event.position().toPoint()))
        self.hovered.emit(float(place.x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.getPlotItem().enableAutoRange()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)


class CurvePlot(QWidget):
    """A metric: a line with the values of its curves, and beneath it the curves."""

    hovered = Signal(object)

    def __init__(self, group: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = group
        self.setAccessibleName(self.tr("{metric} over the epochs").format(metric=group.replace("_", " ")))
        self.title = QLabel(group.replace("_", " ").capitalize())
        self.title.setFont(theme.font(bold=True))
        self.readout = QLabel(textFormat=Qt.TextFormat.RichText)
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.canvas = Canvas()
        self.canvas.hovered.connect(self.hovered)
        self.items: dict[tuple[CurveKey, bool], pg.PlotDataItem] = {}
        self._cursor = pg.InfiniteLine(
            angle=90, movable=False, label="{value:.1f}", labelOpts={"position": 0.05, "movable": False}
        )
        self._cursor.setVisible(False)
        self.canvas.addItem(self._cursor, ignoreBounds=True)
        self._colours: Mapping[CurveKey, QColor] = {}
        self._logarithmic = False
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 8, 0)
        head.addWidget(self.title)
        head.addWidget(self.readout, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.canvas, 1)
        self.restyle({})

    def draw(self, key: CurveKey, curve: Curve, smoothing: float, *, before: bool = False) -> None:
        """Bring one curve up to date; ``before`` draws that of an earlier training faintly beneath."""
        item = self.items.get((key, before))
        if item is None:
            item = self.items[key, before] = pg.PlotDataItem(pen=self._pen(key, before), antialias=True)
            self.canvas.addItem(item)
            item.setDownsampling(auto=True, method="peak")
            item.setClipToView(True)
            item.setZValue(-10 if before else 10 if key.split != SMOOTHED else 0)
        values = curve.smoothed(smoothing) if key.split == SMOOTHED else curve.values
        finite = bool(np.isfinite(values).all())
        dot = self._colour(key) if curve.count == 1 else None
        item.setPen(self._pen(key, before, curve.count))
        item.setData(curve.epochs, values, connect="all" if finite else "finite",
                     symbol="o" if dot else None, symbolSize=6, symbolBrush=dot, symbolPen=None)  # fmt: skip

    def forget(self, before: bool) -> None:
        """Take the curves of this training, or of the one before, away."""
        for key in [key for key in self.items if key[1] == before]:
            self.canvas.removeItem(self.items.pop(key))

    def set_logarithmic(self, on: bool) -> None:
        if on != self._logarithmic:
            self._logarithmic = on
            self.canvas.getPlotItem().setLogMode(y=on)

    def fit(self) -> None:
        """Show everything, and follow as it grows."""
        self.canvas.getPlotItem().enableAutoRange()

    def show_readout(self, curves: Curves, smoothing: float, epoch: float | None) -> None:
        """Give the value of every curve at an epoch, or its last one."""
        self._cursor.setVisible(epoch is not None)
        if epoch is not None:
            self._cursor.setValue(epoch)
        parts = []
        for key in curves.of_group(self.group):
            curve = curves.curves[key]
            weight = smoothing if key.split == SMOOTHED else 0.0
            point = curve.at(float("inf") if epoch is None else epoch, weight)
            if point:
                parts.append(f"{dot(self._colour(key))} <b>{brief(point[1])}</b>")
        self.readout.setText("&nbsp; ".join(parts))

    def restyle(self, colours: Mapping[CurveKey, QColor]) -> None:
        """Take the theme's colours, and one for each curve."""
        self._colours = colours
        now = theme.current()
        self.canvas.setBackground(now.panel)
        plot = self.canvas.getPlotItem()
        for side in ("left", "bottom"):
            plot.getAxis(side).setPen(now.border)
            plot.getAxis(side).setTextPen(now.text_dim)
        plot.showGrid(x=False, y=True, alpha=0.22)
        self._cursor.label.setColor(now.text)
        self._cursor.label.fill = pg.mkBrush(now.raised)
        self._cursor.setPen(pg.mkPen(now.text_dim, width=1, style=Qt.PenStyle.DashLine))
        for (key, before), item in self.items.items():
            item.setPen(self._pen(key, before, len(item.xData)))

    def spent(self) -> float:
        """Seconds of painting since last asked."""
        seconds, self.canvas.spent = self.canvas.spent, 0.0
        return seconds

    def _colour(self, key: CurveKey) -> QColor:
        return self._colours.get(key, theme.current().text_dim)

    def _pen(self, key: CurveKey, before: bool, count: int = FEW + 1) -> object:
        colour = QColor(self._colour(key))
        if before:
            colour = theme.blend(theme.current().panel, colour, FAINT)
        return pg.mkPen(colour, width=1.6 if count <= FEW else 1)


def colours_of(curves: Curves) -> dict[CurveKey, QColor]:
    """A colour for every curve: two for each part, one for its training and one for its validation split."""
    series, parts = theme.current().series, curves.parts()
    found = {}
    for key in curves.curves:
        shade = {"train": 0, "validation": 1}.get(key.split, 2)
        found[key] = series[(2 * parts.index(key.part) + shade) % len(series)]
    return found


def named(colours: Mapping[CurveKey, QColor]) -> list[str]:
    """The legend: every colour once, with what it stands for."""
    names = {f"{key.part} {key.split}".strip(): colour for key, colour in colours.items()}
    return [f"{dot(colour)} {name}" for name, colour in names.items()]


def dot(colour: QColor) -> str:
    """A round mark of a colour, in the HTML of labels."""
    return f'<span style="color:{colour.name()}">●</span>'

"""One metric of one or more runs, drawn with pyqtgraph; imported only when there is something to draw."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui import theme
from gui.inside import curve_keys
from gui.inside.curve_line import Line
from gui.inside.curve_styles import Style
from gui.inside.curves import CurveKey, titled
from gui.inside.readout import Entry, Readout
from gui.inside.thinning import Array, from_power

ROOMY: Final = 60  # pixels a power of ten needs to hold two further ticks
CLOSE: Final = 18  # pixels from one tick to the next at the least
AXIS_PIXELS: Final = 11
LOWEST: Final = 116  # pixels that a plot is high at the least
BENEATH: Final = -500  # the layer of grid lines, which hide what lies under them
REACH: Final = 8.0  # pixels from which a click picks a curve
LAYERS: Final = {"train": 0, "validation": 10}  # what is drawn upon what
RING: Final = 2  # pixels around a plot that show that it has the keyboard
AWAY: Final = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)  # the keyboard comes back
BUTTONS = Qt.MouseButton


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose logarithmic ticks stand at 1, 2, 5 where there is room for them, and at every power of ten.

    It is painted straight away: pyqtgraph's way over a QPicture looks every font up again, five times as long.
    """

    picture: Any

    def paint(self, painter: QPainter, option: object, widget: object) -> None:
        if self.picture is None:  # which is how pyqtgraph says that it has changed
            painter.setFont(self.style["tickFont"])
            self.picture = self._opaque(self.generateDrawSpecs(painter))
        if self.picture is not None:
            painter.save()
            self.drawPicture(painter, *self.picture)
            painter.restore()

    @staticmethod
    def _opaque(specs: Any) -> Any:
        """The same lines without anything to shine through them, which would take most of the time of a plot."""
        if specs is None:
            return None
        axis, ticks, texts = specs
        panel, found = theme.current().panel, []
        for pen, start, end in ticks:
            colour = pen.color()
            found.append((pg.mkPen(theme.blend(panel, colour, colour.alphaF())), start, end))
        return axis, found, texts

    def logTickValues(
        self, low: float, high: float, size: float, ticks: object
    ) -> list[tuple[float | None, list[float]]]:
        powers = range(math.floor(low), math.ceil(high) + 1, max(1, math.ceil((high - low) * CLOSE / max(size, 1))))
        steps = (1, 2, 5) if high - low < size / ROOMY else (1,)
        found = [power + math.log10(step) for power in powers for step in steps]
        inside = [value for value in found if low <= value <= high]
        return [(1.0, inside)] if len(inside) > 1 else super().logTickValues(low, high, size, ticks)

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        return [f"{from_power(value):.3g}" for value in values]


class Box(pg.ViewBox):  # type: ignore[misc]
    """A view in which dragging marks what to zoom to; with Shift or the middle button it moves what is shown."""

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:
        marks = event.button() == BUTTONS.LeftButton and not event.modifiers()  # type: ignore[attr-defined]
        self.state["mouseMode"] = pg.ViewBox.RectMode if marks else pg.ViewBox.PanMode
        super().mouseDragEvent(event, axis)
        self.settle()

    def showAxRect(self, area: object, **options: object) -> None:
        super().showAxRect(area, padding=0, **options)  # the box as it was dragged

    def wheelEvent(self, event: object, axis: int | None = None) -> None:
        super().wheelEvent(event, axis)
        self.settle()

    def choose(self) -> None:
        """Tell that somebody chose what is shown, other than with the mouse."""
        self.sigRangeChangedManually.emit(self.state["mouseEnabled"])
        self.settle()

    def settle(self) -> None:
        """Take in now what pyqtgraph would find out while it paints, and then paint once more for."""
        self.updateAutoRange()
        self.updateMatrix()

    def restyle(self) -> None:
        accent = QColor(theme.current().accent)
        self.rbScaleBox.setPen(pg.mkPen(accent, width=1))
        accent.setAlphaF(0.18)
        self.rbScaleBox.setBrush(pg.mkBrush(accent))


class Canvas(pg.PlotWidget):  # type: ignore[misc]
    """pyqtgraph's widget, which says where the mouse is, what it asks for, and what painting costs."""

    hovered = Signal(object)  # a place on the axis, or None
    zoomed = Signal(float, float)  # from where to where, as drawn
    reset = Signal()

    def __init__(self) -> None:
        super().__init__(viewBox=Box(), axisItems={"left": Axis("left"), "bottom": Axis("bottom")})
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)  # or one change is painted in two goes
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        for action in self.scene().contextMenu:  # of pyqtgraph itself, in English, and never shown here
            action.setParent(None)
        self.scene().contextMenu.clear()
        plot.hideButtons()
        plot.setContentsMargins(0, 4, 6, 0)
        plot.vb.setAutoVisible(y=True)
        plot.vb.sigRangeChangedManually.connect(lambda: self.zoomed.emit(*plot.vb.viewRange()[0]))
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setTickFont(theme.font(AXIS_PIXELS))
            axis.setStyle(tickLength=-4, maxTickLevel=1)
        plot.getAxis("left").setWidth(46)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons():
            return  # whoever drags does not read
        place = self.getPlotItem().vb.mapSceneToView(self.mapToScene(event.position().toPoint()))
        self.hovered.emit(float(place.x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)


@dataclass(frozen=True)
class Mark:
    """A sign upon a curve: at the best validation, or where a training ended."""

    x: float
    y: float
    sign: str
    colour: QColor
    size: float = 9.0


class CurvePlot(QWidget):
    """A metric: a line with its name and newest values, and beneath it the curves of every run that is shown.

    place: the place on the axis that is read, None while none is
    """

    hovered = Signal(object)  # a place on the axis, or None
    picked = Signal(str)  # the folder of a run

    def __init__(self, group: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = group
        self.place: float | None = None
        self.setMinimumHeight(LOWEST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Plot of {metric}").format(metric=group.replace("_", " ")))
        self.title = QLabel(titled(group))
        self.title.setFont(theme.font(bold=True))
        keys = self.tr("+ and − zoom, with Ctrl the values; arrows push, with Ctrl they read on; 0 shows all")
        self.title.setToolTip(keys)
        self.readout = QLabel(textFormat=Qt.TextFormat.RichText)
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.canvas = Canvas()
        self.canvas.hovered.connect(lambda place: self.hovered.emit(self._read(place)))
        self.canvas.scene().sigMouseClicked.connect(self._clicked)
        self.floating = Readout(self.canvas)
        self.items: dict[tuple[str, CurveKey], Line] = {}
        self.marks: tuple[Mark, ...] = ()
        self._signs = pg.ScatterPlotItem(pxMode=True, useCache=False)  # drawn as lines where a drawing is saved
        self._signs.setZValue(30)
        self.canvas.addItem(self._signs, ignoreBounds=True)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        self.canvas.addItem(self._cursor, ignoreBounds=True)
        self.logarithmic = (False, False)
        self._lay_out()
        self.restyle()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 8, 0)
        head.addWidget(self.title)
        head.addWidget(self.readout, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(RING, RING, RING, RING)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.canvas, 1)

    # -- what is drawn -----------------------------------------------------------------------------------------------

    def draw(self, run: str, key: CurveKey, x: Array, y: Array, style: Style) -> None:
        """Bring one curve of a run up to date."""
        item = self.items.get((run, key))
        if item is None:
            item = self.items[run, key] = Line()
            self.canvas.addItem(item)
        item.show_points(x, y, style)

    def restyle_line(self, run: str, key: CurveKey, style: Style, layer: int) -> None:
        """Draw a curve that is there in another style; those of a higher layer lie above."""
        if item := self.items.get((run, key)):
            item.setZValue(layer + LAYERS.get(key.split, 20))
            item.restyle(style)

    def keep(self, wanted: Collection[tuple[str, CurveKey]]) -> None:
        """Take away every curve that is not wanted any more."""
        for which in [which for which in self.items if which not in wanted]:
            self.canvas.removeItem(self.items.pop(which))

    def mark(self, marks: Iterable[Mark]) -> None:
        """Put signs upon the curves, instead of those that are there."""
        self.marks = tuple(marks)
        edge = pg.mkPen(theme.current().panel, width=1)
        spots = []
        for each in self.marks:
            place = [math.log10(value) if log else value for value, log in zip((each.x, each.y), self.logarithmic)
                     if value > 0 or not log]  # fmt: skip
            if len(place) == 2 and math.isfinite(place[1]):
                pen = pg.mkPen(each.colour, width=2) if each.sign == "x" else edge
                spots.append({"pos": place, "symbol": each.sign, "size": each.size, "brush": each.colour, "pen": pen})
        self._signs.setData(spots)

    def set_logarithmic(self, x: bool, y: bool) -> None:
        if (x, y) != self.logarithmic:
            self.logarithmic = (x, y)
            self.fit()  # a stretch that was zoomed to would be read as powers of ten, up to 10⁴⁰⁰
            self.canvas.getPlotItem().setLogMode(x=x, y=y)
            self.canvas.getPlotItem().vb.settle()
            self.mark(self.marks)

    # -- zooming -----------------------------------------------------------------------------------------------------

    @property
    def zoomed(self) -> bool:
        """Whether it shows a part that somebody chose, and so does not follow."""
        return not all(self.canvas.getPlotItem().vb.autoRangeEnabled())

    def fit(self) -> None:
        """Show everything, and follow as it grows."""
        self.canvas.getPlotItem().enableAutoRange()

    def zoom_to(self, low: float, high: float) -> None:
        """Show this stretch of the axis, as drawn; values as they are there."""
        box = self.canvas.getPlotItem().vb
        box.setXRange(low, high, padding=0)
        box.settle()

    @property
    def follows(self) -> bool:
        """Whether it shows all of the axis, as it grows."""
        return bool(self.canvas.getPlotItem().vb.autoRangeEnabled()[0])

    def sight(self) -> tuple[float, float]:
        """From where to where of the axis is seen."""
        low, high = self.canvas.getPlotItem().vb.viewRange()[0]
        return (10**low, 10**high) if self.logarithmic[0] else (low, high)

    def scale_sight(self, along: float, values: float) -> None:
        """Show so many times as much of the axis, around what is read, and of the values; 1 leaves either as it is."""
        box = self.canvas.getPlotItem().vb
        middle = box.viewRect().center()
        if self.place is not None and self.sight()[0] <= self.place <= self.sight()[1]:
            middle.setX(self._drawn(self.place))
        box.scaleBy(x=along if along != 1 else None, y=values if values != 1 else None, center=middle)
        box.choose()

    def push_sight(self, along: float, values: float) -> None:
        """Show what lies beside, by shares of what is seen; 0 leaves either as it is."""
        box = self.canvas.getPlotItem().vb
        (low, high), (bottom, top) = box.viewRange()
        box.translateBy(x=along * (high - low) if along else None, y=values * (top - bottom) if values else None)
        box.choose()

    def bring_into_sight(self, place: float) -> None:
        """Push what is shown so far that a place on the axis is seen."""
        (low, high), at = self.canvas.getPlotItem().vb.viewRange()[0], self._drawn(place)
        if beyond := min(at - low, 0.0) + max(at - high, 0.0):
            self.push_sight(beyond / (high - low), 0.0)

    def _drawn(self, place: float) -> float:
        return math.log10(place) if self.logarithmic[0] else place

    # -- the keyboard ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not curve_keys.press(self, event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in AWAY and not isinstance(QApplication.focusWidget(), CurvePlot):
            self.hovered.emit(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(theme.current().accent, RING))
            painter.drawRect(self.rect().adjusted(RING // 2, RING // 2, -RING // 2, -RING // 2))

    # -- reading -----------------------------------------------------------------------------------------------------

    def lines_along(self) -> list[Array]:
        """Where the points of every line lie on the axis, as far as they can be drawn."""
        every = (item.whole[0] for item in self.items.values())
        return [along[np.searchsorted(along, 0.0, "right") :] for along in every] if self.logarithmic[0] else [*every]

    def show_cursor(self, place: float | None, entries: Sequence[Entry], brief: str) -> None:
        """Mark a place on the axis and show what the curves are there; ``brief`` stands beside the title."""
        place = self.place = None if place is None or (self.logarithmic[0] and place <= 0) else place
        self.setAccessibleDescription(
            "" if place is None else "; ".join(f"{each.words} {each.value}" for each in entries)
        )
        self._cursor.setVisible(place is not None)
        self.readout.setText(brief)
        if place is None:
            self.floating.hide()
            return
        drawn = self._drawn(place)
        self._cursor.setValue(drawn)
        low, high = self.canvas.getPlotItem().vb.viewRange()[0]
        self.floating.show_entries(entries, left=drawn > (low + high) / 2)

    def _read(self, place: float | None) -> float | None:
        return None if place is None else from_power(place) if self.logarithmic[0] else place

    def _clicked(self, event: object) -> None:
        """Pick the run of the curve that lies nearest to a click, where one lies near."""
        if event.button() != BUTTONS.LeftButton or not self.items:  # type: ignore[attr-defined]
            return
        place = self.canvas.getPlotItem().vb.mapSceneToView(event.scenePos())  # type: ignore[attr-defined]
        far, run = min((item.distance(place.x(), place.y()), run) for (run, _), item in self.items.items())
        if far <= REACH:
            self.picked.emit(run)

    # -- looks -------------------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        """Take the theme's colours."""
        now = theme.current()
        self.canvas.setBackground(now.panel)
        plot = self.canvas.getPlotItem()
        for side in ("left", "bottom"):
            plot.getAxis(side).setPen(now.border)
            plot.getAxis(side).setTextPen(now.text_dim)
        plot.showGrid(x=False, y=True, alpha=0.22)
        plot.getAxis("left").setZValue(BENEATH)
        plot.vb.restyle()
        self._cursor.setPen(pg.mkPen(now.text_dim, width=1, style=Qt.PenStyle.DashLine))
        self.mark(self.marks)

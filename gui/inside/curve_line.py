"""A curve of any length as pyqtgraph draws it: only what the present view can show of it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from gui.inside.curve_styles import WIDE, Style
from gui.inside.thinning import Array, Columns, from_power, within

FEW: Final = 200  # points that may be drawn wide and smooth: many take ten times as long so
TALL: Final = 3.0  # pixels from which on what happens within a column is drawn in the gaps of a broken line too
SAME: Final = 1e-9  # share by which the widths of columns may differ and yet be the same
FLAT: Final = 0.1  # what is shown around a curve that never changes, as a share of its value
SHIFTS: Final = (0, 1, -1)  # pixels up and down: two make a line of two, three one of three
NOTHING: Final = np.empty(0)


class Line(pg.PlotCurveItem):  # type: ignore[misc]
    """Holds a whole curve and draws two points for each column of pixels in sight, the lowest and the highest in it.

    Many points cannot be drawn with a dashed pen in time, so that a broken line then leaves columns out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.whole = (NOTHING, NOTHING)
        self._logarithmic = (False, False)
        self._extents: list[tuple[object, tuple[float | None, float | None]] | None] = [None, None]
        self._style: Style | None = None
        self._seen: object = None
        self._columns: Columns | None = None
        self._pen: object = None

    def show_points(self, x: Array, y: Array, style: Style) -> None:
        """Draw these points, ``x`` ascending; a value that is none leaves a gap."""
        self.whole, self._extents, self._seen, self._columns = (x, y), [None, None], None, None
        self._style = style
        self._thin()

    def restyle(self, style: Style) -> None:
        if style != self._style:
            self._style, self._seen = style, None
            self._thin()

    def paint(self, painter: QPainter, option: object, widget: object) -> None:
        """Draw it; a wide line of many points as several thin ones side by side, which takes a fifth of the time."""
        pen = QPen(self.opts["pen"])
        if self.opts["antialias"] or pen.widthF() <= 1 or pen.style() != Qt.PenStyle.SolidLine:
            super().paint(painter, option, widget)
            return
        wide, path = pen.widthF(), self.getPath()
        pen.setWidthF(1)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        still = painter.worldTransform()
        for shift in SHIFTS if wide > WIDE else SHIFTS[:2]:
            painter.setWorldTransform(still * QTransform.fromTranslate(0, shift))
            painter.drawPath(path)
        painter.setWorldTransform(still)

    def setLogMode(self, x: bool, y: bool) -> None:
        """Draw the logarithms of either; called by the plot that holds it."""
        if (x, y) != self._logarithmic:
            self._logarithmic, self._extents, self._seen, self._columns = (x, y), [None, None], None, None
            self._thin()

    def viewRangeChanged(self) -> None:
        super().viewRangeChanged()
        self._thin()

    def viewTransformChanged(self) -> None:
        super().viewTransformChanged()
        self._thin()

    def dataBounds(
        self,
        ax: int,
        frac: float = 1.0,
        orthoRange: tuple[float, float] | None = None,  # noqa: N803 - pyqtgraph's name
    ) -> tuple[float | None, float | None]:
        """From where to where the curve goes along an axis as it is drawn: all of it, or where the other shows it."""
        known = self._extents[ax]
        if known is None or known[0] != orthoRange:
            x, y = self.whole
            if orthoRange is not None and ax == 1:
                low, high = map(from_power, orthoRange) if self._logarithmic[0] else orthoRange
                y = y[within(x, low, high)]
            known = self._extents[ax] = (orthoRange, self._bounds((x, y)[ax], self._logarithmic[ax]))
            if ax == 1 and known[1][0] is not None and known[1][0] == known[1][1]:
                flat = known[1][0]
                around = abs(flat) * FLAT or 0.5
                known = self._extents[ax] = (orthoRange, (flat - around, flat + around))
        return known[1]

    @staticmethod
    def _bounds(values: Array, logarithmic: bool) -> tuple[float | None, float | None]:
        low, high = (float(each.reduce(values, initial=np.nan)) for each in (np.fmin, np.fmax))
        if not math.isfinite(high - low) or (logarithmic and low <= 0):
            good = values[np.isfinite(values) & (values > 0 if logarithmic else True)]
            if not len(good):
                return None, None
            low, high = float(good.min()), float(good.max())
        return (math.log10(low), math.log10(high)) if logarithmic else (low, high)

    def _thin(self) -> None:
        """Take what is in sight, unless that is what was taken last."""
        box, (x, y) = self.getViewBox(), self.whole
        if box is None or self._style is None:
            return
        (low, high), (bottom, top) = box.viewRange()
        columns = max(int(box.width()), 1)
        seen = (len(x), low, high, columns, bottom if self._style.dash else 0, top if self._style.dash else 0)
        if seen == self._seen or not high > low:
            return
        self._seen = seen
        drawn = (from_power(low), from_power(high)) if self._logarithmic[0] else (low, high)
        part = within(x, *drawn)
        count = part.stop - part.start
        if count <= (FEW if self._style.dash else 2 * columns):
            self._give(x[part], y[part], "finite", count <= FEW)
            return
        size = (high - low) / columns
        if self._columns is None or abs(size / self._columns.size - 1) > SAME:
            self._columns = Columns(x, y, size, self._logarithmic[0])
        size = self._columns.size
        numbers, columns_x, columns_y = self._columns.between(math.floor(low / size), math.ceil(high / size))
        ends = np.array([part.start, part.stop - 1])  # from where and to where lines lead out of sight
        joins = self._broken(columns_y, numbers, (top - bottom) / max(box.height(), 1))
        if not isinstance(joins, str):
            joins = np.concatenate([[0], joins, [0]])
        along, values = (np.concatenate([every[ends[:1]], found, every[ends[1:]]])
                         for every, found in ((x, columns_x), (y, columns_y)))  # fmt: skip
        self._give(along, values, joins, False)

    def _give(self, x: Array, y: Array, connect: object, few: bool) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = [np.where(values > 0, np.log10(values), np.nan) if logarithmic else values
                     for values, logarithmic in zip((x, y), self._logarithmic)]  # fmt: skip
        whole = isinstance(connect, str) and bool(np.isfinite(drawn[1]).all() and np.isfinite(drawn[0]).all())
        if self._style is not None and (self._style, few) != self._pen:
            self._pen = self._style, few
            self.setPen(self._style.pen(few))
        self.setData(*drawn, connect="all" if whole else connect, antialias=few)

    def _broken(self, y: Array, numbers: Array, pixel: float) -> object:
        """Which points of a thinned line lead on to the next, so that it looks dashed and yet hides no spike."""
        style = self._style
        if style is None or not style.dash:
            return "finite"
        marks = np.cumsum(style.dash)
        on = np.searchsorted(marks, numbers % marks[-1], "right") % 2 == 0
        pairs = np.log10(np.maximum(y, 1e-300)) if self._logarithmic[1] else y
        tall = np.abs(pairs[1::2] - pairs[::2]) > TALL * pixel
        joins = np.empty((len(numbers), 2), dtype=np.int32)
        joins[:, 0], joins[:, 1] = on | tall, on
        flat: Array = joins.ravel()
        flat[~np.isfinite(y)] = 0
        return flat

    def distance(self, x: float, y: float) -> float:
        """Pixels from a place, in the units of what is drawn, to the nearest piece of the line."""
        across, up = self.pixelVectors()
        if across is None or up is None or len(self.xData) == 0:
            return math.inf
        columns, rows = (self.xData - x) / across.length(), (self.yData - y) / up.length()
        good = np.isfinite(columns) & np.isfinite(rows)
        columns, rows = columns[good], rows[good]
        if len(columns) < 2:
            return float(np.hypot(columns, rows).min(initial=math.inf))
        wide, high = np.diff(columns), np.diff(rows)
        length = np.maximum(wide**2 + high**2, 1e-12)
        share = np.clip(-(columns[:-1] * wide + rows[:-1] * high) / length, 0, 1)
        return float(np.hypot(columns[:-1] + share * wide, rows[:-1] + share * high).min())

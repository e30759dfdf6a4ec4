"""The plots of every metric side by side, with what their lines stand for: what is seen, read, zoomed and saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from gui import theme
from gui.inside.curve_styles import WIDE, Families, Style, dot, styles_of
from gui.inside.curves import AXES, LAST, RATE, Array, Curve, CurveKey, groups_of, part_words
from gui.inside.readout import ROW, SIGNS, Entry, Legend
from gui.inside.traces import Trace, Traces
from gui.inspector.values import brief

if TYPE_CHECKING:
    from gui.inside.curve_plot import CurvePlot, Mark

LEGEND_SHARE: Final = 5  # the part of the height that a legend may take
NARROWEST: Final = 225  # pixels a plot needs
SPARE: Final = 24  # pixels around title and values of a plot
TALL: Final = 290  # pixels from which on there is room to say what signs stand for
SMOOTHED: Final = "train"  # only training values are noisy; the others are measured on a whole split
UNLOGGED: Final = ("accuracy", "auc")  # what no logarithm makes clearer


class Sheet(QWidget):
    """Shows the traces that are visible. Whoever changes one of them, or a setting here, calls ``refresh``.

    weight: what smoothing keeps of what came before, 0 to 0.99
    axis: what the curves are drawn over, one of ``AXES``
    unwanted: metrics whose plots are not shown, and splits whose curves are not
    """

    picked = Signal(str)  # the folder of a run whose curve was clicked
    zoom_changed = Signal()

    def __init__(self, traces: Traces, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.traces = traces
        self.plots: dict[str, CurvePlot] = {}
        self.weight, self.axis = 0.0, "epoch"
        self.logarithmic = (False, False)  # along the axis, and of the values
        self.unwanted: set[str] = set()
        self.styles: dict[tuple[str, CurveKey], Style] = {}
        self._families = Families()
        self._dress: object = None  # the theme and the curves that have their looks
        self._columns = 0
        self._cursor: float | None = None
        self.legend = Legend()
        self.content = QWidget()
        self.content.setObjectName("sheet")
        self._grid = QGridLayout(self.content)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._area = QScrollArea(widgetResizable=True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self.content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.legend)
        layout.addWidget(self._area, 1)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def groups(self) -> list[str]:
        """Every metric there is something of."""
        return groups_of(trace.curves for trace in self.traces.visible())

    def redraw_all(self) -> None:
        """Have every curve drawn anew: something changed that all depend on."""
        for trace in self.traces.visible():
            trace.curves.grown.update(trace.curves.curves)

    def refresh(self) -> None:
        """Bring everything up to date; needs the plotting library."""
        self._make_plots([group for group in self.groups() if group not in self.unwanted])
        shown = self.traces.visible()
        drawn = [(trace.run, key) for trace in shown for key in self._wanted(trace)]
        dress = theme.current().name, drawn, self.traces.compared, self.traces.chosen, self._labels()
        if dress != self._dress:
            self.styles = styles_of(self.traces, self._families)
        self._draw_grown(shown, drawn)
        if dress != self._dress:
            self._dress = dress
            self._restyle(shown)
        bests = {trace.run: trace.curves.best() for trace in shown}
        for plot in self.plots.values():
            plot.mark(self._marks(plot.group, bests))
        self.legend.show_entries(list(self._legend()))
        self._read()

    def forget(self) -> None:
        """Show nothing."""
        for plot in self.plots.values():
            plot.keep(())

    def forget_looks(self) -> None:
        """Take everything's colours anew, as for another theme."""
        self._dress = None
        for plot in self.plots.values():
            plot.restyle()

    def _labels(self) -> list[str]:
        return [trace.label for trace in self.traces.visible()]

    def _make_plots(self, wanted: list[str]) -> None:
        from gui.inside.curve_plot import CurvePlot

        if wanted == list(self.plots):
            return
        for group in self.plots.keys() - set(wanted):
            self.plots.pop(group).deleteLater()
        self.plots = {group: self.plots.get(group) or self._connected(CurvePlot(group)) for group in wanted}
        self._columns, self._dress = 0, None
        self._arrange()

    def _connected(self, plot: CurvePlot) -> CurvePlot:
        plot.hovered.connect(self._hover)
        plot.picked.connect(self.picked)
        plot.canvas.zoomed.connect(lambda low, high: self._zoom(plot, low, high))
        plot.canvas.reset.connect(self.show_all)
        return plot

    def _wanted(self, trace: Trace) -> list[CurveKey]:
        """The curves of a run that are drawn."""
        return [key for key in trace.curves.curves if key.split not in self.unwanted]

    def _of(self, trace: Trace, group: str) -> list[CurveKey]:
        return [key for key in trace.curves.of_group(group) if key.split not in self.unwanted]

    def _draw_grown(self, shown: list[Trace], drawn: list[tuple[str, CurveKey]]) -> None:
        wanted = set(drawn)
        for group, plot in self.plots.items():
            log = group not in UNLOGGED
            plot.set_logarithmic(self.logarithmic[0], self.logarithmic[1] and log)
            plot.keep(wanted)
        for trace in shown:
            for key in self._wanted(trace):
                curve = trace.curves.curves[key]
                plot_of = self.plots.get(key.group)
                if plot_of and (key in trace.curves.grown or (trace.run, key) not in plot_of.items):
                    x, y = curve.along(self.axis), self._values(key, curve)
                    plot_of.draw(trace.run, key, x, y, self.styles[trace.run, key])
            trace.curves.grown.clear()

    def _restyle(self, shown: list[Trace]) -> None:
        for number, trace in enumerate(shown):
            layer = 40 * (number + len(shown) * (trace.run == self.traces.chosen))
            for key in trace.curves.curves:
                if plot := self.plots.get(key.group):
                    plot.restyle_line(trace.run, key, self.styles[trace.run, key], layer)

    def _values(self, key: CurveKey, curve: Curve) -> Array:
        return curve.smoothed(self.weight) if smooths(key) else curve.values

    def _arrange(self) -> None:
        most = max(1, min(len(self.plots), self.width() // NARROWEST))
        rows = -(-len(self.plots) // most)
        columns = -(-len(self.plots) // max(rows, 1))  # so that the last row is as full as can be
        if columns == self._columns:
            return
        self._columns = columns
        for number, plot in enumerate(self.plots.values()):
            self._grid.addWidget(plot, number // columns, number % columns)
            plot.show()  # at once, or it would lack in a picture that is taken now

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.legend.limit(max(2, self.height() // LEGEND_SHARE // ROW))
        self._arrange()
        self._read()

    # -- signs and words ---------------------------------------------------------------------------------------------

    def _marks(self, group: str, bests: Mapping[str, float | None]) -> Iterator[Mark]:
        from gui.inside.curve_plot import Mark

        for trace in self.traces.visible():
            best = bests[trace.run]
            for key in self._of(trace, group):
                curve, colour = trace.curves.curves[key], self.styles[trace.run, key].colour
                x, y = curve.along(self.axis), self._values(key, curve)
                if curve.count == 1:
                    yield Mark(float(x[0]), float(y[0]), "o", colour, 6.0)
                elif key.split == "validation" and best is not None and (at := curve.at_step(best)) is not None:
                    yield Mark(float(x[at]), float(y[at]), SIGNS["best"], colour, 13.0)
                elif key.split == SMOOTHED and trace.ending in SIGNS and group not in LAST:
                    yield Mark(float(x[-1]), float(y[-1]), SIGNS[trace.ending], colour)

    def _legend(self) -> Iterator[Entry]:
        shown = self.traces.visible()
        if self.traces.compared:
            for trace in reversed(shown):
                style = max((self.styles[trace.run, key] for key in trace.curves.curves), key=lambda each: each.width)
                yield Entry(trace.label or trace.name, style)
            grey = theme.current().text_dim
            splits = {key.split for trace in shown for key in self._wanted(trace)}
            if {"train", "validation"} <= splits:
                yield Entry(self.tr("train"), Style(grey))
                yield Entry(self.tr("validation"), Style(grey, width=WIDE + 0.5))
        elif shown:
            looks = {f"{part_words(key.part)} {key.split}".strip(): self.styles[shown[-1].run, key]
                     for group in self.plots for key in self._of(shown[-1], group)}  # fmt: skip
            for words, look in looks.items():
                yield Entry(words, look)
            if len(shown) > 1:
                key = next(iter(shown[0].curves.curves))
                yield Entry(self.tr("faint: the training before"), self.styles[shown[0].run, key])
        if self.height() >= TALL:
            yield from self._signs()

    def _signs(self) -> Iterator[Entry]:
        words = {"best": self.tr("lowest validation loss"), "finished": self.tr("finished"),
                 "stopped": self.tr("stopped"), "failed": self.tr("failed")}  # fmt: skip
        there = {mark.sign for plot in self.plots.values() for mark in plot.marks if mark.size > 6}
        for name, sign in SIGNS.items():
            if sign in there:
                yield Entry(words[name], sign=sign)
        if self.plots:
            axes = dict(zip(AXES, (self.tr("over steps"), self.tr("over epochs"), self.tr("over seconds"))))
            yield Entry(axes[self.axis])

    # -- reading -----------------------------------------------------------------------------------------------------

    def _hover(self, place: float | None) -> None:
        self._cursor = place
        self._read()

    def _read(self) -> None:
        """Give the values of every curve at the cursor, in every plot, or the last ones of the run that matters."""
        shown = self.traces.visible()
        chosen = next((trace for trace in shown if trace.run == self.traces.chosen), None)
        matters = chosen or (shown[-1] if shown else None)
        names = dict(zip(AXES, (self.tr("step"), self.tr("epoch"), self.tr("second"))))
        for plot in self.plots.values():
            mine = self._said(matters, plot.group) if matters else []
            fitting = _fitting(mine, plot)
            words = "&nbsp; ".join(f"{_dot(each)} <b>{each.value}</b>" for each in mine[:fitting])
            if fitting < len(mine):
                words += f"&nbsp; +{len(mine) - fitting}"
            entries: list[Entry] = []
            if self._cursor is not None:
                entries = [Entry(names[self.axis], value=brief(self._cursor))]
                for trace in reversed(shown):
                    said = self._said(trace, plot.group)
                    entries += _joined(said) if self.traces.compared else said
            plot.show_cursor(self._cursor, entries, words)

    def _said(self, trace: Trace, group: str) -> list[Entry]:
        """What the curves of a run say at the cursor, or last."""
        place, found = float("inf") if self._cursor is None else self._cursor, []
        for key in self._of(trace, group):
            point = trace.curves.curves[key].at(place, self.weight if smooths(key) else 0.0, self.axis)
            if point:
                part = part_words(key.part)
                words = [trace.label or trace.name, part] if self.traces.compared else [part, key.split]
                if trace is self.traces.before and not self.traces.compared:
                    words.append(self.tr("before"))
                style = self.styles.get((trace.run, key))
                found.append(Entry(" ".join(filter(None, words)), style, brief(point[1])))
        return found

    # -- zooming -----------------------------------------------------------------------------------------------------

    @property
    def zoomed(self) -> bool:
        return any(plot.zoomed for plot in self.plots.values())

    def show_all(self) -> None:
        """Let every plot show its whole curves again, and follow as they grow."""
        for plot in self.plots.values():
            plot.fit()
        self.zoom_changed.emit()

    def _zoom(self, chosen: CurvePlot, low: float, high: float) -> None:
        """The other plots show the same stretch of the axis, where somebody chose one."""
        for plot in self.plots.values():
            if plot is not chosen and not chosen.follows:
                plot.zoom_to(low, high)
        self.zoom_changed.emit()

    # -- taking away -------------------------------------------------------------------------------------------------

    def picture_size(self) -> QSize:
        """Of everything, whatever is scrolled out of sight."""
        with self.legend.in_full():
            return QSize(self.content.width(), self.content.height() + self.legend.height())

    def paint_all(self, painter: QPainter) -> None:
        """Paint the legend and every plot, lines as lines where the painter has those."""
        self._hover(None)
        size, flags = self.picture_size(), QWidget.RenderFlag.DrawChildren
        painter.fillRect(QRect(0, 0, size.width(), size.height()), theme.current().panel)
        with self.legend.in_full():
            for widget, top in ((self.legend, 0), (self.content, self.legend.height())):
                painter.save()
                painter.translate(0, top)
                widget.render(painter, QPoint(), renderFlags=flags)
                painter.restore()

    def picture(self, scale: float = 2.0) -> QPixmap:
        """Everything as pixels."""
        size = self.picture_size()
        made = QPixmap(size * scale)
        made.setDevicePixelRatio(scale)
        painter = QPainter(made)
        self.paint_all(painter)
        painter.end()
        return made


def smooths(key: CurveKey) -> bool:
    """Whether smoothing concerns a curve: training values are noisy, a learning rate is exact."""
    return key.split == SMOOTHED and key.group != RATE


def _joined(entries: list[Entry]) -> list[Entry]:
    """One entry for what goes by one name, such as the splits of a run, with all the values."""
    names = dict.fromkeys(entry.words for entry in entries)
    every = [[entry for entry in entries if entry.words == name] for name in names]
    return [replace(same[-1], value=" · ".join(entry.value for entry in same)) for same in every]


def _fitting(entries: list[Entry], plot: CurvePlot) -> int:
    """How many values have room beside the title of a plot."""
    room = plot.width() - plot.title.sizeHint().width() - SPARE
    metrics = plot.title.fontMetrics()
    wide = [metrics.horizontalAdvance(f"● {entry.value}   ") for entry in entries]
    if plot.width() <= NARROWEST // 2 or sum(wide) <= room:  # or it has no place yet
        return len(entries)
    more = metrics.horizontalAdvance("   +99")
    return max(1, sum(sum(wide[: number + 1]) + more <= room for number in range(len(wide))))


def _dot(entry: Entry) -> str:
    return dot(entry.style.colour) if entry.style else ""

"""The page of anomalies: reconstruction errors by class, a threshold that is dragged, and what it finds."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox

from backend.questions.results import Result
from backend.questions.results_errors import ErrorResults, Errors
from gui import theme
from gui.inside.results.examples import ExamplesView
from gui.inside.results.legend import Legend
from gui.inside.results.page import Page, chooser, offer
from gui.inside.results.plots import Beside, Plot, describe, opaque
from gui.parts import grouped
from gui.session import Session

BARS: Final = 50
FAR: Final = 99.5  # percent of the examples that the histogram reaches, where a few are far off
SHOWN: Final = 48


class Sides(NamedTuple):
    """What a threshold does: of the unusual and of the usual examples those above it, and how many there are."""

    hits: int
    unusual: int
    alarms: int
    usual: int

    @property
    def precision(self) -> float:
        """Of what is called unusual, what is; NaN where nothing is called so."""
        called = self.hits + self.alarms
        return self.hits / called if called else float("nan")

    @property
    def recall(self) -> float:
        """Of what is unusual, what is called so; NaN where nothing is."""
        return self.hits / self.unusual if self.unusual else float("nan")


def sides(errors: np.ndarray, unusual: np.ndarray, threshold: float) -> Sides:
    """What lies above a threshold; the threshold itself counts as above."""
    above = errors >= threshold
    return Sides(int((above & unusual).sum()), int(unusual.sum()), int((above & ~unusual).sum()),
                 int((~unusual).sum()))  # fmt: skip


class ErrorsPage(Page):
    """A histogram with a threshold, a ROC curve with the point that it stands for, and the worst examples."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: ErrorResults | None = None
        self.moved = False  # whether the user has set the threshold, which else follows the training examples
        self._make_controls()
        self.histogram = Plot(self.tr("Histogram of the errors"), self.tr("reconstruction error"), self.tr("examples"))
        self.roc = Plot(self.tr("ROC curve"), self.tr("false positive rate"), self.tr("true positive rate"))
        self.worst = ExamplesView(session)
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.sigPositionChanged.connect(self._dragged)
        self.dot = pg.ScatterPlotItem(size=11)
        self.legend = Legend()
        self.beside = Beside({self.tr("Errors"): self.histogram, self.tr("ROC"): self.roc,
                              self.tr("Greatest errors"): self.worst})  # fmt: skip
        self.take((self.label, self.threshold), self.beside)
        self.column.insertWidget(self.column.count() - 1, self.legend)

    def question(self, result: Result) -> Errors:
        return Errors(output=result.output, split=self.split)

    def begin(self, result: Result) -> None:
        self.found, self.moved = None, False
        self.label.clear()
        self.worst.forget()

    def show_answer(self, value: ErrorResults) -> None:
        self.found = value
        offer(self.label, [self.tr("No class is unusual"), *(value.names if len(value.labels) else ())])
        if not self.moved:
            self._set_threshold(value.training)
        self._draw()
        if self.result is not None:
            order = np.argsort(-value.errors, kind="stable")[:SHOWN]
            self.worst.look(self.tr("The greatest errors"), self.result.output, self.split, order.tolist())
            self.worst.again()

    # -- showing -----------------------------------------------------------------------------------------------------

    @property
    def unusual(self) -> np.ndarray:
        """Which examples count as unusual, (examples,) of bool."""
        assert self.found is not None
        which = self.label.currentIndex() - 1
        return self.found.labels == which if which >= 0 else np.zeros(len(self.found.errors), bool)

    def _draw(self) -> None:
        found, now = self.found, theme.current()
        if found is None or self.line.moving:  # what is being dragged must not be taken away
            return
        top = max(float(np.percentile(found.errors, FAR)), self.threshold.value()) * 1.05 or 1.0
        edges = np.linspace(min(0.0, float(found.errors.min())), top, BARS + 1)
        inside, unusual = np.minimum(found.errors, top), self.unusual
        self.histogram.begin()
        self.histogram.bars(edges, np.histogram(inside[~unusual], edges)[0], opaque(now.accent, 0.6))
        if unusual.any():
            counts = np.histogram(inside[unusual], edges)[0]
            stairs = pg.PlotDataItem(edges, counts, stepMode="center", pen=pg.mkPen(now.error, width=2),
                                     fillLevel=0, brush=_faint(now.error))  # fmt: skip
            self.histogram.addItem(stairs)
        self.line.setPen(pg.mkPen(now.text, width=2))
        self.line.setHoverPen(pg.mkPen(now.warning, width=3))
        self.histogram.addItem(self.line)
        self.histogram.getPlotItem().enableAutoRange()
        self._draw_roc(found)
        self._tell()

    def _draw_roc(self, found: ErrorResults) -> None:
        now, curve = theme.current(), found.curves.get(self.label.currentIndex() - 1)
        self.roc.begin()
        self.roc.square(0, 1)
        self.roc.line(np.array([0, 1]), np.array([0, 1]), now.text_dim, 1, dashed=True)
        if curve is not None and len(curve.false_positive):
            self.roc.line(curve.false_positive, curve.true_positive, now.accent, 2)
            self.roc.addItem(self.dot)

    def _tell(self) -> None:
        found, now = self.found, theme.current()
        if found is None:
            return
        what = sides(found.errors, self.unusual, self.threshold.value())
        curve = found.curves.get(self.label.currentIndex() - 1)
        usual = self.tr("{count} of {whole} others above ({share:.1%})")
        parts = [(opaque(now.accent, 0.8), usual.format(count=grouped(what.alarms), whole=grouped(what.usual),
                                                        share=what.alarms / max(1, what.usual)))]  # fmt: skip
        if curve is None:
            many = "" if len(found.errors) == found.examples else " " + self.tr("of the first")
            words = self.tr("{share:.1%} above the threshold").format(share=what.alarms / max(1, len(found.errors)))
            self.say(f"{words} · {grouped(len(found.errors))} {self.tr('examples')}{many}")
            parts = parts if len(found.labels) else []
        else:
            name = self.label.currentText()
            parts.append((now.error, self.tr("{count} of {whole} “{name}” above").format(
                count=grouped(what.hits), whole=grouped(what.unusual), name=name)))  # fmt: skip
            words = self.tr("precision {precision} · recall {recall:.1%} · AUC {area:.3f}")
            precision = "–" if np.isnan(what.precision) else f"{what.precision:.1%}"
            self.say(words.format(precision=precision, recall=what.recall, area=curve.area))
            self.dot.setData([what.alarms / max(1, what.usual)], [what.recall], brush=now.warning,
                             pen=pg.mkPen(now.text))  # fmt: skip
        self.legend.show_words(parts)
        self.legend.setVisible(bool(parts))
        for plot in (self.histogram, self.roc):
            describe(plot, self.about.text())

    # -- the threshold -----------------------------------------------------------------------------------------------

    def _set_threshold(self, value: float) -> None:
        """Move the line and the number without taking that for the user's doing."""
        for each in (self.threshold, self.line):
            each.blockSignals(True)
        self.threshold.setSingleStep(max(value / 20, 1e-6))
        self.threshold.setValue(value)
        self.line.setValue(value)
        for each in (self.threshold, self.line):
            each.blockSignals(False)

    def _dragged(self) -> None:
        self.moved = True
        value = float(self.line.value())
        self.threshold.blockSignals(True)
        self.threshold.setValue(value)
        self.threshold.blockSignals(False)
        self._tell()

    def _typed(self, value: float) -> None:
        self.moved = True
        self.line.blockSignals(True)
        self.line.setValue(value)
        self.line.blockSignals(False)
        self._tell()

    def _make_controls(self) -> None:
        self.label = chooser(self.tr("Unusual class"), self.tr("Which class counts as unusual"))
        self.label.activated.connect(lambda _: self._draw())
        self.threshold = QDoubleSpinBox()
        self.threshold.setDecimals(6)
        self.threshold.setRange(0, 1e9)
        self.threshold.setMaximumWidth(130)
        self.threshold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.threshold.setAccessibleName(self.tr("Threshold"))
        tip = self.tr("What has a greater error is called unusual; the line in the histogram can be dragged. At first "
                      "95% of the training examples lie below it.")  # fmt: skip
        self.threshold.setToolTip(tip)
        self.threshold.valueChanged.connect(self._typed)


def _faint(colour: object) -> object:
    made = pg.mkColor(colour)
    made.setAlphaF(0.35)
    return made

"""The page of classes: confusion, measures of each class, curves, calibration, and the examples that stand out."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from backend.questions.results import Result
from backend.questions.results_classes import BINS, Classes, ClassResults, Ranked
from gui.inside.results.calibration import CalibrationView
from gui.inside.results.examples import ExamplesView, plain_table
from gui.inside.results.matrix import ConfusionMatrix
from gui.inside.results.page import Page, Sortable, chooser, offer
from gui.inside.results.ranking import CurvesView
from gui.inspector.values import brief
from gui.parts import grouped
from gui.session import Session

CONFUSION, MEASURES, CURVES, CALIBRATION, HARDEST, DOUBTFUL = range(6)
SEVERAL: Final = 2


class ClassesPage(Page):
    """One answer, looked at in several ways."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: ClassResults | None = None
        self._make_controls()
        self._make_views()
        self.take((self.view, self.shares, self.label, self.bins), self._views)

    def question(self, result: Result) -> Classes:
        return Classes(output=result.output, split=self.split)

    def begin(self, result: Result) -> None:
        self.found = None
        self.matrix.picked = None
        self.cell.forget()
        self.cell.hide()
        self.notable.forget()

    def show_answer(self, value: ClassResults) -> None:
        new, self.found = self.found is None, value
        if new:
            self._offer_labels()
        words = self.tr("{count} examples · {share:.1%} right · mean loss {loss}")
        if value.places:
            words = self.tr("{count} places · {share:.1%} right · mean loss {loss}")
        self.say(words.format(count=grouped(value.examples), share=value.accuracy, loss=brief(value.loss)))
        self.matrix.show_counts(value.names, value.counts)
        for view in (self.cell, self.notable):
            view.again()
        if self.matrix.picked is not None:
            self._choose_cell(*self.matrix.picked)
        self._show_view()

    # -- showing -----------------------------------------------------------------------------------------------------

    def _show_view(self) -> None:
        which, found = self.view.currentIndex(), self.found
        self.shares.setVisible(which == CONFUSION)
        self.bins.setVisible(which == CALIBRATION)
        self.label.setVisible(which in (CURVES, CALIBRATION))
        self._views.setCurrentIndex(min(which, HARDEST))
        self.flow.arrange()
        if found is None:
            return
        match which:
            case 1:
                self._fill_measures(found)
            case 2:
                self.curves.show_curves(found, max(0, self.label.currentIndex() - 1), self.label.currentIndex() > 0)
            case 3:
                own = found.calibration[BINS[self.bins.currentIndex()]]
                chosen = min(max(0, self.label.currentIndex()), len(own) - 1)
                self.calibration.show_bins(own[chosen], found.names[chosen - 1] if chosen else "")
            case 4:
                self._rank(found.hardest, self.tr("The greatest loss: {low} to {high}"))
            case 5:
                self._rank(found.doubtful, self.tr("The two likeliest classes nearest to each other: {low} to {high}"))

    def _rank(self, ranked: Ranked, title: str) -> None:
        if self.result is not None and len(ranked.numbers):
            title = title.format(low=brief(ranked.value[0]), high=brief(ranked.value[-1]))
            self.notable.look(title, self.result.output, self.split, ranked.numbers.tolist())

    def _choose_cell(self, truth: int, guess: int) -> None:
        if self.found is None or self.result is None:
            return
        numbers = self.found.cells.get((truth, guess), ())
        title = self.matrix.sentence(truth, guess)
        if len(numbers) < self.found.counts[truth, guess] and not self.found.places:
            title += " · " + self.tr("the first {count}").format(count=len(numbers))
        self.cell.show()
        self.cell.look(title, self.result.output, self.split, numbers)

    def _fill_measures(self, found: ClassResults) -> None:
        headers = [self.tr("Class"), self.tr("Examples"), self.tr("Right"), self.tr("Precision"), self.tr("Recall"),
                   "F1", "AUC", "AP"]  # fmt: skip
        table, every = self.measures, len(found.names)
        table.setSortingEnabled(False)
        table.setRowCount(every + 1)
        table.setColumnCount(len(headers))
        table.setHorizontalHeaderLabels(headers)
        nothing = float("nan")
        areas = [*(curve.area for curve in found.curves), *[nothing] * (every - len(found.curves))]
        averages = [*(curve.average_precision for curve in found.curves), *[nothing] * (every - len(found.curves))]
        meant = found.counts.sum(1)
        columns = [meant, np.diag(found.counts), found.precision, found.recall, found.f1, areas, averages]
        for column, values in enumerate(columns, 1):
            whole = column <= SEVERAL
            mean = float(np.sum(values)) if whole else _mean(np.asarray(values, float))
            for row, value in enumerate([*values, mean]):
                words = grouped(int(value)) if whole else "–" if np.isnan(value) else f"{value:.3f}"
                table.setItem(row, column, Sortable(words, float(value)))
        for row, name in enumerate([*found.names, self.tr("all, or their mean")]):
            table.setItem(row, 0, Sortable(name, row))
        table.setSortingEnabled(True)
        table.resizeColumnsToContents()

    def _offer_labels(self) -> None:
        if self.found is not None:
            first = self.tr("All classes") if self.view.currentIndex() == CURVES else self.tr("Predicted class")
            kept = self.label.currentIndex()
            offer(self.label, [first, *self.found.names[: len(self.found.curves)]], max(kept, 0))

    def _choose_view(self, _: int) -> None:
        self._offer_labels()
        self._show_view()

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        views = [self.tr("Confusion"), self.tr("Measures"), self.tr("Curves"), self.tr("Calibration"),
                 self.tr("Hardest"), self.tr("Most doubtful")]  # fmt: skip
        self.view = chooser(self.tr("View of the classes"), self.tr("What to look at"), views)
        kinds = [self.tr("Counts"), self.tr("Share of the row")]
        self.shares = chooser(self.tr("Numbers in the cells"), self.tr("What the cells of the matrix tell"), kinds)
        self.label = chooser(self.tr("Class"), self.tr("Which class to tell from the rest"))
        counts = [self.tr("{count} bins").format(count=count) for count in BINS]
        self.bins = chooser(self.tr("Bins"), self.tr("How finely confidence is divided"), counts)
        self.view.activated.connect(self._choose_view)
        self.shares.activated.connect(lambda which: self.matrix.show_shares(bool(which)))
        self.label.activated.connect(lambda _: self._show_view())
        self.bins.activated.connect(lambda _: self._show_view())

    def _make_views(self) -> None:
        self.matrix = ConfusionMatrix()
        self.matrix.chosen.connect(self._choose_cell)
        self.matrix.setToolTip(self.tr("Click a cell to see the examples that were counted there"))
        self.cell = ExamplesView(self.session)
        self.cell.hide()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.matrix)
        split.addWidget(self.cell)
        split.setSizes([400, 320])
        self.measures = plain_table(self.tr("Measures of each class"))
        self.curves, self.calibration = CurvesView(), CalibrationView()
        self.notable = ExamplesView(self.session)
        self._views = QStackedWidget()
        views: list[QWidget] = [split, self.measures, self.curves, self.calibration, self.notable]
        for view in views:
            self._views.addWidget(view)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")

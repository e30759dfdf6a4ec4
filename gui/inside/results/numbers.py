"""The page of numbers: predicted against true, the residuals, and how near they come, in the unit of the target."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.questions.results import Result
from backend.questions.results_numbers import NumberResults, Numbers
from gui import theme
from gui.inside.results.page import Page, chooser, offer
from gui.inside.results.plots import Beside, Plot, describe, opaque
from gui.inspector.values import brief
from gui.parts import grouped
from gui.session import Session

FEW: Final = 300  # points that may be drawn larger


class NumbersPage(Page):
    """A scatter beside two views of the residuals."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: NumberResults | None = None
        self.target = chooser(self.tr("Number"), self.tr("Which of the numbers that the output tells"))
        self.target.activated.connect(lambda _: self.ask())
        self.scatter = Plot(self.tr("Predicted against true"), self.tr("true"), self.tr("predicted"))
        self.residuals = Plot(self.tr("Residuals against the prediction"), self.tr("predicted"), self.tr("residual"))
        self.histogram = Plot(self.tr("Histogram of the residuals"), self.tr("residual: predicted − true"),
                              self.tr("examples"))  # fmt: skip
        parts = {self.tr("Predicted and true"): self.scatter, self.tr("Residuals"): self.residuals,
                 self.tr("Histogram"): self.histogram}  # fmt: skip
        self.take([self.target], Beside(parts))

    def question(self, result: Result) -> Numbers:
        return Numbers(output=result.output, split=self.split, target=max(0, self.target.currentIndex()))

    def begin(self, result: Result) -> None:
        offer(self.target, result.targets)

    def show_answer(self, value: NumberResults) -> None:
        self.found, now = value, theme.current()
        r2 = "–" if np.isnan(value.r2) else f"{value.r2:.3f}"
        words = self.tr("R² {r2} · MAE {mae} · RMSE {rmse} · bias {bias} · {count} examples")
        self.say(words.format(r2=r2, mae=brief(value.mae), rmse=brief(value.rmse), bias=brief(value.bias),
                              count=grouped(value.examples)))  # fmt: skip
        size = 6 if len(value.truth) <= FEW else 4
        for plot in (self.scatter, self.residuals, self.histogram):
            plot.begin()
            describe(plot, self.about.text())
        ends = np.array([min(value.truth.min(), value.predicted.min()), max(value.truth.max(), value.predicted.max())])
        self.scatter.name_axes(self.tr("true {name}").format(name=value.target), self.tr("predicted"))
        self.scatter.begin()
        self.scatter.line(ends, ends, now.text_dim, 1, dashed=True)
        self.scatter.dots(value.truth, value.predicted, now.accent, size, tip=self._tip)
        self.scatter.square(float(ends[0]), float(ends[1]))
        self.residuals.line(np.array([value.predicted.min(), value.predicted.max()]), np.zeros(2), now.text_dim, 1,
                            dashed=True)  # fmt: skip
        self.residuals.dots(value.predicted, value.predicted - value.truth, now.accent, size, tip=self._residual_tip)
        self.histogram.bars(value.edges, value.counts, opaque(now.accent, 0.75))
        for plot in (self.residuals, self.histogram):
            plot.getPlotItem().enableAutoRange()

    def _tip(self, x: float, y: float, data: object) -> str:
        assert self.found is not None
        number = int(self.found.numbers[int(str(data))])
        words = self.tr("example {number}: true {truth}, predicted {predicted}")
        return words.format(number=grouped(number + 1), truth=brief(x), predicted=brief(y))

    def _residual_tip(self, x: float, y: float, data: object) -> str:
        return self._tip(x - y, x, data)

"""The page of numbers: predicted against true, the residuals, and how near they come, in the unit of the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from backend.questions.results import Result
from backend.questions.results_numbers import NumberResults, Numbers
from gui import theme
from gui.inside.results.examples import ExamplesView
from gui.inside.results.page import Page, chooser, offer
from gui.inside.results.plots import Beside, Plot, describe, opaque
from gui.inspector.values import brief
from gui.parts import grouped
from gui.session import Session

FEW: Final = 300  # points that may be drawn larger
ROOM: Final = 220  # pixels of each plot, or one at a time is shown


class NumbersPage(Page):
    """A scatter beside two views of the residuals."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: NumberResults | None = None
        self.clicked: tuple[int, ...] = ()  # the numbers of examples whose dots were clicked
        self.target = chooser(self.tr("Number"), self.tr("Which of the numbers that the output tells"))
        self.target.activated.connect(lambda _: self.ask())
        self.scatter = Plot(self.tr("Predicted against true"), self.tr("true"), self.tr("predicted"))
        self.residuals = Plot(self.tr("Residuals against the prediction"), self.tr("predicted"), self.tr("residual"))
        self.histogram = Plot(self.tr("Histogram of the residuals"), self.tr("residual: predicted − true"),
                              self.tr("examples"))  # fmt: skip
        self.examples = ExamplesView(session)
        parts: dict[str, QWidget] = {self.tr("Predicted and true"): self.scatter, self.tr("Residuals"): self.residuals,
                 self.tr("Histogram"): self.histogram, self.tr("Furthest off"): self.examples}  # fmt: skip
        self.take([self.target], Beside(parts, ROOM))

    def question(self, result: Result) -> Numbers:
        return Numbers(output=result.output, split=self.split, target=max(0, self.target.currentIndex()))

    def begin(self, result: Result) -> None:
        self.clicked = ()
        self.examples.forget()
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
        dots = self.scatter.dots(value.truth, value.predicted, now.accent, size, tip=self._tip)
        dots.sigClicked.connect(self._click)
        self.scatter.square(float(ends[0]), float(ends[1]))
        self.residuals.line(np.array([value.predicted.min(), value.predicted.max()]), np.zeros(2), now.text_dim, 1,
                            dashed=True)  # fmt: skip
        away = value.predicted - value.truth
        dots = self.residuals.dots(value.predicted, away, now.accent, size, tip=self._residual_tip)
        dots.sigClicked.connect(self._click)
        self.histogram.bars(value.edges, value.counts, opaque(now.accent, 0.75))
        for plot in (self.residuals, self.histogram):
            plot.getPlotItem().enableAutoRange()
        self._show_examples()
        self.examples.again()

    def _click(self, _: object, spots: Sequence[pg.SpotItem]) -> None:
        """Show the examples whose dots were clicked."""
        if self.found is not None:
            self.clicked = tuple(int(self.found.numbers[int(spot.data())]) for spot in spots)
            self._show_examples()

    def _show_examples(self) -> None:
        if self.result is None or self.found is None:
            return
        title = self.tr("Clicked") if self.clicked else self.tr("Furthest off; click a dot to see it")
        numbers = self.clicked or tuple(self.found.worst.tolist())
        self.examples.look(title, self.result.output, self.split, numbers)

    def _tip(self, x: float, y: float, data: object) -> str:
        assert self.found is not None
        number = int(self.found.numbers[int(str(data))])
        words = self.tr("example {number}: true {truth}, predicted {predicted}")
        return words.format(number=grouped(number + 1), truth=brief(x), predicted=brief(y))

    def _residual_tip(self, x: float, y: float, data: object) -> str:
        return self._tip(x - y, x, data)

"""The page of forecasts: along the time of a split, beside those that anyone could make."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from backend.questions.results import Result
from backend.questions.results_series import Forecast, Forecaster, ForecastResults
from gui import theme
from gui.inside.results.legend import Legend
from gui.inside.results.page import Page, chooser, offer
from gui.inside.results.plots import Beside, Plot, describe
from gui.inspector.values import brief
from gui.parts import grouped
from gui.session import Session


class SeriesPage(Page):
    """The forecast so many steps ahead and the truth; and how errors grow with the steps."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: ForecastResults | None = None
        self.series = chooser(self.tr("Column"), self.tr("Which column of the series to look at"))
        self.step = chooser(self.tr("Steps ahead"), self.tr("How far ahead the forecasts look that are drawn"))
        for box in (self.series, self.step):
            box.activated.connect(lambda _: self.ask())
        self.along = Plot(self.tr("Forecast and truth"), self.tr("row of the series"))
        self.growth = Plot(self.tr("Error by step"), self.tr("steps ahead"), self.tr("RMSE"))
        self.along.hovered.connect(self._read)
        self.legend = Legend()
        parts = {self.tr("Along the time"): self.along, self.tr("Error by step"): self.growth}
        self.take((self.series, self.step), Beside(parts, 300))
        self.column.insertWidget(self.column.count() - 1, self.legend)

    def question(self, result: Result) -> Forecast:
        steps = self.found.steps if self.found else (1,)
        return Forecast(output=result.output, split=self.split, column=max(0, self.series.currentIndex()),
                        step=self.step.currentIndex() + 1 if self.step.currentIndex() < len(steps) else 1)  # fmt: skip

    def begin(self, result: Result) -> None:
        self.found = None
        for box in (self.series, self.step):
            box.clear()

    def show_answer(self, value: ForecastResults) -> None:
        self.found = value
        offer(self.series, value.columns)
        words = [self.tr("1 step ahead") if step == 1 else self.tr("{count} steps ahead").format(count=step)
                 for step in value.steps]  # fmt: skip
        offer(self.step, words)
        self._draw_along(value)
        self._draw_growth(value)
        self._tell()

    def _draw_along(self, value: ForecastResults) -> None:
        now = theme.current()
        self.along.name_axes(self.tr("row of the series"), value.column)
        self.along.begin()
        for name, values in reversed(list(value.forecasts.items())):
            self.along.line(value.rows, values, _colour(name), 2 if name == "network" else 1.1, name == "mean")
        self.along.line(value.rows, value.truth, now.text, 1.6)
        self.along.getPlotItem().enableAutoRange()

    def _draw_growth(self, value: ForecastResults) -> None:
        self.growth.begin()
        steps = np.array(value.steps, float)
        for name, errors in reversed(list(value.rmse.items())):
            line = self.growth.line(steps, errors, _colour(name), 2 if name == "network" else 1.1, name == "mean")
            line.setSymbol("o")
            line.setSymbolSize(5)
            line.setSymbolBrush(_colour(name))
            line.setSymbolPen(None)
        self.growth.getPlotItem().enableAutoRange()

    def _name(self, name: Forecaster) -> str:
        return {"network": self.tr("network"), "last": self.tr("last value"), "season": self.tr("a season before"),
                "mean": self.tr("mean of training")}[name]  # fmt: skip

    def _tell(self) -> None:
        found = self.found
        if found is None:
            return
        place = found.steps.index(found.step)
        parts = [(theme.current().text, self.tr("truth"))]
        parts += [(_colour(name), f"{self._name(name)} {brief(errors[place])}") for name, errors in found.rmse.items()]
        self.legend.show_words(parts)
        words = self.tr("{count} forecasts · MAE {mae} · RMSE {rmse}, by the last value alone {naive}")
        naive = found.rmse.get("last", found.rmse["mean"])[place]
        self.say(words.format(count=grouped(found.examples), mae=brief(found.mae["network"][place]),
                              rmse=brief(found.rmse["network"][place]), naive=brief(naive)))  # fmt: skip
        for plot in (self.along, self.growth):
            describe(plot, self.about.text())

    def _read(self, at: float | None) -> None:
        found = self.found
        if at is None or found is None or not len(found.rows):
            self._tell()
            return
        place = int(np.abs(found.rows - at).argmin())
        parts = [(theme.current().text, self.tr("truth {value}").format(value=brief(found.truth[place])))]
        parts += [(_colour(name), f"{self._name(name)} {brief(values[place])}")
                  for name, values in found.forecasts.items()]  # fmt: skip
        self.legend.show_words(parts)
        self.about.setText(self.tr("row {row}").format(row=grouped(int(found.rows[place]) + 1)))


def _colour(name: Forecaster) -> QColor:
    now = theme.current()
    return {"network": now.accent, "last": now.series[1], "season": now.series[2], "mean": now.text_dim}[name]

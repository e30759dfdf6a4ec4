"""The page of a column: what the network says as that column changes, on average and row by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backend.questions.results import Columns, Result
from backend.questions.results_columns import Effect, EffectResults
from gui import theme
from gui.inside.results.page import Page, chooser, offer
from gui.inside.results.plots import Plot, describe, opaque
from gui.inspector.values import brief
from gui.parts import grouped
from gui.session import Session


class Choice(NamedTuple):
    """A column that can be chosen."""

    field: Columns
    place: int


class ColumnsPage(Page):
    """Partial dependence over the lines of single rows; categories as bars."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: EffectResults | None = None
        self.choices: list[Choice] = []
        self.which = chooser(self.tr("Column"), self.tr("The column that is given one value after the other"))
        self.target = chooser(self.tr("Told"), self.tr("The class whose probability is looked at, or the number"))
        for box in (self.which, self.target):
            box.activated.connect(lambda _: self.ask())
        self.plot = Plot(self.tr("Effect of the column"), "x", "y")
        self.plot.hovered.connect(self._read)
        self.take((self.which, self.target), self.plot)

    def begin(self, result: Result) -> None:
        self.found = None
        self.choices = [Choice(field, place) for field in result.fields for place in range(len(field.names))]
        several = len([field for field in result.fields if field.names]) > 1
        for box in (self.which, self.target):
            box.clear()
        offer(self.which, [each.field.names[each.place] + (f" · {each.field.field}" if several else "")
                           for each in self.choices])  # fmt: skip
        told = result.classes or result.targets
        offer(self.target, told, 1 if len(result.classes) == 2 else 0)

    def question(self, result: Result) -> Effect | None:
        if not self.choices:
            return None
        field, place = self.choices[max(0, self.which.currentIndex())]
        return Effect(output=result.output, split=self.split, node=field.node, field=field.field, column=place,
                      target=max(0, self.target.currentIndex()))  # fmt: skip

    def show_answer(self, value: EffectResults) -> None:
        self.found = value
        chance = self.result is not None and bool(self.result.classes)
        told = self.tr("probability of “{name}”") if chance else "{name}"
        self.plot.name_axes(value.column, told.format(name=value.target))
        self.plot.begin()
        axis = self.plot.getPlotItem().getAxis("bottom")
        axis.setTicks([list(enumerate(value.categories))] if value.categories else None)
        if value.categories:
            self._draw_bars(value)
        else:
            self._draw_lines(value)
        self._tell()

    def _draw_lines(self, value: EffectResults) -> None:
        now = theme.current()
        for line in value.lines:
            self.plot.line(value.grid, line, opaque(now.text_dim, 0.32), 1)
        self.plot.line(value.grid, value.average, now.accent, 3)
        low = float(min(value.lines.min(), value.average.min()))
        inside = value.own[(value.own >= value.grid[0]) & (value.own <= value.grid[-1])]
        marks = self.plot.dots(inside, np.full(len(inside), low), now.text_dim, 7, 0.9)
        marks.setSymbol("arrow_up")
        self.plot.getPlotItem().enableAutoRange()

    def _draw_bars(self, value: EffectResults) -> None:
        now = theme.current()
        edges = np.arange(len(value.categories) + 1) - 0.5
        self.plot.bars(edges, value.average, opaque(now.accent, 0.75), 0.2)
        for line in value.lines:
            self.plot.line(value.grid, line, opaque(now.text_dim, 0.32), 1)
        self.plot.getPlotItem().enableAutoRange()

    def _tell(self) -> None:
        found = self.found
        if found is None:
            return
        low, high = int(found.average.argmin()), int(found.average.argmax())
        names = [found.categories[place] if found.categories else brief(found.grid[place]) for place in (low, high)]
        words = self.tr("on average {least} at {low}, {most} at {high} · {count} rows, thin lines are single ones")
        self.say(words.format(least=brief(found.average[low]), low=names[0], most=brief(found.average[high]),
                              high=names[1], count=grouped(found.examples)))  # fmt: skip
        describe(self.plot, self.about.text())

    def _read(self, at: float | None) -> None:
        found = self.found
        if at is None or found is None:
            self._tell()
            return
        place = int(np.abs(found.grid - at).argmin())
        name = found.categories[place] if found.categories else brief(found.grid[place])
        spread = np.percentile(found.lines[:, place], (10, 90))
        words = self.tr("{column} {value}: {average} on average, {low} to {high} in most rows")
        self.about.setText(words.format(column=found.column, value=name, average=brief(found.average[place]),
                                        low=brief(spread[0]), high=brief(spread[1])))  # fmt: skip

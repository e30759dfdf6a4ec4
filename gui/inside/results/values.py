"""The page of an output that cannot be judged: it says so, and shows how what it gives is distributed."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QToolTip, QVBoxLayout, QWidget

from backend.questions.results import Result
from backend.questions.results_values import ValueResults, Values
from gui import theme
from gui.inside.results.page import Page
from gui.inside.results.plots import describe, opaque
from gui.inspector.values import brief
from gui.parts import Words, grouped
from gui.session import Session

LEAST: Final = QSize(168, 104)  # pixels of a histogram
GAP: Final = 8
NAME, NUMBERS = 18.0, 16.0  # pixels of the words above a histogram and of the numbers below it


class Histograms(QWidget):
    """A histogram for each component beside each other, with its mean and deviation."""

    def __init__(self) -> None:
        super().__init__()
        self.found: ValueResults | None = None
        self.setAccessibleName(self.tr("Histograms of what the output gives"))
        theme.signals.changed.connect(self.update)

    def show_found(self, found: ValueResults) -> None:
        self.found = found
        self._arrange()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @property
    def across(self) -> int:
        """How many stand in a row."""
        count = len(self.found.counts) if self.found else 1
        return max(1, min(count, (self.width() - GAP) // (LEAST.width() + GAP)))

    def _arrange(self) -> None:
        count = len(self.found.counts) if self.found else 0
        rows = -(-count // self.across)
        self.setMinimumHeight(rows * (LEAST.height() + GAP) + GAP)

    def cell(self, number: int) -> QRectF:
        """Where a component is drawn; all of them share the room."""
        count = len(self.found.counts) if self.found else 1
        rows = -(-count // self.across)
        wide = (self.width() - GAP) / self.across
        tall = (self.height() - GAP) / rows
        row, column = divmod(number, self.across)
        return QRectF(GAP + column * wide, GAP + row * tall, wide - GAP, tall - GAP)

    def name_of(self, number: int) -> str:
        """What a component is called; "" where there is but one."""
        assert self.found is not None
        if self.found.names:
            return self.found.names[number]
        if self.found.components == 1:
            return ""
        kinds = {2: self.tr("feature {n}"), 3: self.tr("channel {n}")}
        return kinds.get(len(self.found.shape), self.tr("number {n}")).format(n=number + 1)

    def words_of(self, number: int) -> str:
        """The numbers of a component."""
        assert self.found is not None
        words = self.tr("mean {mean} · deviation {deviation}")
        return words.format(mean=brief(float(self.found.means[number])),
                            deviation=brief(float(self.found.deviations[number])))  # fmt: skip

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.found is None:
            return
        painter = QPainter(self)
        for number in range(len(self.found.counts)):
            if self.cell(number).intersects(QRectF(event.rect())):
                self._paint(painter, number)

    def _paint(self, painter: QPainter, number: int) -> None:
        assert self.found is not None
        found, now, cell = self.found, theme.current(), self.cell(number)
        plot = self._plot(number)
        above = QRectF(cell.left(), cell.top(), cell.width(), NAME)
        short = f"{brief(float(found.means[number]))} ± {brief(float(found.deviations[number]))}"
        painter.setPen(now.text_dim)
        painter.drawText(above, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, short)
        metrics = painter.fontMetrics()
        room = int(cell.width()) - metrics.horizontalAdvance(short) - 8
        painter.setPen(now.text)
        elided = metrics.elidedText(self.name_of(number), Qt.TextElideMode.ElideRight, room)
        painter.drawText(above, Qt.AlignmentFlag.AlignVCenter, elided)
        counts = found.counts[number]
        tallest, across = max(1, int(counts.max(initial=0))), plot.width() / len(counts)
        for bar, count in enumerate(counts):
            tall = plot.height() * int(count) / tallest
            place = QRectF(plot.left() + bar * across, plot.bottom() - tall, max(1.0, across - 1), tall)
            painter.fillRect(place, opaque(now.accent, 0.75))
        painter.setPen(QPen(now.border, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        self._paint_mean(painter, number, plot)
        painter.setPen(now.text_dim)
        below = QRectF(cell.left(), plot.bottom() + 2, cell.width(), NUMBERS)
        ends = (brief(float(found.edges[number][0])), brief(float(found.edges[number][-1])))
        for text, side in zip(ends, (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)):
            painter.drawText(below, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_mean(self, painter: QPainter, number: int, plot: QRectF) -> None:
        """A line at the mean, and beneath it one that reaches a deviation to both sides."""
        assert self.found is not None
        mean, away = float(self.found.means[number]), float(self.found.deviations[number])
        if not np.isfinite(mean):
            return
        low, high = float(self.found.edges[number][0]), float(self.found.edges[number][-1])

        def at(value: float) -> float:
            return plot.left() + plot.width() * min(1.0, max(0.0, (value - low) / (high - low)))

        painter.setPen(QPen(theme.current().text, 1.5))
        painter.drawLine(QPointF(at(mean), plot.top()), QPointF(at(mean), plot.bottom()))
        painter.setPen(QPen(theme.current().text, 3))
        painter.drawLine(QPointF(at(mean - away), plot.bottom()), QPointF(at(mean + away), plot.bottom()))

    def _plot(self, number: int) -> QRectF:
        return self.cell(number).adjusted(0, NAME + 2, 0, -NUMBERS - 2)

    def words_at(self, place: QPointF) -> str:
        """What the bar under a place counts; "" where there is none."""
        found = self.found
        for number in range(len(found.counts) if found else 0):
            plot = self._plot(number)
            if found is not None and plot.contains(place):
                bar = min(int((place.x() - plot.left()) / plot.width() * found.counts.shape[1]),
                          found.counts.shape[1] - 1)  # fmt: skip
                low, high = found.edges[number][bar : bar + 2]
                words = self.tr("{count} values from {low} to {high}")
                return words.format(count=grouped(int(found.counts[number][bar])), low=brief(float(low)),
                                    high=brief(float(high)))  # fmt: skip
        return ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)


class ValuesPage(Page):
    """A sentence and histograms."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: ValueResults | None = None
        self.histograms, self.reason = Histograms(), Words(dim=True)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(self.tr("Histograms"))
        area.setWidget(self.histograms)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(2, 2, 0, 0)
        column.setSpacing(2)
        self.reason.setContentsMargins(8, 0, 8, 0)
        column.addWidget(self.reason)
        column.addWidget(area, 1)
        self.take([], body)

    def question(self, result: Result) -> Values:
        return Values(output=result.output, split=self.split)

    def begin(self, result: Result) -> None:
        self.found = None

    def show_answer(self, value: ValueResults) -> None:
        self.found = value
        self.histograms.show_found(value)
        self.reason.setText(self._reason(value))
        shape = "×".join(map(str, value.shape)) or "1"
        parts = [self.tr("{count} examples of shape {shape}").format(count=grouped(value.examples), shape=shape),
                 self.tr("mean ± deviation")]  # fmt: skip
        if value.components > len(value.counts):
            parts.append(self.tr("the first {shown} of {all}").format(shown=len(value.counts),
                                                                      all=grouped(value.components)))  # fmt: skip
        if value.odd:
            parts.append(self.tr("{odd} values are no finite numbers and are left out").format(odd=grouped(value.odd)))
        self.say(" · ".join(parts))
        told = (f"{self.histograms.name_of(n)}: {self.histograms.words_of(n)}" for n in range(len(value.counts)))
        describe(self.histograms, "; ".join(told))

    def _reason(self, value: ValueResults) -> str:
        if value.untold:
            words = self.tr("Nothing says what “{name}” should be, so it cannot be judged; this is what it gives. To "
                            "measure it, wire its target to the Output node, or to a loss that reads the same value, "
                            "and train again.")  # fmt: skip
        else:
            words = self.tr("What “{name}” should be has another shape, so the two cannot be compared; this is what it "
                            "gives.")  # fmt: skip
        return words.format(name=value.name)

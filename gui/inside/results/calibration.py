"""Whether a network is as sure as it is right: a reliability diagram over a histogram of confidence."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from backend.questions.results_classes import Reliability
from gui import theme
from gui.inside.results.plots import Plot, describe, opaque
from gui.parts import grouped


class CalibrationView(QWidget):
    """Bars that reach the dashed line are as often right as the network is sure; below are the examples of each bin."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.diagram = Plot(self.tr("Reliability diagram"), "", self.tr("share right"))
        self.histogram = Plot(self.tr("Examples by confidence"), self.tr("confidence"), self.tr("examples"))
        self.histogram.setFixedHeight(96)
        self.histogram.setXLink(self.diagram.getPlotItem())
        self.told = QLabel()
        self.told.setContentsMargins(66, 0, 8, 0)
        self.shown: Reliability | None = None
        self._words = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 8, 4)
        column.setSpacing(0)
        column.addWidget(self.told)
        column.addWidget(self.diagram, 1)
        column.addWidget(self.histogram)
        for plot in (self.diagram, self.histogram):
            plot.hovered.connect(self._read)

    def show_bins(self, found: Reliability, name: str) -> None:
        """Show the bins of the predicted class, or of one class by its name."""
        self.shown, now = found, theme.current()
        edges = np.linspace(0, 1, len(found.counts) + 1)
        used = found.counts > 0
        self.diagram.begin()
        self.histogram.begin()
        self.diagram.bars(edges, np.where(used, found.confidence, 0.0), opaque(now.error, 0.35))
        self.diagram.bars(edges, np.where(used, found.accuracy, 0.0), opaque(now.accent, 0.75))
        self.diagram.line(np.array([0, 1]), np.array([0, 1]), now.text_dim, 1, dashed=True)
        self.diagram.dots(found.confidence[used], found.accuracy[used], now.text, 6, 1.0)
        self.diagram.setXRange(0, 1, padding=0.01)
        self.diagram.setYRange(0, 1, padding=0.03)
        self.histogram.bars(edges, found.counts, opaque(now.accent, 0.75))
        self.histogram.setYRange(0, float(found.counts.max(initial=1)), padding=0.05)
        words = self.tr("expected calibration error {error:.1%}").format(error=found.error)
        self._words = words + (" · " + self.tr("of “{name}”").format(name=name) if name else "")
        self.told.setText(self._words)
        describe(self.diagram, self._words)

    def _read(self, at: float | None) -> None:
        words = self._words
        if at is not None and self.shown is not None and 0 <= at <= 1:
            place = min(int(at * len(self.shown.counts)), len(self.shown.counts) - 1)
            count = int(self.shown.counts[place])
            words = self.tr("{count} examples, {sure:.1%} sure on average, {right:.1%} right").format(
                count=grouped(count), sure=self.shown.confidence[place], right=self.shown.accuracy[place])  # fmt: skip
        self.told.setText(words)

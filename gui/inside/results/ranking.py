"""The ROC and the precision–recall curves of classes, side by side."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from backend.questions.results_classes import ClassResults, Curve
from gui import theme
from gui.inside.results.plots import Beside, Plot, describe, opaque

FEW: Final = 6  # curves that have colours of their own


class CurvesView(QWidget):
    """All classes against the rest, or one of them; under the mouse it says what a threshold gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.roc = Plot(self.tr("ROC curve"), self.tr("false positive rate"), self.tr("true positive rate"))
        self.pr = Plot(self.tr("Precision–recall curve"), self.tr("recall"), self.tr("precision"))
        self.told = {self.roc: QLabel(), self.pr: QLabel()}
        self.shown: Curve | None = None
        self._words = {self.roc: "", self.pr: ""}
        names = (self.tr("ROC"), self.tr("Precision and recall"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Beside({name: _under(label, plot) for name, (plot, label) in zip(names, self.told.items())}))
        self.roc.hovered.connect(self._read_roc)
        self.pr.hovered.connect(self._read_pr)

    def show_curves(self, found: ClassResults, which: int, single: bool) -> None:
        """Show the curve of one class, or of all; of two classes the second says all."""
        two = len(found.names) == 2
        which = 1 if two and not single else which
        single = single or two
        chosen = found.curves[which : which + 1] if single else found.curves
        self.shown = chosen[0] if single else None
        now = theme.current()
        for plot in self.told:
            plot.begin()
            plot.square(0, 1)
        self.roc.line(np.array([0, 1]), np.array([0, 1]), now.text_dim, 1, dashed=True)
        colours = now.series
        for number, curve in enumerate(chosen):
            plain = len(chosen) > FEW
            colour = now.accent if single else opaque(now.accent, 0.55) if plain else colours[number]
            self.roc.line(curve.false_positive, curve.true_positive, colour, 2 if single else 1.2)
            self.pr.line(curve.recall, curve.precision, colour, 2 if single else 1.2)
        if self.shown is not None:
            share = self.shown.share
            self.pr.line(np.array([0, 1]), np.array([share, share]), now.text_dim, 1, dashed=True)
        self._tell(found, chosen, found.names[which] if single else "")

    def _tell(self, found: ClassResults, chosen: tuple[Curve, ...], name: str) -> None:
        area, average = _mean([each.area for each in chosen]), _mean([each.average_precision for each in chosen])
        if name:
            roc = self.tr("AUC {area:.3f} of “{name}”").format(area=area, name=name)
            words = self.tr("AP {average:.3f}; by chance {share:.3f}")
            pr = words.format(average=average, share=chosen[0].share)
        else:
            areas = [each.area for each in found.curves]
            known = [place for place, value in enumerate(areas) if not np.isnan(value)]
            least = min(known, key=lambda place: areas[place], default=0)
            roc = self.tr("mean AUC {area:.3f}; least {least:.3f} of “{name}”").format(
                area=area, least=areas[least], name=found.names[least])  # fmt: skip
            pr = self.tr("mean AP {average:.3f}").format(average=average)
        self._words = {self.roc: roc, self.pr: pr}
        for plot, label in self.told.items():
            label.setText(self._words[plot])
            describe(plot, self._words[plot])

    def _read_roc(self, at: float | None) -> None:
        words = self._words[self.roc]
        if at is not None and self.shown is not None and len(self.shown.false_positive):
            rate = float(np.interp(at, self.shown.false_positive, self.shown.true_positive))
            words = self.tr("{false:.1%} of the others taken for it, {true:.1%} of its own found").format(
                false=min(max(at, 0), 1), true=rate)  # fmt: skip
        self.told[self.roc].setText(words)

    def _read_pr(self, at: float | None) -> None:
        words = self._words[self.pr]
        if at is not None and self.shown is not None and len(self.shown.recall):
            value = float(np.interp(at, self.shown.recall, self.shown.precision))
            words = self.tr("{recall:.1%} of its own found, {precision:.1%} of what is found is right").format(
                recall=min(max(at, 0), 1), precision=value)  # fmt: skip
        self.told[self.pr].setText(words)


def _under(label: QLabel, plot: Plot) -> QWidget:
    """A plot with words above it."""
    made = QWidget()
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setContentsMargins(62, 0, 0, 0)
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(label)
    column.addWidget(plot, 1)
    return made


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")

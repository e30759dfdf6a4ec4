"""What the weights look like: kernels, the units of a first layer, embeddings and matrices, through a training."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from backend.moments import Kept, Moment
from backend.runs import WEIGHTS
from graph.document import MAIN
from gui.inside.filters import PICTURES, Array, Frame, KeptWeights, Mode, inputs_of, pictures
from gui.inside.newness import Newness
from gui.inside.samples_view import PictureGrid
from gui.inspector.editors import chooser
from gui.inspector.values import brief
from gui.panels import Panel
from gui.parts import Empty, Live, moments
from gui.session import Session

MODES: Final[tuple[Mode, ...]] = ("now", "start", "change")
MANY: Final = 256  # pictures; of more, one input channel is shown at first


class WeightGrid(PictureGrid):
    """Weights as pictures; each says as a tooltip which it is and what is in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weights: Array = np.zeros((0, 0))
        self.channel = -1

    def show_weights(self, weights: Array, channel: int) -> None:
        """Show weights: see ``filters.pictures``."""
        self.weights, self.channel = weights, channel
        made, rows = pictures(weights, channel)
        names = [self.tr("Filter {number}").format(number=row + 1) for row in range(max(rows, default=-1) + 1)]
        self.show_pictures(made, rows, names)

    def part(self, number: int) -> Array:
        """The numbers behind a picture."""
        if self.weights.ndim != PICTURES:
            return self.weights
        if not self.labels:
            one: Array = self.weights[number]
            return one if inputs_of(self.weights) == 1 else one[self.channel]
        channels = len(self.values) // (self.labels[-1] + 1)
        return np.asarray(self.weights[number // channels, number % channels])

    def _sentence(self, number: int) -> str:
        part = self.part(number)
        words = self.tr("From {low} to {high}, {mean} on average").format(
            low=brief(part.min()), high=brief(part.max()), mean=brief(part.mean()))  # fmt: skip
        if self.weights.ndim != PICTURES:
            return words
        if not self.labels:
            return self.tr("Filter {number}").format(number=number + 1) + ": " + words
        channels = len(self.values) // (self.labels[-1] + 1)
        title = self.tr("Filter {number}, input {channel}")
        return title.format(number=number // channels + 1, channel=number % channels + 1) + ": " + words


class FiltersPanel(Live):
    """Reads the weights that the run keeps on the disk, while seen; asks nothing of the training."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.kept = KeptWeights()
        self.moments: list[Moment] = []
        self._make_controls()
        self._lay_out()
        self.newness = Newness(session, self, WEIGHTS, self.invalidate)
        session.selection_changed.connect(self._follow_selection)

    def _follow_selection(self) -> None:
        """Show the weights of the node that is selected, where it has some."""
        if len(self.session.selection) == 1:
            (key,) = self.session.selection
            names = [name for name in self.kept.weights if name.split(".")[0] in (key.node, f"{key.node}_")]
            if key.network == MAIN and names and self.weight.currentData() not in names:
                self.weight.setCurrentIndex(self.weight.findData(names[0]))
                self._choose_weight()

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        if self.newness.found():
            self._read()
        name = self.weight.currentData() or ""
        self._follow(self.kept.moments(name))
        if not self.moments:
            self._pages.setCurrentIndex(0)
            self._explain()
            return
        frame = self.kept.frame(self.moments, self.moment.value(), MODES[self.mode.currentIndex()])
        self._pages.setCurrentIndex(0 if frame is None else 1)
        if frame is None:
            self.empty.title.setText(self.tr("These weights cannot be read"))
            advice = self.tr("A file in the folder of the run is gone or damaged. Go to another moment, or train anew.")
            self.empty.advice.setText(advice)
        else:
            self._show(frame, self.kept.weights[name])

    def _read(self) -> None:
        kept = KeptWeights(self.session.run)
        if (kept.run, kept.weights) != (self.kept.run, self.kept.weights):
            self.kept = kept
            self._offer_weights()

    def _show(self, frame: Frame, kept: Kept) -> None:
        self._offer_inputs(frame.values)
        self.grid.show_weights(frame.values, self.channel.currentIndex() - 1)
        moment = self.moments[self.moment.value()]
        self.where.setText(self.tr("Epoch {epoch}").format(epoch=brief(moment.epoch)))
        self.moment.setAccessibleDescription(self.where.text())
        self.about.setText(self._words(frame, kept))

    def _words(self, frame: Frame, kept: Kept) -> str:
        values, rows = frame.values, len(frame.values)
        sizes = "×".join(map(str, (kept.whole or rows, *values.shape[1:])))
        parts = [sizes, self.tr("{low} to {high}").format(low=brief(values.min()), high=brief(values.max()))]
        if rows < kept.whole:
            parts.append(self.tr("first {count:,} rows").format(count=rows))
        if kept.classes and rows % len(kept.classes) == 0:
            parts.append(self.tr("from above: {gates}").format(gates=", ".join(kept.classes)))
        parts.append(self.tr("moved by {share:.0%} of the start").format(share=frame.change))
        return " · ".join(parts)

    def _follow(self, moments: list[Moment]) -> None:
        """Let the slider reach every moment that is kept, staying at the end or where it is."""
        at_end, place = self.moment.value() == self.moment.maximum(), self.moment.value()
        step = self.moments[place].step if place < len(self.moments) else 0
        self.moments = moments
        last = max(0, len(moments) - 1)
        nearest = min(range(len(moments)), key=lambda n: abs(moments[n].step - step), default=0)
        self.moment.blockSignals(True)
        self.moment.setRange(0, last)
        self.moment.setValue(last if at_end else nearest)
        self.moment.blockSignals(False)
        self.moment.setEnabled(last > 0 and self.mode.currentIndex() != MODES.index("start"))

    def _offer_weights(self) -> None:
        before = self.weight.currentData()
        self.weight.clear()
        for name, kept in self.kept.weights.items():
            self.weight.addItem(kept.name.removesuffix(".weight"), name)
        self.weight.setCurrentIndex(max(0, self.weight.findData(before)))
        self.channel.clear()

    def _offer_inputs(self, values: Array) -> None:
        count = inputs_of(values)
        wanted = 0 if count == 1 else count + 1
        if self.channel.count() != wanted:
            self.channel.clear()
            if wanted:
                self.channel.addItem(self.tr("All inputs"))
                self.channel.addItems([self.tr("Input {number}").format(number=n + 1) for n in range(count)])
            if wanted and math.prod(values.shape[:2]) > MANY:
                self.channel.setCurrentIndex(1)
        self.channel.setVisible(wanted > 0)

    def _choose_weight(self, _: int = 0) -> None:
        self.channel.clear()
        self.invalidate()

    def _explain(self) -> None:
        if not self.session.run:
            title, advice = self.tr("No weights yet"), self.tr(
                "Press Train: the filters of convolutions and the weights of other layers appear here, and can be "
                "followed through the epochs.")  # fmt: skip
        elif self.session.state == "idle" and not self.kept.weights:
            title, advice = self.tr("Nothing to see in this run"), self.tr(
                "Either its network has no layer with weights, such as Convolution or Dense, or the run was made "
                "before weights were kept: train it anew.")  # fmt: skip
        else:
            title, advice = self.tr("Waiting for the first weights"), self.tr(
                "They appear once the training has begun, where the network has a layer with weights.")  # fmt: skip
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.weight = chooser(self.tr("Weights"), self.tr("Whose weights to look at; selecting a node chooses its own"))
        self.channel = chooser(self.tr("Input channel"), self.tr("Which input channel of the filters to look at"))
        self.mode = chooser(
            self.tr("What to show"),
            self.tr("The weights, how they began, or what has become different"),
            [self.tr("As they are"), self.tr("At the start"), self.tr("Change since the start")],
        )
        self.weight.activated.connect(self._choose_weight)
        self.channel.activated.connect(lambda _: self.invalidate())
        self.mode.activated.connect(lambda _: self.invalidate())
        self.moment = moments(
            self.tr("Moment of the training"),
            self.tr("How the weights were earlier in the training; at the right end is the newest"),
        )
        self.moment.valueChanged.connect(lambda _: self.invalidate())
        self.where, self.about = QLabel(), QLabel()
        self.where.setMinimumWidth(72)
        self.about.setMinimumWidth(40)
        self.about.setContentsMargins(10, 0, 10, 0)
        for label in (self.where, self.about):
            label.setProperty("dim", True)
        self.grid = WeightGrid()
        self.grid.setAccessibleName(self.tr("Weights"))

    def _lay_out(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(6)
        for box in (self.weight, self.channel, self.mode):
            head.addWidget(box)
        head.addStretch(1)
        foot.setContentsMargins(10, 0, 10, 6)
        foot.setSpacing(8)
        foot.addWidget(self.moment, 1)
        foot.addWidget(self.where)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addWidget(self.grid, 1)
        column.addLayout(foot)
        self.empty = Empty("", "")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)


PANEL = Panel("filters", "Filters", "bottom", FiltersPanel, order=22)

"""Why the network answers as it does for an example: which pixels, columns, words or steps its score rests on."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSlider,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from backend.questions.maps import Place
from backend.questions.why import Method, Reason, Why
from gui import theme
from gui.inside.asking import Asker
from gui.inside.example_bar import ExampleBar
from gui.inside.given_view import GivenView
from gui.inside.maps_view import hues
from gui.inside.tokens import visible
from gui.inspector.editors import CalmComboBox
from gui.inspector.values import brief
from gui.panels import Panel
from gui.parts import Empty, Live, Words
from gui.session import Session

METHODS: Final[tuple[Method, ...]] = ("saliency", "integrated", "activation", "occlusion")
BASELINES: Final = ("zero", "mean")
SIDE: Final = 156  # pixels of what can be set


class Legend(QWidget):
    """What the colours mean: from against to for, or from little to much."""

    def __init__(self) -> None:
        super().__init__()
        self.signed = True
        self.setFixedHeight(30)
        self.setAccessibleName(self.tr("What the colours mean"))
        theme.signals.changed.connect(self.update)

    def show_signed(self, signed: bool) -> None:
        self.signed = signed
        self.setAccessibleDescription(", ".join(self._ends()))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE, 30)

    def _ends(self) -> tuple[str, str]:
        return (self.tr("against"), self.tr("for")) if self.signed else (self.tr("little"), self.tr("much"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, now, (below, above) = QPainter(self), theme.current(), hues()
        bar = QRectF(0, 2, self.width(), 7)
        colours = QLinearGradient(bar.topLeft(), bar.topRight())
        colours.setColorAt(0, below if self.signed else now.panel)
        if self.signed:
            colours.setColorAt(0.5, now.panel)
        colours.setColorAt(1, above)
        painter.fillRect(bar, colours)
        painter.setPen(now.text_dim)
        words = QRectF(0, 11, self.width(), 18)
        for text, side in zip(self._ends(), (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)):
            painter.drawText(words, side | Qt.AlignmentFlag.AlignVCenter, text)


class WhyPanel(Live):
    """Asks why, again as the training goes on, while it is seen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.asker = Asker(session, self)
        self._shown: object = None
        self._places: tuple[Place, ...] = ()
        self._make_controls()
        self._lay_out()
        self._offer_settings()
        self.asker.ask(Why())
        session.document_replaced.connect(self._begin_anew)

    # -- asking ------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        place = self.layer.currentIndex() - 1  # the first entry is the last convolution, whichever that is
        node, port = self._places[place][:2] if 0 <= place < len(self._places) else ("", "")
        self.asker.ask(Why(
            method=METHODS[self.method.currentIndex()], output=self.output.currentText(),
            target=max(self.target.currentIndex(), 0) - 1, reads=self.reads.currentText(), example=self.bar.example,
            steps=self.steps.value(), baseline="mean" if self.baseline.currentIndex() else "zero", node=node, port=port,
            size=self.window_size.value(), stride=self.stride.value(),
        ))  # fmt: skip

    def _choose_method(self) -> None:
        self._offer_settings()
        self._ask()

    def _choose_output(self) -> None:
        """Another output has other classes, and may read other fields."""
        for box in (self.target, self.reads, self.layer):
            box.clear()
        self._places = ()
        self._ask()

    def _begin_anew(self) -> None:
        self._shown, self._places = None, ()
        for box in (self.output, self.target, self.reads, self.layer):
            box.clear()
        self.bar.forget()
        self.asker.ask(Why(method=METHODS[self.method.currentIndex()]))

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.asker.go()
        answer = self.asker.last
        if answer is not None and answer.error and self.session.run and self.bar.try_next():
            return
        self._pages.setCurrentIndex(int(bool(answer is not None and self.session.run)))
        if answer is None:
            return
        self._views.setCurrentIndex(1 if answer.error else 0)
        if answer.error:
            self.empty.advice.setText(answer.error)
            self.words.setText("")
        elif isinstance(answer.result, Reason) and self._shown is not answer:
            self._shown = answer
            self._show(answer.result)

    def _show(self, found: Reason) -> None:
        self.bar.show_total(found.index, found.total, found.picture)
        self._offer(found)
        self.view.show_given(found.given)
        self.view.show_heat(normed(found.heat))
        self.legend.show_signed(found.signed)
        self.words.setText(self._sentences(found))
        self.view.setAccessibleDescription(self.words.text())
        self._form.setRowVisible(self.opacity, found.given.form == "picture")

    def _offer(self, found: Reason) -> None:
        """List what can be chosen, keeping what is."""
        first = self.tr("Likeliest") if found.classes else self.tr("First")
        layers = [f"{place.node} · {place.port}" for place in found.places]
        self._places = found.places
        for box, names in ((self.output, found.outputs), (self.target, (first, *map(visible, found.targets))),
                           (self.reads, found.fields),
                           (self.layer, (self.tr("Last"), *layers))):  # fmt: skip
            if [box.itemText(number) for number in range(box.count())] != list(names):
                before = box.currentText()
                box.clear()
                box.addItems(list(names))
                box.setCurrentIndex(max(0, box.findText(before)))
        self.output.setCurrentText(found.output)
        self.reads.setCurrentText(found.given.name)
        self.layer.setToolTip(self.tr("Whose maps; the last are those of the last convolution before the output"))
        self._form.setRowVisible(self.output, len(found.outputs) > 1)
        self._form.setRowVisible(self.reads, len(found.fields) > 1)

    def _sentences(self, found: Reason) -> str:
        """The score, what would be right, and how far the parts add up to it."""
        name = visible(found.targets[found.target]) if found.target < len(found.targets) else str(found.target)
        if found.classes:
            words = self.tr("The score of “{name}” is {score}.").format(name=name, score=brief(found.score))
        else:
            words = self.tr("The value is {score}.").format(score=brief(found.score))
        parts = [words]
        if found.truth >= 0 and found.truth != found.target and found.truth < len(found.targets):
            parts.append(self.tr("Right is “{name}”.").format(name=found.targets[found.truth]))
        if METHODS[self.method.currentIndex()] == "integrated":
            text = self.tr("The parts add up to {sum}; the score is {difference} above the baseline's (error {error}).")
            parts.append(text.format(sum=brief(found.difference + found.error), difference=brief(found.difference),
                                     error=brief(abs(found.error))))  # fmt: skip
        if found.place is not None:
            parts.append(self.tr("Seen by the maps of “{node}”.").format(node=found.place.node))
        if not np.any(found.heat):
            parts.append(
                self.tr("No map of this layer speaks for it: choose another layer, such as the one after it.")
                if found.place else self.tr("Nothing here changes it: every part counts 0.")
            )  # fmt: skip
        return " ".join(parts)

    def _offer_settings(self) -> None:
        """Show what the method can be told."""
        method = METHODS[self.method.currentIndex()]
        self._form.setRowVisible(self.steps, method == "integrated")
        self._form.setRowVisible(self.baseline, method in ("integrated", "occlusion"))
        self._form.setRowVisible(self.layer, method == "activation")
        for widget in (self.window_size, self.stride):
            self._form.setRowVisible(widget, method == "occlusion")

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.method, self.target = CalmComboBox(), CalmComboBox()
        self.output, self.reads, self.layer, self.baseline = (CalmComboBox() for _ in range(4))
        self.method.addItems([self.tr("Saliency"), self.tr("Integrated gradients"), self.tr("Grad-CAM"),
                              self.tr("Occlusion")])  # fmt: skip
        tips = (
            self.tr("How much the score changes when a part changes a little"),
            self.tr("What each part adds to the score, on the way from a baseline to the example"),
            self.tr("Where the maps of a layer speak for the class"),
            self.tr("How much the score falls when a part is covered"),
        )
        for number, tip in enumerate(tips):
            self.method.setItemData(number, tip, Qt.ItemDataRole.ToolTipRole)
        self.baseline.addItems([self.tr("Zero"), self.tr("Mean")])
        self.baseline.setToolTip(self.tr("What stands for nothing: zeros, or the mean of the training examples"))
        self.steps, self.window_size, self.stride = QSpinBox(), QSpinBox(), QSpinBox()
        for spin, least, most, value in ((self.steps, 1, 500, 50), (self.window_size, 1, 256, 3),
                                         (self.stride, 1, 256, 1)):  # fmt: skip
            spin.setRange(least, most)
            spin.setValue(value)
            spin.setKeyboardTracking(False)
            spin.valueChanged.connect(self._ask)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(60)
        self.opacity.setToolTip(self.tr("How much of the picture the colours hide"))
        self.bar, self.view, self.legend = ExampleBar(self), GivenView(), Legend()
        self.words = Words(dim=True)
        self.opacity.valueChanged.connect(lambda value: self.view.set_opacity(value / 100))
        self.method.activated.connect(self._choose_method)
        self.output.activated.connect(self._choose_output)
        for box in (self.target, self.reads, self.layer, self.baseline):
            box.activated.connect(self._ask)
        self.bar.changed.connect(self._ask)

    def _rows(self) -> tuple[tuple[str, QWidget], ...]:
        """What can be set, with its name."""
        return (
            (self.tr("Output"), self.output), (self.tr("Reads"), self.reads), (self.tr("Layer"), self.layer),
            (self.tr("Steps"), self.steps), (self.tr("Baseline"), self.baseline),
            (self.tr("Size"), self.window_size), (self.tr("Stride"), self.stride), (self.tr("Opacity"), self.opacity),
        )  # fmt: skip

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.method, 3)
        head.addWidget(self.target, 2)
        self.method.setAccessibleName(self.tr("Method"))
        self.target.setAccessibleName(self.tr("Class or value to explain"))
        self.target.setToolTip(self.tr("Class or value to explain"))
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(4)
        for name, widget in self._rows():
            label = QLabel(name)
            label.setProperty("dim", True)
            label.setBuddy(widget)
            widget.setAccessibleName(name)
            widget.setMinimumWidth(40)
            self._form.addRow(label, widget)
        inside, side = QWidget(), QScrollArea()
        side.setFixedWidth(SIDE)
        side.setWidgetResizable(True)
        side.setFrameShape(QScrollArea.Shape.NoFrame)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side.setWidget(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(6)
        column.addLayout(self._form)
        column.addWidget(self.legend)
        column.addWidget(self.words)
        column.addStretch()
        self.empty = Empty(self.tr("This cannot be explained so"), "")
        self._views = QStackedWidget()
        self._views.addWidget(self.view)
        self._views.addWidget(self.empty)
        picture = QVBoxLayout()
        picture.addWidget(self._views, 1)
        picture.addWidget(self.bar.pad, 1)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addLayout(picture, 1)
        body.addWidget(side)
        full = QWidget()
        whole = QVBoxLayout(full)
        whole.setContentsMargins(8, 4, 8, 8)
        whole.setSpacing(6)
        whole.addLayout(head)
        whole.addWidget(self.bar)
        whole.addLayout(body, 1)
        advice = self.tr("Press Train, or open a finished run: then this shows which parts of an example the answer "
                         "rests on.")  # fmt: skip
        self._pages = QStackedWidget()
        self._pages.addWidget(Empty(self.tr("Nothing to explain yet"), advice))
        self._pages.addWidget(full)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self._pages)


def normed(heat: np.ndarray) -> np.ndarray:
    """Brought to −1 to 1 by the greatest of them; what is not finite counts as 0."""
    finite = np.nan_to_num(heat.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    reach = float(np.abs(finite).max(initial=0.0))
    return np.asarray(finite / reach if reach else finite)


PANEL = Panel(
    "why",
    "Why",
    "bottom",
    WhyPanel,
    order=24,
    late=True,
    suits=lambda gist: int(gist.answers and bool(gist.outputs & {"classes", "value", "series"})),
)

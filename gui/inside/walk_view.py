"""The way between two draws of noise or two examples, as a row of what the network makes of its points."""

from __future__ import annotations

import secrets
from typing import Final, Literal

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from backend.questions.walks import MOST, Walk, Walked, Way
from gui import theme
from gui.flow import Flow
from gui.inside.answer_view import AnswerView
from gui.inside.samples_view import PictureGrid, PointCloud, is_points, lines
from gui.inspector.editors import chooser
from gui.parts import Words, tool

ENDS: Final = 99_999  # the greatest seed that is offered
STEPS: Final = 9
SPIN: Final = 78  # pixels of a number field
PICTURES: Final = 4  # axes
OF: Final[tuple[Literal["noise", "examples"], ...]] = ("noise", "examples")
WAYS: Final[tuple[Way, ...]] = ("linear", "spherical")


class WalkedPoints(PointCloud):
    """Points in their order, joined by a line."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        spots = self.placed(self.values)
        painter.setPen(QPen(theme.current().accent, 1.5))
        painter.drawPolyline(QPolygonF(spots))
        painter.setBrush(theme.current().accent)
        for spot in (spots[0], spots[-1]) if spots else ():
            painter.drawEllipse(QPointF(spot), 5, 5)


class WalkView(AnswerView):
    """A walk between two ends. ``head`` has room for what chooses the view."""

    kind = Walked
    found: Walked | None

    def _build(self) -> None:
        self._make_controls()
        self._lay_out()

    def ask(self) -> None:
        """Ask for the walk that the lists say."""
        of, ends = OF[self.of.currentIndex()], (self.first.value(), self.second.value())
        first, second = ends if of == "noise" else (ends[0] - 1, ends[1] - 1)  # people count examples from 1
        self.asker.ask(Walk(of=of, output=self.output.currentText(), first=first, second=second,
                            steps=self.steps.value(), way=WAYS[self.way.currentIndex()],
                            label=max(self.label.currentIndex(), 0)))  # fmt: skip

    def shuffle(self) -> None:
        """Walk between two other ends."""
        for box in (self.first, self.second):
            box.blockSignals(True)
            box.setValue(box.minimum() + secrets.randbelow(box.maximum() - box.minimum() + 1))
            box.blockSignals(False)
        self.ask()

    def _explained(self) -> tuple[str, str]:
        if self.session.run and not self.error:
            return self.tr("Walking…"), ""
        return self.tr("No way to show"), self.error or self.tr(
            "Press Train: what lies between two draws of noise, or between two examples, is shown here.")  # fmt: skip

    def _forget(self) -> None:
        self.output.clear()
        self.label.clear()
        self.of.setCurrentIndex(0)
        super()._forget()

    def _choose_of(self) -> None:
        self.output.clear()
        least, most = (1, 10) if self.of.currentIndex() else (0, ENDS)
        for box, value in ((self.first, least), (self.second, least + 1)):
            box.blockSignals(True)
            box.setRange(least, most)
            box.setValue(value)
            box.blockSignals(False)
        self.ask()

    def _take(self, answer: m.Answered) -> None:
        super()._take(answer)
        if self.error and not self.of.currentIndex() and not self.output.count():
            self.of.setCurrentIndex(1)  # nothing is made of noise, but examples may have codes
            self._choose_of()

    def _show(self, found: Walked) -> None:
        for box, names in ((self.output, found.outputs), (self.label, found.classes)):
            if [box.itemText(n) for n in range(box.count())] != list(names):
                box.clear()
                box.addItems(names)
            box.setVisible(len(names) > 1)
        self.output.setCurrentText(found.output)
        if found.total:
            for end in (self.first, self.second):
                end.blockSignals(True)
                end.setRange(1, found.total)
                end.blockSignals(False)
        self._flow.arrange()
        if found.values.ndim == PICTURES:
            self.pictures.show_pictures(found.values)
            self._views.setCurrentWidget(self.pictures)
        elif is_points(found.values, found.kind):
            self.points.show_points(found.values, None)
            self._views.setCurrentWidget(self.points)
        else:
            self.text.setPlainText("\n".join(lines(found.values, found.words)))
            self._views.setCurrentWidget(self.text)
        ends = self.tr("from the noise of seed {first} to that of seed {second}")
        if found.total:
            ends = self.tr("from example {first} to example {second} of {split}, by the values of {node}")
        self.about.setText(ends.format(first=self.first.value(), second=self.second.value(), split=found.split,
                                       node=found.node))  # fmt: skip

    def _make_controls(self) -> None:
        self.of = chooser(self.tr("Ends"), self.tr("Between what: two draws of noise, or the codes of two examples"),
                          [self.tr("Noise"), self.tr("Examples")])  # fmt: skip
        self.output = chooser(self.tr("Output"), self.tr("Which output to look at"))
        self.way = chooser(self.tr("Way"), self.tr("Straight, or on a sphere, where random normal noise lies"),
                           [self.tr("Straight"), self.tr("Spherical")])  # fmt: skip
        self.label = chooser(self.tr("Class"), self.tr("Which class to draw"))
        self.of.activated.connect(self._choose_of)
        for box in (self.output, self.way, self.label):
            box.activated.connect(self.ask)
        self.first, self.second, self.steps = QSpinBox(), QSpinBox(), QSpinBox()
        for spin, name, tip, value in (
            (self.first, self.tr("First end"), self.tr("A seed of noise, or the number of an example"), 0),
            (self.second, self.tr("Second end"), self.tr("A seed of noise, or the number of an example"), 1),
            (self.steps, self.tr("Steps"), self.tr("How many points of the way are shown, with both ends"), STEPS),
        ):
            spin.setAccessibleName(name)
            spin.setToolTip(tip)
            spin.setRange(*((2, MOST) if spin is self.steps else (0, ENDS)))
            spin.setValue(value)
            spin.setAlignment(Qt.AlignmentFlag.AlignCenter)
            spin.setFixedSize(SPIN, self.way.sizeHint().height())
            spin.valueChanged.connect(self.ask)
        self.other = tool(self, self.tr("Other ends"), "", self.tr("Walk between two other ends"), worded=True)
        self.other.clicked.connect(self.shuffle)
        self.output.setVisible(False)
        self.label.setVisible(False)

    def _lay_out(self) -> None:
        self.pictures, self.points, self.text = PictureGrid(), WalkedPoints(), QPlainTextEdit()
        self.pictures.in_a_row = True
        self.text.setReadOnly(True)
        self.text.setFont(theme.code_font(12))
        self._views, self.about = QStackedWidget(), Words(dim=True)
        for view in (self.pictures, self.points, self.text):
            view.setAccessibleName(self.tr("What lies on the way"))
            self._views.addWidget(view)
        boxes = [self.of, self.output, self.label, self.first, self.second, self.steps, self.way, self.other]
        self._flow = Flow(boxes, 5)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(8, 5, 8, 0)
        self.head.addWidget(self._flow, 1)
        self.about.setContentsMargins(10, 0, 10, 4)
        full, below = QWidget(), QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._views, 1)
        column.addWidget(self.about)
        self.stacked(full, below)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(self.head)
        whole.addWidget(below, 1)

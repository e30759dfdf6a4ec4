"""What of the codes to look at: whose, how laid out, coloured by what, of which examples, beside which other run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from backend.questions.latent import MOST, CodePlane, Codes, Method
from gui.flow import Flow
from gui.inside.run_box import RunBox
from gui.inside.splits import SplitBox
from gui.inspector.editors import CalmComboBox, chooser
from gui.parts import grouped
from gui.session import Session

METHODS: Final[tuple[Method, ...]] = ("pca", "tsne", "plain")
COUNTS: Final = (500, 2000, 5000, MOST)
WIDEST: Final = 150  # pixels of a list
GAP: Final = 5
AXES: Final = 64  # numbers of a code that can be chosen as an axis


class LatentControls(QWidget):
    """A row of lists. ``changed`` says that something else is wanted, ``compared`` that another run is."""

    changed = Signal()
    compared = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        boxes: list[QWidget] = []

        def box(name: str, tip: str, items: Sequence[tuple[str, object]]) -> CalmComboBox:
            made = chooser(name, tip)
            made.setMaximumWidth(WIDEST)
            for words, data in items:
                made.addItem(words, data)
            made.activated.connect(lambda _: self.changed.emit())
            boxes.append(made)
            return made

        self._make_boxes(box, boxes)
        self.runs = RunBox(session, self.tr("Compare with…"))
        self.runs.setAccessibleName(self.tr("Run to compare with"))
        self.runs.setToolTip(self.tr("Another run, shown beside this one"))
        self.runs.activated.connect(lambda _: self.compared.emit())
        self.runs.setMaximumWidth(WIDEST)
        self._flow = Flow([*boxes, self.runs], GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 8, 0)
        column.addWidget(self._flow)

    def _make_boxes(self, box: Callable[[str, str, Sequence[tuple[str, object]]], CalmComboBox],
                    boxes: list[QWidget]) -> None:  # fmt: skip
        self.code = box(self.tr("Code"), self.tr("The node whose values are the codes of the examples"),
                        [(self.tr("Code of the design"), ("", ""))])  # fmt: skip
        methods = (self.tr("PCA"), self.tr("t-SNE"), self.tr("As it is"))
        self.method = box(self.tr("Layout"), self.tr("PCA: the plane in which the codes differ most. t-SNE: a map on "
                          "which neighbours stay neighbours. As it is: two of the numbers"),
                          list(zip(methods, METHODS)))  # fmt: skip
        self.first = box(self.tr("Number to the right"), self.tr("Which number of the code goes to the right"), [])
        self.second = box(self.tr("Number upwards"), self.tr("Which number of the code goes upwards"), [])
        self.colour = box(self.tr("Colour"), self.tr("What the examples are coloured by"), [])
        self.split = SplitBox()
        self.split.activated.connect(lambda _: self.changed.emit())
        boxes.append(self.split)
        self.count = box(self.tr("How many"), self.tr("How many examples to show"),
                         [(grouped(count), count) for count in COUNTS])  # fmt: skip
        self.count.setCurrentIndex(1)
        self.first.setVisible(False)
        self.second.setVisible(False)

    def question(self) -> Codes:
        """What is wanted."""
        node, port = self.code.currentData() or ("", "")
        axes = (max(self.first.currentIndex(), 0), max(self.second.currentIndex(), 0))
        return Codes(node=node, port=port, split=self.split.asked, count=self.count.currentData(),
                     method=self.method.currentData(), colour=self.colour.currentData() or "class",
                     axes=axes if self.second.count() else (0, 1))  # fmt: skip

    def offer(self, plane: CodePlane) -> None:
        """Offer what can be chosen, by an answer."""
        self.split.show_split(plane.split)
        codes = [(f"{node} · {shape}", (node, port)) for node, port, shape in plane.choices]
        _fill(self.code, codes, (plane.node, plane.port))
        _fill(self.colour, [(words, name) for name, words in plane.colourings], plane.colour)
        count = min(plane.size, AXES)
        numbers = [(self.tr("number {n}").format(n=n + 1), n) for n in range(count)] if count > 2 else []
        for axis, box in enumerate((self.first, self.second)):
            _fill(box, numbers, axis if box.count() != len(numbers) else box.currentData())
            box.setVisible(bool(numbers) and self.method.currentData() == "plain")
        self._flow.arrange()

    def forget(self) -> None:
        """Back to what a design that is not known yet is asked."""
        _fill(self.code, [(self.tr("Code of the design"), ("", ""))], ("", ""))
        for box in (self.first, self.second, self.colour):
            box.clear()
        self.split.forget()
        self.runs.setCurrentIndex(0)


def _fill(box: CalmComboBox, items: Sequence[tuple[str, object]], chosen: object) -> None:
    """Put items into a list, if it holds others, and choose one."""
    if [box.itemText(n) for n in range(box.count())] != [words for words, _ in items]:
        box.clear()
        for words, data in items:
            box.addItem(words, data)
    place = next((n for n, (_, data) in enumerate(items) if data == chosen), 0)
    box.setCurrentIndex(place if items else -1)

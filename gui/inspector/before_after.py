"""What a node that changes examples does to real ones: before and after, while its parameters move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from backend import messages as m
from graph import files
from graph.analysis import matters
from graph.document import Change, NodeKey
from graph.networks import type_of
from graph.spoiling import arriving, spoils
from gui.inspector.contrast import Column, Contrast
from gui.inspector.design_section import captioned
from gui.parts import Live, Words, line, tool
from gui.session import Session

ROWS: Final = 3
DRAWS: Final = 4
PAIRS: Final = 2  # draws where each needs two columns


class BeforeAfter(Live):
    """Real examples beside what the node makes of them in training, drawn several times. Nothing for other than
    pictures."""

    def __init__(self, session: Session, key: NodeKey, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.key, self.seed = session, key, 0
        self.answer: m.TriedOut | None = None
        self._request: m.TryOut | None = None
        self.caption = captioned(self.tr("Before and after"), self)
        self.again = tool(self, self.tr("Again"), "reset", self.tr("Draw once more"), worded=True)
        self.again.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.again.clicked.connect(self.draw_again)
        self.view = Contrast(self)
        self.view.setAccessibleName(self.tr("Before and after"))
        self.words = Words(dim=True, parent=self)
        head = QHBoxLayout()
        head.addWidget(self.caption, 1)
        head.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.view)
        column.addWidget(self.words)
        column.addWidget(line(self))
        session.previews.tried.connect(self._hear)
        session.changed.connect(self._follow)
        session.analysed.connect(self._appear)
        self._draw_nothing()
        self._appear()

    def draw_again(self) -> None:
        """Draw with other random numbers."""
        self.seed += 1
        self.invalidate()

    def refresh(self) -> None:
        request = m.TryOut(files.dumps(self.session.document), self.key.network, self.key.node, ROWS, DRAWS, self.seed)
        if request != self._request:
            self._request = request
            self.session.previews.try_out(request)

    def restyle(self) -> None:
        self.view.update()

    def _appear(self) -> None:
        """Be there where pictures arrive, as far as is known."""
        document, analysis = self.session.document, self.session.analysis
        port = arriving(document, self.key) if self.key in document.nodes else None
        report = analysis.nodes.get(port.owner) if analysis and port else None
        spec = report.outputs.get(port.port) if report and port else None
        self.setVisible(spec is not None and spec.meaning == "image")
        self.invalidate()

    def _follow(self, changes: Sequence[Change]) -> None:
        if any(map(matters, changes)):
            self.invalidate()

    def _hear(self, answer: m.TriedOut) -> None:
        if (answer.request.network, answer.request.node) == self.key:
            self.answer = answer
            self.again.setVisible(not answer.error)
            self.view.setVisible(not answer.error)
            self.words.setText(answer.error or self._sentence(answer))
            self.words.setVisible(bool(self.words.text()))
            if not answer.error:
                self.view.show_columns(columns_of(answer, self.tr("data"), self.tr("target"), self.tr("input"),
                                                  self.tr("in training, drawn anew")), len(answer.before))  # fmt: skip
                self.view.setAccessibleDescription(self.words.text())

    def _sentence(self, answer: m.TriedOut) -> str:
        if answer.mends and len(answer.chain) > 1:
            words = self.tr("The network gets the input and should give the target. Nodes at work: {chain}.")
        elif answer.mends:
            words = self.tr("The network gets the input and should give the target.")
        elif len(answer.chain) > 1:
            words = self.tr("What the network sees in training, after {chain}.")
        else:
            words = self.tr("What the network sees in training.")
        return words.format(chain=" → ".join(answer.chain))

    def _draw_nothing(self) -> None:
        """Places for the pictures, until they come."""
        self.view.show_columns([Column((), self.tr("data")), Column((), apart=True), *[Column(())] * (DRAWS - 1)], ROWS)


def columns_of(answer: m.TriedOut, data: str, target: str, given: str, drawn: str) -> list[Column]:
    """The pictures as columns with these words above them: the data once, or input and target of every draw."""
    if answer.targets:
        pairs = zip(answer.after[:PAIRS], answer.targets[:PAIRS])
        return [
            column
            for number, (after, aim) in enumerate(pairs)
            for column in (Column(after, given, apart=number > 0), Column(aim, target))
        ]
    first = Column(answer.before, target if answer.mends else data)
    captions = answer.words or [()] * len(answer.after)
    later = given if answer.mends else drawn
    return [first] + [
        Column(pictures, "" if number else later, captions[number], apart=not number)
        for number, pictures in enumerate(answer.after)
    ]


def last_of_chain(session: Session, keys: Sequence[NodeKey]) -> NodeKey | None:
    """Of several nodes that change examples one behind the other, the last; None where they are no such chain."""
    document = session.document
    if not all(spoils(type_of(document, key)) for key in keys):
        return None
    feeding = {port.owner for key in keys if (port := arriving(document, key)) is not None}
    ends = [key for key in keys if key not in feeding]
    return ends[0] if len(ends) == 1 else None

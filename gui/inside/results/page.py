"""A page of the results panel: it asks one question while it is seen, and shows the answer or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QTableWidgetItem, QVBoxLayout, QWidget

from backend import messages as m
from backend.questions.results import Result
from gui.flow import Flow
from gui.inside.asking import Asker
from gui.inspector import editors
from gui.inspector.editors import CalmComboBox
from gui.parts import Empty, Live, Words
from gui.session import Session

GAP: Final = 6  # pixels between controls
SHORT, LONG = 112, 200  # pixels of a control at most, where many share a row and where few do


class Page(Live):
    """A subclass says what it asks and shows what comes, having put its widgets into ``column``."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.result: Result | None = None
        self.split = "test"
        self.asker = Asker(session, self)
        self.about = Words(dim=True)
        self.about.setContentsMargins(10, 0, 8, 0)
        self._full = QWidget()
        self.column = QVBoxLayout(self._full)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.flow = Flow((), GAP)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(8, 0, 8, 0)
        self.empty = Empty("", "")
        self._answered: m.Answered | None = None
        below = QWidget()
        self._stack = QStackedLayout(below)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._full)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(self._head)  # stays when what was chosen cannot be shown
        whole.addWidget(below, 1)

    def take(self, controls: Sequence[QWidget], body: QWidget) -> None:
        """Put the page together: controls in rows, a line about what is shown, and what is shown."""
        self.flow = Flow(controls, GAP)
        self.column.addWidget(self.about)
        self.column.addWidget(body, 1)
        self.keep_controls()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_controls()

    def _fit_controls(self) -> None:
        """Let controls have as much of a row as there is for each."""
        there = sum(not each.isHidden() for each in self.flow.widgets)
        for each in self.flow.widgets:
            each.setMaximumWidth(max(SHORT, min(self.width() // max(there, 1) - 2 * GAP, LONG)))
        self.flow.arrange()

    def keep_controls(self) -> None:
        """Have the controls above what is shown, wherever they were lent to."""
        if self.flow.parent() is not self:
            self._head.addWidget(self.flow)
            self.flow.show()

    def say(self, words: str) -> None:
        """Say something about what is shown."""
        self.about.setText(words)

    def question(self, result: Result) -> m.Question | None:
        """What to ask of an output; None where there is nothing to ask yet."""
        raise AssertionError

    def show_answer(self, value: Any) -> None:
        """Show what came."""
        raise AssertionError

    def begin(self, result: Result) -> None:
        """Offer what can be chosen of an output that was not looked at before."""

    def look(self, result: Result, split: str) -> None:
        """Look at an output, with the examples of a split."""
        if result != self.result or split != self.split:
            self.asker.last = self._answered = None
            new, self.result, self.split = result != self.result, result, split
            if new:
                self.begin(result)
        self.ask()

    def ask(self) -> None:
        """Ask, as something else was chosen; what is shown stays until the answer comes."""
        self.asker.ask(self.question(self.result) if self.result is not None else None)
        self.flow.arrange()

    def refresh(self) -> None:
        self.asker.go()
        answer = self.asker.last
        if answer is None:
            self.explain(self.tr("Working it out"), self.tr("All examples are gone through; this may take a moment."))
        elif answer.error:
            self.explain(self.tr("This cannot be shown"), answer.error)
        else:
            if answer is not self._answered:
                self._answered = answer
                self.show_answer(answer.result)
            self._stack.setCurrentIndex(1)
        self._fit_controls()

    def explain(self, title: str, advice: str) -> None:
        """Show words in the place of an answer."""
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)
        self._stack.setCurrentIndex(0)

    def restyle(self) -> None:
        self._answered = None
        super().restyle()


class Sortable(QTableWidgetItem):
    """A cell that is sorted by a number, whatever it says."""

    def __init__(self, text: str, value: float) -> None:
        super().__init__(text)
        self.value = value
        self.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        return isinstance(other, Sortable) and self.value < other.value


def chooser(name: str, tip: str, choices: Sequence[str] = ()) -> CalmComboBox:
    """A list in the head of a page."""
    made = editors.chooser(name, tip, choices)
    made.setMaximumWidth(LONG)
    return made


def offer(box: CalmComboBox, choices: Sequence[str], chosen: int = 0) -> None:
    """Let a list offer other choices, where they are others."""
    if [box.itemText(n) for n in range(box.count())] != list(choices):
        box.clear()
        box.addItems(choices)
        box.setCurrentIndex(chosen if 0 <= chosen < len(choices) else 0)
    box.setVisible(len(choices) > 1)

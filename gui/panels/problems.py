"""What is wrong with the design, worst first, with one-click mends."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from graph.problems import Problem
from gui.inspector.editors import Segments
from gui.language import content
from gui.panels import Panel
from gui.parts import Empty, Live, clear
from gui.problem_card import ProblemCard
from gui.session import Session

MOST: Final = 60  # more cards than anyone reads; one fault far upstream can make thousands


class ProblemsPanel(Live):
    """A card a problem: errors, which keep the design from training, and then warnings."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._shown: tuple[Problem, ...] | None = None
        self.cards: list[ProblemCard] = []
        self.count = QLabel()
        self.count.setProperty("dim", True)
        self.filter = Segments((self.tr("All"), self.tr("Errors"), self.tr("Warnings")))
        self.filter.name_for_readers(self.tr("Show"), self.tr("Which problems are shown"))
        self.filter.setMinimumWidth(self.filter.sizeHint().width())
        self.filter.show_value(self.filter.choices[0])
        self.filter.edited.connect(self._choose)
        self._severity = ""  # all
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self._inside = inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 8, 10, 10)
        head = QHBoxLayout()
        head.addWidget(self.count, 1)
        head.addWidget(self.filter)
        column.addLayout(head)
        column.addLayout(self._list)
        column.addStretch()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        advice = self.tr("What goes wrong while you draw is explained here, often with a one-click fix.")
        self.empty = Empty(self.tr("Nothing is wrong"), advice)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(scroll)
        for signal in (session.analysed, session.changed, session.document_replaced):
            signal.connect(self.invalidate)
            signal.connect(self._retitle)
        self._retitle()

    def refresh(self) -> None:
        found = tuple(sorted(self.session.problems, key=lambda problem: problem.severity != "error"))
        problems = tuple(each for each in found if self._severity in ("", each.severity))
        self.count.setText(self._summary(found))
        self._pages.setCurrentIndex(1 if found else 0)
        if problems == self._shown:
            return
        self._shown = problems
        focused = next((card.problem for card in self.cards if card.hasFocus()), None)
        clear(self._list)
        self.cards = [ProblemCard(problem, self.session, parent=self._inside) for problem in problems[:MOST]]
        for card in self.cards:
            self._list.addWidget(card)
            if card.problem == focused:
                card.setFocus()

    def _choose(self, choice: str, _: str) -> None:
        self._severity = ("", "error", "warning")[self.filter.choices.index(choice)]
        self.invalidate()

    def _retitle(self) -> None:
        """Say in the title how many there are, which is read on the tab of a panel that is not in sight."""
        count = len(self.session.problems)
        title = content(PANEL.title)
        self.setWindowTitle(f"{title} ({count})" if count else title)

    def restyle(self) -> None:
        """Cards paint and style themselves."""
        self.update()

    def _summary(self, problems: tuple[Problem, ...]) -> str:
        errors = sum(problem.severity == "error" for problem in problems)
        parts = [_counted(errors, self.tr("error")), _counted(len(problems) - errors, self.tr("warning"))]
        text = ", ".join(filter(None, parts))
        if len(problems) > MOST:
            text += self.tr("; the first {count} are shown").format(count=MOST)
        return text


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""


PANEL = Panel("problems", "Problems", "bottom", ProblemsPanel, order=40)

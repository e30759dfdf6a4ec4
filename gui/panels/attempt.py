"""Trying a network on what one draws, types and chooses oneself; the answer follows live."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from backend.questions.attempts import Attempt, Blank, Filled, Outcome, Reply
from gui.inside.asking import Asker
from gui.inside.entries import EntryRow, alike
from gui.inside.gist import Gist
from gui.inside.probe_view import ProbeView
from gui.inside.splits import SPLITS, SplitBox
from gui.inside.step_lines import StepLines
from gui.inside.writing_card import WritingCard
from gui.panels import Panel
from gui.parts import Empty, Live, Words, clear, grouped, scrolling, settle, tool
from gui.session import Session

LOW: Final = 84  # pixels, the least height of an answer


class ReplyCard(QFrame):
    """What one output says."""

    def __init__(self, output: str) -> None:
        super().__init__()
        self.setObjectName("card")
        title = QLabel(output)
        title.setProperty("heading", True)
        self.view, self.words, self.curve = ProbeView(), Words(), StepLines()
        for shown in (self.view, self.curve):
            shown.setMinimumHeight(LOW)
            shown.setAccessibleName(output)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(self.words)
        column.addWidget(self.view, 1)
        column.addWidget(self.curve, 1)

    def show_reply(self, reply: Reply) -> None:
        self.words.setText(reply.words)
        self.words.setVisible(bool(reply.words))
        self.curve.show_values(reply.curve, reply.columns)
        self.curve.setVisible(reply.curve is not None)
        self.view.setVisible(not reply.words and reply.curve is None)
        self.view.show_seen(reply.seen)


class AttemptPanel(Live):
    """Begins with an example of the data, which one changes or draws anew."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.rows: list[EntryRow] = []
        self.cards: dict[str, ReplyCard] = {}
        self.writing: dict[str, WritingCard] = {}
        self.split, self.index, self.total, self.seed = "test", 0, 0, 0
        self._changed = False
        self.blank, self.asker = Asker(session, self, follow=False), Asker(session, self)
        self._lay_out()
        self.blank.answered.connect(self._fill)
        self.asker.answered.connect(self._show)
        session.event.connect(self._hear)
        session.document_replaced.connect(self._begin)
        self._begin()

    # -- asking ------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Ask what can be given, filled in with the example."""
        self.blank.ask(Blank(self.split, self.index))

    def _hear(self, event: m.Event) -> None:
        if isinstance(event, m.Started):
            self._begin()

    def refresh(self) -> None:
        self.blank.go()
        if self._changed and not self.asker.waiting and self.rows:
            self._changed = False
            self._ask()
        self.asker.go()
        self._explain()

    def _ask(self) -> None:
        """What every output says, and what those go on with that write."""
        given = tuple((row.entry.source, row.entry.name, row.value()) for row in self.rows)
        self.asker.ask(Attempt(given, self.split, self.index, self.seed))
        for card in self.writing.values():
            card.go_on_from(given, self.split, self.index, self.seed)

    def _change(self) -> None:
        self._changed = True
        self.invalidate()

    def choose(self, index: int) -> None:
        """Begin with another example."""
        self.index = index % self.total if self.total else max(index, 0)
        self._begin()

    def _choose_split(self, which: int) -> None:
        self.split, self.index = SPLITS[which], 0
        self._begin()

    def _draw_again(self) -> None:
        self.seed += 1
        self._change()

    # -- showing -----------------------------------------------------------------------------------------------------

    def _fill(self, answer: m.Answered) -> None:
        """Take over what can be given, in the editors that are there where they suit."""
        filled = answer.result
        if answer.error and not (self.splits.asked or self.total) and self.split != SPLITS[-1]:
            self.split = SPLITS[SPLITS.index(self.split) + 1]  # as of a GAN, which may be given no others to learn from
            self.splits.show_split(self.split)
            self._begin()
        if not isinstance(filled, Filled):
            return
        self.index, self.total = filled.index, filled.total
        if len(filled.entries) == len(self.rows) and all(map(alike, filled.entries, (r.entry for r in self.rows))):
            for row, entry in zip(self.rows, filled.entries):
                row.show_entry(entry)
        else:
            clear(self._given)
            self.rows = [EntryRow(entry) for entry in filled.entries]
            for row in self.rows:
                row.changed.connect(self._change)
                self._given.addWidget(row, 1 if row.entry.form == "picture" else 0)
            self._given.addStretch(0)
            settle(self._area)
            beside = self._area.verticalScrollBar().sizeHint().width()
            self._area.setMinimumWidth(self._inside.minimumSizeHint().width() + beside)
        self._offer_writing(filled)
        self._turn(bool(filled.writable) and all(entry.form == "text" for entry in filled.entries))
        self.again.setVisible(bool(filled.drawn))
        self.fixed.setText(self.tr("As in the example: {names}").format(names=", ".join(filled.fixed)))
        self.fixed.setVisible(bool(filled.fixed))
        self._change()

    def _offer_writing(self, filled: Filled) -> None:
        """A card for each output that can write."""
        if [card.about for card in self.writing.values()] == list(filled.writable):
            return
        clear(self._writing)
        clear(self._replies)
        self.cards = {}
        named = len(filled.writable) > 1
        self.writing = {about.output: WritingCard(self.session, about, named) for about in filled.writable}
        for card in self.writing.values():
            self._writing.addWidget(card)

    def _turn(self, below: bool) -> None:
        """Have what is written below what is typed, as one reads; other answers beside what is given."""
        wanted = Qt.Orientation.Vertical if below else Qt.Orientation.Horizontal
        if self._halves.orientation() != wanted:
            self._halves.setOrientation(wanted)
            self._halves.setSizes([1, 1000] if below else [300, 200])
        self._answers.setContentsMargins(8 if below else 0, 4, 8, 8)
        if below:
            self._area.setMinimumWidth(0)
            for row in self.rows:
                row.label.setVisible(len(self.rows) > 1)

    def _show(self, answer: m.Answered) -> None:
        outcome = answer.result
        if not isinstance(outcome, Outcome):
            return
        replies = {reply.output: reply for reply in outcome.replies if reply.output not in self.writing}
        if list(replies) != list(self.cards):
            clear(self._replies)
            self.cards = {name: ReplyCard(name) for name in replies}
            across = 1 if len(replies) < 3 else 2
            for number, card in enumerate(self.cards.values()):
                self._replies.addWidget(card, number // across, number % across)
            if self._halves.orientation() == Qt.Orientation.Horizontal:
                self._halves.setSizes([1000, 1000] if across > 1 else [1200, 1000])
        for name, reply in replies.items():
            self.cards[name].show_reply(reply)

    def _explain(self) -> None:
        """What stands here instead, while there is nothing to try."""
        error = next((each.last.error for each in (self.blank, self.asker) if each.last and each.last.error), "")
        ready = bool(self.cards or self.writing) and self.blank.last is not None and not error
        at = self.tr("{index} of {total}").format(index=grouped(self.index + 1), total=grouped(self.total))
        self.where.setText(at if self.total and not error else "")
        self._bar.setVisible(bool(self.session.run))  # for another part of the data, where this one has no examples
        self._pages.setCurrentIndex(1 if ready and self.session.run else 0)
        if ready and self.session.run:
            return
        if error:
            title, advice = self.tr("This cannot be tried"), error
        elif self.session.run:
            title, advice = self.tr("One moment…"), self.tr("An example of the data is on its way.")
        else:
            title, advice = self.tr("Nothing to try yet"), self.tr(
                "Press Train, or open a finished run: then draw, type or choose here what the network is to answer, "
                "and see the answer change.")  # fmt: skip
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        self.splits = SplitBox()
        self.splits.activated.connect(self._choose_split)
        self.where = QLabel()
        self.where.setProperty("dim", True)
        self.before = tool(self, self.tr("Previous example"), "chevron-left")
        self.after = tool(self, self.tr("Next example"), "chevron-right")
        self.back = tool(self, self.tr("As in the example"), "reset", self.tr("Take back what was changed"))
        self.again = tool(self, self.tr("Draw again"), "", self.tr("Answer with other random numbers"), worded=True)
        self.before.clicked.connect(lambda: self.choose(self.index - 1))
        self.after.clicked.connect(lambda: self.choose(self.index + 1))
        self.back.clicked.connect(self._begin)
        self.again.clicked.connect(self._draw_again)
        head = QHBoxLayout()
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(2)
        self.where.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.where.setMinimumWidth(56)
        head.addWidget(self.splits)
        head.addWidget(self.before)
        head.addWidget(self.where, 1)
        for button in (self.after, self.back, self.again):
            head.addWidget(button)
        return head

    def _lay_out(self) -> None:
        self._inside, replied = QWidget(), QWidget()
        self._given, self._writing, self._replies = QVBoxLayout(), QVBoxLayout(), QGridLayout()
        self.fixed = Words(dim=True)
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(8, 4, 8, 8)
        column.addLayout(self._given, 1)
        column.addWidget(self.fixed)
        self._given.setSpacing(6)
        answers = self._answers = QVBoxLayout(replied)
        answers.setContentsMargins(0, 4, 8, 8)
        answers.addLayout(self._writing, 1)
        answers.addLayout(self._replies, 1)
        self._area = scrolling(self._inside)
        halves = self._halves = QSplitter()
        halves.setChildrenCollapsible(False)
        halves.addWidget(self._area)
        halves.addWidget(scrolling(replied))  # many answers may need more height than the panel has
        halves.setStretchFactor(0, 1)
        halves.setStretchFactor(1, 1)
        self.empty, self._bar, self._pages = Empty("", ""), QWidget(), QStackedLayout()
        self._bar.setLayout(self._head())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._bar)
        whole.addLayout(self._pages, 1)  # first, or what is stacked would open a window of its own for a moment
        self._pages.addWidget(self.empty)
        self._pages.addWidget(halves)


def _suits(gist: Gist) -> int:
    return int(bool(gist.outputs))


PANEL = Panel("attempt", "Try it", "bottom", AttemptPanel, order=36, late=True, suits=_suits)

"""What flows through the ports that one looks at, for an example of the data, live while training."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from backend.questions.looking import Look, Looked
from graph.document import Port
from gui.inside.asking import Asker
from gui.inside.probe_view import Histogram, ProbeView
from gui.inside.splits import SPLITS, SplitBox
from gui.panels import Panel
from gui.parts import Empty, Live, Words, clear, grouped, scrolling, tool
from gui.session import Session

MOST: Final = 4  # ports at once
WIDE, LOW, FACTS = 320, 96, 116  # pixels: the least width of a card, the least height of what it shows, its numbers


class ProbeCard(QFrame):
    """One port: its name and shape, its values, their statistics and how they lie."""

    def __init__(self, panel: ProbePanel, port: tuple[str, str]) -> None:
        super().__init__()
        self.setObjectName("card")
        self.port = port
        self.title = QLabel(f"{port[0]} · {port[1]}")
        self.title.setProperty("heading", True)
        self.close_button = tool(self, self.tr("Look away"), "close", self.tr("Look at this port no more"))
        self.close_button.clicked.connect(lambda: panel.look_away(port))
        self.view, self.histogram, self.words = ProbeView(), Histogram(), Words(dim=True)
        self.title.setToolTip(self.title.text())
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.view.setMinimumHeight(LOW)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        facts = QVBoxLayout()
        facts.addWidget(self.histogram)
        facts.addWidget(self.words)
        facts.addStretch()
        self.histogram.setFixedWidth(FACTS)
        self.words.setFixedWidth(FACTS)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.view, 1)
        row.addLayout(facts)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(row, 1)

    def show_seen(self, seen: m.Seen) -> None:
        self.view.show_seen(None if seen.error else seen)
        self.histogram.show_counts(seen.counts)
        self.histogram.setVisible(bool(seen.counts))
        self.words.setText(seen.error or self._facts(seen))
        self.view.setAccessibleDescription(self.words.text())

    def _facts(self, seen: m.Seen) -> str:
        shape = "×".join(map(str, seen.shape)) or self.tr("one number")
        facts = self.tr("{shape}\n{low:.3g} to {high:.3g}\nmean {mean:.3g} ± {deviation:.3g}\n{zeros:.0%} zero")
        told = facts.format(shape=shape, low=seen.low, high=seen.high, mean=seen.mean, deviation=seen.deviation,
                            zeros=seen.zeros)  # fmt: skip
        return f"{told}\n" + self.tr("{n} not finite").format(n=grouped(seen.odd)) if seen.odd else told


class ProbePanel(Live):
    """Looks at the ports that were clicked with Ctrl and Shift, and again as the training goes on, while it is seen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.ports: list[tuple[str, str]] = []  # each the path of a node and an output
        self.split, self.index, self.total = "test", 0, 0
        self.asker = Asker(session, self)
        self.cards: dict[tuple[str, str], ProbeCard] = {}
        self._lay_out()
        self.asker.answered.connect(self._take)
        session.probe_requested.connect(self.look_at)
        session.document_replaced.connect(self._forget)

    def look_at(self, port: Port) -> None:
        """Look at one more port; the one looked at longest gives way where there are too many."""
        asked = (self.session.place.path + port.node, port.port)
        self.ports = [*[each for each in self.ports if each != asked], asked][-MOST:]
        self.ask()

    def look_away(self, port: tuple[str, str]) -> None:
        """Look at a port no more."""
        self.ports = [each for each in self.ports if each != port]
        self.ask()

    def choose(self, index: int) -> None:
        """Look at another example."""
        self.index = index % self.total if self.total else max(index, 0)
        self.ask()

    def ask(self) -> None:
        """Ask for what flows through the ports."""
        self.asker.ask(Look(tuple(self.ports), self.split, self.index) if self.ports else None)

    def refresh(self) -> None:
        self.asker.go()
        self._pages.setCurrentIndex(1 if self.ports else 0)
        if list(self.cards) != self.ports:
            clear(self._grid)
            self.cards = {port: ProbeCard(self, port) for port in self.ports}
            self._arrange()
        for seen in self._seen():
            if card := self.cards.get((seen.node, seen.port)):
                card.show_seen(seen)
        at = self.tr("{index} of {total}").format(index=grouped(self.index + 1), total=grouped(self.total))
        self.where.setText(at if self.total else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """As many cards side by side as there is room for, the newest first."""
        columns = max(1, min(self.width() // WIDE, len(self.cards)))
        for number, port in enumerate(reversed(self.ports)):
            if port in self.cards:
                self._grid.addWidget(self.cards[port], number // columns, number % columns)

    def _seen(self) -> Sequence[m.Seen]:
        """What there is to show, or for every port why there is nothing."""
        answer = self.asker.last
        if answer is not None and isinstance(answer.result, Looked):
            return answer.result.seen
        error = answer.error if answer is not None else ""
        if not self.session.run:
            error = self.tr("Press Train, or open a finished run, to see values here.")
        return [m.Seen(*port, error=error) for port in self.ports]

    def _take(self, answer: m.Answered) -> None:
        if isinstance(answer.result, Looked):
            self.index, self.total = answer.result.index, answer.result.total
        elif answer.error and not (self.splits.asked or self.total) and self.split != SPLITS[-1]:
            self.split = SPLITS[SPLITS.index(self.split) + 1]  # as of a GAN, which may have no others than for training
            self.splits.show_split(self.split)
            self.ask()

    def _choose_split(self, split: str) -> None:
        self.split, self.total = split, 0
        self.choose(0)

    def _forget(self) -> None:
        self.ports, self.total, self.index = [], 0, 0
        self.ask()

    def _lay_out(self) -> None:
        self.splits = SplitBox()
        self.splits.activated.connect(lambda which: self._choose_split(SPLITS[which]))
        self.where = QLabel()
        self.where.setProperty("dim", True)
        self.where.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.before = tool(self, self.tr("Previous example"), "chevron-left", self.tr("Previous example"))
        self.after = tool(self, self.tr("Next example"), "chevron-right", self.tr("Next example"))
        self.anyone = tool(self, self.tr("Any example"), "reset", self.tr("Any example"))
        self.before.clicked.connect(lambda: self.choose(self.index - 1))
        self.after.clicked.connect(lambda: self.choose(self.index + 1))
        self.anyone.clicked.connect(lambda: self.choose(random.randrange(max(self.total, 1))))
        head = QHBoxLayout()
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(2)
        for widget in (self.splits, self.before):
            head.addWidget(widget)
        head.addWidget(self.where, 1)
        for button in (self.after, self.anyone):
            head.addWidget(button)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(8, 4, 8, 8)
        column.addWidget(scrolling(inside), 1)
        advice = self.tr("Hold Ctrl and Shift and click a port on the canvas, to see what flows through it.")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(Empty(self.tr("Nothing is looked at"), advice))
        self._pages.addWidget(full)


PANEL = Panel("probe", "Probe", "bottom", ProbePanel, order=25, late=True, suits=lambda gist: 0)

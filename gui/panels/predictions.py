"""Examples that the network has not learned from, with what it says of them."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from gui import theme
from gui.inside import answers
from gui.inside.tiles import TileView
from gui.inspector.editors import CalmComboBox
from gui.panels import Panel
from gui.parts import Empty, Live, grouped, tool
from gui.session import Session

PAGE: Final = 48  # examples
NARROW: Final = 24  # pixels of a button; the panel often shares its row with two others
OFTEN: Final = 2000  # milliseconds between two refreshes at most
SPLITS: Final = ("test", "validation", "train")


class PredictionsPanel(Live):
    """Asks for a page of predictions when an epoch or a training ends or the user turns the page; only while seen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.answer: m.Predictions | None = None
        self.split, self.offset = "test", 0
        self._wanted = False  # newer answers could be had
        self._asked = False  # one is on its way
        self._last = 0.0
        self._epoch = -1
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.invalidate)
        self._make_controls()
        self._lay_out()
        session.event.connect(self._hear)
        session.document_replaced.connect(self._forget)

    # -- asking ------------------------------------------------------------------------------------------------------

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Predictions():
                self._asked = False
                if (event.split, event.offset) == (self.split, self.offset) or not event.shown:
                    self.answer = event
                self.invalidate()
            case m.Started():
                self._epoch = event.epoch
                self.offset = 0
            case m.Progress() if event.epoch > self._epoch or (event.paused and self.session.state == "paused"):
                self._epoch = event.epoch
                self._want()
            case m.Finished():
                self._want()
            case m.Failed() | m.Died():
                self._asked = self._wanted = False

    def _want(self) -> None:
        self._wanted = True
        self.invalidate()

    def _ask(self) -> None:
        """Ask if newer answers are wanted, none is on its way and the last are old enough."""
        if not self._wanted or self._asked or not self.session.run:
            return
        wait = OFTEN - (time.monotonic() - self._last) * 1000
        if wait > 0 and self.session.state == "running":
            self._later.start(round(wait))
            return
        self._wanted, self._asked, self._last = False, True, time.monotonic()
        self.session.request_predictions(self.split, self.offset, PAGE)

    def _turn(self, pages: int) -> None:
        total = self.answer.total if self.answer else 0
        self.offset = max(0, min(self.offset + pages * PAGE, (total - 1) // PAGE * PAGE if total else 0))
        self._last = 0.0
        self._want()

    def _choose_split(self, split: str) -> None:
        self.split, self.offset, self._last = split, 0, 0.0
        self._want()

    def _forget(self) -> None:
        self.answer, self._wanted, self._asked, self.offset = None, False, False, 0
        self.invalidate()

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._ask()
        shown = self.answer.shown if self.answer else ()
        self._pages.setCurrentIndex(1 if shown else 0)
        self._bar.setVisible(self.answer is not None)  # for another part of the data, where this one has no examples
        if not shown:
            self._explain()
            return
        assert self.answer is not None
        names = [each.output for each in shown]
        if [self.output.itemText(n) for n in range(self.output.count())] != names:
            self.output.clear()
            self.output.addItems(names)
        self.output.setVisible(len(names) > 1)
        chosen = shown[max(0, self.output.currentIndex())]
        if answers.view_of(chosen) == "tiles":
            found = answers.tiles(chosen, self.answer.offset)
            self.tiles.show_tiles(answers.wrong_first(found) if self.wrong.isChecked() else found)
            self._views.setCurrentWidget(self.tiles)
        else:
            self._fill_table(answers.table(chosen, self.answer.offset))
            self._views.setCurrentWidget(self.table)
        self._summarise(chosen)

    def _explain(self) -> None:
        for part in (self.summary, self.where):
            part.setText("")
        for button in (self.wrong, self.back, self.forth):
            button.setVisible(False)
        if self.answer is not None and not self.answer.total:
            title = self.tr("There are no examples here")
            advice = self.tr("The {split} part of the data is empty: choose another part above.").format(
                split=self.split
            )
        elif self.answer is not None:
            title = self.tr("The design has no output")
            advice = self.tr("Add an Output node after what the network predicts, and train again.")
        else:
            title = self.tr("No predictions yet")
            advice = self.tr(
                "Press Train: after each epoch, examples appear here that the network has not learned from, "
                "with what it says of them."
            )
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)

    def _summarise(self, chosen: m.Shown) -> None:
        assert self.answer is not None
        good = answers.rights(chosen)
        first, count = self.answer.offset, len(chosen.outputs)
        words = self.tr("{first}–{last} of {total}").format(
            first=grouped(first + 1), last=grouped(first + count), total=grouped(self.answer.total))  # fmt: skip
        self.where.setText(words if self.answer.total > count else "")
        right = f"<b>{int(good.sum())}/{count}</b> " + self.tr("right") if good is not None else ""
        self.summary.setText(right)
        self.wrong.setVisible(good is not None and answers.view_of(chosen) == "tiles")
        for button, there in ((self.back, first > 0), (self.forth, first + count < self.answer.total)):
            button.setEnabled(there)
            button.setVisible(self.answer.total > PAGE)
        self.splits.setCurrentText(self.split)

    def _fill_table(self, table: answers.Table) -> None:
        view, now = self.table, theme.current()
        view.setRowCount(len(table.rows))
        view.setColumnCount(len(table.headers))
        view.setHorizontalHeaderLabels(table.headers)
        colours = {"✓": now.success, "✗": now.error}
        for row, words in enumerate(table.rows):
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if text in colours:
                    item.setForeground(colours[text])
                    item.setToolTip(self.tr("right") if text == "✓" else self.tr("wrong"))
                elif not column:
                    item.setForeground(now.text_dim)
                view.setItem(row, column, item)
        view.resizeColumnsToContents()

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.splits = CalmComboBox()
        self.splits.addItems(SPLITS)
        self.splits.setMaximumWidth(NARROW * 4)
        self.splits.setAccessibleName(self.tr("Split"))
        self.splits.setToolTip(self.tr("Which part of the data the examples are from"))
        self.splits.activated.connect(lambda which: self._choose_split(SPLITS[which]))
        self.output = CalmComboBox()
        self.output.setAccessibleName(self.tr("Output"))
        self.output.activated.connect(lambda _: self.invalidate())
        self.summary, self.where = QLabel(), QLabel()
        self.where.setProperty("dim", True)
        self.where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.wrong = tool(
            self, self.tr("Wrong first"), "filter", self.tr("Show what it got wrong first"), checkable=True
        )
        self.wrong.toggled.connect(self.invalidate)
        self.back = tool(self, self.tr("Earlier examples"), "chevron-left")
        self.forth = tool(self, self.tr("Further examples"), "chevron-right")
        for button in (self.wrong, self.back, self.forth):
            button.setFixedWidth(NARROW)
            button.setStyleSheet("QToolButton { padding: 4px 0; }")
        self.back.clicked.connect(lambda: self._turn(-1))
        self.forth.clicked.connect(lambda: self._turn(1))
        self.tiles = TileView()
        self.tiles.setAccessibleName(self.tr("Predictions"))
        self.table = QTableWidget()
        self.table.setAccessibleName(self.tr("Predictions"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)

    def _lay_out(self) -> None:
        self._bar = QWidget()
        head = QHBoxLayout(self._bar)
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(6)
        head.addWidget(self.splits)
        head.addWidget(self.output)
        head.addWidget(self.summary)
        head.addWidget(self.where, 1)
        for widget in (self.wrong, self.back, self.forth):
            head.addWidget(widget)
        self._views = QStackedWidget()
        self._views.addWidget(self.tiles)
        self._views.addWidget(self.table)
        self.empty = Empty("", "")
        self._pages = QStackedLayout()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._views)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._bar)
        column.addLayout(self._pages, 1)


PANEL = Panel("predictions", "Predictions", "bottom", PredictionsPanel, order=30, beside=True, suits=lambda gist: 2)

"""Examples that the network has not learned from, with what it says of them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from backend import messages as m
from backend.questions.predictions import Predict, Predictions
from gui import theme
from gui.inside import answers
from gui.inside.asking import Asker
from gui.inside.splits import SPLITS, SplitBox
from gui.inside.tiles import TileView
from gui.inspector.editors import CalmComboBox
from gui.panels import Panel
from gui.parts import Empty, Live, grouped, tool
from gui.session import Session

PAGE: Final = 48  # examples
NARROW: Final = 24  # pixels of a button; the panel often shares its row with two others


class PredictionsPanel(Live):
    """Asks for a page of predictions while seen, and again as the training goes on."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.asker = Asker(session, self)
        self.answer: Predictions | None = None
        self.error = ""
        self.split, self.offset = "test", 0
        self._make_controls()
        self._lay_out()
        self.asker.answered.connect(self._take)
        session.event.connect(self._hear)
        session.document_replaced.connect(self._forget)
        self.ask()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the page that is turned to."""
        self.asker.ask(Predict(self.split, PAGE, self.offset))

    def _hear(self, event: m.Event) -> None:
        if isinstance(event, m.Started) and self.offset:
            self.offset = 0
            self.ask()

    def _take(self, answer: m.Answered) -> None:
        self.error = answer.error
        self.answer = answer.result if isinstance(answer.result, Predictions) else None

    def _turn(self, pages: int) -> None:
        total = self.answer.total if self.answer else 0
        self.offset = max(0, min(self.offset + pages * PAGE, (total - 1) // PAGE * PAGE if total else 0))
        self.ask()

    def _choose_split(self, split: str) -> None:
        self.split, self.offset = split, 0
        self.ask()

    def _forget(self) -> None:
        self.answer, self.error, self.offset = None, "", 0
        self.ask()

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.asker.go()
        if self.answer is not None and self.answer.shown:
            self._show(self.answer)
        else:
            self._explain()

    def _show(self, answer: Predictions) -> None:
        names = [each.output for each in answer.shown]
        if [self.output.itemText(n) for n in range(self.output.count())] != names:
            self.output.clear()
            self.output.addItems(names)
            telling = [number for number, each in enumerate(answer.shown) if each.kind != "latent"]
            self.output.setCurrentIndex(telling[0] if telling else 0)  # the numbers of a code tell people little
        self.output.setVisible(len(names) > 1)
        chosen = answer.shown[max(0, self.output.currentIndex())]
        if answers.view_of(chosen) == "tiles":
            found = answers.tiles(chosen, answer.offset)
            self.tiles.show_tiles(answers.wrong_first(found) if self.wrong.isChecked() else found)
            self._views.setCurrentWidget(self.tiles)
        else:
            self._fill_table(answers.table(chosen, answer.offset))
            self._views.setCurrentWidget(self.table)
        self._summarise(answer, chosen)

    def _explain(self) -> None:
        """Say why there is nothing to see; the list of splits stays."""
        title, advice = self._reason()
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)
        for widget in (self.output, self.wrong, self.back, self.forth):
            widget.setVisible(False)
        for words in (self.summary, self.where):
            words.setText("")
        self._views.setCurrentWidget(self.empty)

    def _reason(self) -> tuple[str, str]:
        if self.error:
            return self.tr("There are no predictions"), self.error
        if self.answer is None:
            return self.tr("No predictions yet"), self.tr(
                "Press Train: while it learns, examples appear here that the network has not learned from, "
                "with what it says of them.")  # fmt: skip
        if not self.answer.total:
            title = self.tr("There are no {split} examples").format(split=self.split)
            return title, self.tr("Choose another part of the data in the list above.")
        return self.tr("Nothing is predicted here"), self.tr(
            "No Output reads data. Add an Output node after what the network predicts, and train again; what is made "
            "of noise stands in the Samples panel.")  # fmt: skip

    def _summarise(self, answer: Predictions, chosen: m.Shown) -> None:
        good = answers.rights(chosen)
        first, count = answer.offset, len(chosen.outputs)
        words = self.tr("{first}–{last} of {total}").format(
            first=grouped(first + 1), last=grouped(first + count), total=grouped(answer.total))  # fmt: skip
        self.where.setText(words if answer.total > count else "")
        right = f"<b>{int(good.sum())}/{count}</b> " + self.tr("right") if good is not None else ""
        self.summary.setText(right)
        self.wrong.setVisible(good is not None and answers.view_of(chosen) == "tiles")
        for button, there in ((self.back, first > 0), (self.forth, first + count < answer.total)):
            button.setEnabled(there)
            button.setVisible(answer.total > PAGE)
        self.splits.show_split(self.split)

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
        self.splits = SplitBox()
        self.splits.setMaximumWidth(NARROW * 4)
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
        head = QHBoxLayout()
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(6)
        head.addWidget(self.splits)
        head.addWidget(self.output)
        head.addWidget(self.summary)
        head.addWidget(self.where, 1)
        for widget in (self.wrong, self.back, self.forth):
            head.addWidget(widget)
        self._views, self.empty = QStackedWidget(), Empty("", "")
        for view in (self.empty, self.tiles, self.table):
            self._views.addWidget(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._views, 1)


PANEL = Panel(
    "predictions",
    "Predictions",
    "bottom",
    PredictionsPanel,
    order=30,
    beside=True,
    suits=lambda gist: 2 * gist.answers,
)

"""Some examples by their numbers: pictures as tiles, anything else as rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QTableWidget, QTableWidgetItem, QVBoxLayout

from backend import messages as m
from backend.questions.results import Examples, ExamplesShown
from gui import theme
from gui.inside import answers
from gui.inside.asking import Asker
from gui.inside.tiles import TileView
from gui.parts import Empty, Live, Words, grouped
from gui.session import Session

PICTURES, ROWS, WORDS = range(3)


class ExamplesView(Live):
    """Asks for the examples whose numbers it is given, and shows them in their order."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.asker = Asker(session, self, follow=False)
        self.title = Words(dim=True)
        self.title.setContentsMargins(10, 0, 8, 0)
        self.numbers: tuple[int, ...] = ()
        self._answered: m.Answered | None = None
        self.tiles = TileView()
        self.table = plain_table(self.tr("Examples"))
        self.tiles.setAccessibleName(self.tr("Examples"))
        self.words = Empty("", "")
        self._views = QStackedWidget()
        for view in (self.tiles, self.table, self.words):
            self._views.addWidget(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self._views, 1)
        self.setMinimumWidth(160)
        self.forget()

    def forget(self) -> None:
        """Show none."""
        self.numbers, self._answered = (), None
        self.title.hide()
        self.asker.forget()

    def look(self, title: str, output: str, split: str, numbers: Sequence[int]) -> None:
        """Show these examples of a split, under a title."""
        self.title.setText(title)
        self.title.show()
        if tuple(numbers) == self.numbers and self.asker.question is not None:
            return
        self.numbers = tuple(numbers)
        if self.numbers:
            self.asker.ask(Examples(output=output, split=split, numbers=self.numbers))
        else:
            self.asker.forget()
            self._say(self.tr("No example is like this"), "")

    def again(self) -> None:
        """Ask for the same examples anew, as the network has changed."""
        if self.numbers:
            self.asker.again()

    def refresh(self) -> None:
        self.asker.go()
        answer = self.asker.last
        if answer is None or answer is self._answered or not self.numbers:
            return
        self._answered = answer
        if answer.error:
            self._say(self.tr("These examples cannot be shown"), answer.error)
        else:
            self._show(answer.result)

    def restyle(self) -> None:
        self._answered = None
        super().restyle()

    def _say(self, title: str, advice: str) -> None:
        self.words.title.setText(title)
        self.words.advice.setText(advice)
        self._views.setCurrentIndex(WORDS)

    def _show(self, found: ExamplesShown) -> None:
        names = [each + 1 for each in found.numbers]
        if answers.view_of(found.shown) == "tiles":
            made = answers.tiles(found.shown)
            self.tiles.show_tiles([tile._replace(number=number) for tile, number in zip(made, names)])
            self._views.setCurrentIndex(PICTURES)
            return
        table = answers.table(found.shown)
        start = table.headers.index("predicted")
        headers = [table.headers[0], *table.headers[start:], *(found.headers or table.headers[1:start])]
        rows = [[grouped(number), *row[start:], *(given or row[1:start])]
                for number, given, row in zip(names, found.rows or [()] * len(names), table.rows)]  # fmt: skip
        fill(self.table, headers, rows)
        self._views.setCurrentIndex(ROWS)


def plain_table(name: str) -> QTableWidget:
    """A table that is only read."""
    made = QTableWidget()
    made.setAccessibleName(name)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(24)
    made.setShowGrid(False)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    return made


def fill(view: QTableWidget, headers: Sequence[str], rows: Sequence[Sequence[str]], wordy: int = 0) -> None:
    """Put words into a table; the signs of right and wrong in their colours.

    wordy: how many of the first columns hold words, which stand below the beginning of their header
    """
    now = theme.current()
    view.setRowCount(len(rows))
    view.setColumnCount(len(headers))
    view.setHorizontalHeaderLabels(list(headers))
    colours = {"✓": now.success, "✗": now.error}
    for row, words in enumerate(rows):
        for column, text in enumerate(words):
            item = QTableWidgetItem(text)
            side = Qt.AlignmentFlag.AlignLeft if column < wordy else Qt.AlignmentFlag.AlignRight
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            if text in colours:
                item.setForeground(colours[text])
            view.setItem(row, column, item)
    view.resizeColumnsToContents()

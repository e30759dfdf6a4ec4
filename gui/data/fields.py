"""The fields of a data set under tabs, each drawn as what it means."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from backend.messages import FieldView, Previewed
from gui import theme
from gui.data.columns import ColumnTable
from gui.data.pictures import PictureWall
from gui.data.series import WindowsView
from gui.data.views import ClassCloud, CountBars, LinesView
from gui.inside.samples_view import lines
from gui.inspector.editors import CalmComboBox
from gui.inspector.values import brief
from gui.parts import Words, grouped

COLUMNS: Final = "\0columns"  # the name of the tab that no field can have


class FieldPane(QWidget):
    """A tab for every field, what its numbers are before and after preparation, and its examples."""

    page_wanted = Signal(int, int)  # a class, −1 for all, and the offset of a page
    use_wanted = Signal(str, str)  # of a column of a table

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: Previewed | None = None
        self.label = -1  # the class whose pictures are shown
        self._subject: object = None
        self._make_views()
        self._lay_out()

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_answer(self, answer: Previewed, subject: object) -> None:
        """Show what came; another ``subject`` begins anew, the same keeps its place."""
        fresh = subject != self._subject
        self._subject = subject
        first = self.answer is None or fresh or _tabs(self.answer) != _tabs(answer)
        label = answer.request.label
        self.answer = answer
        if first:
            self._name_tabs()
        if first or label != self.label or answer.total != self.wall.total:
            self.label = label
            self._offer_classes()
            self.wall.start(answer.total, self._class_names)
        self._put_page()
        self._show_tab()

    @property
    def _class_names(self) -> tuple[str, ...]:
        classes = self._classes()
        return classes.names or tuple(map(str, range(len(next(iter(classes.counts.values()), ()))))) if classes else ()

    def _classes(self) -> FieldView | None:
        fields = self.answer.fields if self.answer else ()
        return next((field for field in fields if field.meaning == "classes"), None)

    def _name_tabs(self) -> None:
        assert self.answer is not None
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for name, words in _tabs(self.answer):
            text = self.tr("Columns") if name == COLUMNS else f"{name}  {words}"
            self.tabs.setTabData(self.tabs.addTab(text), name)
        self.tabs.setVisible(self.tabs.count() > 0)
        self.tabs.blockSignals(False)

    def _offer_classes(self) -> None:
        classes = self._classes()
        self.classes.blockSignals(True)
        self.classes.clear()
        if classes is not None and classes.counts:
            counts = np.sum([np.array(each) for each in classes.counts.values()], axis=0)
            self.classes.addItem(self.tr("All classes ({count})").format(count=grouped(int(counts.sum()))), -1)
            for number, name in enumerate(self._class_names):
                self.classes.addItem(f"{name} ({grouped(int(counts[number]))})", number)
            self.classes.setCurrentIndex(self.label + 1)
        self.classes.blockSignals(False)

    def _put_page(self) -> None:
        field = self._pictures()
        if field is not None and field.values is not None and self.answer is not None:
            self.wall.put(self.answer.request.offset, field.values, self.answer.labels)

    def _field(self) -> FieldView | None:
        name = self.tabs.tabData(self.tabs.currentIndex()) if self.tabs.count() else None
        return next((field for field in self.answer.fields if field.name == name), None) if self.answer else None

    def _pictures(self) -> FieldView | None:
        """The pictures of the tab, or the first there are."""
        field = self._field()
        if field is not None and field.meaning == "image":
            return field
        return next((each for each in self.answer.fields if each.meaning == "image"), None) if self.answer else None

    def _change_tab(self) -> None:
        field = self._field()
        if field is not None and field.meaning == "image" and self.answer is not None:
            self.wall.start(self.answer.total, self._class_names)
            self._put_page()
        self._show_tab()

    def _show_tab(self) -> None:
        answer, field = self.answer, self._field()
        if answer is None:
            return
        self.classes.setVisible(field is not None and field.meaning == "image" and self.classes.count() > 1)
        self.note.setText(self._sentence(field))
        self.note.setVisible(bool(self.note.text()))
        if field is None:
            self.table.show_columns(answer.columns, table=True)
            self._show(self.table if answer.columns else self.nothing)
        elif answer.missing:
            self.nothing.setText(self.tr("Its examples can be seen here once it is downloaded."))
            self._show(self.nothing)
        else:
            self._show_field(field)

    def _show_field(self, field: FieldView) -> None:
        classes = self._classes()
        if field.meaning == "image":
            self._show(self.wall)
        elif field.meaning == "classes":
            self.bars.show_counts(field.names, field.counts)
            self._show(self.bars)
        elif field.meaning == "tokens" and field.values is not None:
            self.text.setPlainText("\n".join(lines(field.values, field.names)))
            self.words.show_counts(field.columns[0].names, {"": field.columns[0].counts})
            self._show(self.tokens)
        elif field.values is not None and field.windows:
            self.series.show_series(field.values[0], field.windows)
            self._show(self.series)
        elif field.values is not None and field.values.ndim == 3:
            self.lines.show_lines(field.values)
            self._show(self.lines)
        elif field.values is not None and field.values.shape[1] == 2:
            self.cloud.show_classes(field.values, field.labels, classes.names if classes else ())
            self._show(self.cloud)
        elif field.columns:
            self.numbers.show_columns(field.columns, table=False)
            self._show(self.numbers)
        else:
            self.nothing.setText(self.tr("The columns of the table say what these numbers are."))
            self._show(self.nothing)

    def _sentence(self, field: FieldView | None) -> str:
        """What the numbers are, as stored and as the network reads them."""
        if field is None or field.prepared is None:
            return ""
        after = [brief(value) for value in field.prepared]
        if field.stored is None:
            return self.tr("The network reads numbers from {low} to {high}.").format(low=after[0], high=after[1])
        before = [brief(value) for value in field.stored]
        if before == after:
            return self.tr("Numbers from {low} to {high}, read as they are.").format(low=before[0], high=before[1])
        words = self.tr("From {low} to {high} as stored; the network reads {first} to {last}.")
        return words.format(low=before[0], high=before[1], first=after[0], last=after[1])

    def _show(self, view: QWidget) -> None:
        self.views.setCurrentWidget(view)

    def restyle(self) -> None:
        """Take the colours of a new theme."""
        self._show_tab()
        self.text.setFont(theme.code_font(12))

    def choose_class(self, label: int) -> None:
        """Show the pictures of a class."""
        pictures = self._pictures()
        if pictures is None:
            return
        self.tabs.setCurrentIndex([self.tabs.tabData(n) for n in range(self.tabs.count())].index(pictures.name))
        self.page_wanted.emit(label, 0)

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_views(self) -> None:
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setAccessibleName(self.tr("Fields"))
        self.tabs.currentChanged.connect(lambda _: self._change_tab())
        self.classes = CalmComboBox(self)
        self.classes.setAccessibleName(self.tr("Class"))
        self.classes.setMinimumContentsLength(14)
        self.classes.setToolTip(self.tr("Show the pictures of one class"))
        self.classes.activated.connect(lambda place: self.page_wanted.emit(self.classes.itemData(place), 0))
        self.note = Words(dim=True, parent=self)
        self.wall = PictureWall(self)
        self.wall.setAccessibleName(self.tr("Pictures"))
        self.wall.wanted.connect(lambda offset: self.page_wanted.emit(self.label, offset))
        self.bars, self.words = CountBars(self), CountBars(self)
        self.bars.setAccessibleName(self.tr("Examples by class"))
        self.bars.setToolTip(self.tr("Choose a class to see its pictures"))
        self.bars.chosen.connect(self.choose_class)
        self.words.setAccessibleName(self.tr("Vocabulary"))
        self.cloud = ClassCloud(self)
        self.cloud.setAccessibleName(self.tr("Points"))
        self.lines = LinesView(self)
        self.lines.setAccessibleName(self.tr("Examples over time"))
        self.series = WindowsView(self)
        self.series.setAccessibleName(self.tr("Windows over time"))
        self.table, self.numbers = ColumnTable(self), ColumnTable(self)
        self.table.setAccessibleName(self.tr("Columns"))
        self.table.use_wanted.connect(self.use_wanted)
        self.numbers.setAccessibleName(self.tr("Numbers"))
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setFont(theme.code_font(12))
        self.text.setAccessibleName(self.tr("Texts"))
        self.tokens = QWidget(self)
        self.nothing = QLabel(self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("dim", True)

    def _lay_out(self) -> None:
        both = QVBoxLayout(self.tokens)
        both.setContentsMargins(0, 0, 0, 0)
        both.addWidget(self.text, 3)
        both.addWidget(self.words, 2)
        self.views = QStackedWidget(self)
        for view in (self.nothing, self.wall, self.bars, self.cloud, self.lines, self.series, self.table, self.numbers,
                     self.tokens):  # fmt: skip
            self.views.addWidget(view)
        line = QHBoxLayout()
        line.setContentsMargins(8, 2, 8, 2)
        line.setSpacing(8)
        line.addWidget(self.classes, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.tabs)
        column.addLayout(line)
        column.addWidget(self.views, 1)


def _tabs(answer: Previewed) -> list[tuple[str, str]]:
    """The tabs by name and what they say: the columns of a table first."""
    table = [(COLUMNS, "")] if answer.columns else []
    return table + [(field.name, field.words) for field in answer.fields]

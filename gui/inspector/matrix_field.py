"""Lists of numbers: a summary on the line, and beneath it, once opened, a grid that grows as one types or pastes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui import icons, theme
from gui.inspector import matrices, values
from gui.inspector.editors import Editor, row_of
from gui.inspector.number_field import SEVERAL, fresh_token
from gui.inspector.text_box import TextBox
from gui.parts import tool

COLUMN: Final = 52  # pixels
ROW: Final = 26
MOST_ROWS: Final = 9  # that are seen at once


class MatrixEditor(Editor):
    """How many numbers there are, and a button that opens them; what is typed until it is closed is one step of undo.

    flat: whether a single row means a list of numbers, not a list with one row
    """

    def __init__(self, flat: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flat = flat
        self._value: list[Any] = []
        self._token = ""
        self.button = tool(self, "", worded=True, checkable=True)
        self.button.setIcon(icons.icon("chevron-right", "text_dim"))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.toggled.connect(self._toggled)
        row_of(self).addWidget(self.button)
        self.setFocusProxy(self.button)
        self.grid = Grid()
        self.grid.changed.connect(self._read_grid)
        self.text = _Numbers()
        self.text.left.connect(self._read_text)
        self.paste = tool(self, self.tr("Paste"), "paste", self.tr("Paste numbers from a spreadsheet or a CSV file"),
                          worded=True)  # fmt: skip
        self.paste.clicked.connect(self._paste)
        self.fill = QPushButton()
        self.fill.setIcon(icons.icon("fix", "accent"))
        self.fill.clicked.connect(self._fill)
        self._filling: Callable[[], object] | None = None
        self.below = self._opened()
        self.below.hide()
        self.offer("", None)

    @property
    def opened(self) -> bool:
        return self.button.isChecked()

    def show_value(self, value: Any) -> None:
        several = value is None
        self._value = list(value) if isinstance(value, list) else []
        self.button.setText(SEVERAL if several else values.list_words(self._value))
        if self.opened:
            self._show_numbers()

    def offer(self, label: str, run: Callable[[], object] | None) -> None:
        """Offer to bring the numbers to the size that they should have; "" offers nothing."""
        self._filling = run
        self.fill.setText(label)
        self.fill.setVisible(bool(label))

    def name_for_readers(self, name: str, help: str) -> None:
        super().name_for_readers(name, help)
        self.grid.setAccessibleName(name)
        self.text.setAccessibleName(name)

    def _opened(self) -> QWidget:
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 2, 0, 4)
        column.setSpacing(4)
        column.addWidget(self.grid)
        column.addWidget(self.text)
        feet = QHBoxLayout()
        feet.addWidget(self.paste)
        feet.addStretch()
        feet.addWidget(self.fill)
        column.addLayout(feet)
        return below

    def _toggled(self, opened: bool) -> None:
        assert self.below is not None
        self.button.setIcon(icons.icon("chevron-down" if opened else "chevron-right", "text_dim"))
        self.below.setVisible(opened)
        self.complained.emit("")
        if opened:
            self._token = fresh_token()
            self.grid.forget()
            self._show_numbers()
            (self.grid if not self.grid.isHidden() else self.text).setFocus()

    def _show_numbers(self) -> None:
        in_grid = matrices.fits_grid(self._value)
        self.grid.setVisible(in_grid)
        self.paste.setVisible(in_grid)
        self.text.setVisible(not in_grid)
        if in_grid:
            self.grid.show_value(self._value, self._flat)
        else:
            self.text.show_value(self._value)

    def _read_grid(self) -> None:
        try:
            value = matrices.value_of(self.grid.cells(), self._flat)
        except ValueError as reason:
            self.complained.emit(str(reason))
            return
        self._take(value)

    def _read_text(self, text: str) -> None:
        try:
            value = matrices.parse_text(text)
        except ValueError as reason:
            self.complained.emit(str(reason))
            return
        self._take(value)

    def _take(self, value: list[Any]) -> None:
        self.complained.emit("")
        if value != self._value:
            self._value = value
            self.button.setText(values.list_words(value))
            self.edited.emit(value, self._token)

    def _paste(self) -> None:
        self.grid.setFocus()
        self.grid.paste()

    def _fill(self) -> None:
        if self._filling:
            self.grid.forget()
            self._filling()


class Grid(QTableWidget):
    """Rows and columns of numbers with an empty row and column at the end, which one grows it by."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(1, 1, parent)
        self._shown: list[Any] | None = None
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("numbers")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setDefaultSectionSize(COLUMN)
        self.horizontalHeader().setMinimumSectionSize(34)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setCornerButtonEnabled(False)
        self.itemChanged.connect(lambda _: self._grown())

    def show_value(self, value: list[Any], flat: bool) -> None:
        """Show numbers, unless it is them that stand here, perhaps with more being typed."""
        try:
            here = matrices.value_of(self.cells(), flat) if self._shown is not None else None
        except ValueError:
            here = self._shown  # what cannot be read stays until it is mended or closed
        if here == value:
            return
        self._shown = value
        self._write(matrices.cells_of(value), 0, 0, afresh=True)

    def forget(self) -> None:
        """Show what comes next whatever stands here now."""
        self._shown = None

    def cells(self) -> matrices.Cells:
        """What stands in the cells."""
        return [[self._text(row, column) for column in range(self.columnCount())] for row in range(self.rowCount())]

    def wrong(self) -> list[tuple[int, int]]:
        """The cells that hold no number, from the top."""
        found = []
        for row in range(self.rowCount()):
            for column in range(self.columnCount()):
                if (text := self._text(row, column)) and not _is_number(text):
                    found.append((row, column))
        return found

    def paste(self) -> None:
        """Put what the clipboard holds at the current cell and beyond."""
        cells = matrices.pasted(QGuiApplication.clipboard().text())
        if cells and len(cells) * max(map(len, cells)) <= matrices.MOST_CELLS:
            self._write(cells, max(0, self.currentRow()), max(0, self.currentColumn()))
            self.changed.emit()

    def sizeHint(self) -> QSize:
        rows = min(self.rowCount(), MOST_ROWS)
        return QSize(super().sizeHint().width(), self.horizontalHeader().sizeHint().height() + ROW * rows + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(matrices.copied(self._selected()))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._empty()
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        row, column = self.currentRow(), self.currentColumn()
        super().closeEditor(editor, hint)
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache and row + 1 < self.rowCount():
            self.setCurrentCell(row + 1, column)

    def _text(self, row: int, column: int) -> str:
        item = self.item(row, column)
        return item.text().strip() if item else ""

    def _selected(self) -> matrices.Cells:
        ranges = self.selectedRanges()
        if not ranges:
            return []
        area = ranges[0]
        return [[self._text(row, column) for column in range(area.leftColumn(), area.rightColumn() + 1)]
                for row in range(area.topRow(), area.bottomRow() + 1)]  # fmt: skip

    def _empty(self) -> None:
        self.blockSignals(True)
        for item in self.selectedItems():
            item.setText("")
        self.blockSignals(False)
        self._grown()

    def _write(self, cells: matrices.Cells, top: int, left: int, *, afresh: bool = False) -> None:
        self.blockSignals(True)
        if afresh:
            self.clearContents()
            self.setRowCount(1)
            self.setColumnCount(1)
        self.setRowCount(max(self.rowCount(), top + len(cells) + 1))
        self.setColumnCount(max(self.columnCount(), left + max(map(len, cells), default=0) + 1))
        for row, texts in enumerate(cells, top):
            for column, text in enumerate(texts, left):
                self._put(row, column, text)
        self.blockSignals(False)
        self._mark()

    def _put(self, row: int, column: int, text: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(row, column, item)
        item.setText(text)

    def _grown(self) -> None:
        """Keep an empty row and column at the end, show the zeros that are meant, and say that numbers changed."""
        self.blockSignals(True)
        filled = [(row, column) for row in range(self.rowCount()) for column in range(self.columnCount())
                  if self._text(row, column)]  # fmt: skip
        rows, columns = {row for row, _ in filled}, {column for _, column in filled}
        if filled:
            self.setRowCount(max(self.rowCount(), max(rows) + 2))
            self.setColumnCount(max(self.columnCount(), max(columns) + 2))
        for row in rows:
            for column in columns:
                if not self._text(row, column):
                    self._put(row, column, "0")
        self.blockSignals(False)
        self._mark()
        self.changed.emit()

    def _mark(self) -> None:
        """Numbers stand at the right; what is no number is red, and says so."""
        now, wrong = theme.current(), set(self.wrong())
        self.blockSignals(True)
        for row in range(self.rowCount()):
            for column in range(self.columnCount()):
                if item := self.item(row, column):
                    bad = (row, column) in wrong
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                    item.setBackground(theme.blend(now.field, now.error, 0.25) if bad else now.field)
                    item.setForeground(now.error if bad else now.text)
                    item.setToolTip(self.tr("This is no number.") if bad else "")
        self.blockSignals(False)
        self.updateGeometry()


class _Numbers(TextBox):
    """Numbers in brackets within brackets."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.code_font(12))
        self.setFixedHeight(150)

    def show_value(self, value: list[Any]) -> None:
        self.show_text(matrices.text_of(value))


def _is_number(text: str) -> bool:
    try:
        matrices.number_of(text)
    except ValueError:
        return False
    return True

"""The columns of a table or the numbers of a vector: type, blanks, different values, how they lie, and their use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from backend.messages import ColumnView
from gui import theme
from gui.inspector.values import brief
from gui.parts import grouped

COUNTS: Final = Qt.ItemDataRole.UserRole
NAME, HISTOGRAM, TYPE, DIFFERENT, BLANK = range(5)
HISTOGRAM_WIDTH: Final = 66
NAME_WIDTH: Final = 112  # at least


class ColumnTable(QTableWidget):
    """A line for every column. In a table of data, its menu says what a column is used for."""

    use_wanted = Signal(str, str)  # a column, and "target", "drop", "use", "as_numbers" or "as_categories"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: tuple[ColumnView, ...] = ()
        self.may_change = False
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setItemDelegateForColumn(HISTOGRAM, Histogram(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.horizontalHeader().setHighlightSections(False)

    def show_columns(self, columns: Sequence[ColumnView], *, table: bool) -> None:
        """Show these; ``table`` tells those of a table, which have a use, from the numbers of a vector."""
        self.shown, self.may_change = tuple(columns), table
        heads = [self.tr("Name"), self.tr("Values"), self.tr("Type"), self.tr("Different"), self.tr("Blank")]
        self.setColumnCount(len(heads))
        self.setHorizontalHeaderLabels(heads)
        self.setRowCount(len(columns))
        for row, column in enumerate(columns):
            self._fill(row, column)
        self.setColumnHidden(TYPE, not table)
        self.setColumnHidden(BLANK, not table)
        self.resizeColumnsToContents()
        self.setColumnWidth(HISTOGRAM, HISTOGRAM_WIDTH)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the names what room the others leave, at least enough to be read."""
        others = sum(self.columnWidth(place) for place in (HISTOGRAM, TYPE, DIFFERENT, BLANK))
        if self.columnCount():
            self.setColumnWidth(NAME, max(NAME_WIDTH, self.viewport().width() - others))

    def words(self, column: ColumnView) -> str:
        """A column in a sentence."""
        parts = [column.kind]
        if column.missing:
            parts.append(self.tr("{count} blank").format(count=grouped(column.missing)))
        parts.append(self.tr("{count} different").format(count=grouped(column.distinct)))
        if column.edges:
            span = self.tr("from {low} to {high}, mean {mean}")
            parts.append(span.format(low=brief(column.low), high=brief(column.high), mean=brief(column.mean)))
        elif column.names:
            most = [f"{name} {grouped(count)}" for name, count in list(zip(column.names, column.counts))[:4]]
            parts.append("; ".join(most))
        if column.reason:
            use = self.tr("this is what is predicted") if column.reason == "target" else self.tr("left out: {reason}")
            parts.append(use.format(reason=column.reason))
        return f"{column.name}: {', '.join(parts)}."

    def _fill(self, row: int, column: ColumnView) -> None:
        now = theme.current()
        target, out = column.reason == "target", column.reason not in ("", "target")
        name = f"◎ {column.name}" if target else column.name
        cells = [name, "", column.kind, grouped(column.distinct), grouped(column.missing) if column.missing else "–"]
        for place, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setToolTip(self.words(column))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self.words(column) if not place else text)
            item.setForeground(now.accent if target and not place else now.text_dim if out or place else now.text)
            if place in (DIFFERENT, BLANK):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if out:
                font = item.font()
                font.setStrikeOut(not place)
                item.setFont(font)
            if place == HISTOGRAM:
                item.setData(COUNTS, list(column.counts))
            self.setItem(row, place, item)

    def menu(self, row: int) -> QMenu | None:
        """What can be done with a column, or None."""
        if not self.may_change or not 0 <= row < len(self.shown):
            return None
        column = self.shown[row]
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if column.target and column.reason != "target":
            self._offer(made, self.tr("Predict this column"), column.name, "target")
        if column.reason != "target":
            if column.reason == "as asked":
                self._offer(made, self.tr("Use it again"), column.name, "use")
            elif not column.reason:
                self._offer(made, self.tr("Leave it out"), column.name, "drop")
            if column.kind == "number":
                self._offer(made, self.tr("Take it as a category"), column.name, "as_categories")
            elif column.kind == "id" and column.edges:
                self._offer(made, self.tr("Take it as a number"), column.name, "as_numbers")
        return made if made.actions() else None

    def _offer(self, menu: QMenu, text: str, column: str, use: str) -> None:
        menu.addAction(text, lambda: self.use_wanted.emit(column, use))

    def _open_menu(self, place: QPoint) -> None:
        menu = self.menu(self.rowAt(place.y()) if place.y() >= 0 else self.currentRow())
        if menu is not None:
            menu.popup(self.viewport().mapToGlobal(place))


class Histogram(QStyledItemDelegate):
    """Counts as small bars in a cell."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem,
              index: QModelIndex | QPersistentModelIndex) -> None:  # fmt: skip
        super().paint(painter, option, index)
        counts = index.data(COUNTS) or []
        if not counts:
            return
        now = theme.current()
        rect: QRectF = QRectF(option.rect).adjusted(5, 4, -5, -4)  # type: ignore[attr-defined]
        wide, top = min(rect.width() / len(counts), 14.0), max(counts) or 1
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.blend(now.panel, now.accent, 0.75))
        for place, count in enumerate(counts):
            tall = rect.height() * count / top
            if tall:
                tall = max(tall, 1.0)
                painter.drawRect(QRectF(rect.left() + place * wide, rect.bottom() - tall, max(wide - 1, 1), tall))
        painter.restore()

"""The search box over the canvas: a line to type in, and what that finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui import icons, theme

WIDTH: Final = 400
ROW_HEIGHT: Final = 42
ROWS: Final = 7
EDGE: Final = 8
INSIDE: Final = 10
TYPE: Final = Qt.ItemDataRole.UserRole
STEPS: Final = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS,
                Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}  # fmt: skip
KEYS: Final = (*STEPS, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
PASSING: Final = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
Index = QModelIndex | QPersistentModelIndex


class Entry(Protocol):
    """What a row shows: a node type, or something like it."""

    @property
    def title(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def summary(self) -> str: ...


Find = Callable[[str], Sequence[Entry]]


def nothing(query: str) -> list[Entry]:
    """What is found while nothing is sought."""
    return []


class SearchBox(QFrame):
    """A line to type in over a list of what that finds. Enter takes the marked row, arrows mark, Escape leaves."""

    chosen = Signal(object)  # the entry, such as a NodeType
    closed = Signal()  # however it ended; after ``chosen``

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("search_box")
        self.setAutoFillBackground(True)
        self._room = parent
        self._find: Find = nothing
        self.line = QLineEdit()
        self.line.setAccessibleName(self.tr("Search a node to add"))
        self.line.addAction(icons.icon("search", "text_dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self.model = TypeModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(TypeRow(self))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Found nodes"))
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(self._take)
        self.nothing = QLabel()
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(6, 4, 6, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        column.setSpacing(6)
        for part in (self.line, self.list, self.nothing):
            column.addWidget(part)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # or a click in the list would give it to the canvas
        self.setFocusProxy(self.line)
        theme.signals.changed.connect(self.dress)
        self.dress()
        self.hide()

    def open(self, spot: QPoint, find: Find, prompt: str) -> None:
        """Open near a point of the parent.

        find: what a query means, best first
        prompt: what the empty line says
        """
        self._find = find
        self.line.setPlaceholderText(prompt)
        self.line.clear()
        self._search("")
        room = self._room.size()
        x = min(spot.x(), room.width() - self.width() - EDGE)
        y = min(spot.y(), room.height() - self._tallest() - EDGE)
        self.move(max(EDGE, x), max(EDGE, y))
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_box(self) -> None:
        """Leave without taking anything."""
        if self.isVisible():
            self._end()

    def dress(self) -> None:
        """Take the colours of the theme in force."""
        now = theme.current()
        self.setStyleSheet(
            f"#search_box {{ background: {now.panel.name()}; border: 1px solid {now.node_border.name()};"
            f" border-radius: 10px; }} QListView {{ background: {now.panel.name()}; border: 0; padding: 0; }}"
            f" QLabel {{ color: {now.text_dim.name()}; background: transparent; }}"
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in KEYS:
            event.accept()  # or the canvas's own shortcut for Tab would take it
            return True
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in PASSING:
            self.close_box()
        return False

    def _key(self, key: int) -> bool:
        if key == Qt.Key.Key_Escape:
            self.close_box()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentIndex())
        elif key in STEPS:
            self._mark(self.list.currentIndex().row() + STEPS[Qt.Key(key)])
        else:
            return False
        return True

    def _mark(self, row: int) -> None:
        count = self.model.rowCount()
        if count:
            row = row % count if abs(row - self.list.currentIndex().row()) == 1 else min(count - 1, max(0, row))
            self.list.setCurrentIndex(self.model.index(row))

    def _search(self, query: str) -> None:
        found = self._find(query)
        self.model.show_types(found)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        if found:
            self.list.setCurrentIndex(self.model.index(0))
            self.list.scrollToTop()
        elif query:
            self.nothing.setText(self.tr("Nothing that fits here is called “{query}”.").format(query=query))
        else:
            self.nothing.setText(self.tr("Nothing fits here."))
        self.list.setFixedHeight(ROW_HEIGHT * min(ROWS, max(1, len(found))))
        self.resize(WIDTH, self.sizeHint().height())

    def _take(self, index: Index) -> None:
        node_type = index.data(TYPE) if index.isValid() else None
        if node_type is not None:
            self.chosen.emit(node_type)
            self._end()

    def _end(self) -> None:
        self._find = nothing
        self.hide()
        self.closed.emit()

    def _tallest(self) -> int:
        return self.line.sizeHint().height() + ROW_HEIGHT * ROWS + 2 * EDGE + 8


class TypeModel(QAbstractListModel):
    """What was found, in order."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._types: Sequence[Entry] = ()

    def show_types(self, types: Sequence[Entry]) -> None:
        self.beginResetModel()
        self._types = types
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return len(self._types)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        node_type = self._types[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return node_type.title
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return node_type.summary
        return node_type if role == TYPE else None


class TypeRow(QStyledItemDelegate):
    """A row: the family's colour, the title, the family's name, and in a second line what it does."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(WIDTH - 2 * EDGE, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now, node_type = theme.current(), index.data(TYPE)
        area = QRect(option.rect)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.setBrush(theme.blend(now.panel, now.accent, 0.22))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 7, 7)
        painter.setBrush(now.family(node_type.family))
        painter.drawRoundedRect(QRect(area.left() + INSIDE, area.top() + 9, 4, area.height() - 18), 2, 2)
        words = area.adjusted(INSIDE + 14, 4, -INSIDE, -4)
        upper, lower = QRect(words), QRect(words)
        upper.setHeight(words.height() // 2 + 1)
        lower.setTop(upper.bottom())
        middle = Qt.AlignmentFlag.AlignVCenter.value
        painter.setPen(now.text_dim)
        painter.setFont(theme.font(11))
        painter.drawText(upper, middle | Qt.AlignmentFlag.AlignRight.value, node_type.family)
        summary = QFontMetrics(theme.font(11)).elidedText(node_type.summary, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, middle, summary)
        painter.setPen(now.text)
        painter.setFont(theme.font(13, bold=True))
        painter.drawText(upper, middle, node_type.title)
        painter.restore()

"""The command palette: every action by a few letters of its name."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui import icons, settings, theme
from gui.parts import give_keyboard

WIDTH: Final = 520
ROW: Final = 32
ROWS: Final = 11
TOP: Final = 84
AROUND: Final = 64
Index = QModelIndex | QPersistentModelIndex
SHORTCUT: Final = Qt.ItemDataRole.UserRole + 1


def score(wanted: str, text: str) -> int | None:
    """How well a text answers to some letters; None where it lacks them in that order. Word starts count most."""
    text, wanted = text.lower(), wanted.lower().strip()
    if not wanted:
        return 0
    if wanted in text:
        at = text.index(wanted)
        return 100 - at + (50 if at == 0 or text[at - 1] == " " else 0)
    place, found = -1, 0
    for letter in wanted.replace(" ", ""):
        place = text.find(letter, place + 1)
        if place < 0:
            return None
        found += 3 if place == 0 or text[place - 1] == " " else 0
    return found


class CommandPalette(QFrame):
    """A box at the top of the window; Enter does the chosen action, Escape or a click elsewhere closes it."""

    def __init__(self, parent: QWidget, actions: list[tuple[str, QAction]]) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._before = QApplication.focusWidget()
        self._above, self._actions, self._recent = parent, actions, settings.commands()
        self.field = QLineEdit(placeholderText=self.tr("Type what you want to do"), clearButtonEnabled=False)
        self.field.setAccessibleName(self.tr("Command"))
        self.list = QListWidget()
        self.list.setIconSize(QSize(18, 18))
        self.list.setItemDelegate(_Row(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setStyleSheet("background: transparent")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._run)
        self.list.itemClicked.connect(lambda _: self._run())
        self._fill("")
        self.show()
        self.raise_()
        parent.activateWindow()  # a floating panel may have had the keyboard
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.close()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step:
                self.list.setCurrentRow((self.list.currentRow() + step) % max(1, self.list.count()))
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                give_keyboard(self._before)
                return True
        return False

    def _fill(self, wanted: str) -> None:
        self.list.clear()
        scored = ((score(wanted, name), name, action) for name, action in self._actions if action.isEnabled())
        found = [(points, name, action) for points, name, action in scored if points is not None]
        for _, name, action in sorted(found, key=lambda row: (-row[0], self._age(row[2]))):
            item = QListWidgetItem(icons.icon("blank") if action.icon().isNull() else action.icon(), name)
            item.setData(Qt.ItemDataRole.UserRole, action)
            item.setData(SHORTCUT, action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.setGeometry(_place(self._above, self.list.count()))

    def _age(self, action: QAction) -> int:
        """Among equals the ones chosen last stand first."""
        name = action.objectName()
        return self._recent.index(name) if name in self._recent else len(self._recent)

    def _run(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            action: QAction = item.data(Qt.ItemDataRole.UserRole)
            settings.add_command(action.objectName())
            self.close()
            give_keyboard(self._before)  # the action may be about what had it
            action.trigger()

    def closeEvent(self, event: QEvent) -> None:
        self.field.removeEventFilter(self)
        self.deleteLater()


def _place(above: QWidget, rows: int) -> QRect:
    """Below the toolbar, as tall as what was found."""
    width = min(WIDTH, above.width() - 40)
    height = min(ROW * min(rows, ROWS) + AROUND, above.height() - TOP - 20)
    return QRect((above.width() - width) // 2, TOP, width, height)


class _Row(QStyledItemDelegate):
    """Name left, shortcut right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(theme.current().text_dim)
        place = option.rect.adjusted(0, 0, -10, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data(SHORTCUT))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW)

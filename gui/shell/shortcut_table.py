"""The table of shortcuts in the settings: every action with its keys, changed by pressing others."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui import settings
from gui.actions import ACTIONS, MENUS, Action
from gui.language import content
from gui.parts import Words
from gui.shell import shortcuts

ACTION: Final = Qt.ItemDataRole.UserRole
MODIFIERS: Final = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta)


class ShortcutList(QTreeWidget):
    """Actions by menu. Enter or a double-click on one records the next keys for it; Escape gives that up."""

    recorded = Signal(object, object)  # an Action and a QKeySequence

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, QTreeWidgetItem] = {}
        self.recording: Action | None = None
        self.setColumnCount(2)
        self.setHeaderLabels([self.tr("Action"), self.tr("Shortcut")])
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(False)
        self.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        self.setUniformRowHeights(True)
        self.setAccessibleName(self.tr("Shortcuts"))
        self._menus = {name: self._heading(name) for name in MENUS}
        for action in ACTIONS:
            row = QTreeWidgetItem(self._menus[action.menu.partition("/")[0]], [shortcuts.title(action)])
            row.setData(0, ACTION, action)
            row.setToolTip(0, content(action.help))
            self.rows[action.name] = row
        self.itemDoubleClicked.connect(lambda *_: self.record())
        self.currentItemChanged.connect(lambda *_: self.give_up())
        self.refresh()

    @property
    def current(self) -> Action | None:
        """The action that is chosen."""
        item = self.currentItem()
        found: Action | None = item.data(0, ACTION) if item is not None else None
        return found

    def refresh(self) -> None:
        """Show the keys that are in force."""
        changed = settings.shortcuts()
        for action in ACTIONS:
            row, font = self.rows[action.name], self.font()
            font.setBold(action.name in changed)
            row.setText(1, "  ".join(each.toString(shortcuts.NATIVE) for each in shortcuts.keys(action)))
            row.setFont(1, font)

    def filter(self, wanted: str) -> None:
        """Show the actions alone whose name or keys hold some letters."""
        for row in self.rows.values():
            row.setHidden(wanted.lower() not in f"{row.text(0)} {row.text(1)}".lower())
        for name, menu in self._menus.items():
            menu.setHidden(all(self.rows[a.name].isHidden() for a in ACTIONS if a.menu.partition("/")[0] == name))

    def record(self) -> None:
        """Wait for the keys that the chosen action is to have."""
        if (action := self.current) is not None:
            self.recording = action
            self.rows[action.name].setText(1, self.tr("Press the new keys…"))
            self.setFocus()

    def give_up(self) -> None:
        """Leave the keys as they are."""
        if self.recording is not None:
            self.recording = None
            self.refresh()

    def event(self, event: QEvent) -> bool:
        """While recording every key is meant for here, also Tab and what a shortcut would take."""
        if self.recording is not None and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._hear(event.keyCombination())
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.record()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QEvent) -> None:
        self.give_up()
        super().focusOutEvent(event)  # type: ignore[arg-type]

    def _hear(self, pressed: QKeyCombination) -> None:
        action = self.recording
        if action is None or pressed.key() in MODIFIERS:
            return
        self.give_up()
        if pressed.key() != Qt.Key.Key_Escape:
            self.recorded.emit(action, QKeySequence(pressed))

    def _heading(self, menu: str) -> QTreeWidgetItem:
        heading = QTreeWidgetItem(self, [QCoreApplication.translate("actions", menu).replace("&", "")])
        heading.setExpanded(True)
        return heading


class ShortcutTable(QWidget):
    """The list with a field to search it, buttons, and the sentence that says why keys were refused."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(placeholderText=self.tr("Search by name or keys"), clearButtonEnabled=True)
        self.search.setAccessibleName(self.tr("Search shortcuts"))
        self.list = ShortcutList()
        self.said = Words(dim=True)
        self.change = QPushButton(self.tr("&Change…"))
        self.remove = QPushButton(self.tr("Re&move"))
        self.reset = QPushButton(self.tr("&Reset"))
        self.reset_all = QPushButton(self.tr("Reset &all"))
        buttons = QHBoxLayout()
        for button in (self.change, self.remove, self.reset):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.reset_all)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(buttons)
        self.search.textChanged.connect(self.list.filter)
        self.list.recorded.connect(self._take)
        self.list.currentItemChanged.connect(lambda *_: self._show_state())
        self.change.clicked.connect(self.list.record)
        self.remove.clicked.connect(self._remove)
        self.reset.clicked.connect(self._reset)
        self.reset_all.clicked.connect(self._reset_all)
        settings.signals.shortcuts_changed.connect(self._show_state)
        self._show_state()

    def _take(self, action: Action, keys: QKeySequence) -> None:
        sentence = shortcuts.problem(action, keys)
        if not sentence:
            shortcuts.change(action, [keys])
        self._say(sentence)

    def _remove(self) -> None:
        if (action := self.list.current) is not None:
            shortcuts.change(action, [])

    def _reset(self) -> None:
        if (action := self.list.current) is not None:
            self._say(shortcuts.reset(action))

    def _reset_all(self) -> None:
        shortcuts.reset_all()

    def _say(self, sentence: str) -> None:
        advice = self.tr("Enter or a double-click on an action, then its new keys. What you changed is bold.")
        self.said.setText(sentence or advice)
        self.said.setProperty("dim", not sentence)
        self.said.setProperty("error", bool(sentence))
        self.said.style().polish(self.said)

    def _show_state(self) -> None:
        self.list.refresh()
        self._say("")
        action, changed = self.list.current, settings.shortcuts()
        self.change.setEnabled(action is not None)
        self.remove.setEnabled(action is not None and bool(shortcuts.keys(action)))
        self.reset.setEnabled(action is not None and action.name in changed)
        self.reset_all.setEnabled(bool(changed))

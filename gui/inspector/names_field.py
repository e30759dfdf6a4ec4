"""Which nodes a parameter means: their names as a text, or ticked in a list of those that come into question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from graph.document import MAIN, Document, NodeKey
from graph.networks import inside, placed, type_of, used_by
from graph.plan import split_names
from gui import icons
from gui.inspector.editors import Editor, TextEditor, row_of
from gui.parts import tool

MOST_ROWS = 8


class NamesEditor(Editor):
    """Names separated by commas, with a button that opens a list to tick them in.

    offered: the names that come into question, each with what people call it
    """

    def __init__(self, offered: Callable[[], Mapping[str, str]], placeholder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._offered = offered
        self._names: list[str] = []
        self.line = TextEditor(placeholder, self)
        self.line.edited.connect(self._typed)
        self.button = tool(self, self.tr("Choose from a list"), checkable=True)
        self.button.setIcon(icons.icon("chevron-down", "text_dim"))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.button.toggled.connect(self._toggled)
        layout = row_of(self, spacing=3)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)
        self.setFocusProxy(self.line)
        self.list = QListWidget()
        self.list.itemChanged.connect(self._ticked)
        self.list.hide()
        self.below = self.list

    def show_value(self, value: Any) -> None:
        self._names = list(split_names(str(value or "")))
        self.line.show_value(value)
        if not self.line.field.hasFocus():
            self.line.field.setCursorPosition(0)
        self._fill()

    def name_for_readers(self, name: str, help: str) -> None:
        self.line.name_for_readers(name, help)
        self.list.setAccessibleName(name)

    def _toggled(self, opened: bool) -> None:
        self.list.setVisible(opened)
        self._fill()
        if opened:
            self.list.setFocus()

    def _fill(self) -> None:
        if self.list.isHidden():
            return
        offered = dict(self._offered())
        wanted = [(name, words, name in self._names) for name, words in offered.items()]
        if wanted == [self._row(n) for n in range(self.list.count())]:
            return
        self.list.blockSignals(True)
        self.list.clear()
        for name, words, ticked in wanted:
            item = QListWidgetItem(words, self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        if not wanted:
            nothing = QListWidgetItem(self.tr("No node has weights yet."), self.list)
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
        high = self.list.sizeHintForRow(0) * min(max(len(wanted), 1), MOST_ROWS)
        self.list.setFixedHeight(high + 2 * self.list.frameWidth() + 4)
        self.list.blockSignals(False)

    def _row(self, number: int) -> tuple[str, str, bool]:
        item = self.list.item(number)
        return item.data(Qt.ItemDataRole.UserRole), item.text(), item.checkState() == Qt.CheckState.Checked

    def _ticked(self, item: QListWidgetItem) -> None:
        name = item.data(Qt.ItemDataRole.UserRole)
        others = [each for each in self._names if each != name]
        ticked = item.checkState() == Qt.CheckState.Checked
        self._take([*others, name] if ticked else others)

    def _typed(self, text: str, _: str) -> None:
        self._take(list(split_names(text)))

    def _take(self, names: list[str]) -> None:
        self._names = names
        self.edited.emit(", ".join(names), "")


def trainable(document: Document) -> dict[str, str]:
    """The nodes of the main network that have weights of their own: id → what people call them."""
    found = {}
    for key, node in inside(document, MAIN).items():
        node_type = type_of(document, key)
        if node_type and not node.link and _learns(document, key):
            found[key.node] = f"{node.title or node_type.title} · {key.node}"
    return found


def _learns(document: Document, key: NodeKey) -> bool:
    """Whether a node has weights, or places a network in which some node has."""
    within = placed(document.nodes[key].type)
    keys = [each for name in used_by(document, within) for each in inside(document, name)] if within else [key]
    return any(known.weights for each in keys if (known := type_of(document, each)))

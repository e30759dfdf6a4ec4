"""The list of the library: node types under their families, or in the order of a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from graph.catalogue import NodeType
from graph.networks import placed
from gui import theme
from gui.canvas.adding import MIME
from gui.language import content

NAME: Final = Qt.ItemDataRole.UserRole


class SearchField(QLineEdit):
    """A line whose Down key goes into the list beneath, and whose Escape empties it."""

    below: QTreeWidget | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(False)  # files are dropped on the window

    def keyPressEvent(self, event: QKeyEvent) -> None:
        first = self.below.topLevelItem(0) if self.below else None
        if event.key() == Qt.Key.Key_Down and self.below and first:
            self.below.setFocus(Qt.FocusReason.TabFocusReason)
            self.below.setCurrentItem(first)
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class TypeTree(QTreeWidget):
    """Node types under their families, or in the order of a search. Dragging one carries its name."""

    retitled = Signal(str, str)  # the name of a type, and the title typed over it
    removal_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(24)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setIndentation(14)
        self.setIconSize(QSize(14, 14))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._folded: set[str] = set()
        self._shown: object = None  # what the families were listed from; None after anything else
        self.itemCollapsed.connect(lambda item: self._folded.add(item.text(0)))
        self.itemExpanded.connect(lambda item: self._folded.discard(item.text(0)))
        self.itemClicked.connect(self._toggle)
        self.itemChanged.connect(self._changed)

    def list_families(self, families: Mapping[str, Sequence[NodeType]], yours: Callable[[str], bool]) -> None:
        """Show every type under its family; families that were folded stay so, and so does what is in sight.

        yours: whether a type may be given another title
        """
        listed = [(name, [(t.name, t.title, tip_of(t), yours(t.name)) for t in types])
                  for name, types in families.items()]  # fmt: skip
        wanted = theme.current().name, listed
        if wanted == self._shown:
            return
        self._shown = wanted
        scrolled, chosen = self.verticalScrollBar().value(), self.current()
        self.blockSignals(True)
        self.clear()
        for name, types in families.items():
            family = content(name)
            head = QTreeWidgetItem([family, str(len(types))])
            head.setForeground(0, theme.current().text_dim)
            head.setForeground(1, theme.current().text_dim)
            head.setFont(0, theme.font(12, bold=True))
            head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            leaves = [_item(node_type, yours) for node_type in types]
            head.addChildren(leaves)
            self.addTopLevelItem(head)
            for leaf in leaves:
                leaf.setFirstColumnSpanned(True)
            head.setExpanded(family not in self._folded)
        self.blockSignals(False)
        self.choose(chosen)
        self.verticalScrollBar().setValue(scrolled)

    def list_types(self, types: Sequence[NodeType], yours: Callable[[str], bool]) -> None:
        """Show types one under the other, with the family at the right."""
        self._shown = None
        self.blockSignals(True)
        self.clear()
        for node_type in types:
            item = _item(node_type, yours)
            item.setText(1, self.tr("your networks") if yours(node_type.name) else content(node_type.family))
            item.setForeground(1, theme.current().text_dim)
            self.addTopLevelItem(item)
        self.blockSignals(False)

    def current(self) -> str:
        """The name of the type that the keyboard is at; "" for none."""
        item = self.currentItem()
        return str(item.data(0, NAME) or "") if item else ""

    def choose(self, name: str) -> None:
        """Put the keyboard at a type, where it is listed."""
        if name and (item := self.item_of(name)):
            self.setCurrentItem(item)

    def item_of(self, name: str) -> QTreeWidgetItem | None:
        flags = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
        return next((item for item in self.findItems("", flags) if item.data(0, NAME) == name), None)

    def rename(self, name: str) -> None:
        """Type another title over a type's."""
        if item := self.item_of(name):
            self.editItem(item, 0)

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        carried = QMimeData()
        names = [str(item.data(0, NAME)) for item in items if item.data(0, NAME)]
        if names:
            carried.setData(MIME, names[0].encode())
        return carried

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.current():
            self.removal_wanted.emit(self.current())
        else:
            super().keyPressEvent(event)

    def _toggle(self, item: QTreeWidgetItem) -> None:
        if item.childCount():
            item.setExpanded(not item.isExpanded())

    def _changed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0 and item.data(0, NAME):
            self._shown = None
            self.retitled.emit(str(item.data(0, NAME)), item.text(0))


def _item(node_type: NodeType, yours: Callable[[str], bool]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([content(node_type.title), ""])
    item.setData(0, NAME, node_type.name)
    item.setIcon(0, _badge(node_type.family, theme.current().name))
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
    item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if yours(node_type.name) else flags)
    item.setToolTip(0, tip_of(node_type))
    return item


def tip_of(node_type: NodeType) -> str:
    """Title, what it does and what goes in and out."""
    text = f"<p><b>{escape(content(node_type.title))}</b><br>{escape(content(node_type.summary))}</p>"
    of_network = bool(placed(node_type.name))
    takes = ", ".join(i.name if of_network else f"{i.name} ({i.wants.words})" for i in node_type.inputs)
    text += f"<p>Takes {escape(takes)}.</p>" if takes else ""
    shown = ", ".join(p.name for p in node_type.parameters if not p.group) if of_network else ""
    return text + (f"<p>Shows {escape(shown)}.</p>" if shown else "")


@lru_cache(maxsize=128)
def _badge(family: str, theme_name: str) -> QIcon:
    """A small rounded square in the family's colour, made once for each theme."""
    picture = QPixmap(28, 28)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().family(family))
    painter.drawRoundedRect(QRectF(5, 5, 18, 18), 5, 5)
    painter.end()
    picture.setDevicePixelRatio(2)
    return QIcon(picture)

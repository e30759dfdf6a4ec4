"""Every node type by family, to search, to drag onto the canvas or to add with a double-click."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from graph.catalogue import NodeType
from graph.document import MAIN
from graph.layers import CATALOGUE
from gui import icons, theme
from gui.canvas.adding import MIME
from gui.canvas.ranking import rank
from gui.panels import Panel
from gui.parts import Empty, Live
from gui.session import Session

NAME: Final = Qt.ItemDataRole.UserRole
ORDER: Final = (
    "sources", "dense", "convolution", "pooling", "resize", "activations", "normalisation", "dropout", "recurrent",
    "reshape", "axes", "merge", "losses", "distances", "penalties", "adversarial", "metrics", "objectives", "outputs",
)  # fmt: skip
BESIDE: Final = 240.0  # scene pixels from a node to one added after it


class LibraryPanel(Live):
    """A search field over the families of node types."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.search = SearchField()
        self.search.setPlaceholderText(self.tr("Search layers, losses, data…"))
        self.search.setAccessibleName(self.tr("Search node types"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icons.icon("search", "text_dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self.invalidate)
        self.search.returnPressed.connect(self._add_first)
        self.tree = TypeTree()
        self.tree.setAccessibleName(self.tr("Node types"))
        self.tree.itemActivated.connect(self._add_item)
        self.search.below = self.tree
        self.empty = Empty("", self.tr("Try what it does, such as “shrink”, or another name, such as “dense”."))
        found = QWidget()
        self._pages = QStackedLayout(found)
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 4, 4)
        layout.addWidget(self.search)
        layout.addWidget(found, 1)

    def refresh(self) -> None:
        query = self.search.text().strip()
        if query:
            matches = rank(query, CATALOGUE.values(), self._usage())
            self.tree.list_types(matches)
            self.empty.title.setText(self.tr("Nothing matches “{query}”").format(query=query))
            self._pages.setCurrentIndex(0 if matches else 1)
        else:
            self.tree.list_families(families())
            self._pages.setCurrentIndex(0)

    def add(self, type_name: str) -> None:
        """Put a node of a type after what is selected, else beside the last node, and show it."""
        document = self.session.document
        with document.edit(f"Add {CATALOGUE[type_name].title}"):
            key = document.add_node(type_name, *self._free_place())
        self.session.select([key])
        self.session.frame_requested.emit(key)

    def _free_place(self) -> tuple[float, float]:
        nodes = self.session.document.in_network(MAIN)
        chosen = [nodes[key] for key in self.session.selection if key in nodes] or list(nodes.values())
        if not chosen:
            return 0.0, 0.0
        last = max(chosen, key=lambda node: node.x)
        x, y = last.x + BESIDE, last.y
        while any(abs(node.x - x) < BESIDE / 2 and abs(node.y - y) < BESIDE / 3 for node in nodes.values()):
            y += BESIDE / 2
        return x, y

    def _usage(self) -> dict[str, int]:
        usage: dict[str, int] = {}
        for node in self.session.document.nodes.values():
            usage[node.type] = usage.get(node.type, 0) + 1
        return usage

    def _add_first(self) -> None:
        self._refresh_if_seen()
        item = self.tree.topLevelItem(0)
        if self.search.text().strip() and item and self._pages.currentIndex() == 0:
            self._add_item(item)

    def _add_item(self, item: QTreeWidgetItem) -> None:
        if name := item.data(0, NAME):
            self.add(name)


class SearchField(QLineEdit):
    """A line whose Down key goes into the list beneath, and whose Escape empties it."""

    below: QTreeWidget | None = None

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
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._folded: set[str] = set()
        self.itemCollapsed.connect(lambda item: self._folded.add(item.text(0)))
        self.itemExpanded.connect(lambda item: self._folded.discard(item.text(0)))
        self.itemClicked.connect(self._toggle)

    def list_families(self, families: dict[str, list[NodeType]]) -> None:
        """Show every type under its family; families that were folded stay so."""
        self.clear()
        for family, types in families.items():
            head = QTreeWidgetItem([family.capitalize(), str(len(types))])
            head.setForeground(0, theme.current().text_dim)
            head.setForeground(1, theme.current().text_dim)
            head.setFont(0, theme.font(12, bold=True))
            head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            head.addChildren([_item(node_type) for node_type in types])
            self.addTopLevelItem(head)
            head.setExpanded(head.text(0) not in self._folded)

    def list_types(self, types: Sequence[NodeType]) -> None:
        """Show types one under the other, with the family at the right."""
        self.clear()
        for node_type in types:
            item = _item(node_type)
            item.setText(1, node_type.family)
            item.setForeground(1, theme.current().text_dim)
            self.addTopLevelItem(item)

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        carried = QMimeData()
        names = [str(item.data(0, NAME)) for item in items if item.data(0, NAME)]
        if names:
            carried.setData(MIME, names[0].encode())
        return carried

    def _toggle(self, item: QTreeWidgetItem) -> None:
        if item.childCount():
            item.setExpanded(not item.isExpanded())


def families() -> dict[str, list[NodeType]]:
    """Family → its node types, in the order in which a network is drawn; families from plug-ins come last."""
    found: dict[str, list[NodeType]] = {}
    for node_type in CATALOGUE.values():
        found.setdefault(node_type.family, []).append(node_type)
    return dict(sorted(found.items(), key=lambda pair: ORDER.index(pair[0]) if pair[0] in ORDER else len(ORDER)))


def _item(node_type: NodeType) -> QTreeWidgetItem:
    item = QTreeWidgetItem([node_type.title, ""])
    item.setData(0, NAME, node_type.name)
    item.setIcon(0, _badge(node_type.family))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    item.setToolTip(0, _tip(node_type))
    return item


def _tip(node_type: NodeType) -> str:
    """Title, what it does and what goes in and out."""
    text = f"<p><b>{escape(node_type.title)}</b><br>{escape(node_type.summary)}</p>"
    takes = ", ".join(f"{i.name} ({i.wants.words})" for i in node_type.inputs)
    return text + (f"<p>Takes {escape(takes)}.</p>" if takes else "")


def _badge(family: str) -> QIcon:
    """A small rounded square in the family's colour."""
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


PANEL = Panel("library", "Library", "left", LibraryPanel, order=10)

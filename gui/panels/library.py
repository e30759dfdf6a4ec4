"""Every node type by family and every network, to search, to drag onto the canvas or to add with a double-click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QStackedLayout, QTreeWidgetItem, QVBoxLayout, QWidget

from graph.catalogue import NodeType
from graph.document import Change
from graph.layers import CATALOGUE
from graph.networks import placed
from gui import icons, shared_networks
from gui.canvas.ranking import rank
from gui.panels import Panel
from gui.parts import Empty, Live, Words
from gui.session import Session
from gui.type_tree import NAME, SearchField, TypeTree

ORDER: Final = (
    "sources", "augmentation", "corruption", "dense", "convolution", "pooling", "activations", "normalisation",
    "dropout", "recurrent", "attention", "reshape", "axes", "resize", "merge", "special",
    "networks", "losses", "distances", "penalties", "adversarial",
    "metrics", "objectives", "outputs",
)  # fmt: skip
BESIDE: Final = 240.0  # scene pixels from a node to one added after it


class LibraryPanel(Live):
    """A search field over the networks that can be placed and the families of node types."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._mine: list[NodeType] = []
        self._shipped: list[NodeType] = []
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
        self.tree.retitled.connect(self._retitle)
        self.tree.removal_wanted.connect(self._remove)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.search.below = self.tree
        self.faults = Words(dim=True, parent=self)
        self.faults.hide()
        self._lay_out()
        session.changed.connect(self._hear)
        session.document_replaced.connect(self.invalidate)

    def refresh(self) -> None:
        query = self.search.text().strip()
        self._mine, faults = shared_networks.mine()
        self._shipped = shared_networks.shipped()
        self.faults.setText("\n".join(faults[:3]))
        self.faults.setVisible(bool(faults))
        if query:
            matches = rank(query, [*self._networks(), *CATALOGUE.values()], self._usage())
            self.tree.list_types(matches, self._yours)
            self.empty.title.setText(self.tr("Nothing matches “{query}”").format(query=query))
            self._pages.setCurrentIndex(0 if matches else 1)
        else:
            self.tree.list_families(self._sections(), self._yours)
            self._pages.setCurrentIndex(0)

    def showEvent(self, event: QShowEvent) -> None:
        self._stale = True  # files may have come or gone
        super().showEvent(event)

    def add(self, name: str) -> None:
        """Put a node of a type after what is selected, else beside the last node, and show it."""
        if node_type := self._type(name):
            key = shared_networks.place(self.session, node_type, *self._free_place())
            if key:
                self.session.select([key])
                self.session.frame_requested.emit(key)

    # -- what is listed ----------------------------------------------------------------------------------------------

    def _networks(self) -> list[NodeType]:
        return [*shared_networks.own(self.session.document), *self._mine, *self._shipped]

    def _sections(self) -> dict[str, Sequence[NodeType]]:
        own = shared_networks.own(self.session.document)
        yours = {self.tr("This design"): own, self.tr("My networks"): self._mine}
        known = {family.capitalize(): types for family, types in families().items()}
        return {
            title: types
            for title, types in {**yours, self.tr("Ready-made networks"): self._shipped, **known}.items()
            if types
        }

    def _type(self, name: str) -> NodeType | None:
        found = (each for each in self._networks() if each.name == name)
        return CATALOGUE.get(name) or next(found, None)

    def _yours(self, name: str) -> bool:
        """Whether a type is a network that the user may rename and remove."""
        in_design = placed(name) in self.session.document.networks
        return in_design or any(each.name == name for each in self._mine)

    def _free_place(self) -> tuple[float, float]:
        nodes = self.session.document.in_network(self.session.network)
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

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(change.table == "networks" for change in changes):
            self.invalidate()

    # -- what is done ------------------------------------------------------------------------------------------------

    def _add_first(self) -> None:
        self._refresh_if_seen()
        item = self.tree.topLevelItem(0)
        if self.search.text().strip() and item and self._pages.currentIndex() == 0:
            self._add_item(item)

    def _add_item(self, item: QTreeWidgetItem) -> None:
        if name := item.data(0, NAME):
            self.add(name)

    def menu_for(self, name: str) -> QMenu:
        """What can be done with a type."""
        menu = QMenu(self)

        def offer(text: str, icon: str, run: Callable[[], object]) -> None:
            menu.addAction(icons.icon(icon), text, run)

        offer(self.tr("Add to the canvas"), "add", lambda: self.add(name))
        if placed(name) in self.session.document.networks:
            offer(self.tr("Show its inside"), "enter", lambda: shared_networks.show(self.session, name))
            offer(self.tr("Save in my networks"), "save", lambda: self._save(name))
        if self._yours(name):
            menu.addSeparator()
            offer(self.tr("Rename"), "rename", lambda: self.tree.rename(name))
            offer(self.tr("Remove"), "delete", lambda: self._remove(name))
        return menu

    def _open_menu(self, spot: QPoint) -> None:
        item = self.tree.itemAt(spot)
        if item and item.data(0, NAME):
            self.tree.setCurrentItem(item)
            menu = self.menu_for(item.data(0, NAME))
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.tree.viewport().mapToGlobal(spot))

    def _save(self, name: str) -> None:
        shared_networks.save(self.session, placed(name))
        self.invalidate()

    def _retitle(self, name: str, title: str) -> None:
        shared_networks.rename(self.session, name, title)
        self.invalidate()

    def _remove(self, name: str) -> None:
        if self._yours(name):
            shared_networks.remove(self.session, name, self.invalidate)
            self.invalidate()

    def _lay_out(self) -> None:
        self.empty = Empty("", self.tr("Try what it does, such as “shrink”, or another name, such as “dense”."))
        found = QWidget()
        self._pages = QStackedLayout(found)
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 4, 4)
        layout.addWidget(self.search)
        layout.addWidget(found, 1)
        layout.addWidget(self.faults)


def families() -> dict[str, list[NodeType]]:
    """Family → its node types, in the order in which a network is drawn; families from plug-ins come last."""
    found: dict[str, list[NodeType]] = {}
    for node_type in CATALOGUE.values():
        found.setdefault(node_type.family, []).append(node_type)
    return dict(sorted(found.items(), key=lambda pair: ORDER.index(pair[0]) if pair[0] in ORDER else len(ORDER)))


PANEL = Panel("library", "Library", "left", LibraryPanel, order=10)

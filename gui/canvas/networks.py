"""What the canvas does with networks within networks, and with nodes that share their weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QElapsedTimer, QRect, QRectF
from PySide6.QtWidgets import QApplication

from graph.document import MAIN, NodeKey
from graph.grouping import group
from graph.naming import identifier
from graph.network_edits import (
    NetworkProblem,
    delete_network,
    free_network,
    is_end,
    make_own,
    new_network,
    rename_network,
    title_of,
)
from graph.networks import instances, placed
from graph.sharing import sharers, unlink
from graph.ungrouping import ungroup
from gui import whereabouts
from gui.canvas.breadcrumb import Breadcrumb
from gui.canvas.commands import Commands
from gui.canvas.geometry import HEADER, snap
from gui.session import Session

NEW_SIZE: Final = (90.0, 50.0)  # from the corner of a new node to its middle


class NetworkCommands(Commands):
    """Entering and leaving networks, making them, and linking nodes; each edit is one step of undo.

    Where one looked in a network is where one looks when one comes back.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._moved_on = QElapsedTimer()  # since the last entering: the rest of a double click does not count
        session.place_changed.connect(self._keep_look)  # before the scene shows the other network
        session.leaving.connect(self._keep_look)
        self.breadcrumb = Breadcrumb(session, self)

    # -- going about -------------------------------------------------------------------------------------------------

    @property
    def alone(self) -> NodeKey | None:
        """The selected node, where it is a single one."""
        chosen = self.session.selection
        return next(iter(chosen)) if len(chosen) == 1 else None

    @property
    def chosen_network(self) -> str:
        """The network that the selected node places, else the one that is shown; "" for the main one."""
        document, key = self.session.document, self.alone
        inner = placed(document.nodes[key].type) if key in document.nodes else ""
        return inner or (self.session.network if self.session.network != MAIN else "")

    @property
    def may_enter(self) -> bool:
        key = self.alone
        return key is not None and whereabouts.entered(self.session.document, self.session.place, key) is not None

    def enter_selected(self) -> None:
        if self.alone:
            self.enter(self.alone)

    def enter(self, key: NodeKey) -> bool:
        """Show the network that a node places; whether it places one."""
        place = whereabouts.entered(self.session.document, self.session.place, key)
        if place is not None:
            self._moved_on.start()
            self.session.go(place)
        return place is not None

    def leave(self) -> None:
        """Go back to the network around this one, and select what was entered."""
        place = self.session.place
        self.session.go(whereabouts.left(self.session.document, place))
        if place.way and place.way[-1] in self.canvas.nodes:
            self.session.select([place.way[-1]])

    @property
    def just_entered(self) -> bool:
        """Whether a press may still belong to the double click that entered."""
        return self._moved_on.isValid() and self._moved_on.elapsed() < QApplication.doubleClickInterval()

    def _keep_look(self) -> None:
        middle = self.to_scene(self.centre())
        if self.isVisible():
            self.session.current.looks[self.canvas.network] = self.zoom, middle.x(), middle.y()

    def look_again(self) -> None:
        """Look where one looked before, or at everything."""
        if not self.isVisible() or (found := self.session.current.looks.get(self.canvas.network)) is None:
            self.frame_when_shown()
            return
        self.zoom_to(found[0])
        self.centerOn(found[1], found[2])
        self._sharpen()

    # -- making networks ---------------------------------------------------------------------------------------------

    def group(self) -> None:
        """Move the selected nodes into a network of their own."""
        document, chosen = self.session.document, self.session.selection
        name = free_network(document)
        title = name.replace("_", " ").capitalize()
        self._try(self.tr("Group"), lambda: [group(document, chosen, name, title)])

    def ungroup(self) -> None:
        """Put what the selected networks hold in the place of their nodes."""
        document = self.session.document
        keys = sorted(key for key in self.session.selection if placed(document.nodes[key].type))
        if keys:
            self._try(self.tr("Ungroup"), lambda: [new for key in keys for new in ungroup(document, key)])

    def add_network(self) -> None:
        """Place a new network at the pointer and enter it."""
        document, network = self.session.document, self.session.network
        where = self.to_scene(self.pointer())
        x, y = snap(where.x() - NEW_SIZE[0]), snap(where.y() - NEW_SIZE[1])
        self._try(self.tr("Add a network"), lambda: [new_network(document, network, x, y)])
        self.enter_selected()

    def make_own(self) -> None:
        """Give the selected node a network of its own, so that changing it changes no other."""
        key = self.alone
        if key:
            self._try(self.tr("Make a network its own"), lambda: self._owned(key))

    def _owned(self, key: NodeKey) -> list[NodeKey]:
        make_own(self.session.document, key)
        return [key]

    def delete_network(self, network: str = "") -> None:
        """Delete the network that is shown, where nothing places it."""
        name = network or self.chosen_network
        self._try(self.tr("Delete a network"), lambda: delete_network(self.session.document, name))

    def rename_network(self) -> None:
        """Type another title for the network that the selected node places, or that is shown."""
        network = self.chosen_network
        if not network:
            return
        document, key = self.session.document, self.alone
        at_node = key is not None and placed(document.nodes[key].type) == network
        place = self._head_of(key) if at_node and key else self.breadcrumb.geometry()
        self.title_editor.open(place, document.networks[network].title, title_of(document, network),
                               lambda typed: self._entitle(network, typed))  # fmt: skip

    def _entitle(self, network: str, title: str) -> None:
        document = self.session.document
        if title and network in document.networks and title != document.networks[network].title:
            key = self.alone
            with document.edit(self.tr("Rename a network")):
                name = rename_network(document, network, title)
            if key is not None and key not in document.nodes and NodeKey(key.network, name) in document.nodes:
                self.session.select([NodeKey(key.network, name)])  # it was called like the network

    # -- names -------------------------------------------------------------------------------------------------------

    def rename_selected(self) -> None:
        """Type a title over the selected node's; for a port of the network its name, which wires outside follow."""
        document, key = self.session.document, self.alone
        if key is None or key not in self.canvas.nodes:
            return
        node, network = document.nodes[key], placed(document.nodes[key].type)
        if network in document.networks and not node.title and list(instances(document, network)) == [key]:
            self.reveal(key)
            self.rename_network()
        elif is_end(node) and key.network != MAIN:
            self.reveal(key)
            self.title_editor.open(self._head_of(key), key.node, key.node, lambda typed: self._rename_port(key, typed))
        else:
            super().rename_selected()

    def _rename_port(self, key: NodeKey, typed: str) -> None:
        document = self.session.document
        if not typed or typed == key.node or key not in document.nodes:
            return
        name = identifier(typed)
        if NodeKey(key.network, name) in document.nodes:
            text = self.tr("There is already a node “{name}” in this network: take another name for the port.")
            self.session.say(text.format(name=name), "warning", topic="network")
            return
        with document.edit(self.tr("Rename a port")):
            renamed = document.rename_node(key, name)
            document.change_node(renamed, title="")
        self.session.select([renamed])

    def _head_of(self, key: NodeKey) -> QRect:
        item = self.canvas.nodes[key]
        return self.mapFromScene(QRectF(item.x(), item.y(), item.rect().width(), HEADER)).boundingRect()

    # -- sharing weights ---------------------------------------------------------------------------------------------

    def unlink(self) -> None:
        """Give the selected nodes weights of their own, which begin as those that they shared."""
        document = self.session.document
        linked = sorted(key for key in self.session.selection if document.nodes[key].link)
        with document.edit(self.tr("Unlink")):
            for key in linked:
                unlink(document, key)

    def select_sharers(self) -> None:
        """Select every node that shares the weights of the selected ones."""
        document, chosen = self.session.document, self.session.selection
        self.session.select(chosen | {other for key in chosen for other in sharers(document, key)})

    @property
    def any_linked(self) -> bool:
        nodes = self.session.document.nodes
        return any(nodes[key].link for key in self.session.selection if key in nodes)

    @property
    def any_shared(self) -> bool:
        document = self.session.document
        return any(sharers(document, key) for key in self.session.selection if key in document.nodes)

    @property
    def any_placed(self) -> bool:
        nodes = self.session.document.nodes
        return any(placed(nodes[key].type) for key in self.session.selection if key in nodes)

    def _try(self, label: str, edit: Callable[[], list[NodeKey] | None]) -> None:
        """Do an edit and select what it gives; say why where it cannot be done."""
        try:
            with self.session.document.edit(label):
                made = edit()
        except NetworkProblem as problem:
            self.session.say(str(problem), "warning", topic="network")
            return
        if made is not None:
            self.session.select(made)


def move(session: Session, key: NodeKey) -> NodeKey | None:
    """Show the network in which a node is drawn, named by its key or its path; returns where it is drawn."""
    found = whereabouts.found_at(session.document, session.place, key)
    if found is None:
        return None
    place, drawn = found
    if place.network != session.network or session.place.way != place.way:
        session.go(place)
    return drawn

"""What menus and shortcuts do to the drawing; each is one step of undo."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Signal

from graph.catalogue import NodeType
from graph.document import Document, NodeKey, Port
from graph.networks import type_of
from graph.wiring import closes_a_loop, may_connect
from gui.canvas import edits, layout
from gui.canvas.adding import Adder
from gui.canvas.finding import find
from gui.canvas.geometry import GRID, HEADER, Spot, around, bounds
from gui.canvas.gliding import Glide
from gui.canvas.help_card import HelpCard
from gui.canvas.hits import hit
from gui.canvas.linking import DragWire
from gui.canvas.rename import TitleEditor
from gui.canvas.search import WIDTH, SearchBox
from gui.canvas.viewport import Viewport
from gui.session import Session


class Commands(Viewport):
    """The commands of the canvas, on top of what shows it."""

    chosen = Signal()  # a wire or a comment is selected now, or no more
    glide: Glide

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.wire: Port | None = None  # the selected wire
        self.last_pointer: QPointF | None = None  # where the mouse is in the viewport, None outside
        self._adder: Adder | None = None
        self.search = SearchBox(self)
        self.search.chosen.connect(self._add_found)
        self.search.closed.connect(self._end_search)
        self.finder = SearchBox(self)
        self.finder.chosen.connect(lambda found: session.frame_requested.emit(found.key))
        self.finder.closed.connect(self.setFocus)
        self.help_card = HelpCard(self)
        self.title_editor = TitleEditor(self)

    def pointer(self) -> QPointF:
        """Where the pointer is in the viewport; its middle where it is elsewhere."""
        return self.centre() if self.last_pointer is None else self.last_pointer

    # -- adding ------------------------------------------------------------------------------------------------------

    def open_search(self) -> None:
        """Search for a node to add at the pointer, or in the middle where the pointer is elsewhere."""
        self.search_at(self.pointer())

    def search_at(self, spot: QPointF, wire: DragWire | None = None, through: Port | None = None) -> None:
        """Search for a node to add at a point of the viewport.

        wire: a loose wire for it
        through: the wire into this input is to be led through it
        """
        self.search.close_box()
        self._adder = Adder(self, self.to_scene(spot), wire, through)
        self.search.open(spot.toPoint(), self._adder.find, self._adder.prompt)

    def _add_found(self, node_type: NodeType) -> None:
        if self._adder:
            self._adder.add(node_type)

    def _end_search(self) -> None:
        adder, self._adder = self._adder, None
        if adder:
            adder.end()
        self.setFocus()

    # -- finding and explaining --------------------------------------------------------------------------------------

    def find_node(self) -> None:
        """Search the nodes of all networks, and show the one that is chosen."""
        document, here = self.session.document, self.canvas.network
        spot = QPointF((self.width() - WIDTH) / 2, self.height() / 6)
        prompt = self.tr("Find a node of the design")
        self.finder.open(spot.toPoint(), lambda query: find(document, query, here), prompt)

    def help_on_node(self) -> bool:
        """Explain the selected node, else the one below the pointer; whether there was one."""
        document, chosen = self.session.document, sorted(self.session.selection)
        key = chosen[0] if len(chosen) == 1 else self._below_pointer()
        node_type = type_of(document, key) if key else None
        if key is None or node_type is None or key not in self.canvas.nodes:
            return False
        self.help_card.open(node_type, self.mapFromScene(self.canvas.nodes[key].sceneBoundingRect()).boundingRect())
        return True

    def _below_pointer(self) -> NodeKey | None:
        return hit(self.canvas, self.to_scene(self.pointer()), self.zoom, ports=False).node

    # -- removing ----------------------------------------------------------------------------------------------------

    def delete_selection(self) -> None:
        """Delete the selected nodes with their wires, or the selected wire."""
        wires = [self.wire] if self.wire in self.session.document.wires else []
        if self.session.selection or wires:
            edits.delete(self.session.document, self.session.selection, wires)

    def delete_and_heal(self) -> None:
        """Delete the selected nodes and wire what fed them to what they fed."""
        if self.session.selection:
            edits.delete_and_heal(self.session.document, self.session.selection, self._allowed)

    def _allowed(self, document: Document, source: Port, target: Port) -> str | None:
        return may_connect(document, source, target, self.canvas.specs)

    # -- looks and part in what computes -----------------------------------------------------------------------------

    def mute(self) -> None:
        """Leave the selected nodes out of what computes, or take them in again."""
        if self.session.selection:
            for sentence in edits.mute(self.session.document, self.session.selection):
                self.session.say(sentence, "warning", topic="mute")

    def collapse(self) -> None:
        """Draw the selected nodes small, or whole again."""
        if self.session.selection:
            edits.collapse(self.session.document, self.session.selection)

    # -- selecting and arranging -------------------------------------------------------------------------------------

    def select_all(self) -> None:
        self.session.select(self.canvas.nodes)

    def frame_selection(self) -> None:
        """Bring the selected nodes into sight; all where none are selected."""
        chosen = [self.canvas.nodes[key].box for key in self.session.selection if key in self.canvas.nodes]
        if chosen:
            self.frame(chosen)
        else:
            self.frame_all()

    def nudge(self, across: int, down: int) -> None:
        """Move the selected nodes by steps of the grid; steps in a row are one step of undo."""
        nodes = self.session.document.nodes
        spots = {key: (nodes[key].x + across * GRID, nodes[key].y + down * GRID) for key in self.session.selection}
        if spots:
            edits.move(self.session.document, spots, merge=f"nudge {hash(self.session.selection)}")

    def tidy(self) -> None:
        """Lay the selected nodes, or all, out in columns along the wires."""
        chosen = self.session.selection if len(self.session.selection) > 1 else self.canvas.nodes.keys()
        items = {key: self.canvas.nodes[key] for key in chosen if key in self.canvas.nodes}
        document = self.session.document
        links = [self._link(target) for target in self.canvas.wires if not closes_a_loop(document, target)]
        spots = layout.layered({key: item.box for key, item in items.items()}, links)
        before = {key: (items[key].x(), items[key].y()) for key in spots}
        with document.edit("Tidy"):
            edits.move(document, spots)
            self._fit_frames(spots)
        self.glide.start({key: spot for key, spot in before.items() if spot != spots[key]})

    def _fit_frames(self, spots: Mapping[NodeKey, Spot]) -> None:
        """Put the frames around what they held before some of it moved."""
        for key, item in self.canvas.comments.items():
            held = {each: node.box for each, node in self.canvas.nodes.items() if item.holds(node.box)}
            moved = {each: box._replace(x=spots[each][0], y=spots[each][1]) for each, box in held.items()
                     if each in spots}  # fmt: skip
            whole = bounds({**held, **moved}.values())
            if whole is not None and moved:
                edits.change_comment(self.session.document, key, "Tidy", **around(whole)._asdict())

    def _link(self, target: Port) -> layout.Link[NodeKey]:
        source = self.canvas.source_of(target)
        giver, taker = self.canvas.nodes[source.owner], self.canvas.nodes[target.owner]
        return layout.Link(source.owner, target.owner, giver.output_spot(source.port)[1] - giver.y(),
                         taker.input_spot(target.port)[1] - taker.y())  # fmt: skip

    def insert(self, key: NodeKey, wire: Port) -> None:
        """Lead a wire through a node, where the node fits in it."""
        document = self.session.document
        through = edits.passage(type_of(document, key), self.canvas.spec_of(wire))
        if through and wire in document.wires:
            edits.insert_on_wire(document, key, wire, through)

    # -- titles ------------------------------------------------------------------------------------------------------

    def rename_selected(self) -> None:
        """Type a title over the selected node's; an empty one shows its id again."""
        key = next(iter(self.session.selection), None)
        if key is None or len(self.session.selection) > 1 or key not in self.canvas.nodes:
            return
        self.reveal(key)
        item = self.canvas.nodes[key]
        place = self.mapFromScene(QRectF(item.x(), item.y(), item.rect().width(), HEADER)).boundingRect()
        title = self.session.document.nodes[key].title
        self.title_editor.open(place, title, key.node, lambda typed: self._retitle(key, typed))

    def _retitle(self, key: NodeKey, title: str) -> None:
        document = self.session.document
        if key in document.nodes and title != document.nodes[key].title:
            with document.edit("Rename"):
                document.change_node(key, title=title)

"""Adding nodes: by search on the empty canvas, where a wire was dropped, and from the library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData, QPointF, QRectF

from graph.catalogue import NodeType
from graph.document import MAIN, Document, Node, NodeKey, Port
from graph.naming import identifier
from graph.network_edits import NetworkProblem
from graph.networks import DELAY, INPUT, OUTPUT, placed, type_of, types_of, used_by
from graph.specs import TensorSpec
from graph.wiring import may_connect
from graph.wording import Worded
from gui import shared_networks
from gui.canvas import edits
from gui.canvas.face import Face, Kind, face_of
from gui.canvas.geometry import HEADER, height_of, port_spots, snap, width_of
from gui.canvas.gestures import mark_entry
from gui.canvas.items import Ghost
from gui.canvas.linking import DragWire
from gui.canvas.ranking import fitting_input, fitting_output, rank, suits

if TYPE_CHECKING:
    from gui.canvas.commands import Commands
    from gui.canvas.view import CanvasView

MIME: Final = "application/x-netloom-node-type"


class Adder:
    """What the search box offers and what becomes of a choice.

    wire: the loose wire that was dropped, or None
    through: the wire into this input goes through the new node
    """

    def __init__(
        self, view: Commands, where: QPointF, wire: DragWire | None = None, through: Port | None = None
    ) -> None:
        self._view = view
        self._where = where
        self.wire, self._through = wire, through
        document = view.session.document
        self._usage = Counter(node.type for node in document.nodes.values())
        own = {node_type.title for node_type in shared_networks.own(document)}
        shelved = (*shared_networks.mine()[0], *shared_networks.shipped())
        self._shelved = [node_type for node_type in shelved if node_type.title not in own]

    @property
    def prompt(self) -> str:
        if self._through is not None:
            return self._view.tr("Add into the wire")
        if self.wire is None:
            return self._view.tr("Add a node: type what it is or does")
        return self._view.tr("Add what fits the wire")

    def find(self, query: str) -> list[NodeType]:
        """The types that a query means, best first; with a wire in hand only those it can be led to."""
        network = self._view.canvas.network
        offered = offered_in(self._view.session.document, network).values()
        types = [t for t in (*offered, *self._shelved) if self._fits(t)]
        spec = self._spec()
        return rank(query, types, self._usage, lambda t: suits(t, spec) + _at_home(t, network))

    def _fits(self, node_type: NodeType) -> bool:
        if self._through is not None:
            return edits.passage(node_type, self._view.canvas.spec_of(self._through)) is not None
        return self.wire is None or bool(self._port_for(node_type))

    def add(self, node_type: NodeType) -> NodeKey | None:
        """Add a node where the pointer is, and lead the wire into it; one step of undo. None where it cannot be."""
        view, document = self._view, self._view.session.document
        port = self._port_for(node_type) if self.wire else ""
        try:
            with document.edit(Worded("Insert {type}" if self._through else "Add {type}", type=node_type.title)):
                name = shared_networks.bring(document, node_type.name, view.canvas.network)
                where = corner_for(node_type, self._where, port)
                key = document.add_node(name, *where, network=view.canvas.network)
                self._lead_in(key, port)
                self._lead_through(key, node_type)
        except NetworkProblem as problem:
            view.session.say(str(problem), "warning", topic="network")
            return None
        view.session.select([key])
        return key

    def _lead_in(self, key: NodeKey, port: str) -> None:
        """Wire the loose wire to a port of the new node."""
        document = self._view.session.document
        if self.wire and port:
            ends = self.wire.fixed, Port(*key, port)
            source, target = ends if self.wire.from_output else ends[::-1]
            if may_connect(document, source, target, self._view.canvas.specs) is None:
                document.connect(source, target)

    def _lead_through(self, key: NodeKey, node_type: NodeType) -> None:
        """Lead the wire that was selected through the new node."""
        view, wire = self._view, self._through
        if wire is not None and (through := edits.passage(node_type, view.canvas.spec_of(wire))):
            edits.insert_on_wire(view.session.document, key, wire, through)

    def end(self) -> None:
        """The search is over: the loose wire goes."""
        if self.wire:
            self.wire.cancel()

    def _spec(self) -> TensorSpec | None:
        return self._view.canvas.specs.get(self.wire.fixed) if self.wire and self.wire.from_output else None

    def _port_for(self, node_type: NodeType) -> str:
        """The port of a new node that the wire in hand would go to, or ""."""
        if self.wire is None:
            return ""
        document, fixed = self._view.session.document, self.wire.fixed
        own = type_of(document, fixed.owner)
        if own is None:
            return ""
        if self.wire.from_output:
            return _entry(own, node_type, self._spec())
        declared = own.input(fixed.port)
        return fitting_output(node_type, declared.wants, self._known_fields(node_type)) if declared else ""

    def _known_fields(self, node_type: NodeType) -> dict[str, TensorSpec]:
        """What a data set gives, known once there is a node of it with the same settings."""
        if node_type.dynamic:
            reports = self._view.session.analysis.nodes if self._view.session.analysis else {}
            for key, report in reports.items():
                node = self._view.session.document.nodes.get(key)
                if node and node.type == node_type.name and not node.params:
                    return dict(report.outputs)
        return {}


def offered_in(document: Document, network: str) -> Mapping[str, NodeType]:
    """The node types that a network could hold: not itself, nor what it is part of; inputs and delays not in main."""

    def fits(name: str) -> bool:
        within = placed(name)
        return network not in used_by(document, within) if within else network != MAIN or name not in (INPUT, DELAY)

    return {name: node_type for name, node_type in types_of(document).items() if fits(name)}


def _at_home(node_type: NodeType, network: str) -> float:
    """Points for what a network in another one is made with, and for the design's own networks."""
    if placed(node_type.name):
        return -10.0 if node_type.name.startswith(shared_networks.FILE) else 5.0
    if network == MAIN:
        return 0.0
    return 6.0 if node_type.name in (INPUT, OUTPUT, DELAY) else -8.0 if node_type.kind == "source" else 0.0


def _entry(giver: NodeType, taker: NodeType, spec: TensorSpec | None) -> str:
    """The input that takes a wire; losses go into objectives alone, and only losses do."""
    if giver.kind == "metric" or ((giver.kind == "loss") != (taker.kind == "objective") and not placed(giver.name)):
        return ""
    return fitting_input(taker, spec)


def face_of_new(node_type: NodeType) -> Face:
    name = identifier(node_type.title.lower()) if placed(node_type.name) else node_type.name
    return face_of(f"{name}_1", Node(node_type.name), (), (), None, {}, kind=Kind(node_type))


def corner_for(node_type: NodeType, where: QPointF, port: str = "") -> tuple[float, float]:
    """Where a new node's corner goes, so that its port, else the middle of its title, is at the pointer."""
    face = face_of_new(node_type)
    inputs, outputs = port_spots(face)
    x, y = inputs.get(port) or outputs.get(port) or (width_of(face) / 2, HEADER / 2)
    return snap(where.x() - x), snap(where.y() - y)


def type_in(mime: QMimeData, document: Document, network: str) -> NodeType | None:
    """The node type that is dragged in from the library, of those that one may add; None for anything else.

    A network that would hold itself is taken too: the drop says why it cannot be placed there.
    """
    if not mime.hasFormat(MIME):
        return None
    name = bytes(mime.data(MIME).data()).decode("utf-8", "replace")
    if placed(name):
        return types_of(document).get(name) or shared_networks.in_file(name)
    return offered_in(document, network).get(name)


class LibraryDrag:
    """A node type on its way from the library: its outline under the pointer, and the wire it would go into."""

    def __init__(self, view: CanvasView, node_type: NodeType) -> None:
        self._view = view
        self._type = node_type
        self._wire: Port | None = None
        face = face_of_new(node_type)
        self._size = (width_of(face), height_of(face))
        self._item = Ghost(face, view.zoom * view.devicePixelRatioF(), view.devicePixelRatioF())
        view.canvas.addItem(self._item)

    def move(self, spot: QPointF) -> None:
        x, y = corner_for(self._type, self._view.to_scene(spot))
        self._item.setPos(x, y)
        self._wire = mark_entry(self._view, self._type, QRectF(x, y, *self._size), self._wire)

    def drop(self, spot: QPointF) -> None:
        wire = self._wire
        self.cancel()
        document, network = self._view.session.document, self._view.canvas.network
        try:
            with document.edit(Worded("Insert {type}" if wire else "Add {type}", type=self._type.title)):
                place = corner_for(self._type, self._view.to_scene(spot))
                name = shared_networks.bring(document, self._type.name, network)
                key = document.add_node(name, *place, network=network)
                if wire:
                    self._view.insert(key, wire)
        except NetworkProblem as problem:
            self._view.session.say(str(problem), "warning", topic="network")
            return
        self._view.session.select([key])

    def cancel(self) -> None:
        if self._wire:
            self._view.canvas.mark(self._wire, False)
            self._wire = None
        self._view.canvas.removeItem(self._item)

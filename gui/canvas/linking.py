"""Wiring by dragging: from an output, from an input, or a wire taken off the input it leads to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from graph.document import NodeKey, Port
from graph.wiring import legal_sources, legal_targets, may_connect
from gui import theme
from gui.canvas import edits
from gui.canvas.geometry import Spot, wire_curve
from gui.canvas.gestures import Gesture
from gui.canvas.hits import Hit, hit
from gui.canvas.items import GESTURES, NodeItem, path_of

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

BESIDE_POINTER: Final = QPointF(16, 14)


class DragWire(Gesture):
    """A loose wire, one end held by the pointer and the other in a port.

    fixed: the port that it starts from
    moved_from: the input that it led to when it was taken off; dropped on nothing, such a wire is gone
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self, view: CanvasView, spot: QPointF, fixed: Port, from_output: bool, moved_from: Port | None
    ) -> None:
        super().__init__(view, spot)
        self.fixed = fixed
        self.from_output = from_output
        self.moved_from = moved_from
        self.where = view.to_scene(spot)  # the loose end
        self.end: Port | None = None
        self.reason = ""
        self.legal: set[Port] = set()
        self._item = QGraphicsPathItem()
        self._item.setZValue(GESTURES)

    def begin(self) -> None:
        canvas = self.view.canvas
        self.legal = self.legal_ends()
        ports: dict[NodeKey, set[str]] = defaultdict(set)
        side = "in" if self.from_output else "out"
        for port in self.legal:
            ports[port.owner].add(f"{side} {port.port}")
        ports[self.fixed.owner].add(f"{'out' if self.from_output else 'in'} {self.fixed.port}")
        canvas.light({key: frozenset(names) for key, names in ports.items()})
        if self.moved_from:
            canvas.wires[self.moved_from].hide()
        canvas.addItem(self._item)
        self.view.refresh()

    def legal_ends(self) -> set[Port]:
        """The ports that the loose end may go to."""
        legal = legal_targets if self.from_output else legal_sources
        return legal(self.view.session.document, self.fixed, self.view.canvas.specs)

    def drag(self, spot: QPointF) -> None:
        self.where = self.view.to_scene(spot)
        self.end, self.reason = self.aim()
        loose: Spot = (self.where.x(), self.where.y())
        if self.end and not self.reason:
            loose = self._spot_of(self.end, self.from_output)
        self._item.setPath(self.path(loose))
        self._item.setPen(self._pen())
        if self.reason:
            self.view.words.tag.tell(self.reason, self.where + BESIDE_POINTER / self.view.zoom, "warning")
        else:
            self.view.words.tag.hide()

    def path(self, loose: Spot) -> QPainterPath:
        """The wire from its fixed end to where its loose one is."""
        held = self._spot_of(self.fixed, not self.from_output)
        return path_of(wire_curve(held, loose) if self.from_output else wire_curve(loose, held))

    def finish(self, spot: QPointF) -> None:
        source, target = (self.fixed, self.end) if self.from_output else (self.end, self.fixed)
        document = self.view.session.document
        if self.reason:
            self.cancel()
            self.view.session.say(self.reason, "warning", topic="wire")
        elif self.end is None and self.moved_from is None and not self._over_own_node():
            self.view.offer_for_wire(self)
        else:
            self.cancel()
            if source and target:
                if target != self.moved_from:
                    edits.reconnect(document, source, target, self.moved_from)
            elif self.moved_from and not self._over_own_node():
                edits.delete(document, (), [self.moved_from])

    def cancel(self) -> None:
        if not self.dragging:
            return
        self.dragging = False
        canvas = self.view.canvas
        canvas.removeItem(self._item)
        canvas.light(None)
        if self.moved_from and (wire := canvas.wires.get(self.moved_from)):
            wire.show()
        self.view.words.tag.hide()
        self.view.refresh()

    # -- aiming ------------------------------------------------------------------------------------------------------

    def aim(self) -> tuple[Port | None, str]:
        """The port that is meant and why it cannot be had, or "" where it can."""
        under = hit(self.view.canvas, self.where, self.view.zoom)
        if under.node is None or (under.node == self.fixed.owner and self._own(under)):
            return None, ""
        port = under.input if self.from_output else under.output
        if port is None:
            port = self._nearest(under.node)
        if port is None:
            return None, f"“{under.node.node}” has no {'input' if self.from_output else 'output'} to wire to."
        if port in self.legal or port == self.moved_from:
            return port, ""
        source, target = (self.fixed, port) if self.from_output else (port, self.fixed)
        return port, may_connect(self.view.session.document, source, target, self.view.canvas.specs) or ""

    def _own(self, under: Hit) -> bool:
        """Whether the pointer is still at home, where dropping means nothing."""
        return (under.input if self.from_output else under.output) is None

    def _over_own_node(self) -> bool:
        return hit(self.view.canvas, self.where, self.view.zoom).node == self.fixed.owner

    def _nearest(self, key: NodeKey) -> Port | None:
        """The port of a node that a drop on its body means: the nearest legal one, best one without a wire."""
        spots = self._ports(self.view.canvas.nodes[key])
        wired = self.view.session.document.wires
        return min(
            (Port(*key, name) for name in spots),
            key=lambda p: (p not in self.legal, self.from_output and p in wired,
                           abs(spots[p.port][1] + self.view.canvas.nodes[key].y() - self.where.y())),
            default=None,
        )  # fmt: skip

    def _ports(self, item: NodeItem) -> dict[str, Spot]:
        return item.inputs if self.from_output else item.outputs

    def _spot_of(self, port: Port, is_input: bool) -> Spot:
        item = self.view.canvas.nodes[port.owner]
        return item.input_spot(port.port) if is_input else item.output_spot(port.port)

    def _pen(self) -> QPen:
        now = theme.current()
        giver = self.view.canvas.nodes[self.fixed.owner]
        meaning = giver.output_meaning(self.fixed.port) if self.from_output else giver.input_meaning(self.fixed.port)
        colour = now.warning if self.reason else now.meaning(meaning)
        style = Qt.PenStyle.DashLine if self.reason else Qt.PenStyle.SolidLine
        return QPen(colour, 2.4, style, Qt.PenCapStyle.RoundCap)

"""What lies under the pointer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from graph.document import NodeKey, Port
from graph.networks import REROUTE
from gui.canvas.geometry import FRAME_TITLE, Spot, distance_to, door_of
from gui.canvas.items import NodeItem, WireItem
from gui.canvas.painting import COMPACT
from gui.canvas.scene import CanvasScene

PORT_REACH = 11.0  # pixels on the screen within which a port is meant
WIRE_REACH = 6.0
DOT_REACH = 8.0  # scene pixels around the ports of a reroute, so that its middle can be held
EDGE_REACH = 6.0
TITLE_REACH = 14.0  # pixels on the screen that the title of a frame has at least


@dataclass(frozen=True)
class Hit:
    """A node, one of its ports, or a wire; all None over the empty canvas. A port comes with its node."""

    node: NodeKey | None = None
    input: Port | None = None
    output: Port | None = None
    wire: Port | None = None
    comment: NodeKey | None = None  # its title or its edge; what lies inside a frame is the canvas
    edge: str = ""  # the sides of the frame that a drag would move: "left", "bottom right"…
    door: bool = False  # whether it is where a click enters the network that the node places

    @property
    def nothing(self) -> bool:
        return self.node is None and self.wire is None and self.comment is None


def hit(scene: CanvasScene, spot: QPointF, zoom: float, ports: bool = True) -> Hit:
    """The topmost thing at a point of the scene; wires lie below nodes.

    ports: whether ports are asked for; they are too small to be meant when far away
    """
    reach = PORT_REACH / min(zoom, 1.5)
    point = (spot.x(), spot.y())
    near = scene.items(QRectF(spot.x() - reach, spot.y() - reach, 2 * reach, 2 * reach))
    for item in near:
        if isinstance(item, NodeItem):
            found = _port_at(item, point, reach) if ports else None
            if found or item.box.contains(point):
                return found or Hit(item.key, door=ports and zoom >= COMPACT and _at_door(item, point))
    wires = [(distance_to(item.curve, point), item.target) for item in near if isinstance(item, WireItem)]
    distance, target = min(wires, default=(math.inf, None))
    return Hit(wire=target) if distance <= WIRE_REACH / min(zoom, 1.5) else _comment_at(scene, point, zoom)


def _comment_at(scene: CanvasScene, point: Spot, zoom: float) -> Hit:
    """The frame whose title or edge is at a point, the smallest first; of a note all of it."""
    reach = EDGE_REACH / min(zoom, 1.5)
    for key, item in sorted(scene.comments.items(), key=lambda entry: entry[1].box.width * entry[1].box.height):
        box = item.box
        x, y = point[0] - box.x, point[1] - box.y
        if not (-reach <= x <= box.width + reach and -reach <= y <= box.height + reach):
            continue
        sides = [("top", abs(y)), ("bottom", abs(y - box.height)), ("left", abs(x)), ("right", abs(x - box.width))]
        edge = " ".join(side for side, away in sides if away <= reach)
        if edge or item.comment.note or 0 <= y <= max(FRAME_TITLE, TITLE_REACH / zoom):
            return Hit(comment=key, edge=edge)
    return Hit()


def _at_door(item: NodeItem, point: Spot) -> bool:
    door = door_of(item.face)
    return door is not None and door.contains((point[0] - item.x(), point[1] - item.y()))


def _port_at(item: NodeItem, point: Spot, reach: float) -> Hit | None:
    best, distance = None, min(reach, DOT_REACH) if item.face.role == REROUTE else reach
    for side, spots in (("in", item.inputs), ("out", item.outputs)):
        for name, (x, y) in spots.items():
            away = math.hypot(item.x() + x - point[0], item.y() + y - point[1])
            if away <= distance:
                port = Port(*item.key, name)
                best = Hit(item.key, input=port) if side == "in" else Hit(item.key, output=port)
                distance = away
    return best


def wire_under(scene: CanvasScene, area: QRectF, spot: QPointF, reach: float) -> Port | None:
    """The wire that a node held at ``spot`` and covering ``area`` would be put into."""
    point = (spot.x(), spot.y())
    wires = [(distance_to(item.curve, point), item.target) for item in scene.items(area) if isinstance(item, WireItem)]
    distance, target = min(wires, default=(math.inf, None))
    return target if distance <= reach else None

"""What lies under the pointer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from graph.document import NodeKey, Port
from gui.canvas.geometry import Spot, distance_to, door_of
from gui.canvas.items import NodeItem, WireItem
from gui.canvas.painting import COMPACT
from gui.canvas.scene import CanvasScene

PORT_REACH = 11.0  # pixels on the screen within which a port is meant
WIRE_REACH = 6.0


@dataclass(frozen=True)
class Hit:
    """A node, one of its ports, or a wire; all None over the empty canvas. A port comes with its node."""

    node: NodeKey | None = None
    input: Port | None = None
    output: Port | None = None
    wire: Port | None = None
    door: bool = False  # whether it is where a click enters the network that the node places

    @property
    def nothing(self) -> bool:
        return self.node is None and self.wire is None


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
    return Hit(wire=target) if distance <= WIRE_REACH / min(zoom, 1.5) else Hit()


def _at_door(item: NodeItem, point: Spot) -> bool:
    door = door_of(item.face)
    return door is not None and door.contains((point[0] - item.x(), point[1] - item.y()))


def _port_at(item: NodeItem, point: Spot, reach: float) -> Hit | None:
    best, distance = None, reach
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

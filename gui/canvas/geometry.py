"""Where things stand: the measures of a node, its ports and its wires, in scene pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from graph.networks import REROUTE
from gui.canvas.face import NETWORKS, Face, PortFace

GRID: Final = 10
WIDTHS: Final = (180, 220)
ROOMY_TITLE: Final = 21  # letters from which a title gets the wider node
HEADER: Final = 30
DETAILS: Final = 20
FIRST_ROW: Final = HEADER + DETAILS  # where the ports begin
ROW: Final = 20
FOOTER: Final = 30
COLLAPSED: Final = 40
AROUND: Final = 20.0  # free room between a comment frame and what it holds
FRAME_TITLE: Final = 30.0  # of a comment frame, the strip at its top by which it is held
DOT: Final = (30, 20)  # the room that a reroute takes; its wires meet in the middle
BOTTOM: Final = 10
PORT_RADIUS: Final = 5.0
SAMPLES: Final = 24  # points that stand for a wire where distances to it are asked

TURN: Final = 80.0  # how far a wire that leads back goes on before it turns round
WIDER: Final = 30.0  # than its end is its beginning, to keep clear of the node's corner
ROOM_BETWEEN: Final = 100.0  # height between two ports from which a wire passes between their nodes
ROOM_BELOW: Final = 80.0

BESIDE_NODE: Final = 26.0  # how far beside its nodes a wire that loops back goes down and up
LONG: Final = 240.0  # scene pixels across, from which there may be a node between the ends of a wire
RISE: Final = 70.0  # beside its ends, how far a wire that arches around nodes takes to rise and to fall
BEND: Final = 16.0  # the radius of its corners
ROUND: Final = 0.55  # of the way to a corner, the handle of a Bézier that looks like a quarter of a circle
CLEAR: Final = 22.0  # between such a wire and the nodes that it passes below

BADGE_SIDE: Final = 16.0
BADGE_STEP: Final = 20.0
HEAD_EDGE: Final = 9.0
SIGN: Final = 18.0  # what the sign of a problem takes

Spot = tuple[float, float]
Curve = tuple[Spot, ...]  # of cubic Béziers end to end: four points, or seven, or ten…


class Box(NamedTuple):
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> Spot:
        return self.x + self.width / 2, self.y + self.height / 2

    def surrounds(self, inner: Box) -> bool:
        return self.contains((inner.x, inner.y)) and self.contains((inner.x + inner.width, inner.y + inner.height))

    def contains(self, spot: Spot) -> bool:
        return self.x <= spot[0] <= self.x + self.width and self.y <= spot[1] <= self.y + self.height


def snap(value: float) -> float:
    """The nearest line of the grid."""
    return float(GRID * math.floor(value / GRID + 0.5))


def width_of(face: Face) -> int:
    if face.role == REROUTE:
        return DOT[0]
    return WIDTHS[len(face.title) >= ROOMY_TITLE]


def has_footer(face: Face) -> bool:
    """Whether there is a line for shape and parameters; it stands before they are known, so that nothing jumps."""
    return bool(face.outputs) or bool(face.shape) or bool(face.role)


def height_of(face: Face) -> int:
    if face.role == REROUTE or face.collapsed:
        return DOT[1] if face.role == REROUTE else COLLAPSED
    rows = max(len(face.inputs), len(face.outputs))
    return FIRST_ROW + ROW * rows + (FOOTER if has_footer(face) else BOTTOM)


def port_spots(face: Face) -> tuple[dict[str, Spot], dict[str, Spot]]:
    """Where the inputs and the outputs sit, seen from the node's corner."""
    top, width = FIRST_ROW + ROW / 2, width_of(face)
    if face.role == REROUTE or face.collapsed:
        return _spread(face.inputs, 0.0, height_of(face)), _spread(face.outputs, float(width), height_of(face))
    inputs = {port.name: (0.0, top + ROW * row) for row, port in enumerate(face.inputs)}
    return inputs, {port.name: (float(width), top + ROW * row) for row, port in enumerate(face.outputs)}


def _spread(ports: Sequence[PortFace], x: float, height: float) -> dict[str, Spot]:
    """The ports of a small node, evenly along one of its sides."""
    return {port.name: (x, height * (number + 1) / (len(ports) + 1)) for number, port in enumerate(ports)}


def badges_of(face: Face) -> list[str]:
    """The icons in the head of a node, from the right to the left."""
    own = {"input": ["port-in"], "output": ["port-out"], "delay": ["delay"], "network": ["network"],
           "recurrence": ["network", "loop"]}  # fmt: skip
    return own.get(face.role, []) + ["link"] * face.linked


def badge_box(face: Face, number: int) -> Box:
    """Where an icon in the head is, seen from the node's corner; a problem's sign stands at the right of them."""
    right = width_of(face) - HEAD_EDGE - (SIGN if face.severity else 0.0)
    return Box(right - (number + 1) * BADGE_STEP, (HEADER - BADGE_SIDE) / 2 + 1, BADGE_SIDE, BADGE_SIDE)


def door_of(face: Face) -> Box | None:
    """Where a click enters the network that a node places, seen from its corner; None for other nodes."""
    return badge_box(face, 0) if face.role in NETWORKS else None


def wire_curve(start: Spot, end: Spot, floor: float | None = None) -> Curve:
    """The way of a wire, leaving its output to the right and entering its input from the left.

    One that leads back turns round, runs between or below the nodes, and turns round again. With a ``floor`` either way
    runs along that height, past the nodes on it.
    """
    across, down = end[0] - start[0], end[1] - start[1]
    if floor is not None:
        return _loop(start, end, floor) if across < 0 else _arch(start, end, floor)
    if across >= 0:
        reach = max(across / 2, min(30.0, abs(down) / 2))
        return start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end
    between = (start[1] + end[1]) / 2 if abs(down) >= ROOM_BETWEEN else max(start[1], end[1]) + ROOM_BELOW
    right, left, middle = start[0] + TURN, end[0] - TURN, (start[0] + end[0]) / 2
    return (
        start, (right, start[1]), (right + WIDER, between), (middle, between),
        (left - WIDER, between), (left, end[1]), end,
    )  # fmt: skip


def _arch(start: Spot, end: Spot, level: float) -> Curve:
    """Up or down to a height, along it, and to the end."""
    rise = min(RISE, (end[0] - start[0]) / 3)
    left, right, half = start[0] + rise, end[0] - rise, rise / 2
    one, other = (left, level), (right, level)
    return (
        start, (start[0] + half, start[1]), (left - half, level), one, _toward(one, other, 1 / 3),
        _toward(one, other, 2 / 3), other, (right + half, level), (end[0] - half, end[1]), end,
    )  # fmt: skip


def _loop(start: Spot, end: Spot, floor: float) -> Curve:
    """Down at the right, back along the floor and up at the left, with round corners."""
    bend, right, left = BEND, start[0] + BESIDE_NODE, end[0] - BESIDE_NODE
    spots = [start, (right - bend, start[1]), (right, start[1] + bend), (right, floor - bend), (right - bend, floor),
             (left + bend, floor), (left, floor - bend), (left, end[1] + bend), (left + bend, end[1]), end]  # fmt: skip
    corners = {1: (right, start[1]), 3: (right, floor), 5: (left, floor), 7: (left, end[1])}
    curve = [start]
    for number, (one, other) in enumerate(pairwise(spots)):
        if number in corners:
            curve += [_toward(one, corners[number], ROUND), _toward(other, corners[number], ROUND), other]
        else:
            curve += [_toward(one, other, 1 / 3), _toward(one, other, 2 / 3), other]
    return tuple(curve)


def _toward(start: Spot, end: Spot, share: float) -> Spot:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def floor_below(start: Spot, end: Spot, boxes: Iterable[Box]) -> float:
    """A height at which a wire can lead back below the nodes between its ends."""
    left, right = end[0] - BESIDE_NODE, start[0] + BESIDE_NODE
    floor = max(start[1], end[1]) + 2 * BEND
    for box in sorted((b for b in boxes if b.x < right and b.x + b.width > left), key=lambda b: b.y):
        if box.y < floor + CLEAR and box.y + box.height > min(start[1], end[1]):
            floor = max(floor, box.y + box.height + CLEAR)
    return floor


def twins(curve: Curve) -> tuple[Curve, Curve]:
    """The curves half a pixel to either side of a wire."""
    one, other = [], []
    last = len(curve) - 1
    for number, (x, y) in enumerate(curve):
        (x0, y0), (x1, y1) = curve[max(0, number - 1)], curve[min(last, number + 1)]
        length = 2 * math.hypot(x1 - x0, y1 - y0)
        across, down = ((y0 - y1) / length, (x1 - x0) / length) if length else (0.0, 0.5)
        one.append((x - across, y - down))
        other.append((x + across, y + down))
    return tuple(one), tuple(other)


def point_on(curve: Curve, share: float) -> Spot:
    """The point of a curve at ``share``, 0 at its start and 1 at its end."""
    pieces = len(curve) // 3
    piece = min(pieces - 1, int(share * pieces))
    share = share * pieces - piece
    rest = 1.0 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    points = curve[3 * piece : 3 * piece + 4]
    return sum(w * p[0] for w, p in zip(weights, points)), sum(w * p[1] for w, p in zip(weights, points))


def distance_to(curve: Curve, spot: Spot) -> float:
    """How far a point is from a curve."""
    points = [point_on(curve, number / SAMPLES) for number in range(SAMPLES + 1)]
    return min(_to_segment(spot, start, end) for start, end in pairwise(points))


def _to_segment(spot: Spot, start: Spot, end: Spot) -> float:
    across, down = end[0] - start[0], end[1] - start[1]
    length = across * across + down * down
    share = ((spot[0] - start[0]) * across + (spot[1] - start[1]) * down) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return math.hypot(spot[0] - start[0] - share * across, spot[1] - start[1] - share * down)


def crossing(curve: Curve, start: Spot, end: Spot) -> Spot | None:
    """Where a straight line meets a curve first, None where it does not."""
    points = [point_on(curve, number / SAMPLES) for number in range(SAMPLES + 1)]
    (x0, y0), (x1, y1) = start, end
    for (ax, ay), (bx, by) in pairwise(points):
        turn = (x1 - x0) * (by - ay) - (y1 - y0) * (bx - ax)
        if not turn:
            continue
        share = ((ax - x0) * (by - ay) - (ay - y0) * (bx - ax)) / turn
        other = ((ax - x0) * (y1 - y0) - (ay - y0) * (x1 - x0)) / turn
        if 0 <= share <= 1 and 0 <= other <= 1:
            return x0 + share * (x1 - x0), y0 + share * (y1 - y0)
    return None


def bounds(boxes: Iterable[Box]) -> Box | None:
    """The smallest box around all; None around nothing."""
    found = list(boxes)
    if not found:
        return None
    left, top = min(b.x for b in found), min(b.y for b in found)
    right, bottom = max(b.x + b.width for b in found), max(b.y + b.height for b in found)
    return Box(left, top, right - left, bottom - top)


def around(held: Box) -> Box:
    """The frame around what it is to hold."""
    left, top = snap(held.x - AROUND), snap(held.y - AROUND - FRAME_TITLE)
    return Box(left, top, snap(held.x + held.width + AROUND) - left, snap(held.y + held.height + AROUND) - top)

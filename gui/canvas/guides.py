"""Alignment while nodes are dragged: they catch on the edges and centres of their neighbours, and lines show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gui.canvas.geometry import Box

CATCH: Final = 6.0  # pixels on the screen within which an edge catches


Side = tuple[str, float]


class Guide(NamedTuple):
    """A line from one spot to another along which things stand in line."""

    x0: float
    y0: float
    x1: float
    y1: float


class Lines:
    """What neighbours offer to stand in line with: left, middle and right, and top, middle and bottom."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._boxes = list(boxes)
        self._across = [(side, place, box) for box in self._boxes for side, place in _across(box)]
        self._down = [(side, place, box) for box in self._boxes for side, place in _down(box)]

    def caught(self, box: Box, zoom: float) -> tuple[float | None, float | None]:
        """How far to shift a box so that it stands in line with the nearest; None where nothing is near."""
        reach = CATCH / max(zoom, 0.05)
        return _nearest(_across(box), self._across, reach), _nearest(_down(box), self._down, reach)

    def guides(self, box: Box) -> list[Guide]:
        """The lines on which a box stands with others, each as long as all that stand on it."""
        found: list[Guide] = []
        for side, mine in _across(box):
            others = [other for kind, place, other in self._across if kind == side and abs(place - mine) < 0.5]
            if others:
                ends = [end for each in (box, *others) for end in (each.y, each.y + each.height)]
                found.append(Guide(mine, min(ends), mine, max(ends)))
        for side, mine in _down(box):
            others = [other for kind, place, other in self._down if kind == side and abs(place - mine) < 0.5]
            if others:
                ends = [end for each in (box, *others) for end in (each.x, each.x + each.width)]
                found.append(Guide(min(ends), mine, max(ends), mine))
        return found


def _across(box: Box) -> tuple[Side, ...]:
    return ("edge", box.x), ("middle", box.x + box.width / 2), ("edge", box.x + box.width)


def _down(box: Box) -> tuple[Side, ...]:
    return ("edge", box.y), ("middle", box.y + box.height / 2), ("edge", box.y + box.height)


def _nearest(mine: Iterable[Side], others: Sequence[tuple[str, float, Box]], reach: float) -> float | None:
    """The shortest way from one of my edges to one of others, or from middle to middle; None where none is near."""
    best, shift = reach, None
    for side, own in mine:
        for kind, place, _ in others:
            if kind == side and abs(place - own) < best:
                best, shift = abs(place - own), place - own
    return shift

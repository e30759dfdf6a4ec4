"""Wires that skip nodes arch around them: at which height, given what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gui.canvas.geometry import CLEAR, LONG, Box, Spot, point_on, wire_curve

CELL: Final = 400.0  # the side of the squares by which boxes are looked up
ENDS: Final = 60.0  # beside either end, where a wire still rises or falls
STEPS: Final = 12  # points of a wire that are tried
TRIES: Final = 12  # boxes in a row that a wire is led past on one side


class Obstacles:
    """The boxes of a drawing, found by where they stand."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._cells: dict[tuple[int, int], list[Box]] = {}
        for box in boxes:
            for cell in _cells(box):
                self._cells.setdefault(cell, []).append(box)

    def level(self, start: Spot, end: Spot) -> float | None:
        """The height along which a wire between two ports passes what is between them; None where nothing is."""
        if end[0] - start[0] < LONG:
            return None
        curve = wire_curve(start, end)
        points = [point_on(curve, number / STEPS) for number in range(1, STEPS)]
        top, bottom = min(start[1], end[1]), max(start[1], end[1])
        between = self._within(Box(start[0] + 1, top, end[0] - start[0] - 2, bottom - top + 1))
        met = [box for box in between if any(box.contains(point) for point in points)]
        if not met:
            return None
        middle = (start[1] + end[1]) / 2
        above = self._free(min(box.y for box in met) - CLEAR, start, end, -1)
        below = self._free(max(box.y + box.height for box in met) + CLEAR, start, end, 1)
        return above if middle - above <= below - middle else below

    def _free(self, level: float, start: Spot, end: Spot, way: int) -> float:
        """The first height from one on, upwards or downwards, at which nothing stands in the way."""
        for _ in range(TRIES):
            lane = Box(start[0] + ENDS / 2, level - CLEAR / 2, end[0] - start[0] - ENDS, CLEAR)
            met = self._within(lane)
            if not met:
                break
            level = min(b.y for b in met) - CLEAR if way < 0 else max(b.y + b.height for b in met) + CLEAR
        return level

    def _within(self, area: Box) -> list[Box]:
        """The boxes that overlap with an area; one that lies in several squares comes as often."""
        left, top, right, bottom = area.x, area.y, area.x + area.width, area.y + area.height
        return [
            box for cell in _cells(area) for box in self._cells.get(cell, ())
            if box.x < right and box.x + box.width > left and box.y < bottom and box.y + box.height > top
        ]  # fmt: skip


def _cells(box: Box) -> Iterable[tuple[int, int]]:
    columns = range(int(box.x // CELL), int((box.x + box.width) // CELL) + 1)
    rows = range(int(box.y // CELL), int((box.y + box.height) // CELL) + 1)
    return [(column, row) for column in columns for row in rows]

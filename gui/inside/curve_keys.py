"""What the keyboard does in a plot of curves: zooming, pushing, showing all, and reading from point to point."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from gui.inside.curve_plot import CurvePlot
    from gui.inside.thinning import Array

Key = Qt.Key
ZOOM: Final = {Key.Key_Plus: 0.8, Key.Key_Equal: 0.8, Key.Key_Minus: 1.25}  # times what is in sight
PUSH: Final = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, 1), Key.Key_Down: (0, -1)}
PUSHED: Final = 0.1  # of what is in sight
READ: Final = {Key.Key_Left: -1, Key.Key_Right: 1}
ENDS: Final = {Key.Key_Home: 1, Key.Key_End: -1}
ALL: Final = (Key.Key_Home, Key.Key_0)


def press(plot: CurvePlot, event: QKeyEvent) -> bool:
    """Do what a key stands for in a plot; False where it stands for nothing."""
    key, control = Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    if key in ZOOM:
        plot.scale_sight(*((1.0, ZOOM[key]) if control else (ZOOM[key], 1.0)))
    elif control and key in READ:
        _read(plot, next_point(plot.lines_along(), _start(plot, READ[key]), READ[key]))
    elif control and key in ENDS:
        _read(plot, next_point(plot.lines_along(), -np.inf * ENDS[key], ENDS[key]))
    elif key in ALL:
        plot.canvas.reset.emit()
    elif not control and key in PUSH:
        plot.push_sight(*(PUSHED * way for way in PUSH[key]))
    elif key == Key.Key_Escape and plot.place is not None:
        plot.hovered.emit(None)
    else:
        return False
    return True


def _start(plot: CurvePlot, way: int) -> float:
    """Where reading goes on from: where it is, else the edge of what is in sight that lies behind."""
    return plot.sight()[0 if way > 0 else 1] if plot.place is None else plot.place


def _read(plot: CurvePlot, place: float | None) -> None:
    if place is not None:
        plot.bring_into_sight(place)
        plot.hovered.emit(place)


def next_point(lines: Iterable[Array], place: float, way: int) -> float | None:
    """The nearest place of a point beyond ``place``, to the right for a ``way`` of 1 and to the left for −1.

    lines: where the points of each line lie on the axis, ascending
    """
    found = []
    for along in lines:
        at = int(np.searchsorted(along, place, "right" if way > 0 else "left")) - (way < 0)
        if 0 <= at < len(along):
            found.append(float(along[at]))
    return min(found, key=lambda each: each * way, default=None)

"""Which nodes' pictures are to be painted anew, and when: those in sight, within the time that a frame leaves."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsScene

from gui.canvas.items import NodeItem

MOST: Final = 600  # pictures of 100 % kept, about 60 MB
FEW: Final = 64
MOST_SMOOTH: Final = 60  # pictures that are blended while one zooms: it doubles the time of a frame
FOREVER: Final = 60.0


class Pictures:
    """The pictures of a scene's nodes. One is stale when its node changed or the view came nearer or went away."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self._scene = scene
        self._stale: set[NodeItem] = set()
        self._painted: dict[NodeItem, None] = {}
        self._fresh = QRectF()  # where nothing is stale
        self.ratio = 1.0  # device pixels per pixel of the screen

    def soil(self, items: Iterable[NodeItem]) -> None:
        """Have these painted anew once they are in sight."""
        self._stale.update(items)
        self._fresh = QRectF()

    def drop(self, item: NodeItem) -> None:
        """A node is gone."""
        self._stale.discard(item)
        self._painted.pop(item, None)

    def clear(self) -> None:
        self._stale.clear()
        self._painted.clear()

    def forget(self) -> None:
        """Every picture is of no more use."""
        for item in self._painted:
            item.forget()
        self.soil(self._painted)
        self._painted.clear()

    def outdate(self, scale: float) -> None:
        """Have every picture that was painted for another scale painted anew once it is in sight."""
        self.soil([item for item in self._painted if item.rendered != scale])

    def soften(self, scale: float) -> None:
        """Blend the pixels of pictures shown at another scale than they were painted for, where they are few enough."""
        few = len(self._painted) <= MOST_SMOOTH
        for item in self._painted:
            item.smooth(few and item.rendered != scale)

    def freshen(self, area: QRectF, scale: float, seconds: float = FOREVER) -> bool:
        """Paint what is stale in an area for a scale; False if the time was too short for all of it."""
        if not self._stale or self._fresh.contains(area):
            return True
        end = time.perf_counter() + seconds
        strips = news(self._fresh, area)
        for item in [item for strip in strips for item in self._sought(strip)]:
            if item not in self._stale:
                continue
            if time.perf_counter() > end:
                return False
            item.render(scale, self.ratio)
            self._stale.discard(item)
            self._painted[item] = None
        self._fresh = area
        if len(self._painted) * max(0.5, scale) ** 2 > MOST:
            self._forget_outside(area)
        return True

    def _sought(self, area: QRectF) -> list[NodeItem]:
        if len(self._stale) <= FEW:
            return [item for item in self._stale if item.sceneBoundingRect().intersects(area)]
        return [item for item in self._scene.items(area) if isinstance(item, NodeItem) and item in self._stale]

    def _forget_outside(self, area: QRectF) -> None:
        for item in [i for i in self._painted if not i.sceneBoundingRect().intersects(area)]:
            item.forget()
            self._stale.add(item)
            del self._painted[item]


def news(seen: QRectF, area: QRectF) -> list[QRectF]:
    """The parts of an area that lie outside what was seen of it before."""
    both = seen.intersected(area)
    if both.isEmpty():
        return [area]
    upper = QRectF(area.left(), area.top(), area.width(), both.top() - area.top())
    lower = QRectF(area.left(), both.bottom(), area.width(), area.bottom() - both.bottom())
    left = QRectF(area.left(), both.top(), both.left() - area.left(), both.height())
    right = QRectF(both.right(), both.top(), area.right() - both.right(), both.height())
    return [strip for strip in (upper, lower, left, right) if strip.width() > 0 and strip.height() > 0]

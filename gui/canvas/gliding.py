"""Nodes that glide to where the document has them already, so that the eye can follow what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation

from graph.document import NodeKey
from gui import settings
from gui.canvas.geometry import Spot
from gui.canvas.scene import CanvasScene

LASTS: Final = 240  # milliseconds
MOST: Final = 400  # nodes; more would not glide but jerk


class Glide(QObject):
    """One movement at a time; whatever happens to the document or the view meanwhile ends it."""

    def __init__(self, canvas: CanvasScene) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._from: dict[NodeKey, Spot] = {}
        self._clock = QVariantAnimation(self, duration=LASTS, startValue=0.0, endValue=1.0)
        self._clock.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._clock.valueChanged.connect(self._show)
        self._clock.finished.connect(self.end)

    @property
    def under_way(self) -> bool:
        return bool(self._from)

    def start(self, before: Mapping[NodeKey, Spot]) -> None:
        """Let nodes glide from where they were."""
        self.end()
        if settings.animations() and 0 < len(before) <= MOST:
            self._from = dict(before)
            self._show(0.0)
            self._clock.start()

    def end(self) -> None:
        """Have everything at its place at once."""
        if self._from:
            moving, self._from = self._from, {}
            self._clock.stop()
            self._canvas.restore(moving)
            self._canvas.altered.emit()

    def _show(self, share: float) -> None:
        nodes = self._canvas.session.document.nodes
        ends = {key: nodes[key] for key in self._from if key in nodes}
        self._canvas.shift({
            key: (x + (end.x - x) * share, y + (end.y - y) * share)
            for key, end in ends.items() for x, y in [self._from[key]]
        })  # fmt: skip
        self._canvas.altered.emit()

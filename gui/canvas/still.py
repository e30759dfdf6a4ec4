"""What stands still while many nodes are dragged, painted once, so that a frame paints only what moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from graph.document import NodeKey, Port
from gui.canvas.items import CHOSEN, NodeItem, WireItem

if TYPE_CHECKING:
    from gui.canvas.viewport import Viewport

FEWEST: Final = 6  # moving nodes from which this is worth a picture of the rest


class Still:
    """The picture of all but the moving nodes and their wires; empty while nothing moves."""

    def __init__(self, view: Viewport) -> None:
        self._view = view
        self._picture: QPixmap | None = None
        self._made_for: tuple[QTransform, float] | None = None
        self._nodes: list[NodeItem] = []
        self._wires: list[WireItem] = []
        self._pictures: list[tuple[NodeItem, QPixmap]] = []
        self._extra: list[QGraphicsItem] = []
        self._hidden: set[QGraphicsItem] = set()

    @property
    def holds(self) -> bool:
        return bool(self._nodes)

    def hold(self, moving: Collection[NodeKey], extra: Sequence[QGraphicsItem] = ()) -> None:
        """Expect these nodes to move from frame to frame; none to go back to painting everything.

        extra: what is shown above them meanwhile
        """
        canvas = self._view.canvas
        self.forget()
        self._pictures = []
        found = [canvas.nodes[key] for key in moving if key in canvas.nodes] if len(moving) >= FEWEST else []
        targets: set[Port] = set().union(*(canvas.wires_at(item.key) for item in found))
        self._nodes = sorted(found, key=lambda item: item.zValue())
        self._wires = [canvas.wires[target] for target in targets if target in canvas.wires]
        self._extra = list(extra)
        self._hidden = {*self._nodes, *self._wires}

    def forget(self) -> None:
        """Paint the picture anew: something changed that stands still."""
        self._picture = None

    def paint(self, painter: QPainter) -> None:
        """Paint a frame, with the painter in pixels of the viewport."""
        view, transform = self._view, self._view.viewportTransform()
        if self._picture is None or self._made_for != (transform, view.viewport().devicePixelRatioF()):
            self._make(transform)
        if self._picture is not None:
            painter.drawPixmap(0, 0, self._picture)
        painter.setWorldTransform(transform)
        area = view.area
        if view.far:
            view.overview.paint(painter, area, view.zoom, "moving")
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for wire in self._wires:
                wire.paint_onto(painter)
            painter.resetTransform()
            for node, picture in self._pictures:  # a picture that is not scaled is only copied
                painter.drawPixmap(transform.map(node.corner).toPoint(), picture)
            painter.setWorldTransform(transform)
            _paint_items(self._extra, painter)

    def _make(self, transform: QTransform) -> None:
        view = self._view
        ratio, size = view.viewport().devicePixelRatioF(), view.viewport().size()
        self._made_for = (transform, ratio)
        self._picture = QPixmap(size * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self._pictures = [] if view.far else [(node, _sized(node.picture(), view.zoom, ratio)) for node in self._nodes]
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view.drawBackground(painter, QRectF())
        painter.setWorldTransform(transform)
        if view.far:
            view.overview.paint(painter, view.area, view.zoom, "still")
        else:
            still = [item for item in view.canvas.items(view.area) if item.zValue() <= CHOSEN]
            _paint_items([item for item in reversed(still) if item not in self._hidden], painter)
        painter.end()


def _sized(picture: QPixmap, zoom: float, ratio: float) -> QPixmap:
    """A picture of a node as it is to be copied to the screen at a scale."""
    found = picture.devicePixelRatio()
    if abs(found - zoom * ratio) > 1e-6:
        size = picture.size() * (zoom * ratio / found)
        picture = picture.scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
    made = QPixmap(picture)
    made.setDevicePixelRatio(ratio)
    return made


def _paint_items(items: Iterable[QGraphicsItem], painter: QPainter, inside: bool = False) -> None:
    """Paint items with what stands on them; those that stand on others come with these."""
    option = QStyleOptionGraphicsItem()
    for item in items:
        if item.parentItem() is not None and not inside:
            continue
        painter.save()
        painter.translate(item.pos())
        painter.setOpacity(item.effectiveOpacity())
        item.paint(painter, option, None)
        _paint_items(item.childItems(), painter, True)
        painter.restore()

"""The whole canvas in a few strokes, for when it is so far away that words could not be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final, Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QStaticText

from graph.document import NodeKey, Port
from gui import theme
from gui.canvas.items import NodeItem, WireItem, add_curve
from gui.canvas.painting import ink_now
from gui.canvas.scene import CanvasScene

READABLE: Final = 0.2  # the scale from which titles are written
STRAIGHT: Final = 0.16  # below it nobody can tell a curve from a line
TITLE_PIXELS: Final = 10
MOST_TITLES: Final = 700


Part = Literal["all", "still", "moving"]


class Layer:
    """Nodes and wires sorted by what they are painted with."""

    def __init__(self, nodes: Iterable[NodeItem], wires: Iterable[WireItem]) -> None:
        self.bodies: dict[str, list[QRectF]] = defaultdict(list)
        self.rings: dict[str, list[QRectF]] = defaultdict(list)
        self.lines: dict[str, list[QLineF]] = defaultdict(list)
        self.titles: list[tuple[QRectF, str]] = []
        self._wires: dict[str, list[WireItem]] = defaultdict(list)
        self._curves: dict[str, QPainterPath] = {}
        for node in nodes:
            self._add_node(node)
        for wire in wires:
            self._wires[wire.meaning].append(wire)
            self.lines[wire.meaning].append(wire.chord)

    @property
    def curves(self) -> dict[str, QPainterPath]:
        """The wires of each meaning as one path, made when first asked for."""
        if not self._curves:
            for meaning, wires in self._wires.items():
                path = self._curves[meaning] = QPainterPath()
                for wire in wires:
                    add_curve(path, wire.curve)
        return self._curves

    def _add_node(self, item: NodeItem) -> None:
        box, face = item.sceneBoundingRect(), item.face
        self.bodies[face.family].append(box)
        self.titles.append((box, face.title))
        if item.mood.selected:
            self.rings["selected"].append(box)
        elif face.severity:
            self.rings[face.severity].append(box)


class Overview:
    """Paints a scene from lists that are made once and kept until something is altered.

    While some nodes are dragged, only they and their wires are listed anew.
    """

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._still: Layer | None = None
        self._moving: frozenset[NodeKey] = frozenset()
        self._moving_wires: frozenset[Port] = frozenset()

    def forget(self) -> None:
        """List everything anew at the next painting."""
        self._still = None

    def hold(self, moving: Collection[NodeKey]) -> None:
        """Expect these nodes, and no others, to move from frame to frame."""
        self._moving = frozenset(moving)
        self._moving_wires = frozenset(wire for key in self._moving for wire in self._scene.wires_at(key))
        self._still = None

    def paint(self, painter: QPainter, area: QRectF, scale: float, part: Part = "all") -> None:
        """Paint what stands in ``area``, with the painter in scene pixels, or what moves of it, or the rest."""
        scene = self._scene
        if self._still is None:
            self._still = self._list(scene.nodes.keys() - self._moving, scene.wires.keys() - self._moving_wires)
        layers = [self._still] if part != "moving" else []
        if self._moving and part != "still":
            layers.append(self._list(self._moving & scene.nodes.keys(), self._moving_wires & scene.wires.keys()))
        for comment in scene.comments.values() if part != "moving" else ():
            painter.fillRect(comment.rect().translated(comment.pos()), comment.brush())
        for layer in layers:
            _paint_wires(painter, layer, scale)
        for layer in layers:
            _paint_nodes(painter, layer, scale)
        if scale >= READABLE:
            for layer in layers:
                _write_titles(painter, layer, area, scale)

    def _list(self, nodes: Collection[NodeKey], wires: Collection[Port]) -> Layer:
        items, lines = self._scene.nodes, self._scene.wires
        return Layer((items[key] for key in nodes), (lines[target] for target in wires))


def _paint_wires(painter: QPainter, layer: Layer, scale: float) -> None:
    now = theme.current()
    straight = scale < STRAIGHT
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not straight)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for meaning, lines in layer.lines.items():
        painter.setPen(QPen(theme.blend(now.canvas, now.meaning(meaning), 0.6 if straight else 0.75), 0))
        if straight:
            painter.drawLines(lines)
        else:
            painter.drawPath(layer.curves[meaning])


def _paint_nodes(painter: QPainter, layer: Layer, scale: float) -> None:
    now = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(now.node_border, 0) if scale >= STRAIGHT else Qt.PenStyle.NoPen)
    for family, boxes in layer.bodies.items():
        painter.setBrush(theme.blend(now.header(family), now.family(family), 0.25))
        painter.drawRects(boxes)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    colours: dict[str, QColor] = {"error": now.error, "warning": now.warning, "selected": now.node_selected}
    for kind, boxes in layer.rings.items():
        pen = QPen(colours[kind], 2)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawRects(boxes)


def _write_titles(painter: QPainter, layer: Layer, area: QRectF, scale: float) -> None:
    """Titles in letters of one size on the screen, cut where their node ends."""
    seen = [(box, title) for box, title in layer.titles if box.intersects(area)]
    if len(seen) > MOST_TITLES:
        return
    transform = painter.worldTransform()
    right, down = transform.dx() + 4, transform.dy() - TITLE_PIXELS * 0.62
    painter.save()
    painter.resetTransform()
    painter.setFont(theme.font(TITLE_PIXELS))
    painter.setPen(ink_now().text)
    for box, title in seen:
        letters = int(box.width() * scale / (TITLE_PIXELS * 0.58))
        middle = (box.y() + box.height() / 2) * scale
        painter.drawStaticText(QPointF(round(box.x() * scale + right), round(middle + down)), _title(title, letters))
    painter.restore()


@lru_cache(maxsize=4096)
def _title(text: str, letters: int) -> QStaticText:
    """A title laid out once, cut to a number of letters."""
    made = QStaticText(text if len(text) <= letters else text[: letters - 1] + "…")
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    made.prepare(font=theme.font(TITLE_PIXELS))
    return made

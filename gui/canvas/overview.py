"""The whole canvas in a few strokes, for when it is so far away that words could not be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QStaticText

from graph.document import NodeKey, Port
from gui import theme
from gui.canvas.items import NodeItem, WireItem, add_curve
from gui.canvas.painting import ink_now
from gui.canvas.scene import CanvasScene

READABLE: Final = 0.2  # the scale from which titles are written
STRAIGHT: Final = 0.16  # below it nobody can tell a curve from a line
MOST_CURVES: Final = 1200  # wires in sight; of more, each is a line
TITLE_PIXELS: Final = 10
MOST_TITLES: Final = 400
TILE: Final = 2400.0  # scene pixels; what lies in tiles out of sight is not painted


Part = Literal["all", "still", "moving"]


class Tile:
    """Nodes that stand in one square of the scene, and wires that begin there, sorted by what they are painted with."""

    def __init__(self) -> None:
        self.area = QRectF()  # of all of them
        self.bodies: dict[str, list[QRectF]] = defaultdict(list)
        self.rings: dict[str, list[QRectF]] = defaultdict(list)
        self.titles: list[tuple[QRectF, str]] = []
        self.wires: list[WireItem] = []
        self._paths: dict[bool, dict[str, QPainterPath]] = {}

    def paths(self, straight: bool) -> dict[str, QPainterPath]:
        """The wires of each meaning as one path, made when first asked for: Qt takes a path faster than lines."""
        if straight not in self._paths:
            found = self._paths[straight] = defaultdict(QPainterPath)
            for wire in self.wires:
                if straight:
                    found[wire.meaning].moveTo(*wire.curve[0])
                    found[wire.meaning].lineTo(*wire.curve[-1])
                else:
                    add_curve(found[wire.meaning], wire.curve)
        return self._paths[straight]

    def add_node(self, item: NodeItem) -> None:
        box, face = item.sceneBoundingRect(), item.face
        self.area |= box
        self.bodies[face.family].append(box)
        self.titles.append((box, face.title))
        if item.mood.selected:
            self.rings["selected"].append(box)
        elif face.severity:
            self.rings[face.severity].append(box)

    def add_wire(self, wire: WireItem) -> None:
        self.area |= wire.sceneBoundingRect()
        self.wires.append(wire)


class Layer:
    """Nodes and wires in tiles."""

    def __init__(self, nodes: Iterable[NodeItem], wires: Iterable[WireItem]) -> None:
        self._tiles: dict[tuple[int, int], Tile] = defaultdict(Tile)
        for node in nodes:
            self._tiles[_square(node.x(), node.y())].add_node(node)
        for wire in wires:
            self._tiles[_square(*wire.curve[0])].add_wire(wire)

    def tiles(self, area: QRectF) -> list[Tile]:
        """Those in sight."""
        return [tile for tile in self._tiles.values() if tile.area.intersects(area)]


def _square(x: float, y: float) -> tuple[int, int]:
    return int(x // TILE), int(y // TILE)


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
        tiles = [tile for layer in layers for tile in layer.tiles(area)]
        _paint_wires(painter, tiles, scale)
        _paint_nodes(painter, tiles, scale)
        if scale >= READABLE:
            _write_titles(painter, tiles, area, scale)

    def _list(self, nodes: Collection[NodeKey], wires: Collection[Port]) -> Layer:
        items, lines = self._scene.nodes, self._scene.wires
        return Layer((items[key] for key in nodes), (lines[target] for target in wires))


def _paint_wires(painter: QPainter, tiles: Sequence[Tile], scale: float) -> None:
    now = theme.current()
    straight = scale < STRAIGHT or sum(len(tile.wires) for tile in tiles) > MOST_CURVES
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not straight)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    paths = [tile.paths(straight) for tile in tiles]
    for meaning in {meaning for each in paths for meaning in each}:
        painter.setPen(QPen(theme.blend(now.canvas, now.meaning(meaning), 0.6 if straight else 0.75), 0))
        for each in paths:
            if meaning in each:
                painter.drawPath(each[meaning])


def _paint_nodes(painter: QPainter, tiles: Sequence[Tile], scale: float) -> None:
    now = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(now.node_border, 0) if scale >= STRAIGHT else Qt.PenStyle.NoPen)
    for family in {family for tile in tiles for family in tile.bodies}:
        painter.setBrush(theme.blend(now.header(family), now.family(family), 0.25))
        for tile in tiles:
            if family in tile.bodies:
                painter.drawRects(tile.bodies[family])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    colours: dict[str, QColor] = {"error": now.error, "warning": now.warning, "selected": now.node_selected}
    for tile in tiles:
        for kind, boxes in tile.rings.items():
            pen = QPen(colours[kind], 2)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawRects(boxes)


def _write_titles(painter: QPainter, tiles: Sequence[Tile], area: QRectF, scale: float) -> None:
    """Titles in letters of one size on the screen, cut where their node ends."""
    seen = [(box, title) for tile in tiles for box, title in tile.titles if box.intersects(area)]
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

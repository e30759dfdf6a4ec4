"""A design as a small picture: its nodes and wires, drawn from the document itself."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from graph.document import MAIN, Document, NodeKey
from graph.networks import type_of
from gui import theme

NODE_WIDTH: Final = 185.0
NODE_HEIGHT: Final = 112.0
LARGEST_SCALE: Final = 0.62
STRETCH: Final = 2.2  # how much taller than wide a long chain may be drawn, so that its nodes can still be seen
BACKWARDS: Final = 22.0  # pixels that a wire to the left swings out
READABLE: Final = 54.0  # pixels of width from which on a node has room for its title


def picture(document: Document, width: int, height: int, ratio: float = 1.0) -> QPixmap:
    """The main network on the canvas colour, ``width`` × ``height`` logical pixels."""
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(theme.current().canvas)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(document, painter, QRectF(0, 0, width, height))
    painter.end()
    return made


def paint(document: Document, painter: QPainter, area: QRectF) -> None:
    """Paint the main network to fit the area."""
    _paint_grid(painter, area)
    boxes = _boxes(document, area.adjusted(14, 12, -14, -12))
    for target, wire in document.wires.items():
        source, end = boxes.get(NodeKey(target.network, wire.node)), boxes.get(target.owner)
        if source is not None and end is not None:
            _paint_wire(painter, source, end, _colour(document, NodeKey(target.network, wire.node)))
    for key, box in boxes.items():
        _paint_node(painter, box, document, key)


def _boxes(document: Document, area: QRectF) -> dict[NodeKey, QRectF]:
    nodes = document.in_network(MAIN)
    if not nodes:
        return {}
    left, top = min(n.x for n in nodes.values()), min(n.y for n in nodes.values())
    width = max(n.x for n in nodes.values()) - left + NODE_WIDTH
    height = max(n.y for n in nodes.values()) - top + NODE_HEIGHT
    across = min(area.width() / width, area.height() / height, LARGEST_SCALE)
    down = min(area.height() / height, across * STRETCH, LARGEST_SCALE)
    origin = area.center() - QPointF(width * across, height * down) / 2
    return {key: QRectF(origin.x() + (n.x - left) * across, origin.y() + (n.y - top) * down,
                        NODE_WIDTH * across, NODE_HEIGHT * down) for key, n in nodes.items()}  # fmt: skip


def _colour(document: Document, key: NodeKey) -> QColor:
    node_type = type_of(document, key)
    return theme.current().family(node_type.family if node_type else "")


def _paint_grid(painter: QPainter, area: QRectF) -> None:
    painter.setPen(QPen(theme.current().grid, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    columns, rows = int(area.width() // 14), int(area.height() // 14)
    painter.drawPoints([area.topLeft() + QPointF(7 + 14 * x, 7 + 14 * y) for x in range(columns + 1)
                        for y in range(rows + 1)])  # fmt: skip


def _paint_wire(painter: QPainter, source: QRectF, target: QRectF, colour: QColor) -> None:
    start, end = QPointF(source.right(), source.center().y()), QPointF(target.left(), target.center().y())
    reach = max((end.x() - start.x()) * 0.5, 12.0) if end.x() > start.x() else BACKWARDS
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.blend(theme.current().canvas, colour, 0.8), 1.5))
    painter.drawPath(path)


def _paint_node(painter: QPainter, box: QRectF, document: Document, key: NodeKey) -> None:
    now, colour = theme.current(), _colour(document, key)
    corner = min(5.0, box.height() / 4, box.width() / 4)
    shape = QPainterPath()
    shape.addRoundedRect(box, corner, corner)
    painter.fillPath(shape, theme.blend(now.node, colour, 0.16))
    painter.save()
    painter.setClipPath(shape)
    painter.fillRect(QRectF(box.left(), box.top(), max(2.5, box.width() * 0.045), box.height()), colour)
    painter.restore()
    painter.setPen(QPen(theme.blend(now.node_border, colour, 0.35), 1))
    painter.drawPath(shape)
    if box.width() >= READABLE:
        _write_title(painter, box.adjusted(box.width() * 0.045 + 4, 0, -3, 0), document, key)


def _write_title(painter: QPainter, place: QRectF, document: Document, key: NodeKey) -> None:
    node = document.nodes[key]
    node_type = type_of(document, key)
    painter.setFont(theme.font(max(8, min(11, round(place.height() * 0.28)))))
    painter.setPen(theme.current().text)
    title = node.title or (node_type.title if node_type else node.type)
    short = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, short)

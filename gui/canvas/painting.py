"""How a node looks: one function paints its face, in scene pixels from its corner."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from gui import theme
from gui.canvas.face import Face, PortFace
from gui.canvas.geometry import (
    DETAILS,
    FIRST_ROW,
    HEADER,
    PORT_RADIUS,
    ROW,
    has_footer,
    height_of,
    port_spots,
    width_of,
)

CORNER: Final = 8.0
MARGIN: Final = 12.0  # around a node, for its shadow, its ports and its glow
INDENT: Final = 12.0
BADGE: Final = 8.0  # radius
COMPACT: Final = 0.7  # the zoom below which small words cannot be read
SMALLEST_TITLE: Final = 10.5  # pixels on the screen
SMALLEST_SHAPE: Final = 9.5
TALLEST_TITLE: Final = 34  # scene pixels
SINGLE_LINE: Final = Qt.TextFlag.TextSingleLine.value
LEFT: Final = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value | SINGLE_LINE
RIGHT: Final = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value | SINGLE_LINE
MIDDLE: Final = Qt.AlignmentFlag.AlignCenter.value | SINGLE_LINE


class Mood(NamedTuple):
    """What a node's picture depends on besides its face. ``lit`` is None unless a wire is being dragged."""

    selected: bool = False
    hovered: bool = False
    lit: frozenset[str] | None = None


class Ink(NamedTuple):
    """Fonts, pens and brushes of a theme, made once."""

    theme: theme.Theme
    title: QFont
    small: QFont
    title_metrics: QFontMetricsF
    small_metrics: QFontMetricsF
    text: QPen
    dim: QPen
    label: QPen
    hairline: QPen
    node: QBrush
    shadows: tuple[tuple[float, QColor], ...]


def _make_ink(now: theme.Theme) -> Ink:
    title, small = theme.font(13, bold=True), theme.font(11)
    strength = 46 if now.dark else 20
    shadows = tuple(
        (spread, _clear(now.shadow, round(strength / (2 + spread)))) for spread in (7.0, 5.0, 3.5, 2.0, 1.0)
    )
    return Ink(
        now, title, small, QFontMetricsF(title), QFontMetricsF(small), QPen(now.text), QPen(now.text_dim),
        QPen(theme.blend(now.node, now.text, 0.86)), QPen(theme.blend(now.node, now.node_border, 0.7), 1),
        QBrush(now.node), shadows,
    )  # fmt: skip


_inks: dict[str, Ink] = {}


def ink_now() -> Ink:
    """The ink of the theme in force."""
    now = theme.current()
    return _inks.get(now.name) or _inks.setdefault(now.name, _make_ink(now))


def paint_node(painter: QPainter, face: Face, mood: Mood, zoom: float = 1.0) -> None:
    """Paint a node with its corner at the origin; one seen from afar says less, in larger letters."""
    ink = ink_now()
    body = QRectF(0, 0, width_of(face), height_of(face))
    _paint_shadow(painter, body, ink)
    _paint_body(painter, body, face, mood, ink)
    if zoom < COMPACT:
        _paint_compact(painter, body, face, mood, zoom, ink)
        return
    _paint_head(painter, QRectF(0, 0, body.width(), HEADER), face, ink, ink.title, BADGE)
    if face.details:
        _write(painter, QRectF(INDENT, HEADER + 2, body.width() - 2 * INDENT, DETAILS), LEFT, face.details, ink.small,
               ink.small_metrics, ink.dim)  # fmt: skip
    if has_footer(face):
        _paint_footer(painter, body, face, ink)
    _paint_ports(painter, body.width(), face, mood, ink)


def _paint_compact(painter: QPainter, body: QRectF, face: Face, mood: Mood, zoom: float, ink: Ink) -> None:
    """Title and shape alone, as large on the screen as they can still be read."""
    letters = min(round(SMALLEST_TITLE / zoom), TALLEST_TITLE)
    head = QRectF(0, 0, body.width(), max(HEADER, 1.45 * letters))
    _paint_head(painter, head, face, ink, theme.font(letters, bold=True), BADGE * letters / 13)
    below = QRectF(INDENT, head.bottom(), body.width() - 2 * INDENT, body.height() - head.bottom())
    lines = [(face.details, ink.dim), (face.shape, ink.label)]
    tall = min(SMALLEST_SHAPE / zoom, below.height() / 1.5)
    if below.height() < 2.6 * tall:
        lines = lines[1:]  # there is room for the shape alone
    font = theme.font(round(tall))
    for number, (text, pen) in enumerate(lines):
        height = below.height() / len(lines)
        line = QRectF(below.x(), below.y() + number * height, below.width(), height)
        _write(painter, line, LEFT, text, font, QFontMetricsF(font), pen)
    inputs, outputs = port_spots(face)
    for side, ports, spots in (("in", face.inputs, inputs), ("out", face.outputs, outputs)):
        for port in ports:
            _paint_port(painter, QPointF(*spots[port.name]), port, mood, side, ink)


def _paint_shadow(painter: QPainter, body: QRectF, ink: Ink) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    for spread, colour in ink.shadows:
        painter.setBrush(colour)
        painter.drawRoundedRect(
            body.adjusted(-spread, 2 - spread, spread, 2 + spread), CORNER + spread, CORNER + spread
        )


def _paint_body(painter: QPainter, body: QRectF, face: Face, mood: Mood, ink: Ink) -> None:
    now = ink.theme
    edge, width = now.node_border, 1.0
    if face.severity:
        edge, width = (now.error if face.severity == "error" else now.warning), 1.6
    elif mood.hovered:
        edge = theme.blend(now.node_border, now.text_dim, 0.6)
    if mood.selected:
        painter.setBrush(_clear(now.node_selected, 60))
        painter.drawRoundedRect(body.adjusted(-4, -4, 4, 4), CORNER + 4, CORNER + 4)
        edge, width = now.node_selected, 2.0
    painter.setBrush(ink.node)
    painter.setPen(QPen(edge, width))
    half = width / 2 if width > 1 else 0.5
    painter.drawRoundedRect(body.adjusted(half, half, -half, -half), CORNER, CORNER)


def _paint_head(painter: QPainter, head: QRectF, face: Face, ink: Ink, font: QFont, badge: float) -> None:
    now, edge, width, height = ink.theme, 2.0, head.width(), head.height()
    shape = QPainterPath(QPointF(edge, height))
    shape.lineTo(edge, CORNER)
    shape.quadTo(edge, edge, CORNER, edge)
    shape.lineTo(width - CORNER, edge)
    shape.quadTo(width - edge, edge, width - edge, CORNER)
    shape.lineTo(width - edge, height)
    shape.closeSubpath()
    painter.fillPath(shape, now.header(face.family))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.family(face.family))
    painter.drawRoundedRect(QRectF(7, 0.3 * height, 4, 0.46 * height), 2, 2)
    left, right = 18.0, width - INDENT
    if face.severity:
        right -= 2 * badge
        _paint_badge(painter, QPointF(width - INDENT - badge + 3, height / 2 + 1), badge, face.severity, ink)
    metrics = ink.title_metrics if font is ink.title else QFontMetricsF(font)
    _write(painter, QRectF(left, 1, right - left, height), LEFT, face.title, font, metrics, ink.text)


def _paint_badge(painter: QPainter, centre: QPointF, radius: float, severity: str, ink: Ink) -> None:
    now = ink.theme
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.error if severity == "error" else now.warning)
    painter.drawEllipse(centre, radius, radius)
    painter.setFont(theme.font(round(1.6 * radius), bold=True))
    painter.setPen(now.node if now.dark else now.on_accent)
    painter.drawText(QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius), MIDDLE, "!")


def _paint_footer(painter: QPainter, body: QRectF, face: Face, ink: Ink) -> None:
    top = FIRST_ROW + ROW * max(len(face.inputs), len(face.outputs)) + 4
    painter.setPen(ink.hairline)
    painter.drawLine(QPointF(INDENT, top + 0.5), QPointF(body.width() - INDENT, top + 0.5))
    line = QRectF(INDENT, top + 1, body.width() - 2 * INDENT, body.height() - top - 2)
    space = ink.small_metrics.horizontalAdvance(face.parameters) + 8 if face.parameters else 0
    if face.parameters:
        _write(painter, line, RIGHT, face.parameters, ink.small, ink.small_metrics, ink.dim)
    _write(painter, line.adjusted(0, 0, -space, 0), LEFT, face.shape, ink.small, ink.small_metrics, ink.text)


def _paint_ports(painter: QPainter, width: float, face: Face, mood: Mood, ink: Ink) -> None:
    inputs, outputs = port_spots(face)
    alone = not (face.inputs and face.outputs)
    room = width - 2 * INDENT - 2 if alone else width / 2 - INDENT - 2
    for port in face.inputs:
        x, y = inputs[port.name]
        _paint_port(painter, QPointF(x, y), port, mood, "in", ink)
        _write(painter, QRectF(INDENT, y - ROW / 2, room, ROW), LEFT, port.label, ink.small, ink.small_metrics,
               ink.dim if port.open else ink.label)  # fmt: skip
    for port in face.outputs:
        x, y = outputs[port.name]
        _paint_port(painter, QPointF(x, y), port, mood, "out", ink)
        _write(painter, QRectF(width - INDENT - room, y - ROW / 2, room, ROW), RIGHT, port.label, ink.small,
               ink.small_metrics, ink.label)  # fmt: skip


def _paint_port(painter: QPainter, centre: QPointF, port: PortFace, mood: Mood, side: str, ink: Ink) -> None:
    colour = ink.theme.meaning(port.meaning)
    lit = mood.lit is not None and f"{side} {port.name}" in mood.lit
    if lit:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_clear(colour, 90))
        painter.drawEllipse(centre, PORT_RADIUS + 5, PORT_RADIUS + 5)
    painter.setPen(QPen(ink.theme.node, 2.0) if not port.open else QPen(colour, 1.5))
    painter.setBrush(colour if not port.open or lit else ink.theme.node)
    painter.drawEllipse(centre, PORT_RADIUS + 0.5 * (not port.open), PORT_RADIUS + 0.5 * (not port.open))


def _write(painter: QPainter, place: QRectF, align: int, text: str, font: QFont, metrics: QFontMetricsF,
           pen: QPen) -> None:  # fmt: skip
    if not text:
        return
    if metrics.horizontalAdvance(text) > place.width():
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.setFont(font)
    painter.setPen(pen)
    painter.drawText(place, align, text)


def _clear(colour: QColor, alpha: int) -> QColor:
    made = QColor(colour)
    made.setAlpha(alpha)
    return made

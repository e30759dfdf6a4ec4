"""How a node looks: one function paints its face, in scene pixels from its corner."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from graph.networks import REROUTE
from gui import icons, theme
from gui.canvas.face import NETWORKS, Face, PortFace
from gui.canvas.geometry import (
    BADGE_STEP,
    DETAILS,
    FIRST_ROW,
    HEADER,
    PORT_RADIUS,
    ROW,
    badge_box,
    badges_of,
    has_footer,
    height_of,
    port_spots,
    width_of,
)

CORNER: Final = 8.0
ROUNDER: Final = 18.0  # of the ends of a network, at their outer side
ENDS: Final = ("input", "output", "delay")
MARGIN: Final = 12.0  # around a node, for its shadow, its ports and its glow
INDENT: Final = 12.0
BADGE: Final = 8.0  # radius
ASLEEP: Final = 0.38  # the opacity of what is muted
DOT_RADIUS: Final = 6.0
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
    kin: bool = False  # whether it shares the weights of the hovered one
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


def paint_node(painter: QPainter, face: Face, mood: Mood, zoom: float = 1.0, shadow: bool = True) -> None:
    """Paint a node with its corner at the origin; one seen from afar says less, in larger letters.

    shadow: whether its shadow is to be painted, or is there already
    """
    ink = ink_now()
    body = QRectF(0, 0, width_of(face), height_of(face))
    if face.role == REROUTE:
        _paint_dot(painter, body, face, mood, ink)
        return
    painter.setOpacity(ASLEEP if face.muted else 1.0)
    if face.role in NETWORKS:
        _paint_stack(painter, body, face, mood, ink)
    if shadow:
        paint_shadow(painter, body)
    _paint_whole(painter, body, face, mood, zoom, ink)
    if face.muted:
        painter.setOpacity(1.0)
        _paint_bypass(painter, face, ink)


def _paint_whole(painter: QPainter, body: QRectF, face: Face, mood: Mood, zoom: float, ink: Ink) -> None:
    _paint_body(painter, body, face, mood, ink)
    if zoom < COMPACT:
        _paint_compact(painter, body, face, mood, zoom, ink)
        return
    _paint_head(painter, QRectF(0, 0, body.width(), HEADER), face, ink, ink.title, BADGE)
    _paint_badges(painter, face, mood, ink)
    if face.collapsed:
        _paint_bare_ports(painter, face, mood, ink)
        return
    if face.details:
        _write(painter, QRectF(INDENT, HEADER + 2, body.width() - 2 * INDENT, DETAILS), LEFT, face.details, ink.small,
               ink.small_metrics, ink.dim)  # fmt: skip
    if has_footer(face):
        _paint_footer(painter, body, face, ink)
    if face.muted:
        _paint_bare_ports(painter, face, mood, ink)
    else:
        _paint_ports(painter, body.width(), face, mood, ink)


def _paint_compact(painter: QPainter, body: QRectF, face: Face, mood: Mood, zoom: float, ink: Ink) -> None:
    """Title and shape alone, as large on the screen as they can still be read."""
    letters = min(round(SMALLEST_TITLE / zoom), TALLEST_TITLE)
    head = QRectF(0, 0, body.width(), max(HEADER, 1.45 * letters))
    _paint_head(painter, head, face, ink, theme.font(letters, bold=True), BADGE * letters / 13)
    if face.collapsed:
        _paint_bare_ports(painter, face, mood, ink)
        return
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
    _paint_bare_ports(painter, face, mood, ink)


def _paint_bare_ports(painter: QPainter, face: Face, mood: Mood, ink: Ink) -> None:
    inputs, outputs = port_spots(face)
    for side, ports, spots in (("in", face.inputs, inputs), ("out", face.outputs, outputs)):
        for port in ports:
            _paint_port(painter, QPointF(*spots[port.name]), port, mood, side, ink)


def _paint_bypass(painter: QPainter, face: Face, ink: Ink) -> None:
    """The way that values take through a muted node: from its first input to its first output."""
    inputs, outputs = port_spots(face)
    if not face.inputs or not face.outputs:
        return
    start, end = inputs[face.inputs[0].name], outputs[face.outputs[0].name]
    pen = QPen(ink.theme.meaning(face.outputs[0].meaning), 2.4, Qt.PenStyle.DashLine, Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(QPointF(*start), QPointF(*end))


def _paint_dot(painter: QPainter, body: QRectF, face: Face, mood: Mood, ink: Ink) -> None:
    """A reroute: a piece of wire with a dot on it."""
    now, middle = ink.theme, body.center()
    colour = now.meaning(face.outputs[0].meaning if face.outputs else "")
    painter.setPen(QPen(theme.blend(now.canvas, colour, 0.85), 2.0))
    painter.drawLine(QPointF(body.left(), middle.y()), QPointF(body.right(), middle.y()))
    painter.setPen(Qt.PenStyle.NoPen)
    lit = bool(mood.lit)
    if mood.selected or mood.hovered or mood.kin or lit:
        painter.setBrush(_clear(now.node_selected if mood.selected else colour, 90))
        painter.drawEllipse(middle, DOT_RADIUS + 5, DOT_RADIUS + 5)
    edge = now.error if face.severity == "error" else now.warning if face.severity else now.canvas
    painter.setPen(QPen(now.node_selected if mood.selected else edge, 2.0))
    painter.setBrush(colour)
    painter.drawEllipse(middle, DOT_RADIUS, DOT_RADIUS)


def paint_shadow(painter: QPainter, body: QRectF) -> None:
    """Paint the shadow of a node, which is the same for all of a size."""
    painter.setPen(Qt.PenStyle.NoPen)
    for spread, colour in ink_now().shadows:
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
    elif mood.kin:
        painter.setBrush(_clear(now.accent, 40))
        painter.drawRoundedRect(body.adjusted(-5, -5, 5, 5), CORNER + 5, CORNER + 5)
        edge, width = now.accent, 1.6
    painter.setBrush(ink.node)
    half = width / 2 if width > 1 else 0.5
    painter.setPen(
        QPen(edge, width, Qt.PenStyle.DashLine if face.role in ENDS and width == 1 else Qt.PenStyle.SolidLine)
    )
    painter.drawPath(_outline(body.adjusted(half, half, -half, -half), face))


def _outline(body: QRectF, face: Face) -> QPainterPath:
    """The shape of a node: that of an input is round at its left, that of an output at its right."""
    left, right = (ROUNDER if face.role == end else CORNER for end in ("input", "output"))
    path = QPainterPath()
    path.moveTo(body.left() + left, body.top())
    path.lineTo(body.right() - right, body.top())
    path.arcTo(QRectF(body.right() - 2 * right, body.top(), 2 * right, 2 * right), 90, -90)
    path.arcTo(QRectF(body.right() - 2 * right, body.bottom() - 2 * right, 2 * right, 2 * right), 0, -90)
    path.arcTo(QRectF(body.left(), body.bottom() - 2 * left, 2 * left, 2 * left), 270, -90)
    path.arcTo(QRectF(body.left(), body.top(), 2 * left, 2 * left), 180, -90)
    path.closeSubpath()
    return path


def _paint_stack(painter: QPainter, body: QRectF, face: Face, mood: Mood, ink: Ink) -> None:
    """The edges of two more sheets behind a node that holds a whole network."""
    now = ink.theme
    edge = now.node_selected if mood.selected else theme.blend(now.node_border, now.family(face.family), 0.35)
    for away in (7.0, 3.5):
        painter.setBrush(theme.blend(now.canvas, now.header(face.family), 0.75))
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(body.adjusted(away + 0.5, away + 0.5, away - 0.5, away - 0.5), CORNER, CORNER)


def _paint_badges(painter: QPainter, face: Face, mood: Mood, ink: Ink) -> None:
    """What is special about a node; at that of a network the way in, once the pointer is there."""
    now = ink.theme
    for number, name in enumerate(badges_of(face)):
        place = QRectF(*badge_box(face, number))
        colour = theme.blend(now.header(face.family), now.text, 0.75)
        if mood.hovered and number == 0 and face.role in NETWORKS:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.accent)
            painter.drawRoundedRect(place.adjusted(-3, -3, 3, 3), 5, 5)
            name, colour = "enter", now.on_accent
        icons.paint(painter, name, place, colour)


def _paint_head(painter: QPainter, head: QRectF, face: Face, ink: Ink, font: QFont, badge: float) -> None:
    now, edge, width, height = ink.theme, 2.0, head.width(), head.height()
    painter.save()
    painter.setClipRect(QRectF(0, 0, width, height), Qt.ClipOperation.IntersectClip)
    painter.fillPath(_outline(QRectF(edge, edge, width - 2 * edge, 4 * HEADER), face), now.header(face.family))
    painter.restore()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.family(face.family))
    painter.drawRoundedRect(QRectF(7 + 3 * (face.role == "input"), 0.3 * height, 4, 0.46 * height), 2, 2)
    left, right = 18.0, width - INDENT
    if font is ink.title:
        right -= BADGE_STEP * len(badges_of(face))
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

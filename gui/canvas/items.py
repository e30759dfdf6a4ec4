"""The pictures of nodes, wires and comments in the scene; they know where they stand and nothing of the document."""

from __future__ import annotations

import math
from enum import Enum
from functools import lru_cache
from html import escape
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsPixmapItem, QGraphicsRectItem, QGraphicsTextItem

from graph.document import Comment, NodeKey, Port
from graph.networks import REROUTE
from gui import theme
from gui.canvas.face import NETWORKS, UNKNOWN, Face
from gui.canvas.geometry import LONG, Box, Curve, Spot, height_of, port_spots, twins, width_of, wire_curve
from gui.canvas.painting import MARGIN, Mood, paint_node, paint_shadow
from gui.canvas.strip import Strip

WIRE_WIDTH: Final = 2.0
FADED: Final = 0.32
COMMENTS, NOTE_LEVEL, WIRES, NODES, CHOSEN, GESTURES, NOTES = -10.0, -5.0, 0.0, 1.0, 2.0, 3.0, 4.0


class NodeItem(QGraphicsRectItem):
    """A node: a frame that is hit and measured, and on it a picture that is painted once and then only copied.

    Copying is what keeps a frame of the canvas short; ``render`` is called for those in sight alone.
    """

    def __init__(self, key: NodeKey, face: Face) -> None:
        super().__init__()
        self.key = key
        self.face = face
        self.mood = Mood()
        self.rendered = 0.0  # the scale that the picture was painted for; 0 before there is one
        self.stale = True
        self.inputs: dict[str, Spot] = {}
        self.outputs: dict[str, Spot] = {}
        self.strip: Strip | None = None  # what shows below it what it computes
        self._picture = QGraphicsPixmapItem(self)
        self._picture.setOffset(-MARGIN, -MARGIN)
        self._picture.setShapeMode(QGraphicsPixmapItem.ShapeMode.BoundingRectShape)
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(NODES)
        self._measure()

    @property
    def box(self) -> Box:
        size = self.rect()
        return Box(self.x(), self.y(), size.width(), size.height())

    def set_face(self, face: Face) -> bool:
        """Show another face; whether ports or edges moved by it."""
        if face == self.face:
            return False
        self.face, self.stale = face, True
        before = (self.inputs, self.outputs, self.rect())
        self._measure()
        return before != (self.inputs, self.outputs, self.rect())

    def set_mood(self, mood: Mood) -> bool:
        """Show whether it is selected, hovered or lit; whether that is news."""
        if mood == self.mood:
            return False
        if mood.selected != self.mood.selected:
            self.setZValue(CHOSEN if mood.selected else NODES)
        self.mood, self.stale = mood, True
        return True

    def input_spot(self, port: str) -> Spot:
        """Where an input sits in the scene; the corner of its row for one that is not shown yet."""
        x, y = self.inputs.get(port, (0.0, self.rect().height() / 2))
        return self.x() + x, self.y() + y

    def output_spot(self, port: str) -> Spot:
        x, y = self.outputs.get(port, (self.rect().width(), self.rect().height() / 2))
        return self.x() + x, self.y() + y

    def output_meaning(self, port: str) -> str:
        return next((shown.meaning for shown in self.face.outputs if shown.name == port), UNKNOWN)

    def input_meaning(self, port: str) -> str:
        return next((shown.meaning for shown in self.face.inputs if shown.name == port), UNKNOWN)

    def render(self, scale: float, ratio: float = 1.0) -> None:
        """Paint the picture.

        scale: device pixels per scene pixel
        ratio: device pixels per pixel of the screen
        """
        self._picture.setPixmap(picture_of(self.face, self.mood, scale, ratio))
        self._picture.setOpacity(FADED if self.mood.lit is not None and not self.mood.lit else 1.0)
        self.setBrush(Qt.BrushStyle.NoBrush)
        self.smooth(False)
        self.rendered, self.stale = scale, False

    def forget(self) -> None:
        """Give the picture's memory back; the bare frame stands in until the next ``render``."""
        self._picture.setPixmap(QPixmap())
        self.setBrush(theme.current().node)
        self.rendered, self.stale = 0.0, True

    def smooth(self, on: bool) -> None:
        """Blend pixels while the picture is shown at another scale than it was painted for."""
        mode = Qt.TransformationMode.SmoothTransformation if on else Qt.TransformationMode.FastTransformation
        self._picture.setTransformationMode(mode)

    def picture(self) -> QPixmap:
        """What it looks like now, with the margin around it."""
        return self._picture.pixmap() if self.rendered else picture_of(self.face, self.mood, 1.0, 1.0)

    @property
    def corner(self) -> QPointF:
        """Where the picture begins in the scene."""
        return self.pos() - QPointF(MARGIN, MARGIN)

    def _measure(self) -> None:
        self.inputs, self.outputs = port_spots(self.face)
        self.setRect(QRectF(0, 0, width_of(self.face), height_of(self.face)))
        if self.rendered == 0.0:
            self.setBrush(theme.current().node)


class Ghost(QGraphicsPixmapItem):
    """A node that is not there yet: its picture, half transparent."""

    def __init__(self, face: Face, scale: float, ratio: float) -> None:
        super().__init__(picture_of(face, Mood(), scale, ratio))
        self.setOffset(-MARGIN, -MARGIN)
        self.setOpacity(0.75)
        self.setZValue(GESTURES)


class Weight(Enum):
    """How a wire is drawn: Qt takes seven times as long over a line two pixels broad as over two hairlines."""

    HAIR = 0.75  # from afar a single hairline
    PAIR = 1.3  # at about 100 % two of them side by side
    BROAD = math.inf  # enlarged, where they would come apart, with a broad pen

    @classmethod
    def at(cls, scale: float) -> Weight:
        """The weight for a number of device pixels per scene pixel."""
        return next(weight for weight in cls if scale <= weight.value)


class WireItem(QGraphicsPathItem):
    """A wire from an output to the input that it is named after."""

    def __init__(self, target: Port, weight: Weight) -> None:
        super().__init__()
        self.target = target
        self.meaning = UNKNOWN
        self.marked = False
        self.level: float | None = None  # the height along which it passes nodes on its way
        self.width = 0.0  # that it is drawn with to show how much flows along it; 0 for a wire as any other
        self.note = ""  # what there is to say of it besides its spec
        self.curve: Curve = wire_curve((0.0, 0.0), (0.0, 0.0))
        self._weight = weight
        self._bounds = QRectF()
        self.dress()

    def boundingRect(self) -> QRectF:
        # Qt would stroke the path to find it, at a hundred times the cost.
        return self._bounds

    @property
    def chord(self) -> QLineF:
        """The straight line between its ends."""
        return QLineF(*self.curve[0], *self.curve[-1])

    @property
    def long(self) -> bool:
        """Whether there may be nodes between its ends that it has to pass."""
        return self.chord.dx() >= LONG

    def lead(self, start: Spot, end: Spot, level: float | None = None) -> None:
        """Run from one point to another, where a level is given along that height, past the nodes on the way."""
        down = start[1] - self.curve[0][1]
        if not self._goes_along(start, end, level == (None if self.level is None else self.level + down)):
            self.level = level
            self.curve = wire_curve(start, end, level)
            self._draw()

    def follow(self, start: Spot, end: Spot) -> None:
        """Run from one point to another while one of its ends is dragged, whatever is on the way."""
        if not self._goes_along(start, end, True):
            self.lead(start, end)

    def _goes_along(self, start: Spot, end: Spot, alike: bool) -> bool:
        """Move as it is, where both ends moved alike and nothing else is asked of it; whether that was all."""
        (x0, y0), (x3, y3) = self.curve[0], self.curve[-1]
        across, down = start[0] - x0, start[1] - y0
        if not alike or (end[0] - x3, end[1] - y3) != (across, down):
            return False
        self.level = None if self.level is None else self.level + down
        inner = ((x + across, y + down) for x, y in self.curve[1:-1])
        self.curve = (start, *inner, end)  # sums of fractions would miss the ports by a hair
        self.moveBy(across, down)
        return True

    def mean(self, meaning: str) -> None:
        """Take the colour of what flows through."""
        if meaning != self.meaning:
            self.meaning = meaning
            self.dress()

    def mark(self, on: bool) -> None:
        """Stand out: hovered, selected, or about to take a node in."""
        if on != self.marked:
            self.marked = on
            self._draw()
            self.dress()

    def swell(self, width: float, note: str = "", faint: bool = False) -> None:
        """Be drawn with a width of its own, in scene pixels, or like any other wire for 0.

        note: what there is to say of it
        faint: whether nothing of what the width stands for flows along it
        """
        self.note = note
        if width != self.width:
            self.prepareGeometryChange()
            self.width = width
            self._draw()
            self.dress()
        if self.opacity() != (opacity := FADED if faint else 1.0):
            self.setOpacity(opacity)

    def weigh(self, weight: Weight) -> None:
        """Be drawn for another scale."""
        if weight != self._weight:
            self._weight = weight
            self._draw()
            self.dress()

    def dress(self) -> None:
        """Take the colours of the theme in force."""
        pen = _wire_pen(theme.current().name, self.meaning, self.marked, self._broad)
        if self.width:
            pen = QPen(pen.color(), self.width + 1.2 * self.marked)
        self.setPen(pen)
        self.setZValue(WIRES + 0.5 * self.marked)

    def paint_onto(self, painter: QPainter) -> None:
        """Paint it by hand, with the painter in scene pixels."""
        painter.setPen(self.pen())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.translate(self.pos())
        painter.drawPath(self.path())
        painter.translate(-self.pos())

    @property
    def _broad(self) -> bool:
        return self.marked or self._weight is Weight.BROAD or self.width > 0

    def _draw(self) -> None:
        single = self._broad or self._weight is Weight.HAIR
        self.setPos(0.0, 0.0)
        self.setPath(path_of(self.curve) if single else beside(self.curve))
        across, down = zip(*self.curve)
        around = max(3.0, self.width / 2 + 2)
        left, top = min(across) - around, min(down) - around
        self._bounds = QRectF(left, top, max(across) + around - left, max(down) + around - top)


class CommentItem(QGraphicsRectItem):
    """A frame with a text, behind everything; a note is the text alone."""

    def __init__(self, comment: Comment) -> None:
        super().__init__()
        self._text = QGraphicsTextItem(self)
        self._text.setPos(8, 5)
        self._text.setFont(theme.font(12))
        self.chosen = False
        self.comment = comment
        self.show_comment(comment)

    @property
    def box(self) -> Box:
        size = self.rect()
        return Box(self.x(), self.y(), size.width(), size.height())

    def holds(self, box: Box) -> bool:
        """Whether something lies wholly within the frame; a note holds nothing."""
        return not self.comment.note and self.box.surrounds(box)

    def show_comment(self, comment: Comment) -> None:
        self.comment = comment
        first, _, rest = comment.text.partition("\n")
        self._text.setHtml(
            f"<span style='font-weight: 600'>{escape(first)}</span><br>{escape(rest).replace(chr(10), '<br>')}"
        )
        self.place(Box(comment.x, comment.y, comment.width, comment.height))
        self.dress()

    def place(self, box: Box) -> None:
        """Show it elsewhere while it is being dragged."""
        self.setPos(box.x, box.y)
        self.setRect(QRectF(0, 0, box.width, box.height))
        self._text.setTextWidth(max(40.0, box.width - 16))

    def choose(self, on: bool) -> None:
        """Stand out as selected."""
        if on != self.chosen:
            self.chosen = on
            self.dress()

    def dress(self) -> None:
        """Take the colours of the theme in force."""
        now, note = theme.current(), self.comment.note
        coloured = QColor.isValidColorName(self.comment.colour)
        colour = QColor(self.comment.colour) if coloured else now.text_dim
        self.setBrush(Qt.BrushStyle.NoBrush if note else theme.blend(now.canvas, colour, 0.1))
        edge = QPen(now.accent, 1.5) if self.chosen else QPen(theme.blend(now.canvas, colour, 0.4), 0)
        self.setPen(QPen(Qt.PenStyle.NoPen) if note and not self.chosen else edge)
        self._text.setDefaultTextColor(theme.blend(now.text, colour, 0.3) if coloured else now.text_dim)
        self.setZValue(NOTE_LEVEL if note else COMMENTS)


@lru_cache(maxsize=128)
def _wire_pen(theme_name: str, meaning: str, marked: bool, broad: bool) -> QPen:
    """What a wire is drawn with in the theme in force, which has this name."""
    now = theme.current()
    colour = now.meaning(meaning)
    colour = theme.blend(colour, now.text, 0.35) if marked else theme.blend(now.canvas, colour, 0.85)
    return QPen(colour, WIRE_WIDTH + 1.2 * marked if broad else 0)


def path_of(curve: Curve) -> QPainterPath:
    path = QPainterPath()
    add_curve(path, curve)
    return path


def beside(curve: Curve) -> QPainterPath:
    """Two hairlines, a pixel apart all along a curve."""
    path = QPainterPath()
    for twin in twins(curve):
        add_curve(path, twin)
    return path


def add_curve(path: QPainterPath, curve: Curve) -> None:
    """Append a curve to a path as a line of its own."""
    path.moveTo(*curve[0])
    for first in range(1, len(curve), 3):
        path.cubicTo(*curve[first], *curve[first + 1], *curve[first + 2])


def picture_of(face: Face, mood: Mood, scale: float, ratio: float) -> QPixmap:
    """A node with the margin around it, at a number of device pixels per scene pixel."""
    shadowed = face.role not in (*NETWORKS, REROUTE) and not face.muted
    picture = QPixmap(_sheet(width_of(face), height_of(face), scale, theme.current().name if shadowed else ""))
    painter = QPainter(picture)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.translate(MARGIN, MARGIN)
    paint_node(painter, face, mood, scale / ratio, shadow=not shadowed)
    painter.end()
    return picture


@lru_cache(maxsize=128)
def _sheet(width: int, height: int, scale: float, theme_name: str) -> QPixmap:
    """What a node is painted on: nothing, or where a theme is named its shadow, which takes longest to paint."""
    sheet = QPixmap(math.ceil((width + 2 * MARGIN) * scale), math.ceil((height + 2 * MARGIN) * scale))
    sheet.setDevicePixelRatio(scale)
    sheet.fill(Qt.GlobalColor.transparent)
    if theme_name:
        painter = QPainter(sheet)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing)
        painter.translate(MARGIN, MARGIN)
        paint_shadow(painter, QRectF(0, 0, width, height))
        painter.end()
    return sheet

"""The gestures of the mouse, one small object each: made at the press, moved, and then finished or cancelled."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsRectItem

from graph.catalogue import NodeType
from graph.document import NodeKey, Port
from graph.networks import type_of
from gui import theme
from gui.canvas import edits
from gui.canvas.geometry import HEADER, Spot, snap
from gui.canvas.guides import Lines
from gui.canvas.hits import wire_under
from gui.canvas.items import GESTURES

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

THRESHOLD = 4.0  # pixels that the pointer moves before a press becomes a drag
MOST_IN_LINE = 120  # nodes in sight; among more nobody sees what stands in line with what
INSERT_REACH = 24.0  # scene pixels from a held node's title to the wire that takes it in


class Gesture:
    """What the mouse is doing from a press to the release. Spots are pixels of the viewport."""

    cursor: Qt.CursorShape | None = None

    def __init__(self, view: CanvasView, spot: QPointF) -> None:
        self.view = view
        self.start = spot
        self.dragging = False

    def move(self, spot: QPointF) -> None:
        """The pointer went to ``spot``."""
        if not self.dragging and (spot - self.start).manhattanLength() >= THRESHOLD:
            self.dragging = True
            self.begin()
        if self.dragging:
            self.drag(spot)

    def release(self, spot: QPointF) -> None:
        """The button went up: what was dragged is done, what was not was a click."""
        if self.dragging:
            self.drag(spot)
            self.finish(spot)
        else:
            self.click()

    def begin(self) -> None:
        """The press has become a drag."""

    def drag(self, spot: QPointF) -> None:
        """Show what releasing here would do."""

    def finish(self, spot: QPointF) -> None:
        """Do it."""

    def click(self) -> None:
        """The pointer never moved."""

    def cancel(self) -> None:
        """Leave everything as it was before the press."""


class Pan(Gesture):
    """Push the whole drawing."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, spot: QPointF) -> None:
        super().__init__(view, spot)
        self._last = spot

    def move(self, spot: QPointF) -> None:
        self.view.pan(spot - self._last)
        self._last = spot

    def release(self, spot: QPointF) -> None:
        self.move(spot)

    def cancel(self) -> None:
        self.view.pan(self.start - self._last)


class RubberBand(Gesture):
    """Select what a rectangle touches; with ``adding`` beside what is selected already."""

    def __init__(self, view: CanvasView, spot: QPointF, adding: bool) -> None:
        super().__init__(view, spot)
        self._before = view.session.selection
        self._adding = adding
        self._origin = view.to_scene(spot)
        self._item = QGraphicsRectItem()

    def begin(self) -> None:
        now = theme.current()
        fill = theme.blend(now.canvas, now.accent, 0.25)
        fill.setAlpha(90)
        self._item.setBrush(fill)
        self._item.setPen(QPen(now.accent, 0))
        self._item.setZValue(GESTURES)
        self.view.canvas.addItem(self._item)
        self.view.over = self._paint_far

    def drag(self, spot: QPointF) -> None:
        area = QRectF(self._origin, self.view.to_scene(spot)).normalized()
        self._item.setRect(area)
        touched = {item.key for item in self.view.canvas.nodes_in(area) if item.sceneBoundingRect().intersects(area)}
        self.view.session.select(touched | (self._before if self._adding else set()))
        if self.view.far:
            self.view.viewport().update()

    def finish(self, spot: QPointF) -> None:
        self._end()

    def click(self) -> None:
        if not self._adding:
            self.view.session.select(())

    def cancel(self) -> None:
        self._end()
        session = self.view.session
        session.select(k for k in self._before if k in session.document.nodes and k.network == session.network)

    def _end(self) -> None:
        if self.dragging:
            self.view.canvas.removeItem(self._item)
        self.view.over = None
        self.view.viewport().update()

    def _paint_far(self, painter: QPainter) -> None:
        painter.setBrush(self._item.brush())
        painter.setPen(self._item.pen())
        painter.drawRect(self._item.rect())


class MoveNodes(Gesture):
    """Move nodes together, the held one along the grid; a lone node dropped on a wire goes into it."""

    def __init__(
        self, view: CanvasView, spot: QPointF, held: NodeKey, keys: Collection[NodeKey], clicked: bool
    ) -> None:
        super().__init__(view, spot)
        nodes = view.session.document.nodes
        self._held = held
        self._clicked = clicked
        self._origin = view.to_scene(spot)
        self._from: dict[NodeKey, Spot] = {key: (nodes[key].x, nodes[key].y) for key in keys}
        self._to = self._from
        self._lone = len(self._from) == 1 and not view.canvas.wires_at(held)
        self._wire: Port | None = None
        self._lines = Lines(())
        self._guides = QGraphicsPathItem()
        self._guides.setZValue(GESTURES)

    def begin(self) -> None:
        if not self.view.far:
            others = [item.box for item in self.view.canvas.nodes_in(self.view.area) if item.key not in self._from]
            self._lines = Lines(others if len(others) <= MOST_IN_LINE else ())
        self._guides.setPen(QPen(theme.current().accent, 0, Qt.PenStyle.DashLine))
        self.view.canvas.addItem(self._guides)
        self.view.hold(self._from, [self._guides])

    def drag(self, spot: QPointF) -> None:
        away = self.view.to_scene(spot) - self._origin
        across, down = self._shift(away)
        self._to = {key: (x + across, y + down) for key, (x, y) in self._from.items()}
        self.view.canvas.shift(self._to)
        self._show_guides()
        if self._lone:
            self._wire = mark_entry(self.view, self._type, self._area, self._wire)
        if self.view.far:
            self.view.viewport().update()

    def _shift(self, away: QPointF) -> Spot:
        """How far to move: to where the held node stands in line with a neighbour, else along the grid."""
        x, y = self._from[self._held]
        raw = self.view.canvas.nodes[self._held].box._replace(x=x + away.x(), y=y + away.y())
        across, down = self._lines.caught(raw, self.view.zoom)
        left = snap(raw.x) if across is None else round(raw.x + across, 2)
        top = snap(raw.y) if down is None else round(raw.y + down, 2)
        return left - x, top - y

    def _show_guides(self) -> None:
        path = QPainterPath()
        for guide in self._lines.guides(self.view.canvas.nodes[self._held].box):
            path.moveTo(guide.x0, guide.y0)
            path.lineTo(guide.x1, guide.y1)
        if path != self._guides.path():
            self._guides.setPath(path)

    def finish(self, spot: QPointF) -> None:
        document, wire = self.view.session.document, self._wire
        self._end()
        if self._to == self._from:
            return
        with document.edit("Insert" if wire else "Move"):
            edits.move(document, self._to)
            if wire:
                self.view.insert(self._held, wire)

    def click(self) -> None:
        if self._clicked:
            self.view.session.select([self._held])

    def cancel(self) -> None:
        self._end()
        self.view.canvas.restore(self._from)
        self.view.refresh()

    def _end(self) -> None:
        if self._wire:
            self.view.canvas.mark(self._wire, False)
            self._wire = None
        if self.dragging:
            self.view.canvas.removeItem(self._guides)
        self.view.hold(())

    @property
    def _type(self) -> NodeType | None:
        return type_of(self.view.session.document, self._held)

    @property
    def _area(self) -> QRectF:
        return self.view.canvas.nodes[self._held].sceneBoundingRect()


def mark_entry(view: CanvasView, node_type: NodeType | None, area: QRectF, before: Port | None) -> Port | None:
    """Mark the wire that a node of a type, held over ``area``, would go into; returns it."""
    spot = QPointF(area.center().x(), area.top() + HEADER)
    wire = wire_under(view.canvas, area, spot, max(INSERT_REACH, area.height() / 2))
    if wire is not None and edits.passage(node_type, view.canvas.spec_of(wire)) is None:
        wire = None
    if wire != before:
        if before is not None:
            view.canvas.mark(before, False)
        if wire is not None:
            view.canvas.mark(wire, True)
    return wire

"""Gestures on many wires at once: a stroke that cuts them or puts dots on them, and moving all wires of a port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from graph.document import Port
from graph.wiring import legal_sources
from gui import theme
from gui.canvas import edits
from gui.canvas.geometry import DOT, Spot, crossing, snap, wire_curve
from gui.canvas.gestures import Gesture
from gui.canvas.hits import hit
from gui.canvas.items import GESTURES, WireItem, add_curve
from gui.canvas.linking import DragWire

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


class Stroke(Gesture):
    """A line drawn by hand across wires; those that it crosses are marked, each with where."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, spot: QPointF) -> None:
        super().__init__(view, spot)
        self.crossed: dict[Port, Spot] = {}
        self._last = view.to_scene(spot)
        self._path = QPainterPath(self._last)
        self._item = QGraphicsPathItem()
        self._item.setZValue(GESTURES)

    @property
    def colour(self) -> QColor:
        """What the line is drawn in."""
        return theme.current().error

    def begin(self) -> None:
        self._item.setPen(QPen(self.colour, 0, Qt.PenStyle.DashLine))
        self.view.canvas.addItem(self._item)
        self.view.over = self._paint_far

    def drag(self, spot: QPointF) -> None:
        canvas, here = self.view.canvas, self.view.to_scene(spot)
        start, end = (self._last.x(), self._last.y()), (here.x(), here.y())
        area = QRectF(self._last, here).normalized().adjusted(-1, -1, 1, 1)
        for item in canvas.items(area):
            if not isinstance(item, WireItem) or item.target in self.crossed:
                continue
            if (where := crossing(item.curve, start, end)) is not None:
                self.crossed[item.target] = where
                canvas.mark(item.target, True)
        self._last = here
        self._path.lineTo(here)
        self._item.setPath(self._path)
        if self.view.far:
            self.view.viewport().update()

    def finish(self, spot: QPointF) -> None:
        self._end()
        if self.crossed:
            self.apply()

    def apply(self) -> None:
        """Do to the crossed wires what the stroke is for."""

    def cancel(self) -> None:
        self._end()

    def _end(self) -> None:
        if self.dragging:
            self.view.canvas.removeItem(self._item)
            for target in self.crossed:
                self.view.canvas.mark(target, target == self.view.wire)
        self.view.over = None
        self.view.viewport().update()

    def _paint_far(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._item.pen())
        painter.drawPath(self._path)


class CutWires(Stroke):
    """Cut the wires that are crossed."""

    def apply(self) -> None:
        edits.delete(self.view.session.document, (), list(self.crossed))


class AddDots(Stroke):
    """Put a reroute on the wires that are crossed, one for all wires from the same output."""

    @property
    def colour(self) -> QColor:
        return theme.current().accent

    def apply(self) -> None:
        canvas = self.view.canvas
        bundles: dict[Port, list[Port]] = {}
        for target in self.crossed:
            bundles.setdefault(canvas.source_of(target), []).append(target)
        dots = [(source, targets, self._corner(targets)) for source, targets in bundles.items()]
        self.view.session.select(edits.add_dots(self.view.session.document, dots))

    def _corner(self, targets: Sequence[Port]) -> Spot:
        """Where the dot of some wires goes: the middle of where they were crossed."""
        spots = [self.crossed[target] for target in targets]
        x, y = sum(x for x, _ in spots) / len(spots), sum(y for _, y in spots) / len(spots)
        return snap(x - DOT[0] / 2), snap(y - DOT[1] / 2)


class MoveWires(DragWire):
    """All wires of an output, held at the end where they begin; dropped on another output they begin there."""

    def __init__(self, view: CanvasView, spot: QPointF, source: Port, targets: Sequence[Port]) -> None:
        super().__init__(view, spot, targets[0], from_output=False, moved_from=None)
        self._source = source
        self._targets = list(targets)

    def begin(self) -> None:
        super().begin()
        for target in self._targets:
            self.view.canvas.wires[target].hide()

    def finish(self, spot: QPointF) -> None:
        document, source, reason = self.view.session.document, self.end, self.reason
        self.cancel()
        if reason:
            self.view.session.say(reason, "warning", topic="wire")
        elif source and source != self._source:
            edits.move_wires(document, source, self._targets)

    def cancel(self) -> None:
        if self.dragging:
            for target in self._targets:
                if wire := self.view.canvas.wires.get(target):
                    wire.show()
        super().cancel()

    def legal_ends(self) -> set[Port]:
        document, specs = self.view.session.document, self.view.canvas.specs
        return set.intersection(*(legal_sources(document, target, specs) for target in self._targets))

    def aim(self) -> tuple[Port | None, str]:
        under = hit(self.view.canvas, self.where, self.view.zoom)
        if under.node == self._source.owner:
            return self._source, ""
        port, reason = super().aim()
        if port is not None and not reason and port not in self.legal:
            reason = self.view.tr("Not every one of these wires can begin there.")
        return port, reason

    def path(self, loose: Spot) -> QPainterPath:
        made = QPainterPath()
        for target in self._targets:
            end = self.view.canvas.nodes[target.owner].input_spot(target.port)
            add_curve(made, wire_curve(loose, end))
        return made

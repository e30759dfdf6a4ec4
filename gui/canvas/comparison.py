"""Two designs on one canvas: what was added, removed and changed, told by signs as well as by colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyleOptionGraphicsItem,
    QToolButton,
    QToolTip,
    QWidget,
)

from graph.difference import Altered, Difference, difference
from graph.document import Document, NodeKey, Port
from gui import icons, theme
from gui.canvas.face import Kind, face_of
from gui.canvas.geometry import Spot, port_spots
from gui.canvas.items import GESTURES, Ghost
from gui.canvas.view import CanvasView

ADDED, REMOVED, CHANGED = "+", "−", "~"
ROLES: Final = {ADDED: "success", REMOVED: "error", CHANGED: "warning"}
AROUND: Final = 5.0
BADGE: Final = 11.0
SMALLEST_BADGE: Final = 8.0  # pixels on the screen
SMALLEST_SCALE: Final = 0.3  # below it the overview paints
FAR_BADGE: Final = 7.0  # pixels on the screen, where the drawing is far away
FAR_LINE: Final = 1.5
LAG: Final = 60  # milliseconds after an edit


class Mark(QGraphicsRectItem):
    """A frame around a node in the colour of what became of it, with the sign at its corner."""

    def __init__(self, sign: str, box: QRectF, words: str, parent: QGraphicsItem) -> None:
        super().__init__(box.adjusted(-AROUND, -AROUND, AROUND, AROUND), parent)
        self.sign, self.words = sign, words
        self.setZValue(GESTURES)

    @property
    def colour(self) -> QColor:
        found: QColor = getattr(theme.current(), ROLES[self.sign])
        return found

    def boundingRect(self) -> QRectF:
        most = SMALLEST_BADGE / SMALLEST_SCALE
        return self.rect().adjusted(-most, -most, most, most)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        pen = QPen(self.colour, 2.5)
        if self.sign == REMOVED:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(self.rect(), 11, 11)
        scale = min(1.0, max(SMALLEST_SCALE, option.levelOfDetailFromTransform(painter.worldTransform())))
        radius = max(BADGE, SMALLEST_BADGE / scale)
        self._stamp(painter, self.rect().topLeft() + QPointF(4, 4), radius, round(16 * radius / BADGE))

    def paint_far(self, painter: QPainter) -> None:
        """Paint it on a painter that draws in scene pixels, with lines and a sign that do not shrink."""
        box = self.mapRectToScene(self.rect())
        fill = QColor(self.colour)
        fill.setAlphaF(0.3)
        pen = QPen(self.colour, FAR_LINE, Qt.PenStyle.DashLine if self.sign == REMOVED else Qt.PenStyle.SolidLine)
        pen.setCosmetic(True)
        painter.fillRect(box, fill)
        painter.setPen(pen)
        painter.drawRect(box)
        corner = painter.worldTransform().map(box.topLeft())
        painter.save()
        painter.resetTransform()
        self._stamp(painter, corner, FAR_BADGE, 11)
        painter.restore()

    def _stamp(self, painter: QPainter, middle: QPointF, radius: float, letters: int) -> None:
        """The sign on a disc of its colour."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        painter.drawEllipse(middle, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.current().on_accent if theme.current().dark else theme.current().panel)
        painter.setFont(theme.font(letters, bold=True))
        place = QRectF(middle.x() - radius, middle.y() - radius - 1, 2 * radius, 2 * radius)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.sign)


class Comparison(QObject):
    """Lays over a canvas what tells its design from an older one, until Escape; follows every edit meanwhile."""

    left = Signal()

    def __init__(self, view: CanvasView, old: Document, name: str) -> None:
        super().__init__(view)
        self._view, self._session, self.old = view, view.session, old
        self.found: Difference = difference(old, self._session.document)
        self.marks: dict[NodeKey, Mark] = {}
        self.wires: list[QGraphicsPathItem] = []
        self._ghosts: dict[NodeKey, Ghost] = {}
        self._at = -1
        self.bar = Bar(name, view)
        self.bar.stepped.connect(self.step)
        self.bar.left.connect(self.left)
        self._soon = QTimer(self, singleShot=True, interval=LAG)
        self._soon.timeout.connect(self.refresh)
        self._session.changed.connect(self._soon.start)
        self._session.place_changed.connect(self._soon.start)
        self._session.analysed.connect(self._soon.start)
        self._session.document_replaced.connect(self.left)
        theme.signals.changed.connect(self.refresh)
        view.overlays.append(self._paint_far)
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)
        self.refresh()
        self.bar.show()

    def end(self) -> None:
        """Take everything away."""
        self._view.overlays.remove(self._paint_far)
        self._view.removeEventFilter(self)
        self._view.viewport().removeEventFilter(self)
        self._session.disconnect(self)
        theme.signals.disconnect(self)
        self._soon.stop()
        self._clear()
        self._session.compare(None)
        self._view.viewport().update()
        self.bar.hide()
        self.bar.deleteLater()
        self.deleteLater()

    @property
    def stops(self) -> list[tuple[NodeKey, str]]:
        """What can be gone through one by one: each node with its sentence."""
        found, old, new = self.found, self.found.before, self._session.document
        return [
            *((key, f"{ADDED} {key.node} ({new.nodes[key].type})") for key in found.added if key in new.nodes),
            *((key, f"{REMOVED} {key.node} ({old.nodes[key].type})") for key in found.removed),
            *((key, f"{CHANGED} {key.node}: {_words(rows)}") for key, rows in found.changed.items()),
        ]

    def step(self, by: int) -> None:
        """Show the next difference, or the one before."""
        if stops := self.stops:
            self._at = (self._at + by) % len(stops) if self._at >= 0 else (0 if by > 0 else len(stops) - 1)
            key, words = stops[self._at]
            self.bar.tell(f"{self._at + 1}/{len(stops)}  {words}")
            if key in self._session.document.nodes:
                self._session.frame_requested.emit(key)
            elif key in self._ghosts:
                self._view.centerOn(self._ghosts[key])

    def refresh(self) -> None:
        """Compare anew and draw what differs in the network that is shown."""
        self._clear()
        self.found = difference(self.old, self._session.document)
        self._session.compare(self.found)
        for key in self.found.added:
            self._mark(key, ADDED, self.tr("Added"))
        for key, rows in self.found.changed.items():
            lines = "".join(
                f"<br>{escape(row.name)}: {escape(str(row.old))} → <b>{escape(str(row.new))}</b>" for row in rows
            )
            self._mark(key, CHANGED, self.tr("Changed") + lines)
        for key in self.found.removed:
            if key.network == self._view.canvas.network:
                self._show_ghost(key)
        for target in self.found.wires_added:
            self._show_new_wire(target)
        for target in self.found.wires_removed:
            self._show_old_wire(target)
        self.bar.summarise(self.found.summary)
        if self._view.far:
            self._view.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._view.gesture is None:
            if event.key() == Qt.Key.Key_Escape:
                self.left.emit()
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            where = self._view.to_scene(QPointF(event.pos()))
            for mark in self.marks.values():
                if shiboken6.isValid(mark) and mark.sceneBoundingRect().contains(where):
                    QToolTip.showText(event.globalPos(), mark.words, self._view)
                    return True
        elif event.type() == QEvent.Type.Resize:
            self.bar.place()
        return False

    def _mark(self, key: NodeKey, sign: str, words: str) -> None:
        if item := self._view.canvas.nodes.get(key):
            self.marks[key] = Mark(sign, item.rect(), words, item)

    def _show_ghost(self, key: NodeKey) -> None:
        old = self.found.before
        node = old.nodes[key]
        wired = [target.port for target in old.wires if target.owner == key]
        used = [wire.port for target, wire in old.wires.items() if NodeKey(target.network, wire.node) == key]
        face = face_of(key.node, node, wired, used, None, {}, (), Kind.of(old, key))
        ghost = self._ghosts[key] = Ghost(face, self._view.zoom, self._view.devicePixelRatioF())
        ghost.face = face  # type: ignore[attr-defined]
        ghost.setPos(node.x, node.y)
        ghost.setOpacity(0.6)
        self._view.canvas.addItem(ghost)
        size = ghost.boundingRect()
        inner = QRectF(0, 0, size.width() + 2 * ghost.offset().x(), size.height() + 2 * ghost.offset().y())
        self.marks[key] = Mark(REMOVED, inner, self.tr("Removed"), ghost)

    def _show_new_wire(self, target: Port) -> None:
        if item := self._view.canvas.wires.get(target):
            self._draw_wire(item.path(), "success", Qt.PenStyle.SolidLine)

    def _show_old_wire(self, target: Port) -> None:
        wire = self.found.before.wires[target]
        start = self._spot(NodeKey(target.network, wire.node), wire.port, output=True)
        end = self._spot(target.owner, target.port, output=False)
        if target.network == self._view.canvas.network and start and end:
            path = QPainterPath(QPointF(*start))
            reach = max(40.0, abs(end[0] - start[0]) / 2)
            path.cubicTo(QPointF(start[0] + reach, start[1]), QPointF(end[0] - reach, end[1]), QPointF(*end))
            self._draw_wire(path, "error", Qt.PenStyle.DashLine)

    def _spot(self, was: NodeKey, port: str, output: bool) -> Spot | None:
        """Where a port of the old design is to be seen: on the node that it has become, or on its ghost."""
        if ghost := self._ghosts.get(was):
            inputs, outputs = port_spots(ghost.face)  # type: ignore[attr-defined]
            x, y = (outputs if output else inputs).get(port, (0.0, 20.0))
            return ghost.x() + x, ghost.y() + y
        now = next((key for key, old in self.found.partners.items() if old == was), None)
        item = self._view.canvas.nodes.get(now) if now else None
        return (item.output_spot(port) if output else item.input_spot(port)) if item else None

    def _draw_wire(self, path: QPainterPath, role: str, style: Qt.PenStyle) -> None:
        colour = QColor(getattr(theme.current(), role))
        colour.setAlphaF(0.75)
        item = QGraphicsPathItem(path)
        item.setPen(QPen(colour, 5.0 if style == Qt.PenStyle.SolidLine else 2.5, style, Qt.PenCapStyle.RoundCap))
        item.setZValue(-1.0 if style == Qt.PenStyle.SolidLine else 0.5)
        self._view.canvas.addItem(item)
        self.wires.append(item)

    def _paint_far(self, painter: QPainter) -> None:
        """The same from far away, where nodes are a few pixels large: lines and signs keep their size on the screen."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wire in self.wires:
            if shiboken6.isValid(wire):
                pen = QPen(wire.pen())
                pen.setWidthF(FAR_LINE if pen.style() == Qt.PenStyle.DashLine else 2 * FAR_LINE)
                pen.setCosmetic(True)
                painter.setPen(pen)
                painter.drawPath(wire.path())
        for mark in self.marks.values():
            if shiboken6.isValid(mark):
                mark.paint_far(painter)

    def _clear(self) -> None:
        """Remove what was drawn; a scene that was emptied has done so itself."""
        for item in (*self.marks.values(), *self.wires, *self._ghosts.values()):
            if shiboken6.isValid(item) and item.scene() is not None:
                item.scene().removeItem(item)
        self.marks, self.wires, self._ghosts = {}, [], {}


class Bar(QFrame):
    """At the foot of the canvas: what is compared, how much differs, and a way through it and out."""

    stepped = Signal(int)
    left = Signal()

    def __init__(self, name: str, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._head = self.tr("Compared with {name}").format(name=name)
        self.setObjectName("comparison")
        self.setAccessibleName(self._head)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.back, self.on = self._arrow("chevron-left", self.tr("Difference before"), -1), \
            self._arrow("chevron-right", self.tr("Next difference"), 1)  # fmt: skip
        self.leave = QPushButton(self.tr("Leave (Esc)"))
        self.leave.clicked.connect(self.left)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 8, 7)
        row.setSpacing(8)
        for widget in (self.text, self.back, self.on, self.leave):
            row.addWidget(widget)

    def summarise(self, words: str) -> None:
        self.tell(words)

    def tell(self, words: str) -> None:
        self.text.setText(f"{self._head} · {words}")
        self.place()

    def place(self) -> None:
        self.adjustSize()
        width = min(self.sizeHint().width(), self._view.width() - 24)
        self.setGeometry(
            (self._view.width() - width) // 2, self._view.height() - self.height() - 14, width, self.height()
        )
        self.raise_()

    def _arrow(self, icon: str, words: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon(icon))
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda: self.stepped.emit(by))
        return button


def _words(rows: Sequence[Altered]) -> str:
    return ", ".join(f"{row.name} {row.old} → {row.new}" for row in rows)

"""What the keyboard does on the canvas without any mouse: walking, wiring, choosing wires and comments, pushing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import msgspec
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGraphicsItem

from graph.document import NodeKey, Port
from gui.canvas import edits, walking
from gui.canvas.copying import CopyCommands
from gui.canvas.frames import SMALLEST, contents
from gui.canvas.geometry import DOT, GRID, snap
from gui.canvas.linking import DragWire
from gui.canvas.search import SearchBox
from gui.canvas.walking import WireRow
from gui.session import Session

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

ARROWS: Final = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
PUSH: Final = 60.0  # pixels on the screen that an arrow key pushes the drawing where nothing is selected


class KeyCommands(CopyCommands):
    """Everything that a gesture of the mouse does, for those who draw by keys."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._walker: NodeKey | None = None  # the node that was walked to last
        self._looked: Port | None = None  # the output that was looked at last
        self.chooser = SearchBox(self)
        self.chooser.line.setAccessibleName(self.tr("Search a wire"))
        self.chooser.list.setAccessibleName(self.tr("Found wires"))
        self.chooser.closed.connect(self.setFocus)
        self._choose: Callable[[WireRow], object] | None = None
        self.chooser.chosen.connect(lambda row: self._choose(row) if self._choose else None)
        for signal in (session.changed, session.place_changed, session.document_replaced):
            signal.connect(self.chooser.close_box)

    @property
    def _view(self) -> CanvasView:
        return cast("CanvasView", self)

    # -- walking -----------------------------------------------------------------------------------------------------

    def walk(self, across: int, down: int, more: bool = False) -> None:
        """Select the node that an arrow leads to, with ``more`` beside what is selected."""
        chosen = self.session.selection
        here = self._walker if self._walker in chosen else min(chosen, default=None)
        if here in self.canvas.nodes:
            found = walking.next_node(self.canvas, here, across, down)
        else:
            found = walking.first_node(self.canvas)
        if found is None:
            return
        self._walker = found
        self.choose_comment(None)
        self.session.select(chosen | {found} if more else [found])
        item = self.canvas.nodes[found]
        if not self.area.contains(item.sceneBoundingRect()):
            self.centerOn(item.sceneBoundingRect().center())

    def steer(self, event: QKeyEvent) -> None:
        """An arrow key alone moves what is selected by a step of the grid, or pushes the drawing."""
        across, down = ARROWS[Qt.Key(event.key())]
        if self.comment in self.canvas.comments:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._resize_comment(self.comment, across, down)
            else:
                self._move_comment(self.comment, across, down)
        elif self.session.selection:
            self.nudge(across, down)
        else:
            self.pan(QPointF(-across * PUSH, -down * PUSH))

    def menu_place(self) -> QPoint:
        """Where on the screen the menu opens that the keyboard asks for: at what is selected."""
        chosen: list[QGraphicsItem] = [
            self.canvas.nodes[key] for key in sorted(self.session.selection) if key in self.canvas.nodes
        ]
        chosen += [self.canvas.comments[key] for key in [self.comment] if key in self.canvas.comments]
        spot = self.mapFromScene(chosen[0].sceneBoundingRect().center()) if chosen else self.viewport().rect().center()
        return self.viewport().mapToGlobal(spot)

    # -- comments ----------------------------------------------------------------------------------------------------

    def next_comment(self) -> None:
        """Select the next comment of the network, in the order in which one reads."""
        items = self.canvas.comments
        order = sorted(items, key=lambda key: (items[key].box.y, items[key].box.x, key))
        if order:
            at = order.index(self.comment) + 1 if self.comment in items else 0
            self.choose_comment(order[at % len(order)])
            self.centerOn(items[order[at % len(order)]])

    def _move_comment(self, key: NodeKey, across: int, down: int) -> None:
        document = self.session.document
        nodes, comments = contents(self.canvas, key)
        with document.edit("Move", merge=f"nudge {key}"):
            edits.move(document, {each: (x + across * GRID, y + down * GRID) for each, (x, y) in nodes.items()})
            for each, box in comments.items():
                edits.change_comment(document, each, "Move", x=box.x + across * GRID, y=box.y + down * GRID)

    def _resize_comment(self, key: NodeKey, across: int, down: int) -> None:
        document = self.session.document
        box = self.canvas.comments[key].box
        width, height = max(SMALLEST[0], box.width + across * GRID), max(SMALLEST[1], box.height + down * GRID)
        with document.edit("Resize", merge=f"resize {key}"):
            resized = msgspec.structs.replace(document.comments[key], width=width, height=height)
            document.put("comments", key, resized)

    # -- wires -------------------------------------------------------------------------------------------------------

    def connect_selected(self) -> None:
        """List the wires that could be drawn at the selected node, or among the selected ones, and draw one."""
        chosen = self.session.selection & self.canvas.nodes.keys()
        if not chosen:
            self.session.say(self.tr("Select the node to wire first: Ctrl with an arrow key goes along the wires."))
            return
        rows = walking.possible_wires(self.canvas, self.session.document, chosen)
        self._offer(rows, self.tr("Draw a wire: type from where to where"), self._draw)

    def choose_wire(self) -> None:
        """List the wires at the selected nodes, or all, and select one: to delete it, or to put something into it."""
        rows = walking.drawn_wires(self.canvas, self.session.selection & self.canvas.nodes.keys())
        self._offer(rows, self.tr("Select a wire: type from where to where"),
                    lambda row: self._view.select_wire(row.target))  # fmt: skip

    def add_fitting(self) -> None:
        """Search what fits behind the selected node, and wire it."""
        key = next(iter(self.session.selection)) if len(self.session.selection) == 1 else None
        if key not in self.canvas.nodes or not self.canvas.nodes[key].face.outputs:
            return
        item = self.canvas.nodes[key]
        source = Port(*key, item.face.outputs[0].name)
        box = item.box
        where = QPointF(box.x + box.width + 6 * GRID, item.output_spot(source.port)[1])
        if not self.area.contains(where):
            self.centerOn(item.sceneBoundingRect().center())
        spot = self.viewportTransform().map(where)
        self.search_at(spot, DragWire(self._view, spot, source, from_output=True, moved_from=None))

    def put_dot(self) -> None:
        """Put a dot on the selected wire."""
        target = self.wire
        if target in self.canvas.wires:
            where = self._middle_of(target)
            source = self.canvas.source_of(target)
            self._view.select_wire(None)
            corner = snap(where.x() - DOT[0] / 2), snap(where.y() - DOT[1] / 2)
            self.session.select(edits.add_dots(self.session.document, [(source, [target], corner)]))

    def open_search(self) -> None:
        """Search for a node to add: into the selected wire, else at the pointer."""
        if self.wire in self.canvas.wires:
            self.search_at(self.viewportTransform().map(self._middle_of(self.wire)), through=self.wire)
        else:
            super().open_search()

    def look(self) -> None:
        """Look at what comes out of the selected node, or runs through the selected wire; again: at its next output."""
        if self.wire in self.canvas.wires:
            self.session.probe_requested.emit(self.canvas.source_of(self.wire))
            return
        key = next(iter(self.session.selection)) if len(self.session.selection) == 1 else None
        names = [shown.name for shown in self.canvas.nodes[key].face.outputs] if key in self.canvas.nodes else []
        if key is not None and names:
            again = self._looked is not None and self._looked.owner == key and self._looked.port in names
            at = names.index(self._looked.port) + 1 if again and self._looked else 0
            self._looked = Port(*key, names[at % len(names)])
            self.session.probe_requested.emit(self._looked)

    def _draw(self, row: WireRow) -> None:
        edits.reconnect(self.session.document, row.source, row.target, None)

    def _offer(self, rows: list[WireRow], prompt: str, choose: Callable[[WireRow], object]) -> None:
        self._choose = choose
        spot = QPointF((self.width() - self.chooser.width()) / 2, self.height() / 6)
        self.chooser.open(spot.toPoint(), partial(walking.matching, rows), prompt)

    def _middle_of(self, target: Port) -> QPointF:
        """The middle of a wire, on it."""
        curve = self.canvas.wires[target].curve
        first = 3 * ((len(curve) - 1) // 3 // 2)
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve[first : first + 4]
        return QPointF((x0 + 3 * x1 + 3 * x2 + x3) / 8, (y0 + 3 * y1 + 3 * y2 + y3) / 8)

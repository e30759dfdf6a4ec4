"""Comment frames and notes: putting one around nodes, moving it with what it holds, resizing, texts and colours."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt

from graph.document import Comment, NodeKey
from gui.canvas import edits
from gui.canvas.geometry import FRAME_TITLE, Box, Spot, around, bounds, snap
from gui.canvas.gestures import Gesture
from gui.canvas.networks import NetworkCommands
from gui.canvas.rename import NoteEditor
from gui.canvas.scene import CanvasScene
from gui.session import Session

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

SMALLEST: Final = (80.0, 40.0)
NOTE_SIZE: Final = (240.0, 80.0)
EDITED: Final = (260.0, 110.0)  # pixels, the least that a text is typed in
FALLING: Final = ("top left", "bottom right")  # the corners whose arrow falls to the right


class FrameCommands(NetworkCommands):
    """What menus and keys do to comments. ``comment`` is the selected one."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.comment: NodeKey | None = None
        self.note_editor = NoteEditor(self)

    def choose_comment(self, key: NodeKey | None) -> None:
        """Select a comment and nothing else, or none."""
        if self.comment in self.canvas.comments:
            self.canvas.comments[self.comment].choose(False)
        self.comment = key if key in self.canvas.comments else None
        if self.comment is not None:
            self.canvas.comments[self.comment].choose(True)
            self.session.select(())
        self.chosen.emit()

    def add_comment(self) -> None:
        """Put a frame around the selected nodes, or a note at the pointer, and let its text be typed."""
        held = bounds(self.canvas.nodes[key].box for key in self.session.selection if key in self.canvas.nodes)
        if held is None:
            where = self.to_scene(self.pointer())
            comment = Comment("", snap(where.x()), snap(where.y()), *NOTE_SIZE, note=True)
        else:
            box = around(held)
            comment = Comment("", *box)
        key = edits.add_comment(self.session.document, self.canvas.network, comment)
        self.choose_comment(key)
        self.edit_comment(key)

    def edit_comment(self, key: NodeKey) -> None:
        """Type the text of a comment where it stands."""
        item = self.canvas.comments.get(key)
        if item is None:
            return
        self.choose_comment(key)
        box = item.box
        height = box.height if item.comment.note else FRAME_TITLE
        place = self.mapFromScene(QRectF(box.x, box.y, box.width, height)).boundingRect()
        place.setWidth(max(int(EDITED[0]), place.width()))
        place.setHeight(max(int(EDITED[1]), place.height()))
        self.note_editor.open(place, item.comment.text, lambda typed: self._write(key, typed))

    def _write(self, key: NodeKey, text: str) -> None:
        edits.write_comment(self.session.document, key, text)

    def colour_comment(self, colour: str) -> None:
        """Give the selected comment a colour, "" for none."""
        if self.comment in self.session.document.comments:
            edits.change_comment(self.session.document, self.comment, "Colour", colour=colour)

    def delete_selection(self) -> None:
        """Delete what is selected: nodes with their wires, a wire, or a comment without what it holds."""
        if self.comment in self.session.document.comments:
            edits.remove_comment(self.session.document, self.comment)
        else:
            super().delete_selection()

    def rename_selected(self) -> None:
        """Type over the title of the selected node or the text of the selected comment."""
        if self.comment is not None:
            self.edit_comment(self.comment)
        else:
            super().rename_selected()


class MoveFrame(Gesture):
    """Move a comment along the grid, with the nodes and comments that lie within it."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: CanvasView, spot: QPointF, key: NodeKey) -> None:
        super().__init__(view, spot)
        self._key = key
        self._origin = view.to_scene(spot)
        self._nodes, self._comments = contents(view.canvas, key)
        self._away: Spot = (0.0, 0.0)

    def begin(self) -> None:
        self.view.hold(self._nodes)

    def drag(self, spot: QPointF) -> None:
        away, box = self.view.to_scene(spot) - self._origin, self._comments[self._key]
        self._away = snap(box.x + away.x()) - box.x, snap(box.y + away.y()) - box.y
        self._show(self._away)

    def finish(self, spot: QPointF) -> None:
        self.view.hold(())
        if self._away != (0.0, 0.0):
            document, (across, down) = self.view.session.document, self._away
            with document.edit("Move"):
                edits.move(document, {key: (x + across, y + down) for key, (x, y) in self._nodes.items()})
                for key, box in self._comments.items():
                    edits.change_comment(document, key, "Move", x=box.x + across, y=box.y + down)

    def cancel(self) -> None:
        self.view.hold(())
        self._show((0.0, 0.0))
        self.view.canvas.restore(self._nodes)
        self.view.canvas.restore_comments()

    def _show(self, away: Spot) -> None:
        canvas = self.view.canvas
        canvas.shift({key: (x + away[0], y + away[1]) for key, (x, y) in self._nodes.items()})
        for key, box in self._comments.items():
            if item := canvas.comments.get(key):
                item.place(box._replace(x=box.x + away[0], y=box.y + away[1]))
        if self.view.far:
            self.view.viewport().update()


class ResizeFrame(Gesture):
    """Move one or two sides of a comment."""

    def __init__(self, view: CanvasView, spot: QPointF, key: NodeKey, edge: str) -> None:
        super().__init__(view, spot)
        self.cursor = cursor_of(edge)
        self._key = key
        self._sides = edge.split()
        self._origin = view.to_scene(spot)
        self._from = self._to = view.canvas.comments[key].box

    def drag(self, spot: QPointF) -> None:
        away, box = self.view.to_scene(spot) - self._origin, self._from
        left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
        if "left" in self._sides:
            left = min(snap(left + away.x()), right - SMALLEST[0])
        if "right" in self._sides:
            right = max(snap(right + away.x()), left + SMALLEST[0])
        if "top" in self._sides:
            top = min(snap(top + away.y()), bottom - SMALLEST[1])
        if "bottom" in self._sides:
            bottom = max(snap(bottom + away.y()), top + SMALLEST[1])
        self._to = Box(left, top, right - left, bottom - top)
        self.view.canvas.comments[self._key].place(self._to)
        if self.view.far:
            self.view.viewport().update()

    def finish(self, spot: QPointF) -> None:
        if self._to != self._from:
            edits.change_comment(self.view.session.document, self._key, "Resize", **self._to._asdict())

    def cancel(self) -> None:
        self.view.canvas.restore_comments()


def cursor_of(edge: str) -> Qt.CursorShape:
    """How the pointer looks over an edge of a frame."""
    if " " in edge:
        return Qt.CursorShape.SizeFDiagCursor if edge in FALLING else Qt.CursorShape.SizeBDiagCursor
    upright = edge in ("top", "bottom")
    return Qt.CursorShape.SizeVerCursor if upright else Qt.CursorShape.SizeHorCursor


def companions(canvas: CanvasScene, keys: Collection[NodeKey]) -> set[NodeKey]:
    """The comments that belong to nodes: frames that hold some of them and no other, and what lies among all these."""
    held = {key: {each for each, node in canvas.nodes.items() if item.holds(node.box)}
            for key, item in canvas.comments.items()}  # fmt: skip
    found = {key for key, inside in held.items() if inside and inside <= set(keys)}
    whole = bounds([*(canvas.nodes[key].box for key in keys if key in canvas.nodes),
                    *(canvas.comments[key].box for key in found)])  # fmt: skip
    if whole is not None:
        found |= {key for key, item in canvas.comments.items() if not held[key] and whole.surrounds(item.box)}
    return found


def contents(canvas: CanvasScene, key: NodeKey) -> tuple[dict[NodeKey, Spot], dict[NodeKey, Box]]:
    """The nodes that lie wholly within a frame, and the comments, itself first; a note holds nothing."""
    own = canvas.comments[key]
    if own.comment.note:
        return {}, {key: own.box}
    nodes = {each: (item.x(), item.y()) for each, item in canvas.nodes.items() if own.holds(item.box)}
    comments = {each: item.box for each, item in canvas.comments.items() if each != key and own.holds(item.box)}
    return nodes, {key: own.box, **comments}

"""Copies of what is drawn: to the clipboard and back, beside the original, and such as share its weights."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QApplication

from graph.document import NodeKey
from graph.network_edits import NetworkProblem
from graph.sharing import link, may_share
from gui.canvas import clipboard, edits
from gui.canvas.frames import FrameCommands, companions, contents
from gui.canvas.geometry import GRID, Box, Spot, bounds, snap

ASIDE: Final = 2 * GRID  # from a node to its duplicate, and to a second paste at one place
NODE: Final = (180.0, 100.0)  # the room that a node on the clipboard is taken to need


class CopyCommands(FrameCommands):
    """Copy, cut, paste and duplicate. A selected frame takes along what it holds, selected nodes their frames."""

    def copy(self) -> None:
        """Put what is selected on the clipboard as text."""
        piece = self._piece(travels=True)
        if piece is not None:
            QApplication.clipboard().setText(clipboard.to_text(piece))

    def cut(self) -> None:
        """Copy what is selected and delete it."""
        document, (nodes, comments) = self.session.document, self._taken()
        if nodes or comments:
            self.copy()
            with document.edit("Cut"):
                for comment in comments:
                    edits.remove_comment(document, comment)
                edits.delete(document, nodes)

    def paste(self) -> None:
        """Add what is on the clipboard around the pointer and select it."""
        try:
            piece = clipboard.from_text(QApplication.clipboard().text())
        except clipboard.ClipboardProblem as problem:
            self.session.say(str(problem), "warning", topic="clipboard")
            return
        x, y = _bounds(piece).centre
        where = self.to_scene(self.pointer())
        shift = self._free_shift(piece, (snap(where.x() - x), snap(where.y() - y)))
        try:
            pasted = edits.paste(self.session.document, piece, self.canvas.network, shift)
        except NetworkProblem as problem:
            self.session.say(str(problem), "warning", topic="clipboard")
            return
        self._select(pasted)

    def duplicate(self) -> None:
        """Copy what is selected, with the wires among it, a little aside."""
        piece = self._piece()
        if piece is not None:
            shift = self._free_shift(piece, (ASIDE, ASIDE))
            self._select(edits.paste(self.session.document, piece, self.canvas.network, shift, "Duplicate"))

    def duplicate_linked(self) -> None:
        """Copy what is selected, with the wires among it; the copies share the weights of what they are of."""
        document, piece = self.session.document, self._piece()
        if piece is None:
            return
        shift = self._free_shift(piece, (ASIDE, ASIDE))
        with document.edit(self.tr("Duplicate linked")):
            pasted = clipboard.place(document, piece, self.canvas.network, shift)
            for name, key in pasted.nodes.items():
                before = NodeKey(self.canvas.network, name)
                if may_share(document, before):
                    link(document, key, before)
        self._select(pasted)

    def _taken(self) -> tuple[set[NodeKey], set[NodeKey]]:
        """The nodes and the comments that a copy is of."""
        if self.comment in self.canvas.comments:
            nodes, comments = contents(self.canvas, self.comment)
            return set(nodes), set(comments)
        chosen = set(self.session.selection)
        return chosen, companions(self.canvas, chosen) if chosen else set()

    def _piece(self, travels: bool = False) -> clipboard.Piece | None:
        nodes, comments = self._taken()
        if not nodes and not comments:
            return None
        return clipboard.piece_of(self.session.document, nodes, travels, comments)

    def _select(self, pasted: clipboard.Pasted) -> None:
        """Select the new nodes; where there are none, the new comment."""
        self.choose_comment(pasted.comments[0] if pasted.comments and not pasted.nodes else None)
        if pasted.nodes:
            self.session.select(pasted.nodes.values())

    def _free_shift(self, piece: clipboard.Piece, shift: Spot) -> Spot:
        """A shift by which nothing of a piece lands exactly on another of its kind."""
        document, network = self.session.document, self.canvas.network
        nodes = {(node.x, node.y) for node in document.in_network(network).values()}
        comments = {(note.x, note.y) for key, note in document.comments.items() if key.network == network}
        x, y = shift
        while any((node.x + x, node.y + y) in nodes for node in piece.nodes.values()) or any(
            (note.x + x, note.y + y) in comments for note in piece.comments.values()
        ):
            x, y = x + ASIDE, y + ASIDE
        return x, y


def _bounds(piece: clipboard.Piece) -> Box:
    """What a piece covers, whose nodes are not measured yet."""
    boxes = [Box(node.x, node.y, *NODE) for node in piece.nodes.values()]
    boxes += [Box(note.x, note.y, note.width, note.height) for note in piece.comments.values()]
    return bounds(boxes) or Box(0.0, 0.0, 0.0, 0.0)

"""The canvas view: mouse and keys become gestures, gestures become edits of the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip

from graph.document import NodeKey, Port
from gui import theme
from gui.canvas.adding import LibraryDrag, type_in
from gui.canvas.flowmeter import Flowmeter
from gui.canvas.frames import cursor_of
from gui.canvas.gestures import Gesture, Pan
from gui.canvas.gliding import Glide
from gui.canvas.hits import Hit, hit
from gui.canvas.keyboard import ARROWS, KeyCommands
from gui.canvas.linking import DragWire
from gui.canvas.minimap import Minimap
from gui.canvas.networks import move
from gui.canvas.presses import left_gesture, right_gesture
from gui.canvas.scene import CanvasScene
from gui.canvas.thumbnails import Thumbnails
from gui.canvas.words import Words
from gui.session import Session

SHORT_PRESS: Final = 350  # milliseconds of Space that still open the search
EDGE: Final = 26.0  # pixels from the border within which a drag pushes the drawing
PUSH: Final = 12.0  # pixels a tick
TICK: Final = 16  # milliseconds


class CanvasView(KeyCommands):
    """Shows one network of ``session.document`` and lets it be drawn by mouse and keys."""

    inspect_requested = Signal(object)  # the NodeKey that was double-clicked
    menu_requested = Signal(QPoint)  # where on the screen the right button asked for a menu

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.gesture: Gesture | None = None
        self.overlays: list[Callable[[QPainter], None]] = []  # paint on the overview all the time
        self.over: Callable[[QPainter], None] | None = None  # paints on the overview during a gesture
        self._library: LibraryDrag | None = None
        self._hovered = Hit()
        self._menu_barred = False  # after a press that only ended a gesture
        self._space = QElapsedTimer()  # valid while the key is down
        self._space_used = False  # for pushing the drawing
        self._space_spot = QPointF()  # where the pointer was then
        self._push = QTimer(self, interval=TICK)
        self._push.timeout.connect(self._push_on)
        # before the scene hears of a change, so that a gesture ends while its items are still there
        session.changed.connect(self._interrupt)
        session.document_replaced.connect(self._interrupt)
        session.place_changed.connect(self._interrupt)
        self.look_at(CanvasScene(session, self))
        self.glide = Glide(self.canvas)
        self.minimap = Minimap(self)
        self.thumbnails = Thumbnails(self)
        self.flow = Flowmeter(self)
        self.words = Words(self)
        session.document_replaced.connect(self._arrived)
        session.place_changed.connect(self._arrived)
        session.changed.connect(self._settle_words)
        session.analysed.connect(self._settle_words)
        session.selection_changed.connect(self._settle_words)
        session.frame_requested.connect(self._show)
        theme.signals.changed.connect(self._dress)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Canvas"))
        self._settle_words()

    # -- the mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.search.close_box()
        spot, button = event.position(), event.button()
        self.last_pointer = spot
        self._menu_barred = self.gesture is not None
        self.glide.end()
        if self.gesture:
            self._interrupt()
        elif button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self._space.isValid()):
            self._space_used = True
            self._start(Pan(self, spot))
        elif button == Qt.MouseButton.LeftButton:
            self._start(left_gesture(self, spot, event.modifiers()))
        elif button == Qt.MouseButton.RightButton:
            self._start(right_gesture(self, spot, event.modifiers()))
            self._menu_barred = self.gesture is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.last_pointer = event.position()
        if self.gesture:
            self.gesture.move(event.position())
            if self.gesture.dragging and self._pushing() != QPointF():
                self._push.start()
        elif not event.buttons():
            self._hover(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self.gesture
        if gesture:
            self._end()
            gesture.release(event.position())
            self._settle_words()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        under = hit(self.canvas, self.to_scene(event.position()), self.zoom, not self.far)
        if self.just_entered or self.minimap.covers(event.position()):
            return
        if under.node:
            if not self.enter(under.node):
                self.inspect_requested.emit(under.node)
        elif under.comment:
            self.edit_comment(under.comment)
        elif under.nothing:
            self.search_at(event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu_requested.emit(self.menu_place())
            return
        if self._menu_barred:
            return
        under = hit(self.canvas, self.to_scene(QPointF(event.pos())), self.zoom, ports=False)
        if under.node and under.node not in self.session.selection:
            self.session.select([under.node])
        self.select_wire(under.wire)
        self.choose_comment(under.comment)
        self.menu_requested.emit(event.globalPos())

    def _start(self, gesture: Gesture | None) -> None:
        if gesture is None:
            return
        self._forget_hover()
        self.gesture = gesture
        if gesture.cursor is not None:
            self.viewport().setCursor(gesture.cursor)

    def _end(self) -> None:
        self.gesture = None
        self._push.stop()
        self.viewport().unsetCursor()

    def _interrupt(self) -> None:
        """Cancel whatever is under way: Escape, another button, or the document changed beneath it."""
        self.glide.end()
        if gesture := self.gesture:
            self._end()
            gesture.cancel()
        if self._library:
            self._library.cancel()
            self._library = None
        if self._adder is None or self._adder.wire:
            self.search.close_box()

    def offer_for_wire(self, wire: DragWire) -> None:
        """A wire was dropped on nothing: search for a node to lead it to, and keep it shown meanwhile."""
        self.words.tag.hide()
        self.search_at(self.viewportTransform().map(wire.where), wire)

    # -- dragging past the border ------------------------------------------------------------------------------------

    def _pushing(self) -> QPointF:
        """How the drawing moves while something is held at the border."""
        if isinstance(self.gesture, Pan):
            return QPointF()
        spot, size = self.pointer(), self.viewport().size()
        return QPointF(_push(spot.x(), size.width()), _push(spot.y(), size.height()))

    def _push_on(self) -> None:
        by = self._pushing()
        if self.gesture is None or by == QPointF():
            self._push.stop()
            return
        self.pan(by)
        self.gesture.move(self.pointer())

    # -- hovering ----------------------------------------------------------------------------------------------------

    def _hover(self, spot: QPointF) -> None:
        if self.minimap.covers(spot):
            self._forget_hover()
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
            return
        where = self.to_scene(spot)
        if self.words.bubble.covers(where, self.zoom):
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if self.words.bubble.fix_at(where, self.zoom)
                                      else Qt.CursorShape.ArrowCursor)  # fmt: skip
            return
        under = hit(self.canvas, where, self.zoom, not self.far)
        if under != self._hovered:
            self._forget_hover()
            self._hovered = under
            self.canvas.hover(under.node, True)
            if under.wire:
                self.canvas.mark(under.wire, True)
            on_port, pointing = under.input or under.output, Qt.CursorShape.PointingHandCursor
            other = pointing if under.door else cursor_of(under.edge) if under.edge else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(Qt.CursorShape.CrossCursor if on_port else other)
            self.refresh()
            self._settle_words()

    def _forget_hover(self) -> None:
        self.canvas.hover(self._hovered.node, False)
        if self._hovered.wire and self._hovered.wire != self.wire:
            self.canvas.mark(self._hovered.wire, False)
        self._hovered = Hit()

    def _settle_words(self) -> None:
        self.words.hint.setVisible(not self.canvas.nodes)
        if self.comment not in self.session.document.comments:
            self.comment = None
        elif self.session.selection:
            self.choose_comment(None)
        hovered = self._hovered
        if (hovered.node and hovered.node not in self.canvas.nodes) or (
            hovered.wire and hovered.wire not in self.canvas.wires
        ):
            self._hovered = Hit()
        if self.gesture is None and self._adder is None:
            self.words.settle(self._hovered)

    def select_wire(self, wire: Port | None) -> None:
        """Select a wire and nothing else, or none."""
        if self.wire:
            self.canvas.mark(self.wire, False)
        self.wire = wire
        if wire:
            self.canvas.mark(wire, True)
            self.session.select(())
        self.chosen.emit()

    # -- keys --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space.start()
            self._space_used, self._space_spot = False, self.pointer()
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key in ARROWS and not self.gesture:
            self.steer(event)
        elif key == Qt.Key.Key_Tab:
            self.open_search()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and (self.wire or self.comment):
            self.delete_selection()
        elif key == Qt.Key.Key_F2 and self.comment:
            self.rename_selected()
        elif key != Qt.Key.Key_Space:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat() and self._space.isValid():
            short = self._space.elapsed() < SHORT_PRESS and not self._space_used
            self._space.invalidate()
            if not self.gesture:
                self.viewport().unsetCursor()
                if short:
                    self.search_at(self._space_spot)

    def focusNextPrevChild(self, next: bool) -> bool:
        return False  # Tab searches here

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._space.invalidate()

    def _escape(self) -> None:
        if self.gesture or self._library:
            self._interrupt()
        elif self.wire or self.comment or self.session.selection:
            self.select_wire(None)
            self.choose_comment(None)
            self.session.select(())
        else:
            self.leave()

    # -- the library and the rest ------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if node_type := type_in(event.mimeData(), self.session.document, self.canvas.network):
            self._library = LibraryDrag(self, node_type)
            self._library.move(event.position())
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._library:
            self._library.move(event.position())
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._interrupt()

    def dropEvent(self, event: QDropEvent) -> None:
        drag, self._library = self._library, None
        if drag:
            drag.move(event.position())
            drag.drop(event.position())
            event.acceptProposedAction()
            self.setFocus()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.last_pointer = None
            self._forget_hover()
            self._settle_words()
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words.tool_tip(QPointF(event.pos())), self)
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.words.hint.resize(self.size())
        self.minimap.expect()

    def paint_over(self, painter: QPainter) -> None:
        for paint in (*self.overlays, self.over):
            if paint:
                paint(painter)

    def paint_above(self, painter: QPainter) -> None:
        self.minimap.paint(painter)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.minimap.scrolled(dx, dy)

    def _arrived(self) -> None:
        """Another network is shown now, or another design."""
        self.search.close_box()
        self.title_editor.leave()
        self.note_editor.give_up()
        self.wire, self.comment, self._hovered = None, None, Hit()
        self.words.renew()
        self._settle_words()
        self.look_again()

    def _show(self, key: NodeKey) -> None:
        drawn = move(self.session, key)
        if drawn in self.canvas.nodes:
            self.session.select([drawn])
            self.reveal(drawn)

    def _dress(self) -> None:
        self.words.dress()
        self.viewport().update()


def _push(place: float, size: int) -> float:
    if place < EDGE:
        return PUSH
    return -PUSH if place > size - EDGE else 0.0

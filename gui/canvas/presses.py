"""Which gesture a press of the mouse begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt

from graph.document import NodeKey, Port
from gui.canvas.frames import MoveFrame, ResizeFrame
from gui.canvas.gestures import Gesture, MoveNodes, RubberBand
from gui.canvas.hits import Hit, hit
from gui.canvas.linking import DragWire
from gui.canvas.minimap import SlideMap
from gui.canvas.rewiring import AddDots, CutWires, MoveWires

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

CONTROL: Final = Qt.KeyboardModifier.ControlModifier
SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
MANY: Final = SHIFT | CONTROL


def right_gesture(view: CanvasView, spot: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture | None:
    """What the right button begins: with Ctrl a cut, with Shift dots; alone it is for the menu."""
    if modifiers & CONTROL:
        return CutWires(view, spot)
    return AddDots(view, spot) if modifiers & SHIFT else None


def left_gesture(view: CanvasView, spot: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture | None:
    """What the left button begins; None where the press itself did something."""
    if view.minimap.covers(spot):
        return SlideMap(view, spot)
    where = view.to_scene(spot)
    if view.words.bubble.fix_at(where, view.zoom):
        view.words.mend()
        return None
    under = hit(view.canvas, where, view.zoom, not view.far)
    if modifiers & MANY == MANY and (looked_at := _port_to_look_at(view, under)):
        view.session.probe_requested.emit(looked_at)
        return None
    many = bool(modifiers & MANY)
    view.select_wire(None if many else under.wire)
    view.choose_comment(None if many else under.comment)
    if wire := _wire_from(view, under, spot, bool(modifiers & CONTROL)):
        return wire
    if under.door and under.node and not many:
        view.enter(under.node)
        return None
    if under.node:
        return _press_node(view, under.node, spot, modifiers)
    if under.comment and not many:
        return ResizeFrame(view, spot, under.comment, under.edge) if under.edge else MoveFrame(
            view, spot, under.comment)  # fmt: skip
    return RubberBand(view, spot, many) if under.nothing or many else None


def _wire_from(view: CanvasView, under: Hit, spot: QPointF, all_of_them: bool) -> DragWire | None:
    if under.output:
        targets = [target for target in view.canvas.wires_at(under.output.owner)
                   if all_of_them and view.canvas.source_of(target) == under.output]  # fmt: skip
        if targets:
            return MoveWires(view, spot, under.output, sorted(targets))
        return DragWire(view, spot, under.output, from_output=True, moved_from=None)
    if under.input and under.input in view.canvas.wires:
        source = view.canvas.source_of(under.input)
        return DragWire(view, spot, source, from_output=True, moved_from=under.input)
    return DragWire(view, spot, under.input, from_output=False, moved_from=None) if under.input else None


def _press_node(view: CanvasView, key: NodeKey, spot: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture | None:
    chosen = view.session.selection
    if modifiers & CONTROL:
        view.session.select(chosen ^ {key})
    elif modifiers & SHIFT:
        view.session.select(chosen | {key})
    elif key not in chosen:
        view.session.select([key])
    if key not in view.session.selection:
        return None
    return MoveNodes(view, spot, key, view.session.selection, clicked=not modifiers & MANY)


def _port_to_look_at(view: CanvasView, under: Hit) -> Port | None:
    """The output whose value is meant: the port, what feeds the input or the wire, or the first one of the node."""
    if under.output:
        return under.output
    target = under.wire or under.input
    if target in view.canvas.wires:
        return view.canvas.source_of(target)
    outputs = view.canvas.nodes[under.node].face.outputs if under.node else ()
    return Port(*under.node, outputs[0].name) if under.node and outputs else None

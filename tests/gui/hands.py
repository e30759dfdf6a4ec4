"""Hands for canvas tests: real presses, moves, wheels and keys on a canvas whose shortcuts come from the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from played import PlayedSession
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow

from backend import messages as m
from graph.analysis import Analysis, NodeReport
from graph.document import MAIN, NodeKey, Port
from graph.problems import Problem
from graph.specs import TensorSpec
from gui import actions
from gui.canvas import CanvasView
from gui.canvas.adding import MIME

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
SIZE = (1200, 800)
ANY_REVISION = 10**9


class Stage(QMainWindow):
    """A window with nothing but a canvas and the actions that concern it."""

    drawing = True

    def __init__(self, session: PlayedSession) -> None:
        super().__init__()
        self.session = session
        self.canvas = CanvasView(session)
        self.setCentralWidget(self.canvas)
        for action in actions.ACTIONS:
            if action.scope == "canvas" or action.name in ("undo", "redo"):
                made = actions.make(action, cast(Any, self))
                made.setEnabled(True)
                (self.canvas if action.scope == "canvas" else self).addAction(made)


class Hands:
    """What a person can do to a canvas, at 100 % unless told otherwise, and what one looks at afterwards."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.view = stage.canvas
        self.session = stage.session

    @property
    def document(self) -> Any:
        return self.session.document

    # -- where things are --------------------------------------------------------------------------------------------

    def at(self, x: float, y: float) -> QPoint:
        """A point of the scene in pixels of the viewport."""
        return self.view.viewportTransform().map(QPointF(x, y)).toPoint()

    def title(self, node: str) -> QPoint:
        box = self.view.canvas.nodes[NodeKey(self.session.network, node)].box
        return self.at(box.x + 60, box.y + 15)

    def input(self, node: str, port: str) -> QPoint:
        return self.at(*self.view.canvas.nodes[NodeKey(self.session.network, node)].input_spot(port))

    def output(self, node: str, port: str) -> QPoint:
        return self.at(*self.view.canvas.nodes[NodeKey(self.session.network, node)].output_spot(port))

    def wire(self, node: str, port: str) -> QPoint:
        """The middle of the wire into a port."""
        start, *_, end = self.view.canvas.wires[Port(self.session.network, node, port)].curve
        return self.at((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)

    # -- the mouse ---------------------------------------------------------------------------------------------------

    def press(self, spot: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.view.viewport(), button, keys, spot)

    def move(self, spot: QPoint) -> None:
        QTest.mouseMove(self.view.viewport(), spot + QPoint(1, 0))  # a move to where it is already would be no event
        QTest.mouseMove(self.view.viewport(), spot)

    def release(self, spot: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseRelease(self.view.viewport(), button, keys, spot)

    def click(self, spot: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.view.viewport(), LEFT, keys, spot)

    def double_click(self, spot: QPoint) -> None:
        QTest.mouseDClick(self.view.viewport(), LEFT, NONE, spot)

    def hold(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT,
             keys: Qt.KeyboardModifier = NONE) -> None:  # fmt: skip
        """Press, and drag in three moves, without letting go."""
        self.move(start)
        self.press(start, button, keys)
        for share in (0.3, 0.7, 1.0):
            self.move((QPointF(start) + QPointF(end - start) * share).toPoint())

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT,
             keys: Qt.KeyboardModifier = NONE) -> None:  # fmt: skip
        self.hold(start, end, button, keys)
        self.release(end, button, keys)

    def wheel(self, spot: QPoint, turned: int) -> None:
        event = QWheelEvent(QPointF(spot), self.view.viewport().mapToGlobal(QPointF(spot)), QPoint(), QPoint(0, turned),
                            Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(self.view.viewport(), event)

    def carry(self, type_name: str, spot: QPoint, *, drop: bool = True) -> None:
        """Drag a node type from the library over the canvas, and let go or leave again."""
        mime = QMimeData()
        mime.setData(MIME, type_name.encode())
        self.carry_mime(mime, spot, drop=drop)

    def carry_mime(self, mime: QMimeData, spot: QPoint, *, drop: bool = True) -> bool:
        """Whether the canvas wanted it."""
        copy = Qt.DropAction.CopyAction
        entering = QDragEnterEvent(spot - QPoint(9, 9), copy, mime, LEFT, NONE)
        QApplication.sendEvent(self.view.viewport(), entering)
        QApplication.sendEvent(self.view.viewport(), QDragMoveEvent(spot, copy, mime, LEFT, NONE))
        last = QDropEvent(QPointF(spot), copy, mime, LEFT, NONE) if drop else QDragLeaveEvent()
        QApplication.sendEvent(self.view.viewport(), last)
        return entering.isAccepted()

    # -- the keyboard ------------------------------------------------------------------------------------------------

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press a key where the keyboard is."""
        QTest.keyClick(QApplication.focusWidget() or self.view, key, keys)

    def write(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)

    def add(self, query: str, spot: QPoint) -> str:
        """Search for a node at a point and take the first found; returns its id."""
        before = set(self.document.nodes)
        self.move(spot)
        self.key(Qt.Key.Key_Tab)
        self.write(query)
        self.key(Qt.Key.Key_Return)
        (added,) = set(self.document.nodes) - before
        return str(added.node)

    # -- the other side ----------------------------------------------------------------------------------------------

    def know(self, specs: Mapping[str, Mapping[str, TensorSpec]], *problems: Problem,
             parameters: Mapping[str, int] | None = None) -> None:  # fmt: skip
        """Let the analyst say what flows out of the nodes, and what is wrong."""
        counts = parameters or {}
        nodes = {NodeKey(MAIN, name): NodeReport(dict(out), counts.get(name, 0)) for name, out in specs.items()}
        analysis = Analysis(nodes, problems, sum(counts.values()))
        self.session.hear_analyst(m.Analysed(ANY_REVISION, analysis, ""))

    def build(self, nodes: Mapping[str, tuple[str, float, float]], wires: Mapping[str, str] | None = None) -> None:
        """Put nodes and wires in the document, ``{"a": ("relu", 0, 0)}`` and ``{"b.x": "a.output"}``."""
        with self.document.edit("Build"):
            for name, (type_name, x, y) in nodes.items():
                self.document.add_node(type_name, x, y, id=name)
            for target, source in (wires or {}).items():
                self.document.connect(port(source), port(target))
        QApplication.processEvents()

    def wires(self) -> dict[str, str]:
        """The wires of the document, as ``build`` takes them."""
        return {f"{t.node}.{t.port}": f"{w.node}.{w.port}" for t, w in self.document.wires.items()}

    def types(self) -> list[str]:
        return sorted(node.type for node in self.document.nodes.values())

    def agrees(self) -> bool:
        """Whether the canvas shows exactly what the document holds, where it holds it."""
        return not self.disagreement()

    def disagreement(self) -> str:
        """In what canvas and document differ; nothing where they agree."""
        canvas, document = self.view.canvas, self.document
        nodes, wires = ({key for key in table if key.network == self.session.network}
                        for table in (document.nodes, document.wires))  # fmt: skip
        if canvas.network != self.session.network:
            return f"the canvas shows {canvas.network}, the session {self.session.network}"
        if canvas.nodes.keys() != nodes or canvas.wires.keys() != wires:
            return f"other nodes {canvas.nodes.keys() ^ nodes} or wires {canvas.wires.keys() ^ wires}"
        shown = {key for key, item in canvas.nodes.items() if item.mood.selected}
        if shown != self.session.selection:
            return f"selected are {self.session.selection}, shown as such {shown}"
        for key, item in canvas.nodes.items():
            node = document.nodes[key]
            if (item.x(), item.y()) != (node.x, node.y):
                return f"{key} stands at {item.x(), item.y()}, and should at {node.x, node.y}"
        for comment, frame in canvas.comments.items():
            told = document.comments[comment]
            if frame.box != (told.x, told.y, told.width, told.height):
                return f"the frame {comment} is {frame.box}, and should be {told}"
        return next(filter(None, (self._odd_wire(target) for target in canvas.wires)), "")

    def _odd_wire(self, target: Port) -> str:
        canvas, item, wire = self.view.canvas, self.view.canvas.wires[target], self.document.wires[target]
        source = canvas.source_of(target)
        if source[1:] != (wire.node, wire.port):
            return f"the wire into {target} begins at {source}, and should at {wire}"
        ends = (item.chord.p1().toTuple(), item.chord.p2().toTuple())
        should = (
            canvas.nodes[source.owner].output_spot(source.port),
            canvas.nodes[target.owner].input_spot(target.port),
        )
        return "" if ends == should else f"the wire into {target} ends at {ends}, and should at {should}"


def key(node: str) -> NodeKey:
    return NodeKey(MAIN, node)


def port(text: str) -> Port:
    """``conv2d_1.x`` as a port."""
    node, _, name = text.partition(".")
    return Port(MAIN, node, name)


def leave(hands: Hands) -> None:
    """The mouse leaves the canvas."""
    QApplication.sendEvent(hands.view.viewport(), QEvent(QEvent.Type.Leave))

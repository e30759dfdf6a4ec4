"""The scene: it mirrors a network of the document through its changes, and owns nothing of it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from graph.analysis import NodeReport
from graph.document import Change, NodeKey, Port, Wire
from graph.networks import original, params_of, placed
from graph.problems import Problem
from graph.sharing import sharers
from graph.specs import TensorSpec
from graph.wiring import closes_a_loop
from gui import theme
from gui.canvas.detours import Obstacles
from gui.canvas.face import Face, Kind, face_of
from gui.canvas.geometry import LONG, Box, Spot, bounds, floor_below
from gui.canvas.items import CommentItem, NodeItem, Weight, WireItem
from gui.canvas.painting import Mood
from gui.canvas.pictures import Pictures
from gui.session import Session

MOST_PASSED = 100  # nodes changed at once, beyond which only their own wires are led anew


class CanvasScene(QGraphicsScene):
    """Items for the nodes, wires and comments of one network.

    ``nodes`` and ``wires`` find the item of a key. A node's picture is painted when it comes in sight.
    """

    altered = Signal()  # something looks different now

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self.session = session
        self.network = session.network  # as mirrored; the session may be a step ahead
        self.nodes: dict[NodeKey, NodeItem] = {}
        self.wires: dict[Port, WireItem] = {}
        self.comments: dict[NodeKey, CommentItem] = {}
        self.specs: Mapping[Port, TensorSpec] = {}
        self.problems: dict[NodeKey, tuple[Problem, ...]] = {}
        self.pictures = Pictures(self)
        self._reports: Mapping[NodeKey, NodeReport] = {}
        self._incoming: dict[NodeKey, dict[str, Wire]] = {}
        self._outgoing: dict[NodeKey, set[Port]] = {}
        self._selected: frozenset[NodeKey] = frozenset()
        self._kin: frozenset[NodeKey] = frozenset()
        self._obstacles: Obstacles | None = None  # what wires arch around, listed when first needed
        self._weight = Weight.PAIR
        self._unweighed: list[WireItem] = []
        session.changed.connect(self.apply)
        session.document_replaced.connect(self.rebuild)
        session.place_changed.connect(self.rebuild)
        session.analysed.connect(self.take_analysis)
        session.selection_changed.connect(self.show_selection)
        theme.signals.changed.connect(self.dress)
        self.rebuild()

    # -- mirroring ---------------------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Mirror the network that is shown now from scratch."""
        self.empty()
        self.network = self.session.network
        document = self.session.document
        self.take_analysis()
        self.apply(
            [Change("comments", key, None, comment) for key, comment in document.comments.items()]
            + [Change("nodes", key, None, node) for key, node in document.nodes.items()]
            + [Change("wires", key, None, wire) for key, wire in document.wires.items()]
        )
        self.setSceneRect(self.itemsBoundingRect())
        self.show_selection()

    def empty(self) -> None:
        """Drop every item."""
        for held in (self.nodes, self.wires, self.comments, self._incoming, self._outgoing, self.pictures,
                     self._unweighed):  # fmt: skip
            held.clear()
        self._selected = self._kin = frozenset()
        self.clear()

    def apply(self, changes: Sequence[Change]) -> None:
        """Follow a transaction."""
        touched: set[NodeKey] = set()
        wires: set[Port] = set()
        for change in changes:
            if change.table in ("nodes", "wires", "comments") and change.key.network == self.network:
                if change.table == "nodes":
                    touched.add(change.key)
                elif change.table == "wires":
                    wires.add(change.key)
                else:
                    self._mirror_comment(change.key)
        for target in wires:
            touched |= self._index(target)
        touched |= self._depending(changes, touched)
        before = self._boxes(touched)
        moved = {key for key in touched if self._mirror_node(key)}
        for key in moved:
            wires |= self.wires_at(key)
        for target in wires | (self._passing([*before, *self._boxes(moved)]) if moved else set()):
            self._mirror_wire(target)
        if touched or wires or any(change.table == "comments" for change in changes):
            self.altered.emit()

    def take_analysis(self) -> None:
        """Show what has been inferred; only what is news is touched."""
        analysis = self.session.analysis
        before, problems_before = self._reports, self.problems
        self._reports = self.session.place.known(analysis.nodes) if analysis else {}
        self.specs = {Port(*k, name): spec for k, report in self._reports.items()
                      for name, spec in report.outputs.items()}  # fmt: skip
        self.problems = _by_owner(analysis.problems if analysis else ())
        news = {key for key in self.nodes if self._reports.get(key) != before.get(key)}
        wires = {target for key in news for target in self._outgoing.get(key, ())}
        news |= {key for key in self.nodes if self.problems.get(key) != problems_before.get(key)}
        for key in news | {target.owner for target in wires}:
            if self._mirror_node(key):
                wires |= self.wires_at(key)
        for target in wires:
            self._mirror_wire(target)
        if news:
            self.altered.emit()

    def show_selection(self) -> None:
        chosen = self.session.selection
        for key in chosen ^ self._selected:
            if item := self.nodes.get(key):
                self._feel(item, item.mood._replace(selected=key in chosen))
        self._selected = chosen
        self.altered.emit()

    def dress(self) -> None:
        """Take the colours of the theme in force."""
        self.pictures.forget()
        for wire in self.wires.values():
            wire.dress()
        for comment in self.comments.values():
            comment.dress()
        self.altered.emit()

    # -- questions ---------------------------------------------------------------------------------------------------

    def wires_at(self, key: NodeKey) -> set[Port]:
        """Every wire that touches a node, by its target."""
        return {Port(*key, port) for port in self._incoming.get(key, ())} | self._outgoing.get(key, set())

    def source_of(self, target: Port) -> Port:
        wire = self._incoming[target.owner][target.port]
        return Port(target.network, wire.node, wire.port)

    def spec_of(self, target: Port) -> TensorSpec | None:
        """What flows through the wire into ``target``, as far as known."""
        return self.specs.get(self.source_of(target))

    def nodes_in(self, area: QRectF) -> Iterator[NodeItem]:
        return (item for item in self.items(area) if isinstance(item, NodeItem))

    # -- looks -------------------------------------------------------------------------------------------------------

    def hover(self, key: NodeKey | None, on: bool) -> None:
        if key is not None and (item := self.nodes.get(key)):
            self._feel(item, item.mood._replace(hovered=on))
            self._light_kin(sharers(self.session.document, key) - {key} if on else ())

    def light(self, ports: Mapping[NodeKey, frozenset[str]] | None) -> None:
        """Light these ports ("in x", "out features") and fade the nodes without any; None ends it."""
        for key, item in self.nodes.items():
            lit = None if ports is None else ports.get(key, frozenset())
            self._feel(item, item.mood._replace(lit=lit))

    def mark(self, target: Port, on: bool) -> None:
        """Have a wire stand out."""
        if item := self.wires.get(target):
            item.mark(on)

    def shift(self, spots: Mapping[NodeKey, Spot]) -> None:
        """Show nodes elsewhere while they are being dragged; the document knows nothing of it yet."""
        wires: set[Port] = set()
        for key, spot in spots.items():
            if item := self.nodes.get(key):
                item.setPos(*spot)
                wires |= self.wires_at(key)
        for target in wires:
            self._lead(target, anew=False)

    def restore(self, keys: Iterable[NodeKey]) -> None:
        """Show nodes where the document has them."""
        nodes = self.session.document.nodes
        self.shift({key: (nodes[key].x, nodes[key].y) for key in keys if key in nodes})

    def restore_comments(self) -> None:
        """Show comments where the document has them."""
        for item in self.comments.values():
            item.show_comment(item.comment)

    def weigh(self, scale: float, area: QRectF, seconds: float) -> bool:
        """Draw the wires as they look best at a scale, those in an area first; False if the time was too short."""
        if self._weight is not (weight := Weight.at(scale)):
            self._weight = weight
            self._unweighed = [*self.wires.values(), *(i for i in self.items(area) if isinstance(i, WireItem))]
        end = time.perf_counter() + seconds
        while self._unweighed and time.perf_counter() < end:
            self._unweighed.pop().weigh(self._weight)
        return not self._unweighed

    # -- inside ------------------------------------------------------------------------------------------------------

    def _light_kin(self, kin: Collection[NodeKey]) -> None:
        """Have the nodes stand out that share the weights of the hovered one."""
        lit = frozenset(kin)
        for key in lit ^ self._kin:
            if item := self.nodes.get(key):
                self._feel(item, item.mood._replace(kin=key in lit))
        self._kin = lit

    def _depending(self, changes: Sequence[Change], touched: Collection[NodeKey]) -> set[NodeKey]:
        """The nodes that look different because others changed: linked ones, and those that place what changed."""
        document = self.session.document
        found = {key for key in self.nodes if (node := document.nodes.get(key)) and node.link
                 and original(document, key) in touched} if touched else set()  # fmt: skip
        drawn = [change for change in changes if change.table in ("networks", "nodes", "wires")]
        if any(change.table == "networks" or change.key.network != self.network for change in drawn):
            found |= {key for key in self.nodes if (node := document.nodes.get(key)) and placed(node.type)}
        return found

    def _feel(self, item: NodeItem, mood: Mood) -> None:
        if item.set_mood(mood):
            self.pictures.soil([item])

    def _index(self, target: Port) -> set[NodeKey]:
        """Note which wire ends at an input now; returns the nodes that this concerns."""
        new = self.session.document.wires.get(target)
        inputs = self._incoming.setdefault(target.owner, {})
        old = inputs.pop(target.port, None)
        concerned = {target.owner}
        if old is not None:
            self._outgoing.get(NodeKey(target.network, old.node), set()).discard(target)
            concerned.add(NodeKey(target.network, old.node))
        if new is not None:
            inputs[target.port] = new
            self._outgoing.setdefault(NodeKey(target.network, new.node), set()).add(target)
            concerned.add(NodeKey(target.network, new.node))
        return concerned

    def _mirror_node(self, key: NodeKey) -> bool:
        """Add, change or remove a node's item; whether its wires have to follow."""
        node, item = self.session.document.nodes.get(key), self.nodes.get(key)
        if node is None:
            if item is not None:
                self._drop(item)
            return True
        face = self._face(key)
        if item is None:
            item = self.nodes[key] = NodeItem(key, face)
            item.setPos(node.x, node.y)
            self.addItem(item)
            self.pictures.soil([item])
            return True
        reshaped = item.set_face(face)
        if item.stale:
            self.pictures.soil([item])
        if moved := (item.x(), item.y()) != (node.x, node.y):
            item.setPos(node.x, node.y)
        return reshaped or moved

    def _drop(self, item: NodeItem) -> None:
        del self.nodes[item.key]
        self.pictures.drop(item)
        self.removeItem(item)

    def _face(self, key: NodeKey) -> Face:
        wired = self._incoming.get(key, {})
        used = {self.source_of(target).port for target in self._outgoing.get(key, ())}
        sources = ((port, self.specs.get(Port(key.network, wire.node, wire.port))) for port, wire in wired.items())
        arriving = {port: spec.meaning for port, spec in sources if spec}
        document = self.session.document
        node = document.nodes[key]
        if node.link:
            node = msgspec.structs.replace(node, params=params_of(document, key))
        return face_of(key.node, node, wired, used, self._reports.get(key), arriving, self.problems.get(key, ()),
                       Kind.of(document, key))  # fmt: skip

    def _mirror_wire(self, target: Port) -> None:
        wire = self.session.document.wires.get(target)
        ends = wire is not None and NodeKey(target.network, wire.node) in self.nodes and target.owner in self.nodes
        if not ends:
            if item := self.wires.pop(target, None):
                self.removeItem(item)
            return
        if target not in self.wires:
            self.wires[target] = WireItem(target, self._weight)
            self.addItem(self.wires[target])
        self._lead(target)

    def _lead(self, target: Port, anew: bool = True) -> None:
        """Run a wire from port to port; ``anew`` says that more than their places may have changed."""
        item = self.wires.get(target)
        if item is not None:
            source = self.source_of(target)
            giver = self.nodes[source.owner]
            start, end = giver.output_spot(source.port), self.nodes[target.owner].input_spot(target.port)
            if anew or end[0] < start[0]:
                item.lead(start, end, self._level(target, start, end))
            else:
                item.follow(start, end)
            if anew:
                item.mean(giver.output_meaning(source.port))

    def _level(self, target: Port, start: Spot, end: Spot) -> float | None:
        """The height along which a wire passes nodes on its way; None for one that runs as it likes."""
        if end[0] < start[0]:
            back = closes_a_loop(self.session.document, target)
            return floor_below(start, end, (node.box for node in self.nodes.values())) if back else None
        if end[0] - start[0] < LONG:
            return None
        if self._obstacles is None:
            self._obstacles = Obstacles(node.box for node in self.nodes.values())
        return self._obstacles.level(start, end)

    def _boxes(self, keys: Collection[NodeKey]) -> list[Box]:
        """Where some nodes stand; nothing of many."""
        few = keys if len(keys) <= MOST_PASSED else ()
        return [self.nodes[key].box for key in few if key in self.nodes]

    def _passing(self, boxes: Collection[Box]) -> set[Port]:
        """The long wires that pass where nodes changed, and may have to take another way now."""
        self._obstacles = None
        around = bounds(boxes)
        if around is None:
            return set()
        area = QRectF(*around).adjusted(-LONG, -LONG, LONG, LONG)
        return {item.target for item in self.items(area) if isinstance(item, WireItem) and item.long}

    def _mirror_comment(self, key: NodeKey) -> None:
        comment, item = self.session.document.comments.get(key), self.comments.get(key)
        if comment is None:
            if item is not None:
                self.removeItem(self.comments.pop(key))
        elif item is None:
            self.comments[key] = CommentItem(comment)
            self.addItem(self.comments[key])
        else:
            item.show_comment(comment)


def _by_owner(problems: Sequence[Problem]) -> dict[NodeKey, tuple[Problem, ...]]:
    found: dict[NodeKey, tuple[Problem, ...]] = {}
    for problem in problems:
        if problem.node:
            found[problem.owner] = (*found.get(problem.owner, ()), problem)
    return found

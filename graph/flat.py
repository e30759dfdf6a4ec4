"""A document with its networks taken apart: one canvas whose node ids are paths, such as ``generator_1.conv_2``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from graph.bypass import is_left_out, stand_in
from graph.document import MAIN, Document, Node, NodeKey, Port, Wire
from graph.networks import (
    DELAY,
    INPUT,
    OUTPUT,
    REROUTE,
    ends,
    holds_itself,
    inside,
    is_recurrence,
    original,
    placed,
    port_inside,
    promoted,
    type_of,
    types_of,
    whole,
)

Keep = Callable[[str], bool]
FROZEN = ("nothing", "biases", "everything")  # from what learns most to what learns least


@dataclass
class Flat:
    """A document as compiled: everything that computes stands in the network ``main`` of ``document``.

    origins: for the nodes of placed networks, where they are drawn
    links: the nodes that use the weights of another one, and which
    copies: paths of nodes whose weights begin as those of another path
    passing: for inputs and outputs of placed networks, and for the outputs of placing, muted and rerouting nodes, the
      port whose value passes there, or None where nothing is wired
    holders: every placing node, by its path, and where it is drawn
    cells: what a recurrence computes at one step, or a network that is kept; its node in ``document`` stays whole
    """

    document: Document
    origins: dict[NodeKey, NodeKey] = field(default_factory=dict)
    links: dict[NodeKey, NodeKey] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    passing: dict[Port, Port | None] = field(default_factory=dict)
    holders: dict[NodeKey, NodeKey] = field(default_factory=dict)
    cells: dict[NodeKey, Cell] = field(default_factory=dict)

    def origin(self, key: NodeKey) -> NodeKey:
        """Where a node is drawn."""
        return self.origins.get(key, key)

    def cell_of(self, node: str) -> NodeKey | None:
        """The recurrence that a path leads into."""
        return next((key for key in self.cells if node.startswith(f"{key.node}.")), None)

    def holds(self, key: NodeKey) -> bool:
        """Whether a node computes here, or at every step of a recurrence."""
        holder = self.cell_of(key.node)
        return key in self.document.nodes if holder is None else self.cells[holder].flat.holds(within(holder, key))

    def passing_outputs(self, node: str) -> list[str]:
        """The outputs of a node, by its path, that have the value of other ports."""
        holder = self.cell_of(node)
        if holder is not None:
            return self.cells[holder].flat.passing_outputs(within(holder, NodeKey(MAIN, node)).node)
        return [port.port for port in self.passing if port.node == node]

    def stands_for(self, port: Port) -> Port | None:
        """The port whose value a drawn one has: itself, or where what passes there comes from; None without a wire.

        Inside a recurrence, whose path begins with that of its node, inputs have the values that are wired to the node.
        """
        holder = self.cell_of(port.node)
        if holder is None:
            return self.passing.get(port, port)
        cell = self.cells[holder]
        inner = cell.flat.stands_for(Port(*within(holder, port.owner), port.port))
        if inner is not None and inner.node in (*cell.steps, *cell.wholes):
            wire = self.document.wires[Port(*holder, inner.node)]
            return Port(MAIN, wire.node, wire.port)
        return Port(*behind(holder, inner.owner), inner.port) if inner else None


@dataclass(frozen=True)
class Cell:
    """One step of a recurrence, or a network that is kept. Its inputs and delays are the sources of ``flat``.

    steps: the inputs that bring one step of a sequence
    wholes: the inputs that bring the same at every step
    nexts: what each delay gives at the next step
    starts: what a delay gives at the first step, where something is wired
    outputs: the ports that are results, by name, and whether all their steps are or the last alone
    """

    flat: Flat
    steps: tuple[str, ...]
    wholes: tuple[str, ...]
    nexts: dict[NodeKey, Port | None]
    starts: dict[NodeKey, Port]
    outputs: dict[str, tuple[Port | None, bool]]


def within(holder: NodeKey, key: NodeKey) -> NodeKey:
    """A node by its path from a recurrence on, as its cell knows it."""
    return NodeKey(MAIN, key.node.removeprefix(f"{holder.node}."))


def behind(holder: NodeKey, key: NodeKey) -> NodeKey:
    """A node of the cell of a recurrence by its whole path."""
    return NodeKey(MAIN, f"{holder.node}.{key.node}")


def flat_of(document: Document) -> Flat:
    """The flat form of a document, kept until it changes; that of a flat one is itself."""
    found: Flat = document.derived("flat", flatten)
    return found


def flatten(document: Document, keep: Keep = lambda network: False) -> Flat:
    """Take a document apart. Networks that ``keep`` names, and recurrences, stay whole nodes."""
    simple = not any(
        placed(node.type) or node.link or node.copy_of or node.muted or node.type == REROUTE
        for node in document.nodes.values()
    )
    if simple and len(document.networks) == 1:
        return Flat(document)
    return _Flattening(document, _Place(MAIN, "", "", None, None, {}), keep).result()


@dataclass(frozen=True, eq=False)
class _Place:
    """One network where it is placed. ``path`` ends in a dot; ``shared`` is the path that has its weights."""

    network: str
    path: str
    shared: str
    above: _Place | None
    holder: NodeKey | None
    values: Mapping[tuple[NodeKey, str], Any]
    frozen: str = "nothing"
    rate: float = 1.0


class _Flattening:
    """Takes one network apart, and those placed in it."""

    def __init__(self, document: Document, top: _Place, keep: Keep, wired: frozenset[str] | None = None) -> None:
        self._drawn = document
        self._keep = keep
        self._wired = wired  # the inputs of a cell that something is wired to; None for a whole document
        self._inputs = document.derived("inputs", Document.inputs_by_node)
        self._left_out: frozenset[NodeKey] = document.derived("left out", _left_out)
        self._below: dict[tuple[_Place, NodeKey], _Place] = {}
        emptied = {"networks": {MAIN: document.networks[top.network]}, "nodes": {}, "wires": {}, "comments": {}}
        tables = {**document.snapshot(), **emptied}
        self._flat = Flat(Document.of(tables))
        self._top = top
        self._places = [top]

    def result(self) -> Flat:
        self._place(self._top)
        self._wire()
        flat, types = self._flat, types_of(self._drawn)
        flat.document.derived("types", lambda _: {name: each for name, each in types.items() if placed(name)})
        flat.document.derived("flat", lambda _: flat)
        return flat

    # -- nodes -------------------------------------------------------------------------------------------------------

    def _place(self, place: _Place) -> None:
        for key, node in inside(self._drawn, place.network).items():
            if self._stays(place, key, node):
                self._put(place, key, node)

    def _stays(self, place: _Place, key: NodeKey, node: Node) -> bool:
        """Whether a node is more than an end of its network, or muted. The inputs of a cell are its sources."""
        if key in self._left_out:
            return False
        if place is not self._top:
            return node.type not in (INPUT, OUTPUT)
        if self._wired is None:
            return True
        return node.type != OUTPUT and not (node.type == INPUT and key.node not in self._wired)

    def _put(self, place: _Place, key: NodeKey, node: Node) -> None:
        drawn, first, name = self._drawn, original(self._drawn, key), placed(node.type)
        here = NodeKey(MAIN, place.path + key.node)
        params = {**drawn.nodes[first].params, **self._promoted(place, first)}
        if first != key or place.shared != place.path:
            self._flat.links[here] = NodeKey(MAIN, place.shared + first.node)
        model = NodeKey(key.network, node.copy_of)
        if model in drawn.nodes and model not in self._left_out:
            self._flat.copies[here.node] = place.path + node.copy_of
        if here != key:
            self._flat.origins[here] = key
        if name in drawn.networks and holds_itself(drawn, name):
            return
        if name in drawn.networks and not is_recurrence(drawn, name) and not self._keep(name):
            self._enter(place, key, first, name, params)
            return
        params |= self._inherited(place, node, params)
        self._flat.document.nodes[here] = msgspec.structs.replace(node, params=params, link="", copy_of="")
        if name in drawn.networks:
            self._flat.cells[here] = self._cell(key, name, params)

    def _enter(self, place: _Place, key: NodeKey, first: NodeKey, name: str, params: Mapping[str, Any]) -> None:
        """Take apart the network that a node places."""
        below = _Place(
            name, f"{place.path}{key.node}.", f"{place.shared}{first.node}.", place, key,
            self._values(name, params), *weights_of(params, place.frozen, place.rate),
        )  # fmt: skip
        self._below[place, key] = below
        self._places.append(below)
        self._flat.holders[NodeKey(MAIN, place.path + key.node)] = key
        self._place(below)

    def _promoted(self, place: _Place, key: NodeKey) -> dict[str, Any]:
        return {name: value for (node, name), value in place.values.items() if node == key}

    def _values(self, network: str, params: Mapping[str, Any]) -> dict[tuple[NodeKey, str], Any]:
        """What the parameters of a placing node set inside."""
        known = promoted(self._drawn, network)
        return {at: value for name, value in params.items() for at in known.get(name, ())}

    def _inherited(self, place: _Place, node: Node, params: Mapping[str, Any]) -> dict[str, Any]:
        """What the placing nodes around say of the weights of a node."""
        node_type = types_of(self._drawn).get(node.type)
        if node_type is None or not node_type.parameter("frozen"):
            return {}
        frozen, rate = weights_of(params, place.frozen, place.rate)
        return {"frozen": frozen, "rate_factor": rate} if (frozen, rate) != ("nothing", 1.0) else {}

    def _cell(self, key: NodeKey, name: str, params: Mapping[str, Any]) -> Cell:
        drawn = self._drawn
        wired = frozenset(self._inputs.get(key, ()))
        top = _Place(name, "", "", None, None, self._values(name, params), *weights_of(params))
        inner = _Flattening(drawn, top, self._keep, wired)
        flat = inner.result()
        nodes, kept = inside(drawn, name), whole(drawn, name)
        inputs = [at.node for at, node in nodes.items() if node.type == INPUT and at.node in wired]
        delays = [at for at, node in nodes.items() if node.type == DELAY]
        results = ends(drawn, name, OUTPUT)
        return Cell(
            flat,
            tuple(each for each in inputs if NodeKey(name, each) not in kept),
            tuple(each for each in inputs if NodeKey(name, each) in kept),
            {NodeKey(MAIN, at.node): inner.origin(inner._top, at, "x") for at in delays},
            {NodeKey(MAIN, at.node): start for at in delays if (start := inner.origin(inner._top, at, "initial"))},
            {at.node: (inner.origin(inner._top, at, "x"), nodes[at].params.get("steps") != "last") for at in results},
        )

    # -- wires -------------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        flat = self._flat
        for place in self._places:
            for key, node in inside(self._drawn, place.network).items():
                here = NodeKey(MAIN, place.path + key.node)
                if here in flat.document.nodes:
                    self._feed(place, key, here)
                elif key in self._left_out:
                    self._pass(place, key, here)
                elif node.type in (INPUT, OUTPUT):
                    at = self._behind(place, port_inside(key)) if node.type == INPUT else self.origin(place, key, "x")
                    flat.passing[port_inside(here)] = at
                    flat.origins[here] = key
        for (place, key), below in self._below.items():
            for name in types_of(self._drawn)[self._drawn.nodes[key].type].outputs:
                at = self.origin(below, NodeKey(below.network, name), "x")
                flat.passing[Port(MAIN, place.path + key.node, name)] = at

    def _pass(self, place: _Place, key: NodeKey, here: NodeKey) -> None:
        """Note what passes a node that is left out."""
        node_type = type_of(self._drawn, key)
        for name in node_type.outputs if node_type else ():
            self._flat.passing[Port(*here, name)] = self._behind(place, Port(*key, name))
        self._flat.origins[here] = key

    def _feed(self, place: _Place, key: NodeKey, here: NodeKey) -> None:
        if self._drawn.nodes[key].type == DELAY and self._wired is not None and place is self._top:
            return  # what a delay reads belongs to the next step
        for name, port in self._inputs.get(key, {}).items():
            if found := self._behind(place, port):
                self._flat.document.wires[Port(*here, name)] = Wire(found.node, found.port)

    def origin(self, place: _Place, key: NodeKey, name: str) -> Port | None:
        """The flat port whose value reaches an input of a drawn node."""
        port = self._inputs.get(key, {}).get(name)
        return self._behind(place, port) if port else None

    def _behind(self, place: _Place, port: Port) -> Port | None:
        """The flat port that a drawn output passes on; None where nothing is wired to it."""
        seen: set[tuple[_Place, Port]] = set()
        at: tuple[_Place, Port] | None = (place, port)
        while at and at not in seen:
            seen.add(at)
            place, port = at
            node = self._drawn.nodes.get(port.owner)
            if node is None:
                return None
            if port.owner in self._left_out:
                wired = self._inputs.get(port.owner, {})
                at = self._wired_to(place, port.owner, stand_in(type_of(self._drawn, port.owner), port.port, wired))
            elif below := self._below.get((place, port.owner)):
                at = self._wired_to(below, NodeKey(below.network, port.port), "x")
            elif node.type == INPUT and place.above and place.holder:
                at = self._wired_to(place.above, place.holder, port.node)
            elif place is self._top and node.type == INPUT and self._wired is not None and port.node not in self._wired:
                return None
            else:
                return Port(MAIN, place.path + port.node, port.port)
        return None

    def _wired_to(self, place: _Place, key: NodeKey, name: str) -> tuple[_Place, Port] | None:
        found = self._inputs.get(key, {}).get(name)
        return (place, found) if found else None


def _left_out(document: Document) -> frozenset[NodeKey]:
    return frozenset(key for key in document.nodes if is_left_out(document, key))


def weights_of(params: Mapping[str, Any], frozen: str = "nothing", rate: float = 1.0) -> tuple[str, float]:
    """What does not learn and how fast the rest does, where the nodes around have a say too."""
    own = str(params.get("frozen", "nothing"))
    stricter = max(frozen, own, key=lambda each: FROZEN.index(each) if each in FROZEN else 0)
    return stricter, rate * float(params.get("rate_factor", 1.0))


def paths_of(document: Document, key: NodeKey) -> Iterator[NodeKey]:
    """Where a drawn node stands in the flat form: once for every way in which its network is placed."""
    flat = flat_of(document)
    if key.network == MAIN:
        yield key
    yield from (path for path, drawn in flat.origins.items() if drawn == key)

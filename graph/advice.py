"""What well-known mistakes are found by: a design with its specs, ways to follow a value back, and common mends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.catalogue import NodeType
from graph.document import Change, Document, Node, NodeKey, Port, Wire
from graph.findings import changed
from graph.flat import Flat
from graph.layers import CATALOGUE
from graph.networks import original
from graph.problems import Fix, Problem
from graph.specs import TensorSpec
from graph.wiring import may_connect
from graph.wording import Worded

KEEPING = frozenset({"flatten", "reshape", "unflatten", "permute", "squeeze", "unsqueeze", "identity"})


@dataclass(frozen=True)
class Reading:
    """A design as it computes, with every placed network spread out, and what is known of its values.

    Nodes are those of the flat document; ``finding`` reports where they are drawn.
    """

    document: Document
    flat: Flat
    specs: Mapping[Port, TensorSpec]
    inputs: Mapping[NodeKey, Mapping[str, Port]]
    users: Mapping[Port, list[Port]]

    @classmethod
    def of(cls, document: Document, flat: Flat, specs: Mapping[Port, TensorSpec]) -> Reading:
        users: dict[Port, list[Port]] = {}
        for target, wire in flat.document.wires.items():
            users.setdefault(Port(target.network, wire.node, wire.port), []).append(target)
        return cls(document, flat, specs, flat.document.inputs_by_node(), users)

    def nodes(self, *types: str) -> Iterator[tuple[NodeKey, Node]]:
        """The nodes of some types."""
        return ((key, node) for key, node in self.flat.document.nodes.items() if node.type in types)

    def kind(self, *kinds: str) -> Iterator[tuple[NodeKey, Node]]:
        """The nodes of some kinds, such as "loss"."""
        for key, node in self.flat.document.nodes.items():
            if (node_type := CATALOGUE.get(node.type)) and node_type.kind in kinds:
                yield key, node

    def node(self, port: Port) -> Node:
        return self.flat.document.nodes[port.owner]

    def type(self, port: Port) -> str:
        return self.node(port).type

    def value(self, key: NodeKey, name: str) -> Any:
        """What a parameter of a node is, its default where it is not set."""
        node = self.flat.document.nodes[key]
        declared = CATALOGUE[node.type].parameter(name)
        return node.params.get(name, declared.default if declared else None)

    def arriving(self, key: NodeKey, name: str, through: Iterable[str] = KEEPING) -> Port | None:
        """Where the value at an input was computed: back over nodes that only bring it into another shape."""
        port = self.inputs.get(key, {}).get(name)
        while port is not None and port.owner in self.flat.document.nodes and self.type(port) in through:
            port = self.inputs.get(port.owner, {}).get("x")
        return port if port is not None and port.owner in self.flat.document.nodes else None

    def upstream(self, port: Port) -> set[NodeKey]:
        """Every node that a value depends on."""
        found, waiting = set[NodeKey](), [port.owner]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(other.owner for other in self.inputs.get(key, {}).values())
        return found

    def finding(self, key: NodeKey, message: str, fix: Fix | None = None, port: str = "") -> Problem:
        """A warning at the place where a node is drawn."""
        return Problem("warning", *self.flat.origin(key), port, message, fix)

    # -- mends -------------------------------------------------------------------------------------------------------

    def retyped(self, key: NodeKey, type_name: str) -> Fix:
        """Make a node another type; parameters that both have stay."""
        origin = original(self.document, self.flat.origin(key))
        node, wanted = self.document.nodes[origin], CATALOGUE[type_name]
        params = {name: value for name, value in node.params.items() if wanted.parameter(name)}
        new = changed(node, type=type_name, params=params)
        return Fix(Worded("Make it a {type}", type=wanted.title), (Change("nodes", origin, node, new),))

    def set(self, key: NodeKey, name: str, value: Any) -> Fix | None:
        """Give a parameter another value; None where the drawing takes it from outside its network."""
        origin = original(self.document, self.flat.origin(key))
        node = self.document.nodes[origin]
        shown = [place for places in self.document.networks[origin.network].promoted.values() for place in places]
        if f"{origin.node}.{name}" in shown:
            return None
        declared = _type(node).parameter(name)
        params = {other: kept for other, kept in node.params.items() if other != name}
        if declared is None or value != declared.default:
            params[name] = value
        label = Worded("Set {name} to {value}", name=name.replace("_", " "), value=_short(value))
        return Fix(label, (Change("nodes", origin, node, changed(node, params=params)),))

    def setting(self, name: str, value: Any, default: Any) -> Fix:
        """Give a setting of the training another value."""
        old = self.document.settings.get(name)
        new = None if value == default else value
        label = Worded("Set the {name} to {value}", name=name.replace("_", " "), value=value)
        return Fix(label, (Change("settings", name, old, new),))

    def taken_out(self, key: NodeKey, reader: NodeKey) -> Fix | None:
        """Let what reads a node read what the node reads; the node goes where nothing else uses it.

        Where both stand in one network only that reader changes; else the node is taken out of its own network.
        """
        document, at = self.document, self.flat.origin(key)
        node, source = document.nodes[at], document.wires.get(Port(*at, "x"))
        if source is None:
            return None
        targets = [port for port, wire in document.wires.items() if (port.network, wire.node) == (at.network, at.node)]
        origin = self.flat.origin(reader)
        mine = [port for port in targets if port.owner == origin]
        moved = mine if mine and len(mine) < len(targets) else targets
        new = Wire(source.node, source.port)
        if not moved or any(may_connect(document, Port(at.network, new.node, new.port), port) for port in moved):
            return None
        changes = [Change("wires", port, document.wires[port], new) for port in moved]
        if moved == targets:
            changes += [Change("wires", Port(*at, "x"), source, None), Change("nodes", at, node, None)]
        return Fix(Worded("Take the {node} out", node=node.title or _type(node).title), tuple(changes))


def _type(node: Node) -> NodeType:
    return CATALOGUE[node.type]


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


Mistake = Callable[[Reading], Iterable[Problem]]
Mend = Callable[[Reading, Problem], Fix | None]
MISTAKES: list[Mistake] = []
MENDS: list[Mend] = []


def mistake(find: Mistake) -> Mistake:
    """Register a function that finds one well-known mistake."""
    MISTAKES.append(find)
    return find


def mend(find: Mend) -> Mend:
    """Register a function that may know a mend for a problem which was found without one."""
    MENDS.append(find)
    return find

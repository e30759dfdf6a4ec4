"""What several rules ask of a drawing, and how they say what they find."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from graph.bypass import is_left_out
from graph.catalogue import NodeType
from graph.document import Change, Document, Node, NodeKey, Port, Value
from graph.networks import types_of
from graph.problems import Fix, Problem
from graph.wiring import neighbours


@dataclass(frozen=True)
class Drawing:
    """A document and what several rules ask of it."""

    document: Document
    wired: Mapping[NodeKey, Mapping[str, Port]]
    feeds: dict[NodeKey, list[NodeKey]]
    types: Mapping[str, NodeType]
    muted: frozenset[NodeKey]

    @classmethod
    def of(cls, document: Document) -> Drawing:
        muted = frozenset(key for key, node in document.nodes.items() if node.muted and is_left_out(document, key))
        return cls(document, document.inputs_by_node(), neighbours(document, forward=True), types_of(document), muted)

    @property
    def typed(self) -> Iterator[tuple[NodeKey, Node, NodeType]]:
        """The nodes whose type is known."""
        for key, node in self.document.nodes.items():
            if node.type in self.types:
                yield key, node, self.types[node.type]

    def of_kind(self, *kinds: str) -> list[NodeKey]:
        """The nodes of some kinds, without muted ones."""
        return [key for key, _, node_type in self.typed if node_type.kind in kinds and key not in self.muted]

    def stray(self, key: NodeKey) -> bool:
        return not self.wired[key] and key not in self.feeds

    def loose(self) -> list[Port]:
        """The outputs that nothing uses. Those of data nodes are for their data sets to name."""
        used = {Port(port.network, wire.node, wire.port) for port, wire in self.document.wires.items()}
        return [
            port
            for key, _, node_type in self.typed
            if not node_type.dynamic and node_type.kind in ("source", "layer", "loss") and key not in self.muted
            for port in (Port(*key, name) for name in node_type.outputs)
            if port not in used
        ]


def error(key: NodeKey, message: str, fix: Fix | None = None, port: str = "") -> Problem:
    return Problem("error", *key, port, message, fix)


def warning(key: NodeKey, message: str, fix: Fix | None = None) -> Problem:
    return Problem("warning", *key, "", message, fix)


def deletion(document: Document, key: NodeKey) -> Fix:
    touching = [
        Change("wires", port, wire, None) for port, wire in document.wires.items()
        if key in (port.owner, NodeKey(port.network, wire.node))
    ]  # fmt: skip
    return Fix("Delete it", (*touching, Change("nodes", key, document.nodes[key], None)))


def changed(node: Node, **fields: object) -> Node:
    return msgspec.structs.replace(node, **fields)


def nearest(name: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(name.lower(), list(known), 1, 0.7)), "")


def shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else f"“{value}”" if isinstance(value, str) else f"{value}"


def capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]

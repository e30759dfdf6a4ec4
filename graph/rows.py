"""The rows of a design's tables: frozen values, and the one primitive that changes them."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

Value = bool | int | float | str | list[Any]
MAIN = "main"
TABLES = ("about", "settings", "networks", "nodes", "wires", "comments")


class NodeKey(NamedTuple):
    """Where a node stands: the name of its network and its own id there."""

    network: str
    node: str


class Port(NamedTuple):
    """One port of one node. The nth input of a growing port ``xs`` is named ``xs.n``."""

    network: str
    node: str
    port: str

    @property
    def owner(self) -> NodeKey:
        return NodeKey(self.network, self.node)


class Node(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A node on a canvas. ``params`` holds only what differs from the declared defaults; x and y are scene pixels.

    A ``type`` that begins with “@” places the network of that name. A node with a ``link`` computes with the weights of
    the node of that id, and takes its parameters from there. One with a ``copy_of`` has weights of its own that begin
    as those of that node. A ``muted`` one is left out of what computes: what arrives at it passes on.
    ``collapsed`` ones are drawn small.
    """

    type: str
    params: dict[str, Value] = {}
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    link: str = ""
    copy_of: str = ""
    muted: bool = False
    collapsed: bool = False


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an input gets its value: the output ``port`` of ``node`` in the same network."""

    node: str
    port: str


class Network(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One canvas of the design.

    ``promoted`` maps a parameter that nodes which place this network have to the ones inside that it sets, each written
    ``node.parameter``.
    """

    title: str = ""
    promoted: dict[str, list[str]] = {}


class Comment(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A frame with a text on a canvas, in scene pixels; a ``note`` is the text without the frame."""

    text: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 300.0
    height: float = 200.0
    colour: str = ""
    note: bool = False


class Change(NamedTuple):
    """The one primitive of editing: ``table[key]`` goes from ``old`` to ``new``; None means absent."""

    table: str
    key: Any
    old: Any
    new: Any

    def reversed(self) -> Change:
        return Change(self.table, self.key, self.new, self.old)

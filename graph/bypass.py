"""Nodes that compute nothing and pass on what arrives: muted ones, and the dots that lead a wire around."""

from __future__ import annotations

from collections.abc import Collection

from graph.catalogue import NodeType
from graph.document import MAIN, Document, NodeKey, port_order
from graph.networks import DELAY, INPUT, OUTPUT, REROUTE, type_of

ENDS = ("loss", "metric", "objective", "output")  # nothing follows from them, so that muted ones are just left out


def is_left_out(document: Document, key: NodeKey) -> bool:
    """Whether a node takes no part in what computes."""
    node = document.nodes[key]
    return node.type == REROUTE or (node.muted and mute_problem(document, key) is None)


def mute_problem(document: Document, key: NodeKey) -> str | None:
    """Why a node cannot be muted, as a sentence for the user, or None where it can be."""
    node, node_type = document.nodes[key], type_of(document, key)
    if node.type == DELAY:
        return "A delay cannot be muted: without it the wires would run in a circle. Unmute it."
    if node.type == INPUT or (node.type == OUTPUT and key.network != MAIN):
        return "It is a port of its network and cannot be muted; delete it, if no wire outside needs it. Unmute it."
    if node_type is None:
        return None
    if node_type.kind == "source":
        return "Values come from it, so there is nothing that could pass in its place. Unmute it, or delete it."
    heirs = [other.node for other in document.linked_to(key) if not document.nodes[other].muted]
    if heirs:
        return f"“{heirs[0]}” computes with its weights, so it cannot be muted alone. Mute both, or unlink that one."
    return None


def stand_in(node_type: NodeType | None, output: str, wired: Collection[str]) -> str:
    """The input whose value passes in place of an output: the one at its place, for the first the first wired one.

    "" where there is none.
    """
    if node_type is None or node_type.kind in ENDS:
        return ""
    number = node_type.outputs.index(output) if output in node_type.outputs else 0
    names = [declared.name for declared in node_type.inputs]
    ranked = sorted(wired, key=lambda port: (_place(port, names), port_order(port)))
    if number == 0:
        return ranked[0] if ranked else ""
    return next((port for port in ranked if _place(port, names) == number), "")


def _place(port: str, names: list[str]) -> int:
    stem = port.partition(".")[0]
    return names.index(stem) if stem in names else len(names)

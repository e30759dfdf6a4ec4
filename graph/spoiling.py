"""Nodes that change examples for practice: which they are, which leave a target, and how one follows another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graph.catalogue import CATALOGUE, NodeType
from graph.document import Document, NodeKey, Port

FAMILIES: Final = ("augmentation", "corruption")
WHEN: Final = "when"  # the parameter of layers that change examples always, or while training alone
ALWAYS: Final = "always"


def spoils(node_type: NodeType | None) -> bool:
    """Whether nodes of a type change examples at random, or make a task of mending them."""
    return node_type is not None and (node_type.family in FAMILIES or node_type.parameter(WHEN) is not None)


def to_be_mended(node_type: NodeType, params: Mapping[str, Any]) -> bool:
    """Whether what arrives at such a node is what a network should make of what leaves it."""
    if node_type.parameter(WHEN) is not None:
        return bool(node_type.complete(params)[WHEN] == ALWAYS)
    return node_type.family == "corruption"


def chain_to(document: Document, key: NodeKey) -> list[NodeKey]:
    """The nodes that change examples one behind the other up to this one, from the first, in a flat document."""
    chain = [key]
    while (port := arriving(document, chain[0])) is not None and port.owner not in chain:
        node = document.nodes.get(port.owner)
        if node is None or not spoils(CATALOGUE.get(node.type)):
            break
        chain.insert(0, port.owner)
    return chain


def arriving(document: Document, key: NodeKey) -> Port | None:
    """What is wired to the first input of a node, None where nothing is or where it has none."""
    inputs, node_type = document.derived("inputs", Document.inputs_by_node)[key], CATALOGUE[document.nodes[key].type]
    return inputs.get(node_type.inputs[0].name) if node_type.inputs else None

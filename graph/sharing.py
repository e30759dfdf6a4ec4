"""Linked nodes: which can share their weights, which do, and how one gets weights of its own again."""

from __future__ import annotations

from graph.document import Document, NodeKey
from graph.networks import inside, original, params_of, placed, type_of


def may_share(document: Document, key: NodeKey) -> bool:
    """Whether another node could compute with the weights of this one."""
    node_type = type_of(document, key)
    return node_type is not None and (node_type.weights or bool(placed(node_type.name)))


def sharers(document: Document, key: NodeKey) -> set[NodeKey]:
    """All nodes with the weights of this one, itself included; none where it has them to itself."""
    nodes = inside(document, key.network)
    first = original(document, key)
    found = {other for other, node in nodes.items() if node.link and original(document, other) == first}
    return found | {first} if found else set()


def link(document: Document, key: NodeKey, other: NodeKey) -> None:
    """Let a node compute with the weights of another one, inside ``edit``."""
    document.change_node(key, link=original(document, other).node, params={}, copy_of="")


def unlink(document: Document, key: NodeKey) -> None:
    """Give a linked node weights of its own that begin as those it had, inside ``edit``."""
    first = original(document, key)
    if first == key:
        return
    for other in document.linked_to(key):
        document.change_node(other, link=first.node)
    document.change_node(key, link="", params=dict(params_of(document, key)), copy_of=first.node)

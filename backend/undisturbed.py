"""A design as it is used: what spoils examples for practice lets those of the user pass as they are."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from graph.document import Document, NodeKey
from graph.layers import CATALOGUE
from graph.networks import placed, promoted

WHEN, ALWAYS, PRACTICE = "when", "always", "while training"


def undisturbed(document: Document, root: nn.Module) -> Document:
    """The document with all that spoils examples doing so in training alone, and its root changed likewise."""
    for module in root.modules():
        if getattr(module, WHEN, "") == ALWAYS:
            setattr(module, WHEN, PRACTICE)
    places = list(_spoiling(document))
    if not places:
        return document
    used = Document.of(document.snapshot())
    with used.edit("Let pass"):
        for key, name in places:
            used.set_param(key, name, PRACTICE)
    return used


def _spoiling(document: Document) -> Iterator[tuple[NodeKey, str]]:
    """The parameters that say so: of nodes, and of placed networks that promote them."""
    for key, node in document.nodes.items():
        if node.type in CATALOGUE:
            node_type = CATALOGUE[node.type]
            if node_type.parameter(WHEN) and node_type.complete(node.params)[WHEN] == ALWAYS:
                yield key, WHEN
        elif network := placed(node.type):
            for name, inner in promoted(document, network).items():
                if node.params.get(name) == ALWAYS and any(param == WHEN for _, param in inner):
                    yield key, name

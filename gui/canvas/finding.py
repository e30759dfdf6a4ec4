"""Finding nodes and comments in all networks of a design by title, id or type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from graph.document import MAIN, Document, NodeKey
from graph.network_edits import title_of
from graph.networks import type_of
from gui.shell.palette import score

MOST = 200  # rows; who looks further types another letter
WHOLE = 1000  # points for a name that is exactly what was typed


class Found(NamedTuple):
    """A node that was found, as a row of a list."""

    key: NodeKey
    title: str
    family: str
    summary: str


def find(document: Document, query: str, here: str) -> list[Found]:
    """The nodes that a query means, best first; of equals those of the network ``here`` first."""
    wanted = query.lower().strip()
    scored = []
    for place, (found, names) in enumerate(_everything(document)):
        points = [WHOLE * (name.lower() == wanted) + points for name in names
                  if (points := score(wanted, name)) is not None]  # fmt: skip
        if points:
            scored.append((-max(points), found.key.network != here, place, found))
    return [found for *_, found in sorted(scored)[:MOST]]


def _everything(document: Document) -> Iterator[tuple[Found, list[str]]]:
    """Every node with all that it can be found by."""
    for key, node in document.nodes.items():
        node_type = type_of(document, key)
        kind = node_type.title if node_type else node.type
        title = node.title or (kind if node_type and node.type.startswith("@") else key.node)
        where = "Main" if key.network == MAIN else title_of(document, key.network)
        words = [kind] if title == key.node else [key.node, kind]
        row = Found(key, title, node_type.family if node_type else "", f"{' · '.join(words)} in {where}")
        yield row, [title, key.node, kind, node.type]

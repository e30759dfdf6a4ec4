"""Where one is in a design of networks within networks: the network that is shown, and the way that led into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from graph.document import MAIN, Change, Document, NodeKey, Port
from graph.network_edits import title_of
from graph.networks import inside, instances, placed

Value = TypeVar("Value")


@dataclass(frozen=True)
class Place:
    """A network, and the placing nodes that were entered to get there, the outermost first.

    The way of a network that is placed nowhere, or not to be reached from the main one, is empty.
    """

    network: str = MAIN
    way: tuple[NodeKey, ...] = ()

    @property
    def path(self) -> str:
        """What ids of nodes here begin with where every instance has a name of its own, such as ``b1.conv.``."""
        return "".join(f"{key.node}." for key in self.way)

    def known(self, found: Mapping[NodeKey, Value]) -> dict[NodeKey, Value]:
        """What is known of each node by its drawn key, with what is known of this very instance where one stands."""
        if not self.way:
            return dict(found)
        path, length = self.path, len(self.path)
        here = {NodeKey(self.network, key.node[length:]): value for key, value in found.items()
                if key.network == MAIN and key.node.startswith(path)}  # fmt: skip
        others = {key: value for key, value in found.items() if key.network != self.network}
        return {**others, **here}


def entered(document: Document, place: Place, key: NodeKey) -> Place | None:
    """The place inside a placing node; None for any other node."""
    node = document.nodes.get(key)
    network = placed(node.type) if node else ""
    if network not in document.networks or network == MAIN:
        return None
    before = place if place.network == key.network else way_to(document, key.network)
    through = (*before.way, key) if before.way or before.network == MAIN else ()
    return Place(network, through)


def left(document: Document, place: Place) -> Place:
    """The place around; the main network where there is no way."""
    return steps(document, place)[-2] if place.network != MAIN else place


def steps(document: Document, place: Place) -> list[Place]:
    """From the main network to the place, one for each network on the way."""
    found = [Place()]
    for number, key in enumerate(place.way, 1):
        network = placed(document.nodes[key].type) if key in document.nodes else place.network
        found.append(Place(network, place.way[:number]))
    return found if found[-1].network == place.network else [*found, place]


def way_to(document: Document, network: str) -> Place:
    """The shortest way from the main network to another one."""
    queue, seen = [Place()], {MAIN}
    for place in queue:
        if place.network == network:
            return place
        for key in inside(document, place.network):
            below = entered(document, place, key)
            if below and below.network not in seen:
                seen.add(below.network)
                queue.append(below)
    return Place(network)


def mended(document: Document, place: Place, changes: Sequence[Change]) -> Place:
    """The same place after changes: followed where its network was renamed, the main one where it is gone."""
    network = _renames(changes).get(place.network, place.network)
    if network not in document.networks:
        return Place()
    if network == place.network and _leads(document, place):
        return place
    way = tuple(NodeKey(_renames(changes).get(key.network, key.network), key.node) for key in place.way)
    return moved if _leads(document, moved := Place(network, way)) else way_to(document, network)


def _leads(document: Document, place: Place) -> bool:
    at = MAIN
    for key in place.way:
        if key.network != at or key not in document.nodes:
            return False
        at = placed(document.nodes[key].type)
    return at == place.network or (not place.way and place == way_to(document, place.network))


def _renames(changes: Iterable[Change]) -> dict[str, str]:
    """A network that went while another came, as renaming one does."""
    gone = [change.key for change in changes if change.table == "networks" and change.new is None]
    come = [change.key for change in changes if change.table == "networks" and change.old is None]
    return {gone[0]: come[0]} if len(gone) == len(come) == 1 else {}


def elsewhere(place: Place, changes: Iterable[Change]) -> NodeKey | None:
    """A node that changes concern, where none of them can be seen in the place."""
    seen = [change for change in changes if change.table in ("nodes", "wires")]
    keys = [change.key.owner if isinstance(change.key, Port) else change.key for change in seen]
    if not keys or any(key.network == place.network for key in keys):
        return None
    shown = [key for key, change in zip(keys, seen) if change.new is not None] or keys
    return NodeKey(*shown[0])


def found_at(document: Document, place: Place, key: NodeKey) -> tuple[Place, NodeKey] | None:
    """Where a node is drawn that is named by its key, or by its path in the main network; None for one that is not."""
    if key in document.nodes:
        return (place if place.network == key.network else way_to(document, key.network)), key
    at, (*way, last) = Place(), key.node.split(".")
    for name in way if key.network == MAIN else ():
        below = entered(document, at, NodeKey(at.network, name))
        if below is None:
            return None
        at = below
    found = NodeKey(at.network, last)
    return (at, found) if found in document.nodes else None


def words_of(document: Document, place: Place) -> str:
    """What a place is called: its network's title, and through which node where several lead there."""
    title = title_of(document, place.network)
    several = len(list(instances(document, place.network))) > 1
    return f"{title} · {place.way[-1].node}" if several and place.way else title


def reachable(document: Document) -> Iterator[str]:
    """Every network but the main one, by title."""
    return iter(sorted((name for name in document.networks if name != MAIN), key=lambda name: title_of(document, name)))

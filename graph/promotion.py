"""What a network shows outside: parameters of nodes inside, under names that nodes which place it have; in ``edit``."""

from __future__ import annotations

import msgspec

from graph.catalogue import Parameter
from graph.document import Document, NodeKey, is_identifier
from graph.network_edits import NetworkProblem
from graph.networks import PLACED, instances, type_of, types_of


def shown_as(document: Document, key: NodeKey, param: str) -> str:
    """The name under which a parameter is shown outside its network, or ""."""
    place = f"{key.node}.{param}"
    return next((name for name, places in document.networks[key.network].promoted.items() if place in places), "")


def promote(document: Document, key: NodeKey, param: str) -> str:
    """Show a parameter outside, under its own name or the next free one; returns that name."""
    if shown := shown_as(document, key, param):
        return shown
    taken = _taken(document, key.network)
    name, number = param, 1
    while name in taken:
        number += 1
        name = f"{param}_{number}"
    _write(document, key.network, {**document.networks[key.network].promoted, name: [f"{key.node}.{param}"]})
    return name


def demote(document: Document, key: NodeKey, param: str) -> None:
    """Show a parameter outside no longer. With the last of a name, what placing nodes say of it goes too."""
    place, network = f"{key.node}.{param}", document.networks[key.network]
    kept = {name: [each for each in places if each != place] for name, places in network.promoted.items()}
    for name in [name for name, places in kept.items() if not places]:
        drop(document, key.network, name)
        kept.pop(name)
    _write(document, key.network, kept)


def drop(document: Document, network: str, name: str) -> None:
    """Take away a name with all that it sets; the nodes that place the network forget what they said of it."""
    promoted = dict(document.networks[network].promoted)
    promoted.pop(name, None)
    _write(document, network, promoted)
    _follow(document, network, name, "")


def rename(document: Document, network: str, name: str, wanted: str) -> None:
    """Show what has a name under another one; under a name that is there already, both are set together.

    Raises NetworkProblem with a sentence where that name cannot be had.
    """
    promoted = document.networks[network].promoted
    if wanted == name or name not in promoted:
        return
    if not is_identifier(wanted):
        raise NetworkProblem("A name that is shown outside is a word of letters, digits and _ that begins with a "
                             f"letter; got “{wanted}”. It stays {name}.")  # fmt: skip
    if wanted in promoted:
        if not _alike(_declared(document, network, name), _declared(document, network, wanted)):
            raise NetworkProblem(
                f"“{wanted}” sets parameters of another kind: take a name of its own. It stays {name}."
            )
    elif wanted in _taken(document, network):
        raise NetworkProblem(f"Every network that is placed has a parameter “{wanted}” already. It stays {name}.")
    joined = {wanted if each == name else each: list(places) for each, places in promoted.items() if each != wanted}
    if wanted in promoted:
        joined[wanted] = list(dict.fromkeys([*promoted[wanted], *promoted[name]]))
    _write(document, network, joined)
    _follow(document, network, name, wanted)


def _write(document: Document, network: str, promoted: dict[str, list[str]]) -> None:
    document.put("networks", network, msgspec.structs.replace(document.networks[network], promoted=promoted))


def _follow(document: Document, network: str, name: str, wanted: str) -> None:
    """Let placing nodes, and what is shown further outside, follow a name that is another now, or none."""
    for key in list(instances(document, network)):
        params = dict(document.nodes[key].params)
        if name in params:
            value = params.pop(name)
            document.change_node(key, params={**({wanted: value} if wanted else {}), **params})
        if further := shown_as(document, key, name):
            if not wanted:
                demote(document, key, name)
                continue
            outer = document.networks[key.network].promoted
            places = [f"{key.node}.{wanted}" if each == f"{key.node}.{name}" else each for each in outer[further]]
            _write(document, key.network, {**outer, further: list(dict.fromkeys(places))})


def _taken(document: Document, network: str) -> set[str]:
    """The names of parameters that a node which places the network has."""
    node_type = types_of(document).get(PLACED + network)
    shown = set(document.networks[network].promoted)
    return shown | ({parameter.name for parameter in node_type.parameters} if node_type else set())


def _declared(document: Document, network: str, name: str) -> Parameter | None:
    """The declaration of what a name sets first."""
    node, _, param = document.networks[network].promoted[name][0].partition(".")
    node_type = type_of(document, NodeKey(network, node))
    return node_type.parameter(param) if node_type else None


def _alike(one: Parameter | None, other: Parameter | None) -> bool:
    return one is None or other is None or (one.type, one.choices, one.widget) == (
        other.type, other.choices, other.widget)  # fmt: skip

"""What can be wrong with networks within networks, with links and with loops."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from graph.document import MAIN, Change, NodeKey
from graph.findings import Drawing, changed, deletion, error, nearest, warning
from graph.networks import (
    DELAY,
    INPUT,
    OUTPUT,
    ends,
    holds_itself,
    inside,
    instances,
    is_recurrence,
    original,
    placed,
)
from graph.problems import Fix, Problem
from graph.wording import Worded


def unknown_networks(drawing: Drawing) -> Iterator[Problem]:
    document = drawing.document
    for key, node in document.nodes.items():
        name = placed(node.type)
        if not name:
            continue
        if name not in document.networks or name == MAIN:
            near = nearest(name, [other for other in document.networks if other != MAIN])
            other = Change("nodes", key, node, changed(node, type=f"@{near}"))
            fix = Fix(Worded("Place “{name}”", name=near), (other,)) if near else None
            yield error(key, f"The design has no network “{name}” that could be placed.", fix)
        elif holds_itself(document, name):
            yield error(key, f"The network “{name}” holds itself, which would never end: take one of its placings out.",
                        deletion(document, key))  # fmt: skip
        elif not ends(document, name, OUTPUT) and not any(
            drawing.types[inner.type].kind == "loss" for inner in inside(document, name).values()
            if inner.type in drawing.types
        ):  # fmt: skip
            yield warning(key, f"The network “{name}” gives nothing: enter it and put an Output behind what it gives.")


def ends_outside(drawing: Drawing) -> Iterator[Problem]:
    """Inputs and delays belong into networks that are placed somewhere."""
    for key, node in inside(drawing.document, MAIN).items():
        if node.type == INPUT:
            yield error(key, "An input is the port of a network inside another; here, take a data node or noise.",
                        deletion(drawing.document, key))  # fmt: skip
        elif node.type == DELAY:
            yield error(key, "A delay works in a network of its own, whose node runs it over time: select the loop and "
                        "make it a sub-network.")  # fmt: skip


def promotions(drawing: Drawing) -> Iterator[Problem]:
    document = drawing.document
    for name, network in document.networks.items():
        for outside, places in network.promoted.items():
            for place in places:
                node, _, param = place.partition(".")
                inner = document.nodes.get(NodeKey(name, node))
                node_type = drawing.types.get(inner.type) if inner else None
                if inner is None or (node_type and node_type.parameter(param) is None):
                    kept = {at: [each for each in every if each != place] for at, every in network.promoted.items()}
                    kept = {at: every for at, every in kept.items() if every}
                    less = msgspec.structs.replace(network, promoted=kept)
                    fix = Fix("No longer show it", (Change("networks", name, network, less),))
                    yield Problem("error", name, "", "", f"“{outside}” is shown outside and sets “{place}”, which is "
                                  "not there.", fix)  # fmt: skip


def links(drawing: Drawing) -> Iterator[Problem]:
    document = drawing.document
    for key, node in document.nodes.items():
        if not node.link:
            continue
        other = document.nodes.get(NodeKey(key.network, node.link))
        unlink = Fix("Unlink it", (Change("nodes", key, node, changed(node, link="")),))
        if other is None:
            yield error(key, f"It shares the weights of “{node.link}”, which is not there.", unlink)
        elif other.type != node.type:
            yield error(key, f"It shares the weights of “{node.link}”, which is of another type.", unlink)
        elif document.nodes[original(document, key)].link:
            yield error(key, "Its links lead in a circle: one node has to have the weights.", unlink)


def inside_loops(drawing: Drawing) -> Iterator[Problem]:
    """What cannot stand where a network runs step by step."""
    document = drawing.document
    for name in document.networks:
        if name == MAIN or not is_recurrence(document, name):
            continue
        for key, node in inside(document, name).items():
            node_type = drawing.types.get(node.type)
            if node_type and node_type.kind in ("loss", "metric", "objective"):
                yield error(key, f"A {node_type.title} judges whole sequences: put it behind the network that runs "
                            "over time, not inside.", deletion(document, key))  # fmt: skip
            elif node_type and node_type.kind == "source" and node.type not in (INPUT, DELAY):
                yield error(key, "A network that runs over time gets its values through its inputs: put an input here, "
                            "and wire this to it outside.", deletion(document, key))  # fmt: skip


def unused_networks(drawing: Drawing) -> Iterator[Problem]:
    for name, network in drawing.document.networks.items():
        if name != MAIN and not any(True for _ in instances(drawing.document, name)):
            yield Problem("warning", name, "", "", f"The network “{network.title or name}” is placed nowhere.")


NETWORK_RULES = (unknown_networks, ends_outside, promotions, links, inside_loops, unused_networks)

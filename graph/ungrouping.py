"""A placed network taken apart: what it holds is put in the place of its node."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from graph.document import Document, Node, NodeKey, Port, Value, Wire
from graph.flat import weights_of
from graph.grouping import centre, fresh_keys, snapped
from graph.network_edits import NetworkProblem, drop_network, is_end, rename_trained, title_of
from graph.networks import holds_itself, inside, instances, is_recurrence, placed, promoted, types_of
from graph.wiring import close_gaps


def ungroup(document: Document, key: NodeKey) -> list[NodeKey]:
    """Put what a placed network holds in the place of its node; returns the new nodes. Only inside ``edit``.

    Where other nodes place the network as well, its nodes are copied, else it is gone. Raises NetworkProblem where it
    cannot be done.
    """
    name = placed(document.nodes[key].type)
    _check_ungroup(document, key, name)
    placing = document.nodes[key]
    contents = {at: node for at, node in inside(document, name).items() if not is_end(node)}
    inputs, params = document.inputs_of(key), _params_put_back(document, placing, name)
    wires = {port: wire for port, wire in document.wires.items() if port.network == name}
    readers = {port: wire.port for port, wire in document.wires.items()
               if NodeKey(port.network, wire.node) == key}  # fmt: skip
    known = {place: [at.node for at, _ in places] for place, places in promoted(document, name).items()}
    alone = list(instances(document, name)) == [key]
    places = dict(document.networks[name].promoted)
    document.remove_node(key)
    fresh = dict(zip(contents, fresh_keys(document, [at.node for at in contents], key.network)))
    ids = {at.node: new.node for at, new in fresh.items()}
    x, y = centre(contents.values()) if contents else (0.0, 0.0)
    shift = snapped(placing.x - x), snapped(placing.y - y)
    for at, new in fresh.items():
        node = contents[at]
        document.put("nodes", new, msgspec.structs.replace(
            node, x=node.x + shift[0], y=node.y + shift[1], params=params[at],
            link=ids.get(node.link, ""), copy_of=ids.get(node.copy_of, ""),
        ))  # fmt: skip
    _wire_put_back(document, name, key.network, ids, inputs, wires, readers)
    _unpromote(document, key, ids, places, known)
    rename_trained(document, key.network, {key.node: list(ids.values())}, ids)
    if alone:
        drop_network(document, name)
    return list(fresh.values())


def _check_ungroup(document: Document, key: NodeKey, name: str) -> None:
    if name not in document.networks:
        raise NetworkProblem(f"“{key.node}” places no network of this design.")
    if holds_itself(document, name):
        raise NetworkProblem(f"“{title_of(document, name)}” holds itself: it cannot be taken apart.")
    if is_recurrence(document, name):
        raise NetworkProblem(f"“{title_of(document, name)}” runs over time: its delays need a network of their own.")
    if document.nodes[key].link or document.linked_to(key):
        raise NetworkProblem(f"“{key.node}” shares its weights with other nodes that place the network: unlink it "
                             "first.")  # fmt: skip
    copies = [other.node for other, node in document.in_network(key.network).items() if node.copy_of == key.node]
    if other := document.nodes[key].copy_of or next(iter(copies), ""):
        raise NetworkProblem(f"The weights of “{key.node}” and “{other}” begin as copies of one another, which only "
                             "whole networks can: it cannot be taken apart.")  # fmt: skip


def _params_put_back(document: Document, placing: Node, name: str) -> dict[NodeKey, dict[str, Value]]:
    """The parameters of the nodes inside, with what their placing node says of them."""
    found: dict[NodeKey, dict[str, Value]] = {at: dict(node.params) for at, node in inside(document, name).items()}
    for outside, places in promoted(document, name).items():
        for at, inner in places:
            if outside in placing.params:
                found[at][inner] = placing.params[outside]
    types = types_of(document)
    for at, node in inside(document, name).items():
        node_type = types.get(node.type)
        if node_type and node_type.parameter("frozen") and not node.link:
            frozen, rate = weights_of(found[at], *weights_of(placing.params))
            both: dict[str, tuple[Value, Value]] = {"frozen": (frozen, "nothing"), "rate_factor": (rate, 1.0)}
            found[at] = {k: v for k, v in found[at].items() if k not in both}
            found[at] |= {k: value for k, (value, usual) in both.items() if value != usual}
    return found


def _wire_put_back(document: Document, name: str, network: str, ids: Mapping[str, str], inputs: Mapping[str, Port],
                   wires: Mapping[Port, Wire], readers: Mapping[Port, str]) -> None:  # fmt: skip
    """Wire what was inside to one another and to what the network was wired to."""

    def outside(wire: Wire | None) -> Wire | None:
        if wire is None or wire.node in ids:
            return Wire(ids[wire.node], wire.port) if wire else None
        source = inputs.get(wire.node)
        return Wire(source.node, source.port) if source else None

    leading = {Port(network, ids[port.node], port.port): wire for port, wire in wires.items() if port.node in ids}
    leading_out = {port: wires.get(Port(name, output, "x")) for port, output in readers.items()}
    bereft = []
    for port, wire in {**leading, **leading_out}.items():
        found = outside(wire)
        document.put("wires", port, found)
        bereft += [] if found else [port]
    for port in bereft:
        close_gaps(document, port)


def _unpromote(document: Document, key: NodeKey, ids: Mapping[str, str], places: Mapping[str, list[str]],
               known: Mapping[str, list[str]]) -> None:  # fmt: skip
    """Let what the outer network shows of the placing node be shown of the nodes in its place."""
    outer = document.networks[key.network]

    def inner(place: str) -> list[str]:
        node, _, param = place.partition(".")
        if node != key.node:
            return [place]
        if param in known:
            split = [each.partition(".") for each in places[param]]
            return [f"{ids[at]}.{name}" for at, _, name in split if at in ids]
        types = types_of(document)
        found = [NodeKey(key.network, id) for id in ids.values()]
        return [f"{at.node}.{param}" for at in found
                if (each := types.get(document.nodes[at].type)) and each.parameter(param)]  # fmt: skip

    shown = {name: [each for place in every for each in inner(place)] for name, every in outer.promoted.items()}
    shown = {name: every for name, every in shown.items() if every}
    if shown != outer.promoted:
        document.put("networks", key.network, msgspec.structs.replace(outer, promoted=shown))

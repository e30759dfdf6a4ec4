"""Sub-networks made of a drawing: nodes grouped into a network of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from graph.document import MAIN, Document, Network, Node, NodeKey, Port, port_order
from graph.network_edits import NetworkProblem, is_end, place, rename_trained
from graph.networks import DELAY, INPUT, LENGTHS, OUTPUT, inside, types_of
from graph.rules import missing_inputs

HEIGHT = 110.0  # what a node takes on a canvas, in scene pixels
BESIDE = 260.0  # from a column of nodes to the next
GRID = 10


class Crossing(NamedTuple):
    """What becomes a port of a new network: the output that feeds it, and the inputs that it feeds."""

    name: str
    source: Port | None
    targets: list[Port]


# -- into a network ----------------------------------------------------------------------------------------------------


def group(document: Document, keys: Iterable[NodeKey], name: str, title: str = "") -> NodeKey:
    """Move nodes with their wires into a new network; returns the node that places it there. Only inside ``edit``.

    Ids and places are kept. Every output that feeds chosen nodes from outside becomes an input of the network, every
    chosen output that feeds others an output. The inputs and outputs of the network that one stands in stay there.
    Raises NetworkProblem where it cannot be done.
    """
    chosen = sorted(key for key in set(keys) if not is_end(document.nodes[key]))
    _check_group(document, set(chosen), name)
    network = chosen[0].network
    nodes = [document.nodes[key] for key in chosen]
    entering, leaving = _crossings(document, set(chosen))
    document.put("networks", name, Network(title))
    placing = place(document, name, network, *map(snapped, centre(nodes)))
    _promote(document, network, placing.node, {key.node for key in chosen}, name)
    for key, node in zip(chosen, nodes):
        document.put("nodes", key, None)
        document.put("nodes", NodeKey(name, key.node), node)
    _move_wires(document, set(chosen), name)
    _put_ends(document, placing, name, entering, leaving)
    rename_trained(document, network, {key.node: [f"{placing.node}.{key.node}"] for key in chosen})
    return placing


def _put_ends(
    document: Document, placing: NodeKey, name: str, entering: list[Crossing], leaving: list[Crossing]
) -> None:
    """Draw the inputs at the left and the outputs at the right of what the network holds, and wire both sides."""
    nodes = inside(document, name).values()
    left, right = min(node.x for node in nodes) - BESIDE, max(node.x for node in nodes) + BESIDE
    heights = {key.node: node.y for key, node in inside(document, name).items()}
    for crossing, y in _stacked(entering, lambda each: heights[each.targets[0].node]):
        start = document.add_node(INPUT, snapped(left), y, network=name, id=crossing.name)
        for target in crossing.targets:
            document.connect(Port(*start, "output"), Port(name, target.node, target.port))
        if crossing.source:
            document.connect(crossing.source, Port(*placing, crossing.name))
    for crossing, y in _stacked(leaving, lambda each: heights[_origin(each).node]):
        source = _origin(crossing)
        end = document.add_node(OUTPUT, snapped(right), y, network=name, id=crossing.name)
        document.connect(Port(name, source.node, source.port), Port(*end, "x"))
        for target in crossing.targets:
            document.connect(Port(*placing, crossing.name), target)


def _check_group(document: Document, chosen: set[NodeKey], name: str) -> None:
    if not chosen:
        raise NetworkProblem("Choose the nodes that are to go into a network; inputs and outputs stay where they are.")
    if name in document.networks:
        raise NetworkProblem(f"There is a network “{name}” already: take another name.")
    networks = {key.network for key in chosen}
    if len(networks) > 1:
        raise NetworkProblem("Only nodes of one network can be grouped.")
    (network,) = networks
    for key, node in inside(document, network).items():
        for verb, id in (("shares the weights of", node.link), ("begins as a copy of", node.copy_of)):
            other = NodeKey(network, id)
            if id and other in document.nodes and (key in chosen) != (other in chosen):
                raise NetworkProblem(f"“{key.node}” {verb} “{id}”, and one of them would stay behind: choose both"
                                     f"{', or unlink them' if id == node.link else ''}.")  # fmt: skip
    delays = {key for key, node in inside(document, network).items() if node.type == DELAY}
    if network != MAIN and 0 < len(delays & chosen) < len(delays):
        raise NetworkProblem("A network runs over time by its delays together: choose all of them, or none.")
    if between := _between(document, chosen):
        raise NetworkProblem(f"“{between.node}” lies between the chosen nodes, fed by them and feeding them: choose it "
                             "too.")  # fmt: skip


def _between(document: Document, chosen: set[NodeKey]) -> NodeKey | None:
    """A node outside through which values would leave the group and come back; a delay outside ends the way."""
    steps: dict[NodeKey, list[NodeKey]] = {}
    for port, wire in document.wires.items():
        ends_there = document.nodes[port.owner].type == DELAY and port.port == "x" and port.owner not in chosen
        if not ends_there:
            steps.setdefault(NodeKey(port.network, wire.node), []).append(port.owner)
    stack = [after for key in chosen for after in steps.get(key, ()) if after not in chosen]
    seen = set(stack)
    while stack:
        key = stack.pop()
        for after in steps.get(key, ()):
            if after in chosen:
                return key
            if after not in seen:
                seen.add(after)
                stack.append(after)
    return None


def _crossings(document: Document, chosen: set[NodeKey]) -> tuple[list[Crossing], list[Crossing]]:
    """What becomes inputs, and what becomes outputs, each from top to bottom."""
    entering: dict[Port, list[Port]] = {}
    leaving: dict[Port, list[Port]] = {}
    for port, wire in sorted(document.wires.items(), key=lambda item: (item[0][:2], port_order(item[0].port))):
        source = Port(port.network, wire.node, wire.port)
        if (port.owner in chosen) != (source.owner in chosen):
            (entering if port.owner in chosen else leaving).setdefault(source, []).append(port)
    taken = {key.node for key in chosen} | {LENGTHS}
    nodes = document.nodes
    inputs: list[tuple[Port | None, list[Port]]] = [
        (source, sorted(entering[source], key=lambda target: nodes[target.owner].y))
        for source in sorted(entering, key=lambda source: (nodes[source.owner].y, source))
    ]  # fmt: skip
    inputs = inputs or [(None, [port]) for port in _missing(document, chosen)]
    outputs = sorted(leaving, key=lambda source: (nodes[source.owner].y, source)) or _loose(document, chosen)
    return (
        [Crossing(_port_name(targets[0].port, taken), source, targets) for source, targets in inputs],
        [Crossing(_port_name(source.port, taken), source, leaving.get(source, [])) for source in outputs],
    )


def _missing(document: Document, chosen: set[NodeKey]) -> list[Port]:
    """The inputs of nodes that nothing is wired to yet, for a group that nothing leads into."""
    found = []
    for key in sorted(chosen, key=lambda each: document.nodes[each].y):
        if node_type := types_of(document).get(document.nodes[key].type):
            missing = missing_inputs(node_type, document.inputs_of(key))
            found += [Port(*key, f"{each.name}.0" if each.growing else each.name) for each in missing]
    return found


def _loose(document: Document, chosen: set[NodeKey]) -> list[Port]:
    """The outputs of layers that nothing reads, for a group that nothing leads out of."""
    read = {Port(port.network, wire.node, wire.port) for port, wire in document.wires.items()}
    types = types_of(document)
    known = [(key, types[document.nodes[key].type]) for key in sorted(chosen) if document.nodes[key].type in types]
    every = [Port(*key, name) for key, each in known if each.kind == "layer" for name in each.outputs]
    return [port for port in every if port not in read]


def _port_name(port: str, taken: set[str]) -> str:
    """A free id after the port that is fed: ``x``, ``target``, ``x_2``."""
    stem = port.partition(".")[0]
    stem = "x" if stem == "xs" else stem
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name


def _move_wires(document: Document, chosen: set[NodeKey], name: str) -> None:
    """Take the wires among the chosen nodes along, and those that cross away."""
    for port, wire in list(document.wires.items()):
        inner = port.owner in chosen, NodeKey(port.network, wire.node) in chosen
        if any(inner):
            document.put("wires", port, None)
        if all(inner):
            document.put("wires", Port(name, port.node, port.port), wire)


def _promote(document: Document, network: str, placing: str, moved: set[str], name: str) -> None:
    """Let what the network shows outside of the moved nodes be shown through their new one."""
    outer, inner = document.networks[network], {}
    shown = dict(outer.promoted)
    for outside, places in outer.promoted.items():
        within = [place for place in places if place.partition(".")[0] in moved]
        if within:
            inner[outside] = within
            shown[outside] = [place for place in places if place not in within] + [f"{placing}.{outside}"]
    if inner:
        document.put("networks", network, msgspec.structs.replace(outer, promoted=shown))
        document.put("networks", name, msgspec.structs.replace(document.networks[name], promoted=inner))


def _origin(crossing: Crossing) -> Port:
    assert crossing.source is not None
    return crossing.source


# -- shared with taking apart ------------------------------------------------------------------------------------------


def fresh_keys(document: Document, names: Iterable[str], network: str) -> list[NodeKey]:
    """A free key for every id: the id itself where nobody has it, else the next number after its stem."""
    taken = {key.node for key in document.nodes if key.network == network}
    numbers: dict[str, int] = {}
    found = []
    for name in names:
        stem, _, number = name.rpartition("_")
        stem = stem if stem and number.isdigit() else name
        fresh = name
        while fresh in taken:
            numbers[stem] = numbers.get(stem, 0) + 1
            fresh = f"{stem}_{numbers[stem]}"
        taken.add(fresh)
        found.append(NodeKey(network, fresh))
    return found


def centre(nodes: Iterable[Node]) -> tuple[float, float]:
    """Where the corner of one node belongs that stands in the middle of others."""
    found = list(nodes)
    across, down = [node.x for node in found], [node.y for node in found]
    return (min(across) + max(across)) / 2, (min(down) + max(down)) / 2


def _stacked(crossings: list[Crossing], height: Callable[[Crossing], float]) -> Iterator[tuple[Crossing, float]]:
    """Each crossing with the height of its node: beside what it is wired to, one below the other."""
    last = -float("inf")
    for crossing in crossings:
        last = snapped(max(height(crossing), last + HEIGHT))
        yield crossing, last


def snapped(value: float) -> float:
    return float(GRID * round(value / GRID))

"""What is done to a network as a whole: name it, place it, give a node one of its own, delete it; inside ``edit``."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from graph.document import MAIN, Document, Network, Node, NodeKey, Port, is_identifier
from graph.naming import identifier
from graph.networks import INPUT, LENGTHS, OUTPUT, PLACED, inside, instances, placed, types_of

STEM = "network"


class NetworkProblem(Exception):
    """Why something cannot be done to a network; the message is a sentence for the user."""


def free_network(document: Document, wanted: str = "") -> str:
    """A name that no network has, after a title: ``residual_block`` for “Residual block”, else ``network_1``."""
    stem = identifier(wanted.lower()).strip("_") or STEM
    name = stem if wanted else f"{stem}_1"
    number = 1
    while name in document.networks or name == LENGTHS or not is_identifier(name):
        number += 1
        name = f"{stem if is_identifier(f'{stem}_') else STEM}_{number}"
    return name


def title_of(document: Document, network: str) -> str:
    """What people call a network; "" for the main one, which the studio names in its own language."""
    return document.networks[network].title or ("" if network == MAIN else network.replace("_", " "))


def new_network(document: Document, network: str, x: float, y: float, title: str = "") -> NodeKey:
    """Place a new network that passes its one input on, to be drawn in; returns the node that places it."""
    name = free_network(document, title)
    document.put("networks", name, Network(title or name.replace("_", " ").capitalize()))
    start = document.add_node(INPUT, 0.0, 0.0, network=name, id="x")
    end = document.add_node(OUTPUT, 600.0, 0.0, network=name, id="output")
    document.connect(Port(*start, "output"), Port(*end, "x"))
    return place(document, name, network, x, y)


def place(document: Document, name: str, network: str, x: float, y: float) -> NodeKey:
    """Add a node that places a network, called like it where that name is free."""
    id = "" if NodeKey(network, name) in document.nodes else name
    return document.add_node(PLACED + name, x, y, network=network, id=id)


def rename_network(document: Document, network: str, title: str) -> str:
    """Give a network another title and a name that follows from it, and returns that.

    Nodes that place it follow, also in their own names where these are that of the network.
    """
    if network == MAIN or network not in document.networks:
        raise NetworkProblem(f"The design has no network “{network}” that could be renamed.")
    titled = msgspec.structs.replace(document.networks[network], title=title)
    name = network if title and identifier(title.lower()) == network else free_network(document, title or network)
    if not title or name == network:
        document.put("networks", network, titled)
        return network
    document.put("networks", name, titled)
    _copy_contents(document, network, name)
    drop_network(document, network)
    for key in list(instances(document, network)):
        document.change_node(key, type=PLACED + name)
        if key.node == network and NodeKey(key.network, name) not in document.nodes:
            document.rename_node(key, name)
            rename_trained(document, key.network, {network: [name]})
    return name


def delete_network(document: Document, network: str) -> None:
    """Take away a network that is placed nowhere. Raises NetworkProblem where it is placed."""
    if network == MAIN or network not in document.networks:
        raise NetworkProblem(f"The design has no network “{network}” that could be deleted.")
    if found := sorted(instances(document, network)):
        where = ", ".join(f"“{key.node}”" for key in found[:4])
        raise NetworkProblem(f"“{title_of(document, network)}” is placed by {where}: delete what places it first.")
    drop_network(document, network)


def make_own(document: Document, key: NodeKey) -> str:
    """Let a placing node have a copy of its network, to be changed without changing the others; returns its name."""
    network = placed(document.nodes[key].type)
    if network not in document.networks:
        raise NetworkProblem(f"“{key.node}” places no network of this design.")
    if document.nodes[key].link or document.linked_to(key):
        raise NetworkProblem(f"“{key.node}” shares its weights, which takes one and the same network: unlink it first.")
    title = f"{title_of(document, network)} 2"
    name = free_network(document, title)
    document.put("networks", name, msgspec.structs.replace(document.networks[network], title=title))
    _copy_contents(document, network, name)
    document.change_node(key, type=PLACED + name, copy_of="")
    for other, node in list(document.in_network(key.network).items()):
        if node.copy_of == key.node:
            document.change_node(other, copy_of="")
    return name


def _copy_contents(document: Document, network: str, name: str) -> None:
    for key, node in dict(inside(document, network)).items():
        document.put("nodes", NodeKey(name, key.node), node)
    for port, wire in [(port, wire) for port, wire in document.wires.items() if port.network == network]:
        document.put("wires", Port(name, port.node, port.port), wire)
    for key, comment in [(key, each) for key, each in document.comments.items() if key.network == network]:
        document.put("comments", NodeKey(name, key.node), comment)


def drop_network(document: Document, network: str) -> None:
    """Take a network and everything drawn in it away, whoever places it."""
    for table, found in (("wires", document.wires), ("nodes", document.nodes), ("comments", document.comments)):
        for key in [key for key in found if key.network == network]:
            document.put(table, key, None)
    document.put("networks", network, None)


def is_end(node: Node) -> bool:
    """Whether a node is an input or an output, which belong to the network that they stand in."""
    return node.type in (INPUT, OUTPUT)


def rename_trained(document: Document, network: str, moved: Mapping[str, list[str]],
                    taken_out: Mapping[str, str] | None = None) -> None:  # fmt: skip
    """Let objectives of the main network go on training the nodes that are called otherwise now.

    moved: the ids that stand for others now; taken_out: the ids inside a placing node in ``moved``, as they are now
    """
    types = types_of(document)
    for key, node in list(document.in_network(network).items()) if network == MAIN else ():
        node_type = types.get(node.type)
        if not node_type or node_type.kind != "objective" or not node.params.get("trains"):
            continue
        names = [each.strip() for each in str(node.params["trains"]).split(",")]
        renamed = [new for name in names for new in _renamed(name, moved, taken_out)]
        if renamed != names:
            document.set_param(key, "trains", ", ".join(dict.fromkeys(renamed)))


def _renamed(name: str, moved: Mapping[str, list[str]], taken_out: Mapping[str, str] | None) -> list[str]:
    first, dot, rest = name.partition(".")
    if first not in moved:
        return [name]
    if taken_out is None:
        return [f"{moved[first][0]}{dot}{rest}"]
    inner, dot, rest = rest.partition(".")
    return [f"{taken_out[inner]}{dot}{rest}"] if inner in taken_out else moved[first]

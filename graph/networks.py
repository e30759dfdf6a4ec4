"""Networks within networks: what a placed network looks like from the outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from graph.catalogue import WEIGHT_PARAMETERS, Input, NodeType, Parameter
from graph.document import MAIN, Document, Node, NodeKey, Port
from graph.layers import CATALOGUE
from graph.specs import Limits, Wants

PLACED = "@"  # how the type of a node begins that places a network
INPUT, OUTPUT, DELAY = "input", "output", "delay"
REROUTE = "reroute"  # a dot that a wire is led through
LENGTHS = "lengths"  # the input of a recurrence that says how many steps of each example count
FAMILY = "networks"

ANYTHING = Wants("tensor", "any tensor")
OVER_TIME = Wants("tensor", "a sequence, or anything else whose first axis is time")
COUNTS = Wants("classes", "a whole number for every example", numbers="whole")
SHARED_BY_ALL = ("frozen", "rate_factor")  # the parameters of weights that hold for all nodes inside
RECURRENT = (
    Parameter(
        "carry", bool, False, "whether the state at the end of a batch is where the next one begins, for long texts "
        "and series cut into batches in their order", group="recurrence",
    ),
    Parameter(
        "truncate", int, 0, "steps after which no gradient flows further back in time; 0 lets it flow to the first",
        Limits(0, 1_000_000), group="recurrence",
    ),
)  # fmt: skip


def placed(type_name: str) -> str:
    """The network that a node of this type places, or ""."""
    return type_name.removeprefix(PLACED) if type_name.startswith(PLACED) else ""


def types_of(document: Document) -> Mapping[str, NodeType]:
    """Every node type that a document can use: those of the catalogue, and its own networks under ``@name``."""
    own: dict[str, NodeType] = document.derived("types", _own_types)
    return {**CATALOGUE, **own} if own else CATALOGUE


def type_of(document: Document, key: NodeKey) -> NodeType | None:
    """The type of a node, or None where it is not known."""
    node = document.nodes.get(key)
    if node is None:
        return None
    return document.derived("types", _own_types).get(node.type) if placed(node.type) else CATALOGUE.get(node.type)


def original(document: Document, key: NodeKey) -> NodeKey:
    """The node whose weights and parameters a node uses: itself, or the end of its links."""
    seen = set()
    while (link := document.nodes[key].link) and key not in seen:
        seen.add(key)
        if NodeKey(key.network, link) not in document.nodes:
            break
        key = NodeKey(key.network, link)
    return key


def params_of(document: Document, key: NodeKey) -> Mapping[str, Any]:
    """The parameters of a node as they hold: those of the node that it is linked to."""
    return document.nodes[original(document, key)].params


def is_recurrence(document: Document, network: str) -> bool:
    """Whether a network runs over time, because it holds a delay."""
    return any(node.type == DELAY for node in inside(document, network).values())


def inside(document: Document, network: str) -> Mapping[NodeKey, Node]:
    """The nodes of one network."""
    found: Mapping[NodeKey, Node] = document.derived("inside", _by_network).get(network, {})
    return found


def ends(document: Document, network: str, type_name: str) -> list[NodeKey]:
    """The inputs or outputs of a network, from top to bottom as they are drawn."""
    found = [(node.y, node.x, key) for key, node in inside(document, network).items() if node.type == type_name]
    return [key for *_, key in sorted(found)]


def starting(document: Document, network: str) -> set[NodeKey]:
    """The inputs of a recurrence that do nothing but start a delay: they come whole, not step by step."""
    readers: dict[NodeKey, set[bool]] = {}
    for port, wire in document.wires.items():
        if port.network == network:
            starts = port.port == "initial" and document.nodes[port.owner].type == DELAY
            readers.setdefault(NodeKey(network, wire.node), set()).add(starts)
    return {key for key in ends(document, network, INPUT) if readers.get(key) == {True}}


def whole(document: Document, network: str) -> set[NodeKey]:
    """The inputs of a recurrence that bring the whole of what is wired to them at every step."""
    chosen = {key for key in ends(document, network, INPUT) if document.nodes[key].params.get("time") == "whole"}
    return chosen | starting(document, network)


def instances(document: Document, network: str) -> Iterator[NodeKey]:
    """The nodes that place a network."""
    return (key for key, node in document.nodes.items() if placed(node.type) == network)


def used_by(document: Document, network: str) -> set[str]:
    """The networks that a network rests on, itself included."""
    found, stack = {network}, [network]
    while stack:
        for node in inside(document, stack.pop()).values():
            name = placed(node.type)
            if name in document.networks and name not in found:
                found.add(name)
                stack.append(name)
    return found


def holds_itself(document: Document, network: str) -> bool:
    """Whether following the networks placed inside leads back to the network."""
    names = {placed(node.type) for node in inside(document, network).values()} & set(document.networks)
    return any(network in used_by(document, name) for name in names)


def promoted(document: Document, network: str) -> dict[str, list[tuple[NodeKey, str]]]:
    """The parameters that a network shows outside, each with the nodes and parameters inside that it sets."""
    found: dict[str, list[tuple[NodeKey, str]]] = {}
    for name, places in document.networks[network].promoted.items():
        parts = [(NodeKey(network, node), param) for node, _, param in (place.partition(".") for place in places)]
        found[name] = [(key, param) for key, param in parts if key in document.nodes]
    return found


def _by_network(document: Document) -> dict[str, dict[NodeKey, Node]]:
    found: dict[str, dict[NodeKey, Node]] = {}
    for key, node in document.nodes.items():
        found.setdefault(key.network, {})[key] = node
    return found


def _own_types(document: Document) -> dict[str, NodeType]:
    found: dict[str, NodeType] = {}
    for name in document.networks:
        if name != MAIN:
            _declare(document, name, found, set())
    return found


def _declare(document: Document, name: str, found: dict[str, NodeType], under_way: set[str]) -> NodeType | None:
    """What a node that places the network looks like; those inside are declared first, as parameters pass through."""
    if PLACED + name not in found and name in document.networks and name not in under_way:
        for other in {placed(node.type) for node in inside(document, name).values()} - {""}:
            _declare(document, other, found, under_way | {name})
        found[PLACED + name] = _placing_type(document, name, found)
    return found.get(PLACED + name)


def _placing_type(document: Document, name: str, known: Mapping[str, NodeType]) -> NodeType:
    title = document.networks[name].title or name.replace("_", " ")
    recurrent = is_recurrence(document, name)
    steps = recurrent and set(ends(document, name, INPUT)) - whole(document, name)
    inputs = [
        Input(key.node, OVER_TIME if steps and key in steps else ANYTHING, bool(node.params.get("optional")),
              help=node.title)
        for key in ends(document, name, INPUT) if (node := document.nodes[key])
    ]  # fmt: skip
    if recurrent:
        inputs.append(Input(LENGTHS, COUNTS, True, help="how many steps of every example count; the rest is left out"))
    shared = [replace(p, group=FAMILY) for p in WEIGHT_PARAMETERS if p.name in SHARED_BY_ALL]
    return NodeType(
        name=PLACED + name, title=title, family=FAMILY, kind="layer", summary=f"The network “{title}” of this design.",
        help="Double-click the node to see what is inside.", search=f"network {name} {title}", inputs=tuple(inputs),
        outputs=tuple(key.node for key in ends(document, name, OUTPUT)),
        parameters=(*_promoted_parameters(document, name, known), *shared, *(RECURRENT if recurrent else ())),
        build=_unbuildable,
    )  # fmt: skip


def _promoted_parameters(document: Document, name: str, known: Mapping[str, NodeType]) -> Iterator[Parameter]:
    """The declarations of what is promoted, with the values inside as defaults."""
    for outside, places in promoted(document, name).items():
        for key, inner in places[:1]:
            node = document.nodes[key]
            node_type = known.get(node.type) or CATALOGUE.get(node.type)
            declared = node_type.parameter(inner) if node_type else None
            if declared:
                yield replace(declared, name=outside, default=node.params.get(inner, declared.default), group="")


def _unbuildable(*arriving: Any, **params: Any) -> Any:
    raise TypeError("A placed network is taken apart before anything is built.")


def port_inside(key: NodeKey) -> Port:
    """The one output of an input node or of an output node."""
    return Port(*key, "output")

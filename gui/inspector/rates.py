"""The learning rates of a design: those of its drawn objectives, or of the one that is drawn as soon as one is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from graph.catalogue import Parameter
from graph.document import Change, Document, NodeKey, Port, Value
from graph.layers import CATALOGUE
from graph.networks import OUTPUT, placed
from graph.plan import losses
from gui import whereabouts
from gui.inspector.fields import Field, node_field
from gui.inspector.values import label_of
from gui.session import Session
from gui.whereabouts import Place

TYPE: Final = "objective"
NAME: Final = "learning_rate"
BESIDE: Final = 260.0  # scene pixels from a loss to an objective drawn after it


def fields(session: Session, objectives: Sequence[NodeKey]) -> list[Field]:
    """A field for the rate of each objective; with none drawn, of the default one, which setting it draws."""
    parameter = _declared()
    found = (whereabouts.found_at(session.document, Place(), key) for key in objectives)
    objectives = list(dict.fromkeys(each[1] for each in found if each))
    if not objectives:
        return [_undrawn(session, parameter)]
    if len(objectives) == 1:
        return [node_field(session, objectives, parameter)]
    nodes = session.document.nodes
    return [node_field(session, [key], parameter, nodes[key].title or label_of(key.node)) for key in objectives]


def changed(document: Document, changes: Sequence[Change]) -> Iterator[tuple[str, float]]:
    """The objectives whose rate a change sets, and to what. A single one goes unnamed: it may be newly drawn."""
    default, alone = _declared().default, sum(node.type == TYPE for node in document.nodes.values()) == 1
    for change in changes:
        if change.table == "nodes" and change.new and change.new.type == TYPE and change.key in document.nodes:
            before = change.old.params.get(NAME, default) if change.old else default
            now = change.new.params.get(NAME, default)
            if now != before:
                yield "" if alone else change.key.node, float(now)


def _declared() -> Parameter:
    parameter = CATALOGUE[TYPE].parameter(NAME)
    assert parameter is not None
    return parameter


def _undrawn(session: Session, parameter: Parameter) -> Field:
    """The rate of the default objective. What trains is what is drawn, so another rate draws the objective."""

    def drawn() -> NodeKey | None:
        return next((key for key, node in session.document.nodes.items() if node.type == TYPE), None)

    def read() -> Sequence[Value]:
        key = drawn()
        return [session.document.nodes[key].params.get(NAME, parameter.default) if key else parameter.default]

    def write(value: Value | None, token: str) -> None:
        document = session.document
        with document.edit("Set learning rate", merge=token):
            key = drawn() or _draw(document)
            document.set_param(key, NAME, None if value == parameter.default else value)

    return Field(parameter, read, write, lambda: read() != [parameter.default])


def _draw(document: Document) -> NodeKey:
    """An objective after the last loss, wired to all of them."""
    ports = [_brought_out(document, port) for port in losses(document)]
    last = max((document.nodes[port.owner] for port in ports), key=lambda node: node.x, default=None)
    key = document.add_node(TYPE, last.x + BESIDE, last.y) if last else document.add_node(TYPE)
    growing = CATALOGUE[TYPE].inputs[0].name
    for number, port in enumerate(ports):
        document.connect(port, Port(*key, f"{growing}.{number}"))
    return key


def _brought_out(document: Document, port: Port) -> Port:
    """The port of the main network that gives a loss, which may stand in a placed network; outputs are added there."""
    *way, node = port.node.split(".")
    holders: list[NodeKey] = []
    network = port.network
    for name in way:
        holders.append(NodeKey(network, name))
        network = placed(document.nodes[holders[-1]].type)
    found = Port(network, node, port.port)
    for holder in reversed(holders):
        found = Port(*holder, _output_behind(document, found).node)
    return found


def _output_behind(document: Document, port: Port) -> NodeKey:
    """The output that a port of a network inside is wired to, a new one if need be."""
    for target, wire in document.wires.items():
        source = Port(target.network, wire.node, wire.port)
        if source == port and document.nodes[target.owner].type == OUTPUT:
            return target.owner
    node = document.nodes[port.owner]
    id = "loss" if NodeKey(port.network, "loss") not in document.nodes else document.free_id(OUTPUT, port.network)
    end = document.add_node(OUTPUT, node.x + BESIDE, node.y, network=port.network, id=id)
    document.connect(port, Port(*end, "x"))
    return end

"""The learning rates of a design: those of its drawn objectives, or of the one that is drawn as soon as one is set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graph.catalogue import Parameter
from graph.document import Change, Document, NodeKey, Port, Value
from graph.layers import CATALOGUE
from graph.plan import losses
from gui.fields import Field, node_field
from gui.session import Session

TYPE: Final = "objective"
NAME: Final = "learning_rate"
BESIDE: Final = 260.0  # scene pixels from a loss to an objective drawn after it


def fields(session: Session, objectives: Sequence[NodeKey]) -> list[Field]:
    """A field for the rate of each objective; with none drawn, of the default one, which setting it draws."""
    parameter = _declared()
    if not objectives:
        return [_undrawn(session, parameter)]
    if len(objectives) == 1:
        return [node_field(session, objectives, parameter)]
    nodes = session.document.nodes
    return [node_field(session, [key], parameter, nodes[key].title or key.node) for key in objectives]


def changed(document: Document, changes: Sequence[Change]) -> float | None:
    """The new rate, where a change sets that of the only objective; the engine knows one rate for all of them."""
    objectives = [key for key, node in document.nodes.items() if node.type == TYPE]
    for change in changes:
        if change.table == "nodes" and [change.key] == objectives and change.new:
            default = _declared().default
            before = change.old.params.get(NAME, default) if change.old else default
            now = change.new.params.get(NAME, default)
            return float(now) if now != before else None
    return None


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
    ports = losses(document)
    last = max((document.nodes[port.owner] for port in ports), key=lambda node: node.x, default=None)
    key = document.add_node(TYPE, last.x + BESIDE, last.y) if last else document.add_node(TYPE)
    growing = CATALOGUE[TYPE].inputs[0].name
    for number, port in enumerate(ports):
        document.connect(port, Port(*key, f"{growing}.{number}"))
    return key

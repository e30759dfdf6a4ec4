"""Which data the panel is about, and what can be done with it in the design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from backend import messages as m
from graph.catalogue import NodeType
from graph.document import Document, NodeKey, Value
from graph.layers import CATALOGUE
from graph.networks import original
from graph.settings import settings_of
from graph.wording import Worded
from gui.session import Session

BEFORE: Final = 260.0  # scene pixels that a new data node stands to the left of what it may feed
BELOW: Final = 160.0


@dataclass(frozen=True)
class Subject:
    """A source with the parameters of a node that reads it; ``key`` is that node, None while it is only looked at."""

    source: str
    node_type: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    key: NodeKey | None = None

    @property
    def type(self) -> NodeType | None:
        return CATALOGUE.get(self.node_type)

    def value(self, name: str) -> Any:
        """What a parameter is, by default too."""
        declared = self.type.parameter(name) if self.type else None
        return self.parameters.get(name, declared.default if declared else None)

    def request(self, seed: int, label: int = -1, offset: int = 0, download: bool = False) -> m.Preview:
        """What to ask the worker."""
        return m.Preview(self.source, self.node_type, dict(self.parameters), seed, label, offset, download=download)

    def changed(self, name: str, value: Value | None) -> Subject:
        """The same with another value; None and the default are left out."""
        kept = {key: each for key, each in self.parameters.items() if key != name}
        declared = self.type.parameter(name) if self.type else None
        if value is not None and declared is not None and value != declared.default:
            kept[name] = value
        return replace(self, parameters=kept)


def is_data(type_name: str) -> bool:
    """Whether nodes of a type read a source that a person chooses."""
    known = CATALOGUE.get(type_name)
    source = known.parameter("source") if known else None
    return source is not None and source.widget == "data"


def data_nodes(document: Document) -> list[NodeKey]:
    """The nodes that read data, in the order of the design."""
    return [key for key, node in document.nodes.items() if is_data(node.type)]


def of_design(session: Session) -> Subject | None:
    """The data of the selected node, else of the first that reads any."""
    nodes = data_nodes(session.document)
    chosen = [key for key in nodes if key in session.selection] or nodes
    return of_node(session.document, chosen[0]) if chosen else None


def of_node(document: Document, key: NodeKey) -> Subject:
    """What a node reads; of one that shares its parameters, what the shared one does."""
    node = document.nodes[original(document, key)]
    known = CATALOGUE[node.type]
    source = known.complete(node.params)["source"]
    kept = {name: value for name, value in node.params.items() if name != "source"}
    return Subject(str(source), node.type, kept, key)


def seed_of(document: Document) -> int:
    """The number that decides the split."""
    try:
        return settings_of(document).seed
    except ValueError:
        return 0


def add_node(session: Session, subject: Subject) -> NodeKey:
    """Put a node that reads the data on the canvas, left of what is there; one step of undo."""
    document = session.document
    nodes = document.in_network(session.network).values()
    x = min((node.x for node in nodes), default=BEFORE) - BEFORE
    y = min((node.y for node in nodes), default=0.0)
    while any(abs(node.x - x) < BEFORE / 2 and abs(node.y - y) < BELOW for node in nodes):
        y += BELOW
    with document.edit("Add data"):
        key = document.add_node(subject.node_type, x, y, network=session.network, params=_written(subject))
    session.select([key])
    return key


def use_in(session: Session, key: NodeKey, subject: Subject) -> None:
    """Let a node read the data instead of what it reads now; one step of undo. Its wires stay."""
    document = session.document
    key = original(document, key)
    with document.edit("Use data"):
        document.change_node(key, type=subject.node_type, params=_written(subject))
    session.select([key])


def set_parameter(session: Session, key: NodeKey, name: str, value: Value | None, token: str = "") -> None:
    """Change a parameter of the node; None goes back to the default."""
    document = session.document
    key = original(document, key)
    declared = CATALOGUE[document.nodes[key].type].parameter(name)
    with document.edit(Worded("Set {name}", name=name.replace("_", " ")), merge=token):
        document.set_param(key, name, None if declared is None or value == declared.default else value)


def _written(subject: Subject) -> dict[str, Value]:
    """The parameters as a node keeps them, with the source among them."""
    source = CATALOGUE[subject.node_type].parameter("source")
    own = {} if source is not None and source.default == subject.source else {"source": subject.source}
    return own | dict(subject.parameters)

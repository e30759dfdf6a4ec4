"""The design as data: frozen values in tables, edited in transactions that undo, redo and roll back."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec

from graph.rows import MAIN as MAIN
from graph.rows import TABLES as TABLES
from graph.rows import Change as Change
from graph.rows import Comment as Comment
from graph.rows import Network as Network
from graph.rows import Node as Node
from graph.rows import NodeKey as NodeKey
from graph.rows import Port as Port
from graph.rows import Value as Value
from graph.rows import Wire as Wire


class Transaction(NamedTuple):
    """What one edit did, as the user names it in the undo menu."""

    label: str
    merge: str
    changes: tuple[Change, ...]


Listener = Callable[[Sequence[Change]], None]


class Document:
    """One design: its tables, its history and those who listen to it.

    Reading is reading the tables, which are plain dictionaries of frozen values and never to be written to directly.
    Writing happens inside ``with document.edit("Connect"):`` through ``put`` or the verbs built on it. Listeners hear
    of a transaction once, after it is whole; one that raises is rolled back and nobody hears of it.
    """

    def __init__(self) -> None:
        self.about: dict[str, str] = {}
        self.settings: dict[str, Value] = {}
        self.networks: dict[str, Network] = {MAIN: Network()}
        self.nodes: dict[NodeKey, Node] = {}
        self.wires: dict[Port, Wire] = {}
        self.comments: dict[NodeKey, Comment] = {}
        self.listeners: list[Listener] = []
        self._undo: list[Transaction] = []
        self._redo: list[Transaction] = []
        self._open: dict[tuple[str, Any], tuple[Any, Any]] | None = None
        self._saved: Transaction | None = None
        self._derived: dict[str, Any] = {}

    @classmethod
    def of(cls, tables: Mapping[str, Mapping[Any, Any]]) -> Document:
        """A document with these tables, as ``snapshot`` gives them, and no history."""
        document = cls()
        for name, table in tables.items():
            setattr(document, name, dict(table))
        return document

    # -- transactions ------------------------------------------------------------------------------------------------

    @contextmanager
    def edit(self, label: str, merge: str = "") -> Iterator[None]:
        """Open a transaction; edits inside an open one join it.

        label: what the undo menu calls it
        merge: transactions in a row with the same non-empty key become one step of undo (the ticks of a slider drag)
        """
        if self._open is not None:
            yield
            return
        self._open = {}
        try:
            yield
        except BaseException:
            for (table, key), (old, _) in reversed(self._open.items()):
                self._write(table, key, old)
            self._open = None
            raise
        changes = tuple(Change(*at, old, new) for at, (old, new) in self._open.items() if old != new)
        self._open = None
        if changes:
            self._record(Transaction(label, merge, changes))
            self._tell(changes)

    def put(self, table: str, key: Any, value: Any) -> None:
        """Set ``table[key]`` to a frozen value, or remove it with None. Raises RuntimeError outside ``edit``."""
        if self._open is None:
            raise RuntimeError("A document changes only inside `with document.edit(...)`.")
        old = self._table(table).get(key)
        first, _ = self._open.get((table, key), (old, None))
        self._open[table, key] = (first, value)
        self._write(table, key, value)

    def apply(self, changes: Iterable[Change]) -> None:
        """Put the new side of every change, inside ``edit``. Raises ValueError where the old side is gone."""
        for change in changes:
            if self._table(change.table).get(change.key) != change.old:
                raise ValueError(f"The document has changed since: {change.table} {change.key} is another now.")
            self.put(change.table, change.key, change.new)

    def undo(self) -> str:
        """Take the last transaction back and return its label, or "" where there is none."""
        return self._replay(self._undo, self._redo, backwards=True)

    def redo(self) -> str:
        """Do the last undone transaction again and return its label, or "" where there is none."""
        return self._replay(self._redo, self._undo, backwards=False)

    @property
    def undo_label(self) -> str:
        return self._undo[-1].label if self._undo else ""

    @property
    def redo_label(self) -> str:
        return self._redo[-1].label if self._redo else ""

    @property
    def modified(self) -> bool:
        """Whether the document differs from what was last saved or opened."""
        return (self._undo[-1] if self._undo else None) is not self._saved

    def mark_saved(self) -> None:
        self._saved = self._undo[-1] if self._undo else None

    # -- verbs; each inside ``edit`` ---------------------------------------------------------------------------------

    def add_node(self, type_name: str, x: float = 0.0, y: float = 0.0, *, network: str = MAIN, id: str = "",
                 params: Mapping[str, Value] | None = None, title: str = "") -> NodeKey:  # fmt: skip
        """Place a node and return its key. Without an id it gets the next free one of its type: ``conv2d_1``."""
        key = NodeKey(network, id or self.free_id(type_name, network))
        if network not in self.networks:
            raise ValueError(f"The design has no network “{network}”.")
        if not is_identifier(key.node):
            raise ValueError(f"A node's id is a Python identifier that is no keyword; “{key.node}” is not.")
        if key in self.nodes:
            raise ValueError(f"There is already a node “{key.node}” in “{network}”.")
        self.put("nodes", key, Node(type_name, dict(params or {}), title, x, y))
        return key

    def remove_node(self, key: NodeKey) -> None:
        """Take a node away together with every wire that touches it. The first that shared its weights keeps them."""
        for port, wire in list(self.wires.items()):
            if key in (port.owner, NodeKey(port.network, wire.node)):
                self.put("wires", port, None)
        heirs = sorted(self.linked_to(key), key=lambda heir: port_order(heir.node))
        for heir in heirs:
            fields = {"link": "", "params": self.nodes[key].params} if heir == heirs[0] else {"link": heirs[0].node}
            self.change_node(heir, **fields)
        for other, node in list(self.in_network(key.network).items()):
            if node.copy_of == key.node:
                self.change_node(other, copy_of="")
        self.put("nodes", key, None)

    def rename_node(self, key: NodeKey, id: str) -> NodeKey:
        """Give a node another id, which its wires follow, and return its new key."""
        renamed = NodeKey(key.network, id)
        if not is_identifier(id) or (renamed in self.nodes and renamed != key):
            raise ValueError(f"A node's id is a Python identifier that no other node of its network has; got “{id}”.")
        node = self.nodes[key]
        self.put("nodes", key, None)
        self.put("nodes", renamed, node)
        for port, wire in list(self.wires.items()):
            if key in (port.owner, NodeKey(port.network, wire.node)):
                source = id if wire.node == key.node else wire.node
                target = id if port.node == key.node else port.node
                self.put("wires", port, None)
                self.put("wires", Port(port.network, target, port.port), Wire(source, wire.port))
        for other, node in list(self.in_network(key.network).items()):
            fields = {name: id for name in ("link", "copy_of") if getattr(node, name) == key.node}
            if fields:
                self.change_node(other, **fields)
        self._follow(key, id)
        return renamed

    def _follow(self, key: NodeKey, id: str) -> None:
        """Let the outside of a network follow a node inside that is called ``id`` now: its port, what is promoted."""
        network = self.networks[key.network]
        promoted = {
            name: [f"{id}.{p.partition('.')[2]}" if p.partition(".")[0] == key.node else p for p in places]
            for name, places in network.promoted.items()
        }
        self.put("networks", key.network, msgspec.structs.replace(network, promoted=promoted))
        placing = {NodeKey(k.network, k.node) for k, node in self.nodes.items() if node.type == f"@{key.network}"}
        if self.nodes[NodeKey(key.network, id)].type not in ("input", "output"):
            return
        for port, wire in list(self.wires.items()):
            if port.owner in placing and port.port == key.node:
                self.put("wires", port, None)
                self.put("wires", Port(port.network, port.node, id), wire)
            elif NodeKey(port.network, wire.node) in placing and wire.port == key.node:
                self.put("wires", port, Wire(wire.node, id))

    def connect(self, source: Port, target: Port) -> None:
        """Wire output ``source`` to input ``target``, in place of the wire that was there. Rules are asked before."""
        if source.network != target.network or source.owner not in self.nodes or target.owner not in self.nodes:
            raise ValueError(f"A wire joins two nodes of one network; got {source} and {target}.")
        self.put("wires", target, Wire(source.node, source.port))

    def disconnect(self, target: Port) -> None:
        self.put("wires", target, None)

    def change_node(self, key: NodeKey, **fields: Any) -> None:
        """Replace fields of a node: ``change_node(key, x=10.0, title="Encoder")``."""
        self.put("nodes", key, msgspec.structs.replace(self.nodes[key], **fields))

    def set_param(self, key: NodeKey, name: str, value: Value | None) -> None:
        """Set one parameter; None goes back to the declared default."""
        params = dict(self.nodes[key].params)
        if value is None:
            params.pop(name, None)
        else:
            params[name] = value
        self.change_node(key, params=params)

    def set_setting(self, name: str, value: Value | None) -> None:
        self.put("settings", name, value)

    # -- questions ---------------------------------------------------------------------------------------------------

    def free_id(self, type_name: str, network: str = MAIN) -> str:
        """The next id of the form ``type_n`` that no node of the network has."""
        stem = re.sub(r"\W", "_", type_name.removeprefix("@"))
        number = 1
        while NodeKey(network, f"{stem}_{number}") in self.nodes:
            number += 1
        return f"{stem}_{number}"

    def in_network(self, network: str = MAIN) -> dict[NodeKey, Node]:
        return {key: node for key, node in self.nodes.items() if key.network == network}

    def linked_to(self, key: NodeKey) -> list[NodeKey]:
        """The nodes that compute with the weights of this one."""
        return [other for other, node in self.in_network(key.network).items() if node.link == key.node]

    def derived(self, name: str, make: Callable[[Document], Any]) -> Any:
        """What is worked out of the tables: made when first asked for, and kept until they change."""
        if name not in self._derived:
            self._derived[name] = make(self)
        return self._derived[name]

    def inputs_of(self, key: NodeKey) -> dict[str, Port]:
        """The wired inputs of a node: input name → output port that feeds it, growing ports in their order."""
        found = {p.port: Port(p.network, w.node, w.port) for p, w in self.wires.items() if p.owner == key}
        return dict(sorted(found.items(), key=lambda item: port_order(item[0])))

    def inputs_by_node(self) -> Mapping[NodeKey, Mapping[str, Port]]:
        """``inputs_of`` for every node at once, in one pass over the wires."""
        return cast("Mapping[NodeKey, Mapping[str, Port]]", self.derived("inputs", _inputs_by_node))

    def snapshot(self) -> dict[str, dict[Any, Any]]:
        """A copy of every table, for comparing and for handing to another thread."""
        return {table: dict(self._table(table)) for table in TABLES}

    # -- the machinery -----------------------------------------------------------------------------------------------

    def _table(self, name: str) -> dict[Any, Any]:
        if name not in TABLES:
            raise KeyError(f"A document has no table “{name}”; it has {', '.join(TABLES)}.")
        table: dict[Any, Any] = getattr(self, name)
        return table

    def _write(self, table: str, key: Any, value: Any) -> None:
        self._derived.clear()
        if value is None:
            self._table(table).pop(key, None)
        else:
            self._table(table)[key] = value

    def _record(self, done: Transaction) -> None:
        self._redo.clear()
        last = self._undo[-1] if self._undo else None
        if last and done.merge and last.merge == done.merge and last is not self._saved:
            self._undo.pop()
            if net := _net(last.changes + done.changes):
                self._undo.append(Transaction(done.label, done.merge, net))
        else:
            self._undo.append(done)

    def _replay(self, source: list[Transaction], target: list[Transaction], backwards: bool) -> str:
        if not source or self._open is not None:
            return ""
        transaction = source.pop()
        target.append(transaction)
        steps = [c.reversed() for c in reversed(transaction.changes)] if backwards else list(transaction.changes)
        for step in steps:
            self._write(step.table, step.key, step.new)
        self._tell(steps)
        return transaction.label

    def _tell(self, changes: Sequence[Change]) -> None:
        for listener in list(self.listeners):
            listener(changes)


def is_identifier(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _inputs_by_node(document: Document) -> dict[NodeKey, dict[str, Port]]:
    found: dict[NodeKey, dict[str, Port]] = {key: {} for key in document.nodes}
    for port, wire in sorted(document.wires.items(), key=lambda item: port_order(item[0].port)):
        found.setdefault(port.owner, {})[port.port] = Port(port.network, wire.node, wire.port)
    return found


@lru_cache(maxsize=1024)
def port_order(port: str) -> tuple[str, int]:
    """Sorting key of input names that puts ``xs.2`` before ``xs.10``."""
    stem, _, number = port.partition(".")
    return stem, int(number) if number.isdecimal() else -1


def _net(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Several changes of one place as one, first old to last new; none where that is the same."""
    ends: dict[tuple[str, Any], tuple[Any, Any]] = {}
    for change in changes:
        first = ends.get((change.table, change.key), (change.old, None))[0]
        ends[change.table, change.key] = (first, change.new)
    return tuple(Change(*at, old, new) for at, (old, new) in ends.items() if old != new)

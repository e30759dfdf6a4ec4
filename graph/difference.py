"""What tells two designs apart: nodes that came, went or changed, however they were moved or renamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from graph.catalogue import CATALOGUE
from graph.document import TABLES, Change, Document, Node, NodeKey, Port, Wire
from graph.networks import PLACED

FIELDS: Final = ("type", "title", "link", "copy_of", "muted")
ABSENT: Final = "–"
ALIKE: Final = 0.5  # the share of nodes and wires that a renamed network has in common with what it was


class Altered(NamedTuple):
    """One thing about a node, a network or the whole design that differs: its name, what it was and what it is."""

    name: str
    old: Any
    new: Any


class Difference(NamedTuple):
    """What a new design has that an old one has not, and the reverse. Where nodes stand does not count.

    partners: the nodes that both have, the new key to the old one
    changed: of the new node's key
    wires_added, wires_removed: by their target in the new and in the old design
    about: what differs in the settings, the networks and the words about the design
    networks: the networks that were renamed, the new name to the old one
    before: the old design with these networks under their new names, to which all keys of the old design belong
    """

    partners: Mapping[NodeKey, NodeKey]
    added: tuple[NodeKey, ...]
    removed: tuple[NodeKey, ...]
    changed: Mapping[NodeKey, tuple[Altered, ...]]
    wires_added: tuple[Port, ...]
    wires_removed: tuple[Port, ...]
    about: tuple[Altered, ...]
    networks: Mapping[str, str]
    before: Document

    def was(self, key: NodeKey | None, name: str) -> Altered | None:
        """What a parameter of a node was, or with None a setting of the training; None where it is as it was."""
        rows, wanted = (self.about, f"setting {name}") if key is None else (self.changed.get(key, ()), name)
        return next((row for row in rows if row.name == wanted), None)

    @property
    def nothing(self) -> bool:
        return not any((self.added, self.removed, self.changed, self.wires_added, self.wires_removed, self.about))

    @property
    def summary(self) -> str:
        """In a few words: "2 nodes added, 1 changed, 3 wires removed"."""
        counts = [(len(self.added), "node", "added"), (len(self.removed), "node", "removed"),
                  (len(self.changed), "node", "changed"), (len(self.wires_added), "wire", "added"),
                  (len(self.wires_removed), "wire", "removed"), (len(self.networks), "network", "renamed"),
                  (len(self.about) - len(self.networks), "setting", "changed")]  # fmt: skip
        words = [f"{count} {what}{'' if count == 1 else 's'} {how}" for count, what, how in counts if count]
        return ", ".join(words) or "nothing that computes differs"


def changes_between(old: Document, new: Document) -> tuple[Change, ...]:
    """The Changes that make the tables of ``old`` those of ``new``, to the last pixel."""
    found = []
    before, after = old.snapshot(), new.snapshot()
    for table in TABLES:
        for key in [*before[table], *(key for key in after[table] if key not in before[table])]:
            change = Change(table, key, before[table].get(key), after[table].get(key))
            if change.old != change.new:
                found.append(change)
    return tuple(found)


def difference(old: Document, new: Document) -> Difference:
    """Compare two designs. Nodes are the same that have the same id; of the rest, those alike in type and wiring.

    Networks are the same that have the same name; of the rest, those that hold mostly the same nodes.
    """
    networks = _renamed_networks(old, new)
    old = _under(old, networks)
    partners = {key: key for key in new.nodes if key in old.nodes}
    partners |= _renamed(old, new, partners)
    backwards = {was: now for now, was in partners.items()}
    changed = {}
    for key, was in partners.items():
        if rows := tuple(_altered(old.nodes[was], new.nodes[key], backwards, key)):
            changed[key] = rows
    wires_added, wires_removed = _wires(old, new, backwards)
    return Difference(
        partners, tuple(key for key in new.nodes if key not in partners),
        tuple(key for key in old.nodes if key not in backwards), changed, wires_added, wires_removed,
        (*_names(networks), *_about(old, new, networks)), networks, old,
    )  # fmt: skip


def _renamed_networks(old: Document, new: Document) -> dict[str, str]:
    """Networks that have another name now, found by what they hold; those alike in most come first."""
    gone, come = _contents(old, new), _contents(new, old)
    likeness = []
    for name, holds in come.items():
        for was, held in gone.items():
            shared = sum((held & holds).values()) / max(held.total(), holds.total(), 1)
            if shared >= ALIKE:
                likeness.append((-shared, name, was))
    found: dict[str, str] = {}
    for _, name, was in sorted(likeness):
        if name not in found and was not in found.values():
            found[name] = was
    return found


def _contents(document: Document, other: Document) -> dict[str, Counter[tuple[str, ...]]]:
    """What each network holds that the other design has not by that name: its nodes and its wires."""
    found: dict[str, Counter[tuple[str, ...]]] = {
        name: Counter() for name in document.networks if name not in other.networks
    }
    for key, node in document.nodes.items():
        if key.network in found:
            found[key.network][key.node, PLACED if node.type.startswith(PLACED) else node.type] += 1
    for target, wire in document.wires.items():
        if target.network in found:
            found[target.network][target.node, target.port, wire.node, wire.port] += 1
    return found


def _under(document: Document, networks: Mapping[str, str]) -> Document:
    """A design with networks under their new names."""
    if not networks:
        return document
    now = {was: name for name, was in networks.items()}

    def named(node: Node) -> Node:
        inner = node.type.removeprefix(PLACED)
        placing = node.type.startswith(PLACED) and inner in now
        return msgspec.structs.replace(node, type=PLACED + now[inner]) if placing else node

    tables = document.snapshot()
    return Document.of({
        **tables,
        "networks": {now.get(name, name): row for name, row in tables["networks"].items()},
        "nodes": {NodeKey(now.get(key.network, key.network), key.node): named(node)
                  for key, node in tables["nodes"].items()},
        "wires": {Port(now.get(key.network, key.network), key.node, key.port): wire
                  for key, wire in tables["wires"].items()},
        "comments": {NodeKey(now.get(key.network, key.network), key.node): row
                     for key, row in tables["comments"].items()},
    })  # fmt: skip


def _names(networks: Mapping[str, str]) -> Iterable[Altered]:
    return (Altered("network name", was, name) for name, was in sorted(networks.items()))


def _renamed(old: Document, new: Document, partners: Mapping[NodeKey, NodeKey]) -> dict[NodeKey, NodeKey]:
    """Nodes that have another id now, found by their type, what they are wired to, and their parameters."""
    gone = [key for key in old.nodes if key not in partners]
    come = [key for key in new.nodes if key not in partners]
    if not gone or not come:
        return {}
    around_old, around_new = _neighbours(old, gone), _neighbours(new, come)
    likeness = []
    by_type: dict[tuple[str, str], list[NodeKey]] = {}
    for key in gone:
        by_type.setdefault((key.network, old.nodes[key].type), []).append(key)
    for key in come:
        for was in by_type.get((key.network, new.nodes[key].type), ()):
            shared = sum((around_old[was] & around_new[key]).values())
            same = old.nodes[was].params == new.nodes[key].params
            if shared or (same and not around_old[was] and not around_new[key]):
                likeness.append((-shared, not same, key, was))
    found: dict[NodeKey, NodeKey] = {}
    taken: set[NodeKey] = set()
    for _, _, key, was in sorted(likeness):
        if key not in found and was not in taken:
            found[key] = was
            taken.add(was)
    return found


def _neighbours(document: Document, keys: Iterable[NodeKey]) -> dict[NodeKey, Counter[tuple[str, ...]]]:
    """What each node is wired to: by which port, to which port of which node."""
    found: dict[NodeKey, Counter[tuple[str, ...]]] = {key: Counter() for key in keys}
    for target, wire in document.wires.items():
        source = NodeKey(target.network, wire.node)
        if target.owner in found:
            found[target.owner]["in", target.port, wire.node, wire.port] += 1
        if source in found:
            found[source]["out", wire.port, target.node, target.port] += 1
    return found


def _altered(old: Node, new: Node, backwards: Mapping[NodeKey, NodeKey], key: NodeKey) -> Iterable[Altered]:
    for name in FIELDS:
        was, now = getattr(old, name), getattr(new, name)
        if name in ("link", "copy_of") and was:
            was = backwards.get(NodeKey(key.network, was), NodeKey(key.network, was)).node
        if was != now:
            yield Altered(name.replace("_", " "), was or ABSENT, now or ABSENT)
    for name in sorted(old.params.keys() | new.params.keys()):
        was, now = (node.params.get(name, _default(node.type, name)) for node in (old, new))
        if was != now:
            yield Altered(name, was, now)


def _default(type_name: str, parameter: str) -> Any:
    node_type = CATALOGUE.get(type_name)
    found = (each.default for each in node_type.parameters if each.name == parameter) if node_type else iter(())
    return next(found, ABSENT)


def _wires(old: Document, new: Document,
           backwards: Mapping[NodeKey, NodeKey]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:  # fmt: skip
    def now(key: NodeKey) -> NodeKey:
        return backwards.get(key, key)

    was = {}
    for target, wire in old.wires.items():
        source = now(NodeKey(target.network, wire.node))
        was[Port(*now(target.owner), target.port)] = target, Wire(source.node, wire.port)
    added = [target for target, wire in new.wires.items() if target not in was or was[target][1] != wire]
    removed = [target for place, (target, wire) in was.items() if new.wires.get(place) != wire]
    return tuple(added), tuple(removed)


def _about(old: Document, new: Document, networks: Mapping[str, str]) -> Iterable[Altered]:
    for table in ("about", "settings", "networks"):
        before, after = old.snapshot()[table], new.snapshot()[table]
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if table == "networks" and name in networks and now is not None:  # the title goes with the name
                was = msgspec.structs.replace(before[name], title=now.title)
            if was != now:
                yield Altered(f"{table[:-1]} {name}" if table != "about" else name, _words(was), _words(now))


def _words(value: Any) -> Any:
    if value is None:
        return ABSENT
    return value if isinstance(value, bool | int | float | str | list) else value.title or "there"

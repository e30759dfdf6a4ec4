"""What tells two designs apart: nodes that came, went or changed, however they were moved or renamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from graph.catalogue import CATALOGUE
from graph.document import TABLES, Change, Document, Node, NodeKey, Port, Wire

FIELDS: Final = ("type", "title", "link", "copy_of", "muted")
ABSENT: Final = "–"


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
    """

    partners: Mapping[NodeKey, NodeKey]
    added: tuple[NodeKey, ...]
    removed: tuple[NodeKey, ...]
    changed: Mapping[NodeKey, tuple[Altered, ...]]
    wires_added: tuple[Port, ...]
    wires_removed: tuple[Port, ...]
    about: tuple[Altered, ...]

    @property
    def nothing(self) -> bool:
        return not any((self.added, self.removed, self.changed, self.wires_added, self.wires_removed, self.about))

    @property
    def summary(self) -> str:
        """In a few words: "2 nodes added, 1 changed, 3 wires removed"."""
        counts = [(len(self.added), "node", "added"), (len(self.removed), "node", "removed"),
                  (len(self.changed), "node", "changed"), (len(self.wires_added), "wire", "added"),
                  (len(self.wires_removed), "wire", "removed"), (len(self.about), "setting", "changed")]  # fmt: skip
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
    """Compare two designs. Nodes are the same that have the same id; of the rest, those alike in type and wiring."""
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
        tuple(_about(old, new)),
    )  # fmt: skip


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


def _about(old: Document, new: Document) -> Iterable[Altered]:
    for table in ("about", "settings", "networks"):
        before, after = old.snapshot()[table], new.snapshot()[table]
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was != now:
                yield Altered(f"{table[:-1]} {name}" if table != "about" else name, _words(was), _words(now))


def _words(value: Any) -> Any:
    if value is None:
        return ABSENT
    return value if isinstance(value, bool | int | float | str | list) else value.title or "there"

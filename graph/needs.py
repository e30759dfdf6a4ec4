"""What the values of a drawing are computed from: the nodes and ports that a slice needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from graph.catalogue import NodeType
from graph.document import Document, NodeKey, Port
from graph.flat import Cell, Flat, behind, flat_of, within
from graph.networks import types_of


class CompileError(Exception):
    """The document cannot be compiled; the text is a sentence for the user."""


def read_by(document: Document, targets: Sequence[Port], given: Sequence[Port] = ()) -> frozenset[Port]:
    """Every port whose value the slice of these targets reads, in the flat document; none before those given."""
    flat = flat_of(document)
    ends, starts = ([flat.stands_for(port) or port for port in each] for each in (targets, given))
    return frozenset(_ports_read(flat, ends, starts))


def upstream_of(document: Document, targets: Sequence[Port]) -> set[NodeKey]:
    """The nodes of the flat document that the slice of these targets computes, its sources among them."""
    flat = flat_of(document)
    return set(needed(flat, [flat.stands_for(port) or port for port in targets]))


def needed(flat: Flat, targets: Sequence[Port], given: Collection[Port] = ()) -> dict[NodeKey, set[str]]:
    """The nodes upstream of the targets, down to what is given, with the output ports of each that are read.

    Of a recurrence none are where it is needed for what flows inside it alone.
    """
    wired, types = flat.document.derived("inputs", Document.inputs_by_node), types_of(flat.document)
    found: dict[NodeKey, set[str]] = {}
    stack = list(targets)
    while stack:
        port = stack.pop()
        if port in given:
            continue
        owner = owner_of(flat, port)
        if owner not in flat.document.nodes:
            raise CompileError(f"There is no node “{port.node}” in “{port.network}”.")
        known = owner in found
        found.setdefault(owner, set()).update([port.port] if owner == port.owner else [])
        if not known:
            stack.extend(read(types[flat.document.nodes[owner].type], wired[owner]).values())
    return found


def owner_of(flat: Flat, port: Port) -> NodeKey:
    """The node that computes a port: inside a recurrence the one that runs it."""
    return flat.cell_of(port.node) or port.owner


def read(node_type: NodeType, wired: Mapping[str, Port]) -> dict[str, Port]:
    """The wires whose values a node computes with. The target of an Output only says what it is compared with."""
    if node_type.kind == "output":
        return {name: port for name, port in wired.items() if name == node_type.inputs[0].name}
    return dict(wired)


def before_steps(cell: Cell) -> set[NodeKey]:
    """The nodes of a recurrence that take part in computing first states and in no step."""
    steps = [port for port in (*(port for port, _ in cell.outputs.values()), *cell.nexts.values()) if port]
    starts, going = (needed(cell.flat, ports) for ports in (list(cell.starts.values()), steps))
    return set(starts) - set(going)


def _ports_read(flat: Flat, targets: Sequence[Port], given: Sequence[Port]) -> Iterator[Port]:
    for key, names in needed(flat, targets, given).items():
        yield from (Port(*key, name) for name in names)
        if key in flat.cells:
            inner, before = (_inside(flat, key, each) for each in (targets, given))
            for port in _ports_read_in_cell(flat.cells[key], names, inner, before):
                yield Port(*behind(key, port.owner), port.port)


def _ports_read_in_cell(cell: Cell, outputs: Collection[str], targets: Sequence[Port],
                        given: Sequence[Port]) -> set[Port]:  # fmt: skip
    """What a cell reads for some outputs: through a delay, what the step before made."""
    ends = [*targets, *(port for name in outputs if name in cell.outputs and (port := cell.outputs[name][0]))]
    while True:
        found = set(_ports_read(cell.flat, ends, given))
        held = [each for state in cell.nexts if Port(*state, "output") in found
                for each in (cell.nexts[state], cell.starts.get(state)) if each and each not in ends]  # fmt: skip
        if not held:
            return found
        ends += held


def _inside(flat: Flat, holder: NodeKey, ports: Sequence[Port]) -> list[Port]:
    """Those of some ports that lie inside a recurrence, as its cell knows them."""
    return [Port(*within(holder, port.owner), port.port) for port in ports if flat.cell_of(port.node) == holder]

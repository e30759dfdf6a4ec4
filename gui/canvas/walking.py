"""Going about a drawing by keys: the next node along the wires, the next one as it stands, what can be wired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from graph.document import Document, NodeKey, Port, port_order
from graph.wiring import legal_sources, legal_targets
from gui.shell.palette import score

if TYPE_CHECKING:
    from gui.canvas.scene import CanvasScene

ASKEW: Final = 2.5  # how much more a way aside counts than a way ahead
MOST: Final = 200  # rows of a list; who looks further types another letter


class WireRow(NamedTuple):
    """A wire that is there or could be, as a row of a list."""

    source: Port
    target: Port
    title: str
    family: str
    summary: str


def next_node(canvas: CanvasScene, key: NodeKey, across: int, down: int) -> NodeKey | None:
    """The node that an arrow key leads to: across along a wire, the nearest in height first, else the nearest there."""
    wired: set[NodeKey] = set()
    if across:
        for target in canvas.wires_at(key):
            giver = canvas.source_of(target).owner
            wired.add(target.owner if across > 0 else giver)
        wired.discard(key)
    here = canvas.nodes[key].box.centre
    if wired:
        return min(wired, key=lambda each: (abs(canvas.nodes[each].box.centre[1] - here[1]), each))
    ways = []
    for other, item in canvas.nodes.items():
        x, y = item.box.centre[0] - here[0], item.box.centre[1] - here[1]
        ahead, aside = (x * across, abs(y)) if across else (y * down, abs(x))
        if other != key and ahead > 0:
            ways.append((ahead + ASKEW * aside, other))
    return min(ways)[1] if ways else None


def first_node(canvas: CanvasScene) -> NodeKey | None:
    """Where one begins: the node at the left, of several the uppermost."""
    return min(canvas.nodes, key=lambda key: (canvas.nodes[key].x(), canvas.nodes[key].y()), default=None)


def possible_wires(canvas: CanvasScene, document: Document, chosen: Collection[NodeKey]) -> list[WireRow]:
    """The wires that could be drawn at a node, or between several; free inputs first, then what is near."""
    specs, pairs = canvas.specs, set()
    outputs = {key: [Port(*key, shown.name) for shown in canvas.nodes[key].face.outputs] for key in chosen}
    for source in (port for ports in outputs.values() for port in ports):
        targets = legal_targets(document, source, specs)
        pairs |= {(source, target) for target in targets if len(chosen) == 1 or target.owner in chosen}
    if len(chosen) == 1:
        (key,) = chosen
        for target in (Port(*key, shown.name) for shown in canvas.nodes[key].face.inputs):
            pairs |= {(source, target) for source in legal_sources(document, target, specs)}
    wires = document.wires
    there = {(canvas.source_of(target), target) for target in canvas.wires}

    def order(pair: tuple[Port, Port]) -> tuple[object, ...]:
        source, target = pair
        (x0, y0), (x1, y1) = canvas.nodes[source.owner].box.centre, canvas.nodes[target.owner].box.centre
        return target in wires, x1 < x0, abs(x1 - x0) + abs(y1 - y0), source, target.owner, port_order(target.port)

    return [_row(canvas, *pair) for pair in sorted(pairs - there, key=order)]


def drawn_wires(canvas: CanvasScene, chosen: Collection[NodeKey]) -> list[WireRow]:
    """The wires that are drawn at some nodes, or all where none is named, from left to right."""
    targets = {target for key in chosen for target in canvas.wires_at(key)} if chosen else set(canvas.wires)
    ordered = sorted(
        targets, key=lambda target: (canvas.nodes[target.owner].x(), target.owner, port_order(target.port))
    )
    return [_row(canvas, canvas.source_of(target), target) for target in ordered]


def _row(canvas: CanvasScene, source: Port, target: Port) -> WireRow:
    giver = canvas.nodes[source.owner]
    spec = canvas.specs.get(source)
    before = canvas.source_of(target) if target in canvas.wires else source
    instead = f" · ← {before.node}.{before.port}" if before != source else ""
    title = f"{source.node}.{source.port} → {target.node}.{target.port}"
    return WireRow(source, target, title, giver.face.family, f"{spec or giver.output_meaning(source.port)}{instead}")


def matching(rows: Iterable[WireRow], query: str) -> Sequence[WireRow]:
    """The rows that a query means, best first; of equals in their order."""
    scored = [(points, at, row) for at, row in enumerate(rows) if (points := score(query, row.title)) is not None]
    return [row for _, _, row in sorted(scored, key=lambda each: (-each[0], each[1]))[:MOST]]

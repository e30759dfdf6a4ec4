"""A layered layout: left to right along the wires, with few crossings and straight chains."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from gui.canvas.geometry import Box, Spot, snap

BETWEEN_COLUMNS: Final = 70.0
BETWEEN_ROWS: Final = 30.0
LANE: Final = 10.0  # the height that a wire takes where it runs past a node
SWEEPS: Final = 8
FINE: Final = 10_000.0  # scene pixels, more than any node is tall: ports decide only between equals

Name = TypeVar("Name", bound=Hashable)
Edge = tuple[int, int]


class Link(NamedTuple, Generic[Name]):
    """A wire: the node it leaves and the node it enters, and how far below their tops."""

    source: Name
    target: Name
    leaves: float
    enters: float


def layered(boxes: Mapping[Name, Box], links: Iterable[Link[Name]]) -> dict[Name, Spot]:
    """New corners for nodes, given where they stand and the wires among them.

    The top left of the drawing stays where it was. Nodes without wires go in a row below the rest.
    """
    if not boxes:
        return {}
    names = sorted(boxes, key=lambda name: (boxes[name].y, boxes[name].x))
    numbers = {name: number for number, name in enumerate(names)}
    ends: dict[Edge, Spot] = {}
    for link in links:
        if link.source in numbers and link.target in numbers and link.source != link.target:
            ends.setdefault((numbers[link.source], numbers[link.target]), (link.leaves, link.enters))
    edges = _without_cycles(len(names), sorted(ends))
    wired = {end for edge in edges for end in edge}
    layout = _Layout([boxes[name] for name in names], sorted(wired), {edge: ends[edge] for edge in edges})
    spots = layout.spots()
    loose = [number for number in range(len(names)) if number not in wired]
    spots |= _shelved([boxes[name] for name in names], loose, layout.bottom(spots))
    left, top = min(b.x for b in boxes.values()), min(b.y for b in boxes.values())
    shift = left - min(x for x, _ in spots.values()), top - min(y for _, y in spots.values())
    return {names[n]: (snap(x + shift[0]), snap(y + shift[1])) for n, (x, y) in spots.items()}


def layers_of(count: int, edges: Collection[Edge]) -> list[int]:
    """The column of each node: as early as its inputs allow, and what only feeds others right before them."""
    import networkx  # not at the top: it would hold back the window

    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(sorted(edges))
    columns = [0] * count
    for column, generation in enumerate(networkx.topological_generations(graph)):
        for number in generation:
            columns[number] = column
    for number in range(count):
        after = [columns[n] for n in graph.successors(number)]
        if after and not graph.in_degree(number):
            columns[number] = min(after) - 1
    return columns


class _Layout:
    """Columns of nodes and of dummies, which stand where a wire runs past a column."""

    def __init__(self, boxes: Sequence[Box], wired: Sequence[int], edges: Mapping[Edge, Spot]) -> None:
        self.size = len(boxes)
        self.boxes = list(boxes)
        self.ports: dict[Edge, Spot] = {}  # how far below their tops a wire leaves the left one and enters the right
        self.pulls: dict[int, list[tuple[int, float, float]]] = {}  # to which others, how far below them, how strongly
        self.before: dict[int, list[int]] = {}
        self.after: dict[int, list[int]] = {}
        columns = layers_of(len(boxes), edges)
        self.columns: list[list[int]] = [[] for _ in range(max((columns[n] for n in wired), default=-1) + 1)]
        for number in wired:
            self.columns[columns[number]].append(number)
        for (source, target), (leaves, enters) in sorted(edges.items()):
            self._lay(source, target, columns, leaves, enters)
        self._order()

    def _lay(self, source: int, target: int, columns: Sequence[int], leaves: float, enters: float) -> None:
        """Take one wire from column to column."""
        last, height = source, leaves
        for column in range(columns[source] + 1, columns[target]):
            dummy = len(self.boxes)
            self.boxes.append(Box(0.0, self.boxes[source].y, 0.0, LANE))
            self.columns[column].append(dummy)
            self._join(last, dummy, height, LANE / 2)
            last, height = dummy, LANE / 2
        self._join(last, target, height, enters)

    def _join(self, left: int, right: int, leaves: float, enters: float) -> None:
        self.ports[left, right] = leaves, enters
        self.after.setdefault(left, []).append(right)
        self.before.setdefault(right, []).append(left)
        strength = (1.0, 4.0, 16.0)[(left >= self.size) + (right >= self.size)]  # what runs past others runs straight
        self.pulls.setdefault(left, []).append((right, enters - leaves, strength))
        self.pulls.setdefault(right, []).append((left, leaves - enters, strength))

    def _order(self) -> None:
        """Sort every column by the middle of its neighbours, to and fro; keep the order with fewest crossings."""
        best, fewest = [list(c) for c in self.columns], self._crossings()
        for sweep in range(SWEEPS):
            forth = sweep % 2 == 0
            neighbours = self.before if forth else self.after
            for column in range(1, len(self.columns)) if forth else range(len(self.columns) - 2, -1, -1):
                beside = self.columns[column - 1 if forth else column + 1]
                rank = {number: place for place, number in enumerate(beside)}
                own = {number: float(place) for place, number in enumerate(self.columns[column])}
                for number in own:
                    places = [rank[n] + self._port_at(n, number, forth) / FINE for n in neighbours.get(number, ())]
                    own[number] = sum(places) / len(places) if places else own[number]
                self.columns[column].sort(key=own.__getitem__)
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(c) for c in self.columns], crossings
        self.columns = best

    def _port_at(self, beside: int, number: int, forth: bool) -> float:
        """Where the wire of a neighbour touches it."""
        return self.ports[beside, number][0] if forth else self.ports[number, beside][1]

    def _crossings(self) -> int:
        """How many wires cross between columns."""
        return sum(self._crossings_after(left, right) for left, right in zip(self.columns, self.columns[1:]))

    def _crossings_after(self, left: Sequence[int], right: Sequence[int]) -> int:
        rank = {number: place for place, number in enumerate(right)}
        ends = [place for number in left for place in sorted(rank[n] for n in self.after.get(number, ()))]
        seen = [0] * (len(right) + 1)  # a Fenwick tree of the ends so far
        count = 0
        for number, end in enumerate(ends):
            count += number - _sum_to(seen, end + 1)
            _add_at(seen, end + 1)
        return count

    def spots(self) -> dict[int, Spot]:
        """Corners of the nodes, the dummies left out."""
        tops = {n: 0.0 for column in self.columns for n in column}
        for column in self.columns:
            y = 0.0
            for number in column:
                tops[number] = y
                y += self.boxes[number].height + BETWEEN_ROWS
        for sweep in range(2 * SWEEPS):
            for column in self.columns if sweep % 2 == 0 else reversed(self.columns):
                self._straighten(column, tops)
        x = 0.0
        found: dict[int, Spot] = {}
        for column in self.columns:
            found |= {number: (x, tops[number]) for number in column if number < self.size}
            x += max(self.boxes[number].width for number in column) + BETWEEN_COLUMNS
        return found

    def bottom(self, spots: Mapping[int, Spot]) -> float:
        return max((y + self.boxes[n].height for n, (_, y) in spots.items()), default=-BETWEEN_ROWS) + BETWEEN_ROWS

    def _straighten(self, column: Sequence[int], tops: dict[int, float]) -> None:
        """Move a column's nodes to where their wires are straight, as far as their order allows."""
        blocks: list[tuple[float, float, float, int]] = []  # pull, strength, height, nodes: what touches moves as one
        for number in column:
            pulls = self.pulls[number]
            strength = sum(strong for _, _, strong in pulls)
            pull = sum((tops[other] + below) * strong for other, below, strong in pulls)
            block = (pull, strength, self.boxes[number].height + BETWEEN_ROWS, 1)
            while blocks and block[0] / block[1] < blocks[-1][0] / blocks[-1][1] + blocks[-1][2]:
                pull, strength, height, count = blocks.pop()
                block = (pull + block[0] - height * block[1], strength + block[1], height + block[2], count + block[3])
            blocks.append(block)
        place = iter(column)
        for pull, strength, _, count in blocks:
            y = pull / strength
            for number in (next(place) for _ in range(count)):
                tops[number] = y
                y += self.boxes[number].height + BETWEEN_ROWS


def _shelved(boxes: Sequence[Box], loose: Sequence[int], y: float) -> dict[int, Spot]:
    """Nodes without wires side by side below the rest."""
    found: dict[int, Spot] = {}
    x = 0.0
    for number in loose:
        found[number] = (x, y)
        x += boxes[number].width + BETWEEN_ROWS
    return found


def _without_cycles(count: int, edges: Sequence[Edge]) -> set[Edge]:
    """The edges less those that lead back into a path they came from."""
    after: dict[int, list[int]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    state = [0] * count  # 0 not seen, 1 on the path, 2 done
    kept: set[Edge] = set()
    for start in range(count):
        path = [(start, iter(after.get(start, ())))] if not state[start] else []
        state[start] = state[start] or 1
        while path:
            number, rest = path[-1]
            target = next(rest, -1)
            if target < 0:
                state[number] = 2
                path.pop()
            elif state[target] != 1:
                kept.add((number, target))
                if not state[target]:
                    state[target] = 1
                    path.append((target, iter(after.get(target, ()))))
    return kept


def _sum_to(tree: Sequence[int], place: int) -> int:
    total = 0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


def _add_at(tree: list[int], place: int) -> None:
    while place < len(tree):
        tree[place] += 1
        place += place & -place

"""What the numbers of a training tell of its health: what vanishes, explodes, is dead, or steps too far. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

import numpy as np

from backend.health import DEAD, GRADIENTS, TIME, UPDATES, Layout, Table

Kind = Literal["not finite", "vanishing", "none", "growing", "rising", "forgetting", "dead", "wild", "fast", "slow"]

FEW: Final = 3  # moments that have to agree: a single one may be chance
LONG: Final = 5  # those whose median counts where steps are judged
VANISHED: Final = 1e-4  # of the largest gradient of a layer
GROWN: Final = 1e4  # times the gradient of the last layer
RISEN: Final = 100.0  # times what the gradient was for most of the training, and
LARGE: Final = 10.0  # at least so large
FORGOTTEN: Final = 1e-7  # of the gradient at the time step where it is the largest
SILENT: Final = 0.6  # of the units of a layer
FAST: Final = 0.2  # of the weights of a layer in a step
WILD: Final = (
    3.0  # the same of the very first step, which may well be larger, but leaves nothing of what weights began with
)
SLOW: Final = 1e-6
USUAL: Final = 1e-3  # a step that learns well, as a share of the weights: http://cs231n.github.io/neural-networks-3


class Sign(NamedTuple):
    """Something to be said of a node.

    value: how much: a ratio of gradients, a share of units, or a step as a share of the weights
    other: the node that it is compared with
    more: how many other nodes are like it
    objective: whose loss it is about, "" where there is one alone
    """

    kind: Kind
    node: str
    value: float
    other: str = ""
    objective: str = ""
    more: int = 0


def signs(layout: Layout, tables: Mapping[str, Table]) -> list[Sign]:
    """What there is to be said at the newest moment, the gravest first; nothing of a training that goes well."""
    found: list[Sign] = []
    if GRADIENTS in tables and len(tables[GRADIENTS].steps):
        found += _of_gradients(layout, tables[GRADIENTS])
        found += _through_time(layout, tables[TIME]) if TIME in tables else ()
        found += _of_steps(layout, tables[UPDATES])
    if DEAD in tables and len(tables[DEAD].steps):
        found += _of_units(tables[DEAD])
    return found


def _of_gradients(layout: Layout, table: Table) -> Iterator[Sign]:
    rows, section = table.values[..., 0], table.section
    for name, places in _objectives(table):
        objective = name if len(layout.solvers) > 1 else ""
        mine, nodes = rows[:, places], [section.rows[place] for place in places]
        newest = mine[-FEW:]
        odd = np.flatnonzero(~np.isfinite(newest[-1]))
        if len(odd):
            yield Sign("not finite", nodes[odd[-1]], float(newest[-1, odd[-1]]), objective=objective)
            continue
        if not newest.any():
            continue  # the loss is at its least, or says nothing: no layer is at fault
        sizes = np.exp(np.log(np.maximum(newest, 1e-300)).mean(0))
        yield from _along(dict(zip(nodes, np.where(newest.max(axis=0) > 0, sizes, 0.0).tolist())), layout, objective)
        whole = np.sqrt(np.square(mine).sum(1))
        usual = float(np.median(whole[:-1])) if len(whole) > FEW else np.inf
        if whole[-1] > max(RISEN * usual, LARGE):
            yield Sign("rising", nodes[int(mine[-1].argmax())], float(whole[-1] / max(usual, 1e-300)),
                       objective=objective)  # fmt: skip


def _along(sizes: Mapping[str, float], layout: Layout, objective: str) -> Iterator[Sign]:
    """How gradients change on the way back, each layer compared with the largest of those behind it."""
    behind = {node: max(sizes.keys() & _behind(node, layout), key=sizes.__getitem__, default="") for node in sizes}
    # Where the last layer has none either, the loss is at its least and no layer is at fault.
    if silent := [node for node, size in sizes.items() if not size and sizes.get(behind[node])]:
        yield Sign("none", silent[-1], 0.0, objective=objective, more=len(silent) - 1)
    ratios = {node: sizes[node] / sizes[other] for node, other in behind.items() if other and sizes[other]}
    ratios = {node: ratio for node, ratio in ratios.items() if ratio}
    if not ratios:
        return
    least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    if ratios[least] < VANISHED:
        yield Sign("vanishing", least, ratios[least], behind[least], objective)
    elif ratios[most] > GROWN:
        yield Sign("growing", most, ratios[most], behind[most], objective)


def _behind(node: str, layout: Layout) -> set[str]:
    """Every layer on the way from a layer to the losses."""
    found: set[str] = set()
    queue = list(layout.following.get(node, ()))
    while queue:
        each = queue.pop()
        if each not in found:
            found.add(each)
            queue.extend(layout.following.get(each, ()))
    return found


def _through_time(layout: Layout, table: Table) -> Iterator[Sign]:
    """How gradients change on the way back through the steps of a sequence."""
    if len(table.steps) < FEW:
        return
    for place, node in enumerate(table.section.rows):
        newest = table.values[-FEW:, place]
        newest = newest[:, np.isfinite(newest).all(0)]
        if newest.shape[1] > 1 and (newest.max(1) > 0).all():
            sizes = np.exp(np.log(np.maximum(newest, 1e-300)).mean(0))
            ratio = float(sizes[0] / sizes.max())
            if ratio < FORGOTTEN:
                objective = table.section.objectives[place] if len(layout.solvers) > 1 else ""
                yield Sign("forgetting", node, ratio, objective=objective)


def _of_units(table: Table) -> Iterator[Sign]:
    if len(table.steps) >= FEW:
        least = table.values[-FEW:, :, 0].min(0)
        worst, many = int(least.argmax()), int((least >= SILENT).sum())
        if many:
            yield Sign("dead", table.section.rows[worst], float(least[worst]), more=many - 1)


def _of_steps(layout: Layout, table: Table) -> Iterator[Sign]:
    """Steps of the size of the weights themselves, and steps that change nothing."""
    for name, places in _objectives(table):
        moved = table.values[:, places, 0]
        moved = moved[np.isfinite(moved).any(1)]
        if len(moved) < FEW or layout.solvers.get(name) != "gradient":
            continue  # a solver that looks for its step itself may take any
        known = np.where(np.isfinite(moved), moved, 0.0)  # where weights began as zeros no share can be told
        usual = np.median(known[-LONG:], axis=0)
        objective = name if len(layout.solvers) > 1 else ""
        top, first = int(usual.argmax()), int(known[0].argmax())
        if known[0, first] > WILD:
            yield Sign("wild", table.section.rows[places[first]], float(known[0, first]), objective=objective)
        elif usual[top] > FAST:
            yield Sign("fast", table.section.rows[places[top]], float(usual[top]), objective=objective)
        elif usual[top] < SLOW:
            yield Sign("slow", table.section.rows[places[top]], float(usual[top]), objective=objective)


def _objectives(table: Table) -> Iterator[tuple[str, list[int]]]:
    """Every objective with the places of its rows."""
    names = table.section.objectives
    for name in dict.fromkeys(names):
        yield name, [place for place, each in enumerate(names) if each == name]


def regrouped(table: Table, row: int, bins: int) -> tuple[np.ndarray, float, float]:
    """The histograms of one activation over all moments in intervals that are the same for all of them.

    Gives shares (moments, bins), NaN rows where there are none, and the least and greatest value. Within an interval
    values are taken to lie evenly.
    """
    lows, highs, shares = table.values[:, row, 0], table.values[:, row, 1], table.values[:, row, 2:]
    good = np.isfinite(lows) & np.isfinite(highs)
    if not good.any():
        return np.full((len(lows), bins), np.nan), 0.0, 1.0
    low, high = float(lows[good].min()), float(highs[good].max())
    high = high if high > low else low + 1.0
    edges = np.linspace(low, high, bins + 1)
    found = np.full((len(lows), bins), np.nan)
    for moment in np.flatnonzero(good):
        own = np.linspace(lows[moment], max(highs[moment], lows[moment] + 1e-12), shares.shape[1] + 1)
        below = np.concatenate(([0.0], np.cumsum(shares[moment])))
        found[moment] = np.diff(np.interp(edges, own, below))
    return found, low, high

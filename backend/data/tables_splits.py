"""Which rows of a table train, watch and test: whole groups together, or one after the other in time."""

from __future__ import annotations

import numpy as np

from backend.data.splits import FEWER, PER_CLASS, TEST, VALIDATION, chosen, rounded, shuffled, split
from graph.tables import Balance

Rows = dict[str, np.ndarray]


def split_table(strata: np.ndarray, *, validation: float, test: float, examples: int, seed: int,
                groups: np.ndarray | None = None, times: np.ndarray | None = None) -> Rows:  # fmt: skip
    """Row numbers of "train", "validation" and "test", ascending, with no row in two of them.

    strata: the class of every row, or zeros; their shares are kept where rows are drawn one by one
    groups: rows with equal numbers stay in one part
    times: the latest rows are the test, those before them validation; equal times may fall in two parts
    """
    if groups is None and times is None:
        return split(strata, None, validation=validation, test=test, examples=examples, seed=seed)
    rows = np.arange(len(strata))
    if 0 < examples < len(rows):
        rows = chosen(strata, examples, seed, FEWER)
    if times is not None:
        return _by_time(rows, times[rows], validation, test)
    assert groups is not None
    held = _whole_groups(rows, groups[rows], test, seed, TEST)
    rest = np.setdiff1d(rows, held, assume_unique=True)
    watched = _whole_groups(rest, groups[rest], validation, seed, VALIDATION)
    return {"train": np.setdiff1d(rest, watched, assume_unique=True), "validation": watched, "test": held}


def _by_time(rows: np.ndarray, times: np.ndarray, validation: float, test: float) -> Rows:
    order = rows[np.argsort(times, kind="stable")]
    held = min(rounded(len(order), test), len(order) - 1)
    order, latest = order[: len(order) - held], order[len(order) - held :]
    watched = min(rounded(len(order), validation), len(order) - 1)
    early, between = order[: len(order) - watched], order[len(order) - watched :]
    return {"train": np.sort(early), "validation": np.sort(between), "test": np.sort(latest)}


def _whole_groups(rows: np.ndarray, groups: np.ndarray, share: float, seed: int, stream: int) -> np.ndarray:
    """Rows of groups in an order of the seed, as many groups as come nearest to the share; one stays at least."""
    different, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    wanted = rounded(len(rows), share)
    order = shuffled(len(different), seed, stream)[: len(different) - 1]
    filled = np.cumsum(sizes[order])
    if not wanted or not len(order):
        return rows[:0]
    count = int(np.argmin(np.abs(filled - wanted))) + 1
    return rows[np.isin(members, order[:count])]


def balanced(rows: np.ndarray, classes: np.ndarray, balance: Balance, seed: int) -> np.ndarray:
    """Training rows in which the classes are alike: the rare ones repeated, or the common ones cut."""
    if balance == "none" or not len(rows):
        return rows
    order = rows[shuffled(len(rows), seed, PER_CLASS)]
    members = [order[classes[order] == number] for number in np.unique(classes[order])]
    sizes = [len(each) for each in members]
    wanted = max(sizes) if balance == "repeat" else min(sizes)
    return np.sort(np.concatenate([np.resize(each, wanted) for each in members]))

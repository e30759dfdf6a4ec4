"""Which rows train, watch and test by all that can be asked: folds, groups, an order in time, alike classes."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from backend.data.splits import FEWER, PER_CLASS, TEST, VALIDATION, chosen, rounded, shuffled, split
from graph.problems import DataError
from graph.subsets import Balance

Rows = dict[str, np.ndarray]


class Shares(NamedTuple):
    """How rows are shared out: validation of what is left for training, test of all, or a fold in its place."""

    validation: float = 0.1
    test: float = 0.2
    fold: str = ""
    examples: int = 0


def split_rows(strata: np.ndarray, shares: Shares, seed: int, groups: np.ndarray | None = None,
               times: np.ndarray | None = None) -> Rows:  # fmt: skip
    """Row numbers of "train", "validation" and "test", ascending, with no row in two of them.

    strata: the class of every row, or zeros; their shares are kept where rows are drawn one by one
    groups: rows with equal numbers stay in one part
    times: the latest rows are the test, those before them validation; equal times may fall in two parts

    Raises DataError for a fold that is none.
    """
    validation, test, fold, examples = shares
    if groups is None and times is None and not fold.strip():
        return split(strata, None, validation=validation, test=test, examples=examples, seed=seed)
    rows = np.arange(len(strata))
    if 0 < examples < len(rows):
        rows = chosen(strata, examples, seed, FEWER)
    if times is not None:
        if fold.strip():
            raise DataError("Parts that follow each other in time have no folds: leave out the fold, or the time.")
        return _by_time(rows, times[rows], validation, test)
    if fold.strip():
        held = _fold(rows, (strata if groups is None else groups)[rows], groups is not None, fold, seed)
    else:
        assert groups is not None
        held = _whole_groups(rows, groups[rows], test, seed, TEST)
    rest = np.setdiff1d(rows, held, assume_unique=True)
    if groups is not None:
        watched = _whole_groups(rest, groups[rest], validation, seed, VALIDATION)
    else:
        watched = rest[chosen(strata[rest], min(rounded(len(rest), validation), len(rest) - 1), seed, VALIDATION)]
    return {"train": np.setdiff1d(rest, watched, assume_unique=True), "validation": watched, "test": held}


def _fold(rows: np.ndarray, kinds: np.ndarray, together: bool, fold: str, seed: int) -> np.ndarray:
    """The rows of one of several equal parts: every class spread over all parts, or groups kept together."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*/\s*(\d{1,4})\s*", fold)
    different, members = np.unique(kinds, return_inverse=True)
    most = len(different) if together else len(rows)
    if not found or not 1 <= int(found[1]) <= int(found[2]) or not 2 <= int(found[2]) <= most:
        raise DataError(f"A fold is such as 2/5, the second of five parts, with at most {most:,} parts here; got "
                        f"“{fold[:20]}”.")  # fmt: skip
    number, count = int(found[1]) - 1, int(found[2])
    if together:
        parts = np.argsort(shuffled(len(different), seed, TEST)) % count
        return np.asarray(rows[parts[members] == number])
    order = shuffled(len(rows), seed, TEST)
    order = order[np.argsort(members[order], kind="stable")]
    return np.sort(rows[order[number::count]])


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

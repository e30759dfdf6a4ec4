"""Which examples train, watch and test: seeded, with the shares of the classes kept, the same on every machine."""

from __future__ import annotations

import numpy as np

TEST, VALIDATION, FEWER, PER_CLASS = range(
    4
)  # each draws from a stream of its own, so that none moves when another changes
SPLITTING = 1_930_217  # a number like any other, so that nothing else draws from these streams


def split(strata: np.ndarray, own_test: np.ndarray | None, *, validation: float, test: float, examples: int,
          seed: int, own_validation: np.ndarray | None = None) -> dict[str, np.ndarray]:  # fmt: skip
    """Row numbers of "train", "validation" and "test", ascending, with no row in two of them.

    strata: the class of every example, or zeros
    own_test: the classes of a test part that the data set brings; "test" then numbers its rows, and ``test`` is unused
    own_validation: the same of a validation part
    validation: share of what is left for training; test: share of all; both 0 to below 1
    examples: use only so many of all; 0 uses all

    At least one example stays for training. Counts are rounded to the nearest, in all and by largest remainder in
    each class.
    """
    rows = np.arange(len(strata))
    held = np.arange(0 if own_test is None else len(own_test))
    aside = np.arange(0 if own_validation is None else len(own_validation))
    every = len(rows) + len(held) + len(aside)
    if 0 < examples < every:
        fewer, watching = max(1, rounded(examples, len(rows) / every)), rounded(examples, len(aside) / every)
        rows = chosen(strata, fewer, seed, FEWER)
        aside = chosen(np.zeros(0) if own_validation is None else own_validation, watching, seed, FEWER)
        rest = max(examples - fewer - watching, 0)
        held = chosen(np.zeros(0) if own_test is None else own_test, rest, seed, FEWER)
    if own_test is None:
        count = min(rounded(len(rows), test), len(rows) - 1)
        held = rows[chosen(strata[rows], count, seed, TEST)]
        rows = np.setdiff1d(rows, held, assume_unique=True)
    if own_validation is not None:
        return {"train": rows, "validation": aside, "test": held}
    count = min(rounded(len(rows), validation), len(rows) - 1)
    watched = rows[chosen(strata[rows], count, seed, VALIDATION)]
    return {"train": np.setdiff1d(rows, watched, assume_unique=True), "validation": watched, "test": held}


def rounded(count: int, share: float) -> int:
    """A share of a count, to the nearest whole number."""
    return int(count * share + 0.5)


def chosen(strata: np.ndarray, count: int, seed: int, stream: int) -> np.ndarray:
    """``count`` row numbers, ascending, with every class as often as its share demands."""
    if not count:
        return np.zeros(0, np.int64)
    order = shuffled(len(strata), seed, stream)
    classes, members = np.unique(strata[order], return_inverse=True)
    quotas = largest_remainder(np.bincount(members, minlength=len(classes)), count, seed, stream)
    return np.sort(np.concatenate([order[members == number][:quota] for number, quota in enumerate(quotas)]))


def largest_remainder(sizes: np.ndarray, count: int, seed: int, stream: int) -> np.ndarray:
    """``count`` shared out in proportion to sizes; what rounding leaves goes to the largest remainders.

    Equal remainders are served in an order of the seed: with few examples of many classes, not always the first ones.
    """
    quotas = sizes * count // sizes.sum()
    remainders = sizes * count % sizes.sum()
    lots = shuffled(len(sizes), seed, stream)
    served = lots[np.argsort(-remainders[lots], kind="stable")]
    quotas[served[: count - quotas.sum()]] += 1
    return np.asarray(quotas)


def shuffled(count: int, seed: int, stream: int) -> np.ndarray:
    """0 to count − 1 in a random order.

    Sorting raw 64-bit draws gives the same order everywhere; numpy's own ``permutation`` may change between versions.
    """
    # A spawn key keeps this apart from data that was made up with the same seed: sharing its draws would sort it.
    bits = np.random.PCG64(np.random.SeedSequence(seed % 2**64, spawn_key=(SPLITTING, stream)))
    return np.argsort(bits.random_raw(count), kind="stable")

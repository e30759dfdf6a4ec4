"""A part of what a format reads: some classes, some examples of a class, pictures of another size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from backend.data.deferred import picked
from backend.data.parts import Shares, balanced, split_rows
from backend.data.registry import Arrays, Raw
from backend.data.room import room
from backend.data.splits import PER_CLASS, shuffled, split
from graph.lazy import F, torch
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.subsets import Balance, chosen, label_field, picture_fields

AT_ONCE = 1024  # pictures that are resized together
Rows = Mapping[str, np.ndarray | None]  # of each part that a source brings: which of its rows stay; None for all


def of_classes(raw: Raw, specs: Mapping[str, TensorSpec], classes: str) -> tuple[Raw, Rows]:
    """The examples of some classes, numbered anew, and which rows they are. Raises DataError where none is left."""
    if not classes.strip():
        return raw, {"train": None, "validation": None, "test": None}
    label = label_field(specs)
    numbers = np.array(chosen(classes, specs[label]))
    parts: dict[str, Any] = {}
    rows: dict[str, np.ndarray | None] = {}
    for part in ("train", "validation", "test"):
        arrays: Arrays | None = getattr(raw, part)
        kept = None if arrays is None else np.flatnonzero(np.isin(arrays[label], numbers))
        rows[part] = kept
        parts[part] = arrays
        if arrays is not None and kept is not None:
            chosen_rows = {name: picked(values, kept) for name, values in arrays.items()}
            chosen_rows[label] = np.searchsorted(numbers, chosen_rows[label]).astype(arrays[label].dtype)
            parts[part] = chosen_rows if len(kept) else None
    if parts["train"] is None:
        raise DataError(f"The data has no examples of the classes “{classes}”; choose others.")
    return replace(raw, **parts), rows


def rows_of(own: Mapping[str, np.ndarray], shares: Shares, per_class: int, balance: Balance,
            seed: int) -> dict[str, np.ndarray]:  # fmt: skip
    """Which rows train, watch and test.

    own: by part that the source brings, the class of every row, or zeros
    per_class: train on at most so many rows of a class; 0 on all
    balance: rare classes repeated, or common ones cut, among the rows for training
    """
    if shares.fold.strip():
        rows = split_rows(own["train"], shares, seed)
    else:
        rows = split(own["train"], own.get("test"), validation=shares.validation, test=shares.test,
                     examples=shares.examples, seed=seed, own_validation=own.get("validation"))  # fmt: skip
    if per_class:
        rows["train"] = rows["train"][at_most(own["train"][rows["train"]], per_class, seed)]
    rows["train"] = balanced(rows["train"], own["train"], balance, seed)
    return rows


def for_folds(raw: Raw, fold: str) -> Raw:
    """What folds are cut from: the training part alone, so that the final test stays untouched."""
    return replace(raw, test=None, validation=None) if fold.strip() else raw


def at_most(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Places of at most so many examples of every class, ascending, chosen by the seed."""
    order = shuffled(len(labels), seed, PER_CLASS)
    kept = [order[labels[order] == number][:count] for number in np.unique(labels)]
    return np.sort(np.concatenate(kept)) if kept else order


def resized(arrays: Arrays, specs: Mapping[str, TensorSpec], size: int) -> Arrays:
    """Pictures cropped to a square around their middle and brought to a side; masks too, without mixing classes."""
    found = dict(arrays)
    for name in picture_fields(specs):
        found[name] = _resized(arrays[name], size, smooth=specs[name].meaning == "image")
    return found


def _resized(values: np.ndarray, size: int, smooth: bool) -> np.ndarray:
    height, width = values.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = values[..., top : top + side, left : left + side]
    made = room().empty((*values.shape[:-2], size, size), values.dtype)
    brought = _blended if smooth and side != size else _nearest
    for start in range(0, len(values), AT_ONCE):
        made[start : start + AT_ONCE] = brought(square[start : start + AT_ONCE], size)
    return made


def _blended(pictures: np.ndarray, size: int) -> np.ndarray:
    """Square pictures brought to a side, rounded where they hold whole numbers."""
    small = F.interpolate(torch.from_numpy(np.ascontiguousarray(pictures)).float(), size=(size, size), mode="bilinear",
                          antialias=True)  # fmt: skip
    return np.asarray((small.round() if pictures.dtype.kind in "ui" else small).numpy())


def _nearest(pictures: np.ndarray, size: int) -> np.ndarray:
    """The same by the nearest pixel, so that nothing is mixed; their own side leaves them as they are."""
    places = ((np.arange(size) + 0.5) * (pictures.shape[-1] / size)).astype(int)
    return np.asarray(pictures[..., places[:, None], places])

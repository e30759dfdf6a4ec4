"""A data set: named fields, splits, and the preparation fitted on the training split."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from backend.data.deferred import Deferred, as_tensor, picked
from backend.data.keeping import keeping, read
from backend.data.parts import Shares
from backend.data.preparation import AnyPreparation, Scaling, fit
from backend.data.registry import Arrays, Cancelled, Field, Progress, Raw, find_format
from backend.data.selection import Rows, for_folds, of_classes, rows_of
from graph.lazy import torch
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.subsets import Balance, Keep, label_field, reduced
from graph.tables import Asked
from graph.texts import parted

BUDGET = 512 << 20  # bytes of prepared values that a split may hold
PARTS = ("train", "validation", "test")
ROWS, PIECE = 4096, 4 << 20  # prepared at once, at least so many rows or bytes, so that a split is never there twice


class Staged:
    """One split on the device it is used on, its fields ready to be gathered by index.

    ``tensors`` holds each field prepared where the budget allows, else as stored. Either way
    ``prepare(field, tensors[field][index])`` gives the same numbers. What is held on the disk, or does not fit on the
    device, is read when it is asked for: see ``Deferred``.
    """

    def __init__(self, tensors: Mapping[str, torch.Tensor], preparation: Mapping[str, AnyPreparation],
                 device: torch.device | str, budget: int, room: int) -> None:  # fmt: skip
        self._room = room
        self.tensors: dict[str, torch.Tensor] = {}
        self.count = len(next(iter(tensors.values()), ()))
        self._steps = {name: preparation[name].on(device) for name in tensors}
        self._ready: set[str] = set()
        sizes = {name: _prepared_bytes(stored, preparation[name]) for name, stored in tensors.items()}
        for name in sorted(tensors, key=sizes.__getitem__):
            budget -= sizes[name]
            self.tensors[name] = self._place(name, tensors[name], device, prepared=budget >= 0)

    def _place(self, name: str, stored: torch.Tensor, device: torch.device | str, prepared: bool) -> torch.Tensor:
        if isinstance(stored, Deferred):
            return cast(torch.Tensor, stored.on(device))
        if not prepared:
            fits = stored.device == torch.device(device) or stored.nbytes <= self._room
            return stored.to(device) if fits else cast(torch.Tensor, Deferred(stored, device=device))
        self._ready.add(name)
        step = self._steps[name]
        first = step(stored[:1].to(device))
        place = torch.empty((len(stored), *first.shape[1:]), dtype=first.dtype, device=device)
        rows = max(ROWS, PIECE // max(stored[:1].nbytes, 1))
        for start in range(0, len(stored), rows):
            place[start : start + rows] = step(stored[start : start + rows].to(device))
        return place

    def prepare(self, field: str, rows: torch.Tensor) -> torch.Tensor:
        """Rows of ``tensors[field]`` as a network reads them."""
        return rows if field in self._ready else self._steps[field](rows)

    def batch(self, index: torch.Tensor) -> dict[str, torch.Tensor]:
        """Every field of some examples; the index is on the device."""
        return {name: self.prepare(name, stored.index_select(0, index)) for name, stored in self.tensors.items()}


@dataclass(frozen=True)
class DataSet:
    """Examples by split and field, as stored (examples first, smallest dtype), and how a network reads them.

    splits: "train", "validation" and "test"; the last two may be empty
    fields: the specs after preparation
    indices: which rows of the source each split holds; a part that the source brings counts its own
    declared: the fields of the source itself, where only some of its classes are used or its pictures were resized
    notes: what a user should know of how it was read, in sentences
    asked: the name that its fields go by, where it says more than the source
    in_order: whether the examples for training follow each other, so that they are not to be shuffled
    """

    name: str
    fields: dict[str, TensorSpec]
    splits: dict[str, dict[str, torch.Tensor]]
    preparation: dict[str, AnyPreparation]
    indices: dict[str, torch.Tensor]
    declared: dict[str, TensorSpec] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    asked: str = ""
    in_order: bool = False

    def count(self, split: str) -> int:
        return len(self.indices[split])

    def batch(self, split: str, index: torch.Tensor | slice) -> dict[str, torch.Tensor]:
        """Every field of some examples of a split, prepared."""
        return {name: self.preparation[name].apply(stored[index]) for name, stored in self.splits[split].items()}

    def staged(self, split: str, device: torch.device | str = "cpu", budget: int = BUDGET,
               fields: Collection[str] | None = None, room: int = sys.maxsize) -> Staged:  # fmt: skip
        """A split on a device, with the fields asked for (all by default).

        budget: bytes that prepared values may take; beyond it a field stays as stored and is prepared batch by batch
        room: bytes that stored values may take on the device; beyond it they stay in memory, and batches go there
        """
        names = [name for name in self.fields if fields is None or name in fields]
        return Staged({name: self.splits[split][name] for name in names}, self.preparation, device, budget, room)


def fields(source: str) -> dict[str, TensorSpec]:
    """The specs of a source's fields, without reading its examples; those of a known data set even where it is missing.

    Raises DataError with a sentence.
    """
    plain, asked = parted(source)
    if asked is not None:
        from backend.data.texts_loading import fields_of

        return fields_of(plain, asked)
    kind, name = find_format(source)
    return {field: each.spec for field, each in kind.fields(name).items()}


def download(source: str, progress: Progress | None = None, cancelled: Cancelled | None = None) -> bool:
    """Download a known data set that is not on this machine into the user's cache; whether anything was brought.

    progress: called with the file, bytes so far and bytes in all
    cancelled: asked between pieces; what has come so far is kept for the next time

    Raises DataError with a sentence.
    """
    kind, name = find_format(source)
    if kind.present(name):
        return False
    kind.download(name, progress or (lambda *_: None), cancelled or (lambda: False))
    return True


def load(source: str, *, scaling: Scaling = "0 to 1", validation: float = 0.1, test: float = 0.2, examples: int = 0,
         classes: str = "", per_class: int = 0, balance: Balance = "none", fold: str = "", size: int = 0,
         keep: Keep = "auto", seed: int = 0, **table: Any) -> DataSet:  # fmt: skip
    """Read a source, split it by the seed and fit its preparation on the training split.

    validation: share of the training examples; test: share of all, where the source has no such part of its own
    examples: use only so many of all, the shares of the classes kept; 0 uses all
    classes: use only these, by name or number, numbered anew from 0; "" uses all
    per_class: train on at most so many examples of a class; 0 on all
    balance: rare classes repeated, or common ones cut, among the examples for training
    fold: such as "2/5": the second of five parts is the test, in place of a share and of a part of the source's own
    size: side that pictures are cropped and resized to; 0 leaves them as they are
    keep: whether examples are held in memory or on the disk; "auto" goes by the memory that is free
    table: what is asked of a table, ``load_table`` does it; or of a time series, ``load_series`` does it

    Raises DataError with a sentence, MissingData where ``download`` may help.
    """
    if "tokens" in table:
        from backend.data.texts_loading import load_texts

        return load_texts(source, validation=validation, test=test, seed=seed, **table)
    if "horizon" in table:
        from backend.data.series_loading import load_series

        return load_series(source, scaling=scaling, validation=validation, test=test, seed=seed, **table)
    if table:
        return load_table(source, scaling=scaling, balance=balance, validation=validation, test=test, fold=fold,
                          examples=examples, seed=seed, **table)  # fmt: skip
    _check_shares(validation, test)
    kind, name = find_format(source)
    own = kind.fields(name)
    declared = _specs(own)
    specs = reduced(declared, classes, size)
    fields = {key: Field(specs[key], each.scaled, each.range) for key, each in own.items()}
    for asked, wanted in (("per_class", per_class), ("balance", balance != "none")):
        if wanted:
            label_field(specs, asked)
    on_disk, where = keeping(kind, name, size, keep)
    raw, kept = of_classes(for_folds(read(kind, name, size, on_disk), fold), declared, classes)
    if on_disk:
        raw = replace(raw, notes=(*raw.notes, where))
    strata = {part: _strata(specs, arrays) for part in PARTS if (arrays := getattr(raw, part))}
    shares = Shares(validation, test, fold, examples)
    rows = _whole(raw.train) if raw.whole else rows_of(strata, shares, per_class, balance, seed)
    return _assembled(name, fields, raw, rows, kept, scaling, declared)


def load_table(source: str, *, scaling: Scaling = "standard", balance: Balance = "none", validation: float = 0.1,
               test: float = 0.2, fold: str = "", examples: int = 0, seed: int = 0, **asked: Any
               ) -> DataSet:  # fmt: skip
    """Read a table, split its rows by the seed and fit its preparation on the training rows: ``features``, ``target``.

    balance: rare classes repeated, or common ones cut, among the training rows
    fold: such as "2/5": the second of five parts is the test, in place of a share
    asked: which column is the target, and what is asked of the others: see ``graph.tables.Asked``

    Raises DataError with a sentence, MissingData where ``download`` may help.
    """
    from backend.data.tables import Tables, take_table
    from backend.data.tables_loading import Loaded

    _check_shares(validation, test)
    kind, name = find_format(source)
    if not isinstance(kind, Tables):
        raise DataError(f"“{source}” is no table; put a “data” node in the place of this one.")
    shares = Shares(validation, test, fold, examples)
    found = Loaded(take_table(kind.path(name)), Asked(**asked), scaling, balance, shares, seed)
    return DataSet(
        name=name,
        fields=found.fields,
        splits={part: {key: torch.from_numpy(each) for key, each in own.items()} for part, own in found.splits.items()},
        preparation=dict(found.preparation),
        indices={part: torch.from_numpy(rows) for part, rows in found.rows.items()},
        declared=found.declared,
        notes=tuple(found.notes),
    )


def _check_shares(validation: float, test: float) -> None:
    for label, share in (("validation", validation), ("test", test)):
        if not 0 <= share < 1:
            raise DataError(f"The {label} share lies between 0 and 0.99; got {share:g}.")


def given(specs: Mapping[str, TensorSpec], rows: Arrays) -> DataSet:
    """Examples that are there already: every split is all of them, as they are."""
    raw = Raw(rows, whole=True)
    fields = {key: Field(spec) for key, spec in specs.items()}
    every: Rows = {"train": None, "validation": None, "test": None}
    return _assembled("values", fields, raw, _whole(rows), every, "none", dict(specs))


def _assembled(name: str, fields: Mapping[str, Field], raw: Raw, rows: dict[str, np.ndarray], kept: Rows,
               scaling: Scaling, declared: dict[str, TensorSpec]) -> DataSet:  # fmt: skip
    """The splits by their rows, prepared by what the training rows ask for."""
    own: dict[str, bool] = {part: getattr(raw, part) is not None for part in PARTS}
    parts: dict[str, Arrays] = {part: getattr(raw, part) if own[part] else raw.train for part in PARTS}
    splits = {part: {key: picked(parts[part][key], index) for key in fields} for part, index in rows.items()}
    preparation: dict[str, AnyPreparation] = {
        key: fit(each, splits["train"][key], scaling) for key, each in fields.items()
    }
    origins = {part: kept[part if own[part] else "train"] for part in PARTS}
    found = {part: index if (origin := origins[part]) is None else origin[index] for part, index in rows.items()}
    return DataSet(
        name=name,
        fields=_specs(fields),
        splits={part: {key: as_tensor(each) for key, each in arrays.items()} for part, arrays in splits.items()},
        preparation=preparation,
        indices={part: torch.from_numpy(index) for part, index in found.items()},
        declared=declared,
        notes=raw.notes,
    )


def _specs(fields: Mapping[str, Field]) -> dict[str, TensorSpec]:
    return {key: each.spec for key, each in fields.items()}


def _whole(arrays: Arrays) -> dict[str, np.ndarray]:
    count = len(next(iter(arrays.values())))
    return {part: np.arange(count) for part in PARTS}


def _strata(specs: Mapping[str, TensorSpec], arrays: Arrays) -> np.ndarray:
    """What a split keeps in proportion: the first field of class numbers, or nothing."""
    for name, spec in specs.items():
        if spec.meaning == "classes":
            return arrays[name]
    return np.zeros(len(next(iter(arrays.values()))), np.int8)


def _prepared_bytes(stored: torch.Tensor, preparation: AnyPreparation) -> int:
    """How much memory the values take once they are prepared."""
    count = len(stored) * preparation.width or stored.numel()
    return int(count * getattr(torch, preparation.dtype).itemsize)

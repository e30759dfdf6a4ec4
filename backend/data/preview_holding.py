"""A source that is being looked at: which examples it has, of which class and split, and how to get some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.data.dataset import PARTS, DataSet, load
from backend.data.deferred import Deferred
from backend.data.keeping import keeping
from backend.data.parts import Shares
from backend.data.places import size_words
from backend.data.preparation import AnyPreparation, fit
from backend.data.registry import Arrays, Field, Format, Listing, Raw
from backend.data.selection import for_folds, of_classes, rows_of
from backend.data.splits import rounded
from graph.lazy import torch
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.subsets import label_field, reduced

LOOKED_AT = 64  # pictures of a listing whose mean and deviation stand for those of all


@dataclass(frozen=True)
class Holding:
    """Examples are numbered through the splits: first those for training, then validation, then test.

    counts: examples by split; where every split is all of them, ``whole`` is True and they are numbered once
    labels: the class of every example, or None where there are no classes
    read: examples by their numbers, as stored
    starts: of windows over time, the first row of every example
    """

    kind: Format
    name: str
    node_type: str
    asked: Mapping[str, Any]
    specs: Mapping[str, TensorSpec]
    preparation: Mapping[str, AnyPreparation]
    counts: Mapping[str, int]
    labels: np.ndarray | None
    read: Callable[[np.ndarray], Arrays]
    bytes: int
    whole: bool = False
    listed: bool = False
    table: bool = False
    own: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    kept: str = ""
    starts: np.ndarray | None = None

    @property
    def count(self) -> int:
        """Examples in all."""
        return self.counts["train"] if self.whole else sum(self.counts.values())

    @property
    def label(self) -> str:
        """The field of the classes, or ""."""
        return next((name for name, spec in self.specs.items() if spec.meaning == "classes" and spec.classes), "")

    def page(self, label: int, offset: int, count: int) -> tuple[np.ndarray, int]:
        """The numbers of some examples of a class, and how many it has; −1 mixes the classes, one of each in turn."""
        if self.labels is None:
            order = np.arange(self.count)
        elif label >= 0:
            order = np.flatnonzero(self.labels == label)
        else:
            order = in_turn(self.labels)
        offset = max(0, offset)
        return order[offset : offset + max(0, count)], len(order)

    def parts(self) -> np.ndarray:
        """The split of every example: 0 training, 1 validation, 2 test."""
        counts = [self.counts["train"]] if self.whole else [self.counts[part] for part in PARTS]
        return np.repeat(np.arange(len(counts)), counts)


def in_turn(labels: np.ndarray) -> np.ndarray:
    """The numbers of examples so that the classes take turns, each in its own order."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    turns = np.empty(len(labels), np.int64)
    turns[order] = np.arange(len(labels)) - starts
    return np.lexsort((labels, turns))


def hold(kind: Format, name: str, source: str, node_type: str, asked: Mapping[str, Any], seed: int) -> Holding:
    """Read a source as a node asks for it; where it can be listed, without its examples. Raises DataError."""
    if node_type == "data" and (listing := kind.listed(name)) is not None:
        return _listed(kind, name, listing, asked, seed)
    dataset = load(source, **asked, seed=seed)
    return _in_memory(kind, name, node_type, dataset, asked)


# -- in memory --------------------------------------------------------------------------------------------------------


def _in_memory(kind: Format, name: str, node_type: str, dataset: DataSet, asked: Mapping[str, Any]) -> Holding:
    whole = _is_whole(dataset)
    parts = PARTS[:1] if whole else PARTS
    label = next((key for key, spec in dataset.fields.items() if spec.meaning == "classes" and spec.classes), "")
    starts = np.cumsum([0, *(dataset.count(part) for part in parts)])

    def read(rows: np.ndarray) -> Arrays:
        found: dict[str, np.ndarray] = {}
        for key in dataset.fields:
            first = dataset.splits["train"][key]
            values = np.empty((len(rows), *first.shape[1:]), first[:0].numpy().dtype)
            for part, start, end in zip(parts, starts, starts[1:]):
                mine = (rows >= start) & (rows < end)
                values[mine] = dataset.splits[part][key][torch.from_numpy(rows[mine] - start)].numpy()
            found[key] = values
        return found

    counts = {part: dataset.count(part) for part in PARTS}
    labels = np.concatenate([dataset.splits[part][label].numpy() for part in parts]) if label else None
    size = sum(values.nbytes for part in parts for values in dataset.splits[part].values())
    begins = np.concatenate([dataset.indices[part].numpy() for part in parts]) if node_type == "series" else None
    return Holding(kind, name, node_type, asked, dataset.fields, dataset.preparation, counts, labels, read, size, whole,
                   table=node_type == "table", own=_own(counts, asked), notes=dataset.notes,
                   kept=_kept(kind, name, node_type, asked, size), starts=begins)  # fmt: skip


def _kept(kind: Format, name: str, node_type: str, asked: Mapping[str, Any], size: int) -> str:
    """Where a training will hold the examples."""
    told = keeping(kind, name, asked["size"], asked["keep"])[1] if node_type == "data" else ""
    return told or f"Held in memory: {size_words(size)}."


def _is_whole(dataset: DataSet) -> bool:
    """Whether every split is the same examples."""
    first, *others = (dataset.splits[part] for part in PARTS)
    return all(
        len(one) == len(first[name]) and not isinstance(one, Deferred) and torch.equal(one, first[name])
        for other in others
        for name, one in other.items()
    )


def _own(counts: Mapping[str, int], asked: Mapping[str, Any]) -> tuple[str, ...]:
    """The test part, where it is not the share that was asked for."""
    every = sum(counts.values())
    share = float(asked.get("test", 0.0))
    return ("test",) if counts["test"] and abs(counts["test"] - rounded(every, share)) > 1 else ()


# -- listed -----------------------------------------------------------------------------------------------------------


def _listed(kind: Format, name: str, listing: Listing, asked: Mapping[str, Any], seed: int) -> Holding:
    """The examples that ``load`` would give, with none of them read."""
    for share in ("validation", "test"):
        if not 0 <= asked[share] < 1:
            raise DataError(f"The {share} share lies between 0 and 0.99; got {asked[share]:g}.")
    fields = kind.fields(name)
    declared = {key: each.spec for key, each in fields.items()}
    specs = reduced(declared, asked["classes"], asked["size"])
    classed = any(spec.meaning == "classes" for spec in specs.values())
    label = label_field(specs) if classed else "label"
    arrays = {part: {label: values} for part, values in listing.labels.items()}
    listed = for_folds(Raw(arrays["train"], arrays.get("test"), arrays.get("validation")), asked["fold"])
    raw, kept = of_classes(listed, declared, asked["classes"])
    own = {part: values[label] for part in PARTS if (values := getattr(raw, part)) is not None}
    shares = Shares(asked["validation"], asked["test"], asked["fold"], asked["examples"])
    rows = rows_of(own, shares, asked["per_class"], asked["balance"], seed)
    found: list[tuple[str, np.ndarray, np.ndarray]] = []  # origin, rows there, classes
    for part in PARTS:
        origin = part if part in own else "train"
        chosen = kept[origin]
        found.append((origin, rows[part] if chosen is None else chosen[rows[part]], own[origin][rows[part]]))
    read = _reader(listing, found, label if classed else "", asked["size"])
    labels = np.concatenate([each for _, _, each in found]) if classed else None
    count = sum(len(each) for _, each, _ in found)
    many = LOOKED_AT if asked["scaling"] == "standard" else 1
    look = read(np.linspace(0, count - 1, min(count, many)).astype(np.int64))
    preparation = {
        key: fit(Field(specs[key], each.scaled, each.range), look[key], asked["scaling"])
        for key, each in fields.items()
    }
    size = count * sum(look[key].nbytes // max(len(look[key]), 1) for key in specs)
    counts = {part: len(each) for part, (_, each, _) in zip(PARTS, found)}
    brought = tuple(part for part in PARTS[1:] if part in own)
    return Holding(kind, name, "data", asked, specs, preparation, counts, labels, read, size, listed=True, own=brought,
                   notes=listing.notes, kept=keeping(kind, name, asked["size"], asked["keep"])[1])  # fmt: skip


def _reader(listing: Listing, parts: list[tuple[str, np.ndarray, np.ndarray]], label: str,
            size: int) -> Callable[[np.ndarray], Arrays]:  # fmt: skip
    starts = np.cumsum([0, *(len(rows) for _, rows, _ in parts)])
    labels = np.concatenate([each for _, _, each in parts])

    def read(numbers: np.ndarray) -> Arrays:
        pieces: list[tuple[np.ndarray, Arrays]] = []
        for (origin, rows, _), start, end in zip(parts, starts, starts[1:]):
            mine = np.flatnonzero((numbers >= start) & (numbers < end))
            if len(mine):
                pieces.append((mine, listing.read(origin, rows[numbers[mine] - start], size)))
        found: dict[str, np.ndarray] = {}
        order = np.argsort(np.concatenate([mine for mine, _ in pieces])) if pieces else np.zeros(0, np.int64)
        for key in pieces[0][1] if pieces else ():
            found[key] = np.concatenate([arrays[key] for _, arrays in pieces])[order]
        return found | ({label: labels[numbers]} if label else {})

    return read

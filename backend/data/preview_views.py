"""The fields of a source as a panel draws them: pictures with 8 bits, points, lines, words, counts and spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from backend.data.dataset import PARTS
from backend.data.preparation import AnyPreparation
from backend.data.preview_holding import Holding
from backend.data.preview_series import over_time
from backend.messages import ColumnView, FieldView
from graph.lazy import torch
from graph.specs import TensorSpec

SIDE: Final = 96  # of a picture in the panel: larger ones are made smaller by whole numbers
SAMPLE: Final = 2000  # examples that statistics are made of
LINES: Final = 6
STEPS: Final = 600  # of a line
TEXTS: Final = 24
TOKENS: Final = 200  # of a text
BARS: Final = 20
COLUMNS: Final = 64
COMMONEST: Final = 40
GROUPS: Final = 6  # different targets that points have colours for


def told_fields(specs: Mapping[str, TensorSpec]) -> tuple[FieldView, ...]:
    """What can be said of fields whose examples are not there."""
    return tuple(FieldView(name, spec.meaning, str(spec), spec.names) for name, spec in specs.items() if spec.batched)


def fields_of_holding(holding: Holding, rows: np.ndarray) -> tuple[FieldView, ...]:
    """Every field, pictures with the page of these examples."""
    page = holding.read(rows)
    count = holding.count
    many = min(count, len(rows) if holding.listed else SAMPLE)
    sample_rows = rows if holding.listed else np.linspace(0, count - 1, many).astype(np.int64)
    sample = page if holding.listed else holding.read(sample_rows)
    labels = _groups(holding, sample) if holding.labels is None else holding.labels[sample_rows]
    return tuple(
        _field(holding, name, spec, page[name], sample[name], labels)
        for name, spec in holding.specs.items()
        if name in page
    )


def _groups(holding: Holding, sample: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """What tells examples apart that have no classes: a single number with few different values."""
    for name, spec in holding.specs.items():
        if name in sample and spec.shape == (1,) and len(holding.specs) > 1:
            different, groups = np.unique(sample[name], return_inverse=True)
            if len(different) <= GROUPS:
                return groups.reshape(-1)
    return None


def _field(holding: Holding, name: str, spec: TensorSpec, page: np.ndarray, sample: np.ndarray,
           labels: np.ndarray | None) -> FieldView:  # fmt: skip
    preparation = holding.preparation[name]
    view = {"name": name, "meaning": spec.meaning, "words": str(spec), "names": spec.names}
    if spec.meaning == "classes" and not spec.classes:  # a whole number that counts something
        flat = sample.reshape(-1, 1)
        return FieldView(name, "vector", "1", **_spans(preparation, sample),  # type: ignore[arg-type]
                         columns=(column_of(name, flat, 0),))  # fmt: skip
    if spec.meaning == "classes":
        return FieldView(**view, counts=class_counts(holding, name, spec))  # type: ignore[arg-type]
    if spec.meaning == "image" or (spec.classes and len(spec.shape) == 2):
        view["meaning"] = "image"
        return FieldView(**view, **_spans(preparation, sample),  # type: ignore[arg-type]
                         values=_pictures(page, preparation, spec))  # fmt: skip
    if spec.meaning == "tokens":
        counts = np.bincount(np.clip(sample, 0, None).reshape(-1).astype(np.int64))
        if spec.names and not spec.names[0]:  # padding
            counts[0] = 0
        common = np.argsort(-counts, kind="stable")[:COMMONEST]
        common = common[counts[common] > 0]
        words = tuple(spec.names[token] if token < len(spec.names) else str(token) for token in common)
        column = ColumnView(name, "tokens", distinct=int((counts > 0).sum()), names=words,
                            counts=tuple(counts[common].tolist()))  # fmt: skip
        return FieldView(**view, columns=(column,), values=sample[:TEXTS, :TOKENS])  # type: ignore[arg-type]
    if holding.table and name != "target":  # its columns say it better
        return FieldView(**view, prepared=_prepared(preparation, sample))  # type: ignore[arg-type]
    spans = _spans(preparation, sample)
    if name == "window" and holding.starts is not None:
        line, windows = over_time(holding, name)
        return FieldView(**view, **spans, values=line, windows=windows)  # type: ignore[arg-type]
    if len(spec.shape) == 2:
        step = max(1, -(-spec.shape[0] // STEPS))
        return FieldView(**view, **spans, values=sample[:LINES, ::step].astype(np.float32))  # type: ignore[arg-type]
    flat = sample.reshape(len(sample), -1)
    columns = tuple(column_of(name, flat, place) for place in range(min(flat.shape[1], COLUMNS)))
    points = flat.astype(np.float32) if flat.shape[1] == 2 else None
    return FieldView(**view, **spans, columns=columns, values=points, labels=labels)  # type: ignore[arg-type]


def class_counts(holding: Holding, name: str, spec: TensorSpec) -> dict[str, tuple[int, ...]]:
    """How many examples of every class each split has."""
    known = holding.labels if name == holding.label else None
    labels = holding.read(np.arange(holding.count))[name] if known is None else known
    parts = holding.parts()
    return {
        part: tuple(np.bincount(labels[parts == number], minlength=spec.classes).tolist())
        for number, part in enumerate(PARTS[:1] if holding.whole else PARTS)
    }


def column_of(name: str, values: np.ndarray, place: int) -> ColumnView:
    """One number of a vector, over the examples."""
    column = values[:, place].astype(np.float64)
    column = column[np.isfinite(column)]
    title = name if values.shape[1] == 1 else f"{name} {place + 1}"
    if not len(column):
        return ColumnView(title, "number", missing=len(values))
    distinct = np.unique(column)
    counts, edges = np.histogram(column, bins=BARS)
    return ColumnView(title, "number", len(values) - len(column), len(distinct), low=float(column.min()),
                      mean=float(column.mean()), high=float(column.max()), edges=tuple(edges.tolist()),
                      counts=tuple(counts.tolist()))  # fmt: skip


def _spans(preparation: AnyPreparation, values: np.ndarray) -> dict[str, tuple[float, float] | None]:
    """The least and greatest value, as stored and as a network reads it."""
    if not values.size:
        return {"stored": None, "prepared": None}
    return {"stored": (float(values.min()), float(values.max())), "prepared": _prepared(preparation, values)}


def _prepared(preparation: AnyPreparation, values: np.ndarray) -> tuple[float, float] | None:
    if not values.size:
        return None
    prepared = preparation.apply(torch.from_numpy(np.ascontiguousarray(values)))
    return float(prepared.min()), float(prepared.max())


def _pictures(values: np.ndarray, preparation: AnyPreparation, spec: TensorSpec) -> np.ndarray:
    """(examples, height, width), or with 3 channels behind, of 8 bits and no larger than the panel shows."""
    if spec.meaning != "image":  # a class for every pixel
        values, low, high = values[:, None], 0.0, float(max(spec.classes - 1, 1))
    else:
        found = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
        low, high = preparation.range or found
    small = smaller(values[:, :3] if values.shape[1] >= 3 else values[:, :1])
    bright = np.clip((small - low) / ((high - low) or 1.0), 0.0, 1.0)
    made = np.round(bright * 255).astype(np.uint8)
    return np.ascontiguousarray(made[:, 0] if made.shape[1] == 1 else made.transpose(0, 2, 3, 1))


def smaller(values: np.ndarray) -> np.ndarray:
    """Means over squares of pixels, so that the longer side fits the panel."""
    count, channels, height, width = values.shape
    by = max(height, width) // SIDE
    if by < 2:
        return values.astype(np.float32)
    tall, wide = max(height // by, 1), max(width // by, 1)
    down, across = min(by, height), min(by, width)
    cut = values[:, :, : tall * down, : wide * across].astype(np.float32)
    return np.asarray(cut.reshape(count, channels, tall, down, wide, across).mean(axis=(3, 5)))

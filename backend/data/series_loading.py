"""A time series as a data set: windows by time, the earliest for training, the latest for the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.dataset import DataSet
from backend.data.places import memory_free, size_words
from backend.data.registry import NoRoom, find_format
from backend.data.series_preparation import SeriesPreparation, fit_series, narrowed, stored
from backend.data.series_reading import Series, read_file, read_source
from backend.data.splits import rounded
from graph.lazy import torch
from graph.problems import DataError
from graph.series import SCALINGS, Asked, Gives, Plan, fields_of, plan_of

PARTS = ("train", "validation", "test")


def load_series(source: str, *, scaling: SCALINGS = "standard", validation: float = 0.1, test: float = 0.2,
                seed: int = 0, **asked: Any) -> DataSet:  # fmt: skip
    """Read a series and cut it by time into windows: ``window``, ``target``, ``persistence`` and ``seasonal_naive``.

    The parts follow each other, and no window reaches from one into the next, so that the seed has no say.

    asked: see ``graph.series.Asked``

    Raises DataError with a sentence, MissingData where ``download`` may help.
    """
    for label, share in (("validation", validation), ("test", test)):
        if not 0 <= share < 1:
            raise DataError(f"The {label} share lies between 0 and 0.99; got {share:g}.")
    kind, name = find_format(source)
    declared = {key: field.spec for key, field in kind.fields(name).items()}
    wanted = Asked(**asked)
    plan = plan_of(declared, wanted)
    series = read_source(source, plan.needed, plan.time)
    _check(name, series, wanted)
    starts, ends = _starts(name, series, wanted, validation, test)
    specs = fields_of(declared, wanted)
    _check_room(name, sum(map(len, starts.values())) * sum(spec.size for spec in specs.values()) * 4)
    preparation, splits = {}, {part: dict[str, torch.Tensor]() for part in PARTS}
    for field in specs:
        gives: Gives = field  # type: ignore[assignment]
        columns, values = _own(gives, plan, series)
        fitted = fit_series(gives, columns, values[: ends["train"]], plan, wanted, scaling)
        preparation[field] = fitted
        for part, own in starts.items():
            splits[part][field] = torch.from_numpy(narrowed(stored(values, gives, own, fitted), fitted))
    return DataSet(
        name=name, fields=specs, splits=splits, preparation=dict(preparation),
        indices={part: torch.from_numpy(own) for part, own in starts.items()}, declared=declared,
        notes=(*series.notes, *_empty(starts, wanted)),
    )  # fmt: skip


def _own(gives: Gives, plan: Plan, series: Series) -> tuple[tuple[str, ...], np.ndarray]:
    """The columns of a field, and their values."""
    columns = plan.columns if gives == "window" else plan.targets
    return columns, series.values[:, [plan.needed.index(name) for name in columns]]


def _check(name: str, series: Series, asked: Asked) -> None:
    if not np.isfinite(series.values).all():
        raise DataError(f"“{name}” holds values that are not finite numbers (infinity).")
    if asked.log and series.values.min() <= 0:
        raise DataError(f"“{name}” holds {series.values.min():g}, and only numbers above 0 have a logarithm: turn “log”"
                        " off.")  # fmt: skip


def _starts(name: str, series: Series, asked: Asked, validation: float, test: float
            ) -> tuple[dict[str, np.ndarray], dict[str, int]]:  # fmt: skip
    """The first row of every window of each part, and the row where the part ends."""
    rows, span = len(series.values), asked.window + asked.horizon
    held = rounded(rows, test)
    watched = rounded(rows - held, validation)
    ends = {"train": rows - held - watched, "validation": rows - held, "test": rows}
    starts, begin = {}, 0
    for part, end in ends.items():
        own = np.arange(begin, end - span + 1, asked.stride)
        starts[part] = own[own >= asked.season - asked.window]  # what was a season ago has to be known
        begin = end
    if not len(starts["train"]):
        season = f" after a season of {asked.season:,}" if asked.season > asked.window else ""
        raise DataError(
            f"“{name}” has {ends['train']:,} rows to train on, and a window of {asked.window:,} with a horizon of "
            f"{asked.horizon:,}{season} does not fit in: take a shorter window, or smaller shares for validation and "
            "test."
        )
    return starts, ends


def _empty(starts: Mapping[str, np.ndarray], asked: Asked) -> list[str]:
    span = asked.window + asked.horizon
    return [f"The {part} part is shorter than a window with its horizon ({span:,} rows), so it has no examples."
            for part in PARTS[1:] if not len(starts[part])]  # fmt: skip


def _check_room(name: str, needed: int) -> None:
    free = memory_free()
    if free is not None and needed > free:
        raise NoRoom(f"The windows over “{name}” need {size_words(needed)} of memory and {size_words(free)} are free: "
                     "take a longer stride or a shorter window.")  # fmt: skip


def windows_from_file(path: str | Path, preparation: Mapping[str, SeriesPreparation]) -> dict[str, torch.Tensor]:
    """What follows the last row of a file is asked about: the last window of it, by field, as a network reads it.

    Raises DataError with a sentence.
    """
    place, found = Path(path).expanduser(), {}
    for field, each in preparation.items():
        if each.gives == "target":
            raise DataError("What is to be forecast cannot be read from a file; choose an output that reads only the "
                            "window.")  # fmt: skip
        values = read_file(place, each.columns, each.time).values
        needed = max(each.window, each.season if each.gives == "seasonal_naive" else 0)
        if len(values) < needed:
            raise DataError(f"“{path}” has {len(values):,} rows, and a forecast needs the {needed:,} before it.")
        if each.log and values[-needed:].min() <= 0:
            raise DataError(f"“{path}” holds {values[-needed:].min():g}, and only numbers above 0 have a logarithm.")
        start = np.array([len(values) - each.window])
        found[field] = each.apply(torch.from_numpy(stored(values, each.gives, start, each)))
    return found

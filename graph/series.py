"""What a time series becomes: windows to read and what follows them, by what is asked. Free of torch and pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from graph.problems import DataError
from graph.specs import TensorSpec
from graph.tables import DATE, ID, NUMBER, Columns, find, is_table, listed

Gives = Literal["window", "target", "persistence", "seasonal_naive"]
SCALINGS = Literal["standard", "0 to 1", "none"]


class Asked(NamedTuple):
    """What is asked of a series: which columns are read and forecast, and how long windows and forecasts are."""

    columns: str = ""
    target: str = ""
    time: str = ""
    window: int = 24
    horizon: int = 1
    stride: int = 1
    season: int = 0
    every_step: bool = False
    log: bool = False


class Plan(NamedTuple):
    """The columns by what they are used for; ``time`` is "" where the rows are taken as they stand."""

    columns: tuple[str, ...]
    targets: tuple[str, ...]
    time: str

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column of numbers that is read, once."""
        return (*self.columns, *(name for name in self.targets if name not in self.columns))


def plan_of(found: Columns, asked: Asked) -> Plan:
    """What every column is used for. Raises DataError with a sentence for names that are none and what cannot be."""
    columns = columns_of(found)
    time = find(columns, asked.time, "time") if asked.time.strip() else ""
    able = [name for name, spec in columns.items() if _holds_numbers(spec)]
    dates = [name for name, spec in columns.items() if spec.dtype == DATE]
    time = time or next(iter(dates), "")
    chosen = [find(columns, name, "columns") for name in listed(asked.columns)]
    plain = [name for name in able if columns[name].dtype == NUMBER and name != time] or able
    targets = [find(columns, name, "target") for name in listed(asked.target)]
    for name in (*chosen, *targets):
        if name not in able:
            raise DataError(f"“{name}” holds no numbers, so it is no series; choose among {', '.join(able) or 'none'}.")
    used = tuple(dict.fromkeys(chosen)) or tuple(plain)
    if not used:
        raise DataError(f"There is no column of numbers to make a series of, only {', '.join(columns)}.")
    return Plan(used, tuple(dict.fromkeys(targets)) or used, time)


def columns_of(found: Columns) -> dict[str, TensorSpec]:
    """The columns of a table, or those of an array of numbers (time, columns), which are called 1, 2 and so on."""
    if is_table(found):
        return dict(found)
    fields = [spec for spec in found.values() if spec.dtype == "float32"]
    if len(found) != 1 or not fields or len(fields[0].shape) != 1:
        raise DataError(
            "A series is a table with numbers over time (CSV), or one array with the times first and a column a "
            f"series (.npy); this data has {', '.join(f'{name} ({spec})' for name, spec in found.items())}."
        )
    return {str(place + 1): TensorSpec((), NUMBER, batched=False) for place in range(fields[0].shape[0])}


def fields_of(found: Columns, asked: Asked) -> dict[str, TensorSpec]:
    """The fields that a series gives. Raises DataError with a sentence."""
    plan = plan_of(found, asked)
    steps = asked.window if asked.every_step else asked.horizon
    one = len(plan.targets) == 1 and not asked.every_step
    target = TensorSpec((steps,) if one else (steps, len(plan.targets)))
    given: Mapping[str, TensorSpec] = {
        "window": TensorSpec((asked.window, len(plan.columns))), "target": target, "persistence": target,
    }  # fmt: skip
    return {**given, "seasonal_naive": target} if asked.season else dict(given)


def _holds_numbers(spec: TensorSpec) -> bool:
    return spec.dtype == NUMBER or (spec.dtype == ID and spec.classes == 1)

"""A table as a data set: rows with a target, split, prepared by the training rows, and what was odd in sentences."""

from __future__ import annotations

from typing import Any

import numpy as np

from backend.data.parts import Shares, balanced, split_rows
from backend.data.preparation import AnyPreparation, Scaling, fit
from backend.data.registry import Field
from backend.data.tables_preparation import TablePreparation, codes_of, fit_table
from backend.data.tables_reading import Column, Table
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.subsets import Balance
from graph.tables import Asked, Plan, fields_of, find, plan_of

Stored = dict[str, np.ndarray]
PARTS = ("train", "validation", "test")


class Loaded:
    """The splits of a table as arrays, and how they are prepared."""

    def __init__(self, table: Table, asked: Asked, scaling: Scaling, balance: Balance, shares: Shares,
                 seed: int) -> None:  # fmt: skip
        plan = plan_of(table.specs, asked)
        self.fields: dict[str, TensorSpec] = fields_of(table.specs, asked)
        self.declared = table.specs
        self.notes = [*table.notes, *_left_out(plan)]
        kept = self._kept(table, plan, asked)
        answers, target = _target(table.columns[plan.target], plan, kept)
        strata = answers if plan.classes else np.zeros(len(kept), np.int8)
        groups = _groups(table, asked.group, kept)
        times = table.columns[find(table.specs, asked.time, "time")].values[kept] if asked.time.strip() else None
        places = split_rows(strata, shares, seed, groups, times)
        trained = places["train"]
        prepared = fit_table(table, plan, asked, scaling, kept[trained])
        self.preparation: dict[str, AnyPreparation] = {**prepared}
        self.preparation["target"] = fit(target, answers[trained], "none" if scaling == "none" else "standard")
        if plan.classes:
            places["train"] = balanced(trained, answers, balance, seed)
        self.rows = {part: kept[places[part]] for part in PARTS}
        columns = {name: _stored(table.columns.pop(name), name in plan.categories) for name in plan.features}
        self.splits: dict[str, Stored] = {
            part: _part(columns, prepared, rows) | {"target": answers[places[part]]}
            for part, rows in self.rows.items()
        }  # fmt: skip

    def _kept(self, table: Table, plan: Plan, asked: Asked) -> np.ndarray:
        """The rows that can be learned from. Raises DataError where none is left."""
        kept = np.ones(table.rows, bool)
        needed = {plan.target: "no target"}
        if asked.time.strip():
            needed[find(table.specs, asked.time, "time")] = "no time"
        if asked.blanks == "drop rows":
            needed |= dict.fromkeys(plan.features, "blanks")
        lacking: dict[str, int] = {}
        for name, what in needed.items():
            blank = _blank(table.columns[name]) & kept
            if blank.any():
                lacking[what] = lacking.get(what, 0) + int(blank.sum())
                kept &= ~blank
        self.notes += [f"{count:,} rows have {what} and are left out." for what, count in lacking.items()]
        if not kept.any():
            raise DataError(f"No row of “{table.path}” is left: every one has {' or '.join(lacking)}. Choose another "
                            "target, or another way to fill blanks.")  # fmt: skip
        return np.flatnonzero(kept)


def _target(column: Column, plan: Plan, kept: np.ndarray) -> tuple[np.ndarray, Field]:
    """What the target is in the rows that are kept, and its field."""
    if not plan.classes:
        return column.values[kept].astype(np.float32)[:, None], Field(TensorSpec((1,)), scaled=True)
    codes = codes_of(column)[kept]
    present = np.unique(codes)
    if len(present) < 2:
        raise DataError(f"The target “{column.name}” is “{plan.classes[present[0]]}” in every row that is left, so "
                        "there is nothing to tell apart.")  # fmt: skip
    dtype = np.uint8 if len(plan.classes) <= 256 else np.int32
    return codes.astype(dtype), Field(TensorSpec((), "int64", classes=len(plan.classes)))


def _groups(table: Table, name: str, kept: np.ndarray) -> np.ndarray | None:
    if not name.strip():
        return None
    column = table.columns[find(table.specs, name, "group")]
    return np.unique(column.values[kept], return_inverse=True)[1]


def _blank(column: Column) -> np.ndarray:
    return column.values < 0 if column.coded else np.isnan(column.values)


def _stored(column: Column, category: bool) -> np.ndarray:
    return codes_of(column) if category else column.values


def _part(columns: Stored, prepared: dict[Any, TablePreparation], rows: np.ndarray) -> Stored:
    """The rows of one split as each field stores them."""
    return {field: each.stored([columns[c.name] for c in each.columns], rows) for field, each in prepared.items()}


def _left_out(plan: Plan) -> list[str]:
    """Which columns are not used, and why: one sentence a reason."""
    reasons: dict[str, list[str]] = {}
    for name, why in plan.left_out.items():
        reasons.setdefault(why, []).append(f"“{name}”")
    return [f"Left out: {', '.join(names[:8])}{' …' if len(names) > 8 else ''} ({why})."
            for why, names in reasons.items() if why != "as asked"]  # fmt: skip

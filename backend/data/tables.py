"""Tables from files: what their columns are, described for people and told as specs."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from backend.data.registry import Cancelled, Field, Format, Known, Progress, Raw, data_format
from backend.data.tables_dialect import looks_like_table
from backend.data.tables_known import BANK, PUBLIC, bank_churn_file, find_public, public_path
from backend.data.tables_reading import Column, Table, read_table
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.tables import CATEGORY, Asked, kind, plan_of, values

BARS = 20  # of a histogram
COMMONEST = 20  # categories shown of a column
KEPT = 16  # tables whose columns are remembered
Stamp = tuple[str, int, int]


class ColumnSummary(msgspec.Struct, frozen=True):
    """One column for people. ``counts`` belong to ``names``, the commonest first, or to the spans between ``edges``.

    kind: number, category, date, text, id or constant; ``reason`` says why it is left out, "" where it is used
    """

    name: str
    kind: Literal["number", "category", "date", "text", "id", "constant"]
    missing: int
    distinct: int
    target_candidate: bool = False
    reason: str = ""
    low: float = float("nan")
    mean: float = float("nan")
    high: float = float("nan")
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()


class TableSummary(msgspec.Struct, frozen=True):
    """A table for people: how the file is written, its columns, which is likely the target, and what was odd."""

    path: str
    rows: int
    separator: str
    encoding: str
    decimal: str
    header: bool
    target: str
    columns: tuple[ColumnSummary, ...]
    notes: tuple[str, ...] = ()


_specs: OrderedDict[Stamp, dict[str, TensorSpec]] = OrderedDict()
_read: dict[Stamp, Table] = {}  # the table that was typed last, until it is loaded


def _stamp(path: Path) -> Stamp:
    try:
        state = os.stat(path)
    except OSError as error:
        raise DataError(f"The file “{path}” cannot be read: {error.strerror or error}.") from None
    return str(path), state.st_mtime_ns, state.st_size


def columns_of(path: Path) -> dict[str, TensorSpec]:
    """The columns of a file as specs; it is read whole, once until it changes."""
    stamp = _stamp(path)
    if stamp not in _specs:
        table = read_table(path)
        _read.clear()
        _read[stamp] = table
        _specs[stamp] = table.specs
        while len(_specs) > KEPT:
            _specs.popitem(last=False)
    return _specs[stamp]


def take_table(path: Path) -> Table:
    """The table of a file; what was read to type it is handed over, so that it is in memory once."""
    return _read.pop(_stamp(path), None) or read_table(path)


def describe(path: str | Path) -> TableSummary:
    """What a table holds, for a panel that shows it. Raises DataError with a sentence."""
    table = read_table(Path(path).expanduser())
    try:
        plan = plan_of(table.specs, Asked())
        target, left_out = plan.target, dict(plan.left_out)
    except DataError as error:
        target, left_out = "", {}
        table.notes.append(str(error))
    columns = tuple(_summary(column, left_out.get(name, "")) for name, column in table.columns.items())
    dialect = table.dialect
    return TableSummary(str(table.path), table.rows, dialect.separator, dialect.encoding, dialect.decimal,
                        dialect.header, target, columns, tuple(table.notes))  # fmt: skip


def _summary(column: Column, reason: str) -> ColumnSummary:
    told = column.values[column.values >= 0] if column.coded else column.values[~np.isnan(column.values)]
    holds = kind(column.spec)
    base: dict[str, Any] = {
        "name": column.name, "kind": holds, "missing": column.missing, "reason": reason,
        "target_candidate": holds in ("number", "category"),
    }  # fmt: skip
    if column.coded:
        counts = np.bincount(told, minlength=len(column.names))
        order = np.argsort(-counts, kind="stable")[:COMMONEST]
        shown = tuple(column.names[place] for place in order)
        few = column.kind == CATEGORY
        return ColumnSummary(**base, distinct=int((counts > 0).sum()), names=shown if few else (),
                             counts=tuple(counts[order].tolist()) if few else (), examples=shown[:5])  # fmt: skip
    counts, edges = np.histogram(told, bins=min(BARS, max(len(values(column.spec)), 1)) if column.names else BARS)
    return ColumnSummary(
        **base, distinct=len(np.unique(told)), low=float(told.min()), mean=float(told.mean()),
        high=float(told.max()), edges=tuple(edges.tolist()), counts=tuple(counts.tolist()),
        examples=tuple(f"{value:.6g}" for value in told[:5].tolist()),
    )  # fmt: skip


@data_format
class Tables(Format):
    """Files with rows and columns of text, separated by commas, tabs or other marks."""

    node = "table"

    known = (
        *(public.known for public in PUBLIC.values()),
        Known(BANK, "Bank customers who leave", "Made-up customers of a bank, in the columns of the well-known "
              "file; who leaves follows a rule with chance in it.", "Tables", 10_000),
    )  # fmt: skip

    def accepts(self, path: Path) -> bool:
        return looks_like_table(path)

    def path(self, source: str) -> Path:
        """The file of a source. Raises MissingData for a known one that is not on this machine."""
        if source == BANK:
            return bank_churn_file()
        return public_path(source) if source in PUBLIC else Path(source)

    def fields(self, source: str) -> dict[str, Field]:
        if not self.present(source):
            return {name: Field(spec) for name, spec in PUBLIC[source].columns.items()}
        return {name: Field(spec) for name, spec in columns_of(self.path(source)).items()}

    def read(self, source: str) -> Raw:
        raise DataError(
            f"“{source}” is a table: put a “table” node in the place of the data node, which knows columns."
        )

    def loader(self, source: str) -> str:
        raise DataError(f"“{source}” is a table, and is exported with the columns that a “table” node chooses.")

    def present(self, source: str) -> bool:
        return source not in PUBLIC or find_public(source) is not None

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        if not self.present(source):
            PUBLIC[source].download(progress, cancelled)

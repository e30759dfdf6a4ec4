"""Time series from files: the columns asked for as numbers, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.data.arrays import ENDINGS
from backend.data.arrays import Arrays as ArrayFiles
from backend.data.registry import find_format
from backend.data.series_known import MACKEY_GLASS, PUBLIC, STEPS, KnownSeries, mackey_glass
from backend.data.tables import Tables, take_table
from backend.data.tables_reading import Table, read_table
from graph.problems import DataError
from graph.tables import find


class Series(NamedTuple):
    """Numbers over time (rows, columns) in float64, and sentences about what was odd in the file."""

    values: np.ndarray
    notes: list[str]


def read_source(source: str, names: Sequence[str], time: str) -> Series:
    """The columns of a source, in the order of time. Raises DataError with a sentence."""
    kind, name = find_format(source)
    if name == MACKEY_GLASS:
        return Series(mackey_glass(STEPS)[:, None], [])
    if isinstance(kind, KnownSeries):
        public = PUBLIC[name]
        return _of_table(read_table(public.place() / public.files[0].name), names, time)
    if isinstance(kind, Tables):
        return _of_table(take_table(kind.path(name)), names, time)
    if isinstance(kind, ArrayFiles):
        return _of_array(Path(name), next(iter(kind.read(name).train.values())), names)
    raise DataError(f"“{source}” is no time series: a table (CSV) or an array (.npy) was expected.")


def read_file(path: Path, names: Sequence[str], time: str) -> Series:
    """The same of a file that a trained network is asked about."""
    if path.is_dir():
        raise DataError(f"“{path}” is a folder; give the files in it.")
    if path.suffix.lower() in ENDINGS:
        return _of_array(path, next(iter(ArrayFiles().read(str(path)).train.values())), names)
    return _of_table(read_table(path), names, time)


def _of_table(table: Table, names: Sequence[str], time: str) -> Series:
    notes, order = list(table.notes), np.arange(table.rows)
    if time and (found := _column(table, time)):
        if table.columns[found].coded:
            raise DataError(f"“{found}” in “{table.path}” holds texts; dates or numbers were expected as times.")
        times = table.columns[found].values
        blank = np.isnan(times)
        if blank.any():
            notes.append(f"{int(blank.sum()):,} rows have no {time} and are left out.")
        order = order[~blank][np.argsort(times[~blank], kind="stable")]
        if len(np.unique(times[order])) < len(order):
            notes.append(f"Some rows have the same {time}; they stay in the order of the file.")
    columns = []
    for name in names:
        column = table.columns[find(table.specs, name, "series")]
        if column.coded:
            raise DataError(f"“{column.name}” in “{table.path}” holds texts; a column of numbers was expected.")
        columns.append(column.values[order])
    return _filled(table.path, np.stack(columns, axis=1), names, notes)


def _column(table: Table, name: str) -> str:
    """The column that orders the rows, "" where the file has none: then they stand in order."""
    folded = {each.strip().casefold(): each for each in table.columns}
    return folded.get(name.strip().casefold(), "")


def _of_array(path: Path, values: np.ndarray, names: Sequence[str]) -> Series:
    found = values.reshape(len(values), -1).astype(np.float64)
    wrong = [name for name in names if not name.isdecimal() or not 0 < int(name) <= found.shape[1]]
    if values.ndim > 2 or wrong:
        shape = "×".join(map(str, values.shape))
        raise DataError(f"The array “{path}” has the shape {shape}; a column for each of {', '.join(names)}, the times "
                        "first, was expected.")  # fmt: skip
    return _filled(path, found[:, [int(name) - 1 for name in names]], names, [])


def _filled(path: Path, values: np.ndarray, names: Sequence[str], notes: list[str]) -> Series:
    """Blanks take the value before them, so that nothing is known before its time; leading rows with some go."""
    blank = np.isnan(values)
    if blank.all(axis=0).any():
        raise DataError(f"The column “{names[int(blank.all(axis=0).argmax())]}” of “{path}” holds no numbers.")
    if not blank.any():
        return Series(values, notes)
    source = np.maximum.accumulate(np.where(blank, 0, np.arange(len(values))[:, None]), axis=0)
    first = int((~blank).argmax(axis=0).max())
    if first:
        notes.append(f"The first {first:,} rows have blanks and are left out.")
    if blank[first:].any():
        notes.append(f"{int(blank[first:].sum()):,} blanks take the value before them.")
    return Series(np.take_along_axis(values, source, axis=0)[first:], notes)

"""Rows of a table that a network is asked about: the same columns in any order, prepared as in its training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.tables_cells import Style, days, numbers, style_of
from backend.data.tables_dialect import Dialect, detect, other_encoding
from backend.data.tables_preparation import CategoryColumn, NumberColumn, TablePreparation, nearest
from backend.data.tables_reading import read_texts
from graph.lazy import LazyModule, torch
from graph.problems import DataError

pandas = LazyModule("pandas")
Tell = Callable[[str], None]


def rows_from_file(
    path: str | Path, preparation: Mapping[str, TablePreparation], tell: Tell = lambda sentence: None
) -> dict[str, torch.Tensor]:
    """The rows of a file as a network reads them, by field; the columns are found by their names, others left aside.

    tell: hears in a sentence what could not be taken as it is, such as a category that no training row had

    Raises DataError with a sentence that names missing columns.
    """
    place = Path(path).expanduser()
    dialect, frame = _texts(place)
    wanted = {column.name: column for each in preparation.values() for column in each.columns}
    found = _places(place, dialect, list(wanted))
    stored = {name: _stored(frame[found[name]], column, dialect, tell) for name, column in wanted.items()}
    return {
        field: each.apply(torch.from_numpy(each.stored([stored[c.name] for c in each.columns])))
        for field, each in preparation.items()
    }


def _texts(path: Path) -> tuple[Dialect, Any]:
    dialect = detect(path)
    try:
        frame = read_texts(path, dialect)
    except UnicodeDecodeError as error:
        dialect = detect(path, other_encoding(error.object))
        frame = read_texts(path, dialect)
    if not len(frame):
        raise DataError(f"The table “{path}” has no rows, only {len(dialect.names)} column names.")
    return dialect, frame


def _places(path: Path, dialect: Dialect, wanted: list[str]) -> dict[str, int]:
    """Where each column stands in the file."""
    exact = {name: place for place, name in enumerate(dialect.names)}
    folded = {name.casefold(): place for name, place in exact.items()}
    found = {name: exact.get(name, folded.get(name.casefold())) for name in wanted}
    missing = [name for name, place in found.items() if place is None]
    if missing:
        named = ", ".join(f"“{name}”" for name in missing[:8]) + (" …" if len(missing) > 8 else "")
        has = ", ".join(dialect.names[:20]) + (" …" if len(dialect.names) > 20 else "")
        lacks = f"the column {named}" if len(missing) == 1 else f"{len(missing)} columns: {named}"
        heads = "" if dialect.header else " Its first line has to hold the names of the columns."
        raise DataError(f"The table “{path}” lacks {lacks}, which the network was trained with; it has "
                        f"{has}.{heads}")  # fmt: skip
    return {name: place for name, place in found.items() if place is not None}


def _stored(texts: Any, column: NumberColumn | CategoryColumn, dialect: Dialect, tell: Tell) -> np.ndarray:
    codes, different = pandas.factorize(texts)
    cells = [str(cell).strip() for cell in different]
    if isinstance(column, NumberColumn):
        values = np.append(_numbers(cells, column, dialect.decimal), np.nan)[codes]
        _tell_odd(column.name, np.isnan(values) & (codes >= 0), codes, cells, tell,
                  f"no {'date' if column.form else 'number'}, and counts as blank")  # fmt: skip
        return np.asarray(values)
    known = np.append(_codes(cells, column), -1)[codes]
    unknown = np.isin(known, [*column.unseen, len(column.names)])
    _tell_odd(column.name, unknown, codes, cells, tell, "a category that no training row had, and counts as none")
    return np.asarray(known)


def _numbers(cells: list[str], column: NumberColumn, decimal: str) -> np.ndarray:
    if column.form:
        return days(cells, column.form)
    style, own = style_of(cells, decimal)
    trained = Style(column.style[0], column.style[1:])
    found = numbers(cells, trained)
    return numbers(cells, style) if np.isnan(found).mean() > 1 - own else found


def _codes(cells: list[str], column: CategoryColumn) -> np.ndarray:
    """The number of every name, one more than the last for what is not known."""
    unknown = len(column.names)
    if column.numeric and unknown:
        few, values = np.array([float(name) for name in column.names]), numbers(cells, style_of(cells)[0])
        places = nearest(few, np.nan_to_num(values))
        right = np.isclose(few[places], values, rtol=1e-12)
        return np.where(right, places, unknown)
    folded = {name.casefold(): place for place, name in reversed(list(enumerate(column.names)))}
    known = {name: place for place, name in enumerate(column.names)}
    return np.array([known.get(cell, folded.get(cell.casefold(), unknown)) for cell in cells], np.int64)


def _tell_odd(name: str, odd: np.ndarray, codes: np.ndarray, cells: list[str], tell: Tell, what: str) -> None:
    if odd.any():
        more, first = int(odd.sum()) - 1, int(odd.argmax())
        others = f" So {'does 1 other row' if more == 1 else f'do {more:,} other rows'}." if more else ""
        tell(f"“{name}”: row {first + 1:,} holds “{cells[codes[first]][:40]}”, {what}.{others}")

"""Python source that reads a table and prepares it as a training did, with no Netloom: for an exported script."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.data.preparation import AnyPreparation, Preparation
from backend.data.tables_cells import BLANK_WORDS
from backend.data.tables_dialect import Dialect
from backend.data.tables_preparation import CategoryColumn, NumberColumn, TablePreparation
from graph.tables import Plan


def table_loader(path: Path, plan: Plan, needed: Sequence[str], preparation: Mapping[str, AnyPreparation], style: str,
                 dialect: Dialect) -> str:  # fmt: skip
    """Source text that defines ``load_data() -> dict[str, torch.Tensor]``: the rows to learn from, prepared.

    needed: the columns without which a row is left out
    style: how the target writes its numbers, "" for texts
    dialect: how the file is written
    """
    fitted = {name: each for name, each in preparation.items() if isinstance(each, TablePreparation)}
    target = preparation["target"]
    numbers = [column for each in fitted.values() for column in each.numbers]
    categories = [column for each in fitted.values() for column in each.categories]
    one_hot = "features" in fitted
    dtype = "float32" if all(each.fine for each in fitted.values()) else "float64"
    body = "    columns = []\n" if one_hot or numbers else ""
    body += "    places = []\n" if categories and not one_hot else ""
    body += NUMBERS.format(dtype=dtype) if numbers else ""
    body += _PLACES + (ONE_HOT if one_hot else INDICES) if categories else ""
    lists = {"features": "columns", "numbers": "columns", "categories": "places"}
    gives = "".join(f'        "{name}": torch.from_numpy(np.concatenate({lists[name]}, axis=1)),\n' for name in fitted)
    return SOURCE.format(
        path=_text(str(path.resolve())), blanks=_blanks(), reading=_reading(dialect),
        numbers=_rows(_number(column) for column in numbers), categories=_rows(_categories(categories, one_hot)),
        body=body, gives=gives, needed=list(needed), target=_text(plan.target), answers=_answers(plan, target, style),
    )  # fmt: skip


def _number(column: NumberColumn) -> str:
    return _tuple(column.name, column.style, column.form, column.fill, column.shift, column.scale, column.marked)


def _categories(columns: list[CategoryColumn], one_hot: bool) -> list[str]:
    """Each with the places of its values, and of blanks; what is not known has a place of its own."""
    found, first = [], 0
    for each in columns:
        unknown, start = (each.slots, 0) if one_hot else (first, first + 1)
        blank, *places, _ = each.places(unknown, start)
        found.append(_tuple(each.name, "." if each.numeric else "", list(each.names), places, blank, unknown))
        first += each.slots + 1
    return found


def _answers(plan: Plan, target: AnyPreparation, style: str) -> str:
    if plan.classes:
        texts = ANSWERS_AS_TEXTS.format(style=_text(style)) if style else ""
        return texts + CLASSES.format(names=list(plan.classes))
    assert isinstance(target, Preparation)
    return NUMBER.format(style=_text(style or "."), shift=repr(target.shift[0]), scale=repr(target.scale[0]))


def _reading(dialect: Dialect) -> str:
    """The arguments of pandas, one a line."""
    named = not dialect.header or dialect.renamed or any(name.startswith("column ") for name in dialect.names)
    asked: dict[str, Any] = {"sep": dialect.separator, "encoding": dialect.encoding}
    if dialect.quote != '"':
        asked["quotechar"] = dialect.quote
    if dialect.skip:
        asked["skiprows"] = dialect.skip
    if named:
        asked |= {"header": 0 if dialect.header else None, "names": list(dialect.names)}
    return "".join(f"        {name}={_value(value)},\n" for name, value in asked.items())


def _rows(rows: Any) -> str:
    return "".join(f"    {row},\n" for row in rows)


def _blanks() -> str:
    """The words that stand for nothing, in lines of source."""
    words = " ".join(sorted(word for word in BLANK_WORDS if word and " " not in word))
    return "\n".join(f"    {_text(line + ' ')}" for line in textwrap.wrap(words, 100, break_on_hyphens=False))


def _tuple(*values: Any) -> str:
    return f"({', '.join(map(_value, values))})"


def _value(value: Any) -> str:
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A text as Python source, in the quotes that formatters like."""
    return json.dumps(text, ensure_ascii=False)


SOURCE = '''\
from pathlib import Path

import numpy as np
import pandas as pd
import torch

PATH = Path({path})
BLANKS = (  # what stands in cells that are blank
{blanks}
).split()
NUMBERS = [  # column, marks of decimals and thousands, form of dates, what stands for blanks, shift, scale, blanks told
{numbers}]
CATEGORIES = [  # column, whether its values are numbers, values, place of each, of blanks, of what is not known
{categories}]


def read_table(path: str | Path) -> pd.DataFrame:
    """The cells of a table as texts."""
    table = pd.read_csv(
        path,
{reading}        dtype="str",
        na_values=["", "#N/A N/A", *BLANKS],
        keep_default_na=False,
        skipinitialspace=True,
        index_col=False,
    )
    table.columns = [" ".join(str(name).split()) for name in table.columns]
    return table.apply(lambda column: column.str.strip())


def as_numbers(texts: pd.Series, style: str, form: str = "") -> np.ndarray:
    """Texts as numbers, dates as days since 1970, NaN for blanks."""
    if form:
        dates = pd.to_datetime(texts, format=form, errors="coerce", utc=True).dt.tz_localize(None)
        return np.array((dates - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1), np.float64)
    plain = texts.str.replace(r"^[€$£¥]\\s*|\\s*(?:%|[€$£¥]|EUR|USD|GBP|CHF)$", "", regex=True)
    for mark in style[1:]:
        plain = plain.str.replace(mark, "", regex=False)
    return np.array(pd.to_numeric(plain.str.replace(style[0], ".", regex=False), errors="coerce"), np.float64)


def as_texts(numbers: pd.Series, style: str) -> pd.Series:
    """Numbers that are categories, all written alike."""
    values = pd.Series(as_numbers(numbers, style))
    return values.map("{{:.15g}}".format).where(values.notna())


def read_features(table: pd.DataFrame) -> dict[str, torch.Tensor]:
    """What the network reads of every row, as it was trained on it."""
{body}    return {{
{gives}    }}


def load_data(path: str | Path = PATH) -> dict[str, torch.Tensor]:
    """The rows that can be learned from: what the network reads, and the target."""
    table = read_table(path).dropna(subset={needed}).reset_index(drop=True)
    answers = table[{target}]
{answers}    data = {{**read_features(table), "target": target}}
    return {{name: values[kept] for name, values in data.items()}}
'''
NUMBERS = """\
    for name, style, form, fill, shift, scale, _ in NUMBERS:
        values = as_numbers(table[name], style, form).astype("{dtype}")
        kind = values.dtype.type
        moved = np.where(np.isnan(values), kind(fill), values) - kind(shift)
        columns.append((moved.astype("float32") / np.float32(scale))[:, None])
    for name, style, form, *_, told in NUMBERS:
        if told:
            columns.append(np.isnan(as_numbers(table[name], style, form))[:, None].astype("float32"))
"""
_PLACES = """\
    for name, style, values, of_values, of_blanks, unknown in CATEGORIES:
        texts = as_texts(table[name], style) if style else table[name]
        codes = pd.Categorical(texts, categories=values).codes
        found = np.where(texts.isna(), of_blanks, np.array([*of_values, unknown])[codes])
"""
ONE_HOT = """\
        columns.append(np.eye(len(of_values) + 2, dtype="float32")[found][:, :unknown])
"""
INDICES = """\
        places.append(found.astype("int64")[:, None])
"""
ANSWERS_AS_TEXTS = """\
    answers = as_texts(answers, {style})
"""
CLASSES = """\
    classes = {names}
    target = torch.tensor(pd.Categorical(answers, categories=classes).codes).long()
    kept = target >= 0
"""
NUMBER = """\
    target = (torch.tensor(as_numbers(answers, {style})).float()[:, None] - {shift}) / {scale}
    kept = target.isfinite()[:, 0]
"""

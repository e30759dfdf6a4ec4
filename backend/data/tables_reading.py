"""Reads a table from a file: every column typed, as numbers or as codes of its different values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.tables_cells import BLANK_WORDS, MOSTLY, Style, date_format, days, numbers, style_of
from backend.data.tables_dialect import SPACES, Dialect, detect, opened, other_encoding
from graph.lazy import LazyModule
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.tables import CATEGORY, DATE, ID, NUMBER, TEXT

pandas = LazyModule("pandas")

ROWS = 1 << 16  # parsed at once
SAMPLE = 500  # rows that tell which columns to read as texts
FEW = 100  # different numbers that may be taken for categories
MOST_CATEGORIES, LEAST_CATEGORIES = 1000, 50  # different texts that always, and that at most make a category
HUGE = 3e38  # beyond what float32 holds
NAMES_ROWS = re.compile(r"(?i)(^|[\W_])(id|nr|no|key|index|uuid)$|^(row|record|serial|customer|user)?[ _]?(number|id)$"
                        r"|^column 1$|^unnamed")  # fmt: skip
CAMEL_ID = re.compile(r"[a-z](Id|ID|Number|Nr|Index)$")


@dataclass
class Column:
    """One column: float64 with NaN for blanks, or codes into ``names`` with −1 for blanks.

    kind: a kind of ``graph.tables``; ``style`` and ``form`` say how its numbers and dates are written
    """

    name: str
    kind: str
    values: np.ndarray
    names: tuple[str, ...] = ()
    missing: int = 0
    style: Style = Style(".", "")
    form: str = ""

    @property
    def coded(self) -> bool:
        """Whether its values are codes."""
        return self.values.dtype.kind == "i"

    @property
    def spec(self) -> TensorSpec:
        """As ``graph.tables`` wants it."""
        few = self.names if self.kind in (NUMBER, CATEGORY) else ()
        classes = len(few) if self.kind != ID else int(not self.coded)
        return TensorSpec((), self.kind, batched=False, classes=classes, names=(*few, *([""] if self.missing else [])))


@dataclass
class Table:
    """What a file holds, and sentences about what was odd in it."""

    path: Path
    dialect: Dialect
    columns: dict[str, Column]
    rows: int
    notes: list[str] = field(default_factory=list)

    @property
    def specs(self) -> dict[str, TensorSpec]:
        return {name: column.spec for name, column in self.columns.items()}


def read_table(path: Path) -> Table:
    """Read and type a whole file. Raises DataError with a sentence that names the file and, where it can, the line."""
    dialect = detect(path)
    try:
        return _read(path, dialect)
    except UnicodeDecodeError as error:
        if dialect.encoding != "utf-8":
            raise DataError(f"The file “{path}” is not written in {dialect.encoding}, as its beginning says.") from None
        return _read(path, detect(path, other_encoding(error.object)))


def read_texts(path: Path, dialect: Dialect, rows: int | None = None) -> Any:
    """The cells as texts in a pandas frame, blanks as NaN, of the first rows or of all; for files of a few."""
    return next(iter(_frames(path, dialect, dtype="str", chunksize=None, nrows=rows)))


def _read(path: Path, dialect: Dialect) -> Table:
    texts = _text_columns(path, dialect)
    builders = [_Texts() if place in texts else _Numbers(dialect.decimal) for place in range(len(dialect.names))]
    rows = 0
    for frame in _frames(path, dialect, dtype=dict.fromkeys(texts, "category"), chunksize=ROWS):
        for place, builder in enumerate(builders):
            builder.add(frame[place])
        rows += len(frame)
    if not rows:
        raise DataError(f"The table “{path}” has no rows, only {len(dialect.names)} column names.")
    _check_short_rows(path, dialect, builders[-1])
    table = Table(path, dialect, {}, rows)
    for place, name in enumerate(dialect.names):
        builder = builders[place]
        if isinstance(builder, _Numbers) and builder.failed(rows):
            builder = _texts_of(path, dialect, place)
        builders[place] = None  # type: ignore[call-overload]  # so that a column is there once
        table.columns[name] = builder.column(name, rows, table.notes)
    if dialect.renamed:
        table.notes.append(f"Several columns are called {_quoted(dialect.renamed)}; the later ones got numbers.")
    return table


def _text_columns(path: Path, dialect: Dialect) -> list[int]:
    """The columns that do not begin with numbers."""
    head: Any = next(iter(_frames(path, dialect, dtype="str", nrows=SAMPLE)))
    found = []
    for place in range(len(dialect.names)):
        told = head[place].dropna()
        plain = told.str.replace(dialect.decimal, ".", regex=False) if dialect.decimal != "." else told
        if len(told) and pandas.to_numeric(plain, errors="coerce").notna().mean() < MOSTLY:
            found.append(place)
    return found


def _frames(path: Path, dialect: Dialect, **asked: Any) -> Iterator[Any]:
    """The rows in frames of numbered columns; what is wrong with the file as a DataError."""
    chunked = asked.get("chunksize")
    options = dialect.options() | {"na_values": sorted(BLANK_WORDS), "keep_default_na": False} | asked
    if dialect.decimal != "." and asked.get("dtype") != "str":
        options["decimal"] = dialect.decimal
    try:
        with opened(path) as file:
            found = pandas.read_csv(file, **options)
            yield from (found if chunked else [found])
    except UnicodeDecodeError:
        raise
    except pandas.errors.EmptyDataError:
        raise DataError(f"The table “{path}” is empty; rows of values were expected.") from None
    except pandas.errors.ParserError as error:
        raise DataError(_parser_words(path, dialect, str(error))) from None
    except OverflowError:
        raise DataError(f"The table “{path}” holds numbers too great to read.") from None


def _parser_words(path: Path, dialect: Dialect, words: str) -> str:
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", words):
        return (f"“{path}”, line {int(found[2]):,}: it has {found[3]} values; {found[1]} were expected, one for each "
                "column. Mend the line, or put quotes around texts with separators.")  # fmt: skip
    if found := re.search(r"EOF inside string starting at row (\d+)", words):
        line = int(found[1]) + dialect.skip + 1
        return f"“{path}”, line {line:,}: a text begins with {dialect.quote} and never ends; mend the line."
    return f"The table “{path}” cannot be read: {words.strip().splitlines()[-1][:200]}."


def _check_short_rows(path: Path, dialect: Dialect, last: _Texts | _Numbers) -> None:
    """Raise DataError for a line with too few values, which pandas fills with blanks."""
    if not last.missing or len(dialect.names) == 1 or dialect.separator == SPACES:
        return
    import codecs
    import csv

    with opened(path) as file:
        reader = csv.reader(codecs.getreader(dialect.encoding)(file, "replace"), delimiter=dialect.separator,
                            quotechar=dialect.quote, skipinitialspace=True)  # fmt: skip
        wanted = len(dialect.names)
        for number, cells in enumerate(reader):
            if number >= dialect.skip and 0 < len(cells) < wanted and not (len(cells) == 1 and not cells[0].strip()):
                values = f"{len(cells)} value{'s' * (len(cells) > 1)}"
                raise DataError(f"“{path}”, line {reader.line_num:,}: it has {values}; {wanted} were expected, one for "
                                "each column. Mend or remove the line.")  # fmt: skip


class _Numbers:
    """Gathers a column that begins with numbers."""

    def __init__(self, decimal: str) -> None:
        self.missing = 0
        self._decimal = decimal
        self._pieces: list[np.ndarray] = []
        self._odd = 0
        self._example = ""

    def add(self, piece: Any) -> None:
        plain = piece.dtype.kind in "iuf"
        values = piece.to_numpy(np.float64, copy=True) if plain else self._told(piece)
        self.missing += int(np.isnan(values).sum())
        self._pieces.append(values)

    def _told(self, piece: Any) -> np.ndarray:
        """Numbers from a stretch in which not everything is a number."""
        codes, texts = pandas.factorize(piece.astype("str").where(piece.notna()))
        style, _ = style_of(texts, self._decimal)
        found = np.append(numbers(texts, style), np.nan)
        values: np.ndarray = found[codes]
        odd = np.isnan(values) & (codes >= 0)
        self._odd += int(odd.sum())
        self._example = self._example or (str(texts[codes[odd.argmax()]]) if odd.any() else "")
        return values

    def failed(self, rows: int) -> bool:
        """Whether it is no column of numbers after all."""
        told = rows - self.missing + self._odd
        return self._odd > (1 - MOSTLY) * told

    def column(self, name: str, rows: int, notes: list[str]) -> Column:
        values = np.concatenate(self._pieces)
        self._pieces.clear()
        if self._odd:
            notes.append(_odd(name, self._odd, f"no number, such as “{self._example[:40]}”"))
        return number_column(name, values, notes, Style(self._decimal, ""))


class _Texts:
    """Gathers a column of texts as codes of its different values."""

    def __init__(self) -> None:
        self.missing = 0
        self._codes: list[np.ndarray] = []
        self._known: dict[str, int] = {}

    def add(self, piece: Any) -> None:
        kept = piece if piece.dtype == "category" else piece.astype("str").where(piece.notna()).astype("category")
        places = [self._known.setdefault(str(text).strip(), len(self._known)) for text in kept.cat.categories]
        table = np.array([*places, -1], np.int32)
        codes = table[kept.cat.codes.to_numpy()]
        self.missing += int((codes < 0).sum())
        self._codes.append(codes)

    def column(self, name: str, rows: int, notes: list[str]) -> Column:
        codes, texts = np.concatenate(self._codes), list(self._known)
        self._codes.clear()
        return text_column(name, codes, texts, notes)


def _texts_of(path: Path, dialect: Dialect, place: int) -> _Texts:
    """One column read once more, as texts."""
    found = _Texts()
    for frame in _frames(path, dialect, dtype={place: "category"}, usecols=[place], chunksize=ROWS):
        found.add(frame[place])
    return found


def number_column(name: str, values: np.ndarray, notes: list[str], style: Style = Style(".", "")) -> Column:
    """A column of numbers, typed: a number, or an id."""
    wild = ~(np.abs(values) < HUGE) & ~np.isnan(values)
    if wild.any():
        notes.append(_odd(name, int(wild.sum()), f"infinite or beyond {HUGE:g}"))
        values[wild] = np.nan
    missing = int(np.isnan(values).sum())
    if missing == len(values):
        return Column(name, CATEGORY, np.full(len(values), -1, np.int32), (), missing)
    few = _few_numbers(values)
    if not missing and _names_rows(name, values):
        return Column(name, ID, values, (), 0, style)
    return Column(name, NUMBER, values, few, missing, style)


def text_column(name: str, codes: np.ndarray, texts: Sequence[str], notes: list[str]) -> Column:
    """A column of texts, typed: numbers or dates after all, a category, an id, or texts."""
    missing = int((codes < 0).sum())
    style, share = style_of(texts[:5000])
    if texts and share >= MOSTLY:
        found = numbers(texts, style)
        _tell_odd(name, codes, texts, found, "number", notes)
        return number_column(name, np.append(found, np.nan)[codes], notes, style)
    if texts and (form := date_format(texts)):
        found = days(texts, form)
        _tell_odd(name, codes, texts, found, "date", notes)
        values = np.append(found, np.nan)[codes]
        return Column(name, DATE, values, (), int(np.isnan(values).sum()), form=form)
    present = len(codes) - missing
    if len(texts) == present > 1:
        return Column(name, ID, codes, tuple(texts), missing)
    most = max(LEAST_CATEGORIES, min(MOST_CATEGORIES, len(codes) // 20))
    if len(texts) > most:
        return Column(name, TEXT, codes, tuple(texts), missing)
    order = sorted(range(len(texts)), key=lambda place: _sorting(texts[place]))
    places = np.append(np.argsort(order), -1).astype(np.int32)
    return Column(name, CATEGORY, places[codes], tuple(texts[place] for place in order), missing)


def _sorting(text: str) -> tuple[float, str]:
    """Numbers by size, then texts."""
    return (float(text), "") if re.fullmatch(r"-?\d{1,15}", text) else (float("inf"), text)


def _tell_odd(name: str, codes: np.ndarray, texts: Sequence[str], found: np.ndarray, what: str,
              notes: list[str]) -> None:  # fmt: skip
    odd = np.isnan(found)
    if odd.any():
        count = int(np.append(odd, False)[codes].sum())
        notes.append(_odd(name, count, f"no {what}, such as “{texts[odd.argmax()][:40]}”"))


def _few_numbers(values: np.ndarray) -> tuple[str, ...]:
    """The different numbers where there are few."""
    some = pandas.unique(values[:10_000])
    if len(some) > FEW + 1:
        return ()
    every = pandas.unique(values) if len(values) > 10_000 else some
    found = np.sort(every[~np.isnan(every)])
    return tuple(f"{value:.15g}" for value in found.tolist()) if len(found) <= FEW else ()


def _names_rows(name: str, values: np.ndarray) -> bool:
    """Whether every number is whole and there once, and they count the rows or are called like it."""
    if (values[:10_000] != np.floor(values[:10_000])).any() or (values != np.floor(values)).any():
        return False
    counting = len(values) > FEW and values.max() - values.min() + 1 == len(values)
    called = bool(NAMES_ROWS.search(name) or CAMEL_ID.search(name))
    return (counting or called) and len(pandas.unique(values)) == len(values)


def _odd(name: str, count: int, what: str) -> str:
    """What is said of cells that cannot be taken as they are."""
    cells = "1 cell is" if count == 1 else f"{count:,} cells are"
    return f"“{name}”: {cells} {what}, and count{'s' if count == 1 else ''} as blank."


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names[:5])

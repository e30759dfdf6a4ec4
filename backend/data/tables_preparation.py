"""How the columns of a table become what a network reads: fitted on training rows, kept with a run, applied on rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from backend.data.preparation import AnyPreparation, Preparation, Scaling, Unscaled
from backend.data.series_preparation import SeriesPreparation
from backend.data.tables_reading import Column, Table
from backend.data.texts_vocabulary import TextPreparation
from graph.lazy import torch
from graph.problems import DataError
from graph.tables import DATE, Asked, Plan, has_blanks, values

Gives = Literal["features", "numbers", "categories"]
LARGE = 1e4  # how many times its own span a number may be away from 0 before float32 is too coarse for it


class NumberColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of numbers: (value − shift) / scale, ``fill`` where it is blank, and perhaps a mark of that.

    style: the mark before decimals, and then what may stand between thousands
    form: how dates are written, which count as days; "" for numbers
    """

    name: str
    fill: float = 0.0
    shift: float = 0.0
    scale: float = 1.0
    marked: bool = False
    style: str = "."
    form: str = ""


class CategoryColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of categories by their names; ``fill`` is the number of the one that stands for blanks.

    marked: whether blanks are a category of their own
    unseen: those that no training row has; like names that are not known, they are no category
    numeric: whether the names are numbers, and compared as such
    """

    name: str
    names: tuple[str, ...]
    fill: int = 0
    marked: bool = False
    unseen: tuple[int, ...] = ()
    numeric: bool = False

    @property
    def slots(self) -> int:
        return len(self.names) + self.marked

    def places(self, unknown: int, first: int) -> list[int]:
        """Where each code goes: that of blanks (−1), of every category, and of what is not known."""
        own = [unknown if code in self.unseen else first + code for code in range(len(self.names))]
        blank = first + len(self.names) if self.marked else own[self.fill] if own else unknown
        return [blank, *own, unknown]


class TablePreparation(Unscaled, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a table's rows go through. Stored are the numbers, NaN where blank, then the codes of the categories.

    "features" are the scaled numbers, the marks of blanks and the categories one-hot; "numbers" the first two alone;
    "categories" a whole number for each column, every column with numbers of its own, the first for what is unknown.
    """

    gives: Gives
    numbers: tuple[NumberColumn, ...] = ()
    categories: tuple[CategoryColumn, ...] = ()
    range: tuple[float, float] | None = None

    @property
    def dtype(self) -> str:
        return "int64" if self.gives == "categories" else "float32"

    @property
    def changes(self) -> bool:
        """Whether it does more than turn the type."""
        return True

    @property
    def columns(self) -> tuple[NumberColumn | CategoryColumn, ...]:
        """In the order in which they are stored."""
        return (*self.numbers, *self.categories)

    @property
    def width(self) -> int:
        """How many numbers come out for one row."""
        if self.gives == "categories":
            return len(self.categories)
        flags = sum(each.marked for each in self.numbers)
        return len(self.numbers) + flags + sum(each.slots for each in self.categories)

    @property
    def fine(self) -> bool:
        """Whether float32 is fine enough for the numbers as they stand in the table."""
        return all(abs(each.shift) <= LARGE * abs(each.scale) for each in self.numbers)

    def invert(self, made: torch.Tensor) -> torch.Tensor:
        """What a network reads, as it is: blanks and categories cannot be told from it."""
        return made

    def on(self, device: torch.device | str) -> Callable[[torch.Tensor], torch.Tensor]:
        """``apply`` with its constants on a device already."""
        numbers, lead = self._numbers_on(device), len(self.numbers) + sum(each.marked for each in self.numbers)
        if not self.categories:
            return numbers
        places, width = self._places_on(device, lead), self.width
        if self.gives == "categories":
            return places

        def prepare(stored: torch.Tensor) -> torch.Tensor:
            made = torch.zeros(len(stored), width + 1, device=stored.device)  # the last place takes what is not known
            if lead:
                made[:, :lead] = numbers(stored)
            return made.scatter_(1, places(stored), 1.0)[:, :width]

        return prepare

    def _numbers_on(self, device: torch.device | str) -> Callable[[torch.Tensor], torch.Tensor]:
        """The numbers, scaled, and then the marks of blanks."""
        count = len(self.numbers)
        fill, shift = ([getattr(each, what) for each in self.numbers] for what in ("fill", "shift"))
        scale = torch.tensor([each.scale for each in self.numbers], dtype=torch.float32, device=device)
        marked = torch.tensor([place for place, each in enumerate(self.numbers) if each.marked], dtype=torch.int64,
                              device=device)  # fmt: skip
        kept: dict[torch.dtype, tuple[torch.Tensor, torch.Tensor]] = {
            torch.float32: (torch.tensor(fill, device=device), torch.tensor(shift, device=device))
        }

        def prepare(stored: torch.Tensor) -> torch.Tensor:
            own = stored[:, :count]
            if own.dtype not in kept:
                kept[own.dtype] = tuple(torch.tensor(v, dtype=own.dtype, device=device) for v in (fill, shift))  # type: ignore[assignment]
            filling, shifting = kept[own.dtype]
            blank = own.isnan()
            made = torch.where(blank, filling, own).sub_(shifting).to(torch.float32).div_(scale)
            return torch.cat([made, blank.index_select(1, marked).to(torch.float32)], dim=1) if len(marked) else made

        return prepare

    def _places_on(self, device: torch.device | str, lead: int) -> Callable[[torch.Tensor], torch.Tensor]:
        """Of every category its place in the whole row, ``lead`` being the first; or its number among all indices."""
        start, one_hot = len(self.numbers), self.gives == "features"
        table, firsts, slot = list[int](), list[int](), lead
        for each in self.categories:
            firsts.append(len(table) + 1)  # the code −1 stands first
            table += each.places(self.width if one_hot else slot, slot if one_hot else slot + 1)
            slot += each.slots + (not one_hot)
        places = torch.tensor(table, dtype=torch.int64, device=device)
        first = torch.tensor(firsts, dtype=torch.int64, device=device)
        return lambda stored: places[stored[:, start:].to(torch.int64) + first]

    def stored(self, columns: Sequence[np.ndarray], rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Rows of the columns, numbers and then codes, in one array with the rows first."""
        dtype = np.int32 if self.gives == "categories" else np.float32 if self.fine else np.float64
        first = columns[0][rows]
        made = np.empty((len(first), len(columns)), dtype)
        for place, column in enumerate(columns):
            made[:, place] = column[rows] if place else first
        return made


def preparation_from(kept: Mapping[str, Any]) -> AnyPreparation:
    """A preparation from the plain values that a run keeps of it."""
    if "vocabulary" in kept:
        return msgspec.convert(kept, TextPreparation)
    if "horizon" in kept:
        return msgspec.convert(kept, SeriesPreparation)
    if "gives" in kept:
        return msgspec.convert(kept, TablePreparation)
    return msgspec.convert(kept, Preparation)


def fit_table(
    table: Table, plan: Plan, asked: Asked, scaling: Scaling, rows: np.ndarray
) -> dict[str, TablePreparation]:
    """What the training rows ask for, for every field that the features are given in."""
    numbers = tuple(_fit_numbers(table.columns[name], asked, scaling, rows) for name in plan.numbers)
    categories = tuple(_fit_categories(table.columns[name], asked, rows) for name in plan.categories)
    if asked.categories == "one-hot":
        return {"features": TablePreparation("features", numbers, categories)}
    found: dict[str, TablePreparation] = {}
    if numbers:
        found["numbers"] = TablePreparation("numbers", numbers)
    if categories:
        found["categories"] = TablePreparation("categories", (), categories)
    return found


def _fit_numbers(column: Column, asked: Asked, scaling: Scaling, rows: np.ndarray) -> NumberColumn:
    seen = column.values[rows]
    blank = np.isnan(seen) if column.missing else None
    told = seen if blank is None else seen[~blank]
    fill = _filling(told, asked.blanks) if len(told) else 0.0
    if blank is not None:
        seen = np.where(blank, fill, seen)
    shift, scale = 0.0, 1.0
    if scaling == "standard":
        shift, scale = float(seen.mean()), float(seen.std())
    elif scaling == "0 to 1":
        shift, scale = float(seen.min()), float(seen.max() - seen.min())
    if not np.isfinite([shift, scale]).all():
        raise DataError(f"“{column.name}” holds values too great to scale; choose the scaling “none” or smaller units.")
    marked = asked.blanks == "own category" and has_blanks(column.spec)
    tiny = scale < 1e-12 * max(abs(shift), 1e-25)  # what rounding leaves of a column that never changes
    return NumberColumn(column.name, fill, shift, 1.0 if tiny else scale, marked,
                        "".join(column.style), column.form if column.kind == DATE else "")  # fmt: skip


def _filling(told: np.ndarray, blanks: str) -> float:
    if blanks == "mean":
        return float(told.mean())
    if blanks == "mode":
        different, counts = np.unique(told, return_counts=True)
        return float(different[counts.argmax()])
    return float(np.median(told))


def _fit_categories(column: Column, asked: Asked, rows: np.ndarray) -> CategoryColumn:
    names = values(column.spec)
    counts = np.bincount(codes_of(column)[rows] + 1, minlength=len(names) + 1)
    seen = counts[1:]
    marked = asked.blanks == "own category" and has_blanks(column.spec)
    unseen = tuple(int(place) for place in np.flatnonzero(seen == 0))
    return CategoryColumn(column.name, names, int(seen.argmax()) if len(seen) else 0, marked, unseen, not column.coded)


def codes_of(column: Column) -> np.ndarray:
    """The categories of a column as codes, −1 for blanks; numbers by their place among the few there are."""
    if column.coded:
        return column.values
    codes = nearest(np.array([float(name) for name in values(column.spec)]), column.values).astype(np.int32)
    codes[np.isnan(column.values)] = -1
    return codes


def nearest(few: np.ndarray, found: np.ndarray) -> np.ndarray:
    """The places of the numbers that are nearest among few, which ascend."""
    return np.searchsorted((few[1:] + few[:-1]) / 2, found)

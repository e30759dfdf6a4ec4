"""Lists of numbers as people type and paste them: pure functions between values, cells of a grid, and text."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from graph.catalogue import Parameter, is_matrix
from gui.inspector import values

MOST_CELLS: Final = 4096  # more than anyone types into a grid
_NUMBER: Final = Parameter("number", float, 0.0, "")
Cells = list[list[str]]


def fits_grid(value: Any) -> bool:
    """Whether a value can be shown as rows and columns."""
    shape = values.shape_of(value)
    return len(shape) <= 2 and math.prod(shape) <= MOST_CELLS


def cells_of(value: list[Any]) -> Cells:
    """The rows of a grid that shows a value of one or two axes."""
    if 0 in values.shape_of(value):
        return []
    rows = value if isinstance(value[0], list) else [value]
    return [[number_text(each) for each in row] for row in rows]


def number_text(number: float) -> str:
    return f"{number:.7g}" if isinstance(number, float) else str(number)


def trimmed(cells: Cells) -> Cells:
    """Cells without the rows and columns that are wholly empty; what else is empty is 0."""
    rows = [row for row in cells if any(text.strip() for text in row)]
    columns = [place for place in range(max(map(len, rows), default=0))
               if any(place < len(row) and row[place].strip() for row in rows)]  # fmt: skip
    return [[row[c].strip() or "0" if c < len(row) else "0" for c in columns] for row in rows]


def value_of(cells: Cells, flat: bool) -> list[Any]:
    """The numbers in a grid. Raises ValueError with a sentence for the first cell that holds none.

    flat: whether a single row is a list of numbers rather than a list with one row
    """
    rows = [[number_of(text, f"Row {r}, column {c}") for c, text in enumerate(row, 1)]
            for r, row in enumerate(trimmed(cells), 1)]  # fmt: skip
    if flat and len(rows) == 1:
        return list(rows[0])
    return list(rows)


def number_of(text: str, where: str = "") -> float:
    """A number that was typed, or a sum such as 1/3. Raises ValueError with a sentence."""
    try:
        number = values.parse(_NUMBER, text)
    except ValueError:
        raise ValueError(f"{where or 'This'} is a number; got “{text.strip()}”.") from None
    return int(number) if re.fullmatch(r"\s*[+-]?\d{1,15}\s*", text) else float(number)


def pasted(text: str) -> Cells:
    """The cells of a text from a spreadsheet, a CSV file or a program."""
    plain = text.strip("\r\n")
    if plain.lstrip().startswith("["):
        try:
            value = json.loads(plain)
        except ValueError:
            value = None
        if value and is_matrix(value) and fits_grid(value):
            return cells_of(value)
        plain = re.sub(r"\]\s*,\s*\[", "\n", plain).replace("[", "").replace("]", "")
    parting = next((each for each in ("\t", ";") if each in plain), "")
    rows = []
    for line in plain.splitlines():
        parts = line.split(parting) if parting else re.split(r"\s*,\s*|\s+", line.strip().rstrip(","))
        rows.append([part.strip().replace(",", ".") for part in parts])
    return rows


def copied(cells: Cells) -> str:
    """Cells as a spreadsheet takes them."""
    return "\n".join("\t".join(row) for row in trimmed(cells))


def parse_text(text: str) -> list[Any]:
    """Numbers in brackets within brackets. Raises ValueError with a sentence."""
    if not text.strip():
        return []
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("The brackets are nested too deeply: four levels at most.") from None
    except ValueError as error:
        place = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "it"
        raise ValueError(f"Numbers in brackets are expected, such as [[1, 2], [3, 4]]; {place} is not.") from None
    if not is_matrix(value):
        raise ValueError("Rows of one length are expected, with finite numbers in them, up to four brackets deep.")
    return list(value)


def text_of(value: Any, depth: int = 0) -> str:
    """A value as text, a line for every row of numbers."""
    if not isinstance(value, list) or not value or not isinstance(value[0], list):
        return json.dumps(value)
    space = " " * (depth + 1)
    return "[" + f",\n{space}".join(text_of(each, depth + 1) for each in value) + "]"

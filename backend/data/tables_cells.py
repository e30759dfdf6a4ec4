"""What stands in the cells of a table: numbers as the world writes them, dates, and words for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from graph.lazy import LazyModule

pandas = LazyModule("pandas")

BLANK_WORDS = frozenset({
    "", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "null", "NULL", "Null", "None", "none", "nil",
    "NONE", "<NA>", "#N/A", "#NA", "#N/A N/A", "#NULL!", "#VALUE!", "#DIV/0!", "#REF!", "?", "-", "--", "—", ".", "..",
    "missing", "Missing", "MISSING",
})  # fmt: skip
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SPACES = "  \u202f"
AROUND = re.compile(r"^[€$£¥]\s*|\s*(%|[€$£¥]|EUR|USD|GBP|CHF)$")  # what stands beside a number and says its unit
MOSTLY = 0.95  # share of the cells that have to be numbers or dates for the column to hold such
DATES = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%y", "%d/%m/%y", "%d-%m-%Y", "%m-%d-%Y", "%Y-%m", "%b %Y", "%d %b %Y", "%d %B %Y",
    "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
DATED = re.compile(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})([-/. T]|$)|[A-Z][a-z]{2,8} \d")  # how any of these begins


class Style(NamedTuple):
    """How numbers are written: the mark before decimals, and what may stand between thousands."""

    decimal: str
    thousands: str

    @property
    def pattern(self) -> re.Pattern[str]:
        decimal, groups = re.escape(self.decimal), f"[{re.escape(self.thousands)}]"
        whole = rf"([1-9]\d{{0,2}}({groups}\d{{3}})+|\d+)" if self.thousands else r"\d+"
        return re.compile(rf"[+-]?({whole}({decimal}\d*)?|{decimal}\d+)([eE][+-]?\d+)?")

    def number(self, text: str) -> float:
        """The number that a text matching the pattern writes."""
        for mark in self.thousands:
            text = text.replace(mark, "")
        return float(text.replace(self.decimal, "."))


STYLES = (Style(".", ""), Style(",", ""), Style(".", ","), Style(".", f"'’{SPACES}"), Style(",", "."),
          Style(",", f"'’{SPACES}"))  # fmt: skip


def is_number(text: str) -> bool:
    """Whether a cell holds a number in any style."""
    text = stripped(text)
    return bool(text) and any(style.pattern.fullmatch(text) for style in STYLES)


def stripped(text: str) -> str:
    """A cell without spaces and without the unit beside a number."""
    return AROUND.sub("", text.strip())


def style_of(texts: Iterable[str], decimal: str = ".") -> tuple[Style, float]:
    """The style that reads most of the texts as numbers, and the share it reads."""
    cells = [stripped(text) for text in texts]
    if not cells:
        return STYLES[0], 0.0
    order = sorted(STYLES, key=lambda style: style.decimal != decimal)
    grouped = [cell for cell in cells if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", cell)]
    if decimal == "." and len(grouped) >= 1 and all("," not in c or c in grouped or "." in c for c in cells):
        order = [style for style in order if style != Style(",", "")]  # 1,234 among whole numbers is a thousand
    shares = [sum(bool(style.pattern.fullmatch(cell)) for cell in cells) / len(cells) for style in order]
    best = max(shares)
    return order[shares.index(best)], best


def numbers(texts: Sequence[str], style: Style) -> np.ndarray:
    """The numbers that texts write, NaN for what is none."""
    pattern, found = style.pattern, np.full(len(texts), np.nan)
    for place, text in enumerate(texts):
        cell = stripped(text)
        if pattern.fullmatch(cell):
            found[place] = style.number(cell)
    return found


def date_format(texts: Sequence[str]) -> str:
    """The format that reads nearly all of the texts as dates, "" where there is none."""
    probe = [text.strip() for text in texts[:2000]]
    if not probe or sum(bool(DATED.match(text)) for text in probe) < MOSTLY * len(probe):
        return ""
    for form in DATES:
        if np.isnan(days(probe, form)).mean() <= 1 - MOSTLY and np.isnan(days(texts, form)).mean() <= 1 - MOSTLY:
            return form
    return ""


def days(texts: Sequence[str], form: str) -> np.ndarray:
    """Days since the beginning of 1970, with what is left of a day; NaN for what is no date."""
    series = pandas.Series(list(texts), dtype="str").str.strip()
    found = pandas.to_datetime(series, format=form, errors="coerce", utc=True).dt.tz_localize(None)
    days_found = (found - pandas.Timestamp("1970-01-01")) / pandas.Timedelta(days=1)
    return np.array(days_found, np.float64)

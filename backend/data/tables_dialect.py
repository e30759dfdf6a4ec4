"""How a text file writes a table: its encoding, separator, quotes, decimal mark and header, told from its beginning."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import msgspec

from backend.data.places import size_words
from backend.data.registry import NoRoom
from backend.data.tables_cells import BLANK_WORDS, is_number
from graph.problems import DataError

SUFFIXES = (".csv", ".tsv", ".txt", ".tab")
PACKED = (".gz", ".zip")
HEAD = 1 << 18  # bytes from which everything is told
SAMPLE = 200  # lines of them
MOST_UNPACKED = 8 << 30
MOST_COLUMNS = 20_000
SEPARATORS = ("\t", ";", ",", "|")  # in the order in which they are believed where several would do
SPACES = r"\s+"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Dialect(msgspec.Struct, frozen=True):
    """What a reader has to be told. ``names`` are unique; ``skip`` counts the lines before the header or first row."""

    encoding: str = "utf-8"
    separator: str = ","
    quote: str = '"'
    decimal: str = "."
    header: bool = True
    skip: int = 0
    names: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()  # names that stand in the header more than once

    def options(self) -> dict[str, object]:
        """Arguments of ``pandas.read_csv``; the columns are numbered, whatever they are called."""
        return {
            "sep": self.separator, "quotechar": self.quote, "encoding": self.encoding, "skiprows": self.skip,
            "header": 0 if self.header else None, "names": range(len(self.names)), "index_col": False,
            "skipinitialspace": self.separator != SPACES,
        }  # fmt: skip


def looks_like_table(path: Path) -> bool:
    """Whether a file is called like a table."""
    name = path.name.lower()
    stem = next((name.removesuffix(packed) for packed in PACKED if name.endswith(packed)), name)
    return path.is_file() and (stem.endswith(SUFFIXES) or name.endswith(".zip"))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a table, unpacked. Raises DataError with a sentence."""
    try:
        with _unpacked(path) as file:
            yield file
    except FileNotFoundError:
        raise DataError(f"There is no file “{path}”.") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"The packed file “{path}” is damaged ({error}); pack it anew.") from None
    except MemoryError:
        raise NoRoom(f"The table “{path}” does not fit into the memory.") from None
    except OSError as error:
        raise DataError(f"The file “{path}” cannot be read: {error.strerror or error}.") from None


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    name = path.name.lower()
    if name.endswith(".gz"):
        with gzip.open(path, "rb") as file:
            yield io.BufferedReader(_Bounded(cast(BinaryIO, file), path))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive, archive.open(_member(path, archive)) as member:
            yield io.BufferedReader(_Bounded(cast(BinaryIO, member), path))
    else:
        with path.open("rb") as plain:
            yield plain


class _Bounded(io.RawIOBase):
    """Reads a packed file up to a size: a small archive can unpack to more than any disk holds."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path, self._left = file, path, MOST_UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._file.read(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise NoRoom(f"The packed table “{self._path}” unpacks to more than {size_words(MOST_UNPACKED)}.")
        buffer[: len(piece)] = piece
        return len(piece)


def _member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [each for each in archive.infolist() if not each.is_dir() and "__MACOSX" not in each.filename]
    tables = [each for each in files if PurePosixPath(each.filename).suffix.lower() in SUFFIXES]
    if len(tables) != 1:
        held = ", ".join(each.filename for each in files[:5]) or "nothing"
        raise DataError(f"The archive “{path}” has to hold one table (.csv, .tsv or .txt); it holds {held}.")
    if tables[0].flag_bits & 1:
        raise DataError(f"The archive “{path}” is locked with a password; unpack it first.")
    return tables[0]


def detect(path: Path, encoding: str = "") -> Dialect:
    """How the file is written, from its first lines. Raises DataError with a sentence.

    encoding: where it is known already that the one told from the beginning does not hold
    """
    with opened(path) as file:
        head = file.read(HEAD)
    if not head.strip(b"\r\n\t \xef\xbb\xbf\xff\xfe\x00"):
        raise DataError(f"The table “{path}” is empty; rows of values were expected.")
    encoding = encoding or _encoding(head, path)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    lines = text.splitlines()
    whole = lines[:-1] if len(head) == HEAD and len(lines) > 1 else lines
    skip, told = _preamble(whole)
    sample = whole[skip : skip + SAMPLE]
    quote = _quote(sample)
    separator = told or _separator(sample, quote)
    rows = _rows(sample, separator, quote)
    header = _has_header(rows)
    names, renamed = _names(rows[0] if header else [""] * max(map(len, rows)))
    if len(names) > MOST_COLUMNS:
        raise DataError(f"The table “{path}” has {len(names):,} columns; at most {MOST_COLUMNS:,} are read.")
    wide = [row for row in rows[header:] if any(cell.strip() for cell in row[len(names) :])]
    if header and len(wide) > len(rows[1:]) / 2:
        raise DataError(f"“{path}”: its first line names {len(names)} columns, but line {skip + 2} has {len(wide[0])} "
                        "values. Give every column a name.")  # fmt: skip
    if header and wide and wide[0] is rows[1]:  # which pandas would cut off, where it refuses later ones
        raise DataError(f"“{path}”, line {skip + 2}: it has {len(wide[0])} values; {len(names)} were expected, one for "
                        "each column. Mend the line, or put quotes around texts with separators.")  # fmt: skip
    if not any(cell.strip() for row in rows for cell in row):
        raise DataError(f"The table “{path}” is empty; rows of values were expected.")
    decimal = "," if separator != "," and _decimal_commas(rows[header:]) else "."
    return Dialect(encoding, separator, quote, decimal, header, skip, names, renamed)


def _encoding(head: bytes, path: Path) -> str:
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[:1000:2].count(0), head[1:1000:2].count(0)
    if even or odd:
        if min(even, odd) or max(even, odd) < len(head[:1000]) * 0.3:
            raise DataError(f"The file “{path}” is no text: it holds zero bytes. Export the table as CSV.")
        return "utf-16-le" if odd else "utf-16-be"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"The file “{path}” is a workbook or an archive; save its sheet as CSV.")
    if sum(byte < 9 or 14 <= byte < 27 for byte in head[:1000]) > 10:
        raise DataError(f"The file “{path}” is no text: it holds control characters. Export the table as CSV.")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return other_encoding(head)
    return "utf-8"


def other_encoding(text: bytes) -> str:
    """What text is written in that is not UTF-8: as Windows writes it, which leaves five bytes without a meaning."""
    return "latin-1" if set(text) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "cp1252"


def _preamble(lines: Sequence[str]) -> tuple[int, str]:
    """How many lines to skip, and the separator where a line such as ``sep=;`` tells it."""
    skip, told = 0, ""
    for line in lines:
        if found := re.fullmatch(r"\"?sep=(.)\"?", line.strip(), re.IGNORECASE):
            told = found[1]
        elif line.strip() and not line.startswith("#"):
            break
        skip += 1
    return skip, told


def _quote(lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    single = len(re.findall(r"(?:^|[,;\t|])\s*'[^'\n]*'(?=\s*(?:[,;\t|]|$))", text, re.MULTILINE))
    return "'" if single >= len(lines) / 2 and '"' not in text else '"'


def _rows(lines: Sequence[str], separator: str, quote: str) -> list[list[str]]:
    if separator == SPACES:
        return [line.split() for line in lines if line.strip()]
    reader = csv.reader(lines, delimiter=separator, quotechar=quote, skipinitialspace=True)
    try:
        return [row for row in reader if any(cell.strip() for cell in row)] or [[""]]
    except csv.Error:
        return [line.split(separator) for line in lines if line.strip()]


def _separator(lines: Sequence[str], quote: str) -> str:
    """The one by which most lines have as many cells as the first."""
    best, choice = (0.0, 0.0), ""
    for each in SEPARATORS:
        counts = [len(row) for row in _rows(lines, each, quote)]
        if counts[0] < 2 and max(counts) < 2:
            continue
        usual = max(set(counts), key=counts.count)
        if usual < 2:
            continue
        alike = counts.count(usual) / len(counts) + (counts[0] == usual)
        if (round(alike, 2), 0.0) > best:
            best, choice = (round(alike, 2), 0.0), each
    if choice and best[0] >= 1:
        return choice
    spaced = [len(line.split()) for line in lines if line.strip()]
    if len(spaced) > 1 and spaced[0] > 1 and len(set(spaced)) == 1 and _numbers_in(lines[1:]):
        return SPACES
    return choice or ","


def _numbers_in(lines: Sequence[str]) -> bool:
    cells = [cell for line in lines for cell in line.split()]
    return sum(map(is_number, cells)) > len(cells) / 2


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it holds no numbers, and not what stands below."""
    first, rest = [cell.strip() for cell in rows[0]], rows[1:]
    if not rest:
        return not any(map(is_number, first))
    columns = [[row[place].strip() for row in rest if place < len(row)] for place in range(len(first))]
    for cell, column in zip(first, columns):
        told = [each for each in column if each not in BLANK_WORDS]
        share = sum(map(is_number, told)) / max(len(told), 1)
        if is_number(cell) and share > 0.5:
            return False
        if cell and not is_number(cell) and share == 1:
            return True
    below = sum(cell in column for cell, column in zip(first, columns) if cell)
    return below < max(1, len(first) / 2) if len(set(first)) == len(first) else below == 0


def _names(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names for the columns, all different, and those that were not."""
    found: dict[str, int] = {}
    names = []
    renamed = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split()) or f"column {number}"
        if name in found:
            renamed.append(name)
            while (again := f"{name} ({found[name] + 1})") in found:
                found[name] += 1
            found[name] += 1
            name = again
        found[name] = 1
        names.append(name)
    while len(names) > 1 and not cells[len(names) - 1].strip() and len(cells) > 1 and cells[0].strip():
        names.pop()  # what a separator at the end of every line makes
    return tuple(names), tuple(dict.fromkeys(renamed))


def _decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(bool(re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})*,\d+|[+-]?\d+,\d+", cell)) for cell in cells)
    dots = sum(bool(re.fullmatch(r"[+-]?\d*\.\d+", cell)) for cell in cells)
    return commas > dots

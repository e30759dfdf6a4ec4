"""What a trained network is asked about: pictures, arrays and rows of numbers from the user's files."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.pictures import MODES, eight_bits, fitted, open_picture
from backend.data.places import size_words
from backend.data.preparation import Preparation
from backend.data.registry import NoRoom
from graph.lazy import torch
from graph.problems import DataError
from graph.specs import INTEGERS, TensorSpec

MOST_BYTES = 4 << 30  # of one array or table
TABLES = (".csv", ".tsv", ".txt")


def inputs_from_files(paths: Sequence[str | Path], preparation: Preparation, spec: TensorSpec) -> torch.Tensor:
    """The examples in some files as a network reads them, one after the other, examples first.

    A picture is one example: turned to the field's channels, cropped and resized to its size, light and dark as they
    are. An array (``.npy``) is one example, or many with the examples first; a table (``.csv``, ``.tsv``, ``.txt``) is
    one example a row. Arrays and tables hold values as the data set stores them.

    Raises DataError with a sentence that names the file and what was expected.
    """
    found = [_stored(Path(path).expanduser(), preparation, spec) for path in paths]
    if not found:
        raise DataError("There is no file to predict for; give at least one.")
    return torch.cat([preparation.apply(torch.from_numpy(values)) for values in found])


def _stored(path: Path, preparation: Preparation, spec: TensorSpec) -> np.ndarray:
    """The examples of one file as the data set would store them, float32 or int64."""
    if path.is_dir():
        raise DataError(f"“{path}” is a folder; give the files in it.")
    read = _reader(path, spec)
    try:
        return read(path, preparation, spec)
    except FileNotFoundError:
        raise DataError(f"There is no file “{path}”.") from None
    except MemoryError:
        raise NoRoom(f"The file “{path}” does not fit into the memory.") from None
    except OSError as error:
        raise DataError(f"The file “{path}” cannot be read: {error.strerror or error}.") from None


def _reader(path: Path, spec: TensorSpec) -> Callable[[Path, Preparation, TensorSpec], np.ndarray]:
    if path.suffix.lower() == ".npy":
        return _array
    if path.suffix.lower() in TABLES:
        return _table
    if spec.meaning != "image":
        raise DataError(f"The file “{path}” does not fit: rows of {spec.size} numbers (.csv or .npy) were expected.")
    return _picture


# -- pictures ---------------------------------------------------------------------------------------------------------


def _picture(path: Path, preparation: Preparation, spec: TensorSpec) -> np.ndarray:
    channels, height, width = spec.shape
    if channels not in MODES:
        raise DataError(f"A picture has 1, 3 or 4 channels and the network reads {channels}; give an array (.npy).")
    picture = fitted(eight_bits(open_picture(path), MODES[channels]), width, height)
    pixels = np.array(picture, np.float64).reshape(1, height, width, channels).transpose(0, 3, 1, 2)
    low, high = preparation.range or (0.0, 255.0)
    return (pixels * (high - low) / 255 + low).astype(np.float32)


# -- arrays and tables ------------------------------------------------------------------------------------------------


def _array(path: Path, preparation: Preparation, spec: TensorSpec) -> np.ndarray:
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError) as error:
        reason = "it holds Python objects" if re.search("Python objects|allow_pickle", str(error)) else "it is damaged"
        raise DataError(f"The file “{path}” is no array of numbers that can be read: {reason}.") from None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "buif":
        raise DataError(f"The file “{path}” holds {getattr(values, 'dtype', 'no')} values; numbers were expected.")
    if values.nbytes > MOST_BYTES:
        raise NoRoom(f"The file “{path}” holds {size_words(values.nbytes)}; at most {size_words(MOST_BYTES)} are read.")
    return _typed(path, _shaped(path, values, spec), spec)


def _shaped(path: Path, values: np.ndarray, spec: TensorSpec) -> np.ndarray:
    """Examples first; the single channel of a grey picture may be left out."""
    thin = spec.shape[1:] if spec.meaning == "image" and spec.channels == 1 else spec.shape
    for shape in (spec.shape, thin):
        if values.shape == shape:
            return values.reshape(1, *spec.shape)
        if values.ndim == len(shape) + 1 and values.shape[1:] == shape and len(values):
            return values.reshape(-1, *spec.shape)
    came, wanted = ("×".join(map(str, shape)) or "one number" for shape in (values.shape, spec.shape))
    raise DataError(f"The array “{path}” has the shape {came}; {wanted}, or many of those, was expected.")


def _table(path: Path, preparation: Preparation, spec: TensorSpec) -> np.ndarray:
    if path.stat().st_size > MOST_BYTES:
        raise NoRoom(f"The table “{path}” is larger than {size_words(MOST_BYTES)}; cut it in pieces.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"The file “{path}” is no text in UTF-8; save the table as CSV in UTF-8.") from None
    rows: list[list[float]] = []
    for number, cells in _lines(path, text):
        try:
            row = [float(cell) for cell in cells]
        except ValueError:
            if number == 1:  # names of columns
                continue
            raise DataError(f"“{path}”, line {number}: {_odd(cells)} is no number.") from None
        if len(row) != spec.size:
            raise DataError(f"“{path}”, line {number}: it has {len(row)} values; {spec.size} were expected.")
        rows.append(row)
    if not rows:
        raise DataError(f"The table “{path}” has no rows; each holds the {spec.size} numbers of one example.")
    return _typed(path, np.array(rows).reshape(-1, *spec.shape), spec)


def _lines(path: Path, text: str) -> Any:
    """Line numbers from 1 and cells, blank lines left out."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    if not head.count(delimiter):
        delimiter = " "
    reader = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell for cell in cells if cell.strip() or delimiter != " "]
    except csv.Error as error:
        raise DataError(f"“{path}”, line {reader.line_num}: {error}.") from None


def _odd(cells: Sequence[str]) -> str:
    """The first cell that is no number."""
    for cell in cells:
        try:
            float(cell)
        except ValueError:
            return f"“{cell[:40]}”" if cell.strip() else "an empty cell"
    return "a cell"


def _typed(path: Path, values: np.ndarray, spec: TensorSpec) -> np.ndarray:
    with np.errstate(over="ignore"):  # what is too great becomes infinite, and is refused as such
        narrow = values.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise DataError(f"The file “{path}” holds values that are not finite numbers (NaN or infinity).")
    if spec.dtype not in INTEGERS:
        return narrow
    if (values != np.floor(values)).any() or values.min() < 0 or values.max() >= (spec.classes or 2**31):
        raise DataError(f"The file “{path}” holds other values than whole numbers from 0 to {spec.classes - 1}.")
    return values.astype(np.int64)

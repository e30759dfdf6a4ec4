"""Examples that are typed into a node: rows of numbers, checked and brought into shape."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from graph.problems import DataError

SHAPE = re.compile(r"\d+(\s*[×x*,]\s*\d+)*")


def rows_of(inputs: list[Any], targets: list[Any], shape: str) -> dict[str, np.ndarray]:
    """The fields ``input`` and, where there are targets, ``target``: float32, one example a row.

    Raises DataError where the rows do not fit their shape, or each other.
    """
    if not inputs:
        raise DataError("There are no examples yet: type one row of numbers for each into “inputs”.")
    found = {"input": _array(inputs, "inputs")}
    if wanted := shape_of(shape):
        if math.prod(wanted) * len(found["input"]) != found["input"].size:
            each = found["input"].size // len(found["input"])
            raise DataError(f"A row of “inputs” has {each} numbers and the shape {shape.strip()} takes "
                            f"{math.prod(wanted)}; change one of them.")  # fmt: skip
        found["input"] = found["input"].reshape(-1, *wanted)
    if targets:
        found["target"] = _array(targets, "targets")
        if len(found["target"]) != len(found["input"]):
            raise DataError(f"There are {len(found['input'])} rows of inputs and {len(found['target'])} of targets; "
                            "every input needs one target, in the same order.")  # fmt: skip
    return found


def _array(rows: list[Any], name: str) -> np.ndarray:
    """Rows as typed, a plain list being one row."""
    with np.errstate(over="ignore"):  # what is too great becomes infinite, and is refused as such
        values = np.array(rows, np.float32)
    if not values.size:
        raise DataError(f"The rows of “{name}” are empty; each holds the numbers of one example.")
    if not np.isfinite(values).all():
        raise DataError(f"“{name}” holds a number too great to compute with; at most 3e38 is possible.")
    return values[None] if values.ndim == 1 else values


def shape_of(text: str) -> tuple[int, ...]:
    """The sizes of a text such as “1×28×28”, () for an empty one. Raises DataError for any other."""
    if not text.strip():
        return ()
    sizes = tuple(map(int, re.findall(r"\d+", text))) if SHAPE.fullmatch(text.strip()) else ()
    if not sizes or not all(0 < size <= 65536 for size in sizes) or len(sizes) > 4:
        raise DataError(f"A shape is one to four whole numbers from 1, such as 1×5×5; got “{text.strip()[:40]}”.")
    return sizes

"""What the predictions panel shows of an output: the view that suits it, what is right, the words and the pictures."""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

import numpy as np

from backend.messages import Shown
from gui.inspector.values import brief

Array = np.ndarray
View = Literal["tiles", "table"]
BARS: Final = 3  # the likeliest classes
COLUMNS: Final = 8  # of inputs in a table; the rest stands as dots
HALF: Final = 0.5


class Tile(NamedTuple):
    """One example as a tile: its pictures with their captions, what was said of it and what is so."""

    number: int
    pictures: tuple[tuple[str, Array], ...]
    guess: str = ""
    truth: str = ""
    right: bool | None = None
    bars: tuple[tuple[str, float], ...] = ()

    @property
    def sentence(self) -> str:
        """The tile for those who cannot see it."""
        parts = [f"Example {self.number}"]
        if self.guess:
            parts.append(f"predicted {self.guess}")
        if self.truth:
            parts.append(f"true {self.truth}")
        parts += [f"{name} {share:.0%}" for name, share in self.bars]
        return ", ".join(parts)


class Table(NamedTuple):
    """Examples as rows of words; the last column is right, wrong, or left out."""

    headers: list[str]
    rows: list[list[str]]


def view_of(shown: Shown) -> View:
    """Pictures go into tiles, numbers into a table."""
    return "tiles" if shown.inputs.ndim == 4 or shown.outputs.ndim == 4 else "table"


def rights(shown: Shown) -> Array | None:
    """Which examples were answered rightly, (examples,) of bool; None where right and wrong say nothing."""
    if shown.targets is None or shown.outputs.ndim > 2 or not len(shown.outputs):
        return None
    if shown.kind == "classes":
        return np.asarray(classes_of(shown.outputs) == classes_of(shown.targets))
    binary = shown.targets.size == shown.outputs.size and np.isin(shown.targets, (0, 1)).all()
    if shown.kind != "value" or not binary:
        return None
    agree = (shown.outputs > HALF).reshape(len(shown.outputs), -1) == (
        shown.targets > HALF
    ).reshape(len(shown.outputs), -1)  # fmt: skip
    return np.asarray(agree.all(axis=1))


def classes_of(values: Array) -> Array:
    """Class numbers from class numbers, from a probability each, or from a row of probabilities each."""
    if values.ndim == 2 and values.shape[1] > 1:
        return np.asarray(values.argmax(axis=1))
    flat = values.reshape(len(values))
    return flat if np.issubdtype(flat.dtype, np.integer) else (flat > HALF).astype(np.int64)


def tiles(shown: Shown, offset: int = 0) -> list[Tile]:
    """Every example as a tile."""
    if shown.outputs.ndim == 4:
        return [_pair(shown, row, offset) for row in range(len(shown.outputs))]
    good = rights(shown)
    return [_judged(shown, row, offset, good) for row in range(len(shown.outputs))]


def table(shown: Shown, offset: int = 0) -> Table:
    """Inputs, outputs, targets and whether they agree, as words."""
    good = rights(shown)
    inputs = shown.inputs.reshape(len(shown.inputs), math.prod(shown.inputs.shape[1:]))
    width = min(COLUMNS, inputs.shape[1])
    more = inputs.shape[1] > width
    headers = ["", *(f"x{n + 1}" for n in range(width)), *(["…"] if more else []), "predicted"]
    headers += ["true"] if shown.targets is not None else []
    headers += [""] if good is not None else []
    rows = []
    for row in range(len(shown.outputs)):
        words = [str(offset + row + 1), *map(brief, inputs[row, :width]), *(["…"] if more else []), _guess(shown, row)]
        words += [_truth(shown, row)] if shown.targets is not None else []
        words += [] if good is None else ["✓" if good[row] else "✗"]
        rows.append(words)
    return Table(headers, rows)


def wrong_first(found: list[Tile]) -> list[Tile]:
    return sorted(found, key=lambda tile: tile.right is not False)


def picture(values: Array) -> Array:
    """(channels, height, width) as 8-bit pixels: (height, width), or (height, width, 3) for colour.

    Values from 0 to 1 are taken as they are; others are spread over the range of grey.
    """
    values = values if values.shape[0] == 3 else values[:1]
    if values.dtype != np.uint8:
        values = np.nan_to_num(values.astype(np.float32))
        low, high = float(values.min(initial=0.0)), float(values.max(initial=1.0))
        values = ((values - low) / max(high - low, 1e-12) * 255).round().astype(np.uint8)
    plane = values[0] if len(values) == 1 else np.moveaxis(values, 0, -1)
    return np.ascontiguousarray(plane)


def _judged(shown: Shown, row: int, offset: int, good: Array | None) -> Tile:
    right = None if good is None else bool(good[row])
    bars = _bars(shown, row) if shown.kind == "classes" else ()
    pictures = (("", picture(shown.inputs[row])),)
    return Tile(offset + row + 1, pictures, _guess(shown, row), _truth(shown, row), right, bars)


def _pair(shown: Shown, row: int, offset: int) -> Tile:
    """What went in beside what came out, and what should have where that is another picture."""
    pictures = []
    given = shown.inputs[row] if shown.inputs.ndim == 4 else None
    if given is not None:
        pictures.append(("input", picture(given)))
    pictures.append(("output", picture(_plane(shown, shown.outputs[row]))))
    if shown.targets is not None:
        target = _plane(shown, shown.targets[row])
        if target.ndim == 3 and (given is None or target.shape != given.shape or not np.allclose(target, given)):
            pictures.append(("target", picture(target)))
    return Tile(offset + row + 1, tuple(pictures))


def _plane(shown: Shown, values: Array) -> Array:
    """Classes of pixels as shades, anything else as it is."""
    if shown.kind != "classes":
        return values
    labels = values.argmax(axis=0) if values.ndim == 3 else values
    return np.asarray(labels / max(1, shown.outputs.shape[1] - 1))[None]


def _bars(shown: Shown, row: int) -> tuple[tuple[str, float], ...]:
    shares = shown.outputs[row].reshape(-1)
    if len(shares) == 1:
        shares = np.array([1 - shares[0], shares[0]])
    likeliest = np.argsort(-shares, kind="stable")[:BARS]
    return tuple((_name(shown, int(which)), float(shares[which])) for which in likeliest)


def _guess(shown: Shown, row: int) -> str:
    if shown.kind == "classes" and shown.outputs.ndim <= 2:
        return _name(shown, int(classes_of(shown.outputs[row : row + 1])[0]))
    return _numbers(shown.outputs[row])


def _truth(shown: Shown, row: int) -> str:
    if shown.targets is None:
        return ""
    if shown.kind == "classes" and shown.targets.ndim <= 2:
        return _name(shown, int(classes_of(shown.targets[row : row + 1])[0]))
    return _numbers(shown.targets[row])


def _name(shown: Shown, which: int) -> str:
    return shown.names[which] if which < len(shown.names) else str(which)


def _numbers(values: Array) -> str:
    flat = np.asarray(values).reshape(-1)
    return ", ".join(map(brief, flat[:COLUMNS])) + (", …" if len(flat) > COLUMNS else "")

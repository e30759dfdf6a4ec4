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


def alike(one: Tile, other: Tile) -> bool:
    """Whether two tiles show the same."""
    return one[:1] + one[2:] == other[:1] + other[2:] and pictured_alike(one, other)


def pictured_alike(one: Tile, other: Tile) -> bool:
    """Whether two tiles show the same pictures."""
    pairs = zip(one.pictures, other.pictures)
    return len(one.pictures) == len(other.pictures) and all(
        mine == theirs and (made is found or np.array_equal(made, found)) for (mine, made), (theirs, found) in pairs
    )


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
    return _pairs(shown, offset) if shown.outputs.ndim == 4 else _judged(shown, offset)


def table(shown: Shown, offset: int = 0) -> Table:
    """Inputs, outputs, targets and whether they agree, as words."""
    good = rights(shown)
    inputs = shown.inputs.reshape(len(shown.inputs), math.prod(shown.inputs.shape[1:]))
    width = min(COLUMNS, inputs.shape[1])
    more = inputs.shape[1] > width
    headers = ["", *(f"x{n + 1}" for n in range(width)), *(["…"] if more else []), "predicted"]
    headers += ["true"] if shown.targets is not None else []
    headers += [""] if good is not None else []
    rows, guesses, truths = [], _words(shown, shown.outputs), _words(shown, shown.targets)
    for row, guess in enumerate(guesses):
        words = [str(offset + row + 1), *map(brief, inputs[row, :width]), *(["…"] if more else []), guess]
        words += [truths[row]] if shown.targets is not None else []
        words += [] if good is None else ["✓" if good[row] else "✗"]
        rows.append(words)
    return Table(headers, rows)


def wrong_first(found: list[Tile]) -> list[Tile]:
    return sorted(found, key=lambda tile: tile.right is not False)


def picture(values: Array) -> Array:
    """(channels, height, width) as 8-bit pixels: (height, width), or (height, width, 3) for colour.

    Values from 0 to 1 are taken as they are; others are spread over the range of grey.
    """
    return pictures(values[None])[0]


def pictures(values: Array) -> list[Array]:
    """Several at once, (examples, channels, height, width): see ``picture``."""
    values = values if values.shape[1] == 3 else values[:, :1]
    if values.dtype != np.uint8:
        values = values.astype(np.float32)
        if not np.isfinite(values).all():
            values = np.nan_to_num(values)
        low = values.min(axis=(1, 2, 3), keepdims=True, initial=0.0)
        high = values.max(axis=(1, 2, 3), keepdims=True, initial=1.0)
        values = ((values - low) / np.maximum(high - low, 1e-12) * 255).round().astype(np.uint8)
    return list(np.ascontiguousarray(values[:, 0] if values.shape[1] == 1 else np.moveaxis(values, 1, -1)))


def _judged(shown: Shown, offset: int) -> list[Tile]:
    """What went in, with what was said of it."""
    good = rights(shown)
    marks = [None] * len(shown.outputs) if good is None else good.tolist()
    bars = _bars(shown) if shown.kind == "classes" else [()] * len(shown.outputs)
    every = zip(pictures(shown.inputs), _words(shown, shown.outputs), _words(shown, shown.targets), marks, bars)
    return [Tile(offset + row, (("", made),), *told) for row, (made, *told) in enumerate(every, 1)]


def _pairs(shown: Shown, offset: int) -> list[Tile]:
    """What went in beside what came out, and what should have where that is another picture."""
    count = len(shown.outputs)
    given = shown.inputs if shown.inputs.ndim == 4 else None
    target = None if shown.targets is None else _planes(shown, shown.targets)
    found: list[list[tuple[str, Array]]] = [[] for _ in range(count)]
    for caption, values in (("input", given), ("output", _planes(shown, shown.outputs)), ("target", target)):
        if values is None or values.ndim != 4:
            continue
        other = np.ones(count, bool)
        if caption == "target" and given is not None and given.shape == values.shape:
            other = ~np.isclose(values, given).reshape(count, -1).all(axis=1)
        for row, made in enumerate(pictures(values)):
            if other[row]:
                found[row].append((caption, made))
    return [Tile(offset + row, tuple(each)) for row, each in enumerate(found, 1)]


def _planes(shown: Shown, values: Array) -> Array:
    """Classes of pixels as shades, anything else as it is."""
    if shown.kind != "classes":
        return values
    labels = values.argmax(axis=1) if values.ndim == 4 else values
    return np.asarray(labels / max(1, shown.outputs.shape[1] - 1))[:, None]


def _bars(shown: Shown) -> list[tuple[tuple[str, float], ...]]:
    """The likeliest classes of every example with their shares."""
    shares = shown.outputs.reshape(len(shown.outputs), math.prod(shown.outputs.shape[1:]))
    if shares.shape[1] == 1:
        shares = np.concatenate([1 - shares, shares], axis=1)
    likeliest = np.argsort(-shares, axis=1, kind="stable")[:, :BARS]
    chosen = np.take_along_axis(shares, likeliest, axis=1)
    return [tuple((_name(shown, which), share) for which, share in zip(*each))
            for each in zip(likeliest.tolist(), chosen.tolist())]  # fmt: skip


def _words(shown: Shown, values: Array | None) -> list[str]:
    """What was said of every example, or what is so; "" where nothing says it."""
    if values is None:
        return [""] * len(shown.outputs)
    if shown.kind == "classes" and values.ndim <= 2:
        return [_name(shown, int(which)) for which in classes_of(values).tolist()]
    return [_numbers(each) for each in values]


def _name(shown: Shown, which: int) -> str:
    return shown.names[which] if which < len(shown.names) else str(which)


def _numbers(values: Array) -> str:
    flat = np.asarray(values).reshape(-1)
    return ", ".join(map(brief, flat[:COLUMNS])) + (", …" if len(flat) > COLUMNS else "")

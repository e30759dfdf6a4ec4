"""The kept weights of a run as numbers to look at and as coloured pixels: free of Qt's widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from backend.moments import Kept, Moment, TimeLapse
from backend.runs import WEIGHTS

Array = NDArray[Any]
Mode = Literal["now", "start", "change"]
COLOURS: Final = 3  # channels of a picture in colour
PICTURES: Final = 4  # axes of weights that are pictures
MOST_PICTURES: Final = 1024  # that are shown at once
BELOW: Final = np.array([10, 98, 184], np.float32)  # of the least weight, of 0, and of the greatest: a scale that
ZERO: Final = np.array([244, 244, 244], np.float32)  # people who confuse red and green tell apart too
ABOVE: Final = np.array([184, 95, 0], np.float32)


@dataclass(frozen=True)
class Frame:
    """The values of one weight at a moment, and how far it is from the first one that is kept."""

    values: Array
    change: float  # length of the difference, as a share of the length of the first


class KeptWeights:
    """What a run keeps of its weights: names in the order of the network, and the moments of each."""

    def __init__(self, run: str = "") -> None:
        self.run = run
        self._lapse = TimeLapse(Path(run) / WEIGHTS) if run else None
        self.weights: dict[str, Kept] = self._lapse.outputs() if self._lapse else {}

    def moments(self, weight: str) -> list[Moment]:
        return self._lapse.moments(weight) if self._lapse and weight in self.weights else []

    def frame(self, moments: Sequence[Moment], place: int, mode: Mode) -> Frame | None:
        """What is to be seen at one of the moments; None where its file, or the first, is gone or damaged."""
        first, there = moments[0].read(), moments[place].read()
        if first is None or there is None or first.shape != there.shape:
            return None
        difference = there - first
        change = float(np.linalg.norm(difference)) / max(float(np.linalg.norm(first)), 1e-12)
        return Frame({"now": there, "start": first, "change": difference}[mode], change)


def inputs_of(values: Array) -> int:
    """How many input channels there are to choose among: 1 where a picture shows them all."""
    return values.shape[1] if values.ndim == PICTURES and values.shape[1] not in (1, COLOURS) else 1


def pictures(values: Array, channel: int = -1) -> tuple[Array, tuple[int, ...]]:
    """Weights as 8-bit pictures, (count, 3, height, width), and the row that each stands in, () where that is free.

    Kernels on three channels are pictures in colour, others one picture a filter and input channel; a matrix is one
    picture. At most ``MOST_PICTURES`` of the first filters are made.

    channel: the input channel to show; −1 for all
    """
    if values.ndim != PICTURES:
        return coloured(values.reshape(1, len(values), -1), _largest(values)), ()
    channels = values.shape[1]
    if channels == COLOURS:
        return in_colour(values[:MOST_PICTURES]), ()
    if channels == 1 or channel >= 0:
        return coloured(values[:MOST_PICTURES, max(channel, 0)], _largest(values)), ()
    shown = values[: max(1, MOST_PICTURES // channels), :MOST_PICTURES]
    rows = tuple(np.repeat(np.arange(len(shown)), shown.shape[1]).tolist())
    return coloured(shown.reshape(-1, *values.shape[2:]), _largest(values)), rows


def coloured(values: Array, largest: float) -> Array:
    """(count, height, width) as (count, 3, height, width): blue below 0, orange above, full at ± ``largest``."""
    share = np.nan_to_num(np.clip(values / max(largest, 1e-12), -1, 1))[..., None]
    pixels = ZERO + np.abs(share) * (np.where(share < 0, BELOW, ABOVE) - ZERO)
    return np.moveaxis(pixels.round().astype(np.uint8), -1, 1)


def in_colour(values: Array) -> Array:
    """(count, 3, height, width) as 8-bit pictures: 0 is the middle grey, the largest weight of each is full."""
    largest = np.abs(np.nan_to_num(values)).max(axis=(1, 2, 3), keepdims=True, initial=1e-12)
    made: Array = ((np.nan_to_num(values) / largest * 0.5 + 0.5) * 255).round().astype(np.uint8)
    return made


def _largest(values: Array) -> float:
    return float(np.abs(np.nan_to_num(values)).max(initial=0.0))

"""How windows over a time series become what a network reads: scaled as the training rows ask, told in their units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from backend.data.preparation import Unscaled
from graph.lazy import torch
from graph.problems import DataError
from graph.series import SCALINGS, Asked, Gives, Plan

LARGE = 1e4  # how many times its own span a number may be away from 0 before float32 is too coarse for it


class SeriesPreparation(Unscaled, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """(values − shift) / scale by column, of the logarithms where asked; the columns are the last axis.

    columns: those of the field; ``time`` is the column that orders the rows, "" for none
    """

    gives: Gives
    columns: tuple[str, ...]
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    window: int
    horizon: int
    season: int = 0
    every_step: bool = False
    log: bool = False
    time: str = ""

    @property
    def dtype(self) -> str:
        return "float32"

    @property
    def changes(self) -> bool:
        """Whether it does more than turn the type."""
        return self.log or any(self.shift) or any(each != 1 for each in self.scale)

    def on(self, device: torch.device | str) -> Callable[[torch.Tensor], torch.Tensor]:
        """``apply`` with its constants on a device already."""
        scale = torch.tensor(self.scale, dtype=torch.float32, device=device)
        kept = {dtype: torch.tensor(self.shift, dtype=dtype, device=device) for dtype in (torch.float32, torch.float64)}

        def prepare(values: torch.Tensor) -> torch.Tensor:
            found = values.log() if self.log else values
            return (found - kept[found.dtype]).to(torch.float32) / scale

        return prepare

    def invert(self, values: torch.Tensor) -> torch.Tensor:
        """What a network reads or makes, in the units of the data, in float32."""
        return self.back_on(values.device)(values)

    def back_on(self, device: torch.device | str) -> Callable[[torch.Tensor], torch.Tensor]:
        """``invert`` with its constants on a device already."""
        shift, scale = (torch.tensor(each, dtype=torch.float32, device=device) for each in (self.shift, self.scale))

        def told(values: torch.Tensor) -> torch.Tensor:
            found = values.to(torch.float32) * scale + shift
            return found.exp() if self.log else found

        return told

    @property
    def one(self) -> bool:
        """Whether a single column is forecast, and has no axis of its own."""
        return self.gives != "window" and len(self.columns) == 1 and not self.every_step


def stored(values: np.ndarray, gives: Gives, starts: np.ndarray, like: SeriesPreparation) -> np.ndarray:
    """A field of the windows that begin at some rows, from its columns (rows, columns), examples first.

    A naive forecast says again what was last known, or what was known at the same place of the last season.
    """
    last = starts[:, None] + (np.arange(like.window) if like.every_step else np.full(like.horizon, like.window - 1))
    ahead = like.horizon if like.every_step else np.arange(1, like.horizon + 1)
    if gives == "window":
        found = values[starts[:, None] + np.arange(like.window)]
    elif gives == "target":
        found = values[last + ahead]
    elif gives == "persistence":
        found = values[last]
    else:
        found = values[last + ahead - like.season * -(-np.broadcast_to(ahead, last.shape) // like.season)]
    return found[..., 0] if like.one else found


def fit_series(gives: Gives, columns: Sequence[str], training: np.ndarray, plan: Plan, asked: Asked,
               scaling: SCALINGS) -> SeriesPreparation:  # fmt: skip
    """What the training rows (rows, columns) of a field ask for. Raises DataError where they cannot be scaled."""
    found = np.log(training) if asked.log else training
    shift, scale = np.zeros(len(columns)), np.ones(len(columns))
    if scaling == "standard":
        shift, scale = found.mean(axis=0), found.std(axis=0)
    elif scaling == "0 to 1":
        shift, scale = found.min(axis=0), found.max(axis=0) - found.min(axis=0)
    scale = np.where(scale < 1e-12 * np.maximum(abs(shift), 1e-25), 1.0, scale)  # a column that never changes
    if not np.isfinite([shift, scale]).all():
        raise DataError("The series holds values too great to scale; choose the scaling “none” or smaller units.")
    return SeriesPreparation(
        gives, tuple(columns), tuple(shift.tolist()), tuple(scale.tolist()), asked.window, asked.horizon, asked.season,
        asked.every_step, asked.log, plan.time,
    )  # fmt: skip


def narrowed(values: np.ndarray, preparation: SeriesPreparation) -> np.ndarray:
    """As float32, where that is fine enough for what is left after shifting."""
    coarse = any(abs(shift) > LARGE * abs(scale) for shift, scale in zip(preparation.shift, preparation.scale))
    return values if coarse else values.astype(np.float32)

"""A forecast along the time of a split, beside those that anyone could make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np

Forecaster = Literal["network", "last", "season", "mean"]


@dataclass(frozen=True)
class Forecast(Question):
    """Forecasts of one column so many steps ahead, counted from 1."""

    output: str = ""
    split: str = "test"
    column: int = 0
    step: int = 1


@dataclass(frozen=True)
class ForecastResults:
    """The answer to Forecast, in the unit of the series.

    columns: those that are forecast; steps: how far ahead there are forecasts
    rows: of the series that are forecast, ascending; truth: what came there
    forecasts: what the network said, the last known value, that of a season before, and the mean of training
    mae, rmse: of each of them, by step
    season: how long it is in rows; 0 where none is known
    """

    columns: tuple[str, ...]
    column: str
    steps: tuple[int, ...]
    step: int
    rows: np.ndarray
    truth: np.ndarray
    forecasts: Mapping[Forecaster, np.ndarray]
    mae: Mapping[Forecaster, np.ndarray]
    rmse: Mapping[Forecaster, np.ndarray]
    season: int
    examples: int

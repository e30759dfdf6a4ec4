"""Time series that can be asked for by name: air passengers, daily temperatures, and one made by a formula."""

from __future__ import annotations

import numpy as np

from backend.data.public_files import PublicFiles
from backend.data.registry import Cancelled, Field, Format, Known, Progress, Raw, data_format
from backend.data.remote import Remote
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.tables import DATE, NUMBER

MACKEY_GLASS = "mackey-glass"
STEPS = 5000
_BASE = ("https://raw.githubusercontent.com/jbrownlee/Datasets/d20fcb6402ae34e653d4513b00f39257bb37ed7f",)
_DATE, _NUMBER = (TensorSpec((), kind, batched=False) for kind in (DATE, NUMBER))

PUBLIC = {
    "passengers": PublicFiles(
        Known(
            "passengers", "Air passengers", "Passengers of international airlines, in thousands a month from 1949 to "
            "1960: a trend with a season of 12.", "Series", 144, "none stated",
            "G. Box and G. Jenkins, Time Series Analysis, 1976, from the Time Series Data Library", 2180,
        ),
        ("timeseries",),
        _BASE,
        (Remote("airline-passengers.csv", 2180, 0,
                "8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621"),),
    ),
    "temperatures": PublicFiles(
        Known(
            "temperatures", "Daily temperatures", "The lowest temperature of each day in Melbourne, in °C, from 1981 "
            "to 1990.", "Series", 3650, "none stated",
            "Australian Bureau of Meteorology, from the Time Series Data Library", 67_921,
        ),
        ("timeseries",),
        _BASE,
        (Remote("daily-min-temperatures.csv", 67_921, 0,
                "8b9de63ed6789492bf497625e7f9beb96a63d367b4b0a21754006f749fa5e5da"),),
    ),
}  # fmt: skip
COLUMNS = {
    "passengers": {"Month": _DATE, "Passengers": _NUMBER},
    "temperatures": {"Date": _DATE, "Temp": _NUMBER},
    MACKEY_GLASS: {"x": _NUMBER},
}


def mackey_glass(count: int, delay: int = 17, start: float = 1.2, per_step: int = 10) -> np.ndarray:
    """``count`` values, one a unit of time, of dx/dt = 0.2 x(t−τ) / (1 + x(t−τ)¹⁰) − 0.1 x, after it has settled.

    M. Mackey and L. Glass, Oscillation and Chaos in Physiological Control Systems, 1977; fourth-order Runge–Kutta, with
    the mean of its neighbours for a delayed value between two steps.
    """
    step, late = 1 / per_step, delay * per_step
    x = np.full(late + 1 + (count + 1000) * per_step, start)
    for now in range(late, len(x) - 1):
        a, c, y = x[now - late], x[now - late + 1], x[now]
        gains = [0.2 * past / (1 + past**10) for past in (a, (a + c) / 2, c)]
        k1 = gains[0] - 0.1 * y
        k2 = gains[1] - 0.1 * (y + step / 2 * k1)
        k3 = gains[1] - 0.1 * (y + step / 2 * k2)
        k4 = gains[2] - 0.1 * (y + step * k3)
        x[now + 1] = y + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x[late + 1000 * per_step :: per_step][:count]


@data_format
class KnownSeries(Format):
    """Numbers over time, told as the columns of a table."""

    node = "series"

    known = (
        *(public.known for public in PUBLIC.values()),
        Known(MACKEY_GLASS, "Mackey–Glass", "A series that never repeats, made by an equation with a delay of 17: the "
              "classic of echo state networks.", "Series", STEPS),
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        return {name: Field(spec) for name, spec in COLUMNS[source].items()}

    def read(self, source: str) -> Raw:
        raise DataError(f"“{source}” is a time series: put a “series” node in the place of this one.")

    def loader(self, source: str) -> str:
        raise DataError(f"“{source}” is a time series, and is exported with the windows that a “series” node makes.")

    def present(self, source: str) -> bool:
        return source not in PUBLIC or PUBLIC[source].find() is not None

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        PUBLIC[source].download(progress, cancelled)

"""Python source that makes windows over a time series as a training did, with no Netloom: for an exported script."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.data.preparation import AnyPreparation
from backend.data.registry import find_format
from backend.data.series_known import MACKEY_GLASS, PUBLIC, STEPS, KnownSeries, mackey_glass
from backend.data.series_loading import load_series
from backend.data.series_preparation import SeriesPreparation
from backend.data.tables import Tables
from backend.data.tables_loader import _reading
from backend.data.tables_reading import Table, read_table
from graph.problems import DataError
from graph.series import Asked, Plan, plan_of


def series_source(
    source: str, asked: Mapping[str, Any], preparation: Mapping[str, AnyPreparation] | None = None
) -> str:
    """Source text that defines ``load_data() -> dict[str, torch.Tensor]``: every window over a series, prepared.

    asked: what a node of a series says, without its source; without a preparation it is fitted on the whole series

    Raises DataError with a sentence.
    """
    wanted = {name: value for name, value in asked.items() if name in Asked._fields}
    found = preparation or load_series(source, **{**asked, "validation": 0.0, "test": 0.0}).preparation
    fitted = {name: each for name, each in found.items() if isinstance(each, SeriesPreparation)}
    kind, name = find_format(source)
    plan = plan_of({key: field.spec for key, field in kind.fields(name).items()}, Asked(**wanted))
    imports, reading = _reader(source, plan)
    first = next(iter(fitted.values()))
    lines = "".join(f'        "{name}": {_values(each, plan)},\n' for name, each in fitted.items())
    last, ahead = ("np.arange(WINDOW)", "HORIZON") if first.every_step else (
        "np.full(HORIZON, WINDOW - 1)", "np.arange(1, HORIZON + 1)")  # fmt: skip
    return SOURCE.format(
        imports=imports, reading=reading.rstrip(), window=first.window, horizon=first.horizon, stride=wanted["stride"],
        season=first.season, last=last, ahead=ahead, log=".log()" if first.log else "", lines=lines,
    )  # fmt: skip


def _values(each: SeriesPreparation, plan: Plan) -> str:
    """The expression for a field."""
    places = [plan.needed.index(name) for name in each.columns]
    rows = {"window": "start + np.arange(WINDOW)", "target": "last + ahead", "persistence": "last",
            "seasonal_naive": "last + ahead - SEASON * -(-ahead // SEASON)"}[each.gives]  # fmt: skip
    chosen = f"series[{rows}][..., {places[0] if each.one else places}]"
    return f"prepared({chosen}, {list(each.shift)}, {list(each.scale)})"


def _reader(source: str, plan: Plan) -> tuple[str, str]:
    """The imports and the function that reads the series."""
    kind, name = find_format(source)
    if name == MACKEY_GLASS:
        return "", f"{inspect.getsource(mackey_glass)}\n\n{MADE.format(count=STEPS)}"
    if isinstance(kind, KnownSeries):
        path = PUBLIC[name].place() / PUBLIC[name].files[0].name
    elif isinstance(kind, Tables):
        path = kind.path(name)
    else:
        columns = [int(each) - 1 for each in plan.needed]
        return "", ARRAY.format(path=_text(Path(name).resolve()), columns=columns)
    return "import pandas as pd\n", _table(read_table(path), plan)


def _table(table: Table, plan: Plan) -> str:
    style = table.columns[plan.needed[0]].style
    if len(style.thousands) > 1 or any(table.columns[name].style != style for name in plan.needed):
        raise DataError(f"The numbers in “{table.path}” are written in ways that an exported script does not read.")
    reading = _reading(table.dialect) + (f"        decimal={style.decimal!r},\n" if style.decimal != "." else "")
    reading += f"        thousands={style.thousands!r},\n" if style.thousands else ""
    order = ""
    if plan.time:
        form = table.columns[plan.time].form
        times = f"frame[{plan.time!r}]"
        times = f"pd.to_datetime({times}, format={form!r})" if form else f"pd.to_numeric({times})"
        order = ORDER.format(times=times)
    return TABLE.format(path=_text(table.path.resolve()), reading=reading, order=order, columns=list(plan.needed))


def _text(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


MADE = '''\
def read_series() -> np.ndarray:
    """The series (rows, columns) in the order of time."""
    return mackey_glass({count})[:, None]
'''
ARRAY = '''\
def read_series() -> np.ndarray:
    """The columns (rows, columns) in the order of time."""
    values = np.load({path}, allow_pickle=False)
    return values.reshape(len(values), -1)[:, {columns}].astype(np.float64)
'''
ORDER = """\
    times = {times}
    frame = frame[times.notna()].loc[times.dropna().sort_values(kind="stable").index]
"""
TABLE = '''\
def read_series() -> np.ndarray:
    """The columns (rows, columns) in the order of time; blanks take the value before them."""
    frame = pd.read_csv(
        {path},
{reading}    )
{order}    return frame[{columns}].apply(pd.to_numeric, errors="coerce").ffill().dropna().to_numpy(np.float64)
'''
SOURCE = '''\
import numpy as np
{imports}import torch

WINDOW, HORIZON, STRIDE, SEASON = {window}, {horizon}, {stride}, {season}


{reading}


def prepared(values: np.ndarray, shift: list[float], scale: list[float]) -> torch.Tensor:
    """The values as the network reads them."""
    found = torch.tensor(values, dtype=torch.float32){log}
    return (found - torch.tensor(shift)) / torch.tensor(scale)


def load_data() -> dict[str, torch.Tensor]:
    """Every window over the series, and what follows it."""
    series = read_series()
    start = np.arange(0, len(series) - WINDOW - HORIZON + 1, STRIDE)
    start = start[start >= SEASON - WINDOW][:, None]
    last = start + {last}
    ahead = {ahead}
    return {{
{lines}    }}
'''

"""Forecasts of a split against what came, beside the last value, the season before and the mean."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np
import torch

from backend import judging
from backend.data import DataSet
from backend.data.series_preparation import SeriesPreparation
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.questions.results_series import Forecast, Forecaster, ForecastResults
from backend.views import Subject, answers

SHOWN: Final = 2000  # forecasts that travel, the latest
NAIVE: Final[dict[Forecaster, str]] = {"last": "persistence", "season": "seasonal_naive"}
Array = np.ndarray


@answers(Forecast)
def forecast(subject: Subject, question: Forecast) -> Generator[None, None, ForecastResults]:
    """Forecast from every window of the split."""
    model = subject.model
    plan = judging.plan_of(model, question.output)
    target, preparation = judging.target_of(model, plan), judging.series_of(model, plan)
    if preparation is None:
        raise TrainProblem(f"“{plan.name}” forecasts no series: its target has to come from a time series node.", INPUT)
    work = Pass(model, question.split, [plan.port, target], live=not question.run)
    made, meant = list[Array](), list[Array]()
    for piece in work.pieces():
        for kept, values in zip((made, meant), piece.values):
            kept.append(_laid_out(judging.in_unit(model, plan, values), preparation))
        yield
    return _compared(model.data[target.owner], preparation, question, np.concatenate(made), np.concatenate(meant))


def _laid_out(values: torch.Tensor, preparation: SeriesPreparation) -> Array:
    """(windows, steps, columns). Of a forecast at every step of the window only the last knows all of it."""
    laid = values.reshape(len(values), -1, len(preparation.columns)).numpy()
    return laid[:, -1:] if preparation.every_step else laid


def _compared(dataset: DataSet, preparation: SeriesPreparation, question: Forecast, made: Array,
              truth: Array) -> ForecastResults:  # fmt: skip
    column = min(question.column, truth.shape[2] - 1)
    place = min(max(question.step, 1), truth.shape[1]) - 1
    said: dict[Forecaster, Array] = {"network": made[..., column]}
    for name, field in NAIVE.items():
        if field in dataset.splits[question.split]:
            stored = dataset.splits[question.split][field].double()
            said[name] = _laid_out(stored, preparation)[: len(made), :, column]
    training = _laid_out(dataset.splits["train"]["target"].double(), preparation)[..., column]
    said["mean"] = np.full_like(truth[..., column], training.mean())
    errors = {name: values - truth[..., column] for name, values in said.items()}
    first = preparation.horizon if preparation.every_step else 1
    steps = tuple(range(first, first + truth.shape[1]))
    starts = dataset.indices[question.split].numpy()[: len(made)]
    shown = slice(max(0, len(made) - SHOWN), None)
    return ForecastResults(
        preparation.columns, preparation.columns[column], steps, steps[place],
        (starts + preparation.window - 1 + steps[place])[shown], truth[shown, place, column],
        {name: values[shown, place] for name, values in said.items()},
        {name: np.abs(error).mean(0) for name, error in errors.items()},
        {name: np.sqrt((error**2).mean(0)) for name, error in errors.items()},
        preparation.season, len(made),
    )  # fmt: skip

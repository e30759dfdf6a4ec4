"""What one column does: it is given one value after the other in many rows, and the network asked each time."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np
import torch

from backend import judging
from backend.data.tables_preparation import CategoryColumn, TablePreparation
from backend.loading import Model
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.questions.results_columns import Effect, EffectResults
from backend.views import Subject, answers
from graph.document import Port
from graph.plan import OutputPlan

LINES: Final = 40  # rows that travel by themselves
ENDS: Final = (0.05, 0.95)  # the share of values between which a column is varied
BLANK: Final = -1
Array = np.ndarray


@answers(Effect)
def effect(subject: Subject, question: Effect) -> Generator[None, None, EffectResults]:
    """Partial dependence (Friedman, 2001) and individual conditional expectation (Goldstein et al., 2015)."""
    model, plan = subject.model, judging.plan_of(subject.model, question.output)
    port = _field(model, plan, question)
    name, categories = _column(model, plan, port, question)
    work = Pass(model, question.split, [plan.port], live=not question.run)
    count = max(1, min(question.examples, work.examples))
    chosen = np.unique(np.linspace(0, work.examples - 1, count).astype(np.int64))
    rows = work.stage.numbered(chosen.tolist())
    inputs, place = work.given(rows, len(chosen)), work.sources.index(port)
    dataset = model.data[port.owner]
    stored = dataset.splits[question.split][port.port][torch.from_numpy(chosen % len(dataset.indices[question.split]))]
    own = stored.reshape(len(stored), -1)[:, question.column].double().numpy()
    grid = np.arange(len(categories)) if categories else values_of(own, question.points)
    prepare = dataset.preparation[port.port].on(model.device)
    answers_ = []
    for value in grid:
        changed = stored.clone()
        changed.reshape(len(changed), -1)[:, question.column] = float(value)
        inputs[place] = prepare(changed.to(model.device))
        (made,) = work.computed(inputs)
        answers_.append(_told(model, plan, made.cpu(), question.target))
        yield
    whole = np.stack(answers_, 1)
    few = np.unique(np.linspace(0, len(chosen) - 1, min(LINES, len(chosen))).astype(np.int64))
    if isinstance(dataset.preparation[port.port], TablePreparation) and categories:
        own = np.where(own == BLANK, np.nan, own)
    return EffectResults(name, _target(model, plan, question), categories, grid.astype(np.float64), whole.mean(0),
                         whole[few], chosen[few], own[few], len(chosen))  # fmt: skip


def values_of(own: Array, points: int) -> Array:
    """The values that are tried of a column: all that it has where they are few, else evenly between two quantiles.

    The quantiles are those of Cunnane's kind (alpha = beta = 0.4), as scikit-learn takes them.
    """
    known = np.sort(own[~np.isnan(own)])
    if not len(known):
        raise TrainProblem("All the values of this column are blank: choose another.", INPUT)
    different = np.unique(known)
    if len(different) < points:
        return different
    ends = []
    for share in ENDS:
        at = np.clip(len(known) * share + 0.4 + 0.2 * share, 1, len(known) - 1)
        low = int(np.floor(at))
        part = np.clip(at - low, 0, 1)
        ends.append((1 - part) * known[low - 1] + part * known[low])
    return np.linspace(ends[0], ends[1], points) if ends[1] > ends[0] else different


def _field(model: Model, plan: OutputPlan, question: Effect) -> Port:
    for port in model.sources([plan.port]):
        if (port.node, port.port) == (question.node, question.field) and port.owner in judging.datasets(model):
            return port
    raise TrainProblem(f"“{plan.name}” does not read “{question.field}” of “{question.node}”: train the design as it "
                       "is now, or choose another column.", INPUT)  # fmt: skip


def _column(model: Model, plan: OutputPlan, port: Port, question: Effect) -> tuple[str, tuple[str, ...]]:
    """The name of a column and, where it has some, of its categories. Raises TrainProblem where there is none."""
    preparation, spec = model.preparation(port), model.root.specs[port]
    if isinstance(preparation, TablePreparation):
        if question.column < len(preparation.columns):
            column = preparation.columns[question.column]
            return column.name, column.names if isinstance(column, CategoryColumn) else ()
    elif spec.meaning == "vector" and question.column < spec.size:
        named = spec.names if len(spec.names) == spec.size else ()
        return named[question.column] if named else f"x{question.column + 1}", ()
    raise TrainProblem(f"“{question.field}” of “{question.node}” has no column {question.column + 1}: choose another.",
                       INPUT)  # fmt: skip


def _told(model: Model, plan: OutputPlan, made: torch.Tensor, target: int) -> Array:
    """The probability of a class, or a number in its unit, of every row."""
    if judging.class_names(model, plan):
        chances = judging.probabilities_of(model, plan, made)
        return chances[:, min(target, chances.shape[1] - 1)].numpy()
    told = judging.in_unit(model, plan, made)
    return told[:, min(target, told.shape[1] - 1)].numpy()


def _target(model: Model, plan: OutputPlan, question: Effect) -> str:
    names = judging.class_names(model, plan) or judging.target_names(model, plan)
    if not names:
        raise TrainProblem(f"“{plan.name}” tells neither a class nor a number that a column could change: give it a "
                           "target.", INPUT)  # fmt: skip
    return names[min(question.target, len(names) - 1)]

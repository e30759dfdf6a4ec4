"""Classes over a whole split: confusion, curves, calibration, and the examples that stand out."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np
import torch

from backend import scores
from backend.judging import class_names, plan_of, probabilities_of, target_of, truth_of
from backend.loading import Model
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.questions.results_classes import BINS, FEW, Classes, ClassResults, Curve, Ranked, Reliability
from backend.views import Subject, answers
from graph.plan import OutputPlan

MOST: Final = 1 << 23  # probabilities that are held at once; of more classes than fit, the first have curves
LEAST: Final = 1e-12  # that a probability is taken for, so that no loss is infinite
CELLS: Final = 1 << 14  # numbers of examples that travel for the cells
Array = np.ndarray


class Gathered:
    """What is kept of every example: its class, the likeliest one, how sure that is, and the scores of the classes."""

    def __init__(self, classes: int, examples: int) -> None:
        self.scored = max(2, min(classes, MOST // max(examples, 1)))
        self._pieces: list[tuple[Array, ...]] = []

    def add(self, chances: torch.Tensor, truth: torch.Tensor) -> None:
        best = chances.topk(2, dim=1)
        told = chances.gather(1, truth[:, None])[:, 0]
        margin = best.values[:, 0] - best.values[:, 1]
        pieces = (truth, best.indices[:, 0], best.values[:, 0], told, margin, chances[:, : self.scored])
        self._pieces.append(tuple(each.cpu().numpy() for each in pieces))

    def read(self) -> tuple[Array, ...]:
        return tuple(np.concatenate(each) for each in zip(*self._pieces))


@answers(Classes)
def classes(subject: Subject, question: Classes) -> Generator[None, None, ClassResults]:
    """Judge every example of the split."""
    model = subject.model
    plan = plan_of(model, question.output)
    names = class_names(model, plan)
    if not names:
        raise TrainProblem(f"“{plan.name}” tells no classes: it needs a class number, or 0 and 1, as its target.",
                           INPUT)  # fmt: skip
    work = Pass(model, question.split, [plan.port, target_of(model, plan)], live=not question.run)
    made, meant = [], []
    for piece in work.pieces():
        made.append(piece.values[0].cpu())
        meant.append(truth_of(piece.values[1]).cpu())
        yield
    found = _gathered(model, plan, made, meant, len(names))
    yield
    curves = []
    for place in range(found[5].shape[1]):
        curves.append(scores.curve(found[5][:, place], found[0] == place))
        yield
    return _results(names, found, tuple(curves))


def _gathered(model: Model, plan: OutputPlan, made: list[torch.Tensor], meant: list[torch.Tensor],
              classes: int) -> tuple[Array, ...]:  # fmt: skip
    """What is kept of all examples. Whether they are logits is found out of all, so that all are taken alike."""
    kept, chances = Gathered(classes, sum(map(len, meant))), probabilities_of(model, plan, torch.cat(made))
    kept.add(chances, torch.cat(meant).clamp(0, chances.shape[1] - 1))
    return kept.read()


def _results(names: tuple[str, ...], found: tuple[Array, ...], curves: tuple[Curve, ...]) -> ClassResults:
    truth, guess, sure, told, margin, chances = found
    counts = scores.confusion(truth, guess, len(names))
    precision, recall, f1 = scores.per_class(counts)
    loss = -np.log(np.maximum(told, LEAST))
    return ClassResults(
        names, len(truth), counts.astype(np.int32), _cells(truth, guess, len(names)), precision, recall, f1,
        float((truth == guess).mean()), float(loss.mean()), curves,
        {bins: _calibration(truth, guess, sure, chances, bins) for bins in BINS},
        _ranked(np.argsort(-loss, kind="stable"), truth, guess, loss),
        _ranked(np.argsort(margin, kind="stable"), truth, guess, margin),
    )  # fmt: skip


def _cells(truth: Array, guess: Array, classes: int) -> dict[tuple[int, int], tuple[int, ...]]:
    """The first examples of every cell, fewer where there are very many cells."""
    cell = truth.astype(np.int64) * classes + guess
    order = np.argsort(cell, kind="stable")
    which, starts, counts = np.unique(cell[order], return_index=True, return_counts=True)
    few = max(1, min(FEW, CELLS // max(len(which), 1)))
    return {
        divmod(int(at), classes): tuple(order[start : start + min(count, few)].tolist())
        for at, start, count in zip(which, starts.tolist(), counts.tolist())
    }  # type: ignore[return-value]


def _calibration(truth: Array, guess: Array, sure: Array, chances: Array, bins: int) -> tuple[Reliability, ...]:
    """Of the predicted class, and of every class by itself."""
    single = [scores.reliability(chances[:, place], truth == place, bins) for place in range(chances.shape[1])]
    return (scores.reliability(sure, truth == guess, bins), *single)


def _ranked(order: Array, truth: Array, guess: Array, value: Array) -> Ranked:
    few = order[:FEW]
    return Ranked(few, truth[few], guess[few], value[few])

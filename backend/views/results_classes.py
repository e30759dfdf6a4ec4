"""Classes over a whole split: confusion, curves, calibration, and the examples that stand out."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np
import torch

from backend import scores
from backend.judging import class_names, place_names, plan_of, probabilities_of, target_of, truth_of
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.questions.results_classes import BINS, FEW, Classes, ClassResults, Curve, Ranked, Reliability
from backend.views import Subject, answers

MOST: Final = 1 << 23  # probabilities that are held at once; of more classes than fit, the first have curves
LEAST: Final = 1e-12  # that a probability is taken for, so that no loss is infinite
PLACES: Final = 1024  # of an example that are gone through for the list of examples that stand out
CELLS: Final = 1 << 14  # numbers of examples that travel for the cells
Array = np.ndarray


class Gathered:
    """What is kept of every example: its number, class and likeliest class, how sure, and the scores of the classes.

    Of examples that have a class at every place, evenly spread places are kept, as many as there is room for. What has
    none of the classes, because the loss leaves it out, counts for nothing.
    """

    def __init__(self, classes: int, examples: int, places: int) -> None:
        self.scored = max(2, min(classes, MOST // max(examples, 1)))
        self._step = -(-examples * places * self.scored // MOST)
        self._classes = classes
        self._pieces: list[tuple[Array, ...]] = []

    def add(self, start: int, chances: torch.Tensor, truth: torch.Tensor) -> None:
        """Take in examples: (examples, classes, places) and (examples, places), the first of which has this number."""
        chances, truth = chances[:, :, :: self._step], truth[:, :: self._step]
        numbers = torch.arange(start, start + len(truth))[:, None].expand_as(truth).reshape(-1)
        chances, truth = chances.movedim(1, 2).reshape(-1, self._classes), truth.reshape(-1)
        told = (truth >= 0) & (truth < self._classes)
        numbers, chances, truth = numbers[told], chances[told], truth[told]
        best = chances.topk(2, dim=1)
        own = chances.gather(1, truth[:, None])[:, 0]
        margin = best.values[:, 0] - best.values[:, 1]
        kept = (numbers, truth, best.indices[:, 0], best.values[:, 0], own, margin, chances[:, : self.scored])
        self._pieces.append(tuple(each.numpy() for each in kept))

    def read(self) -> tuple[Array, ...]:
        return tuple(np.concatenate(each) for each in zip(*self._pieces))


@answers(Classes)
def classes(subject: Subject, question: Classes) -> Generator[None, None, ClassResults]:
    """Judge every example of the split."""
    model = subject.model
    plan = plan_of(model, question.output)
    names, everywhere = class_names(model, plan), place_names(model, plan)
    if not names and not everywhere:
        raise TrainProblem(f"“{plan.name}” tells no classes: it needs a class number, or 0 and 1, as its target.",
                           INPUT)  # fmt: skip
    target = target_of(model, plan)
    work = Pass(model, question.split, [plan.port, target], live=not question.run)
    kept = Gathered(len(names or everywhere), work.examples, model.root.specs[target].size if everywhere else 1)
    single = list[tuple[torch.Tensor, torch.Tensor]]()  # numbers that are logits or not: of all of them one can tell
    for piece in work.pieces():
        made, meant = (values.cpu() for values in piece.values)
        if everywhere:
            kept.add(piece.start, place_chances(made), meant.reshape(len(meant), -1).long())
        elif made[0].numel() > 1:
            kept.add(piece.start, probabilities_of(model, plan, made)[..., None], truth_of(meant)[:, None])
        else:
            single.append((made, truth_of(meant)))
        yield
    if single:
        made, meant = (torch.cat(each) for each in zip(*single))
        kept.add(0, probabilities_of(model, plan, made)[..., None], meant[:, None])
    found = kept.read()
    yield
    curves = []
    for place in range(found[6].shape[1]):
        curves.append(scores.curve(found[6][:, place], found[1] == place))
        yield
    return (yield from _results(names or everywhere, found, tuple(curves), bool(everywhere)))


def place_chances(made: torch.Tensor) -> torch.Tensor:
    """What came out for every place as probabilities, (examples, classes, places) in float64."""
    values = made.reshape(len(made), made.shape[1], -1).double()
    sums = values.sum(1)
    already = bool((values >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-3)
    return values if already else values.softmax(1)


def _results(names: tuple[str, ...], found: tuple[Array, ...], curves: tuple[Curve, ...], places: bool
             ) -> Generator[None, None, ClassResults]:  # fmt: skip
    numbers, truth, guess, sure, told, margin, chances = found
    if not len(truth):
        raise TrainProblem("None of the examples has one of the classes that the output tells: check the numbers of "
                           "the classes in the data.", INPUT)  # fmt: skip
    counts = scores.confusion(truth, guess, len(names))
    precision, recall, f1 = scores.per_class(counts)
    loss = -np.log(np.maximum(told, LEAST))
    cells = _cells(numbers, truth, guess, len(names))
    yield
    calibration = {}
    for bins in BINS:
        calibration[bins] = yield from _calibration(truth, guess, sure, chances, bins)
    hardest = _ranked(np.argsort(-loss, kind="stable"), numbers, truth, guess, loss)
    yield
    doubtful = _ranked(np.argsort(margin, kind="stable"), numbers, truth, guess, margin)
    return ClassResults(names, len(truth), counts.astype(np.int32), cells, precision, recall, f1,
                        float((truth == guess).mean()), float(loss.mean()), curves, calibration, hardest, doubtful,
                        places)  # fmt: skip


def _cells(numbers: Array, truth: Array, guess: Array, classes: int) -> dict[tuple[int, int], tuple[int, ...]]:
    """The first examples of every cell, fewer where there are very many cells."""
    cell = truth.astype(np.int64) * classes + guess
    order = np.argsort(cell, kind="stable")
    which, starts, counts = np.unique(cell[order], return_index=True, return_counts=True)
    few = max(1, min(FEW, CELLS // max(len(which), 1)))
    found = {}
    for at, start, count in zip(which.tolist(), starts.tolist(), counts.tolist()):
        own = dict.fromkeys(numbers[order[start : start + count]].tolist())  # an example may be there several times
        found[at // classes, at % classes] = tuple(own)[:few]
    return found


def _calibration(truth: Array, guess: Array, sure: Array, chances: Array, bins: int
                 ) -> Generator[None, None, tuple[Reliability, ...]]:  # fmt: skip
    """Of the predicted class, and of every class by itself."""
    found = [scores.reliability(sure, truth == guess, bins)]
    for place in range(chances.shape[1]):
        found.append(scores.reliability(chances[:, place], truth == place, bins))
        yield
    return tuple(found)


def _ranked(order: Array, numbers: Array, truth: Array, guess: Array, value: Array) -> Ranked:
    """The first examples of an order, each once."""
    first = np.unique(numbers[order[: FEW * PLACES]], return_index=True)[1]
    few = order[np.sort(first)[:FEW]]
    return Ranked(numbers[few], truth[few], guess[few], value[few])

"""Reconstruction errors of a split, and how well they tell the examples of one class from the rest."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np
import torch

from backend import judging, scores
from backend.loading import Model
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.questions.results_errors import ErrorResults, Errors
from backend.views import Subject, answers
from graph.plan import OutputPlan

MOST: Final = 50_000  # examples whose errors travel
REFERENCE: Final = 2000  # training examples that say what is usual
USUAL: Final = 95.0  # percent of them


@answers(Errors)
def errors(subject: Subject, question: Errors) -> Generator[None, None, ErrorResults]:
    """Let the network give back every example."""
    model, plan = subject.model, judging.plan_of(subject.model, question.output)
    if not judging.gives_back(model, plan):
        raise TrainProblem(f"“{plan.name}” is not meant to give back what it reads: its target has to be one of its "
                           "own inputs, as with an auto-encoder, or a picture of the same size.", INPUT)  # fmt: skip
    target, labelled = judging.target_of(model, plan), judging.labels_of(model)
    label = [labelled[0]] if labelled and labelled[0].owner == target.owner else []
    work = Pass(model, question.split, [plan.port, target, *label], live=not question.run)
    found, classes = list[torch.Tensor](), list[torch.Tensor]()
    for piece in work.pieces(MOST):
        found.append(_error(model, plan, *piece.values[:2]))
        classes += [judging.truth_of(values).cpu() for values in piece.values[2:]]
        yield
    usual = list[torch.Tensor]()
    for piece in Pass(model, "train", [plan.port, target], live=not question.run).pieces(REFERENCE):
        usual.append(_error(model, plan, *piece.values))
        yield
    told = torch.cat(found).numpy()
    if not np.isfinite(told).all():
        raise TrainProblem("Some errors are not finite numbers: the training has run away. Train with a smaller "
                           "learning rate.", INPUT)  # fmt: skip
    labels = torch.cat(classes).numpy() if classes else np.zeros(0, np.int64)
    curves = {int(each): scores.curve(told, labels == each) for each in np.unique(labels)}
    names = labelled[1] if labelled and label else ()
    return ErrorResults(told, labels.astype(np.int32), names, curves,
                        float(np.percentile(torch.cat(usual).numpy(), USUAL)), work.examples)  # fmt: skip


def _error(model: Model, plan: OutputPlan, made: torch.Tensor, meant: torch.Tensor) -> torch.Tensor:
    """The mean squared difference of every example, in float64."""
    said = made.double().sigmoid() if judging.tells_logits(model, plan) else made.double()
    return (said - meant.double()).square().reshape(len(meant), -1).mean(1).cpu()

"""Numbers over a whole split: how near they come, in the unit of the target."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np

from backend.judging import in_unit, plan_of, target_names, target_of
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.questions.results_numbers import NumberResults, Numbers
from backend.views import Subject, answers

SHOWN: Final = 2000  # examples that travel
WORST: Final = 48
BARS: Final = (8, 40)  # of a histogram, by the number of examples


@answers(Numbers)
def numbers(subject: Subject, question: Numbers) -> Generator[None, None, NumberResults]:
    """Compare every example of the split."""
    model = subject.model
    plan = plan_of(model, question.output)
    names = target_names(model, plan)
    if not names:
        raise TrainProblem(f"“{plan.name}” tells no numbers that could be compared: it needs a target of as many "
                           "numbers as it has.", INPUT)  # fmt: skip
    which = min(question.target, len(names) - 1)
    work = Pass(model, question.split, [plan.port, target_of(model, plan)], live=not question.run)
    pairs = []
    for piece in work.pieces():
        made, meant = (in_unit(model, plan, values)[:, which].numpy() for values in piece.values)
        pairs.append(np.stack([meant, made]))
        yield
    truth, predicted = np.concatenate(pairs, axis=1)
    return results(names[which], truth, predicted, model.settings.seed)


def results(name: str, truth: np.ndarray, predicted: np.ndarray, seed: int = 0) -> NumberResults:
    """The measures, a histogram of the residuals and a few of the examples, drawn evenly. Values are (examples,)."""
    residuals = predicted - truth
    if not np.isfinite(residuals).all():
        raise TrainProblem("Some predictions are not finite numbers: the training has run away. Train with a smaller "
                           "learning rate.", INPUT)  # fmt: skip
    spread = float(((truth - truth.mean()) ** 2).sum())
    r2 = 1 - float((residuals**2).sum()) / spread if spread > 0 else float("nan")
    counts, edges = np.histogram(residuals, int(np.clip(2 * np.sqrt(len(truth)), *BARS)))
    few = np.arange(len(truth))
    if len(few) > SHOWN:
        few = np.sort(np.random.default_rng(seed).choice(len(truth), SHOWN, replace=False))
    return NumberResults(
        name, len(truth), few, truth[few], predicted[few], edges, counts, r2, float(np.abs(residuals).mean()),
        float(np.sqrt((residuals**2).mean())), float(residuals.mean()),
        np.argsort(-np.abs(residuals), kind="stable")[:WORST],
    )  # fmt: skip

"""Samples on the way to people: the answer to Sample, files of them, and the time-lapse that a training keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.generating import (
    Generative,
    chosen,
    class_names,
    draw,
    generative,
    kept_count,
    real_points,
    wanted,
)
from backend.keeping import MomentKeeper
from backend.loading import Model
from backend.messages import Exported
from backend.moments import Kept, TimeLapse
from backend.questions.samples import Sample, Samples, WriteSamples
from backend.runs import Run
from backend.sheets import ANIMATED, Drawing, check_ending, eight_bit, encode
from graph.disk import write_atomically

MOST = 10_000  # examples that one answer holds
MOST_WRITTEN = 1_000_000


def samples(model: Model, run: Run, question: Sample) -> Samples:
    """The answer to Sample, with the weights the model has now. A design that makes nothing of noise has no outputs."""
    there = generative(model)
    names = tuple(each.plan.name for each in there)
    if not there:
        return Samples(str(run.folder), "", "", "", np.zeros((0, 0), np.float32))
    what = next((each for each in there if question.output in (each.plan.name, each.plan.port.node)), there[0])
    seed = model.settings.seed if question.seed is None else question.seed
    count = min(max(question.count, 0), MOST) or kept_count(model, what)
    drawing = draw(model, what, count, seed, question.labels)
    return Samples(
        str(run.folder), what.plan.name, what.plan.port.node, what.plan.kind, _sent(drawing), seed, drawing.labels,
        class_names(model, what), drawing.words, names, TimeLapse(run.samples).real(what.plan.port.node),
    )  # fmt: skip


def write(model: Model, run: Run, question: WriteSamples) -> Exported:
    """Write samples into the file that is asked for: new ones, a kept moment of them, or as .gif all moments.

    Raises TrainProblem or FileProblem with a sentence.
    """
    check_ending(question.to)
    what, path = chosen(model, question.output), Path(question.to).expanduser()
    count = min(question.count, MOST_WRITTEN) or kept_count(model, what)
    drawing, film = _kept(model, what, run, question, count) or (
        draw(model, what, count, question.seed, question.labels), [])  # fmt: skip
    drawing = replace(drawing, real=TimeLapse(run.samples).real(what.plan.port.node))
    encoded = encode(drawing, path.suffix, film)
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path.absolute(), encoded)
    note = f"{len(film)} moments of the training." if film else f"{len(drawing.values)} examples."
    return Exported(path.suffix.lower().removeprefix("."), (str(path),), note)


def _kept(
    model: Model, what: Generative, run: Run, question: WriteSamples, count: int
) -> tuple[Drawing, list[np.ndarray]] | None:
    """What the time-lapse holds of what is asked for: a moment, or a film of all; None where that is to be drawn."""
    lapse, node = TimeLapse(run.samples), what.plan.port.node
    kept, moments = lapse.outputs().get(node), lapse.moments(node)
    if question.step >= 0:
        moments = [moment for moment in moments if moment.step == question.step]
    elif not question.to.lower().endswith(ANIMATED):
        return None
    found = [values for moment in moments if (values := moment.read()) is not None]
    if kept is None or not found or question.seed not in (None, kept.seed):
        return None
    labels, classes = kept.labels, wanted(model, what, question.labels)
    if labels:
        chosen_ones = np.isin(labels, classes)
        found = [values[chosen_ones] for values in found if len(values) == len(labels)]
        labels = tuple(label for label in labels if label in classes)
    else:
        found = [values[:count] for values in found]
    if not found or not len(found[-1]):
        return None
    return Drawing(found[-1], kept.kind, labels, kept.words), found if len(found) > 1 else []


class Keeper(MomentKeeper):
    """Keeps a time-lapse of every output of a training that is made of noise: the same noise at every moment.

    step: where the training begins or goes on; moments after it are forgotten
    """

    def __init__(self, model: Model, run: Run, steps: int, clock: Callable[[], float], step: int = 0) -> None:
        super().__init__(TimeLapse(run.samples), steps, clock)
        self._model = model
        self._outputs: tuple[Generative, ...] = generative(model)
        described, real = {}, {}
        for what in self._outputs:
            drawing = draw(model, what, kept_count(model, what))  # warms up, so that later ones tell what they cost
            node = what.plan.port.node
            described[node] = Kept(what.plan.name, what.plan.kind, model.settings.seed, drawing.labels,
                                   class_names(model, what), drawing.words)  # fmt: skip
            if (points := real_points(model, what)) is not None:
                real[node] = points
        self.begin(described, step, real)

    def values(self) -> dict[str, np.ndarray]:
        return {
            what.plan.port.node: _sent(draw(self._model, what, kept_count(self._model, what))) for what in self._outputs
        }


def _sent(drawing: Drawing) -> np.ndarray:
    """Pictures with 8 bits, everything else as it is."""
    return eight_bit(drawing.values) if drawing.kind == "image" and drawing.values.ndim == 4 else drawing.values

"""Samples on the way to people: the answer to Sample, files of them, and the time-lapse that a training keeps."""

from __future__ import annotations

import time
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
from backend.messages import Exported, Sample, Samples
from backend.moments import Kept, TimeLapse
from backend.runs import Run
from backend.sheets import ANIMATED, Drawing, check_ending, eight_bit, encode
from graph.disk import write_atomically

MOST = 10_000  # examples that one answer holds
MOST_WRITTEN = 1_000_000


def samples(model: Model, command: Sample, run: Run, step: int, epoch: float) -> Samples | Exported:
    """The answer to Sample, with the weights the model has now. A design that makes nothing of noise has no outputs."""
    if command.to:
        return write(model, run, command)
    there = generative(model)
    names = tuple(each.plan.name for each in there)
    if not there:
        return Samples(str(run.folder), "", "", "", np.zeros((0, 0), np.float32), step, epoch)
    what = next((each for each in there if command.output in (each.plan.name, each.plan.port.node)), there[0])
    began = time.perf_counter()
    seed = model.settings.seed if command.seed is None else command.seed
    count = min(max(command.count, 0), MOST) or kept_count(model, what)
    drawing = draw(model, what, count, seed, command.labels)
    return Samples(
        str(run.folder), what.plan.name, what.plan.port.node, what.plan.kind, _sent(drawing), step, epoch, seed,
        drawing.labels, class_names(model, what), drawing.words, names,
        TimeLapse(run.samples).real(what.plan.port.node), time.perf_counter() - began,
    )  # fmt: skip


def samples_of_run(model: Model, command: Sample) -> Samples | Exported:
    """The answer to Sample with the weights of a run."""
    assert model.run is not None
    lapse = TimeLapse(model.run.samples)
    steps = [moment.step for node in lapse.outputs() for moment in lapse.moments(node)]
    return samples(model, command, model.run, max(steps, default=0), model.run.record.epochs_done)


def write(model: Model, run: Run, command: Sample) -> Exported:
    """Write samples into the file that a Sample names: new ones, a kept moment of them, or as .gif all moments.

    Raises TrainProblem or FileProblem with a sentence.
    """
    check_ending(command.to)
    what, path = chosen(model, command.output), Path(command.to).expanduser()
    count = min(command.count, MOST_WRITTEN) or kept_count(model, what)
    drawing, film = _kept(model, what, run, command, count) or (
        draw(model, what, count, command.seed, command.labels), [])  # fmt: skip
    drawing = replace(drawing, real=TimeLapse(run.samples).real(what.plan.port.node))
    encoded = encode(drawing, path.suffix, film)
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path.absolute(), encoded)
    note = f"{len(film)} moments of the training." if film else f"{len(drawing.values)} examples."
    return Exported(path.suffix.lower().removeprefix("."), (str(path),), note)


def _kept(
    model: Model, what: Generative, run: Run, command: Sample, count: int
) -> tuple[Drawing, list[np.ndarray]] | None:
    """What the time-lapse holds of what is asked for: a moment, or a film of all; None where that is to be drawn."""
    lapse, node = TimeLapse(run.samples), what.plan.port.node
    kept, moments = lapse.outputs().get(node), lapse.moments(node)
    if command.step >= 0:
        moments = [moment for moment in moments if moment.step == command.step]
    elif not command.to.lower().endswith(ANIMATED):
        return None
    found = [values for moment in moments if (values := moment.read()) is not None]
    if kept is None or not found or command.seed not in (None, kept.seed):
        return None
    labels, classes = kept.labels, wanted(model, what, command.labels)
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

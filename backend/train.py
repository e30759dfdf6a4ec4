"""Training as a generator: it yields what there is to say, and None after every step, so that anything may act between."""

from __future__ import annotations

import contextlib
import itertools
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from backend import checkpoints, data
from backend.data import MissingData
from backend.devices import resolve
from backend.evaluation import Evaluator, parts_of
from backend.feeds import Order
from backend.fetching import Fetch, fetching
from backend.history import History
from backend.loading import (
    DataSets,
    Load,
    Model,
    checked,
    put_weights,
    random_sources,
    read_data,
    record_of,
    same_design,
)
from backend.messages import Checkpointed, Event, Finished, Metrics, Predict, Predictions, Progress, Started
from backend.problems import INPUT, TrainProblem, explain
from backend.reports import Pace, Reader
from backend.runs import Run, Status
from backend.sampling import predictions
from backend.steps import ObjectiveStep
from graph.compiler import compile_root
from graph.document import Document
from graph.inference import Fields
from graph.layers import CATALOGUE

REPORT_SECONDS = 0.1  # between two reports of progress and training metrics
REPORT_SHARE = 1000  # a long training reports metrics this many times in the time it has run, so that they stay few
EVALUATE_SECONDS = 0.1  # between two validations: tiny epochs are over sooner
CHECKPOINT_SECONDS = 5.0  # between two checkpoints at the end of epochs
LONG_EPOCH_SECONDS = 60.0  # between two checkpoints within an epoch


class Training:
    """One training of one document, in a run folder of its own, or the continuation of a run.

    document: what to train; a resumed run keeps its own design, and takes epochs and device from one that is the same
    resume: the folder of a run to go on with, from its newest checkpoint
    fields, load, fetch: where data comes from
    clock: seconds that pass; they decide when to report, never what is learned

    ``list(Training(document).run())`` trains to the end. Raises TrainProblem and the problems of files and data, each
    with a sentence for the user.
    """

    def __init__(
        self, document: Document | None, *, runs_folder: str | Path | None = None, name: str = "", resume: str | Path = "",
        fields: Fields = data.fields, load: Load = data.load, fetch: Fetch = data.download,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        self._document = document
        self._runs_folder, self._name, self._resume = runs_folder, name, resume
        self._fields, self._load, self._fetch, self._clock = fields, load, fetch, clock
        self._stopping = False
        self._rate: float | None = None  # a learning rate that was set before there was anything to set it in
        self._report_now = False
        self._begun = False
        self.model: Model
        self.run_folder: Path | None = None
        self.epoch = self.step = self.done = 0  # whole epochs, steps of the present one, steps in all
        self.seconds = 0.0

    # -- what may be called between two yields -----------------------------------------------------------------------

    def stop(self) -> None:
        """End after the present step, keeping what was learned."""
        self._stopping = True

    def set_learning_rate(self, value: float) -> None:
        """Set the learning rate of every objective from the next step on. Raises TrainProblem for one that is none."""
        if not 0 <= value < float("inf"):
            raise TrainProblem(f"A learning rate is a number from 0 on; got {value:g}.", INPUT)
        self._rate = value
        if self._begun:
            for step in self._steps:
                step.set_learning_rate(value)

    def report_next(self) -> None:
        """Report metrics after the next step, however soon it comes."""
        self._report_now = True

    def progress(self, paused: bool = False) -> Progress:
        """How far the training is."""
        if not self._begun:
            return Progress(self.epoch, self.step, 0.0, 0.0, paused)
        left = self.model.settings.epochs * self._order.batches - self.done
        each = (self.seconds - self._began_at) / max(self.done - self._began_with, 1)
        return Progress(self.epoch, self.step, self._pace.rate(self._reader.seen), max(left, 0) * each, paused)

    def predictions(self, command: Predict) -> Predictions:
        """What the network answers now."""
        if not self._begun:
            raise TrainProblem("There is nothing to show yet: the training has not begun.")
        return predictions(self.model, command)

    def save(self) -> None:
        """Write a checkpoint of this moment, unless it is on the disk already."""
        if self._begun and self._saved_at != self.done:
            self._write_checkpoint()

    # -- the training ------------------------------------------------------------------------------------------------

    def run(self) -> Iterator[Event | None]:
        """Train. Closing the iterator between two steps saves everything needed to go on later."""
        work = self._work()
        try:
            while True:
                entered = self._clock()
                try:
                    event = next(work)
                except StopIteration:
                    return
                finally:
                    self.seconds += self._clock() - entered
                yield event
        finally:
            work.close()

    def _work(self) -> Iterator[Event | None]:
        try:
            yield from self._prepare()
            yield self._started()
            yield from self._epochs()
            yield self._finish()
        except GeneratorExit:
            self.save()
            self._leave("stopped")
            raise
        except Exception as error:
            with contextlib.suppress(Exception):  # the first problem is the one to tell of
                self._leave("failed", explain(error).message)
            raise
        finally:
            self._close()

    def _epochs(self) -> Iterator[Event | None]:
        while self.epoch < self.model.settings.epochs and not self._stopping:
            if self.step == 0:
                self._reader.begin_epoch()
            yield from self._steps_of_epoch()
            if self.step == self._order.batches:
                self.epoch, self.step = self.epoch + 1, 0
                yield from self._end_epoch()

    def _steps_of_epoch(self) -> Iterator[Event | None]:
        """The steps of the present epoch that are left."""
        clock, pace, reader, steps = self._clock, self._pace, self._reader, self._steps
        before = clock()
        for rows, count in itertools.islice(self._order.epoch(self.epoch), self.step, None):
            for step in steps:
                step(rows, count)
            self.step += 1
            self.done += 1
            reader.seen += count
            now = clock()
            pace.step_seconds += now - before
            if now >= self._report_at or self._report_now:
                yield from self._report(now)
            yield None
            if self._stopping:
                return
            before = clock()

    def _report(self, now: float) -> Iterator[Event]:
        """Say how far it is and, not as often in a long training, how well it goes."""
        self._report_at = now + REPORT_SECONDS
        if self._report_now or now >= self._metrics_at:
            self._report_now = False
            self._metrics_at = now + max(REPORT_SECONDS, self.seconds / REPORT_SHARE)
            values = self._reader.since_last()
            self._pace.step_seconds += self._clock() - now  # reading waits for steps that the device still works on
            if values:
                yield self._tell("train", values)
        yield self.progress()
        if now - self._saved_seconds >= LONG_EPOCH_SECONDS:
            yield self._write_checkpoint()

    def _end_epoch(self) -> Iterator[Event]:
        last = self._stopping or self.epoch == self.model.settings.epochs
        if last:
            self._report_now = True
            yield from self._report(self._clock())
        now = self._clock()
        if self._validate is not None and (last or now >= self._validate_at):
            yield self._tell("validation", self._validate())
            spent = self._clock() - now
            self._validate_at = now + spent + max(EVALUATE_SECONDS, min(2 * spent, 1.0))
        if last or now - self._saved_seconds >= CHECKPOINT_SECONDS:
            yield self._write_checkpoint()

    def _tell(self, split: str, values: dict[str, float]) -> Metrics:
        """Keep the metrics of a split and report them."""
        epoch = self.done / self._order.batches
        self._metrics[split] = values
        self._told[split] = self.done
        self._history.add(split, self.done, epoch, values, self.seconds)
        return Metrics(split, self.done, epoch, values)

    def _finish(self) -> Iterator[Event]:
        """Save, judge what was learned, and say so."""
        self._metrics["train"] = self._reader.over_epoch()
        if self._saved_at != self.done:
            yield self._write_checkpoint()
        if self._validate is not None and self._told.get("validation") != self.done:
            yield self._tell("validation", self._validate())
        if values := Evaluator(self.model, "test", self._parts)():
            yield self._tell("test", values)
        stopped = self.epoch < self.model.settings.epochs
        self._leave("stopped" if stopped else "finished")
        self._over = True
        record = self._run.record
        yield Finished(str(self._run.folder), record.parameters, record.seconds, record.samples_per_second,
                       record.metrics, stopped)  # fmt: skip

    # -- getting ready -----------------------------------------------------------------------------------------------

    def _prepare(self) -> Iterator[Event]:
        run = self._reopened() if self._resume else None
        document = self._document if run is None else self._resumed_document(run)
        if document is None:
            raise TrainProblem("There is nothing to train: give a design, or a run to go on with.")
        analysis, settings = checked(document, self._fields)
        device = resolve(settings.device)
        draws = random_sources(document, self._fields)
        found = yield from self._read(lambda: read_data(document, draws, settings.seed, self._load))
        torch.manual_seed(settings.seed)
        root = arranged(compile_root(document, analysis), device)
        self.model = Model(document, analysis, settings, device, root, draws, lambda: recorded(found, run))
        self._make_steps()
        self._run = run or self._created(document)
        self._history = History(self._run.metrics_path)
        self._random = random_state(device)
        self._restore()
        self._begun = True
        if self._rate is not None:
            self.set_learning_rate(self._rate)

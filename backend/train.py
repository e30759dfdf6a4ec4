"""Training as a generator: it yields what there is to say, and None after every step, so that others act between."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from backend import carried, data
from backend.evaluation import Evaluator
from backend.fetching import Fetch
from backend.health_kept import HealthKeeper
from backend.keeping import MomentKeeper
from backend.loading import Load
from backend.messages import (
    Checkpointed,
    Event,
    Finished,
    Metrics,
    Progress,
    Started,
)
from backend.preparing import Bench, Request, prepare
from backend.problems import INPUT, TrainProblem, explain
from backend.questions import Question
from backend.reports import Pace
from backend.runs import Status
from backend.samples import Keeper
from backend.threads import worthwhile
from backend.views import Subject
from backend.weights_kept import WeightKeeper
from graph.building import Fields
from graph.document import Document

REPORT_SECONDS = 0.1  # between two reports of progress and training metrics
REPORTS = 1000  # a training that has taken long reports metrics so many times in as long again, to keep them few
VALIDATE_SECONDS = 0.1  # between two validations: tiny epochs are over sooner
CHECKPOINT_SECONDS = 5.0  # between two checkpoints at the end of epochs
LONG_SECONDS = 60.0  # between two checkpoints within an epoch


class Training:
    """One training of one document, in a run folder of its own, or the continuation of a run.

    document: what to train; a resumed run keeps its own design, and takes epochs and device from one that is the same
    runs_folder, name: where the folder of a new run is made, and what its name begins with
    folder: the folder of the new run itself, instead
    resume: the folder of a run to go on with, from its newest checkpoint
    fields, load, fetch: where data comes from
    clock: seconds that pass; they decide when to report, never what is learned

    ``list(Training(document).run())`` trains to the end. Problems are raised there, each with a sentence for the user.
    """

    def __init__(
        self, document: Document | None, *, runs_folder: str | Path | None = None, name: str = "",
        folder: str | Path | None = None, resume: str | Path | None = None,
        fields: Fields = data.fields, load: Load = data.load, fetch: Fetch = data.download,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        self._request = Request(
            document, str(runs_folder or ""), name, str(folder or ""), str(resume or ""), fields, load, fetch,
            cancelled=lambda: self._stopping,
        )  # fmt: skip
        self._clock = clock
        self._bench: Bench | None = None
        self._pace = Pace()
        self._keepers: tuple[MomentKeeper, ...] = ()
        self._stopping = self._over = False
        self._learning_rates: dict[str, float] = {}  # by objective, "" for all of them
        self._report_at = self._metrics_at = self._validate_at = 0.0  # when to speak next, by the clock
        self._saved_at = clock()
        self._report_now = False
        self._only = ""  # the objective that does the next step by itself
        self._began = (0.0, 0)  # seconds and steps when the present stretch began
        self._told: dict[str, int] = {}  # the step at which each split was last reported
        self._paced = (0.0, 0)  # seconds of steps and examples until the last report of training metrics

    # -- what may be called between two yields -----------------------------------------------------------------------

    @property
    def run_folder(self) -> str:
        """The folder of the run, "" before there is one."""
        return str(self._bench.run.folder) if self._bench else self._request.resume

    def stop(self) -> None:
        """End after the present step, keeping what was learned."""
        self._stopping = True

    def set_learning_rate(self, value: float, objective: str = "") -> None:
        """Set the learning rate of an objective, or of every one, from the next step on.

        Raises TrainProblem for one that is none.
        """
        if not 0 <= value < float("inf"):
            raise TrainProblem(f"A learning rate is a number from 0 on; got {value:g}.", INPUT)
        if not objective:
            self._learning_rates.clear()
        self._learning_rates[objective] = value  # kept for when there is something to set it in
        for step in self._bench.steps if self._bench else ():
            if objective in ("", step.part.plan.name):
                step.set_learning_rate(value)

    def report_next(self, only: str = "") -> None:
        """Report metrics after the next step, however soon it comes.

        only: the objective that is to do that step by itself, whatever its rhythm; the others let the batch pass.
          Raises TrainProblem for one that there is not
        """
        steps = self._bench.steps if self._bench else ()
        names = [step.part.plan.name for step in steps]
        if only and names and only not in names:
            raise TrainProblem(f"There is no objective “{only}”: there are {', '.join(names)}.", INPUT)
        self._report_now, self._only = True, only

    def progress(self, paused: bool = False) -> Progress:
        """How far the training is."""
        if self._bench is None:
            return Progress(0, 0, 0.0, 0.0, paused)
        bench, at = self._bench, self._bench.at
        seconds, done = self._began
        each = (at.seconds - seconds) / max(at.done - done, 1)
        left = max(bench.model.settings.epochs * bench.order.batches - at.done, 0)
        return Progress(at.epoch, at.step, self._pace.rate(at.step_seconds, bench.reader.seen), left * each, paused)

    def subject(self, _: Question) -> Subject:
        """Whom a question about this training is about, as it is now."""
        if self._bench is None:
            raise TrainProblem("There is nothing to look at yet: the training has not begun.", INPUT)
        at = self._bench.at
        return Subject(self._bench.model, self._bench.run, at.done, at.done / self._bench.order.batches)

    def save(self) -> Checkpointed | None:
        """Write a checkpoint of this moment, unless it is on the disk already."""
        if self._bench is None or self._bench.saver.saved_step == self._bench.at.done:
            return None
        return self._bench.saver.save()

    # -- the training ------------------------------------------------------------------------------------------------

    def run(self) -> Generator[Event | None, None, None]:
        """Train. Closing the iterator between two steps saves everything needed to go on later."""
        with contextlib.closing(self._work()) as work:
            entered = self._clock()
            for event in work:
                if self._bench is not None:
                    self._bench.at.seconds += self._clock() - entered
                yield event
                entered = self._clock()

    def _work(self) -> Generator[Event | None, None, None]:
        try:
            bench = self._bench = yield from prepare(self._request)
        except GeneratorExit:
            return
        try:
            with worthwhile(bench.model):
                yield from self._train(bench)
        except GeneratorExit:
            if not self._over and not sys.is_finalizing():
                self.save()
                self._note(bench, "stopped")
            raise
        except BaseException as error:
            with contextlib.suppress(Exception):  # the first problem is the one to tell of
                broken_off = isinstance(error, KeyboardInterrupt)
                self._note(bench, "stopped" if broken_off else "failed", "" if broken_off else explain(error).message)
            raise
        finally:
            bench.history.close()
            bench.run.release()

    def _train(self, bench: Bench) -> Iterator[Event | None]:
        at, epochs = bench.at, bench.model.settings.epochs
        for objective, rate in list(self._learning_rates.items()):
            self.set_learning_rate(rate, objective)
        bench.saver.restore_random()
        yield Started(str(bench.run.folder), bench.model.analysis.parameters, epochs, bench.order.batches,
                      str(bench.model.device), at.epoch)  # fmt: skip
        self._began, self._paced = (at.seconds, at.done), (at.step_seconds, bench.reader.seen)
        kept = (bench.model, bench.run, bench.order.batches, self._clock, at.done)
        self._keepers = (Keeper(*kept), WeightKeeper(*kept), HealthKeeper(*kept, bench.steps))
        for keeper in self._keepers:
            keeper.keep(at.done)
        while at.epoch < epochs and not self._stopping:
            if at.step == 0:
                bench.reader.begin_epoch()
                carried.reset(bench.model.root)
            yield from self._steps(bench)
            if at.step == bench.order.batches:
                judged = self._learn_from_epoch(bench)
                at.epoch, at.step = at.epoch + 1, 0
                yield from self._end_epoch(bench, judged)
        yield from self._finish(bench)

    def _steps(self, bench: Bench) -> Iterator[Event | None]:
        """The steps that are left of the present epoch."""
        clock, at, reader, steps = self._clock, bench.at, bench.reader, bench.steps
        before = clock()
        batches = itertools.islice(bench.order.epoch(at.epoch), at.step, None)
        for rows, count in bench.model.stage("train").announced(batches):
            only, self._only = self._only, ""
            for step in steps:
                if not only:
                    step(at.done, rows, count)
                elif step.part.plan.name == only:
                    step.work(at.done, rows, count)
            at.step += 1
            at.done += 1
            reader.seen += count
            now = clock()
            at.step_seconds += now - before
            if now >= self._report_at or self._report_now:
                yield from self._report(bench, now)
            yield None
            if self._stopping:
                return
            before = clock()

    def _report(self, bench: Bench, now: float) -> Iterator[Event]:
        """Say how far it is and, less often in a long training, how well it goes."""
        self._report_at = now + REPORT_SECONDS
        if self._report_now or now >= self._metrics_at:
            self._report_now = False
            self._metrics_at = now + max(REPORT_SECONDS, bench.at.seconds / REPORTS)
            values = bench.reader.since_last()
            bench.at.step_seconds += self._clock() - now  # reading waits for steps that the device still works on
            if values:
                yield self._tell(bench, "train", values, self._present_pace(bench))
        yield self.progress()
        for keeper in self._keepers:
            keeper.look(bench.at.done)
        if now >= self._saved_at + LONG_SECONDS:
            yield self._checkpoint(bench)

    def _learn_from_epoch(self, bench: Bench) -> dict[str, float] | None:
        """What objectives do at the end of an epoch. Gives the metrics of validation if they asked for them."""
        for step in bench.steps:
            step.end_epoch()
        if not any(step.heeds_epochs for step in bench.steps):
            return None
        judged = bench.validate() if bench.validate else None
        trained = bench.reader.over_epoch()
        for step in bench.steps:
            loss = (judged or trained).get(step.part.loss_name)
            if loss is not None:
                step.after_epoch(loss)
        return judged

    def _end_epoch(self, bench: Bench, judged: dict[str, float] | None) -> Iterator[Event]:
        last = self._stopping or bench.at.epoch == bench.model.settings.epochs
        if last:
            self._report_now = True
            yield from self._report(bench, self._clock())
        now = self._clock()
        if bench.validate and (last or now >= self._validate_at):
            yield self._validated(bench, judged or bench.validate())
            spent = self._clock() - now
            self._validate_at = now + spent + max(VALIDATE_SECONDS, min(2 * spent, 1.0))
        if last or now >= self._saved_at + CHECKPOINT_SECONDS:
            yield self._checkpoint(bench)

    def _finish(self, bench: Bench) -> Iterator[Event]:
        """Save, judge what was learned, and say so."""
        for keeper in self._keepers:
            keeper.keep(bench.at.done)
        if bench.saver.saved_step != bench.at.done:
            yield self._checkpoint(bench)
        if bench.validate and self._told.get("validation") != bench.at.done:
            yield self._validated(bench, bench.validate())
        if values := Evaluator(bench.model, "test", bench.parts)():
            yield self._tell(bench, "test", values)
        bench.run.record.metrics["train"] = bench.reader.over_epoch()
        stopped = bench.at.epoch < bench.model.settings.epochs
        self._note(bench, "stopped" if stopped else "finished")
        self._over = True
        record = bench.run.record
        yield Finished(str(bench.run.folder), record.parameters, record.seconds, record.samples_per_second,
                       dict(record.metrics), stopped)  # fmt: skip

    # -- what is kept ------------------------------------------------------------------------------------------------

    def _tell(
        self, bench: Bench, split: str, values: dict[str, float], pace: dict[str, float] | None = None
    ) -> Metrics:
        """Keep the metrics of a split, and report them."""
        at, pace = bench.at, pace or {}
        epoch = at.done / bench.order.batches
        self._told[split] = at.done
        bench.run.record.metrics[split] = values
        bench.history.add(split, at.done, epoch, values, at.seconds, pace)
        return Metrics(split, at.done, epoch, values, at.seconds, pace)

    def _present_pace(self, bench: Bench) -> dict[str, float]:
        """The learning rate of every objective that has one, and examples a second of steps since the last report."""
        found = {step.rate_name: step.learning_rate for step in bench.steps if step.learns}
        seconds, seen = self._paced
        self._paced = (bench.at.step_seconds, bench.reader.seen)
        if self._paced[0] > seconds:
            found["samples_per_second"] = (self._paced[1] - seen) / (self._paced[0] - seconds)
        return found

    def _validated(self, bench: Bench, values: dict[str, float]) -> Metrics:
        loss = sum(values[part.loss_name] for part in bench.parts)
        if loss < bench.at.best_loss:
            bench.at.best_loss, bench.at.best_step = loss, bench.at.done
        return self._tell(bench, "validation", values)

    def _checkpoint(self, bench: Bench) -> Event:
        event = bench.saver.save()
        self._note(bench, "running")
        self._saved_at = self._clock()
        return event

    def _note(self, bench: Bench, status: Status, message: str = "") -> None:
        """Write down how far the run is."""
        record, at = bench.run.record, bench.at
        record.status, record.message = status, message
        record.epochs_done, record.seconds = at.epoch, at.seconds
        record.samples_per_second = bench.reader.seen / at.step_seconds if at.step_seconds else 0.0
        bench.run.save()

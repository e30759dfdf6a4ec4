"""The engine's process: obeys commands between training steps, and turns whatever goes wrong into a sentence."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Generator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from backend import data, messages
from backend.answering import Answering
from backend.data.preview import Previewer
from backend.devices import devices
from backend.loading import Model, load_run
from backend.messages import Analyse, Analysed, Command, Event, Failed, Loading, Progress, Ready, Started
from backend.outbox import Outbox
from backend.problems import TrainProblem, explain, write_down
from backend.questions import Question
from backend.rehearsal import Interrupted
from backend.totals import totals
from backend.train import Training
from backend.tryout import TryOuts
from backend.views import Subject
from graph import files
from graph.analysis import Analysis
from graph.compiler import CompileError
from graph.document import Document, Port
from graph.inference import analyse
from graph.source import source_of

POLL_SECONDS = 0.02  # how long a command may wait behind training steps
PATIENCE_SECONDS = 0.15  # how long nothing has to be asked before totals are worked out
IDLE_SECONDS = 0.5  # how long a signal may wait while there is nothing to do
REPLACEABLE = (Progress, messages.TriedOut)
MOST_LOADED = 2  # runs that are kept for the next question: two are compared side by side
FLUSH_SECONDS = 2.0  # how long leaving may wait for what was said last


def serve(connection: Connection, threads: int = 0) -> None:
    """Serve commands until told to leave or until the other side is gone; saves what is under way before leaving."""
    if threads:
        torch.set_num_threads(threads)
    engine = Engine(connection)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal reaches the studio too, which says Shutdown
    signal.signal(signal.SIGTERM, lambda *_: engine.leave())
    engine.serve()


class Engine:
    """What the process is doing: the training under way, if any, and what it was last asked to show."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._outbox = Outbox(connection, REPLACEABLE)  # not Answered: each who asks waits for an answer of its own
        self._training: Training | None = None  # kept when it has ended, to show what it learned
        self._steps: Generator[Event | None, None, None] | None = None
        self._paused = self._single = self._leaving = False
        self._loaded: dict[str, Model] = {}  # the runs that were asked about last, by folder
        self._untold: tuple[int, Document, Analysis] | None = None  # whose totals nobody has heard yet
        self._previewer = Previewer(self._say)
        self._try_outs = TryOuts(self._say)
        self._answering = Answering(self._say)
        self._verbs: dict[type, Callable[[Any], None]] = {
            messages.Analyse: self._analyse, messages.Train: self._train, messages.Pause: self._pause,
            messages.Continue: self._continue, messages.Step: self._step, messages.Stop: self._stop,
            messages.SetLearningRate: self._set_learning_rate, messages.Export: self._export,
            messages.Preview: self._previewer.ask, messages.TryOut: self._try_outs.ask,
            messages.Shutdown: lambda _: self.leave(),
            messages.Adopt: lambda command: os.environ.update(command.environment),
        }  # fmt: skip

    def serve(self) -> None:
        """The life of the process."""
        self._say(Ready(devices(), str(torch.__version__)))
        if not self._connection.poll():
            warm_up()
        while not self._leaving:
            try:
                commands = self._commands()
            except (EOFError, OSError):
                break
            for command in commands:
                self._guarded(type(command).__name__.lower(), partial(self._obey, command))
            if self._working:
                self._guarded("train", self._work)
            self._answering.go_on()
            if not self._working and self._untold is not None and not self._connection.poll(PATIENCE_SECONDS):
                self._guarded("totals", self._tell_totals)
        self._guarded("shutdown", self._end)
        self._outbox.flush(FLUSH_SECONDS)

    def leave(self) -> None:
        """Leave after the present step."""
        self._leaving = True

    @property
    def _working(self) -> bool:
        """Whether there is a training to go on with."""
        return self._steps is not None and not self._paused

    # -- the loop ----------------------------------------------------------------------------------------------------

    def _commands(self) -> list[Command]:
        """What has arrived, waiting for it where there is no training to go on with. Of several drawings the newest."""
        idle = not self._working and not self._answering and self._untold is None
        found: list[Command] = []
        while self._connection.poll(IDLE_SECONDS if idle and not found else 0):
            found.append(self._connection.recv())
        newest = max((c.revision for c in found if isinstance(c, Analyse)), default=0)
        return [c for c in found if not isinstance(c, Analyse) or c.revision == newest]

    def _obey(self, command: Command) -> None:
        # What is computed between two steps may not disturb the random numbers of the training.
        with torch.random.fork_rng(devices=[], enabled=self._steps is not None):
            if isinstance(command, Question):
                self._answering.begin(command, partial(self._subject, command))
            else:
                self._verbs[type(command)](command)

    def _work(self) -> None:
        """Train until it is time to look for commands again."""
        assert self._steps is not None
        until = time.perf_counter() + POLL_SECONDS
        for event in self._steps:
            if event is not None:
                self._say(event)
            elif self._single:
                self._hold()
                return
            if isinstance(event, Started):  # a Step that came with Train comes first
                return
            # What is said within a step comes before its None; commands act only where the step is whole.
            if (event is None or isinstance(event, Loading)) and time.perf_counter() >= until:
                return
        self._end()

    def _hold(self) -> None:
        assert self._training is not None
        self._paused, self._single = True, False
        self._say(self._training.progress(paused=True))

    def _end(self) -> None:
        """Let go of the training; closing one that is still under way saves it."""
        steps, self._steps = self._steps, None
        self._paused = self._single = False
        if steps is not None:
            steps.close()

    def _guarded(self, doing: str, action: Callable[[], None]) -> None:
        """Do something; whatever it raises becomes a sentence, for this is the edge of the process."""
        try:
            action()
        except Exception as error:
            run = ""
            if doing == "train":
                run = self._training.run_folder if self._training else ""
                self._steps, self._paused, self._single = None, False, False
            explained = explain(error)
            where = "" if explained.expected else f" What happened is written down in {write_down(doing, error)}."
            self._say(Failed(doing, explained.message + where, explained.code, explained.node, run))

    def _say(self, event: Event) -> None:
        self._outbox.put(event)

    # -- the verbs ---------------------------------------------------------------------------------------------------

    def _analyse(self, command: Analyse) -> None:
        document = files.loads(command.document)
        analysis = analyse(document, data.fields)
        self._untold = None if analysis.errors else (command.revision, document, analysis)
        if analysis.errors:
            self._say(Analysed(command.revision, analysis, ""))
            self._say(messages.Totalled(command.revision, None))
            return
        self._say(Analysed(command.revision, analysis, None))  # the canvas does not wait for the code panel
        try:
            source = source_of(document, analysis)
        except CompileError as error:  # a plug-in that cannot be written as source hides no shapes and no problems
            source = f"# {error}"
        self._say(Analysed(command.revision, analysis, source))

    def _tell_totals(self) -> None:
        """Work totals out, until something is asked; then they wait for the next quiet moment."""
        assert self._untold is not None
        (revision, document, analysis), self._untold = self._untold, None
        try:
            self._say(messages.Totalled(revision, totals(document, analysis, self._connection.poll)))
        except Interrupted:
            self._untold = (revision, document, analysis)

    def _train(self, command: messages.Train) -> None:
        if self._steps is not None:
            self._say(Failed("start", "A training is under way already: stop it first."))
            return
        document = files.loads(command.document) if command.document else None
        self._loaded.clear()
        self._training = Training(document, runs_folder=command.runs_folder, name=command.name, resume=command.resume)
        self._steps = self._training.run()

    def _pause(self, _: messages.Pause) -> None:
        if self._steps is not None and self._training is not None and not self._paused:
            self._hold()
            if saved := self._training.save():
                self._say(saved)

    def _continue(self, _: messages.Continue) -> None:
        self._paused = False

    def _step(self, command: messages.Step) -> None:
        if self._steps is not None and self._training is not None:
            self._training.report_next(command.objective)
            self._paused, self._single = False, True

    def _stop(self, _: messages.Stop) -> None:
        if self._steps is not None and self._training is not None:
            self._training.stop()
            self._paused = self._single = False

    def _set_learning_rate(self, command: messages.SetLearningRate) -> None:
        if self._training is not None:
            self._training.set_learning_rate(command.value, command.objective)

    def _subject(self, question: Question) -> Subject:
        """Whom a question is about: the training under way, else the run that it names."""
        training = self._training
        if training is not None and (not question.run or _same(question.run, training.run_folder)):
            return training.subject(question)
        if question.run:
            model = self._run(question.run)
            return Subject(model, model.run, epoch=model.run.record.epochs_done if model.run else 0)
        raise TrainProblem("There is nothing to show yet: train the design first.")

    def _export(self, command: messages.Export) -> None:
        from backend.export import export

        self._say(export(command.run, command.format, command.to, command.output))

    def _run(self, path: str) -> Model:
        """A run that is asked about, kept for the next question."""
        if path not in self._loaded:
            while len(self._loaded) >= MOST_LOADED:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[path] = load_run(path)
        return self._loaded[path]


def warm_up() -> None:
    """Do once, while nobody waits, what torch takes a second for at its first use: shapes, a step, an optimiser."""
    with contextlib.suppress(Exception):
        parameter = torch.nn.Parameter(torch.zeros(1))
        torch.optim.Adam([parameter], fused=True)
        document = Document()
        with document.edit("Warm up"):
            noise = document.add_node("noise")
            linear = document.add_node("linear")
            document.connect(Port(*noise, "noise"), Port(*linear, "x"))
        analyse(document, data.fields)


def _same(path: str, other: str) -> bool:
    return bool(other) and Path(path).resolve() == Path(other).resolve()

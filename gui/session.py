"""The one object that the panels share: the open documents, what is known of them, and the two workers behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QTimer, Signal

from backend import messages as m
from backend.runs import default_folder
from graph import files
from graph.analysis import matters
from graph.document import MAIN, Change, NodeKey
from graph.layers import LEFT_OUT
from gui import link, pacing, whereabouts
from gui.data.previews import Previews
from gui.documents import Documents, Level, Notice
from gui.link import Bridge, Link
from gui.opened import Opened
from gui.sizes import Sizes

__all__ = ["Level", "Notice", "Session", "State"]

State = Literal["idle", "starting", "running", "paused", "stopping"]

PAUSE_BEFORE_ANALYSIS: Final = 8  # milliseconds, so that a burst of edits asks once
NEWS: Final = (m.Progress, m.Metrics, m.Checkpointed, m.Answered)  # of a training, many a second


class Session(Documents):
    """Holds the documents and speaks with the workers; panels read it, call its verbs and listen to its signals.

    The "analyst" worker infers shapes and problems, the "engine" does everything else, so that a long export or a
    training never holds back the canvas. Nothing here blocks, except ``close``. There is one training at a time; it
    belongs to the document that it was started from, and goes on when another is shown.
    """

    analysed = Signal()
    event = Signal(object)  # type: ignore[assignment]  # of the engine, about what is shown; Qt's own finds its way past
    state_changed = Signal()  # of the training, or of the engine behind it

    def __init__(self, bridges: tuple[Bridge, Bridge] | None = None, runs_folder: Path | None = None) -> None:
        self.trainee: Opened | None = None  # whose training is under way
        self._trains: State = "idle"
        super().__init__()
        self.devices: Mapping[str, str] = {}
        self.runs_folder = runs_folder or default_folder()
        analyst, engine = bridges or link.worker_bridges()
        self._analyst, self._engine = Link(analyst, self), Link(engine, self)
        self.previews, self.sizes = Previews(self._analyst, self), Sizes(self._analyst, self)
        self._analyst.said.connect(self._hear_analyst)
        self._engine.said.connect(self._hear_engine)
        self._asker: Opened = self.current  # the document that last had a question
        self._number = 0  # of the last question
        self._revision = 1  # of what the analysis depends on
        self._oldest = 1  # the first revision of the document that is shown
        self._asked = 0  # the revision the analyst is busy with
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_BEFORE_ANALYSIS)
        self._timer.timeout.connect(self._ask_analysis)

    @property
    def state(self) -> State:
        """How far the training of the document that is shown is."""
        return self.state_of(self.current)

    def state_of(self, opened: Opened) -> State:
        return self._trains if opened is self.trainee else "idle"

    @property
    def run(self) -> str:
        """The folder of the training under way or last done, of the document that is shown."""
        return self.current.run

    @run.setter
    def run(self, folder: str) -> None:
        self.current.run = folder

    # -- training ----------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Start a training, or go on with a paused one. A design with errors is not sent; its first error is shown."""
        if self.state == "paused":
            self._engine.send(m.Continue())
        elif self._may_begin():
            self._begin()

    def pause(self) -> None:
        if self.state == "running":
            self._engine.send(m.Pause())

    def step(self, objective: str = "") -> None:
        """Do one training step and hold; from idle, start a training that holds after its first.

        objective: the one that is to do it by itself; "" for all
        """
        if self.state in ("running", "paused"):
            self._engine.send(m.Step(objective))
        elif self._may_begin():
            self._begin()
            self._engine.send(m.Step(objective))

    def stop(self) -> None:
        """End the training and keep what was learned."""
        if self.state in ("starting", "running", "paused"):
            self._stop()

    def resume_run(self, run: str = "") -> None:
        """Go on with a run from its last checkpoint."""
        if self.state == "idle" and (run or self.run) and not self._busy_elsewhere():
            self._begin(resume=run or self.run)

    def set_learning_rate(self, value: float, objective: str = "") -> None:
        if self.trainee in (None, self.current):
            self._engine.send(m.SetLearningRate(value, objective))

    def ask(self, question: m.Question) -> int:
        """Ask what a view wants to know, of the present training, else of the run last trained, unless it names one.

        What comes of a question without an asker is told to the user here.

        Gives the number that the question in the answer has; 0 where there is nothing to ask yet.
        """
        run = question.run or self.run
        if not run:
            return 0
        self._asker = self.current
        present = not question.run and self.state != "idle"
        self._number += 1
        self._engine.send(replace(question, run="" if present else run, number=self._number))
        return self._number

    def export(self, format: str, to: Path | str, output: str = "") -> None:
        """Export the run last trained."""
        if not self.run:
            self.say(self.tr("There is nothing trained to export yet. Press Train first."), "warning")
        else:
            self._engine.send(m.Export(self.run, format, str(to), output))

    # -- workers -----------------------------------------------------------------------------------------------------

    @property
    def engine_ready(self) -> bool:
        return self._engine.ready

    def start_workers(self) -> None:
        """Start the analyst, and after it the engine: at once they would take the processor from the window."""
        self._analyst.start()
        self._ask_analysis()
        for sentence in LEFT_OUT:
            self.say(sentence, "warning", topic=sentence)

    def restart_engine(self) -> None:
        self._engine.restart()
        self.state_changed.emit()

    def close(self) -> None:
        """End both workers, which save what is under way first. Blocks until they have."""
        self._timer.stop()
        self._analyst.close()
        self._engine.close()

    # -- inside ------------------------------------------------------------------------------------------------------

    def close_tab(self, opened: Opened) -> None:
        if self.state_of(opened) == "idle":
            super().close_tab(opened)
            return
        text = self.tr("“{name}” is training. Closing it ends the training and keeps what was learned.")
        self.say(text.format(name=self.title_of(opened)), "warning", self.tr("End and close"),
                 lambda: self._end_and_close(opened), "closing")  # fmt: skip

    def _end_and_close(self, opened: Opened) -> None:
        if opened is self.trainee:
            self._stop()
        if opened in self.tabs:
            super().close_tab(opened)

    def _arrive(self) -> None:
        self._revision += 1
        self._oldest = self._revision
        super()._arrive()
        for event in self.current.log.events():
            self.event.emit(event)
        self.state_changed.emit()
        self._timer.start()

    def _hear_document(self, changes: Sequence[Change]) -> None:
        if any(map(matters, changes)):
            self._revision += 1
            self._timer.start()
        super()._hear_document(changes)

    def _ask_analysis(self) -> None:
        if self._analyst.started and not self._asked:
            self._asked = self._revision
            self._analyst.send(m.Analyse(files.dumps(self.document), self._revision))

    def _hear_analyst(self, event: m.Event) -> None:
        match event:
            case m.Ready():
                self._engine.start()
                self._timer.start()  # asks again where it was started anew
            case m.Analysed():
                self._asked = 0
                if event.revision < self._revision:
                    self._timer.start()
                if event.revision >= self._oldest:
                    self.current.analysis = event.analysis
                    self.current.source = self.source if event.source is None else event.source
                    self.analysed.emit()
            case m.Failed():
                self._asked = 0
                self.say(event.message, "error", topic="analysis")
            case m.Died():
                self._asked = 0
                self._engine.start()
                if self._analyst.revive():
                    self._timer.start()
                else:
                    text = self.tr("The process that checks the design keeps ending: what is shown may be out of date.")
                    self.say(text, "error", self.tr("Start it again"), self._analyst.restart)

    def _may_begin(self) -> bool:
        """Whether a training can start here now; says why not."""
        return self.state == "idle" and not self._busy_elsewhere() and not self._held_back()

    def _busy_elsewhere(self) -> bool:
        """Whether another document is training; says which."""
        busy = self.trainee
        if busy is None or busy is self.current:
            return False
        text = self.tr("“{name}” is training in another tab, and goes on there. Train this one after it has ended, "
                       "or stop that one first.").format(name=self.title_of(busy))  # fmt: skip
        self.say(text, "warning", self.tr("Show it"), lambda: self.show(busy) if busy in self.tabs else None, "train")
        return True

    def _held_back(self) -> bool:
        """Whether an error keeps the design from training; says which."""
        error = next((p for p in self.problems if p.severity == "error"), None)
        if error is None:
            return False
        text = f"{error.node}: {error.message}" if error.node else error.message
        self.say(text, "error", self.tr("Show it"), lambda: self.frame_requested.emit(error.owner), "train")
        return True

    def _begin(self, resume: str = "") -> None:
        self.trainee = self.current
        self._become("starting")
        self._engine.send(m.Train(files.dumps(self.document), str(self.runs_folder), self.title, resume))

    def _stop(self) -> None:
        self._engine.send(m.Stop())
        self._become("stopping")

    def _become(self, state: State) -> None:
        if state != self._trains:
            self._trains = state
            if state == "idle":
                self.trainee = None
            self.state_changed.emit()

    def _hear_engine(self, event: m.Event) -> None:
        about = self._asker if isinstance(event, m.Answered) else self.trainee or self.current
        about.log.add(event)
        match event:
            case m.Ready():
                self.devices = event.devices
                self.state_changed.emit()
            case m.Started():
                about.run = event.run
                self._become("running" if self._trains == "starting" else self._trains)
            case m.Progress() if self._trains in ("running", "paused"):
                self._become("paused" if event.paused else "running")
            case m.Checkpointed():
                about.checkpointed = event.run
            case m.Finished():
                self._become("idle")
                if about is not self.current and about in self.tabs:
                    self._tell_finished(about)
            case m.Exported():
                self._tell_exported(event)
            case m.Answered() if not event.question.asker:  # no view waits for it
                self._tell(event)
            case m.Failed():
                self._failed(event, about)
            case m.Died():
                self._engine_died(event, about)
        if about is self.current or isinstance(event, m.Ready | m.Exported):
            with pacing.news(self._trains == "running" and isinstance(event, NEWS)):
                self.event.emit(event)

    def _tell(self, answer: m.Answered) -> None:
        if answer.error:
            self.say(answer.error, "error")
        elif isinstance(answer.result, m.Exported):
            self._tell_exported(answer.result)

    def _tell_exported(self, exported: m.Exported) -> None:
        self.say(self.tr("Exported {files}. {note}").format(files=", ".join(exported.files), note=exported.note))

    def _tell_finished(self, opened: Opened) -> None:
        text = self.tr("The training of “{name}” has ended.").format(name=self.title_of(opened))
        self.say(text, "info", self.tr("Show it"), lambda: self.show(opened), "finished")

    def _failed(self, event: m.Failed, about: Opened) -> None:
        if event.doing == "train":
            self._become("idle")
        show = NodeKey(MAIN, event.node)
        if event.node and whereabouts.found_at(about.document, about.place, show):
            self.say(event.message, "error", self.tr("Show it"), lambda: self._frame(about, show))
        else:
            self.say(event.message, "error")

    def _frame(self, opened: Opened, key: NodeKey) -> None:
        if opened in self.tabs:
            self.show(opened)
            self.frame_requested.emit(key)

    def _engine_died(self, event: m.Died, about: Opened) -> None:
        was_training = self._trains != "idle"
        run = event.run or (about.run if was_training else "")
        revived = self._engine.revive()
        self._become("idle")
        self.state_changed.emit()
        text = self.tr("The training process ended unexpectedly{reason}. Your design is untouched.")
        text = text.format(reason=link.exit_words(event.exit_code))
        if not revived:
            self.say(text, "error", self.tr("Start it again"), self.restart_engine, "engine")
        elif was_training and run and run == about.checkpointed:
            about.run = run
            self.say(text + " " + self.tr("The training can go on from its last checkpoint."), "error",
                     self.tr("Resume"), lambda: self._again(about, self.resume_run), "engine")  # fmt: skip
        elif was_training:
            self.say(text, "error", self.tr("Train again"), lambda: self._again(about, self.train), "engine")
        else:
            self.say(text, "warning", topic="engine")

    def _again(self, opened: Opened, start: Callable[[], None]) -> None:
        if opened in self.tabs:
            self.show(opened)
            start()

"""The one object that the panels share: the document, what is known of it, and the two workers behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from backend import messages as m
from backend.problems import TrainProblem
from backend.runs import Run, default_folder
from graph import files, rules, templates
from graph.analysis import Analysis, matters
from graph.document import MAIN, Change, Document, NodeKey
from graph.layers import LEFT_OUT
from graph.problems import Problem
from gui import link, whereabouts
from gui.data_previews import Previews
from gui.link import Bridge, Link
from gui.replay import events_of
from gui.whereabouts import Place

State = Literal["idle", "starting", "running", "paused", "stopping"]
Level = Literal["info", "warning", "error"]

PAUSE_BEFORE_ANALYSIS: Final = 8  # milliseconds, so that a burst of edits asks once


@dataclass(frozen=True)
class Notice:
    """A sentence for the strip above the canvas. An action gives it a button; of a topic only the newest stays."""

    text: str
    level: Level = "info"
    action_label: str = ""
    action: Callable[[], object] | None = None
    topic: str = ""


class Session(QObject):
    """Holds the document and speaks with the workers; panels read it, call its verbs and listen to its signals.

    The "analyst" worker infers shapes and problems, the "engine" does everything else, so that a long export or a
    training never holds back the canvas. Nothing here blocks, except ``close``.
    """

    changed = Signal(object)  # the Changes of a transaction, an undo or a redo
    document_replaced = Signal()
    path_changed = Signal()  # opened or saved: the title and the recent files
    analysed = Signal()
    selection_changed = Signal()
    place_changed = Signal()  # another network is shown, or another placing of it
    event = Signal(object)  # type: ignore[assignment]  # every event of the engine; Qt's own finds its way past it
    state_changed = Signal()  # of the training, or of the engine behind it
    notice = Signal(object)
    frame_requested = Signal(object)  # a NodeKey to show on the canvas
    probe_requested = Signal(object)  # a Port whose values are to be looked at

    def __init__(self, bridges: tuple[Bridge, Bridge] | None = None, runs_folder: Path | None = None) -> None:
        super().__init__()
        self.document = Document()
        self.path: Path | None = None
        self.analysis: Analysis | None = None
        self.source = ""
        self.selection: frozenset[NodeKey] = frozenset()
        self.place = Place()  # the network that is shown, and the way into it
        self.state: State = "idle"
        self.run = ""  # the folder of the training under way or last done
        self.devices: Mapping[str, str] = {}
        self.runs_folder = runs_folder or default_folder()
        analyst, engine = bridges or link.worker_bridges()
        self._analyst, self._engine = Link(analyst, self), Link(engine, self)
        self.previews = Previews(self._analyst, self)
        self._analyst.said.connect(self._hear_analyst)
        self._engine.said.connect(self._hear_engine)
        self._revision = 1  # of what the analysis depends on
        self._oldest = 1  # the first revision of the present document
        self._asked = 0  # the revision the analyst is busy with
        self._checkpointed = ""  # the run that could be resumed
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_BEFORE_ANALYSIS)
        self._timer.timeout.connect(self._ask_analysis)
        self.document.listeners.append(self._hear_document)

    # -- the document ------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What the design is called: its file, else the template it came from, else "Untitled"."""
        return self.path.stem if self.path else self.document.about.get("title", "") or self.tr("Untitled")

    def new(self) -> None:
        """Start on an empty design."""
        self._replace(Document(), None)

    def open(self, path: Path | str) -> bool:
        """Open a file; a bad one leaves the present design as it is and says why."""
        return self._load(str(path), lambda: files.load(Path(path)), Path(path).resolve())

    def open_template(self, name: str) -> bool:
        """Open a copy of a template, to be saved under a name of its own."""
        return self._load(name, lambda: templates.find_design(name), None)

    def open_run(self, folder: Path | str) -> bool:
        """Open the design of a finished run, and show its curves and predictions."""
        try:
            run = Run.open(folder)
            document, events = run.document(), list(events_of(run))
        except (TrainProblem, files.FileProblem, ValueError, OSError) as problem:
            self.say(str(problem), "error")
            return False
        self._replace(document, None)
        self.run = self._checkpointed = str(run.folder)
        for event in events:
            self.event.emit(event)
        self.state_changed.emit()
        self.request_predictions()
        return True

    def save(self, path: Path | str | None = None) -> bool:
        """Write the design to ``path``, or to where it came from; False with a notice where that fails."""
        target = Path(path).resolve() if path else self.path
        if target is None:
            raise ValueError("A design that was never saved needs a path.")
        try:
            files.save(self.document, target)
        except files.FileProblem as problem:
            self.say(str(problem), "error")
            return False
        self.path = target
        self.path_changed.emit()
        return True

    def undo(self) -> None:
        self._replayed(self.document.undo)

    def redo(self) -> None:
        self._replayed(self.document.redo)

    @property
    def network(self) -> str:
        """The network that is shown."""
        return self.place.network

    def go(self, place: Place) -> None:
        """Show another network."""
        if place != self.place:
            self.place = place
            self.select(key for key in self.selection if key.network == place.network)
            self.place_changed.emit()

    def select(self, keys: Iterable[NodeKey]) -> None:
        """Select these nodes and no others; where none of them is in the network that is shown, show theirs."""
        wanted = frozenset(keys)
        if wanted and not any(key.network == self.network for key in wanted):
            self.go(whereabouts.way_to(self.document, min(wanted).network))
        chosen = frozenset(key for key in wanted if key.network == self.network)
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit()

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with the design: from the analysis, and until that is there, what the rules alone can tell."""
        return self.analysis.problems if self.analysis else rules.static_problems(self.document)

    def apply_fix(self, problem: Problem) -> None:
        """Mend a problem as it proposes, in one undoable step."""
        if problem.fix is None:
            return
        try:
            with self.document.edit(problem.fix.label):
                self.document.apply(problem.fix.changes)
        except ValueError:
            self.say(self.tr("The design has changed since this fix was proposed; a new one is on its way."), "warning")

    def say(self, text: str, level: Level = "info", action_label: str = "", action: Callable[[], object] | None = None,
            topic: str = "") -> None:  # fmt: skip
        """Show a sentence in the notice strip."""
        self.notice.emit(Notice(text, level, action_label, action, topic))

    # -- training ----------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Start a training, or go on with a paused one. A design with errors is not sent; its first error is shown."""
        if self.state == "paused":
            self._engine.send(m.Continue())
        elif self.state == "idle" and not self._held_back():
            self._begin()

    def pause(self) -> None:
        if self.state == "running":
            self._engine.send(m.Pause())

    def step(self) -> None:
        """Do one training step and hold; from idle, start a training that holds after its first."""
        if self.state == "idle" and not self._held_back():
            self._begin()
            self._engine.send(m.Step())
        elif self.state in ("running", "paused"):
            self._engine.send(m.Step())

    def stop(self) -> None:
        """End the training and keep what was learned."""
        if self.state in ("starting", "running", "paused"):
            self._engine.send(m.Stop())
            self._become("stopping")

    def resume_run(self, run: str = "") -> None:
        """Go on with a run from its last checkpoint."""
        if self.state == "idle" and (run or self.run):
            self._begin(resume=run or self.run)

    def set_learning_rate(self, value: float, objective: str = "") -> None:
        self._engine.send(m.SetLearningRate(value, objective))

    def request_predictions(self, split: str = "test", offset: int = 0, count: int = 32) -> None:
        """Ask for predictions; they come as an event. The present training answers, else the run last trained."""
        if self.run:
            self._engine.send(m.Predict(split, count, offset, self.run if self.state == "idle" else ""))

    def request_samples(self, output: str = "", count: int = 0, seed: int | None = None,
                        labels: tuple[int, ...] = (), to: str = "", step: int = -1) -> None:  # fmt: skip
        """Ask for samples, or for a file of them: see ``Sample``. The present training draws, else the last run."""
        if self.run:
            self._engine.send(m.Sample(output, count, seed, self.run if self.state == "idle" else "", labels, to, step))

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

    def _load(self, name: str, read: Callable[[], Document], path: Path | None) -> bool:
        try:
            document = read()
        except files.FileProblem as problem:
            self.say(str(problem), "error")
            return False
        self._replace(document, path)
        return True

    def _replace(self, document: Document, path: Path | None) -> None:
        self.document.listeners.remove(self._hear_document)
        self.document, self.path = document, path
        document.listeners.append(self._hear_document)
        self.analysis, self.source, self.selection, self.place = None, "", frozenset(), Place()
        if self.state == "idle":
            self.run = self._checkpointed = ""
        self._revision += 1
        self._oldest = self._revision
        self.document_replaced.emit()
        self.selection_changed.emit()
        self.path_changed.emit()
        self._timer.start()

    def _hear_document(self, changes: Sequence[Change]) -> None:
        self.select(key for key in self.selection if key in self.document.nodes)
        if any(map(matters, changes)):
            self._revision += 1
            self._timer.start()
        before, self.place = self.place, whereabouts.mended(self.document, self.place, changes)
        self.changed.emit(changes)
        if self.place != before:
            self.place_changed.emit()

    def _replayed(self, step: Callable[[], str]) -> None:
        """Undo or redo, and show what that changed where it cannot be seen from here."""
        heard: list[Change] = []
        self.document.listeners.append(heard.extend)
        step()
        self.document.listeners.remove(heard.extend)
        if (key := whereabouts.elsewhere(self.place, heard)) in self.document.nodes:
            self.frame_requested.emit(key)

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
                    self.analysis = event.analysis
                    self.source = self.source if event.source is None else event.source
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

    def _held_back(self) -> bool:
        """Whether an error keeps the design from training; says which."""
        error = next((p for p in self.problems if p.severity == "error"), None)
        if error is None:
            return False
        text = f"{error.node}: {error.message}" if error.node else error.message
        self.say(text, "error", self.tr("Show it"), lambda: self.frame_requested.emit(error.owner), "train")
        return True

    def _begin(self, resume: str = "") -> None:
        self._become("starting")
        self._engine.send(m.Train(files.dumps(self.document), str(self.runs_folder), self.title, resume))

    def _become(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit()

    def _hear_engine(self, event: m.Event) -> None:
        match event:
            case m.Ready():
                self.devices = event.devices
                self.state_changed.emit()
            case m.Started():
                self.run = event.run
                self._become("running" if self.state == "starting" else self.state)
            case m.Progress() if self.state in ("running", "paused"):
                self._become("paused" if event.paused else "running")
            case m.Checkpointed():
                self._checkpointed = event.run
            case m.Finished():
                self._become("idle")
            case m.Exported():
                self.say(self.tr("Exported {files}. {note}").format(files=", ".join(event.files), note=event.note))
            case m.Failed():
                self._failed(event)
            case m.Died():
                self._engine_died(event)
        self.event.emit(event)

    def _failed(self, event: m.Failed) -> None:
        if event.doing == "train":
            self._become("idle")
        show = NodeKey(MAIN, event.node)
        if event.node and whereabouts.found_at(self.document, self.place, show):
            self.say(event.message, "error", self.tr("Show it"), lambda: self.frame_requested.emit(show))
        else:
            self.say(event.message, "error")

    def _engine_died(self, event: m.Died) -> None:
        was_training = self.state != "idle"
        run = event.run or (self.run if was_training else "")
        revived = self._engine.revive()
        self._become("idle")
        self.state_changed.emit()
        text = self.tr("The training process ended unexpectedly{reason}. Your design is untouched.")
        text = text.format(reason=link.exit_words(event.exit_code))
        if not revived:
            self.say(text, "error", self.tr("Start it again"), self.restart_engine, "engine")
        elif was_training and run and run == self._checkpointed:
            self.run = run
            self.say(text + " " + self.tr("The training can go on from its last checkpoint."), "error",
                     self.tr("Resume"), self.resume_run, "engine")  # fmt: skip
        elif was_training:
            self.say(text, "error", self.tr("Train again"), self.train, "engine")
        else:
            self.say(text, "warning", topic="engine")

"""What is done with the runs beside the plots: drawn too, pinned, picked, renamed, deleted and brought back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from backend import runs
from backend.problems import TrainProblem
from backend.runs import Run
from graph.disk import FileProblem
from gui.inside.curve_styles import Style
from gui.inside.run_list import RunList
from gui.inside.run_reading import Listed, Reading, curves_of, history_of, listed
from gui.inside.traces import Ending, Trace, Traces
from gui.session import Session

CALM: Final = 500  # milliseconds after a change in the runs folder until it is read
REFUSALS: Final = (TrainProblem, FileProblem, OSError)
ENDINGS: Final[dict[str, Ending]] = {"finished": "finished", "stopped": "stopped", "failed": "failed"}


class Overlays(QObject):
    """Keeps list and traces in step with the runs folder. ``changed`` tells that what is drawn is another."""

    changed = Signal()

    def __init__(self, session: Session, traces: Traces, shown: RunList) -> None:
        super().__init__(shown)
        self.session, self.traces, self.list = session, traces, shown
        self.reading = Reading(self)
        self._coming: dict[str, None] = {}  # runs whose curves are being read
        self._arrived = False  # whether another design is shown, whose overlays are not drawn yet
        self._watch = QFileSystemWatcher(self)  # other studios and the command line make runs as well
        self._watch.directoryChanged.connect(self._soon_relist)
        self._later = QTimer(self, singleShot=True, interval=CALM)
        self._later.timeout.connect(self.relist)
        session.leaving.connect(self._remember)
        session.tabs_changed.connect(self._recall)
        shown.deeds = self._deeds
        shown.model.ticked.connect(self.tick)
        shown.model.renamed.connect(self.rename)
        shown.view.pin_asked.connect(self.pin)
        shown.view.delete_asked.connect(self.delete)
        shown.chosen.connect(self._chosen)
        shown.only_asked.connect(self.show_only)
        shown.view.itemDelegate().closeEditor.connect(self.relist)
        self.reading.do(lambda: runs.empty_trash(self.folder, runs.KEPT_SECONDS), lambda _: None)

    @property
    def folder(self) -> Path:
        return self.session.runs_folder

    # -- the list ----------------------------------------------------------------------------------------------------

    def relist(self) -> None:
        """Read the runs folder anew."""
        self.reading.do(lambda: listed(self.folder), self._show)

    def _soon_relist(self, _: str) -> None:
        self._later.start()

    def _show(self, found: Sequence[Listed] | None) -> None:
        if found is None:
            return
        if not self._watch.directories() and self.folder.is_dir():
            self._watch.addPath(str(self.folder))
        for run in found:
            if trace := self.traces.known(run.folder):
                trace.name, trace.design, trace.label = run.name, run.design, run.label
                if trace is not self.traces.now or self.session.state == "idle":
                    trace.ending = ENDINGS.get(run.status, trace.ending)
        self.list.show_runs(found)
        self.changed.emit()

    def show_looks(self, looks: dict[str, Style]) -> None:
        self.list.show_looks(looks)

    # -- what is drawn -----------------------------------------------------------------------------------------------

    def tick(self, folder: str, on: bool) -> None:
        """Draw a run too, or no more."""
        if not on:
            self.traces.hide(folder)
        elif trace := self.traces.known(folder):
            self.traces.show(trace)
        else:
            self._bring(folder)
        self.changed.emit()

    def show_only(self, folder: str) -> None:
        """Draw this run and no other."""
        for trace in self.traces.visible():
            if trace.run != folder:
                self.traces.hide(trace.run)
        self.tick(folder, True)

    def pin(self, folder: str) -> None:
        """Let a run stay when the next training begins, drawn from now on; or no more."""
        if folder in self.traces.pinned:
            self.traces.pinned.discard(folder)
        else:
            self.traces.pinned.add(folder)
            if not self.traces.shows(folder):
                self.tick(folder, True)
        self.changed.emit()

    def _remember(self) -> None:
        """What is drawn beside the runs of a design comes back with its tab."""
        current, coming = self.session.current, [run for run in self._coming if run not in self.traces.pinned]
        current.overlaid, current.undrawn = (*self.traces.ticked, *coming), frozenset(self.traces.hidden)
        for run in coming:
            del self._coming[run]
        self._arrived = True

    def _recall(self) -> None:
        """Draw again what was drawn with the design that is shown now, once its own runs were told of."""
        if not self._arrived:
            return
        self._arrived = False
        current = self.session.current
        for folder in current.overlaid:
            if Path(folder).is_dir():
                self.tick(folder, True)
        for trace in (self.traces.before, self.traces.now):
            if trace is not None and trace.run in current.undrawn:
                self.traces.hide(trace.run)
        self.changed.emit()

    def choose(self, folder: str) -> None:
        """Pick a run, as by a click on its curve."""
        self.list.choose(folder)
        self._chosen(folder)

    def _chosen(self, folder: str) -> None:
        if folder != self.traces.chosen:
            self.traces.chosen = folder
            self.changed.emit()

    def _bring(self, folder: str) -> None:
        if folder in self._coming:
            return
        entry = next((run for run in self.list.model.runs if run.folder == folder), None)
        self._coming[folder] = None
        self.reading.do(lambda: brought(folder, entry), lambda trace: self._brought(folder, trace))

    def _brought(self, folder: str, trace: Trace | None) -> None:
        if folder not in self._coming:
            return  # another design was shown meanwhile
        del self._coming[folder]
        if trace is None or not trace.curves.curves:
            self.traces.pinned.discard(folder)
            text = self.tr("The run “{name}” has no metrics to draw: it ended before the first report, or was removed.")
            self.session.say(text.format(name=Path(folder).name), "warning")
        else:
            self.traces.show(trace)
        self.changed.emit()

    # -- the disk ----------------------------------------------------------------------------------------------------

    def rename(self, folder: str, name: str) -> None:
        try:
            Run.open(folder).rename(name)
        except REFUSALS as problem:
            self.session.say(str(problem), "error")
        self.relist()

    def delete(self, folder: str) -> None:
        """Put a run into the trash, with a notice that undoes it."""
        if not folder:
            return
        name = next((run.label for run in self.list.model.runs if run.folder == folder), Path(folder).name)
        try:
            place = runs.delete(Run.open(folder))
        except REFUSALS as problem:
            self.session.say(str(problem), "error")
            return
        undo = self._forget(folder)
        text = self.tr("The run “{name}” was deleted. It can be brought back for a day.").format(name=name)
        self.session.say(text, "info", self.tr("Undo"), lambda: self.bring_back(place, undo), f"deleted {folder}")
        self.relist()
        self.changed.emit()

    def _forget(self, folder: str) -> Callable[[], None]:
        """Let nothing speak of a run that is no more; gives what puts that back."""
        opened = [(each, each.checkpointed) for each in (*self.session.tabs, *self.session.closed)
                  if each.run == folder]  # fmt: skip
        for each, _ in opened:
            each.run = each.checkpointed = ""
        pinned, trace = folder in self.traces.pinned, self.traces.known(folder)
        self.traces.pinned.discard(folder)
        shown = self.traces.shows(folder)
        self.traces.hide(folder)

        def put_back() -> None:
            for each, checkpointed in opened:
                each.run, each.checkpointed = each.run or folder, each.checkpointed or checkpointed
            if pinned:
                self.traces.pinned.add(folder)
            if trace is not None and shown:
                self.traces.show(trace)

        return put_back

    def bring_back(self, place: Path, undo: Callable[[], None] = lambda: None) -> None:
        """Take a run out of the trash."""
        try:
            runs.bring_back(place)
        except OSError:
            text = self.tr("“{name}” cannot be brought back: it was removed for good, or its disk is not there.")
            self.session.say(text.format(name=place.name), "error")
        else:
            undo()
        self.relist()
        self.changed.emit()

    def _deeds(self, folder: str) -> Sequence[tuple[str, Callable[[], object]]]:
        """What else can be done: with a run, and with those that were deleted."""
        found: list[tuple[str, Callable[[], object]]] = []
        if folder:
            found.append((self.tr("Open in a tab"), lambda: self.session.open_run(folder)))
        deleted = runs.deleted_runs(self.folder)
        if deleted:
            found.append((self.tr("Bring back the run deleted last"), lambda: self.bring_back(deleted[0])))
            text = self.tr("Remove deleted runs for good: {n}")
            found.append((text.format(n=len(deleted)), self._empty))
        return found

    def _empty(self) -> None:
        self.reading.do(lambda: runs.empty_trash(self.folder), lambda _: None)


def brought(folder: str, entry: Listed | None) -> Trace | None:
    """A run with its curves from the disk; None where there are none. For a thread."""
    run = history_of(folder)
    if run is None:
        return None
    record = run.record
    label = entry.label if entry else record.name
    return Trace(folder, record.name, record.design or record.name, curves_of(run),
                 ENDINGS.get(record.status, "running"), label)  # fmt: skip

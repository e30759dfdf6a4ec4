"""The open designs: opening, showing, saving and closing them, and where one is in the one that is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QObject, Signal

from backend.problems import TrainProblem
from backend.runs import Run
from graph import files, rules, templates
from graph.analysis import Analysis
from graph.difference import Difference
from graph.document import Change, Document, NodeKey
from graph.problems import Problem
from gui import whereabouts
from gui.inside.replay import events_of
from gui.opened import Opened
from gui.whereabouts import Place

Level = Literal["info", "warning", "error"]
Act = Callable[[], object]
MOST_CLOSED: Final = 12


@dataclass(frozen=True)
class Notice:
    """A sentence for the strip above the canvas. An action gives it a button; of a topic only the newest stays.

    more: further buttons, each a label and what it does
    """

    text: str
    level: Level = "info"
    action_label: str = ""
    action: Act | None = None
    topic: str = ""
    more: tuple[tuple[str, Act], ...] = ()


class Documents(QObject):
    """Holds the open designs, of which one is shown. What one asks for without naming a design is about that one.

    ``tabs`` are all that are open, in the order of their tabs; ``closed`` those that can be opened again, newest last.
    """

    changed = Signal(object)  # the Changes of a transaction, an undo or a redo
    leaving = Signal()  # another design is about to be shown
    document_replaced = Signal()  # another one is shown now
    tabs_changed = Signal()  # one was opened, closed, moved, or another is shown
    emptied = Signal()  # the last design was closed
    path_changed = Signal()  # opened or saved: the title and the recent files
    saved = Signal()
    saving = Signal(object)  # the path of a file that is about to be written
    selection_changed = Signal()
    place_changed = Signal()  # another network is shown, or another placing of it
    notice = Signal(object)
    compared_changed = Signal()  # another design is compared with, or it differs in something else
    frame_requested = Signal(object)  # a NodeKey to show on the canvas
    probe_requested = Signal(object)  # a Port whose values are to be looked at

    def __init__(self) -> None:
        super().__init__()
        self.current = Opened()
        self.tabs: list[Opened] = [self.current]
        self.closed: list[Opened] = []
        self.compared: Difference | None = None  # what the design that is shown is compared with, while it is
        self.document.listeners.append(self._hear_document)

    # -- the one that is shown ---------------------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        return self.current.document

    @property
    def path(self) -> Path | None:
        return self.current.path

    @property
    def analysis(self) -> Analysis | None:
        return self.current.analysis

    @property
    def source(self) -> str:
        return self.current.source

    @property
    def selection(self) -> frozenset[NodeKey]:
        return self.current.selection

    @property
    def place(self) -> Place:
        """The network that is shown, and the way into it."""
        return self.current.place

    @property
    def network(self) -> str:
        """The network that is shown."""
        return self.current.place.network

    @property
    def title(self) -> str:
        return self.title_of(self.current)

    def title_of(self, opened: Opened) -> str:
        """What a design is called: its file, else the template it came from, else "Untitled"."""
        return opened.path.stem if opened.path else opened.document.about.get("title", "") or self.tr("Untitled")

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with the design: from the analysis, and until that is there, what the rules alone can tell."""
        return self.analysis.problems if self.analysis else rules.static_problems(self.document)

    # -- opening -----------------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Start on an empty design."""
        self.add(Opened())

    def open(self, path: Path | str) -> bool:
        """Open a file, or show it where it is open; a bad one leaves everything as it is and says why."""
        place = Path(path).resolve()
        if found := next((each for each in self.tabs if each.path == place), None):
            self.show(found)
            return True
        return self._load(lambda: files.load(Path(path)), place)

    def open_template(self, name: str) -> bool:
        """Open a copy of a template, to be saved under a name of its own."""
        return self._load(lambda: templates.find_design(name), None)

    def open_run(self, folder: Path | str) -> bool:
        """Open the design of a finished run, and show its curves and predictions."""
        try:
            run = Run.open(folder)
            opened = Opened(run.document(), run=str(run.folder), checkpointed=str(run.folder))
            for event in events_of(run):
                opened.log.add(event)
        except (TrainProblem, files.FileProblem, ValueError, OSError) as problem:
            self.say(str(problem), "error")
            return False
        self.add(opened)
        return True

    def add(self, opened: Opened) -> None:
        """Show a design in a tab of its own; an untouched empty one gives its tab."""
        if self.current.blank:
            self.tabs[self.tabs.index(self.current)] = opened
        else:
            self.tabs.insert(self.tabs.index(self.current) + 1, opened)
        self.show(opened)

    def show(self, opened: Opened) -> None:
        """Bring the tab of an open design to the front."""
        if opened is not self.current:
            self.leaving.emit()
            self.document.listeners.remove(self._hear_document)
            self.current = opened
            opened.document.listeners.append(self._hear_document)
            self._arrive()
        self.tabs_changed.emit()

    def show_next(self, step: int) -> None:
        """Show the tab after this one, or before it; after the last comes the first."""
        self.show(self.tabs[(self.tabs.index(self.current) + step) % len(self.tabs)])

    def move_tab(self, start: int, end: int) -> None:
        self.tabs.insert(end, self.tabs.pop(start))
        self.tabs_changed.emit()

    def shift_tab(self, step: int) -> None:
        """Move the tab that is shown by one; at an end it stays."""
        start = self.tabs.index(self.current)
        if 0 <= start + step < len(self.tabs):
            self.move_tab(start, start + step)

    # -- saving and closing ------------------------------------------------------------------------------------------

    def save(self, path: Path | str | None = None) -> bool:
        """Write the design to ``path``, or to where it came from; False with a notice where that fails."""
        target = Path(path).resolve() if path else self.path
        if target is None:
            raise ValueError("A design that was never saved needs a path.")
        self.saving.emit(target)
        try:
            files.save(self.document, target)
        except files.FileProblem as problem:
            self.say(str(problem), "error")
            return False
        self.current.path = target
        self.saved.emit()
        self.path_changed.emit()
        return True

    def close_tab(self, opened: Opened) -> None:
        """Close a design. It can be opened again as it was, with its history, until the studio ends."""
        at, last = self.tabs.index(opened), len(self.tabs) == 1
        if last:
            self.tabs.append(Opened())
        if opened is self.current:
            self.show(self.tabs[at + 1] if at + 1 < len(self.tabs) else self.tabs[at - 1])
        self.tabs.remove(opened)
        if not opened.blank:
            self.closed = [*self.closed, opened][-MOST_CLOSED:]
        if opened.unsaved:
            text = self.tr("“{name}” was closed with changes that are not saved.").format(name=self.title_of(opened))
            self.say(text, "info", self.tr("Reopen"), lambda: self.reopen(opened), f"closed {id(opened)}")
        self.tabs_changed.emit()
        if last:
            self.emptied.emit()

    def reopen(self, opened: Opened | None = None) -> None:
        """Open a design again that was closed, the last one where none is named."""
        found = opened or (self.closed[-1] if self.closed else None)
        if found in self.closed:
            self.closed.remove(found)
            self.add(found)

    def give_up(self) -> None:
        """Take every open design as saved, so that nothing asks about them at the end."""
        for opened in self.tabs:
            opened.document.mark_saved()
            opened.adrift = False

    # -- going about in it -------------------------------------------------------------------------------------------

    def undo(self) -> None:
        self._replayed(self.document.undo)

    def redo(self) -> None:
        self._replayed(self.document.redo)

    def go(self, place: Place) -> None:
        """Show another network."""
        if place != self.place:
            self.current.place = place
            self.select(key for key in self.selection if key.network == place.network)
            self.place_changed.emit()

    def select(self, keys: Iterable[NodeKey]) -> None:
        """Select these nodes and no others; where none of them is in the network that is shown, show theirs."""
        wanted = frozenset(keys)
        if wanted and not any(key.network == self.network for key in wanted):
            self.go(whereabouts.way_to(self.document, min(wanted).network))
        chosen = frozenset(key for key in wanted if key.network == self.network)
        if chosen != self.selection:
            self.current.selection = chosen
            self.selection_changed.emit()

    def apply_fix(self, problem: Problem) -> None:
        """Mend a problem as it proposes, in one undoable step."""
        if problem.fix is None:
            return
        try:
            with self.document.edit(problem.fix.label):
                self.document.apply(problem.fix.changes)
        except ValueError:
            self.say(self.tr("The design has changed since this fix was proposed; a new one is on its way."), "warning")

    def compare(self, found: Difference | None) -> None:
        """Have everyone show what differs from another design; None ends it."""
        if found is not self.compared:
            self.compared = found
            self.compared_changed.emit()

    def say(self, text: str, level: Level = "info", action_label: str = "", action: Act | None = None,
            topic: str = "", more: tuple[tuple[str, Act], ...] = ()) -> None:  # fmt: skip
        """Show a sentence in the notice strip."""
        self.notice.emit(Notice(text, level, action_label, action, topic, more))

    # -- inside ------------------------------------------------------------------------------------------------------

    def _load(self, read: Callable[[], Document], path: Path | None) -> bool:
        try:
            document = read()
        except files.FileProblem as problem:
            self.say(str(problem), "error")
            return False
        self.add(Opened(document, path))
        return True

    def _arrive(self) -> None:
        """Tell everyone that another design is shown."""
        self.document_replaced.emit()
        self.selection_changed.emit()
        self.path_changed.emit()

    def _hear_document(self, changes: Sequence[Change]) -> None:
        self.select(key for key in self.selection if key in self.document.nodes)
        before, self.current.place = self.place, whereabouts.mended(self.document, self.place, changes)
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

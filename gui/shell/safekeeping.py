"""What the window offers so that no work is lost: designs after a crash, earlier versions, and comparing with both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from backend.problems import TrainProblem
from backend.runs import Run
from graph import files, versions
from graph.difference import difference
from graph.disk import FileProblem
from graph.document import Document
from graph.versions import Version
from gui.canvas.comparison import Comparison
from gui.opened import Opened
from gui.shell.disk_watch import DiskWatch
from gui.shell.filing import FILES
from gui.shell.leaving import Leaving
from gui.shell.recovery import Orphan, Recovery
from gui.shell.shelf import Offer, Shelf, moment

if TYPE_CHECKING:
    from gui.window import Window


def versions_folder() -> Path:
    own = os.environ.get("NETLOOM_VERSIONS")
    return Path(own or platformdirs.user_data_path("netloom", appauthor=False) / "versions")


class Safekeeping(QObject):
    """Recovery, versions, changes on the disk and comparisons of one window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.watch = DiskWatch(self._session)
        self.comparison: Comparison | None = None
        self.leaving: Leaving | None = None
        self._recovery: Recovery | None = None
        self._session.saving.connect(self._keep_version)
        self.watch.compare_wanted.connect(self.compare_with_disk)

    # -- the end -----------------------------------------------------------------------------------------------------

    def use(self, recovery: Recovery) -> None:
        """Back every edit up from now on, and offer what an earlier studio left."""
        self._recovery = recovery
        self._window.ending.connect(self._end_recovery)
        self._window.painted.connect(lambda: self.offer_recovered(recovery))

    def may_end(self) -> bool:
        """Whether every design may go. Where one may not, a sheet asks, and closes the window when that is settled."""
        unsaved = [opened for opened in self._session.tabs if opened.unsaved]
        if not unsaved or (self.leaving is not None and not self.leaving.open_questions):
            return True
        if self.leaving is None:
            self.leaving = Leaving(self._window, keeps=self._recovery is not None)
            self.leaving.settled.connect(self._window.close)
            self.leaving.left.connect(self._stay)
        self.leaving.save_all.setFocus(Qt.FocusReason.OtherFocusReason)
        return False

    def _stay(self) -> None:
        self.leaving = None
        self._window.again = False

    def _end_recovery(self) -> None:
        if self._recovery is not None:
            self._recovery.end(self.leaving.kept if self.leaving else ())

    def news_of(self, opened: Opened) -> str:
        """What an open design has that its file has not."""
        return self._newer(opened.document, opened.path)

    # -- after a crash -----------------------------------------------------------------------------------------------

    def offer_recovered(self, recovery: Recovery) -> Shelf | None:
        """Offer what a crash left behind; None where there is nothing."""
        orphans = recovery.orphans()
        if not orphans:
            return None
        words = self.tr("These designs have changes that no file holds. They were kept when the studio was closed, or "
                        "it came to no proper end. What you leave here is offered again next time.")  # fmt: skip
        shelf = Shelf(self.tr("Recovered designs"), words, [self._offer(orphan) for orphan in orphans], self._window)
        shelf.show()
        return shelf

    def _offer(self, orphan: Orphan) -> Offer:
        found = orphan.found
        deeds = ((self.tr("Restore"), lambda: self._restore(orphan)), (self.tr("Discard"), orphan.discard))
        lines = (
            self.tr("Last changed {when}").format(when=moment(found.time)),
            self._newer(found.document, found.path),
        )
        return Offer(found.document, found.title, lines, deeds)

    def _newer(self, document: Document, path: Path | None) -> str:
        if path is None:
            count = len(document.nodes)
            return self.tr("Never saved: 1 node") if count == 1 else self.tr("Never saved: {n} nodes").format(n=count)
        try:
            told = difference(files.load(path), document)
        except FileProblem:
            return self.tr("Its file “{name}” cannot be read any more").format(name=path.name)
        words = self.tr("nodes were moved") if told.nothing else told.summary
        return self.tr("Newer than “{name}”: {words}").format(name=path.name, words=words)

    def _restore(self, orphan: Orphan) -> None:
        self._session.add(orphan.opened())
        orphan.discard()

    # -- versions ----------------------------------------------------------------------------------------------------

    def show_versions(self) -> Shelf | None:
        """Show the earlier versions of the design's file; None where there is none yet, with a sentence."""
        path = self._session.path
        kept = versions.versions(versions_folder(), path) if path else []
        offers = [offer for version in kept if path and (offer := self._version(version, path))]
        if not offers or path is None:
            text = self.tr("There is no earlier version yet: each saving keeps what the file held before, {n} at most.")
            self._session.say(text.format(n=versions.KEPT))
            return None
        words = self.tr("What the file held before it was saved over. A version opens in a tab of its own.")
        shelf = Shelf(self.tr("Versions of “{name}”").format(name=path.stem), words, offers, self._window)
        shelf.show()
        return shelf

    def _version(self, version: Version, path: Path) -> Offer | None:
        try:
            document = files.load(version.place)
        except FileProblem:
            return None
        when = moment(version.time)
        name = f"{path.stem} {when}"
        told = difference(document, self._session.document)
        lines = (self.tr("Since then: {words}").format(words=told.summary),)
        deeds = ((self.tr("Open"), lambda: self._open_version(document, name)),
                 (self.tr("Compare"), lambda: self.compare(document, name)))  # fmt: skip
        return Offer(document, when, lines, deeds, stays=tuple(label for label, _ in deeds))

    def _open_version(self, document: Document, name: str) -> None:
        made = Document.of(document.snapshot())
        with made.edit("Name"):
            made.put("about", "title", name)
        made.mark_saved()
        self._session.add(Opened(made))

    def _keep_version(self, path: Path) -> None:
        try:
            versions.keep(versions_folder(), path)
        except (FileProblem, OSError) as problem:
            text = self.tr("The version before this one could not be kept: {why}")
            self._session.say(text.format(why=problem), "warning", topic="versions")

    # -- comparing ---------------------------------------------------------------------------------------------------

    def compare(self, old: Document, name: str) -> None:
        """Show on the canvas what the design that is shown has that an older one has not, and the reverse."""
        self.leave_comparison()
        self._window.show_canvas()
        self.comparison = Comparison(self._window.canvas, old, name)
        self.comparison.left.connect(self.leave_comparison)

    def leave_comparison(self) -> None:
        if self.comparison is not None:
            self.comparison.end()
            self.comparison = None

    def compare_with_disk(self, opened: Opened) -> None:
        if opened.path is not None:
            self._session.show(opened)
            self._compare_with(opened.path, self.tr("the file on the disk"))

    def compare_with_saved(self) -> None:
        if self._session.path is not None:
            self._compare_with(self._session.path, self.tr("what is saved"))

    def compare_with_run(self) -> None:
        self._compare_with(Path(self._session.run), self.tr("what was trained"))

    def choose_other(self) -> None:
        """Ask for the file to compare with."""
        text = self.tr("Compare with a design")
        name, _ = QFileDialog.getOpenFileName(self._window, text, self._window.folder(), self.tr(FILES))
        if name:
            self._compare_with(Path(name), f"“{Path(name).stem}”")

    def _compare_with(self, path: Path, name: str) -> None:
        try:
            old = Run.open(path).document() if path.is_dir() else files.load(path)
        except (FileProblem, TrainProblem, ValueError, OSError) as problem:
            self._session.say(str(problem), "error")
            return
        self.compare(old, name)

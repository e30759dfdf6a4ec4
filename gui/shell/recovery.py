"""Never losing work: each edit goes to a recovery file at once, and what a crash left behind is found again."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import platformdirs
from PySide6.QtCore import QLockFile, QObject, QThreadPool, QTimer

from graph import files
from graph.difference import changes_between
from graph.disk import FileProblem, reason
from graph.document import Change, Document
from graph.journal import Journal, Recovered, recover
from gui.opened import Opened
from gui.session import Session

SYNC_MILLISECONDS: Final = 1000  # after which the disk has what the system was given
LOCK: Final = "lock"


def root() -> Path:
    """The folder in which each studio that runs has one of its own."""
    own = os.environ.get("NETLOOM_RECOVERY")
    return Path(own or platformdirs.user_data_path("netloom", appauthor=False) / "recovery")


@dataclass(frozen=True)
class Orphan:
    """A design that a studio left behind which did not come to its proper end."""

    found: Recovered
    places: tuple[Path, ...]  # its recovery files

    def discard(self) -> None:
        for place in self.places:
            place.unlink(missing_ok=True)

    def opened(self) -> Opened:
        """The design with what is newer than its file as one step that can be undone."""
        document, path = Document(), self.found.path
        if path is not None:
            with suppress(FileProblem):
                document = files.load(path)
        with document.edit("Recovered changes"):
            document.apply(changes_between(document, self.found.document))
        return Opened(document, path)


class Recovery(QObject):
    """Keeps a recovery file for every open design that has unsaved changes, in a folder that is locked meanwhile."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.folder = root() / uuid.uuid4().hex
        self._lock: QLockFile | None = None
        self._held: dict[Path, QLockFile] = {}  # of folders that are taken over
        self._journals: dict[Opened, Journal] = {}
        self._watched: list[Opened] = []
        self._timer = QTimer(self, singleShot=True, interval=SYNC_MILLISECONDS)
        self._timer.timeout.connect(self._sync)
        self._unsynced: set[Opened] = set()
        session.tabs_changed.connect(self._follow)
        session.path_changed.connect(self._saved)
        self._follow()

    def end(self, kept: Collection[Opened] = ()) -> None:
        """Clean up: nothing is to be recovered from this studio but the designs that are kept for the next one."""
        QThreadPool.globalInstance().waitForDone()
        remains = [opened for opened in kept if self._leave(opened)]
        for opened in list(self._journals):
            self._drop(opened)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        if not remains:
            shutil.rmtree(self.folder, ignore_errors=True)
        for folder, lock in self._held.items():
            lock.unlock()
            with suppress(OSError):
                folder.rmdir()  # unless something in it is to be offered again
        self._held.clear()

    def place_of(self, opened: Opened) -> Path | None:
        """The recovery file of a design; None where it needs none."""
        journal = self._journals.get(opened)
        return journal.place if journal else None

    def _leave(self, opened: Opened) -> bool:
        """Leave the recovery file of a design for another studio to offer; whether it is whole on the disk."""
        with suppress(OSError, FileProblem):
            if opened not in self._journals:
                self._begin(opened)
            journal = self._journals.pop(opened)
            journal.sync()
            journal.close()
            return True
        return False

    # -- writing -----------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Listen to every design that is open, before anyone else does; let go of those that are gone for good."""
        kept = [*self._session.tabs, *self._session.closed]
        for opened in kept:
            if opened not in self._watched:
                opened.document.listeners.insert(0, partial(self._record, opened))
                if opened.unsaved:
                    self._record(opened, ())
        for opened in self._watched:
            if opened not in kept:
                self._drop(opened)
        self._watched = kept

    def _record(self, opened: Opened, changes: Sequence[Change]) -> None:
        try:
            journal = self._journals.get(opened)
            if journal is None or journal.full:
                self._begin(opened)
            else:
                journal.add(changes)
            self._unsynced.add(opened)
            if not self._timer.isActive():
                self._timer.start()
        except (OSError, FileProblem) as problem:
            self._fail(opened, str(problem) if isinstance(problem, FileProblem) else reason(problem))

    def _begin(self, opened: Opened) -> None:
        """Write the design as it is now; the file before it goes once that is there."""
        self._make_folder()
        before = self._journals.get(opened)
        place = self.folder / f"{uuid.uuid4().hex}"
        title = self._session.title_of(opened)
        self._journals[opened] = Journal(place, opened.document, opened.path, title)
        if before is not None:
            before.close()
            before.place.unlink(missing_ok=True)

    def _make_folder(self) -> None:
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = QLockFile(str(self.folder / LOCK))
            lock.setStaleLockTime(0)
            lock.tryLock(0)
            self._lock = lock

    def _saved(self) -> None:
        if not self._session.document.modified:
            self._drop(self._session.current)

    def _drop(self, opened: Opened) -> None:
        self._unsynced.discard(opened)
        if journal := self._journals.pop(opened, None):
            with suppress(OSError):
                journal.close()
                journal.place.unlink(missing_ok=True)

    def _fail(self, opened: Opened, why: str) -> None:
        self._drop(opened)
        text = self.tr("Changes are not backed up at the moment: {why} The design is untouched; save it.")
        self._session.say(text.format(why=why), "warning", topic="recovery")

    def _sync(self) -> None:
        """Have the disk write, away from the window."""
        for opened in self._unsynced:
            if journal := self._journals.get(opened):
                QThreadPool.globalInstance().start(partial(_sync, journal))
        self._unsynced.clear()

    # -- finding again -----------------------------------------------------------------------------------------------

    def orphans(self) -> list[Orphan]:
        """What studios that ended badly left behind, newest first. Those of studios that run are theirs."""
        found: list[Orphan] = []
        for folder in root().iterdir() if root().is_dir() else ():
            if folder != self.folder and folder.is_dir() and self._hold(folder):
                found += _orphans_in(folder)
        return sorted(found, key=lambda orphan: orphan.found.time, reverse=True)

    def _hold(self, folder: Path) -> bool:
        """Take an abandoned folder over, so that no other studio offers the same; whether it was one."""
        if folder not in self._held:
            lock = QLockFile(str(folder / LOCK))
            lock.setStaleLockTime(0)
            if not lock.tryLock(0):
                return False
            self._held[folder] = lock
        return True


def _sync(journal: Journal) -> None:
    with suppress(OSError):  # it may have been closed since
        journal.sync()


def _orphans_in(folder: Path) -> list[Orphan]:
    """The designs in an abandoned folder that have something to recover; the others are of no use."""
    found = []
    for place in folder.iterdir():
        if place.name != LOCK:
            with suppress(FileProblem, ValueError, KeyError, TypeError):
                recovered = recover(place)
                if _newer(recovered):
                    found.append(Orphan(recovered, (place,)))
    return found


def _newer(recovered: Recovered) -> bool:
    """Whether it holds anything that its file does not."""
    if recovered.path is None:
        return True
    try:
        return bool(changes_between(files.load(recovered.path), recovered.document))
    except FileProblem:
        return True

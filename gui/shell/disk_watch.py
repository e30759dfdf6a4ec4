"""Files of open designs that other programs change or remove: noticed, told, and left to the user."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from graph import files
from graph.difference import changes_between
from graph.disk import FileProblem, read_bytes
from graph.versions import digest
from gui.opened import Opened
from gui.session import Session

PAUSE: Final = 250  # milliseconds, so that a program that writes in pieces has finished


class DiskWatch(QObject):
    """Looks when the system says that a file has changed, and whenever the studio gets the keyboard back."""

    compare_wanted = Signal(object)  # the Opened to compare with its file

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._told: dict[Opened, str] = {}
        self._watcher = QFileSystemWatcher(self)
        self._soon = QTimer(self, singleShot=True, interval=PAUSE)
        self._soon.timeout.connect(self.look)
        self._watcher.fileChanged.connect(self._soon.start)
        self._watcher.directoryChanged.connect(self._soon.start)
        session.tabs_changed.connect(self._follow)
        session.saved.connect(self._saved)
        QGuiApplication.instance().applicationStateChanged.connect(self._wake)  # type: ignore[union-attr]

    def look(self) -> None:
        """Compare every file with what it was when it was last read or written here."""
        for opened in self._session.tabs:
            if opened.path is not None and opened.known:
                now = _digest(opened.path)
                if now == opened.known:
                    self._told.pop(opened, None)
                elif self._told.get(opened) != now:
                    self._told[opened] = now
                    self._tell(opened, opened.path, gone=not now)
        self._follow()

    def reload(self, opened: Opened) -> None:
        """Take over what the file holds now, in one step that can be undone."""
        assert opened.path is not None
        try:
            document = files.load(opened.path)
        except FileProblem as problem:
            self._session.say(str(problem), "error")
            return
        self._session.show(opened)
        with opened.document.edit("Reload from disk"):
            opened.document.apply(changes_between(opened.document, document))
        opened.document.mark_saved()
        opened.known, opened.adrift = _digest(opened.path), False
        self._session.path_changed.emit()

    def keep(self, opened: Opened) -> None:
        """Let the file be; saving writes over it then."""
        if opened.path is not None:
            opened.known, opened.adrift = _digest(opened.path) or opened.known, True
            self._session.path_changed.emit()

    def _tell(self, opened: Opened, path: Path, gone: bool) -> None:
        name, say = self._session.title_of(opened), self._session.say
        if gone:
            self.keep(opened)
            text = self.tr("The file of “{name}” is no longer there. The design is: save it to write the file again.")
            say(text.format(name=name), "warning", self.tr("Save"), lambda: self._save(opened), f"disk {id(opened)}")
            return
        text = self.tr("“{name}” was changed on the disk by another program.").format(name=name)
        more = ((self.tr("Compare"), lambda: self.compare_wanted.emit(opened)),
                (self.tr("Keep mine"), lambda: self.keep(opened)))  # fmt: skip
        say(text, "warning", self.tr("Reload"), lambda: self.reload(opened), f"disk {id(opened)}", more)

    def _save(self, opened: Opened) -> None:
        if opened in self._session.tabs:
            self._session.show(opened)
            self._session.save()

    def _follow(self) -> None:
        wanted: set[str] = set()
        for opened in self._session.tabs:
            if opened.path is not None:
                opened.known = opened.known or _digest(opened.path)
                wanted |= {str(place) for place in (opened.path, opened.path.parent) if place.exists()}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if gone := watched - wanted:
            self._watcher.removePaths(sorted(gone))
        if new := wanted - watched:
            self._watcher.addPaths(sorted(new))

    def _saved(self) -> None:
        opened = self._session.current
        if opened.path is not None:
            opened.known, opened.adrift = _digest(opened.path), False
            self._told.pop(opened, None)
        self._follow()

    def _wake(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self._soon.start()


def _digest(path: Path) -> str:
    """What tells the contents of a file apart; "" for one that cannot be read."""
    try:
        return digest(read_bytes(path, files.MAX_BYTES)) if path.exists() else ""
    except (FileProblem, OSError):
        return ""

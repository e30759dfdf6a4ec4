"""Which panels a design calls for: shown when it is opened, and in front when its training begins."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget

from backend import messages as m
from gui.inside.gist import Gist, gist_of
from gui.opened import Opened
from gui.session import Session
from gui.shell.docks import Docks


class Fitting(QObject):
    """Shows and hides the panels that say what they suit; those that the user opened or closed are left alone."""

    def __init__(self, docks: Docks, session: Session) -> None:
        super().__init__(docks)
        self._docks, self._session = docks, session
        self._gists: dict[Opened, Gist] = {}  # what each design was about when the panels were fitted to it
        self._fronted: set[str] = set()  # the runs whose panels have come to the front
        self._touched: set[str] = set()  # what the user opened or closed
        for name, dock in docks.docks.items():
            dock.toggleViewAction().triggered.connect(lambda _, name=name: self._touched.add(name))
        docks.asked.connect(self._touched.add)
        docks.returned.connect(self._fit)
        session.analysed.connect(self._fit)
        session.document_replaced.connect(self._fit)
        session.event.connect(self._hear)
        self._fit()

    def _fit(self) -> None:
        """Show what suits the design, whenever it has come to be about something else."""
        opened, analysis = self._session.current, self._session.analysis
        if analysis is None or analysis.errors or self._docks.away:
            return
        gist = gist_of(opened.document, analysis)
        self._gists = {each: found for each, found in self._gists.items() if each in self._session.tabs}
        self._gists[opened] = gist
        for name, panel in self._docks.panels.items():
            dock = self._docks.docks[name]
            if panel.suits is None or name in self._touched or dock.isFloating():
                continue
            if wanted := panel.suits(gist) > 0:
                self._docks.fill()
            if wanted == dock.isHidden():
                dock.setVisible(wanted)

    def _hear(self, event: m.Event) -> None:
        if isinstance(event, m.Started) and event.run not in self._fronted and not self._docks.away:
            self._fronted.add(event.run)
            self._bring_to_front()

    def _bring_to_front(self) -> None:
        """Of the tabs that share a place raise the one that the design calls for most, unless the user chose one."""
        gist = self._gists.get(self._session.current)
        if gist is None:
            return
        suited = {dock: panel.suits(gist) for name, panel in self._docks.panels.items()
                  if panel.suits is not None and not (dock := self._docks.docks[name]).isHidden()}  # fmt: skip
        for dock, worth in suited.items():
            beside = self._docks.tabs_beside(dock)
            rivals = [other for other in beside if other in suited]
            if worth > 1 and not self._chosen([dock, *beside]) and all(worth >= suited[other] for other in rivals):
                dock.raise_()

    def _chosen(self, docks: list[QDockWidget]) -> bool:
        """Whether the user brought one of them to the front."""
        return any(dock.objectName() in self._touched and self._docks.in_front(dock) for dock in docks)

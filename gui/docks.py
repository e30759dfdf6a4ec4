"""The panels as docks: where they stand at first, and title bars only where no tab says the same already."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabWidget, QWidget

from gui.panels import Area, Panel
from gui.session import Session

LAYOUT_VERSION: Final = 1
SIDES: Final[Mapping[Area, Qt.DockWidgetArea]] = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
WIDTHS: Final[Mapping[Area, int]] = {"left": 236, "right": 330}
SLOW: Final = ("numpy", "pyqtgraph")  # what late panels import: 0.3 s, which a thread spends without a stutter
LOOK_MILLISECONDS: Final = 10
BOTTOM_HEIGHT: Final = 276
BOTTOM_WIDTHS: Final = (336, 430, 344)  # of what stands beside one another there, from the left


class Docks(QObject):
    """Owns a dock for every panel. Late panels hold a line of text until ``fill_late``."""

    def __init__(self, window: QMainWindow, session: Session, panels: Iterable[Panel]) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self.panels = {panel.name: panel for panel in panels}
        self.docks = {name: self._make(panel) for name, panel in self.panels.items()}
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._before: QByteArray | None = None  # where the panels stood when they were put away
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._mend_titles)
        self._late = [panel for panel in self.panels.values() if panel.late]
        self._look = QTimer(self, interval=LOOK_MILLISECONDS)
        self._look.timeout.connect(self._fill_next)
        self.arrange()

    def fill_late(self) -> None:
        """Build the panels that were too slow to be there at first, once a thread has imported what they need."""
        self._loading = threading.Thread(target=_import_slow, name="late panels", daemon=True)
        self._loading.start()
        self._look.start()

    @property
    def complete(self) -> bool:
        """Whether the late panels are there."""
        return not self._late

    def show(self, name: str) -> None:
        """Bring a panel to the front, shown if it was closed. Raises KeyError for one that is not there."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()

    def arrange(self) -> None:
        """Every panel where it stood at first."""
        self._before = None
        for area, side in SIDES.items():
            last: QDockWidget | None = None
            for panel in self.panels.values():
                if panel.area == area:
                    last = self._place(panel, side, last)
        self._size()
        self._mend_titles()

    def put_away(self) -> None:
        """Hide every panel until ``bring_back``."""
        if self._before is None:
            self._before = self.state()
            for dock in self.docks.values():
                dock.hide()

    def bring_back(self) -> None:
        """Undo ``put_away``."""
        before, self._before = self._before, None
        if before is not None:
            self.restore(before)

    def restore(self, state: QByteArray) -> bool:
        """Put the panels as ``state`` says; False where it is not one of ours."""
        done: bool = self._window.restoreState(state, LAYOUT_VERSION)
        self._mend_titles()
        return done

    def state(self) -> QByteArray:
        """Where the panels stand, or stood before they were put away."""
        return self._before if self._before is not None else self._window.saveState(LAYOUT_VERSION)

    def _make(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(panel.name)
        dock.dockLocationChanged.connect(lambda _: self._soon.start())
        dock.topLevelChanged.connect(lambda _: self._soon.start())
        dock.visibilityChanged.connect(lambda _: self._soon.start())
        if panel.late:
            waiting = QLabel(self.tr("Loading…"), alignment=Qt.AlignmentFlag.AlignCenter)
            waiting.setProperty("dim", True)
            dock.setWidget(waiting)
        else:
            self._fill(dock, panel)
        return dock

    def _fill_next(self) -> None:
        """One late panel a turn of the event loop, so that none holds up the mouse for long."""
        if self._late and not self._loading.is_alive():
            panel = self._late.pop(0)
            self._fill(self.docks[panel.name], panel)
        if not self._late:
            self._look.stop()

    def _fill(self, dock: QDockWidget, panel: Panel) -> None:
        widget = panel.make(self._session)
        widget.setAccessibleName(panel.title)
        widget.setAutoFillBackground(True)
        before = dock.widget()
        dock.setWidget(widget)
        if before is not None:
            before.deleteLater()

    def _place(self, panel: Panel, side: Qt.DockWidgetArea, last: QDockWidget | None) -> QDockWidget:
        dock = self.docks[panel.name]
        dock.setFloating(False)
        self._window.addDockWidget(side, dock)
        if last is not None and panel.beside:
            row = Qt.Orientation.Horizontal if panel.area == "bottom" else Qt.Orientation.Vertical
            self._window.splitDockWidget(last, dock, row)
        elif last is not None:
            self._window.tabifyDockWidget(last, dock)
        dock.show()
        if last is not None and not panel.beside:
            last.raise_()
            return last
        return dock

    def _size(self) -> None:
        across, along = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        for area, width in WIDTHS.items():
            first = [self.docks[panel.name] for panel in self.panels.values() if panel.area == area][:1]
            self._window.resizeDocks(first, [width] * len(first), across)
        bottom = [panel for panel in self.panels.values() if panel.area == "bottom"]
        columns = [self.docks[panel.name] for panel in bottom if panel.beside or panel is bottom[0]]
        self._window.resizeDocks(columns[:1], [BOTTOM_HEIGHT] * len(columns[:1]), along)
        self._window.resizeDocks(columns[:3], list(BOTTOM_WIDTHS[: len(columns)]), across)

    def _mend_titles(self) -> None:
        """A dock among tabs needs no title bar: its tab has its name and can be dragged out just as well."""
        for dock in self.docks.values():
            tabbed = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            bare = dock.titleBarWidget() is not None
            if tabbed and not bare:
                dock.setTitleBarWidget(QWidget(dock))
            elif bare and not tabbed:
                bar = dock.titleBarWidget()
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]
                bar.deleteLater()


def _import_slow() -> None:
    for name in SLOW:
        importlib.import_module(name)

"""The panels as docks: where they stand at first, and title bars only where no tab says the same already."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow, QTabBar, QTabWidget, QToolButton, QWidget

from gui.inside.gist import Gist
from gui.language import content
from gui.panels import Area, Panel, panels
from gui.session import Session

LAYOUT_VERSION: Final = 1
SIDES: Final[Mapping[Area, Qt.DockWidgetArea]] = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
# Pixels at first: of the column at the left and right, of what stands beside one another at the bottom.
WIDTHS: Final[Mapping[Area, list[int]]] = {"left": [254], "right": [318], "bottom": [340, 376, 400]}
SLOW: Final = ("numpy", "pyqtgraph")  # what panels import: 0.3 s, which a thread spends without a stutter
LOOK_MILLISECONDS: Final = 10
NARROW: Final = 350  # the widest that a panel may insist on being
ROOMY: Final = 1360  # a window from that width on has three panels in a row at the bottom
SNUG: Final = 1100  # from that on two, and below it one; the others are tabs
BOTTOM_HEIGHT: Final = 316
STEP: Final = 40  # pixels by which keys resize a panel


class Docks(QObject):
    """Owns a dock for every panel. They are built when first to be seen, or else after the first paint.

    ``asked`` carries the name of a panel that somebody wants to see; ``returned`` says that they were put back.
    """

    asked = Signal(str)
    returned = Signal()

    def __init__(self, window: QMainWindow, session: Session, wanted: Iterable[Panel],
                 kept: QByteArray | None = None) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._session = window, session
        self.panels = {panel.name: panel for panel in wanted}
        self.docks = {name: self._make(panel) for name, panel in self.panels.items()}
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._last: QDockWidget | None = None  # that had the keyboard before something took it for a while
        self._before: QByteArray | None = None  # where the panels stood when they were put away
        self._hidden: dict[QDockWidget, QRect] = {}
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._mend_titles)
        self._waiting = sorted(self.panels.values(), key=lambda panel: panel.late)
        if kept is None or not self._window.restoreState(kept, LAYOUT_VERSION):
            self._arrange()
        self._place_newcomers()
        self._mend_titles()

    @property
    def complete(self) -> bool:
        """Whether every panel is there."""
        return not self._waiting

    def show(self, name: str) -> None:
        """Bring a panel to the front, shown if it was closed. Raises KeyError for one that is not there."""
        dock = self.docks[name]
        self.fill()
        dock.show()
        dock.raise_()
        self.asked.emit(name)

    @property
    def away(self) -> bool:
        """Whether every panel is put away."""
        return self._before is not None

    def in_front(self, dock: QDockWidget) -> bool:
        """Whether a dock is to be seen, and not behind the tab of another."""
        return not dock.isHidden() and (dock.isFloating() or dock.x() >= 0)  # Qt moves what is behind out of sight

    def tabs_beside(self, dock: QDockWidget) -> list[QDockWidget]:
        """The other docks that share a place with one."""
        return [other for other in self._window.tabifiedDockWidgets(dock) if not other.isHidden()]

    def float_focused(self) -> None:
        """Take the panel that has the keyboard out of the window, or put it back; the keyboard stays with it."""
        focused = QApplication.focusWidget()
        if dock := self._focused():
            dock.setFloating(not dock.isFloating())
            dock.activateWindow()
            if focused is not None:
                focused.setFocus()

    def close_focused(self) -> None:
        """Close the panel that has the keyboard, and give that to the next."""
        if dock := self._focused():
            if not self.focus_next(1):
                self.focus_next(-1)
            dock.close()

    def move_focused(self, area: Area) -> None:
        """Put the panel that has the keyboard at a side of the window, among what is there; the keyboard stays."""
        dock, focused = self._focused(), QApplication.focusWidget()
        if dock is None:
            return
        others = [other for other in self.docks.values() if other is not dock and not other.isHidden()]
        placed = [other for other in others if not other.isFloating()]
        there = next((other for other in placed if self._window.dockWidgetArea(other) == SIDES[area]), None)
        dock.setFloating(False)
        self._window.addDockWidget(SIDES[area], dock)
        if there is not None:
            self._window.tabifyDockWidget(there, dock)
        dock.show()
        dock.raise_()
        (focused if focused is not None and dock.isAncestorOf(focused) else _first_stop(dock.widget())).setFocus()

    def resize_focused(self, across: int, down: int) -> None:
        """Make the panel that has the keyboard wider or taller by a step, or less so."""
        if dock := self._focused():
            if dock.isFloating():
                dock.resize(dock.width() + across * STEP, dock.height() + down * STEP)
            elif across:
                self._window.resizeDocks([dock], [dock.width() + across * STEP], Qt.Orientation.Horizontal)
            else:
                self._window.resizeDocks([dock], [dock.height() + down * STEP], Qt.Orientation.Vertical)

    def _focused(self) -> QDockWidget | None:
        """The panel that has the keyboard, or had it before the command palette took it."""
        return self._of(QApplication.focusWidget()) or self._last

    def _of(self, widget: QWidget | None) -> QDockWidget | None:
        return next((dock for dock in self.docks.values() if widget is not None and dock.isAncestorOf(widget)), None)

    def remember(self) -> None:
        """Take the panel that has the keyboard now as the one that is meant, until ``forget``."""
        self._last = self._of(QApplication.focusWidget())

    def forget(self) -> None:
        self._last = None

    def focus_next(self, step: int) -> bool:
        """Give the keyboard to the panel after (1) or before (−1) the one that has it; False where none is left."""
        there = [dock for dock in self.docks.values() if not dock.isHidden()]
        focused = self._focused()
        wanted = there.index(focused) + step if focused in there else 0 if step > 0 else len(there) - 1
        if not 0 <= wanted < len(there):
            return False
        there[wanted].raise_()
        inside = there[wanted].widget()
        _first_stop(inside).setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def reset(self) -> None:
        """Put every panel back where it stood at first."""
        self._before = None
        self.fill()
        for dock in self.docks.values():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)  # or Qt leaves the tab bars of the old groups behind
        self._arrange()
        self.returned.emit()

    def _arrange(self) -> None:
        width = self._window.width()
        most = 3 if width >= ROOMY else 2 if width >= SNUG else 1
        for area, side in SIDES.items():
            columns: list[QDockWidget] = []
            behind: list[tuple[Panel, QDockWidget]] = []
            for panel in (each for each in self.panels.values() if each.area == area):
                if not columns or (panel.beside and len(columns) < most):
                    columns.append(self._place(panel, side, columns[-1] if columns else None, True))
                else:
                    behind.append((panel, columns[-1]))
            for panel, column in behind:  # later: what is put beside a tab becomes a tab itself
                self._place(panel, side, column, False)
            self._size(area, columns)
        for panel in self.panels.values():
            if panel.suits is not None and panel.suits(Gist()) <= 0:
                self.docks[panel.name].hide()  # until a design calls for it

    def put_away(self) -> None:
        """Hide every panel until ``bring_back``."""
        if self._before is None:
            self._before = self.state()
            self._hidden = {dock: dock.geometry() for dock in self.docks.values() if not dock.isHidden()}
            for dock in self._hidden:
                dock.hide()

    def bring_back(self) -> None:
        """Undo ``put_away``."""
        self.fill()
        if self._before is not None:
            self._before = None
            for dock in self._hidden:
                dock.show()
            self._resize(self._hidden)
            self.returned.emit()

    def _resize(self, places: Mapping[QDockWidget, QRect]) -> None:
        """Give docks the sizes they had. Those behind another tab have none, and heights do not count a row of tabs."""
        seen = [dock for dock, place in places.items() if place.x() >= 0 and not dock.isFloating()]
        bare = [dock for dock in seen if not self._window.tabifiedDockWidgets(dock)]
        self._window.resizeDocks(seen, [places[dock].width() for dock in seen], Qt.Orientation.Horizontal)
        self._window.resizeDocks(bare, [places[dock].height() for dock in bare], Qt.Orientation.Vertical)

    def state(self) -> QByteArray:
        """Where the panels stand, or stood before they were put away."""
        return self._before if self._before is not None else self._window.saveState(LAYOUT_VERSION)

    def _make(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(content(panel.title), self._window)
        dock.setObjectName(panel.name)
        dock.dockLocationChanged.connect(lambda _: self._soon.start())
        dock.topLevelChanged.connect(lambda _: self._soon.start())
        dock.visibilityChanged.connect(lambda _: self._soon.start())
        waiting = QLabel(self.tr("Loading…"))
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        waiting.setProperty("dim", True)
        dock.setWidget(waiting)
        return dock

    def fill(self, late: bool = False) -> None:
        """Build the panels that are not there yet, because they are about to be seen; late ones only where asked."""
        while self._waiting and (late or not self._waiting[0].late):
            self._fill(self._waiting.pop(0))

    def _fill(self, panel: Panel) -> None:
        dock, widget = self.docks[panel.name], panel.make(self._session)
        widget.setAccessibleName(content(panel.title))
        widget.setAutoFillBackground(True)
        # Three in a row must fit a small screen: Qt lets docks overlap where their smallest sizes do not.
        widget.setMinimumWidth(min(widget.minimumSizeHint().width(), NARROW))
        before = dock.widget()
        dock.setWidget(widget)
        widget.windowTitleChanged.connect(dock.setWindowTitle)
        dock.setWindowTitle(widget.windowTitle() or content(panel.title))
        if before is not None:
            before.deleteLater()

    def _place_newcomers(self) -> None:
        """Give a place to panels that the kept layout does not know yet."""
        for panel in self.panels.values():
            dock = self.docks[panel.name]
            if self._window.dockWidgetArea(dock) == Qt.DockWidgetArea.NoDockWidgetArea and not dock.isFloating():
                self._place(panel, SIDES[panel.area], None, False)

    def _place(self, panel: Panel, side: Qt.DockWidgetArea, last: QDockWidget | None, beside: bool) -> QDockWidget:
        dock = self.docks[panel.name]
        self._window.addDockWidget(side, dock)
        if last is not None and beside:
            row = Qt.Orientation.Horizontal if panel.area == "bottom" else Qt.Orientation.Vertical
            self._window.splitDockWidget(last, dock, row)
        elif last is not None:
            self._window.tabifyDockWidget(last, dock)
        dock.show()
        if last is not None and not beside:
            last.raise_()
        return dock

    def _size(self, area: Area, columns: Sequence[QDockWidget]) -> None:
        if area == "bottom":
            height = min(BOTTOM_HEIGHT, self._window.height() * 36 // 100)
            self._window.resizeDocks(columns[:1], [height] * len(columns[:1]), Qt.Orientation.Vertical)
        widths = WIDTHS[area][: len(columns)]
        self._window.resizeDocks(columns[: len(widths)], widths, Qt.Orientation.Horizontal)

    def _mend_titles(self) -> None:
        """A dock among tabs needs no title bar: its tab has its name and can be dragged out just as well."""
        for tabs in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            tabs.setElideMode(Qt.TextElideMode.ElideNone)  # what has no room is reached by arrows, and not cut to dots
            tabs.setUsesScrollButtons(True)
            for name, words in (("ScrollLeftButton", self.tr("Tabs to the left")),
                                ("ScrollRightButton", self.tr("Tabs to the right"))):  # fmt: skip
                if (arrow := tabs.findChild(QToolButton, name)) is not None:
                    arrow.setAccessibleName(words)
        for dock in self.docks.values():
            tabbed = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            bare = dock.titleBarWidget() is not None
            if tabbed and not bare:
                dock.setTitleBarWidget(QWidget(dock))
            elif bare and not tabbed:
                bar = dock.titleBarWidget()
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]
                bar.deleteLater()


def _first_stop(panel: QWidget) -> QWidget:
    """What Tab would come to first in a panel; the panel itself where there is nothing."""
    each = panel.nextInFocusChain()
    while each is not None and panel.isAncestorOf(each):
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible() and each.isEnabled():
            return each
        each = each.nextInFocusChain()
    panel.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return panel


def import_behind(parent: QObject, done: Callable[[], object]) -> None:
    """Import the panels and what they need in a thread, then call ``done`` from the event loop."""
    thread = threading.Thread(target=_import, name="import panels", daemon=True)
    look = QTimer(parent, interval=LOOK_MILLISECONDS)

    def end() -> None:
        if not thread.is_alive():
            look.stop()
            look.deleteLater()
            done()

    look.timeout.connect(end)
    thread.start()
    look.start()


def _import() -> None:
    for name in SLOW:
        importlib.import_module(name)
    panels()

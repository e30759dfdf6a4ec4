"""Menu bar, toolbar and context menu of the window, all from the one table of actions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import SIGNAL, QCoreApplication, QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QActionEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from gui import actions, icons, settings
from gui.shell import shortcuts

if TYPE_CHECKING:
    from gui.window import Window


class Bars(QObject):
    """Owns what the window's actions are reached by. ``actions`` are Qt's own, by the names of the table."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.actions: dict[str, QAction] = {action.name: actions.make(action, window) for action in actions.ACTIONS}
        self.panels = QMenu(self.tr("Panels"), window)
        self.recent = QMenu(self.tr("Recent"), window)
        self.train = QToolButton()
        self._once = _Once(self)
        self.toolbar = QToolBar(self.tr("Toolbar"), window)
        self._build_menus()
        self._build_toolbar()
        self._take_shortcuts()
        settings.signals.shortcuts_changed.connect(self._take_shortcuts)

    def refresh(self) -> None:
        """Bring every action's text, availability and mark up to date."""
        for action in actions.ACTIONS:
            actions.refresh(action, self.actions[action.name], self._window)
        train, symbol = self.actions["train"], "pause" if self._window.session.state == "running" else "play"
        train.setIcon(icons.icon(symbol))
        self.train.setIcon(icons.icon(symbol, "on_accent"))
        self.train.setText(train.text())
        self.train.setEnabled(train.isEnabled())
        self.train.setToolTip(train.toolTip())

    def show_context_menu(self, place: QPoint) -> None:
        """What can be done on the canvas, at a place of the screen."""
        self.refresh()
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add(menu, actions.CONTEXT)
        menu.popup(place)

    def _take_shortcuts(self) -> None:
        """Put the keys of the settings on the actions, and into what their tooltips say."""
        for action in actions.ACTIONS:
            made = self.actions[action.name]
            made.setShortcuts(shortcuts.keys(action))
            made.setText("")
            actions.refresh(action, made, self._window)

    def _build_menus(self) -> None:
        bar = self._window.menuBar()
        menus = {name: bar.addMenu(QCoreApplication.translate("actions", name)) for name in actions.MENUS}
        for action in actions.ACTIONS:
            path, _, sub = action.menu.partition("/")
            if action.menu not in menus:
                text = QCoreApplication.translate("actions", sub)
                menus[action.menu] = menus[path].addMenu(icons.icon(action.icon), text)
            if action.group:
                menus[action.menu].addSeparator()
            menus[action.menu].addAction(self.actions[action.name])
            owner = self._window.canvas if action.scope == "canvas" else self._window
            owner.addAction(self.actions[action.name])
        self.recent.setIcon(icons.icon("recent"))
        self.recent.aboutToShow.connect(self._fill_recent)
        menus["&File"].insertMenu(self.actions["save"], self.recent)
        self.panels.setIcon(icons.icon("layout"))
        menus["&View"].insertMenu(self.actions["full_canvas"], self.panels)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for path in settings.recent():
            entry = self.recent.addAction(path.stem, partial(self._window.open, path))
            entry.setToolTip(str(path))
        if self.recent.isEmpty():
            self.recent.addAction(self.tr("Nothing yet")).setEnabled(False)

    def _add(self, place: QMenu | QToolBar, names: Iterable[str]) -> None:
        seldom = (*actions.SELDOM, *actions.COLOURING)
        for name in names:
            if name == actions.SEPARATOR:
                place.addSeparator()
            elif isinstance(place, QToolBar) or name not in seldom or self.actions[name].isEnabled():
                place.addAction(self.actions[name])

    def _build_toolbar(self) -> None:
        bar = self.toolbar
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(18, 18))
        bar.toggleViewAction().setEnabled(False)
        self._add(bar, actions.TOOLBAR)
        bar.addWidget(_gap())
        self.train.setObjectName("train")
        self.train.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.train.clicked.connect(self.actions["train"].trigger)
        bar.addWidget(self.train)
        self._add(bar, ("step", "stop"))
        bar.addWidget(_gap())
        self._add(bar, ("palette", "theme"))
        for action in bar.actions():
            if isinstance(button := bar.widgetForAction(action), QToolButton):
                button.installEventFilter(self._once)
        self._window.addToolBar(bar)


class _Once(QObject):
    """Keeps a tool button listening to its action once: Qt connects it anew at every change of the action."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QActionEvent) and event.type() == QEvent.Type.ActionChanged:
            QObject.disconnect(event.action(), SIGNAL("changed()"), watched, None)  # type: ignore[call-overload]
        return False


def _gap() -> QWidget:
    gap = QWidget()
    gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return gap

"""The one window: canvas or start page in the middle, panels around it, actions from the table above it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui import actions, icons, settings, theme
from gui.canvas import CanvasView
from gui.data import importing as data_import
from gui.panels import panels
from gui.session import Session
from gui.shell.bars import Bars
from gui.shell.docks import Docks, import_behind
from gui.shell.filing import Filing
from gui.shell.fitting import Fitting
from gui.shell.gallery import Gallery
from gui.shell.notices import NoticeStrip
from gui.shell.palette import CommandPalette
from gui.shell.safekeeping import Safekeeping
from gui.shell.settings_dialog import SettingsDialog
from gui.shell.status import Status
from gui.shell.tabs import Tabs
from gui.shell.tour import EXAMPLE, Tour

SIZE: Final = QSize(1440, 900)


class Window(Filing):
    """Puts everything together and answers the questions that only a window can ask, such as for a file name.

    log: the file that unforeseen mishaps are written to
    remembers: whether layout, theme and files are those of last time, and are kept for the next
    """

    painted = Signal()  # once, after the first paint
    ending = Signal()  # closed, with everything saved or given up
    session: Session
    canvas: CanvasView
    notices: NoticeStrip
    safe: Safekeeping
    full_canvas: bool

    def __init__(self, session: Session, log: Path | None = None, *, remembers: bool = True) -> None:
        super().__init__()
        self.session, self.log, self.remembers = session, log, remembers
        self.full_canvas = False
        self.again = False  # whether the studio is to start anew when it has ended
        self._painted = self._imported = False
        self._kept = settings.layout() if remembers else None
        self.setWindowIcon(icons.icon("netloom"))
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.resize(SIZE.boundedTo(self.screen().availableSize()))
        self.canvas = CanvasView(session)
        self.gallery = Gallery(remembers)
        self.stack = QStackedWidget()
        self.setCentralWidget(self._centre())
        self.bars = Bars(self)
        self.actions_by_name = self.bars.actions
        self.safe = Safekeeping(self)
        self.status = Status(session)
        self.setStatusBar(self.status)
        self._listen()
        if self._kept is not None:
            self.restoreGeometry(self._kept[0])
        self.show_gallery()
        self._retitle()

    @cached_property
    def docks(self) -> Docks:
        """The panels around the canvas, as they were left; made when first needed, for they take a while to import."""
        self.setUpdatesEnabled(False)
        made = Docks(self, self.session, panels(), self._kept[1] if self._kept else None)
        for dock in made.docks.values():
            self.bars.panels.addAction(dock.toggleViewAction())
        if not self.drawing:
            made.put_away()
        self.bars.toolbar.setVisible(self.drawing)
        self.fitting = Fitting(made, self.session)
        self.setUpdatesEnabled(True)
        return made

    @property
    def complete(self) -> bool:
        """Whether everything is there that can be seen now, also what is built after the first paint."""
        return self._imported and ("docks" not in vars(self) or self.docks.complete)

    # -- what the actions do -----------------------------------------------------------------------------------------

    @property
    def drawing(self) -> bool:
        """Whether the canvas is shown, not the start page."""
        return self.stack.currentWidget() is self.canvas

    @property
    def light(self) -> bool:
        return not theme.current().dark

    @property
    def train_words(self) -> str:
        words = {"running": self.tr("Pause"), "paused": self.tr("Continue"), "starting": self.tr("Starting…"),
                 "stopping": self.tr("Stopping…")}  # fmt: skip
        return words.get(self.session.state, self.tr("Train"))

    def show_gallery(self) -> None:
        self.gallery.refresh_recent()
        self._show_middle(self.gallery)
        self.gallery.search.setFocus()

    def show_canvas(self) -> None:
        self._show_middle(self.canvas)
        self.canvas.setFocus()

    def train_or_pause(self) -> None:
        if self.session.state == "running":
            self.session.pause()
        else:
            self.session.train()

    def toggle_theme(self) -> None:
        theme.set_theme("dark" if self.light else "light")
        if self.remembers:
            settings.set_theme(theme.current().name)
        self.refresh_actions()

    def show_settings(self) -> SettingsDialog:
        """Open the settings, or bring them to the front."""
        dialog = next((found for found in self.findChildren(SettingsDialog) if found.isVisible()), None)
        if dialog is None:
            dialog = SettingsDialog(self.session, self)
            dialog.restart_wanted.connect(self._start_again)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    def show_tour(self) -> Tour:
        """Lead around the window; where nothing is open, with an example on the canvas."""
        if not self.session.document.nodes:
            self.session.open_template(EXAMPLE)
        if self.full_canvas:
            self.toggle_full_canvas()
        self.show_canvas()
        return Tour(self)

    def next_panel(self, step: int) -> None:
        """Give the keyboard to another panel, the canvas among them."""
        if not self.docks.focus_next(step):
            self.canvas.setFocus(Qt.FocusReason.TabFocusReason)

    def _wear(self) -> None:
        """Follow the desktop from light to dark, where the settings say so."""
        if self.remembers:
            theme.wear(settings.theme())

    def _start_again(self) -> None:
        self.again = True
        self.close()

    def toggle_full_canvas(self) -> None:
        """Hide every panel, or bring back those that were there."""
        self.full_canvas = not self.full_canvas
        self._show_middle(self.canvas if self.drawing else self.gallery)

    def reset_layout(self) -> None:
        """Put every panel back where it stood at first."""
        self.full_canvas = False
        self.docks.reset()
        self._show_middle(self.canvas if self.drawing else self.gallery)

    def show_palette(self) -> CommandPalette:
        rows = [(actions.in_full(action, actions.words(action, self)), self.actions_by_name[action.name])
                for action in actions.ACTIONS]  # fmt: skip
        if "docks" in vars(self):
            self.docks.remember()
        palette = CommandPalette(self, [row for row in rows if row[1].objectName() != "palette"])
        if "docks" in vars(self):
            palette.destroyed.connect(self.docks.forget)
        return palette

    def show_log(self) -> None:
        if self.log is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.log)))

    def refresh_actions(self) -> None:
        """Bring every action's text, availability and mark up to date."""
        self.bars.refresh()

    # -- Qt's events -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._after_paint)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if data_import.dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = data_import.dropped(event)
        if path is not None:
            event.acceptProposedAction()
            data_import.bring(self, path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.safe.may_end():
            event.ignore()
            return
        if "docks" in vars(self):
            if self.remembers:
                settings.set_layout(self.saveGeometry(), self.docks.state())
            self.docks.put_away()
        for dialog in self.findChildren(SettingsDialog):
            dialog.close()
        self.hide()
        self.session.close()
        self.ending.emit()
        event.accept()

    # -- inside ------------------------------------------------------------------------------------------------------

    def _after_paint(self) -> None:
        self.session.start_workers()
        import_behind(self, self._complete)
        self.painted.emit()

    def _complete(self) -> None:
        self._imported = True
        if self.drawing and self.isVisible():
            self._show_design()

    def _centre(self) -> QWidget:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.tabs = Tabs(self.session)
        column.addWidget(self.tabs)
        column.addWidget(below := QWidget())
        beneath = QVBoxLayout(below)
        beneath.setContentsMargins(0, 0, 0, 0)
        beneath.addWidget(self.stack)
        self.stack.addWidget(self.gallery)
        self.stack.addWidget(self.canvas)
        self.notices = NoticeStrip(below)
        return middle

    def _show_middle(self, page: QWidget) -> None:
        """Show the canvas with its panels, or the start page without. Before the first paint no panel is waited for."""
        self.stack.setCurrentWidget(page)
        if self.drawing and not self.full_canvas and self._painted:
            self.docks.fill(late=self._imported)
            self.docks.bring_back()
        elif "docks" in vars(self):
            self.docks.put_away()
        self.bars.toolbar.setVisible(self.drawing)
        self._show_tabs()
        self.refresh_actions()

    def _show_tabs(self) -> None:
        """From the start page the tabs lead back to what is open; where nothing is, that page is all there is."""
        blank = all(opened.blank for opened in self.session.tabs)
        self.tabs.setVisible(self.drawing or not blank)

    def _listen(self) -> None:
        session = self.session
        session.notice.connect(self.notices.show_notice)
        session.document_replaced.connect(self._show_design)
        session.path_changed.connect(self._remember)
        self.canvas.menu_requested.connect(self.bars.show_context_menu)
        self.canvas.inspect_requested.connect(lambda _: self.docks.show("inspector"))
        session.probe_requested.connect(lambda _: self.docks.show("probe"))
        session.frame_requested.connect(lambda _: self.show_canvas())
        session.changed.connect(self._retitle)
        session.tabs_changed.connect(self._show_tabs)
        session.emptied.connect(self.show_gallery)
        self.tabs.bar.tabBarClicked.connect(lambda at: self.show_canvas() if at >= 0 else None)
        for signal in (
            session.changed,
            session.selection_changed,
            session.state_changed,
            session.document_replaced,
            session.place_changed,
            session.tabs_changed,
            session.path_changed,
            self.canvas.chosen,
        ):
            signal.connect(self.refresh_actions)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._wear)
        gallery = self.gallery
        gallery.template_chosen.connect(self.open_template)
        gallery.empty_chosen.connect(self.new)
        gallery.open_wanted.connect(self.choose_open)
        gallery.file_chosen.connect(self.open)
        gallery.tour_wanted.connect(self.show_tour)

    def _show_design(self) -> None:
        """Show a design as it was seen last, or whole, once the panels have taken their room."""
        self.show_canvas()
        self._retitle()
        QTimer.singleShot(0, self, self.canvas.look_again)

    def _retitle(self) -> None:
        self.setWindowTitle(f"{self.session.title}[*] – Netloom")
        self.setWindowModified(self.session.current.unsaved)

    def _remember(self) -> None:
        if self.session.path is not None and self.remembers:
            settings.add_recent(self.session.path)
        self._retitle()

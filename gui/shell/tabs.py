"""The tabs of the open designs: which is shown, which has unsaved changes, which is training."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QTabBar, QToolButton, QWidget

from gui import icons, theme
from gui.opened import Opened
from gui.session import Session, State

MARK: Final = 14
TRAINING: Final[dict[State, tuple[str, str]]] = {
    "starting": ("play", "text_dim"), "running": ("play", "success"), "paused": ("pause", "warning"),
    "stopping": ("stop", "text_dim"),
}  # fmt: skip


class TabBar(QTabBar):
    """A tab for each open design. A click shows it, the cross or the middle button closes it, a drag moves it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: list[Opened] = []
        self._filling = False
        self.setObjectName("designs")
        self.setAccessibleName(self.tr("Open designs"))
        self.setMovable(True)
        self.setTabsClosable(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setIconSize(QSize(MARK, MARK))
        self.setSelectionBehaviorOnRemove(QTabBar.SelectionBehavior.SelectPreviousTab)
        self.currentChanged.connect(self._choose)
        self.tabMoved.connect(self._move)
        self.tabCloseRequested.connect(lambda at: session.close_tab(self._shown[at]))
        session.tabs_changed.connect(self._follow)
        for signal in (session.changed, session.path_changed, session.state_changed):
            signal.connect(self.retitle)
        theme.signals.changed.connect(self.retitle)
        self._follow()

    def retitle(self) -> None:
        """Say of each design what it is called, whether it has unsaved changes, and whether it is training."""
        for at, opened in enumerate(self._shown):
            state, unsaved = self._session.state_of(opened), opened.unsaved
            title = self._session.title_of(opened).replace("&", "&&")
            text = f"{title} •" if unsaved else title
            if self.tabText(at) != text:
                self.setTabText(at, text)
            self.setTabIcon(at, icons.icon(*TRAINING[state]) if state in TRAINING else QIcon())
            facts = (unsaved, self.tr("changes not saved")), (state != "idle", self.tr("training"))
            said = [title, *(words for so, words in facts if so)]
            self.setAccessibleTabName(at, ", ".join(said))
            where = str(opened.path) if opened.path else self.tr("Not in a file yet")
            self.setTabToolTip(at, "\n".join([where, *said[1:]]))

    def minimumSizeHint(self) -> QSize:
        """Qt would keep room for arrows that a few tabs do not need."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), self.sizeHint().width()), least.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and at >= 0:
            self._session.close_tab(self._shown[at])
        else:
            super().mouseReleaseEvent(event)

    def _choose(self, at: int) -> None:
        if not self._filling and 0 <= at < len(self._shown):
            self._session.show(self._shown[at])

    def _move(self, start: int, end: int) -> None:
        self._shown.insert(end, self._shown.pop(start))
        self._session.move_tab(start, end)

    def _follow(self) -> None:
        """Have the tabs of the session, and no others. While one is dragged they are the same already."""
        self._filling = True
        if self._shown != self._session.tabs:
            self._shown = list(self._session.tabs)
            while self.count() > len(self._shown):
                self.removeTab(self.count() - 1)
            while self.count() < len(self._shown):
                self.addTab("")
        at = self._shown.index(self._session.current)
        if self.currentIndex() != at:
            self.setCurrentIndex(at)
        self._filling = False
        self.retitle()


class Tabs(QWidget):
    """The row above the canvas: the tabs, and a button for an empty one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.bar = TabBar(session)
        self.more = QToolButton()
        self.more.setIcon(icons.icon("add"))
        self.more.setIconSize(QSize(MARK, MARK))
        self.more.setToolTip(self.tr("New empty canvas  (Ctrl+T)"))
        self.more.setAccessibleName(self.tr("New empty canvas"))
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.more.clicked.connect(session.new)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 0)
        row.setSpacing(2)
        row.addWidget(self.bar)
        row.addWidget(self.more)
        row.addStretch()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

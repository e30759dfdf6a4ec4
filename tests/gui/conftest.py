"""What GUI tests share: an offscreen application dressed explicitly, a session with played workers, leak guards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from hands import SIZE, Hands, Stage
from played import PlayedSession
from PySide6.QtCore import QSettings
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sketched import blocks_of, chain_of, group_of
from windows import shown

from backend.messages import Ready
from gui import pacing, settings, theme
from gui.session import Session
from gui.window import Window

PATIENCE = 120_000  # milliseconds: the workers load torch first


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["netloom-tests"]


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication, own_folders: Path) -> None:
    """The same fonts and theme on every machine, and settings that no test shares with another or with the user."""
    if qapp.font().family() != theme.UI_FONT:
        theme.load_fonts()
    if theme.current().name != "dark" or not qapp.styleSheet():
        theme.set_theme("dark")
    for kind in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(own_folders / "config"))


def address(window: QWindow) -> int:
    return int(shiboken6.getCppPointer(window)[0])


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """News of a training are shown at once, as nothing but the test runs."""
    monkeypatch.setattr(pacing.Pace, "line_up", lambda pace, turn: turn.start())


@pytest.fixture(autouse=True)
def no_window_left(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a window open: whatever is shown goes to ``qtbot.addWidget``."""
    # Not the widgets: menus that pyqtgraph leaves to the garbage collector are among them, and PySide may meet one that
    # is half gone.
    before = {address(window) for window in qapp.topLevelWindows()}
    yield
    left = [w for w in qapp.topLevelWindows() if address(w) not in before and w.isVisible()]
    for window in left:
        window.close()
    assert not left, f"The test left windows open: {left}"


@pytest.fixture
def session(qapp: QApplication, tmp_path: Path) -> Iterator[PlayedSession]:
    """A session with played workers, both running."""
    made = PlayedSession(tmp_path / "runs")
    made.start_workers()
    made.hear_analyst(Ready({}, ""))
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def hands(session: PlayedSession, qtbot: QtBot) -> Hands:
    """Hands on an empty canvas at 100 %, the keyboard with them."""
    settings.set_animations(False)
    stage = Stage(session)
    qtbot.addWidget(stage)
    stage.resize(*SIZE)
    stage.show()
    stage.activateWindow()
    stage.canvas.setFocus()
    qtbot.waitUntil(stage.canvas.hasFocus)
    stage.canvas.centerOn(400, 200)
    return Hands(stage)


@pytest.fixture
def window(session: PlayedSession, qtbot: QtBot) -> Window:
    """The real window, shown, with played workers."""
    return shown(session, qtbot)


@pytest.fixture
def another_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], Window]]:
    """Makes further windows, each with a session of its own."""
    sessions: list[PlayedSession] = []

    def made() -> Window:
        sessions.append(PlayedSession(tmp_path / f"runs {len(sessions)}"))
        return shown(sessions[-1], qtbot)

    yield made
    for each in sessions:
        each.close()
        each.deleteLater()


@pytest.fixture
def chain(hands: Hands) -> Hands:
    return chain_of(hands)


@pytest.fixture
def grouped(hands: Hands) -> Hands:
    return group_of(hands)


@pytest.fixture
def blocks(hands: Hands) -> Hands:
    return blocks_of(hands)


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """The studio as a user starts it; its workers are processes."""
    session = Session(runs_folder=tmp_path / "runs")
    window = Window(session)
    qtbot.addWidget(window, before_close_func=lambda _: session.give_up())
    window.resize(1440, 900)
    with qtbot.waitSignal(window.painted):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window and window.complete, timeout=PATIENCE)
    yield window
    session.close()

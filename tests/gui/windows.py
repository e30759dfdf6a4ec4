"""The real window with played workers behind it, and small things that tests do to it."""

from __future__ import annotations

from played import PlayedSession
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.window import Window


def shown(session: PlayedSession, qtbot: QtBot) -> Window:
    """Show the window and give it the keyboard; it is closed after the test."""
    made = Window(session)
    qtbot.addWidget(made, before_close_func=lambda _: session.give_up())  # or closing would ask
    made.resize(1440, 900)
    with qtbot.waitSignal(made.painted):
        made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    return made


def add_node(session: PlayedSession) -> None:
    """Change the design a little."""
    with session.document.edit("Add"):
        session.document.add_node("relu")

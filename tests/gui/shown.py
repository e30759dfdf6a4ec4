"""A widget in a window of its own that has the keyboard, as a test needs it to press keys."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

Shown = TypeVar("Shown", bound=QWidget)
Kind = TypeVar("Kind", bound=QWidget)


def shown(qtbot: QtBot, widget: Shown, width: int = 420, height: int = 500) -> Shown:
    """Show a widget and give it the keyboard; it is closed after the test."""
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    return widget


def settle(qtbot: QtBot) -> None:
    """Let everything happen that is due: refreshes, layouts, paints."""
    for _ in range(4):
        qtbot.wait(1)
        QCoreApplication.processEvents()


def visible(widget: QWidget, kind: type[Kind]) -> list[Kind]:
    """The children of a kind that can be seen."""
    return [child for child in widget.findChildren(kind) if child.isVisible()]


def texts(widget: QWidget) -> str:
    """Everything that visible labels say."""
    return "\n".join(label.text() for label in visible(widget, QLabel))

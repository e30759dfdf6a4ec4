"""What stands around the canvas: settings, the command palette and the tour."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage


@scene()
def settings(stage: Stage) -> QWidget:
    """The settings of how the studio looks."""
    return stage.window.show_settings()


@scene()
def shortcuts(stage: Stage) -> QWidget:
    """The table of shortcuts, where a key that another action has is refused."""
    dialog = stage.window.show_settings()
    dialog.tabs.setCurrentIndex(dialog.tabs.count() - 1)
    return dialog


@scene()
def palette(stage: Stage) -> QWidget:
    """The command palette: every action by a few letters of its name."""
    window = stage.open("digits-cnn")
    QTest.keyClicks(window.show_palette().field, "net")
    return window


@scene()
def tour(stage: Stage) -> QWidget:
    """A step of the tour, which points at the inspector."""
    window = stage.open("digits-cnn")
    window.show_tour().go(2)
    return window

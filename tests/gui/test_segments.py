"""Choices side by side: in two rows where one is too narrow, so that no inspector is wider than its dock."""

from __future__ import annotations

import pytest
from played import PlayedSession
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown

from gui import theme
from gui.inspector.editors import Segments
from gui.panels.inspector import InspectorPanel


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_wide_choice_takes_two_rows_in_a_narrow_dock(session: PlayedSession, qtbot: QtBot, look: str) -> None:
    theme.set_theme(look)
    document = session.document
    with document.edit("Draw"):
        key = document.add_node("table")
    session.select([key])
    panel = shown(qtbot, InspectorPanel(session), 340, 900)
    settle(qtbot)
    choice = panel.rows["scaling"].editor
    assert isinstance(choice, Segments)
    tall = choice.height()
    for width in (340, 310, 292):
        panel.resize(width, 900)
        settle(qtbot)
        assert panel._inside.width() <= panel.area.viewport().width()
        assert choice.geometry().right() <= panel.rows["scaling"].width()
    assert choice.height() > 1.5 * tall
    qtbot.mouseClick(choice.button("none"), Qt.MouseButton.LeftButton)
    assert document.nodes[key].params == {"scaling": "none"}
    panel.resize(340, 900)
    settle(qtbot)
    assert choice.height() == tall

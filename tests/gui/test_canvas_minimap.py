"""The minimap: there when something is out of sight, and a click or drag in it moves the view."""

from __future__ import annotations

import pytest
from hands import LEFT, NONE, Hands, key
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui import settings
from gui.canvas.minimap import PAUSE

FAR = {"a": ("relu", 0, 0), "b": ("relu", 4000, 0), "c": ("relu", 0, 3000)}


@pytest.fixture
def wide(hands: Hands, qtbot: QtBot) -> Hands:
    hands.build(FAR)
    qtbot.waitUntil(hands.view.minimap.isVisible)
    return hands


def test_a_click_in_the_map_goes_there_and_a_drag_goes_on(wide: Hands) -> None:
    minimap, view = wide.view.minimap, wide.view
    right = QPoint(180, 14)
    QTest.mousePress(minimap, LEFT, NONE, right)
    wanted = minimap.scene_spot(right.toPointF())
    assert (view.area.center() - wanted).manhattanLength() < 4
    assert view.area.intersects(view.canvas.nodes[key("b")].sceneBoundingRect())
    QTest.mouseMove(minimap, QPoint(20, 110))
    QTest.mouseRelease(minimap, LEFT, NONE, QPoint(20, 110))
    assert view.area.intersects(view.canvas.nodes[key("c")].sceneBoundingRect())
    assert wide.document.undo_label == "Build"


def test_the_map_goes_when_all_is_in_sight_or_when_it_is_switched_off(wide: Hands, qtbot: QtBot) -> None:
    minimap = wide.view.minimap
    wide.view.frame_all()
    qtbot.waitUntil(lambda: not minimap.isVisible())
    wide.view.zoom_to(1.0)
    qtbot.waitUntil(minimap.isVisible)
    minimap.toggle()
    assert not minimap.isVisible()
    assert not settings.minimap()
    wide.view.pan(QPoint(40, 0).toPointF())
    QTest.qWait(2 * PAUSE)
    assert not minimap.isVisible()


def test_the_map_shows_what_changed(wide: Hands, qtbot: QtBot) -> None:
    minimap = wide.view.minimap
    before = minimap.grab().toImage()
    with wide.document.edit("Move"):
        wide.document.change_node(key("c"), x=2000.0)
    qtbot.waitUntil(lambda: minimap.grab().toImage() != before)

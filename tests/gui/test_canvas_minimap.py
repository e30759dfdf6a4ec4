"""The minimap: there when something is out of sight, and a click or drag in it moves the view."""

from __future__ import annotations

import pytest
from hands import LEFT, NONE, Hands, key
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui import settings
from gui.canvas.minimap import PAUSE

FAR = {"a": ("relu", 0, 0), "b": ("relu", 4000, 0), "c": ("relu", 0, 3000)}


def picture(hands: Hands) -> QImage:
    """The map as it stands in the view."""
    return hands.view.viewport().grab(hands.view.minimap.rect).toImage()


@pytest.fixture
def wide(hands: Hands, qtbot: QtBot) -> Hands:
    hands.build(FAR)
    qtbot.waitUntil(lambda: hands.view.minimap.visible)
    return hands


def test_a_click_in_the_map_goes_there_and_a_drag_goes_on(wide: Hands) -> None:
    minimap, view = wide.view.minimap, wide.view
    port, corner = view.viewport(), minimap.rect.topLeft()
    right = corner + QPoint(180, 14)
    QTest.mousePress(port, LEFT, NONE, right)
    wanted = minimap.scene_spot(right.toPointF())
    assert (view.area.center() - wanted).manhattanLength() < 4
    assert view.area.intersects(view.canvas.nodes[key("b")].sceneBoundingRect())
    QTest.mouseMove(port, corner + QPoint(20, 110))
    QTest.mouseRelease(port, LEFT, NONE, corner + QPoint(20, 110))
    assert view.area.intersects(view.canvas.nodes[key("c")].sceneBoundingRect())
    assert wide.document.undo_label == "Build"


def test_the_map_goes_when_all_is_in_sight_or_when_it_is_switched_off(wide: Hands, qtbot: QtBot) -> None:
    minimap = wide.view.minimap
    wide.view.frame_all()
    qtbot.waitUntil(lambda: not minimap.visible)
    wide.view.zoom_to(1.0)
    qtbot.waitUntil(lambda: minimap.visible)
    minimap.toggle()
    assert not minimap.visible
    assert not settings.minimap()
    wide.view.pan(QPoint(40, 0).toPointF())
    QTest.qWait(2 * PAUSE)
    assert not minimap.visible


def test_the_map_shows_what_changed(wide: Hands, qtbot: QtBot) -> None:
    before = picture(wide)
    with wide.document.edit("Move"):
        wide.document.change_node(key("c"), x=2000.0)
    qtbot.waitUntil(lambda: picture(wide) != before)


def test_the_map_stays_in_its_corner_while_one_pans(wide: Hands) -> None:
    view = wide.view
    QTest.qWait(2 * PAUSE)
    for across in range(5):
        view.pan(QPoint(-7 * across, 3).toPointF())
        QTest.qWait(1)
    stage = wide.stage
    seen = stage.screen().grabWindow(stage.winId()).toImage()  # as it was scrolled together
    view.viewport().repaint()
    assert stage.screen().grabWindow(stage.winId()).toImage() == seen
    assert seen.size() == stage.size()


def test_escape_goes_back_to_what_was_in_sight(wide: Hands) -> None:
    view, before = wide.view, wide.view.area.center()
    QTest.mousePress(view.viewport(), LEFT, NONE, view.minimap.rect.topLeft() + QPoint(180, 14))
    assert (view.area.center() - before).manhattanLength() > 100
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, view.minimap.rect.topLeft() + QPoint(180, 14))
    assert (view.area.center() - before).manhattanLength() < 4


def test_nothing_below_the_map_is_hovered_or_pressed(wide: Hands) -> None:
    view, spot = wide.view, wide.view.minimap.rect.center()
    with wide.document.edit("Move"):
        below = view.to_scene(spot.toPointF())
        wide.document.change_node(key("a"), x=below.x() - 40, y=below.y() - 20)
    QTest.mouseMove(view.viewport(), spot)
    assert not view.canvas.nodes[key("a")].mood.hovered
    QTest.mouseClick(view.viewport(), LEFT, NONE, spot)
    assert not view.session.selection

"""The tour: six steps that point at the real widgets, by keys and mouse, in both themes, left at any moment."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import settings, theme
from gui.shell.tour import Tour
from gui.window import Window

SIZES = [(1440, 900), (960, 540)]  # the smaller one is what a screen of 1920 × 1080 has at 200 %


@pytest.fixture
def tour(window: Window) -> Tour:
    """The tour as the Help menu starts it."""
    window.actions_by_name["tour"].trigger()
    made = window.findChild(Tour)
    assert made is not None
    return made


def press(key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget(), key)


def test_it_has_an_example_to_show_and_leaves_a_design_alone(window: Window) -> None:
    window.show_tour().leave()
    assert window.drawing
    nodes = dict(window.session.document.nodes)
    assert nodes
    window.show_tour().leave()
    assert window.session.document.nodes == nodes


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_step_shows_its_card_whole_and_points_at_what_is_there(window: Window, qtbot: QtBot, look: str,
                                                                     size: tuple[int, int]) -> None:  # fmt: skip
    theme.set_theme(look)
    window.resize(*size)
    tour = window.show_tour()
    assert len(tour.steps) == 6
    holes = []
    for number in range(6):
        QApplication.processEvents()
        assert tour.at == number
        assert tour.rect().contains(tour.card.geometry())
        assert tour.card.height() >= tour.card.layout().totalHeightForWidth(tour.card.width())
        target = tour._target()
        assert target.isVisible()
        corner = target.mapTo(window, target.rect().center())
        assert tour.hole.contains(corner)
        holes.append(tour.hole)
        press(Qt.Key.Key_Return)
    assert not tour.isVisible()
    assert all(one != other for one, other in pairwise(holes))
    assert settings.toured()


def test_escape_leaves_it_from_any_step_and_gives_the_keyboard_back(window: Window) -> None:
    window.new()
    window.canvas.setFocus()
    for steps in range(6):
        tour = window.show_tour()
        for _ in range(steps):
            press(Qt.Key.Key_Right)
        press(Qt.Key.Key_Escape)
        assert not tour.isVisible()
        assert window.canvas.hasFocus()


def test_back_and_leave_by_mouse(tour: Tour, qtbot: QtBot) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(tour.next, left)
    assert tour.count.text() == "2 of 6"
    qtbot.mouseClick(tour.back, left)
    assert (tour.at, tour.back.isEnabled()) == (0, False)
    qtbot.mouseClick(tour.end, left)
    assert not tour.isVisible()


def test_tab_stays_on_the_card(tour: Tour) -> None:
    for _ in range(4):
        press(Qt.Key.Key_Tab)
        assert tour.card.isAncestorOf(QApplication.focusWidget())


def test_it_follows_the_window(tour: Tour, window: Window) -> None:
    window.resize(1100, 700)
    QApplication.processEvents()
    assert tour.geometry() == window.rect()
    assert tour.rect().contains(tour.card.geometry())

"""Around the canvas: notices, actions, the command palette, panels that move, and the theme."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPushButton, QTabBar
from pytestqt.qtbot import QtBot
from windows import shown

from graph.document import MAIN, Network, NodeKey
from gui import mishaps, settings, theme
from gui.actions import ACTIONS, COLOURING, MENUS, SELDOM
from gui.shell import notices
from gui.shell.palette import CommandPalette, score
from gui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


# -- notices ----------------------------------------------------------------------------------------------------------


def test_a_notice_blocks_nothing_and_its_button_acts(window: Window, qtbot: QtBot) -> None:
    window.new()
    done: list[bool] = []
    window.session.say("Something happened.", "error", "Mend it", lambda: done.append(True))
    (shown_card,) = window.notices.cards
    assert QApplication.activeModalWidget() is None
    (button,) = shown_card.findChildren(QPushButton)
    qtbot.mouseClick(button, LEFT)
    assert done == [True]
    assert window.notices.cards == []
    assert not window.notices.isVisible()


def test_an_info_goes_by_itself_and_an_error_stays(window: Window, qtbot: QtBot,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(notices, "SECONDS_OF_INFO", 0.05)
    window.session.say("By the way.")
    window.session.say("Oh no.", "error")
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    qtbot.wait(100)
    assert [found.notice.text for found in window.notices.cards] == ["Oh no."]


def test_the_newest_of_a_topic_and_no_more_than_a_few_stay(window: Window) -> None:
    window.session.say("Old.", "error", topic="engine")
    window.session.say("New.", "error", topic="engine")
    assert [found.notice.text for found in window.notices.cards] == ["New."]
    for number in range(5):
        window.session.say(f"Number {number}.", "warning")
    assert [found.notice.text for found in window.notices.cards] == ["Number 2.", "Number 3.", "Number 4."]


def test_long_notices_are_shown_whole(window: Window) -> None:
    window.resize(800, 600)
    window.session.say("A sentence that goes on. " * 20, "warning")
    QApplication.processEvents()
    (found,) = window.notices.cards
    assert found.height() >= found.heightForWidth(found.width())
    assert window.notices.geometry().right() < window.notices.parentWidget().width()


def test_an_unforeseen_exception_is_a_sentence_and_a_log(window: Window, own_folders: Path) -> None:
    log = mishaps.start_log()
    mishaps.catch(lambda text: window.session.say(text, "error"))
    try:
        sys.excepthook(ZeroDivisionError, ZeroDivisionError("division by zero"), None)
        assert "division by zero" in log.read_text("utf-8")
        assert "Your design is untouched" in window.session.notices[-1].text
    finally:
        mishaps.release()


# -- actions ----------------------------------------------------------------------------------------------------------


def test_the_table_of_actions_is_sound() -> None:
    assert max(Counter(action.name for action in ACTIONS).values()) == 1
    keys = [QKeySequence(key).toString() for action in ACTIONS for key in action.keys]
    assert max(Counter(keys).values()) == 1
    assert {action.menu.partition("/")[0] for action in ACTIONS} == set(MENUS)


def test_every_action_is_in_a_menu(window: Window) -> None:
    def entries(menu: object) -> Iterator[str]:
        for entry in menu.actions():  # type: ignore[attr-defined]
            if entry.menu() is not None:
                yield from entries(entry.menu())
            yield entry.objectName()

    assert {action.name for action in ACTIONS} <= set(entries(window.menuBar()))


def test_every_canvas_action_names_a_verb_of_the_canvas(window: Window) -> None:
    window.open_template("xor")
    verbs = [action.name for action in ACTIONS if action.scope == "canvas"
             and action.name not in ("add", *SELDOM, *COLOURING)]  # fmt: skip
    for name in [*verbs, "zoom_in", "zoom_out"]:
        if not window.session.document.nodes:
            window.session.undo()
        nodes = list(window.session.document.nodes)
        window.session.select(nodes[:1] if name in ("rename", "add_fitting", "look") else nodes)
        if name == "dot":
            window.canvas.select_wire(next(iter(window.session.document.wires)))
        action = window.actions_by_name[name]
        assert action.isEnabled(), name
        action.trigger()


@pytest.mark.parametrize("name", SELDOM)
def test_what_is_done_to_networks_and_links_is_there_where_it_can_be(window: Window, name: str) -> None:
    document = window.session.document
    with document.edit("Build"):
        document.put("networks", "block", Network("Block"))
        document.add_node("linear", id="fc", network="block")
        for id, link in (("one", ""), ("two", "one")):
            document.change_node(document.add_node("@block", id=id), link=link)
    window.show_canvas()
    action = window.actions_by_name[name]
    assert not action.isEnabled()
    window.session.select([NodeKey(MAIN, "two")])
    if name == "leave":
        window.canvas.enter_selected()
    assert action.isEnabled()
    before, at = document.snapshot(), (window.session.place, window.session.selection)
    action.trigger()
    said = window.canvas.title_editor.isVisible() or bool(window.notices.cards)
    assert said or document.snapshot() != before or (window.session.place, window.session.selection) != at


@pytest.mark.parametrize(("wanted", "text", "better"), [
    ("sav", "Save as…", "Undo paste: saved"), ("nft", "New from template…", "Undo"), ("", "Anything", None),
])  # fmt: skip
def test_the_palette_finds_by_a_few_letters(wanted: str, text: str, better: str | None) -> None:
    found = score(wanted, text)
    assert found is not None
    if better is not None:
        other = score(wanted, better)
        assert other is None or found >= other


def test_the_palette_refuses_what_lacks_a_letter() -> None:
    assert score("xyz", "Save") is None


def test_the_command_palette_by_keys(window: Window, qtbot: QtBot) -> None:
    window.new()
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL | SHIFT)
    palette = window.findChild(CommandPalette)
    assert palette is not None
    assert palette.isVisible()
    qtbot.keyClicks(palette.field, "light")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert theme.current() is theme.LIGHT
    assert not palette.isVisible()


def test_escape_leaves_the_command_palette(window: Window, qtbot: QtBot) -> None:
    palette = window.show_palette()
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_letters_typed_into_a_field_are_letters(window: Window, qtbot: QtBot) -> None:
    window.open_template("xor")
    nodes = dict(window.session.document.nodes)
    window.session.select(nodes)
    field = next(f for f in window.docks.docks["library"].findChildren(QLineEdit) if f.isVisible())
    field.setFocus()
    qtbot.keyClicks(field, "fml")
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert field.text() == "fm"
    assert window.session.document.nodes == nodes


# -- layout and theme -------------------------------------------------------------------------------------------------


def test_theme_by_key_is_remembered(window: Window, qtbot: QtBot) -> None:
    window.new()
    qtbot.keyClick(window, Qt.Key.Key_L, CTRL | SHIFT)
    assert theme.current() is theme.LIGHT
    assert settings.theme() == "light"
    qtbot.keyClick(window, Qt.Key.Key_L, CTRL | SHIFT)
    assert settings.theme() == "dark"


def test_the_canvas_alone_and_back(window: Window, qtbot: QtBot) -> None:
    window.new()
    before = {name for name, dock in window.docks.docks.items() if dock.isVisible()}
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not any(dock.isVisible() for dock in window.docks.docks.values())
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert {name for name, dock in window.docks.docks.items() if dock.isVisible()} == before


def test_the_layout_is_remembered_and_can_be_reset(session: PlayedSession, qtbot: QtBot, tmp_path: Path) -> None:
    first = shown(session, qtbot)
    first.new()
    first.docks.docks["library"].close()
    first.docks.docks["inspector"].setFloating(True)
    first.close()
    assert not any(dock.isVisible() for dock in first.docks.docks.values())
    second = shown(PlayedSession(tmp_path), qtbot)
    second.new()
    assert not second.docks.docks["library"].isVisible()
    assert second.docks.docks["inspector"].isFloating()
    second.actions_by_name["reset_layout"].trigger()
    assert second.docks.docks["library"].isVisible()
    assert not second.docks.docks["inspector"].isFloating()
    second.close()


def tab_bars(window: Window) -> list[list[str]]:
    """The tabs of every tab bar of docks that can be seen."""
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible() and bar.parent() is window and bar.count()]
    return [
        [bar.tabText(tab) for tab in range(bar.count())] for bar in bars if window.rect().intersects(bar.geometry())
    ]


def places(window: Window) -> dict[str, tuple[int, int, int, int]]:
    docks = window.docks.docks.items()
    return {name: dock.geometry().getRect() for name, dock in docks if window.docks.in_front(dock)}


def test_no_tab_bar_is_left_behind_and_nothing_creeps(qtbot: QtBot, tmp_path: Path) -> None:
    for _ in range(2):
        window = shown(PlayedSession(tmp_path), qtbot)
        window.new()
        qtbot.wait(50)
        once, where = tab_bars(window), places(window)
        for _ in range(3):
            window.show_gallery()
            window.show_canvas()
            qtbot.wait(50)
        assert places(window) == where
        window.reset_layout()
        qtbot.wait(50)
        assert tab_bars(window) == once
        assert places(window) == where
        assert max(Counter(map(tuple, once)).values()) == 1
        window.close()


def test_every_panel_can_be_closed_and_brought_back(window: Window) -> None:
    window.new()
    for name, dock in window.docks.docks.items():
        dock.close()
        assert not dock.isVisible(), name
        window.docks.show(name)
        assert dock.isVisible(), name


def test_panels_among_tabs_have_no_second_title(window: Window, qtbot: QtBot) -> None:
    window.new()
    QApplication.processEvents()
    for dock in window.docks.docks.values():
        assert bool(window.tabifiedDockWidgets(dock)) == (dock.titleBarWidget() is not None)


def test_late_panels_are_there_after_the_first_paint(window: Window, qtbot: QtBot) -> None:
    window.new()
    qtbot.waitUntil(lambda: window.complete)
    for name, panel in window.docks.panels.items():
        assert window.docks.docks[name].widget().accessibleName() == panel.title


def test_the_panel_keys_go_round_every_panel_and_the_canvas(window: Window, qtbot: QtBot) -> None:
    window.new()
    qtbot.waitUntil(lambda: window.complete)
    window.docks.docks["code"].close()
    window.canvas.setFocus()
    there = [name for name, dock in window.docks.docks.items() if not dock.isHidden()]
    assert "code" not in there
    assert len(there) > 6
    for key, names in ((Qt.Key.Key_F6, there), (None, list(reversed(there)))):
        for name in names:
            qtbot.keyClick(QApplication.focusWidget(), key or Qt.Key.Key_F6, *([] if key else [SHIFT]))
            assert window.docks.docks[name].isAncestorOf(QApplication.focusWidget()), name
            assert QApplication.focusWidget().isVisible(), name
        qtbot.keyClick(QApplication.focusWidget(), key or Qt.Key.Key_F6, *([] if key else [SHIFT]))
        assert window.canvas.hasFocus()


def test_the_palette_offers_first_what_was_chosen_last(window: Window, qtbot: QtBot) -> None:
    window.new()
    palette = window.show_palette()
    qtbot.keyClicks(palette.field, "tidy")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    again = window.show_palette()
    assert again.list.item(0).text() == "Tidy up"
    qtbot.keyClick(again.field, Qt.Key.Key_Escape)


def test_a_notice_is_answered_and_dismissed_by_keys(window: Window, qtbot: QtBot) -> None:
    window.new()
    window.canvas.setFocus()
    done: list[bool] = []
    window.session.say("Something happened.", "error", "Mend it", lambda: done.append(True))
    window.session.say("And more.", "warning")
    window.refresh_actions()
    qtbot.keyClick(window, Qt.Key.Key_F8)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert [found.notice.text for found in window.notices.cards] == ["Something happened."]
    assert window.canvas.hasFocus()
    qtbot.keyClick(window, Qt.Key.Key_F8)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert done == [True]
    assert window.canvas.hasFocus()


def test_panels_float_and_come_back_by_the_buttons_of_their_titles(window: Window, qtbot: QtBot) -> None:
    window.new()
    QApplication.processEvents()
    library = window.docks.docks["library"]
    buttons = {each.objectName(): each for each in library.findChildren(QAbstractButton)}
    qtbot.mouseClick(buttons["qt_dockwidget_floatbutton"], LEFT)
    assert library.isFloating()
    assert library.isVisible()
    qtbot.mouseClick(buttons["qt_dockwidget_floatbutton"], LEFT)
    assert not library.isFloating()
    qtbot.mouseClick(buttons["qt_dockwidget_closebutton"], LEFT)
    assert not library.isVisible()
    entry = next(each for each in window.bars.panels.actions() if each.text() == "Library")
    entry.trigger()
    assert library.isVisible()


def test_a_panel_is_moved_to_another_side_with_the_mouse(window: Window, qtbot: QtBot) -> None:
    window.new()
    QApplication.processEvents()
    library = window.docks.docks["library"]
    qtbot.mouseDClick(library, LEFT, pos=QPoint(40, 12))
    assert library.isFloating()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, library)
    library.setFloating(False)
    QApplication.processEvents()
    assert library.mapTo(window, QPoint()).x() > window.canvas.mapTo(window, QPoint()).x()
    window.actions_by_name["reset_layout"].trigger()
    QApplication.processEvents()
    assert library.mapTo(window, QPoint()).x() < window.canvas.mapTo(window, QPoint()).x()


def test_a_panel_floats_closes_and_comes_back_by_keys(window: Window, qtbot: QtBot) -> None:
    window.new()
    window.canvas.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_F6)
    first = next(dock for dock in window.docks.docks.values() if dock.isAncestorOf(QApplication.focusWidget()))
    window.actions_by_name["float_panel"].trigger()
    assert first.isFloating()
    qtbot.waitUntil(lambda: first.isAncestorOf(QApplication.focusWidget()))
    window.actions_by_name["float_panel"].trigger()
    assert not first.isFloating()
    qtbot.waitUntil(lambda: first.isAncestorOf(QApplication.focusWidget()))
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6, CTRL | SHIFT)
    assert not first.isVisible()
    assert QApplication.focusWidget() is not None

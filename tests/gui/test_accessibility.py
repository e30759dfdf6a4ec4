"""Without mouse or eyes: every control has a name, can be reached by Tab, and shows that it has the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui import actions, theme
from gui.theme import THEMES, Theme, contrast
from gui.window import Window

READABLE = 4.5
MOST_STOPS = 400
both = pytest.mark.parametrize("which", THEMES.values(), ids=THEMES.keys())


def names(widget: QWidget) -> Iterator[str]:
    """What a screen reader could say of a widget: its name, its text, or that of the label which belongs to it."""
    yield widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QTabBar):
        yield widget.tabText(widget.currentIndex())
    labels = widget.window().findChildren(QLabel)
    yield from (label.text() for label in labels if label.buddy() is widget)


def nameless(window: QWidget) -> list[str]:
    """The controls that take the keyboard and have no name; parts of a control speak for the whole."""
    left = []
    for widget in window.findChildren(QWidget):
        part = isinstance(widget.parentWidget(), QComboBox) or isinstance(widget, QMainWindow)
        proxied = widget.focusProxy() is not None
        stop = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and not part and not proxied
        if stop and not any(names(widget)) and not spoken_for(widget):
            left.append(f"{type(widget).__name__} in {[type(each).__name__ for each in parents(widget)][:4]}")
    return sorted(set(left))


def spoken_for(widget: QWidget) -> bool:
    """Whether it is the inner field of a control that has a name, such as the line of a spin box."""
    parent = widget.parentWidget()
    return parent is not None and parent.focusProxy() is widget and any(names(parent))


def parents(widget: QWidget) -> Iterator[QWidget]:
    while (above := widget.parentWidget()) is not None:
        yield above
        widget = above


# -- names ------------------------------------------------------------------------------------------------------------


def test_every_control_of_the_start_page_has_a_name(window: Window) -> None:
    assert nameless(window) == []


def test_every_control_around_the_canvas_has_a_name(window: Window, qtbot: QtBot) -> None:
    window.open_template("digits-cnn")
    qtbot.waitUntil(lambda: window.complete)
    left = {}
    for node_type in ("conv2d", "data", "objective", ""):
        keys = [key for key, node in window.session.document.nodes.items() if node.type == node_type]
        window.session.select(keys[:1])
        for name in window.docks.docks:
            window.docks.show(name)
            QApplication.processEvents()
            left |= {f"{name}, {node_type}": found for found in [nameless(window)] if found}
    assert left == {}


def test_every_control_of_the_settings_has_a_name(window: Window) -> None:
    dialog = window.show_settings()
    left = []
    for number in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(number)
        left += nameless(dialog)
    dialog.close()
    assert left == []


def test_every_menu_has_a_letter_of_its_own(window: Window) -> None:
    letters = [action.text()[action.text().index("&") + 1] for action in window.menuBar().actions()]
    assert len(set(letters)) == len(letters)


def test_every_menu_opens_by_its_letter(window: Window, qtbot: QtBot) -> None:
    window.new()
    for action in window.menuBar().actions():
        menu = action.menu()
        assert menu is not None
        letter = action.text()[action.text().index("&") + 1]
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{letter.upper()}"), Qt.KeyboardModifier.AltModifier)
        assert menu.isVisible(), action.text()  # type: ignore[attr-defined]
        QTest.keyClick(menu, Qt.Key.Key_Escape)  # type: ignore[call-overload]
        QTest.keyClick(window.menuBar(), Qt.Key.Key_Escape)


# -- the way of Tab ---------------------------------------------------------------------------------------------------


def stops(window: QWidget, first: QWidget) -> list[QWidget]:
    """Where Tab goes from a widget until it is there again."""
    first.setFocus(Qt.FocusReason.TabFocusReason)
    found: list[QWidget] = []
    while (now := QApplication.focusWidget()) is not None and now not in found and len(found) < MOST_STOPS:
        found.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    return found


def test_tab_goes_through_the_start_page_and_every_stop_can_be_seen(window: Window) -> None:
    found = stops(window, window.gallery.search)
    assert {card for card in window.gallery.cards if card.isVisible()} <= set(found)
    assert {window.gallery.empty, window.gallery.open, window.gallery.families[""]} <= set(found)
    assert all(each.isVisible() and each.isEnabled() for each in found)


def test_arrows_go_from_family_to_family(window: Window) -> None:
    buttons = list(window.gallery.families.values())
    buttons[0].setFocus()
    for button in buttons[1:]:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
        assert QApplication.focusWidget() is button
        assert button.isChecked()


def looks(widget: QWidget) -> bytes:
    QApplication.processEvents()
    return bytes(widget.grab().toImage().constBits())


@both
def test_what_has_the_keyboard_looks_different(window: Window, which: Theme) -> None:
    theme.set_theme(which.name)
    unmarked = []
    for widget in stops(window, window.gallery.search)[:16]:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        marked = looks(widget)
        widget.clearFocus()
        if looks(widget) == marked:
            unmarked.append(f"{type(widget).__name__} {widget.accessibleName()}")
    assert unmarked == []


@both
def test_what_has_the_keyboard_looks_different_in_the_settings(window: Window, which: Theme, qtbot: QtBot) -> None:
    theme.set_theme(which.name)
    dialog = window.show_settings()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    unmarked = []
    for number in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(number)
        for widget in stops(dialog, dialog.tabs.tabBar()):
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            marked = looks(widget)
            widget.clearFocus()
            if looks(widget) == marked and not isinstance(widget, QAbstractScrollArea | QScrollArea):
                unmarked.append(f"{type(widget).__name__} {widget.accessibleName()}")
    dialog.close()
    assert unmarked == []


# -- what can be read -------------------------------------------------------------------------------------------------


def pairs(which: Theme) -> Iterator[tuple[str, theme.QColor, theme.QColor]]:
    """Every text with every ground that it is written upon."""
    grounds = {name: getattr(which, name) for name in
               ("canvas", "window", "panel", "raised", "field", "hover", "node")}  # fmt: skip
    sheet = theme._sheet_colours(which)
    for text in ("text", "text_dim", "error", "warning", "success"):
        for name, ground in grounds.items():
            yield f"{text} on {name}", getattr(which, text), ground
    for name in ("accent_soft",):
        yield f"text on {name}", which.text, sheet[name]
        yield f"text on {name} of raised", which.text, theme.blend(which.raised, which.accent, 0.22)
    for name in ("accent", "accent_strong"):
        yield f"on_accent on {name}", which.on_accent, sheet[name]
    for family in which.families:
        yield f"title of {family}", which.text, which.header(family)
    for level in ("accent", "warning", "error"):
        yield f"notice of {level}", which.text, theme.blend(which.raised, getattr(which, level), 0.10)
    for level in ("error", "warning"):
        yield f"badge of {level}", which.node if which.dark else which.on_accent, getattr(which, level)
        yield f"tag of {level}", which.text, theme.blend(which.raised, getattr(which, level), 0.1)
    for colour in filter(None, actions.COLOURS.values()):
        tint = QColor(colour)
        yield f"note of {colour}", theme.blend(which.text, tint, 0.3), which.canvas
        yield f"frame of {colour}", theme.blend(which.text, tint, 0.3), theme.blend(which.canvas, tint, 0.1)
    for name in ("panel", "raised", "window"):
        yield f"link on {name}", which.accent, getattr(which, name)


@both
def test_every_text_can_be_read_on_its_ground(which: Theme) -> None:
    weak = {name: round(contrast(text, ground), 2) for name, text, ground in pairs(which)
            if contrast(text, ground) < READABLE}  # fmt: skip
    assert weak == {}


@both
def test_marks_of_families_and_the_ring_of_the_keyboard_stand_out(which: Theme) -> None:
    grounds = [which.panel, which.raised, which.window, which.node]
    weak = {name: round(contrast(colour, ground), 2)
            for name, colour in {**which.families, "accent": which.accent}.items()
            for ground in grounds if contrast(colour, ground) < 3}  # fmt: skip
    assert weak == {}


def test_every_action_can_be_done_by_keys(window: Window) -> None:
    reached = {action.objectName() for menu in window.menuBar().actions() for action in every(menu)}
    assert set(window.actions_by_name) <= reached


def every(action: QAction) -> Iterator[QAction]:
    yield action
    menu = action.menu()
    if menu is not None:
        for inside in menu.actions():  # type: ignore[attr-defined]
            yield from every(inside)


# -- room for every word ----------------------------------------------------------------------------------------------


def cut(window: QWidget) -> set[str]:
    """The words on buttons and lines of text that are wider than their place."""
    found = set()
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        plain = isinstance(widget, QLabel) and not widget.wordWrap() and "<" not in widget.text()
        if plain or isinstance(widget, QPushButton):
            wide = max(map(widget.fontMetrics().horizontalAdvance, widget.text().replace("&", "").split("\n")))
            if wide > widget.width():
                found.add(f"{widget.text()} in {[type(each).__name__ for each in parents(widget)][:3]}")
    return found


@pytest.mark.parametrize("size", [(960, 540), (1440, 900)], ids=["a screen at 200 %", "at 100 %"])
def test_no_word_is_cut(window: Window, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.resize(*size)
    qtbot.wait(50)
    assert cut(window) == set()
    window.open_template("resnet18")
    qtbot.waitUntil(lambda: window.complete)
    window.reset_layout()
    left = set()
    for name in window.docks.docks:
        window.docks.show(name)
        qtbot.wait(20)
        left |= cut(window)
    assert left == set()
    assert (window.width(), window.height()) == size

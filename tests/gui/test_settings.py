"""The settings: kept between starts, in force at once, and all to be reached by keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from played import PlayedSession
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from windows import add_node

from backend import messages as m
from gui import settings, theme
from gui.actions import ACTIONS
from gui.shell import shortcuts
from gui.shell.settings_dialog import SettingsDialog
from gui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def named(name: str):  # type: ignore[no-untyped-def]
    return next(action for action in ACTIONS if action.name == name)


@pytest.fixture
def dialog(window: Window, qtbot: QtBot) -> SettingsDialog:
    """The settings as Ctrl+, opens them."""
    window.new()
    qtbot.keyClick(window, Qt.Key.Key_Comma, CTRL)
    made = window.findChild(SettingsDialog)
    assert made is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    return made


def test_everything_has_a_value_at_first_and_keeps_another() -> None:
    first = (settings.theme(), settings.size(), settings.device(), settings.animations(), settings.commands())
    assert first == ("system", 100, "auto", True, [])
    assert not settings.toured()
    settings.set_theme("light")
    settings.set_size(150)
    settings.set_device("cpu")
    settings.set_animations(False)
    settings.add_command("save")
    settings.add_command("open")
    settings.add_command("save")
    settings.set_toured()
    then = (settings.theme(), settings.size(), settings.device(), settings.animations(), settings.commands())
    assert then == ("light", 150, "cpu", False, ["save", "open"])
    assert settings.toured()


@pytest.mark.parametrize(("key", "read", "value"), [
    ("theme", settings.theme, "system"), ("size", settings.size, 100), ("shortcuts", settings.shortcuts, {}),
])  # fmt: skip
def test_what_nobody_understands_counts_as_nothing(key: str, read, value: object) -> None:  # type: ignore[no-untyped-def]
    settings.store().setValue(key, "[purple")
    assert read() == value


def test_the_settings_reach_processes_to_come_and_leave_no_trace(tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(settings, "_given", {settings.DATA: "/given", settings.DEVICE: "", settings.FACTOR: "1.5"})
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert settings.data_folder() == Path("/given")
    settings.set_data_folder(tmp_path)
    settings.set_device("cpu")
    settings.set_size(200)
    settings.adopt()
    assert [os.environ[name] for name in (settings.DATA, settings.DEVICE, settings.FACTOR)] == [
        str(tmp_path), "cpu", "3",
    ]  # fmt: skip
    settings.restore()
    assert (os.environ[settings.DATA], os.environ[settings.FACTOR]) == ("/given", "1.5")
    assert settings.DEVICE not in os.environ


def test_running_workers_hear_of_another_folder(session: PlayedSession, tmp_path: Path) -> None:
    session.hear_analyst(m.Ready({}, ""))
    settings.set_data_folder(tmp_path)
    for worker in (session.analyst, session.engine):
        (told,) = worker.said(m.Adopt)
        assert told.environment[settings.DATA] == str(tmp_path)  # type: ignore[attr-defined]
    assert os.environ[settings.DATA] == str(tmp_path)  # which workers to come inherit


# -- the window of settings -------------------------------------------------------------------------------------------


def test_the_dialog_blocks_nothing_and_opens_once(dialog: SettingsDialog, window: Window) -> None:
    assert not dialog.isModal()
    assert QApplication.activeModalWidget() is None
    assert window.show_settings() is dialog
    add_node(window.session)
    assert len(window.session.document.nodes) == 1
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_theme_is_worn_at_once(dialog: SettingsDialog) -> None:
    dialog.theme.setFocus()
    QTest.keyClick(dialog.theme, Qt.Key.Key_Down)
    assert theme.current() is theme.LIGHT
    QTest.keyClick(dialog.theme, Qt.Key.Key_Down)
    assert theme.current() is theme.DARK
    assert settings.theme() == "dark"


def test_another_size_says_that_it_waits_and_offers_a_new_start(dialog: SettingsDialog, window: Window) -> None:
    assert not dialog.again.isVisible()
    dialog.scale.setFocus()
    QTest.keyClick(dialog.scale, Qt.Key.Key_End)
    assert settings.size() == 200
    assert dialog.waits.isVisible()
    QTest.keyClick(dialog.again, Qt.Key.Key_Space)
    assert window.again
    assert not window.isVisible()


def test_device_and_animations(dialog: SettingsDialog, window: Window) -> None:
    window.session.hear(m.Ready({"cpu": "Processor", "cuda:0": "Card"}, ""))
    assert window.status.engine.text() == "Ready · cuda:0"
    dialog.close()
    other = window.show_settings()
    other.tabs.setCurrentIndex(1)
    QTest.keyClick(other.device, Qt.Key.Key_Down)
    assert settings.device() == "cpu"
    assert window.status.engine.text() == "Ready · cpu"
    other.tabs.setCurrentIndex(0)
    QTest.keyClick(other.animations, Qt.Key.Key_Space)
    assert not settings.animations()


def test_a_folder_that_is_not_there_is_refused_with_a_sentence(dialog: SettingsDialog, tmp_path: Path) -> None:
    dialog.tabs.setCurrentIndex(1)
    before = settings.data_folder()
    dialog.folder.setFocus()
    QTest.keyClicks(dialog.folder, str(tmp_path / "nowhere"))
    QTest.keyClick(dialog.folder, Qt.Key.Key_Return)
    assert "There is no folder" in dialog.complaint.text()
    assert settings.data_folder() == before
    dialog.folder.selectAll()
    QTest.keyClicks(dialog.folder, str(tmp_path))
    QTest.keyClick(dialog.folder, Qt.Key.Key_Tab)
    assert settings.data_folder() == tmp_path
    assert not dialog.complaint.text()


# -- shortcuts --------------------------------------------------------------------------------------------------------


def record(dialog: SettingsDialog, name: str, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Choose an action in the table and press Enter and its new keys."""
    dialog.tabs.setCurrentIndex(2)
    table = dialog.table.list
    table.setFocus()
    table.setCurrentItem(table.rows[name])
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, key, modifiers)


def test_a_shortcut_is_changed_by_pressing_it(dialog: SettingsDialog, window: Window, qtbot: QtBot) -> None:
    record(dialog, "theme", Qt.Key.Key_K, CTRL | ALT)
    assert settings.shortcuts() == {"theme": ("Ctrl+Alt+K",)}
    assert dialog.table.list.rows["theme"].text(1) == "Ctrl+Alt+K"
    assert "Ctrl+Alt+K" in window.actions_by_name["theme"].toolTip()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    was = theme.current()
    qtbot.keyClick(window, Qt.Key.Key_L, CTRL | SHIFT)
    assert theme.current() is was
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL | ALT)
    assert theme.current() is not was


@pytest.mark.parametrize(("key", "modifiers", "words"), [
    (Qt.Key.Key_S, CTRL, "“Ctrl+S” is the shortcut of “Save” already"),
    (Qt.Key.Key_X, Qt.KeyboardModifier.NoModifier, "“X” alone is needed for typing"),
])  # fmt: skip
def test_a_conflict_is_refused_with_a_sentence(dialog: SettingsDialog, key: Qt.Key, modifiers: Qt.KeyboardModifier,
                                               words: str) -> None:  # fmt: skip
    record(dialog, "theme", key, modifiers)
    assert words in dialog.table.said.text()
    assert settings.shortcuts() == {}


def test_escape_keeps_the_old_keys_and_the_dialog(dialog: SettingsDialog) -> None:
    record(dialog, "theme", Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert dialog.isVisible()
    assert dialog.table.list.rows["theme"].text(1) == "Ctrl+Shift+L"


def test_keys_are_taken_away_and_given_back(dialog: SettingsDialog, window: Window) -> None:
    record(dialog, "theme", Qt.Key.Key_K, CTRL | ALT)
    record(dialog, "palette", Qt.Key.Key_L, CTRL | SHIFT)
    dialog.table.list.setCurrentItem(dialog.table.list.rows["theme"])
    QTest.keyClick(dialog.table.reset, Qt.Key.Key_Space)
    assert "is the shortcut of “Command palette” already" in dialog.table.said.text()
    QTest.keyClick(dialog.table.remove, Qt.Key.Key_Space)
    assert window.actions_by_name["theme"].shortcuts() == []
    QTest.keyClick(dialog.table.reset_all, Qt.Key.Key_Space)
    assert settings.shortcuts() == {}
    assert window.actions_by_name["theme"].shortcuts() == [QKeySequence("Ctrl+Shift+L")]


def test_the_table_is_searched_by_name_and_keys(dialog: SettingsDialog) -> None:
    dialog.tabs.setCurrentIndex(2)
    for wanted in ("undo", "ctrl+z"):
        dialog.table.search.clear()
        QTest.keyClicks(dialog.table.search, wanted)
        left = [name for name, row in dialog.table.list.rows.items() if not row.isHidden()]
        assert "undo" in left
        assert len(left) <= 2


def test_the_shortcuts_of_the_table_are_all_allowed() -> None:
    for action in ACTIONS:
        for keys in shortcuts.own(action):
            assert not shortcuts.problem(action, keys), action.name
    assert shortcuts.title(named("export_onnx")) == "Export: ONNX"


def test_every_size_has_a_layout_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    settings.set_layout(QByteArray(b"one"), QByteArray(b"two"))
    settings.set_size(200)
    assert settings.layout() == (QByteArray(b"one"), QByteArray(b"two"))
    settings.adopt()
    assert settings.layout() is None
    settings.restore()
    assert settings.layout() == (QByteArray(b"one"), QByteArray(b"two"))


SMALL = (960, 540)  # what a screen of 1920 × 1080 has at 200 %


def test_panels_of_a_small_window_lie_beside_one_another(session: PlayedSession, qtbot: QtBot) -> None:
    window = Window(session)
    qtbot.addWidget(window, before_close_func=lambda _: session.document.mark_saved())
    window.resize(*SMALL)
    with qtbot.waitSignal(window.painted):
        window.show()
    window.open_template("resnet18")
    qtbot.waitUntil(lambda: window.complete)
    QApplication.processEvents()
    assert (window.width(), window.height()) == SMALL
    places = [dock.geometry() for dock in window.docks.docks.values() if dock.geometry().x() >= 0]
    assert len(places) >= 3
    assert not [one for at, one in enumerate(places) for two in places[:at] if one.intersects(two)]
    assert window.canvas.width() > 250
    assert window.canvas.height() > 150

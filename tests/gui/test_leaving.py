"""Closing the window with unsaved designs: a sheet that stops nothing, answered by mouse and keys; nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot
from windows import add_node

from backend import messages as m
from graph import files
from gui.shell.leaving import Leaving
from gui.shell.recovery import Recovery, root
from gui.window import Window

Key = Qt.Key
CTRL, LEFT = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.LeftButton


@pytest.fixture
def files_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where the file dialogs lead, one after the other; where there is none left they are cancelled."""
    wanted = [tmp_path / "one.netloom", tmp_path / "two.netloom"]
    left = list(wanted)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(left.pop(0)) if left else "", ""))
    return wanted


def unsaved(window: Window, count: int = 1) -> None:
    for _ in range(count):
        window.new()
        add_node(window.session)


def quit_by_key(window: Window, qtbot: QtBot) -> Leaving:
    """Ctrl+Q; gives the sheet that asks."""
    qtbot.keyClick(window, Key.Key_Q, CTRL)
    sheet = window.safe.leaving
    assert window.isVisible()
    assert sheet is not None
    assert sheet.isVisible()
    assert sheet.height() > sheet.save_all.height() + sheet.rows[0].height()
    assert QApplication.activeModalWidget() is None
    return sheet


def press(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, LEFT)


def test_nothing_is_asked_where_everything_is_saved(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    unsaved(window)
    window.session.save(tmp_path / "mine.netloom")
    qtbot.keyClick(window, Key.Key_Q, CTRL)
    assert not window.isVisible()
    assert not window.session.engine.alive


def test_escape_leaves_everything_as_it_is(window: Window, qtbot: QtBot) -> None:
    unsaved(window)
    window.canvas.setFocus()
    quit_by_key(window, qtbot)
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Escape)
    assert window.isVisible()
    assert window.safe.leaving is None
    assert window.session.engine.alive
    assert window.session.document.modified
    assert window.canvas.hasFocus()


def test_enter_saves_all_and_quits(window: Window, qtbot: QtBot, files_chosen: list[Path]) -> None:
    unsaved(window, 2)
    sheet = quit_by_key(window, qtbot)
    assert sheet.head.text() == "2 designs have unsaved changes"
    assert [row.news.text() for row in sheet.rows] == ["Never saved: 1 node"] * 2
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Return)
    assert not window.isVisible()
    assert all(len(files.load(path).nodes) == 1 for path in files_chosen)


def test_a_cancelled_file_dialog_stays(window: Window, qtbot: QtBot, files_chosen: list[Path]) -> None:
    unsaved(window, 3)
    sheet = quit_by_key(window, qtbot)
    press(qtbot, sheet.save_all)
    assert window.isVisible()
    assert len(sheet.rows) == 1
    assert sheet.head.text() == "A design has unsaved changes"
    press(qtbot, sheet.cancel)
    assert window.isVisible()
    assert [path.exists() for path in files_chosen] == [True, True]


def test_each_design_is_answered_for_itself(window: Window, qtbot: QtBot, files_chosen: list[Path]) -> None:
    unsaved(window, 2)
    sheet = quit_by_key(window, qtbot)
    press(qtbot, sheet.rows[0].discard)
    assert window.isVisible()
    assert len(sheet.rows) == 1
    press(qtbot, sheet.rows[0].save)
    assert not window.isVisible()
    assert [path.exists() for path in files_chosen] == [True, False]


def test_what_is_edited_after_it_was_given_up_is_asked_for_again(window: Window, qtbot: QtBot) -> None:
    unsaved(window, 2)
    sheet = quit_by_key(window, qtbot)
    last = next(row for row in sheet.rows if row.opened is window.session.current)
    press(qtbot, last.discard)
    assert len(sheet.rows) == 1
    add_node(window.session)
    qtbot.waitUntil(lambda: len(sheet.rows) == 2)


def test_discarding_quits_and_keeps_nothing(window: Window, qtbot: QtBot) -> None:
    recovery = Recovery(window.session)
    window.safe.use(recovery)
    unsaved(window)
    press(qtbot, quit_by_key(window, qtbot).discard_all)
    assert not window.isVisible()
    assert not recovery.folder.exists()


def test_what_is_kept_is_offered_at_the_next_start(window: Window, qtbot: QtBot, tmp_path: Path,
                                                   another_window: Callable[[], Window]) -> None:  # fmt: skip
    window.safe.use(Recovery(window.session))
    unsaved(window)
    window.session.save(tmp_path / "mine.netloom")
    add_node(window.session)
    unsaved(window)
    press(qtbot, quit_by_key(window, qtbot).keep_all)
    assert not window.isVisible()
    assert len(files.load(tmp_path / "mine.netloom").nodes) == 1
    later = another_window()
    recovery = Recovery(later.session)
    later.safe.use(recovery)
    shelf = later.safe.offer_recovered(recovery)
    assert shelf is not None
    qtbot.addWidget(shelf)
    assert sorted(row.offer.title for row in shelf.rows) == ["Untitled", "mine"]
    for row in list(shelf.rows):
        press(qtbot, row.buttons[0])
    assert {len(opened.document.nodes) for opened in later.session.tabs} == {1, 2}
    assert all(opened.unsaved for opened in later.session.tabs)
    later.session.give_up()
    later.close()
    assert not any(root().iterdir())


def test_without_recovery_keeping_is_not_offered(window: Window, qtbot: QtBot) -> None:
    unsaved(window)
    sheet = quit_by_key(window, qtbot)
    assert not sheet.keep_all.isVisible()


def test_tab_goes_round_and_the_design_can_be_drawn_meanwhile(window: Window, qtbot: QtBot) -> None:
    unsaved(window)
    sheet = quit_by_key(window, qtbot)
    seen = []
    for _ in range(6):
        seen.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab)
    assert seen[0] is seen[5] is sheet.save_all
    assert set(seen) == {sheet.save_all, sheet.discard_all, sheet.cancel, sheet.rows[0].save, sheet.rows[0].discard}
    window.session.undo()
    qtbot.waitUntil(lambda: window.safe.leaving is None)
    assert window.isVisible()


def test_training_is_told_and_goes_on(window: Window, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("xor")
    session.train()
    session.hear(m.Started("runs/one", 9, 5, 4, "cpu"))
    add_node(session)
    sheet = quit_by_key(window, qtbot)
    assert "is training" in sheet.words.text()
    session.hear(m.Progress(1, 2, 1234.0, 65.0))
    assert session.state == "running"
    assert window.status.training.text().startswith("Epoch 2 of 5")
    press(qtbot, sheet.cancel)
    assert session.state == "running"

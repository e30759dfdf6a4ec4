"""Several designs in one window: tabs by mouse and keys, what each keeps to itself, and one training for all."""

from __future__ import annotations

from pathlib import Path

from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from windows import add_node

from backend import messages as m
from graph.analysis import Analysis
from gui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
TRAINING = m.Started(run="runs/one", parameters=42, epochs=10, steps=5, device="cpu")


def titles(window: Window) -> list[str]:
    bar = window.tabs.bar
    return [bar.tabText(at) for at in range(bar.count())]


def spot(window: Window, at: int) -> QPoint:
    return window.tabs.bar.tabRect(at).center() - QPoint(14, 0)


def train(session: PlayedSession) -> None:
    """Start the training of what is shown."""
    session.hear_analyst(m.Analysed(session._revision, Analysis({}, (), 9), ""))
    session.train()
    session.hear(TRAINING)


def test_each_design_opens_in_a_tab_of_its_own(window: Window, qtbot: QtBot) -> None:
    assert not window.tabs.isVisible()
    window.open_template("xor")
    window.open_template("digits-cnn")
    qtbot.keyClick(window, Qt.Key.Key_T, CTRL)
    assert len(window.session.tabs) == 3
    assert window.session.current.blank
    window.open_template("moons")
    assert len(window.session.tabs) == 3
    assert titles(window)[-1] == window.session.title


def test_keys_go_from_tab_to_tab_and_close_and_reopen(window: Window, qtbot: QtBot) -> None:
    window.open_template("xor")
    window.open_template("digits-cnn")
    one, two = window.session.tabs
    qtbot.keyClick(window.canvas, Qt.Key.Key_Tab, CTRL)
    assert window.session.current is one
    qtbot.keyClick(window.canvas, Qt.Key.Key_Backtab, CTRL | SHIFT)
    assert window.session.current is two
    qtbot.keyClick(window, Qt.Key.Key_W, CTRL)
    assert window.session.tabs == [one]
    qtbot.keyClick(window, Qt.Key.Key_T, CTRL | SHIFT)
    assert window.session.tabs == [one, two]
    assert window.session.current is two


def test_the_last_one_closed_leads_to_the_start_page(window: Window, qtbot: QtBot) -> None:
    window.open_template("xor")
    qtbot.keyClick(window, Qt.Key.Key_W, CTRL)
    assert window.gallery.isVisible()
    assert window.session.current.blank


def test_from_the_start_page_a_tab_leads_back(window: Window, qtbot: QtBot) -> None:
    window.open_template("xor")
    qtbot.keyClick(window, Qt.Key.Key_N, CTRL | SHIFT)
    assert window.gallery.isVisible()
    qtbot.mouseClick(window.tabs.bar, LEFT, pos=spot(window, 0))
    assert window.canvas.isVisible()


def test_each_keeps_history_selection_and_view(window: Window, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("xor")
    add_node(session)
    session.select([next(iter(session.document.nodes))])
    chosen = session.selection
    qtbot.wait(20)
    window.canvas.zoom_to(1.7)
    window.open_template("digits-cnn")
    qtbot.wait(20)
    assert not session.selection
    assert not session.document.undo_label
    qtbot.mouseClick(window.tabs.bar, LEFT, pos=spot(window, 0))
    qtbot.wait(20)
    assert session.selection == chosen
    assert window.canvas.zoom == 1.7
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert not session.document.modified
    assert not session.tabs[1].unsaved


def test_a_dot_marks_what_is_not_saved(window: Window, tmp_path: Path) -> None:
    window.new()
    add_node(window.session)
    assert titles(window) == ["Untitled •"]
    window.session.save(tmp_path / "mine.netloom")
    assert titles(window) == ["mine"]


def test_the_middle_button_closes_and_nothing_is_lost(window: Window, qtbot: QtBot) -> None:
    window.new()
    add_node(window.session)
    window.open_template("xor")
    qtbot.mouseClick(window.tabs.bar, MIDDLE, pos=spot(window, 0))
    assert len(window.session.tabs) == 1
    (card,) = window.notices.cards
    assert "Untitled" in card.notice.text
    assert card.notice.action is not None
    card.notice.action()
    assert len(window.session.document.nodes) == 1
    assert window.session.document.undo_label == "Add"


def test_a_drag_moves_a_tab(window: Window) -> None:
    window.open_template("xor")
    window.open_template("digits-cnn")
    one, two = window.session.tabs
    bar, start, end = window.tabs.bar, spot(window, 0), spot(window, 1) + QPoint(40, 0)
    QTest.mousePress(bar, LEFT, pos=start)
    for step in range(1, 11):
        QTest.mouseMove(bar, start + (end - start) * step / 10)
    QTest.mouseRelease(bar, LEFT, pos=end)
    assert window.session.tabs == [two, one]
    assert window.session.current is one


def test_a_file_that_is_open_is_shown_not_opened_twice(window: Window, tmp_path: Path) -> None:
    window.new()
    window.session.save(tmp_path / "mine.netloom")
    window.open_template("xor")
    window.open(tmp_path / "mine.netloom")
    assert len(window.session.tabs) == 2
    assert window.session.current is window.session.tabs[0]


def test_a_training_goes_on_behind_another_tab(window: Window, session: PlayedSession) -> None:
    window.open_template("xor")
    train(session)
    window.open_template("digits-cnn")
    told: list[m.Event] = []
    session.event.connect(told.append)
    assert session.state == "idle"
    assert not session.run
    session.hear(m.Metrics("train", 1, 0.1, {"loss": 0.5}))
    assert told == []
    session.train()
    assert "is training in another tab" in session.notices[-1].text
    assert len(session.engine.said(m.Train)) == 1
    session.show(session.tabs[0])
    assert session.state == "running"
    assert told == [TRAINING, m.Metrics("train", 1, 0.1, {"loss": 0.5})]
    session.show(session.tabs[1])
    session.hear(m.Finished("runs/one", 42, 1.0, 100.0, {}))
    assert "has ended" in session.notices[-1].text
    assert session.tabs[0].run == "runs/one"


def test_closing_what_trains_asks_without_a_box(window: Window, session: PlayedSession, qtbot: QtBot) -> None:
    window.open_template("xor")
    train(session)
    qtbot.keyClick(window, Qt.Key.Key_W, CTRL)
    assert len(session.tabs) == 1
    notice = session.notices[-1]
    assert notice.action_label == "End and close"
    assert notice.action is not None
    notice.action()
    assert len(session.engine.said(m.Stop)) == 1
    assert session.current.blank

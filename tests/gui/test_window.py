"""The window: start page, menus, shortcuts, files, notices, layout and theme, by real mouse and keys."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from played import PlayedSession
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from backend import messages as m
from graph import files
from graph.analysis import Analysis
from gui import mishaps, notices, settings, theme
from gui.actions import ACTIONS, MENUS
from gui.gallery import Card
from gui.palette import CommandPalette, score
from gui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
Answer = QMessageBox.StandardButton


@pytest.fixture
def window(session: PlayedSession, qtbot: QtBot) -> Window:
    """The real window, shown, with played workers."""
    return shown(session, qtbot)


def shown(session: PlayedSession, qtbot: QtBot) -> Window:
    made = Window(session)
    qtbot.addWidget(made, before_close_func=lambda _: session.document.mark_saved())  # or closing would ask
    made.resize(1440, 900)
    with qtbot.waitSignal(made.painted):
        made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    return made


def card(window: Window, name: str) -> Card:
    return next(found for found in window.gallery.cards if found.objectName() == name)


def add_node(session: PlayedSession) -> None:
    with session.document.edit("Add"):
        session.document.add_node("relu")


def answer_with(button: Answer, asked: list[str]) -> None:
    """Press a button of the question that is about to be asked."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(button).click()

    QTimer.singleShot(50, press)


def choose(monkeypatch: pytest.MonkeyPatch, dialog: str, path: Path | str) -> None:
    """Let the next file dialog give a path."""
    monkeypatch.setattr(QFileDialog, dialog, lambda *_, **__: (str(path), ""))


# -- the start page ---------------------------------------------------------------------------------------------------


def test_it_starts_on_the_gallery_without_panels(window: Window) -> None:
    assert window.gallery.isVisible()
    assert not window.canvas.isVisible()
    assert not any(dock.isVisible() for dock in window.docks.docks.values())


def test_a_click_on_a_card_opens_the_template(window: Window, qtbot: QtBot) -> None:
    qtbot.mouseClick(card(window, "xor"), LEFT)
    assert window.canvas.isVisible()
    assert window.session.document.nodes
    assert window.docks.docks["library"].isVisible()
    assert not window.isWindowModified()


def test_a_card_works_by_keyboard(window: Window, qtbot: QtBot) -> None:
    card(window, "digits-cnn").setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert window.canvas.isVisible()
    assert any(node.type == "conv2d" for node in window.session.document.nodes.values())


def test_the_empty_card_opens_an_empty_canvas(window: Window, qtbot: QtBot) -> None:
    qtbot.mouseClick(card(window, "empty"), LEFT)
    assert window.drawing
    assert not window.session.document.nodes


def test_cards_say_what_to_expect(window: Window) -> None:
    for found in window.gallery.cards:
        assert found.accessibleName()
        assert found.accessibleDescription()


def test_cards_never_overlap(window: Window, qtbot: QtBot) -> None:
    for width in (700, 1100, 1440):
        window.resize(width, 900)
        QApplication.processEvents()
        areas = [found.geometry().translated(found.mapTo(window, found.rect().topLeft()) - found.pos())
                 for found in window.gallery.cards]  # fmt: skip
        assert not any(one.intersects(two) for at, one in enumerate(areas) for two in areas[:at])


# -- files ------------------------------------------------------------------------------------------------------------


def test_saving_asks_for_a_name_once(window: Window, qtbot: QtBot, tmp_path: Path,
                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    window.new()
    add_node(window.session)
    assert window.isWindowModified()
    choose(monkeypatch, "getSaveFileName", tmp_path / "mine")
    qtbot.keyClick(window, Qt.Key.Key_S, CTRL)
    assert len(files.load(tmp_path / "mine.netloom").nodes) == 1
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("mine[*]")
    add_node(window.session)
    choose(monkeypatch, "getSaveFileName", "")
    qtbot.keyClick(window, Qt.Key.Key_S, CTRL)
    assert len(files.load(tmp_path / "mine.netloom").nodes) == 2


def test_undoing_to_what_was_saved_takes_the_mark_away(window: Window, qtbot: QtBot) -> None:
    window.new()
    add_node(window.session)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert not window.isWindowModified()
    assert not window.session.document.nodes
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert window.isWindowModified()


def test_recent_files_are_in_the_menu_and_on_the_start_page(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    window.new()
    window.session.save(tmp_path / "first.netloom")
    window.session.save(tmp_path / "second.netloom")
    window._recent_menu.aboutToShow.emit()
    assert [entry.text() for entry in window._recent_menu.actions()] == ["second", "first"]
    (tmp_path / "second.netloom").unlink()
    qtbot.keyClick(window, Qt.Key.Key_N, CTRL | SHIFT)
    assert window.gallery.isVisible()
    buttons = [button for button in window.gallery.findChildren(QPushButton) if button.text().strip() == "first"]
    qtbot.mouseClick(buttons[-1], LEFT)
    assert window.session.path == tmp_path / "first.netloom"
    assert window.drawing


def drop(window: Window, path: Path) -> bool:
    """Drag a file into the window and let go; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, none = LEFT, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(700, 400).toPoint(), Qt.DropAction.CopyAction, data, buttons, none)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(700, 400), Qt.DropAction.CopyAction, data, buttons, none))
    return enter.isAccepted()


def test_a_dropped_design_opens_and_others_do_not(window: Window, tmp_path: Path) -> None:
    window.new()
    add_node(window.session)
    window.session.save(tmp_path / "dropped.netloom")
    window.new()
    (tmp_path / "letter.txt").write_text("hello", "utf-8")
    assert not drop(window, tmp_path / "letter.txt")
    assert drop(window, tmp_path / "dropped.netloom")
    assert window.session.path == tmp_path / "dropped.netloom"
    assert len(window.session.document.nodes) == 1


@pytest.mark.parametrize("button", [Answer.Cancel, Answer.Discard, Answer.Save])
def test_closing_with_unsaved_changes_asks(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                           button: Answer) -> None:  # fmt: skip
    window.new()
    add_node(window.session)
    choose(monkeypatch, "getSaveFileName", tmp_path / "kept.netloom")
    asked: list[str] = []
    answer_with(button, asked)
    window.close()
    assert asked == ["Save the changes to “Untitled”?"]
    assert window.isVisible() == (button == Answer.Cancel)
    assert (tmp_path / "kept.netloom").exists() == (button == Answer.Save)
    assert window.session.engine.alive == (button == Answer.Cancel)


def test_a_new_design_asks_too_and_keeps_the_old_one_on_cancel(window: Window, qtbot: QtBot) -> None:
    window.new()
    add_node(window.session)
    asked: list[str] = []
    answer_with(Answer.Cancel, asked)
    qtbot.keyClick(window, Qt.Key.Key_N, CTRL)
    assert asked
    assert len(window.session.document.nodes) == 1


# -- training ---------------------------------------------------------------------------------------------------------


def test_one_key_trains_pauses_and_goes_on(window: Window, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("xor")
    session.hear_analyst(m.Analysed(session._revision, Analysis({}, (), 9), ""))
    qtbot.keyClick(window, Qt.Key.Key_Return, CTRL)
    assert session.state == "starting"
    assert not window._train_button.isEnabled()
    session.hear(m.Started("runs/one", 9, 5, 4, "cpu"))
    assert window._train_button.text() == "Pause"
    qtbot.mouseClick(window._train_button, LEFT)
    session.hear(m.Progress(1, 2, 1234.0, 65.0, paused=True))
    assert window._train_button.text() == "Continue"
    assert window.status.training.text() == "Epoch 2 of 5 · 1,234 examples/s · 1:05 min left"
    qtbot.keyClick(window, Qt.Key.Key_Period, CTRL)
    assert [type(command).__name__ for command in session.engine.sent] == ["Train", "Pause", "Stop"]
    session.hear(m.Finished("runs/one", 9, 1.0, 1234.0, {}, stopped=True))
    assert window._train_button.text() == "Train"


def test_the_strip_below_tells_the_totals(window: Window) -> None:
    window.new()
    add_node(window.session)
    assert window.status.totals.text() == "1 node"
    window.session.hear_analyst(m.Analysed(window.session._revision, Analysis({}, (), 54410), ""))
    assert window.status.totals.text() == "1 node · 54,410 parameters"
    assert window.status.engine.text() == "Loading PyTorch"
    window.session.hear(m.Ready({"cpu": "Processor"}, "2.13.0"))
    assert window.status.engine.text() == "Ready · cpu"


def test_export_asks_where_to(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.open_template("xor")
    export = window.actions_by_name["export_onnx"]
    assert not export.isEnabled()
    window.session.run = "runs/one"
    window.refresh_actions()
    choose(monkeypatch, "getSaveFileName", tmp_path / "model")
    export.trigger()
    assert window.session.engine.sent == [m.Export("runs/one", "onnx", str(tmp_path / "model.onnx"))]


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
    verbs = [action.name for action in ACTIONS if action.scope == "canvas" and action.name != "add"]
    for name in [*verbs, "zoom_in", "zoom_out"]:
        if not window.session.document.nodes:
            window.session.undo()
        nodes = list(window.session.document.nodes)
        window.session.select(nodes[:1] if name == "rename" else nodes)
        action = window.actions_by_name[name]
        assert action.isEnabled(), name
        action.trigger()


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


def test_the_layout_is_remembered_and_can_be_reset(session: PlayedSession, qtbot: QtBot) -> None:
    first = shown(session, qtbot)
    first.new()
    first.docks.docks["library"].close()
    first.docks.docks["inspector"].setFloating(True)
    first.close()
    assert not any(dock.isVisible() for dock in first.docks.docks.values())
    second = shown(session, qtbot)
    second.new()
    assert not second.docks.docks["library"].isVisible()
    assert second.docks.docks["inspector"].isFloating()
    second.actions_by_name["reset_layout"].trigger()
    assert second.docks.docks["library"].isVisible()
    assert not second.docks.docks["inspector"].isFloating()
    second.close()


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
    qtbot.waitUntil(lambda: window.complete)
    for name, panel in window.docks.panels.items():
        assert window.docks.docks[name].widget().accessibleName() == panel.title


# -- the process ------------------------------------------------------------------------------------------------------


def test_the_studio_never_loads_what_is_slow(tmp_path: Path) -> None:
    code = "import sys, gui.app; print(*{'torch', 'sklearn', 'pandas', 'pyqtgraph'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert done.stdout.split() == []


def test_none_is_not_used_up(window: Window) -> None:
    before = sys.getrefcount(None)
    for _ in range(1000):
        window.status.totals.setEnabled(True)
    assert sys.getrefcount(None) - before < 50

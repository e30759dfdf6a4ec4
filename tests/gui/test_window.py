"""The window: start page, menus, shortcuts, files, notices, layout and theme, by real mouse and keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from windows import add_node

from backend import messages as m
from graph import files
from graph.analysis import Analysis
from gui import memory
from gui.shell.cards import Card
from gui.shell.recents import Recent
from gui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def card(window: Window, name: str) -> Card:
    return next(found for found in window.gallery.cards if found.objectName() == name)


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


def test_a_design_is_seen_whole_when_opened(window: Window, qtbot: QtBot) -> None:
    for name in ("digits-cnn", "xor"):
        qtbot.mouseClick(card(window, name), LEFT)
        qtbot.wait(100)
        canvas = window.canvas
        assert all(canvas.area.contains(item.sceneBoundingRect()) for item in canvas.canvas.nodes.values())
        window.show_gallery()


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
    window.bars.recent.aboutToShow.emit()
    assert [entry.text() for entry in window.bars.recent.actions()] == ["second", "first"]
    (tmp_path / "second.netloom").unlink()
    qtbot.keyClick(window, Qt.Key.Key_N, CTRL | SHIFT)
    assert window.gallery.isVisible()
    (entry,) = [each for each in window.gallery.findChildren(Recent) if each.isVisible() and each.text() == "first"]
    qtbot.mouseClick(entry, LEFT)
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


def test_a_dropped_design_opens_and_others_are_looked_at(window: Window, tmp_path: Path) -> None:
    window.new()
    add_node(window.session)
    window.session.save(tmp_path / "dropped.netloom")
    window.new()
    (tmp_path / "letter.txt").write_text("hello", "utf-8")
    assert drop(window, tmp_path / "letter.txt")
    assert window.docks.docks["data"].isVisible()
    assert not window.session.document.nodes
    assert drop(window, tmp_path / "dropped.netloom")
    assert window.session.path == tmp_path / "dropped.netloom"
    assert len(window.session.document.nodes) == 1


# -- training ---------------------------------------------------------------------------------------------------------


def test_the_strip_tells_how_far_reading_is(window: Window) -> None:
    session = window.session
    session.open_template("xor")
    session.train()
    session.hear(m.Loading("pictures", 30, 120, reading=True))
    assert window.status.training.text() == "Reading pictures · 25%"
    session.hear(m.Loading("train-images.gz", 0, 0))
    assert window.status.training.text() == "Downloading train-images.gz"


def test_one_key_trains_pauses_and_goes_on(window: Window, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("xor")
    session.hear_analyst(m.Analysed(session._revision, Analysis({}, (), 9), ""))
    qtbot.keyClick(window, Qt.Key.Key_Return, CTRL)
    assert session.state == "starting"
    assert not window.bars.train.isEnabled()
    session.hear(m.Started("runs/one", 9, 5, 4, "cpu"))
    assert window.bars.train.text() == "Pause"
    qtbot.mouseClick(window.bars.train, LEFT)
    session.hear(m.Progress(1, 2, 1234.0, 65.0, paused=True))
    assert window.bars.train.text() == "Continue"
    assert window.status.training.text() == "Epoch 2 of 5 · 1,234 examples/s · 1:05 min left"
    qtbot.keyClick(window, Qt.Key.Key_Period, CTRL)
    assert [type(command).__name__ for command in session.engine.sent] == ["Train", "Pause", "Stop"]
    session.hear(m.Finished("runs/one", 9, 1.0, 1234.0, {}, stopped=True))
    assert window.bars.train.text() == "Train"


def test_the_strip_below_tells_the_totals(window: Window) -> None:
    window.new()
    add_node(window.session)
    assert window.status.totals.text() == "1 node"
    window.session.hear_analyst(m.Analysed(window.session._revision, Analysis({}, (), 54410), ""))
    assert window.status.totals.text() == "1 node · 54,410 parameters"
    assert window.status.engine.text() == "Loading PyTorch"
    window.session.hear(m.Ready({"cpu": "Processor"}, "2.13.0"))
    assert window.status.engine.text() == "Ready · cpu"


def test_the_strip_below_tells_device_memory_and_a_new_start_of_the_worker(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, strip = window.session, window.status
    session.hear(m.Ready({"cpu": "Processor with 8 cores", "cuda:0": "Graphics card"}, "2.13.0"))
    assert strip.engine.text() == "Ready · cuda:0"
    assert strip.engine.toolTip() == "Graphics card"
    with session.document.edit("Device"):
        session.document.put("settings", "device", "cpu")
    assert strip.engine.text() == "Ready · cpu"
    monkeypatch.setattr(memory, "in_use", lambda: 1536 << 20)
    strip._look.timeout.emit()
    assert strip.memory.text() == "1.5 GB of memory"
    session.hear(m.Died(-9))
    assert strip.engine.text() == "Restarting the training process · cpu"
    session.hear(m.Ready({"cpu": "Processor"}, "2.13.0"))
    assert strip.engine.text() == "Ready · cpu"
    session.hear(m.Died(1))
    session.hear(m.Died(1))
    session.hear(m.Died(1))
    assert strip.engine.text() == "Training process down · cpu"


def test_memory_is_that_of_this_process_and_its_children() -> None:
    alone = memory.in_use()
    if alone is None:
        pytest.skip("this system does not say")
    assert 10 << 20 < alone < 64 << 30
    assert (memory.words(640 << 20), memory.words(1536 << 20)) == ("640 MB", "1.5 GB")


def test_export_asks_where_to(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.open_template("xor")
    export = window.actions_by_name["export_onnx"]
    assert not export.isEnabled()
    window.session.run = "runs/one"
    window.refresh_actions()
    choose(monkeypatch, "getSaveFileName", tmp_path / "model")
    export.trigger()
    assert window.session.engine.sent == [m.Export("runs/one", "onnx", str(tmp_path / "model.onnx"))]


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

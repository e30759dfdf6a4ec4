"""The whole studio with real workers: drawing, training and seeing the answers; losing the engine and going on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, cast

import pytest
from hands import CTRL, Hands, key
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from backend import messages as m
from gui.inspector.fields import FieldRow
from gui.session import Notice
from gui.window import Window

PATIENCE = 120_000  # milliseconds: the workers load torch first
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def heard(studio: Window) -> list[m.Event]:
    events: list[m.Event] = []
    studio.session.event.connect(events.append)
    return events


@pytest.fixture
def notices(studio: Window) -> list[Notice]:
    said: list[Notice] = []
    studio.session.notice.connect(said.append)
    return said


def row(studio: Window, panel: str, label: str) -> FieldRow:
    """The visible row of a panel with this label, once the panel has caught up."""
    QTest.qWait(50)
    rows = studio.docks.docks[panel].findChildren(FieldRow)
    return next(found for found in rows if found.isVisible() and found.label.text() == label)


def type_number(studio: Window, panel: str, label: str, number: str) -> None:
    """Put a number where one stands, by keys."""
    editor = row(studio, panel, label).editor
    editor.setFocus()
    field = QApplication.focusWidget()
    QTest.keyClick(field, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(field, number)
    QTest.keyClick(field, Qt.Key.Key_Return)


def press_button(studio: Window, text: str) -> None:
    button = next(b for b in studio.notices.findChildren(QPushButton) if b.text() == text)
    QTest.mouseClick(button, LEFT)


def add(hands: Hands, query: str, x: float, y: float) -> str:
    """Click on the canvas, which takes the keyboard, and search for a node to add; x and y count from its corner."""
    corner = hands.view.area.topLeft()
    spot = hands.at(corner.x() + x, corner.y() + y)
    hands.click(spot)
    return hands.add(query, spot)


def draw_xor(studio: Window, hands: Hands, qtbot: QtBot) -> None:
    """Draw the network that learns XOR with mouse and keys alone."""
    data = add(hands, "data", 120, 420)
    hands.click(hands.title(data))
    source = row(studio, "inspector", "Source").findChild(QComboBox)
    source.setFocus()
    QTest.keyClicks(source, "XOR")
    wide = add(hands, "dense", 330, 200)
    hands.click(hands.title(wide))
    type_number(studio, "inspector", "Units", "4")
    tanh = add(hands, "tanh", 540, 200)
    narrow = add(hands, "dense", 750, 200)
    hands.click(hands.title(narrow))
    type_number(studio, "inspector", "Units", "1")
    sigmoid = add(hands, "sigmoid", 960, 200)
    output = add(hands, "output", 1190, 100)
    loss = add(hands, "binary cross entropy", 1190, 420)
    objective = add(hands, "objective", 1190, 640)
    hands.click(hands.title(objective))
    type_number(studio, "inspector", "Learning rate", "0.05")
    ports = [(data, "point"), (data, "target")]
    qtbot.waitUntil(lambda: all(p in hands.view.canvas.nodes[key(n)].outputs for n, p in ports), timeout=PATIENCE)
    hands.drag(hands.output(data, "point"), hands.input(wide, "x"))
    hands.drag(hands.output(wide, "output"), hands.input(tanh, "x"))
    hands.drag(hands.input(narrow, "x"), hands.output(tanh, "output"))
    hands.drag(hands.output(narrow, "output"), hands.input(sigmoid, "x"))
    hands.drag(hands.output(sigmoid, "output"), hands.input(output, "x"))
    hands.drag(hands.output(sigmoid, "output"), hands.input(loss, "prediction"))
    hands.drag(hands.output(data, "target"), hands.input(loss, "target"))
    hands.drag(hands.output(loss, "loss"), hands.input(objective, "losses.0"))


def test_draw_xor_train_it_and_see_four_of_four(studio: Window, qtbot: QtBot, heard: list[m.Event]) -> None:
    empty = next(card for card in studio.gallery.cards if card.objectName() == "empty")
    QTest.mouseClick(empty, LEFT)
    qtbot.waitUntil(lambda: studio.complete)
    QTest.qWait(100)
    hands = Hands(cast(Any, studio))
    studio.canvas.zoom_to(0.62)
    draw_xor(studio, hands, qtbot)
    session = studio.session
    qtbot.waitUntil(lambda: session.analysis is not None and not session.analysis.errors, timeout=PATIENCE)
    assert session.analysis is not None
    assert session.analysis.parameters == 17
    assert hands.agrees()
    type_number(studio, "training", "Epochs", "600")
    type_number(studio, "training", "Batch size", "4")
    studio.canvas.setFocus()
    hands.key(Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: any(isinstance(e, m.Finished | m.Failed) for e in heard), timeout=PATIENCE)
    (finished,) = [event for event in heard if isinstance(event, m.Finished | m.Failed)]
    assert isinstance(finished, m.Finished), finished
    studio.docks.show("predictions")
    panel: Any = studio.docks.docks["predictions"].widget()
    qtbot.waitUntil(lambda: "<b>4/4</b>" in panel.summary.text(), timeout=PATIENCE)
    assert session.document.undo_label
    while session.document.undo_label:
        QTest.keyClick(studio, Qt.Key.Key_Z, CTRL)
    assert not session.document.nodes


def test_the_engine_killed_in_training_comes_back_and_goes_on(studio: Window, qtbot: QtBot, heard: list[m.Event],
                                                              notices: list[Notice]) -> None:  # fmt: skip
    session = studio.session
    studio.open_template("xor")
    with session.document.edit("Train for long"):
        session.document.set_setting("epochs", 1_000_000)
    before = session.document.snapshot()
    qtbot.waitUntil(lambda: session.analysis is not None, timeout=PATIENCE)
    QTest.mouseClick(studio.bars.train, LEFT)
    qtbot.waitUntil(lambda: any(isinstance(e, m.Checkpointed) for e in heard), timeout=PATIENCE)
    run = session.run
    bridge: Any = session._engine.bridge
    os.kill(bridge.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: any(notice.action_label == "Resume" for notice in notices), timeout=PATIENCE)
    assert "untouched" in notices[-1].text
    assert session.document.snapshot() == before
    assert session.state == "idle"
    heard.clear()
    press_button(studio, "Resume")
    qtbot.waitUntil(lambda: session.state == "running", timeout=PATIENCE)
    (started,) = [event for event in heard if isinstance(event, m.Started)]
    assert started.run == run == session.run
    assert started.epoch > 0
    QTest.keyClick(studio, Qt.Key.Key_Period, CTRL)
    qtbot.waitUntil(lambda: session.state == "idle", timeout=PATIENCE)
    assert any(isinstance(event, m.Finished) and event.stopped for event in heard)
    assert session.document.snapshot() == before


def test_closing_while_training_saves_and_leaves_no_process(studio: Window, qtbot: QtBot,
                                                            heard: list[m.Event]) -> None:  # fmt: skip
    session = studio.session
    studio.open_template("xor")
    with session.document.edit("Train for long"):
        session.document.set_setting("epochs", 1_000_000)
    qtbot.waitUntil(lambda: session.analysis is not None, timeout=PATIENCE)
    session.train()
    qtbot.waitUntil(lambda: any(isinstance(e, m.Progress) and e.epoch > 20 for e in heard), timeout=PATIENCE)
    bridge: Any = session._engine.bridge
    run, process = Path(session.run), bridge._process
    session.document.mark_saved()
    studio.close()
    assert not bridge.alive
    assert any((run / "checkpoints").iterdir())
    assert bridge._process is None
    with pytest.raises(ValueError, match="closed"):
        process.is_alive()

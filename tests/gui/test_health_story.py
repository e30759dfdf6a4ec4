"""The whole studio with real workers: a deep network of sigmoids is trained, and one sees why it does not learn."""

from __future__ import annotations

from hands import CTRL, NONE
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backend import messages as m
from graph.document import MAIN, NodeKey, Port
from graph.layers import CATALOGUE
from gui.canvas.flowmeter import THICK, THIN
from gui.panels.health import HealthPanel
from gui.window import Window

PATIENCE = 120_000  # milliseconds: the workers load torch first
ROW = ("flatten", *(("linear", "sigmoid") * 6), "linear")


def draw(studio: Window) -> None:
    document = studio.session.document
    with document.edit("Draw"):
        digits = document.add_node("data", 0, 0, params={"examples": 300})
        last = Port(*digits, "image")
        for number, name in enumerate(ROW, 1):
            key = document.add_node(name, 240 * number, 0, params={"units": 16} if name == "linear" else {})
            document.connect(last, Port(*key, CATALOGUE[name].inputs[0].name))
            last = Port(*key, CATALOGUE[name].outputs[0])
        document.add_node("cross_entropy", 240 * (len(ROW) + 1), 0)
        document.connect(last, Port(MAIN, "cross_entropy_1", "prediction"))
        document.connect(Port(*digits, "label"), Port(MAIN, "cross_entropy_1", "target"))
        document.set_setting("epochs", 20)


def test_a_network_that_does_not_learn_tells_why(studio: Window, qtbot: QtBot) -> None:
    studio.new()
    draw(studio)
    events: list[m.Event] = []
    studio.session.event.connect(events.append)
    studio.docks.show("health")
    panel = studio.docks.docks["health"].widget()
    assert isinstance(panel, HealthPanel)
    studio.canvas.frame_all()
    studio.canvas.zoom_to(1.0)
    studio.canvas.flow.toggle()
    studio.canvas.setFocus()
    qtbot.waitUntil(lambda: studio.session.engine_ready, timeout=PATIENCE)
    qtbot.waitUntil(lambda: studio.session.analysis is not None, timeout=PATIENCE)
    QTest.keyClick(studio.canvas, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: any(isinstance(each, m.Finished | m.Failed) for each in events), timeout=PATIENCE)
    assert any(isinstance(each, m.Finished) for each in events)
    studio.docks.show("health")
    qtbot.waitUntil(lambda: bool(panel.signs.cards), timeout=PATIENCE)
    assert panel.map.names == [f"linear_{number}" for number in range(1, 8)]
    card = panel.signs.cards[0]
    assert card.sign.kind == "vanishing"
    assert "Try ReLU instead of sigmoid" in card.problem.message
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, NONE, QPoint(card.width() // 2, card.height() // 2))
    assert studio.session.selection == {NodeKey(MAIN, "linear_1")}
    wires = studio.canvas.canvas.wires
    qtbot.waitUntil(lambda: wires[Port(MAIN, "linear_7", "x")].width > 0, timeout=PATIENCE)
    qtbot.waitUntil(lambda: wires[Port(MAIN, "cross_entropy_1", "prediction")].width > 0.9 * THICK, timeout=PATIENCE)
    assert wires[Port(MAIN, "flatten_1", "x")].width < THIN + 0.4 * (THICK - THIN)
    assert "gradient" in wires[Port(MAIN, "linear_2", "x")].note

"""Inside a recurrence on the canvas: what is clicked to be looked at, and what its nodes show, goes by paths."""

from __future__ import annotations

import pytest
from hands import CTRL, SHIFT, Hands, key
from played import PlayedSession
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown import settle
from sketched import double_click

from graph.document import MAIN, Network, Port
from graph.flat import flat_of
from gui.panels.probe import ProbePanel


@pytest.fixture
def recurrence(hands: Hands) -> Hands:
    """What is added up over time, in a network that a sub-network places."""
    document = hands.document
    with document.edit("Build"):
        for name, nodes, wires in (
            ("sums", (("x", "input", 0.0), ("h", "delay", 230.0), ("sum", "add", 460.0), ("y", "output", 690.0)),
             {"sum.xs.0": "x.output", "sum.xs.1": "h.output", "h.x": "sum.output", "y.x": "sum.output"}),
            ("holder", (("x", "input", 0.0), ("run", "@sums", 230.0), ("y", "output", 460.0)),
             {"run.x": "x.output", "y.x": "run.y"}),
        ):  # fmt: skip
            document.put("networks", name, Network(name))
            for id, kind, x in nodes:
                document.add_node(kind, x, 100.0, id=id, network=name)
            for target, source in wires.items():
                document.connect(*(Port(name, *end.split(".", 1)) for end in (source, target)))
        document.add_node("data", 0.0, 200.0, id="data")
        document.add_node("@holder", 200.0, 200.0, id="one")
        document.connect(Port(MAIN, "data", "image"), Port(MAIN, "one", "x"))
    QApplication.processEvents()
    return hands


def test_a_port_inside_is_looked_at_by_its_path(recurrence: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    panel = ProbePanel(session)
    qtbot.addWidget(panel)
    double_click(recurrence, recurrence.title("one"))
    QTest.qWait(QApplication.doubleClickInterval() + 20)
    double_click(recurrence, recurrence.title("run"))
    assert session.place.path == "one.run."
    recurrence.click(recurrence.output("sum", "output"), CTRL | SHIFT)
    recurrence.click(recurrence.output("h", "output"), CTRL | SHIFT)
    settle(qtbot)
    assert panel.ports == [("one.run.sum", "output"), ("one.run.h", "output")]
    flat = flat_of(recurrence.document)
    assert all(flat.holds(key(node)) for node, _ in panel.ports)
    assert flat.stands_for(Port(MAIN, "one.run.x", "output")) == Port(MAIN, "data", "image")

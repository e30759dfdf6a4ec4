"""A newcomer draws LeNet on an empty canvas by mouse and keys, mends it by clicks, trains it, undoes and redoes it."""

from __future__ import annotations

import pytest
from hands import ANY_REVISION, CTRL, SHIFT, Hands, key
from played import PlayedSession
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backend import messages as m
from graph.inference import analyse
from graph.specs import TensorSpec
from gui import settings
from gui.window import Window

Key = Qt.Key
FIELDS = {"image": TensorSpec((1, 28, 28)), "label": TensorSpec((), "int64", classes=10)}
ROW = ("conv", "tanh", "average pool", "conv", "tanh", "average pool")  # as people say it
HEAD = ("dense", "tanh", "fc", "tanh", "linear")
STEP, LOWER, LOWEST = 270.0, 260.0, 520.0


@pytest.fixture
def newcomer(window: Window, qtbot: QtBot) -> Hands:
    """Hands on the empty canvas of the real window, zoomed out far enough for the whole network."""
    settings.set_animations(False)
    window.canvas.minimap.toggle()  # nothing that is clicked on lies below it
    qtbot.keyClick(window, Key.Key_N, CTRL)
    QApplication.processEvents()
    hands = Hands(window)  # type: ignore[arg-type]
    while window.canvas.zoom > 0.42:
        hands.wheel(window.canvas.viewport().rect().center(), -120)
    window.canvas.centerOn(STEP * 3.2, LOWER)
    return hands


def learn(hands: Hands) -> list[str]:
    """Let the analyst look at the drawing; returns the errors that it finds."""
    analysis = analyse(hands.document, lambda source: FIELDS)
    hands.session.hear_analyst(m.Analysed(ANY_REVISION, analysis, ""))
    QApplication.processEvents()
    return [f"{problem.node}: {problem.message}" for problem in analysis.errors]


def grow(hands: Hands, output: str, query: str, x: float, y: float) -> str:
    """Pull a wire from an output to an empty place, and say what is to stand there; returns its id."""
    before = set(hands.document.nodes)
    node, _, name = output.partition(".")
    hands.drag(hands.output(node, name), hands.at(x, y))
    hands.write(query)
    hands.key(Key.Key_Return)
    (added,) = set(hands.document.nodes) - before
    return str(added.node)


def draw(hands: Hands) -> None:
    """LeNet with two mistakes: nothing flattens the maps before the dense layers, and the loss has no target."""
    hands.add("data", hands.at(0, 30))
    learn(hands)  # and no more until the end, as somebody quick would see it
    last = "data_1.image"
    for place, query in enumerate(ROW, 1):
        last = output_of(hands, grow(hands, last, query, STEP * place, 40))
    for place, query in enumerate(HEAD):
        last = output_of(hands, grow(hands, last, query, STEP * (place + 1), LOWER))
    grow(hands, last, "softmax cross entropy", STEP * 6, LOWER)
    grow(hands, last, "accuracy", STEP * 6, LOWEST)
    hands.drag(hands.output("data_1", "label"), hands.input("accuracy_1", "target"))


def output_of(hands: Hands, node: str) -> str:
    return f"{node}.{hands.view.canvas.nodes[key(node)].face.outputs[0].name}"


def mend(hands: Hands, node: str) -> None:
    """Select a node and click on the fix below its problem."""
    hands.click(hands.title(node))
    bubble = hands.view.words.bubble
    assert bubble.fix, f"no fix is offered at {node}"
    hands.click(hands.at(*bubble.pos().toTuple()) + bubble._link.center().toPoint())


def test_lenet_from_an_empty_canvas(newcomer: Hands, window: Window, session: PlayedSession, qtbot: QtBot) -> None:
    hands, document = newcomer, newcomer.document
    draw(hands)
    assert len(document.nodes) == 14
    assert hands.agrees()
    assert [each.partition(":")[0] for each in learn(hands)] == ["cross_entropy_1", "linear_1"]
    mend(hands, "linear_1")
    learn(hands)
    mend(hands, "cross_entropy_1")
    assert not learn(hands)
    assert hands.wires()["linear_1.x"] == "flatten_1.output"
    assert hands.wires()["cross_entropy_1.target"] == "data_1.label"

    qtbot.keyClick(window.canvas, Key.Key_Return, CTRL)
    (sent,) = session.engine.said(m.Train)
    assert isinstance(sent, m.Train)
    session.hear(m.Started("runs/one", 9, 5, 4, "cpu"))
    session.hear(m.Progress(1, 2, 1234.0, 65.0))
    qtbot.keyClick(window.canvas, Key.Key_Period, CTRL)
    session.hear(m.Finished("runs/one", 9, 1.0, 1234.0, {}, stopped=True))
    assert session.state == "idle"

    drawn = document.snapshot()
    steps = 0
    while document.undo_label:
        qtbot.keyClick(window.canvas, Key.Key_Z, CTRL)
        steps += 1
    assert steps >= 16
    assert not document.nodes
    assert hands.agrees()
    while document.redo_label:
        qtbot.keyClick(window.canvas, Key.Key_Z, CTRL | SHIFT)
    assert document.snapshot() == drawn
    assert hands.agrees()

"""The training panel: its buttons, its progress, and its settings as part of the document."""

from __future__ import annotations

import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from graph.analysis import Analysis
from graph.document import MAIN, NodeKey, Port, Wire
from graph.problems import Problem
from gui.inspector.editors import NumberEditor
from gui.panels.training import TrainingPanel

LEFT = Qt.MouseButton.LeftButton
STARTED = m.Started("runs/one", 42, epochs=10, steps=20, device="cpu")
LOSS, OBJECTIVE = NodeKey(MAIN, "mse_loss_1"), NodeKey(MAIN, "objective_1")


@pytest.fixture
def ready(session: PlayedSession) -> PlayedSession:
    """A design with a loss, faultless, and an engine that is there."""
    with session.document.edit("Draw"):
        session.document.add_node("mse_loss", 300, 40)
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    session.hear(m.Ready({"cpu": "CPU"}, "2.13"))
    return session


def sent(session: PlayedSession, kind: type) -> list[m.Command]:
    return [command for command in session.engine.sent if isinstance(command, kind)]


def field(panel: TrainingPanel, name: str) -> QLineEdit:
    editor = panel.rows[name].editor
    assert isinstance(editor, NumberEditor)
    return editor.field


def enter(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    qtbot.mouseClick(line, LEFT, pos=QPoint(12, line.height() // 2))
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def enabled(panel: TrainingPanel) -> str:
    """The buttons that can be pressed, by their words."""
    buttons = (panel.train, panel.pause, panel.step, panel.stop)
    return " ".join(button.text() for button in buttons if button.isEnabled())


# -- training ---------------------------------------------------------------------------------------------------------


def test_the_buttons_follow_the_training(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready))
    assert enabled(panel) == "Train Step"
    qtbot.mouseClick(panel.train, LEFT)
    settle(qtbot)
    assert len(sent(ready, m.Train)) == 1
    assert enabled(panel) == "Stop"
    ready.hear(STARTED, m.Progress(0, 5, 1000.0, 60.0))
    settle(qtbot)
    assert enabled(panel) == "Pause Step Stop"
    qtbot.mouseClick(panel.pause, LEFT)
    ready.hear(m.Progress(0, 6, 1000.0, 60.0, paused=True))
    settle(qtbot)
    assert enabled(panel) == "Continue Step Stop"
    qtbot.mouseClick(panel.step, LEFT)
    qtbot.mouseClick(panel.train, LEFT)
    ready.hear(m.Progress(0, 8, 1000.0, 60.0))
    qtbot.mouseClick(panel.stop, LEFT)
    settle(qtbot)
    assert enabled(panel) == ""
    assert [type(command).__name__ for command in ready.engine.sent[1:]] == ["Pause", "Step", "Continue", "Stop"]
    ready.hear(m.Finished("runs/one", 42, 5.0, 1000.0, {"test": {"loss": 0.5, "accuracy": 0.9}}, stopped=True))
    settle(qtbot)
    assert enabled(panel) == "Train Step"
    qtbot.mouseClick(panel.go_on, LEFT)
    assert sent(ready, m.Train)[-1].resume == "runs/one"  # type: ignore[union-attr]


def test_progress_says_where_it_is_and_how_long_it_takes(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready))
    ready.train()
    settle(qtbot)
    assert "Preparing" in texts(panel)
    ready.hear(STARTED, m.Progress(4, 10, 12345.0, 42.0))
    settle(qtbot)
    assert "Epoch 5 of 10" in texts(panel)
    assert "12,345 examples/s" in texts(panel)
    assert "42 s left" in texts(panel)
    assert panel.bar.value() / panel.bar.maximum() == pytest.approx(0.45)
    ready.hear(m.Finished("runs/one", 42, 65.0, 1000.0, {"test": {"loss": 0.1, "accuracy": 0.978}}))
    settle(qtbot)
    assert "Trained in 1:05 min · test accuracy 97.8%" in texts(panel)
    assert panel.bar.value() == panel.bar.maximum()
    assert not panel.go_on.isVisible()


def test_errors_hold_a_training_back_and_can_be_shown(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready))
    error = Problem("error", MAIN, LOSS.node, "target", "The loss has no target.")
    ready.hear_analyst(m.Analysed(99, Analysis({}, (error,), 42), ""))
    settle(qtbot)
    assert enabled(panel) == ""
    assert "One problem keeps this design from training." in texts(panel)
    with qtbot.waitSignal(ready.frame_requested) as framed:
        qtbot.mouseClick(panel.show_error, LEFT)
    assert framed.args == [LOSS]


def test_a_starting_engine_and_an_empty_canvas_are_explained(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(session))
    assert "The canvas is empty" in texts(panel)
    with session.document.edit("Draw"):
        session.document.add_node("mse_loss")
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 0), ""))
    settle(qtbot)
    assert "is starting" in texts(panel)
    assert enabled(panel) == ""


def test_a_training_that_broke_off_says_so(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready))
    ready.train()
    ready.hear(STARTED, m.Failed("train", "The loss is no number any more."))
    settle(qtbot)
    assert "broke off" in texts(panel)
    assert enabled(panel) == "Train Step"


def test_settings_are_the_documents_and_can_be_undone(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready), height=700)
    enter(qtbot, field(panel, "epochs"), "30")
    enter(qtbot, field(panel, "batch_size"), "128")
    assert ready.document.settings == {"epochs": 30, "batch_size": 128}
    ready.undo()
    settle(qtbot)
    assert ready.document.settings == {"epochs": 30}
    assert field(panel, "batch_size").text() == "64"
    assert set(panel.rows) == {"epochs", "batch_size", "learning_rate", "seed", "device", "precision"}


def test_a_learning_rate_draws_the_objective_it_belongs_to(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready), height=700)
    enter(qtbot, field(panel, "learning_rate"), "0.05")
    assert ready.document.nodes[OBJECTIVE].params == {"learning_rate": 0.05}
    assert ready.document.wires == {Port(*OBJECTIVE, "losses.0"): Wire("mse_loss_1", "loss")}
    assert ready.document.nodes[OBJECTIVE].x > 300
    ready.undo()
    assert OBJECTIVE not in ready.document.nodes


def test_the_learning_rate_reaches_a_training_under_way(ready: PlayedSession, qtbot: QtBot) -> None:
    with ready.document.edit("Draw"):
        ready.document.add_node("objective")
    panel = shown(qtbot, TrainingPanel(ready), height=700)
    enter(qtbot, field(panel, "learning_rate"), "0.05")
    assert sent(ready, m.SetLearningRate) == []
    ready.train()
    ready.hear(STARTED)
    enter(qtbot, field(panel, "learning_rate"), "0.02")
    ready.undo()
    with ready.document.edit("Other"):
        ready.document.set_param(OBJECTIVE, "momentum", 0.9)
    assert sent(ready, m.SetLearningRate) == [m.SetLearningRate(0.02), m.SetLearningRate(0.05)]


def test_each_of_several_objectives_has_its_rate(ready: PlayedSession, qtbot: QtBot) -> None:
    with ready.document.edit("Draw"):
        ready.document.add_node("objective", title="Critic")
        ready.document.add_node("objective")
    panel = shown(qtbot, TrainingPanel(ready), height=700)
    enter(qtbot, field(panel, "Critic"), "0.5")
    assert ready.document.nodes[OBJECTIVE].params == {"learning_rate": 0.5}
    assert ready.document.nodes[NodeKey(MAIN, "objective_2")].params == {}

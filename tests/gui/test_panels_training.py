"""The panels of a training: its buttons and settings, its plots, its predictions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from shown import shown, texts

from backend import messages as m
from graph.analysis import Analysis
from graph.document import MAIN, NodeKey, Port, Wire
from graph.problems import Problem
from gui import theme
from gui.curves import CurveKey
from gui.editors import NumberEditor
from gui.panels.plots import LONGEST, SHORTEST, PlotsPanel
from gui.panels.predictions import PAGE, PredictionsPanel
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
    qtbot.wait(5)
    assert len(sent(ready, m.Train)) == 1
    assert enabled(panel) == "Stop"
    ready.hear(STARTED, m.Progress(0, 5, 1000.0, 60.0))
    qtbot.wait(5)
    assert enabled(panel) == "Pause Step Stop"
    qtbot.mouseClick(panel.pause, LEFT)
    ready.hear(m.Progress(0, 6, 1000.0, 60.0, paused=True))
    qtbot.wait(5)
    assert enabled(panel) == "Continue Step Stop"
    qtbot.mouseClick(panel.step, LEFT)
    qtbot.mouseClick(panel.train, LEFT)
    ready.hear(m.Progress(0, 8, 1000.0, 60.0))
    qtbot.mouseClick(panel.stop, LEFT)
    qtbot.wait(5)
    assert enabled(panel) == ""
    assert [type(command).__name__ for command in ready.engine.sent[1:]] == ["Pause", "Step", "Continue", "Stop"]
    ready.hear(m.Finished("runs/one", 42, 5.0, 1000.0, {"test": {"loss": 0.5, "accuracy": 0.9}}, stopped=True))
    qtbot.wait(5)
    assert enabled(panel) == "Train Step"
    qtbot.mouseClick(panel.go_on, LEFT)
    assert sent(ready, m.Train)[-1].resume == "runs/one"  # type: ignore[union-attr]


def test_progress_says_where_it_is_and_how_long_it_takes(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready))
    ready.train()
    qtbot.wait(5)
    assert "Preparing" in texts(panel)
    ready.hear(STARTED, m.Progress(4, 10, 12345.0, 42.0))
    qtbot.wait(5)
    assert "Epoch 5 of 10" in texts(panel)
    assert "12,345 examples/s" in texts(panel)
    assert "42 s left" in texts(panel)
    assert panel.bar.value() / panel.bar.maximum() == pytest.approx(0.45)
    ready.hear(m.Finished("runs/one", 42, 65.0, 1000.0, {"test": {"loss": 0.1, "accuracy": 0.978}}))
    qtbot.wait(5)
    assert "Trained in 1:05 min · test accuracy 97.8%" in texts(panel)
    assert panel.bar.value() == panel.bar.maximum()
    assert not panel.go_on.isVisible()


def test_errors_hold_a_training_back_and_can_be_shown(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready))
    error = Problem("error", MAIN, LOSS.node, "target", "The loss has no target.")
    ready.hear_analyst(m.Analysed(99, Analysis({}, (error,), 42), ""))
    qtbot.wait(5)
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
    qtbot.wait(5)
    assert "is starting" in texts(panel)
    assert enabled(panel) == ""


def test_a_training_that_broke_off_says_so(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready))
    ready.train()
    ready.hear(STARTED, m.Failed("train", "The loss is no number any more."))
    qtbot.wait(5)
    assert "broke off" in texts(panel)
    assert enabled(panel) == "Train Step"


def test_settings_are_the_documents_and_can_be_undone(ready: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, TrainingPanel(ready), height=700)
    enter(qtbot, field(panel, "epochs"), "30")
    enter(qtbot, field(panel, "batch_size"), "128")
    assert ready.document.settings == {"epochs": 30, "batch_size": 128}
    ready.undo()
    qtbot.wait(5)
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


# -- plots ------------------------------------------------------------------------------------------------------------


def learn(session: PlayedSession, run: str = "runs/one", points: int = 40) -> None:
    session.hear(m.Started(run, 42, 4, 10, "cpu"))
    for step in range(points):
        value = 1 / (step + 1)
        session.hear(m.Metrics("train", step, step / 10, {"loss": value, "accuracy": 1 - value}))
    session.hear(m.Metrics("validation", points, points / 10, {"loss": 0.5, "accuracy": 0.6}))


@pytest.fixture
def plots(session: PlayedSession, qtbot: QtBot) -> PlotsPanel:
    panel = shown(qtbot, PlotsPanel(session), 640, 260)
    learn(session)
    qtbot.waitUntil(lambda: len(panel.plots) == 2, timeout=15000)
    return panel


def drawn(panel: PlotsPanel, group: str, split: str, before: bool = False) -> np.ndarray:
    found: np.ndarray = panel.plots[group].items[CurveKey(group, split), before].yData
    return found


def test_every_metric_has_a_plot_with_both_splits(plots: PlotsPanel) -> None:
    assert list(plots.plots) == ["loss", "accuracy"]
    assert drawn(plots, "loss", "train")[[0, 1]].tolist() == [1.0, 0.5]
    assert drawn(plots, "loss", "validation").tolist() == [0.5]
    assert "validation" in texts(plots)
    assert "<b>0.025</b>" in plots.plots["loss"].legend.text()


def test_before_a_training_there_is_advice(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PlotsPanel(session))
    assert "Nothing to plot yet" in texts(panel)


def test_smoothing_changes_what_is_drawn_of_the_training_split_only(plots: PlotsPanel, qtbot: QtBot) -> None:
    rough = drawn(plots, "loss", "train").copy()
    plots.smoothing.setFocus()
    for _ in range(9):
        qtbot.keyClick(plots.smoothing, Qt.Key.Key_PageUp)
    assert plots.weight == pytest.approx(0.9)
    qtbot.waitUntil(lambda: not np.array_equal(drawn(plots, "loss", "train"), rough))
    assert np.abs(np.diff(drawn(plots, "loss", "train"))).max() < np.abs(np.diff(rough)).max()
    assert drawn(plots, "loss", "validation").tolist() == [0.5]
    assert plots.curves.curves[CurveKey("loss", "train")].values.tolist() == rough.tolist()


def test_the_log_button_concerns_losses_only(plots: PlotsPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(plots.log, LEFT)
    loss = plots.plots["loss"].canvas.getPlotItem().getAxis("left")
    qtbot.waitUntil(lambda: bool(loss.logMode))
    assert not plots.plots["accuracy"].canvas.getPlotItem().getAxis("left").logMode
    low, high = np.log10([0.02, 1.0])
    ticks = [value for _, values in loss.logTickValues(low, high, 200, []) for value in values]
    assert loss.logTickStrings(ticks, 1.0, None) == ["0.02", "0.05", "0.1", "0.2", "0.5", "1"]


def test_the_cursor_reads_every_curve_at_its_epoch(plots: PlotsPanel, qtbot: QtBot) -> None:
    plot = plots.plots["loss"]
    canvas, box = plot.canvas, plot.canvas.getPlotItem().vb
    spot = canvas.mapFromScene(box.mapViewToScene(QPointF(1.0, 0.5)))
    qtbot.mouseMove(canvas.viewport(), spot)
    assert "epoch 1.0" in plot.legend.text()
    assert f"<b>{1 / 11:.4g}</b>" in plot.legend.text()
    assert "epoch 1.0" in plots.plots["accuracy"].legend.text()


def test_the_training_before_stays_faintly_behind(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    learn(session, "runs/two", points=10)
    qtbot.waitUntil(lambda: (CurveKey("loss", "train"), True) in plots.plots["loss"].items)
    assert len(drawn(plots, "loss", "train", before=True)) == 40
    qtbot.waitUntil(lambda: len(drawn(plots, "loss", "train")) == 10)
    before = plots.plots["loss"].items[CurveKey("loss", "train"), True].opts["pen"].color()
    now = plots.plots["loss"].items[CurveKey("loss", "train"), False].opts["pen"].color()
    panel = theme.current().panel
    assert theme.contrast(before, panel) < theme.contrast(now, panel)


def test_a_resumed_run_goes_on_with_its_curve(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    session.hear(m.Started("runs/one", 42, 4, 10, "cpu", epoch=2))
    session.hear(m.Metrics("train", 20, 2.0, {"loss": 7.0}))
    qtbot.waitUntil(lambda: len(drawn(plots, "loss", "train")) == 21)
    assert drawn(plots, "loss", "train")[-1] == 7.0
    assert not plots.before.curves


def test_repaints_get_rarer_when_they_get_dear(plots: PlotsPanel) -> None:
    canvas = plots.plots["loss"].canvas
    for plot in plots.plots.values():
        plot.spent()
    canvas.spent = 0.0001
    assert plots._pause() == SHORTEST
    canvas.spent = 0.02
    assert SHORTEST < plots._pause() < LONGEST
    canvas.spent = 9.0
    assert plots._pause() == LONGEST


def test_many_points_in_a_burst_are_drawn_once(
    plots: PlotsPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[CurveKey] = []
    plot = plots.plots["loss"]
    draw = plot.draw
    monkeypatch.setattr(plot, "draw", lambda key, *rest, **more: (calls.append(key), draw(key, *rest, **more)))
    for step in range(100, 400):
        plots.session.hear(m.Metrics("train", step, step / 10, {"loss": 0.1}))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(drawn(plots, "loss", "train")) == 340)
    assert len(calls) <= 3


def test_hidden_plots_draw_nothing_and_catch_up(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    plots.hide()
    session.hear(m.Metrics("train", 50, 5.0, {"loss": 0.1}))
    qtbot.wait(SHORTEST * 2)
    assert len(drawn(plots, "loss", "train")) == 40
    plots.show()
    assert len(drawn(plots, "loss", "train")) == 41


def test_curves_are_saved_as_table_and_picture(plots: PlotsPanel, tmp_path: Path, session: PlayedSession) -> None:
    plots.save_table(str(tmp_path / "curves.csv"))
    rows = list(csv.DictReader((tmp_path / "curves.csv").read_text().splitlines()))
    assert len(rows) == 82
    assert rows[0].keys() == {"split", "metric", "step", "epoch", "value"}
    plots.save_picture(str(tmp_path / "plots.png"))
    assert QImage(str(tmp_path / "plots.png")).width() > 300
    plots.save_table(str(tmp_path / "no such folder" / "curves.csv"))
    plots.save_picture(str(tmp_path / "no such folder" / "plots.png"))
    assert [notice.level for notice in session.notices] == ["error", "error"]


def test_values_that_are_no_numbers_leave_gaps(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    session.hear(m.Metrics("train", 41, 4.1, {"loss": float("nan")}), m.Metrics("train", 42, 4.2, {"loss": 0.2}))
    qtbot.waitUntil(lambda: len(drawn(plots, "loss", "train")) == 42)
    assert np.isnan(drawn(plots, "loss", "train")[-2])


def test_a_new_design_starts_on_empty_plots(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    session.new()
    qtbot.waitUntil(lambda: "Nothing to plot yet" in texts(plots))


# -- predictions ------------------------------------------------------------------------------------------------------

DIGITS = np.zeros((4, 1, 8, 8), np.float32)
SHARES = np.eye(10, dtype=np.float32)[[3, 1, 4, 1]] * 0.9 + 0.01
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)


def digits(total: int = 360, offset: int = 0, split: str = "test") -> m.Predictions:
    return m.Predictions(split, offset, total, (m.Shown("digit", "classes", DIGITS, SHARES, np.array([3, 1, 4, 5])),))


def asked(session: PlayedSession) -> list[tuple[str, int]]:
    return [(command.split, command.offset) for command in sent(session, m.Predict)]  # type: ignore[union-attr]


@pytest.fixture
def trained(ready: PlayedSession) -> PlayedSession:
    ready.train()
    ready.hear(STARTED)
    return ready


def test_predictions_are_asked_for_when_epochs_end_one_at_a_time(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    assert "No predictions yet" in texts(panel)
    for epoch in (0, 1, 2):
        trained.hear(m.Progress(epoch, 5, 100.0, 10.0))
        qtbot.wait(5)
    assert asked(trained) == [("test", 0)]
    trained.hear(digits())
    qtbot.wait(5)
    assert "<b>3/4</b> right" in texts(panel)
    assert asked(trained) == [("test", 0)]  # the next one waits for its second
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    qtbot.wait(5)
    assert asked(trained) == [("test", 0), ("test", 0)]


def test_a_hidden_panel_asks_for_nothing_until_it_is_seen(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = PredictionsPanel(trained)
    qtbot.addWidget(panel)
    trained.hear(m.Progress(1, 0, 100.0, 10.0), m.Finished("runs/one", 42, 1.0, 1.0, {}))
    qtbot.wait(5)
    assert asked(trained) == []
    panel.show()
    assert asked(trained) == [("test", 0)]


def test_pages_and_splits_are_turned(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    qtbot.wait(5)
    trained.hear(digits(total=PAGE + 4))
    qtbot.wait(5)
    assert not panel.back.isEnabled()
    qtbot.mouseClick(panel.forth, LEFT)
    qtbot.wait(5)
    assert asked(trained)[-1] == ("test", PAGE)
    trained.hear(digits(total=PAGE + 4, offset=PAGE))
    qtbot.wait(5)
    assert f"{PAGE + 1}–{PAGE + 4} of {PAGE + 4}" in texts(panel)
    assert not panel.forth.isEnabled()
    qtbot.mouseClick(panel.splits.button("train"), LEFT)
    qtbot.wait(5)
    assert asked(trained)[-1] == ("train", 0)


def test_wrong_answers_come_first_on_request(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    trained.hear(digits())
    qtbot.wait(5)
    assert [tile.number for tile in panel.tiles.tiles] == [1, 2, 3, 4]
    qtbot.mouseClick(panel.wrong, LEFT)
    qtbot.wait(5)
    assert [tile.number for tile in panel.tiles.tiles] == [4, 1, 2, 3]
    assert panel.tiles.tiles[0].right is False


def test_tiles_are_walked_by_keys_and_picked_by_mouse(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 420, 160)
    trained.hear(digits())
    qtbot.wait(5)
    view = panel.tiles
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.current == 3
    assert "true 5" in view.accessibleDescription()
    assert view.viewport().rect().contains(view.place(3).center())
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.viewport().rect().contains(view.place(0).center())
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.place(1).center())
    assert view.current == 1


def test_a_truth_table_is_a_table_with_its_count(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    answers = np.array([[0.1], [0.9], [0.8], [0.2]], np.float32)
    shown_ = m.Shown("different", "value", XOR, answers, np.array([[0], [1], [1], [0]], np.float32))
    trained.hear(m.Predictions("test", 0, 4, (shown_,)))
    qtbot.wait(5)
    assert "<b>4/4</b> right" in texts(panel)
    cells = [[panel.table.item(row, column).text() for column in range(6)] for row in range(4)]
    assert cells[1] == ["2", "0", "1", "0.9", "1", "✓"]


def test_several_outputs_are_chosen_by_name(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    pictures = m.Shown("picture", "image", DIGITS, DIGITS, None)
    trained.hear(m.Predictions("test", 0, 4, (*digits().shown, pictures)))
    qtbot.wait(5)
    assert panel.output.isVisible()
    panel.output.setFocus()
    qtbot.keyClick(panel.output, Qt.Key.Key_Down)
    qtbot.wait(5)
    assert [caption for caption, _ in panel.tiles.tiles[0].pictures] == ["input", "output"]


def test_a_design_without_outputs_is_told_to_add_one(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    trained.hear(m.Predictions("test", 0, 360, ()))
    qtbot.wait(5)
    assert "Add an Output node" in texts(panel)


def test_predictions_of_every_shape_are_painted_in_both_themes(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    colour = np.random.default_rng(0).random((3, 3, 40, 90)).astype(np.float32)
    for look in ("light", "dark"):
        theme.set_theme(look)
        for made in (digits(), m.Predictions("test", 0, 3, (m.Shown("picture", "image", colour, colour * 2, colour),))):
            trained.hear(made)
            qtbot.wait(5)
            image = panel.grab().toImage()
            assert len({image.pixel(x, y) for x in range(0, 600, 7) for y in range(40, 300, 7)}) > 5

"""The plots panel: what is drawn of the metrics, when, and what can be done with it."""

from __future__ import annotations

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from gui import theme
from gui.inside.curves import CurveKey
from gui.panels.plots import PlotsPanel

LEFT = Qt.MouseButton.LeftButton


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
    qtbot.waitUntil(lambda: len(panel.sheet.plots) == 2, timeout=15000)
    return panel


def drawn(panel: PlotsPanel, group: str, split: str, run: str = "runs/one") -> np.ndarray:
    found: np.ndarray = panel.sheet.plots[group].items[run, CurveKey(group, split)].yData
    return found


def legend(panel: PlotsPanel) -> list[str]:
    return [entry.words for entry in panel.sheet.legend.entries]


def test_every_metric_has_a_plot_with_both_splits(plots: PlotsPanel) -> None:
    assert list(plots.sheet.plots) == ["loss", "accuracy"]
    assert drawn(plots, "loss", "train")[[0, 1]].tolist() == [1.0, 0.5]
    assert drawn(plots, "loss", "validation").tolist() == [0.5]
    assert legend(plots)[:2] == ["train", "validation"]
    assert "<b>0.025</b>" in plots.sheet.plots["loss"].readout.text()


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
    assert plots.traces.now.curves.curves[CurveKey("loss", "train")].values.tolist() == rough.tolist()


def test_the_log_button_concerns_losses_only(plots: PlotsPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(plots.log, LEFT)
    loss = plots.sheet.plots["loss"].canvas.getPlotItem().getAxis("left")
    qtbot.waitUntil(lambda: bool(loss.logMode))
    assert not plots.sheet.plots["accuracy"].canvas.getPlotItem().getAxis("left").logMode
    low, high = np.log10([0.02, 1.0])
    ticks = [value for _, values in loss.logTickValues(low, high, 200, []) for value in values]
    assert loss.logTickStrings(ticks, 1.0, None) == ["0.02", "0.05", "0.1", "0.2", "0.5", "1"]


def test_the_cursor_reads_every_curve_at_its_epoch(plots: PlotsPanel, qtbot: QtBot) -> None:
    plot = plots.sheet.plots["loss"]
    canvas, box = plot.canvas, plot.canvas.getPlotItem().vb

    def reads(epoch: float) -> bool:
        qtbot.mouseMove(canvas.viewport(), canvas.mapFromScene(box.mapViewToScene(QPointF(epoch, 0.5))))
        return f"<b>{1 / (epoch * 10 + 1):.3g}</b>" in plot.readout.text()

    qtbot.waitUntil(lambda: reads(1.0))
    qtbot.waitUntil(lambda: reads(2.0))
    assert f"<b>{1 - 1 / 21:.3g}</b>" in plots.sheet.plots["accuracy"].readout.text()
    qtbot.mouseMove(plots.smoothing)
    qtbot.waitUntil(lambda: "<b>0.025</b>" in plot.readout.text())


def test_the_training_before_stays_faintly_behind(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    learn(session, "runs/two", points=10)
    qtbot.waitUntil(lambda: ("runs/two", CurveKey("loss", "train")) in plots.sheet.plots["loss"].items)
    assert len(drawn(plots, "loss", "train", "runs/one")) == 40
    assert len(drawn(plots, "loss", "train", "runs/two")) == 10
    items = plots.sheet.plots["loss"].items
    before, now = (items[run, CurveKey("loss", "train")] for run in ("runs/one", "runs/two"))
    panel = theme.current().panel
    assert theme.contrast(before.opts["pen"].color(), panel) < theme.contrast(now.opts["pen"].color(), panel)
    assert before.zValue() < now.zValue()
    assert "faint: the training before" in legend(plots)


def test_a_resumed_run_goes_on_with_its_curve(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    session.hear(m.Started("runs/one", 42, 4, 10, "cpu", epoch=2))
    session.hear(m.Metrics("train", 20, 2.0, {"loss": 7.0}))
    qtbot.waitUntil(lambda: len(drawn(plots, "loss", "train")) == 21)
    assert drawn(plots, "loss", "train")[-1] == 7.0
    assert plots.traces.before is None


def test_many_points_in_a_burst_are_drawn_once(
    plots: PlotsPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[CurveKey] = []
    plot = plots.sheet.plots["loss"]
    draw = plot.draw
    monkeypatch.setattr(plot, "draw", lambda run, key, *rest: (calls.append(key), draw(run, key, *rest)))
    for step in range(100, 400):
        plots.session.hear(m.Metrics("train", step, step / 10, {"loss": 0.1}))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(drawn(plots, "loss", "train")) == 340)
    assert len(calls) <= 3


def test_hidden_plots_draw_nothing_and_catch_up(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    plots.hide()
    session.hear(m.Metrics("train", 50, 5.0, {"loss": 0.1}))
    settle(qtbot)
    assert len(drawn(plots, "loss", "train")) == 40
    plots.show()
    assert len(drawn(plots, "loss", "train")) == 41


def test_values_that_are_no_numbers_leave_gaps(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    session.hear(m.Metrics("train", 41, 4.1, {"loss": float("nan")}), m.Metrics("train", 42, 4.2, {"loss": 0.2}))
    qtbot.waitUntil(lambda: len(drawn(plots, "loss", "train")) == 42)
    assert np.isnan(drawn(plots, "loss", "train")[-2])


def test_a_new_design_starts_on_empty_plots(plots: PlotsPanel, qtbot: QtBot, session: PlayedSession) -> None:
    session.new()
    qtbot.waitUntil(lambda: "Nothing to plot yet" in texts(plots))

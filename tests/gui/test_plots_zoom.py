"""Zooming, moving and reading plots with the mouse, and what they are drawn over."""

from __future__ import annotations

import math

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown import shown

from backend import messages as m
from gui.inside.curve_plot import CurvePlot
from gui.inside.curves import CurveKey
from gui.panels.plots import PlotsPanel

CTRL, Key = Qt.KeyboardModifier.ControlModifier, Qt.Key
PAINTED = 100  # milliseconds in which what has changed is drawn
B, NONE = Qt.MouseButton, Qt.KeyboardModifier.NoModifier
PAINTED = 400  # milliseconds in which everything was painted
Range = tuple[tuple[float, float], tuple[float, float]]


def learn(session: PlayedSession, start: int = 0, points: int = 400) -> None:
    for step in range(start, start + points):
        value = 1 / (step + 1)
        session.hear(m.Metrics("train", step, step / 10, {"loss": value, "accuracy": 1 - value}, step * 2.0))


@pytest.fixture
def plots(session: PlayedSession, qtbot: QtBot) -> PlotsPanel:
    panel = shown(qtbot, PlotsPanel(session), 760, 340)
    session.hear(m.Started("runs/one", 42, 40, 10, "cpu"))
    learn(session)
    session.hear(m.Metrics("validation", 400, 40.0, {"loss": 0.5, "accuracy": 0.6}, 800.0))
    qtbot.waitUntil(lambda: len(panel.sheet.plots) == 2, timeout=15000)
    qtbot.wait(PAINTED)
    return panel


def sight(plot: CurvePlot) -> Range:
    x, y = plot.canvas.getPlotItem().vb.viewRange()
    return tuple(x), tuple(y)


def spot(plot: CurvePlot, x: float, y: float) -> QPoint:
    found: QPoint = plot.canvas.mapFromScene(plot.canvas.getPlotItem().vb.mapViewToScene(QPointF(x, y)))
    return found


def drag(plot: CurvePlot, button: Qt.MouseButton, start: QPoint, end: QPoint) -> None:
    """Press, move in three steps that pyqtgraph has time to see, and release."""
    viewport = plot.canvas.viewport()
    QTest.mousePress(viewport, button, NONE, start)
    for share in (0.3, 0.7, 1.0):
        QTest.qWait(15)
        QTest.mouseMove(viewport, start + (end - start) * share)
    QTest.qWait(15)
    QTest.mouseRelease(viewport, button, NONE, end)


def hovers(plot: CurvePlot, at: QPoint) -> bool:
    """Move the mouse over a place; whether the plot has heard of it."""
    for place in (at - QPoint(3, 0), at):
        QTest.mouseMove(plot.canvas.viewport(), place)
    return plot.floating.isVisible()


def wheel(plot: CurvePlot, at: QPoint, turn: int) -> None:
    viewport = plot.canvas.viewport()
    place = QPointF(at)
    QApplication.sendEvent(viewport, QWheelEvent(place, viewport.mapToGlobal(place), QPoint(), QPoint(0, turn),
                                                 B.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False))  # fmt: skip


def test_a_box_that_is_dragged_is_zoomed_to_and_other_plots_show_the_same_stretch(plots: PlotsPanel) -> None:
    loss, accuracy = plots.sheet.plots.values()
    drag(loss, B.LeftButton, spot(loss, 10.0, 0.8), spot(loss, 20.0, 0.2))
    (low, high), (bottom, top) = sight(loss)
    assert (low, high) == (pytest.approx(10, abs=0.4), pytest.approx(20, abs=0.4))
    assert (bottom, top) == (pytest.approx(0.2, abs=0.03), pytest.approx(0.8, abs=0.03))
    assert sight(accuracy)[0] == (pytest.approx(low), pytest.approx(high))
    assert plots.fit.isEnabled()


def test_the_wheel_zooms_at_the_cursor(plots: PlotsPanel) -> None:
    loss = next(iter(plots.sheet.plots.values()))
    before = sight(loss)
    at = spot(loss, 10.0, 0.4)
    wheel(loss, at, 240)
    (low, high), _ = sight(loss)
    assert high - low < 0.8 * (before[0][1] - before[0][0])
    assert abs(spot(loss, 10.0, 0.4).x() - at.x()) <= 2
    wheel(loss, at, -240)
    assert sight(loss)[0] == pytest.approx(before[0], abs=0.5)


def test_the_middle_button_moves_what_is_shown(plots: PlotsPanel) -> None:
    loss, accuracy = plots.sheet.plots.values()
    (low, high), _ = sight(loss)
    drag(loss, B.MiddleButton, spot(loss, 20.0, 0.5), spot(loss, 15.0, 0.5))
    assert sight(loss)[0] == (pytest.approx(low + 5, abs=0.5), pytest.approx(high + 5, abs=0.5))
    assert sight(accuracy)[0] == pytest.approx(sight(loss)[0])


def test_a_zoomed_plot_stays_while_data_comes_and_a_double_click_follows_again(
    plots: PlotsPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    loss = next(iter(plots.sheet.plots.values()))
    assert not plots.fit.isEnabled()
    drag(loss, B.LeftButton, spot(loss, 10.0, 0.8), spot(loss, 20.0, 0.2))
    held = sight(loss)
    learn(session, 400, 200)
    session.hear(m.Metrics("train", 601, 60.1, {"loss": 50.0, "accuracy": 0.0}))
    key = "runs/one", CurveKey("loss", "train")
    qtbot.waitUntil(lambda: len(loss.items[key].whole[0]) == 601)
    qtbot.wait(50)
    assert sight(loss) == held
    qtbot.mouseDClick(loss.canvas.viewport(), B.LeftButton, NONE, spot(loss, 15.0, 0.5))
    qtbot.mouseRelease(loss.canvas.viewport(), B.LeftButton, NONE, spot(loss, 15.0, 0.5))
    qtbot.waitUntil(lambda: sight(loss)[0][1] >= 60 and sight(loss)[1][1] >= 50)
    assert not plots.sheet.zoomed
    assert not plots.fit.isEnabled()
    session.hear(m.Metrics("train", 700, 70.0, {"loss": 1.0}))
    qtbot.waitUntil(lambda: sight(loss)[0][1] >= 70)


def test_the_cursor_is_read_in_every_plot_at_once(plots: PlotsPanel, qtbot: QtBot) -> None:
    loss, accuracy = plots.sheet.plots.values()
    at = spot(loss, 20.0, 0.5)
    qtbot.waitUntil(lambda: hovers(loss, at))
    place = loss.canvas.getPlotItem().vb.mapSceneToView(loss.canvas.mapToScene(at)).x()
    step = round(place * 10)
    assert loss.floating.entries[0].words == "epoch"
    assert [(entry.words, entry.value) for entry in loss.floating.entries[1:]] == [
        ("train", f"{1 / (step + 1):.3g}"),
        ("validation", "0.5"),
    ]
    assert accuracy.floating.isVisible()
    assert accuracy.floating.entries[1].value == f"{1 - 1 / (step + 1):.3g}"
    qtbot.mouseMove(plots.smoothing)
    qtbot.waitUntil(lambda: not loss.floating.isVisible() and not accuracy.floating.isVisible())


@pytest.mark.parametrize(("axis", "scale"), [("step", 10.0), ("second", 20.0), ("epoch", 1.0)])
def test_curves_are_drawn_over_what_is_chosen(axis: str, scale: float, plots: PlotsPanel, qtbot: QtBot) -> None:
    plots.set_axis("step")
    plots.set_axis(axis)
    line = plots.sheet.plots["loss"].items["runs/one", CurveKey("loss", "train")]
    qtbot.waitUntil(lambda: line.whole[0][-1] == pytest.approx(39.9 * scale))
    qtbot.waitUntil(lambda: plots.sheet.legend.entries[-1].words == f"over {axis}s")


def test_both_axes_may_be_logarithmic(plots: PlotsPanel, qtbot: QtBot) -> None:
    loss = plots.sheet.plots["loss"]
    plots._flip_log_along()
    qtbot.mouseClick(plots.log, B.LeftButton)
    qtbot.waitUntil(lambda: loss.logarithmic == (True, True))
    line = loss.items["runs/one", CurveKey("loss", "train")]
    steps = np.arange(1, 400)
    with np.errstate(divide="ignore"):
        assert np.allclose(line.xData[1:], np.log10(steps / 10))
        assert np.allclose(line.yData[1:], -np.log10(steps + 1))
    assert math.isnan(line.xData[0])
    at = spot(loss, 1.0, -1.5)
    qtbot.waitUntil(lambda: hovers(loss, at))
    assert float(loss.floating.entries[0].value) == pytest.approx(10, rel=0.05)
    assert float(loss.floating.entries[1].value) == pytest.approx(1 / 101, rel=0.05)


def test_an_axis_that_turns_logarithmic_shows_everything(plots: PlotsPanel, qtbot: QtBot) -> None:
    plots.set_axis("step")
    loss = plots.sheet.plots["loss"]
    qtbot.waitUntil(lambda: sight(loss)[0][1] > 300)
    loss.zoom_to(150.0, 399.0)
    assert loss.zoomed
    plots._flip_log_along()
    qtbot.waitUntil(lambda: loss.logarithmic == (True, False))
    qtbot.wait(PAINTED)  # painted: a power of ten beyond the largest number would have failed
    low, high = sight(loss)[0]
    assert (low, high) == (pytest.approx(0, abs=0.3), pytest.approx(math.log10(400), abs=0.3))
    assert not loss.zoomed


def test_a_metric_that_is_not_wanted_is_not_plotted(plots: PlotsPanel, qtbot: QtBot) -> None:
    plots._fill_choices()
    actions = {action.text(): action for action in plots.choices.menu().actions()}
    assert actions["Over epochs"].isChecked()
    actions["Loss"].trigger()
    qtbot.waitUntil(lambda: list(plots.sheet.plots) == ["accuracy"])
    plots.flip_plot("loss")
    qtbot.waitUntil(lambda: list(plots.sheet.plots) == ["loss", "accuracy"])
    actions["Training curves"].trigger()
    loss = plots.sheet.plots["loss"]
    qtbot.waitUntil(lambda: [key.split for _, key in loss.items] == ["validation"])
    assert plots.sheet.legend.entries[0].words == "validation"
    plots.flip_plot("train")
    qtbot.waitUntil(lambda: len(loss.items) == 2)


# -- by keys ----------------------------------------------------------------------------------------------------------


def focused(plots: PlotsPanel, group: str) -> CurvePlot:
    plot = plots.sheet.plots[group]
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    return plot


def press(plot: CurvePlot, *keys: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    for key in keys:
        QTest.keyClick(plot, key, modifiers)


def test_keys_zoom_along_the_axis_and_other_plots_follow(plots: PlotsPanel) -> None:
    loss, accuracy = focused(plots, "loss"), plots.sheet.plots["accuracy"]
    (low, high), _ = sight(loss)
    press(loss, Key.Key_Plus, Key.Key_Plus)
    (left, right), _ = sight(loss)
    assert right - left == pytest.approx(0.64 * (high - low))
    assert (left + right) / 2 == pytest.approx((low + high) / 2)
    assert sight(accuracy)[0] == pytest.approx((left, right))
    assert plots.fit.isEnabled()
    press(loss, Key.Key_Minus, Key.Key_Minus)
    assert sight(loss)[0] == pytest.approx((low, high))
    bottom, top = sight(loss)[1]
    press(loss, Key.Key_Plus, modifiers=CTRL)
    assert sight(loss)[1][1] - sight(loss)[1][0] == pytest.approx(0.8 * (top - bottom))
    assert sight(loss)[0] == pytest.approx((low, high))


def test_values_follow_what_is_in_sight_until_somebody_chooses_them(plots: PlotsPanel) -> None:
    loss = focused(plots, "loss")
    press(loss, *[Key.Key_Plus] * 3, *[Key.Key_Right] * 5)
    low, high = sight(loss)[0]
    there = [1 / (step + 1) for step in range(400) if low <= step / 10 <= high] + [0.5] * (low <= 40 <= high)
    bottom, top = sight(loss)[1]
    assert bottom <= min(there) <= max(there) <= top
    assert top - bottom < 1.5 * (max(there) - min(there))
    press(loss, Key.Key_Up)
    press(loss, Key.Key_Left)
    assert sight(loss)[1][0] == pytest.approx(bottom + 0.1 * (top - bottom))


def test_arrow_keys_push_what_is_shown(plots: PlotsPanel) -> None:
    loss, accuracy = focused(plots, "loss"), plots.sheet.plots["accuracy"]
    (low, high), (bottom, top) = sight(loss)
    press(loss, Key.Key_Up)
    assert sight(loss)[1] == pytest.approx((bottom + 0.1 * (top - bottom), top + 0.1 * (top - bottom)))
    assert not accuracy.zoomed
    press(loss, Key.Key_Right, Key.Key_Right)
    assert sight(loss)[0] == pytest.approx((low + 0.2 * (high - low), high + 0.2 * (high - low)))
    assert sight(accuracy)[0] == pytest.approx(sight(loss)[0])
    press(loss, Key.Key_Left, Key.Key_Left)
    assert sight(loss)[0] == pytest.approx((low, high))


@pytest.mark.parametrize("key", [Key.Key_0, Key.Key_Home])
def test_a_key_shows_everything_again_and_follows(
    plots: PlotsPanel, session: PlayedSession, key: Qt.Key, qtbot: QtBot
) -> None:
    loss = focused(plots, "loss")
    press(loss, Key.Key_Plus, Key.Key_Down)
    assert plots.sheet.zoomed
    press(loss, key)
    assert not plots.sheet.zoomed
    session.hear(m.Metrics("train", 700, 70.0, {"loss": 1.0}))
    qtbot.waitUntil(lambda: sight(loss)[0][1] >= 70)


def test_ctrl_and_arrows_read_from_point_to_point(plots: PlotsPanel, qtbot: QtBot) -> None:
    loss = focused(plots, "loss")
    press(loss, Key.Key_Home, modifiers=CTRL)
    assert [entry.value for entry in loss.floating.entries] == ["0", "1", "0.5"]
    press(loss, Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Left, modifiers=CTRL)
    assert [entry.value for entry in loss.floating.entries][:2] == ["0.2", f"{1 / 3:.3g}"]
    assert "train 0.333" in loss.accessibleDescription()
    assert plots.sheet.plots["accuracy"].floating.entries[1].value == f"{1 - 1 / 3:.3g}"
    press(loss, Key.Key_End, modifiers=CTRL)
    assert loss.place == pytest.approx(40.0)
    press(loss, Key.Key_Right, modifiers=CTRL)
    assert loss.place == pytest.approx(40.0)
    press(loss, Key.Key_Escape)
    assert loss.place is None
    assert not loss.floating.isVisible()


def test_zooming_keeps_what_is_read_in_its_place_and_reading_on_keeps_it_in_sight(plots: PlotsPanel) -> None:
    loss = focused(plots, "loss")
    press(loss, Key.Key_End, modifiers=CTRL)
    before = spot(loss, 40.0, 0.5).x()
    press(loss, *[Key.Key_Plus] * 12)
    assert abs(spot(loss, 40.0, 0.5).x() - before) <= 2
    press(loss, *[Key.Key_Left] * 40, modifiers=CTRL)
    (low, high), _ = sight(loss)
    assert loss.place == pytest.approx(36.0)
    assert low <= 36.0 <= high < 40.0


def test_on_a_logarithmic_axis_reading_begins_at_the_first_point_it_has(plots: PlotsPanel, qtbot: QtBot) -> None:
    plots._flip_log_along()
    loss = focused(plots, "loss")
    qtbot.waitUntil(lambda: loss.logarithmic == (True, False))
    press(loss, Key.Key_Home, modifiers=CTRL)
    assert loss.place == pytest.approx(0.1)
    press(loss, Key.Key_Right, modifiers=CTRL)
    assert loss.place == pytest.approx(0.2)


def test_who_leaves_the_plots_reads_no_more_and_the_one_with_the_keyboard_is_marked(plots: PlotsPanel) -> None:
    loss = focused(plots, "loss")
    marked = loss.grab().toImage()
    press(loss, Key.Key_Home, modifiers=CTRL)
    accuracy = focused(plots, "accuracy")
    assert accuracy.place == 0.0
    press(accuracy, Key.Key_Right, modifiers=CTRL)
    assert accuracy.place == pytest.approx(0.1)
    plots.smoothing.setFocus(Qt.FocusReason.TabFocusReason)
    assert accuracy.place is None
    assert loss.grab().toImage().pixel(1, 1) != marked.pixel(1, 1)

"""The panel of gradients: what it shows of a run, how rows are chosen, and how a warning leads to its node."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hands import NONE
from played import PlayedSession
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.health import BARS, MOMENTS, Health, Layout, Section, kept
from graph.document import MAIN, NodeKey
from gui import theme
from gui.inside.heat_map import COLOURS, HeatMap, bounds_of, coloured, columns_of
from gui.panels.health import HealthPanel

LAYERS = ("linear_1", "linear_2", "linear_3")
EPOCHS = (0, 1, 2, 4)


def layout() -> Layout:
    rows = [Section(name, LAYERS, ("objective",) * 3) for name in ("gradients", "weights", "updates")]
    chain = {"linear_1": ("linear_2",), "linear_2": ("linear_3",)}
    more = (Section("dead", ("relu_1",)), Section("activations", ("relu_1",), (), BARS + 2),
            Section("time", ("rnn_1",), ("objective",), 5))  # fmt: skip
    return Layout((*rows, *more), {"objective": "gradient"}, (), 1, chain)


def moment(first: float) -> np.ndarray:
    """Gradients that grow from a first one by ten from layer to layer; everything else is plain."""
    counts = np.full(BARS, 1 / BARS)
    parts = [first * 10.0 ** np.arange(3), [1.0, 2.0, 3.0], [1e-3] * 3, [0.25], [-1.0, 1.0], counts,
             [1e-3, 1e-2, 0.1, 0.5, 1.0]]  # fmt: skip
    return np.concatenate(parts).astype(np.float32)


@pytest.fixture
def run(tmp_path: Path) -> str:
    return written(tmp_path / "run", 1.0)


def written(folder: Path, first: float, described: Layout | None = None) -> str:
    health = Health(folder / "health")
    health.describe(described or layout())
    health.lapse.describe(kept())
    for epoch in EPOCHS:
        health.lapse.add(MOMENTS, epoch * 10, float(epoch), moment(first))
    return str(folder)


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot, run: str) -> HealthPanel:
    session.run = run
    made = shown(qtbot, HealthPanel(session), 1100, 320)
    settle(qtbot)
    return made


def show(panel: HealthPanel, name: str, qtbot: QtBot) -> None:
    """Choose what to look at, with the keyboard."""
    panel.what.setFocus()
    QTest.keyClick(panel.what, Qt.Key.Key_Home)
    for _ in range(panel.what.findData(name)):
        QTest.keyClick(panel.what, Qt.Key.Key_Down)
    settle(qtbot)
    assert panel.what.currentData() == name


def test_a_panel_without_a_run_says_what_to_do(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, HealthPanel(session), 600, 300)
    settle(qtbot)
    assert "Press Train" in texts(panel)


def test_what_a_run_keeps_is_shown_through_the_epochs(panel: HealthPanel) -> None:
    assert panel.map.names == list(LAYERS)
    assert np.array_equal(panel.map.epochs, EPOCHS)
    assert np.allclose(panel.map.values, [[1.0] * 4, [10.0] * 4, [100.0] * 4])
    assert [line.name for line in panel.lines.lines] == list(LAYERS)
    assert "All well" in texts(panel)


def test_new_moments_appear_while_the_training_goes_on(
    panel: HealthPanel, session: PlayedSession, qtbot: QtBot, run: str
) -> None:
    Health(Path(run) / "health").lapse.add(MOMENTS, 90, 9.0, moment(2.0))
    panel.newness._looked = 0.0
    session.hear(m.Started(run, 1, 10, 10, "cpu"))
    session.hear(m.Progress(9, 0, 1.0, 1.0, False))
    settle(qtbot)
    assert panel.map.epochs[-1] == 9
    assert panel.map.values[0, -1] == pytest.approx(2.0)


def test_nothing_is_read_or_shown_anew_while_the_disk_holds_nothing_new(
    panel: HealthPanel, session: PlayedSession, qtbot: QtBot, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows: list[object] = []
    refresh = panel.refresh
    monkeypatch.setattr(panel, "refresh", lambda: (shows.append(None), refresh()))
    progress = m.Progress(9, 0, 1.0, 1.0, False)
    for _ in range(3):
        panel.newness._looked = 0.0
        session.hear(progress)
        settle(qtbot)
    assert not shows
    Health(Path(run) / "health").lapse.add(MOMENTS, 90, 9.0, moment(2.0))
    session.hear(progress)  # too soon after the last look
    settle(qtbot)
    assert not shows
    panel.newness._looked = 0.0
    session.hear(progress)
    settle(qtbot)
    assert len(shows) == 1
    assert panel.map.epochs[-1] == 9


def test_the_newest_moment_is_read_again_when_it_is_written_again(
    panel: HealthPanel, session: PlayedSession, qtbot: QtBot, run: str
) -> None:
    Health(Path(run) / "health").lapse.add(MOMENTS, 40, 4.0, moment(3.0))
    session.hear(m.Progress(9, 0, 1.0, 1.0, True))
    settle(qtbot)
    assert panel.map.values[0, -1] == pytest.approx(3.0)


def test_what_came_while_it_was_not_seen_is_there_when_it_is_seen(
    panel: HealthPanel, session: PlayedSession, qtbot: QtBot, run: str
) -> None:
    panel.hide()
    Health(Path(run) / "health").lapse.add(MOMENTS, 90, 9.0, moment(2.0))
    panel.newness._looked = 0.0
    session.hear(m.Progress(9, 0, 1.0, 1.0, False))
    settle(qtbot)
    assert panel.map.epochs[-1] == 4
    panel.show()
    assert panel.map.epochs[-1] == 9


def test_a_run_that_has_just_begun_is_waited_for(session: PlayedSession, qtbot: QtBot, tmp_path: Path) -> None:
    panel = shown(qtbot, HealthPanel(session), 1100, 320)
    session.train()
    session.hear(m.Started(str(tmp_path / "run"), 1, 10, 10, "cpu"))
    settle(qtbot)
    assert "Waiting" in texts(panel)
    written(tmp_path / "run", 1.0)
    panel.newness._looked = 0.0
    session.hear(m.Progress(0, 1, 1.0, 1.0, False))
    settle(qtbot)
    assert panel.map.names == list(LAYERS)


def test_rows_are_chosen_with_the_mouse_and_the_keys(panel: HealthPanel, qtbot: QtBot) -> None:
    spot = panel.map.place(1).center()
    QTest.mouseClick(panel.map.viewport(), Qt.MouseButton.LeftButton, NONE, spot)
    assert panel.map.chosen == [0, 2]
    assert [line.name for line in panel.lines.lines] == ["linear_1", "linear_3"]
    panel.map.setFocus()
    QTest.keyClick(panel.map, Qt.Key.Key_Up)
    QTest.keyClick(panel.map, Qt.Key.Key_Space)
    assert panel.map.chosen == [2]
    assert panel.map.colour(2) == theme.current().series[0]


def test_enter_and_a_double_click_show_the_node(panel: HealthPanel, session: PlayedSession, qtbot: QtBot) -> None:
    asked: list[NodeKey] = []
    session.frame_requested.connect(asked.append)
    panel.map.setFocus()
    QTest.keyClick(panel.map, Qt.Key.Key_End)
    QTest.keyClick(panel.map, Qt.Key.Key_Return)
    spot = panel.map.place(0).center()
    for press in (QTest.mouseClick, QTest.mouseDClick):
        press(panel.map.viewport(), Qt.MouseButton.LeftButton, NONE, spot)
    assert asked == [NodeKey(MAIN, "linear_3"), NodeKey(MAIN, "linear_1")]


def test_a_warning_leads_to_its_node(session: PlayedSession, qtbot: QtBot, tmp_path: Path) -> None:
    with session.document.edit("Draw"):
        session.document.add_node("sigmoid")
    session.run = written(tmp_path / "deep", 1.0)
    for epoch in EPOCHS:
        bad = moment(1.0)
        bad[:3] = [1e-7, 1e-3, 1.0]
        Health(tmp_path / "deep" / "health").lapse.add(MOMENTS, epoch * 10, float(epoch), bad)
    panel = shown(qtbot, HealthPanel(session), 1100, 320)
    settle(qtbot)
    asked: list[NodeKey] = []
    session.frame_requested.connect(asked.append)
    (card,) = panel.signs.cards
    assert card.problem.message == ("Gradients vanish before linear_1: they are 1e-7 of those at linear_3. Try ReLU "
                                    "instead of sigmoid, batch normalisation, or a skip connection.")  # fmt: skip
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, NONE, QPoint(card.width() // 2, card.height() // 2))
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert asked == [NodeKey(MAIN, "linear_1")] * 2


def test_the_title_counts_what_is_wrong_even_where_the_panel_is_not_seen(
    session: PlayedSession, qtbot: QtBot, tmp_path: Path
) -> None:
    run = written(tmp_path / "deep", 1.0)
    panel = HealthPanel(session)
    qtbot.addWidget(panel)
    session.hear(m.Started(run, 1, 1, 1, "cpu"))
    assert panel.windowTitle() == "Gradients"
    for epoch in EPOCHS:
        bad = moment(1.0)
        bad[:3] = [1e-7, 1e-3, 1.0]
        Health(tmp_path / "deep" / "health").lapse.add(MOMENTS, epoch * 10, float(epoch), bad)
    session.hear(m.Finished(run, 1, 1.0, 1.0, {}))
    assert panel.windowTitle() == "Gradients (1)"
    session.new()
    assert panel.windowTitle() == "Gradients"


def test_steps_have_the_usual_size_as_a_dashed_line(panel: HealthPanel, qtbot: QtBot) -> None:
    show(panel, "updates", qtbot)
    assert panel.lines.guide == 1e-3
    assert "0.1%" in panel.about.text()


def test_an_activation_and_a_sequence_are_shown_by_themselves(panel: HealthPanel, qtbot: QtBot) -> None:
    show(panel, "activations", qtbot)
    assert panel.node.currentText() == "relu_1"
    assert panel.node.isVisible()
    assert np.allclose(np.nansum(panel.map.values, 0), 1)
    assert (panel.map.names[0], panel.map.names[-1]) == ("1", "-1")
    show(panel, "time", qtbot)
    assert np.allclose(panel.map.values[:, -1], [1e-3, 1e-2, 0.1, 0.5, 1.0])
    assert [line.name for line in panel.lines.lines] == ["Epoch 0", "Epoch 4"]


def test_what_learns_without_gradients_is_told(session: PlayedSession, qtbot: QtBot, tmp_path: Path) -> None:
    for solver, sentence in (("ridge", "closed form"), ("nothing", "frozen")):
        Health(tmp_path / solver / "health").describe(Layout((), {"objective": solver}, ()))
        session.run = str(tmp_path / solver)
        panel = shown(qtbot, HealthPanel(session), 600, 300)
        settle(qtbot)
        assert sentence in texts(panel)


def test_a_run_of_before_is_told_apart_from_one_that_begins(
    session: PlayedSession, qtbot: QtBot, tmp_path: Path
) -> None:
    session.run = str(tmp_path)
    panel = shown(qtbot, HealthPanel(session), 600, 300)
    settle(qtbot)
    assert "train it anew" in texts(panel)
    session.train()
    session.hear(m.Started(str(tmp_path), 1, 1, 1, "cpu"))
    settle(qtbot)
    assert "Waiting" in texts(panel)


def test_selecting_a_node_chooses_its_row(panel: HealthPanel, session: PlayedSession, qtbot: QtBot) -> None:
    with session.document.edit("Draw"):
        session.document.add_node("linear", id="linear_2")
    session.select([NodeKey(MAIN, "linear_2")])
    settle(qtbot)
    assert panel.map.chosen == [1]


@pytest.mark.parametrize("width", [360, 640, 1100])
def test_nothing_is_cut_off_at_any_width(session: PlayedSession, qtbot: QtBot, run: str, width: int) -> None:
    session.run = run
    panel = shown(qtbot, HealthPanel(session), width, 400)
    settle(qtbot)
    for part in (panel.map, panel.lines, panel.signs):
        assert part.isVisible()
        assert part.mapTo(panel, QPoint(part.width(), 0)).x() <= width
        assert part.width() >= 100


# -- the heat map by itself -------------------------------------------------------------------------------------------


def test_every_power_of_ten_is_as_far_from_the_next() -> None:
    values = np.array([[1e-4, 1e-2, 1.0, np.nan, 0.0]])
    bounds = bounds_of(values, True)
    assert bounds == (1e-4, 1.0)
    made = coloured(values, bounds, True)[0]
    assert np.array_equal(made[0, :3], COLOURS[0].astype(np.uint8))
    assert np.array_equal(made[2, :3], COLOURS[-1].astype(np.uint8))
    assert np.abs(made[1, :3] - COLOURS[127]).max() < 3
    assert made[3, 3] == 0
    assert np.array_equal(made[4, :3], made[0, :3])
    assert bounds_of(np.array([[1e-30, 1.0]]), True) == (pytest.approx(1e-12), 1.0)


def test_each_pixel_shows_the_nearest_moment() -> None:
    assert columns_of(np.array([0.0, 1.0, 10.0]), 11).tolist() == [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert columns_of(np.array([3.0]), 4).tolist() == [0] * 4


def test_a_spot_says_its_number(qtbot: QtBot) -> None:
    made = shown(qtbot, HeatMap(), 500, 200)
    made.show_values(["a", "b"], np.array([0.0, 2.0]), np.array([[1.0, 2.0], [3.0, np.nan]]), logarithmic=True,
                     most_chosen=2)  # fmt: skip
    right = made.place(0)
    assert made.sentence(QPointF(right.right() - 2, right.center().y())) == "a, epoch 2: 2"
    below = made.place(1)
    assert made.sentence(QPointF(below.right() - 2, below.center().y())) == "b, epoch 2: not measured"
    assert made.sentence(QPointF(2, below.center().y())) == "b"
    assert made.sentence(QPointF(2, 199)) == ""

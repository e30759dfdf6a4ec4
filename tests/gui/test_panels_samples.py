"""The samples panel: when it asks, what it shows of every kind, how one goes back through a training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.moments import Kept, TimeLapse
from graph.analysis import Analysis
from gui import theme
from gui.inside.samples_view import PictureGrid, PointCloud, fitted, lines
from gui.panels.samples import GIVEN_BACK, SamplesPanel

LEFT = Qt.MouseButton.LeftButton
PICTURES = np.random.default_rng(0).integers(0, 255, (64, 1, 8, 8), dtype=np.uint8)
REAL = np.array([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.5]])


def pictures(run: str, step: int = 60, **more: object) -> m.Samples:
    fields = {"outputs": ("picture",), **more}
    return m.Samples(run, "picture", "output_1", "image", PICTURES, step, step / 20, **fields)  # type: ignore[arg-type]


def nothing(run: str) -> m.Samples:
    return m.Samples(run, "", "", "", np.zeros((0, 0)))


def asked(session: PlayedSession) -> list[m.Sample]:
    return [command for command in session.engine.sent if isinstance(command, m.Sample)]


@pytest.fixture
def run(tmp_path: Path) -> str:
    """A run that keeps three moments of its pictures."""
    lapse = TimeLapse(tmp_path / "run" / "samples")
    lapse.describe({"output_1": Kept("picture", "image", 7)})
    for step in (0, 20, 40):
        lapse.add("output_1", step, step / 20, np.full((64, 1, 8, 8), step, np.uint8))
    return str(tmp_path / "run")


@pytest.fixture
def trained(session: PlayedSession, run: str) -> PlayedSession:
    """A session whose faultless design is being trained."""
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    session.train()
    session.hear(m.Started(run, 42, epochs=10, steps=20, device="cpu"))
    return session


def ready(session: PlayedSession, qtbot: QtBot, answer: m.Samples, width: int = 700) -> SamplesPanel:
    """The panel with an answer in it."""
    panel = shown(qtbot, SamplesPanel(session), width, 320)
    session.hear(m.Finished(session.run, 42, 1.0, 1.0, {}))
    settle(qtbot)
    session.hear(answer)
    settle(qtbot)
    return panel


# -- asking ------------------------------------------------------------------------------------------------------------


def test_samples_are_asked_for_one_at_a_time_and_not_too_often(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = shown(qtbot, SamplesPanel(trained), 600, 300)
    assert "No samples yet" in texts(panel)
    for epoch in (1, 2, 3):
        trained.hear(m.Progress(epoch, 5, 100.0, 10.0))
        settle(qtbot)
    assert asked(trained) == [m.Sample()]
    trained.hear(pictures(run), m.Predictions("test", 0, 0, ()))
    settle(qtbot)
    assert asked(trained) == [m.Sample()]
    assert 0 < panel._later.remainingTime() <= 2100  # Qt may let such a timer be a twentieth late
    panel._later.stop()
    trained.hear(pictures(run, seconds=1.0))
    settle(qtbot)
    assert panel._later.remainingTime() > 50_000  # dear drawings leave the training its time


def test_a_hidden_panel_asks_for_nothing_until_it_is_seen(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = SamplesPanel(trained)
    qtbot.addWidget(panel)
    trained.hear(m.Progress(1, 0, 100.0, 10.0), m.Finished(run, 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert asked(trained) == []
    panel.show()
    assert asked(trained) == [m.Sample(run=run)]


def test_a_design_without_noise_is_told_what_would_be_shown(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, nothing(run))
    assert "makes nothing of noise" in texts(panel)
    trained.hear(m.Predictions("test", 0, 10, (m.Shown("digit", "classes", PICTURES, np.eye(64, 10), None),)))
    settle(qtbot)
    assert "makes nothing of noise" in texts(panel)
    questions = len(trained.engine.sent)
    trained.hear(m.Progress(2, 0, 1.0, 1.0), m.Progress(3, 0, 1.0, 1.0))
    settle(qtbot)
    assert len(trained.engine.sent) == questions


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_the_slider_goes_back_through_the_training(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run))
    assert panel.moment.maximum() == panel.moment.value() == 3
    assert "Now · epoch 3" in texts(panel)
    assert np.array_equal(panel.pictures.values, PICTURES)
    panel.moment.setFocus()
    qtbot.keyClick(panel.moment, Qt.Key.Key_Left)
    assert np.array_equal(panel.pictures.values, np.full_like(PICTURES, 40))
    assert "Epoch 2" in texts(panel)
    qtbot.mouseClick(panel.moment, LEFT, pos=handle(panel.moment, 0))
    while panel.moment.value():  # a click on the groove goes a page
        qtbot.mouseClick(panel.moment, LEFT, pos=handle(panel.moment, 0))
    assert np.array_equal(panel.pictures.values, np.zeros_like(PICTURES))
    assert panel.moment.accessibleDescription() == "Epoch 0"
    qtbot.keyClick(panel.moment, Qt.Key.Key_End)
    assert np.array_equal(panel.pictures.values, PICTURES)


def test_a_place_in_the_past_stays_while_moments_come_and_go(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run))
    panel.moment.setFocus()
    qtbot.keyClick(panel.moment, Qt.Key.Key_Left)
    lapse = TimeLapse(Path(run) / "samples")
    lapse.moments("output_1")[1].path.unlink()
    for step in (60, 80):
        lapse.add("output_1", step, step / 20, np.full((64, 1, 8, 8), step, np.uint8))
    trained.hear(pictures(run, 100))
    settle(qtbot)
    assert (panel.moment.value(), panel.moment.maximum()) == (1, 4)
    assert panel.pictures.values.max() == 40


def handle(slider: QSlider, value: int) -> QPoint:
    """Where the groove of a slider stands for a value."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    groove = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderGroove, slider
    )
    share = value / max(1, slider.maximum())
    return QPoint(groove.left() + 3 + round(share * (groove.width() - 6)), groove.center().y())


def test_new_noise_is_drawn_and_the_old_comes_back(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run))
    assert not panel.fixed.isVisible()
    qtbot.mouseClick(panel.fresh, LEFT)
    settle(qtbot)
    first = asked(trained)[-1].seed
    assert first is not None
    trained.hear(pictures(run))
    settle(qtbot)
    assert panel.fixed.isVisible()
    qtbot.mouseClick(panel.fresh, LEFT)
    settle(qtbot)
    assert asked(trained)[-1].seed not in (None, first)
    trained.hear(pictures(run))
    settle(qtbot)
    qtbot.mouseClick(panel.fixed, LEFT)
    settle(qtbot)
    assert asked(trained)[-1].seed is None


def test_count_and_class_are_chosen(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    labels = tuple(sorted(n % 10 for n in range(64)))
    lapse = TimeLapse(Path(run) / "samples")
    lapse.describe({"output_1": Kept("picture", "image", 7, labels)})
    answer = pictures(run, labels=labels, classes=tuple("0123456789"))
    panel = ready(trained, qtbot, answer)
    assert [len(row) for row in panel.pictures.rows] == [7, 7, 7, 7, 6, 6, 6, 6, 6, 6]
    assert panel.label.isVisible()
    panel.label.setFocus()
    for _ in range(4):
        qtbot.keyClick(panel.label, Qt.Key.Key_Down)
    settle(qtbot)
    trained.hear(answer)
    settle(qtbot)
    assert asked(trained)[-1].labels == (3,)
    panel.moment.setFocus()
    qtbot.keyClick(panel.moment, Qt.Key.Key_Left)
    assert panel.pictures.labels == (3,) * 7  # also of the past
    panel.count.setFocus()
    qtbot.keyClick(panel.count, Qt.Key.Key_Down)
    settle(qtbot)
    assert (asked(trained)[-1].count, asked(trained)[-1].labels) == (16, (3,))


def test_points_are_shown_over_the_real_ones(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    made = np.array([[0.0, 0.0], [5.0, 5.0], [np.nan, 0.0]])
    panel = ready(trained, qtbot, m.Samples(run, "p", "output_9", "value", made, outputs=("p",), real=REAL))
    assert panel.points.isVisible()
    assert len(panel.points.placed(made)) == 1  # the others are out of sight, or nowhere
    middle = panel.points.placed(np.zeros((1, 2)))[0]
    assert (middle - panel.points.plane().center()).manhattanLength() < 1
    image = panel.points.grab().toImage()
    assert image.pixelColor(middle.toPoint()) == theme.current().series[1]
    assert "the real ones lie around 0, 0.167" in panel.points.accessibleDescription()
    assert not panel.moment.isEnabled()


def test_what_is_no_picture_is_written_out(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    tokens = m.Samples(run, "t", "output_9", "tokens", np.array([[1, 0]]), outputs=("t",), words=("a", "b"))
    panel = ready(trained, qtbot, tokens)
    assert panel.text.toPlainText() == "ba"
    assert lines(np.array([[0.5, 2.0, 3.0]])) == ["0.5, 2, 3"]
    assert lines(np.array([[1, 9]]), ("one", "two")) == ["two <9>"]
    assert lines(np.zeros((1, 20)))[0].endswith("0, …")


def test_pictures_that_are_given_back_are_shown_in_pairs(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, nothing(run))
    assert trained.engine.sent[-1] == m.Predict("test", GIVEN_BACK, 0, run)
    trained.hear(m.Predictions("test", 0, 64, (m.Shown("copy", "image", PICTURES / 255, PICTURES / 300, None),)))
    settle(qtbot)
    assert panel.tiles.isVisible()
    assert [caption for caption, _ in panel.tiles.tiles[0].pictures] == ["input", "output"]
    assert not panel.moment.isVisible()


def test_outputs_are_chosen_by_name(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run, outputs=("picture", "points")))
    trained.hear(m.Predictions("test", 0, 64, (m.Shown("copy", "image", PICTURES / 255, PICTURES / 255, None),)))
    settle(qtbot)
    assert [panel.output.itemText(n) for n in range(3)] == ["picture", "points", "copy (given back)"]
    panel.output.setFocus()
    qtbot.keyClick(panel.output, Qt.Key.Key_Down)
    settle(qtbot)
    assert asked(trained)[-1].output == "points"
    qtbot.keyClick(panel.output, Qt.Key.Key_Down)
    settle(qtbot)
    assert panel.tiles.isVisible()


# -- taking away -------------------------------------------------------------------------------------------------------


def test_what_is_shown_is_saved(trained: PlayedSession, qtbot: QtBot, run: str, tmp_path: Path) -> None:
    panel = ready(trained, qtbot, pictures(run))
    panel.save_as("gif", str(tmp_path / "film"))
    assert asked(trained)[-1] == m.Sample("", 0, None, run, (), str(tmp_path / "film.gif"))
    panel.moment.setFocus()
    qtbot.keyClick(panel.moment, Qt.Key.Key_Left)
    panel.save_as("png", str(tmp_path / "still.png"))
    assert asked(trained)[-1] == m.Sample("", 0, None, run, (), str(tmp_path / "still.png"), 40)
    panel.save.menu().aboutToShow.emit()
    assert panel.files["gif"].isEnabled()
    trained.hear(m.Exported("png", (str(tmp_path / "still.png"),), "64 examples."))
    assert "still.png" in trained.notices[-1].text


# -- the views ---------------------------------------------------------------------------------------------------------


def test_pictures_are_as_large_as_they_all_fit() -> None:
    assert fitted(64, 1.0, 800, 800) == 8
    assert fitted(4, 1.0, 400, 100) == 4
    assert fitted(6, 2.0, 200, 150) == 2
    assert fitted(0, 1.0, 10, 10) == 1


def test_pictures_are_walked_by_keys_and_picked_by_mouse(qtbot: QtBot) -> None:
    grid = shown(qtbot, PictureGrid(), 420, 200)
    grid.show_pictures(PICTURES[:10], [0] * 5 + [1] * 5, ("cat", "dog"))
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.accessibleDescription() == "Sample 6 of 10, class dog"
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.current == 9
    qtbot.mouseClick(grid, LEFT, pos=grid.place(2).center())
    assert grid.accessibleDescription() == "Sample 3 of 10, class cat"
    assert grid.rect().contains(grid.place(9))


def test_samples_are_painted_in_both_themes(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run))
    colour = np.random.default_rng(0).integers(0, 255, (9, 3, 40, 90), dtype=np.uint8)
    made = [pictures(run), m.Samples(run, "c", "o", "image", colour, outputs=("c",)),
            m.Samples(run, "p", "o", "value", REAL, outputs=("p",), real=REAL)]  # fmt: skip
    for look in ("light", "dark"):
        theme.set_theme(look)
        for answer in made:
            trained.hear(answer)
            settle(qtbot)
            image = panel.grab().toImage()
            assert len({image.pixel(x, y) for x in range(0, 700, 3) for y in range(40, 280, 3)}) > 5
            assert image.pixelColor(3, 200) == theme.current().panel


def test_an_empty_cloud_is_painted(qtbot: QtBot) -> None:
    cloud = shown(qtbot, PointCloud(), 200, 200)
    cloud.show_points(np.zeros((0, 2)), None)
    assert not cloud.grab().isNull()

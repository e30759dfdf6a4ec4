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
from backend.questions.predictions import Predict, Predictions, Shown
from backend.questions.samples import Sample, Samples, WriteSamples
from graph.analysis import Analysis
from gui import theme
from gui.inside.grid_view import GIVEN_BACK
from gui.inside.samples_view import PictureGrid, PointCloud, fitted, lines
from gui.panels.samples import SamplesPanel

LEFT = Qt.MouseButton.LeftButton
PICTURES = np.random.default_rng(0).integers(0, 255, (64, 1, 8, 8), dtype=np.uint8)
REAL = np.array([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.5]])


def pictures(run: str, **more: object) -> Samples:
    fields = {"outputs": ("picture",), **more}
    return Samples(run, "picture", "output_1", "image", PICTURES, **fields)  # type: ignore[arg-type]


def nothing(run: str) -> Samples:
    return Samples(run, "", "", "", np.zeros((0, 0)))


def given_back(name: str, outputs: np.ndarray = PICTURES / 300, kind: str = "image") -> Predictions:
    return Predictions("test", 0, 64, (Shown(name, kind, PICTURES / 255, outputs, None),))


def asked(session: PlayedSession) -> list[Sample]:
    return [command for command in session.engine.sent if type(command) is Sample]


def looked(session: PlayedSession) -> list[Predict]:
    return [command for command in session.engine.sent if isinstance(command, Predict)]


def answer(session: PlayedSession, qtbot: QtBot, result: Samples | Predictions, step: int = 60,
           seconds: float = 0.0) -> None:  # fmt: skip
    """Let the engine answer the newest question for such a thing."""
    settle(qtbot)
    question = (asked(session) if isinstance(result, Samples) else looked(session))[-1]
    session.hear(m.Answered(question, result, step=step, epoch=step / 20, seconds=seconds))
    settle(qtbot)


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


def ready(session: PlayedSession, qtbot: QtBot, samples: Samples, width: int = 700) -> SamplesPanel:
    """The panel with an answer in its grid."""
    panel = shown(qtbot, SamplesPanel(session), width, 320)
    session.hear(m.Finished(session.run, 42, 1.0, 1.0, {}))
    answer(session, qtbot, samples)
    return panel


# -- asking ------------------------------------------------------------------------------------------------------------


def test_samples_are_asked_for_one_at_a_time_and_not_too_often(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = shown(qtbot, SamplesPanel(trained), 600, 300)
    assert "No samples yet" in texts(panel)
    for step in (1, 2, 3):
        trained.hear(m.Metrics("train", step, 0.1, {"loss": 1.0}))
        settle(qtbot)
    (question,) = asked(trained)
    assert (question.output, question.count, question.seed, question.labels) == ("", 0, None, ())
    answer(trained, qtbot, given_back("digit", np.eye(64, 10), "classes"))
    answer(trained, qtbot, pictures(run), seconds=1.0)
    trained.hear(m.Metrics("train", 4, 0.1, {"loss": 1.0}))
    settle(qtbot)
    assert len(asked(trained)) == 1
    assert panel.grid.drawer.rest > 50  # dear drawings leave the training its time
    trained.hear(m.Progress(0, 4, 1.0, 1.0, paused=True))
    settle(qtbot)
    assert len(asked(trained)) == 2  # one that is held needs none
    answer(trained, qtbot, pictures(run), seconds=1.0)
    trained.hear(m.Finished(run, 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert [question.run for question in asked(trained)] == ["", "", run]
    assert len(looked(trained)) == 1  # nothing is given back


def test_a_hidden_panel_asks_for_nothing_until_it_is_seen(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = SamplesPanel(trained)
    qtbot.addWidget(panel)
    trained.hear(m.Metrics("train", 1, 0.1, {"loss": 1.0}), m.Finished(run, 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert asked(trained) == looked(trained) == []
    panel.show()
    settle(qtbot)
    assert [question.run for question in asked(trained)] == [run]


def test_the_grid_asks_for_nothing_while_another_view_is_shown(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = shown(qtbot, SamplesPanel(trained), 600, 300)
    answer(trained, qtbot, pictures(run))
    questions = len(asked(trained))
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    trained.hear(m.Finished(run, 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert len(asked(trained)) == questions
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    settle(qtbot)
    assert len(asked(trained)) == questions + 1


def test_a_design_without_noise_is_told_what_would_be_shown(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, nothing(run))
    grid = panel.grid
    assert "makes nothing of noise" in texts(grid)
    answer(trained, qtbot, given_back("digit", np.eye(64, 10), "classes"))
    assert "makes nothing of noise" in texts(grid)
    questions = len(trained.engine.sent)
    trained.hear(m.Metrics("train", 2, 0.1, {}), m.Metrics("train", 3, 0.1, {}))
    settle(qtbot)
    assert len(trained.engine.sent) == questions


def test_another_training_is_asked_anew(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, nothing(run))
    grid = panel.grid
    answer(trained, qtbot, given_back("digit", np.eye(64, 10), "classes"))
    questions = (len(asked(trained)), len(looked(trained)))
    trained.hear(m.Started(run, 42, epochs=10, steps=20, device="cpu"))
    answer(trained, qtbot, pictures(run))
    assert grid.pictures.isVisible()
    assert (len(asked(trained)), len(looked(trained))) == (questions[0] + 1, questions[1] + 1)


def test_what_goes_wrong_is_told_beside_what_can_be_chosen(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run))
    grid = panel.grid
    grid.count.setFocus()
    qtbot.keyClick(grid.count, Qt.Key.Key_End)
    settle(qtbot)
    trained.hear(m.Answered(asked(trained)[-1], error="The memory is full."))
    settle(qtbot)
    assert "The memory is full." in texts(grid)
    assert not trained.notices
    qtbot.keyClick(grid.count, Qt.Key.Key_Home)
    answer(trained, qtbot, pictures(run))
    assert "The memory is full." not in texts(grid)
    assert grid.pictures.isVisible()


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_the_slider_goes_back_through_the_training(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run))
    grid = panel.grid
    assert grid.moment.maximum() == grid.moment.value() == 3
    assert "Now · epoch 3" in texts(grid)
    assert np.array_equal(grid.pictures.values, PICTURES)
    grid.moment.setFocus()
    qtbot.keyClick(grid.moment, Qt.Key.Key_Left)
    assert np.array_equal(grid.pictures.values, np.full_like(PICTURES, 40))
    assert "Epoch 2" in texts(grid)
    qtbot.mouseClick(grid.moment, LEFT, pos=handle(grid.moment, 0))
    while grid.moment.value():  # a click on the groove goes a page
        qtbot.mouseClick(grid.moment, LEFT, pos=handle(grid.moment, 0))
    assert np.array_equal(grid.pictures.values, np.zeros_like(PICTURES))
    assert grid.moment.accessibleDescription() == "Epoch 0"
    qtbot.keyClick(grid.moment, Qt.Key.Key_End)
    assert np.array_equal(grid.pictures.values, PICTURES)


def test_a_place_in_the_past_stays_while_moments_come_and_go(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run))
    grid = panel.grid
    grid.moment.setFocus()
    qtbot.keyClick(grid.moment, Qt.Key.Key_Left)
    lapse = TimeLapse(Path(run) / "samples")
    lapse.moments("output_1")[1].path.unlink()
    for step in (60, 80):
        lapse.add("output_1", step, step / 20, np.full((64, 1, 8, 8), step, np.uint8))
    grid.ask()
    answer(trained, qtbot, pictures(run), step=100)
    assert (grid.moment.value(), grid.moment.maximum()) == (1, 4)
    assert grid.pictures.values.max() == 40


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
    grid = panel.grid
    assert not grid.fixed.isVisible()
    qtbot.mouseClick(grid.fresh, LEFT)
    settle(qtbot)
    first = asked(trained)[-1].seed
    assert first is not None
    answer(trained, qtbot, pictures(run))
    assert grid.fixed.isVisible()
    qtbot.mouseClick(grid.fresh, LEFT)
    settle(qtbot)
    assert asked(trained)[-1].seed not in (None, first)
    answer(trained, qtbot, pictures(run))
    qtbot.mouseClick(grid.fixed, LEFT)
    settle(qtbot)
    assert asked(trained)[-1].seed is None


def test_count_and_class_are_chosen(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    labels = tuple(sorted(n % 10 for n in range(64)))
    lapse = TimeLapse(Path(run) / "samples")
    lapse.describe({"output_1": Kept("picture", "image", 7, labels)})
    samples = pictures(run, labels=labels, classes=tuple("0123456789"))
    panel = ready(trained, qtbot, samples)
    grid = panel.grid
    assert [len(row) for row in grid.pictures.rows] == [7, 7, 7, 7, 6, 6, 6, 6, 6, 6]
    assert grid.label.isVisible()
    grid.label.setFocus()
    for _ in range(4):
        qtbot.keyClick(grid.label, Qt.Key.Key_Down)
    settle(qtbot)
    answer(trained, qtbot, samples)
    assert asked(trained)[-1].labels == (3,)
    grid.moment.setFocus()
    qtbot.keyClick(grid.moment, Qt.Key.Key_Left)
    assert grid.pictures.labels == (3,) * 7  # also of the past
    grid.count.setFocus()
    qtbot.keyClick(grid.count, Qt.Key.Key_Down)
    settle(qtbot)
    assert (asked(trained)[-1].count, asked(trained)[-1].labels) == (16, (3,))


def test_points_are_shown_over_the_real_ones(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    made = np.array([[0.0, 0.0], [5.0, 5.0], [np.nan, 0.0]])
    panel = ready(trained, qtbot, Samples(run, "p", "output_9", "value", made, outputs=("p",), real=REAL))
    grid = panel.grid
    assert grid.points.isVisible()
    assert len(grid.points.placed(made)) == 1  # the others are out of sight, or nowhere
    middle = grid.points.placed(np.zeros((1, 2)))[0]
    assert (middle - grid.points.plane().center()).manhattanLength() < 1
    image = grid.points.grab().toImage()
    assert image.pixelColor(middle.toPoint()) == theme.current().series[1]
    assert "the real ones lie around 0, 0.167" in grid.points.accessibleDescription()
    assert not grid.moment.isEnabled()


def test_what_is_no_picture_is_written_out(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    tokens = Samples(run, "t", "output_9", "tokens", np.array([[1, 0]]), outputs=("t",), words=("a", "b"))
    panel = ready(trained, qtbot, tokens)
    grid = panel.grid
    assert grid.text.toPlainText() == "ba"
    assert lines(np.array([[0.5, 2.0, 3.0]])) == ["0.5, 2, 3"]
    assert lines(np.array([[1, 9]]), ("one", "two")) == ["two <9>"]
    assert lines(np.zeros((1, 20)))[0].endswith("0, …")


def test_pictures_that_are_given_back_are_shown_in_pairs(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, nothing(run))
    grid = panel.grid
    question = looked(trained)[-1]
    assert (question.split, question.count, question.offset, question.run) == ("test", GIVEN_BACK, 0, "")
    answer(trained, qtbot, given_back("copy"))
    assert grid.tiles.isVisible()
    assert [caption for caption, _ in grid.tiles.tiles[0].pictures] == ["input", "output"]
    assert not grid.moment.isVisible()
    drawn = len(asked(trained))
    trained.hear(m.Finished(run, 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert [each.run for each in looked(trained)] == ["", run]  # asked again, for they are what is shown
    assert len(asked(trained)) == drawn


def test_outputs_are_chosen_by_name(trained: PlayedSession, qtbot: QtBot, run: str) -> None:
    panel = ready(trained, qtbot, pictures(run, outputs=("picture", "points")))
    grid = panel.grid
    answer(trained, qtbot, given_back("copy", PICTURES / 255))
    assert [grid.output.itemText(n) for n in range(3)] == ["picture", "points", "copy (given back)"]
    grid.output.setFocus()
    qtbot.keyClick(grid.output, Qt.Key.Key_Down)
    settle(qtbot)
    assert asked(trained)[-1].output == "points"
    qtbot.keyClick(grid.output, Qt.Key.Key_Down)
    settle(qtbot)
    assert grid.tiles.isVisible()
    assert len(looked(trained)) == 2


# -- taking away -------------------------------------------------------------------------------------------------------


def test_what_is_shown_is_saved(trained: PlayedSession, qtbot: QtBot, run: str, tmp_path: Path) -> None:
    panel = ready(trained, qtbot, pictures(run))
    grid = panel.grid
    grid.save_as("gif", str(tmp_path / "film"))
    written = trained.engine.sent[-1]
    assert written == WriteSamples(to=str(tmp_path / "film.gif"), run=run, number=written.number)
    grid.moment.setFocus()
    qtbot.keyClick(grid.moment, Qt.Key.Key_Left)
    grid.save_as("png", str(tmp_path / "still.png"))
    written = trained.engine.sent[-1]
    assert written == WriteSamples(to=str(tmp_path / "still.png"), step=40, run=run, number=written.number)
    grid.save.menu().aboutToShow.emit()
    assert grid.files["gif"].isEnabled()
    trained.hear(m.Answered(written, m.Exported("png", (str(tmp_path / "still.png"),), "64 examples.")))
    assert "still.png" in trained.notices[-1].text
    trained.hear(m.Answered(written, error="The disk is full."))
    assert trained.notices[-1].text == "The disk is full."
    settle(qtbot)
    assert grid.pictures.isVisible()


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
    grid = panel.grid
    colour = np.random.default_rng(0).integers(0, 255, (9, 3, 40, 90), dtype=np.uint8)
    made = [pictures(run), Samples(run, "c", "o", "image", colour, outputs=("c",)),
            Samples(run, "p", "o", "value", REAL, outputs=("p",), real=REAL)]  # fmt: skip
    for look in ("light", "dark"):
        theme.set_theme(look)
        for samples in made:
            grid.ask()
            answer(trained, qtbot, samples)
            image = grid.grab().toImage()
            assert len({image.pixel(x, y) for x in range(0, 700, 3) for y in range(40, 280, 3)}) > 5
            assert image.pixelColor(3, 200) == theme.current().panel


def test_an_empty_cloud_is_painted(qtbot: QtBot) -> None:
    cloud = shown(qtbot, PointCloud(), 200, 200)
    cloud.show_points(np.zeros((0, 2)), None)
    assert not cloud.grab().isNull()

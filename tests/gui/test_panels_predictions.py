"""The predictions panel: when it asks, what it shows, how one moves about in it."""

from __future__ import annotations

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.questions.predictions import Predict, Predictions, Shown
from graph.analysis import Analysis
from gui import theme
from gui.panels.predictions import PAGE, PredictionsPanel

LEFT = Qt.MouseButton.LeftButton
DIGITS = np.zeros((4, 1, 8, 8), np.float32)
SHARES = np.eye(10, dtype=np.float32)[[3, 1, 4, 1]] * 0.9 + 0.01
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)


def digits(total: int = 360, offset: int = 0, split: str = "test") -> Predictions:
    return Predictions(split, offset, total, (Shown("digit", "classes", DIGITS, SHARES, np.array([3, 1, 4, 5])),))


def questions(session: PlayedSession) -> list[Predict]:
    return [command for command in session.engine.sent if isinstance(command, Predict)]


def asked(session: PlayedSession) -> list[tuple[str, int]]:
    return [(question.split, question.offset) for question in questions(session)]


def answer(session: PlayedSession, qtbot: QtBot, result: Predictions | None, error: str = "",
           seconds: float = 0.0) -> None:  # fmt: skip
    """Let the engine answer the newest question."""
    settle(qtbot)
    session.hear(m.Answered(questions(session)[-1], result, error, seconds=seconds))
    settle(qtbot)


@pytest.fixture
def trained(session: PlayedSession) -> PlayedSession:
    """A session whose faultless design is being trained."""
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    session.train()
    session.hear(m.Started("runs/one", 42, epochs=10, steps=20, device="cpu"))
    return session


def test_predictions_are_asked_for_as_the_training_goes_on(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    assert "No predictions yet" in texts(panel)
    for step in (0, 1, 2):
        trained.hear(m.Metrics("train", step, 0.1, {"loss": 1.0}))
        settle(qtbot)
    assert asked(trained) == [("test", 0)]  # one at a time
    answer(trained, qtbot, digits(), seconds=60.0)
    assert "<b>3/4</b> right" in texts(panel)
    assert asked(trained) == [("test", 0)]  # the next one waits, for this one was dear
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert asked(trained) == [("test", 0), ("test", 0)]
    assert [question.run for question in questions(trained)] == ["", "runs/one"]


def test_a_training_that_is_held_is_asked_at_once(trained: PlayedSession, qtbot: QtBot) -> None:
    shown(qtbot, PredictionsPanel(trained), 600, 300)
    answer(trained, qtbot, digits(), seconds=60.0)
    for _ in range(2):
        questions_before = len(asked(trained))
        trained.hear(m.Progress(0, 7, 1.0, 1.0, paused=True))
        settle(qtbot)
        assert len(asked(trained)) == questions_before + 1
        answer(trained, qtbot, digits(), seconds=60.0)


def test_a_hidden_panel_asks_for_nothing_until_it_is_seen(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = PredictionsPanel(trained)
    qtbot.addWidget(panel)
    trained.hear(m.Metrics("train", 1, 0.1, {"loss": 1.0}), m.Finished("runs/one", 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert asked(trained) == []
    panel.show()
    assert asked(trained) == [("test", 0)]


def test_a_run_that_is_opened_answers_at_once(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(session), 600, 300)
    settle(qtbot)
    assert asked(session) == []
    session.run = "runs/old"
    session.hear(m.Started("runs/old", 42, 10, 20, ""))
    answer(session, qtbot, digits())
    assert questions(session)[-1].run == "runs/old"
    assert "<b>3/4</b> right" in texts(panel)


def test_pages_and_splits_are_turned(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    answer(trained, qtbot, digits(total=PAGE + 4))
    assert not panel.back.isEnabled()
    qtbot.mouseClick(panel.forth, LEFT)
    settle(qtbot)
    assert asked(trained)[-1] == ("test", PAGE)
    answer(trained, qtbot, digits(total=PAGE + 4, offset=PAGE))
    assert f"{PAGE + 1}–{PAGE + 4} of {PAGE + 4}" in texts(panel)
    assert not panel.forth.isEnabled()
    panel.splits.setFocus()
    qtbot.keyClick(panel.splits, Qt.Key.Key_End)
    settle(qtbot)
    assert asked(trained)[-1] == ("train", 0)


def test_a_new_training_begins_with_the_first_page(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    answer(trained, qtbot, digits(total=PAGE + 4))
    qtbot.mouseClick(panel.forth, LEFT)
    answer(trained, qtbot, digits(total=PAGE + 4, offset=PAGE))
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}), m.Started("runs/two", 42, 10, 20, "cpu"))
    settle(qtbot)
    assert asked(trained)[-1] == ("test", 0)


def test_a_part_without_examples_leaves_the_way_back(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    answer(trained, qtbot, digits())
    panel.splits.setFocus()
    qtbot.keyClick(panel.splits, Qt.Key.Key_Down)
    settle(qtbot)
    assert asked(trained)[-1] == ("validation", 0)
    answer(trained, qtbot, Predictions("validation", 0, 0, ()))
    assert "There are no validation examples" in texts(panel)
    assert "right" not in texts(panel)
    qtbot.keyClick(panel.splits, Qt.Key.Key_Up)
    answer(trained, qtbot, digits())
    assert panel.tiles.isVisible()


def test_what_goes_wrong_is_told_until_it_goes_well(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    answer(trained, qtbot, None, "The memory is full.")
    assert "The memory is full." in texts(panel)
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    answer(trained, qtbot, digits())
    assert "The memory is full." not in texts(panel)
    assert panel.tiles.isVisible()


def test_wrong_answers_come_first_on_request(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    answer(trained, qtbot, digits())
    assert [tile.number for tile in panel.tiles.tiles] == [1, 2, 3, 4]
    qtbot.mouseClick(panel.wrong, LEFT)
    settle(qtbot)
    assert [tile.number for tile in panel.tiles.tiles] == [4, 1, 2, 3]
    assert panel.tiles.tiles[0].right is False


def test_tiles_are_walked_by_keys_and_picked_by_mouse(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 420, 160)
    answer(trained, qtbot, digits())
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
    said = np.array([[0.1], [0.9], [0.8], [0.2]], np.float32)
    shown_ = Shown("different", "value", XOR, said, np.array([[0], [1], [1], [0]], np.float32))
    answer(trained, qtbot, Predictions("test", 0, 4, (shown_,)))
    assert "<b>4/4</b> right" in texts(panel)
    cells = [[panel.table.item(row, column).text() for column in range(6)] for row in range(4)]
    assert cells[1] == ["2", "0", "1", "0.9", "1", "✓"]


def test_several_outputs_are_chosen_by_name(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    pictures = Shown("picture", "image", DIGITS, DIGITS, None)
    answer(trained, qtbot, Predictions("test", 0, 4, (*digits().shown, pictures)))
    assert panel.output.isVisible()
    panel.output.setFocus()
    qtbot.keyClick(panel.output, Qt.Key.Key_Down)
    settle(qtbot)
    assert [caption for caption, _ in panel.tiles.tiles[0].pictures] == ["input", "output"]


def test_a_design_without_outputs_is_told_to_add_one(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    answer(trained, qtbot, Predictions("test", 0, 360, ()))
    assert "Add an Output node" in texts(panel)


def test_predictions_of_every_shape_are_painted_in_both_themes(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    colour = np.random.default_rng(0).random((3, 3, 40, 90)).astype(np.float32)
    for look in ("light", "dark"):
        theme.set_theme(look)
        for made in (digits(), Predictions("test", 0, 3, (Shown("picture", "image", colour, colour * 2, colour),))):
            panel.ask()
            answer(trained, qtbot, made)
            image = panel.grab().toImage()
            assert len({image.pixel(x, y) for x in range(0, 600, 7) for y in range(40, 300, 7)}) > 5


def test_who_comes_back_to_a_tab_sees_its_predictions(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    answer(trained, qtbot, digits())
    first = trained.current
    with trained.document.edit("Add"):
        trained.document.add_node("relu")
    trained.new()
    settle(qtbot)
    assert "No predictions yet" in texts(panel)
    before = len(asked(trained))
    trained.show(first)
    settle(qtbot)
    assert len(asked(trained)) == before + 1
    answer(trained, qtbot, digits())
    assert questions(trained)[-1].run == "runs/one"
    assert "<b>3/4</b> right" in texts(panel)

"""The predictions panel: when it asks, what it shows, how one moves about in it."""

from __future__ import annotations

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from graph.analysis import Analysis
from gui import theme
from gui.panels.predictions import PAGE, PredictionsPanel

LEFT = Qt.MouseButton.LeftButton
DIGITS = np.zeros((4, 1, 8, 8), np.float32)
SHARES = np.eye(10, dtype=np.float32)[[3, 1, 4, 1]] * 0.9 + 0.01
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)


def digits(total: int = 360, offset: int = 0, split: str = "test") -> m.Predictions:
    return m.Predictions(split, offset, total, (m.Shown("digit", "classes", DIGITS, SHARES, np.array([3, 1, 4, 5])),))


def asked(session: PlayedSession) -> list[tuple[str, int]]:
    return [(command.split, command.offset) for command in session.engine.sent if isinstance(command, m.Predict)]


@pytest.fixture
def trained(session: PlayedSession) -> PlayedSession:
    """A session whose faultless design is being trained."""
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    session.train()
    session.hear(m.Started("runs/one", 42, epochs=10, steps=20, device="cpu"))
    return session


def test_predictions_are_asked_for_when_epochs_end_one_at_a_time(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    assert "No predictions yet" in texts(panel)
    for epoch in (0, 1, 2):
        trained.hear(m.Progress(epoch, 5, 100.0, 10.0))
        settle(qtbot)
    assert asked(trained) == [("test", 0)]
    trained.hear(digits())
    settle(qtbot)
    assert "<b>3/4</b> right" in texts(panel)
    assert asked(trained) == [("test", 0)]  # the next one waits for its second
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert asked(trained) == [("test", 0), ("test", 0)]


def test_a_hidden_panel_asks_for_nothing_until_it_is_seen(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = PredictionsPanel(trained)
    qtbot.addWidget(panel)
    trained.hear(m.Progress(1, 0, 100.0, 10.0), m.Finished("runs/one", 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert asked(trained) == []
    panel.show()
    assert asked(trained) == [("test", 0)]


def test_pages_and_splits_are_turned(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    trained.hear(m.Finished("runs/one", 42, 1.0, 1.0, {}))
    settle(qtbot)
    trained.hear(digits(total=PAGE + 4))
    settle(qtbot)
    assert not panel.back.isEnabled()
    qtbot.mouseClick(panel.forth, LEFT)
    settle(qtbot)
    assert asked(trained)[-1] == ("test", PAGE)
    trained.hear(digits(total=PAGE + 4, offset=PAGE))
    settle(qtbot)
    assert f"{PAGE + 1}–{PAGE + 4} of {PAGE + 4}" in texts(panel)
    assert not panel.forth.isEnabled()
    panel.splits.setFocus()
    qtbot.keyClick(panel.splits, Qt.Key.Key_End)
    settle(qtbot)
    assert asked(trained)[-1] == ("train", 0)


def test_wrong_answers_come_first_on_request(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 700, 300)
    trained.hear(digits())
    settle(qtbot)
    assert [tile.number for tile in panel.tiles.tiles] == [1, 2, 3, 4]
    qtbot.mouseClick(panel.wrong, LEFT)
    settle(qtbot)
    assert [tile.number for tile in panel.tiles.tiles] == [4, 1, 2, 3]
    assert panel.tiles.tiles[0].right is False


def test_tiles_are_walked_by_keys_and_picked_by_mouse(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 420, 160)
    trained.hear(digits())
    settle(qtbot)
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
    settle(qtbot)
    assert "<b>4/4</b> right" in texts(panel)
    cells = [[panel.table.item(row, column).text() for column in range(6)] for row in range(4)]
    assert cells[1] == ["2", "0", "1", "0.9", "1", "✓"]


def test_several_outputs_are_chosen_by_name(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    pictures = m.Shown("picture", "image", DIGITS, DIGITS, None)
    trained.hear(m.Predictions("test", 0, 4, (*digits().shown, pictures)))
    settle(qtbot)
    assert panel.output.isVisible()
    panel.output.setFocus()
    qtbot.keyClick(panel.output, Qt.Key.Key_Down)
    settle(qtbot)
    assert [caption for caption, _ in panel.tiles.tiles[0].pictures] == ["input", "output"]


def test_a_design_without_outputs_is_told_to_add_one(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    trained.hear(m.Predictions("test", 0, 360, ()))
    settle(qtbot)
    assert "Add an Output node" in texts(panel)


def test_predictions_of_every_shape_are_painted_in_both_themes(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    colour = np.random.default_rng(0).random((3, 3, 40, 90)).astype(np.float32)
    for look in ("light", "dark"):
        theme.set_theme(look)
        for made in (digits(), m.Predictions("test", 0, 3, (m.Shown("picture", "image", colour, colour * 2, colour),))):
            trained.hear(made)
            settle(qtbot)
            image = panel.grab().toImage()
            assert len({image.pixel(x, y) for x in range(0, 600, 7) for y in range(40, 300, 7)}) > 5


def test_where_a_part_has_no_examples_another_can_be_chosen(trained: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, PredictionsPanel(trained), 600, 300)
    trained.hear(m.Progress(1, 5, 100.0, 10.0))
    settle(qtbot)
    trained.hear(m.Predictions("test", 0, 0, ()))
    settle(qtbot)
    assert "The test part of the data is empty: choose another part above." in texts(panel)
    qtbot.keyClick(panel.splits, Qt.Key.Key_Down)
    settle(qtbot)
    assert asked(trained)[-1] == ("validation", 0)
    trained.hear(digits(split="validation"))
    settle(qtbot)
    assert "<b>3/4</b> right" in texts(panel)

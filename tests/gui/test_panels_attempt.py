"""Trying a network out by hand: what is drawn, dragged, typed and chosen is asked, and the answer is shown."""

from __future__ import annotations

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.questions.attempts import Attempt, Blank, Entry, Filled, Outcome, Reply
from gui.inside.curve_pad import CurvePad
from gui.inside.pad import DrawingPad
from gui.panels.attempt import AttemptPanel

LEFT = Qt.MouseButton.LeftButton
PICTURE = Entry("data_1", "image", "picture", np.zeros((1, 8, 8), np.float32))
ROW = (
    Entry("table_1", "age", "number", 40.0, 18.0, 90.0, whole=True),
    Entry("table_1", "balance", "number", 0.5, 0.0, 1.0),
    Entry("table_1", "country", "choice", 0, choices=("France", "Spain")),
    Entry("text_1", "text", "text", "a fine film"),
    Entry("series_1", "window", "curve", np.linspace(1, 2, 6, dtype=np.float32).reshape(6, 1), choices=("sales",)),
)  # fmt: skip


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> AttemptPanel:
    made = shown(qtbot, AttemptPanel(session), 640, 420)
    settle(qtbot)
    return made


def asked(session: PlayedSession, kind: type) -> list[m.Question]:
    return [command for command in session.engine.sent if isinstance(command, kind)]


def begin(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot, *entries: Entry, drawn: str = "") -> None:
    """A run whose network can be given these, answered once."""
    session.run = "a run"
    panel.choose(0)
    settle(qtbot)
    session.hear(m.Answered(asked(session, Blank)[-1], Filled(entries, 0, 20, (), (drawn,) if drawn else ())))
    settle(qtbot)
    answer(session, qtbot)


def answer(session: PlayedSession, qtbot: QtBot, words: str = "") -> None:
    seen = m.Seen("output_1", "output", "classes", np.array([0.25, 0.75]), (2,), names=("cat", "dog"))
    session.hear(m.Answered(asked(session, Attempt)[-1], Outcome((Reply("animal", seen, words),))))
    settle(qtbot)


def given(session: PlayedSession) -> dict[str, object]:
    question = asked(session, Attempt)[-1]
    assert isinstance(question, Attempt)
    return {name: value for _, name, value in question.given}


def editor(panel: AttemptPanel, name: str) -> object:
    return next(row.editor for row in panel.rows if row.entry.name == name)


def test_it_says_what_to_do_before_there_is_a_run(panel: AttemptPanel, session: PlayedSession) -> None:
    assert "Press Train, or open a finished run" in texts(panel)
    assert not asked(session, Blank)


def test_what_is_drawn_is_asked_while_one_draws(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot, PICTURE)
    pad = editor(panel, "image")
    assert isinstance(pad, DrawingPad)
    place = pad.pad.place
    QTest.mousePress(pad.pad, LEFT, pos=place.topLeft() + QPoint(20, 20))
    QTest.mouseMove(pad.pad, place.center())
    settle(qtbot)
    picture = given(session)["image"]
    assert isinstance(picture, np.ndarray)
    assert picture.shape == (1, 8, 8)
    assert picture.max() > 0.5
    before = len(asked(session, Attempt))
    QTest.mouseMove(pad.pad, place.center() + QPoint(30, 0))
    settle(qtbot)
    assert len(asked(session, Attempt)) == before  # one at a time
    answer(session, qtbot)
    assert len(asked(session, Attempt)) == before + 1
    QTest.mouseRelease(pad.pad, LEFT, pos=place.center())
    assert panel.cards["animal"].view.seen is not None
    assert panel.cards["animal"].isVisible()


def test_numbers_choices_texts_and_curves_are_given(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot, *ROW)
    assert given(session) | {"window": 0} == {
        "age": 40,
        "balance": 0.5,
        "country": 0,
        "text": "a fine film",
        "window": 0,
    }
    field = panel.rows[0].editor.field  # type: ignore[attr-defined]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "61")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot)
    assert given(session)["age"] == 61
    answer(session, qtbot)
    box = panel.rows[2].editor
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    settle(qtbot)
    assert given(session)["country"] == 1
    answer(session, qtbot)
    QTest.keyClicks(panel.rows[3].editor, " indeed")
    settle(qtbot)
    answer(session, qtbot, "a fine answer")
    assert "indeed" in str(given(session)["text"])
    assert "a fine answer" in texts(panel)


def test_a_curve_is_dragged_and_nudged(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot, ROW[4])
    curve = editor(panel, "window")
    assert isinstance(curve, CurvePad)
    start, end = curve.spot(2, 1.4).toPoint(), curve.spot(4, 1.1).toPoint()
    QTest.mousePress(curve, LEFT, pos=start)
    QTest.mouseMove(curve, end)
    QTest.mouseRelease(curve, LEFT, pos=end)
    assert curve.values[[2, 4], 0] == pytest.approx([1.4, 1.1], abs=0.02)
    assert 1.1 < curve.values[3, 0] < 1.4  # what a quick hand jumped over lies between
    before = float(curve.values[4, 0])
    curve.setFocus()
    QTest.keyClick(curve, Qt.Key.Key_Up)
    assert curve.values[4, 0] > before
    QTest.keyClick(curve, Qt.Key.Key_Left)
    assert curve.step == 3
    answer(session, qtbot)
    assert np.asarray(given(session)["window"]).shape == (6, 1)
    assert np.array_equal(np.asarray(given(session)["window"]), curve.values)


def test_examples_are_leafed_through_and_changes_taken_back(
    panel: AttemptPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    begin(panel, session, qtbot, *ROW[:2])
    qtbot.mouseClick(panel.after, LEFT)
    settle(qtbot)
    blank = asked(session, Blank)[-1]
    assert isinstance(blank, Blank)
    assert blank.index == 1
    session.hear(m.Answered(blank, Filled((ROW[0], Entry("table_1", "balance", "number", 0.9, 0.0, 1.0)), 1, 20)))
    settle(qtbot)
    assert given(session)["balance"] == 0.9
    assert "2 of 20" in texts(panel)
    qtbot.mouseClick(panel.back, LEFT)
    settle(qtbot)
    assert asked(session, Blank)[-1].number != blank.number
    panel.splits.setCurrentText("Train")
    panel.splits.activated.emit(2)
    settle(qtbot)
    assert panel.split == "train"


def test_noise_is_drawn_again(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot, Entry("labels_1", "label", "choice", 0, choices=("0", "1")), drawn="noise")
    assert panel.again.isVisible()
    qtbot.mouseClick(panel.again, LEFT)
    settle(qtbot)
    question = asked(session, Attempt)[-1]
    assert isinstance(question, Attempt)
    assert question.seed == 1


def test_what_goes_wrong_is_told(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "a run"
    panel.choose(0)
    settle(qtbot)
    session.hear(m.Answered(asked(session, Blank)[-1], error="The design has no Output node."))
    settle(qtbot)
    assert "The design has no Output node." in texts(panel)


def test_a_forecast_is_a_line(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot, ROW[4])
    seen = m.Seen("output_1", "output", "vector", np.arange(3.0), (3,))
    reply = Reply("animal", seen, curve=np.arange(3.0).reshape(3, 1), columns=("sales",))
    curve = editor(panel, "window")
    assert isinstance(curve, CurvePad)
    curve.setFocus()
    QTest.keyClick(curve, Qt.Key.Key_Up)
    settle(qtbot)
    session.hear(m.Answered(asked(session, Attempt)[-1], Outcome((reply,))))
    settle(qtbot)
    card = panel.cards["animal"]
    assert card.curve.isVisible()
    assert not card.view.isVisible()
    assert card.curve.accessibleDescription() == "sales, 0, 1, 2"


def test_where_a_part_has_no_examples_another_can_be_chosen(
    panel: AttemptPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    assert not panel.splits.isVisible()
    session.run = "a run"
    panel.choose(0)
    settle(qtbot)
    for split in ("test", "validation", "train"):  # the next part is tried by itself, until there is none
        blank = asked(session, Blank)[-1]
        assert isinstance(blank, Blank)
        assert blank.split == split
        session.hear(m.Answered(blank, error=f"There are no {split} examples to begin with."))
        settle(qtbot)
    assert "This cannot be tried" in texts(panel)
    assert panel.splits.isVisible()
    QTest.keyClick(panel.splits, Qt.Key.Key_Up)
    settle(qtbot)
    question = asked(session, Blank)[-1]
    assert question == Blank("validation", number=question.number, run="a run", asker=question.asker)
    session.hear(m.Answered(question, Filled(ROW, 0, 20)))
    settle(qtbot)
    answer(session, qtbot)
    assert "This cannot be tried" not in texts(panel)
    assert "1 of 20" in texts(panel)

"""Letting a network write: what is typed is gone on from, with a temperature, a length and other words by hand."""

from __future__ import annotations

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from shown import settle, shown

from backend import messages as m
from backend.questions.attempts import Attempt, Blank, Entry, Filled, Outcome, Reply
from backend.questions.writing import Token, Writable, Write, Written
from gui.inside.writing_card import WritingCard, end_of
from gui.panels.attempt import AttemptPanel

LEFT = Qt.MouseButton.LeftButton
TEXT = Entry("text_1", "text", "text", "the cat")
LETTERS = Writable("story", "characters", True, 48)
SAID = (Token(" ", 0.9, ((" ", 0.9), ("s", 0.05))), Token("s", 0.5, (("s", 0.5),)), Token("\n", 0.25, ((".", 0.5),)))


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> AttemptPanel:
    made = shown(qtbot, AttemptPanel(session), 392, 300)
    settle(qtbot)
    return made


def asked(session: PlayedSession, kind: type) -> list[m.Question]:
    return [command for command in session.engine.sent if isinstance(command, kind)]


def write(session: PlayedSession) -> Write:
    question = asked(session, Write)[-1]
    assert isinstance(question, Write)
    return question


def begin(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot, about: Writable = LETTERS) -> WritingCard:
    """A run whose network can write, answered once."""
    session.run = "a run"
    panel.choose(0)
    settle(qtbot)
    session.hear(m.Answered(asked(session, Blank)[-1], Filled((TEXT,), 0, 20, writable=(about,))))
    settle(qtbot)
    seen = m.Seen("output_1", "output", "sequence", np.zeros((7, 3)), (7, 3))
    session.hear(m.Answered(asked(session, Attempt)[-1], Outcome((Reply("story", seen),))))
    settle(qtbot)
    (card,) = panel.writing.values()
    return card


def tell(
    session: PlayedSession, qtbot: QtBot, *said: Token, error: str = "", words: bool = False, **more: object
) -> None:
    about = {"beginning": 7, "unknown": (), "carries": False, "reach": 48, "filled": False, "ended": False} | more
    found = None if error else Written(said or SAID, words=words, **about)  # type: ignore[arg-type]
    session.hear(m.Answered(write(session), found, error))
    settle(qtbot)


def test_what_is_typed_is_gone_on_from(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    card = begin(panel, session, qtbot)
    assert not panel.cards  # the card stands in the place of what is said at every place
    question = write(session)
    assert (question.output, question.tokens, question.temperature) == ("story", 200, 0.8)
    assert question.given == (("text_1", "text", "the cat"),)
    tell(session, qtbot)
    assert card.prose.toPlainText() == "the cat s\n"
    assert "Reads the last 48 characters" in card.note.text()
    field = panel.rows[0].editor
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "s")
    settle(qtbot)
    assert write(session).given == (("text_1", "text", "the cats"),)
    tell(session, qtbot, Token(".", 1.0))
    assert card.prose.toPlainText() == "the cats."


def test_temperature_length_and_other_words_are_chosen_by_hand(
    panel: AttemptPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    card = begin(panel, session, qtbot)
    tell(session, qtbot)
    qtbot.mouseClick(card.again, LEFT)
    settle(qtbot)
    assert (write(session).seed, write(session).noise) == (1, 0)
    card.temperature.setFocus()
    QTest.keyClick(card.temperature, Qt.Key.Key_Home)
    settle(qtbot)
    assert write(session).temperature == 0
    assert card.degrees.text() == "0.00"
    assert not card.again.isEnabled()  # other random numbers change nothing
    QTest.keyClick(card.temperature, Qt.Key.Key_Right)
    settle(qtbot)
    assert write(session).temperature == 0.01
    assert card.again.isEnabled()
    card.tokens.setFocus()
    card.tokens.selectAll()
    QTest.keyClicks(card.tokens, "77")
    QTest.keyClick(card.tokens, Qt.Key.Key_Return)
    settle(qtbot)
    assert write(session).tokens == 77


def test_a_token_says_how_likely_it_was(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    card = begin(panel, session, qtbot)
    tell(session, qtbot)
    assert card.prose.token_at(3) is None  # of what was typed
    assert card.prose.token_at(8) == SAID[1]
    assert card.prose.words_of(SAID[0]) == "“␣”: 90.0%\nin its place: “s” 5.0%"
    assert card.prose.words_of(SAID[2]).startswith("“⏎”: 25.0%")


def test_words_stand_apart_and_marks_close(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    card = begin(panel, session, qtbot, Writable("story", "words", True, 20))
    assert write(session).tokens == 40
    tell(session, qtbot, *(Token(each, 0.5) for each in ("sat", ",", "(", "then", ")", "", "<left>")), words=True)
    assert card.prose.toPlainText() == "the cat sat, (then) ∅ <left>"
    assert card.prose.token_at(len("the cat sat, (th")) == Token("then", 0.5)
    assert end_of("x" * 30) == "x" * 30
    assert end_of("a" * 50 + "b" * 40) == "…" + "b" * 40


def test_an_answer_stands_alone_and_troubles_are_told(
    panel: AttemptPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    card = begin(panel, session, qtbot, Writable("date", "characters", False, 11))
    tell(session, qtbot, Token("2", 0.9), ended=True, unknown=("Ж",))
    assert card.prose.toPlainText() == "2"
    assert card.note.text() == "Not in its vocabulary: “Ж”. It ended by itself."
    qtbot.mouseClick(card.again, LEFT)
    settle(qtbot)
    tell(session, qtbot, error="Type at least one character.")
    assert card.prose.toPlainText() == "Type at least one character."
    assert panel.rows[0].editor.isVisible()  # or one could not mend it


def test_it_writes_again_as_the_training_goes_on(panel: AttemptPanel, session: PlayedSession, qtbot: QtBot) -> None:
    card = begin(panel, session, qtbot)
    tell(session, qtbot)
    before = len(asked(session, Write))
    session.hear(m.Metrics("train", 10, 0.5, {"loss": 1.0}))
    settle(qtbot)
    assert len(asked(session, Write)) == before + 1
    assert card.asker.waiting

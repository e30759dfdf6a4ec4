"""A panel's questions: one at a time, again while training, and what is out of date counts for nothing."""

from __future__ import annotations

import pytest
from played import PlayedSession
from pytestqt.qtbot import QtBot
from shown import settle

from backend import messages as m
from graph.analysis import Analysis
from gui import pacing
from gui.inside.asking import Asker
from gui.parts import Live


class Asking(Live):
    def __init__(self, session: PlayedSession) -> None:
        super().__init__()
        self.asker = Asker(session, self)

    def refresh(self) -> None:
        self.asker.go()


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> Asking:
    made = Asking(session)
    qtbot.addWidget(made)
    made.show()
    settle(qtbot)
    return made


def asked(session: PlayedSession) -> list[m.Question]:
    return [command for command in session.engine.sent if isinstance(command, m.Question)]


def test_nothing_is_asked_before_there_is_a_run(panel: Asking, session: PlayedSession, qtbot: QtBot) -> None:
    panel.asker.ask(m.Question())
    settle(qtbot)
    assert not asked(session)
    session.hear(m.Started("a run", 1, 1, 1, "cpu"))
    settle(qtbot)
    assert [question.run for question in asked(session)] == ["a run"]


def test_one_question_at_a_time(panel: Asking, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "a run"
    panel.asker.ask(m.Question())
    settle(qtbot)
    for step in range(3):
        session.hear(m.Metrics("train", step, 0.1, {}))
        settle(qtbot)
    assert len(asked(session)) == 1
    assert panel.asker.waiting
    session.hear(m.Answered(asked(session)[-1], "yes"))
    settle(qtbot)
    assert panel.asker.last is not None
    assert panel.asker.last.result == "yes"
    assert len(asked(session)) == 2  # for the training has gone on since


def test_an_answer_to_an_older_question_is_dropped(panel: Asking, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "a run"
    panel.asker.ask(m.Question())
    settle(qtbot)
    panel.asker.ask(m.Question())
    settle(qtbot)
    first, second = asked(session)
    assert first.asker == second.asker
    session.hear(m.Answered(first, "old"))
    assert panel.asker.last is None
    session.hear(m.Answered(second, "new"))
    assert panel.asker.last is not None


def test_a_panel_that_is_not_seen_asks_nothing(panel: Asking, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "a run"
    panel.hide()
    panel.asker.ask(m.Question())
    settle(qtbot)
    assert not asked(session)
    panel.show()
    settle(qtbot)
    assert len(asked(session)) == 1


def test_an_engine_that_died_is_asked_again(panel: Asking, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "a run"
    panel.asker.ask(m.Question())
    settle(qtbot)
    session.hear(m.Died(1))
    settle(qtbot)
    assert len(asked(session)) == 2


def test_a_question_about_another_run_keeps_its_run(panel: Asking, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "a run"
    panel.asker.ask(m.Question(run="another"))
    settle(qtbot)
    assert asked(session)[-1].run == "another"


def test_those_who_ask_together_share_the_time(session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "a run"
    panels = [Asking(session) for _ in range(3)]
    for panel in panels:
        qtbot.addWidget(panel)
        panel.show()
        panel.asker.ask(m.Question())
    settle(qtbot)
    assert sum(panel.asker.follows for panel in panels) == 3
    session.hear(m.Answered(asked(session)[-1], "yes", seconds=1.0))
    together = panels[-1].asker.rest
    panels[0].hide()
    panels[1].asker.ask(None)
    panels[2].asker.ask(m.Question())
    settle(qtbot)
    session.hear(m.Answered(asked(session)[-1], "yes", seconds=1.0))
    assert together == pytest.approx(3 * panels[2].asker.rest, rel=0.05)


def test_questions_are_about_the_training_or_about_the_run(session: PlayedSession) -> None:
    assert session.ask(m.Question()) == 0
    assert session.engine.sent == []
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    session.train()
    session.hear(m.Started("runs/one", 42, epochs=10, steps=20, device="cpu"))
    numbers = [session.ask(m.Question(asker=7))]
    session.hear(m.Finished("runs/one", 42, 1.0, 100.0, {}))
    numbers.append(session.ask(m.Question(asker=7)))
    numbers.append(session.ask(m.Question(run="runs/two")))
    assert len({0, *numbers}) == 4
    assert session.engine.sent[1:] == [m.Question(asker=7, number=numbers[0]),
                                       m.Question(run="runs/one", asker=7, number=numbers[1]),
                                       m.Question(run="runs/two", number=numbers[2])]  # fmt: skip


def test_what_comes_of_a_question_of_no_view_is_told(session: PlayedSession) -> None:
    session.hear(m.Answered(m.Question(number=3), m.Exported("png", ("sheet.png",), "9 examples.")))
    assert session.notices[-1].text == "Exported sheet.png. 9 examples."
    session.hear(m.Answered(m.Question(number=4), error="The disk is full."))
    assert (session.notices[-1].text, session.notices[-1].level) == ("The disk is full.", "error")
    told = len(session.notices)
    session.hear(m.Answered(m.Question(asker=1, number=5), error="The memory is full."))
    assert len(session.notices) == told  # its view tells it


def trainable(session: PlayedSession) -> None:
    """A design without faults, and an engine that is there."""
    with session.document.edit("Draw"):
        session.document.add_node("mse_loss")
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    session.hear(m.Ready({"cpu": "CPU"}, "2.13"))


def training(session: PlayedSession, qtbot: QtBot) -> None:
    """A training that runs."""
    trainable(session)
    session.train()
    session.hear(m.Started("a run", 1, 1, 1, "cpu"))
    settle(qtbot)
    assert session.state == "running"


def test_a_training_that_is_held_is_asked_at_once(panel: Asking, session: PlayedSession, qtbot: QtBot) -> None:
    training(session, qtbot)
    panel.asker.ask(m.Question())
    settle(qtbot)
    session.hear(m.Answered(asked(session)[-1], "yes", seconds=100.0), m.Metrics("train", 1, 0.1, {}))
    settle(qtbot)
    assert len(asked(session)) == 1
    session.hear(m.Progress(0, 1, 1.0, 1.0, paused=True))
    settle(qtbot)
    assert len(asked(session)) == 2


def test_nothing_is_asked_anew_before_an_answer_is_shown(
    panel: Asking, session: PlayedSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    training(session, qtbot)
    panel.asker.ask(m.Question())
    settle(qtbot)
    monkeypatch.setattr("gui.inside.asking.OFTEN", 0.0)
    session.hear(m.Answered(asked(session)[-1], "first"))
    assert panel.asker.last is not None, "somebody waits for the first answer"
    session.hear(m.Metrics("train", 1, 0.1, {}))
    settle(qtbot)
    assert len(asked(session)) == 2
    waiting: list[pacing.Turn] = []
    monkeypatch.setattr(pacing.Pace, "line_up", lambda pace, turn: waiting.append(turn))
    session.hear(m.Answered(asked(session)[-1], "second"), m.Metrics("train", 2, 0.2, {}))
    settle(qtbot)
    assert panel.asker.last.result == "first"
    assert len(asked(session)) == 2
    for turn in waiting:
        turn.do()
    settle(qtbot)
    assert panel.asker.last.result == "second"
    assert len(asked(session)) == 3


def test_what_is_asked_while_a_training_starts_waits_for_it(
    panel: Asking, session: PlayedSession, qtbot: QtBot
) -> None:
    panel.asker.follow = False
    session.run = "an older run"
    trainable(session)
    session.train()
    assert session.state == "starting"
    panel.asker.ask(m.Question())
    settle(qtbot)
    assert not asked(session)
    session.hear(m.Started("a run", 1, 1, 1, "cpu"))
    settle(qtbot)
    assert [question.run for question in asked(session)] == [""]  # of the training that is under way

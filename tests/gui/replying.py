"""Answers to what a panel asks, worked out in the test's own process by the functions of the engine."""

from __future__ import annotations

from played import PlayedSession
from pytestqt.qtbot import QtBot
from shown import settle

from backend import messages as m
from backend.loading import Model
from backend.problems import explain
from backend.views import Subject, answer


class Engine:
    """Stands for the engine, with one network: answers every question that was not answered yet."""

    def __init__(self, session: PlayedSession, qtbot: QtBot, model: Model) -> None:
        self.session, self.qtbot, self.model = session, qtbot, model
        self.asked: list[m.Question] = []

    def reply(self) -> None:
        """Answer until nothing more is asked."""
        for _ in range(10):
            settle(self.qtbot)
            fresh = [each for each in self.session.engine.sent if isinstance(each, m.Question)][len(self.asked) :]
            if not fresh:
                return
            for question in fresh:
                self.asked.append(question)
                self.session.hear(self._answered(question))

    def _answered(self, question: m.Question) -> m.Answered:
        try:
            return m.Answered(question, answer(Subject(self.model, self.model.run), question))
        except Exception as error:
            return m.Answered(question, error=explain(error).message)

    def begin(self) -> None:
        """Let a training have begun, and reply."""
        self.session.hear(m.Started("a run", 1, 1, 1, "cpu"))
        self.reply()

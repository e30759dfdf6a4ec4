"""Answering in a thread of its own, so that nothing waits; of several questions only the newest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from backend.messages import Event
from backend.problems import explain, write_down

Question = TypeVar("Question")


class Newest(Generic[Question]):
    """Passes on what ``answers`` gives for a question, and for what it raises the event that ``refused`` makes.

    name: what is being done, for the thread and the log
    """

    def __init__(self, name: str, answers: Callable[[Question], Iterable[Event]],
                 refused: Callable[[Question, str], Event], say: Callable[[Event], None]) -> None:  # fmt: skip
        self._name, self._answers, self._refused, self._say = name, answers, refused, say
        self._lock = threading.Lock()
        self._wanted: Question | None = None
        self._busy = False

    @property
    def outdated(self) -> bool:
        """Whether something else is asked by now, so that the present answer need not be finished."""
        return self._wanted is not None

    def ask(self, question: Question) -> None:
        """Answer soon; what is asked for meanwhile takes its place."""
        with self._lock:
            self._wanted = question
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while (question := self._next()) is not None:
            try:
                for answer in self._answers(question):
                    self._say(answer)
            except Exception as error:  # the edge of the process: whatever it is becomes a sentence
                explained = explain(error)
                where = "" if explained.expected else f" What happened is in {write_down(self._name, error)}."
                self._say(self._refused(question, explained.message + where))

    def _next(self) -> Question | None:
        with self._lock:
            question, self._wanted = self._wanted, None
            self._busy = question is not None
            return question

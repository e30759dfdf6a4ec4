"""Answering what views ask between the steps of a training: long answers in pieces, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

import torch

from backend.problems import explain, write_down
from backend.questions import Answered, Question
from backend.views import Subject, answered


class Pending(NamedTuple):
    """An answer that is being worked on."""

    question: Question
    work: Generator[None, None, Answered]


class Answering:
    """The questions that wait for an answer. A newer one of the same asker takes the place of the older one.

    say: hears the answers
    """

    def __init__(self, say: Callable[[Answered], None]) -> None:
        self._say = say
        self._pending: list[Pending] = []

    def __bool__(self) -> bool:
        """Whether there is something to go on with."""
        return bool(self._pending)

    def begin(self, question: Question, find: Callable[[], Subject]) -> None:
        """Take a question on and work on its answer as far as it gets in one go.

        find: gives whom it is about, or raises a problem with a sentence
        """
        self._pending = [each for each in self._pending if not question.asker or each.question.asker != question.asker]
        self._advance(Pending(question, _from_the_beginning(question, find)))

    def go_on(self) -> None:
        """Work for a piece of the time on the answer that has waited longest."""
        if self._pending:
            self._advance(self._pending.pop(0))

    def _advance(self, pending: Pending) -> None:
        try:
            with torch.random.fork_rng(devices=[]):
                next(pending.work)
            self._pending.append(pending)
        except StopIteration as end:
            self._say(end.value)
        except Exception as error:  # the edge of a view: what goes wrong in it is told in its panel, and ends nothing
            explained = explain(error)
            where = "" if explained.expected else f" What happened is written down in {write_down('answer', error)}."
            self._say(Answered(pending.question, error=explained.message + where))


def _from_the_beginning(question: Question, find: Callable[[], Subject]) -> Generator[None, None, Answered]:
    return (yield from answered(find(), question))

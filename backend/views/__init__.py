"""The answers to what views ask: one file a view, found by itself; a function with ``@answers`` for each question."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from backend.loading import Model
from backend.questions import Answered, Question
from backend.runs import Run

Asked = TypeVar("Asked", bound=Question)
Answer = Callable[["Subject", Any], Any]
_ANSWERS: dict[type[Question], Answer] = {}


@dataclass(frozen=True)
class Subject:
    """Whom a question is about: a network with the weights it has now.

    run: its folder, where there is one
    step, epoch: how far its training is
    """

    model: Model
    run: Run | None
    step: int = 0
    epoch: float = 0.0


def answers(kind: type[Asked]) -> Callable[[Callable[[Subject, Asked], Any]], Callable[[Subject, Asked], Any]]:
    """Declare what answers a kind of question: a function of the subject and the question that gives a plain value.

    A function that takes longer than a few hundredths of a second is a generator: it yields wherever training may go
    on in between, and returns the value. It raises TrainProblem with a sentence where there is no answer. It must not
    disturb the training: gradients, modes and random numbers are as they were whenever it yields or returns.
    """

    def declare(function: Callable[[Subject, Asked], Any]) -> Callable[[Subject, Asked], Any]:
        assert kind not in _ANSWERS, f"{kind.__name__} is answered twice"
        _ANSWERS[kind] = function
        return function

    return declare


@cache
def every_answer() -> dict[type[Question], Answer]:
    """Which function answers which kind of question."""
    for found in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{found.name}")
    return _ANSWERS


def answered(subject: Subject, question: Question) -> Generator[None, None, Answered]:
    """Work on an answer; yields where something else may be done in between."""
    seconds, began = 0.0, time.perf_counter()
    result = every_answer()[type(question)](subject, question)
    if inspect.isgenerator(result):
        while True:
            try:
                next(result)
            except StopIteration as end:
                result = end.value
                break
            seconds += time.perf_counter() - began
            yield
            began = time.perf_counter()
    seconds += time.perf_counter() - began
    return Answered(question, result, step=subject.step, epoch=subject.epoch, seconds=seconds)


def answer(subject: Subject, question: Question) -> Any:
    """The whole answer at once, for those who need not share the time."""
    work = answered(subject, question)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value.result

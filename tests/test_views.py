"""What views ask is answered between the steps of a training, in pieces, and disturbs nothing."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from backend.answering import Answering
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.questions import Answered, Question
from backend.train import Training
from backend.views import Subject, answer, answers, every_answer
from graph import templates


@dataclass(frozen=True)
class Double(Question):
    number_asked: int = 0


@dataclass(frozen=True)
class Count(Question):
    to: int = 3


@answers(Double)
def double(_: Subject, question: Double) -> int:
    if question.number_asked < 0:
        raise TrainProblem("Only numbers from 0 on can be doubled.", INPUT)
    return 2 * question.number_asked


@answers(Count)
def count(_: Subject, question: Count) -> Generator[None, None, list[float]]:
    found = []
    for _number in range(question.to):
        found.append(float(torch.rand(())))
        yield
    return found


SUBJECT = Subject(cast("Model", None), None, 7, 0.5)


def test_an_answer_comes_at_once_or_in_pieces() -> None:
    said: list[Answered] = []
    answering = Answering(said.append)
    answering.begin(Count(to=2), lambda: SUBJECT)
    answering.begin(Double(4), lambda: SUBJECT)
    assert [each.result for each in said] == [8]
    assert (said[0].step, said[0].epoch, said[0].error) == (7, 0.5, "")
    while answering:
        answering.go_on()
    assert len(said[1].result) == 2
    assert answer(SUBJECT, Double(5)) == 10
    assert len(answer(SUBJECT, Count(to=3))) == 3


def test_a_newer_question_of_the_same_asker_takes_the_place_of_an_older() -> None:
    said: list[Answered] = []
    answering = Answering(said.append)
    for number in range(3):
        answering.begin(Count(to=2, asker=1, number=number), lambda: SUBJECT)
    answering.begin(Count(to=2, asker=2, number=9), lambda: SUBJECT)
    while answering:
        answering.go_on()
    assert [each.question.number for each in said] == [2, 9]


def test_what_goes_wrong_is_a_sentence_of_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    said: list[Answered] = []
    answering = Answering(said.append)
    answering.begin(Double(-1), lambda: SUBJECT)

    def nobody() -> Subject:
        raise TrainProblem("Train the design first.", INPUT)

    answering.begin(Double(1), nobody)
    assert [each.error for each in said] == ["Only numbers from 0 on can be doubled.", "Train the design first."]
    assert not answering


def test_answering_leaves_the_random_numbers_as_they_are() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    answering = Answering(lambda _: None)
    answering.begin(Count(to=5), lambda: SUBJECT)
    answering.go_on()
    assert torch.equal(torch.rand(3), expected)


def test_whom_a_question_is_about(tmp_path: Path) -> None:
    training = Training(templates.find_design("xor"), folder=tmp_path / "run")
    with pytest.raises(TrainProblem, match="has not begun"):
        training.subject(Question())
    steps: Any = training.run()
    for event in steps:
        if event is None:
            break
    subject = training.subject(Question())
    assert subject.step == 1
    assert subject.epoch > 0
    assert subject.run is not None
    steps.close()


def test_every_view_is_found_by_itself() -> None:
    assert {Double, Count} <= set(every_answer())

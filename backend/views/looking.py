"""Answers what flows through ports."""

from __future__ import annotations

from backend.probes import looked
from backend.problems import explain
from backend.questions.looking import Look, Looked, Seen
from backend.views import Subject, answers


@answers(Look)
def look(subject: Subject, question: Look) -> Looked:
    """What flows through ports; each that cannot be seen has a sentence.

    Raises TrainProblem where there is no such example, but not for little pictures: nobody asked for them, so one that
    fails is only not there.
    """
    try:
        return looked(subject.model, question)
    except Exception as error:
        if not question.small:
            raise
        sentence = explain(error).message
        return Looked(tuple(Seen(*port, error=sentence) for port in question.ports))

"""Answers what a network says of examples."""

from __future__ import annotations

from backend.questions.predictions import Predict, Predictions
from backend.sampling import predictions
from backend.views import Subject, answers


@answers(Predict)
def predicted(subject: Subject, question: Predict) -> Predictions:
    """What every output says of some examples."""
    return predictions(subject.model, question)

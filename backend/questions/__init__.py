"""What views ask of a trained network and what they are told: one file a view, standard library and numpy only.

A view is a question (a frozen dataclass here), a function that answers it (in ``backend/views``) and a panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something to find out about a network, with the weights of the training under way or of a run.

    run: the folder of a run; "" for the training under way
    asker: who asks; its newer question takes the place of an older one that is still being worked on
    number: tells questions apart, so that an answer finds back to the one it belongs to
    """

    run: str = ""
    asker: int = 0
    number: int = 0


@dataclass(frozen=True)
class Answered:
    """What came of a question: a value of the view's own kind or, where none can be had, a sentence for the user.

    step, epoch: of the training, when it was answered
    seconds: what answering took of the engine's time
    """

    question: Question
    result: Any = None
    error: str = ""
    step: int = 0
    epoch: float = 0.0
    seconds: float = 0.0

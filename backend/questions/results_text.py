"""Tokens that a network says beside those that were meant, over a whole split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Text(Question):
    """What an output says at every place of a text."""

    output: str = ""
    split: str = "test"


@dataclass(frozen=True)
class Line:
    """One example: what the network read, what it said and what was meant, token by token without padding."""

    number: int
    read: tuple[str, ...]
    said: tuple[str, ...]
    meant: tuple[str, ...]


@dataclass(frozen=True)
class TextResults:
    """The answer to Text.

    joint: what stands between two tokens of a text, " " for words and "" for characters
    right, counts: how many tokens are right and how many there are, by their place in the text
    confused: the token that was meant, what was said in its place, and how often; the commonest mistakes first
    whole: the share of texts in which every token is right
    """

    lines: tuple[Line, ...]
    joint: str
    right: np.ndarray
    counts: np.ndarray
    confused: tuple[tuple[str, str, int], ...]
    whole: float
    examples: int

"""Letting a network write on from a beginning, token by token: what can be written, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from backend.questions import Question


@dataclass(frozen=True)
class Writable:
    """An output that tells which token comes next, so that it can write.

    output: its name
    tokens: what it writes
    prompted: whether it goes on from the text that one types; else it writes the answer to that text from the start
    reach: how many tokens it was trained to read at once
    """

    output: str
    tokens: Literal["words", "characters"]
    prompted: bool
    reach: int


@dataclass(frozen=True)
class Write(Question):
    """Draw one token after the other, each by what came before; everything else is as in an example of the data.

    output: the name of an output that can write; "" for the first
    given: source, name and value as in ``backend.questions.attempts.Entry``
    temperature: 0 always takes the likeliest; 1 draws by the probabilities of the network; more is more adventurous
    tokens: how many to write at most
    seed: decides which tokens are drawn
    noise: a seed for what else the network is given at random
    """

    output: str = ""
    given: tuple[tuple[str, str, Any], ...] = ()
    split: str = "test"
    index: int = 0
    temperature: float = 1.0
    tokens: int = 100
    seed: int = 0
    noise: int = 0


@dataclass(frozen=True)
class Token:
    """A token that was drawn, how likely the network took it for, 0 to 1, and what else was likely, the likeliest
    first. Temperature has no part in these chances.
    """  # fmt: skip

    text: str
    chance: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Written:
    """The answer to Write.

    written: what was drawn
    words: whether blanks stand between the tokens
    beginning: how many tokens of the text it went on from
    unknown: words or characters of that text that are not in the vocabulary
    carries: whether it carried a state along, and so knows of everything before; else it read the last ``reach`` tokens
    filled: whether a short beginning was filled up in front, because the network reads so many tokens and no fewer
    ended: whether it ended by itself
    """

    written: tuple[Token, ...]
    words: bool
    beginning: int
    unknown: tuple[str, ...]
    carries: bool
    reach: int
    filled: bool
    ended: bool

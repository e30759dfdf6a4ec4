"""Texts as tokens and tokens as numbers: fitted on the training texts, kept with a run, applied on lines later."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Literal

import msgspec
import numpy as np

from backend.data.preparation import Unscaled
from graph.lazy import torch
from graph.texts import Tokens

Gives = Literal["text", "next", "length", "given", "target", "tags", "label"]
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
PADDING, UNKNOWN, START, END = range(4)
SPECIAL = {"words": ("", "<unknown>", "<start>", "<end>"), "characters": ("", "\ufffd", "␂", "␃")}


def tokens_of(text: str, tokens: Tokens, lower: bool) -> list[str]:
    """The words with the marks between them, or the characters."""
    text = text.lower() if lower else text
    return WORD.findall(text) if tokens == "words" else list(text)


def vocabulary(
    texts: Iterable[Sequence[str]], tokens: Tokens, most: int, min_count: int, ends: bool
) -> tuple[str, ...]:
    """The tokens that get a number: padding, the unknown one, perhaps start and end, then the commonest first."""
    special = SPECIAL[tokens]
    counts = Counter(token for text in texts for token in text)
    for token in special:
        counts.pop(token, None)
    known = sorted((token for token, count in counts.items() if count >= min_count), key=lambda t: (-counts[t], t))
    return (*special[: 4 if ends else 2], *known[:most])


class TextPreparation(Unscaled, msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """What a field of texts holds. Stored are the numbers of the tokens; ``vocabulary`` says what each means.

    ``length`` is that of an example: the rest of a shorter text is padding, of a longer one is left out.
    """

    gives: Gives
    vocabulary: tuple[str, ...] = ()
    tokens: Tokens = "words"
    lower: bool = False
    length: int = 0

    @property
    def dtype(self) -> str:
        return "int64"

    @property
    def changes(self) -> bool:
        """Whether it does more than turn the type."""
        return False

    def on(self, device: torch.device | str) -> Callable[[torch.Tensor], torch.Tensor]:
        """``apply``, on a device."""
        return lambda values: values.to(torch.int64)

    def invert(self, values: torch.Tensor) -> torch.Tensor:
        """The numbers of tokens stay what they are."""
        return values

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of every token that has one."""
        return {token: number for number, token in enumerate(self.vocabulary) if token}

    def encoded(self, texts: Sequence[Sequence[str]]) -> np.ndarray:
        """Texts as numbers (texts, length), or how many tokens each has where lengths are given."""
        if self.gives == "length":
            return np.array([max(1, min(len(text), self.length)) for text in texts], np.int32)
        known = self.numbers
        found = np.zeros((len(texts), self.length), small(len(self.vocabulary)))
        for row, text in zip(found, texts):
            row[: len(text)] = [known.get(token, UNKNOWN) for token in text[: self.length]]
        return found

    def lines(self, texts: Sequence[str]) -> np.ndarray:
        """Plain texts, one an example, as stored."""
        return self.encoded([tokens_of(text, self.tokens, self.lower) for text in texts])


def small(count: int) -> type[np.generic]:
    """The smallest type that torch gathers and that holds so many different numbers."""
    return np.uint8 if count <= 256 else np.int16 if count <= 32768 else np.int32

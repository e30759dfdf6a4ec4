"""What is asked of texts, and how the question reaches the data: as the name of a source that says more than a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from graph.specs import TensorSpec

Tokens = Literal["words", "characters"]
Reading = Literal["auto", "running text", "labelled", "pairs", "tags"]
MARK = "\n"  # between a source and what is asked of it: no name and no path of a file holds one


class Asked(NamedTuple):
    """What is asked of texts: what a token is, which become numbers of their own, and what is held out."""

    tokens: Tokens = "words"
    reading: Reading = "auto"
    length: int = 0
    vocabulary: int = 10_000
    min_count: int = 1
    lower: bool = False
    stride: int = 0
    strips: int = 0
    column: str = ""
    target: str = ""
    validation: float = 0.1
    test: float = 0.2


def question(source: str, asked: Asked) -> str:
    """A source with what is asked of it, as one name: its vocabulary, and with it its fields, hang on that."""
    return source + MARK + json.dumps(asked._asdict(), sort_keys=True)


def parted(source: str) -> tuple[str, Asked | None]:
    """The source of a question, and what is asked; None for a plain source."""
    name, mark, asked = source.partition(MARK)
    return name, Asked(**json.loads(asked)) if mark else None


def is_text(fields: Mapping[str, Any]) -> bool:
    """Whether these are texts of which nothing was asked yet."""
    return set(fields) == {"text"} and not fields["text"].batched


PLAIN = {"text": TensorSpec((), "str", batched=False)}  # the fields of such

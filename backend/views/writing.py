"""Lets a network write: it draws a token, reads it, draws the next."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Final

import torch

from backend.data.texts_vocabulary import END, PADDING, START, UNKNOWN, tokens_of
from backend.problems import INPUT, TrainProblem
from backend.questions.writing import Token, Write, Written
from backend.views import Subject, answers
from backend.views.attempts import values_for
from backend.writing import Reader, Writer, drawn, writer_of

MOST: Final = 5000
OTHERS: Final = 5  # tokens that are told beside the one that was drawn
NAMED: Final = 8  # unknown tokens that are named
PIECE: Final = 0.01  # seconds of writing between which a training may go on


@answers(Write)
def write(subject: Subject, question: Write) -> Generator[None, None, Written]:
    """Write on from what is typed, or the answer to it. Raises TrainProblem where the design cannot write."""
    model = subject.model
    writer = writer_of(model, question.output)
    beginning, unknown = _beginning(writer, question)
    values = values_for(model, model.sources([writer.plan.port]), question, question.noise)
    reader = Reader(model, writer, values, question.split, live=not question.run)
    yield
    generator = torch.Generator().manual_seed(question.seed)
    most = min(question.tokens, MOST) if writer.prompted else min(question.tokens, writer.reach)
    tokens, written, ended, began = list(beginning), list[Token](), False, time.perf_counter()
    while len(written) < most and not ended:
        logits = reader.expected(tokens)
        token = drawn(logits, question.temperature, generator)
        ended = not writer.prompted and token in (END, PADDING)
        if not ended:
            tokens.append(token)
            written.append(_told(writer, logits.softmax(0), token))
        if time.perf_counter() - began > PIECE:
            yield
            began = time.perf_counter()
    return Written(tuple(written), writer.how.tokens == "words", len(beginning) if writer.prompted else 0, unknown,
                   reader.carries, writer.reach, reader.filled, ended)  # fmt: skip


def _beginning(writer: Writer, question: Write) -> tuple[list[int], tuple[str, ...]]:
    """The tokens to begin with, and those of them that are not in the vocabulary."""
    if not writer.prompted:
        return [START], ()
    typed = [value for source, name, value in question.given if (source, name) == (writer.text.node, "text")]
    tokens = tokens_of(str(typed[0]) if typed else "", writer.how.tokens, writer.how.lower)
    if not tokens:
        what = "word" if writer.how.tokens == "words" else "character"
        raise TrainProblem(f"Type at least one {what} for “{writer.plan.name}” to go on from.", INPUT)
    numbers = writer.how.numbers
    strange = dict.fromkeys(token for token in tokens if token not in numbers)
    return [numbers.get(token, UNKNOWN) for token in tokens], tuple(strange)[:NAMED]


def _told(writer: Writer, chances: torch.Tensor, token: int) -> Token:
    best = chances.topk(min(OTHERS, len(chances)))
    others = tuple((writer.how.vocabulary[number], chance)
                   for chance, number in zip(best.values.tolist(), best.indices.tolist()))  # fmt: skip
    return Token(writer.how.vocabulary[token], float(chances[token]), others)

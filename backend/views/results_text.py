"""Texts over a whole split: tokens by their place, and which are taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from typing import Final

import numpy as np
import torch

from backend import judging
from backend.data.texts_vocabulary import PADDING, TextPreparation
from backend.loading import Model
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.questions.results_text import Line, Text, TextResults
from backend.views import Subject, answers
from graph.document import Port
from graph.plan import OutputPlan

LINES: Final = 32
CONFUSED: Final = 24
LONGEST: Final = 512  # tokens of a line that travel


class Count:
    """Tokens that are right and tokens there are, by place, and pairs that were confused."""

    def __init__(self, length: int, padded: bool) -> None:
        self.right, self.counts = torch.zeros(length, dtype=torch.int64), torch.zeros(length, dtype=torch.int64)
        self.pairs: Counter[tuple[int, int]] = Counter()
        self.whole = 0
        self._padded = padded

    def add(self, said: torch.Tensor, meant: torch.Tensor) -> None:
        there = (meant != PADDING) if self._padded else torch.ones_like(meant, dtype=torch.bool)
        good = (said == meant) & there
        self.right += good.sum(0)
        self.counts += there.sum(0)
        self.whole += int((good == there).all(1).sum())
        wrong = there & ~good
        both = torch.stack([meant[wrong], said[wrong]], 1).numpy()
        pairs, counts = np.unique(both, axis=0, return_counts=True)
        self.pairs.update({(one, other): count for (one, other), count in zip(pairs.tolist(), counts.tolist())})


@answers(Text)
def text(subject: Subject, question: Text) -> Generator[None, None, TextResults]:
    """Read every text of the split."""
    model = subject.model
    plan = judging.plan_of(model, question.output)
    target, words = judging.target_of(model, plan), judging.vocabulary_of(model, plan)
    if not words:
        raise TrainProblem(f"“{plan.name}” tells no tokens: its target has to be a text, token by token.", INPUT)
    given = _read(model, plan)
    work = Pass(model, question.split, [plan.port, target, *given], live=not question.run)
    length, padded = model.root.specs[target].size, words[0] == ""
    count, lines = Count(length, padded), list[Line]()
    for piece in work.pieces():
        meant = piece.values[1].reshape(len(piece.values[1]), -1).long().cpu()
        said = _tokens(model, plan, target, piece.values[0]).reshape(meant.shape).cpu()
        count.add(said, meant)
        few = range(min(len(meant), max(0, LINES - len(lines))))
        lines += [_line(piece.start + n, said[n], meant[n], piece.values[2:], n, words,
                        model.preparation(given[0]) if given else None, padded) for n in few]  # fmt: skip
        yield
    preparation = model.preparation(target)
    joint = "" if isinstance(preparation, TextPreparation) and preparation.tokens == "characters" else " "
    confused = tuple((_name(words, meant), _name(words, said), many)
                     for (meant, said), many in count.pairs.most_common(CONFUSED))  # fmt: skip
    return TextResults(tuple(lines), joint, count.right.numpy(), count.counts.numpy(), confused,
                       count.whole / work.examples, work.examples)  # fmt: skip


def _read(model: Model, plan: OutputPlan) -> list[Port]:
    """The text that an output reads; the first where there are several."""
    found = (port for port in model.sources([plan.port])
             if isinstance(model.preparation(port), TextPreparation)
             and model.root.specs[port].meaning == "tokens")  # fmt: skip
    return [port for _, port in zip(range(1), found)]


def _tokens(model: Model, plan: OutputPlan, target: Port, made: torch.Tensor) -> torch.Tensor:
    """The likeliest token of every place, wherever the tokens lie among the axes."""
    spec, meant = model.root.specs[plan.port], model.root.specs[target]
    if made.dim() - 1 == len(meant.shape):
        return made.long()
    if len(spec.shape) == len(meant.shape) + 1:
        return made.argmax(-1 if spec.shape[:-1] == meant.shape else 1)
    raise TrainProblem(f"What “{plan.name}” tells ({spec}) does not fit its target ({meant}): it needs one number a "
                       "token for each place of the text.", INPUT)  # fmt: skip


def _line(number: int, said: torch.Tensor, meant: torch.Tensor, given: Sequence[torch.Tensor], row: int,
          words: tuple[str, ...], reading: object, padded: bool) -> Line:  # fmt: skip
    kept = [n for n, token in enumerate(meant.tolist()) if not padded or token != PADDING][:LONGEST]
    read: tuple[str, ...] = ()
    if given and isinstance(reading, TextPreparation):
        tokens = given[0][row].reshape(-1)[:LONGEST].tolist()
        read = tuple(_name(reading.vocabulary, int(token)) for token in tokens if token != PADDING)
    return Line(number, read, *(tuple(_name(words, int(tokens[n])) for n in kept) for tokens in (said, meant)))


def _name(words: tuple[str, ...], token: int) -> str:
    return words[token] if 0 <= token < len(words) else str(token)

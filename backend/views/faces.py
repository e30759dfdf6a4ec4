"""Examples small enough to be shown beside the mouse, all of them at once."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import torch
import torch.nn.functional as F

from backend.colouring import label_words
from backend.each import present, spread
from backend.evaluation import BATCH
from backend.loading import Model
from backend.questions.latent import MOST, Faces, FacesSeen
from backend.views import Subject, answers
from graph.document import Port
from graph.specs import INTEGERS, TensorSpec

SIDE = 64  # pixels of a picture at most
MOST_BYTES = 32 << 20  # of all pictures together
NUMBERS, LETTERS = 6, 160  # of an example that are told


@answers(Faces)
def faces(subject: Subject, question: Faces) -> Generator[None, None, FacesSeen]:
    """The examples of a split: their pictures, where they have any, and a line about each."""
    model = subject.model
    split = present(model, question.split)
    rows = spread(model.stage(split).examples, min(max(question.count, 1), MOST))
    fields = [port for port in model.root.specs if port.owner in model.data]
    shown = next((port for port in fields if _is_picture(model.root.specs[port])), None)
    others = [port for port in fields if not model.root.specs[port].classes and len(model.root.specs[port].shape) < 2]
    pictures, words = [], []
    for start in range(0, len(rows), BATCH):
        chosen = rows[start : start + BATCH]
        if shown is not None:
            pictures.append(_small(model, split, shown, chosen, len(rows)))
        told: list[Sequence[str]] = [label_words(model, split, chosen)]
        told += [_words(model, split, port, chosen) for port in others] if shown is None else []
        words += [" · ".join(part for part in parts if part) for parts in zip(*told)]
        yield
    return FacesSeen(split, rows, np.concatenate(pictures) if pictures else None, tuple(words))


def _is_picture(spec: TensorSpec) -> bool:
    return len(spec.shape) == 3 and spec.dtype not in INTEGERS


def _small(model: Model, split: str, port: Port, rows: np.ndarray, total: int) -> np.ndarray:
    """Pictures with 8 bits, as small as they all together have to be."""
    values = model.stage(split).column(port)(model.stage(split).numbered(rows)).float()
    preparation = model.preparation(port)
    bright = preparation.picture(values) if preparation else values.clamp(0, 1)
    bright = bright if bright.shape[1] == 3 else bright[:, :1]
    side = min(SIDE, int((MOST_BYTES / (total * bright.shape[1])) ** 0.5))
    high, wide = bright.shape[2:]
    if max(high, wide) > side:
        size = [max(1, round(each * side / max(high, wide))) for each in (high, wide)]
        bright = F.interpolate(bright, size=size, mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)
    levels: np.ndarray = (bright * 255).round().to(torch.uint8).cpu().numpy()
    return levels[:, 0] if levels.shape[1] == 1 else np.ascontiguousarray(levels.transpose(0, 2, 3, 1))


def _words(model: Model, split: str, port: Port, rows: np.ndarray) -> Sequence[str]:
    """A field of each example in words: text, or its first numbers in their own unit."""
    spec = model.root.specs[port]
    values = model.stage(split).column(port)(model.stage(split).numbered(rows))
    if spec.meaning == "tokens":
        gap = "" if max(map(len, spec.names), default=2) <= 1 else " "
        return [gap.join(_token(spec.names, each) for each in row).strip()[:LETTERS] for row in values.tolist()]
    preparation = model.preparation(port)
    told = (preparation.invert(values) if preparation else values).reshape(len(rows), -1)
    more = ", …" if told.shape[1] > NUMBERS else ""
    named = spec.names if len(spec.names) == told.shape[1] else ()
    start = [f"{name} " for name in named[:NUMBERS]] or [""] * NUMBERS
    return [", ".join(f"{word}{value:.4g}" for word, value in zip(start, row)) + more
            for row in told[:, :NUMBERS].tolist()]  # fmt: skip


def _token(names: Sequence[str], number: int) -> str:
    return names[number] if 0 <= number < len(names) else str(number)

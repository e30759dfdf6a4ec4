"""What examples can be coloured by: their class, what is lost on them, a number of the data."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch

from backend.each import feed_of, judging, loss_of_each
from backend.evaluation import at_rest
from backend.loading import Model
from backend.questions.latent import CLASS, LOSS
from graph.document import MAIN, Port
from graph.plan import outputs
from graph.specs import INTEGERS

COLUMNS = 24  # numbers of a field up to which each can be chosen
PIECE = 32  # examples judged at once, each by itself
Coloured = tuple[np.ndarray, tuple[str, ...]]


def colourings(model: Model) -> tuple[tuple[str, str], ...]:
    """What can be asked for, and what it is called."""
    found = [(CLASS, CLASS)] if label_of(model) else []
    found += [(LOSS, LOSS)] if judging(model) else []
    return (*found, *_columns(model))


def values_of(model: Model, split: str, rows: np.ndarray, colour: str) -> Generator[None, None, Coloured]:
    """A number for each example, and the names of the classes where it is one of those."""
    if colour == LOSS:
        return (yield from _losses(model, split, rows)), ()
    port, column = label_of(model), 0
    if colour != CLASS:
        name, _, place = colour.rpartition(":")
        node, _, field = name.rpartition(".")
        port, column = Port(MAIN, node, field), int(place) if place.isdecimal() else 0
    if port is None or port not in model.root.specs:
        return np.full(len(rows), np.nan, np.float32), ()
    column_of = model.stage(split).column(port)
    values = column_of(model.stage(split).numbered(rows))
    spec = model.root.specs[port]
    if spec.classes:
        names = spec.names or tuple(map(str, range(spec.classes)))
        return values.reshape(len(rows)).float().cpu().numpy(), names
    preparation = model.data[port.owner].preparation.get(port.port)
    told = preparation.invert(values) if preparation else values
    chosen: np.ndarray = told.reshape(len(rows), -1)[:, column].float().cpu().numpy()
    return chosen, ()


def label_of(model: Model) -> Port | None:
    """The field of class numbers that the design is about, else the first that the data has."""
    fields = [port for port, spec in model.root.specs.items()
              if port.owner in model.data and spec.classes and not spec.shape]  # fmt: skip
    targets = [plan.target for plan in outputs(model.document, model.root.specs)]
    return next((port for port in fields if port in targets), next(iter(fields), None))


def _columns(model: Model) -> Iterator[tuple[str, str]]:
    for port, spec in model.root.specs.items():
        if port.owner in model.data and spec.dtype not in INTEGERS and spec.size <= COLUMNS and len(spec.shape) < 2:
            for place in range(spec.size):
                own = spec.names[place] if place < len(spec.names) else f"{port.port} {place + 1}"
                yield f"{port.node}.{port.port}:{place}", own if spec.size > 1 else port.port


def _losses(model: Model, split: str, rows: np.ndarray) -> Generator[None, None, np.ndarray]:
    part = judging(model)
    found = np.full(len(rows), np.nan, np.float32)
    if part is None:
        return found
    feed = feed_of(model, split, part.sources)
    for start in range(0, len(rows), PIECE):
        chosen = rows[start : start + PIECE]
        with at_rest(model, part.differentiates):
            inputs = feed(model.stage(split).numbered(chosen), len(chosen))
            found[start : start + PIECE] = loss_of_each(part, inputs).detach().cpu().numpy()
        yield
    return found


def label_words(model: Model, split: str, rows: np.ndarray) -> list[str]:
    """The class of each example in words; "" where the data has none."""
    port = label_of(model)
    if port is None:
        return [""] * len(rows)
    names = model.root.specs[port].names
    numbers: torch.Tensor = model.stage(split).column(port)(model.stage(split).numbered(rows)).reshape(len(rows))
    return [names[each] if 0 <= each < len(names) else str(each) for each in numbers.tolist()]

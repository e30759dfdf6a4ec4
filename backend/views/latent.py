"""Answers about codes: where examples lie by them, and what becomes of a code that no example has."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from backend.codes import chosen_code, code_ports, decoders, entry
from backend.colouring import colourings, values_of
from backend.each import feed_of, present, spread
from backend.evaluation import at_rest
from backend.loading import Model
from backend.neighbours import NeighbourJob
from backend.problems import INPUT, TrainProblem
from backend.projection import Plane, plain, principal
from backend.questions.latent import MOST, CodePlane, Codes, Decode, Decoded, NeighbourMap, Neighbours
from backend.sampling import probabilities, readable
from backend.views import Subject, answers
from graph.document import Port

PIECE = 128  # examples at once
MOST_NUMBERS = 1 << 25  # of all codes together, which are 128 MB
_jobs: dict[int, NeighbourJob] = {}  # by who asked


@answers(Codes)
def codes(subject: Subject, question: Codes) -> Generator[None, None, CodePlane]:
    """Where examples lie by what a node makes of them."""
    model = subject.model
    port = chosen_code(model, question.node, question.port)
    spec = model.root.specs[port]
    split = present(model, question.split)
    total = model.stage(split).examples
    wanted = min(max(question.count, 1), MOST, total)
    rows = spread(total, min(wanted, max(2, MOST_NUMBERS // spec.size)))
    found = yield from _codes(model, port, split, rows)
    fine = np.isfinite(found).all(axis=1)
    found, rows = found[fine], rows[fine]
    if not len(rows):
        raise TrainProblem(f"What “{port.node}” gives is not finite for any example: the training has diverged. Take a "
                           "smaller learning rate.", INPUT)  # fmt: skip
    there = yield from _coloured(model, split, question.colour, rows)
    plane = yield from _plane(question, found)
    if question.method == "tsne":
        _begin(question.asker, found, model.settings.seed)
    return CodePlane(
        port.node, port.port, spec.shape, split, rows, total, plane.places(found), *there,
        centre=plane.centre if question.method != "tsne" else None,
        directions=plane.directions if question.method != "tsne" else None, shares=plane.shares,
        choices=tuple((each.node, each.port, str(model.root.specs[each])) for each in code_ports(model)),
        colourings=colourings(model), decodes=tuple(plan.name for plan in decoders(model, port)),
        note=_note(len(rows), wanted, int((~fine).sum())),
    )  # fmt: skip


def _coloured(
    model: Model, split: str, asked: str, rows: np.ndarray
) -> Generator[None, None, tuple[str, np.ndarray, tuple[str, ...]]]:
    """By what the examples are coloured in the end, their values, and the names of the classes."""
    there = [name for name, _ in colourings(model)]
    colour = asked if asked in there else next(iter(there), "")
    values, names = yield from values_of(model, split, rows, colour)
    return colour, values, names


def _codes(model: Model, port: Port, split: str, rows: np.ndarray) -> Generator[None, None, np.ndarray]:
    module, size = model.slice([port]), model.root.specs[port].size
    feed = feed_of(model, split, model.sources([port]))
    found = np.empty((len(rows), size), np.float32)
    for start in range(0, len(rows), PIECE):
        chosen = rows[start : start + PIECE]
        with at_rest(model):
            values = module(*feed(model.stage(split).numbered(chosen), len(chosen)))
            found[start : start + PIECE] = values.reshape(len(chosen), -1).float().cpu().numpy()
        yield
    return found


def _plane(question: Codes, found: np.ndarray) -> Generator[None, None, Plane]:
    size = found.shape[1]
    given = question.centre, question.directions
    if given[0] is not None and given[1] is not None and given[0].shape == (size,) and given[1].shape == (2, size):
        return Plane(given[0], given[1])
    if question.method == "plain":
        return plain(found, question.axes)
    return (yield from principal(found))


def _note(shown: int, wanted: int, odd: int) -> str:
    if odd:
        return f"{odd:,} examples are left out, because what the node gives for them is not finite."
    return f"Only {shown:,} examples, because a code has so many numbers." if shown < wanted else ""


# -- maps of neighbours ------------------------------------------------------------------------------------------------


def _begin(asker: int, found: np.ndarray, seed: int) -> None:
    _end(asker)
    _jobs[asker] = NeighbourJob(found, seed)


def _end(asker: int) -> None:
    if job := _jobs.pop(asker, None):
        job.stop()


@answers(Neighbours)
def neighbours(_: Subject, question: Neighbours) -> NeighbourMap:
    """How far a map of neighbours is."""
    if question.stop:
        _end(question.of)
        return NeighbourMap(0.0)
    job = _jobs.get(question.of)
    if job is None:
        raise TrainProblem("No map of neighbours is under way: ask for it again.", INPUT)
    try:
        places = job.places()
    except TrainProblem:
        _end(question.of)
        raise
    if places is None:
        return NeighbourMap(job.done())
    _end(question.of)
    return NeighbourMap(1.0, places)


# -- decoding ----------------------------------------------------------------------------------------------------------


@answers(Decode)
def decode(subject: Subject, question: Decode) -> Decoded:
    """What an output makes of a code."""
    model = subject.model
    port = chosen_code(model, question.node, question.port)
    plans = decoders(model, port)
    if not plans:
        raise TrainProblem(f"Nothing behind “{port.node}” leads to an Output, so its codes cannot be decoded: choose "
                           "a node before a decoder, or wire an Output behind it.", INPUT)  # fmt: skip
    plan = next((each for each in plans if each.name == question.output), plans[0])
    start, spec = entry(model, port), model.root.specs[port]
    if np.size(question.shift) != spec.size:
        raise TrainProblem(f"A code of “{port.node}” has {spec.size:,} numbers now, and this one has "
                           f"{np.size(question.shift):,}: choose an example again.", INPUT)  # fmt: skip
    rest = model.slice([plan.port], [start])
    others: tuple[Port, ...] = tuple(rest.sources)[1:]  # type: ignore[arg-type, index]
    split = present(model, question.split)
    rows = model.stage(split).numbered([question.example % model.stage(split).examples])
    shift = torch.tensor(question.shift, dtype=torch.float32, device=model.device).reshape(1, *spec.shape)
    with at_rest(model):
        code = shift if question.whole else shift + model.slice([port])(
            *feed_of(model, split, model.sources([port]))(rows, 1))  # fmt: skip
        made = rest(code, *feed_of(model, split, others)(rows, 1))
        shown = probabilities(made) if plan.kind == "classes" else readable(model, plan.target, made)
    names = model.root.specs[plan.target].names if plan.target else ()
    array: np.ndarray = shown[0].float().cpu().numpy()
    beside = tuple(f"{each.node}.{each.port}" for each in others if each.owner not in model.draws)
    return Decoded(plan.name, plan.kind, array, names, beside)

"""Feature maps: what a node gives for an example, what of the input its units see, and what excites them."""

from __future__ import annotations

import math
import weakref
from collections.abc import Generator, Sequence

import numpy as np
import torch

from backend.evaluation import at_rest
from backend.examples import computed, given_for, main_source, rows, shown, total_of
from backend.loading import Model
from backend.probes import port_of, seen_of
from backend.problems import INPUT, TrainProblem
from backend.questions.examples import Example, Given
from backend.questions.looking import Seen
from backend.questions.maps import Excitation, Excited, Exciting, FieldOf, FieldSeen, Maps, MapsSeen, Place
from backend.receptive import Trace, box
from backend.views import Subject, answers
from graph.compiler import Root
from graph.document import MAIN, Port
from graph.flat import flat_of
from graph.layers import CATALOGUE
from graph.plan import sources as sources_of

MOST_NUMBERS = 1 << 22  # of one output, for the studio
PIECE_NUMBERS, PIECE_EXAMPLES = 1 << 20, 256  # that are looked at in one go while examples are searched
_traces: weakref.WeakKeyDictionary[Root, tuple[Port, Trace]] = weakref.WeakKeyDictionary()  # the last one of a network


@answers(Maps)
def maps(subject: Subject, question: Maps) -> MapsSeen:
    """What the output gives for the example, and for the other."""
    model = subject.model
    every = places(model)
    port = chosen(model, every, question.node, question.port)
    reads = model.sources([port])
    picture = main_source(model, reads)
    seen, given_to = _seen(model, port, picture, question.example)
    others, other_given = _seen(model, port, picture, question.other) if question.other else (None, None)
    spec = model.root.specs[picture] if picture else None
    total = total_of(model, reads, question.example.split)
    return MapsSeen(
        Place(port.node, port.port, model.root.specs[port].shape), seen, given_to, others, other_given, every,
        question.example.index % max(total, 1), total, spec.shape if spec and spec.meaning == "image" else (),
    )  # fmt: skip


@answers(FieldOf)
def field_of(subject: Subject, question: FieldOf) -> FieldSeen:
    """What of the picture, else of the first thing that is read, the unit can see."""
    model = subject.model
    port = chosen(model, places(model), question.node, question.port)
    reads = model.sources([port])
    source = main_source(model, reads)
    if source is None:
        raise TrainProblem(f"“{port.node}” reads nothing, so its units see nothing.", INPUT)
    trace = traced(model, port, question)
    unit = (0, *_index(trace.made[0].shape[1:], question.unit))
    _check(unit, trace.made[0].shape)
    field = trace.unit(unit)
    seen = flattened(field.seen[reads.index(source)][0])
    edges = edges_of(seen)
    return FieldSeen(source.port, seen.cpu().numpy(), edges, bool(seen.all()), field.exact)


@answers(Exciting)
def exciting(subject: Subject, question: Exciting) -> Generator[None, None, Excitation]:
    """The examples that excite a unit most, searched in pieces."""
    model = subject.model
    port = chosen(model, places(model), question.node, question.port)
    reads = model.sources([port])
    source, total = main_source(model, reads), total_of(model, reads, question.split)
    if source is None or not total:
        raise TrainProblem(f"There are no {question.split} examples to search: choose another part of the data.", INPUT)
    best = torch.zeros(0)
    places_, numbers = torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)
    shape = model.root.specs[port].shape
    _check(_unit(shape, question.channel, question.spot or (0,) * min(len(shape) - 1, 2)), shape)
    size = max(model.root.specs[port].size, model.root.specs[source].size, 1)
    piece = max(1, min(PIECE_NUMBERS // size, PIECE_EXAMPLES))
    for start in range(0, total, piece):
        count = min(piece, total - start)
        (values,) = computed(model, [port], rows(model, reads, question.split, start, count))
        score, place = scores(values, question.channel, question.spot)
        best = torch.cat([best, score.cpu()])
        places_, numbers = torch.cat([places_, place.cpu()]), torch.cat([numbers, torch.arange(start, start + count)])
        order = best.nan_to_num(float("-inf")).argsort(descending=True, stable=True)[: question.count]
        best, places_, numbers = best[order], places_[order], numbers[order]
        yield
    found = []
    for value, place, number in zip(best.tolist(), places_.tolist(), numbers.tolist()):
        spot = question.spot or _spot(place, model.root.specs[port].shape)
        found.append(_excited(model, port, source, question, int(number), value, spot))
        yield
    return Excitation(tuple(found), total)


def _excited(model: Model, port: Port, source: Port, question: Exciting, number: int, value: float,
             spot: tuple[int, ...]) -> Excited:  # fmt: skip
    given = rows(model, model.sources([port]), question.split, number, 1)
    trace = traced(model, port, FieldOf(example=Example(question.split, number)))
    unit = (0, *_unit(trace.made[0].shape[1:], question.channel, spot))
    seen = flattened(trace.unit(unit).seen[model.sources([port]).index(source)][0])
    return Excited(number, value, spot, shown(model, source, given[source][0]), edges_of(seen))


def scores(values: torch.Tensor, channel: int, spot: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """How much each example of a batch excites a unit, and the place of it among those of its map.

    values: (batch, maps, height, width), (batch, steps, features), (batch, numbers) or (batch,); of maps over time, of
      those of all steps
    """
    values = values.flatten(1, -3) if values.dim() > 4 else values
    if values.dim() == 1:
        return values.float(), torch.zeros(len(values), dtype=torch.int64)
    own = values[..., channel] if values.dim() == 3 else values[:, channel]
    if spot and own.dim() > 1:
        own = own.reshape(len(own), -1)[:, _place(spot, own.shape[1:])]
    flat = own.reshape(len(own), -1).float()
    best, place = flat.max(1)
    return best, place


def places(model: Model) -> tuple[Place, ...]:
    """Every output whose values can be looked at, in the order of the drawing, those inside recurrences too."""
    flat = flat_of(model.document)
    return tuple(Place(port.node, port.port, spec.shape) for port, spec in model.root.specs.items()
                 if spec.batched and flat.holds(port.owner) and flat.stands_for(port) == port)  # fmt: skip


def chosen(model: Model, every: Sequence[Place], node: str, port: str) -> Port:
    """The port that is meant. Raises TrainProblem with a sentence where it carries nothing."""
    if not node:
        given = {key.node for key in sources_of(model.document)}
        inner = [place for place in every if place.node not in given] or list(every)
        if not inner:
            raise TrainProblem("The network has no node whose values could be looked at: draw some layers.", INPUT)
        first = next((place for place in inner if place.maps), inner[0])
        return Port(MAIN, first.node, first.port)
    names = [place.port for place in every if place.node == node]
    flat = flat_of(model.document)
    names = names or flat.passing_outputs(node)
    if not names and node in {key.node for key in flat.document.nodes}:
        kind = flat.document.nodes[next(key for key in flat.document.nodes if key.node == node)].type
        what = "a loss" if kind in CATALOGUE and CATALOGUE[kind].kind == "loss" else "no layer"
        raise TrainProblem(f"“{node}” is {what} and gives no values for single examples: choose another node.", INPUT)
    found = port_of(model, node, port or next(iter(names), "output"))
    if isinstance(found, str):
        raise TrainProblem(found, INPUT)
    return found


def traced(model: Model, port: Port, question: FieldOf) -> Trace:
    """The network run once on an example, up to a port; the last one of a network is kept."""
    kept = _traces.get(model.root)
    if kept is None or kept[0] != port:
        given = given_for(model, model.sources([port]), question.example)
        with at_rest(model, gradients=True):
            kept = port, Trace(model.slice([port]), [given[each] for each in model.sources([port])])
        _traces[model.root] = kept
    return kept[1]


def flattened(seen: torch.Tensor) -> torch.Tensor:
    """Marks on one example as (height, width) of a picture or (places,) of anything else."""
    if seen.dim() >= 3:
        return seen.reshape(-1, *seen.shape[-2:]).any(0)
    return seen.any(-1) if seen.dim() == 2 else seen.reshape(-1)


def edges_of(seen: torch.Tensor) -> tuple[int, ...]:
    """First and last row, first and last column of marks; a line of places counts as one row."""
    return box(seen if seen.dim() == 2 else seen.unsqueeze(0)) or ()


def _seen(model: Model, port: Port, source: Port | None, example: Example) -> tuple[Seen, Given | None]:
    """What an example makes of a port, and what was read for it."""
    given = given_for(model, model.sources([port]), example)
    (values,) = computed(model, [port], given)
    seen = seen_of(model, port.node, port.port, values, most=MOST_NUMBERS)
    return seen, shown(model, source, given[source][0]) if source else None


def _check(unit: Sequence[int], shape: Sequence[int]) -> None:
    """Raise TrainProblem where a unit is not among those of a shape, as after a layer has become smaller."""
    if len(unit) != len(shape) or any(not 0 <= at < side for at, side in zip(unit, shape)):
        raise TrainProblem("That unit is not there: point at another one.", INPUT)


def _spot(place: int, shape: Sequence[int]) -> tuple[int, ...]:
    """Row and column of a place in a map; the step of one in a sequence."""
    if len(shape) >= 3:
        return divmod(place, shape[-1])
    return (place,) if len(shape) == 2 else ()


def _place(spot: Sequence[int], shape: Sequence[int]) -> int:
    """The number of a place in a map, row by row, or of a step."""
    return spot[0] * shape[1] + spot[1] if len(spot) > 1 else spot[0]


def _unit(shape: Sequence[int], channel: int, spot: tuple[int, ...]) -> tuple[int, ...]:
    axes = len(shape)
    told = (channel, *spot) if axes >= 3 else (*spot, channel) if axes == 2 else (channel,) if axes == 1 else ()
    return _index(shape, told)


def _index(shape: Sequence[int], unit: tuple[int, ...]) -> tuple[int, ...]:
    """The index of a unit that is told as map, row and column, where maps are counted over time too."""
    leading = tuple(shape[:-2])
    if len(leading) < 2 or len(unit) != 3 or unit[0] >= math.prod(leading):
        return unit
    return (*(int(each) for each in np.unravel_index(unit[0], leading)), *unit[1:])

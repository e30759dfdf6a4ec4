"""Why a network answers as it does: which parts of an example a score rests on, by one of four methods."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from backend.attribution import class_activation, integrated_gradients, occlusion, saliency
from backend.data.tables_preparation import TablePreparation
from backend.evaluation import at_rest
from backend.examples import given_for, main_source, shown, total_of
from backend.export._subject import choose
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.questions.examples import Given
from backend.questions.maps import Place
from backend.questions.why import Reason, Why
from backend.scoring import Entry, Scored, before, last_convolution, mean_of, plainly, scored
from backend.views import Subject, answers
from backend.views.maps import chosen, places
from graph.document import Port
from graph.flat import flat_of
from graph.plan import outputs
from graph.specs import Meaning

Tensor = torch.Tensor
Values = Mapping[Port, Tensor]
Extra = dict[str, Any]
MOST_TARGETS = 1000
MAPS: dict[Meaning, Meaning] = {"image": "image", "sequence": "sequence", "tokens": "sequence"}  # that lie over each
ROUNDING = 1e-6  # of the spread of a column: what scaling there and back leaves of a 0


@answers(Why)
def why(subject: Subject, question: Why) -> Generator[None, None, Reason]:
    """Explain an answer for an example."""
    model = subject.model
    plans = outputs(model.document, model.root.specs)
    if not plans:
        raise TrainProblem("The design has no Output node, so there is no answer to explain: add one behind what the "
                           "network predicts.", INPUT)  # fmt: skip
    plan = choose(plans, question.output) if question.output else plans[:1]
    about = scored(model, plan[0])
    reads = model.sources([about.port])
    fields = [port for port in reads if port.owner not in model.draws]
    source = next((port for port in fields if port.port == question.reads), main_source(model, fields or reads))
    if source is None or not fields:
        raise TrainProblem(f"“{plan[0].name}” reads nothing but what is drawn at random, so nothing of the data "
                           "explains it: choose another output.", INPUT)  # fmt: skip
    given = given_for(model, reads, question.example)
    target, score = _target(about, given, question.target)
    heat, signed, more = yield from _heat(about, source, given, replace(question, target=target))
    picture = shown(model, source, given[source][0])
    named, folded = _by_name(model, source, given[source][0], picture, heat, signed)
    total = total_of(model, reads, question.example.split)
    spec = model.root.specs[source]
    return Reason(
        named, folded, signed, score, about.before, target, _targets(about), plan[0].name,
        plan[0].kind == "classes", _truth(about, question),
        outputs=tuple(each.name for each in plans), fields=tuple(port.port for port in fields),
        places=_places(model, about, source), index=question.example.index % max(total, 1), total=total,
        picture=spec.shape if spec.meaning == "image" else (), **more,
    )  # fmt: skip


def _target(about: Scored, given: Values, wanted: int) -> tuple[int, float]:
    """The class or value that is meant, and its score."""
    module = about.model.slice([about.port])
    with at_rest(about.model):
        values = module(*(given[port] for port in about.model.sources([about.port])))
        target = wanted if 0 <= wanted < about.count else about.likeliest(values)
        return target, float(about.of(values, target)[0])


def _heat(about: Scored, source: Port, given: Values, asked: Why) -> Generator[None, None, tuple[Tensor, bool, Extra]]:
    """One number for every pixel or place of what was read, whether some are negative, and what else came of it."""
    match asked.method:
        case "saliency":
            with at_rest(about.model, gradients=True):
                entry = Entry(about, source, given, asked.target)
                found = saliency(entry, entry.start())[0]
            return _merged(found, entry.whole, lambda values, axis: values.amax(axis)), False, {}
        case "integrated":
            entry = Entry(about, source, given, asked.target)
            with at_rest(about.model, gradients=True):
                start, baseline = entry.start().clone(), entry.baseline(asked.baseline).clone()
            made = yield from _resting(about.model, integrated_gradients(entry, start, baseline, max(1, asked.steps)))
            more = {"difference": made.difference, "error": made.error}
            return _merged(made.attributions[0], entry.whole, lambda values, axis: values.sum(axis)), True, more
        case "activation":
            return (*_activation(about, source, given, asked),)
    heat = yield from _occluded(about, source, given, asked)
    return heat, True, {}


def _merged(values: Tensor, whole: bool, over: Any) -> Tensor:
    """Channels of a picture, features of a step and numbers of a word brought to one number."""
    if values.dim() == 3:
        return over(values, 0)  # type: ignore[no-any-return]
    return over(values, -1) if values.dim() == 2 or not whole else values


def _resting(model: Model, work: Generator[None, None, Any]) -> Generator[None, None, Any]:
    """Go through work in pieces, the model being as the training has it whenever it yields."""
    while True:
        with at_rest(model, gradients=True):
            try:
                next(work)
            except StopIteration as end:
                return end.value
        yield


def _activation(about: Scored, source: Port, given: Values, asked: Why) -> tuple[Tensor, bool, Extra]:
    """Grad-CAM of the maps of a layer."""
    model, spec, kind = about.model, about.model.root.specs[source], _maps_over(about.model, source)
    if kind is None:
        raise TrainProblem(f"Grad-CAM lays maps over a picture or a sequence, and “{source.port}” is neither: choose "
                           "saliency, integrated gradients or occlusion.", INPUT)  # fmt: skip
    named = chosen(model, places(model), asked.node, asked.port) if asked.node else None
    port = named or last_convolution(model, about.port, kind)
    if port is not None and flat_of(model.document).cell_of(port.node):
        raise TrainProblem(f"“{port.node}” computes anew at every step of a network that runs over time; Grad-CAM "
                           "needs one set of maps. Choose a layer outside of it, or another method.",
                           INPUT)  # fmt: skip
    if port is None or model.root.specs[port].meaning != kind:
        raise TrainProblem("Grad-CAM needs a layer with maps, such as a convolution, and there is none here: choose "
                           "another layer, or another method.", INPUT)  # fmt: skip
    before_it, after_it = model.slice([port]), model.slice([about.port], given=[port])
    reads: tuple[Port, ...] = model.sources([port])
    also: tuple[Port, ...] = after_it.sources[1:]  # type: ignore[assignment, index]

    def both() -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            maps = before_it(*(given[at] for at in reads)).detach()
        if maps.is_floating_point():
            maps.requires_grad_()  # from here on, so that it does not matter what lies before and whether it learns
        return about.of(after_it(maps, *(given[at] for at in also)), asked.target), maps

    if missing := [at for at in (*reads, *also) if at not in given]:
        raise TrainProblem(f"The maps of “{port.node}” are computed from “{missing[0].port}”, which this output does "
                           "not read: choose a layer that lies before the output.", INPUT)  # fmt: skip
    with at_rest(model, gradients=True):
        heat = class_activation(both, spec.shape[1:] if kind == "image" else spec.shape[:1])
    return heat, False, {"place": Place(port.node, port.port, model.root.specs[port].shape)}


def _maps_over(model: Model, source: Port) -> Meaning | None:
    """What maps have to be to lie over a source; None where none can."""
    return MAPS.get(model.root.specs[source].meaning)


def _occluded(about: Scored, source: Port, given: Values, asked: Why) -> Generator[None, None, Tensor]:
    """Occlusion by squares over all channels, by words or steps, or by the columns of a table one by one."""
    model, x = about.model, given[source]
    zeros = torch.zeros_like(x)
    floats = x.is_floating_point() and asked.baseline == "mean"
    baseline = mean_of(model, source).to(x) if floats else zeros
    score = plainly(about, source, given, asked.target)
    how, shape = model.preparation(source), x.shape[1:]
    if isinstance(how, TablePreparation) and how.gives == "features":
        columns: Tensor = yield from _resting(model, _columns(score, x, baseline, shown(model, source, x[0]).names))
        return columns
    size, stride = max(1, asked.size), max(1, asked.stride)
    slides = not isinstance(how, TablePreparation) and (len(shape) > 1 or model.root.specs[source].meaning == "tokens")
    window = [min(size, side) if slides else 1 for side in shape]
    step = [stride if slides else 1 for _ in shape]
    for axis in {3: [0], 2: [1]}.get(len(shape), []):  # all channels, and all features of a step, go at once
        window[axis] = step[axis] = shape[axis]
    found: Tensor = yield from _resting(model, occlusion(score, x, baseline, window, step))
    return found[0] if found.dim() == 3 else found[:, 0] if found.dim() == 2 else found


def _columns(score: Any, x: Tensor, baseline: Tensor, names: Sequence[str]) -> Generator[None, None, Tensor]:
    """Every column of a table replaced by itself, all places of a category at once; each place has the whole fall."""
    found = torch.zeros(x.shape[1], device=x.device)
    with torch.no_grad():
        whole = score(x)[0]
        for name in dict.fromkeys(names):
            places = torch.tensor([place for place, each in enumerate(names) if each == name], device=x.device)
            covered = x.clone()
            covered[:, places] = baseline[:, places]
            found[places] = (whole - score(covered)[0]) / len(places)  # they are added up again
            yield
    return found


def _by_name(model: Model, source: Port, values: Tensor, given: Given, heat: Tensor,
             signed: bool) -> tuple[Given, np.ndarray]:  # fmt: skip
    """The columns of a table by their names with their values, the places of one category added up; a text's words."""
    found = heat.detach().float().cpu().numpy()
    how = model.preparation(source)
    if given.form == "words":
        return given, found[: len(given.names)]
    if given.form != "columns" or not isinstance(how, TablePreparation):
        return given, found
    names = list(dict.fromkeys(given.names))
    sums = np.array([found[[place for place, each in enumerate(given.names) if each == name]].sum() for name in names])
    words = tuple(f"{name} = {_cell(how, given.names, values, name)}" for name in names)
    return replace(given, values=sums.astype(np.float32), names=words), sums.astype(np.float32)


def _cell(how: TablePreparation, names: Sequence[str], values: Tensor, name: str) -> str:
    """What stands in a column, as the table has it."""
    places = [place for place, each in enumerate(names) if each == name]
    number = next((each for each in how.numbers if each.name == name), None)
    if number is not None:
        found = float(values[places[0]]) * number.scale + number.shift
        return f"{0.0 if abs(found) < ROUNDING * abs(number.scale) else found:.4g}"
    column = next(each for each in how.categories if each.name == name)
    if how.gives == "categories":
        return str(int(values[places[0]]))
    chosen = [slot for slot, place in enumerate(places) if float(values[place]) > 0.5]
    return (*column.names, "blank")[chosen[0]] if chosen else "unknown"


def _targets(about: Scored) -> tuple[str, ...]:
    """What can be explained, by name."""
    names = about.model.root.specs[about.plan.target].names if about.plan.target else ()
    count = min(about.count, MOST_TARGETS)
    return tuple(names[place] if len(names) == about.count else str(place) for place in range(count))


def _truth(about: Scored, question: Why) -> int:
    """The right class of an example of the data."""
    own = question.example.file or question.example.drawn is not None
    target, model = about.plan.target, about.model
    if own or target is None or about.plan.kind != "classes" or target.owner in model.draws:
        return -1
    found = given_for(model, [target], question.example).get(target)
    return int(found.reshape(-1)[0]) if found is not None and found.numel() == 1 else -1


def _places(model: Model, about: Scored, source: Port) -> tuple[Place, ...]:
    """The outputs with maps that lie before the score, and could lie over a source."""
    kind = _maps_over(model, source)
    found = before(model, about.port, kind) if kind else []
    return tuple(Place(port.node, port.port, model.root.specs[port].shape) for port in found)

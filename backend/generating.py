"""Drawing new examples from a network that makes them of noise: while it trains, or of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from backend.evaluation import BATCH, at_rest
from backend.export._subject import choose
from backend.feeds import window
from backend.loading import Model
from backend.predict import drawn, reads
from backend.problems import INPUT, TrainProblem
from backend.sampling import probabilities
from backend.sheets import Drawing
from graph.document import NodeKey, Port
from graph.plan import OutputPlan, outputs, sources

BLOCK = 64  # examples whose noise is drawn at a time, so that the first ones are the same however many are asked for
KEPT_BYTES = 256 * 1024  # of a moment of a time-lapse, which bounds what a run keeps
KEPT_LEAST, KEPT_MOST, KEPT_POINTS = 4, 64, 500
DARK, SOME = -0.25, 0.01  # where some values lie well below zero, a network counts brightness from −1
REAL = 500  # real points to compare with


class Generative(NamedTuple):
    """An output that can be drawn from.

    ports: what its slice reads
    labels: those of them that take a class number, which may be chosen
    like: the field of the data that it imitates or is compared with, where there is one
    """

    plan: OutputPlan
    ports: tuple[Port, ...]
    labels: tuple[Port, ...]
    like: Port | None


def generative(model: Model) -> tuple[Generative, ...]:
    """The outputs made of noise: everything they read is drawn at random, or is a class that can be chosen."""
    if not model.draws:
        return ()
    found = []
    for plan in outputs(model.document, model.root.specs):
        ports = reads(model, plan)
        labels = tuple(port for port in ports if model.root.specs[port].classes > 0)
        if _is_drawn(model, ports, labels):
            found.append(Generative(plan, ports, labels, _like(model, plan)))
    return tuple(found)


def chosen(model: Model, output: str = "") -> Generative:
    """One output to draw from, by its name or the id of its node; "" means the first. Raises TrainProblem."""
    there = generative(model)
    if not output and there:
        return there[0]
    plan = choose(outputs(model.document, model.root.specs), output)[0]
    if found := next((each for each in there if each.plan == plan), None):
        return found
    fields = [f"“{port.port}”" for port in reads(model, plan) if port.owner not in model.draws]
    names = " or ".join(f"“{each.plan.name}”" for each in there)
    instead = f"Draw from {names}" if names else "An Output can be drawn from that reads a Noise node and no data"
    read = " and ".join(fields) or "nothing"
    raise TrainProblem(f"“{plan.name}” is not made of noise (it reads {read}), so there is nothing to draw. {instead}.",
                       INPUT)  # fmt: skip


def draw(
    model: Model, what: Generative, count: int, seed: int | None = None, labels: Sequence[int | str] = ()
) -> Drawing:
    """New examples; the same seed gives the same ones. Raises TrainProblem for a class that there is not.

    seed: fixes the noise; None takes that of the training
    labels: the classes to draw, by number or name; none takes all, each with the same noise
    """
    classes, columns = _arranged(count, wanted(model, what, labels))
    generator = torch.Generator(model.device).manual_seed(model.settings.seed if seed is None else seed)
    noise = noise_of(model, what, max(columns, default=0) + 1, generator)
    made = []
    for start in range(0, count, BATCH):
        rows = torch.tensor(columns[start : start + BATCH], device=model.device)
        given = {port: values.index_select(0, rows) for port, values in noise.items()}
        for port in what.labels:
            given[port] = torch.tensor(classes[start : start + BATCH], device=model.device)
        made.append(computed(model, what, given).cpu())
    values = torch.cat(made)
    array: np.ndarray = (values.float() if values.is_floating_point() else values).numpy()
    return Drawing(array, what.plan.kind, classes, model.root.specs[what.plan.port].names)


def class_names(model: Model, what: Generative) -> tuple[str, ...]:
    """What the classes are called that an output is drawn for; their numbers where they have no names."""
    if not what.labels:
        return ()
    spec = model.root.specs[what.labels[0]]
    return spec.names or tuple(map(str, range(_classes(model, what))))


def kept_count(model: Model, what: Generative) -> int:
    """How many examples of an output a time-lapse keeps: as many as show something and take little room."""
    spec = model.root.specs[what.plan.port]
    if spec.shape == (2,) and what.plan.kind != "classes":
        return KEPT_POINTS
    bytes_each = max(spec.size, 1) * (1 if what.plan.kind == "image" else 4)
    count = min(KEPT_MOST, max(KEPT_LEAST, KEPT_BYTES // bytes_each))
    rows = len(class_names(model, what)) or 1
    return count // rows * rows or count  # as many of each class


def real_points(model: Model, what: Generative) -> np.ndarray | None:
    """Points of the training data, (examples, 2), where an output makes points like them; reads the data."""
    port = what.like
    if port is None or model.root.specs[what.plan.port].shape != (2,) or model.root.specs[port].shape != (2,):
        return None
    if port.owner not in model.data:
        return None
    stage = model.stage("train")
    values = stage.column(port)(window(stage, 0, min(REAL, stage.lengths[port.owner])))
    preparation = model.preparation(port)
    found: np.ndarray = (preparation.invert(values) if preparation else values).float().cpu().numpy()
    return found


def _is_drawn(model: Model, ports: Sequence[Port], labels: Sequence[Port]) -> bool:
    known = all(port.owner in model.draws or port in labels for port in ports)
    return known and any(_by_chance(model, key) for key in {port.owner for port in ports} & model.draws.keys())


def _by_chance(model: Model, key: NodeKey) -> bool:
    """Whether a source draws anything at random: a constant leaves the generator as it was."""
    generator, source = torch.Generator(model.device).manual_seed(0), model.draws[key]
    before = generator.get_state()
    if source.draw:
        source.draw(1, generator, model.device)
    return not torch.equal(before, generator.get_state())


def _like(model: Model, plan: OutputPlan) -> Port | None:
    """What an output should be, else the first field of a data set that has its shape."""
    if plan.target:
        return plan.target
    spec = model.root.specs[plan.port]
    fed = [key for key in sources(model.document) if key not in model.draws]
    return next((port for port, each in model.root.specs.items()
                 if port.owner in fed and (each.shape, each.dtype) == (spec.shape, spec.dtype)), None)  # fmt: skip


def _classes(model: Model, what: Generative) -> int:
    return min(model.root.specs[port].classes for port in what.labels)


def wanted(model: Model, what: Generative, labels: Sequence[int | str]) -> list[int]:
    """The classes to draw, as numbers: those that are named, or all. Raises TrainProblem for one that there is not."""
    if not what.labels:
        if labels:
            raise TrainProblem(f"“{what.plan.name}” is made of noise alone, so no class can be chosen for it.", INPUT)
        return []
    names, there = class_names(model, what), _classes(model, what)
    found = []
    for label in labels:
        number = names.index(str(label)) if str(label) in names else int(label) if str(label).isdecimal() else -1
        if not 0 <= number < there:
            raise TrainProblem(f"There is no class “{label}”: choose one of {', '.join(names[:20])}.", INPUT)
        found.append(number)
    return sorted(set(found)) or list(range(there))


def _arranged(count: int, classes: Sequence[int]) -> tuple[tuple[int, ...], list[int]]:
    """The class of every example, and which noise it gets: the examples of a class have the noise 0, 1, 2 and so on."""
    if not classes:
        return (), list(range(count))
    shares = [count // len(classes) + (place < count % len(classes)) for place in range(len(classes))]
    labels = tuple(label for label, share in zip(classes, shares) for _ in range(share))
    return labels, [column for share in shares for column in range(share)]


def noise_of(model: Model, what: Generative, count: int, generator: torch.Generator) -> dict[Port, torch.Tensor]:
    """What the random sources of an output draw for so many examples; the first are the same whatever the count."""
    needed: dict[Port, list[torch.Tensor]] = {port: [] for port in what.ports if port.owner in model.draws}
    for _ in range(0, count, BLOCK):
        block = drawn(model, BLOCK, generator)
        for port, found in needed.items():
            found.append(block[port])
    return {port: torch.cat(found)[:count] for port, found in needed.items()}


def computed(model: Model, what: Generative, given: Mapping[Port, torch.Tensor]) -> torch.Tensor:
    """An output from the values of its sources, as people know it: pictures from 0 to 1, points in their own unit."""
    module = model.slice([what.plan.port])
    with at_rest(model):
        made: torch.Tensor = module(*(given[port] for port in what.ports))
        if what.plan.kind == "classes":
            return probabilities(made)
        preparation = model.preparation(what.like)
        if what.plan.kind != "image":
            return preparation.invert(made) if preparation and made.is_floating_point() else made
        known = preparation is not None and (what.plan.target is not None or preparation.method != "0 to 1")
        return preparation.picture(made) if preparation and known else _bright(made)


def _bright(values: torch.Tensor) -> torch.Tensor:
    """Brightness from 0 to 1, for outputs from 0 to 1 and, as after tanh, from −1 to 1."""
    signed = float((values < DARK).float().mean()) > SOME
    return ((values + 1) / 2 if signed else values).clamp(0, 1)

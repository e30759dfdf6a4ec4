"""What a network says all over a plane through what it reads: a grid of inputs, and the examples that lie near."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch

from backend import judging
from backend.data.preparation import Preparation
from backend.data.tables_preparation import TablePreparation
from backend.loading import Model
from backend.passes import Pass
from backend.problems import INPUT, TrainProblem
from backend.projection import principal
from backend.questions.results_plane import Dots, Plane, PlaneResults
from backend.views import Subject, answers
from graph.document import Port
from graph.plan import OutputPlan

DOTS: Final = 400  # examples of a split on the plane
FITTED: Final = 256  # training examples that components are made of
MEANT: Final = 2048  # training examples that the mean is of
NUMBERS: Final = 1 << 23  # of all of them at most
FLAT: Final = 1e-12  # of the variance: a direction with no more has none
UNITS: Final = 64
ROOM: Final = 0.08  # of the span, beyond the outermost examples
Array = np.ndarray


@dataclass(frozen=True)
class Span:
    """A plane in the space of one field, flattened: middle + a·across + b·up, and its axes for people.

    shift, scale: what turns a and b into the units of the axes
    """

    middle: torch.Tensor
    across: torch.Tensor
    up: torch.Tensor
    names: tuple[str, str]
    shift: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    explained: tuple[float, float] = (0.0, 0.0)

    def places(self, values: torch.Tensor) -> Array:
        """Where examples, (examples, numbers), lie on the plane, seen from straight above: (examples, 2)."""
        away = values.double() - self.middle
        return torch.stack([away @ self.across, away @ self.up], 1).cpu().numpy()

    def told(self, places: Array) -> Array:
        """Places in the units of the axes."""
        return np.asarray(places * np.array(self.scale) + np.array(self.shift))


@answers(Plane)
def plane(subject: Subject, question: Plane) -> Generator[None, None, PlaneResults]:
    """Compute a grid of inputs, from the lower left on."""
    model, plan = subject.model, judging.plan_of(subject.model, question.output)
    names, told = judging.class_names(model, plan), judging.target_names(model, plan)
    if not names and not told:
        raise TrainProblem(f"“{plan.name}” tells neither a class nor a number, so there is nothing to colour the plane "
                           "with: give it a target.", INPUT)  # fmt: skip
    if not names:
        question = replace(question, target=min(question.target, len(told) - 1))  # the output may have become smaller
    field = _field(model, plan, question)
    layer = [Port(field.network, question.layer, question.port)] if question.layer else []
    work = Pass(model, "train", [plan.port, *layer], live=not question.run)
    few = max(2, min(MEANT, NUMBERS // max(model.root.specs[port].size for port in work.sources)))
    held = work.given({key: slice(0, few) for key in work.stage.lengths}, few)
    place = work.sources.index(field)
    span = yield from _span(model, field, held[place], question)
    dots = [_dots(model, plan, field, span, split, question.target) for split in ("train", "test")]
    yield
    left, right, low, high = _extent(np.concatenate([each[0] for each in dots]))
    across, up = np.linspace(left, right, question.side), np.linspace(low, high, question.side)
    grid = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
    still = [_still(values, question.held) for values in held]
    made, units = [], []
    for start in range(0, len(grid), work.size):
        found = work.computed(_inputs(still, place, span, grid[start : start + work.size], held[place].shape[1:]))
        made.append(found[0].cpu())
        units += [values[:, :UNITS].float().cpu() for values in found[1:]]
        yield
    ends = span.told(np.array([[left, low], [right, high]])).T.reshape(-1).tolist()
    winner, value = _answers(model, plan, torch.cat(made), bool(names), question)
    train, test = (Dots(span.told(at), values) for at, values in dots)
    return PlaneResults(
        span.names[0], span.names[1], (ends[0], ends[1], ends[2], ends[3]), names, winner, value, train, test,
        units=_coarse(units, question.side), explained=span.explained,
    )  # fmt: skip


def _field(model: Model, plan: OutputPlan, question: Plane) -> Port:
    """The field that the plane lies in. Raises TrainProblem where the output does not read it."""
    for port in model.sources([plan.port]):
        if (port.node, port.port) == (question.node, question.field) and port.owner in judging.datasets(model):
            return port
    raise TrainProblem(f"“{plan.name}” does not read “{question.field}” of “{question.node}”: train the design as it "
                       "is now, or choose another field.", INPUT)  # fmt: skip


def _span(model: Model, field: Port, training: torch.Tensor, question: Plane) -> Generator[None, None, Span]:
    flat = training.reshape(len(training), -1).double()
    middle = _still(flat, question.held)
    if question.axes == "components":
        return (yield from _components(flat, middle))
    columns = (question.x, question.y)
    if max(columns) >= flat.shape[1] or question.x == question.y:
        raise TrainProblem("A plane needs two different columns of what the network reads: choose others.", INPUT)
    unit = torch.eye(flat.shape[1], dtype=torch.float64, device=flat.device)[list(columns)]
    names, shift, scale = _units(model, field, columns)
    own = middle.clone()
    own[list(columns)] = 0.0
    return Span(own, unit[0], unit[1], names, shift, scale)


def _units(model: Model, field: Port, columns: Sequence[int]) -> tuple[tuple[str, str], tuple[float, float],
                                                                         tuple[float, float]]:  # fmt: skip
    """The names of two columns, and what turns their prepared numbers into their own unit."""
    preparation, spec = model.preparation(field), model.root.specs[field]
    names = [spec.names[c] if len(spec.names) == spec.size else f"x{c + 1}" for c in columns]
    shift, scale = [0.0, 0.0], [1.0, 1.0]
    if isinstance(preparation, TablePreparation):
        own = [preparation.numbers[column] for column in columns]
        names, shift, scale = ([getattr(each, what) for each in own] for what in ("name", "shift", "scale"))
    elif isinstance(preparation, Preparation):
        shift, scale = ([values[column % len(values)] for column in columns]
                        for values in (preparation.shift, preparation.scale))  # fmt: skip
    return (names[0], names[1]), (shift[0], shift[1]), (scale[0], scale[1])


def _components(flat: torch.Tensor, middle: torch.Tensor) -> Generator[None, None, Span]:
    """The two directions in which a few hundred examples vary most."""
    few = flat[: max(2, min(FITTED, NUMBERS // flat.shape[1]))]
    found = yield from principal(few.cpu().numpy())
    if found.shares[1] <= FLAT:
        raise TrainProblem("There are no two principal components: the examples do not vary enough.", INPUT)
    across, up = torch.from_numpy(found.directions).to(flat)
    return Span(middle, across, up, ("component 1", "component 2"), explained=found.shares)


def _still(values: torch.Tensor, held: int) -> torch.Tensor:
    """What is held of a field: an example, else the mean, of whole numbers the commonest."""
    if held >= 0:
        return values[held % len(values)]
    return values.mean(0) if values.is_floating_point() else values.mode(0).values


def _dots(model: Model, plan: OutputPlan, field: Port, span: Span, split: str, which: int) -> tuple[Array, Array]:
    """Where examples of a split lie, and what they truly are."""
    if not model.stage(split).examples or plan.target is None:
        return np.zeros((0, 2)), np.zeros(0)
    work = Pass(model, split, [field, plan.target], live=False)
    few = np.unique(np.linspace(0, work.examples - 1, min(DOTS, work.examples)).astype(np.int64)).tolist()
    values, meant = work.chosen(few)
    if judging.class_names(model, plan):
        told = judging.truth_of(meant).cpu().numpy()
    else:
        told = judging.in_unit(model, plan, meant)[:, which].numpy()
    return span.places(values.reshape(len(values), -1)), told


def _extent(places: Array) -> tuple[float, float, float, float]:
    """Left, right, low and high around all examples, with some room."""
    low, high = places.min(0), places.max(0)
    room = np.where(high > low, (high - low) * ROOM, 1.0)
    return float(low[0] - room[0]), float(high[0] + room[0]), float(low[1] - room[1]), float(high[1] + room[1])


def _inputs(still: Sequence[torch.Tensor], place: int, span: Span, grid: Array, shape: torch.Size
            ) -> list[torch.Tensor]:  # fmt: skip
    """What the network is to read at the places of a grid, (places, 2)."""
    inputs = [values.unsqueeze(0).expand(len(grid), *values.shape).contiguous() for values in still]
    at = torch.from_numpy(grid).to(span.middle.device)
    flat = span.middle + at[:, :1] * span.across + at[:, 1:] * span.up
    inputs[place] = flat.to(still[place].dtype).reshape(len(grid), *shape)
    return inputs


def _answers(model: Model, plan: OutputPlan, made: torch.Tensor, classes: bool, question: Plane
             ) -> tuple[Array | None, Array]:  # fmt: skip
    shape = (question.side, question.side)
    if classes:
        best = judging.probabilities_of(model, plan, made).max(1)
        return best.indices.short().numpy().reshape(shape), best.values.float().numpy().reshape(shape)
    return None, judging.in_unit(model, plan, made)[:, question.target].float().numpy().reshape(shape)


def _coarse(units: list[torch.Tensor], side: int) -> Array:
    """The responses of the units on every second point, (units, height, width)."""
    if not units:
        return np.zeros((0, 0, 0), np.float32)
    whole = torch.cat(units).numpy()
    grid = whole.T.reshape(whole.shape[1], side, side)
    return np.ascontiguousarray(grid[:, ::2, ::2].astype(np.float32))

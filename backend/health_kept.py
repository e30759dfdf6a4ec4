"""Keeping how a training goes: gradients, weights, steps, dead units and activations, measured beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from backend.gauges import Gauge, Layer, Measured, by_layer, following, layers_of, learning, norms, on_the_way
from backend.health import (
    ACTIVATIONS,
    BARS,
    DEAD,
    GRADIENTS,
    MOMENTS,
    TIME,
    UPDATES,
    WEIGHTS,
    Health,
    Layout,
    Section,
    kept,
)
from backend.keeping import SHORTEST, MomentKeeper
from backend.loading import Model
from backend.runs import Run
from backend.steps import GradientStep, ObjectiveStep, declared_by
from backend.trained import trained
from graph.compiler import upstream_of
from graph.disk import FileProblem
from graph.document import Port
from graph.flat import flat_of
from graph.inference import ordered

MOST_NODES = 200  # whose activations are kept
MOST_STEPS = 256  # of a sequence; in a longer one several share a number
SAMPLED = 8192  # values of an activation that its histogram counts
WARMING = 0.5  # seconds that the first moment may take for a second measurement to tell what the next will take
PATIENCE = 1.0  # seconds that a moment may take for the end of a training to have one
SPARE = 0.05  # seconds that a training gives besides its share, for short ones to have more than a first and a last
RELUS = ("relu", "relu6")
RECURRENT = ("rnn", "lstm", "gru", "conv_lstm")
MAPS = ("image", "volume")  # of these a unit is a whole map


class Watched:
    """What is measured of one objective: its layers that learn, and what flows through the network on the way.

    known: ports that are looked at already, with another objective
    """

    def __init__(self, model: Model, step: ObjectiveStep, layers: Sequence[Layer], known: set[Port]) -> None:
        plan = step.part.plan
        self.step, self.name = step, plan.name
        self.layers = learning(layers, trained(model, plan)) if isinstance(step, GradientStep) else []
        self.parameters = [parameter for layer in self.layers for parameter in layer.parameters]
        ports, nodes = on_the_way(model, plan), flat_of(model.document).document.nodes
        new = [port for port in ports if port not in known]
        self.relus = [port for port in new if nodes[port.owner].type in RELUS]
        self.shown = new[:: -(-len(new) // MOST_NODES) or 1]
        self.read = dict(_read_over_time(model, plan.losses)) if self.layers else {}
        asked = dict.fromkeys([*self.relus, *self.shown, *self.read.values()])
        self.gauge = Gauge(model, plan, self.parameters, asked, dict.fromkeys(self.read.values()))
        self.solver = _solver(model, step)


def _solver(model: Model, step: ObjectiveStep) -> str:
    """See ``Layout.solvers``."""
    declared = declared_by(model, step.part.plan)
    if declared.ridge is not None:
        return "ridge"
    return "nothing" if not isinstance(step, GradientStep) else "closure" if declared.closure else "gradient"


def _read_over_time(model: Model, losses: Sequence[Port]) -> Iterator[tuple[str, Port]]:
    """The recurrent nodes on the way to losses, and what each reads step by step, where that has gradients."""
    flat = flat_of(model.document)
    reached = upstream_of(model.document, losses)
    for key in ordered(flat.document):
        cell, wired = flat.cells.get(key), flat.document.inputs_of(key)
        names = cell.steps if cell else ("x",) if flat.document.nodes[key].type in RECURRENT else ()
        ports = [wired[name] for name in names if name in wired]
        specs = {port: model.root.specs[port] for port in ports if port in model.root.specs}
        real = [port for port, spec in specs.items() if spec.dtype.startswith("float") and spec.shape]
        if real and key in reached:
            yield key.node, real[0]


class HealthKeeper(MomentKeeper):
    """Keeps how a training goes: see ``backend.health.Section``.

    steps: of an epoch
    step: where the training begins or goes on; moments after it are forgotten
    objectives: what does the steps; each is asked to let one of them be watched after every moment
    """

    SHARE = 0.007

    def __init__(self, model: Model, run: Run, steps: int, clock: Callable[[], float], step: int,
                 objectives: Sequence[ObjectiveStep]) -> None:  # fmt: skip
        self._health = Health(run.health)
        super().__init__(self._health.lapse, steps, clock)
        self._model = model
        layers = layers_of(model)
        self._parts: list[Watched] = []
        for each in objectives:
            known = {port for part in self._parts for port in part.gauge.ports}
            self._parts.append(Watched(model, each, layers, known))
        self._at = step
        self._warm = False  # whether something was measured before
        self._spare = SPARE
        self._numbers = np.zeros(0, np.float32)  # of the last moment
        self._moved: dict[int, torch.Tensor] = {}  # by the place of an objective, what the step after it did
        self._open = False  # whether that is still to be written
        self._watching = 0.0  # seconds that it has taken
        self._after = float("inf")  # the same, of the quickest
        self._layout = self._described(layers)
        with contextlib.suppress(OSError, FileProblem):
            self._health.describe(self._layout)
            self.begin(kept() if self._layout.size else {}, step)

    def _described(self, layers: Sequence[Layer]) -> Layout:
        parts = self._parts
        learned = [(part.name, layer.path) for part in parts for layer in part.layers]
        over_time = [(part.name, node) for part in parts for node in part.read]
        specs = self._model.root.specs
        longest = max((specs[port].shape[0] for part in parts for port in part.read.values()), default=0)
        together = -(-longest // MOST_STEPS) or 1
        sections = [
            *(Section(name, tuple(path for _, path in learned), tuple(name for name, _ in learned))
              for name in (GRADIENTS, WEIGHTS, UPDATES)),
            Section(DEAD, tuple(port.node for part in parts for port in part.relus)),
            Section(ACTIVATIONS, tuple(port.node for part in parts for port in part.shown), (), BARS + 2),
            Section(TIME, tuple(node for _, node in over_time), tuple(name for name, _ in over_time),
                    -(-longest // together)),
        ]  # fmt: skip
        frozen = tuple(path for path, own in layers if not any(parameter.requires_grad for parameter in own))
        there = tuple(section for section in sections if section.rows)
        paths = {path for _, path in learned}
        learners = [layer for layer in layers if layer.path in paths]
        # Without anything that learns by gradients there is nothing to follow.
        return Layout(there if learned else (), {part.name: part.solver for part in parts}, frozen, together,
                      following(self._model, learners))  # fmt: skip

    # -- keeping -----------------------------------------------------------------------------------------------------

    def look(self, step: int) -> None:
        if self._open and not any(part.step.around for part in self._parts):
            self._complete()
        super().look(step)

    def keep(self, step: int) -> None:
        if self._open:
            self._complete()
        if PATIENCE < self._cost < float("inf") and self._clock() < self._next:
            return  # whoever ends a training of a large network does not wait for one more measurement
        before, self._at = self._step, step
        self._forget_costs()
        super().keep(step)
        if self._kept and self._step > before:
            if not self._warm:
                self._warm_up()
            if self._spared(self._cost):
                self._next = self._clock() + SHORTEST
            self._open = True
            for place, part in enumerate(self._parts):
                part.step.around = partial(self._watch, place) if part.layers else None

    def values(self) -> dict[str, np.ndarray]:
        try:
            self._numbers = self._measured(self._at)
        except RuntimeError as error:  # no memory is left beside the training: as little as on a full disk
            raise OSError(str(error)) from error
        return {MOMENTS: self._numbers}

    def _measured(self, iteration: int) -> np.ndarray:
        """One moment, the sections in their order."""
        device = self._model.device
        found: dict[str, list[torch.Tensor]] = {section.name: [] for section in self._layout.sections}
        for part in self._parts:
            measured = part.gauge.measure(iteration)
            values = dict(zip(part.gauge.ports, measured.values))
            if part.layers:
                found[GRADIENTS].append(by_layer(norms(measured.gradients, device), part.layers))
                found[WEIGHTS].append(by_layer(norms(part.parameters, device), part.layers))
                found[UPDATES].append(torch.full((len(part.layers),), torch.nan, device=device))
            if part.relus:
                found[DEAD].append(torch.stack([self._dead(port, values[port]) for port in part.relus]))
            found.get(ACTIVATIONS, []).extend(spread(values[port]) for port in part.shown)
            found.get(TIME, []).extend(self._over_time(part, measured))
        whole = torch.cat([each.reshape(-1).double() for section in found.values() for each in section])
        return whole.float().cpu().numpy()

    def _dead(self, port: Port, values: torch.Tensor) -> torch.Tensor:
        """The share of the units that are 0 for every example, at every place of their map or step."""
        axis = 1 if self._model.root.specs[port].meaning in MAPS else -1
        values = values if values.dim() > 1 else values.unsqueeze(1)
        return (values.movedim(axis, 0).flatten(1) <= 0).all(1).float().mean()

    def _over_time(self, part: Watched, measured: Measured) -> list[torch.Tensor]:
        """For every recurrent layer the norm of the gradient at each step, or at several together; NaN past the end."""
        flows, rows = dict(zip(part.gauge.wanted, measured.flows)), []
        width = next(section.width for section in self._layout.sections if section.name == TIME) if part.read else 0
        for port in part.read.values():
            row, flow = torch.full((width,), torch.nan, dtype=torch.float64, device=self._model.device), flows[port]
            if flow is not None:
                squares = flow.double().square().movedim(1, 0).flatten(1).sum(1)
                padded = F.pad(squares, (0, -len(squares) % self._layout.steps))
                found = padded.view(-1, self._layout.steps).sum(1).sqrt()
                row[: len(found)] = found
            rows.append(row)
        return rows

    # -- the step after ----------------------------------------------------------------------------------------------

    def _watch(self, place: int, advance: Callable[[], None]) -> None:
        """Let a step be done, and note how far it moves the weights of each layer, as a share of their norm."""
        began, part, device = self._clock(), self._parts[place], self._model.device
        before = [parameter.detach().clone() for parameter in part.parameters]
        self._watching += self._clock() - began
        advance()
        began = self._clock()
        with torch.no_grad():
            change = torch._foreach_sub(list(part.parameters), before)
        moved, were = (by_layer(norms(each, device), part.layers) for each in (change, before))
        self._moved[place] = moved / were
        self._watching += self._clock() - began

    def _complete(self) -> None:
        """Write the last moment again, now that it is known what the step after it did."""
        began = self._clock()
        row = next(at for at, section in self._starts() if section.name == UPDATES)
        for place, part in enumerate(self._parts):
            if place in self._moved:
                self._numbers[row : row + len(part.layers)] = self._moved[place].float().cpu().numpy()
            row += len(part.layers)
            part.step.around = None
        with contextlib.suppress(OSError):
            if self._moved:
                self._lapse.add(MOMENTS, self._step, self._step / self._steps, self._numbers)
        self._moved, self._open = {}, False
        self._after = min(self._after, self._watching + self._clock() - began)
        self._watching = 0.0
        if not self._spared(self._after):
            self._next += self._after / self.SHARE

    def _warm_up(self) -> None:
        """Measure once more after the first moment, which took longer than later ones will, where that is soon done."""
        self._warm = True
        began = self._clock()
        if self._cost <= WARMING:
            with contextlib.suppress(OSError):
                self.values()
            self._cost = self._clock() - began
            self._next = began + self._cost + self._cost / self.SHARE

    def _forget_costs(self) -> None:
        """Let each moment be paid for by what it took itself, where that is not waiting for a device."""
        if self._model.device.type == "cpu":
            self._cost = self._after = float("inf")

    def _spared(self, seconds: float) -> bool:
        """Whether so much is left of what may be spent at once."""
        if spared := seconds <= self._spare:
            self._spare -= seconds
        return spared

    def _starts(self) -> Iterator[tuple[int, Section]]:
        """Where each section begins among the numbers of a moment."""
        start = 0
        for section in self._layout.sections:
            yield start, section
            start += section.size


def spread(values: torch.Tensor) -> torch.Tensor:
    """How values lie: the least, the greatest, the shares in ``BARS`` intervals between; NaN where one is not finite.

    Of many values only some are looked at, evenly spread over all.
    """
    flat = values.detach().reshape(-1)
    flat = flat[:: -(-len(flat) // SAMPLED) or 1].float()
    low, high = flat.aminmax() if len(flat) else (flat.new_tensor(torch.nan),) * 2
    width = torch.where(high > low, high - low, torch.ones_like(low))
    finite = (low + high).isfinite()
    places = ((flat - low) / width * BARS).nan_to_num(0.0).long().clamp(0, BARS - 1)
    counts = torch.zeros(BARS, device=flat.device).index_add_(0, places, torch.ones_like(flat))
    found = torch.cat((torch.stack((low, high)), counts / max(len(flat), 1)))
    return torch.where(finite, found, torch.nan)

"""A drawn recurrence at work: its cell, run over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

Place = tuple[str, int]  # where a value of the cell comes from: ("step", 0) is the first sequence, at this step
MOST_LOOKS = 32  # that are kept for the next time: whoever looks about asks for ever others


class Plan(NamedTuple):
    """How the values of a recurrence and those of its cell belong together.

    inputs: for every input of the recurrence "step" or "whole", or "" where nothing is wired
    started: for every state its place among what the function that computes first states gives, or -1
    learned: for every state the name of the parameter that its first value is, or ""
    shapes: of every state, without the batch
    every: for every output whether all its steps are given, or the last alone
    """

    inputs: tuple[str, ...]
    started: tuple[int, ...]
    learned: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    every: tuple[bool, ...]


class Look(NamedTuple):
    """What is wanted of the inside of a cell: see ``Recurrence.forward``."""

    watch: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    apart: bool = False


class Functions(NamedTuple):
    """What computes a cell.

    step: gives outputs, next states and what is watched of every step; ``reads`` is what it is called with, in its
      order, where what is given comes after the inputs
    start: gives first states and what is watched before the first step; ``starting`` is what it is called with
    watched, early: the names of what is watched of every step, and of what comes before the first
    whole: the names of what is given for all steps together
    """

    step: Callable[..., Any]
    reads: tuple[Place, ...]
    start: Callable[..., Any] | None = None
    starting: tuple[Place, ...] = ()
    watched: tuple[str, ...] = ()
    early: tuple[str, ...] = ()
    whole: frozenset[str] = frozenset()


class Recurrence(nn.Module):
    """Runs a cell over time. Inputs and outputs are (batch, time, …); whole inputs and last outputs (batch, …).

    The cell maps inputs and states of one step to outputs and next states, in one tuple. ``lengths`` (batch,) says how
    many steps count; afterwards states stay, outputs are zero, and “last” is that of the last step that counts.

    functions: gives what computes the cell and what is wanted of its inside
    carry: whether a batch begins with the states that the one before ended with, as long as its size is the same
    truncate: steps after which gradients are cut; 0 never cuts
    """

    def __init__(self, plan: Plan, functions: Callable[[Look], Functions], carry: bool, truncate: int) -> None:
        super().__init__()
        self._plan = plan
        self._functions = functions
        self._plain = functions(Look())
        self._looks: dict[Look, Functions] = {}
        self.carries = carry
        self._truncate = truncate
        self._carried: list[torch.Tensor] | None = None
        for name, shape in zip(plan.learned, plan.shapes):
            if name:
                self.register_parameter(name, nn.Parameter(torch.zeros(shape)))

    def reset_state(self, state: list[torch.Tensor] | None = None) -> list[torch.Tensor] | None:
        """Begin from the start again, or with what was carried before; gives what is carried now."""
        self._carried, before = state, self._carried
        return before

    def forward(self, *inputs: torch.Tensor | None, watch: tuple[str, ...] = (),
                given: Mapping[str, torch.Tensor] | None = None, apart: bool = False) -> Any:  # fmt: skip
        """What the recurrence gives: a tensor, or a tuple of several.

        watch: ports inside, such as ``block.linear_1.output``, whose values follow the outputs: (batch, time, …), zero
          where an example has ended; (batch, …) of what comes before the first step
        given: values (batch, time, …) that ports inside have instead of computing them
        apart: whether what is watched is no tensor but a tuple with the one of each step, for their gradients
        """
        *values, lengths = inputs
        run = self._looking(Look(watch, tuple(given or ()), apart)) if watch or given else self._plain
        steps = [value for kind, value in zip(self._plan.inputs, values) if kind == "step" and value is not None]
        wholes = [value for kind, value in zip(self._plan.inputs, values) if kind == "whole" and value is not None]
        for name, value in (given or {}).items():
            (wholes if name in run.whole else steps).append(value)
        states, early = self._first(run, steps[0], wholes)
        results: list[list[torch.Tensor]] = [[] for _ in self._plan.every]
        watched: list[list[Any]] = [[] for _ in run.watched]
        for t, now in enumerate(zip(*(value.unbind(1) for value in steps))):
            if self._truncate and t and t % self._truncate == 0:
                states = [state.detach() for state in states]
            outputs, following, seen = self._advance(run, now, wholes, states)
            if lengths is not None:
                going = t < lengths
                following = [_where(going, new, old) for new, old in zip(following, states)]
                outputs = [
                    self._masked(going, value, kept, every)
                    for value, kept, every in zip(outputs, results, self._plan.every)
                ]
            for kept, value, every in zip(results, outputs, self._plan.every):
                if not every:
                    kept.clear()
                kept.append(value)
            for kept, value in zip(watched, seen):
                kept.append(value)
            states = list(following)
        if self.carries:
            self._carried = [state.detach() for state in states]
        told = [torch.stack(kept, 1) if every else kept[0] for kept, every in zip(results, self._plan.every)]
        if watch:
            over = (tuple(kept) if apart else _over_time(kept, lengths) for kept in watched)
            found = dict(zip((*run.watched, *run.early), (*over, *early)))
            told += (found[name] for name in watch)
        return told[0] if len(told) == 1 else tuple(told)

    def _looking(self, look: Look) -> Functions:
        if look not in self._looks:
            if len(self._looks) >= MOST_LOOKS:
                self._looks.clear()
            self._looks[look] = self._functions(look)
        return self._looks[look]

    def _advance(self, run: Functions, now: Sequence[torch.Tensor], wholes: Sequence[torch.Tensor],
                 states: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:  # fmt: skip
        """Outputs and next states of one step, and what is watched of it."""
        kinds = {"step": now, "whole": wholes, "state": states}
        found = run.step(*(kinds[kind][place] for kind, place in run.reads))
        found = found if isinstance(found, tuple) else (found,)
        outputs = len(self._plan.every)
        both = outputs + len(self._plan.shapes)
        return found[:outputs], found[outputs:both], found[both:]

    def _first(self, run: Functions, example: torch.Tensor,
               wholes: Sequence[torch.Tensor]) -> tuple[list[torch.Tensor], Sequence[Any]]:  # fmt: skip
        """The states before the first step, and what is watched there."""
        batch = example.shape[0]
        goes_on = self._carried is not None and all(state.shape[0] == batch for state in self._carried)
        computed: Any = ()
        if run.start is not None and (run.early or not goes_on):
            computed = run.start(*(wholes[place] for _, place in run.starting))
            computed = computed if isinstance(computed, tuple) else (computed,)
        early = computed[len(computed) - len(run.early) :]
        if goes_on:
            return list(self._carried or ()), early
        found = []
        for name, shape, at in zip(self._plan.learned, self._plan.shapes, self._plan.started):
            if at >= 0:
                found.append(computed[at])
            elif name:
                learned: torch.Tensor = getattr(self, name)
                found.append(learned.expand(batch, *shape))
            else:
                found.append(torch.zeros(batch, *shape, device=example.device))
        return found, early

    @staticmethod
    def _masked(going: torch.Tensor, value: torch.Tensor, before: list[torch.Tensor], every: bool) -> torch.Tensor:
        """An output where the sequence still goes on; afterwards nothing, or for the last alone what it was."""
        return _where(going, value, torch.zeros_like(value) if every or not before else before[0])


def _where(going: torch.Tensor, new: torch.Tensor, old: torch.Tensor) -> torch.Tensor:
    return torch.where(going.view(-1, *([1] * (new.dim() - 1))), new, old)


def _over_time(steps: Sequence[torch.Tensor], lengths: torch.Tensor | None) -> torch.Tensor:
    """What was watched, (batch, time, …), and zero where an example has ended."""
    whole = torch.stack(list(steps), min(1, steps[0].dim()))
    if lengths is None:
        return whole
    going = torch.arange(len(steps), device=whole.device) < lengths.view(-1, 1)
    return torch.where(going.view(*going.shape, *([1] * (whole.dim() - 2))), whole, torch.zeros_like(whole))

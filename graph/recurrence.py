"""A drawn recurrence at work: its cell, run over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

Place = tuple[str, int]  # where a value of the cell comes from: ("step", 0) is the first sequence, at this step


class Plan(NamedTuple):
    """How the values of a recurrence and those of its cell belong together.

    inputs: for every input of the recurrence "step" or "whole", or "" where nothing is wired
    reads: what the cell is called with, in its order
    starting: what the function that computes first states is called with
    started: for every state its place among what that function gives, or -1
    learned: for every state the name of the parameter that its first value is, or ""
    shapes: of every state, without the batch
    every: for every output whether all its steps are given, or the last alone
    """

    inputs: tuple[str, ...]
    reads: tuple[Place, ...]
    starting: tuple[Place, ...]
    started: tuple[int, ...]
    learned: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    every: tuple[bool, ...]


class Recurrence(nn.Module):
    """Runs a cell over time. Inputs and outputs are (batch, time, …); whole inputs and last outputs (batch, …).

    The cell maps inputs and states of one step to outputs and next states, in one tuple. ``lengths`` (batch,) says how
    many steps count; afterwards states stay, outputs are zero, and “last” is that of the last step that counts.

    carry: whether a batch begins with the states that the one before ended with, as long as its size is the same
    truncate: steps after which gradients are cut; 0 never cuts
    """

    def __init__(self, plan: Plan, step: Callable[..., Any], start: Callable[..., Any] | None, carry: bool,
                 truncate: int) -> None:  # fmt: skip
        super().__init__()
        self._plan = plan
        self._step = (step,)  # in a tuple, because its weights are those of the children and have their names
        self._start = (start,)
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

    def forward(self, *inputs: torch.Tensor | None) -> Any:
        *values, lengths = inputs
        steps = [value for kind, value in zip(self._plan.inputs, values) if kind == "step" and value is not None]
        wholes = [value for kind, value in zip(self._plan.inputs, values) if kind == "whole" and value is not None]
        states = self._first(steps[0], wholes)
        given: list[list[torch.Tensor]] = [[] for _ in self._plan.every]
        for t, now in enumerate(zip(*(value.unbind(1) for value in steps))):
            if self._truncate and t and t % self._truncate == 0:
                states = [state.detach() for state in states]
            found = self._advance(now, wholes, states)
            outputs, following = found[: len(given)], found[len(given) :]
            if lengths is not None:
                going = t < lengths
                following = [_where(going, new, old) for new, old in zip(following, states)]
                outputs = [
                    self._masked(going, value, kept, every)
                    for value, kept, every in zip(outputs, given, self._plan.every)
                ]
            for kept, value, every in zip(given, outputs, self._plan.every):
                if not every:
                    kept.clear()
                kept.append(value)
            states = list(following)
        if self.carries:
            self._carried = [state.detach() for state in states]
        results = [torch.stack(kept, 1) if every else kept[0] for kept, every in zip(given, self._plan.every)]
        return results[0] if len(results) == 1 else tuple(results)

    def _advance(self, now: Sequence[torch.Tensor], wholes: Sequence[torch.Tensor], states: Sequence[Any]) -> Any:
        """Outputs and next states of one step."""
        kinds = {"step": now, "whole": wholes, "state": states}
        found = self._step[0](*(kinds[kind][place] for kind, place in self._plan.reads))
        return found if isinstance(found, tuple) else (found,)

    def _first(self, example: torch.Tensor, wholes: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The states before the first step."""
        batch = example.shape[0]
        if self._carried is not None and all(state.shape[0] == batch for state in self._carried):
            return list(self._carried)
        computed: Any = ()
        if self._start[0] is not None:
            computed = self._start[0](*(wholes[place] for _, place in self._plan.starting))
            computed = computed if isinstance(computed, tuple) else (computed,)
        found = []
        for name, shape, at in zip(self._plan.learned, self._plan.shapes, self._plan.started):
            if at >= 0:
                found.append(computed[at])
            elif name:
                learned: torch.Tensor = getattr(self, name)
                found.append(learned.expand(batch, *shape))
            else:
                found.append(torch.zeros(batch, *shape, device=example.device))
        return found

    @staticmethod
    def _masked(going: torch.Tensor, value: torch.Tensor, before: list[torch.Tensor], every: bool) -> torch.Tensor:
        """An output where the sequence still goes on; afterwards nothing, or for the last alone what it was."""
        return _where(going, value, torch.zeros_like(value) if every or not before else before[0])


def _where(going: torch.Tensor, new: torch.Tensor, old: torch.Tensor) -> torch.Tensor:
    return torch.where(going.view(-1, *([1] * (new.dim() - 1))), new, old)

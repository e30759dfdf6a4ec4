"""The learning rates of an optimiser: its schedule, and what is set while it trains."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch

from graph.catalogue import Objective

PLAIN = (bool, int, float, str, list, tuple, dict)
RATES = ("lr", "initial_lr", "max_lr", "min_lr")  # where schedules keep learning rates

Optimizer = torch.optim.Optimizer


class Rates:
    """Moves the learning rates of an optimiser. Those of its groups keep their proportions, ``factors``."""

    def __init__(self, optimizer: Optimizer, declared: Objective, factors: list[float], steps: int) -> None:
        self.optimizer = optimizer
        self._factors = factors
        self._schedule = declared.schedule(optimizer, max(steps, 1)) if declared.schedule else None
        self._plateau = declared.plateau(optimizer) if declared.plateau else None
        self._leading = next((place for place, factor in enumerate(factors) if factor), 0)

    @property
    def value(self) -> float:
        """The learning rate of what no factor slows or hastens."""
        rate = float(self.optimizer.param_groups[self._leading]["lr"])
        return rate / (self._factors[self._leading] or 1.0)

    def step(self) -> None:
        """After a step of the optimiser."""
        if self._schedule is not None:
            self._schedule.step()

    def after_epoch(self, loss: float) -> None:
        if self._plateau is not None:
            self._plateau.step(loss)

    def set(self, value: float) -> None:
        """Go on with this learning rate; a schedule goes on from there in proportion."""
        old = self.value
        for group, factor in zip(self.optimizer.param_groups, self._factors):
            for name in (name for name in RATES if name in group):
                _assign(group, name, float(group[name]) * value / old if old else value * factor)
        for schedule in _each(self._schedule) if old else ():
            schedule.base_lrs = [float(rate) * value / old for rate in schedule.base_lrs]

    def state(self) -> dict[str, Any]:
        kept = {"schedule": self._schedule, "plateau": self._plateau}
        return {name: _plain(each.state_dict()) if each is not None else {} for name, each in kept.items()}

    def restore(self, state: Mapping[str, Any], rates: list[float] | None) -> None:
        """Go on from a ``state`` of a training as long, or from rates that ``after`` gave for one of another length."""
        for group, rate in zip(self.optimizer.param_groups, rates or ()):
            _assign(group, "lr", rate)
        if self._schedule is not None and rates is None:
            self._schedule.load_state_dict(dict(state["schedule"]))
        if self._plateau is not None:
            self._plateau.load_state_dict(dict(state["plateau"]))

    def after(self, done: int) -> list[float] | None:
        """What the schedule gives after so many steps, if there is one; brings it there."""
        if self._schedule is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch misses the steps of the optimiser, which were done long ago
            for _ in range(done):
                self._schedule.step()
        return [float(group["lr"]) for group in self.optimizer.param_groups]


def plain_state(optimizer: Optimizer) -> dict[str, Any]:
    """The state of an optimiser in tensors and plain values."""
    state = optimizer.state_dict()
    state["param_groups"] = [_plain(group) for group in state["param_groups"]]
    return state


def _each(schedule: Any) -> list[Any]:
    """A schedule, or those that it runs one after the other."""
    return [] if schedule is None else getattr(schedule, "_schedulers", [schedule])


def _assign(group: dict[str, Any], name: str, value: float) -> None:
    """Set a learning rate where it is kept, which may be on the card."""
    if isinstance(group[name], torch.Tensor):
        group[name].fill_(value)
    else:
        group[name] = value


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Learning rates as numbers, wherever they were kept, and nothing that is no value."""
    found = {name: float(value) if isinstance(value, torch.Tensor) else value for name, value in values.items()}
    return {name: value for name, value in found.items() if value is None or isinstance(value, PLAIN)}

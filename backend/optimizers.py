"""Optimiser steps with little Python around them: the kernels of torch's fused Adam, called straight."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.optim import Adam, AdamW, Optimizer

PLAIN = ("amsgrad", "maximize", "differentiable", "capturable")


def step_of(optimizer: Optimizer) -> Callable[[], object]:
    """How to do a step: the same numbers as ``optimizer.step()``, without its bookkeeping where that can be left out.

    Torch's own step spends as long on sorting the parameters of a small network as on moving them.
    """
    if not _is_plain_adam(optimizer):
        return optimizer.step
    return _DirectAdam(optimizer)


def _is_plain_adam(optimizer: Optimizer) -> bool:
    return type(optimizer) in (Adam, AdamW) and all(
        bool(group.get("fused"))
        and not any(group.get(flag) for flag in PLAIN)
        and not isinstance(group["lr"], torch.Tensor)
        and all(p.device.type == "cpu" and p.dtype is torch.float32 for p in group["params"])
        for group in optimizer.param_groups
    )


class _DirectAdam:
    """Steps an Adam or AdamW on the CPU. Its state stays the optimiser's own, so that saving and loading see it."""

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        # Since Adam can decouple its weight decay, it may be AdamW in all but name.
        decoupled = isinstance(optimizer, AdamW) or bool(optimizer.param_groups[0].get("decoupled_weight_decay"))
        self._kernel = torch._fused_adamw_ if decoupled else torch._fused_adam_
        self._states: list[tuple[list[torch.Tensor], ...]] | None = None

    def __call__(self) -> None:
        if self._states is None:
            self._optimizer.step()  # makes the state, and knows what to do about parameters without a gradient
            self._states = self._collect()
            return
        with torch.no_grad():
            # Loading a state puts other dictionaries there.
            for group, (averages, squares, steps) in zip(self._optimizer.param_groups, self._states):
                parameters = group["params"]
                beta1, beta2 = group["betas"]
                torch._foreach_add_(steps, 1)
                self._kernel(
                    parameters, [parameter.grad for parameter in parameters], averages, squares, [], steps,
                    lr=group["lr"], beta1=beta1, beta2=beta2, weight_decay=group["weight_decay"], eps=group["eps"],
                    amsgrad=False, maximize=False,
                )  # fmt: skip

    def _collect(self) -> list[tuple[list[torch.Tensor], ...]] | None:
        """The state of every parameter of every group, or None while one has none."""
        found = []
        for group in self._optimizer.param_groups:
            states = [self._optimizer.state.get(parameter, {}) for parameter in group["params"]]
            if not all(states):
                return None
            found.append(tuple([state[name] for state in states] for name in ("exp_avg", "exp_avg_sq", "step")))
        return found

"""What recurrences carry from one batch to the next: begun anew with every epoch, set aside while a model is judged.

A module that carries something has ``reset_state(state=None)``: it begins anew, or with a state of before, and gives
the one that it had: tensors, lists and tuples of them, or None. One that could carry something but is not asked to
says so with ``carries = False``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn


def carriers(root: nn.Module) -> list[Any]:
    """The modules that carry something, in the order of their names."""
    able = (module for module in root.modules() if hasattr(module, "reset_state"))
    return [module for module in able if getattr(module, "carries", True)]


def reset(root: nn.Module) -> list[Any]:
    """Let every carrier begin anew; gives what each had."""
    return [module.reset_state() for module in carriers(root)]


def put_back(root: nn.Module, states: Sequence[Any]) -> None:
    """Let every carrier go on from what ``reset`` gave."""
    for module, state in zip(carriers(root), states):
        module.reset_state(state)


def saved(root: nn.Module) -> list[Any]:
    """What every carrier has, for a checkpoint."""
    states = reset(root)
    put_back(root, states)
    return [_moved(state, torch.device("cpu")) for state in states]


def restore(root: nn.Module, states: Sequence[Any], device: torch.device) -> None:
    put_back(root, [_moved(state, device) for state in states])


def _moved(state: Any, device: torch.device) -> Any:
    if isinstance(state, torch.Tensor):
        return state.detach().to(device)
    return type(state)(_moved(each, device) for each in state) if isinstance(state, list | tuple) else state

"""Learning rates over a training of so many steps."""

from collections.abc import Callable

import torch


def linear(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Down to zero in a straight line."""
    return torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=steps)


def cosine(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Down to zero along half a cosine."""
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)


def step(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """A tenth after half of the steps, a hundredth after three quarters."""
    return torch.optim.lr_scheduler.MultiStepLR(optimizer, [steps // 2, steps * 3 // 4], gamma=0.1)


def exponential(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Down to a hundredth, by the same factor at every step."""
    return torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.01 ** (1 / steps))


def one_cycle(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Up to the learning rate over the first third, then down to almost nothing."""
    highest = [float(group["lr"]) for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, highest, steps + 1, cycle_momentum=False)


def warm_up(optimizer: torch.optim.Optimizer, steps: int, share: float) -> torch.optim.lr_scheduler.LRScheduler:
    """Up to the learning rate in a straight line over a share of the steps."""
    first = max(round(share * steps), 1)
    return torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / (first + 1), total_iters=first)


def warmed(
    optimizer: torch.optim.Optimizer,
    steps: int,
    share: float,
    after: Callable[[torch.optim.Optimizer, int], torch.optim.lr_scheduler.LRScheduler],
) -> torch.optim.lr_scheduler.LRScheduler:
    """Up to the learning rate over a share of the steps, then another schedule over the others."""
    first = max(round(share * steps), 1)
    parts = [warm_up(optimizer, steps, share), after(optimizer, max(steps - first, 1))]
    return torch.optim.lr_scheduler.SequentialLR(optimizer, parts, [first])


def plateau(
    optimizer: torch.optim.Optimizer, factor: float, patience: int
) -> torch.optim.lr_scheduler.ReduceLROnPlateau:
    """Lower by a factor after more epochs than the patience without a smaller loss."""
    return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=factor, patience=patience, eps=0.0)

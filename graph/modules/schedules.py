"""Learning rates over a training of so many steps."""

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
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=optimizer.defaults["lr"], total_steps=steps + 1, cycle_momentum=False
    )

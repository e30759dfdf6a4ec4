"""Normal random numbers that disturb while training."""

import torch
from torch import nn


class GaussianNoise(nn.Module):
    """Adds normal random numbers while training, or always; to every example, or to some."""

    def __init__(self, deviation: float, when: str = "while training", probability: float = 1.0) -> None:
        super().__init__()
        self.deviation = deviation
        self.when = when
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training and self.when != "always":
            return x
        noisy = torch.add(x, torch.randn_like(x), alpha=self.deviation)
        if self.probability >= 1:
            return noisy
        chosen = torch.rand(x.shape[0], *(1 for _ in x.shape[1:]), device=x.device) < self.probability
        return torch.where(chosen, noisy, x)


class GaussianDropout(nn.Module):
    """Multiplies by normal random numbers of mean 1 and the variance of a dropout while training."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (1 + (self.p / (1 - self.p)) ** 0.5 * torch.randn_like(x)) if self.training else x


class Reparameterise(nn.Module):
    """A normal random number of given mean and log variance that gradients pass through; or the mean."""

    def __init__(self, always: bool = False) -> None:
        super().__init__()
        self.always = always

    def forward(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        if not (self.training or self.always):
            return mean
        return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)

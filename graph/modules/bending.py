"""Activations that torch lacks."""

import torch
import torch.nn.functional as F
from torch import nn


def binary_step(x: torch.Tensor, threshold: float, signed: bool, passing: bool) -> torch.Tensor:
    """1 from the threshold on, below it 0 or, if signed, −1; the gradient of x where it is passing, else zeros."""
    hard = (x >= threshold).to(x.dtype) * 2 - 1 if signed else (x >= threshold).to(x.dtype)
    return hard + (x - x.detach()) if passing else hard + (x - x.detach()) * 0


def maxout(x: torch.Tensor, pieces: int, dim: int) -> torch.Tensor:
    """The largest of every few neighbours along an axis."""
    return torch.unflatten(x, dim, (-1, pieces)).amax(dim + 1 if dim >= 0 else dim)


def tempered_softmax(x: torch.Tensor, temperature: float, dim: int) -> torch.Tensor:
    """Probabilities that are the more alike the higher the temperature."""
    return F.softmax(x / temperature, dim=dim)


def tempered_log_softmax(x: torch.Tensor, temperature: float, dim: int) -> torch.Tensor:
    """The logarithms of tempered probabilities."""
    return F.log_softmax(x / temperature, dim=dim)


class LastAxisPReLU(nn.PReLU):
    """A slope for each feature of (batch, time, features)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.transpose(1, -1)).transpose(1, -1)

"""Mixtures of two batches."""

import torch
from torch import nn


class Interpolate(nn.Module):
    """A point between two: a random one for every example while training, the middle otherwise.

    The result can be differentiated by, whatever comes in: a gradient penalty asks how steep a critic is there.
    """

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        shape = (x.shape[0],) + (1,) * (x.dim() - 1)
        share = torch.rand(shape, dtype=x.dtype, device=x.device) if self.training else 0.5
        mixture = y + share * (x - y)
        if torch.is_grad_enabled() and not mixture.requires_grad:
            mixture.requires_grad_()
        return mixture

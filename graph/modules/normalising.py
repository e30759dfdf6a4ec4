"""Normalisation of the channels of every pixel by themselves, and of sequences (batch, time, features)."""

import torch
from torch import nn


class ChannelNorm(nn.LayerNorm):
    """Layer norm over axis 1 of (batch, channels, height, width) or of a volume."""

    def __init__(self, channels: int, eps: float = 1e-5, elementwise_affine: bool = True) -> None:
        super().__init__(channels, eps, elementwise_affine)
        self.channels = channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class ChannelRMSNorm(nn.RMSNorm):
    """Root mean square norm over axis 1 of (batch, channels, height, width) or of a volume."""

    def __init__(self, channels: int, eps: float | None = None, elementwise_affine: bool = True) -> None:
        super().__init__(channels, eps, elementwise_affine)
        self.channels = channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class SequenceInstanceNorm1d(nn.InstanceNorm1d):
    """Normalises every feature of every example over the time of (batch, time, features)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)

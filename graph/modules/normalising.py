"""Normalisation of the channels of every pixel by themselves."""

import torch
from torch import nn


class ChannelNorm(nn.LayerNorm):
    """Layer norm over axis 1 of (batch, channels, height, width) or of a volume."""

    def __init__(self, channels: int, eps: float = 1e-5, elementwise_affine: bool = True) -> None:
        super().__init__(channels, eps, elementwise_affine)
        self.channels = channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)

"""Pooling that torch lacks."""

import torch
import torch.nn.functional as F
from torch import nn


class SumPool(nn.Module):
    """The sum of every window of (batch, channels, …), with one to three axes after the channels."""

    def __init__(self, kernel_size: int, stride: int, padding: int = 0, ceil_mode: bool = False) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.ceil_mode = ceil_mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        axes = x.dim() - 2
        pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[axes - 1]
        border = [width for side in reversed(x.shape[2:]) for width in (self.padding, self.padding + self.over(side))]
        return pool(F.pad(x, border), self.kernel_size, self.stride) * float(self.kernel_size**axes)

    def over(self, side: int) -> int:
        """How far the last window reaches over the edge; it has to begin before the end, as in torch's pooling."""
        if not self.ceil_mode:
            return 0
        room = side + 2 * self.padding - self.kernel_size
        windows = -(-room // self.stride) + 1
        if (windows - 1) * self.stride >= side + self.padding:
            windows -= 1
        return max(0, (windows - 1) * self.stride - room)


class SequenceSumPool(SumPool):
    """The sum of every window along the time of (batch, time, features)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)

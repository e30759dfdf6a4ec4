"""Filters whose numbers are given and never learned."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn


class FixedFilter2d(nn.Module):
    """Slides one window of fixed weights over every channel of (batch, channels, height, width) by itself."""

    weight: torch.Tensor

    def __init__(
        self, kernel: Sequence[Sequence[float]], stride: int = 1, padding: str = "same", padding_mode: str = "zeros"
    ) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.padding_mode = padding_mode
        self.register_buffer("weight", torch.tensor(kernel)[None, None])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = self.weight.shape[2:]
        if self.padding == "same":
            border = ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2)
            x = F.pad(x, border, "constant" if self.padding_mode == "zeros" else self.padding_mode)
        channels = x.shape[1]
        return F.conv2d(x, self.weight.expand(channels, 1, height, width), stride=self.stride, groups=channels)

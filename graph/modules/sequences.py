"""Torch's one-dimensional layers for sequences of shape (batch, time, features)."""

import torch
import torch.nn.functional as F
from torch import nn


class SequenceConv1d(nn.Conv1d):
    """A convolution along the time of (batch, time, features). A causal one sees no step after its own."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int | str = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
        causal: bool = False,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)  # type: ignore[arg-type]
        self.causal = causal

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.transpose(1, 2)
        if self.causal:
            mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
            x = F.pad(x, (self.dilation[0] * (self.kernel_size[0] - 1), 0), mode)
        return super().forward(x).transpose(1, 2)


class SequenceConvTranspose1d(nn.ConvTranspose1d):
    """A transposed convolution along the time of (batch, time, features)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class SequenceMaxPool1d(nn.MaxPool1d):
    """The largest value of every window along the time of (batch, time, features)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        largest: torch.Tensor = super().forward(x.transpose(1, 2))
        return largest.transpose(1, 2)


class SequenceAvgPool1d(nn.AvgPool1d):
    """The mean of every window along the time of (batch, time, features)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class SequenceBatchNorm1d(nn.BatchNorm1d):
    """Normalises every feature over the batch and the time of (batch, time, features)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


def adaptive_avg_pool(x: torch.Tensor, output_size: int) -> torch.Tensor:
    """So many means along the time of (batch, time, features)."""
    return F.adaptive_avg_pool1d(x.transpose(1, 2), output_size).transpose(1, 2)


def adaptive_max_pool(x: torch.Tensor, output_size: int) -> torch.Tensor:
    """So many largest values along the time of (batch, time, features)."""
    return F.adaptive_max_pool1d(x.transpose(1, 2), output_size).transpose(1, 2)


def pad(x: torch.Tensor, pad: tuple[int, int], mode: str = "constant", value: float | None = None) -> torch.Tensor:
    """Steps added before and after the time of (batch, time, features)."""
    return F.pad(x.transpose(1, 2), pad, mode, value).transpose(1, 2)

"""Recurrent layers over films: (batch, time, channels, height, width)."""

import torch
from torch import nn


class ConvLSTM(nn.Module):
    """Long short-term memory whose state is an image and whose weights are filters. Gives all states and the last."""

    def __init__(self, in_channels: int, filters: int, kernel_size: int = 3, bias: bool = True) -> None:
        super().__init__()
        self.in_channels, self.filters, self.kernel_size, self.bias = in_channels, filters, kernel_size, bias
        self.input = nn.Conv2d(in_channels, 4 * filters, kernel_size, padding="same", bias=bias)
        self.state = nn.Conv2d(filters, 4 * filters, kernel_size, padding="same", bias=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        driven = self.input(x.flatten(0, 1)).unflatten(0, (x.size(0), x.size(1)))  # all steps at once
        hidden = cell = driven.new_zeros(x.size(0), self.filters, x.size(3), x.size(4))
        states = []
        for step in driven.unbind(1):
            i, f, g, o = (step + self.state(hidden)).chunk(4, dim=1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(cell)
            states.append(hidden)
        return torch.stack(states, dim=1), hidden

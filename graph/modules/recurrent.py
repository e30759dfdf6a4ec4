"""Recurrent layers that read (batch, time, features) and give the whole sequence and the last state side by side."""

import torch
from torch import nn


class RNN(nn.RNN):
    """Elman's network. Gives the sequence of its states and the last state of its top layer."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, nonlinearity, bias, True, dropout, bidirectional)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:  # type: ignore[override]
        sequence, states = super().forward(x)
        return sequence, top_state(states, self.bidirectional)


class GRU(nn.GRU):
    """A gated recurrent unit. Gives the sequence of its states and the last state of its top layer."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, True, dropout, bidirectional)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:  # type: ignore[override]
        sequence, states = super().forward(x)
        return sequence, top_state(states, self.bidirectional)


class LSTM(nn.LSTM):
    """Long short-term memory. Gives the sequence of its states, the last state and the last cell of its top layer."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, True, dropout, bidirectional)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # type: ignore[override]
        sequence, (states, cells) = super().forward(x)
        return sequence, top_state(states, self.bidirectional), top_state(cells, self.bidirectional)


def top_state(states: torch.Tensor, bidirectional: bool) -> torch.Tensor:
    """The state of the top layer of (layers × directions, batch, hidden), both directions side by side."""
    return torch.cat((states[-2], states[-1]), dim=1) if bidirectional else states[-1]

"""Recurrent layers that read (batch, time, features) and give the whole sequence and the last state side by side.

A state is (batch, numbers): those of one layer and direction, used for all; of both directions, used for each layer; or
of all layers, the lowest first. One number stands for all of them.
"""

import torch
import torch.nn.functional as F
from torch import nn


class RNN(nn.RNN):
    """Elman's network. Gives the sequence of its states and the last state of its top layer, or of all layers."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        all_layers: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, nonlinearity, bias, True, dropout, bidirectional)
        self.all_layers = all_layers

    def forward(  # type: ignore[override]
        self, x: torch.Tensor, hidden: torch.Tensor | None = None, lengths: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if hidden is None and lengths is None:
            sequence, states = super().forward(x)
        elif lengths is None:
            sequence, states = super().forward(x, first_states(self, x, hidden))
        else:
            sequence, (states,) = read_lengths(self, x, (first_states(self, x, hidden),), lengths)
        return sequence, final_states(states, self.bidirectional, self.all_layers)


class GRU(nn.GRU):
    """A gated recurrent unit. Gives the sequence of its states and the last state of its top layer, or of all."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        all_layers: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, True, dropout, bidirectional)
        self.all_layers = all_layers

    def forward(  # type: ignore[override]
        self, x: torch.Tensor, hidden: torch.Tensor | None = None, lengths: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if hidden is None and lengths is None:
            sequence, states = super().forward(x)
        elif lengths is None:
            sequence, states = super().forward(x, first_states(self, x, hidden))
        else:
            sequence, (states,) = read_lengths(self, x, (first_states(self, x, hidden),), lengths)
        return sequence, final_states(states, self.bidirectional, self.all_layers)


class LSTM(nn.LSTM):
    """Long short-term memory. Gives the sequence of its states, and the last state and cell of its top layer or all."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        all_layers: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, True, dropout, bidirectional)
        self.all_layers = all_layers

    def forward(  # type: ignore[override]
        self,
        x: torch.Tensor,
        hidden: torch.Tensor | None = None,
        cell: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        if hidden is None and cell is None and lengths is None:
            sequence, (states, cells) = super().forward(x)
        else:
            first = first_states(self, x, hidden), first_states(self, x, cell)
            read = super().forward(x, first) if lengths is None else read_lengths(self, x, first, lengths)
            sequence, (states, cells) = read
        last, last_cell = (final_states(each, self.bidirectional, self.all_layers) for each in (states, cells))
        return sequence, last, last_cell


def final_states(states: torch.Tensor, bidirectional: bool, all_layers: bool) -> torch.Tensor:
    """The states of the top layer, or of all, of (layers × directions, batch, hidden), side by side."""
    if all_layers:
        return states.transpose(0, 1).flatten(1)
    return torch.cat((states[-2], states[-1]), dim=1) if bidirectional else states[-1]


def first_states(network: nn.RNNBase, x: torch.Tensor, given: torch.Tensor | None) -> torch.Tensor:
    """What (batch, numbers) means for every layer and direction: (layers × directions, batch, hidden)."""
    rows = network.num_layers * (2 if network.bidirectional else 1)
    if given is None:
        return x.new_zeros(rows, x.size(0), network.hidden_size)
    given = given.flatten(1) if given.dim() > 1 else given.unsqueeze(1)
    wide = given.to(x.dtype).repeat(1, rows * network.hidden_size // given.size(1))
    return wide.view(-1, rows, network.hidden_size).transpose(0, 1).contiguous()


def read_lengths(
    network: nn.RNNBase, x: torch.Tensor, first: tuple[torch.Tensor, ...], lengths: torch.Tensor
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Read only the first steps of each example; what comes out later is zero, and states are those at the true end.

    A packed sequence would do the same, but has to wait for the lengths on the CPU and cannot be exported. Here all
    steps are computed and those beyond the end are masked, one layer and direction after the other.
    """
    lengths = lengths.long().clamp(0, x.size(1)).unsqueeze(1)
    steps = torch.arange(x.size(1), device=x.device).unsqueeze(0)
    valid = steps < lengths
    mirrored = torch.where(valid, lengths - 1 - steps, steps).unsqueeze(2)
    directions, last = 2 if network.bidirectional else 1, []
    for row in range(0, len(network.all_weights), directions):
        if row and network.dropout:
            x = F.dropout(x, network.dropout, network.training)
        x, read = x.masked_fill(~valid.unsqueeze(2), 0.0), []
        for direction in range(directions):
            source = x.gather(1, mirrored.expand(-1, -1, x.size(2))) if direction else x
            here = [states[row + direction : row + direction + 1] for states in first]
            found, states = read_one_way(network, row + direction, source, here, lengths, valid)
            read.append(found.gather(1, mirrored.expand(-1, -1, found.size(2))) if direction else found)
            last.append(states)
        x = torch.cat(read, dim=2)
    return x.masked_fill(~valid.unsqueeze(2), 0.0), [torch.stack(states) for states in zip(*last)]


def read_one_way(
    network: nn.RNNBase,
    row: int,
    x: torch.Tensor,
    first: list[torch.Tensor],
    lengths: torch.Tensor,
    valid: torch.Tensor,
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """One layer in one direction: the state at every step, and the states (batch, hidden) after the last valid one."""
    weights: list[torch.Tensor] = [*network.all_weights[row]]
    rest = (network.bias, 1, 0.0, network.training, False, True)
    cells = []
    if network.mode == "LSTM":
        # Nothing tells the cell of a step, so one more input, on beyond the end, makes the gates keep the cell as it is
        x = torch.cat((x, (~valid).unsqueeze(2).to(x.dtype)), dim=2)
        ones = weights[0].new_ones(network.hidden_size, 1)  # the gates stand in the order input, forget, cell, output
        weights[0] = torch.cat((weights[0], torch.cat((-1e4 * ones, 1e4 * ones, 0 * ones, 0 * ones))), dim=1)
        found, _, cell = torch.lstm(x, first, weights, *rest)
        cells.append(cell[0])
    else:
        read = {"GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}[network.mode]
        found, _ = read(x, first[0], weights, *rest)
    end = (lengths - 1).clamp(min=0).unsqueeze(2).expand(-1, -1, found.size(2))
    return found, [torch.where(lengths > 0, found.gather(1, end).squeeze(1), first[0][0].to(found.dtype)), *cells]

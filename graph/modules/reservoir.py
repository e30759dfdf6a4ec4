"""A recurrent network whose weights stay as they were drawn."""

import torch
import torch.nn.functional as F
from torch import nn


class Reservoir(nn.Module):
    """An echo-state reservoir. Gives the state at every step of (batch, time, features), and the last one.

    Its recurrent weights are uniform, a share of them zero, scaled so that their largest absolute eigenvalue is the
    spectral radius (Jaeger 2001).
    """

    weight: torch.Tensor
    input_weight: torch.Tensor
    bias: torch.Tensor

    def __init__(
        self,
        input_size: int,
        units: int,
        spectral_radius: float = 0.9,
        sparsity: float = 0.9,
        leak: float = 1.0,
        input_scale: float = 1.0,
        bias_scale: float = 0.0,
    ) -> None:
        super().__init__()
        self.input_size, self.units = input_size, units
        self.spectral_radius, self.sparsity, self.leak = spectral_radius, sparsity, leak
        self.input_scale, self.bias_scale = input_scale, bias_scale
        weight = (torch.rand(units, units) * 2 - 1) * (torch.rand(units, units) >= sparsity)
        largest = torch.linalg.eigvals(weight.double()).abs().max()
        # A sparse matrix without a cycle has no eigenvalue but 0, and no factor makes that larger
        factor = torch.where(largest > 1e-6, spectral_radius / largest, 1.0)
        self.register_buffer("weight", (weight * factor).float())
        self.register_buffer("input_weight", (torch.rand(units, input_size) * 2 - 1) * input_scale)
        self.register_buffer("bias", (torch.rand(units) * 2 - 1) * bias_scale)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        driven = F.linear(x, self.input_weight, self.bias)
        state = x.new_zeros(x.size(0), self.units)
        if hidden is not None:
            state = state + (hidden if hidden.dim() > 1 else hidden.unsqueeze(1))
        states, weight = [], self.weight.t()
        for step in driven.unbind(1):
            state = torch.add((1 - self.leak) * state, torch.tanh(torch.addmm(step, state, weight)), alpha=self.leak)
            states.append(state)
        return torch.stack(states, dim=1), state

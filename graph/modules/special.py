"""What steers gradients, scales numbers, and measures distances."""

import torch
from torch import nn


def stop_gradient(x: torch.Tensor) -> torch.Tensor:
    """x, without a gradient to what made it."""
    return x.detach()


def multiplied(x: torch.Tensor, factor: float) -> torch.Tensor:
    """All numbers times one."""
    return x * factor


def reverse_gradient(x: torch.Tensor, factor: float) -> torch.Tensor:
    """x, with its gradient times −factor; written so that it traces and exports as it is."""
    return x.detach() - (x - x.detach()) * factor


class Scale(nn.Module):
    """Learned factors for all numbers, or for each feature or channel along an axis, and perhaps shifts."""

    def __init__(self, features: int = 0, axis: int = -1, start: float = 1.0, bias: bool = False) -> None:
        super().__init__()
        self.features, self.axis, self.start = features, axis, start
        shape = (features,) if features else ()
        self.weight = nn.Parameter(torch.full(shape, float(start)))
        self.bias = nn.Parameter(torch.zeros(shape)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x * self.along(x, self.weight)
        return y if self.bias is None else y + self.along(x, self.bias)

    def along(self, x: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """The numbers shaped to lie along the axis of x."""
        return numbers.view(-1, *[1] * (x.dim() - 2)) if self.features and self.axis == 1 else numbers


class RadialBasis(nn.Module):
    """How near (…, features) lies to each of some learned centres: exp(−‖x − c‖² / 2σ²), as (…, centres)."""

    def __init__(
        self,
        in_features: int,
        units: int,
        width: float = 1.0,
        centres: list[list[float]] | None = None,
        learn_widths: bool = True,
    ) -> None:
        super().__init__()
        self.in_features, self.units, self.width = in_features, units, width
        self.centres, self.learn_widths = centres, learn_widths
        self.weight = nn.Parameter(torch.randn(units, in_features) if centres is None else torch.tensor(centres))
        log_width = torch.full((units,), float(width)).log()
        if learn_widths:
            self.log_width = nn.Parameter(log_width)
        else:
            self.register_buffer("log_width", log_width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # Distances do not change with the origin, and the products are the more exact the nearer it is to the centres
        middle = self.weight.detach().mean(0)
        x, centres = x - middle, self.weight - middle
        lengths = x.square().sum(-1, keepdim=True) + centres.square().sum(-1)
        distances = (lengths - 2 * x @ centres.t()).clamp(min=0)
        return torch.exp(-0.5 * distances * torch.exp(-2 * self.log_width))

"""The weights of a linear layer in closed form: ridge regression from sums over batches."""

import torch
from torch import nn


def normal_equations(linear: nn.Linear, x: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """XᵀX and XᵀY of a batch in float64; where the layer has a bias, its input is 1 and stands last."""
    rows = x.reshape(-1, linear.in_features).double()
    if linear.bias is not None:
        rows = torch.cat([rows, rows.new_ones(len(rows), 1)], 1)
    return rows.T @ rows, rows.T @ target.reshape(len(rows), -1).double()


def solve_ridge(linear: nn.Linear, squares: torch.Tensor, products: torch.Tensor, penalty: float) -> None:
    """Give the layer the weights w of (XᵀX + λI) w = XᵀY, the shortest where several are; biases go free."""
    penalties = torch.full_like(squares[0], penalty)
    penalties[linear.in_features :] = 0.0
    found = torch.linalg.pinv(squares + torch.diag(penalties), hermitian=True) @ products
    with torch.no_grad():
        linear.weight.copy_(found[: linear.in_features].T)
        if linear.bias is not None:
            linear.bias.copy_(found[-1])

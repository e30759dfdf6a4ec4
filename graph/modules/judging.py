"""Losses and metrics where a prediction and its target are shaped or typed apart; metrics give (batch,)."""

import torch
import torch.nn.functional as F


def binary_cross_entropy(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of probabilities; the target holds 0 and 1 in any type."""
    return F.binary_cross_entropy(prediction, target.to(prediction.dtype).view_as(prediction))


def binary_cross_entropy_with_logits(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of numbers before the sigmoid; the target holds 0 and 1 in any type."""
    return F.binary_cross_entropy_with_logits(prediction, target.to(prediction.dtype).view_as(prediction))


def mse_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared error against a target of another type."""
    return F.mse_loss(prediction, target.to(prediction.dtype).view_as(prediction))


def l1_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean absolute error against a target of another type."""
    return F.l1_loss(prediction, target.to(prediction.dtype).view_as(prediction))


def cross_entropy(prediction: torch.Tensor, target: torch.Tensor, label_smoothing: float = 0.0) -> torch.Tensor:
    """Cross-entropy of class numbers; classes lie along axis 1."""
    return F.cross_entropy(prediction, target.long(), label_smoothing=label_smoothing)


def sequence_cross_entropy(
    prediction: torch.Tensor, target: torch.Tensor, label_smoothing: float = 0.0
) -> torch.Tensor:
    """Cross-entropy at every step of (batch, time, classes)."""
    return F.cross_entropy(prediction.transpose(1, 2), target.long(), label_smoothing=label_smoothing)


def class_accuracy(prediction: torch.Tensor, target: torch.Tensor, dim: int) -> torch.Tensor:
    """The share of places where the largest of the numbers along ``dim`` stands for the target's class."""
    right = (prediction.argmax(dim=dim) == target).float()
    return right.reshape(right.shape[0], -1).mean(dim=1)


def threshold_accuracy(prediction: torch.Tensor, target: torch.Tensor, threshold: float) -> torch.Tensor:
    """1 where every output of an example lies on the side of the threshold that its 0/1 target says, else 0."""
    right = (prediction > threshold) == (target.view_as(prediction) > 0.5)
    return right.reshape(right.shape[0], -1).all(dim=1).float()


def absolute_error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The mean distance of the outputs of an example."""
    return (prediction - target.view_as(prediction)).abs().reshape(prediction.shape[0], -1).mean(dim=1)


def squared_error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The mean squared distance of the outputs of an example."""
    return (prediction - target.view_as(prediction)).square().reshape(prediction.shape[0], -1).mean(dim=1)

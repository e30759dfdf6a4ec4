"""Losses of a prediction against its target, for what torch's own do not take as it comes."""

import torch
import torch.nn.functional as F
from torch import nn


def as_predicted(target: torch.Tensor, prediction: torch.Tensor) -> torch.Tensor:
    """A target in the type and shape of the prediction."""
    return target.to(prediction.dtype).view_as(prediction)


def averaged(values: torch.Tensor, reduction: str) -> torch.Tensor:
    """The mean of all values, or the sum over an example's values as a mean over the batch."""
    return values.mean() if reduction == "mean" else values.sum() / values.shape[0]


def binary_cross_entropy(
    prediction: torch.Tensor, target: torch.Tensor, positive_weight: float = 1.0, reduction: str = "mean"
) -> torch.Tensor:
    """Binary cross-entropy of probabilities; the target holds 0 and 1 in any type."""
    target = as_predicted(target, prediction)
    if positive_weight == 1.0 and reduction == "mean":
        return F.binary_cross_entropy(prediction, target)
    yes = F.binary_cross_entropy(prediction, torch.ones_like(prediction), reduction="none")
    no = F.binary_cross_entropy(prediction, torch.zeros_like(prediction), reduction="none")
    return averaged(positive_weight * target * yes + (1 - target) * no, reduction)


def binary_cross_entropy_with_logits(
    prediction: torch.Tensor, target: torch.Tensor, positive_weight: float = 1.0, reduction: str = "mean"
) -> torch.Tensor:
    """Binary cross-entropy of numbers before the sigmoid; the target holds 0 and 1 in any type."""
    target = as_predicted(target, prediction)
    if positive_weight == 1.0 and reduction == "mean":
        return F.binary_cross_entropy_with_logits(prediction, target)
    weight = prediction.new_full((), positive_weight)
    values = F.binary_cross_entropy_with_logits(prediction, target, pos_weight=weight, reduction="none")
    return averaged(values, reduction)


def mse_loss(prediction: torch.Tensor, target: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
    """Mean squared error against a target of another type, or the sum over an example's outputs."""
    if reduction == "mean":
        return F.mse_loss(prediction, as_predicted(target, prediction))
    return F.mse_loss(prediction, as_predicted(target, prediction), reduction="sum") / prediction.shape[0]


def half_squared_error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Half the sum of the squared errors of an example, as a mean over the batch."""
    return F.mse_loss(prediction, as_predicted(target, prediction), reduction="sum") / (2 * prediction.shape[0])


def l1_loss(prediction: torch.Tensor, target: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
    """Mean absolute error against a target of another type, or the sum over an example's outputs."""
    if reduction == "mean":
        return F.l1_loss(prediction, as_predicted(target, prediction))
    return F.l1_loss(prediction, as_predicted(target, prediction), reduction="sum") / prediction.shape[0]


def huber_loss(prediction: torch.Tensor, target: torch.Tensor, delta: float = 1.0) -> torch.Tensor:
    """Huber loss against a target of another type."""
    return F.huber_loss(prediction, as_predicted(target, prediction), delta=delta)


def cross_entropy(
    prediction: torch.Tensor, target: torch.Tensor, label_smoothing: float = 0.0, ignored: int | None = None
) -> torch.Tensor:
    """Cross-entropy of class numbers; classes lie along axis 1. Places of the ignored class do not count."""
    target = target.long()
    if ignored is None:
        return F.cross_entropy(prediction, target, label_smoothing=label_smoothing)
    total = F.cross_entropy(prediction, target, ignore_index=ignored, label_smoothing=label_smoothing, reduction="sum")
    return total / (target != ignored).sum().clamp(min=1)


def sequence_cross_entropy(
    prediction: torch.Tensor, target: torch.Tensor, label_smoothing: float = 0.0, ignored: int | None = None
) -> torch.Tensor:
    """Cross-entropy of class numbers at every step of (batch, time, classes)."""
    return cross_entropy(prediction.transpose(1, 2), target, label_smoothing, ignored)


def soft_sequence_cross_entropy(
    prediction: torch.Tensor, target: torch.Tensor, label_smoothing: float = 0.0
) -> torch.Tensor:
    """Cross-entropy of class probabilities at every step; both are (batch, time, classes)."""
    return F.cross_entropy(prediction.transpose(1, 2), target.transpose(1, 2), label_smoothing=label_smoothing)


class WeightedCrossEntropy(nn.Module):
    """Cross-entropy of class numbers where some classes count more; the mean is one of the weighted places.

    last: whether classes lie along the last axis, as in (batch, time, classes), and not along axis 1
    """

    weights: torch.Tensor

    def __init__(
        self,
        class_weights: tuple[float, ...],
        label_smoothing: float = 0.0,
        ignored: int | None = None,
        last: bool = False,
    ) -> None:
        super().__init__()
        self.class_weights, self.label_smoothing, self.ignored, self.last = (
            class_weights,
            label_smoothing,
            ignored,
            last,
        )
        self.register_buffer("weights", torch.tensor(class_weights, dtype=torch.float32), persistent=False)

    def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        prediction, target = prediction.transpose(1, -1) if self.last else prediction, target.long()
        ignored = -1 if self.ignored is None else self.ignored
        total = F.cross_entropy(
            prediction.float(), target, self.weights, ignore_index=ignored, label_smoothing=self.label_smoothing,
            reduction="sum",
        )  # fmt: skip
        counted = self.weights[target.clamp(0, len(self.weights) - 1)] * (target != ignored)
        return total / counted.sum().clamp(min=1e-12)


def nll_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of class numbers in any type; classes lie along axis 1."""
    return F.nll_loss(prediction, target.long())


def sequence_nll_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of class numbers at every step of (batch, time, classes)."""
    return F.nll_loss(prediction.transpose(1, 2), target.long())


def hinge_loss(prediction: torch.Tensor, target: torch.Tensor, margin: float = 1.0) -> torch.Tensor:
    """How far numbers are from lying on the right side of 0 by a margin; targets above 0 mean yes."""
    signs = as_predicted(target, prediction).gt(0).to(prediction.dtype) * 2 - 1
    return (margin - signs * prediction).clamp(min=0).mean()


def multiclass_hinge_loss(prediction: torch.Tensor, target: torch.Tensor, margin: float = 1.0) -> torch.Tensor:
    """How far the right class is from leading all others by a margin; prediction (batch, classes), target (batch,)."""
    return F.multi_margin_loss(prediction, target.long(), margin=margin)


def perceptron_criterion(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How far numbers lie on the wrong side of 0: summed over outputs, a mean over the batch.

    A clamp passes the gradient on at its very bound, so an output of exactly 0 counts as wrong and learns.
    """
    signs = as_predicted(target, prediction).gt(0).to(prediction.dtype) * 2 - 1
    return (-signs * prediction).clamp(min=0).sum() / prediction.shape[0]


def ctc_loss(
    prediction: torch.Tensor,
    target: torch.Tensor,
    prediction_lengths: torch.Tensor | None = None,
    target_lengths: torch.Tensor | None = None,
    blank: int = 0,
) -> torch.Tensor:
    """Connectionist temporal classification of (batch, time, classes) against tokens (batch, tokens).

    Without lengths every step is used, and every token that is no blank. What cannot be aligned counts as 0.
    """
    if prediction.is_meta:  # torch knows no shape for it
        return prediction.sum()
    most = prediction.shape[1]
    steps = torch.full_like(target[:, 0], most) if prediction_lengths is None else prediction_lengths.clamp(0, most)
    tokens = (target != blank).sum(1) if target_lengths is None else target_lengths.clamp(0, target.shape[1])
    told, lengths = prediction.log_softmax(-1).transpose(0, 1), (steps.long(), tokens.long())
    return F.ctc_loss(told, target.long(), *lengths, blank, zero_infinity=True)

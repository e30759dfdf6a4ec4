"""Losses that need no target: of distributions, activations, pictures, scores and gradients; and losses of pairs."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def kl_to_normal(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """KL(N(mean, exp(log_variance)) ‖ N(0, 1)): summed over an example, a mean over the batch."""
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum() / (2 * mean.shape[0])


def l1_penalty(x: torch.Tensor) -> torch.Tensor:
    """The sum of |x| over an example, a mean over the batch."""
    return x.abs().sum() / x.shape[0]


def kl_sparsity(x: torch.Tensor, rate: float) -> torch.Tensor:
    """KL between coins that show 1 with ``rate`` and with each unit's mean over the batch, summed over the units."""
    found = x.mean(dim=0).clamp(1e-6, 1 - 1e-6)
    return (rate * (rate / found).log() + (1 - rate) * ((1 - rate) / (1 - found)).log()).sum()


def total_variation(x: torch.Tensor) -> torch.Tensor:
    """The sum of |differences| of neighbouring pixels of a picture, a mean over the batch."""
    return (x.diff(dim=-1).abs().sum() + x.diff(dim=-2).abs().sum()) / x.shape[0]


def adversarial_minimax(score: torch.Tensor, role: str) -> torch.Tensor:
    """Goodfellow et al. 2014, equation 1, for scores before the sigmoid."""
    if role == "real":
        return F.softplus(-score).mean()
    return F.softplus(score).mean() if role == "fake" else -F.softplus(score).mean()


def adversarial_non_saturating(score: torch.Tensor, role: str) -> torch.Tensor:
    """Goodfellow et al. 2014, section 3: the generator raises log σ(score) instead."""
    return F.softplus(score).mean() if role == "fake" else F.softplus(-score).mean()


def adversarial_least_squares(score: torch.Tensor, role: str) -> torch.Tensor:
    """Mao et al. 2017, with a = 0 and b = c = 1."""
    return score.square().mean() / 2 if role == "fake" else (score - 1).square().mean() / 2


def adversarial_hinge(score: torch.Tensor, role: str) -> torch.Tensor:
    """Lim and Ye 2017."""
    if role == "fool":
        return -score.mean()
    return F.relu(1 + score).mean() if role == "fake" else F.relu(1 - score).mean()


def adversarial_wasserstein(score: torch.Tensor, role: str) -> torch.Tensor:
    """Arjovsky et al. 2017, for a critic that is kept from being too steep."""
    return score.mean() if role == "fake" else -score.mean()


def gradient_penalty(
    score: torch.Tensor, input: torch.Tensor, norm: float = 1.0, one_sided: bool = False
) -> torch.Tensor:
    """The squared distance of ‖∂score/∂input‖₂ from ``norm``, a mean over the batch.

    Raises RuntimeError where gradients are off, or where the input's way to the score was not watched.
    """
    if not torch.is_grad_enabled():
        raise RuntimeError("The gradient penalty takes gradients itself, but they are switched off here.")
    gradient = torch.zeros_like(input)
    if score.requires_grad:  # nothing does while shapes are worked out
        found = None
        if input.requires_grad:
            (found,) = torch.autograd.grad(score.sum(), input, create_graph=True, allow_unused=True)
        if found is None:
            raise RuntimeError(
                "The gradient penalty finds no way from its input to its score: wire the same port to it that the "
                "critic reads, behind a gradient start or a random mix."
            )
        gradient = found
    # the tiny number keeps the root's own gradient finite where the score is flat
    excess = (gradient.reshape(gradient.shape[0], -1).square().sum(1) + 1e-12).sqrt() - norm
    return (F.relu(excess) if one_sided else excess).square().mean()


class GradientStart(nn.Module):
    """The same numbers in full precision, at which a gradient can be taken; none passes further back."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.detach().float().requires_grad_()


class RandomMix(GradientStart):
    """A random point on the line between the two of each pair of examples, at which a gradient can be taken.

    Without training it is the point in the middle, so that a judgement does not jitter.
    """

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        if not self.training:
            return super().forward((a + b) / 2)
        share = torch.rand(a.shape[0], *[1] * (a.dim() - 1), device=a.device)
        return super().forward(share * a + (1 - share) * b)


def categorical_code(
    prediction: torch.Tensor, target: torch.Tensor, log_variance: torch.Tensor | None = None, last: bool = False
) -> torch.Tensor:
    """−log softmax(prediction)[target], a mean over the batch; classes lie along axis 1, or along the last."""
    return F.cross_entropy(prediction.transpose(1, -1) if last else prediction, target.long())


def gaussian_code(
    prediction: torch.Tensor, target: torch.Tensor, log_variance: torch.Tensor | None = None
) -> torch.Tensor:
    """−log N(target; prediction, exp(log_variance)), summed over the code, a mean over the batch."""
    log_variance = torch.zeros_like(prediction) if log_variance is None else log_variance
    errors = (target.view_as(prediction) - prediction).square() * (-log_variance).exp()
    return (errors + log_variance + math.log(2 * math.pi)).sum() / (2 * prediction.shape[0])


def cosine_embedding(
    first: torch.Tensor, second: torch.Tensor, target: torch.Tensor | None = None, margin: float = 0.0
) -> torch.Tensor:
    """1 − cos of pairs that belong together, and how far cos exceeds the margin for all others."""
    alike = torch.ones_like(first[:, 0]) if target is None else target.reshape(-1).gt(0).to(first.dtype) * 2 - 1
    return F.cosine_embedding_loss(first, second, alike, margin=margin)


def contrastive(first: torch.Tensor, second: torch.Tensor, target: torch.Tensor, margin: float = 1.0) -> torch.Tensor:
    """The squared distance of pairs that belong together, and the squared lack of distance of all others."""
    distance, alike = F.pairwise_distance(first, second), target.reshape(-1).gt(0).to(first.dtype)
    return (alike * distance.square() + (1 - alike) * (margin - distance).clamp(min=0).square()).mean()

"""Metrics of a prediction against its target: one value for every example, (batch,)."""

import torch
import torch.nn.functional as F


def per_example(values: torch.Tensor) -> torch.Tensor:
    """The mean of the values of every example."""
    return values.reshape(values.shape[0], -1).mean(dim=1)


def mean_where(values: torch.Tensor, counted: torch.Tensor, empty: float) -> torch.Tensor:
    """The mean of the values of every example that count; ``empty`` for an example in which none does."""
    counted = counted.reshape(counted.shape[0], -1)
    numbers, values = counted.sum(1), values.reshape(counted.shape)
    means = values.where(counted, torch.zeros_like(values)).sum(1) / numbers.clamp(min=1)
    return means.where(numbers > 0, torch.full_like(means, empty))


def class_accuracy(
    prediction: torch.Tensor, target: torch.Tensor, dim: int, ignored: int | None = None
) -> torch.Tensor:
    """The share of places where the largest of the numbers along ``dim`` stands for the target's class."""
    right = (prediction.argmax(dim=dim) == target).float()
    return per_example(right) if ignored is None else mean_where(right, target != ignored, empty=1.0)


def soft_accuracy(prediction: torch.Tensor, target: torch.Tensor, dim: int) -> torch.Tensor:
    """The share of places where the largest of the numbers along ``dim`` stands where the target's largest does."""
    return per_example((prediction.argmax(dim=dim) == target.argmax(dim=dim)).float())


def threshold_accuracy(prediction: torch.Tensor, target: torch.Tensor, threshold: float) -> torch.Tensor:
    """1 where every output of an example lies on the side of the threshold that its 0/1 target says, else 0."""
    right = (prediction > threshold) == (target.view_as(prediction) > 0.5)
    return right.reshape(right.shape[0], -1).all(dim=1).float()


def top_k_accuracy(prediction: torch.Tensor, target: torch.Tensor, k: int, dim: int) -> torch.Tensor:
    """The share of places where the target's class is among the ``k`` largest of the numbers along ``dim``."""
    found = prediction.topk(k, dim=dim).indices == target.unsqueeze(dim)
    return per_example(found.any(dim=dim).float())


def score_of_second(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """What speaks for the second of two classes: its number less that of the first, or the only one there is."""
    told = prediction.reshape(prediction.shape[0], -1)
    return told[:, -1] if told.shape[1] == 1 else told[:, 1] - told[:, 0]


def area_under_roc(scores: torch.Tensor, targets: torch.Tensor) -> float:
    """The share of pairs of a second-class and a first-class example that the scores put in order, ties counting half.

    By ranks (Mann and Whitney, 1947), exactly; NaN where one of the classes is missing.
    """
    _, places, counts = torch.unique(scores.double(), return_inverse=True, return_counts=True)
    ranks = (counts.cumsum(0) - (counts.double() - 1) / 2)[places]
    second = targets.reshape(-1) > 0.5
    many, few = int(second.sum()), int((~second).sum())
    return float((ranks[second].sum() - many * (many + 1) / 2) / (many * few)) if many and few else float("nan")


def exact_match(prediction: torch.Tensor, target: torch.Tensor, ignored: int | None = None) -> torch.Tensor:
    """1 where an example has the target's token at every place that counts, else 0. Classes lie along the last axis."""
    tokens = prediction.argmax(dim=-1) if prediction.dim() > target.dim() else prediction
    right = tokens == target
    right = right if ignored is None else right | (target == ignored)
    return right.reshape(right.shape[0], -1).all(dim=1).float()


def class_surprise(
    prediction: torch.Tensor, target: torch.Tensor, dim: int, ignored: int | None = None
) -> torch.Tensor:
    """The mean cross-entropy over the places of every example; its exponential is the perplexity."""
    told, target = prediction.movedim(dim, 1), target.long()
    if ignored is None:
        return per_example(F.cross_entropy(told, target, reduction="none"))
    values = F.cross_entropy(told, target, ignore_index=ignored, reduction="none")
    return mean_where(values, target != ignored, empty=0.0)


def mean_iou(prediction: torch.Tensor, target: torch.Tensor, dim: int, ignored: int | None = None) -> torch.Tensor:
    """Overlap over union of the places of each class, a mean over the classes that an example shows or is said to."""
    classes = prediction.shape[dim]
    counted = (target >= 0) & (target < classes)
    counted = (counted if ignored is None else counted & (target != ignored)).flatten(1)
    said, meant = prediction.argmax(dim=dim).flatten(1), target.long().flatten(1)
    nothing = torch.zeros(target.shape[0], classes, device=prediction.device)
    meant = meant.where(counted, torch.zeros_like(meant))
    sizes = nothing.scatter_add(1, said, counted.float()) + nothing.scatter_add(1, meant, counted.float())
    overlap = nothing.scatter_add(1, said, (counted & (said == meant)).float())
    return mean_where(overlap / (sizes - overlap).clamp(min=1), sizes > 0, empty=1.0)


def absolute_error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The mean distance of the outputs of an example."""
    return per_example((prediction - target.view_as(prediction)).abs())


def squared_error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The mean squared distance of the outputs of an example."""
    return per_example((prediction - target.view_as(prediction)).square())


def psnr(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Peak signal-to-noise ratio of every example in dB; that of equal pictures would be endless and is cut at 100."""
    error = per_example((prediction - target.view_as(prediction)).square()) / data_range**2
    return -10 * error.clamp(min=1e-10).log10()


def cosine_similarity(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The cosine of the angle between prediction and target, all numbers of an example in one row."""
    length = prediction.shape[0]
    return F.cosine_similarity(prediction.reshape(length, -1), target.reshape(length, -1).to(prediction.dtype))

"""Which parts of an input a score rests on: saliency, integrated gradients, Grad-CAM and occlusion, on plain functions.

A score is a function of a batch of inputs, examples first, that gives one number for each, (batch,).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from backend.problems import INPUT, TrainProblem

Tensor = torch.Tensor
Score = Callable[[Tensor], Tensor]
MOST_NUMBERS = 1 << 20  # of all inputs that go through a network at once


class Integrated(NamedTuple):
    """Attributions of the shape of the input; ``error`` is how far their sum is from the difference of the scores."""

    attributions: Tensor
    difference: float
    error: float


def gradient(score: Score, x: Tensor) -> Tensor:
    """∂ score / ∂ input of every example. Raises TrainProblem where the score does not depend on it smoothly."""
    with torch.enable_grad(), slow_recurrences():
        leaf = x.detach().clone().requires_grad_()
        total = score(leaf).sum()
        found = torch.autograd.grad(total, leaf, allow_unused=True)[0] if total.requires_grad else None
    if found is None:
        raise TrainProblem("No gradient leads from this output back to the input: something in between, such as an "
                           "argmax or whole numbers, has none. Choose occlusion, which needs none.", INPUT)  # fmt: skip
    return found.detach()


def saliency(score: Score, x: Tensor) -> Tensor:
    """|∂ score / ∂ input| (Simonyan, Vedaldi and Zisserman 2013, https://arxiv.org/abs/1312.6034)."""
    return gradient(score, x).abs()


def integrated_gradients(
    score: Score, x: Tensor, baseline: Tensor, steps: int = 50
) -> Generator[None, None, Integrated]:
    """(x − x₀) · ∫ ∂ score / ∂ input along the straight way from a baseline x₀ to the input, α from 0 to 1.

    Sundararajan, Taly and Yan 2017, https://arxiv.org/abs/1703.01365; the integral by the Gauss–Legendre rule.
    Their sum is the difference of the two scores, but for the error of the rule. Yields between pieces.

    x, baseline: one example, (1, …); steps: at how many points of the way gradients are taken
    """
    places, weights = np.polynomial.legendre.leggauss(steps)
    alphas = torch.tensor((places + 1) / 2, dtype=x.dtype, device=x.device)
    shares = torch.tensor(weights / 2, dtype=x.dtype, device=x.device)
    total = torch.zeros_like(x)
    piece = _piece(x)
    for start in range(0, steps, piece):
        part = slice(start, start + piece)
        shape = (-1, *(1,) * (x.dim() - 1))
        way = baseline + alphas[part].reshape(shape) * (x - baseline)
        total += (gradient(score, way) * shares[part].reshape(shape)).sum(0, keepdim=True)
        yield
    attributions = (x - baseline) * total
    with torch.no_grad():
        difference = float(score(x)[0]) - float(score(baseline)[0])
    return Integrated(attributions, difference, float(attributions.sum()) - difference)


def class_activation(score: Callable[[], tuple[Tensor, Tensor]], size: Sequence[int]) -> Tensor:
    """Grad-CAM: ReLU(Σ over maps of (mean of ∂ score / ∂ map) · map), brought to a size by (bi)linear interpolation.

    Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391

    score: gives the score, (1,), and the maps of one example that it was computed from: (1, maps, height, width) of a
      picture, or (1, steps, maps) of a sequence
    size: (height, width) of the picture, or (steps,) of the sequence, that the maps are laid over
    """
    with torch.enable_grad(), slow_recurrences():
        value, maps = score()
        found = None
        if value.requires_grad and maps.requires_grad:
            found = torch.autograd.grad(value.sum(), maps, allow_unused=True)[0]
    if found is None:
        raise TrainProblem("The output does not depend on the maps of this layer: choose a layer that lies before "
                           "the output.", INPUT)  # fmt: skip
    places, channels = ((2, 3), 1) if len(size) == 2 else ((1,), 2)
    coarse = (found.mean(dim=places, keepdim=True) * maps.detach()).sum(channels).relu()
    way = "bilinear" if len(size) == 2 else "linear"
    return functional.interpolate(coarse[:, None], tuple(size), mode=way, align_corners=False)[0, 0]


def occlusion(score: Score, x: Tensor, baseline: Tensor, window: Sequence[int],
              stride: Sequence[int]) -> Generator[None, None, Tensor]:  # fmt: skip
    """How much the score falls when a window of the input is replaced by a baseline, window by window.

    Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901. What several windows cover is the mean of theirs; those at
    the end may reach over the edge. Yields between pieces.

    x, baseline: one example, (1, …)
    window, stride: for each axis of one example
    """
    shape = x.shape[1:]
    firsts = [range(0, max(0, math.ceil((side - wide) / step)) * step + 1, step)
              for side, wide, step in zip(shape, window, stride)]  # fmt: skip
    corners = list(product(*firsts))
    masks = [tuple(slice(first, first + wide) for first, wide in zip(corner, window)) for corner in corners]
    found, times = torch.zeros(shape, device=x.device), torch.zeros(shape, device=x.device)
    with torch.no_grad():
        whole = score(x)[0]
    piece = _piece(x)
    for start in range(0, len(masks), piece):
        part = masks[start : start + piece]
        covered = x.repeat(len(part), *(1,) * len(shape))
        for row, mask in zip(covered, part):
            row[mask] = baseline[0][mask]
        with torch.no_grad():
            falls = whole - score(covered)
        for fall, mask in zip(falls, part):
            found[mask] += fall
            times[mask] += 1
        yield
    return found / times.clamp(min=1)


def _piece(x: Tensor) -> int:
    """How many inputs go through a network at once."""
    return max(1, min(64, MOST_NUMBERS // max(x[0].numel() * 8, 1)))


@contextmanager
def slow_recurrences() -> Iterator[None]:
    """On CUDA the fast recurrences refuse gradients outside training; the plain ones do not."""
    if not torch.cuda.is_available():
        yield
        return
    with torch.backends.cudnn.flags(enabled=False):
        yield

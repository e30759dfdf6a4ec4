"""How alike two pictures look: structural similarity."""

import torch
import torch.nn.functional as F


def smoothed(x: torch.Tensor, window: int, sigma: float) -> torch.Tensor:
    """Pictures (batch, channels, height, width) seen through a Gaussian window; the borders are mirrored."""
    batch, channels, height, width = x.shape
    reach = window // 2
    places = torch.arange(window, device=x.device, dtype=x.dtype) - reach
    bell = (-(places**2) / (2 * sigma**2)).exp()
    bell = bell / bell.sum()
    x = F.pad(x.reshape(batch * channels, 1, height, width), (reach, reach, reach, reach), mode="reflect")
    x = F.conv2d(F.conv2d(x, bell.view(1, 1, window, 1)), bell.view(1, 1, 1, window))
    return x.view(batch, channels, height, width)


def structural_similarity(
    prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0, window: int = 11, sigma: float = 1.5
) -> torch.Tensor:
    """SSIM of every picture, (batch,), of Wang et al. 2004 with K1 = 0.01 and K2 = 0.03.

    data_range: the largest value less the smallest that a pixel can have
    window: side of the Gaussian window in pixels, odd and less than twice the side of the pictures
    """
    target = target.to(prediction.dtype)
    seen = torch.cat((prediction, target, prediction * prediction, target * target, prediction * target))
    mean, other, square, other_square, product = smoothed(seen, window, sigma).chunk(5)
    variances = (square - mean**2).clamp(min=0) + (other_square - other**2).clamp(min=0)
    light, contrast = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    alike = (2 * mean * other + light) * (2 * (product - mean * other) + contrast)
    full = (mean**2 + other**2 + light) * (variances + contrast)
    return (alike / full).reshape(prediction.shape[0], -1).mean(dim=1)


def ssim_loss(
    prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0, window: int = 11, sigma: float = 1.5
) -> torch.Tensor:
    """1 less the structural similarity, a mean over the batch."""
    return 1 - structural_similarity(prediction, target, data_range, window, sigma).mean()

"""What spoils pictures, for networks that learn to mend them."""

import math

import torch
import torch.nn.functional as F
from torch import nn

# Letters of 5×7 dots: five columns of two digits each, whose lowest bit is the top row.
GLYPHS = {
    "0": "3e5149453e", "1": "00427f4000", "2": "4261514946", "3": "2141454b31", "4": "1814127f10", "5": "2745454539",
    "6": "3c4a494930", "7": "0171090503", "8": "3649494936", "9": "064949291e", "A": "7e1111117e", "B": "7f49494936",
    "C": "3e41414122", "D": "7f4141221c", "E": "7f49494941", "F": "7f09090901", "G": "3e4149497a", "H": "7f0808087f",
    "I": "00417f4100", "J": "2040413f01", "K": "7f08142241", "L": "7f40404040", "M": "7f020c027f", "N": "7f0408107f",
    "O": "3e4141413e", "P": "7f09090906", "Q": "3e4151215e", "R": "7f09192946", "S": "4649494931", "T": "01017f0101",
    "U": "3f4040403f", "V": "1f2040201f", "W": "3f4038403f", "X": "6314081463", "Y": "0708700807", "Z": "6151494543",
    " ": "0000000000", "-": "0808080808", ".": "0060600000", "!": "00005f0000",
}  # fmt: skip


def in_part(x: torch.Tensor, spoiled: torch.Tensor, probability: float) -> torch.Tensor:
    """Every picture spoiled with a probability, or left exactly as it is."""
    if probability >= 1:
        return spoiled
    return torch.where(torch.rand(x.shape[0], 1, 1, 1, device=x.device) < probability, spoiled, x)


class SaltAndPepper(nn.Module):
    """Makes single pixels as dark or as light as can be."""

    def __init__(
        self, share: float, low: float = 0.0, high: float = 1.0, when: str = "always", probability: float = 1.0
    ) -> None:
        super().__init__()
        self.share = share
        self.low = low
        self.high = high
        self.when = when
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training and self.when != "always":
            return x
        chance = torch.rand(x.shape[0], 1, *x.shape[2:], device=x.device)
        spoiled = x.masked_fill(chance < self.share / 2, self.low).masked_fill(chance > 1 - self.share / 2, self.high)
        return in_part(x, spoiled, self.probability)


class PatchMask(nn.Module):
    """Covers random squares of a grid, and tells which pixels are covered."""

    def __init__(
        self, patch: int, share: float, value: float = 0.0, when: str = "always", probability: float = 1.0
    ) -> None:
        super().__init__()
        self.patch = patch
        self.share = share
        self.value = value
        self.when = when
        self.probability = probability

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.training and self.when != "always":
            return x, torch.zeros_like(x[:, :1])
        height, width = x.shape[2:]
        rows, columns = -(-height // self.patch), -(-width // self.patch)
        covered = torch.rand(x.shape[0], 1, rows, columns, device=x.device) < self.share
        covered = in_part(torch.zeros_like(covered), covered, self.probability)
        covered = covered.repeat_interleave(self.patch, 2).repeat_interleave(self.patch, 3)[..., :height, :width]
        return x.masked_fill(covered, self.value), covered.to(x.dtype)


class Watermark(nn.Module):
    """Lays a text over pictures again and again, half transparent, tilted and moved differently on each."""

    def __init__(
        self, text: str, height: int = 10, opacity: float = 0.5, degrees: float = 30.0, value: float = 1.0,
        when: str = "always", probability: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.text = text
        self.height = height
        self.opacity = opacity
        self.degrees = degrees
        self.value = value
        self.when = when
        self.probability = probability
        letters = [column for letter in text for column in (*bytes.fromhex(GLYPHS[letter]), 0)]
        columns = [0, 0, 0, *letters, 0, 0, 0]
        blank = [0.0] * len(columns)
        dots = [[float(column >> row & 1) for column in columns] for row in range(7)]
        tile = torch.tensor([*[blank] * 3, *dots, *[blank] * 4])
        self.register_buffer("tile", tile[None, None], persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training and self.when != "always":
            return x
        return in_part(x, x + self.opacity * self.marks(x) * (self.value - x), self.probability)

    def marks(self, x: torch.Tensor) -> torch.Tensor:
        """How much of the text lies on every pixel, 0 to 1."""
        tile: torch.Tensor = self.get_buffer("tile")
        tilt, right, down = torch.rand(3, x.shape[0], 1, 1, device=x.device)
        angle = (2 * tilt - 1) * math.radians(self.degrees)
        rows = torch.arange(x.shape[2], device=x.device).view(1, -1, 1) * 7 / self.height
        columns = torch.arange(x.shape[3], device=x.device).view(1, 1, -1) * 7 / self.height
        along = (torch.cos(angle) * columns - torch.sin(angle) * rows) / tile.shape[3] + right
        across = (torch.sin(angle) * columns + torch.cos(angle) * rows) / tile.shape[2] + down
        places = torch.stack([along % 1, across % 1], 3) * 2 - 1
        return F.grid_sample(tile.expand(x.shape[0], -1, -1, -1), places, align_corners=False).to(x.dtype)


def grey(x: torch.Tensor, repeated: bool = False) -> torch.Tensor:
    """How light pictures are: of red, green and blue as the eye weighs them, of other channels the mean."""
    coloured = x.shape[1] == 3
    light = 0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:] if coloured else x.mean(1, keepdim=True)
    return light.expand_as(x) if repeated else light


def coarse(x: torch.Tensor, small: tuple[int, int], smooth: bool = True, enlarged: str = "no") -> torch.Tensor:
    """Pictures made smaller and, where that is wanted, brought back to their size."""
    if smooth:
        less = F.interpolate(x, small, mode="bilinear", antialias=True)
    else:
        less = F.interpolate(x, small, mode="nearest")
    return less if enlarged == "no" else F.interpolate(less, x.shape[2:], mode=enlarged)

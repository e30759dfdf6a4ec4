"""Random changes to the pictures of a batch, different ones for each, while training alone."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def between(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """A random number between two bounds for every picture, shaped to be multiplied with it."""
    drawn = torch.rand(x.shape[0], *(1 for _ in x.shape[1:]), dtype=x.dtype, device=x.device)
    return drawn * (high - low) + low


def some(x: torch.Tensor, changed: torch.Tensor, probability: float) -> torch.Tensor:
    """Every picture changed with a probability, or left exactly as it is."""
    return changed if probability >= 1 else torch.where(between(x, 0.0, 1.0) < probability, changed, x)


def within(x: torch.Tensor, clipped: bool) -> torch.Tensor:
    """Pictures with what left 0 to 1 cut off, where that is wanted."""
    return x.clamp(0.0, 1.0) if clipped else x


def shaped(chosen: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """One value an example, with as many axes as what it is to act on."""
    return chosen.reshape(-1, *(1 for _ in x.shape[1:]))


def picked(x: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, border: str, value: float) -> torch.Tensor:
    """The pixels at the rows and columns given for every picture, some of which may lie outside of it."""
    height, width = x.shape[-2:]
    inner_rows, inner_columns = mended(rows, height, border), mended(columns, width, border)
    images = x.reshape(x.shape[0], -1, height * width)
    places = inner_rows.unsqueeze(2) * width + inner_columns.unsqueeze(1)
    found = images.gather(2, places.flatten(1).unsqueeze(1).expand(-1, images.shape[1], -1))
    found = found.view(*x.shape[:-2], *places.shape[1:])
    if border != "constant":
        return found
    outside = (inner_rows != rows).unsqueeze(2) | (inner_columns != columns).unsqueeze(1)
    return found.masked_fill(outside if x.dim() == 3 else outside.unsqueeze(1), value)


def mended(places: torch.Tensor, size: int, border: str) -> torch.Tensor:
    """Rows or columns with those outside of the picture brought back into it: mirrored, or to its edge."""
    return size - 1 - (size - 1 - places.abs()).abs() if border == "reflect" else places.clamp(0, size - 1)


def grid_of(matrices: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """What ``affine_grid`` gives without aligned corners, (examples, height, width, 2), in half of its time."""
    rows, columns = ((2 * torch.arange(size, device=matrices.device) + 1) / size - 1 for size in (height, width))
    along, across, moved = matrices[:, None, None].unbind(-1)
    return along * columns.view(1, 1, -1, 1) + (across * rows.view(1, -1, 1, 1) + moved)


class RandomFlip(nn.Module):
    """Mirrors pictures, and masks along with them; each direction is decided on by itself."""

    def __init__(self, horizontal: bool = True, vertical: bool = False, probability: float = 0.5) -> None:
        super().__init__()
        self.horizontal = horizontal
        self.vertical = vertical
        self.probability = probability

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        for axis, wanted in ((-1, self.horizontal), (-2, self.vertical)):
            if wanted and self.training and self.probability:
                chosen = torch.rand(x.shape[0], device=x.device) < self.probability
                x = torch.where(shaped(chosen, x), x.flip(axis), x)
                mask = mask if mask is None else torch.where(shaped(chosen, mask), mask.flip(axis), mask)
        return x if mask is None else (x, mask)


class RandomShift(nn.Module):
    """Moves pictures by whole pixels, up to so large a share of their sides."""

    def __init__(
        self, horizontal: float, vertical: float, border: str = "constant", value: float = 0.0, probability: float = 1.0
    ) -> None:
        super().__init__()
        self.horizontal = horizontal
        self.vertical = vertical
        self.border = border
        self.value = value
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.probability:
            return x
        rows, columns = self.places(x, 2, self.vertical), self.places(x, 3, self.horizontal)
        return some(x, picked(x, rows, columns, self.border, self.value), self.probability)

    def places(self, x: torch.Tensor, axis: int, share: float) -> torch.Tensor:
        """Which row or column of the picture each one that comes out shows, for every picture."""
        most = min(round(share * x.shape[axis]), x.shape[axis] - 1)
        moved = torch.randint(-most, most + 1, (x.shape[0], 1), device=x.device)
        return torch.arange(x.shape[axis], device=x.device) - moved


class RandomCrop(nn.Module):
    """Cuts a part of a picture with a border around it out, at random places; later out of the middle."""

    def __init__(
        self, height: int, width: int, padding: int = 0, border: str = "constant", value: float = 0.0,
        probability: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.height = height
        self.width = width
        self.padding = padding
        self.border = border
        self.value = value
        self.probability = probability

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        if not self.training:
            top, left = (x.shape[2] - self.height) // 2, (x.shape[3] - self.width) // 2
            x = x[:, :, top : top + self.height, left : left + self.width]
            return x if mask is None else (x, mask[..., top : top + self.height, left : left + self.width])
        rows, columns = self.places(x, 2, self.height), self.places(x, 3, self.width)
        if self.probability < 1:
            random = torch.rand(x.shape[0], 1, device=x.device) < self.probability
            rows, columns = (torch.where(random, places, self.middle(x, axis, places.shape[1]))
                             for axis, places in ((2, rows), (3, columns)))  # fmt: skip
        moved = picked(x, rows, columns, self.border, self.value)
        return moved if mask is None else (moved, picked(mask, rows, columns, self.border, 0.0))

    def places(self, x: torch.Tensor, axis: int, size: int) -> torch.Tensor:
        """Which row or column of the picture each one that comes out shows, for every picture."""
        most = x.shape[axis] + self.padding - size
        begins = torch.randint(-self.padding, most + 1, (x.shape[0], 1), device=x.device)
        return torch.arange(size, device=x.device) + begins

    def middle(self, x: torch.Tensor, axis: int, size: int) -> torch.Tensor:
        """The same of a part in the middle, for all pictures."""
        return torch.arange(size, device=x.device) + (x.shape[axis] - size) // 2


class RandomAffine(nn.Module):
    """Rotates, moves, enlarges and slants pictures in one go, and masks along with them.

    A mask takes the nearest pixel, so that no numbers arise that it did not have.
    """

    def __init__(
        self, degrees: float = 0.0, shift: float = 0.0, smallest: float = 1.0, largest: float = 1.0, shear: float = 0.0,
        border: str = "constant", value: float = 0.0, probability: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.degrees = degrees
        self.shift = shift
        self.smallest = smallest
        self.largest = largest
        self.shear = shear
        self.border = border
        self.value = value
        self.probability = probability
        self.moves = probability > 0 and bool(degrees or shift or shear or (smallest, largest) != (1.0, 1.0))

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        if not self.training or not self.moves:
            return x if mask is None else (x, mask)
        chosen = torch.rand(x.shape[0], device=x.device) < self.probability
        grid = grid_of(self.matrices(x), x.shape[2], x.shape[3])
        lifted = x - self.value if self.value else x
        moved = self.sampled(lifted, grid, "bilinear") + self.value if self.value else self.sampled(x, grid, "bilinear")
        if self.probability < 1:
            moved = torch.where(shaped(chosen, x), moved, x)
        if mask is None:
            return moved
        flat = mask.to(x.dtype) if mask.dim() == 4 else mask.to(x.dtype).unsqueeze(1)
        turned = self.sampled(flat, grid, "nearest").reshape(mask.shape).to(mask.dtype)
        return moved, torch.where(shaped(chosen, mask), turned, mask)

    def sampled(self, x: torch.Tensor, grid: torch.Tensor, mode: str) -> torch.Tensor:
        """Pictures read at the places of a grid."""
        outside = {"constant": "zeros", "replicate": "border", "reflect": "reflection"}[self.border]
        return F.grid_sample(x, grid.to(x.dtype), mode, outside, align_corners=False)

    def matrices(self, x: torch.Tensor) -> torch.Tensor:
        """For every picture where the pixels that come out are found in it, as ``affine_grid`` takes it."""
        turn, slant, size, right, down = torch.rand(5, x.shape[0], device=x.device)
        angle = (2 * turn - 1) * math.radians(self.degrees)
        slope = torch.tan((2 * slant - 1) * math.radians(self.shear))
        zoom = self.smallest * (self.largest / self.smallest) ** size
        cosine, sine, tall = torch.cos(angle), torch.sin(angle), x.shape[2] / x.shape[3]
        along = torch.stack([cosine - slope * sine, -(sine + slope * cosine) * tall], 1)
        across = torch.stack([sine / tall, cosine], 1)
        linear = torch.stack([along, across], 1) / zoom.view(-1, 1, 1)
        moved = 2 * self.shift * (2 * torch.stack([right, down], 1) - 1)
        return torch.cat([linear, -linear @ moved.unsqueeze(2)], 2)


class RandomBrightness(nn.Module):
    """Adds one random number to all of a picture."""

    def __init__(self, strength: float, clipped: bool = True, probability: float = 1.0) -> None:
        super().__init__()
        self.strength = strength
        self.clipped = clipped
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.strength or not self.probability:
            return x
        brighter = x + between(x, -self.strength, self.strength)
        return some(x, within(brighter, self.clipped), self.probability)


class RandomContrast(nn.Module):
    """Multiplies how far the pixels lie from the mean of their picture."""

    def __init__(self, strength: float, clipped: bool = True, probability: float = 1.0) -> None:
        super().__init__()
        self.strength = strength
        self.clipped = clipped
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.strength or not self.probability:
            return x
        mean = x.mean((1, 2, 3), keepdim=True)
        stronger = mean + between(x, 1 - self.strength, 1 + self.strength) * (x - mean)
        return some(x, within(stronger, self.clipped), self.probability)


class RandomColour(nn.Module):
    """Turns the colours of a picture around the greys, and makes them stronger or paler; light and dark stay."""

    def __init__(self, hue: float, saturation: float, clipped: bool = True, probability: float = 1.0) -> None:
        super().__init__()
        self.hue = hue
        self.saturation = saturation
        self.clipped = clipped
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not (self.hue or self.saturation) or not self.probability:
            return x
        mean = x.mean(1, keepdim=True)
        colour = x - mean
        if self.hue:
            angle = between(x, -math.radians(self.hue), math.radians(self.hue))
            aside = (colour.roll(1, 1) - colour.roll(-1, 1)) / math.sqrt(3)
            colour = torch.cos(angle) * colour + torch.sin(angle) * aside
        if self.saturation:
            colour = between(x, 1 - self.saturation, 1 + self.saturation) * colour
        return some(x, within(mean + colour, self.clipped), self.probability)


class RandomBlur(nn.Module):
    """Blurs pictures with normal weights, each as widely as it happens."""

    def __init__(self, deviation: float, probability: float = 1.0) -> None:
        super().__init__()
        self.deviation = deviation
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.deviation or not self.probability:
            return x
        reach = math.ceil(2.5 * self.deviation)
        offsets = torch.arange(-reach, reach + 1, device=x.device)
        width = between(x, 0.0, self.deviation).view(-1, 1).clamp(min=1e-3)
        weights = torch.softmax(-0.5 * (offsets / width) ** 2, dim=1)
        blurred = x
        for axis, border in ((2, (0, 0, reach, reach)), (3, (reach, reach, 0, 0))):
            wide, size = F.pad(blurred, border, mode="replicate"), x.shape[axis]
            blurred = torch.zeros_like(x)
            for place in range(2 * reach + 1):
                blurred = blurred + wide.narrow(axis, place, size) * shaped(weights[:, place], x)
        return some(x, blurred, self.probability)


class CutOut(nn.Module):
    """Covers a random rectangle of every picture, whose sides are random shares of the picture's."""

    def __init__(self, smallest: float, largest: float, value: float = 0.0, probability: float = 1.0) -> None:
        super().__init__()
        self.smallest = smallest
        self.largest = largest
        self.value = value
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.largest or not self.probability:
            return x
        covered = self.span(x, 2) & self.span(x, 3)
        if self.probability < 1:
            covered = covered & (torch.rand(x.shape[0], 1, 1, 1, device=x.device) < self.probability)
        return x.masked_fill(covered, self.value)

    def span(self, x: torch.Tensor, axis: int) -> torch.Tensor:
        """Which rows or columns of every picture are covered; the whole rectangle lies in the picture."""
        size, shape = x.shape[axis], [1, 1, 1, 1]
        shape[axis] = size
        places = torch.arange(size, device=x.device).view(shape)
        length = (between(x, self.smallest, self.largest) * size).round()
        start = (between(x, 0.0, 1.0) * (size - length + 1)).floor().clamp(max=size - 1)
        return (places >= start) & (places < start + length)


class MixUp(nn.Module):
    """Blends every example with its neighbour in the batch, and what they should be likewise.

    classes: how many there are, where the target is a class number that becomes one share a class; 0 takes it as it is
    """

    def __init__(self, most: float, classes: int = 0, probability: float = 1.0) -> None:
        super().__init__()
        self.most = most
        self.classes = classes
        self.probability = probability

    def forward(self, x: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.classes:
            target = (target.unsqueeze(1) == torch.arange(self.classes, device=x.device)).to(x.dtype)
        if not self.training or not self.most or not self.probability:
            return x, target
        chosen = torch.rand(x.shape[0], dtype=x.dtype, device=x.device) < self.probability
        share = chosen * torch.rand(x.shape[0], dtype=x.dtype, device=x.device) * self.most
        mixed = x + shaped(share, x) * (x.roll(1, 0) - x)
        return mixed, target + shaped(share, target) * (target.roll(1, 0) - target)

"""Functions that arrange, join and pass on what arrives."""

import torch
import torch.nn.functional as F


def reshape(x: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Every example arranged in another shape."""
    return x.reshape(-1, *shape)


def lifted(x: torch.Tensor, axes: int) -> torch.Tensor:
    """So many axes of size 1 put in after the batch."""
    for _ in range(axes):
        x = x.unsqueeze(1)
    return x


def aligned(xs: tuple[torch.Tensor, ...], lifts: tuple[int, ...]) -> list[torch.Tensor]:
    """Each with as many axes as the others: ``lifts`` says how many it lacks."""
    return [lifted(x, axes) for x, axes in zip(xs, lifts)] if lifts else list(xs)


def add(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The sum of all, element by element."""
    first, *others = aligned(xs, lifts)
    for x in others:
        first = first + x
    return first


def subtract(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The first less the second, element by element."""
    first, second = aligned(xs, lifts)
    return first - second


def multiply(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The product of all, element by element."""
    first, *others = aligned(xs, lifts)
    for x in others:
        first = first * x
    return first


def divide(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The first by the second, element by element."""
    first, second = aligned(xs, lifts)
    return first / second


def average(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The mean of all, element by element."""
    return add(*xs, lifts=lifts) / len(xs)


def maximum(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The largest of all, element by element."""
    first, *others = aligned(xs, lifts)
    for x in others:
        first = torch.maximum(first, x)
    return first


def minimum(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The smallest of all, element by element."""
    first, *others = aligned(xs, lifts)
    for x in others:
        first = torch.minimum(first, x)
    return first


def concatenate(*xs: torch.Tensor, dim: int) -> torch.Tensor:
    """All behind one another along an axis."""
    return torch.cat(xs, dim=dim)


def stack(*xs: torch.Tensor, dim: int) -> torch.Tensor:
    """All side by side along an axis of their own."""
    return torch.stack(xs, dim=dim)


def dot(*xs: torch.Tensor, lifts: tuple[int, ...] = ()) -> torch.Tensor:
    """The sum of the products of the features of two."""
    first, second = aligned(xs, lifts)
    return (first * second).sum(dim=-1, keepdim=True)


def cosine_along(x: torch.Tensor, y: torch.Tensor, dim: int) -> torch.Tensor:
    """The cosine of the angle between two, along an axis of which one number stays."""
    return F.cosine_similarity(x, y, dim=dim).unsqueeze(dim)


def matmul_transposed(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Every row of one against every row of the other."""
    return x @ y.transpose(1, 2)


def take(x: torch.Tensor, dim: int, start: int | None, stop: int | None, step: int | None = None) -> torch.Tensor:
    """A part of an axis."""
    return x[(slice(None),) * dim + (slice(start, stop, step),)]


def crop(x: torch.Tensor, top: int, left: int, height: int, width: int) -> torch.Tensor:
    """A rectangle of (batch, channels, height, width)."""
    return x[:, :, top : top + height, left : left + width]


def unpool(x: torch.Tensor, indices: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Every value of (batch, channels, …) at the pixel of a larger image that its index counts, 0 elsewhere."""
    pixels = x.new_zeros(x.shape[0], x.shape[1], height * width)
    return pixels.scatter(2, indices.flatten(2), x.flatten(2)).view(x.shape[0], x.shape[1], height, width)


def gather(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Of every example the entry of its first axis that an index names."""
    places = index.long().reshape(-1, *(1,) * (x.dim() - 1))
    return x.gather(1, places.expand(-1, 1, *x.shape[2:])).squeeze(1)


def gather_number(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Of every vector the number that an index names."""
    return x.gather(1, index.long().unsqueeze(1))


def real(x: torch.Tensor) -> torch.Tensor:
    """Whole numbers as real ones."""
    return x.float()


def whole(x: torch.Tensor) -> torch.Tensor:
    """Real numbers without what stands behind the point."""
    return x.long()


def one_hot(x: torch.Tensor, classes: int) -> torch.Tensor:
    """A 1 at the place of the class, 0 at all others."""
    return F.one_hot(x.long(), classes).float()


def one_hot_map(x: torch.Tensor, classes: int) -> torch.Tensor:
    """(batch, height, width) of classes as one map of 0 and 1 a class."""
    return F.one_hot(x.long(), classes).movedim(-1, 1).float()


def pass_on(x: torch.Tensor, target: torch.Tensor | None = None) -> torch.Tensor:
    """The first of two, as it is."""
    return x

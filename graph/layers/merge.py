"""Layers that join several wires into one."""

from __future__ import annotations

import functools
import math

from graph.catalogue import layer
from graph.formula import function_of
from graph.lazy import LazyModule, torch
from graph.specs import Axis, Features, Formula, Real, Sequence, Tensor, TensorSpec

shapes = LazyModule("graph.modules.shapes")


@layer(search="sum plus residual skip connection shortcut")
def add(*xs: Real):
    """Add what arrives, number by number: the skip connection of a residual network.

    y = x₁ + x₂ + …; an axis of size 1 is stretched to fit the others.
    https://pytorch.org/docs/stable/generated/torch.add.html
    """
    return _joined("add", "added", xs)


@layer(search="minus difference less residual error")
def subtract(x: Real, y: Real):
    """Take one input away from the other, number by number.

    z = x − y; an axis of size 1 is stretched to fit the other.
    https://pytorch.org/docs/stable/generated/torch.sub.html
    """
    return _joined("subtract", "subtracted", (x, y))


@layer(search="product times gate mask attention scale hadamard elementwise")
def multiply(*xs: Real):
    """Multiply what arrives, number by number: a gate lets through as much as the other wire says.

    y = x₁ · x₂ · …; an axis of size 1 is stretched to fit the others.
    https://pytorch.org/docs/stable/generated/torch.mul.html
    """
    return _joined("multiply", "multiplied", xs)


@layer(search="quotient ratio over fraction scale")
def divide(x: Real, y: Real):
    """Divide one input by the other, number by number; the other should never be 0.

    z = x / y; an axis of size 1 is stretched to fit the other.
    https://pytorch.org/docs/stable/generated/torch.div.html
    """
    return _joined("divide", "divided", (x, y))


@layer(search="mean ensemble of inputs merge")
def average(*xs: Real):
    """Take the mean of all that arrives, number by number: a vote of several networks.

    y = (x₁ + x₂ + …) / n; an axis of size 1 is stretched to fit the others.
    https://pytorch.org/docs/stable/generated/torch.mean.html
    """
    return _joined("average", "averaged", xs)


@layer(search="max largest winner elementwise merge")
def maximum(*xs: Real):
    """Keep the largest of what arrives, number by number.

    y = max(x₁, x₂, …); an axis of size 1 is stretched to fit the others.
    https://pytorch.org/docs/stable/generated/torch.maximum.html
    """
    return _joined("maximum", "compared", xs)


@layer(search="min smallest elementwise merge")
def minimum(*xs: Real):
    """Keep the smallest of what arrives, number by number.

    y = min(x₁, x₂, …); an axis of size 1 is stretched to fit the others.
    https://pytorch.org/docs/stable/generated/torch.minimum.html
    """
    return _joined("minimum", "compared", xs)


@layer(search="inner product scalar product similarity sum of products")
def dot(x: Features, y: Features):
    """Multiply two vectors number by number and add up: one number that is large where they point the same way.

    z = Σ x[i] · y[i]; of sequences, one number a step. https://pytorch.org/docs/stable/generated/torch.linalg.vecdot.html
    """
    if x.features != y.features:
        raise ValueError(f"{x} and {y} have no inner product: both need the same number of features.")
    return _joined("dot", "multiplied", (x, y))


@layer(search="bmm matrix product attention scores gram")
def matmul(x: Sequence, y: Sequence, turned: bool = True):
    """Multiply two tables of numbers as matrices: every step of one meets every step of the other.

    z = x yᵀ, or x y where the second is not turned. https://pytorch.org/docs/stable/generated/torch.matmul.html

    turned: whether the second is turned first, so that features meet features, as in the scores of attention; if not,
      the features of the first meet the steps of the second
    """
    inner = y.shape[1] if turned else y.shape[0]
    if x.shape[1] != inner:
        which = "features" if turned else "steps"
        raise ValueError(f"The {x.shape[1]} features of the first cannot meet the {inner} {which} of the second.")
    return shapes.matmul_transposed if turned else torch.matmul


@layer(search="cos angle similarity compare siamese embedding", title="cosine similarity")
def cosine(x: Real, y: Real):
    """Tell how far two inputs point the same way: 1 the same, 0 at a right angle, −1 opposite.

    z = Σ x[i] y[i] / (|x| |y|), over the features of a vector or step, or the channels of a pixel.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html
    """
    _identical(x, y, "compared")
    if not x.shape:
        raise ValueError("Single numbers have no angle: wire vectors, sequences or images.")
    return functools.partial(shapes.cosine_along, dim=1 if x.meaning in ("image", "volume") else len(x.shape))


@layer(search="cat join stack skip connection channels unet")
def concatenate(*xs: Tensor, axis: Axis = 1):
    """Put what arrives behind one another along an axis.

    Joining images of 8×14×14 and 16×14×14 along axis 1 gives 24×14×14.
    https://pytorch.org/docs/stable/generated/torch.cat.html

    axis: which axis grows, counted from 1 without the batch: 1 joins the channels of images and the features of
      vectors, 2 the features of sequences
    """
    first = _first(xs)
    _same_type(xs)
    if axis > len(first.shape):
        axes = f"{len(first.shape)} axes" if len(first.shape) > 1 else "a single axis" if first.shape else "no axis"
        raise ValueError(f"There is no axis {axis}: what arrives ({first}) has {axes} beside the batch.")
    for x in xs:
        if _without(x, axis) != _without(first, axis):
            raise ValueError(
                f"{first} and {x} cannot be joined along axis {axis}: all other axes have to be the same. "
                "Choose another axis, or bring them to the same size before."
            )
    return functools.partial(shapes.concatenate, dim=axis)


@layer(search="pile combine new axis sequence of vectors channels")
def stack(*xs: Tensor, axis: Axis = 1):
    """Put what arrives side by side along an axis of its own: vectors become a sequence.

    Stacking three vectors of 8 along axis 1 gives 3×8. https://pytorch.org/docs/stable/generated/torch.stack.html

    axis: where the new axis stands, counted from 1 without the batch
    """
    first = _first(xs)
    for x in xs:
        _identical(first, x, "stacked")
    _same_type(xs)
    if axis > len(first.shape) + 1:
        raise ValueError(f"There is no place {axis} for a new axis: {first} has room at 1 to {len(first.shape) + 1}.")
    return functools.partial(shapes.stack, dim=axis)


@layer(search="formula equation calculate math function elementwise lambda custom code")
def expression(*xs: Real, formula: Formula = "a + b"):
    """Compute a formula of the inputs, number by number.

    The inputs are a, b, c, d, f, g and so on, in the order of their wires; e and pi are the known numbers. There are
    + − * / % and ** (a power), comparisons, which are 1 or 0, brackets, and exp, log, sqrt, abs, sin, cos, tan, tanh,
    sigmoid, relu, sign, floor, ceil, round, min, max, clamp(x, low, high), where(condition, then, else).

    formula: such as a * (1 - b), or where(a > 0, a, exp(a) - 1)
    """
    lifts = _fit(xs, "combined")
    return function_of(formula, len(xs), lifts)


def _joined(name: str, words: str, xs: tuple[TensorSpec, ...]):
    """The function of ``graph.modules.shapes`` that joins shapes such as these."""
    lifts = _fit(xs, words)
    function = getattr(shapes, name)
    return functools.partial(function, lifts=lifts) if lifts else function


def _first(xs: tuple[TensorSpec, ...]) -> TensorSpec:
    if not xs:
        raise ValueError("Nothing is wired to it: it joins at least one wire.")
    return xs[0]


def _same_type(xs: tuple[TensorSpec, ...]) -> None:
    if len({x.dtype for x in xs}) > 1:
        raise ValueError("Real numbers and class numbers cannot be joined: put an embedding before the latter.")


def _identical(x: TensorSpec, y: TensorSpec, joined: str) -> None:
    if x.shape != y.shape:
        raise ValueError(f"{x} and {y} cannot be {joined}: the shapes have to be the same.")


def _without(x: TensorSpec, axis: int) -> tuple[int, ...]:
    return x.shape[: axis - 1] + (0,) + x.shape[axis:]


def _fit(xs: tuple[TensorSpec, ...], joined: str) -> tuple[int, ...]:
    """How many axes each lacks, or nothing where none lacks any. Raises ValueError unless all go together.

    Axes of size 1 are stretched; a single number goes with everything, a vector with every step of a sequence.
    """
    _first(xs)
    widest = max(xs, key=lambda x: (len(x.shape), x.size))
    lifts = tuple(len(widest.shape) - len(x.shape) for x in xs)
    for x, axes in zip(xs, lifts):
        if axes and x.size > 1 and not (axes == 1 and x.meaning == "vector"):
            raise ValueError(_misfit(x, widest, joined))
    sizes = list(zip(*((1,) * axes + x.shape for x, axes in zip(xs, lifts)), strict=True))
    if any(len({*along} - {1}) > 1 for along in sizes):
        other = next(x for x in xs if any(1 != a != b != 1 for a, b in zip(x.shape[::-1], widest.shape[::-1])))
        first, second = sorted((other, widest), key=xs.index)
        raise ValueError(_misfit(first, second, joined))
    return lifts if any(lifts) else ()


def _misfit(x: TensorSpec, y: TensorSpec, joined: str) -> str:
    per_channel = y.shape[:1] == x.shape and len(y.shape) > len(x.shape)
    ones = ", ".join("1" for _ in y.shape[1:])
    advice = (
        f"To use one number a channel, put a reshape to {x}, {ones} before." if per_channel and math.prod(x.shape) > 1
        else "Bring one of them to the size of the other before."
    )  # fmt: skip
    return f"{x} and {y} cannot be {joined}: the shapes have to be the same. {advice}"

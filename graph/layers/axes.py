"""Layers that take parts of an axis, or sum it up."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

from graph.catalogue import layer
from graph.lazy import F, LazyModule, torch
from graph.specs import Axis, Classes, Limits, Real, Tensor, TensorSpec

shapes = LazyModule("graph.modules.shapes")

Place = Annotated[int, Limits(-65536, 65536)]
Step = Annotated[int, Limits(1, 65536)]


@layer(search="slice range part narrow crop stride subsample from to")
def slice(x: Tensor, axis: Axis = 1, start: Place = 0, stop: Place = 0, step: Step = 1):
    """Take a part of an axis: some channels, features or steps.

    y = x[start : stop : step] along the axis; places count from 0, negative ones from the end.

    axis: which axis, counted from 1 without the batch: 1 is the channels of images, the time of sequences
    start: the first place that is taken
    stop: the first place that is not taken any more; 0 goes on to the end
    step: 1 takes every place, 2 every other, and so on
    """
    size = _size(x, axis)
    if not range(size)[start : stop or None : step]:
        raise ValueError(f"Nothing of the {size} places of axis {axis} lies from {start} to {stop or 'the end'}.")
    return functools.partial(shapes.take, dim=axis, start=start or None, stop=stop or None, step=_unless(step, 1))


@layer(search="divide chunk halves part separate", outputs="first, second")
def split(x: Tensor, axis: Axis = 1, place: Place = 0):
    """Divide what arrives in two along an axis.

    https://pytorch.org/docs/stable/generated/torch.tensor_split.html

    axis: which axis, counted from 1 without the batch: 1 is the channels of images, the features of vectors
    place: how much of the axis belongs to the first part; negative, how much to the second; 0 halves it
    """
    size = _size(x, axis)
    if size < 2 or abs(place) >= size or (not place and size % 2):
        raise ValueError(
            f"Axis {axis} of {x} cannot be divided there: with {size} places, give a place between 1 and {size - 1}."
            if size > 1 else f"Axis {axis} of {x} has a single place, which cannot be divided."
        )  # fmt: skip
    return functools.partial(torch.tensor_split, indices=(place or size // 2,), dim=axis)


@layer(search="gather index pick one element last step first state time entry")
def select(x: Tensor, which: Literal["first", "last", "number"] = "last", number: Place = 0, axis: Axis = 1):
    """Take one place of an axis: the last step of a sequence, one channel of an image.

    The axis goes; of a vector, one number stays. https://pytorch.org/docs/stable/generated/torch.select.html

    which: the first place, the last one, or the one of the number given
    number: the place, counted from 0; negative ones from the end
    axis: which axis, counted from 1 without the batch: 1 is the time of sequences
    """
    size = _size(x, axis)
    place = {"first": 0, "last": -1}.get(which, number)
    if not -size <= place < size:
        raise ValueError(f"There is no place {place}: axis {axis} of {x} has {size}, counted from 0.")
    if len(x.shape) == 1 and x.meaning == "vector":
        return functools.partial(shapes.take, dim=1, start=place, stop=place + 1 or None)
    return functools.partial(torch.select, dim=axis, index=place)


@layer(search="pick index choose lookup by class action entry select")
def gather(x: Real, index: Classes):
    """Take the entry that a class number names: of every example another.

    y = x[index], along the first axis: the value of the action that was taken, the step that a number names.
    https://pytorch.org/docs/stable/generated/torch.gather.html
    """
    size = _size(x, 1)
    if index.classes > size:
        raise ValueError(f"There are {index.classes} different class numbers, but {x} has only {size} entries.")
    vector = len(x.shape) == 1
    return shapes.gather_number if vector else shapes.gather


@layer(search="mean average sum total maximum minimum product pool squeeze over axis time", title="over an axis")
def reduce(x: Real, how: Literal["mean", "sum", "largest", "smallest", "product"] = "mean", axis: Axis = 1):
    """Make one number of all the numbers along an axis: their mean, sum, largest, smallest or product.

    The axis goes; of a vector, one number stays. https://pytorch.org/docs/stable/generated/torch.mean.html

    how: what is made of them
    axis: which axis, counted from 1 without the batch: 1 is the channels of images, the time of sequences
    """
    _size(x, axis)
    functions: dict[str, Any] = {
        "mean": torch.mean, "sum": torch.sum, "largest": torch.amax, "smallest": torch.amin, "product": torch.prod
    }  # fmt: skip
    kept = {"keepdim": True} if len(x.shape) == 1 else {}
    return functools.partial(functions[how], dim=axis, **kept)


@layer(search="reverse backwards mirror order time bidirectional")
def flip(x: Tensor, axis: Axis = 1):
    """Turn an axis around: a sequence from its end to its beginning, an image mirrored.

    https://pytorch.org/docs/stable/generated/torch.flip.html

    axis: which axis, counted from 1 without the batch: 1 is the time of sequences, 3 the columns of images
    """
    _size(x, axis)
    return functools.partial(torch.flip, dims=(axis,))


@layer(search="normalise normalize norm l2 euclidean sphere direction length")
def unit_length(x: Real):
    """Bring the features of every place to length 1, so that only their direction counts.

    y = x / √(Σ x²), over the features of a vector or step, or the channels of a pixel.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
    """
    return functools.partial(F.normalize, dim=features_axis(x))


@layer(gradients=False, search="largest class decision predicted label winner maximum index", title="argmax",
       classes=lambda x: x.shape[features_axis(x) - 1])  # fmt: skip
def argmax(x: Real):
    """Tell which feature of every place is the largest: the class that is predicted.

    No gradient passes through it. https://pytorch.org/docs/stable/generated/torch.argmax.html
    """
    return functools.partial(torch.argmax, dim=features_axis(x))


def features_axis(x: TensorSpec) -> int:
    """The axis of the features: the channels of an image or volume, else the last."""
    if not x.shape:
        raise ValueError("A single number has no features: wire a vector, a sequence or an image.")
    return 1 if x.meaning in ("image", "volume") else len(x.shape)


def _size(x: TensorSpec, axis: int) -> int:
    """How long an axis is. Raises ValueError where there is none."""
    if axis > len(x.shape):
        axes = f"{len(x.shape)} axes" if len(x.shape) > 1 else "a single axis" if x.shape else "no axis"
        raise ValueError(f"There is no axis {axis}: what arrives ({x}) has {axes} beside the batch.")
    return x.shape[axis - 1]


def _unless(value: int, usual: int) -> int | None:
    return None if value == usual else value

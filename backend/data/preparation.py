"""How stored values become what a network reads: fitted on the training part, saved with a run, undone for showing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

import msgspec
import numpy as np

from backend.data.deferred import piece
from backend.data.registry import Field
from graph.lazy import torch
from graph.problems import DataError
from graph.specs import TensorSpec

Scaling = Literal["0 to 1", "standard", "none"]
CHUNK, MOST_BYTES = 4096, 256 << 20  # examples that are turned to float64 at once while fitting, and bytes of them


class Preparation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """(values − shift) / scale, in float32, the same bits on every path and device.

    shift and scale are one number, or one for each channel or column; ``shape`` is how they stand beside one example.
    ``range`` is the least and greatest stored value, where the field has one: what is black and white in a picture.
    Labels and targets are only turned to their ``dtype``.
    """

    method: Scaling = "none"
    dtype: str = "float32"
    shift: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)
    shape: tuple[int, ...] = (1,)
    range: tuple[float, float] | None = None

    @property
    def width(self) -> int:
        """Numbers of one prepared example; 0 for as many as are stored."""
        return 0

    @property
    def changes(self) -> bool:
        """Whether it does more than turn the type."""
        return any(self.shift) or any(value != 1.0 for value in self.scale)

    def apply(self, values: torch.Tensor) -> torch.Tensor:
        """Stored values, examples first, as a network reads them; on the device they are on."""
        return self.on(values.device)(values)

    def invert(self, values: torch.Tensor) -> torch.Tensor:
        """What a network reads or makes, as stored values in float32."""
        if not self.changes:
            return values
        shift, scale = self._constants(values.device)
        return values.to(torch.float32) * scale + shift

    def picture(self, values: torch.Tensor) -> torch.Tensor:
        """What a network reads or makes, as brightness from 0 to 1."""
        low, high = self.range or (0.0, 1.0)
        return ((self.invert(values).to(torch.float32) - low) / ((high - low) or 1.0)).clamp(0.0, 1.0)

    def on(self, device: torch.device | str) -> Callable[[torch.Tensor], torch.Tensor]:
        """``apply`` with its constants on a device already: nothing is copied there in every step."""
        dtype = getattr(torch, self.dtype)
        if not self.changes:
            return lambda values: values.to(dtype)
        shift, scale = self._constants(device)
        moves = any(self.shift)

        def prepared(values: torch.Tensor) -> torch.Tensor:
            made = values.to(dtype)
            if moves:
                made = made - shift if made is values else made.sub_(shift)
            # Division by a tensor: by a Python number, CUDA multiplies by the inverse, whose last bit may differ.
            return made / scale if made is values else made.div_(scale)

        return prepared

    def _constants(self, device: torch.device | str) -> tuple[torch.Tensor, torch.Tensor]:
        shift, scale = (torch.tensor(each, dtype=torch.float32, device=device) for each in (self.shift, self.scale))
        return shift.reshape(self.shape), scale.reshape(self.shape)


class AnyPreparation(Protocol):
    """What every preparation can do, whatever it is made for: see ``Preparation``."""

    @property
    def method(self) -> str: ...
    @property
    def dtype(self) -> str: ...
    @property
    def changes(self) -> bool: ...
    @property
    def range(self) -> tuple[float, float] | None: ...
    @property
    def width(self) -> int: ...  # numbers of one prepared example; 0 for as many as are stored
    def apply(self, values: torch.Tensor, /) -> torch.Tensor: ...
    def invert(self, values: torch.Tensor, /) -> torch.Tensor: ...
    def picture(self, values: torch.Tensor, /) -> torch.Tensor: ...
    def on(self, device: torch.device | str, /) -> Callable[[torch.Tensor], torch.Tensor]: ...


class Unscaled:
    """What preparations have in common that know columns or tokens of their own, and no scale of the whole."""

    __slots__ = ()

    @property
    def method(self) -> str:
        """Every column is scaled by itself, so none for all."""
        return "none"

    @property
    def range(self) -> tuple[float, float] | None:
        return None

    @property
    def width(self) -> int:
        """As many numbers come out as are stored."""
        return 0

    def on(self, device: torch.device | str) -> Callable[[torch.Tensor], torch.Tensor]:
        """``apply`` with its constants on a device already; every preparation has its own."""
        return lambda values: values

    def apply(self, values: torch.Tensor) -> torch.Tensor:
        """Stored values, examples first, as a network reads them; on the device they are on."""
        return self.on(values.device)(values)

    def picture(self, values: torch.Tensor) -> torch.Tensor:
        """What a network reads or makes, as brightness from 0 to 1."""
        return values.to(torch.float32).clamp(0.0, 1.0)


class Layout(NamedTuple):
    """How the numbers of one example fall into groups that are scaled alike, and how their constants stand."""

    groups: int
    axis: int  # of the groups, examples being axis 0; unused for one group
    shape: tuple[int, ...]


def layout(spec: TensorSpec) -> Layout:
    """Every channel of an image and every column of a vector or sequence is a group; anything else is one."""
    match spec.meaning:
        case "image":
            return Layout(spec.channels, 1, (spec.channels, 1, 1))
        case "vector" | "sequence" if spec.shape:
            return Layout(spec.features, len(spec.shape), (spec.features,))
    return Layout(1, 0, (1,))


def fit(field: Field, values: np.ndarray, scaling: Scaling) -> Preparation:
    """What a field's training values ask for. Raises DataError where they are too great to scale."""
    dtype = field.spec.dtype
    if not field.scaled:
        return Preparation(dtype=dtype, range=field.range)
    pictures = field.spec.meaning == "image"
    # Channels share the range of a picture: stretching each by itself would change its colours.
    groups = Layout(1, 0, (1,)) if pictures and scaling != "standard" else layout(field.spec)
    if scaling == "none":
        return Preparation(dtype=dtype, range=field.range or (_whole_range(values) if pictures else None))
    if scaling == "standard":
        shift, scale = _moments(values, groups)
        known = field.range or (_whole_range(values) if pictures else None)
    else:
        known = field.range or (_whole_range(values) if pictures else None)
        low, high = _range(values, groups) if known is None else (np.array([known[0]]), np.array([known[1]]))
        shift, scale = low, high - low
    shape = groups.shape if len(shift) == groups.groups else (1,)
    return Preparation(scaling, dtype, _numbers(shift), _numbers(np.where(scale == 0, 1.0, scale)), shape, known)


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    """As float32 holds them, so that what is saved and what is used are the same."""
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise DataError("The data holds values too great to scale; choose the scaling “none” or smaller units.")
    return tuple(float(value) for value in np.where((narrow == 0) & (values != 0), np.finfo(np.float32).tiny, narrow))


def _grouped(values: np.ndarray, groups: Layout) -> Iterator[np.ndarray]:
    """Pieces of float64 with the shape (numbers, groups)."""
    each = int(np.prod(values.shape[1:])) * 8
    rows = max(1, min(CHUNK, MOST_BYTES // max(each, 1)))
    for start in range(0, len(values), rows):
        found = piece(values, start, start + rows)
        # What is not held in few bytes is held as float32 in memory, and read as that from the disk.
        wide = (found.astype(np.float32) if found.dtype.itemsize > 2 else found).astype(np.float64)
        ordered = np.moveaxis(wide, groups.axis, -1) if groups.groups > 1 else wide
        yield ordered.reshape(-1, groups.groups)


def _range(values: np.ndarray, groups: Layout) -> tuple[np.ndarray, np.ndarray]:
    low = np.min([piece.min(axis=0) for piece in _grouped(values, groups)], axis=0)
    high = np.max([piece.max(axis=0) for piece in _grouped(values, groups)], axis=0)
    return low, high


def _whole_range(values: np.ndarray) -> tuple[float, float]:
    low, high = _range(values, Layout(1, 0, (1,)))
    return float(low[0]), float(high[0])


def _moments(values: np.ndarray, groups: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (of the population), in two passes: one would cancel where the mean is great."""
    count = len(values) * int(np.prod(values.shape[1:])) // groups.groups
    mean = np.sum([piece.sum(axis=0) for piece in _grouped(values, groups)], axis=0) / count
    squares = np.sum([((piece - mean) ** 2).sum(axis=0) for piece in _grouped(values, groups)], axis=0)
    return mean, np.sqrt(squares / count)

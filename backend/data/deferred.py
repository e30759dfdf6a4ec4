"""Rows that stay where they are, on the disk or off the device, until a batch asks for them."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from graph.lazy import torch


class Deferred:
    """Stands where a tensor of a split would: as long, and its rows are read when they are asked for.

    values: an array that may be mapped from a file, or a tensor
    rows: which of them there are, in which order; None for all
    device: where what is read goes to
    """

    def __init__(self, values: Any, rows: Any = None, device: torch.device | str = "cpu") -> None:
        self._values: torch.Tensor = torch.from_numpy(values) if isinstance(values, np.ndarray) else values
        self._rows: torch.Tensor | None = torch.from_numpy(rows) if isinstance(rows, np.ndarray) else rows
        self._device = device

    def __len__(self) -> int:
        return len(self._values if self._rows is None else self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self._values.shape[1:])

    @property
    def dtype(self) -> torch.dtype:
        return self._values.dtype

    @property
    def nbytes(self) -> int:
        return self.numel() * self._values.element_size()

    def numel(self) -> int:
        return int(np.prod(self.shape))

    def on(self, device: torch.device | str) -> Deferred:
        """The same rows, read to a device."""
        return Deferred(self._values, self._rows, device)

    def picked(self, rows: np.ndarray) -> Deferred:
        """Some of the rows, with none of them read."""
        chosen = torch.from_numpy(rows)
        return Deferred(self._values, chosen if self._rows is None else self._rows[chosen], self._device)

    def __getitem__(self, rows: slice | torch.Tensor) -> torch.Tensor:
        if isinstance(rows, slice):
            if self._rows is None:
                return self._values[rows].to(self._device)
            return self.index_select(0, torch.arange(*rows.indices(len(self))))
        return self.index_select(0, rows)

    def index_select(self, axis: int, rows: torch.Tensor) -> torch.Tensor:
        """Rows by their numbers, along axis 0."""
        rows = rows.cpu()
        return _gathered(self._values, axis, rows if self._rows is None else self._rows[rows]).to(self._device)


def _gathered(values: torch.Tensor, axis: int, rows: torch.Tensor) -> torch.Tensor:
    """Numpy copies rows several times faster than torch, but of an array in another order it copies all first."""
    if values.is_contiguous() and values.device.type == "cpu":
        return torch.from_numpy(np.take(values.numpy(), rows.numpy(), axis))
    return values.index_select(axis, rows)


def picked(values: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
    """Rows of an array. Those of a mapped one stay on the disk, unless they are single numbers."""
    if isinstance(values, np.memmap) and values.ndim > 1:
        values = cast(np.ndarray, Deferred(values))
    if isinstance(values, Deferred):
        # What takes rows by numbers, by slices and its length needs no more of an array.
        return cast(np.ndarray, values if isinstance(rows, slice) else values.picked(rows))
    return np.asarray(values[rows])


def as_tensor(values: np.ndarray) -> torch.Tensor:
    """Values as a split holds them."""
    return cast(torch.Tensor, values) if isinstance(values, Deferred) else torch.from_numpy(values)


def piece(values: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Neighbouring rows, read."""
    found = values[start:stop]
    return found if isinstance(found, np.ndarray) else cast(np.ndarray, found.numpy())

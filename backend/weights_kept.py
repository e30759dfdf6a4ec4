"""Weights as they are looked at: laid out as pictures or matrices, and some moments of a training kept of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from backend.keeping import MomentKeeper
from backend.loading import Model
from backend.moments import Kept, TimeLapse
from backend.runs import Run
from graph.compiler import Root
from graph.document import Document, NodeKey
from graph.flat import flat_of

MOST_NUMBERS = 120_000  # of all weights in one moment, so that a run of any network stays small
MOST_MOMENTS = 40
GATES = {nn.LSTM: ("input", "forget", "cell", "output"), nn.GRU: ("reset", "update", "new")}
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Weight(NamedTuple):
    """A weight of a root: ``module`` holds it as ``attribute``; its first ``rows`` are looked at in this ``shape``.

    The shape is (filters, input channels, height, width) for kernels and for the units of a layer that reads a
    picture, which have ``kind`` "kernels" and "units", and (rows, columns) for everything else.
    """

    name: str
    kind: str
    module: nn.Module
    attribute: str
    shape: tuple[int, ...]
    rows: int
    blocks: tuple[str, ...] = ()

    def values(self) -> np.ndarray:
        """What it is now, float32."""
        with _still(self.module), torch.no_grad():
            whole = getattr(self.module, self.attribute).detach()
            if self.kind == "kernels" and _swapped(self.module):
                whole = whole.transpose(0, 1)
            found: np.ndarray = whole[: self.rows].to("cpu", torch.float32, copy=True).numpy()
        return found.reshape(self.rows, *self.shape[1:])

    def described(self) -> Kept:
        blocks = self.blocks if self.rows == self.shape[0] else ()
        return Kept(self.name, self.kind, 0, classes=blocks, whole=self.shape[0])


def weights_of(document: Document, root: Root, most: int = MOST_NUMBERS) -> list[Weight]:
    """The weights of two axes and more, in the order of the root, with at most so many numbers in all.

    Small ones come whole before large ones; of a large one the first rows are looked at, or none where not one fits.
    """
    found = [
        _laid_out(document, root, path, module, attribute, tuple(getattr(module, attribute).shape))
        for path, module in root.named_modules()
        for attribute in _attributes(path, module)
    ]
    rows = allotted([(each.shape[0], int(np.prod(each.shape[1:]))) for each in found], most)
    return [each._replace(rows=count) for each, count in zip(found, rows) if count]


def allotted(sizes: Sequence[tuple[int, int]], most: int) -> list[int]:
    """How many rows of each may be kept: ``sizes`` are rows and numbers of a row, ``most`` numbers in all."""
    given = [0] * len(sizes)
    order = sorted(range(len(sizes)), key=lambda n: sizes[n][0] * sizes[n][1])
    for place, number in enumerate(order):
        rows, width = sizes[number]
        share = most // (len(order) - place)
        given[number] = min(rows, share // max(width, 1))
        most -= given[number] * width
    return given


class WeightKeeper(MomentKeeper):
    """Keeps some moments of the weights of a training: the first, the newest, and what lies evenly between.

    step: where the training begins or goes on; moments after it are forgotten
    """

    SHARE = 0.004

    def __init__(self, model: Model, run: Run, steps: int, clock: Callable[[], float], step: int = 0) -> None:
        super().__init__(TimeLapse(run.weights, MOST_MOMENTS), steps, clock)
        found = weights_of(model.document, model.root)
        self._weights = {folder_of(weight.name): weight for weight in found}
        self.begin({folder: weight.described() for folder, weight in self._weights.items()}, step)

    def values(self) -> dict[str, np.ndarray]:
        return {folder: weight.values() for folder, weight in self._weights.items()}


def folder_of(name: str) -> str:
    """A weight's name as that of a folder: parts of a module that are numbers get a letter before them."""
    return ".".join(part if part.isidentifier() else f"n{part}" for part in name.split("."))


def _attributes(path: str, module: nn.Module) -> Iterator[str]:
    """The names of a module's own weights; of those that are computed from others, what is computed."""
    if "parametrizations" in path.split("."):
        return
    names = [name for name, _ in module.named_parameters(recurse=False)]
    names += list(getattr(module, "parametrizations", {}))
    with _still(module):
        yield from (name for name in names if getattr(module, name).dim() > 1 and "bias" not in name)


def _laid_out(
    document: Document, root: Root, path: str, module: nn.Module, attribute: str, shape: tuple[int, ...]
) -> Weight:
    name, kind = f"{path}.{attribute}", "weights"
    blocks: tuple[str, ...] = ()
    if isinstance(module, (*CONVOLUTIONS, *TRANSPOSED)):
        kind = "kernels"
        first, second, *sides = (shape[1], shape[0], *shape[2:]) if _swapped(module) else shape
        # A volume's kernel is shown as its slices, a signal's as one line.
        shape = (first, second * (sides[0] if len(sides) > 2 else 1), *([1, *sides][-2:]))
    elif isinstance(module, nn.Embedding):
        kind = "embedding"
    elif isinstance(module, nn.RNNBase):
        kind = "recurrent" if "_hh_" in attribute else "weights"
        blocks = next((gates for gated, gates in GATES.items() if isinstance(module, gated)), ())
    elif isinstance(module, nn.Linear) and (picture := _picture_before(document, root, path, shape[1])):
        kind, shape = "units", (shape[0], *picture)
    else:
        shape = (shape[0], int(np.prod(shape[1:])))
    return Weight(name, kind, module, attribute, shape, shape[0], blocks)


def _swapped(module: nn.Module) -> bool:
    """Whether a kernel has its inputs first."""
    return isinstance(module, TRANSPOSED) and module.groups == 1


def _picture_before(document: Document, root: Root, path: str, size: int) -> tuple[int, ...] | None:
    """The shape of the picture whose values a dense layer reads as one row, or None."""
    flat = flat_of(document).document
    key = next((key for key, name in root.names.items() if name == path and key in flat.nodes), None)
    seen: set[NodeKey] = set()
    while key is not None and key not in seen:
        seen.add(key)
        inputs = list(flat.inputs_of(key).values())
        spec = root.specs.get(inputs[0]) if len(inputs) == 1 else None
        if spec is None or spec.size != size:
            return None
        if spec.meaning == "image":
            return spec.shape
        key = inputs[0].owner if inputs[0].owner not in root.names else None  # weights would mix the places
    return None


@contextmanager
def _still(module: nn.Module) -> Iterator[None]:
    """Read a computed weight without a trace: a spectral norm improves its estimate whenever it is read in training."""
    parts = list(getattr(module, "parametrizations", nn.ModuleDict()).modules())
    before = [part.training for part in parts]
    for part in parts:
        part.training = False
    try:
        yield
    finally:
        for part, training in zip(parts, before):
            part.training = training

"""From data sets to what a slice is called with: examples on the device, prepared, gathered by index."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch

from backend.data import DataSet
from backend.data.deferred import Deferred
from backend.devices import memory_left
from graph.catalogue import Source
from graph.document import NodeKey, Port

Rows = Mapping[NodeKey, "torch.Tensor | slice"]
Column = Callable[[Rows], torch.Tensor]
Draws = Mapping[NodeKey, Source]

PREPARED_SHARE, STORED_SHARE = 3, 2  # prepared and stored examples may take a third and half of the memory left
BATCHES_WITHOUT_DATA = 100  # the length of an epoch where everything is drawn at random


class Stage:
    """One split of every data set of a design on the device, each field prepared once where memory allows."""

    def __init__(self, data: Mapping[NodeKey, DataSet], split: str, device: torch.device) -> None:
        self._data = data
        self._split = split
        self._device = device
        self._columns: dict[Port, Column] = {}
        self._ahead: list[Ahead] = []  # the columns that are read when they are asked for
        self.lengths = {key: found.count(split) for key, found in data.items()}
        self.in_order = {key for key, found in data.items() if found.in_order}

    @property
    def examples(self) -> int:
        """Those of the longest data set: an epoch sees each of them once."""
        return max(self.lengths.values(), default=0)

    def column(self, port: Port) -> Column:
        """Gathers one field of the rows asked for, as a network reads it."""
        if port not in self._columns:
            self._columns[port] = self._make(port)
        return self._columns[port]

    def announced(self, batches: Iterable[tuple[Rows, int]]) -> Iterator[tuple[Rows, int]]:
        """The same batches, each being read from where it lies while the one before it is worked on."""
        before: tuple[Rows, int] | None = None
        for batch in batches:
            for column in self._ahead:
                column.expect(batch[0])
            if before is not None:
                yield before
            before = batch
        if before is not None:
            yield before

    def wrapped(self, start: int, count: int, length: int) -> torch.Tensor:
        """Row numbers that begin again at the end of a data set."""
        return torch.arange(start, start + count, device=self._device) % max(length, 1)

    def numbered(self, numbers: Sequence[int] | np.ndarray) -> Rows:
        """The rows of examples by their numbers; a shorter data set begins again where it ends."""
        asked = torch.as_tensor(np.asarray(numbers, np.int64), device=self._device)
        return {key: asked % max(length, 1) for key, length in self.lengths.items()}

    def _make(self, port: Port) -> Column:
        key, name = port.owner, port.port
        left = memory_left(self._device)
        staged = self._data[key].staged(self._split, self._device, left // PREPARED_SHARE, [name], left // STORED_SHARE)
        values, prepare = staged.tensors[name], staged.prepare

        def gather(rows: Rows) -> torch.Tensor:
            chosen = rows[key]
            return prepare(name, values[chosen] if isinstance(chosen, slice) else values.index_select(0, chosen))

        if not isinstance(values, Deferred):
            return gather
        self._ahead.append(Ahead(gather, key))
        return self._ahead[-1]


class Ahead:
    """A column whose rows are read in a thread as soon as it is known which will be wanted."""

    def __init__(self, gather: Column, key: NodeKey) -> None:
        self._gather = gather
        self._key = key
        self._reader = ThreadPoolExecutor(1, "reading")
        self._expected: deque[tuple[object, Future[torch.Tensor]]] = deque(maxlen=2)  # of this batch and the next

    def expect(self, rows: Rows) -> None:
        """Begin to read what is wanted next."""
        self._expected.append((rows[self._key], self._reader.submit(self._gather, rows)))

    def __call__(self, rows: Rows) -> torch.Tensor:
        for chosen, found in self._expected:
            if chosen is rows[self._key]:
                return found.result()
        return self._gather(rows)


class Feed:
    """What a slice is called with: a tensor for each of its sources, in their order."""

    def __init__(self, sources: Sequence[Port], stage: Stage, draws: Draws, generator: torch.Generator) -> None:
        self._columns = [stage.column(port) if port.owner not in draws else None for port in sources]
        self._drawn = [(place, port) for place, port in enumerate(sources) if port.owner in draws]
        self._draws = {port.owner: draws[port.owner].draw for _, port in self._drawn}
        self._generator = generator

    def __call__(self, rows: Rows, count: int) -> list[torch.Tensor]:
        found = [column(rows) if column else None for column in self._columns]
        if self._drawn:
            device = self._generator.device
            drawn = {key: draw(count, self._generator, device) for key, draw in self._draws.items() if draw}
            for place, port in self._drawn:
                found[place] = drawn[port.owner][port.port]
        return found  # type: ignore[return-value]  # every place is filled by now


class Order:
    """Which examples stand in which batch: for every epoch an order of its own, fixed by the seed and nothing else."""

    def __init__(self, stage: Stage, batch_size: int, seed: int, device: torch.device) -> None:
        self._lengths = stage.lengths
        self._in_order = stage.in_order
        self._seed = seed
        self._device = device
        self.examples = stage.examples or BATCHES_WITHOUT_DATA * batch_size
        self._sizes = _sizes(self.examples, batch_size)

    @property
    def batches(self) -> int:
        """How many make an epoch."""
        return len(self._sizes)

    def epoch(self, number: int) -> Iterator[tuple[Rows, int]]:
        """The batches of an epoch, each with its number of examples."""
        if self.batches == 1 and set(self._lengths.values()) <= {self.examples}:
            return iter([({key: slice(None) for key in self._lengths}, self.examples)])
        streams = [self._stream(key, number, place) for place, key in enumerate(self._lengths)]
        pieces = zip(*(torch.split(stream, self._sizes) for stream in streams)) if streams else itertools.repeat(())
        return ((dict(zip(self._lengths, piece)), count) for piece, count in zip(pieces, self._sizes))

    def _stream(self, key: NodeKey, epoch: int, place: int) -> torch.Tensor:
        """The rows of one data set in order; a shorter one is gone through again, shuffled anew.

        Rows that belong one after the other stay as they are.
        """
        length = self._lengths[key]
        if key in self._in_order:
            return (torch.arange(self.examples) % length).to(self._device)
        generator = torch.Generator().manual_seed(mixed(self._seed, 0, place, epoch))
        rounds = [torch.randperm(length, generator=generator) for _ in range(-(-self.examples // length))]
        return torch.cat(rounds)[: self.examples].to(self._device)


def _sizes(examples: int, batch_size: int) -> list[int]:
    """The sizes of the batches of an epoch. The last takes what is left; a single one joins the batch before it,
    because nothing can be normalised over a batch of one."""
    full, left = divmod(examples, batch_size)
    sizes = [batch_size] * full
    if left == 1 and full:
        sizes[-1] += 1
    elif left:
        sizes.append(left)
    return sizes


def in_order(stage: Stage, batch_size: int) -> Iterator[tuple[Rows, int]]:
    """Every example once, as they lie; a shorter data set begins again where it would run out."""
    for start in range(0, stage.examples, batch_size):
        count = min(batch_size, stage.examples - start)
        yield window(stage, start, count), count


def window(stage: Stage, start: int, count: int) -> Rows:
    """The rows of ``count`` examples from ``start`` on."""
    found: dict[NodeKey, torch.Tensor | slice] = {}
    for key, length in stage.lengths.items():
        whole = start + count <= length
        found[key] = slice(start, start + count) if whole else stage.wrapped(start, count, length)
    return found


def mixed(*numbers: int) -> int:
    """One well-mixed seed from several numbers, so that neighbouring epochs and seeds share nothing."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))

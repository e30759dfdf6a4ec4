"""Sequences whose next number depends on numbers long past: what a recurrent network has to remember."""

from __future__ import annotations

import inspect

import numpy as np

from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.specs import TensorSpec

COUNT = 8000
SEED = 0
LAGS = {f"counting-{lag}": lag for lag in (10, 25, 50, 100)}


def counting(rng: np.random.Generator, count: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Random numbers from 0 to 1, two of them marked by a 1 beside them; the next number is the sum of those two.

    One mark stands in the first quarter, one in the second half, so that the first is to be kept for most of the way.
    """
    number, mark, every = rng.random((count, lag)), np.zeros((count, lag)), np.arange(count)
    mark[every, rng.integers(0, max(lag // 4, 1), count)] = 1
    mark[every, rng.integers(lag // 2, lag, count)] = 1
    return np.stack([number, mark], axis=2), (number * mark).sum(axis=1, keepdims=True)


@data_format
class Counting(Format):
    """The adding problem: S. Hochreiter and J. Schmidhuber, Long Short-Term Memory, 1997, section 5.4."""

    known = tuple(
        Known(
            name, f"Counting over {lag} steps",
            f"Sequences of {lag} numbers, two of them marked; the next number is the sum of these two.",
            "Sequences", COUNT,
        )
        for name, lag in LAGS.items()
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        return {
            "sequence": Field(TensorSpec((LAGS[source], 2)), range=(0.0, 1.0)),
            "target": Field(TensorSpec((1,)), range=(0.0, 2.0)),
        }

    def read(self, source: str) -> Raw:
        sequence, target = counting(np.random.default_rng(SEED), COUNT, LAGS[source])
        return Raw({"sequence": sequence.astype(np.float32), "target": target.astype(np.float32)})

    def loader(self, source: str) -> str:
        function = inspect.getsource(counting).rstrip()
        return LOADER.format(function=function, count=COUNT, seed=SEED, lag=LAGS[source])


LOADER = '''\
import numpy as np
import torch


{function}


def load_data() -> dict[str, torch.Tensor]:
    """The sequences (time, number and mark) and the number that comes next."""
    sequence, target = counting(np.random.default_rng({seed}), {count}, {lag})
    return {{
        "sequence": torch.tensor(sequence, dtype=torch.float32),
        "target": torch.tensor(target, dtype=torch.float32),
    }}
'''

"""Small IDX files and folders for tests."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

TYPES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}
STEMS = {"train": "train", "test": "t10k"}


def idx_bytes(values: np.ndarray, kind: str = "u1") -> bytes:
    header = bytes((0, 0, TYPES[kind], values.ndim)) + np.array(values.shape, ">u4").tobytes()
    return header + values.astype(kind).tobytes()


def pictures(count: int, *, side: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side))


def labels(count: int, classes: int = 3) -> np.ndarray:
    return np.arange(count) % classes


def fill(folder: Path, *, packed: bool = True, train: int = 30, test: int = 12, classes: int = 3) -> Path:
    """A small folder in the layout of MNIST."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, count in (("train", train), ("test", test)):
        if count:
            put(folder / f"{STEMS[part]}-images-idx3-ubyte", idx_bytes(pictures(count)), packed)
            put(folder / f"{STEMS[part]}-labels-idx1-ubyte", idx_bytes(labels(count, classes)), packed)
    return folder


def put(path: Path, content: bytes, packed: bool = True) -> Path:
    path = path.with_name(path.name + ".gz") if packed else path
    path.write_bytes(gzip.compress(content) if packed else content)
    return path

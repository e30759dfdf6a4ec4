"""The batches of CIFAR: binary records, pickles read without running anything in them, and sheets of pictures."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

MODULES = ("numpy", "numpy.core.multiarray", "numpy._core.multiarray", "_codecs")
# what unpickling damaged bytes may raise, as they happen to be read
BROKEN = (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
          MemoryError, RecursionError, ImportError)  # fmt: skip


class Stored:
    """Stands for an array of a pickle: its state as plain values, from which no code of numpy is called."""

    def __init__(self, *_: Any) -> None:
        self.state: Any = ()

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def pixels(self) -> np.ndarray:
        """The bytes of an array of them, in its shape."""
        _, shape, _, by_column, content = self.state
        content = content.encode("latin1") if isinstance(content, str) else content
        return np.frombuffer(content, np.uint8).reshape(shape, order="F" if by_column else "C")


class Unpickler(pickle.Unpickler):
    """Reads lists, dictionaries, numbers, texts and arrays. Anything else is refused before it is looked up."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        known: dict[str, Callable[..., Any]] = {
            "_reconstruct": lambda *_: Stored(),
            "ndarray": Stored,
            "dtype": Stored,
            "encode": lambda text, *_: text.encode("latin1"),
        }
        if module not in MODULES or name not in known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return known[name]


def read_pickle(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (examples, 3, 32, 32) and labels of a batch that Python has written."""
    batch = Unpickler(io.BytesIO(content), encoding="bytes").load()
    named = {key.decode() if isinstance(key, bytes) else key: value for key, value in batch.items()}
    labels = named["fine_labels"] if "fine_labels" in named else named["labels"]
    return named["data"].pixels().reshape(-1, 3, 32, 32), np.array(labels, np.int64)


def read_binary(content: bytes, marks: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and labels of a binary batch, whose records begin with one label, or with ``marks``; the last counts."""
    records = np.frombuffer(content, np.uint8).reshape(-1, marks + 3072)
    return records[:, marks:].reshape(-1, 3, 32, 32), records[:, marks - 1].astype(np.int64)


def read_sheet(content: bytes, labels: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and labels of a sheet with the pixels of one picture in every row."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as sheet:
        if sheet.size != (1024, len(labels)):
            raise ValueError(f"it has {sheet.width}×{sheet.height} pixels, where 1024×{len(labels)} were expected")
        rows = np.array(sheet.convert("RGB"))
    return rows.reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2), np.array(labels, np.int64)

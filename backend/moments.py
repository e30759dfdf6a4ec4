"""The time-lapse of a run: what its outputs drew of the same noise at some moments of the training. Free of torch."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

MOST = 60  # moments of an output that are kept
RECORD, REAL = "samples.json", "real"
MOMENT = re.compile(r"(\d{10,})-(\d+\.\d{4})\.npy")


class Kept(msgspec.Struct, frozen=True):
    """What is kept in a folder: samples of an output, with its name, kind and the seed of its noise; or a weight.

    ``labels``, the class of each sample, is empty where the design draws without classes; ``classes`` names them,
    ``words`` the tokens. ``whole`` is how many rows a weight has, of which the first are kept; ``classes`` names the
    blocks of equal size that its rows are of.
    """

    name: str
    kind: str
    seed: int
    labels: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    whole: int = 0


class Moment(NamedTuple):
    """Samples of one output after so many steps; ``epoch`` is a fraction."""

    step: int
    epoch: float
    path: Path

    def read(self) -> np.ndarray | None:
        """The samples, examples first; None where the file is damaged or gone."""
        return _read(self.path)


class TimeLapse:
    """The moments of a run in its folder ``samples``: a folder an output, a file a moment.

    most: how many are kept of an output; when there are more, every second one goes, so that they stay spread evenly
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder = folder
        self.most = most

    def outputs(self) -> dict[str, Kept]:
        """The outputs whose samples are kept, by the id of their node; empty where none are, or none can be read."""
        try:
            found = msgspec.json.decode((self.folder / RECORD).read_bytes(), type=dict[str, Kept])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return {node: kept for node, kept in found.items() if all(part.isidentifier() for part in node.split("."))}

    def moments(self, node: str) -> list[Moment]:
        """What is kept of an output, in the order of the training."""
        found = []
        with contextlib.suppress(OSError):
            for path in (self.folder / node).iterdir():
                if named := MOMENT.fullmatch(path.name):
                    found.append(Moment(int(named[1]), float(named[2]), path))
        return sorted(found)

    def real(self, node: str) -> np.ndarray | None:
        """Examples of the data that an output is to be like, where they were kept beside it."""
        return _read(self.folder / node / f"{REAL}.npy")

    # -- writing: raises OSError where the disk refuses ----------------------------------------------------------------

    def describe(self, outputs: dict[str, Kept]) -> None:
        """Say which outputs are kept, before the first moment of any."""
        for node in outputs:
            (self.folder / node).mkdir(parents=True, exist_ok=True)
        _put(self.folder / RECORD, msgspec.json.format(msgspec.json.encode(outputs), indent=1))

    def keep_real(self, node: str, values: np.ndarray) -> None:
        _save(self.folder / node / f"{REAL}.npy", values)

    def add(self, node: str, step: int, epoch: float, values: np.ndarray) -> None:
        """Keep a moment, and thin them out where there are too many: the first and the newest always stay."""
        _save(self.folder / node / f"{step:010d}-{epoch:.4f}.npy", values)
        there = self.moments(node)
        if len(there) > self.most:
            for moment in there[1:-1:2]:
                moment.path.unlink(missing_ok=True)

    def spacing(self, node: str) -> int:
        """Steps from one moment to the next, so that the coming ones stand as far apart as those that are kept."""
        steps = [moment.step for moment in self.moments(node)]
        if len(steps) < self.most // 2:
            return 1
        return max(1, (steps[-1] - steps[0]) // (len(steps) - 1))

    def cut(self, step: int) -> None:
        """Forget everything after a step: a resumed run draws it again."""
        for node in self.outputs():
            for moment in self.moments(node):
                if moment.step > step:
                    moment.path.unlink(missing_ok=True)


def _read(path: Path) -> np.ndarray | None:
    try:
        values: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError):
        return None
    return values if isinstance(values, np.ndarray) and values.ndim else None


def _save(path: Path, values: np.ndarray) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, values, allow_pickle=False)
    partial.replace(path)


def _put(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)

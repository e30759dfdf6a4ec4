"""What the studio and the engine say to each other about nodes that change examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class TryOut:
    """Change some real examples as a node does in training, with all before it that changes them too.

    document: the JSON of its file; ``network`` and ``node`` say where the node is drawn
    count: how many examples, each changed ``draws`` times
    seed: fixes the draws, so that a parameter can be moved while chance stays the same
    """

    document: bytes
    network: str
    node: str
    count: int = 4
    draws: int = 4
    seed: int = 0


@dataclass(frozen=True)
class TriedOut:
    """The answer to TryOut; ``error`` is a sentence where there is none.

    Pictures have 8 bits and are (height, width) or (height, width, 3).
    before: as the data holds them, by example
    after: what leaves the node, by draw and example
    targets: what a network should make of ``after``, where that is not ``before``
    mends: whether there is such a task
    words: what is said below each picture of ``after``, such as shares of classes; none for nothing
    chain: the ids of the nodes that had a part in it, in their order
    """

    request: TryOut
    error: str = ""
    before: tuple[np.ndarray, ...] = ()
    after: tuple[tuple[np.ndarray, ...], ...] = ()
    targets: tuple[tuple[np.ndarray, ...], ...] = ()
    mends: bool = False
    words: tuple[tuple[str, ...], ...] = ()
    chain: tuple[str, ...] = ()

"""What a network makes of noise: standard library and numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Sample(Question):
    """Draw examples from an output that is made of noise, "" for the first there is; the same seed draws the same.

    count: how many; 0 takes as many as the time-lapse of the run keeps
    seed: fixes the noise; None takes that of the training
    labels: the classes to draw, by number or name, where the design draws by class; none takes all
    """

    output: str = ""
    count: int = 0
    seed: int | None = None
    labels: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class WriteSamples(Sample):
    """Draw examples into a file; the answer is an ``Exported``.

    to: a .png, .gif, .apng, .txt or .npy to write; .gif and .apng show the time-lapse
    step: of the time-lapse, the moment to write; −1 draws anew
    """

    to: str = ""
    step: int = -1


@dataclass(frozen=True)
class Samples:
    """The answer to Sample: examples first; pictures with 8 bits as (examples, channels, height, width).

    ``run`` is the folder of the run whose weights drew. ``output`` and ``node`` name what drew, and are empty where
    nothing in the design is made of noise; ``outputs`` are all that can be drawn from. ``labels`` are the classes the
    examples were drawn for, which ``classes`` names, and ``words`` the tokens. ``real`` holds points of the data to
    compare with.
    """

    run: str
    output: str
    node: str
    kind: str
    values: np.ndarray
    seed: int = 0
    labels: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    real: np.ndarray | None = None

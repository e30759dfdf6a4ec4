"""How well a network gives pictures back: each beside what it was made of, with what is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from backend.questions import Question

Order = Literal["as they lie", "worst", "best"]
Measure = Literal["psnr", "ssim"]
MOST = 2000  # examples that are judged


@dataclass(frozen=True)
class Reconstruct(Question):
    """Show what an output that gives pictures back makes of some examples, and judge all of a split.

    output: by its name, "" for the first that gives pictures back
    split: "" for the first that has examples
    order, by: what comes first: the worst or the best by a measure, or as they lie
    offset, count: which of them, in that order
    """

    output: str = ""
    split: str = ""
    order: Order = "as they lie"
    by: Measure = "psnr"
    offset: int = 0
    count: int = 24


@dataclass(frozen=True)
class Reconstructions:
    """The answer to Reconstruct; arrays have the examples first.

    outputs: what can be asked for
    judged, total: the examples that were judged, evenly from all of the split, and how many it has
    rows: the numbers of the examples that are shown, in their split
    pictures: by what they are, each (examples, height, width) or (examples, height, width, 3), 8 bits: "original",
      "corrupted" where the network got something else, "reconstructed", and "target" where that is not the original
    psnr, ssim: of those shown against what they should be, in dB and from −1 to 1
    mean_psnr, mean_ssim: over all that were judged
    """

    output: str
    outputs: tuple[str, ...]
    split: str
    judged: int
    total: int
    rows: np.ndarray
    pictures: dict[str, np.ndarray]
    psnr: np.ndarray
    ssim: np.ndarray
    mean_psnr: float
    mean_ssim: float

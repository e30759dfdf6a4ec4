"""What views ask of an answer: which parts of an example it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from backend.questions import Question
from backend.questions.examples import Example, Given
from backend.questions.maps import Place

if TYPE_CHECKING:
    import numpy as np

Method = Literal["saliency", "integrated", "activation", "occlusion"]
Baseline = Literal["zero", "mean"]


@dataclass(frozen=True, kw_only=True)
class Why(Question):
    """Which parts of an example the score of a class, or a value, rests on.

    output: the name of an Output node; "" for the first
    target: the number of the class or value; −1 for the likeliest class, or the first value
    reads: the field that is explained, where the network reads several; "" for the picture, else the first
    steps: of integrated gradients
    baseline: what stands for "nothing" in integrated gradients and occlusion: zeros as the network reads them, or the
      mean of the training examples
    node, port: whose maps Grad-CAM takes; "" for the last convolution
    size, stride: of the window of occlusion, in pixels, words or steps
    """

    method: Method = "saliency"
    output: str = ""
    target: int = -1
    reads: str = ""
    example: Example = field(default_factory=Example)
    steps: int = 50
    baseline: Baseline = "zero"
    node: str = ""
    port: str = ""
    size: int = 3
    stride: int = 1


@dataclass(frozen=True)
class Reason:
    """The answer to Why.

    given: what was read, its table columns and words with their values as names
    heat: one number for every pixel, column, word or step of it; ``signed`` where some speak against
    score: of the target, before a softmax or sigmoid at the end; ``before`` says that there is one
    targets: the names of what can be explained of the output, or their numbers; ``target`` the one that is
    classes: whether these are classes
    truth: the number of the right class, −1 where it is not known
    difference, error: of integrated gradients: by how much the score is above that of the baseline, and how far the
      attributions are from adding up to it
    places: the outputs with maps that Grad-CAM can take; ``place`` the one it took
    outputs, fields: what can be chosen
    index, total, picture: see ``MapsSeen``
    """

    given: Given
    heat: np.ndarray
    signed: bool
    score: float
    before: bool
    target: int
    targets: tuple[str, ...]
    output: str
    classes: bool = False
    truth: int = -1
    difference: float = 0.0
    error: float = 0.0
    place: Place | None = None
    places: tuple[Place, ...] = ()
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    index: int = 0
    total: int = 0
    picture: tuple[int, ...] = ()

"""What flows through a wire, and the annotations that declare ports and the limits of parameters."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import msgspec

Meaning = Literal["image", "volume", "vector", "sequence", "tokens", "classes", "scalar", "tensor"]
INTEGERS = frozenset({"int64", "int32", "int16", "int8", "uint8", "bool"})


class TensorSpec(msgspec.Struct, frozen=True):
    """Shape without the batch axis, element type and, for class indices and tokens, how many there are.

    ``batched`` is False for a single number for the whole batch, such as a loss. Shapes follow torch: an image is
    (channels, height, width), a sequence (time, features), tokens (time,), a class index ().
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    batched: bool = True
    classes: int = 0
    names: tuple[str, ...] = ()

    @property
    def meaning(self) -> Meaning:
        if not self.batched:
            return "scalar"
        integer = self.dtype in INTEGERS
        match len(self.shape):
            case 0:
                return "classes" if integer else "vector"
            case 1:
                return "tokens" if integer else "vector"
            case 2:
                return "tensor" if integer else "sequence"
            case 3:
                return "image"
            case 4:
                return "volume"
        return "tensor"

    @property
    def channels(self) -> int:
        """First axis of an image, volume or signal."""
        return self.shape[0]

    @property
    def features(self) -> int:
        """Last axis: what a dense layer reads."""
        return self.shape[-1] if self.shape else 1

    @property
    def size(self) -> int:
        """Elements of one example."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        """The label of a wire: ``32×26×26``, ``10 classes``, ``number``."""
        if self.meaning == "scalar":
            return "number"
        if self.meaning == "classes":
            return f"{self.classes} classes" if self.classes else "class"
        return "×".join(map(str, self.shape)) or "1"


def spec_words(spec: TensorSpec) -> str:
    """A spec in a sentence: “an image of 14×28×28”."""
    if spec.meaning in ("scalar", "classes"):
        return {"scalar": "a loss", "classes": "class numbers"}[spec.meaning]
    article = "an" if spec.meaning[0] in "aeiou" else "a"
    plural = {"tokens": "tokens over", "vector": "a vector of"}.get(spec.meaning, f"{article} {spec.meaning} of")
    return f"{plural} {spec}"


class Wants(NamedTuple):
    """What an input port takes: a meaning (or one of several), or any tensor; perhaps of one kind of numbers only."""

    meaning: Meaning
    words: str
    also: tuple[Meaning, ...] = ()
    numbers: Literal["any", "real", "whole"] = "any"

    def accepts(self, spec: TensorSpec) -> bool:
        if self.numbers != "any" and (spec.dtype in INTEGERS) != (self.numbers == "whole"):
            return False
        if self.meaning == "tensor":
            return spec.batched
        return spec.meaning == self.meaning or spec.meaning in self.also


Tensor: TypeAlias = Annotated[TensorSpec, Wants("tensor", "any tensor")]
Real: TypeAlias = Annotated[TensorSpec, Wants("tensor", "real numbers of any shape", numbers="real")]
Indices: TypeAlias = Annotated[TensorSpec, Wants("tensor", "class numbers or tokens", numbers="whole")]
Image: TypeAlias = Annotated[TensorSpec, Wants("image", "an image (channels, height, width)")]
Volume: TypeAlias = Annotated[TensorSpec, Wants("volume", "a volume (channels, depth, height, width)")]
Vector: TypeAlias = Annotated[TensorSpec, Wants("vector", "a vector (features)")]
Sequence: TypeAlias = Annotated[TensorSpec, Wants("sequence", "a sequence (time, features)")]
Features: TypeAlias = Annotated[TensorSpec, Wants("vector", "a vector, or a sequence of vectors", ("sequence",))]
Tokens: TypeAlias = Annotated[TensorSpec, Wants("tokens", "tokens (whole numbers over time)")]
Classes: TypeAlias = Annotated[TensorSpec, Wants("classes", "class numbers")]
Scalar: TypeAlias = Annotated[TensorSpec, Wants("scalar", "a loss (one number for the batch)")]


class Limits(NamedTuple):
    """Bounds of a number (both allowed), its unit, and whether it scrubs in decades."""

    low: float | None = None
    high: float | None = None
    unit: str = ""
    logarithmic: bool = False

    def allow(self, value: float) -> bool:
        """Whether a number lies within the bounds; NaN and infinity never do."""
        return (
            math.isfinite(value)
            and not (self.low is not None and value < self.low)
            and not (self.high is not None and value > self.high)
        )

    @property
    def words(self) -> str:
        """What is allowed, for a sentence: “lies between 1 and 1,024 px”."""
        low, high = (None if bound is None else number_words(bound) for bound in (self.low, self.high))
        if low and high:
            words = f"lies between {low} and {high}"
        elif low or high:
            words = f"is at least {low}" if low else f"is at most {high}"
        else:
            return "is a finite number"
        return f"{words} {self.unit}".rstrip()


def number_words(number: float) -> str:
    """A number as people write it: 65,536 or 0.001 or 1e-08."""
    whole = math.isfinite(number) and abs(number) < 1e15 and number == int(number)
    return f"{int(number):,}" if whole else f"{number:g}"


class Widget(NamedTuple):
    """Which editor a parameter gets beside the plain one: ``data``, ``names``, ``matrix``, ``formula``."""

    kind: str


Count: TypeAlias = Annotated[int, Limits(1, 65536)]
Side: TypeAlias = Annotated[int, Limits(1, 1024, "px")]
Border: TypeAlias = Annotated[int, Limits(0, 1024, "px")]
Whole: TypeAlias = Annotated[int, Limits(0, 2**31 - 1)]
Axis: TypeAlias = Annotated[int, Limits(1, 8)]
Share: TypeAlias = Annotated[float, Limits(0.0, 0.99)]
Rate: TypeAlias = Annotated[float, Limits(1e-8, 100.0, "", True)]
NonNegative: TypeAlias = Annotated[float, Limits(0.0, 1e6)]
Number: TypeAlias = Annotated[float, Limits(-1e9, 1e9)]
Names: TypeAlias = Annotated[str, Widget("names")]
Formula: TypeAlias = Annotated[str, Widget("formula")]
Matrix: TypeAlias = Annotated[list[Any], Widget("matrix")]
DataName: TypeAlias = Annotated[str, Widget("data")]


def find(annotation: Any, kind: type) -> Any:
    """The first piece of metadata of a kind that an ``Annotated`` alias carries, or None."""
    return next((m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, kind)), None)

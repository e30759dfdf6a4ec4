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


class Wants(NamedTuple):
    """What an input port takes: a meaning (or one of several), or any tensor."""

    meaning: Meaning
    words: str
    also: tuple[Meaning, ...] = ()

    def accepts(self, spec: TensorSpec) -> bool:
        if self.meaning == "tensor":
            return spec.batched
        return spec.meaning == self.meaning or spec.meaning in self.also


Tensor: TypeAlias = Annotated[TensorSpec, Wants("tensor", "any tensor")]
Image: TypeAlias = Annotated[TensorSpec, Wants("image", "an image (channels, height, width)")]
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


class Widget(NamedTuple):
    """Which editor a text parameter gets beside the plain one: ``data``, ``names``."""

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
DataName: TypeAlias = Annotated[str, Widget("data")]


def find(annotation: Any, kind: type) -> Any:
    """The first piece of metadata of a kind that an ``Annotated`` alias carries, or None."""
    return next((m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, kind)), None)

"""Some of the classes of a data set, and pictures of another size: what that makes of its fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from graph.problems import DataError
from graph.specs import TensorSpec

Specs = Mapping[str, TensorSpec]
Balance = Literal["none", "repeat", "fewer"]
Keep = Literal["auto", "memory", "disk"]
RANGE = re.compile(r"(\d{1,9})\s*[-–]\s*(\d{1,9})")


def reduced(fields: Specs, classes: str = "", size: int = 0) -> dict[str, TensorSpec]:
    """The fields of a data set of which only some classes are used, and whose pictures have another side.

    The classes that stay are numbered anew from 0, in their old order, and keep their names. Raises DataError.
    """
    found = dict(fields)
    if classes.strip() and fields:
        label = label_field(fields)
        kept = chosen(classes, fields[label])
        names = tuple(fields[label].names[number] for number in kept) if fields[label].names else _numbers(kept)
        found[label] = msgspec.structs.replace(fields[label], classes=len(kept), names=names)
    if size:
        for name in picture_fields(fields):
            found[name] = msgspec.structs.replace(found[name], shape=(*found[name].shape[:-2], size, size))
    return found


def label_field(fields: Specs, asked: str = "classes") -> str:
    """The field that holds the class of every example. Raises DataError where there is none.

    asked: the parameter that needs one
    """
    for name, spec in fields.items():
        if spec.meaning == "classes" and spec.classes:
            return name
    raise DataError(
        f"This data has no classes to go by (it has {', '.join(fields)}); leave “{asked}” as it was at first."
    )


def picture_fields(fields: Specs) -> list[str]:
    """The fields that change with the size of the pictures: the pictures, and masks of a class a pixel."""
    return [name for name, spec in fields.items() if spec.meaning == "image" or (spec.classes and len(spec.shape) == 2)]


def chosen(text: str, spec: TensorSpec) -> tuple[int, ...]:
    """The class numbers that a text names, ascending: names, numbers and ranges, such as “0-4, 7” or “cat, dog”.

    Raises DataError naming what is no class.
    """
    numbers = {name.casefold(): number for number, name in enumerate(spec.names)}
    found: set[int] = set()
    for piece in filter(None, (each.strip() for each in text.split(","))):
        if piece.casefold() in numbers:
            found.add(numbers[piece.casefold()])
        elif piece.isdecimal() and len(piece) < 10 and int(piece) < spec.classes:
            found.add(int(piece))
        elif (ends := RANGE.fullmatch(piece)) and int(ends[1]) <= int(ends[2]) < spec.classes:
            found.update(range(int(ends[1]), int(ends[2]) + 1))
        else:
            raise DataError(f"“{piece[:40]}” is none of the classes {_words(spec)}; give names, numbers or a range, "
                            "separated by commas, such as “0-4, 7”.")  # fmt: skip
    if not found:
        raise DataError(f"“{text[:40]}” names no class; give some of {_words(spec)}, or leave “classes” empty for all.")
    return tuple(sorted(found))


def _numbers(kept: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(map(str, kept))


def _words(spec: TensorSpec) -> str:
    """The classes in a sentence."""
    every = f"0 to {spec.classes - 1}"
    own = spec.names if spec.names and spec.names != _numbers(tuple(range(spec.classes))) else ()
    return f"{every} ({', '.join(own[:12])}{'…' if len(own) > 12 else ''})" if own else every

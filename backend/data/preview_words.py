"""What a source is, in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence

from backend.data.folders import PictureFolder
from backend.data.preview_holding import Holding
from backend.messages import ColumnView
from graph.specs import TensorSpec, spec_words

WORDS = {
    "image": "pictures of {size} pixels", "volume": "volumes of {size}", "sequence": "sequences of {size}",
    "tokens": "texts of {size} tokens", "tensor": "arrays of {size}",
}  # fmt: skip


def found(holding: Holding, table: Sequence[ColumnView] = ()) -> str:
    """“1,797 pictures of 8×8 pixels in 10 classes.”"""
    if holding.table:
        target = next((column.name for column in table if column.reason == "target"), "")
        return columns(table, target, holding.count)
    first, *others = holding.specs.items()
    words = f"{holding.count:,} {_things(first[1])}"
    labelled = holding.label
    if labelled:
        many = holding.specs[labelled].classes
        if isinstance(holding.kind, PictureFolder):
            words += f" in {many} folders; the classes are the folder names"
        else:
            words += f" in {many} classes"
    elif isinstance(holding.kind, PictureFolder):
        words += ", without classes"
    rest = [f"“{name}” ({_thing(spec)})" for name, spec in others if name != labelled]
    if rest:
        words += f", each with {', '.join(rest[:-1])}{' and ' if rest[1:] else ''}{rest[-1]}"
    return f"{words}."


def columns(table: Sequence[ColumnView], target: str, rows: int = 0) -> str:
    """“A table of 7,043 rows and 21 columns; “Churn” looks like what is to be predicted.”"""
    begin = f"A table of {rows:,} rows and {len(table)} columns" if rows else f"A table of {len(table)} columns"
    left = [column for column in table if column.reason not in ("", "target")]
    words = f"{begin}; “{target}” is what is predicted"
    if left:
        names = ", ".join(f"“{column.name}”" for column in left[:3]) + (" …" if len(left) > 3 else "")
        words += f", and {names} {'is' if len(left) == 1 else 'are'} left out"
    return f"{words}."


def _thing(spec: TensorSpec) -> str:
    if spec.size == 1 and not spec.classes:
        return "a number"
    return f"{spec.size} tokens" if spec.meaning == "tokens" else spec_words(spec)


def _things(spec: TensorSpec) -> str:
    match spec.meaning:
        case "image":
            kind = "" if spec.channels == 1 else " in colour" if spec.channels == 3 else f", {spec.channels} channels"
            height, width = spec.shape[1:]
            return f"pictures of {width}×{height} pixels{kind}"
        case "vector":
            if len(spec.shape) == 1 and spec.size == 2:
                return "points in the plane"
            return "single numbers" if spec.size == 1 else f"rows of {spec.size} numbers"
        case "classes":
            return f"{spec.classes} classes"
        case "sequence":
            steps, features = spec.shape
            return f"sequences of {steps} steps" + (f" with {features} numbers each" if features > 1 else "")
    return WORDS.get(spec.meaning, "examples of {size}").format(size=spec)

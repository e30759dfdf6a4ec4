"""What the columns of a table become: features and a target, by what is asked of them. Free of torch and pandas.

A source of tables tells its columns as specs with no batch axis: ``float32`` for numbers, ``int64`` for categories,
``datetime`` for dates, ``str`` for texts, and ``id`` for what names its row. ``classes`` counts the different values
where they are few; ``names`` lists them, with "" at the end where cells are blank.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from graph.problems import DataError
from graph.specs import TensorSpec

Columns = Mapping[str, TensorSpec]
Categories = Literal["one-hot", "indices"]
Blanks = Literal["median", "mean", "mode", "own category", "drop rows"]
Task = Literal["auto", "classes", "number"]
BLANKS: tuple[Blanks, ...] = get_args(Blanks)
MOST_CLASSES = 10  # different whole numbers that a target may have to be taken for classes
NUMBER, CATEGORY, DATE, TEXT, ID = "float32", "int64", "datetime", "str", "id"
GIVEN = {"features", "numbers", "categories", "target"}  # the fields that a table can give
KINDS = {NUMBER: "number", CATEGORY: "category", DATE: "date", TEXT: "text", ID: "id"}
LIKELY = (
    "target", "label", "class", "y", "outcome", "result", "response", "churn", "exited", "survived", "default",
    "diagnosis", "species", "quality", "price", "fraud", "approved", "income",
)  # fmt: skip


class Asked(NamedTuple):
    """What is asked of a table: which column is the target, which are left out, and how the others are given."""

    target: str = ""
    drop: str = ""
    as_numbers: str = ""
    as_categories: str = ""
    task: Task = "auto"
    categories: Categories = "one-hot"
    blanks: Blanks = "median"
    group: str = ""
    time: str = ""


class Plan(NamedTuple):
    """The columns by what they are used for. ``classes`` of a target that is a number are none.

    left_out: why a column is not used, by its name
    """

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    target: str
    classes: tuple[str, ...]
    left_out: Mapping[str, str]

    @property
    def features(self) -> tuple[str, ...]:
        return self.numbers + self.categories


def is_table(columns: Columns) -> bool:
    """Whether these are the columns of a table, and not the fields of other data."""
    return bool(columns) and not any(spec.batched for spec in columns.values())


def kind(spec: TensorSpec) -> str:
    """What a column holds: "number", "category", "date", "text", "id" or, where nothing changes, "constant"."""
    one = len(values(spec)) <= 1 if spec.dtype == CATEGORY else len(values(spec)) == 1
    return "constant" if one and spec.dtype in (NUMBER, CATEGORY) else KINDS[spec.dtype]


def values(spec: TensorSpec) -> tuple[str, ...]:
    """The different values of a column where they are few, without the blank."""
    return spec.names[:-1] if has_blanks(spec) else spec.names


def has_blanks(spec: TensorSpec) -> bool:
    return bool(spec.names) and spec.names[-1] == ""


def fields_of(columns: Columns, asked: Asked) -> dict[str, TensorSpec]:
    """The fields that a table gives. Raises DataError with a sentence."""
    if not columns:
        return {}
    plan = plan_of(columns, asked)
    found = {}
    own = asked.blanks == "own category"
    if asked.categories == "one-hot":
        flags = sum(own and has_blanks(columns[name]) for name in plan.features)
        width = len(plan.numbers) + flags + sum(len(values(columns[name])) for name in plan.categories)
        found["features"] = TensorSpec((width,))
    else:
        if plan.numbers:
            flags = sum(own and has_blanks(columns[name]) for name in plan.numbers)
            found["numbers"] = TensorSpec((len(plan.numbers) + flags,))
        if plan.categories:
            count = sum(1 + len(values(columns[c])) + (own and has_blanks(columns[c])) for c in plan.categories)
            found["categories"] = TensorSpec((len(plan.categories),), "int64", classes=count)
    if plan.classes:
        found["target"] = TensorSpec((), "int64", classes=len(plan.classes), names=plan.classes)
    else:
        found["target"] = TensorSpec((1,))
    return found


def plan_of(columns: Columns, asked: Asked) -> Plan:
    """What every column is used for. Raises DataError with a sentence for names that are none and what cannot be."""
    target = find(columns, asked.target, "target") if asked.target.strip() else proposed_target(columns)
    left_out = {find(columns, name, "drop"): "as asked" for name in listed(asked.drop)}
    for role, name in (("group", asked.group), ("time", asked.time)):
        if name.strip():
            left_out[find(columns, name, role)] = f"it is the {role} of the split"
    if target in left_out:
        raise DataError(f"“{target}” is the target, so it cannot be left out as well; choose another.")
    forced = {find(columns, name, "as numbers"): "number" for name in listed(asked.as_numbers)}
    forced |= {find(columns, name, "as categories"): "category" for name in listed(asked.as_categories)}
    numbers, categories = [], []
    for name, spec in columns.items():
        if name == target or name in left_out:
            continue
        match forced.get(name) or kind(spec):
            case "number" | "date":
                numbers.append(_as_number(name, spec))
            case "category":
                categories.append(_as_category(name, spec))
            case other:
                left_out[name] = WHY[other]
    if not numbers and not categories:
        reasons = "; ".join(f"“{name}” is left out ({why})" for name, why in list(left_out.items())[:5])
        raise DataError(f"No column is left to learn from besides the target “{target}”: {reasons or 'it is alone'}.")
    return Plan(tuple(numbers), tuple(categories), target, _classes(target, columns[target], asked.task), left_out)


WHY = {
    "id": "every row has another value, so it only names the row",
    "text": "it holds texts, with too many different values for a category",
    "constant": "it is the same in every row",
}


def proposed_target(columns: Columns) -> str:
    """The column that most likely is to be predicted: one with a telling name, else the last that can be."""
    able = [name for name, spec in columns.items() if kind(spec) in ("number", "category")]
    if not able:
        raise DataError("No column can be a target: there are only texts, ids and columns that never change.")
    for likely in LIKELY:
        for name in able:
            if name.strip().lower() == likely:
                return name
    return able[-1]


def listed(text: str) -> list[str]:
    """The names in a list, separated by commas; those that hold a comma stand in double quotes."""
    if not text.strip():
        return []
    return [name.strip() for name in next(csv.reader(io.StringIO(text), skipinitialspace=True)) if name.strip()]


def joined(names: Iterable[str]) -> str:
    """Names as such a list, those with a comma of their own in quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue().replace(",", ", ") if '"' not in line.getvalue() else line.getvalue()


def find(columns: Columns, name: str, what: str) -> str:
    """The column of a name, capitals and spaces around it aside. Raises DataError naming those that are there."""
    wanted = name.strip()
    if wanted in columns:
        return wanted
    folded = {each.strip().casefold(): each for each in columns}
    if wanted.casefold() in folded:
        return folded[wanted.casefold()]
    near = difflib.get_close_matches(wanted, list(columns), 1)
    guess = f" Did you mean “{near[0]}”?" if near else ""
    there = ", ".join(list(columns)[:30]) + (" …" if len(columns) > 30 else "")
    raise DataError(f"The table has no column “{wanted[:60]}” ({what}).{guess} It has {there}.")


def _as_number(name: str, spec: TensorSpec) -> str:
    if spec.dtype not in (NUMBER, DATE) and not (spec.dtype == ID and spec.classes):
        raise DataError(f"“{name}” holds no numbers, so it cannot be taken as numbers; take it as categories.")
    return name


def _as_category(name: str, spec: TensorSpec) -> str:
    if not values(spec):
        raise DataError(f"“{name}” has too many different values for a category; drop it, or take it as numbers.")
    return name


def _classes(name: str, spec: TensorSpec, task: Task) -> tuple[str, ...]:
    found, holds = values(spec), kind(spec)
    if holds in ("text", "id") and not (holds == "id" and spec.classes and task != "classes"):
        raise DataError(f"“{name}” cannot be the target: {WHY[holds]}. Choose another column.")
    if holds == "constant":
        raise DataError(f"“{name}” cannot be the target: it is “{(found or ('',))[0][:40]}” in every row, so there is "
                        "nothing to tell apart.")  # fmt: skip
    if task == "number" and spec.dtype == CATEGORY:
        raise DataError(f"“{name}” holds no numbers, so it is predicted as classes; choose the task “classes”.")
    if task == "classes" and not found:
        raise DataError(f"“{name}” has too many different values for classes; choose the task “number”.")
    few = task == "auto" and len(found) <= MOST_CLASSES and all(each.lstrip("-").isdecimal() for each in found)
    return found if spec.dtype == CATEGORY or task == "classes" or (found and few) else ()

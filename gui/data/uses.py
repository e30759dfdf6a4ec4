"""What a column of a table is used for, as parameters of the node that reads it."""

from __future__ import annotations

from graph.document import Value
from graph.tables import joined, listed
from gui.data.subject import Subject

LISTS = ("drop", "as_numbers", "as_categories")


def with_use(subject: Subject, column: str, use: str) -> dict[str, Value]:
    """The parameters that change when a column gets another use: "target", "drop", "use" or one of the lists."""
    found: dict[str, Value] = {}
    for name in LISTS:
        before = listed(str(subject.value(name) or ""))
        after = [each for each in before if each != column]
        if name == use:
            after.append(column)
        if after != before:
            found[name] = joined(after)
    if use == "target":
        found["target"] = column
    return found

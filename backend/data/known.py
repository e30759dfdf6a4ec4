"""The data sets that can be asked for by name, as plain values that need no torch."""

from __future__ import annotations

from backend.data.registry import FORMATS, Known


def describe() -> tuple[Known, ...]:
    """Every known data set, by family and then in the order of its file."""
    found = [known for each in FORMATS for known in each.known]
    return tuple(sorted(found, key=lambda known: known.family))


def present(name: str) -> bool:
    """Whether a known data set is on this machine already; False for a name that is not known."""
    return any(each.present(name) for each in FORMATS if any(known.name == name for known in each.known))

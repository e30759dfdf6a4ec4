"""Texts for people that are made of a template and values, so that a translation of the template reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Worded(str):
    """A text such as ``Worded("Insert {type}", type="Flatten")``. It is the English text; who translates asks for more.

    Values are texts or numbers. They stand in the text as they are, braces too.
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, **values: Any) -> Worded:
        made = super().__new__(cls, template.format_map(values))
        made.template, made.values = template, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.template, dict(self.values))


def _again(template: str, values: Mapping[str, Any]) -> Worded:
    return Worded(template, **values)

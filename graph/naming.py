"""Free texts as Python names, for generated code: nothing that stands in a file of data or a design becomes code."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection


def identifier(text: str, taken: Collection[str] = ()) -> str:
    """A Python name that is as near to a text as can be and not taken."""
    name = re.sub(r"\W", "_", text.strip())
    if not name.isidentifier():
        name = re.sub(r"[^A-Za-z0-9_]", "_", f"_{name}")
    while keyword.iskeyword(name) or name in taken:
        name += "_"
    return name

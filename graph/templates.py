"""The designs that come with the program, and finding a design by the name of a template or of a file."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import resources
from graph.disk import FileProblem
from graph.document import Document
from graph.files import SUFFIX, load

FOLDER = resources.FOLDER / "templates"


@dataclass(frozen=True)
class Template:
    """A design from the gallery. What is said of it stands in the ``about`` of its file.

    lesson: a paragraph on what to look at and what to change; its first sentence says what the template shows
    expected: the result that a training with its own settings ends with
    time: how long that takes
    data: what it learns from
    """

    name: str
    path: Path
    title: str = ""
    family: str = ""
    lesson: str = ""
    expected: str = ""
    time: str = ""
    data: str = ""

    @property
    def shows(self) -> str:
        """The first sentence of the lesson."""
        first, dot, _ = self.lesson.partition(". ")
        return first + "." if dot else first


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """Every template, family by family, the shorter names first."""
    found = (_read(path) for path in FOLDER.glob(f"*{SUFFIX}"))
    return tuple(sorted(found, key=lambda template: (template.family, len(template.name), template.name)))


def find_design(text: str) -> Document:
    """The design that a text names: a template, else a file. Raises FileProblem with a sentence."""
    path = Path(text)
    if path.name == text:
        if template := next((template for template in templates() if template.name == text), None):
            return load(template.path)
        if not path.suffix and not path.exists():
            raise FileProblem(_unknown(text))
    return load(path)


def _read(path: Path) -> Template:
    about = load(path).about
    fields = ("title", "family", "lesson", "expected", "time", "data")
    return Template(path.stem, path, **{field: about.get(field, "") for field in fields})


def _unknown(name: str) -> str:
    names = [template.name for template in templates()]
    near = difflib.get_close_matches(name, names, 1)
    guess = f" Did you mean “{near[0]}”?" if near else ""
    return f"There is no template and no file “{name}”.{guess} The templates are {', '.join(names)}."

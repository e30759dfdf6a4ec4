"""Scenes: the studio brought into a state that is worth a picture, one decorated function each.

A file of this folder holds the scenes of an area, and is found by itself. ``python -m docs.scenes`` takes the pictures.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from docs.scenes._stage import Stage

SIZE: Final = (1440, 900)


@dataclass(frozen=True)
class Scene:
    """A state of the studio that can be photographed.

    name: what the picture's file is called, the function's name with hyphens
    sentence: what is to be seen, the function's docstring
    build: brings a stage into the state and gives the widget to photograph
    size: of the window in pixels
    needs: known data sets, such as "mnist", that have to be on the machine
    long: whether it trains for minutes; made only where it is asked for by name
    """

    name: str
    sentence: str
    build: Callable[[Stage], QWidget]
    size: tuple[int, int] = SIZE
    needs: tuple[str, ...] = ()
    long: bool = False


_scenes: dict[str, Scene] = {}


def scene(
    *, size: tuple[int, int] = SIZE, needs: tuple[str, ...] = (), long: bool = False
) -> Callable[[Callable[[Stage], QWidget]], Callable[[Stage], QWidget]]:
    """Declare a function as a scene; its name and docstring are those of the picture. See ``Scene`` for the rest."""

    def declare(build: Callable[[Stage], QWidget]) -> Callable[[Stage], QWidget]:
        name, sentence = build.__name__.replace("_", "-"), inspect.getdoc(build) or ""
        if name in _scenes or not sentence.endswith("."):
            raise ValueError(f"The scene “{name}” needs a name of its own, and a sentence that says what is seen.")
        _scenes[name] = Scene(name, sentence, build, size, needs, long)
        return build

    return declare


def scenes() -> dict[str, Scene]:
    """Every scene of this folder, by name."""
    for found in pkgutil.iter_modules(__path__):
        if not found.name.startswith("_"):
            importlib.import_module(f"{__name__}.{found.name}")
    return dict(sorted(_scenes.items()))

"""The panels around the canvas: one file each, found by itself through its module-level ``PANEL``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gui.inside.gist import Gist
    from gui.session import Session

Area = Literal["left", "right", "bottom"]


@dataclass(frozen=True)
class Panel:
    """A panel as the window places it. Panels of one area share it as tabs, unless ``beside`` stands them in a row.

    name: what the command line and the saved layout call it
    make: builds the widget; anything slow to import belongs inside it
    order: smaller stands further left or above
    late: built only once the window has been painted, because it loads something slow such as the plotting library
    beside: gets a column (bottom) or row (left, right) of its own instead of a tab on its neighbour
    suits: how much a design calls for it: 0 hides it, and of those that share a place as tabs the highest comes to the
      front when a training begins; None for a panel that is there whatever is drawn
    """

    name: str
    title: str
    area: Area
    make: Callable[[Session], QWidget]
    order: int = 100
    late: bool = False
    beside: bool = False
    suits: Callable[[Gist], int] | None = None


def panels() -> tuple[Panel, ...]:
    """Every panel declared in this folder, in the order of their places."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    declared = (getattr(module, "PANEL", None) for module in modules)
    return tuple(sorted((p for p in declared if isinstance(p, Panel)), key=lambda p: (p.area, p.order, p.name)))

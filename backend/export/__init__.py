"""Trained networks as files that need no Netloom: one file a format, found by itself, each checked before it counts."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from backend.problems import INPUT, TrainProblem

if TYPE_CHECKING:
    from backend.export._subject import Subject
    from backend.messages import Exported
    from graph.document import Document


class ExportProblem(TrainProblem):
    """Why an export cannot be had, as a sentence for the user."""


class Way(NamedTuple):
    """One way to write a format.

    any_length: promises that sequences of other lengths than the data's work too, where they do in the design
    apart: has to be done in a fresh process
    """

    write: Callable[[Subject, Path], None]
    note: str = ""
    any_length: bool = True
    apart: bool = False


class Format(NamedTuple):
    """A file format. The ways are tried in order until one writes what computes the same as the compiled module.

    suffix: the ending of its main file
    loader: Python that defines ``load(path) -> function`` from a list of arrays to a list of arrays, with no Netloom
    folder: whether a path without that ending is a folder to put the files in
    tolerance: largest difference allowed, for outputs up to 1; larger outputs may differ in proportion
    carries: whether a batch can begin with states of the one before, as a recurrence may ask for
    """

    name: str
    suffix: str
    about: str
    ways: tuple[Way, ...]
    loader: str
    folder: bool = False
    tolerance: float = 1e-5
    carries: bool = False


FORMATS: dict[str, Format] = {}


def register(format: Format) -> Format:
    """Make a format known. Raises ValueError at import for a name that is taken."""
    if format.name in FORMATS:
        raise ValueError(f"There are two export formats named “{format.name}”.")
    FORMATS[format.name] = format
    return format


def export(what: str | Path | Document, format: str, to: str | Path, output: str = "", network: str = "") -> Exported:
    """Write a run (its folder) or a design with initial weights (a document) in a format to the path ``to``.

    output: the Output node to export, by name or id; "" exports all
    network: the placed network to export by itself, by the id of its node or its name; "" exports the design

    What stood at ``to`` is replaced only by an export that was run in a fresh process and found to agree.
    Raises ExportProblem, TrainProblem or CompileError with a sentence.
    """
    from backend.export import _writing

    if format not in FORMATS:
        raise ExportProblem(f"There is no export format “{format}”; there are {', '.join(FORMATS)}.", INPUT)
    return _writing.write(what, FORMATS[format], Path(to), output, network)


for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

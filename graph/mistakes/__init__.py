"""Well-known mistakes: one short function each, one file a family. A file dropped here is found by itself."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping

import msgspec

from graph.advice import MENDS, MISTAKES, Reading
from graph.document import Document, Port
from graph.flat import Flat
from graph.problems import Problem
from graph.specs import TensorSpec

for _family in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_family.name}")


def advised(
    document: Document, flat: Flat, specs: Mapping[Port, TensorSpec], problems: Iterable[Problem]
) -> list[Problem]:
    """Problems with mends where one is known, and every well-known mistake, said once however often it is placed.

    flat: the flat form of the document
    specs: of the values in it, as far as they are known
    problems: what was found already
    """
    reading = Reading.of(document, flat, specs)
    mended = [problem if problem.fix else _mended(reading, problem) for problem in problems]
    found = (problem for find in MISTAKES for problem in find(reading))
    return [*mended, *{(each.owner, each.port, each.message): each for each in found}.values()]


def _mended(reading: Reading, problem: Problem) -> Problem:
    fix = next((fix for mend in MENDS if (fix := mend(reading, problem))), None)
    return msgspec.structs.replace(problem, fix=fix) if fix else problem

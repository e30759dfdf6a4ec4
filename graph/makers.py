"""How modules are made: the arguments that tell one from another, and what several have in common."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from graph.compiler import CompileError
from graph.tracing import UNTOLD, equal


class Named(NamedTuple):
    """An argument that is passed on under a name."""

    name: str

    def text(self) -> str:
        return self.name


class Made(NamedTuple):
    """How a module is made: what is called with which arguments, that may be modules made likewise.

    ``declared`` says how the arguments may be given; without it all are given by their place.
    """

    callee: str
    arguments: Mapping[str, Any]
    declared: Mapping[str, inspect.Parameter] = {}

    def text(self) -> str:
        """The call: ``nn.Conv2d(1, 14, 5, padding=2)``."""
        names, texts = list(self.declared), []
        for place, (name, value) in enumerate(self.arguments.items()):
            text = value.text() if isinstance(value, Made | Named) else literal(value)
            plain = place == 0 or not names or self.declared[name].default is inspect.Parameter.empty
            by_place = not names or (
                names[place] == name and self.declared[name].kind is not inspect.Parameter.KEYWORD_ONLY
            )
            texts.append(text if plain and by_place else f"{name}={text}")
        return f"{self.callee}({', '.join(texts)})"

    def skeleton(self) -> tuple[Any, ...]:
        """What has to be the same for two modules to be made by one text, whose values may differ."""
        inner = ((name, value.skeleton()) for name, value in self.arguments.items() if isinstance(value, Made))
        return (self.callee, *inner)


class Differing(NamedTuple):
    """The values of an argument that is not the same everywhere."""

    name: str
    values: tuple[Any, ...]


def merged(mades: Sequence[Made]) -> Made:
    """One way to make modules of one skeleton, with ``Differing`` values where they are not the same."""
    first = mades[0]
    there = {name for made in mades for name in made.arguments}
    order = [name for name in (first.declared or first.arguments) if name in there]
    found: dict[str, Any] = {}
    for name in order:
        values = [made.arguments.get(name, _default(made, name)) for made in mades]
        if isinstance(values[0], Made):
            found[name] = merged(values)
        elif len({repr(value) for value in values}) == 1:
            found[name] = values[0]
        else:
            found[name] = Differing(name, tuple(values))
    return Made(first.callee, found, first.declared)


def _default(made: Made, name: str) -> Any:
    return made.declared[name].default if name in made.declared else None


def differing(made: Made) -> Iterator[Differing]:
    """The arguments that differ, from the first to the last."""
    for value in made.arguments.values():
        if isinstance(value, Made):
            yield from differing(value)
        elif isinstance(value, Differing):
            yield value


def filled(made: Made, named: Callable[[Differing], Any]) -> Made:
    """The same with something else in the place of every argument that differs."""
    found: dict[str, Any] = {}
    for name, value in made.arguments.items():
        if isinstance(value, Made):
            found[name] = filled(value, named)
        else:
            found[name] = named(value) if isinstance(value, Differing) else value
    return Made(made.callee, found, made.declared)


def literal(value: Any) -> str:
    """A constant as Python text."""
    if isinstance(value, str) and '"' not in value and "\\" not in value and value.isprintable():
        return f'"{value}"'
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(tuple(value)) if isinstance(value, torch.Size) else repr(value)


def declared_by(module: nn.Module) -> Mapping[str, inspect.Parameter]:
    kind: Any = type(module)
    return _parameters(kind)


@functools.lru_cache(maxsize=4096)
def _parameters(kind: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(kind).parameters


@functools.lru_cache(maxsize=4096)
def told_of(module: nn.Module) -> dict[str, Any]:
    """The fewest constructor arguments that make such a module, read off its attributes of the same names."""
    declared = declared_by(module)
    found = {name: _attribute(module, parameter) for name, parameter in declared.items()}
    told = {n: value for n, value in found.items() if value is not UNTOLD and not equal(value, declared[n].default)}
    if not _makes(module, told):
        raise CompileError(
            f"“{type(module).__name__}” cannot be written as source: keep the arguments of its constructor as "
            "attributes of the same names."
        )
    for name, value in list(told.items()):
        without = {key: other for key, other in told.items() if key != name}
        simpler = {**told, name: value[0]} if isinstance(value, tuple) and len(set(value)) == 1 else told
        if declared[name].default is not inspect.Parameter.empty and _makes(module, without):
            told = without
        elif simpler is not told and _makes(module, simpler):
            told = simpler
    first = next(iter(found), "")
    bare = not told and type(found.get(first)) in (int, float)  # nn.Dropout(0.5) says more than nn.Dropout()
    return {first: found[first]} if bare else told


def _attribute(module: nn.Module, parameter: inspect.Parameter) -> Any:
    """The value of a constructor argument; for a weight that may be left out, whether it is there."""
    value = getattr(module, parameter.name, UNTOLD)
    if parameter.name.startswith("_") or parameter.name in ("device", "dtype"):
        return UNTOLD
    if isinstance(parameter.default, bool) and (value is None or isinstance(value, torch.Tensor)):
        return value is not None
    plain = isinstance(value, bool | int | float | str | tuple | list | nn.Module) or value is None
    return value if plain else UNTOLD


def _makes(module: nn.Module, arguments: Mapping[str, Any]) -> bool:
    """Whether a constructor makes such a module of these arguments."""
    try:
        with torch.device("meta"):
            return _fingerprint(type(module)(**arguments)) == _fingerprint(module)
    except Exception:  # a constructor may refuse in any way; all that matters is that it does
        return False


def _fingerprint(module: nn.Module) -> list[Any]:
    """All that tells a module from another of its type, but the values of its weights."""
    kinds = (bool, int, float, str, tuple, list, type(None))
    found: list[Any] = [
        (name, type(part), {k: v for k, v in vars(part).items() if not k.startswith("_") and isinstance(v, kinds)})
        for name, part in module.named_modules()
    ]
    return found + [(name, value.shape, value.dtype) for name, value in module.state_dict().items()]

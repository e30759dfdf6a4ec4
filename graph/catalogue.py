"""What a node type is: one annotated function, read once into ports, parameters, limits, help and search words."""

from __future__ import annotations

import importlib.util
import inspect
import math
import re
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from graph.specs import Limits, TensorSpec, Wants, Widget, find, number_words

Kind = Literal["source", "layer", "loss", "metric", "objective", "output"]
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
AS_RETURNED = "*"
PLUGINS = "netloom_plugins"  # the package name that plug-in files are loaded under
FIELDS = "fields"  # the argument through which a source asks for the field specs of a data set

CATALOGUE: dict[str, NodeType] = {}


@dataclass(frozen=True)
class Input:
    """An input port. ``growing`` ones take any number of wires, named ``xs.0``, ``xs.1``…"""

    name: str
    wants: Wants
    optional: bool = False
    growing: bool = False
    help: str = ""


@dataclass(frozen=True)
class Parameter:
    """What the inspector edits and the rules check."""

    name: str
    type: type  # int, float, bool or str
    default: Any
    help: str
    limits: Limits = Limits()
    choices: tuple[Any, ...] = ()
    widget: str = ""

    def problem(self, value: Any) -> str | None:
        """Why a value cannot stand here, as a sentence, or None."""
        name = self.name.replace("_", " ")
        if self.choices:
            known = ", ".join(f"“{c}”" for c in self.choices)
            return None if value in self.choices else f"{name} is one of {known}; got “{value}”."
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if abs(value) < 2**63 else math.inf
        given: type = type(value)
        if given is not self.type:
            words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}[self.type]
            return f"{name} is {words}; got “{value}”."
        if self.type in (int, float) and not self.limits.allow(value):
            return f"{name} {self.limits.words}; got {number_words(value)}."
        return None


@dataclass(frozen=True)
class Source:
    """What the function of a source returns: the specs of its outputs and, where no data set feeds them, a way to draw.

    ``draw(batch_size, generator, device)`` returns one tensor per output.
    """

    specs: Mapping[str, TensorSpec]
    draw: Callable[..., Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Objective:
    """What the function of an objective returns: how to make its optimiser and schedule.

    ``optimizer(parameters)`` makes the optimiser. ``schedule(optimizer, steps)`` makes a scheduler of torch that is
    stepped after every one of the ``steps`` of the whole training. ``clip_norm`` of 0 leaves gradients as they are.
    """

    optimizer: Callable[[Any], Any]
    schedule: Callable[[Any, int], Any] | None = None
    clip_norm: float = 0.0


@dataclass(frozen=True)
class NodeType:
    """One declaration. ``build`` takes the specs of the inputs and the parameters by name.

    It returns an ``nn.Module`` or a torch function (layer, loss, metric, output), a ``Source`` or an ``Objective``.
    """

    name: str
    title: str
    family: str
    kind: Kind
    summary: str
    help: str
    search: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    build: Callable[..., Any]
    metrics: tuple[str, ...] = ()
    finish: Callable[[float], float] | None = None
    local: bool = False

    @property
    def dynamic(self) -> bool:
        """Whether the outputs depend on the parameters: a data node has one port a field."""
        return self.outputs == (AS_RETURNED,)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)

    def input(self, port: str) -> Input | None:
        """The declared input a port belongs to: ``xs.3`` belongs to the growing input ``xs``."""
        stem, dot, number = port.partition(".")
        return next((i for i in self.inputs if i.name == stem and i.growing == bool(dot)
                     and (not dot or number.isdigit())), None)  # fmt: skip

    def complete(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with every default filled in."""
        return {p.name: params.get(p.name, p.default) for p in self.parameters}


def layer(
    *,
    search: str,
    outputs: str = "output",
    kind: Kind = "layer",
    title: str = "",
    metrics: str = "",
    finish: Callable[[float], float] | None = None,
) -> Decorator:
    """Register a function as a node type and return it unchanged.

    search: further words that find it in the palette
    outputs: names of the output ports, separated by commas; "*" where the function itself names them
    kind: what the node is for; losses give a scalar, metrics a value an example
    title: what the palette calls it; by default the name with spaces
    metrics: for a loss, the metric types that its prediction and target are measured by as well
    finish: for a metric, what its mean over all examples goes through: the root of a root mean square

    Raises ValueError at import for a name that is taken and for a parameter or a function without help.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        node_type = _read(
            function, kind=kind, search=search, title=title or function.__name__.replace("_", " "),
            outputs=_words(outputs), metrics=_words(metrics), finish=finish,
        )  # fmt: skip
        if node_type.name in CATALOGUE:
            raise ValueError(f"There are two node types named “{node_type.name}”.")
        CATALOGUE[node_type.name] = node_type
        return function

    return register


def load_plugins(folder: Path) -> list[str]:
    """Register the node types of every Python file in a folder; loading a file again replaces what it gave before.

    Returns one sentence for every file that could not be loaded: nothing of it is registered, the others are.
    """
    return [sentence for path in sorted(folder.glob("*.py")) if (sentence := _load_plugin(path))]


def _load_plugin(path: Path) -> str | None:
    name = f"{PLUGINS}.{path.stem}"
    _forget(name)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        return f"The plug-in “{path.name}” is not a Python file that can be read."
    sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(sys.modules[name])
    except Exception as error:  # whatever a stranger's file does, the program and the other files go on
        _forget(name)
        line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        kind = "" if type(error) is ValueError else f"{type(error).__name__}{line}: "
        return f"The plug-in “{path.name}” was left out. {kind}{getattr(error, 'msg', error)}"
    return None


def _forget(module: str) -> None:
    """Take back what a plug-in registered."""
    sys.modules.pop(module, None)
    for name in [name for name, node_type in CATALOGUE.items() if node_type.build.__module__ == module]:
        del CATALOGUE[name]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _read(function: Callable[..., Any], **told: Any) -> NodeType:
    """A declaration: what signature and docstring say of a function, and what the decorator was told."""
    summary, explanation, helps = _read_docstring(function)
    hints = typing.get_type_hints(function, include_extras=True)
    inputs, parameters = [], []
    for argument in inspect.signature(function).parameters.values():
        if argument.name == FIELDS:
            continue
        if argument.name not in hints:
            raise ValueError(f"“{argument.name}” of node type “{function.__name__}” has no annotation.")
        annotation, optional = _without_none(hints[argument.name])
        text = helps.pop(argument.name, "")
        if wants := find(annotation, Wants):
            growing = argument.kind is inspect.Parameter.VAR_POSITIONAL
            inputs.append(Input(argument.name, wants, optional, growing, text))
        elif text:
            parameters.append(_read_parameter(argument, annotation, text))
        else:
            raise ValueError(
                f"The docstring of “{function.__name__}” does not explain its parameter “{argument.name}”."
            )
    if helps:
        raise ValueError(f"The docstring of “{function.__name__}” explains {', '.join(helps)}, which it does not take.")
    return NodeType(
        name=function.__name__, family=function.__module__.rpartition(".")[2], summary=summary, help=explanation,
        inputs=tuple(inputs), parameters=tuple(parameters), build=function,
        local=not function.__module__.startswith("graph.layers."), **told,
    )  # fmt: skip


def _read_parameter(argument: inspect.Parameter, annotation: Any, text: str) -> Parameter:
    if argument.default is inspect.Parameter.empty:
        raise ValueError(f"Parameter “{argument.name}” has no default.")
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    base = type(choices[0]) if choices else getattr(annotation, "__origin__", annotation)
    if base not in (int, float, bool, str):
        raise ValueError(f"Parameter “{argument.name}” is a number, a text, true or false, or a choice of these.")
    widget = find(annotation, Widget)
    return Parameter(argument.name, base, argument.default, text, find(annotation, Limits) or Limits(),
                     choices, widget.kind if widget else "")  # fmt: skip


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """``Tensor | None`` as (Tensor, True)."""
    members = get_args(annotation)
    if type(None) in members and not hasattr(annotation, "__metadata__"):
        return next(m for m in members if m is not type(None)), True
    return annotation, False


def _read_docstring(function: Callable[..., Any]) -> tuple[str, str, dict[str, str]]:
    """Summary, explanation and the ``name: help`` lines of a declaration's docstring."""
    text = inspect.getdoc(function)
    if not text:
        raise ValueError(f"Node type “{function.__name__}” has no docstring.")
    summary, _, rest = text.partition("\n")
    names = set(inspect.signature(function).parameters)
    helps: dict[str, str] = {}
    prose: list[str] = []
    last = ""
    for line in rest.splitlines():
        entry = re.match(r"(\w+): (.+)", line)
        if entry and entry[1] in names:
            last = entry[1]
            helps[last] = entry[2]
        elif last and line.startswith(" "):
            helps[last] += " " + line.strip()
        else:
            last = ""
            prose.append(line)
    return summary.strip(), "\n".join(prose).strip(), helps

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
    """What the inspector edits and the rules check. A ``list`` holds numbers, or rows of numbers of one length."""

    name: str
    type: type  # int, float, bool, str or list
    default: Any
    help: str
    limits: Limits = Limits()
    choices: tuple[Any, ...] = ()
    widget: str = ""
    group: str = ""  # the section of the inspector it stands in; "" for what is the node's own

    def problem(self, value: Any) -> str | None:
        """Why a value cannot stand here, as a sentence, or None."""
        name = self.name.replace("_", " ")
        if self.choices:
            known = ", ".join(f"“{c}”" for c in self.choices)
            return None if value in self.choices else f"{name} is one of {known}; got “{value}”."
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if abs(value) < 2**63 else math.inf
        if self.type is list:
            words = f"{name} is a list of numbers, or of rows of one length; got “{value}”."
            return None if is_matrix(value) else words
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

    ``draw(batch_size, generator, device)`` returns one tensor per output. ``rows`` are the examples themselves, one
    array per output, where they stand in the node.
    """

    specs: Mapping[str, TensorSpec]
    draw: Callable[..., Mapping[str, Any]] | None = None
    rows: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Objective:
    """What the function of an objective returns: how to make its optimiser and schedule, and when it acts.

    ``optimizer(groups)`` makes the optimiser of parameters, or of dictionaries of ``params`` and their ``rate_factor``.
    ``schedule(optimizer, steps)`` makes a scheduler of torch that is stepped after every one of the ``steps``,
    ``plateau(optimizer)`` one that is told the loss after every epoch. ``closure`` says that a step of the optimiser
    computes the loss as often as it likes. A ``ridge`` other than None takes the place of all that: weights are solved
    for at the end of an epoch, with that penalty. ``clip_norm`` and ``clip_value`` of 0 leave gradients as they are.

    It acts ``times`` times in every ``every``-th iteration between the shares ``starts`` and ``ends`` of the training.
    """

    optimizer: Callable[[Any], Any]
    schedule: Callable[[Any, int], Any] | None = None
    clip_norm: float = 0.0
    clip_value: float = 0.0
    plateau: Callable[[Any], Any] | None = None
    closure: bool = False
    ridge: float | None = None
    every: int = 1
    times: int = 1
    starts: float = 0.0
    ends: float = 1.0

    @property
    def acts_always(self) -> bool:
        """Whether it does one step in every iteration."""
        return (self.every, self.times, self.starts, self.ends) == (1, 1, 0.0, 1.0)

    def acts(self, iteration: int, total: int) -> bool:
        """Whether it acts in an iteration, counted from 0, of a training of so many."""
        first, last = self._span(total)
        return first <= iteration < last and (iteration - first) % self.every == 0

    def steps(self, total: int) -> int:
        """How many steps it does in a training of so many iterations."""
        first, last = self._span(total)
        return max(-(-(last - first) // self.every), 0) * self.times

    def _span(self, total: int) -> tuple[int, int]:
        return round(self.starts * total), round(self.ends * total)


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
    metrics: str | Callable[..., str] = ""
    finish: Callable[[float], float] | None = None
    whole: Callable[..., float] | None = None
    weights: bool = False
    differentiates: bool = False
    gradients: bool = True
    classes: Callable[..., int] | None = None
    local: bool = False

    @property
    def dynamic(self) -> bool:
        """Whether the outputs depend on the parameters: a data node has one port a field."""
        return self.outputs == (AS_RETURNED,)

    def measured_by(self, prediction: TensorSpec, target: TensorSpec) -> tuple[str, ...]:
        """The metric types that a loss is watched by as well, given what it compares."""
        return _words(self.metrics if isinstance(self.metrics, str) else self.metrics(prediction, target))

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

    def own(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that ``build`` takes, complete: those that all nodes of a kind have are not among them."""
        return {p.name: params.get(p.name, p.default) for p in self.parameters if not p.group}


def is_matrix(value: Any) -> bool:
    """Whether a value is a list of finite numbers, or of such lists of one length, up to four deep."""
    return isinstance(value, list) and _matrix_shape(value, 4) is not None


def _matrix_shape(value: Any, depth: int) -> tuple[int, ...] | None:
    if not isinstance(value, list):
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return () if number else None
    shapes = {_matrix_shape(each, depth - 1) for each in value} if depth else {None}
    if len(shapes) > 1 or None in shapes:
        return None
    return (len(value), *(shapes.pop() or ())) if shapes else (0,)


INITIALS = (
    "usual", "xavier uniform", "xavier normal", "he uniform", "he normal", "orthogonal", "normal", "uniform",
    "constant", "identity", "as given",
)  # fmt: skip
WEIGHT_PARAMETERS = (
    Parameter(
        "initial", str, "usual", "what the weights are before training; “usual” is what PyTorch does for this layer, "
        "“xavier” suits tanh and sigmoid, “he” suits ReLU; with all others, biases start at 0",
        choices=INITIALS, group="weights",
    ),
    Parameter(
        "initial_size", float, 0.05, "the deviation of “normal”, the bound of “uniform”, the value of “constant”; "
        "for the others no matter", Limits(-1e4, 1e4), group="weights",
    ),
    Parameter("given_weights", list, [], "the weights for “as given”, one row a unit", widget="matrix",
              group="weights"),
    Parameter("given_biases", list, [], "the biases for “as given”; none are zeros", widget="matrix",
              group="weights"),
    Parameter(
        "frozen", str, "nothing", "what the training leaves as it is: nothing, the biases, or all weights of the node",
        choices=("nothing", "biases", "everything"), group="weights",
    ),
    Parameter(
        "rate_factor", float, 1.0, "what the learning rate is multiplied by for this node", Limits(0.0, 1000.0),
        group="weights",
    ),
    Parameter(
        "normalised", str, "none", "“weight norm” learns length and direction of the weights apart; “spectral norm” "
        "divides them by their largest stretch, so that the layer never amplifies; none leaves them as they are",
        choices=("none", "weight norm", "spectral norm"), group="weights",
    ),
)  # fmt: skip
LOSS_PARAMETERS = (
    Parameter("weight", float, 1.0, "how much it counts among the losses of its objective", Limits(-1e6, 1e6),
              group="loss"),
    Parameter("warm_up", float, 0.0, "share of the training over which the weight rises from 0 to its full size",
              Limits(0.0, 1.0), group="loss"),
)  # fmt: skip


def layer(
    *,
    search: str,
    outputs: str = "output",
    kind: Kind = "layer",
    title: str = "",
    metrics: str | Callable[..., str] = "",
    finish: Callable[[float], float] | None = None,
    whole: Callable[..., float] | None = None,
    weights: bool = False,
    differentiates: bool = False,
    gradients: bool = True,
    classes: Callable[..., int] | None = None,
) -> Decorator:
    """Register a function as a node type and return it unchanged.

    search: further words that find it in the palette
    outputs: names of the output ports, separated by commas; "*" where the function itself names them
    kind: what the node is for; losses give a scalar, metrics a value an example
    title: what the palette calls it; by default the name with spaces
    metrics: for a loss, the metric types that its prediction and target are measured by as well, separated by commas;
      or a function that tells them from the specs of the two
    finish: for a metric, what its mean over all examples goes through: the root of a root mean square
    whole: for a metric that is no mean, what makes it of the values of all examples and their targets; such a metric is
      told of validation and test alone
    weights: whether its module has weights, which then can be initialised, frozen and normalised like all others
    differentiates: whether it takes gradients itself, so that judging it needs them too
    gradients: whether a gradient passes through it to its inputs
    classes: of what the function takes, how many different whole numbers come out; without it, as many as arrive

    Raises ValueError at import for a name that is taken and for a parameter or a function without help.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        node_type = _read(
            function, kind=kind, search=search, title=title or function.__name__.replace("_", " "),
            outputs=_words(outputs), metrics=metrics, finish=finish, whole=whole,
            weights=weights,
            differentiates=differentiates, gradients=gradients, classes=classes,
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
        inputs=tuple(inputs), parameters=(*parameters, *_shared(**told)), build=function,
        local=not function.__module__.startswith("graph.layers."), **told,
    )  # fmt: skip


def _shared(kind: Kind, weights: bool, **_: Any) -> tuple[Parameter, ...]:
    """The parameters that every node with weights has, or every loss."""
    return (*(WEIGHT_PARAMETERS if weights else ()), *(LOSS_PARAMETERS if kind == "loss" else ()))


def _read_parameter(argument: inspect.Parameter, annotation: Any, text: str) -> Parameter:
    if argument.default is inspect.Parameter.empty:
        raise ValueError(f"Parameter “{argument.name}” has no default.")
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    base = type(choices[0]) if choices else getattr(annotation, "__origin__", annotation)
    base = get_origin(base) or base
    base = get_origin(base) or base
    if base not in (int, float, bool, str, list):
        raise ValueError(f"Parameter “{argument.name}” is a number, a text, a list of numbers, true or false, "
                         "or a choice of these.")  # fmt: skip
    default = list(argument.default) if base is list else argument.default
    widget, limits = find(annotation, Widget), find(annotation, Limits) or Limits()
    return Parameter(argument.name, base, default, text, limits, choices, widget.kind if widget else "")


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

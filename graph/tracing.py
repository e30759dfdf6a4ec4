"""Functions as graphs of the torch calls that they make, to be written down as expressions."""

from __future__ import annotations

import functools
import inspect
import operator
from collections import Counter
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn
from torch.optim import lr_scheduler
from torch.overrides import TorchFunctionMode, get_testing_overrides

from graph.catalogue import Source
from graph.compiler import CompileError

NAMESPACES: tuple[tuple[str, ModuleType], ...] = (
    ("F", F),
    ("torch", torch),
    ("nn", nn),
    ("torch.optim", torch.optim),
    ("torch.optim.lr_scheduler", lr_scheduler),
)
INFIX = {  # the signs between two operands, and how strongly they bind
    "gt": (">", 1), "lt": ("<", 1), "ge": (">=", 1), "le": ("<=", 1), "eq": ("==", 1), "ne": ("!=", 1),
    "or_": ("|", 2), "and_": ("&", 3), "add": ("+", 4), "sub": ("-", 4),
    "mul": ("*", 5), "truediv": ("/", 5), "floordiv": ("//", 5), "mod": ("%", 5), "matmul": ("@", 5),
}  # fmt: skip
UNTOLD = object()


def torch_name(thing: Any) -> str:
    """What a file that imports torch calls a class or function of torch: ``F.relu``; "" for any other."""
    name = getattr(thing, "__name__", "")
    return next((f"{prefix}.{name}" for prefix, module in NAMESPACES if getattr(module, name, UNTOLD) is thing), "")


def infix(function: Any) -> tuple[str, int] | None:
    """The sign that stands for a function of ``operator``, and how strongly it binds."""
    return INFIX.get(function.__name__) if getattr(function, "__module__", "") == "_operator" else None


def unwrapped(function: Callable[..., Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
    """A function and the keyword arguments that are fixed for it."""
    if not isinstance(function, functools.partial):
        return function, {}
    if function.args:
        raise CompileError("A function with fixed leading arguments cannot be written as source: name them.")
    return function.func, function.keywords


@functools.lru_cache(maxsize=4096)
def trace(function: Callable[..., Any], count: int) -> fx.Graph | None:
    """A function of ``count`` tensors as a graph of torch calls, or None where these do not make one expression."""
    base, keywords = unwrapped(function)
    graph = fx.Graph()
    places = [graph.placeholder(f"x{i}") for i in range(count)]
    if torch_name(base) or infix(base):
        graph.output(graph.call_function(base, tuple(places), keywords))
        return graph
    tracer = fx.proxy.GraphAppendingTracer(graph)
    try:
        result = base(*(fx.Proxy(place, tracer) for place in places), **keywords)
    except (fx.proxy.TraceError, RuntimeError, TypeError, ValueError):
        return None  # it looks at values; the call of it is all that can be written
    graph.output(fx.node.map_aggregate(result, lambda value: getattr(value, "node", value)))
    graph.eliminate_dead_code()
    return graph if _is_expression(graph) else None


def _is_expression(graph: fx.Graph) -> bool:
    """Whether every value in between is used once and every function has a name."""
    reads: Counter[fx.Node] = Counter()
    for node in graph.nodes:
        fx.map_arg((node.args, node.kwargs), lambda value: reads.update([value]))
    return all(
        node.op in ("placeholder", "output") or (_is_writable(node) and reads[node] == 1) for node in graph.nodes
    )


def _is_writable(node: fx.Node) -> bool:
    known = node.target in (getattr, operator.getitem) or infix(node.target) or torch_name(node.target)
    return node.op == "call_method" or (node.op == "call_function" and bool(known))


def telling(function: Callable[..., Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments that differ from the defaults."""
    defaults = _defaults(function)
    return {name: value for name, value in keywords.items() if not equal(value, defaults.get(name, UNTOLD))}


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Defaults by name. Torch tells those of its built-in functions only to its own tests."""
    for candidate in (function, get_testing_overrides().get(function)):
        try:
            found = inspect.signature(candidate).parameters if candidate else {}
        except ValueError:
            continue
        if found and not any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in found.values()):
            return {name: parameter.default for name, parameter in found.items()}
    return {}


def equal(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


class _Count(int):
    """The number of examples, recognised again in what a source calls torch with."""


class _Recorder(TorchFunctionMode):
    """Writes the torch calls of a function that draws into an fx graph."""

    def __init__(self, count: _Count, device: torch.device) -> None:
        super().__init__()
        self.graph = fx.Graph()
        given = {"count": count, "device": device}
        self._nodes = {id(thing): self.graph.placeholder(name) for name, thing in given.items()}
        self._kept: list[Any] = []  # an id stands for a thing only while the thing lives

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        given, told = self.node(tuple(args)), {name: self.node(value) for name, value in (kwargs or {}).items()}
        if torch_name(func):
            node = self.graph.call_function(func, given, {k: v for k, v in told.items() if v is not None})
        elif func.__name__ in INFIX:
            node = self.graph.call_function(getattr(operator, func.__name__), given[:2])
        else:
            node = self.graph.call_method(func.__name__, given, told)
        self._nodes[id(result)] = node
        self._kept.append(result)
        return result

    def node(self, value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(self.node(part) for part in value)
        return self._nodes.get(id(value), value)


def record(source: Source, port: str, examples: int) -> fx.Graph:
    """The torch calls by which a source draws one of its outputs; the operands are number of examples and device."""
    count, device = _Count(examples), torch.device("cpu")
    with _Recorder(count, device) as recorder:
        drawn = source.draw(count, None, device)[port] if source.draw else None
    graph: fx.Graph = recorder.graph
    graph.output(recorder.node(drawn))
    return graph

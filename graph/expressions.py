"""One call at a time as Python text: modules, functions and optimisers, and what a file must carry to make them."""

from __future__ import annotations

import ast
import builtins
import copy
import functools
import inspect
import operator
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from torch import fx, nn
from torch.optim import Optimizer

from graph.catalogue import Source
from graph.compiler import CompileError
from graph.makers import Made, declared_by, literal, told_of
from graph.tracing import infix, record, telling, torch_name, trace, unwrapped

PROVIDED = ("torch", "nn", "F")  # names that every exported file imports by itself
STRONGEST = 9  # how a dot binds what stands before it
ONLY_SPEED = ("fused", "foreach", "capturable", "differentiable")  # arguments that change no number


class Call(NamedTuple):
    """A call whose operands are still to be named. ``method`` says that it is one of the network's own."""

    text: Callable[[Sequence[str]], str]
    method: bool = False

    def occurrences(self, place: int, count: int) -> int:
        """How often an operand stands in the text."""
        return self.text([f"\0{i}\0" for i in range(count)]).count(f"\0{place}\0")

    def encloses(self) -> bool:
        """Whether the one operand stands in brackets, so that it may be any expression."""
        return self.text(["\0"]).endswith("(\0)") or "(\0, " in self.text(["\0"])


def method(name: str = "") -> Call:
    """A call of the network itself, or of one of its methods or modules: ``self.conv_1(x)``."""
    called = f"self.{name}" if name else "self"
    return Call(lambda operands: f"{called}({', '.join(operands)})", method=True)


class Writer:
    """Writes calls, and gathers the definitions and imports that they rest on."""

    def __init__(self) -> None:
        self.definitions: dict[str, str] = {}
        self.imports: set[str] = set()
        self._homes: dict[str, str] = {}

    def constructor(self, module: nn.Module) -> str:
        """How a module is made: ``nn.Conv2d(1, 14, 5, padding=2)``. Raises CompileError where it cannot be told."""
        return self.made(module).text()

    def made(self, module: nn.Module) -> Made:
        """How a module is made, in parts."""
        if type(module) is nn.Sequential:
            return Made("nn.Sequential", {str(place): self.made(child) for place, child in enumerate(module)})
        found = {name: self.made(value) if isinstance(value, nn.Module) else value
                 for name, value in told_of(module).items()}  # fmt: skip
        return Made(self.name(type(module)), found, declared_by(module))

    def call(self, function: Callable[..., Any], count: int) -> Call:
        """A function of ``count`` operands. One that is no torch function is written as the torch calls that it makes,
        or carried along where these do not make one expression."""
        if graph := trace(function, count):
            return self._from_graph(graph)
        base, keywords = unwrapped(function)
        name = self.name(base)
        rest = [f"{key}={literal(value)}" for key, value in telling(base, keywords).items()]
        return Call(lambda operands: f"{name}({', '.join([*operands, *rest])})")

    def draw(self, source: Source, port: str) -> Call:
        """How a source draws one of its outputs; the operands are the number of examples and the device."""
        one, other = (self._from_graph(record(source, port, examples)) for examples in (5, 7))
        if one.text(["a", "b"]) != other.text(["a", "b"]):
            raise CompileError("What a source draws depends on the number of examples in a way that is no expression.")
        return one

    def expanded(self, function: Callable[..., Any], operands: Sequence[str]) -> str:
        """A call of a function of one expression, as that expression; any other is carried along and called."""
        base, keywords = unwrapped(function)
        if not torch_name(base) and (inner := _expression_of(base)):
            given = {name: ast.parse(text, mode="eval").body for name, text in zip(inner.names, operands)}
            given |= {name: ast.parse(literal(value), mode="eval").body for name, value in keywords.items()}
            if given.keys() >= {*inner.names}:
                return ast.unparse(_Filled(given).visit(copy.deepcopy(inner.value))).replace("'", '"')
        texts = {name: self.name(value) if callable(value) else literal(value) for name, value in keywords.items()}
        told = [f"{name}={text}" for name, text in texts.items()]
        return f"{self.name(base)}({', '.join([*operands, *told])})"

    def optimizer(self, optimizer: Optimizer, parameters: str) -> str:
        """How an optimiser is made for parameters: ``torch.optim.Adam(model.parameters(), lr=0.001)``."""
        declared = inspect.signature(type(optimizer)).parameters
        told = [
            f"{name}={literal(value)}"
            for name, value in optimizer.defaults.items()
            if name in declared and name not in ONLY_SPEED and (name == "lr" or value != declared[name].default)
        ]
        return f"{self.name(type(optimizer))}({', '.join([parameters, *told])})"

    def name(self, thing: Any) -> str:
        """What a class or function is called in the file; one that torch lacks is carried along."""
        if known := torch_name(thing):
            return known
        name, home = getattr(thing, "__name__", ""), sys.modules.get(getattr(thing, "__module__", None) or "")
        if home is None or getattr(home, name, None) is not thing:
            raise CompileError(
                f"“{getattr(thing, '__qualname__', thing)}” cannot be written as source: "
                "define it at the top of its file, outside of any function."
            )
        self._carry(name, home, _definitions(home))
        return str(name)

    def _carry(self, name: str, home: ModuleType, definitions: Mapping[str, ast.stmt]) -> None:
        """Take over a definition of a module, after all that it rests on there."""
        if name in PROVIDED or name not in definitions or self._homes.get(name) == home.__name__:
            return
        statement = definitions[name]
        imported = _imported(statement, name) if isinstance(statement, ast.Import | ast.ImportFrom) else ""
        if name in self._homes and imported not in self.imports:
            raise CompileError(f"Two files define “{name}”, and exported source can hold only one: rename one of them.")
        self._homes[name] = home.__name__
        if imported:
            self.imports.add(imported)
            return
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Name):
                self._carry(inner.id, home, definitions)
        self.definitions[name] = _lines_of(statement, inspect.getsource(home))

    def _from_graph(self, graph: fx.Graph) -> Call:
        places = [node for node in graph.nodes if node.op == "placeholder"]
        result = next(node for node in graph.nodes if node.op == "output").args[0]
        return Call(lambda operands: self._text(result, dict(zip(places, operands))))

    def _text(self, value: Any, names: Mapping[fx.Node, str], binding: int = 0) -> str:
        """A value of an fx graph, in brackets where what stands around it binds more strongly."""
        if isinstance(value, list):
            return f"[{', '.join(self._text(part, names) for part in value)}]"
        if isinstance(value, tuple):
            return f"({', '.join(self._text(part, names) for part in value)}{',' * (len(value) == 1)})"
        if not isinstance(value, fx.Node) or value in names:
            return names[value] if isinstance(value, fx.Node) else literal(value)
        if value.op == "call_method":
            arguments = self._list(value.args[1:], value.kwargs, names)
            return f"{self._text(value.args[0], names, STRONGEST)}.{value.target}({arguments})"
        if value.target is getattr:
            return f"{self._text(value.args[0], names, STRONGEST)}.{value.args[1]}"
        if value.target is operator.getitem:
            return f"{self._text(value.args[0], names, STRONGEST)}[{self._index(value.args[1], names)}]"
        if found := infix(value.target):
            sign, own = found
            left, right = self._text(value.args[0], names, own), self._text(value.args[1], names, own + 1)
            return f"({left} {sign} {right})" if own < binding else f"{left} {sign} {right}"
        function: Any = value.target
        return f"{self.name(function)}({self._list(value.args, telling(function, value.kwargs), names)})"

    def _index(self, value: Any, names: Mapping[fx.Node, str]) -> str:
        """What stands in square brackets, with slices as people write them: ``:, 1:, ::2``."""
        if isinstance(value, tuple) and value:
            return ", ".join(self._index(part, names) for part in value) + "," * (len(value) == 1)
        if not isinstance(value, slice):
            return self._text(value, names)
        start, stop, step = ("" if each is None else self._text(each, names) for each in
                             (value.start, value.stop, value.step))  # fmt: skip
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"

    def _list(self, arguments: Sequence[Any], keywords: Mapping[str, Any], names: Mapping[fx.Node, str]) -> str:
        told = [f"{key}={self._text(value, names)}" for key, value in keywords.items()]
        return ", ".join([*(self._text(argument, names) for argument in arguments), *told])


# -- definitions -------------------------------------------------------------------------------------------------------


class _Expression(NamedTuple):
    """A function that does nothing but return an expression of its arguments."""

    names: list[str]
    value: ast.expr


def _expression_of(function: Callable[..., Any]) -> _Expression | None:
    home = sys.modules.get(function.__module__)
    there = home is not None and getattr(home, function.__name__, None) is function
    found = _definitions(home).get(function.__name__) if home and there else None
    if not isinstance(found, ast.FunctionDef) or found.decorator_list or not isinstance(found.body[-1], ast.Return):
        return None
    value, names = found.body[-1].value, [argument.arg for argument in found.args.args]
    own = {node.id for node in ast.walk(found) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    beside = len(found.body) - bool(ast.get_docstring(found))
    plain = value is not None and not own - {*names, *PROVIDED, *dir(builtins)}
    return _Expression(names, value) if plain and value and beside == 1 else None


class _Filled(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._given.get(node.id, node)


def _definitions(home: ModuleType) -> dict[str, ast.stmt]:
    """What a module defines at its top, by name."""
    try:
        return _parsed(inspect.getsource(home))
    except (OSError, TypeError):
        raise CompileError(f"The source of “{home.__name__}” is not there to be carried along.") from None


@functools.lru_cache(maxsize=256)
def _parsed(source: str) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            found.update({_bound(alias): statement for alias in statement.names})
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found.update({target.id: statement for target in targets if isinstance(target, ast.Name)})
    return {name: statement for name, statement in found.items() if not hasattr(builtins, name)}


def _bound(alias: ast.alias) -> str:
    """The name that an import makes known."""
    return alias.asname or alias.name.partition(".")[0]


def _imported(statement: ast.Import | ast.ImportFrom, name: str) -> str:
    alias = next(alias for alias in statement.names if _bound(alias) == name)
    if isinstance(statement, ast.Import):
        return ast.unparse(ast.Import([alias]))
    if (statement.module or "").partition(".")[0] in ("graph", "backend", "gui"):
        raise CompileError(f"“{name}” is a part of Netloom, and exported source does without: a module may not use it.")
    return ast.unparse(ast.ImportFrom(statement.module, [alias], statement.level))


def _lines_of(statement: ast.stmt, source: str) -> str:
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", []))])
    lines = source.splitlines()[first - 1 : statement.end_lineno]
    return "\n".join(re.sub(r"\s+# (type: ignore|noqa|fmt:).*", "", line) for line in lines)

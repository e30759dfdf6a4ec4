"""Drawn nodes as the statements of a method: in the order of the wires, with short names and shapes beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import nn

from graph.analysis import Analysis
from graph.catalogue import NodeType
from graph.compiler import child_name
from graph.document import Document, NodeKey, Port
from graph.expressions import Call, Writer, method
from graph.inference import arguments, hashable, mutable
from graph.layers import CATALOGUE
from graph.naming import identifier
from graph.specs import TensorSpec

FEW = 3  # operands up to which a call is drawn into the one around it


class Statement(NamedTuple):
    """A call with the values that it reads (None for an input left open) and gives."""

    call: Call
    reads: tuple[Port | None, ...]
    gives: tuple[Port, ...]


class Drawing:
    """A document as the writer of its source sees it: Output nodes are but names for what is wired to them."""

    def __init__(self, document: Document, analysis: Analysis, writer: Writer) -> None:
        self.specs: Mapping[Port, TensorSpec] = analysis.specs
        self.modules: dict[str, nn.Module] = {}  # in the order in which the compiled document makes them
        self.functions: dict[NodeKey, Callable[..., Any]] = {}
        self._document = document
        self._wired = document.inputs_by_node()
        self._writer = writer
        self._statements: dict[NodeKey, Statement] = {}
        for key in analysis.nodes:
            if self.type_of(key).kind not in ("source", "objective"):
                made = self._made(key)
                if isinstance(made, nn.Module):
                    self.modules[child_name(key)] = made
                else:
                    self.functions[key] = made

    def _made(self, key: NodeKey) -> Any:
        node_type = self.type_of(key)
        arriving = {name: self.specs[port] for name, port in self._wired[key].items()}
        params = hashable(node_type.own(self._document.nodes[key].params))
        return _build(node_type.build, tuple(arguments(node_type.inputs, arriving)), params)

    def type_of(self, key: NodeKey) -> NodeType:
        return CATALOGUE[self._document.nodes[key].type]

    def origin(self, port: Port) -> Port:
        """The port whose value a port passes on."""
        while port.owner in self._document.nodes and self.type_of(port.owner).kind == "output":
            port = self._wired[port.owner][self.type_of(port.owner).inputs[0].name]
        return port

    def reads(self, key: NodeKey) -> list[Port | None]:
        """What a node computes with, in the order of its declaration."""
        wired = {name: self.origin(port) for name, port in self._wired[key].items()}
        return arguments(self.type_of(key).inputs, wired)

    def is_source(self, key: NodeKey) -> bool:
        return self.type_of(key).kind == "source"

    def upstream(self, targets: Iterable[Port], given: Collection[Port] = ()) -> list[NodeKey]:
        """The nodes that compute the targets from sources and given values; one branch after the other."""
        found: dict[NodeKey, None] = {}
        stack = [(port, False) for port in reversed(list(targets))]
        while stack:
            port, ready = stack.pop()
            if ready:
                found.setdefault(port.owner)
            elif port not in given and port.owner not in found and not self.is_source(port.owner):
                stack.append((port, True))
                stack.extend((read, False) for read in reversed(self.reads(port.owner)) if read)
        return list(found)

    def sources(self, targets: Sequence[Port], given: Collection[Port] = ()) -> list[Port]:
        """The source ports that targets need beside given values, in the order in which a slice takes them."""
        needed = {port for key in self.upstream(targets, given) for port in self.reads(key) if port} | {*targets}
        return [port for port in self.specs if port in needed and self.is_source(port.owner)]

    def statement(self, key: NodeKey) -> Statement:
        if key not in self._statements:
            self._statements[key] = self._written(key)
        return self._statements[key]

    def _written(self, key: NodeKey) -> Statement:
        reads = self.reads(key)
        while reads and reads[-1] is None:
            reads.pop()
        made = self.functions.get(key)
        call = method(child_name(key)) if made is None else self._writer.call(made, len(reads))
        return Statement(call, tuple(reads), tuple(Port(*key, name) for name in self.type_of(key).outputs))


def body(
    statements: Sequence[Statement],
    results: Sequence[Port],
    names: Mapping[Port, str],
    specs: Mapping[Port, TensorSpec],
    reserved: Collection[str],
    joint: str = ", ",
) -> list[str]:
    """The lines of a method that ends by returning the results.

    names: what the arguments of the method are called
    reserved: names that may not be given to values
    joint: what stands between several results: a comma, or a plus for losses
    """
    return _Body(statements, results, names, specs, reserved).lines(joint)


@lru_cache(maxsize=4096)
def _build(
    declaration: Callable[..., Any], arriving: tuple[TensorSpec | None, ...], params: tuple[tuple[str, Any], ...]
) -> Any:
    """What a declaration makes, without memory for its weights. Every edit asks for the whole document anew."""
    with torch.device("meta"):
        return declaration(*arriving, **mutable(params))


class _Body:
    """Names values: ``x`` for one that only the next line reads, the name of its node for one that lives longer."""

    def __init__(
        self,
        statements: Sequence[Statement],
        results: Sequence[Port],
        names: Mapping[Port, str],
        specs: Mapping[Port, TensorSpec],
        reserved: Collection[str],
    ) -> None:
        self._statements = statements
        self._results = list(results)
        self._texts = dict(names)
        self._specs = specs
        self._taken = {*reserved, *names.values()}
        self._short = identifier("x" if "x" not in self._taken else "h", self._taken)
        self._taken.add(self._short)
        self._uses: dict[Port, list[int]] = {}
        for index, statement in enumerate(statements):
            for port in statement.reads:
                if port:
                    self._uses.setdefault(port, []).append(index)
        for port in results:
            self._uses.setdefault(port, []).append(len(statements))
        self._inner = {index for index in range(len(statements) - 1) if self._goes_into_next(index)}

    def lines(self, joint: str) -> list[str]:
        found: list[str] = []
        for index, statement in enumerate(self._statements):
            text = statement.call.text([self._texts[port] if port else "None" for port in statement.reads])
            if index in self._inner:
                self._texts[statement.gives[0]] = text
            elif index == len(self._statements) - 1 and self._results == list(statement.gives):
                return [*found, f"return {text}{self._comment(statement.gives)}"]
            else:
                targets = ", ".join([self._name(port, index) for port in statement.gives])
                found.append(f"{targets} = {text}{self._comment(statement.gives)}")
        return [*found, f"return {joint.join(self._texts[port] for port in self._results)}"]

    def _goes_into_next(self, index: int) -> bool:
        """Whether a call reads best inside the one after it, as in ``F.relu(self.conv_1(x))``."""
        statement, after = self._statements[index], self._statements[index + 1]
        value = statement.gives[0]
        if not statement.call.method or len(statement.gives) != 1 or after.call.method:
            return False
        if self._uses.get(value) != [index + 1] or len(statement.reads) > FEW:
            return False
        bends = len(after.reads) == 1 and self._specs[value].shape == self._specs[after.gives[0]].shape
        judges = not self._specs[after.gives[0]].batched
        return (bends or judges) and after.call.occurrences(after.reads.index(value), len(after.reads)) == 1

    def _name(self, port: Port, index: int) -> str:
        uses, siblings = self._uses.get(port), self._statements[index].gives
        if not uses:
            return "_"
        if max(uses) <= self._next_line(index) and self._short not in [self._texts.get(each) for each in siblings]:
            self._texts[port] = self._short
            return self._short
        wished = port.node if len(siblings) == 1 or port.port in self._taken else port.port
        name = self._texts[port] = identifier(wished, self._taken)
        self._taken.add(name)
        return name

    def _next_line(self, index: int) -> int:
        return next(after for after in range(index + 1, len(self._statements) + 1) if after not in self._inner)

    def _comment(self, ports: Sequence[Port]) -> str:
        shapes = [str(self._specs[port]) for port in ports if port in self._uses and self._specs[port].batched]
        return f"  # {', '.join(shapes)}" if shapes else ""

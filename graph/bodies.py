"""Drawn nodes as the statements of a method: in the order of the wires, with short names and shapes beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from graph.document import Port
from graph.expressions import Call
from graph.naming import identifier
from graph.specs import TensorSpec

SHORT = ("x", "h", "y", "z", "value")  # what a value is called that only the next line reads
FEW = 3  # operands up to which a call is drawn into the one around it


class Statement(NamedTuple):
    """A call with the values that it reads (None for an input left open) and gives."""

    call: Call
    reads: tuple[Port | None, ...]
    gives: tuple[Port, ...]


class Line(NamedTuple):
    """A line of code, and what is said beside it."""

    code: str
    comment: str = ""

    def text(self) -> str:
        return f"{self.code}  # {self.comment}" if self.comment else self.code


def body(
    statements: Sequence[Statement],
    results: Sequence[Port],
    names: Mapping[Port, str],
    specs: Mapping[Port, TensorSpec],
    reserved: Collection[str],
    joint: str = ", ",
) -> list[Line]:
    """The lines of a method that ends by returning the results.

    names: what the arguments of the method are called
    reserved: names that may not be given to values
    joint: what stands between several results: a comma, or a plus for losses
    """
    return _Body(statements, results, names, specs, reserved).lines(joint)


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
        self._short = identifier(next((name for name in SHORT if name not in self._taken), SHORT[0]), self._taken)
        self._taken.add(self._short)
        self._uses: dict[Port, list[int]] = {}
        for index, statement in enumerate(statements):
            for port in statement.reads:
                if port:
                    self._uses.setdefault(port, []).append(index)
        for port in results:
            self._uses.setdefault(port, []).append(len(statements))
        self._inner = {index for index in range(len(statements) - 1) if self._goes_into_next(index)}

    def lines(self, joint: str) -> list[Line]:
        found: list[Line] = []
        for index, statement in enumerate(self._statements):
            text = statement.call.text([self._texts[port] if port else "None" for port in statement.reads])
            if index in self._inner:
                self._texts[statement.gives[0]] = text
            elif index == len(self._statements) - 1 and self._results == list(statement.gives):
                return [*found, Line(f"return {text}", self._comment(statement.gives))]
            else:
                targets = ", ".join([self._name(port, index) for port in statement.gives])
                found.append(Line(f"{targets} = {text}", self._comment(statement.gives)))
        return [*found, Line(f"return {joint.join(self._texts[port] for port in self._results)}")]

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
        alone = sum(each in self._uses for each in siblings) == 1
        if alone and max(uses) <= self._next_line(index):
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
        return ", ".join(shapes)

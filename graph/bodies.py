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
        self._inner: set[int] = set()
        for index in range(len(statements)):
            self._draw_in(index)

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

    def _draw_in(self, index: int) -> None:
        """Find the calls that read best inside another, as in ``F.relu(self.conv_1(x))`` and ``self.a(x) + self.b(h)``.

        They are those right before it, and are computed in the order in which they were.
        """
        after, before, place = self._statements[index], index - 1, len(self._statements[index].reads)
        while before >= 0 and before not in self._inner and self._goes_into(before, index):
            value = self._statements[before].gives[0]
            if after.reads.index(value) >= place:
                return
            place = after.reads.index(value)
            self._inner.add(before)
            if not self._joins(index):
                return
            while before in self._inner:
                before -= 1

    def _goes_into(self, index: int, target: int) -> bool:
        """Whether a call reads best inside a later one."""
        statement, after = self._statements[index], self._statements[target]
        value = statement.gives[0]
        if len(statement.gives) != 1 or after.call.method or len(statement.reads) > FEW:
            return False
        if self._uses.get(value) != [target] or after.call.occurrences(after.reads.index(value), len(after.reads)) > 1:
            return False
        if not statement.call.method:  # a sum of calls, that needs no brackets inside a call
            return index - 1 in self._inner and self._joins(index) and self._bends(target) and after.call.encloses()
        return self._bends(target) or self._joins(target) or not self._specs[after.gives[0]].batched

    def _bends(self, index: int) -> bool:
        """Whether a call makes of one value another of the same shape."""
        reads, gives = self._statements[index].reads, self._statements[index].gives
        return len(reads) == 1 and reads[0] is not None and self._specs[reads[0]].shape == self._specs[gives[0]].shape

    def _joins(self, index: int) -> bool:
        """Whether a call makes of a few values one, all of one shape."""
        statement = self._statements[index]
        shapes = {self._specs[port].shape for port in (*statement.reads, *statement.gives) if port}
        return 1 < len(statement.reads) <= FEW and None not in statement.reads and len(shapes) == 1

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

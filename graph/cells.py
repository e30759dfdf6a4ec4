"""A drawn recurrence as methods of its class: what it computes at one step, and the loop over time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from graph.bodies import Line, body
from graph.document import MAIN, NodeKey, Port
from graph.drawings import Placed, learned_starts
from graph.naming import identifier
from graph.networks import LENGTHS, port_inside

Method = list[Line]  # the lines of a method, indented, its head first


def recurrent_methods(placed: Placed, reserved: Collection[str]) -> list[Method]:
    """The methods of the class, with ``forward`` last."""
    return list(_Loop(placed, reserved).methods())


def further_lines(placed: Placed) -> list[str]:
    """What the constructor of a recurrence does before its modules are made."""
    starts = [f"self.{name} = nn.Parameter(torch.zeros({_sizes(shape) or '()'}))"
              for name, shape in learned_starts(placed).items()]  # fmt: skip
    carried = [f"self.{_own(placed, 'carried')} = None  # the states that the next batch begins with"]
    return [*starts, *(carried if placed.params.get("carry") else [])]


class _Loop:
    """Writes the loop. Values of one step end in ``_t``; states are called as their delays."""

    def __init__(self, placed: Placed, reserved: Collection[str]) -> None:
        self._placed, self._cell, self._drawing = placed, placed.cell, placed.drawing
        self._reserved = reserved
        taken = {*reserved, "t", LENGTHS, "going"}
        self._inputs: dict[str, str] = {}
        for name in placed.inputs:
            self._inputs[name] = self._new(name, taken)
        self._states = {key: self._new(key.node, taken) for key in self._cell.nexts}
        self._now = {name: self._new(f"{text}_t", taken) for name, text in self._inputs.items()
                     if name in self._cell.steps}  # fmt: skip
        self._next = {key: self._new(f"{text}_next", taken) if placed.lengths else text
                      for key, text in self._states.items()}  # fmt: skip
        self._results = {name: self._drawing.origin(port) for name, port in placed.results.items()}
        self._every = [name for name in self._results if self._cell.outputs[name][1]]
        self._kept = {name: self._new(name, taken) for name in self._results}
        self._values = {port: self._next[key] for key, port in reversed(self._follow().items())}
        self._further: dict[Port, str] = {}
        for name, port in self._results.items():
            if port not in self._values:
                single = name not in self._every and not placed.lengths
                text = self._kept[name] if single else self._new(f"{name}_t", taken)
                self._values[port] = self._further[port] = text
        self._example = self._inputs[self._cell.steps[0]]
        self._batch = f"{self._example}.shape[0]"

    @staticmethod
    def _new(wished: str, taken: set[str]) -> str:
        name = identifier(wished, taken)
        taken.add(name)
        return name

    def _follow(self) -> dict[NodeKey, Port]:
        """What every state is at the next step."""
        return {key: self._drawing.origin(port) for key, port in self._cell.nexts.items() if port}

    def methods(self) -> Iterator[Method]:
        if self._computed():
            yield self._method("start", self._computed().values(), self._cell.wholes)
        yield self._method("step", [*self._follow().values(), *self._further], self._passed())
        if self._placed.params.get("carry"):
            yield [Line("def reset_state(self):"), Line('    """Begin from the start again."""'),
                   Line(f"    self.{_own(self._placed, 'carried')} = None")]  # fmt: skip
        arguments = [*self._inputs.values(), *([LENGTHS] if self._placed.lengths else [])]
        lines = [*self._before(), *self._go(), *self._after()]
        yield [Line(f"def forward(self, {', '.join(arguments)}):"), *(Line(f"    {line}") for line in lines)]

    def _passed(self) -> list[str]:
        """The inputs and delays that a step is called with, by their ids."""
        read = {port.node for port in self._drawing.sources([*self._follow().values(), *self._further])}
        there = [*self._cell.steps, *self._cell.wholes, *(key.node for key in self._states)]
        return [name for name in there if name in read]

    def _method(self, name: str, results: Collection[Port], sources: Sequence[str]) -> Method:
        texts = {**self._inputs, **{key.node: text for key, text in self._states.items()}}
        needed = {port.node for port in self._drawing.sources(list(results))}
        names = {port_inside(NodeKey(MAIN, each)): texts[each] for each in sources if each in needed}
        statements = [self._drawing.statement(key) for key in self._drawing.upstream(results)]
        lines = body(statements, list(results), names, self._drawing.specs, self._reserved)
        head = f"def {_own(self._placed, name)}({', '.join(['self', *names.values()])}):"
        return [Line(head), *(line._replace(code=f"    {line.code}") for line in lines)]

    # -- the loop ----------------------------------------------------------------------------------------------------

    def _computed(self) -> dict[NodeKey, Port]:
        """The delays whose first values have to be computed."""
        starts = {key: self._drawing.origin(port) for key, port in self._cell.starts.items()}
        return {key: port for key, port in starts.items() if not self._drawing.is_source(port.owner)}

    def _before(self) -> Iterator[str]:
        first = list(self._first())
        if self._placed.params.get("carry"):
            carried = f"self.{_own(self._placed, 'carried')}"
            yield f"if {carried} is not None and {carried}[0].shape[0] == {self._batch}:"
            yield f"    {_tuple(self._states.values())} = {carried}"
            yield "else:"
            first = [f"    {line}" for line in first]
        yield from first
        for name, text in self._kept.items():
            if name in self._every:
                yield f"{text} = []"
            elif self._placed.lengths:
                yield f"{text} = 0"

    def _first(self) -> Iterator[str]:
        """The states before the first step."""
        computed, learned = self._computed(), learned_starts(self._placed)
        if computed:
            needed = {port.node for port in self._drawing.sources(list(computed.values()))}
            given = ", ".join(self._inputs[name] for name in self._cell.wholes if name in needed)
            yield f"{_listed(self._states[key] for key in computed)} = self.{_own(self._placed, 'start')}({given})"
        for key, text in self._states.items():
            sizes = ", ".join([self._batch, *map(str, self._drawing.specs[port_inside(key)].shape)])
            if key in computed:
                continue
            if key in self._cell.starts:
                yield f"{text} = {self._inputs[self._drawing.origin(self._cell.starts[key]).node]}"
            elif f"start_of_{key.node}" in learned:
                yield f"{text} = self.start_of_{key.node}.expand({sizes})"
            else:
                yield f"{text} = torch.zeros({sizes}, device={self._example}.device)"

    def _go(self) -> Iterator[str]:
        sequences, steps = [self._inputs[name] for name in self._now], list(self._now.values())
        over = f"{sequences[0]}.unbind(1)"
        if len(steps) > 1:
            over = f"zip({', '.join(f'{each}.unbind(1)' for each in sequences)})"
        now, truncate = ", ".join(steps), self._placed.params.get("truncate", 0)
        if truncate or self._placed.lengths:
            now = f"t, ({now})" if len(steps) > 1 else f"t, {now}"
            over = f"enumerate({over})"
        yield f"for {now} in {over}:"
        if truncate:
            yield f"    if t and t % {truncate} == 0:"
            cut = ", ".join(f"{text}.detach()" for text in self._states.values())
            yield f"        {_listed(self._states.values())} = {cut}"
        texts = {**self._inputs, **self._now, **{key.node: text for key, text in self._states.items()}}
        given = ", ".join(texts[name] for name in self._passed())
        targets = _listed([*self._next.values(), *self._further.values()])
        yield f"    {targets} = self.{_own(self._placed, 'step')}({given})"
        yield from (f"    {line}" for line in (self._masked() if self._placed.lengths else self._gathered()))

    def _gathered(self) -> Iterator[str]:
        for name in self._every:
            yield f"{self._kept[name]}.append({self._values[self._results[name]]})"

    def _masked(self) -> Iterator[str]:
        """After the last step that counts, states stay and outputs are zero."""
        yield f"going = t < {LENGTHS}"
        for key, text in self._states.items():
            yield f"{text} = {self._where(port_inside(key), self._next[key], text)}"
        for name, port in self._results.items():
            if name in self._every:
                yield f"{self._kept[name]}.append({self._where(port, self._values[port], '0')})"
            else:
                yield f"{self._kept[name]} = {self._where(port, self._values[port], self._kept[name])}"

    def _where(self, port: Port, new: str, old: str) -> str:
        axes = len(self._drawing.specs[port].shape)
        going = f"going[:{', None' * axes}]" if axes else "going"
        return f"torch.where({going}, {new}, {old})"

    def _after(self) -> Iterator[str]:
        if self._placed.params.get("carry"):
            carried = _tuple(f"{text}.detach()" for text in self._states.values())
            yield f"self.{_own(self._placed, 'carried')} = {carried}"
        yield f"return {', '.join(map(self._given, self._results))}"

    def _given(self, name: str) -> str:
        """An output as it is returned."""
        if name in self._every:
            return f"torch.stack({self._kept[name]}, 1)"
        return self._kept[name] if self._placed.lengths else self._values[self._results[name]]


def _own(placed: Placed, name: str) -> str:
    """What a recurrence calls something of its own, told apart from its modules."""
    return identifier(name, {each.partition(".")[0] for each in placed.drawing.modules})


def _listed(names: Collection[str] | Iterator[str]) -> str:
    return ", ".join(names)


def _tuple(names: Collection[str] | Iterator[str]) -> str:
    found = list(names)
    return f"({found[0]},)" if len(found) == 1 else ", ".join(found)


def _sizes(shape: Sequence[int]) -> str:
    return ", ".join(map(str, shape))

"""A network run over many examples in pieces, between which a training may go on without being noticed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import torch
from torch.func import functional_call

from backend import carried
from backend.evaluation import BATCH, at_rest
from backend.feeds import Feed, Rows, mixed, window
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from graph.document import Port
from graph.naming import identifier

NUMBERS: Final = {"cpu": 1 << 22, "cuda": 1 << 26}  # that a piece computes, so that it takes hundredths of a second


class Piece(NamedTuple):
    """The values of the ports for some examples that follow each other, the first of which has this number."""

    start: int
    values: tuple[torch.Tensor, ...]


class Pass:
    """Computes ports for examples of a split.

    live: whether a training goes on between the pieces; then all are computed with the weights of the beginning

    Raises TrainProblem where the split has no examples.
    """

    def __init__(self, model: Model, split: str, ports: Sequence[Port], live: bool) -> None:
        self.model, self.stage = model, model.stage(split)
        self.sources = model.sources(ports)
        if not self.stage.examples:
            raise TrainProblem(f"There are no {split} examples to look at: choose another part of the data.", INPUT)
        self.examples = self.stage.examples
        self._module = model.slice(ports)
        self._generator = torch.Generator(model.device)
        self._feed = Feed(self.sources, self.stage, model.draws, self._generator)
        self._kept = _weights(self._module) if live else {}
        self._states: list[object] = []
        self.size = _piece(model, self._module)

    def pieces(self, most: int = 0) -> Iterator[Piece]:
        """The examples in their order, at most so many where a number is given."""
        end = min(most or self.examples, self.examples)
        for start in range(0, end, self.size):
            count = min(self.size, end - start)
            yield Piece(start, self.of(window(self.stage, start, count), count, start))

    def chosen(self, numbers: Sequence[int]) -> tuple[torch.Tensor, ...]:
        """The values for these examples, in this order."""
        return self.of(self.stage.numbered(numbers), len(numbers))

    def given(self, rows: Rows, count: int) -> list[torch.Tensor]:
        """What the network reads of examples: a tensor for each of the sources."""
        self._generator.manual_seed(mixed(self.model.settings.seed, count))
        return self._feed(rows, count)

    def of(self, rows: Rows, count: int, start: int = 0) -> tuple[torch.Tensor, ...]:
        """The values for the examples of these rows."""
        return self.computed(self.given(rows, count), start)

    def forget(self) -> None:
        """Let recurrences begin anew with what is computed next."""
        self._states = []

    def computed(self, inputs: Sequence[torch.Tensor], start: int = 0) -> tuple[torch.Tensor, ...]:
        """The values for inputs that are there already, a tensor for each of the sources."""
        with at_rest(self.model):
            torch.manual_seed(mixed(self.model.settings.seed, start))  # or all pieces would get the same noise
            carried.put_back(self.model.root, self._states)
            found = functional_call(self._module, self._kept, tuple(inputs)) if self._kept else self._module(*inputs)
            self._states = carried.reset(self.model.root)
        return (found,) if isinstance(found, torch.Tensor) else tuple(found)


def _weights(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Everything that a training changes, as it is now."""
    named = [*module.named_parameters(), *module.named_buffers()]
    return {name: value.detach().clone() for name, value in named}


def _piece(model: Model, module: torch.fx.GraphModule) -> int:
    """How many examples are computed at once."""
    used = {node.name for node in module.graph.nodes}
    ports = (port for port in model.root.specs if identifier(port.node) in used)
    each = sum(model.root.specs[port].size for port in ports)
    return max(1, min(BATCH, NUMBERS.get(model.device.type, NUMBERS["cpu"]) // max(each, 1)))

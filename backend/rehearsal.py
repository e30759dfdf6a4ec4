"""A batch that goes through a design on the meta device, where nothing is computed and no memory taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import fx
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from graph.analysis import Analysis
from graph.compiler import Root, compile_root, make_slice
from graph.document import Document, Port
from graph.flat import flat_of
from graph.plan import takes_gradients


class Passed(NamedTuple):
    """What a batch took, in all and by the names of the slice's nodes: multiply-adds, and bytes kept for the way back.

    ``given`` are the bytes of the batch itself.
    """

    multiply_adds: dict[str, int]
    kept: dict[str, int]
    given: int


def hollow_root(document: Document, analysis: Analysis) -> Root:
    """The weights of a design as shapes alone, however large it is."""
    with torch.device("meta"):
        return compile_root(document, analysis)


class Interrupted(Exception):
    """There is something more urgent to do."""


def passed(
    document: Document, root: Root, targets: Sequence[Port], batch: int, interrupted: Callable[[], bool] = bool
) -> Passed:
    """Let a batch of so many examples go through a hollow root to the targets.

    interrupted: asked before every node; where it says so, raises Interrupted
    """
    module = make_slice(document, root, targets)
    specs = [root.specs[port] for port in module.sources]  # type: ignore[union-attr]
    inputs = [torch.empty((batch, *spec.shape), dtype=getattr(torch, spec.dtype), device="meta") for spec in specs]
    with torch.device("meta"), FlopCounterMode(display=False) as counter, torch.enable_grad():
        counting = _Counting(module, counter, [*module.parameters(), *module.buffers(), *inputs], interrupted)
        counting.run(*inputs)
    return Passed(counting.multiply_adds, counting.kept, sum(each.nbytes for each in inputs))


def countable(document: Document, targets: Sequence[Port]) -> list[Port]:
    """The targets; of one that takes gradients itself, which a counter cannot follow, what it reads."""
    drawn, found = flat_of(document).document, dict[Port, None]()
    for port in targets:
        inner = drawn.inputs_of(port.owner).values() if takes_gradients(document, [port]) else [port]
        found.update(dict.fromkeys(inner))
    return list(found)


class _Counting(fx.Interpreter):
    """Runs a slice node by node and notes what each adds."""

    def __init__(self, module: fx.GraphModule, counter: FlopCounterMode, given: Sequence[torch.Tensor],
                 interrupted: Callable[[], bool]) -> None:  # fmt: skip
        super().__init__(module)
        self.multiply_adds: dict[str, int] = {}
        self.kept: dict[str, int] = {}
        self._counter = counter
        self._interrupted = interrupted
        self._seen = {each.untyped_storage()._cdata: each for each in given}  # there anyway

    def run_node(self, n: fx.Node) -> Any:
        if self._interrupted():
            raise Interrupted
        before, kept = self._counter.get_total_flops(), 0

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            nonlocal kept
            storage = tensor.untyped_storage()
            if storage._cdata not in self._seen:  # views of one value are kept once
                self._seen[storage._cdata] = tensor
                kept += storage.nbytes()
            return tensor

        with saved_tensors_hooks(keep, lambda tensor: tensor):
            result = super().run_node(n)
        if work := int(self._counter.get_total_flops() - before) // 2:
            self.multiply_adds[n.name] = work
        if kept:
            self.kept[n.name] = kept
        return result

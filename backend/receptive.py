"""What of the input a unit can see: its receptive field, by following every operation back to the input.

An operation that is run is written down; then a mark on the unit is carried back through all of them by what each reads
whatever the numbers are: windows with their strides, dilations and borders, products of all with all, places along an
axis. So a weight of 0 or a ReLU that is off hides nothing, and branches join by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from backend.receptive_rules import Step, everything, named, narrow, rule_of, tensors_in

Tensor = torch.Tensor


class Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down what is run on what was given, and nothing else.

    given: what the marks are carried back to
    """

    def __init__(self, given: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps: list[Step] = []
        self._known = {id(each): each for each in given}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        read = [each for each in tensors_in((args, kwargs)) if id(each) in self._known]
        if read:
            outcome = tuple(tensors_in(made))
            self.steps.append(Step(func, named(func, args, kwargs or {}), outcome))
            self._known.update((id(each), each) for each in outcome)
        return made

    def depends(self, value: Any) -> bool:
        """Whether a value comes from what was given."""
        return id(value) in self._known

    def claim(self, written: Tensor, at: dict[int, Tensor]) -> Tensor | None:
        """Take the marks off what is overwritten, by whatever name its memory is known; None where it has none."""
        own, memory = at.pop(id(written), None), written.untyped_storage()._cdata
        for number, mark in list(at.items()):
            other = self._known[number]
            if other.untyped_storage()._cdata != memory:
                continue
            cells = torch.zeros(other.untyped_storage().nbytes() // other.element_size(), dtype=torch.bool)
            cells.as_strided(other.shape, other.stride(), other.storage_offset()).copy_(mark)
            part = cells.as_strided(written.shape, written.stride(), written.storage_offset())
            found = part.clone().to(mark.device)
            own = found if own is None else own | found
            part.zero_()
            at[number] = cells.as_strided(other.shape, other.stride(), other.storage_offset()).to(mark.device)
        return own


class Field(NamedTuple):
    """What a unit sees of each thing given, as bool of its shape; not ``exact`` where it may be less than that."""

    seen: tuple[Tensor, ...]
    exact: bool


class Trace:
    """A network that was run once, to be asked for the receptive fields of its units.

    module: called with ``given``, examples first; gives the tensor whose units are asked about, or several
    """

    def __init__(self, module: Callable[..., Any], given: Sequence[Tensor]) -> None:
        self._given = [each.clone() for each in given]
        with torch.no_grad(), _step_by_step(), Tape(self._given) as self._tape:
            made = module(*self._given)
        self.made: tuple[Tensor, ...] = tuple(tensors_in(made))

    def field(self, marks: Tensor, which: int = 0) -> Field:
        """What the marked units see together. ``marks``: bool, of the shape of what the module gave."""
        at: dict[int, Tensor] = {id(self.made[which]): marks.to(self.made[which].device)}
        exact = True
        for step in reversed(self._tape.steps):
            changes = step.operation._schema.is_mutable
            own = [self._tape.claim(each, at) if changes else at.get(id(each)) for each in step.made]
            if all(each is None or not bool(narrow(each).any()) for each in own):
                continue
            rule = rule_of(step)
            exact = exact and rule is not everything
            for value, mark in rule(step, own):
                if self._tape.depends(value):
                    before = at.get(id(value))
                    at[id(value)] = mark if before is None else before | mark
        empty = [torch.zeros_like(each, dtype=torch.bool) for each in self._given]
        return Field(tuple(at.get(id(each), none) for each, none in zip(self._given, empty)), exact)

    def unit(self, place: Sequence[int], which: int = 0) -> Field:
        """What one unit sees. ``place``: its index in what the module gave, the example first."""
        marks = torch.zeros(self.made[which].shape, dtype=torch.bool)
        marks[tuple(place)] = True
        return self.field(marks, which)


@contextmanager
def _step_by_step() -> Iterator[None]:
    """Let attention and recurrences be computed by operations that can be followed, not by one for all."""
    mkldnn: Any = torch.backends.mkldnn
    before = torch.backends.mha.get_fastpath_enabled(), mkldnn.enabled
    torch.backends.mha.set_fastpath_enabled(False)
    mkldnn.enabled = False
    try:
        with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=False):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before[0])
        mkldnn.enabled = before[1]


def box(seen: Tensor) -> tuple[int, int, int, int] | None:
    """First and last row, first and last column of what is marked in (height, width); None where nothing is."""
    rows, columns = seen.any(1).nonzero(), seen.any(0).nonzero()
    if not len(rows):
        return None
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])

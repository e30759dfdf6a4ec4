"""Which runs are drawn together: the present training, the one before, and others that were ticked or pinned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gui.inside.curves import Curves

Ending = Literal["running", "finished", "stopped", "failed"]


@dataclass(eq=False)
class Trace:
    """A run with its curves. ``run`` is its folder, ``label`` tells it from others of the same name."""

    run: str
    name: str = ""
    design: str = ""
    curves: Curves = field(default_factory=Curves)
    ending: Ending = "running"
    label: str = ""


class Traces:
    """What is shown, what stays when the next training begins, and which run was picked.

    now, before: the training that is told of, and the one before it; both are shown unless they are ``hidden``
    others: further runs by their folder, in the order in which they were ticked
    pinned: folders of those that stay, whatever is trained next
    """

    def __init__(self) -> None:
        self.now: Trace | None = None
        self.before: Trace | None = None
        self.others: dict[str, Trace] = {}
        self.pinned: set[str] = set()
        self.hidden: set[str] = set()
        self.chosen = ""

    def visible(self) -> list[Trace]:
        """Everything that is drawn, the present training last and so on top."""
        every = (*self.others.values(), self.before, self.now)
        return [each for each in every if each is not None and each.curves.curves and each.run not in self.hidden]

    @property
    def compared(self) -> bool:
        """Whether runs are compared by choice, so that each needs a look of its own."""
        return any(run not in self.hidden for run in self.others) and len(self.visible()) > 1

    def known(self, run: str) -> Trace | None:
        """The curves of a run, where they are here already."""
        if run and (found := self.others.get(run)):
            return found
        return next((each for each in (self.now, self.before) if each and each.run == run), None)

    def shows(self, run: str) -> bool:
        return any(trace.run == run for trace in self.visible())

    def begin(self, run: str, name: str, design: str) -> Trace:
        """A training begins: the last one steps back, and of the others those stay that are pinned."""
        resumed = self.known(run)
        if self.now is not None and self.now is not resumed and self.now.curves.curves:
            self._keep(self.before)
            self.before = None if self._keep(self.now) else self.now
        if resumed is not None and self.before is resumed:
            self.before = None
        self.keep_pinned()
        self.others.pop(run, None)
        self.now = resumed or Trace(run, name, design)
        self.now.ending = "running"
        self.hidden.discard(run)
        return self.now

    def _keep(self, trace: Trace | None) -> bool:
        """Put a run with the others if it is pinned; whether it is."""
        if trace is None or trace.run not in self.pinned:
            return False
        self.others[trace.run] = trace
        return True

    def keep_pinned(self) -> None:
        """Let go of what was only ticked."""
        self.others = {run: trace for run, trace in self.others.items() if run in self.pinned}
        self.hidden &= {*self.others, *(each.run for each in (self.now, self.before) if each)}

    @property
    def ticked(self) -> tuple[str, ...]:
        """The folders of further runs that are drawn without being pinned."""
        return tuple(run for run in self.others if run not in self.pinned and run not in self.hidden)

    def forget_present(self) -> None:
        """Another design is shown: its trainings will be told of; what is pinned stays."""
        self._keep(self.before)
        self._keep(self.now)
        self.now = self.before = None
        self.keep_pinned()

    def show(self, trace: Trace) -> None:
        """Draw a run too."""
        self.hidden.discard(trace.run)
        if self.known(trace.run) is None:
            self.others[trace.run] = trace

    def hide(self, run: str) -> None:
        """Draw a run no more."""
        if self.others.pop(run, None) is None:
            self.hidden.add(run)

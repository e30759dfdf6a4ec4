"""A training on a terminal: a live bar where somebody watches, a line now and then where a file or a pipe does."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from backend import terminal
from backend.messages import Event, Finished, Loading, Metrics, Progress, Started

if TYPE_CHECKING:
    from rich.progress import TaskID

LINES = 20  # that a whole training prints at most where nobody watches live


class Reporter(Protocol):
    """Hears the events of a training, inside ``with``."""

    def __enter__(self) -> Reporter: ...
    def __exit__(self, *error: object) -> None: ...
    def hear(self, event: Event) -> None: ...


def reporter(quiet: bool) -> Reporter:
    """The one that suits stderr."""
    if quiet:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


class Silence:
    """Says nothing."""

    def __enter__(self) -> Silence:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def hear(self, event: Event) -> None:
        pass


class Lines(Silence):
    """Prints a line after some epochs: each, or every nth of a long training."""

    def __init__(self) -> None:
        self._every = 1
        self._epochs = 0
        self._told = 0
        self._latest: dict[str, Mapping[str, float]] = {}
        self._rate = 0.0
        self._loading = ""

    def hear(self, event: Event) -> None:
        match event:
            case Loading(what=what) if what != self._loading:
                self._loading = what
                terminal.tell(_doing(event))
            case Started():
                self._epochs, self._told = event.epochs, event.epoch
                self._every = math.ceil(event.epochs / LINES)
                terminal.tell(_headline(event))
            case Metrics():
                self._latest[event.split] = event.values
                if event.split == "validation":
                    self._tell(round(event.epoch))
            case Progress():
                self._rate = event.samples_per_second or self._rate
                if event.step:  # the next epoch is under way, so that of the last everything is known
                    self._tell(event.epoch)

    def _tell(self, epoch: int) -> None:
        last = epoch == self._epochs > self._told
        if last or epoch >= self._told + self._every:
            self._told = epoch
            terminal.tell(f"epoch {epoch}/{self._epochs} · {_values(self._latest)}{_rate(self._rate)}")


class Bar(Silence):
    """A bar with the time left and the newest values."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[values]}"),
        )
        self._bars = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self._task: TaskID = self._bars.add_task("starting", total=None, values="")
        self._latest: dict[str, Mapping[str, float]] = {}
        self._epochs = self._steps = 0

    def __enter__(self) -> Bar:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def hear(self, event: Event) -> None:
        match event:
            case Loading():
                self._bars.update(self._task, description=_doing(event), completed=event.done, total=event.total)
            case Started():
                self._epochs, self._steps = event.epochs, event.steps
                self._bars.console.print(_headline(event), markup=False, highlight=False)
                self._bars.reset(self._task, total=event.epochs * event.steps, completed=event.epoch * event.steps)
            case Metrics():
                self._latest[event.split] = event.values
            case Progress():
                done = event.epoch * self._steps + event.step
                text = f"{_values(self._latest)}{_rate(event.samples_per_second)}"
                epoch = min(event.epoch + 1, self._epochs)
                self._bars.update(self._task, completed=done, description=f"epoch {epoch}/{self._epochs}", values=text)


def summary(done: Finished) -> str:
    """What came of a training: a table of its metrics by split."""
    names = list(dict.fromkeys(name for values in done.metrics.values() for name in values))
    rows = [
        (split, *(terminal.number(values[n]) if n in values else "" for n in names))
        for split, values in done.metrics.items()
    ]
    table = terminal.columns([("", *names), *rows], right=range(1, len(names) + 1))
    return f"{table}\n{terminal.duration(done.seconds)}{_rate(done.samples_per_second)}"


def _doing(event: Loading) -> str:
    return f"{'reading' if event.reading else 'downloading'} {event.what}"


def _headline(event: Started) -> str:
    work = f"{event.epochs} epochs of {event.steps:,} steps on {event.device}"
    return f"{event.parameters:,} parameters, {work} · {event.run}"


def _values(latest: Mapping[str, Mapping[str, float]]) -> str:
    return " · ".join(
        f"{split} " + ", ".join(f"{name} {terminal.number(value)}" for name, value in values.items())
        for split, values in latest.items()
    )


def _rate(samples: float) -> str:
    return f" · {samples:,.0f} examples/s" if samples else ""

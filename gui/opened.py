"""One open design with everything that belongs to it, whether its tab is shown or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backend import messages as m
from graph.analysis import Analysis
from graph.document import Document, NodeKey
from gui.whereabouts import Place

MOST_REPORTS: Final = 5_000  # of metrics that are remembered; the history on the disk has them all


class RunLog:
    """What the engine said of a design's run, to be told again to the panels when its tab is shown anew.

    Answers are not among it: who asked for them asks again, for the training may have gone on.
    Every report of metrics is kept, of the run before too, and every second of the older ones where they become too
    many; of what replaces itself only the newest.
    """

    def __init__(self) -> None:
        self._before: list[m.Event] = []
        self._curves: list[m.Event] = []
        self._newest: dict[type, m.Event] = {}
        self._run = ""

    def add(self, event: m.Event) -> None:
        match event:
            case m.Started():
                if event.run != self._run:
                    self._before, self._curves, self._newest, self._run = self._curves, [], {}, event.run
                self._newest.pop(m.Finished, None)
                self._curves.append(event)
            case m.Metrics():
                self._curves.append(event)
                if len(self._curves) > MOST_REPORTS:
                    half = MOST_REPORTS // 2
                    self._curves = [*fewer(self._curves[:half]), *self._curves[half:]]
            case m.Failed() if event.doing != "train":
                pass
            case m.Progress() | m.Checkpointed() | m.Finished() | m.Failed() | m.Died():
                self._newest[type(event)] = event

    def events(self) -> Iterator[m.Event]:
        """Everything in the order in which it was said, what replaces itself last."""
        yield from (*self._before, *self._curves)
        for kind in (m.Progress, m.Checkpointed, m.Finished, m.Failed, m.Died):
            if kind in self._newest:
                yield self._newest[kind]


def fewer(events: Sequence[m.Event]) -> Iterator[m.Event]:
    """Every second report of metrics of each split, and everything else."""
    counted: Counter[str] = Counter()
    for event in events:
        if isinstance(event, m.Metrics):
            counted[event.split] += 1
            if counted[event.split] % 2:
                continue
        yield event


@dataclass(eq=False)
class Opened:
    """An open design: where it came from, what is known of it, where one is in it, and its training.

    looks: the scale and the middle of what is in sight, by network
    overlaid: the folders of runs whose curves are drawn beside its own
    undrawn: those of its own whose curves are not
    known: the bytes that the file had when it was last read or written, as a digest; "" before that
    """

    document: Document = field(default_factory=Document)
    path: Path | None = None
    analysis: Analysis | None = None
    source: str = ""
    selection: frozenset[NodeKey] = frozenset()
    place: Place = field(default_factory=Place)
    run: str = ""  # the folder of the training under way or last done
    checkpointed: str = ""  # the run that could be resumed
    looks: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    overlaid: tuple[str, ...] = ()
    undrawn: frozenset[str] = frozenset()
    log: RunLog = field(default_factory=RunLog)
    known: str = ""
    adrift: bool = False  # whether the file holds something else, though nothing was edited here

    @property
    def blank(self) -> bool:
        """Whether nobody has done anything here, so that another design may take its place."""
        document = self.document
        untouched = not (document.undo_label or document.redo_label or document.nodes or document.comments)
        return untouched and self.path is None and not document.about and not self.run

    @property
    def unsaved(self) -> bool:
        """Whether there is work in it that no file holds."""
        return self.document.modified or self.adrift

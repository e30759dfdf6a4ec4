"""What the runs folder holds, read in a thread of its own so that the window never waits for the disk."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QObject, QTimer

from backend.problems import TrainProblem
from backend.runs import RECORD, Run, RunRecord, list_runs
from graph.settings import complete
from gui.inside.curves import CurveKey, Curves
from gui.inside.replay import split_of
from gui.shell.shelf import moment

POLL: Final = 20  # milliseconds
SILENT: Final = 180.0  # seconds without a checkpoint: a training writes one a minute at the least
BROKEN_OFF: Final = "broken off"
MOST_SETTINGS: Final = 2  # that tell runs of one name apart


class Reading(QObject):
    """Does things in threads, one after the other, and hands what they give to the window's thread.

    A thing to do gives a value, or raises what is taken for "there is none" and not told of.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._done: SimpleQueue[tuple[Callable[[Any], None], Any]] = SimpleQueue()
        self._turn = threading.Lock()
        self._waiting = 0
        self._poll = QTimer(self, interval=POLL)
        self._poll.timeout.connect(self._hand_over)

    @property
    def busy(self) -> bool:
        return self._waiting > 0

    def do(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do some work elsewhere, and then tell of its result here."""
        self._waiting += 1
        self._poll.start()
        threading.Thread(target=self._work, args=[work, then], name="reading", daemon=True).start()

    def _work(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        result = None
        try:
            with self._turn:
                result = work()
        finally:
            self._done.put((then, result))

    def _hand_over(self) -> None:
        while not self._done.empty():
            then, result = self._done.get()
            self._waiting -= 1
            then(result)
        if not self._waiting:
            self._poll.stop()


def curves_of(run: Run) -> Curves:
    """Every curve of a run on the disk, in as much memory as the curves themselves take; for a thread of its own."""
    curves = Curves()
    for block in run.blocks():
        found: dict[CurveKey, list[tuple[float, ...]]] = defaultdict(list)
        for row in block:
            found[CurveKey(row.name, split_of(row))].append((row.step, row.epoch, row.seconds, row.value))
        for key, points in found.items():
            curves.extend(key, np.array(points, dtype=float).T)
        time.sleep(0)  # lets the window have the interpreter
    return curves


def table_of(run: Run) -> Iterator[tuple[str, str, str, int, float, float, float]]:
    """Every row of a run as a table has it: run, split, metric, step, epoch, seconds, value."""
    for row in chain.from_iterable(run.blocks()):
        yield run.record.name, split_of(row), row.name, row.step, row.epoch, row.seconds, row.value


def history_of(folder: str) -> Run | None:
    """The run in a folder, if it has written down any metrics."""
    place = Path(folder)
    if not folder or not place.is_dir():
        return None
    try:
        run = Run.open(place)
    except (TrainProblem, OSError):
        return None
    return run if run.metrics_path.exists() else None


@dataclass(frozen=True)
class Listed:
    """A run of the runs folder as a list shows it; ``label`` tells it from others of the same name."""

    folder: str
    name: str
    design: str
    created: float
    status: str
    metrics: Mapping[str, Mapping[str, float]]
    label: str = ""
    message: str = ""


def listed(runs_folder: Path) -> list[Listed]:
    """Every run of a folder, newest first; for a thread."""
    runs = list_runs(runs_folder)
    labels = _labels([run.record for run in runs])
    return [
        Listed(str(run.folder), run.record.name, run.record.design or run.record.name, run.record.created,
               _status(run), run.record.metrics, label, run.record.message) for run, label in zip(runs, labels)
    ]  # fmt: skip


def _status(run: Run) -> str:
    """What became of it. One that says it runs, and has written nothing for long, was broken off."""
    status = run.record.status
    try:
        silent = time.time() - (run.folder / RECORD).stat().st_mtime > SILENT
    except OSError:
        silent = True
    return BROKEN_OFF if status == "running" and silent else status


def _labels(records: Sequence[RunRecord]) -> list[str]:
    """Names, and for those that several have the settings in which they differ, or else when they began."""
    told = [_settings(record) for record in records]
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # by name and setting
    for record, mine in zip(records, told):
        for key, value in mine.items():
            values[record.name][key].add(str(value))
    labels = []
    for record, mine in zip(records, told):
        differing = [key for key in mine if len(values[record.name][key]) > 1][:MOST_SETTINGS]
        labels.append(" · ".join([record.name, *(f"{key.replace('_', ' ')} {mine[key]}" for key in differing)]))
    counts = Counter(labels)
    return [f"{label} · {moment(record.created)}" if counts[label] > 1 else label
            for label, record in zip(labels, records)]  # fmt: skip


def _settings(record: RunRecord) -> dict[str, Any]:
    try:
        return {key: value for key, value in asdict(complete(record.settings)).items() if key != "device"}
    except (TypeError, ValueError):
        return {}
